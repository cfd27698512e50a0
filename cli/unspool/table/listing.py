"""The sources of a table, listed lazily: files, folders, patterns and URLs.

items(names, without) -> Item, Item, …    in the order of the names; those of a folder or a pattern by name
"""

import glob
import os
import re
import stat
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from typing import NamedTuple
from urllib.parse import unquote

from unspool.suggestions import ending_for
from unspool.table.stores import is_url, list_url

STDIN = "-"
MANIFEST = "_manifest.sqlite"
"""The manifest of a folder of parts; readers of Parquet ignore names that begin with an underscore."""
PART = "part-"
"""The prefix of the names of parts."""
_FILE = "file://"
_CASE_FILE = re.compile(r"\.(?:expected\.(?:txt|jsonl|sse|events\.jsonl|exit|limits)|args|exchange\.json)$")
"""The endings of files that belong to a capture: of `unspool check`, and of what `unspool serve` recorded."""
LeftOut = Callable[[], None]


class Item(NamedTuple):
    """One source: its name, its size in bytes, and what changes when it changes (a time or an etag).

    ``folder`` is the folder in which it was found, which no link may leave; None where it was named itself. ``problem``
    says why it could not be listed.
    """

    name: str
    size: int = 0
    version: str = ""
    folder: str | None = None
    problem: str = ""


def items(
    names: Sequence[str],
    without: str | None = None,
    outputs: Container[str] = (),
    left_out: LeftOut = lambda: None,
) -> Iterator[Item]:
    """The sources; files of the folder ``without`` are none, nor are ``outputs``, where they are found in a folder.

    A file that belongs to a capture which was named, or found in the same folder or by the same pattern, is none
    either: ``left_out`` is called for each.
    """
    skipped = None if without is None else os.path.realpath(without)
    for name in captures_of(names, left_out):
        name = local_path(name)  # noqa: PLW2901 - its path
        if name == STDIN:
            yield Item(STDIN)
        elif is_url(name):
            yield from captures_listed(
                (Item(url, size, version, None, why) for url, size, version, why in list_url(name)), left_out
            )
        elif "://" in name and not os.path.lexists(name):
            yield Item(name, problem="of URLs, s3://, gs:// and az:// are read; download this one, or pipe it in")
        elif os.path.isdir(name):
            yield from _or_problem(
                _walk(name, name, skipped, left_out), outputs, name, "there is no file in this folder"
            )
        elif glob.has_magic(name) and not os.path.lexists(name):
            yield from _or_problem(_matching(name, skipped, left_out), outputs, name, "there is no file that matches")
        else:
            yield _item(name)


def captures_of(paths: Sequence[str], left_out: LeftOut, known: str | None = None) -> Iterator[str]:
    """The paths without those of files that belong to another one of them, or to a ``known`` capture."""
    captures = {os.path.splitext(path)[0] for path in paths if _CASE_FILE.search(path) is None} | {known}
    for path in paths:
        ending = _CASE_FILE.search(path)
        if ending is not None and path[: ending.start()] in captures:
            left_out()
        else:
            yield path


def captures_listed(found: Iterable[Item], left_out: LeftOut) -> Iterator[Item]:
    """The same of a listing that is too long to be kept: what belongs to a capture is next to it, in order of names."""
    held: dict[str, Item] = {}  # from a file that may belong to a capture on, as long as the capture may come
    last: str | None = None  # the path of the last capture, without its ending
    stem = ""

    def released() -> Iterator[Item]:
        yield from (held[name] for name in captures_of([*held], left_out, last))
        held.clear()

    for item in found:
        if held and not item.name.startswith(stem):
            yield from released()
        ending = _CASE_FILE.search(item.name)
        if held or ending is not None:
            stem = stem if held or ending is None else f"{item.name[: ending.start()]}."
            held[item.name] = item
        else:
            last = os.path.splitext(item.name)[0]
            yield item
    yield from released()


def local_path(name: str) -> str:
    """The path in a URL of a local file; any other name as it is."""
    return unquote(name.removeprefix(_FILE)) if name.startswith(_FILE) else name


def _or_problem(found: Iterator[Item], outputs: Container[str], name: str, problem: str) -> Iterator[Item]:
    """The sources without outputs; where there are none, ``name`` is one that cannot be read."""
    sources = (item for item in found if item.name not in outputs)
    first = next(sources, None)
    yield Item(name, problem=problem) if first is None else first
    yield from sources


def _matching(pattern: str, skipped: str | None, left_out: LeftOut) -> Iterator[Item]:
    """The files that a pattern matches, and those in the folders that it matches."""
    for path in captures_of(sorted(glob.iglob(pattern, recursive=True)), left_out):
        if os.path.isdir(path):
            if "**" not in pattern:  # where it is, the pattern goes into folders by itself
                yield from _walk(path, path, skipped, left_out)
        elif skipped is None or os.path.dirname(os.path.realpath(path)) != skipped:
            yield _item(path)


def _walk(folder: str, top: str, skipped: str | None, left_out: LeftOut) -> Iterator[Item]:
    """The files below a folder; hidden ones, links to folders and parts of a table are left out."""
    if skipped is not None and os.path.realpath(folder) == skipped:
        return
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if not entry.name.startswith("."))
    except OSError as error:
        yield Item(folder, problem=error.strerror or str(error))
        return
    if MANIFEST in names:  # what an earlier run wrote is no source
        names = [name for name in names if not name.startswith((MANIFEST, PART))]
    for name in captures_of(names, left_out):
        path = os.path.join(folder, name)
        item, mode = _look_up(path, top)
        if stat.S_ISDIR(mode):
            if not os.path.islink(path):
                yield from _walk(path, top, skipped, left_out)
        elif mode == 0 or stat.S_ISREG(mode):
            yield item


def _item(path: str) -> Item:
    return _look_up(path, None)[0]


def _look_up(path: str, folder: str | None) -> tuple[Item, int]:
    """The source at a path and its mode; 0 where it cannot be looked up, which reading it will explain."""
    try:
        known = os.stat(path)
    except FileNotFoundError as error:
        meant = "" if folder is not None else ending_for(path)
        return Item(path, folder=folder, problem=f"{error.strerror}{meant}" if meant else ""), 0
    except (OSError, ValueError):
        return Item(path, folder=folder), 0
    return Item(path, known.st_size, str(known.st_mtime_ns), folder), known.st_mode
