"""F: the finish reason. One entry a stream; a new finding is a new entry."""

from typing import Any

from tests.quirks.case import HI, SAME, USAGE, Case, ends, lines, more, opening, plain
from tests.support import Chunk, calls, chunk, entry, message_call, sse

WEATHER = '{"city": "Oslo"}'


def completion(text: str) -> Chunk:
    """A whole completion without a finish."""
    message = {"role": "assistant", "content": text}
    return {**chunk(), "object": "chat.completion", "choices": [{"index": 0, "message": message, "finish_reason": ""}]}


def unfinished(chunks: list[Chunk], reason: str) -> list[Chunk]:
    """The same chunks with this instead of null."""
    return [
        chunk(c["delta"], reason if c["finish_reason"] is None else c["finish_reason"])
        for (c,) in (one["choices"] for one in chunks)
    ]


def keyless(chunks: list[Chunk]) -> list[Chunk]:
    """The same chunks without the key where it is null."""
    return [
        {**one, "choices": [{k: v for k, v in choice.items() if v is not None} for choice in one["choices"]]}
        for one in chunks
    ]


def reasoned(reason: Any) -> list[Chunk]:
    """A text whose finish reason is no text."""
    last = chunk()
    last["choices"][0]["finish_reason"] = reason
    return [chunk({"role": "assistant", "content": "Hi"}), last]


def detailed() -> list[Chunk]:
    """A text whose finish reason is an object in a member of its own."""
    chunks = reasoned(None)
    del chunks[-1]["choices"][0]["finish_reason"]
    chunks[-1]["choices"][0]["finish_details"] = {"type": "stop", "stop": "<|fim_suffix|>"}
    return chunks


def renamed(name: str) -> list[Chunk]:
    """A text whose finish reason has this name."""
    chunks = detailed()
    del chunks[-1]["choices"][0]["finish_details"]
    chunks[-1]["choices"][0][name] = "stop"
    return chunks


def finished(*texts: str, **delta: Any) -> list[Chunk]:
    """A text with a finish in every chunk."""
    return [chunk({**delta, "content": text}, "stop") for text in texts]


WHOLE = chunk(calls(entry(HI, id="call_1", type="function", name="send_message"), role="assistant"))

CASES = [
    Case("F1", "after a message call", lines(message_call([HI], finish="stop")), "Hi\n"),
    Case("F1", "after another call", lines(message_call([WEATHER], tool="weather", finish="stop")), "", rewritten=SAME),
    Case("F2", "in text", lines(unfinished(plain("H", "i"), "")), "Hi\n", rewritten=SAME),
    Case("F2", "in a message call", lines(unfinished(message_call([HI]), "")), "Hi\n"),
    Case("F3", "in text", lines(unfinished(plain("H", "i"), "null")), "Hi\n", rewritten=SAME),
    Case("F3", "as Python writes it", lines(unfinished(plain("H", "i"), "None")), "Hi\n", rewritten=SAME),
    Case("F3", "in another word", lines(unfinished(plain("H", "i"), "not_finished")), "Hi\n", rewritten=SAME),
    Case("F3", "in a message call", lines(unfinished(message_call([HI]), "null")), "Hi\n"),
    Case("F4", "in text", lines(keyless(plain("H", "i"))), "Hi\n", rewritten=SAME),
    Case("F4", "in a message call", lines(keyless(message_call([HI]))), "Hi\n"),
    Case("F5", "text just ends", lines(plain("Hi", finish=None)), "Hi\n", 4, rewritten=SAME),
    Case("F5", "a message call just ends", lines(message_call([HI], finish=None)), "Hi\n", 4, finishes=()),
    Case("F5", "a whole completion", lines([completion("Hi")]), "Hi\n", named=("B11", "F5"), finishes=()),
    Case("F5", "the text is whole and [DONE] came", sse(message_call([HI], finish=None)), "Hi\n", finishes=()),
    Case(
        "F5", "[DONE] inside the message", sse(message_call(['{"message": "Hi'], finish=None)), "Hi\n", 4, finishes=()
    ),
    Case("F6", "after text", lines([*plain("Hi"), ends("stop")]), "Hi\n", rewritten=SAME),
    Case("F6", "after a message call", lines([*message_call([HI]), ends("stop")]), "Hi\n"),
    Case("F6", "with the usage", lines([*message_call([HI]), chunk({}, "tool_calls", usage=USAGE)]), "Hi\n"),
    Case(
        "F7",
        "with the last words",
        lines([*plain("H", finish=None), chunk({"content": "i"}, "length")]),
        "Hi\n",
        rewritten=SAME,
    ),
    Case(
        "F7",
        "with the last fragment",
        lines([opening(), more('{"message": "H'), chunk(calls(entry('i"}')), "tool_calls")]),
        "Hi\n",
    ),
    Case("F8", "inside the message", lines(message_call(['{"message": "Hi'])), "Hi\n", 4),
    Case("F9", "after text", lines(plain("Hi", finish="cancel")), "Hi\n", rewritten=SAME),
    Case(
        "F9",
        "after a message call",
        lines(message_call([HI], finish="UNKNOWN")),
        "Hi\n",
        finishes=("UNKNOWN",),
        strict=False,
    ),
    Case("F10", "a message call", lines([WHOLE, ends("stop")]), "Hi\n"),
    Case("F10", "the contract's own finish", lines(message_call([HI])), "Hi\n", named=(), unnamed=("F10",)),
    Case("F11", "SGLang's own", lines(reasoned({"type": "length", "length": 64})), "Hi\n", rewritten=SAME),
    Case("F11", "LangSmith's", lines(reasoned({"delta": {}, "finish_reason": "stop"})), "Hi\n", rewritten=SAME),
    Case("F11", "that failed", lines(reasoned({"type": "abort", "message": "Gone"})), "Hi\n", 5, rewritten=SAME),
    Case(
        "F11",
        "after a message call",
        lines([*message_call([HI], finish=None), *reasoned({"type": "tool_calls"})[-1:]]),
        "Hi\n",
        finishes=("stop",),
    ),
    Case(
        "F11",
        "after a message call, with the word that is emitted",
        lines([*message_call([HI], finish=None), *reasoned({"type": "stop", "matched": 7})[-1:]]),
        "Hi\n",
        finishes=("stop",),
    ),
    Case(
        "F11",
        "in a member of its own (openai-node#499)",
        lines(detailed()),
        "Hi\n",
        rewritten=SAME,
    ),
    *(Case("F11", name, lines(renamed(name)), "Hi\n", rewritten=SAME) for name in ("stop_reason", "finishReason")),
    Case("F11", "in an array", lines(reasoned(["stop"])), "Hi\n", rewritten=SAME),
    Case("F11", "in an object in an array", lines(reasoned([{"type": "length"}])), "Hi\n", rewritten=SAME),
    Case("F11", "in an array in an array", lines(reasoned([["stop"]])), "Hi\n", rewritten=SAME),
    Case("F11", "a number in an object", lines(reasoned({"type": 3})), "Hi\n", named=("F9", "F11"), rewritten=SAME),
    Case("F11", "true", lines(reasoned(True)), "Hi\n", named=("F9", "F11"), rewritten=SAME),
    Case("F11", "false", lines(reasoned(False)), "Hi\n", 4, named=("F5",), rewritten=SAME),
    Case(
        "F11",
        "an array in an array, both without a word",
        lines(reasoned([[]])),
        "Hi\n",
        4,
        named=("F5",),
        rewritten=SAME,
    ),
    Case("F11", "a number", lines(reasoned(1)), "Hi\n", named=("F9", "F11"), rewritten=SAME),
    Case("F11", "the number for none", lines(reasoned(0)), "Hi\n", 4, named=("F5",), rewritten=SAME),
    Case("F11", "an empty array", lines(reasoned([])), "Hi\n", 4, named=("F5",), rewritten=SAME),
    Case("F11", "without a word", lines(reasoned({"length": 64})), "Hi\n", 4, named=("F3",), rewritten=SAME),
    Case("F12", "with text", lines(finished("Hel", "lo", "")), "Hello\n", rewritten=SAME),
    Case("F12", "and with a role", lines(finished("Hel", "lo", role="assistant")), "Hello\n", rewritten=SAME),
    Case(
        "F12",
        "with thoughts alone (open-webui#16377)",
        lines([chunk({"reasoning_content": text}, "stop") for text in "ab"] + plain("Hi")[1:]),
        "Hi\n",
        rewritten=SAME,
    ),
    Case(
        "F12",
        "and the stream is cut later",
        lines([*finished("Hel"), chunk({"content": "lo"})]),
        "Hello\n",
        4,
        rewritten=SAME,
    ),
    Case(
        "F12", "with a first chunk without text", lines([chunk({}, "stop"), *plain("Hi")[1:]]), "Hi\n", rewritten=SAME
    ),
    Case(
        "F12",
        "behind a first chunk with a role alone",
        lines([chunk({"role": "assistant", "content": ""}), *finished("Hel", "lo")]),
        "Hello\n",
        rewritten=SAME,
    ),
    Case(
        "F12",
        "with message calls",
        lines(
            [
                chunk(calls(entry(HI, id=f"call_{index}", index=index, name="send_message")), "tool_calls")
                for index in (0, 1)
            ]
        ),
        "Hi\nHi\n",
        content="Hi\n\nHi",
        finishes=("stop", "stop"),
    ),
]
