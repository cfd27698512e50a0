"""What unspool is measured against: programs that somebody might put in its place, run as whole processes."""

import os
import sys
from pathlib import Path

UNSPOOL = str(Path(sys.executable).with_name("unspool"))
COMPILED = os.environ.get("UNSPOOL_COMPILED")
"""The command of an install from the compiled wheel, to be measured beside this one."""

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

FLOOR = _RECORDS + 'for record in records(): write(orjson.dumps(orjson.loads(record)) + b"\\n")'
LOADS = _RECORDS + "for record in records(): orjson.loads(record)"
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
    "floor": python(FLOOR),
    "loads": python(LOADS),
    "rewrite": [UNSPOOL, "rewrite"],
    "text": [UNSPOOL, "text"],
    "jq, to content": ["jq", "-c", JQ_REWRITE],
    "jq, to text": ["jq", "-j", JQ_TEXT],
    "re-parsing, jiter": python(JITER),
    "re-parsing, partial-json-parser": python(PARTIAL),
    "openai's accumulator": python(OPENAI),
}
"""Each reads standard input. What jq writes is the arguments as they are: it cannot take the message out of them."""
if COMPILED:
    COMMANDS |= {"rewrite, compiled": [COMPILED, "rewrite"], "text, compiled": [COMPILED, "text"]}
JOBS = [name for name in COMMANDS if name.startswith(("rewrite", "text"))]
"""What is measured against the floor."""
