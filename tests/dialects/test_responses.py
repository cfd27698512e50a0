"""OpenAI Responses as chunks."""

import json
from functools import partial
from typing import Any

import pytest
from tests.dialects.said import Said, Value, beyond, chat, chunks_of
from tests.support import jsonl, run_here, sse

from unspool.core.errors import NotAChunk
from unspool.dialects.responses import Responses

RESPONSE = {"id": "resp_1", "object": "response", "created_at": 1790000000.5, "model": "gpt"}
USAGE = {
    "input_tokens": 5,
    "input_tokens_details": {"cached_tokens": 3},
    "output_tokens": 7,
    "output_tokens_details": {"reasoning_tokens": 2},
    "total_tokens": 12,
}
START = {"type": "response.created", "response": {**RESPONSE, "status": "in_progress", "output": []}}


def ends(status: str = "completed", output: Any = (), **members: Any) -> Value:
    response = {**RESPONSE, "status": status, "output": list(output), "usage": USAGE, **members}
    return {"type": f"response.{status}", "response": response}


def event(kind: str, place: int = 0, **members: Any) -> Value:
    return {"type": f"response.{kind}", "output_index": place, "item_id": f"item_{place}", **members}


def added(place: int, kind: str, **members: Any) -> Value:
    return event("output_item.added", place, item={"id": f"item_{place}", "type": kind, **members})


def done(place: int, kind: str, **members: Any) -> Value:
    return event("output_item.done", place, item={"id": f"item_{place}", "type": kind, **members})


def message(place: int, text: str, **members: Any) -> Value:
    part = {"type": "output_text", "text": text, "annotations": [], **members}
    return {"id": f"item_{place}", "type": "message", "role": "assistant", "content": [part]}


def call(place: int, arguments: str = "", name: str = "weather") -> Value:
    return {
        "id": f"item_{place}",
        "type": "function_call",
        "call_id": f"call_{place}",
        "name": name,
        "arguments": arguments,
    }


def said(*events: Value) -> Said:
    return chat(chunks_of(Responses(), events))


def text(*pieces: str, place: int = 0) -> list[Value]:
    deltas = [event("output_text.delta", place, content_index=0, delta=one, logprobs=[]) for one in pieces]
    whole = "".join(pieces)
    return [
        added(place, "message", content=[]),
        event("content_part.added", place, content_index=0, part={"type": "output_text", "text": ""}),
        *deltas,
        event("output_text.done", place, content_index=0, text=whole),
        event("content_part.done", place, content_index=0, part={"type": "output_text", "text": whole}),
        event("output_item.done", place, item=message(place, whole)),
    ]


def calls(place: int, *fragments: str, name: str = "weather") -> list[Value]:
    whole = "".join(fragments)
    return [
        event("output_item.added", place, item=call(place, "", name)),
        *(event("function_call_arguments.delta", place, delta=one) for one in fragments),
        event("function_call_arguments.done", place, arguments=whole),
        event("output_item.done", place, item=call(place, whole, name)),
    ]


DONE: dict[str, Any] = {"finishes": ["stop"], "usages": [(5, 7)]}
CALLED: dict[str, Any] = {"finishes": ["tool_calls"], "usages": [(5, 7)]}


def test_text_is_said_once_though_it_comes_four_times() -> None:
    end = ends(output=[message(0, "Hello")], service_tier="default")
    chunks = chunks_of(Responses(), [START, *text("Hel", "", "lo"), end])
    assert chat(chunks) == Said(text="Hello", **DONE)
    assert {(chunk["id"], chunk["model"], chunk["created"]) for chunk in chunks} == {("resp_1", "gpt", 1790000000)}
    assert chunks[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert [chunk.get("service_tier") for chunk in chunks] == [None, None, None, "default", None]
    assert chunks[-1]["usage"] == {
        "prompt_tokens": 5,
        "completion_tokens": 7,
        "total_tokens": 12,
        "prompt_tokens_details": {"cached_tokens": 3},
        "completion_tokens_details": {"reasoning_tokens": 2},
    }
    assert beyond(chunks) == {}


def test_calls_are_numbered_apart_from_items() -> None:
    """The output_index counts reasoning and messages too."""
    events = [added(0, "reasoning"), *text("I will look.", place=1), *calls(2, '{"a":', "1}"), *calls(4, "{}")]
    chunks = chunks_of(Responses(), [START, *events, ends()])
    two = [("call_2", "weather", {"a": 1}), ("call_4", "weather", {})]
    assert chat(chunks) == Said("I will look.", calls=two, **CALLED)
    entries = [
        entry for chunk in chunks for choice in chunk["choices"] for entry in choice["delta"].get("tool_calls", [])
    ]
    assert [entry["index"] for entry in entries] == [0, 0, 0, 1, 1]


def test_parallel_calls_may_interleave() -> None:
    first, second = calls(0, '{"x":', "1}"), calls(1, '{"y":', "2}")
    woven = [one for pair in zip(first, second, strict=True) for one in pair]
    assert said(START, *woven, ends()).calls == [("call_0", "weather", {"x": 1}), ("call_1", "weather", {"y": 2})]


@pytest.mark.parametrize(
    "events",
    [
        [added(0, "function_call", call_id="call_0", name="weather", arguments=""), *calls(0, '{"a":1}')[2:]],
        [calls(0)[0], done(0, "function_call", call_id="call_0", name="weather", arguments='{"a":1}')],
        [event("output_item.done", 0, item=call(0, '{"a":1}'))],
        [calls(0)[0], event("function_call_arguments.done", 0, arguments='{"a":1}')],
        [],
        [calls(0)[0]],
        [calls(0)[0], {"type": "response.function_call_arguments.delta", "item_id": "item_0", "delta": '{"a":1}'}],
        [event("function_call_arguments.delta", 0, delta='{"a":1}'), calls(0, '{"a":1}')[-1]],
    ],
    ids=[
        "done without deltas",
        "whole in the item",
        "no beginning",
        "no end",
        "in the last snapshot alone",
        "begun, then in the snapshot",
        "known by the item's id",
        "named at the end",
    ],
)
def test_a_call_is_heard_wherever_it_stands(events: list[Value]) -> None:
    end = ends(output=[message(1, ""), call(0, '{"a":1}')])
    assert said(START, *events, end) == Said(calls=[("call_0", "weather", {"a": 1})], **CALLED)


def test_thoughts_and_the_item_that_must_be_sent_back() -> None:
    item = {"summary": [{"text": "Hm. So."}], "content": [{"text": "raw"}], "encrypted_content": "eHg="}
    events = [
        added(0, "reasoning"),
        event("reasoning_summary_text.delta", summary_index=0, delta="Hm."),
        event("reasoning_summary_text.delta", summary_index=0, delta=" So."),
        event("reasoning_summary_text.done", summary_index=0, text="Hm. So."),
        event("reasoning_text.done", content_index=0, text="raw"),
        done(0, "reasoning", **item),
    ]
    chunks = chunks_of(Responses(), [START, *events, ends(output=[{"id": "item_0", "type": "reasoning", **item}])])
    assert chat(chunks) == Said(thoughts="Hm. So.raw", **DONE)
    (kept,) = beyond(chunks)["reasoning"]
    assert kept["encrypted_content"] == "eHg="


def test_a_refusal() -> None:
    events = [
        event("refusal.delta", content_index=0, delta="I "),
        event("refusal.delta", content_index=0, delta="won't"),
    ]
    last = event("refusal.done", content_index=0, refusal="I won't")
    assert said(START, *events, last, ends()) == Said(refusal="I won't", **DONE)
    assert said(START, last, ends()).refusal == "I won't"


@pytest.mark.parametrize(
    ("details", "finish", "kept"),
    [
        ({"reason": "max_output_tokens"}, "length", False),
        ({"reason": "content_filter"}, "content_filter", False),
        ({"reason": "new"}, "length", True),
        (None, "length", True),
    ],
)
def test_an_incomplete_response_finishes(details: Any, finish: str, kept: bool) -> None:
    chunks = chunks_of(Responses(), [START, *text("Hi"), ends("incomplete", incomplete_details=details)])
    assert chat(chunks) == Said(text="Hi", finishes=[finish], usages=[(5, 7)])
    assert beyond(chunks) == ({"incomplete_details": [details]} if kept else {})


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (ends("failed", error={"code": "server_error", "message": "It broke"}), "It broke (code server_error)"),
        (ends("failed"), "the response is failed"),
        ({"type": "error", "code": "rate", "message": "Slower", "sequence_number": 3}, "Slower (code rate)"),
        ({"type": "error", "error": {"type": "rate", "message": "Slower"}, "sequence_number": 3}, "Slower (code rate)"),
        ({"type": "error", "sequence_number": 3}, "an error without a message"),
    ],
)
def test_an_error_ends_the_response(error: Value, shown: str) -> None:
    """R12."""
    ran = run_here(["text"], jsonl([START, *text("Hi"), error]))
    assert (ran.code, ran.stdout) == (5, b"Hi\n")
    assert shown in ran.stderr
    assert said(START, *text("Hi"), error).errors == 1


def test_a_response_without_its_end_is_incomplete() -> None:
    """R11."""
    ran = run_here(["text"], jsonl([START, *text("Hi")]))
    assert (ran.code, ran.stdout) == (4, b"Hi\n")


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("before", [[], [{"id": "rs", "type": "reasoning", "summary": []}]])
def test_a_whole_response_that_does_not_say_what_it_is(before: list[Value], indent: int | None) -> None:
    """It was taken for JSON around its output, whose messages look like Anthropic's: exit code 3 or 4."""
    text = {"type": "output_text", "text": "At nine.", "annotations": []}
    message = {"id": "m", "type": "message", "role": "assistant", "status": "completed", "content": [text]}
    body = {"id": "r", "model": "m", "status": "completed", "output": [*before, message], "usage": USAGE}
    ran = run_here(["text"], json.dumps(body, indent=indent).encode())
    assert (ran.stdout, ran.code, ran.stderr) == (b"At nine.\n", 0, "")


@pytest.mark.parametrize(
    ("status", "code"), [("completed", 0), ("incomplete", 0), ("failed", 5), ("cancelled", 5), ("in_progress", 4)]
)
def test_a_whole_response_is_read_at_once(status: str, code: int) -> None:
    output = [message(0, "Hi"), call(1, '{"message":"there"}', "send_message")]
    body = {**RESPONSE, "status": status, "output": output, "usage": USAGE}
    ran = run_here(["text"], jsonl([body]))
    assert (ran.code, ran.stdout) == (code, b"Hi\nthere\n")


@pytest.mark.parametrize(
    ("members", "code", "finish"),
    [
        ({"usage": USAGE}, 0, "stop"),
        ({"usage": USAGE, "status": None}, 0, "stop"),
        ({"usage": USAGE, "incomplete_details": {"reason": "max_output_tokens"}}, 0, "length"),
        ({"usage": USAGE, "error": {"message": "No more today."}}, 5, None),
        ({"status": "complete"}, 0, "stop"),
        ({}, 4, None),
    ],
    ids=["usage", "null", "incomplete", "error", "complete", "no usage"],
)
def test_a_whole_response_without_a_status_has_ended_if_it_has_a_usage(
    members: Value, code: int, finish: str | None
) -> None:
    """OpenRouter's whole responses have no status, and early ones of OpenAI's had another word."""
    body = jsonl([{**RESPONSE, "output": [message(0, "Hi")], **members}])
    ran = run_here(["text"], body)
    assert (ran.code, ran.stdout) == (code, b"Hi\n")
    row = run_here(["table", "--columns", "finish"], body).stdout
    assert json.loads(row) == {"finish": finish}


@pytest.mark.parametrize("kind", ["output_item.added", "content_part.added", "reasoning_summary_part.added"])
def test_a_beginning_that_does_not_say_of_what_is_no_fault(kind: str) -> None:
    """Servers for tests send the type alone (router-for-me/CLIProxyAPI): the deltas say the rest."""
    ran = run_here(["text"], jsonl([START, {"type": f"response.{kind}"}, *text("Hi"), ends()]))
    assert (ran.code, ran.stdout, ran.stderr) == (0, b"Hi\n", "")


def test_responses_one_behind_the_other_are_steps() -> None:
    """R13, and an end alone is a response too."""
    response = [START, {**START, "type": "response.in_progress"}, *text("Hi"), ends()]
    again = [START, *text("Ha"), ends()]
    ran = run_here(["events"], sse([*response, *again, ends(output=[message(0, "Ho")])], done=False))
    assert ran.code == 0
    assert ran.stdout.count(b'"event":"step_end"') == 3
    begun = {**START, "response": {**RESPONSE, "id": "resp_2"}}
    ran = run_here(["text", "--single-step"], jsonl([*response, begun, *text("Ho")]))
    assert (ran.code, ran.stdout) == (0, b"Hi\n")


def test_a_message_call_speaks_while_it_arrives() -> None:
    fragments = ['{"inner_thoughts":"Hm"', ',"mess', 'age":"H', "i\\u00", 'e9"}']
    events = [START, *calls(0, *fragments, name="send_message"), ends()]
    assert run_here(["text"], sse(events, done=False)) == (0, "Hié\n".encode(), "")
    assert run_here(["text", "--thoughts=reasoning"], jsonl(events)).stdout == "Hm\nHié\n".encode()
    assert run_here(["events"], jsonl(events)).stdout.count(b'"event":"text"') == 3


def test_what_has_no_place_rides_in_the_extension() -> None:
    search = added(0, "web_search_call", status="in_progress")
    searching = event("web_search_call.searching")
    found = done(0, "web_search_call", status="completed")
    annotation = {"type": "url_citation", "url": "https://a.example"}
    cited = event("output_text.annotation.added", 1, content_index=0, annotation_index=0, annotation=annotation)
    named = event("output_item.added", 3, item={**call(3, "{}"), "created_by": "m"})
    snapshot = [message(1, "Hi", annotations=[annotation]), {"type": "compaction", "encrypted_content": "x"}]
    end = {**ends(output=[found["item"], *snapshot]), "copilot_usage": 1}
    events = [START, search, searching, found, *text("Hi", place=1), cited, named, end]
    chunks = chunks_of(Responses(), events)
    assert beyond(chunks) == {
        "web_search_call": [search, found],
        "response.web_search_call.searching": [searching],
        "annotations": [[annotation]],
        "function_call": [{"created_by": "m"}],
        "compaction": [snapshot[1]],
        "copilot_usage": [1],
    }
    assert chat(chunks).text == "Hi"


def test_log_probabilities_are_those_of_chat_completions() -> None:
    entry = {"token": "Hi", "logprob": -0.5, "top_logprobs": [{"token": "Hi", "logprob": -0.5, "bytes": None}]}
    delta = event("output_text.delta", content_index=0, delta="Hi", logprobs=[entry])
    chunks = chunks_of(Responses(), [START, delta, ends()])
    assert chunks[1]["choices"][0]["logprobs"] == {"content": [{"bytes": None, **entry}], "refusal": None}
    odd = event("output_text.delta", content_index=0, delta="Hi", logprobs=[3])
    assert "logprobs" not in chunks_of(Responses(), [START, odd])[1]["choices"][0]
    chat(chunks)


@pytest.mark.parametrize(
    "value",
    [
        7,
        None,
        [],
        {},
        {"type": 3},
        {"type": "message_start"},
        {"type": "response.completed", "response": []},
        {"type": "response.output_item.done", "item": 1},
        {"choices": []},
    ],
)
def test_what_is_no_event_is_refused_and_changes_nothing(value: Any) -> None:
    """R10."""
    dialect = Responses()
    events = [START, *text("Hel", "lo"), ends()]
    chunks = [chunk for one in events[:4] for chunk in dialect.feed(one)]
    with pytest.raises(NotAChunk):
        dialect.feed(value)
    chunks += [chunk for one in events[4:] for chunk in dialect.feed(one)]
    assert chat(chunks) == Said(text="Hello", **DONE)


@pytest.mark.parametrize(("end", "finish"), [("completed", "stop"), ("done", "stop"), ("incomplete", "length")])
def test_events_of_a_response_may_be_without_it(end: str, finish: str) -> None:
    """Relays send their type alone, or null."""
    delta = {"type": "response.output_text.delta", "delta": "Hi"}
    for begin in ([], [event("created")], [event("created", response=None), event("in_progress"), event("created")]):
        chunks = chunks_of(Responses(), [*begin, delta, event(end), event("done")])
        assert chat(chunks).text == "Hi"
        assert [finish] == [one["choices"][0]["finish_reason"] for one in chunks if one["choices"][0]["finish_reason"]]


@pytest.mark.parametrize("nested", [False, True])
def test_a_failure_is_reported_once_r12(nested: bool) -> None:
    details = {"code": "server_error", "message": "It broke."}
    error = {"type": "error", "sequence_number": 2, **({"error": details} if nested else details)}
    failed = ends("failed", error=details)
    other = {"type": "error", "sequence_number": 2, "message": "Too many requests."}
    for reports, events in (
        (1, [error, failed]),
        (1, [failed, error]),
        (2, [failed, other]),
        (2, [failed, START, error]),
        (1, [ends(), failed]),
        (1, [ends(), event("failed")]),
        (1, [failed, event("failed")]),
    ):
        ran = run_here(["text"], sse([START, *events]))
        assert (ran.code, ran.stderr.count("the provider sent an error")) == (5, reports)


def test_a_failure_without_its_response_is_an_error_r17() -> None:
    (chunk,) = (one for one in chunks_of(Responses(), [event("failed")]) if "error" in one)
    assert chunk["error"]["message"] == "the response is failed"


@pytest.mark.parametrize("before", ["", "data: ", "10:11:12 TRACE Received message "])
def test_what_the_backend_of_codex_sends_before_a_response_is_no_fault(before: str) -> None:
    first = [{"type": "codex.rate_limits", "plan_type": "pro"}, {"type": "codex.response.metadata", "headers": {}}]
    wire = "".join(f"{before}{json.dumps(one)}\n\n" for one in [*first, START, *text("Hi"), ends()])
    ran = run_here(["text"], wire.encode())
    assert (ran.code, ran.stdout) == (0, b"Hi\n")


def test_calls_may_be_known_by_their_call_ids_alone() -> None:
    begun = [{"type": "function_call", "call_id": name, "name": name} for name in ("lookup", "send_message")]
    pieces = [("lookup", '{"q"'), ("send_message", '{"message": '), ("lookup", ": 1}"), ("send_message", '"Hi"}')]
    events = [
        *({"type": "response.output_item.added", "item": item} for item in begun),
        *({"type": "response.function_call_arguments.delta", "call_id": name, "delta": text} for name, text in pieces),
        {"type": "response.completed"},
    ]
    assert run_here(["text"], jsonl(events)).stdout == b"Hi\n"


REALTIME = [
    {"type": "session.created", "session": {"model": "gpt"}},
    {"type": "conversation.item.created", "item": {"id": "u", "type": "message", "role": "user", "content": []}},
    START,
    {"type": "rate_limits.updated", "rate_limits": []},
    event("audio_transcript.delta", delta="At nine.", content_index=0),
]


@pytest.mark.parametrize(
    ("members", "code", "told"),
    [
        ({"status": "completed"}, 0, ""),
        ({"status": "incomplete", "status_details": {"reason": "max_output_tokens"}}, 0, ""),
        ({"status": "failed", "status_details": {"error": {"message": "No more today."}}}, 5, "No more today."),
        ({"status": "cancelled", "status_details": {"reason": "turn_detected"}}, 5, "cancelled (turn_detected)"),
    ],
)
def test_the_realtime_api_begins_with_its_session(members: Value, code: int, told: str) -> None:
    end = {"type": "response.done", "response": {**RESPONSE, **members, "output": []}}
    ran = run_here(["text"], jsonl([*REALTIME, end]))
    assert (ran.code, ran.stdout) == (code, b"At nine.\n")
    assert told in ran.stderr


@pytest.mark.parametrize("index", [True, False], ids=["index", "no index"])
@pytest.mark.parametrize(
    ("ids", "together"),
    [(("fc_1", "fc_2"), True), (("fc_1", "fc_2"), False), (("", ""), False), (("fc", "fc"), False)],
    ids=["ids, together", "ids", "no ids", "one id"],
)
def test_calls_with_one_call_id_are_several(ids: tuple[str, str], together: bool, index: bool) -> None:
    """Gateways that make the id of a call of its tool's name."""
    begins, rest, output = [], [], []
    for number, (ident, text) in enumerate(zip(ids, ("One.", "Two."), strict=True)):
        where = {"output_index": number} if index else {}
        of, arguments = {"item_id": ident, **where}, f'{{"message":"{text}"}}'
        item = {"type": "function_call", "id": ident, "call_id": "call_send_message", "name": "send_message"}
        begins.append({"type": "response.output_item.added", **where, "item": {**item, "arguments": ""}})
        output.append({**item, "arguments": arguments})
        rest.append(
            [
                {"type": "response.function_call_arguments.delta", **of, "delta": arguments[:9]},
                {"type": "response.function_call_arguments.delta", **of, "delta": arguments[9:]},
                {"type": "response.function_call_arguments.done", **of, "arguments": arguments},
                {"type": "response.output_item.done", **where, "item": {**item, "arguments": arguments}},
            ]
        )
    called = [*begins, *rest[0], *rest[1]] if together else [begins[0], *rest[0], begins[1], *rest[1]]
    end = {"type": "response.completed", "response": {**RESPONSE, "status": "completed", "output": output}}
    assert run_here(["text"], sse([START, *called, end], done=False)) == (0, b"One.\nTwo.\n", "")


@pytest.mark.parametrize("ids", [{"call_id": "call_send_message"}, {"id": "fc", "call_id": "call_send_message"}])
def test_the_calls_of_a_whole_response_that_have_one_id_are_several(ids: dict[str, str]) -> None:
    calls = [
        {"type": "function_call", **ids, "name": "send_message", "arguments": f'{{"message":"{text}"}}'}
        for text in ("One.", "Two.")
    ]
    whole = {**RESPONSE, "status": "completed", "output": calls}
    assert run_here(["text"], jsonl([whole])) == (0, b"One.\nTwo.\n", "")


@pytest.mark.parametrize("kind", ["session.update", "transcription_session.update", "output_audio_buffer.clear"])
def test_a_log_of_the_realtime_api_may_begin_with_an_event_of_the_client(kind: str) -> None:
    end = {"type": "response.done", "response": {**RESPONSE, "status": "completed", "output": []}}
    assert run_here(["text"], jsonl([{"type": kind, "event_id": "e"}, *REALTIME, end])) == (0, b"At nine.\n", "")


def test_the_end_of_a_part_may_be_without_the_part() -> None:
    """The Realtime API of xAI."""
    end = {"type": "response.done", "response": {**RESPONSE, "status": "completed", "output": []}}
    part = {"type": "response.content_part.done", "item_id": "m", "output_index": 0, "content_index": 0}
    assert run_here(["text"], jsonl([*REALTIME, part, end])) == (0, b"At nine.\n", "")


@pytest.mark.parametrize(("ends", "code"), [([{"type": "session.closed"}], 0), ([], 4)])
def test_a_translation_has_its_text_and_its_end_in_the_session(ends: list[Value], code: int) -> None:
    events = [
        {"type": "session.created", "session": {"type": "translation", "model": "gpt-realtime-translate"}},
        {"type": "session.input_transcript.delta", "delta": "A las nueve."},
        *({"type": "session.output_transcript.delta", "delta": one} for one in ("At ", "nine.")),
        *ends,
    ]
    ran = run_here(["text"], jsonl(events))
    assert (ran.code, ran.stdout) == (code, b"At nine.\n")


def test_a_session_that_closes_ends_no_response() -> None:
    ran = run_here(["text"], jsonl([*REALTIME, {"type": "session.closed"}]))
    assert (ran.code, ran.stdout) == (4, b"At nine.\n")


ENDS: list[tuple[dict[str, Any], str, str]] = [
    ({"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}, "length", ""),
    ({"status": "incomplete", "incomplete_details": {"reason": "content_filter"}}, "content_filter", ""),
    ({"status": "failed", "error": {"code": "server_error", "message": "The desk is closed."}}, "", "is closed"),
    ({"status": "completed", "error": {"code": "server_error", "message": "The desk is closed."}}, "", "is closed"),
    ({"status": "cancelled"}, "", "the response is cancelled"),
    ({"status": "in_progress"}, "stop", ""),
    ({"status": "completed", "error": {"code": None, "message": None}}, "stop", ""),
    ({"error": None}, "stop", ""),
]
"""Members of a response, the finish reason that follows from them, and what is told."""


@pytest.mark.parametrize("kind", ["response.completed", "response.done"])
@pytest.mark.parametrize(("members", "finish", "told"), ENDS)
def test_r17_the_status_of_the_response_is_the_kind_of_end(
    kind: str, members: dict[str, Any], finish: str, told: str
) -> None:
    events = [
        {"type": "response.created", "response": {"id": "r"}},
        {"type": "response.output_text.delta", "item_id": "m", "output_index": 0, "content_index": 0, "delta": "Gate"},
        {"type": kind, "response": {"id": "r", "output": [], **members}},
    ]
    ran = run_here(["text"], jsonl(events))
    assert (ran.stdout, ran.code, bool(ran.stderr)) == (b"Gate\n", 5 if told else 0, bool(told))
    assert told in ran.stderr
    assert (f'"finish_reason":"{finish}"'.encode() in run_here(["rewrite"], jsonl(events)).stdout) == bool(finish)


@pytest.mark.parametrize(
    ("event", "member", "part"),
    [
        ("response.text", "text", "text"),
        ("response.output_text", "text", "output_text"),
        ("response.audio_transcript", "transcript", "audio"),
        ("response.output_audio_transcript", "transcript", "output_audio"),
    ],
)
@pytest.mark.parametrize("snapshots", [True, False])
def test_both_versions_of_the_realtime_api_say_a_text_once(event: str, member: str, part: str, snapshots: bool) -> None:
    """R15; what the user said is none of it."""
    at = {"response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0}
    content = [{"type": part, member: "Gate four."}]
    item = {"id": "i", "type": "message", "role": "assistant", "content": content if snapshots else []}
    user = {"id": "u", "type": "message", "role": "user", "content": [{"type": "input_text", "text": "Which?"}]}
    events: list[dict[str, Any]] = [
        {"type": "session.created", "session": {"id": "s"}},
        {"type": "conversation.item.created", "item": user},
        {"type": "conversation.item.input_audio_transcription.delta", "item_id": "u", "delta": "Which?"},
        {"type": "response.created", "response": {"id": "r", "status": "in_progress", "output": []}},
        {"type": "response.output_item.added", "output_index": 0, "item": {**item, "content": []}},
        {"type": "conversation.item.created", "previous_item_id": "u", "item": {**item, "content": []}},
        *({"type": f"{event}.delta", **at, "delta": one} for one in ("Gate ", "four.")),
    ]
    if snapshots:
        events += [
            {"type": f"{event}.done", **at, member: "Gate four."},
            {"type": "response.content_part.done", **at, "part": content[0]},
            {"type": "response.output_item.done", "output_index": 0, "item": item},
            {"type": "conversation.item.done", "item": item},
        ]
    events.append({"type": "response.done", "response": {"id": "r", "status": "completed", "output": [item]}})
    ran = run_here(["text"], jsonl(events))
    assert (ran.stdout, ran.stderr, ran.code) == (b"Gate four.\n", "", 0)


def transcription(*texts: str, whole: str | None = None) -> list[Value]:
    deltas = [{"type": "transcript.text.delta", "delta": one} for one in texts]
    usage = {"type": "tokens", "input_tokens": 14, "output_tokens": 5, "total_tokens": 19}
    return [*deltas, *([] if whole is None else [{"type": "transcript.text.done", "text": whole, "usage": usage}])]


CUT = [
    {"type": "response.created", "response": {"id": "r", "status": "in_progress", "model": "m"}},
    {"type": "response.output_text.delta", "item_id": "i", "output_index": 0, "content_index": 0, "delta": "Gate"},
]


@pytest.mark.parametrize("frame", [jsonl, partial(sse, done=False)], ids=["lines", "events"])
def test_a_transcription_of_speech_is_a_response(frame: Any) -> None:
    one = transcription("At ", "nine.", whole="At nine.")
    segment = {"type": "transcript.text.segment", "id": "s", "start": 0.0, "end": 1.1, "text": "At ", "speaker": "A"}
    for values, said, code in (
        (one, "At nine.\n", 0),
        ([one[0], segment, *one[1:]], "At nine.\n", 0),
        (transcription(whole="At nine."), "At nine.\n", 0),
        (transcription("At ", whole="At nine."), "At nine.\n", 0),
        ([*one, *transcription("At six.", whole="At six.")], "At nine.\nAt six.\n", 0),
        (transcription("At "), "At \n", 4),
        (transcription("At ", whole="By nine."), "At \n", 3),
        ([*transcription("At ", "nine"), *transcription(whole="nine")], "At nine\n", 0),
        ([*CUT, *one], "Gate\nAt nine.\n", 4),
    ):
        ran = run_here(["text"], frame(values))
        assert (ran.code, ran.stdout.decode()) == (code, said), values
    row = run_here(["table", "--columns", "dialect,finish,prompt_tokens,completion_tokens"], jsonl(one)).stdout
    assert json.loads(row) == {"dialect": "responses", "finish": "stop", "prompt_tokens": 14, "completion_tokens": 5}
