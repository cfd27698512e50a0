"""The completion sink: each response as one `chat.completion` object, as a call without streaming gives it."""

from dataclasses import dataclass, field
from typing import Any

from unspool.core.events import (
    ArgumentsDelta,
    ChoiceFinished,
    Event,
    MessageBoundary,
    QuirkSeen,
    RefusalDelta,
    ResponseFailed,
    ServerToolCalled,
    StepFinished,
    StepStarted,
    StreamIncomplete,
    TextDelta,
    ThoughtsDelta,
    ToolCallStarted,
    ToolReturned,
    UsageReported,
)
from unspool.core.options import Options, OtherTools, Thoughts
from unspool.core.outcome import Outcome
from unspool.dialects.members import dict_of
from unspool.fastpath.batch import RecordBatch
from unspool.formats.json_codec import encode
from unspool.formats.record import Record
from unspool.sinks.base import BaseSink
from unspool.sinks.joined import joined, whole
from unspool.sinks.message_texts import MessageTexts
from unspool.sinks.output import Output
from unspool.variants.finish_reasons import TOOL_REASONS
from unspool.variants.members import OF_FUNCTIONS
from unspool.variants.values import index_of

_OF_CHUNKS = ("choices", "usage", "object", "error")
"""Members of a chunk that the object has otherwise, or not at all."""
_OF_CHOICES = ("index", "delta", "message", "finish_reason")
_OF_DELTAS = ("role", "content", "refusal", "reasoning_content", "tool_calls", "function_call")
_OF_CALLS = ("index", "id", "type", "function", "custom", *OF_FUNCTIONS)
"""Members of choices, deltas and calls that come from the events; the others are joined as they are."""


class _Choice:
    """One choice of a response, in the making."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self.content = MessageTexts()
        self.thoughts = MessageTexts()
        self.refusal: list[str] = []
        self.calls: dict[int, tuple[ToolCallStarted, list[str]]] = {}
        self.finish: str | None = None
        self.legacy = False
        self._members: dict[str, Any] = {}
        self._others: Any = {}
        self._others_of_calls: dict[int, Any] = {}
        self._numbers: dict[int | None, int] = {}

    def see(self, event: Event) -> None:
        """Add an event of this choice."""
        match event:
            case TextDelta():
                self.content.add(event.call, event.text)
            case ThoughtsDelta() if event.call is None or self._options.thoughts is Thoughts.REASONING:
                self.thoughts.add(event.call, event.text)
            case MessageBoundary():
                (self.thoughts if event.thoughts else self.content).divide()
            case RefusalDelta():
                self.refusal.append(event.text)
            case ToolCallStarted():
                self.calls[event.call] = (event, [])
            case ArgumentsDelta() if event.call in self.calls:
                self.calls[event.call][1].append(event.arguments)
            case ChoiceFinished():
                self.finish = event.reason

    def as_json(self, index: int, custom: set[str]) -> dict[str, Any]:
        """The choice of the object; the finish reason is null where the response was cut."""
        message = self._message(custom)
        finish = self.finish
        if finish in TOOL_REASONS and self.calls and not message.keys() & {"tool_calls", "function_call"}:
            finish = "stop"  # R5
        members = {"logprobs": None, **whole(self._members)}
        return {"index": index, "message": message, **members, "finish_reason": finish}

    def _message(self, custom: set[str]) -> dict[str, Any]:
        calls = [] if self._options.other_tools is OtherTools.DROP else self._other_calls(custom)
        message: dict[str, Any] = {
            "role": "assistant",
            "content": self.content.joined(self._options.separator) if self.content else None,
            "refusal": "".join(self.refusal) or None,
        }
        if self.thoughts:
            message["reasoning_content"] = self.thoughts.joined(self._options.separator)
        message.update(whole(self._others))
        if calls and self.legacy and "function" in calls[0]:
            message["function_call"] = calls[0]["function"]
        elif calls:
            message["tool_calls"] = calls
        return message

    def _other_calls(self, custom: set[str]) -> list[dict[str, Any]]:
        """The calls that are no message calls (R6)."""
        return [
            _call(started, "".join(arguments), started.id in custom) | whole(self._others_of_calls.get(number, {}))
            for number, (started, arguments) in self.calls.items()
            if not started.message
        ]

    def learn(self, choice: dict[str, Any]) -> None:
        """Add what no event says: the other members of a received choice, of its delta and of its calls."""
        for name, value in _others(choice, _OF_CHOICES).items():
            self._members[name] = joined(self._members.get(name), value) if name == "logprobs" else value
        delta = choice.get("delta")
        if not isinstance(delta, dict):
            return
        self._others = joined(self._others, _others(delta, _OF_DELTAS))
        self.legacy = self.legacy or isinstance(delta.get("function_call"), dict)
        entries = delta.get("tool_calls")
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict) and self.calls:
                number = self._number(entry)
                others = _others(entry, _OF_CALLS)
                self._others_of_calls[number] = joined(self._others_of_calls.get(number), others)

    def _number(self, entry: dict[str, Any]) -> int:
        """The number of the call of an entry: by its id, then by its index, then the last (R8)."""
        ident, index = entry.get("id"), index_of(entry.get("index"))
        by_id = next((number for number in reversed(self.calls) if ident and self.calls[number][0].id == ident), None)
        last = next(reversed(self.calls))
        number = self._numbers.get(index, last) if by_id is None else by_id
        self._numbers[index] = number
        return number


def _others(values: dict[str, Any], known: tuple[str, ...]) -> dict[str, Any]:
    """The members that are not known and hold something."""
    return {name: value for name, value in values.items() if name not in known and value not in (None, "", [])}


def _call(started: ToolCallStarted, arguments: str, custom: bool) -> dict[str, Any]:
    if custom:
        return {"id": started.id, "type": "custom", "custom": {"name": started.tool, "input": arguments}}
    return {"id": started.id, "type": "function", "function": {"name": started.tool, "arguments": arguments}}


@dataclass
class _Response:
    """An unfinished response; ``members`` are those of its chunks except choices."""

    members: dict[str, Any]
    choices: dict[int, _Choice] = field(default_factory=dict)
    usage: dict[str, Any] | None = None
    error: dict[str, str] | None = None
    custom: set[str] = field(default_factory=set)

    def as_json(self) -> dict[str, Any]:
        """The object."""
        choices = [self.choices[index].as_json(index, self.custom) for index in sorted(self.choices)]
        whole = {"object": "chat.completion", **self.members, "choices": choices}
        if self.usage is not None:
            whole["usage"] = self.usage
        return whole if self.error is None else {**whole, "error": self.error}


class CompletionSink(BaseSink):
    """Writes one object and a line feed for each response, at its end: all of its text is in memory until then.

    A response that failed has a member ``error``; one that was cut has the finish reason null.
    """

    def __init__(self, output: Output, options: Options) -> None:
        self._output = output
        self._options = options
        self._response: _Response | None = None

    def write(self, record: Record, outcome: Outcome, holding: bool) -> None:
        """Add the events, and the members of the chunks."""
        for event in outcome.events:
            self._see(event)
        if self._response is not None:
            for chunk in outcome.chunks[-1:] if _starts(outcome) else outcome.chunks:
                self._learn(self._response, chunk)

    def write_batch(self, batch: RecordBatch) -> None:
        """Add the text of a batch at once, unless its chunks have members that no event says."""
        if _has_others(next(iter(batch.outcomes()))[1]):
            super().write_batch(batch)
            return
        event = batch.event
        text = "".join(batch.texts)
        self._see(event._replace(arguments=text) if isinstance(event, ArgumentsDelta) else event._replace(text=text))

    def _see(self, event: Event) -> None:
        if isinstance(event, StepStarted):
            self._response = _Response({"id": event.id, "created": 0, "model": event.model})
        response = self._response
        if response is None:
            return
        match event:
            case UsageReported():
                response.usage = event.usage
            case ResponseFailed():
                response.error = {"message": event.message, "code": event.code}
            case StepFinished():
                self._output.write(encode(response.as_json()), b"\n")
                self._response = None
            case StepStarted() | QuirkSeen() | StreamIncomplete() | ServerToolCalled() | ToolReturned():
                pass
            case _:
                if event.choice not in response.choices:
                    response.choices[event.choice] = _Choice(self._options)
                response.choices[event.choice].see(event)

    def _learn(self, response: _Response, chunk: dict[str, Any]) -> None:
        """Add the members of a chunk, and note which of its calls are of custom tools (T24)."""
        for name, value in chunk.items():
            if name not in _OF_CHUNKS and value not in (None, "") and response.members.get(name) in (None, "", 0):
                response.members[name] = value
        for choice in chunk.get("choices") or ():
            if isinstance(choice, dict) and isinstance(choice.get("index"), int):
                known = response.choices.setdefault(choice["index"], _Choice(self._options))
                known.learn(choice)
                response.custom |= _custom_calls(choice)

    def flush(self) -> None:
        """Make visible what there is."""
        self._output.flush()

    def close(self) -> None:
        """Make visible what there is."""
        self._output.flush()


def _starts(outcome: Outcome) -> bool:
    """Return whether a response begins, so that chunks before the last may be of the one before it."""
    return any(type(event) is StepStarted for event in outcome.events)


def _custom_calls(choice: dict[str, Any]) -> set[str]:
    """The ids of the calls of custom tools in a choice."""
    delta = choice.get("delta")
    entries = delta.get("tool_calls") if isinstance(delta, dict) else None
    found = [one for one in entries if isinstance(one, dict)] if isinstance(entries, list) else []
    return {one["id"] for one in found if "custom" in one and isinstance(one.get("id"), str)}


def _has_others(outcome: Outcome) -> bool:
    """Return whether a chunk has members that ``_Choice.learn`` adds."""
    choices = [choice for chunk in outcome.chunks for choice in chunk.get("choices") or ()]
    deltas = [dict_of(choice, "delta") for choice in choices]
    calls = [entry for delta in deltas for entry in delta.get("tool_calls") or ()]
    levels = ((choices, _OF_CHOICES), (deltas, _OF_DELTAS), (calls, _OF_CALLS))
    return any(_others(values, known) for level, known in levels for values in level)
