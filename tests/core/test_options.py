"""Options: what a user may ask for, and how it is read (R3, R6, R7)."""

import pytest

from unspool.core.options import Options, OtherTools, Thoughts
from unspool.core.parser.targets import ValueKind
from unspool.core.repairs import Repair

MESSAGE, THOUGHTS = ValueKind.MESSAGE, ValueKind.THOUGHTS


def test_the_defaults_are_those_of_the_vocabulary() -> None:
    options = Options()
    assert options.tools == {"send_message": "message"}
    assert options.thoughts_arguments == ("inner_thoughts", "thinking")
    assert (options.thoughts, options.other_tools, options.repairs) == (Thoughts.DROP, OtherTools.PASS, frozenset())


def test_the_words_of_the_command_line() -> None:
    assert [str(word) for word in Thoughts] == ["drop", "reasoning"]
    assert [str(word) for word in OtherTools] == ["pass", "drop"]
    assert [str(word) for word in Repair] == ["cumulative", "double-encoded", "single-quotes"]


def test_r3_each_tool_has_its_own_path() -> None:
    trees = Options(tools={"say": "reply.text", "ask": "question"}, thoughts_arguments=("why",)).trees
    assert trees.get("say") == {"why": THOUGHTS, "reply": {"text": MESSAGE}}
    assert trees.get("ask") == {"why": THOUGHTS, "question": MESSAGE}


@pytest.mark.parametrize(("tool", "path"), [("", "message"), ("say", ""), ("say", "."), ("say", "a..b"), ("say", "a.")])
def test_an_empty_name_is_refused(tool: str, path: str) -> None:
    with pytest.raises(ValueError, match="a message tool needs a name and an argument"):
        Options(tools={tool: path})


def test_options_cannot_change_under_a_transformer() -> None:
    with pytest.raises(AttributeError):
        Options().thoughts = Thoughts.REASONING  # type: ignore[misc]
