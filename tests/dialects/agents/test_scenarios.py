"""Scenarios of programs, after the shapes of their real streams: parallel calls, errors, retries, kills, sub-agents.

Each line of ``scenarios.jsonl`` has the records, as lines or as events with their names, and what a person should see.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support import run_here

CASES: list[dict[str, Any]] = [
    json.loads(line) for line in (Path(__file__).with_name("scenarios.jsonl")).read_text(encoding="utf-8").splitlines()
]
EACH = pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])


def parts(case: dict[str, Any]) -> list[bytes]:
    """The lines of a stream, or its events."""
    if not case["sse"]:
        return [json.dumps(record).encode() + b"\n" for record in case["records"]]
    events: list[bytes] = []
    for name, record in case["records"]:
        head = b"" if name is None else f"event: {name}\n".encode()
        events.append(head + (b"" if record is None else b"data: " + json.dumps(record).encode() + b"\n") + b"\n")
    return events


@EACH
def test_what_a_person_sees(case: dict[str, Any]) -> None:
    ran = run_here(["text", *case["args"], "-"], b"".join(parts(case)))
    assert (ran.stdout.decode(), ran.code) == (case["text"], case["code"]), ran.stderr
    assert case["stderr"].lower() in ran.stderr.lower()


@EACH
def test_a_part_of_the_stream_has_a_part_of_the_text(case: dict[str, Any]) -> None:
    records = parts(case)
    for cut in range(1, len(records)):
        ran = run_here(["text", *case["args"], "-"], b"".join(records[:cut]))
        assert "Traceback" not in ran.stderr
        if "interleaved" not in case["name"] and not case["name"].startswith("llm"):
            assert case["text"].startswith(ran.stdout.decode().rstrip("\n")), cut
