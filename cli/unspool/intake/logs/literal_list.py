r"""A list of strings as Python prints it: the lines or the pieces of a stream that a program has collected.

print(list(response.iter_lines()))      [b'data: {…}', b'', …]
pprint(pieces)                          ['data: {…}\n\n', …], long strings in several literals
"""

import ast
import re
from collections.abc import Iterator
from typing import Final

from unspool.intake.asked import Asked, Notice
from unspool.intake.items import Found, Item, WholeLayer
from unspool.intake.json_text.literals import encoded, text_of
from unspool.intake.logs.indented import is_record_in_lines, opens_object

_LITERAL: Final = rb"b?(?:'(?:[^'\\]|\\.)*+'|\"(?:[^\"\\]|\\.)*+\")"
_CUT: Final = rb"b?'(?:[^'\\]|\\.)*+\\?\Z"
_BEGINS = re.compile(rb"\s*[\[(]\s*b?'")
_FIRST = re.compile(rb"\s*[\[(]\s*" + _LITERAL + rb"\s*(,|\]|\)|b?')", re.DOTALL)
_NEXT = re.compile(rb"([^'\"]*?)(?:(" + _LITERAL + rb")|(" + _CUT + rb"))", re.DOTALL)
_OF_STREAM = re.compile(rb"(?:data|event|id|retry)?:|\{(?:\"|\n|\Z)")


def detect(head: bytes, ended: bool, asked: Asked) -> Found:
    """A list that begins with a string of a stream, or holds the lines of an indented record, and is no JSON."""
    if not _BEGINS.match(head):
        return False
    first = _FIRST.match(head)
    if first is None:
        return False if ended else None
    if first[1] in (b"]", b")"):  # one string: a line with a literal in it
        return False
    texts = _strings(head)
    if _OF_STREAM.match(texts[0]) or is_record_in_lines(map(text_of, texts), ended):
        return LiteralList()
    return None if not ended and any(map(opens_object, map(text_of, texts))) else False


class LiteralList(WholeLayer):
    """The strings of the list, joined: with line ends where they have none, as lines."""

    def __init__(self) -> None:
        super().__init__("the list", "write its strings, each on a line")

    def _whole(self) -> Iterator[Item]:
        yield Notice("a list of strings as Python prints it: the strings are read")
        texts = _strings(self._take())
        joined = any(b"\n" in text for text in texts)
        yield b"".join(texts) if joined else b"".join(text + b"\n" for text in texts)


def _strings(data: bytes) -> list[bytes]:
    """The strings of a list; the last one may be cut."""
    texts: list[bytes] = []
    at = 0
    while (found := _NEXT.match(data, at)) is not None:
        text = _evaluated(found[2] or found[3].rstrip(b"\\") + b"'")
        if texts and not found[1].strip():  # a long string goes on
            texts[-1] += text
        else:
            texts.append(text)
        at = found.end()
    return texts


def _evaluated(literal: bytes) -> bytes:
    """Return the content of a literal; of one that cannot be read, as it is written."""
    try:
        value = ast.literal_eval(text_of(literal))
    except (ValueError, SyntaxError):
        return literal.removeprefix(b"b")[1:-1]
    return encoded(value) if isinstance(value, str) else bytes(value)
