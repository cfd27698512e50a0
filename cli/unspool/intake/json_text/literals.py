"""Strings of programs in lines of text: quoted as JSON and Go do it, and the literals of Python.

find_quoted(line, holds)    the first string in quotes whose text ``holds`` what is looked for
find_literal(line, holds)   the first of Python's
"""

import ast
import re
from collections.abc import Callable
from typing import Any

from unspool.core.errors import MalformedRecord
from unspool.formats.json_codec import (
    decode,
    decode_strings,
    decode_unfinished,
    encode,
    raw_decode,
    without_long_strings,
)

QUOTED = re.compile(rb'((?<![\w.\-@])[\w.\-@]{0,64}+[=:]\s*|(?<![^\s,;|(]))"((?:[^"\\]++|\\.)*+)"')
_PYTHON = re.compile(rb"((?<![\w.\-@])[\w.\-@]{0,64}+[=:]\s*|(?<![^\s,;|(\[]))(b?'(?:[^'\\]|\\.)*')")
_ESCAPE = re.compile(rb"\\\\|((?:\\x[0-9a-fA-F]{2})+)|\\[av0']")
"""Escapes that JSON lacks: bytes in hexadecimal (nginx, Go) and single characters (Go)."""
_DOCUMENT = re.compile(rb'\s*+(?:\{(?!\')|(?!\[{1,2}[^\[\]{}\n]*+\]{1,2}[ \t]++[\w\[(])\[\s*+[\[{"])')
"""The beginning of a document, and of no line with a name in brackets: ``["main"] ready``, ``[[main]] ready``."""
_COLOUR = re.compile("\x1b\\[[\\d;]*[mK]")
_HTTP_CLIENT = re.compile(rb"\b(?:send|reply): b?'")
"""What Python's http.client prints of a request, and of the status of its response."""
_MOST = 32  # strings of a line that are looked at
_RECORD_BEGINS = (b'{\\"', b'{""', b"{\\x22", b"{\\n", b"{\\r", b'"{"', b'"[{"')
_LITERAL_BEGINS = (b'{"', b"{\\n", b"{\\r", b"'{'", b"'[{'")
"""The beginning of an object of JSON in a string, as the program that quoted it wrote it, or its first line."""
Holds = Callable[[str], bool]


def find_quoted(line: bytes, holds: Holds) -> re.Match[bytes] | None:
    """The first string in quotes that is as wanted: its name is group 1, its text group 2."""
    if not any(begin in line for begin in _RECORD_BEGINS):
        return None
    return next(
        (found for number, found in enumerate(QUOTED.finditer(line)) if number < _MOST and holds(unquoted(found[2]))),
        None,
    )


def find_literal(line: bytes, holds: Holds) -> re.Match[bytes] | None:
    """The first literal of Python that is as wanted: its name is group 1, the literal group 2."""
    if b"'" not in line or not any(begin in line for begin in _LITERAL_BEGINS) or is_of_http_client(line):
        return None
    return next((found for found in _PYTHON.finditer(line) if holds(text_of(evaluated(found[2])))), None)


def is_of_http_client(line: bytes) -> bool:
    """Return whether Python's http.client printed a line: of the request, or of the status of the response."""
    return _HTTP_CLIENT.search(line) is not None


def begins_document(head: bytes) -> bool:
    """Return whether a source begins as JSON does, and no dict or list of Python, or name in brackets."""
    return _DOCUMENT.match(head) is not None


def begins_json(text: str) -> bool:
    """Return whether a text begins like a JSON object or array."""
    return text.lstrip()[:1] in ("{", "[") if text[:1].isspace() else text[:1] in ("{", "[")


def json_in(text: str) -> Any:
    """The value of a string that holds one JSON object or array, else None."""
    return value_of(encoded(text)) if begins_json(text) else None


def outline_of(text: str) -> Any:
    """The same for a look at the value: long strings of a huge text are empty, so that they are not copied."""
    return value_of(without_long_strings(encoded(text))) if begins_json(text) else None


def value_of(data: bytes) -> Any:
    """The value of a JSON text; None where it is none."""
    try:
        return decode(data)
    except MalformedRecord:
        return None


def value_at(text: str, at: int = 0) -> tuple[Any, int] | None:
    """The JSON value at a place in a text, and the place behind it; None where no whole one is there."""
    try:
        return raw_decode(text, at)
    except (ValueError, RecursionError):
        return None


def is_whole_line(line: bytes) -> bool:
    """Return whether a line of a stream needs no other half: it has JSON that is whole, or none."""
    data = line.strip().removeprefix(b"data:").strip()
    if not data.startswith((b"{", b"[")) or data == b"[DONE]":
        return True
    return value_of(without_long_strings(data)) is not None


def unfinished_value_of(data: bytes) -> Any:
    """The value of a JSON text that may end early; None where it cannot be read."""
    try:
        return decode_unfinished(data)
    except ValueError:
        return None


def uncoloured(text: str) -> str:
    """``text`` without the escape sequences of a terminal's colours, which are in no string of JSON."""
    return _COLOUR.sub("", text) if "\x1b[" in text else text


def text_of(data: bytes) -> str:
    """``data`` as text, damage as U+FFFD."""
    return data.decode("utf-8", "replace")


def encoded(text: str) -> bytes:
    """The bytes of a text, which may have halves of surrogate pairs."""
    return text.encode("utf-8", "surrogatepass")


def evaluated(literal: bytes) -> bytes:
    """Return the content of a literal between apostrophes, decoded as repr() wrote it.

    Unchanged where it is JSON as it is and no more JSON when decoded: then a program put
    the apostrophes around it. The other order would keep the backslashes that repr() doubled.
    """
    body = literal[literal.index(b"'") + 1 : -1]
    try:
        value = ast.literal_eval(text_of(literal))
    except (ValueError, SyntaxError):
        return body
    decoded = encoded(value) if isinstance(value, str) else bytes(value)
    return decoded if _is_json(decoded) or not _is_json(body) else body


def _is_json(data: bytes) -> bool:
    return json_in(text_of(data).removeprefix("data:")) is not None


def _in_json(escape: re.Match[bytes]) -> bytes:
    if escape[1]:
        data = bytes.fromhex(escape[1].replace(b"\\x", b"").decode())
        return encode(data.decode("utf-8", "replace"))[1:-1]
    return escape[0] if escape[0] == b"\\\\" else b"'" if escape[0] == b"\\'" else b""


def unquoted(body: bytes) -> str:
    """The text of a string in quotes, as JSON or Go writes it; as it is where it is neither."""
    texts = decode_strings([body])
    if texts is None:
        body = _ESCAPE.sub(_in_json, body)
        texts = decode_strings([body])
    return text_of(body) if texts is None else texts[0]
