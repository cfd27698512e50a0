"""Whatever a source speaks, the chunks say the same; what it speaks is told by its first record that can tell."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.support import ROOT, chunk, jsonl, run_here, sse

from unspool.dialects.registry import APART, DIALECTS
from unspool.dialects.translator import Translator, have_output
from unspool.formats.framer import Framer

START = {"type": "message_start", "message": {"id": "msg_1", "model": "c", "usage": {"input_tokens": 1}}}
HI = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi"}}
END = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 1}}
STOP = {"type": "message_stop"}
MESSAGE = [START, HI, END, STOP]


def test_a_message_is_told_and_read() -> None:
    ran = run_here(["text"], jsonl([{"type": "ping"}, *MESSAGE]))
    assert ran == (0, b"Hi\n", "")


def test_a_source_may_change_its_dialect() -> None:
    chat = [chunk({"role": "assistant", "content": "Ho"}), chunk({}, "stop")]
    for stream in ([*chat, *MESSAGE, *chat], [*MESSAGE, *chat, *MESSAGE]):
        ran = run_here(["text"], jsonl(stream))
        assert (ran.code, ran.stderr) == (0, "")
        assert ran.stdout.split() == [b"Ho" if one is chat[0] else b"Hi" for one in stream if one in (chat[0], HI)]


@pytest.mark.parametrize(
    "between",
    [
        *({"type": "keep_alive"}, {"type": "start"}, {"type": "RUN_STARTED"}, {"type": "turn.started"}),
        *({"event": "workflow_started", "task_id": "t"}, {"usageMetadata": {}}, {"id": 1, "result": {}}),
    ],
)
def test_a_record_of_another_program_between_chunks_ends_no_response(between: dict[str, Any]) -> None:
    begins, ends = chunk({"role": "assistant", "content": "Gate "}), chunk({"content": "four."}, "stop")
    assert run_here(["text"], jsonl([begins, between, ends])) == (0, b"Gate four.\n", "")
    another = [{**one, "id": "chatcmpl-2"} for one in CHAT]
    cut = run_here(["text"], jsonl([begins, chunk({"content": "five."}), between, *another]))
    assert (cut.stdout, cut.code) == (b"Gate five.\nHo\n", 4)


def test_an_event_stream_ends_with_done() -> None:
    ran = run_here(["rewrite", "--to=sse"], sse(MESSAGE, done=False))
    assert ran.code == 0
    last, end = ran.stdout.split(b"\n\n")[-3:-1]
    assert json.loads(last.removeprefix(b"data: "))["usage"]["total_tokens"] == 2
    assert end == b"data: [DONE]"


CHAT = [chunk({"role": "assistant", "content": "Ho"}), chunk({}, "stop")]


def test_from_decides() -> None:
    """A dialect that is named is the only one, and its framing is found; R10 for what is none of its events."""
    for stream in (jsonl(MESSAGE), sse(MESSAGE, done=False), json.dumps(WHOLE, indent=2).encode()):
        assert run_here(["text", "--from=anthropic"], stream) == (0, b"Hi\n", "")
    others: list[tuple[str, list[Any], int]] = [("chat", MESSAGE, 4), ("anthropic", CHAT, 3), ("responses", MESSAGE, 3)]
    for named, events, code in others:  # a usage alone is a chunk too, but ends no response
        ran = run_here(["rewrite", f"--from={named}"], jsonl(events))
        assert ran.code == code
        assert ran.stderr.count("passed over") >= 2
        assert jsonl(events[:1]) in ran.stdout
    ran = run_here(["text", "--from=anthropic", "--strict"], jsonl([*MESSAGE, *CHAT, *MESSAGE]))
    assert (ran.code, ran.stdout) == (3, b"Hi\n")


WHOLE = {"type": "message", "id": "m", "content": [{"type": "text", "text": "Hi"}], "stop_reason": "end_turn"}


def test_what_cannot_tell_does_not_decide() -> None:
    first: list[Any] = [{"type": "ping"}, {"message_type": "ping"}]
    assert run_here(["text"], b": hm\n\n" + sse([*first, *MESSAGE], done=False)) == (0, b"Hi\n", "")
    ran = run_here(["text"], jsonl([{"type": "hello"}, *MESSAGE]))
    assert (ran.code, ran.stdout) == (3, b"Hi\n")


def test_what_follows_done_is_told_anew() -> None:
    """The rest of a message that [DONE] cut leaves before it."""
    ran = run_here(["rewrite"], sse(MESSAGE[:3]) + sse(CHAT))
    assert ran.code == 0
    chunks = [json.loads(line) for line in ran.stdout.splitlines() if line.startswith(b"{")]
    assert [one["id"] for one in chunks] == ["msg_1"] * 4 + ["chatcmpl-1"] * 2
    assert chunks[3]["usage"]["completion_tokens"] == 1
    assert chunks[2]["choices"][0]["finish_reason"] == "stop"


def test_several_sources_may_differ(tmp_path: Path) -> None:
    paths = []
    for name, stream in (("a", CHAT), ("b", MESSAGE), ("c", [WHOLE])):
        path = tmp_path / name
        path.write_bytes(jsonl(stream))
        paths.append(str(path))
    assert run_here(["text", *paths]).stdout == b"Ho\nHi\nHi\n"
    assert [one["dialect"] for one in json.loads(run_here(["lint", "--json", *paths]).stdout)["dialects"]] == [
        "anthropic"
    ]


@pytest.mark.parametrize(("stream", "loaded"), [(CHAT, set()), (MESSAGE, {"anthropic"})], ids=["chat", "anthropic"])
def test_a_dialect_is_imported_when_it_is_met(stream: list[Any], loaded: set[str]) -> None:
    """Start-up is part of the product."""
    program = (
        "import sys\n"
        "from unspool.commands.app import main\n"
        "main(['text'])\n"
        "print(*[name for name in sys.modules if name.startswith('unspool.dialects.')], file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=jsonl(stream), capture_output=True, timeout=60, check=True
    )
    modules = {name.removeprefix("unspool.dialects.") for name in done.stderr.decode().split()}
    assert modules & {row.module for row in DIALECTS.values()} == loaded
    assert ("chunk_builder" in modules) == bool(loaded)  # loaded together with it


def _sample(name: str) -> bytes:
    return (ROOT / "samples" / f"{name}.jsonl").read_bytes()


PROGRAMS = [
    *("claude-code", "codex", "codex-server", "codex-session", "gemini-cli", "letta-code", "openai-agents"),
    *("opencode", "plain", "responses"),
]


@pytest.mark.parametrize("first", PROGRAMS)
def test_the_stream_of_another_program_may_follow(first: str) -> None:
    """A reader keeps records that it does not know: those of another dialect must not be taken for such."""
    before = _sample(first)
    alone = run_here(["text"], before).stdout
    for second in PROGRAMS:
        after = _sample(second)
        if first != second:
            assert run_here(["text"], before + after).stdout == alone + run_here(["text"], after).stdout, second


def test_a_conversation_of_mistral_may_follow_a_run_of_langchain() -> None:
    """Its events are in no state of a graph, which may have any members."""
    message = {"type": "AIMessageChunk", "id": "run-1", "content": "Hi", "response_metadata": {"finish_reason": "stop"}}
    framer = Framer()
    events = framer.feed((ROOT / "samples" / "mistral-conversations.sse").read_bytes())
    after = jsonl([record.parse() for record in events if record.data])
    text = run_here(["text"], after).stdout
    assert run_here(["text"], jsonl([[message, {"langgraph_node": "a"}]]) + after).stdout == b"Hi\n" + text


@pytest.mark.parametrize("name", sorted(APART))
def test_a_record_opens_a_response_where_what_came_before_does_not_count(name: str) -> None:
    """The reader is copied to find out: the compiled one, too, so its classes need no argument."""
    (sample,) = [path for path in (ROOT / "samples").glob(f"{name}.*") if not path.name.startswith(f"{name}.expected")]
    framer = Framer()
    values = [record.parse() for record in [*framer.feed(sample.read_bytes()), *framer.close()] if record.data]
    values = [value for value in values if isinstance(value, dict)]
    translator = Translator()
    opens = []
    for value in values:
        opens.append(translator.opening(value) is not None)
        translator.feed(value)
    assert opens == [True] + [False] * (len(values) - 1)
    first = json.loads(json.dumps(values[0]).replace('"id": "', '"id": "another_'))
    assert translator.opening(first) is not None


@pytest.mark.parametrize(
    ("chunk", "output"),
    [
        ({"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]}, False),
        ({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}, False),
        ({"choices": [None, {"index": 0}, {"delta": None}, {"delta": "a"}]}, False),
        ({"usage": {"total_tokens": 3}}, False),
        ({"choices": [{"index": 0, "delta": {"content": "a"}}]}, True),
        ({"choices": [{"index": 0, "message": {"content": "a"}}]}, True),
        ({"choices": [], "error": {"message": "no"}}, True),
    ],
)
def test_output_is_more_than_the_role_or_the_end_of_a_response(chunk: dict[str, Any], output: bool) -> None:
    """Of an agent that passes chunks on, they have any shape."""
    assert have_output([chunk]) is output
