"""What the command does, as data: a new bug is a new entry.

Each expected line of standard error is a row of fragments: the line is
``unspool: `` and the first fragment, and holds the others behind it, in order.
Cases run in a directory that holds their files.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.support import Chunk, calls, chunk, entry, jsonl, message_call, sse

Lines = Sequence[tuple[str, ...]]


@dataclass(frozen=True)
class Case:
    """One run: what goes in, and all that must come out."""

    name: str
    arguments: Sequence[str]
    stdin: bytes = b""
    files: Mapping[str, bytes] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    stdout: bytes = b""
    stderr: Lines = ()
    code: int = 0


NOTHING_READ = ("standard input: nothing could be read of ", "check that it is a capture")
READ_AS_JSONL = ("standard input: nothing could be read of ", "it was read as jsonl (--from jsonl); leave --from out")


def out(*chunks: Chunk) -> bytes:
    """The chunks as the rewriter encodes them: compact, one a line."""
    return b"".join(json.dumps(one, separators=(",", ":"), ensure_ascii=False).encode() + b"\n" for one in chunks)


def out_sse(*chunks: Chunk) -> bytes:
    """The same as a complete event stream."""
    return b"".join(b"data: " + out(one) + b"\n" for one in chunks) + b"data: [DONE]\n\n"


def event(name: str, record: int, /, **fields: Any) -> bytes:
    return json.dumps({"event": name, "record": record, **fields}, separators=(",", ":")).encode() + b"\n"


def content(*texts: str, finish: str | None = "stop", **members: Any) -> list[Chunk]:
    """A response of ordinary content."""
    chunks = [chunk({"role": "assistant", "content": ""}, **members)]
    chunks += [chunk({"content": text}, **members) for text in texts]
    return [*chunks, chunk({}, finish, **members)] if finish else chunks


def spoken(*texts: str, finish: str | None = "stop") -> list[Chunk]:
    """What is left of a message call that says ``texts``."""
    return content(*texts, finish=finish)


# --- inputs ------------------------------------------------------------------------------------

HI = message_call(['{"message": "Hi', ' there"}'])
OK = jsonl(HI)
OTHER = message_call(['{"city": "Porto"}'], tool="get_weather")
SILENT = jsonl(OTHER)
WEATHER = "no message; the stream calls get_weather (city): try --tool get_weather:city"
STDIN_SILENT = (f"standard input: {WEATHER}",)
BAD_LINE = b'{"broken": \n'
BAD = jsonl(HI[:2]) + BAD_LINE + jsonl(HI[2:])
BAD_OFFSET = len(jsonl(HI[:2]))
ARGUMENTS = jsonl(message_call(['{"message": "Hi", oops}']))
CUT = jsonl(HI[:2])
CUT_OFFSET = len(jsonl(HI[:1]))
ERROR = jsonl([*HI[:2], {"error": {"message": "overloaded", "code": 529}}])
ERROR_OFFSET = len(jsonl(HI[:2]))
ONE_LINER = jsonl(message_call(['{"message": "one\\n"}']))
TWO = jsonl(message_call(['{"message": "Two"}']))
BEST = jsonl([*content("First", id="chatcmpl-1"), *content("Second", id="chatcmpl-2")])
CHOICES = jsonl(
    [
        chunk({"role": "assistant", "content": "zero"}),
        chunk({"role": "assistant", "content": "one"}, index=1),
        chunk({}, "stop", index=1),
        chunk({}, "stop"),
    ]
)
ONLY_ONE = jsonl([chunk({"role": "assistant", "content": "one"}, "stop", index=1)])
THOUGHTS = message_call(['{"inner_thoughts": "Hm. ', 'Yes.", "message": "Hi"}'])
PLAN = jsonl(message_call(['{"plan": "P", "inner_thoughts": "T", "message": "Hi"}']))
NATIVE = [chunk({"role": "assistant", "reasoning_content": "Hm."}), chunk({"content": "Hi"}), chunk({}, "stop")]
SPEAK = jsonl(message_call(['{"message": "M", "text": "T"}'], tool="speak"))
DOTTED = jsonl(message_call(['{"text": "no", "reply": {"text": "Deep"}, "message": "no"}'], tool="answer"))
BOTH_TOOLS = jsonl(
    [
        chunk(calls(entry("", id="a", type="function", name="speak"), role="assistant")),
        chunk(calls(entry('{"text": "A"}'))),
        chunk(calls(entry("", index=1, id="b", type="function", name="shout"))),
        chunk(calls(entry('{"message": "B"}', index=1))),
        chunk({}, "tool_calls"),
    ]
)
RESENT = jsonl(message_call(['{"message": "H', '{"message": "Hi', '{"message": "Hi"}']))
ENCODED = jsonl(message_call([json.dumps('{"message": "Hi"}')]))
QUOTED = jsonl(message_call(["{'message': 'Hi'}"]))
PRETTY = json.dumps(
    {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Whole"}, "finish_reason": "stop"}],
    },
    indent=2,
).encode()

# --- expected lines ----------------------------------------------------------------------------

MISSING = ("missing.jsonl: No such file or directory", "check the source")
BAD_IN = (f"record 3 (byte {BAD_OFFSET}): not JSON", "^", '{"broken":', "passed over")
CUT_IN = (f"record 2 (byte {CUT_OFFSET}): ", "ended before", "finish_reason", "check the sender")
ERROR_IN = (f"record 3 (byte {ERROR_OFFSET}): ", "overloaded", "529", "ask again")
ARGUMENTS_IN = ("record 2 (byte ", "arguments of send_message", "character 18", "unspool lint")
EMPTY = ("the input is empty", "check the sender")
STDIN = "standard input: "


def at(source: str, line: tuple[str, ...]) -> tuple[str, ...]:
    """``line`` as it is said of ``source``."""
    return (f"{source}: {line[0]}", *line[1:])


SOURCES = [
    Case("standard input is the default", ["text"], OK, stdout=b"Hi there\n"),
    Case("a dash is standard input", ["text", "-"], OK, stdout=b"Hi there\n"),
    Case("unspool alone is unspool text", [], OK, stdout=b"Hi there\n"),
    Case("unspool alone tells what went wrong", [], CUT, stdout=b"Hi\n", stderr=[at("standard input", CUT_IN)], code=4),
    Case("one file", ["text", "a.jsonl"], files={"a.jsonl": OK}, stdout=b"Hi there\n"),
    Case("a file leaves standard input alone", ["text", "a.jsonl"], TWO, {"a.jsonl": OK}, stdout=b"Hi there\n"),
    Case(
        "files in the order they are named, standard input among them",
        ["text", "b.jsonl", "-", "a.jsonl"],
        ONE_LINER,
        {"a.jsonl": OK, "b.jsonl": TWO},
        stdout=b"Two\none\nHi there\n",
    ),
    Case(
        "after two dashes a name may begin with one",
        ["text", "--", "-a.jsonl"],
        files={"-a.jsonl": OK},
        stdout=b"Hi there\n",
    ),
    Case(
        "a missing file among good ones: the others still run",
        ["text", "a.jsonl", "missing.jsonl", "b.jsonl"],
        files={"a.jsonl": OK, "b.jsonl": TWO},
        stdout=b"Hi there\nTwo\n",
        stderr=[MISSING],
        code=5,
    ),
    Case("a directory", ["text", "."], stderr=[(".: Is a directory", "name the files in it")], code=5),
    Case("an empty name", ["text", ""], stderr=[(": No such file or directory", "check the source")], code=5),
    Case("an empty file", ["text", "e"], files={"e": b""}, stderr=[at("e", EMPTY)], code=4),
    Case("empty standard input", ["rewrite"], stderr=[at("standard input", EMPTY)], code=4),
    Case("a file of blank lines is empty", ["text", "e"], files={"e": b"\n \r\n\n"}, stderr=[at("e", EMPTY)], code=4),
    Case(
        "garbage",
        ["text", "g"],
        files={"g": b"\xff\xfa, and some text\n<html>\n"},
        stderr=[
            ("g: record 1 (byte 0): not UTF-8", r"^\xff\xfa, and", "passed over"),
            ("g: record 2 (byte 18): not JSON", "^<html>", "passed over"),
            ("g: nothing could be read of 2 records", "--encoding"),
        ],
        code=3,
    ),
    Case(
        "the framing that was asked for is not that of the input",
        ["text", "--from", "jsonl"],
        stdin=sse([chunk({"content": "Ahoy"}, "stop")], done=False),
        stderr=[
            (STDIN + "record 1 (byte 0): not JSON",),
            READ_AS_JSONL,
        ],
        code=3,
    ),
    Case(
        "a request has no statistics",
        ["stats"],
        stdin=b'{"model": "m", "messages": [{"role": "user", "content": "Ahoy"}]}\n',
        stderr=[("standard input: this is a request, not a response",)],
    ),
    Case(
        "text that is no capture, for view",
        ["view"],
        stdin=b"# A heading\n\nAhoy.\n",
        stderr=[
            (STDIN + "record 1 (byte 0)",),
            (STDIN + "record 2 (byte 13)",),
            (*NOTHING_READ, "--from (text, if it is the answer itself)"),
        ],
        code=3,
    ),
    Case(
        "rewrite passes garbage on",
        ["rewrite", "g"],
        files={"g": b"\xff\xfa, and some text\n<html>\n"},
        stdout=b"\xff\xfa, and some text\n<html>\n",
        stderr=[("g: record 1 (byte 0): ",), ("g: record 2 (byte 18): ",), ("g: nothing could be read",)],
        code=3,
    ),
    Case(
        "JSON that is no chunk",
        ["text"],
        b'{"a": 1}\n[2]\n',
        stderr=[
            (STDIN + "record 1 (byte 0): ", '{"a": 1}', "passed over"),
            (STDIN + "record 2 (byte 9): ", "[2]", "passed over"),
            NOTHING_READ,
        ],
        code=3,
    ),
    Case("an event stream", ["text"], sse(HI), stdout=b"Hi there\n"),
    Case("a whole completion that spans lines", ["text"], PRETTY, stdout=b"Whole\n"),
    Case("a last line without its end", ["text"], OK[:-1], stdout=b"Hi there\n"),
    Case("a last line without its end, rewritten", ["rewrite"], OK[:-1], stdout=out(*spoken("Hi", " there"))),
]

OUTPUT = [
    Case("a message with its own newline gets no second one", ["text"], ONE_LINER, stdout=b"one\n"),
    Case(
        "two responses are two lines",
        ["text"],
        BEST,
        stdout=b"First\nSecond\n",
    ),
    Case("rewrite puts content in place of the call", ["rewrite"], OK, stdout=out(*spoken("Hi", " there"))),
    Case(
        "rewrite to SSE ends with [DONE]",
        ["rewrite", "--to", "sse"],
        OK,
        stdout=out_sse(*spoken("Hi", " there")),
    ),
    Case(
        "rewrite from SSE to SSE says [DONE] once",
        ["rewrite", "--to=sse"],
        sse(HI),
        stdout=out_sse(*spoken("Hi", " there")),
    ),
    Case("rewrite from SSE to lines", ["rewrite"], sse(HI), stdout=out(*spoken("Hi", " there"))),
    Case(
        "an incomplete event stream has no [DONE]",
        ["rewrite", "--to", "sse"],
        CUT,
        stdout=out_sse(*spoken("Hi", finish=None)).removesuffix(b"data: [DONE]\n\n"),
        stderr=[at("standard input", CUT_IN)],
        code=4,
    ),
    Case("what needs no change leaves as the same bytes", ["rewrite"], SILENT, stdout=SILENT),
    Case(
        "CRLF stays CRLF",
        ["rewrite"],
        OK.replace(b"\n", b"\r\n"),
        stdout=out(*spoken("Hi", " there")).replace(b"\n", b"\r\n"),
    ),
    Case(
        "events, one object each, with the record that settled it",
        ["events"],
        OK,
        stdout=b"".join(
            [
                event("step", 1, step=1, id="chatcmpl-1", model="m"),
                event("call", 2, step=1, choice=0, call=0, id="call_1", tool="send_message", message=True),
                event("text", 2, step=1, choice=0, call=0, text="Hi"),
                event("text", 3, step=1, choice=0, call=0, text=" there"),
                event("call_end", 4, step=1, choice=0, call=0, complete=True),
                event("finish", 4, step=1, choice=0, reason="tool_calls"),
                event("step_end", 4, step=1, complete=True),
            ]
        ),
    ),
    Case(
        "events of an event stream end with done",
        ["events"],
        sse(content("x")),
        stdout=b"".join(
            [
                event("step", 1, step=1, id="chatcmpl-1", model="m"),
                event("text", 2, step=1, choice=0, call=None, text="x"),
                event("finish", 3, step=1, choice=0, reason="stop"),
                event("done", 4),
                event("step_end", 4, step=1, complete=True),
            ]
        ),
    ),
]

CODES = [
    Case("0: other tools alone are nothing wrong", ["text"], SILENT, stderr=[STDIN_SILENT]),
    Case("1: no text, with -e", ["text", "-e"], SILENT, stderr=[STDIN_SILENT], code=1),
    Case(
        "1: no text, with --exit-status",
        ["rewrite", "--exit-status"],
        SILENT,
        stdout=SILENT,
        stderr=[STDIN_SILENT],
        code=1,
    ),
    Case("0: text, with -e", ["text", "-e"], OK, stdout=b"Hi there\n"),
    Case(
        "0: text in one of several sources, with -e",
        ["text", "-e", "a", "-"],
        SILENT,
        {"a": OK},
        stdout=b"Hi there\n",
        stderr=[STDIN_SILENT],
    ),
    Case(
        "1: an empty message is no text",
        ["text", "-e"],
        jsonl(message_call(['{"message": ""}'])),
        stderr=[("standard input: no message; the message of send_message is empty",)],
        code=1,
    ),
    Case(
        "1: text in another choice alone",
        ["text", "-e"],
        ONLY_ONE,
        stderr=[("standard input: no message; choice 0 has no text; choice 1 has some",)],
        code=1,
    ),
    Case("0: text in the chosen choice", ["text", "-e", "--choice", "1"], ONLY_ONE, stdout=b"one\n"),
    Case(
        "1: thoughts are no text",
        ["text", "-e"],
        jsonl([*NATIVE[:1], chunk({}, "stop")]),
        stderr=[("standard input: no message; ", "only thoughts")],
        code=1,
    ),
    Case(
        "3: a malformed record; text goes on around it",
        ["text"],
        BAD,
        stdout=b"Hi there\n",
        stderr=[at("standard input", BAD_IN)],
        code=3,
    ),
    Case(
        "3: rewrite passes a malformed record on in its place",
        ["rewrite"],
        BAD,
        stdout=out(*spoken("Hi", finish=None)) + BAD_LINE + out(*spoken(" there")[1:]),
        stderr=[at("standard input", BAD_IN)],
        code=3,
    ),
    Case(
        "3: arguments that cannot be read; the text before stands",
        ["text"],
        ARGUMENTS,
        stdout=b"Hi\n",
        stderr=[at("standard input", ARGUMENTS_IN)],
        code=3,
    ),
    Case(
        "3 before 1", ["text", "-e"], BAD_LINE + SILENT, stderr=[(STDIN + "record 1 (byte 0): ",), STDIN_SILENT], code=3
    ),
    Case(
        "4: an early end; the text before is out",
        ["text"],
        CUT,
        stdout=b"Hi\n",
        stderr=[at("standard input", CUT_IN)],
        code=4,
    ),
    Case(
        "4: a finish inside the message",
        ["text"],
        jsonl([*HI[:2], chunk({}, "length")]),
        stdout=b"Hi\n",
        stderr=[(STDIN + "record 3 (byte ", "finish_reason length", "send_message")],
        code=4,
    ),
    Case(
        "4: a step that breaks off before the next",
        ["text"],
        CUT + jsonl(content("Again", id="chatcmpl-2")),
        stdout=b"Hi\nAgain\n",
        stderr=[(STDIN + "record 3 (byte ", "ended before")],
        code=4,
    ),
    Case(
        "4 before 3, in one stream",
        ["text"],
        BAD_LINE + CUT,
        stdout=b"Hi\n",
        stderr=[(STDIN + "record 1 (byte 0): ",), (STDIN + "record 3 (byte ", "ended before")],
        code=4,
    ),
    Case(
        "5: an error in the stream; the text before is out",
        ["text"],
        ERROR,
        stdout=b"Hi\n",
        stderr=[at("standard input", ERROR_IN)],
        code=5,
    ),
    Case(
        "5: an error that is all there is",
        ["text"],
        b'{"error": {"message": "no such model", "type": "invalid_request_error"}}\n',
        stderr=[(STDIN + "record 1 (byte 0): ", "no such model", "invalid_request_error")],
        code=5,
    ),
    Case(
        "5 before 4 before 3 before 1, over several sources",
        ["text", "-e", "silent", "bad", "cut", "missing.jsonl"],
        files={"silent": SILENT, "bad": BAD_LINE + SILENT, "cut": CUT},
        stdout=b"Hi\n",
        stderr=[
            (f"silent: {WEATHER}",),
            ("bad: record 1 (byte 0): ",),
            (f"bad: {WEATHER}",),
            at("cut", CUT_IN),
            MISSING,
        ],
        code=5,
    ),
    Case(
        "5 stays, whatever comes after it; events of several sources name each",
        ["events", "missing.jsonl", "a"],
        files={"a": jsonl([chunk({"content": "x"}, "stop")])},
        stdout=event("source", 0, name="missing.jsonl")
        + event("source", 0, name="a")
        + event("step", 1, step=1, id="chatcmpl-1", model="m")
        + event("text", 1, step=1, choice=0, call=None, text="x")
        + event("finish", 1, step=1, choice=0, reason="stop")
        + event("step_end", 1, step=1, complete=True),
        stderr=[MISSING],
        code=5,
    ),
    Case(
        "each source starts afresh: the end of one is not the beginning of the next",
        ["text", "a", "b"],
        files={"a": CUT, "b": jsonl(HI[2:])},
        stdout=b"Hi\n",
        stderr=[at("a", CUT_IN), ("b: no message; a call has no name: the record in which it begins is missing",)],
        code=4,
    ),
]

TOOLS = [
    Case("--tool NAME: the argument is message", ["text", "--tool", "speak"], SPEAK, stdout=b"M\n"),
    Case(
        "--print0 divides messages of several lines",
        ["text", "--print0"],
        jsonl(message_call(['{"message": "a\\nb\\n"}'])) + TWO,
        stdout=b"a\nb\n\0Two\0",
    ),
    Case("--tool NAME:ARGUMENT", ["text", "--tool", "speak:text"], SPEAK, stdout=b"T\n"),
    Case(
        "--tool takes the place of send_message",
        ["text", "--tool", "speak"],
        OK,
        stderr=[
            ("standard input: no message; the stream calls send_message (message): try --tool send_message:message",)
        ],
    ),
    Case(
        "--tool with a comma",
        ["text", "--tool", "a,b"],
        OK,
        stderr=[("Invalid value for '--tool': ", "--tool a --tool b")],
        code=2,
    ),
    Case(
        "serve at a host that is not known",
        ["serve", "--host", "no-host.invalid", "--port", "0", "a.jsonl"],
        OK,
        stderr=[("the host no-host.invalid is not known",)],
        files={"a.jsonl": OK},
        code=2,
    ),
    Case("--tool with a dotted path", ["text", "--tool", "answer:reply.text"], DOTTED, stdout=b"Deep\n"),
    Case(
        "--tool several times",
        ["text", "--tool", "speak:text", "--tool", "shout"],
        BOTH_TOOLS,
        stdout=b"A\nB\n",
    ),
    Case(
        "--tool: a name may hold a colon, the argument does not",
        ["text", "--tool", "mcp:speak:text"],
        SPEAK.replace(b'"speak"', b'"mcp:speak"'),
        stdout=b"T\n",
    ),
    Case("--tool on rewrite", ["rewrite", "--tool", "speak:text"], SPEAK, stdout=out(*spoken("T"))),
    Case("thoughts are left out", ["text"], jsonl(THOUGHTS), stdout=b"Hi\n"),
    Case("thoughts are left out of rewritten chunks", ["rewrite"], jsonl(THOUGHTS), stdout=out(*spoken("Hi"))),
    Case(
        "--thoughts reasoning shows them, apart from the message",
        ["text", "--thoughts", "reasoning"],
        jsonl(THOUGHTS),
        stdout=b"Hm. Yes.\nHi\n",
    ),
    Case(
        "--thoughts reasoning on rewrite",
        ["rewrite", "--thoughts", "reasoning"],
        jsonl(message_call(['{"thinking": "Hm.", ', '"message": "Hi"}'])),
        stdout=out(
            chunk({"role": "assistant", "content": ""}),
            chunk({"reasoning_content": "Hm."}),
            *spoken("Hi")[1:],
        ),
    ),
    Case("native reasoning is left out of the text", ["text", "--thoughts", "drop"], jsonl(NATIVE), stdout=b"Hi\n"),
    Case("native reasoning is shown", ["text", "--thoughts=reasoning"], jsonl(NATIVE), stdout=b"Hm.\nHi\n"),
    Case("native reasoning passes", ["rewrite"], jsonl(NATIVE), stdout=jsonl(NATIVE)),
    Case(
        "--thoughts-argument takes the place of the names known",
        ["text", "--thoughts", "reasoning", "--thoughts-argument", "plan"],
        PLAN,
        stdout=b"P\nHi\n",
    ),
    Case(
        "--thoughts-argument several times",
        ["text", "--thoughts", "reasoning", "--thoughts-argument", "plan", "--thoughts-argument", "inner_thoughts"],
        PLAN,
        stdout=b"PT\nHi\n",
    ),
    Case("--other-tools pass", ["rewrite", "--other-tools", "pass"], SILENT, stdout=SILENT),
    Case(
        "--other-tools drop",
        ["rewrite", "--other-tools", "drop"],
        SILENT,
        stdout=out(*spoken()),
    ),
    Case("--choice 0", ["text", "--choice", "0"], CHOICES, stdout=b"zero\n"),
    Case("--choice 1", ["text", "--choice", "1"], CHOICES, stdout=b"one\n"),
    Case(
        "--choice of one that is not there",
        ["text", "--choice", "7"],
        CHOICES,
        stderr=[("standard input: no message; choice 7 has no text; choices 0 and 1 have some",)],
    ),
    Case("--choice leaves rewrite with all of them", ["rewrite", "--choice", "1"], CHOICES, stdout=CHOICES),
    Case(
        "a cumulative resend without the repair",
        ["text"],
        RESENT,
        stdout=b'H{"message": "Hi{"message": "Hi"}\n'.split(b'"')[0] + b"\n",
        stderr=[(STDIN + "record 3 (byte ", "arguments of send_message")],
        code=3,
    ),
    Case("--repair cumulative", ["text", "--repair", "cumulative"], RESENT, stdout=b"Hi\n"),
    Case(
        "double-encoded arguments without the repair",
        ["text"],
        ENCODED,
        stderr=[(STDIN + "record 2 (byte ", "--repair double-encoded")],
        code=3,
    ),
    Case("--repair double-encoded", ["text", "--repair", "double-encoded"], ENCODED, stdout=b"Hi\n"),
    Case(
        "single quotes without the repair",
        ["text"],
        QUOTED,
        stderr=[(STDIN + "record 2 (byte ", "--repair single-quotes")],
        code=3,
    ),
    Case("--repair single-quotes", ["text", "--repair", "single-quotes"], QUOTED, stdout=b"Hi\n"),
    Case(
        "--repair several times",
        ["text", "--repair", "single-quotes", "--repair", "double-encoded"],
        jsonl(message_call([json.dumps("{'message': 'Hi'}")])),
        stdout=b"Hi\n",
    ),
]

READING = [
    Case("--single-step", ["text", "--single-step"], BEST, stdout=b"First\n"),
    Case(
        "--single-step holds for each source",
        ["text", "--single-step", "a", "-"],
        BEST,
        {"a": BEST},
        stdout=b"First\nFirst\n",
    ),
    Case("--single-step on rewrite", ["rewrite", "--single-step"], BEST, stdout=jsonl(content("First"))),
    Case(
        "--single-step: what comes after the step does not count",
        ["text", "--single-step"],
        BEST + BAD_LINE,
        stdout=b"First\n",
    ),
    Case(
        "--strict stops at the first bad record, and reads no further source",
        ["text", "--strict", "bad", "missing.jsonl", "a"],
        files={"bad": BAD, "a": OK},
        stdout=b"Hi\n",
        stderr=[("bad: " + BAD_IN[0], *BAD_IN[1:3])],
        code=3,
    ),
    Case(
        "--strict on rewrite: nothing after the bad record leaves",
        ["rewrite", "--strict"],
        BAD,
        stdout=out(*spoken("Hi", finish=None)) + BAD_LINE,
        stderr=[(STDIN + BAD_IN[0],)],
        code=3,
    ),
    Case(
        "--strict stops at arguments that cannot be read",
        ["text", "--strict", "bad", "a"],
        files={"bad": ARGUMENTS, "a": OK},
        stdout=b"Hi\n",
        stderr=[("bad: record 2 (byte ", "arguments of send_message")],
        code=3,
    ),
    Case(
        "--strict is about what cannot be read: an early end stops nothing",
        ["text", "--strict", "cut", "a"],
        files={"cut": CUT, "a": OK},
        stdout=b"Hi\nHi there\n",
        stderr=[at("cut", CUT_IN)],
        code=4,
    ),
    Case("--strict where nothing is wrong", ["text", "--strict"], OK, stdout=b"Hi there\n"),
    Case("--from auto", ["text", "--from", "auto"], sse(HI), stdout=b"Hi there\n"),
    Case("--from sse", ["text", "--from", "sse"], sse(HI), stdout=b"Hi there\n"),
    Case("--from json", ["text", "--from", "json"], PRETTY, stdout=b"Whole\n"),
    Case("--from jsonl", ["text", "--from", "jsonl"], OK, stdout=b"Hi there\n"),
    Case(
        "--from jsonl takes what comes line by line",
        ["rewrite", "--from", "jsonl"],
        b"data: {}\n",
        stdout=b"data: {}\n",
        stderr=[(STDIN + "record 1 (byte 0): not JSON", "^data: {}"), READ_AS_JSONL],
        code=3,
    ),
    Case("--timeout where the input is there", ["text", "--timeout", "20"], OK, stdout=b"Hi there\n"),
]

VARIABLES = [
    Case(
        "UNSPOOL_TOOL: several, with white space between",
        ["text"],
        BOTH_TOOLS,
        variables={"UNSPOOL_TOOL": " speak:text\tshout\n"},
        stdout=b"A\nB\n",
    ),
    Case(
        "an empty variable is none",
        ["text"],
        OK,
        variables={"UNSPOOL_TOOL": "", "UNSPOOL_CHOICE": ""},
        stdout=b"Hi there\n",
    ),
    Case(
        "the command line wins",
        ["text", "--tool", "speak:text"],
        SPEAK,
        variables={"UNSPOOL_TOOL": "speak"},
        stdout=b"T\n",
    ),
    Case("UNSPOOL_THOUGHTS", ["text"], jsonl(NATIVE), variables={"UNSPOOL_THOUGHTS": "reasoning"}, stdout=b"Hm.\nHi\n"),
    Case(
        "UNSPOOL_THOUGHTS_ARGUMENT",
        ["text", "--thoughts", "reasoning"],
        PLAN,
        variables={"UNSPOOL_THOUGHTS_ARGUMENT": "plan inner_thoughts"},
        stdout=b"PT\nHi\n",
    ),
    Case("UNSPOOL_OTHER_TOOLS", ["rewrite"], SILENT, variables={"UNSPOOL_OTHER_TOOLS": "drop"}, stdout=out(*spoken())),
    Case("UNSPOOL_CHOICE", ["text"], CHOICES, variables={"UNSPOOL_CHOICE": "1"}, stdout=b"one\n"),
    Case(
        "UNSPOOL_CHOICE reaches unspool alone",
        [],
        CHOICES,
        variables={"UNSPOOL_CHOICE": "1"},
        stdout=b"one\n",
    ),
    Case("UNSPOOL_SINGLE_STEP", ["text"], BEST, variables={"UNSPOOL_SINGLE_STEP": "1"}, stdout=b"First\n"),
    Case(
        "UNSPOOL_SINGLE_STEP may be off",
        ["text"],
        BEST,
        variables={"UNSPOOL_SINGLE_STEP": "0"},
        stdout=b"First\nSecond\n",
    ),
    Case(
        "UNSPOOL_REPAIR",
        ["text"],
        jsonl(message_call([json.dumps("{'message': 'Hi'}")])),
        variables={"UNSPOOL_REPAIR": "single-quotes double-encoded"},
        stdout=b"Hi\n",
    ),
    Case(
        "UNSPOOL_STRICT",
        ["text", "bad", "missing.jsonl"],
        files={"bad": BAD},
        variables={"UNSPOOL_STRICT": "true"},
        stdout=b"Hi\n",
        stderr=[("bad: " + BAD_IN[0],)],
        code=3,
    ),
    Case(
        "UNSPOOL_FROM",
        ["text"],
        b"data: {}\n",
        variables={"UNSPOOL_FROM": "jsonl"},
        stderr=[(STDIN + "record 1 (byte 0): not JSON",), READ_AS_JSONL],
        code=3,
    ),
    Case(
        "UNSPOOL_EXIT_STATUS",
        ["text"],
        SILENT,
        variables={"UNSPOOL_EXIT_STATUS": "1"},
        stderr=[STDIN_SILENT],
        code=1,
    ),
    Case("UNSPOOL_TO", ["rewrite"], OK, variables={"UNSPOOL_TO": "sse"}, stdout=out_sse(*spoken("Hi", " there"))),
]


def wrong(name: str, arguments: Sequence[str], *said: str, **variables: str) -> Case:
    """A case of wrong usage: exit code 2, and one line that holds what is ``said``."""
    return Case(f"wrong: {name}", arguments, OK, variables=variables, stderr=[("", *said)], code=2)


USAGE = [
    wrong("an unknown command", ["nonsense"], "nonsense", "unspool --help"),
    wrong("a file where the command should stand", ["capture.jsonl"], "capture.jsonl", "unspool --help"),
    wrong("an empty command", [""], "unspool --help"),
    wrong("an unknown option", ["--nonsense"], "--nonsense", "unspool --help"),
    wrong("an unknown option of a command", ["text", "--nonsense"], "--nonsense", "unspool text --help"),
    wrong("an option of another command", ["text", "--to", "sse"], "--to"),
    wrong("an option without its value", ["text", "--tool"], "--tool"),
    wrong("a flag with a value", ["text", "--strict=1"], "--strict"),
    wrong("no number of a choice", ["text", "--choice", "x"], "--choice", "x"),
    wrong("a negative choice", ["text", "--choice", "-1"], "--choice", "-1"),
    wrong("a tool without a name", ["text", "--tool", ":text"], "--tool"),
    wrong("a tool without anything", ["text", "--tool", ""], "--tool"),
    wrong("a tool without the argument it announces", ["text", "--tool", "speak:"], "--tool", "speak"),
    wrong("a path with a gap", ["text", "--tool", "speak:a..b"], "--tool", "a..b"),
    wrong("thoughts", ["text", "--thoughts", "loud"], "--thoughts", "loud", "drop", "reasoning"),
    wrong("other tools", ["text", "--other-tools", "keep"], "--other-tools", "keep", "pass", "drop"),
    wrong("a repair", ["text", "--repair", "magic"], "--repair", "magic", "cumulative"),
    wrong("a format", ["text", "--from", "word"], "--from", "word", "--help"),
    wrong("a target", ["rewrite", "--to", "xml"], "--to", "xml", "sse"),
    wrong("no time", ["text", "--timeout", "0"], "--timeout"),
    wrong("a negative time", ["text", "--timeout", "-3"], "--timeout", "-3"),
    wrong("a word for a time", ["text", "--timeout", "soon"], "--timeout", "soon"),
    wrong("a time that is no number", ["text", "--timeout", "nan", "a.jsonl"], "--timeout"),
    wrong("an endless time", ["text", "--timeout", "inf", "a.jsonl"], "--timeout"),
    wrong("a time beyond all calendars", ["text", "--timeout", "1e300", "a.jsonl"], "--timeout"),
    wrong("UNSPOOL_TOOL", ["text"], "a..b", UNSPOOL_TOOL="speak:text shout:a..b"),
    wrong("UNSPOOL_THOUGHTS", ["text"], "loud", UNSPOOL_THOUGHTS="loud"),
    wrong("UNSPOOL_OTHER_TOOLS", ["text"], "keep", UNSPOOL_OTHER_TOOLS="keep"),
    wrong("UNSPOOL_CHOICE", ["text"], "x", UNSPOOL_CHOICE="x"),
    wrong("UNSPOOL_SINGLE_STEP", ["text"], "perhaps", UNSPOOL_SINGLE_STEP="perhaps"),
    wrong("UNSPOOL_REPAIR", ["text"], "magic", UNSPOOL_REPAIR="cumulative magic"),
    wrong("UNSPOOL_STRICT", ["text"], "perhaps", UNSPOOL_STRICT="perhaps"),
    wrong("UNSPOOL_FROM", ["text"], "zip", UNSPOOL_FROM="zip"),
    wrong("UNSPOOL_TIMEOUT", ["text"], "soon", UNSPOOL_TIMEOUT="soon"),
    wrong("UNSPOOL_EXIT_STATUS", ["text"], "perhaps", UNSPOOL_EXIT_STATUS="perhaps"),
    wrong("UNSPOOL_TO", ["rewrite"], "xml", UNSPOOL_TO="xml"),
    wrong("a control character in an option", ["text", "--from", "a\x1b[31m\nb"], "--from"),
    wrong("a control character in a command", ["a\x1b[31m\nb"], "unspool --help"),
]

HOSTILE = [
    Case(
        "control characters in a malformed record are shown",
        ["text"],
        b'\x1b]52;c;aGk=\x07 \xc2\x9b31m \xe2\x80\xae\t\r x\x1b[2J\n{"a\x1b',
        stderr=[
            (STDIN + "record 1 (byte 0): not JSON", r"^\u001b]52;c;aGk=\u0007 \u009b31m \u202e\t\u000d"),
            (STDIN + "record 2 (byte ", r"\u001b"),
            NOTHING_READ,
        ],
        code=3,
    ),
    Case(
        "control characters in the message of an error are shown",
        ["text"],
        jsonl(
            [{"error": {"message": "sorry\x1b[31m\r\nunspool: all is well\u202e\x9b\U000e0041", "code": "a\nb\x1b"}}]
        ),
        stderr=[
            (
                STDIN + "record 1 (byte 0): ",
                r"sorry\u001b[31m\u000d\nunspool: all is well\u202e\u009b\udb40\udc41",
                r"a\nb\u001b",
            )
        ],
        code=5,
    ),
    Case(
        "control characters in a file name are shown",
        ["text", "no\x1b[31m\nfile"],
        stderr=[(r"no\u001b[31m\nfile: No such file",)],
        code=5,
    ),
    Case(
        "control characters in a tool's name are shown",
        ["text", "--tool", "a\x1bb"],
        jsonl(message_call(["[1]"], tool="a\x1bb")),
        stderr=[(STDIN + "record 2 (byte ", r"a\u001bb")],
        code=3,
    ),
    Case(
        "control characters in a finish reason are shown",
        ["text"],
        jsonl([*HI[:2], chunk({}, "le\x1bngth\n")]),
        stdout=b"Hi\n",
        stderr=[(STDIN + "record 3 (byte ", r"le\u001bngth\n")],
        code=4,
    ),
    Case(
        "a long record is shown in part",
        ["text"],
        b'{"a": "' + b"x" * 5000 + b"\x01" + b"y" * 5000 + b'"}\n',
        stderr=[(STDIN + "record 1 (byte 0): not JSON", "…" + "x" * 20, "^", "y" * 20, "…"), NOTHING_READ],
        code=3,
    ),
    Case(
        "text goes into a pipe as it is",
        ["text"],
        jsonl(content("\x1b[31m\x9b\u202e\U000e0041\r\x00\x7f")),
        stdout="\x1b[31m\x9b\u202e\U000e0041\r\x00\x7f\n".encode(),
    ),
]

CASES = [*SOURCES, *OUTPUT, *CODES, *TOOLS, *READING, *VARIABLES, *USAGE, *HOSTILE]
