"""Shapes of the streams of Codex: ``exec``, the app-server and kept sessions that no recording has."""

import json
from typing import Any

import pytest
from tests.dialects.agents.cases import Case, Record, check
from tests.support import jsonl, run_here


def item(kind: str, ident: str, **members: Any) -> Record:
    return {"type": "item.completed", "item": {"id": ident, "type": kind, **members}}


TURN = [{"type": "thread.started", "thread_id": "t"}, {"type": "turn.started"}]
TURN_ENDED = {"type": "turn.completed", "usage": {"input_tokens": 1, "cached_input_tokens": 0, "output_tokens": 2}}
CODEX = [
    Case(
        "the names of version 0.42",
        [
            *TURN,
            {"type": "item.completed", "item": {"id": "0", "item_type": "assistant_message", "text": "Hi"}},
            TURN_ENDED,
        ],
        "Hi\n",
    ),
    Case(
        "a plan, a search and a warning",
        [
            *TURN,
            item("error", "0", message="deprecated"),
            {
                "type": "item.started",
                "item": {"id": "1", "type": "todo_list", "items": [{"text": "x", "completed": False}]},
            },
            {
                "type": "item.updated",
                "item": {"id": "1", "type": "todo_list", "items": [{"text": "x", "completed": True}]},
            },
            item("web_search", "2", query="boats"),
            *(item("agent_message", "3", text="Found."), TURN_ENDED),
        ],
        "Found.\n",
    ),
    Case(
        "a try that failed and another that did not",
        [*TURN, {"type": "error", "message": "Reconnecting... 1/5"}, item("agent_message", "0", text="Hi"), TURN_ENDED],
        "Hi\n",
    ),
    Case(
        "two turns",
        [
            *TURN,
            item("agent_message", "0", text="A"),
            TURN_ENDED,
            TURN[1],
            item("agent_message", "1", text="B"),
            TURN_ENDED,
        ],
        "A\nB\n",
    ),
    Case(
        "killed while a command ran",
        [*TURN, {"type": "item.started", "item": {"id": "0", "type": "command_execution", "command": "sleep 9"}}],
        "",
        4,
    ),
    Case("an error before the first turn", [TURN[0], {"type": "error", "message": "no login"}], "", 5, "no login"),
]


def line(method: str, **params: Any) -> Record:
    return {"jsonrpc": "2.0", "method": method, "params": {"threadId": "t", **params}}


def done(kind: str, ident: str, **members: Any) -> Record:
    return line("item/completed", item={"type": kind, "id": ident, **members})


BEGUN = line("turn/started", turn={"id": "1", "status": "inProgress"})
ENDED = line("turn/completed", turn={"id": "1", "status": "completed", "items": []})
CODEX_SERVER = [
    Case(
        "answers to a client before the turn",
        [
            *({"id": 0, "result": {"userAgent": "x"}}, {"id": 1, "result": {"thread": {"id": "t"}}}, BEGUN),
            done("userMessage", "0", content=[{"type": "text", "text": "Hi"}]),
            *(done("agentMessage", "1", text="Hello"), ENDED),
        ],
        "Hello\n",
    ),
    Case(
        "an approval that was declined",
        [
            *(
                BEGUN,
                {
                    "id": 5,
                    "method": "item/commandExecution/requestApproval",
                    "params": {"threadId": "t", "itemId": "c"},
                },
            ),
            done("commandExecution", "c", command="rm x", status="declined"),
            *(done("agentMessage", "1", text="I may not."), ENDED),
        ],
        "I may not.\n",
    ),
    Case(
        "a message that stays empty",
        [BEGUN, line("item/started", item={"type": "agentMessage", "id": "1", "text": ""}), ENDED],
        *("", 0, "is empty"),
    ),
    Case(
        "a plan and its deltas",
        [BEGUN, line("item/plan/delta", itemId="p", delta="First"), done("plan", "p", text="First this."), ENDED],
        "First this.\n",
    ),
    Case("a review", [BEGUN, done("exitedReviewMode", "r", review="It is fine."), ENDED], "It is fine.\n"),
    Case(
        "a review that a message repeats",
        [BEGUN, done("exitedReviewMode", "r", review="Fine."), done("agentMessage", "1", text="Fine."), ENDED],
        "Fine.\n",
    ),
    Case(
        "a turn that was interrupted",
        [
            BEGUN,
            line("item/agentMessage/delta", itemId="a", delta="On"),
            line("turn/completed", turn={"status": "interrupted"}),
        ],
        "On\n",
        5,
        "interrupted",
    ),
    Case(
        "a request that was refused",
        [{"id": 1, "error": {"code": -32600, "message": "no such thread"}}],
        "",
        5,
        "no such thread",
    ),
]


def event(kind: str, **members: Any) -> Record:
    return {"id": "1", "msg": {"type": kind, **members}}


def rollout(kind: str, **members: Any) -> Record:
    return {"timestamp": "2031-01-01T00:00:00.000Z", "type": "event_msg", "payload": {"type": kind, **members}}


def kept(kind: str, **members: Any) -> Record:
    return {"timestamp": "2031-01-01T00:00:00.000Z", "type": "response_item", "payload": {"type": kind, **members}}


def kept_text(text: str, role: str = "assistant") -> Record:
    return kept("message", role=role, content=[{"type": "output_text", "text": text}])


SHELL = kept("function_call", name="shell", arguments="{}", call_id="c")
GAVE = kept("function_call_output", call_id="c", output="ten")
CODEX_SESSION = [
    Case(
        "events as exec printed them first",
        [
            {"model": "m", "workdir": "/srv", "provider": "p", "approval": "never", "sandbox": "none"},
            {"prompt": "When?"},
            *(event("task_started"), event("agent_reasoning_delta", delta="Hm"), event("agent_reasoning", text="Hm")),
            *(event("agent_message_delta", delta="At "), event("agent_message_delta", delta="nine.")),
            event("agent_message", message="At nine."),
            event("exec_command_begin", call_id="c", command=["ls"]),
            event("exec_command_end", call_id="c", stdout="x", exit_code=0),
            event("agent_message", message="At nine."),
            event("task_complete", last_agent_message="At nine."),
        ],
        "At nine.\nAt nine.\n",
    ),
    Case(
        "events through MCP",
        [
            {"jsonrpc": "2.0", "method": "codex/event", "params": {"id": "1", "msg": one["msg"]}}
            for one in (event("task_started"), event("agent_message", message="Hi"), event("task_complete"))
        ],
        "Hi\n",
    ),
    Case("the last message alone", [event("task_started"), event("task_complete", last_agent_message="Hi")], "Hi\n"),
    Case(
        "the item before the event",
        [
            {**record, "timestamp": f"2031-01-01T00:00:0{number}.000Z"}
            for number in range(2)
            for record in (kept_text("A"), rollout("agent_message", message="A"))
        ],
        "A\nA\n",
    ),
    Case("items alone", [kept_text("?", "user"), kept_text("A"), SHELL, GAVE, kept_text("B")], "A\nB\n"),
    Case("a file without turns that ends with a call", [kept_text("A"), SHELL], "A\n"),
    Case("killed while a tool ran", [rollout("task_started"), kept_text("A"), SHELL], "A\n", 4),
    Case("killed before the answer to a result", [kept_text("A"), SHELL, GAVE], "A\n", 4),
    Case("killed before the end of a turn", [rollout("task_started"), kept_text("A")], "A\n", 4),
    Case(
        "interrupted, and another turn",
        [
            *(rollout("task_started"), kept_text("A"), rollout("turn_aborted", reason="interrupted")),
            *(rollout("task_started", turn_id="turn-2"), kept_text("A"), rollout("task_complete")),
        ],
        "A\nA\n",
        5,
        "interrupted",
    ),
    Case(
        "an error after tries",
        [event("task_started"), event("stream_error", message="retrying 1/5"), event("error", message="no login")],
        "",
        5,
        "no login",
    ),
    Case(
        "a file from before lines had types",
        [
            {"id": "s", "timestamp": "2031-01-01T00:00:00.000Z", "instructions": None},
            {"record_type": "state"},
            *(one["payload"] for one in (kept_text("?", "user"), SHELL, GAVE, kept_text("At nine."))),
        ],
        "At nine.\n",
    ),
]


def older(kind: str, **members: Any) -> Record:
    """A line of the app-server under its older method, as versions sent it beside that under the newer one."""
    return line(f"codex/event/{kind}", id="1", msg={"type": kind, **members})


UNDER_BOTH_METHODS = [
    Case(
        "events of the app-server under both of their methods",
        [
            *({"id": 0, "result": {"userAgent": "x"}}, older("task_started"), BEGUN),
            *(
                older("agent_message_content_delta", delta="At ", item_id="m"),
                older("agent_message_delta", delta="At "),
            ),
            *(line("item/agentMessage/delta", itemId="m", delta="At "), older("agent_message_delta", delta="nine.")),
            *(line("item/agentMessage/delta", itemId="m", delta="nine."), older("agent_message", message="At nine.")),
            *(done("agentMessage", "m", text="At nine."), older("task_complete", last_agent_message="At nine."), ENDED),
        ],
        "At nine.\n",
    ),
]


def delta(text: str) -> Record:
    return line("item/agentMessage/delta", itemId="a", delta=text)


@pytest.mark.parametrize("ident", ["a", "b"])
def test_a_try_of_codex_that_failed_is_a_separate_message(ident: str) -> None:
    """R16: no item/completed ends its message where the response failed; ids of items may be the same again."""
    starts = [line("item/started", item={"type": "agentMessage", "id": one, "text": ""}) for one in ("a", ident)]
    again = line("error", error={"message": "Reconnecting... 1/1"}, willRetry=True)
    second = line("item/agentMessage/delta", itemId=ident, delta="On time.")
    ran = run_here(["text"], jsonl([BEGUN, starts[0], delta("On"), again, starts[1], second, ENDED]))
    assert (ran.stdout, ran.code) == (b"On\nOn time.\n", 0)


def counts(count: int) -> Record:
    return {"inputTokens": count, "outputTokens": 1, "totalTokens": count + 1}


def test_the_usage_of_each_turn_of_codexs_server() -> None:
    """Totals are those of the thread, also of turns before the client resumed it; an update may come twice."""
    turns = []
    for one in (30, 50):
        usage = line("thread/tokenUsage/updated", tokenUsage={"total": counts(one), "last": counts(20)})
        turns += [BEGUN, usage, usage, done("agentMessage", f"m{one}", text="Hi"), ENDED]
    ran = run_here(["rewrite"], jsonl(turns))
    found = [chunk["usage"] for chunk in map(json.loads, ran.stdout.splitlines()) if chunk.get("usage")]
    assert [usage["prompt_tokens"] for usage in found] == [20, 20]


CASES = [*CODEX, *CODEX_SERVER, *CODEX_SESSION, *UNDER_BOTH_METHODS]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_text_makes_of_a_stream(case: Case) -> None:
    check(case)
