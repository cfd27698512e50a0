"""R15: a whole message after deltas adds only what they have not said, whatever it holds."""

import json
from typing import Any

import pytest
from tests.support import Chunk, Transformed, calls, chunk, entry, transform

from unspool.core.events import (
    ArgumentsDelta,
    QuirkSeen,
    RefusalDelta,
    StepStarted,
    TextContradicted,
    TextDelta,
    ThoughtsDelta,
    ToolCallStarted,
)
from unspool.core.options import Options, Thoughts
from unspool.core.repairs import Repair
from unspool.core.rewriter.wire import WHOLE


def whole(finish: str | None = "stop", **message: Any) -> Chunk:
    """A chunk with a whole message in place of a delta."""
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
    return chunk(choices=[choice])


def call(name: str, arguments: str, ident: str = "call_1") -> Chunk:
    return {"id": ident, "type": "function", "function": {"name": name, "arguments": arguments}}


def texts(result: Transformed, kind: type = TextDelta) -> str:
    return "".join(event.text for event in result.of(kind))


START = chunk({"role": "assistant", "content": ""})


@pytest.mark.parametrize("finished", [False, True], ids=["open", "finished"])
@pytest.mark.parametrize(("said", "message"), [("Hi there", "Hi there"), ("Hi", "Hi there"), ("", "Hi there")])
def test_text_is_said_once(said: str, message: str, finished: bool) -> None:
    deltas = [START, chunk({"content": said}), *([chunk({}, "stop")] if finished else [])]
    result = transform([*deltas, whole(content=message)])
    if not (finished and not said):
        assert texts(result) == "Hi there"
        assert len(result.of(StepStarted)) == 1


@pytest.mark.parametrize(("first", "role"), [({"role": "assistant"}, {}), ({}, {"role": "assistant"})])
def test_the_role_of_a_message_is_emitted_if_no_delta_had_one(first: Chunk, role: Chunk) -> None:
    result = transform([chunk({**first, "content": "Hi"}), whole(content="Hi there")])
    assert result.chunks[-1]["choices"][0]["delta"] == {**role, "content": " there"}


def test_another_text_than_the_deltas_is_not_added() -> None:
    """The deltas are no beginning of it: what was said stands, and nothing is said twice."""
    assert texts(transform([START, chunk({"content": "Hi"}), whole(content="Bye")])) == "Hi"


def test_a_message_after_a_finish_that_says_something_else_is_a_step_of_its_own() -> None:
    result = transform([START, chunk({"content": "Hi"}), chunk({}, "stop"), whole(content="Bye")])
    assert len(result.of(StepStarted)) == 2


def test_a_repeated_message_leaves_no_content_beside_a_message_call() -> None:
    """The whole message would show the call that was taken out."""
    first = chunk(calls(entry('{"message":"Hi"}', id="call_1", name="send_message"), role="assistant"))
    result = transform([first, whole("tool_calls", tool_calls=[call("send_message", '{"message":"Hi"}')])])
    assert result.content == "Hi"
    assert "tool_calls" not in str(result.chunks)
    assert [choice["finish_reason"] for one in result.chunks for choice in one["choices"]][-1] == "stop"


def test_a_repeated_message_without_a_finish_leaves_nothing_beside_a_message_call() -> None:
    first = chunk(calls(entry('{"message":"Hi"}', id="call_1", name="send_message"), role="assistant"))
    result = transform([first, whole(None, tool_calls=[call("send_message", '{"message":"Hi"}')])])
    assert result.content == "Hi"
    assert len(result.chunks) == 1


@pytest.mark.parametrize("ident", ["call_1", "another"])
def test_the_rest_of_arguments_is_added(ident: str) -> None:
    first = chunk(calls(entry('{"message":"Hi', id="call_1", name="send_message"), role="assistant"))
    result = transform([first, whole("tool_calls", tool_calls=[call("send_message", '{"message":"Hi there"}', ident)])])
    assert texts(result) == "Hi there"


def test_arguments_that_the_fragments_do_not_begin_add_nothing() -> None:
    first = chunk(calls(entry('{"message":"Hi', id="call_1", name="send_message"), role="assistant"))
    result = transform([first, whole("tool_calls", tool_calls=[call("send_message", '{"message":"Bye"}')])])
    assert texts(result) == "Hi"


def test_a_call_whose_name_is_not_certain_is_completed() -> None:
    """A name without arguments may still grow (T12)."""
    first = chunk(calls(entry("", id="call_1", name="send_message"), role="assistant"))
    result = transform([first, whole("tool_calls", tool_calls=[call("send_message", '{"message":"Hi"}')])])
    assert texts(result) == "Hi"


def test_a_whole_call_of_another_tool_says_nothing_again() -> None:
    first = chunk(calls(entry('{"q":1}', id="call_1", name="look"), role="assistant"))
    result = transform([first, whole("tool_calls", tool_calls=[call("look", '{"q":1}')])])
    assert [event.arguments for event in result.of(ArgumentsDelta)] == ['{"q":1}']


def test_a_call_that_stands_only_in_the_message_is_added() -> None:
    result = transform([START, chunk({"content": "Hi"}), whole("tool_calls", tool_calls=[call("look", '{"q":1}')])])
    assert [event.tool for event in result.of(ToolCallStarted)] == ["look"]
    assert [event.arguments for event in result.of(ArgumentsDelta)] == ['{"q":1}']


def test_more_calls_than_the_deltas_had_are_a_step_after_the_finish() -> None:
    deltas = [START, chunk({"content": "Hi"}), chunk({}, "stop")]
    result = transform([*deltas, whole("tool_calls", content="Hi", tool_calls=[call("look", "{}")])])
    assert len(result.of(StepStarted)) == 2


def test_thoughts_and_a_refusal_are_said_once() -> None:
    deltas = [START, chunk({"reasoning_content": "hm"}), chunk({"refusal": "No."})]
    result = transform(
        [*deltas, whole(reasoning_content="hm, no", refusal="No.")], Options(thoughts=Thoughts.REASONING)
    )
    assert texts(result, ThoughtsDelta) == "hm, no"
    assert str(result.chunks).count("No.") == 1


@pytest.mark.parametrize(
    ("again", "said", "quirks"),
    [("I cannot help.", "I cannot help.", []), ("I cannot", "I cannot", []), ("Never.", "I cannot", ["Q70"])],
)
def test_a_whole_refusal_counts_beyond_its_deltas(again: str, said: str, quirks: list[str]) -> None:
    result = transform([START, chunk({"refusal": "I can"}), chunk({"refusal": "not"}), whole(refusal=again)])
    assert texts(result, RefusalDelta) == said
    assert [event.quirk for event in result.of(QuirkSeen) if event.quirk == "Q70"] == quirks


def test_legacy_completions_hold_text_in_the_choice_q22() -> None:
    result = transform([chunk(choices=[{"index": 0, "text": "Hi", "finish_reason": None}])])
    assert texts(result) == "Hi"


def test_a_message_names_a_call_that_had_no_name_yet() -> None:
    first = chunk(calls(entry('{"message":"H', id="call_1"), role="assistant"))
    result = transform([first, whole("tool_calls", tool_calls=[call("send_message", '{"message":"Hi"}')])])
    assert texts(result) == "Hi"


# --- whole messages alone, of which each holds what came so far (DashScope) ----------------------


def snapshots(member: str, *texts: str) -> list[Chunk]:
    """Whole messages, of which only the last has a finish."""
    return [*(whole("null", **{member: text}) for text in texts[:-1]), whole(**{member: texts[-1]})]


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (["Ga", "Gate ", "Gate four."], "Gate four."),
        (["", "Ga", "Gate", "Gate", "Gate four."], "Gate four."),
        (["Gate four.", "Gate four."], "Gate four."),
        (["Ga", "te ", "four.", ""], "Gate four."),  # incremental_output: only what is new
        (["1", "1", " is the gate"], "11 is the gate"),
    ],
)
def test_whole_messages_that_grow_count_for_what_is_new(said: list[str], text: str) -> None:
    """Q13: the second decides. Nobody has to ask for it, since each is a whole message."""
    result = transform(snapshots("content", *said))
    assert (texts(result), result.content) == (text, text)
    assert texts(transform(snapshots("reasoning", *said)), ThoughtsDelta) == text
    assert all("message" not in choice for one in result.chunks for choice in one["choices"])


def test_growing_messages_with_thoughts_under_two_names_leave_them_once() -> None:
    first = whole("null", reasoning="Ga", reasoning_details=[{"type": "reasoning.text", "text": "Ga"}])
    last = whole(reasoning="Gate", reasoning_details=[{"type": "reasoning.text", "text": "Gate"}], content="4")
    left = transform([first, last]).chunks[-1]["choices"][0]["delta"]
    assert left == {"content": "4", "reasoning_content": "te"}


def test_growing_messages_with_a_call_give_its_text_once() -> None:
    arguments = ['{"mess', '{"message": "Hi', '{"message": "Hi there"}']
    said = [whole("null", tool_calls=[call("send_message", one)]) for one in arguments[:-1]]
    result = transform([*said, whole("tool_calls", tool_calls=[call("send_message", arguments[-1])])])
    assert (texts(result), result.content) == ("Hi there", "Hi there")


def test_growing_messages_repeat_what_is_complete_with_what_begins() -> None:
    """An equal text is legal, but not in a message that has gone on to its text, or to a call."""
    grown = [
        whole("null", reasoning="Hm."),
        whole("null", reasoning="Hm.", content="At nine."),
        whole("null", reasoning="Hm.", content="At nine.", tool_calls=[call("find", "{")]),
        whole("tool_calls", reasoning="Hm.", content="At nine.", tool_calls=[call("find", '{"a": 1}')]),
    ]
    result = transform(grown, Options(thoughts=Thoughts.REASONING))
    assert (texts(result), texts(result, ThoughtsDelta)) == ("At nine.", "Hm.")
    assert "".join(event.arguments for event in result.of(ArgumentsDelta)) == '{"a": 1}'


COMPLETE = '{"message":"Ol\\u00e1","to":1}'


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ('{"message":"Ol\\u00e1 mundo","to":1}', "Olá mundo"),
        ('{"to": 1, "message": "Ol\\u00e1\\nmundo\\/"}', "Olá\nmundo/"),
        ('{"message": "Olá mundo"}', "Olá mundo"),
        ('{"message": "Bom dia, mundo"}', "Olá"),
        ('{"message": ["Olá"]}', "Olá"),
        ("[]", "Olá"),
    ],
    ids=["longer", "members in another order", "escaped otherwise", "another message", "no string", "no object"],
)
@pytest.mark.parametrize("cut", range(len(COMPLETE)))
def test_a_longer_message_in_whole_arguments_extends_that_of_complete_deltas(
    arguments: str, expected: str, cut: int
) -> None:
    begin = chunk(calls(entry(COMPLETE[:cut], id="call_1", name="send_message"), role="assistant"))
    again = whole("tool_calls", tool_calls=[call("send_message", arguments)])
    result = transform([begin, chunk(calls(entry(COMPLETE[cut:]))), again])
    assert texts(result) == expected
    assert result.content == expected


def test_a_longer_message_is_not_appended_to_the_text_of_another() -> None:
    """The rest of the first message would be read as a part of the second."""
    hi, yo = call("send_message", '{"message":"Hi"}'), call("send_message", '{"message":"Yo"}', "call_2")
    deltas = chunk({"role": "assistant", "tool_calls": [{"index": 0, **hi}, {"index": 1, **yo}]})
    again = whole("tool_calls", tool_calls=[call("send_message", '{"message":"Hi there"}'), yo])
    assert texts(transform([deltas, again])) == "HiYo"


def test_a_message_that_is_no_string_is_not_extended() -> None:
    begin = chunk(calls(entry('{"message":4}', id="call_1", name="send_message"), role="assistant"))
    assert texts(transform([begin, whole("tool_calls", tool_calls=[call("send_message", '{"message":42}')])])) == "4"


@pytest.mark.parametrize(("message", "rest"), [("Hi there", " there"), ("Bye", "")])
def test_whole_arguments_of_a_dialect_leave_only_as_the_rest_of_the_message(message: str, rest: str) -> None:
    begin = chunk(calls(entry('{"message":"Hi"}', id="call_1", name="send_message"), role="assistant"))
    entries = [{"index": 0, "function": {"arguments": f'{{"message":"{message}"}}'}}]
    again = chunk(choices=[{"index": 0, "delta": {}, "finish_reason": None, WHOLE: ("tool_calls", entries)}])
    result = transform([begin, again, again])
    assert result.content == texts(result) == f"Hi{rest}"
    assert len(result.chunks) == 1 + bool(rest)


def of_wholes(arguments: str) -> Chunk:
    """A chunk of a dialect with whole arguments that differ from their fragments."""
    entries = [{"index": 0, "function": {"arguments": arguments}}]
    return chunk(choices=[{"index": 0, "delta": {}, "finish_reason": None, WHOLE: ("tool_calls", entries)}])


@pytest.mark.parametrize(
    ("fragment", "arguments", "text", "other"),
    [
        ('{"message":"At ni', '{"urgent":1,"message":"At nine."}', "At nine.", ""),
        ('{"message":"At nine."', '{"urgent":1,"message":"At nine."}', "At nine.", ""),
        ('{"message":"At nine.","u', '{"urgent":1,"message":"At nine. Come."}', "At nine. Come.", ""),
        ('{"urgent":1', '{"message":"At nine."}', "At nine.", ""),
        ('{"urgent":1}', '{"message":"At nine."}', "At nine.", ""),
        ('{"urgent":1', '{"message":"At ni', "", ""),
        ('{"message":"At ni', '{"urgent":1,"message":"At nine.', "At ni", ""),
        ('{"message":7}', '{"message":"At nine."}', "7", ""),
        ('{"message":"At nine."}', '{"message":"At six."}', "At nine.", "At six."),
        ('{"message":"At ni', '{"message":"At six."}', "At ni", "At six."),
        ('{"message":"At nine."}', '{"message":"At si', "At nine.", ""),
        ('{"message":"At nine.\\n"}', '{"message":"At nine."}', "At nine.\n", ""),
    ],
)
def test_whole_arguments_in_another_spelling(fragment: str, arguments: str, text: str, other: str) -> None:
    """The message is completed, also where the fragments were cut before or inside it; another one is reported once."""
    begin = chunk(calls(entry(fragment, id="call_1", name="send_message"), role="assistant"))
    result = transform([begin, of_wholes(arguments), of_wholes(arguments)])
    assert result.content == texts(result) == text
    assert [event.text for event in result.of(TextContradicted)] == ([other] if other else [])


@pytest.mark.parametrize(("member", "reported"), [("content", ["Bye"]), ("reasoning_content", [])])
def test_a_dialect_reports_another_whole_text_once(member: str, reported: list[str]) -> None:
    other = chunk(choices=[{"index": 0, "delta": {}, "finish_reason": None, WHOLE: (member, "Bye")}])
    result = transform([START, chunk({"content": "Hi"}), other, other])
    assert [event.text for event in result.of(TextContradicted)] == reported
    assert len(result.chunks) == 2


@pytest.mark.parametrize("value", [3, None, [3], ["content", "Bye"], {"content": "Bye"}])
def test_what_a_dialect_adds_cannot_come_from_outside(value: Any) -> None:
    """A member of that name in the JSON of a stranger is a member like any other (R1)."""
    source = chunk(choices=[{"index": 0, "delta": {}, "finish_reason": None, WHOLE: value}])
    result = transform([START, source])
    assert result.chunks[-1] is source
    assert result.of(TextContradicted) == []


def test_whole_arguments_after_a_string_around_them_are_not_compared() -> None:
    """A11: the marks are those of decoded text."""
    begin = chunk(calls(entry(json.dumps('{"message":"Hi"}'), id="call_1", name="send_message"), role="assistant"))
    options = Options(repairs=frozenset({Repair.DOUBLE_ENCODED}))
    result = transform([begin, of_wholes('{"message":"Bye"}')], options)
    assert texts(result) == "Hi"
    assert result.of(TextContradicted) == []


def test_the_same_message_behind_that_of_another_call_says_nothing() -> None:
    first = chunk(calls(entry('{"message":"Hi"}', id="call_1", name="send_message"), role="assistant"))
    second = chunk(calls(entry('{"message":"Bye"}', index=1, id="call_2", name="send_message")))
    result = transform([first, second, of_wholes('{"message":"Hi"}')])
    assert texts(result) == "HiBye"
    assert result.of(TextContradicted) == []


@pytest.mark.parametrize(
    ("fragments", "given", "reported"),
    [
        (['{"q":', '"a"}'], '{"q": "a"}', False),
        (['{"q":"\u00e9"}'], '{"q":"\\u00e9"}', False),
        (['{"q":"a"}'], '{"q":"b"}', True),
        (['{"q":"a'], '{"q":"b"}', True),
        (['{"q":"a"}'], '{"q":"b', False),
        (['{"q":"a"}'], "[1]", False),
        ([f'{{"q":"{"a" * (1 << 16)}"}}'], '{"q":"b"}', False),
        (['{"q":"', *["a" * 30_000] * 3, '"}'], '{"q":"b"}', False),
    ],
    ids=["spaces", "escapes", "another", "another, cut", "cut itself", "no object", "long", "long, in pieces"],
)
def test_whole_arguments_of_another_tool_that_are_others_are_reported_once_q70(
    fragments: list[str], given: str, reported: bool
) -> None:
    first, *rest = fragments
    deltas = [
        chunk(calls(entry(first, name="search", id="call_1"), role="assistant")),
        *(chunk(calls(entry(piece))) for piece in rest),
    ]
    wholes = [whole(None, tool_calls=[call("search", given)])] * 2
    found = transform([*deltas, *wholes], Options()).of(TextContradicted)
    assert found == ([TextContradicted(1, 0, 0, given)] if reported else [])


def test_whole_arguments_of_a_choice_that_has_ended_are_compared_with_nothing() -> None:
    open_choice = {"index": 1, "delta": {"content": "Hi"}, "finish_reason": None}
    first = chunk(calls(entry('{"q":"a"}', name="search", id="call_1"), role="assistant"))
    first["choices"].append(open_choice)
    late = whole(None, tool_calls=[call("search", '{"q":"b"}')])
    assert transform([first, chunk({}, "tool_calls"), late]).of(TextContradicted) == []
