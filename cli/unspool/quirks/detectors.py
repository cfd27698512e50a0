"""Detectors of the quirks that the shape of a chunk shows.

A detector takes the view of a chunk, a choice or a call fragment and returns a
boolean; the tables map quirk numbers to detectors. A detector never fails: a value
that is not a chunk has few quirks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from unspool.quirks.chunk_shape import ChoiceSeen, EntrySeen
from unspool.quirks.thought_names import holds_thoughts, names_thoughts
from unspool.variants.finish_reasons import REASONS, TOOL_REASONS
from unspool.variants.members import CAMEL_CASE, OF_FUNCTIONS, PADDING, arguments_of, function_of
from unspool.variants.other_objects import is_ping
from unspool.variants.texts import MARKED, THOUGHTS_MEMBERS, thoughts_of
from unspool.variants.values import index_of, is_number, non_blank, tool_name

_TEXTS: Final = THOUGHTS_MEMBERS | {"content"}
_ENTRY: Final = frozenset({"index", "id", "type", "function"})

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
    if delta is seen.delta or not isinstance(delta, dict):
        return False
    return any(delta.get(name) is not None for name in CAMEL_CASE)


def _repeats_arguments(seen: ChoiceSeen) -> bool:
    return bool(seen.text) and any(seen.text == arguments_of(function_of(entry) or {}) for entry in seen.entries)


def _has_unread_thoughts(seen: ChoiceSeen) -> bool:
    """Return whether a member that holds thoughts has a value, and no text is read from the delta."""
    held = any(value and names_thoughts(name) and holds_thoughts(value) for name, value in seen.delta.items())
    return held and not thoughts_of(seen.delta)


def _thinks_aloud(seen: ChoiceSeen) -> bool:
    if MARKED in seen.delta and thoughts_of(seen.delta):
        return True
    return begins_thoughts(seen.reading, len(seen.known.tail)) or not THOUGHTS_MEMBERS.isdisjoint(seen.delta)


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


# --- the tables ----------------------------------------------------------------------------

STRANGER_DETECTORS: Final[dict[str, Callable[[dict[str, Any]], bool]]] = {
    "B13": is_ping,
}
"""For objects that are no chunks."""

CHUNK_DETECTORS: Final[dict[str, Callable[[ChunkSeen], bool]]] = {
    "Q1": lambda seen: seen.chunk.get("choices") == [] and not seen.usage and not seen.chunk.get("error"),
    "Q10": lambda seen: not PADDING.isdisjoint(seen.chunk),
    "Q11": lambda seen: seen.renamed,
    "Q20": lambda seen: bool(seen.chunk.get("error")),
    "Q24": lambda seen: isinstance(seen.chunk.get("x_groq"), dict) and "usage" in seen.chunk["x_groq"],
    "Q27": _nested_error,
    "Q29": lambda seen: seen.chunk.get("choices") is None and not seen.usage and not seen.chunk.get("error"),
    "Q21": lambda seen: seen.chunk.get("created") is not None and index_of(seen.chunk["created"]) is None,
}
"""For a chunk as a whole."""

USAGE_DETECTORS: Final[dict[str, Callable[[ChunkSeen], bool]]] = {
    "Q5": lambda seen: seen.chunk.get("choices") is None,
    "Q6": lambda seen: bool(seen.choices) and seen.usages > 1,
    "Q8": _usage_after_the_end,
    "Q9": _usage_with_the_end,
    "Q26": _counts_with_points,
}
"""For a chunk that has a usage itself."""

CHOICE_DETECTORS: Final[dict[str, Callable[[ChoiceSeen], bool]]] = {
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
    "Q72": lambda seen: isinstance(seen.choice.get("delta"), str),
    "T20": lambda seen: bool(seen.delta.get("function_call")) and not seen.delta.get("tool_calls"),
    "T22": _idle,
    "T23": lambda seen: bool(seen.delta.get("function_call") and seen.delta.get("tool_calls")),
    "T36": lambda seen: bool(seen.delta.get("tool_calls")) and isinstance(seen.delta["tool_calls"], dict),
    "T40": _in_camel_case,
}
"""For each choice of a chunk."""

BARE_CHOICE_DETECTORS: Final[dict[str, Callable[[ChoiceSeen], bool]]] = {
    "Q2": lambda seen: "delta" not in seen.choice and not seen.delta and seen.finish is None,
    "Q3": lambda seen: "delta" in seen.choice and not seen.delta,
    "Q4": lambda seen: "delta" not in seen.choice and not seen.delta and seen.finish is not None,
    "Q22": lambda seen: "text" in seen.choice and "message" not in seen.choice,
    "B11": lambda seen: seen.choice.get("message") is not None,
}
"""For a choice without a delta."""

CALL_DETECTORS: Final[dict[str, Callable[[ChoiceSeen], bool]]] = {
    "Q18": lambda seen: seen.delta.get("content") == "" or bool(seen.text),
    "T16": _twice_at_once,
    "T21": _repeats_arguments,
}
"""For a choice whose delta has call fragments."""

FINISH_DETECTORS: Final[dict[str, Callable[[ChoiceSeen], bool]]] = {
    "F1": lambda seen: seen.finish == "stop" and bool(seen.entries or seen.known.calls),
    "F7": lambda seen: seen.has_text_or_call and bool(seen.choice.get("delta")),
    "F9": lambda seen: seen.finish not in REASONS,
    "F10": _finish_after_whole_call,
    "F11": lambda seen: not isinstance(seen.choice.get("finish_reason"), str),
    "T35": _claims_a_call,
    "A2": _called_in_silence,
}
"""For a choice with a finish reason."""

ENTRY_DETECTORS: Final[dict[str, Callable[[EntrySeen], bool]]] = {
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

OF_ARGUMENTS: Final = {number: ENTRY_DETECTORS[number] for number in ("T1", "T2", "T6", "A5", "A8", "A10", "A20")}
"""Of these, those for a fragment that has only an index and arguments."""


def quirks_in_part(seen: ChoiceSeen) -> list[str]:
    """The quirks of a choice without a delta, with calls, or with a finish reason."""
    found: list[str] = []
    if seen.choice.get("delta") is None:
        found += quirks_of(BARE_CHOICE_DETECTORS, seen)
    if seen.entries:
        found += quirks_of(CALL_DETECTORS, seen)
    if seen.finish is not None:
        found += quirks_of(FINISH_DETECTORS, seen)
    return found


def quirks_of(detectors: dict[str, Callable[[_Seen], bool]], seen: _Seen) -> list[str]:
    """The numbers of the quirks that detectors find."""
    return [number for number, shows in detectors.items() if shows(seen)]


def begins_thoughts(reading: str, known: int) -> bool:
    """Return whether a text begins thoughts behind the characters that are known."""
    return reading.find("<think>", max(0, known - 6)) >= 0
