"""Inspector for the quirks that the shape of a chunk shows, without parsing the arguments.

    inspector.feed(chunk)          -> ["Q15", "T9"]    numbers of the quirk catalogue, each once
    inspector.feed_event(event)    -> ["Q50"]          the same for events of every dialect

Each step needs its own Inspector. A detector takes the view of a chunk, a choice
or a call fragment and returns a boolean; the tables map quirk numbers to
detectors. A detector never fails: a value that is not a chunk has few quirks.
The quirks that only a parser can find (T4, T11, A6 and so on) are QuirkSeen
events of the transformer, and framing adds its quirks to the record.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from unspool.core.errors import NotAChunk
from unspool.core.events import (
    ChoiceFinished,
    Event,
    QuirkSeen,
    ResponseFailed,
    TextContradicted,
    TextDelta,
    ThoughtsDelta,
    ToolCallStarted,
)
from unspool.core.rewriter.wire import read_chunk
from unspool.quirks.chunk_model import ChunkModel, is_model
from unspool.quirks.chunk_shape import CallShape, ChoiceSeen, ChoiceShape, EntrySeen, tail_of
from unspool.quirks.pings import is_ping
from unspool.variants.finish_reasons import REASONS, TOOL_REASONS
from unspool.variants.members import CAMEL_CASE, OF_FUNCTIONS, arguments_of, choice_index, function_of
from unspool.variants.texts import MARKED, THOUGHTS_MEMBERS, thoughts_of
from unspool.variants.values import index_of, is_number, non_blank, tool_name

_THOUGHTS_NAME = re.compile(
    r"^(?!.*(?:signature|opaque|encrypted|redacted|token|effort|level|mode|budget|config|enabled|(?:_|\b)(?:id|key)$))"
    r".*(?:reasoning|thinking|thought)"
)
_NO_THOUGHTS = re.compile("signature|opaque|encrypted|redacted|^(?:type|index|id|format|data)$")
_SETTINGS = frozenset({"effort", "enabled", "budget_tokens", "max_tokens", "thinkingBudget", "includeThoughts"})
_TEXTS_BY_TYPE = frozenset({"delta", "text", "content", "summary"})
"""Members that hold the text of a record with a type."""
_OTHER_TEXTS = frozenset(
    {"messages", "history", "arguments", "parameters", "args", "input", "tool_input", "tools", "properties", "required"}
)
"""Members with what was said before, with the arguments of calls, and with the schemas of tools."""
_BEGINNINGS = ("added", "start", "started", "begin")
"""Ends of the types of records that begin thoughts."""
_DEPTH = 8
"""Levels of a record at which thoughts are looked for."""
_TEXTS = THOUGHTS_MEMBERS | {"content"}
_PADDING = frozenset({"obfuscation", "p"})
_ENTRY = frozenset({"index", "id", "type", "function"})

TEXT_PATTERNS: dict[str, re.Pattern[str]] = {
    "Q50": re.compile(
        r"</?(?:\w{1,16}[:_])?(?:think(?:ing)?|thought|reasoning)>|\u25c1/?think\u25b7|\[/?THINK\]|"
        r"<\|channel\|>|<\|tool_call_begin\|>|"
        # gpt-oss without its special tokens: analysisWe need to …assistantfinalAt nine.
        r"assistant(?:analysis|commentary|final)"
    ),
    "T21": re.compile(
        r"</?(?:\w{1,16}[:_])?(?:tool_(?:calls?|use|code)|TOOLCALL|arg_(?:key|value))>|\bto=functions\.\w|"
        r"<\|tool_call|<function=|\[TOOL_CALLS?\]|<\|python_tag\|>|"
        r"<\|START_ACTION\|>|<\|open\|>(?:tools|call)\b|</?[|\uff5c] ?(?:tool|DSML)|"
        r"<(?:antml:|xai:)?(?:function_calls?|invoke name=)|"
        r"<start_function_call>|```tool_code\b|"
        r'\{\s*"name"\s*:\s*"[^"]{1,40}"\s*,\s*"(?:arguments|parameters)"'
    ),
    # One rule: what a tokenizer writes for a special token. Struck-out HTML is a pair, and </s> alone is a token.
    "Q41": re.compile(
        r"<\|[A-Za-z]\w{1,38}\|>|<\uff5c[\w\u2581]{2,38}\uff5c>|</?(?:bos|eos|pad|unk|[se]op|BOS|EOS|EOT|PAD)>|"
        r"<(?:start|end)_of_\w{1,20}>|<(?:unused|extra_id_)\d{1,3}>|<seed:\w{1,20}>|<0x[0-9A-F]{2}>|"
        r"\[/?INST\]|<</?SYS>>|\[[gs]?MASK\]|(?P<pair><s>[^<]{0,50}</s>)|</s>"
    ),
}
"""Patterns for ordinary text of every dialect: markup of thoughts, of calls and of chat templates.

What matches as a group is none of it.
"""
_SIGNS = ("<", "[", "{", "`", "\u25c1", "assistanta", "assistantc", "assistantf", "to=functions")
"""The beginnings of the patterns: to look for each takes a tenth of the time of one pattern for all."""
_MOMENTARY = frozenset({"Q11", "Q13", "Q14"})
"""Quirks of a chunk that one like it need not show: they depend on the text, or on the chunk before."""

_FAULTS: dict[type, str] = {ResponseFailed: "Q20", TextContradicted: "Q70"}
"""Events that are about a quirk, by their types."""

_Seen = TypeVar("_Seen")


@dataclass(slots=True)
class ChunkSeen:
    """A whole chunk; ``renamed`` where its id is not that of the chunk before.

    ``usages`` counts the chunks so far that had choices and a usage.
    """

    chunk: dict[str, Any]
    choices: list[ChoiceSeen]
    renamed: bool
    usages: int

    @property
    def usage(self) -> bool:
        """Return whether the chunk itself carries a usage."""
        return isinstance(self.chunk.get("usage"), dict)


# --- detectors that take more than one line ------------------------------------------------


def _usage_after_the_end(seen: ChunkSeen) -> bool:
    return bool(seen.choices) and all(one.known.finished and not one.has_text_or_call for one in seen.choices)


def _usage_with_the_end(seen: ChunkSeen) -> bool:
    return any(one.finish is not None and one.has_text_or_call for one in seen.choices)


def _odd_role(seen: ChoiceSeen) -> bool:
    role = non_blank(seen.delta.get("role"))
    if role is None:
        return "role" in seen.delta or (seen.finish is not None and not seen.known.role)
    return seen.known.role


def _idle(seen: ChoiceSeen) -> bool:
    if any(name.startswith("tool_call") and name != "tool_calls" for name in seen.delta):
        return True
    idle = seen.choice.get("delta") == {} and seen.finish is None
    return idle and not seen.choice.get("usage") and not seen.chunk.get("usage")


def _is_flat(part: EntrySeen) -> bool:
    flat = type(part.entry.get("function")) is not dict and not OF_FUNCTIONS.isdisjoint(part.entry)
    return flat or part.arguments is not part.function.get("arguments")


def _in_camel_case(seen: ChoiceSeen) -> bool:
    delta = seen.choice.get("delta") or seen.choice.get("message")
    return isinstance(delta, dict) and any(delta.get(name) is not None for name in CAMEL_CASE)


def _repeats_arguments(seen: ChoiceSeen) -> bool:
    return bool(seen.text) and any(seen.text == arguments_of(function_of(entry) or {}) for entry in seen.entries)


def _has_unread_thoughts(seen: ChoiceSeen) -> bool:
    """Return whether a member that holds thoughts has a value, and no text is read from the delta."""
    held = any(value and _names_thoughts(name) and _holds_thoughts(value) for name, value in seen.delta.items())
    return held and not thoughts_of(seen.delta)


@lru_cache(64)
def _names_thoughts(name: str) -> bool:
    return name in THOUGHTS_MEMBERS or _THOUGHTS_NAME.search(name.lower()) is not None


def _holds_thoughts(value: Any) -> bool:
    """Return whether there is more in ``value`` than signatures, encrypted parts and the like."""
    if isinstance(value, list):
        return any(map(_holds_thoughts, value))
    if not isinstance(value, dict):
        return bool(value)
    if _NO_THOUGHTS.search(str(value.get("type"))):
        return False
    return any(_holds_thoughts(member) for name, member in value.items() if not _NO_THOUGHTS.search(name))


def _thinks_aloud(seen: ChoiceSeen) -> bool:
    if MARKED in seen.delta and thoughts_of(seen.delta):
        return True
    return _begins_thoughts(seen.reading, len(seen.known.tail)) or not THOUGHTS_MEMBERS.isdisjoint(seen.delta)


def _twice_at_once(seen: ChoiceSeen) -> bool:
    indexes = [index_of(entry.get("index")) for entry in seen.entries]
    numbers = [index for index in indexes if index is not None]
    return len(numbers) > len(set(numbers))


def _finish_after_whole_call(seen: ChoiceSeen) -> bool:
    calls = seen.known.calls.values()
    return not seen.has_text_or_call and any(call.whole for call in calls)


def _claims_a_call(seen: ChoiceSeen) -> bool:
    if seen.finish not in TOOL_REASONS or seen.known.finished:
        return False
    return not (seen.entries or seen.known.calls)


def _is_object_for_text(seen: ChoiceSeen) -> bool:
    return any(type(value) is dict and name in _TEXTS for name, value in seen.delta.items())


def _is_number_for_text(seen: ChoiceSeen) -> bool:
    return any(is_number(value) and name in _TEXTS for name, value in seen.delta.items())


def _nested_error(seen: ChunkSeen) -> bool:
    error = seen.chunk.get("error")
    if not isinstance(error, dict):
        return False
    message = error.get("message")
    return isinstance(error.get("error"), dict) or (isinstance(message, str) and message.lstrip().startswith("{"))


def _counts_with_points(seen: ChunkSeen) -> bool:
    return any(isinstance(count, float) for count in seen.chunk["usage"].values())


def _called_in_silence(seen: ChoiceSeen) -> bool:
    return not seen.known.finished and any(call.blank and not call.begun for call in seen.known.calls.values())


def _is_blank(value: Any) -> bool:
    return isinstance(value, str) and not value.strip()


def _loud(value: Any) -> bool:
    return isinstance(value, str) and value != value.lower()


def names_thoughts_of(value: Any, depth: int = _DEPTH) -> bool:
    """Return whether a record of any dialect has thoughts, by the name of a member or by its type."""
    if isinstance(value, list):
        return depth > 0 and any(names_thoughts_of(one, depth - 1) for one in value)
    if not isinstance(value, dict) or not depth:
        return False
    kind = str(value.get("type"))
    typed = _names_thoughts(kind)
    if kind == "response.output_item.added" or (typed and kind.lower().endswith(_BEGINNINGS)):  # its text follows
        return False
    typed = typed or value.get("thought") is True  # Gemini
    for name, member in value.items():
        if isinstance(member, (bool, int, float)) or not member or name in _OTHER_TEXTS:
            continue
        thoughts = _names_thoughts(name) or (typed and name in _TEXTS_BY_TYPE)
        if (thoughts and _holds_thoughts(member) and not _is_setting(member)) or names_thoughts_of(member, depth - 1):
            return True
    return False


def _is_setting(member: Any) -> bool:
    """Return whether a member sets how a model thinks, as a request has it."""
    return isinstance(member, dict) and not _SETTINGS.isdisjoint(member)


# --- the tables ----------------------------------------------------------------------------

STRANGER_DETECTORS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "B13": is_ping,
}
"""For objects that are no chunks."""

CHUNK_DETECTORS: dict[str, Callable[[ChunkSeen], bool]] = {
    "Q1": lambda seen: seen.chunk.get("choices") == [] and not seen.usage and not seen.chunk.get("error"),
    "Q10": lambda seen: not _PADDING.isdisjoint(seen.chunk),
    "Q11": lambda seen: seen.renamed,
    "Q20": lambda seen: bool(seen.chunk.get("error")),
    "Q24": lambda seen: isinstance(seen.chunk.get("x_groq"), dict) and "usage" in seen.chunk["x_groq"],
    "Q27": _nested_error,
    "Q29": lambda seen: seen.chunk.get("choices") is None and not seen.usage and not seen.chunk.get("error"),
    "Q21": lambda seen: seen.chunk.get("created") is not None and index_of(seen.chunk["created"]) is None,
}
"""For a chunk as a whole."""

USAGE_DETECTORS: dict[str, Callable[[ChunkSeen], bool]] = {
    "Q5": lambda seen: seen.chunk.get("choices") is None,
    "Q6": lambda seen: bool(seen.choices) and seen.usages > 1,
    "Q8": _usage_after_the_end,
    "Q9": _usage_with_the_end,
    "Q26": _counts_with_points,
}
"""For a chunk that has a usage itself."""

CHOICE_DETECTORS: dict[str, Callable[[ChoiceSeen], bool]] = {
    "Q7": lambda seen: isinstance(seen.choice.get("usage"), dict),
    "Q12": lambda seen: seen.choice.get("delta") is not None and seen.choice.get("message") is not None,
    "Q13": lambda seen: seen.grows,
    "Q14": lambda seen: seen.out_of_turn,
    "Q15": _odd_role,
    "Q16": lambda seen: isinstance(seen.delta.get("content"), list),
    "Q17": _thinks_aloud,
    "Q19": lambda seen: "tool_calls" in seen.delta and not seen.delta["tool_calls"],
    "Q23": lambda seen: isinstance(seen.delta.get("audio"), dict),
    "Q25": _is_object_for_text,
    "Q28": _is_number_for_text,
    "F2": lambda seen: _is_blank(seen.choice.get("finish_reason")),
    "F3": lambda seen: seen.finish is None and not _is_blank(seen.choice.get("finish_reason") or ""),
    "F4": lambda seen: "finish_reason" not in seen.choice,
    "Q40": _has_unread_thoughts,
    "T20": lambda seen: bool(seen.delta.get("function_call")) and not seen.delta.get("tool_calls"),
    "T22": _idle,
    "T23": lambda seen: bool(seen.delta.get("function_call") and seen.delta.get("tool_calls")),
    "T36": lambda seen: bool(seen.delta.get("tool_calls")) and isinstance(seen.delta["tool_calls"], dict),
    "T40": _in_camel_case,
}
"""For each choice of a chunk."""

BARE_CHOICE_DETECTORS: dict[str, Callable[[ChoiceSeen], bool]] = {
    "Q2": lambda seen: "delta" not in seen.choice and not seen.delta and seen.finish is None,
    "Q3": lambda seen: "delta" in seen.choice and not seen.delta,
    "Q4": lambda seen: "delta" not in seen.choice and not seen.delta and seen.finish is not None,
    "Q22": lambda seen: "text" in seen.choice and "message" not in seen.choice,
    "B11": lambda seen: seen.choice.get("message") is not None,
}
"""For a choice without a delta."""

CALL_DETECTORS: dict[str, Callable[[ChoiceSeen], bool]] = {
    "Q18": lambda seen: seen.delta.get("content") == "" or bool(seen.text),
    "T16": _twice_at_once,
    "T21": _repeats_arguments,
}
"""For a choice whose delta has call fragments."""

FINISH_DETECTORS: dict[str, Callable[[ChoiceSeen], bool]] = {
    "F1": lambda seen: seen.finish == "stop" and bool(seen.entries or seen.known.calls),
    "F7": lambda seen: seen.has_text_or_call and bool(seen.choice.get("delta")),
    "F9": lambda seen: seen.finish not in REASONS,
    "F10": _finish_after_whole_call,
    "F11": lambda seen: not isinstance(seen.choice.get("finish_reason"), str),
    "T35": _claims_a_call,
    "A2": _called_in_silence,
}
"""For a choice with a finish reason."""

ENTRY_DETECTORS: dict[str, Callable[[EntrySeen], bool]] = {
    "T1": lambda part: part.opens and part.whole,
    "T2": lambda part: part.opens and part.begins and not part.whole,
    "T3": lambda part: index_of(part.entry.get("index")) is None,
    "T6": lambda part: part.skips,
    "T8": lambda part: _is_blank(part.entry.get("id")),
    "T9": lambda part: _is_blank(part.function.get("name")),
    "T10": lambda part: part.function.get("name") == "null" or _loud(part.entry.get("type")),
    "T14": lambda part: part.entry.get("id") is not None and not isinstance(part.entry["id"], str),
    "T18": lambda part: (
        None in (part.entry.get("type", ""), part.entry.get("function", ""), part.function.get("name", ""))
    ),
    "T37": lambda part: tool_name(part.function.get("name")) != non_blank(part.function.get("name")),
    "T19": lambda part: bool((part.entry.keys() | part.function.keys()) - _ENTRY - OF_FUNCTIONS),
    "T39": _is_flat,
    "T24": lambda part: "custom" in part.entry,
    "A1": lambda part: part.arguments is None and "arguments" in part.function,
    "A3": lambda part: part.arguments is not None and not isinstance(part.arguments, str),
    "A5": lambda part: part.grows,
    "A8": lambda part: part.raw_control,
    "A10": lambda part: part.escaped_twice,
    "A20": lambda part: part.whole and not part.opens,
}
"""For each call fragment of a choice."""

_OF_ARGUMENTS = {number: ENTRY_DETECTORS[number] for number in ("T1", "T2", "T6", "A5", "A8", "A10", "A20")}
"""Of these, those for a fragment that has only an index and arguments."""


def number_of(event: Event) -> str | None:
    """Return the number of the quirk that an event of the transformer reports; None for other events."""
    if isinstance(event, QuirkSeen):
        return event.quirk
    return _FAULTS.get(type(event))


def has_separator(data: bytes) -> bool:
    """Return whether the bytes of a record hold U+2028, U+2029 or U+0085 (B10), at which some clients divide lines."""
    return not data.isascii() and (b"\xe2\x80\xa8" in data or b"\xe2\x80\xa9" in data or b"\xc2\x85" in data)


class Inspector:
    """Names the quirks in the shape of one step's chunks.

    ``has_thoughts`` is whether an event of any dialect had thoughts.
    """

    def __init__(self) -> None:
        self.has_thoughts = False
        self._id: str | None = None
        self._usages = 0
        self._choices: dict[int, ChoiceShape] = {}
        self._last_index = 0
        self._model: ChunkModel | None = None  # of the last chunk, if the next may equal it but for its text

    def feed(self, chunk: Any) -> list[str]:
        """The numbers of the quirks that ``chunk`` shows, after those fed before."""
        if not isinstance(chunk, dict):
            return []
        found = self._feed_continuation(chunk)
        return self._feed_whole(chunk) if found is None else found

    def _feed_whole(self, chunk: dict[str, Any]) -> list[str]:
        self._model = None
        try:
            read_chunk(chunk)
        except NotAChunk:
            return _shown(STRANGER_DETECTORS, chunk)
        found: list[str] = []
        choices = [self._see(chunk, choice) for choice in chunk.get("choices") or ()]
        for seen in choices:
            for entry in seen.entries:
                found += _shown(ENTRY_DETECTORS, seen.known.read(entry))
        shown = [number for seen in choices for number in _shown(CHOICE_DETECTORS, seen) + _shown_in_part(seen)]
        whole = self._whole(chunk, choices)
        shown += _shown(CHUNK_DETECTORS, whole)
        if whole.usage:
            found += _shown(USAGE_DETECTORS, whole)
        elif len(choices) == 1 and is_model(chunk, choices[0]):
            self._model = ChunkModel(chunk, _lasting(shown, choices[0].delta))
        for seen in choices:
            found += _marked(seen.reading, len(seen.known.tail)) + _read_thoughts(seen.known, thoughts_of(seen.delta))
            seen.known.keep(seen)
        return list(dict.fromkeys(found + shown))

    def _feed_continuation(self, chunk: dict[str, Any]) -> list[str] | None:
        """Read a chunk that differs from the one before only in text; None, without any change, for any other.

        Most chunks do. They show what the one before showed, apart from what their text shows.
        """
        model = self._model
        delta = None if model is None else model.delta_of_next(chunk)
        if model is None or delta is None:
            return None
        found, known, text = model.quirks, self._choices[self._last_index], delta.get("content")
        if delta.get("tool_calls"):
            entry = _only_entry(delta)
            if entry is None:
                return None
            detectors = _OF_ARGUMENTS if _is_continued(entry) else ENTRY_DETECTORS
            found = found + _shown(detectors, known.read(entry))
        found = found + self._read_content(known, text) if text else found
        thoughts = thoughts_of(delta)
        return found + _read_thoughts(known, thoughts) if thoughts else found

    def _read_content(self, known: ChoiceShape, text: str) -> list[str]:
        grows = ["Q13"] if known.growth.feed(text) else []
        thinks = ["Q17"] if _begins_thoughts(known.tail + text, len(known.tail)) else []
        return grows + thinks + _read_text(known, text)

    def feed_event(self, event: Event) -> list[str]:
        """Return the numbers of the quirks that an event shows: for other dialects, whose chunks have our own shape."""
        if isinstance(event, TextDelta):
            return self.feed_text(event)
        if isinstance(event, ThoughtsDelta):
            self.has_thoughts = True
            return _read_thoughts(self._known(event.choice), event.text) if event.call is None else []
        if isinstance(event, ToolCallStarted):
            self._known(event.choice).calls[event.call] = CallShape()
        elif isinstance(event, ChoiceFinished) and event.reason in TOOL_REASONS and not self._known(event.choice).calls:
            return ["T35"]
        return []

    def feed_text(self, event: TextDelta) -> list[str]:
        """Return the numbers of the patterns that a text of the answer matches, in its content or in a message call."""
        known = self._known(event.choice)
        if event.call is None:
            return _read_text(known, event.text)
        if event.call != known.speaking:
            known.speaking, known.emitted = event.call, ""
        reading, read = known.emitted + event.text, len(known.emitted)
        known.emitted = tail_of(reading)
        return _marked(reading, read)

    def _known(self, choice: int) -> ChoiceShape:
        known = self._choices.get(choice)
        if known is None:  # setdefault would make one for each event
            known = self._choices[choice] = ChoiceShape()
        return known

    def _see(self, chunk: dict[str, Any], choice: dict[str, Any]) -> ChoiceSeen:
        index = choice_index(choice)
        known = self._choices.get(index)
        late = not self._choices and index != 0
        returns = known is not None and index != self._last_index
        self._last_index = index
        return self._known(index).see(chunk, choice, late or returns)

    def _whole(self, chunk: dict[str, Any], choices: list[ChoiceSeen]) -> ChunkSeen:
        ident = non_blank(chunk.get("id"))
        renamed = ident is not None and self._id is not None and ident != self._id
        self._id = ident or self._id
        seen = ChunkSeen(chunk, choices, renamed, self._usages)
        if seen.usage and choices:
            self._usages = seen.usages = self._usages + 1
        return seen


def _only_entry(delta: dict[str, Any]) -> dict[str, Any] | None:
    """The call fragment that is all of a delta, if it has the shape of the contract."""
    entries = delta.get("tool_calls")
    entry = entries[0] if type(entries) is list and len(entries) == 1 else None
    function = entry.get("function") if type(entry) is dict else None
    return entry if type(function) is dict and type(function.get("arguments")) is str else None


def _read_text(known: ChoiceShape, text: str) -> list[str]:
    """The numbers of the patterns that ordinary text matches, after the text read before."""
    reading = known.tail + text
    found = _marked(reading, len(known.tail))
    known.tail = tail_of(reading)
    return found


def _read_thoughts(known: ChoiceShape, text: str) -> list[str]:
    """Return T38 if native reasoning holds the markup of a call, after the reasoning read before."""
    reading, read = known.thoughts + text, len(known.thoughts)
    known.thoughts = tail_of(reading)
    found = any(sign in reading for sign in _SIGNS) and any(
        found.end() > read for found in TEXT_PATTERNS["T21"].finditer(reading)
    )
    return ["T38"] if found else []


def _begins_thoughts(reading: str, known: int) -> bool:
    return reading.find("<think>", max(0, known - 6)) >= 0


def _marked(reading: str, known: int) -> list[str]:
    """The numbers of the patterns that match beyond the first ``known`` characters."""
    if not any(sign in reading for sign in _SIGNS):  # as in most text
        return []
    return [
        number
        for number, pattern in TEXT_PATTERNS.items()
        if any(found.end() > known and found.lastgroup is None for found in pattern.finditer(reading))
    ]


def _lasting(shown: list[str], delta: dict[str, Any]) -> list[str]:
    """Those of a chunk's quirks that a chunk with another text shows, too."""
    momentary = _MOMENTARY | {"Q17"} if THOUGHTS_MEMBERS.isdisjoint(delta) else _MOMENTARY
    return [number for number in shown if number not in momentary]


def _is_continued(entry: dict[str, Any]) -> bool:
    """Return whether a call fragment has nothing but an index and arguments."""
    return len(entry) == 2 and type(entry.get("index")) is int and len(entry["function"]) == 1


def _shown_in_part(seen: ChoiceSeen) -> list[str]:
    """The quirks of a choice without a delta, with calls, or with a finish reason."""
    found: list[str] = []
    if seen.choice.get("delta") is None:
        found += _shown(BARE_CHOICE_DETECTORS, seen)
    if seen.entries:
        found += _shown(CALL_DETECTORS, seen)
    if seen.finish is not None:
        found += _shown(FINISH_DETECTORS, seen)
    return found


def _shown(detectors: dict[str, Callable[[_Seen], bool]], seen: _Seen) -> list[str]:
    return [number for number, shows in detectors.items() if shows(seen)]
