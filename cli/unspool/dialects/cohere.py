"""Cohere v2 chat: events, or a whole answer.

    message-start                         the id; the role
    content-start, -delta, -end           text; thinking, which is native reasoning
    tool-plan-delta                       what the model means to do: native reasoning
    tool-call-start, -delta, -end         a call, known by its index; its arguments in fragments
    citation-start, -end, debug           in the extension
    message-end                           why it ended and the usage; an error (R12)
    message (no type: a whole answer)     the same events, made of it; after its own events only what they did not have
    …-end, message-end with a message     the same of its parts (R15)

    id        message-start.id            model, created   none: "" and 0
    usage     prompt_tokens               usage.tokens.input_tokens; if there are no tokens, billed_units
              cached_tokens               usage.cached_tokens
              completion_tokens           usage.tokens.output_tokens
              reasoning_tokens            usage.tokens.reasoning_tokens

What is billed, and what else an event holds (log probabilities), rides in the extension.

Cohere's client for TypeScript gives the members in camel case.

Source: the events as the captures of this project have them, and
https://docs.cohere.com/v2/reference/chat-stream.
"""

from collections.abc import Callable, Iterator
from typing import Any

from unspool.core.errors import NotAChunk
from unspool.core.rewriter.wire import Chunk, arguments_text
from unspool.dialects.base import Dialect
from unspool.dialects.begun_texts import BegunTexts
from unspool.dialects.chunk_builder import ChunkBuilder, usage_of
from unspool.dialects.finish_words import COHERE, FAILED, meaning_of
from unspool.dialects.interrupted import Interruptions
from unspool.dialects.items import Item, Items, addresses_of
from unspool.dialects.members import dict_of, dicts_of, in_snake_case
from unspool.dialects.piece_signs import is_oci
from unspool.variants.texts import text_in
from unspool.variants.values import non_blank

_TRANSLATED = frozenset({"type", "text", "thinking"})
_CAMEL_CASE = frozenset({"toolCalls", "toolPlan"})


class Cohere(Dialect):
    """Reads the events of one response after the other."""

    def __init__(self) -> None:
        self._build = ChunkBuilder("cohere")
        self._ended = False  # the response has ended, and no other has begun
        self._begun = False  # its start was received, and not its end
        self._interruptions = Interruptions()
        self._begin(None)

    def feed(self, value: Any) -> list[Chunk]:
        """Translate one event, or a whole answer, into chunks. Raises NotAChunk."""
        if _is_in_camel_case(value):
            value = in_snake_case(value)
        if (
            isinstance(value, dict)
            and not ("type" in value or "done" in value)
            and isinstance(value.get("message"), dict)
            and not is_oci(value)
        ):
            return self._whole_answer(value)
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kind, str) or not kind.replace("-", "").isalpha():
            raise NotAChunk("no event of Cohere's")
        if kind == "error":  # R12: of a relay
            return [self._build.error(value.get("error") or value)]
        handler = _HANDLERS.get(kind)
        if handler is None:
            return [self._build.beyond({kind: value})]
        if kind == "message-end":
            self._interruptions.count(dict_of(value, "delta").get("usage"))
            if self._ended:  # it is received twice
                self._interruptions.end_again()
                return []
        if self._ended and kind != "message-start":
            self._interruptions.begin_without_start()
        chunks = handler(self, value)
        self._ended = kind == "message-end"
        self._begun = self._begun and not self._ended
        return chunks

    def close(self) -> list[Chunk]:
        """Return nothing: each event is translated at once."""
        self._begin(None)
        return []

    def _begin(self, ident: Any) -> None:
        self._build.begin(ident)
        self._items = Items(ident)  # texts, thoughts and calls
        self._begun_texts = BegunTexts()  # by the numbers of their items
        self._ended = self._begun = False

    def _message_start(self, event: dict[str, Any]) -> list[Chunk]:
        self._interruptions.begin(self._begun and self._is_another(non_blank(event.get("id"))))
        self._begin(event.get("id"))
        self._begun = True
        return [self._build.start()]

    def _is_another(self, ident: str | None) -> bool:
        """Return whether a start is of another response; without ids, one that is received twice has no part before."""
        return bool(self._items) if ident is None else ident != self._build.ident

    def _whole_answer(self, answer: dict[str, Any]) -> list[Chunk]:
        """A whole answer: a new one, or the one whose events came before it (R15)."""
        ident = answer.get("id")
        wholes = [(kind, whole) for kind, _, whole, _ in _wholes_of(answer["message"])]
        is_open = self._begun and self._items.are_of(ident, wholes)
        if not is_open and not (self._items and ident and ident == self._build.ident):
            return [chunk for event in _events_of(answer) for chunk in self.feed(event)]
        *_, end = _events_of(answer)
        chunks: list[Chunk] = []
        if self._ended:
            if self._items.repeat(ident, wholes):
                return []
            if not self._items.continued_by(ident, wholes):
                return [chunk for event in _events_of(answer) for chunk in self.feed(event)]
            chunks, self._ended = [self._build.role()], False
        return chunks + self._rest_of(answer["message"]) + self.feed(end)

    def _rest_of(self, message: dict[str, Any]) -> list[Chunk]:
        """Emit what the parts of a whole message have beyond their events."""
        self._items.reopen()
        chunks: list[Chunk] = []
        for kind, place, whole, call in _wholes_of(message):
            name = None if call is None else dict_of(call, "function").get("name")
            addresses = addresses_of(call or {}, place)
            item = self._items.of_snapshot(kind, whole, addresses, name, final=True)
            item.closed = True
            if call is not None:
                chunks += self._call(item, call)
            chunks += self._rest_of_item(item, whole[kind])
        return chunks

    def _rest_of_item(self, item: Item, whole: Any) -> list[Chunk]:
        rest = item.remainder(item.kind, whole)
        if rest is not None:
            return self._emit(item, rest)
        if item.kind == "call":
            return [self._build.whole_arguments(item.number, arguments_text(whole))] if whole else []
        target = "content" if item.kind == "text" else "reasoning_content"
        return self._build.contradicted(target, item.contradiction(item.kind, whole))

    def _emit(self, item: Item, text: str) -> list[Chunk]:
        """A piece of an item, which counts as emitted from now on; none for empty text."""
        if not text:
            return []
        item.add(item.kind, text)
        if item.kind == "call":
            return [self._build.arguments(item.number, text)]
        if item.kind == "text":
            return [self._build.text(text, block=item.number)]
        return [self._build.thoughts(text, block=item.number)]

    def _piece(self, item: Item, text: str, begins: bool = False) -> list[Chunk]:
        """A piece of an item; one that the item begins with may be said again (R15)."""
        if begins:
            self._begun_texts.begin(item.number, text)
        elif self._begun_texts.waiting:
            text = self._begun_texts.rest(item.number, text)
        return self._emit(item, text)

    def _call(self, item: Item, call: dict[str, Any]) -> list[Chunk]:
        """The beginning of a call, once."""
        function = dict_of(call, "function")
        name = non_blank(function.get("name"))
        item.name = item.name or name
        return [self._build.call(item.number, non_blank(call.get("id")), name)] if item.note("call") else []

    def _content(self, event: dict[str, Any]) -> list[Chunk]:
        content, begins = _member_of(event, "content"), event["type"] == "content-start"
        chunks = []
        for kind in ("thinking", "text"):
            if text := text_in(content.get(kind)):
                chunks += self._piece(self._items.of_delta(kind, (_key(event),)), text, begins)
        if content.keys() <= _TRANSLATED and "logprobs" not in event:
            return chunks
        return [*chunks, self._build.beyond({str(event["type"]): event})]

    def _tool_plan(self, event: dict[str, Any]) -> list[Chunk]:
        plan = text_in(_message(event).get("tool_plan"))
        return self._emit(self._items.of_delta("plan", ()), plan)

    def _tool_call_start(self, event: dict[str, Any]) -> list[Chunk]:
        call = _member_of(event, "tool_calls")
        item = self._items.of_new("call", addresses_of(call, _key(event)), dict_of(call, "function").get("name"))
        return self._call(item, call) + self._piece(item, _arguments(dict_of(call, "function")), begins=True)

    def _tool_call_delta(self, event: dict[str, Any]) -> list[Chunk]:
        fragment = _arguments(dict_of(_member_of(event, "tool_calls"), "function"))
        return self._piece(self._items.of_delta("call", (_key(event),)), fragment)

    def _part_end(self, event: dict[str, Any]) -> list[Chunk]:
        """The end of a part; some relays give it whole."""
        self._interruptions.part_ends((event["type"], _key(event)))
        message = dict_of(dict_of(event, "delta"), "message")
        return self._rest_of(message) if message else []

    def _message_end(self, event: dict[str, Any]) -> list[Chunk]:
        delta = event.get("delta")
        if not isinstance(delta, dict):
            raise NotAChunk("a message-end without its delta")
        reason, error = delta.get("finish_reason"), delta.get("error")
        whole = self._rest_of(dict_of(delta, "message"))
        last = self._usage(delta.get("usage"))
        if error or (isinstance(reason, str) and meaning_of(COHERE, reason) == FAILED):
            return [
                *whole,
                *last,
                self._build.error({"message": error or f"the response ended with {reason}", "code": reason}),
            ]
        if not isinstance(reason, str):
            reason = "TOOL_CALL" if self._build.calls() else "COMPLETE"
        chunk = self._build.finish(meaning_of(COHERE, reason))
        kept = reason not in COHERE or COHERE[reason] == "content_filter"
        return [*whole, self._build.adding(chunk, {"finish_reason": reason} if kept else {}), *last]

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


def _is_in_camel_case(value: Any) -> bool:
    """Return whether members that are read have other names than on the wire (T40)."""
    delta = dict_of(value, "delta") or value
    if not isinstance(delta, dict):
        return False
    return "finishReason" in delta or not _CAMEL_CASE.isdisjoint(dict_of(delta, "message"))


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


def _wholes_of(message: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any], dict[str, Any] | None]]:
    """The parts of a whole message: kind, index, whole value by kind, and the call if it is one."""
    content = message.get("content")
    if plan := text_in(message.get("tool_plan")):
        yield "plan", "plan", {"plan": plan}, None
    parts = [{"text": content}] if isinstance(content, str) else dicts_of(message, "content")
    for index, part in enumerate(parts):
        for kind in ("thinking", "text"):
            if text := text_in(part.get(kind)):
                yield kind, str(index), {kind: text}, None
    for index, call in enumerate(dicts_of(message, "tool_calls")):
        yield "call", str(index), {"call": dict_of(call, "function").get("arguments")}, call


def _message(event: dict[str, Any]) -> dict[str, Any]:
    """Return ``delta.message``. Raises NotAChunk if there is none."""
    delta = event.get("delta")
    message = delta.get("message") if isinstance(delta, dict) else None
    if not isinstance(message, dict):
        raise NotAChunk(f"a {event['type']} without its message")
    return message


def _member_of(event: dict[str, Any], name: str) -> dict[str, Any]:
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
    "content-end": Cohere._part_end,
    "tool-plan-delta": Cohere._tool_plan,
    "tool-call-start": Cohere._tool_call_start,
    "tool-call-delta": Cohere._tool_call_delta,
    "tool-call-end": Cohere._part_end,
    "message-end": Cohere._message_end,
}
"""The handler of each event type."""
