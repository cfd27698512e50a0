"""pi: ``pi --mode json``, and its session files, ``~/.pi/agent/sessions/…/….jsonl``.

Checked against session files of November 2025; the events against the documentation of version 0.58.

    agent_start, agent_end        the run: between them it goes on
    message_update                what its assistantMessageEvent adds: text_delta, thinking_delta, toolcall_…
    message_end, message          a whole message: of the assistant what goes beyond the deltas (R15), calls, the end;
                                  a tool's result and an echo of the user's text ride in the extension
    turn_end, agent_end           repeat messages: in the extension, as whatever else there is

    stopReason    stop, length, toolUse; after ``error`` the program may try again: it is an error (R12) where no
                  other message follows, and ``aborted`` likewise
    usage         input + cacheRead + cacheWrite, output; of each message

A session file has no ends of runs: one that ends with a tool's result was cut (R11).

Sessions of Factory's droid, ``~/.factory/sessions/…/….jsonl``, have the same lines with Anthropic's blocks in them.

Source: https://github.com/badlogic/pi-mono (docs/json.md and docs/session.md of its coding agent).
"""

from collections.abc import Callable
from typing import Any

from unspool.core.errors import NotAChunk
from unspool.dialects.agents.run import Message, RunReader, message_of
from unspool.dialects.chunk_builder import Chunks, key_of, sum_tokens, usage_of
from unspool.dialects.finish_words import FAILED, PI, meaning_of
from unspool.dialects.members import dict_of, dicts_of, list_of, texts_of, word_of


class Pi(RunReader):
    """Reads the events of a run, or the lines of a session."""

    def __init__(self) -> None:
        super().__init__("pi", "agent_end")

    def _begin(self) -> None:
        self._running = False  # an agent_start without its agent_end
        self._error: str | None = None  # of the last message
        self._block: Any = None  # the index of the content that came last

    def feed(self, value: Any) -> Chunks:
        """Translate one record into chunks. Raises NotAChunk."""
        kind = word_of(value, "type")
        if not kind:
            raise NotAChunk("no record of pi's")
        handler = _HANDLERS.get(kind)
        return self._run.note({kind: value}) if handler is None else handler(self, value)

    def close(self) -> Chunks:
        """The input ended: without its end a run was cut, and so was a session that ends with a tool's result."""
        return self._fail() + super().close()

    def _fail(self) -> Chunks:
        """Report the error of the last message, which the program did not try again."""
        error, self._error = self._error, None
        return [] if error is None else self._run.fail({"message": error})

    def _agent_start(self, record: dict[str, Any]) -> Chunks:
        chunks = self.close() if self._running else []  # the run before it was cut
        self._running = self._run.live = True
        return chunks + self._run.note({"agent_start": record})

    def _agent_end(self, record: dict[str, Any]) -> Chunks:
        self._running = self._run.live = False
        return self._run.finish_messages() + self._run.note({"agent_end": record})

    # --- deltas ------------------------------------------------------------------------------

    def _update(self, record: dict[str, Any]) -> Chunks:
        event = dict_of(record, "assistantMessageEvent")
        kind, index = word_of(event, "type"), key_of(event.get("contentIndex"))
        message = self._current(dict_of(record, "message"))
        if kind == "text_delta":
            return self._text(message, index, event.get("delta"))
        if kind == "thinking_delta":
            return message.thoughts(event.get("delta"))
        if kind not in ("toolcall_start", "toolcall_delta"):
            return []
        partial = list_of(dict_of(event, "partial") or dict_of(record, "message"), "content")
        block = partial[index] if isinstance(index, int) and 0 <= index < len(partial) else {}
        chunks = message.call(index, word_of(block, "id"), word_of(block, "name"))
        return chunks + message.arguments(index, event.get("delta"))

    def _current(self, message: dict[str, Any]) -> Message:
        self._error = None
        return self._run.current(message.get("responseId"), message.get("model"))

    def _text(self, message: Message, index: Any, text: Any) -> Chunks:
        if index != self._block:
            message.divide()
        self._block = index
        return message.text(text)

    # --- whole messages ----------------------------------------------------------------------

    def _message(self, record: dict[str, Any]) -> Chunks:
        message = dict_of(record, "message")
        role = word_of(message, "role")
        if role == "assistant":
            return self._assistant(message)
        if role == "toolResult" or any(block.get("type") == "tool_result" for block in dicts_of(message, "content")):
            self._run.live = True  # the model answers it
            return self._run.finish_messages() + self._run.note({role: message})
        return (self._fail() if role == "user" else []) + self._run.note({role or "message": message})

    def _assistant(self, whole: dict[str, Any]) -> Chunks:
        message = self._current(whole)
        blocks = [block if isinstance(block, dict) else {} for block in list_of(whole, "content")]
        chunks = message.thoughts_whole(texts_of(blocks, "thinking", "thinking"))
        known = message.has_text
        for index, block in enumerate(blocks):
            if block.get("type") in ("toolCall", "tool_use"):
                given = block.get("arguments", block.get("input"))
                chunks += message.whole_call(index, block.get("id"), block.get("name"), given)
            elif block.get("type") == "text" and not known:
                chunks += self._text(message, index, block.get("text"))
        chunks += message.text_whole(texts_of(blocks)) if known else []
        return chunks + self._stop(message, whole)

    def _stop(self, message: Message, whole: dict[str, Any]) -> Chunks:
        reason, self._block = word_of(whole, "stopReason"), None
        found = meaning_of(PI, reason)
        if found == FAILED:
            self._error = message_of(whole.get("errorMessage"), f"the message ended with {reason}")
        self._run.live = self._running
        usage = dict_of(whole, "usage")
        prompt = sum_tokens(usage.get("input"), usage.get("cacheRead"), usage.get("cacheWrite"))
        counted = usage_of(prompt, usage.get("output"), cached=usage.get("cacheRead")) if prompt else None
        kept = {"stopReason": reason} if found == "content_filter" else {}
        found = found if reason and found != FAILED and not (message.calls and found == "stop") else ""
        return message.finish(found or None, kept) + self._run.usage(counted)


_HANDLERS: dict[str, Callable[[Pi, dict[str, Any]], Chunks]] = {
    "agent_start": Pi._agent_start,
    "agent_end": Pi._agent_end,
    "message_update": Pi._update,
    "message_end": Pi._message,
    "message": Pi._message,
}
"""The reader of each type of record."""
