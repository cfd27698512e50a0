"""Frames: what chunks have in common that differ in one text, as bytes.

    frame_of(data, continuation, layout) -> Frame, or None    learnt from one chunk
    frame.finder                         -> finds what stands in the frame, record by record
    frame.rewritten(event)               -> the same for the chunk that leaves

A JSON string in the place of another changes nothing else of what a record
means. So two lines are alike where the bytes around the string are the same and
what stands between them is one whole string.
"""

import re
from typing import Any, NamedTuple

from unspool.core.events import TextDelta, ThoughtsDelta
from unspool.core.parser.targets import ValueKind
from unspool.core.rewriter.bulk import NAMES, CallContinuation, Continuation
from unspool.fastpath.finding import Finder
from unspool.formats.json_codec import decode_strings, encode
from unspool.formats.record import Layout

_STRING = re.compile(rb'[ \t]*:[ \t]*"([^"\\]*(?:\\.[^"\\]*)*)"')
_DEEP = 200  # brackets; what is nested more deeply is written in another way (codec)
_PADDING = "obfuscation"
_NAMES = {name: re.compile(rb'"%b"[ \t]*:[ \t]*' % name.encode()) for name in NAMES}
_BETWEEN = b"\n"  # in no frame
_KINDS: dict[type[Any] | None, ValueKind] = {TextDelta: ValueKind.MESSAGE, ThoughtsDelta: ValueKind.THOUGHTS}
_MARKS = ("\0text\0", "\0padding\0")
_ENCODED_MARKS = [encode(mark)[1:-1] for mark in _MARKS]


class Around(NamedTuple):
    """The bytes before the text of a chunk, between it and the padding (b"" where there is none), and behind."""

    head: bytes
    middle: bytes
    tail: bytes


class _Form:
    """What the bytes around a text have in common with those of another response: all but its names."""

    def __init__(self, pieces: list[bytes], names: list[str]) -> None:
        self._pieces = pieces
        self._names = names  # what stands between them

    def around(self, names: dict[str, bytes]) -> Around:
        """The bytes under these names."""
        parts = [self._pieces[0]]
        for name, piece in zip(self._names, self._pieces[1:], strict=True):
            parts += names[name], piece
        return Around(*b"".join(parts).split(_BETWEEN))


class Frame:
    """What stands around the text in the chunks of one continuation, the padding (Q10) aside."""

    def __init__(self, around: Around, continuation: Continuation, layout: Layout, like: Finder | None = None) -> None:
        self.around = around
        self.continuation = continuation
        self.layout = layout
        head, middle, tail = around
        self.padded = bool(middle)
        start, end = layout.before + head, tail + layout.behind
        self.finder = Finder(start, middle, end) if like is None else like.renamed(start, middle, end)
        self.size = self.finder.size
        self._rewritten: dict[type[Any] | None, Around] = {}
        self._names: dict[str, bytes] = {}
        self._forms: dict[type[Any] | None, _Form | None] = {}  # of the chunk as it came (None), and as it leaves

    def renamed(self, continuation: Continuation) -> "Frame | None":
        """The frame of the same chunk under other names; None where their bytes do not show at a glance."""
        self._names = self._names or _names_of(self.continuation)
        for event, around in [(None, self.around), *self._rewritten.items()]:
            if event not in self._forms:
                self._forms[event] = _form_of(around, self._names)
        form, names = self._forms[None], _names_of(continuation)
        if form is None or b"".join(names.values()).find(b"\\") >= 0:
            return None
        frame = Frame(form.around(names), continuation, self.layout, self.finder)
        frame._names, frame._forms = names, self._forms
        return frame

    def pad(self, padding: bytes) -> None:
        """Know the padding of the last chunk that had this frame."""
        self.continuation.chunk[_PADDING] = padding.decode()

    def rewritten(self, event: type[Any] | None) -> Around:
        """What stands around the text in the chunks that leave, where it is such an event."""
        around = self._rewritten.get(event)
        if around is None:
            form = self._forms.get(event)
            around = self._rewrite(event) if form is None else form.around(self._names)
            self._rewritten[event] = around
        return around

    def _rewrite(self, event: type[Any] | None) -> Around:
        continuation = self.continuation
        assert isinstance(continuation, CallContinuation)
        text, padding = _MARKS
        chunk = {**continuation.chunk, _PADDING: padding} if self.padded else continuation.chunk
        (rewritten,) = continuation.rewrite(chunk, [(_KINDS[event], text)])
        head, _, rest = encode(rewritten).partition(_ENCODED_MARKS[0])
        middle, _, tail = rest.partition(_ENCODED_MARKS[1]) if self.padded else (b"", b"", rest)
        return Around(head, middle, tail)


def frame_of(data: bytes, continuation: Continuation, layout: Layout) -> Frame | None:
    """The frame of a chunk, read from ``data``, and of its likes.

    None where the bytes do not show at a glance which string is the text: where
    its name stands in them twice, or anything but the text is written with escapes.
    """
    found = _find(data, continuation.member)
    if found is None or data.count(b"[") + data.count(b"{") > _DEEP or data.find(b"\n") >= 0 or data.find(b"\r") >= 0:
        return None
    if decode_strings([found[1]]) is None:  # the chunk was read in another way, which reads numbers differently too
        return None
    head, tail = data[: found.start(1)], data[found.end(1) :]
    if head.find(b"\\") >= 0 or tail.find(b"\\") >= 0:
        return None
    middle = b""
    if isinstance(continuation.chunk.get(_PADDING), str):
        padding = _find(tail, _PADDING)
        if padding is None or _PADDING.encode() in head or not padding[1].isalnum():
            return None
        middle, tail = tail[: padding.start(1)], tail[padding.end(1) :]
        continuation.chunk = {**continuation.chunk}
    return Frame(Around(head, middle, tail), continuation, layout)


def _names_of(continuation: Continuation) -> dict[str, bytes]:
    """Those members of the chunk that are other in another response, as JSON."""
    return {name: encode(continuation.chunk[name]) for name in NAMES if name in continuation.chunk}


def _form_of(around: Around, names: dict[str, bytes]) -> _Form | None:
    """What is left of these bytes without the names; None where one does not show at a glance."""
    whole = _BETWEEN.join(around)
    places: list[tuple[int, int, str]] = []
    for name, value in names.items():
        start = _place(whole, name, value)
        if start is None:
            return None
        places.append((start, start + len(value), name))
    places.sort()
    starts, ends = [place[0] for place in places], [place[1] for place in places]
    pieces = [whole[start:end] for start, end in zip([0, *ends], [*starts, len(whole)], strict=True)]
    return _Form(pieces, [place[2] for place in places])


def _place(whole: bytes, name: str, value: bytes) -> int | None:
    """Where the value of the only member of this name stands, if it is this one."""
    match = _NAMES[name].search(whole)
    if match is None or whole.count(b'"%b"' % name.encode()) > 1:
        return None
    start, stop = match.end(), match.end() + len(value)
    ends = whole.startswith((b",", b"}"), stop) or value.endswith(b'"')
    return start if ends and whole.startswith(value, start) else None


def _find(data: bytes, member: str) -> re.Match[bytes] | None:
    """The string that is the value of the only member of this name."""
    name = b'"%b"' % member.encode()
    at = data.find(name)
    if at < 0 or data.find(name, at + 1) >= 0:
        return None
    return _STRING.match(data, at + len(name))
