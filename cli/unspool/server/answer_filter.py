"""Removes chunks that a client would take for an empty answer.

Where other tools' calls are dropped (R6), a response that only called them would
leave a first chunk with a role and a finish ``stop``: an empty answer in the middle
of a run of several steps. The filter delays the first chunk until another follows,
and drops the finish of a choice that called tools and has no text.
"""

from typing import Any

from unspool.core.events import Event, RefusalDelta, TextDelta, ToolCallStarted
from unspool.variants.members import choice_index, delta_of

_ENDS_CALLS = ("stop", "tool_calls", "function_call")
_NO_ANSWER = ("role", "reasoning", "reasoning_content", "reasoning_details", "thinking", "thinking_blocks")

Json = dict[str, Any]


class AnswerFilter:
    """Filters the rewritten chunks of one step; chunks still delayed when the step ends are dropped."""

    def __init__(self) -> None:
        self._delayed: list[Json] = []
        self._answered: set[int] = set()  # choices with text, a refusal or a message call
        self._called: set[int] = set()  # choices that called another tool

    def feed(self, chunks: list[Json], events: list[Event]) -> list[Json]:
        """The chunks to send now, in order; the same objects that came in where nothing is removed."""
        for event in events:
            if isinstance(event, (TextDelta, RefusalDelta)) or (isinstance(event, ToolCallStarted) and event.message):
                self._answered.add(event.choice)
            elif isinstance(event, ToolCallStarted):
                self._called.add(event.choice)
        return [leaving for chunk in chunks for leaving in self._filter(chunk)]

    def _filter(self, chunk: Json) -> list[Json]:
        choices = chunk.get("choices")
        if not choices:
            return [chunk]
        kept = [choice for choice in choices if not self._only_ends_calls(choice)]
        if not kept:
            return [{**chunk, "choices": []}] if chunk.get("usage") else []
        if not any(map(self._is_worth_sending, kept)):
            self._delayed.append(chunk)
            return []
        delayed, self._delayed = self._delayed, []
        return [*delayed, chunk if len(kept) == len(choices) else {**chunk, "choices": kept}]

    def _only_ends_calls(self, choice: Json) -> bool:
        index = choice_index(choice)
        if index not in self._called or index in self._answered or choice.get("finish_reason") not in _ENDS_CALLS:
            return False
        return not any(value for name, value in delta_of(choice).items() if name not in _NO_ANSWER)

    def _is_worth_sending(self, choice: Json) -> bool:
        """Return whether a choice holds more than a role."""
        has_content = any(value for name, value in delta_of(choice).items() if name != "role")
        return has_content or choice.get("finish_reason") is not None or choice_index(choice) in self._answered
