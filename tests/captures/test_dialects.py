"""Captures in other dialects: what unspool makes of each is what a plain reading of it says."""

import json
import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from openai.types.chat import ChatCompletionChunk
from tests.captures import dialect_oracle, oracle
from tests.captures.dialect_oracle import Said, Value
from tests.support import CAPTURES, run_here, transform
from tests.twoways import in_blocks

from unspool.dialects.table import DIALECTS, dialect_of, load

READERS: dict[str, Callable[[Iterable[Value]], Said]] = {
    "anthropic": dialect_oracle.anthropic,
    "responses": dialect_oracle.responses,
}
FILES = [path for name in READERS for path in sorted((CAPTURES / name).glob("*/*"))]
EACH = pytest.mark.parametrize(
    "path", FILES, ids=lambda path: f"{path.parent.parent.name}/{path.parent.name}/{path.name}"
)


def values(path: Path) -> list[Any]:
    return [record.value for record in oracle.frame(path.read_bytes(), path.name) if record.kind == "value"]


def dialect(path: Path) -> str:
    return path.parent.parent.name


def chunks_of(path: Path) -> list[Value]:
    """As written, with no message tool."""
    ran = run_here(["rewrite", "--tool=none", str(path)])
    return [json.loads(line) for line in ran.stdout.splitlines() if line.startswith(b'{"id"')]
