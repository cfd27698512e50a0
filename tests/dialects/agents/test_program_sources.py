"""What the sources of the programs say that their streams hold, and no capture has: ends, tries, usage."""

import json
from typing import Any, NamedTuple

import pytest
from tests.dialects.agents.cases import Case, Record, claude, gemini, said, words
from tests.support import jsonl, run_here

INIT = claude("system", subtype="init", tools=["Bash"], model="m")
RESULT = claude("result", subtype="success", is_error=False, result="Hi", stop_reason="end_turn", usage={})
FAILED = claude("result", subtype="error_during_execution", is_error=True, stop_reason=None, usage={})
DIAGNOSTIC = "[ede_diagnostic] result_type=user last_content_type=n/a stop_reason=null"
MODELS = {
    "pro": {"tokens": {"prompt": 12, "candidates": 3, "total": 20, "cached": 2, "thoughts": 5, "tool": 0}},
    "flash": {"tokens": {"prompt": 1, "candidates": 1, "total": 2, "cached": 0, "thoughts": 0, "tool": 0}},
}


def ui(*parts: Record) -> list[Record]:
    return [{"type": "start"}, {"type": "start-step"}, *parts]


def text(said: str, ident: str = "t") -> list[Record]:
    return [{"type": "text-start", "id": ident}, {"type": "text-delta", "id": ident, "delta": said}]


STOP = {"type": "finish", "finishReason": "stop"}


def rpc(**members: Any) -> Record:
    return {"jsonrpc": "2.0", **members}


def update(kind: str, said: str | None = None, **members: Any) -> Record:
    content = {} if said is None else {"content": {"type": "text", "text": said}}
    params = {"sessionId": "s", "update": {"sessionUpdate": kind, **content, **members}}
    return rpc(method="session/update", params=params)


PROMPT = rpc(id=2, method="session/prompt", params={"sessionId": "s", "prompt": []})
ENDED = rpc(id=2, result={"stopReason": "end_turn"})
CHUNK = "agent_message_chunk"
HI = [update(CHUNK, "H"), update(CHUNK, "i")]
ASKED = rpc(id=0, method="fs/read_text_file", params={"sessionId": "s", "path": "/x"})
BROKEN = {"code": -32603, "message": "Internal error", "data": {"details": "no key"}}
CALL = update(
    "tool_call", toolCallId="c", title="Run", _meta={"x": {"toolName": "send_message"}}, rawInput={"message": "A"}
)
ACP = [
    Case("updates, then killed", HI, "Hi\n", 4),
    Case("the agent's side", [rpc(id=0, result={"protocolVersion": 1}), *HI, ENDED], "Hi\n"),
    Case("both sides", [PROMPT, *HI, ASKED, rpc(id=0, error=BROKEN), update(CHUNK, "!"), ENDED], "Hi!\n"),
    Case("an error as the answer", [PROMPT, *HI, rpc(id=2, error=BROKEN)], "Hi\n", 5, "Internal error: no key"),
    Case(
        "an error before a session",
        [rpc(id=0, result={"protocolVersion": 1}), rpc(id=1, error=BROKEN)],
        "",
        5,
        "no key",
    ),
    Case("cancelled", [PROMPT, *HI, rpc(id=2, result={"stopReason": "cancelled"})], "Hi\n", 5, "cancelled"),
    Case("killed before the answer", [PROMPT], "", 4),
    Case("killed while a tool ran", [PROMPT, *HI, CALL], "Hi\nA\n", 4),
    Case(
        "the name of a tool, and text behind its result",
        [PROMPT, CALL, update("tool_call_update", toolCallId="c", status="completed"), *HI, ENDED],
        "A\nHi\n",
    ),
    Case("messages with ids", [update(CHUNK, "A", messageId="1"), update(CHUNK, "B", messageId="2"), ENDED], "A\nB\n"),
    Case(
        "a session that was loaded",
        [update("user_message_chunk", "?"), *HI, rpc(id=1, result={"modes": None}), rpc(id=2, result={})],
        "Hi\n",
    ),
    Case("two turns", [PROMPT, *HI, ENDED, {**PROMPT, "id": 3}, *HI, {**ENDED, "id": 3}], "Hi\nHi\n"),
    Case("idle, in version 2", [PROMPT, rpc(id=2, result={}), *HI, update("state_update", state="idle")], "Hi\n"),
    Case(
        "a tool server's messages",
        [rpc(method="notifications/message", params={"data": "x"}), rpc(id=1, result={"content": [{"type": "text"}]})],
        "",
        5,
        "Model Context Protocol",
    ),
]


def letta(kind: str, **members: Any) -> Record:
    return {"id": "message-1", "message_type": kind, "otid": kind, "step_id": "step-1", "run_id": "run-1", **members}


def calls(*messages: str) -> Record:
    """Calls of one step: the record has the first of them once more, under a name of older versions."""
    made = [
        {"name": "send_message", "arguments": json.dumps({"message": message}), "tool_call_id": f"c{place}"}
        for place, message in enumerate(messages)
    ]
    return {"tool_call": made[0], "tool_calls": made}


LETTA_ENDED = {"message_type": "stop_reason", "stop_reason": "end_turn"}
LETTA = [
    Case("two calls of a step", [letta("tool_call_message", **calls("A", "B")), LETTA_ENDED], "A\nB\n"),
    *(
        Case(
            f"a call beside tool_calls that are {none}",
            [letta("tool_call_message", **{**calls("A"), "tool_calls": json.loads(none)}), LETTA_ENDED],
            "A\n",
        )
        for none in ("[{}]", '[{"name": null}]', "[null]", "[]", "{}", "null")
    ),
    Case(
        "two calls that wait for an approval",
        [letta("approval_request_message", **calls("A", "B")), {**LETTA_ENDED, "stop_reason": "requires_approval"}],
        "A\nB\n",
    ),
    Case(
        "a run that was not complete",
        [letta("assistant_message", content="Hi"), {**LETTA_ENDED, "stop_reason": "incomplete_run"}],
        "Hi\n",
        5,
        "incomplete_run",
    ),
    Case(
        "a summary, an event of the server and an echo",
        [
            letta("user_message", content="?"),
            letta("summary_message", summary="About boats"),
            letta("event_message", event_type="compaction", event_data={}),
            letta("hidden_reasoning_message", state="redacted", hidden_reasoning="x"),
            letta("assistant_message", content="Hi"),
            LETTA_ENDED,
        ],
        "Hi\n",
    ),
]


def assistant_run(status: str, **members: Any) -> Record:
    return {"id": "run_1", "object": "thread.run", "status": status, "model": "m", **members}


def assistant_message(reason: str) -> Record:
    content = [{"type": "text", "text": {"value": "Hel", "annotations": []}}]
    details = {"incomplete_details": {"reason": reason}}
    return {"id": "m", "object": "thread.message", "role": "assistant", "content": content} | details


SAID = {
    "id": "m",
    "object": "thread.message.delta",
    "delta": {"content": [{"index": 0, "type": "text", "text": {"value": "Hel", "annotations": []}}]},
}
ASSISTANTS = [
    *(
        Case(
            f"an Assistants run that was {status}",
            [
                assistant_run("in_progress"),
                SAID,
                assistant_message(f"run_{status}"),
                assistant_run(status, last_error={"code": "rate_limit_exceeded", "message": "slow"}),
            ],
            "Hel\n",
            5,
            f"the response ended with {status}: slow",
        )
        for status in ("failed", "cancelled", "expired")
    ),
    Case(
        "an Assistants run whose end is lost",
        [assistant_run("in_progress"), SAID, assistant_message("run_failed")],
        "Hel\n",
        4,
    ),
    *(
        Case(
            f"an Assistants run as clients print it, {end}",
            [*({"event": "thread.x", "data": one} for one in (assistant_run("in_progress"), SAID)), last],
            *("Hel\n", code, said),
        )
        for end, last, code, said in (
            ("complete", {"event": "thread.run.completed", "data": assistant_run("completed")}, 0, ""),
            ("failed", {"event": "error", "data": {"code": "server_error", "message": "oops"}}, 5, "oops"),
        )
    ),
    Case(
        "an Assistants run that was too long",
        [assistant_run("in_progress"), SAID, assistant_message("max_tokens"), assistant_run("incomplete")],
        "Hel\n",
    ),
]
CASES = [
    Case(
        "a sign of a login first",
        [claude("auth_status", isAuthenticating=True), INIT, said(words("Hi")), RESULT],
        "Hi\n",
    ),
    Case(
        "from the progress of a tool on",
        [claude("tool_progress", tool_use_id="t", tool_name="Bash"), said(words("Hi")), RESULT],
        "Hi\n",
    ),
    Case(
        "another conversation in the same session",
        [
            INIT,
            said(words("Hi")),
            RESULT,
            claude("conversation_reset", new_conversation_id="n"),
            INIT,
            said(words("Yes"), ident="msg_2"),
            RESULT,
        ],
        "Hi\nYes\n",
    ),
    *(
        Case(
            f"stopped, {reason}",
            [INIT, said(words("Hi")), {**RESULT, "terminal_reason": reason, "stop_reason": stop}],
            "Hi\n",
            5,
            f"the run was stopped: {reason}",
        )
        for reason, stop in (("aborted_streaming", None), ("aborted_tools", "tool_use"))
    ),
    *(
        Case(
            f"a diagnostic is no message: {reason}",
            [INIT, said(words("Hi")), {**FAILED, "terminal_reason": reason, "errors": [DIAGNOSTIC, *more]}],
            "Hi\n",
            5,
            f"the provider sent an error: {message} (code error_during_execution)",
        )
        for reason, more, message in (
            ("aborted_streaming", (), "the run was stopped: aborted_streaming"),
            ("completed", (), "the run ended without an answer"),
            ("completed", ("no disk",), "no disk"),
        )
    ),
    Case("ended as it should", [INIT, said(words("Hi")), {**RESULT, "terminal_reason": "completed"}], "Hi\n"),
    Case(
        "Qwen Code's error",
        [INIT, claude("result", subtype="error_during_execution", is_error=True, error={"message": "no key"})],
        "",
        5,
        "no key",
    ),
    Case(
        "Gemini CLI's one answer, which failed behind its text",
        [
            {
                "session_id": "s",
                "response": "Part",
                "stats": {},
                "error": {"type": "INVALID_STREAM", "message": "too long"},
            }
        ],
        "Part\n",
        5,
        "too long",
    ),
    Case(
        "a loop, at which it stopped",
        [
            gemini("init", session_id="s", model="m"),
            gemini("message", role="assistant", content="One", delta=True),
            gemini("error", severity="warning", message="Loop detected, stopping execution"),
            gemini("result", status="success", stats={}),
        ],
        "One\n",
    ),
    Case(
        "a step that is tried again",
        [*ui(*text("The fer"), {"type": "reset-step"}, *text("The ferry leaves.")), {"type": "finish-step"}, STOP],
        "The fer\nThe ferry leaves.\n",
    ),
    Case("a step that is tried again, cut", ui(*text("The fer"), {"type": "reset-step"}), "The fer\n", 4),
    *ACP,
    *LETTA,
    *ASSISTANTS,
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_text_makes_of_it(case: Case) -> None:
    ran = run_here(["text"], jsonl(case.records))
    assert (ran.stdout.decode(), ran.code) == (case.text, case.code), ran.stderr
    assert case.stderr in ran.stderr


class Used(NamedTuple):
    """A stream, and the usage that its chunks have."""

    name: str
    records: list[Record]
    usage: dict[str, Any]


def tokens(prompt: int, completion: int, cached: int, reasoning: int, total: int | None = None) -> dict[str, Any]:
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion if total is None else total,
        "prompt_tokens_details": {"cached_tokens": cached},
        "completion_tokens_details": {"reasoning_tokens": reasoning},
    }


OLDER = {"inputTokens": 10, "outputTokens": 5, "totalTokens": 15, "cachedInputTokens": 4, "reasoningTokens": 2}
NEWER = {
    "inputTokens": 10,
    "outputTokens": 5,
    "totalTokens": 15,
    "inputTokenDetails": {"noCacheTokens": 6, "cacheReadTokens": 4},
    "outputTokenDetails": {"textTokens": 3, "reasoningTokens": 2},
}
RUN = {"type": "RUN_STARTED", "threadId": "t", "runId": "r"}
COUNTS = [
    {"model": "a", "inputTokens": 3, "outputTokens": 4, "reasoningTokens": 2, "cachedInputTokens": 1},
    {"model": "b", "inputTokens": 1, "outputTokens": 1},
]


def strands(**usage: int) -> list[Record]:
    """A response of Strands whose 10 tokens of input, or 6 beside those of a cache, are counted in this way."""
    events: list[Record] = [
        {"messageStart": {"role": "assistant"}},
        {"contentBlockDelta": {"delta": {"text": "Hi"}}},
        {"contentBlockStop": {}},
        {"messageStop": {"stopReason": "end_turn"}},
        {"metadata": {"usage": {"outputTokens": 5, "totalTokens": 15, "cacheReadInputTokens": 4, **usage}}},
    ]
    return [{"event": event} for event in events]


CACHED = {
    "prompt_tokens": 10,
    "completion_tokens": 5,
    "total_tokens": 15,
    "prompt_tokens_details": {"cached_tokens": 4},
}
USED = [
    Used("Strands with a model of OpenAI", strands(inputTokens=10), CACHED),
    Used("Strands with a model of Anthropic", strands(inputTokens=6), CACHED),
    *(
        Used(
            f"the metadata of the end, {name}", [*ui(*text("Hi")), {**STOP, "messageMetadata": {name: usage}}], usage_of
        )
        for name, usage, usage_of in (("usage", OLDER, tokens(10, 5, 4, 2)), ("totalUsage", NEWER, tokens(10, 5, 4, 2)))
    ),
    Used(
        "metadata before the end",
        [*ui(*text("Hi")), {"type": "message-metadata", "messageMetadata": {"usage": OLDER}}, STOP],
        tokens(10, 5, 4, 2),
    ),
    Used(
        "the step's own, not that of the metadata",
        [
            *ui(*text("Hi")),
            {"type": "finish-step", "usage": NEWER},
            {**STOP, "messageMetadata": {"usage": {"inputTokens": 1}}},
        ],
        tokens(10, 5, 4, 2),
    ),
    Used("a run that failed", [RUN, {"type": "RUN_ERROR", "message": "no", "usage": COUNTS}], tokens(4, 5, 1, 2)),
    Used("a run", [RUN, {"type": "RUN_FINISHED", "usage": COUNTS}], tokens(4, 5, 1, 2)),
    Used("Gemini CLI's models", [{"response": "Hi", "stats": {"models": MODELS}}], tokens(13, 9, 2, 5, 22)),
]


@pytest.mark.parametrize("case", USED, ids=lambda case: case.name)
def test_the_usage_of_a_run(case: Used) -> None:
    ran = run_here(["rewrite"], jsonl(case.records))
    found = [chunk["usage"] for chunk in map(json.loads, ran.stdout.splitlines()) if chunk.get("usage")]
    assert found == [case.usage]
