"""T: whose fragment is it? One entry a stream; a new finding is a new entry."""

from tests.quirks.case import HI, SAME, Case, ends, lines, more, opening, plain
from tests.support import Chunk, calls, chunk, entry, message_call

OSLO = '{"city": "Oslo"}'
SIGNED = {"extra_content": {"google": {"thought_signature": "c2ln"}}}


def start(*entries: Chunk) -> Chunk:
    """A first chunk with these call entries."""
    return chunk(calls(*entries, role="assistant", content=None))


EMPTY: list[object] = [None, []]


def camel(delta: Chunk, finish: str) -> Chunk:
    """A last chunk with the name of its finish in camel case."""
    last = chunk(delta)
    del last["choices"][0]["finish_reason"]
    last["choices"][0]["finishReason"] = finish
    return last


def named(arguments: str = "", name: str = "send_message", index: int | None = 0, **members: object) -> Chunk:
    """An entry that opens a call."""
    return entry(arguments, index=index, type="function", name=name, **members)


def both(arguments: str, name: str = "send_message") -> Chunk:
    """A delta that carries one fragment as tool_calls and again as function_call."""
    function = {"name": name, "arguments": arguments}
    twin = {"index": 0, "id": "call_1", "type": "function", "function": function}
    return chunk({"role": None, "content": None, "function_call": function, "tool_calls": [twin]})


def legacy(function: Chunk, **delta: object) -> Chunk:
    """A delta with the old function_call."""
    return chunk({**delta, "function_call": function})


TWO_LINES = "One\nTwo\n"
ONE, TWO = '{"message": "One"}', '{"message": "Two"}'

FLAT: dict[str, list[Chunk]] = {
    "flat": [{"index": 0, "id": "a", "name": "send_message", "arguments": HI}],
    "flat, in fragments": [
        {"index": 0, "id": "a", "name": "send_message", "arguments": HI[:9]},
        {"index": 0, "arguments": HI[9:]},
    ],
    "flat, an object by another name": [{"index": 0, "id": "a", "name": "send_message", "args": {"message": "Hi"}}],
    "by another name": [{"index": 0, "id": "a", "function": {"name": "send_message", "parameters": {"message": "Hi"}}}],
    "the function is its name": [
        {"id": "a", "function": "send_message", "arguments": {"message": "Hi"}, "type": "function"}
    ],
}

CASES = [
    Case("T1", "a message call", lines([start(named(HI, id="a")), ends()]), "Hi\n"),
    Case("T1", "another call", lines([start(named(OSLO, "weather", id="a")), ends()]), "", rewritten=SAME),
    Case(
        "T2",
        "a message call",
        lines([start(named("{", id="a")), more('"message": "Hi"}'), ends()]),
        "Hi\n",
        unnamed=("T1",),
    ),
    Case(
        "T3",
        "missing, known by id",
        lines(
            [start(named(index=None, id="a")), more('{"message": "H', None, id="a"), more('i"}', None, id="a"), ends()]
        ),
        "Hi\n",
    ),
    Case(
        "T3",
        "null, the last call goes on",
        lines([start({**named(id="a"), "index": None}), more(HI, None), ends()]),
        "Hi\n",
    ),
    Case(
        "T3",
        "two calls told apart by id",
        lines(
            [
                start(named('{"message": "O', index=None, id="a")),
                more('ne"}', None),
                start(named(TWO, index=None, id="b")),
                ends(),
            ]
        ),
        TWO_LINES,
        content="One\n\nTwo",
    ),
    Case("T3", "another call", lines([start(named(OSLO, "weather", None, id="a")), ends()]), "", rewritten=SAME),
    Case(
        "T4",
        "two whole calls",
        lines([start(named(ONE, id="a")), chunk(calls(named(TWO, id="b"))), ends()]),
        TWO_LINES,
        content="One\n\nTwo",
    ),
    Case(
        "T4",
        "two calls in fragments",
        lines(
            [start(named(id="a")), more(ONE), chunk(calls(named(id="b"))), more('{"message": "T'), more('wo"}'), ends()]
        ),
        TWO_LINES,
        content="One\n\nTwo",
    ),
    Case(
        "T5",
        "a blank name and no id",
        lines([start(named(ONE)), chunk(calls(entry(TWO, name=""))), ends()]),
        TWO_LINES,
        content="One\n\nTwo",
    ),
    Case("T6", "from one on", lines([opening(index=1), more(HI, 1), ends()]), "Hi\n"),
    Case(
        "T6",
        "another call alone keeps its bytes",
        lines([opening("weather", index=1), more(OSLO, 1), ends()]),
        "",
        rewritten=SAME,
    ),
    Case(
        "T7",
        "drifting upwards",
        lines([opening(), more('{"message"', 1), more(': "H', 2), more('i"}', 3), ends()]),
        "Hi\n",
    ),
    Case(
        "T7",
        "and the id with it",
        lines(
            [
                opening(),
                more('{"message"', 1, id="u1", name=""),
                more(" ", 9, id="u9"),
                more(': "H', 2, id="u2"),
                more('i"}', 3, id="u3"),
                ends(),
            ]
        ),
        "Hi\n",
    ),
    Case(
        "T17",
        "no call goes on with another that opens",
        lines([opening(), more('{"message": "H'), more('{"message": "Yo"}', 1, id="u1"), more('i"}'), ends()]),
        "Hi\n",
        named=(),
        finishes=("tool_calls",),
    ),
    Case(
        "T8", "on continuations", lines([opening(), more('{"message": "H', id=""), more('i"}', id=""), ends()]), "Hi\n"
    ),
    Case(
        "T9",
        "on continuations",
        lines([opening(), more('{"message": "H', name=""), more('i"}', name=""), ends()]),
        "Hi\n",
    ),
    Case(
        "T10",
        "with a loud type",
        lines(
            [
                opening(),
                *(more(part, id="", type="FUNCTION", name="null") for part in ('{"message": "H', 'i"}')),
                ends(),
            ]
        ),
        "Hi\n",
        named=("T8", "T10"),
    ),
    Case(
        "T11",
        "a message call",
        lines([opening(), *(more(part, name="send_message") for part in ('{"message": "H', 'i"}')), ends()]),
        "Hi\n",
    ),
    Case(
        "T11",
        "another call",
        lines([opening("weather"), *(more(part, name="weather") for part in ('{"city": ', '"Oslo"}')), ends()]),
        "",
        rewritten=SAME,
    ),
    Case(
        "T12",
        "a message call",
        lines([start(named(name="send_", id="a")), more("", name="message"), more(HI), ends()]),
        "Hi\n",
    ),
    Case(
        "T12",
        "held, then not a message tool",
        lines([start(named(name="send_", id="a")), more("", name="parcel"), more(OSLO), ends()]),
        "",
        finishes=("tool_calls",),
    ),
    Case(
        "T12",
        "another call",
        lines([start(named(name="get_", id="a")), more("", name="weather"), more(OSLO), ends()]),
        "",
        rewritten=SAME,
    ),
    Case(
        "T13",
        "within one call",
        lines([opening(ident="x"), more('{"message": "H', id="call_7"), more('i"}'), ends()]),
        "Hi\n",
    ),
    Case("T14", "a message call", lines([start(named(id=7)), more(HI, id=7), ends()]), "Hi\n"),
    Case(
        "T15",
        "in every delta",
        lines([opening(), more('{"message": "H', id="call_1"), more('i"}', id="call_1"), ends()]),
        "Hi\n",
    ),
    Case(
        "T16",
        "two fragments at once",
        lines([start(named("", id="a"), entry('{"message"')), chunk(calls(entry(': "H'), entry('i"}'))), ends()]),
        "Hi\n",
    ),
    Case(
        "T17",
        "two messages",
        lines(
            [
                start(named(id="a"), named(index=1, id="b")),
                more('{"message": "O'),
                more('{"message": "T', 1),
                more('ne"}'),
                more('wo"}', 1),
                ends(),
            ]
        ),
        TWO_LINES,
        content="One\n\nTwo",
    ),
    Case(
        "T18",
        "on continuations",
        lines(
            [
                opening(),
                more('{"message": "H', id=None, type=None, name=None),
                chunk(calls({"index": 0, "function": None})),
                more('i"}'),
                ends(),
            ]
        ),
        "Hi\n",
    ),
    Case(
        "T19",
        "on another call",
        lines([start({**named(OSLO, "weather", id="a"), **SIGNED}), ends()]),
        "",
        rewritten=SAME,
    ),
    Case("T19", "on a message call", lines([start({**named(HI, id="a"), **SIGNED}), ends()]), "Hi\n"),
    Case(
        "T20",
        "a message call",
        lines(
            [
                legacy({"name": "send_message", "arguments": ""}, role="assistant"),
                legacy({"arguments": '{"message": "H'}),
                legacy({"arguments": 'i"}'}),
                ends("function_call"),
            ]
        ),
        "Hi\n",
    ),
    Case(
        "T20",
        "another call",
        lines([legacy({"name": "weather", "arguments": OSLO}, role="assistant"), ends("function_call")]),
        "",
        rewritten=SAME,
    ),
    Case(
        "T21",
        "markup",
        lines(plain("<tool_", 'call>{"name"', ': "weather"}')),
        '<tool_call>{"name": "weather"}\n',
        rewritten=SAME,
    ),
    *(
        Case("T21", form, lines(plain(form[:5], form[5:])), f"{form}\n", rewritten=SAME)
        for form in (
            "<function_calls>",
            '<invoke name="weather">',
            "```tool_code",
            "[TOOL_CALL]",
            "<start_function_call>",
        )
    ),
    Case(
        "T21",
        "bare JSON",
        lines(plain('{"name": "weather", "argu', 'ments": {}}')),
        '{"name": "weather", "arguments": {}}\n',
        rewritten=SAME,
    ),
    Case(
        "T21",
        "content that repeats the fragment",
        lines([opening(), chunk(calls(entry('{"message": "Hi"}'), content='{"message": "Hi"}')), ends()]),
        '{"message": "Hi"}\nHi\n',
        content='{"message": "Hi"}\n\nHi',
    ),
    Case(
        "T21",
        "an angle bracket is no markup",
        lines(plain("a <tool", "> b")),
        "a <tool> b\n",
        rewritten=SAME,
        named=(),
        unnamed=("T21",),
    ),
    Case(
        "T21",
        "markup of Kimi K3",
        lines(plain("<|open|>to", 'ols<|sep|><|open|>call tool="f"<|sep|>')),
        '<|open|>tools<|sep|><|open|>call tool="f"<|sep|>\n',
        rewritten=SAME,
        named=("Q41",),
    ),
    Case(
        "T22",
        "a progress member",
        lines([*plain(finish=None), chunk({"tool_call_generating": True}), *plain("Hi")[1:]]),
        "Hi\n",
        rewritten=SAME,
    ),
    Case("T22", "an empty delta", lines([*plain(finish=None), chunk({}), *plain("Hi")[1:]]), "Hi\n", rewritten=SAME),
    Case(
        "T22", "amid a message call", lines([opening(), chunk({"tool_call_generating": 3}), more(HI), ends()]), "Hi\n"
    ),
    Case(
        "T23",
        "a message call",
        lines(
            [
                chunk({"role": "assistant", "content": None, "function_call": None, "tool_calls": None}),
                *(both(part) for part in ("{", '"message": "', "H\x1bi", '"}')),
                ends(),
            ]
        ),
        "H\x1bi\n",
        named=("T11", "T15", "T23", "A8"),
    ),
    Case("T23", "another call", lines([both(OSLO, "weather"), ends()]), "", rewritten=SAME),
    Case(
        "T21",
        "markup of DSML",
        lines(plain("<\uff5cDS", "ML\uff5cinvoke>")),
        "<\uff5cDSML\uff5cinvoke>\n",
        rewritten=SAME,
    ),
    Case(
        "T24",
        "a message tool",
        lines(
            [
                chunk(
                    calls({"index": 0, "id": "c", "type": "custom", "custom": {"name": "send_message", "input": ""}})
                ),
                *(chunk(calls({"index": 0, "custom": {"input": text}})) for text in ('At "ni', 'ne".')),
                chunk({}, "tool_calls"),
            ]
        ),
        'At "nine".\n',
    ),
    Case("T35", "after nothing", lines(plain(finish="tool_calls")), "", rewritten=SAME),
    Case("T35", "after text", lines(plain("Hi", finish="function_call")), "Hi\n", rewritten=SAME),
    Case("T35", "after a call", lines(message_call([HI])), "Hi\n", named=(), unnamed=("T35",)),
    Case(
        "T36",
        "a message call",
        lines(
            [
                chunk({"role": "assistant", "tool_calls": named('{"message": "H', id="a")}),
                chunk({"tool_calls": {"index": 0, "function": {"arguments": 'i"}'}}}),
                ends(),
            ]
        ),
        "Hi\n",
    ),
    Case(
        "T36",
        "another call",
        lines([chunk({"role": "assistant", "tool_calls": named(OSLO, "weather", id="a")}), ends()]),
        "",
        rewritten=SAME,
    ),
    Case(
        "T36", "an empty object", lines([*plain("Hi")[:-1], chunk({"tool_calls": {}}, "stop")]), "Hi\n", named=("Q19",)
    ),
    Case("T37", "a token", lines([start(named(HI, "send_message<|channel|>commentary", id="a")), ends()]), "Hi\n"),
    Case("T37", "a line end", lines([start(named(HI, "send_message\n", id="a")), ends()]), "Hi\n"),
    Case(
        "T37",
        "a token in a fragment of its own",
        lines([start(named("", id="a")), more(HI, name="<|channel|>commentary"), ends()]),
        "Hi\n",
    ),
    Case(
        "T38",
        "and nothing else",
        lines(
            [chunk({"role": "assistant", "reasoning_content": "<tool_"}), chunk({"reasoning_content": "call>"}), ends()]
        ),
        "",
        rewritten=SAME,
        named=("Q17",),
    ),
    *(
        Case("T39", name, lines([chunk(calls(*entries, role="assistant")), ends()]), "Hi\n")
        for name, entries in FLAT.items()
    ),
    Case(
        "T39",
        "another call",
        lines([chunk(calls({"id": "a", "name": "weather", "arguments": OSLO}, role="assistant")), ends()]),
        "",
        rewritten=SAME,
    ),
    Case(
        "T40",
        "a message call",
        lines([chunk({"role": "assistant", "toolCalls": [named(HI, id="a")]}), camel({"content": ""}, "tool_calls")]),
        "Hi\n",
        named=("F11",),
    ),
    *(
        Case(
            "T40",
            f"behind {empty} of its own name",
            lines([chunk({"toolCalls": [named(HI, id="a")], "role": "assistant", "tool_calls": empty}), ends()]),
            "Hi\n",
        )
        for empty in EMPTY
    ),
    Case(
        "T40",
        "an empty copy",
        lines([chunk({**calls(named(HI, id="a"), role="assistant"), "toolCalls": []}), ends()]),
        "Hi\n",
    ),
    Case(
        "T40",
        "another call, and thoughts",
        lines(
            [
                chunk({"role": "assistant", "reasoningContent": "Hm.", "toolCalls": [named(OSLO, "weather", id="a")]}),
                camel({}, "tool_calls"),
            ]
        ),
        "",
        rewritten=SAME,
        named=("F11",),
    ),
    Case("T37", "another call", lines([start(named(OSLO, "weather<|end|>", id="a")), ends()]), "", rewritten=SAME),
]
