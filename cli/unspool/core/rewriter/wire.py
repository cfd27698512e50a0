"""Wire format: typed views of received chunks.

    read_chunk(value) -> ReceivedChunk       its id, choices, usage and error
    received.choices  -> [ReceivedChoice]    the members of each delta, and the finish reason
    choice.fragments  -> [Fragment]          the fragments of calls

Chunks are plain dicts as decoded from JSON. A delta with the members and types
of the contract is read here in one pass; odd members are read by the package
``variants``. A wrong shape raises NotAChunk before any state changes (R10).
Later code uses these attributes and never reads the dict.
"""

from collections.abc import Sequence
from typing import Any, Final

from unspool.core.errors import NotAChunk
from unspool.variants.errors import error_of
from unspool.variants.finish_reasons import finish_reason
from unspool.variants.members import (
    arguments_of,
    delta_in_snake_case,
    delta_of,
    entries_of,
    function_of,
    is_whole,
    usage_of_chunk,
)
from unspool.variants.other_objects import is_of_gateway
from unspool.variants.texts import MARKED, REASONING, text_in, text_of, thoughts_of
from unspool.variants.values import index_of, json_text, json_type, non_blank, tool_name

Chunk = dict[str, Any]
Choice = dict[str, Any]
Delta = dict[str, Any]
CallEntry = dict[str, Any]

BOUNDARY: Final = "unspool_boundary"
"""Member of a choice with which a dialect marks a message boundary (R16); it is never emitted.

Its value is the member of the delta whose text starts another message, or RESPONSE.
"""
RESPONSE: Final = "response"
"""The value of BOUNDARY in a chunk that begins another response, without an id that shows it (R13)."""
WHOLE: Final = "unspool_whole"
"""Member of a choice with what a dialect received whole, and which differs from its deltas (R15); it is never emitted.

Its value is a member of the delta with its whole value: ``("content", text)`` or ``("tool_calls", entries)``.
It is a tuple, so that no JSON from outside can be taken for it.
"""
LATER: Final = "later"
"""Member of an entry in WHOLE whose arguments are no other reading of the deltas: the tool got others before."""
EXTENSION: Final = "unspool"
"""Member of a translated chunk for what Chat Completions cannot express."""
MOST_CHOICES: Final = 1_024
"""Choices of one response, each of which is kept: OpenAI allows 128."""
TOO_MANY_CHOICES: Final = f"there are more than {MOST_CHOICES:,} choices in one response"


def arguments_text(arguments: Any) -> str:
    """Return arguments as JSON text: "" if absent (A1), an object encoded (A3). Raises NotAChunk if that fails."""
    if arguments is None:
        return ""
    text = arguments if isinstance(arguments, str) else json_text(arguments)
    if text is None:
        raise NotAChunk("arguments that cannot be written as JSON")
    return text


class Fragment:
    """View of one entry of ``delta.tool_calls``: absent names and ids are None, absent arguments "".

    A null function is empty (T18), arguments may be an object (A3), both may have other places and names (T39).
    ``custom`` is true for a custom tool, whose input is free text (T24). Raises NotAChunk.
    """

    def __init__(self, entry: Any) -> None:
        if not isinstance(entry, dict):
            raise NotAChunk(f"a tool call is {json_type(entry)}, not an object")
        function = entry.get("function")
        self.custom = function is None and "custom" in entry
        if self.custom:
            function = entry["custom"]
        elif type(function) is not dict:
            function = function_of(entry)
        if function is None:
            function = {}
        elif not isinstance(function, dict):
            raise NotAChunk(f"a {'custom tool' if self.custom else 'function'} is {json_type(function)}, not an object")
        index, ident, name = entry.get("index"), entry.get("id"), function.get("name")
        self.entry: CallEntry = entry
        self.index = index if type(index) is int else index_of(index)
        self.id = None if ident is None else non_blank(ident)
        self.name = None if name is None else tool_name(name)
        given = function.get("input" if self.custom else "arguments")
        self.arguments = arguments_text(arguments_of(function) if given is None and not self.custom else given)

    @property
    def unnamed(self) -> bool:
        """Return whether it has neither a name nor an id, as most fragments after the first of a call."""
        return self.name is None and self.id is None

    @property
    def opens_object(self) -> bool:
        """Return whether the arguments start with an object."""
        return self.arguments.lstrip().startswith("{")


class ReceivedChoice:
    """View of one choice of a chunk; absent members are None or "".

    Attributes:
        delta: the delta; a whole message without one (B11, Q12); empty for null (Q3, Q4).
        whole: whether ``delta`` is a whole message.
        boundary: the member of the delta that starts another message (R16).
        usage: not checked.
    """

    def __init__(self, choice: Any) -> None:
        if not isinstance(choice, dict):
            raise NotAChunk(f"a choice is {json_type(choice)}, not an object")
        delta = choice.get("delta")
        self.whole = False
        if type(delta) is not dict or "message" in choice:
            delta = delta_of(choice)
            if not isinstance(delta, dict):
                raise NotAChunk(f"a delta is {json_type(delta)}, not an object")
            self.whole = is_whole(choice)
        self.boundary: Any = choice.get(BOUNDARY)
        index, reason = choice.get("index"), choice.get("finish_reason")
        self.choice: Choice = choice
        self.index = index if type(index) is int else index_of(index) or 0
        given = reason is not None or "finish_reason" not in choice or "finish_details" in choice
        self.finish = finish_reason(choice) if given else None
        self.usage = choice.get("usage")
        self.fragments: Sequence[Fragment] = ()
        self.role: str | None = None
        self.text = self.thoughts = self.refusal = ""
        if not self._read_plain(delta):
            delta = delta_in_snake_case(delta)
            self._read_members(delta)
        self.delta: Delta = delta

    def _read_plain(self, delta: Delta) -> bool:
        """Read a delta in one pass, as long as its members are plain; returns whether all were."""
        for name, value in delta.items():
            if value is None:
                continue
            if name == "content" and type(value) is str:
                self.text = value
            elif name == "tool_calls" and type(value) is list:
                self.fragments = [Fragment(entry) for entry in value if entry is not None]
            elif name == "role":
                self.role = non_blank(value)
            elif name in REASONING and type(value) is str and not self.thoughts:  # Q17: the order of two names counts
                self.thoughts = value
            else:
                return False
        return True

    def _read_members(self, delta: Delta) -> None:
        """Read a delta with any members, of any types. Raises NotAChunk."""
        if "tool_calls" in delta or "function_call" in delta:
            self.fragments = _fragments(delta)
        if "role" in delta:
            self.role = non_blank(delta["role"])
        self.refusal = text_in(delta.get("refusal"))
        self.text = text_of(delta)
        self.thoughts = thoughts_of(delta)

    @property
    def has_output(self) -> bool:
        """Return whether it has text, thoughts, a refusal or a call."""
        return bool(self.text or self.fragments or self.thoughts or self.refusal)

    @property
    def sole_text(self) -> str | None:
        """The only text of the delta: content, native reasoning, or the arguments of a fragment; else None."""
        if self.refusal or MARKED in self.delta:  # Q17: a part of the content may be thoughts
            return None
        if not self.fragments:
            return self.text or self.thoughts
        fragment = self.fragments[0]
        alone = len(self.fragments) == 1 and not self.text and not self.thoughts
        return fragment.arguments if alone and fragment.index is not None else None

    @property
    def looks_like_start(self) -> bool:
        """Return whether it looks like the first choice of a response, not like a later one (Q11 with Q15)."""
        if self.role is None or self.finish is not None or self.text or self.thoughts:
            return False
        named = all(part.name is not None for part in self.fragments)
        return named and all(part.opens_object or not part.arguments.strip() for part in self.fragments)


class ReceivedChunk:
    """View of a chunk; ``usage`` and ``error`` come from any place that providers use, else None (Q5-Q9, Q20, R12)."""

    def __init__(self, chunk: Chunk, choices: list[ReceivedChoice]) -> None:
        self.chunk = chunk
        self.choices = choices
        ident = chunk.get("id")
        self.id = None if ident is None else non_blank(ident)
        # Members that may contain an error, or, the last, a usage (R12, Q20, Q24). Looked up one by one: a set would
        # be compared with all members of the chunk.
        odd = "error" in chunk or "base_resp" in chunk or "x_groq" in chunk
        odd = odd or (not choices and EXTENSION not in chunk) or chunk.get("object") == "error"
        usage = chunk.get("usage") if not odd else usage_of_chunk(chunk)
        self.usage: dict[str, Any] | None = usage if isinstance(usage, dict) else None
        for choice in choices:
            if choice.usage is not None and self.usage is None and isinstance(choice.usage, dict):
                self.usage = choice.usage
            odd = odd or choice.finish == "error" or "error" in choice.choice
        self.error: Any = error_of(chunk) if odd else None


def read_chunk(value: Any) -> ReceivedChunk:
    """Read ``value`` as a chunk.

    Raises NotAChunk if it is not an object, if it has neither choices, usage
    nor an error and neither calls itself a chunk nor is one of a gateway's own (Q29), or if choices, deltas
    or calls have a wrong type (R10).
    """
    if not isinstance(value, dict):
        unparsed = isinstance(value, (str, bytes)) and value.lstrip()[:1] in ("{", b"{")  # a record as a caller read it
        hint = "; parse it with json.loads" if unparsed else ""
        raise NotAChunk(f"JSON, but {json_type(value)} and not a chunk{hint}")
    choices = value.get("choices")
    if isinstance(choices, list):
        if len(choices) > MOST_CHOICES:
            raise NotAChunk(TOO_MANY_CHOICES)
        return ReceivedChunk(value, [ReceivedChoice(choice) for choice in choices])
    if choices is not None:
        raise NotAChunk(f"choices is {json_type(choices)}, not an array")
    received = ReceivedChunk(value, [])
    names_itself = value.get("object") == "chat.completion.chunk"
    if not (value.get("usage") or received.error is not None or names_itself or is_of_gateway(value)):
        raise NotAChunk("an object without choices")
    return received


def _fragments(delta: dict[str, Any]) -> Sequence[Fragment]:
    """Read the call fragments of a delta. A repetition that does not count (T23) is checked too. Raises NotAChunk."""
    calls, legacy = delta.get("tool_calls"), delta.get("function_call")
    if calls is not None and not isinstance(calls, (list, dict)):  # T36: an object is one call
        raise NotAChunk(f"tool_calls is {json_type(calls)}, not an array")
    if legacy is not None and (calls or not legacy):  # else it is read below
        Fragment({"function": legacy})
    return [Fragment(entry) for entry in entries_of(delta)]
