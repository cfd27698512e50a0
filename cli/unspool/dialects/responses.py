"""OpenAI Responses: events, or a whole response.

    response.created                        id, model, created_at; the role
    response.output_item.added              a function_call begins a call: only here are name and call_id
    response.output_text.delta              text
    response.reasoning_summary_text.delta   thoughts, and so is response.reasoning_text.delta
    response.refusal.delta                  a refusal
    response.function_call_arguments.delta  arguments
    ….done, response.output_item.done       the same whole: counts where no delta had it
    response.completed, .incomplete         the end, with the usage and all items whole
    response.failed, error                  the end of a response that failed (R12)

    finish   completed     tool_calls where a function was called, else stop
             incomplete    max_output_tokens and what is unknown: length; content_filter as it is
    usage    input_tokens, output_tokens and total_tokens under their other names; cached and reasoning tokens

An item is known by its output_index, which counts items of all types, and so is
no index of a call. What only addresses events (item ids, indexes, sequence
numbers), pads them or repeats the request does not leave. A server's own tools,
custom tools, annotations, reasoning items that are to be sent back, and events
of unknown types ride in the extension.

Source: the events as the captures of this project have them, and
https://platform.openai.com/docs/api-reference/responses-streaming.
"""

from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

from unspool.core.errors import NotAChunk
from unspool.core.rewriter.emitted_text import EmittedText
from unspool.core.rewriter.wire import Chunk, text_in
from unspool.dialects.chunk_builder import ChunkBuilder, key_of, object_of, rest_of, usage_of

_TIERS = frozenset({"auto", "default", "flex", "scale", "priority"})
_COUNTED = frozenset({"input_tokens", "output_tokens", "total_tokens", "input_tokens_details", "output_tokens_details"})
_CALL = frozenset({"type", "id", "call_id", "name", "arguments", "status"})
_MESSAGE = frozenset({"type", "id", "role", "content", "status"})
_ADDRESS = frozenset({"type", "response", "sequence_number"})
_FAKE = "__fake_id__"
"""The id of every item that the OpenAI Agents SDK makes of Chat Completions (0.24.0): it identifies nothing."""
_OWN_END = {"max_output_tokens": "length", "content_filter": "content_filter"}


class Piece(NamedTuple):
    """A text that an item has in deltas: the member that counts its parts, the one with the whole, its builder."""

    name: str
    counter: str
    member: str
    build: Callable[[ChunkBuilder, str, Hashable], Chunk]

    def block(self, key: Hashable, place: Hashable) -> Hashable:
        """What a run of text is known by (R16): the item, and of summaries the part, for each is a text of its own."""
        return (key, place) if self.name == "summary" else (key,)


def _text(build: ChunkBuilder, text: str, block: Hashable) -> Chunk:
    build.divide()  # R16: each item is a message
    return build.text(text, block=block)


def _thoughts(build: ChunkBuilder, text: str, block: Hashable) -> Chunk:
    build.divide()  # R16: so is each summary
    return build.thoughts(text, block=block)


def _refusal(build: ChunkBuilder, text: str, block: Hashable) -> Chunk:
    return build.refusal(text)


_TEXT = Piece("text", "content_index", "text", _text)
_REFUSAL = Piece("refusal", "content_index", "refusal", _refusal)
_SUMMARY = Piece("summary", "summary_index", "text", _thoughts)
_REASONING = Piece("reasoning", "content_index", "text", _thoughts)
_TRANSCRIPT = Piece("transcript", "content_index", "transcript", _text)
_PIECES = {
    "response.output_text": _TEXT,
    "response.refusal": _REFUSAL,
    "response.reasoning_summary_text": _SUMMARY,
    "response.reasoning_text": _REASONING,
    "response.output_audio_transcript": _TRANSCRIPT,
    "response.audio_transcript": _TRANSCRIPT,
    "response.audio.transcript": _TRANSCRIPT,
}
_DELTAS = {f"{name}.delta": piece for name, piece in _PIECES.items()}
_DONES = {f"{name}.done": piece for name, piece in _PIECES.items()}
_ARGUMENTS = "response.function_call_arguments.delta"


JSON_START = "{"


class CallInput:
    """What a call has been made with so far, its arguments or its free text."""

    def __init__(self) -> None:
        self._said = EmittedText()
        self._seen = ""  # characters of interest in it

    def add(self, text: str) -> None:
        """Append a fragment."""
        self._said.add(text)
        if JSON_START in text:
            self._seen = JSON_START

    def rest_of(self, whole: Any, start: str) -> str:
        """What ``whole`` has beyond the fragments (R15).

        Where they are not its beginning and nothing in them is a ``start``, they
        are no arguments at all (encrypted ones, say): the whole counts.
        """
        if not isinstance(whole, str):
            return ""
        rest = self._said.remainder(whole)
        if rest is not None:
            return rest
        return whole if start and self._seen != start else ""


class Responses:
    """Reads Responses events, or whole responses."""

    def __init__(self) -> None:
        self._build = ChunkBuilder("responses")
        self._begin({})

    def _begin(self, response: dict[str, Any]) -> None:
        created = response.get("created_at")
        self._build.begin(
            response.get("id"), response.get("model"), int(created) if isinstance(created, float) else created
        )
        self._id = response.get("id")
        self._open = bool(response)  # whether its begin has been seen, and not its end
        self._last_number = -1  # the highest sequence_number
        self._replayed = False  # whether the response has begun again
        self._inputs: dict[Hashable, CallInput] = {}  # what calls were made with so far
        self._types: dict[Hashable, str] = {}  # of the items seen, by their keys
        self._keys: dict[Hashable, Hashable] = {}  # of the items seen, by their ids and call ids
        self._said: dict[tuple[Hashable, str], set[Hashable]] = {}  # of which item, what, and in which parts
        self._texts: dict[tuple[Hashable, str], EmittedText] = {}  # what an item has said in all parts, by kind (R15)
        self._part_texts: dict[tuple[Hashable, str, Hashable], EmittedText] = {}  # the same of one part

    def feed(self, value: Any) -> list[Chunk]:
        """Translate one event, or a whole response into chunks. Raises NotAChunk."""
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kind, str):
            return self._whole_response(value)
        if self._is_repeated(kind, value):
            return []
        if kind in _DELTAS:
            return self._delta(_DELTAS[kind], value)
        if kind in _HANDLERS:
            return _HANDLERS[kind](self, value)
        if kind in _DONES:
            return self._done(_DONES[kind], value)
        if "." not in kind:
            raise NotAChunk("no event of Responses")
        return [self._build.beyond({kind: value})]

    def close(self) -> list[Chunk]:
        """Nothing: all has left that had come."""
        self._begin({})
        return []

    def _is_repeated(self, kind: str, event: dict[str, Any]) -> bool:
        """Whether an event was received before: of a response that a client asked for again from an earlier place."""
        number = event.get("sequence_number")
        if not isinstance(number, int):
            return False
        if kind == "response.created" and self._open and number <= self._last_number:
            self._replayed = self._id is not None and object_of(event, "response").get("id") == self._id
        if self._replayed and number <= self._last_number:
            return True
        self._last_number = max(self._last_number, number)
        return False

    # --- the response ----------------------------------------------------------------------

    def _created(self, event: dict[str, Any]) -> list[Chunk]:
        self._begin(object_of(event, "response"))
        return [self._build.role()]

    def _in_progress(self, event: dict[str, Any]) -> list[Chunk]:
        return [] if self._open else self._created(event)

    def _whole_response(self, response: Any) -> list[Chunk]:
        if not isinstance(response, dict) or response.get("object") != "response":
            raise NotAChunk("no event of Responses")
        chunks = self._created({"response": response})
        return chunks + _ENDS.get(str(response.get("status")), Responses._snapshot)(self, {"response": response})

    def _snapshot(self, event: dict[str, Any]) -> list[Chunk]:
        """What a whole response has beyond the events before it."""
        response = object_of(event, "response")
        chunks = [] if self._open or self._said else self._created(event)
        items = response.get("output")
        for place, item in enumerate(items if isinstance(items, list) else ()):
            if isinstance(item, dict):
                chunks += self._whole_item(self._known(place, item), item)
        return chunks

    def _done_whole(self, event: dict[str, Any]) -> list[Chunk]:
        """The end as the Realtime API and xAI name it; its status is the kind of end."""
        status = str(object_of(event, "response").get("status", "completed"))
        return _ENDS.get(status, Responses._completed)(self, event)

    def _completed(self, event: dict[str, Any]) -> list[Chunk]:
        chunks = self._snapshot(event)
        return chunks + self._end(event, self._build.finish("tool_calls" if self._build.calls() else "stop"))

    def _incomplete(self, event: dict[str, Any]) -> list[Chunk]:
        chunks = self._snapshot(event)
        details = object_of(event, "response").get("incomplete_details")
        reason = str(details.get("reason")) if isinstance(details, dict) else ""
        finish = self._build.finish(_OWN_END.get(reason, "length"))
        beyond = {"incomplete_details": details} if reason not in _OWN_END else {}
        return chunks + self._end(event, self._build.adding(finish, beyond))

    def _end(self, event: dict[str, Any], finish: Chunk) -> list[Chunk]:
        tier = event["response"].get("service_tier")
        if isinstance(tier, str) and tier in _TIERS:
            finish["service_tier"] = tier
        chunks = [self._build.adding(finish, rest_of(event, _ADDRESS)), *self._usage(event["response"])]
        self._begin({})
        return chunks

    def _usage(self, response: dict[str, Any]) -> list[Chunk]:
        usage = response.get("usage")
        if not isinstance(usage, dict):
            return []
        cached = _details(usage, "input_tokens_details").get("cached_tokens")
        reasoning = _details(usage, "output_tokens_details").get("reasoning_tokens")
        prompt, completion, total = (usage.get(name) for name in ("input_tokens", "output_tokens", "total_tokens"))
        counts = usage_of(prompt, completion, total=total, cached=cached, reasoning=reasoning)
        rest = {name: value for name, value in usage.items() if value and name not in _COUNTED}
        return [self._build.adding(self._build.usage(counts), {"usage": rest} if rest else {})]

    def _failed(self, event: dict[str, Any]) -> list[Chunk]:
        response = object_of(event, "response")
        error = response.get("error") or {"message": f"the response is {response.get('status') or 'failed'}"}
        chunks = [*self._snapshot(event), *self._usage(response), self._build.error(error)]
        self._begin({})
        return chunks

    def _error(self, event: dict[str, Any]) -> list[Chunk]:
        own = event.get("error") or rest_of(event, _ADDRESS)
        chunks = [self._build.error(own or {"message": "an error without a message"})]
        self._begin({})
        return chunks

    # --- its items -------------------------------------------------------------------------

    def _key(self, event: dict[str, Any]) -> Hashable:
        """What the item of an event is known by."""
        index = event.get("output_index")
        if isinstance(index, int):
            return index
        item = event.get("item")
        ident = key_of(item.get("id") if isinstance(item, dict) else event.get("item_id"))
        return self._keys.get(ident, ident)

    def _known(self, place: int, item: dict[str, Any]) -> Hashable:
        """The key of an item of a whole response: of one that was seen if it was, at another place or not."""
        for ident in _idents(item):
            if ident in self._keys:
                return self._keys[ident]
        names = _SAID_BY.get(_type(item), ())
        said = {key for key, name in self._said if name in names}
        if place in said and self._types.get(place, _type(item)) == _type(item):
            return place
        unclaimed = said - set(self._keys.values())
        if len(unclaimed) == 1:  # deltas without an address, or with another, belong to the one open item (R15)
            return unclaimed.pop()
        taken = any(key == place for key, _ in self._said)  # by an item of another kind, whose events had no item
        return place if not taken and self._types.get(place, _type(item)) == _type(item) else ("late", place)

    def _enter(self, key: Hashable, item: dict[str, Any]) -> None:
        self._types[key] = _type(item)
        for ident in _idents(item):
            self._keys[ident] = key

    def _item_added(self, event: dict[str, Any]) -> list[Chunk]:
        item = object_of(event, "item")
        key, kind = self._key(event), _type(item)
        self._enter(key, item)
        if kind == "function_call":
            return [self._call(key, item)]
        if kind == "custom_tool_call":
            return [self._custom_call(key, item)]
        return [] if kind in _ITEMS else [self._build.beyond({kind: event})]

    def _item_done(self, event: dict[str, Any]) -> list[Chunk]:
        item = object_of(event, "item")
        key, kind = self._key(event), _type(item)
        if kind in _ITEMS:
            return self._whole_item(key, item)
        self._enter(key, item)
        self._first(key, "item")
        return [self._build.beyond({kind: event})]

    def _whole_item(self, key: Hashable, item: dict[str, Any]) -> list[Chunk]:
        """What a whole item has beyond the events before it."""
        self._enter(key, item)
        kind = _type(item)
        if kind in _ITEMS:
            return _ITEMS[kind](self, key, item)
        return [self._build.beyond({kind: item})] if self._first(key, "item") else []

    def _call(self, key: Hashable, item: dict[str, Any]) -> Chunk:
        self._first(key, "call")
        chunk = self._build.call(key, item.get("call_id") or item.get("id"), item.get("name"))
        rest = rest_of(item, _CALL)
        return self._build.adding(chunk, {"function_call": rest} if rest else {})

    def _custom_call(self, key: Hashable, item: dict[str, Any]) -> Chunk:
        self._first(key, "call")
        return self._build.custom_call(key, item.get("call_id") or item.get("id"), item.get("name"))

    def _whole_call(self, key: Hashable, item: dict[str, Any]) -> list[Chunk]:
        chunks = [] if (key, "call") in self._said else [self._call(key, item)]
        return chunks + self._whole_arguments(key, item)

    def _whole_custom_call(self, key: Hashable, item: dict[str, Any]) -> list[Chunk]:
        chunks = [] if (key, "call") in self._said else [self._custom_call(key, item)]
        return chunks + self._whole_input(key, item)

    def _whole_message(self, key: Hashable, item: dict[str, Any]) -> list[Chunk]:
        parts = _parts(item, "content")
        chunks = [chunk for piece in (_TEXT, _TRANSCRIPT, _REFUSAL) for chunk in self._unsaid(piece, key, parts)]
        annotations = [
            one for part in parts if isinstance(part.get("annotations"), list) for one in part["annotations"]
        ]
        if annotations and self._first(key, "annotations"):
            chunks.append(self._build.beyond({"annotations": annotations}))
        rest = rest_of(item, _MESSAGE)
        if rest and self._first(key, "message"):
            chunks.append(self._build.beyond({"message": rest}))
        return chunks

    def _whole_reasoning(self, key: Hashable, item: dict[str, Any]) -> list[Chunk]:
        chunks = self._unsaid(_SUMMARY, key, _parts(item, "summary"))
        chunks += self._unsaid(_REASONING, key, _parts(item, "content"))
        if item.get("encrypted_content") and self._first(key, "reasoning"):
            chunks.append(self._build.beyond({"reasoning": item}))
        return chunks

    def _unsaid(self, piece: Piece, key: Hashable, parts: list[dict[str, Any]]) -> list[Chunk]:
        """What the parts of an item have beyond its deltas (R15).

        Events count parts in another way at times, so the parts are compared as one text.
        """
        texts = [text for part in parts if isinstance(text := part.get(piece.member), str)]
        said = self._texts.get((key, piece.name))
        if said is not None:
            return self._say(piece, key, len(parts) - 1, said.remainder("".join(texts)) or "")
        return [chunk for place, text in enumerate(texts) for chunk in self._say(piece, key, place, text)]

    # --- pieces ----------------------------------------------------------------------------

    def _first(self, key: Hashable, what: str, place: Hashable = None) -> bool:
        """Whether this member of an item is new; it counts as emitted from now on."""
        places = self._said.setdefault((key, what), set())
        first = place not in places
        places.add(place)
        return first

    def _delta(self, piece: Piece, event: dict[str, Any]) -> list[Chunk]:
        """A delta of an item; an empty one gives nothing."""
        delta = text_in(event.get("delta"))  # Q25
        if not delta:
            return []
        chunks = self._say(piece, self._key(event), key_of(event.get(piece.counter)), delta)
        if event.get("logprobs"):
            _add_logprobs(chunks[0], event["logprobs"])
        return chunks

    def _say(self, piece: Piece, key: Hashable, place: Hashable, text: str) -> list[Chunk]:
        """A chunk with text of one part of an item, which counts as emitted from now on; none for empty text."""
        if not text:
            return []
        self._first(key, piece.name, place)
        self._texts.setdefault((key, piece.name), EmittedText()).add(text)
        self._part_texts.setdefault((key, piece.name, place), EmittedText()).add(text)
        return [piece.build(self._build, text, piece.block(key, place))]

    def _done(self, piece: Piece, event: dict[str, Any]) -> list[Chunk]:
        return self._whole(piece, self._key(event), key_of(event.get(piece.counter)), event)

    def _whole(self, piece: Piece, key: Hashable, place: Hashable, part: dict[str, Any]) -> list[Chunk]:
        """What a part as a whole holds beyond its deltas; where they named no such part, beyond the item's (R15)."""
        text = part.get(piece.member)
        if not isinstance(text, str):
            return []
        said = self._part_texts.get((key, piece.name, place))
        if said is not None:
            return self._say(piece, key, place, said.remainder(text) or "")
        said = self._texts.get((key, piece.name))
        rest = None if said is None else said.remainder(text)
        return self._say(piece, key, place, text if rest is None else rest)

    def _arguments_delta(self, event: dict[str, Any]) -> list[Chunk]:
        return self._add_arguments(self._key(event), text_in(event.get("delta")))  # Q25: an object around it at times

    def _arguments_done(self, event: dict[str, Any]) -> list[Chunk]:
        key, name = self._key(event), event.get("name")
        if not name or (key, "call") in self._said:
            return self._whole_arguments(key, event)
        item = {"type": "function_call", "id": event.get("item_id"), "call_id": event.get("call_id"), "name": name}
        return self._whole_item(key, {**item, "arguments": event.get("arguments")})

    def _whole_arguments(self, key: Hashable, holder: dict[str, Any]) -> list[Chunk]:
        return self._add_arguments(key, self._input(key).rest_of(holder.get("arguments"), JSON_START))

    def _add_arguments(self, key: Hashable, text: str) -> list[Chunk]:
        if not text:
            return []
        self._first(key, "arguments")
        self._input(key).add(text)
        return [self._build.arguments(key, text)]

    def _input_delta(self, event: dict[str, Any]) -> list[Chunk]:
        return self._add_input(self._key(event), text_in(event.get("delta")))

    def _input_done(self, event: dict[str, Any]) -> list[Chunk]:
        return self._whole_input(self._key(event), event)

    def _whole_input(self, key: Hashable, holder: dict[str, Any]) -> list[Chunk]:
        return self._add_input(key, self._input(key).rest_of(holder.get("input"), ""))

    def _add_input(self, key: Hashable, text: str) -> list[Chunk]:
        if not text:
            return []
        self._first(key, "input")
        self._input(key).add(text)
        return [self._build.custom_input(key, text)]

    def _input(self, key: Hashable) -> "CallInput":
        return self._inputs.setdefault(key, CallInput())

    def _annotation(self, event: dict[str, Any]) -> list[Chunk]:
        self._first(self._key(event), "annotations")
        return [self._build.beyond({"annotations": [event.get("annotation")]})]

    def _nothing(self, _: dict[str, Any]) -> list[Chunk]:
        return []


def _details(usage: dict[str, Any], name: str) -> dict[str, Any]:
    details = usage.get(name)
    return details if isinstance(details, dict) else {}


def _parts(item: dict[str, Any], name: str) -> list[dict[str, Any]]:
    parts = item.get(name)
    return [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []


def _type(item: dict[str, Any]) -> str:
    return str(item.get("type"))


def _idents(item: dict[str, Any]) -> list[str]:
    return [ident for ident in (item.get("id"), item.get("call_id")) if isinstance(ident, str) and ident != _FAKE]


def _add_logprobs(chunk: Chunk, logprobs: Any) -> None:
    """Add the log probabilities of the tokens, if they are such."""
    sound = isinstance(logprobs, list) and all(
        isinstance(one, dict) and isinstance(one.get("token"), str) and isinstance(one.get("logprob"), int | float)
        for one in logprobs
    )
    if sound:
        content = [{"bytes": None, **one, "top_logprobs": one.get("top_logprobs") or []} for one in logprobs]
        chunk["choices"][0]["logprobs"] = {"content": content, "refusal": None}


_Handler = Callable[[Responses, dict[str, Any]], list[Chunk]]

_ITEMS: dict[str, Callable[[Responses, Hashable, dict[str, Any]], list[Chunk]]] = {
    "message": Responses._whole_message,
    "function_call": Responses._whole_call,
    "custom_tool_call": Responses._whole_custom_call,
    "reasoning": Responses._whole_reasoning,
}
"""What reads an item of each type that Chat Completions has a place for."""

_SAID_BY = {
    "message": ("text", "transcript", "refusal"),
    "reasoning": ("summary", "reasoning"),
    "function_call": ("arguments",),
    "custom_tool_call": ("input",),
}
"""The texts that the deltas of each type of item have."""

_ENDS: dict[str, _Handler] = {
    "completed": Responses._completed,
    "incomplete": Responses._incomplete,
    "failed": Responses._failed,
    "cancelled": Responses._failed,
}
"""What reads the end of a response with each status; with any other it has not ended."""

_HANDLERS: dict[str, _Handler] = {
    "response.created": Responses._created,
    "response.queued": Responses._in_progress,
    "response.in_progress": Responses._in_progress,
    **{f"response.{status}": end for status, end in _ENDS.items()},
    "response.done": Responses._done_whole,
    "error": Responses._error,
    "keepalive": Responses._nothing,
    "response.output_item.added": Responses._item_added,
    "response.output_item.done": Responses._item_done,
    "response.content_part.added": Responses._nothing,
    "response.content_part.done": Responses._nothing,
    "response.reasoning_part.added": Responses._nothing,
    "response.reasoning_part.done": Responses._nothing,
    "response.reasoning_summary_part.added": Responses._nothing,
    "response.reasoning_summary_part.done": Responses._nothing,
    "response.output_text.annotation.added": Responses._annotation,
    _ARGUMENTS: Responses._arguments_delta,
    "response.function_call_arguments.done": Responses._arguments_done,
    "response.custom_tool_call_input.delta": Responses._input_delta,
    "response.custom_tool_call_input.done": Responses._input_done,
}
"""What reads an event of each type."""
