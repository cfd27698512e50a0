"""Dify: the events of its chat, agent, completion and workflow apps with ``response_mode: streaming``.

Checked against the classes of its events (api/core/app/entities) and its two agents (api/core/agent), its documentation
and public examples of 2024 to 2026, not against a capture.

    message, agent_message        text, in pieces: ``answer``; of a blocking response, which has a ``mode``, all of it
    text_chunk                    text of a workflow: ``data.text``
    agent_thought                 its calls once it has tools (``a;b``) and their input, by their names; the result,
                                  its observation, ends the message
    message_end                   the end, and the usage
    workflow_finished             the end of a workflow: its status, and its only text where no piece had any
    error                         the end of a run that failed (R12)
    message_replace               in the extension: the text was moderated after it was sent
    anything else                 in the extension (nodes, files, speech)

    usage     prompt_tokens, completion_tokens, total_tokens of ``metadata.usage``

Source: https://docs.dify.ai/api-reference/.
"""

from collections.abc import Callable
from json import loads
from typing import Any

from unspool.core.errors import NotAChunk
from unspool.dialects.agents.run import RunReader, message_of
from unspool.dialects.chunk_builder import Chunks, usage_of
from unspool.dialects.members import dict_of, word_of


class Dify(RunReader):
    """Reads the events of one run after the other."""

    def __init__(self) -> None:
        super().__init__("dify", "message_end or workflow_finished")

    def _begin(self) -> None:
        self._answered = False  # a piece had text
        self._ended = False  # message_end came
        self._thinks = False  # RAGFlow: the pieces are thoughts

    def feed(self, value: Any) -> Chunks:
        """Translate one event into chunks. Raises NotAChunk."""
        kind = word_of(value, "event")
        if not kind:
            raise NotAChunk("no event of Dify's")
        handler = _HANDLERS.get(kind)
        if handler is None:
            return self._run.note({kind: value})
        chunks = self._of_run(value.get("task_id"))
        self._run.live = True
        return chunks + handler(self, value)

    def _text(self, ident: Any, text: Any) -> Chunks:
        self._answered = self._answered or bool(text)
        return self._run.current(ident).new_text(text)

    def _message(self, event: dict[str, Any]) -> Chunks:
        self._ended = False
        if "answer" not in event:
            return self._piece(event.get("message_id"), dict_of(event, "data"))
        chunks = self._text(event.get("message_id"), event.get("answer"))
        return chunks + (self._end(event) if "mode" in event else [])

    def _piece(self, ident: Any, data: dict[str, Any]) -> Chunks:
        """A piece of RAGFlow's; marks without text are around its thoughts."""
        self._thinks = (self._thinks or data.get("start_to_think") is True) and data.get("end_to_think") is not True
        if self._thinks:
            return self._run.current(ident).thoughts(data.get("content"))
        return self._text(ident, data.get("content"))

    def _text_chunk(self, event: dict[str, Any]) -> Chunks:
        return self._text(event.get("workflow_run_id"), dict_of(event, "data").get("text"))

    def _thought(self, event: dict[str, Any]) -> Chunks:
        chunks: Chunks = []
        key = word_of(event, "id")
        if event.get("tool") and event.get("tool_input") and not event.get("observation"):
            message = self._run.current(event.get("message_id"))
            for name, given in _calls(str(event["tool"]), event["tool_input"]):
                ident = key if name == event["tool"] else f"{key}-{name}"
                chunks += message.whole_call(ident, ident, name, given)
        ended = self._run.finish_messages() if event.get("observation") else []
        return chunks + ended + self._run.note({"agent_thought": event})

    def _end(self, event: dict[str, Any]) -> Chunks:
        usage = dict_of(dict_of(event, "metadata"), "usage")
        prompt, completion = usage.get("prompt_tokens"), usage.get("completion_tokens")
        counted = usage_of(prompt, completion, total=usage.get("total_tokens")) if usage else None
        self._answered, self._ended = False, True
        return self._run.finish(None, counted)

    def _workflow_finished(self, event: dict[str, Any]) -> Chunks:
        data = dict_of(event, "data")
        if data.get("status") in ("failed", "stopped"):
            return self._run.fail({"message": message_of(data, f"the workflow ended with status {data['status']}")})
        if "message_id" in event:  # a message_end follows, or came before (RAGFlow)
            self._run.live = not self._ended
            return self._run.note({"workflow_finished": event})
        texts = [text for text in dict_of(data, "outputs").values() if isinstance(text, str) and text]
        chunks = [] if self._answered or len(texts) != 1 else self._text(event.get("workflow_run_id"), texts[0])
        self._answered = False
        return chunks + self._run.finish(None, None, {"workflow_finished": event})

    def _error(self, event: dict[str, Any]) -> Chunks:
        code = {"code": event["code"]} if event.get("code") else {}
        return self._run.fail({"message": message_of(event, "an error"), **code})


def _calls(tools: str, given: Any) -> list[tuple[str, Any]]:
    """The calls of a thought: the arguments are JSON text, by the name of the tool; several names have ; between."""
    try:
        arguments = loads(given) if isinstance(given, str) else given
    except (ValueError, RecursionError):
        arguments = None
    if isinstance(arguments, dict) and arguments and arguments.keys() <= set(tools.split(";")):
        return list(arguments.items())
    return [(tools, given)]


_HANDLERS: dict[str, Callable[[Dify, dict[str, Any]], Chunks]] = {
    "message": Dify._message,
    "agent_message": Dify._message,
    "text_chunk": Dify._text_chunk,
    "agent_thought": Dify._thought,
    "message_end": Dify._end,
    "workflow_finished": Dify._workflow_finished,
    "error": Dify._error,
}
"""The reader of each event that has text, a call or an end."""
