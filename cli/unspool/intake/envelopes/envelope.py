"""JSON around records: log lines, results of batches, and anything else that holds a record as a member.

The first records show where: the path that leads to a known record is taken for
the whole source. Where each line has the same members around the record, the
lines are cut by a pattern instead of being parsed.
"""

from collections import deque
from collections.abc import Generator, Iterator
from functools import partial
from typing import Any, ClassVar

from unspool.dialects.registry import is_certain
from unspool.formats.json_codec import encode
from unspool.formats.record import Record, RecordKind
from unspool.formats.source_text import keeps_text
from unspool.intake.asked import Asked, Notice
from unspool.intake.envelopes.envelope_report import EnvelopeReport
from unspool.intake.envelopes.log_framing import LogFraming
from unspool.intake.envelopes.responses import Responses
from unspool.intake.items import Broken, Item, Part
from unspool.intake.json_text.line_cutter import Cut, LineCutter, learn
from unspool.intake.json_text.literals import encoded
from unspool.intake.json_text.paths import (
    Path,
    are_records,
    bytes_text,
    error_in,
    parse_path,
    request_member,
    values_at,
)
from unspool.intake.json_text.split_line import SplitLine
from unspool.intake.json_text.stream_text import StreamText, texts_of
from unspool.intake.json_text.times import Clock
from unspool.intake.logs.mixed import MixedStreams


class Envelope:
    """The members at one path of each record, as separate records.

    Text that is no JSON (event streams, log lines) leaves as it is; an object as
    a line. A record without the member is passed over, unless it reports an error.
    Lines that differ only in the values around their record are cut, not parsed.

    Attributes:
        keeps_log: whether the log leaves with the records, so that they are at their places in it.
    """

    keeps_log: ClassVar[bool] = False

    def __init__(self, path: Path, why: str | None, asked: Asked) -> None:
        self._path = path
        self._framing = LogFraming(not (asked.timed or asked.split_by or asked.keeps_log))
        self._cutter = LineCutter(partial(learn, path=path))
        self._split_line = SplitLine(path)
        self._text = StreamText()
        self._clock = Clock() if asked.timed else None
        self._responses = Responses(None if asked.split_by is None else parse_path(asked.split_by))
        self._report = EnvelopeReport(path, why, self._responses, asked.unwrap is not None)
        self._mixed = MixedStreams()

    def feed(self, block: bytes) -> Iterator[Item]:
        """Yield the contents of the records that ``block`` completes."""
        for one in self._framing.feed(block):
            yield from self._cut(one) if isinstance(one, bytes) else self._records(one)

    def values(self, records: list[Record]) -> Iterator[Item]:
        """Yield the content of values that were decoded elsewhere; the data of each are its JSON, or empty."""
        yield from self._records(records)

    def close(self) -> Iterator[Item]:
        """Yield the content of the last record."""
        for one in self._framing.close():
            yield from self._cut(one) if isinstance(one, bytes) else self._records(one)
        yield from self._unfinished_line()
        yield from self._mixed.close()
        self._report.without += self._text.remarks
        yield from self._report.close(self._text.read, self._passed_over())
        if self._framing.unclosed:
            advice = "what is there was read; get the whole file"
            yield Broken("the JSON array around the records is cut: it ends before its last bracket", advice, cut=True)

    def _passed_over(self) -> str:
        return f"records of the log without the member {'.'.join(self._path)}"

    def _cut(self, lines: bytes) -> Iterator[Item]:
        """Yield the contents of whole lines; those that the cutter matches are not parsed."""
        for one in self._cutter.feed(lines):
            if isinstance(one, Cut):
                self._report.see_more()
                yield from self._contents_of(one)
            else:
                yield from self._records(self._framing.parse(one))

    def _contents_of(self, cut: Cut) -> Iterator[Item]:
        """The records that were cut out of their lines."""
        lines = self._text.whole_lines(cut.texts) if cut.texts else self._text.objects(cut.objects)
        if lines is not None:
            yield from self._mixed.feed_lines(lines)
            return
        for text in cut.texts:
            yield from self._announce(None)
            yield from self._begin(None, [text])
            for line in self._text.lines_of([text]):
                yield from self._mixed.feed(line)

    def _records(self, records: list[Record]) -> Iterator[Item]:
        records.reverse()
        while records:  # each is given up before its content leaves: a long one takes much memory
            yield from self._contents(records.pop())

    def _contents(self, record: Record) -> Iterator[Item]:
        if record.kind is RecordKind.VALUE:
            self._parse(record)  # which may find it malformed
        if record.kind is RecordKind.VALUE:
            records = [record]
            del record  # and its value, before the content of a long one is copied
            yield from self._value(records)
        elif record.kind is RecordKind.MALFORMED:
            from unspool.intake.damaged.damage import glued_objects  # noqa: PLC0415 - damage is rare

            glued = glued_objects(record)
            yield from self._malformed(record) if glued is None else self._records(glued)

    def _parse(self, record: Record) -> None:
        record.parse()

    def _malformed(self, record: Record) -> Iterator[Item]:
        if record.cut and record.fault is not None:
            yield Notice(record.fault.reason, loud=True)
        yield from self._report.announce()
        yield self._unreadable(record)

    def _unreadable(self, record: Record) -> bytes:
        """A record that cannot be read; the last one, which is cut, has no end."""
        line = self._text.line(record.data)
        is_cut = not record.end and record.line is not None and record.ends_early
        return line.rstrip(b"\n") if is_cut else line

    def _value(self, records: list[Record]) -> Iterator[Item]:
        """Yield the content of a record, which is taken from a list of one."""
        pieces = yield from self._found(records)
        while pieces:
            piece, key = pieces.popleft()
            held = [piece]
            del piece
            lines = deque(self._text.lines_of(held))
            while lines:
                yield from self._mixed.feed(lines.popleft(), key)

    def _found(self, records: list[Record]) -> Generator[Item, None, deque[tuple[Any, str | None]]]:
        """Yield what precedes the records in a value, which is given up; returns them, with their keys of --split-by.

        An object is there as its source text, where an encoder would change that.
        """
        record = records.pop()
        value, text = record.value, record.data
        del record
        found = list(values_at(value, self._path))
        if not found:
            whole = self._split_line.feed(value)
            if whole is not value:
                value, text, found = whole, b"", list(values_at(whole, self._path))
        if found or self._split_line.damaged:
            yield from self._unfinished_line()
        if not found:
            if self._is_bare(value):
                yield from self._begin(value, [value])
                return deque([(memoryview(text) if text else value, None)])
            if value is not None:
                yield from self._without_record(value)
            return deque()
        texts = {} if not text or keeps_text(value, text) else texts_of(found, value, text, self._path)
        if all(type(one) is int for one in found):
            found = [bytes_text(found)]
        elif len(found) > 1:
            found = [one for one, is_one in zip(found, are_records(found, self._path), strict=True) if is_one]
        if not found:  # numbers, of which one is no byte
            yield from self._without_record(value)
            return deque()
        keys = self._responses.keys(value, found)
        yield from self._announce(value)
        yield from self._begin(value, found)
        return deque((texts.get(id(one), one), key) for one, key in zip(found, keys, strict=True))

    def _unfinished_line(self) -> Iterator[Item]:
        """Yield what there is of a split line that has no end, so that it is reported."""
        text = self._split_line.take()
        if text:
            yield self._text.line(encoded(text))

    def _without_record(self, value: Any) -> Iterator[Item]:
        """Yield the error of a record that has no member at the path; others are counted."""
        error = error_in(value, self._path)
        if error is not None:
            yield from self._report.announce()
            yield self._text.line(encode({"type": "error", "error": error}))
        else:
            self._report.pass_over(value)

    def _is_bare(self, value: Any) -> bool:
        """Return whether a value without the member is a record of the stream itself: its text must not be lost."""
        is_one = bool(self._path) and isinstance(value, dict) and is_certain(value)
        self._report.bare = self._report.bare or is_one
        return is_one

    def _announce(self, value: Any) -> Iterator[Item]:
        """The notice before the first record at the path."""
        if not self._report.announced:
            self._mixed.member = request_member(value)
            self._report.see_only(value, self._path)
        else:
            self._report.see_more()
        yield from self._report.announce()

    def _begin(self, value: Any, found: list[Any]) -> Iterator[Item]:
        """The time of a record, and the beginning of a stream where it holds a whole response."""
        if self._clock is not None and not self._text.open:  # a line that goes on in this record has its time
            comment = self._clock.comment(value)
            if comment:
                self._text.events = True
                yield comment
        if self._responses.begins(found):
            yield Part("")
