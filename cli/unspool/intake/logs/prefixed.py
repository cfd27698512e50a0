"""Lines with something before the record: times, levels, names of services, brackets.

A line that holds a record leaves as the record alone; a line that holds none is
passed over.
"""

from collections import deque
from collections.abc import Iterator
from itertools import chain

from unspool.intake.asked import Notice
from unspool.intake.items import Item, LineLayer
from unspool.intake.json_text.literals import is_whole_line
from unspool.intake.json_text.paths import Path
from unspool.intake.logs.indented import Indented, IndentedValues, in_one_line
from unspool.intake.logs.log_reader import LogReader
from unspool.intake.logs.mixed import MixedStreams
from unspool.intake.logs.passed_over import PassedOver


class Prefixed(LineLayer):
    """The records of a log, which a reader cuts out of its lines; ``before``, ``events`` and ``path`` are for that."""

    def __init__(self, before: bytes, events: bool = False, path: Path = ()) -> None:
        what = "log lines" if before else "lines without a record between those with one"
        self.notice = Notice(f"{what}: the text before each record is removed, lines without one are passed over")
        super().__init__(self.notice)
        self.reader = LogReader(before, events, path)
        self._indented = IndentedValues()
        self._passed_over = PassedOver(looks=not path)
        self._mixed = MixedStreams()

    def feed(self, block: bytes) -> Iterator[Item]:
        """The records in the lines that ``block`` completes; those that begin as one of the last leave together."""
        yield from self._announce()
        batch: list[bytes] = []
        lines = deque(self._lines.feed(block))
        del block
        for line in self._indented.lines(lines):
            record = None if isinstance(line, Indented) else self.reader.like_last(line)
            if record is not None:
                batch.append(record)
                continue
            if not isinstance(line, Indented) and self.reader.is_blank(line):
                self._passed_over.add(line)
                continue
            yield from self._mixed.feed_lines(batch)
            batch = []
            contents = self._any(line)
            del line  # a long one must not be in memory while the next stage reads a copy of it
            yield from contents
        yield from self._mixed.feed_lines(batch)

    def close(self) -> Iterator[Item]:
        """The record in the last line, and the responses that were mixed with the first."""
        last = b""
        lines = self._indented.lines(deque(self._lines.close()), True)
        for item in chain.from_iterable(map(self._any, lines)):
            yield last
            last = item if isinstance(item, bytes) else b""
            if not last:
                yield item
        yield last if is_whole_line(last) else last.rstrip(b"\n")  # a record that is cut has no end, either
        yield from self._mixed.close()
        yield from self._passed_over.notices()

    def _any(self, line: bytes | Indented) -> Iterator[Item]:
        """The items in a line, or in a value of several lines."""
        if isinstance(line, Indented) and line.inner and not self.reader.path:
            return chain.from_iterable(self._mixed.feed(self.reader.field(record)) for record in line.inner)
        return self._line(in_one_line(line).rstrip(b"\r\n"))

    def _line(self, line: bytes) -> Iterator[Item]:
        whole = self.reader.whole(line)
        if whole is None:
            return
        found = self.reader.split(whole)
        if found is None:
            self._passed_over.add(whole)
            if self.reader.ends_event(whole):
                yield from self._mixed.feed(b"\n")
            return
        contents = [found.record + b"\n" if self.reader.path else self.reader.field(found.record)]
        del line, whole, found  # they are copies of it
        if self.reader.path:
            yield contents.pop()
        else:
            yield from self._mixed.feed(contents.pop())
