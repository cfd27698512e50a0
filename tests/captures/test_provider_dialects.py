"""Captures of Gemini, Ollama, Cohere and Bedrock: what unspool makes of each is what a plain reading of it says."""

import json
import random
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from openai.types.chat import ChatCompletionChunk
from tests.captures import dialect_oracle, provider_oracle
from tests.captures.material import blocks
from tests.captures.provider_oracle import values
from tests.dialects.said import Said, Value, chat
from tests.fastpath.differential import observe
from tests.support import CAPTURES, Ran, run_here

READERS: dict[str, tuple[str, Callable[[Iterable[Value]], Said]]] = {
    "gemini": ("gemini/*/*", provider_oracle.gemini),
    "ollama": ("ollama/*/*", provider_oracle.ollama),
    "cohere": ("other/*/*cohere*", provider_oracle.cohere),
    "bedrock": ("bedrock/*/*", provider_oracle.bedrock),
}
FILES = [(path, name) for name, (glob, _) in READERS.items() for path in sorted(CAPTURES.glob(glob))]

if not FILES:
    pytest.skip(f"no captures at {CAPTURES}; UNSPOOL_CAPTURES names another place", allow_module_level=True)

each = pytest.mark.parametrize(
    ("path", "name"), [pytest.param(*one, id=str(one[0].relative_to(CAPTURES))) for one in FILES]
)


@cache
def ran(path: Path, *arguments: str) -> Ran:
    return run_here([*arguments, str(path)])


@cache
def expected(path: Path, name: str) -> Said:
    return READERS[name][1](values(path))


def chunks_of(path: Path) -> list[Value]:
    return [
        json.loads(line) for line in ran(path, "rewrite", "--tool=none", "--separator=").stdout.splitlines()
    ]  # R16 apart


def leaves(value: Any) -> Iterator[str]:
    """All texts in a value; padding, and where partial arguments belong, left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for member in value:
            yield from leaves(member)
    elif isinstance(value, dict):
        for key, member in value.items():
            if key not in ("p", "jsonPath"):
                yield from leaves(member)


@each
def test_the_chunks_say_what_the_capture_says(path: Path, name: str) -> None:
    said, wanted = chat(chunks_of(path)), expected(path, name)
    made_up = [not ident for ident, _, _ in wanted.calls]
    assert all(ident for ident, _, _ in said.calls)
    assert len({ident for ident, _, _ in said.calls}) == len(said.calls)
    said.calls = [("" if made else call[0], *call[1:]) for made, call in zip(made_up, said.calls, strict=True)]
    assert said == wanted


@each
def test_a_strict_client_accepts_each_chunk(path: Path, name: str) -> None:
    chunks = chunks_of(path)
    assert chunks
    for chunk in chunks:
        ChatCompletionChunk.model_validate(chunk)
    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"


@each
def test_nothing_is_lost(path: Path, name: str) -> None:
    """Each text of a record is somewhere in the output: in its place, in arguments, or in the extension."""
    written = "\n".join(text for chunk in chunks_of(path) for text in leaves(chunk))
    reasons = {*provider_oracle.GEMINI_REASONS, *dialect_oracle.ANTHROPIC_REASONS, *provider_oracle.BEDROCK_REASONS}
    mapped = {"model", "assistant", "stop", *reasons} - {"RECITATION"}
    for value in values(path):
        if isinstance(value.get("type"), str):  # named parts say what they are by their place
            continue
        for text in leaves(value):
            shown = json.dumps(text, ensure_ascii=False)[1:-1]
            assert text in mapped or text in written or shown in written or _is_time(text), text


def _is_time(text: str) -> bool:
    return text[:2] == "20" and text.endswith("Z")


@each
def test_the_code_fits_the_capture(path: Path, name: str) -> None:
    wanted = expected(path, name)
    code = 5 if wanted.errors else 0 if wanted.finishes else 4
    for command in (["text"], ["rewrite"], ["rewrite", "--to=sse"], ["events"], ["lint"]):
        done = ran(path, *command)
        assert done.code == code, command
        notes = ("the answer was refused", "the answer was filtered", "no message; ")  # R17, and a hint: no faults
        faults = [line for line in done.stderr.splitlines() if not any(note in line for note in notes)]
        assert bool(faults) == bool(code)
    assert ran(path, "text", "--tool=none").stdout.decode().replace("\n", "") == wanted.text.replace("\n", "")


@each
def test_each_tool_can_be_the_message_tool(path: Path, name: str) -> None:
    """R3: the text is the argument's value, between the content."""
    calls = expected(path, name).calls
    for tool, argument in {
        (call[1], key) for call in calls for key, value in call[2].items() if isinstance(value, str)
    }:
        said = [call[2][argument] for call in calls if call[1] == tool and isinstance(call[2].get(argument), str)]
        text = ran(path, "text", f"--tool={tool}:{argument}").stdout.decode()
        at = 0
        for one in said:
            at = text.index(one, at) + len(one)
        chunks = [json.loads(line) for line in ran(path, "rewrite", f"--tool={tool}:{argument}").stdout.splitlines()]
        for chunk in chunks:
            ChatCompletionChunk.model_validate(chunk)
        left = [call for call in calls if call[1] != tool]
        assert [call[1:] for call in chat(chunks).calls] == [call[1:] for call in left]
        finishes = ["stop" if one == "tool_calls" and not left else one for one in expected(path, name).finishes]
        assert chat(chunks).finishes == finishes


@each
def test_no_split_of_the_bytes_changes_anything(path: Path, name: str) -> None:
    data = path.read_bytes()
    chance = random.Random(path.name)
    sinks = ("text", "thoughts", "jsonl", "sse", "events")
    for longest in (3, 40, 4000):
        start = data if longest > 3 else data[:12_000]
        whole = observe([start], sinks, fast=True)
        pieces = list(blocks(start, chance, longest))
        for fast in (True, False):
            other = observe(pieces, sinks, fast=fast)
            assert [other.written(sink) for sink in sinks] == [whole.written(sink) for sink in sinks]
            assert other.summary == whole.summary
            problems = [[entry for entry in one.timeline if entry[0] == "problem"] for one in (whole, other)]
            assert problems[0] == problems[1]


def test_thought_signatures_survive_on_calls() -> None:
    """T19: as Google's own endpoint for Chat Completions has them."""
    seen = 0
    for path, name in FILES:
        if name != "gemini":
            continue
        parts = [
            part
            for value in values(path)
            for one in value.get("candidates") or []
            for part in one.get("content", {}).get("parts") or []
        ]
        wanted = [part["thoughtSignature"] for part in parts if "functionCall" in part and "thoughtSignature" in part]
        entries = [
            entry
            for chunk in chunks_of(path)
            for one in chunk["choices"]
            for entry in one["delta"].get("tool_calls") or []
        ]
        assert [
            entry["extra_content"]["google"]["thought_signature"] for entry in entries if "extra_content" in entry
        ] == wanted
        seen += len(wanted)
    assert seen > 20
