"""llm: the array that ``llm logs --json`` prints, one response an element, oldest first.

Checked against 0.32.1 and 0.36.

    id, resolved_model or model   id and model
    reasoning                     thoughts
    response                      text
    tool_calls                    whole calls: tool_call_id, name, arguments
    response_json.finish_reason   why it ended; without one it follows from its calls
    usage                         input_tokens, output_tokens

The prompt, tools, results of tools and attachments are what was asked: they do
not leave, as the request of no dialect does.

Source: the elements as version 0.32.1 prints them, and https://llm.datasette.io/en/stable/logging.html.
"""

from typing import Any

from unspool.core.errors import NotAChunk
from unspool.dialects.agents.run import Run
from unspool.dialects.chunk_builder import REASONS, Chunks, tokens, usage_of
from unspool.dialects.members import dict_of, list_of


class LlmLogs:
    """Reads logged responses, each a separate message."""

    def __init__(self) -> None:
        self._run = Run("llm")

    def feed(self, value: Any) -> Chunks:
        """Translate one logged response into chunks. Raises NotAChunk."""
        if not isinstance(value, dict) or "prompt" not in value or "response" not in value:
            raise NotAChunk("no response logged by llm")
        message = self._run.message(value.get("id"), value.get("resolved_model") or value.get("model"))
        chunks = message.thoughts(value.get("reasoning")) + message.text(value.get("response"))
        for place, call in enumerate(list_of(value, "tool_calls")):
            if isinstance(call, dict):
                chunks += message.call(place, call.get("tool_call_id"), call.get("name"))
                chunks += message.arguments_whole(place, call.get("arguments"))
        reason = dict_of(value, "response_json").get("finish_reason")
        known = reason if isinstance(reason, str) and reason in REASONS else None
        chunks += message.finish(known or ("tool_calls" if message.calls else "stop"))
        if tokens(value.get("input_tokens")) is not None:
            chunks += self._run.usage(usage_of(value["input_tokens"], value.get("output_tokens")))
        return chunks

    def close(self) -> Chunks:
        """Nothing: each element is complete."""
        return self._run.close()
