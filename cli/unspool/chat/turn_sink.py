"""Sink that collects one answer for the conversation: the messages that an API needs later."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unspool.chat.conversation import Turn
from unspool.core.events import (
    ArgumentsDelta,
    ArgumentsFailed,
    ChoiceFinished,
    Event,
    MessageBoundary,
    TextDelta,
    ToolCallFinished,
    ToolCallStarted,
    UsageReported,
)
from unspool.core.outcome import Outcome
from unspool.core.parser.string_decoder import join_surrogates
from unspool.formats.record import Record, RecordKind
from unspool.sinks.base import BaseSink
from unspool.sinks.message_texts import MessageTexts
from unspool.sources.request_body import Message


@dataclass
class _Call:
    id: str
    tool: str
    message: bool
    arguments: str = ""
    text: str = ""
    complete: bool = False


def _result(call: _Call) -> str:
    """The message about a call that an API expects before the conversation continues."""
    if not call.message:
        return "there is no such tool here"
    return "delivered" if call.complete else "delivered as far as it had come"


class TurnSink(BaseSink):
    """Collects the first choice; ``turn`` returns it, also for an answer that was stopped.

    ``tools`` maps each message tool to the path of its message argument;
    ``chunks`` are the records as received.
    """

    def __init__(self, question: str, tools: Mapping[str, str], images: Sequence[str] = ()) -> None:
        self.chunks: list[bytes] = []
        self._question = question
        self._images = list(images)
        self._tools = tools
        self._texts = MessageTexts()
        self._content = MessageTexts()  # the part of them that an API takes back as content
        self._calls: dict[int, _Call] = {}
        self._usage: dict[str, Any] = {}
        self._finished = False

    def turn(self) -> Turn:
        """The question and its answer so far."""
        calls = list(self._calls.values())
        messages, cut = self._messages(calls), not self._finished
        return Turn(self._question, self._texts.lines(), messages, self._usage, cut, self._images)

    def _messages(self, calls: list[_Call]) -> list[Message]:
        content = self._content.joined("\n\n")
        if not calls:
            return [{"role": "assistant", "content": content}] if content else []
        entries = [
            {"id": call.id, "type": "function", "function": {"name": call.tool, "arguments": self._arguments(call)}}
            for call in calls
        ]
        results = [{"role": "tool", "tool_call_id": call.id, "content": _result(call)} for call in calls]
        return [{"role": "assistant", "content": content or None, "tool_calls": entries}, *results]

    def _arguments(self, call: _Call) -> str:
        """The arguments as an API takes them back: those of a call that was cut are completed, with the text so far."""
        if call.complete:
            return join_surrogates(call.arguments) or "{}"
        value: Any = call.text
        for key in reversed(self._tools.get(call.tool, "").split(".")):
            value = {key: value}
        return json.dumps(value, ensure_ascii=False) if call.message else "{}"

    # --- the sink ----------------------------------------------------------------------------

    def write(self, record: Record, outcome: Outcome, holding: bool) -> None:
        """Process the events."""
        if record.kind is RecordKind.VALUE:
            self.chunks.append(record.data)
        for event in outcome.events:
            if getattr(event, "choice", 0) == 0:
                self._collect(event)

    def _collect(self, event: Event) -> None:
        match event:
            case TextDelta():
                self._texts.add(event.call, event.text)
                if event.call is None:
                    self._content.add(None, event.text)
                else:
                    self._calls[event.call].text += event.text
            case MessageBoundary(thoughts=False):
                self._texts.divide()
                self._content.divide()
            case ToolCallStarted():
                ident = join_surrogates(event.id or f"call_{event.call}")
                tool = join_surrogates(event.tool or "unnamed")
                self._calls[event.call] = _Call(ident, tool, event.message)
            case ArgumentsDelta():
                self._calls[event.call].arguments += event.arguments
            case ToolCallFinished():
                self._calls[event.call].complete = event.complete
            case ArgumentsFailed():
                self._calls[event.call].complete = False
            case ChoiceFinished():
                self._finished = True
            case UsageReported():
                self._usage = event.usage
