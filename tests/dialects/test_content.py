"""Channels and calls inside content, and a field of JSON, on request."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support import ROOT, chunk, jsonl, run_here


def streamed(text: str, size: int, finish: str | None = "stop") -> bytes:
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    chunks = [chunk({"role": "assistant", "content": ""}), *(chunk({"content": one}) for one in pieces)]
    return jsonl([*chunks, *([chunk({}, finish)] if finish else [])])


def told(data: bytes, *options: str) -> tuple[str, str, list[tuple[str, str]], int]:
    """Text, thoughts, other calls and the exit code."""
    ran = run_here(["events", *options], data)
    text = thoughts = ""
    calls: list[list[str]] = []
    for event in map(json.loads, ran.stdout.splitlines()):
        text += event["text"] if event["event"] == "text" else ""
        thoughts += event["text"] if event["event"] == "thoughts" else ""
        if event["event"] == "call" and not event["message"]:
            calls.append([event["tool"], ""])
        if event["event"] == "arguments":
            calls[-1][1] += event["arguments"]
    return text, thoughts, [(name, arguments) for name, arguments in calls], ran.code


THINK = "<think>\nThey ask.\n</think>\n\nAt <b>nine</b>."
OPEN = "They ask.\n</think>\n\nAt nine."
HARMONY = (
    "<|channel|>analysis<|message|>They ask.<|end|><|start|>assistant<|channel|>commentary to=functions.find"
    '<|constrain|>json<|message|>{"q":1}<|call|><|start|>assistant<|channel|>final<|message|>At nine.<|return|>'
)
KIMI = (
    'Wait.<|tool_calls_section_begin|><|tool_call_begin|>functions.find:0<|tool_call_argument_begin|>{"q":1}'
    '<|tool_call_end|><|tool_call_begin|>functions.send_message:1<|tool_call_argument_begin|>{"message":"Hi"}'
    "<|tool_call_end|><|tool_calls_section_end|>"
)
KIMI_SAFE = KIMI.replace("functions.find:0", "functions_find_0").replace(
    "functions.send_message:1", "functions_send_message_1"
)

DSML = (
    'Wait. <|DSML|function_calls>\n<|DSML|invoke name="find">\n<|DSML|parameter name="q" string="true">a "b" <c>\n'
    '</|DSML|parameter>\n<|DSML|parameter name="n" string="false">[1, {"x": 2}]</|DSML|parameter>\n</|DSML|invoke>\n'
    '<|DSML|invoke name="send_message">\n<|DSML|parameter name="message" string="true">Say <b> & "hi"\n'
    "- 👋</|DSML|parameter></|DSML|invoke>\n</|DSML|function_calls>"
).replace("|", "\uff5c")
DSML_CALL = ("find", '{"q": "a \\"b\\" <c>\\n", "n": [1, {"x": 2}]}')
DSML_V4 = '<|DSML|tool_calls>\n<|DSML|invoke name="ping">\n</|DSML|invoke>\n</|DSML|tool_calls>'.replace("|", "\uff5c")


@pytest.mark.parametrize("size", [1, 2, 5, 11, 500])
@pytest.mark.parametrize(
    ("channel", "source", "text", "thoughts", "calls"),
    [
        ("think", THINK, "At <b>nine</b>.", "They ask.\n", []),
        ("think", "No markup, a < b, <thin", "No markup, a < b, <thin", "", []),
        ("think-open", OPEN, "At nine.", "They ask.\n", []),
        ("harmony", HARMONY, "At nine.", "They ask.", [("find", '{"q":1}')]),
        ("harmony", "plain", "plain", "", []),
        ("kimi", KIMI, "Wait.Hi", "", [("find", '{"q":1}')]),
        ("kimi", KIMI_SAFE, "Wait.Hi", "", [("find", '{"q":1}')]),
        ("dsml", DSML, 'Wait. Say <b> & "hi"\n- 👋', "", [DSML_CALL]),
        ("dsml", DSML.replace("\uff5c", "|"), 'Wait. Say <b> & "hi"\n- 👋', "", [DSML_CALL]),
        ("dsml", DSML_V4, "", "", [("ping", "{}")]),
        (
            "dsml",
            "a < b, <\uff5cDSML\uff5c is a token, </\uff5cDSML\uff5cx> and <",
            "a < b, <\uff5cDSML\uff5c is a token, </\uff5cDSML\uff5cx> and <",
            "",
            [],
        ),
        ("think", "Hm.</think>At nine.", "Hm.</think>At nine.", "", []),
    ],
)
def test_channels_for_every_cut(channel: str, source: str, text: str, thoughts: str, calls: Any, size: int) -> None:
    assert told(streamed(source, size), "--channels", channel) == (text, thoughts, calls, 0)


SPOKEN = HARMONY.replace("functions.find", "functions.send_message").replace('{"q":1}', '{"message":"Hi"}')


@pytest.mark.parametrize("size", [1, 2, 5, 11, 500])
@pytest.mark.parametrize(
    ("channel", "source", "lines"),
    [
        ("harmony", SPOKEN, b"They ask.\nHi\nAt nine.\n"),
        ("kimi", KIMI.replace('{"q":1}', "{}") + "Done.", b"Wait.\nHi\nDone.\n"),
        ("think", "At nine. <think>Or ten.</think>Yes.", b"At nine. \nOr ten.\nYes.\n"),
    ],
)
def test_the_order_of_content_is_kept_for_every_cut(channel: str, source: str, lines: bytes, size: int) -> None:
    """Of one chunk thoughts are read before text, and text before calls."""
    ran = run_here(["text", "--thoughts=reasoning", "--channels", channel], streamed(source, size))
    assert ran.stdout == lines


CHANNELS = ("think", "think-open", "harmony", "kimi", "dsml")


@pytest.mark.parametrize("channel", CHANNELS)
@given(data=st.data())
def test_no_chunk_leaves_for_nothing(channel: str, data: st.DataObject) -> None:
    """R2: what is held back as the beginning of a marker leaves no empty chunk behind."""
    source = data.draw(
        st.sampled_from([THINK, OPEN, HARMONY, KIMI, DSML, DSML_V4, "a <th b </", "<", "<|", "\n<think>"])
    )
    lines = run_here(
        ["rewrite", "--thoughts=reasoning", "--channels", channel], streamed(source, data.draw(st.integers(1, 30)))
    ).stdout.splitlines()
    choices = [json.loads(line)["choices"][0] for line in lines]
    assert all(any(one["delta"].values()) or one["finish_reason"] for one in choices)


@pytest.mark.parametrize("member", ["usage", "error"])
def test_a_chunk_whose_content_is_held_leaves_for_its_other_members(member: str) -> None:
    value = (
        {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3} if member == "usage" else {"message": "Busy"}
    )
    data = jsonl([chunk({"role": "assistant", "content": "a"}), {**chunk({"content": "<th"}), member: value}])
    assert f'"{member}"' in run_here(["rewrite", "--channels=think"], data).stdout.decode()


@pytest.mark.parametrize("source", [THINK, HARMONY, KIMI, DSML])
def test_content_stays_content_without_being_asked(source: str) -> None:
    assert told(streamed(source, 5))[0] == source


def test_what_was_held_leaves_where_the_stream_is_cut() -> None:
    assert told(streamed("At nine <thi", 3, None), "--channels=think") == ("At nine <thi", "", [], 4)


def test_a_chunk_without_a_marker_stays_as_it_came_r1() -> None:
    data = (ROOT / "samples" / "plain-content.jsonl").read_bytes()
    assert run_here(["rewrite", "--channels=think"], data).stdout == data


@pytest.mark.parametrize("size", [1, 3, 500])
@pytest.mark.parametrize(
    ("source", "path", "text", "code"),
    [
        ('{"mood": "x", "reply": "Hi \\u2014 there\\n"}', "reply", "Hi — there\n", 0),
        ('{"answer": {"text": "deep"}}', "answer.text", "deep", 0),
        ('```json\n{"reply": "Hi"}\n```', "reply", "Hi", 0),
        ('{"reply": "Hi', "reply", "Hi", 4),
        ('{"reply": nonsense}', "reply", "", 3),
    ],
)
def test_a_field_of_content_is_the_text(source: str, path: str, text: str, code: int, size: int) -> None:
    ran = run_here(["text", "--field", path], streamed(source, size))
    assert ran.stdout.decode() == text + ("" if text.endswith("\n") or not text else "\n")
    assert ran.code == code


def test_the_line_about_content_without_json_names_the_option() -> None:
    ran = run_here(["text", "--field", "reply"], streamed("It is plain text.", 4))
    assert ran.code == 3
    assert "--field cannot read the content as JSON from character 17 on; leave --field out" in ran.stderr


def test_thoughts_and_calls_of_one_response() -> None:
    source = "<think>Hm</think>" + DSML
    text, thoughts, calls, code = told(streamed(source, 3), "--channels=think", "--channels=dsml")
    assert (text, thoughts, calls, code) == ('Wait. Say <b> & "hi"\n- 👋', "Hm", [DSML_CALL], 0)


def test_a_call_in_markup_that_was_cut_is_incomplete_r11() -> None:
    cut = DSML[: DSML.index("<b>")]
    assert told(streamed(cut, 7, "length"), "--channels=dsml") == ("Wait. Say ", "", [DSML_CALL], 4)


def test_a_field_beside_a_channel() -> None:
    source = '<think>Hm</think>{"reply": "Hi"}'
    assert told(streamed(source, 4), "--channels=think", "--field=reply") == ("Hi", "Hm", [], 0)


def test_a_field_is_found_in_other_dialects_and_whole_completions() -> None:
    said = {"role": "assistant", "content": '{"a":"Hi"}'}
    whole = {"object": "chat.completion", "choices": [{"index": 0, "message": said, "finish_reason": "stop"}]}
    assert run_here(["text", "--field", "a"], jsonl([whole])).stdout == b"Hi\n"
    line = {"model": "m", "message": said, "done": True, "done_reason": "stop"}
    assert run_here(["text", "--field", "a"], jsonl([line])).stdout == b"Hi\n"


@pytest.mark.parametrize("option", [("--channels", "kimi"), ("--field", "reply")])
def test_a_call_in_place_of_the_array_of_calls_stays_t36(option: tuple[str, str]) -> None:
    content = "<|tool_calls_section_begin|><|tool_call_begin|>functions.look:0<|tool_call_argument_begin|>{}"
    beside = {"index": 0, "id": "a", "function": {"name": "send_message", "arguments": '{"message":"Hi"}'}}
    text = content if option[0] == "--channels" else '{"reply": "So."}'
    ran = run_here(["text", *option], jsonl([chunk({"content": text, "tool_calls": beside}, "stop")]))
    assert b"Hi" in ran.stdout
    assert "not an object" not in ran.stderr


@pytest.mark.parametrize("option", [("--channels", "think"), ("--channels", "harmony"), ("--field", "reply")])
@pytest.mark.parametrize("value", ["4", "null", "true", "1.5", '"x"', "[1]"])
def test_what_is_no_object_is_no_chunk_for_them_either(option: tuple[str, str], value: str) -> None:
    """In the compiled form a number ended the run."""
    data = value.encode() + b"\n"
    ran = run_here(["events", *option], data)
    assert ran.code in (3, 5)  # a text alone may be a whole stream of another program
    assert ran == run_here(["events"], data)
