"""Cuts the lines of one log around their records, as an event stream or as lines.

    whole = reader.whole(line)     None while the container runtime's next lines hold more of it
    found = reader.split(whole)    None for a line without a record
    reader.field(found.record)     the bytes of the stream

What is before the records of one log has one shape; a line of that shape whose
record cannot be read is cut, too, so that it is reported.
"""

import re

from unspool.core.errors import MalformedRecord
from unspool.formats.json_codec import decode
from unspool.formats.record import DONE
from unspool.formats.sse_events import as_error
from unspool.intake.json_text.literals import value_of
from unspool.intake.json_text.object_ends import ObjectEnds
from unspool.intake.json_text.paths import Path
from unspool.intake.logs.container_log import PartialLines
from unspool.intake.logs.log_line import (
    LogLine,
    begins_known,
    cut_line,
    ends_in_object,
    error_in_words,
    field_in,
    is_damaged_log,
    is_error,
    leading_record,
    may_be_reported,
    may_go_on,
    object_in,
    record_start,
)
from unspool.intake.logs.log_shape import FIELD, LogShape

_DATA = FIELD + b" "
EVENT = re.compile(rb"(?:^|(?<=[\s|:\]])|(?<=\xef\xbb\xbf))event: ?([\w.\-]+)\s*\Z")
"""The field that names an event, at the end of a line."""
_MEMBER = re.compile(rb"\"\s*:")
_NOTHING = re.compile(rb"(?:[\w.\-]+ +\|)?\s*+")
"""A blank line, also behind the name of a service."""
_LONG = 1 << 20  # bytes of a line that is not batched with others


class LogReader:
    """See the module's head.

    ``before`` is what precedes the first record. ``events`` if the records are an event stream;
    ``path`` leads to them in the objects, which leave as they are, to be unwrapped.
    """

    def __init__(self, before: bytes, events: bool, path: Path) -> None:
        self.before = before
        self.events = events
        self.path = path
        self._shape = LogShape(before)
        self._parts = PartialLines()
        self._ends = ObjectEnds()
        self._named = False  # the last field is the name of an event
        self._bare = False  # the first record had no field: all leave without, as lines

    def like_last(self, line: bytes) -> bytes | None:
        """The record of a line, with its field and the end of that, if it begins as one of the last did; else None."""
        at = -1 if self._parts.open or len(line) >= _LONG else self._shape.find(line)
        if at < 0 or (not self.events and FIELD in line[:at]):
            return None
        record = line[at:].rstrip()
        value = record.removeprefix(_DATA)
        if may_go_on(value) and not (value.endswith(b"}") and self._ends.is_object(value)):
            return None
        self._named = False
        return record + b"\n" if self.events else record

    def is_blank(self, line: bytes) -> bool:
        """Return whether a line is blank and ends no event."""
        return not self._named and _NOTHING.fullmatch(line) is not None

    def whole(self, line: bytes) -> bytes | None:
        """The line with the pieces before it, where the container runtime split it; None if more pieces follow."""
        return self._parts.feed(line)

    def split(self, line: bytes) -> LogLine | None:
        """Cut a line around its record; None if it has none."""
        if self.before.strip() and not self.before.startswith(b"{") and is_damaged_log(line):
            return LogLine(b"", line, b"")
        if self.path:
            return self._object(line)
        return self._data(line) or self._name_or_words(line) or self._json(line)

    def _data(self, line: bytes) -> LogLine | None:
        """Cut a line around the data of an event."""
        data = field_in(line) if FIELD in line else None
        if data is None:
            return None
        rest = line[data.end() :]
        if not self._bare:
            self.events = True
            self._learn(line[: data.start()], _DATA + rest)
        return cut_line(line, data.end(), leading_record(rest.rstrip()))

    def _name_or_words(self, line: bytes) -> LogLine | None:
        """Cut a line around the name of an event, or data in words; or take the error out of a field of this name."""
        event = EVENT.search(line) if b"event:" in line and not self._bare else None
        if event:
            if not self.events:
                self._shape.forget()
            self.events = True
            return cut_line(line, event.start(), line[event.start() : event.end(1)])
        words = self._words(FIELD, line)
        if words:  # no object: an error in words, say, which the stream's reader reports
            return cut_line(line, line.rindex(words), leading_record(words))
        words = self._words(b"error:", line)
        # A program behind a prefix has words there, too.
        return LogLine(line, as_error(words), b"") if words and (not self.before or words[:1] == b"{") else None

    def _words(self, field: bytes, line: bytes) -> bytes:
        """The value of a field of an event behind what is before the records, whatever it is."""
        at = line.find(field) if self.events else -1
        return line[at + len(field) :].strip() if at >= 0 and self._shape.fits(line[:at]) else b""

    def _object(self, line: bytes) -> LogLine | None:
        """Cut a line around its object; a cut object behind what is before the others leaves too, to be reported."""
        found = object_in(line)
        start = line.find(b'{"')
        whole = start < 0 or (found is not None and len(found.before) == start)
        return found if whole or not self._shape.fits(line[:start]) else cut_line(line, start, line[start:].strip())

    def _json(self, line: bytes) -> LogLine | None:
        found = record_start(line)
        if found is not None and not found.path:
            before, rest = line[: found.start], line[found.start :]
            self._learn(before, b"" if self.events else rest)
            return cut_line(line, found.start, leading_record(rest.strip()))
        error = error_in_words(line) if found is None else None
        if error is not None:
            return error
        start = line.find(b"{")
        if not self.before and not ends_in_object(line) and line.rstrip().endswith(b"}") and _MEMBER.search(line):
            start = 0  # the rest of a damaged record
        if start >= 0 and (self._shape.fits(line[:start]) or begins_known(line[start:])):
            data = leading_record(line[start:].strip())
            return cut_line(line, start, data) if self._is_reported(data) else None
        if line.rstrip().endswith(DONE) and not self.events:
            return cut_line(line, line.rindex(DONE), DONE)
        return None

    def _learn(self, before: bytes, record: bytes) -> None:
        """Know how the records of a log begin; lines of a container runtime may be split before their end."""
        self._shape.learn(before, b"" if self._parts.is_one(before) else record)

    def _is_reported(self, data: bytes) -> bool:
        """Return whether an object of no known format is no object of the program's own: an error, or damaged."""
        if self.events:
            return is_error(value_of(data))
        if data == b"{":  # of an indented one, a request say
            return False
        try:
            value = decode(data)
        except MalformedRecord:
            return True
        return may_be_reported(value)

    def ends_event(self, line: bytes) -> bool:
        """Return whether a line without a record ends an event that has a name and no data."""
        ends = self._named and (_NOTHING.fullmatch(line) is not None or self.holds_nothing(line))
        self._named = self._named and not ends
        return ends

    def holds_nothing(self, line: bytes) -> bool:
        """Return whether nothing follows what is before the records, as in the blank line behind an event."""
        return self._shape.is_all_of(line)

    def field(self, record: bytes) -> bytes:
        """A record, or the name of an event, as the stream has it."""
        self._bare = self._bare or not self.events
        unfinished, self._named = self._named, record.startswith(b"event:")
        if self._named:
            return (b"\n" if unfinished else b"") + record + b"\n"  # the event before it has no data
        return _DATA + record + b"\n\n" if self.events else record + b"\n"
