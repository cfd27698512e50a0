"""Framing: blocks of bytes to records.

    framer.feed(block) -> [Record, …]    the records that the block completes
    framer.close()     -> [Record, …]    the last record, which needs no end (R11, B5)

A byte order mark at the start is skipped. So are blank lines before the first
other line: they carry nothing, and there may be any number of them.
"""

import re
from codecs import BOM_UTF8
from collections.abc import Callable, Mapping
from typing import Protocol

from unspool.formats.bounded_lines import LARGEST_RECORD, BoundedLines
from unspool.formats.detect import Format, detect, detect_any, of_whole
from unspool.formats.jsonl import JsonLines
from unspool.formats.line_splitter import Rest
from unspool.formats.message_lists import LONGEST
from unspool.formats.record import Record
from unspool.formats.sse import ServerSentEvents

_BLANK_LINES = re.compile(rb"\s*[\r\n]")
_LONGEST_FIELD = 1024  # bytes: a longer first line cannot be a field, so only its end decides the format


class Framing(Protocol):
    """Splits blocks of bytes into records; made of the offset of its first byte in the source, and a limit.

    A record of more bytes than the limit is reported and not kept.
    """

    def feed(self, block: bytes) -> list[Record]:
        """Return the records that ``block`` completes."""

    def close(self) -> list[Record]:
        """Return the last records of the source."""


MakeFraming = Callable[[int, int], Framing]


def _json_lines(offset: int, largest: int) -> Framing:
    return BoundedLines(JsonLines(offset), offset, largest)


def _events(offset: int, largest: int) -> Framing:
    return BoundedLines(ServerSentEvents(offset), offset, largest)


def _json_values(offset: int, largest: int) -> Framing:
    from unspool.formats.json_values import JsonValues  # noqa: PLC0415 - start-up

    return BoundedLines(JsonValues(offset), offset, largest)


def _json_array(offset: int, largest: int) -> Framing:
    from unspool.formats.json_array import JsonArray  # noqa: PLC0415 - as above

    return JsonArray(offset, largest)


def _amazon_messages(offset: int, _largest: int) -> Framing:  # a message has 16 MB at most
    from unspool.formats.aws_eventstream import AmazonMessages  # noqa: PLC0415 - as above

    return AmazonMessages(offset)


def _data_stream(offset: int, largest: int) -> Framing:
    from unspool.formats.data_stream import DataStream  # noqa: PLC0415 - as above

    return BoundedLines(DataStream(offset), offset, largest)


def _plain_text(offset: int, _largest: int) -> Framing:  # nothing of it is kept
    from unspool.formats.plain_text import PlainText  # noqa: PLC0415 - as above

    return PlainText(offset)


FRAMINGS: dict[Format, MakeFraming] = {
    Format.JSONL: _json_lines,
    Format.SSE: _events,
    Format.JSON: _json_values,
    Format.ARRAY: _json_array,
    Format.AMAZON: _amazon_messages,
    Format.DATA: _data_stream,
    Format.TEXT: _plain_text,
}


_UNKNOWN = {Format.AUTO: detect, Format.ANY: detect_any}
"""The functions that detect the format."""


class Framer:
    """The framing of one source: the format given, or the one that its first line shows.

    A record of more than ``largest`` bytes is one that cannot be read.
    """

    def __init__(
        self,
        stream_format: Format = Format.AUTO,
        framings: Mapping[Format, MakeFraming] = FRAMINGS,
        largest: int = LARGEST_RECORD,
    ) -> None:
        self.format = stream_format
        self._framings = framings
        self._largest = largest
        self._framing: Framing | None = None
        self._head = Rest()
        self._offset = 0  # of the head, in bytes from the start of the source
        self._awaits_line = False
        self._marked = False  # a byte order mark was skipped, and no record has its quirk (B9) yet

    def feed(self, block: bytes) -> list[Record]:
        """Return the records that ``block`` completes."""
        framing = self._framing or self._detect(block)
        if framing is None:
            return []
        if framing is self._framing:
            return self._attach_quirks(framing.feed(block))
        self._framing = framing
        return self._attach_quirks(self._feed_head(framing))

    @property
    def unclosed(self) -> bool:
        """Return whether what was read ends inside of a JSON array."""
        if self.format is not Format.ARRAY or self._framing is None:
            return False
        from unspool.formats.json_array import JsonArray  # noqa: PLC0415 - start-up

        return isinstance(self._framing, JsonArray) and self._framing.unclosed

    def _feed_head(self, framing: Framing) -> list[Record]:
        """Feed what was kept until the format was known."""
        return framing.feed(self._head.take())

    def close(self) -> list[Record]:
        """Return the last records of the source."""
        records: list[Record] = []
        framing = self._framing
        if framing is None:
            if self.format in _UNKNOWN:
                head = self._head.take()
                self.format = of_whole(head, _UNKNOWN[self.format])
                self._head.add(head)
            framing = self._framing = self._start()
            records = self._feed_head(framing)
        return self._attach_quirks(records + framing.close())

    def _detect(self, block: bytes) -> Framing | None:
        """Return the framing once the blocks so far show it; until then keep them and return None."""
        self._head.add(block)
        if self._awaits_line and b"\n" not in block:  # looking at the head for each block would take quadratic time
            if self._head.size <= self._largest:
                return None
            self.format = Format.JSONL  # the first line is too large for any format
            return self._start()
        head = self._head.take()
        found = self._offset > 0 or len(head) >= len(BOM_UTF8) or not BOM_UTF8.startswith(head)
        if found:
            head = self._skip_start(head)
            found = self._find(head)
        self._head.add(head)
        return self._start() if found else None

    def _find(self, head: bytes) -> bool:
        """Return whether the head shows the format, which is then known."""
        if len(head) > self._largest and head.find(b"\n") > self._largest:  # too large for any other format
            self.format = Format.JSONL if self.format in _UNKNOWN else self.format
        if self.format in _UNKNOWN:
            found = _UNKNOWN[self.format](head)
            if found is None:
                self._awaits_line = len(head) > (LONGEST if head.startswith(b"[") else _LONGEST_FIELD)
                return False
            self.format = found
        return True

    def _skip_start(self, head: bytes) -> bytes:
        """Skip a byte order mark, and blank lines while the format is unknown; returns the rest of the head."""
        size = len(head)
        if not self._offset and head.startswith(BOM_UTF8):
            self._marked = True
            head = head.removeprefix(BOM_UTF8)
        blank = _BLANK_LINES.match(head) if self.format in _UNKNOWN else None
        if blank:
            head = head[blank.end() :]
        self._offset += size - len(head)
        return head

    def _start(self) -> Framing:
        return self._framings[self.format](self._offset, self._largest)

    def _attach_quirks(self, records: list[Record]) -> list[Record]:
        if self._marked and records:
            records[0].quirks += ("B9",)
            self._marked = False
        return records
