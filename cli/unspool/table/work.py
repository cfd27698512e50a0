"""The work of a table: sources in groups, each of which is read by one process, which writes its rows into parts.

    groups(numbered) -> Task, Task, …
    do(job, task) -> Done

``do`` depends on nothing but its arguments and gives the same parts each time, so that any engine can run it, and run
it again.
"""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import fields
from typing import Any, BinaryIO, NamedTuple

from unspool.intake.source import Source
from unspool.settings import Summary
from unspool.table.ahead import read_ahead
from unspool.table.limit import TooLong, limited, too_long, within
from unspool.table.listing import PART, Item
from unspool.table.rows import RowOptions, failure, open_item, read_rows
from unspool.table.schema import VERSION, Row
from unspool.table.writers import TableFormat, Writer, make_writer, size_of

_DIED = "the process that read it died, alone too"
_SHARE = 16
_LEAST_SOURCES, _MOST_SOURCES = 64, 4096
_LEAST_BYTES, _MOST_BYTES = 1 << 22, 1 << 26
"""A group has a sixteenth of the sources and bytes before it, within these limits: few sources are then shared evenly
among processes, and many give few parts. One source alone may have more bytes."""
PART_BYTES = 1 << 27
"""A part ends once the rows in it take about so many bytes."""
DRAFT = ".draft-"
"""The prefix of the names of parts that are not complete."""


class Job(NamedTuple):
    """The common data of all tasks of a run; it can be pickled. ``base`` is the folder of relative paths."""

    asked: RowOptions
    form: TableFormat
    columns: tuple[str, ...]
    folder: str
    base: str = ""
    stdin: BinaryIO | None = None  # of the process itself, where all is done there
    run: int = 0  # how often a run into the same folder was resumed before: names of parts must not meet

    def part_name(self, number: int, sequence: int) -> str:
        """The name of a part of the task with this number; names sort as the sources do."""
        again = f"-r{self.run}" if self.run else ""
        return f"{PART}{number:09}-{sequence:06}{again}.{self.form}"


class Task(NamedTuple):
    """Sources that are read together; ``number`` is that of the first of them, from 0, and names the parts."""

    number: int
    items: tuple[Item, ...]


class Part(NamedTuple):
    """A file of rows that is complete."""

    name: str
    rows: int
    size: int


class Done(NamedTuple):
    """The result of a task."""

    parts: tuple[Part, ...]
    tally: "Tally"
    complete: bool = True  # else more of the same source follows


_MOST_NOTES = 8


class Tally:
    """Counts of rows: all, those with an error, the highest exit code, and whether any had text.

    ``notes`` are the first lines about what was left out of sources, ``more_notes`` counts the others.
    """

    def __init__(self) -> None:
        self.sources = self.bytes = self.rows = self.errors = self.code = 0
        self.text = self.stopped = False
        self.notes: list[str] = []
        self.more_notes = 0

    def note(self, line: str) -> None:
        """Keep a line, or count it where there are enough."""
        if len(self.notes) < _MOST_NOTES:
            self.notes.append(line)
        else:
            self.more_notes += 1

    def add(self, rows: Sequence[Row]) -> None:
        """Count rows."""
        for row in rows:
            self.rows += 1
            self.text = self.text or bool(row.text)
            if row.error is not None:
                self.errors += 1
                self.code = max(self.code, row.exit)

    def join(self, other: "Tally") -> None:
        """Count what another has counted."""
        self.sources += other.sources
        self.bytes += other.bytes
        self.rows += other.rows
        self.errors += other.errors
        self.code = max(self.code, other.code)
        self.text = self.text or other.text
        self.stopped = self.stopped or other.stopped
        self.more_notes += other.more_notes
        for line in other.notes:
            self.note(line)


def groups(numbered: Iterable[tuple[int, Item]]) -> Iterator[Task]:
    """The sources in groups, in their order."""
    group: list[Item] = []
    first = size = total = 0
    sources, most = _LEAST_SOURCES, _LEAST_BYTES
    for number, item in numbered:
        if group and (size + item.size > most or len(group) >= sources):
            yield Task(first, tuple(group))
            total += size
            group, size = [], 0
            sources = min(_MOST_SOURCES, max(_LEAST_SOURCES, number // _SHARE))
            most = min(_MOST_BYTES, max(_LEAST_BYTES, total // _SHARE))
        if not group:
            first = number
        group.append(item)
        size += item.size
    if group:
        yield Task(first, tuple(group))


def key_of(job: Job) -> str:
    """Return a key for the kind of rows that a job makes: all parts of one folder have the same."""
    return json.dumps([VERSION, job.form, job.columns, job.asked.lint, job.asked.settings], default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(map(str, value))
    return {field.name: getattr(value, field.name) for field in fields(value)}


def do(job: Job, task: Task) -> Done:
    """Read the sources of a task and write their rows. Raises OSError where they cannot be written."""
    tally = Tally()
    parts = PartFiles(job, task.number)
    try:
        for item, source in read_ahead(task.items):
            for rows in item_rows(item, source or open_item(item, job.asked, job.stdin, job.base), job.asked, tally):
                parts.add(rows)
            if tally.stopped:
                break
        parts.close()
    except BaseException:
        parts.discard()
        raise
    return Done(tuple(parts.written), tally)


def give_up(job: Job, task: Task, sequence: int = 0) -> Done:
    """A row with an error for each source of a task that no process came through."""
    tally = Tally()
    parts = PartFiles(job, task.number, sequence)
    for item in task.items:
        rows = [failure(item.name, _DIED)]
        tally.add(rows)
        tally.sources += 1
        tally.bytes += item.size
        parts.add(rows)
    parts.close()
    return Done(tuple(parts.written), tally)


def item_rows(item: Item, source: Source, asked: RowOptions, tally: Tally) -> Iterator[list[Row]]:
    """The rows of one source after each block, counted in ``tally``; whatever happens to it is a row with an error."""
    summary = Summary()
    tally.sources += 1
    tally.bytes += item.size
    if item.problem:
        listed = [failure(item.name, item.problem)]
        tally.add(listed)
        yield listed
        return
    for rows in guarded(item.name, asked, read_rows(limited(source, asked.limit), asked, summary, tally.note)):
        tally.add(rows)
        yield rows
    tally.stopped = tally.stopped or summary.stopped


def guarded(name: str, asked: RowOptions, rows: Iterator[list[Row]]) -> Iterator[list[Row]]:
    """The rows of a source; where reading it fails, or takes too long, a row with an error comes last."""
    try:
        yield from within(asked.limit, rows)
    except TooLong:
        yield [failure(name, too_long(asked.limit))]
    except Exception as error:
        yield [failure(name, f"unspool itself failed: {type(error).__name__}: {error}")]


class PartFiles:
    """The parts of one task, each written aside and renamed once it is complete and on the disk."""

    def __init__(self, job: Job, number: int, sequence: int = 0) -> None:
        self._job = job
        self._number = number
        self._sequence = sequence  # of the first part
        self._file: BinaryIO | None = None
        self._writer: Writer | None = None
        self._draft = ""
        self._rows = self._size = 0
        self.written: list[Part] = []

    def add(self, rows: Sequence[Row]) -> None:
        """Write rows, into a further part where this one has become large."""
        if not rows:
            return
        if self._writer is None:
            self._open()
        assert self._writer is not None
        self._writer.add(rows)
        self._rows += len(rows)
        self._size += sum(map(size_of, rows))
        if self._size >= PART_BYTES:
            self.close()

    def _open(self) -> None:
        self._draft = os.path.join(self._job.folder, f"{DRAFT}{os.urandom(8).hex()}")
        self._file = open(self._draft, "xb")  # noqa: SIM115 - closed with the part
        self._writer = make_writer(self._job.form, self._file, self._job.columns)

    def close(self) -> None:
        """Complete the part that is open, if one is."""
        if self._writer is None or self._file is None:
            return
        self._writer.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        size = self._file.tell()
        self._file.close()
        name = self._job.part_name(self._number, self._sequence + len(self.written))
        os.replace(self._draft, os.path.join(self._job.folder, name))
        self.written.append(Part(name, self._rows, size))
        self._writer = self._file = None
        self._rows = self._size = 0

    def discard(self) -> None:
        """Remove what is not complete; parts that are stay until the task is done again, which replaces them."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            with suppress(OSError):
                os.remove(self._draft)
