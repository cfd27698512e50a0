"""The Python of the page of `unspool serve` runs: the test in it as a test, the middleware in a server."""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.serve.test_rewriting import texts
from tests.serve.upstreams import TEXT, Upstream, exchange, get, message_stream
from tests.support import ROOT

from unspool.serve.runner import in_thread

PAGE = (ROOT / "docs" / "guide" / "serve.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_the_test_of_the_page_passes(tmp_path: Path) -> None:
    (test,) = [block for block in BLOCKS if "unspool_server" in block]
    assert len(test.splitlines()) <= 12
    (tmp_path / "test_client.py").write_text(test)
    (tmp_path / "test_wrong.py").write_text(test.replace("[429, 200]", "[200]"))
    command = [sys.executable, "-m", "pytest", "-q", "--rootdir", str(tmp_path), str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert "1 failed, 1 passed" in done.stdout, done.stdout
    assert re.search(r"^FAILED .*test_wrong\.py", done.stdout, re.MULTILINE), done.stdout


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ('"no.jsonl"', "Failed: no.jsonl: No such file or directory"),
        ('"ok.jsonl", fault="bogus"', "Failed: 'bogus' is no fault; a fault is cut@BYTES, "),
    ],
)
def test_a_server_that_cannot_be_started_fails_the_test_at_its_line(tmp_path: Path, asked: str, reason: str) -> None:
    (tmp_path / "ok.jsonl").write_bytes((ROOT / "samples" / "plain.jsonl").read_bytes())
    (tmp_path / "test_wrong.py").write_text(f"def test_it(unspool_server):\n    unspool_server({asked})\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert f"E       {reason}" in done.stdout, done.stdout
    assert "test_wrong.py:2: Failed" in done.stdout, done.stdout


def test_the_middleware_of_the_page_rewrites() -> None:
    (block,) = [block for block in BLOCKS if "RewriteStreams" in block]
    upstream = Upstream(message_stream(), headers=[(b"content-type", b"text/event-stream"), (b"content-length", b"9")])
    namespace = {"app": upstream}
    exec(block.replace('Options(tools={"reply": "text"})', "Options()"), namespace)

    async def close() -> None:
        pass

    with in_thread(namespace["app"], asyncio.Event(), close) as port:
        answer = exchange(f"http://127.0.0.1:{port}", get("/any/chat/completions", method="POST", body=b"{}"))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert texts(re.sub(rb"\r\n[0-9a-f]+\r\n", b"", b"\r\n" + body)) == TEXT
    assert b"content-length" not in head
    assert b"x-accel-buffering: no" in head


def test_without_the_extra_there_is_no_fixture_and_a_hint(tmp_path: Path) -> None:
    """An import hook plays an installation without the packages."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Missing:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] in ('starlette', 'uvicorn'):\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, Missing())\n"
    )
    environment = {"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-m", "unspool", "serve", "--upstream", "http://127.0.0.1:9/v1"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "pip install 'unspool[serve]'" in done.stderr
    assert "Traceback" not in done.stderr
