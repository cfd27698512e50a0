"""A stream whose tool is not send_message: standard error names the tool and the argument that may hold the text."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support import chunk, entry, jsonl, message_call, run_here, sse

REPLY = json.dumps({"tone": "warm", "message": "The ferry leaves at nine.", "inner_thoughts": "a long private thought"})
ADVICE = "the stream calls reply_to_user (message, tone): try --tool reply_to_user:message"
HINT = f"unspool: standard input: no message; {ADVICE}\n"
CALL = message_call([REPLY], tool="reply_to_user")


@pytest.mark.parametrize("arguments", [["text"], ["lint"], ["stats"], ["view"], ["rewrite", "-e"], ["events", "-e"]])
def test_the_hint_is_the_same_everywhere(arguments: list[str]) -> None:
    ran = run_here(arguments, jsonl(CALL))
    assert ran.stderr == HINT
    assert ran.code == (1 if "-e" in arguments else 0)


@pytest.mark.parametrize("command", ["rewrite", "events"])
def test_what_passes_calls_on_does_not_hint(command: str) -> None:
    assert run_here([command], jsonl(CALL)).stderr == ""


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
@pytest.mark.parametrize("framed", [jsonl, sse])
def test_every_cut_gives_the_same_hint(size: int, framed: object) -> None:
    pieces = [REPLY[start : start + size] for start in range(0, len(REPLY), size)]
    data = framed(message_call(pieces, tool="reply_to_user"))  # type: ignore[operator]
    assert run_here(["text"], data).stderr == HINT


def test_the_advice_works() -> None:
    ran = run_here(["text", "--tool", "reply_to_user:message"], jsonl(CALL))
    assert (ran.stdout, ran.stderr) == (b"The ferry leaves at nine.\n", "")


def test_the_longest_text_of_several_tools_is_the_candidate() -> None:
    data = jsonl([*message_call(['{"query": "ferry"}'], tool="search"), *CALL])
    line = run_here(["text"], data).stderr
    assert line.count("\n") == 1
    assert "the stream calls reply_to_user (message, tone), search (query): try --tool reply_to_user:message" in line


def test_a_nested_text_has_a_dotted_path() -> None:
    data = jsonl(message_call(['{"reply": {"text": "Hi"}, "n": 1}'], tool="answer"))
    assert "(reply.text): try --tool answer:reply.text\n" in run_here(["text"], data).stderr


def test_arguments_without_text_give_no_advice() -> None:
    line = run_here(["text"], jsonl(message_call(['{"n": 1}'], tool="count"))).stderr
    said = "no message; the stream calls count (n); no argument is text; unspool events shows the calls"
    assert line == f"unspool: standard input: {said}\n"


def test_arguments_that_are_cut_or_broken_still_name_the_tool() -> None:
    cut = run_here(["text"], jsonl(message_call(['{"message": "The fer'], tool="reply", finish=None)))
    assert "try --tool reply:message\n" in cut.stderr
    broken = run_here(["text"], jsonl(message_call(["[1, 2"], tool="reply")))
    assert "the stream calls reply; no argument is text; unspool events shows the calls\n" in broken.stderr


def test_a_name_from_a_stranger_is_quoted_for_the_shell() -> None:
    line = run_here(["text"], jsonl(message_call(['{"a b": "x"}'], tool="x; rm -rf $HOME\x1b[2J"))).stderr
    assert "try --tool 'x; rm -rf $HOME" in line
    assert "\x1b" not in line


@pytest.mark.parametrize(
    "records",
    [
        message_call(['{"message": "Hi"}']),
        [*CALL, chunk({"content": "Hi"}, id="other"), chunk({}, "stop", id="other")],
    ],
)
def test_text_or_a_message_call_needs_no_hint(records: list[dict[str, object]]) -> None:
    assert "no message" not in run_here(["text"], jsonl(records)).stderr


@pytest.mark.parametrize("command", ["text", "lint", "stats", "view", "rewrite", "events"])
def test_a_message_that_is_missing_beside_other_text_is_named(command: str) -> None:
    call = message_call(['{"mesage": "At nine."}'])
    ran = run_here([command], jsonl([chunk({"role": "assistant", "content": "Hi"}), *call]))
    words = "a message is missing; send_message has no argument message; it has: mesage; try --tool send_message:mesage"
    assert (ran.code, ran.stderr) == (0, f"unspool: standard input: {words}\n")


def test_a_field_of_content_that_is_not_there_is_named() -> None:
    answer = [chunk({"role": "assistant", "content": '{"answer": "Hi"}'}), chunk({}, "stop")]
    ran = run_here(["text", "--field", "reply"], jsonl(answer))
    words = "no message; the content has no field reply; it has: answer; try --field answer"
    assert (ran.code, ran.stdout, ran.stderr) == (0, b"", f"unspool: standard input: {words}\n")


@pytest.mark.parametrize("command", ["text", "rewrite", "view"])
def test_a_field_of_content_where_there_are_calls_alone_has_no_effect(command: str) -> None:
    ran = run_here([command, "--field", "reply"], jsonl(message_call(['{"message": "Hi"}'])))
    words = "--field has no effect: the answer has no content"
    assert (ran.code, ran.stderr) == (0, f"unspool: standard input: {words}\n")


def test_a_call_whose_first_record_is_missing_is_no_empty_answer() -> None:
    ran = run_here(["text"], jsonl(message_call(['{"message": ', '"Hi"}'])[1:]))
    said = "unspool: standard input: no message; a call has no name: the record in which it begins is missing\n"
    assert (ran.code, ran.stdout, ran.stderr) == (0, b"", said)


def test_a_message_call_with_thoughts_alone_does_not_offer_them_as_the_message() -> None:
    """R7."""
    data = jsonl(message_call(['{"inner_thoughts": "Which gate?"}']))
    has = "it has only thoughts: inner_thoughts (--thoughts reasoning shows them)"
    assert hint(data) == f"unspool: standard input: no message; send_message has no argument message; {has}\n"
    assert run_here(["text", "--thoughts", "reasoning"], data).stdout == b"Which gate?\n"


def test_stats_counts_calls_by_name() -> None:
    ran = run_here(
        ["stats"], jsonl([*CALL, *({**one, "id": "chatcmpl-2"} for one in message_call(['{"q": "x"}'], tool="search"))])
    )
    assert "calls        reply_to_user 1\n" in ran.stdout.decode()
    assert "calls        reply_to_user 1, search 1\n" in ran.stdout.decode()  # of both steps together


@pytest.mark.parametrize("command", ["text", "lint", "stats", "view", "rewrite", "events"])
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_message_call_without_the_argument_names_those_it_has(command: str, size: int) -> None:
    pieces = [REPLY[start : start + size] for start in range(0, len(REPLY), size)]
    ran = run_here([command, "--tool", "reply_to_user:txt"], jsonl(message_call(pieces, tool="reply_to_user")))
    has = "it has: tone, message, inner_thoughts; name one with --tool reply_to_user:ARGUMENT"
    assert ran.stderr == f"unspool: standard input: no message; reply_to_user has no argument txt; {has}\n"
    assert ran.code == 0


def test_a_message_call_with_one_argument_says_how_to_name_it() -> None:
    data = jsonl(message_call(['{"te xt": "Hi"}']))
    advice = "it has: te xt; try --tool 'send_message:te xt'"
    assert hint(data) == f"unspool: standard input: no message; send_message has no argument message; {advice}\n"
    assert run_here(["text", "--tool", "send_message:te xt"], data).stdout == b"Hi\n"


@pytest.mark.parametrize("arguments", ["{}", "", "null"])
def test_a_message_call_may_have_no_arguments(arguments: str) -> None:
    ran = run_here(["text"], jsonl(message_call([arguments])))
    assert ran.stderr == "unspool: standard input: no message; send_message has no argument message; it has none\n"


@pytest.mark.parametrize("arguments", ['{"message": ""}', '{"message": null}', '{"message": [""', '{"message'])
@pytest.mark.parametrize("others", [[], CALL])
def test_an_empty_message_is_named(arguments: str, others: list[dict[str, object]]) -> None:
    ran = run_here(["text"], jsonl([*others, *({**one, "id": "chatcmpl-2"} for one in message_call([arguments]))]))
    empty = arguments.endswith("}")
    assert ("no message; the message of send_message is empty\n" in ran.stderr) == empty
    assert (len(ran.stderr.splitlines()), ran.code) == (1, 0 if empty else 4)


def test_a_missing_argument_does_not_matter_where_another_message_has_it() -> None:
    first = message_call(['{"tone": "warm"}'])
    second = [{**one, "id": "chatcmpl-2"} for one in message_call(['{"message": "Hi"}'])]
    assert run_here(["text"], jsonl([*first, *second])).stderr == ""


def test_of_many_long_argument_names_a_few_are_shown() -> None:
    names = {f"{number}{'x' * 500}": 1 for number in range(40)}
    line = run_here(["text"], jsonl(message_call([json.dumps(names)]))).stderr
    assert line.endswith(", …; name one with --tool send_message:ARGUMENT\n")
    assert len(line) < 700


def test_an_event_names_the_missing_argument() -> None:
    ran = run_here(["events"], jsonl(message_call(['{"tone": "warm"}'])))
    events = [json.loads(line) for line in ran.stdout.splitlines()]
    (event,) = [event for event in events if event["event"] == "message_missing"]
    assert (event["tool"], event["argument"], event["arguments"]) == ("send_message", "message", ["tone"])


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("framed", [jsonl, sse])
def test_auto_takes_the_tool_of_the_stream_at_any_cut(size: int, framed: Callable[[object], bytes]) -> None:
    pieces = [REPLY[start : start + size] for start in range(0, len(REPLY), size)]
    ran = run_here(["text", "--tool", "auto"], framed(message_call(pieces, tool="reply_to_user")))
    assert ran.stdout == b"The ferry leaves at nine.\n"
    assert ran.stderr == "unspool: standard input: --tool auto takes reply_to_user:message\n"


def test_auto_gives_what_the_named_tool_gives() -> None:
    records = [*CALL, *({**one, "id": "chatcmpl-2"} for one in message_call(['{"q": "x"}'], tool="search"))]
    for command in (["rewrite"], ["events"], ["lint"], ["stats"], ["view"]):
        named = run_here([*command, "--tool", "reply_to_user:message"], jsonl(records))
        assert run_here([*command, "--tool", "auto"], jsonl(records)).stdout == named.stdout


def test_auto_leaves_a_stream_of_two_candidates_and_explains_it() -> None:
    entries = [entry('{"q": "ferry"}', index=0, name="search"), entry(REPLY, index=1, name="reply_to_user")]
    ran = run_here(["text", "--tool", "auto"], jsonl([chunk({"tool_calls": entries}), chunk({}, "tool_calls")]))
    assert ran.stdout == b""
    assert "try --tool reply_to_user:message" in ran.stderr


def test_auto_takes_nothing_from_a_stream_with_its_message_tool_or_with_content() -> None:
    for records in (message_call(['{"message": "Hi"}']), [chunk({"content": "Hi"}), chunk({}, "stop")]):
        ran = run_here(["text", "--tool", "auto"], jsonl(records))
        assert (ran.stdout, ran.stderr) == (b"Hi\n", "")


def test_auto_reports_each_fault_once() -> None:
    cut = jsonl(message_call([REPLY[:30]], tool="reply_to_user", finish=None))
    ran = run_here(["text", "--tool", "auto"], b"{junk\n" + cut)
    assert ran.code == 4
    assert len(ran.stderr.splitlines()) == 3
    missing = run_here(["text", "--tool", "auto", "/does/not/exist"])
    assert (missing.code, len(missing.stderr.splitlines())) == (5, 1)


def test_auto_in_check_and_diff(tmp_path: Path) -> None:
    capture, other = tmp_path / "reply.jsonl", tmp_path / "plain.jsonl"
    capture.write_bytes(jsonl(CALL))
    (tmp_path / "reply.args").write_text("--tool auto\n")
    (tmp_path / "reply.expected.txt").write_bytes(b"The ferry leaves at nine.\n")
    other.write_bytes(jsonl(message_call([REPLY[:9], REPLY[9:]], tool="reply_to_user")))
    assert run_here(["check", str(capture)]).code == 0
    assert run_here(["diff", "--tool", "auto", str(capture), str(other)]).code == 0


def test_a_chat_needs_the_name_of_its_tool(monkeypatch: pytest.MonkeyPatch) -> None:
    ran = run_here(["chat", "--tool", "auto", "-m", "m", "--base-url", "http://127.0.0.1:9/v1"])
    assert (ran.code, "needs its name" in ran.stderr) == (2, True)


@pytest.mark.parametrize("command", ["text", "rewrite", "events", "lint", "stats", "view"])
def test_quiet_leaves_the_exit_code_alone(command: str) -> None:
    cut = b"junk\n" + jsonl(message_call([REPLY[:30]], tool="reply_to_user", finish=None))
    loud, quiet = run_here([command], cut), run_here([command, "-q"], cut)
    assert loud.stderr
    assert quiet == (loud.code, loud.stdout, "")


def hint(data: bytes, *options: str) -> str:
    ran = run_here(["text", *options], data)
    assert (ran.code, ran.stdout.strip()) == (0, b"Hm." if options else b"")
    return ran.stderr


def test_thoughts_alone_are_named_unless_they_are_shown() -> None:
    data = jsonl([chunk({"role": "assistant", "reasoning_content": "Hm."}), chunk({}, "stop")])
    assert hint(data).endswith("no message; the answer has only thoughts (--thoughts reasoning shows them)\n")
    assert hint(data, "--thoughts", "reasoning") == ""


RESPONSES_ITEMS = ["mcp_call", "web_search_call", "mcp_approval_request", "computer_call", "image_generation_call"]


def responses(item: dict[str, Any]) -> list[dict[str, Any]]:
    """The events of a response with one item."""
    response = {"id": "r", "object": "response", "status": "completed", "output": [item]}
    return [
        {"type": "response.created", "response": {"id": "r", "status": "in_progress", "output": []}},
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": response},
    ]


def gemini(part: dict[str, Any], **members: Any) -> list[dict[str, Any]]:
    content = {"role": "model", "parts": [part]}
    return [{"candidates": [{"content": content, "finishReason": "STOP", **members}], "responseId": "g"}]


def anthropic(block: dict[str, Any], *deltas: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"type": "message_start", "message": {"id": "m", "role": "assistant", "content": []}},
        {"type": "content_block_start", "index": 0, "content_block": block},
        *({"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 1}},
        {"type": "message_stop"},
    ]


def bedrock(kind: str) -> list[dict[str, Any]]:
    return [
        {"messageStart": {"role": "assistant"}},
        {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {kind: {"source": {}}}}},
        {"contentBlockStop": {"contentBlockIndex": 0}},
        {"messageStop": {"stopReason": "end_turn"}},
        {"metadata": {"metrics": {"latencyMs": 1}}},
    ]


OTHER_CONTENT: list[tuple[str, list[dict[str, Any]]]] = [
    *((kind, responses({"type": kind, "id": "x"})) for kind in RESPONSES_ITEMS),
    ("inlineData", gemini({"inlineData": {"mimeType": "image/png", "data": "iVBO"}}, safetyRatings=[{"x": 1}])),
    (
        "codeExecutionResult, groundingMetadata",
        gemini({"codeExecutionResult": {"output": "1"}}, groundingMetadata={"webSearchQueries": ["a"]}),
    ),
    ("server_tool_use", anthropic({"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}})),
    ("redacted_thinking", anthropic({"type": "redacted_thinking", "data": "x"})),
    ("citations_delta", anthropic({"type": "text", "text": ""}, {"type": "citations_delta", "citation": {}})),
    ("image", bedrock("image")),
    ("citation", bedrock("citation")),
    ("audio", [chunk({"role": "assistant", "audio": {"id": "a", "data": "AAAA"}}), chunk({}, "stop")]),
    ("images", [chunk({"content": ""}), chunk({"images": [{"type": "image_url"}], "odd": [1]}), chunk({}, "stop")]),
    ("image_url", [chunk({"content": [{"type": "image_url", "image_url": {}}, None]}), chunk({}, "stop")]),
]


@pytest.mark.parametrize(("kinds", "stream"), OTHER_CONTENT, ids=[kinds for kinds, _ in OTHER_CONTENT])
@pytest.mark.parametrize("framed", [jsonl, sse])
def test_content_that_is_no_text_is_named(
    kinds: str, stream: list[dict[str, Any]], framed: Callable[[list[dict[str, Any]]], bytes]
) -> None:
    data = framed(stream)
    assert hint(data).endswith(f"no message; the answer has no text, but {kinds}: see `unspool rewrite`\n")
    assert kinds.split(",", maxsplit=1)[0].encode() in run_here(["rewrite"], data).stdout


def test_the_names_of_content_are_shown_as_far_as_they_are_short_and_few() -> None:
    kinds = [f"{number}_\x1b[31m_call" for number in range(20)] + ["x" * 60_000 + "_call"]
    response = {"id": "r", "object": "response", "status": "completed", "output": [{"type": kind} for kind in kinds]}
    line = hint(jsonl([response]))
    assert (line.count("_call"), "\x1b" in line, "x" * 80 in line) == (8, False, False)


def test_content_of_another_choice_is_not_named() -> None:
    data = jsonl([chunk({"content": ""}), chunk({"audio": {"id": "a"}}, "stop", index=1), chunk({}, "stop")])
    assert "the answer is empty (finish_reason stop)" in run_here(["text"], data).stderr


def test_a_refused_answer_has_one_line() -> None:
    data = jsonl([chunk({"role": "assistant", "content": ""}), chunk({}, "content_filter")])
    assert hint(data).count("\n") == 1


@pytest.mark.parametrize(
    ("present", "named"),
    [
        ((0, 1, 2), "choice 7 has no text; choices 0, 1 and 2 have some (--choice)"),
        ((4,), "choice 7 has no text; choice 4 has some (--choice)"),
    ],
)
def test_the_choices_that_have_text_are_named(present: tuple[int, ...], named: str) -> None:
    data = jsonl([one for at in present for one in (chunk({"content": "Ahoy"}, index=at), chunk({}, "stop", index=at))])
    for status in ([], ["-e"]):
        ran = run_here(["text", "--choice", "7", *status], data)
        assert ran.stderr == f"unspool: standard input: no message; {named}\n"
        assert (ran.stdout, ran.code) == (b"", len(status))


def test_a_choice_that_is_not_there_is_named_where_no_choice_has_text() -> None:
    ran = run_here(["text", "--choice", "7"], jsonl([chunk({"content": ""}), chunk({}, "stop")]))
    assert ran.stderr == "unspool: standard input: no message; the stream has no choice 7; it has choice 0\n"


@pytest.mark.parametrize("command", ["text", "rewrite", "events", "lint", "stats"])
def test_text_in_records_of_an_unknown_type_is_named_by_every_command_r17(command: str) -> None:
    """Found by fuzzing: rewrite and events ended with code 3 and said nothing."""
    events = anthropic({"type": "text", "text": ""}, {"type": "text_delta", "text": "The ferry leaves at nine."})
    for event in events:
        if event["type"] == "content_block_delta":
            event["type"] = "cnotent_block_delta"
    ran = run_here([command], jsonl(events))
    found = "records of types that are not known have text: cnotent_block_delta (delta.text)"
    assert ran.stderr == f"unspool: standard input: no message; the answer is empty, but {found}\n"
    assert ran.code == 3


def test_an_empty_answer_that_done_alone_ends_is_named_r17() -> None:
    """F5: nothing was shown, and nothing said, with exit code 0."""
    ran = run_here(["text"], sse([chunk({"role": "assistant", "content": ""})]))
    line = "no message; the answer is empty (without a finish_reason)"
    assert (ran.stdout, ran.stderr, ran.code) == (b"", f"unspool: standard input: {line}\n", 0)
