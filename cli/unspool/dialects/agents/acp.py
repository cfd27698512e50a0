"""ACP: the Agent Client Protocol, lines of JSON-RPC between an editor and an agent; both sides, or the agent's alone.

Checked against the schema of version 1, and the messages' ids and usage that later drafts of it have.

    session/update                what its ``update`` says:
      agent_message_chunk         text; another messageId, or text behind a call, begins another message
      agent_thought_chunk         thoughts of the message that follows
      tool_call, _update          a call, from its first ``rawInput`` that has members; its result ends the message
      user_message_chunk          an echo: in the extension, as plans, modes, commands and whatever else there is
    session/prompt                the run begins
    its answer: stopReason        the end, and the usage of the turn; in drafts of version 2 a state_update, idle
    an error as an answer         the end of a run that failed (R12), unless it answers a request of the agent
    other requests and answers    in the extension

    stopReason    end_turn; max_tokens is length; refusal; max_turn_requests and cancelled fail the run (R17)
    usage         inputTokens + cachedReadTokens + cachedWriteTokens, outputTokens + thoughtTokens

A call is named by ``_meta``'s toolName where an agent writes one, else by its title. Where a kept session is loaded,
its messages are shown as its client shows them. A run without the answer to its prompt was cut (R11).

Source: https://agentclientprotocol.com/protocol/schema.
"""

from collections.abc import Callable, Hashable
from typing import Any

from unspool.core.errors import NotAChunk
from unspool.dialects.agents.run import Message, RunReader, message_of
from unspool.dialects.chunk_builder import Chunks, key_of, same_members, sum_tokens, usage_of
from unspool.dialects.finish_words import ACP, FAILED, failure, meaning_of
from unspool.dialects.members import dict_of, texts_of, word_of

_RAN = frozenset({"completed", "failed"})
_LOADED = frozenset({"modes", "models", "configOptions"})
"""Members of the answer behind the messages of a session that was loaded."""


class Acp(RunReader):
    """Reads the lines of one connection."""

    def __init__(self) -> None:
        super().__init__("acp", "the answer to session/prompt")

    def _begin(self) -> None:
        self._session: Any = None
        self._message: Any = None  # the messageId of the text that came last
        self._calls: dict[Hashable, Message] = {}
        self._agents: set[Hashable] = set()  # ids of the agent's own requests
        self._prompts: set[Hashable] = set()  # and of the client's

    def append(self, value: Any, json_source: bool) -> str | None:
        """Process a line whose chunk of a message only continues the last one; see Dialect."""
        if type(value) is not dict or not self._last.values or value.get("method") != "session/update":
            return None
        params, last = dict_of(value, "params"), self._last.values
        update = dict_of(params, "update")
        if not (same_members(params, last[0], ("sessionId",)) and same_members(update, last[1], _ADDRESSES)):
            return None
        content = dict_of(update, "content")
        return self._last.append(content.get("text"), json_source) if content.get("type") == "text" else None

    def feed(self, value: Any) -> Chunks:
        """Translate one line into chunks. Raises NotAChunk."""
        self._last.clear()
        if not isinstance(value, dict):
            raise NotAChunk("no line of JSON-RPC")
        method = value.get("method")
        if isinstance(method, str):
            return self._request(method, value)
        if "result" not in value and "error" not in value:
            raise NotAChunk("no line of JSON-RPC")
        return self._answer(value)

    # --- requests and their answers ----------------------------------------------------------

    def _request(self, method: str, line: dict[str, Any]) -> Chunks:
        params, ident = dict_of(line, "params"), key_of(line.get("id"))
        if method == "session/update":
            return self._update(params, line)
        if method == "session/prompt":
            self._prompts.add(ident)
            chunks = self._run.finish_messages()
            self._run.live = True
            return chunks + self._run.note({method: line})
        if method == "initialize":
            return self._begins() + self._run.note({method: line})
        if method.startswith(_OF_THE_AGENT) and ident is not None:
            self._agents.add(ident)
        return self._run.note({method: line})

    def _answer(self, line: dict[str, Any]) -> Chunks:
        ident, result = key_of(line.get("id")), dict_of(line, "result")
        if line.get("error") is not None:
            # Both sides number their requests: what may answer a prompt does not answer the agent.
            if ident in self._agents and ident not in self._prompts:
                return self._run.note({"response": line})
            error = dict_of(line, "error")
            message = message_of(error or line["error"])
            details = message_of(dict_of(error, "data").get("details"), "")
            self._end()
            return self._run.fail({"message": f"{message}: {details}" if details else message})
        if "agentCapabilities" in result:
            return self._begins() + self._run.note({"response": line})
        if "stopReason" in result:
            return self._stop(result, line)
        if not _LOADED.isdisjoint(result) and "sessionId" not in result:
            chunks = self._run.finish_messages()
            self._run.live = False
            return chunks + self._run.note({"response": line})
        return self._run.note({"response": line})

    def _stop(self, result: dict[str, Any], line: dict[str, Any]) -> Chunks:
        reason = word_of(result, "stopReason")
        meaning = meaning_of(ACP, reason)
        used = _usage(dict_of(result, "usage"))
        self._end()
        if meaning == FAILED:
            return self._run.usage(used) + self._run.fail(failure(reason))
        found = None if meaning == "stop" else meaning
        own = {"stopReason": reason} if found == "content_filter" else {}  # R17: a refusal is no filter
        return self._run.finish(found, used, {"response": line, **own})

    def _end(self) -> None:
        """Forget what a turn holds."""
        self._calls.clear()
        self._message = None

    # --- updates -----------------------------------------------------------------------------

    def _update(self, params: dict[str, Any], line: dict[str, Any]) -> Chunks:
        update = dict_of(params, "update")
        chunks: Chunks = []
        if params.get("sessionId") != self._session:
            chunks = self._run.finish_messages()
            self._session = params.get("sessionId")
        kind = word_of(update, "sessionUpdate")
        if kind == "state_update" and update.get("state") == "idle" and self._run.live:
            return chunks + self._stop(update, line)
        handler = _UPDATES.get(kind)
        if handler is None:
            return chunks + self._run.note({kind or "session/update": line})
        self._run.live = True
        return chunks + handler(self, update, params)

    def _current(self, update: dict[str, Any]) -> tuple[Message, Chunks]:
        """The message that a chunk belongs to; the one before it ends."""
        ident, last = update.get("messageId"), self._run.last
        chunks: Chunks = []
        another = ident is not None and self._message is not None and ident != self._message
        if last is not None and (last.calls or (another and last.answered)):
            chunks = last.finish()  # calls are whole
        self._message = ident
        return self._run.current(ident), chunks

    def _text(self, update: dict[str, Any], params: dict[str, Any]) -> Chunks:
        message, chunks = self._current(update)
        content = update.get("content")
        text = texts_of(content if isinstance(content, list) else [content])
        if not text:
            return chunks + self._run.note({"agent_message_chunk": update})
        self._last.keep(message, params, update)
        return chunks + message.text(text)

    def _thoughts(self, update: dict[str, Any], _: dict[str, Any]) -> Chunks:
        last = self._run.last
        chunks = last.finish() if last is not None and last.answered else []
        content = update.get("content")
        text = texts_of(content if isinstance(content, list) else [content])
        return chunks + self._run.current(update.get("messageId")).thoughts(text)

    def _call(self, update: dict[str, Any], _: dict[str, Any]) -> Chunks:
        key = key_of(update.get("toolCallId"))
        if key not in self._calls:
            self._calls[key] = self._run.current(None)
        message = self._calls[key]
        if message.ended:
            return self._run.note({"tool_call_update": update})
        given = update.get("rawInput")
        chunks = message.call(key, update.get("toolCallId"), _name(update))
        if given and not message.calls[key].has("arguments"):
            chunks += message.arguments_whole(key, given)
        if word_of(update, "status") in _RAN:
            return chunks + message.note({"tool_call_update": update}) + message.finish()
        return chunks + message.note({word_of(update, "sessionUpdate"): update})


def _name(update: dict[str, Any]) -> str:
    """The name of a call: that of its tool where the agent writes it, else what a person is shown."""
    meta = dict_of(update, "_meta")
    for about in (meta, *(one for one in meta.values() if isinstance(one, dict))):
        name = word_of(about, "toolName") or word_of(about, "tool_name")
        if name:
            return name
    return word_of(update, "title") or word_of(update, "kind") or "tool"


def _usage(usage: dict[str, Any]) -> dict[str, Any] | None:
    if not usage:
        return None
    prompt = sum_tokens(usage.get("inputTokens"), usage.get("cachedReadTokens"), usage.get("cachedWriteTokens"))
    made = sum_tokens(usage.get("outputTokens"), usage.get("thoughtTokens"))
    cached, thought = usage.get("cachedReadTokens"), usage.get("thoughtTokens")
    return usage_of(prompt, made, cached=cached, reasoning=thought)


_ADDRESSES = ("sessionUpdate", "messageId")
_OF_THE_AGENT = ("session/request_permission", "fs/", "terminal/")
_UPDATES: dict[str, Callable[[Acp, dict[str, Any], dict[str, Any]], Chunks]] = {
    "agent_message_chunk": Acp._text,
    "agent_thought_chunk": Acp._thoughts,
    "tool_call": Acp._call,
    "tool_call_update": Acp._call,
}
"""The reader of each kind of update."""
