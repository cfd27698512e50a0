"""Captures in other dialects: what unspool makes of each is what a plain reading of the whole file says."""

import json
import random
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.captures import dialect_oracle, oracle
from tests.captures.material import blocks
from tests.dialects.said import Said, Value, chat
from tests.fastpath.differential import observe
from tests.support import CAPTURES, Ran, run_here

from unspool.core.options import Options
from unspool.dialects.registry import dialect_of

READERS: dict[str, Callable[[Iterable[Value]], Said]] = {
    "anthropic": dialect_oracle.anthropic,
    "responses": dialect_oracle.responses,
}
FILES = [path for name in READERS for path in sorted((CAPTURES / name).glob("*/*"))]
if not FILES:
    pytest.skip(f"no captures of dialects at {CAPTURES}", allow_module_level=True)

EACH = pytest.mark.parametrize("path", FILES, ids=lambda path: "/".join(path.parts[-3:]))
SHORTENED = "openai_responses_openai-shell-container.1.jsonl"
"""A fixture whose deltas somebody shortened: its whole text is another (Q70)."""
ERROR_FIRST = "anthropic-should_throw_an_api_error_when_the_first_stream_chunk_is_an_overloaded_error.sse"
"""Its error is also one of Chat Completions: where it comes first, no dialect is told (R12 holds all the same)."""


def dialect(path: Path) -> str:
    return path.parts[-3]


@cache
def values(path: Path) -> list[Any]:
    return [record.value for record in oracle.frame(path.read_bytes(), path.name) if record.kind == "value"]


@cache
def rewritten(path: Path, *options: str) -> Ran:
    return run_here(["rewrite", *options, str(path)])


def chunks(written: bytes) -> Iterator[Value]:
    """Without the records that are no event, which pass as they are (R10)."""
    return (json.loads(line) for line in written.splitlines() if line.startswith(b'{"id"'))


@EACH
def test_the_chunks_say_what_the_events_say(path: Path) -> None:
    """Text, thoughts, refusals, calls, finish reasons, usage and errors; each chunk satisfies openai's model.

    Separators (R16) have tests of their own.
    """
    ran = rewritten(path, "--tool=none", "--separator=")
    if path.name == ERROR_FIRST:
        assert ran.code == 5
        return
    assert chat(chunks(ran.stdout)) == READERS[dialect(path)](values(path))


@EACH
def test_the_exit_code_tells_how_it_ended(path: Path) -> None:
    ran = rewritten(path, "--tool=none")
    said = READERS[dialect(path)](values(path))
    malformed = path.name == SHORTENED or b"invalid json}" in path.read_bytes()
    assert ran.code in ({5} if said.errors else {3} if malformed else {0, 4})
    assert "Traceback" not in ran.stderr
    if not said.errors and not said.finishes and b"[DONE]" not in path.read_bytes():
        assert ran.code in (3, 4)


@EACH
def test_the_dialect_is_told_as_if_it_were_named(path: Path) -> None:
    told = [name for name in map(dialect_of, values(path)) if name is not None]
    assert set(told) == ({dialect(path)} if path.name != ERROR_FIRST else set())
    if path.name != ERROR_FIRST:
        assert rewritten(path, f"--from={dialect(path)}") == rewritten(path)


@EACH
def test_every_cut_of_the_bytes_gives_the_same(path: Path) -> None:
    data, chance = path.read_bytes(), random.Random(path.name)
    whole = in_blocks([data])
    for longest in (7, 300, 5000):
        if longest * 3000 > len(data):
            assert in_blocks(blocks(data, chance, longest)) == whole


def in_blocks(pieces: Iterable[bytes]) -> tuple[bytes, list[str]]:
    """What rewriting gives, and what is reported."""
    ran = observe(pieces, ["sse"], fast=True)
    return ran.written("sse"), [str(entry[-1]) for entry in ran.timeline if entry[0] == "problem"]


TOOLS = [
    (path, name, key, said)
    for path in FILES
    for said in [READERS[dialect(path)](values(path))]
    for name, key in sorted(
        {
            (name, key)
            for _, name, arguments in said.calls
            if isinstance(arguments, dict)
            for key, value in arguments.items()
            if isinstance(value, str) and "." not in key and ":" not in key
        }
    )
]


@pytest.mark.parametrize(("path", "name", "key", "said"), TOOLS, ids=lambda value: getattr(value, "name", None))
def test_any_tool_can_be_a_message_tool(path: Path, name: str, key: str, said: Said) -> None:
    """R3: the text is the argument, in the order of the calls."""
    spoken = [arguments for _, own, arguments in said.calls if own == name]
    if not all(isinstance(arguments, dict) for arguments in spoken):
        return  # one is cut
    wanted = [str(arguments[key]) for arguments in spoken if isinstance(arguments.get(key), str)]
    assert messages(path, Options(tools={name: key})) == wanted


def messages(path: Path, options: Options) -> list[str]:
    """The text of each message call."""
    option = next(f"--tool={name}:{key}" for name, key in options.tools.items())
    found: dict[tuple[int, int], str] = {}
    for line in run_here(["events", option, str(path)]).stdout.splitlines():
        event = json.loads(line)
        if event["event"] == "text" and event["call"] is not None:
            where = event["step"], event["call"]
            found[where] = found.get(where, "") + event["text"]
    return list(found.values())
