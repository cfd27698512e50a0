"""A: arguments that depart from JSON, or come otherwise than in fragments of it."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from unspool.serve.faults.provoked.quirk import Json, Quirk, calls_of, deltas_of, finishes, with_delta


class Arguments(Quirk):
    """A quirk of the text of the arguments: ``before`` it, on ``each`` fragment, and ``behind`` it.

    ``behind`` is called with the whole text; what it returns is one more fragment before the finish.
    """

    def __init__(
        self,
        before: str = "",
        each: Callable[[str], str] = str,
        behind: Callable[[str], str] = lambda text: "",
    ) -> None:
        self._before = before
        self._each = each
        self._behind = behind
        self._texts: dict[Any, str] = {}

    def chunks(self, chunk: Json) -> Iterator[Json]:
        """The chunk with changed fragments, behind what follows the arguments where it finishes."""
        for call in calls_of(chunk):
            function = call.get("function") or {}
            text = function.get("arguments")
            if isinstance(text, str) and text:
                index = call.get("index")
                first = index not in self._texts
                self._texts[index] = self._texts.get(index, "") + text
                function["arguments"] = (self._before if first else "") + self._each(text)
        if finishes(chunk):
            yield from self._rests(chunk)
        yield chunk

    def _rests(self, finish: Json) -> Iterator[Json]:
        """Chunks with what is behind the arguments; the finish has it itself where it has the last fragment."""
        texts, self._texts = self._texts, {}
        last = {call.get("index"): call["function"] for call in calls_of(finish) if call.get("function")}
        for index, text in texts.items():
            rest = self._behind(text)
            if index in last:
                last[index]["arguments"] = (last[index].get("arguments") or "") + rest
            elif rest:
                yield with_delta(finish, {"tool_calls": [{"index": index, "function": {"arguments": rest}}]})


class NullArguments(Quirk):
    """A1: a fragment of a call whose arguments are null comes before the one that has some."""

    def __init__(self) -> None:
        self._begun = False

    def chunks(self, chunk: Json) -> Iterator[Json]:
        """The empty fragment before the second of the stream."""
        calls = calls_of(chunk)
        named = any((call.get("function") or {}).get("name") for call in calls)
        if calls and not named and not self._begun:
            self._begun = True
            empty = [{**call, "function": {"arguments": None}} for call in calls]
            yield with_delta(chunk, {"tool_calls": empty})
        yield chunk


class WholeArguments(Quirk):
    """A3 and A20: the arguments come whole before the finish, as what ``written`` makes of their text."""

    def __init__(self, written: Callable[[str], Any]) -> None:
        self._written = written
        self._texts: dict[Any, str] = {}

    def chunks(self, chunk: Json) -> Iterator[Json]:
        """The chunk without arguments; before a finish all of them."""
        for call in calls_of(chunk):
            function = call.get("function") or {}
            text = function.get("arguments")
            if isinstance(text, str):
                self._texts[call.get("index")] = self._texts.get(call.get("index"), "") + text
                function["arguments"] = ""
        if finishes(chunk):
            texts, self._texts = self._texts, {}
            for index, text in texts.items():
                whole = {"index": index, "function": {"arguments": self._written(text)}}
                yield with_delta(chunk, {"tool_calls": [whole]})
        yield chunk


class ArgumentsSoFar(Quirk):
    """A5: each fragment has all before it."""

    def __init__(self) -> None:
        self._texts: dict[Any, str] = {}

    def change(self, chunk: Json) -> None:
        """Write all arguments so far."""
        for call in calls_of(chunk):
            function = call.get("function") or {}
            index = call.get("index")
            self._texts[index] = function["arguments"] = self._texts.get(index, "") + (function.get("arguments") or "")


class Characters(Quirk):
    """A16: fragments of one character, so that escapes are split."""

    def chunks(self, chunk: Json) -> Iterator[Json]:
        """A chunk for each character of a fragment that has an escape."""
        calls = calls_of(chunk)
        text = (calls[0].get("function") or {}).get("arguments") if len(calls) == 1 else None
        if not isinstance(text, str) or "\\" not in text or finishes(chunk):
            yield chunk
            return
        for position, character in enumerate(text):
            if position == 0:
                first = {**calls[0], "function": {**calls[0]["function"], "arguments": character}}
                yield with_delta(chunk, {**deltas_of(chunk)[0], "tool_calls": [first]})
            else:
                rest = {"index": calls[0].get("index"), "function": {"arguments": character}}
                yield with_delta(chunk, {"tool_calls": [rest]})


def value_of(text: str) -> Any:
    """A3: the JSON value; the text itself where it is none."""
    try:
        return json.loads(text or "{}")
    except (RecursionError, ValueError):
        return text


def quoted(text: str) -> str:
    """A11: a fragment inside of a JSON string."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def without_a_quote(text: str) -> str:
    """A17: a fragment that lost what ends a name."""
    return text.replace('":', "", 1)


def empty(text: str) -> str:
    """A2: nothing in place of an empty object."""
    return "" if text == "{}" else text


def raw_controls(text: str) -> str:
    """A8: line breaks as they are."""
    return text.replace("\\n", "\n")


def escaped_twice(text: str) -> str:
    """A10: line breaks with one more escape."""
    return text.replace("\\n", "\\\\n")


def trailing_comma(text: str) -> str:
    """A14: a comma before the brace."""
    return f"{text[:-1]},}}" if text.endswith("}") else text
