"""An error that nothing handles is one line that asks for a report; a private file has its traceback."""

import io
import os
import re
import resource
import stat
from functools import partial
from pathlib import Path

import pytest
from tests.serving import KEY
from tests.support import BrokenInput, calls, chunk, entry, jsonl, run_installed

from unspool.commands.app import main
from unspool.environment import Environment
from unspool.redaction import protect


def run_into(error: Exception, *arguments: str) -> tuple[int, str]:
    protect(KEY)
    stderr = io.StringIO()
    code = main(list(arguments), Environment(BrokenInput(error), io.BytesIO(), stderr))
    return code, stderr.getvalue()


@pytest.mark.parametrize("command", ["text", "rewrite", "events", "lint", "stats", "view"])
@pytest.mark.parametrize("error", [ValueError(f"odd\n{KEY} \x1b[2J"), RecursionError("deep"), KeyError("x")])
def test_a_fault_of_our_own_is_one_line_and_a_file(
    command: str, error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    code, said = run_into(error, command)
    assert (code, said.count("\n")) == (5, 1)
    assert KEY not in said
    kind = type(error).__name__
    assert re.fullmatch(
        rf"unspool: a fault in unspool itself: {kind}: .*; please report it with \S+ \(--debug .*\)\n", said
    )
    (name,) = os.listdir(tmp_path)
    file = tmp_path / name
    assert str(file) in said
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text().startswith("Traceback")
    assert KEY not in file.read_text()


@pytest.mark.parametrize("arguments", [["--debug", "text"], ["text", "--debug"]])
def test_debug_shows_the_traceback_and_writes_no_file(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    code, said = run_into(ValueError(f"odd {KEY}"), *arguments)
    assert (code, os.listdir(tmp_path)) == (5, [])
    assert "unspool: Traceback" in said
    assert said.splitlines()[-1].endswith("please report it with the traceback above")
    assert KEY not in said


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        SystemError("<built-in function loads> returned NULL without setting an exception"),
        ImportError("jiter.so: failed to map segment from shared object"),
        RuntimeError("can't start new thread"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_memory_that_runs_out_is_one_line(error: Exception) -> None:
    assert run_into(error, "text") == (
        5,
        "unspool: out of memory; give it less at a time, or a machine with more\n",
    )


@pytest.mark.parametrize("command", ["text", "rewrite", "events", "lint"])
@pytest.mark.parametrize("megabytes", [120])
def test_memory_that_is_still_held_when_it_runs_out_is_one_line(command: str, megabytes: int, tmp_path: Path) -> None:
    """The installed command with a limit to its address space, and a record that does not fit into it."""
    huge = tmp_path / "huge.jsonl"
    with huge.open("wb") as file:
        file.write(b'{"choices":[{"delta":{"content":"')
        file.truncate(300_000_000)
    limit = partial(resource.setrlimit, resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    ran = run_installed([command, str(huge)], preexec_fn=limit)
    assert (ran.code, ran.stderr.count("\n")) == (5, 1), ran.stderr
    assert "out of memory" in ran.stderr


@pytest.mark.parametrize("value", ["1", "{}", '"abc"'])
@pytest.mark.parametrize("megabytes", [80])
def test_memory_that_runs_out_inside_a_json_library_is_one_line(value: str, megabytes: int, tmp_path: Path) -> None:
    """Before, the process aborted, or waited for ever inside of it."""
    huge = tmp_path / "huge.jsonl"
    values = f"{value}," * ((6 << 20) // (len(value) + 1))
    huge.write_text(f'{{"choices":[],"values":[{values}{value}]}}\n')
    limit = partial(resource.setrlimit, resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    ran = run_installed(["text", str(huge)], preexec_fn=limit)
    assert (ran.code, ran.stderr.count("\n")) == (5, 1), ran.stderr
    assert "out of memory" in ran.stderr


@pytest.mark.parametrize("megabytes", [80, 96])
@pytest.mark.parametrize("word", ["words ", "words \U0001f600 "])
def test_memory_that_runs_out_while_a_string_is_decoded_is_one_line(word: str, megabytes: int, tmp_path: Path) -> None:
    """Before, jiter wrote the place in its own source where it failed: it decodes into a buffer, and copies that."""
    huge = tmp_path / "huge.jsonl"
    arguments = '{"message":"' + word * (20_000_000 // len(word)) + '"}'
    huge.write_bytes(jsonl([chunk(calls(entry(arguments, name="send_message")), "tool_calls")]))
    limit = partial(resource.setrlimit, resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    ran = run_installed(["text", str(huge)], preexec_fn=limit)
    assert (ran.code, ran.stderr.count("\n")) in {(0, 0), (5, 1)}, ran.stderr[-500:]


def test_a_row_of_a_table_for_which_there_is_no_memory_is_one_line(tmp_path: Path) -> None:
    """Before, orjson ended the process by a segmentation fault."""
    huge = tmp_path / "huge.jsonl"
    huge.write_bytes(jsonl([chunk({"content": "x" * (30 << 20)}, "stop")]))
    limit = partial(resource.setrlimit, resource.RLIMIT_AS, (220 << 20, 220 << 20))
    ran = run_installed(["table", str(huge)], preexec_fn=limit)
    assert (ran.code, ran.stderr.count("\n")) == (5, 1), ran.stderr
    assert "out of memory" in ran.stderr


@pytest.mark.parametrize("character", ["{", "["])
def test_brackets_inside_a_string_take_no_memory(character: str, tmp_path: Path) -> None:
    """Of eight megabytes of them 250 times as much was asked for."""
    huge = tmp_path / "huge.jsonl"
    text = character * (8 << 20)
    huge.write_text(f'{{"choices":[{{"index":0,"delta":{{"content":"{text}"}},"finish_reason":"stop"}}]}}\n')
    limit = partial(resource.setrlimit, resource.RLIMIT_AS, (500 << 20, 500 << 20))
    ran = run_installed(["text", str(huge)], preexec_fn=limit)
    assert (ran.code, ran.stderr, len(ran.stdout)) == (0, "", len(text) + 1)
