"""Codex: ``codex exec --json``, and the notifications of ``codex app-server``.

Checked against 0.171.0. Both are items of a turn; the server's have deltas.

    exec                        app-server                       chunk
    thread.started              thread/started                   in the extension
    turn.started                turn/started                     the run goes on until the turn ends
    item.* agent_message        item/* agentMessage              a separate message and step
                                item/agentMessage/delta          text; of a plan likewise
                                item/* exitedReviewMode          the text of a review, where no message has it
    item.* reasoning            item/* reasoning                 thoughts of the message that follows
                                item/reasoning/…Delta            thoughts
    item.* mcp_tool_call        item/* mcpToolCall               a call of its tool, in the namespace mcp__SERVER
    command_execution, …        commandExecution, …              a call named like the type of the item
    item.* error                warning                          a warning: in the extension
    error                       error                            a try that failed: an error once the run ends so
    turn.completed: usage       turn/completed, tokenUsage       the end, and the sum of the turn's usage; the server's
                                                                 totals are those of the thread
    turn.failed                 turn/completed status failed     the end of a run that failed (R12)

An item that is completed repeats the text of its deltas or its start (R15). Echoes
of the user's message, results of tools and the output of a sub-agent's thread
(``threadId``) ride in the extension.

Source: the records as version 0.171.0 writes them, and https://developers.openai.com/codex/noninteractive.
"""

from collections.abc import Callable
from typing import Any

from unspool.core.errors import NotAChunk
from unspool.dialects.agents.run import Message, RunReader, message_of
from unspool.dialects.begun_texts import BegunTexts
from unspool.dialects.chunk_builder import Chunks, key_of, same_members, sum_tokens, usage_of
from unspool.dialects.members import dict_of, list_of, word_of
from unspool.variants.texts import text_in

_ARGUMENTS = {
    "command_execution": ("command",),
    "file_change": ("changes",),
    "web_search": ("query", "action"),
    "todo_list": ("items",),
    "collab_tool_call": ("tool", "prompt"),
}
"""The members of an item that are a call's arguments, by its type; the others are its result."""
_GROWING = frozenset({"file_change", "web_search"})
"""The types of items that begin without all of their arguments: a search has an empty query."""
_NAMES = {
    "assistant_message": "agent_message",
    "agentMessage": "agent_message",
    "plan": "agent_message",
    "reasoning": "reasoning",
    "mcpToolCall": "mcp_tool_call",
    "dynamicToolCall": "mcp_tool_call",
    "commandExecution": "command_execution",
    "fileChange": "file_change",
    "webSearch": "web_search",
    "collabAgentToolCall": "collab_tool_call",
}
"""The types of older versions and of the server's items, as ``exec`` names them."""


class MainThread:
    """The thread of the main agent: a server's first one, then that of a turn that begins while no other goes on.

    A thread that was active during a turn of another is a sub-agent's, whose own turns may end later.
    """

    def __init__(self) -> None:
        self.ident: Any = None
        self._others: set[Any] = set()

    def see(self, line: dict[str, Any], live: bool) -> None:
        """Note a line; ``live`` while a turn of the main agent goes on."""
        if "userAgent" in dict_of(line, "result"):  # another server begins
            self.ident = None
            self._others.clear()
            return
        thread = key_of(dict_of(line, "params").get("threadId"))
        if thread in (None, self.ident):
            return
        if self.ident is None or (line.get("method") == "turn/started" and not live and thread not in self._others):
            self.ident = thread
        elif live:
            self._others.add(thread)


class _Items(RunReader):
    """The items of a turn as messages. Both ways to run Codex share it."""

    def _begin(self) -> None:
        self._error: str | None = None
        self._review = ""  # the text of a review, which counts where no message repeats it
        self._of: dict[Any, Message] = {}  # the message that an item belongs to
        self._usage: dict[str, Any] | None = None  # of the turn
        self._before: dict[str, int] | None = None  # counts of the turns before it; None until its first response

    def close(self) -> Chunks:
        """The input ended: the last error, if no end of the turn reports it."""
        chunks = [] if self._run.live or self._error is None else self._run.fail({"message": self._error})
        return chunks + super().close()

    def _cut(self) -> Chunks:
        """Another turn begins, and not this one again, as that of a review does: one that goes on was cut (R11)."""
        return self.close() if self._run.live and self._of else []

    def _message(self, ident: Any, kind: str) -> tuple[Message, Chunks]:
        """The message of an item: its own, or one that has only thought so far."""
        if ident in self._of:
            return self._of[ident], []
        chunks: Chunks = []
        last = self._run.last
        if last is not None and kind != "call" and last.answered:
            chunks = last.finish()
        message = self._of[ident] = self._run.current(ident)
        return message, chunks

    def _item(self, item: dict[str, Any], record: dict[str, Any], finished: bool) -> Chunks:
        """The part of an item that was not emitted."""
        own = str(item.get("type") or item.get("item_type"))  # its name until version 0.44
        kind, ident = _NAMES.get(own, own), item.get("id")
        ident = ident if isinstance(ident, str) else None
        if kind == "exitedReviewMode":
            self._review = word_of(item, "review")
        if kind == "agent_message":
            self._error, self._review = None, ""
            message, chunks = self._message(ident, kind)
            return chunks + message.text_whole(item.get("text"))
        if kind == "reasoning":
            known = ident in self._of
            message, chunks = self._message(ident, kind)
            chunks += message.thoughts_whole(_reasoning(item)) if known else message.thoughts(_reasoning(item))
            if finished:
                message.thoughts_end()
            return chunks
        if kind == "mcp_tool_call":
            return self._call(ident, item.get("tool"), item.get("arguments"), record, _namespace(item))
        if kind in _ARGUMENTS:
            given = {name: item[name] for name in _ARGUMENTS[kind] if name in item}
            whole = finished or kind not in _GROWING or (kind == "web_search" and item.get("query"))
            if kind == "todo_list" and ident in self._of:
                whole = False  # its state has changed, which is no other call
            return self._call(ident, own, given if whole else None, record)
        return self._run.note({own: record})

    def _call(self, ident: Any, name: Any, arguments: Any, record: dict[str, Any], namespace: Any = None) -> Chunks:
        self._error = None
        message, chunks = self._message(ident, "call")
        if message.ended:
            return chunks + self._run.note({"item": record})
        chunks += message.whole_call(ident, ident, name, arguments, namespace=namespace)
        return chunks + message.note({"item": record})

    def _ended(self, usage: dict[str, Any] | None) -> Chunks:
        review, self._review, self._error = self._review, "", None
        chunks = self._run.current().text(review) if review else []
        self._of.clear()
        return chunks + self._run.finish(None, usage)

    def _failed(self, error: Any) -> Chunks:
        message = message_of(error, self._error or "the turn failed")
        self._error = None
        self._of.clear()
        return self._run.fail({"message": message})


class Codex(_Items):
    """Reads the records of ``codex exec --json``."""

    def __init__(self) -> None:
        super().__init__("codex", "turn.completed")

    def feed(self, value: Any) -> Chunks:
        """Translate one record into chunks. Raises NotAChunk."""
        kind = word_of(value, "type")
        if not kind:
            raise NotAChunk("no record of Codex")
        handler = _EXEC.get(kind)
        return self._run.note({kind: value}) if handler is None else handler(self, value)

    def _thread_started(self, record: dict[str, Any]) -> Chunks:
        return self._begins() + self._run.note({"thread.started": record})

    def _turn_started(self, record: dict[str, Any]) -> Chunks:
        chunks = self._cut()
        self._run.live = True
        return chunks + self._run.note({"turn.started": record})

    def _item_started(self, record: dict[str, Any]) -> Chunks:
        return self._item(dict_of(record, "item"), record, finished=False)

    def _item_completed(self, record: dict[str, Any]) -> Chunks:
        return self._item(dict_of(record, "item"), record, finished=True)

    def _turn_completed(self, record: dict[str, Any]) -> Chunks:
        if record.get("error") or record.get("status") in ("failed", "interrupted"):
            return self._failed(record.get("error"))  # R17, as the server has it
        usage = dict_of(record, "usage")
        counted = usage_of(
            usage.get("input_tokens"),
            usage.get("output_tokens"),
            cached=usage.get("cached_input_tokens"),
            reasoning=usage.get("reasoning_output_tokens"),
        )
        return self._ended(counted if usage else None)

    def _turn_failed(self, record: dict[str, Any]) -> Chunks:
        return self._failed(record.get("error"))

    def _error_record(self, record: dict[str, Any]) -> Chunks:
        """A try that failed: the run may go on."""
        self._error = message_of(record)
        return self._run.note({"error": record})


class CodexServer(_Items):
    """Reads the notifications of ``codex app-server``, and the answers to a client's requests."""

    def __init__(self) -> None:
        super().__init__("codex-server", "turn/completed")
        self._main = MainThread()
        self._begun_texts = BegunTexts()  # by the ids of their items

    def append(self, value: Any, json_source: bool) -> str | None:
        """Process a line whose delta only continues the last one; see Dialect."""
        params = value.get("params") if type(value) is dict else None
        if type(params) is not dict or not self._last.values:
            return None
        line, last = self._last.values
        if not (same_members(value, line, ("method",)) and same_members(params, last, ("itemId", "threadId"))):
            return None
        return self._last.append(params.get("delta"), json_source)

    def feed(self, value: Any) -> Chunks:
        """Translate one line into chunks. Raises NotAChunk."""
        self._last.clear()
        if not isinstance(value, dict):
            raise NotAChunk("no line of Codex")
        method = value.get("method")
        self._main.see(value, self._run.live)
        if not isinstance(method, str):
            if "userAgent" in dict_of(value, "result"):  # another server begins
                return self._begins() + self._run.note({"response": value})
            if "result" in value or "error" in value:
                return self._run.note({"response": value})
            raise NotAChunk("no line of Codex")
        handler, params = _SERVER.get(method), dict_of(value, "params")
        thread = params.get("threadId")
        if thread is not None and thread != self._main.ident:
            return self._run.note({"subagent": value})
        if handler is None:
            return self._run.note({method: value})
        return handler(self, params, value)

    def _turn_started(self, _: dict[str, Any], line: dict[str, Any]) -> Chunks:
        chunks = self._cut()
        self._run.live = True
        self._usage = self._before = None
        self._begun_texts = BegunTexts()
        return chunks + self._run.note({"turn/started": line})

    def _item_started(self, params: dict[str, Any], line: dict[str, Any]) -> Chunks:
        item = dict_of(params, "item")
        if item.get("type") == "agentMessage":
            self._begun_texts.begin(key_of(item.get("id")), word_of(item, "text"))
        return self._item(item, line, finished=False)

    def _item_completed(self, params: dict[str, Any], line: dict[str, Any]) -> Chunks:
        return self._item(dict_of(params, "item"), line, finished=True)

    def _text_delta(self, params: dict[str, Any], line: dict[str, Any]) -> Chunks:
        self._error = None
        ident, text = key_of(params.get("itemId")), params.get("delta")
        message, chunks = self._message(ident, "agent_message")
        if self._begun_texts.waiting:
            text = self._begun_texts.rest(ident, text_in(text))
        if ident not in self._begun_texts.waiting:
            self._last.keep(message, line, params)
        return chunks + message.text(text)

    def _thoughts_delta(self, params: dict[str, Any], _: dict[str, Any]) -> Chunks:
        message, chunks = self._message(key_of(params.get("itemId")), "reasoning")
        return chunks + message.thoughts(params.get("delta"))

    def _thoughts_part(self, params: dict[str, Any], _: dict[str, Any]) -> Chunks:
        """Another part of the summary begins: a blank line parts it from the one before (R16)."""
        message, chunks = self._message(key_of(params.get("itemId")), "reasoning")
        message.thoughts_end()
        return chunks

    def _repeated(self, item: dict[str, Any]) -> Message | None:
        """The message that a whole one repeats, under its id or another (R15)."""
        ident, text = key_of(item.get("id")), item.get("text")
        known = self._of.get(ident) or self._run.repeated(ident, {"text": text if isinstance(text, str) else ""})
        if known is not None:
            self._of[ident] = known
        return known

    def _tokens(self, params: dict[str, Any], line: dict[str, Any]) -> Chunks:
        usage = dict_of(params, "tokenUsage")
        total, last = dict_of(usage, "total"), dict_of(usage, "last")
        if self._before is None:
            self._before = {name: sum_tokens(total.get(name)) - sum_tokens(last[name]) for name in last}
        before = self._before
        if total:
            turn = {name: sum_tokens(total[name]) - before.get(name, 0) for name in total}
            self._usage = usage_of(
                turn.get("inputTokens"),
                turn.get("outputTokens"),
                total=turn.get("totalTokens"),
                cached=turn.get("cachedInputTokens"),
                reasoning=turn.get("reasoningOutputTokens"),
            )
        return self._run.note({"thread/tokenUsage/updated": line})

    def _turn_completed(self, params: dict[str, Any], line: dict[str, Any]) -> Chunks:
        turn = dict_of(params, "turn")
        status = turn.get("status")
        if status == "failed" or turn.get("error"):
            return self._failed(turn.get("error"))
        if status == "interrupted":
            return self._failed({"message": "the turn was interrupted"})
        chunks: Chunks = []
        self._run.history()
        for item in list_of(turn, "items"):  # the last message, again
            if isinstance(item, dict) and item.get("type") == "agentMessage":
                repeated = self._repeated(item)
                if repeated is None or not repeated.ended:
                    chunks += self._item(item, line, finished=True)
        return chunks + self._ended(self._usage)

    def _error_record(self, params: dict[str, Any], line: dict[str, Any]) -> Chunks:
        """A try that failed; the next one begins its items again, under the same ids or others."""
        self._error = message_of(params.get("error"))
        chunks: Chunks = []
        if params.get("willRetry") is True:
            self._of.clear()
            chunks = self._run.finish_messages()  # R16: its text is a separate message
        return chunks + self._run.note({"error": line})


def _namespace(item: dict[str, Any]) -> Any:
    """The namespace of a call's tool: a tool server's is in its documented form."""
    return f"mcp__{item['server']}" if word_of(item, "server") else item.get("namespace")


def _reasoning(item: dict[str, Any]) -> str:
    """The thoughts of an item: its text, or the parts of its summary, or of its content."""
    text = item.get("text")
    if isinstance(text, str) or text:
        return text_in(text)  # Q25
    parts = list_of(item, "summary") or list_of(item, "content")
    return "\n\n".join(part for part in parts if isinstance(part, str))


_EXEC: dict[str, Callable[[Codex, dict[str, Any]], Chunks]] = {
    "thread.started": Codex._thread_started,
    "turn.started": Codex._turn_started,
    "turn.completed": Codex._turn_completed,
    "turn.failed": Codex._turn_failed,
    "item.started": Codex._item_started,
    "item.updated": Codex._item_started,
    "item.completed": Codex._item_completed,
    "error": Codex._error_record,
}
"""The reader of each type of record."""

_SERVER: dict[str, Callable[[CodexServer, dict[str, Any], dict[str, Any]], Chunks]] = {
    "turn/started": CodexServer._turn_started,
    "turn/completed": CodexServer._turn_completed,
    "item/started": CodexServer._item_started,
    "item/completed": CodexServer._item_completed,
    "item/agentMessage/delta": CodexServer._text_delta,
    "item/plan/delta": CodexServer._text_delta,
    "item/reasoning/summaryTextDelta": CodexServer._thoughts_delta,
    "item/reasoning/textDelta": CodexServer._thoughts_delta,
    "item/reasoning/summaryPartAdded": CodexServer._thoughts_part,
    "thread/tokenUsage/updated": CodexServer._tokens,
    "error": CodexServer._error_record,
}
"""The reader of each method of a notification."""
