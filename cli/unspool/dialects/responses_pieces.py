"""The texts that items of Responses have in deltas, and the chunks that are made of them; see ``responses``."""

from collections.abc import Callable, Hashable
from typing import Final, NamedTuple

from unspool.core.rewriter.wire import Chunk
from unspool.dialects.chunk_builder import ChunkBuilder
from unspool.dialects.items import Item


class Piece(NamedTuple):
    """Text that items have in deltas: the type of item, what counts its parts, what holds it whole, its chunk."""

    kind: str
    name: str
    counter: str
    member: str
    build: Callable[[ChunkBuilder, str, Hashable], Chunk]
    target: str  # the member of a delta of Chat Completions

    def block(self, item: Item, place: Hashable) -> Hashable:
        """The key of a text (R16): the item, and for summaries the part, since each is a separate text."""
        return (item.number, place) if self.name == "summary" else (item.number,)


def _text(build: ChunkBuilder, text: str, block: Hashable) -> Chunk:
    build.divide()  # R16: each item is a message
    return build.text(text, block=block)


def _thoughts(build: ChunkBuilder, text: str, block: Hashable) -> Chunk:
    build.divide()  # R16: so is each summary
    return build.thoughts(text, block=block)


def _refusal(build: ChunkBuilder, text: str, block: Hashable) -> Chunk:
    return build.refusal(text)


TEXT: Final = Piece("message", "text", "content_index", "text", _text, "content")
REFUSAL: Final = Piece("message", "refusal", "content_index", "refusal", _refusal, "refusal")
SUMMARY: Final = Piece("reasoning", "summary", "summary_index", "text", _thoughts, "reasoning_content")
REASONING: Final = Piece("reasoning", "reasoning", "content_index", "text", _thoughts, "reasoning_content")
TRANSCRIPT: Final = Piece("message", "transcript", "content_index", "transcript", _text, "content")
_PIECES: Final = {
    "response.output_text": TEXT,
    "response.text": TEXT,
    "response.refusal": REFUSAL,
    "response.reasoning_summary_text": SUMMARY,
    "response.reasoning_text": REASONING,
    "response.output_audio_transcript": TRANSCRIPT,
    "response.audio_transcript": TRANSCRIPT,
    "response.audio.transcript": TRANSCRIPT,
    "session.output_transcript": TRANSCRIPT,
}
DELTAS: Final = {f"{name}.delta": piece for name, piece in _PIECES.items()}
DONES: Final = {f"{name}.done": piece for name, piece in _PIECES.items()}
"""The texts that an event has a delta of, and that it has whole, by its type."""
PARTS: Final = {
    "output_text": TEXT,
    "text": TEXT,
    "refusal": REFUSAL,
    "summary_text": SUMMARY,
    "reasoning_text": REASONING,
    "output_audio": TRANSCRIPT,
    "audio": TRANSCRIPT,
}
"""The text of a part, by its type."""
