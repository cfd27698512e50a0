"""The base of the quirks that can be provoked, and what they read of a chunk.

    quirk.event(event) -> bytes     what is sent in place of one event

A stream that has no place for a quirk (a call, where there is none) stays as it is; so does a chunk whose members are
not of the types of the contract.
"""

from collections.abc import Callable, Iterator
from typing import Any

from unspool.core.errors import MalformedRecord
from unspool.formats.json_codec import decode, encode
from unspool.serve.http.wire import CHAT

Json = dict[str, Any]
Change = Callable[[Json], None]
DONE = b"data: [DONE]"
_FUNCTION = {"name": str, "arguments": str}
_DELTA = {
    "role": str,
    "content": str,
    "tool_calls": [{"index": int, "id": str, "function": _FUNCTION}],
    "function_call": _FUNCTION,
}
_CHUNK = {
    "id": str,
    "model": str,
    "usage": dict,
    "choices": [{"index": int, "finish_reason": str, "delta": _DELTA}],
}
"""The types of the contract; each member may be null or missing."""


class Quirk:
    """The base of all quirks, which changes nothing; ``interface`` names the one of the stream."""

    interface = CHAT

    def event(self, event: bytes) -> bytes:
        """Return the bytes to send for one event: its own where nothing in it changes."""
        chunk = _chunk(event)
        if chunk is None:
            return self.other(event)
        changed = list(self.chunks(chunk))
        if changed == [_chunk(event)]:
            return event
        return b"".join(map(as_event, changed))

    def chunks(self, chunk: Json) -> Iterator[Json]:
        """Yield the chunks to send for one chunk."""
        self.change(chunk)
        yield chunk

    def change(self, chunk: Json) -> None:
        """Change the chunk in place."""

    def other(self, event: bytes) -> bytes:
        """Return the bytes to send for an event that is no chunk, such as [DONE]."""
        return event


class Changed(Quirk):
    """A quirk that is one change of each chunk."""

    def __init__(self, change: Change) -> None:
        self._change = change

    def change(self, chunk: Json) -> None:
        """Change the chunk in place."""
        self._change(chunk)


class Reframed(Quirk):
    """A quirk of the frames: one change of each event's bytes."""

    def __init__(self, change: Callable[[bytes], bytes]) -> None:
        self._change_bytes = change

    def event(self, event: bytes) -> bytes:
        """The event, changed."""
        return self._change_bytes(event)


def as_event(chunk: Json) -> bytes:
    """The event of a chunk."""
    return b"data: " + encode(chunk) + b"\n\n"


def _chunk(event: bytes) -> Json | None:
    data = event.strip()
    if not data.startswith(b"data:") or b"\n" in data:
        return None
    try:
        value = decode(data[5:])
    except MalformedRecord:
        return None
    has_choices = isinstance(value, dict) and isinstance(value.get("choices"), list)
    return value if has_choices and _fits(value, _CHUNK) else None


def _fits(value: Any, types: Any) -> bool:
    """Return whether a value has the type, or its members have the types, that ``types`` says."""
    if value is None:
        return True
    if isinstance(types, dict):
        return isinstance(value, dict) and all(_fits(value.get(name), inner) for name, inner in types.items())
    if isinstance(types, list):
        return isinstance(value, list) and all(_fits(entry, types[0]) for entry in value)
    return type(value) is types


def choices_of(chunk: Json) -> list[Json]:
    """The choices of a chunk."""
    return [choice for choice in chunk["choices"] if isinstance(choice, dict)]


def deltas_of(chunk: Json) -> list[Json]:
    """The deltas of its choices."""
    return [choice["delta"] for choice in choices_of(chunk) if isinstance(choice.get("delta"), dict)]


def calls_of(chunk: Json) -> list[Json]:
    """The fragments of calls in its deltas."""
    return [call for delta in deltas_of(chunk) for call in delta.get("tool_calls") or [] if isinstance(call, dict)]


def texts_of(chunk: Json) -> list[Json]:
    """The deltas that have content."""
    return [delta for delta in deltas_of(chunk) if isinstance(delta.get("content"), str) and delta["content"]]


def finishes(chunk: Json) -> bool:
    """Return whether a chunk finishes a choice."""
    return any(choice.get("finish_reason") for choice in choices_of(chunk))


def with_delta(chunk: Json, delta: Json) -> Json:
    """A chunk like this one, without a finish and usage, whose first choice has this delta."""
    choice = {**choices_of(chunk)[0], "delta": delta, "finish_reason": None}
    return {name: value for name, value in chunk.items() if name != "usage"} | {"choices": [choice]}
