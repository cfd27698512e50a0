"""A stream whose tool is not send_message: standard error names the tool and the argument that may hold the text."""

import json
from pathlib import Path

import pytest
from tests.support import chunk, jsonl, message_call, run_here, sse

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
    assert line == "unspool: standard input: no message; the stream calls count (n); no argument is text\n"


def test_arguments_that_are_cut_or_broken_still_name_the_tool() -> None:
    cut = run_here(["text"], jsonl(message_call(['{"message": "The fer'], tool="reply", finish=None)))
    assert "try --tool reply:message\n" in cut.stderr
    broken = run_here(["text"], jsonl(message_call(["[1, 2"], tool="reply")))
    assert "the stream calls reply; no argument is text\n" in broken.stderr


def test_a_name_from_a_stranger_is_quoted_for_the_shell() -> None:
    line = run_here(["text"], jsonl(message_call(['{"a b": "x"}'], tool="x; rm -rf $HOME\x1b[2J"))).stderr
    assert "try --tool 'x; rm -rf $HOME" in line
    assert "\x1b" not in line


@pytest.mark.parametrize(
    "records",
    [
        message_call(['{"message": "Hi"}']),
        [*CALL, chunk({"content": "Hi"}, id="other"), chunk({}, "stop", id="other")],
        [chunk({"content": ""}), chunk({}, "stop")],
        message_call(['{"message": ""}']),
    ],
)
def test_text_or_a_message_call_needs_no_hint(records: list[dict[str, object]]) -> None:
    assert "no message" not in run_here(["text"], jsonl(records)).stderr


def test_many_sources_do_not_give_a_wall_of_lines(tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.jsonl" for number in range(20)]
    for file in files:
        file.write_bytes(jsonl(CALL))
    lines = run_here(["text", *map(str, files)]).stderr.splitlines()
    assert len(lines) == 4
    assert lines[-1] == "unspool: 17 more streams without a message"


def test_stats_counts_calls_by_name() -> None:
    ran = run_here(
        ["stats"], jsonl([*CALL, *({**one, "id": "chatcmpl-2"} for one in message_call(['{"q": "x"}'], tool="search"))])
    )
    assert "calls        reply_to_user 1\n" in ran.stdout.decode()
    assert "calls        reply_to_user 1, search 1\n" in ran.stdout.decode()  # of both steps together
