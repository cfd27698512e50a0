"""unspool chat through pipes: lines in, answers out, and what the server was told on the way."""

import json
import os
import signal
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.commands.processes import plain_environment
from tests.serving import KEY, Answer, End, Provider, provider, refused_port
from tests.support import ROOT, UNSPOOL, Ran, chunk, message_call, run_installed, run_with, sse

USAGE = {"prompt_tokens": 4, "completion_tokens": 2, "total_tokens": 6}


def says(text: str, end: End = End.WHOLE) -> Answer:
    """An answer that speaks through the tool; of one that is cut the last fragment stays away."""
    chunks = message_call([json.dumps({"inner_thoughts": "Hm.", "message": text})[:-2], '"}'])
    events = [sse([one], done=False) for one in chunks]
    if end is not End.WHOLE:
        return Answer(events[:2], end=end)
    return Answer([*events, sse([chunk(choices=[], usage=USAGE)])])


def content(text: str) -> Answer:
    return Answer([sse([chunk({"role": "assistant", "content": text}), chunk({}, "stop")])])


def talk(server: Provider | str, lines: Sequence[str], home: Path, *arguments: str) -> Ran:
    """One chat; nothing it leaves behind holds the key."""
    url = server if isinstance(server, str) else server.url
    variables = {
        "OPENAI_API_KEY": KEY,
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_STATE_HOME": str(home / "state"),
    }
    model = [] if "--model" in arguments else ["--model", "m"]
    # A session is locked until its process ends.
    run = run_installed if {"--session", "-c"} & set(arguments) else run_with
    ran = run(
        ["chat", "--base-url", url, *model, *arguments],
        "".join(f"{line}\n" for line in lines).encode(),
        env=plain_environment(**variables),
        cwd=home,
    )
    files = [path for path in home.rglob("*") if path.is_file()]
    assert KEY not in ran.stdout.decode() + ran.stderr + "".join(path.read_text(errors="replace") for path in files)
    return ran


def roles(server: Provider, at: int = -1) -> list[str]:
    return [message["role"] for message in server.asked[at].body["messages"]]


def test_each_line_is_a_message_and_each_answer_text(tmp_path: Path) -> None:
    with provider(says("Hello."), says("Bye.")) as server:
        ran = talk(server, ["Hi", "", "  ", "So long"], tmp_path)
    assert ran == (0, b"Hello.\nBye.\n", "")
    assert roles(server, 0) == ["user"]
    assert roles(server, 1) == ["user", "assistant", "tool", "user"]
    assert server.asked[1].body["messages"][1]["tool_calls"][0]["function"]["name"] == "send_message"
    assert server.asked[1].body["messages"][-1]["content"] == "So long"


def test_without_tools_it_is_a_plain_chat(tmp_path: Path) -> None:
    with provider(content("Hello."), content("Bye.")) as server:
        ran = talk(server, ["Hi", "So long"], tmp_path, "--no-tools", "--system", "Be kind.")
    assert ran == (0, b"Hello.\nBye.\n", "")
    assert "tools" not in server.asked[0].body
    assert roles(server) == ["system", "user", "assistant", "user"]


def test_a_fault_ends_an_answer_and_not_the_chat(tmp_path: Path) -> None:
    broken = Answer([b'{"error":{"message":"slow down"}}'], 429, {"Content-Type": "application/json"})
    with provider(broken, says("Now.")) as server:
        ran = talk(server, ["Hi", "Again"], tmp_path)
    assert (ran.code, ran.stdout) == (5, b"Now.\n")
    assert ran.stderr.count("\n") == 1
    assert "429: slow down" in ran.stderr
    assert roles(server) == ["user"]  # what was not answered was not said


def test_an_answer_that_breaks_off_is_kept_as_far_as_it_came(tmp_path: Path) -> None:
    with provider(says("Hello.", End.CUT), says("Bye.")) as server:
        ran = talk(server, ["Hi", "Go on", "/save x.md"], tmp_path)
    assert (ran.code, ran.stdout) == (5, b"Hello.\nBye.\n")
    assert json.loads(server.asked[1].body["messages"][1]["tool_calls"][0]["function"]["arguments"]) == {
        "message": "Hello."
    }
    assert "Hello.\n\n*(cut)*" in (tmp_path / "x.md").read_text()


def test_the_commands(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("remember ``` this\n")
    lines = [
        "/system Be brief.",
        "/model other",
        "/file notes.txt",
        "Hi",
        "/usage",
        "/retry",
        "//etc/hosts is what?",
        "/undo",
        "/save talk.json",
        "/save talk.json",
        "/save talk.txt",
        "/clear",
        "/retry",
        "/nonsense",
        "/help",
        "/exit",
        "never sent",
    ]
    with provider(says("One."), says("Two."), says("Three.")) as server:
        ran = talk(server, lines, tmp_path)
    out = ran.stdout.decode()
    assert (ran.code, len(server.asked)) == (0, 3)
    assert out.startswith("One.\n1 turn: prompt_tokens 4, completion_tokens 2, total_tokens 6\nTwo.\nThree.\n/help ")
    assert [asked.body["model"] for asked in server.asked] == ["other"] * 3
    first, second, third = (asked.body["messages"] for asked in server.asked)
    assert first == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "File notes.txt:\n\n````\nremember ``` this\n````\n\nHi"},
    ]
    assert second == first  # asked again, in place of the answer
    assert third[-1] == {"role": "user", "content": "/etc/hosts is what?"}
    saved = json.loads((tmp_path / "talk.json").read_text())
    assert saved["messages"] == third[:-1]
    assert stat.S_IMODE(os.stat(tmp_path / "talk.json").st_mode) == 0o600
    for said in ("exists and stays", "Where to?", "forgotten", "Nothing has been asked yet", "There is no /nonsense"):
        assert said in ran.stderr


def test_what_was_saved_is_a_request(tmp_path: Path) -> None:
    with provider(says("One."), says("Two.")) as server:
        talk(server, ["Hi", "/save talk.json"], tmp_path)
        ran = run_installed(["text", "--request", str(tmp_path / "talk.json"), "--base-url", server.url])
    assert ran == (0, b"Two.\n", "")


def test_raw_shows_the_chunks_as_they_came(tmp_path: Path) -> None:
    with provider(content("Hi")) as server:
        ran = talk(server, ["Hi", "/raw"], tmp_path, "--no-tools")
    first, *records = ran.stdout.decode().splitlines()
    assert first == "Hi"
    assert [json.loads(record)["object"] for record in records] == ["chat.completion.chunk"] * 2


@pytest.mark.parametrize(
    ("path", "said"), [("missing", "No such file"), (".", "not a regular file"), ("binary", "UTF-8")]
)
def test_a_file_that_cannot_go_along_is_said(tmp_path: Path, path: str, said: str) -> None:
    """A pipe is not waited for: nobody may write to it."""
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    os.mkfifo(tmp_path / "pipe")
    ran = talk("http://127.0.0.1:1/v1", [f"/file {path}", "/file"], tmp_path)
    assert (ran.code, ran.stdout) == (0, b"")
    assert said in ran.stderr
    assert "Which file?" in ran.stderr


def test_a_session_goes_on_where_it_ended(tmp_path: Path) -> None:
    with provider(says("Hello."), says("Bye.")) as server:
        talk(server, ["Hi"], tmp_path, "--session", "trip", "--system", "Be kind.", "--model", "first")
        url = ["--base-url", server.url, "--session", "trip"]
        variables = plain_environment(XDG_DATA_HOME=str(tmp_path / "data"))
        ran = run_installed(["chat", *url], b"So long\n", env=variables)
    assert (ran.code, ran.stdout) == (0, b"Bye.\n")
    assert "Going on with trip: 1 turn so far." in ran.stderr
    assert server.asked[1].body["model"] == "first"
    assert roles(server) == ["system", "user", "assistant", "tool", "user"]


def test_sessions_that_cannot_be_read_or_named_are_wrong_usage(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "unspool" / "sessions"
    folder.mkdir(parents=True)
    (folder / "odd.json").write_text("{}")
    (folder / "broken.json").write_text("{")
    for name in ("odd", "broken", "../x"):
        ran = talk("http://127.0.0.1:1/v1", ["Hi"], tmp_path, "--session", name)
        assert (ran.code, ran.stdout) == (2, b""), name
        assert "--session" in ran.stderr
    assert (folder / "odd.json").read_text() == "{}"


def test_a_chat_is_recorded_answer_after_answer(tmp_path: Path) -> None:
    with provider(says("Hello."), says("Bye.")) as server:
        talk(server, ["Hi", "So long"], tmp_path, "--record", "chat.sse")
    assert (tmp_path / "chat.sse").read_bytes().count(b": end=complete\n") == 2
    assert run_installed(["text", str(tmp_path / "chat.sse")]) == (0, b"Hello.\nBye.\n", "")


def test_a_message_tool_of_ones_own_speaks(tmp_path: Path) -> None:
    answer = Answer([sse(message_call(['{"reply":{"text":"Deep"}}'], tool="answer"))])
    with provider(answer) as server:
        ran = talk(server, ["Hi"], tmp_path, "--tool", "answer:reply.text")
    assert ran == (0, b"Deep\n", "")
    assert server.asked[0].body["tools"][0]["function"]["name"] == "answer"


def test_a_server_that_is_not_there_is_one_line_for_each_message(tmp_path: Path) -> None:
    with refused_port() as port:
        ran = talk(f"http://127.0.0.1:{port}/v1", ["Hi", "Again"], tmp_path)
    assert (ran.code, ran.stdout, ran.stderr.count("\n")) == (5, b"", 2)


def test_without_a_model_there_is_nobody_to_talk_with(tmp_path: Path) -> None:
    ran = run_installed(["chat", "--base-url", "http://127.0.0.1:1/v1"], b"Hi\n", env=plain_environment())
    assert (ran.code, "no model is named" in ran.stderr) == (2, True)


def test_a_chat_through_the_responses_interface(tmp_path: Path) -> None:
    sample = ROOT / "samples" / "responses.jsonl"
    answer = Answer([b"data: " + line + b"\n\n" for line in sample.read_bytes().splitlines()])
    with provider(answer) as server:
        ran = talk(server, ["Hi", "So long"], tmp_path, "--api", "responses")
    assert (ran.code, ran.stdout) == (0, sample.with_suffix(".expected.txt").read_bytes() * 2)
    kinds = [item.get("role") or item["type"] for item in server.asked[1].body["input"]]
    assert kinds == ["user", "function_call", "function_call_output", "user"]
    call, result = server.asked[1].body["input"][1:3]
    assert call["call_id"] == result["call_id"] != ""


@pytest.mark.parametrize("path", ["~nobody-here/x.md", "a\0b.md", "no/where.json"])
def test_a_place_that_cannot_be_saved_to_is_said_and_the_chat_goes_on(tmp_path: Path, path: str) -> None:
    with provider(says("Hello."), says("Bye.")) as server:
        ran = talk(server, ["Hi", f"/save {path}", "So long"], tmp_path)
    assert (ran.code, ran.stdout, ran.stderr.count("\n")) == (0, b"Hello.\nBye.\n", 1)


BAD_SESSIONS = [
    '{"unspool_session":1,"model":1,"system":"","turns":[]}',
    '{"unspool_session":1,"model":"m","system":[],"turns":[]}',
    '{"unspool_session":1,"model":"m","system":"","turns":{}}',
    '{"unspool_session":1,"model":"m","system":"","turns":[1]}',
    '{"unspool_session":1,"model":"m","system":"","turns":[{"question":1}]}',
    '{"unspool_session":1,"model":"m","system":"","turns":[{"question":"q","usage":[1]}]}',
    '{"unspool_session":1,"model":"m","system":"","turns":[{"question":"q","messages":[1]}]}',
    '{"unspool_session":1,"model":"m","system":"","turns":[{"question":"\\ud83d"}]}',
    '{"unspool_session":1,"model":"m","system":"","turns":' + "[" * 5000 + "]" * 5000 + "}",
    "[" * 100_000,
    "\xff",
    "[]",
]


@pytest.mark.parametrize("text", BAD_SESSIONS, ids=range(len(BAD_SESSIONS)))
def test_a_session_file_that_is_none_is_one_line(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "data" / "unspool" / "sessions"
    folder.mkdir(parents=True)
    (folder / "trip.json").write_text(text, encoding="latin-1")
    ran = talk("http://127.0.0.1:1/v1", ["Hi"], tmp_path, "--session", "trip")
    assert (ran.code, ran.stdout, ran.stderr.count("\n")) == (2, b"", 1)
    assert "'--session': trip: " in ran.stderr
    assert (folder / "trip.json").read_text(encoding="latin-1") == text


def test_a_second_chat_on_one_session_is_told_so_and_loses_nothing(tmp_path: Path) -> None:
    variables = plain_environment(XDG_DATA_HOME=str(tmp_path / "data"), OPENAI_API_KEY=KEY)
    with provider(says("Hello.")) as server:
        command = [str(UNSPOOL), "chat", "--base-url", server.url, "--model", "m", "--session", "trip"]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=variables, bufsize=0
        ) as first:
            assert first.stdin is not None
            assert first.stdout is not None
            first.stdin.write(b"Hi\n")
            assert first.stdout.readline() == b"Hello.\n"
            second = talk(server, ["Hi"], tmp_path, "--session", "trip")
            first.stdin.close()
            assert first.wait(20) == 0
        assert (second.code, second.stdout) == (2, b"")
        assert "another chat is going on with trip; end it, or take another name" in second.stderr
        assert talk(server, ["Hi"], tmp_path, "--session", "trip").code == 0
    kept = json.loads((tmp_path / "data" / "unspool" / "sessions" / "trip.json").read_text())
    assert len(kept["turns"]) == 2


def test_a_session_that_could_not_be_kept_is_no_success(tmp_path: Path) -> None:
    variables = plain_environment(XDG_DATA_HOME=str(tmp_path / "data"), OPENAI_API_KEY=KEY)
    with provider(says("Hello.")) as server:
        arguments = ["chat", "--base-url", server.url, "--model", "m", "--session", "trip"]
        done = subprocess.run(
            ["bash", "-c", 'ulimit -f 0; exec "$@"', "bash", str(UNSPOOL), *arguments],
            input=b"Hi\n",
            capture_output=True,
            timeout=60,
            check=False,
            env=variables,
        )
    assert (done.returncode, done.stdout) == (5, b"Hello.\n")
    assert b"The session could not be kept: File too large" in done.stderr
    assert [path.name for path in (tmp_path / "data" / "unspool" / "sessions").iterdir()] == ["trip.lock"]


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_folders_that_a_chat_makes_are_private_from_the_top(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        with provider(says("Hello.")) as server:
            talk(server, ["Hi"], tmp_path, "--session", "trip")
    finally:
        os.umask(before)
    made = [tmp_path / "data", *(tmp_path / "data").rglob("*")]
    modes = {stat.S_IMODE(path.stat().st_mode) for path in made if path.is_dir()}
    files = {stat.S_IMODE(path.stat().st_mode) for path in made if path.is_file()}
    assert (modes, files) == ({0o700}, {0o600})


def test_the_first_message_can_stand_on_the_command_line(tmp_path: Path) -> None:
    with provider(says("Hello."), says("Bye.")) as server:
        assert talk(server, ["exit"], tmp_path, "Hi there") == (0, b"Hello.\nBye.\n", "")
    assert server.asked[0].body["messages"] == [{"role": "user", "content": "Hi there"}]
    assert server.asked[1].body["messages"][-1]["content"] == "exit"  # through a pipe it is a message


def test_the_last_session_goes_on(tmp_path: Path) -> None:
    with provider(says("Hello.")) as server:
        assert "there is no session yet" in talk(server, ["Hi"], tmp_path, "-c").stderr
        talk(server, ["Hi"], tmp_path, "--session", "older")
        talk(server, ["Hi"], tmp_path, "--session", "newer")
        for name, time in (("older", 1), ("newer", 2)):
            os.utime(tmp_path / "data" / "unspool" / "sessions" / f"{name}.json", (time, time))
        ran = talk(server, ["Again"], tmp_path, "-c")
        assert "Going on with newer: 1 turn so far." in ran.stderr
        assert roles(server) == ["user", "assistant", "tool", "user"]
        assert talk(server, ["Hi"], tmp_path, "-c", "--session", "older").code == 2


def test_an_image_goes_along_and_is_asked_again_and_kept(tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n1234")
    with provider(says("A cat.")) as server:
        ran = talk(server, ["/file photo.png", "What?", "/retry", "Sure?"], tmp_path, "--session", "cat")
        talk(server, ["And now?"], tmp_path, "--session", "cat")
    assert "photo.png (image/png, 12 bytes) goes along with the next message." in ran.stderr
    url = "data:image/png;base64,iVBORw0KGgoxMjM0"
    content = [{"type": "text", "text": "What?"}, {"type": "image_url", "image_url": {"url": url}}]
    assert [one.body["messages"][0]["content"] for one in server.asked] == [content] * 4


def test_the_system_text_comes_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "system.txt").write_text("Be kind.\n")
    with provider(says("Yes.")) as server:
        ran = talk(server, ["Hi", "/system @system.txt", "/system @none.txt"], tmp_path, "--system", "@system.txt")
    assert server.asked[0].body["messages"][0] == {"role": "system", "content": "Be kind."}
    assert ran.stderr == "unspool: The system text: Be kind.\nunspool: none.txt: No such file or directory.\n"


@pytest.mark.parametrize("command", ["/edit", "/copy"])
def test_what_needs_a_terminal_says_so(command: str, tmp_path: Path) -> None:
    with provider(says("Yes.")) as server:
        assert "needs a terminal" in talk(server, ["Hi", command], tmp_path).stderr


@pytest.mark.parametrize(
    "numbers",
    [
        (signal.SIGINT,),
        (signal.SIGTERM,),
        (signal.SIGHUP,),
        (signal.SIGQUIT,),
        (signal.SIGINT, signal.SIGTERM),
        (signal.SIGTERM, signal.SIGINT),
        (signal.SIGTERM, signal.SIGHUP),
    ],
)
def test_a_signal_in_the_middle_of_an_answer_keeps_what_had_arrived(
    tmp_path: Path, numbers: tuple[signal.Signals, ...]
) -> None:
    """They come while the first piece is being written: before the next read, or in it."""
    variables = plain_environment(XDG_DATA_HOME=str(tmp_path / "data"), OPENAI_API_KEY=KEY)
    with provider(says("Hello.", End.STALL)) as server:
        command = [str(UNSPOOL), "chat", "--base-url", server.url, "--model", "m", "--session", "trip"]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=variables, bufsize=0
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdin.write(b"Hi\n")
            assert process.stdout.read(1) == b"H"
            for number in numbers:
                process.send_signal(number)
            code = process.wait(20)
            assert (code in {128 + number for number in numbers}, process.stderr.read()) == (True, b"")
    (turn,) = json.loads((tmp_path / "data" / "unspool" / "sessions" / "trip.json").read_text())["turns"]
    assert (turn["question"], turn["text"][:1], turn["cut"]) == ("Hi", "H", True)


@pytest.mark.parametrize("ending", ["md", "json"])
def test_nothing_is_saved_through_a_link(tmp_path: Path, ending: str) -> None:
    (tmp_path / "real").write_bytes(b"precious")
    (tmp_path / f"a.{ending}").symlink_to("real")
    (tmp_path / f"b.{ending}").symlink_to("nowhere")
    with provider(says("Hello.")) as server:
        ran = talk(server, ["Hi", f"/save a.{ending}", f"/save b.{ending}"], tmp_path)
    assert (ran.code, ran.stderr.count("exists and stays")) == (0, 2)
    assert ((tmp_path / "real").read_bytes(), (tmp_path / "nowhere").exists()) == (b"precious", False)
