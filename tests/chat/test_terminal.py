"""unspool chat in a terminal: what a person types, sees, stops and finds again."""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import termios
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from tests.chat.test_chat import says
from tests.commands.processes import GUARD, plain_environment, wait_until_asleep
from tests.serving import KEY, Answer, End, Provider, provider
from tests.support import UNSPOOL, Chunk, chunk, message_call, sse
from tests.view.emulator import Emulator, wait_until_stopped

from unspool.chat.output import wrapped
from unspool.chat.prompting import TerminalPrompter
from unspool.chat.slash_commands import COMMANDS

ESCAPE, ENTER, CTRL_C, CTRL_D = b"\x1b", b"\r", b"\x03", b"\x04"
PASTE = b"\x1b[200~%b\x1b[201~"


class Chat:
    """A chat in front of an emulator."""

    owns_session = True  # else a group of its own: the kernel stops none without a parent outside of it

    def __init__(self, server: Provider, home: Path, *arguments: str, **more: str) -> None:
        self.terminal = Emulator(80, 24)
        variables = {
            "TERM": "xterm-256color",
            "OPENAI_API_KEY": KEY,
            "XDG_DATA_HOME": str(home / "data"),
            "XDG_STATE_HOME": str(home / "state"),
            "PROMPT_TOOLKIT_NO_CPR": "1",  # the emulator does not say where its cursor is
            **more,
        }
        self.process = subprocess.Popen(
            [str(UNSPOOL), "chat", "--base-url", server.url, "--model", "m", *arguments],
            stdin=self.terminal.theirs,
            stdout=self.terminal.theirs,
            stderr=self.terminal.theirs,
            env=plain_environment(**variables),
            start_new_session=self.owns_session,
            process_group=None if self.owns_session else 0,
            preexec_fn=self.terminal.take_control if self.owns_session else None,  # noqa: PLW1509 - one call into the kernel
        )

    def type(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self.terminal.ours, keys)

    def wait_for_prompt(self) -> None:
        """Wait until the prompt stands, and nothing behind it."""
        screen = self.terminal.screen
        self.terminal.wait_until(lambda: screen.display[screen.cursor.y].rstrip() == ">")

    def say(self, text: str) -> None:
        """Type a line, once the prompt stands, and send it."""
        self.wait_for_prompt()
        self.type(text.encode() + ENTER)

    def wait(self) -> int:
        """The exit code, once the chat has ended."""
        code = self.process.wait(GUARD)
        self.terminal.finish()
        return code


@contextmanager
def chat(home: Path, answers: Sequence[Answer], *arguments: str, **variables: str) -> Iterator[tuple[Chat, Provider]]:
    """A chat with a server that gives these answers."""
    with provider(*answers) as server:
        chatting = Chat(server, home, *arguments, **variables)
        try:
            yield chatting, server
        finally:
            chatting.process.kill()
            chatting.process.wait()


def slowly(text: str) -> Answer:
    """An answer that says ``text`` and then nothing more."""
    events = [sse([one], done=False) for one in message_call([json.dumps({"message": text})[:-2]], finish=None)]
    return Answer(events, end=End.STALL)


def test_a_conversation(tmp_path: Path) -> None:
    with chat(tmp_path, [says("Hello **you**."), says("Bye.")], "--session", "trip") as (chatting, server):
        chatting.say("Hi")
        chatting.terminal.wait_for("Hello you.")
        chatting.say("So long")
        chatting.terminal.wait_for("Bye.")
        chatting.say("/exit")
        assert chatting.wait() == 0
    rows = chatting.terminal.rows()
    assert [row for row in rows if row.startswith(">")] == ["> Hi", "> So long", "> /exit"]
    assert sum("Hello you." in row for row in rows) == 1
    assert [one["role"] for one in server.asked[1].body["messages"]] == ["user", "assistant", "tool", "user"]
    history = tmp_path / "state" / "unspool" / "history"
    assert stat.S_IMODE(history.stat().st_mode) == 0o600
    assert "So long" in history.read_text()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert all(KEY not in path.read_text() for path in files)
    assert KEY.encode() not in chatting.terminal.received


def test_what_is_pasted_in_many_lines_is_one_message(tmp_path: Path) -> None:
    with chat(tmp_path, [says("Fine.")]) as (chatting, server):
        chatting.terminal.wait_for(">")
        chatting.type(PASTE % b"one\ntwo\n\nthree")
        chatting.terminal.wait_for("three")
        chatting.type(ESCAPE + ENTER + b"four" + ENTER)
        chatting.terminal.wait_for("Fine.")
    assert server.asked[0].body["messages"] == [{"role": "user", "content": "one\ntwo\n\nthree\nfour"}]


def test_commands_are_completed(tmp_path: Path) -> None:
    with chat(tmp_path, [says("Fine.")]) as (chatting, _):
        chatting.terminal.wait_for(">")
        chatting.type(b"/us")
        chatting.terminal.wait_for("/usage")
        chatting.type(b"\t" + ENTER)
        chatting.terminal.wait_for("0 turns")


def test_history_is_found_again(tmp_path: Path) -> None:
    with chat(tmp_path, [says("Fine.")]) as (chatting, server):
        chatting.say("a needle in it")
        chatting.terminal.wait_for("Fine.")
    with chat(tmp_path, [says("Fine.")]) as (chatting, server):
        chatting.terminal.wait_for(">")
        chatting.type(b"\x12needle")
        chatting.terminal.wait_for("a needle in it")
        chatting.type(ENTER + ENTER)
        chatting.terminal.wait_for("Fine.")
    assert server.asked[0].body["messages"][-1]["content"] == "a needle in it"


def test_an_interrupt_stops_the_answer_and_keeps_it(tmp_path: Path) -> None:
    with chat(tmp_path, [slowly("It begins"), says("Yes.")]) as (chatting, server):
        chatting.say("Hi")
        chatting.terminal.wait_for("It begins")
        chatting.type(CTRL_C)
        chatting.terminal.wait_for("cut")
        chatting.say("Go on")
        chatting.terminal.wait_for("Yes.")
        chatting.wait_for_prompt()
        chatting.type(ENTER + b"  " + ENTER + b"\x7f\x7f" + CTRL_D)  # nothing is no message
        assert chatting.wait() == 0
    call = server.asked[1].body["messages"][1]["tool_calls"][0]
    assert json.loads(call["function"]["arguments"]) == {"message": "It begins"}
    assert sum("It begins" in row for row in chatting.terminal.rows()) == 1


@pytest.mark.parametrize("by_key", [True, False])
def test_a_stop_at_the_prompt_gives_the_terminal_back_for_a_while(
    tmp_path: Path, by_key: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Chat, "owns_session", False)
    with chat(tmp_path, [says("Yes.")]) as (chatting, _):
        before = termios.tcgetattr(chatting.terminal.theirs)[3]
        chatting.wait_for_prompt()
        chatting.type(b"Is it")
        chatting.terminal.wait_for("> Is it")
        raw = termios.tcgetattr(chatting.terminal.theirs)[3]
        if by_key:
            chatting.type(b"\x1a")
        else:
            chatting.process.send_signal(signal.SIGTSTP)
        wait_until_stopped(chatting.process)
        assert termios.tcgetattr(chatting.terminal.theirs)[3] == before != raw
        chatting.process.send_signal(signal.SIGCONT)
        chatting.terminal.wait_until(lambda: termios.tcgetattr(chatting.terminal.theirs)[3] == raw)
        chatting.type(b" so?" + ENTER)
        chatting.terminal.wait_for("Yes.")
        chatting.say("/exit")
        assert chatting.wait() == 0
        assert sum("> Is it so?" in row for row in chatting.terminal.rows()) == 1


def test_two_interrupts_leave(tmp_path: Path) -> None:
    with chat(tmp_path, [slowly("It begins")]) as (chatting, _):
        chatting.say("Hi")
        chatting.terminal.wait_for("It begins")
        chatting.type(CTRL_C)
        chatting.terminal.wait_for("cut")
        chatting.wait_for_prompt()
        chatting.type(CTRL_C)
        assert chatting.wait() == 130
    assert b"Traceback" not in chatting.terminal.received


def test_one_interrupt_at_the_prompt_says_how_to_leave(tmp_path: Path) -> None:
    with chat(tmp_path, [says("Fine.")]) as (chatting, _):
        chatting.terminal.wait_for(">")
        chatting.type(b"half a li" + CTRL_C)
        chatting.terminal.wait_for("Ctrl-C again leaves")
        chatting.say("Hi")
        chatting.terminal.wait_for("Fine.")


@pytest.mark.parametrize(
    ("number", "answering"), [(signal.SIGTERM, True), (signal.SIGHUP, False), (signal.SIGQUIT, True)]
)
def test_a_signal_ends_it_and_leaves_the_terminal_as_it_was(
    tmp_path: Path, number: signal.Signals, answering: bool
) -> None:
    with chat(tmp_path, [slowly("It begins")]) as (chatting, _):
        before = chatting.terminal.modes()
        chatting.terminal.wait_for(">")
        if answering:
            chatting.say("Hi")
            chatting.terminal.wait_for("It begins")
            wait_until_asleep(chatting.process.pid)
        chatting.process.send_signal(number)
        assert chatting.process.wait(GUARD) == 128 + number
        assert chatting.terminal.modes() == before
        assert chatting.terminal.cursor_is_shown


def test_a_kill_loses_at_most_the_answer_in_flight(tmp_path: Path) -> None:
    with chat(tmp_path, [says("Hello."), slowly("It begins")], "--session", "trip") as (chatting, _):
        chatting.say("Hi")
        chatting.terminal.wait_for("Hello.")
        chatting.say("Go on")
        chatting.terminal.wait_for("It begins")
        chatting.process.kill()
    with chat(tmp_path, [says("Again.")], "--session", "trip") as (chatting, server):
        chatting.terminal.wait_for("Going on with trip: 1 turn so far.")
        chatting.say("And?")
        chatting.terminal.wait_for("Again.")
    contents = [message["content"] for message in server.asked[0].body["messages"]]
    assert contents == ["Hi", None, "delivered", "And?"]


def test_a_fault_stands_in_its_place_and_the_chat_goes_on(tmp_path: Path) -> None:
    refused = Answer([b'{"error":{"message":"not \\u001b[31mnow"}}'], 500, {"Content-Type": "application/json"})
    with chat(tmp_path, [refused, says("Now.")]) as (chatting, server):
        chatting.say("Hi")
        chatting.terminal.wait_for("HTTP 500")
        chatting.say("/retry")
        chatting.terminal.wait_for("Now.")
    assert b"\x1b[31mnow" not in chatting.terminal.received
    assert [asked.body["messages"][-1]["content"] for asked in server.asked] == ["Hi", "Hi"]


def test_pasted_bytes_that_are_not_utf_8_are_replaced(tmp_path: Path) -> None:
    with chat(tmp_path, [says("Good.")]) as (chatting, server):
        chatting.wait_for_prompt()
        chatting.type(PASTE % b"caf\xe9 \xff." + ENTER)
        chatting.terminal.wait_for("Good.")
        chatting.wait_for_prompt()
        chatting.type(CTRL_D)
        assert chatting.wait() == 0
    assert server.asked[0].body["messages"][-1]["content"] == "caf\ufffd \ufffd."


def test_colours_that_are_pasted_without_a_mark_are_left_out(tmp_path: Path) -> None:
    """Not all terminals mark what is pasted; prompt_toolkit takes a colour for a click, and fails at its numbers."""
    with chat(tmp_path, [says("Good.")]) as (chatting, server):
        chatting.wait_for_prompt()
        chatting.type(b"a \x1b[31mred\x1b[0m \x1b[<1mword" + ENTER)
        chatting.terminal.wait_for("Good.")
        assert b"Exception" not in chatting.terminal.received
    assert server.asked[0].body["messages"][-1]["content"] == "a red word"


def test_no_timer_writes_to_the_descriptor_of_a_prompt_that_ends(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    lost: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lost.append)
    before = signal.signal(signal.SIGALRM, lambda number, frame: None)
    with create_pipe_input() as pipe, create_app_session(input=pipe, output=DummyOutput()):
        prompter = TerminalPrompter({}, lambda: None)
        signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
        try:
            for _ in range(10):
                pipe.send_text("Hi\r")
                assert prompter.read() == "Hi"
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
    assert lost == []


def test_history_that_is_deleted_in_the_middle_is_made_anew_and_private(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    before = os.umask(0)
    try:
        with chat(tmp_path, [says("Good.")]) as (chatting, _):
            for at in range(2):
                chatting.say(f"question {at}")
                chatting.terminal.wait_for(f"question {at}")
                chatting.wait_for_prompt()
                if not at:
                    shutil.rmtree(folder)
            chatting.type(CTRL_D)
            assert chatting.wait() == 0
    finally:
        os.umask(before)
    file = folder / "unspool" / "history"
    assert "question 1" in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


HALVES = {
    "of a call": message_call(['{"message": "Hey \ud83d', '\ude00"}']),
    "of content": [chunk({"content": "Hey \ud83d"}), chunk({"content": "\ude00"}), chunk({}, "stop")],
    "in escapes": message_call(['{"message": "Hey \\ud83', 'd\\ude00"}']),
}


@pytest.mark.parametrize("answer", HALVES.values(), ids=HALVES)
def test_halves_of_a_surrogate_pair_are_one_character_in_all_that_is_kept(tmp_path: Path, answer: list[Chunk]) -> None:
    """On the screen, in the next request, in the session and in what is saved."""
    saved = tmp_path / "talk.json"
    with chat(tmp_path, [Answer([sse(answer)]), says("Bye.")], "--session", "trip") as (chatting, server):
        chatting.say("Hi")
        chatting.terminal.wait_for("Hey \U0001f600")
        chatting.say("Go on")
        chatting.terminal.wait_for("Bye.")
        chatting.say(f"/save {saved}")
        chatting.terminal.wait_for("Saved to")  # the path may be longer than a row
        chatting.say("/exit")
        assert chatting.wait() == 0
    session = (tmp_path / "data" / "unspool" / "sessions" / "trip.json").read_text(encoding="utf-8")
    for kept in (json.dumps(server.asked[1].body["messages"]), session, saved.read_text(encoding="utf-8")):
        text = json.dumps(json.loads(kept), ensure_ascii=False).encode().decode()
        assert "Hey \U0001f600" in text.replace("\\\\ud83d\\\\ude00", "\U0001f600")
        assert "\ufffd" not in text


@pytest.mark.parametrize("word", ["exit", "/quit"])
def test_a_chat_opens_with_a_line_and_a_word_leaves_it(word: str, tmp_path: Path) -> None:
    with chat(tmp_path, [says("Fine.")], "Hello", "there") as (chatting, _):
        assert chatting.wait() == 2  # one message, not two
    with chat(tmp_path, [says("Fine.")], "Hello there") as (chatting, server):
        chatting.terminal.wait_for("Fine.")
        chatting.say(word)
        assert chatting.wait() == 0
    first = chatting.terminal.rows()[0]
    assert first.startswith("m at http://127.0.0.1:")
    assert "/help lists the commands" in " ".join(chatting.terminal.rows()[:2])
    assert server.asked[0].body["messages"] == [{"role": "user", "content": "Hello there"}]


def test_a_message_is_written_in_the_editor(tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nprintf " from the editor" >> "$1"\n')
    editor.chmod(0o700)
    with chat(tmp_path, [says("Fine.")], EDITOR=str(editor), VISUAL="") as (chatting, server):
        chatting.say("/edit A word")
        chatting.terminal.wait_for("Fine.")
    assert server.asked[0].body["messages"][-1]["content"] == "A word from the editor"


@pytest.mark.parametrize(
    ("editor", "said"),
    [
        ("/nowhere/vi", "/nowhere/vi is not there; set EDITOR."),
        ("false", "false ended with 1; nothing is sent."),
        ("'", "is no command; set EDITOR."),
        ("truncate -s 0", "Nothing was written, and nothing is sent."),
    ],
)
def test_an_editor_that_fails_sends_nothing(editor: str, said: str, tmp_path: Path) -> None:
    with chat(tmp_path, [says("Fine.")], EDITOR=editor, VISUAL="") as (chatting, server):
        chatting.say("/edit A word")
        chatting.terminal.wait_for(said)
        chatting.say("quit")
        assert chatting.wait() == 0
    assert not server.asked


def test_an_answer_is_copied_and_cannot_be_a_control_sequence(tmp_path: Path) -> None:
    hostile = "Hi\x07\x1b]52;c;cm0=\x07"
    with chat(tmp_path, [says(hostile)]) as (chatting, _):
        chatting.say("/copy")
        chatting.terminal.wait_for("Nothing has been answered yet.")
        chatting.say("Hello")
        chatting.say("/copy")
        chatting.terminal.wait_for("characters are copied")
    assert b"\x1b]52;c;" + b64encode(hostile.encode()) + b"\x07" in chatting.terminal.received
    assert chatting.terminal.received.count(b"\x1b]52;") == 1


@pytest.mark.parametrize("columns", [12, 24, 40, 60, 79, 80, 200])
def test_notes_end_their_lines_between_words(columns: int) -> None:
    shown: list[str] = []
    screen = SimpleNamespace(columns=columns, show=shown.append)
    COMMANDS["help"].run(SimpleNamespace(screen=screen), "")  # type: ignore[arg-type]  # as much of a chat as it uses
    (text,) = shown
    words = [word for name, command in COMMANDS.items() for word in (f"/{name} {command.takes} {command.does}").split()]
    assert text.split()[: len(words)] == words
    longest = max(len(line) for line in text.split("\n"))
    assert longest < max(columns, 26)
    assert wrapped("one two", None) == "one two"


def test_a_note_in_a_narrow_terminal_is_not_cut_in_a_word(tmp_path: Path) -> None:
    with chat(tmp_path, []) as (chatting, _):
        chatting.wait_for_prompt()
        chatting.terminal.resize(40, 24)
        chatting.type(b"/model a-model-with-a-rather-long-name" + ENTER)
        chatting.terminal.wait_for("-name.")
        chatting.say("/exit")
        assert chatting.wait() == 0
    assert any(row.rstrip() == "The model is" for row in chatting.terminal.rows())
