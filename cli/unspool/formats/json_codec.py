"""JSON text to values and back: the one importer of orjson and jiter.

orjson is fast and strict. Where it refuses what JSON allows (half a surrogate
pair as an escape, which servers send when they cut an emoji in two; values
nested deeper than its limit), the standard library's reader and writer take over.
jiter reads what is huge, since orjson copies all of a text before it begins, and
what is unfinished; it is imported where it is needed.
"""

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

import orjson

from unspool.core.errors import MalformedRecord

HUGE = 1 << 20  # bytes
_SECOND_READING = re.compile("escape|surrogate|recursion")
"""What jiter says of halves of surrogate pairs and of nesting, where its limits are narrower than those of JSON."""


def decode(data: bytes) -> Any:
    """The value of one JSON text in UTF-8.

    Raises MalformedRecord with a reason and, where there is one, the position
    in bytes (R10).
    """
    if len(data) > HUGE:
        try:
            return decode_uncopied(data)
        except ValueError as error:
            reason = str(error)
        if not _SECOND_READING.search(reason):
            raise _located(data, reason)
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        reason, place, text = error.msg, error.pos, error.doc
    # Not inside the handler: the fault would keep the error as its context, and with it a copy of the text.
    return _decode_tolerantly(data, reason, place, text)


def decode_leading(texts: list[bytes]) -> Iterator[Any]:
    """The values of JSON texts, up to the first that is none or takes a second reading."""
    try:
        for text in texts:
            yield orjson.loads(text)
    except orjson.JSONDecodeError:
        return


def decode_uncopied(data: bytes) -> Any:
    """The value of one JSON text, read by jiter. Raises ValueError."""
    import jiter  # noqa: PLC0415 - see the module's head

    return jiter.from_json(data, allow_inf_nan=False, cache_mode="none")


def decode_unfinished(data: bytes) -> Any:
    """Return the value of a JSON text that may end anywhere.

    Raises ValueError for what is no JSON up to its end.
    """
    import jiter  # noqa: PLC0415 - see the module's head

    return jiter.from_json(data, partial_mode="trailing-strings")


def _decode_tolerantly(data: bytes, reason: str, place: int, text: str) -> Any:
    """The value of a JSON text that orjson refuses for this reason, at this character of the decoded text."""
    if data and not text:  # what orjson gives for bytes that it cannot decode
        raise MalformedRecord("not UTF-8", _undecodable(data))
    if "surrogate" in reason:
        try:
            return json.loads(text, parse_constant=_refuse)
        except RecursionError:
            reason = "recursion depth"
        except ValueError:
            pass
    if "depth" in reason or "allocate" in reason:
        raise MalformedRecord("JSON nested too deeply")
    raise MalformedRecord(f"not JSON: {reason}", _byte_position(data, text, place))


def _located(data: bytes, reason: str) -> MalformedRecord:
    """The fault of a huge text, which jiter refuses for this reason, without a copy of the text."""
    if "unicode" in reason:
        undecodable = _undecodable(data)
        if undecodable is not None:
            return MalformedRecord("not UTF-8", undecodable)
    what, _, place = reason.partition(" at line ")
    line, _, column = place.partition(" column ")
    if not column.isdecimal():
        return MalformedRecord(f"not JSON: {what}")
    start = 0
    for _ in range(int(line) - 1):
        start = data.find(b"\n", start) + 1
    return MalformedRecord(f"not JSON: {what}", min(start + max(0, int(column) - 1), len(data)))


def _undecodable(data: bytes) -> int | None:
    """The offset of the first byte that is not UTF-8, None where there is none."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(data), HUGE):
        kept = len(decoder.getstate()[0])
        try:
            decoder.decode(data[start : start + HUGE], start + HUGE >= len(data))
        except UnicodeDecodeError as error:
            return start - kept + error.start
    return None


def _byte_position(data: bytes, text: str, place: int) -> int:
    """The offset in bytes of a character, counted piece by piece: a huge text is not copied for it."""
    if len(data) == len(text):
        return place
    return sum(len(text[at : min(at + HUGE, place)].encode()) for at in range(0, place, HUGE))


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def decode_strings(bodies: list[bytes]) -> list[str] | None:
    """The texts of JSON strings, given without their quotes and without a line feed in any; None if one is none.

    One JSON text is made of all: each body stands on a line of its own, which a
    string cannot leave, so that there are as many strings as bodies only where
    each body is one.
    """
    try:
        values = orjson.loads(b'["%b"]' % b'",\n"'.join(bodies))
        "".join(values)
    except (orjson.JSONDecodeError, TypeError):
        return None
    return values if len(values) == len(bodies) else None


def encode_each(texts: list[str]) -> list[bytes]:
    """Texts as JSON strings without their quotes."""
    bodies = encode("\0".join(texts))[1:-1].split(b"\\u0000")
    if len(bodies) != len(texts):  # a NUL of their own, or what looks like one
        return [encode(text)[1:-1] for text in texts]
    return bodies


def encode(value: Any) -> bytes:
    """``value`` as one line of JSON in UTF-8, without the newline.

    Raises MalformedRecord for a value nested too deeply to write.
    """
    try:
        return orjson.dumps(value)
    except TypeError:
        try:
            return json.dumps(value, separators=(",", ":"), allow_nan=False).encode("ascii")
        except (RecursionError, ValueError):
            raise MalformedRecord("JSON nested too deeply to be written again") from None
