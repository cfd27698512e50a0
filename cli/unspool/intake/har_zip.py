"""A HAR in a zip archive, with its bodies in separate files, as Playwright writes it (``recordHar``, content attached).

Any other zip archive is not read: which of its files are meant is for a person
to say. Nothing of it is written to a disk, and no name leads out of it.
"""

import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO

from unspool.intake.asked import Asked, Notice
from unspool.intake.har import Har
from unspool.intake.items import Broken, Found, Item
from unspool.intake.looks import recognise

_LARGEST = 1 << 30  # bytes of the archive, and of each file in it
_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_BAD = (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError, ValueError)
"""The exceptions of zipfile for damaged, encrypted and unknown contents."""


def detect(head: bytes, ended: bool, asked: Asked) -> Found:
    """The first bytes of a zip archive."""
    return HarZip(asked) if head.startswith(_MAGIC) else False


class HarZip:
    """The streams of the HAR in an archive, opened at its end: there lies its table of contents."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._data = bytearray()

    def feed(self, block: bytes) -> Iterator[Item]:
        """Keep ``block``."""
        if len(self._data) <= _LARGEST:
            self._data += block
        yield from ()

    def close(self) -> Iterator[Item]:
        """The streams, or what to do with another archive."""
        try:
            archive = zipfile.ZipFile(BytesIO(self._data))
            names = [name for name in archive.namelist() if name.endswith(".har")]
        except _BAD:
            names = []
        if len(names) != 1 or len(self._data) > _LARGEST:
            yield self._unreadable()
            return
        yield Notice(f"zip: {names[0]} is a HAR, the bodies are separate files")
        har = Har(self._asked, lambda name: _read(archive, name))
        data = _read(archive, names[0])
        if data is None:
            yield self._unreadable()
            return
        yield from har.feed(data)
        yield from har.close()

    def _unreadable(self) -> Broken:
        look = recognise(bytes(self._data[:64]))
        return Broken("this is a zip archive" if look is None else f"this is {look.what}", look.advice if look else "")


def _read(archive: zipfile.ZipFile, name: str) -> bytes | None:
    """The content of a file in the archive; None where there is none, or it is damaged or too large."""
    try:
        with archive.open(name) as file:
            data = file.read(_LARGEST + 1)
    except (KeyError, *_BAD):
        return None
    return data if len(data) <= _LARGEST else None
