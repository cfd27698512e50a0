"""A response as one object: openai's model takes it, and its text is that of the rewritten chunks, for every cut."""

import json
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletion
from tests.strategies import places
from tests.support import ROOT, chunk, entry, jsonl, message_call, run_here

SAMPLES = sorted(path for path in (ROOT / "samples").glob("*.*") if path.suffix in (".jsonl", ".sse"))
CAPTURES = [path for path in SAMPLES if ".expected" not in path.name]


def objects(data: bytes, *options: str) -> list[dict[str, Any]]:
    output = run_here(["rewrite", "--to", "json", *options], data).stdout
    return [json.loads(line) for line in output.splitlines()]


def options_of(capture: Path) -> list[str]:
    beside = capture.with_suffix(".args")
    return beside.read_text().split() if beside.exists() else []


def deltas_of(output: bytes) -> Iterator[dict[str, Any]]:
    """The deltas of choice 0 in rewritten chunks; samples hold records that are none, too."""
    for line in output.splitlines():
        with suppress(ValueError):
            value = json.loads(line)
            choices = value.get("choices") if isinstance(value, dict) else None
            yield from (one["delta"] for one in choices or () if one["index"] == 0 and one.get("delta"))


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.name)
def test_the_object_says_what_the_rewritten_chunks_say(capture: Path) -> None:
    options = options_of(capture)
    whole = objects(capture.read_bytes(), *options)
    rewritten = run_here(["rewrite", *options], capture.read_bytes()).stdout
    deltas = list(deltas_of(rewritten))
    first = [choice["message"] for one in whole for choice in one["choices"] if choice["index"] == 0]
    if all(
        isinstance(delta.get("content", ""), str | None) for delta in deltas
    ):  # else parts, of which text is one kind
        said = "".join(delta.get("content") or "" for delta in deltas)
        assert "".join(message["content"] or "" for message in first) == said
    for one in whole:
        if "error" not in one and all(choice["finish_reason"] for choice in one["choices"]):
            ChatCompletion.model_validate(one)


def test_a_whole_response_with_calls_and_usage() -> None:
    usage = {"prompt_tokens": 4, "completion_tokens": 2, "total_tokens": 6}
    records = [
        *message_call(['{"inner_thoughts": "Hm.", "message": "Hi', ' there"}'], finish=None),
        chunk({"tool_calls": [entry('{"q": 1}', index=1, id="call_2", name="search")]}),
        chunk({"reasoning_content": "native"}),
        chunk({}, "tool_calls", system_fingerprint="fp"),
        chunk(choices=[], usage=usage),
    ]
    (one,) = objects(jsonl(records))
    ChatCompletion.model_validate(one)
    (choice,) = one["choices"]
    assert choice["message"]["content"] == "Hi there"
    assert choice["message"]["reasoning_content"] == "native"
    assert choice["message"]["tool_calls"] == [
        {"id": "call_2", "type": "function", "function": {"name": "search", "arguments": '{"q": 1}'}}
    ]
    assert (choice["finish_reason"], one["usage"], one["system_fingerprint"]) == ("tool_calls", usage, "fp")
    assert one["object"] == "chat.completion"
    (dropped,) = objects(jsonl(records), "--other-tools", "drop", "--thoughts", "reasoning")
    assert "tool_calls" not in dropped["choices"][0]["message"]
    assert dropped["choices"][0]["finish_reason"] == "stop"
    assert "Hm." in dropped["choices"][0]["message"]["reasoning_content"]


def test_two_messages_are_apart_and_steps_are_objects() -> None:
    two = message_call(['{"message": "One"}'], finish=None)
    two += [
        chunk({"tool_calls": [entry('{"message": "Two"}', index=1, id="b", name="send_message")]}),
        chunk({}, "tool_calls"),
    ]
    other = [{**one, "id": "chatcmpl-2"} for one in message_call(['{"message": "Three"}'])]
    contents = [one["choices"][0]["message"]["content"] for one in objects(jsonl([*two, *other]))]
    assert contents == ["One\n\nTwo", "Three"]
    assert objects(jsonl(two), "--separator", " | ")[0]["choices"][0]["message"]["content"] == "One | Two"


def test_one_separator_is_between_messages_and_between_the_thoughts_of_calls() -> None:
    """R16, also where content behind a message call is a block of its own; a table has the same."""

    def block(index: int, kind: str, start: Any, delta: Any) -> list[Any]:
        started = {"type": "content_block_start", "index": index, "content_block": {"type": kind, **start}}
        return [started, {"type": "content_block_delta", "index": index, "delta": delta}]

    arguments = '{"inner_thoughts": "Hm.", "message": "B"}'
    events = [{"type": "message_start", "message": {"id": "m", "model": "c"}}]
    for index in (0, 1):
        name = {"id": f"t{index}", "name": "send_message"}
        events += block(index, "tool_use", name, {"type": "input_json_delta", "partial_json": arguments})
    events += block(2, "text", {"text": ""}, {"type": "text_delta", "text": "C"})
    events += [{"type": "message_delta", "delta": {"stop_reason": "end_turn"}}, {"type": "message_stop"}]
    (one,) = objects(jsonl(events), "--thoughts=reasoning")
    message = one["choices"][0]["message"]
    assert (message["content"], message["reasoning_content"]) == ("B\n\nB\n\nC", "Hm.\n\nHm.")
    (row,) = run_here(["table", "--thoughts=reasoning", "--columns=text,thoughts"], jsonl(events)).stdout.splitlines()
    assert json.loads(row) == {"text": message["content"], "thoughts": message["reasoning_content"]}


def test_a_refusal_and_several_choices() -> None:
    records = [chunk({"refusal": "I can"}, index=1), chunk({"refusal": "not."}, "stop", index=1)]
    records += [chunk({"content": "Yes"}), chunk({}, "stop")]
    (one,) = objects(jsonl(records))
    ChatCompletion.model_validate(one)
    assert [choice["index"] for choice in one["choices"]] == [0, 1]
    assert one["choices"][1]["message"]["refusal"] == "I cannot."
    assert one["choices"][1]["message"]["content"] is None


def test_what_was_cut_or_failed_is_no_finished_answer() -> None:
    ran = run_here(["rewrite", "--to", "json"], jsonl(message_call(['{"message": "Hi'], finish=None)))
    (choice,) = json.loads(ran.stdout)["choices"]
    assert (choice["message"]["content"], choice["finish_reason"], ran.code) == ("Hi", None, 4)
    failed = run_here(
        ["rewrite", "--to", "json"], jsonl([chunk({"content": "Hi"}), {"error": {"message": "no", "code": 9}}])
    )
    one = json.loads(failed.stdout)
    assert (one["error"], failed.code) == ({"message": "no", "code": "9"}, 5)


def test_nothing_is_written_of_what_is_no_response() -> None:
    assert run_here(["rewrite", "--to", "json"], b"junk\n").stdout == b""


def test_what_no_event_says_is_there_however_records_are_batched() -> None:
    """Images of answers without text (R1), the members of choices, and those that every record has."""
    (image,) = objects(jsonl([chunk({"role": "assistant"}), chunk({"images": [{"url": "data:a"}]}), chunk({}, "stop")]))
    assert image["choices"][0]["message"]["images"] == [{"url": "data:a"}]
    records = [chunk({"content": "ha", "more": {"note": "x"}}) for _ in range(50)]
    (batched,) = objects(jsonl([*records, chunk({}, "stop")]))
    assert batched["choices"][0]["message"]["content"] == "ha" * 50
    assert batched["choices"][0]["message"]["more"] == {"note": "x" * 50}


def test_values_that_are_too_deep_to_be_joined_are_replaced() -> None:
    deep: Any = "x"
    for _ in range(60):
        deep = {"a": deep}
    (one,) = objects(jsonl([chunk({"content": "Hi", "more": deep}), chunk({"more": deep}), chunk({}, "stop")]))
    assert one["choices"][0]["message"]["more"] == deep


def test_a_custom_tool_beside_a_function_of_the_older_form_is_a_call() -> None:
    opening = {"index": 0, "id": "call_1", "type": "custom", "custom": {"name": "search", "input": "boats"}}
    chunks = [chunk({"tool_calls": [opening], "function_call": {}}), chunk({}, "tool_calls")]
    (made,) = objects(jsonl(chunks))
    (call,) = made["choices"][0]["message"]["tool_calls"]
    assert call == {"id": "call_1", "type": "custom", "custom": {"name": "search", "input": "boats"}}


@pytest.mark.parametrize("index", [[], {}, [0], None, "0", 1.5, True])
def test_the_index_of_a_call_may_be_of_any_type(index: Any) -> None:
    """Found by changing members of real captures: a list ended the run as a fault in unspool."""
    one = entry('{"a":', index=index, id="c", name="look_up")
    deltas = [{"tool_calls": [one]}, {"tool_calls": [entry("1}", index=index)]}]
    (whole,) = objects(jsonl([*map(chunk, deltas), chunk({}, "tool_calls")]))
    assert [call["function"]["arguments"] for call in whole["choices"][0]["message"]["tool_calls"]] == ['{"a":1}']


def test_a_member_that_is_a_string_and_then_a_list_is_the_list() -> None:
    chunks = [chunk({"content": "a", "x": "one"}), chunk({"x": "two"}), chunk({"x": ["three", {"y": "four"}]})]
    (made,) = objects(jsonl([*chunks, chunk({}, "stop")]))
    assert made["choices"][0]["message"]["x"] == ["three", {"y": "four"}]


@given(st.text(max_size=40), st.text(max_size=10), places())
def test_the_text_is_the_same_at_every_cut(text: str, separator: str, at: list[int]) -> None:
    source = json.dumps({"message": text})
    cuts = sorted({place % (len(source) + 1) for place in at} | {0, len(source)})
    pieces = [source[start:end] for start, end in pairwise(cuts)]
    whole = objects(jsonl(message_call([source])))
    assert objects(jsonl(message_call(pieces))) == whole
