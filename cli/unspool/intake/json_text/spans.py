"""The places of the records inside the text of a log record, so that they alone are replaced.

A log record is not encoded again: numbers, spaces and duplicate names around the
stream's record stay as they are (R1). ``find`` walks a path through the JSON
text, as ``paths.values_at`` does through its values; ``texts_at`` walks through both.
"""

import re
from collections.abc import Callable, Iterator
from json.decoder import scanstring  # type: ignore[attr-defined] # documented nowhere, and what raw_decode uses
from typing import TYPE_CHECKING, Any, NamedTuple

from unspool.formats.json_codec import HUGE, encode, raw_decode
from unspool.intake.json_text.literals import encoded, json_in
from unspool.intake.json_text.paths import Path, bytes_text, is_known

if TYPE_CHECKING:
    from unspool.formats.splice import SourceText

_SPACE = re.compile(r"[ \t\r\n]*")
_LIST_OF_BYTES = re.compile(r"\[\s*\d{1,3}(?:\s*,\s*\d{1,3})*+\s*\]")
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|([{}\[\]])', re.DOTALL)
GONE = "\0"
"""Placeholder for an element that is removed from its list; no JSON text contains this character."""
_GONE = re.compile(r"\0\s*+,\s*+|(?<!\s)\s*+,\s*+\0|\0")


class Span:
    """One place in a JSON text that holds a record of the stream.

    ``content`` is the record's text; ``quoted`` if it is in a string, ``listed``
    if it is an element of a list. ``inner`` holds the JSON in a string, in which the
    records are nested deeper.
    """

    def __init__(self, start: int, end: int, content: str, quoted: bool, listed: bool) -> None:
        self.start = start
        self.end = end
        self.content = content
        self.quoted = quoted
        self.listed = listed
        self.inner: list[Span] = []

    def leaves(self) -> Iterator["Span"]:
        """The spans that hold records: this one, or those in its string."""
        if not self.inner:
            yield self
        for span in self.inner:
            yield from span.leaves()


class _Value(NamedTuple):
    """The beginning of a value in a text, and how it is held."""

    text: str
    start: int
    listed: bool = False


def find(text: str, path: Path) -> list[Span]:
    """The spans at ``path`` in a JSON text. Raises ValueError or RecursionError for what is no JSON."""
    spans: list[Span] = []
    _walk(_Value(text, _space(text, 0)), path, spans)
    return spans


def fill(text: str, spans: list[Span], fillings: Callable[[Span], list[str] | None]) -> str:
    """The text with what ``fillings`` gives for each span: nothing, a text or a list of several; None leaves it."""
    return "".join(filled(text, spans, fillings))


def filled(text: str, spans: list[Span], fillings: Callable[[Span], list[str] | None]) -> list[str]:
    """Return the text that ``fill`` gives in pieces: joining them would copy a long one."""
    pieces: list[str] = []
    at = 0
    for span in spans:
        if span.inner:
            inside = fill(span.content, span.inner, fillings)
            texts = None if inside == span.content else [quoted(inside)]
        else:
            texts = fillings(span)
        if texts is not None:
            pieces += [text[at : span.start], _joined(texts, span)]
            at = span.end
    pieces.append(text[at:])
    return [_GONE.sub("", "".join(pieces))] if GONE in pieces else pieces


def texts_at(value: Any, text: bytes, path: Path) -> list[memoryview | None]:
    """The source text of each value that ``values_at`` finds in a JSON text (R1); None for one that is no container.

    Nothing is copied: a long text would take its size in memory once more.
    """
    from unspool.formats.splice import SourceText  # noqa: PLC0415 - its patterns take milliseconds, and are seldom needed

    texts: list[memoryview | None] = []
    source = SourceText(text)
    _collect(value, source, (source.skip_space(0), len(text)), path, texts)
    return texts


def _collect(
    value: Any, source: "SourceText", span: tuple[int, int], path: Path, texts: list[memoryview | None]
) -> None:
    """Collect the texts in the value of a span, as ``values_at`` walks through the value."""
    if type(value) is str and path:
        inner = json_in(value)
        if inner is not None:
            texts += texts_at(inner, encoded(value), path)
    elif type(value) is list and (path or not is_known(value)):
        for one, part in zip(value, source.parts(span[0]), strict=True):
            _collect(one, source, part, path, texts)
    elif not path:
        if value is not None:
            texts.append(source.view(*span) if type(value) is dict or type(value) is list else None)
    elif type(value) is dict:
        dotted = ".".join(path)
        name = path[0] if path[0] in value else dotted
        if name in value:
            rest = path[1:] if name == path[0] else ()
            _collect(value[name], source, source.members(span[0])[name][-1], rest, texts)


def _joined(texts: list[str], span: Span) -> str:
    if span.listed:
        return ", ".join(texts) or GONE
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]" if texts else '""' if span.quoted else "null"


def quoted(text: str) -> str:
    """``text`` as a JSON string."""
    return encode(text).decode()


def _walk(value: _Value, path: Path, spans: list[Span]) -> int:
    """Collect the spans in one value; gives the place behind it."""
    text, start, _ = value
    first = text[start : start + 1]
    if first == "[":
        return _list(value, path, spans)
    if first == '"':
        content, end = scanstring(text, start + 1, False)
        _string(value, end, content, path, spans)
        return int(end)
    if not path:
        end = _end_of(text, start)
        if not text.startswith("null", start):
            spans.append(Span(start, end, text[start:end], False, value.listed))
        return end
    return _object(value, path, spans) if first == "{" else _end_of(text, start)


def _end_of(text: str, start: int) -> int:
    """The place behind a value, which is not decoded where it may be long. Raises ValueError for one without an end."""
    if len(text) - start <= HUGE:
        return int(raw_decode(text, start)[1])
    depth = 0
    for token in _TOKEN.finditer(text, start):
        if not depth and token.start() > start:  # a number or a word
            break
        bracket = token[1]
        depth += 0 if bracket is None else 1 if bracket in "{[" else -1
        if not depth:
            return token.end()
    return int(raw_decode(text, start)[1])


def _string(value: _Value, end: int, content: str, path: Path, spans: list[Span]) -> None:
    span = Span(value.start, end, content, True, value.listed)
    inner = json_in(content) if path or content.lstrip()[:1] == "[" else None
    if inner is not None:
        span.inner = find(content, path)
    if span.inner or not path:
        spans.append(span)


def _list(value: _Value, path: Path, spans: list[Span]) -> int:
    text, start, _ = value
    if not path and _LIST_OF_BYTES.match(text, start):
        numbers, end = raw_decode(text, start)
        spans.append(Span(start, end, bytes_text(numbers), True, value.listed))
        return end
    if not path:
        whole, end = raw_decode(text, start)
        if is_known(whole):  # a chunk of LangGraph and its metadata are one record
            spans.append(Span(start, end, text[start:end], False, value.listed))
            return end
    at = _space(text, start + 1)
    while text[at : at + 1] != "]":
        at = _space(text, _walk(_Value(text, at, True), path, spans))
        at = _space(text, at + 1) if text[at : at + 1] == "," else at
    return at + 1


def _object(value: _Value, path: Path, spans: list[Span]) -> int:
    """Collect those in the member that the path names, or in one whose own name has dots; the last of a name counts."""
    text, start, _ = value
    dotted = ".".join(path)
    named: dict[str, list[Span]] = {}
    at = _space(text, start + 1)
    while text[at : at + 1] != "}":
        name, at = scanstring(text, at + 1, False)
        at = _space(text, _space(text, at) + 1)
        if name == path[0] or name == dotted:
            named[name] = []
            at = _walk(_Value(text, at), path[1:] if name == path[0] else (), named[name])
        else:
            at = _end_of(text, at)
        at = _space(text, at)
        at = _space(text, at + 1) if text[at : at + 1] == "," else at
    spans += named.get(path[0], named.get(dotted, []))
    return at + 1


def _space(text: str, at: int) -> int:
    if text[at : at + 1] > " ":  # most often there is none, and a log has six places for it in each member
        return at
    found = _SPACE.match(text, at)
    return found.end() if found else at
