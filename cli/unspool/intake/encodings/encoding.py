"""Other text encodings: UTF-16 and UTF-32 by their byte order mark, any that ``--encoding`` names."""

import codecs
import re
from codecs import BOM_UTF8
from collections.abc import Iterator

from unspool.intake.asked import Asked, Notice
from unspool.intake.items import Broken, Found, Item, NoticedLayer
from unspool.intake.plain import begins_plainly

_MARKS = (  # UTF-32LE begins with the mark of UTF-16LE
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_WIDE = (  # ASCII without a mark
    ("utf-16-le", re.compile(rb"(?:[\t\n\r -~]\0){8}")),
    ("utf-16-be", re.compile(rb"(?:\0[\t\n\r -~]){8}")),
    ("utf-32-le", re.compile(rb"(?:[\t\n\r -~]\0\0\0){8}")),
    ("utf-32-be", re.compile(rb"(?:\0\0\0[\t\n\r -~]){8}")),
)
_INNER_MARK = re.compile("(^|[\r\n])\ufeff")
_LONGEST_MARK = 4
_NARROW = (b"data: ", b"event:", b'{"', BOM_UTF8 + b"d", BOM_UTF8 + b"e", BOM_UTF8 + b"{")
"""The beginnings of lines in UTF-8: read as UTF-16, they are characters that no line of a stream begins with."""


def detect(head: bytes, ended: bool, asked: Asked) -> Found:
    """The encoding asked for, or that of a byte order mark or of NUL bytes between ASCII characters."""
    if asked.encoding is not None:
        return Decoded(asked.encoding, "--encoding names it")
    if len(head) < _LONGEST_MARK and not ended:
        return None if head[:1] in (b"\xff", b"\xfe", b"\0", b"\xef") else False
    if head.startswith(BOM_UTF8):
        return _after_utf8_mark(head, ended)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return Decoded(name, "by its byte order mark", len(mark))
    wide = next((name for name, pattern in _WIDE if pattern.match(head)), None)
    return Decoded(wide, "by the NUL bytes in it") if wide else False


def _after_utf8_mark(head: bytes, ended: bool) -> Found:
    if begins_plainly(head):  # the framing skips the mark and counts it (B9)
        return True
    if b"\n" not in head and not ended:
        return None
    return Decoded("utf-8", "by its byte order mark", len(BOM_UTF8))


class Decoded(NoticedLayer):
    """Text in another encoding, as UTF-8. Marks inside it are where two captures were joined."""

    _broken = False

    def __init__(self, name: str, why: str, skip: int = 0) -> None:
        super().__init__(Notice(f"{name}: {why}"))
        self._name = name
        self._decoder = codecs.getincrementaldecoder(name)(errors="replace")
        self._skip = skip
        self._utf8 = name == "utf-8" and skip > 0
        self._narrow = [mark.decode(name) for mark in _NARROW] if name.startswith("utf-16-") else []
        self._held = ""  # what may be the beginning of a line in UTF-8
        self._before = ""  # the line end before the next text, which has left

    def feed(self, block: bytes) -> Iterator[Item]:
        """The text of ``block`` in UTF-8."""
        if self._notice is not None:
            yield from self._announce()
            block = block[self._skip :]
        if self._utf8:  # only the mark was in the way; bad bytes are for R10
            yield block
        else:
            yield from self._decode(block, False)

    def close(self) -> Iterator[Item]:
        """The rest; half a character at the end, where the source is cut, is no text."""
        if not self._utf8:
            yield from self._decode(b"", True)

    def _decode(self, block: bytes, final: bool) -> Iterator[Item]:
        if self._broken:
            return
        try:
            text = self._held + self._decoder.decode(block)
            self._held = ""
            if self._narrow:
                text = self._without_narrow(text, final)
            yield self._encode(text)
            if self._broken:
                yield Broken(f"text in UTF-8 follows text in {self._name} in it", "name the two parts one by one")
        except UnicodeError as error:  # UTF-16 without the mark that its name promises, say
            self._broken = True
            yield Broken(f"it is not {self._name}: {error}", "name another one with --encoding (utf-16-le, utf-16-be)")

    def _without_narrow(self, text: str, final: bool) -> str:
        """The text up to a line in UTF-8, which ends what can be read."""
        left = len(self._before)
        text = self._before + text
        ends = [end for mark in self._narrow if (end := text.find("\n" + mark)) >= 0]
        if ends:
            self._broken = True
            return text[left : min(ends) + 1]
        at = text.rfind("\n")
        rest = text[at + 1 :]
        if not final and at >= 0 and rest and any(mark.startswith(rest) for mark in self._narrow):
            self._held, self._before = rest, "\n"
            return text[left : at + 1]
        self._before = "\n" if text.endswith("\n") else ""
        return text[left:]

    def _encode(self, text: str) -> bytes:
        if "\ufeff" in text:
            text = _INNER_MARK.sub(r"\1", text)
        return text.encode("utf-8", "replace")
