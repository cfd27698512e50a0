"""unspool view: a view that leaves the terminal as it was on every way out; where there is none, what text prints."""

import json
import os
import pty
import re
import signal
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.commands.processes import GUARD, on_terminal, plain_environment
from tests.commands.test_terminal import HOSTILE, OBEYED, content, spoken
from tests.support import ROOT, UNSPOOL, calls, chunk, entry, jsonl, message_call, run_here, run_installed
from tests.view.emulator import Emulator, wait_until_stopped

SAMPLES = ROOT / "samples"
STREAMS = sorted(
    path for path in SAMPLES.iterdir() if path.suffix in (".jsonl", ".sse") and ".expected" not in path.name
)
OUR_OWN = re.compile(r"\x1b\[(?:\?25[hl]|\?7[hl]|K|J|\d+A|[\d;]*m)|\r")
"""All that the view sends beside text."""


class Watched:
    """unspool view in front of an emulator, fed through a pipe that stays open."""

    def __init__(self, *arguments: str, columns: int = 80, lines: int = 24) -> None:
        self.terminal = Emulator(columns, lines)
        self.process = subprocess.Popen(
            [str(UNSPOOL), "view", *arguments],
            stdin=subprocess.PIPE,
            stdout=self.terminal.theirs,
            stderr=self.terminal.theirs,
            bufsize=0,
            env=plain_environment(TERM="xterm-256color"),
            process_group=0,  # a group without a parent outside, as ours may be, is never stopped
        )

    def write(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)

    def end(self) -> int:
        """Close the input: the exit code."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.wait()

    def wait(self) -> int:
        code = self.process.wait(GUARD)
        self.terminal.finish()
        return code


@contextmanager
def watched(*arguments: str, columns: int = 80, lines: int = 24) -> Iterator[Watched]:
    watching = Watched(*arguments, columns=columns, lines=lines)
    try:
        yield watching
    finally:
        watching.process.kill()
        watching.process.wait()
        if watching.process.stdin is not None:
            watching.process.stdin.close()


def view(data: bytes, *arguments: str, columns: int = 80, lines: int = 24) -> tuple[int, Emulator]:
    with watched(*arguments, columns=columns, lines=lines) as watching:
        watching.write(data)
        return watching.end(), watching.terminal


def paragraphs(rows: list[str]) -> list[str]:
    """What is set off by empty rows, each as one line."""
    return " ".join(row or "\n" for row in rows).split(" \n ")


# --- no terminal ---------------------------------------------------------------------------------


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.name)
def test_into_a_pipe_it_is_text(path: Path) -> None:
    assert run_here(["view", str(path)]) == run_here(["text", str(path)])


@pytest.mark.parametrize(
    "variables", [{"FORCE_COLOR": "1"}, {"FORCE_COLOR": "1", "TERM": "xterm-256color", "TTY_COMPATIBLE": "1"}]
)
def test_force_color_makes_no_terminal_of_a_pipe(variables: dict[str, str]) -> None:
    data = jsonl(message_call(['{"message": "# Hi **there**"}']))
    ran = run_installed(["view"], data, env=plain_environment(**variables))
    assert (ran.code, ran.stdout, ran.stderr) == (0, b"# Hi **there**\n", "")


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [(["--plain"], {}), ([], {"TERM": "dumb"}), ([], {"TERM": ""}), ([], {"UNSPOOL_PLAIN": "1"})],
    ids=str,
)
def test_plain_and_a_dumb_terminal_get_text(arguments: list[str], variables: dict[str, str]) -> None:
    data = b"".join(jsonl(spoken(text)) for text, _ in HOSTILE.values())
    assert (
        on_terminal(["view", *arguments], data, variables=variables).screen
        == on_terminal(["text"], data, variables=variables).screen
    )


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--only", "tools"], "--only"),
        (["--plain", "--only", "messages", "--only", "thoughts"], "--only"),
        (["--calls", "line"], "--calls"),
        (["--only", "tools", "--calls", "line"], "--only, --calls"),
        (["--only", "messages", "--calls", "hide"], ""),  # text is just that
        (["--only", "tools", "--quiet"], ""),
    ],
    ids=str,
)
def test_an_option_that_text_cannot_follow_is_named_in_one_line(arguments: list[str], named: str) -> None:
    ran = run_here(["view", *arguments], jsonl(message_call(['{"message": "Hi"}'])))
    assert (ran.code, ran.stdout, ran.stderr.count("\n")) == (0, b"Hi\n", bool(named))
    assert ran.stderr.startswith(f"unspool: {named}: no effect " if named else "")


# --- what is shown -------------------------------------------------------------------------------


def test_text_calls_and_steps_in_their_order() -> None:
    code, terminal = view((SAMPLES / "several-steps.jsonl").read_bytes())
    assert code == 0
    rows = [row for row in terminal.rows() if row]
    assert rows[0] == "One moment, I am looking."
    assert re.fullmatch(r"gpt-4\.1-mini-2025-04-14 · step 1 · \d\.\d s · first text \d\.\d\d s · tool_calls", rows[1])
    assert rows[2:5] == ["→ search_orders", "  customer: Ines Duarte", "  open: true"]
    assert " · step 2 · " in rows[5]
    assert rows[6] == "There is one open order."
    assert " · step 3 · " in rows[7]
    assert len(rows) == 8


def test_files_tell_no_times() -> None:
    """They are read at once; how long that takes says nothing about the stream."""
    _, terminal = view(b"", str(SAMPLES / "usage-last.jsonl"))
    status = " ".join(terminal.rows()[-2:])
    assert "tokens" in status
    assert not re.search(r"\d s\b|/s", status)


def test_several_sources_have_their_names_above() -> None:
    paths = ["samples/plain.jsonl", "samples/two-messages.jsonl"]
    with watched(*(str(ROOT / path) for path in paths)) as watching:
        assert watching.end() == 0
    rows = watching.terminal.rows()
    assert [row for row in rows if row.endswith(".jsonl")] == [str(ROOT / path) for path in paths]


def test_thoughts_are_private() -> None:
    """R7: that there were some may be known, what they are may not, not even for a moment."""
    data = (SAMPLES / "thoughts-first.jsonl").read_bytes() + (SAMPLES / "reasoning-native.jsonl").read_bytes()
    code, terminal = view(data)
    assert code == 0
    thoughts = run_installed(["text", "--thoughts", "reasoning"], data).stdout.decode().split("\n")
    said = run_installed(["text"], data).stdout.decode()
    hidden = [line for line in thoughts if line and line not in said]
    assert hidden
    for line in hidden:
        for word in re.findall(r"\w{5,}", line):
            if word not in said:
                assert word.encode() not in terminal.received
    assert any(re.fullmatch(r"thoughts: \d+ characters", row) for row in terminal.rows())


def test_thoughts_are_shown_when_asked_for() -> None:
    code, terminal = view((SAMPLES / "thoughts-first.jsonl").read_bytes(), "--thoughts", "reasoning")
    path = str(SAMPLES / "thoughts-first.jsonl")
    thoughts, *_ = run_installed(["text", "--thoughts", "reasoning", path]).stdout.decode().split("\n")
    assert code == 0
    assert terminal.rows()[0] == "thoughts"
    assert paragraphs(terminal.rows())[0] == f"thoughts {thoughts}"


@pytest.mark.parametrize("choice", [0, 1, 2])
def test_one_choice_is_shown(choice: int) -> None:
    path = str(SAMPLES / "three-choices.jsonl")
    expected = run_installed(["text", path, "--choice", str(choice)]).stdout.decode().rstrip("\n")
    _, terminal = view(b"", path, "--choice", str(choice))
    assert terminal.rows()[0] == expected
    assert "step 1" in terminal.rows()[2]


def test_other_tools_are_left_out_on_demand() -> None:
    _, terminal = view(b"", str(SAMPLES / "other-tool-beside.jsonl"), "--other-tools", "drop")
    assert [row for row in terminal.rows() if "→" in row] == []


def test_arguments_are_shown_as_they_grow() -> None:
    with watched() as watching:
        watching.write(jsonl([chunk(calls(entry('{"city": "Por', id="a", name="get_weather"), role="assistant"))]))
        watching.terminal.wait_for("city: Por")
        watching.write(jsonl([chunk(calls(entry('to", "days": 3}')))]))
        watching.terminal.wait_for("days: 3")
        watching.write(jsonl([chunk({}, "tool_calls")]))
        assert watching.end() == 0
    assert watching.terminal.rows()[:3] == ["→ get_weather", "  city: Porto", "  days: 3"]


def test_text_is_shown_before_the_program_waits() -> None:
    with watched() as watching:
        watching.write(jsonl([chunk({"role": "assistant", "content": "Are you"})]))
        watching.terminal.wait_for("Are you")
        watching.terminal.wait_for("m · step 1 · 1 s")  # the clock runs while nothing comes
        watching.write(jsonl([chunk({"content": " there?"}, "stop")]))
        assert watching.end() == 0
    assert watching.terminal.rows()[0] == "Are you there?"


# --- faults --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sample", "code", "text", "fault"),
    [
        ("malformed-record.jsonl", 3, "Soup is on at noon.", "record 4 (byte 900): not JSON"),
        ("cut-stream.jsonl", 4, "The spare key hangs behind the", "the stream ended before choice 0"),
        ("error-in-stream.jsonl", 5, "Three of the five rooms", "The upstream worker went away"),
    ],
)
def test_faults_stand_in_their_place(sample: str, code: int, text: str, fault: str) -> None:
    """Once, between the text and the status line of their step; the exit code is that of text."""
    got, terminal = view((SAMPLES / sample).read_bytes())
    parts = paragraphs(terminal.rows())
    assert got == code
    assert parts[0] == text
    assert parts[1].startswith("unspool: standard input: record ")
    assert fault in parts[1]
    assert "step 1" in parts[2]
    assert len(parts) == 3


def test_faults_go_to_standard_error_where_that_is_no_terminal() -> None:
    ran = on_terminal(["view", str(SAMPLES / "cut-stream.jsonl")], b"")
    assert ran.stderr == run_installed(["text", str(SAMPLES / "cut-stream.jsonl")]).stderr.encode()
    assert b"finish_reason," in ran.screen  # one word: the length of the path decides where lines end


def test_a_source_that_is_not_there() -> None:
    code, terminal = view(b"", "/nowhere.jsonl")
    assert code == 5
    message = "unspool: /nowhere.jsonl: No such file or directory; check the source and run again"
    assert paragraphs(terminal.rows()) == [message]


def test_what_is_said_of_a_source_without_an_answer_is_shown() -> None:
    code, terminal = view(b'{"model":"m","messages":[{"role":"user","content":"Hi"}],"stream":true}\n')
    assert code == 0
    said = "this is a request, not a response, so there is nothing to read; name what the server answered"
    assert " ".join(terminal.rows()).strip() == f"unspool: standard input: {said}"


# --- hostile text --------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [spoken, content], ids=["message call", "content"])
@pytest.mark.parametrize("text", [text for text, _ in HOSTILE.values()], ids=list(HOSTILE))
def test_nothing_the_model_says_is_obeyed(text: str, make: object) -> None:
    assert callable(make)
    forms = (text, f"```\n{text}\n```", f"| {text} |\n|---|", f"[{text}](<http://x/{text}>)", f"- [bold]{text}[/]")
    ran = on_terminal(["view"], jsonl(make("\n\n".join(forms))), terminals=["stdout", "stderr"])
    assert ran.code == 0
    assert not OBEYED.search(OUR_OWN.sub("", ran.screen.decode()))
    assert b"\x1b]" not in ran.screen


def test_names_and_reasons_are_not_obeyed_either() -> None:
    evil = "\x1b[31mX\u202e"
    chunks = [
        chunk(calls(entry('{"\\u001b[2J": "\\u001b[2J\\n\x9b1m', name=f"t{evil}", id="a")), model=f"m{evil}"),
        chunk({"refusal": evil}),
        chunk({}, f"stop{evil}"),
        {"error": {"message": f"no{evil}", "code": evil}},
    ]
    for arguments in ([], ["--thoughts", "reasoning"]):
        ran = on_terminal(["view", *arguments], jsonl(chunks), terminals=["stdout", "stderr"])
        assert not OBEYED.search(OUR_OWN.sub("", ran.screen.decode()))


def test_entities_make_no_control_characters() -> None:
    said = "&#27;[31m &#x202e; &rlm; &#x9b;1m &#13;over &#xe0041; `&#x202e;` [a](<http://x/&#x202e;>)"
    ran = on_terminal(["view"], jsonl(content(said)))
    assert not OBEYED.search(OUR_OWN.sub("", ran.screen.decode()))


def test_a_link_shows_where_it_leads() -> None:
    _, terminal = view(jsonl(content("[your bank](https://evil.example/x) ![a cat](https://evil.example/y)")))
    assert terminal.rows()[0] == "your bank (https://evil.example/x) a cat (https://evil.example/y)"
    assert b"\x1b]8" not in terminal.received


def test_no_color_takes_the_colours() -> None:
    data = jsonl(content("# Hi\n\n`code` and [a](http://b)\n\n```python\ndef f(): pass\n```"))
    screen = on_terminal(["view"], data, variables={"NO_COLOR": "1"}).screen.decode()
    codes = {code for found in re.findall(r"\x1b\[([\d;]*)m", screen) for code in found.split(";")}
    assert codes <= {"0", "1", "2", "3", "4", "9"}
    assert "1" in codes


# --- ways out ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGQUIT, 131)],
    ids=str,
)
def test_signals_leave_the_terminal_as_it_was(number: signal.Signals, code: int) -> None:
    """What was shown stays, marked as cut."""
    with watched() as watching:
        watching.write(jsonl([chunk({"role": "assistant", "content": "Half an ans"})]))
        watching.terminal.wait_for("Half an ans")
        assert not watching.terminal.cursor_is_shown
        watching.process.send_signal(number)
        assert watching.wait() == code
    assert watching.terminal.cursor_is_shown
    assert watching.terminal.wraps
    rows = [row for row in watching.terminal.rows() if row]
    assert rows[0] == "Half an ans"
    assert rows[1].startswith("m · step 1 · ")
    assert rows[1].endswith(" · cut")
    assert len(rows) == 2


def test_ctrl_z_gives_the_terminal_back_for_a_while() -> None:
    with watched() as watching:
        watching.write(jsonl([chunk({"role": "assistant", "content": "One"})]))
        watching.terminal.wait_for("One")
        watching.process.send_signal(signal.SIGTSTP)
        wait_until_stopped(watching.process)
        watching.terminal.wait_until(lambda: watching.terminal.cursor_is_shown)
        watching.process.send_signal(signal.SIGCONT)
        watching.write(jsonl([chunk({"content": " two"}, "stop")]))
        watching.terminal.wait_for("One two")
        assert watching.end() == 0
    assert watching.terminal.cursor_is_shown
    assert [row for row in watching.terminal.rows() if "One" in row] == ["One two"]


def test_an_ignored_hangup_stays_ignored() -> None:
    """As under nohup."""
    terminal = Emulator()
    process = subprocess.Popen(
        ["sh", "-c", f"trap '' HUP; exec {UNSPOOL} view"],
        stdin=subprocess.PIPE,
        stdout=terminal.theirs,
        env=plain_environment(TERM="xterm-256color"),
    )
    assert process.stdin is not None
    process.stdin.write(jsonl([chunk({"role": "assistant", "content": "One"})]))
    process.stdin.flush()
    terminal.wait_for("One")
    process.send_signal(signal.SIGHUP)
    process.stdin.write(jsonl([chunk({"content": " two"}, "stop")]))
    process.stdin.close()
    assert process.wait(GUARD) == 0
    terminal.finish()
    assert terminal.rows()[0] == "One two"


def test_a_terminal_that_goes_away_ends_it() -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [str(UNSPOOL), "view"],
        stdin=subprocess.PIPE,
        stdout=theirs,
        stderr=subprocess.PIPE,
        env=plain_environment(TERM="xterm-256color"),
    )
    os.close(theirs)
    assert process.stdin is not None
    process.stdin.write(jsonl([chunk({"role": "assistant", "content": "One"})]))
    process.stdin.flush()
    screen = b""
    while b"One" not in screen:
        screen += os.read(ours, 65_536)
    os.close(ours)
    _, messages = process.communicate(jsonl([chunk({"content": " two"}, "stop")]), GUARD)
    assert process.returncode == 5
    assert messages.decode().startswith("unspool: standard output: ")
    assert messages.count(b"\n") == 1


# --- size ----------------------------------------------------------------------------------------


def test_a_terminal_may_change_its_size_meanwhile() -> None:
    first, second = "word " * 40, "漢字" * 40
    with watched(columns=80) as watching:
        watching.write(jsonl([chunk({"role": "assistant", "content": f"{first}\n\n{second}"})]))
        watching.terminal.wait_for("漢字")
        watching.terminal.resize(40, 24)
        watching.terminal.wait_for("漢字" * 10)
        watching.write(jsonl([chunk({"content": "\n\nend"}, "stop")]))
        assert watching.end() == 0
    rows = watching.terminal.rows()
    assert rows.count("漢字" * 10) == 4
    assert rows[rows.index("漢字" * 10) :][:6] == [*["漢字" * 10] * 4, "", "end"]
    assert sum("step 1" in row for row in rows) == 1


@pytest.mark.parametrize("size", [(20, 24), (5, 3), (1, 1), (80, 1), (300, 100)], ids=str)
def test_any_size_will_do(size: tuple[int, int]) -> None:
    data = (SAMPLES / "several-steps.jsonl").read_bytes() + (SAMPLES / "error-in-stream.jsonl").read_bytes()
    code, terminal = view(data, columns=size[0], lines=size[1])
    assert code == 5
    assert terminal.cursor_is_shown
    if size[0] > 4:
        assert "order" in "".join(terminal.rows())


# --- a picture -----------------------------------------------------------------------------------


def texts_of(picture: Path) -> str:
    tree = ET.parse(picture)
    return "\n".join("".join(one.itertext()).replace("\xa0", " ") for one in tree.iter() if one.tag.endswith("}text"))


def test_a_picture_needs_no_terminal(tmp_path: Path) -> None:
    picture = tmp_path / "view.svg"
    path = str(SAMPLES / "several-steps.jsonl")
    ran = run_installed(["view", "--svg", str(picture), path])
    assert ran == run_installed(["text", path])
    assert "There is one open order." in texts_of(picture)
    assert "search_orders" in texts_of(picture)
    assert "@font-face" not in picture.read_text()
    assert "http" not in picture.read_text().replace("http://www.w3.org/2000/svg", "").replace(
        "https://www.textualize.io", ""
    )


def test_a_picture_of_what_is_on_the_terminal(tmp_path: Path) -> None:
    picture = tmp_path / "view.svg"
    picture.write_text("an older one")
    code, terminal = view(b"", "--svg", str(picture), str(SAMPLES / "cut-stream.jsonl"))
    assert code == 4
    assert "The spare key hangs behind the" in texts_of(picture)
    assert "samples/cut-stream.jsonl: record 5" in texts_of(picture)
    assert terminal.rows()[0] == "The spare key hangs behind the"


@pytest.mark.parametrize("text", [text for text, _ in HOSTILE.values()], ids=list(HOSTILE))
def test_a_picture_of_hostile_text_is_xml(text: str, tmp_path: Path) -> None:
    picture = tmp_path / "view.svg"
    run_installed(["view", "--svg", str(picture)], jsonl(content(f"{text} </text> & <script>")))
    assert not OBEYED.search(picture.read_text())
    assert "<script>" in texts_of(picture)


def test_a_picture_that_cannot_be_saved(tmp_path: Path) -> None:
    capture = tmp_path / "capture.jsonl"
    capture.write_bytes(jsonl(content("Hi")))
    for target in (str(tmp_path / "none" / "x.svg"), str(tmp_path), str(capture)):
        ran = run_installed(["view", "--svg", target, str(capture)])
        assert (ran.code, ran.stdout) == (2, b"")
        assert "--svg" in ran.stderr
    assert capture.read_bytes() == jsonl(content("Hi"))
    ran = run_installed(["view", "--svg", "/proc/x.svg", str(capture)])
    assert ran.code == 5
    assert ran.stdout == b"Hi\n"
    assert ran.stderr.startswith("unspool: /proc/x.svg: ")


def test_a_page_holds_the_view_and_loads_nothing(tmp_path: Path) -> None:
    page = tmp_path / "view.html"
    ran = run_installed(["view", "--html", str(page)], jsonl(content("Hello </pre> & <script>alert(1)</script>")))
    assert ran.code == 0
    written = page.read_text()
    assert "Hello &lt;/pre&gt; &amp; &lt;script&gt;" in written
    assert "<script" not in written
    assert "default-src 'none'" in written
    assert not re.search(r"https?://|url\(|@import|\bsrc=|\bhref=", written)
    assert "prefers-color-scheme: dark" in written


def test_a_page_has_the_whole_arguments_and_results_of_calls(tmp_path: Path) -> None:
    """A picture has what a terminal shows: long values are cut at twelve rows there."""
    page, picture = tmp_path / "view.html", tmp_path / "view.svg"
    code = "\n".join(f"line {at} of the program" for at in range(40))
    stream = message_call([json.dumps({"code": code, "note": "end of the note"})], tool="run")
    ran = run_installed(["view", "--html", str(page), "--svg", str(picture)], jsonl(stream))
    assert ran.code == 0
    assert all(f"line {at} of the program" in page.read_text() for at in range(40))
    assert "more rows" not in page.read_text()
    assert "line 39" not in texts_of(picture)
    assert "more rows" in texts_of(picture)


MARKDOWN = (
    "# Title\n\n*a* `b` [c](http://e.example)\n\n> d\n\n- e\n\n```python\nprint(1)  # f\n```\n\n| g |\n|---|\n| 1 |\n"
)


def contrast_with_white(colour: str) -> float:
    """The contrast ratio of WCAG 2.2 for a colour as six hexadecimal digits."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def test_each_text_of_a_page_has_enough_contrast(tmp_path: Path) -> None:
    """4.5 is the least for text, by success criterion 1.4.3."""
    page = tmp_path / "view.html"
    run_installed(["view", "--html", str(page), str(SAMPLES / "claude-code.jsonl")])
    colours = set(re.findall(r"[;{ ]color: #([0-9a-f]{6})", page.read_text()))
    run_installed(["view", "--html", str(page)], jsonl(content(MARKDOWN)))
    colours |= set(re.findall(r"[;{ ]color: #([0-9a-f]{6})", page.read_text()))
    assert len(colours) > 3
    assert {colour for colour in colours if contrast_with_white(colour) < 4.5} == set()


def test_a_page_is_as_wide_on_a_terminal_as_without_one(tmp_path: Path) -> None:
    pages = tmp_path / "terminal.html", tmp_path / "piped.html"
    words = "word " * 60
    view(jsonl(content(words)), "--html", str(pages[0]))
    run_installed(["view", "--html", str(pages[1])], jsonl(content(words)))
    assert [sum("word" in line for line in page.read_text().split("\n")) for page in pages] == [3, 3]


def test_text_that_is_no_stream_is_shown_on_a_terminal_with_one_line_that_says_so() -> None:
    code, terminal = view(b"# A title\n\nSome *text*\n")
    shown = "\n".join(terminal.rows())
    assert code == 0
    assert shown.count("plain text, shown as it is") == 1
    assert "Some text" in shown
    code, terminal = view(b"# A title\n", "--from", "text")
    assert "plain text" not in "\n".join(terminal.rows())


@pytest.mark.parametrize("option", ["--html", "--svg"])
def test_a_file_for_which_there_is_nothing_is_not_written(option: str, tmp_path: Path) -> None:
    """Lines about faults are no view: what stood in the file stays. Below an answer they are part of it."""
    page, none, empty = tmp_path / "view.html", str(tmp_path / "none.jsonl"), tmp_path / "empty.jsonl"
    page.write_text("what was saved before")
    empty.write_bytes(b"")
    last = f"unspool: {page}: there is nothing to show; it is not saved\n"
    ran = run_installed(["view", "--quiet", option, str(page), none])
    assert (ran.code, ran.stdout, ran.stderr) == (5, b"", last)
    for source, code in ((none, 5), (str(empty), 4)):
        ran = run_installed(["view", option, str(page), source])
        assert (ran.code, ran.stderr.count("\n"), ran.stderr.endswith(last)) == (code, 2, True)
    assert page.read_text() == "what was saved before"
    ran = run_installed(["view", option, str(page), str(SAMPLES / "plain.jsonl"), none])
    assert ran.code == 5
    assert "directory" in page.read_text()  # No such file or directory
