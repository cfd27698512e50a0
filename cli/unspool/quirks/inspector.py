"""Inspector for the quirks that the shape of a chunk shows, without parsing the arguments.

    inspector.feed(chunk)          -> ["Q15", "T9"]    numbers of the quirk catalogue, each once
    inspector.feed_event(event)    -> ["Q50"]          the same for events of every dialect

Each step needs its own Inspector. What a chunk, a choice or a call fragment shows is in
the tables of ``detectors``; what texts show is here.
The quirks that only a parser can find (T4, T11, A6 and so on) are QuirkSeen
events of the transformer, and framing adds its quirks to the record.
"""

import re
from typing import Any, Final

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
from unspool.quirks.chunk_shape import CallShape, ChoiceSeen, ChoiceShape, tail_of
from unspool.quirks.detectors import (
    CHOICE_DETECTORS,
    CHUNK_DETECTORS,
    ENTRY_DETECTORS,
    OF_ARGUMENTS,
    STRANGER_DETECTORS,
    USAGE_DETECTORS,
    ChunkSeen,
    begins_thoughts,
    quirks_in_part,
    quirks_of,
)
from unspool.variants.finish_reasons import TOOL_REASONS
from unspool.variants.members import choice_index
from unspool.variants.texts import THOUGHTS_MEMBERS, thoughts_of
from unspool.variants.values import non_blank

TEXT_PATTERNS: Final[dict[str, re.Pattern[str]]] = {
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
_MOMENTARY: Final = frozenset({"Q11", "Q13", "Q14"})
"""Quirks of a chunk that one like it need not show: they depend on the text, or on the chunk before."""

_FAULTS: Final[dict[type, str]] = {ResponseFailed: "Q20", TextContradicted: "Q70"}
"""Events that are about a quirk, by their types."""


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
            return quirks_of(STRANGER_DETECTORS, chunk)
        found: list[str] = []
        choices = [self._see(chunk, choice) for choice in chunk.get("choices") or ()]
        for seen in choices:
            for entry in seen.entries:
                found += quirks_of(ENTRY_DETECTORS, seen.known.read(entry))
        shown = [number for seen in choices for number in quirks_of(CHOICE_DETECTORS, seen) + quirks_in_part(seen)]
        whole = self._whole(chunk, choices)
        shown += quirks_of(CHUNK_DETECTORS, whole)
        if whole.usage:
            found += quirks_of(USAGE_DETECTORS, whole)
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
            detectors = OF_ARGUMENTS if _is_continued(entry) else ENTRY_DETECTORS
            found = found + quirks_of(detectors, known.read(entry))
        found = found + self._read_content(known, text) if text else found
        thoughts = thoughts_of(delta)
        return found + _read_thoughts(known, thoughts) if thoughts else found

    def _read_content(self, known: ChoiceShape, text: str) -> list[str]:
        grows = ["Q13"] if known.growth.feed(text) else []
        thinks = ["Q17"] if begins_thoughts(known.tail + text, len(known.tail)) else []
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
