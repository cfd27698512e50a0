"""A line of JSON around a record, which the writer of an outer log split (Docker, 16 KiB; journald, 48 KiB).

The outer log's records hold the pieces; the path to the records of the stream goes on inside of the whole line.
"""

from typing import Any

from unspool.core.parser.argument_parser import ArgumentParser
from unspool.formats.bounded_lines import LARGEST_RECORD
from unspool.intake.json_text.literals import json_in
from unspool.intake.json_text.paths import Path, values_at


class SplitLine:
    """The pieces of one line, until it is whole. Whether it is, an incremental parser shows, in linear time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pieces: list[str] = []
        self._size = 0  # characters of them
        self._parser = ArgumentParser()
        self.damaged = False  # the line has ended, and is no JSON

    def feed(self, value: Any) -> Any:
        """The record of the outer log with the whole line in it; None while the next ones hold more of the line.

        ``value`` itself where its text is no piece of a line.
        """
        for depth in range(1, len(self._path)):
            texts = list(values_at(value, self._path[:depth]))
            if len(texts) == 1 and isinstance(texts[0], str):
                return self._with_piece(value, texts[0], self._path[:depth])
        return value

    def _with_piece(self, value: Any, piece: str, path: Path) -> Any:
        if not self._pieces and (not piece.lstrip().startswith("{") or piece.endswith("\n")):
            return value
        self._pieces.append(piece)
        self._size += len(piece)
        self._parser.feed(piece)
        if self._parser.open and not piece.endswith("\n") and self._size < LARGEST_RECORD:
            return None
        whole: Any = "".join(self._pieces)
        if json_in(whole) is None:
            self.damaged = True
            return None
        self.take()
        for name in reversed(path):
            whole = {name: whole}
        return whole

    def take(self) -> str:
        """What there is of a line; it is given up."""
        text = "".join(self._pieces)
        self._pieces, self._size, self._parser, self.damaged = [], 0, ArgumentParser(), False
        return text
