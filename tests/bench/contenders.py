"""What unspool is measured against: programs that somebody might put in its place, run as whole processes."""

import os
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
said = 0
for arguments in calls():
    if not arguments:
        said = 0
        continue
    message = loads(arguments).get("message", "")
    write(message[said:].encode())
    said = len(message)
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
    chunk = ChatCompletionChunk.model_validate(orjson.loads(record))
    for event in state.handle_chunk(chunk):
        if event.type == "tool_calls.function.arguments.delta":
            write(event.arguments_delta.encode())
    if chunk.choices[0].finish_reason:
        state = ChatCompletionStreamState()
"""
)
JQ_REWRITE = """
.choices[0].delta |= (if .tool_calls then {content: (.tool_calls[0].function.arguments // "")} else . end)
"""
JQ_TEXT = '.choices[0].delta | .content // .tool_calls[0].function.arguments // ""'


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
if UNSPOOL != PLAIN:
    COMMANDS |= {"rewrite, plain": [PLAIN, "rewrite"], "text, plain": [PLAIN, "text"]}
JOBS = [name for name in COMMANDS if name.startswith(("rewrite", "text"))]
"""What is measured against the floor."""


def floor(framing: str) -> dict[str, list[str]]:
    """The bare loop that reads and writes each value, and the one that only reads, of a source that is framed so."""
    read = _BARE + LOOPS[framing]
    return {"floor": python(read + '    write(dumps(value) + b"\\n")'), "loads": python(read + "    pass")}
