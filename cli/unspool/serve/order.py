"""The order of captures that no recorded request distinguishes."""

from enum import StrEnum


class Order(StrEnum):
    """Which of the captures without a recorded request comes next."""

    MODEL = "model"
    ANY = "any"
