"""OpenAI Agents SDK: the events of ``Runner.run_streamed``, printed as JSON lines.

Checked against 0.24.0.

    raw_response_event            its data, an event of Responses, which ``responses`` reads
    run_item_stream_event         the same whole: in the extension; where no raw event came, its text and calls
    agent_updated_stream_event    in the extension
    raw_model_stream_event        the first in the SDK for JavaScript, compared with its source alone: an event of
                                  Responses under ``event``, else output_text_delta and response_done

For models behind Chat Completions the SDK makes events whose item ids are all
``__fake_id__``: they identify nothing, so that output_index counts.
A run has no end: it is complete with a response that ended, also one with calls,
which may wait for an approval, and was cut where the output of a tool is last
(R11), also where the run ends with the first tool (``stop_on_first_tool``).
Errors are exceptions there: the stream just ends.

Source: the events as version 0.24.0 yields them, and https://openai.github.io/openai-agents-python/streaming.
"""

from typing import Any

from unspool.core.errors import NotAChunk
from unspool.dialects.agents.run import Run
from unspool.dialects.base import Dialect
from unspool.dialects.chunk_builder import Chunks, usage_of
from unspool.dialects.members import dict_of, dicts_of, list_of, texts_of, word_of
from unspool.dialects.responses import Responses
from unspool.dialects.responses_items import FAKE_ID

NAME = "openai-agents"
_RETURNED = frozenset({"function_call_output", "function_call_result"})
"""The types of a tool's result, in Python's SDK and in that for JavaScript."""
_ENDS = frozenset({"response.completed", "response.incomplete", "response.failed"})
_ANSWERED = _RETURNED | {"tool_call_output_item"}
"""The types of items behind which another response follows."""


class OpenAiAgents(Dialect):
    """Reads the events of one run after the other."""

    def __init__(self) -> None:
        self._responses = Responses(NAME)
        self._run = Run(NAME)
        self._raw = False  # the run consists of events of Responses
        self._deltas = False  # it consists of events of the JavaScript SDK's own
        self._answers = 0
        self._waits = False  # a response goes on, or results of tools came last and no handoff

    def feed(self, value: Any) -> Chunks:
        """Translate one event into chunks. Raises NotAChunk."""
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kind, str):
            raise NotAChunk("no event of a run")
        if kind == "raw_response_event" and isinstance(value.get("data"), dict):
            return self._event(value["data"])
        if kind == "raw_model_stream_event":
            return self._model_event(dict_of(value, "data"), value)
        if kind != "run_item_stream_event":
            # An agent that takes over is one behind a handoff; else it is the first one of a run.
            chunks = self.close() if kind == "agent_updated_stream_event" and self._waits else []
            return chunks + self._run.note({kind: value})
        item = dict_of(value, "item")
        item = dict_of(item, "raw_item") or dict_of(item, "rawItem") or item
        if word_of(item, "type") in _ANSWERED:
            self._run.live = self._waits = True  # another response follows
        elif word_of(item, "type") == "handoff_output_item":
            self._waits = False
        return [*([] if self._raw or self._deltas else self._item(item)), *self._run.note({kind: value})]

    def append(self, value: Any, json_source: bool) -> str | None:
        """Process a record around a delta that only continues the last one; see Dialect."""
        event = value.get("data") if type(value) is dict and value.get("type") == "raw_response_event" else None
        return self._responses.append(event, json_source)

    def close(self) -> Chunks:
        """The input ended: without the response that must follow it was cut."""
        last = self._run.last
        ended = last is not None and last.answered and not self._run.live  # items are whole
        if self._run.live or self._waits:
            self._responses.cut()
        chunks = self._responses.close() + (self._run.finish_messages() if ended else []) + self._run.close()
        self._raw = self._deltas = self._waits = False
        return chunks

    def _model_event(self, data: dict[str, Any], value: dict[str, Any]) -> Chunks:
        """An event of the JavaScript SDK: the model's own under ``event``, else the SDK's text and whole response."""
        event, kind = dict_of(data, "event"), data.get("type")
        if word_of(event, "type").startswith("response."):
            return self._event(event)
        if self._raw or kind not in ("output_text_delta", "response_done"):
            return [] if self._raw else self._run.note({"raw_model_stream_event": value})
        if kind == "output_text_delta":
            self._deltas = self._run.live = True
            return self._run.current().text(data.get("delta"))
        return self._done(dict_of(data, "response"))

    def _done(self, response: dict[str, Any]) -> Chunks:
        """A whole response, after its deltas; its items come again as items of the run."""
        chunks: Chunks = []
        self._deltas = True
        for item in dicts_of(response, "output"):
            if item.get("type") == "message":
                chunks += self._run.current().text_whole(texts_of(list_of(item, "content"), "output_text"))
            elif item.get("type") == "function_call":
                chunks += self._called(item)
        usage = dict_of(response, "usage")
        counted = usage_of(usage.get("inputTokens"), usage.get("outputTokens")) if usage else None
        return chunks + self._run.finish(None, counted)

    def _event(self, event: dict[str, Any]) -> Chunks:
        if event.get("type") == "response.created":
            self._raw, self._run.live, self._waits = True, False, True
            self._answers += 1
        elif word_of(event, "type") in _ENDS:
            self._waits = False
        chunks = self._responses.feed(_without_fake(event))
        for chunk in chunks:
            chunk["id"] = f"response-{self._answers}" if chunk["id"] in ("", FAKE_ID) else chunk["id"]
        return chunks

    def _item(self, item: dict[str, Any]) -> Chunks:
        """A whole item, where there are no events of Responses."""
        kind, last = word_of(item, "type"), self._run.last
        chunks: Chunks = []
        if kind == "reasoning":
            chunks = self._run.current().thoughts(texts_of(item.get("summary"), "summary_text"))
        elif kind == "message":
            chunks = last.finish() if last is not None and last.answered else []
            message, content = self._run.current(), list_of(item, "content")
            chunks += message.text(texts_of(content, "output_text"))
            chunks += message.refusal(texts_of(content, "refusal", "refusal")) + self._run.finish()
        elif kind == "function_call":
            chunks = self._called(item)
        elif kind in _RETURNED:
            chunks = self._run.finish_messages()
        return chunks

    def _called(self, item: dict[str, Any]) -> Chunks:
        """The whole call of an item."""
        ident = item.get("call_id", item.get("callId"))
        message, key = self._run.current(), str(ident)
        return message.whole_call(key, ident, item.get("name"), item.get("arguments"))


def _without_fake(event: dict[str, Any]) -> dict[str, Any]:
    """The event without an id of its response that all responses have."""
    response = event.get("response")
    if isinstance(response, dict) and response.get("id") == FAKE_ID:
        return {**event, "response": {**response, "id": None}}
    return event
