"""The cases of a run: captures, and the files of their expectations.

NAME.jsonl, NAME.ndjson, NAME.sse    a capture, also compressed: NAME.sse.gz has NAME.sse.expected.txt and so on;
                                     with an expectation, NAME with any other ending too
NAME.args                            its options, one line as on the command line
NAME.expected.txt                    what `unspool text` prints
NAME.expected.jsonl                  what `unspool rewrite` writes
NAME.expected.sse                    what `unspool rewrite --to sse` writes
NAME.expected.events.jsonl           what `unspool events` writes
NAME.expected.exit                   the exit code, where it is not 0
NAME.expected.limits                 conditions that hold of the figures of each response, one a line
"""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from unspool.suggestions import ending_for


class Expectation(StrEnum):
    """The kinds of expectations, by the ending of their files."""

    TEXT = "expected.txt"
    CHUNKS = "expected.jsonl"
    EVENT_STREAM = "expected.sse"
    EVENTS = "expected.events.jsonl"


EXIT = "expected.exit"
LIMITS = "expected.limits"
OPTIONS = "args"
CAPTURES = (".jsonl", ".ndjson", ".sse")
"""The endings of captures in a folder; files with others need an expectation."""
_MAY_BE_CAPTURE = re.compile(r"\.(?:txt|log|har|json)(?:\.(?:gz|bz2|xz|zst))?$", re.IGNORECASE)
"""Other endings that captures often have: a run says which files have them."""
_IS_CAPTURE = re.compile(r"\.(?:jsonl|ndjson|sse)(?:\.(?:gz|bz2|xz|zst))?$", re.IGNORECASE)

CASE_FILES = (*Expectation, EXIT, LIMITS, OPTIONS)
"""The endings of all files that belong to a capture."""

_MISTAKEN = re.compile(r".\.expected(\.|$)(?!.*(~|\.(orig|rej|bak|swp|tmp))$)", re.IGNORECASE)
"""Names that look like expectations, except for leftovers of editors and merges; another ending is never checked."""


class Case(NamedTuple):
    """One capture, and the endings of its other files."""

    capture: str
    endings: frozenset[str]
    top: str | None = None
    """The named folder, if it contains the capture in a folder below; None if it contains it directly."""

    @property
    def name(self) -> str:
        """The name of the case: the path of its capture."""
        return self.capture

    @property
    def new(self) -> bool:
        """Return whether nothing is expected of it yet."""
        return not self.endings & {*Expectation, EXIT, LIMITS}

    @property
    def expectations(self) -> list[Expectation]:
        """The outputs that are expected, in the order of the table."""
        return [expectation for expectation in Expectation if expectation in self.endings]

    @property
    def folder(self) -> str:
        """The folder of the case, which links in it may not leave."""
        return os.path.dirname(self.capture)

    def path(self, ending: str) -> str:
        """Return the path of the capture's file with this ending, which need not exist."""
        return f"{os.path.splitext(self.capture)[0]}.{ending}"


class Orphan(NamedTuple):
    """A file that makes a run fail without being a case: an expectation without a capture, two captures for one."""

    name: str
    reason: str
    stale: bool


class Missing(NamedTuple):
    """A path or a pattern that leads to no case, and why."""

    name: str
    reason: str


class Discovery(NamedTuple):
    """The cases under the paths of a run, in a stable order, and the paths that lead to nothing.

    ``left_out`` are files of its folders that may be captures, and are no cases.
    """

    items: list[Case | Orphan]
    missing: list[Missing]
    left_out: list[str]


def find(paths: Iterable[str]) -> Discovery:
    """The cases under files and folders, each once.

    Folders are read to the bottom, in the order of their names; what begins
    with a dot is left out, and links to folders are not followed. A file is a
    capture, or means the capture that it belongs to.
    """
    found = Discovery([], [], [])
    folders: dict[str, _Folder] = {}
    for path in paths:
        top = "" if path == "." else path
        items = list(_below(top, found.left_out) if os.path.isdir(path) else _next_to(path, folders))
        if not any(isinstance(item, Case) or not item.stale for item in items):
            found.missing.append(Missing(path, _why_nothing(path)))
        found.items.extend(items)
    unique: dict[str, Case | Orphan] = {}
    for item in found.items:
        unique.setdefault(os.path.abspath(item.name), item)
    left_out = [file for file in dict.fromkeys(found.left_out) if os.path.abspath(file) not in unique]
    return Discovery([*unique.values()], found.missing, left_out)


def _why_nothing(path: str) -> str:
    try:
        os.lstat(path)
    except OSError as error:
        return f"{error.strerror or error}{ending_for(path) or '; name captures, or folders of them'}"
    if os.path.isdir(path):
        return f"there is no capture in it ({', '.join(f'NAME{ending}' for ending in CAPTURES)})"
    return "this is not a capture, and belongs to none"


@dataclass
class _Group:
    """The files of one folder that share a name."""

    endings: set[str] = field(default_factory=set)
    captures: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    mistaken: list[str] = field(default_factory=list)

    def add(self, file: str, ending: str | None) -> None:
        if ending is not None:
            self.endings.add(ending)
        elif _MISTAKEN.search(file):
            self.mistaken.append(file)
        elif _IS_CAPTURE.search(file):
            self.captures.append(file)
        else:
            self.others.append(file)

    @property
    def left_out(self) -> list[str]:
        """The files that may be captures, where none is one."""
        if self.captures or self.endings - {OPTIONS}:
            return []
        return sorted(file for file in self.others if _MAY_BE_CAPTURE.search(file))

    def with_capture(self, file: str) -> "_Group":
        """Return the group with ``file`` as a capture, whatever its ending."""
        return _Group(self.endings, [*self.captures, file], mistaken=self.mistaken)

    def items(self, folder: str, stem: str, top: str | None = None) -> Iterator[Case | Orphan]:
        """The case of the group, or what is wrong with it."""
        captures = self.captures or (self.others if self.endings - {OPTIONS} else [])
        for file in self.mistaken:
            reason = f"no expectation has this ending, but {', '.join((*Expectation, EXIT, LIMITS))}; rename it"
            yield Orphan(os.path.join(folder, file), reason, stale=False)
        if len(captures) == 1:
            yield Case(os.path.join(folder, captures[0]), frozenset(self.endings), top)
        elif captures:
            first, *more = sorted(captures)
            reason = f"{' and '.join(more)} would have the same expectations ({stem}.expected.…); rename one"
            yield Orphan(os.path.join(folder, first), reason, stale=False)
        else:
            for ending in sorted(self.endings - {OPTIONS}):
                name = os.path.join(folder, f"{stem}.{ending}")
                yield Orphan(name, "its capture is missing; remove it, or restore the capture", stale=True)


_Folder = dict[str, _Group]


def _read(folder: str, hidden: bool) -> tuple[_Folder, list[str]]:
    """The files of a folder by the name they share, and the folders in it. Raises OSError."""
    groups: _Folder = {}
    folders: list[str] = []
    with os.scandir(folder or ".") as entries:
        for entry in entries:
            if entry.name.startswith(".") and not hidden:
                continue
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.name)
            elif not os.path.isdir(entry.path):
                _place(entry, groups)
    return groups, sorted(folders)


def _place(entry: os.DirEntry[str], groups: _Folder) -> None:
    """Add a file to its group. What is no regular file is no capture, but a link that leads nowhere may be one."""
    stem, ending = _split(entry.name)
    if ending is not None or os.path.isfile(entry.path) or not os.path.exists(entry.path):
        groups.setdefault(stem, _Group()).add(entry.name, ending)


def _split(file: str) -> tuple[str, str | None]:
    """Split the name of a file into the name of its capture and its ending, None for a capture itself."""
    for ending in CASE_FILES:
        if file.endswith(f".{ending}") and len(file) > len(ending) + 1:
            return file[: -len(ending) - 1], ending
    return os.path.splitext(file)[0], None


def _below(top: str, left_out: list[str]) -> Iterator[Case | Orphan]:
    """The files in a folder, then those in the folders below it; what is no case, and may be one, goes to a list."""
    folders = [top]
    while folders:
        folder = folders.pop()
        try:
            groups, below = _read(folder, hidden=False)
        except OSError as error:
            yield Orphan(folder, error.strerror or str(error), stale=False)
            continue
        for stem in sorted(groups):
            yield from groups[stem].items(folder, stem, top)
            left_out += [os.path.join(folder, file) for file in groups[stem].left_out]
        folders += [os.path.join(folder, name) for name in reversed(below)]


def _next_to(path: str, folders: dict[str, _Folder]) -> Iterator[Case | Orphan]:
    """The case of one file, a capture or a file that belongs to one."""
    folder, file = os.path.split(path)
    if not os.path.lexists(path):
        return
    if folder not in folders:
        try:
            folders[folder] = _read(folder, hidden=True)[0]
        except OSError as error:
            yield Orphan(path, error.strerror or str(error), stale=False)
            return
    stem, _ = _split(file)
    group = folders[folder].get(stem, _Group())
    if file in group.others:
        group = group.with_capture(file)
    yield from group.items(folder, stem)
