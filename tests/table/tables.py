"""What the tests of tables share: sources in memory, and rows as plain values."""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from unspool.formats.json_codec import decode
from unspool.table.listing import Item
from unspool.table.rows import RowOptions, rows
from unspool.table.run import Engine, InProcess, run_tasks
from unspool.table.schema import NAMES, Call, Row, as_dict
from unspool.table.work import Job, Task
from unspool.table.writers import TableFormat


class Blocks:
    """A source of these blocks; ``times`` has the time of each."""

    def __init__(self, *blocks: bytes, name: str = "memory") -> None:
        self.name = name
        self.elapsed: float | None = None
        self._blocks = blocks

    def blocks(self) -> Iterator[bytes]:
        yield from self._blocks


def rows_of(*blocks: bytes, asked: RowOptions | None = None) -> list[Row]:
    """The rows of one source that arrives in these blocks."""
    return list(rows(Blocks(*blocks), asked=asked))


def only(*blocks: bytes, asked: RowOptions | None = None) -> Row:
    """The one row of a source."""
    (row,) = rows_of(*blocks, asked=asked)
    return row


def plain(found: Sequence[Row]) -> list[dict[str, Any]]:
    """Rows without what is not known."""
    return [{name: value for name, value in as_dict(row).items() if value not in (None, [], "", 0)} for row in found]


def from_dict(values: dict[str, Any]) -> Row:
    """The row of which ``as_dict`` made these values."""
    calls = tuple(Call(**call) for call in values["calls"])
    return Row(**{**values, "calls": calls, "quirks": tuple(values["quirks"])})


class SeveralInProcess(InProcess):
    """Pieces as several processes would read them, one after the other."""

    ahead = 3


def in_pieces(
    item: Item,
    size: int,
    asked: RowOptions = RowOptions(),  # noqa: B008 - a value
    engine: Engine | None = None,
) -> list[Row]:
    """The rows of a source that is cut into pieces of this size."""
    found: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        job = Job(asked, TableFormat.JSONL, NAMES, folder)
        for _, done in run_tasks([Task(0, (item,))], job, engine or SeveralInProcess(), size):
            for part in done.parts:
                found += [from_dict(decode(line)) for line in (Path(folder) / part.name).read_bytes().splitlines()]
        left = [path for path in Path(folder).iterdir() if path.name.startswith(".")]
        assert engine or not left  # a process that is killed leaves its draft, which the folder of a run removes
    return found
