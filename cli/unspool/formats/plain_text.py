"""Framing of plain text as one response, so that every sink can process it.

Each block becomes a chunk with content, at once; the end of the input becomes
the finish reason.
"""

from codecs import getincrementaldecoder
from json import dumps
from typing import Any

from unspool.formats.record import Record

_UTF8 = getincrementaldecoder("utf-8")


class PlainText:
    """Framing of text in UTF-8; invalid bytes become U+FFFD (B9)."""

    def __init__(self, offset: int = 0) -> None:
        self._decoder = _UTF8("replace")
        self._begun = False
        self.number = 0
        self.offset = offset

    def feed(self, block: bytes) -> list[Record]:
        """Return one record with the characters that ``block`` completes."""
        text = self._decoder.decode(block)
        offset, self.offset = self.offset, self.offset + len(block)
        return [self._record(offset, {"content": text}, None)] if text else []

    def close(self) -> list[Record]:
        """Return a record for a character that was cut, and one with the finish reason if there was any text."""
        rest = self._decoder.decode(b"", final=True)
        records = [self._record(self.offset, {"content": rest}, None)] if rest else []
        if self._begun:
            records.append(self._record(self.offset, {}, "stop"))
        return records

    def _record(self, offset: int, delta: dict[str, Any], finish: str | None) -> Record:
        if not self._begun:  # R4: the role is on the first delta
            self._begun = True
            delta = {"role": "assistant", **delta}
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        chunk = {"id": "text", "object": "chat.completion.chunk", "created": 0, "model": "", "choices": [choice]}
        self.number += 1
        record = Record(self.number, offset, dumps(chunk, ensure_ascii=False, separators=(",", ":")).encode(), None)
        record.set_value(chunk)  # not decoded again
        record.plain = True
        return record
