"""Inspector: the quirks in the shape of chunks. What each number looks like stands in tests/quirks/."""

from itertools import chain
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support import calls, chunk, entry, message_call

from unspool.core.events import ChoiceFinished, QuirkSeen, ResponseFailed, TextDelta, ThoughtsDelta, ToolCallStarted
from unspool.quirks.catalog import QUIRKS
from unspool.quirks.inspector import Inspector, number_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, "", "null", 0, 1, 7, "call_1", [], {}, "FUNCTION", "assistant", True]
)
ENTRIES = st.fixed_dictionaries(
    {},
    optional={
        "index": ODD,
        "id": ODD,
        "type": ODD,
        "function": st.none()
        | st.fixed_dictionaries({}, optional={"name": ODD, "arguments": st.text('{}"\\nu', max_size=6) | ODD}),
    },
)
DELTAS = st.none() | st.fixed_dictionaries(
    {},
    optional={
        "role": ODD,
        "content": st.text("<>think{", max_size=8) | ODD,
        "tool_calls": st.none() | st.lists(ENTRIES, max_size=3),
        "function_call": st.none() | st.fixed_dictionaries({}, optional={"arguments": ODD}),
    },
)
CHOICES = st.fixed_dictionaries({}, optional={"index": ODD, "delta": DELTAS, "finish_reason": ODD, "usage": ODD})
CHUNKS = st.fixed_dictionaries(
    {"choices": st.lists(CHOICES, max_size=3)}, optional={"id": ODD, "created": ODD, "usage": ODD, "error": ODD}
)


def shown(*chunks: Any) -> list[list[str]]:
    """What one inspector says of each chunk."""
    inspector = Inspector()
    return [inspector.feed(one) for one in chunks]


@given(st.lists(CHUNKS | JSON, max_size=6))
def test_it_takes_anything_and_names_only_what_the_table_has(chunks: list[Any]) -> None:
    """Never an exception; each number once for a chunk; every number is a row."""
    for numbers in shown(*chunks):
        assert len(numbers) == len(set(numbers))
        assert set(numbers) <= set(QUIRKS)


TEXTS = st.sampled_from(["", "a", "ab", "abc", "<thi", "nk>", "<|im_", "end|>", "<tool_call>", "null"])
PLAIN_CHUNKS = st.builds(
    lambda members, delta, finish, choice, index: {
        "id": "c",
        "created": 1,
        "choices": [{"index": index, "delta": delta, **finish, **choice}],
        **members,
    },
    st.sampled_from(
        [{}, {}, {}, {"id": "d"}, {"id": None}, {"usage": None}, {"usage": {}}, {"error": "x"}, {"p": "x"}]
    ),
    st.one_of(
        st.builds(lambda text: {"content": text}, TEXTS),
        st.builds(
            lambda entry, text, function: {"tool_calls": [{**entry, "function": {"arguments": text, **function}}]},
            st.sampled_from([{"index": 0}, {"index": 0}, {"index": 2}, {}, {"index": 1, "id": ""}, {"custom": {}}]),
            st.sampled_from(['{"a": "', '{"a": "x', "\n", "\\\\n", '"}', "{}", "", None]),
            st.sampled_from([{}, {}, {"name": "f"}, {"name": None}]),
        ),
        DELTAS,
    ),
    st.sampled_from([{"finish_reason": None}, {"finish_reason": None}, {}, {"finish_reason": "stop"}]),
    st.sampled_from([{}, {}, {}, {"text": "x"}, {"message": {"content": "x"}}, {"usage": {}}]),
    st.sampled_from([0, 0, 0, 1, None, "0"]),
)


@st.composite
def alike(draw: st.DrawFn) -> list[Any]:
    """Chunks of one shape, whatever it is, with other texts."""
    names = st.sampled_from(["content", "reasoning", "reasoning_content", "thinking", "role", "refusal", "audio"])
    values = st.sampled_from([None, "", "x", "assistant", {"text": "x"}, ["x"], {"transcript": "x"}])
    delta = draw(st.dictionaries(names, values, max_size=4))
    delta |= draw(st.sampled_from([{}, {}, {"reasoning_details": [{"type": "reasoning.text", "text": "x"}]}]))
    delta |= draw(st.sampled_from([{}, {}, {"tool_calls": []}, {"tool_calls": [{"index": 0, "function": {}}]}]))
    choice = {"index": 0, "delta": delta, **draw(st.sampled_from([{}, {"finish_reason": None}, {"logprobs": None}]))}
    chunk = {**draw(PLAIN_CHUNKS), "choices": [choice], **draw(st.sampled_from([{}, {"obfuscation": "x"}]))}

    def changed(value: Any) -> Any:
        if value in ("x", "") and draw(st.integers(0, 4)):
            return draw(TEXTS) if value or not draw(st.integers(0, 9)) else ""
        if isinstance(value, dict):
            return {name: changed(member) for name, member in value.items()}
        return [changed(member) for member in value] if isinstance(value, list) else value

    return [chunk, *(changed(chunk) for _ in range(draw(st.integers(1, 4))))]


@given(st.lists(PLAIN_CHUNKS.map(lambda one: [one]) | alike(), max_size=6))
def test_the_short_path_for_continuations_finds_what_all_detectors_find(runs: list[list[Any]]) -> None:
    short, general = Inspector(), Inspector()
    for one in chain.from_iterable(runs):
        assert set(short.feed(one)) == set(general._feed_whole(one)), one


@pytest.mark.parametrize("value", [None, 7, "text", [], {}, {"choices": "none"}, {"choices": [7]}])
def test_what_is_no_chunk_shows_nothing(value: Any) -> None:
    assert shown(value) == [[]]


def test_an_ordinary_response_shows_nothing() -> None:
    assert shown(*message_call(['{"message": ', '"Hi"}'])) == [[]] * 4


def test_q13_and_a5_are_suspected_at_the_third_growing_fragment() -> None:
    """Two may be chance; an equal fragment, or an empty one, is no growth; once one does not grow, none does."""
    contents = ["a", "ab", "ab", "abc", "", "abcd", "x", "xy", "xyz"]
    found = shown(*(chunk({"content": text}) for text in contents))
    assert ["Q13" in numbers for numbers in found] == [False] * 3 + [True, False, True] + [False] * 3
    fragments = ["{", '{"a', '{"a":', '{"a":1}']
    found = shown(*(chunk(calls(entry(text, name="f"))) for text in fragments))
    assert ["A5" in numbers for numbers in found] == [False, False, True, True]


@pytest.mark.parametrize(
    ("fragments", "at"),
    [
        (['{"a": "x', "\n", '"}'], 1),
        (['{"a": "x\\', '"\t"}'], 1),
        (['{"a": "x\\', '", \n', '"}'], 1),
        (['{"a": "x\\\\', '",\n', '"b": 1}'], None),
        (['{"a":', '\n"x"', "\n}"], None),
    ],
)
def test_a8_counts_inside_strings_only(fragments: list[str], at: int | None) -> None:
    """A backslash at the end of a fragment belongs to the next one's first character."""
    found = shown(*(chunk(calls(entry(text))) for text in fragments))
    assert [place for place, numbers in enumerate(found) if "A8" in numbers] == ([] if at is None else [at])


@pytest.mark.parametrize(
    ("fragments", "suspected"),
    [
        (["a\\\\nb"], True),
        (["a\\", "\\nb"], True),
        (["a\\\\", "nb"], True),
        (["a\\", "\\", "nb"], True),
        (["a\\nb"], False),
        (["a\\\\\\nb"], False),
        (["a\\\\ b"], False),
    ],
)
def test_a10_is_two_backslashes_and_a_letter_cut_anywhere(fragments: list[str], suspected: bool) -> None:
    found = shown(*(chunk(calls(entry(text))) for text in fragments))
    assert sum("A10" in numbers for numbers in found) == suspected


def test_t6_is_a_gap_and_not_the_next_index() -> None:
    """Two calls at 0 and 1 are the contract; 0 and 2 are not."""
    for index, seen in ((1, False), (2, True)):
        first, second = (
            chunk(calls(entry("", index=place, id=str(place), type="function", name="f"))) for place in (0, index)
        )
        assert ("T6" in shown(first, second)[1]) is seen


def test_t6_in_each_choice_by_itself() -> None:
    opening = calls(entry("", id="a", type="function", name="f"), role="assistant")
    found = shown(chunk(opening), chunk(opening, index=1))
    assert not any("T6" in numbers for numbers in found)


@pytest.mark.parametrize("content", ["<tool_call>", "[TOOL_CALLS]", "<function=f>", '{"name": "f", "arguments": {}}'])
def test_t21_is_named_once_wherever_the_marker_is_cut(content: str) -> None:
    for cut in range(len(content) + 1):
        found = shown(*(chunk({"content": text}) for text in (content[:cut], content[cut:], " and on")))
        assert sum("T21" in numbers for numbers in found) == 1


@pytest.mark.parametrize("member", ["reasoning_content", "reasoning", "thinking"])
def test_a_call_in_the_thoughts_is_named_once_wherever_its_marker_is_cut(member: str) -> None:
    markup = "<tool_call>"
    for cut in range(len(markup) + 1):
        texts = ("I look. ", "I", markup[:cut], markup[cut:], "more")
        found = shown(*(chunk({member: text}) for text in texts), chunk({"content": "Hi"}))
        assert sum("T38" in numbers for numbers in found) == 1, cut
        assert not any("T21" in numbers for numbers in found)


def test_a_call_in_the_thoughts_of_another_dialect() -> None:
    inspector = Inspector()
    deltas = [ThoughtsDelta(1, choice, None, text) for choice, text in ((0, "<tool_"), (1, "call>"), (0, "call>"))]
    assert [inspector.feed_event(delta) for delta in deltas] == [[], [], ["T38"]]


def test_other_markup_in_the_thoughts_is_theirs() -> None:
    found = shown(*(chunk({"reasoning": text}) for text in ("</think>", "<think>", "[THINK]", "</s>", "a < b")))
    assert not {"Q50", "Q41", "T21", "T38"} & {number for numbers in found for number in numbers}


def test_q17_the_tag_is_named_once_wherever_it_is_cut() -> None:
    for cut in range(len("<think>") + 1):
        found = shown(*(chunk({"content": text}) for text in ("<think>"[:cut], "<think>"[cut:], "Hm")))
        assert sum("Q17" in numbers for numbers in found) == 1


def test_f10_needs_a_whole_call_before_it() -> None:
    whole = chunk(calls(entry('{"a": 1}', id="a", type="function", name="f"), role="assistant"))
    assert shown(whole, chunk({}, "stop"))[1] == ["F1", "F10"]
    assert "F10" not in shown(chunk({"content": "Hi"}), chunk({}, "stop"))[1]


def test_a2_is_said_once_at_the_end() -> None:
    opening = chunk(calls(entry("", id="a", type="function", name="f"), role="assistant"))
    found = shown(opening, chunk({}, "tool_calls"), chunk({}, "tool_calls"))
    assert [numbers.count("A2") for numbers in found] == [0, 1, 0]


@pytest.mark.parametrize(
    ("arguments", "whole"),
    [('{"a": 1}', True), ("{}", False), ('{"a": ', False), ('["a"]', False), ("[" * 9999, False)],
)
def test_t1_is_a_whole_object_with_something_in_it(arguments: str, whole: bool) -> None:
    one = chunk(calls(entry(arguments, id="a", type="function", name="f"), role="assistant"))
    assert ("T1" in shown(one)[0]) is whole
    assert ("T2" in shown(one)[0]) is not whole


@pytest.mark.parametrize(
    ("event", "number"),
    [(QuirkSeen(1, "T11"), "T11"), (ResponseFailed(1, "gone", ""), "Q20"), (TextDelta(1, 0, None, "Hi"), None)],
)
def test_events_stand_for_numbers(event: Any, number: str | None) -> None:
    assert number_of(event) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("<think>Hm", "Q50"),
        ("[THINK]Hm", "Q50"),
        ("<thought>Hm", "Q50"),
        ("\u25c1/think\u25b7At nine.", "Q50"),
        ("<arg_key>day", "T21"),
        ("commentary to=functions.find", "T21"),
        ("At nine.<|im_end|>", "Q41"),
        ("At nine.<|end|>", "Q41"),
        ("At nine.</s>", "Q41"),
        ("At nine.<eos>", "Q41"),
        ("At nine.<\uff5cend\u2581of\u2581sentence\uff5c>", "Q41"),
        ("At<0x0A>nine.", "Q41"),
        ("analysisThey ask.assistantfinalAt nine.", "Q50"),
        ("<\uff5cDSML\uff5cfunction_calls>", "T21"),
        ("<longcat_tool_call>", "T21"),
        ("At nine.</tool_call>", "T21"),
        ("a < b", None),
    ],
)
def test_markup_in_text_alone_is_named_once_wherever_it_is_cut(text: str, number: str | None) -> None:
    for cut in range(len(text) + 1):
        inspector = Inspector()
        events = [TextDelta(1, 0, None, text[:cut]), TextDelta(1, 1, None, "<"), TextDelta(1, 0, None, text[cut:])]
        numbers = [found for event in events for found in inspector.feed_event(event)]
        assert numbers == ([number] if number else []), cut


def test_text_of_a_message_call_is_searched_for_markup_apart_from_content_and_other_calls() -> None:
    inspector = Inspector()
    for call, text, found in ((0, "<thi", []), (None, "nk>", []), (0, "nk>", ["Q50"]), (0, "<thi", []), (1, "nk>", [])):
        assert inspector.feed_event(TextDelta(1, 0, call, text)) == found


def test_a_finish_that_claims_a_call_is_named_where_none_came() -> None:
    inspector = Inspector()
    assert inspector.feed_event(ChoiceFinished(1, 0, "tool_calls")) == ["T35"]
    assert inspector.feed_event(ToolCallStarted(1, 1, 0, "call_1", "weather", message=False)) == []
    assert inspector.feed_event(ChoiceFinished(1, 1, "tool_calls")) == []
    assert inspector.feed_event(ChoiceFinished(1, 0, "stop")) == []
