"""llm: the array that ``llm logs --json`` prints, one response an element, oldest first.

Checked against 0.32.1 and 0.36.

    id, resolved_model or model   id and model
    reasoning                     thoughts
    response                      text
    tool_calls                    whole calls: tool_call_id, name, arguments
    response_json.finish_reason   why it ended, also under the names of other providers; else it follows from its calls;
                                  chunks of Chat Completions without one were cut (R11)
    usage                         input_tokens, output_tokens

The prompt, tools, results of tools and attachments are what was asked: they do
not leave, as the request of no dialect does.

Source: the elements as version 0.32.1 prints them, and https://llm.datasette.io/en/stable/logging.html.
"""

from typing import Any

from unspool.core.errors import NotAChunk
from unspool.dialects.agents.run import Message, RunReader
from unspool.dialects.chunk_builder import Chunks, tokens, usage_of
from unspool.dialects.finish_words import FAILED, LANGCHAIN, failure, meaning_of
from unspool.dialects.members import dict_of, list_of
from unspool.variants.finish_reasons import reason_in

_ENDS = ("finish_reason", "stop_reason", "finishReason", "done_reason")
"""Members of the provider's answer with its word for the end."""
_STREAMED = "chat.completion.chunk"
"""The kind of an answer that is the sum of its chunks."""


class LlmLogs(RunReader):
    """Reads logged responses, each a separate message."""

    def __init__(self) -> None:
        super().__init__("llm")

    def feed(self, value: Any) -> Chunks:
        """Translate one logged response into chunks. Raises NotAChunk."""
        if not isinstance(value, dict) or "prompt" not in value or "response" not in value:
            raise NotAChunk("no response logged by llm")
        message = self._run.message(value.get("id"), value.get("resolved_model") or value.get("model"))
        chunks = message.thoughts(value.get("reasoning")) + message.text(value.get("response"))
        for place, call in enumerate(list_of(value, "tool_calls")):
            if isinstance(call, dict):
                chunks += message.whole_call(place, call.get("tool_call_id"), call.get("name"), call.get("arguments"))
        chunks += self._end(message, dict_of(value, "response_json"))
        if tokens(value.get("input_tokens")) is not None:
            chunks += self._run.usage(usage_of(value["input_tokens"], value.get("output_tokens")))
        return chunks

    def _end(self, message: Message, answer: dict[str, Any]) -> Chunks:
        """The end by the provider's word, which is in the answer that the log keeps (R17)."""
        word = next(filter(None, map(reason_in, map(answer.get, _ENDS))), "")
        found = meaning_of(LANGCHAIN, word)
        if found == FAILED:
            return self._run.fail(failure(word))
        if not word and answer.get("object") == _STREAMED:  # its last chunk has the reason: the connection was lost
            self._run.live = True
            return self._run.close()
        kept = {"finish_reason": word} if found == "content_filter" else {}
        return message.finish("tool_calls" if found == "stop" and message.calls else found, kept)
