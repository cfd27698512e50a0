"""``python -m tests.faults.peers``: what openai-python and llm do with the inputs of some fault classes.

Each program reads every input from a server on this machine, as a user would call it, and prints its text. The results
go into peers.json, from which docs/RELIABILITY.md is made. llm is installed into build/peers, apart from the tests.
"""

import json
import os
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.faults.helpers import CHUNKS
from tests.serving import Answer, End, provider
from tests.support import ROOT, UNSPOOL, chunk, sse

RESULTS = Path(__file__).with_name("peers.json")
LLM = ROOT / "build" / "peers" / "bin" / "llm"
PLAIN = [chunk({"role": "assistant", "content": "Hel"}), chunk({"content": "lo"}), chunk({}, "stop")]
DEAD = 30  # seconds after which a program counts as hanging


class Fault(NamedTuple):
    """What a server sends, and what a program should show: text on standard output, and whether it should fail."""

    row: int
    name: str
    answer: Callable[[], Answer]
    text: str
    fails: bool


FAULTS = (
    Fault(2, "line ends of CR", lambda: Answer([sse(PLAIN).replace(b"\n", b"\r")]), "Hello", False),
    Fault(4, "comments and retry lines", lambda: Answer([b": x\n\nretry: 9\n\n" + sse(PLAIN)]), "Hello", False),
    Fault(
        5,
        "data on several lines",
        lambda: Answer([sse(PLAIN).replace(b', "choices"', b',\ndata: "choices"')]),
        "Hello",
        False,
    ),
    Fault(6, "the last event lacks its blank line", lambda: Answer([sse(PLAIN[:2], False).rstrip()]), "Hello", True),
    Fault(8, "an end before the finish", lambda: Answer([sse(PLAIN[:2], False)]), "Hello", True),
    Fault(
        11,
        "an error object in the stream",
        lambda: Answer([sse(PLAIN[:2], False) + b'data: {"error":{"message":"Overloaded"}}\n\n']),
        "Hello",
        True,
    ),
    Fault(
        11,
        "an error event with text",
        lambda: Answer([sse(PLAIN[:2], False) + b"event: error\ndata: Overloaded\n\n"]),
        "Hello",
        True,
    ),
    Fault(
        12,
        "an HTML page with status 200",
        lambda: Answer([b"<!DOCTYPE html><p>Bad gateway</p>"], headers={"Content-Type": "text/html"}),
        "",
        True,
    ),
    Fault(13, "data: null", lambda: Answer([b"data: null\n\n" + sse(PLAIN)]), "Hello", True),
    Fault(
        14,
        "a broken record in the middle",
        lambda: Answer([sse(PLAIN[:1], False) + b'data: {"a":\n\n' + sse(PLAIN[1:])]),
        "Hello",
        True,
    ),
    Fault(
        16,
        "bytes that are not UTF-8",
        lambda: Answer([sse(PLAIN[:2], False) + b'data: {"a":"\xff"}\n\n' + sse(PLAIN[2:])]),
        "Hello",
        True,
    ),
    Fault(33, "a connection that is cut", lambda: Answer([sse(PLAIN[:2], False)], end=End.CUT), "Hello", True),
    Fault(
        41,
        "an escape sequence in the text",
        lambda: Answer([sse([chunk({"content": "a\x1b[2Jb"}), chunk({}, "stop")])]),
        "a\x1b[2Jb",
        False,
    ),
    Fault(0, "a message in a tool call", lambda: Answer([sse(CHUNKS)]), "Grüß dich 😀", False),
)
_OPENAI = """
import sys
from openai import OpenAI
client = OpenAI(base_url=sys.argv[1], api_key="sk-test", max_retries=0)
stream = client.chat.completions.create(model="m", messages=[{"role": "user", "content": "Hi"}], stream=True)
for part in stream:
    for choice in part.choices:
        sys.stdout.write(choice.delta.content or "")
        sys.stdout.flush()
"""


def _commands(url: str) -> dict[str, list[str]]:
    return {
        "unspool": [str(UNSPOOL), "text", "--prompt", "Hi", "--model", "m", "--base-url", url],
        "openai-python": [sys.executable, "-c", _OPENAI, url],
        "llm": [str(LLM), "-m", "peer", "--key", "sk-test", "--no-log", "Hi"],
    }


def _result(fault: Fault, command: list[str], environment: dict[str, str]) -> str:
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=DEAD, check=False, env=environment, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        return "hangs"
    shown = done.stdout.decode(errors="replace").rstrip("\n")
    if not shown:
        text = "no text"
    elif shown == fault.text:
        text = "whole text"
    else:
        text = "part of the text" if fault.text.startswith(shown) else "other text"
    code = "exit 0" if not done.returncode else "fails"
    told = (
        ", traceback"
        if b"Traceback" in done.stderr
        else (", silently" if fault.fails and not done.returncode and not done.stderr else "")
    )
    return f"{text}, {code}{told}"


def _environment(url: str, home: Path) -> dict[str, str]:
    home.mkdir(parents=True, exist_ok=True)
    models = [{"model_id": "peer", "model_name": "m", "api_base": url}]
    (home / "extra-openai-models.yaml").write_text(json.dumps(models), encoding="utf-8")  # JSON is YAML
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    return {**kept, "LLM_USER_PATH": str(home), "OPENAI_API_KEY": "sk-test", "PYTHONIOENCODING": "utf-8"}


def _install() -> None:
    if not LLM.is_file():
        venv.create(LLM.parent.parent, with_pip=True)
        subprocess.run([LLM.with_name("python"), "-m", "pip", "install", "--quiet", "llm"], check=True)


def measure() -> list[dict[str, str]]:
    """What each program did with each input."""
    rows = []
    for fault in FAULTS:
        row = {"row": str(fault.row or ""), "fault": fault.name, "expected": "fails" if fault.fails else "exit 0"}
        for peer in _commands(""):
            with provider(fault.answer()) as server:
                command = _commands(server.url)[peer]
                row[peer] = _result(fault, command, _environment(server.url, ROOT / "build" / "peers" / "home"))
        print(*row.values(), sep=" | ", flush=True)
        rows.append(row)
    return rows


def peers_section() -> str:
    """The results that were measured last, as a section of a page."""
    if not RESULTS.is_file():
        return ""
    found = json.loads(RESULTS.read_text(encoding="utf-8"))
    names = [name for name in found["rows"][0] if name not in ("row", "fault", "expected")]
    head = [f"| row | the server sends | right is | {' | '.join(names)} |", "| --- " * (len(names) + 3) + "|"]
    body = [
        f"| {row['row']} | {row['fault']} | {row['expected']} | {' | '.join(row[name] for name in names)} |"
        for row in found["rows"]
    ]
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    note = (
        f"`make faults-peers` asked the same server with each program ({versions}). A traceback is how a library fails."
    )
    return "\n".join(["## The same inputs elsewhere\n", note + "\n", *head, *body]) + "\n"


def _version(python: str | Path, package: str) -> str:
    line = f"import importlib.metadata as m; print(m.version('{package}'))"
    return subprocess.run([python, "-c", line], capture_output=True, check=True, text=True).stdout.strip()


def main() -> None:
    """Install, measure, and keep the results."""
    _install()
    versions = {"openai-python": _version(sys.executable, "openai"), "llm": _version(LLM.with_name("python"), "llm")}
    results = {"versions": versions, "rows": measure()}
    RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
