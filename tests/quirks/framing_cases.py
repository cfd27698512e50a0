"""B: frames and bytes. One entry a stream; a new finding is a new entry."""

import json

from tests.quirks.case import HI, SAME, USAGE, Case, ends, lines, plain
from tests.support import Chunk, chunk, jsonl, message_call, sse


def raw(chunks: list[Chunk]) -> bytes:
    """The chunks as JSONL, every character as itself."""
    return b"".join(json.dumps(one, ensure_ascii=False).encode() + b"\n" for one in chunks)


def framed(*events: bytes) -> bytes:
    """Each event closed by a blank line."""
    return b"".join(event + b"\n\n" for event in events)


def data(one: Chunk, spacing: bytes = b" ") -> bytes:
    """One data line without its end."""
    return b"data:" + spacing + json.dumps(one).encode()


def folded(stream: bytes, width: int) -> bytes:
    """The lines cut at a width, without the spaces at their ends."""
    rows = [line[at : at + width] for line in stream.splitlines() for at in range(0, max(len(line), 1), width)]
    return b"".join(row.rstrip() + b"\n" for row in rows)


HELLO = plain("Hel", "lo")
WIRE = sse(HELLO)
LINES = jsonl(HELLO)
INDENTED = [json.dumps(each, indent=2).encode() for each in HELLO]
IN_DATA_LINES = b"".join(b"data: %b\n\n" % each.replace(b"\n", b"\ndata: ") for each in INDENTED)
DONE = b"data: [DONE]"
COMPLETION: Chunk = {
    "id": "chatcmpl-9",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}],
    "usage": USAGE,
}
CALLING: Chunk = {
    **COMPLETION,
    "choices": [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {"id": "call_1", "type": "function", "function": {"name": "send_message", "arguments": HI}}
                ],
            },
            "finish_reason": "tool_calls",
        }
    ],
}
TWO_DATA_LINES = (
    b'data: {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",\n'
    b'data:  "choices": [{"index": 0, "delta": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}]}'
)
NAMED: list[Chunk] = [
    {"type": "message_start", "message": {"id": "msg_1", "role": "assistant", "content": [], "model": "m"}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi } data: {"}},
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
    {"type": "message_stop"},
]
NAMED_WIRE = framed(*(b"event: %b\n%b" % (str(one["type"]).encode(), data(one)) for one in NAMED))
SEPARATED = "a\u2028b\u2029c\u0085d"
PING = {"message_type": "ping", "date": "2031-05-04T03:02:01Z"}
ANTHROPIC = [
    {"type": "message_start", "message": {"id": "msg_1"}},
    {"type": "content_block_start", "index": 1, "content_block": {"type": "tool_use", "name": "send_message"}},
    {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": HI}},
    {"type": "message_delta", "delta": {"stop_reason": "tool_use"}},
    {"type": "message_stop"},
]
FIRST, SECOND, THIRD, LAST, END = WIRE.split(b"\n\n")[:5]
PRETTY = json.dumps(COMPLETION, indent=2).encode()

CASES = [
    Case("B1", "comments", b": WORKING ON IT\n\n" + WIRE, "Hello\n", rewritten=LINES),
    Case("B1", "wrapped as data by a proxy", b"data: : WORKING ON IT\n\n" + WIRE, "Hello\n", rewritten=LINES),
    Case("B1", "at the very end", WIRE + b": bye\n\n", "Hello\n", rewritten=LINES),
    Case("B2", "no space", WIRE.replace(b"data: ", b"data:"), "Hello\n", rewritten=LINES),
    Case("B3", "CRLF", WIRE.replace(b"\n", b"\r\n"), "Hello\n", rewritten=LINES),
    Case("B3", "CR alone", WIRE.replace(b"\n", b"\r"), "Hello\n", rewritten=LINES),
    Case(
        "B4",
        "records after [DONE]",
        WIRE + sse(plain("Bye")),
        "Hello\nBye\n",
        content="HelloBye",
        finishes=("stop", "stop"),
        steps=2,
    ),
    Case("B4", "no [DONE]", sse(HELLO, done=False), "Hello\n", rewritten=LINES),
    *(
        Case("B4", f"{mark.decode()} in its place", sse(HELLO, done=False) + mark + b"\n\n", "Hello\n", rewritten=LINES)
        for mark in (
            b"data: DONE",
            b"data: [done]",
            b'data: "[DONE]"',
            b'data: ["DONE"]',
            b"[DONE]",
        )
    ),
    Case("B4", "JSONL needs none", LINES, "Hello\n", rewritten=SAME, named=(), unnamed=("B4",)),
    Case(
        "B5",
        "no blank line at the end",
        framed(FIRST, SECOND, THIRD, LAST, END).removesuffix(b"\n"),
        "Hello\n",
        rewritten=LINES,
    ),
    Case("B5", "no line end at the end", framed(FIRST, SECOND, THIRD) + LAST, "Hello\n", rewritten=LINES),
    Case("B5", "JSONL without a last line end", LINES.removesuffix(b"\n"), "Hello\n", rewritten=SAME, named=()),
    Case(
        "B6",
        "glued without a blank line",
        b"\n".join([FIRST, SECOND, THIRD, LAST, b"", END, b"", b""]),
        "Hello\n",
        rewritten=LINES,
    ),
    Case(
        "B6",
        "cut and glued",
        framed(FIRST, b'data: {"object":"chat.c' + SECOND, THIRD, LAST, END),
        "Hello\n",
        3,
    ),
    Case("B7", "fields without data", b"retry: 3000\n\nevent: chunk\nid: 1\n" + WIRE, "Hello\n", rewritten=LINES),
    Case(
        "B7",
        "a bare heartbeat",
        framed(FIRST, b"data:", SECOND, b"data: ", THIRD, LAST, END),
        "Hello\n",
        rewritten=LINES,
    ),
    Case("B8", "two data lines are one event", framed(TWO_DATA_LINES, DONE), "Hello\n"),
    Case("B8", "indented JSON, each line a data line", IN_DATA_LINES, "Hello\n", unnamed=("B33",)),
    Case("B8", "the same with CRLF", IN_DATA_LINES.replace(b"\n", b"\r\n"), "Hello\n", unnamed=("B33",)),
    Case("B8", "the same without spaces", IN_DATA_LINES.replace(b"data: ", b"data:"), "Hello\n", unnamed=("B33",)),
    Case("B9", "a byte order mark", b"\xef\xbb\xbf" + WIRE, "Hello\n", rewritten=LINES),
    Case("B9", "a byte order mark before JSONL", b"\xef\xbb\xbf" + LINES, "Hello\n", rewritten=LINES),
    Case("B9", "bytes that are no UTF-8", LINES.replace(b"lo", b"l\xffo"), "Hel\n", 3, rewritten=SAME),
    Case("B10", "in JSONL", raw(plain(SEPARATED)), SEPARATED + "\n", rewritten=SAME),
    Case(
        "B10",
        "in an event stream",
        b"data: " + raw(plain(SEPARATED)).replace(b"\n", b"\n\ndata: ") + b"[DONE]\n\n",
        SEPARATED + "\n",
        rewritten=raw(plain(SEPARATED)),
    ),
    Case(
        "B10",
        "in a message call",
        raw(message_call([json.dumps({"message": SEPARATED}, ensure_ascii=False)])),
        SEPARATED + "\n",
    ),
    Case("B11", "a completion on one line", lines([COMPLETION]), "Hello\n", rewritten=SAME),
    Case("B11", "a completion over many lines", PRETTY, "Hello\n", rewritten=PRETTY.replace(b"\n", b" ") + b"\n"),
    Case("B11", "a completion that calls", lines([CALLING]), "Hi\n"),
    Case("B11", "[DONE] glued to a value", LINES.removesuffix(b"\n") + b"[DONE]", "Hello\n", rewritten=LINES),
    Case(
        "B11",
        "[DONE] glued to a value, with its field",
        LINES.removesuffix(b"\n") + b"data: [DONE]",
        "Hello\n",
        rewritten=LINES,
    ),
    Case("B12", "a message call of Anthropic's", jsonl(ANTHROPIC), "Hi\n"),
    Case("B13", "between chunks", lines([PING, *message_call([HI])[:2], PING, ends()]), "Hi\n"),
    *(
        Case(
            "B13",
            f"{ping} between text",
            lines([*plain("Hel", finish=None), ping, chunk({"content": "lo"}), ends("stop")]),
            "Hello\n",
            rewritten=lines([*plain("Hel", finish=None), chunk({"content": "lo"}), ends("stop")]),
        )
        for ping in ({"type": "ping"}, {"type": "keepalive"}, {"heartbeat": True})
    ),
    *(
        Case(
            "B13",
            f"{word.decode()} between events",
            sse(plain("Hello")[:-1], done=False) + b"data: " + word + b"\n\n" + sse([ends("stop")]),
            "Hello\n",
            rewritten=lines(plain("Hello")),
        )
        for word in (b"ping", b"[KEEPALIVE]")
    ),
    Case(
        "B13",
        "words between events",
        sse(plain("Hello")[:-1], done=False) + b"data: [DONE_GEN]\n\n" + sse([ends("stop")]),
        "Hello\n",
        rewritten=lines(plain("Hello")),
    ),
    Case("B30", "two objects on a line", LINES.replace(b"}\n{", b"}{", 1), "Hello\n", rewritten=LINES),
    Case("B30", "all objects on a line", LINES.replace(b"}\n{", b"}{"), "Hello\n", rewritten=LINES),
    Case("B30", "objects between NUL", LINES.replace(b"}\n{", b"}\0{"), "Hello\n", rewritten=LINES),
    Case("B30", "events on a line, as echo prints them", WIRE.replace(b"\n\n", b" "), "Hello\n", rewritten=LINES),
    Case("B30", "events without a line end", WIRE.replace(b"\n\n", b""), "Hello\n", rewritten=LINES),
    Case("B30", "line ends written as escapes", WIRE.replace(b"\n\n", rb"\n\n"), "Hello\n", rewritten=LINES),
    Case("B30", "named events on a line", NAMED_WIRE.replace(b"\n", b" "), "Hi } data: {\n", named=("B30", "B12")),
    Case("B30", "named events, line ends as escapes", NAMED_WIRE.replace(b"\n", rb"\n"), "Hi } data: {\n"),
    Case(
        "B30",
        "a named event at the end",
        WIRE.replace(b"data: [DONE]", b"event: a/done data: [DONE]").replace(b"\n\n", b" "),
        "Hello\n",
        rewritten=LINES,
    ),
    Case(
        "B40",
        "a meter before an event",
        WIRE.replace(b"data: {", b"     0K .data: {", 2).replace(b"     0K .", b"", 1),
        "Hello\n",
        rewritten=LINES,
    ),
    Case("B40", "a meter", WIRE.replace(b"\n\ndata: {", b"\n\n     0K .data: {"), "Hello\n", rewritten=LINES),
    Case("B40", "a status glued to a line", LINES[:-1] + b"200", "Hello\n", rewritten=LINES[:-1]),
    Case("B40", "a message glued to a line", LINES[:-1] + b"curl: (18) transfer closed\n", "Hello\n", rewritten=LINES),
    Case("B31", "data: twice", WIRE.replace(b"data: {", b"data: data: {"), "Hello\n", rewritten=LINES),
    Case(
        "B32",
        "a mark before a later record",
        LINES.replace(b"}\n{", b"}\n\xef\xbb\xbf{", 1),
        "Hello\n",
        rewritten=LINES,
    ),
    Case(
        "B33",
        "indented events",
        b"".join(b"data: %b\n\n" % each for each in INDENTED),
        "Hello\n",
        rewritten=b"".join(each.replace(b"\n", b"") + b"\n" for each in INDENTED),
    ),
    Case(
        "B34",
        "a table of a browser",
        b"".join(b"message\t%b\t10:11:12.131\n" % line for line in LINES.splitlines()),
        "Hello\n",
        rewritten=LINES,
    ),
    Case("B35", "lines cut at 64 columns", folded(LINES, 64), "Hello\n", rewritten=LINES),
    Case("B35", "events cut at 47 columns, spaces lost", folded(WIRE, 47), "Hello\n", rewritten=LINES),
]
