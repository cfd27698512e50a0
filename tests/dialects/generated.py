"""Answers that are known before any dialect sends them, and what the commands must make of each.

answer = data.draw(answers(LIMITS))         blocks: texts, thoughts, calls
events = data.draw(wires.WIRES[name](answer))    one of the many ways to send it in a dialect
check(events, answer)                       text, rewrite and events agree with the answer
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from hypothesis import strategies as st
from tests.strategies import cut
from tests.support import jsonl, run_here

Value = dict[str, Any]

TEXT, THOUGHTS, MESSAGE, OTHER = "text", "thoughts", "message", "other"
"""Kinds of blocks: ordinary text, native reasoning, a call of the message tool, a call of another."""


class Block(NamedTuple):
    """One block of an answer; of a call, ``text`` is the value of its one argument."""

    kind: str
    text: str

    @property
    def call(self) -> bool:
        """Whether it is a call."""
        return self.kind in (MESSAGE, OTHER)

    @property
    def name(self) -> str:
        """The tool of a call."""
        return "send_message" if self.kind == MESSAGE else "search"

    @property
    def value(self) -> Value:
        """The arguments of a call."""
        return {"message" if self.kind == MESSAGE else "query": self.text}


Answer = list[Block]


@st.composite
def answers(
    draw: st.DrawFn, kinds: Sequence[str] = (TEXT, THOUGHTS, MESSAGE, OTHER), joins: Iterable[str] = ()
) -> Answer:
    """One to four blocks, each of another text; two of a kind in ``joins`` are no neighbours, for they would be one."""
    words = st.text(st.sampled_from('ab "\\\u00e9\U0001f600{}<'), max_size=8)
    blocks: Answer = []
    for place in range(draw(st.integers(1, 4))):
        left = [one for one in kinds if not (blocks and one in joins and blocks[-1].kind == one)]
        if not left:  # a dialect that sends one text
            break
        kind = draw(st.sampled_from(left))
        end = draw(st.sampled_from([".", " The ferry leaves at nine."]))
        blocks.append(Block(kind, f"{'WXYZ'[place]}{draw(words)}{end}"))
    return blocks


def pieces(draw: st.DrawFn, text: str) -> list[str]:
    """A text in one to five pieces, none of them empty."""
    return [piece for piece in cut(text, draw(st.lists(st.integers(0, 99), max_size=4))) if piece]


def spelled(draw: st.DrawFn, value: Any) -> str:
    """JSON text as one of the libraries writes it."""
    separators = draw(st.sampled_from([(", ", ": "), (",", ":")]))
    return json.dumps(value, ensure_ascii=draw(st.booleans()), separators=separators)


def repeated(draw: st.DrawFn, event: Value) -> list[Value]:
    """An event once, or twice as some relays send it."""
    return [event] * draw(st.sampled_from([1, 1, 2]))


def check(events: list[Value], answer: Answer, dialect: str | None = None, steps: bool = False) -> None:
    """Hold the three commands against the answer, and the exit code against 0; of ``steps`` each has its finish."""
    stream, chosen = jsonl(events), [] if dialect is None else [f"--from={dialect}"]
    messages = [block.text for block in answer if block.kind in (TEXT, MESSAGE)]
    thoughts = "".join(block.text for block in answer if block.kind == THOUGHTS)
    calls = [(block.name, block.value) for block in answer if block.kind == OTHER]

    ran = run_here(["text", *chosen], stream)
    assert (ran.stdout.decode(), ran.code) == ("".join(f"{one}\n" for one in messages), 0), ran.stderr

    ran = run_here(["events", *chosen], stream)
    seen = [json.loads(line) for line in ran.stdout.splitlines()]
    assert "".join(one["text"] for one in seen if one["event"] == "text") == "".join(messages)
    assert "".join(one["text"] for one in seen if one["event"] == "thoughts") == thoughts
    assert [one["tool"] for one in seen if one["event"] == "call"] == [one.name for one in answer if one.call]

    ran = run_here(["rewrite", *chosen, "--separator=|"], stream)
    choices = [choice for line in ran.stdout.splitlines() for choice in json.loads(line)["choices"]]
    contents = "".join(choice["delta"].get("content") or "" for choice in choices)
    assert contents.replace("|", "") == "".join(messages)
    assert _passed_calls(ran.stdout) == calls
    finishes = [choice["finish_reason"] for choice in choices if choice["finish_reason"]]
    assert steps or len(finishes) == 1
    assert steps or finishes[-1] == ("tool_calls" if calls else "stop")


def _passed_calls(lines: bytes) -> list[tuple[str, Any]]:
    """The calls in rewritten chunks, by response and index, with their arguments as values."""
    calls: dict[tuple[str, int], list[str]] = {}
    for line in lines.splitlines():
        chunk = json.loads(line)
        for choice in chunk["choices"]:
            for entry in choice["delta"].get("tool_calls") or ():
                call = calls.setdefault((chunk["id"], entry["index"]), ["", ""])
                call[0] = entry["function"].get("name") or call[0]
                call[1] += entry["function"].get("arguments") or ""
    return [(name, json.loads(arguments)) for name, arguments in calls.values()]
