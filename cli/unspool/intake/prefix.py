"""Lines with something before the record: times, levels, names of services, brackets.

A line that holds a record leaves as the record alone; a line that holds none is
passed over. What is before the records of one log has one shape; a line of
that shape whose record cannot be read leaves too, so that it is reported.
"""

import json
import re
from codecs import BOM_UTF8
from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from unspool.core.errors import MalformedRecord
from unspool.dialects.error_bodies import error_body
from unspool.formats.detect import FIELD
from unspool.formats.json_codec import HUGE, decode, without_long_strings
from unspool.formats.record import DONE
from unspool.formats.sse_events import as_error
from unspool.intake.asked import HEAD_BYTES, Asked, Notice
from unspool.intake.items import Found, Item, LineLayer, Lines
from unspool.intake.literals import json_in, text_of, value_of
from unspool.intake.mixed import MixedStreams
from unspool.intake.paths import Path, find_path, is_known

_DATA = re.compile(
    rb"(?:(?<![A-Za-z_'\"])(?<!data: )(?<!data:)(?:data: ?)++(?=[{\[])(?!\[\d)|(?<=\")data: ?(?=\{\"\w))"
    rb"(?![{\[]\s*(?:\\|\"\"))"
)
"""The field before a record: in no string of JSON or of a table, where the record's quotes would be escaped."""
_JSON_BEGINS = re.compile(rb"\{|\[\s*+(?:[\[{\"\]]|\Z)")
"""The beginning of a JSON object or a list of records; a time or the name of a service may be in brackets, too."""
_OBJECT_BEGINS = re.compile(rb"\{[\"']")
"""The beginning of an object of JSON or of a dict of Python."""
_PYTHON_DICT = re.compile(rb"\[?\{\s*'")
_QUOTE_FOLLOWS = re.compile(rb"[{\[\s]++\"")
_QUOTES = re.compile(rb"\\.|\"")
_EVENT = re.compile(rb"(?:^|(?<=[\s|:\]])|(?<=\xef\xbb\xbf))event: ?([\w.\-]+)\s*\Z")
_ERROR_FIELD = re.compile(rb"(?<=[\s|:\]])error: ?\{\"")
_CRI = re.compile(rb"\S+ (?:stdout|stderr) ([PF]) (.*)", re.DOTALL)
_TABLE = re.compile(rb"(?:[^\t\n{]*\t)?([\w.\-]+)\t(\{.*\}|\[DONE\])(?:\t[\d:.]*)?\s*\Z")
_DIGITS = re.compile(rb"(?<![0-9a-fA-F])[a-fA-F]*+\d[0-9a-fA-F]*+")
_LOG_LINE = re.compile(
    rb"^[^{\"]*(?:\b(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|CRITICAL|FATAL|debug|info|warn|error)\b[\]:|,\t ]"
    rb"|\b\d\d:\d\d:\d\d|^\[[\w.\- ]+\] |^-- |^[\w.\-]+ +\| |^[\d.]+:\d+: [A-Z]+ http)"
    rb"|^(?:#+ |//|```|[=_-]{3})"
    rb"|^(?:[\w@.:~/\-\[\] ]*[$#%>] ?|\+ )(?:curl|wget|https?|xh|python3?|node|npx|uv|docker|kubectl)\b"
)
"""The beginning of a line of a log (a level, a time, a service), of a comment or heading, or of a command."""
_JSON_MARK = re.compile(rb"[{}]|\"\s*[:,\]]|[:,\[]\s*\"")
"""Punctuation that a damaged record has and a line of words lacks."""
_REMARK = re.compile(rb"\[?(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\d\d:\d\d:\d\d|(?:TRACE|DEBUG|INFO|NOTICE)\b)")
_FAILURE = re.compile(rb"(?i:error|fatal|critical|exception|fail|abort|denied|timeout|timed out)|\b[45]\d\d\b")
_MEMBER = re.compile(rb"\"\s*:")
_NOTHING = re.compile(rb"(?:[\w.\-]+ +\|)?\s*+")
"""A blank line, also behind the name of a service."""
_OPENING = 16  # bytes of a record that are compared with those of the last one
_LONG = 1 << 20  # bytes of a line that is not batched with others
_NO_BOUNDARY = b"'\"_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_LOG_OBJECT = re.compile(
    rb'\{(?=[^{]*"(?:level|severity)")(?=[^{]*"(?:msg|message|event)")[^{]*(?:\{[^{}]*\}[^{}]*){0,4}\}\s*\Z'
)
"""A line of a logger that writes JSON, without a record in it."""
_GLUED = re.compile(rb"\}\s*+\{\s*+\"")
"""Between two records in one line, which leave as they are, to be taken apart (B30)."""
_FOLLOWING = re.compile(r' *+\{"')
"""Another object behind one."""
_ARRAY = re.compile(rb"\s*+\[[ \t]*\r?\n\s*+(\{|\Z)")
"""An array of objects whose first bracket is alone in its line."""
_DATA_STREAM = re.compile(rb"\s*(?:[a-k]:[\[{\"]|\d:[\[\"])")
"""The first line of a data stream of the AI SDK; ``1:{`` may also be a number of ``grep -n`` before a record."""
_BARE_FIELD = re.compile(rb"(?:data|event|id|retry)\r?\n?")
"""The name of a field alone, which has an empty value (WHATWG)."""
_ERROR = frozenset({"error", "type", "request_id", "detail"})
"""The members of an error that a server sends in place of an event."""
_TRIES = 8  # places in a line where a record may begin
_MOST_LINES = 256  # of an indented object
_decoder = json.JSONDecoder()


def detect(head: bytes, ended: bool, asked: Asked) -> Found:
    """A line with a record behind something else, or behind lines that are no records."""
    array = _ARRAY.match(head)
    if array or _DATA_STREAM.match(head):
        return None if array and not (array[1] or ended) else False
    strange = False  # a line that belongs to no stream, and looks like one of a log
    words = False  # one that is no damaged record
    whole = head if ended else head[: head.rfind(b"\n") + 1]
    other = _CRI.match(whole) is not None  # one that belongs to no stream; its record may end in a later one
    for line in _joined_lines(whole):
        if not line.strip():
            continue
        data = _data_in(line)
        if data is not None and (data.start() or strange or (other and is_known(_leading_value(line[data.end() :])))):
            return Prefixed(line[: data.start()], events=True)
        if FIELD.match(line) or _BARE_FIELD.fullmatch(line):
            continue
        if _TABLE.match(line):
            return Table()
        found = _record_start(line)
        if found is not None and (found.start or strange or (words and not found.path) or (other and found.path)):
            return Prefixed(line[: found.start], path=found.path)
        if found is not None and found.path:
            return False  # the envelopes of a logger
        other = other or _JSON_BEGINS.match(line) is None
        strange = strange or _LOG_LINE.search(line) is not None
        words = words or not _JSON_MARK.search(line) or (found is None and _LOG_OBJECT.match(line) is not None)
    waits = strange or other or words or not whole.strip()  # a record may follow
    return _cut_log(head) if ended else None if waits else False


def _cut_log(head: bytes) -> Found:
    """The layer where a line of a log is cut by the end of the head: it may be a request, of any size."""
    line = head[head.rfind(b"\n") + 1 :]
    opening = _OBJECT_BEGINS.search(line)
    if len(head) < HEAD_BYTES or opening is None or not _LOG_LINE.search(line, 0, opening.start()):
        return False
    return Prefixed(line[: opening.end()])  # with the brace: what is before a record does not have this shape


def is_log_line(line: bytes) -> bool:
    """Return whether a line begins as that of a logger does, reports no failure, and holds no part of a record."""
    return _REMARK.match(line) is not None and not _FAILURE.search(line) and not _JSON_MARK.search(line)


def _joined_lines(head: bytes) -> Iterator[bytes]:
    """The lines of ``head``; those that a container runtime split are joined behind the beginning of the last."""
    parts = b""
    for line in head.splitlines():
        piece = _CRI.match(line)
        if piece and piece[1] == b"P":
            parts += piece[2]
            continue
        yield line[: piece.start(2)] + parts + piece[2] if piece else line
        parts = b"" if piece else parts


def text_layer(line: bytes) -> "Prefixed | None":
    """The layer for text in the records of a log with something before the record, or before another field."""
    found = detect(line, True, Asked())
    if isinstance(found, Prefixed):
        return found
    field = _EVENT.search(line) or _ERROR_FIELD.search(line)
    return None if field is None or not field.start() else Prefixed(line[: field.start()], events=True)


def begins_record(line: bytes) -> bool:
    """Return whether a record, or JSON that holds one, begins in a line, and in no string."""
    return _data_in(line) is not None or line.startswith(b"{") or _record_start(line) is not None


def in_object(line: bytes, place: int) -> bool:
    """Return whether a place in a line is inside of its JSON object."""
    found = _object_in(line)
    return found is not None and len(found.before) < place < len(found.before) + len(found.record)


def _data_in(line: bytes) -> re.Match[bytes] | None:
    """The field before a record that shows a log of an event stream; the end of one may be in any string of JSON."""
    data = _field_in(line)
    if data is None or line.startswith(DONE, data.end()) or _PYTHON_DICT.match(line, data.end()):
        return None  # of a dict, "data:" is a word, and no field: the records of the log may come in other lines
    return data


def _field_in(line: bytes) -> re.Match[bytes] | None:
    """The field before a record, in no text of a record: there a quote behind the bracket would be escaped."""
    for data in islice(_DATA.finditer(line), _TRIES):
        if _QUOTE_FOLLOWS.match(line, data.end()) or _QUOTES.findall(line, 0, data.start()).count(b'"') % 2 == 0:
            return data
    return None


class _Start(NamedTuple):
    """The start of a JSON object in a line, in bytes, and the path to the record in it: () if it is a record itself."""

    start: int
    path: Path


def _record_start(line: bytes) -> _Start | None:
    """Return the start of a known record, or of an object that contains one, in ``line``; None for none."""
    at = -1
    for _ in range(_TRIES):
        at = line.find(b'{"', at + 1)
        if at < 0 or (line.startswith(b"[") and (b"]" not in line[:at] or _is_list(line))):
            return None
        if at and line.startswith(b"{") and not (line.endswith(b'"}') and line.count(b'"', 0, at) % 2):
            return None  # JSON is for the envelope, but where its text was not escaped
        value = _leading_value(line[at:])
        if is_known(value):
            return _Start(_list_start(line, at), ())
        if value is None and _is_unfinished(line[at:]):
            return None  # an object in one that is cut is a part of it
        path = find_path(value) if isinstance(value, dict) else None
        if path is not None:
            return _Start(at, path)
    return None


def _is_list(line: bytes) -> bool:
    """Return whether a line is a list of JSON, and no time or name in brackets."""
    return line.rstrip().endswith(b"]") and json_in(text_of(line)) is not None


def _list_start(line: bytes, at: int) -> int:
    """The start of the list whose first element is at a place in a line, or that place where there is no list."""
    start = len(line[:at].rstrip()) - 1
    return start if start >= 0 and line[start] == ord("[") and _cut_value(line[start:])[0] is not None else at


def _leading_value(data: bytes) -> object:
    if len(data) > HUGE:  # that is not copied for a look at it
        value = value_of(without_long_strings(data))
        if is_known(value):
            return value
    try:
        return decode(data.strip())
    except MalformedRecord:
        return _cut_value(data)[0] if _goes_on(data.rstrip()) or _GLUED.search(data) else None


def _is_unfinished(data: bytes) -> bool:
    """Return whether JSON begins here and is right up to the end of the line, where it has no end."""
    text = data.decode("utf-8", "surrogateescape").rstrip()
    try:
        _decoder.raw_decode(text)
    except json.JSONDecodeError as fault:
        return fault.pos >= len(text) or fault.msg.startswith("Unterminated string")
    except RecursionError:
        return False
    return False


def _goes_on(data: bytes) -> bool:
    """Return whether text may follow the record: its end is not that of one, or may be the log's own object's."""
    return not data.endswith(b"}") or data.endswith(b'"}')


def _leading_record(data: bytes) -> bytes:
    """The record at the beginning, without what follows it."""
    if data.startswith(DONE):
        return DONE
    if _goes_on(data):
        try:
            decode(data)
        except MalformedRecord:
            return _with_glued(data, len(_cut_value(data)[1]))
    return data


def _cut_value(data: bytes) -> tuple[object, bytes]:
    """The value at the beginning of ``data`` and its bytes, if more bytes follow."""
    try:
        value, end = _decoder.raw_decode(data.decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError):
        return None, data
    return value, data.decode("utf-8", "surrogateescape")[:end].encode("utf-8", "surrogateescape")


class LogLine(NamedTuple):
    """A line of a log, cut around the record in it, or around the field that names the event which follows.

    An error that is not in the line as a record is behind all of it.
    """

    before: bytes
    record: bytes
    behind: bytes

    @property
    def names_event(self) -> bool:
        """Return whether it names an event, and holds no record."""
        return self.record.startswith(b"event:")


def _cut_line(line: bytes, start: int, record: bytes) -> LogLine:
    return LogLine(line[:start], record, line[start + len(record) :])


def _object_in(line: bytes) -> LogLine | None:
    """The first JSON object of a line, whatever it holds, and those that follow it without anything between (B30)."""
    at = -1
    for _ in range(_TRIES):
        at = line.find(b'{"', at + 1)
        if at < 0:
            return None
        value, record = _cut_value(line[at:].strip())
        if isinstance(value, dict):
            return _cut_line(line, at, _with_glued(line[at:], len(record)))
    return None


def _with_glued(data: bytes, end: int) -> bytes:
    """The object that ends at ``end``, and those that follow it, up to the last that is a record, or holds one.

    One with the first member of the first object is taken for one, too. Behind a few that are none no more is tried.
    """
    if not data[end:].lstrip(b" ").startswith(b'{"'):
        return data[:end]
    text = data.decode("utf-8", "surrogateescape")  # once: a line may have thousands of objects
    name = text[: text.find(":") + 1]
    at = last = len(data[:end].decode("utf-8", "surrogateescape"))
    others = 0  # objects in a row that are no records
    while others < _TRIES and (following := _FOLLOWING.match(text, at)) is not None:
        start = following.end() - len('{"')
        try:
            value, at = _decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            break
        if text.startswith(name, start) or is_known(value) or find_path(value) is not None:
            last, others = at, 0
        else:
            others += 1
    return text[:last].encode("utf-8", "surrogateescape")


def _is_damaged_log(line: bytes) -> bool:
    """Return whether a line is the JSON of what collects the lines, with text in a string of it, and cannot be read."""
    return line.startswith(b'{"') and b'\\"' in line and _cut_value(line)[0] is None


class Prefixed:
    """The records of a log, as an event stream or as lines."""

    def __init__(self, before: bytes, events: bool = False, path: Path = ()) -> None:
        self._lines = Lines()
        self._shapes = {_shape(before)}
        self._part = bytearray()  # of a line that the container runtime split
        self._without = 0  # lines that hold no record
        self._began = False
        self._mixed = MixedStreams()
        self._opening = b""  # of the last record, with the name of its field
        self._learnt = False  # one record was seen
        self._mark = b""  # how that begins: where it is first found in a line, a record must begin
        self._named = False  # the last field is the name of an event
        self._bare = False  # the first record had no field: all leave without, as lines
        self._indented: list[bytes] = []  # the lines of an object, without what is before them
        self._indent = 0  # bytes before each of them
        self.before = before
        self.events = events
        self.path = path  # to the records in the objects, which leave as they are, to be unwrapped

    @property
    def notice(self) -> Notice:
        """The notice about the text before records."""
        what = "log lines" if self.before else "lines without a record between those with one"
        return Notice(f"{what}: the text before each record is removed, lines without one are passed over")

    def feed(self, block: bytes) -> Iterator[Item]:
        """The records in the lines that ``block`` completes."""
        if not self._began:
            self._began = True
            yield self.notice
        batch: list[bytes] = []
        lines = deque(self._lines.feed(block))
        del block
        while lines:
            line = lines.popleft()
            record = self._alike(line)
            if record is not None:
                self._named = False
                batch.append(record)
                continue
            if _NOTHING.fullmatch(line) and not self._part and not self._named:
                self._without += not line.isspace()
                continue
            if batch:
                yield from self._mixed.feed_lines(batch)
                batch = []
            if line.strip() or self._named:
                contents = self._line(line.rstrip(b"\r\n"))
                del line  # a long one must not be in memory while the next stage reads a copy of it
                yield from contents
        if batch:
            yield from self._mixed.feed_lines(batch)

    def _alike(self, line: bytes) -> bytes | None:
        """The record of a line, with its field and the end of that, if it begins as the last one did; else None.

        Lines that differ in nothing but their values need no pattern and no decoding.
        """
        opening = self._opening
        at = line.find(self._mark) if opening and not self._part and len(line) < _LONG else -1
        if at < 0 or not line.startswith(opening, at) or (at and line[at - 1] in _NO_BOUNDARY):
            return None
        record = line[at:].rstrip()
        if _goes_on(record) or (not self.events and b"data:" in line[:at]):
            return None
        return record + b"\n" if self.events else record

    def close(self) -> Iterator[Item]:
        """The record in the last line, and the responses that were mixed with the first."""
        lines = self._lines.close()
        while lines:
            yield from self._line(lines.pop(0))
        yield from self._mixed.close()
        if self._without:
            yield without_record(self._without)

    def _line(self, line: bytes) -> Iterator[Item]:
        whole = self.whole(line)
        found = None if whole is None else self.split(whole)
        self._without += found is None and whole is not None and bool(whole.strip())
        if found is None:
            if whole is not None and self.ends_event(whole):
                yield from self._mixed.feed(b"\n")
            return
        contents = [found.record + b"\n" if self.path else self.field(found.record)]
        del line, whole, found  # they are copies of it
        if self.path:
            yield contents.pop()
        else:
            yield from self._mixed.feed(contents.pop())

    def whole(self, line: bytes) -> bytes | None:
        """The line with the pieces before it, where the container runtime split it; None if more pieces follow."""
        split = _CRI.match(line)
        if not split:
            return line
        self._part += split[2]
        if split[1] == b"P":
            return None
        line, self._part = line[: split.start(2)] + self._part, bytearray()
        return line

    def split(self, line: bytes) -> LogLine | None:
        """Cut a line around its record; None if it has none."""
        if self.before.strip() and not self.before.startswith(b"{") and _is_damaged_log(line):
            return LogLine(b"", line, b"")
        error = self._indented_error(line)
        if error:
            return LogLine(line, error, b"")
        if self.path:
            return self._object(line)
        return self._field(line) or self._json(line)

    def _field(self, line: bytes) -> LogLine | None:
        """Cut a line around the data of an event or its name, or take the error out of a field with this name."""
        data = _field_in(line) if b"data:" in line else None
        if data:
            if not self._bare:
                self.events = True
                self._learn(b"data: " + line[data.end() :], line, data.start())
            return _cut_line(line, data.end(), _leading_record(line[data.end() :].rstrip()))
        event = _EVENT.search(line) if b"event:" in line and not self._bare else None
        if event:
            self._opening = self._opening if self.events else b""
            self.events = True
            return _cut_line(line, event.start(), line[event.start() : event.end(1)])
        words = self._words(b"data:", line) if self.events else None
        if words:  # no object: an error in words, say, which the stream's reader reports
            return _cut_line(line, line.rindex(words), _leading_record(words))
        words = self._words(b"error:", line) if self.events else None
        # A program behind a prefix has words there, too.
        return LogLine(line, as_error(words), b"") if words and (not self.before or words[:1] == b"{") else None

    def _words(self, field: bytes, line: bytes) -> bytes | None:
        """The value of a field behind what is before the records, whatever it is."""
        at = line.find(field)
        return line[at + len(field) :].strip() if at >= 0 and _shape(line[:at]) in self._shapes else None

    def _indented_error(self, line: bytes) -> bytes | None:
        """Return the error whose last line this is: servers send it on several lines in place of an event (R12)."""
        if line.endswith(b"{") and _shape(line[:-1]) in self._shapes:
            self._indented, self._indent = [b"{"], len(line) - 1
            return None
        rest = line[self._indent :]
        if not self._indented or _shape(line[: self._indent]) not in self._shapes:
            return None
        self._indented.append(rest)
        if not rest.startswith((b" ", b"\t", b"}")) or len(self._indented) > _MOST_LINES:
            self._indented = []
        if rest.rstrip() != b"}":
            return None
        error, self._indented = b"".join(self._indented), []
        return error if _is_error(value_of(error)) else None

    def _object(self, line: bytes) -> LogLine | None:
        """Cut a line around its object; a cut object behind what is before the others leaves too, to be reported."""
        found = _object_in(line)
        start = line.find(b'{"')
        whole = start < 0 or (found is not None and len(found.before) == start)
        if whole or _shape(line[:start]) not in self._shapes:
            return found
        return _cut_line(line, start, line[start:].strip())

    def _learn(self, record: bytes, line: bytes, start: int) -> None:
        """Know what is before the records, which of the first may be more, and from the second on how they begin.

        Those of a container runtime's log may be split.
        """
        if len(self._shapes) < _TRIES:
            self._shapes.add(_shape(line[:start]))
        self._opening = b"" if _CRI.match(line) or not self._learnt else record[:_OPENING]
        self._learnt = True
        self._mark = b"data:" if self.events else b'{"'

    def ends_event(self, line: bytes) -> bool:
        """Return whether a line without a record ends an event that has a name and no data."""
        ends = self._named and (_NOTHING.fullmatch(line) is not None or self.holds_nothing(line))
        self._named = self._named and not ends
        return ends

    def holds_nothing(self, line: bytes) -> bool:
        """Return whether nothing follows what is before the records, as in the blank line behind an event."""
        nothing = _shape(line).rstrip()
        return not nothing or any(nothing == shape.rstrip() for shape in self._shapes)

    def _json(self, line: bytes) -> LogLine | None:
        found = _record_start(line)
        if found is not None and not found.path:
            self._learn(b"" if self.events else line[found.start :], line, found.start)
            return _cut_line(line, found.start, _leading_record(line[found.start :].strip()))
        start = line.find(b"{")
        if not self.before and line.rstrip().endswith(b"}") and _MEMBER.search(line):
            start = 0  # the rest of a damaged record
        if start >= 0 and _shape(line[:start]) in self._shapes:
            data = _leading_record(line[start:].strip())
            return _cut_line(line, start, data) if self._is_reported(data) else None
        if line.rstrip().endswith(DONE) and not self.events:
            return _cut_line(line, line.rindex(DONE), DONE)
        return None

    def _is_reported(self, data: bytes) -> bool:
        """Return whether an object of no known format is no object of the program's own: an error, or damaged."""
        if self.events:
            return _is_error(value_of(data))
        if data == b"{":  # of an indented one, a request say
            return False
        try:
            value = decode(data)
        except MalformedRecord:
            return True
        return isinstance(value, dict) and ("error" in value or "object" in value)

    def field(self, record: bytes) -> bytes:
        """A record, or the name of an event, as the stream has it."""
        self._bare = self._bare or not self.events
        unfinished, self._named = self._named, record.startswith(b"event:")
        if self._named:
            return (b"\n" if unfinished else b"") + record + b"\n"  # the event before it has no data
        return b"data: " + record + b"\n\n" if self.events else record + b"\n"


def _is_error(value: object) -> bool:
    """Return whether a value is an error alone, and no object of the program's own that mentions one."""
    return isinstance(value, dict) and value.keys() <= _ERROR and error_body(value) is not None


def without_record(lines: int) -> Notice:
    """The number of lines that were passed over."""
    return Notice(f"lines of the log without a record: {lines:,}")


def _shape(before: bytes) -> bytes:
    """What is before a record, without digits, which differ from line to line, and the mark of a logged file."""
    return _DIGITS.sub(b"0", before.removesuffix(BOM_UTF8))


class Table(LineLayer):
    """The EventStream table of a browser, copied as text: columns for id, type, data and time."""

    def __init__(self) -> None:
        super().__init__(Notice("a browser's EventStream table, copied as text", quirk="B34"))

    def _line(self, line: bytes) -> Iterator[Item]:
        row = _TABLE.match(line)
        if row:
            kind = b"" if row[1] == b"message" else b"event: " + row[1] + b"\n"
            yield kind + b"data: " + row[2] + b"\n\n"
