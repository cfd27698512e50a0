"""What is asked of a model: the prompt, files beside it, and what is piped in. Nothing piped in is dropped silently."""

import subprocess
from pathlib import Path

import pytest
from tests.commands.processes import plain_environment
from tests.serving import Answer, Provider, provider
from tests.support import UNSPOOL, Ran, message_call, run_here, run_with, sse

ANSWER = Answer([sse(message_call(['{"message": "Hi"}']))])
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
PNG_URL = "data:image/png;base64,iVBORw0KGgoAAQIDBAUGBwgJCgsMDQ4P"  # its beginning


def ask(server: Provider, *arguments: str, stdin: bytes = b"", folder: Path | None = None) -> Ran:
    variables = plain_environment(OPENAI_BASE_URL=server.url, UNSPOOL_MODEL="m")
    return run_with(["text", *arguments], stdin, variables, folder)


def content_asked(server: Provider) -> object:
    return server.asked[-1].body["messages"][-1]["content"]


@pytest.mark.parametrize(
    ("arguments", "stdin", "content"),
    [
        (["--prompt", "Why?"], b"", "Why?"),
        (["--prompt", "Why?"], b" \n", "Why?"),
        (["--prompt", "Why?"], b"line 1\nline 2\n", "Why?\n\nline 1\nline 2"),
        (["--prompt", "Why?"], "\ufeffé".encode(), "Why?\n\né"),
        (["--prompt", "@q.txt"], b"", "From a file?"),
        (["--prompt", "@q.txt"], b"more", "From a file?\n\nmore"),
        (["--prompt", "@@home"], b"", "@home"),
        (["--prompt", "Why?", "--file", "q.txt"], b"", "File q.txt:\n\n```\nFrom a file?\n```\n\nWhy?"),
    ],
)
def test_the_question_holds_all_that_was_given(
    arguments: list[str], stdin: bytes, content: str, tmp_path: Path
) -> None:
    (tmp_path / "q.txt").write_text("From a file?\n")
    with provider(ANSWER) as server:
        assert ask(server, *arguments, stdin=stdin, folder=tmp_path) == (0, b"Hi\n", "")
    assert content_asked(server) == content


@pytest.mark.parametrize("piped", [True, False])
@pytest.mark.parametrize("api", ["chat", "responses"])
def test_an_image_is_a_part_of_the_message(piped: bool, api: str, tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(PNG)
    given = [] if piped else ["--file", "photo.png"]
    with provider(ANSWER) as server:
        ran = ask(server, "--prompt", "What?", "--api", api, *given, stdin=PNG if piped else b"", folder=tmp_path)
    assert ran.code == 0
    body = server.asked[-1].body
    text, image = (body["messages"] if api == "chat" else body["input"])[-1]["content"]
    if api == "chat":
        assert text == {"type": "text", "text": "What?"}
        assert (image["type"], image["image_url"]["url"].startswith(PNG_URL)) == ("image_url", True)
    else:
        assert text == {"type": "input_text", "text": "What?"}
        assert (image["type"], image["image_url"].startswith(PNG_URL)) == ("input_image", True)


@pytest.mark.parametrize(
    ("arguments", "stdin", "said"),
    [
        (["--prompt", "@missing.txt"], b"", "missing.txt: No such file or directory; a text that begins with @"),
        (["--prompt", "@latin.txt"], b"", "latin.txt: not UTF-8 at byte 1"),
        (["--prompt", "Why?"], b"\xe9t\xe9", "standard input is sent after the prompt, and is not UTF-8 at byte 0"),
        (["--prompt", "Why?", "--file", "missing.png"], b"", "missing.png: No such file or directory"),
        (["--prompt", "Why?", "--file", "."], b"", ".: not a regular file"),
        (["--prompt", "Why?", "--file", "latin.txt"], b"", "neither text in UTF-8 nor an image"),
        (["--file", "latin.txt"], b"", "it goes along with --prompt"),
        (["--prompt", "Why?", "latin.txt"], b"", "--file sends a file along with the prompt"),
        (["--system", "@missing.txt", "--prompt", "Why?"], b"", "missing.txt: No such file or directory"),
    ],
)
def test_what_cannot_be_sent_is_wrong_usage(arguments: list[str], stdin: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "latin.txt").write_bytes(b"a\xe9b")
    with provider(ANSWER) as server:
        ran = ask(server, *arguments, stdin=stdin, folder=tmp_path)
    assert (ran.code, ran.stdout, ran.stderr.count("\n")) == (2, b"", 1)
    assert said in ran.stderr
    assert not server.asked


def test_an_image_that_is_too_large_is_named_with_its_size(tmp_path: Path) -> None:
    with (tmp_path / "big.png").open("wb") as file:
        file.write(PNG)
        file.truncate(30_000_000)
    with provider(ANSWER) as server:
        ran = ask(server, "--prompt", "Why?", "--file", "big.png", folder=tmp_path)
    assert "big.png: too large (image/png, 30 MB; the limit is 20 MB)" in ran.stderr


def test_the_system_message_can_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "system.txt").write_text("Be brief.\n")
    with provider(ANSWER) as server:
        ask(server, "--prompt", "Why?", "-s", "@system.txt", folder=tmp_path)
    assert server.asked[-1].body["messages"][0] == {"role": "system", "content": "Be brief."}


def test_whoever_waits_for_a_pipe_that_stays_open_is_told() -> None:
    with provider(ANSWER) as server:
        variables = plain_environment(OPENAI_BASE_URL=server.url, UNSPOOL_MODEL="m")
        command = [str(UNSPOOL), "text", "--prompt", "Why?"]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=variables
        ) as run:
            assert run.stderr is not None
            assert b"waiting for the end of standard input; </dev/null" in run.stderr.readline()
            assert run.communicate(b"late")[0] == b"Hi\n"
    assert content_asked(server) == "Why?\n\nlate"


@pytest.mark.parametrize(
    ("name", "hinted"), [("hello", True), ("how are you", True), ("a/b", False), ("none.jsonl", False)]
)
def test_a_question_in_place_of_a_file_gets_a_hint(name: str, hinted: bool) -> None:
    ran = run_here(["text", name])
    assert ran.code == 5
    assert ("to ask a model, use --prompt TEXT" in ran.stderr) == hinted
