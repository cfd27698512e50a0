"""assistant-ui: its own transport, as ``AssistantTransportEncoder`` sends it, and the chunks that programs log.

Checked against assistant-stream of August 2026, in TypeScript and in Python, and a stream in its tests.

    step-start                    a step begins: messageId
    part-start                    a part of the message begins: text, reasoning, tool-call (toolCallId, toolName) …
    text-delta                    a piece of the part at ``path``: of a text, of thoughts, or of a call's arguments
    result                        a tool's result, in the extension, with the toolCallId of its part
    step-finish, message-finish   the message ends: finishReason, usage
    error                         the end of a run that failed (R12), unless its severity is a lower one
    anything else                 in the extension; update-state changes what the application keeps

Parts are counted from 0, and a path begins with the number of its part; a longer one is that of a part inside another,
whose text is in the extension. A text behind another part is a separate message (R16).

    finish    as in ``ai_sdk``, but ``unknown`` is a stop; usage: inputTokens, outputTokens of each step

A stream ends with [DONE], or with the finish of a step that asks for no tools: without both it was cut (R11).

Source: https://github.com/assistant-ui/assistant-ui, packages/assistant-stream and python/assistant-stream.
"""

from collections.abc import Callable
from typing import Any

from unspool.core.errors import NotAChunk
from unspool.dialects.agents.run import LastDelta, RunReader, message_of
from unspool.dialects.chunk_builder import Chunks, usage_of
from unspool.dialects.finish_words import ASSISTANT_UI, FAILED, meaning_of
from unspool.dialects.members import dict_of, list_of, word_of


class AssistantUi(RunReader):
    """Reads the chunks of one stream after the other."""

    def __init__(self) -> None:
        super().__init__("assistant-ui", "[DONE]")

    def _begin(self) -> None:
        self._ident: Any = None
        self._steps = 0
        self._parts: list[tuple[str, str]] = []  # their types, and the ids of their calls
        self._fresh = 0  # the number of the first part of this step
        self._counted = False  # a step had a usage
        self._in_step = self._over = False  # a step goes on; the message has ended
        self._waited = False  # the step before this one asked for tools
        self._continued = False  # the text of the last step goes on in the next
        self._last = LastDelta()

    def feed(self, value: Any) -> Chunks:
        """Translate one chunk of assistant-ui's into chunks. Raises NotAChunk."""
        self._last.clear()
        kind = word_of(value, "type")
        if not kind:
            raise NotAChunk("no chunk of assistant-ui's")
        handler = _HANDLERS.get(kind)
        return self._run.note({kind: value}) if handler is None else handler(self, value)

    def append(self, value: Any, json_source: bool) -> str | None:
        """Process a piece that only continues the last one; see Dialect."""
        if type(value) is not dict or not self._last.values:
            return None
        last = self._last.values[0]
        if value.get("type") != last["type"] or list_of(value, "path") != last["path"]:
            return None
        return self._last.append(value.get("textDelta"), json_source)

    def done(self) -> Chunks:
        """[DONE] came: the stream is complete."""
        return self._run.finish() if self._run.live else []

    # --- the message -------------------------------------------------------------------------

    def _start(self, value: dict[str, Any]) -> Chunks:
        if self._continued:
            self._continued, self._in_step = False, True
            return self._run.note({"step-start": value})
        chunks = self._begins() if self._in_step else []  # the stream before it was cut
        self._fresh, self._waited = len(self._parts), self._run.live
        self._ident, self._run.live, self._in_step = value.get("messageId") or self._ident, True, True
        return chunks + self._run.finish_messages() + self._run.note({"step-start": value})

    def _part(self, value: dict[str, Any]) -> Chunks:
        part = dict_of(value, "part")
        kind, ident = word_of(part, "type"), word_of(part, "toolCallId")
        if self._over:
            self._fresh = len(self._parts)
        self._parts.append((kind, ident))
        self._run.live, self._over = True, False
        last = self._run.last
        if kind == "tool-call":
            self._steps += last is None
            message = self._run.current(f"{self._ident or 'message'}-{self._steps}")
            return message.call(ident, ident, part.get("toolName"))
        if last is not None and kind == "reasoning":
            last.thoughts_end()
        elif last is not None and kind == "text":
            last.divide()
        return [] if kind in ("text", "reasoning") else self._run.note({kind or "part": value})

    def _delta(self, value: dict[str, Any]) -> Chunks:
        chunks = self._count_again(list_of(value, "path"))
        kind, ident = self._part_at(list_of(value, "path"))
        if kind not in ("text", "reasoning", "tool-call"):
            return self._run.note({"text-delta": value})
        self._run.live, text = True, value.get("textDelta")
        self._steps += self._run.last is None
        message = self._run.current(f"{self._ident or 'message'}-{self._steps}")
        if kind == "tool-call":
            self._last.keep(message, value, member="arguments", key=ident)
            return chunks + message.arguments(ident, text)
        self._last.keep(message, value, member="text" if kind == "text" else "thoughts")
        return chunks + (message.text(text) if kind == "text" else message.thoughts(text))

    def _count_again(self, path: list[Any]) -> Chunks:
        """A piece of a part of an earlier step: this one is of another stream, whose parts are counted from 0.

        If the step before it asked for tools, the stream before it was cut (R11).
        """
        if len(self._parts) <= self._fresh or len(path) != 1 or not isinstance(path[0], int) or path[0] >= self._fresh:
            return []
        parts, cut = self._parts[self._fresh :], self._waited
        chunks = self.close() if cut and self._run.last is None else []
        self._parts, self._fresh, self._in_step = parts, 0, True
        return chunks

    def _part_at(self, path: list[Any]) -> tuple[str, str]:
        """The part with this number; the last one for a number that none has, so that no text is lost."""
        if len(path) != 1 or not isinstance(path[0], int) or not self._parts:
            return "", ""
        return self._parts[path[0] if 0 <= path[0] < len(self._parts) else -1]

    def _result(self, value: dict[str, Any]) -> Chunks:
        _, ident = self._part_at(list_of(value, "path"))
        return self._run.note({"tool-result": {**value, "toolCallId": ident}})

    # --- ends --------------------------------------------------------------------------------

    def _step_finish(self, value: dict[str, Any]) -> Chunks:
        usage = self._used(value)
        self._in_step, self._continued = False, value.get("isContinued") is True
        if self._continued:
            return self._run.usage(usage)
        self._counted = self._counted or usage is not None
        return self._finish(value, usage, goes_on=value.get("finishReason") == "tool-calls")

    def _message_finish(self, value: dict[str, Any]) -> Chunks:
        return self._finish(value, None if self._counted else self._used(value), goes_on=False)

    def _finish(self, value: dict[str, Any], usage: dict[str, Any] | None, goes_on: bool) -> Chunks:
        """The message ends, and with it the run, unless it ``goes_on`` behind the results of tools."""
        reason, kind = word_of(value, "finishReason"), str(value["type"])
        meaning, last = meaning_of(ASSISTANT_UI, reason), self._run.last
        if self._run.over or meaning == FAILED:
            if not self._run.over:  # else an error said why
                self._run.fail_at_end({"message": f"the stream finished with reason {reason}", "code": reason})
            return self._run.note({kind: value})
        kinds = {} if reason in ASSISTANT_UI else {kind: value}
        if last is not None:
            chunks = last.finish(None if meaning == "stop" else meaning, kinds)
        else:
            chunks = self._run.finish(None if meaning == "stop" else meaning) if not self._steps else []
        self._run.live, self._over = goes_on, not goes_on
        return chunks + self._run.usage(usage)

    def _used(self, value: dict[str, Any]) -> dict[str, Any] | None:
        used = dict_of(value, "usage")
        return usage_of(used.get("inputTokens"), used.get("outputTokens")) if used else None

    def _error(self, value: dict[str, Any]) -> Chunks:
        if value.get("severity") in ("warning", "info"):
            return self._run.note({"error": value})
        return self._run.fail({"message": message_of(value), "code": word_of(value, "code")})


_HANDLERS: dict[str, Callable[[AssistantUi, dict[str, Any]], Chunks]] = {
    "step-start": AssistantUi._start,
    "part-start": AssistantUi._part,
    "text-delta": AssistantUi._delta,
    "result": AssistantUi._result,
    "step-finish": AssistantUi._step_finish,
    "message-finish": AssistantUi._message_finish,
    "error": AssistantUi._error,
}
"""The reader of each type of chunk that says more than the extension holds."""
