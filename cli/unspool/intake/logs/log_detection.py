"""Finds a log by its first lines: records behind other text, or behind lines without any."""

import re
from collections import deque

from unspool.dialects.error_bodies import error_body
from unspool.formats.detect import FIELD
from unspool.formats.sse_events import ERRORS
from unspool.intake.asked import HEAD_BYTES, Asked
from unspool.intake.http.browser_table import BrowserTable, is_row
from unspool.intake.items import Broken, Found, NoStream, whole_lines
from unspool.intake.json_text.literals import value_of
from unspool.intake.json_text.paths import Path, is_known, is_only_error
from unspool.intake.logs.container_log import PartialLines
from unspool.intake.logs.indented import Indented, IndentedValues, in_one_line
from unspool.intake.logs.log_line import (
    JSON_MARK,
    begins_known,
    data_in,
    leading_value,
    object_in,
    record_start_in_head,
)
from unspool.intake.logs.log_reader import EVENT
from unspool.intake.logs.prefixed import Prefixed

_JSON_BEGINS = re.compile(rb"\{|\[\s*+(?:[\[{\"\]]|\Z)")
"""The beginning of a JSON object or a list of records; a time or the name of a service may be in brackets, too."""
_OBJECT_BEGINS = re.compile(rb"\{[\"']")
"""The beginning of an object of JSON or of a dict of Python."""
_ERROR_FIELD = re.compile(rb"(?<=[\s|:\]])error: ?\{\"")
_LOG_LINE = re.compile(
    rb"^[^{\"]*(?:\b(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|CRITICAL|FATAL|debug|info|warn|error)\b[\]:|,\t ]"
    rb"|\b\d\d:\d\d:\d\d|^\[[\w.\- ]+\] |^-- |^[\w.\-]+ +\| |^[\d.]+:\d+: [A-Z]+ http)"
    rb"|^(?:#+ |//|```|[=_-]{3})"
    rb"|^(?:[\w@.:~/\-\[\] ]*[$#%>] ?|\+ )(?:curl|wget|https?|xh|python3?|node|npx|uv|docker|kubectl)\b"
)
"""The beginning of a line of a log (a level, a time, a service), of a comment or heading, or of a command."""
_LOG_OBJECT = re.compile(
    rb'\{(?=[^{]*"(?:level|severity)")(?=[^{]*"(?:msg|message|event)")[^{]*(?:\{[^{}]*\}[^{}]*){0,4}\}\s*\Z'
)
"""A line of a logger that writes JSON, without a record in it."""
_REMARK = re.compile(
    rb"\[?(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\d\d:\d\d:\d\d|(?:TRACE|DEBUG|INFO|NOTICE)\b)"
    rb"|(?:event|id|retry): ?[^\s\"]++\s*+\Z|data:\s*+\Z|:"
)
_FAILURE = re.compile(rb"(?i:error|fatal|critical|exception|fail|abort|denied|timeout|timed out)|\b[45]\d\d\b")
_ARRAY = re.compile(rb"\s*+\[[ \t]*\r?\n\s*+(\{|\Z)")
"""An array of objects whose first bracket is alone in its line."""
_IN_ARRAY = re.compile(rb"\s*+[\[,\]]\s*+")
"""What is alone in a line of an array."""
_DATA_STREAM = re.compile(rb"\s*(?:[a-k]:[\[{\"]|\d:[\[\"])")
"""The first line of a data stream of the AI SDK; ``1:{`` may also be a number of ``grep -n`` before a record."""
_BARE_FIELD = re.compile(rb"(?:data|event|id|retry)\r?\n?")
"""The name of a field alone, which has an empty value (WHATWG)."""


def detect(head: bytes, ended: bool, asked: Asked) -> Found:
    """A line with a record behind something else, or behind lines that are no records."""
    array = _ARRAY.match(head)
    if array or _DATA_STREAM.match(head):
        return None if array and not (array[1] or ended) else False
    whole = whole_lines(head, ended)
    before = _LinesBefore(PartialLines.is_one(whole))
    indented = IndentedValues()
    parts = (part + b"\n" for part in map(PartialLines().feed, whole.splitlines()) if part)
    lines: list[bytes | Indented] = []
    for one in indented.lines(deque(parts), ended):
        lines.append(one)
        line = in_one_line(one)
        found = None if line.isspace() else before.feed(line.rstrip(b"\n"))
        if found is not None:
            return found
    if ended:
        found = _only_error(lines) or _cut_log(head) or _cut_record(lines)
        return found or (len(head) < HEAD_BYTES and _error_in_words(lines)) or False
    waits = before.any or indented.open or not whole.strip()  # a record may follow
    return None if waits else False


class _LinesBefore:
    """The lines before the first record of a log, one by one, which show what the log is."""

    def __init__(self, other: bool) -> None:
        self._strange = False  # a line that belongs to no stream, and looks like one of a log
        self._words = False  # one that is no damaged record
        self._other = other  # one that belongs to no stream; its record may end in a later one

    @property
    def any(self) -> bool:
        """Return whether a line belongs to no stream."""
        return self._strange or self._words or self._other

    def feed(self, line: bytes) -> Found:
        """Return the layer that a line shows, False where it is none of these; None for a line that shows nothing."""
        data = data_in(line)
        if data is not None and self._are_before_data(data.start(), line[data.end() :]):
            return Prefixed(line[: data.start()], events=True)
        if FIELD.match(line) or _BARE_FIELD.fullmatch(line):
            return None
        if is_row(line):
            return BrowserTable()
        found = record_start_in_head(line)
        if found is not None:
            before = line[: found.start] if line[: found.start] != b"[" else b""  # of a list that begins here
            if self._are_before_record(before, found.path):
                return Prefixed(before, path=found.path)
            if found.path:  # the envelopes of a logger
                return False
        self._add(line, found is not None)
        return None

    def _are_before_data(self, start: int, data: bytes) -> bool:
        """Return whether the field of an event is that of a log: behind other text, or behind these lines."""
        return start > 0 or self._strange or (self._other and is_known(leading_value(data)))

    def _are_before_record(self, before: bytes, path: Path) -> bool:
        """Return whether a record is that of a log: behind other text in its line, or behind these lines."""
        return bool(before) or self._strange or (self._other if path else self._words)

    def _add(self, line: bytes, has_record: bool) -> None:
        self._other = self._other or _JSON_BEGINS.match(line) is None
        self._strange = self._strange or _LOG_LINE.search(line) is not None
        of_logger = not has_record and _LOG_OBJECT.match(line) is not None
        self._words = self._words or of_logger or not (JSON_MARK.search(line) or _IN_ARRAY.fullmatch(line))


def _only_error(lines: list[bytes | Indented]) -> Prefixed | None:
    """The layer for a log in which no record is found, but an error in place of an answer (R12)."""
    others = False  # lines around an indented one
    for one in lines:
        line = in_one_line(one)
        if FIELD.match(line):  # an event stream without anything before it
            continue
        found = object_in(line)
        others = others or found is None
        in_log = found is not None and (found.before or (others and isinstance(one, Indented)))
        if found is not None and in_log and is_only_error(value_of(found.record)):
            return Prefixed(found.before)
        event = EVENT.search(line)
        if event is not None and event.start() and event[1] in ERRORS:
            return Prefixed(line[: event.start()], events=True)
    return None


def _error_in_words(lines: list[bytes | Indented]) -> NoStream | None:
    """The error of a source that holds nothing else, without a member of this name: the words before it say what it is.

    Objects of a program's own have the same members, so that it is none in a log with a record.
    """
    for one in lines:
        line = in_one_line(one)
        found = object_in(line)
        if found is None or found.behind.strip() or FIELD.match(line) or not _FAILURE.search(found.before):
            continue
        message = (error_body(value_of(found.record)) or {}).get("message")
        if isinstance(message, str):
            return NoStream(Broken(f"it holds nothing but an error: {message}", "ask again"))
    return None


def _cut_log(head: bytes) -> Found:
    """The layer where a line of a log is cut by the end of the head: it may be a request, of any size."""
    line = head[head.rfind(b"\n") + 1 :]
    opening = _OBJECT_BEGINS.search(line)
    if len(head) < HEAD_BYTES or opening is None or not _LOG_LINE.search(line, 0, opening.start()):
        return False
    return Prefixed(line[: opening.end()])  # with the brace: what is before a record does not have this shape


def _cut_record(lines: list[bytes | Indented]) -> Prefixed | None:
    """The layer for a log whose first record is its last, and is cut."""
    line = in_one_line(lines[-1]) if lines else b""
    start = line.find(b'{"')
    if start <= 0 or FIELD.match(line) or not begins_known(line[start:]):
        return None
    return Prefixed(line[:start])


def is_log_line(line: bytes) -> bool:
    """Return whether a line begins as that of a logger does, reports no failure, and holds no part of a record.

    A field of an event without data is such a line, too, where an event stream follows lines of JSON.
    """
    return _REMARK.match(line) is not None and not _FAILURE.search(line) and not JSON_MARK.search(line)


def text_layer(line: bytes) -> Prefixed | None:
    """The layer for text in the records of a log with something before the record, or before another field."""
    found = detect(line, True, Asked())
    if isinstance(found, Prefixed):
        return found
    field = EVENT.search(line) or _ERROR_FIELD.search(line)
    return None if field is None or not field.start() else Prefixed(line[: field.start()], events=True)
