"""Other wire formats for the same content, translated into chunks: one file, one class each.

    dialect.feed(value) -> [Chunk, …]   one record's parsed JSON; none, one or several chunks, at once (R2)
    dialect.close()     -> [Chunk, …]   no more will come; what is known and has not left yet, and a fresh start

``feed`` raises NotAChunk, before anything has changed, for what is no event of
the dialect (R10). An event of a kind that is not known yet is one: what Chat
Completions cannot express is in the extension member (``chunk_builder``). The first
chunk of a response carries the role, the one that ends it a finish reason: where
the dialect's own end is missing there is none, and the stream is incomplete (R11).

A dialect whose deltas are many has a third method, for the fast path:

    dialect.append(value, json_source) -> text    a delta that only continues the last one; None for any other

One that has texts without another end than [DONE], or the end that LangServe sends, has two more; the second is for
lines, where that is missing:

    dialect.done() -> [Chunk, …]                  that mark came, before ``close``
    dialect.end_of_lines() -> [Chunk, …]          the end of the lines of a source, before ``close``

One whose records show only at the end of the stream that a response is complete has a property:

    dialect.ended -> bool                         such a response is complete

The reader of a program that marks the end of a run with a record has a property, which reports show:

    dialect.missing -> text                       the name of that record while a run goes on, else ""

That of a library, whose servers add errors to the failure of a run, has another:

    dialect.failed -> bool                        the failure of the run was reported, and nothing came since

``registry`` names and detects the dialects; ``translator`` selects the one of a
source. The module of a dialect is imported on first use.
"""

from typing import Any, Protocol

from unspool.core.rewriter.wire import Chunk


class Dialect(Protocol):
    """Reads one source in another wire format; see the module's head."""

    def feed(self, value: Any) -> list[Chunk]:
        """Translate one record into chunks. Raises NotAChunk."""

    def close(self) -> list[Chunk]:
        """Return the remaining chunks at the end of the stream."""


class AppendingDialect(Dialect, Protocol):
    """A dialect that finds from the value alone that a delta continues the last one fed or appended."""

    def append(self, value: Any, json_source: bool) -> str | None:
        """Process a delta of the same item, member and choice as the last, with no other content, and return its text.

        Its chunk would equal the last one except for that text, which is not empty. None for any other value, and with
        ``json_source`` for a text for which ``is_whole`` is false: then nothing has changed, and the value must be fed.
        """
