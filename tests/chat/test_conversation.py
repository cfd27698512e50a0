"""What a chat keeps: what was heard as an API takes it back, and files that hold it."""

import json
import os
import stat
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from openai.types.chat import ChatCompletionMessageParam
from pydantic import TypeAdapter
from tests.support import Chunk, calls, chunk, entry, message_call

from unspool.chat.conversation import Conversation, Turn
from unspool.chat.storage import Session, history_file
from unspool.chat.turn_sink import TurnSink
from unspool.core.options import Options
from unspool.core.transformer import Transformer
from unspool.formats.record import Record

TOOLS = {"send_message": "message"}


def hear(chunks: Iterable[Chunk], tools: dict[str, str] = TOOLS, close: bool = True) -> Turn:
    """The turn that these chunks make."""
    sink = TurnSink("Q?", tools)
    transformer = Transformer(Options(tools=tools, message_arguments=True))
    for number, one in enumerate(chunks, 1):
        sink.write(Record(number, 0, json.dumps(one).encode(), None), transformer.feed(one), False)
    if close:
        sink.write(Record(0, 0, b"", None), transformer.close(), False)
    turn = sink.turn()
    TypeAdapter(list[ChatCompletionMessageParam]).validate_python(turn.messages)
    return turn


def test_a_message_call_is_kept_with_the_result_an_api_expects() -> None:
    turn = hear(message_call(['{"inner_thoughts":"Hm.", ', '"message":"Hi', ' \\u00e9"}']))
    assert (turn.text, turn.cut) == ("Hi é", False)
    assistant, result = turn.messages
    assert assistant["content"] is None
    (call,) = assistant["tool_calls"]
    assert call["id"] == "call_1"
    assert call["function"] == {
        "name": "send_message",
        "arguments": '{"inner_thoughts":"Hm.", "message":"Hi \\u00e9"}',
    }
    assert result == {"role": "tool", "tool_call_id": "call_1", "content": "delivered"}


@pytest.mark.parametrize(
    ("fragments", "kept"),
    [(['{"message":"\ud83d', '\ude00"}'], "\U0001f600"), (['{"message":"\ud83d', '"}'], "\ufffd")],
)
def test_halves_of_a_surrogate_pair_are_joined_or_replaced(fragments: list[str], kept: str) -> None:
    turn = hear(message_call(fragments))
    assert turn.text == kept
    assert turn.messages[0]["tool_calls"][0]["function"]["arguments"] == f'{{"message":"{kept}"}}'
    json.dumps(turn.messages, ensure_ascii=False).encode()  # the next request can carry it


def test_halves_of_a_surrogate_pair_in_content_are_joined() -> None:
    turn = hear([chunk({"content": "\ud83d"}), chunk({"content": "\ude00"}), chunk({}, finish="stop")])
    assert turn.messages == [{"role": "assistant", "content": "\U0001f600"}]


def test_content_is_kept_as_content() -> None:
    turn = hear([chunk({"role": "assistant", "content": "Hi "}), chunk({"content": "there"}), chunk({}, "stop")])
    assert turn.messages == [{"role": "assistant", "content": "Hi there"}]
    assert (turn.text, turn.cut) == ("Hi there", False)


def test_content_beside_calls_and_calls_after_each_other() -> None:
    chunks = [
        chunk({"role": "assistant", "content": "Well."}),
        chunk(calls(entry('{"message":"One"}', id="a", type="function", name="send_message"))),
        chunk(calls(entry('{"message":"Two"}', index=1, id="b", type="function", name="send_message"))),
        chunk(calls(entry('{"q":1}', index=2, id="c", type="function", name="look_up"))),
        chunk({}, "tool_calls"),
    ]
    turn = hear(chunks)
    assert turn.text == "Well.\nOne\nTwo"
    assistant, *results = turn.messages
    assert assistant["content"] == "Well."
    assert [call["id"] for call in assistant["tool_calls"]] == ["a", "b", "c"]
    assert [(one["tool_call_id"], one["content"]) for one in results] == [
        ("a", "delivered"),
        ("b", "delivered"),
        ("c", "there is no such tool here"),
    ]


@pytest.mark.parametrize("close", [True, False], ids=["broken off", "stopped"])
def test_a_call_that_was_cut_is_kept_whole_with_what_was_said(close: bool) -> None:
    turn = hear(message_call(['{"message":"Hi', ' "the'], finish=None), close=close)
    assert turn.cut
    arguments = json.loads(turn.messages[0]["tool_calls"][0]["function"]["arguments"])
    assert arguments == {"message": "Hi "}
    assert turn.messages[1]["content"] == "delivered as far as it had come"


def test_what_was_cut_at_a_path_and_in_another_tool() -> None:
    deep = hear(message_call(['{"reply":{"text":"De'], tool="answer", finish=None), {"answer": "reply.text"})
    other = hear(message_call(['{"q":'], tool="look_up", finish=None))
    assert json.loads(deep.messages[0]["tool_calls"][0]["function"]["arguments"]) == {"reply": {"text": "De"}}
    assert other.messages[0]["tool_calls"][0]["function"]["arguments"] == "{}"


def test_a_call_without_an_id_or_arguments_gets_what_an_api_insists_on() -> None:
    turn = hear([chunk(calls(entry("", name="look_up"))), chunk({}, "tool_calls")])
    assert turn.messages[0]["tool_calls"][0] == {
        "id": "call_0",
        "type": "function",
        "function": {"name": "look_up", "arguments": "{}"},
    }


def test_nothing_heard_is_no_answer() -> None:
    assert hear([]).messages == []
    assert hear([chunk({"role": "assistant", "content": ""})]).messages == []


def test_the_last_usage_counts_and_other_choices_do_not() -> None:
    chunks = [
        chunk({"content": "a"}, usage={"total_tokens": 1}),
        chunk({"content": "b"}, index=1),
        chunk({}, "stop", usage={"total_tokens": 5}),
    ]
    turn = hear(chunks)
    assert (turn.text, turn.usage) == ("a", {"total_tokens": 5})


# --- conversations ------------------------------------------------------------------------------

ANSWERED = Turn("Q?", "A.", [{"role": "assistant", "content": "A."}], {"total_tokens": 3, "details": {"x": 1}})


def test_messages_begin_with_the_system_text_and_end_with_the_question() -> None:
    conversation = Conversation("m", "Be kind.", [ANSWERED])
    assert conversation.messages("And?") == [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Q?"},
        {"role": "assistant", "content": "A."},
        {"role": "user", "content": "And?"},
    ]
    assert Conversation("m").messages() == []


def test_usage_is_added_up_of_counts_alone() -> None:
    turn = replace(ANSWERED, usage={"total_tokens": 5.0, "cost": 0.1, "is_byok": False})
    assert Conversation("m", "", [turn, ANSWERED]).usage() == {"total_tokens": 8}


def test_a_conversation_comes_back_from_json() -> None:
    conversation = Conversation("m", "Be kind.", [ANSWERED, Turn("X", cut=True)])
    assert Conversation.from_json(json.loads(json.dumps(conversation.as_json()))) == conversation


@pytest.mark.parametrize(
    "value",
    [None, [], {}, {"unspool_session": 2}, {"unspool_session": 1, "turns": [{}]}, {"unspool_session": 1, "turns": [1]}],
)
def test_what_is_no_session_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"session"):
        Conversation.from_json(value)


def test_markdown_is_for_people() -> None:
    conversation = Conversation("m", "Be\nkind.", [ANSWERED, Turn("And?", "Wel", cut=True)])
    assert conversation.as_markdown() == (
        "# Conversation with m\n\n> Be\n> kind.\n\n## You\n\nQ?\n\n## m\n\nA.\n\n"
        "## You\n\nAnd?\n\n## m\n\nWel\n\n*(cut)*\n"
    )


# --- files --------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders of a user of our own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path


def mode(path: Path) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)


def test_a_session_is_kept_for_its_owner_alone(home: Path) -> None:
    session = Session("trip")
    assert session.load() is None
    conversation = Conversation("m", "", [ANSWERED])
    session.save(conversation)
    session.save(conversation)
    assert session.load() == conversation
    assert session.path == home / "data" / "unspool" / "sessions" / "trip.json"
    assert (mode(session.path), mode(session.path.parent)) == (0o600, 0o700)
    assert sorted(os.listdir(session.path.parent)) == ["trip.json", "trip.lock"]


def test_history_is_kept_for_its_owner_alone(home: Path) -> None:
    assert history_file() == history_file() == home / "state" / "unspool" / "history"
    assert (mode(history_file()), mode(history_file().parent)) == (0o600, 0o700)


@pytest.mark.parametrize("variable", ["", "relative/folder"])
def test_without_a_folder_that_counts_it_is_below_home(
    home: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", variable)
    assert history_file() == home / "home" / ".local" / "state" / "unspool" / "history"


@pytest.mark.parametrize("name", ["", "..", "a/b", ".hidden", "a\0b", "x" * 101, "a b"])
def test_a_name_that_leads_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        Session(name)
