"""What properties draw from: JSON text in every legal spelling, cuts, and odd values in the wire's own words."""

import json
import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from random import Random
from typing import Any, NamedTuple, TypeVar

from hypothesis import strategies as st

JSON = Any
Cut = TypeVar("Cut", str, bytes)

_STRING_OR_SPACE = re.compile(r'("(?:[^"\\]|\\.)*")|\s+')

LOOKALIKES = ('"message": "no"', '{"message":"no"}', "message", '","message":"no', "\\", '\\"', "\\u0041", "}", "{")
"""Text that would fool a parser that searches instead of reading."""

KEYS = ("message", "messages", "mess", "Message", "message ", "inner", "reply", "text", "a", "", "\u00e9", "\U0001f600")

TOKENS = (
    *(
        '{"message":',
        '"message"',
        '{"message":"',
        '{"a":',
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        '"',
        "'",
        "\\",
        "\\n",
        "\\u",
        "\\ud83d",
    ),
    *(
        "\\ude00",
        "d83d",
        "\ud83d",
        "\ude00",
        "\U0001f600",
        "\u00e9",
        "true",
        "false",
        "null",
        "None",
        "True",
        "nul",
        "12",
        "-",
        "1e5",
    ),
    *(" ", "\n", "\t", "\x00", "x", "message", "{}", '"hi"', '"}', "'message'"),
)
"""Pieces of argument text, in which broken arguments come about quickly."""


def replace_halves(text: str) -> str:
    """``text`` with surrogate pairs joined and lone halves replaced, as UTF-16 decoders do."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def texts() -> st.SearchStrategy[str]:
    """Any text: plain, astral, controls, halves of surrogate pairs, and what looks like JSON."""
    halves = st.sampled_from(["\ud83d", "\ude00", "\U0001f600", "\x1b", "\x00", "\u2028", "\x85", *LOOKALIKES])
    return st.one_of(st.text(max_size=12), st.lists(st.one_of(halves, st.text(max_size=3)), max_size=5).map("".join))


def scalars() -> st.SearchStrategy[JSON]:
    """JSON values that hold no others."""
    numbers = st.one_of(st.integers(-(10**18), 10**18), st.floats(allow_nan=False, allow_infinity=False))
    return st.one_of(st.none(), st.booleans(), numbers, texts())


def values() -> st.SearchStrategy[JSON]:
    """Any JSON value, with keys that look like those a parser is after."""
    keys = st.one_of(st.sampled_from(KEYS), texts())
    return st.recursive(
        scalars(),
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=3)),
        max_leaves=8,
    )


class Spelling:
    """Writes JSON in one of its many spellings, chosen by ``random``."""

    def __init__(self, random: Random, raw_halves: bool = True) -> None:
        self._random = random
        self._raw_halves = raw_halves
        self._escapes = random.choice([0.0, 0.1, 1.0])  # how often a character is written as \uXXXX
        self._spaces = random.choice(["", " ", " \t\r\n"])

    def space(self) -> str:
        """White space that may stand between two tokens."""
        if not self._spaces or self._random.random() < 0.5:
            return ""
        return "".join(self._random.choices(self._spaces, k=self._random.randint(1, 3)))

    def string(self, text: str) -> str:
        """``text`` as a JSON string."""
        return '"' + "".join(map(self._character, text)) + '"'

    def _character(self, character: str) -> str:
        half = "\ud800" <= character <= "\udfff"
        if self._random.random() < self._escapes or (half and not self._raw_halves):
            units = character.encode("utf-16-be", "surrogatepass")
            form = self._random.choice(["\\u{:02x}{:02x}", "\\u{:02X}{:02X}"])
            return "".join(form.format(*units[at : at + 2]) for at in range(0, len(units), 2))
        if character == "/":
            return self._random.choice(["/", "\\/"])
        if character in '"\\':
            return "\\" + character
        if character < " " and self._random.random() < 0.7:  # else raw, which R9 tolerates
            return json.dumps(character)[1:-1]
        return character

    def value(self, value: JSON) -> str:
        """``value`` as JSON text."""
        if isinstance(value, str):
            return self.string(value)
        if isinstance(value, dict):
            return self.members([(self.string(key), self.value(inner)) for key, inner in value.items()])
        if isinstance(value, list):
            inner = f"{self.space()},{self.space()}".join(map(self.value, value))
            return f"[{self.space()}{inner}{self.space()}]"
        return json.dumps(value)

    def members(self, members: Sequence[tuple[str, str]]) -> str:
        """An object of members that are written already."""
        written = [f"{key}{self.space()}:{self.space()}{value}" for key, value in members]
        inner = f"{self.space()},{self.space()}".join(written)
        return f"{{{self.space()}{inner}{self.space()}}}"


class Arguments(NamedTuple):
    """Arguments as text, with the message argument at ``path`` and what has to come out of it."""

    text: str
    path: str
    expected: str
    thoughts: str


@st.composite
def arguments(
    draw: st.DrawFn, *, only_text: bool = False, raw_halves: bool = True, thoughts: bool = False
) -> Arguments:
    """Arguments in any spelling; what is expected is read off by the standard library."""
    spelling = Spelling(draw(st.randoms(use_true_random=False)), raw_halves)
    path = draw(st.sampled_from(["message", "message", "reply.text", "a.message.text", "\u00e9.\U0001f600"]))
    value = draw(texts() if only_text else values())
    source = spelling.value(value)
    if isinstance(value, str):
        expected = replace_halves(json.loads(source, strict=False))
    else:
        expected = "" if value is None else replace_halves(source)
    private = draw(texts()) if thoughts else ""
    written = source
    for depth, key in enumerate(reversed(path.split("."))):
        around = draw(st.dictionaries(st.one_of(st.sampled_from(KEYS), texts()), values(), max_size=3))
        top = depth == path.count(".")
        members = [(spelling.string(k), spelling.value(v)) for k, v in around.items() if replace_halves(k) != key]
        members = [m for m in members if not top or replace_halves(json.loads(m[0], strict=False)) != "inner_thoughts"]
        members.insert(draw(st.integers(0, len(members))), (spelling.string(key), written))
        if top and thoughts:
            members.insert(
                draw(st.integers(0, len(members))), (spelling.string("inner_thoughts"), spelling.string(private))
            )
        written = spelling.members(members)
    outside = draw(st.sampled_from(["", " ", "\n"]))
    return Arguments(outside + written + outside, path, expected, replace_halves(private))


class Surrounded(NamedTuple):
    """Argument text with objects in other text, and the objects that are calls of their own (R8, R9)."""

    text: str
    objects: list[str]
    messages: list[str]


@st.composite
def surrounded_arguments(draw: st.DrawFn) -> Surrounded:
    """Objects with text before, between and after them; which are calls is read off the list of parts alone."""
    random = draw(st.randoms(use_true_random=False))
    spelling = Spelling(random, raw_halves=False)
    before = draw(st.sampled_from(["", " ", "\n", "Sure: ", "```json\n", "null ", "{}", "{} {} ", 'x "[', "\u00e9}"]))
    other = st.sampled_from(["#", " and ", ",", "}", "</tool_call>", "]", '"', "'", "\\", "\n```", "{x", "{}x"])
    words = st.one_of(texts(), st.sampled_from(["", "a", "b", "a much longer text than the others"]))
    text, objects, messages, ended = before, list[str](), list[str](), False
    for _ in range(draw(st.integers(1, 4))):
        repeat = bool(objects) and draw(st.integers(0, 3)) == 0
        message = messages[-1] if repeat else draw(words)
        around = draw(st.dictionaries(st.sampled_from(["a", "mess", "\u00e9"]), values(), max_size=2))
        members = [(spelling.string(key), spelling.value(inner)) for key, inner in around.items()]
        members.insert(draw(st.integers(0, len(members))), (spelling.string("message"), spelling.string(message)))
        written = objects[-1] if repeat else spelling.members(members)
        between = draw(st.one_of(st.sampled_from(["", " ", "\n\t"]), other))
        text += written + between
        if not ended and not (objects and without_space(written) == without_space(objects[-1])):
            objects.append(written)
            messages.append(message)
        ended = ended or bool(between.strip())
    return Surrounded(text, objects, [replace_halves(message) for message in messages])


def without_space(source: str) -> str:
    """JSON without the white space between its tokens, in which the same object may differ (A6)."""
    return _STRING_OR_SPACE.sub(lambda found: found[1] or "", source)


def broken_arguments() -> st.SearchStrategy[str]:
    """Any text as arguments, most of it nearly right."""
    return st.one_of(st.text(max_size=30), st.lists(st.sampled_from(TOKENS), max_size=12).map("".join))


def cut(whole: Cut, places: Sequence[int]) -> list[Cut]:
    """``whole`` in pieces, cut at ``places`` (taken modulo its length, so that any numbers will do)."""
    inner: list[int] = sorted(place % (len(whole) + 1) for place in places)
    bounds = [0, *inner, len(whole)]
    return [whole[start:end] for start, end in pairwise(bounds)]


def every_cut(whole: Cut, places: Sequence[int]) -> list[list[Cut]]:
    """Each case whole, one unit at a time, and at random places."""
    return [[whole], [whole[at : at + 1] for at in range(len(whole))], cut(whole, places)]


def places() -> st.SearchStrategy[list[int]]:
    """Where to cut."""
    return st.lists(st.integers(0, 5000), max_size=8)


def shuffled_in(pieces: Sequence[Sequence[Any]], random: Random) -> list[Any]:
    """The sequences interleaved at random, each in its own order."""
    waiting = [list(piece) for piece in pieces if piece]
    mixed = []
    while waiting:
        chosen = random.choice(waiting)
        mixed.append(chosen.pop(0))
        waiting = [piece for piece in waiting if piece]
    return mixed


WIRE_NAMES = (
    *("id", "object", "created", "model", "choices", "usage", "error", "index", "delta", "message", "finish_reason"),
    *("role", "content", "tool_calls", "function_call", "function", "name", "arguments", "type", "text", "thinking"),
    *("reasoning_content", "reasoning", "reasoning_details", "refusal", "code", "message_type", "logprobs"),
)
WIRE_TEXTS = (
    *(
        "assistant",
        "send_message",
        "send_",
        "message",
        "other",
        "tool_calls",
        "stop",
        "length",
        "null",
        "",
        " ",
        "text",
    ),
    *(
        '{"message":"hi"}',
        '{"message":"h',
        'i"}',
        "{}",
        "{",
        "}",
        "ping",
        "thinking",
        "reasoning.text",
        "call_1",
        "\ud83d",
        "\ude00",
    ),
)


def wire_values() -> st.SearchStrategy[JSON]:
    """Any JSON value made of the wire's own words, so that odd shapes reach deep."""
    leaves = st.one_of(
        st.none(), st.booleans(), st.integers(-2, 3), st.just(0.5), st.sampled_from(WIRE_TEXTS), st.text(max_size=4)
    )
    names = st.sampled_from(WIRE_NAMES)
    return st.recursive(
        leaves,
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=5)),
        max_leaves=20,
    )


def odd_chunks() -> st.SearchStrategy[JSON]:
    """Chunks whose members are right more often than not."""

    def odd(
        usual: st.SearchStrategy[JSON], odds: Callable[[], st.SearchStrategy[JSON]] = wire_values
    ) -> st.SearchStrategy[JSON]:
        return st.integers(0, 15).flatmap(lambda roll: odds() if roll == 0 else usual)

    words = st.sampled_from(WIRE_TEXTS)
    function = st.fixed_dictionaries({}, optional={"name": odd(words), "arguments": odd(words)})
    call = st.fixed_dictionaries(
        {"function": odd(function)}, optional={"index": odd(st.integers(0, 2)), "id": odd(words), "type": odd(words)}
    )
    part = st.fixed_dictionaries({"type": odd(words)}, optional={"text": odd(words), "thinking": odd(words)})
    delta = st.fixed_dictionaries(
        {},
        optional={
            "role": odd(words),
            "content": odd(st.one_of(words, st.lists(part, max_size=2))),
            "tool_calls": odd(st.lists(call, max_size=3)),
            "function_call": odd(function),
            "reasoning_content": odd(words),
            "refusal": odd(words),
        },
    )
    choice = st.fixed_dictionaries(
        {"delta": odd(delta)},
        optional={
            "index": odd(st.integers(0, 2)),
            "finish_reason": odd(words),
            "usage": odd(st.just({"total_tokens": 1})),
        },
    )
    chunk = st.fixed_dictionaries(
        {"choices": odd(st.lists(choice, max_size=3))},
        optional={
            "id": odd(st.sampled_from(["a", "b", ""])),
            "usage": odd(st.none()),
            "error": odd(st.none()),
            "model": odd(words),
        },
    )
    return st.one_of(chunk, chunk, chunk, wire_values())
