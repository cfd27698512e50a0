"""What a case of a quirk is: a stream, and what the commands must make of it."""

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from tests.support import Chunk, calls, chunk, entry, jsonl

SAME = b"the very bytes of the stream"
"""As ``rewritten``: every byte leaves as it came (R1)."""


class Case(NamedTuple):
    """One stream that shows a quirk.

    ``text`` is what `unspool text` prints and ``code`` its exit code, which
    `rewrite`, `events` and `lint` share. ``rewritten`` is what `unspool
    rewrite` writes; where it is None the content of choice 0 must be
    ``content`` (by default the text without its last newline), its finish
    reasons ``finishes``, and every rewritten line must satisfy openai's model
    unless ``strict`` is off. ``named`` are the quirks that `unspool lint` must
    name (by default the case's own), ``unnamed`` those it must not. ``steps`` is
    how many responses the stream holds (R13).
    """

    number: str
    name: str
    stream: bytes
    text: str
    code: int = 0
    options: tuple[str, ...] = ()
    rewritten: bytes | None = None
    content: str | None = None
    finishes: tuple[str, ...] = ("stop",)
    strict: bool = True
    named: tuple[str, ...] | None = None
    unnamed: tuple[str, ...] = ()
    steps: int = 1

    @property
    def expected_names(self) -> tuple[str, ...]:
        """The quirks that lint must name."""
        return (self.number,) if self.named is None else self.named

    @property
    def expected_events(self) -> str:
        """The text of choice 0 among the events, which have no separators."""
        return self.expected_content.replace("\n\n", "")

    @property
    def expected_content(self) -> str:
        """The content of choice 0 after rewriting."""
        return self.text.removesuffix("\n") if self.content is None else self.content


def plain(*texts: str, finish: str | None = "stop") -> list[Chunk]:
    """A response in ordinary content, as the contract has it."""
    chunks = [chunk({"role": "assistant", "content": ""}), *(chunk({"content": text}) for text in texts)]
    return [*chunks, chunk({}, finish)] if finish else chunks


def opening(name: str = "send_message", ident: str = "call_1", index: int = 0, arguments: Any = "") -> Chunk:
    """The first chunk of a response with a call, as the contract has it."""
    first = entry(arguments, index=index, id=ident, type="function", name=name)
    return chunk(calls(first, role="assistant", content=None))


def more(arguments: Any, index: int | None = 0, **members: Any) -> Chunk:
    """A chunk that goes on with a call."""
    return chunk(calls(entry(arguments, index=index, **members)))


def lines(chunks: Iterable[Any]) -> bytes:
    """The chunks as JSONL."""
    return jsonl(chunks)


def ends(reason: str = "tool_calls") -> Chunk:
    """The last chunk of a response."""
    return chunk({}, reason)


def chunks_of(output: bytes) -> list[Any]:
    """The chunks among the lines; what is no JSON was passed on and is not looked at."""
    values = []
    for line in output.split(b"\n"):
        try:
            values.append(json.loads(line))
        except ValueError:
            continue
    return [value for value in values if isinstance(value, dict)]


def rewritten_of(case: Case, output: bytes) -> list[Any]:
    """The chunks that did not leave as the bytes they came in."""
    return chunks_of(b"\n".join(line for line in output.split(b"\n") if line not in case.stream))


USAGE = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}
HI = '{"message": "Hi"}'
