"""JSON decoding and encoding: the only module that imports orjson and jiter.

orjson is fast and strict. The standard library decodes and encodes what orjson
refuses although JSON allows it: an unpaired surrogate as an escape, which
servers send when they cut an emoji, and a number beyond a double. jiter decodes
huge texts, since orjson copies a text first, and unfinished ones; it is
imported on first use.
"""

import codecs
import json
import re
import sys
from collections.abc import Iterator
from typing import Any, Final, NoReturn

import orjson

from unspool.core.errors import MalformedRecord

_loads: Final = orjson.loads  # found once: its name would be looked up in the module for each record
HUGE: Final = 1 << 20  # bytes
_LARGE: Final = 1 << 16
"""Bytes of a text for whose values there may be no memory."""
DEEPEST: Final = 200
"""Levels of arrays and objects, about as many as jiter takes: a walk through a value needs a stack frame for each."""
MOST_CONTAINERS: Final = 1 << 21
"""Arrays and objects of one record: their values take up to 250 bytes each, whatever their size in JSON."""
_SECOND_READING = re.compile("escape|surrogate")
"""jiter's messages for unpaired surrogates, where it is stricter than JSON."""
_SURROGATE = re.compile(rb"(?<!\\)((?:\\\\)*+)\\u([dD][89a-fA-F][0-9a-fA-F]{2})")
_MARKED = re.compile("\0([0-9a-fA-F]{4})\0")
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
"""A string, or the beginning of one that nothing ends. Possessive: it takes no memory for going back."""
_TOO_DEEP = f"JSON nested too deeply (more than {DEEPEST} levels)"


def decode_record(data: bytes) -> Any:
    """Return the value of one record as ``decode`` does. Raises MalformedRecord for one of too many values, too."""
    return decode(data, MOST_CONTAINERS)


def decode(data: bytes, most: int = sys.maxsize) -> Any:
    """Return the value of one JSON text in UTF-8, which may have at most ``most`` arrays and objects.

    Raises MalformedRecord with a reason and, if known, the position in bytes
    (R10).
    """
    if len(data) > _LARGE:
        _require_memory(data)
    if len(data) > HUGE:
        containers = _containers(data)
        if containers > most and _containers_outside_strings(data, most) > most:
            raise MalformedRecord(f"too many values (more than {most:,} arrays and objects)")
        try:
            value = decode_uncopied(data)
            return value if containers <= DEEPEST else _checked(data, value)
        except ValueError as error:
            reason = str(error)
        if "recursion" in reason:
            raise MalformedRecord(_TOO_DEEP)
        if not _SECOND_READING.search(reason):
            raise _located(data, reason)
    try:
        value = _loads(data)
    except orjson.JSONDecodeError as error:
        reason, place, text = error.msg, error.pos, error.doc
    else:
        return value if len(data) <= 2 * DEEPEST else _checked(data, value)
    # Outside the handler: otherwise the fault keeps the error as its context, and with it a copy of the text.
    return _checked(data, _decode_tolerantly(data, reason, place, text))


def _require_memory(data: bytes) -> None:
    """Raise MemoryError where the system has too little memory for the values of ``data``.

    Both libraries abort the process, or wait for ever, where an allocation fails inside of them. Zeroed bytes that
    nothing touches take address space alone (calloc).
    """
    try:
        bytes(_memory(data, len(data)))
    except MemoryError:  # what is in strings needs none
        bytes(_memory(_STRING.sub(b"", data), len(data)))


def _memory(structure: bytes, size: int) -> int:
    """Bytes that the values of ``size`` bytes of JSON take at most, by their brackets and commas.

    jiter decodes a string with escapes into a buffer that doubles, and copies it; beyond ASCII it may have four bytes
    a character.
    """
    return (
        (3 if structure.isascii() else 6) * size
        + 64 * structure.count(b",")
        + 250 * (structure.count(b"[") + structure.count(b"{"))
    )


def _checked(data: bytes, value: Any) -> Any:
    """The value of ``data``. Raises MalformedRecord where it is nested too deeply."""
    if _containers(data) > DEEPEST and nests_deeper(value, DEEPEST):
        raise MalformedRecord(_TOO_DEEP)
    return value


def _containers(data: bytes) -> int:
    """The number of opening brackets in ``data``; the count of each may stop above DEEPEST where it is not huge."""
    if len(data) > HUGE:  # not to be copied
        return data.count(b"[") + data.count(b"{")
    # count compares byte by byte (CPython 3.11), which takes as long as decoding; replace skips to the next bracket.
    return 2 * len(data) - len(data.replace(b"[", b"", DEEPEST + 1)) - len(data.replace(b"{", b"", DEEPEST + 1))


def _containers_outside_strings(data: bytes, most: int) -> int:
    """The number of opening brackets in ``data`` which are not part of a string; it may stop above ``most``."""
    containers = end = 0
    for string in _STRING.finditer(data):
        start = string.start()
        containers += data.count(b"[", end, start) + data.count(b"{", end, start)
        if containers > most:
            return containers
        end = string.end()
    return containers + data.count(b"[", end) + data.count(b"{", end)


def nests_deeper(value: Any, levels: int) -> bool:
    """Return whether a value has more levels of arrays and objects than these."""
    level = [value]
    for _ in range(levels):
        containers = (one.values() if type(one) is dict else one for one in level)
        level = [inner for one in containers for inner in one if type(inner) is dict or type(inner) is list]
        if not level:
            return False
    return True


def without_long_strings(data: bytes) -> bytes:
    """Return a JSON text in which long strings are empty, so that what it is can be seen without a copy of them.

    A text that is not huge is returned as it is.
    """
    if len(data) <= HUGE:
        return data
    pieces: list[bytes] = []
    at = 0
    for string in _STRING.finditer(data):
        start, end = string.span()
        if end - start > _LARGE:
            pieces += [data[at:start], b'""']
            at = end
    return b"".join([*pieces, data[at:]]) if pieces else data


def decode_leading(texts: list[bytes]) -> Iterator[Any]:
    """Yield the values of JSON texts, up to the first that orjson refuses, or that is nested too deeply."""
    try:
        for text in texts:
            yield _checked(text, _loads(text))
    except (orjson.JSONDecodeError, MalformedRecord):
        return


def decode_uncopied(data: bytes) -> Any:
    """Return the value of one JSON text, decoded by jiter. Raises ValueError, and MemoryError."""
    import jiter  # noqa: PLC0415 - start-up

    try:
        return jiter.from_json(data, allow_inf_nan=False, cache_mode="none")
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # no Exception: an allocation failed inside of it
            raise MemoryError from None
        raise


def decode_unfinished(data: bytes) -> Any:
    """Return the value of a JSON text that may end anywhere.

    Raises ValueError if the text is not the beginning of a JSON text.
    """
    import jiter  # noqa: PLC0415 - start-up

    try:
        return jiter.from_json(data, partial_mode="trailing-strings")
    except ValueError as error:
        if "hex escape" not in str(error):
            raise
    marked = _SURROGATE.sub(rb"\1\\u0000\2\\u0000", data)
    return _unmarked(jiter.from_json(marked, partial_mode="trailing-strings"))


def _unmarked(value: Any) -> Any:
    """A value with the halves of surrogate pairs that jiter refuses, each of which is marked by two NULs."""
    if type(value) is str:
        text = _MARKED.sub(lambda found: chr(int(found[1], 16)), value)
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    if type(value) is dict:
        return {_unmarked(name): _unmarked(member) for name, member in value.items()}
    return [_unmarked(element) for element in value] if type(value) is list else value


def _decode_tolerantly(data: bytes, reason: str, place: int, text: str) -> Any:
    """Decode a text that orjson refuses with ``reason`` at the character ``place``. Raises MalformedRecord."""
    if data and not text:  # orjson's error for bytes that are not UTF-8
        raise MalformedRecord("not UTF-8", _undecodable(data))
    if "surrogate" in reason or "infinity" in reason:
        try:
            return json.loads(text, parse_int=_integer, parse_float=_double, parse_constant=_refuse)
        except RecursionError:
            reason = "recursion depth"
        except ValueError:
            pass
    if "allocate" in reason and _containers(data) <= DEEPEST:  # else it is what orjson says of open brackets
        if len(data) > _LARGE:
            raise MemoryError
        reason, place = "unexpected end of data", len(text)  # only open brackets need so much memory
    if "depth" in reason or "allocate" in reason:
        raise MalformedRecord(_TOO_DEEP)
    raise MalformedRecord(f"not JSON: {reason}", _byte_position(data, text, place))


def _located(data: bytes, reason: str) -> MalformedRecord:
    """Return the fault for a huge text that jiter refuses with ``reason``, without a copy of the text."""
    if "unicode" in reason:
        undecodable = _undecodable(data)
        if undecodable is not None:
            return MalformedRecord("not UTF-8", undecodable)
    what, _, place = reason.partition(" at line ")
    if what.startswith("EOF"):  # the place that jiter gives is one before the end
        return MalformedRecord("not JSON: unexpected end of data", len(data))
    line, _, column = place.partition(" column ")
    if not column.isdecimal():
        return MalformedRecord(f"not JSON: {what}")
    start = 0
    for _ in range(int(line) - 1):
        start = data.find(b"\n", start) + 1
    return MalformedRecord(f"not JSON: {what}", min(start + max(0, int(column) - 1), len(data)))


def _undecodable(data: bytes) -> int | None:
    """Return the offset of the first byte that is not UTF-8; None if there is none."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(data), HUGE):
        kept = len(decoder.getstate()[0])
        try:
            decoder.decode(data[start : start + HUGE], start + HUGE >= len(data))
        except UnicodeDecodeError as error:
            return start - kept + error.start
    return None


def _byte_position(data: bytes, text: str, place: int) -> int:
    """Return the offset in bytes of a character. A huge text is encoded in slices, to limit the memory."""
    if len(data) == len(text):
        return place
    return sum(len(text[at : min(at + HUGE, place)].encode()) for at in range(0, place, HUGE))


def _integer(text: str) -> Any:  # not float: compiled code would turn integers into floats
    """An integer; one that no double can hold is the largest double."""
    return int(text) if len(text) <= sys.float_info.max_10_exp else _double(text)


def _double(text: str) -> float:
    """The nearest double: infinity is no JSON, and no count or time."""
    return max(-sys.float_info.max, min(float(text), sys.float_info.max))


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def decode_strings(bodies: list[bytes]) -> list[str] | None:
    """Decode the bodies of JSON strings, without quotes and line feeds, in one call; None if one is not a string.

    The bodies are joined to one JSON array with one body in each line. A string
    cannot contain a line feed, so the array has as many strings as bodies only
    if each body is one string.
    """
    try:
        values = _loads(b'["%b"]' % b'",\n"'.join(bodies))
        "".join(values)  # raises TypeError unless all are strings
    except (orjson.JSONDecodeError, TypeError):
        return None
    return values if len(values) == len(bodies) else None


def decode_leading_strings(bodies: list[bytes]) -> list[str]:
    """Decode the bodies of JSON strings as ``decode_strings`` does, up to the first that is not a string."""
    texts = decode_strings(bodies) if bodies else []
    if texts is not None or len(bodies) == 1:
        return texts or []
    half = len(bodies) // 2
    leading = decode_leading_strings(bodies[:half])
    return leading if len(leading) < half else leading + decode_leading_strings(bodies[half:])


def decode_string(source: str) -> str:
    """Return the text of part of a JSON string for which ``is_whole`` is true."""
    text: str = _loads(f'"{source}"')
    return text


def encode_each(texts: list[str]) -> list[bytes]:
    """Encode texts as JSON strings without quotes."""
    bodies = encode("\0".join(texts))[1:-1].split(b"\\u0000")
    if len(bodies) != len(texts):  # a text contains NUL, or its escape as characters
        return [encode(text)[1:-1] for text in texts]
    return bodies


def encode(value: Any) -> bytes:
    """Return ``value`` as one line of JSON in UTF-8, without a line feed.

    Raises MalformedRecord for a value nested too deeply to encode.
    """
    try:
        return orjson.dumps(value)
    except TypeError:  # an unpaired surrogate, a huge integer, or nesting beyond orjson's limit
        try:
            return _dumps(value)
        except RecursionError:
            pass
        except ValueError:  # infinities, in a value that decode gave
            return _dumps(_finite(value))
    raise MalformedRecord("JSON nested too deeply to be encoded again")


raw_decode = json.JSONDecoder(parse_int=_integer).raw_decode
"""The value at a place of a text and the place behind it, as of the standard library; an integer may have any size."""


def encode_object(members: dict[str, Any]) -> bytes:
    """Return an object as ``encode`` does. Raises MemoryError where there is too little memory for its texts."""
    size = sum(len(member) for member in members.values() if type(member) is str)
    if size > _LARGE:
        bytes(1 << (8 * size).bit_length())  # orjson asks for eight times a text, rounded up, and crashes without
    return encode(members)


def _dumps(value: Any) -> bytes:
    # As orjson writes strings: a text must not depend on what is next to it. Halves of surrogate pairs become escapes.
    text = json.dumps(value, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace")


def _finite(value: Any) -> Any:
    """A value in which the infinities that jiter gives for huge numbers are the largest doubles."""
    kind: Any = type(value)  # compiled code would take a narrowed value for a float, and an int is one there
    if kind is float:
        return max(-sys.float_info.max, min(value, sys.float_info.max))
    if kind is dict:
        return {name: _finite(member) for name, member in value.items()}
    return [_finite(element) for element in value] if kind is list else value
