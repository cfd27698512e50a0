"""Mistral's Conversations API: the events of a conversation, or a whole answer.

Checked against its documentation and the source of Mistral's client, not against a capture.

    conversation.response.started     the id (conversation_id)
    message.output.delta              content: text, or a part with text or thoughts (Q16)
    function.call.delta               a fragment of a call, known by tool_call_id
    conversation.response.done        the end, and the usage, which has the names of Chat Completions
    conversation.response.error       the end of a response that failed (R12)
    anything else                     in the extension (the server's own tools, handoffs)

    outputs                           of a whole answer: its messages and calls (message.output, function.call)

Source: https://docs.mistral.ai/api/endpoint/beta/conversations.
"""

from typing import Any

from unspool.core.errors import NotAChunk
from unspool.core.rewriter.wire import Chunk, arguments_text
from unspool.dialects.base import Dialect
from unspool.dialects.chunk_builder import ChunkBuilder, chat_usage, key_of, rest_of
from unspool.variants.texts import text_of, thoughts_of
from unspool.variants.values import non_blank

Event = dict[str, Any]
_READ = frozenset({"type", "usage", "created_at"})


class MistralConversations(Dialect):
    """Reads the events of one answer after the other."""

    def __init__(self) -> None:
        self._build = ChunkBuilder("mistral-conversations")

    def feed(self, value: Any) -> list[Chunk]:
        """Translate one event, or a whole answer, into chunks. Raises NotAChunk."""
        if not isinstance(value, dict):
            raise NotAChunk("no event of a conversation")
        outputs = value.get("outputs")
        if isinstance(outputs, list):
            return self._whole(value, outputs)
        kind = value.get("type")
        if not isinstance(kind, str):
            raise NotAChunk("no event of a conversation")
        if kind == "conversation.response.started":
            self._build.begin(value.get("conversation_id"))
            return [self._build.start()]
        if kind == "conversation.response.done":
            return self._end(value)
        if kind in ("conversation.response.error", "error"):
            return [self._build.error(value.get("error") or rest_of(value, _READ))]
        return self._output(value, kind)

    def close(self) -> list[Chunk]:
        """The input ended: each event is translated at once."""
        self._build.begin()
        return []

    def _output(self, event: Event, kind: str) -> list[Chunk]:
        """A piece of a message or of a call, or all of it."""
        if kind.startswith("message.output"):
            content = event.get("content")
            delta = {"content": [content] if isinstance(content, dict) else content}
            thoughts, text, block = (
                thoughts_of(delta),
                text_of(delta),
                key_of(event.get("output_index", event.get("id"))),
            )
            chunks = [self._build.thoughts(thoughts, block=block)] if thoughts else []
            return [*chunks, self._build.text(text, block=block)] if text else chunks
        if kind.startswith("function.call"):
            ident, arguments = non_blank(event.get("tool_call_id")), arguments_text(event.get("arguments"))
            key = ident or key_of(event.get("output_index"))
            if self._build.called(key):
                return [self._build.arguments(key, arguments)] if arguments else []
            return [self._build.call(key, ident, non_blank(event.get("name")), arguments)]
        self._build.divide()
        return [self._build.beyond({kind: event})]

    def _end(self, value: Event) -> list[Chunk]:
        usage = value.get("usage")
        finish = self._build.finish()
        return [finish, self._build.usage(chat_usage(usage))] if isinstance(usage, dict) else [finish]

    def _whole(self, value: Event, outputs: list[Any]) -> list[Chunk]:
        self._build.begin(value.get("conversation_id"))
        chunks = [self._build.start()]
        for output in outputs:
            if isinstance(output, dict):
                chunks += self._output(output, str(output.get("type")))
        return chunks + self._end(value)
