r"""Letta: the message stream of its server, and ``letta -p --output-format stream-json`` (Letta Code).

Checked against server 0.16.8 and Letta Code 0.25.9.

    reasoning_message             thoughts
    assistant_message             text: a string, or parts of type text
    tool_call_message,            a call: name and tool_call_id in its first fragment, ``arguments`` in pieces;
      approval_request_message    an array ``tool_calls`` counts, else ``tool_call``, else an object ``tool_calls``
    auto_approval                 a whole call (Letta Code)
    tool_return_message           in the extension, as echoes, hidden reasoning and other messages
    stop_reason                   why the run ended; error and the like fail it (R17)
    usage_statistics              the usage of the run
    error_message, error          the end of a run that failed (R12), unless the program tries again (``retry``)
    result                        the end of Letta Code's run
    {"messages", "stop_reason", "usage"}    an answer that was not streamed
    {"type": "message"}, {"type": "stream_event", "event"}     one of the above, wrapped (Letta Code)

Until version 0.6 these are internal_monologue, function_call and function_return, with members of these names;
until 0.4 they have no message_type.

A message is a step of the agent: ``step_id``, else the run's id, else the id of the record identifies it.

Where an agent sends messages through a tool and the server streams tokens, it cuts the
text out of the arguments without decoding it: a newline is a backslash and an n.
That shows from thoughts that begin with a blank, the one before the string in
the arguments. Such text is decoded here, escapes cut anywhere (R3). Whole
messages, and those of other agents, are clean. Without thoughts the records are
the same as those of other agents, so the text of such a run stays as it is.

Source: the records as these versions write them, and https://docs.letta.com/guides/agents/streaming.
"""

from collections.abc import Callable
from json import loads
from typing import Any

from unspool.core.errors import NotAChunk
from unspool.dialects.agents.escapes import Escapes
from unspool.dialects.agents.run import Message, RunReader, message_of
from unspool.dialects.agents.signs import UNTYPED, is_letta
from unspool.dialects.chunk_builder import Chunks, sum_tokens, tokens, usage_of
from unspool.dialects.finish_words import FAILED, LETTA
from unspool.dialects.members import dict_of, dicts_of, list_of, texts_of, word_of
from unspool.variants.texts import text_in

_ADDRESSES = ("message_type", "type", "step_id", "run_id", "otid")
"""The members that two pieces of a message share."""
_FINE = frozenset(word for word, meaning in LETTA.items() if meaning != FAILED)
"""The stop reasons of runs that did not fail."""
_SOLE_CALL = ("tool_call", "tool_calls", "function_call")
"""The members that may hold one call, the first that does counts."""


class Letta(RunReader):
    """Reads the messages of one run after the other."""

    def __init__(self) -> None:
        super().__init__("letta", "stop_reason")

    def _begin(self) -> None:
        self._step: Any = None
        self._ident: Any = None  # of the run
        self._otid: Any = None  # of the last text
        self._error: str | None = None
        self._reason: str | None = None
        self._in_tokens = False  # text is cut out of arguments, and not decoded
        self._thoughts, self._text = Escapes(), Escapes()
        self._answered = False
        self._failed = False  # the error of the run was reported
        self._code = False  # Letta Code wrote it: its runs end with a result

    def append(self, value: Any, json_source: bool) -> str | None:
        """Process a piece of text that only continues the last one; see Dialect."""
        if self._in_tokens or not self._last.is_like(value, _ADDRESSES) or _step(value) != self._step:
            return None
        return self._last.append(texts_of(value.get("content")), json_source)

    def feed(self, value: Any) -> Chunks:
        """Translate one record into chunks. Raises NotAChunk."""
        self._last.clear()
        if not isinstance(value, dict):
            raise NotAChunk("no message of Letta's")
        if isinstance(value.get("messages"), list) and "message_type" not in value:
            return self._whole(value)
        if value.get("type") == "system" and "agent_id" not in value:
            raise NotAChunk("a record of Claude Code")
        record = dict_of(value, "event") if value.get("type") == "stream_event" else value
        return self._of_source(value) + self._record(record, value)

    def _of_source(self, value: dict[str, Any]) -> Chunks:
        """The records of Letta Code have types, those of a server none: one behind the other has cut its run (R11)."""
        code = isinstance(value.get("type"), str)
        if code == self._code or not (value.get("type") == "error" or is_letta(value)):
            return []
        chunks = self.close() if self._run.live or self._waits() else []
        self._code = code
        return chunks

    def _record(self, record: dict[str, Any], value: dict[str, Any]) -> Chunks:
        kind = record.get("message_type") or record.get("type") or ("error" if record.get("error") else None)
        kind = kind or next((name for name in UNTYPED if name in record), None)
        if not isinstance(kind, str):
            raise NotAChunk("no message of Letta's")
        self._answered = self._answered or (self._code and kind not in ("system", "result"))
        handler = _HANDLERS.get(kind)
        return self._run.note({kind: value}) if handler is None else handler(self, record)

    @property
    def missing(self) -> str:
        """The end of the run, if it has not come."""
        return "result" if self._waits() else self._run.missing

    def close(self) -> Chunks:
        """The input ended: the failure of a run that was not retried."""
        chunks: Chunks = []
        if self._error is not None or (self._reason is not None and self._reason not in _FINE):
            chunks = self._over()
        elif self._waits():
            self._run.live = True
        elif self._reason is not None:
            chunks = self._over()
        return chunks + super().close()

    def _waits(self) -> bool:
        """Return whether a run of Letta Code has not ended."""
        return self._code and (self._run.live or self._reason is not None)

    def _whole(self, answer: dict[str, Any]) -> Chunks:
        """An answer that was not streamed: its messages, why it ended, and its usage."""
        records = [*list_of(answer, "messages"), answer.get("stop_reason"), answer.get("usage")]
        return [chunk for record in records if isinstance(record, dict) for chunk in self.feed(record)]

    # --- messages ----------------------------------------------------------------------------

    def _message(self, record: dict[str, Any]) -> tuple[Message, Chunks]:
        """The message that a record belongs to, and the end of the one before it."""
        step, ident = _step(record), record.get("run_id")
        # A run of Letta Code consists of several of the server's.
        other = None not in (ident, self._ident) and ident != self._ident and not self._code
        chunks = self.close() if other and self._run.live else []  # the run before it was cut
        self._ident = ident or self._ident
        last = self._run.last
        if self._error is not None or self._reason is not None:  # it was tried again, or goes on
            self._error = self._reason = None
            step = step or "again"
        if last is not None and step != self._step:
            chunks += self._flush(last) + last.finish()
        self._step, self._run.live, self._failed = step, True, False
        ident = record.get("id") if isinstance(record.get("id"), str) else step
        return self._run.current(ident), chunks

    def _reasoning(self, record: dict[str, Any]) -> Chunks:
        message, chunks = self._message(record)
        text = text_in(record.get("reasoning", record.get("internal_monologue")))  # Q25
        if record.get("source") == "non_reasoner_model":
            if not message.has_thoughts and text.startswith(" "):
                self._in_tokens, text = True, text[1:]
            if self._in_tokens:
                text = self._thoughts.feed(text)
        return chunks + message.thoughts(text)

    def _assistant(self, record: dict[str, Any]) -> Chunks:
        message, chunks = self._message(record)
        text = texts_of(record.get("content", record.get("assistant_message")))  # its name until version 0.6
        self._answered = True
        otid = record.get("otid")
        if otid is not None and otid != self._otid:  # another text of the same response (R16)
            message.divide()
        self._otid = otid
        self._last.keep(message, record)
        return chunks + message.text(self._text.feed(text) if self._in_tokens else text)

    def _tool_call(self, record: dict[str, Any]) -> Chunks:
        message, chunks = self._message(record)
        self._answered = True
        calls = dicts_of(record, "tool_calls")  # the first of which tool_call repeats
        if not any(call.get("name") or call.get("tool_call_id") for call in calls):  # of no call
            calls = [sole for name in _SOLE_CALL if (sole := dict_of(record, name))][:1] or calls
        for call in calls:
            chunks += self._one_call(message, call) if call else []
        return chunks

    def _one_call(self, message: Message, call: dict[str, Any]) -> Chunks:
        ident = call.get("tool_call_id") or call.get("function_call_id") or next(reversed(message.calls), None)
        key = str(ident)
        chunks = message.call(key, ident, call.get("name"))
        arguments = call.get("arguments")
        if isinstance(arguments, str):
            return chunks + message.arguments(key, arguments)
        return chunks + message.arguments_whole(key, arguments)

    def _flush(self, message: Message) -> Chunks:
        """Emit the text that the decoder of escapes holds back."""
        chunks = message.thoughts(self._thoughts.close()) + message.text(self._text.close())
        self._thoughts, self._text = Escapes(), Escapes()
        return chunks

    def _auto_approval(self, record: dict[str, Any]) -> Chunks:
        call = dict_of(record, "tool_call")
        if self._run.repeated(None, {}, [call.get("tool_call_id")]) is not None:  # it waited for the approval
            return self._run.note({"auto_approval": record})
        message, key = self._run.current(self._step), str(call.get("tool_call_id"))
        return message.whole_call(key, call.get("tool_call_id"), call.get("name"), call.get("arguments"))

    # --- ends --------------------------------------------------------------------------------

    def _system(self, record: dict[str, Any]) -> Chunks:
        chunks: Chunks = []
        if record.get("subtype") == "init":
            chunks = self.close() if self._answered and self._waits() else []  # the run before it was cut
            self._code = self._run.live = True
        return chunks + self._run.note({"system": record})

    def _stop_reason(self, record: dict[str, Any]) -> Chunks:
        self._reason = str(record.get("stop_reason"))
        if self._reason not in _FINE:
            return self._run.note({"stop_reason": record})
        if self._code and self._reason == "requires_approval":  # it approves, and goes on
            last, self._reason = self._run.last, None
            chunks = [] if last is None else self._flush(last) + last.finish()
            return chunks + self._run.note({"stop_reason": record})
        return self._run.note({"stop_reason": record}) if self._code else self._over()

    def _usage_statistics(self, record: dict[str, Any]) -> Chunks:
        if self._code:
            return []
        # Until version 0.8 it is all that ends a run.
        return [*(self._over() if self._run.live else ()), *self._run.usage(_usage(record))]

    def _error_record(self, record: dict[str, Any]) -> Chunks:
        detail = record.get("detail") or dict_of(record, "error").get("detail")
        message = _plain(message_of(record))
        self._error = f"{message} {detail}" if isinstance(detail, str) and detail not in message else message
        return self._run.note({"error": record}) if self._code else self._over()

    def _retry(self, record: dict[str, Any]) -> Chunks:
        """The program retries: the text so far remains, and is no answer."""
        self._error = self._reason = None
        last = self._run.last
        chunks = [] if last is None else self._flush(last) + last.finish(None, {"retry": record})
        self._step = None
        return chunks + ([] if chunks else self._run.note({"retry": record}))

    def _over(self) -> Chunks:
        """The run ends, for the reason that came last."""
        last, reason, error = self._run.last, self._reason, self._error
        chunks = [] if last is None else self._flush(last)
        self._reason = self._error = None
        if error is not None or (reason is not None and reason not in _FINE):
            if self._failed and error is None:
                return chunks  # the error said why before
            self._failed = True
            return chunks + self._run.fail({"message": error or f"the run ended with {reason}", "code": reason or ""})
        return chunks + self._run.finish(_finish(reason), None, {"stop_reason": reason} if reason else None)

    def _result(self, record: dict[str, Any]) -> Chunks:
        failed = record.get("subtype") not in ("success", None) or record.get("is_error") is True
        if failed:
            why, stopped = word_of(record, "stop_reason"), record.get("subtype") == "interrupted"
            text = "" if stopped else message_of(record.get("result"), "")  # what it had said until then
            text = text or message_of(record.get("failure"), "")
            self._error = self._error or text or f"the run ended with {why or record.get('subtype')}"
            self._reason = why or self._reason
        elif self._reason in _FINE or not record.get("stop_reason"):
            self._error = None
        chunks: Chunks = []
        if not failed and not self._answered and record.get("result") != _NO_ANSWER:
            chunks += self._run.current(record.get("session_id")).text(record.get("result"))
        usage = dict_of(record, "usage")
        chunks += self._over()
        self._answered = False
        return chunks + (self._run.usage(_usage(usage)) if usage else [])


_NO_ANSWER = "No assistant response found"
"""The result of a run without an answer; of one with thoughts or results of tools alone it is the last of these."""


def _step(record: dict[str, Any]) -> Any:
    return record.get("step_id") or record.get("run_id") or record.get("id")


def _finish(reason: str | None) -> str | None:
    """The finish reason; None where the calls of the last message show it."""
    meaning = LETTA.get(reason or "", "stop")
    return None if meaning == "stop" else meaning


def _plain(message: str) -> str:
    """The message in a message that is JSON."""
    if not message.startswith("{"):
        return message
    try:
        return message_of(loads(message), message)
    except (RecursionError, ValueError):
        return message


def _usage(record: dict[str, Any]) -> dict[str, Any]:
    """The counts of a usage; where the total shows it, the prompt is without what a cache gave or took (Letta Code)."""
    cached, reasoning = record.get("cached_input_tokens"), record.get("reasoning_tokens")
    prompt, completion = record.get("prompt_tokens"), record.get("completion_tokens")
    all_read = sum_tokens(prompt, cached, record.get("cache_write_tokens"))
    if sum_tokens(all_read, completion) == tokens(record.get("total_tokens")):
        prompt = all_read
    return usage_of(prompt, completion, total=record.get("total_tokens"), cached=cached, reasoning=reasoning)


_HANDLERS: dict[str, Callable[[Letta, dict[str, Any]], Chunks]] = {
    "system": Letta._system,
    "reasoning_message": Letta._reasoning,
    "internal_monologue": Letta._reasoning,
    "assistant_message": Letta._assistant,
    "tool_call_message": Letta._tool_call,
    "function_call": Letta._tool_call,
    "approval_request_message": Letta._tool_call,
    "auto_approval": Letta._auto_approval,
    "stop_reason": Letta._stop_reason,
    "usage_statistics": Letta._usage_statistics,
    "error_message": Letta._error_record,
    "error": Letta._error_record,
    "retry": Letta._retry,
    "result": Letta._result,
    "ping": lambda _, __: [],
}
"""The reader of each type of message."""
