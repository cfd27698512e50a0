"""JSON text to values and back: the one importer of orjson.

orjson is fast and strict. Where it refuses what JSON allows (half a surrogate
pair as an escape, which servers send when they cut an emoji in two; values
nested deeper than its limit), the standard library's reader and writer take over.
"""

import json
from typing import Any, NoReturn

import orjson

from unspool.core.errors import MalformedRecord


def decode(data: bytes) -> Any:
    """The value of one JSON text in UTF-8.

    Raises MalformedRecord with a reason and, where there is one, the position
    in bytes (R10).
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        return _decode_tolerantly(data, error)


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


def decode_string(data: bytes) -> str | None:
    """The text of one JSON string and nothing else; None for anything else."""
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, str) else None


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
