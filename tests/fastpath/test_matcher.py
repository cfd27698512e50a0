"""Whatever the bytes: output, events, faults and exit code are the same with the fast path on and off.

Streams of calls are written in one of many shapes, then corrupted in places or
throughout; each is read twice, with the fast path and without.
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.corrupted import corrupted_stream, cut_up
from tests.fastpath.differential import SINKS, assert_same_as_slow_path, observe
from tests.strategies import cut, places, shuffled_in, texts, values
from tests.support import ROOT, Chunk, chunk, jsonl, message_call, sse

from unspool.core.options import Options, OtherTools, Thoughts
from unspool.core.repairs import Repair
from unspool.core.transformer import Transformer
from unspool.fastpath.batch import RecordBatch
from unspool.fastpath.matcher import TemplateMatcher
from unspool.formats.framer import Framer
from unspool.formats.record import RecordKind

SAMPLES = sorted(p for p in (ROOT / "samples").iterdir() if p.suffix in (".jsonl", ".sse"))
SIZES = (65_536, 4096, 65_536, 255, 64, 7, 1)


# --- the fast path is really used ------------------------------------------------------------


def batches(data: bytes, options: Options | None = None) -> list[RecordBatch]:
    """The batches of a stream of plain chunks."""
    transformer = Transformer(options or Options())
    matcher = TemplateMatcher(transformer)
    framer = Framer()
    records = [*framer.feed(data), *framer.close()][::-1]
    found = []
    learnt = False
    while records:
        batch = matcher.match(records) if learnt else None
        if batch is not None:
            found.append(batch)
            continue
        record = records.pop()
        if record.kind is RecordKind.VALUE:
            learnt = matcher.learn(record, transformer.feed(record.parse()))
    return found


def content(*texts: str, member: str = "content", **members: Any) -> list[Chunk]:
    return [chunk({"role": "assistant", "content": ""}), *(chunk({member: text}, **members) for text in texts)]


def padded(chunks: list[Chunk]) -> list[Chunk]:
    random = Random(1)
    return [{**one, "obfuscation": "".join(random.choices("abcdefghij", k=random.randint(1, 16)))} for one in chunks]


WORDS = [f"word {number} " for number in range(100)]
CALL = message_call(['{"message":"', *WORDS, '"}'])
CONTENT = [chunk({"content": word}) for word in WORDS]
REASONING = [chunk({"reasoning_content": word}) for word in WORDS]
OTHER = message_call(['{"q":"', *WORDS, '"}'], tool="look_up")


@pytest.mark.parametrize("frame", [jsonl, sse])
@pytest.mark.parametrize("chunks", [CALL, CONTENT, REASONING, OTHER], ids=["call", "content", "reasoning", "other"])
def test_nearly_all_records_are_taken(chunks: list[Chunk], frame: Callable[[list[Chunk]], bytes]) -> None:
    taken = [text for batch in batches(frame(chunks)) for text in batch.texts]
    assert len(taken) >= len(WORDS) - 6
    assert "".join(taken) in "".join(WORDS)


def test_escaped_content_is_taken() -> None:
    escaped = [chunk({"content": f"line {number}\n"}) for number in range(100)]
    assert sum(len(batch.texts) for batch in batches(jsonl(escaped))) >= 94


@pytest.mark.parametrize(
    ("escape", "text"), [(r"\n", "\n"), (r"\"", '"'), (r"\\", "\\"), (r"\u00e9", "é"), (r"\/", "/"), (r"\\\"", '\\"')]
)
def test_whole_escapes_in_arguments_are_taken_r3(escape: str, text: str) -> None:
    fragments = ["one ", "two ", *[f"line{escape}", "word "] * 50]
    taken = batches(jsonl(message_call(['{"message":"', *fragments, '"}'])))
    assert "".join(said for batch in taken for said in batch.texts).endswith(f"line{text}word " * 49)
    passed = batches(jsonl(message_call(['{"query":"', *fragments, '"}'], tool="search")))
    assert "".join(said for batch in passed for said in batch.texts).endswith(f"line{escape}word " * 49)


@pytest.mark.parametrize(
    ("odd", "even"), [("word ", r"line\n"), (r"line\"", "word "), ("word ", "Wörter "), ("词", "一个词")]
)
def test_texts_of_different_size_in_turn_are_taken(odd: str, even: str) -> None:
    """A template is learnt although no two neighbours have the same size apart from their characters."""
    call = message_call(['{"message":"', *[odd, even] * 50, '"}'])
    plain = [chunk({"content": text}) for text in [odd, even] * 50]
    for chunks in (call, plain):
        data = b"".join(json.dumps(one, ensure_ascii=False).encode() + b"\n" for one in chunks)
        assert sum(len(batch.texts) for batch in batches(data)) >= 94


@pytest.mark.parametrize("escape", ["\\", r"\u00", r"\ud83d", r"\ud83d\ude00", r"\x", r'\\"', "\\n\t"])
def test_other_escapes_in_arguments_are_not_taken_r9(escape: str) -> None:
    call = message_call(['{"message":"', "one ", "two ", *[f"line{escape}"] * 50, '"}'])
    assert all(text in ("one ", "two ") for batch in batches(jsonl(call)) for text in batch.texts)


@pytest.mark.parametrize("member", ["obfuscation", "p"])
@pytest.mark.parametrize("chunks", [CALL, CONTENT, REASONING, OTHER], ids=["call", "content", "reasoning", "other"])
def test_padding_is_no_difference_q10(chunks: list[Chunk], member: str) -> None:
    random = Random(1)
    paddings = ["".join(random.choices("aB3_-", k=random.randint(0, 16))) for _ in chunks]
    behind = [{**one, member: padding, "usage": None} for one, padding in zip(chunks, paddings, strict=True)]
    taken = [text for batch in batches(jsonl(behind)) for text in batch.texts]
    assert len(taken) >= len(WORDS) - 6
    assert "".join(taken) in "".join(WORDS)
    assert_same_as_slow_path(jsonl(behind))


@pytest.mark.parametrize(
    "delta",
    [
        lambda text: {"reasoning": text, "reasoning_details": [{"type": "reasoning.text", "text": text, "index": 0}]},
        lambda text: {"role": "assistant", "content": "", "reasoning_content": text, "reasoning": text},
        lambda text: {"reasoning": text, "channel": "analysis"},
        lambda text: {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": text}]}]},
        lambda text: {"content": [{"type": "text", "text": text}], "annotations": []},
        lambda text: {"content": text, "refusal": None, "function_call": None},
    ],
    ids=["details", "two names", "channel", "thinking parts", "text parts", "null members"],
)
def test_deltas_with_other_members_and_texts_that_come_twice_are_taken_q17(delta: Callable[[str], Chunk]) -> None:
    chunks = [chunk(delta(word)) for word in WORDS]
    taken = [text for batch in batches(jsonl(chunks)) for text in batch.texts]
    assert len(taken) >= len(WORDS) - 6
    assert "".join(taken) in "".join(WORDS)
    assert_same_as_slow_path(jsonl(chunks))


@pytest.mark.parametrize("tool", ["send_message", "look_up"])
@pytest.mark.parametrize("members", [{"id": "call_1"}, {"name": "", "id": "call_1", "type": "function"}])
@pytest.mark.parametrize("legacy", [False, True])
def test_fragments_that_repeat_the_name_and_the_id_are_taken_t11(
    tool: str, members: dict[str, str], legacy: bool
) -> None:
    """As llama-cpp-python sends them, also in the member that tool_calls replaced."""
    opening, *rest = message_call(['{"message":"', *WORDS, '"}'], tool=tool)
    for one in rest[:-1]:
        delta = one["choices"][0]["delta"]
        (call,) = delta["tool_calls"]
        call |= {name: value for name, value in members.items() if name != "name"}
        if "name" in members:
            call["function"] = {"name": tool, **call["function"]}
        if legacy:
            delta["function_call"] = call["function"]
    data = jsonl([opening, *rest])
    taken = [text for batch in batches(data) for text in batch.texts]
    assert len(taken) >= len(WORDS) - 6
    assert "".join(taken) in "".join(WORDS)
    assert_same_as_slow_path(data)


@pytest.mark.parametrize("name", ["word", "send_message"])
def test_a_fragment_that_is_the_name_of_its_tool_is_not_taken_for_a_repetition(name: str) -> None:
    fragments = ['{"message":"', *[name] * 3, "word", "send_message", name, "other", '"}']
    chunks = message_call(fragments, tool=name)
    for one in chunks[1:-1]:
        one["choices"][0]["delta"]["tool_calls"][0]["function"]["name"] = name
    for tools in ({"send_message": "message"}, {"word": "message"}):
        assert_same_as_slow_path(jsonl(chunks), options=Options(tools=tools))
        assert_same_as_slow_path(jsonl(chunks).replace(b'"name": "word", "arguments": "other"', b'"name": "other"'))


@pytest.mark.parametrize(
    "vary",
    [
        lambda one, number: {**one, "x": "x" * (number % 7)},
        lambda one, number: {"obfuscation": "x" * (number % 7), **one},
        lambda one, number: {**one, "obfuscation": "é" * (number % 7)},
        lambda one, number: {**one, "obfuscation": [number]},
        lambda one, number: {**one, "choices": [{**one["choices"][0], "p": "x" * (number % 7)}], "p": "xx"},
    ],
    ids=["no padding", "in front", "not ASCII", "no string", "in a choice"],
)
def test_records_that_vary_in_another_member_are_not_taken(vary: Callable[[Chunk, int], Chunk]) -> None:
    chunks = [vary(one, number) for number, one in enumerate(CONTENT)]
    assert batches(jsonl(chunks)) == []
    assert_same_as_slow_path(jsonl(chunks))


@pytest.mark.parametrize("member", ["id", "model"])
def test_a_text_that_is_another_member_too_is_not_taken_for_a_repetition(member: str) -> None:
    """Each id here is that of another response (R13), and the chunks have the same text at two places."""
    texts = [*["word"] * 3, *WORDS[:8]]
    chunks = [{**chunk({"content": text}), member: text} for text in texts]
    assert all(set(batch.texts) == {"word"} for batch in batches(jsonl(chunks)))
    assert_same_as_slow_path(jsonl(chunks))


@pytest.mark.parametrize("member", ["x", "name"])
def test_a_text_like_the_probe_does_not_prove_a_place(member: str) -> None:
    chunks = [chunk({member: word, "content": "unspool"}) for word in ("a", "b", "unspool", "c", "d")]
    assert_same_as_slow_path(jsonl(chunks))


@pytest.mark.parametrize("member", ["obfuscation", "p"])
def test_padding_like_the_probe_does_not_prove_a_place_q10(member: str) -> None:
    """A rewritten chunk has no call any more, nor the padding in that; its own padding stays."""
    opening, *rest = message_call(['{"message":"', *WORDS, '"}'])
    for number, one in enumerate(rest[:-1]):
        one["choices"][0]["delta"]["tool_calls"][0][member] = "x" * (number % 7)
    chunks = [{**one, member: "loopsnu"} for one in (opening, *rest)]
    assert_same_as_slow_path(jsonl(chunks))


def in_turn(choices: int) -> list[Chunk]:
    """Chunks of choices that take turns, all of one size."""
    (choice,) = chunk({"content": "word"})["choices"]
    return [{**chunk({}), "choices": [{**choice, "index": place % choices}]} for place in range(30)]


@pytest.mark.parametrize(
    "chunks",
    [in_turn(3), [chunk({"content": "word"}, x=f"number {place:02}") for place in range(30)]],
    ids=["choices", "another member"],
)
def test_nothing_is_learnt_where_the_next_record_differs_in_more_than_its_text(chunks: list[Chunk]) -> None:
    """Learning takes longer than reading a record: such streams would be slower with the fast path than without."""
    transformer = Transformer()
    matcher = TemplateMatcher(transformer)
    records = Framer().feed(jsonl(chunks))
    assert not any(matcher.learn(record, transformer.feed(record.parse())) for record in records)


# --- samples --------------------------------------------------------------------------------

CHANGED = {
    frozenset[Repair](): frozenset[str](),
    frozenset({Repair.CUMULATIVE}): frozenset({"strict"}),
    frozenset({Repair.DOUBLE_ENCODED}): frozenset({"single_step", "choice"}),
    frozenset({Repair.SINGLE_QUOTES}): frozenset({"other_tools", "choice"}),
}
"""With each repair, the settings that differ from the defaults; then all others do, so that each two values meet."""


def all_settings() -> Iterator[dict[str, Any]]:
    """Settings among which each pair of values of two settings occurs."""
    every = frozenset({"thoughts", "other_tools", "single_step", "strict", "choice"})
    for repairs, some in CHANGED.items():
        for changed in (some, every - some):
            thoughts = Thoughts.REASONING if "thoughts" in changed else Thoughts.DROP
            other_tools = OtherTools.DROP if "other_tools" in changed else OtherTools.PASS
            yield {
                "options": Options(thoughts=thoughts, other_tools=other_tools, repairs=repairs),
                "single_step": "single_step" in changed,
                "strict": "strict" in changed,
                "choice": int("choice" in changed),
            }


def longer(path: Path) -> bytes:
    """A sample of which each record stands there several times: runs for the matcher to take."""
    data = path.read_bytes()
    end = b"\n\n" if path.suffix == ".sse" else b"\n"
    return b"".join(record + end for record in data.split(end) for _ in range(3))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_no_sample_tells(path: Path) -> None:
    assert_same_as_slow_path(path.read_bytes(), size=7)
    for settings in all_settings():
        assert_same_as_slow_path(longer(path), **settings)


@pytest.mark.parametrize("sink", SINKS)
def test_no_sample_tells_into_one_sink(sink: str) -> None:
    for sample in SAMPLES:
        assert_same_as_slow_path(sample.read_bytes(), [sink])


SMALL = [
    message_call(['{"message":"', "a", "\\", "n é", "", '"', "}"]),
    padded(content("a", "b", "\n", "c")),
    [chunk({"content": text}, index=number % 2) for number, text in enumerate("abcdef")],
]


@pytest.mark.parametrize("frame", [jsonl, sse])
@pytest.mark.parametrize("chunks", SMALL, ids=["a call", "padded content", "two choices"])
def test_no_read_size_tells(chunks: list[Chunk], frame: Callable[[list[Chunk]], bytes]) -> None:
    data = frame(chunks)
    for size in [*range(1, 65), *range(65, len(data), 7), len(data)]:  # 7 and the length of a line share no factor
        assert_same_as_slow_path(data, size=size)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_no_two_cuts_inside_a_frame_tell(end: bytes) -> None:
    """Each place of three events, as one cut, and as two that are a few bytes apart."""
    lines = jsonl(content("a", "b", "c", "d")).splitlines()
    data = b"".join(b"data: " + line + end + end for line in lines)
    start = data.index(lines[2])
    for at in range(start, len(data), 3):
        assert_same_as_slow_path([data[:at], data[at:]])
        assert_same_as_slow_path([data[:at], data[at : at + 2], data[at + 2 :]])


# --- what was found, each on its own --------------------------------------------------------


def plain(*fragments: str, **members: Any) -> list[bytes]:
    """The lines of one message call, compact; ``members`` go onto each chunk."""
    stream = [{**chunk, **members} for chunk in message_call(fragments)]
    return [json.dumps(chunk, separators=(",", ":")).encode() for chunk in stream]


def assert_no_sink_tells(lines: list[bytes], **settings: Any) -> None:
    assert_same_as_slow_path(b"".join(line + b"\n" for line in lines), **settings)
    assert_same_as_slow_path(b"".join(b"data: " + line + b"\n\n" for line in lines), **settings)


def test_an_empty_fragment_says_nothing_r2() -> None:
    """R2: a chunk left with nothing to say is not emitted, and no empty text is an event."""
    lines = plain('{"message":"a', "b", "", "c", '"}')
    assert_no_sink_tells(lines)
    assert b'"text":""' not in observe([b"\n".join(lines)], fast=True).written("events")


def test_a_member_like_the_mark_is_not_taken_for_it() -> None:
    """The matcher finds the place of the text in a rewritten chunk by a mark, which a stream may hold elsewhere."""
    for mark in ("\0text\0", "a\0text\0b", "\0padding\0", "\0"):
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
    assert_same_as_slow_path(data)
    written = observe([data], fast=True).written("jsonl")
    assert all(json.loads(line) for line in written.splitlines())


def test_chunks_without_an_id_leave_the_step_as_stable_as_it_was_q11() -> None:
    """Q11: only two chunks with the same id make ids mean something."""
    lines = plain('{"message":"a', "b", "c", id=None)
    lines[0] = lines[0].replace(b'"id":null', b'"id":"a"')
    text = {"choices": [{"index": 0, "delta": {"role": "assistant", "content": "x"}}], "id": "b"}
    assert_no_sink_tells([*lines[:-1], json.dumps(text).encode(), lines[-1]])


def test_a_broken_record_makes_no_id_mean_something_q11() -> None:
    """Q11: one that cannot be read is no chunk, though it has the frame of the one before."""
    lines = plain('{"message":"a', "b", "c", "d", "e", "f", '"}', id="a")
    lines[3], lines[6] = (lines[at].replace(b'"id":"a"', b'"id":"b"') for at in (3, 6))
    lines[5] = lines[5].replace(b'"e"', b'"e\\u"')
    assert_no_sink_tells(lines)
    quirks = [json.loads(line) for line in observe([b"\n".join(lines)], fast=True).written("events").splitlines()]
    assert [event["record"] for event in quirks if event.get("quirk") == "Q11"] == [4]


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


def split_chunks(*texts: str, created: bytes = b"1") -> list[bytes]:
    lines = [json.dumps(chunk({"content": text}), separators=(",", ":")).encode() for text in texts]
    return [line.replace(b'"created":1', b'"created":' + created) for line in lines]


@pytest.mark.parametrize(
    "number", [b"18446744073709551616", b"123456789012345678901234567890", b"1e400", b"-0", b"1E5"]
)
def test_a_number_is_written_alike_whatever_chunk_was_learnt_from(number: bytes) -> None:
    """Half a surrogate pair makes the standard library read a chunk, which reads huge numbers in another way."""
    lines = plain('{"message":"', "ab", "c\ud83d", "d", "e", "f", '"}')
    assert_no_sink_tells([line.replace(b'"created":1', b'"created":' + number) for line in lines])
    assert_no_sink_tells(split_chunks("a", "b\ud83d", "\ude00", "c", "d", created=number))


@pytest.mark.parametrize(
    "text",
    [
        *(b"x\xff", b"\xc3", b"\xed\xa0\xbd", b"x\x00", b"x\x01y", b"x\ty", b"x\x7f", b"x\ry", b"x\ny", b'"', b'x"'),
        *(b'x","y', b'","content":"', b"\\", b"x\\", b'x\\"', b"\\u0000", b"\\\\u0000", b"\\u12", b"\\x", b"\\ud83d"),
        *(b"\\ude00", b"\\ud83d\\ude00", b"", b"\\u0000text\\u0000", b"long " * 3000, b"[DONE]", b"\xe2\x80\xa8"),
        *(b'x"}}]}\n{"choices":[{"delta":{"content":"y', b'","obfuscation":"z', b"data: ", b'x"},"x":{"y":"z'),
    ],
    ids=lambda text: repr(text[:24]),
)
def test_no_text_tells_in_the_middle_of_a_run(text: bytes) -> None:
    """R10: broken or not, the one record alone is what differs."""
    streams = [
        plain('{"message":"a', *WORDS[:20], "MARK", *WORDS[:20], '"}'),
        plain('{"message":"a', *WORDS[:20], "MARK", *WORDS[:20], '"}', obfuscation="abc"),
        split_chunks(*WORDS[:20], "MARK", *WORDS[:20]),
        [line.replace(b'"content"', b'"reasoning_content"') for line in split_chunks(*WORDS[:20], "MARK", *WORDS[:20])],
        jsonl(
            [chunk({"content": word}, index=n % 2) for n, word in enumerate([*WORDS[:9], "MARK", *WORDS])]
        ).splitlines(),
    ]
    for lines in streams:
        assert_no_sink_tells([line.replace(b"MARK", text) for line in lines])
        assert_no_sink_tells([line.replace(b"MARK", text).replace(b"word 7", text) for line in lines], strict=True)


@pytest.mark.parametrize("count", [90, 150, 300, 1100])
def test_deep_nesting_beside_the_text_does_not_tell(count: int) -> None:
    deep = b"[" * count + b"]" * count
    lines = plain('{"message":"a', *WORDS[:9], '"}')
    assert_no_sink_tells([line[:-1] + b',"z":%b}' % deep for line in lines])
    lines[5] = lines[5][:-1] + b',"z":%b}' % deep
    assert_no_sink_tells(lines)


def test_a_half_of_a_pair_in_every_other_text_does_not_tell() -> None:
    halves = [word + "\ud83d" if number % 2 else "\ude00" + word for number, word in enumerate(WORDS[:40])]
    assert_no_sink_tells(split_chunks(*halves))
    assert_no_sink_tells(plain('{"message":"', *halves, '"}'))
    assert_no_sink_tells(plain('{"message":"', *(json.dumps(half)[1:-1] for half in halves), '"}'))


@pytest.mark.parametrize(
    "fragments",
    [
        ('{"q":"a', '{"q":"a', "b", '{"q":"ab', "c", '"}'),
        ('{"q":"a', "b", '{"q":"ab', '{"q":"abc', '{"q":"abcd', '{"q":"abcd"}'),
        ('{"q":', '{"q":'),
        ('{"q":"a', '{"q":"ab', '{"q":"abc', '{"q":"abcd'),
    ],
)
@pytest.mark.parametrize("other_tools", OtherTools)
def test_what_another_tool_resends_is_no_event_a5(fragments: tuple[str, ...], other_tools: OtherTools) -> None:
    """A5: with --repair cumulative the event of another tool's call holds what is new, and there is none without it."""
    lines = [line.replace(b"send_message", b"search") for line in plain(*fragments)]
    assert_no_sink_tells(lines, options=Options(repairs=frozenset({Repair.CUMULATIVE}), other_tools=other_tools))


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
    ("obfuscation", "\0text\0"),
    ("obfuscation", "abc"),
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
    """Arguments with a message, cut anywhere; now and then corrupted in a way that quirks or repairs know."""
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
    """Bytes of a JSONL or SSE stream of calls, corrupted in a few ways."""
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
        corrupted = [new for line in lines[place:until] for new in MUTATIONS[name](line, random)]
        lines[place:until] = corrupted[:400]
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
def test_the_fast_path_changes_nothing(data: bytes, size: int, settings: dict[str, Any]) -> None:
    assert_same_as_slow_path(data, size=size, **settings)


@given(st.integers(0, 2**64))
def test_the_fast_path_changes_nothing_in_long_streams(seed: int) -> None:
    """Streams in the ways that servers write them, corrupted, framed and cut: see the module `corrupted`."""
    blocks, settings = corrupted_stream(seed)
    assert_same_as_slow_path(blocks, **settings)


@given(st.integers(0, 2**64), st.sampled_from(SINKS))
def test_the_fast_path_changes_nothing_for_one_sink(seed: int, sink: str) -> None:
    blocks, settings = corrupted_stream(seed, longest=200)
    assert_same_as_slow_path(blocks, [sink], **settings)


@given(streams(), st.integers(0, 2**64))
def test_no_cut_shows_the_fast_path(data: bytes, seed: int) -> None:
    assert_same_as_slow_path(cut_up(data, Random(seed)))


def test_an_id_that_changed_must_show_again_before_records_are_taken_q11() -> None:
    """Ids mean something again (Q11) only with the second chunk under the new one, so the first one arms nothing."""
    content = [chunk({"content": word}, id="a" if number != 3 else "b") for number, word in enumerate("word " * 4)]
    for after in ("a", "c"):
        last = [chunk({"role": "assistant", "content": "x"}, id=after), chunk({"content": "y"}, id=after)]
        assert_same_as_slow_path(jsonl([*content, *last]))


VALUES = {"inner_thoughts": "abcdefg", "mood": "hijklmn", "message": "opqrstu", "thinking": "vwxyz{}"}


@pytest.mark.parametrize("order", [list(VALUES), ["message", "mood", "thinking", "inner_thoughts"]])
@pytest.mark.parametrize("thoughts", Thoughts)
def test_a_fragment_that_ends_in_another_string_does_not_show(order: list[str], thoughts: Thoughts) -> None:
    """Frames are alike, and one fragment of the call spans the border of two values."""
    text = json.dumps({name: VALUES[name] for name in order})
    quotes = [place for place, character in enumerate(text) if character == '"']
    streams = []
    for end in quotes[3:-1:4]:  # the end of a string value
        for start in (start for start in quotes if start > end):
            pieces = [*text[: end - 1], text[end - 1 : start + 1], *text[start + 1 :]]
            streams.append(message_call(pieces))
    for stream in streams:
        assert_same_as_slow_path(jsonl(stream), options=Options(thoughts=thoughts))
