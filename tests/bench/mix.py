"""Makes streams like those of real life: short responses of many providers, each in its own style.

Half of the responses have at most 12 chunks, nine in ten at most 90, the longest 1,200, as in captures of real streams.
A mix takes each response from another provider; in runs 40 responses of one provider follow each other.
"""

import json
import math
import os
import random
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.bench import events
from tests.bench.contenders import UNSPOOL
from tests.bench.inputs import PLAIN

MEDIAN, SPREAD, LONGEST = 12, 1.57, 1200
"""Chunks of a response: the median, the standard deviation of the logarithm, the most."""
IN_A_ROW = 40
SIZE = 25_000_000
"""Bytes of a stream, so that the start of a process counts little."""
CAPTURES = os.environ.get("UNSPOOL_CAPTURES", "../shared/captures")
CAPTURED = ("chat-completions", "anthropic", "responses", "gemini")
AGENTS = {
    "agents/claude-code": "anthropic",
    "agents/codex": "responses",
    "agents/codex-app-server": "responses",
    "agents/gemini-cli": "gemini",
    "agents/opencode": "responses",
    "agents/letta-server": "anthropic",
    "agents/letta-code": "anthropic",
    "agents/ai-sdk-v7": "anthropic",
    "agents/pydantic-ai-agui": "anthropic",
    "agents/langgraph-server": "anthropic",
    "agents/langserve": "anthropic",
    "agents/strands": "anthropic",
    "agents/openai-agents": "responses",
}
"""The streams of agents, each with the wire format that is most like it."""
_ID = re.compile(rb'("(?:id|responseId)": ?"[\w-]{8,}?)\w\w"')
_EACH_ID = re.compile(rb'("(?:\w*[iI][dD]|uuid)": ?"[\w-]{4,})"')

Delta = dict[str, Any]
Style = Callable[[random.Random, Delta, str | None, int], dict[str, Any]]
"""The members of a chunk that differ between providers: of a delta, a finish reason, and the chunk's place."""


def length(draw: random.Random) -> int:
    """The number of chunks of a response."""
    return max(2, min(LONGEST, round(draw.lognormvariate(math.log(MEDIAN), SPREAD))))


def pieces(draw: random.Random, count: int) -> list[str]:
    """The fragments of a text; one in ten has a line feed, a quote or a character outside of ASCII."""
    start = draw.randrange(len(PLAIN))
    chosen = [PLAIN[(start + place) % len(PLAIN)] for place in range(count)]
    return [text if draw.random() > 0.1 else text + draw.choice(("\n", '"', "é", "…", "😀")) for text in chosen]


def _text(draw: random.Random, count: int) -> Iterator[Delta]:
    yield {"role": "assistant", "content": ""}
    for piece in pieces(draw, count):
        yield {"content": piece}


def _reasoning(draw: random.Random, count: int) -> Iterator[Delta]:
    name = draw.choice(("reasoning_content", "reasoning"))
    yield {"role": "assistant", "content": None, name: ""}
    for piece in pieces(draw, count // 2):
        yield {"content": None, name: piece}
    for piece in pieces(draw, count - count // 2):
        yield {"content": piece}


def _call(tool: str, key: str) -> Callable[[random.Random, int], Iterator[Delta]]:
    def call(draw: random.Random, count: int) -> Iterator[Delta]:
        function = {"name": tool, "arguments": ""}
        entry: Delta = {"index": 0, "id": f"call_{draw.getrandbits(96):024x}", "type": "function", "function": function}
        yield {"role": "assistant", "content": None, "tool_calls": [entry]}
        for fragment in arguments(draw, count, key):
            yield {"tool_calls": [{"index": 0, "function": {"arguments": fragment}}]}

    return call


def arguments(draw: random.Random, count: int, key: str = "message") -> list[str]:
    """The fragments of a call's arguments."""
    body = [json.dumps(piece)[1:-1] for piece in pieces(draw, count)]
    return ['{"', key, '": "', *body, '"}']


def _openai(draw: random.Random, delta: Delta, finish: str | None, place: int) -> dict[str, Any]:
    padding = "".join(draw.choices("abcdefghijklmnopqrstuvwxyzABCDEFGH0123456789", k=draw.randint(1, 16)))
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    tier = {"service_tier": "default", "system_fingerprint": "fp_f33640a400"}
    return {**tier, "choices": [choice], "usage": None, "obfuscation": padding}


def _vllm(draw: random.Random, delta: Delta, finish: str | None, place: int) -> dict[str, Any]:
    usage = {"prompt_tokens": 31, "total_tokens": 32 + place, "completion_tokens": 1 + place}
    return {"choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}], "usage": usage}


def _groq(draw: random.Random, delta: Delta, finish: str | None, place: int) -> dict[str, Any]:
    extra = {} if place else {"x_groq": {"id": f"req_{draw.getrandbits(96):024x}"}}
    return {
        "system_fingerprint": "fp_3e5a",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        **extra,
    }


def _router(draw: random.Random, delta: Delta, finish: str | None, place: int) -> dict[str, Any]:
    delta = {"role": "assistant", "content": "", **delta}
    choice = {"index": 0, "delta": delta, "finish_reason": finish, "native_finish_reason": finish, "logprobs": None}
    return {"provider": "Some Provider", "choices": [choice]}


def _llama(draw: random.Random, delta: Delta, finish: str | None, place: int) -> dict[str, Any]:
    timings = {"timings": {"prompt_n": 14, "predicted_n": place, "predicted_ms": 81.3}} if finish else {}
    return {
        "choices": [{"finish_reason": finish, "index": 0, "delta": delta}],
        "system_fingerprint": "b5124",
        **timings,
    }


def _mistral(draw: random.Random, delta: Delta, finish: str | None, place: int) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}], "p": "abcdefghijklmnop"[: place % 16]}


STYLES: list[Style] = [_openai, _vllm, _groq, _router, _llama, _mistral]
KINDS = [(_text, 5), (_call("send_message", "message"), 3), (_call("search", "query"), 1), (_reasoning, 1)]


def chat(draw: random.Random, style: int) -> Iterator[str]:
    """The chunks of one response of Chat Completions, as JSON."""
    [make] = draw.choices([kind for kind, _ in KINDS], [weight for _, weight in KINDS])
    deltas = list(make(draw, length(draw)))
    head: Delta = {"id": f"chatcmpl-{draw.getrandbits(116):029x}", "object": "chat.completion.chunk"}
    head |= {"created": 1_795_000_000 + draw.randrange(10**6), "model": f"model-{style}"}
    reason = "tool_calls" if "tool_calls" in deltas[-1] else "stop"
    for place, delta in enumerate([*deltas, {}]):
        finish = reason if place == len(deltas) else None
        yield json.dumps({**head, **STYLES[style](draw, delta, finish, place)}, separators=(",", ":"))


def _chat_events(draw: random.Random, style: int) -> Iterator[str]:
    yield from (f"data: {record}\n\n" for record in chat(draw, style))
    yield "data: [DONE]\n\n"


def _chat_lines(draw: random.Random, style: int) -> Iterator[str]:
    return (f"{record}\n" for record in chat(draw, style))


def _anthropic(draw: random.Random, style: int) -> Iterator[str]:
    number, count = draw.getrandbits(60), length(draw)
    if style % 2:
        return events.anthropic(number, arguments(draw, count))
    return events.anthropic_text(number, pieces(draw, count))


def _responses(draw: random.Random, style: int) -> Iterator[str]:
    number, count = draw.getrandbits(60), length(draw)
    if style % 2:
        return events.responses(number, arguments(draw, count))
    return events.responses_text(number, pieces(draw, count))


def _gemini(draw: random.Random, style: int) -> Iterator[str]:
    texts = pieces(draw, max(1, length(draw) // (1 + style % 3)))
    return (f"data: {json.dumps(one)}\r\n\r\n" for one in events.gemini_values(draw.getrandbits(60), texts))


def _ollama(draw: random.Random, style: int) -> Iterator[str]:
    head = {"model": f"llama3.{style}", "created_at": "2026-01-05T10:11:12.131415Z"}
    for piece in pieces(draw, length(draw)):
        yield json.dumps({**head, "message": {"role": "assistant", "content": piece}, "done": False}) + "\n"
    end = {"message": {"role": "assistant", "content": ""}, "done_reason": "stop", "done": True, "eval_count": 7}
    yield json.dumps({**head, **end}) + "\n"


def _bedrock(draw: random.Random, style: int) -> Iterator[bytes]:
    return events.converse(draw.getrandbits(60), arguments(draw, length(draw)))


class Mix(NamedTuple):
    """A stream of responses: its framing, and the records of one response in a style."""

    framing: str
    make: Callable[[random.Random, int], Iterator[str] | Iterator[bytes]]


MIXES = {
    "Chat Completions": Mix("values", _chat_events),
    "Chat Completions, JSONL": Mix("values", _chat_lines),
    "Anthropic": Mix("values", _anthropic),
    "Responses": Mix("values", _responses),
    "Gemini": Mix("values", _gemini),
    "Ollama": Mix("values", _ollama),
    "Bedrock": Mix("messages", _bedrock),
}


def write_mix(path: Path, name: str, in_a_row: int, size: int = SIZE) -> Path:
    """Write responses until the stream has ``size`` bytes; so many in a row have the same style."""
    draw = random.Random(name)
    written = number = 0
    with path.open("wb") as file:
        while written < size:
            records = MIXES[name].make(draw, number // in_a_row % len(STYLES))
            data = b"".join(one.encode() if isinstance(one, str) else one for one in records)
            written += file.write(data)
            number += 1
    return path


def captured(kind: str) -> list[bytes]:
    """The real captures of one wire format, in one framing; none where there is no folder of captures.

    They are event streams, or lines where an agent has no event streams.
    """
    folder = Path(CAPTURES) / kind
    paths, end = sorted(folder.rglob("*.sse")), b"\n\n"
    if not paths and kind in AGENTS:
        paths, end = sorted(folder.rglob("*.jsonl")), b"\n"
    return [path.read_bytes().rstrip(b"\r\n") + end for path in paths]


def write_captured(path: Path, kind: str, in_a_row: int, size: int = SIZE) -> Path:
    """Write the captures of one wire format one after the other, until the stream has ``size`` bytes.

    Responses in a row are the same capture under other ids; so are all runs of agents, which would else be received
    again.
    """
    streams = captured(kind)
    written = number = 0
    with path.open("wb") as file:
        while written < size:
            stream = streams[number // in_a_row % len(streams)]
            if kind in AGENTS:
                stream = _EACH_ID.sub(b'\\g<1>-%06d"' % number, stream)
            elif in_a_row > 1:
                stream = _ID.sub(b'\\g<1>%02d"' % (number % 100), stream)
            written += file.write(stream)
            number += 1
    return path


def write_chat(path: Path, stream: Path) -> Path:
    """Write the responses of a stream as chunks of Chat Completions, without what only its own wire format has."""
    command = [UNSPOOL, "rewrite", "--tool", "none", str(stream)]  # every call stays a call
    ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    with path.open("wb") as file:
        for line in ran.stdout.splitlines():
            try:
                chunk = json.loads(line)
            except ValueError:  # a record that cannot be read is passed on
                continue
            chunk.pop("unspool", None)
            if chunk.get("choices") or chunk.get("usage") or chunk.get("error"):
                file.write(json.dumps(chunk, separators=(",", ":")).encode() + b"\n")
    return path
