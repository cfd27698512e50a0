"""The captures as tests take them: each file read and judged once."""

import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from tests.captures import oracle
from tests.captures.oracle import Call, Rec, Turn
from tests.support import CAPTURES

FOLDER = CAPTURES / "chat-completions"
REASON = f"no captures at {FOLDER}; UNSPOOL_CAPTURES names another place"
RECORDED = ("recorded", "recorded, re-serialised")
OWN = "llama-cpp-python/"  # recorded for this project, so not in the list of origins


@dataclass(eq=False)
class Capture:
    """One file, and what the oracle says of it."""

    name: str

    @property
    def path(self) -> Path:
        return FOLDER / self.name

    @property
    def is_sse(self) -> bool:
        return self.name.endswith(".sse")

    @cached_property
    def data(self) -> bytes:
        return self.path.read_bytes()

    @cached_property
    def records(self) -> list[Rec]:
        return oracle.frame(self.data, self.name)

    @cached_property
    def turns(self) -> list[Turn]:
        """Of choice 0."""
        return oracle.turns(self.records)

    @cached_property
    def calls(self) -> list[Call]:
        """Of all choices."""
        indexes = oracle.choices(self.records)
        return [call for index in indexes for turn in oracle.turns(self.records, index) for call in turn.calls]

    @property
    def is_recorded(self) -> bool:
        return self.name.startswith(OWN) or origins().get(self.name) in RECORDED


@dataclass(eq=False)
class ToolCase:
    """One file read with one of its own tools as the message tool."""

    capture: Capture
    tool: str
    argument: str

    @property
    def option(self) -> str:
        return f"--tool={self.tool}:{self.argument}"

    @cached_property
    def said(self) -> list[str] | None:
        """The messages by the oracle; None where it cannot read a call of the tool."""
        try:
            return oracle.said(self.capture.turns, self.tool, self.argument)
        except oracle.Unreadable:
            return None

    def __str__(self) -> str:
        return f"{self.capture.name}:{self.tool}:{self.argument}"


@cache
def captures() -> list[Capture]:
    """All files, in order."""
    return [Capture(str(path.relative_to(FOLDER))) for path in sorted(FOLDER.glob("*/*")) if path.is_file()]


@cache
def tool_cases() -> list[ToolCase]:
    """Each file with each tool and each argument that holds a string in it."""
    return [ToolCase(one, *case) for one in captures() for case in oracle.tool_cases(one.records)]


@cache
def origins() -> dict[str, str]:
    """How far to trust each file."""
    entries = json.loads((CAPTURES / "provenance.json").read_bytes())
    return {entry["file"].removeprefix("chat-completions/"): entry["origin"] for entry in entries}


@cache
def catalogued() -> dict[str, dict[str, Any]]:
    """What the collection's own script found in each file."""
    rows = map(json.loads, (CAPTURES / "catalogue.jsonl").read_bytes().splitlines())
    return {row["file"].removeprefix("chat-completions/"): row for row in rows}


def spread(items: list[Any], count: int) -> list[Any]:
    """``count`` items, evenly over the whole list."""
    return [items[at * len(items) // count] for at in range(count)] if len(items) > count else items


def cut_points(capture: Capture) -> list[int]:
    """Six ends of records, the start left out, and a place inside each of the records behind them."""
    ends = [at + 1 for at, byte in enumerate(capture.data) if byte == 10 and at + 1 < len(capture.data)]
    return sorted({point for end in spread(ends, 6) for point in (end, _inside(capture.data, end))} - {0})


def _inside(data: bytes, start: int) -> int:
    end = data.find(b"\n", start)
    end = len(data) if end < 0 else end
    return start + (end - start) * 2 // 3


def blocks(data: bytes, chance: random.Random, longest: int) -> Iterator[bytes]:
    """``data`` in blocks of random length."""
    start = 0
    while start < len(data):
        end = start + chance.randint(1, longest)
        yield data[start:end]
        start = end


def values(output: bytes) -> Iterator[dict[str, Any]]:
    """The objects of a JSONL output."""
    for record in oracle.frame(output, ".jsonl"):
        if isinstance(record.value, dict):
            yield record.value


def deltas(chunks: Iterable[dict[str, Any]], index: int) -> Iterator[dict[str, Any]]:
    """What each chunk says for one choice."""
    for chunk in chunks:
        for choice in chunk.get("choices") or []:
            if (choice.get("index") or 0) == index:
                yield choice.get("delta") or {}
