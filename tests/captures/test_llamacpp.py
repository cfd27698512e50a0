"""T23: a local server that sends each fragment twice, names every delta, and writes raw control characters."""

import json
import re

import pytest
from openai.types.chat import ChatCompletionChunk
from tests.captures import oracle
from tests.captures.material import FOLDER, OWN, REASON, Capture, captures, deltas, values
from tests.support import run_here

if not FOLDER.is_dir():
    pytest.skip(REASON, allow_module_level=True)

OURS = [capture for capture in captures() if capture.name.startswith(OWN)]
pytestmark = pytest.mark.parametrize("capture", OURS, ids=lambda capture: capture.name)


def legacy_arguments(capture: Capture) -> str:
    """The arguments as the other of the two ways gives them."""
    chunks = [record.value for record in capture.records if record.kind == "value"]
    return "".join((delta.get("function_call") or {}).get("arguments", "") for delta in deltas(chunks, 0))


def message(capture: Capture) -> str:
    value, _ = oracle.value_of(legacy_arguments(capture))
    text = oracle.at(value, "message")
    assert isinstance(text, str)
    return text


def test_both_ways_give_the_same_arguments(capture: Capture) -> None:
    """What the quirk says of these files, so that the tests below mean something."""
    (call,) = capture.calls
    assert call.name == "send_message"
    assert call.arguments == legacy_arguments(capture)


def test_the_call_counts_once(capture: Capture) -> None:
    """T23: the text is that of one way, not of both."""
    done = run_here(["text", str(capture.path)])
    assert done.stdout.decode() == oracle.printed([message(capture)])
    events = [json.loads(line) for line in run_here(["events", str(capture.path)]).stdout.split(b"\n") if line]
    assert [event["tool"] for event in events if event["event"] == "call"] == ["send_message"]


def test_thoughts_stay_private(capture: Capture) -> None:
    """R7: what stands in inner_thoughts is shown nowhere."""
    thoughts = oracle.at(oracle.value_of(legacy_arguments(capture))[0], "inner_thoughts")
    if not isinstance(thoughts, str) or len(thoughts) < 20:
        pytest.skip("this one has no thoughts")
    for command in ("text", "rewrite"):
        output = run_here([command, str(capture.path)]).stdout.decode()
        assert thoughts[:20] not in output
        assert "inner_thoughts" not in output


def test_raw_control_characters_are_text(capture: Capture) -> None:
    """A8: an escape character inside a string is one of the message's characters."""
    raw = {character for character in message(capture) if re.match(r"[\x00-\x08\x0e-\x1f]", character)}
    output = run_here(["text", str(capture.path)]).stdout.decode()
    assert {character for character in output if character in raw} == raw


def test_neither_way_is_left_in_rewritten_chunks(capture: Capture) -> None:
    """R4, R5, T23: no call in either form, one role, one finish, and openai's model reads every chunk."""
    chunks = list(values(run_here(["rewrite", str(capture.path)]).stdout))
    for chunk in chunks:
        ChatCompletionChunk.model_validate(chunk)
    found = list(deltas(chunks, 0))
    assert not any(delta.get("tool_calls") or delta.get("function_call") for delta in found)
    assert [delta["role"] for delta in found if delta.get("role")] == ["assistant"]
    assert found[0]["role"] == "assistant"
    finishes = [choice["finish_reason"] for chunk in chunks for choice in chunk["choices"] if choice["finish_reason"]]
    assert finishes == ["stop"]


def test_unfinished_arguments_are_reported(capture: Capture) -> None:
    """F8, R11: exit code 4 where the arguments are open at the finish, 0 where they are whole."""
    _, whole = oracle.value_of(legacy_arguments(capture))
    done = run_here(["text", str(capture.path)])
    assert done.code == (0 if whole else 4)
    assert bool(done.stderr) != whole
