"""Wire format: typed views of received chunks.

    read_chunk(value) -> ReceivedChunk       its id, choices, usage and error
    received.choices  -> [ReceivedChoice]    the members of each delta, and the finish reason
    choice.fragments  -> [Fragment]          the fragments of calls

Chunks are plain dicts as decoded from JSON. Members that are merely odd (a
blank id, a null delta, a number for an id) are read as absent or as text. A
wrong shape raises NotAChunk before any state changes (R10). Later code uses
these attributes and never reads the dict.
"""

from collections.abc import Sequence
from json import JSONEncoder
from typing import Any, Final

from unspool.core.errors import NotAChunk

Chunk = dict[str, Any]
Choice = dict[str, Any]
Delta = dict[str, Any]
CallEntry = dict[str, Any]

REASONING: Final[tuple[str, ...]] = ("reasoning_content", "reasoning", "thinking", "reasoning_text")
"""Members with native reasoning: the first that contains text counts (Q17)."""
DETAILS: Final = ("reasoning_details", "thinking_blocks")
"""Members with parts of the reasoning, of OpenRouter and LiteLLM, that mostly repeat another member (Q17)."""
THOUGHTS_MEMBERS: Final = frozenset({*REASONING, *DETAILS})
"""All members with native reasoning (Q17)."""
MARKED: Final = "extra_content"
"""Member of a delta with which Gemini's endpoint for Chat Completions marks its content as thoughts (Q17)."""
THOUGHTS_END: Final = "</thought>"
"""The end of such thoughts: the first content without the mark begins with it."""
_BLANK = ("", "null")  # T8-T10: blank and "null" are absent
NO_FINISH: Final = frozenset(
    {"", "null", "none", "nil", "undefined", "not_finished", "in_progress", "unspecified", "finish_reason_unspecified"}
)
"""Finish reasons, in lower case, of a choice that goes on (F2, F3)."""
BOUNDARY: Final = "unspool_boundary"
"""Member of a choice with which a dialect marks a message boundary (R16); it is never emitted.

Its value is the member of the delta whose text starts another message.
"""
EXTENSION: Final = "unspool"
"""Member of a translated chunk for what Chat Completions cannot express."""
_PROVIDER_REASONS = ("finishReason", "blockReason", "stop_reason", "stopReason", "finish_reason", "done_reason")
"""Members of the extension that hold the provider's own finish reason."""
_TEXT_MEMBERS = ("text", "content", "thinking", "reasoning", "reasoning_content", "summary", "reasoningText")
"""Members that may contain the text of an object in place of a string, in order of preference (Q25)."""
_TEXT_PARTS = frozenset({"text", "output_text", "input_text"})
_THOUGHTS_PARTS = frozenset({"thinking", "reasoning", "reasoning_content"})
_CITATIONS = frozenset({"reference", "citation", "citations", "annotation"})
"""Types of parts that say where a text is from: they do not divide it."""
_ERRORS = frozenset({"error", "base_resp", "x_groq"})
"""Members of a chunk that may contain an error, or, the last, a usage (R12, Q20, Q24)."""
_DETAILS = {"reasoning.text": "text", "reasoning.summary": "summary", "thinking": "thinking"}
_encode = JSONEncoder(ensure_ascii=False).encode  # json.dumps makes an encoder for each call with options
MOST_CHOICES: Final = 1_024
"""Choices of one response, each of which is kept: OpenAI allows 128."""
TOO_MANY_CHOICES: Final = f"there are more than {MOST_CHOICES:,} choices in one response"
MAX_DEPTH = 5  # levels of nesting that are searched: real errors have three, hostile ones any number


def arguments_text(arguments: Any) -> str:
    """Return arguments as JSON text: "" if absent (A1), an object encoded (A3). Raises NotAChunk if that fails."""
    if arguments is None:
        return ""
    if isinstance(arguments, str):
        return arguments
    try:
        return _encode(arguments)
    except (RecursionError, TypeError, ValueError):
        raise NotAChunk("arguments that cannot be written as JSON") from None


def json_type(value: Any) -> str:
    """Return the JSON type of a value, with an article, for messages."""
    if value is None:
        return "null"
    kinds = {dict: "an object", list: "an array", str: "a string", bool: "a boolean"}
    return kinds.get(type(value), "a number")


def error_of(chunk: Chunk) -> Any:
    """Return the error of a chunk, from any place that providers use (R12, Q20); None if there is none."""
    error = chunk.get("error")
    if error is True:  # its message is next to it
        return {name: value for name, value in chunk.items() if name != "error"}
    if error is not None:
        return error if error or isinstance(error, dict) else None
    if chunk.get("object") == "error" or (chunk.get("type") == "error" and "choices" not in chunk):
        return {name: value for name, value in chunk.items() if name not in ("object", "type") or value != "error"}
    for choice in chunk.get("choices") or ():
        if choice.get("error"):
            return choice["error"]
    status = chunk.get("base_resp")  # MiniMax
    if isinstance(status, dict) and status.get("status_code") not in (None, 0, 200):
        return status
    groq = chunk.get("x_groq")  # Q24
    return groq.get("error") or None if isinstance(groq, dict) else None


def provider_reason(choice: Choice, chunk: Chunk) -> str | None:
    """Return the provider's own finish reason, if a relay such as OpenRouter, or a dialect, kept it."""
    native = choice.get("native_finish_reason")
    if isinstance(native, str):
        return native
    extension = chunk.get(EXTENSION)
    if isinstance(extension, dict):
        for name in _PROVIDER_REASONS:
            if isinstance(extension.get(name), str):
                return str(extension[name])
    return None


def usage_of_chunk(chunk: Chunk) -> dict[str, Any] | None:
    """Return the usage of a chunk, from its top level or ``x_groq`` (Q24)."""
    usage = chunk.get("usage")
    if isinstance(usage, dict):
        return usage
    groq = chunk.get("x_groq")
    usage = groq.get("usage") if isinstance(groq, dict) else None
    return usage if isinstance(usage, dict) else None


def non_blank(value: Any) -> str | None:
    """Return a name or an id as text; None if it is absent, blank or the string "null" (T8-T10, T14, T18)."""
    if isinstance(value, str):
        return None if value.strip() in _BLANK else value
    number: Any = value  # compiled code takes a value that is an int or a float for a float
    if isinstance(value, int | float) and not isinstance(value, bool):  # T14; str fails beyond 4,300 digits
        return str(number) if abs(number) < 1e300 else None
    return None


def finish_reason(choice: Choice) -> str | None:
    """Return the finish reason; None if there is none yet (F2-F4)."""
    reason = choice.get("finish_reason")
    return reason if isinstance(reason, str) and reason.lower() not in NO_FINISH else None


def index_of(value: Any) -> int | None:
    """Return an index; None if it is missing or not an integer (T3)."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def choice_index(choice: Choice) -> int:
    """Return the index that identifies a choice (R14); 0 if it is missing."""
    return index_of(choice.get("index")) or 0


def delta_of(choice: Choice) -> Any:
    """Return the delta, of any type; a whole message only without a delta (B11, Q12); empty for null (Q3, Q4)."""
    delta: Any = choice.get("delta")
    if delta is None:
        delta = choice.get("message")
    if delta is None and isinstance(choice.get("text"), str):  # Q22: legacy completions
        return {"content": choice["text"]}
    return delta if delta is not None else {}


def text_of(delta: Delta) -> str:
    """Return the ordinary text of a delta: a string, text parts (Q16), or the transcript of audio (Q23)."""
    content = delta.get("content")
    if content and isinstance(content, str):
        return content if MARKED not in delta else _marked_thoughts(delta, content)[1]
    if isinstance(content, list):
        return _text_of_parts(content)
    if isinstance(content, dict):
        return "" if _type_of(content) in _THOUGHTS_PARTS else text_in(content)
    audio = delta.get("audio")
    transcript = audio.get("transcript") if isinstance(audio, dict) else None
    return transcript if isinstance(transcript, str) else ""


def thoughts_of(delta: Delta) -> str:
    """Return the native reasoning of a delta, under any name and in any shape (Q16, Q17, Q25)."""
    for name in REASONING:
        value = delta.get(name)
        if value:
            text = value if isinstance(value, str) else text_in(value)
            if text:
                return text
    content = delta.get("content")
    if isinstance(content, str) and MARKED in delta:
        return _marked_thoughts(delta, content)[0]
    if isinstance(content, dict):
        content = [content]
    if isinstance(content, list):
        return "".join([text_in(part) for part in content if _type_of(part) in _THOUGHTS_PARTS])
    details = delta.get("reasoning_details") or delta.get("thinking_blocks")
    parts = [part for part in details if isinstance(part, dict)] if isinstance(details, list) else []
    return "".join([text_in(part.get(_DETAILS.get(str(part.get("type")), ""))) for part in parts])


def _marked_thoughts(delta: Delta, content: str) -> tuple[str, str]:
    """Return the thoughts and the text of content that Google's endpoint may mark as thoughts (Q17)."""
    extra = delta[MARKED]
    google = extra.get("google") if isinstance(extra, dict) else None
    if not isinstance(google, dict) or google.get("thought") is not True:
        return "", content
    thoughts, _, text = content.removeprefix("<thought>").partition(THOUGHTS_END)
    return thoughts, text


def text_in(value: Any, depth: int = MAX_DEPTH) -> str:
    """Return the text of a string, of an object around one, or of an array of such (Q25)."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and depth:
        return "".join([text_in(one, depth - 1) for one in value])
    if not isinstance(value, dict) or not depth:
        return ""
    for name in _TEXT_MEMBERS:
        text = text_in(value.get(name), depth - 1)
        if text:
            return text
    return ""


def _text_of_parts(parts: list[Any]) -> str:
    """Return the text of the text parts; those that another part divides, which is no citation, end a line (R16)."""
    text, divided = "", False
    for part in parts:
        kind = _type_of(part)
        if kind in _TEXT_PARTS:
            more = text_in(part)
            text += "\n" + more if divided and more and text and not text.endswith("\n") else more
            divided = divided and not more
        else:
            divided = divided or kind not in _CITATIONS
    return text


def _type_of(part: Any) -> str:
    """Return the type of a content part, "" if it has none; a string is text, and so is an object that has some."""
    if not isinstance(part, dict):
        return "text" if isinstance(part, str) else ""
    kind = part.get("type", "text" if "text" in part else "")
    return kind if isinstance(kind, str) else ""


def entries_of(delta: Delta) -> list[Any]:
    """Return the entries of a delta's calls, of any type; a legacy function_call is a call at index 0 (T20).

    In a delta that also has tool_calls it repeats them and does not count (T23).
    """
    entries: list[Any] | None = delta.get("tool_calls")
    if entries:
        return entries if None not in entries else [entry for entry in entries if entry is not None]
    legacy = delta.get("function_call")
    return [{"index": 0, "type": "function", "function": legacy}] if legacy else []


class Fragment:
    """View of one entry of ``delta.tool_calls``: absent names and ids are None, absent arguments "".

    ``custom`` is true for a custom tool, whose input is free text (T24).
    """

    __slots__ = ("arguments", "custom", "entry", "id", "index", "name")

    def __init__(self, entry: CallEntry, name: Any, arguments: str, custom: bool = False) -> None:
        index, ident = entry.get("index"), entry.get("id")
        self.entry = entry
        self.index = index if type(index) is int else index_of(index)
        self.id = None if ident is None else non_blank(ident)
        self.name = None if name is None else non_blank(name)
        self.arguments = arguments
        self.custom = custom

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
        plain: whether the delta has only text, native reasoning, a role and calls, with the types of the contract.
        boundary: the member of the delta that starts another message (R16).
        refusal, usage: not checked.
    """

    __slots__ = (
        "boundary",
        "choice",
        "delta",
        "finish",
        "fragments",
        "index",
        "plain",
        "refusal",
        "role",
        "text",
        "thoughts",
        "usage",
        "whole",
    )

    def __init__(self, choice: Any) -> None:
        if not isinstance(choice, dict):
            raise NotAChunk(f"a choice is {json_type(choice)}, not an object")
        delta = choice.get("delta")
        self.whole = False
        if type(delta) is not dict:
            delta = delta_of(choice)
            if not isinstance(delta, dict):
                raise NotAChunk(f"a delta is {json_type(delta)}, not an object")
            self.whole = "message" in choice and delta is choice["message"]
        self.boundary: Any = choice.get(BOUNDARY)
        index, reason = choice.get("index"), choice.get("finish_reason")
        self.choice: Choice = choice
        self.delta = delta
        self.index = index if type(index) is int else index_of(index) or 0
        self.finish = None if reason is None else finish_reason(choice)
        self.usage = choice.get("usage")
        self.fragments: Sequence[Fragment] = ()
        self.role: str | None = None
        self.refusal: Any = None
        self.text = self.thoughts = ""
        self.plain = self._read_plain(delta)
        if not self.plain:
            self._read_members(delta)

    def _read_plain(self, delta: Delta) -> bool:
        """Read a delta in one pass, as long as its members are plain; returns whether all were."""
        for name, value in delta.items():
            if value is None:
                continue
            if name == "content" and type(value) is str:
                self.text = value
            elif name == "tool_calls" and type(value) is list:
                self.fragments = [read_entry(entry) for entry in value if entry is not None]
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
        self.refusal = delta.get("refusal")
        self.text = text_of(delta)
        self.thoughts = thoughts_of(delta)

    @property
    def has_output(self) -> bool:
        """Return whether it has text, thoughts, a refusal or a call."""
        return bool(self.text or self.fragments or self.thoughts or self.refusal)

    @property
    def sole_text(self) -> str | None:
        """The only text of the delta: content, native reasoning, or arguments of an unnamed fragment; else None."""
        if not self.plain:
            return None
        if not self.fragments:
            return self.text or self.thoughts
        fragment = self.fragments[0]
        alone = len(self.fragments) == 1 and not self.text and not self.thoughts
        return fragment.arguments if alone and fragment.unnamed and fragment.index is not None else None

    @property
    def looks_like_start(self) -> bool:
        """Return whether it looks like the first choice of a response, not like a later one (Q11 with Q15)."""
        if self.role is None or self.finish is not None or self.text or self.thoughts:
            return False
        named = all(part.name is not None for part in self.fragments)
        return named and all(part.opens_object or not part.arguments.strip() for part in self.fragments)


class ReceivedChunk:
    """View of a chunk; ``usage`` and ``error`` come from any place that providers use, else None (Q5-Q9, Q20, R12)."""

    __slots__ = ("choices", "chunk", "error", "id", "usage")

    def __init__(self, chunk: Chunk, choices: list[ReceivedChoice]) -> None:
        self.chunk = chunk
        self.choices = choices
        ident = chunk.get("id")
        self.id = None if ident is None else non_blank(ident)
        odd = not choices or chunk.get("object") == "error" or not _ERRORS.isdisjoint(chunk)
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
    nor an error, or if choices, deltas or calls have a wrong type (R10).
    """
    if not isinstance(value, dict):
        raise NotAChunk(f"JSON, but {json_type(value)} and not a chunk")
    choices = value.get("choices")
    if isinstance(choices, list):
        if len(choices) > MOST_CHOICES:
            raise NotAChunk(TOO_MANY_CHOICES)
        return ReceivedChunk(value, [ReceivedChoice(choice) for choice in choices])
    if choices is not None:
        raise NotAChunk(f"choices is {json_type(choices)}, not an array")
    received = ReceivedChunk(value, [])
    if not value.get("usage") and received.error is None:
        raise NotAChunk("an object without choices")
    return received


def _fragments(delta: dict[str, Any]) -> Sequence[Fragment]:
    """Read the call fragments of a delta. A repetition that does not count (T23) is checked too. Raises NotAChunk."""
    calls, legacy = delta.get("tool_calls"), delta.get("function_call")
    if calls is not None and not isinstance(calls, list):
        raise NotAChunk(f"tool_calls is {json_type(calls)}, not an array")
    if legacy is not None:
        read_entry({"function": legacy})
    return [read_entry(entry) for entry in entries_of(delta)]


def read_entry(entry: Any) -> Fragment:
    """Read an entry; a null function is empty (T18), arguments may be an object (A3), a custom tool has an input (T24).

    Raises NotAChunk.
    """
    if not isinstance(entry, dict):
        raise NotAChunk(f"a tool call is {json_type(entry)}, not an object")
    function = entry.get("function")
    custom = function is None and "custom" in entry
    if custom:
        function = entry["custom"]
    if function is None:
        function = {}
    elif not isinstance(function, dict):
        raise NotAChunk(f"a {'custom tool' if custom else 'function'} is {json_type(function)}, not an object")
    arguments = arguments_text(function.get("input" if custom else "arguments"))
    return Fragment(entry, function.get("name"), arguments, custom)
