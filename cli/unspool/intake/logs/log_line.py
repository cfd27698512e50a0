"""The record in one line of a log, whatever is before and behind it.

field_in(line)         the field before the data of an event
record_start(line)     the start of a known record, or of an object that contains one
object_in(line)        the line, cut around its first object
leading_record(data)   the record at the beginning of some bytes, without what follows it
"""

import json
import re
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from unspool.core.errors import MalformedRecord
from unspool.dialects.error_bodies import error_body
from unspool.dialects.registry import is_certain
from unspool.formats.json_codec import HUGE, decode, raw_decode, without_long_strings
from unspool.formats.record import DONE
from unspool.intake.json_text.literals import json_in, text_of, unfinished_value_of, value_at, value_of
from unspool.intake.json_text.paths import Path, find_path, is_known, is_only_error

_DATA = re.compile(
    rb"(?:(?<![A-Za-z_'\"])(?<!data: )(?<!data:)(?:data: ?)++(?=[{\[])(?!\[\d)|(?<=\")data: ?(?=\{\"\w))"
    rb"(?![{\[]\s*(?:\\|\"\"))"
)
"""The field before a record: in no string of JSON or of a table, where the record's quotes would be escaped."""
_PYTHON_DICT = re.compile(rb"\[?\{\s*'")
_QUOTE_FOLLOWS = re.compile(rb"[{\[\s]++\"")
_QUOTES = re.compile(rb"\\.|\"")
_GLUED = re.compile(rb"\}\s*+\{\s*+\"")
"""Between two records in one line, which leave as they are, to be taken apart (B30)."""
_FOLLOWING = re.compile(r' *+\{"')
"""Another object behind one."""
_LIST_BEGINS = (b"[{", b'[["', b"[[],")
"""How a list begins that is no word in brackets: with a record, or with the namespace of a graph."""
_ERROR = frozenset({"error", "type", "request_id", "detail"})
"""The members of an error that a server sends in place of an event."""
JSON_MARK = re.compile(rb"[{}]|\"\s*[:,\]]|[:,\[]\s*\"")
"""Punctuation that a damaged record has and a line of words lacks."""
_TRIES = 8  # places in a line where a record may begin
_WORDS = ("null", "true", "false")
BEGINS_RECORD = re.compile(rb'\{"(?:id": ?"[^"]*", ?")?object": ?"(?:chat\.|text_completion|response)')
"""The first members of OpenAI's records, by which one is known that is cut before its choices."""


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


def cut_line(line: bytes, start: int, record: bytes) -> LogLine:
    """Cut a line around the record that begins at a place in it."""
    return LogLine(line[:start], record, line[start + len(record) :])


class Start(NamedTuple):
    """The start of a JSON object in a line, in bytes, and the path to the record in it: () if it is a record itself."""

    start: int
    path: Path


def begins_record(line: bytes) -> bool:
    """Return whether a record, or JSON that holds one, begins in a line, and in no string."""
    return data_in(line) is not None or line.startswith(b"{") or record_start(line) is not None


def in_object(line: bytes, place: int) -> bool:
    """Return whether a place in a line is inside of its JSON object."""
    found = object_in(line)
    return found is not None and len(found.before) < place < len(found.before) + len(found.record)


def data_in(line: bytes) -> re.Match[bytes] | None:
    """The field before a record that shows a log of an event stream; the end of one may be in any string of JSON."""
    data = field_in(line)
    if data is None or line.startswith(DONE, data.end()) or _PYTHON_DICT.match(line, data.end()):
        return None  # of a dict, "data:" is a word, and no field: the records of the log may come in other lines
    return data


def field_in(line: bytes) -> re.Match[bytes] | None:
    """The field before a record, in no text of a record: there a quote behind the bracket would be escaped."""
    for data in islice(_DATA.finditer(line), _TRIES):
        if _QUOTE_FOLLOWS.match(line, data.end()) or _QUOTES.findall(line, 0, data.start()).count(b'"') % 2 == 0:
            return data
    return None


def record_start(line: bytes) -> Start | None:
    """Return the start of a known record, or of an object that contains one, in ``line``; None for none.

    It may be the first element of a list that ends in a later line (Gemini's). A list that is all of the line is one
    record (LangChain's), or it is for the envelope.
    """
    whole = _list_in(line)
    if whole is None:
        return _object_start(line)
    return Start(0, ()) if is_known(whole) else None


@lru_cache(maxsize=64)
def record_start_in_head(line: bytes) -> Start | None:
    """The same for a line of a head, which is looked at again for each layer, and with each line behind it."""
    return record_start(line)


def _object_start(line: bytes) -> Start | None:
    at = -1
    for _ in range(_TRIES):
        at = line.find(b'{"', at + 1)
        in_list = at > 1 and line.startswith(b"[") and (line.startswith(_LIST_BEGINS) or b"]" not in line[:at])
        if at < 0 or in_list:
            return None
        if at and line.startswith(b"{") and not (line.endswith(b'"}') and line.count(b'"', 0, at) % 2):
            return None  # JSON is for the envelope, but where its text was not escaped
        value = leading_value(line[at:])
        if is_known(value):
            return Start(_list_start(line, at), ())
        if value is None and _is_unfinished(line[at:]):
            return None  # an object in one that is cut is a part of it
        path = find_path(value) if isinstance(value, dict) else None
        if path is not None:
            return Start(at, path)
    return None


def holds_record_inside(line: bytes) -> bool:
    """Return whether a line begins with a JSON object that contains a record, which no field of an event precedes."""
    found = record_start_in_head(line) if line.startswith(b"{") and data_in(line) is None else None
    return found is not None and found.start == 0 and found.path != ()


def _list_in(line: bytes) -> object:
    """The list of JSON that a line is; None for any other line, such as one that begins with a time in brackets."""
    return json_in(text_of(line)) if line.startswith(b"[") and line.rstrip().endswith(b"]") else None


def _list_start(line: bytes, at: int) -> int:
    """The start of the list whose first element is at a place in a line, or that place where there is no list."""
    start = len(line[:at].rstrip()) - 1
    return start if start >= 0 and line[start] == ord("[") and _cut_value(line[start:])[0] is not None else at


def leading_value(data: bytes) -> object:
    """The value at the beginning of some bytes, which may be followed by text; None for none."""
    if len(data) > HUGE:  # that is not copied for a look at it
        value = value_of(without_long_strings(data))
        if is_known(value):
            return value
    try:
        return decode(data.strip())
    except MalformedRecord:
        return _cut_value(data)[0] if may_go_on(data.rstrip()) or _GLUED.search(data) else None


def _is_unfinished(data: bytes) -> bool:
    """Return whether JSON begins here and is right up to the end of the line, where it has no end."""
    text = data.decode("utf-8", "surrogateescape").rstrip()
    try:
        raw_decode(text)
    except json.JSONDecodeError as fault:
        rest = text[fault.pos :]
        return fault.msg.startswith("Unterminated string") or any(word.startswith(rest) for word in _WORDS)
    except RecursionError:
        return False
    return False


def begins_known(data: bytes) -> bool:
    """Return whether JSON that is cut begins a known record."""
    if not data.startswith(b'{"') or not (BEGINS_RECORD.match(data) or is_known(unfinished_value_of(data))):
        return False
    return _is_unfinished(data)


def may_go_on(data: bytes) -> bool:
    """Return whether text may follow the record: its end is not that of one, or may be the log's own object's."""
    return not data.endswith(b"}") or data.endswith((b'"}', b'" }'))


def is_bare(line: bytes) -> bool:
    """Return whether a line of a log is a record of a stream, or a field of one, with nothing before it."""
    if line.startswith((b"data: {", b"data: [DONE]", b"event: ")):
        return True
    value = value_of(line) if line.startswith(b"{") else None
    return isinstance(value, dict) and is_certain(value)


def leading_record(data: bytes) -> bytes:
    """The record at the beginning, without what follows it."""
    if data.startswith(DONE):
        return DONE
    if may_go_on(data) and value_of(data) is None:
        return _with_glued(data, len(_cut_value(data)[1]))
    return data


def object_in(line: bytes) -> LogLine | None:
    """The first JSON object of a line, whatever it holds, and those that follow it without anything between (B30)."""
    at = -1
    for _ in range(_TRIES):
        at = line.find(b'{"', at + 1)
        if at < 0:
            return None
        value, record = _cut_value(line[at:].strip())
        if isinstance(value, dict):
            return cut_line(line, at, _with_glued(line[at:], len(record)))
    return None


def _cut_value(data: bytes) -> tuple[object, bytes]:
    """The value at the beginning of ``data`` and its bytes, if more bytes follow."""
    text = data.decode("utf-8", "surrogateescape")
    found = value_at(text)
    if found is None:
        return None, data
    value, end = found
    return value, text[:end].encode("utf-8", "surrogateescape")


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
        found = value_at(text, start)
        if found is None:
            break
        value, at = found
        if text.startswith(name, start) or is_known(value) or find_path(value) is not None:
            last, others = at, 0
        else:
            others += 1
    return text[:last].encode("utf-8", "surrogateescape")


def is_error(value: object) -> bool:
    """Return whether a value is an error alone, and no object of the program's own that mentions one."""
    return isinstance(value, dict) and value.keys() <= _ERROR and error_body(value) is not None


def may_be_reported(value: object) -> bool:
    """Return whether a value of no known format is a fault at the place of a record, by a member of errors.

    ``"error": null`` alone says that there is none, as answers of JSON-RPC do.
    """
    if not isinstance(value, dict):
        return False
    failed = bool(value.get("error")) or ("error" in value and error_body(value) is not None)
    return failed or isinstance(value.get("object"), str)


def ends_in_object(line: bytes) -> bool:
    """Return whether a line is words with a whole object behind them: a program's own, and no rest of a record."""
    found = object_in(line)
    return found is not None and not found.behind.strip() and not JSON_MARK.search(found.before)


def error_in_words(line: bytes) -> LogLine | None:
    """Cut a line around the error of a provider at its end, whatever words are before it (R12)."""
    found = object_in(line) if b'"error"' in line else None
    if found is None or found.behind.strip() or not is_only_error(value_of(found.record)):
        return None
    return found


def is_damaged_log(line: bytes) -> bool:
    """Return whether a line is the JSON of what collects the lines, with text in a string of it, and cannot be read."""
    return line.startswith(b'{"') and b'\\"' in line and _cut_value(line)[0] is None
