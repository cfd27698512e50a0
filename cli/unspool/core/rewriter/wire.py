"""The wire format: a chunk read once into a small typed view.

    read_chunk(value) -> ReceivedChunk       its id, its choices, what it carries once
    received.choices  -> [ReceivedChoice]    the members of each delta, and how the choice ends
    choice.fragments  -> [Fragment]          its pieces of calls

Chunks are plain dicts as JSON gives them. Members that are merely odd (a blank
id, a null delta, a number for an id) are read as absent or as text. Reading
proves the shape: NotAChunk is raised before anything has changed (R10), and
later code uses the view and never reads the dict.
"""

from collections.abc import Iterator, Sequence
from json import dumps
from typing import Any

from unspool.core.errors import NotAChunk

Chunk = dict[str, Any]
Choice = dict[str, Any]
Delta = dict[str, Any]
CallEntry = dict[str, Any]

REASONING = ("reasoning_content", "reasoning", "thinking")  # Q17, the first that holds text counts
NULLABLE = frozenset({"role", "content", "function_call"})
"""Members that say nothing beside a call where they are null, and leave a rewritten delta."""
_BLANK = ("", "null")  # F2, F3, T8-T10: blank and "null" are absent


def arguments_text(arguments: Any) -> str:
    """Arguments as JSON text: absent is "" (A1), an object is written (A3). Raises NotAChunk where it cannot be."""
    if arguments is None:
        return ""
    if isinstance(arguments, str):
        return arguments
    try:
        return dumps(arguments, ensure_ascii=False)
    except (RecursionError, TypeError, ValueError):
        raise NotAChunk("arguments that cannot be written as JSON") from None


def kind_of(value: Any) -> str:
    """What JSON calls a value, for a message."""
    if value is None:
        return "null"
    kinds = {dict: "an object", list: "an array", str: "a string", bool: "a boolean"}
    return kinds.get(type(value), "a number")


def error_of(chunk: Chunk) -> Any:
    """The error a chunk carries, wherever providers put it (R12, Q20); None where there is none."""
    error = chunk.get("error")
    if error is None and chunk.get("object") == "error":
        return {name: value for name, value in chunk.items() if name != "object"}
    if error is None:
        for choice in chunk.get("choices") or ():
            if choice.get("finish_reason") == "error" and choice.get("error"):
                return choice["error"]
        return None
    return error if error or isinstance(error, dict) else None


def is_ping(value: Any) -> bool:
    """Whether this is a keep-alive that some servers send between chunks (B13)."""
    return (
        isinstance(value, dict)
        and "choices" not in value
        and (value.get("message_type") == "ping" or value.get("type") == "ping")
    )


def given(value: Any) -> str | None:
    """A name or an id as text, None where it is absent, blank or the string "null" (T8-T10, T14, T18)."""
    if isinstance(value, str):
        return None if value.strip() in _BLANK else value
    if isinstance(value, int | float) and not isinstance(value, bool):  # str refuses integers of over 4,300 digits
        return str(value) if abs(value) < 1e300 else None
    return None


def finish_reason(choice: Choice) -> str | None:
    """The finish reason, None where there is none yet (F2-F4)."""
    reason = choice.get("finish_reason")
    return reason if isinstance(reason, str) and reason not in _BLANK else None


def index_of(value: Any) -> int | None:
    """An index, None where it is missing or no number (T3)."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def choice_index(choice: Choice) -> int:
    """The index a choice is known by (R14); 0 where it is missing."""
    return index_of(choice.get("index")) or 0


def delta_of(choice: Choice) -> Any:
    """The delta, whatever it is; a whole message only where there is no delta (B11, Q12); empty for null (Q3, Q4)."""
    delta: Any = choice.get("delta")
    if delta is None:
        delta = choice.get("message")
    return delta if delta is not None else {}


def text_of(delta: Delta) -> str:
    """The ordinary text of a delta; of an array the text parts (Q16)."""
    content = delta.get("content")
    if isinstance(content, str):
        return content
    return "".join(_parts(content, "text")) if isinstance(content, list) else ""


def thoughts_of(delta: Delta) -> str:
    """The native reasoning of a delta, under any of its names (Q16, Q17)."""
    for name in REASONING:
        value = delta.get(name)
        if value and isinstance(value, str):
            return value
    content = delta.get("content")
    if isinstance(content, list):
        return "".join(_parts(content, "thinking"))
    details = delta.get("reasoning_details")
    return "".join(_parts(details, "reasoning.text")) if isinstance(details, list) else ""


def _parts(parts: Any, kind: str) -> Iterator[str]:
    for part in parts:
        if not isinstance(part, dict) or part.get("type") != kind:
            continue
        inner = part.get("thinking" if kind == "thinking" else "text")
        if isinstance(inner, str):
            yield inner
        elif isinstance(inner, list):
            yield from _parts(inner, "text")


def entries_of(delta: Delta) -> list[Any]:
    """The call fragments of a delta, which may be anything yet; a legacy function_call is a call at index 0 (T20).

    Beside tool_calls it is their echo and does not count (T23).
    """
    entries: list[Any] | None = delta.get("tool_calls")
    if entries:
        return entries if None not in entries else [entry for entry in entries if entry is not None]
    legacy = delta.get("function_call")
    return [{"index": 0, "type": "function", "function": legacy}] if legacy else []


class Fragment:
    """One entry of ``delta.tool_calls``, read: absent names and ids are None, absent arguments ""."""

    __slots__ = ("arguments", "entry", "id", "index", "name")

    def __init__(
        self, entry: CallEntry, index: int | None, ident: str | None, name: str | None, arguments: str
    ) -> None:
        self.entry = entry
        self.index = index
        self.id = ident
        self.name = name
        self.arguments = arguments

    @property
    def opens_object(self) -> bool:
        """Whether the arguments here start like an object of their own."""
        return self.arguments.lstrip().startswith("{")


class ReceivedChoice:
    """One choice of a chunk.

    ``delta`` is a whole message where there is no delta (B11, Q12), and empty for
    null (Q3, Q4); what is absent is None or "". ``refusal`` and ``usage`` are
    whatever stands there.
    """

    __slots__ = ("choice", "delta", "finish", "fragments", "index", "refusal", "role", "text", "thoughts", "usage")

    def __init__(self, choice: Any) -> None:
        if not isinstance(choice, dict):
            raise NotAChunk(f"a choice is {kind_of(choice)}, not an object")
        delta = choice.get("delta")
        if type(delta) is not dict:
            delta = _read_delta(choice)
        index, reason = choice.get("index"), choice.get("finish_reason")
        self.choice: Choice = choice
        self.delta = delta
        self.index = index if type(index) is int else index_of(index) or 0
        self.finish = None if reason is None else finish_reason(choice)
        self.usage = choice.get("usage")
        self.fragments: Sequence[Fragment] = ()
        self.role: str | None = None
        self.refusal: Any = None
        self.thoughts = ""
        content = delta.get("content")
        if len(delta) == 1 and type(content) is str:  # as in most chunks: nothing else needs to be looked up
            self.text: str = content
        else:
            self._read_members(delta)

    def _read_members(self, delta: Delta) -> None:
        if "tool_calls" in delta or "function_call" in delta:
            self.fragments = _fragments(delta)
        if "role" in delta:
            self.role = given(delta["role"])
        self.refusal = delta.get("refusal")
        self.text = text_of(delta)
        self.thoughts = thoughts_of(delta)

    @property
    def has_output(self) -> bool:
        """Whether it brings anything of a message: text, thoughts, a refusal or a call."""
        return bool(self.text or self.fragments or self.thoughts or self.refusal)

    @property
    def looks_like_start(self) -> bool:
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
        ident = chunk.get("id")
        self.id = None if ident is None else given(ident)
        self.error: Any = None
        usage = chunk.get("usage")
        if type(usage) is not dict:
            usage = None
        for choice in choices:
            if choice.usage is not None and usage is None and isinstance(choice.usage, dict):
                usage = choice.usage
            if choice.finish == "error":
                self.error = error_of(chunk)
        if "error" in chunk or chunk.get("object") == "error":
            self.error = error_of(chunk)
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


def _read_delta(choice: Choice) -> Delta:
    """The delta where it is no plain object: see ``delta_of``. Raises NotAChunk."""
    delta = delta_of(choice)
    if not isinstance(delta, dict):
        raise NotAChunk(f"a delta is {kind_of(delta)}, not an object")
    return delta


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
    if function is None:
        function = {}
    elif not isinstance(function, dict):
        raise NotAChunk(f"a function is {kind_of(function)}, not an object")
    arguments = arguments_text(function.get("arguments"))
    return Fragment(entry, index_of(entry.get("index")), given(entry.get("id")), given(function.get("name")), arguments)


# --- deltas that only continue something ---------------------------------------------------


def read_text(delta: Delta) -> tuple[str, str, str] | None:
    """Text, native reasoning and role of a delta that holds nothing else, each "" where absent; None for any other."""
    text = thoughts = role = ""
    details = False
    for name, value in delta.items():
        if value is None:
            continue
        if name == "content" and type(value) is str:
            text = value
        elif name == "role" and type(value) is str:
            role = value
        elif name in REASONING and type(value) is str:
            if thoughts and value:  # Q17: which of two counts needs their order
                return None
            thoughts = thoughts or value
        elif name == "reasoning_details":  # the same reasoning once more, where it is said plainly
            details = True
        elif name != "tool_calls" or value != []:  # Q19
            return None
    return None if details and not thoughts else (text, thoughts, role)


def read_fragment(delta: Delta) -> tuple[int, str] | None:
    """Index and arguments of the one call fragment that is all of a delta, without a name or an id; else None."""
    for name, value in delta.items():
        if name != "tool_calls" and (value is not None or name not in NULLABLE):
            return None
    entries = delta["tool_calls"]
    entry = entries[0] if type(entries) is list and len(entries) == 1 else None
    if type(entry) is not dict or entry.get("id") is not None:
        return None
    index, function = entry.get("index"), entry.get("function")
    if type(index) is not int or type(function) is not dict or function.get("name") is not None:
        return None
    arguments = function.get("arguments")
    return (index, arguments) if type(arguments) is str else None
