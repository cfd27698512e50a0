"""A captured stream as the one JSON answer that a request without ``stream`` gets.

Chat Completions: the chunks of its first response joined, as ``rewrite --to completion`` joins them, but with every
call as it came.
Responses: the response in the event that ends it.
Anthropic: the message of ``message_start`` with its blocks, their deltas joined.

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
from unspool.sinks.output import Output

Json = dict[str, Any]
_ENDS = ("response.completed", "response.incomplete", "response.failed")
_JOINED = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature"}
"""The members of Anthropic's deltas, which are those of the block, too."""


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
    whole: Json | None = decode(found) if found else None
    if whole is None or "error" in whole or all(choice["finish_reason"] for choice in whole["choices"]):
        return whole
    return None


def _values(data: bytes) -> Iterable[Json]:
    framer = Framer()
    records = [*framer.feed(data), *framer.close()]
    values = [record.parse() for record in records if record.kind is RecordKind.VALUE]
    return [value for value in values if isinstance(value, dict)]


def _response(data: bytes) -> Json | None:
    for value in _values(data):
        if value.get("type") == "error":
            return {"error": value}
        if value.get("type") in _ENDS and isinstance(value.get("response"), dict):
            found: Json = value["response"]
            return found
    return None


def _message(data: bytes) -> Json | None:
    message: Json = {}
    blocks: dict[Any, Json] = {}
    for value in _values(data):
        kind, index = value.get("type"), value.get("index")
        if kind == "error":
            return {"error": dict_of(value, "error")}
        if kind == "message_start":
            message = dict_of(value, "message")
        elif kind == "content_block_start":
            blocks[index] = dict_of(value, "content_block")
        elif kind == "content_block_delta" and index in blocks:
            _append(blocks[index], dict_of(value, "delta"))
        elif kind == "message_delta":
            usage = {**dict_of(message, "usage"), **dict_of(value, "usage")}
            message = {**message, **dict_of(value, "delta"), "usage": usage}
        elif kind == "message_stop":
            return {**message, "content": [_block(block) for block in blocks.values()]}
    return None


def _append(block: Json, delta: Json) -> None:
    """Append a delta to the member of its block; what the arguments of a call are made of is kept as text."""
    for name in (_JOINED.get(word_of(delta, "type"), ""), "partial_json"):
        if word_of(delta, name):
            block[name] = word_of(block, name) + word_of(delta, name)


def _block(block: Json) -> Json:
    """A block with its arguments read; what cannot be read is there as text."""
    text = block.pop("partial_json", "")
    try:
        return {**block, "input": decode(text.encode())} if text else block
    except MalformedRecord:
        return {**block, "input": text}


_JOIN: dict[str, Callable[[bytes], Json | None]] = {CHAT: _completion, "responses": _response, "anthropic": _message}
WITH_MEMBER = frozenset(_JOIN)
"""Interfaces whose requests ask for a stream with a member of the body; without it they ask for none."""
