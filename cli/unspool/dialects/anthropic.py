"""Anthropic Messages: events, or a whole message.

    message_start                 id, model; the role; usage so far
    content_block_start           a tool_use begins a call, known by its block's index
    content_block_delta           text_delta, thinking_delta, input_json_delta
    content_block_stop            a tool_use without fragments has its whole input
    message_delta, message_stop   the stop reason and the usage; the end, which emits both
    error                         the end of a response that failed (R12)

    usage     prompt_tokens       input_tokens + cache_creation_input_tokens + cache_read_input_tokens
              cached_tokens       cache_read_input_tokens
              completion_tokens   output_tokens; counts are cumulative, the last one holds

There is no created time: it is 0. Blocks of a text or thinking need no start and
no stop. A block of another type (a server's own tools and their results, redacted
thinking, a compaction), a delta of another type (signatures, citations) and a
member that has no place in a chunk ride in the extension, whole.

Source: the events as the captures of this project have them, and
https://docs.anthropic.com/en/docs/build-with-claude/streaming.
"""

from collections.abc import Callable, Hashable
from json import dumps
from typing import Any

from unspool.core.errors import NotAChunk
from unspool.core.rewriter.wire import Chunk
from unspool.dialects.chunk_builder import ChunkBuilder, key_of, object_of, rest_of, usage_of
from unspool.dialects.finish_words import ANTHROPIC

_COUNTED = frozenset({"input_tokens", "output_tokens", "cache_read_input_tokens"})
_HANDLED = frozenset({"type", "delta", "usage", "stop_reason", "index"})
_TRANSLATED = frozenset({"id", "type", "role", "model", "content", "stop_reason", "stop_sequence", "usage"})
_SPOKEN = {"text": "text", "thinking": "thinking"}


class Anthropic:
    """Reads Messages events, or whole messages."""

    def __init__(self) -> None:
        self._build = ChunkBuilder("anthropic")
        self._begin({})

    def _begin(self, message: dict[str, Any]) -> None:
        self._build.begin(message.get("id"), message.get("model"))
        self._begun = bool(message)  # whether its start has been seen, and not its end
        self._usage: dict[str, Any] = {}
        self._reason: str | None = None
        self._blocks: dict[Hashable, dict[str, Any]] = {}  # those that are no text: what they began with
        self._silent: set[Hashable] = set()  # calls without a fragment so far

    def feed(self, value: Any) -> list[Chunk]:
        """Translate one event, or a whole message into chunks. Raises NotAChunk."""
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kind, str) or not kind.replace("_", "").isalpha():
            raise NotAChunk("no event of Anthropic's")
        handler = _HANDLERS.get(kind)
        return [self._build.beyond({kind: value})] if handler is None else handler(self, value)

    def close(self) -> list[Chunk]:
        """The usage of a message that was cut, and why it would have stopped."""
        chunks = self._inputs()
        if self._reason is not None:  # F: a stop reason is an end, with or without its message_stop
            chunks.append(self._finish())
        chunks += self._last_words()
        self._begin({})
        return chunks

    def _inputs(self) -> list[Chunk]:
        """The whole inputs of calls that were begun with them, and cut before their block ended."""
        chunks: list[Chunk] = []
        for index in list(self._blocks):
            if self._blocks[index].get("input"):
                chunks += self._content_block_stop({"index": index})
        return chunks

    # --- events ----------------------------------------------------------------------------

    def _message_start(self, event: dict[str, Any]) -> list[Chunk]:
        message = object_of(event, "message")
        if self._begun and message.get("id") == self._build.ident:  # a repetition
            return []
        self._begin(message)
        self._count(message)
        chunks = self._open(message)
        blocks = message.get("content")
        for index, block in enumerate(blocks if isinstance(blocks, list) else ()):
            if isinstance(block, dict):  # what a message that goes on already holds
                chunks += self._content_block_start({"index": index, "content_block": block})
        return chunks

    def _open(self, message: dict[str, Any]) -> list[Chunk]:
        """Return the first chunk of a response, with the members that a chunk cannot express."""
        return [self._build.adding(self._build.role(), rest_of(message, _TRANSLATED))]

    def _content_block_start(self, event: dict[str, Any]) -> list[Chunk]:
        block = object_of(event, "content_block")
        index, kind = key_of(event.get("index")), str(block.get("type"))
        self._blocks.pop(index, None)
        if kind in _SPOKEN:
            return self._spoken(event, block)
        self._blocks[index] = block
        if kind == "tool_use":
            self._silent.add(index)
            return [self._build.call(index, block.get("id"), block.get("name"))]
        self._build.divide()
        return [self._build.beyond({kind: event})]

    def _spoken(self, event: dict[str, Any], block: dict[str, Any]) -> list[Chunk]:
        """Translate a block of text or thinking, and its other members (citations, a signature)."""
        chunks = []
        text, thinking = block.get("text"), block.get("thinking")
        if thinking and isinstance(thinking, str):
            chunks.append(self._build.thoughts(thinking, block=key_of(event.get("index"))))
        if text and isinstance(text, str):
            chunks.append(self._build.text(text, block=key_of(event.get("index"))))
        rest = {name: value for name, value in block.items() if value and name != "type" and name not in _SPOKEN}
        if rest:
            chunks.append(self._build.beyond(dict.fromkeys(rest, event)))
        return chunks

    def _content_block_delta(self, event: dict[str, Any]) -> list[Chunk]:
        delta = object_of(event, "delta")
        kind = delta.get("type")
        if kind == "text_delta":
            return self._piece(self._build.text, delta.get("text"), event)
        if kind == "thinking_delta":
            return self._piece(self._build.thoughts, delta.get("thinking"), event)
        if kind == "input_json_delta":
            return self._input(event, delta.get("partial_json"))
        return [self._build.beyond({str(kind): event})]

    def _piece(self, build: Callable[..., Chunk], text: Any, event: dict[str, Any]) -> list[Chunk]:
        return [build(text, block=key_of(event.get("index")))] if text and isinstance(text, str) else []

    def _input(self, event: dict[str, Any], fragment: Any) -> list[Chunk]:
        index = key_of(event.get("index"))
        kind = str(self._blocks.get(index, {}).get("type", "tool_use"))
        if kind != "tool_use":
            return [self._build.beyond({kind: event})]
        if not fragment or not isinstance(fragment, str):  # the first is often ""
            return []
        self._silent.discard(index)
        return [self._build.arguments(index, fragment)]

    def _content_block_stop(self, event: dict[str, Any]) -> list[Chunk]:
        index = key_of(event.get("index"))
        block = self._blocks.pop(index, {})
        if index not in self._silent:
            return []
        self._silent.discard(index)
        given = block.get("input")
        return [] if given is None else [self._build.arguments(index, dumps(given, ensure_ascii=False))]

    def _message_delta(self, event: dict[str, Any]) -> list[Chunk]:
        delta = event.get("delta")
        delta = delta if isinstance(delta, dict) else {}
        self._count(event)
        reason = delta.get("stop_reason")
        self._reason = reason if isinstance(reason, str) else self._reason
        rest = rest_of({**delta, **event}, _HANDLED)
        return [self._build.beyond(rest)] if rest else []

    def _message_stop(self, event: dict[str, Any]) -> list[Chunk]:
        chunks = [self._finish(), *self._last_words()]
        rest = rest_of(event, _HANDLED)
        if rest:
            chunks.append(self._build.beyond(rest))
        self._begin({})
        return chunks

    def _error(self, event: dict[str, Any]) -> list[Chunk]:
        error = self._build.error(event.get("error") or {"message": "an error without a message"})
        chunks = [*self._last_words(), error]
        self._begin({})
        return chunks

    def _message(self, message: dict[str, Any]) -> list[Chunk]:
        blocks = message.get("content")
        if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
            raise NotAChunk("a message whose content is no array of blocks")
        self._begin(message)
        chunks = self._open(message)
        for index, block in enumerate(blocks):
            chunks += self._content_block_start({"index": index, "content_block": block})
            chunks += self._content_block_stop({"index": index})
        end = {name: message.get(name) for name in ("stop_reason", "stop_sequence")}
        chunks += self._message_delta({"delta": end, "usage": message.get("usage")})
        return chunks + self._message_stop({"type": "message_stop"})

    # --- the end ---------------------------------------------------------------------------

    def _count(self, holder: dict[str, Any]) -> None:
        usage = holder.get("usage")
        if isinstance(usage, dict):
            self._usage.update({name: value for name, value in usage.items() if value is not None})

    def _finish(self) -> Chunk:
        reason = self._reason or ("tool_use" if self._build.calls() else "end_turn")
        chunk = self._build.finish(ANTHROPIC.get(reason, "stop"))
        kept = reason in ("pause_turn", "refusal") or reason not in ANTHROPIC  # a chunk has no word for it
        return self._build.adding(chunk, {"stop_reason": reason} if kept else {})

    def _last_words(self) -> list[Chunk]:
        usage = self._usage
        if not usage:
            return []
        cached, written = usage.get("cache_read_input_tokens"), usage.get("cache_creation_input_tokens")
        prompt = sum(count for count in (usage.get("input_tokens"), cached, written) if isinstance(count, int))
        chunk = self._build.usage(usage_of(prompt, usage.get("output_tokens"), cached=cached))
        rest = {name: value for name, value in usage.items() if value and name not in _COUNTED}
        return [self._build.adding(chunk, {"usage": rest} if rest else {})]


_HANDLERS: dict[str, Callable[[Anthropic, dict[str, Any]], list[Chunk]]] = {
    "message_start": Anthropic._message_start,
    "content_block_start": Anthropic._content_block_start,
    "content_block_delta": Anthropic._content_block_delta,
    "content_block_stop": Anthropic._content_block_stop,
    "message_delta": Anthropic._message_delta,
    "message_stop": Anthropic._message_stop,
    "error": Anthropic._error,
    "ping": lambda _, __: [],
    "message": Anthropic._message,
}
"""What reads an event of each type."""
