"""Bedrock's events as chunks."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from tests import amazon
from tests.dialects.said import Said, Value, beyond, chat, chunks_of
from tests.support import jsonl, run_here

from unspool.core.errors import NotAChunk
from unspool.dialects.bedrock import Bedrock
from unspool.dialects.registry import dialect_of

START = {"messageStart": {"role": "assistant", "p": "ab"}}
USAGE = {"metadata": {"usage": {"inputTokens": 9, "outputTokens": 4, "totalTokens": 13}, "p": "abc"}}


def piece(index: int = 0, **delta: Any) -> Value:
    return {"contentBlockDelta": {"contentBlockIndex": index, "delta": delta, "p": "abcd"}}


def starts(index: int, name: str, **more: Any) -> Value:
    use = {"toolUseId": f"{name}_{index}", "name": name, **more}
    return {"contentBlockStart": {"contentBlockIndex": index, "start": {"toolUse": use}, "p": "a"}}


def stops(index: int) -> Value:
    return {"contentBlockStop": {"contentBlockIndex": index, "p": "a"}}


def ends(reason: Any = "end_turn", **more: Any) -> Value:
    return {"messageStop": {"stopReason": reason, "p": "abc", **more}}


def wrapped(value: Any) -> Value:
    return {"chunk": {"bytes": base64.b64encode(json.dumps(value).encode()).decode()}}


def said(*events: Value) -> Said:
    return chat(chunks_of(Bedrock(), events))


def test_text_and_the_usage_behind_the_end() -> None:
    chunks = chunks_of(Bedrock(), [START, piece(text="Hel"), piece(text=""), piece(text="lo"), stops(0), ends(), USAGE])
    assert chat(chunks) == Said(text="Hello", finishes=["stop"], usages=[(9, 4)])
    assert beyond(chunks) == {}
    assert [chunk["choices"][0]["delta"] for chunk in chunks if chunk["choices"]] == [
        {"role": "assistant", "content": ""},
        {"content": "Hel"},
        {"content": "lo"},
        {},
    ]


def test_calls_are_numbered_apart_from_blocks() -> None:
    """T6, T17; a block of a server's own tool is none of them."""
    events = [
        piece(0, text="So:"),
        starts(1, "f"),
        starts(2, "search", type="server_tool_use"),
        starts(3, "g"),
        piece(1, toolUse={"input": '{"a":'}),
        piece(2, toolUse={"input": '{"q":1}'}),
        piece(3, toolUse={"input": "{}"}),
        piece(1, toolUse={"input": "1}"}),
    ]
    chunks = chunks_of(Bedrock(), [START, *events, ends("tool_use")])
    assert chat(chunks) == Said(text="So:", calls=[("f_1", "f", {"a": 1}), ("g_3", "g", {})], finishes=["tool_calls"])
    assert len(beyond(chunks)["toolUse"]) == 2


def test_reasoning_and_what_signs_it() -> None:
    signed = piece(reasoningContent={"signature": "c2ln"})
    redacted = piece(reasoningContent={"redactedContent": "eA=="})
    chunks = chunks_of(Bedrock(), [START, piece(reasoningContent={"text": "Hm"}), signed, redacted, ends()])
    assert chat(chunks).thoughts == "Hm"
    assert [one["delta"]["reasoningContent"] for one in beyond(chunks)["reasoningContent"]] == [
        {"signature": "c2ln"},
        {"redactedContent": "eA=="},
    ]


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("tool_use", "tool_calls"),
        ("content_filtered", "content_filter"),
        ("guardrail_intervened", "content_filter"),
        ("refusal", "content_filter"),
        ("something_new", "stop"),
        (None, "stop"),
    ],
)
def test_why_it_stopped(reason: Any, finish: str) -> None:
    chunks = chunks_of(Bedrock(), [START, piece(text="Hi"), ends(reason)])
    assert chat(chunks).finishes == [finish]
    assert beyond(chunks) == (
        {"stopReason": [reason]} if finish == "content_filter" or reason == "something_new" else {}
    )


@pytest.mark.parametrize("reason", ["malformed_tool_use", "malformed_model_output"])
def test_r17_a_malformed_answer_is_an_error(reason: str) -> None:
    ran = run_here(["text"], jsonl([START, piece(text="Hi"), ends(reason)]))
    assert (ran.code, ran.stdout) == (5, b"Hi\n")
    assert reason in ran.stderr


def test_cached_tokens_are_part_of_the_prompt() -> None:
    usage = {"inputTokens": 1, "outputTokens": 4, "totalTokens": 35, "cacheReadInputTokens": 10}
    counted = {**usage, "cacheWriteInputTokens": 20, "serverToolUsage": {"x": 1}}
    event = {"metadata": {"usage": counted, "metrics": {"latencyMs": 9}, "trace": {"guardrail": {}}}}
    chunks = chunks_of(Bedrock(), [START, ends(), event])
    assert chunks[-1]["usage"] == {
        "prompt_tokens": 31,
        "completion_tokens": 4,
        "total_tokens": 35,
        "prompt_tokens_details": {"cached_tokens": 10},
    }
    assert beyond(chunks) == {
        "usage": [{"serverToolUsage": {"x": 1}}],
        "metrics": [{"latencyMs": 9}],
        "trace": [{"guardrail": {}}],
    }


def test_exceptions_end_the_response() -> None:
    ran = run_here(["text"], jsonl([START, piece(text="Hi"), {"throttlingException": {"message": "Too many."}}]))
    assert (ran.code, ran.stdout) == (5, b"Hi\n")
    assert "Too many. (code throttlingException)" in ran.stderr
    assert said({"internalServerException": {}}).errors == 1
    assert said({"error": {"message": "It broke."}}).errors == 1


def test_chunks_hold_events_of_anthropic_or_amazon_itself() -> None:
    """As JSON; the binary framing unwraps them itself."""
    anthropic = [
        {"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": 5, "output_tokens": 1}}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi"}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}},
        {"type": "message_stop"},
    ]
    assert said(*map(wrapped, anthropic)) == Said(text="Hi", finishes=["stop"], usages=[(5, 2)])
    metrics = {"amazon-bedrock-invocationMetrics": {"inputTokenCount": 9}}
    events = [START, piece(text="Hi"), ends(), {**USAGE, **metrics}]
    chunks = chunks_of(Bedrock(), map(wrapped, events))
    assert chat(chunks) == Said(text="Hi", finishes=["stop"], usages=[(9, 4)])
    assert beyond(chunks) == {name: [value] for name, value in metrics.items()}


def test_titan_says_text_and_why_it_ended() -> None:
    parts = [
        {"outputText": "Hel", "index": 0, "completionReason": None},
        {"outputText": "lo", "completionReason": "FINISH", "inputTextTokenCount": 5.0, "totalOutputTextTokenCount": 2},
    ]
    assert said(*parts) == Said(text="Hello", finishes=["stop"], usages=[(5, 2)])
    assert said({"outputText": "x", "completionReason": "LENGTH"}).finishes == ["length"]
    stopped = {"outputText": "No.", "amazon-bedrock-guardrailAction": "INTERVENED"}
    chunks = chunks_of(Bedrock(), [stopped])
    assert chat(chunks) == Said(text="No.", finishes=["content_filter"])
    assert beyond(chunks) == {"amazon-bedrock-guardrailAction": ["INTERVENED"]}
    assert beyond(chunks_of(Bedrock(), [{"outputText": "", "completionReason": "NEW"}])) == {
        "completionReason": ["NEW"]
    }


def test_llama_says_text_and_why_it_ended() -> None:
    first = {"generation": "Ga", "prompt_token_count": 9, "generation_token_count": 1, "stop_reason": None}
    last = {"generation": "te", "prompt_token_count": None, "generation_token_count": 2, "stop_reason": "length"}
    ended = said(wrapped(first), wrapped(last))
    assert (ended.text, ended.finishes, ended.usages) == ("Gate", ["length"], [(9, 2)])
    with pytest.raises(NotAChunk):
        Bedrock().feed({"generation": 7})


def test_an_event_that_is_not_known_rides_along() -> None:
    assert beyond(chunks_of(Bedrock(), [START, {"newEvent": {"a": 1}}])) == {"newEvent": [{"a": 1}]}
    image = {"contentBlockStart": {"contentBlockIndex": 0, "start": {"image": {"format": "png"}}}}
    assert beyond(chunks_of(Bedrock(), [START, image])) == {"image": [image["contentBlockStart"]]}


def test_a_stream_is_told_by_any_of_its_events() -> None:
    refused: Value = {"validationException": {}}
    for event in (START, piece(text="Hi"), starts(0, "f"), ends(), wrapped({}), refused):
        assert dialect_of(event) == "bedrock"
    assert dialect_of({"metadata": {}}) is None
    assert dialect_of({"chunk": 5}) is None


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        {"a": 1, "b": 2},
        {"a": 1},
        {"messageStop": "x"},
        {"contentBlockDelta": {}},
        {"chunk": {}},
        {"chunk": {"bytes": 7}},
        {"chunk": {"bytes": "e"}},
        wrapped(wrapped(START)),
        wrapped(wrapped(START)["chunk"]),
        {"bytes": "e"},
        {"bytes": "eyJ", "p": "a"},
        {"bytes": wrapped(START)["chunk"]["bytes"], "q": "a"},
        {"outputText": 7},
    ],
)
def test_what_is_no_event_is_refused(value: Any) -> None:
    with pytest.raises(NotAChunk):
        Bedrock().feed(value)


def test_a_whole_answer_of_converse_is_read_as_its_events_would_be() -> None:
    content = [
        {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "s"}}},
        {"text": "One moment."},
        {"toolUse": {"toolUseId": "t", "name": "send_message", "input": {"message": "Hi"}}},
    ]
    usage = {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3}
    answer = {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": "tool_use",
        "usage": usage,
    }
    assert dialect_of(answer) == "bedrock"
    ran = run_here(["text"], jsonl([answer]))
    assert (ran.code, ran.stdout) == (0, b"One moment.\nHi\n"), ran
    rewritten = [json.loads(line) for line in run_here(["rewrite"], jsonl([answer])).stdout.splitlines()]
    assert rewritten[-1]["usage"]["total_tokens"] == 3


def test_the_usage_behind_a_failure_is_no_second_response() -> None:
    """R12, Q5: one line says what failed."""
    records = [
        {"messageStart": {"role": "assistant"}},
        {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "At"}}},
        {"messageStop": {"stopReason": "malformed_tool_use"}},
        {"metadata": {"usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3}}},
    ]
    ran = run_here(["text"], jsonl(records))
    assert (ran.code, ran.stdout, ran.stderr.count("\n")) == (5, b"At\n", 1)


PRINTED: dict[str, Callable[[bytes], Any]] = {
    "text": bytes.decode,
    "list": list,
    "Uint8Array": lambda data: {str(number): byte for number, byte in enumerate(data)},
    "Buffer": lambda data: {"type": "Buffer", "data": list(data)},
}


@pytest.mark.parametrize("form", PRINTED)
def test_the_bytes_of_chunks_are_read_as_programs_print_them(form: str) -> None:
    events = [START, piece(text="Hé"), ends(), USAGE]
    chunks = [{"chunk": {"bytes": PRINTED[form](json.dumps(one, ensure_ascii=False).encode())}} for one in events]
    ran = run_here(["text"], jsonl(chunks))
    assert (ran.code, ran.stdout.decode()) == (0, "Hé\n")
    others: list[Any] = [1 << 60, [256], [{}], {"type": "Buffer"}, {"a": "b"}, "{"]
    for damaged in others:
        assert run_here(["text"], jsonl([*chunks, {"chunk": {"bytes": damaged}}])).code == 3


@pytest.mark.parametrize("sse", [True, False])
def test_the_payloads_of_chunks_are_read(sse: bool) -> None:
    """As the body of a message has them, without its headers: what a gateway writes as lines, or sends on as events."""
    events: list[Value] = [
        {"type": "message_start", "message": {"id": "m", "role": "assistant"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "At "}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "nine."}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
        {"type": "message_stop"},
    ]
    payloads = [{**wrapped(event)["chunk"], "p": "abcd"[:number]} for number, event in enumerate(events)]
    lines = jsonl(payloads)
    data = b"".join(b"data: %b\n\n" % line for line in lines.splitlines()) if sse else lines
    assert run_here(["text"], data) == (0, b"At nine.\n", "")
    assert run_here(["text"], b"".join(b'{"ts": 1, "event": %b}\n' % line for line in lines.splitlines())).stdout == (
        b"At nine.\n"
    )


def test_events_are_read_as_python_prints_them() -> None:
    """As ``print(event)`` of boto3's events does: the dict is none of JSON, and its bytes are read."""
    events = [START, piece(text='It\'s "é"'), ends(), USAGE]
    data = "".join(f"{ ({'chunk': {'bytes': json.dumps(one).encode()}}) }\n" for one in events).encode()
    ran = run_here(["text"], data)
    assert (ran.code, ran.stdout.decode()) == (0, 'It\'s "é"\n')
    assert run_here(["text"], b"{'chunk': {'bytes': 'abc'}}\n").code == 5


def text_in(said: str) -> str:
    return base64.b64encode(said.encode()).decode()


TRACE: Value = {"trace": {"agentId": "A", "sessionId": "s", "trace": {"orchestrationTrace": {}}}}
CONTROL: Value = {
    "returnControl": {
        "invocationId": "i",
        "invocationInputs": [
            {
                "functionInvocationInput": {
                    "function": "send_message",
                    "parameters": [{"name": "message", "value": "Hi"}],
                }
            }
        ],
    }
}
USES: list[Value] = [
    {"toolUseEvent": {"toolUseId": "t", "name": "send_message", **more}}
    for more in ({}, {"input": '{"message": "H'}, {"input": 'i"}'}, {"stop": True})
]
AGENTS: dict[str, tuple[list[Value], int, list[str]]] = {
    "agent": ([TRACE, *({"chunk": {"bytes": text_in(one)}} for one in ("H", "i"))], 0, ["stop"]),
    "agent, with sources": ([{"chunk": {"bytes": text_in("Hi"), "attribution": {"citations": []}}}], 0, ["stop"]),
    "agent that failed": ([{"chunk": {"bytes": text_in("Hi")}}, {"throttlingException": {"message": "slow"}}], 5, []),
    "agent that calls": ([TRACE, CONTROL], 0, ["tool_calls"]),
    "knowledge base": ([{"output": {"text": "H"}}, {"citation": {}}, {"output": {"text": "i"}}], 0, ["stop"]),
    "flow": (
        [
            {"flowOutputEvent": {"content": {"document": "Hi"}}},
            {"flowCompletionEvent": {"completionReason": "SUCCESS"}},
        ],
        0,
        ["stop"],
    ),
    "Amazon Q": (
        [{"messageMetadataEvent": {}}, *({"assistantResponseEvent": {"content": one}} for one in ("H", "i"))],
        0,
        ["stop"],
    ),
    "Amazon Q that calls": (USES, 0, ["tool_calls"]),
}


@pytest.mark.parametrize("name", AGENTS)
def test_agents_have_no_end(name: str) -> None:
    """In lines, and as frames, in which the text of an agent is no JSON."""
    events, code, finishes = AGENTS[name]
    framed = b"".join(amazon.event(key, body) for one in events for key, body in one.items())
    for stream in (jsonl(events), *([framed] if code == 0 else [])):
        ran = run_here(["text"], stream)
        assert (ran.stdout, ran.code) == (b"Hi\n", code), ran.stderr
        lines = run_here(["rewrite", "--tool=other"], stream).stdout.splitlines()
        choices = [choice for line in lines for choice in json.loads(line)["choices"]]
        assert [choice["finish_reason"] for choice in choices if choice["finish_reason"]] == finishes
