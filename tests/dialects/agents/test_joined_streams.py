"""Two streams in one source, the first whole or cut behind any record: all text once, and the cut is reported (R17)."""

import json
import re
from functools import cache
from typing import Any, NamedTuple

import pytest
from tests.support import ROOT, Ran, jsonl, run_here

from unspool.dialects import registry

AGENTS = [
    *(
        "acp",
        "adk",
        "ag-ui",
        "ai-sdk",
        "assistants",
        "claude-code",
        "codex",
        "codex-server",
        "codex-session",
        "copilot",
    ),
    *("dify", "dify-workflow", "gemini-cli", "gemini-interactions", "langchain", "letta", "letta-code"),
    *(
        "agents-api",
        "assistant-ui",
        "chatkit",
        "managed-agents",
        "mastra",
        "openai-agents",
        "opencode",
        "pi",
        "strands",
    ),
]
"""The samples of agents' streams, but for those that are no row of JSON values."""
FOLLOWED_BY = ("plain", "booking", "anthropic", "gemini")
"""Samples of providers."""
TOOL = ["--tool", "*send_message"]
NAMES_AN_ID = re.compile(r"(?:id|Id|ID|uuid)$")
NUMBERED = re.compile(r"(?:item_|txt-|call_)?\d{1,2}")
"""Ids that are the same in each run."""
NO_RESPONSE = re.compile("before any choice arrived|holds no response")
"""What is reported where no record began a response: such a stream may be the beginning of the next."""
UNDECIDED = {("copilot", "assistant.turn_end"), ("managed-agents", "user.custom_tool_result")}
"""Records behind which a run may wait for the next prompt: one that begins there has cut nothing for certain."""


class Event(NamedTuple):
    """One event of a stream: what its lines have before the JSON value, and that value."""

    head: str
    value: Any


@cache
def events(name: str) -> tuple[Event, ...]:
    """The events of a sample, lines of JSON as events without a name."""
    path = next(path for path in (ROOT / "samples" / f"{name}{end}" for end in (".sse", ".jsonl")) if path.exists())
    text = path.read_text()
    units = re.split(r"\r?\n\r?\n", text) if path.suffix == ".sse" else [f"data: {one}" for one in text.splitlines()]
    found = []
    for unit in units:
        head, data, value = unit.partition("data: ")
        if data and value.strip() != "[DONE]":
            found.append(Event(head, json.loads(value)))
    return tuple(found)


def ids_in(value: Any) -> set[str]:
    """The ids in a value, without those that are the same in each run."""
    if isinstance(value, list):
        return {one for held in value for one in ids_in(held)}
    found: set[str] = set()
    for name, held in value.items() if isinstance(value, dict) else ():
        if NAMES_AN_ID.search(name) and isinstance(held, str) and not NUMBERED.fullmatch(held):
            found.add(held)
        found |= ids_in(held)
    return found


def renamed(value: Any, ids: set[str]) -> Any:
    """A value of another run: each id, and each time, is another one."""
    if isinstance(value, dict):
        return {
            name: "2031-02-01T00:00:00.000Z" if name == "timestamp" and isinstance(held, str) else renamed(held, ids)
            for name, held in value.items()
        }
    if isinstance(value, list):
        return [renamed(held, ids) for held in value]
    return f"{value}-b" if isinstance(value, str) and value in ids else value


@cache
def another(name: str) -> tuple[Event, ...]:
    """The events of a sample as another run has them."""
    ids = {one for event in events(name) for one in ids_in(event.value)}
    return tuple(Event(event.head, renamed(event.value, ids)) for event in events(name))


def kind_of(value: Any) -> Any:
    return value.get("type") if isinstance(value, dict) else None


def text(*parts: tuple[Event, ...]) -> Ran:
    return run_here(["text", *TOOL], stream(*parts))


def stream(*parts: tuple[Event, ...]) -> bytes:
    lines = (f"{event.head}data: {json.dumps(event.value)}\n\n" for part in parts for event in part)
    return "".join(lines).encode()


@cache
def alone(name: str) -> Ran:
    return text(another(name))


def test_the_samples_of_agents_are_all_here() -> None:
    assert registry.AGENTS - {*AGENTS} == {"ai-sdk-data", "llm"}  # lines with a code, and one array


@pytest.mark.parametrize("name", AGENTS)
def test_of_two_streams_all_text_is_said_once_and_a_cut_is_reported(name: str) -> None:
    whole, following = events(name), AGENTS[(AGENTS.index(name) + 1) % len(AGENTS)]
    for end in range(1, len(whole) + 1):
        first = text(whole[:end])
        for other in (name, following, *FOLLOWED_BY):
            both, second = text(whole[:end], another(other)), alone(other)
            case = f"{name} up to record {end}, then {other}: {both.stderr}"
            line = b"" if first.stdout.endswith(b"\n") or not first.stdout else b"\n"
            assert both.stdout == first.stdout + line + second.stdout, case
            assert second.code == 0, case
            nothing = NO_RESPONSE.search(first.stderr) is not None
            undecided = nothing or (name, kind_of(whole[end - 1].value)) in UNDECIDED
            if other == name and (undecided or not first.stdout):
                continue
            assert both.code == (0 if nothing else first.code), case


FIRST = {"choices": [{"index": 0, "delta": {"role": "assistant", "content": "Hi"}, "finish_reason": None}]}
"""The first chunk of a response, without an id."""


@pytest.mark.parametrize("first", [FIRST, {"id": "chatcmpl-1", **FIRST}], ids=["no id", "an id"])
@pytest.mark.parametrize("name", [*AGENTS, "ollama", "bedrock", "anthropic", "gemini", "cohere"])
def test_a_response_of_one_chunk_is_apart_from_a_stream_in_another_format(name: str, first: Any) -> None:
    both, second = text((Event("", first),), events(name)), text(events(name))
    assert both.stdout == b"Hi\n" + second.stdout
    assert (both.code, second.code) == (4, 0), both.stderr
    assert both.stderr.count("before choice 0 had a finish_reason") == 1
    assert steps(stream((Event("", first),), events(name))) == steps(stream(events(name))) + 1


def steps(data: bytes) -> int:
    return len(json.loads(run_here(["stats", "--json"], data).stdout)["sources"][0]["steps"])


def test_of_a_response_of_one_chunk_and_another_stream_one_step_is_read() -> None:
    ran = run_here(["text", "--single-step"], jsonl([FIRST, *(event.value for event in events("anthropic"))]))
    assert (ran.stdout, int(ran.code)) == (b"Hi\n", 4), ran.stderr


@pytest.mark.parametrize("at", [0, 1])
def test_a_record_of_a_server_that_has_a_common_type_alone_begins_no_run_around_chunks(at: int) -> None:
    last = {"choices": [{"index": 0, "delta": {"content": " Gate four."}, "finish_reason": "stop"}]}
    chunks = [{"id": "a", **FIRST}, {"id": "a", **last}]
    chunks.insert(at, {"type": "start"})
    ran = run_here(["text"], jsonl(chunks))
    assert (ran.stdout, ran.stderr, ran.code) == (b"Hi Gate four.\n", "", 0)
