"""Codex's session files, and the events that it printed before it had items.

Checked against session files of versions 0.40 and 0.104; what came before against documentation and public examples.

    rollout-….jsonl             {"timestamp", "type", "payload"}: response_item, event_msg and others
                                  (until version 0.32 the items alone, behind a first line about the session)
    exec --json, proto          {"id", "msg": {"type": …}}, until version 0.43
    codex mcp-server            the same under ``params``: method codex/event

    message of an assistant, agent_message    a separate message and step: a session file has both of each
    …_delta                                   text or thoughts in pieces; the whole follows (R15)
    reasoning, agent_reasoning                thoughts of the message that follows
    function_call, custom_tool_call, …        a call; exec_command_begin and the like repeat it under its call_id
    …_output, exec_command_end                the message before it has ended; in the extension
    token_count                               the usage: totals, of which the turn has what is new
    task_complete, turn_complete              the end of a turn
    turn_aborted, error                       the end of a turn that failed (R12); after stream_error it tries again

Where a file has no ends of turns, one that ends with a tool's result was cut (R11).

Source: https://github.com/openai/codex (protocol and rollout), and files quoted in public issues.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

from unspool.core.errors import NotAChunk
from unspool.dialects.agents.run import Message, RunReader, message_of
from unspool.dialects.chunk_builder import Chunks, key_of, sum_tokens, usage_of
from unspool.dialects.members import dict_of, list_of, texts_of, word_of

_COUNTS = ("input_tokens", "output_tokens", "cached_input_tokens", "reasoning_output_tokens")
_CALLS = {
    "exec_command_begin": ("exec_command", ("command",)),
    "patch_apply_begin": ("apply_patch", ("changes",)),
    "web_search_end": ("web_search", ("query", "action")),
}
"""Events that begin a call: the name of its tool, and the members that are its arguments."""


class CodexSession(RunReader):
    """Reads the lines of one session, turn after turn."""

    def __init__(self) -> None:
        super().__init__("codex-session", "task_complete")

    def _begin(self) -> None:
        self._model: Any = None
        self._turns = False  # the file has ends of turns
        self._total: dict[str, int] = dict.fromkeys(_COUNTS, 0)
        self._new: dict[str, int] = dict.fromkeys(_COUNTS, 0)  # of this turn
        self._forget()

    def _forget(self) -> None:
        self._seen: dict[tuple[str, str], Counter[str]] = {}  # whole texts of this turn, by what repeats what
        self._calls: set[Any] = set()

    def feed(self, value: Any) -> Chunks:
        """Translate one line into chunks. Raises NotAChunk."""
        if not isinstance(value, dict):
            raise NotAChunk("no line of a session of Codex's")
        inner = next((one for one in (value.get("payload"), value.get("msg")) if isinstance(one, dict)), None)
        inner = inner or dict_of(dict_of(value, "params"), "msg") or value
        kind, line = inner.get("type"), value.get("type")
        known = isinstance(line, str) and inner is not value and line not in ("response_item", "event_msg")
        chunks = self._begins() if line == "session_meta" and self._turns else []
        handler = _HANDLERS.get(str(line if known else kind))
        if handler is None:
            return chunks + self._run.note({str(kind or line or "session"): value})
        return chunks + handler(self, inner)

    @property
    def missing(self) -> str:
        """The end of the turn, if it has not come."""
        return self._run.missing if self._turns else ""

    def close(self) -> Chunks:
        """The input ended: a turn without its end was cut."""
        chunks = [] if self._run.live else self._end()
        return chunks + super().close()

    def _end(self) -> Chunks:
        """The usage that is new, and the end of the message that is open."""
        new, self._new = self._new, dict.fromkeys(_COUNTS, 0)
        self._forget()
        prompt, completion, cached, reasoning = new.values()
        usage = usage_of(prompt, completion, cached=cached, reasoning=reasoning) if prompt or completion else None
        return self._run.finish(None, usage) if self._run.last or usage else []

    # --- texts -------------------------------------------------------------------------------

    def _is_new(self, kind: str, source: str, text: str) -> bool:
        """Return whether a whole text of a source is one more than the other source has (R15)."""
        own = self._seen.setdefault((kind, source), Counter())
        own[text] += 1
        return all(own[text] > seen[text] for place, seen in self._seen.items() if place[0] == kind and seen is not own)

    def _message(self, whole: bool = True) -> tuple[Message, Chunks]:
        """The message that has only thoughts or deltas so far, or a new one."""
        last = self._run.last
        chunks = last.finish() if last is not None and (last.calls or (whole and last.has_text)) else []
        return self._run.current(None, self._model), chunks

    def _text(self, text: Any, source: str) -> Chunks:
        if not isinstance(text, str) or not text or not self._is_new("text", source, text):
            return []
        last = self._run.last
        self._run.live = self._turns
        if last is not None and last.has_text and not last.item.closed and last.item.is_begun_by({"text": text}):
            last.item.closed = True  # it came in deltas
            return last.text_whole(text)
        message, chunks = self._message()
        message.item.closed = True
        return chunks + message.text(text)

    def _thoughts(self, text: Any, source: str) -> Chunks:
        if not isinstance(text, str) or not text or not self._is_new("thoughts", source, text):
            return []
        message, chunks = self._message()
        rest = message.thoughts_whole(text) if message.has_thoughts else message.thoughts(text)
        return chunks + (rest if rest or message.item.is_begun_by({"thoughts": text}) else message.thoughts(text))

    def _agent_message(self, event: dict[str, Any]) -> Chunks:
        return self._text(event.get("message"), "event")

    def _text_delta(self, event: dict[str, Any]) -> Chunks:
        message, chunks = self._message(whole=False)
        return chunks + message.text(event.get("delta"))

    def _agent_reasoning(self, event: dict[str, Any]) -> Chunks:
        chunks = self._thoughts(event.get("text"), "event")
        return chunks + self._run.thoughts_end()

    def _thoughts_delta(self, event: dict[str, Any]) -> Chunks:
        message, chunks = self._message()
        return chunks + message.thoughts(event.get("delta"))

    def _item_message(self, item: dict[str, Any]) -> Chunks:
        if item.get("role") != "assistant":
            ended = self._end() if item.get("role") == "user" and not self._turns else []
            return ended + self._run.note({"message": item})
        return self._text(texts_of(item.get("content"), "output_text") or texts_of(item.get("content")), "item")

    def _item_reasoning(self, item: dict[str, Any]) -> Chunks:
        chunks: Chunks = []
        for part in list_of(item, "summary") or list_of(item, "content"):
            chunks += self._thoughts(part.get("text") if isinstance(part, dict) else None, "item")
            chunks += self._run.thoughts_end()
        return chunks

    # --- calls -------------------------------------------------------------------------------

    def _call(self, item: dict[str, Any]) -> Chunks:
        name = item.get("name") or word_of(item, "type").removesuffix("_call")
        given = item.get("arguments", item.get("input", item.get("action")))
        return self._one_call(item, name, given, item.get("namespace"))

    def _one_call(self, record: dict[str, Any], name: Any, arguments: Any, namespace: Any = None) -> Chunks:
        ident = record.get("call_id") or record.get("id")
        key = key_of(ident) or f"call-{len(self._calls)}"  # a search has neither
        if key in self._calls:
            return self._run.note({word_of(record, "type"): record})
        self._calls.add(key)
        self._run.live = self._turns
        message = self._run.current(None, self._model)
        return message.whole_call(key, ident, name, arguments, namespace=namespace)

    def _event_call(self, event: dict[str, Any]) -> Chunks:
        name, members = _CALLS[word_of(event, "type")]
        return self._one_call(event, name, {one: event[one] for one in members if one in event})

    def _tool_call(self, event: dict[str, Any]) -> Chunks:
        invocation = dict_of(event, "invocation") or event
        server = word_of(invocation, "server")
        namespace = f"mcp__{server}" if server else None
        return self._one_call(event, invocation.get("tool"), invocation.get("arguments"), namespace)

    def _output(self, record: dict[str, Any]) -> Chunks:
        self._run.live = True
        return self._run.finish_messages() + self._run.note({word_of(record, "type"): record})

    # --- turns -------------------------------------------------------------------------------

    def _context(self, record: dict[str, Any]) -> Chunks:
        self._model = record.get("model") or self._model
        return self._run.note({"turn_context": record})

    def _started(self, event: dict[str, Any]) -> Chunks:
        chunks = self._end() if not self._run.live else []
        self._turns = self._run.live = True
        return chunks + self._run.note({word_of(event, "type"): event})

    def _complete(self, event: dict[str, Any]) -> Chunks:
        last = event.get("last_agent_message")
        has_text = any(place[0] == "text" for place in self._seen)
        chunks = [] if has_text else self._text(last, "event")
        return chunks + self._end()

    def _aborted(self, event: dict[str, Any]) -> Chunks:
        self._forget()
        return self._run.fail({"message": f"the turn was {event.get('reason') or 'aborted'}", "code": "turn_aborted"})

    def _error(self, event: dict[str, Any]) -> Chunks:
        self._forget()
        return self._run.fail({"message": message_of(event)})

    def _tokens(self, event: dict[str, Any]) -> Chunks:
        """Totals of the session: what is new belongs to this turn."""
        total = dict_of(dict_of(event, "info"), "total_token_usage") or event
        for name in _COUNTS:
            count, before = sum_tokens(total.get(name)), self._total[name]
            self._new[name] += count - before if count >= before else count  # the totals begin again at times
            self._total[name] = count
        return []


_HANDLERS: dict[str, Callable[[CodexSession, dict[str, Any]], Chunks]] = {
    "turn_context": CodexSession._context,
    "session_configured": CodexSession._context,
    **dict.fromkeys(("task_started", "turn_started"), CodexSession._started),
    **dict.fromkeys(("task_complete", "turn_complete"), CodexSession._complete),
    "turn_aborted": CodexSession._aborted,
    "error": CodexSession._error,
    "token_count": CodexSession._tokens,
    "agent_message": CodexSession._agent_message,
    "agent_message_delta": CodexSession._text_delta,
    **dict.fromkeys(("agent_reasoning", "agent_reasoning_raw_content"), CodexSession._agent_reasoning),
    **dict.fromkeys(("agent_reasoning_delta", "agent_reasoning_raw_content_delta"), CodexSession._thoughts_delta),
    "agent_reasoning_section_break": lambda reader, _: reader._run.thoughts_end(),
    "message": CodexSession._item_message,
    "reasoning": CodexSession._item_reasoning,
    **dict.fromkeys(("function_call", "custom_tool_call", "local_shell_call", "web_search_call"), CodexSession._call),
    **dict.fromkeys(_CALLS, CodexSession._event_call),
    "mcp_tool_call_begin": CodexSession._tool_call,
    **dict.fromkeys(("function_call_output", "custom_tool_call_output"), CodexSession._output),
    **dict.fromkeys(("exec_command_end", "patch_apply_end", "mcp_tool_call_end"), CodexSession._output),
}
"""The reader of each type of item or event."""
