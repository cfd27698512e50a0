"""The base class of the readers of dialects: the contract between a reader and the translator.

``feed`` and ``close`` are all that most dialects have. The others answer what only some dialects need; here is what is
true of a dialect without them.
"""

from typing import Any

from unspool.core.rewriter.wire import Chunk


class Dialect:
    """Reads one source in another wire format.

    An event of a kind that is not known yet is one of the dialect: what Chat
    Completions cannot express is in the extension member (``chunk_builder``). The first
    chunk of a response carries the role, the one that ends it a finish reason: where
    the dialect's own end is missing there is none, and the stream is incomplete (R11).
    """

    def feed(self, value: Any) -> list[Chunk]:
        """Translate one record's parsed JSON into none, one or several chunks, at once (R2).

        Raises NotAChunk, before anything has changed, for what is no event of the dialect (R10).
        """
        raise NotImplementedError

    def append(self, value: Any, json_source: bool) -> str | None:
        """Process a delta that only continues the last one fed or appended, and return its text: for the fast path.

        It is of the same item, member and choice, with no other content: its chunk would equal the last one except for
        that text, which is not empty. None for any other value, and with ``json_source`` for a text for which
        ``is_whole`` is false: then nothing has changed, and the value must be fed.
        """
        return None

    @property
    def appends(self) -> bool:
        """Whether the dialect has deltas that can be appended, and so a method for them."""
        return type(self).append is not Dialect.append

    def done(self) -> list[Chunk]:
        """[DONE] came, or the end that LangServe sends, before ``close``: the only end of some texts."""
        return []

    def end_of_lines(self) -> list[Chunk]:
        """The lines of a source ended, before ``close``: in lines that mark is missing."""
        return []

    def close(self) -> list[Chunk]:
        """No more will come: return what is known and has not left yet, and begin again."""
        raise NotImplementedError

    @property
    def ended(self) -> bool:
        """Whether a response is complete, where only the end of the stream shows that."""
        return False

    @property
    def missing(self) -> str:
        """The name of the record that marks the end of a program's run, while the run goes on; else ""."""
        return ""
