"""What unspool is measured against: programs that could be used in its place, run as whole processes."""

import os
import shutil
import sys
from pathlib import Path

PLAIN = str(Path(sys.executable).with_name("unspool"))
"""The command of the working tree: plain Python."""
UNSPOOL = os.environ.get("UNSPOOL_INSTALLED", PLAIN)
"""The command as users have it, installed from the wheel, if there is one; else the same."""

_RECORDS = """
import sys, orjson
write = sys.stdout.buffer.write
def records():
    for line in sys.stdin.buffer:
        if line.startswith(b"data: "):
            line = line[6:]
        if line.startswith(b"{"):
            yield line
"""
_FRAGMENTS = (
    _RECORDS
    + """
def calls():
    arguments = ""
    for record in records():
        choice = orjson.loads(record)["choices"][0]
        for entry in choice["delta"].get("tool_calls") or ():
            arguments += entry["function"]["arguments"]
            yield arguments
        if choice["finish_reason"]:
            arguments = ""
shown = 0
for arguments in calls():
    if not arguments:
        shown = 0
        continue
    message = loads(arguments).get("message", "")
    write(message[shown:].encode())
    shown = len(message)
"""
)

_BARE = """
import struct, sys, zlib
from orjson import dumps, loads
source, write = sys.stdin.buffer, sys.stdout.buffer.write
def messages():
    while lengths := source.read(12):
        total, headers, check = struct.unpack(">III", lengths)
        rest = source.read(total - 12)
        assert zlib.crc32(lengths[:8]) == check
        assert zlib.crc32(rest[:-4], zlib.crc32(lengths)) == int.from_bytes(rest[-4:])
        yield rest[headers:-4]
"""
LOOPS = {
    "lines": """
for line in source:
    value = loads(line)
""",
    "events": """
for line in source:
    if not line.startswith(b"data: "):
        continue
    value = loads(line[6:])
""",
    "array": """
for value in loads(source.read()):
""",
    "messages": """
for payload in messages():
    value = loads(payload)
""",
    "values": """
for line in source:
    line = line.removeprefix(b"data:").strip()
    if not line.startswith((b"{", b"[")) or line == b"[DONE]":
        continue
    try:
        value = loads(line)
    except ValueError:
        continue
""",
}
"""How a bare loop reads a source that is framed so."""
JITER = (
    "import jiter\nloads = lambda text: jiter.from_json(text.encode(), partial_mode='trailing-strings')\n" + _FRAGMENTS
)
PARTIAL = "import partial_json_parser\nloads = partial_json_parser.loads\n" + _FRAGMENTS
OPENAI = (
    _RECORDS
    + """
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat import ChatCompletionChunk
state = ChatCompletionStreamState()
for record in records():
    try:
        chunk = ChatCompletionChunk.model_validate(orjson.loads(record))
        events = list(state.handle_chunk(chunk))
    except Exception:  # a real stream that it cannot read
        state = ChatCompletionStreamState()
        continue
    for event in events:
        if event.type == "content.delta":
            write(event.delta.encode())
        elif event.type == "tool_calls.function.arguments.delta":
            write(event.arguments_delta.encode())
    if chunk.choices and chunk.choices[0].finish_reason:
        state = ChatCompletionStreamState()
"""
)
AI_SDK = r"""
import { createInterface } from "node:readline";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { streamText } from "ai";
let records = [], last = null;
async function show() {
  const body = records.map((record) => `data: ${record}\n\n`).join("") + "data: [DONE]\n\n";
  const fetch = async () => new Response(body, { headers: { "content-type": "text/event-stream" } });
  const model = createOpenAICompatible({ name: "m", baseURL: "http://localhost/v1", fetch })("m");
  for await (const part of streamText({ model, prompt: "m", onError() {}, maxRetries: 0 }).fullStream)
    if (part.type === "text-delta") process.stdout.write(part.text);
    else if (part.type === "tool-input-delta") process.stdout.write(part.delta);
}
for await (const line of createInterface({ input: process.stdin })) {
  const id = /"id": ?"([^"]*)"/.exec(line)?.[1];
  if (id === undefined) continue;
  if (id !== last && records.length) { await show(); records = []; }
  last = id;
  records.push(line);
}
if (records.length) await show();
"""
FAST_PATH = """
import sys
from unspool.pipeline import run
from unspool.settings import Settings, Summary
from unspool.sinks.chunks import ChunkFormat, ChunkSink
from unspool.sinks.events import EventSink
from unspool.sinks.output import Output
from unspool.sinks.text import TextSink
from unspool.sources.file import FileSource
job, switch = sys.argv[1:]
output = Output(sys.stdout.buffer)
sinks = {"text": TextSink, "rewrite": lambda out: ChunkSink(out, ChunkFormat.JSONL), "events": EventSink}
sink = sinks[job](output)
run(FileSource("-", sys.stdin.buffer), Settings(fast=switch == "on"), sink, lambda problem: None, Summary())
sink.close()
"""
"""A run with the fast path on or off, which the command has no option for."""
JQ_REWRITE = """
.choices[0].delta |= (if .tool_calls then {content: (.tool_calls[0].function.arguments // "")} else . end)
"""
JQ_TEXT = '.choices[0].delta | .content // .tool_calls[0].function.arguments // ""'
JQ_MIX = {
    "text": "fromjson? | .choices[]?.delta? // {} "
    "| (.content | strings), (.tool_calls[]?.function.arguments? | strings)",
    "rewrite": "fromjson? | " + JQ_REWRITE.strip(),
}
"""Programs for lines that need not be JSON."""
JQ_PROGRAMS = ("jq", "gojq", "jaq")


def python(program: str) -> list[str]:
    """The command that runs a program of the above."""
    return [sys.executable, "-c", program]


COMMANDS: dict[str, list[str]] = {
    "rewrite": [UNSPOOL, "rewrite"],
    "text": [UNSPOOL, "text"],
    "jq, to content": ["jq", "-c", JQ_REWRITE],
    "jq, to text": ["jq", "-j", JQ_TEXT],
    "re-parsing, jiter": python(JITER),
    "re-parsing, partial-json-parser": python(PARTIAL),
    "openai's accumulator": python(OPENAI),
}
"""Each reads standard input. What jq writes is the arguments as they are: it cannot take the message out of them."""
INSTALLED_PYTHON = str(Path(UNSPOOL).with_name("python"))
MIXED = {name: [UNSPOOL, name] for name in ("text", "rewrite", "events", "lint")}
"""What is measured on streams like those of real life."""
OTHERS = {
    **{
        f"{program}, {job}": [found, "-Rrc", JQ_MIX[job]]
        for program in JQ_PROGRAMS
        for job in ("text", "rewrite")
        if (found := shutil.which(program))
    },
    "openai's accumulator": python(OPENAI),
}
if "UNSPOOL_AI_SDK" in os.environ:  # a folder with the npm packages ai and @ai-sdk/openai-compatible
    OTHERS["AI SDK"] = ["env", "-C", os.environ["UNSPOOL_AI_SDK"], "node", "--input-type=module", "-e", AI_SDK]
"""Other ways to do the job on Chat Completions in lines; the programs that are installed."""
if UNSPOOL != PLAIN:
    COMMANDS |= {"rewrite, plain": [PLAIN, "rewrite"], "text, plain": [PLAIN, "text"]}
JOBS = [name for name in COMMANDS if name.startswith(("rewrite", "text"))]
"""What is measured against the floor."""


def floor(framing: str) -> dict[str, list[str]]:
    """The bare loop that reads and writes each value, and the one that only reads, of a source that is framed so."""
    read = _BARE + LOOPS[framing]
    return {"floor": python(read + '    write(dumps(value) + b"\\n")'), "loads": python(read + "    pass")}


def fast_paths(jobs: tuple[str, ...]) -> dict[str, list[str]]:
    """Each job with the fast path on and off."""
    return {
        f"{job}, fast path {switch}": [INSTALLED_PYTHON, "-c", FAST_PATH, job, switch]
        for job in jobs
        for switch in ("on", "off")
    }
