"""Rows of one source: the pure function that every engine calls.

    rows("capture.jsonl") -> Row, Row, …

It reads one source and keeps nothing between two calls, so that a process pool, Dask, Spark, Ray or a notebook can
call it with a path or a URL.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from typing import BinaryIO, NamedTuple

from unspool.core.options import Options, given_options
from unspool.core.parser.string_decoder import join_surrogates
from unspool.exits import ExitCode
from unspool.files import open_regular
from unspool.intake.opening import parts
from unspool.intake.source import Source
from unspool.pipeline import Reading
from unspool.redaction import redact
from unspool.settings import Settings, Summary
from unspool.sources.file import FileSource
from unspool.sources.recording import Replayed, begins_recording
from unspool.table.listing import STDIN, Item, local_path
from unspool.table.row_sink import RowSink
from unspool.table.schema import Row
from unspool.table.stores import Object, ObjectSource, is_url


class RowOptions(NamedTuple):
    """The options for each source; they can be pickled.

    ``lint`` adds the quirks of chunk shapes. ``timeout`` is how many seconds may pass without
    anything arriving, ``limit`` is the most seconds for a whole source; None: any.
    """

    settings: Settings = Settings()
    lint: bool = False
    timeout: float | None = None
    limit: float | None = None


def rows(
    source: str | os.PathLike[str] | Source, options: Options | None = None, *, asked: RowOptions | None = None
) -> Iterator[Row]:
    """The rows of a file, a URL or any ``Source``, each as soon as it is complete.

    A source that cannot be read gives a row with an error; nothing is raised for it. ``options`` name the message
    tools, as everywhere; ``asked`` has the rest, for whoever needs it. Raises TypeError for what is no source, and for
    options of another type.
    """
    asked = asked or RowOptions()
    known = given_options(options)
    if known is not None:
        asked = asked._replace(settings=asked.settings._replace(options=known))
    if isinstance(source, (str, os.PathLike)):
        source = open_item(Item(os.fspath(source)), asked)
    elif not hasattr(source, "blocks"):
        raise TypeError(
            f"source must be a path, a URL or an object with the blocks of one, not {type(source).__name__}"
        )
    for block in read_rows(source, asked, Summary()):
        yield from block


def open_item(item: Item, asked: RowOptions, stdin: BinaryIO | None = None, base: str = "", start: int = 0) -> Source:
    """Open a listed source at its byte ``start``; the paths of files are relative to ``base``."""
    name, folder = item.name, item.folder
    if is_url(name):
        return ObjectSource(Object(name, item.size, item.version), start)
    waits = min((limit for limit in (asked.timeout, asked.limit) if limit is not None), default=None)
    if name == STDIN:
        return FileSource(name, stdin, waits)
    opener = None if folder is None else partial(open_regular, folder=os.path.join(base, folder))
    if start:
        opener = partial(_open_at, opener or open_regular, start)
    source = FileSource(os.path.join(base, local_path(name)), None, waits, opener)
    source.name = name
    return source


def _open_at(opener: Callable[[str], int], start: int, path: str) -> int:
    descriptor = opener(path)
    os.lseek(descriptor, start, os.SEEK_SET)
    return descriptor


def read_rows(
    source: Source, asked: RowOptions, summary: Summary, note: Callable[[str], None] | None = None
) -> Iterator[list[Row]]:
    """The rows of a source in lists, one (which may be empty) after each block that was read.

    ``note`` takes the lines that a person should see of a source with streams. Those of a source that is something
    else, such as a request, are the error of its row.
    """
    intake = asked.settings.intake._replace(timed=True)
    notices: list[str] = []
    empty = True
    for part in parts(source, intake, notices.append):
        empty = False
        yield from read_stream(part, asked, summary)
        if summary.stopped:
            break
    if empty:
        yield [_nothing(source.name, notices)]
    elif note is not None:
        for line in notices:
            note(line)


def read_stream(part: Source, asked: RowOptions, summary: Summary) -> Iterator[list[Row]]:
    """The rows of one stream, without a container around it; see ``read_rows``."""
    sink = make_sink(asked)
    yield from read_into(sink, Reading(part.name, asked.settings, sink, sink.report, summary), _Timed(part))


def read_into(sink: RowSink, reading: Reading, source: Source) -> Iterator[list[Row]]:
    """The rows of what a reading with this sink gets from a source; see ``read_rows``."""
    for _ in reading.read(source):
        yield sink.take()
    sink.close()
    yield sink.take()


def failure(name: str, reason: str) -> Row:
    """The row of a source that cannot be read."""
    return Row(join_surrogates(name), error=join_surrogates(redact(reason)), exit=int(ExitCode.FAILED))


def _nothing(name: str, notices: list[str]) -> Row:
    """The row of a source that is no stream: to read it is no failure, as in every other command."""
    reason = "; ".join(notice.removeprefix(f"{name}: ") for notice in notices)
    return failure(name, reason)._replace(exit=int(ExitCode.OK))


def make_sink(asked: RowOptions) -> RowSink:
    """A sink for one source."""
    if not asked.lint:
        return RowSink(asked.settings)
    from unspool.table.shapes import ShapeQuirks  # noqa: PLC0415 - the table of quirks is for --lint alone

    return RowSink(asked.settings, ShapeQuirks().feed)


class _Timed:
    """A source with the times of its recording, if it is one."""

    def __init__(self, source: Source) -> None:
        self.name = source.name
        self._source: Source = source

    @property
    def elapsed(self) -> float | None:
        """The time at which the last block arrived, in seconds."""
        return self._source.elapsed

    def blocks(self) -> Iterator[bytes]:
        """The blocks; those of a recording in the pieces that arrived together."""
        blocks = self._source.blocks()
        first = next(blocks, b"")
        whole: Iterable[bytes] = chain([first], blocks) if first else blocks
        if begins_recording(first):
            self._source = Replayed(_Blocks(self.name, whole))
            whole = self._source.blocks()
        yield from whole


class _Blocks:
    """Blocks that have begun to be read, as a source."""

    elapsed: float | None = None

    def __init__(self, name: str, blocks: Iterable[bytes]) -> None:
        self.name = name
        self._blocks = blocks

    def blocks(self) -> Iterator[bytes]:
        """The blocks."""
        yield from self._blocks
