"""What tests share: chunks in the OpenAI wire shape, and runs of the command in process and installed."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

from unspool.commands.app import main
from unspool.core.events import Event, TextDelta
from unspool.core.options import Options
from unspool.core.transformer import Transformer
from unspool.environment import Environment
from unspool.formats.record import Record
from unspool.settings import Summary

ROOT = Path(__file__).resolve().parent.parent
CAPTURES = Path(os.environ.get("UNSPOOL_CAPTURES", ROOT.parent / "shared" / "captures"))
UNSPOOL = Path(sys.executable).with_name("unspool")

Chunk = dict[str, Any]


def chunk(delta: Chunk | None = None, finish: str | None = None, *, index: int = 0, **members: Any) -> Chunk:
    """One chunk with one choice; ``members`` override or extend those of the chunk."""
    choice = {"index": index, "delta": delta or {}, "finish_reason": finish}
    base = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return {**base, **members}


def entry(arguments: Any = "", *, index: int | None = 0, **members: Any) -> Chunk:
    """One element of delta.tool_calls; ``name`` goes to its function."""
    function = {"arguments": arguments}
    if "name" in members:
        function["name"] = members.pop("name")
    base = {} if index is None else {"index": index}
    return {**base, **members, "function": function}


def calls(*entries: Chunk, **delta: Any) -> Chunk:
    """A delta with tool calls."""
    return {**delta, "tool_calls": list(entries)}


def message_call(
    fragments: Iterable[str], tool: str = "send_message", finish: str | None = "tool_calls"
) -> list[Chunk]:
    """A whole response with one call, its arguments in these fragments."""
    first = calls(entry("", id="call_1", type="function", name=tool), role="assistant", content=None)
    chunks = [chunk(first), *(chunk(calls(entry(fragment))) for fragment in fragments)]
    return [*chunks, chunk({}, finish)] if finish else chunks


class Transformed(NamedTuple):
    """What a transformer made of a whole stream."""

    chunks: list[Chunk]
    events: list[Event]

    @property
    def text(self) -> str:
        """All text, of calls and content alike."""
        return "".join(event.text for event in self.events if isinstance(event, TextDelta))

    @property
    def content(self) -> str:
        """The content a client would join from the chunks of choice 0."""
        return content_of(self.chunks)

    def of(self, kind: type) -> list[Any]:
        """The events of one kind."""
        return [event for event in self.events if type(event) is kind]


def transform(chunks: Iterable[Any], options: Options | None = None) -> Transformed:
    """Feed all chunks and close."""
    transformer = Transformer(options)
    outcomes = [transformer.feed(one) for one in chunks]
    outcomes.append(transformer.close())
    return Transformed([c for o in outcomes for c in o.chunks], [e for o in outcomes for e in o.events])


def content_of(chunks: Iterable[Chunk], index: int = 0) -> str:
    """The joined ``delta.content`` of one choice."""
    choices = [choice for one in chunks for choice in one.get("choices") or []]
    return "".join(
        (choice.get("delta") or {}).get("content") or "" for choice in choices if choice.get("index", 0) == index
    )


class Ran(NamedTuple):
    """What a run of the command gave."""

    code: int
    stdout: bytes
    stderr: str


def jsonl(chunks: Iterable[Any]) -> bytes:
    """The chunks as JSONL, non-ASCII as escapes."""
    return b"".join(json.dumps(one).encode() + b"\n" for one in chunks)


def sse(chunks: Iterable[Any], done: bool = True) -> bytes:
    """The chunks as an event stream."""
    events = [b"data: " + json.dumps(one).encode() + b"\n\n" for one in chunks]
    return b"".join([*events, b"data: [DONE]\n\n"] if done else events)


def run_here(arguments: Sequence[str], stdin: bytes = b"") -> Ran:
    """Run the command in this process, on streams in memory."""
    stdout, stderr = io.BytesIO(), io.StringIO()
    printed = io.TextIOWrapper(stdout, "utf-8", write_through=True)  # help goes to the standard output of the process
    with redirect_stdout(printed):
        code = main(list(arguments), Environment(io.BytesIO(stdin), stdout, stderr))
    return Ran(code, stdout.getvalue(), stderr.getvalue())


class BrokenInput(io.BytesIO):
    """A standard input that fails in a way that no command expects."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def read(self, size: int | None = -1) -> bytes:
        raise self._error


class _TakesTooLong(BaseException):
    """What interrupts a block: no handler of the command takes it for a fault."""


@contextmanager
def ends_within(seconds: float) -> Iterator[None]:
    """Interrupt a block that takes more processor time than any machine needs for it. Raises AssertionError.

    It is a guard against hangs and against time that grows with the square of the input, and no measure of speed: a
    test that fails ends at once in place of running for minutes.
    """

    def interrupt(number: int, frame: object) -> None:
        raise _TakesTooLong

    before = signal.signal(signal.SIGVTALRM, interrupt)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    except _TakesTooLong as where:
        raise AssertionError(f"it takes more than {seconds} s of processor time") from where
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def run_installed(arguments: Sequence[str], stdin: bytes = b"", **options: Any) -> Ran:
    """Run the installed command as a user's shell would."""
    done = subprocess.run(
        [str(UNSPOOL), *arguments], input=stdin, capture_output=True, timeout=60, check=False, **options
    )
    return Ran(done.returncode, done.stdout, done.stderr.decode())


def run_with(
    arguments: Sequence[str], stdin: bytes = b"", env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Ran:
    """Run the command in this process with these variables, in this folder: openai is imported once for many calls."""
    variables, folder = dict(os.environ), Path.cwd()
    try:
        if env is not None:
            os.environ.clear()
            os.environ.update(env)
        if cwd is not None:
            os.chdir(cwd)
        return run_here(arguments, stdin)
    finally:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(variables)


def raw_of(record: Record) -> bytes | None:
    """The line of a record with its end, as it was received; None where the framing has its own."""
    return None if record.line is None else record.line + record.end


def result_of(summary: Summary) -> tuple[set[type], bool, bool]:
    """All that a summary says."""
    return summary.faults, summary.text, summary.stopped
