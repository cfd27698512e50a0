"""The folder that parts are written into: one run at a time, a manifest of what is done, and resuming.

    with Folder.open(path, key, resume) as folder:
        for number, item in folder.missing(items): ...    what is still to be read
        folder.record(task, done)                         after its parts are complete

The manifest is an SQLite file in the folder of the parts. A part is renamed into place before the manifest has it; a
part that the manifest does not have is removed when the run is resumed, so that no row can be there twice.
"""

import errno
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import suppress

from unspool.files import lock
from unspool.table.listing import MANIFEST, PART, Item
from unspool.table.work import DRAFT, Done, Tally, Task

_LOCK = ".lock"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS run (key TEXT NOT NULL, resumed INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS parts (name TEXT PRIMARY KEY, task TEXT NOT NULL, rows INTEGER, size INTEGER);
CREATE TABLE IF NOT EXISTS sources (name TEXT PRIMARY KEY, task TEXT, size INTEGER, version TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tallies (task TEXT PRIMARY KEY, rows INTEGER, errors INTEGER, code INTEGER, text INTEGER);
CREATE INDEX IF NOT EXISTS sources_of_task ON sources (task);
CREATE INDEX IF NOT EXISTS parts_of_task ON parts (task);
"""
_FOREIGN = "SELECT 1 FROM parts WHERE name NOT GLOB 'part-*' OR name GLOB '*/*' LIMIT 1"
"""Names that no part has: a folder from a stranger would have files removed elsewhere."""
_LISTED = """
CREATE TEMP TABLE listed
(number INTEGER PRIMARY KEY, name TEXT, size INTEGER, version TEXT, folder TEXT, problem TEXT)
"""
_STALE = """
SELECT DISTINCT task FROM sources LEFT JOIN (SELECT name, MAX(size) AS size, MAX(version) AS version FROM listed
GROUP BY name) AS now USING (name) WHERE now.name IS NULL OR now.size != sources.size OR now.version != sources.version
OR now.version = ''
"""
_TALLY = "SELECT SUM(rows), SUM(errors), MAX(code), MAX(text) FROM tallies"
_ADD_TALLY = """
INSERT INTO tallies VALUES (?, ?, ?, ?, ?) ON CONFLICT (task) DO UPDATE SET rows = rows + excluded.rows,
errors = errors + excluded.errors, code = MAX(code, excluded.code), text = MAX(text, excluded.text)
"""
"""A large file is recorded piece by piece, under one task."""
_MISSING = """
SELECT number, listed.name, listed.size, listed.version, folder, problem FROM listed LEFT JOIN sources USING (name)
WHERE sources.name IS NULL ORDER BY number
"""


class FolderRefused(Exception):
    """The folder cannot be used as it is; the message has the reason, and what to do."""


class Folder:
    """A folder of parts, locked while it is open."""

    def __init__(self, path: str, resume: bool) -> None:
        self.path = path
        self.run = 0  # how often it was resumed
        self._resume = resume
        self._lock: int | None = None
        self._manifest: sqlite3.Connection | None = None

    def open(self, key: str) -> "Folder":
        """Lock the folder and open its manifest; ``key`` identifies the kind of rows in the parts.

        Raises FolderRefused where it is a file, another run has it, or it holds other parts; OSError where it cannot be
        made.
        """
        try:
            os.makedirs(self.path, exist_ok=True)
        except FileExistsError:
            raise FolderRefused(f"{self.path} is a file; name a folder for the parts") from None
        path = os.path.join(self.path, _LOCK)
        if not os.path.lexists(path):  # nothing is left in a folder that is refused
            self._refuse_others()
        try:
            self._lock = lock(path)
        except BlockingIOError:
            raise FolderRefused(f"another run writes into {self.path}; wait for it, or name another folder") from None
        try:
            self._begin(key)
        except sqlite3.Error as error:
            self.close()
            raise _failed(error) from None
        except FolderRefused:
            self.close()
            raise
        return self

    def _begin(self, key: str) -> None:
        self._refuse_others()  # again: another run may have begun before this one had the lock
        manifest = os.path.join(self.path, MANIFEST)
        self._manifest = sqlite3.connect(manifest, isolation_level=None)
        self._manifest.executescript(_SCHEMA)
        known = self._manifest.execute("SELECT key, resumed FROM run").fetchone()
        if self._manifest.execute(_FOREIGN).fetchone() is not None or not (known is None or type(known[1]) is int):
            raise FolderRefused(f"{manifest} was not written by unspool; name another folder")
        if known is None:
            self._manifest.execute("INSERT INTO run VALUES (?, 0)", (key,))
        elif known[0] != key:
            raise FolderRefused(f"{self.path} was made with other options; give the same ones, or name another folder")
        else:
            self.run = known[1] + 1
            self._manifest.execute("UPDATE run SET resumed = ?", (self.run,))
        self._remove_strays()

    def _refuse_others(self) -> None:
        """Raise FolderRefused for a folder that other parts or links are in."""
        manifest = os.path.join(self.path, MANIFEST)
        parts = [name for name in os.listdir(self.path) if name.startswith(PART)]
        self._refuse_links()
        if not self._resume and (parts or os.path.exists(manifest)):
            raise FolderRefused(
                f"{self.path} holds the parts of an earlier run; --resume goes on with it, or name another folder"
            )
        if parts and not os.path.exists(manifest):
            raise FolderRefused(f"{self.path} holds parts but no {MANIFEST}; name another folder")

    def _refuse_links(self) -> None:
        """Raise FolderRefused for a link in place of the manifest or of SQLite's files next to it: they are written."""
        for name in os.listdir(self.path):
            path = os.path.join(self.path, name)
            if name.startswith(MANIFEST) and (os.path.islink(path) or not os.path.isfile(path)):
                raise FolderRefused(f"{path} is a link or no file; name another folder")

    def _remove_strays(self) -> None:
        """Remove drafts, parts that were not recorded, and those of a source that was not read to its end."""
        self._database.execute("DELETE FROM parts WHERE task NOT IN (SELECT task FROM sources)")
        self._database.execute("DELETE FROM tallies WHERE task NOT IN (SELECT task FROM sources)")
        for name in os.listdir(self.path):
            stray = name.startswith(PART) and not self._has_part(name)
            if stray or name.startswith(DRAFT):
                os.remove(os.path.join(self.path, name))

    def _remove_drafts(self) -> None:
        for name in os.listdir(self.path):
            if name.startswith(DRAFT):
                with suppress(OSError):
                    os.remove(os.path.join(self.path, name))

    def _has_part(self, name: str) -> bool:
        return self._database.execute("SELECT 1 FROM parts WHERE name = ?", (name,)).fetchone() is not None

    @property
    def _database(self) -> sqlite3.Connection:
        assert self._manifest is not None, "the folder is not open"
        return self._manifest

    def missing(self, items: Iterable[Item]) -> Iterator[tuple[int, Item]]:
        """The sources that are still to be read, with their numbers.

        When a run is resumed the parts of sources that changed or are gone are removed first.
        """
        if not self._resume:
            yield from enumerate(items)
            return
        try:
            self._compare(items)
            missing = self._database.execute(_MISSING)
        except sqlite3.Error as error:
            raise _failed(error) from None
        for number, *values in missing:
            name, size, version, folder, problem = values
            yield number, Item(_restored(name), size, version, None if folder is None else _restored(folder), problem)

    def _compare(self, items: Iterable[Item]) -> None:
        """Note what is listed now, and remove the parts of what changed or is gone."""
        database = self._database
        database.execute(_LISTED)
        listed = ((number, *_stored(item)) for number, item in enumerate(items))
        with database:
            database.execute("BEGIN")
            database.executemany("INSERT INTO listed VALUES (?, ?, ?, ?, ?, ?)", listed)
        for (task,) in database.execute(_STALE).fetchall():
            self._forget(task)

    def _forget(self, task: str) -> None:
        """Remove the parts of a task, then its entry in the manifest."""
        database = self._database
        for (name,) in database.execute("SELECT name FROM parts WHERE task = ?", (task,)).fetchall():
            with suppress(FileNotFoundError):
                os.remove(os.path.join(self.path, name))
        with database:
            database.execute("BEGIN")
            database.execute("DELETE FROM sources WHERE task = ?", (task,))
            database.execute("DELETE FROM parts WHERE task = ?", (task,))
            database.execute("DELETE FROM tallies WHERE task = ?", (task,))

    def tally(self) -> Tally:
        """The counts of all rows in the folder, those of earlier runs too. Raises OSError."""
        whole = Tally()
        try:
            found = self._database.execute(_TALLY).fetchone()
        except sqlite3.Error as error:
            raise _failed(error) from None
        whole.rows, whole.errors, whole.code = (count or 0 for count in found[:3])
        whole.text = bool(found[3])
        return whole

    def record(self, task: Task, done: Done) -> None:
        """Record parts, which are complete, and the sources of a task that is done. Raises OSError."""
        try:
            self._record(f"{task.number}/{self.run}", task, done)
        except sqlite3.Error as error:
            raise _failed(error) from None

    def _record(self, label: str, task: Task, done: Done) -> None:
        database = self._database
        with database:
            database.execute("BEGIN")
            database.executemany(
                "INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?)",
                [(part.name, label, part.rows, part.size) for part in done.parts],
            )
            database.executemany(
                "INSERT OR REPLACE INTO sources VALUES (?, ?, ?, ?)",
                [(name, label, size, version) for name, size, version, *_ in map(_stored, task.items) if done.complete],
            )
            tally = done.tally
            database.execute(_ADD_TALLY, (label, tally.rows, tally.errors, tally.code, tally.text))

    def close(self) -> None:
        """Close the manifest and let the next run in; what was not completed goes."""
        if self._lock is not None:
            self._remove_drafts()
        if self._manifest is not None:
            self._manifest.close()
            self._manifest = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> "Folder":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _failed(error: sqlite3.Error) -> OSError:
    """Return an error of the manifest, such as a full disk, as an OSError."""
    return OSError(errno.EIO, f"{MANIFEST}: {error}")


def _stored(item: Item) -> tuple[str, int, str, str | None, str]:
    """A source as the database takes it: names of files need not be UTF-8."""
    folder = None if item.folder is None else _text(item.folder)
    return _text(item.name), item.size, item.version, folder, item.problem


def _text(name: str) -> str:
    return os.fsencode(name).decode("latin-1")


def _restored(text: str) -> str:
    return os.fsdecode(text.encode("latin-1"))
