"""F: finishes that depart from the contract."""

from collections.abc import Iterator
from typing import Any

from unspool.serve.faults.provoked.quirk import (
    Change,
    Json,
    Quirk,
    as_event,
    calls_of,
    choices_of,
    finishes,
    texts_of,
    with_delta,
)


class TwoFinishes(Quirk):
    """F6: a second chunk finishes each choice again."""

    def chunks(self, chunk: Json) -> Iterator[Json]:
        """The chunk, and its finish again."""
        yield chunk
        if finishes(chunk):
            again = [{**choice, "delta": {}, "finish_reason": "stop"} for choice in choices_of(chunk)]
            yield {name: value for name, value in chunk.items() if name != "usage"} | {"choices": again}


class Delayed(Quirk):
    """The base of quirks that change the last chunk before a finish: each is sent when the next is known."""

    def __init__(self) -> None:
        self._delayed: Json | None = None

    def chunks(self, chunk: Json) -> Iterator[Json]:
        """The chunk before this one; this one too where it finishes."""
        before, self._delayed = self._delayed, None
        if finishes(chunk):
            yield from self.end(before, chunk)
            return
        self._delayed = chunk
        if before is not None:
            yield before

    def other(self, event: bytes) -> bytes:
        """The event behind the chunk that waits."""
        before, self._delayed = self._delayed, None
        return (b"" if before is None else as_event(before)) + event

    def end(self, before: Json | None, finish: Json) -> Iterator[Json]:
        """The chunks to send for the finish and the chunk before it."""
        raise NotImplementedError


class FinishWithText(Delayed):
    """F7: the finish comes with the last content."""

    def end(self, before: Json | None, finish: Json) -> Iterator[Json]:
        """One chunk in place of two, where the finish has no delta."""
        if before is None or not texts_of(before) or any(choice.get("delta") for choice in choices_of(finish)):
            yield from (one for one in (before, finish) if one is not None)
            return
        choice = {**choices_of(finish)[0], "delta": choices_of(before)[0]["delta"]}
        yield {**finish, "choices": [choice]}


class CutCall(Delayed):
    """F8 and A18: the last fragment of a call is missing; the finish says ``reason``."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self._reason = reason

    def end(self, before: Json | None, finish: Json) -> Iterator[Json]:
        """The finish without the last fragment, which is its own or the one before it."""
        own = bool(calls_of(finish))
        if before is not None and (own or not calls_of(before)):
            yield before
        if own or (before is not None and calls_of(before)):
            for choice in choices_of(finish):
                choice["delta"], choice["finish_reason"] = {}, self._reason
        yield finish


class LateFinish(Quirk):
    """F10: the finish comes in an empty chunk behind the whole call."""

    def chunks(self, chunk: Json) -> Iterator[Json]:
        """Two chunks in place of one that has both."""
        if finishes(chunk) and calls_of(chunk):
            yield with_delta(chunk, choices_of(chunk)[0]["delta"])
            for choice in choices_of(chunk):
                choice["delta"] = {}
        yield chunk


def each_finish(value: Any) -> Change:
    """F2 and F3: a finish reason other than null on chunks that do not finish."""

    def change(chunk: Json) -> None:
        for choice in choices_of(chunk):
            if choice.get("finish_reason") is None:
                choice["finish_reason"] = value

    return change


def absent_finish(chunk: Json) -> None:
    """F4: no finish reason on chunks that do not finish."""
    for choice in choices_of(chunk):
        if choice.get("finish_reason") is None:
            choice.pop("finish_reason", None)


def unknown_finish(chunk: Json) -> None:
    """F9: a reason in no documentation."""
    for choice in choices_of(chunk):
        if choice.get("finish_reason"):
            choice["finish_reason"] = "cancel"


def never_finished(chunk: Json) -> None:
    """F5: no finish."""
    for choice in choices_of(chunk):
        choice["finish_reason"] = None


def stop_after_calls(chunk: Json) -> None:
    """F1: ``stop`` where calls were made."""
    for choice in choices_of(chunk):
        if choice.get("finish_reason") == "tool_calls":
            choice["finish_reason"] = "stop"
