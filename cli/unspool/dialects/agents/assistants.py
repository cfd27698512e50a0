"""OpenAI Assistants: the events of a run with ``stream: true``.

Checked against OpenAI's documentation and client library 2.x, not against a capture.

    thread.run                    its status: the run goes on, or has ended; then the usage
        requires_action           ends with tool_calls: the calls of required_action, beyond their fragments (R15)
        failed, cancelled, …      the end of a run that failed (R12): last_error
    thread.message.delta          text, by the id of its message; another index is another block (R16)
    thread.message                once it has content, the text whole (R15)
    thread.run.step.delta         fragments of calls of functions
    anything else                 in the extension (steps, files, annotations, code)

    {"event", "data"}             one of these, as OpenAI's clients have it, or an error

    usage     of the run, which counts all of its messages

Source: https://platform.openai.com/docs/api-reference/assistants-streaming.
"""

from collections.abc import Callable
from typing import Any

from unspool.core.errors import NotAChunk
from unspool.dialects.agents.run import Message, RunReader, message_of
from unspool.dialects.chunk_builder import Chunks, key_of, usage_of
from unspool.dialects.finish_words import ASSISTANTS, FAILED, failure
from unspool.dialects.members import dict_of, list_of, word_of


class Assistants(RunReader):
    """Reads the events of one run after the other."""

    def __init__(self) -> None:
        super().__init__("assistants", "thread.run.completed")

    def _begin(self) -> None:
        self._model: Any = None
        self._block: Any = None  # the index of the content that came last
        self._calls: dict[Any, str] = {}  # ids of calls by step and index

    def feed(self, value: Any) -> Chunks:
        """Translate one event into chunks. Raises NotAChunk."""
        if word_of(value, "event") == "error":
            return self._run.fail(dict_of(value, "data") or {"message": "an error without a message"})
        if word_of(value, "event"):  # as clients have it
            value = dict_of(value, "data")
        kind = word_of(value, "object")
        if not kind.startswith("thread"):
            raise NotAChunk("no event of an Assistants run")
        handler = _HANDLERS.get(kind)
        return self._run.note({kind: value}) if handler is None else handler(self, value)

    def _message(self, ident: Any) -> tuple[Message, Chunks]:
        """The message with this id; the one before it is over."""
        last, chunks = self._run.last, []
        if last is not None and last.ident != ident:
            chunks, self._block = last.finish(), None
        return self._run.current(ident, self._model), chunks

    def _text(self, message: Message, index: Any, part: dict[str, Any]) -> Chunks:
        if index != self._block:
            message.divide()
        self._block = index
        return message.text(dict_of(part, "text").get("value")) + message.refusal(part.get("refusal"))

    def _delta(self, value: dict[str, Any]) -> Chunks:
        self._run.live = True
        message, chunks = self._message(value.get("id"))
        for part in list_of(dict_of(value, "delta"), "content"):
            chunks += self._text(message, part.get("index"), part) if isinstance(part, dict) else []
        return chunks

    def _whole(self, value: dict[str, Any]) -> Chunks:
        parts = [part for part in list_of(value, "content") if isinstance(part, dict)]
        if not parts or value.get("role") == "user":  # it has begun, or is an echo
            return self._run.note({"thread.message": value})
        message, chunks = self._message(value.get("id"))
        if message.has_text:
            chunks += message.text_whole("".join(word_of(dict_of(part, "text"), "value") for part in parts))
        else:
            for index, part in enumerate(parts):
                chunks += self._text(message, index, part)
        self._block = None
        cut = word_of(dict_of(value, "incomplete_details"), "reason")
        if cut.startswith("run_"):  # the run reports how it ended
            return chunks
        reason = {"": None, "content_filter": "content_filter"}.get(cut, "length")
        return chunks + message.finish(reason)

    def _step_delta(self, value: dict[str, Any]) -> Chunks:
        self._run.live = True
        step = value.get("id")
        message, chunks = self._message(step)
        for call in list_of(dict_of(dict_of(value, "delta"), "step_details"), "tool_calls"):
            function = dict_of(call, "function")
            if not function:  # of a tool that the server runs, whose step comes whole
                chunks += message.open_once()
                continue
            ident = self._calls.setdefault((key_of(step), key_of(call.get("index"))), word_of(call, "id"))
            chunks += message.call(ident, ident, function.get("name"))
            chunks += message.arguments(ident, function.get("arguments"))
        return chunks

    def _status(self, value: dict[str, Any]) -> Chunks:
        return self._of_run(value.get("id")) + self._has_status(value)

    def _has_status(self, value: dict[str, Any]) -> Chunks:
        self._model = value.get("model") or self._model
        word = word_of(value, "status")
        finish = ASSISTANTS.get(word)
        if finish is None:
            self._run.live = True
            return self._run.note({"thread.run": value})
        if finish == FAILED:
            return self._run.fail(failure(word, message_of(value.get("last_error"), "")))
        chunks = self._required(value) if finish == "tool_calls" else []
        usage = dict_of(value, "usage")
        prompt, completion = usage.get("prompt_tokens"), usage.get("completion_tokens")
        counted = usage_of(prompt, completion, total=usage.get("total_tokens")) if usage else None
        return chunks + self._run.finish(None if finish == "stop" else finish, counted, {"thread.run": value})

    def _required(self, value: dict[str, Any]) -> Chunks:
        """The calls that the run waits for, beyond what their steps had."""
        chunks: Chunks = []
        for call in list_of(dict_of(dict_of(value, "required_action"), "submit_tool_outputs"), "tool_calls"):
            ident, function = word_of(call, "id"), dict_of(call, "function")
            message = self._run.current(None, self._model)
            chunks += message.whole_call(ident, ident, function.get("name"), function.get("arguments"))
        return chunks


_HANDLERS: dict[str, Callable[[Assistants, dict[str, Any]], Chunks]] = {
    "thread.run": Assistants._status,
    "thread.message": Assistants._whole,
    "thread.message.delta": Assistants._delta,
    "thread.run.step.delta": Assistants._step_delta,
}
"""The reader of each kind of object."""
