"""Shapes of the streams of AG-UI that no recording has."""

import json
import re

import pytest
from tests.dialects.agents.cases import FINISHED, RUN, Case, Record, check
from tests.support import ends_within, jsonl, run_here, sse


def text_of_run(ident: str, text: str) -> list[Record]:
    return [
        {"type": "TEXT_MESSAGE_START", "messageId": ident, "role": "assistant"},
        {"type": "TEXT_MESSAGE_CONTENT", "messageId": ident, "delta": text},
        {"type": "TEXT_MESSAGE_END", "messageId": ident},
    ]


TOOL_RESULT: Record = {"type": "TOOL_CALL_RESULT", "messageId": "m", "toolCallId": "c", "content": "k"}


def step(**members: str) -> Record:
    return {"type": "STEP_FINISHED", "stepId": "s", **members}


def ended(**members: object) -> list[Record]:
    return [{"type": "RUN_FINISHED", "runId": "r", **members}]


SAID = [
    {"type": "TOOL_CALL_START", "toolCallId": "c", "toolName": "send_message", "index": 0},
    {"type": "TOOL_CALL_ARGS", "toolCallId": "c", "delta": '{"message": "Fo', "args": '{"message": "Fo'},
    {"type": "TOOL_CALL_END", "toolCallId": "c", "toolName": "send_message", "input": {"message": "Four."}},
]
BY_HAND = [
    Case(
        "content for a delta, and an object for arguments",
        [
            *(RUN, text_of_run("x", "")[0], {"type": "TEXT_MESSAGE_CONTENT", "messageId": "x", "content": "At "}),
            {"type": "TEXT_MESSAGE_CONTENT", "messageId": "x", "content": "nine."},
            *(SAID[0], {"type": "TOOL_CALL_ARGS", "toolCallId": "c", "args": {"message": "Four."}}, FINISHED),
        ],
        "At nine.\nFour.\n",
    ),
]
TANSTACK = [
    Case("a call with toolName", [RUN, *SAID, *ended(finishReason="tool_calls")], "Four.\n"),
    Case("a call whose input is at its end", [RUN, SAID[0], SAID[2], SAID[2], FINISHED], "Four.\n"),
    Case(
        "two rounds",
        [RUN, *SAID, *ended(finishReason="tool_calls"), SAID[2], TOOL_RESULT, RUN, *text_of_run("y", "B"), *ended()],
        "Four.\nB\n",
    ),
    Case("thoughts in steps", [RUN, step(delta="Hm"), step(), *text_of_run("x", "A"), FINISHED], "A\n"),
    Case("filtered", [RUN, *ended(finishReason="content_filter")], "", 0, "content_filter"),
    Case("a model that failed", [RUN, *text_of_run("x", "A"), *ended(finishReason="error")], "A\n", 5, "error"),
    Case("a run that failed", [RUN, *text_of_run("x", "A"), *ended(outcome={"type": "failure"})], "A\n", 5, "failure"),
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


def with_snake_case(record: Record) -> Record:
    """An event as the classes of the Python package are printed: names of members without the protocol's aliases."""
    return {re.sub("[A-Z]", lambda found: "_" + found[0].lower(), name): value for name, value in record.items()}


HISTORY = [
    {"id": "q", "role": "user", "content": "?"},
    {"id": "x", "role": "assistant", "content": "At nine.", "tool_calls": None},
    {"id": "y", "role": "assistant", "content": "From pier 4."},
]
SNAKE_CASE = [
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
]
UNDER_A_NAME = [
    Case(
        "events of another program under such a name",
        [{"event": "updates", "data": one} for one in (RUN, *text_of_run("x", "At nine."), FINISHED)],
        "At nine.\n",
    ),
]


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


def test_many_open_texts_of_ag_ui_take_no_time_that_grows_with_its_square() -> None:
    begins = [{"type": "TEXT_MESSAGE_START", "messageId": str(one), "role": "assistant"} for one in range(16_000)]
    with ends_within(3):
        run_here(["text"], jsonl([{"type": "RUN_STARTED", "threadId": "t", "runId": "r"}, *begins]))


@pytest.mark.parametrize("also", [False, True])
def test_thoughts_and_usage_of_tanstack(also: bool) -> None:
    """During a change of its adapters the same thoughts come in two kinds of events, and count once."""
    reasons: list[Record] = [{"type": "REASONING_MESSAGE_CONTENT", "messageId": "t", "delta": "They ask."}]
    thinks = [*(reasons if also else []), step(delta="They ask.", content="They ask.")]
    usage = {"promptTokens": 4, "completionTokens": 2, "totalTokens": 6}
    data = jsonl([RUN, *thinks, *text_of_run("x", "A"), *ended(finishReason="length", usage=usage)])
    assert run_here(["text", "--thoughts", "reasoning"], data).stdout == b"They ask.\nA\n"
    chunks = [json.loads(line) for line in run_here(["rewrite"], data).stdout.splitlines()]
    counted = [one["usage"] for one in chunks if one.get("usage")]
    assert [(one["prompt_tokens"], one["completion_tokens"]) for one in counted] == [(4, 2)]
    assert [one["finish_reason"] for chunk in chunks for one in chunk["choices"]][-1] == "length"


CASES = [*AG_UI, *SNAKE_CASE, *UNDER_A_NAME, *TANSTACK, *BY_HAND]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_text_makes_of_a_stream(case: Case) -> None:
    check(case)
