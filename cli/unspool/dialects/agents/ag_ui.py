"""AG-UI: the events of the Agent-User Interaction protocol.

Checked against ag-ui-protocol 1.0.0 and 0.1.22, and pydantic-ai 2.68.0; after the documentation of TanStack AI, which
has ``toolName``, the input of a call at its end, thoughts in STEP_FINISHED, and the finish reason of a run. Servers
that write the events by hand have ``content`` for ``delta``, and the arguments of a call as an object, ``args``.

    RUN_STARTED                               the run begins
    TEXT_MESSAGE_START, _CONTENT, _END        a message of an assistant; other roles are echoes
    TEXT_MESSAGE_CHUNK                        the same in one event; another messageId ends it
    REASONING_MESSAGE_…, THINKING_TEXT_…      thoughts of the message that follows; the ``delta`` of a STEP_FINISHED
                                              likewise, where there are none of these
    TOOL_CALL_START, _ARGS, _END, _CHUNK      a call of the message before it; an ``input`` is whole (R15)
    TOOL_CALL_RESULT                          in the extension; the message before it has ended
    MESSAGES_SNAPSHOT                         the history: an assistant's messages after the last of the user,
                                              that no event had (R15)
    RUN_FINISHED                              the end, with the usage of the run where it has one; the outcome
                                              ``cancelled`` or of a failure, and an error for a reason, fail it (R17)
    RUN_ERROR                                 the end of a run that failed (R12)

A history may have the messages of sub-agents, too: by a subagentRunId, or by an id that their events had.
Of two messages that are open at once the second waits until the first has ended
(R16). Events with a subagentRunId, SUBAGENT_…, states, activities, raw and custom
events ride in the extension. A run without RUN_FINISHED was cut (R11). Programs in Python that print the events
without the protocol's aliases write message_id for messageId, and so on: such names are read as the protocol's.

Source: the events as these versions write them, and https://docs.ag-ui.com/concepts/events.
"""

from collections.abc import Callable, Hashable
from typing import Any

from unspool.core.errors import NotAChunk
from unspool.core.rewriter.wire import Chunk
from unspool.dialects.agents.run import Message, RunReader, message_of
from unspool.dialects.chunk_builder import Chunks, key_of, sum_tokens, usage_of
from unspool.dialects.finish_words import CHAT, FAILED, failure
from unspool.dialects.members import dict_of, dicts_of, list_of, texts_of, word_of

_NAMES = {
    "message_id": "messageId",
    "parent_message_id": "parentMessageId",
    "tool_call_id": "toolCallId",
    "tool_call_name": "toolCallName",
    "thread_id": "threadId",
    "run_id": "runId",
    "subagent_run_id": "subagentRunId",
}
"""The protocol's names of members, by those that the classes of its Python package have."""
_FAILED = frozenset({"cancelled", "failure", "failed", "error"})
"""Types of the outcome of a run that failed."""
_ADDRESSES = ("type", "messageId", "toolCallId")
"""The members that two deltas of the same text or call share."""


class AgUi(RunReader):
    """Reads the events of one run after the other."""

    def __init__(self) -> None:
        super().__init__("ag-ui", "RUN_FINISHED")

    def _begin(self, ident: Any = None) -> None:
        self._ident = ident
        self._messages: dict[Hashable, Message | None] = {}  # by their ids; None for messages of others
        self._calls: dict[Hashable, Message] = {}
        self._of_others: set[Hashable] = set()  # ids of messages and calls of sub-agents
        self._reasons = False  # the run has events of thoughts
        self._chunk: Any = None  # the message of the last TEXT_MESSAGE_CHUNK
        self._call: Any = None  # the call of the last TOOL_CALL_CHUNK
        self._open: list[Hashable] = []  # ids of texts that have a separate end, which has not arrived

    def feed(self, value: Any) -> Chunks:
        """Translate one event into chunks. Raises NotAChunk."""
        self._last.clear()
        kind = word_of(value, "type")
        if not kind:
            raise NotAChunk("no event of AG-UI")
        if not _NAMES.keys().isdisjoint(value):
            value = {_NAMES.get(name, name): member for name, member in value.items()}
        if value.get("subagentRunId") is not None:
            self._of_others.update((key_of(value.get("messageId")), key_of(value.get("toolCallId"))))
            return self._run.note({"subagent": value})
        handler = _HANDLERS.get(kind)
        return self._run.note({kind: value}) if handler is None else handler(self, value)

    def append(self, value: Any, json_source: bool) -> str | None:
        """Process a delta that only continues the last one; see Dialect."""
        # Not where the names differ, as those of Python's classes do.
        if not self._last.is_like(value, _ADDRESSES) or value.get("subagentRunId") is not None:
            return None
        text = value.get("delta")
        again = self._last.key is None and self._last.repeats(text)
        return None if again else self._last.append(text, json_source)

    # --- the run -----------------------------------------------------------------------------

    def _run_started(self, event: dict[str, Any]) -> Chunks:
        said = self._run.last is not None or bool(self._messages or self._calls)
        chunks = self.close() if self._run.live and said else []  # the run before it was cut
        self._begin(event.get("runId"))
        self._run.forget()
        self._run.live = True
        return chunks + self._run.note({"RUN_STARTED": event})

    def _run_finished(self, event: dict[str, Any]) -> Chunks:
        outcome, reason = word_of(dict_of(event, "outcome"), "type"), word_of(event, "finishReason")
        failed = outcome if outcome in _FAILED else reason if CHAT.get(reason) == FAILED else ""
        if failed:
            cancelled = {"message": "the run was cancelled", "code": "cancelled"}
            return self._run.usage(_usage(event)) + self._run.fail(
                cancelled if failed == "cancelled" else failure(failed)
            )
        found = CHAT.get(reason)
        ended = found if found in ("length", "content_filter") else None  # the calls of a message say the others
        return self._run.finish(ended, _usage(event), {"RUN_FINISHED": event})

    def _run_error(self, event: dict[str, Any]) -> Chunks:
        code = event.get("code")
        error = {"message": message_of(event)}
        used = self._run.usage(_usage(event))
        return used + self._run.fail(error | ({"code": code} if isinstance(code, str) else {}))

    # --- its messages ------------------------------------------------------------------------

    def _ready(self, ident: Hashable) -> tuple[Message, Chunks]:
        """A message that can have text: one with only thoughts so far, or a new one.

        The one before it ends, unless its text is still open: then the new one waits.
        """
        last = self._run.last
        if last is None:
            return self._run.message(ident), []
        if any(self._messages.get(one) is last for one in reversed(self._open)):  # it is the newest of most
            return self._run.message(ident), []
        if not last.answered:
            return last, []
        chunks = last.finish()
        return self._run.message(ident), chunks

    def _text_start(self, event: dict[str, Any]) -> Chunks:
        return self._enter(event, opens=True)

    def _enter(self, event: dict[str, Any], opens: bool) -> Chunks:
        ident = key_of(event.get("messageId"))
        if event.get("role") is not None and event.get("role") != "assistant":
            self._messages[ident] = None
            return self._run.note({str(event.get("type")): event})
        message, chunks = self._ready(ident)
        self._messages[ident] = message
        if opens:
            self._open.append(ident)
        return chunks

    def _text_chunk(self, event: dict[str, Any]) -> Chunks:
        """A chunk without an id goes on with the message of the chunk before it."""
        self._chunk = event.get("messageId") or self._chunk
        return self._text_content({**event, "messageId": self._chunk})

    def _text_content(self, event: dict[str, Any]) -> Chunks:
        ident = key_of(event.get("messageId"))
        known = self._messages.get(ident)
        missing = ident not in self._messages or (known is not None and known.ended)
        chunks = self._enter(event, opens=event.get("type") == "TEXT_MESSAGE_CONTENT") if missing else []
        message = self._messages[ident]
        if message is None:
            return chunks + self._run.note({str(event.get("type")): event})
        self._last.keep(message, event)
        return chunks + message.new_text(event.get("delta", event.get("content")))

    def _text_end(self, event: dict[str, Any]) -> Chunks:
        """The text has ended; its calls may still come, so the last message stays open."""
        ident = key_of(event.get("messageId"))
        message = self._messages.get(ident)
        if ident in self._open:
            self._open.remove(ident)
        if message is None or message is self._run.last:
            return []
        return message.finish()

    def _step_finished(self, event: dict[str, Any]) -> Chunks:
        """The end of a step; of one that thinks, a piece of its thoughts, which other events may have as well."""
        if self._reasons or not isinstance(event.get("delta"), str):
            return self._run.note({"STEP_FINISHED": event})
        return self._think(event)

    def _thoughts(self, event: dict[str, Any]) -> Chunks:
        self._reasons = True
        return self._think(event)

    def _think(self, event: dict[str, Any]) -> Chunks:
        message, chunks = self._ready(self._ident)
        self._ident = None  # thoughts of a later message are not known by the id of the run
        return chunks + message.thoughts(event.get("delta"))

    def _call_start(self, event: dict[str, Any]) -> Chunks:
        key = key_of(event.get("toolCallId"))
        parent = self._messages.get(key_of(event.get("parentMessageId")))
        message = parent if parent is not None and not parent.ended else self._run.current(key)
        self._calls[key] = message
        message.divide()  # R16: adapters may go on with its text behind the call
        return message.call(key, event.get("toolCallId"), event.get("toolCallName") or event.get("toolName"))

    def _call_chunk(self, event: dict[str, Any]) -> Chunks:
        self._call = event.get("toolCallId") or self._call
        return self._call_arguments({**event, "toolCallId": self._call})

    def _call_arguments(self, event: dict[str, Any]) -> Chunks:
        key = key_of(event.get("toolCallId"))
        chunks = [] if key in self._calls else self._call_start(event)
        self._last.keep(self._calls[key], event, member="arguments", key=key)
        if "delta" not in event and isinstance(event.get("args"), dict):
            return chunks + self._calls[key].arguments_whole(key, event["args"])
        return chunks + self._calls[key].arguments(key, event.get("delta"))

    def _call_end(self, event: dict[str, Any]) -> Chunks:
        """The end of a call, which may have its whole input."""
        key = key_of(event.get("toolCallId"))
        message, given = self._calls.get(key), event.get("input")
        if message is None or message.ended or not isinstance(given, dict):
            return []
        return message.arguments_whole(key, given)

    def _call_result(self, event: dict[str, Any]) -> Chunks:
        chunks = [] if self._open else self._run.finish_messages()
        return chunks + self._run.note({"TOOL_CALL_RESULT": event})

    def _snapshot(self, event: dict[str, Any]) -> Chunks:
        """The history so far: what follows the last message of the user and was not emitted."""
        chunks = self._run.note({"MESSAGES_SNAPSHOT": event})
        new: list[dict[str, Any]] = []
        for message in list_of(event, "messages"):
            if isinstance(message, dict):
                new = [] if message.get("role") == "user" else [*new, message]
        self._run.history()
        for whole in new:
            if whole.get("role") == "assistant":
                chunks += self._whole(whole)
        return chunks

    def _whole(self, whole: dict[str, Any]) -> Chunks:
        ident, text = key_of(whole.get("id")), texts_of(whole.get("content"))
        calls = dicts_of(whole, "toolCalls") or dicts_of(whole, "tool_calls")
        named = {ident, *(key_of(call.get("id")) for call in calls)} - {None}
        if whole.get("subagentRunId") is not None or not named.isdisjoint(self._of_others):
            return []
        known = self._messages.get(ident) or self._run.repeated(ident, {"text": text}, [one.get("id") for one in calls])
        if ident in self._messages and known is None:  # no assistant's
            return []
        if known is not None and ident is not None:
            self._messages[ident] = known  # the next snapshot has it again, and a settled one is found by its id alone
            self._run.settle(known)
        if known is not None and known.ended:
            return []
        message, chunks = (known, list[Chunk]()) if known is not None else self._ready(ident)
        self._messages[ident] = message
        chunks += message.text_whole(text)
        for call in calls:
            key, function = key_of(call.get("id")), dict_of(call, "function")
            self._calls.setdefault(key, message)
            chunks += message.whole_call(key, key, function.get("name"), function.get("arguments"))
        return chunks


def _usage(event: dict[str, Any]) -> dict[str, Any] | None:
    """The sum of what each model used."""
    usage = event.get("usage")
    counts = [usage] if isinstance(usage, dict) and usage else dicts_of(event, "usage")
    if not counts:
        return None
    given = _sum(counts, "inputTokens", "input_tokens", "promptTokens")
    made = _sum(counts, "outputTokens", "output_tokens", "completionTokens")
    cached = _sum(counts, "cachedInputTokens", "cached_input_tokens")
    reasoning = _sum(counts, "reasoningTokens", "reasoning_tokens")
    return usage_of(given or 0, made or 0, cached=cached, reasoning=reasoning)


def _sum(counts: list[dict[str, Any]], *names: str) -> int | None:
    """The sum of a count, None where no model has it."""
    found = [one[name] for one in counts for name in names if one.get(name) is not None]
    return sum_tokens(*found) if found else None


_THOUGHTS = dict.fromkeys(
    ("REASONING_MESSAGE_CONTENT", "REASONING_MESSAGE_CHUNK", "THINKING_TEXT_MESSAGE_CONTENT"), AgUi._thoughts
)
_ENDS = ("REASONING_MESSAGE_END", "REASONING_END", "THINKING_TEXT_MESSAGE_END", "THINKING_END")
_FRAMES = (
    *("REASONING_START", "REASONING_MESSAGE_START"),
    *("THINKING_START", "THINKING_TEXT_MESSAGE_START"),
)
_HANDLERS: dict[str, Callable[[AgUi, dict[str, Any]], Chunks]] = {
    "RUN_STARTED": AgUi._run_started,
    "RUN_FINISHED": AgUi._run_finished,
    "RUN_ERROR": AgUi._run_error,
    "TEXT_MESSAGE_START": AgUi._text_start,
    "TEXT_MESSAGE_CONTENT": AgUi._text_content,
    "TEXT_MESSAGE_CHUNK": AgUi._text_chunk,
    "TEXT_MESSAGE_END": AgUi._text_end,
    "TOOL_CALL_START": AgUi._call_start,
    "TOOL_CALL_ARGS": AgUi._call_arguments,
    "TOOL_CALL_CHUNK": AgUi._call_chunk,
    "TOOL_CALL_END": AgUi._call_end,
    "TOOL_CALL_RESULT": AgUi._call_result,
    "STEP_FINISHED": AgUi._step_finished,
    "MESSAGES_SNAPSHOT": AgUi._snapshot,
    **_THOUGHTS,
    **dict.fromkeys(_ENDS, lambda reader, _: reader._run.thoughts_end()),
    **dict.fromkeys(_FRAMES, lambda _, __: []),
}
"""The reader of each type of event."""
