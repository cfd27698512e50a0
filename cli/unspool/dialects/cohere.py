"""Cohere v2 chat: events, or a whole answer.

    message-start                         the id; the role
    content-start, -delta, -end           text; thinking, which is native reasoning
    tool-plan-delta                       what the model means to do: native reasoning
    tool-call-start, -delta, -end         a call, known by its index; its arguments in fragments
    citation-start, -end, debug           in the extension
    message-end                           why it ended and the usage; an error (R12)
    message (no type: a whole answer)     the same events, made of it

    id        message-start.id            model, created   none: "" and 0
    usage     prompt_tokens               usage.tokens.input_tokens; if there are no tokens, billed_units
              cached_tokens               usage.cached_tokens
              completion_tokens           usage.tokens.output_tokens
              reasoning_tokens            usage.tokens.reasoning_tokens

What is billed, and what else an event holds (log probabilities), rides in the extension.

Source: the events as the captures of this project have them, and
https://docs.cohere.com/v2/reference/chat-stream.
"""

from collections.abc import Callable, Iterator
from typing import Any

from unspool.core.errors import NotAChunk
from unspool.core.rewriter.wire import Chunk, arguments_text
from unspool.dialects.chunk_builder import ChunkBuilder, usage_of
from unspool.dialects.finish_words import COHERE, FAILED
from unspool.dialects.members import dict_of
from unspool.variants.texts import text_in
from unspool.variants.values import non_blank

_SPOKEN = frozenset({"type", "text", "thinking"})


class Cohere:
    """Reads the events of one response after the other."""

    def __init__(self) -> None:
        self._build = ChunkBuilder("cohere")
        self._ended = False  # the response has ended, and no other has begun

    def feed(self, value: Any) -> list[Chunk]:
        """Translate one event, or a whole answer, into chunks. Raises NotAChunk."""
        if isinstance(value, dict) and "type" not in value and isinstance(value.get("message"), dict):
            return [chunk for event in _events_of(value) for chunk in self.feed(event)]
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kind, str) or not kind.replace("-", "").isalpha():
            raise NotAChunk("no event of Cohere's")
        if kind == "error":  # R12: of a relay
            return [self._build.error(value.get("error") or value)]
        handler = _HANDLERS.get(kind)
        if handler is None:
            return [self._build.beyond({kind: value})]
        if kind == "message-end" and self._ended:  # it is received twice
            return []
        chunks = handler(self, value)
        self._ended = kind == "message-end"
        return chunks

    def close(self) -> list[Chunk]:
        """Return nothing: each event is translated at once."""
        self._build.begin()
        self._ended = False
        return []

    def _message_start(self, event: dict[str, Any]) -> list[Chunk]:
        self._build.begin(event.get("id"))
        return [self._build.role()]

    def _content(self, event: dict[str, Any]) -> list[Chunk]:
        content = _said(event, "content")
        chunks = []
        if thinking := text_in(content.get("thinking")):
            chunks.append(self._build.thoughts(thinking, block=_key(event)))
        if text := text_in(content.get("text")):
            chunks.append(self._build.text(text, block=_key(event)))
        if content.keys() <= _SPOKEN and "logprobs" not in event:
            return chunks
        return [*chunks, self._build.beyond({str(event["type"]): event})]

    def _tool_plan(self, event: dict[str, Any]) -> list[Chunk]:
        plan = text_in(_message(event).get("tool_plan"))
        return [self._build.thoughts(plan, block="plan")] if plan else []

    def _tool_call_start(self, event: dict[str, Any]) -> list[Chunk]:
        call = _said(event, "tool_calls")
        function = dict_of(call, "function")
        name, arguments = non_blank(function.get("name")), _arguments(function)
        return [self._build.call(_key(event), non_blank(call.get("id")), name, arguments)]

    def _tool_call_delta(self, event: dict[str, Any]) -> list[Chunk]:
        fragment = _arguments(dict_of(_said(event, "tool_calls"), "function"))
        return [self._build.arguments(_key(event), fragment)] if fragment else []

    def _message_end(self, event: dict[str, Any]) -> list[Chunk]:
        delta = event.get("delta")
        if not isinstance(delta, dict):
            raise NotAChunk("a message-end without its delta")
        reason, error = delta.get("finish_reason"), delta.get("error")
        last = self._usage(delta.get("usage"))
        if error or (isinstance(reason, str) and COHERE.get(reason) == FAILED):
            return [*last, self._build.error({"message": error or f"the response ended with {reason}", "code": reason})]
        if not isinstance(reason, str):
            reason = "TOOL_CALL" if self._build.calls() else "COMPLETE"
        chunk = self._build.finish(COHERE.get(reason, "stop"))
        kept = reason not in COHERE or COHERE[reason] == "content_filter"
        return [self._build.adding(chunk, {"finish_reason": reason} if kept else {}), *last]

    def _usage(self, usage: Any) -> list[Chunk]:
        if not isinstance(usage, dict):
            return []
        tokens = dict_of(usage, "tokens") or dict_of(usage, "billed_units")
        counted = usage_of(
            tokens.get("input_tokens"),
            tokens.get("output_tokens"),
            cached=usage.get("cached_tokens"),
            reasoning=tokens.get("reasoning_tokens"),
        )
        rest = {name: value for name, value in usage.items() if name not in ("tokens", "cached_tokens")}
        return [self._build.adding(self._build.usage(counted), {"usage": rest} if rest else {})]


def _events_of(answer: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The events that a stream would have had for a whole answer."""
    message = answer["message"]
    yield {"type": "message-start", "id": answer.get("id")}
    yield {"type": "tool-plan-delta", "delta": {"message": {"tool_plan": message.get("tool_plan")}}}
    content, calls = message.get("content"), message.get("tool_calls")
    content = [{"type": "text", "text": content}] if isinstance(content, str) else content
    for index, part in enumerate(content if isinstance(content, list) else ()):
        yield {"type": "content-start", "index": index, "delta": {"message": {"content": part}}}
    for index, call in enumerate(calls if isinstance(calls, list) else ()):
        yield {"type": "tool-call-start", "index": index, "delta": {"message": {"tool_calls": call}}}
    ends = {name: answer[name] for name in ("finish_reason", "usage", "error") if name in answer}
    yield {"type": "message-end", "delta": ends}


def _message(event: dict[str, Any]) -> dict[str, Any]:
    """Return ``delta.message``. Raises NotAChunk if there is none."""
    delta = event.get("delta")
    message = delta.get("message") if isinstance(delta, dict) else None
    if not isinstance(message, dict):
        raise NotAChunk(f"a {event['type']} without its message")
    return message


def _said(event: dict[str, Any], name: str) -> dict[str, Any]:
    """The object under one name of a message; an array of one is accepted. Raises NotAChunk."""
    found = _message(event).get(name)
    if isinstance(found, list) and len(found) == 1:
        found = found[0]
    if not isinstance(found, dict):
        raise NotAChunk(f"a {event['type']} without its {name}")
    return found


def _arguments(function: dict[str, Any]) -> str:
    """Arguments or a fragment of them; some relays give an object (A3)."""
    given = function.get("arguments")
    return arguments_text(given)


def _key(event: dict[str, Any]) -> str:
    """Return the key of a call: its index as text, since it may have any type."""
    return str(event.get("index"))


_HANDLERS: dict[str, Callable[[Cohere, dict[str, Any]], list[Chunk]]] = {
    "message-start": Cohere._message_start,
    "content-start": Cohere._content,
    "content-delta": Cohere._content,
    "content-end": lambda _, __: [],
    "tool-plan-delta": Cohere._tool_plan,
    "tool-call-start": Cohere._tool_call_start,
    "tool-call-delta": Cohere._tool_call_delta,
    "tool-call-end": lambda _, __: [],
    "message-end": Cohere._message_end,
}
"""The handler of each event type; ``matches`` in the registry uses them too."""
