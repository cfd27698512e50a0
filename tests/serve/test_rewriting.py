"""A body rewritten piece by piece: every cut of the bytes gives the same, and the same as `unspool rewrite`."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.serve.upstreams import ARGUMENTS, TEXT, chunk, event, message_stream
from tests.support import ROOT, run_installed

from unspool.core.options import Options, OtherTools
from unspool.serve.http.event_splitter import EventSplitter
from unspool.serve.http.request_log import StreamBroken
from unspool.serve.proxy.rewriting import PassedStream, RewrittenCompletion, RewrittenStream
from unspool.settings import Settings

SETTINGS = Settings(Options())
STREAMS = sorted((ROOT / "samples").glob("*.sse"))


def rewritten(data: bytes, *cuts: int, settings: Settings = SETTINGS) -> bytes:
    """What leaves of ``data``, cut at these offsets."""
    body = RewrittenStream(settings, lambda problem: None)
    places = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    parts = [body.feed(data[start:end]) for start, end in pairwise(places)]
    return b"".join([*parts, body.close()])


def texts(stream: bytes) -> str:
    """The content of a stream's chunks."""
    values = [json.loads(line[6:]) for line in stream.split(b"\n") if line.startswith(b"data: {")]
    deltas = [choice["delta"] for value in values for choice in value.get("choices", [])]
    return "".join(delta.get("content") or "" for delta in deltas)


def test_the_message_is_content() -> None:
    out = rewritten(b"".join(message_stream()))
    assert texts(out) == TEXT
    assert b"not for you" not in out
    assert out.endswith(b'"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n')


@pytest.mark.parametrize("sample", STREAMS, ids=lambda path: path.stem)
def test_the_records_are_those_of_rewrite(sample: Path) -> None:
    """Of a dialect too, whose records become chunks."""
    data = sample.read_bytes()
    done = run_installed(["rewrite", "--to", "sse", str(sample)])
    body = RewrittenStream(SETTINGS, lambda problem: None)
    out = body.feed(data) + body.close()
    expected = [one for one in done.stdout.split(b"\n\n") if one.startswith(b"data: {")]
    assert [json.loads(one[6:].replace(b"\ndata: ", b"\n")) for one in expected] == [
        json.loads(one.replace(b"\ndata: ", b"\n"))
        for event_ in out.replace(b"\r\n", b"\n").split(b"\n\n")
        for one in [event_.partition(b"data: ")[2]]
        if one.startswith(b"{") and not one.startswith(b'{"error": {"message"')
    ]


@pytest.mark.parametrize("number", [b"123456789012345678901234567890", b"1e400", b"0.12345678901234567890"])
def test_a_number_in_a_rewritten_chunk_keeps_its_digits_r1(number: bytes) -> None:
    """However many chunks arrive at once."""
    data = b"".join(message_stream()).replace(b'"choices"', b'"x": ' + number + b', "choices"')
    assert data.count(b'"x": ' + number) > 4
    for cuts in (range(0), range(0, len(data), 100)):
        out = rewritten(data, *cuts).replace(b'"x": ', b'"x":')
        assert out.count(b'"x":') == out.count(b'"x":' + number) > 4


@pytest.mark.parametrize("sample", STREAMS, ids=lambda path: path.stem)
def test_every_byte_alone_gives_the_same(sample: Path) -> None:
    data = sample.read_bytes()
    assert rewritten(data, *range(len(data))) == rewritten(data)


@pytest.mark.parametrize("end", [b"", b"\n", b"\n\n", b"\n\n\n", b"\r\n", b"\r\n\r\n"])
@pytest.mark.parametrize("sample", STREAMS, ids=lambda path: path.stem)
def test_a_second_proxy_changes_nothing(sample: Path, end: bytes) -> None:
    once = rewritten(sample.read_bytes().rstrip() + end)
    assert rewritten(once) == once


@given(st.lists(st.integers(0, 3000), max_size=8), st.integers(1, 9), st.sampled_from(["\n\n", "\r\n\r\n", "\r\r"]))
def test_every_cut_gives_the_same(cuts: list[int], size: int, end: str) -> None:
    data = b"".join(message_stream(size=size)).replace(b"\n\n", end.encode())
    assert texts(rewritten(data, *cuts)) == TEXT
    assert rewritten(data, *cuts) == rewritten(data)


@given(st.lists(st.sampled_from([b"\n", b"\r", b"\r\n", b"a", b"data: 1", b": x"]), max_size=20), st.integers(0, 40))
def test_the_splitter_loses_nothing(parts: list[bytes], cut: int) -> None:
    data = b"".join(parts)
    splitter = EventSplitter()
    events = [*splitter.feed(data[:cut]), *splitter.feed(data[cut:])]
    assert b"".join([*events, splitter.close()]) == data


def test_what_needs_no_change_keeps_its_bytes() -> None:
    """Comments, names of events, line ends and the spelling of JSON included (R1)."""
    data = (
        b": OPENROUTER PROCESSING\n\n"
        b'event: x\r\nid: 7\r\ndata: {"choices": [{"index":0, "delta":{"content":"a"}}], "n": 1e2}\r\n\r\n'
        b'data:{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\nretry: 3\n\ndata:[DONE]\n\n'
    )
    assert rewritten(data) == data


def test_a_held_chunk_leaves_as_the_bytes_it_came_in() -> None:
    """The name of a call came in pieces, and is none of a message tool."""
    first = b'data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"send_"}}]}}]}'
    held = first + b"\n\n"
    rest = chunk({"tool_calls": [{"index": 0, "function": {"name": "mail", "arguments": "{}"}}]})
    end = chunk({}, "tool_calls")
    assert rewritten(held + rest + end) == held + rest + end


def test_a_chunk_that_is_held_for_good_never_leaves_in_place_of_another() -> None:
    """The bytes of those were found by the identity of their chunks, which others had after them."""
    data = chunk({"tool_calls": [{"index": 1, "id": "b", "function": {"arguments": '{"q": '}}]})
    for name in ("send", "_mess", "age"):
        data += chunk({"tool_calls": [{"index": 0, "id": "a", "function": {"name": name, "arguments": ""}}]})
    pieces = ['{"message": "', *(f"{number} " for number in range(200)), '"}']
    for piece in pieces:
        data += chunk({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]})
    assert texts(rewritten(data, *range(0, len(data), 100))) == "".join(pieces[1:-1])


@pytest.mark.parametrize(
    ("stream", "reason"),
    [
        (b"".join(message_stream()[:-4]), "the stream ended"),
        (chunk({"role": "assistant", "content": "Hi"}), "the stream ended"),
        (b"".join(message_stream()[:5]) + b"data: [DONE]\n\n", ""),
        (b"".join(message_stream('{"message": "a" b}')), ""),
    ],
    ids=["inside the message", "no finish", "done too early", "arguments"],
)
def test_a_stream_that_is_not_whole_ends_with_an_error(stream: bytes, reason: str) -> None:
    out = rewritten(stream)
    *_, last = [one for one in out.split(b"\n\n") if one]
    error = json.loads(last.removeprefix(b"data: "))["error"]
    assert reason in error["message"]
    assert b"[DONE]" not in out


def test_an_error_of_the_provider_passes_once() -> None:
    stream = chunk({"content": "Hi"}) + event({"error": {"message": "overloaded", "code": 529}}) + b"data: [DONE]\n\n"
    assert rewritten(stream) == stream


def test_glued_events_come_apart() -> None:
    """B6: no client reads two events with no blank line between them."""
    events = [chunk({"content": "a"}), chunk({"content": "b"}), chunk({}, "stop"), b"data: [DONE]\n\n"]
    glued = b"".join(event.replace(b"\n\n", b"\n") for event in events) + b"\n"
    out = rewritten(glued)
    assert texts(out) == "ab"
    assert out.count(b"\n\n") == len(events)


@pytest.mark.parametrize(
    "error",
    [
        b'event: error\ndata: {"message": "overloaded", "type": "server_error"}\n\n',
        b"event: error\ndata: overloaded\n\n",
        b"error: overloaded\n\n",
    ],
)
def test_an_error_is_where_clients_look_for_it(error: bytes) -> None:
    """OpenAI's clients raise at a member `error` of the data, and at nothing else (R12, R17)."""
    out = rewritten(chunk({"content": "Hi"}) + error)
    assert json.loads(out.split(b"\n\n")[1].removeprefix(b"data: "))["error"]["message"] == "overloaded"


def test_a_break_comes_behind_all_that_was_whole() -> None:
    body = RewrittenStream(SETTINGS, lambda problem: None)
    events = message_stream()
    out = body.feed(b"".join(events[:8]) + events[8][:20]) + body.fail("the upstream failed")
    assert TEXT.startswith(texts(out))
    assert json.loads(out.split(b"\n\n")[-2][6:])["error"]["message"] == "the upstream failed"


@pytest.mark.parametrize("cut", range(30, 200, 7))
def test_an_event_that_was_cut_does_not_hide_the_error_behind_it(cut: int) -> None:
    """An upstream that died ends the body in the middle of an event, and a client stops at JSON that it cannot read."""
    data = b"".join(message_stream()[:9])
    out = rewritten(data[:-cut])
    values = [json.loads(one.removeprefix(b"data: ")) for one in out.split(b"\n\n")[:-1]]
    assert "the stream ended" in values[-1]["error"]["message"]
    assert TEXT.startswith(texts(out))
    assert b"half" in rewritten(data + b"half of a line")  # a server's own words


def test_a_break_behind_the_end_is_none() -> None:
    body = RewrittenStream(SETTINGS, lambda problem: None)
    body.feed(b"".join(message_stream()))
    assert body.fail("late") == b""


@pytest.mark.parametrize(
    ("interface", "end"),
    [
        (
            "anthropic",
            b'event: error\ndata: {"type": "error", "error": {"type": "api_error", "message": "it broke"}}\n\n',
        ),
        (
            "responses",
            b'event: error\ndata: {"type": "error", "code": "unspool_error", "message": "it broke", "param": null, '
            b'"sequence_number": 5}\n\n',
        ),
    ],
)
def test_a_passed_stream_breaks_between_two_events(interface: str, end: bytes) -> None:
    whole = b'event: a\ndata: {"type":"a","sequence_number":4}\n\n'
    body = PassedStream(interface)
    assert body.feed(whole + b'event: b\ndata: {"ty') + body.fail("it broke") == whole + end


def completion(data: bytes, options: Options | None = None) -> bytes:
    body = RewrittenCompletion(Settings(options or Options()), lambda problem: None)
    for at in range(0, len(data), 7):
        assert body.feed(data[at : at + 7]) == b""
    return body.close()


def whole(*calls: tuple[str, str], **members: object) -> bytes:
    made = [
        {"id": f"call_{at}", "type": "function", "function": {"name": name, "arguments": arguments}}
        for at, (name, arguments) in enumerate(calls)
    ]
    message = {"role": "assistant", "content": None, "refusal": None, **({"tool_calls": made} if made else {})}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "tool_calls" if made else "stop"}
    value = {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], **members}
    return json.dumps(value).encode()


def test_a_whole_completion_is_rewritten() -> None:
    value = json.loads(completion(whole(("send_message", ARGUMENTS), usage={"total_tokens": 3})))
    assert value["choices"] == [
        {
            "index": 0,
            "message": {"role": "assistant", "content": TEXT, "refusal": None},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ]
    assert (value["object"], value["usage"]) == ("chat.completion", {"total_tokens": 3})


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ('{"message": Hi}', "the arguments of send_message cannot be read from character 12"),
        ("nonsense", "there is no object in them"),
        ('{"message": "Hi', "finish_reason tool_calls came while the arguments of send_message were open"),
    ],
)
def test_a_message_that_cannot_be_read_is_no_empty_answer_r17(arguments: str, reason: str) -> None:
    with pytest.raises(StreamBroken, match=reason):
        completion(whole(("send_message", arguments)))
    cut = completion(whole(("send_message", '{"message": "Hi')).replace(b'"tool_calls"}', b'"length"}'))
    (choice,) = json.loads(cut)["choices"]
    assert (choice["message"]["content"], choice["finish_reason"]) == ("Hi", "length")


def test_other_calls_of_a_completion_stay() -> None:
    value = json.loads(completion(whole(("look_up", '{"q":1}'), ("send_message", ARGUMENTS))))
    (choice,) = value["choices"]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["tool_calls"] == [
        {"id": "call_0", "type": "function", "function": {"name": "look_up", "arguments": '{"q":1}'}}
    ]
    assert choice["message"]["content"] == TEXT
    dropped = json.loads(
        completion(whole(("look_up", "{}"), ("send_message", ARGUMENTS)), Options(other_tools=OtherTools.DROP))
    )
    assert "tool_calls" not in dropped["choices"][0]["message"]


@pytest.mark.parametrize("data", [whole(("look_up", "{}")), whole(), b"<html>", b"", b'{"error": {"message": "no"}}'])
def test_a_completion_without_a_message_keeps_its_bytes(data: bytes) -> None:
    assert completion(data) == data
