"""Which call a fragment belongs to, and what becomes of it (R2, R6, R8), seen through the transformer."""

import sys
from collections.abc import Iterable
from itertools import chain
from typing import Any

import pytest
from tests.support import Chunk, Transformed, calls, chunk, entry, message_call, transform

from unspool.core.errors import NotAChunk
from unspool.core.events import (
    ArgumentsDelta,
    ArgumentsFailed,
    QuirkSeen,
    TextDelta,
    ToolCallFinished,
    ToolCallStarted,
)
from unspool.core.options import Options, OtherTools
from unspool.core.repairs import Repair
from unspool.core.rewriter.wire import Fragment
from unspool.core.transformer import Transformer

SAY = "send_message"


def deltas(*each: Chunk, finish: str | None = "tool_calls", options: Options | None = None) -> Transformed:
    """A response of these deltas."""
    chunks = [chunk(delta) for delta in each]
    return transform([*chunks, chunk({}, finish)] if finish else chunks, options)


def entries(*each: Chunk | list[Chunk], options: Options | None = None) -> Transformed:
    """A response with these call fragments, each entry or list of entries in a chunk of its own."""
    return deltas(*(calls(*(one if isinstance(one, list) else [one])) for one in each), options=options)


def started(result: Transformed) -> list[tuple[str, str]]:
    return [(event.id, event.tool) for event in result.of(ToolCallStarted)]


def messages(result: Transformed) -> list[str]:
    """The text of each call, in the order of first words."""
    said: dict[Any, str] = {}
    for event in result.of(TextDelta):
        said[event.call] = said.get(event.call, "") + event.text
    return list(said.values())


def quirks(result: Transformed) -> set[str]:
    return {event.quirk for event in result.of(QuirkSeen)}


def passed(result: Transformed) -> list[Chunk]:
    """The call fragments that left."""
    return [one for c in result.chunks for o in c["choices"] for one in o["delta"].get("tool_calls") or []]


# --- R8: identity ------------------------------------------------------------------------------


def test_t1_a_whole_call_in_one_chunk_is_one_text() -> None:
    result = entries(entry('{"message":"Hi"}', id="a", name=SAY))
    assert [event.text for event in result.of(TextDelta)] == ["Hi"]
    assert len(result.chunks) == 2


def test_t2_the_first_fragment_with_the_name() -> None:
    assert messages(entries(entry('{"mess', id="a", name=SAY), entry('age":"Hi"}'))) == ["Hi"]


@pytest.mark.parametrize(("namespace", "tool"), [("mcp__post", "mcp__post__send_message"), ("crm", SAY), (5, SAY)])
def test_a_message_tool_has_the_name_with_its_namespace_or_without(namespace: Any, tool: str) -> None:
    call = entry('{"message":"Hi"}', id="a", name=SAY, namespace=namespace)
    result = entries(call, options=Options(tools={tool: "message"}))
    assert (started(result), messages(result)) == ([("a", tool)], ["Hi"])


def test_t3_without_an_index_the_id_tells() -> None:
    result = entries(
        entry('{"message":"a', index=None, id="1", name=SAY),
        entry('{"message":"b', index=None, id="2", name=SAY),
        entry('1"}', index=None, id="1"),
        entry('2"}', index=None, id="2"),
    )
    assert messages(result) == ["a1", "b2"]


def test_t3_without_index_and_id_the_last_call_goes_on() -> None:
    result = entries(
        entry('{"mess', index=None, id="1", name=SAY), entry('age":"Hi', index=None), entry('"}', index=None)
    )
    assert messages(result) == ["Hi"]
    assert len(result.of(ToolCallStarted)) == 1


def test_t3_an_unknown_id_without_a_name_goes_on_with_the_last_call() -> None:
    result = entries(entry('{"message":"H', index=None, id="1", name=SAY), entry('i"}', index=None, id="x"))
    assert messages(result) == ["Hi"]


def test_t3_an_unknown_id_with_a_fresh_object_is_another_call() -> None:
    result = entries(
        entry('{"message":"a"}', index=None, id="1", name=SAY), entry('{"message":"b"}', index=None, id="2", name=SAY)
    )
    assert messages(result) == ["a", "b"]


def test_t3_whole_calls_without_index_and_id() -> None:
    """Each with its name and all its arguments, empty ones too."""
    result = entries(
        [entry("{}", index=None, name="look_up"), entry('{"message":"a"}', index=None, name=SAY)],
        entry('{"message":"b"}', index=None, name=SAY),
    )
    assert [tool for _, tool in started(result)] == ["look_up", SAY, SAY]
    assert messages(result) == ["a", "b"]


@pytest.mark.parametrize("members", [{"id": "b"}, {"name": SAY}, {"id": "b", "name": SAY}])
def test_a21_debris_after_a_complete_call_begins_no_other(members: Chunk) -> None:
    """R8: only a fresh object is a new call, not a name or an id on what is left over."""
    result = entries(entry('{"message":"a"}', id="a", name=SAY), entry("}", **members))
    assert messages(result) == ["a"]
    assert len(result.of(ToolCallStarted)) == 1


def test_t3_a4_an_empty_call_before_another_of_the_same_tool() -> None:
    """Without an index, a name tells the next call from the real object after an empty one."""
    two = entries(entry("{}", index=None, name=SAY), entry('{"message":"a"}', index=None, name=SAY))
    one = entries(entry("{}", index=None, name=SAY), entry('{"message":"a"}', index=None))
    assert messages(two) == messages(one) == ["a"]
    assert (len(two.of(ToolCallStarted)), len(one.of(ToolCallStarted))) == (2, 1)


def test_t3_a_first_fragment_without_anything_is_a_call() -> None:
    assert messages(entries(entry("", index=None), entry('{"message":"Hi"}', index=None, name=SAY))) == ["Hi"]


def test_t4_one_index_for_every_call() -> None:
    result = entries(
        entry("", id="a", name=SAY),
        entry('{"message":"1"}'),
        entry("", id="b", name=SAY),
        entry('{"message":"2"}'),
    )
    assert messages(result) == ["1", "2"]
    assert "T4" in quirks(result)


def test_t4_a_fragment_may_go_back_to_an_earlier_id() -> None:
    result = entries(
        entry('{"message":"1', id="a", name=SAY),
        entry('{"message":"2', id="b", name=SAY),
        entry("x", id="a"),
        entry("y", id="b"),
        entry('"}', id="a"),
        entry('"}', id="b"),
    )
    assert messages(result) == ["1x", "2y"]


def test_t4_another_tool_before_any_arguments_is_another_call() -> None:
    result = entries(entry("", id="a", name="look_up"), entry("", id="b", name=SAY), entry('{"message":"Hi"}'))
    assert started(result) == [("b", SAY), ("a", "look_up")]
    assert messages(result) == ["Hi"]


def test_t5_a_second_object_without_an_id() -> None:
    """The same name goes on, be it blank or given."""
    blank = entries(entry('{"message":"1"}', name=SAY), entry('{"message":"2"}', name=""))
    named = entries(entry('{"message":"1"}', name=SAY), entry('{"message":', name=SAY), entry('"2"}'))
    assert messages(blank) == messages(named) == ["1", "2"]
    assert "T5" in quirks(blank) & quirks(named)


def test_t5_another_name_is_another_call() -> None:
    result = entries(entry('{"message":"1"}', name=SAY), entry('{"q":', name="look_up"), entry("1}"))
    assert [tool for _, tool in started(result)] == [SAY, "look_up"]


def test_t5_messages_of_one_length_with_one_beginning_and_end_are_two() -> None:
    """A6 and T5: only the very same arguments are a repeat."""
    long = "the same sixty and more characters stand at the beginning of both "
    one, two = f'{{"message":"{long}A"}}', f'{{"message":"{long}B"}}'
    result = entries(entry(one[:-2], name=SAY), entry(one[-2:]), entry(two))
    assert messages(result) == [long + "A", long + "B"]


def test_a6_the_same_arguments_again_are_no_second_call() -> None:
    for again in (entry('{"message":"1"}'), entry(' {"message":"1"} ', name=SAY)):
        result = entries(entry(' {"mess', name=SAY), entry('age":"1"}'), again)
        assert messages(result) == ["1"]
        assert "A6" in quirks(result)


@pytest.mark.parametrize("index", [0, None])
@pytest.mark.parametrize("between", [[], [entry('{"message":"2"}', index=1, name=SAY)]])
def test_t5_equal_calls_in_one_list_are_several(index: int | None, between: list[Chunk]) -> None:
    """A6 is one call that is sent again, in a later chunk; no provider repeats a call within its list."""
    one = entry('{"message":"1"}', index=index, name=SAY)
    result = deltas(calls(one, *between, one))
    assert sorted(messages(result)) == ["1", "1", *(["2"] if between else [])]
    assert messages(deltas(calls(one), calls(one))) == ["1"]


@pytest.mark.parametrize("again", ['{"message":"1"} ', '{"message":"1"}', ' {"message":"1"}\n'])
def test_a6_space_behind_the_arguments_makes_them_no_others(again: str) -> None:
    """Whether it came with their last fragment, and so counted, or comes with the repeat alone."""
    for first in ('{"message":"1"} ', '{"message":"1"}'):
        assert messages(entries(entry(first, name=SAY), entry(again))) == ["1"]


SPACED = '{ "message" : "1 2",\n "to": [ 1, {} ] }'


@pytest.mark.parametrize(
    "again", ['{"message":"1 2","to":[1,{}]}', SPACED, SPACED.replace(" ", "  ").replace("1  2", "1 2")]
)
@pytest.mark.parametrize("first", ['{"message":"1 2","to":[1,{}]}', SPACED])
def test_a6_space_between_tokens_makes_them_no_others(first: str, again: str) -> None:
    for size in (1, 5, len(again)):
        cuts = [again[at : at + size] for at in range(0, len(again), size)]
        result = entries(entry(first, name=SAY), *map(entry, cuts))
        assert messages(result) == ["1 2"]
        assert "A6" in quirks(result)


def test_t5_space_inside_of_a_string_makes_another_call() -> None:
    assert messages(entries(entry('{"message":"1 2"}', name=SAY), entry('{"message":"1  2"}'))) == ["1 2", "1  2"]


def test_a_repeat_with_much_space_is_another_call_at_every_cut() -> None:
    """A6: what is held until its kind is certain has a limit."""
    again = '{"message":' + " " * 2000 + '"1"}'
    for size in (1, 500, len(again)):
        cuts = [again[at : at + size] for at in range(0, len(again), size)]
        assert messages(entries(entry('{"message":"1"}', name=SAY), *map(entry, cuts))) == ["1", "1"]


def test_a4_an_empty_object_before_the_real_one_is_no_call() -> None:
    result = entries(entry("{}", id="a", name=SAY), entry('{"message":"Hi"}'))
    assert messages(result) == ["Hi"]
    assert started(result) == [("a", SAY)]


@pytest.mark.parametrize("index", [0, None])
@pytest.mark.parametrize("cut", range(1, len('{"message":"1"}{"message":"2"}')))
def test_t5_the_second_object_may_be_cut_anywhere(cut: int, index: int | None) -> None:
    """R8: the text tells it from the first, not the fragment that it comes in."""
    text = '{"message":"1"}{"message":"2"}'
    result = entries(entry(text[:cut], name=SAY, index=index), entry(text[cut:], index=index))
    assert messages(result) == ["1", "2"]
    assert ("T5" in quirks(result)) is (index == 0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"message":"1"}{"message":"1"}', ["1"]),
        ('{"message":"1"} {"message":"1"} {"message":"2"}', ["1", "2"]),
        ('{"message":"1"}{"message":"2"}{"message":"3"}', ["1", "2", "3"]),
        ('{"message":"1"}{"message":"a longer one"}', ["1", "a longer one"]),
        ('{"message":"1"}#{"message":"2"}', ["1"]),
        ('{"message":"1"}{"message":"1"}#{"message":"2"}', ["1"]),
        ('{"message":"1"}{"message":"2"}#{"message":"3"}', ["1", "2"]),
        ('{"message":"1"}{name}{"message":"2"}', ["1"]),
        ('{"message":"1"}{}', ["1"]),
        ('{"message":"1"}{} x {"message":"2"}', ["1"]),
        ('{"message":"1"}{}{"message":"2"}', ["1", "2"]),
        ('Sure: {"message":"1"}{"message":"2"}', ["1", "2"]),
    ],
)
def test_r8_objects_in_one_text_are_the_same_calls_at_every_cut(text: str, said: list[str]) -> None:
    for cut in range(1, len(text) + 1):
        result = entries(entry(text[:cut], name=SAY), entry(text[cut:]))
        assert messages(result) == said
        assert not result.of(ArgumentsFailed)
        assert len(result.of(ToolCallStarted)) == len(said)


def test_r8_what_follows_and_cannot_be_read_is_a_call_once_it_has_a_key() -> None:
    """Its text is not lost in silence; prose in braces is none."""
    result = entries(entry('{"message":"a longer one"}{"message":"2", oops', name=SAY))
    assert messages(result) == ["a longer one", "2"]
    assert len(result.of(ArgumentsFailed)) == 1
    assert not entries(entry('{"message":"1"}{oops', name=SAY)).of(ArgumentsFailed)


def test_r11_a_second_object_that_is_cut_is_a_call_that_is_cut() -> None:
    """Until it ends it may be the same again; its text is out all the same, and the end is reported."""
    result = entries(entry('{"message":"first"}{"message":"se', name=SAY))
    assert messages(result) == ["first", "se"]
    assert [event.complete for event in result.of(ToolCallFinished)] == [True, False]


def test_r11_t17_a_second_object_that_is_cut_behind_another_call() -> None:
    """It is settled at the end; what came meanwhile is another call's."""
    result = entries(
        entry('{"message":"first"}{"message":"se', index=0, name=SAY), entry('{"message":"x"}', index=1, name=SAY)
    )
    assert messages(result) == ["first", "x", "se"]


def test_t5_objects_of_another_tool_pass_verbatim_and_are_calls() -> None:
    result = entries(entry('{"q":1}{"q":2}{"q":', index=3, name="look_up"), entry("3}{}", index=3))
    assert [event.arguments for event in result.of(ArgumentsDelta)] == ['{"q":1}', '{"q":2}', '{"q":3}', "{}"]
    assert [event.call for event in result.of(ArgumentsDelta)] == [0, 1, 2, 2]
    assert len(result.of(ToolCallStarted)) == 3


@pytest.mark.parametrize("cut", [0, 7, 9, 14])
def test_t5_r6_objects_of_another_tool_keep_the_index_of_the_first(cut: int) -> None:
    """Renumbered behind a message call that was taken out: all fragments of one index leave with one index."""
    text = '{"q":1}{"q":2}'
    result = entries(
        entry('{"message":"Hi"}', index=0, id="a", name=SAY),
        entry("", index=1, id="b", name="look_up"),
        entry(text[:cut], index=1),
        entry(text[cut:], index=1),
    )
    left = [one["index"] for chunk in result.chunks for one in chunk["choices"][0]["delta"].get("tool_calls", [])]
    assert set(left) == {0}


def test_t15_t5_an_id_in_every_fragment_goes_on_with_the_last_object() -> None:
    result = entries(*(entry(part, id="a", name=SAY) for part in ('{"message":"1"}{"mess', 'age":"two"', "}")))
    assert messages(result) == ["1", "two"]


def test_t11_a_name_in_every_fragment_tells_nothing_of_the_next_call() -> None:
    """A6: the same again, in pieces that carry the name too."""
    parts = ['{"message":', '"1"}', '{"message":', '"1"}']
    assert messages(entries(*(entry(part, name=SAY) for part in parts))) == ["1"]


def test_t7_a_drifting_index_goes_on_with_the_last_call() -> None:
    result = entries(
        entry("", id="a", name=SAY), entry('{"message":', index=1), entry('"Hi"', index=2), entry("}", index=3)
    )
    assert messages(result) == ["Hi"]
    assert "T7" in quirks(result)


def test_t7_a_drifting_index_with_a_known_id() -> None:
    result = entries(
        entry('{"message":"1', index=0, id="a", name=SAY),
        entry('{"q":1}', index=1, id="b", name="look_up"),
        entry('"}', index=5, id="a"),
    )
    assert messages(result) == ["1"]
    assert [event.complete for event in result.of(ToolCallFinished)] == [True, True]


def test_t7_an_unknown_index_with_a_name_or_an_unknown_id_is_a_call() -> None:
    result = entries(
        entry('{"message":"1"}', index=0, name=SAY),
        entry('{"message":"2"}', index=1, name=SAY),
        entry('{"q":1}', index=2, id="z"),
    )
    assert messages(result) == ["1", "2"]
    assert len(result.of(ToolCallStarted)) == 3


@pytest.mark.parametrize(
    "blank",
    [
        {"id": "", "function": {"name": "", "arguments": '"Hi"}'}},  # T8, T9
        {"id": "null", "type": "FUNCTION", "function": {"name": "null", "arguments": '"Hi"}'}},  # T10
        {"id": None, "type": None, "function": {"name": None, "arguments": '"Hi"}'}},  # T18
        {"id": " ", "function": {"arguments": '"Hi"}'}},
    ],
)
def test_t8_t9_t10_t18_blank_names_and_ids_are_absent(blank: Chunk) -> None:
    result = entries(entry('{"message":', id="a", name=SAY), {"index": 0, **blank})
    assert messages(result) == ["Hi"]
    assert started(result) == [("a", SAY)]


@pytest.mark.parametrize("function", [None, {}, {"arguments": None}, {"arguments": ""}])
def test_t18_a1_an_empty_function_says_nothing(function: Any) -> None:
    result = entries(entry('{"message":"H', id="a", name=SAY), {"index": 0, "function": function}, entry('i"}'))
    assert messages(result) == ["Hi"]


def test_t11_a_name_in_every_fragment() -> None:
    """The whole name again, or only its beginning, is a repeat: of a message tool and of others."""
    said = entries(entry("", id="a", name=SAY), entry('{"message":', name=SAY), entry('"Hi"}', name="send"))
    assert messages(said) == ["Hi"]
    assert "T11" in quirks(said)
    other = entries(entry("", name="look_up"), entry('{"q":', name="look_up"), entry("1}", name="look_up"))
    assert started(other) == [("", "look_up")]
    assert "T11" in quirks(other)


@pytest.mark.parametrize("name", ["send", "send_message_to"])
def test_t11_a_part_of_the_name_or_more_of_it_is_no_other_tool(name: str) -> None:
    """Neither behind the arguments nor, with another id, before them."""
    behind = entries(entry('{"message":"1"}', id="a", name=SAY), entry("", name=name))
    before = entries(entry("", id="a", name=SAY), entry('{"message":"1"}', id="b", name=name))
    assert len(started(behind)) == len(started(before)) == 1
    assert messages(behind) == ["1"]


def test_t11_the_name_so_far_again_and_more() -> None:
    result = entries(entry("", name="send_"), entry("", name=SAY), entry('{"message":"Hi"}'))
    assert messages(result) == ["Hi"]
    assert "T11" in quirks(result)


def test_t12_a_name_in_pieces() -> None:
    result = entries(
        entry("", id="a", name="send_"), entry("", name="mess"), entry("", name="age"), entry('{"message":"Hi"}')
    )
    assert messages(result) == ["Hi"]
    assert "T12" in quirks(result)


def test_t12_a_name_in_pieces_that_grows_beyond_a_message_tools() -> None:
    result = entries(entry("", name=SAY), entry("", name="_later"), entry('{"message":"Hi"}'))
    assert messages(result) == []
    assert started(result) == [("", "send_message_later")]


def test_t12_a_name_whose_pieces_go_on_after_it_passed() -> None:
    result = entries(entry("", name="look"), entry("", name="_up"), entry('{"q":1}'))
    assert started(result) == [("", "look_up")]


@pytest.mark.parametrize("arguments", ["", '{"message":"x', "{}"])
def test_t12_a_longer_tool_wins_where_names_begin_alike(arguments: str) -> None:
    options = Options(tools={"say": "message", "say_more": "message"})
    result = entries(entry("", name="say"), entry("", name="_more"), entry(arguments), options=options)
    assert started(result) == [("", "say_more")]


def test_t13_the_later_of_two_ids_counts() -> None:
    result = entries(entry("", id="x", name=SAY), entry('{"message":', id="call_7"), entry('"Hi"}', id="call_7"))
    assert messages(result) == ["Hi"]
    assert started(result) == [("call_7", SAY)]
    assert quirks(result) >= {"T13", "T15"}


def test_t14_a_number_as_an_id() -> None:
    result = entries(entry('{"message":', id=7, name=SAY), entry('"Hi"}', id="7"))
    assert messages(result) == ["Hi"]
    assert started(result) == [("7", SAY)]


def test_t16_two_entries_of_one_call_in_one_chunk() -> None:
    result = entries([entry('{"message"', id="a", name=SAY), entry(':"Hi"')], entry("}"))
    assert messages(result) == ["Hi"]
    assert result.content == "Hi"


def test_t17_interleaved_calls_are_independent() -> None:
    result = entries(
        [entry('{"q":', index=0, id="a", name="look_up"), entry('{"message":"H', index=1, id="b", name=SAY)],
        [entry("1", index=0), entry("i", index=1)],
        [entry("}", index=0), entry('"}', index=1)],
    )
    assert messages(result) == ["Hi"]
    assert [event.arguments for event in result.of(ArgumentsDelta)] == ['{"q":', "1", "}"]
    assert "T17" in quirks(result)


def test_t17_the_second_message_waits_for_the_first() -> None:
    """Messages never mix: what a later call says follows whole, in the chunk that ends the first."""
    source = [
        chunk(calls(entry("", index=0, id="a", name=SAY), entry("", index=1, id="b", name=SAY))),
        chunk(calls(entry('{"message":"A', index=0))),
        chunk(calls(entry('{"message":"B', index=1))),
        chunk(calls(entry("a", index=0))),
        chunk(calls(entry("b", index=1))),
        chunk(calls(entry('"}', index=0))),
        chunk(calls(entry("c", index=1))),
        chunk(calls(entry('"}', index=1))),
        chunk({}, "tool_calls"),
    ]
    transformer = Transformer()
    left = [transformer.feed(one).chunks for one in source]
    said = [[c["choices"][0]["delta"].get("content") for c in chunks] for chunks in left]
    assert said == [[""], ["A"], [], ["a"], [], ["\n\nBb"], ["c"], [], [None]]


def test_t17_a_message_that_waits_comes_out_at_the_end() -> None:
    """R11: the first never ends; the finish brings what the second had to say."""
    result = entries(
        [entry('{"message":"A', index=0, id="a", name=SAY), entry('{"message":"B"}', index=1, id="b", name=SAY)]
    )
    assert messages(result) == ["A", "B"]
    assert result.content == "A\n\nB"


def test_t17_three_messages_wait_in_line() -> None:
    result = entries(
        [entry("", index=n, id=f"{n}", name=SAY) for n in range(3)],
        entry('{"message":"A', index=0),
        entry('{"message":"B"}', index=1),
        entry('{"message":"C"}', index=2),
        entry('"}', index=0),
    )
    assert messages(result) == ["A", "B", "C"]
    assert result.chunks[-2]["choices"][0]["delta"]["content"] == "\n\nB\n\nC"


def test_t17_a_call_that_fails_makes_room() -> None:
    result = entries(
        [entry('{"message":"A', index=0, id="a", name=SAY), entry('{"message":"B"}', index=1, id="b", name=SAY)],
        entry('" oops', index=0),
    )
    assert messages(result) == ["A", "B"]


def test_t20_a_legacy_function_call() -> None:
    result = deltas(
        {"role": "assistant", "function_call": {"name": SAY, "arguments": '{"mess'}},
        {"function_call": {"arguments": 'age":"Hi"}'}},
        finish="function_call",
    )
    assert result.content == "Hi"
    assert result.chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert not any("function_call" in o["delta"] for c in result.chunks for o in c["choices"])


def test_t20_another_tools_legacy_call_passes() -> None:
    source = [
        chunk({"role": "assistant", "function_call": {"name": "look_up", "arguments": '{"q":'}}),
        chunk({"function_call": {"arguments": "1}"}}),
        chunk({}, "function_call"),
    ]
    assert all(left is came for left, came in zip(transform(source).chunks, source, strict=True))


def test_t20_a_legacy_name_in_pieces_is_held_and_passed() -> None:
    source = [
        chunk({"role": "assistant"}),
        chunk({"function_call": {"name": "send_"}}),
        chunk({"function_call": {"name": "mail", "arguments": "{}"}}),
        chunk({}, "function_call"),
    ]
    assert all(left is came for left, came in zip(transform(source).chunks, source, strict=True))


def test_t20_a_legacy_call_held_beside_other_things_keeps_its_form() -> None:
    source = [
        chunk({"role": "assistant", "function_call": {"name": "send_"}}),
        chunk({"function_call": {"name": "mail", "arguments": "{}"}}),
        chunk({}, "function_call"),
    ]
    legacy = [c["choices"][0]["delta"].get("function_call") for c in transform(source).chunks]
    assert legacy == [None, {"name": "send_"}, {"name": "mail", "arguments": "{}"}, None]


def test_t20_a_legacy_call_keeps_its_form_in_a_rewritten_chunk() -> None:
    """Beside text that a repair changed."""
    options = Options(repairs=frozenset({Repair.CUMULATIVE}))
    source = [
        chunk({"role": "assistant", "content": "a"}),
        chunk({"content": "ab", "function_call": {"name": "look_up", "arguments": "{}"}}),
    ]
    left = transform(source, options).chunks[1]["choices"][0]["delta"]
    assert left == {"content": "b", "function_call": {"name": "look_up", "arguments": "{}"}}


def test_t23_an_echo_as_a_legacy_call_counts_once() -> None:
    def both(arguments: str) -> Chunk:
        function = {"name": SAY, "arguments": arguments}
        return {"role": None, "function_call": function, "tool_calls": [{"index": 0, "id": "a", "function": function}]}

    result = deltas(both('{"message":"H'), both('i"}'))
    assert result.content == "Hi"


@pytest.mark.parametrize(
    ("arguments", "text"), [({"message": "Hi"}, "Hi"), ({"message": [1]}, "[1]"), ({}, ""), (None, "")]
)
def test_a3_arguments_as_an_object(arguments: Any, text: str) -> None:
    assert entries(entry(arguments, name=SAY)).text == text


def test_a3_an_object_nested_too_deep_is_refused() -> None:
    """R10: no RecursionError; what cannot be written as JSON is no chunk."""
    value: Any = "x"
    for _ in range(100_000):
        value = {"message": value}
    with pytest.raises(NotAChunk, match="JSON"):
        Transformer().feed(chunk(calls(entry(value, name=SAY))))


def test_read_entry_reads_what_is_odd_as_absent() -> None:
    fragment = Fragment({"index": "0", "id": "null", "function": {"name": " ", "arguments": None}})
    assert (fragment.index, fragment.id, fragment.name, fragment.arguments) == (None, None, None, "")
    assert not fragment.opens_object
    assert Fragment({"function": {"arguments": {"a": "\u00e9"}}}).arguments == '{"a": "\u00e9"}'


# --- R2: held until the name is known ----------------------------------------------------------


def feed_each(source: Iterable[Chunk], options: Options | None = None) -> list[list[Chunk]]:
    transformer = Transformer(options)
    return [transformer.feed(one).chunks for one in source]


def test_r2_held_chunks_pass_as_the_very_objects() -> None:
    source = [
        chunk({"role": "assistant", "content": None}),
        chunk(calls(entry("", id="a", type="function", name="send_"))),
        chunk(calls(entry("", name="mail"))),
        chunk(calls(entry('{"to":1}'))),
        chunk({}, "tool_calls"),
    ]
    left = feed_each(source)
    assert [len(chunks) for chunks in left] == [1, 0, 2, 1, 1]
    assert all(out is came for out, came in zip(chain(*left), source, strict=True))


def test_r2_holding_tells_of_it() -> None:
    transformer = Transformer()
    seen = [transformer.holding]
    for one in message_call(['{"message":"Hi"}']):
        transformer.feed(one)
        seen.append(transformer.holding)
    assert seen == [False, True, False, False]


def test_r2_the_rest_of_a_chunk_does_not_wait_for_a_name() -> None:
    """Text beside a nameless fragment leaves at once, the fragment follows in a chunk of its own."""
    source = [
        chunk(calls(entry("", id="a", name="send_"), role="assistant", content="Wait"), usage={"total_tokens": 1}),
        chunk(calls(entry("{}", name="mail"))),
    ]
    left = feed_each(source)
    assert [c["choices"][0]["delta"] for c in left[0]] == [{"role": "assistant", "content": "Wait"}]
    assert [c["choices"][0]["delta"].get("tool_calls") for c in left[1]] == [
        [entry("", id="a", name="send_")],
        [entry("{}", name="mail")],
    ]
    assert [c.get("usage") for c in [*left[0], *left[1]]] == [{"total_tokens": 1}, None, None]
    assert left[1][1] is source[1]


def test_r2_arguments_before_the_name_are_read_when_it_comes() -> None:
    said = entries(entry('{"message":"H', id="a"), entry('i"}', name=SAY))
    assert messages(said) == ["Hi"]
    source = [chunk({"role": "assistant"}), *map(chunk, [calls(entry('{"q":')), calls(entry("1}", name="look_up"))])]
    left = feed_each(source)
    assert [len(chunks) for chunks in left] == [1, 0, 2]
    assert all(out is came for out, came in zip(chain(*left), source, strict=True))


@pytest.mark.parametrize("finish", ["tool_calls", None])
@pytest.mark.parametrize("other_tools", OtherTools)
def test_r2_a_name_that_a_later_entry_of_the_list_decides(other_tools: OtherTools, finish: str | None) -> None:
    """The entries before it pass too: the first one has the id."""
    fragments = [entry("", id="a"), entry('{"q":', name="look_up"), entry("1}")]
    result = deltas(calls(*fragments), finish=finish, options=Options(other_tools=other_tools))
    passed = [one for sent in result.chunks for one in sent["choices"][0]["delta"].get("tool_calls", [])]
    assert passed == (fragments if other_tools is OtherTools.PASS else [])
    assert started(result) == [("a", "look_up")]


def test_r2_a_name_that_the_finish_of_its_chunk_decides() -> None:
    """R5: the call passes, so that the finish reason stays though a message call was removed."""
    said, other = entry('{"message":"Hi"}', id="a", name=SAY), entry('{"q":1}', index=1, id="b")
    result = transform([chunk(calls(said)), chunk(calls(other), "tool_calls")])
    choices = [sent["choices"][0] for sent in result.chunks]
    passed = [one for choice in choices for one in choice["delta"].get("tool_calls", [])]
    assert passed == [{**other, "index": 0}]
    assert [choice["finish_reason"] for choice in choices] == [None, "tool_calls"]


def test_r2_a_name_that_never_comes_is_another_tools() -> None:
    """R11: the finish settles it, and the held chunks leave before it."""
    source = [chunk({"role": "assistant"}), chunk(calls(entry('{"q":1}'))), chunk({}, "tool_calls")]
    left = feed_each(source)
    assert [len(chunks) for chunks in left] == [1, 0, 2]
    assert all(out is came for out, came in zip(chain(*left), source, strict=True))


def test_r2_a_name_cut_off_by_the_end_is_another_tools() -> None:
    source = [chunk({"role": "assistant"}), chunk(calls(entry("", name="send_")))]
    result = transform(source)
    assert all(out is came for out, came in zip(result.chunks, source, strict=True))


def test_r2_a_call_without_a_name_is_held_only_so_far() -> None:
    source = [chunk({"role": "assistant"}), *(chunk(calls(entry("x" * 1000))) for _ in range(100))]
    held = 0
    for one, left in zip(source, feed_each(source), strict=True):
        held += len(str(one)) - sum(len(str(c)) for c in left)
        assert held < 200_000
    assert held < 10_000


@pytest.mark.parametrize("name", [{}, {"name": SAY}, {"name": ""}])
@pytest.mark.parametrize("arguments", ["", " "])
def test_r2_empty_fragments_are_not_held_for_ever(name: Chunk, arguments: str) -> None:
    """What is held back stays bounded in number too, be the name missing or repeated (T11)."""
    transformer = Transformer()
    transformer.feed(chunk({"role": "assistant"}))
    for _ in range(6_000):
        transformer.feed(chunk(calls(entry(arguments, **name))))
    assert len(transformer.feed(chunk(calls(entry("{}", name="_other")))).chunks) < 5_000


def test_r2_a_message_after_many_repeats_of_its_name_is_said() -> None:
    source = [chunk(calls(entry("", id="a", name=SAY))) for _ in range(6_000)]
    assert transform([*source, chunk(calls(entry('{"message":"Hi"}')))]).text == "Hi"


# --- R6: other tools ---------------------------------------------------------------------------


def test_r6_other_tools_are_renumbered_densely() -> None:
    """T6, T19: without gaps where a message call was taken out, everything else kept."""
    extra = {"extra_content": {"google": {"thought_signature": "x"}}}
    result = entries(
        [
            entry('{"message":"Hi"}', index=0, id="a", name=SAY),
            entry("{}", index=1, id="b", type="function", name="one", **extra),
            entry("", index=2, id="c", type="function", name="two"),
        ],
        entry("{}", index=2),
    )
    assert passed(result) == [
        entry("{}", index=0, id="b", type="function", name="one", **extra),
        entry("", index=1, id="c", type="function", name="two"),
        entry("{}", index=1),
    ]
    assert result.content == "Hi"


def test_r6_calls_that_left_before_the_message_keep_their_index() -> None:
    result = entries(
        entry("{}", index=0, id="a", name="one"),
        entry('{"message":"Hi"}', index=1, id="b", name=SAY),
        entry("{}", index=2, id="c", name="two"),
    )
    assert [one["index"] for one in passed(result)] == [0, 1]


def test_r6_t6_sparse_indices_stay_where_nothing_was_taken_out() -> None:
    source = [chunk(calls(entry("{}", index=3, id="a", name="one"), role="assistant")), chunk({}, "tool_calls")]
    assert all(out is came for out, came in zip(transform(source).chunks, source, strict=True))


def test_r6_held_fragments_are_renumbered_too() -> None:
    result = entries(
        entry('{"message":"Hi"}', index=0, id="a", name=SAY),
        entry("", index=1, id="b", name="send_"),
        entry("{}", index=1, name="mail"),
    )
    assert passed(result) == [entry("", index=0, id="b", name="send_"), entry("{}", index=0, name="mail")]


def test_r6_a_call_without_an_index_gets_one_where_a_message_was_taken_out() -> None:
    result = entries(
        entry('{"message":"Hi"}', index=None, id="a", name=SAY), entry("{}", index=None, id="b", name="one")
    )
    assert passed(result) == [{"index": 0, **entry("{}", index=None, id="b", name="one")}]


def test_r6_without_an_index_and_untouched_is_left_alone() -> None:
    source = [chunk(calls(entry("{}", index=None, name="one"), role="assistant")), chunk({}, "tool_calls")]
    assert all(out is came for out, came in zip(transform(source).chunks, source, strict=True))


def test_r6_no_two_calls_leave_under_one_index() -> None:
    """T4 with R6: calls that shared index 0 leave under indices of their own once one was taken out."""
    result = entries(
        entry('{"message":"Hi"}', index=0, id="a", name=SAY),
        entry("{}", index=0, id="b", name="one"),
        entry("{}", index=0, id="c", name="two"),
    )
    assert [(one["index"], one["id"]) for one in passed(result)] == [(0, "b"), (1, "c")]


def test_r6_dropped_calls_leave_nothing() -> None:
    options = Options(other_tools=OtherTools.DROP)
    result = entries(
        [entry("{}", index=0, id="a", name="one"), entry('{"message":"Hi"}', index=1, id="b", name=SAY)],
        entry("{}", index=2, id="c", name="send_mail"),
        options=options,
    )
    assert passed(result) == []
    assert (result.content, result.chunks[-1]["choices"][0]["finish_reason"]) == ("Hi", "stop")
    assert len(result.chunks) == 2
    assert [event.tool for event in result.of(ToolCallStarted)] == ["one", SAY, "send_mail"]


def test_r6_held_fragments_of_a_dropped_call_leave_nothing() -> None:
    result = entries(entry("", name="send_"), entry("{}", name="mail"), options=Options(other_tools=OtherTools.DROP))
    assert passed(result) == []


# --- R9: repairs are latched per call ----------------------------------------------------------


def test_a5_each_call_has_its_own_latch() -> None:
    options = Options(repairs=frozenset({Repair.CUMULATIVE}))
    result = entries(
        *(
            entry('{"message":"ll"}'[:end], index=0, **({"id": "a", "name": SAY} if end == 9 else {}))
            for end in (9, 12, 14, 16)
        ),
        entry('{"message":"l', index=1, id="b", name=SAY),
        *(entry(piece, index=1) for piece in ("l", "l", '"}')),
        options=options,
    )
    assert messages(result) == ["ll", "lll"]
    assert [event.quirk for event in result.of(QuirkSeen)].count("A5") == 1


def test_a6_a_resend_of_the_whole_is_no_second_call() -> None:
    options = Options(repairs=frozenset({Repair.CUMULATIVE}))
    result = entries(
        entry('{"message":', name=SAY), entry('{"message":"a"}'), entry('{"message":"a"}'), options=options
    )
    assert messages(result) == ["a"]


# --- work ------------------------------------------------------------------------------------


def count_calls(source: list[Chunk]) -> int:
    """How many functions run, Python's own and built-in ones, while a stream is fed."""
    count = 0

    def tally(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    transformer = Transformer()
    sys.setprofile(tally)
    try:
        for one in source:
            transformer.feed(one)
        transformer.close()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize(
    ("opening", "filling"),
    [
        ('{"message":"', "abc "),
        ('{"message":"', "\\n\\u00e9"),
        ('{"message":[', "[1],"),
        ('{"other":"', "abc"),
        ('{"message":"a"}', " more"),
        ("{oops", "more"),
        ("", "preamble "),
    ],
)
def test_the_work_for_a_fragment_stays_flat(opening: str, filling: str) -> None:
    """Ten times the fragments are ten times the work: counted, not timed."""
    count_calls(message_call([opening, filling]))  # patterns are compiled on first use
    few, many = (count_calls(message_call([opening, *[filling] * n])) for n in (1_000, 10_000))
    assert many / few == pytest.approx(10, rel=0.1)


@pytest.mark.parametrize("tool", ["look_up", "send_message"])
def test_the_work_for_a_call_stays_flat(tool: str) -> None:
    """The same for calls, one after another."""

    def response(count: int) -> list[Chunk]:
        each = (entry('{"message":"Hi"}', index=n, id=f"{n}", name=tool) for n in range(count))
        return [*(chunk(calls(one)) for one in each), chunk({}, "tool_calls")]

    few, many = (count_calls(response(n)) for n in (200, 2_000))
    assert many / few == pytest.approx(10, rel=0.1)


def test_t4_a_new_id_without_a_name_speaks_with_the_tool_before_it() -> None:
    """Its object begins at once, so nothing will name it: as with T5, the call before it at that index did."""
    first = chunk(calls(entry('{"message": "one"}', id="a", type="function", name="send_message")))
    second = chunk(calls(entry('{"message": "two"}', id="b")))
    result = transform([first, second, chunk({}, "tool_calls")])
    assert [event.text for event in result.of(TextDelta)] == ["one", "two"]
    assert [event.id for event in result.of(ToolCallStarted)] == ["a", "b"]


@pytest.mark.parametrize(
    "pieces",
    [
        [("send_", '{"mess'), ("message", 'age":"A"'), (None, "}")],
        [("send_", ""), ("mess", "{"), ("age", '"message":"A"}')],
    ],
)
def test_t12_pieces_of_a_name_may_carry_arguments(pieces: list[tuple[str | None, str]]) -> None:
    names: list[dict[str, Any]] = [{} if name is None else {"name": name} for name, _ in pieces]
    stream = [chunk(calls(entry(text, **name))) for name, (_, text) in zip(names, pieces, strict=True)]
    result = transform([*stream, chunk({}, "tool_calls")])
    assert result.text == result.content == "A"
    assert [event.complete for event in result.of(ToolCallFinished)] == [True]


def test_t12_pieces_of_another_tool_s_name_are_one_call() -> None:
    first, second = entry('{"x"', id="a", name="get_"), entry(":1}", name="weather")
    result = transform([chunk(calls(first)), chunk(calls(second)), chunk({}, "tool_calls")])
    assert [event.complete for event in result.of(ToolCallFinished)] == [True]


@pytest.mark.parametrize("tool", [SAY, "mail"])
@pytest.mark.parametrize(
    "text",
    [
        "".join(f'{{"message":"{number}"}}' for number in range(700)),
        '{"message":"a"}' * 600,
        '{"message":"a"}{"message":"b"} ' * 300,
        '{"message":"a"}' + '{"message":"' + "b" * 9_000 + '"}' + '{"message":"' + "c\\n" * 9_000 + '"}',
        '{"message":"'
        + "a" * 5_000
        + '"}'
        + '{"message":"'
        + "a" * 4_990
        + "b" * 10
        + '"} and prose {"message":"no"}' * 400,
        "{}" * 3_000 + '{"message":"a"}',
        '{"message":"a"}' + '{"a":' * 2_000,
    ],
    ids=["different", "repeated", "alternating", "long", "late difference", "empty", "open"],
)
def test_many_objects_in_one_fragment_are_those_of_many_fragments(tool: str, text: str) -> None:
    """What follows an object in its fragment is processed in pieces, since each object copies the rest."""
    pieces = [text[start : start + 50] for start in range(0, len(text), 50)]
    whole = entries(entry(text, id="a", name=tool))
    cut = entries(entry("", id="a", name=tool), *(entry(piece) for piece in pieces))
    assert messages(whole) == messages(cut)
    assert started(whole) == started(cut)
    assert quirks(whole) | {"T1"} == quirks(cut) | {"T1"}
    for kind in (ArgumentsFailed, ToolCallFinished):
        assert whole.of(kind) == cut.of(kind)
    arguments: list[dict[int, str]] = [{}, {}]
    for found, result in zip(arguments, (whole, cut), strict=True):
        for event in result.of(ArgumentsDelta):
            found[event.call] = found.get(event.call, "") + event.arguments
    assert arguments[0] == arguments[1]
