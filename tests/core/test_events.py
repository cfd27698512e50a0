"""The events: plain values with stable names."""

import json
from typing import get_args

import pytest
from tests.support import calls, chunk, entry, message_call, transform

from unspool.core.events import (
    FAULTS,
    ArgumentsDelta,
    ArgumentsFailed,
    ChoiceFinished,
    Event,
    Fault,
    QuirkSeen,
    RefusalDelta,
    ResponseFailed,
    StepFinished,
    StepStarted,
    TextDelta,
    ThoughtsDelta,
    ToolCallFinished,
    ToolCallStarted,
    UsageReported,
)


def test_the_faults_are_events() -> None:
    assert set(get_args(Fault)) == FAULTS <= set(get_args(Event))


@pytest.mark.parametrize("kind", get_args(Event))
def test_every_event_says_its_step_first(kind: type) -> None:
    assert kind._fields[0] == "step"  # type: ignore[attr-defined]


def test_a_response_as_events() -> None:
    """One of everything, in the order it happened."""
    stream = [
        chunk({"role": "assistant", "reasoning": "hm", "refusal": "no"}, id="r1", model="m1"),
        chunk(calls(entry('{"inner_thoughts":"so","message":"Hi', id="a", name="send_message")), id="r1"),
        chunk(calls(entry('"}')), id="r1"),
        chunk(calls(entry('{"q":1}', index=1, id="b", name="look_up")), id="r1"),
        chunk({"content": "Bye"}, "stop", id="r1"),
        {"id": "r1", "choices": [], "usage": {"total_tokens": 3}},
    ]
    assert transform(stream).events == [
        StepStarted(1, "r1", "m1"),
        ThoughtsDelta(1, 0, None, "hm"),
        RefusalDelta(1, 0, "no"),
        ToolCallStarted(1, 0, 0, "a", "send_message", True),
        ThoughtsDelta(1, 0, 0, "so"),
        TextDelta(1, 0, 0, "Hi"),
        ToolCallStarted(1, 0, 1, "b", "look_up", False),
        ArgumentsDelta(1, 0, 1, '{"q":1}'),
        TextDelta(1, 0, None, "Bye"),
        ToolCallFinished(1, 0, 0, True),
        ToolCallFinished(1, 0, 1, True),
        ChoiceFinished(1, 0, "stop"),
        UsageReported(1, {"total_tokens": 3}),
        StepFinished(1, True),
    ]


def test_faults_as_events() -> None:
    """R9, R12: the error ends the step; nothing else is claimed of it."""
    stream = [*message_call(["{oops"], finish=None), {"error": {"message": "no", "code": 502}}]
    assert [event for event in transform(stream).events if type(event) is not QuirkSeen] == [
        StepStarted(1, "chatcmpl-1", "m"),
        ToolCallStarted(1, 0, 0, "call_1", "send_message", True),
        ArgumentsFailed(1, 0, 0, "send_message", 1, "a key was expected"),
        ResponseFailed(1, "no", "502"),
        ToolCallFinished(1, 0, 0, False),
        StepFinished(1, False),
    ]


def test_events_can_leave_as_json() -> None:
    for event in transform(message_call(['{"message":"Hi"}'])).events:
        assert json.loads(json.dumps(event._asdict())) == event._asdict()


@pytest.mark.parametrize("kind", [TextDelta, ThoughtsDelta])
def test_events_are_equal_only_to_events_of_their_kind(kind: type) -> None:
    event = kind(1, 0, None, "x")
    assert event == kind(1, 0, None, "x")
    assert hash(event) == hash(kind(1, 0, None, "x"))
    assert event != kind(1, 0, None, "y")
    others = [ArgumentsDelta(1, 0, None, "x"), (1, 0, None, "x")]  # type: ignore[arg-type]  # equal members
    others += [other(1, 0, None, "x") for other in (TextDelta, ThoughtsDelta) if other is not kind]
    for other in others:
        assert not event == other  # noqa: SIM201 - both operators are under test
        assert event != other
        assert other != event
