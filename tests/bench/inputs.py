"""Makes the streams that are measured: the OpenAI wire shape, with fragments as long as real ones."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

WORDS = [
    "the",
    "a",
    "stream",
    "of",
    "small",
    "pieces",
    "together",
    "say",
    "one",
    "thing",
    "and",
    "arrive",
    "in",
    "order",
]


def _fragment(draw: random.Random) -> str:
    """A piece of a message as models send them: 3-4 characters in the middle, 8 at p90, 40 at p99."""
    piece = " " + draw.choice(WORDS)
    if draw.random() < 0.02:
        piece += "".join(" " + draw.choice(WORDS) for _ in range(7))
    return piece if draw.random() < 0.6 else piece[:3]


def _line(ident: str, delta: str, finish: str = "null") -> str:
    return (
        f'{{"id":"{ident}","object":"chat.completion.chunk","created":1795334534,"model":"gpt-4o-2024-08-06",'
        f'"service_tier":"default","system_fingerprint":"fp_f33640a400",'
        f'"choices":[{{"index":0,"delta":{delta},"logprobs":null,"finish_reason":{finish}}}]}}\n'
    )


def _arguments(ident: str, fragment: str) -> str:
    return _line(ident, f'{{"tool_calls":[{{"index":0,"function":{{"arguments":{json.dumps(fragment)}}}}}]}}')


def response(number: int, fragments: int) -> Iterator[str]:
    """One response that speaks through ``send_message`` in so many fragments."""
    draw = random.Random(number)
    ident = f"chatcmpl-{number:024d}"
    yield _line(
        ident,
        '{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_1","type":"function",'
        '"function":{"name":"send_message","arguments":""}}],"refusal":null}',
    )
    for opening in ('{"', "inner", "_thoughts", '":"', "Short", " thought", '","', "message", '":"'):
        yield _arguments(ident, opening)
    for _ in range(fragments - 12):
        yield _arguments(ident, _fragment(draw))
    yield _arguments(ident, '"}')
    yield _line(ident, "{}", '"tool_calls"')


def write_responses(path: Path, responses: int, fragments: int) -> Path:
    """Write so many responses of so many chunks each."""
    with path.open("w") as file:
        for number in range(responses):
            file.writelines(response(number, fragments))
    return path


def write_cases(folder: Path, cases: int) -> None:
    """Write so many captures of one short response each."""
    for number in range(cases):
        with (folder / f"case-{number:05}.jsonl").open("w") as file:
            file.writelines(response(number, 16))
