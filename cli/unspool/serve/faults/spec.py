"""Faults as they are written, and when they apply.

    cut@BYTES  reset@BYTES            the connection ends behind so many bytes of the body
    stall@CHUNK:SECONDS               nothing comes before this chunk for so long
    malformed@CHUNK                   this chunk is cut in the middle of its JSON
    split:N  slow:RATE                pieces of N bytes; RATE bytes per second
    status:CODExN,retry-after:SECONDS the first N requests are refused
    quirk:NUMBER                      the stream departs from the contract as providers do

Numbers count from 1. ``random`` in place of BYTES, CHUNK or N takes a number from
the seed. A condition is ``path=…``, ``model=…`` (``*`` is any text) or ``request=N``.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from random import Random
from typing import NamedTuple

from unspool.serve.faults.provoked.table import PROVOKED

_RANDOM_BYTES, _RANDOM_CHUNK, _RANDOM_PIECE = 2000, 20, 40
"""The largest numbers that ``random`` takes."""


@dataclass(frozen=True)
class Cut:
    """The connection closes behind ``at`` bytes; with a reset (RST) if ``reset``."""

    at: int
    reset: bool = False


@dataclass(frozen=True)
class Stall:
    """A pause of ``seconds`` before chunk number ``chunk``."""

    chunk: int
    seconds: float


@dataclass(frozen=True)
class Malformed:
    """Chunk ``chunk`` is cut in the middle of its JSON."""

    chunk: int


@dataclass(frozen=True)
class Split:
    """The body comes in pieces of ``size`` bytes."""

    size: int


@dataclass(frozen=True)
class Slow:
    """The body comes at ``rate`` bytes per second."""

    rate: float


@dataclass(frozen=True)
class Status:
    """The first ``times`` requests are refused with ``code``, and asked to wait for ``retry_after`` seconds."""

    code: int
    times: int = 1
    retry_after: float | None = None


@dataclass(frozen=True)
class Provoke:
    """The stream departs from the contract as the quirk ``number`` says."""

    number: str


Fault = Cut | Stall | Malformed | Split | Slow | Status | Provoke


class _Form(NamedTuple):
    """The notation of one kind of fault, and the function that makes the fault from its groups."""

    pattern: re.Pattern[str]
    make: Callable[[re.Match[str], Random], Fault]
    shown: str


def _number(text: str, random: Random, largest: int) -> int:
    return random.randint(1, largest) if text == "random" else int(text)


_FORMS = (
    _Form(
        re.compile(r"(cut|reset)@(\d{1,15}|random)"),
        lambda match, random: Cut(_number(match[2], random, _RANDOM_BYTES), match[1] == "reset"),
        "cut@BYTES, reset@BYTES",
    ),
    _Form(
        re.compile(r"stall@(\d{1,15}|random):(\d{1,9}(?:\.\d+)?)s?"),
        lambda match, random: Stall(_number(match[1], random, _RANDOM_CHUNK), float(match[2])),
        "stall@CHUNK:SECONDS",
    ),
    _Form(
        re.compile(r"malformed@(\d{1,15}|random)"),
        lambda match, random: Malformed(_number(match[1], random, _RANDOM_CHUNK)),
        "malformed@CHUNK",
    ),
    _Form(
        re.compile(r"split:(0*[1-9]\d{0,14}|random)"),
        lambda match, random: Split(_number(match[1], random, _RANDOM_PIECE)),
        "split:N",
    ),
    _Form(re.compile(r"slow:(0*[1-9]\d{0,14})"), lambda match, random: Slow(float(match[1])), "slow:RATE"),
    _Form(
        re.compile(r"status:([45]\d\d)(?:[\u00d7x*](\d{1,15}))?(?:,retry-after:(\d{1,9}(?:\.\d+)?))?"),
        lambda match, random: Status(int(match[1]), int(match[2] or 1), float(match[3]) if match[3] else None),
        "status:CODExN,retry-after:SECONDS",
    ),
    _Form(re.compile(r"quirk:([A-Z]\d+)"), lambda match, random: Provoke(match[1]), "quirk:NUMBER"),
)


def parse(text: str, random: Random) -> Fault:
    """The fault that ``text`` says. Raises ValueError with what can be said."""
    for form in _FORMS:
        match = form.pattern.fullmatch(text.strip())
        if match is None:
            continue
        fault = form.make(match, random)
        if isinstance(fault, Provoke) and fault.number not in PROVOKED:
            raise ValueError(f"{fault.number} cannot be provoked; these can: {', '.join(PROVOKED)}")
        return fault
    raise ValueError(f"{text!r} is no fault; a fault is {', '.join(form.shown for form in _FORMS)}")


class ConditionError(ValueError):
    """A text that is no condition."""


class Condition(NamedTuple):
    """The condition under which faults apply; ``name`` is path, model or request."""

    name: str
    value: str

    @classmethod
    def parse(cls, text: str) -> "Condition":
        """The condition that ``text`` says. Raises ConditionError."""
        name, equals, value = text.partition("=")
        if name not in ("path", "model", "request") or not equals or (name == "request" and not value.isdecimal()):
            raise ConditionError(f"{text!r} is no condition; one is path=PATTERN, model=PATTERN or request=N")
        return cls(name, value)

    def holds(self, path: str, model: str, number: int) -> bool:
        """Return whether it is true of a request, the ``number``-th to a model."""
        if self.name == "request":
            return self.value.lstrip("0") == str(number)  # of any number of digits, which int would not take
        return fnmatchcase(path if self.name == "path" else model, self.value)


class Plan(NamedTuple):
    """The faults of a server, and the conditions that must all hold; ``seed`` is for what is random in headers."""

    faults: tuple[Fault, ...] = ()
    conditions: tuple[Condition, ...] = ()
    seed: int = 0
    shown: tuple[str, ...] = ()

    @classmethod
    def parse(cls, faults: list[str], conditions: list[str], seed: int) -> "Plan":
        """The plan that a command line says. Raises ValueError, which is a ConditionError for a condition."""
        random = Random(seed)  # noqa: S311 - a test must give the same again
        return cls(
            tuple(parse(text, random) for text in faults), tuple(map(Condition.parse, conditions)), seed, tuple(faults)
        )
