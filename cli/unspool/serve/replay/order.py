"""The order of captures that no recorded request distinguishes."""

from enum import StrEnum


class Order(StrEnum):
    """The choice of the next capture among those without a recorded request."""

    MODEL = "model"
    ANY = "any"
