"""Makes the streams that are measured: the OpenAI wire shape, with fragments as long as real ones."""

import json
import random
from collections.abc import Callable, Iterator
from itertools import chain, islice, zip_longest
from pathlib import Path
from typing import NamedTuple

from tests.bench.events import anthropic, converse, gemini, responses

PROSE = "the a stream of small pieces together say one thing and arrive in order while nobody waits for another"
FRAGMENTS = 200
"""Of one response; ten more open and close it."""


def _length(draw: random.Random) -> int:
    """Characters of a fragment: 3-4 in the middle, 8 at p90, 40 at p99."""
    place = draw.random()
    if place < 0.5:
        return draw.choice((1, 2, 3, 3, 3))
    if place < 0.9:
        return draw.randint(4, 8)
    return draw.randint(9, 40) if place < 0.99 else draw.randint(41, 80)


def _pool(seed: int) -> list[str]:
    draw = random.Random(seed)
    pool = []
    for _ in range(4096):
        length = _length(draw)
        text = ""
        while len(text) < length:
            text += " " + draw.choice(PROSE.split())
        pool.append(text[:length])
    return pool


PLAIN = _pool(1)
MARKS = (",", ".", " (", ")", ":", ";", "!", "?", "'", "-")
ESCAPES = ("\\n", '\\"')
ESCAPED = [text[: len(text) // 2] + ESCAPES[number % 2] + text[len(text) // 2 :] for number, text in enumerate(PLAIN)]


def _line(ident: str, delta: str, finish: str = "null", choice: int = 0, padding: str = "") -> str:
    obfuscation = f',"obfuscation":"{padding}"' if padding else ""
    return (
        f'{{"id":"{ident}","object":"chat.completion.chunk","created":1795334534,"model":"gpt-4o-2024-08-06",'
        f'"service_tier":"default","system_fingerprint":"fp_f33640a400",'
        f'"choices":[{{"index":{choice},"delta":{delta},"logprobs":null,"finish_reason":{finish}}}]{obfuscation}}}\n'
    )


def _arguments(fragment: str) -> str:
    return f'{{"tool_calls":[{{"index":0,"function":{{"arguments":{json.dumps(fragment)}}}}}]}}'


def _opening(tool: str) -> str:
    return (
        '{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_1","type":"function",'
        f'"function":{{"name":"{tool}","arguments":""}}}}],"refusal":null}}'
    )


def call(number: int, count: int = FRAGMENTS, tool: str = "send_message", key: str = "message") -> Iterator[str]:
    """The deltas of one call."""
    yield _opening(tool)
    opening = ['{"', "inner", "_thoughts", '":"', "Short", " thought", '","'] if tool == "send_message" else ['{"']
    yield from map(_arguments, [*opening, key, '":"', *_pieces(PLAIN, number, count), '"}'])


def fragments(number: int) -> list[str]:
    """The arguments of a message call, as in (a)."""
    opening = ['{"', "inner", "_thoughts", '":"', "Short", " thought", '","', "message", '":"']
    return [*opening, *_pieces(PLAIN, number, FRAGMENTS), '"}']


def escaped_call(number: int, every: int) -> Iterator[str]:
    """The same, with an escape in one of so many fragments."""
    pieces = _pieces(PLAIN, number, FRAGMENTS)
    pieces[every - 1 :: every] = _pieces(ESCAPED, number, FRAGMENTS // every)
    yield _opening("send_message")
    yield from map(_arguments, ['{"', "message", '":"', *pieces, '"}'])


def punctuated_call(number: int) -> Iterator[str]:
    """The same, with a punctuation mark as every fourth fragment."""
    pieces = _pieces(PLAIN, number, FRAGMENTS)
    pieces[3::4] = (MARKS * (1 + FRAGMENTS // len(MARKS)))[: FRAGMENTS // 4]
    yield _opening("send_message")
    yield from map(_arguments, ['{"', "message", '":"', *pieces, '"}'])


def content(number: int) -> Iterator[str]:
    """The deltas of one response that speaks in ordinary content."""
    yield '{"role":"assistant","content":"","refusal":null}'
    for fragment in _pieces(PLAIN, number, FRAGMENTS):
        yield f'{{"content":{json.dumps(fragment)}}}'


def _pieces(pool: list[str], number: int, count: int) -> list[str]:
    start = number * 97 % len(pool)
    repeated = pool[start:] + pool * (1 + count // len(pool))
    return repeated[:count]


def response(number: int, deltas: Iterator[str], finish: str, choice: int = 0, padded: bool = False) -> Iterator[str]:
    """The lines of one response."""
    ident = f"chatcmpl-{number:024d}"
    draw = random.Random(number)
    for delta in deltas:
        padding = f"{draw.getrandbits(4 * draw.randint(1, 15)):x}" if padded else ""
        yield _line(ident, delta, choice=choice, padding=padding)
    yield _line(ident, "{}", f'"{finish}"', choice, "pad" if padded else "")


def message_response(number: int) -> Iterator[str]:
    """One response that speaks through a message call."""
    return response(number, call(number), "tool_calls")


def three_choices(number: int) -> Iterator[str]:
    """Three choices of one response, a chunk of each in turn."""
    choices = [response(number, call(number + choice), "tool_calls", choice) for choice in range(3)]
    return (line for turn in zip_longest(*choices) for line in turn if line is not None)


def event_stream(number: int) -> Iterator[str]:
    """One response as an event stream, with a comment now and then, as proxies send to keep a line open."""
    for place, line in enumerate(message_response(number)):
        if place % 50 == 49:
            yield ": keep-alive\n\n"
        yield f"data: {line}\n"


class Input(NamedTuple):
    """What an input is, how it is framed, and the records of its responses by their number; ``share`` of the chunks."""

    what: str
    framing: str
    make: Callable[[int], Iterator[str] | Iterator[bytes]]
    share: float = 1.0


INPUTS = {
    "a": Input("message calls of 200 fragments", "lines", message_response),
    "b": Input("(a), padded with obfuscation", "lines", lambda n: response(n, call(n), "tool_calls", padded=True)),
    "c": Input("plain content", "lines", lambda n: response(n, content(n), "stop")),
    "d": Input(
        "calls of other tools", "lines", lambda n: response(n, call(n, tool="search", key="query"), "tool_calls")
    ),
    "e": Input("one call of 50,000 fragments", "lines", lambda n: response(n, call(n, 50_000), "tool_calls"), 0.1),
    "f": Input("three choices in turn", "lines", three_choices),
    "g": Input("an escape in every second fragment", "lines", lambda n: response(n, escaped_call(n, 2), "tool_calls")),
    "h": Input("(a) as an event stream with comments", "events", event_stream),
    "i": Input("(a) as events of Anthropic's", "events", lambda n: anthropic(n, fragments(n))),
    "j": Input("(a) as events of OpenAI's Responses", "events", lambda n: responses(n, fragments(n))),
    "k": Input("the text of (a) as Gemini's array", "array", lambda n: gemini(n, _pieces(PLAIN, n, FRAGMENTS)), 0.2),
    "l": Input("(a) as messages of Bedrock's Converse", "messages", lambda n: converse(n, fragments(n))),
    "m": Input("an escape in every fourth fragment", "lines", lambda n: response(n, escaped_call(n, 4), "tool_calls")),
    "n": Input("words cut at punctuation marks", "lines", lambda n: response(n, punctuated_call(n), "tool_calls")),
}


def _encoded(name: str, number: int) -> Iterator[bytes]:
    for record in INPUTS[name].make(number):
        yield record.encode() if isinstance(record, str) else record


def write_input(path: Path, name: str, chunks: int) -> Path:
    """Write so many chunks of one input, comments not counted; the last response may be cut."""
    records = chain.from_iterable(_encoded(name, number) for number in range(chunks))
    wanted = 0
    with path.open("wb") as file:
        while wanted < chunks:
            some = list(islice(records, chunks - wanted))
            wanted += sum(not record.startswith(b":") for record in some)
            file.writelines(some)
        if INPUTS[name].framing == "array":
            file.write(b"]")
    return path


def write_cases(folder: Path, cases: int) -> None:
    """Write so many captures of one short response each."""
    for number in range(cases):
        with (folder / f"case-{number:05}.jsonl").open("w") as file:
            file.writelines(response(number, call(number, 5), "tool_calls"))


def write_huge_line(path: Path, mebibytes: int) -> Path:
    """Write one chunk of content, so many MiB long."""
    path.write_text(_line("huge", f'{{"content":"{"x" * (mebibytes << 20)}"}}') + _line("huge", "{}", '"stop"'))
    return path
