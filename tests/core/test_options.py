"""Options: what a user may ask for, and how it is read (R3, R6, R7)."""

import pickle
from typing import Any

import pytest

from unspool.core.options import Options, OtherTools, Thoughts
from unspool.core.parser.targets import ValueKind
from unspool.core.repairs import Repair
from unspool.core.transformer import Transformer

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


def test_options_that_were_used_can_be_sent_to_another_process() -> None:
    """A copy of a compiled object is made by a call without arguments."""
    options = Options(tools={"say": "reply.text", "ask*": "question"})
    assert [*options.trees, *options.paths] == ["say", "say"]
    sent = pickle.loads(pickle.dumps(options))
    assert sent == options
    assert (sent.trees.get("say"), sent.paths.get("asked")) == (options.trees.get("say"), "question")


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


def test_the_words_of_the_enumerations_are_accepted() -> None:
    words: dict[str, Any] = {"thoughts": "reasoning", "other_tools": "drop", "repairs": ["cumulative"]}
    options = Options(**words, thoughts_arguments=["why"])  # type: ignore[arg-type]
    assert options.thoughts is Thoughts.REASONING
    assert options.other_tools is OtherTools.DROP
    assert options.repairs == frozenset({Repair.CUMULATIVE})
    assert options.thoughts_arguments == ("why",)
    assert options == Options(
        thoughts=Thoughts.REASONING,
        thoughts_arguments=("why",),
        other_tools=OtherTools.DROP,
        repairs=frozenset({Repair.CUMULATIVE}),
    )


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"thoughts": "bogus"}, ValueError, "thoughts: 'bogus' is not one of drop, reasoning"),
        ({"thoughts": None}, ValueError, "thoughts: None is not one of drop, reasoning"),
        ({"other_tools": "keep"}, ValueError, "other_tools: 'keep' is not one of pass, drop"),
        ({"other_tools": []}, ValueError, r"other_tools: \[\] is not one of pass, drop"),
        ({"repairs": {"all"}}, ValueError, "repairs: 'all' is not one of cumulative, double-encoded, single-quotes"),
        ({"repairs": "cumulative"}, TypeError, "repairs must be several words, such as a tuple, not str"),
        ({"thoughts_arguments": "why"}, TypeError, "thoughts_arguments must be several words, .* not str"),
        ({"thoughts_arguments": None}, TypeError, "thoughts_arguments must be several words, .* not NoneType"),
        ({"tools": ["reply"]}, TypeError, "tools must be a mapping .* such as {'send_message': 'message'}, not list"),
        ({"tools": None}, TypeError, "tools must be a mapping .*, not NoneType"),
        ({"tools": {"reply": None}}, TypeError, "the names of a tool and of an argument, not 'reply': None"),
        ({"separator": None}, TypeError, "separator must be a str, not NoneType"),
    ],
)
def test_other_words_and_types_are_refused(given: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        Options(**given)


@pytest.mark.parametrize("given", [{"reply": "text"}, {}, "reply", Options])
def test_a_transformer_takes_no_other_value_for_its_options(given: Any) -> None:
    with pytest.raises(TypeError):
        Transformer(given)
