"""An error inside a response, behind which its usage or a finish comes: it stays the failure of the response (R12)."""

import asyncio

import pytest
from tests.server.test_pull import HI
from tests.server.test_queue_interface import Interface, drain, plain, push
from tests.support import Chunk, chunk

from unspool import ResponseFailedError, StepRecorder, rewritten_sync

ERROR = {"error": {"message": "overloaded", "code": "529"}}
USAGE = {**chunk({}), "choices": [], "usage": {"total_tokens": 3}}
FOLLOWERS = [[USAGE], [chunk({}, "stop")], [chunk({}, "stop"), USAGE], [ERROR]]


@pytest.mark.parametrize("before", [HI[:-2], []])
@pytest.mark.parametrize("behind", FOLLOWERS)
def test_the_pull_form_raises_it(before: list[Chunk], behind: list[Chunk]) -> None:
    with pytest.raises(ResponseFailedError, match="overloaded"):
        list(rewritten_sync([*before, ERROR, *behind]))


@pytest.mark.parametrize("behind", FOLLOWERS)
def test_the_queue_interface_raises_it(behind: list[Chunk]) -> None:
    interface = Interface()
    push(interface, [*HI[:-2], ERROR, *behind])
    interface.step_yield()
    with pytest.raises(ResponseFailedError, match="overloaded"):
        asyncio.run(drain(interface.get_generator()))


def test_usage_behind_an_error_belongs_to_the_response_that_failed() -> None:
    recorder = StepRecorder()
    with pytest.raises(ResponseFailedError):
        list(rewritten_sync([*HI[:-2], ERROR, USAGE], on_event=recorder))
    (step,) = recorder.steps
    assert (step.usage, str(step.failure), step.finished) == ({"total_tokens": 3}, "overloaded (529)", True)


def test_another_answer_behind_an_error_is_the_end_that_counts() -> None:
    list(rewritten_sync([*HI[:-2], ERROR, plain("again"), chunk({}, "stop")]))


def test_each_of_several_requests_that_failed_alone_is_a_result() -> None:
    """Their events have the same step number, 0."""
    recorder = StepRecorder()
    for _ in range(2):
        with pytest.raises(ResponseFailedError):
            list(rewritten_sync([ERROR], on_event=recorder))
    assert len(recorder.steps) == 2
