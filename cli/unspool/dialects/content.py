"""Extracts on request what a server left in ordinary content: channels and calls in markup, a field of JSON.

    content = Channels(DsmlSplitter)        or Field(), or a chain of both
    content.feed(chunk) -> [chunk, …]       the very chunk where it changes nothing
    content.close() -> [chunk, …]           what was held back, of a stream that was cut

Markers may be cut anywhere; what may still become one is held back, until the
choice finishes at the latest. This happens only on request, for a model may
write ``<think>`` in an answer about it.

    think       <think>…</think>                                            thoughts
    think-open  the same, in a template that has opened it already          thoughts up to a lone </think>
    harmony     <|channel|>analysis<|message|>…<|end|>                      thoughts
                <|channel|>final<|message|>…<|return|>                      text, and so is commentary
                … to=functions.NAME … <|message|>{…}<|call|>                a call
    kimi        <|tool_call_begin|>functions.NAME:0<|tool_call_argument_begin|>{…}<|tool_call_end|>    a call
    dsml        see ``dsml``                                                a call

A lone </think> under ``think`` stays text: what came before it has left.

A field becomes the call of a message tool named FIELD, so that it is read, and
reported where it cannot be read, as any arguments are (R3, R9, R11).

Sources: the chat templates of DeepSeek R1 and Qwen 3 (think), of gpt-oss
(harmony) and of Kimi K2 (kimi).
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from unspool.core.rewriter.rewrite import with_choices
from unspool.core.rewriter.wire import EXTENSION, Chunk
from unspool.dialects.channels import CALL, FIELD, NAME, TEXT, THOUGHTS, Channel, Content, Splitter
from unspool.dialects.dsml import DsmlSplitter
from unspool.variants.finish_reasons import finish_reason
from unspool.variants.members import choice_index
from unspool.variants.texts import text_in
from unspool.variants.values import is_number

_PLACE = 1 << 20
"""The index of the first call that is made of content, beyond those of a provider."""


def content_of(channels: Iterable[Channel], field: bool) -> list[Content]:
    """Return the extractors for content, in this order."""
    wanted = frozenset(channels)
    marked = wanted - {Channel.DSML}
    extracted: list[Content] = []
    if marked:
        extracted.append(Channels(lambda: _Splitter(marked)))
    if Channel.DSML in wanted:
        extracted.append(Channels(DsmlSplitter, 2 * _PLACE))
    return [*extracted, *([Field()] if field else [])]


_THINK = ("<think>", "</think>")
_HARMONY = tuple(f"<|{name}|>" for name in ("start", "channel", "constrain", "message", "end", "return", "call"))
_KIMI = tuple(
    f"<|{name}|>"
    for name in (
        *("tool_calls_section_begin", "tool_calls_section_end"),
        *("tool_call_begin", "tool_call_argument_begin", "tool_call_end"),
    )
)
_MARKERS = {
    Channel.THINK: _THINK,
    Channel.THINK_OPEN: _THINK,
    Channel.HARMONY: _HARMONY,
    Channel.KIMI: _KIMI,
}
_HEADER, _NOTHING = "header", "nothing"
_ENTERS = {
    "<think>": THOUGHTS,
    "</think>": TEXT,
    "<|start|>": _HEADER,
    "<|channel|>": _HEADER,
    "<|constrain|>": _HEADER,
    "<|end|>": TEXT,
    "<|return|>": TEXT,
    "<|call|>": TEXT,
    "<|tool_calls_section_begin|>": _NOTHING,
    "<|tool_calls_section_end|>": TEXT,
    "<|tool_call_begin|>": _HEADER,
    "<|tool_call_end|>": _NOTHING,
}
"""The kind of text after each marker; after <|message|> and a call's arguments the header before it decides."""
_RECIPIENT = re.compile(r"to=(?:functions\.)?([\w.-]+)")
_KIMI_NAME = re.compile(r"\s*(?:functions\.|(functions_))?([\w.-]+?)(?:(?(1)_|:)\d+)?\s*\Z")
"""The second form is what the model repeats where a client has replaced the characters of its ids (exo#2281)."""


class _Splitter:
    """The content of one choice of one response, in pieces of one kind each."""

    def __init__(self, channels: frozenset[Channel]) -> None:
        self._markers = tuple(dict.fromkeys(marker for one in channels for marker in _MARKERS[one]))
        self._found = re.compile("|".join(re.escape(marker) for marker in self._markers))
        self._longest = max(len(marker) for marker in self._markers)
        self._mode = THOUGHTS if Channel.THINK_OPEN in channels else TEXT
        self._held = ""
        self._header = ""
        self._trim = False  # line feeds right behind a tag of think are none of the text
        self.calls = 0
        self.pieces: list[tuple[str, str]] = []

    def feed(self, text: str) -> None:
        """Process a piece of content."""
        text, self._held = self._held + text, ""
        at = 0
        for marker in self._found.finditer(text):
            self._append(text[at : marker.start()])
            self._enter(marker.group())
            at = marker.end()
        rest = text[at:]
        for size in range(min(len(rest), self._longest - 1), 0, -1):
            if any(marker.startswith(rest[-size:]) for marker in self._markers):
                rest, self._held = rest[:-size], rest[-size:]
                break
        self._append(rest)

    def close(self) -> None:
        """The choice has finished: what was held is no marker."""
        held, self._held = self._held, ""
        self._append(held)

    def _append(self, text: str) -> None:
        if self._trim and text:
            text = text.lstrip("\n")
            self._trim = not text
        if self._mode == _HEADER:
            self._header += text
        elif text and self._mode != _NOTHING:
            self.pieces.append((self._mode, text))

    def _enter(self, marker: str) -> None:
        if marker == "</think>" and self._mode == TEXT:
            self._append(marker)
            return
        self._trim = marker in _THINK
        if marker in _ENTERS:
            self._mode = _ENTERS[marker]
            opens = marker in ("<|start|>", "<|tool_call_begin|>")
            self._header = "" if opens else self._header + " "
            return
        header, self._header = self._header, ""
        found = (_RECIPIENT.search if marker == "<|message|>" else _KIMI_NAME.match)(header)
        if found is not None:
            self._mode = CALL
            self.pieces.append((NAME, found.groups()[-1]))
        else:
            self._mode = THOUGHTS if "analysis" in header else TEXT


class Channels:
    """Moves thoughts and calls from content to their places; ``place`` is the index before its first call."""

    def __init__(self, splitter: Callable[[], Splitter], place: int = _PLACE) -> None:
        self._splitter = splitter
        self._place = place
        self._splitters: dict[int, Splitter] = {}
        self._last: Chunk = {}
        self._before: list[Chunk] = []  # what comes before the end of the chunk that is fed

    def feed(self, chunk: Chunk) -> list[Chunk]:
        """The chunk with thoughts and calls in their places, behind others if a chunk cannot hold them in order."""
        last = self._last
        self._last = chunk
        changed = _changed(chunk, self._choice)
        before, self._before = self._before, []
        if not self._splitters:
            self._last = last
        return before if changed is not chunk and _is_empty(changed) else [*before, changed]

    def close(self) -> list[Chunk]:
        """A chunk with what may still have become a marker, of each choice that was cut."""
        left: list[Chunk] = []
        for index in list(self._splitters):
            delta = self._choice(index, {}, finished=True)
            if delta:
                choice = {"index": index, "delta": delta, "finish_reason": None}
                left.append(with_choices({**self._last, "usage": None}, [choice]))
        return left

    def _choice(self, index: int, delta: dict[str, Any], finished: bool) -> dict[str, Any]:
        content = _content_in(delta)
        if not content and not (finished and index in self._splitters):
            return delta
        splitter = self._splitters.get(index)
        if splitter is None:
            splitter = self._splitters[index] = self._splitter()
        splitter.feed(content)
        if finished:
            splitter.close()
            del self._splitters[index]
        pieces, splitter.pieces = splitter.pieces, []
        if pieces == ([(TEXT, content)] if content else []):
            return delta
        *groups, last = _in_order(pieces)
        for group in groups:
            role = {"role": delta["role"]} if "role" in delta else {}
            delta = {name: value for name, value in delta.items() if name != "role"}
            choice = {"index": index, "delta": self._delta(splitter, role, group), "finish_reason": None}
            self._before.append(with_choices({**self._last, "usage": None}, [choice]))
        return self._delta(splitter, delta, last)

    def _delta(self, splitter: Splitter, delta: dict[str, Any], pieces: list[tuple[str, str]]) -> dict[str, Any]:
        """``delta`` with pieces in place of its content, which are in the order of its members."""
        text = "".join(part for kind, part in pieces if kind == TEXT)
        thoughts = "".join(part for kind, part in pieces if kind == THOUGHTS)
        entries = [self._entry(splitter, kind, part) for kind, part in pieces if kind in (NAME, CALL)]
        kept = {name: value for name, value in delta.items() if name != "content"}
        if text or "role" in kept:  # R4: a client sees the answer begin
            kept["content"] = text
        if thoughts:
            kept["reasoning_content"] = thoughts
        if entries:
            kept["tool_calls"] = [*_calls_in(delta), *entries]
        return kept

    def _entry(self, splitter: Splitter, kind: str, part: str) -> dict[str, Any]:
        splitter.calls += kind == NAME
        place = self._place + splitter.calls
        if kind != NAME:
            return {"index": place, "function": {"arguments": part}}
        function = {"name": part, "arguments": ""}
        return {"index": place, "id": f"content_{place - _PLACE}", "type": "function", "function": function}


_RANK = {THOUGHTS: 0, TEXT: 1, NAME: 2, CALL: 2}
"""The order in which the members of one delta are read."""


def _in_order(pieces: list[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    """Divide pieces into groups, in each of which they have the order of a delta's members; at least one group."""
    groups: list[list[tuple[str, str]]] = [[]]
    for piece in pieces:
        if groups[-1] and _RANK[piece[0]] < _RANK[groups[-1][-1][0]]:
            groups.append([])
        groups[-1].append(piece)
    return groups


class Field:
    """Makes content the arguments of a message tool, of which one field is the message."""

    def __init__(self) -> None:
        self._begun: set[int] = set()

    def feed(self, chunk: Chunk) -> list[Chunk]:
        """The chunk with a fragment of arguments in place of content."""
        return [_changed(chunk, self._choice)]

    def close(self) -> list[Chunk]:
        """Nothing is held back."""
        self._begun.clear()
        return []

    def _choice(self, index: int, delta: dict[str, Any], finished: bool) -> dict[str, Any]:
        content = _content_in(delta)
        kept = delta
        if content:
            entry: dict[str, Any] = {"index": _PLACE, "function": {"arguments": content}}
            if index not in self._begun:
                self._begun.add(index)
                function = {"name": FIELD, "arguments": content}
                entry = {"index": _PLACE, "id": "content_field", "type": "function", "function": function}
            kept = {name: value for name, value in delta.items() if name != "content"}
            kept["tool_calls"] = [*_calls_in(delta), entry]
        if finished:
            self._begun.discard(index)
        return kept


def _content_in(delta: dict[str, Any]) -> str:
    """The content of a delta that is a string, or a number (Q28); "" for any other."""
    content = delta.get("content")
    return text_in(content) if isinstance(content, str) or is_number(content) else ""


def _is_empty(chunk: Chunk) -> bool:
    """Return whether nothing is left in a chunk, since its content is held back (R2)."""
    if chunk.get("usage") or chunk.get("error") or EXTENSION in chunk:
        return False
    for choice in chunk["choices"]:
        delta = choice.get("delta", choice.get("message")) if isinstance(choice, dict) else None
        if not isinstance(delta, dict) or any(delta.values()) or choice.get("finish_reason") or choice.get("usage"):
            return False
    return True


def _changed(chunk: Chunk, change: Callable[[int, dict[str, Any], bool], dict[str, Any]]) -> Chunk:
    """The chunk with its deltas changed; the very chunk where none is, or where it is none."""
    choices = chunk.get("choices") if isinstance(chunk, dict) else None
    if not isinstance(choices, list):
        return chunk
    left = [_changed_choice(choice, change) for choice in choices]
    return chunk if all(one is other for one, other in zip(left, choices, strict=True)) else {**chunk, "choices": left}


def _calls_in(delta: dict[str, Any]) -> list[Any]:
    """The calls of a delta, which may have content, too; an object in place of their array is the only one (T36)."""
    calls = delta.get("tool_calls") or []
    return calls if isinstance(calls, list) else [calls]


def _changed_choice(choice: Any, change: Callable[[int, dict[str, Any], bool], dict[str, Any]]) -> Any:
    if not isinstance(choice, dict):
        return choice
    whole = "delta" not in choice and isinstance(choice.get("message"), dict)
    name = "message" if whole else "delta"
    delta = choice.get(name)
    if delta is None:
        delta = {}  # Q3, Q4: the finish counts
    if not isinstance(delta, dict):
        return choice
    changed = change(choice_index(choice), delta, whole or finish_reason(choice) is not None)
    return choice if changed is delta else {**choice, name: changed}
