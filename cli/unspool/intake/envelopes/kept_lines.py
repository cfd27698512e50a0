"""Log lines that stay in their log: the record in each is replaced, and what is before and behind it stays."""

from collections import deque
from collections.abc import Iterator

from unspool.formats.record import DONE, Record
from unspool.intake.asked import Asked, Notice
from unspool.intake.envelopes.kept_envelope import KeptEnvelope
from unspool.intake.items import Item, Lines
from unspool.intake.json_text.paths import parse_path
from unspool.intake.json_text.spans import Span
from unspool.intake.kept_log import Entry
from unspool.intake.logs.indented import Indented, IndentedValues, Inside, in_one_line
from unspool.intake.logs.log_line import LogLine
from unspool.intake.logs.passed_over import LINES_WITHOUT
from unspool.intake.logs.prefixed import Prefixed


class KeptLines(KeptEnvelope):
    """An envelope whose records are in lines of text; the reader of ``prefixed`` cuts them out."""

    def __init__(self, prefixed: Prefixed, asked: Asked) -> None:
        path = prefixed.reader.path if asked.unwrap is None else parse_path(asked.unwrap)
        name = ".".join(path)
        why = asked.split_by and f"responses are separated by {asked.split_by} (--split-by)"
        super().__init__(path, f"read the member {name} of each record (--unwrap {name})" if path else why, asked)
        self._notice: Notice | None = prefixed.notice
        self._reader = prefixed.reader
        self._lines = Lines()
        self._indented = IndentedValues()
        self._number = 0
        self._original: bytes | None = None  # the lines that one was split into
        self._inside = b""  # those of other programs between them

    def feed(self, block: bytes) -> Iterator[Item]:
        """Yield the records in the lines that ``block`` completes, each in its place."""
        if self._notice is not None:
            yield self._notice
            self._notice = None
        lines = deque(self._lines.feed(block))
        del block
        for line in self._indented.lines(lines):
            yield from self._kept_line(line)

    def close(self) -> Iterator[Item]:
        """Yield the last record."""
        for line in self._indented.lines(deque(self._lines.close()), True):
            yield from self._kept_line(line)
        if self._original:
            yield Entry(self._original, "", b"", [])
        yield from super().close()

    def _kept_line(self, one: bytes | Indented) -> Iterator[Item]:
        line = in_one_line(one)
        text = line.rstrip(b"\r\n")
        end = line[len(text) :]
        whole = self._reader.whole(text)
        if whole is None or self._original or line is not one:  # else it is what the entry itself has
            self._original = (self._original or b"") + (one.original if isinstance(one, Indented) else one)
        inside = isinstance(one, Inside)
        one = line = b""  # a long one must not be in memory more often than is needed
        if whole is None:
            return
        found = self._reader.split(whole)
        if inside:  # it leaves with the value
            self._inside += self._original or text + end
            self._original = b""
        self._text.events = self._text.events or self._reader.events
        self._number += 1
        if found is None:
            nothing = self._reader.holds_nothing(whole)
            self._report.without += not nothing
            if self._reader.ends_event(whole):
                yield from self._mixed.feed(b"\n")
            original = text + end if self._original is None else self._original
            before, words = (original, b"") if nothing else (b"", original)
            yield Entry(before, words.decode("utf-8", "surrogateescape"), b"", [])
        elif found.names_event or found.record == DONE:
            yield from self._word(found, end)
        elif found.before == whole or not found.record.startswith((b"{", b"[")):  # an error, or what is no record
            yield from self._fixed(Record(self._number, 0, found.record, whole, (), end), self._text.line(found.record))
        else:
            records = [Record(self._number, 0, found.record, whole, (), end)]
            del text, whole, found
            yield from self._records(records)
        self._original = None
        self._inside = self._inside if inside else b""

    def _word(self, found: LogLine, end: bytes) -> Iterator[Item]:
        """Keep a line without JSON: the name of an event, or the end of the stream."""
        text = found.record.decode()
        entry = Entry(found.before, text, found.behind + end, [Span(0, len(text), text, False, False)])
        entry.original = self._original
        yield from self._mixed.feed(self._reader.field(found.record), None, entry.places[0])

    def _entry(self, record: Record, spans: list[Span], fixed: bool = False, text: str | None = None) -> Entry:
        entry = super()._entry(record, spans, fixed, text)
        if "B30" not in record.quirks:  # else it is a part of the line
            entry.original, entry.inside = self._original, self._inside
        return entry

    def _passed_over(self) -> str:
        return LINES_WITHOUT
