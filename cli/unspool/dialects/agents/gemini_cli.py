"""Gemini CLI: ``gemini --output-format stream-json``, the one object of ``--output-format json``, and session files.

Checked against 0.61.0; session files, ``~/.gemini/tmp/…/chats/session-….jsonl``, against its chatRecordingService;
those of earlier versions, ``session-….json``, are one object with all ``messages``.

    init                          session_id, model; the run begins
    message, role user            an echo: in the extension
    message, role assistant       text; another message begins after a call or its result
    tool_use                      a whole call: tool_name, tool_id, parameters
    tool_result                   in the extension; the message before it has ended
    error                         a warning in the extension, or the reason of a failed result
    result, status success        the end, and the usage of the run; after an error it failed (R17)
    result, status error          the end of a run that failed (R12)
    {"response", "stats"}         a whole answer; with an ``error``, too, it failed behind its text
    gemini                        in a session file, a message so far: text, thoughts, toolCalls; the line comes again
                                  with the same id as it grows (R15); the next line of a message ends it

    A session file has no ends of runs: one that ends with a message with calls was cut (R11).

    usage     input_tokens, output_tokens, total_tokens, cached of ``stats``; of a whole answer the sum of what
              its models used: ``prompt`` (with ``cached``), ``candidates`` and ``thoughts`` (reasoning)

Where the program tries again, it repeats the deltas without a mark: they are shown again.

Source: the records as version 0.61.0 writes them, and https://github.com/google-gemini/gemini-cli.
"""

from collections.abc import Callable, Hashable
from typing import Any

from unspool.core.errors import NotAChunk
from unspool.dialects.agents.run import Message, RunReader, message_of
from unspool.dialects.chunk_builder import Chunks, key_of, sum_tokens, usage_of
from unspool.dialects.members import dict_of, dicts_of, word_of


class GeminiCli(RunReader):
    """Reads the records of one run after the other."""

    def __init__(self) -> None:
        super().__init__("gemini-cli", "result")
        self._messages = 0  # of all runs: one that goes on with a session has the same session_id
        self._kept: dict[str, Any] = {}  # the message of a session file that is open
        self._ended: set[Hashable] = set()  # the ids of those before it

    def _begin(self, record: dict[str, Any] | None = None) -> None:
        record = record or {}
        self._ident, self._model = record.get("session_id"), record.get("model")
        self._error: str | None = None

    def append(self, value: Any, json_source: bool) -> str | None:
        """Process a message that only continues the last one; see Dialect."""
        same = self._last.is_like(value, ("type", "role"))
        return self._last.append(value.get("content"), json_source) if same else None

    def feed(self, value: Any) -> Chunks:
        """Translate one record into chunks. Raises NotAChunk."""
        self._last.clear()
        kind = word_of(value, "type")
        if kind:
            handler = _HANDLERS.get(kind)
            return self._run.note({kind: value}) if handler is None else handler(self, value)
        if isinstance(value, dict) and "sessionId" in value and isinstance(value.get("messages"), list):
            return [chunk for line in dicts_of(value, "messages") for chunk in self._line(line)]
        if isinstance(value, dict) and (value.keys() >= {"response", "stats"} or "error" in value):
            return self._whole(value)
        if isinstance(value, dict) and ("$set" in value or "$rewindTo" in value or "sessionId" in value):
            return self._run.note({"session": value})
        raise NotAChunk("no record of Gemini CLI")

    def close(self) -> Chunks:
        """The input ended: a run without a result was cut."""
        chunks = self._end_kept()
        chunks += [] if self._error is None else self._run.fail({"message": self._error})
        return chunks + super().close()

    def _init(self, record: dict[str, Any]) -> Chunks:
        chunks = self.close() if self._run.live else []  # the run before it was cut
        self._begin(record)
        self._run.live = True
        return chunks + self._run.note({"init": record})

    def _message(self, record: dict[str, Any]) -> Chunks:
        if record.get("role") != "assistant":
            return self._run.note({"message": record})
        self._error = None  # the run went on
        last = self._run.last
        chunks = last.finish() if last is not None and last.calls else []  # R16: calls are whole
        message = self._current()
        self._last.keep(message, record)
        return chunks + message.text(record.get("content"))

    def _current(self) -> Message:
        last = self._run.last
        if last is not None:
            return last
        self._messages += 1
        return self._run.message(f"{self._ident or 'message'}-{self._messages}", self._model)

    def _tool_use(self, record: dict[str, Any]) -> Chunks:
        message, key = self._current(), str(record.get("tool_id"))
        return message.whole_call(key, record.get("tool_id"), record.get("tool_name"), record.get("parameters"))

    def _tool_result(self, record: dict[str, Any]) -> Chunks:
        return self._run.finish_messages() + self._run.note({"tool_result": record})

    def _error_record(self, record: dict[str, Any]) -> Chunks:
        if record.get("severity") != "warning":
            self._error = _text_of(record.get("content")) or message_of(record)
        return self._run.note({"error": record})

    def _result(self, record: dict[str, Any]) -> Chunks:
        error, self._error = self._error, None
        if error is not None or record.get("status") not in ("success", None) or record.get("error"):
            message = message_of(record.get("error"), error or f"the run ended with status {record.get('status')}")
            return self._run.note({"result": record}) + self._run.fail({"message": message})
        return self._run.finish(None, _usage(dict_of(record, "stats")), {"result": record})

    # --- session files -----------------------------------------------------------------------

    def _line(self, record: dict[str, Any]) -> Chunks:
        """A message of a session that is one object: the same as a line of later versions."""
        handler = _HANDLERS.get(word_of(record, "type"), GeminiCli._user)
        return handler(self, record)

    def _user(self, record: dict[str, Any]) -> Chunks:
        return self._end_kept() + self._run.note({"user": record})

    def _gemini(self, record: dict[str, Any]) -> Chunks:
        """A message so far; a line of one that has ended, with the results of its calls, repeats it."""
        ident = key_of(record.get("id"))
        if ident is not None and ident in self._ended:
            return self._run.note({"gemini": record})
        chunks = [] if record.get("id") == self._kept.get("id") else self._end_kept()
        self._error, self._kept = None, record
        message = self._run.current(record.get("id"), record.get("model"))
        thoughts = [
            f"**{word_of(one, 'subject')}**\n{word_of(one, 'description')}" for one in dicts_of(record, "thoughts")
        ]
        chunks += message.thoughts_whole("\n\n".join(thoughts)) + message.text_whole(_text_of(record.get("content")))
        for call in dicts_of(record, "toolCalls"):
            chunks += message.whole_call(str(call.get("id")), call.get("id"), call.get("name"), call.get("args"))
        self._run.live = bool(message.calls)
        return chunks

    def _end_kept(self) -> Chunks:
        """The message of a session file that is open has ended."""
        kept, self._kept = self._kept, {}
        if not kept:
            return []
        self._ended.add(key_of(kept.get("id")))
        tokens = dict_of(kept, "tokens")
        output = sum_tokens(tokens.get("output"), tokens.get("thoughts"))
        usage = (
            usage_of(
                tokens["input"],
                output,
                total=tokens.get("total"),
                cached=tokens.get("cached"),
                reasoning=tokens.get("thoughts"),
            )
            if "input" in tokens
            else None
        )
        return self._run.finish_messages() + self._run.usage(usage)

    # --- whole answers -----------------------------------------------------------------------

    def _whole(self, value: dict[str, Any]) -> Chunks:
        self._begin(value)
        text = value.get("response")
        chunks = self._current().text(text) if isinstance(text, str) and text else []
        if value.get("error"):
            return chunks + self._run.fail({"message": message_of(value["error"])})
        stats = dict_of(value, "stats")
        return chunks + self._run.finish("stop", _models_usage(dict_of(stats, "models")), {"stats": stats})


def _text_of(content: Any) -> str:
    """The text in the content of a message in a session file: a text, a part or some."""
    parts = content if isinstance(content, list) else [content]
    return "".join(part if isinstance(part, str) else word_of(part, "text") for part in parts)


def _usage(stats: dict[str, Any]) -> dict[str, Any] | None:
    if "input_tokens" not in stats:
        return None
    total, cached = stats.get("total_tokens"), stats.get("cached")
    return usage_of(stats["input_tokens"], stats.get("output_tokens"), total=total, cached=cached)


def _models_usage(models: dict[str, Any]) -> dict[str, Any] | None:
    """The sum of what each model used."""
    used = [dict_of(model, "tokens") for model in models.values() if isinstance(model, dict)]
    if not used:
        return None
    prompt, cached, total = (sum_tokens(*(one.get(name) for one in used)) for name in ("prompt", "cached", "total"))
    candidates, thoughts = (sum_tokens(*(one.get(name) for one in used)) for name in ("candidates", "thoughts"))
    return usage_of(prompt, candidates + thoughts, total=total, cached=cached, reasoning=thoughts)


_HANDLERS: dict[str, Callable[[GeminiCli, dict[str, Any]], Chunks]] = {
    "init": GeminiCli._init,
    "message": GeminiCli._message,
    "tool_use": GeminiCli._tool_use,
    "tool_result": GeminiCli._tool_result,
    "error": GeminiCli._error_record,
    "result": GeminiCli._result,
    "user": GeminiCli._user,
    "gemini": GeminiCli._gemini,
}
"""The reader of each type of record."""
