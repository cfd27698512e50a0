"""Google's Agent Development Kit: the events of ``adk api_server`` (``/run_sse``, ``/run``), and of a runner, as JSON.

Checked against google-adk 2.13.0 with models of Google's and OpenAI's, and public examples since 2025. Names are in
camel case, or with underscores.

    content.parts[]               text, or thoughts with ``thought``
        functionCall              a whole call, or with partialArgs a piece of one
        functionResponse          a tool's result: in the extension
        executableCode, codeExecutionResult    code that Google runs: in the extension
    partial                       these parts are a piece of the event that follows, which repeats them whole (R15)
    author user, role user        an echo or a tool's result: the message before it has ended
    finishReason, usageMetadata   as Gemini's; each whole event ends a message
    errorCode, errorMessage       the same, where it is a finishReason (MAX_TOKENS); else the run failed (R12)
    error                         the failure again, as the server ends a stream
    outputTranscription           the text of what a live agent says as sound; ``finished`` may have all of it (R15)
    turnComplete                  the end of the message of a live agent
    interrupted                   the message was cut short: an error

A run has no end marker: it is complete with a whole event, also one with calls, and was cut where it ends with a
tool's result (R11), unless that is the answer (skipSummarization). Agents that take over from each other all answer the
user.

Source: https://google.github.io/adk-docs/runtime/api-server/ and /events/.
"""

from json import loads
from typing import Any

from unspool.core.errors import NotAChunk
from unspool.dialects.agents.run import Message, RunReader
from unspool.dialects.chunk_builder import Chunks
from unspool.dialects.finish_words import FAILED, GEMINI, failure, meaning_of
from unspool.dialects.gemini import counted_usage
from unspool.dialects.gemini_partial_args import ArgumentsWriter, write_all
from unspool.dialects.members import dict_of, list_of, word_of

_CODE = ("executableCode", "codeExecutionResult")
"""Parts with code that Google runs, and what it printed."""


class Adk(RunReader):
    """Reads the events of one run after the other."""

    def __init__(self) -> None:
        super().__init__("adk")

    def _begin(self) -> None:
        self._pieces: dict[str, _Pieces] = {}  # of calls, by their ids, until they come whole
        self._failed = False

    def feed(self, value: Any) -> Chunks:
        """Translate one event into chunks. Raises NotAChunk."""
        if isinstance(value, dict) and self._failed and "error" in value:
            return self._run.note({"error": value})
        if not isinstance(value, dict) or not ("author" in value or "errorCode" in value or "error_code" in value):
            raise NotAChunk("no event of an ADK agent")
        event = _camel(value)
        chunks = self._of_run(event.get("invocationId"))
        return chunks + self._event(value, event)

    def _event(self, value: dict[str, Any], event: dict[str, Any]) -> Chunks:
        word, content = word_of(event, "errorCode"), dict_of(event, "content")
        parts = [_camel(part) for part in list_of(content, "parts") if isinstance(part, dict)]
        if GEMINI.get(word, FAILED) == FAILED and (word or event.get("errorMessage")):
            chunks = self._texts(self._message(event), parts) if parts else []
            return chunks + self._fail(failure(word or "an error", event.get("errorMessage")))
        if event.get("author") == "user" or content.get("role") == "user":
            answered = any("functionResponse" in part for part in parts)
            self._run.live = answered and not dict_of(event, "actions").get("skipSummarization")
            return self._run.finish_messages() + self._run.note({"functionResponse": value})
        transcript = word_of(dict_of(event, "outputTranscription"), "text")
        if transcript:
            return self._transcribed(event, transcript)
        over = event.get("turnComplete") is True or event.get("interrupted") is True
        if over and not parts and self._run.last is not None:
            return self._end(event, self._run.last)
        if event.get("partial") is True:
            message = self._message(event)
            return [chunk for part in parts for chunk in self._piece(message, part)]
        ends = parts or word or event.get("finishReason")
        return self._whole(event, parts) if ends else self._run.note({"event": value})

    def _message(self, event: dict[str, Any]) -> Message:
        self._run.live, self._failed = True, False
        return self._run.current(event.get("id"), event.get("modelVersion"))

    def _transcribed(self, event: dict[str, Any], text: str) -> Chunks:
        """A piece of what a live agent says as sound; the last event has all of it in some versions (R15)."""
        message = self._message(event)
        whole = event.get("partial") is not True and dict_of(event, "outputTranscription").get("finished") is True
        rest = message.item.remainder("text", text) if whole else None
        return message.text(text if rest is None else rest)

    def _piece(self, message: Message, part: dict[str, Any]) -> Chunks:
        call, text = _camel(dict_of(part, "functionCall")), part.get("text")
        key = word_of(call, "id")
        if not key:  # a call without an id: its whole event follows
            return message.thoughts(text) if part.get("thought") is True else message.text(text)
        chunks = message.call(key, key, call.get("name"))
        if call.get("args"):
            return chunks + message.arguments_whole(key, call["args"])
        partials = [_camel(one) for one in list_of(call, "partialArgs") if isinstance(one, dict)]
        fragment = self._pieces.setdefault(key, _Pieces()).write(partials)
        return chunks + message.arguments(key, fragment)

    def _texts(self, message: Message, parts: list[dict[str, Any]]) -> Chunks:
        """What whole thoughts and a whole text have beyond their deltas (R15), and the code that Google runs."""
        codes = [{kind: part[kind]} for part in parts for kind in _CODE if dict_of(part, kind)]
        if codes and not message.has_text:
            return message.open_once() + self._blocks(message, parts)
        noted = [chunk for code in codes for chunk in message.note(code)]
        return (
            noted
            + message.thoughts_whole(_joined(parts, thought=True))
            + message.text_whole(_joined(parts, thought=False))
        )

    def _blocks(self, message: Message, parts: list[dict[str, Any]]) -> Chunks:
        """Parts in their order: texts with code between them are apart (R16)."""
        chunks: Chunks = []
        for part in parts:
            code = {kind: part[kind] for kind in _CODE if dict_of(part, kind)}
            if code:
                message.divide()
                chunks += message.note(code)
            elif "functionCall" not in part:
                thought = part.get("thought") is True
                chunks += message.thoughts(part.get("text")) if thought else message.text(part.get("text"))
        return chunks

    def _whole(self, event: dict[str, Any], parts: list[dict[str, Any]]) -> Chunks:
        message = self._message(event)
        chunks = self._texts(message, parts)
        calls = [call for call in (dict_of(part, "functionCall") for part in parts) if call]
        begun = list(message.calls)
        for number, call in enumerate(calls):
            key = word_of(call, "id") or f"{message.ident}-{number}"
            if key not in begun and number < len(begun):
                key = str(begun[number])  # versions of 2025 give the whole call another id
            arguments = call.get("args") or {}
            end = self._pieces.pop(key, _Pieces()).end(arguments)
            chunks += message.call(key, key, call.get("name"))
            chunks += message.arguments_whole(key, arguments) if end is None else message.arguments(key, end)
        return chunks + self._end(event, message)

    def _end(self, event: dict[str, Any], message: Message) -> Chunks:
        word = (word_of(event, "finishReason") or word_of(event, "errorCode")).upper()
        reason = meaning_of(GEMINI, word)
        if reason == FAILED or event.get("interrupted") is True:
            return self._fail(failure(word or "an interruption"))
        kinds = {} if reason != "content_filter" and word in GEMINI else {"finishReason": word}
        chunks = message.finish(None if reason == "stop" and not message.empty else reason, kinds if word else None)
        self._run.live = False
        usage = _camel(dict_of(event, "usageMetadata"))
        return chunks + self._run.usage(counted_usage(usage) if usage else None)

    def _fail(self, error: dict[str, str]) -> Chunks:
        self._failed = True
        return self._run.fail(error)


class _Pieces:
    """The arguments of one call so far, written from their pieces."""

    def __init__(self) -> None:
        self._writer: ArgumentsWriter | None = ArgumentsWriter()
        self._text = ""

    def write(self, partials: list[dict[str, Any]]) -> str:
        """The fragment that pieces add; nothing more after one that goes back to an earlier value."""
        fragment, left = write_all(self._writer, partials)
        if left:
            self._writer = None
        self._text += fragment
        return fragment

    def end(self, arguments: Any) -> str | None:
        """The rest of the text, if it then is these arguments; else None."""
        if self._writer is None or not self._text:
            return None
        end = self._writer.close()
        try:
            return end if loads(self._text + end) == arguments else None
        except RecursionError:  # so deep that no record of them can be read whole
            return None


def _joined(parts: list[dict[str, Any]], thought: bool) -> str:
    return "".join(word_of(part, "text") for part in parts if (part.get("thought") is True) is thought)


def _camel(value: dict[str, Any]) -> dict[str, Any]:
    """The members of an object, by their names in camel case."""
    return {_name(name) if "_" in name else name: member for name, member in value.items()}


def _name(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))
