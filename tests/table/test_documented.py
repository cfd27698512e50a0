"""docs/TABLE.md is what the schema says, and its queries run."""

import os
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from tests.support import ROOT, UNSPOOL

from unspool.table.schema import COLUMNS, VERSION

PAGE = (ROOT / "docs" / "TABLE.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_page_has_the_columns_of_the_schema() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([\w ]+) \| (.+) \|$", PAGE, re.MULTILINE)
    assert rows == [(column.name, column.kind.value, column.meaning) for column in COLUMNS]
    assert f"version {VERSION} of the schema" in " ".join(PAGE.split())


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which the command of the page has written its parts."""
    (command,) = blocks("sh")
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    path = f"{UNSPOOL.parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(["bash", "-c", command], cwd=tmp_path, env={**os.environ, "PATH": path}, check=False, timeout=60)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_queries_of_the_page_run(folder: Path) -> None:
    repeats, slowest, tools = (duckdb.connect().execute(query).fetchall() for query in blocks("sql"))
    assert repeats == [("minimaxai/minimax-m2", 1)]
    assert slowest == [("samples/recorded.sse", "mistral-small-2506", 0.531206)]
    assert tools == [("get_tides", 1, 0), ("get_weather", 1, 0), ("search_orders", 1, 0), ("set_timer", 1, 0)]


def test_the_python_of_the_page_runs() -> None:
    (block,) = blocks("python")
    done = subprocess.run([sys.executable, "-c", block], cwd=ROOT, capture_output=True, timeout=60, check=True)
    assert done.stdout == b"meta-llama/Llama-3.3-70B-Instruct tool_calls 30\n"
