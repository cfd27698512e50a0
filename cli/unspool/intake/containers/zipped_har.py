"""A HAR in a zip archive, as Playwright writes one: its bodies are the other files of the archive.

Archives are not read (``foreign_formats`` has the advice); of this one the text
is shown all the same, and the advice follows it.
"""

import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING

from unspool.intake.asked import Asked, Notice
from unspool.intake.items import Broken, Found, Item, Part, WholeLayer
from unspool.intake.unread.foreign_formats import recognise

if TYPE_CHECKING:
    from zipfile import ZipFile

_ENTRY = b"PK\x03\x04"
_NAME = 30
"""Offset of the name in the head of an entry, in bytes; that of its length is four less (APPNOTE 4.3.7)."""
_LARGEST_FILE = 1 << 28  # bytes, unpacked: a small archive may hold a huge one
_BLOCK = 1 << 20
_FAULTS = (zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError, OSError)
"""The exceptions that zipfile raises in addition to BadZipFile, for damaged, encrypted and unusual archives."""


def detect(head: bytes, ended: bool, asked: Asked) -> Found:
    """A zip archive whose first file is a HAR."""
    if not head.startswith(_ENTRY):
        return False
    end = _NAME + int.from_bytes(head[_NAME - 4 : _NAME - 2], "little")
    if len(head) < max(end, _NAME):
        return False if ended else None
    return ZippedHar(asked) if head[_NAME:end].lower().endswith(b".har") else False


class ZippedHar(WholeLayer):
    """The streams of a HAR in an archive, whose table of contents comes last."""

    def __init__(self, asked: Asked) -> None:
        super().__init__("this zip archive", "unzip it, and name the files of its bodies")
        self._asked = asked

    def _whole(self) -> Iterator[Item]:
        """The streams, and the advice for archives."""
        from zipfile import BadZipFile, ZipFile  # noqa: PLC0415 - 8 ms, which only an archive pays

        look = recognise(_ENTRY)
        assert look is not None  # it is a zip archive
        yield Notice("a HAR in a zip archive: by the name of its first file")
        reason = f"this is {look.what}"
        try:
            with ZipFile(BytesIO(self._take())) as archive:
                why = "its HAR was read, and nothing else in it"
                part = False
                for item in self._read(archive):
                    part = part or isinstance(item, Part)
                    if isinstance(item, Broken) and not part:
                        why = item.reason
                    else:
                        yield item
                reason += f"; {why}"
        except (BadZipFile, *_FAULTS):
            reason += " that is damaged"
        yield Broken(reason, look.advice)

    def _read(self, archive: "ZipFile") -> Iterator[Item]:
        def body(name: str) -> bytes | None:
            if name not in archive.NameToInfo:
                return None
            with archive.open(name) as file:
                return file.read(_LARGEST_FILE)

        from unspool.intake.containers.har import Har  # noqa: PLC0415 - start-up

        har = Har(self._asked, body)
        with archive.open(archive.namelist()[0]) as file:
            while block := file.read(_BLOCK):
                yield from har.feed(block)
        yield from har.close()
