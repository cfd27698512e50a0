"""DashScope's own interface where the output is a text: ``result_format`` "text", and applications.

    output.text            the text so far, or with incremental_output only what is new (Q13, R15)
    output.finish_reason   "null" until the end
    request_id             the id
    usage                  input_tokens, output_tokens; those of an application under models

Where the output has choices, these are read as they are (``output`` is an envelope). Whatever else the output has, such
as an application's thoughts and documents, rides in the extension.

Source: https://www.alibabacloud.com/help/en/model-studio/stream and public reports (dashscope-sdk-python#4).
"""

from typing import Any

from unspool.core.errors import NotAChunk
from unspool.core.rewriter.wire import Chunk
from unspool.dialects.base import Dialect
from unspool.dialects.chunk_builder import ChunkBuilder, rest_of, usage_of
from unspool.dialects.finish_words import CHAT, FAILED, failure, meaning_of
from unspool.dialects.growing_text import GrowingText
from unspool.dialects.interrupted import InterruptedResponses
from unspool.variants.finish_reasons import REASONS, reason_in

_READ = frozenset({"text", "finish_reason", "session_id"})


class DashScope(Dialect):
    """Reads the records of one response after the other."""

    def __init__(self) -> None:
        self._build = ChunkBuilder("dashscope")
        self._text: GrowingText | None = None  # of an open response
        self._interrupted = InterruptedResponses("request_id")

    def feed(self, value: Any) -> list[Chunk]:
        """Translate one record into chunks. Raises NotAChunk."""
        output = value.get("output") if isinstance(value, dict) else None
        if not isinstance(output, dict) or not isinstance(output.get("text") or "", str):
            raise NotAChunk("no record of DashScope's")
        chunks: list[Chunk] = []
        if self._text and self._interrupted.begins_another(value.get("request_id"), self._build.ident):
            chunks = self._cut()
        if self._text is None:
            self._text = GrowingText()
            self._build.begin(value.get("request_id"))
            chunks.append(self._build.role())
        word = reason_in(output.get("finish_reason")) or ""
        text = self._text.feed(output.get("text") or "", word)
        if text:
            chunks.append(self._build.text(text))
        rest = rest_of(output, _READ)
        if rest:
            chunks.append(self._build.beyond(rest))
        if not word:
            return chunks
        self._text = None
        meaning = word if word in REASONS else meaning_of(CHAT, word)
        if meaning == FAILED:
            return [*chunks, self._build.error(failure(word))]
        finish = self._build.finish(meaning)
        chunks.append(self._build.adding(finish, {} if word in REASONS else {"finish_reason": word}))
        return chunks + [self._build.usage(usage) for usage in _usages(value.get("usage"))]

    def close(self) -> list[Chunk]:
        """The input ended: what waits leaves."""
        self._interrupted.clear()
        return self._cut()

    def _cut(self) -> list[Chunk]:
        """The response ends without an end."""
        rest = "" if self._text is None else self._text.rest()
        self._text = None
        return [self._build.text(rest)] if rest else []


def _usages(usage: Any) -> list[dict[str, Any]]:
    """The usage of a record, if it has one. Each counts from the beginning, so the last one counts (Q6)."""
    if not isinstance(usage, dict):
        return []
    models = usage.get("models")
    counted = models[0] if isinstance(models, list) and models and isinstance(models[0], dict) else usage
    return [usage_of(counted.get("input_tokens"), counted.get("output_tokens"))]
