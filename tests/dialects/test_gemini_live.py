"""Gemini Live's messages as responses: one for each turn of the model."""

import base64
import json
from typing import Any

import pytest
from tests.support import jsonl, run_here

from unspool.dialects.registry import dialect_of

Value = dict[str, Any]
SETUP: Value = {"setupComplete": {}}
END: Value = {"serverContent": {"turnComplete": True}}
GENERATED: Value = {"serverContent": {"generationComplete": True}}
COUNTED: Value = {"usageMetadata": {"promptTokenCount": 9, "responseTokenCount": 4, "totalTokenCount": 13}}


def turn(*texts: str) -> list[Value]:
    parts = [{"serverContent": {"modelTurn": {"role": "model", "parts": [{"text": text}]}}} for text in texts]
    return [*parts, GENERATED]


def transcribed(*texts: str) -> list[Value]:
    """Sound and its transcription, in turn."""
    part = {"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": "AAAA"}}
    sound: Value = {"serverContent": {"modelTurn": {"parts": [part]}}}
    said: list[Value] = [{"serverContent": {"outputTranscription": {"text": text}}} for text in texts]
    return [one for text in said for one in (sound, text)] + [GENERATED]


def shown(*values: Value, command: str = "text") -> tuple[int, str]:
    ran = run_here([command], jsonl(values))
    return ran.code, ran.stdout.decode()


@pytest.mark.parametrize("say", [turn, transcribed])
def test_a_turn_is_a_response(say: Any) -> None:
    asked: Value = {"serverContent": {"inputTranscription": {"text": "when?"}}}
    assert shown(SETUP, asked, *say("At ", "nine."), END) == (0, "At nine.\n")
    two = [SETUP, *say("At ", "nine."), END, {**COUNTED, "serverContent": {}}, *say("At six."), END]
    assert shown(*two) == (0, "At nine.\nAt six.\n")
    assert shown(SETUP, *say("At ", "nine.")) == (4, "At nine.\n")


def test_the_usage_comes_with_the_end_or_behind_it() -> None:
    for values in ([*turn("At nine."), {**END, **COUNTED}], [*turn("At nine."), END, COUNTED]):
        ran = run_here(["table", "--columns", "dialect,prompt_tokens,completion_tokens,text"], jsonl(values))
        row = json.loads(ran.stdout)
        assert row == {"dialect": "gemini", "prompt_tokens": 9, "completion_tokens": 4, "text": "At nine."}


def test_a_call_is_whole_and_the_turn_goes_on_behind_it() -> None:
    call: Value = {"toolCall": {"functionCalls": [{"id": "f", "name": "find", "args": {"line": 4}}]}}
    sent: Value = {"toolResponse": {"functionResponses": [{"id": "f", "response": {"at": 9}}]}}
    assert shown(SETUP, call, sent, *turn("At nine."), END) == (0, "At nine.\n")
    message: Value = {"toolCall": {"functionCalls": [{"id": "f", "name": "send_message", "args": {"message": "Hi"}}]}}
    assert shown(SETUP, message, END) == (0, "Hi\n")


def test_a_turn_that_the_user_interrupts_is_no_whole_answer() -> None:
    cut: Value = {"serverContent": {"interrupted": True}}
    code, text = shown(SETUP, *turn("At ")[:1], cut, END, *turn("At six."), END)
    assert (code, text) == (5, "At \nAt six.\n")


def test_messages_without_text_are_no_faults() -> None:
    around: list[Value] = [{"setup": {"model": "m"}}, SETUP, {"sessionResumptionUpdate": {"newHandle": "h"}}]
    behind: list[Value] = [{"goAway": {"timeLeft": "9s"}}, {"realtimeInput": {"text": "and then?"}}]
    assert shown(*around[1:], *turn("At nine."), *behind, END) == (0, "At nine.\n")


@pytest.mark.parametrize(
    "first",
    [
        {"setup": {"model": "m"}},
        {"realtimeInput": {"audio": {"data": "AAAA"}}},
        {"setup_complete": {"session_id": "s"}, "server_content": None},
    ],
)
def test_a_recording_of_both_directions_begins_with_a_message_of_either(first: Value) -> None:
    others: list[Value] = [{**SETUP, "more": 1}, {"voiceActivity": {"type": "START"}}]
    assert shown(first, *others, *turn("At ", "nine."), END) == (0, "At nine.\n")


@pytest.mark.parametrize("say", [turn, transcribed])
def test_another_session_ends_a_turn_that_was_cut(say: Any) -> None:
    assert shown(SETUP, *say("At ", "ni"), SETUP, *say("At six."), END) == (4, "At ni\nAt six.\n")
    assert shown(SETUP, *say("At nine."), END, SETUP, *say("At six."), END) == (0, "At nine.\nAt six.\n")


def test_an_ordinary_response_behind_a_turn_is_another_one() -> None:
    ordinary = {"candidates": [{"content": {"parts": [{"text": "At six."}]}, "finishReason": "STOP"}]}
    assert shown(SETUP, *turn("At nine."), END, ordinary) == (0, "At nine.\nAt six.\n")


@pytest.mark.parametrize(
    ("reason", "finish"), [("RESPONSE_REJECTED", "content_filter"), ("NEED_MORE_INPUT", "stop"), (None, "stop")]
)
def test_the_reason_of_a_turn_s_end_is_the_finish(reason: str | None, finish: str) -> None:
    end = {"serverContent": {"turnComplete": True, "turnCompleteReason": reason}}
    row = run_here(["table", "--columns", "finish"], jsonl([SETUP, *turn("At nine."), end])).stdout
    assert json.loads(row) == {"finish": finish}


def test_messages_as_google_s_python_client_prints_them() -> None:
    texts = [
        {"model_turn": {"parts": [{"text": text}], "role": "model"}, "turn_complete": None} for text in ("At ", "6.")
    ]
    values = [{"setup_complete": None, "server_content": content, "tool_call": None} for content in texts]
    end = {"server_content": {"model_turn": None, "turn_complete": True}, "usage_metadata": {"response_token_count": 4}}
    assert shown(*values, end) == (0, "At 6.\n")


def test_frames_of_a_web_socket_in_a_har_may_be_binary() -> None:
    values = [SETUP, *turn("At ", "nine."), END]
    frames = [
        {"type": "receive", "time": 1, "opcode": 2, "data": base64.b64encode(json.dumps(one).encode()).decode()}
        for one in values
    ]
    sent = {"type": "send", "time": 1, "opcode": 1, "data": '{"clientContent":{"turns":[]}}'}
    entry = {
        "request": {"method": "GET", "url": "wss://a.example/ws"},
        "response": {"status": 101, "content": {}},
        "_webSocketMessages": [sent, *frames],
    }
    ran = run_here(["text"], json.dumps({"log": {"version": "1.2", "entries": [entry]}}).encode())
    assert (ran.code, ran.stdout) == (0, b"At nine.\n"), ran.stderr


@pytest.mark.parametrize(
    "value",
    [
        {"setupComplete": {}, "model": "m"},
        {"toolCall": {"name": "a"}},
        {"serverContent": "a"},
        {"setup": {"model": 4}},
        {"setup": {"model": "m"}, "data": []},
        {"realtimeInput": "a"},
        {"toolCall": {"functionCalls": []}},
    ],
)
def test_other_objects_are_no_messages(value: Value) -> None:
    assert dialect_of(value) is None
