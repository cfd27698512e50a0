"""Recogniser for JSON scalars other than strings: numbers and literals, one character at a time.

    state = START
    state = advance(state, character)   "" where the character cannot continue the scalar
    state in COMPLETE                   the scalar may end here

A state is the shortest text that leads to it: after ``-17`` the state is "1", after ``fal`` it is "fal". Numbers
follow RFC 8259, section 6: no leading zeros or plus sign, and digits on both sides of a point. The literals of
Python are accepted too (A13).
"""

START = ""
NULLS = frozenset({"null", "None"})
LITERALS = frozenset({"true", "false", "True", "False"}) | NULLS
COMPLETE = LITERALS | {"0", "1", "0.0", "0e0"}
NUMBER_STARTS = frozenset("-0123456789")

_NONZERO = dict.fromkeys("123456789", "1")
_EXPONENT = {"e": "0e", "E": "0e"}


def _digits(state: str) -> dict[str, str]:
    return dict.fromkeys("0123456789", state)


_NUMBERS: dict[str, dict[str, str]] = {
    START: {"-": "-", "0": "0", **_NONZERO},
    "-": {"0": "0", **_NONZERO},
    "0": {".": "0.", **_EXPONENT},
    "1": {**_digits("1"), ".": "0.", **_EXPONENT},
    "0.": _digits("0.0"),
    "0.0": {**_digits("0.0"), **_EXPONENT},
    "0e": {"+": "0e+", "-": "0e+", **_digits("0e0")},
    "0e+": _digits("0e0"),
    "0e0": _digits("0e0"),
}


def _with_literals(numbers: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    table = {state: dict(following) for state, following in numbers.items()}
    for literal in LITERALS:
        for end, character in enumerate(literal):
            table.setdefault(literal[:end], {})[character] = literal[: end + 1]
        table.setdefault(literal, {})  # nothing continues a whole literal
    return table


TRANSITIONS = _with_literals(_NUMBERS)
"""For each state the characters that continue the scalar, and the state after each."""


def advance(state: str, character: str) -> str:
    """The state after ``character``, or "" where the scalar cannot continue with it."""
    return TRANSITIONS[state].get(character, START)
