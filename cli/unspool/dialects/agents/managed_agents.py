"""Anthropic's managed agents: the events of a session, as a stream or out of its history.

Checked against the types of anthropic-sdk-python of August 2026.

    session.status_running, user.message            the run goes on; user.message is an echo
    event_start, event_delta      a preview of a message or of thoughts, on request, by event_id and index of the block
    agent.content_block_delta     a piece of a message, or of its thoughts, by message_id: of Qoder's cloud agents
    agent.message                 the whole message with that id: its text beyond the deltas (R15); it may never come
    agent.tool_use, agent.custom_tool_use, agent.mcp_tool_use    a whole call: name, input; mcp_server_name
    agent.tool_result, user.custom_tool_result, …   in the extension
    span.model_request_end        model_usage is the usage of the message
    session.status_idle           the end of the run, by its stop_reason
    session.error                 a try that failed; or why the run fails, unless the agent goes on
    session.status_terminated, session.deleted      the end of a run that goes on: it failed (R12)
    user.interrupt                the run is stopped: an error where its end comes before another message (R17)
    anything else                 in the extension

A message that has come whole ends at the next event that is not of its request. One that has not ends where a message
of another request begins, for what is between may be of neither: a prompt that waits has no processed_at.

Events with a session_thread_id are a sub-agent's, which needs an approval: they are in the extension, as its own
stream has them. Qoder's have one in each event: that of the first prompt, or of the run, is the main agent's.
Whole thoughts have no text.

    usage     input_tokens + what a cache gave or took, output_tokens; of each message

Source: https://docs.claude.com/en/docs/agents/managed-agents and the types of the client library;
https://docs.qoder.com/cloud-agents/incremental-streaming.
"""

from collections.abc import Callable, Hashable
from typing import Any

from unspool.core.errors import NotAChunk
from unspool.dialects.agents.run import Message, RunReader
from unspool.dialects.chunk_builder import Chunks, key_of, same_members, sum_tokens, usage_of
from unspool.dialects.finish_words import FAILED, MANAGED_AGENTS, meaning_of
from unspool.dialects.members import dict_of, texts_of, word_of


class ManagedAgents(RunReader):
    """Reads the events of one session, run after run."""

    def __init__(self) -> None:
        super().__init__("managed-agents", "session.status_idle")
        self._known: dict[Hashable, Message] = {}  # the messages and calls of all runs, by the ids of their events
        self._thoughts: set[Hashable] = set()  # the ids of previews of thoughts
        self._main_thread: Hashable = None  # of the main agent, where its events have one

    def _begin(self) -> None:
        self._error: Any = None  # why a try failed, if nothing came since
        self._interrupted = self._running = False
        self._over = False  # the request of the open messages has ended, or something has come between

    def feed(self, value: Any) -> Chunks:
        """Translate one event into chunks. Raises NotAChunk."""
        self._last.clear()
        kind = word_of(value, "type")
        if not kind:
            raise NotAChunk("no event of a session")
        handler, thread = _HANDLERS.get(kind), value.get("session_thread_id")
        if self._main_thread is None and kind in ("user.message", "session.status_running"):
            self._main_thread = key_of(thread)
        if (thread and key_of(thread) != self._main_thread) or value.get("parent_tool_use_id"):
            return self._run.note({"subagent": value})
        return self._run.note({kind: value}) if handler is None else handler(self, value)

    def append(self, value: Any, json_source: bool) -> str | None:
        """Process a piece of a text that only continues the last one; see Dialect."""
        if type(value) is not dict or not self._last.values:
            return None
        event, delta, content = self._last.values
        given = dict_of(value, "delta")
        if not (same_members(value, event, ("type", "event_id")) and same_members(given, delta, ("type", "index"))):
            return None
        found = dict_of(given, "content")
        if found.keys() != content.keys() or not same_members(found, content, ("type",)):
            return None
        return self._last.append(found.get("text"), json_source)

    def close(self) -> Chunks:
        """The input ended: the last error, if nothing reports it, and the run goes no further."""
        chunks = [] if self._error is None else self._run.fail(self._error)
        return chunks + super().close()

    # --- messages ----------------------------------------------------------------------------

    def _message(self, ident: Any) -> tuple[Message, Chunks]:
        """The message with this id, which is open, or begins; what comes of it behind its end is apart."""
        self._run.live, self._error = True, None
        key, last = key_of(ident), self._run.last
        known = self._known.get(key)
        if known is not None and known in self._run.open:
            return known, []
        self._interrupted = False
        chunks: Chunks = []
        if self._over:
            chunks, self._over = self._run.finish_messages(), False
        elif last is not None and (last.item.closed or (last.calls and not last.has_text)):
            chunks = last.finish()
        elif last is not None and known is None and not last.answered:  # a message behind its thoughts
            last.thoughts_end()
            self._known[key] = last
            return last, []
        message = self._known[key] = self._run.message(ident if known is None else f"{ident}-rest")
        if known is not None:
            message.item = known.item
        return message, chunks

    def _started(self, event: dict[str, Any]) -> Chunks:
        begun = dict_of(event, "event")
        if word_of(begun, "type") == "agent.thinking":
            self._thoughts.add(key_of(begun.get("id")))
        return self._run.note({"event_start": event})

    def _delta(self, event: dict[str, Any]) -> Chunks:
        ident, delta = event.get("event_id"), dict_of(event, "delta")
        content, known = dict_of(delta, "content"), self._known.get(key_of(ident))
        if known is not None and known.item.closed:  # the whole message had all of it
            return self._run.note({"event_delta": event})
        thinks = word_of(content, "type") == "thinking"
        message, chunks = self._message(ident)
        if thinks or key_of(ident) in self._thoughts:
            return chunks + message.thoughts(content.get("thinking", content.get("text")))
        self._last.keep(message, event, delta, content)
        return chunks + message.text(content.get("text"))

    def _block_delta(self, event: dict[str, Any]) -> Chunks:
        """A piece of a block as Anthropic's events have it; a call comes whole as well."""
        ident, delta = event.get("message_id"), dict_of(event, "delta")
        known, kind = self._known.get(key_of(ident)), word_of(delta, "type")
        if (known is not None and known.item.closed) or kind not in ("text_delta", "thinking_delta"):
            return self._run.note({"agent.content_block_delta": event})
        message, chunks = self._message(ident)
        text = delta.get("text")
        return chunks + (message.text(text) if kind == "text_delta" else message.thoughts(delta.get("thinking")))

    def _whole(self, event: dict[str, Any]) -> Chunks:
        ident = event.get("message_id", event.get("id"))
        known, whole = self._known.get(key_of(ident)), texts_of(event.get("content"))
        if known is not None and known not in self._run.open and not known.item.remainder("text", whole):
            return self._run.note({"agent.message": event})  # the history of a session has what its stream had (R15)
        message, chunks = self._message(ident)
        self._interrupted, message.item.closed = False, True
        chunks += message.text_whole(whole)
        return chunks + message.finish() if self._over else chunks

    def _call(self, event: dict[str, Any]) -> Chunks:
        ident, server = event.get("id"), word_of(event, "mcp_server_name")
        key = key_of(ident)
        if key in self._known:
            return self._run.note({str(event["type"]): event})
        self._run.live, self._interrupted, self._error = True, False, None
        chunks = self._run.finish_messages() if self._over else []  # a call of the next request
        self._over = False
        message = self._known[key] = self._run.current(ident)
        namespace = f"mcp__{server}" if server else None
        return chunks + message.whole_call(key, ident, event.get("name"), event.get("input"), namespace=namespace)

    def _runs(self, event: dict[str, Any]) -> Chunks:
        """The session runs: one that did so before, and has not been scheduled again, is another one, and was cut."""
        chunks = self._begins() if self._running else []
        self._running, self._interrupted = True, False
        return chunks + self._goes_on(event)

    def _is_scheduled(self, event: dict[str, Any]) -> Chunks:
        self._running = False
        return self._run.note({"session.status_rescheduled": event})

    def _goes_on(self, event: dict[str, Any]) -> Chunks:
        """A prompt, a tool's result, or the state: a message before it that is whole has ended."""
        self._run.live = True
        return self._may_end() + self._run.note({str(event["type"]): event})

    def _prompt(self, event: dict[str, Any]) -> Chunks:
        """A prompt; one that waits until the agent has done what it does ends nothing."""
        if event.get("processed_at") is not None:
            return self._goes_on(event)
        self._run.live = True
        return self._run.note({"user.message": event})

    def _may_end(self) -> Chunks:
        """The messages so far have ended, but for those that have not come whole: the rest of them may follow."""
        self._over = True
        ended = [one for one in self._run.open if one.item.closed or not one.has_text]
        return [chunk for message in ended for chunk in message.finish()]

    def _request_end(self, event: dict[str, Any]) -> Chunks:
        used = dict_of(event, "model_usage")
        cached, written = used.get("cache_read_input_tokens"), used.get("cache_creation_input_tokens")
        usage = usage_of(
            sum_tokens(used.get("input_tokens"), cached, written), used.get("output_tokens"), cached=cached
        )
        chunks = self._may_end()
        return chunks + (self._run.usage(usage) if used else self._run.note({"span.model_request_end": event}))

    # --- ends --------------------------------------------------------------------------------

    def _failed_try(self, event: dict[str, Any]) -> Chunks:
        """A try failed; it is tried again, or it was a tool server, unless nothing comes behind it."""
        self._error = dict_of(event, "error") or {"message": "an error"}
        return self._may_end() + self._run.note({"session.error": event})

    def _interrupt(self, event: dict[str, Any]) -> Chunks:
        self._interrupted = True
        return self._run.note({"user.interrupt": event})

    def _idle(self, event: dict[str, Any]) -> Chunks:
        error, self._error, self._running = self._error, None, False
        interrupted, self._interrupted, self._over = self._interrupted, False, False
        reason = word_of(dict_of(event, "stop_reason"), "type")
        finish = meaning_of(MANAGED_AGENTS, reason)
        if self._run.live and interrupted:
            return self._run.fail({"message": "the run was interrupted", "code": "user.interrupt"})
        if error is not None and (finish == FAILED or self._run.live):
            return self._run.fail(error)
        if finish == FAILED:
            return self._run.fail({"message": f"the run ended with {reason}", "code": reason})
        chunks = self._run.finish(None if finish == "stop" else finish) if self._run.live else []
        return chunks + self._run.note({"session.status_idle": event})

    def _terminated(self, event: dict[str, Any]) -> Chunks:
        error, self._error = self._error, None
        if not self._run.live and error is None:
            return self._run.note({str(event["type"]): event})
        return self._run.fail(error or {"message": f"the session ended: {event['type']}", "code": event["type"]})


_HANDLERS: dict[str, Callable[[ManagedAgents, dict[str, Any]], Chunks]] = {
    "session.status_running": ManagedAgents._runs,
    "session.status_rescheduled": ManagedAgents._is_scheduled,
    "user.message": ManagedAgents._prompt,
    "user.tool_confirmation": ManagedAgents._goes_on,
    **dict.fromkeys(("agent.tool_result", "agent.mcp_tool_result"), ManagedAgents._goes_on),
    **dict.fromkeys(("user.custom_tool_result", "user.tool_result"), ManagedAgents._goes_on),
    "event_start": ManagedAgents._started,
    "event_delta": ManagedAgents._delta,
    "agent.content_block_delta": ManagedAgents._block_delta,
    "agent.message": ManagedAgents._whole,
    **dict.fromkeys(("agent.tool_use", "agent.custom_tool_use", "agent.mcp_tool_use"), ManagedAgents._call),
    "span.model_request_end": ManagedAgents._request_end,
    "session.error": ManagedAgents._failed_try,
    "user.interrupt": ManagedAgents._interrupt,
    "session.status_idle": ManagedAgents._idle,
    **dict.fromkeys(("session.status_terminated", "session.deleted"), ManagedAgents._terminated),
}
"""The reader of each type of event that says more than the extension holds."""
