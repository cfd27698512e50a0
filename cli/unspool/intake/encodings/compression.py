"""Compressed captures: gzip, zlib, bzip2, xz and zstd, by their first bytes, member after member.

Deflate without a header is known by the text that comes of it.

What can be decoded of a cut file leaves before the cut is reported. The output
is taken in blocks of bounded size, so that memory does not depend on what a
small file expands to.
"""

import re
import zlib
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Protocol

from unspool.intake.asked import Asked, Notice
from unspool.intake.items import Broken, Found, Item, NoStream, NoticedLayer

_INPUT_BYTES = 1 << 14  # given to a decompressor at once, so that little is lost where it finds damage
_OUTPUT_BYTES = 1 << 20
_KEPT_INPUT = 1 << 20  # of a member, to be decompressed again up to the damage
_XZ_MEMORY = 1 << 28  # bytes: the largest dictionary that xz -9 asks for is a quarter of it
_LONGEST_LINE = 1 << 25  # bytes of output without a line end
_LARGEST_RATIO = 200  # of output to input: with such a line this is no capture, and too large to keep

_MAGIC: dict[str, bytes] = {
    "gzip": b"\x1f\x8b\x08",
    "bzip2": b"BZh",
    "xz": b"\xfd7zXZ\x00",
    "zstd": b"\x28\xb5\x2f\xfd",
    "lzma": b"\x5d\x00\x00",
}
_SKIPPABLE = tuple(bytes([0x50 + low]) + b"\x2a\x4d\x18" for low in range(16))
"""Frames that zstd's tools write in addition to the data (RFC 8878, 3.1.2)."""
_TEXT_BYTES = 16
_TEXT = re.compile(rb"(?!BZh|x\^)(?:[\t\r\n -~]{16}|[\t\r\n -~]{2,}\Z)")
"""The beginning of text behind the last member, which is no member of bzip2 or zlib: the others begin with no ASCII."""
_STREAM = re.compile(rb"\s*(?:data: ?[{\[]|event: ?\w|\{\s*\"|\[\s*\{)")
_CONTROL = r"[^\t\n\r\x1b\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff01-\ufffc\U00010000-\U000effff]"
"""A character that no text has; that of the escape sequences of a terminal's colours is none. Compiling takes 3 ms."""
_LEAST_TEXT, _LEAST_LETTERS = 64, 12
"""Characters of text that show deflate whatever it says, and how many of them differ: three bytes can repeat one."""
_NO_TEXT = re.compile(rb"[^\t\r\n -~]")
_ENOUGH = 512  # bytes of deflate that must give some text
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")


class _Decompressor(Protocol):
    """The interface that the decompressors of bz2, lzma and zstd share."""

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Zlib:
    """zlib's decompressor with the interface of the others."""

    def __init__(self, wbits: int = 47) -> None:
        """Begin; 47 is gzip or zlib, by the header, and -15 deflate without one."""
        self._inner = zlib.decompressobj(wbits)
        self._rest = b""
        self._full = False
        self._error: zlib.error | None = None

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._rest and not self._full and self._error is None

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        if self._error is not None:
            raise self._error
        data = self._rest + data
        spare = self._inner.copy()
        try:
            out = self._inner.decompress(data, max_length)
        except zlib.error as error:
            self._error = error
            return _until_error(spare, data)
        self._rest = self._inner.unconsumed_tail
        self._full = len(out) == max_length
        return out


def _until_error(decompressor: Any, data: bytes) -> bytes:
    """Return the data before the damage: zlib drops the output of the call that fails."""
    pieces: list[bytes] = []
    try:
        for at in range(len(data)):  # one byte each, so that a wrong checksum takes no output with it
            pieces.append(decompressor.decompress(data[at : at + 1]))  # noqa: PERF401 - what came before a fault stays
    except zlib.error:
        pass
    return b"".join(pieces)


class _UpToDamage:
    """A decompressor of the others that gives all data before damage: they drop the output of the call that fails.

    None of them can be copied, so that the beginning of a member is kept and decompressed again, byte by byte in the
    end. Of a larger member the data of the last call are lost.
    """

    def __init__(self, make: Callable[[], _Decompressor]) -> None:
        self._make = make
        self._inner = make()
        self._kept = bytearray()
        self._size = self._given = 0  # of all input and output
        self._again: Iterator[bytes] | None = None  # the output behind what was given, once there is an error
        self._error: Exception | None = None

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return self._error is None and self._inner.needs_input

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        if self._error is None:
            self._size += len(data)
            self._kept += data if self._size <= _KEPT_INPUT else b""
            try:
                out = self._inner.decompress(data, max_length)
            except Exception as error:  # each library has its own
                self._error = error
                self._again = self._output_again()
            else:
                self._given += len(out)
                return out
        assert self._again is not None
        for out in self._again:
            return out
        raise self._error

    def _output_again(self) -> Iterator[bytes]:
        """Yield what the kept input gives beyond what was given before."""
        if self._size > _KEPT_INPUT:
            return
        kept = bytes(self._kept)
        sound = max(len(kept) - _INPUT_BYTES, 0)  # the call that failed had no more
        size = 0
        for out in _outputs(self._make(), [kept[:sound], *(kept[at : at + 1] for at in range(sound, len(kept)))]):
            size += len(out)
            if out and size > self._given:
                yield out[max(len(out) - (size - self._given), 0) :]


def _outputs(decompressor: _Decompressor, inputs: list[bytes]) -> Iterator[bytes]:
    """Yield what a decompressor gives for some input, up to its end or to damage."""
    for given in inputs:
        data = given
        while True:
            try:
                yield decompressor.decompress(data, _OUTPUT_BYTES)
            except Exception:
                return
            if decompressor.eof or decompressor.needs_input:
                break
            data = b""


class MissingCodec(Exception):
    """The package that reads this compression is not installed."""


def _zstd() -> _Decompressor:
    try:
        from compression import zstd  # type: ignore[import-not-found, unused-ignore] # noqa: PLC0415 - Python 3.14
    except ImportError:
        try:
            from backports import zstd  # noqa: PLC0415 - an extra
        except ImportError:
            raise MissingCodec from None
    made: _Decompressor = zstd.ZstdDecompressor()
    return made


def _bzip2() -> _Decompressor:
    import bz2  # noqa: PLC0415 - start-up

    return bz2.BZ2Decompressor()


def _xz() -> _Decompressor:
    import lzma  # noqa: PLC0415 - 5 ms, which only such a file pays

    return lzma.LZMADecompressor(memlimit=_XZ_MEMORY)


_MAKE: dict[str, Callable[[], Any]] = {
    "gzip": _Zlib,
    "zlib": _Zlib,
    "deflate": partial(_Zlib, -15),
    "bzip2": partial(_UpToDamage, _bzip2),
    "xz": partial(_UpToDamage, _xz),
    "lzma": partial(_UpToDamage, _xz),
    "zstd": partial(_UpToDamage, _zstd),
}


def detect(head: bytes, ended: bool, asked: Asked) -> Found:
    """Return whether the first bytes are those of a compressed file."""
    for kind, magic in _MAGIC.items():
        if head.startswith(magic):
            return _layer(kind)
        if magic.startswith(head) and not ended:
            return None
    if head.startswith(_SKIPPABLE):
        return _layer("zstd")
    return _layer("zlib") if head.startswith(_ZLIB) else False


def detect_deflate(head: bytes, ended: bool, asked: Asked) -> Found:
    """Deflate without a header, as some servers send it: binary data that give the beginning of a stream, or text."""
    if not _NO_TEXT.search(head, 0, _ENOUGH) or head.startswith(b"\0"):
        return False
    inner = zlib.decompressobj(-15)
    try:
        data = inner.decompress(head[:_ENOUGH])
    except zlib.error:
        return False
    if _STREAM.match(data) and (len(data) >= _TEXT_BYTES or ended):
        return _layer("deflate")
    text = _text_of(data)
    if text is None:
        return False
    if len(head) >= _ENOUGH or ended or inner.eof:
        is_text = len(text) >= _LEAST_TEXT and len(set(text)) >= _LEAST_LETTERS
        return _layer("deflate") if is_text else False
    return None


def _text_of(data: bytes) -> str | None:
    """The text in data that may be cut inside of a character; None where they are none."""
    wide = b"\0" in data[:4] or data.startswith((b"\xff\xfe", b"\xfe\xff"))
    big = data.startswith(b"\xfe\xff") or (wide and data[:1] == b"\0")
    decoder = getincrementaldecoder("utf-16-be" if big else "utf-16-le" if wide else "utf-8")()
    try:
        text = decoder.decode(data)
    except UnicodeDecodeError:
        return None
    text = text.removeprefix("\ufeff")
    return None if re.search(_CONTROL, text) else text


def _layer(kind: str) -> "Compressed | NoStream":
    try:
        return Compressed(kind)
    except MissingCodec:
        return NoStream(
            Broken(
                "this is zstd, which needs a package that is not installed",
                "pip install 'unspool[zstd]', or run: zstd -dc FILE | unspool text",
            )
        )


_ERRORS = frozenset({"LZMAError", "ZstdError"})
"""Names of the exceptions of modules that are loaded for a file of their kind alone."""


class Compressed(NoticedLayer):
    """One or several members of one kind of compression."""

    def __init__(self, kind: str) -> None:
        why = "it decompresses to the beginning of a stream" if kind == "deflate" else "by its first bytes"
        super().__init__(Notice(f"{kind}: {why}"))
        self._kind = kind
        self._make = _MAKE[kind]
        self._member: _Decompressor | None = self._make()
        self._read = 0
        self._without_end = self._written = 0
        self._failed = False
        self._is_text = False  # what follows the last member
        self._between = b""  # behind a member, until it is known whether another one begins

    def feed(self, block: bytes) -> Iterator[Item]:
        """Yield the data that ``block`` decompresses to, in blocks of a limited size."""
        yield from self._announce()
        try:
            yield from self._decompress(block)
        except (zlib.error, OSError, ValueError, EOFError) as error:
            yield self._fail(str(error))
        except Exception as error:
            if type(error).__name__ not in _ERRORS:
                raise
            yield self._fail(str(error))

    def _decompress(self, block: bytes) -> Iterator[Item]:
        while block and not self._failed:
            if self._member is None:
                block = self._behind(block)
                if not block:
                    return
            if self._member is None:
                yield block
                return
            size = _INPUT_BYTES - self._read % _INPUT_BYTES  # so that the place of a fault is the same for all blocks
            data, block = block[:size], block[size:]
            self._read += len(data)
            while True:
                out = self._member.decompress(data, _OUTPUT_BYTES)
                if out:
                    yield from self._give(out)
                if self._failed or self._member.eof or self._member.needs_input or not (out or data):
                    break
                data = b""
            if self._member.eof:
                self._read -= len(self._member.unused_data)
                block, self._member = self._member.unused_data + block, None

    def _behind(self, block: bytes) -> bytes:
        """Open the next member, or find that text follows: the lines that curl -w and wget write behind a body.

        Returns the bytes to read on with; none while more are needed to decide.
        """
        if self._is_text:
            return block
        block = (self._between + block).lstrip(b"\0\r\n")  # padding, as tape tools write it, or a line end
        if len(block) < _TEXT_BYTES:
            self._between = block
            return b""
        self._between = b""
        return self._open(block)

    def _open(self, block: bytes) -> bytes:
        self._is_text = _TEXT.match(block) is not None
        if self._is_text:
            return b"\n" + block  # it begins a line
        self._member = self._make()
        return block

    def _give(self, out: bytes) -> Iterator[Item]:
        end = out.rfind(b"\n")
        self._without_end = self._without_end + len(out) if end < 0 else len(out) - end
        self._written += len(out)
        if self._without_end > _LONGEST_LINE and self._written > _LARGEST_RATIO * self._read:
            self._failed = True
            yield Broken("its content has no line end in 32 MB, so it is no capture", "check what was compressed")
        else:
            yield out

    def _fail(self, reason: str) -> Broken:
        self._failed = True
        place = f"before byte {-(-self._read // _INPUT_BYTES) * _INPUT_BYTES:,}"
        return Broken(
            f"the {self._kind} data is damaged {place} ({reason})", "the data before it was read; download it again"
        )

    def close(self) -> Iterator[Item]:
        """Report a member without its end, and what is too short to be one."""
        if self._between and not self._failed:
            block, self._between = self._between, b""
            yield from self.feed(self._open(block))
        if self._member is not None and not self._failed:
            yield Broken(
                f"the {self._kind} data ends early", "what could be decompressed was read; get the whole file", True
            )
