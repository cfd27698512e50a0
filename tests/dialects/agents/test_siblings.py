"""Shapes of agents' streams that no recording has: of other versions, of other ends, and of what comes before a run."""

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from tests.support import ends_within, jsonl, run_here, sse

Record = dict[str, Any]


class Case(NamedTuple):
    """A stream, and what ``text`` makes of it."""

    name: str
    records: list[Any]
    text: str
    code: int = 0
    stderr: str = ""


def claude(kind: str, **members: Any) -> Record:
    return {"type": kind, "session_id": "s", "uuid": "u", "parent_tool_use_id": None, **members}


def said(*blocks: Record, ident: str = "msg_1", **members: Any) -> Record:
    message = {"id": ident, "type": "message", "role": "assistant", "model": "m", "content": list(blocks)}
    return claude("assistant", message={**message, "stop_reason": None, **members})


def words(text: str) -> Record:
    return {"type": "text", "text": text}


INIT = claude("system", subtype="init", tools=["Bash"], model="m")
BASH = {"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {"command": "ls"}}
RETURNED = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "denied", "is_error": True}
DENIED = claude("user", message={"role": "user", "content": [RETURNED]})
RESULT = claude("result", subtype="success", is_error=False, result="Done.", stop_reason="end_turn", usage={})
REFUSED = "API Error: Claude Code is unable to respond to this request."


def kept_file(*records: Record) -> list[Record]:
    """The lines of a session file."""
    return [{"type": one["type"], "sessionId": "s", "message": one["message"]} for one in records]


CLAUDE = [
    Case(
        "hooks before the run",
        [claude("system", subtype="hook_started"), INIT, said(words("Done.")), RESULT],
        "Done.\n",
    ),
    Case(
        "a control response before the run",
        [
            {"type": "control_response", "response": {"subtype": "success", "request_id": "1", "response": {}}},
            *(INIT, said(words("Done.")), RESULT),
        ],
        "Done.\n",
    ),
    Case(
        "a rate limit before the run",
        [claude("rate_limit_event", rate_limit_info={}), INIT, said(words("Hi")), RESULT],
        "Hi\n",
    ),
    Case("the result alone", [RESULT], "Done.\n"),
    Case("no answer at all", [INIT, {**RESULT, "result": ""}], "", 0, "is empty"),
    Case(
        "a command of the program",
        [INIT, said(words("Cost: 0"), model="<synthetic>"), {**RESULT, "result": "", "stop_reason": None}],
        "Cost: 0\n",
    ),
    Case("a connection lost before the answer", [INIT, {**RESULT, "result": "", "stop_reason": None}], "", 4),
    Case(
        "a permission was denied",
        [INIT, said(BASH), DENIED, said(words("I may not."), ident="msg_2"), {**RESULT, "permission_denials": [{}]}],
        "I may not.\n",
    ),
    Case(
        "the context was compacted",
        [
            *(INIT, said(words("One.")), claude("system", subtype="status", status="compacting")),
            claude("system", subtype="compact_boundary", compact_metadata={"trigger": "auto"}),
            claude("user", message={"role": "user", "content": "This session is continued."}, isSynthetic=True),
            *(said(words("Two."), ident="msg_2"), RESULT),
        ],
        "One.\nTwo.\n",
    ),
    Case(
        "the model refused",
        [
            *(INIT, said(words(REFUSED), model="<synthetic>", stop_reason="refusal")),
            {**RESULT, "is_error": True, "result": REFUSED},
        ],
        "",
        5,
        "unable to respond",
    ),
    Case(
        "an error during execution",
        [INIT, said(words("Hm")), claude("result", subtype="error_during_execution", is_error=True, errors=["ENOENT"])],
        "Hm\n",
        5,
        "ENOENT",
    ),
    Case(
        "redacted thinking and a server's tool",
        [
            INIT,
            said({"type": "redacted_thinking", "data": "x"}),
            said({"type": "server_tool_use", "id": "srv_1", "name": "web_search", "input": {"query": "x"}}),
            said({"type": "web_search_tool_result", "tool_use_id": "srv_1", "content": []}),
            said(words("Found."), stop_reason="end_turn"),
            RESULT,
        ],
        "Found.\n",
    ),
    Case(
        "a transcript that begins with a summary",
        [
            {"type": "summary", "summary": "About boats", "leafUuid": "x"},
            {"type": "user", "sessionId": "s", "message": {"role": "user", "content": "Hi"}},
            {"type": "assistant", "sessionId": "s", "message": {**said(words("Ahoy."))["message"]}},
        ],
        "Ahoy.\n",
    ),
    *(
        Case(f"a transcript that begins with {first['type']}", [first, *kept_file(said(words("Ahoy.")))], "Ahoy.\n")
        for first in (
            {"type": "permission-mode", "permissionMode": "default", "sessionId": "s"},
            {"type": "tag", "tag": "boats", "sessionId": "s"},
            {"type": "attachment", "attachment": {"type": "hook_success"}, "sessionId": "s", "uuid": "u"},
            {"type": "a-kind-of-later-versions", "sessionId": "s"},
            {"type": "system", "subtype": "stop_hook_summary", "parentUuid": None, "sessionId": "s", "uuid": "u"},
        )
    ),
    Case(
        "a transcript with errors of the API that were tried again",
        [
            *kept_file(said(words("One."))),
            {
                "type": "system",
                "subtype": "api_error",
                "parentUuid": "p",
                "sessionId": "s",
                "error": {"message": "busy"},
            },
            *kept_file(said(words("Two."), ident="msg_2")),
        ],
        "One.\nTwo.\n",
    ),
    Case(
        "the file of a sub-agent",
        [
            {"type": kind, "isSidechain": True, "agentId": "a1", "sessionId": "s", "message": message}
            for kind, message in (
                ("user", {"role": "user", "content": "Look."}),
                ("assistant", said(words("Looking."), BASH)["message"]),
                ("user", DENIED["message"]),
                ("assistant", said(words("Found."), ident="msg_2")["message"]),
            )
        ],
        "Looking.\nFound.\n",
    ),
    Case(
        "a transcript with a side chain first",
        [
            {"type": "user", "isSidechain": True, "sessionId": "s", "message": {"role": "user", "content": "Warmup"}},
            {"type": "assistant", "isSidechain": True, "sessionId": "s", "message": said(words("Ready."))["message"]},
            *({**line, "session_id": "s"} for line in kept_file(said(words("Ahoy."), ident="msg_2"))),
        ],
        "Ahoy.\n",
    ),
    Case(
        "a transcript of Cursor's",
        [
            {"role": "user", "message": {"content": [words("List them.")]}},
            {"role": "assistant", "message": {"content": [words("I look."), {**BASH, "id": None}]}},
            {"role": "assistant", "message": {"content": "Two."}},
            {"type": "turn_ended", "status": "success"},
        ],
        "I look.\nTwo.\n",
    ),
    Case(
        "a text that the program writes for an empty one",
        kept_file(said(words("(no content)")), said(BASH), said(words("Ahoy."), ident="msg_2")),
        "Ahoy.\n",
    ),
    Case("content that is a string", [INIT, said(words("")), said(ident="msg_2", content="A."), RESULT], "A.\n"),
    Case(
        "a transcript that ends with an error of the program",
        [
            {"type": "user", "sessionId": "s", "message": {"role": "user", "content": "Hi"}},
            {
                "type": "assistant",
                "sessionId": "s",
                "message": said(words("API Error: 500"), model="<synthetic>")["message"],
            },
        ],
        "",
        5,
        "API Error: 500",
    ),
    Case(
        "a transcript whose error was tried again",
        [
            {
                "type": "assistant",
                "sessionId": "s",
                "message": said(words("API Error: 500"), model="<synthetic>")["message"],
            },
            {"type": "assistant", "sessionId": "s", "message": said(words("Ahoy."), ident="msg_2")["message"]},
        ],
        "Ahoy.\n",
    ),
    Case(
        "an error of the API with the name of a model",
        [INIT, {**said(words("Disabled.")), "is_api_error_message": True}, {**RESULT, "is_error": True, "result": ""}],
        "",
        5,
        "sent an error",
    ),
    Case("a sign of life before the run", [{"type": "keep_alive"}, INIT, said(words("Hi")), RESULT], "Hi\n"),
    Case("the same run twice", [INIT, said(words("Hi")), RESULT] * 2, "Hi\n"),
    Case(
        "two runs with the same answer",
        [{**one, "uuid": run} for run in ("u-1", "u-2") for one in (INIT, said(words("Hi")), RESULT)],
        "Hi\nHi\n",
    ),
    Case(
        "an answer that a tool of the program takes",
        [INIT, said(words("Here.")), said({**BASH, "name": "StructuredOutput", "input": {"opens": 9}}), DENIED, RESULT],
        "Here.\n",
    ),
    Case(
        "a command of the program that prints nothing",
        [INIT, claude("result", subtype="success", is_error=False, result="", stop_reason=None, duration_api_ms=0)],
        *("", 0, "empty"),
    ),
    Case("a session file that ends with a call", kept_file(said(words("I look.")), said(BASH)), "I look.\n"),
    Case(
        "a session file that ends with a tool's result",
        kept_file(said(words("I look.")), said(BASH), DENIED),
        "I look.\n",
        4,
        "before choice 0",
    ),
    Case(
        "a session file of two turns",
        [
            {**record, "uuid": f"{turn}-{record['message'].get('id')}"}
            for turn in (1, 2)
            for record in kept_file(said(words("I look.")), said(BASH), DENIED, said(words("No."), ident="msg_2"))
        ],
        "I look.\nNo.\nI look.\nNo.\n",
    ),
    Case("killed while a tool ran", [INIT, said(words("I look.")), said(BASH)], "I look.\n", 4),
    Case(
        "interrupted by its user",
        [
            *(INIT, said(words("I look.")), said(BASH)),
            claude("user", message={"role": "user", "content": [words("[Request interrupted by user]")]}),
            claude("result", subtype="error_during_execution", is_error=True),
        ],
        "I look.\n",
        5,
    ),
]


def cursor(text: str, **members: Any) -> Record:
    message = {"role": "assistant", "content": [words(text)]}
    return {"type": "assistant", "message": message, "session_id": "s", **members}


BY_SERVER = {
    "mcpToolCall": {"args": {"name": "post-send_message", "toolName": "send_message", "args": {"message": "Ten."}}}
}


def tool_ran(**call: Any) -> list[Record]:
    record = {"type": "tool_call", "call_id": "c", "session_id": "s", "tool_call": call}
    return [{**record, "subtype": one} for one in ("started", "completed")]


TOOL_RAN = tool_ran(shellToolCall={"args": {"command": "ls"}})
THOUGHTS = [{"type": "thinking", "subtype": "delta", "text": one, "timestamp_ms": 1} for one in ("Hm", ".")]
FIRST = [cursor("Let me ", timestamp_ms=1), cursor("look.", timestamp_ms=2)]
SECOND = [cursor("At ", timestamp_ms=4), cursor("nine.", timestamp_ms=5)]
DELTAS = [
    claude(
        "stream_event", event={"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": one}}
    )
    for one in ("At ", "nine.")
]
STOP = [
    claude("stream_event", event={"type": "message_delta", "delta": {"stop_reason": "end_turn"}}),
    claude("stream_event", event={"type": "message_stop"}),
]
TAIL = [
    Case("without the start of the message", [*DELTAS, said(words("At nine.")), *STOP, RESULT], "At nine.\n"),
    Case("from within a text", [DELTAS[1], said(words("At nine.")), *STOP, RESULT], "nine.\nAt nine.\n"),
]
CURSOR = [
    Case(
        "Cursor's whole messages", [INIT, cursor("Look."), *TOOL_RAN, cursor("At nine."), RESULT], "Look.\nAt nine.\n"
    ),
    Case("Cursor's fragments", [INIT, *FIRST, *TOOL_RAN, *SECOND, RESULT], "Let me look.\nAt nine.\n"),
    Case(
        "Cursor's fragments, and all of them again",
        [
            *(INIT, *FIRST, cursor("Let me look.", timestamp_ms=3, model_call_id="m"), *TOOL_RAN),
            *(*SECOND, cursor("At nine."), RESULT),
        ],
        "Let me look.\nAt nine.\n",
    ),
    Case("Cursor's fragments, cut", [INIT, *FIRST], "Let me look.\n", 4),
    Case("Cursor's message by a tool server", [INIT, *tool_ran(**BY_SERVER), cursor("Sent."), RESULT], "Ten.\nSent.\n"),
    Case("Cursor's thoughts", [INIT, *THOUGHTS, cursor("Look.", timestamp_ms=2), *TOOL_RAN, RESULT], "Look.\n"),
    Case("Cursor, cut while a tool runs", [INIT, cursor("Look."), TOOL_RAN[0]], "Look.\n", 4),
]


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


def interaction(kind: str, **members: Any) -> Record:
    return {"event_type": f"interaction.{kind}", "interaction": {"id": "i", "object": "interaction", **members}}


def content(kind: str, **members: Any) -> Record:
    return {"event_type": f"content.{kind}", "index": 0, **members}


CALLED = {"type": "function_call", "id": "c", "name": "send_message", "arguments": {"message": "At nine."}}
INTERACTIONS = [
    Case(
        "a call whose start has no name",
        [
            interaction("created", status="in_progress"),
            *(content("start", content={"type": "function_call"}), content("delta", delta=CALLED), content("stop")),
            interaction("completed", status="requires_action"),
        ],
        "At nine.\n",
    ),
    Case(
        "an interaction that failed", [interaction("completed", status="failed", error={"message": "no"})], "", 5, "no"
    ),
    Case(
        "an interaction that was cut",
        [interaction("created"), content("delta", delta={"type": "text", "text": "On"})],
        "On\n",
        4,
    ),
]


def gemini(kind: str, **members: Any) -> Record:
    return {"type": kind, "timestamp": "2031-01-01T00:00:00.000Z", **members}


GEMINI = [
    Case(
        "too many turns",
        [
            gemini("init", session_id="s", model="m"),
            gemini("message", role="assistant", content="One", delta=True),
            gemini("tool_use", tool_name="ls", tool_id="1", parameters={}),
            gemini("tool_result", tool_id="1", status="error", error={"type": "TOOL_ERROR", "message": "denied"}),
            gemini("error", severity="error", message="Maximum session turns exceeded"),
            gemini("result", status="success", stats={}),
        ],
        "One\n",
        5,
        "Maximum session turns",
    ),
    Case(
        "a warning",
        [
            gemini("init", session_id="s", model="m"),
            gemini("message", role="assistant", content="One", delta=True),
            gemini("error", severity="warning", message="Loop detected"),
            gemini("result", status="success", stats={}),
        ],
        "One\n",
    ),
    Case(
        "cancelled",
        [
            gemini("init", session_id="s", model="m"),
            gemini(
                "result", status="error", error={"type": "FatalCancellationError", "message": "cancelled"}, stats={}
            ),
        ],
        "",
        5,
        "cancelled",
    ),
    Case(
        "one object with an error",
        [{"session_id": "s", "error": {"type": "ApiError", "message": "no key", "code": 41}}],
        "",
        5,
        "no key",
    ),
]


def part(kind: str, **members: Any) -> Record:
    return {"type": kind, "timestamp": 1, "sessionID": "ses_1", "part": {"messageID": "msg_1", "type": kind, **members}}


OPENCODE = [
    Case(
        "a permission was denied, and the run ended",
        [
            part("step_start"),
            part(
                "tool_use",
                callID="c",
                tool="bash",
                state={"status": "error", "input": {"command": "x"}, "error": "rejected"},
            ),
            part("step_finish", reason="tool-calls", tokens={}),
        ],
        "",
        4,
    ),
    Case(
        "no model",
        [
            {
                "type": "error",
                "timestamp": 1,
                "sessionID": "s",
                "error": {"name": "UnknownError", "data": {"message": "no model"}},
            }
        ],
        "",
        5,
        "no model",
    ),
]

RUN = {"type": "RUN_STARTED", "threadId": "t", "runId": "r"}
FINISHED = {"type": "RUN_FINISHED", "threadId": "t", "runId": "r"}


def text_of_run(ident: str, text: str) -> list[Record]:
    return [
        {"type": "TEXT_MESSAGE_START", "messageId": ident, "role": "assistant"},
        {"type": "TEXT_MESSAGE_CONTENT", "messageId": ident, "delta": text},
        {"type": "TEXT_MESSAGE_END", "messageId": ident},
    ]


TOOL = [
    {"type": "TOOL_CALL_START", "toolCallId": "c", "toolCallName": "w", "parentMessageId": "x"},
    {"type": "TOOL_CALL_END", "toolCallId": "c"},
    {"type": "TOOL_CALL_RESULT", "messageId": "m", "toolCallId": "c", "content": "k"},
]
SAYS_FOUR = '{"message": "Four."}'
AG_UI = [
    Case(
        "a call in a message that has another id in the history",
        [
            *(RUN, *text_of_run("x", "At nine.")),
            {"type": "TOOL_CALL_START", "toolCallId": "c", "toolCallName": "send_message"},
            *(
                {"type": "TOOL_CALL_ARGS", "toolCallId": "c", "delta": SAYS_FOUR},
                {"type": "TOOL_CALL_END", "toolCallId": "c"},
            ),
            {
                "type": "MESSAGES_SNAPSHOT",
                "messages": [
                    {"id": "q", "role": "user", "content": "?"},
                    {"id": "x", "role": "assistant", "content": "At nine."},
                    {
                        "id": "y",
                        "role": "assistant",
                        "toolCalls": [{"id": "c", "function": {"name": "send_message", "arguments": SAYS_FOUR}}],
                    },
                ],
            },
            FINISHED,
        ],
        "At nine.\nFour.\n",
    ),
    Case(
        "the text again whole",
        [
            *(RUN, *text_of_run("x", "At nine, ")[:2], text_of_run("x", "from pier 4.")[1]),
            *(*text_of_run("x", "At nine, from pier 4.")[1:], FINISHED),
        ],
        "At nine, from pier 4.\n",
    ),
    Case(
        "text after the tool under the same id",
        [RUN, *text_of_run("x", "A"), *TOOL, *text_of_run("x", "B")[1:], FINISHED],
        "A\nB\n",
    ),
    Case(
        "no end before the tool", [RUN, *text_of_run("x", "A")[:2], *TOOL, *text_of_run("y", "B"), FINISHED], "A\nB\n"
    ),
    Case(
        "an end after an error",
        [RUN, *text_of_run("x", "A"), {"type": "RUN_ERROR", "message": "no"}, FINISHED],
        "A\n",
        5,
        "no",
    ),
    Case(
        "chunks whose id is in the first alone",
        [
            *(
                RUN,
                {"type": "TEXT_MESSAGE_CHUNK", "messageId": "x", "delta": "A"},
                {"type": "TEXT_MESSAGE_CHUNK", "delta": "B"},
            ),
            {"type": "TOOL_CALL_CHUNK", "toolCallId": "c", "toolCallName": "send_message", "delta": '{"message":'},
            *({"type": "TOOL_CALL_CHUNK", "delta": '"C"}'}, FINISHED),
        ],
        "AB\nC\n",
    ),
    Case(
        "an error at once",
        [{"type": "RUN_STARTED", "runId": "r"}, {"type": "RUN_ERROR", "message": "no", "code": "x"}],
        "",
        5,
        "no",
    ),
    Case(
        "a run that was interrupted",
        [{"type": "RUN_STARTED", "runId": "r"}, {"type": "TEXT_MESSAGE_START", "messageId": "m", "role": "assistant"}],
        "",
        4,
    ),
]
WHOLE_START = {"type": "start"}
WHOLE_STREAM = [
    *({"type": "start-step"}, {"type": "text-start", "id": "1"}),
    *({"type": "text-delta", "id": "1", "delta": "Gate "}, {"type": "text-delta", "id": "1", "delta": "four."}),
    *({"type": "text-end", "id": "1"}, {"type": "finish-step"}, {"type": "finish"}),
]
WHOLE = {"id": "m", "role": "assistant", "parts": [{"type": "step-start"}, {"type": "text", "text": "Gate four."}]}
AI_SDK = [
    Case("an error at once", [{"type": "start"}, {"type": "error", "errorText": "no key"}], "", 5, "no key"),
    Case(
        "a refused approval",
        [
            *({"type": "start"}, {"type": "start-step"}),
            {"type": "tool-input-available", "toolCallId": "c", "toolName": "rm", "input": {}},
            {"type": "tool-approval-request", "approvalId": "a", "toolCallId": "c"},
            *({"type": "tool-output-denied", "toolCallId": "c"}, {"type": "finish-step"}, {"type": "start-step"}),
            {"type": "text-start", "id": "1"},
            {"type": "text-delta", "id": "1", "delta": "I may not."},
            *({"type": "text-end", "id": "1"}, {"type": "finish-step"}, {"type": "finish"}),
        ],
        "I may not.\n",
    ),
    *(
        Case(f"a whole message {place} with the id {ident!r}", records, text)
        for ident, place, records, text in (
            ("m", "behind its stream", [{**WHOLE_START, "messageId": "m"}, *WHOLE_STREAM, WHOLE], "Gate four.\n"),
            ("n", "behind a stream", [{**WHOLE_START, "messageId": "n"}, *WHOLE_STREAM, WHOLE], "Gate four.\n" * 2),
            ("", "behind a stream", [WHOLE_START, *WHOLE_STREAM, WHOLE], "Gate four.\n" * 2),
            ("m", "before a stream", [WHOLE, {**WHOLE_START, "messageId": "m"}, *WHOLE_STREAM], "Gate four.\n" * 2),
        )
    ),
]
HUMAN = {"type": "human", "id": "h", "content": "Hi"}
CALLS = {
    "type": "ai",
    "id": "1",
    "content": "I send.",
    "tool_calls": [{"id": "c", "name": "send_message", "args": {"message": "At nine."}}],
}
SENT = {"type": "tool", "id": "2", "content": "sent", "tool_call_id": "c"}
ANSWER = {"type": "ai", "id": "3", "content": "Done.", "tool_calls": []}
STATES = [[HUMAN], [HUMAN, CALLS], [HUMAN, CALLS, SENT], [HUMAN, CALLS, SENT, ANSWER]]
ALL_OF_IT = "I send.\nAt nine.\nDone.\n"


def debug(kind: str, **payload: Any) -> Record:
    return {"step": 1, "timestamp": "x", "type": kind, "payload": payload}


def streamed(text: str, **members: Any) -> Record:
    about = {"model_provider": "openai"}
    return {"type": "AIMessageChunk", "id": "m", "content": text, "response_metadata": about, **members}


def called_piece(ident: str, name: str, arguments: str) -> Record:
    piece = {"name": name, "args": arguments, "id": f"call_{ident}", "index": 0, "type": "tool_call_chunk"}
    return streamed("", id=ident, tool_call_chunks=[piece])


SPOKEN = [
    {
        "id": f"m{n}",
        "type": "ai",
        "content": "",
        "tool_calls": [{"id": "call_0", "name": "send_message", "args": {"message": text}}],
    }
    for n, text in enumerate(("At nine.", "From pier 4."))
]
LANGGRAPH = [
    Case(
        "a model that numbers the calls of each response",
        [{"run_id": "r"}, *({"messages": [HUMAN, SPOKEN[0], SENT, SPOKEN[1]][:n]} for n in (1, 2, 3, 4))],
        "At nine.\nFrom pier 4.\n",
    ),
    Case("values", [{"run_id": "r"}, *({"messages": state} for state in STATES)], ALL_OF_IT),
    Case(
        "checkpoints", [{"run_id": "r"}, *({"values": {"messages": state}, "next": []} for state in STATES)], ALL_OF_IT
    ),
    Case(
        "debug",
        [
            {"run_id": "r"},
            debug("checkpoint", values={"messages": [HUMAN]}),
            debug("task", id="1", name="model", input={"messages": [HUMAN]}),
            debug("task_result", id="1", name="model", result={"messages": [CALLS]}),
            debug("checkpoint", values={"messages": STATES[1]}),
            debug("task_result", id="2", name="tools", result=[["messages", [SENT]], ["other", 1]]),
            debug("task_result", id="3", name="model", result={"messages": [ANSWER]}),
            debug("checkpoint", values={"messages": STATES[3]}),
        ],
        ALL_OF_IT,
    ),
    Case(
        "a model whose connection was lost",
        [{"run_id": "r", "attempt": 1}, [streamed("Hel"), {}], [streamed("", chunk_position="last"), {}]],
        *("Hel\n", 4),
    ),
    Case(
        "a node that tries again after a part of its call",
        [
            {"run_id": "r", "attempt": 1},
            [called_piece("lc_run--1", "send_message", '{"message": "At'), {}],
            [called_piece("lc_run--2", "send_message", '{"message": "At nine."}'), {}],
            [streamed("", id="lc_run--2", response_metadata={"finish_reason": "tool_calls"}), {}],
            [{**SENT, "type": "tool"}, {}],
            [streamed("Done.", id="lc_run--3", response_metadata={"finish_reason": "stop"}), {}],
        ],
        *("At\nAt nine.\nDone.\n", 4, "open"),
    ),
    Case(
        "a failed task and the error of its run",
        [
            {"run_id": "r", "attempt": 1},
            {"id": "t", "name": "model", "error": {"message": "no pier"}, "result": [], "interrupts": []},
            {"error": "APIError", "message": "no pier"},
        ],
        *("", 5, "APIError"),
    ),
    Case(
        "an error at once",
        [{"run_id": "r", "attempt": 1}, {"error": "ValueError", "message": "no key"}],
        "",
        5,
        "no key",
    ),
    Case(
        "an interrupt after a call",
        [
            {"run_id": "r", "attempt": 1},
            {
                "model": {
                    "messages": [
                        {
                            "type": "ai",
                            "id": "1",
                            "content": "May I?",
                            "tool_calls": [{"id": "c", "name": "rm", "args": {}}],
                        }
                    ]
                }
            },
            {"__interrupt__": [{"value": "approve?", "id": "i"}]},
        ],
        "May I?\n",
    ),
]


def chained(text: str, **members: Any) -> Record:
    return {"type": "AIMessageChunk", "id": "run-1", "content": text, **members}


WITH_REASON = {"response_metadata": {"finish_reason": "stop", "model_provider": "openai"}}
CHAIN = {"event": "on_chain_start", "run_id": "a", "name": "x", "data": {"input": "?"}}
CHAIN_EVENTS = [
    *(CHAIN, {"event": "on_chat_model_start", "run_id": "b", "data": {}}),
    {"event": "on_chat_model_stream", "run_id": "b", "data": {"chunk": called_piece("run-b", "look", "{}")}},
    {"event": "on_chat_model_end", "run_id": "b", "data": {"output": {**CALLS, "tool_calls": [], **WITH_REASON}}},
    {"event": "on_tool_start", "run_id": "c", "name": "look", "data": {}},
    {"event": "on_tool_end", "run_id": "c", "name": "look", "data": {"output": SENT}},
    {"event": "on_chat_model_stream", "run_id": "d", "data": {"chunk": streamed("Done.", id="run-d")}},
    {"event": "on_chat_model_end", "run_id": "d", "data": {"output": {**ANSWER, **WITH_REASON}}},
]
TEXTS = [
    {"type": "text", "text": "At nine.", "index": 0},
    {"type": "thinking", "thinking": "From where?", "index": 1},
    {"type": "text", "text": "From pier 4.", "index": 2},
]
LANGCHAIN = [
    Case(
        "two texts with thoughts between them, in pieces and whole",
        [
            *([chained("", content=[part]), {"langgraph_node": "m"}] for part in TEXTS),
            [chained("", chunk_position="last"), {"langgraph_node": "m"}],
            {"m": {"messages": [{"type": "ai", "id": "run-1", "content": TEXTS}]}},
            {"m": {"messages": [{"type": "ai", "id": "run-2", "content": TEXTS}]}},
        ],
        "At nine.\nFrom pier 4.\n" * 2,
    ),
    Case("the events of a chain", [*CHAIN_EVENTS, {**CHAIN, "event": "on_chain_end"}], "I send.\nDone.\n"),
    Case("the same, cut behind the answer", CHAIN_EVENTS, "I send.\nDone.\n", 4, "on_chain_end"),
    Case("the same, cut while a tool runs", CHAIN_EVENTS[:-3], "I send.\n", 4, "on_chain_end"),
    Case(
        "another attempt of the run",
        [
            {"run_id": "r", "attempt": 1},
            *(
                chained("On"),
                {"run_id": "r", "attempt": 2},
                {**chained("One."), "id": "run-2", "chunk_position": "last"},
            ),
        ],
        "On\nOne.\n",
    ),
    Case(
        "a refusal",
        [chained("", additional_kwargs={"refusal": "I may not."}), chained("", chunk_position="last")],
        "",
        0,
        "I may not.",
    ),
    Case(
        "parts of the second version",
        [{"type": "messages", "ns": [], "data": [chained("Hi", chunk_position="last"), {}]}],
        "Hi\n",
    ),
]
LANGSERVE = [
    Case(
        "an error after a chunk",
        [{"run_id": "r"}, chained("Hel"), {"error": {"status_code": 500, "message": "no"}}],
        "Hel\n",
        5,
        "no (code 500)",
    ),
    Case("an answer with events", [{"output": "Hi", "callback_events": [], "metadata": {"run_id": "r"}}], "Hi\n"),
    Case("a message that was not streamed", [{"run_id": "r"}, {"type": "ai", "id": "1", "content": "Hi"}], "Hi\n"),
    Case(
        "two messages that were not streamed",
        [{"type": "ai", "id": "1", "content": "A"}, {"type": "ai", "id": "2", "content": "B"}],
        "A\nB\n",
    ),
    Case(
        "an answer in pieces",
        [
            {"run_id": "r"},
            {"input": "x"},
            {"context": []},
            {"answer": "Hel"},
            {"answer": "lo"},
            {"type": "AIMessageChunk", "id": "2", "content": "", "chunk_position": "last"},
        ],
        "Hello\n",
    ),
]
USED = {"toolUseId": "c", "name": "look"}
STRANDS = [
    Case(
        "an answer that a tool of the program takes",
        [
            {"init_event_loop": True},
            {"message": {"role": "assistant", "content": [{"text": "I look."}, {"toolUse": {**USED, "input": {}}}]}},
            {"message": {"role": "user", "content": [{"toolResult": {"toolUseId": "c", "content": []}}]}},
            {"structured_output": {"opens": 9}},
        ],
        "I look.\n",
    ),
    Case(
        "its pieces alone",
        [
            *({"init_event_loop": True}, {"start_event_loop": True}, {"data": "I "}, {"data": "look."}),
            *({"current_tool_use": {**USED, "input": "{}"}}, {"start_event_loop": True}, {"data": "At ten."}),
            {"result": "At ten."},
        ],
        "I look.\nAt ten.\n",
    ),
    Case(
        "the same, cut before the second answer",
        [
            *({"init_event_loop": True}, {"start_event_loop": True}, {"data": "I "}, {"data": "look."}),
            *({"current_tool_use": {**USED, "input": "{}"}}, {"start_event_loop": True}),
        ],
        *("I look.\n", 4),
    ),
    Case(
        "its messages alone",
        [
            {"message": {"role": "assistant", "content": [{"text": "I look."}, {"toolUse": {**USED, "input": {}}}]}},
            {
                "message": {
                    "role": "user",
                    "content": [{"toolResult": {"toolUseId": "c", "content": [{"text": "ten"}]}}],
                }
            },
            {"message": {"role": "assistant", "content": [{"text": "At ten."}]}},
        ],
        "I look.\nAt ten.\n",
    ),
    Case(
        "events that end with a call",
        [
            {"init_event_loop": True},
            {"event": {"messageStart": {"role": "assistant"}}},
            {"event": {"contentBlockStart": {"start": {"toolUse": {"toolUseId": "c", "name": "send_message"}}}}},
            {"event": {"contentBlockDelta": {"delta": {"toolUse": {"input": '{"message":"At nine."}'}}}}},
            {"event": {"messageStop": {"stopReason": "tool_use"}}},
        ],
        "At nine.\n",
    ),
    Case(
        "a connection to a model of OpenAI's that was lost",
        [
            {"init_event_loop": True},
            {"event": {"messageStart": {"role": "assistant"}}},
            {"event": {"contentBlockStart": {"start": {}}}},
            {"event": {"contentBlockDelta": {"delta": {"text": "The last"}}}},
            {"data": "The last", "delta": {"text": "The last"}},
            {"event": {"messageStop": {"stopReason": "end_turn"}}},
            {"message": {"role": "assistant", "content": []}},
        ],
        "The last\n",
        4,
    ),
    Case(
        "a lost connection as callbacks have it",
        [
            {"init_event_loop": True},
            {"data": "The last", "delta": {"text": "The last"}},
            {"message": {"role": "assistant", "content": []}},
        ],
        "The last\n",
        4,
    ),
    Case(
        "an interrupt after a call",
        [
            {"init_event_loop": True},
            {"event": {"messageStart": {"role": "assistant"}}},
            {"event": {"contentBlockDelta": {"delta": {"text": "I ask."}}}},
            {"event": {"contentBlockStart": {"start": {"toolUse": {"toolUseId": "c", "name": "rm"}}}}},
            {"event": {"messageStop": {"stopReason": "tool_use"}}},
            {"result": {"stop_reason": "interrupt"}},
        ],
        "I ask.\n",
    ),
]


def of_letta(kind: str, otid: str, **members: Any) -> Record:
    return {"message_type": kind, "id": "message-1", "otid": otid, "step_id": "s", **members}


OF_LETTA_CODE = {"type": "message", "agent_id": "a", "run_id": "r"}
LETTA = [
    Case(
        "two texts of one response",
        [
            of_letta("assistant_message", "0", content="At "),
            of_letta("assistant_message", "0", content="nine."),
            of_letta("reasoning_message", "1", reasoning="Hm."),
            of_letta("assistant_message", "2", content="From pier 4."),
            {"message_type": "stop_reason", "stop_reason": "end_turn"},
        ],
        "At nine.\nFrom pier 4.\n",
    ),
    Case(
        "a request for an approval",
        [
            {"type": "system", "subtype": "init", "session_id": "s", "agent_id": "a"},
            {**OF_LETTA_CODE, **of_letta("assistant_message", "0", content="I look.")},
            {"type": "control_request", "request_id": "1", "request": {"subtype": "can_use_tool"}},
            {**OF_LETTA_CODE, **of_letta("assistant_message", "1", content="Done.")},
            {"type": "result", "subtype": "success", "agent_id": "a", "result": "Done."},
        ],
        "I look.\nDone.\n",
    ),
    Case(
        "a run that was interrupted",
        [
            {**OF_LETTA_CODE, **of_letta("assistant_message", "0", content="At ni")},
            {"type": "result", "subtype": "interrupted", "agent_id": "a", "result": "At ni"},
        ],
        *("At ni\n", 5, "sent an error: the run ended with interrupted"),
    ),
    Case(
        "control records of Letta Code, which are those of Claude Code",
        [
            {"type": "control_response", "response": {"subtype": "success", "request_id": "1", "response": {}}},
            {"type": "system", "subtype": "init", "session_id": "s", "agent_id": "a"},
            {"type": "message", "message_type": "assistant_message", "id": "1", "content": "I look.", "agent_id": "a"},
            {"type": "message", "message_type": "assistant_message", "id": "2", "content": "Done.", "agent_id": "a"},
            {
                "type": "result",
                "subtype": "success",
                "is_error": False,
                "result": "Done.",
                "agent_id": "a",
                "usage": {},
            },
        ],
        "I look.\nDone.\n",
    ),
    Case(
        "a result that names its failure",
        [
            {"type": "system", "subtype": "init", "session_id": "s", "agent_id": "a"},
            {
                "type": "result",
                "subtype": "error",
                "is_error": True,
                "agent_id": "a",
                "failure": {"message": "no quota"},
            },
        ],
        "",
        5,
        "no quota",
    ),
    Case(
        "an error and then why the run ended",
        [
            {"message_type": "error_message", "message": "Rate limited", "detail": "slow", "run_id": "r"},
            {"message_type": "stop_reason", "stop_reason": "llm_api_error"},
        ],
        "",
        5,
        "Rate limited slow",
    ),
    Case(
        "an answer that was not streamed",
        [
            {
                "messages": [
                    {"message_type": "reasoning_message", "id": "1", "reasoning": "Hm"},
                    {"message_type": "assistant_message", "id": "1", "content": "Hi"},
                ],
                "stop_reason": {"message_type": "stop_reason", "stop_reason": "end_turn"},
                "usage": {"message_type": "usage_statistics", "prompt_tokens": 1, "completion_tokens": 2},
            }
        ],
        "Hi\n",
    ),
    Case(
        "an error without a type behind the reason",
        [
            {"message_type": "assistant_message", "id": "1", "content": "At"},
            {"message_type": "stop_reason", "stop_reason": "error"},
            {"error": {"type": "internal_error", "message": "No more today."}},
        ],
        "At\n",
        5,
        "sent an error: No more today.",
    ),
    Case(
        "a run of too many steps",
        [
            {"message_type": "assistant_message", "id": "1", "content": "One."},
            {"message_type": "stop_reason", "stop_reason": "max_steps"},
        ],
        "One.\n",
        5,
        "max_steps",
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


def constructor(name: str, **members: Any) -> Record:
    return {"lc": 1, "type": "constructor", "id": ["langchain_core", "messages", name], "kwargs": members}


def blocks(*content: Any, kind: str = "AIMessageChunk", **members: Any) -> Record:
    return {"type": kind, "id": "r", "content": list(content), **members}


def of_model(kind: str, **data: Any) -> Record:
    return {"event": f"on_chat_model_{kind}", "run_id": "r", "name": "C", "data": data}


A, B, SEARCH = words("A"), words("B"), {"type": "server_tool_use", "id": "s", "name": "web", "input": {}}
SERIALIZED = [
    Case(
        "an end of a model that names no reason",
        [
            of_model("start", input={}),
            *(of_model("stream", chunk=blocks(one)) for one in (A, B)),
            of_model("end", output=blocks(A, B)),
        ],
        "AB\n",
    ),
    Case(
        "an end of a model that names no reason, and a start without its message",
        [
            of_model("start", input={}),
            of_model("stream", chunk=blocks(A)),
            of_model("end", output=blocks(A)),
            {**of_model("start", input={}), "run_id": "s"},
        ],
        "A\n",
        4,
    ),
    Case("two texts with a tool between", [blocks(A), blocks(SEARCH), blocks(B, chunk_position="last")], "A\nB\n"),
    Case("the same in one message", [blocks(A, SEARCH, B, kind="ai")], "A\nB\n"),
    Case("the same in a history", [{"messages": [blocks(A, SEARCH, B, kind="ai")]}], "A\nB\n"),
    Case(
        "the same in chunks and a history",
        [blocks(A), blocks(SEARCH), blocks(B, chunk_position="last"), {"messages": [blocks(A, SEARCH, B, kind="ai")]}],
        "A\nB\n",
    ),
    Case(
        "parts that are strings",
        [blocks("A", words("B"), kind="ai"), {"messages": [blocks("A", "B", kind="ai")]}],
        "AB\n",
    ),
    Case(
        "two texts with thoughts between", [blocks(A, {"type": "thinking", "thinking": "Hm"}, B, kind="ai")], "A\nB\n"
    ),
    Case("a part whose type is a list", [blocks(A, {"type": ["x"]}, B, kind="ai")], "A\nB\n"),
    Case(
        "messages of LangChain.js",
        [
            constructor("AIMessageChunk", id="r", content="At ", tool_call_chunks=[]),
            constructor("AIMessageChunk", id="r", content="nine.", response_metadata={"finish_reason": "stop"}),
        ],
        "At nine.\n",
    ),
    Case(
        "a state of LangGraph.js",
        [
            {
                "messages": [
                    constructor("HumanMessage", content="When?", id="h"),
                    constructor("AIMessage", content="At nine.", id="a"),
                ]
            }
        ],
        "At nine.\n",
    ),
    Case(
        "a kept history",
        [{"messages": [{"type": "human", "data": {"content": "?"}}, {"type": "ai", "data": {"content": "At nine."}}]}],
        "At nine.\n",
    ),
]


def older(kind: str, **members: Any) -> Record:
    """A line of the app-server under its older method, as versions sent it beside that under the newer one."""
    return line(f"codex/event/{kind}", id="1", msg={"type": kind, **members})


def with_snake_case(record: Record) -> Record:
    """An event as the classes of the Python package are printed: names of members without the protocol's aliases."""
    return {re.sub("[A-Z]", lambda found: "_" + found[0].lower(), name): value for name, value in record.items()}


def at_node(name: str, ident: str, text: str, **members: Any) -> list[Record]:
    return [chained(text, **{"id": ident, **members}), {"langgraph_node": name}]


HISTORY = [
    {"id": "q", "role": "user", "content": "?"},
    {"id": "x", "role": "assistant", "content": "At nine.", "tool_calls": None},
    {"id": "y", "role": "assistant", "content": "From pier 4."},
]
INVOKED = {"run_id": "r", "feedback_tokens": []}
REPEATED = [
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
    Case(
        "events as Python's classes name their members, two texts at once, and a snapshot",
        [
            with_snake_case(record)
            for record in (
                *(RUN, text_of_run("x", "")[0], text_of_run("y", "")[0], text_of_run("x", "At ")[1]),
                *(text_of_run("y", "From pier 4.")[1], *text_of_run("x", "nine.")[1:], text_of_run("y", "")[2]),
                *({"type": "MESSAGES_SNAPSHOT", "messages": HISTORY}, FINISHED),
            )
        ],
        "At nine.\nFrom pier 4.\n",
    ),
    Case(
        "two nodes at once, whose metadata have their names alone",
        [
            *(at_node("a", "run-1", "At "), at_node("b", "run-2", "From "), at_node("a", "run-1", "nine.")),
            *(at_node("a", "run-1", "", chunk_position="last"), at_node("b", "run-2", "pier 4.")),
            at_node("b", "run-2", "", chunk_position="last"),
        ],
        "At nine.\nFrom pier 4.\n",
    ),
    Case("the answer of LangServe, a text", [{"output": "At nine.", "metadata": INVOKED}], "At nine.\n"),
    Case(
        "the answer of LangServe, an agent's",
        [{"output": {"input": "?", "output": "At nine."}, "metadata": INVOKED}],
        "At nine.\n",
    ),
]


def whole(*parts: Record, ident: str = "m", role: str = "assistant") -> Record:
    """A whole message of the AI SDK, with its parts so far."""
    return {"id": ident, "role": role, "parts": [{"type": "step-start"}, *parts]}


def so_far(text: str, state: str = "streaming") -> Record:
    return {"type": "text", "text": text, "state": state}


def weather(state: str, given: Any, ident: str = "c") -> Record:
    return {"type": "tool-weather", "toolCallId": ident, "state": state, "input": given}


STEP = [so_far("Let me look.", "done"), weather("output-available", {"city": "Alb"})]
GROWING = [
    *(whole(so_far("")), whole(so_far("Let me ")), whole(so_far("Let me look."))),
    whole(STEP[0], weather("input-streaming", {"city": "A"})),
    *(whole(STEP[0], weather("input-available", {"city": "Alb"})), whole(*STEP)),
    *(whole(*STEP, {"type": "step-start"}), whole(*STEP, {"type": "step-start"}, so_far("Sun"))),
    whole(*STEP, {"type": "step-start"}, so_far("Sunny.", "done")),
]
INVOCATION = {"toolCallId": "c", "toolName": "send_message", "args": {"message": "At nine."}, "state": "result"}
GROWN = "Let me look.\nSunny.\n"
UI_MESSAGES = [
    Case("a message of the AI SDK that grows", GROWING, GROWN),
    Case("the same, cut in a text", GROWING[:2], "Let me \n", 4, "before choice 0"),
    Case("the same, cut behind the result of a tool", GROWING[:6], "Let me look.\n", 4),
    Case("the last state alone", GROWING[-1:], GROWN),
    Case(
        "kept messages of the AI SDK, in two versions",
        [
            whole({"type": "text", "text": "?"}, ident="u", role="user"),
            whole({"type": "reasoning", "text": "Hm"}, {"type": "source-url", "url": "u"}, so_far("One.", "done")),
            whole({"type": "text", "text": "?"}, ident="v", role="user"),
            whole({"type": "tool-invocation", "toolInvocation": INVOCATION}, so_far("Two.", "done"), ident="n"),
        ],
        "One.\nAt nine.\nTwo.\n",
    ),
]


def named(event: str, data: Any) -> Record:
    """An event of a LangGraph server as its clients print it."""
    return {"id": "1", "event": event, "data": data}


def model_event(**data: Any) -> Record:
    """An event of the Agents SDK for JavaScript."""
    return {"type": "raw_model_stream_event", "data": data}


def of_run(name: str, item: Record) -> Record:
    return {"type": "run_item_stream_event", "name": name, "item": {"type": "an_item", "rawItem": item}}


OUTPUT = {"type": "message", "id": "m", "role": "assistant", "content": [{"type": "output_text", "text": "At nine."}]}
CALLED = {"type": "function_call", "callId": "c", "name": "send_message", "arguments": '{"message":"Hi"}'}
RESPONSE = {"id": "r", "status": "completed", "output": [OUTPUT]}
DELTAS_OF_TEXT = [
    (model_event(type="output_text_delta", delta=piece), {"type": "response.output_text.delta", "delta": piece})
    for piece in ("At ", "nine.")
]
BEGUN_HERE = named("metadata", {"run_id": "r", "attempt": 1})
PRINTED = [
    Case(
        "events of another program under such a name",
        [{"event": "updates", "data": one} for one in (RUN, *text_of_run("x", "At nine."), FINISHED)],
        "At nine.\n",
    ),
    Case(
        "LangGraph's events with their names, two models at once",
        [
            BEGUN_HERE,
            *(named("messages|a:1", at_node("a", "x", "At ")), named("messages|b:1", at_node("b", "y", "Pier "))),
            named("messages", at_node("a", "x", "nine.", chunk_position="last")),
            named("messages", at_node("b", "y", "4.", chunk_position="last")),
            named("end", None),
        ],
        "At nine.\nPier 4.\n",
    ),
    Case(
        "LangGraph's messages so far, with their names",
        [
            *(
                BEGUN_HERE,
                named("messages/partial", [chained("At ")]),
                named("messages/partial", [chained("At nine.")]),
            ),
            named("messages/complete", [chained("At nine.", response_metadata={"finish_reason": "stop"})]),
        ],
        "At nine.\n",
    ),
    Case("LangGraph's error with its name", [BEGUN_HERE, named("error", {"error": "E", "message": "no"})], "", 5, "no"),
    Case(
        "Strands behind a server that prints what is no JSON",
        [
            *({"init_event_loop": True}, "{'agent': <strands.Agent object>}", {"event": {"messageStart": {}}}),
            *({"event": {"contentBlockDelta": {"delta": {"text": "At nine."}}}}, {"event": {"contentBlockStop": {}}}),
            *({"event": {"messageStop": {"stopReason": "end_turn"}}}, "AgentResult(stop_reason='end_turn')"),
        ],
        "At nine.\n",
    ),
    Case(
        "the Agents SDK for JavaScript, events of Responses beside its own",
        [
            *(
                model_event(type="response_started"),
                model_event(type="model", event={"type": "response.created", "response": {"id": "r", "output": []}}),
            ),
            model_event(
                type="model",
                event={"type": "response.output_item.added", "output_index": 0, "item": {**OUTPUT, "content": []}},
            ),
            *(
                one
                for own, event in DELTAS_OF_TEXT
                for one in (own, model_event(type="model", event={**event, "item_id": "m"}))
            ),
            *(model_event(type="response_done", response={"output": [OUTPUT]}),),
            model_event(type="model", event={"type": "response.completed", "response": RESPONSE}),
            of_run("message_output_created", OUTPUT),
        ],
        "At nine.\n",
    ),
    Case(
        "the same, its own events alone",
        [
            *(model_event(type="response_started"), model_event(type="response_done", response={"output": [CALLED]})),
            *(of_run("tool_called", CALLED), of_run("tool_output", {"type": "function_call_result", "callId": "c"})),
            *(own for own, _ in DELTAS_OF_TEXT),
            *(model_event(type="response_done", response={"output": [OUTPUT]}), of_run("message", OUTPUT)),
        ],
        "Hi\nAt nine.\n",
    ),
    Case(
        "the same, cut in a text",
        [model_event(type="response_started"), DELTAS_OF_TEXT[0][0]],
        "At \n",
        4,
    ),
    Case(
        "the same, with the item of a call last",
        [model_event(type="response_done", response={"output": [CALLED]}), of_run("tool_called", CALLED)],
        "Hi\n",
    ),
    Case(
        "a message of the AI SDK that begins empty",
        [{"id": "m", "role": "assistant", "parts": []}, *GROWING[-1:]],
        GROWN,
    ),
]

CASES = [
    *PRINTED,
    *UI_MESSAGES,
    *REPEATED,
    *CODEX_SESSION,
    *SERIALIZED,
    *LANGCHAIN,
    *CODEX_SERVER,
    *INTERACTIONS,
    *LANGSERVE,
    *STRANDS,
    *LETTA,
    *CLAUDE,
    *CURSOR,
    *TAIL,
    *CODEX,
    *GEMINI,
    *OPENCODE,
    *AG_UI,
    *AI_SDK,
    *LANGGRAPH,
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_text_makes_of_a_stream(case: Case) -> None:
    data = b"".join(json.dumps(record).encode() + b"\n" for record in case.records)
    ran = run_here(["text"], data)
    assert (ran.stdout.decode(), ran.code) == (case.text, case.code), ran.stderr
    assert case.stderr in ran.stderr
    assert ran.stderr.count("\n") <= 2


def test_calls_of_events_as_pythons_classes_name_their_members() -> None:
    """Two calls at once keep their names and arguments."""
    calls = [
        {"type": "TOOL_CALL_START", "tool_call_id": "c", "tool_call_name": "w", "parent_message_id": "x"},
        {"type": "TOOL_CALL_START", "tool_call_id": "d", "tool_call_name": "v", "parent_message_id": "x"},
        {"type": "TOOL_CALL_ARGS", "tool_call_id": "c", "delta": '{"a":'},
        {"type": "TOOL_CALL_ARGS", "tool_call_id": "d", "delta": "{}"},
        {"type": "TOOL_CALL_ARGS", "tool_call_id": "c", "delta": "1}"},
    ]
    usage = [{"input_tokens": 3, "output_tokens": 4}]
    records = [with_snake_case(RUN), *calls, {**with_snake_case(FINISHED), "usage": usage}]
    ran = run_here(["rewrite"], b"".join(json.dumps(record).encode() + b"\n" for record in records))
    assert ran.code == 0, ran.stderr
    chunks = [json.loads(one.removeprefix("data: ")) for one in ran.stdout.decode().splitlines() if "{" in one]
    emitted: dict[int, list[str]] = {}
    for chunk in chunks:
        for choice in chunk["choices"]:
            for call in choice["delta"].get("tool_calls", ()):
                function = call.get("function", {})
                pieces = emitted.setdefault(call["index"], ["", ""])
                emitted[call["index"]] = [pieces[0] + function.get("name", ""), pieces[1] + function["arguments"]]
    assert list(emitted.values()) == [["w", '{"a":1}'], ["v", "{}"]]
    assert next(chunk["usage"]["total_tokens"] for chunk in chunks if chunk.get("usage")) == 7


def test_a_text_that_goes_on_in_the_next_step_of_version_4() -> None:
    lines = (
        *('f:{"messageId":"m"}', '0:"One "', 'e:{"finishReason":"length","isContinued":true,"usage":{}}'),
        *(
            'f:{"messageId":"m"}',
            '0:"two."',
            'e:{"finishReason":"stop","isContinued":false}',
            'd:{"finishReason":"stop"}',
        ),
    )
    ran = run_here(["text"], "".join(f"{line}\n" for line in lines).encode())
    assert (ran.stdout, ran.code) == (b"One two.\n", 0)


def test_tuples_with_a_namespace_a_mode_or_both() -> None:
    chunk = {"type": "AIMessageChunk", "id": "r", "content": "At nine.", "chunk_position": "last"}
    place: list[Any] = [chunk, {"langgraph_node": "a"}]
    update = {"a": {"messages": [{**chunk, "type": "ai"}]}}
    for records in (
        [["messages", place], ["updates", update]],
        [[["a:1"], "messages", place], [["a:1"], "updates", update]],
        [[["a:1"], place]],
        [[[], update]],
    ):
        data = b"".join(json.dumps(record).encode() + b"\n" for record in records)
        assert run_here(["text"], data) == (0, b"At nine.\n", "")


@pytest.mark.parametrize(
    "parts",
    [
        [
            {"type": "step-start", "messageId": "m", "request": {}},
            {"type": "reasoning", "textDelta": "Hm"},
            {"type": "tool-call-streaming-start", "toolCallId": "c", "toolName": "send_message"},
            {"type": "tool-call-delta", "toolCallId": "c", "toolName": "send_message", "argsTextDelta": '{"message":'},
            {"type": "tool-call-delta", "toolCallId": "c", "toolName": "send_message", "argsTextDelta": '"A"}'},
            {"type": "tool-call", "toolCallId": "c", "toolName": "send_message", "args": {"message": "A"}},
            {"type": "step-finish", "finishReason": "tool-calls", "request": {}},
            {"type": "step-start", "messageId": "n", "request": {}},
            *({"type": "text-delta", "textDelta": "B"}, {"type": "step-finish", "request": {}}, {"type": "finish"}),
        ],
        [
            *({"type": "stream-start", "warnings": []}, {"type": "response-metadata", "id": "x"}),
            {"type": "tool-call", "toolCallId": "c", "toolName": "send_message", "input": '{"message":"A"}'},
            *({"type": "start-step"}, {"type": "text-delta", "id": "0", "text": "B"}, {"type": "finish"}),
        ],
    ],
    ids=["version 4", "version 5"],
)
def test_parts_of_full_stream_as_programs_log_them(parts: list[Record]) -> None:
    data = b"".join(json.dumps(part).encode() + b"\n" for part in parts)
    assert run_here(["text"], data) == (0, b"A\nB\n", "")


PLACE = {"langgraph_checkpoint_ns": "a:1"}
TUPLES = [
    Case(
        "what a node returns, behind its chunks under another id",
        [
            *([blocks(words("At ")), PLACE], [blocks(words("nine.")), PLACE]),
            [{"type": "ai", "id": "x", "content": "At nine."}, PLACE],
        ],
        "At nine.\n",
    ),
    Case(
        "the same behind their end, as a chunk",
        [
            *([blocks(words("At nine, ")), PLACE], [blocks(words("from pier 4."), chunk_position="last"), PLACE]),
            [{"type": "AIMessageChunk", "id": "x", "content": "At nine, from pier 4."}, PLACE],
        ],
        "At nine, from pier 4.\n",
    ),
    Case(
        "what two nodes return, without chunks",
        [
            [{"type": "ai", "id": "x", "content": "Done."}, PLACE],
            [{"type": "ai", "id": "y", "content": "Done."}, {"langgraph_checkpoint_ns": "b:1"}],
        ],
        "Done.\nDone.\n",
    ),
    Case(
        "chunks with the type of a whole message, cut",
        [[{"type": "ai", "id": "x", "content": one}, PLACE] for one in ("ha", "ha")],
        "haha\n",
        4,
    ),
]


@pytest.mark.parametrize("case", TUPLES, ids=lambda case: case.name)
def test_what_nodes_return_behind_their_chunks_or_without_any(case: Case) -> None:
    """R15: LangGraph sends chunks as they come, and all messages that a node returns and that had none."""
    data = "".join(f"event: messages\ndata: {json.dumps(record)}\n\n" for record in case.records)
    ran = run_here(["text"], data.encode())
    assert (ran.stdout.decode(), ran.code) == (case.text, case.code), ran.stderr


@pytest.mark.parametrize("kind", [["message"], {}, 3, None])
def test_an_item_whose_type_is_no_word_is_no_fault_of_the_command(kind: Any) -> None:
    stream = [
        {"type": "run_item_stream_event", "name": "tool_called", "item": {"raw_item": {"type": kind}}},
        model_event(type="response_done", response={"output": [{"type": kind}, 3]}),
    ]
    assert "a fault in unspool" not in run_here(["text"], jsonl(stream)).stderr


SERVED = 'event: metadata\r\ndata: {"run_id": "r"}\r\n\r\n'
LOST = chained("On", response_metadata={"model_provider": "openai"})


@pytest.mark.parametrize(
    ("data", "end", "code"),
    [
        (["At ", "nine.", ""], "stop", 0),
        ([{"docs": ["x"]}, {"answer": "At "}, {"answer": "nine."}], "stop", 0),
        (["", ""], "stop", 0),
        ([{"answer": ""}], "stop", 0),
        ([LOST, chained("", chunk_position="last")], "error", 5),
        ([{"event": "on_chat_model_stream", "run_id": "m", "data": {"chunk": LOST}}], "error", 5),
        ([LOST, chained("", response_metadata={"finish_reason": "stop"})], "stop", 0),
    ],
)
def test_the_end_of_langserve_is_the_end_of_a_text(data: list[Any], end: str, code: int) -> None:
    """R5, R17: of texts it is the only end; a message whose provider gives a reason was lost without one."""
    stream = SERVED + "".join(f"event: data\r\ndata: {json.dumps(one)}\r\n\r\n" for one in data)
    for whole, ends in ((stream + "event: end\r\n\r\n", [end]), (stream, [end] if "reason" in stream else [])):
        ran = run_here(["rewrite"], whole.encode())
        chunks = [json.loads(line) for line in ran.stdout.splitlines()]
        finished = [choice["finish_reason"] for chunk in chunks for choice in chunk["choices"]]
        assert [*filter(None, finished), *("error" for chunk in chunks if "error" in chunk)] == ends
        assert ran.code == (code if whole is not stream else 4)


@pytest.mark.parametrize(
    ("objects", "text", "code"),
    [
        ([{}, {"a": "船"}, {"a": "船 1", "b": [1]}, {"a": "船 1", "b": [12, {}]}], '{"a": "船 1", "b": [12, {}]}\n', 0),
        ([{"docs": ["x"]}, {"joke": "A"}, {"joke": "B"}], "", 4),
        ([{"a": ["x", "y"]}, {"a": ["x"]}], "", 4),
        ([{"a": "x"}, {"a": "y"}], "", 4),
        ([{"a": "x"}, {"error": "lost"}], '{"a": "x"}\n', 5),
        ([{"docs": ["x"]}, {"answer": "Nine."}], "Nine.\n", 0),
        ([{"docs": ["x"]}, chained("Nine.", response_metadata={"finish_reason": "stop"})], "Nine.\n", 0),
        ([{}], "", 4),
    ],
)
def test_an_object_that_grows_is_the_answer_of_langserve(objects: list[Any], text: str, code: int) -> None:
    """A chain that ends with a parser of JSON sends what it has parsed so far, and never the text."""
    stream = SERVED + "".join(f"event: data\r\ndata: {json.dumps(one)}\r\n\r\n" for one in objects)
    ran = run_here(["text"], (stream + "event: end\r\n\r\n").encode())
    assert (ran.stdout.decode(), ran.code) == (text, code), ran.stderr
    cut = run_here(["text"], stream.encode())
    assert (cut.stdout.decode(), cut.code) == (text, max(code, 4))


@pytest.mark.parametrize("again", [0, 1])
def test_the_usage_of_a_snapshot_behind_the_finish_reason(again: int) -> None:
    """The mode ``messages`` of LangGraph repeats the whole message when the usage has come; a state may follow."""
    whole = {"type": "ai", "id": "1", "content": "Hi", "response_metadata": {"finish_reason": "stop"}}
    counted = {**whole, "usage_metadata": {"input_tokens": 3, "output_tokens": 1}}
    ran = run_here(["rewrite"], jsonl([[whole], [counted], *([{"messages": [counted]}] * again)]))
    assert ran.stdout.count(b'"total_tokens":4') == ran.stdout.count(b'"usage"') == 1
    assert run_here(["text"], jsonl([[whole], [counted]])).stdout == b"Hi\n"


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


def letta_code(kind: str, **members: Any) -> Record:
    return {"type": "message", "message_type": kind, "run_id": "r", **members}


@pytest.mark.parametrize(
    ("records", "result", "text"),
    [
        ([letta_code("reasoning_message", reasoning="Hm.", otid="o")], "Hm.", ""),
        ([letta_code("stop_reason", stop_reason="end_turn")], "No assistant response found", ""),
        ([], "No assistant response found", ""),
        ([], "At nine.", "At nine.\n"),
    ],
)
def test_the_result_of_letta_code_is_no_answer_where_there_was_none(
    records: list[Record], result: str, text: str
) -> None:
    """R7: without an answer the program prints its thoughts, or a tool's result, as the result."""
    usage = {"prompt_tokens": 10, "completion_tokens": 3, "total_tokens": 17, "cached_input_tokens": 4}
    end = {"type": "result", "subtype": "success", "agent_id": "a", "conversation_id": "c", "result": result}
    stream = jsonl([*records, {**end, "usage": usage}])
    ran = run_here(["text"], stream)
    assert (ran.stdout.decode(), ran.code) == (text, 0)
    assert b'"prompt_tokens":14' in run_here(["rewrite"], stream).stdout


OF_THE_API = claude("stream_event", event={"type": "error", "error": {"type": "overloaded_error", "message": "Busy"}})
STARTED = claude("stream_event", event={"type": "message_start", "message": {"id": "msg_1", "content": []}})
BROKEN = {"name": "APIError", "data": {"message": "Busy"}}
NO_STEP = {"type": "step_finish", "sessionID": "s", "part": {"reason": "error"}}
OF_THE_PROGRAM = claude("assistant", message={"model": "<synthetic>", "content": [words("I may not.")]})
DECLINED = [
    claude("stream_event", event={"type": "message_delta", "delta": {"stop_reason": "refusal"}}),
    claude("stream_event", event={"type": "message_stop"}),
]
ILL_ENDED = {"type": "finish", "finishReason": "error"}
BAD_TASK = {"id": "1", "name": "model", "error": "APIError('Busy')", "result": {}, "interrupts": []}


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ([INIT, STARTED, OF_THE_API, {**RESULT, "is_error": True, "result": "API Error: Busy"}], "API Error: Busy"),
        ([INIT, STARTED, OF_THE_API, {**RESULT, "subtype": "error_during_execution", "result": ""}], "Busy"),
        ([INIT, STARTED, OF_THE_API, RESULT], "Busy"),
        ([INIT, STARTED, OF_THE_API], "Busy"),
        ([{"type": "error", "sessionID": "s", "error": BROKEN}, NO_STEP], "Busy"),
        ([{"type": "error", "sessionID": "s", "error": BROKEN}] * 2, "Busy"),
        ([RUN, {"type": "RUN_ERROR", "message": "Busy"}, {"type": "RUN_ERROR", "message": "Error: Busy"}], "Busy"),
        ([{"type": "start"}, {"type": "error", "errorText": "Busy"}, {"type": "abort"}], "Busy"),
        ([RUN, {**FINISHED, "outcome": {"type": "cancelled"}}], "the run was cancelled"),
        (
            [INIT, STARTED, OF_THE_PROGRAM, *DECLINED, {**RESULT, "is_error": True, "result": "I may not."}],
            "I may not.",
        ),
        ([NO_STEP, {"type": "error", "sessionID": "s", "error": BROKEN}], "Busy"),
        ([NO_STEP], "the step ended with reason error"),
        ([{"type": "start"}, ILL_ENDED, {"type": "error", "errorText": "Busy"}], "Busy"),
        ([{"type": "start"}, ILL_ENDED], "the stream finished with reason error"),
        ([{"force_stop": True, "force_stop_reason": "Busy"}, {"error": "The stream failed"}], "Busy"),
        ([{"init_event_loop": True}, {"error": "Busy"}, {"force_stop": True, "force_stop_reason": "No"}], "Busy"),
        ([BAD_TASK, {"error": "APIError", "message": "Busy"}], "Busy"),
        ([BAD_TASK], "APIError('Busy')"),
    ],
)
def test_a_failure_that_is_reported_twice_is_said_once(records: list[Record], said: str) -> None:
    ran = run_here(["text"], jsonl(records))
    assert (ran.code, ran.stderr.count("\n")) == (5, 1)
    assert f"the provider sent an error: {said}" in ran.stderr


def test_an_error_event_of_claude_code_that_is_tried_again() -> None:
    ran = run_here(["text"], jsonl([INIT, STARTED, OF_THE_API, said(words("At nine."), ident="msg_2"), RESULT]))
    assert (ran.stdout, ran.code) == (b"At nine.\n", 0)


@pytest.mark.parametrize(
    "data",
    [
        "Looking it up",
        ["a", "b"],
        {"status": "failed", "message": "trying again"},
        {"error": "no page 2"},
        {"type": "text-delta", "id": "0", "delta": "x"},
        {"type": "RUN_STARTED"},
        {"choices": [{"index": 0, "delta": {"content": "x"}}]},
        {"messages": [chained("x", id="run-2")]},
    ],
)
def test_what_an_application_of_langgraph_sends_is_no_part_of_its_run(data: Any) -> None:
    about = {"langgraph_node": "m"}
    said = [[chained("At "), about], [chained("nine.", chunk_position="last"), about]]
    begun = {"run_id": "r", "attempt": 1}
    named = [("metadata", begun), ("messages", said[0]), ("custom|tools:1", data), ("messages", said[1])]
    served = "".join(f"event: {name}\ndata: {json.dumps(one)}\n\n" for name, one in named).encode()
    printed = [begun, said[0], {"event": "custom", "data": data}, said[1]]
    tuples = [begun, ["messages", said[0]], ["custom", data], ["messages", said[1]]]
    parts = [begun, said[0], {"type": "custom", "ns": [], "data": data}, said[1]]
    for stream in (served, jsonl(printed), jsonl(tuples), jsonl(parts)):
        ran = run_here(["text"], stream)
        assert (ran.stdout, ran.code) == (b"At nine.\n", 0), ran.stderr


def ai_sdk_step(text: str) -> list[Record]:
    call = {"toolCallId": "call_0", "toolName": "send_message", "input": {"message": text}}
    failed = {"type": "tool-error", "toolCallId": "call_0", "error": "no post"}  # as fullStream has it
    return [{"type": "start-step"}, {"type": "tool-input-available", **call}, failed, {"type": "finish-step"}]


def langgraph_update(text: str) -> list[Record]:
    call = {"id": "call_0", "name": "send_message", "args": {"message": text}}
    return [{"model": {"messages": [{"type": "ai", "id": text, "content": "", "tool_calls": [call]}]}}]


@pytest.mark.parametrize(
    ("step", "end"), [(ai_sdk_step, [{"type": "finish"}]), (langgraph_update, [])], ids=["AI SDK", "LangGraph"]
)
def test_a_call_with_the_id_of_one_in_an_earlier_response(
    step: Callable[[str], list[Record]], end: list[Record]
) -> None:
    ran = run_here(["text"], jsonl([*step("At nine."), *step("Bring a coat."), *end]))
    assert (ran.stdout, ran.code, ran.stderr) == (b"At nine.\nBring a coat.\n", 0, "")


def test_a_refusal_among_items_of_the_agents_sdk() -> None:
    message = {"type": "message", "content": [{"type": "refusal", "refusal": "I may not."}]}
    item = {"type": "run_item_stream_event", "item": {"type": "message_output_item", "raw_item": message}}
    assert "refused: I may not." in run_here(["text"], jsonl([item])).stderr


def test_an_answer_in_the_logs_of_llm_that_was_cut() -> None:
    """The sum of chunks of Chat Completions has their reason for the end."""
    logged = {"id": "1", "conversation_id": "c", "prompt": "When?"}
    cut, whole = {"object": "chat.completion.chunk"}, {"object": "chat.completion.chunk", "finish_reason": "stop"}
    log = [
        {**logged, "response": "At", "response_json": cut},
        {**logged, "response": "At nine.", "response_json": whole},
    ]
    ran = run_here(["text"], json.dumps(log).encode())
    assert (ran.stdout, ran.code, ran.stderr.count("\n")) == (b"At\nAt nine.\n", 4, 1)


@pytest.mark.parametrize(("ident", "text"), [("a", "I ask."), ("b", "I ask."), ("a", "I wait.")])
@pytest.mark.parametrize("mode", ["values", "debug", "checkpoints"])
@pytest.mark.parametrize("joined", [True, False], ids=["joined", "alone"])
def test_a_run_of_langgraph_that_goes_on_behind_an_interrupt(ident: str, text: str, mode: str, joined: bool) -> None:
    """The first state of a run has the messages of the runs before, as they are now."""

    def run(ident: str, *states: list[Record]) -> list[Record]:
        shapes: dict[str, Callable[[Record], Record]] = {
            "values": lambda state: state,
            "debug": lambda state: {
                "type": "checkpoint",
                "timestamp": "t",
                "step": 1,
                "payload": {"values": state, "next": ["tools"]},
            },
            "checkpoints": lambda state: {"config": {}, "metadata": {}, "values": state, "next": ["tools"]},
        }
        events = [{"event": "metadata", "data": {"run_id": ident, "attempt": 1}}]
        return events + [{"event": mode, "data": shapes[mode]({"messages": messages})} for messages in states]

    human = {"type": "human", "id": "h", "content": "When?"}
    call = {"id": "c", "name": "ring_bell", "args": {"times": 2}}
    asked = {"type": "ai", "id": "a", "content": "I ask.", "tool_calls": [call]}
    edited = {**asked, "id": ident, "content": text}
    rung = {"type": "tool", "id": "t", "content": "rung", "tool_call_id": "c"}
    done = {"type": "ai", "id": "z", "content": "Done."}
    first = run("run-1", [human], [human, asked])
    second = run("run-2", [human, edited], [human, edited, rung], [human, edited, rung, done])
    ran = run_here(["text"], jsonl(first + second if joined else second))
    assert (ran.stdout.decode(), ran.code, ran.stderr) == ("I ask.\nDone.\n" if joined else "Done.\n", 0, "")


def test_the_deltas_of_assistant_ui_are_no_text_of_the_ai_sdk() -> None:
    """They have one kind for texts, thoughts and arguments."""
    parts = [{"type": "step-start", "messageId": "m"}, {"type": "text-delta", "textDelta": '{"city":', "path": [0]}]
    ran = run_here(["text"], jsonl(parts))
    assert (ran.stdout, int(ran.code)) == (b"", 4)


BEGINNINGS: list[list[Record]] = [
    [
        {"type": "compaction", "id": "b", "parentId": "a", "timestamp": "t", "summary": "Before."},
        {
            "type": "message",
            "id": "c",
            "parentId": "b",
            "timestamp": "t",
            "message": {"role": "assistant", "content": [words("nine.")]},
        },
    ],
    [
        {"type": "response", "command": "prompt", "success": True},
        {"type": "tool_execution_end", "toolCallId": "c", "toolName": "bash", "result": {}},
        {"type": "message_end", "message": {"role": "assistant", "content": [words("nine.")], "timestamp": 1}},
        {"type": "agent_end", "messages": []},
    ],
    [
        {"type": "tool_result", "id": "c", "session_id": "s", "value": "09:00"},
        {"type": "message", "role": "assistant", "text": "nine.", "session_id": "s"},
        {"type": "completion", "finalText": "nine.", "session_id": "s"},
    ],
    [{"$set": {"lastUpdated": "t"}}, {"type": "gemini", "id": "m", "timestamp": "t", "content": "nine."}],
]


@pytest.mark.parametrize("records", BEGINNINGS, ids=["session of pi", "run of pi", "droid", "Gemini CLI"])
def test_a_capture_may_begin_in_the_middle(records: list[Record]) -> None:
    ran = run_here(["text"], jsonl(records))
    assert (ran.stdout, int(ran.code), ran.stderr) == (b"nine.\n", 0, "")


def test_a_session_that_was_cut_is_reported_also_before_one_of_another_program() -> None:
    """The cut one has no output behind its last tool's result (R11, R13)."""
    lines = [
        {"type": "session", "id": "s", "cwd": "/w", "timestamp": "t"},
        *(
            {
                "type": "message",
                "id": str(number),
                "timestamp": "t",
                "message": {"role": role, "content": [words("I look.")]},
            }
            for number, role in enumerate(("assistant", "toolResult"))
        ),
        *(
            {"type": "user", "sessionId": "s", "message": {"role": "user", "content": "Hi"}},
            *kept_file(said(words("Ahoy."))),
        ),
    ]
    ran = run_here(["text"], jsonl(lines))
    assert (ran.stdout, int(ran.code)) == (b"I look.\nAhoy.\n", 4)


def session_of_gemini_cli(ident: str, text: str, asked: str = "?") -> Record:
    """A session of an earlier version, which is one object."""
    messages = [
        {"id": f"{ident}-1", "timestamp": "t", "type": "user", "content": asked},
        {"id": f"{ident}-2", "timestamp": "t", "type": "gemini", "content": text, "model": "m"},
    ]
    return {"sessionId": ident, "projectHash": "p", "startTime": "t", "lastUpdated": "t", "messages": messages}


@pytest.mark.parametrize("between", ["", "\n", " "])
@pytest.mark.parametrize("size", [1, 300_000], ids=["small", "large"])
def test_sessions_that_are_one_behind_the_other_are_no_request(between: str, size: int) -> None:
    """The program writes no line end behind the last bracket."""
    sessions = [("a", "Ahoy."), ("b", "Nine."), ("c", "Ten.")]
    written = (json.dumps(session_of_gemini_cli(*one, "?" * size), indent=2) for one in sessions)
    ran = run_here(["text"], between.join(written).encode())
    assert (ran.stdout, int(ran.code)) == (b"Ahoy.\nNine.\nTen.\n", 0), ran.stderr


CUT_ARGUMENTS = '{"inner_thoughts": "x", "message": "At ni'


@pytest.mark.parametrize("mode", ["updates", "values", "messages/complete", "alone"])
@pytest.mark.parametrize("before", [[], [{"id": "b", "name": "send_message", "args": {"message": "One."}}]])
def test_a_call_of_langchain_whose_arguments_could_not_be_read(mode: str, before: list[Record]) -> None:
    """It is apart, with its arguments as text: langchain-ai/langchain#39275."""
    invalid = {"id": "c", "name": "send_message", "args": CUT_ARGUMENTS, "error": None, "type": "invalid_tool_call"}
    message: Record = {"type": "ai", "id": "a", "content": "", "tool_calls": before, "invalid_tool_calls": [invalid]}
    message["response_metadata"] = {"finish_reason": "length"}
    shapes = {"updates": {"model": {"messages": [message]}}, "values": {"messages": [message]}}
    data = message if mode == "alone" else shapes.get(mode, [message])
    ran = run_here(["text"], jsonl([data if mode == "alone" else {"event": mode, "data": data}]))
    assert (ran.stdout.decode(), ran.code) == ("One.\nAt ni\n" if before else "At ni\n", 4)
    assert "inside the arguments" in ran.stderr or "while the arguments of send_message were open" in ran.stderr


@pytest.mark.parametrize("finished", [True, False])
def test_a_call_of_langchain_is_known_by_its_id_behind_one_that_could_not_be_read(finished: bool) -> None:
    """The whole message has it in the first place, the deltas in the second."""

    def piece(index: int, arguments: str, ident: str | None = None) -> Record:
        name = "send_message" if ident else None
        return {"index": index, "id": ident, "name": name, "args": arguments, "type": "tool_call_chunk"}

    def delta(**members: Any) -> list[Record]:
        return [{"type": "AIMessageChunk", "id": "r", "content": "", **members}, {"langgraph_node": "model"}]

    pieces = [piece(0, "", "a"), piece(0, CUT_ARGUMENTS), piece(1, "", "b"), piece(1, '{"message": "Two."}')]
    deltas = [delta(tool_call_chunks=[one]) for one in pieces]
    end: Record = {"response_metadata": {"finish_reason": "length"}}
    whole: Record = {"type": "ai", "id": "r", "content": "", **end}
    whole["tool_calls"] = [{"id": "b", "name": "send_message", "args": {"message": "Two."}}]
    whole["invalid_tool_calls"] = [{"id": "a", "name": "send_message", "args": CUT_ARGUMENTS}]
    records = [*deltas, *([delta(**end)] if finished else []), {"model": {"messages": [whole]}}]
    ran = run_here(["text"], jsonl(records))
    assert (ran.stdout.decode(), ran.code) == ("At ni\nTwo.\n", 4)


@pytest.mark.parametrize("partial", [True, False])
def test_arguments_that_claude_code_could_not_read(partial: bool) -> None:
    """Their text is in place of the input, whole; the deltas, if there were any, had it."""
    about = {"session_id": "s", "parent_tool_use_id": None, "uuid": "u"}
    unread = {"__unparsedToolInput": {"raw": CUT_ARGUMENTS, "len": len(CUT_ARGUMENTS)}}
    block = {"type": "tool_use", "id": "t", "name": "mcp__post__send_message", "input": {}}
    message = {"id": "m", "type": "message", "role": "assistant", "model": "c", "content": [block | {"input": unread}]}
    events: list[Record] = [
        {"type": "message_start", "message": {**message, "content": []}},
        {"type": "content_block_start", "index": 0, "content_block": block},
        *(
            {"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": one}}
            for one in (CUT_ARGUMENTS[:9], CUT_ARGUMENTS[9:])
        ),
    ]
    records: list[Record] = [
        {"type": "system", "subtype": "init", "session_id": "s", "tools": []},
        *({"type": "stream_event", "event": event, **about} for event in events if partial),
        {"type": "assistant", "message": message, **about},
        {"type": "result", "subtype": "success", "is_error": False, "result": "", "session_id": "s"},
    ]
    ran = run_here(["text"], jsonl(records))
    assert (ran.stdout.decode(), ran.code, ran.stderr.count("\n")) == ("At ni\n", 4, 1), ran.stderr


@pytest.mark.parametrize("tool", ["write_file", "send_message"])
@pytest.mark.parametrize("ended", [True, False], ids=["behind its end", "open"])
def test_the_text_of_a_message_of_ag_ui_that_goes_on_behind_a_call(tool: str, ended: bool) -> None:
    """Adapters use one id for all texts of an answer: agentscope-java#3071, agno#4378."""
    about = {"messageId": "m"}
    events: list[Record] = [
        {"type": "RUN_STARTED", "threadId": "t", "runId": "r"},
        {"type": "TEXT_MESSAGE_START", "role": "assistant", **about},
        {"type": "TEXT_MESSAGE_CONTENT", "delta": "I ", **about},
        {"type": "TEXT_MESSAGE_CONTENT", "delta": "write.", **about},
        *([{"type": "TEXT_MESSAGE_END", **about}] if ended else []),
        {"type": "TOOL_CALL_START", "toolCallId": "c", "toolCallName": tool},
        {"type": "TOOL_CALL_ARGS", "toolCallId": "c", "delta": '{"message": "Two."}'},
        {"type": "TOOL_CALL_END", "toolCallId": "c"},
        {"type": "TEXT_MESSAGE_CONTENT", "delta": "It is ", **about},
        {"type": "TEXT_MESSAGE_CONTENT", "delta": "written.", **about},
        {"type": "RUN_FINISHED", "threadId": "t", "runId": "r"},
    ]
    ran = run_here(["text"], sse(events, done=False))
    said = "Two.\n" if tool == "send_message" else ""
    assert (ran.stdout.decode(), ran.code, ran.stderr) == (f"I write.\n{said}It is written.\n", 0, "")


@pytest.mark.parametrize("first", ["events", "messages"])
def test_chunks_that_langgraph_sends_in_events_and_as_tuples(first: str) -> None:
    """Clients ask for both modes at once (ag-ui#1106): each chunk is an event of its model, and a tuple (R15)."""
    node = {"langgraph_node": "model", "langgraph_checkpoint_ns": "model:1"}
    end = {"response_metadata": {"finish_reason": "tool_calls"}}
    call = {"index": 0, "id": "c", "name": "send_message", "args": '{"message": "At nine."}', "type": "tool_call_chunk"}
    chunks: list[Record] = [{"content": "I "}, {"content": "ask."}, {"tool_call_chunks": [call]}, end]
    records: list[Record] = [{"event": "metadata", "data": {"run_id": "run-1", "attempt": 1}}]
    for members in chunks:
        chunk: Record = {"type": "AIMessageChunk", "id": "lc_run--1", "content": "", **members}
        event: Record = {"event": "on_chat_model_stream", "run_id": "1", "name": "m", "data": {"chunk": chunk}}
        pair: list[Record] = [{"event": "events", "data": event}, {"event": "messages", "data": [chunk, node]}]
        records += pair if first == "events" else pair[::-1]
    sent = {"type": "tool", "id": "t", "content": "ok", "tool_call_id": "c"}
    done = {"type": "ai", "id": "z", "content": "Done.", "response_metadata": {"finish_reason": "stop"}}
    records += [{"event": "updates", "data": {"tools": {"messages": [sent]}}}]
    records += [{"event": "updates", "data": {"model": {"messages": [done]}}}]
    ran = run_here(["text"], sse([one["data"] for one in records], done=False))
    assert (ran.stdout.decode(), ran.code, ran.stderr) == ("I ask.\nAt nine.\nDone.\n", 0, "")


def test_many_open_texts_of_ag_ui_take_no_time_that_grows_with_its_square() -> None:
    begins = [{"type": "TEXT_MESSAGE_START", "messageId": str(one), "role": "assistant"} for one in range(16_000)]
    with ends_within(3):
        run_here(["text"], jsonl([{"type": "RUN_STARTED", "threadId": "t", "runId": "r"}, *begins]))
