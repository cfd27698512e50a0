"""The transformer: chunks in, rewritten chunks and events out.

    transformer.feed(chunk) -> Outcome(chunks, events)   R2: in order, at once
    transformer.done()      -> Outcome                   the stream said [DONE]
    transformer.close()     -> Outcome                   the input ended

A chunk that needs no change comes out as the very object that went in, so that
what is written can be the bytes it came in (R1).
"""

from typing import Any

from unspool.core.options import Options
from unspool.core.rewriter.step import Outcome
from unspool.core.rewriter.stream_rewriter import StreamRewriter


class Transformer:
    """Turns message calls into text; one for each source (R13)."""

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()
        self._rewriter = StreamRewriter(self.options)

    @property
    def steps(self) -> int:
        """How many responses have begun."""
        return self._rewriter.steps

    @property
    def holding(self) -> bool:
        """Whether fragments are held back until a name is known (R2)."""
        return self._rewriter.holding

    def feed(self, chunk: Any) -> Outcome:
        """Take in one chunk: a dict as JSON gives it, or a pydantic model, which comes out as a dict.

        Raises NotAChunk before anything has changed where it is none (R10).
        """
        return self._rewriter.feed(members_of(chunk))

    def done(self) -> Outcome:
        """The stream said [DONE]: what follows starts afresh (B4)."""
        return self._rewriter.done()

    def close(self) -> Outcome:
        """The input ended: all that is certain leaves, then the fault is reported (R11)."""
        return self._rewriter.close()


def members_of(chunk: Any) -> Any:
    """A pydantic model as a dict, and anything else as it is; a ``created`` that is a datetime becomes seconds (Q21).

    openai's models have ``to_dict``, which leaves out what the wire left out.
    Of other models the defaults belong to the chunk.
    """
    if hasattr(chunk, "to_dict"):
        chunk = chunk.to_dict(warnings=False)
    elif hasattr(chunk, "model_dump"):
        chunk = chunk.model_dump(by_alias=True, warnings=False)
    created: Any = chunk.get("created") if isinstance(chunk, dict) else None
    if hasattr(created, "timestamp"):
        chunk = {**chunk, "created": int(created.timestamp())}
    return chunk
