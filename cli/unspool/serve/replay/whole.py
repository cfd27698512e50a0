"""A captured stream as the one JSON answer that a request without ``stream`` gets.

Chat Completions: the chunks of its first response joined, as ``rewrite --to json`` joins them, but with every
call as it came.
Responses: the response in the event that ends it, with the items of the events before it where it has none.
Anthropic: the message of ``message_start`` with its blocks, their deltas joined, whatever members these have.

Sources: https://platform.openai.com/docs/api-reference, https://docs.anthropic.com/en/api/messages-streaming.
"""

import io
from collections.abc import Callable, Iterable
from typing import Any

from unspool.core.errors import MalformedRecord
from unspool.core.options import Options
from unspool.dialects.members import dict_of, word_of
from unspool.formats.framer import Framer
from unspool.formats.json_codec import decode
from unspool.formats.record import RecordKind
from unspool.pipeline import Reading
from unspool.serve.http.wire import CHAT
from unspool.settings import Settings, Summary
from unspool.sinks.completion import CompletionSink
from unspool.sinks.joined import joined, whole
from unspool.sinks.output import Output
from unspool.variants.values import index_of

Json = dict[str, Any]
_ENDS = ("response.completed", "response.incomplete", "response.failed")


def whole_answer(interface: str, data: bytes) -> Json | None:
    """The answer in the bytes of a stream; None where they hold none, or not all of it.

    It has a member ``error`` where the stream ended with one.
    """
    return _JOIN[interface](data)


def _completion(data: bytes) -> Json | None:
    options, body = Options(tools={}), io.BytesIO()
    sink = CompletionSink(Output(body), options)
    reading = Reading("the capture", Settings(options), sink, lambda problem: None, Summary())
    reading.take(data)
    reading.take_rest()
    reading.close()
    sink.close()
    found = body.getvalue().partition(b"\n")[0]
    answer: Json | None = decode(found) if found else None
    if answer is None or "error" in answer or all(choice["finish_reason"] for choice in answer["choices"]):
        return answer
    return None


def _values(data: bytes) -> Iterable[Json]:
    framer = Framer()
    records = [*framer.feed(data), *framer.close()]
    values = [record.parse() for record in records if record.kind is RecordKind.VALUE]
    return [value for value in values if isinstance(value, dict)]


def _response(data: bytes) -> Json | None:
    items: dict[int, Any] = {}
    said = False
    for value in _values(data):
        kind = word_of(value, "type")
        if kind == "error":
            return {"error": value}
        if kind == "response.output_item.done":
            index = value.get("output_index")
            items[index if isinstance(index, int) else len(items)] = value.get("item")
        elif kind in _ENDS and isinstance(value.get("response"), dict):
            found: Json = value["response"]
            if found.get("output") or found.get("error") or not (said or items):
                return found
            # Some servers end with an empty list: what they streamed is the answer.
            return {**found, "output": [items[index] for index in sorted(items)]} if items else None
        said = said or kind.endswith(".delta")
    return None


def _message(data: bytes) -> Json | None:
    message: Json = {}
    blocks: dict[int | None, Json] = {}
    for value in _values(data):
        kind, index = value.get("type"), index_of(value.get("index"))
        if kind == "error":
            return {"error": dict_of(value, "error")}
        if kind == "message_start":
            message = dict_of(value, "message")
        elif kind == "content_block_start":
            blocks[index] = joined(None, dict_of(value, "content_block"))
        elif kind == "content_block_delta" and index in blocks:
            blocks[index] = _added(blocks[index], dict_of(value, "delta"))
        elif kind == "message_delta":
            usage = {**dict_of(message, "usage"), **dict_of(value, "usage")}
            others = {name: inner for name, inner in value.items() if name not in ("type", "delta")}
            message = {**message, **others, **dict_of(value, "delta"), "usage": usage}
        elif kind == "message_stop":
            return {**message, "content": [_block(block) for block in blocks.values()]}
    return None


def _added(block: Json, delta: Json) -> Json:
    """A block with a delta; what the arguments of a call are made of is kept as text."""
    members = {name: value for name, value in delta.items() if name != "type"}
    if "citation" in members:
        members["citations"] = [members.pop("citation")]
    after: Json = joined(block, members)
    return after


def _block(block: Json) -> Json:
    """A block with its arguments read; what cannot be read is there as text."""
    block = whole(block)
    text = block.pop("partial_json", "")
    if not text:
        return block
    try:
        return {**block, "input": decode(text.encode(errors="surrogatepass")) if isinstance(text, str) else text}
    except MalformedRecord:
        return {**block, "input": text}


_JOIN: dict[str, Callable[[bytes], Json | None]] = {CHAT: _completion, "responses": _response, "anthropic": _message}
WITH_MEMBER = frozenset(_JOIN)
"""Interfaces whose requests ask for a stream with a member of the body; without it they ask for none."""
