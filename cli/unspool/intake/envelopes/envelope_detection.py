"""Finds the JSON or text around records by the first of them, and makes the layer for it."""

import re
from codecs import BOM_UTF8
from typing import Any

from unspool.core.errors import MalformedRecord
from unspool.dialects.error_bodies import error_body
from unspool.dialects.registry import with_name
from unspool.formats.detect import OTHER_FIELD
from unspool.formats.framer import Framer
from unspool.formats.record import Record, RecordKind
from unspool.intake.asked import Asked
from unspool.intake.envelopes.envelope import Envelope
from unspool.intake.envelopes.indented_lines import find_indented
from unspool.intake.items import Found
from unspool.intake.json_text.literals import unfinished_value_of
from unspool.intake.json_text.paths import Path, find_error, find_path, holds_strings, is_known, parse_path
from unspool.intake.logs.log_line import holds_record_inside

_VALUE = re.compile(rb"[{\[\"]")
"""The beginning of a value that may be a record, or hold one."""
_FIELDS = re.compile(rb"\A\s*+(?:" + OTHER_FIELD + rb"[^\n]{0,1000}\n\s*+){0,8}data:")
"""Fields of an event before its data, and their name."""
_OPEN_EVENT = re.compile(rb"\s*+(?:(?:data:|" + OTHER_FIELD + rb")[^\n]*\n)++")
"""Fields of the first event, which nothing ends yet: its data are no whole object."""


def detect(head: bytes, ended: bool, asked: Asked) -> Found:
    """A path to known records in the first records; True where a record is known as it is."""
    if asked.unwrap is not None:
        path = parse_path(asked.unwrap)
        return envelope(path, f"read the member {asked.unwrap} of each record (--unwrap)", asked)
    values, unfinished = _first_values(head, ended)
    if asked.split_by is not None and any(is_known(value) for value in values or _long_value(head)):
        return envelope((), f"responses are separated by {asked.split_by} (--split-by)", asked)
    for value in values:
        if holds_strings(value):
            return envelope((), "read the string in each record as one", asked)
        if is_known(value) or (isinstance(value, dict) and set(value) == {"error"}):
            return True
        # More of an unfinished value may show a better path: the bytes at hand must not decide.
        found = _path_in(value) if ended or value is not unfinished else None
        if found is not None:
            return envelope(found, how_read(found), asked)
    waits = b"\n" not in head.lstrip() or any(isinstance(value, dict) for value in values)
    waits = waits or (not values and _OPEN_EVENT.fullmatch(head) is not None)
    return _without_records(values, ended, asked) or (None if waits and not ended else False)


def _without_records(values: list[Any], ended: bool, asked: Asked) -> Envelope | None:
    """The layer for records of a log of which none holds one: their strings are the lines of one, or it is an error.

    An error is one in place of an answer (R12).
    """
    path = find_indented(values, ended)
    if path is not None:  # the record has the place of many of the log, so that it leaves alone
        return envelope(path, how_read(path), asked._replace(keeps_log=False))
    path = next(filter(None, map(find_error, values)), None) if ended else None
    return None if path is None else envelope(path, how_read(path), asked)


def how_read(path: Path) -> str:
    """The notice about records at a path that was found."""
    name = ".".join(path)
    return f"read the member {name} of each record (--unwrap {name})" if path else "read the elements of each list"


def _path_in(value: Any) -> Path | None:
    """The path to a record, also in the failed result of a batch or a log: a later one may hold a record."""
    if not isinstance(value, dict):
        return find_path(value) if isinstance(value, list) else None
    result = value.get("result")
    if "custom_id" in value and isinstance(result, dict) and result.get("type") in ("errored", "expired", "canceled"):
        return "result", "message"  # Anthropic
    if value.get("schemaType") == "ModelInvocationLog" and "errorCode" in value:
        return "output", "outputBodyJson"  # Bedrock
    found = find_path(value)
    return ("response", "body") if found is None and _is_failed_response(value) else found


def _is_failed_response(value: dict[str, Any]) -> bool:
    """Return whether a value is a failed result in OpenAI's form: its body is an error, or its response is null."""
    if "custom_id" not in value or "response" not in value:
        return False
    response = value["response"]
    body = response.get("body") if isinstance(response, dict) else None
    return error_body(value if response is None else body) is not None


def envelope(path: Path, why: str, asked: Asked) -> Envelope:
    """The layer for records at ``path``: they leave it alone, or with what is needed to keep their log."""
    if not asked.keeps_log:
        return Envelope(path, why, asked)
    from unspool.intake.envelopes.kept_envelope import KeptEnvelope  # noqa: PLC0415 - rewrite alone keeps a log

    return KeptEnvelope(path, why, asked)


def detect_lines(head: bytes, ended: bool, asked: Asked) -> Found:
    """Text around records; see ``log_detection``, which a first line of JSON with a record in it does not need."""
    line, line_end, _ = head.partition(b"\n")
    if (line_end or ended) and holds_record_inside(line):
        return False
    from unspool.intake.logs.log_detection import detect  # noqa: PLC0415 - start-up
    from unspool.intake.logs.prefixed import Prefixed  # noqa: PLC0415 - as above

    found = detect(head, ended, asked)
    if not asked.keeps_log or not isinstance(found, Prefixed) or not found.reader.before:
        return found
    from unspool.intake.envelopes.kept_lines import KeptLines  # noqa: PLC0415 - rewrite alone keeps a log

    return KeptLines(found, asked)


def _first_values(head: bytes, ended: bool) -> tuple[list[Any], Any]:
    """The values of the first records, and the last of them if it is not finished (else None)."""
    if _VALUE.search(head) is None:
        return [], None
    framer = Framer()
    try:
        records = framer.feed(head)
        if ended:
            records += framer.close()
    except (MalformedRecord, ValueError):
        return [], None
    if records or head.lstrip()[:1] not in (b"{", b"["):
        return [value for record in records for value in _values_of(record)], None
    value = unfinished_value_of(head)  # a first record that is still open
    if value is None:
        return [], None
    values = value if isinstance(value, list) and not is_known(value) else [value]  # a list may be a record
    return values, values[-1] if values else None


def _values_of(record: Record) -> list[Any]:
    """The value of a record, or those of the objects in its line that nothing separates; nothing for other damage."""
    if record.kind is RecordKind.VALUE:
        record.parse()  # which may find it malformed
    if record.kind is RecordKind.VALUE:
        return [with_name(record.value, record.name, None) if record.name else record.value]
    if "B11" in record.quirks:  # it may be a part of a document
        return []
    from unspool.intake.damaged.damage import glued_objects  # noqa: PLC0415 - damage is rare

    return [one.parse() for one in glued_objects(record) or ()]


def _long_value(head: bytes) -> list[Any]:
    """The beginning of a first record that is longer than the head; nothing where it shows no value."""
    start = _FIELDS.sub(b"", head.removeprefix(BOM_UTF8), count=1).lstrip()
    if not start.startswith((b"{", b"[")):
        return []
    value = unfinished_value_of(start)
    return value if isinstance(value, list) else [value]
