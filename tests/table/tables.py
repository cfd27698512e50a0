"""What the tests of tables share: sources in memory, and rows as plain values."""

from collections.abc import Iterator, Sequence
from typing import Any

from unspool.table.rows import Asked, rows
from unspool.table.schema import Row, as_dict


class Blocks:
    """A source of these blocks; ``times`` has the time of each."""

    def __init__(self, *blocks: bytes, name: str = "memory") -> None:
        self.name = name
        self.elapsed: float | None = None
        self._blocks = blocks

    def blocks(self) -> Iterator[bytes]:
        yield from self._blocks


def rows_of(*blocks: bytes, asked: Asked | None = None) -> list[Row]:
    """The rows of one source that arrives in these blocks."""
    return list(rows(Blocks(*blocks), asked=asked))


def only(*blocks: bytes, asked: Asked | None = None) -> Row:
    """The one row of a source."""
    (row,) = rows_of(*blocks, asked=asked)
    return row


def plain(found: Sequence[Row]) -> list[dict[str, Any]]:
    """Rows without what is not known."""
    return [{name: value for name, value in as_dict(row).items() if value not in (None, [], "", 0)} for row in found]
