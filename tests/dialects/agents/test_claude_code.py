"""Shapes of the streams of Claude Code, and Cursor, whose records are like its own that no recording has."""

from typing import Any

import pytest
from tests.dialects.agents.cases import (
    CUT_ARGUMENTS,
    INIT,
    OF_THE_API,
    RESULT,
    STARTED,
    Case,
    Record,
    check,
    claude,
    kept_file,
    said,
    words,
)
from tests.support import jsonl, run_here

BASH = {"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {"command": "ls"}}
RETURNED = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "denied", "is_error": True}
DENIED = claude("user", message={"role": "user", "content": [RETURNED]})
REFUSED = "API Error: Claude Code is unable to respond to this request."
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


def test_an_error_event_of_claude_code_that_is_tried_again() -> None:
    ran = run_here(["text"], jsonl([INIT, STARTED, OF_THE_API, said(words("At nine."), ident="msg_2"), RESULT]))
    assert (ran.stdout, ran.code) == (b"At nine.\n", 0)


@pytest.mark.parametrize("before", [[], [INIT]], ids=["of a session", "of a run"])
def test_a_message_with_a_member_for_each_character(before: list[Record]) -> None:
    """As Claude Code writes it after a stream that failed: it was an empty answer, exit code 0 (R17)."""
    message: dict[str, Any] = {**{str(at): one for at, one in enumerate("data: {}")}, "content": []}
    lost = claude("assistant", message=message, parentUuid=None, sessionId="s")
    first = said(words("I look.")) | ({} if before else {"parentUuid": None, "sessionId": "s"})
    ran = run_here(["text"], jsonl([*before, first, lost, *([RESULT] if before else [])]))
    assert (ran.stdout.startswith(b"I look.\n"), ran.code) == (True, 3)
    assert "a member for each character" in ran.stderr


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


CASES = [*CLAUDE, *CURSOR, *TAIL]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_text_makes_of_a_stream(case: Case) -> None:
    check(case)


def _event(kind: str, **members: Any) -> Record:
    return claude("stream_event", event={"type": kind, **members})


def _begun(ident: str, index: int) -> list[Record]:
    call = {"type": "tool_use", "id": f"toolu_{ident}", "name": "look", "input": {}}
    message = {"id": ident, "role": "assistant", "model": "m", "content": []}
    return [_event("message_start", message=message), _event("content_block_start", index=index, content_block=call)]


MIXED = [*_begun("a", 2), *_begun("b", 1), *_begun("c", 1)[1:]]


@pytest.mark.parametrize(
    ("last", "code", "said"),
    [
        ([], 4, "choice 0"),
        ([claude("result", subtype="success", is_error=True, result="API Error: 529 The desk is busy.")], 5, "529"),
        ([said(words("API Error: 529 The desk is busy."), model="<synthetic>", stop_reason="stop_sequence")], 5, "529"),
    ],
)
def test_a_run_ends_in_which_messages_were_mixed(last: list[Record], code: int, said: str) -> None:
    """R11, R12: what can be read of none of them hides no end of the run."""
    ran = run_here(["text"], jsonl([*MIXED, *last]))
    assert ran.code == code
    assert said in ran.stderr
