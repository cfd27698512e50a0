"""assistant-ui: its own transport, as ``AssistantTransportEncoder`` sends it, and the chunks that programs log.

Checked against assistant-stream of August 2026, in TypeScript and in Python, and a stream in its tests.

    step-start                    a step begins: messageId
    part-start                    a part of the message begins: text, reasoning, tool-call (toolCallId, toolName) …
    text-delta                    a piece of the part at ``path``: of a text, of thoughts, or of a call's arguments
    result                        a tool's result, in the extension, with the toolCallId of its part
    step-finish, message-finish   the message ends: finishReason, usage
    error                         the end of a run that failed (R12), unless its severity is a lower one
    update-state                  in the extension: it changes what the application keeps, which may have texts
    anything else                 in the extension

Parts are counted from 0, and a path begins with the number of its part; a longer one is that of a part inside another,
whose text is in the extension. A text behind another part is a separate message (R16); where two are open at the same
time, the second waits. A piece of a part that had ended, behind the beginning of another, is of another stream, whose
parts are counted from 0 again.

    finish    as in ``ai_sdk``, but ``unknown`` is a stop; usage: inputTokens, outputTokens of each step

A stream ends with [DONE], or with the finish of a step that asks for no tools: without both it was cut (R11).

Source: https://github.com/assistant-ui/assistant-ui, packages/assistant-stream and python/assistant-stream.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from unspool.core.errors import NotAChunk
from unspool.dialects.agents.run import Message, RunReader, message_of
from unspool.dialects.chunk_builder import Chunks, usage_of
from unspool.dialects.finish_words import ASSISTANT_UI, FAILED, meaning_of
from unspool.dialects.members import dict_of, dicts_of, list_of, word_of

_MOST_PARTS: Final = 1024
"""Parts that a stream may have before the first piece that is left of it."""

_APPENDS: Final = "append-text"
"""The type of an operation on a text of the state; the other one sets a value."""
_TEXTS: Final = frozenset({"text", "content"})
"""Members of messages, as states have them, that hold their texts."""
_ASKED: Final = frozenset({"user", "human"})
_DEPTH: Final = 6
"""Levels of a value in which texts are looked for: messages, message, parts, part, text."""


class Waiting(NamedTuple):
    """Pieces of a text, or of thoughts, that wait until the part before has ended."""

    message: Message
    kind: str
    texts: list[Any]


class AssistantUi(RunReader):
    """Reads the chunks of one stream after the other."""

    def __init__(self) -> None:
        super().__init__("assistant-ui", "[DONE]")

    def _begin(self) -> None:
        self._ident: Any = None
        self._steps = 0
        self._parts: list[tuple[str, str]] = []  # their types, and the ids of their calls
        self._fresh = 0  # the number of the first part of this step
        self._reached = 0  # the number of parts up to the last one that had a piece or an end
        self._ended: set[int] = set()  # the numbers of parts that have ended
        self._leads: dict[str, int] = {}  # the text, and the thoughts, that leave now
        self._waiting: dict[int, Waiting] = {}  # those that wait, by their numbers
        self._counted = False  # a step had a usage
        self._in_step = self._over = False  # a step goes on; the message has ended
        self._waited = False  # the step before this one asked for tools
        self._continued = False  # the text of the last step goes on in the next

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
        return self._release() + (self._run.finish() if self._run.live else [])

    def close(self) -> Chunks:
        """The input ended: what waits leaves, and a run that is still live was cut (R11)."""
        return self._release() + super().close()

    # --- the message -------------------------------------------------------------------------

    def _start(self, value: dict[str, Any]) -> Chunks:
        if self._continued:
            self._continued, self._in_step = False, True
            return self._run.note({"step-start": value})
        chunks = self._begins() if self._in_step else []  # the stream before it was cut
        self._fresh, self._waited = len(self._parts), self._run.live
        self._ident, self._run.live, self._in_step = value.get("messageId") or self._ident, True, True
        chunks += self._release()
        return chunks + self._run.finish_messages() + self._run.note({"step-start": value})

    def _part(self, value: dict[str, Any]) -> Chunks:
        part = dict_of(value, "part")
        kind, ident = word_of(part, "type"), word_of(part, "toolCallId")
        if self._over:
            self._fresh = len(self._parts)
        self._parts.append((kind, ident))
        self._run.live, self._over = True, False
        if kind == "tool-call":
            return self._message().call(ident, ident, part.get("toolName"))
        return [] if kind in ("text", "reasoning") else self._run.note({kind or "part": value})

    def _message(self) -> Message:
        self._steps += self._run.last is None
        return self._run.current(f"{self._ident or 'message'}-{self._steps}")

    def _delta(self, value: dict[str, Any]) -> Chunks:
        path = list_of(value, "path")
        if not (self._parts or self._in_step) and len(path) == 1 and path[0] in range(_MOST_PARTS):
            self._parts = [("text", "")] * (int(path[0]) + 1)  # the beginning of the stream is missing
        chunks = self._count_again(path)
        number = self._number(path)
        kind, ident = self._parts[number] if number >= 0 else ("", "")
        if kind not in ("text", "reasoning", "tool-call"):
            return chunks + self._run.note({"text-delta": value})
        self._run.live, text = True, value.get("textDelta")
        self._reached = max(self._reached, number + 1)
        message = self._message()
        if kind == "tool-call":
            self._last.keep(message, value, member="arguments", key=ident)
            return chunks + message.arguments(ident, text)
        lead = self._leads.get(kind, number)
        if lead != number and lead not in self._ended:
            self._waiting.setdefault(number, Waiting(message, kind, [])).texts.append(text)
            return chunks
        self._last.keep(message, value, member="text" if kind == "text" else "thoughts")
        return chunks + self._say(message, kind, number, text)

    def _say(self, message: Message, kind: str, number: int, text: Any) -> Chunks:
        """A piece of a text or of thoughts, which are apart from those of another part (R16)."""
        apart, self._leads[kind] = self._leads.get(kind) != number, number
        if kind == "text":
            if apart:
                message.divide()
            return message.text(text)
        if apart:
            message.thoughts_end()
        return message.thoughts(text)

    def _part_finish(self, value: dict[str, Any]) -> Chunks:
        """A part has ended: the next that waits leaves, and so do those behind one that has ended, too."""
        number = self._number(list_of(value, "path"))
        self._reached = max(self._reached, number + 1)
        self._ended.add(number)
        chunks: Chunks = []
        for waiting in sorted(self._waiting):
            kind = self._waiting[waiting].kind
            if self._leads.get(kind, -1) in self._ended:
                chunks += self._release_one(waiting)
        return chunks + self._run.note({"part-finish": value})

    def _release_one(self, number: int) -> Chunks:
        message, kind, texts = self._waiting.pop(number)
        return [chunk for text in texts for chunk in self._say(message, kind, number, text)]

    def _release(self) -> Chunks:
        """All that waits leaves."""
        return [chunk for number in sorted(self._waiting) for chunk in self._release_one(number)]

    def _count_again(self, path: list[Any]) -> Chunks:
        """A piece of a part of an earlier step: this one is of another stream, whose parts are counted from 0.

        If the step before it asked for tools, the stream before it was cut (R11).
        """
        number = path[0] if len(path) == 1 and isinstance(path[0], int) else len(self._parts)
        if len(self._parts) > self._fresh and number < self._fresh:
            parts, cut = self._parts[self._fresh :], self._waited and self._run.last is None
        elif number in self._ended and self._reached < len(self._parts):
            parts, cut = self._parts[self._reached :], True
        else:
            return []
        chunks = self.close() if cut else self._release()
        self._parts, self._fresh, self._reached, self._in_step = parts, 0, 0, self._in_step or number < self._fresh
        self._ended.clear()
        self._leads.clear()
        return chunks

    def _number(self, path: list[Any]) -> int:
        """The number of the part at a path: the last one where there is none, so that no text is lost; -1 of others."""
        if len(path) != 1 or not isinstance(path[0], int):
            return -1
        return path[0] if 0 <= path[0] < len(self._parts) else len(self._parts) - 1

    def _result(self, value: dict[str, Any]) -> Chunks:
        number = self._number(list_of(value, "path"))
        ident = self._parts[number][1] if number >= 0 else ""
        return self._run.note({"tool-result": {**value, "toolCallId": ident}})

    def _update(self, value: dict[str, Any]) -> Chunks:
        """The state changes; where it alone has the text, nothing shows which of its texts is the answer."""
        operations = dicts_of(value, "operations")
        appends = any(word_of(one, "type") == _APPENDS for one in operations)
        texts = appends or any(_holds_text(one.get("value"), _named(one) in _TEXTS, _DEPTH) for one in operations)
        self._run.live = self._run.live or (texts and not self._parts)
        return self._run.note({_APPENDS if appends else "update-state": value})

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
        reason, kind, chunks = word_of(value, "finishReason"), str(value["type"]), self._release()
        meaning, last = meaning_of(ASSISTANT_UI, reason), self._run.last
        if self._run.over or meaning == FAILED:
            if not self._run.over:  # else an error said why
                self._run.fail_at_end({"message": f"the stream finished with reason {reason}", "code": reason})
            return chunks + self._run.note({kind: value})
        kinds = {} if reason in ASSISTANT_UI else {kind: value}
        if last is not None:
            chunks += last.finish(None if meaning == "stop" else meaning, kinds)
        elif not self._steps:
            chunks += self._run.finish(None if meaning == "stop" else meaning)
        self._run.live, self._over = goes_on, not goes_on
        return chunks + self._run.usage(usage)

    def _used(self, value: dict[str, Any]) -> dict[str, Any] | None:
        used = dict_of(value, "usage")
        return usage_of(used.get("inputTokens"), used.get("outputTokens")) if used else None

    def _error(self, value: dict[str, Any]) -> Chunks:
        if value.get("severity") in ("warning", "info"):
            return self._run.note({"error": value})
        return self._release() + self._run.fail({"message": message_of(value), "code": word_of(value, "code")})


def _named(operation: dict[str, Any]) -> str:
    """The last name in the path of an operation."""
    path = list_of(operation, "path")
    return str(path[-1]) if path else ""


def _holds_text(value: Any, named: bool, depth: int) -> bool:
    """Return whether a value of the state is a text, if it is ``named`` like one, or holds one of the agent's."""
    if isinstance(value, str):
        return named and value != ""
    if not depth or not isinstance(value, (dict, list)):
        return False
    if isinstance(value, list):
        return any(_holds_text(one, named, depth - 1) for one in value)
    if word_of(value, "role") in _ASKED or word_of(value, "type") in _ASKED:
        return False
    return any(_holds_text(one, name in _TEXTS, depth - 1) for name, one in value.items())


_HANDLERS: dict[str, Callable[[AssistantUi, dict[str, Any]], Chunks]] = {
    "step-start": AssistantUi._start,
    "part-start": AssistantUi._part,
    "text-delta": AssistantUi._delta,
    "part-finish": AssistantUi._part_finish,
    "result": AssistantUi._result,
    "step-finish": AssistantUi._step_finish,
    "message-finish": AssistantUi._message_finish,
    "update-state": AssistantUi._update,
    "error": AssistantUi._error,
}
"""The reader of each type of chunk that says more than the extension holds."""
