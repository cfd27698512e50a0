"""The pull form, the results and the SSE helper: what a route of a web server needs besides."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

import httpx2
import openai
import pytest
from openai.types.chat import ChatCompletionChunk
from tests.support import Chunk, calls, chunk, entry, message_call

from unspool import (
    ChatCompletionsStreamingInterface,
    NotAChunk,
    Options,
    OtherTools,
    ResponseFailedError,
    SourceFailed,
    StepRecorder,
    StreamIncompleteError,
    rewritten,
    rewritten_sync,
    sse_events,
)
from unspool.server.queue_interface import StreamFault, StreamStatus
from unspool.server.results import CallResult

HI = message_call(['{"inner_thoughts":"secret","message":"Hi', '"}'])
SEARCH = [
    chunk(calls(entry('{"inner_thoughts":"se', id="c", name="search"), role="assistant", content=None)),
    chunk(calls(entry('cret","q":1e2}'))),
    chunk({}, "tool_calls", usage={"total_tokens": 3}),
]


class Stream:
    """An asynchronous stream of chunks that knows whether it was closed."""

    def __init__(self, chunks: Iterable[Any]) -> None:
        self._chunks = iter(chunks)
        self.closed = False

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        try:
            return next(self._chunks)
        except StopIteration:
            raise StopAsyncIteration from None

    async def close(self) -> None:
        self.closed = True


def collect(chunks: AsyncIterator[Any]) -> tuple[list[Any], Exception | None]:
    """All that came, and what was raised after it."""

    async def read() -> tuple[list[Any], Exception | None]:
        found = []
        try:
            async for one in chunks:
                found.append(one)  # noqa: PERF401 - what came before an error counts
        except Exception as error:
            return found, error
        return found, None

    return asyncio.run(read())


def text(chunks: list[Any]) -> str:
    models = [one if isinstance(one, ChatCompletionChunk) else ChatCompletionChunk.construct(**one) for one in chunks]
    return "".join(choice.delta.content or "" for one in models for choice in one.choices)


@pytest.mark.parametrize("form", [dict, ChatCompletionChunk.model_validate, lambda one: ChatCompletionChunk(**one)])
def test_chunks_come_out_in_the_form_they_came_in(form: Any) -> None:
    stream = Stream(map(form, HI))
    found, error = collect(rewritten(stream))
    assert error is None
    assert stream.closed
    assert text(found) == "Hi"
    assert {type(one) for one in found} == {type(form(HI[0]))}
    assert "secret" not in repr(found)
    assert list(rewritten_sync(map(form, HI))) == found


@pytest.mark.parametrize(
    ("chunks", "raises"),
    [
        (HI[:2], StreamIncompleteError),
        ([], StreamIncompleteError),
        ([*HI[:2], {"error": {"message": "no", "code": "busy"}}], ResponseFailedError),
    ],
)
def test_what_failed_is_raised_after_all_text(chunks: list[Chunk], raises: type[Exception]) -> None:
    found, error = collect(rewritten(Stream(chunks)))
    assert type(error) is raises
    assert text(found) == ("Hi" if chunks else "")
    with pytest.raises(raises):
        list(rewritten_sync(chunks))


def test_leaving_early_closes_the_stream() -> None:
    async def read(stream: Stream) -> None:
        generator = rewritten(stream)
        await anext(generator)
        await generator.aclose()

    stream = Stream(HI)
    asyncio.run(read(stream))
    assert stream.closed


def test_the_recorder_keeps_what_was_in_the_stream() -> None:
    options = Options(other_tools=OtherTools.DROP, message_arguments=True)
    recorder = StepRecorder(options)
    collect(rewritten(Stream([*SEARCH, *[{**one, "id": "2"} for one in HI]]), options, on_event=recorder))
    search, hi = recorder.steps
    assert (search.text, search.finish_reason, search.usage) == ("", "tool_calls", {"total_tokens": 3})
    [call] = search.calls
    assert (call.id, call.name, call.message, call.complete) == ("c", "search", False, True)
    assert call.arguments == '{"inner_thoughts":"secret","q":1e2}'
    assert call.public_arguments == '{"q":1e2}'
    assert (hi.text, hi.finish_reason, hi.complete) == ("Hi", "tool_calls", True)
    assert hi.calls[0].public_arguments == '{"message":"Hi"}'


def test_the_interface_keeps_its_steps() -> None:
    interface = ChatCompletionsStreamingInterface()
    for step in (SEARCH, HI[:2]):
        for one in step:
            interface.process_chunk(one)
        interface.stream_end()
    search, cut = interface.steps
    assert (search.complete, search.calls[0].name) == (True, "search")
    assert (cut.complete, cut.text) == (False, "Hi")


@pytest.mark.parametrize(
    ("arguments", "public"),
    [
        ('{"t":1}', "{}"),
        ('{"t":"\\"}", "a": [1e2, {"t":3}] , "t":2}', '{"a": [1e2, {"t":3}]}'),
        ('{"a":1,}', '{"a":1}'),  # A14
        ('{"t":"secret","a":"x', '{"a": "x"}'),
        ("", "{}"),
        ("nonsense", ""),
    ],
)
def test_arguments_without_thoughts(arguments: str, public: str) -> None:
    assert CallResult("", "x", False, arguments, thoughts_arguments=("t",)).public_arguments == public


def events(chunks: AsyncIterator[Any]) -> list[str]:
    found, error = collect(sse_events(chunks))
    assert error is None
    return [one.decode() for one in found]


def test_a_complete_stream_ends_with_done() -> None:
    *sent, last = events(rewritten(Stream(map(ChatCompletionChunk.model_validate, HI))))
    assert last == "data: [DONE]\n\n"
    assert all(one.startswith("data: {") and one.endswith("}\n\n") and "null" not in one for one in sent)
    chunks = [ChatCompletionChunk.model_validate_json(one[len("data: ") :]) for one in sent]
    assert text(chunks) == "Hi"


def test_a_stream_that_failed_ends_with_an_error_event() -> None:
    *_, last = events(rewritten(Stream(HI[:2])))
    assert last.startswith('event: error\ndata: {"error":{"message":"the stream ended before')

    async def failing() -> AsyncIterator[Any]:
        yield HI[0]
        raise SourceFailed("model", "HTTP 429: slow", status=429, retry_after=7.0)

    *_, last = events(failing())
    assert json.loads(last.partition("data: ")[2])["error"]["retry_after"] == 7.0


def test_an_error_event_always_has_a_message() -> None:
    """Python's own TimeoutError is empty."""

    async def late() -> AsyncIterator[Chunk]:
        yield HI[0]
        raise TimeoutError

    async def main() -> list[bytes]:
        return [event async for event in sse_events(late())]

    assert b'"message":"TimeoutError"' in asyncio.run(main())[-1]


def test_markers_become_comments_and_errors() -> None:
    interface = ChatCompletionsStreamingInterface(timeout=0.1, keep_alive=0.04, status_markers=True)
    for one in HI:
        interface.process_chunk(one)
    interface.step_complete()
    sent = events(interface.get_generator())
    assert ": keep-alive\n\n" in sent
    assert sent[-1].startswith("event: error\n")


@pytest.mark.parametrize("chunks", [HI, HI[:2], []])
def test_the_events_of_a_stream_that_blocks_are_the_same(chunks: list[Chunk]) -> None:
    """A route that is an ordinary function, or a server that is not asynchronous, reads an ordinary generator."""
    sent = list(sse_events(rewritten_sync(chunks)))
    assert [one.decode() for one in sent] == events(rewritten(Stream(chunks)))
    assert list(sse_events([*HI[:1], StreamStatus.KEEP_ALIVE, StreamFault(ValueError("no")), *HI[:1]]))[1:] == [
        b": keep-alive\n\n",
        b'event: error\ndata: {"error":{"message":"no","type":"ValueError"}}\n\n',
    ]


def test_leaving_the_events_early_closes_a_stream_that_blocks() -> None:
    closed = []

    def stream() -> Iterator[Chunk]:
        try:
            yield from HI
        finally:
            closed.append(True)

    sent = sse_events(rewritten_sync(stream()))
    next(sent)
    sent.close()
    assert closed == [True]


NULLS = [chunk({"role": "assistant", "content": "Hi"}), chunk({}, "stop")]
NULLS[1]["choices"][0]["delta"] = None  # Q4


def test_a_delta_that_is_null_is_empty_in_models_and_events_q4() -> None:
    models = [ChatCompletionChunk.construct(**one) for one in [*NULLS, {**NULLS[0], "choices": None}]]
    assert models[1].choices[0].delta is None
    assert text(list(rewritten_sync(models))) == "Hi"
    assert list(rewritten_sync(NULLS)) == NULLS  # R1: a dict that needs no change is the same
    sent = events(Stream(NULLS))
    assert json.loads(sent[1].removeprefix("data: "))["choices"] == [{"index": 0, "delta": {}, "finish_reason": "stop"}]


IN_ITS_PLACE = {
    "q72": [chunk({}) | {"choices": [{"index": 0, "delta": word}]} for word in ("Hi", " you")] + [chunk({}, "stop")],
    "q22": [
        {"id": "c", "object": "text_completion", "choices": [{"index": 0, "text": word, "finish_reason": finish}]}
        for word, finish in (("Hi", None), (" you", "stop"))
    ],
    "an index that is none": [
        chunk({}) | {"choices": [{"index": [], "delta": {"content": "Hi you"}, "finish_reason": "stop"}]}
    ],
}


@pytest.mark.parametrize("chunks", IN_ITS_PLACE.values(), ids=IN_ITS_PLACE)
def test_text_in_the_place_of_a_delta_is_content_in_models_and_events(chunks: list[Chunk]) -> None:
    assert list(rewritten_sync(chunks)) == chunks  # R1
    assert text(list(rewritten_sync([ChatCompletionChunk.construct(**one) for one in chunks]))) == "Hi you"
    interface = ChatCompletionsStreamingInterface()
    for one in chunks:
        interface.process_chunk(one)
    interface.step_yield()
    assert text(collect(interface.get_generator())[0]) == "Hi you"
    deltas = [json.loads(one.removeprefix("data: "))["choices"][0]["delta"] for one in events(Stream(chunks))[:-1]]
    assert "".join(delta.get("content", "") for delta in deltas) == "Hi you"


def test_an_error_that_the_clients_package_raises_is_the_failure_of_the_step() -> None:
    """It was reported as a response that was cut."""
    body = {"message": "no", "code": "busy"}

    def failing() -> Iterator[Chunk]:
        yield from HI[:2]
        raise openai.APIError("no", httpx2.Request("POST", "http://127.0.0.1"), body=body)

    recorder = StepRecorder()
    with pytest.raises(ResponseFailedError) as raised:
        list(rewritten_sync(failing(), on_event=recorder))
    (step,) = recorder.steps
    assert (type(step.failure), str(step.failure)) == (ResponseFailedError, str(raised.value))
    assert (step.text, step.finished, step.calls[0].complete) == ("Hi", True, False)


@pytest.mark.parametrize("line", [json.dumps(HI[0]), json.dumps(HI[0]).encode()])
def test_lines_that_were_not_parsed_are_named(line: Any, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(NotAChunk, match=r"not a chunk; parse it with json\.loads"):
        list(rewritten_sync([line] * 9))
    assert len(caplog.records) == 4
    assert caplog.messages[-1] == "6 more that are no chunks"


def test_bytes_that_were_not_parsed_are_named() -> None:
    with pytest.raises(NotAChunk, match="bytes of a response, which relay reads, and no chunk"):
        list(rewritten_sync([b"data: {}\n\n"]))
    for one in (b"data: {}\n\n", "data: {}", 7, None, [HI[0]]):
        with pytest.raises(TypeError, match=f"a chunk must be a dict or a model, not {type(one).__name__}"):
            list(sse_events([one]))


def test_an_event_of_another_wire_format_is_named() -> None:
    event = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi"}}
    with pytest.raises(NotAChunk, match="it is of the wire format anthropic, which relay reads, and no chunk"):
        list(rewritten_sync([event]))


async def _later() -> None:
    """A call that was not awaited."""


@pytest.mark.parametrize("value", ["text", b"text", HI[0], None, 3])
def test_what_is_no_stream_of_chunks_is_refused(value: Any) -> None:
    for form in (rewritten_sync, sse_events):
        with pytest.raises(TypeError, match=r"a stream must be an iterable of chunks, .*, not "):
            list(form(value))
    assert "a stream must be an iterable of chunks" in str(collect(rewritten(value))[1])


def test_a_stream_of_the_other_kind_is_named() -> None:
    assert str(collect(rewritten(HI))[1]).endswith("not list; rewritten_sync takes one that blocks")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="not Stream; rewritten takes an asynchronous one"):
        list(rewritten_sync(Stream(HI)))  # type: ignore[arg-type]
    call = _later()
    assert str(collect(rewritten(call))[1]).endswith("not coroutine; await it first")  # type: ignore[arg-type]
    call.close()
