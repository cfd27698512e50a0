"""The whole messages of the AI SDK, ``UIMessage``: as applications keep them, or growing, a line for each change.

    role assistant       a message; another role's rides in the extension
    step-start           a step begins: the message before it ends
    text                 its text so far; another text of the same step is a separate message
    reasoning            thoughts
    tool-NAME,           a call: input so far while its state is input-streaming, then the whole input
      dynamic-tool, tool-invocation (version 4);
      one with providerExecuted is in the extension, as the results of all are

What is new of each part is emitted (R15). A message has no end marker: it was cut where a part is still streaming,
or where it grew and ends with a call, whose result the model would have answered (R11).

Checked against ai 6.0 (``readUIMessageStream``).
Source: https://ai-sdk.dev/docs/reference/ai-sdk-core/ui-message.
"""

from typing import Any

from unspool.dialects.agents.run import Message, Run
from unspool.dialects.chunk_builder import Chunks
from unspool.dialects.members import dict_of, dicts_of, word_of

_STREAMING = frozenset({"streaming", "input-streaming", "partial-call"})
_ENDED = frozenset({"output-available", "output-error", "output-denied", "result"})
"""The states of a call that has its result."""
_DYNAMIC = "dynamic-tool"
"""The type of a call of an agent or a tool server, which the client may have to show."""


class UiMessages:
    """Reads whole messages into a run."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._begin(None)

    def _begin(self, ident: Any) -> None:
        self._ident = ident
        self._parts: list[Message | None] = []  # the message of each part; None of one without
        self._noted: set[tuple[int, str]] = set()  # the parts whose call, or result, is in the extension
        self._grew = False

    @property
    def is_open(self) -> bool:
        """Return whether the last record was such a message, or went on with one."""
        return bool(self._parts)

    def feed(self, value: dict[str, Any]) -> Chunks:
        """Emit what is new of a message."""
        if value.get("role") != "assistant":
            chunks = self._run.finish_messages() if self._run.live else []
            self._begin(None)
            return chunks + self._run.note({"message": value})
        parts, chunks = dicts_of(value, "parts"), list[dict[str, Any]]()
        again = value.get("id") == self._ident and len(parts) >= len(self._parts)
        if not (self._parts and again):
            chunks = self._run.finish_messages()
            self._begin(value.get("id"))
        else:
            self._grew = True
        for place, part in enumerate(parts):
            chunks += self._part(place, part)
        self._run.live = any(part.get("state") in _STREAMING for part in parts)
        if self._grew and parts and _call_of(parts[-1]) is not None:
            self._run.live = True
        return chunks

    def close(self) -> Chunks:
        """The input ended: the last message is whole, unless it was cut."""
        chunks = self._run.finish() if self._parts and not self._run.live else []
        self._begin(None)
        return chunks

    def _part(self, place: int, part: dict[str, Any]) -> Chunks:
        kind, call = word_of(part, "type"), _call_of(part)
        chunks: Chunks = []
        if place >= len(self._parts):
            if kind == "step-start" or (kind in ("text", "reasoning") and self._is_answered()):
                chunks = self._run.finish_messages()
            shown = kind in ("text", "reasoning") or call is not None
            self._parts.append(self._run.current(f"{self._ident or 'step'}-{place}") if shown else None)
            if not shown and kind != "step-start":
                return chunks + self._run.note({kind or "part": part})
        message = self._parts[place]
        if message is None or message.ended:
            return chunks
        if kind == "text":
            return chunks + message.text_whole(part.get("text"))
        if call is None:
            return chunks + message.thoughts_whole(part.get("text") or part.get("reasoning"))
        name, complete = call.get("toolName") or kind.removeprefix("tool-"), call.get("state") not in _STREAMING
        if call.get("providerExecuted") is True and kind != _DYNAMIC:
            chunks += message.open_once()
            if complete:
                chunks += self._note(place, "tool-input-available", {**call, "toolName": name})
        else:
            chunks += message.whole_call(
                place, call.get("toolCallId"), name, call.get("input", call.get("args")), complete
            )
        ended = call.get("state") in _ENDED and call.get("preliminary") is not True
        return chunks + (self._note(place, "tool-output-available", call) if ended else [])

    def _note(self, place: int, kind: str, call: dict[str, Any]) -> Chunks:
        """Keep the call of a part, or its result, as a stream has it; once."""
        if (place, kind) in self._noted:
            return []
        self._noted.add((place, kind))
        return self._run.note({kind: call})

    def _is_answered(self) -> bool:
        return self._run.last is not None and self._run.last.answered


def _call_of(part: dict[str, Any]) -> dict[str, Any] | None:
    """The call that a part holds."""
    if word_of(part, "type") == "tool-invocation":
        return dict_of(part, "toolInvocation")
    return part if "toolCallId" in part else None
