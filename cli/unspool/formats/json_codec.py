"""JSON text to values and back: the one importer of orjson and jiter.

orjson is fast and strict. Where it refuses what JSON allows (half a surrogate
pair as an escape, which servers send when they cut an emoji in two; values
nested deeper than its limit), the standard library's reader and writer take over.
jiter reads what is huge, since orjson copies all of a text before it begins, and
what is unfinished; it is imported where it is needed.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NoReturn

import orjson

from unspool.core.errors import MalformedRecord

_HUGE = 1 << 20  # bytes


def decode(data: bytes) -> Any:
    """The value of one JSON text in UTF-8.

    Raises MalformedRecord with a reason and, where there is one, the position
    in bytes (R10).
    """
    if len(data) > _HUGE:
        with suppress(ValueError):
            return decode_uncopied(data)
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        return _decode_tolerantly(data, error)


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


def decode_unfinished(data: bytes, finished: bool = False) -> Any:
    """The value of a JSON text that may end anywhere, unless it is said to be ``finished``.

    Raises ValueError for what is no JSON up to its end.
    """
    import jiter  # noqa: PLC0415 - see the module's head

    return jiter.from_json(data, partial_mode=False if finished else "trailing-strings")


def _decode_tolerantly(data: bytes, error: orjson.JSONDecodeError) -> Any:
    try:
        text = data.decode()
    except UnicodeDecodeError as undecodable:
        raise MalformedRecord("not UTF-8", undecodable.start) from None
    if "surrogate" in error.msg:
        try:
            return json.loads(text, parse_constant=_refuse)
        except RecursionError:
            raise MalformedRecord("JSON nested too deeply") from None
        except ValueError:
            pass
    if "depth" in error.msg:
        raise MalformedRecord("JSON nested too deeply")
    raise MalformedRecord(f"not JSON: {error.msg}", len(text[: error.pos].encode())) from None


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


def plain_text(bodies: list[bytes]) -> str | None:
    """The joined text of JSON strings without their quotes that are just what ``encode`` makes of them.

    None where one is no string, or has a backslash.
    """
    joined = b"".join(bodies)
    if joined.find(b"\\") >= 0:  # `in` tries another reading first and costs five times as much
        return None
    apart = joined if joined.isascii() else b" ".join(bodies)  # half a character finds no other half in the next
    try:
        text: str = orjson.loads(b'"%b"' % apart)
    except orjson.JSONDecodeError:
        return None
    return text if apart is joined else joined.decode()


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
