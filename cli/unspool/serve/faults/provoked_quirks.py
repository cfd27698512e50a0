"""Quirks that the server can provoke: the table of lint, run backwards.

Most are of Chat Completions; an error inside the stream (Q20) and those of frames are possible in any interface.

    quirk.event(event) -> bytes     what is sent in place of one event

Each is an entry of PROVOKED under its number in docs/QUIRKS.md. A stream that has
no place for it (a call, where there is none) stays as it is.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from unspool.core.errors import MalformedRecord
from unspool.formats.json_codec import decode, encode
from unspool.serve.http.wire import CHAT, error_event

Json = dict[str, Any]
_DONE = b"data: [DONE]"
_MEMBER = re.compile(rb",(?= ?\")")


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
        return b"".join(b"data: " + encode(one) + b"\n\n" for one in changed)

    def chunks(self, chunk: Json) -> Iterator[Json]:
        """Yield the chunks to send for one chunk."""
        self.change(chunk)
        yield chunk

    def change(self, chunk: Json) -> None:
        """Change the chunk in place."""

    def other(self, event: bytes) -> bytes:
        """Return the bytes to send for an event that is no chunk, such as [DONE]."""
        return event


def _chunk(event: bytes) -> Json | None:
    data = event.strip()
    if not data.startswith(b"data:") or b"\n" in data:
        return None
    try:
        value = decode(data[5:])
    except MalformedRecord:
        return None
    return value if isinstance(value, dict) and isinstance(value.get("choices"), list) else None


def _choices(chunk: Json) -> list[Json]:
    return [choice for choice in chunk["choices"] if isinstance(choice, dict)]


def _deltas(chunk: Json) -> list[Json]:
    return [choice["delta"] for choice in _choices(chunk) if isinstance(choice.get("delta"), dict)]


def _calls(chunk: Json) -> list[Json]:
    return [call for delta in _deltas(chunk) for call in delta.get("tool_calls") or [] if isinstance(call, dict)]


class Changed(Quirk):
    """A quirk that is one change of each chunk; ``memory`` is what it keeps of a stream."""

    def __init__(self, change: Callable[[Json, Json], None]) -> None:
        self._change = change
        self._memory: Json = {"number": 0}

    def change(self, chunk: Json) -> None:
        """Change the chunk in place."""
        self._memory["number"] += 1
        self._change(chunk, self._memory)


class Reframed(Quirk):
    """A quirk of the frames: one change of each event's bytes."""

    def __init__(self, change: Callable[[bytes], bytes]) -> None:
        self._change_bytes = change

    def event(self, event: bytes) -> bytes:
        """The event, changed."""
        return self._change_bytes(event)


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


class TwoFinishes(Quirk):
    """F6: a second chunk finishes each choice again."""

    def chunks(self, chunk: Json) -> Iterator[Json]:
        """The chunk, and its finish again."""
        yield chunk
        if any(choice.get("finish_reason") for choice in _choices(chunk)):
            again = [{**choice, "delta": {}, "finish_reason": "stop"} for choice in _choices(chunk)]
            yield {name: value for name, value in chunk.items() if name != "usage"} | {"choices": again}


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


class NameInPieces(Quirk):
    """T12: the name of a call comes in two chunks."""

    def chunks(self, chunk: Json) -> Iterator[Json]:
        """The chunk in two, where it names a call."""
        for call in _calls(chunk):
            function = call.get("function") or {}
            name = function.get("name")
            if isinstance(name, str) and len(name) > 1:
                first = {**call, "function": {"name": name[:2], "arguments": ""}}
                delta = {**_deltas(chunk)[0], "tool_calls": [first]}
                yield {**chunk, "choices": [{**_choices(chunk)[0], "delta": delta}]}
                function["name"] = name[2:]
                call.pop("id", None)
                _deltas(chunk)[0].pop("role", None)
                break
        yield chunk


class NullArguments(Quirk):
    """A1: a fragment of a call whose arguments are null comes before the one that has some."""

    def __init__(self) -> None:
        self._begun = False

    def chunks(self, chunk: Json) -> Iterator[Json]:
        """The empty fragment before the second of the stream."""
        calls = _calls(chunk)
        named = any((call.get("function") or {}).get("name") for call in calls)
        if calls and not named and not self._begun:
            self._begun = True
            empty = [{**call, "function": {"arguments": None}} for call in calls]
            choices = [{**choice, "delta": {"tool_calls": empty}, "finish_reason": None} for choice in _choices(chunk)]
            yield {**chunk, "choices": choices}
        yield chunk


class WithoutDone(Quirk):
    """B4: no [DONE]."""

    def event(self, event: bytes) -> bytes:
        """The event, unless it is [DONE]."""
        return b"" if event.startswith(_DONE) else event


def _each_finish(value: Any) -> Callable[[Json, Json], None]:
    """A finish reason other than null on chunks that do not finish."""

    def change(chunk: Json, memory: Json) -> None:
        for choice in _choices(chunk):
            if choice.get("finish_reason") is None:
                choice["finish_reason"] = value

    return change


def _without_finish(chunk: Json, memory: Json) -> None:
    for choice in _choices(chunk):
        choice["finish_reason"] = None


def _absent_finish(chunk: Json, memory: Json) -> None:
    for choice in _choices(chunk):
        if choice.get("finish_reason") is None:
            choice.pop("finish_reason", None)


def _finish_stop(chunk: Json, memory: Json) -> None:
    memory["calls"] = memory.get("calls") or bool(_calls(chunk))
    for choice in _choices(chunk):
        if choice.get("finish_reason") == "tool_calls":
            choice["finish_reason"] = "stop"


def _new_id(chunk: Json, memory: Json) -> None:
    chunk["id"] = f"{chunk.get('id')}.{memory['number']}"


def _role(chunk: Json, memory: Json) -> None:
    for delta in _deltas(chunk):
        delta["role"] = "assistant"


def _no_calls(chunk: Json, memory: Json) -> None:
    for delta in _deltas(chunk):
        delta.setdefault("tool_calls", None)


def _usage(chunk: Json, memory: Json) -> None:
    number = memory["number"]
    chunk["usage"] = {"prompt_tokens": 10, "completion_tokens": number, "total_tokens": 10 + number}


def _on_calls(change: Callable[[Json, Json, bool], None]) -> Callable[[Json, Json], None]:
    """A change of each fragment of a call; its third argument says whether it continues one."""

    def changed(chunk: Json, memory: Json) -> None:
        for call in _calls(chunk):
            known = memory.setdefault("known", {})
            index = call.get("index")
            function = call.setdefault("function", {})
            continues = index in known and not function.get("name")
            if not continues:
                known[index] = (call.get("id"), function.get("name"))
            memory["id"], memory["name"] = known[index]
            change(call, memory, continues)

    return changed


def _no_index(call: Json, memory: Json, continues: bool) -> None:
    call.pop("index", None)


def _index_from_one(call: Json, memory: Json, continues: bool) -> None:
    call["index"] = (call.get("index") or 0) + 1


def _index_drifts(call: Json, memory: Json, continues: bool) -> None:
    memory["drift"] = memory.get("drift", -1) + 1
    call["index"] = memory["drift"]


def _blank_id(call: Json, memory: Json, continues: bool) -> None:
    if continues:
        call["id"] = ""


def _blank_name(call: Json, memory: Json, continues: bool) -> None:
    if continues:
        call["function"]["name"] = ""


def _null_name(call: Json, memory: Json, continues: bool) -> None:
    if continues:
        call["function"]["name"], call["type"] = "null", "FUNCTION"


def _name_again(call: Json, memory: Json, continues: bool) -> None:
    if continues:
        call["function"]["name"] = memory["name"]


def _id_changes(call: Json, memory: Json, continues: bool) -> None:
    if continues:
        call["id"] = f"{memory['id']}_{memory['number']}"


def _number_id(call: Json, memory: Json, continues: bool) -> None:
    if not continues:
        call["id"] = 7 + (call.get("index") or 0)


def _id_again(call: Json, memory: Json, continues: bool) -> None:
    if continues:
        call["id"] = memory["id"]


def _null_members(call: Json, memory: Json, continues: bool) -> None:
    if continues:
        call["id"] = call["type"] = call["function"]["name"] = None


def _cumulative(call: Json, memory: Json, continues: bool) -> None:
    so_far = memory.setdefault("arguments", {})
    index = call.get("index")
    so_far[index] = so_far.get(index, "") + (call["function"].get("arguments") or "")
    call["function"]["arguments"] = so_far[index]


def _legacy(chunk: Json, memory: Json) -> None:
    for choice in _choices(chunk):
        delta = choice.get("delta") or {}
        for call in delta.pop("tool_calls", None) or []:
            delta["function_call"] = call.get("function") or {}
        if choice.get("finish_reason") == "tool_calls":
            choice["finish_reason"] = "function_call"


def _changed(change: Callable[[Json, Json], None]) -> Callable[[], Quirk]:
    return lambda: Changed(change)


def _reframed(change: Callable[[bytes], bytes]) -> Callable[[], Quirk]:
    return lambda: Reframed(change)


PROVOKED: dict[str, Callable[[], Quirk]] = {
    "Q1": FirstChunk,
    "Q6": _changed(_usage),
    "Q11": _changed(_new_id),
    "Q15": _changed(_role),
    "Q19": _changed(_no_calls),
    "Q20": ErrorInside,
    "F1": _changed(_finish_stop),
    "F2": _changed(_each_finish("")),
    "F3": _changed(_each_finish("null")),
    "F4": _changed(_absent_finish),
    "F5": _changed(_without_finish),
    "F6": TwoFinishes,
    "T3": _changed(_on_calls(_no_index)),
    "T6": _changed(_on_calls(_index_from_one)),
    "T7": _changed(_on_calls(_index_drifts)),
    "T8": _changed(_on_calls(_blank_id)),
    "T9": _changed(_on_calls(_blank_name)),
    "T10": _changed(_on_calls(_null_name)),
    "T11": _changed(_on_calls(_name_again)),
    "T12": NameInPieces,
    "T13": _changed(_on_calls(_id_changes)),
    "T14": _changed(_on_calls(_number_id)),
    "T15": _changed(_on_calls(_id_again)),
    "T18": _changed(_on_calls(_null_members)),
    "T20": _changed(_legacy),
    "A1": NullArguments,
    "A5": _changed(_on_calls(_cumulative)),
    "B1": _reframed(lambda event: b": PROCESSING\n\n" + event),
    "B2": _reframed(lambda event: event.replace(b"data: ", b"data:", 1)),
    "B3": _reframed(lambda event: event.replace(b"\n", b"\r\n")),
    "B4": WithoutDone,
    "B5": _reframed(lambda event: event.rstrip(b"\n") if event.startswith(_DONE) else event),
    "B6": _reframed(lambda event: event[:-1] if event.endswith(b"}\n\n") else event),
    "B7": _reframed(lambda event: b"event: message\n" + event),
    "B8": _reframed(lambda event: _MEMBER.sub(b",\ndata:", event, count=1)),
}
"""The quirks by their number in the table."""


def provoked(number: str, interface: str | None) -> Quirk:
    """The quirk with this number for a stream of an interface."""
    quirk = PROVOKED[number]()
    quirk.interface = interface or CHAT
    return quirk
