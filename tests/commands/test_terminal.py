"""On a terminal: model text is shown and never obeyed; without input a note comes instead of a wait.

The first line of all of it: whatever the model says, a terminal gets no
control character but newline and tab, and a pipe gets the very bytes.
"""

import json
import re
import subprocess

import pytest
from tests.commands.processes import on_terminal, plain_environment
from tests.support import UNSPOOL, Chunk, calls, chunk, entry, jsonl, message_call, run_here, run_installed, sse

HOSTILE = {
    "an escape sequence": ("\x1b[31mred\x1b[0m", r"\u001b[31mred\u001b[0m"),
    "a cleared screen": ("a\x1b[2J\x1b[Hb\x1bc", r"a\u001b[2J\u001b[Hb\u001bc"),
    "OSC 52, the clipboard": ("\x1b]52;c;cm0gLXJm\x07", r"\u001b]52;c;cm0gLXJm\u0007"),
    "OSC 8, a link": (
        "\x1b]8;;http://evil\x1b\\x\x1b]8;;\x1b\\",
        r"\u001b]8;;http://evil\u001b\x\u001b]8;;\u001b" + "\\",
    ),
    "C1, one character each": ("\x9b31m \x90q\x9c \x85", r"\u009b31m \u0090q\u009c \u0085"),
    "bidi controls": (
        "a\u202eb\u202a\u2066c\u2069\u200e\u200f\u061c",
        r"a\u202eb\u202a\u2066c\u2069\u200e\u200f\u061c",
    ),
    "tag characters": ("a\U000e0001\U000e0041\U000e007f", r"a\udb40\udc01\udb40\udc41\udb40\udc7f"),
    "carriage return": ("done\rundone\r\n!", "done\\u000dundone\\u000d\n!"),
    "the other C0 and DEL": ("\x00\x07\x08\x0b\x0c\x0e\x7f", r"\u0000\u0007\u0008\u000b\u000c\u000e\u007f"),
    "line separators": ("a\u2028b\u2029c", r"a\u2028b\u2029c"),
    "newline, tab and all that is text": ("a\tb\nc é 漢字 👩‍👩‍👧 \\u001b", "a\tb\nc é 漢字 👩‍👩‍👧 \\u001b"),
}
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\U000e0000-\U000e007f]")
EVERYTHING = "|".join(text for text, _ in HOSTILE.values())
SHOWN = "|".join(shown for _, shown in HOSTILE.values())


def spoken(text: str) -> list[Chunk]:
    """A message call with ``text``, raw as far as JSON allows, in pieces that cut the sequences."""
    arguments = '{"message": "' + "".join(_raw(character) for character in text) + '"}'
    return message_call([arguments[at : at + 3] for at in range(0, len(arguments), 3)])


def _raw(character: str) -> str:
    return {'"': '\\"', "\\": "\\\\"}.get(character, character)


def content(text: str) -> list[Chunk]:
    return [chunk({"role": "assistant", "content": text}), chunk({}, "stop")]


def thoughts(text: str) -> list[Chunk]:
    return [chunk({"role": "assistant", "reasoning_content": text}), chunk({}, "stop")]


def in_utf8(chunks: list[Chunk]) -> bytes:
    """JSONL in which U+0080 and above stand as themselves."""
    return re.sub(rb"(?:\\u[0-9a-f]{4})+", lambda found: _unescaped(found.group()), jsonl(chunks))


def _unescaped(escapes: bytes) -> bytes:
    units = bytes.fromhex(escapes.decode().replace("\\u", ""))
    text = units.decode("utf-16-be")
    return escapes if any(character < " " for character in text) else text.encode()


def assert_safe(screen: bytes) -> None:
    """No control character reaches the terminal, as UTF-8 or otherwise."""
    assert OBEYED.search(screen.decode()) is None, screen


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_text_is_shown_and_not_obeyed(text: tuple[str, str]) -> None:
    sent, shown = text
    ran = on_terminal(["text"], in_utf8(spoken(sent)))
    assert ran.screen.decode() == f"{shown}\n"
    assert (ran.code, ran.stderr) == (0, b"")
    assert_safe(ran.screen)


@pytest.mark.parametrize("chunks", [spoken(EVERYTHING), content(EVERYTHING)], ids=["of a call", "of content"])
def test_content_and_message_text_are_safe_alike(chunks: list[Chunk]) -> None:
    assert on_terminal([], in_utf8(chunks)).screen.decode() == f"{SHOWN}\n"


def test_thoughts_are_safe_too() -> None:
    ran = on_terminal(["text", "--thoughts", "reasoning"], in_utf8(thoughts(EVERYTHING)))
    assert ran.screen.decode() == f"{SHOWN}\n"


@pytest.mark.parametrize("arguments", [["rewrite"], ["rewrite", "--to", "sse"], ["events"]], ids=" ".join)
@pytest.mark.parametrize("chunks", [spoken(EVERYTHING), content(EVERYTHING)], ids=["of a call", "of content"])
def test_chunks_and_events_are_shown_and_not_obeyed(arguments: list[str], chunks: list[Chunk]) -> None:
    """Their JSON stays JSON: what is shown as an escape means the same."""
    stream = in_utf8(chunks)
    ran = on_terminal(arguments, stream)
    assert_safe(ran.screen)
    assert (ran.code, ran.stderr) == (0, b"")
    piped = run_installed(arguments, stream, env=plain_environment()).stdout
    assert ran.screen != piped  # else nothing was put to the test
    assert _values(ran.screen) == _values(piped)


def _values(output: bytes) -> list[object]:
    lines = [line.removeprefix(b"data: ") for line in output.split(b"\n")]
    return [json.loads(line) for line in lines if line not in (b"", b"[DONE]")]


def test_names_of_other_tools_are_safe() -> None:
    stream = in_utf8([chunk(calls(entry('{"\x9b": "\x1b"}', id="\x9b", name="t\x1b\u202e"))), chunk({}, "tool_calls")])
    for command in ("rewrite", "events"):
        assert_safe(on_terminal([command], stream).screen)


def test_malformed_bytes_are_shown_as_what_they_are() -> None:
    """R10 passes them on; on a terminal ESC, C1 and bytes that are no UTF-8 are shown."""
    ran = on_terminal(["rewrite"], b"\x1b[2J\xff\x9b31m\r \xc2\x9b\n")
    assert ran.screen.decode() == "\\u001b[2J\\xff\\x9b31m\\u000d \\u009b\n"
    assert ran.code == 3


@pytest.mark.parametrize("command", ["text", "rewrite", "events"])
def test_messages_on_a_terminal_hold_no_control_characters(command: str) -> None:
    stream = b'\x1b[31m\xc2\x9b"\r\n' + jsonl([{"error": {"message": "a\x1b]0;owned\x07\nb\u202e", "code": "\x9b"}}])
    ran = on_terminal([command], stream, terminals=["stderr"])
    assert_safe(ran.screen)
    assert [line.split(": ")[0] for line in ran.screen.decode().splitlines()] == ["unspool", "unspool"]
    assert r"a\u001b]0;owned\u0007\nb\u202e" in ran.screen.decode()
    assert ran.code == 5


@pytest.mark.parametrize("command", ["text", "rewrite", "events"])
def test_both_streams_on_one_terminal(command: str) -> None:
    """The text that came before a fault stands before its line (R11)."""
    ran = on_terminal([command], jsonl(spoken("Hi")[:-2]), terminals=["stdout", "stderr"])
    assert ran.code == 4
    shown = ran.screen.decode()
    assert 0 <= shown.index("H") < shown.index("unspool: standard input: record")


def test_into_a_pipe_the_text_is_byte_exact() -> None:
    for chunks in (spoken(EVERYTHING), content(EVERYTHING)):
        assert run_installed(["text"], in_utf8(chunks)).stdout == f"{EVERYTHING}\n".encode()


def test_into_a_pipe_verbatim_chunks_are_byte_exact() -> None:
    stream = in_utf8(content(EVERYTHING))
    assert run_installed(["rewrite"], stream).stdout == stream


def test_standard_error_on_a_terminal_leaves_a_piped_output_alone() -> None:
    ran = on_terminal(["text"], in_utf8(content(EVERYTHING)), terminals=["stderr"])
    assert (ran.stdout, ran.screen) == (f"{EVERYTHING}\n".encode(), b"")


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"FORCE_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
def test_colour_variables_change_nothing_on_a_terminal(variables: dict[str, str]) -> None:
    for stream in (in_utf8(content(EVERYTHING)), sse(spoken("Hi")[:3])):
        plain = on_terminal(["text"], stream, terminals=["stdout", "stderr"])
        assert on_terminal(["text"], stream, ["stdout", "stderr"], variables) == plain


@pytest.mark.parametrize("arguments", [[], ["text"], ["rewrite"], ["events"], ["lint"], ["view"]], ids=" ".join)
def test_without_input_a_note_comes_instead_of_a_wait(arguments: list[str]) -> None:
    """A person at a terminal who gives no input sees how to give some: exit 2, on standard error alone."""
    ran = on_terminal(arguments, stdin=None, terminals=[])
    assert (ran.code, ran.stdout, ran.screen) == (2, b"", b"")
    lines = ran.stderr.decode().splitlines()
    assert 1 <= len(lines) <= 3
    assert lines[0].startswith("unspool: no input")
    assert "--help" in ran.stderr.decode()


def test_a_named_file_needs_no_standard_input() -> None:
    ran = on_terminal(["text", "/dev/null"], stdin=None, terminals=[])
    assert ran.code == 4
    assert ran.stderr.decode().startswith("unspool: /dev/null: the input is empty")


def test_a_fault_in_the_middle_of_a_message_begins_its_own_line() -> None:
    opening, first, *rest = message_call(['{"message": "The ferry', ' leaves."}'])
    data = jsonl([opening, first]) + b"junk {\n" + jsonl(rest)
    ran = on_terminal(["text"], data, ("stdout", "stderr"))
    lines = ran.screen.decode().split("\n")
    assert lines[0] == "The ferry"
    assert lines[1].startswith("unspool: standard input: record 3 ")
    assert lines[2] == " leaves."
    assert on_terminal(["text"], data, ("stdout",)).screen == b"The ferry leaves.\n"
    both = subprocess.run([UNSPOOL, "text"], input=data, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert both.stdout.decode().split("\n") == [*lines[:2], " leaves.", ""]
    assert run_installed(["text"], data).stdout == b"The ferry leaves.\n"


@pytest.mark.parametrize(
    ("stdin", "said", "unsaid"),
    [
        (b"", "curl reports its error with -S --fail-with-body", "what had arrived"),
        (
            jsonl(message_call(['{"message": "The fer'], finish=None)),
            "what had arrived was read, check the sender",
            "curl",
        ),
        (jsonl([chunk({"role": "assistant"})]), "curl reports", "what had arrived"),
    ],
)
def test_the_advice_fits_what_had_arrived(stdin: bytes, said: str, unsaid: str) -> None:
    stderr = run_installed(["text"], stdin).stderr
    assert said in stderr
    assert unsaid not in stderr


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("length", "was read, the model reached its token limit: raise max_tokens"),
        ("MAX_TOKENS", "was read, the model reached its token limit: raise max_tokens"),
        ("model_length", "was read, the model reached its token limit: raise max_tokens"),
        ("tool_calls", "the model stopped there, perhaps at its token limit: raise max_tokens, or ask again"),
        ("content_filter", "was read, ask again"),
    ],
)
def test_the_advice_for_a_cut_call_fits_its_finish(reason: str, said: str) -> None:
    """A finish came, so that neither the sender nor the capture cut the call."""
    ran = run_here(["text"], jsonl(message_call(['{"message": "The fer'], finish=reason)))
    assert (ran.code, ran.stdout) == (4, b"The fer\n")
    assert ran.stderr.endswith(f"{said}\n")
