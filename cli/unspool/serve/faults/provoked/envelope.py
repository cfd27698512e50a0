"""Q: chunks and choices that depart from the contract."""

from collections.abc import Iterator
from typing import Any

from unspool.serve.faults.provoked.quirk import (
    DONE,
    Json,
    Quirk,
    as_event,
    choices_of,
    deltas_of,
    finishes,
    texts_of,
    with_delta,
)
from unspool.serve.http.wire import error_event


class FirstChunk(Quirk):
    """Q1: an empty chunk with the filter of the prompt comes first."""

    def __init__(self) -> None:
        self._begun = False

    def chunks(self, chunk: Json) -> Iterator[Json]:
        """The empty chunk before the first."""
        if not self._begun:
            self._begun = True
            filtered = [{"prompt_index": 0, "content_filter_results": {}}]
            yield {"id": "", "object": "", "created": 0, "model": "", "choices": [], "prompt_filter_results": filtered}
        yield chunk


class FilterChunks(Quirk):
    """Q2: the filter of the content reports behind the text, in a choice without a delta."""

    def chunks(self, chunk: Json) -> Iterator[Json]:
        """The chunk, and behind text the report."""
        yield chunk
        if texts_of(chunk):
            offsets = {"check_offset": 0, "start_offset": 0, "end_offset": 0}
            choice = {"index": choices_of(chunk)[0].get("index"), "finish_reason": None}
            choice |= {"content_filter_offsets": offsets, "content_filter_results": {}}
            yield {"id": "", "object": "", "created": 0, "model": "", "choices": [choice]}


class UsageAtTheEnd(Quirk):
    """Q5: usage without a request for it, in a chunk without choices before [DONE]."""

    def __init__(self) -> None:
        self._last: Json = {}

    def change(self, chunk: Json) -> None:
        """Keep the chunk: the one with the usage has its id."""
        self._last = chunk

    def other(self, event: bytes) -> bytes:
        """The usage before [DONE]."""
        if not event.startswith(DONE) or not self._last:
            return event
        return as_event({**self._last, "choices": [], "usage": _usage(1)}) + event


class UsageOnEachChunk(Quirk):
    """Q6: usage so far on every chunk."""

    def __init__(self) -> None:
        self._number = 0

    def change(self, chunk: Json) -> None:
        """Add the usage."""
        self._number += 1
        chunk["usage"] = _usage(self._number)


class UsageBehindTheFinish(Quirk):
    """Q8: usage in a chunk behind the finish that still has a choice."""

    def chunks(self, chunk: Json) -> Iterator[Json]:
        """The chunk, and behind the finish the one with the usage."""
        yield chunk
        if finishes(chunk):
            yield with_delta(chunk, {}) | {"usage": _usage(1)}


class NewIds(Quirk):
    """Q11: another id on every chunk."""

    def __init__(self) -> None:
        self._number = 0

    def change(self, chunk: Json) -> None:
        """Change the id."""
        self._number += 1
        chunk["id"] = f"{chunk.get('id')}.{self._number}"


class TextSoFar(Quirk):
    """Q13: the delta has all content so far."""

    def __init__(self) -> None:
        self._content: dict[Any, str] = {}

    def change(self, chunk: Json) -> None:
        """Write all content so far."""
        for choice in choices_of(chunk):
            delta = choice.get("delta") or {}
            if isinstance(delta.get("content"), str):
                index = choice.get("index")
                self._content[index] = self._content.get(index, "") + delta["content"]
                self.write(choice, delta, self._content[index])

    def write(self, choice: Json, delta: Json, content: str) -> None:
        """Write the content so far into a choice."""
        delta["content"] = content


class MessageSoFar(TextSoFar):
    """Q12: a message next to the delta has all content so far."""

    def change(self, chunk: Json) -> None:
        """Name the chunk a whole completion, too."""
        chunk["object"] = "chat.completion"
        super().change(chunk)

    def write(self, choice: Json, delta: Json, content: str) -> None:
        """Add the message."""
        choice["message"] = {"role": "assistant", "content": content}


class TwoChoices(Quirk):
    """Q14: a second choice with the same answer, each time before the first."""

    def change(self, chunk: Json) -> None:
        """Add the choice."""
        chunk["choices"] = [{**choice, "index": 1} for choice in choices_of(chunk)[:1]] + chunk["choices"]


class ErrorInside(Quirk):
    """Q20: an error behind the third event, after status 200; the stream goes on as if nothing were."""

    AT = 3

    def __init__(self) -> None:
        self._number = 0

    def event(self, event: bytes) -> bytes:
        """Return the event, and behind the third the error in the words of the interface."""
        self._number += b"{" in event
        if self._number != self.AT:
            return event
        self._number += 1
        return event + error_event(self.interface, "the provider failed (provoked)", event, "server_error")


def _usage(completion: int) -> Json:
    return {"prompt_tokens": 10, "completion_tokens": completion, "total_tokens": 10 + completion}


def null_delta(chunk: Json) -> None:
    """Q3: an empty delta is null."""
    for choice in choices_of(chunk):
        if not choice.get("delta"):
            choice["delta"] = None


def no_delta(chunk: Json) -> None:
    """Q4: an empty delta is left out."""
    for choice in choices_of(chunk):
        if not choice.get("delta"):
            choice.pop("delta", None)


def usage_in_the_choice(chunk: Json) -> None:
    """Q7: usage inside the choice that finishes."""
    for choice in choices_of(chunk):
        if choice.get("finish_reason"):
            choice["usage"] = _usage(1)


def usage_with_the_finish(chunk: Json) -> None:
    """Q9: usage on the chunk with the finish."""
    if finishes(chunk):
        chunk["usage"] = _usage(1)


def padding(chunk: Json) -> None:
    """Q10: padding and the names of the service on each chunk."""
    chunk |= {"service_tier": "default", "system_fingerprint": "fp_provoked", "obfuscation": "ZGF3"}


def role(chunk: Json) -> None:
    """Q15: the role on every chunk."""
    for delta in deltas_of(chunk):
        delta["role"] = "assistant"


def content_parts(chunk: Json) -> None:
    """Q16: content as a list of parts."""
    for delta in texts_of(chunk):
        delta["content"] = [{"type": "text", "text": delta["content"]}]


def null_reasoning(chunk: Json) -> None:
    """Q17: reasoning under another name, and null where there is none."""
    for delta in deltas_of(chunk):
        delta["reasoning"] = delta.pop("reasoning_content", None)


def empty_content(chunk: Json) -> None:
    """Q18: empty content with a call."""
    for delta in deltas_of(chunk):
        if delta.get("tool_calls"):
            delta["content"] = ""


def no_calls(chunk: Json) -> None:
    """Q19: calls that are null."""
    for delta in deltas_of(chunk):
        delta.setdefault("tool_calls", None)


def created_in_words(chunk: Json) -> None:
    """Q21: the time of creation as a date."""
    chunk["created"] = "2026-01-31T12:00:00+00:00"


def line_separator(chunk: Json) -> None:
    """B10: content with a character that some take for a line end."""
    for delta in texts_of(chunk):
        delta["content"] += "\u2028"
