"""Framing of server-sent events: one record for each event with data.

The standard is https://html.spec.whatwg.org/multipage/server-sent-events.html.
Events are split on bytes, never on decoded text (B9, B10). A record is parsed
here only where its bytes do not show where it ends.
"""

import re
from io import BytesIO
from typing import ClassVar, Final

from unspool.formats.detect import nesting
from unspool.formats.event_ids import EventIds
from unspool.formats.event_shape import EventShape
from unspool.formats.line_splitter import EventLines
from unspool.formats.record import (
    DONE,
    Record,
    RecordDelimiters,
    RecordKind,
    blank,
    done_record,
    ends_with_done,
    split_done,
)
from unspool.formats.sse_events import (
    ERROR_SIGNS,
    ERRORS,
    as_error,
    is_foreign,
    may_be_foreign,
    named_data,
)

_OTHER_FIELD = re.compile(rb"[A-Za-z][\w-]*:|(?:data|event|id|retry)\Z")
_BLANK_LINE: Final = re.compile(rb"\n\r?\n")
_END = b"end"
_OTHER_DONE: Final = frozenset({b"DONE", b"[done]", b'"[DONE]"', b'["DONE"]'})
"""What Gemini's gateways, and servers that encode it as JSON, send in place of [DONE] (B4)."""
_STATUS: Final = frozenset(
    {b"[DONE_GEN]", b"[DONE_STEP]", b"[KEEP_ALIVE]", b"[KEEPALIVE]", b"[PING]"}
    | {b"ping", b"keepalive", b"keep-alive", b"heartbeat"}
)
"""Markers between the records of older servers of Letta and of unspool's own class for servers, and pings (B13)."""
_LONGEST_MARK: Final = 14  # bytes of the longest mark
_NAMED: Final[tuple[str, ...]] = ("B7",)
RECORDING_COMMENTS = (b": t=", b": end=")
"""The beginnings of the comments in a recording, which are not quirks of the provider."""


class ServerSentEvents:
    """Framing of the event stream format, tolerant of what servers really send.

    A data line that is a complete JSON value is an event even without a blank
    line, since no further line can belong to it. So no event waits for a blank
    line, glued events are separated, and a broken event damages no other (B6).
    """

    layout: ClassVar = RecordDelimiters(b"data: ", b"\n\n")
    keeps_lines: ClassVar = False

    def __init__(self, offset: int = 0) -> None:
        self._lines = EventLines(offset)
        self.number = 0
        self._data: list[bytes] = []
        self._data_size = 0  # in bytes
        self._data_offset = 0
        self._broken = False  # the only line in _data was parsed and is not a value
        self._in_field = False  # _data come from a data field, and not from other lines
        self._depth = 0  # open brackets in lines that are not fields
        self._event_name = b""  # the name of the current event
        self._ident = b""  # its id
        self._ids = EventIds()
        self._quirks: list[str] = []  # for the next record
        self._ended = True  # whether a blank line followed the last event
        self._bare_name = b""  # of the event, while it has no data
        self._shape = EventShape()

    @property
    def at_record_boundary(self) -> bool:
        """Return whether the next byte starts a record."""
        # The name of an event may have come, and its data not.
        return self._ended and not self._event_name and not self._data and self._lines.at_line_start

    @property
    def held(self) -> int:
        """The bytes of the event that is not complete."""
        return self._data_size + self._lines.held

    def give_up(self) -> tuple[int, list[bytes]]:
        """Forget the event that is not complete; see LineFraming."""
        offset = self._data_offset if self._data else self._lines.offset
        parts = [*self._data, self._lines.close()]
        self._set_data([])
        self._depth, self._ended = 0, True
        self._event_name = self._bare_name = self._ident = b""
        return offset, parts

    def resumes(self, line: bytes, first: bytes) -> bool:
        """Return whether the line before was blank."""
        return line in (b"\n", b"\r\n")

    def resume(self, offset: int) -> None:
        """Read on at ``offset``."""
        self._lines.offset = offset

    def feed(self, block: bytes) -> list[Record]:
        """Return the records that ``block`` completes."""
        records: list[Record] = []
        start = 0
        # The first event may be unfinished, and so may the last: both are read line by line, all between as a whole.
        if not self.at_record_boundary:
            # find and rfind of one byte skip an unfinished line, which may be long, in a fraction of the time.
            blank_line = _BLANK_LINE.search(block, block.find(b"\n"))
            start = blank_line.end() if blank_line else len(block)
            self._feed_lines(block[:start], records)
        end = block.rfind(b"\n\n", 0, block.rfind(b"\n") + 1) + 2
        if block.find(b"\r") >= 0:  # otherwise the search from behind would go through the whole block
            end = max(end, block.rfind(b"\r\n\r\n") + 4)
        if end > max(start, 3) and self.at_record_boundary:
            self._feed_events(block[start:end], records)
            start = end
        if start < len(block):
            self._feed_lines(block[start:] if start else block, records)
        return records

    def _feed_events(self, block: bytes, records: list[Record]) -> None:
        """Read complete events, each with its blank line; line ends may be LF or CRLF (B3)."""
        lines = BytesIO(block).readlines()  # split looks at each byte (CPython 3.11), which takes longer
        returns = block.find(b"\r") >= 0
        first = 0
        for place, line in enumerate(lines):
            if line in (b"\n", b"\r\n"):
                if first == place:  # nothing ends here
                    self._lines.offset += len(line)
                    self._lines.returns = self._lines.returns or len(line) > 1
                elif not self._read_event(lines, first, place, returns, records):
                    self._feed_lines(b"".join(lines[first : place + 1]), records)
                first = place + 1

    def _read_event(self, lines: list[bytes], first: int, end: int, returns: bool, records: list[Record]) -> bool:
        """Read the event of the lines from ``first`` on, if it is an ordinary one; ``end`` is its blank line.

        The lines have their ends. Almost all events are one line of data, or a name and one line of data:
        these become records at once.
        """
        named = end - first == 2
        if end - first != 1 and not named:
            return False
        name_line, data_line = lines[first] if named else b"", lines[end - 1]
        shape = self._shape
        if not shape.fits(name_line, data_line):
            return False
        data = data_line[6:-2] if returns and data_line.endswith(b"\r\n") else data_line[6:-1]
        if returns and data.find(b"\r") >= 0:  # find, since "in" raises and drops a TypeError first (CPython 3.11)
            return False
        if not data.endswith(shape.closing):
            return False
        position = self._lines
        at = len(name_line)
        self.number += 1
        record = Record(self.number, position.offset + at, data, None)
        if named:
            record.optional = shape.optional
            record.name = shape.lone
            record.quirks = _NAMED
        if self._quirks:  # of the lines before it
            self._quirks += [quirk for quirk in record.quirks if quirk not in self._quirks]
            record.quirks = tuple(self._quirks)
            self._quirks.clear()
        records.append(record)
        position.offset += at + len(data_line) + len(lines[end])
        if returns and b"\r\n" in (name_line[-2:], data_line[-2:], lines[end]):
            position.returns = True
        return True

    def _feed_lines(self, block: bytes, records: list[Record]) -> None:
        before = self._data
        kept = max(1, len(before))
        for line in self._lines.feed(block):
            self._line(line, records)
            del line  # a huge line must not be in memory twice while its record is parsed
        self._dispatch_whole(records)
        if self._data is not before:
            kept = 1
        if len(self._data) > kept + 1:  # joined, since each object of a short line takes many times its bytes
            self._data[kept:] = [b"\n".join(self._data[kept:])]

    def close(self) -> list[Record]:
        """Return the last event, if no blank line ended it (B5), and a blank record for the remaining quirks."""
        records: list[Record] = []
        rest = self._lines.close()
        if rest:
            self._line(rest, records)
        if self._data or not self._ended:
            self._quirk("B5")
        self._end_event(records)
        if self._lines.returns:
            self._quirk("B3")
        if self._quirks:
            records.append(blank(self.number, self._lines.offset, None, tuple(self._quirks)))
        return records

    def _quirk(self, quirk: str) -> None:
        if quirk not in self._quirks:
            self._quirks.append(quirk)

    def _line(self, line: bytes, records: list[Record]) -> None:
        if not line:
            self._end_event(records)
            self._ended = True
            return
        self._dispatch_whole(records)
        if line.startswith(b"data: "):
            self._data_line(line[6:], records)
        elif line.startswith(b"data:"):
            self._quirk("B2")
            self._data_line(line[5:], records)
        elif line.startswith(b":"):
            if not line.startswith(RECORDING_COMMENTS):
                self._quirk("B1")
        elif line.startswith(b"error:"):  # a field of llama.cpp's server
            self._dispatch(records)
            self._begin(as_error(line[6:].strip()))
        elif _OTHER_FIELD.match(line):
            if line.startswith(b"event:"):
                self._event_name = self._bare_name = line[6:].strip()
            elif line.startswith(b"id:"):
                self._ident = line[3:].strip()
            self._quirk("B7")
        else:
            self._stray_line(line, records)

    def _data_line(self, data: bytes, records: list[Record]) -> None:
        if not data or data.isspace() or data.startswith(b":"):
            self._quirk("B1" if data.startswith(b":") else "B7")
            return
        if len(data) <= _LONGEST_MARK and data in _STATUS and not self._event_name:
            self._quirk("B13")
            return
        if self._depth:
            self._dispatch(records)
        if self._event_name:
            self._leave_name()
        if self._event_name or data.startswith(ERROR_SIGNS):
            data = named_data(self._event_name, data)
        if ends_with_done(data):
            self._end_stream(data, records)
        elif len(data) <= _LONGEST_MARK and data in _OTHER_DONE:
            self._quirk("B4")
            self._end_stream(DONE, records)
        elif not self._data or _is_chunk(data):
            self._dispatch(records)
            self._begin(data)
        else:
            self._quirk("B8")
            self._data.append(data)
            self._data_size += len(data)

    def _leave_name(self) -> None:
        """Forget the name of an event with data, behind which no blank line came (B6): the next data are of another."""
        if not (self._bare_name or self._data or self._event_name in ERRORS):
            self._event_name = b""

    def _end_stream(self, data: bytes, records: list[Record]) -> None:
        self._dispatch(records)
        self._note_glued()
        self._ids.restart()
        self.number = split_done(self.number + 1, self._lines.offset, data, None, records)
        self._mark(records)

    def _stray_line(self, line: bytes, records: list[Record]) -> None:
        """Read a line that is not a field as data, since servers send errors as bare JSON on several lines (R12)."""
        if line == DONE:  # without its field (B4)
            self._quirk("B4")
            self._end_stream(line, records)
        elif not self._depth or line.startswith(b"{"):
            self._leave_name()
            self._dispatch(records)
            self._set_data([line])
            self._data_offset, self._broken = self._lines.offset, True
            self._in_field = False
        else:
            self._data.append(line)
            self._data_size += len(line)
        if self._depth or line.startswith(b"{"):
            self._depth += nesting(line)
        if self._depth <= 0:
            self._dispatch(records)

    def _end_event(self, records: list[Record]) -> None:
        """End an event. Two names mean something without data: an error (R12), and the end that LangServe sends."""
        if self._bare_name in ERRORS:
            self._begin(as_error(b""))
        self._dispatch(records)
        if self._bare_name == _END:
            self._ids.restart()
            self.number += 1
            records.append(done_record(self.number, self._lines.offset))
            self._mark(records)
        self._event_name = self._bare_name = self._ident = b""

    def _begin(self, data: bytes) -> None:
        self._bare_name = b""
        self._note_glued()
        self._set_data([data])
        self._data_offset, self._broken = self._lines.offset, False
        self._in_field = True

    def _set_data(self, data: list[bytes]) -> None:
        self._data = data
        self._data_size = len(data[0]) if data else 0

    def _note_glued(self) -> None:
        if not self._ended:
            self._quirk("B6")
        self._ended = False

    def _dispatch_whole(self, records: list[Record]) -> None:
        """Dispatch a single data line that is a complete value, before its blank line arrives."""
        if len(self._data) != 1 or self._broken:
            return
        record = Record(self.number + 1, self._data_offset, self._data[0], None)
        record.parse()
        self._broken = record.kind is RecordKind.MALFORMED
        if not self._broken:
            record.in_field = self._in_field
            self._set_data([])
            self._append(record, records)

    def _dispatch(self, records: list[Record]) -> None:
        self._depth = 0
        if self._data:
            data = b"\n".join(self._data)
            self._set_data([])
            record = Record(self.number + 1, self._data_offset, data, None)
            record.in_field = self._in_field
            self._append(record, records)

    def _append(self, record: Record, records: list[Record]) -> None:
        if self._event_name in ERRORS:  # its data may be text, on several lines
            record = Record(record.number, record.offset, as_error(record.data), None)
        elif self._event_name and is_foreign(self._event_name, record.data):
            record = blank(self.number, record.offset, None)
            record.name = self._event_name
        else:
            record.name = self._event_name
            record.optional = may_be_foreign(self._event_name)
        if self._ident and self._ids.repeats(self._ident, record.data):
            record = blank(self.number, record.offset, None)
        self.number = record.number
        records.append(record)
        self._mark(records)

    def _mark(self, records: list[Record]) -> None:
        records[-1].quirks += tuple(self._quirks)
        self._quirks.clear()


def _is_chunk(data: bytes) -> bool:
    """Return whether a data line is a complete chunk: then the lines before it are another, broken event (B6)."""
    if not data.startswith(b"{"):
        return False
    record = Record(0, 0, data, None)
    value = record.parse()
    return isinstance(value, dict) and ("choices" in value or "error" in value)
