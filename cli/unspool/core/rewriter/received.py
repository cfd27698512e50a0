"""A chunk as it was received, read once: nothing behind this door looks into the dicts for it again.

    read_chunk(value) -> ReceivedChunk       its id, its choices, what it carries once
    received.choices  -> [ReceivedChoice]    what each says, and how it ends
    choice.fragments  -> [Fragment]          its pieces of calls

Reading proves the shape, so that nothing behind it meets a surprise: NotAChunk
is raised before anything has changed (R10).
"""

from collections.abc import Sequence
from typing import Any

from unspool.core.errors import NotAChunk
from unspool.core.rewriter.wire import (
    BOUNDARY,
    CallEntry,
    Choice,
    Chunk,
    arguments_text,
    choice_index,
    delta_of,
    entries_of,
    error_of,
    finish_reason,
    given,
    index_of,
    kind_of,
    text_of,
    thoughts_of,
    usage_of_chunk,
)


class Fragment:
    """One entry of ``delta.tool_calls``, read: absent names and ids are None, absent arguments "".

    ``custom`` if it belongs to a custom tool, whose input is free text (T24).
    """

    __slots__ = ("arguments", "custom", "entry", "id", "index", "name")

    def __init__(
        self,
        entry: CallEntry,
        index: int | None,
        ident: str | None,
        name: str | None,
        arguments: str,
        custom: bool = False,
    ) -> None:
        self.entry = entry
        self.index = index
        self.id = ident
        self.name = name
        self.arguments = arguments
        self.custom = custom

    @property
    def opens_object(self) -> bool:
        """Whether the arguments here start like an object of their own."""
        return self.arguments.lstrip().startswith("{")


class ReceivedChoice:
    """One choice of a chunk.

    ``delta`` is a whole message where there is no delta (B11, Q12), and empty for
    null (Q3, Q4); what is absent is None or "". ``refusal`` and ``usage`` are
    passed on unchecked. ``boundary`` is the member of the delta that begins
    another message (R16), ``whole`` if it is a whole message.
    """

    __slots__ = (
        "boundary",
        "choice",
        "delta",
        "finish",
        "fragments",
        "index",
        "refusal",
        "role",
        "text",
        "thoughts",
        "usage",
        "whole",
    )

    def __init__(self, choice: Any) -> None:
        if not isinstance(choice, dict):
            raise NotAChunk(f"a choice is {kind_of(choice)}, not an object")
        delta = delta_of(choice)
        if not isinstance(delta, dict):
            raise NotAChunk(f"a delta is {kind_of(delta)}, not an object")
        self.choice: Choice = choice
        self.delta = delta
        self.fragments = _fragments(delta)
        self.index = choice_index(choice)
        self.role = given(delta.get("role"))
        self.text = text_of(delta)
        self.thoughts = thoughts_of(delta)
        self.refusal = delta.get("refusal")
        self.finish = finish_reason(choice)
        self.usage = choice.get("usage")
        self.boundary = choice.get(BOUNDARY)
        self.whole = "message" in choice and delta is choice["message"]

    @property
    def says(self) -> bool:
        """Whether it brings anything of a message: text, thoughts, a refusal or a call."""
        return bool(self.text or self.fragments or self.thoughts or self.refusal)

    @property
    def opens(self) -> bool:
        """Whether it looks like the first of a response and not like the next of one (Q11 with Q15)."""
        if self.role is None or self.finish is not None or self.text or self.thoughts:
            return False
        named = all(part.name is not None for part in self.fragments)
        return named and all(part.opens_object or not part.arguments.strip() for part in self.fragments)


class ReceivedChunk:
    """A chunk; ``usage`` and ``error`` are None where there is none, wherever they may stand (Q5-Q9, Q20, R12)."""

    __slots__ = ("choices", "chunk", "error", "id", "usage")

    def __init__(self, chunk: Chunk, choices: list[ReceivedChoice]) -> None:
        self.chunk = chunk
        self.choices = choices
        self.id = given(chunk.get("id"))
        self.error = error_of(chunk)
        usage = usage_of_chunk(chunk)
        if usage is None:
            usage = next((choice.usage for choice in choices if isinstance(choice.usage, dict)), None)
        self.usage: dict[str, Any] | None = usage


def read_chunk(value: Any) -> ReceivedChunk:
    """``value`` as a chunk.

    Raises NotAChunk where it is no object, or has neither choices, usage nor
    an error, or where choices, deltas or calls are of the wrong kind (R10).
    """
    if not isinstance(value, dict):
        raise NotAChunk(f"JSON, but {kind_of(value)} and not a chunk")
    choices = value.get("choices")
    if isinstance(choices, list):
        return ReceivedChunk(value, [ReceivedChoice(choice) for choice in choices])
    if choices is not None:
        raise NotAChunk(f"choices is {kind_of(choices)}, not an array")
    received = ReceivedChunk(value, [])
    if not value.get("usage") and received.error is None:
        raise NotAChunk("an object without choices")
    return received


def _fragments(delta: dict[str, Any]) -> Sequence[Fragment]:
    """The call fragments of a delta; an echo that does not count must have the shape of one too (T20, T23)."""
    calls, legacy = delta.get("tool_calls"), delta.get("function_call")
    if calls is None and legacy is None:
        return ()
    if calls is not None and not isinstance(calls, list):
        raise NotAChunk(f"tool_calls is {kind_of(calls)}, not an array")
    if legacy is not None:
        read_entry({"function": legacy})
    return [read_entry(entry) for entry in entries_of(delta)]


def read_entry(entry: Any) -> Fragment:
    """An entry, read; a null function is empty (T18), arguments may be an object (A3)."""
    if not isinstance(entry, dict):
        raise NotAChunk(f"a tool call is {kind_of(entry)}, not an object")
    function = entry.get("function")
    if function is None and "custom" in entry:
        return _read_custom(entry)
    if function is None:
        function = {}
    elif not isinstance(function, dict):
        raise NotAChunk(f"a function is {kind_of(function)}, not an object")
    arguments = arguments_text(function.get("arguments"))
    return Fragment(entry, index_of(entry.get("index")), given(entry.get("id")), given(function.get("name")), arguments)


def _read_custom(entry: CallEntry) -> Fragment:
    """An entry of a custom tool: its input is free text, not JSON (T24)."""
    custom = {} if entry["custom"] is None else entry["custom"]
    if not isinstance(custom, dict):
        raise NotAChunk(f"a custom tool is {kind_of(custom)}, not an object")
    text = arguments_text(custom.get("input"))
    return Fragment(entry, index_of(entry.get("index")), given(entry.get("id")), given(custom.get("name")), text, True)
