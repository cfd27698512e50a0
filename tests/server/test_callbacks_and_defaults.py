"""What a server's author gets wrong, or leaves out: failing callbacks, limits of zero, no options."""

import asyncio
from typing import Any

import pytest
from tests.server.test_pull import HI, SEARCH, Stream, collect
from tests.server.test_queue_interface import Interface, drain, plain, push, said
from tests.support import chunk

from unspool import Options, StepRecorder, StreamStatus, rewritten, rewritten_sync
from unspool.core.events import Event, StepFinished


def broken(event: Event) -> None:
    raise RuntimeError("the callback is broken")


def test_a_failing_callback_keeps_no_chunk_and_no_end_back(caplog: pytest.LogCaptureFixture) -> None:
    """It is called when the chunk is queued: raised to the caller, a retry would push the text twice."""
    interface = Interface(on_event=broken)
    push(interface, [plain("a"), plain("b"), chunk({}, "stop")])
    interface.step_yield()
    assert said(asyncio.run(drain(interface.get_generator()))) == ["a", "b"]
    assert "the callback is broken" in caplog.text


@pytest.mark.parametrize("end", ["step_complete", "step_yield"])
def test_a_callback_may_end_the_stream_while_its_last_step_is_closed(end: str) -> None:
    """The stream ends once, and no marker follows its end."""

    def finish(event: Event) -> None:
        if isinstance(event, StepFinished):
            interface.step_yield()

    interface = Interface(on_event=finish, status_markers=True)
    push(interface, [plain("text")])
    getattr(interface, end)()
    assert asyncio.run(drain(interface.get_generator()))[1:] == [StreamStatus.DONE]
    with pytest.raises(RuntimeError, match="ended"):
        interface.get_generator()


def test_a_failing_callback_leaves_the_pull_form_whole(caplog: pytest.LogCaptureFixture) -> None:
    found, failure = collect(rewritten(Stream(HI), on_event=broken))
    assert ("".join(one["choices"][0]["delta"].get("content", "") for one in found), failure) == ("Hi", None)
    assert "the callback is broken" in caplog.text


@pytest.mark.parametrize("seconds", [0, -1.0])
def test_a_keep_alive_without_a_time_is_refused(seconds: float) -> None:
    """Its markers would have no end."""
    with pytest.raises(ValueError, match="keep_alive must be a positive number"):
        Interface(keep_alive=seconds).get_generator()


@pytest.mark.parametrize("options", [None, Options()], ids=["default", "passed"])
def test_other_tools_are_dropped_unless_options_pass_them(options: Options | None) -> None:
    """R6, R7: without options no thoughts of another tool's call reach the client."""
    ways: list[list[Any]] = [collect(rewritten(Stream(SEARCH), options))[0], list(rewritten_sync(SEARCH, options))]
    for found in ways:
        assert ("secret" in "".join(str(one) for one in found) or "'cret" in str(found)) == (options is not None)
        assert ("tool_calls" in str(found)) == (options is not None)


@pytest.mark.parametrize(
    ("chunks", "refusal", "how"),
    [
        ([chunk({"refusal": "I can"}), chunk({"refusal": "not."}), chunk({}, "stop")], "I cannot.", "refused"),
        ([chunk({"content": ""}), chunk({}, "content_filter")], "content_filter", "filtered (content_filter)"),
    ],
)
def test_a_refused_response_is_no_answer_r17(
    chunks: list[Any], refusal: str, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    interface = Interface()
    push(interface, chunks)
    interface.step_yield()
    (step,) = interface.steps
    assert (step.refusal, step.text, step.complete, step.failure) == (refusal, "", False, None)
    assert f"the answer was {how}\n" in caplog.text


def test_a_recorder_of_its_own_knows_refusals_too() -> None:
    recorder = StepRecorder()
    list(rewritten_sync([chunk({"refusal": "No."}), chunk({}, "stop")], on_event=recorder))
    assert recorder.steps[0].refusal == "No."


def test_a_cancelled_drain_leaves_nothing_behind() -> None:
    async def main() -> int:
        interface = Interface(maxsize=1)
        push(interface, [plain("a")])
        waiting = [asyncio.create_task(interface.drain()) for _ in range(3)]
        await asyncio.sleep(0)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        return len(interface._queue._producing)

    assert asyncio.run(main()) == 0
