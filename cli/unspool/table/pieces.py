"""Large files in pieces: each is read by its own process, and their rows are those of the whole file.

    pieces(item, job, size) -> [Piece, …]    None for a source that is not cut
    read_piece(job, piece) -> Read       reads steps from the piece's start to the first boundary at or behind its end
    write_piece(job, read, …) -> Done    renumbers the rows, and writes them into parts

A boundary is the first record of a step (R13). Where the steps before it are not known, a boundary is a guess: the
process of a piece finds its start by reading on from any record until the transformer begins another step. A process
that was right about its start is right about where it stops, since it read everything in between; so the pieces are
checked in their order (``Chain``), and one that began elsewhere than the piece before it stopped is read again from
there. A wrong guess costs time and no row.
"""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple

from unspool.core.outcome import Outcome
from unspool.diagnostics import Problem
from unspool.dialects.registry import APART, CHAT
from unspool.errors import SourceFailed
from unspool.fastpath.batch import RecordBatch
from unspool.formats.detect import Format, detect
from unspool.formats.json_codec import decode, encode
from unspool.formats.record import Record
from unspool.intake.plain import first_dialect
from unspool.intake.source import Source
from unspool.pipeline import Reading
from unspool.settings import Settings, Summary
from unspool.sinks.base import BaseSink
from unspool.sources.recording import begins_recording
from unspool.table.limit import limited
from unspool.table.listing import STDIN, Item
from unspool.table.rows import make_sink, open_item, read_into
from unspool.table.schema import Row, as_list, from_list
from unspool.table.work import DRAFT, Done, Job, PartFiles, Tally, guarded

_PIECES, _LEAST, _MOST = 64, 1 << 24, 1 << 28
"""Pieces of a file, as long as each has so many bytes at least and at most: all cores get some, and parts are few."""
_CUT = (Format.JSONL, Format.SSE)
_FORMATS = APART | {CHAT}
"""The wire formats of files that are cut."""
PART_NUMBERS = 100  # numbers of parts that a piece may use
_ROWS = 1000  # that are renumbered at once
_NO_RECORD = re.compile(rb"(?:(?:event|id|retry)?:.*)?", re.DOTALL)
"""Lines of an event stream without a record; their quirks are the next record's."""
_BACK = 1 << 16
"""Bytes before a piece that are looked at: they show which step is open, and where the event of a record begins."""


class Piece(NamedTuple):
    """A part of a file: the steps that begin in it. ``exact`` where ``begin`` is known to be a boundary."""

    item: Item
    form: Format
    place: int
    begin: int
    end: int
    last: bool
    exact: bool = False


class Read(NamedTuple):
    """The result of reading a piece.

    ``start`` and ``stop`` are the offsets of the first record read and of the first that was not: None where the
    piece has no boundary, and where the file is at its end. ``draft`` is the file of its rows, numbered in the piece.
    """

    piece: Piece
    start: int | None
    stop: int | None
    records: int
    steps: int
    draft: str
    tally: Tally


class Chain:
    """The pieces of one file in order: where the next must begin, and how many records and steps came before it."""

    def __init__(self) -> None:
        self.position: int | None = 0
        self.records = self.steps = 0

    def fits(self, read: Read) -> bool:
        """Return whether a piece began where the one before it stopped."""
        return read.start is not None and read.start == self.position

    def passed(self, piece: Piece) -> bool:
        """Return whether the pieces before this one have read all of it."""
        return self.position is None or self.position >= piece.end

    def again(self, piece: Piece) -> Piece:
        """The piece, from where it must begin."""
        assert self.position is not None
        return piece._replace(begin=self.position, exact=True)

    def add(self, read: Read) -> None:
        """Go on behind a piece that fits."""
        self.position = read.stop
        self.records += read.records
        self.steps += read.steps


def piece_bytes(size: int) -> int:
    """Bytes of a piece of a file of this size."""
    return min(_MOST, max(_LEAST, size // _PIECES))


def pieces(item: Item, job: Job, size: int) -> list[Piece] | None:
    """The pieces of a source, each of ``size`` bytes; None for one that is read as a whole.

    Only a plain file of a provider's records is cut, one a line or an event: what is around records, the streams of
    agents and recordings carry more from one record to the next than a piece can know.
    """
    if item.size < 2 * size or item.name == STDIN or not _can_cut(job.asked.settings):
        return None
    form = _framing(open_item(item, job.asked, base=job.base), job.asked.settings.format)
    if form is None:
        return None
    starts = range(0, item.size - size // 2, size)
    ends = [*starts[1:], item.size]
    return [
        Piece(item, form, index, begin, end, index == len(starts) - 1, index == 0)
        for index, (begin, end) in enumerate(zip(starts, ends, strict=True))
    ]


def _can_cut(settings: Settings) -> bool:
    named = settings.dialect is not None and settings.dialect not in _FORMATS
    asked = named or settings.channels or settings.field or settings.intake.anything
    return not (asked or settings.single_step or settings.strict) and settings.format in (Format.AUTO, *_CUT)


def _framing(source: Source, asked: Format) -> Format | None:
    """The framing of a file that can be cut, by its beginning."""
    try:
        head = next(source.blocks(), b"")
    except SourceFailed:
        return None
    if first_dialect(head) not in _FORMATS or begins_recording(head):
        return None
    form = detect(head) if asked is Format.AUTO else asked
    return form if form in _CUT else None


def read_piece(job: Job, piece: Piece) -> Read:
    """Read a piece, and write its rows into a draft. Raises OSError where they cannot be written."""
    tally = Tally()
    tally.sources = int(piece.place == 0)
    tally.bytes = piece.end - piece.begin
    asked = job.asked._replace(settings=job.asked.settings._replace(format=piece.form))
    job = job._replace(asked=asked)
    start = piece.begin if piece.exact else find_boundary(job, piece)
    if start is None:
        return Read(piece, None, None, 0, 0, "", tally)
    first = _event_start(job, piece, start)
    sink = make_sink(asked)
    reading = Reading(piece.item.name, asked.settings, sink, sink.report, Summary(), _relative_end(piece, first))
    draft = os.path.join(job.folder, f"{DRAFT}{os.urandom(8).hex()}")
    try:
        with open(draft, "xb") as file:
            source = limited(open_item(piece.item, asked, base=job.base, start=first), asked.limit)
            for rows in guarded(piece.item.name, asked, read_into(sink, reading, source)):
                tally.add(rows)
                file.writelines(encode(as_list(row)) + b"\n" for row in rows)
    except BaseException:
        with suppress(OSError):
            os.remove(draft)
        raise
    stop = None if reading.stopped_at is None else first + reading.stopped_at
    return Read(piece, start, stop, reading.records, reading.steps, draft, tally)


def _relative_end(piece: Piece, first: int) -> int | None:
    return None if piece.last else max(0, piece.end - first)


def discard(read: Read) -> None:
    """Remove the draft of a piece: its rows were written, or it began at the wrong place."""
    if read.draft:
        with suppress(FileNotFoundError):
            os.remove(read.draft)


def find_boundary(job: Job, piece: Piece) -> int | None:
    """The offset of the first record of the piece that begins a step, as far as what is before it shows; or None."""
    start = _align(job, piece, max(0, piece.begin - _BACK))
    if start is None:
        return None
    source = _Within(open_item(piece.item, job.asked, base=job.base, start=start), piece.end - start)
    end = max(0, piece.begin - start)
    reading = Reading(piece.item.name, job.asked.settings, _NoSink(), _ignore, Summary(), end)
    for _ in reading.read(source):
        pass
    return None if reading.stopped_at is None else start + reading.stopped_at


def _align(job: Job, piece: Piece, start: int) -> int | None:
    """The beginning of the first record at or behind ``start``; None where none begins in the piece."""
    ends = (b"\n\n", b"\r\n\r\n") if piece.form is Format.SSE else (b"\n",)
    source = _Within(open_item(piece.item, job.asked, base=job.base, start=start), piece.end - start)
    head = b""
    for block in source.blocks():
        head += block
        found = [at + len(end) for end in ends if (at := head.find(end)) >= 0]
        if found:
            return start + min(found)
    return None


def _event_start(job: Job, piece: Piece, record: int) -> int:
    """Return the start of the event of a record: a name, comments and blank lines precede its data.

    A line begins where its record does.
    """
    if piece.form is not Format.SSE or record == 0:
        return record
    start = max(0, record - _BACK)
    source = _Within(open_item(piece.item, job.asked, base=job.base, start=start), record - start)
    lines = b"".join(source.blocks())[: record - start].split(b"\n")
    for line in reversed(lines[:-1]):
        if not _NO_RECORD.fullmatch(line.rstrip()) or line.startswith(b"event: end"):
            break
        record -= len(line) + 1
    return record


class _Within:
    """The first ``size`` bytes of a source, and what came in the same block."""

    elapsed: float | None = None

    def __init__(self, source: Source, size: int) -> None:
        self.name = source.name
        self._source = source
        self._size = size

    def blocks(self) -> Iterator[bytes]:
        """The blocks."""
        left = self._size
        for block in self._source.blocks():
            yield block[:left]
            left -= len(block)
            if left <= 0:
                return


class _NoSink(BaseSink):
    """A sink that keeps nothing."""

    def write(self, record: Record, outcome: Outcome, holding: bool) -> None:
        """Keep nothing."""

    def write_batch(self, batch: RecordBatch) -> None:
        """Keep nothing."""


def _ignore(problem: Problem) -> None:
    """Faults are reported by the process that reads the step."""


def write_piece(job: Job, read: Read, number: int, records: int, steps: int) -> Done:
    """Renumber the rows of a draft by what came before its piece, and write them into parts."""
    parts = PartFiles(job, number, read.piece.place * PART_NUMBERS)
    try:
        with open(read.draft, "rb") as draft:
            for rows in _batches(draft):
                parts.add([_renumbered(row, records, steps) for row in rows])
        parts.close()
    except BaseException:
        parts.discard()
        raise
    return Done(tuple(parts.written), read.tally, read.stop is None)


def _batches(lines: Iterable[bytes]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for line in lines:
        batch.append(from_list(decode(line)))
        if len(batch) >= _ROWS:
            yield batch
            batch = []
    yield batch


def _renumbered(row: Row, records: int, steps: int) -> Row:
    return row._replace(record=row.record and row.record + records, step=row.step and row.step + steps)
