"""An envelope whose records stay in their log: each place is announced before the bytes that are in it.

The bytes are those that ``Envelope`` gives, so that a stream is read in the same
way whether its log is kept or not.
"""

import re
from collections.abc import Generator, Iterator
from functools import partial
from typing import Any

from unspool.formats.json_codec import HUGE, encode, without_long_strings
from unspool.formats.record import Record, RecordKind
from unspool.intake.asked import Asked
from unspool.intake.envelopes.envelope import Envelope
from unspool.intake.items import Item
from unspool.intake.json_text.literals import encoded, json_in, outline_of, uncoloured, value_of
from unspool.intake.json_text.paths import Path, are_records, error_in, is_known
from unspool.intake.json_text.spans import Span, fill, find, quoted
from unspool.intake.json_text.stream_text import ELEMENT, SSE_TEXT
from unspool.intake.kept_log import Entry, Place
from unspool.intake.logs.log_detection import text_layer
from unspool.intake.logs.log_reader import LogReader
from unspool.intake.logs.prefixed import Prefixed
from unspool.intake.logs.quoted import Quoted
from unspool.intake.logs.quoted import detect as detect_quoted
from unspool.intake.unread.requests import is_request_among_records

_CODED_TEXT = re.compile(r"[0-9a-k]:[\"\[{]")
"""A line of a data stream of the AI SDK."""


class KeptEnvelope(Envelope):
    """See the module's head."""

    keeps_log = True

    def __init__(self, path: Path, why: str | None, asked: Asked) -> None:
        super().__init__(path, why, asked)
        self._pieces: list[Entry] = []  # of a line of the stream that the log's writer split
        self._begun = False  # something else than requests and blank lines was in the log
        self._text_layer: Quoted | Prefixed | None = None  # what takes records out of texts with more in them

    def values(self, records: list[Record]) -> Iterator[Item]:
        """Yield the content of values that were decoded elsewhere; the data of each are its JSON, or empty."""
        while records:
            yield from self.feed(_line_of(records.pop(0)))  # no other copy of a long one is kept

    def _unfinished_line(self) -> Iterator[Item]:
        if self._pieces:
            yield from self._place(self._whole().places[0], None)
        if isinstance(self._text_layer, Prefixed):
            yield from self._text_layer.close()

    def _contents(self, record: Record) -> Iterator[Item]:
        if record.kind in (RecordKind.VALUE, RecordKind.MALFORMED):
            yield from super()._contents(record)
        else:
            yield self._entry(record, [])

    def _parse(self, record: Record) -> None:
        """Parse a record; long strings of a huge one are not decoded, since its places are taken from the text."""
        if len(record.data) > HUGE:
            value = value_of(without_long_strings(record.data))
            if value is not None:
                record.set_value(value)
        record.parse()

    def _malformed(self, record: Record) -> Iterator[Item]:
        yield from self._fixed(record, self._unreadable(record))

    def _value(self, records: list[Record]) -> Iterator[Item]:
        places = yield from self._kept(records.pop())
        for place, key in places:
            yield from self._place(place, key)

    def _entry(self, record: Record, spans: list[Span], fixed: bool = False, text: str | None = None) -> Entry:
        """The entry of a record, with the bytes around its text."""
        before, data, behind = b"", record.data, b"\n"
        if record.line is not None:
            at = record.line.find(data) if data else len(record.line)
            before, behind = record.line[:at], record.line[at + len(data) :] + record.end
        elif self._framing.in_events:
            before, behind = (b"data: ", b"\n\n") if record.data else (b"", b"")
        return Entry(before, data.decode("utf-8", "surrogateescape") if text is None else text, behind, spans, fixed)

    def _fixed(self, record: Record, reported: bytes) -> Iterator[Item]:
        """A record of the log that is written unchanged; ``reported`` is its fault."""
        yield from self._report.announce()
        entry = self._entry(record, [Span(0, 0, "", False, False)], fixed=True)
        if not reported.endswith(b"\n"):  # it is read where the stream ends
            entry.places[0].missing = len(reported) + 1
        yield entry.places[0]
        yield reported

    def _kept(self, record: Record) -> Generator[Item, None, list[tuple[Place, str | None]]]:
        """Yield what precedes the places in a record; returns them, each with the key of --split-by."""
        value, text = record.value, record.data.decode("utf-8", "surrogateescape")
        try:
            spans = find(text, self._path)
        except (ValueError, RecursionError):
            spans = []
        if spans:
            yield from self._announce(value)
            spans = spans if any(are_records([_value(span) for span in spans], ())) else []
        elif not spans and self._is_bare(value):
            spans = find(text, ())
        entry = self._entry(record, spans, text=text)
        if not entry.places:
            error = error_in(value, self._path)
            if error is None:
                self._report.without += 1
                yield entry
            else:
                yield from self._fixed(record, self._text.line(encode({"type": "error", "error": error})))
            return []
        record.data, record.line, text = b"", None, ""  # a long one must not be in memory more often than is needed
        yield from self._begin(value, [place.span.content for place in self._wanted(entry)])
        whole = self._joined(entry)
        if whole is None:
            return []
        places = self._wanted(whole)
        return list(zip(places, self._responses.keys(value, [place.span.content for place in places]), strict=True))

    def _wanted(self, entry: Entry) -> list[Place]:
        """The places in an entry that may hold a record; all others stay as they are."""
        values = [_value(place.span) for place in entry.places]
        return [place for place, is_one in zip(entry.places, are_records(values, self._path), strict=True) if is_one]

    def _joined(self, entry: Entry) -> Entry | None:
        """The entry whose line of the stream is whole; None if the next one holds more of it."""
        span = entry.places[0].span
        split = entry.alone and span.quoted and self._text.goes_on(span.content)
        if split or self._pieces:
            self._pieces.append(entry)
        if split:
            return None
        return self._whole() if self._pieces else entry

    def _whole(self) -> Entry:
        """The first of the entries of a line that was split, with the line and all their bytes."""
        pieces, self._pieces = self._pieces, []
        whole = pieces[0]
        whole.original = b"".join(part for piece in pieces for part in piece.as_it_came())
        place = whole.places[0]
        place.span.content = place.inner = "".join(piece.places[0].span.content for piece in pieces)
        return whole

    def _place(self, place: Place, key: str | None) -> Iterator[Item]:
        span = place.span
        if not self._begun and _is_request(span.content):  # it must not decide the framing of the answer
            self._report.without += 1
            data = b""
        else:
            self._begun = self._begun or bool(span.content.strip())
            if span.quoted:
                data = self._line(place)
                if len(data) > HUGE and isinstance(outline_of(span.content), dict):
                    place.give_up(data)
            else:
                content = span.content.encode()
                place.size = len(content)
                data = self._text.line(content)
                del content
        place.missing = len(data)
        items = self._mixed.feed(data, key, place)
        data = b""  # given up before it leaves in pieces
        yield from items

    def _line(self, place: Place) -> bytes:
        text = uncoloured(place.span.content)
        data = b"".join(self._text.lines_of([text]))
        if SSE_TEXT.match(text) or _CODED_TEXT.match(text) or outline_of(text) is not None:
            return data
        if self._text_layer is None:
            self._text_layer = _layer_of(data)
        layer = self._text_layer
        if layer is None:
            of_record = text.lstrip().startswith(("{", "[{", '"', "]", "}"))  # a damaged one, or one on several lines
            of_record = of_record or ELEMENT.fullmatch(text) is not None
            self._report.without += bool(data) and not of_record
            return data if of_record else b""
        if isinstance(layer, Quoted):
            found = layer.find(encoded(text))
            inside = None if found is None else layer.text(found)
            if found is not None and inside is not None:
                place.inner = inside
                place.wrap = partial(layer.fill, found)
                return self._content(inside)
            cut = layer.cut_record(encoded(text))
            return b"" if cut is None else cut + b"\n"
        if layer.reader.path:
            return self._object_in(place, layer.reader)
        return b"".join(item for item in layer.feed(data) if isinstance(item, bytes))

    def _object_in(self, place: Place, reader: LogReader) -> bytes:
        """The record in an object that text precedes, as a console's logger writes it."""
        line = reader.split(place.span.content.encode())
        if line is None:
            return b""
        value = line.record.decode()
        spans = find(value, reader.path)
        leaves = [leaf for span in spans for leaf in span.leaves()]
        if len(leaves) != 1:
            return b""
        leaf = leaves[0]
        place.inner = leaf.content

        def wrap(text: str) -> str:
            filled = fill(value, spans, lambda _: [quoted(text) if leaf.quoted else text])
            return line.before.decode() + filled + line.behind.decode()

        place.wrap = wrap
        return self._content(leaf.content)

    def _content(self, text: str) -> bytes:
        """A record, or a line of an event stream, that was in a string; it may come without its line end."""
        if json_in(text) is not None:
            return self._text.line(encoded(text))
        self._text.events = self._text.events or SSE_TEXT.match(text) is not None
        return text.rstrip("\r\n").encode("utf-8", "surrogatepass") + b"\n"


def _layer_of(data: bytes) -> Quoted | Prefixed | None:
    """The layer that takes the record out of a text, as a program writes it into its log."""
    found = detect_quoted(data, True, Asked())
    return found if isinstance(found, Quoted) else text_layer(data)


def _line_of(record: Record) -> bytes:
    """The line of a log that a record is."""
    data = record.data or encode(record.value)
    if data.find(b"\n") == len(data) - 1:
        return data
    return data.replace(b"\n", b" ") + b"\n"


def _is_request(text: str) -> bool:
    """Return whether a text is what was sent to a model."""
    value = outline_of(text)
    return is_request_among_records(value) and not is_known(value)


def _value(span: Span) -> Any:
    """The text of a string, or in place of an object or a list an empty one; None for what holds no record."""
    return span.content if span.quoted else {} if span.content.startswith(("{", "[")) else None
