"""Names of message tools: exact, behind a tool server, by pattern (R8)."""

import pytest
from tests.support import jsonl, message_call, run_here

from unspool.core.options import Options
from unspool.variants.tool_names import ToolNames, is_pattern

ASKED = {"send_message": 1, "*_note": 2, "say?": 3}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("send_message", 1),
        ("mcp__post__send_message", 1),
        ("mcp__two__words__send_message", 1),
        ("mcp____send_message", None),
        ("mcp__send_message", None),
        ("mcp__post__send_messages", None),
        ("xmcp__post__send_message", None),
        ("write_note", 2),
        ("mcp__post__write_note", 2),
        ("says", 3),
        ("say", None),
        ("*_note", 2),
        ("", None),
    ],
)
def test_what_a_name_means(name: str, value: int | None) -> None:
    names = ToolNames(ASKED)
    assert names.get(name) == value
    assert (name in names) == (value is not None)


def test_an_exact_name_comes_before_a_pattern_and_patterns_in_their_order() -> None:
    names = ToolNames({"*": 1, "*b": 2, "ab": 3})
    assert [names.get(name) for name in ("ab", "bb", "c")] == [3, 1, 1]
    assert list(names) == ["ab"]


def test_patterns() -> None:
    assert [is_pattern(name) for name in ("send_message", "send*", "se?d")] == [False, True, True]


@pytest.mark.parametrize("options", [[], ["--tool", "mcp__post__send_message"], ["--tool", "*send_message"]])
def test_a_call_behind_a_tool_server_speaks(options: list[str]) -> None:
    stream = jsonl(message_call(['{"message": "Hi', ' there"}'], tool="mcp__post__send_message"))
    ran = run_here(["text", *options], stream)
    assert (ran.stdout, ran.code) == (b"Hi there\n", 0)


def test_another_tool_of_a_server_is_no_message_tool() -> None:
    assert ToolNames({"send_message": 1}).get("mcp__post__look") is None


def test_the_options_know_the_path_of_a_tool_behind_a_server() -> None:
    assert Options(tools={"send_message": "a.b"}).paths.get("mcp__post__send_message") == "a.b"
