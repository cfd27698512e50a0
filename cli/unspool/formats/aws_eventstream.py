"""Framing of Amazon event streams (application/vnd.amazon.eventstream): binary messages, used by Bedrock.

    total length | headers length | CRC of these two | headers | payload | CRC of all before
         4               4                 4                                    4   bytes, big-endian

A message becomes the JSON that Amazon's clients return, one object with the
event's name as its only key: ``{"contentBlockDelta": {…}}``. The body of a
``chunk`` event (of InvokeModelWithResponseStream) is base64 of the model
provider's own event, which becomes the record. An exception or an error becomes
``{"type": "error", "error": {"type": …, "message": …}}``, which every dialect
reads (R12).

A prelude with a matching CRC has correct lengths. So a message that is corrupted
after its prelude is one malformed record, and the next message is read. After a
prelude without a matching CRC the next valid prelude is searched, and the bytes
before it are one malformed record (R10). Binary data must not get between lines
of text, so the record of malformed bytes has the first of them in hexadecimal.
"""

from binascii import Error as NotBase64
from binascii import a2b_base64, crc32
from functools import lru_cache
from struct import Struct

from unspool.core.errors import MalformedRecord
from unspool.formats.json_codec import decode, encode
from unspool.formats.record import Record

_PRELUDE = Struct(">III")
_CRC = Struct(">I")
_LEAST = _PRELUDE.size + _CRC.size
_MOST = 1 << 24
"""The longest message in bytes; so the first byte of a message is 0."""
_SHOWN = 24  # bytes of a malformed message that its record shows
_VALUE_SIZES = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
"""The size in bytes of a header's value by its type; bytes and text (6 and 7) have a length before the value."""
_BYTES, _TEXT = 6, 7


class _Kind:
    """The kind of a message by its headers, which defines the meaning of its payload."""

    def __init__(self, message: str, name: str, reason: str = "") -> None:
        self._is_event = message == "event"
        self._is_chunk = self._is_event and name == "chunk"
        self._name = name
        self._reason = reason
        self._opening = b"{" + encode(name) + b":"

    def value(self, payload: bytes) -> bytes:
        """Return the JSON text of a message with this payload. Raises MalformedRecord for an invalid chunk."""
        if self._is_chunk:
            body = _inside(payload)
            if body.lstrip().startswith(b"{"):
                return body
        if self._is_event:
            return self._opening + (payload or b"{}") + b"}"
        given = decode(payload) if payload else {}  # an exception has its message here, an error in its headers
        details = given if isinstance(given, dict) else {"message": given}
        return encode({"type": "error", "error": {"message": self._reason, **details, "type": self._name}})


def begins_message(head: bytes) -> bool | None:
    """Return whether ``head`` begins a message; None if it is too short to decide."""
    return None if len(head) < _PRELUDE.size else _begins(head, 0)


def _begins(data: bytes, at: int) -> bool:
    """Return whether a message begins at the position ``at``."""
    return _lengths(data[at : at + _PRELUDE.size])[0] > 0


@lru_cache(maxsize=1024)  # messages of one kind are of much the same length
def _lengths(prelude: bytes) -> tuple[int, int]:
    """Return the size of a message and the offset of its payload, in bytes; (0, 0) if ``prelude`` is not valid."""
    total, headers, crc = _PRELUDE.unpack(prelude)
    sound = crc32(prelude[:8]) == crc and total <= _MOST and headers + _LEAST <= total
    return (total, _PRELUDE.size + headers) if sound else (0, 0)


class AmazonMessages:
    """Framing of messages; an unfinished message is read again once it can be complete."""

    def __init__(self, offset: int = 0) -> None:
        self.number = 0
        self._offset = offset  # of the held bytes
        self._held: list[bytes] = []
        self._size = 0
        self._wanted = _PRELUDE.size  # the number of held bytes with which reading can continue
        self._lost = b""  # the first of the bytes before those held that belong to no message
        self._lost_size = 0

    def feed(self, block: bytes) -> list[Record]:
        """Return the records that ``block`` completes."""
        self._held.append(block)
        self._size += len(block)
        if self._size < self._wanted:
            return []
        data, records = b"".join(self._held), list[Record]()
        at = self._messages(data, records)
        self._held, self._size = [data[at:]], len(data) - at
        self._offset += at
        return records

    def close(self) -> list[Record]:
        """Return records for bytes that belong to no message, and for a message that was cut (R11)."""
        records: list[Record] = []
        rest = b"".join(self._held)
        if self._wanted == _PRELUDE.size and self._lost:
            self._lose(rest)
            self._offset += len(rest)
            rest = b""
        self._append_lost(self._offset, records)
        if rest and not rest.isspace():
            wanted = "" if self._wanted == _PRELUDE.size else f" of {self._wanted}"
            reason = f"a message cut after {len(rest)}{wanted} bytes"
            record = self._malformed(self._offset, rest, reason)
            record.mark_malformed(MalformedRecord(reason, len(record.data)))  # it ends early
            records.append(record)
        self._held, self._size = [], 0
        return records

    def _messages(self, data: bytes, records: list[Record]) -> int:
        """Read all complete messages; returns the position of the next one."""
        at, size = 0, len(data)
        while size - at >= _PRELUDE.size:
            total, payload = _lengths(data[at : at + _PRELUDE.size])
            if not total:
                at = self._search(data, at)
                continue
            if self._lost_size:
                self._append_lost(self._offset + at, records)
            if size - at < total:
                self._wanted = total
                return at
            records.append(self._record(data[at : at + total], payload, self._offset + at))
            at += total
        self._wanted = _PRELUDE.size
        return at

    def _search(self, data: bytes, at: int) -> int:
        """Return the next position where a message may begin; the bytes before it belong to none."""
        start = at
        at = data.find(b"\0", start + 1, len(data) - _PRELUDE.size + 1)
        while at >= 0 and not _begins(data, at):
            at = data.find(b"\0", at + 1, len(data) - _PRELUDE.size + 1)
        end = at if at >= 0 else len(data) - _PRELUDE.size + 1
        self._lose(data[start:end])
        return end

    def _lose(self, data: bytes) -> None:
        self._lost += data[: _SHOWN - len(self._lost)]
        self._lost_size += len(data)

    def _append_lost(self, end: int, records: list[Record]) -> None:
        if self._lost_size:
            reason = f"{self._lost_size} bytes that are no message of an event stream (the prelude's CRC is wrong)"
            records.append(self._malformed(end - self._lost_size, self._lost, reason))
            self._lost, self._lost_size = b"", 0

    def _record(self, message: bytes, start: int, offset: int) -> Record:
        """Return the record of a complete message, whose payload begins at ``start``."""
        checked, stored = message[: -_CRC.size], message[-_CRC.size :]
        computed = crc32(checked)
        if int.from_bytes(stored) != computed:
            reason = f"a message whose CRC is wrong ({stored.hex()}, its bytes give {computed:08x})"
            return self._malformed(offset, checked, reason)
        try:
            data = _kind(checked[_PRELUDE.size : start]).value(checked[start:])
        except MalformedRecord as fault:
            return self._malformed(offset, checked, fault.reason)
        self.number += 1
        return Record(self.number, offset, data, None)

    def _malformed(self, offset: int, data: bytes, reason: str) -> Record:
        self.number += 1
        shown = data[:_SHOWN].hex(" ", 4) + ("…" if len(data) > _SHOWN else "")
        record = Record(self.number, offset, shown.encode(), None)
        record.in_field = True  # no line of the program that recorded it
        record.mark_malformed(MalformedRecord(reason))
        return record


@lru_cache(maxsize=64)  # the messages of a stream have the same few headers
def _kind(headers: bytes) -> _Kind:
    """Return the kind of a message. Raises MalformedRecord for headers that cannot be read."""
    try:
        found = _headers(headers)
    except (IndexError, KeyError, UnicodeDecodeError):
        raise MalformedRecord("a message whose headers cannot be read") from None
    message = found.get(":message-type", "event")
    if message == "error":
        return _Kind(message, found.get(":error-code", ""), found.get(":error-message", ""))
    name = found.get(f":{message}-type", "")
    if not name:
        raise MalformedRecord(f"a message without :{message}-type")
    return _Kind(message, name)


def _headers(data: bytes) -> dict[str, str]:
    """Return the headers with text values. Raises IndexError, KeyError or UnicodeDecodeError for invalid headers."""
    found: dict[str, str] = {}
    at = 0
    while at < len(data):
        name_end = at + 1 + data[at]
        kind = data[name_end]
        start = name_end + 1
        if kind in (_BYTES, _TEXT):
            size = data[start] << 8 | data[start + 1]
            start += 2
        else:
            size = _VALUE_SIZES[kind]
        if start + size > len(data):
            raise IndexError
        if kind == _TEXT:
            found[data[at + 1 : name_end].decode()] = data[start : start + size].decode()
        at = start + size
    return found


def _inside(payload: bytes) -> bytes:
    """Return the body of a chunk event. Raises MalformedRecord."""
    body = decode(payload)
    try:
        return a2b_base64(body["bytes"], strict_mode=True)
    except (KeyError, TypeError, ValueError, NotBase64):
        raise MalformedRecord("a chunk event without bytes in base64") from None
