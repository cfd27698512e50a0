"""Whatever the bytes, nobody can tell by output, events, faults or exit code whether the fast lane was open.

Streams of calls are written in one of many shapes, then spoilt here and there
or throughout; each is read twice, with the lane and without.
"""

import json
import re
from collections.abc import Callable, Iterator
from itertools import product
from random import Random
from typing import Any, NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.strategies import cut, places, shuffled_in, texts, values
from tests.support import ROOT, Chunk, jsonl, message_call, sse

from unspool.core.errors import MalformedRecord
from unspool.core.events import TextDelta
from unspool.core.options import Options, OtherTools, Thoughts
from unspool.core.repairs import Repair
from unspool.core.transformer import Outcome, Transformer
from unspool.pipeline import Problem, Settings, Summary, run
from unspool.streams.codec import decode
from unspool.streams.fastlane import Encoded, FastLane
from unspool.streams.lintsink import LintSink
from unspool.streams.output import Output
from unspool.streams.records import Record, RecordKind
from unspool.streams.sinks import ChunkFormat, ChunkSink, EventSink, Sink, TextSink
from unspool.streams.sources import Source

SAMPLES = sorted(p for p in (ROOT / "samples").iterdir() if p.suffix in (".jsonl", ".sse"))
SIZES = (65_536, 4096, 65_536, 255, 64, 7, 1)
SINKS = ("text", "jsonl", "sse", "events")


# --- reading a stream twice -----------------------------------------------------------------


class Blocks(Source):
    """Bytes at hand, in blocks of one size."""

    def __init__(self, data: bytes, size: int) -> None:
        super().__init__("-", None)
        self._data, self._size = data, size

    def blocks(self) -> Iterator[bytes]:
        for start in range(0, len(self._data), self._size):
            yield self._data[start : start + self._size]


class Writes:
    """Where output goes, each write kept apart: what was visible when counts too."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def flush(self) -> None:
        pass


class Went(NamedTuple):
    """All that can be told of a run from outside."""

    written: list[bytes]
    problems: list[Any]
    summary: Summary


def _seen(problem: Problem) -> tuple[Any, ...]:
    fault, record = problem.fault, problem.record
    said: Any = fault
    if isinstance(fault, Exception):
        said = (type(fault), str(fault), fault.position if isinstance(fault, MalformedRecord) else None)
    where = None if record is None else (record.number, record.offset, record.data, record.raw, record.kind)
    return problem.source, where, type(fault), said


def make_sink(name: str, output: Output, settings: Settings) -> Sink:
    if name == "text":
        return TextSink(output, settings.choice, settings.options.thoughts)
    if name == "events":
        return EventSink(output)
    if name == "lint":
        return LintSink(output, as_json=True)
    return ChunkSink(output, ChunkFormat(name))


def went(data: bytes, size: int, sink_name: str, fast: bool, **settings: Any) -> Went:
    writes, problems, summary = Writes(), list[Any](), Summary()
    chosen = Settings(fast=fast, **settings)
    sink = make_sink(sink_name, Output(writes), chosen)  # type: ignore[arg-type]
    run(Blocks(data, size), chosen, sink, lambda problem: problems.append(_seen(problem)), summary)
    sink.close()
    return Went(writes.written, problems, summary)


def assert_nobody_can_tell(data: bytes, size: int, sink: str, **settings: Any) -> None:
    slow = went(data, size, sink, fast=False, **settings)
    fast = went(data, size, sink, fast=True, **settings)
    assert b"".join(fast.written) == b"".join(slow.written)
    assert fast == slow


# --- the lane is really used ----------------------------------------------------------------


def _through(lines: list[bytes], options: Options | None = None) -> tuple[list[Outcome | Encoded], int]:
    """What the lane took of some lines, and how many of the others there were."""
    transformer = Transformer(options)
    lane = FastLane(transformer)
    taken: list[Outcome | Encoded] = []
    others = 0
    for line in lines:
        outcome = lane.feed(line)
        if outcome is not None:
            taken.append(outcome)
            continue
        others += 1
        value = decode(line)
        transformer.feed(value)
        lane.learn(line, value)
    return taken, others


WORDS = [f"word {n}, " for n in range(200)]


def test_the_lane_takes_all_of_a_plain_stream_but_its_ends() -> None:
    """Five lines go the long way: the opening, two fragments (to learn), the closing quote's brace, the finish."""
    stream = message_call(['{"message":"', *WORDS, '"}'])
    taken, others = _through(jsonl(stream).splitlines())
    assert others <= 5
    assert len(taken) >= len(WORDS) - 1
    events = [event for outcome in taken for event in outcome.events]
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == "".join(WORDS[1:])
    assert all(isinstance(outcome, Encoded) for outcome in taken if outcome.events)


def test_a_frame_is_learnt_when_it_is_seen_twice_running() -> None:
    """Padding makes each frame another (Q10): learning those would cost more than it ever saves."""
    stream = message_call(['{"message":"', *WORDS, '"}'])
    padded = [{**one, "obfuscation": "x" * (number % 7)} for number, one in enumerate(stream)]
    taken, others = _through(jsonl(padded).splitlines())
    assert (len(taken), others) == (0, len(stream))


def test_the_lane_takes_escapes_thoughts_and_other_values() -> None:
    fragments = ['{"inner_thoughts":"', *WORDS, '","n":[1,', "2", '],"message":"', "a\\", "n", "\\u00e9", 'é"', "}"]
    taken, others = _through(jsonl(message_call(fragments)).splitlines(), Options(thoughts=Thoughts.REASONING))
    assert others <= 5
    said = [event.text for outcome in taken for event in outcome.events if isinstance(event, TextDelta)]
    assert "".join(said) == "a\néé"


def test_the_lane_takes_nothing_of_another_tool_and_nothing_of_plain_content() -> None:
    other = message_call(['{"message":"', *WORDS, '"}'], tool="search")
    content = [{"choices": [{"index": 0, "delta": {"content": word}}]} for word in WORDS]
    assert _through(jsonl(other).splitlines())[0] == []
    assert _through(jsonl(content).splitlines())[0] == []


class Counting:
    """A sink that counts the records nobody parsed."""

    def __init__(self) -> None:
        self.parsed = self.unparsed = 0

    def begin(self, source: str) -> None:
        pass

    def accept(self, record: Record, outcome: Outcome | Encoded, holding: bool) -> None:
        if record.kind is RecordKind.VALUE:
            self.parsed += record.value is not None
            self.unparsed += record.value is None

    def pass_on(self, record: Record) -> None:
        pass

    def end(self, complete: bool) -> None:
        pass

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.mark.parametrize("fast", [True, False])
def test_a_run_uses_the_lane_where_it_is_open(fast: bool) -> None:
    """A record of the lane is never parsed: that is what it is for."""
    data = jsonl(message_call(['{"message":"', *WORDS, '"}']))
    counting = Counting()
    run(Blocks(data, 65_536), Settings(fast=fast), counting, lambda problem: None, Summary())
    assert counting.parsed + counting.unparsed == len(WORDS) + 4
    assert counting.unparsed >= len(WORDS) - 1 if fast else counting.unparsed == 0


# --- samples --------------------------------------------------------------------------------

ALL_OPTIONS = [
    Options(thoughts=thoughts, other_tools=other_tools) for thoughts, other_tools in product(Thoughts, OtherTools)
]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_no_sample_tells(sample: Any) -> None:
    data = sample.read_bytes()
    for options, sink, size in product(ALL_OPTIONS, SINKS, (7, 65_536)):
        assert_nobody_can_tell(data, size, sink, options=options)
    for repair, sink in product(Repair, SINKS):
        assert_nobody_can_tell(data, 65_536, sink, options=Options(repairs=frozenset({repair})))
    for single_step, strict in product((True, False), repeat=2):
        assert_nobody_can_tell(data, 65_536, "jsonl", single_step=single_step, strict=strict)


def test_no_sample_tells_by_its_quirks() -> None:
    for sample in SAMPLES:
        assert_nobody_can_tell(sample.read_bytes(), 65_536, "lint")


@pytest.mark.parametrize("frame", [jsonl, sse])
def test_no_read_size_tells(frame: Callable[[list[Chunk]], bytes]) -> None:
    data = frame(message_call(['{"message":"', "a", "\\", "n é", "", '"', "}"]))
    for size in [*range(1, 65), *range(65, len(data), 7), len(data)]:  # 7 and the length of a line share no factor
        assert_nobody_can_tell(data, size, "jsonl")
        assert_nobody_can_tell(data, size, "text")


# --- what was found, each on its own --------------------------------------------------------


def plain(*fragments: str, **members: Any) -> list[bytes]:
    """The lines of one message call, compact; ``members`` go onto each chunk."""
    stream = [{**chunk, **members} for chunk in message_call(fragments)]
    return [json.dumps(chunk, separators=(",", ":")).encode() for chunk in stream]


def assert_no_sink_tells(lines: list[bytes], **settings: Any) -> None:
    for sink in SINKS:
        assert_nobody_can_tell(b"".join(line + b"\n" for line in lines), 65_536, sink, **settings)


def test_an_empty_fragment_says_nothing_r2() -> None:
    """R2: a chunk left with nothing to say is not emitted, and no empty text is an event."""
    lines = plain('{"message":"a', "b", "", "c", '"}')
    assert_no_sink_tells(lines)
    assert went(b"\n".join(lines), 65_536, "events", fast=True).written[0].count(b'"text":""') == 0


def test_a_member_like_the_mark_is_not_taken_for_it() -> None:
    """The lane finds the place of the text in a rewritten chunk by a mark, which a stream may hold elsewhere."""
    for mark in ("\0unspool\0", "a\0unspool\0b"):
        assert_no_sink_tells(plain('{"message":"', "a", "b", "c", "d", '"}', obfuscation=mark))
        assert_no_sink_tells(plain('{"message":"', "a", "b", mark, "d", '"}'))


@pytest.mark.parametrize("space", [b" ", b"\t", b"  ", b" \t "])
@pytest.mark.parametrize("behind", [True, False], ids=["behind", "before"])
def test_white_space_around_the_fragment_does_not_show(space: bytes, behind: bool) -> None:
    lines = plain('{"message":"a', "b", "c", "d", '"}')
    lines[3] = lines[3].replace(b'"c"', b'"c"' + space if behind else space + b'"c"')
    assert_no_sink_tells(lines)


def test_an_event_of_two_data_lines_stays_one_line_b8() -> None:
    """B8: the line feed between two data lines is white space of the JSON, and must not leave in a JSONL line."""
    lines = plain('{"message":"a', "b", "c", "d", '"}')
    lines[3] = lines[3].replace(b'"c"', b'"c"\ndata: ')
    data = b"".join(b"data: " + line + b"\n\n" for line in lines)
    for sink in SINKS:
        assert_nobody_can_tell(data, 65_536, sink)
    written = b"".join(went(data, 65_536, "jsonl", fast=True).written)
    assert all(json.loads(line) for line in written.splitlines())


def test_chunks_without_an_id_leave_the_step_as_stable_as_it_was_q11() -> None:
    """Q11: only two chunks with the same id make ids mean something."""
    lines = plain('{"message":"a', "b", "c", id=None)
    lines[0] = lines[0].replace(b'"id":null', b'"id":"a"')
    text = {"choices": [{"index": 0, "delta": {"role": "assistant", "content": "x"}}], "id": "b"}
    assert_no_sink_tells([*lines[:-1], json.dumps(text).encode(), lines[-1]])


def test_half_a_surrogate_pair_in_the_model_s_name_changes_the_encoding_of_all_of_a_chunk() -> None:
    lines = plain('{"message":"a', "b", "é", "d", '"}', model="\ud83d")
    lines[3] = lines[3].replace(b"\\u00e9", "é".encode())
    assert_no_sink_tells(lines)


@pytest.mark.parametrize("usage", [5, True, "none", {}, [], 0])
def test_an_odd_usage_is_passed_on_with_each_chunk(usage: Any) -> None:
    """R4: every other member is kept, and a chunk that carries something else still leaves."""
    assert_no_sink_tells(plain('{"message":"', "a", '","n":', "1", "2", "}", usage=usage))


ARGUMENTS = re.compile(rb'"arguments": ?("[^"\\]*(?:\\.[^"\\]*)*")')


@pytest.mark.parametrize(
    "twice",
    [
        rb'"arguments":"x","arguments":\1',
        rb'"arguments":\1,"arguments":"x"',
        rb'"\\u0061rguments":"x","arguments":\1',
        rb'"arguments":\1,"\\u0061rguments":"x"',
        rb'"arguments":\1},"function":{"\\u0061rguments":"y"',
        rb'"\\u0061rguments":"y"},"arguments":\1,"other":{"a":"b"',
    ],
)
def test_only_the_arguments_that_count_are_read(twice: bytes) -> None:
    """Of a key that stands twice the last counts, however it is written; another object's are not the call's."""
    lines = plain('{"message":"a', "b", "c", "d", '"}')
    lines[2:5] = [ARGUMENTS.sub(twice, line) for line in lines[2:5]]
    assert_no_sink_tells(lines)


@pytest.mark.parametrize(
    "fragments",
    [
        ('{"message":"a', "bc", '{"message":"abcd', '"}'),
        ('{"message":"a', '{"message":"ab', "c", "ab", '{"message":"abcab', '{"message":"abcab"}'),
        ('{"message":"a', '{"message":"ab', "{", '{"', '{"message":"ab"}'),
        ("{", '{"message":"', "a", '{"message":"a"}'),
    ],
)
def test_resends_are_told_from_plain_fragments_a5(fragments: tuple[str, ...]) -> None:
    """A5: --repair cumulative sees each fragment."""
    assert_no_sink_tells(plain(*fragments), options=Options(repairs=frozenset({Repair.CUMULATIVE})))


# --- any stream -----------------------------------------------------------------------------


class Shape(NamedTuple):
    """How a provider writes its chunks: what stands in all of them."""

    members: dict[str, Any]
    choice: dict[str, Any]
    entry: dict[str, Any]
    delta: dict[str, Any]
    order: int | None
    ascii: bool
    compact: bool


def _some(*members: tuple[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.lists(st.sampled_from(members), min_size=1, max_size=2).map(dict)


NOTHING: tuple[Any, ...] = (None, {}, "")


ODD_MEMBERS = _some(
    *[("id", value) for value in ("", None, 7, "b", "null")],
    *[("usage", value) for value in (None, {}, 5, {"total_tokens": 1})],
    *[("model", value) for value in (None, "\ud83d", "é", '"arguments":"x"')],
    *[("error", value) for value in NOTHING],
    *[("arguments", value) for value in ("x", None)],
    *[("created", value) for value in (None, 1e300, 10**30, 1.5)],
    ("object", ""),
    ("obfuscation", "\0unspool\0"),
)
ODD_CHOICES = _some(
    *[("finish_reason", value) for value in ("", "null", 5)],
    *[("usage", value) for value in (None, 5, {"total_tokens": 1})],
    *[("index", value) for value in (None, 7, True)],
    ("logprobs", None),
    ("message", {"content": "all"}),
)
ODD_ENTRIES = _some(
    *[("index", value) for value in (None, 3, "0")],
    *[("id", value) for value in ("", "null", "call_1", None)],
    *[("type", value) for value in ("function", None)],
    *[("name", value) for value in ("", "send_message", None)],
)
ODD_DELTAS = _some(("role", None), ("role", "assistant"), ("content", ""), ("content", "x"), ("refusal", None))


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    """Half of them plain, the others odd in one place."""
    parts: list[dict[str, Any]] = [{}, {}, {}, {}]
    place = draw(st.integers(0, 11))
    if place < 6:
        which = (0, 0, 0, 1, 2, 3)[place]
        parts[which] = draw((ODD_MEMBERS, ODD_CHOICES, ODD_ENTRIES, ODD_DELTAS)[which])
    order = draw(st.one_of(st.none(), st.none(), st.integers(0, 99)))
    members, choice, entry, delta = parts
    return Shape(members, choice, entry, delta, order, draw(st.booleans()), draw(st.booleans()))


def shuffled(value: Any, order: Random) -> Any:
    if isinstance(value, dict):
        names = sorted(value)
        order.shuffle(names)
        return {name: shuffled(value[name], order) for name in names}
    return [shuffled(inner, order) for inner in value] if isinstance(value, list) else value


def written(value: Any, shape: Shape) -> bytes:
    separators = (",", ":") if shape.compact else None
    return json.dumps(value, ensure_ascii=shape.ascii, separators=separators).encode("utf-8", "surrogatepass")


def line_of(shape: Shape, choice: int, delta: dict[str, Any], finish: str | None = None) -> bytes:
    made = {"index": choice, "delta": delta, "finish_reason": finish, **shape.choice}
    if finish is not None:
        made["finish_reason"] = finish
    base = {"id": "a", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [made]}
    chunk = {**base, **shape.members}
    if shape.order is not None:  # the same order in each chunk
        chunk = shuffled(chunk, Random(shape.order))
    return written(chunk, shape)


def call_lines(shape: Shape, choice: int, index: int, tool: str, fragments: list[str]) -> list[bytes]:
    opening = {"index": index, "id": f"call_{choice}{index}", "type": "function"}
    first = {**opening, "function": {"name": tool, "arguments": ""}}
    lines = [line_of(shape, choice, {"role": "assistant", "content": None, "tool_calls": [first]})]
    extra = dict(shape.entry)
    name = {"name": extra.pop("name")} if "name" in extra else {}
    for fragment in fragments:
        entry = {"index": index, "function": {**name, "arguments": fragment}, **extra}
        lines.append(line_of(shape, choice, {"tool_calls": [entry], **shape.delta}))
    return lines


TOOLS = (*("send_message",) * 6, "search", "send_", "say")
WORDS_SAID = st.sampled_from(["Hi ", "there", "\n", "é", "\U0001f600", '"quoted"', "\\", "a", "bc ", "", "{", "x" * 30])


@st.composite
def argument_fragments(draw: st.DrawFn) -> list[str]:
    """Arguments with a message, cut anywhere; now and then spoilt in a way that quirks or repairs know."""
    thoughts = draw(st.booleans())
    spoken = st.one_of(WORDS_SAID, WORDS_SAID, texts())
    message = draw(st.one_of(*[st.lists(spoken, min_size=2, max_size=12).map("".join)] * 5, values()))
    members: list[tuple[str, Any]] = [("message", message)]
    if thoughts:
        members.insert(draw(st.integers(0, 1)), ("inner_thoughts", draw(texts())))
    if draw(st.booleans()):
        members.insert(draw(st.integers(0, len(members))), ("n", draw(values())))
    text = json.dumps(dict(members), ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, None, 1])))
    kind = draw(st.integers(0, 19))
    if kind == 0:
        text = text[: draw(st.integers(0, len(text)))]
    elif kind == 1:
        text = json.dumps(text)
    elif kind == 2:
        text = text.replace('"', "'")
    elif kind == 3:
        text = draw(st.sampled_from(["{}", "Sure: ", "null", '{"message":"x"}'])) + text
    elif kind == 4:
        text += draw(st.sampled_from(["</s>", '{"message":"x"}', "}", text]))
    step = draw(st.sampled_from([1, 2, 3, 5]))
    regular = [text[at : at + step] for at in range(0, min(len(text), 80 * step), step)]
    pieces = draw(st.sampled_from([regular, regular, cut(text, draw(places())), [text]]))
    if kind == 5:
        pieces = ["".join(pieces[: end + 1]) for end in range(len(pieces))]
    for place in draw(st.lists(st.integers(0, 100), max_size=2)):
        pieces.insert(place % (len(pieces) + 1), "")
    return pieces


def _broken(line: bytes, random: Random) -> list[bytes]:
    return [line[: random.randrange(len(line) + 1)]]


def _changed(change: Callable[[dict[str, Any], Random], None]) -> Callable[[bytes, Random], list[bytes]]:
    """What ``change`` makes of the parsed line; lines that hold no chunk stay."""

    def mutate(line: bytes, random: Random) -> list[bytes]:
        try:
            value = json.loads(line)
            change(value, random)
        except (ValueError, KeyError, IndexError, TypeError, AttributeError):
            return [line]
        separators = (",", ":") if b'":"' in line or b'":[' in line else None
        return [json.dumps(value, separators=separators).encode()]

    return mutate


def _entry(chunk: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = chunk["choices"][0]["delta"]["tool_calls"][0]
    return found


def _function(chunk: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = _entry(chunk)["function"]
    return found


def _member(chunk: dict[str, Any], random: Random) -> None:
    places: list[dict[str, Any]] = [chunk, chunk["choices"][0], chunk["choices"][0]["delta"], _entry(chunk)]
    places.append(_function(chunk))
    random.choice(places)[random.choice(["extra", "arguments", "content", "name", "role"])] = random.choice(
        [None, "x", "send_message", 1, {"arguments": "x"}]
    )


def _reorder(chunk: dict[str, Any], random: Random) -> None:
    members = list(chunk.items())
    random.shuffle(members)
    chunk.clear()
    chunk.update(members)


def _odd_arguments(chunk: dict[str, Any], random: Random) -> None:
    _function(chunk)["arguments"] = random.choice([None, {"message": "x"}, {}, 5, [], True, ["x"]])


def _second_entry(chunk: dict[str, Any], random: Random) -> None:
    entries = chunk["choices"][0]["delta"]["tool_calls"]
    entries.append({**entries[0], "index": random.choice([0, 1])})


def _second_choice(chunk: dict[str, Any], random: Random) -> None:
    chunk["choices"].append({**chunk["choices"][0], "index": random.choice([0, 1])})


def _legacy(chunk: dict[str, Any], random: Random) -> None:
    delta = chunk["choices"][0]["delta"]
    delta["function_call"] = _function(chunk)
    if random.random() < 0.5:
        del delta["tool_calls"]


def _spaced(line: bytes, random: Random) -> list[bytes]:
    space = random.choice([b" ", b"\t", b"  ", b"\n"])
    return [
        ARGUMENTS.sub(
            random.choice(
                [rb'"arguments":\1', rb'"arguments": \1 ', rb'"arguments" :\1', rb'"arguments":\1%b' % space]
            ),
            line,
        )
    ]


def _doubled_key(line: bytes, random: Random) -> list[bytes]:
    forms = [
        rb'"arguments":"x","arguments":\1',
        rb'"arguments":\1,"arguments":"x"',
        rb'"\\u0061rguments":"x","arguments":\1',
        rb'"arguments":\1,"\\u0061rguments":"x"',
        rb'"\\u0061rguments":\1',
    ]
    return [ARGUMENTS.sub(random.choice(forms), line)]


def _bytes_in_string(line: bytes, random: Random) -> list[bytes]:
    what = random.choice(
        ["é".encode(), b"\xff", b"\\ud83d", b"\\ude00", b"\\u0041", b"\\/", b"\x01", b"\\", b'\\"', b"\x7f"]
    )
    return [ARGUMENTS.sub(lambda found: found.group(0)[:-1] + what + b'"', line)]


MUTATIONS: dict[str, Callable[[bytes, Random], list[bytes]]] = {
    "a member added": _changed(_member),
    "another order": _changed(_reorder),
    "another id": _changed(lambda chunk, random: chunk.update(id=random.choice(["b", "c", "", None, 5]))),
    "no id": _changed(lambda chunk, random: chunk.pop("id", None)),
    "a finish": _changed(lambda chunk, random: chunk["choices"][0].update(finish_reason="tool_calls")),
    "a usage": _changed(lambda chunk, random: chunk.update(usage={"total_tokens": random.randrange(3)})),
    "an error": _changed(lambda chunk, random: chunk.update(error={"message": "no", "code": 500})),
    "another index": _changed(lambda chunk, random: _entry(chunk).update(index=random.choice([0, 1, 2, None]))),
    "another choice": _changed(lambda chunk, random: chunk["choices"][0].update(index=random.choice([0, 1, None]))),
    "a call's id": _changed(lambda chunk, random: _entry(chunk).update(id=random.choice(["call_00", "x", ""]))),
    "a name": _changed(lambda chunk, random: _function(chunk).update(name=random.choice(["send_message", "search"]))),
    "a role": _changed(lambda chunk, random: chunk["choices"][0]["delta"].update(role="assistant")),
    "odd arguments": _changed(_odd_arguments),
    "no text": _changed(lambda chunk, random: _function(chunk).update(arguments="")),
    "two entries": _changed(_second_entry),
    "two choices": _changed(_second_choice),
    "legacy": _changed(_legacy),
    "no choices": _changed(lambda chunk, random: chunk.update(choices=[])),
    "white space": _spaced,
    "space at the end": lambda line, random: [line + b" "],
    "a key twice": _doubled_key,
    "bytes in a string": _bytes_in_string,
    "broken": _broken,
    "dropped": lambda line, random: [],
    "doubled": lambda line, random: [line, line],
    "done": lambda line, random: [line, b"[DONE]"],
    "done glued": lambda line, random: [line + b"[DONE]"],
    "a ping": lambda line, random: [line, b'{"message_type":"ping"}'],
    "blank": lambda line, random: [line, b""],
    "no chunk": lambda line, random: [line, b'{"arguments":"x"}'],
    "usage only": lambda line, random: [line, b'{"id":"a","choices":[],"usage":{"total_tokens":1}}'],
}


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """Bytes of a JSONL or SSE stream of calls, spoilt in a few ways."""
    random = draw(st.randoms(use_true_random=False))
    shape = draw(shapes())
    lines: list[bytes] = []
    for _ in range(draw(st.sampled_from([1, 1, 2]))):
        choices = []
        for choice in range(draw(st.sampled_from([1, 1, 1, 1, 1, 2, 3]))):
            calls = [
                call_lines(shape, choice, index, draw(st.sampled_from(TOOLS)), draw(argument_fragments()))
                for index in range(draw(st.sampled_from([1, 1, 1, 2])))
            ]
            spoken = shuffled_in(calls, random) if draw(st.booleans()) else [line for call in calls for line in call]
            choices.append([*spoken, line_of(shape, choice, {}, draw(st.sampled_from(["tool_calls", "stop"])))])
        lines += shuffled_in(choices, random)
    for name in draw(st.lists(st.sampled_from(sorted(MUTATIONS)), max_size=3)):
        everywhere = draw(st.sampled_from([False, False, True]))
        place = draw(st.integers(0, 10_000)) % (len(lines) + 1)
        until = len(lines) if everywhere else place + draw(st.integers(1, 3))
        spoilt = [new for line in lines[place:until] for new in MUTATIONS[name](line, random)]
        lines[place:until] = spoilt[:400]
    if lines and draw(st.integers(0, 9)) == 0:
        here, there = random.randrange(len(lines)), random.randrange(len(lines))
        lines[here], lines[there] = lines[there], lines[here]
    if draw(st.booleans()):
        lines.append(b"[DONE]")
    if draw(st.booleans()):
        return b"".join(b"data: " + line.replace(b"\n", b"\ndata: ") + b"\n\n" for line in lines)
    return draw(st.sampled_from([b"\n", b"\n", b"\r\n"])).join([*lines, b""])


def settings_of_a_run() -> st.SearchStrategy[dict[str, Any]]:
    repairs = st.one_of(st.just(frozenset[Repair]()), st.sets(st.sampled_from(list(Repair))).map(frozenset))
    options = st.builds(
        Options,
        tools=st.sampled_from([{"send_message": "message"}, {"send_message": "message", "say": "n"}]),
        thoughts=st.sampled_from(list(Thoughts)),
        other_tools=st.sampled_from(list(OtherTools)),
        repairs=repairs,
    )
    seldom = st.sampled_from([False, False, False, True])
    return st.fixed_dictionaries(
        {"options": options, "choice": st.sampled_from([0, 0, 1]), "single_step": seldom, "strict": seldom}
    )


@given(streams(), st.sampled_from(SIZES), settings_of_a_run())
@example(b"", 1, {})
def test_nobody_can_tell(data: bytes, size: int, settings: dict[str, Any]) -> None:
    for sink in SINKS:
        assert_nobody_can_tell(data, size, sink, **settings)
