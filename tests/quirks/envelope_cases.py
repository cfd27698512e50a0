"""Q: the envelope and the choices. One entry a stream; a new finding is a new entry."""

from tests.quirks.case import HI, SAME, USAGE, Case, ends, lines, more, opening, plain
from tests.support import Chunk, calls, chunk, entry, message_call

PROLOGUE: Chunk = {
    "id": "",
    "choices": [],
    "created": 0,
    "model": "",
    "object": "",
    "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": {"hate": {"filtered": False}}}],
}
OLD_PROLOGUE = {name: value for name, value in PROLOGUE.items() if name != "prompt_filter_results"} | {
    "prompt_annotations": [{"prompt_index": 0}]
}
FILTERED: Chunk = {
    **PROLOGUE,
    "choices": [
        {
            "index": 0,
            "finish_reason": None,
            "content_filter_offsets": {"check_offset": 12, "start_offset": 0, "end_offset": 40},
            "content_filter_results": {"violence": {"filtered": False}},
        }
    ],
}
ERROR = {"error": {"message": "the upstream went away", "code": 502}}
PADDING = {"service_tier": "default", "system_fingerprint": "fp_7", "obfuscation": "k2Xq"}


KEPT = {name: value for name, value in chunk().items() if name != "choices"}
BARE = {**KEPT, "choices": None}
SPACED = lines(plain("Hi"))
ACCESS = b'\nINFO:     127.0.0.1:1 - "POST /v1/chat HTTP/1.1" 200 OK\n2031-05-04 09:00:01,1 httpx: done\n'
DONE = b"data: [DONE]\n\n"
WIRE = b"".join(b"data: %b\n\n" % line for line in SPACED.splitlines()) + DONE


def bare(finish: str, **members: object) -> Chunk:
    """A finish in a choice that has no delta of its own."""
    return {**chunk(), "choices": [{"index": 0, "finish_reason": finish, **members}]}


def plain_deltas(*deltas: Chunk) -> list[Chunk]:
    """A response in ordinary content of which these deltas are part."""
    return [chunk({"role": "assistant", "content": ""}), *map(chunk, deltas), ends("stop")]


def whole(message: Chunk, delta: Chunk, finish: str | None = None) -> Chunk:
    """A chunk with the whole message so far beside the delta."""
    one = chunk(delta, finish, object="chat.completion")
    one["choices"][0]["message"] = message
    return one


def message_of_any_type(message: object) -> Chunk:
    """A chunk that finishes, with a message of some other type beside its delta."""
    return {**chunk(), "choices": [{"index": 0, "delta": {}, "message": message, "finish_reason": "stop"}]}


def renamed(chunks: list[Chunk]) -> list[Chunk]:
    """The same chunks, each under an id of its own."""
    return [{**one, "id": f"chat.id.{number}"} for number, one in enumerate(chunks, 1)]


def finished(finish: str, **message: object) -> Chunk:
    """A last chunk with the whole message in place of a delta."""
    return {**chunk(), "choices": [{"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}]}


def called(arguments: str, ident: str = "call_1") -> Chunk:
    """A whole call of a message tool."""
    return {"id": ident, "type": "function", "function": {"name": "send_message", "arguments": arguments}}


def of_choice(index: int, chunks: list[Chunk]) -> list[Chunk]:
    """The same chunks for another choice."""
    return [{**one, "choices": [{**choice, "index": index} for choice in one["choices"]]} for one in chunks]


def interleaved(*rows: list[Chunk]) -> list[Chunk]:
    """One chunk of each row in turn."""
    return [one for turn in zip(*rows, strict=True) for one in turn]


def with_role(chunks: list[Chunk], role: str | None) -> list[Chunk]:
    """The same chunks, every delta with this role."""
    return [chunk({**one["choices"][0]["delta"], "role": role}, one["choices"][0]["finish_reason"]) for one in chunks]


def without_role(chunks: list[Chunk]) -> list[Chunk]:
    """The same chunks, no delta with a role."""
    deltas = [{k: v for k, v in one["choices"][0]["delta"].items() if k != "role"} for one in chunks]
    return [chunk(delta, one["choices"][0]["finish_reason"]) for delta, one in zip(deltas, chunks, strict=True)]


def parts(*content: Chunk) -> Chunk:
    """A chunk whose content is an array."""
    return chunk({"content": list(content)})


THINKING_PART = {"type": "thinking", "thinking": [{"type": "text", "text": "The user waves. "}]}
TEXT_PART = {"type": "text", "text": "Hi"}
MARK = {"google": {"thought": True}}
REASONS = [chunk({"role": "assistant", "content": ""}), chunk({"reasoning_content": "Wave back. "})]

PIECES = (("At ", None), ("nine.", None), ("", "stop"))
"""A text in pieces, each with a finish reason."""

ODD_CALL = (
    b'{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","seed":123456789012345678901234567890,'
    b'"x":1.10,"x":-0,"choices":[{"index":0,"delta":{"role":"assistant","tool_calls":[{"index":0,"function":'
    b'{"name":"send_message","arguments":"{\\"message\\":\\"Hi\\"}"}}]},"finish_reason":"tool_calls"}]}\n'
)
"""A whole message call in one chunk, with values that readers do not keep."""

CASES = [
    Case("Q1", "a prologue before text", lines([PROLOGUE, *plain("Hi")]), "Hi\n", rewritten=SAME),
    Case("Q1", "its older name", lines([OLD_PROLOGUE, *plain("Hi")]), "Hi\n", rewritten=SAME),
    Case("Q1", "before a message call", lines([PROLOGUE, *message_call([HI])]), "Hi\n"),
    Case("Q2", "amid text", lines([*plain("Hi", finish=None), FILTERED, ends("stop")]), "Hi\n", rewritten=SAME),
    Case(
        "Q2", "amid a message call", lines([opening(), more('{"message": "H'), FILTERED, more('i"}'), ends()]), "Hi\n"
    ),
    Case("Q3", "on the finish", lines([*plain("Hi", finish=None), bare("stop", delta=None)]), "Hi\n", rewritten=SAME),
    Case(
        "Q3", "after a message call", lines([*message_call([HI], finish=None), bare("tool_calls", delta=None)]), "Hi\n"
    ),
    Case(
        "Q4", "on the finish", lines([*plain("Hi", finish=None), bare("stop")]), "Hi\n", rewritten=SAME, unnamed=("Q2",)
    ),
    Case("Q4", "after a message call", lines([*message_call([HI], finish=None), bare("tool_calls")]), "Hi\n"),
    Case("Q5", "no choices at all", lines([*plain("Hi"), {"usage": USAGE}]), "Hi\n", rewritten=SAME),
    Case("Q5", "after a message call", lines([*message_call([HI]), {"usage": USAGE}]), "Hi\n", strict=False),
    Case(
        "Q5",
        "an empty array is the contract",
        lines([*message_call([HI]), chunk(choices=[], usage=USAGE)]),
        "Hi\n",
        named=(),
        unnamed=("Q5",),
    ),
    Case("Q6", "in text", lines([{**one, "usage": USAGE} for one in plain("H", "i")]), "Hi\n", rewritten=SAME),
    Case(
        "Q6",
        "in a message call",
        lines([{**one, "usage": USAGE} for one in message_call(['{"message": "H', 'i"}'])]),
        "Hi\n",
    ),
    Case(
        "Q7",
        "beside the finish",
        lines([*plain("Hi", finish=None), bare("stop", delta={}, usage=USAGE)]),
        "Hi\n",
        rewritten=SAME,
    ),
    Case(
        "Q7",
        "after a message call",
        lines([*message_call([HI], finish=None), bare("tool_calls", delta={}, usage=USAGE)]),
        "Hi\n",
    ),
    Case("Q8", "after text", lines([*plain("Hi"), chunk({}, usage=USAGE)]), "Hi\n", rewritten=SAME),
    Case("Q8", "after a message call", lines([*message_call([HI]), chunk({}, usage=USAGE)]), "Hi\n"),
    Case(
        "Q9",
        "with the last words",
        lines([*plain("H", finish=None), chunk({"content": "i"}, "stop", usage=USAGE)]),
        "Hi\n",
        rewritten=SAME,
    ),
    Case("Q10", "around text", lines([{**one, **PADDING} for one in plain("Hi")]), "Hi\n", rewritten=SAME),
    Case("Q10", "around a message call", lines([{**one, **PADDING} for one in message_call([HI])]), "Hi\n"),
    Case("Q11", "text", lines(renamed(plain("H", "i"))), "Hi\n", rewritten=SAME),
    Case(
        "Q11",
        "in a last chunk with a role",
        lines(
            [
                *plain("H", "i", finish=None),
                chunk({"role": "assistant", "content": ""}, "stop", id="chatcmpl-2", usage=USAGE),
            ]
        ),
        "Hi\n",
    ),
    Case("Q11", "a message call", lines(renamed(message_call(['{"message": "H', 'i"}']))), "Hi\n"),
    Case(
        "Q12",
        "cumulative beside the delta",
        lines(
            [
                whole({"role": "assistant", "content": "H"}, {"role": "assistant", "content": "H"}),
                whole({"role": "assistant", "content": "Hi"}, {"content": "i"}),
                whole({"role": "assistant", "content": "Hi"}, {}, "stop"),
            ]
        ),
        "Hi\n",
        rewritten=SAME,
    ),
    Case(
        "Q12",
        "a whole answer beside an empty delta",
        lines([whole({"role": "assistant", "content": "Hi"}, {"role": "assistant", "content": ""}, "stop")]),
        "Hi\n",
        rewritten=SAME,
    ),
    Case(
        "Q12",
        "the last chunk with the whole answer, a role and its own id",
        lines(
            [
                whole({"role": "assistant", "content": "H"}, {"role": "assistant", "content": "H"}),
                whole({"role": "assistant", "content": "Hi"}, {"content": "i"}),
                {
                    **whole({"role": "assistant", "content": "Hi"}, {"role": "assistant", "content": ""}, "stop"),
                    "id": "chatcmpl-2",
                },
            ]
        ),
        "Hi\n",
    ),
    Case(
        "Q12",
        "a message that is no object beside the delta that finishes",
        lines([*plain("Hi", finish=None), message_of_any_type(3)]),
        "Hi\n",
    ),
    Case(
        "Q12",
        "a whole message in camel case behind deltas",
        lines(
            [
                *plain("Hi", finish=None),
                whole({"role": "assistant", "content": "Hi", "reasoningContent": ""}, {}, "stop"),
            ]
        ),
        "Hi\n",
        rewritten=SAME,
    ),
    Case(
        "Q12",
        "the last chunk with its own id and only the beginning of the answer",
        lines(
            [
                whole({"role": "assistant", "content": "Hi"}, {"role": "assistant", "content": "Hi"}),
                whole({"role": "assistant", "content": "Hi you"}, {"content": " you"}),
                {
                    **whole({"role": "assistant", "content": "Hi"}, {"role": "assistant", "content": ""}, "stop"),
                    "id": "chatcmpl-2",
                    "object": "chat.completion.done",
                },
            ]
        ),
        "Hi you\n",
    ),
    Case(
        "Q13",
        "left alone without a repair",
        lines(plain("He", "Hello", "Hello wor", "Hello world")),
        "HeHelloHello worHello world\n",
        rewritten=SAME,
    ),
    Case(
        "Q13",
        "with the repair",
        lines(plain("He", "Hello", "Hello wor", "Hello world")),
        "Hello world\n",
        options=("--repair", "cumulative"),
    ),
    Case(
        "Q13",
        "identical deltas are legal",
        lines(plain("ha", "ha", "ha", "!")),
        "hahaha!\n",
        rewritten=SAME,
        named=(),
        unnamed=("Q13",),
    ),
    Case(
        "Q13",
        "identical deltas under the repair",
        lines(plain("ha", "ha", "ha", "!")),
        "hahaha!\n",
        options=("--repair", "cumulative"),
        rewritten=SAME,
        named=(),
        unnamed=("Q13",),
    ),
    Case(
        "Q14",
        "the second choice first",
        lines(
            interleaved(of_choice(1, message_call(['{"message": "Y', 'o"}'])), message_call(['{"message": "H', 'i"}']))
        ),
        "Hi\n",
    ),
    Case(
        "Q14",
        "the text of the other choice",
        lines(
            interleaved(of_choice(1, message_call(['{"message": "Y', 'o"}'])), message_call(['{"message": "H', 'i"}']))
        ),
        "Yo\n",
        options=("--choice", "1"),
        content="Hi",
    ),
    Case("Q15", "in text", lines(with_role(plain("H", "i"), "assistant")), "Hi\n", rewritten=SAME),
    Case("Q15", "in a message call", lines(with_role(message_call(['{"message": "H', 'i"}']), "assistant")), "Hi\n"),
    Case("Q15", "always null", lines(with_role(message_call([HI]), None)), "Hi\n"),
    Case("Q15", "never sent", lines(without_role(message_call([HI]))), "Hi\n"),
    Case(
        "Q16",
        "text and thoughts",
        lines([*plain(finish=None), parts(THINKING_PART), parts(TEXT_PART), ends("stop")]),
        "Hi\n",
        rewritten=SAME,
    ),
    Case(
        "Q16",
        "thoughts asked for",
        lines([*plain(finish=None), parts(THINKING_PART), parts(TEXT_PART), ends("stop")]),
        "The user waves. \nHi\n",
        options=("--thoughts", "reasoning"),
        rewritten=SAME,
        content="Hi",
    ),
    Case("Q17", "reasoning_content", lines([*REASONS, *plain("Hi")[1:]]), "Hi\n", rewritten=SAME),
    Case(
        "Q17",
        "reasoning",
        lines([chunk({"role": "assistant", "reasoning": "Wave back. "}), *plain("Hi")[1:]]),
        "Wave back. \nHi\n",
        options=("--thoughts", "reasoning"),
        rewritten=SAME,
        content="Hi",
    ),
    Case(
        "Q17",
        "marked content",
        lines(
            [
                chunk({"role": "assistant", "content": "<thought>Wave ", "extra_content": MARK}),
                chunk({"content": "back. ", "extra_content": MARK}),
                chunk({"content": "</thought>H"}),
                chunk({"content": "i"}),
                chunk({}, "stop"),
            ]
        ),
        "Wave back. \nHi\n",
        options=("--thoughts", "reasoning"),
        rewritten=SAME,
        content="Hi",
    ),
    Case(
        "Q17",
        "thinking",
        lines([chunk({"role": "assistant", "thinking": "Wave back. "}), *plain("Hi")[1:]]),
        "Wave back. \nHi\n",
        options=("--thoughts", "reasoning"),
        rewritten=SAME,
        content="Hi",
    ),
    Case(
        "Q17",
        "reasoning_details",
        lines(
            [
                chunk({"role": "assistant", "reasoning_details": [{"type": "reasoning.text", "text": "Wave back. "}]}),
                *plain("Hi")[1:],
            ]
        ),
        "Wave back. \nHi\n",
        options=("--thoughts", "reasoning"),
        rewritten=SAME,
        content="Hi",
    ),
    Case(
        "Q17",
        "null",
        lines([chunk({"role": "assistant", "reasoning_content": None, "content": "Hi"}), ends("stop")]),
        "Hi\n",
        rewritten=SAME,
    ),
    Case(
        "Q17",
        "inline tags are text",
        lines(plain("<think>", "Wave.", "</think>", "Hi")),
        "<think>Wave.</think>Hi\n",
        rewritten=SAME,
    ),
    Case(
        "Q18",
        "an empty content",
        lines(
            [
                chunk(calls(entry("", id="c", type="function", name="send_message"), role="assistant", content="")),
                more(HI),
                ends(),
            ]
        ),
        "Hi\n",
    ),
    Case(
        "Q18",
        "text and a call in one delta",
        lines(
            [
                chunk({"role": "assistant", "content": ""}),
                chunk(calls(entry("", id="c", type="function", name="send_message"), content="Sure. ")),
                more(HI),
                ends(),
            ]
        ),
        "Sure. \nHi\n",
        content="Sure. \n\nHi",
    ),
    Case(
        "Q19",
        "null",
        lines([chunk({"role": "assistant", "content": "Hi", "tool_calls": None}), ends("stop")]),
        "Hi\n",
        rewritten=SAME,
    ),
    Case(
        "Q19",
        "an empty array",
        lines([chunk({"role": "assistant", "content": "Hi", "tool_calls": []}), ends("stop")]),
        "Hi\n",
        rewritten=SAME,
    ),
    Case("Q20", "without choices", lines([*plain("Hi", finish=None), ERROR]), "Hi\n", 5, rewritten=SAME),
    Case(
        "Q20",
        "with empty choices",
        lines([*plain("Hi", finish=None), {**ERROR, "choices": []}]),
        "Hi\n",
        5,
        rewritten=SAME,
    ),
    Case("Q20", "first of all", lines([ERROR]), "", 5, rewritten=SAME, steps=0),
    Case(
        "Q20",
        "in a message call",
        lines([opening(), more('{"message": "Hi'), ERROR]),
        "Hi\n",
        5,
        finishes=(),
        strict=False,
    ),
    Case(
        "Q21",
        "a date as text",
        lines([{**one, "created": "2031-05-04T03:02:01Z"} for one in plain("Hi")]),
        "Hi\n",
        rewritten=SAME,
    ),
    Case(
        "Q22",
        "a text of the choice",
        lines([chunk(choices=[{"index": 0, "text": text, "finish_reason": end}]) for text, end in PIECES]),
        "At nine.\n",
        rewritten=SAME,
    ),
    Case(
        "Q23",
        "a transcript",
        lines([chunk({"audio": {"id": "a", "transcript": text}}, end) for text, end in PIECES]),
        "At nine.\n",
        rewritten=SAME,
    ),
    Case(
        "Q24",
        "a usage of Groq's",
        lines([*plain("Hi", finish=None), chunk({}, "stop", x_groq={"id": "r", "usage": {"total_tokens": 3}})]),
        "Hi\n",
        rewritten=SAME,
    ),
    Case(
        "Q25",
        "content",
        lines([chunk({"content": {"type": "text", "text": text}}, end) for text, end in PIECES]),
        "At nine.\n",
        rewritten=SAME,
    ),
    Case(
        "Q25",
        "reasoning",
        lines([chunk({"reasoning_content": {"text": "Hm"}}), *plain("Hi")]),
        "Hi\n",
        rewritten=SAME,
    ),
    Case(
        "Q28",
        "content",
        lines(plain_deltas({"content": "Gate "}, {"content": 4}, {"content": ", platform "}, {"content": 0})),
        "Gate 4, platform 0\n",
        rewritten=SAME,
    ),
    Case(
        "Q28",
        "reasoning",
        lines([chunk({"reasoning_content": 0}), chunk({"reasoning": 1.5}), *plain("Hi")]),
        "01.5\nHi\n",
        options=("--thoughts", "reasoning"),
        content="Hi",
    ),
    Case(
        "Q28",
        "content that is a field of a message",
        lines(plain_deltas({"content": '{"reply": "Gate '}, {"content": 4}, {"content": '"}'})),
        "Gate 4\n",
        options=("--field", "reply"),
    ),
    Case(
        "Q28",
        "thoughts between tags",
        lines(plain_deltas({"content": "<think>Hm"}, {"content": 4}, {"content": "</think>Five"})),
        "Five\n",
        options=("--channels", "think"),
    ),
    Case("Q29", "null, at first", lines([BARE, *plain("Hi")]), "Hi\n", rewritten=SAME),
    Case(
        "Q29", "missing, amid text", lines([*plain("Hi", finish=None), KEPT, chunk({}, "stop")]), "Hi\n", rewritten=SAME
    ),
    Case("Q29", "behind the finish", lines([*plain("Hi"), KEPT, BARE]), "Hi\n", rewritten=SAME),
    *(
        Case(
            "Q29", f"{name} of Open WebUI", lines([{name: value}, *plain("Hi"), {name: value}]), "Hi\n", rewritten=SAME
        )
        for name, value in (
            ("sources", [{"document": ["x"]}]),
            ("selected_model_id", "m"),
            ("event", {"type": "status"}),
        )
    ),
    Case("Q29", "amid a call", lines([*message_call([HI])[:-1], KEPT, ends()]), "Hi\n", strict=False),
    Case(
        "Q26",
        "points",
        lines([*plain("Hi"), chunk(choices=[], usage={"prompt_tokens": 31.0, "total_tokens": 48.0})]),
        "Hi\n",
        rewritten=SAME,
    ),
    Case(
        "Q27",
        "an error in an error",
        lines([*plain("Hi", finish=None), {"error": {"error": {"message": "Overloaded", "code": 503}}}]),
        "Hi\n",
        code=5,
        rewritten=SAME,
    ),
    Case(
        "Q27",
        "an error in a text",
        lines([*plain("Hi", finish=None), {"error": {"message": '{"error":{"message":"Overloaded"}}'}}]),
        "Hi\n",
        code=5,
        rewritten=SAME,
    ),
    Case(
        "Q40",
        "another name",
        lines(plain_deltas({"thoughts": [{"note": "Hm"}]}, {"content": "At nine."})),
        "At nine.\n",
        rewritten=SAME,
    ),
    Case(
        "Q40",
        "a boolean",
        lines(plain_deltas({"reasoning_content": True}, {"content": "At nine."})),
        "At nine.\n",
        rewritten=SAME,
    ),
    Case(
        "Q40",
        "a detail",
        lines(
            plain_deltas({"reasoning_details": [{"type": "reasoning.steps", "steps": [1]}]}, {"content": "At nine."})
        ),
        "At nine.\n",
        rewritten=SAME,
    ),
    Case(
        "Q40",
        "signatures",
        lines(
            plain_deltas(
                {"reasoning_signature": "c2ln", "reasoning_opaque": "x", "thinking_tokens": 4},
                {"reasoning_details": [{"type": "reasoning.encrypted", "data": "c2ln"}]},
                {"reasoning": "", "reasoning_details": [{"type": "reasoning.text", "text": "", "signature": "c2ln"}]},
                {"reasoning_text": "Hm", "content": "At nine."},
            )
        ),
        "At nine.\n",
        rewritten=SAME,
        named=(),
        unnamed=("Q40",),
    ),
    Case("Q41", "at the end", lines(plain("At nine.<|im_", "end|>")), "At nine.<|im_end|>\n", rewritten=SAME),
    Case("Q41", "alone", lines(plain("At nine.", "</s>")), "At nine.</s>\n", rewritten=SAME),
    Case(
        "Q41",
        "struck out",
        lines(plain("At <s>ei", "ght</s> nine.")),
        "At <s>eight</s> nine.\n",
        rewritten=SAME,
        named=(),
        unnamed=("Q41",),
    ),
    Case("Q41", "like one", lines(plain("a <|b|> c")), "a <|b|> c\n", rewritten=SAME, named=(), unnamed=("Q41",)),
    Case(
        "Q50",
        "think tags",
        lines(plain("<thi", "nk>Hm</think>At nine.")),
        "<think>Hm</think>At nine.\n",
        rewritten=SAME,
    ),
    Case(
        "Q50",
        "harmony",
        lines(plain("<|channel|>final<|message|>At nine.")),
        "<|channel|>final<|message|>At nine.\n",
        rewritten=SAME,
    ),
    Case(
        "Q50",
        "no markup",
        lines(plain("a < b, think > c")),
        "a < b, think > c\n",
        rewritten=SAME,
        named=(),
        unnamed=("Q50",),
    ),
    Case(
        "Q60",
        "a number of 30 digits beside a message",
        ODD_CALL,
        "Hi\n",
        rewritten=ODD_CALL.replace(
            b'"tool_calls":[{"index":0,"function":{"name":"send_message","arguments":"{\\"message\\":\\"Hi\\"}"}}]',
            b'"content":"Hi"',
        ).replace(b'"finish_reason":"tool_calls"', b'"finish_reason":"stop"'),
    ),
    Case(
        "Q60",
        "two members with one name",
        lines(plain("Hi")).replace(b'"model": "m"', b'"model": "m", "x": 1, "x": 2'),
        "Hi\n",
        rewritten=SAME,
    ),
    Case(
        "Q60",
        "numbers that readers keep",
        lines(plain("Hi")).replace(b'"model": "m"', b'"model": "m", "x": [1.10, -0, 1e2, 0.10000000000000001, 1e-7]'),
        "Hi\n",
        rewritten=SAME,
        named=(),
        unnamed=("Q60",),
    ),
    Case(
        "Q60",
        "two members with one name behind the code of a data stream",
        b'0:"Hi"\nd:{"finishReason":"stop","x":1,"x":2}\n',
        "Hi\n",
    ),
    Case("Q66", "each line", SPACED.replace(b"}\n", b"},\n"), "Hi\n", rewritten=SPACED),
    Case("Q66", "the last line", SPACED[:-1] + b",\n", "Hi\n", rewritten=SPACED),
    Case("Q67", "a status behind the end", WIRE + b"200", "Hi\n", rewritten=SPACED),
    Case("Q67", "a time in a line of its own", WIRE + b"\n1.204\n", "Hi\n", rewritten=SPACED),
    Case("Q67", "words", WIRE + b"\nHTTP Status: 200\n time_total:  1.2\n--------\n", "Hi\n", rewritten=SPACED),
    Case("Q67", "the object of curl -w", WIRE + b'{"http_code":200,"time_total":1.2}', "Hi\n", rewritten=SPACED),
    Case("Q67", "lines of a server between records", SPACED.replace(b"\n", ACCESS, 1), "Hi\n", rewritten=SPACED),
    Case(
        "Q67",
        "a request",
        WIRE + b'{"model":"m","messages":[{"role":"user","content":"Hi"}]}',
        "Hi\n",
        rewritten=SPACED,
    ),
    Case("Q67", "words behind a finish", SPACED + b"\n200 1.2\nreal\t0m1.2s\n", "Hi\n", rewritten=SPACED + b"\n"),
    Case("Q71", "a line that says done", SPACED + b'{"done": true}\n', "Hi\n", rewritten=SPACED),
    Case(
        "Q71",
        "an event that says done",
        WIRE[: -len(DONE)] + b'data: {"type":"end"}\n\n' + DONE,
        "Hi\n",
        rewritten=SPACED,
    ),
    Case("Q71", "an empty object behind [DONE]", WIRE + b"data: {}\n\n", "Hi\n", rewritten=SPACED),
    Case(
        "Q71",
        "an object with the whole answer",
        SPACED + b'{"done": true, "answer": "Hi"}\n',
        "Hi\n",
        3,
        named=(),
        unnamed=("Q71",),
    ),
    Case("Q71", "before the end", b'{"done": true}\n' + SPACED, "Hi\n", 3, named=(), unnamed=("Q71",)),
    Case(
        "Q70",
        "a last message with another text",
        lines([*plain("At ", "nine.", finish=None), finished("stop", content="At six.")]),
        "At nine.\n",
        3,
        rewritten=SAME,
    ),
    Case(
        "Q70",
        "other thoughts: they are private",
        lines(
            [
                *plain_deltas({"reasoning_content": "Wave back."}, {"content": "Hi"})[:-1],
                finished("stop", content="Hi", reasoning_content="Bow."),
            ]
        ),
        "Hi\n",
        rewritten=SAME,
    ),
    Case(
        "Q70",
        "another message in whole arguments",
        lines(
            [
                *message_call(['{"message":"At ', 'nine."}'])[:-1],
                finished("tool_calls", tool_calls=[called('{"message":"At six."}')]),
            ]
        ),
        "At nine.\n",
        3,
    ),
    Case(
        "Q70",
        "the longer message of the first call, behind that of another",
        lines(
            [
                opening(arguments='{"message":"At nine."}'),
                opening(ident="call_2", index=1, arguments='{"message":"Bye."}'),
                finished(
                    "tool_calls",
                    tool_calls=[called('{"message":"At nine. Come."}'), called('{"message":"Bye."}', "call_2")],
                ),
            ]
        ),
        "At nine.\nBye.\n",
        3,
        content="At nine.\n\nBye.",
    ),
    Case(
        "Q70",
        "nothing: the whole is a part of the text, or has other white space",
        lines([*plain("At ", "nine. ", finish=None), finished("stop", content="At nine.\n")]),
        "At nine. \n",
        rewritten=SAME,
        named=(),
        unnamed=("Q70",),
    ),
    Case(
        "Q72",
        "a text in place of each delta",
        lines([chunk(choices=[{"index": 0, "delta": text, "finish_reason": end}]) for text, end in PIECES]),
        "At nine.\n",
        rewritten=SAME,
    ),
    Case(
        "Q72",
        "a text behind an object",
        lines(
            [
                *plain("At ", finish=None),
                chunk(choices=[{"index": 0, "delta": "nine.", "finish_reason": None}]),
                chunk({}, "stop"),
            ]
        ),
        "At nine.\n",
        rewritten=SAME,
    ),
]
