"""Google's Agent Development Kit: the events of ``adk api_server`` (``/run_sse``, ``/run``), and of a runner, as JSON.

Held against public examples of 2025 and 2026, not against a capture. Names are in camel case, or with underscores.

    content.parts[]               text, or thoughts with ``thought``
        functionCall              a whole call
        functionResponse          a tool's result: in the extension
    partial                       these parts are a piece of the event that follows, which repeats them whole (R15)
    author user, role user        an echo or a tool's result: the message before it has ended
    finishReason, usageMetadata   as Gemini's; each whole event ends a message
    errorCode, errorMessage       the end of a run that failed (R12)
    interrupted                   the message was cut short: an error

A run has no end marker: one that ends with a call, or its result, was cut (R11), unless the tool is one that goes on
by itself (longRunningToolIds). Agents that take over from each other all answer the user.

Source: https://google.github.io/adk-docs/runtime/api-server/ and /events/.
"""

from typing import Any

from unspool.core.errors import NotAChunk
from unspool.core.rewriter.wire import Chunk
from unspool.dialects.agents.run import Message, Run, dict_of, list_of, word_of
from unspool.dialects.finish_words import FAILED, GEMINI, failure
from unspool.dialects.gemini import counted_usage

Chunks = list[Chunk]


class Adk:
    """Reads the events of one run after the other."""

    def __init__(self) -> None:
        self._run = Run("adk")

    def feed(self, value: Any) -> Chunks:
        """Translate one event into chunks. Raises NotAChunk."""
        if not isinstance(value, dict) or not ("author" in value or "errorCode" in value or "error_code" in value):
            raise NotAChunk("no event of an ADK agent")
        event = _camel(value)
        if event.get("errorCode") or event.get("errorMessage"):
            word = str(event.get("errorCode") or "an error")
            return self._run.fail(failure(word, event.get("errorMessage")))
        content = dict_of(event, "content")
        parts = [_camel(part) for part in list_of(content, "parts") if isinstance(part, dict)]
        if event.get("author") == "user" or content.get("role") == "user":
            return self._run.finish_messages() + self._run.note({"functionResponse": value})
        if event.get("partial") is True:
            return self._pieces(self._message(event), parts)
        return self._whole(event, parts) if parts or event.get("finishReason") else self._run.note({"event": value})

    def close(self) -> Chunks:
        """The input ended: a run whose tool has not answered was cut."""
        return self._run.close()

    def _message(self, event: dict[str, Any]) -> Message:
        self._run.live = True
        return self._run.current(event.get("id"), event.get("modelVersion"))

    def _pieces(self, message: Message, parts: list[dict[str, Any]]) -> Chunks:
        chunks: Chunks = []
        for part in parts:
            text = part.get("text")
            chunks += message.thoughts(text) if part.get("thought") is True else message.text(text)
        return chunks

    def _whole(self, event: dict[str, Any], parts: list[dict[str, Any]]) -> Chunks:
        message = self._message(event)
        chunks = message.thoughts_whole(_joined(parts, thought=True)) + message.text_whole(
            _joined(parts, thought=False)
        )
        calls = [call for call in (dict_of(part, "functionCall") for part in parts) if call]
        for number, call in enumerate(calls):
            key = word_of(call, "id") or f"{message.ident}-{number}"
            chunks += message.call(key, key, call.get("name")) + message.arguments_whole(key, call.get("args") or {})
        waits = {word_of(call, "id") for call in calls} - set(map(str, list_of(event, "longRunningToolIds")))
        return chunks + self._end(event, message, live=bool(waits))

    def _end(self, event: dict[str, Any], message: Message, live: bool) -> Chunks:
        word = word_of(event, "finishReason").upper()
        reason = GEMINI.get(word, "stop")
        if reason == FAILED or event.get("interrupted") is True:
            return self._run.fail(failure(word or "an interruption"))
        chunks = message.finish(None if reason == "stop" else reason)
        self._run.live = live
        usage = _camel(dict_of(event, "usageMetadata"))
        return chunks + self._run.usage(counted_usage(usage) if usage else None)


def _joined(parts: list[dict[str, Any]], thought: bool) -> str:
    return "".join(word_of(part, "text") for part in parts if (part.get("thought") is True) is thought)


def _camel(value: dict[str, Any]) -> dict[str, Any]:
    """The members of an object, by their names in camel case."""
    return {_name(name) if "_" in name else name: member for name, member in value.items()}


def _name(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))
