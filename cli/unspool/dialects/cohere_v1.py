"""Cohere v1 chat: events, as Cohere's first interface and Command R on Amazon Bedrock send them.

Checked against its documentation and streams quoted in public issues, not against a capture.

    stream-start              the id (generation_id)
    text-generation           text
    tool-calls-chunk          a fragment of a call, known by its index; its text is the model's plan: native reasoning
    tool-calls-generation     the calls whole (R15)
    stream-end                why it ended, the usage, and the answer whole (R15)
    stream-error              an error with its message (R12)
    anything else             in the extension (searches, citations)

/v1/generate and Cohere's older models on Bedrock have no event_type: is_finished distinguishes the end,
whose text is the last piece, or all of it. A whole answer has a generation_id, or generations.

    usage     prompt_tokens, completion_tokens    meta.tokens, else meta.billed_units

Cohere's client for TypeScript gives the members in camel case.

Source: https://docs.cohere.com/v1/reference/chat-stream.
"""

from collections.abc import Sequence
from typing import Any

from unspool.core.errors import NotAChunk
from unspool.core.rewriter.wire import Chunk, arguments_text
from unspool.dialects.base import Dialect
from unspool.dialects.chunk_builder import ChunkBuilder, key_of, usage_of
from unspool.dialects.finish_words import COHERE, FAILED, failure, meaning_of
from unspool.dialects.items import Item, Items
from unspool.dialects.members import dict_of, dicts_of, in_snake_case
from unspool.variants.texts import text_in
from unspool.variants.values import index_of, non_blank

Event = dict[str, Any]
_UNTYPED = frozenset({"is_finished", "generation_id", "generations"})
"""Members of what has no event_type."""


class CohereV1(Dialect):
    """Reads the events of one response after the other."""

    def __init__(self) -> None:
        self._build = ChunkBuilder("cohere-v1")
        self._begin(None)

    def feed(self, value: Any) -> list[Chunk]:
        """Translate one event into chunks. Raises NotAChunk."""
        if isinstance(value, dict) and ("isFinished" in value or "generationId" in value):
            value = in_snake_case(value)
        kind = value.get("event_type") if isinstance(value, dict) else None
        if kind is None and isinstance(value, dict) and not _UNTYPED.isdisjoint(value):
            return self._generated(value) if "is_finished" in value else self._whole(value)
        if not isinstance(kind, str):
            raise NotAChunk("no event of Cohere's")
        if kind == "stream-start":
            self._begin(value.get("generation_id"))
            return [self._build.start()]
        if kind == "text-generation":
            return self._piece(value.get("text"))
        if kind == "tool-calls-chunk":
            return self._call_fragment(value)
        if kind == "tool-calls-generation":
            return self._whole_calls(value)
        return self._end(value) if kind in ("stream-end", "stream-error") else [self._build.beyond({kind: value})]

    def close(self) -> list[Chunk]:
        """The input ended: each event is translated at once."""
        self._begin(None)
        return []

    def _begin(self, ident: Any) -> None:
        self._build.begin(ident)
        self._texts: dict[int, Item] = {}  # what was emitted, by choice
        self._ended: set[int] = set()  # choices of /v1/generate
        self._items = Items()  # calls

    def _generated(self, event: Event) -> list[Chunk]:
        """A record of /v1/generate; of several generations each has its index (R14)."""
        choice, text = index_of(event.get("index")) or 0, event.get("text")
        if choice in self._ended and ("index" in event or self._ended.issuperset(self._texts)):
            # Nothing else shows that another response begins.
            self._begin(None)
        if event["is_finished"] is not True:
            return self._piece(text, choice)
        ends = [choice] if "index" in event else sorted({choice, *self._texts} - self._ended)  # of all that are open
        self._ended.update(ends)
        rest = self._text(choice).remainder("text", text)  # the last piece, or all of the text again (R15)
        return self._piece(text if rest is None else rest, choice) + self._end(event, ends)

    def _whole(self, answer: Event) -> list[Chunk]:
        """A whole answer; of /v1/generate each generation is a choice (R14)."""
        self._begin(answer.get("generation_id") or answer.get("id"))
        choices = list(range(len(dicts_of(answer, "generations")))) or [0]
        return [self._build.start(), *self._end({"response": answer}, choices)]

    def _text(self, choice: int) -> Item:
        return self._texts.setdefault(choice, Item())

    def _piece(self, text: Any, choice: int = 0) -> list[Chunk]:
        text = text_in(text)
        if not text:
            return []
        self._text(choice).add("text", text)
        return [self._build.text(text, choice)]

    def _call_fragment(self, event: Event) -> list[Chunk]:
        delta, plan = event.get("tool_call_delta"), event.get("text")
        chunks = [self._build.thoughts(plan)] if (plan := text_in(plan)) else []
        if not isinstance(delta, dict):
            return chunks
        key, name, fragment = key_of(delta.get("index")), non_blank(delta.get("name")), delta.get("parameters")
        addresses = () if key is None else (key,)
        if name is not None and key is not None and self._items.at("call", addresses) is None:
            item = self._items.of_new("call", addresses)
        else:
            item = self._items.of_delta("call", addresses)
        if name is not None:
            chunks += self._call(item, name)
        return chunks + self._arguments(item, arguments_text(fragment))

    def _call(self, item: Item, name: Any) -> list[Chunk]:
        """The beginning of a call, once."""
        item.name = item.name or name
        return [self._build.call(item.number, f"call_{item.number + 1}", name)] if item.note("call") else []

    def _arguments(self, item: Item, fragment: str) -> list[Chunk]:
        if not fragment:
            return []
        item.add("arguments", fragment)
        return [self._build.arguments(item.number, fragment)]

    def _whole_calls(self, event: Event) -> list[Chunk]:
        """What whole calls have beyond their fragments (R15)."""
        self._items.reopen()
        chunks: list[Chunk] = []
        for place, call in enumerate(dicts_of(event, "tool_calls")):
            name, given = call.get("name"), call.get("parameters")
            item = self._items.of_snapshot("call", {"arguments": given}, (place,), name, final=True)
            item.closed = True
            chunks += self._call(item, name)
            rest = item.remainder("arguments", given)
            if rest is None and given is not None:
                chunks.append(self._build.whole_arguments(item.number, arguments_text(given)))
            else:
                chunks += self._arguments(item, rest or "")
        return chunks

    def _end(self, event: Event, choices: Sequence[int] = (0,)) -> list[Chunk]:
        if event.get("event_type") == "stream-error":
            return [self._build.error(event)]
        answer = dict_of(event, "response")
        chunks: list[Chunk] = []
        for choice in choices:
            chunks += self._end_of(choice, event, answer)
        return chunks + [self._build.usage(usage) for usage in _usages(answer.get("meta"))]

    def _end_of(self, choice: int, event: Event, answer: Event) -> list[Chunk]:
        """What the end has beyond the pieces of a choice, and its finish."""
        generation = (*dicts_of(answer, "generations")[choice:], {})[0]  # of /v1/generate
        whole = generation.get("text") if answer.get("text") is None else answer["text"]
        item = self._text(choice)
        chunks = self._piece(item.remainder("text", whole), choice)
        chunks += self._build.contradicted("content", item.contradiction("text", whole), choice)
        chunks += self._whole_calls(answer)
        word = event.get("finish_reason") or answer.get("finish_reason") or generation.get("finish_reason")
        word = str(word or "COMPLETE")
        reason = meaning_of(COHERE, word)
        if reason == FAILED:
            return [*chunks, self._build.error(failure(word, event.get("error") or answer.get("error")))]
        kept = {"finish_reason": word} if reason == "content_filter" or word not in COHERE else {}
        return [*chunks, self._build.adding(self._build.finish(None if reason == "stop" else reason, choice), kept)]


def _usages(meta: Any) -> list[dict[str, Any]]:
    """The usage of a response, if it has one."""
    counts = (meta.get("tokens") or meta.get("billed_units")) if isinstance(meta, dict) else None
    if not isinstance(counts, dict):
        return []
    return [usage_of(counts.get("input_tokens"), counts.get("output_tokens"))]
