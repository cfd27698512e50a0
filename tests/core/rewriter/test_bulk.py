"""Continuations: without the chunk around it a text does what it does inside of it (R1, R2, R6, R7, R8, R13)."""

import json
import re
from collections.abc import Iterable, Sequence
from copy import deepcopy
from itertools import accumulate, takewhile
from random import Random
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import Spelling, arguments, broken_arguments, cut, odd_chunks, places, shuffled_in, texts
from tests.support import Chunk, Transformed, calls, chunk, entry, message_call, transform

from unspool.core.errors import NotAChunk
from unspool.core.events import (
    ArgumentsDelta,
    ArgumentsFailed,
    QuirkSeen,
    TextDelta,
    ThoughtsDelta,
    ToolCallStarted,
)
from unspool.core.options import Options, OtherTools, Thoughts
from unspool.core.parser.targets import ValueKind
from unspool.core.repairs import Repair
from unspool.core.rewriter.bulk import CallContinuation, Continuation, Heard, Leaving, Running, TextContinuation
from unspool.core.rewriter.received import read_chunk
from unspool.core.rewriter.step import Outcome
from unspool.core.rewriter.stream_rewriter import StreamRewriter

SAY = "send_message"
DONE = None
"""Among the chunks of a stream: it said [DONE]."""
Source = Sequence[Chunk | None]

TOGETHER = 24
"""How many chunks are looked at together."""
MARK = "\0the text\0"
HALF = re.compile("[\ud800-\udfff]")
KINDS: dict[Any, ValueKind] = {TextDelta: ValueKind.MESSAGE, ThoughtsDelta: ValueKind.THOUGHTS}


def named(ident: str, chunks: Iterable[Chunk]) -> list[Chunk]:
    return [{**one, "id": ident} for one in chunks]


# --- the two ways ------------------------------------------------------------------------------


class Likes(NamedTuple):
    """Where a continuation goes on: in chunks that are written like its own but for the text."""

    continuation: Continuation
    head: str
    tail: str

    def text(self, one: Chunk | None) -> str | None:
        """The text of a chunk that is alike; None for any other, and for halves of characters (no strict reader)."""
        written = json.dumps(one, ensure_ascii=False)
        if not written.startswith(self.head) or not written[len(self.head) :].endswith(self.tail):
            return None
        try:
            text: str = json.loads(f'"{written[len(self.head) : len(written) - len(self.tail)]}"')
        except ValueError:
            return None
        return None if HALF.search(text) else text


def likes_of(continuation: Continuation) -> Likes:
    marked = deepcopy(continuation.chunk)
    holder = marked["choices"][0]["delta"]
    if continuation.member == "arguments":
        holder = holder["tool_calls"][0]["function"]
    holder[continuation.member] = MARK
    head, tail = json.dumps(marked, ensure_ascii=False).split(json.dumps(MARK)[1:-1])
    return Likes(continuation, head, tail)


def is_plain(continuation: Continuation, text: str) -> bool:
    """Whether text may run on joined with others."""
    return isinstance(continuation, TextContinuation) or not ('"' in text or "\\" in text)


def ran(continuation: Continuation, running: Running, one: Chunk, text: str) -> Outcome:
    """What comes of one chunk whose text ran on."""
    events = running.told(text)
    if running.leaves is Leaving.AS_THEY_CAME:
        return Outcome([one], events)
    if running.leaves is Leaving.NOT_AT_ALL or not text:
        return Outcome([], events)
    assert isinstance(continuation, CallContinuation)
    return Outcome(continuation.rewrite(one, [(KINDS[running.event], text)]), events)


class ShortWay:
    """Feeds a stream as the fast lane does: many texts at once, wherever chunks are alike; ``taken`` counts them."""

    def __init__(self, options: Options | None = None, random: Random | None = None) -> None:
        self.rewriter = StreamRewriter(options or Options())
        self.outcomes: list[Outcome] = []
        self.taken = 0
        self._likes: list[Likes] = []
        self._random = random

    def feed(self, source: Source) -> None:
        rest = list(source)
        while rest:
            window = rest[:TOGETHER]
            count = self._braid(window) or self._follow(window)
            self.taken += count
            if not count:
                self._the_long_way(rest[0])
            del rest[: count or 1]

    def _any(self, *choices: int) -> int:
        """The last one, or any of them."""
        return choices[-1] if self._random is None else self._random.choice(choices)

    def _the_long_way(self, one: Chunk | None) -> None:
        if one is None:
            self.outcomes.append(self.rewriter.done())
            return
        self.outcomes.append(self.rewriter.feed(one))
        continuation = self.rewriter.continuation()
        if continuation is not None:
            others = [likes for likes in self._likes if likes.continuation.goes_with(continuation)]
            self._likes = [*others, likes_of(continuation)]
        elif len(self._likes) == 1 and self._any(0, 1):
            again = self.rewriter.continued(self._likes[0].continuation)
            self._likes = self._likes if again is None else [likes_of(again)]

    def _follow(self, rest: list[Chunk | None]) -> int:
        """Take chunks of one continuation, one after the other."""
        for likes in self._likes:
            found = list(takewhile(lambda pair: pair[1] is not None, ((one, likes.text(one)) for one in rest)))
            if found and likes.continuation.ready():
                pairs = [(one, text) for one, text in found if one is not None and text is not None]
                return self._listen(likes.continuation, pairs[:1] if likes.continuation.alone else pairs)
        return 0

    def _listen(self, continuation: Continuation, pairs: list[tuple[Chunk, str]]) -> int:
        at = 0
        while at < len(pairs):
            count = self._run_on(continuation, pairs[at:]) or self._hear(continuation, pairs[at:])
            at += count
            if not count or not continuation.ready():
                break
        return at

    def _run_on(self, continuation: Continuation, pairs: list[tuple[Chunk, str]]) -> int:
        running = continuation.running()
        if running is None:
            return 0
        said = [text for _, text in pairs][: self._any(1, 2, 5, TOGETHER)]
        plain = list(takewhile(lambda text: is_plain(continuation, text), said))
        if plain and self._any(0, 1):
            said = plain
            continuation.run_on_as_one("".join(plain))
        else:
            said = continuation.run_on(said)
        for (one, _), text in zip(pairs, said, strict=False):
            self.outcomes.append(ran(continuation, running, one, text))
        return len(said)

    def _hear(self, continuation: Continuation, pairs: list[tuple[Chunk, str]]) -> int:
        count, heard = continuation.hear([text for _, text in pairs][: self._any(1, 2, 5, TOGETHER)])
        quiet = count - (heard is not None)
        if quiet:
            assert isinstance(continuation, CallContinuation)
            running = continuation.quiet()
            self.outcomes += [ran(continuation, running, one, text) for one, text in pairs[:quiet]]
        if heard is not None and heard.running is not None:
            self.outcomes.append(ran(continuation, heard.running, pairs[quiet][0], heard.text))
        elif heard is not None:
            assert isinstance(continuation, CallContinuation)
            self.outcomes.append(Outcome(continuation.leave(pairs[quiet][0], heard), heard.events))
        return count

    def _braid(self, rest: list[Chunk | None]) -> int:
        """Take chunks of several continuations in which plain text runs on."""
        runnings = [
            (likes, likes.continuation.running() if likes.continuation.ready() else None) for likes in self._likes
        ]
        texts: dict[int, list[str]] = {}
        outcomes: list[Outcome] = []
        for one in rest if len(runnings) > 1 and self._any(0, 1) else []:
            alike = next(
                ((n, text) for n, (likes, _) in enumerate(runnings) if (text := likes.text(one)) is not None), None
            )
            if alike is None or one is None:
                break
            number, text = alike
            likes, running = runnings[number]
            if running is None or not is_plain(likes.continuation, text):
                break
            texts[number] = [*texts.pop(number, []), text]  # the last one to be counted is the last that came
            outcomes.append(ran(likes.continuation, running, one, text))
        for number, said in texts.items():
            runnings[number][0].continuation.run_on_as_one("".join(said))
        self.outcomes += outcomes
        return len(outcomes)


def both_ways(source: Source, options: Options | None = None, random: Random | None = None) -> tuple[int, Transformed]:
    """Feed a stream the long way and the short way: each chunk does the same, and so does the end.

    Returns how many chunks went the short way, and what came out.
    """
    short = ShortWay(options, random)
    short.feed(source)
    rewriter = StreamRewriter(options or Options())
    outcomes = [rewriter.done() if one is None else rewriter.feed(one) for one in source]
    for one, long_way, short_way in zip(source, outcomes, short.outcomes, strict=True):
        assert short_way.events == long_way.events
        assert json.dumps(short_way.chunks) == json.dumps(long_way.chunks)
        assert [left is one for left in short_way.chunks] == [left is one for left in long_way.chunks]
    end = rewriter.close()
    assert short.rewriter.close() == end
    assert short.rewriter.steps == rewriter.steps
    outcomes.append(end)
    whole = Transformed([c for o in outcomes for c in o.chunks], [e for o in outcomes for e in o.events])
    return short.taken, whole


# --- any stream --------------------------------------------------------------------------------

TOOLS = {SAY: "message", "say": "reply.text", "ask": "a.message.text", "tell": "\u00e9.\U0001f600"}
TOOL_OF = {path: tool for tool, path in TOOLS.items()}
TRICKY = (
    '{"message":"a\\u0000b\0c\\u0000"}',
    '{"a":"\0","message":"\0\0x\\n"}',
    '{"inner_thoughts":"Hm\\n","message":"\\ud83d\\ude00 \\ud83d\\n\\ude00"}',
    '{"message":{"a":"b\\n","c":["d",{"message":"e"}]},"thinking":"x\\ty"}',
    '{"x":{"message":"no","y":[1,-2.5e3,true,"z\\\\"]},"message":"yes","after":"more text"}',
    '{"message":"one","message":"two"} and more',
    '{}{"message":"after an empty one"}',
    '{"message":"twice"}{"message":"twice"}',
    "{'message':'it\\'s \"mine\"'}",
    json.dumps('{"message":"say \\"hi\\" \\u00e9"}'),
    '{"message":"breaks" off, here',
    '{"message":"C:\\dir \\u12xy \\"',
    'Sure: {"message":"x"}',
    "null",
    "[1]",
)


SPOKEN = st.one_of(texts(), st.text(st.sampled_from('abcdefg \u00e9\U0001f600\n\0"\\{}'), min_size=5, max_size=40))
"""Text that runs on for a while."""
ANY, BROKEN = arguments(thoughts=True), broken_arguments()


@st.composite
def arguments_of(draw: st.DrawFn, random: Random) -> tuple[str, str]:
    """The name of a tool, and arguments for it."""
    kind = draw(st.sampled_from(["any", "any", "spoken", "spoken", "tricky", "broken"]))
    if kind == "any":
        found = draw(ANY)
        return draw(st.sampled_from([TOOL_OF[found.path], TOOL_OF[found.path], "look_up"])), found.text
    tool = draw(st.sampled_from([SAY, SAY, "look_up", "send_"]))
    if kind == "spoken":
        spelling = Spelling(random)
        members = [(f'"{key}"', spelling.string(draw(SPOKEN))) for key in ("inner_thoughts", "message", "rest")]
        return tool, spelling.members(members[draw(st.integers(0, 2)) :])
    return tool, draw(st.sampled_from(TRICKY) if kind == "tricky" else BROKEN)


def in_pieces(draw: st.DrawFn, text: str, random: Random) -> list[str]:
    """``text`` in pieces, some of them empty."""
    size = draw(st.sampled_from(["one", "one", "some", "some", "all"]))
    pieces = list(text) if size == "one" else cut(text, draw(places()) if size == "some" else [])
    return [piece for whole in pieces for piece in ([whole] if random.random() < 0.9 else ["", whole])]


AROUND_TEXT: list[Chunk] = [{}, {}, {"role": "assistant"}, {"refusal": None, "content": None}]
BARE_MEMBERS: list[Chunk] = [{}, {}, {}, {"id": None, "type": "function"}, {"id": ""}]


@st.composite
def call_deltas(draw: st.DrawFn, index: int | None, random: Random) -> list[Chunk]:
    """The deltas of one call."""
    tool, text = draw(arguments_of(random))
    pieces = in_pieces(draw, text, random)
    if draw(st.integers(0, 3)) == 0:  # A5
        pieces = list(accumulate(pieces))
    if draw(st.integers(0, 7)) == 0:  # A6
        pieces.append(text)
    members = draw(st.sampled_from(BARE_MEMBERS))
    names = draw(st.sampled_from([[tool], [tool], [tool], [tool[:3], tool[3:]], []]))
    ident = f"call_{draw(st.integers(0, 3))}"
    first = [entry("", index=index, id=ident, type="function", name=name) for name in names]
    return [calls(one) for one in [*first, *(entry(piece, index=index, **members) for piece in pieces)]]


@st.composite
def text_deltas(draw: st.DrawFn, random: Random) -> list[Chunk]:
    """Deltas of ordinary content or of native reasoning."""
    member = draw(st.sampled_from(["content", "content", "reasoning_content", "reasoning", "thinking"]))
    around = draw(st.sampled_from(AROUND_TEXT))
    pieces = in_pieces(draw, draw(SPOKEN), random)
    if draw(st.integers(0, 3)) == 0:  # Q13
        pieces = list(accumulate(pieces))
    return [{**around, member: piece} for piece in pieces]


ODD_DELTAS: list[Chunk] = [
    {"tool_calls": []},
    {},
    {"role": "assistant"},
    {"refusal": "No"},
    calls(entry("y"), content="x"),
    calls(entry("a"), entry("b", index=1)),
    {"function_call": {"arguments": "z"}},
    {"content": [{"type": "text", "text": "part"}]},
]


@st.composite
def choice_deltas(draw: st.DrawFn, random: Random) -> list[Chunk]:
    """The deltas of one choice, all but its finish."""
    deltas: list[Chunk] = [{"role": "assistant", "content": None}] if draw(st.booleans()) else []
    for number in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["text", "call", "call", "call", "calls", "odd"]))
        if kind == "text":
            deltas += draw(text_deltas(random))
        elif kind == "call":
            deltas += draw(call_deltas(draw(st.sampled_from([number, number, 0, None])), random))
        elif kind == "calls":  # T17
            deltas += shuffled_in([draw(call_deltas(number, random)), draw(call_deltas(number + 1, random))], random)
        else:
            deltas.append(draw(st.sampled_from(ODD_DELTAS)))
    return deltas


@st.composite
def responses(draw: st.DrawFn, ident: str, random: Random) -> list[Chunk]:
    """The chunks of one step, of one to three choices."""
    streams = []
    for index in draw(st.sampled_from([[0], [0], [0], [0, 1], [2, 0, 1]])):
        stream = [chunk(delta, index=index) for delta in draw(choice_deltas(random))]
        finish = draw(st.sampled_from(["stop", "tool_calls", None]))
        streams.append([*stream, chunk({}, finish, index=index)] if finish else stream)
    chunks = named(ident, shuffled_in(streams, random))
    change = draw(st.sampled_from(["", "", "", "", "every", "some", "none"]))
    if change == "none":
        return [{**one, "id": None} for one in chunks]
    if change:  # Q11
        return [{**one, "id": f"{ident}{n // (1 if change == 'every' else 7)}"} for n, one in enumerate(chunks)]
    return chunks


def is_chunk(value: Any) -> bool:
    try:
        read_chunk(value)
    except NotAChunk:
        return False
    return True


ODD_CHUNKS = odd_chunks().filter(is_chunk)


@st.composite
def sources(draw: st.DrawFn, random: Random) -> list[Chunk | None]:
    """The chunks of a stream."""
    source: list[Chunk | None] = []
    for ident in draw(st.sampled_from(["a", "a", "a", "ab", "aa"])):
        source += draw(responses(ident, random))
        source += draw(st.sampled_from([[], [], [DONE], [chunk({}, choices=[], usage={"total_tokens": 1})]]))
    for odd in draw(st.lists(ODD_CHUNKS, max_size=1)):
        source.insert(draw(st.integers(0, len(source))), odd)
    return source


CUMULATIVE = Options(repairs=frozenset({Repair.CUMULATIVE}))


def options() -> st.SearchStrategy[Options]:
    return st.builds(
        Options,
        tools=st.just(TOOLS),
        thoughts=st.sampled_from(Thoughts),
        other_tools=st.sampled_from(OtherTools),
        repairs=st.sampled_from(
            [frozenset(), CUMULATIVE.repairs, frozenset(Repair), frozenset(Repair) - CUMULATIVE.repairs]
        ),
        message_arguments=st.sampled_from([False, False, False, True]),
    )


@given(st.data(), options(), st.builds(Random, st.integers(0, 1 << 32)))
def test_each_chunk_does_the_same_with_and_without_what_stands_around_its_text(
    data: st.DataObject, options: Options, random: Random
) -> None:
    """R1, R2, R6, R7, R8, R9, R13, R14, T17: any stream, in runs of any length."""
    both_ways(data.draw(sources(random)), options, random)


# --- which chunks have one ---------------------------------------------------------------------


def heard(source: Iterable[Chunk], options: Options | None = None) -> tuple[StreamRewriter, Continuation | None]:
    """A rewriter that was fed the long way, and the continuation of the last chunk."""
    rewriter = StreamRewriter(options or Options())
    last: Chunk = {}
    for last in source:
        rewriter.feed(last)
    return rewriter, rewriter.continuation()


def continuation_of(source: Iterable[Chunk], options: Options | None = None) -> Continuation:
    continuation = heard(source, options)[1]
    assert continuation is not None
    return continuation


def after(arguments: str, tool: str = SAY, options: Options | None = None) -> CallContinuation:
    """What continues a call whose arguments began like this."""
    continuation = continuation_of(message_call([arguments], tool, finish=None), options)
    assert isinstance(continuation, CallContinuation)
    return continuation


def bare(arguments: str, index: int = 0) -> Chunk:
    """A chunk that holds a fragment and nothing else."""
    return chunk(calls(entry(arguments, index=index)))


IDS_BEGIN_TO_MEAN_SOMETHING = [
    *named("proxy", message_call([])[:1]),
    *named("r", message_call(['{"message":"', "H"])[1:3]),
    chunk({"role": "assistant", "content": "B"}, "stop", id="s"),
]
"""R13: the second fragment has the id of the first, so that a role under another id begins a step."""


@pytest.mark.parametrize(
    ("source", "taken"),
    [
        (message_call(['{"message":"', "H", "i", "\\n", "!", '"}']), 5),
        (message_call(['{"a":[1', ",2", '],"message":"', "Hi", '"}']), 4),
        (message_call(['{"message":"H', "i", '"}', '{"message":"again"}']), 2),
        (message_call(["{", "oops", "more"]), 1),
        (message_call(["{", '"q"', ":1}"], "look_up"), 2),
        (message_call(["{", '"q"', ":1}", " and more"], "look_up"), 2),
        (message_call(['{"message":"', "H", "i", '" oops']), 3),
        (message_call(['{"message":"', "\\u00", "e9", "\\ud83d", "\\ude00"]), 4),
        (message_call(['{"message":"', "H", "\ud83d", "\ude00", "i"]), 2),
        ([chunk({"content": text}) for text in ("a", "b", "", '"\\\n\0')], 3),
        ([chunk({"content": text}) for text in ("", "a", "b")], 1),
        (IDS_BEGIN_TO_MEAN_SOMETHING, 1),
    ],
)
def test_without_a_chunk_around_it_a_text_does_the_same(source: list[Chunk], taken: int) -> None:
    """All go the short way but the first, what follows the object, what is broken, and halves of characters."""
    assert both_ways(source)[0] == taken


def test_choices_that_take_turns_go_the_short_way_together() -> None:
    """R14: but the first of each, and what follows their ends."""
    answers = [message_call(['{"message":"', *text, '"}']) for text in ("one", "two", "six")]
    turns = [
        {**one, "choices": [{**one["choices"][0], "index": index}]}
        for row in zip(*answers, strict=True)
        for index, one in enumerate(row)
    ]
    taken, whole = both_ways(turns)
    assert taken == 3 * 4
    assert whole.text == "otsnwieox"


@pytest.mark.parametrize(
    "last",
    [
        chunk(calls(entry('"'), content="x")),
        chunk(calls(entry('"')), "tool_calls"),
        chunk(calls(entry('"')), usage={"total_tokens": 1}),
        chunk(calls(entry('"', id="b"))),
        chunk(calls(entry('"', name=SAY))),
        chunk(calls(entry({"a": 1}))),
        chunk(calls(entry('"'), entry("}"))),
        chunk(calls(entry('"', index=None))),
        chunk(calls()),
        chunk({}, choices=[]),
        chunk({}, choices=[{"index": 0, "delta": calls(entry('"'))}, {"index": 1, "delta": {}}]),
        chunk(calls({"index": 0})),
        {"error": {"message": "no"}, "choices": [{"index": 0, "delta": calls(entry('"'))}]},
        bare('"}'),
        bare('" oops'),
        chunk({"content": ""}),
        chunk({"content": "x"}, "stop"),
        chunk({"content": "x", "reasoning_content": "y"}),
    ],
)
def test_only_a_chunk_that_continued_one_text_has_a_continuation(last: Chunk) -> None:
    assert heard([*message_call(['{"message":"H'], finish=None), last])[1] is None


def test_before_any_chunk_there_is_no_continuation() -> None:
    assert StreamRewriter(Options()).continuation() is None


@pytest.mark.parametrize(("member", "kind"), [("content", TextDelta), ("reasoning", ThoughtsDelta)])
def test_text_and_reasoning_have_one_amid_a_call(member: str, kind: type) -> None:
    """R7: they leave as they came, and the call is left alone."""
    continuation = continuation_of([*message_call(['{"message":"H'], finish=None), chunk({member: "x"})])
    assert continuation.running() == Running(kind, 1, 0, None, Leaving.AS_THEY_CAME)
    assert continuation.run_on(['a"', "", "\\"]) == ['a"', "", "\\"]
    assert continuation.hear(["x"]) == (0, None)


def test_a_call_that_waits_for_another_has_none() -> None:
    """T17: what it says follows later."""
    first = chunk(calls(entry('{"message":"A', id="a", name=SAY)))
    second = chunk(calls(entry('{"message":"B', index=1, id="b", name=SAY)))
    assert heard([first, second, bare("!", index=1)])[1] is None
    assert heard([first, second, bare("!")])[1] is not None


def test_where_arguments_are_told_a_call_has_no_continuation() -> None:
    """It would leave them out."""
    source = message_call(['{"message":"H', "i"], finish=None)
    assert heard(source)[1] is not None
    assert heard(source, Options(message_arguments=True))[1] is None
    told = continuation_of([*source, chunk({"content": "x"})], Options(message_arguments=True))
    assert told.running() is not None


# --- what runs on ------------------------------------------------------------------------------

DROPPED, SHOWN = Options(other_tools=OtherTools.DROP), Options(thoughts=Thoughts.REASONING)


@pytest.mark.parametrize(
    ("arguments", "tool", "options", "event", "leaves"),
    [
        ('{"message":"H', SAY, None, TextDelta, Leaving.REWRITTEN),
        ('{"message":"H', SAY, DROPPED, TextDelta, Leaving.REWRITTEN),
        ('{"thinking":"H', SAY, None, ThoughtsDelta, Leaving.NOT_AT_ALL),
        ('{"thinking":"H', SAY, SHOWN, ThoughtsDelta, Leaving.REWRITTEN),
        ('{"a":["H', SAY, SHOWN, None, Leaving.NOT_AT_ALL),
        ('{"message":"H","message":"', SAY, None, None, Leaving.NOT_AT_ALL),
        ('{"message":"H', "look_up", None, ArgumentsDelta, Leaving.AS_THEY_CAME),
        ('{"message":"H', "look_up", DROPPED, ArgumentsDelta, Leaving.NOT_AT_ALL),
    ],
)
def test_text_in_a_string_runs_on(
    arguments: str, tool: str, options: Options | None, event: type | None, leaves: Leaving
) -> None:
    """R3, R6, R7: as an event of one kind or none, and its chunks leave in one manner."""
    continuation = after(arguments, tool, options)
    assert continuation.running() == Running(event, 1, 0, 0, leaves)
    assert continuation.member == "arguments"


@pytest.mark.parametrize(
    "arguments", ["{", '{"a', '{"message":{"a":"b', '{"message":1', '{"message":"H\\', '{"message":"H"']
)
@pytest.mark.parametrize("tool", [SAY, "look_up"])
def test_outside_of_strings_nothing_runs_on(arguments: str, tool: str) -> None:
    in_string = tool != SAY and arguments == '{"message":{"a":"b'  # to another tool's call no value is a source text
    assert (after(arguments, tool).running() is not None) is in_string


def test_texts_run_on_up_to_one_that_is_not_plain() -> None:
    texts = ["a", "\\n", "", 'b"', "c"]
    assert after('{"message":"').run_on(texts) == ["a", "\n", ""]
    assert after('{"message":"', "look_up").run_on(texts) == ["a", "\\n", ""]
    assert after('{"message":"').run_on(texts[3:]) == after('{"message":"', "look_up").run_on(texts[3:]) == []


def test_what_ran_on_counts_to_the_offset_of_a_fault() -> None:
    continuation = after('{"message":"')
    continuation.run_on_as_one("Hi")
    assert continuation.run_on(["\\n", "\\u00e9"]) == ["\n", "\u00e9"]
    count, brought = continuation.hear(['" oops', "more"])
    assert count == 1
    assert brought is not None
    assert isinstance(brought.events[-1], ArgumentsFailed)
    assert brought.events[-1].offset == len('{"message":"Hi\\n\\u00e9" ')
    assert (brought.running, continuation.ready()) == (None, False)


def test_texts_are_heard_up_to_where_a_string_begins() -> None:
    """What brings nothing about is taken together; in the string text runs on."""
    continuation = after('{"mess')
    assert continuation.hear(["age", "", '":', ' "', "Hi"]) == (4, None)
    assert continuation.quiet() == Running(None, 1, 0, 0, Leaving.NOT_AT_ALL)
    assert continuation.running() == Running(TextDelta, 1, 0, 0, Leaving.REWRITTEN)


def test_texts_are_heard_up_to_one_that_says_something() -> None:
    continuation = after('{"message":1')
    running = Running(TextDelta, 1, 0, 0, Leaving.REWRITTEN)
    said = Heard("2", [(ValueKind.MESSAGE, "2")], [TextDelta(1, 0, 0, "2")], running)
    assert continuation.hear(["2", "3"]) == (1, said)
    assert continuation.leave(bare("2"), said) == [chunk({"content": "2"})]


def test_what_another_tool_hears_is_told_as_it_came() -> None:
    """R6: each piece is an event; one that also shows a quirk is more than text that runs on."""
    continuation = after('{"a', "look_up")
    assert continuation.hear(['":', "[1", ',"', "x"]) == (3, None)
    assert continuation.quiet() == Running(ArgumentsDelta, 1, 0, 0, Leaving.AS_THEY_CAME)
    assert continuation.run_on(["\\n"]) == ["\\n"]
    count, brought = continuation.hear(["\\", "n"])
    assert (count, brought and brought.events) == (1, [QuirkSeen(1, "A16"), ArgumentsDelta(1, 0, 0, "\\")])
    assert brought is not None
    assert brought.running is None
    one = bare("\\")
    assert continuation.leave(one, brought) == [one]


# --- where it ends -----------------------------------------------------------------------------


@pytest.mark.parametrize("last", [bare("H"), chunk({"content": "x"})])
def test_a_continuation_is_over_with_its_choice_and_with_its_step(last: Chunk) -> None:
    """R5, R12, R13, B4."""
    source = [*message_call(['{"message":"'], finish=None), last]
    other = chunk({"content": "y"}, index=1)
    for end in (chunk({}, "stop"), chunk({}, "stop", index=1), {"error": {"message": "no"}}, DONE):
        rewriter, continuation = heard([*source[:-1], other, last])
        assert continuation is not None
        assert not continuation.over
        if end is DONE:
            rewriter.done()
        else:
            rewriter.feed(end)
        still = end == chunk({}, "stop", index=1)
        assert (continuation.over, continuation.ready(), continuation.open) == (not still, still, still)


def test_continuations_go_with_those_of_other_choices_of_their_step() -> None:
    """R14."""
    rewriter = StreamRewriter(Options())
    found = []
    for one in [
        chunk({"content": "a"}),
        chunk({"content": "b"}),
        chunk({"content": "c"}, index=1),
        chunk({"role": "assistant", "content": ""}, id="another"),
        chunk({"content": "d"}, index=1, id="another"),
    ]:
        rewriter.feed(one)
        found.append(rewriter.continuation())
    assert rewriter.steps == 2
    first, again, other, opening, later = found
    assert opening is None
    assert first is not None
    assert again is not None
    assert other is not None
    assert later is not None
    assert [first.goes_with(one) for one in (first, again, other, later)] == [False, False, True, False]
    assert [other.goes_with(one) for one in (first, again, other, later)] == [True, True, False, False]


@pytest.mark.parametrize("text", ['{"message":"', None])
def test_q11_where_ids_change_a_continuation_is_not_open(text: str | None) -> None:
    """To take a chunk with another id would hide the quirk; one without an id goes with all."""
    source = [chunk({"content": "x"})] if text is None else message_call([text], finish=None)
    for ident in ("a", None):
        rewriter, continuation = heard([{**one, "id": ident} for one in source])
        assert continuation is not None
        assert continuation.ready()
        for following in ("b", "a"):
            rewriter.feed(chunk({}, id=following))
            assert continuation.open is (ident is None or following == "a")
            assert continuation.ready() is continuation.open


@pytest.mark.parametrize("text", ['{"message":"', None])
def test_r2_while_a_call_waits_for_its_name_nothing_is_open(text: str | None) -> None:
    """What is held must leave before what comes after it."""
    source = [chunk({"content": "x"})] if text is None else message_call([text], finish=None)
    rewriter, continuation = heard(source)
    assert continuation is not None
    rewriter.feed(chunk(calls(entry("", name="send_", id="h")), index=1))
    assert rewriter.holding
    assert not continuation.open
    assert not continuation.ready()
    rewriter.feed(chunk(calls(entry("{", name="mail")), index=1))
    assert not rewriter.holding
    assert continuation.ready()


def test_r8_a_call_is_continued_only_while_it_is_the_last() -> None:
    rewriter, continuation = heard(message_call(['{"a":"'], "look_up", finish=None))
    assert continuation is not None
    assert continuation.ready()
    rewriter.feed(chunk(calls(entry('{"b":"', index=1, id="b", name="look_up"))))
    assert not continuation.ready()
    rewriter.feed(bare("x"))
    assert continuation.ready()


# --- R13: what the next response of a server does ---------------------------------------------


def without(member: str, one: Chunk) -> Chunk:
    return {name: value for name, value in one.items() if name != member}


@pytest.mark.parametrize("member", ["created", "model"])
def test_a_later_response_is_continued_under_its_own_names(member: str) -> None:
    """Of a member that neither has there is nothing to rename."""
    rewriter, earlier = heard([without(member, chunk({"content": "a"}))])
    assert earlier is not None
    assert rewriter.continued(earlier) is None  # this is its own step
    rewriter.feed(without(member, chunk({}, "stop")))
    opening = without(member, chunk({"role": "assistant", "content": ""}, id="b", created=2))
    rewriter.feed(opening)
    continuation = rewriter.continued(earlier)
    assert continuation is not None
    assert continuation.chunk == without(member, chunk({"content": "a"}, id="b", created=2))
    assert continuation.ready()


@pytest.mark.parametrize(
    "opening",
    [
        without("id", chunk({"role": "assistant"})),
        chunk({"role": "assistant"}, id=7),
        chunk({"role": "assistant"}, id="b", created="2"),
        chunk({"role": "assistant"}, id="b", index=1),
    ],
)
def test_a_later_response_that_is_named_in_another_way_is_not_foreseen(opening: Chunk) -> None:
    """Nor is a choice that has not begun."""
    rewriter, earlier = heard([chunk({"content": "a"})])
    assert earlier is not None
    rewriter.feed(chunk({}, "stop"))
    rewriter.feed(opening)
    assert rewriter.continued(earlier) is None


@pytest.mark.parametrize("tool", [SAY, "look_up"])
def test_the_first_fragment_of_a_call_that_is_foreseen_announces_it_t12(tool: str) -> None:
    """By itself; where the name may still grow, a blank one leaves it open."""
    rewriter, earlier = heard(message_call(['{"message":"H'], tool, finish=None))
    assert earlier is not None
    assert not earlier.alone
    rewriter.feed(chunk({}, "tool_calls"))
    rewriter.feed({**message_call([], tool, finish=None)[0], "id": "b"})
    continuation = rewriter.continued(earlier)
    assert continuation is not None
    assert (continuation.alone, continuation.ready()) == (True, True)
    if tool == SAY:
        assert continuation.hear([" \n"]) == (0, None)
    count, brought = continuation.hear(['{"message":"H', "i"])
    assert count == 1
    assert brought is not None
    assert isinstance(brought.events[0], ToolCallStarted)
    assert (continuation.alone, continuation.ready(), rewriter.holding) == (False, True, False)


def test_where_another_message_is_open_nothing_announces_the_next_call_t17() -> None:
    rewriter, earlier = heard(message_call(['{"message":"H'], finish=None))
    assert earlier is not None
    rewriter.feed(chunk({}, "tool_calls"))
    rewriter.feed(chunk(calls(entry('{"message":"A', index=1, id="a", name=SAY), role="assistant"), id="b"))
    rewriter.feed(chunk(calls(entry("", id="c", name=SAY)), id="b"))
    assert rewriter.continued(earlier) is None


# --- R6: the index another tool's call leaves with -----------------------------------------------


def call(arguments: str, index: int, tool: str) -> Chunk:
    return chunk(calls(entry(arguments, index=index, id=f"call_{index}", type="function", name=tool)))


def test_r6_a_call_that_is_renumbered_goes_the_long_way() -> None:
    """Behind a message call it leaves as the first, so that no chunk of it leaves as it came."""
    source = [
        call('{"message":"Hi"}', 0, SAY),
        call('{"q":"', 1, "look_up"),
        *(bare(one, 1) for one in ("a", "b", '"}')),
    ]
    continuation = continuation_of(source[:3])
    assert continuation.open
    assert not continuation.ready()
    taken, whole = both_ways(source)
    assert taken == 0
    assert [one["choices"][0]["delta"]["tool_calls"][0]["index"] for one in whole.chunks[1:]] == [0] * 4


@pytest.mark.parametrize(
    ("source", "taken"),
    [
        ([call('{"q":"', 0, "look_up"), *(bare(one) for one in ("a", "b", '"}'))], 2),
        ([call('{"q":"', 1, "look_up"), *(bare(one, 1) for one in ("a", "b", '"}'))], 2),
        (
            [
                *(call('{"q":"', 0, "look_up"), bare("a"), bare("b")),
                *(call('{"message":"', 1, SAY), bare("H", 1), bare("i", 1), bare('"}', 1)),
                *(bare("c"), bare("d"), bare('"}')),
            ],
            5,
        ),
    ],
)
def test_r6_a_call_that_keeps_its_index_goes_the_short_way(source: list[Chunk], taken: int) -> None:
    """Nothing was taken out before it; a gap that is the sender's own stays (T6). The first of each run is learnt."""
    assert both_ways(source)[0] == taken


def test_r6_a_call_that_is_dropped_goes_the_short_way_wherever_it_stands() -> None:
    source = [
        call('{"message":"Hi"}', 0, SAY),
        call('{"q":"', 1, "look_up"),
        *(bare(one, 1) for one in ("a", "b", '"}')),
    ]
    taken, whole = both_ways(source, DROPPED)
    assert taken == 2
    assert len(whole.chunks) == 1


# --- ordinary text that is not taken as it comes -------------------------------------------------


def test_q13_content_that_may_be_a_resend_goes_the_long_way() -> None:
    """With the repair; reasoning is never taken for one."""
    for member, taken, text in (("content", 0, "Hello"), ("reasoning", 2, "")):
        source = [chunk({member: piece}) for piece in ("He", "Hell", "Hello")]
        assert both_ways(source, CUMULATIVE)[0] == taken
        assert both_ways(source)[0] == 2
        assert transform(source, CUMULATIVE).text == text


def test_a5_arguments_that_may_be_a_resend_go_the_long_way() -> None:
    """Each has to be compared with the one before."""
    assert both_ways(message_call(['{"message":"H', '{"message":"Hi', '{"message":"Hi!"}']), CUMULATIVE)[0] == 0


@pytest.mark.parametrize(("member", "other"), [("content", "reasoning"), ("reasoning", "content")])
def test_r3_text_behind_half_a_character_goes_the_long_way(member: str, other: str) -> None:
    """The half waits for the other, in its own member and in no other."""
    rewriter, continuation = heard([chunk({member: "a"}), chunk({member: "\ud83d"})])
    assert continuation is not None
    assert continuation.open
    assert not continuation.ready()
    rewriter.feed(chunk({other: "x"}))
    beside = rewriter.continuation()
    assert beside is not None
    assert beside.ready()
    assert not continuation.ready()
    rewriter.feed(chunk({member: "\ude00"}))
    assert continuation.ready()


# --- what was found, each on its own ------------------------------------------------------------


@pytest.mark.parametrize("options", [CUMULATIVE, Options(repairs=CUMULATIVE.repairs, other_tools=OtherTools.DROP)])
def test_a5_of_a_resend_of_another_tool_only_what_it_adds_is_told(options: Options) -> None:
    """The second fragment shows that it is one; of the third only the end is an event."""
    both_ways(message_call(['{"a', '{"a":', '{"a":1'], "look_up"), options)


def test_a5_a_resend_of_another_tool_that_adds_nothing_is_no_event() -> None:
    both_ways(message_call(['{"a', '{"a":', '{"a":'], "look_up"), CUMULATIVE)


def test_t17_what_waited_is_said_by_the_call_that_waited() -> None:
    """The quote ends the first message, so that the second may be told: all of it is one event."""
    first, second = call('{"message":"A', 0, SAY), call('{"message":"B"}', 1, SAY)
    both_ways([first, second, bare("!"), bare('"')])


def test_t18_a_null_entry_alone_has_no_continuation() -> None:
    assert heard([chunk({"tool_calls": [None]})])[1] is None


def test_a_call_is_announced_by_the_first_of_its_arguments_that_is_not_empty() -> None:
    """Until then only its name has come, and nothing is known of what it holds."""
    taken, _ = both_ways(message_call(["", "", '{"q":1', "2}"], "look_up"))
    assert taken > 0


# --- which chunks have likes ---------------------------------------------------------------------


def continued(one: Any) -> Continuation | None:
    """What takes the likes of a chunk that comes in the middle of a response."""
    rewriter = StreamRewriter(Options())
    rewriter.feed(chunk({"role": "assistant"}))
    rewriter.feed(one)
    return rewriter.continuation()


@pytest.mark.parametrize(
    ("delta", "member"),
    [
        ({"content": "x"}, "content"),
        ({"reasoning_content": "x"}, "reasoning_content"),
        ({"reasoning": "x"}, "reasoning"),
        ({"thinking": "x"}, "thinking"),
        ({"role": "assistant", "content": "x"}, "content"),
        ({"content": "x", "refusal": None, "tool_calls": [], "reasoning": ""}, "content"),
        ({"content": "", "reasoning": "x"}, "reasoning"),
    ],
)
def test_a_chunk_that_holds_one_text_and_nothing_else(delta: Any, member: str) -> None:
    """Q15, Q19: with a role, or with members that are empty."""
    continuation = continued(chunk(delta, usage=None, error=None))
    assert continuation is not None
    assert continuation.member == member


@pytest.mark.parametrize(
    "delta",
    [
        {"role": "assistant"},
        {"content": ""},
        {"content": [{"type": "text", "text": "x"}]},
        {"content": "x", "reasoning": "y"},
        {"reasoning": "x", "reasoning_details": [{"type": "reasoning.text", "text": "x"}]},
        {"refusal": "x"},
        {"content": "x", **calls(entry("{"))},
        calls(entry("{")),
    ],
)
def test_a_delta_that_holds_more_or_less_than_one_text(delta: Any) -> None:
    assert continued(chunk(delta)) is None


@pytest.mark.parametrize(
    "one",
    [
        chunk({}),
        chunk({"content": "x"}, "stop"),
        chunk({"content": "x"}, usage={}),
        chunk({"content": "x"}, usage={"total_tokens": 1}),
        chunk({"content": "x"}, usage="unknown"),
        chunk({"content": "x"}, error={"message": "no"}),
        chunk({}, choices=[{"index": 0, "delta": {"content": "x"}, "usage": {}}]),
        chunk({}, choices=[{"index": 0, "delta": {"content": "x"}, "usage": {"total_tokens": 1}}]),
        chunk({}, choices=[{"index": 0, "delta": {"content": "x"}}, {"index": 1, "delta": {}}]),
        chunk({}, choices=[{"index": 0, "message": {"content": "x"}}]),
        chunk({}, choices=[{"index": 0, "delta": None}]),
        chunk({}, choices=[]),
        chunk({}, choices=None, usage={"total_tokens": 1}),
        {"error": {"message": "no"}},
    ],
)
def test_a_chunk_that_holds_more_or_less_than_one_choice_that_goes_on(one: Any) -> None:
    assert continued(one) is None


def test_nothing_continues_before_a_chunk_and_after_an_end() -> None:
    rewriter = StreamRewriter(Options())
    assert rewriter.continuation() is None
    rewriter.feed(chunk({"content": "x"}))
    rewriter.done()
    assert rewriter.continuation() is None
