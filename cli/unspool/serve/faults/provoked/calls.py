"""T: the identity of calls."""

from collections.abc import Callable, Iterator
from itertools import zip_longest
from typing import Any

from unspool.serve.faults.provoked.finishes import Delayed
from unspool.serve.faults.provoked.quirk import (
    Json,
    Quirk,
    calls_of,
    choices_of,
    deltas_of,
    finishes,
    with_delta,
)


class Call:
    """The state of one call of a stream: its id, its name, and the number of its fragments."""

    def __init__(self, identity: Any, name: Any) -> None:
        self.id = identity
        self.name = name
        self.fragments = 0


class Fragments(Quirk):
    """A quirk that is one change of each fragment of a call; a call's first fragment has ``fragments`` 0."""

    def __init__(self, change: Callable[[Json, Call], None]) -> None:
        self._change_fragment = change
        self._calls: dict[Any, Call] = {}

    def change(self, chunk: Json) -> None:
        """Change the fragments."""
        for fragment in calls_of(chunk):
            index = fragment.get("index")
            function = fragment.get("function") or {}
            fragment["function"] = function
            if index not in self._calls or function.get("name"):
                self._calls[index] = Call(fragment.get("id"), function.get("name"))
            call = self._calls[index]
            self._change_fragment(fragment, call)
            call.fragments += 1


class Gathered(Quirk):
    """The base of quirks that take the fragments of calls out of their chunks, and release them before the finish."""

    def __init__(self) -> None:
        self._fragments: dict[Any, list[Json]] = {}  # by the index of their call

    def chunks(self, chunk: Json) -> Iterator[Json]:
        """The chunk without its fragments; before a finish those that are released."""
        fragments = calls_of(chunk)
        for fragment in fragments:
            self._fragments.setdefault(fragment.get("index"), []).append(fragment)
        for delta in deltas_of(chunk):
            if fragments:
                delta.pop("tool_calls", None)
        if finishes(chunk):
            calls, self._fragments = list(self._fragments.values()), {}
            for fragment in self.release(calls):
                yield with_delta(chunk, {"tool_calls": [fragment]})
        if not fragments or finishes(chunk) or any(deltas_of(chunk)):
            yield chunk

    def release(self, calls: list[list[Json]]) -> Iterator[Json]:
        """The fragments to send for those of each call."""
        raise NotImplementedError


class WholeCalls(Gathered):
    """T1: a call comes in one fragment."""

    def release(self, calls: list[list[Json]]) -> Iterator[Json]:
        """The first fragment of each call, with all arguments."""
        for fragments in calls:
            arguments = "".join((one.get("function") or {}).get("arguments") or "" for one in fragments)
            first = fragments[0]
            yield {**first, "function": {**(first.get("function") or {}), "arguments": arguments}}


class TakeTurns(Gathered):
    """T17: fragments of several calls take turns."""

    def release(self, calls: list[list[Json]]) -> Iterator[Json]:
        """The first fragment of each call, then the second."""
        for turn in zip_longest(*calls):
            yield from (fragment for fragment in turn if fragment is not None)


class FragmentWithName(Quirk):
    """T2: the first fragment of the arguments comes with the name."""

    def __init__(self) -> None:
        self._named: Json | None = None

    def chunks(self, chunk: Json) -> Iterator[Json]:
        """A chunk that only names a call waits for the next."""
        named, self._named = self._named, None
        calls = calls_of(chunk)
        if named is not None and len(calls) == 1 and not (calls[0].get("function") or {}).get("name"):
            calls_of(named)[0]["function"]["arguments"] = (calls[0].get("function") or {}).get("arguments")
            yield named
            return
        if named is not None:
            yield named
        function = (calls[0].get("function") or {}) if len(calls) == 1 else {}
        if function.get("name") and not function.get("arguments"):
            self._named = chunk
            return
        yield chunk


class NameInPieces(Quirk):
    """T12: the name of a call comes in two chunks."""

    def chunks(self, chunk: Json) -> Iterator[Json]:
        """The chunk in two, where it names a call."""
        for call in calls_of(chunk):
            function = call.get("function") or {}
            name = function.get("name")
            if isinstance(name, str) and len(name) > 1:
                first = {**call, "function": {"name": name[:2], "arguments": ""}}
                delta = {**deltas_of(chunk)[0], "tool_calls": [first]}
                yield {**chunk, "choices": [{**choices_of(chunk)[0], "delta": delta}]}
                function["name"] = name[2:]
                call.pop("id", None)
                deltas_of(chunk)[0].pop("role", None)
                break
        yield chunk


class LeakedCall(Delayed):
    """T21: a call is in the content, too, as markup."""

    def __init__(self) -> None:
        super().__init__()
        self._arguments = ""
        self._name: Any = None

    def chunks(self, chunk: Json) -> Iterator[Json]:
        """Collect the call, and write it before its finish."""
        for call in calls_of(chunk):
            function = call.get("function") or {}
            self._name = self._name or function.get("name")
            self._arguments += function.get("arguments") or ""
        yield from super().chunks(chunk)

    def end(self, before: Json | None, finish: Json) -> Iterator[Json]:
        """The call as content between the two."""
        if before is not None:
            yield before
        if self._name:
            markup = f'<tool_call>{{"name": "{self._name}", "arguments": {self._arguments}}}</tool_call>'
            yield with_delta(finish, {"content": markup})
        yield finish


class ProgressField(Quirk):
    """T22: a member that is not in the contract says that a call is being made."""

    def chunks(self, chunk: Json) -> Iterator[Json]:
        """The progress before a chunk that names a call."""
        if any((call.get("function") or {}).get("name") for call in calls_of(chunk)):
            yield with_delta(chunk, {"tool_call_generating": True})
        yield chunk


def no_index(fragment: Json, call: Call) -> None:
    """T3: no index."""
    fragment.pop("index", None)


def index_zero(fragment: Json, call: Call) -> None:
    """T4: all calls at index 0, each with its id."""
    fragment["index"] = 0


def no_identity(fragment: Json, call: Call) -> None:
    """T5: later calls at index 0, without id and name."""
    if fragment.get("index"):
        fragment["index"] = 0
        fragment.pop("id", None)
        fragment["function"]["name"] = ""


def index_from_one(fragment: Json, call: Call) -> None:
    """T6: the first index is 1."""
    fragment["index"] = (fragment.get("index") or 0) + 1


def index_drifts(fragment: Json, call: Call) -> None:
    """T7: the index counts the fragments."""
    fragment["index"] = (fragment.get("index") or 0) + call.fragments


def blank_id(fragment: Json, call: Call) -> None:
    """T8: a blank id on continuations."""
    if call.fragments:
        fragment["id"] = ""


def blank_name(fragment: Json, call: Call) -> None:
    """T9: a blank name on continuations."""
    if call.fragments:
        fragment["function"]["name"] = ""


def null_name(fragment: Json, call: Call) -> None:
    """T10: the word null for a name, and the type in capitals."""
    if call.fragments:
        fragment["function"]["name"], fragment["type"] = "null", "FUNCTION"


def name_again(fragment: Json, call: Call) -> None:
    """T11: the name on every fragment."""
    if call.fragments:
        fragment["function"]["name"] = call.name


def id_changes(fragment: Json, call: Call) -> None:
    """T13: another id on every fragment."""
    if call.fragments:
        fragment["id"] = f"{call.id}_{call.fragments}"


def number_id(fragment: Json, call: Call) -> None:
    """T14: a number for an id."""
    if not call.fragments:
        fragment["id"] = 7 + (fragment.get("index") or 0)


def id_again(fragment: Json, call: Call) -> None:
    """T15: the id on every fragment."""
    if call.fragments:
        fragment["id"] = call.id


def null_members(fragment: Json, call: Call) -> None:
    """T18: null for what continuations do not have."""
    if call.fragments:
        fragment["id"] = fragment["type"] = fragment["function"]["name"] = None


def signature(fragment: Json, call: Call) -> None:
    """T19: a member that is not in the contract."""
    if not call.fragments:
        fragment["extra_content"] = {"google": {"thought_signature": "c2ln"}}


def two_entries(chunk: Json) -> None:
    """T16: two entries for one index, where a fragment has two characters or more."""
    for delta in deltas_of(chunk):
        entries: list[Json] = []
        for call in delta.get("tool_calls") or []:
            arguments = (call.get("function") or {}).get("arguments") or ""
            if len(arguments) < 2:
                entries.append(call)
                continue
            entries.append({**call, "function": {**call["function"], "arguments": arguments[:1]}})
            entries.append({"index": call.get("index"), "function": {"arguments": arguments[1:]}})
        if entries:
            delta["tool_calls"] = entries


def legacy(chunk: Json) -> None:
    """T20: the call as ``function_call``."""
    for choice in choices_of(chunk):
        delta = choice.get("delta") or {}
        for call in delta.pop("tool_calls", None) or []:
            delta["function_call"] = call.get("function") or {}
        if choice.get("finish_reason") == "tool_calls":
            choice["finish_reason"] = "function_call"


def both_forms(chunk: Json) -> None:
    """T23: the same fragment as ``tool_calls`` and as ``function_call``."""
    for delta in deltas_of(chunk):
        if delta.get("tool_calls"):
            delta["function_call"] = delta["tool_calls"][0].get("function") or {}
