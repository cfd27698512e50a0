"""Captures as answers: what each file holds, where it is served, and the request that it answers.

Any capture that the other commands read can be served. An event stream keeps its
bytes; records in another framing get the framing of their interface, since no
client could read them otherwise.
"""

import errno
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from unspool.dialects.members import dicts_of
from unspool.dialects.registry import dialect_of
from unspool.errors import SourceCut, SourceFailed
from unspool.files import joined, open_regular
from unspool.formats.detect import Format
from unspool.formats.framer import Framer
from unspool.formats.json_codec import encode
from unspool.formats.record import Record, RecordKind
from unspool.intake.asked import Asked
from unspool.intake.opening import parts
from unspool.intake.part_source import PartSource
from unspool.serve.http.event_splitter import EventSplitter
from unspool.serve.http.model_request import ModelRequest, request_hash
from unspool.serve.http.wire import CHAT, INTERFACES, error_body
from unspool.serve.replay import sidecar
from unspool.sources.file import FileSource
from unspool.sources.recording import COMPLETE, Piece, as_received
from unspool.suggestions import ending_for

Note = Callable[[str], None]
_NO_CAPTURE = re.compile(r"\.expected\.|\.args$|\.exchange\.json$|\.(?:md|txt|py|toml|lock)$")
"""Files in a folder of captures that are none."""
_LABEL = re.compile(r"#\d+ \((?P<method>[A-Z]+) (?P<path>/\S*)\)$")
_STATUS = re.compile(r"HTTP (?:status )?(\d{3})(?:: (.*))?$", re.DOTALL)
_JSON, _EVENTS, _LINES = "application/json", "text/event-stream", "application/x-ndjson"
_AMAZON = "application/vnd.amazon.eventstream"
_WHOLE_TYPES = ("message", "response")


@dataclass
class Capture:
    """One answer. ``served`` counts how often it was given; ``key`` is the hash of the request that it answered."""

    name: str
    interface: str
    path: str
    pieces: list[Piece]
    content_type: str = _EVENTS
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    model: str = ""
    key: str = ""
    request: Any = None
    cut: bool = False  # the connection broke when it was recorded
    served: int = 0

    @property
    def stream(self) -> bool:
        """Return whether it arrives piece by piece."""
        return self.content_type != _JSON

    def ask(self, request: Any, ignore: Sequence[str]) -> None:
        """Note the request that it answered, None where that is not known; its model is the one that was asked for."""
        if request is None:
            return
        self.request, self.key = request, request_hash(request, ignore)
        model = request.get("model") if isinstance(request, dict) else None
        self.model = model if isinstance(model, str) else self.model


def load(paths: Iterable[str], asked: Asked, stream_format: Format, ignore: Sequence[str], note: Note) -> list[Capture]:
    """The captures in files and folders, in the order of their names; ``note`` says what was not read.

    Raises FileNotFoundError where a path leads nowhere: what is served instead would answer its requests.
    """
    paths = list(paths)
    for path in paths:
        if not os.path.lexists(path):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
    found: list[Capture] = []
    for path in paths:
        for file in files_of(path, note):
            try:
                found += _read(file, asked, stream_format, ignore, note)
            except (OSError, ValueError, SourceFailed) as error:
                reason = error.reason if isinstance(error, SourceFailed) else getattr(error, "strerror", None) or error
                note(f"{file}: {reason}; it is not served{ending_for(file)}")
    return found


def files_of(path: str, note: Note) -> Iterator[str]:
    """The files at a path, which may be a folder; ``note`` takes what could not be listed."""
    if not os.path.isdir(path):
        yield path
        return
    for folder, folders, names in os.walk(path, onerror=lambda error: note(f"{error.filename}: {error.strerror}")):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (
            os.path.join(folder, name)
            for name in sorted(names)
            if not name.startswith(".") and not _NO_CAPTURE.search(name)
        )


def _read(file: str, asked: Asked, stream_format: Format, ignore: Sequence[str], note: Note) -> Iterator[Capture]:
    """The captures of one file. Raises OSError, ValueError, SourceFailed."""
    recorded = sidecar.read(sidecar.path_of(file))
    folder = os.path.dirname(file)
    source = FileSource(file, None, opener=lambda path: open_regular(path, folder))
    if recorded is not None and _is_body(recorded):
        yield _with_request(_whole(file, joined(source.blocks())), recorded, ignore)
        return
    for part in parts(source, asked._replace(timed=True), note):
        capture = _of_part(part, stream_format)
        if capture is None:
            note(f"{part.name}: it holds no record of a known interface; it is not served")
        elif recorded is not None:
            yield _with_request(capture, recorded, ignore)
        else:
            capture.ask(ModelRequest.of(part.request).value, ignore)
            yield capture


def _is_body(recorded: sidecar.Sidecar) -> bool:
    """Return whether the answer was kept as it came: JSON, or the page of an error, and no stream with times."""
    kind = recorded.headers.get("content-type", "")
    return kind.startswith(_JSON) or (recorded.status >= 400 and not kind.startswith(_EVENTS))


def _of_part(part: PartSource, stream_format: Format) -> Capture | None:
    """The capture in one stream; None where no record shows its interface. Raises SourceFailed."""
    cuts: list[str] = []
    try:
        pieces, ended = as_received(_until_cut(part.blocks(), cuts.append))
    except SourceFailed as fault:
        failed = _failed(part.name, fault)
        if failed is None:
            raise
        return failed
    capture = _capture(part.name, pieces, stream_format)
    if capture is not None:
        capture.cut = bool(cuts) or ended not in (None, COMPLETE)
    return capture


def _until_cut(blocks: Iterator[bytes], cut: Callable[[str], None]) -> Iterator[bytes]:
    """The blocks up to where the container ends early, reported to ``cut``: the part before it can be served."""
    try:
        yield from blocks
    except SourceCut as fault:
        cut(fault.reason)


def _with_request(capture: Capture, recorded: sidecar.Sidecar, ignore: Sequence[str]) -> Capture:
    capture.path, capture.status, capture.headers = recorded.path, recorded.status, recorded.headers
    capture.ask(recorded.request, ignore)
    return capture


def _failed(name: str, fault: SourceFailed) -> Capture | None:
    """The answer of a call that failed, as containers hold them; None for a source that cannot be read."""
    status = _STATUS.match(fault.reason)
    label = _LABEL.search(name)
    if status is None or label is None:
        return None
    interface = next((key for key, one in INTERFACES.items() if one.path.search(label["path"])), CHAT)
    body = encode(error_body(interface, status[2] or "", "recorded_error"))
    return Capture(name, interface, label["path"], [Piece(None, body)], _JSON, int(status[1]))


def _capture(name: str, pieces: list[Piece], stream_format: Format) -> Capture | None:
    """The capture in these pieces, None where no record shows its interface."""
    data = b"".join(piece.data for piece in pieces)
    framer = Framer(stream_format)
    records = [*framer.feed(data), *framer.close()]
    values = [record.parse() for record in records if record.kind is RecordKind.VALUE]
    interface = next((found for found in map(dialect_of, values) if found is not None), _of_errors(values))
    if interface is None:
        return None
    label = _LABEL.search(name)
    model = next((found for found in map(_model, values) if found), "")
    path = label["path"] if label else _default_path(interface, model)
    capture = Capture(name, interface, path, pieces, model=model)
    if framer.format is Format.AMAZON:
        capture.content_type = _AMAZON
    elif len(values) == 1 and _is_whole(values[0]) and framer.format is not Format.SSE:
        capture.content_type, capture.pieces = _JSON, [Piece(None, data)]
    else:
        _frame(capture, records, framer.format)
    return capture


def _of_errors(values: list[Any]) -> str | None:
    """The interface of a stream that holds an error alone; None for what holds none."""
    error = next((value for value in values if isinstance(value, dict) and value.get("error")), None)
    if error is None:
        return None
    return "anthropic" if error.get("type") == "error" else CHAT


def _whole(name: str, data: bytes) -> Capture:
    """A body that is no stream."""
    return Capture(name, CHAT, "", [Piece(None, data)], _JSON)


def _default_path(interface: str, model: str) -> str:
    known = INTERFACES.get(interface)
    return f"/{interface}" if known is None else known.served_at.format(model=model or "model")


def _model(value: Any) -> str:
    if not isinstance(value, dict):
        return ""
    for holder in (value, value.get("message"), value.get("response")):
        for name in ("model", "modelVersion"):
            if isinstance(holder, dict) and isinstance(holder.get(name), str) and holder[name]:
                return str(holder[name])
    return ""


def _is_whole(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    choices = value.get("choices")
    whole = isinstance(choices, list) and any(isinstance(one, dict) and "message" in one for one in choices)
    return whole or value.get("type") in _WHOLE_TYPES or value.get("object") in ("response", "chat.completion")


def _frame(capture: Capture, records: list[Record], stream_format: Format) -> None:
    """Give the pieces the framing of the interface, where they do not have it."""
    known = INTERFACES.get(capture.interface)
    if known is not None and known.lines:
        capture.content_type = _LINES
        if stream_format is not Format.JSONL:
            capture.pieces = [Piece(None, record.data + b"\n") for record in records if record.kind is RecordKind.VALUE]
    elif stream_format is Format.SSE:
        capture.pieces = [event for piece in _whole_events(capture.pieces) for event in piece]
    else:
        events = [_event(capture.interface, record) for record in records if record.kind is not RecordKind.BLANK]
        done = any(record.kind is RecordKind.DONE for record in records)
        if capture.interface == CHAT and not done and _finished(records):
            events.append(b"data: [DONE]\n\n")
        capture.pieces = [Piece(None, event) for event in events]


def _whole_events(pieces: list[Piece]) -> Iterator[list[Piece]]:
    """The pieces cut behind each event, with the time at which its last byte came."""
    splitter = EventSplitter()
    last: float | None = None
    for piece in pieces:
        last = piece.seconds
        yield [Piece(last, event) for event in splitter.feed(piece.data)]
    rest = splitter.close()
    yield [Piece(last, rest)] if rest else []


def _event(interface: str, record: Record) -> bytes:
    if record.kind is RecordKind.DONE:
        return b"data: [DONE]\n\n"
    value = record.value
    name = value.get("type") if interface in ("anthropic", "responses") and isinstance(value, dict) else None
    named = f"event: {name}\n".encode() if isinstance(name, str) and name.isprintable() else b""
    return named + b"data: " + b"\ndata: ".join(record.data.splitlines() or [b""]) + b"\n\n"


def _finished(records: list[Record]) -> bool:
    """Return whether a choice of a chunk finished: a stream that was cut gets no end that it did not have."""
    values = [record.value for record in records if isinstance(record.value, dict)]
    choices = [choice for value in values for choice in dicts_of(value, "choices")]
    return any(choice.get("finish_reason") for choice in choices)
