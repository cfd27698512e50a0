"""GitHub Copilot CLI: ``copilot --output-format json``; session files, ``~/.copilot/session-state/…/events.jsonl``.

Checked against 1.0.102, and public examples since version 0.0.369.

    assistant.turn_start          a request to the model: the run goes on
    assistant.reasoning_delta     thoughts of the message that follows
    assistant.reasoning           the same whole (R15)
    assistant.message_delta       text
    assistant.tool_call_delta     a call and its arguments in fragments
    assistant.message             a whole message: its text and thoughts beyond the deltas (R15), and its calls
    tool.execution_start          a call that no message has
    tool.execution_complete       a tool's result, in the extension
    assistant.usage               the usage of the message before it
    session.error, abort          the end of a run that failed (R12)
    result                        the end of the run; an exitCode other than 0 is a failure
    session.idle                  the end of a turn for clients of the SDK
    anything else                 in the extension

Records with an agentId, or a parentToolCallId in their data, are a sub-agent's: they ride in the extension. A session
file has neither a result nor what is ``ephemeral``, like deltas: it was cut where it ends with a tool's result (R11).

Source: https://github.com/github/copilot-sdk (its session events), and streams quoted in public issues.
"""

from collections.abc import Callable
from typing import Any

from unspool.core.errors import NotAChunk
from unspool.dialects.agents.run import Message, RunReader, message_of
from unspool.dialects.chunk_builder import Chunks, usage_of
from unspool.dialects.members import dict_of, list_of, word_of


class Copilot(RunReader):
    """Reads the events of one session, turn after turn."""

    def __init__(self) -> None:
        super().__init__("copilot", "result")

    def _begin(self) -> None:
        self._model: Any = None
        self._ident: Any = None  # of the message that has text, as the events name it
        self._named: Message | None = None  # that message
        self._thoughts = ""  # of the message that ended last
        self._called: set[str] = set()
        self._failed = False
        self._in_turn = False
        self._calls = False  # the last message of the turn has calls: another turn answers their results
        self._printed = False  # the program printed it, so that it has a result

    def feed(self, value: Any) -> Chunks:
        """Translate one event into chunks. Raises NotAChunk."""
        kind = word_of(value, "type")
        if not kind:
            raise NotAChunk("no event of Copilot's")
        data = dict_of(value, "data")
        self._printed = self._printed or value.get("ephemeral") is True
        if value.get("agentId") or data.get("parentToolCallId"):
            return self._run.note({"subagent": value})
        self._model = data.get("model") or self._model
        handler = _HANDLERS.get(kind)
        return self._run.note({kind: value}) if handler is None else handler(self, data, value)

    @property
    def missing(self) -> str:
        """The end of the run, if it has not come."""
        return self._run.missing if self._printed else ""

    def _starts(self, _: dict[str, Any], event: dict[str, Any]) -> Chunks:
        """A session begins, or a prompt, which waits for the end of a turn: a turn that goes on was cut (R11)."""
        chunks = self._begins() if self._in_turn else []
        return chunks + self._run.note({event["type"]: event})

    def _turn_start(self, _: dict[str, Any], event: dict[str, Any]) -> Chunks:
        self._run.live, self._in_turn, self._calls, self._failed = True, True, False, False
        return self._run.finish_messages() + self._run.note({"assistant.turn_start": event})

    def _turn_end(self, _: dict[str, Any], event: dict[str, Any]) -> Chunks:
        self._in_turn = self._calls
        return self._run.finish_messages() + self._run.note({"assistant.turn_end": event})

    # --- messages ----------------------------------------------------------------------------

    def _message(self, ident: Any) -> tuple[Message, Chunks]:
        """The message with this id, or that has only thoughts and fragments of calls so far; the one before is over."""
        last, chunks = self._run.last, []
        if last is not None and last.answered and last is self._named and ident not in (None, self._ident):
            chunks = last.finish()
        self._ident = ident
        self._named = self._run.current(ident, self._model)
        return self._named, chunks

    def _reasoning_delta(self, data: dict[str, Any], _: dict[str, Any]) -> Chunks:
        return self._run.current(None, self._model).thoughts(data.get("deltaContent"))

    def _reasoning(self, data: dict[str, Any], event: dict[str, Any]) -> Chunks:
        whole = word_of(data, "content")
        if self._run.last is None and whole in ("", self._thoughts):
            return self._run.note({"assistant.reasoning": event})  # the message before it had them
        return self._run.current(None, self._model).thoughts_whole(whole)

    def _message_delta(self, data: dict[str, Any], _: dict[str, Any]) -> Chunks:
        message, chunks = self._message(data.get("messageId"))
        return chunks + message.text(data.get("deltaContent"))

    def _call_delta(self, data: dict[str, Any], _: dict[str, Any]) -> Chunks:
        ident, message = word_of(data, "toolCallId"), self._run.current(None, self._model)
        return message.call(ident, ident, data.get("toolName")) + message.arguments(ident, data.get("inputDelta"))

    def _message_whole(self, data: dict[str, Any], event: dict[str, Any]) -> Chunks:
        if self._run.last is None and self._ident is not None and data.get("messageId") == self._ident:
            return self._run.note({"assistant.message": event})  # it was sent twice (R15)
        message, chunks = self._message(data.get("messageId"))
        self._thoughts = word_of(data, "reasoningText")
        chunks += message.thoughts_whole(self._thoughts)
        chunks += message.text_whole(data.get("content"))
        requests = [one for one in list_of(data, "toolRequests") if isinstance(one, dict)]
        self._calls = bool(requests)
        for request in requests:
            chunks += self._call(message, request, request.get("name"))
        self._run.live = self._printed
        return chunks + message.finish()

    def _call(self, message: Message, request: dict[str, Any], name: Any) -> Chunks:
        ident = word_of(request, "toolCallId")
        self._called.add(ident)
        return message.whole_call(ident, ident, name, request.get("arguments"))

    def _tool_start(self, data: dict[str, Any], event: dict[str, Any]) -> Chunks:
        if word_of(data, "toolCallId") in self._called:
            return self._run.note({"tool.execution_start": event})
        return self._call(self._run.current(None, self._model), data, data.get("toolName"))

    def _tool_complete(self, _: dict[str, Any], event: dict[str, Any]) -> Chunks:
        self._run.live = True  # the model answers it
        return self._run.finish_messages() + self._run.note({"tool.execution_complete": event})

    # --- the end -----------------------------------------------------------------------------

    def _idle(self, _: dict[str, Any], event: dict[str, Any]) -> Chunks:
        """The end of a turn for clients of the SDK, which get no result."""
        return [] if self._failed else self._run.finish(None, None, {"session.idle": event})

    def _usage(self, data: dict[str, Any], _: dict[str, Any]) -> Chunks:
        prompt, completion = data.get("inputTokens"), data.get("outputTokens")
        return self._run.usage(usage_of(prompt, completion, cached=data.get("cacheReadTokens")))

    def _error(self, data: dict[str, Any], event: dict[str, Any]) -> Chunks:
        self._failed = True
        aborted = f"the run was aborted: {data.get('reason')}" if event["type"] == "abort" else "an error"
        return self._run.fail({"message": message_of(data, aborted)})

    def _result(self, _: dict[str, Any], event: dict[str, Any]) -> Chunks:
        code = event.get("exitCode")
        if self._failed:
            return self._run.note({"result": event})
        if code in (0, None):
            return self._run.finish(None, None, {"result": event})
        return self._run.fail({"message": f"the run ended with exit code {code}"})


_HANDLERS: dict[str, Callable[[Copilot, dict[str, Any], dict[str, Any]], Chunks]] = {
    "session.start": Copilot._starts,
    "user.message": Copilot._starts,
    "assistant.turn_start": Copilot._turn_start,
    "assistant.turn_end": Copilot._turn_end,
    "assistant.reasoning_delta": Copilot._reasoning_delta,
    "assistant.reasoning": Copilot._reasoning,
    "assistant.message_delta": Copilot._message_delta,
    "assistant.tool_call_delta": Copilot._call_delta,
    "assistant.message": Copilot._message_whole,
    "assistant.usage": Copilot._usage,
    "tool.execution_start": Copilot._tool_start,
    "tool.execution_complete": Copilot._tool_complete,
    "session.error": Copilot._error,
    "abort": Copilot._error,
    "session.idle": Copilot._idle,
    "result": Copilot._result,
}
"""The reader of each type of event."""
