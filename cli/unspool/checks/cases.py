"""Which cases there are: captures, and what stands beside them.

NAME.jsonl, NAME.ndjson, NAME.sse    a capture; with an expectation beside it, NAME with any other ending too
NAME.args                            its options, one line as on the command line
NAME.expected.txt                    what `unspool text` prints
NAME.expected.jsonl                  what `unspool rewrite` writes
NAME.expected.sse                    what `unspool rewrite --to sse` writes
NAME.expected.events.jsonl           what `unspool events` writes
NAME.expected.exit                   the exit code, where it is not 0
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class Expectation(StrEnum):
    """What can be expected of a capture, by the ending of the file that holds it."""

    TEXT = "expected.txt"
    CHUNKS = "expected.jsonl"
    EVENT_STREAM = "expected.sse"
    EVENTS = "expected.events.jsonl"


EXIT = "expected.exit"
OPTIONS = "args"
CAPTURES = (".jsonl", ".ndjson", ".sse")
"""The endings that make a file in a folder a capture; others need an expectation beside them."""

_BESIDE = (*Expectation, EXIT, OPTIONS)


class Case(NamedTuple):
    """One capture, and the endings of what stands beside it."""

    capture: str
    beside: frozenset[str]

    @property
    def name(self) -> str:
        """What the case is called: the path of its capture."""
        return self.capture

    @property
    def expectations(self) -> list[Expectation]:
        """The outputs that are expected, in the order of the table."""
        return [expectation for expectation in Expectation if expectation in self.beside]

    def path(self, ending: str) -> str:
        """The file beside the capture that has this ending, there or not."""
        return f"{os.path.splitext(self.capture)[0]}.{ending}"


class Stray(NamedTuple):
    """Something beside the cases that makes a run fail: an expectation without a capture, two captures for one."""

    name: str
    reason: str
    stale: bool


class Found(NamedTuple):
    """What stands under the paths of a run, in a stable order; ``missing`` are paths with no case, and why."""

    items: list[Case | Stray]
    missing: list[str]


def find(paths: Iterable[str]) -> Found:
    """The cases under files and folders, each once.

    Folders are read to the bottom, in the order of their names; what begins
    with a dot is left out, and links to folders are not followed. A file is a
    capture, or stands for the capture that it is beside.
    """
    found = Found([], [])
    folders: dict[str, _Folder] = {}
    for path in paths:
        items = list(_below("" if path == "." else path) if os.path.isdir(path) else _beside(path, folders))
        if not any(isinstance(item, Case) or not item.stale for item in items):
            found.missing.append(_why_nothing(path))
        found.items.extend(items)
    unique = {os.path.normpath(item.name): item for item in reversed(found.items)}
    order = dict.fromkeys(os.path.normpath(item.name) for item in found.items)
    return Found([unique[name] for name in order], found.missing)


def _why_nothing(path: str) -> str:
    if not os.path.lexists(path):
        return f"{path}: there is no such file or folder"
    if os.path.isdir(path):
        return f"{path}: there is no capture in it ({', '.join(f'NAME{ending}' for ending in CAPTURES)})"
    return f"{path}: this is no capture, and no capture stands beside it"


@dataclass
class _Group:
    """The files of one folder that share a name."""

    beside: set[str] = field(default_factory=set)
    captures: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)

    def add(self, file: str, ending: str | None) -> None:
        if ending is not None:
            self.beside.add(ending)
        elif file.endswith(CAPTURES):
            self.captures.append(file)
        else:
            self.others.append(file)

    def items(self, folder: str, stem: str) -> Iterator[Case | Stray]:
        """The case of the group, or what is wrong with it."""
        expected = sorted(self.beside - {OPTIONS})
        captures = self.captures or (self.others if expected else [])
        if len(captures) == 1:
            yield Case(os.path.join(folder, captures[0]), frozenset(self.beside))
        elif captures:
            first, *more = sorted(captures)
            reason = f"{' and '.join(more)} beside it would have the same expectations ({stem}.expected.…); rename one"
            yield Stray(os.path.join(folder, first), reason, stale=False)
        else:
            for ending in expected:
                name = os.path.join(folder, f"{stem}.{ending}")
                yield Stray(name, "no capture stands beside it; remove it, or bring its capture back", stale=True)


_Folder = dict[str, _Group]


def _read(folder: str, hidden: bool) -> tuple[_Folder, list[str]]:
    """The files of a folder by the name they share, and the folders in it. Raises OSError."""
    groups: _Folder = {}
    folders: list[str] = []
    with os.scandir(folder or ".") as entries:
        for entry in entries:
            if entry.name.startswith(".") and not hidden:
                continue
            # A link that leads nowhere is told of later.
            if os.path.isfile(entry.path) or not os.path.exists(entry.path):
                _place(entry.name, groups)
            elif entry.is_dir(follow_symlinks=False):
                folders.append(entry.name)
    return groups, sorted(folders)


def _place(file: str, groups: _Folder) -> str:
    """Add a file to its group; returns the name of the group."""
    for ending in _BESIDE:
        if file.endswith(f".{ending}") and len(file) > len(ending) + 1:
            stem = file[: -len(ending) - 1]
            break
    else:
        stem, ending = os.path.splitext(file)[0], ""
    groups.setdefault(stem, _Group()).add(file, ending or None)
    return stem


def _below(folder: str) -> Iterator[Case | Stray]:
    try:
        groups, folders = _read(folder, hidden=False)
    except OSError as error:
        yield Stray(folder, error.strerror or str(error), stale=False)
        return
    for stem in sorted(groups):
        yield from groups[stem].items(folder, stem)
    for name in folders:
        yield from _below(os.path.join(folder, name))


def _beside(path: str, folders: dict[str, _Folder]) -> Iterator[Case | Stray]:
    """The case of one file, be it the capture or what stands beside it."""
    folder, file = os.path.split(path)
    if not os.path.lexists(path):
        return
    if folder not in folders:
        try:
            folders[folder] = _read(folder, hidden=True)[0]
        except OSError as error:
            yield Stray(path, error.strerror or str(error), stale=False)
            return
    stem = _place(file, {})
    group = folders[folder].get(stem, _Group())
    if file in group.others:
        group = _Group(group.beside, [*group.captures, file], [])
    yield from group.items(folder, stem)
