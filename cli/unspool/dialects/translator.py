"""Which dialect a source speaks, and what it says as chunks.

    translator.feed(value) -> [Chunk, …], or None for what is to be taken as it is
    translator.close()     -> [Chunk, …]    the stream ended; what follows is told anew

Unless it is named, the dialect is told by the first record that can tell, and
told again where a record is none of its events: several streams in one source
need not be of one kind.
"""

from collections.abc import Sequence
from typing import Any

from unspool.core.errors import NotAChunk
from unspool.core.rewriter.wire import Chunk
from unspool.dialects import Dialect
from unspool.dialects.channels import Content
from unspool.dialects.registry import CHAT, dialect_of, load


class Translator:
    """In front of one source's transformer.

    ``dialect`` is the name of the one that records are translated from, None
    where they are taken as they are.
    """

    def __init__(self, asked: str | None = None, content: Sequence[Content] = ()) -> None:
        self._asked = asked
        self._content = content
        self._reader: Dialect | None = None
        self.dialect: str | None = None
        if asked is not None:
            self._take(asked)

    def feed(self, value: Any) -> list[Chunk] | None:
        """The chunks that say what a record says; None where it is a chunk, or nothing known.

        Raises NotAChunk for what is no event of the dialect (R10).
        """
        chunks = self._chunks(value)
        if not self._content:
            return chunks
        if chunks is not None:
            return [self._extracted(chunk) for chunk in chunks]
        extracted = self._extracted(value)
        return None if extracted is value else [extracted]

    def _extracted(self, chunk: Any) -> Any:
        for content in self._content:
            chunk = content.feed(chunk)
        return chunk

    def _chunks(self, value: Any) -> list[Chunk] | None:
        if self._reader is None:
            if self._asked is not None or (type(value) is dict and "choices" in value):
                return None
            name = dialect_of(value)
            if name is None:
                return None
            self._take(name)
        return self._translate(value)

    def close(self) -> list[Chunk]:
        """What is left to say at the end of a stream."""
        chunks = [] if self._reader is None else [self._extracted(chunk) for chunk in self._reader.close()]
        if self._asked is None:
            self._reader = self.dialect = None
        left: list[Chunk] = []
        for content in self._content:  # what one held back, the next ones look through
            left = [content.feed(chunk) for chunk in left] + content.close()
        return chunks + left

    def _translate(self, value: Any) -> list[Chunk]:
        assert self._reader is not None
        try:
            return self._reader.feed(value)
        except NotAChunk:
            if isinstance(value, dict) and value.get("error"):  # R12: by the event's name, whatever its type says
                return [value]
            other = None if self._asked is not None else dialect_of(value)
            if other is None or other == self.dialect:
                raise
        left = self._reader.close()
        self._take(other)
        return left + ([value] if self._reader is None else self._reader.feed(value))

    def _take(self, name: str) -> None:
        self.dialect = None if name == CHAT else name
        self._reader = None if name == CHAT else load(name)
