"""A stage: finds the layer around the bytes, and hands what is inside to the next stage."""

import re
from collections.abc import Iterator

from unspool.intake.asked import HEAD_BYTES, Asked
from unspool.intake.containers.document import Document, OpenValue
from unspool.intake.envelopes.envelope import Envelope
from unspool.intake.items import Broken, Detect, Item, Layer, Part, Plain, joined
from unspool.intake.json_layers import JSON_LAYERS, OBJECT
from unspool.intake.plain import begins_plainly, may_begin_plainly

_BLANK_LINES = re.compile(rb"\s*\n")
_EACH_LINE = 32
"""Lines of the head at each of which a layer is looked for; after them at the 64th, the 128th and so on."""
_MOST_LINES = 4096
"""Lines of a head that are enough: each layer looks at each of them."""
_EACH_BYTE = 64
"""Bytes of a head without a line end at each of which a layer is looked for; after them where it has doubled."""
_DEEPEST = 12
"""Layers inside each other; more are an archive made to exhaust its reader."""


class Stage:
    """One layer, once the bytes show which, and the stage inside it.

    What arrives is kept until a layer is found, HEAD_BYTES at most.
    """

    def __init__(self, asked: Asked, depth: int = 0) -> None:
        self._asked = asked
        self._depth = depth
        self._may_be_plain = not asked.anything
        self._head = b""
        self._searched = 0  # bytes of the head in which line ends have been found
        self._lines = 0  # that are not blank
        self._next_look = 0  # bytes of the head at which a layer is looked for before the first line end
        self._layer: Layer | None = None
        self._inner: Stage | None = None

    def feed(self, block: bytes) -> Iterator[Item]:
        """Yield the items that ``block`` completes, with all layers removed."""
        if self._layer is None:
            self._head += block
            self._layer = self._find()
            if self._layer is None:
                return
            block, self._head = self._head, b""
        yield from self._pass(self._layer.feed(block))
        yield from self._read_as_lines(False)

    def _read_as_lines(self, ended: bool) -> Iterator[Item]:
        """Read lines, where those of a log began with one that looked like a document."""
        found = self._layer.as_lines(ended) if isinstance(self._layer, OpenValue) else None
        if found is not None:
            self._layer, blocks = found
            blocks.reverse()
            while blocks:  # each is given up: the first is long
                yield from self._pass(self._layer.feed(blocks.pop()))

    def _find(self) -> Layer | None:
        """Look for the layer at the same line ends however the bytes are cut, so that the blocks do not decide.

        Before the first line end any byte may show it: compressed and binary formats have no lines.
        """
        while self._searched < HEAD_BYTES and (end := self._head.find(b"\n", self._searched) + 1):
            blank = not self._head[self._searched : end].strip()
            self._searched = end
            if blank:
                continue
            self._lines += 1
            if self._may_be_plain:
                if begins_plainly(self._head[:end]):
                    return Plain()  # as where all of it comes in one block
                self._may_be_plain = may_begin_plainly(self._head[:end])
                if self._may_be_plain:
                    continue  # the first data may still show that, whatever the comments before it look like
            if self._lines <= _EACH_LINE or self._lines & (self._lines - 1) == 0:
                found = find_layer(self._head[:end], self._lines >= _MOST_LINES, self._asked)
                if found is not None:
                    return found
        size = len(self._head)
        if size < HEAD_BYTES and (self._lines or size < self._next_look):
            return None
        if self._may_be_plain and may_begin_plainly(self._head):
            return None
        self._next_look = size + 1 if size < _EACH_BYTE else 2 * size
        return find_layer(self._head, False, self._asked)

    def close(self) -> Iterator[Item]:
        """Yield the remaining items at the end of the source."""
        if self._layer is None:
            if not self._head:
                return
            self._layer = find_layer(self._head, True, self._asked) or Plain()
            yield from self._pass(self._layer.feed(self._head))
            self._head = b""
        yield from self._read_as_lines(True)
        yield from self._pass(self._layer.close())
        yield from self._close_inner()

    def _pass(self, items: Iterator[Item]) -> Iterator[Item]:
        if isinstance(self._layer, Plain) or (isinstance(self._layer, Envelope) and self._layer.keeps_log):
            yield from items  # the bytes of a place must follow it at once, so that no stage may keep them
            return
        for item in joined(items):
            if isinstance(item, bytes):
                yield from self._feed_inner(item)
                continue
            if isinstance(item, (Part, Broken)):
                follows = isinstance(item, Broken) and item.cut  # what is inside ends early because this layer does
                for one in self._close_inner():
                    if not (follows and isinstance(one, Broken) and one.cut):
                        yield one
            yield item

    def _feed_inner(self, block: bytes) -> Iterator[Item]:
        if self._depth >= _DEEPEST:
            yield Broken(f"more than {_DEEPEST} layers are around the stream", "unpack it first")
            return
        if self._inner is None:
            # each option is for the outermost layer that it concerns
            asked = self._asked._replace(encoding=None)
            if isinstance(self._layer, Envelope) or (isinstance(self._layer, Document) and self._layer.unwraps):
                asked = asked._replace(unwrap=None, split_by=None)
            self._inner = Stage(asked, self._depth + 1)
        yield from self._inner.feed(block)

    def _close_inner(self) -> Iterator[Item]:
        inner, self._inner = self._inner, None
        if inner is not None:
            yield from inner.close()


def find_layer(head: bytes, ended: bool, asked: Asked) -> Layer | None:
    """The first layer of the table that takes this beginning; None while more bytes are needed.

    No layer inspects more than HEAD_BYTES, however large the first block is, nor
    at blank lines: patterns that skip them would try each of them as a start.
    """
    whole = ended or len(head) >= HEAD_BYTES
    blank = _BLANK_LINES.match(head, 0, HEAD_BYTES)
    head = head[blank.end() if blank else 0 : HEAD_BYTES]
    for layers in _groups(head, asked):
        for detect in layers:
            found = detect(head, whole, asked)
            if found is None:  # a later layer must not be taken before it is known that this one is none
                return None
            if found is not False:
                return Plain() if found is True else found
    return Plain()


def _groups(head: bytes, asked: Asked) -> Iterator[tuple[Detect, ...]]:
    """Yield the layers that are tried for a beginning; the modules of those that come later are imported later."""
    if OBJECT.match(head) and asked.encoding is None and not asked.text:
        yield JSON_LAYERS
        return
    from unspool.intake.first_layers import FIRST_LAYERS, TEXT_LAYERS  # noqa: PLC0415 - JSON needs none of them

    yield TEXT_LAYERS if asked.text else FIRST_LAYERS
    if not asked.text:
        from unspool.intake.layers import LAYERS  # noqa: PLC0415 - as above

        yield LAYERS
