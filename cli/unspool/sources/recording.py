"""Recordings: a stream as it arrived, and when.

    : t=0.412077           seconds since the request, before each record
    data: {"id": …}        the record as it was received

    : t=1.803112
    : end=complete         how it ended, last: complete, stopped, or what failed

It is an event stream that any client of such streams can read: times are
comments. Lines of JSON become events; what was an event already keeps its bytes.
There are neither headers nor a key in it, and nothing of the request.

    Recorded(source, recording)   reads a source, and writes the recording on the way
    Replayed(source, pace)        reads a recording as it was received, piece by piece
"""

import errno
import math
import os
import re
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple

from unspool.descriptors import write
from unspool.errors import SourceFailed
from unspool.files import open_recording
from unspool.formats.bounded_lines import LARGEST_RECORD
from unspool.formats.detect import Format
from unspool.formats.framer import FRAMINGS, Framer
from unspool.formats.line_splitter import LINE_ENDS
from unspool.formats.printable import one_line
from unspool.formats.record import Record, RecordKind
from unspool.intake.source import Source

_STAMP = re.compile(rb"(?<![^\r\n]): t=(\d{1,9}\.\d{1,9})\n")  # at the beginning of a line, however the last ended
_OURS = re.compile(rb"(?<![^\r\n]): (?:t=\d+\.\d+|end=.*)\n")
_END = re.compile(rb"(?<![^\r\n]): end=(.*)\n")
_BLANK_LINE = re.compile(rb"(?:\r\n|\n|\r(?!\n)){2}")
_LONGEST_LINE = 1 << 20  # bytes of a line that is kept until it is whole: times and ends are short
_LONGEST_END = 4  # bytes of an end of an event that may have come before the rest of it

_WAS_READ = "the stream itself was read to its end"

AT_ONCE = math.inf
"""The pace of a replay that waits for nothing."""
LONGEST_WAIT = 1e6
"""Seconds that a replay waits at most; longer gaps are no times."""
COMPLETE, STOPPED = "complete", "stopped"


class Recording:
    """The file of a recording, open to append until the process ends; its owner alone may read it.

    The file that was opened is the one that is written, whatever happens to its name. Raises OSError where it
    cannot be opened, and FileExistsError unless it may be overwritten.
    """

    def __init__(self, path: str, overwrite: bool = False) -> None:
        self.path = path
        self._descriptor = open_recording(path, overwrite)
        self._event_start = 0  # bytes before the last event

    def append(self, event: bytes, goes_on: bool = False) -> None:
        """Add one event, or where it ``goes_on`` a part of the last one.

        An event is in the file whole or not at all: a disk that is full keeps the events before it. Raises OSError.
        """
        before = os.fstat(self._descriptor)
        if not goes_on:
            self._event_start = before.st_size
        try:
            write(self._descriptor, event)
        except OSError:
            if stat.S_ISREG(before.st_mode):
                os.ftruncate(self._descriptor, self._event_start)
            raise

    def remove_if_empty(self) -> None:
        """Remove the file where nothing could be written into it."""
        with suppress(OSError):
            if os.fstat(self._descriptor).st_size == 0:
                os.remove(self.path)

    @property
    def removed(self) -> bool:
        """Return whether the file was deleted while it was written."""
        return os.fstat(self._descriptor).st_nlink == 0


class Recorded:
    """Another source, recorded while it is read: what has been received is in the file before it is given on.

    A recording may hold several sources, one after the other. One that cannot be
    written is no reason to lose the stream: SourceFailed is raised for it once
    the source has been read.
    """

    def __init__(self, source: Source, recording: Recording, stream_format: Format = Format.AUTO) -> None:
        self.name = source.name
        self.log = getattr(source, "log", None)
        self.notices = getattr(source, "notices", [])
        self._source = source
        self._recording = recording
        self._writer = RecordingWriter(recording, stream_format)
        self._start = time.monotonic()

    @property
    def elapsed(self) -> float | None:
        """The clock of the recorded source."""
        return self._source.elapsed

    def blocks(self) -> Iterator[bytes]:
        """The blocks of the other source."""
        self._start = time.monotonic()
        end = STOPPED
        try:
            for block in self._source.blocks():
                self._writer.feed(block, self._seconds())
                yield block
            end = COMPLETE
        except SourceFailed as fault:
            end = fault.reason
            raise
        finally:
            self._writer.close(end, self._seconds())
        if self._writer.failure is not None:
            reason = f"its recording {self._recording.path} ends early: {self._writer.failure.strerror}"
            raise SourceFailed(self.name, reason, _WAS_READ)
        if self._recording.removed:
            reason = f"its recording {self._recording.path} was deleted while it was written"
            raise SourceFailed(self.name, reason, _WAS_READ)

    def _seconds(self) -> float:
        known = self.elapsed
        return time.monotonic() - self._start if known is None else known


class RecordingWriter:
    """Writes one stream into a recording; times are seconds since the source was asked.

    An event or a line of more than ``largest`` bytes is written as it arrives, with all its bytes. ``failure`` is the
    error of a write that failed, after which nothing more is written.
    """

    def __init__(self, recording: Recording, stream_format: Format, largest: int = LARGEST_RECORD) -> None:
        self.failure: OSError | None = None
        self._recording = recording
        self._framer = Framer(stream_format, {**FRAMINGS, Format.SSE: _WholeEvents}, largest)
        self._goes_on = False  # the end of the last event is not written yet

    def feed(self, block: bytes, seconds: float) -> None:
        """Write the records that ``block`` completes."""
        self._record(self._framer.feed(block), seconds)

    def close(self, end: str, seconds: float) -> None:
        """Write the last record, and how the stream ended."""
        self._record(self._framer.close(), seconds)
        if self._goes_on:
            self._write(b"\n\n", seconds, goes_on=True)
        self._write(b": end=" + one_line(end).encode() + b"\n\n", seconds)

    def _record(self, records: list[Record], seconds: float) -> None:
        is_sse = self._framer.format is Format.SSE
        for record in records:
            goes_on = self._goes_on
            if is_sse:
                event, self._goes_on = record.data, record.cut
            elif record.line is not None and (record.cut or goes_on):
                event, self._goes_on = _part_of_line(record.line, goes_on)
            elif record.cut:  # its framing does not keep the rest
                self.failure = self.failure or OSError(errno.EFBIG, "one of its values is larger than a record may be")
                return
            elif record.kind is RecordKind.BLANK:
                continue
            else:
                event = _event(record.data)
            self._write(event, seconds, goes_on)

    def _write(self, event: bytes, seconds: float, goes_on: bool = False) -> None:
        """Add an event in one piece, so that a kill leaves whole ones; none after one that could not be written."""
        if self.failure is not None:
            return
        try:
            self._recording.append(event if goes_on else b": t=%.6f\n" % seconds + event, goes_on)
        except OSError as error:
            self.failure = error


def _event(data: bytes) -> bytes:
    return b"data: " + LINE_ENDS.sub(b"\ndata: ", data) + b"\n\n"


def _part_of_line(line: bytes, goes_on: bool) -> tuple[bytes, bool]:
    """Return a part of a huge line as part of an event, and whether more of the line follows."""
    text = line.removesuffix(b"\n").replace(b"\r", b"\ndata: ")
    ended = line.endswith(b"\n")
    return (b"" if goes_on else b"data: ") + text + (b"\n\n" if ended else b""), not ended


class _WholeEvents:
    """The event stream format as it came: each record holds an event to its blank line, with all its fields.

    An event of more than ``largest`` bytes comes in parts; all but the last are cut.
    """

    def __init__(self, offset: int, largest: int) -> None:
        self._rest = bytearray()
        self._offset = offset
        self._largest = largest
        self._goes_on = False  # a part of the current event has been returned

    def feed(self, block: bytes) -> list[Record]:
        """The events that ``block`` completes."""
        looked_at = max(0, len(self._rest) - _LONGEST_END)
        self._rest += block
        records: list[Record] = []
        at = 0
        for end in _BLANK_LINE.finditer(self._rest, looked_at):
            if end.end() == len(self._rest) and self._rest.endswith(b"\r"):
                break  # half of its line end may be on its way (B3)
            records += self._part(bytes(self._rest[at : end.end()]), cut=False)
            at = end.end()
        del self._rest[:at]
        if len(self._rest) > self._largest + _LONGEST_END:
            records += self._part(bytes(self._rest[:-_LONGEST_END]), cut=True)
            del self._rest[:-_LONGEST_END]
        return records

    def close(self) -> list[Record]:
        """Return the last event, if it has no end."""
        rest = bytes(self._rest)
        return self._part(rest if rest.endswith(b"\r\r") else rest + b"\n\n", cut=False)

    def _part(self, event: bytes, cut: bool) -> list[Record]:
        if not self._goes_on:
            event = _OURS.sub(b"", event)  # of a recording that is recorded
            if not event.strip() and not cut:
                return []
        self._goes_on = cut
        record = Record(0, self._offset, event, None)
        record.cut = cut
        return [record]


class Replayed:
    """A recording as it was received: its blocks are the pieces that arrived together.

    ``pace`` is the speed relative to the recording; with AT_ONCE nothing
    is waited for; no wait is longer than ``max_gap`` seconds. Where the source
    holds no times it comes at once, or, if it ``must`` have some, fails.
    """

    def __init__(self, source: Source, pace: float = AT_ONCE, max_gap: float = math.inf, must: bool = False) -> None:
        self.name = source.name
        self.log = getattr(source, "log", None)
        self.notices = getattr(source, "notices", [])
        self.elapsed: float | None = None
        self.ended: str | None = None
        """The end that the recording notes, once read; None if it notes none."""
        self._source = source
        self._pace = pace
        self._longest = max_gap
        self._must = must

    def blocks(self) -> Iterator[bytes]:
        """See the class; raises SourceFailed as the other source does."""
        due = time.monotonic()
        for stamp, piece in stamped(self._source.blocks()):
            if stamp is not None and self._pace < AT_ONCE:
                due += self._wait(stamp)
                time.sleep(max(0.0, due - time.monotonic()))
            if stamp is None and self._must:
                reason = "it holds no times that are read, so it has no pace"
                raise SourceFailed(self.name, reason, "record a stream with --record, or leave --pace out")
            self.elapsed = stamp
            ended = _END.search(piece) if piece.endswith(b"\n\n") else None
            self.ended = ended[1].decode(errors="replace") if ended else None
            yield piece

    def _wait(self, stamp: float) -> float:
        """Seconds between the last piece and the one at ``stamp``. Raises SourceFailed where it is too long."""
        seconds = min(max(0.0, stamp - (self.elapsed or 0.0)) / self._pace, self._longest)
        if seconds > LONGEST_WAIT:
            reason = f"its times leave a gap of {seconds:.0f} s"
            raise SourceFailed(self.name, reason, "shorten gaps with --max-gap, or read it without --pace")
        return seconds


def begins_recording(head: bytes) -> bool:
    """Return whether a file with this beginning holds times."""
    return _STAMP.match(head) is not None


def stamped(blocks: Iterable[bytes]) -> Iterator[tuple[float | None, bytes]]:
    """Yield the bytes of a recording in parts, each with the time at its beginning; None before the first.

    A piece that is large may come in several, and a line that is large as it arrives.
    """
    now: float | None = None
    parts: list[bytes] = []
    for block in blocks:
        whole = block.rfind(b"\n") + 1
        if not whole:
            parts.append(block)
            if sum(map(len, parts)) > _LONGEST_LINE:
                data = b"".join(parts)
                kept = max(len(data.rstrip(b":")) - 1, 0)  # what follows is not the beginning of a line
                parts = [data[kept:]]
                yield now, data[:kept]
            continue
        data = b"".join([*parts, block[:whole]])
        parts = [block[whole:]]
        at = 0
        for stamp in _STAMP.finditer(data):
            if stamp.start() > at:
                yield now, data[at : stamp.start()]
            now, at = float(stamp[1]), stamp.start()
        if at < len(data):
            yield now, data[at:]
    rest = b"".join(parts)
    if rest:
        yield now, rest


class Piece(NamedTuple):
    """Bytes that arrived together, and their time in seconds since the request, None if it is not known."""

    seconds: float | None
    data: bytes


def as_received(blocks: Iterable[bytes]) -> tuple[list[Piece], str | None]:
    """The pieces of a stream without what a recording added to it, and how the recording says that it ended."""
    pieces: list[Piece] = []
    ended: str | None = None
    for stamp, data in stamped(blocks):
        end = _END.search(data) if stamp is not None else None
        plain = data if stamp is None else _OURS.sub(b"", data)
        if end is not None:
            ended = end[1].decode(errors="replace")
        if end is None or plain.strip():
            pieces.append(Piece(stamp, plain))
    return pieces, ended
