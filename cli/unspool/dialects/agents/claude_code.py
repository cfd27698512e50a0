"""Claude Code: ``--output-format stream-json``, with and without ``--include-partial-messages``.

Checked against 2.1.197. What it prints is turned into Messages events, which ``anthropic`` reads:

    system init                   the run begins; in the extension, as every other system record
    stream_event                  its event, as it is
    assistant                     message_start where the id is new, then its blocks whole; where deltas came
                                  before, only what they did not have (R15)
    assistant of <synthetic>      a text of the program: it waits for the result, which shows if it is an error
    user                          a tool's result or an echo: in the extension
    result                        the end: stop_reason, and the usage of the run where no event gave one
      is_error, or subtype error_…    the end of a run that failed (R12)
      stop_reason null                the connection was lost: the message stays unfinished (R17)
      terminal_reason aborted_…       the user or a client stopped it: an error (R17)

Cursor's ``cursor-agent`` (checked against 2026.01.28) has the same records, without ids of messages, and its thoughts
and calls as separate records; with ``--stream-partial-output`` its text comes in fragments with a time, and then
as a whole.

Factory's ``droid exec --output-format stream-json`` has flat records, which are read as those of Claude Code:

    message, role assistant       an assistant record with the text; that of the user is an echo
    reasoning                     its thoughts, before the message
    tool_call, tool_result        a call of the message, and its result
    completion                    the result: finalText, usage

Qwen Code's session files have the parts of Gemini's messages in place of blocks.

Cursor's transcripts, ``~/.cursor/projects/…/agent-transcripts/….jsonl``, have a role in place of the type.

Records with a parent_tool_use_id, or of a side chain, are a sub-agent's: they
ride in the extension, and are no text; the separate file of a sub-agent is read. A run
that began, and has no result, was cut (R11); a session file has none, and was cut
where it ends with a tool's result.
Progress (``status``, ``thinking_tokens``) is dropped.

Source: the records as version 2.1.197 writes them, and
https://docs.anthropic.com/en/docs/claude-code/sdk.
"""

from collections.abc import Callable, Hashable
from json import dumps
from typing import Any

from unspool.core.errors import NotAChunk
from unspool.dialects.agents.run import message_of
from unspool.dialects.agents.signs import is_cursor
from unspool.dialects.anthropic import Anthropic
from unspool.dialects.base import Dialect
from unspool.dialects.chunk_builder import Chunks, key_of
from unspool.dialects.finish_words import ANTHROPIC, meaning_of
from unspool.dialects.members import dict_of, dicts_of, list_of, texts_of, word_of

_UNREAD = "__unparsedToolInput"
"""The member of a call's input that is not JSON, or was cut, since version 2.1.197."""
_API_ERROR = ("isApiErrorMessage", "is_api_error_message")
"""Members of a record whose message is an error of the API, in session files and since version 2.1.230."""
_DIAGNOSTIC = "[ede_diagnostic]"
"""The beginning of a message that shows the state of the program, where a run ended without an answer."""
_NO_CONTENT = "(no content)"
"""The text that the program writes for an empty one, and does not show."""
_PROGRESS = frozenset({"status", "thinking_tokens"})


class ClaudeCode(Dialect):
    """Reads the records of one session, turn after turn."""

    def __init__(self) -> None:
        self._anthropic = Anthropic("claude-code")
        self._live = False  # a run goes on: its result has not come
        self._init: dict[str, Any] | None = None  # its first record
        self._worked = False  # a message has come behind that
        self._returned = False  # a session file has a tool's result last
        self._follows_subagent: bool | None = None  # whether its first message is that of a sub-agent with an id
        self._file: tuple[Hashable, Hashable] | None = None  # the session, and the sub-agent, of a session file
        self._cursor = 0  # messages of Cursor's, which have no ids
        self._thoughts = 0  # and its thoughts that have ended
        self._reasoning: list[dict[str, Any]] = []  # of droid's, before their message
        self._forget()

    def _forget(self) -> None:
        self._anthropic.forget()
        self._open: str | None = None  # the id of the message that is not finished
        self._last_id: str | None = None  # of the message that began last, finished or not
        self._events = False  # whether that message comes as events
        self._stopped = False  # an event gave its stop_reason
        self._reason: Any = None  # that a record of it gave
        self._counted = False  # whether events had the usage
        self._synthetic: str | None = None
        self._ends: list[dict[str, Any]] = []  # of a message behind that; the result shows if it failed
        self._error: dict[str, Any] | None = None  # an event gave it; the result shows if it was tried again
        self._answered = False

    def feed(self, value: Any) -> Chunks:
        """Translate one record into chunks. Raises NotAChunk."""
        kind = word_of(value, "type")
        if not kind and isinstance(value, dict) and is_cursor(value):
            kind = word_of(value, "role")
        if not kind:
            raise NotAChunk("no record of Claude Code's")
        if "message_type" in value or (word_of(value, "subtype") == "init" and "agent_id" in value):
            raise NotAChunk("a record of Letta Code")  # whose control records are the same
        handler = _HANDLERS.get(kind)
        if handler is None:
            return self._note(kind, value)
        if "0" in dict_of(value, "message"):
            raise NotAChunk("a message with a member for each character, as a failed stream leaves it")
        self._worked = self._worked or kind != "system"
        if kind != "result" and self._is_of_subagent(value):
            return self._note("subagent", value)
        return self._change_of_file(value) + handler(self, value)

    def _change_of_file(self, value: dict[str, Any]) -> Chunks:
        """Another session file follows, or a sub-agent's: one that ends with a tool's result was cut (R11)."""
        if "sessionId" not in value or "message" not in value:
            return []
        file, known = (key_of(value["sessionId"]), key_of(value.get("agentId"))), self._file
        self._file = file
        if known in (None, file) or self._live or not self._returned:
            return []
        chunks = self.close()
        self._anthropic.cut()
        return chunks

    def _is_of_subagent(self, value: dict[str, Any]) -> bool:
        """Return whether a record is a sub-agent's; but the file of one has nothing else, and its id in each line.

        Behind it the main agent's may follow; then those of other sub-agents are aside.
        """
        aside = value.get("isSidechain") is True
        if "message" in value and (self._follows_subagent is None or not aside):
            self._follows_subagent = aside and "agentId" in value
        return bool(value.get("parent_tool_use_id")) or (aside and not self._follows_subagent)

    def append(self, value: Any, json_source: bool) -> str | None:
        """Process a record around a delta that only continues the last one; see Dialect."""
        if type(value) is not dict or value.get("type") != "stream_event" or "message_type" in value:
            return None
        if value.get("parent_tool_use_id") or value.get("isSidechain") is True:
            return None
        return self._anthropic.append(value.get("event"), json_source)

    @property
    def missing(self) -> str:
        """The end of the run, if it has not come."""
        return "result" if self._live else ""

    def close(self) -> Chunks:
        """The input ended: without a result, a run that began was cut (R11)."""
        self._anthropic.end_run()
        chunks = self._end_held()
        if not self._live and self._open is not None and not self._events:
            chunks += self._stop()  # a transcript has no result
        # A tool ran, or the result was about to come.
        if (self._live and (self._open is None or self._stopped)) or (self._returned and not self._live):
            chunks += self._anthropic.feed({"type": "message_start", "message": {"id": "cut"}})
        failure = self._synthetic or message_of(self._error, "")
        if failure:
            chunks += self._fail(failure, word_of(self._error or {}, "type"))
        chunks += self._anthropic.close()
        self._live = self._returned = False
        self._init = None
        self._forget()
        return chunks

    # --- records -----------------------------------------------------------------------------

    def _system(self, record: dict[str, Any]) -> Chunks:
        subtype = word_of(record, "subtype")
        chunks: Chunks = []
        if subtype == "init":
            if self._worked and self._init not in (None, record):  # the run before it was cut
                chunks = self.close()
                self._anthropic.cut()
            self._live, self._worked, self._init = True, False, record
        return chunks if subtype in _PROGRESS else chunks + self._note("system", record)

    def _event(self, record: dict[str, Any]) -> Chunks:
        event = dict_of(record, "event")
        kind = event.get("type")
        if not isinstance(kind, str):
            raise NotAChunk("a stream_event without its event")
        chunks: Chunks = []
        if kind == "message_start":
            chunks += self._begin(dict_of(event, "message").get("id"), events=True)
        elif self._open is None and kind == "content_block_delta":  # the capture begins inside of a message
            chunks += self._begin(None, events=True)
        elif kind in ("message_delta", "message_stop"):
            self._counted = self._counted or "usage" in event
            self._answered = self._stopped = True
            if self._synthetic is not None:
                self._ends.append(event)
                return chunks
        elif kind == "error" and self._live:
            self._error = dict_of(event, "error")
            return self._note("error", record)
        chunks += self._anthropic.feed(event)
        if kind in ("message_stop", "error"):
            self._open = None
        return chunks

    def _assistant(self, record: dict[str, Any]) -> Chunks:
        message = dict_of(record, "message")
        if "parts" in message:
            message = {"id": record.get("uuid"), **message}
        content = message.get("content")
        blocks = [_as_written(block) for block in list_of(message, "content") if isinstance(block, dict)]
        if isinstance(content, str) and content:  # as transcripts may have it
            blocks = [{"type": "text", "text": content}]
        blocks += [_block_of(part) for part in dicts_of(message, "parts")]
        blocks = [block for block in blocks if block.get("text") != _NO_CONTENT]
        if message.get("model") == "<synthetic>" or any(record.get(name) is True for name in _API_ERROR):
            self._synthetic = (self._synthetic or "") + texts_of(blocks)
            return self._note("synthetic", record)
        self._live = self._live or ("session_id" in record and "sessionId" not in record)
        if message.get("id") is None and ("timestamp_ms" in record or (self._open is not None and self._cursor)):
            return self._fragment(record, texts_of(blocks))
        if not self._live:
            self._synthetic = None  # of a transcript: it was tried again
        self._answered, self._returned = True, False
        chunks: Chunks = []
        if self._open == "" and self._events and self._anthropic.has_begun(blocks):  # of which the beginning is missing
            self._open = self._last_id = str(message.get("id"))
        if not self._is_known(message.get("id")):
            chunks += self._begin(message.get("id"), events=False)
            start = {name: value for name, value in message.items() if name not in ("content", "usage", "stop_reason")}
            chunks += self._anthropic.feed({"type": "message_start", "message": start})
        self._reason = message.get("stop_reason") or self._reason
        return chunks + self._whole_blocks(blocks)

    def _fragment(self, record: dict[str, Any], text: str) -> Chunks:
        """A record of Cursor's: a delta with a time, else, or with a model_call_id, all of the text so far (R15)."""
        chunks = self._cursor_message()
        if "model_call_id" not in record and "timestamp_ms" in record:
            delta = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}
            return chunks + self._anthropic.feed(delta)
        return chunks + self._anthropic.blocks([{"type": "text", "text": text}], final=True) + self._stop()

    def _cursor_message(self) -> Chunks:
        """Begin a message of Cursor's, unless one is open."""
        self._answered = True
        if self._open is not None:
            return []
        self._cursor += 1
        ident = f"message-{self._cursor}"
        chunks = self._begin(ident, events=False)
        return chunks + self._anthropic.feed({"type": "message_start", "message": {"id": ident}})

    def _thinking(self, record: dict[str, Any]) -> Chunks:
        """A delta of Cursor's thoughts, or their end."""
        if record.get("subtype") != "delta":
            self._thoughts += 1
            return []
        delta = {"type": "thinking_delta", "thinking": record.get("text")}
        event = {"type": "content_block_delta", "index": f"thoughts-{self._thoughts}", "delta": delta}
        return self._cursor_message() + self._anthropic.feed(event)

    def _message(self, record: dict[str, Any]) -> Chunks:
        """A message of droid's."""
        if record.get("role") != "assistant":
            return self._note("user", record)
        blocks, self._reasoning = [*self._reasoning, {"type": "text", "text": record.get("text")}], []
        return self._assistant({"session_id": "", "message": {"id": record.get("id"), "content": blocks}})

    def _reason_record(self, record: dict[str, Any]) -> Chunks:
        """Thoughts of droid's."""
        block = {"type": "thinking", "thinking": record.get("text")}
        self._reasoning += [] if block in self._reasoning else [block]
        return []

    def _tool_result(self, record: dict[str, Any]) -> Chunks:
        """The result of a call of droid's, or of Qwen Code's, which has it in the parts of a message."""
        block = {"type": "tool_result", "tool_use_id": record.get("id"), "content": record.get("value")}
        blocks = [block | {"is_error": record.get("isError")}]
        if "message" in record:
            blocks = [_block_of(part) for part in dicts_of(dict_of(record, "message"), "parts")]
        members = {name: record[name] for name in ("session_id",) if name in record}
        return self._user({"type": "user", **members, "message": {"role": "user", "content": blocks}})

    def _completion(self, record: dict[str, Any]) -> Chunks:
        """The end of a run of droid's."""
        text, failed = record.get("finalText"), record.get("isError")
        chunks: Chunks = []
        if self._returned and failed is not True:  # the last message has not come
            chunks = self._assistant({"session_id": "", "message": {"id": "completion", "content": text}})
        result = {"subtype": "success", "is_error": failed, "result": text, "usage": record.get("usage")}
        return chunks + self._result(result)

    def _tool_call(self, record: dict[str, Any]) -> Chunks:
        """A call of Cursor's, whose result ends the message; or one of droid's."""
        if "toolName" in record:
            block = {"type": "tool_use", "id": record.get("id"), "name": record["toolName"]}
            blocks, self._reasoning = [*self._reasoning, block | {"input": record.get("parameters")}], []
            return self._assistant({"session_id": "", "message": {"id": record.get("messageId"), "content": blocks}})
        if record.get("subtype") != "started":
            ends = self._open is not None and not self._events
            return (self._stop() if ends else []) + self._note("tool_call", record)
        name, given = _cursor_call(dict_of(record, "tool_call"))
        block = {"type": "tool_use", "id": record.get("call_id"), "name": name, "input": given}
        event = {"type": "content_block_start", "index": record.get("call_id"), "content_block": block}
        end = {"type": "content_block_stop", "index": record.get("call_id")}
        return self._cursor_message() + self._anthropic.feed(event) + self._anthropic.feed(end)

    def _is_known(self, ident: Any) -> bool:
        return ident is not None and ident == self._last_id

    def _whole_blocks(self, blocks: list[dict[str, Any]]) -> Chunks:
        """Emit what whole blocks have beyond their deltas (R15); after the end of their message they open it again."""
        chunks: Chunks = []
        if self._open is None:
            if self._anthropic.has_emitted(self._last_id, blocks):
                return []
            self._open, self._events = self._last_id or "", False
            chunks += self._anthropic.resume()
        return chunks + self._anthropic.blocks(blocks, repeats=self._events)

    def _begin(self, ident: Any, events: bool) -> Chunks:
        """Another message begins: the one before it is over, or the program tries again."""
        chunks = self._end_held()
        if self._open is not None and (self._live or not self._events):
            chunks += self._stop()
        self._open = self._last_id = str(ident) if ident is not None else ""
        self._events = events
        self._stopped = False
        self._reason = self._error = None
        return chunks

    def _end_held(self) -> Chunks:
        """Return the end of a message that waited, if there is one."""
        ends, self._ends = self._ends, []
        self._open = None if ends else self._open
        return [chunk for event in ends for chunk in self._anthropic.feed(event)]

    def _stop(self, reason: Any = None, usage: Any = None) -> Chunks:
        """The message that is open ends, for a reason that was given or shows from its calls."""
        reason = self._reason if _is_unusual(self._reason) else reason
        end = {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": usage}
        self._open = None
        return self._anthropic.feed(end) + self._anthropic.feed({"type": "message_stop"})

    def _result(self, record: dict[str, Any]) -> Chunks:
        self._live = self._returned = False
        self._init = None
        self._anthropic.end_run()
        subtype = str(record.get("subtype"))
        chunks = self._note("result", record)
        if record.get("is_error") is True or subtype.startswith("error"):
            failure = _failure(record) or message_of(self._error, subtype)
            chunks += self._fail(failure, "" if subtype == "success" else subtype)
        elif self._error is not None or _stopped(record):
            chunks += self._fail(message_of(self._error, "") or _stopped(record), "")
        else:
            chunks += self._success(record)
        self._forget()
        return chunks

    def _success(self, record: dict[str, Any]) -> Chunks:
        chunks = self._end_held()
        text = self._synthetic or ("" if self._answered else message_of(record.get("result"), ""))
        # Without a text, or after a message of the model; a command of the program, like /cost or /compact, has no
        # reason either, and asks no model.
        asked = self._answered or not (text or record.get("num_turns") == 0 or record.get("duration_api_ms") == 0)
        lost = "stop_reason" in record and record["stop_reason"] is None and asked
        if self._open is None and (text or lost or not self._answered):
            chunks += self._begin("result", events=False)
            chunks += self._anthropic.feed({"type": "message_start", "message": {"id": "result"}})
        if text:
            chunks += self._whole_blocks([{"type": "text", "text": text}])
        if lost or self._open is None or self._events:
            return chunks  # what events left unfinished was cut
        return chunks + self._stop(record.get("stop_reason"), None if self._counted else record.get("usage"))

    def _fail(self, message: str, code: str) -> Chunks:
        error = {"message": message, "type": code} if code else {"message": message}
        self._open = self._synthetic = None
        return self._anthropic.feed({"type": "error", "error": error})

    def _user(self, record: dict[str, Any]) -> Chunks:
        self._live = self._live or ("session_id" in record and "sessionId" not in record)
        blocks = dicts_of(dict_of(record, "message"), "content")
        self._returned = any(block.get("type") == "tool_result" for block in blocks)
        return self._note("user", record)

    # --- the extension -----------------------------------------------------------------------

    def _note(self, kind: str, record: dict[str, Any]) -> Chunks:
        return [self._anthropic._build.beyond({kind: record})]


def _as_written(block: dict[str, Any]) -> dict[str, Any]:
    """Return a block with the arguments that the model wrote, where the program could not read them."""
    raw = dict_of(dict_of(block, "input"), _UNREAD).get("raw")
    return {**block, "input": raw} if isinstance(raw, str) else block


def _is_unusual(reason: Any) -> bool:
    """Return whether a message ended otherwise than as it should; its calls show which end that is."""
    return isinstance(reason, str) and meaning_of(ANTHROPIC, reason) != "stop"


def _failure(record: dict[str, Any]) -> str:
    """Return the message of a result that is an error; "" where it has none."""
    errors = [message_of(one, "") for one in (*list_of(record, "errors"), record.get("error"))]
    given = "; ".join(one for one in errors if one and not one.startswith(_DIAGNOSTIC))
    # Diagnostics alone are for the makers of the program: the last message had no text. They stay in the extension.
    unanswered = "the run ended without an answer" if any(errors) else ""
    return message_of(record.get("result"), "") or given or _stopped(record) or unanswered


def _stopped(record: dict[str, Any]) -> str:
    """Return the message of a run that was stopped; "" if it was not."""
    reason = word_of(record, "terminal_reason")
    return f"the run was stopped: {reason}" if reason.startswith("aborted") else ""


def _block_of(part: dict[str, Any]) -> dict[str, Any]:
    """A block of a message, of a part of Gemini's."""
    called, answer = dict_of(part, "functionCall"), dict_of(part, "functionResponse")
    if called:
        return {"type": "tool_use", "id": called.get("id"), "name": called.get("name"), "input": called.get("args")}
    if answer:
        return {"type": "tool_result", "tool_use_id": answer.get("id"), "content": dumps(answer.get("response"))}
    if part.get("thought") is True:
        return {"type": "thinking", "thinking": part.get("text")}
    return {"type": "text", "text": part["text"]} if "text" in part else part


def _cursor_call(call: dict[str, Any]) -> tuple[str, Any]:
    """Return the name and the arguments of a call of Cursor's; kinds of its tools are named like shellToolCall."""
    kind, held = next(((kind, held) for kind, held in call.items() if isinstance(held, dict)), ("tool", {}))
    given = dict_of(held, "args")
    if kind == "mcpToolCall":
        tool, server = word_of(given, "toolName"), word_of(given, "providerIdentifier")
        name = f"mcp__{server}__{tool}" if server and tool else tool or word_of(given, "name")
        return name, given.get("args", given.get("arguments"))
    if kind == "function":
        return word_of(held, "name"), held.get("arguments")
    return kind.removesuffix("ToolCall"), given


_HANDLERS: dict[str, Callable[[ClaudeCode, dict[str, Any]], Chunks]] = {
    "system": ClaudeCode._system,
    "stream_event": ClaudeCode._event,
    "assistant": ClaudeCode._assistant,
    "user": ClaudeCode._user,
    "thinking": ClaudeCode._thinking,
    "tool_call": ClaudeCode._tool_call,
    "result": ClaudeCode._result,
    "message": ClaudeCode._message,
    "reasoning": ClaudeCode._reason_record,
    "tool_result": ClaudeCode._tool_result,
    "completion": ClaudeCode._completion,
}
"""The reader of each type of record."""
