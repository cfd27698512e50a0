"""Gemini's Interactions API: the events of ``interactions.create`` with ``stream``.

Checked against the documentation of November 2026 and streams quoted in public issues, not against a capture.

    interaction.created, .start         id, model; the run begins
    step.start, content.start           a function_call begins a call: id, name, arguments if they are not empty
    step.delta, content.delta
        text                            text
        thought_summary                 thoughts: ``content.text``, or ``text``
        arguments_delta, arguments      a fragment: ``arguments``, or ``partial_arguments``
        function_call                   a whole call (events of the older revision)
    step.stop, content.stop             another text that follows is a separate message
    interaction.completed, .complete    the end: status, usage; outputs that no delta had (R15)
    error                               the end of a run that failed (R12)

    finish    completed: stop; requires_action: tool_calls; incomplete: length; failed and cancelled fail the run
    usage     total_input_tokens + total_tool_use_tokens, total_output_tokens + total_thought_tokens (or
              total_reasoning_tokens), total_cached_tokens, total_tokens

Signatures, annotations, and steps of a server's own tools ride in the extension.

Source: https://ai.google.dev/gemini-api/docs/interactions/streaming.
"""

from collections.abc import Callable, Hashable
from typing import Any

from unspool.core.errors import NotAChunk
from unspool.dialects.agents.run import Message, RunReader, message_of
from unspool.dialects.begun_texts import BegunTexts
from unspool.dialects.chunk_builder import Chunks, key_of, sum_tokens, usage_of
from unspool.dialects.finish_words import FAILED, INTERACTIONS, meaning_of
from unspool.dialects.items import Item, Items, addresses_of
from unspool.dialects.members import dict_of, list_of, texts_of

_KINDS = {
    "function_call": "call",
    "text": "text",
    "model_output": "text",
    "thought": "thoughts",
    "thought_summary": "thoughts",
}
"""The kind of a step, or of a part of an answer, by its type."""


class GeminiInteractions(RunReader):
    """Reads the events of one interaction after the other, or a whole interaction."""

    def __init__(self) -> None:
        super().__init__("gemini-interactions", "interaction.completed")

    def _begin(self, interaction: dict[str, Any] | None = None) -> None:
        interaction = interaction or {}
        self._ident, self._model = interaction.get("id"), interaction.get("model") or interaction.get("agent")
        self._items = Items(self._ident)  # its steps
        self._begun_texts = BegunTexts()  # of steps that began with all of them, by their numbers
        self._last_text: Item | None = None  # the step whose text was emitted last
        self._messages = 0

    def feed(self, value: Any) -> Chunks:
        """Translate one event into chunks. Raises NotAChunk."""
        kind = value.get("event_type") if isinstance(value, dict) else None
        if isinstance(kind, str):
            handler = _HANDLERS.get(kind)
            return self._run.note({kind: value}) if handler is None else handler(self, value)
        if isinstance(value, dict) and value.get("object") == "interaction":
            self._begin(value)
            return self._completed({"interaction": value})
        raise NotAChunk("no event of an interaction")

    def _current(self) -> Message:
        last = self._run.last
        if last is not None:
            return last
        self._messages += 1
        return self._run.message(f"{self._ident or 'interaction'}-{self._messages}", self._model)

    def _created(self, event: dict[str, Any]) -> Chunks:
        interaction = dict_of(event, "interaction")
        chunks = self._of_run(interaction.get("id"))
        self._begin(interaction)
        self._run.live = True
        return chunks

    def _started(self, event: dict[str, Any]) -> Chunks:
        step, place = dict_of(event, "step") or dict_of(event, "content"), key_of(event.get("index"))
        kind = _KINDS.get(str(step.get("type")))
        if kind is None:
            name = str(step.get("type"))
            opened = self._current().open_once() if name.endswith("_call") else []
            return opened + self._run.note({name: event})
        if kind == "call" and not step.get("name"):
            return []  # the older revision only says that a call follows
        item = self._items.of_new(kind, addresses_of(step, place), step.get("name"))
        self._begun_texts.begin(item.number, _whole(step))
        return self._rest(item, step)

    def _snapshot(self, step: dict[str, Any], place: int, event: dict[str, Any]) -> Chunks:
        """A step of the whole interaction: what of it has not been emitted (R15)."""
        kind = _KINDS.get(str(step.get("type")))
        if kind is None:
            return self._run.note({str(step.get("type")): event})
        wholes = {"text": _whole(step)}
        item = self._items.of_snapshot(kind, wholes, addresses_of(step, place), step.get("name"), final=True)
        item.closed = True
        return self._rest(item, step)

    def _rest(self, item: Item, step: dict[str, Any]) -> Chunks:
        """Emit what a step, or a part of an answer, has beyond the text already emitted (R15)."""
        chunks: Chunks = []
        if item.kind == "call" and item.note("call"):
            chunks = self._current().call(item.number, step.get("id") or str(item.number), step.get("name"))
        whole = _whole(step)
        if not whole:
            return chunks
        rest = item.remainder("text", whole)
        if rest is not None:
            return chunks + self._emit(item, rest)
        message = self._current()
        if item.kind == "call":
            return chunks + message.arguments_other(item.number, whole)
        return chunks + message.other(item.kind, item.contradiction("text", whole))

    def _emit(self, item: Item, text: Any) -> Chunks:
        """A piece of a step; the text of another step is another message (R16)."""
        if not isinstance(text, str) or not text:
            return []
        item.add("text", text)
        message = self._current()
        if item.kind == "call":
            return message.arguments(item.number, text)
        if item.kind == "thoughts":
            return message.thoughts(text)
        chunks: Chunks = []
        if message.has_text and item is not self._last_text:
            chunks = message.finish()
            message = self._current()
        self._last_text = item
        return chunks + message.text(text)

    def _piece(self, kind: str, addresses: tuple[Hashable, ...], text: Any) -> Chunks:
        """A delta of a step, which may say again what that began with (R15)."""
        item = self._items.of_delta(kind, addresses)
        if self._begun_texts.waiting and isinstance(text, str):
            text = self._begun_texts.rest(item.number, text)
        return self._emit(item, text)

    def _delta(self, event: dict[str, Any]) -> Chunks:
        delta, place = dict_of(event, "delta"), key_of(event.get("index"))
        kind, addresses = delta.get("type"), () if place is None else (place,)
        if kind == "text":
            rest = self._run.note({"annotations": event}) if delta.get("annotations") else []
            return self._piece("text", addresses, delta.get("text")) + rest
        if kind == "thought_summary":
            text = dict_of(delta, "content").get("text") or delta.get("text")
            return self._piece("thoughts", addresses, text)
        if kind in ("arguments_delta", "arguments"):
            fragment = delta.get("arguments", delta.get("partial_arguments"))
            return self._piece("call", addresses, fragment)
        if kind == "function_call":
            wholes = {"text": _whole(delta)}
            return self._rest(self._items.of_part("call", wholes, addresses_of(delta, place), delta.get("name")), delta)
        return self._run.note({str(kind): event})

    def _completed(self, event: dict[str, Any]) -> Chunks:
        interaction = dict_of(event, "interaction")
        status = str(interaction.get("status") or "completed")
        chunks: Chunks = []
        self._items.reopen()
        for place, step in enumerate(list_of(interaction, "outputs") or list_of(interaction, "steps")):
            if isinstance(step, dict) and step.get("type") != "user_input":
                chunks += self._snapshot(step, place, event)
        meaning = meaning_of(INTERACTIONS, status)
        if meaning == FAILED:
            error = message_of(interaction.get("error"), f"the interaction is {status}")
            return chunks + self._run.fail({"message": error, "code": status})
        reason = None if status == "completed" else meaning  # its calls show which end it is
        kinds = {} if status in ("completed", "requires_action", "incomplete") else {"status": status}
        usage = dict_of(interaction, "usage")
        return chunks + self._run.finish(reason, _usage(usage) if usage else None, kinds)

    def _error(self, event: dict[str, Any]) -> Chunks:
        error = event.get("error")
        return self._run.fail(error if isinstance(error, dict) else {"message": message_of(event, "an error")})


def _whole(step: dict[str, Any]) -> Any:
    """Return the whole content of a step: the arguments of a call, or a text."""
    kind = _KINDS[str(step.get("type"))]
    if kind == "call":
        return step.get("arguments")
    if kind == "thoughts":
        return texts_of(step.get("summary"))
    return step.get("text") or texts_of(step.get("content"))


def _usage(usage: dict[str, Any]) -> dict[str, Any]:
    def count(name: str) -> int:
        return sum_tokens(usage.get(name))

    thoughts = count("total_thought_tokens") or count("total_reasoning_tokens")
    prompt = count("total_input_tokens") + count("total_tool_use_tokens")
    completion, total = count("total_output_tokens") + thoughts, usage.get("total_tokens")
    return usage_of(prompt, completion, total=total, cached=usage.get("total_cached_tokens"), reasoning=thoughts)


def _stopped(interaction: GeminiInteractions, _: dict[str, Any]) -> Chunks:
    interaction._items.end()
    return []


_HANDLERS: dict[str, Callable[[GeminiInteractions, dict[str, Any]], Chunks]] = {
    "interaction.created": GeminiInteractions._created,
    "interaction.start": GeminiInteractions._created,
    "interaction.status_update": lambda _, __: [],
    "interaction.in_progress": lambda _, __: [],
    "step.start": GeminiInteractions._started,
    "content.start": GeminiInteractions._started,
    "step.delta": GeminiInteractions._delta,
    "content.delta": GeminiInteractions._delta,
    "step.stop": _stopped,
    "content.stop": _stopped,
    "interaction.completed": GeminiInteractions._completed,
    "interaction.complete": GeminiInteractions._completed,
    "error": GeminiInteractions._error,
}
"""The reader of each type of event."""
