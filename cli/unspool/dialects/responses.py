"""OpenAI Responses: events, or a whole response.

    response.created                        id, model, created_at; the role
    response.output_item.added              a function_call begins a call: only here are name, namespace and call_id
    response.output_text.delta              text
    response.reasoning_summary_text.delta   thoughts, and so is response.reasoning_text.delta
    response.refusal.delta                  a refusal
    response.function_call_arguments.delta  arguments
    ….done, response.output_item.done       the same whole: counts where no delta had it
    response.completed, .incomplete         the end, with the usage and all items whole
    session.output_transcript.delta         text of a translation, which has no response; session.closed is its end
    transcript.text.delta, .done            text of speech, which has no response; the second is its end
    response.failed, error                  the end of a response that failed (R12)

    finish   completed     tool_calls where a function was called, else stop
             incomplete    max_output_tokens and what is unknown: length; content_filter as it is
    usage    input_tokens, output_tokens and total_tokens under their other names; cached and reasoning tokens

An item is known by its id, by its output_index, which counts items of all types,
or by what was emitted of it (``items``). What only addresses events (item ids, indexes, sequence
numbers), pads them or repeats the request does not leave. A server's own tools,
custom tools, annotations, reasoning items that are to be sent back, and events
of unknown types ride in the extension. Events that a client received again
(``starting_after``) are known by their sequence_number and leave once (R15).

Source: the events as the captures of this project have them, and
https://platform.openai.com/docs/api-reference/responses-streaming.
"""

from collections.abc import Callable, Hashable
from typing import Any, Final

from unspool.core.errors import NotAChunk
from unspool.core.rewriter.wire import Chunk, arguments_text
from unspool.dialects.base import Dialect
from unspool.dialects.begun_texts import BegunTexts
from unspool.dialects.chunk_builder import (
    ChunkBuilder,
    can_append,
    has_members,
    key_of,
    object_of,
    rest_of,
    usage_of,
)
from unspool.dialects.finish_words import FAILED, RESPONSES, meaning_of
from unspool.dialects.interrupted import InterruptedResponses
from unspool.dialects.items import Item, Items
from unspool.dialects.members import dict_of, in_snake_case, word_of
from unspool.dialects.replay import Replay
from unspool.dialects.responses_calls import Calls
from unspool.dialects.responses_items import (
    FAKE_ID,
    Addresses,
    addresses_of,
    idents_of,
    is_whole_response,
    parts_of,
    texts_of,
    type_of,
)
from unspool.dialects.responses_pieces import DELTAS, DONES, PARTS, REASONING, REFUSAL, SUMMARY, TEXT, TRANSCRIPT, Piece
from unspool.variants.texts import text_in

_TIERS: Final = frozenset({"auto", "default", "flex", "scale", "priority"})
_COUNTED: Final = frozenset(
    {"input_tokens", "output_tokens", "total_tokens", "input_tokens_details", "output_tokens_details"}
)
_MESSAGE: Final = frozenset({"type", "id", "role", "content", "status"})
_ADDRESS: Final = frozenset({"type", "response", "sequence_number"})
_ADDRESSES: Final[tuple[str, ...]] = (
    *("type", "item", "item_id", "call_id"),
    *("output_index", "content_index", "summary_index"),
)
"""The members that two deltas of the same part of an item share."""
_ARGUMENTS: Final = "response.function_call_arguments.delta"
_OF_SPEECH: Final = {"output_index": 0, "content_index": 0}
"""The address of the text of speech, which has none: all of it is one item."""


class Responses(Dialect):
    """Reads Responses events, or whole responses; those that an agent passes on are of its ``dialect``."""

    def __init__(self, dialect: str = "responses") -> None:
        self._build = ChunkBuilder(dialect)
        self._past = Items()  # of the response that ended last
        self._replay = Replay()
        self._interrupted = InterruptedResponses(None)
        self._failure = ""  # the message of the response that failed last
        self._begin({})

    def _begin(self, response: dict[str, Any]) -> None:
        created = response.get("created_at")
        self._build.begin(
            response.get("id"), response.get("model"), int(created) if isinstance(created, float) else created
        )
        self._id = response.get("id")
        self._open = bool(response)  # whether its begin has been seen, and not its end
        self._last_number = -1  # the highest sequence_number
        self._newest: dict[str, Any] = {}  # the event that has it
        self._counted = True  # whether each event had a higher number than the one before it
        self._replayed = False  # whether events of the response come again
        self._items = Items(self._id if self._id != FAKE_ID else None)
        self._idents: list[str] = []  # of its items
        self._awaited: list[Item] = []  # whose text was received whole, and which were not
        self._begins_again = False  # whether its begin was seen once more, behind items
        self._calls = Calls(self._build)
        self._begun_texts = BegunTexts()  # by item, name of the text and part
        self._begun_with: list[tuple[Item, dict[str, Any]]] = []  # items that began with more than their names
        self._last: dict[str, Any] = {}  # the last event, if it was a delta
        self._shared: list[Any] | None = None  # its values of what it shares with one that continues it
        self._last_item = Item()  # that it belongs to
        self._last_piece: Piece | None = None  # None for arguments

    def feed(self, value: Any) -> list[Chunk]:
        """Translate one event, or a whole response into chunks. Raises NotAChunk."""
        kind = value.get("type") if isinstance(value, dict) else None
        if self._interrupted.any and isinstance(value, dict):
            self._check_interrupted(value)
        if self._is_end_again(kind, value):
            return []
        if not isinstance(kind, str):
            return self._whole_response(value)
        if self._is_repeated(kind, value):
            return []
        chunks = self._event(kind, value)
        return self._replay.feed(chunks, self._items if self._open else self._past, not self._open)

    def append(self, value: Any, json_source: bool) -> str | None:
        """Process a delta that only continues the last one; see Dialect."""
        if type(value) is not dict or not self._last or self._replayed:
            return None
        shared = self._shared
        if shared is None:
            shared = self._shared = [self._last.get(name) for name in _ADDRESSES]
        if not has_members(value, _ADDRESSES, shared):
            return None
        text = value.get("delta")
        if value.get("logprobs") or not can_append(text, json_source):
            return None
        number = value.get("sequence_number")
        if type(number) is int:
            if number > self._last_number:
                self._last_number, self._newest = number, value
            elif self._counted:
                return None
        piece = self._last_piece
        if piece is None:
            if not self._calls.append(self._last_item, text):
                return None
        else:
            self._last_item.add(piece.name, text, key_of(value.get(piece.counter)))
        return text

    def _event(self, kind: str, event: dict[str, Any]) -> list[Chunk]:
        self._last = event if kind in DELTAS or kind == _ARGUMENTS else {}
        self._shared = None
        if kind in DELTAS:
            return self._delta(DELTAS[kind], event)
        if kind in _HANDLERS:
            bare = kind in _OF_RESPONSE and event.get("response") is None  # relays send the type alone
            return _HANDLERS[kind](self, {**event, "response": {}} if bare else event)
        if kind in DONES:
            return self._done(DONES[kind], event)
        if "." not in kind:
            raise NotAChunk("no event of Responses")
        return [self._build.beyond({kind: event})]

    def close(self) -> list[Chunk]:
        """Return the starts of items of a response that was cut before it came again."""
        chunks = [
            chunk for item, whole in self._begun_with if not item.closed for chunk in self._rest_of_item(item, whole)
        ]
        chunks = self._replay.close(chunks + self._calls.rest(self._items), self._items)
        self._begin({})
        self._past = Items()
        return chunks

    def cut(self) -> None:
        """The run that the last response belongs to is left without its end."""
        self._build.cut()

    def _is_repeated(self, kind: str, event: dict[str, Any]) -> bool:
        """Return whether an event was received before: of a response asked for again from an earlier place."""
        number = event.get("sequence_number")
        if type(number) is not int:  # nor a truth value
            return False
        if number > self._last_number:
            self._last_number, self._newest = number, event
            return False
        if kind == "response.created":
            if self._open:
                self._replayed = self._id is not None and object_of(event, "response").get("id") == self._id
        elif self._counted and not self._replayed and kind not in _REPEATABLE and not kind.endswith(".done"):
            self._replayed = self._counted = self._goes_back(number, event)
        return self._replayed

    def _goes_back(self, number: int, event: dict[str, Any]) -> bool:
        """Return whether events of the items so far come again: their numbers, which only rose, begin again lower.

        Relays that have one number for several events send others under it.
        """
        ident = event.get("item_id") or dict_of(event, "item").get("id")
        known = ident != FAKE_ID and (ident in self._idents or self._items.knows(ident))
        return known and (number < self._last_number or event == self._newest)

    def _check_interrupted(self, event: dict[str, Any]) -> None:
        """Raise NotAChunk for an event of a response in which another one began (R13)."""
        for ident in (event.get("item_id"), event.get("response_id"), dict_of(event, "response").get("id")):
            if isinstance(ident, str) and event.get("type") != "response.created":
                self._interrupted.check(ident)

    def _interrupt(self, ident: Any) -> None:
        """Note that a response begins in the open one, whose items are known by their ids."""
        for one in (self._id, *self._idents):
            if isinstance(one, str) and one not in (ident, FAKE_ID):
                self._interrupted.add(one)

    def _is_end_again(self, kind: Any, value: Any) -> bool:
        """Return whether this is the end, or all, of the response that has just ended, and has nothing new (R15)."""
        if self._open or (isinstance(kind, str) and kind not in _ENDINGS):
            return False
        response = value.get("response") if isinstance(kind, str) else value
        if not self._failure and _is_failure(kind, response):
            return False
        if not isinstance(response, dict):
            return response is None and kind is not None and (bool(self._past) or self._failure != "")
        wholes = [(type_of(item), texts_of(item)) for item in parts_of(response, "output") if type_of(item) in _ITEMS]
        return self._past.repeat(response.get("id"), wholes)

    # --- the response ----------------------------------------------------------------------

    def _created(self, event: dict[str, Any]) -> list[Chunk]:
        response = object_of(event, "response")
        if self._open and not response:
            return []
        if self._open and self._id is not None and response.get("id") == self._id:
            self._begins_again = bool(self._idents)  # or it is received twice: its first item shows which
            return []
        if self._open:
            self._interrupt(response.get("id"))
        else:
            self._interrupted.clear()
        if isinstance(response.get("id"), str):
            self._interrupted.reuse(response["id"])
        left = self.close() if self._open else []  # the response before was cut
        self._replay.begin(self._past, response.get("id"))
        self._begin(response)
        self._open, self._failure = True, ""
        return [*left, self._build.start()]

    def _in_progress(self, event: dict[str, Any]) -> list[Chunk]:
        return [] if self._open else self._created(event)

    def _whole_response(self, response: Any) -> list[Chunk]:
        if not isinstance(response, dict) or not is_whole_response(response):
            raise NotAChunk("no event of Responses")
        chunks = self._resumed(response)
        end = _end_of(response)
        return chunks + (Responses._snapshot if end is None else end)(self, {"response": response})

    def _resumed(self, response: dict[str, Any]) -> list[Chunk]:
        """The beginning of a whole response: that of the one that has ended, if it has more (R15), else of another."""
        past = self._past
        wholes = [(type_of(item), texts_of(item)) for item in parts_of(response, "output")]
        if self._open and self._items.are_of(response.get("id"), wholes):
            return []
        if self._open or not past.continued_by(response.get("id"), wholes):
            return self._created({"response": response})
        self._begin(response)
        self._items = past
        return [self._build.role()]

    def _snapshot(self, event: dict[str, Any]) -> list[Chunk]:
        """Emit what a whole response has beyond the events before it."""
        response = object_of(event, "response")
        chunks = [] if self._open or self._items else self._resumed(response)
        self._items.reopen()
        self._awaited.clear()
        items = response.get("output")
        for place, item in enumerate(items if isinstance(items, list) else ()):
            if isinstance(item, dict):
                chunks += self._whole_item(item, (*idents_of(item), place), final=True)
        text = response.get("output_text")  # a member that OpenAI's own clients add, and some relays send alone
        if isinstance(text, str) and not any(type_of(item) == "message" for item in parts_of(response, "output")):
            chunks += self._whole_item({"type": "message", "content": text}, (), final=True)
        return chunks + self._calls.rest(self._items)

    def _done_whole(self, event: dict[str, Any]) -> list[Chunk]:
        """The end as most name it, or as the Realtime API and xAI do; its status is the kind of end (R17).

        Relays send response.completed whatever the end was.
        """
        end = _end_of(object_of(event, "response"))
        return (Responses._completed if end is None else end)(self, event)

    def _completed(self, event: dict[str, Any]) -> list[Chunk]:
        chunks = self._snapshot(event)
        return chunks + self._end(event, self._build.finish())

    def _incomplete(self, event: dict[str, Any]) -> list[Chunk]:
        chunks = self._snapshot(event)
        response = object_of(event, "response")
        details = response.get("incomplete_details") or response.get("status_details")  # its name in the Realtime API
        reason = str(details.get("reason")) if isinstance(details, dict) else ""
        meaning = meaning_of(RESPONSES, reason, "length")
        finish = self._build.finish("length" if meaning == FAILED else meaning)
        beyond = {} if reason in ("max_output_tokens", "content_filter") else {"incomplete_details": details}
        return chunks + self._end(event, self._build.adding(finish, beyond))

    def _end(self, event: dict[str, Any], finish: Chunk) -> list[Chunk]:
        tier = event["response"].get("service_tier")
        if isinstance(tier, str) and tier in _TIERS:
            finish["service_tier"] = tier
        chunks = [self._build.adding(finish, rest_of(event, _ADDRESS)), *self._usage(event["response"])]
        self._items.usage = event["response"].get("usage")
        self._leave()
        return chunks

    def _leave(self) -> None:
        """The response has ended."""
        self._past = self._items
        self._begin({})

    def _usage(self, response: dict[str, Any]) -> list[Chunk]:
        usage = response.get("usage")
        if not isinstance(usage, dict):
            return []
        usage = usage if "input_tokens" in usage else in_snake_case(usage)
        cached = dict_of(usage, "input_tokens_details").get("cached_tokens")
        reasoning = dict_of(usage, "output_tokens_details").get("reasoning_tokens")
        prompt, completion, total = (usage.get(name) for name in ("input_tokens", "output_tokens", "total_tokens"))
        counts = usage_of(prompt, completion, total=total, cached=cached, reasoning=reasoning)
        rest = {name: value for name, value in usage.items() if value and name not in _COUNTED}
        return [self._build.adding(self._build.usage(counts), {"usage": rest} if rest else {})]

    def _failed(self, event: dict[str, Any]) -> list[Chunk]:
        response = object_of(event, "response")
        details = dict_of(response, "status_details")
        why = f" ({details['reason']})" if details.get("reason") else ""
        status = response.get("status") or "failed"
        error = response.get("error") or details.get("error") or event.get("error")
        error = error or {"message": f"the response is {status}{why}"}
        chunks = [*self._snapshot(event), *self._usage(response), self._build.error(error)]
        self._failure = word_of(error, "message")
        self._leave()
        return chunks

    def _error(self, event: dict[str, Any]) -> list[Chunk]:
        own = event.get("error") or rest_of(event, _ADDRESS)
        if not self._open and self._failure and word_of(own, "message") == self._failure:  # the response said so
            return []
        own = own or {"message": "an error without a message"}
        chunks = [*self._calls.rest(self._items), self._build.error(own)]
        self._failure = word_of(own, "message")
        self._leave()
        return chunks

    # --- its items -------------------------------------------------------------------------

    def _item_added(self, event: dict[str, Any]) -> list[Chunk]:
        if event.get("item") is None:
            return []
        whole = object_of(event, "item")
        kind, addresses = type_of(whole), addresses_of(event)
        if self._begins_again and any(ident in self._idents and ident != FAKE_ID for ident in idents_of(whole)):
            self._begins_again = False
            self._items, self._idents, self._begun_with = self._items.begun_again(), [], []
            self._begun_texts = BegunTexts()
        for ident in idents_of(whole):
            self._interrupted.reuse(ident)
            self._idents.append(ident)
        item = self._items.of_new(kind, addresses, whole.get("name"))
        if kind not in _ITEMS:
            return [self._build.beyond({kind: event})] if item.note("item") else []
        if any(texts_of(whole).values()):
            self._begun_with.append((item, whole))
        return self._calls.begin(item, whole)

    def _item_done(self, event: dict[str, Any]) -> list[Chunk]:
        whole = object_of(event, "item")
        kind = type_of(whole)
        if kind in _ITEMS:
            return self._whole_item(whole, addresses_of(event))
        self._items.of_snapshot(kind, {}, addresses_of(event)).note("item")
        return [self._build.beyond({kind: event})]

    def _whole_item(self, whole: dict[str, Any], addresses: Addresses, final: bool = False) -> list[Chunk]:
        """Emit what a whole item has beyond the events before it (R15)."""
        kind = type_of(whole)
        awaited, self._awaited = self._awaited, []
        for one in awaited:
            one.closed = False
        item = self._items.of_snapshot(kind, texts_of(whole), addresses, whole.get("name"), final)
        for one in awaited:
            if one is not item:
                self._close_part(one)
        item.closed = True
        if kind in _ITEMS:
            return self._rest_of_item(item, whole)
        return [self._build.beyond({kind: whole})] if item.note("item") else []

    def _close_part(self, item: Item) -> None:
        """All text of an item was received, and the item as a whole follows, at times with another id."""
        if not item.closed:
            item.closed = True
            self._awaited.append(item)

    def _rest_of_item(self, item: Item, whole: dict[str, Any]) -> list[Chunk]:
        return _ITEMS[item.kind](self, item, whole)

    def _whole_call(self, item: Item, whole: dict[str, Any]) -> list[Chunk]:
        return self._calls.begin(item, whole) + self._calls.whole(item, whole.get("arguments"))

    def _whole_custom_call(self, item: Item, whole: dict[str, Any]) -> list[Chunk]:
        return self._calls.begin(item, whole) + self._calls.whole_input(item, whole.get("input"))

    def _whole_message(self, item: Item, whole: dict[str, Any]) -> list[Chunk]:
        parts = parts_of(whole, "content")
        chunks = [chunk for piece in (TEXT, TRANSCRIPT, REFUSAL) for chunk in self._rest_of(piece, item, parts)]
        annotations = [
            one for part in parts if isinstance(part.get("annotations"), list) for one in part["annotations"]
        ]
        if annotations and item.note("annotations"):
            chunks.append(self._build.beyond({"annotations": annotations}))
        rest = rest_of(whole, _MESSAGE)
        if rest and item.note("message"):
            chunks.append(self._build.beyond({"message": rest}))
        return chunks

    def _whole_reasoning(self, item: Item, whole: dict[str, Any]) -> list[Chunk]:
        chunks = self._rest_of(SUMMARY, item, parts_of(whole, "summary"))
        chunks += self._rest_of(REASONING, item, parts_of(whole, "content"))
        if whole.get("encrypted_content") and item.note("reasoning"):
            chunks.append(self._build.beyond({"reasoning": whole}))
        return chunks

    def _rest_of(self, piece: Piece, item: Item, parts: list[dict[str, Any]]) -> list[Chunk]:
        """Emit what the parts of an item have beyond its deltas (R15).

        Events count parts in another way at times, so the parts are compared as one text.
        """
        texts = [text for part in parts if isinstance(text := part.get(piece.member), str)]
        if item.has(piece.name):
            whole = "".join(texts)
            rest = item.remainder(piece.name, whole)
            if rest is None:
                return self._build.contradicted(piece.target, item.contradiction(piece.name, whole))
            return self._emit(piece, item, len(parts) - 1, rest)
        return [chunk for place, text in enumerate(texts) for chunk in self._emit(piece, item, place, text)]

    # --- pieces ----------------------------------------------------------------------------

    def _delta(self, piece: Piece, event: dict[str, Any]) -> list[Chunk]:
        """A delta of an item; an empty one gives nothing."""
        delta = text_in(event.get("delta"))  # Q25
        if not delta:
            return []
        item = self._items.of_delta(piece.kind, addresses_of(event))
        self._last_item, self._last_piece = item, piece
        place = key_of(event.get(piece.counter))
        if self._begun_texts.waiting:
            delta = self._begun_texts.rest((item.number, piece.name, place), delta)
        chunks = self._emit(piece, item, place, delta)
        if chunks and event.get("logprobs"):
            _add_logprobs(chunks[0], event["logprobs"])
        return chunks

    def _emit(self, piece: Piece, item: Item, place: Hashable, text: str) -> list[Chunk]:
        """A chunk with text of one part of an item, which counts as emitted from now on; none for empty text."""
        if not text:
            return []
        item.add(piece.name, text, place)
        block = piece.block(item, place)
        if item.before:
            text, other = item.unseen(piece.name, text)
            if not text:
                return []
            block = None if other else block  # another text is apart from the one before (R16)
        return [piece.build(self._build, text, block)]

    def _done(self, piece: Piece, event: dict[str, Any]) -> list[Chunk]:
        """Emit what a whole part has beyond its deltas (R15)."""
        text = event.get(piece.member)
        if not isinstance(text, str):
            return []
        addresses, place = addresses_of(event), key_of(event.get(piece.counter))
        item = self._items.of_part(piece.kind, {piece.name: text}, addresses)
        rest, other = item.part_remainder(piece.name, text, place)
        chunks = self._emit(piece, item, place, rest) + self._build.contradicted(piece.target, other)
        item.ended = True
        item.closed = item.closed or not addresses  # what follows without an address is another message
        return chunks

    def _part_added(self, event: dict[str, Any]) -> list[Chunk]:
        """The text that a part begins with; most begin with none, and the deltas of some say it again (R15)."""
        if event.get("part") is None:
            return []
        part = object_of(event, "part")
        piece = PARTS.get(str(part.get("type")))
        text = "" if piece is None else text_in(part.get(piece.member))
        if piece is None or not text:
            return []
        chunks = self._delta(piece, {**event, "delta": text})
        self._begun_texts.begin((self._last_item.number, piece.name, key_of(event.get(piece.counter))), text)
        return chunks

    def _part_done(self, event: dict[str, Any]) -> list[Chunk]:
        """Emit the rest of a part that is received whole (R15); xAI's Realtime API sends none."""
        if event.get("part") is None:
            return []
        part = object_of(event, "part")
        piece = PARTS.get(str(part.get("type")))
        return [] if piece is None else self._done(piece, {**event, piece.member: part.get(piece.member)})

    def _arguments_delta(self, event: dict[str, Any]) -> list[Chunk]:
        delta = event.get("delta")
        text = text_in(delta)  # Q25: an object around it at times
        if not text and isinstance(delta, dict) and delta:
            text = arguments_text(delta.get("arguments", delta))
        item = self._items.of_delta("function_call", addresses_of(event), text)
        self._last_item, self._last_piece = item, None
        return self._calls.delta(item, text)

    def _arguments_done(self, event: dict[str, Any]) -> list[Chunk]:
        texts, name = texts_of({**event, "type": "function_call"}), event.get("name")
        item = self._items.of_part("function_call", texts, addresses_of(event), name)
        self._close_part(item)
        began = self._calls.begin(item, {**event, "id": event.get("item_id")}) if name else []
        return began + self._calls.whole(item, event.get("arguments"))

    def _input_delta(self, event: dict[str, Any]) -> list[Chunk]:
        item = self._items.of_delta("custom_tool_call", addresses_of(event))
        return self._calls.input(item, text_in(event.get("delta")))

    def _input_done(self, event: dict[str, Any]) -> list[Chunk]:
        texts = texts_of({**event, "type": "custom_tool_call"})
        item = self._items.of_part("custom_tool_call", texts, addresses_of(event), event.get("name"))
        self._close_part(item)
        return self._calls.whole_input(item, event.get("input"))

    def _annotation(self, event: dict[str, Any]) -> list[Chunk]:
        self._items.of_delta("message", addresses_of(event)).note("annotations")
        return [self._build.beyond({"annotations": [event.get("annotation")]})]

    def _session_closed(self, event: dict[str, Any]) -> list[Chunk]:
        """The end of a translation, whose text is of the session; a response that is open was cut."""
        if self._open or not self._items:
            return [self._build.beyond({"session.closed": event})]
        finish = self._build.finish("stop")
        self._leave()
        return [finish]

    def _speech(self, event: dict[str, Any]) -> list[Chunk]:
        """A piece of the text of speech, which is one item; a response that is open was cut."""
        return [*self._cut_by_speech(), *self._delta(TEXT, event | _OF_SPEECH)]

    def _transcribed(self, event: dict[str, Any]) -> list[Chunk]:
        """The whole text of speech, and the end of its stream."""
        chunks = [*self._cut_by_speech(), *self._done(TEXT, event | _OF_SPEECH)]
        return [*chunks, *self._end({"response": event}, self._build.finish("stop"))]

    def _cut_by_speech(self) -> list[Chunk]:
        return [*self.close(), self._build.start()] if self._open else []


def _add_logprobs(chunk: Chunk, logprobs: Any) -> None:
    """Add the log probabilities of the tokens, if they are such."""
    sound = isinstance(logprobs, list) and all(
        isinstance(one, dict) and isinstance(one.get("token"), str) and isinstance(one.get("logprob"), (int, float))
        for one in logprobs
    )
    if sound:
        content = [{"bytes": None, **one, "top_logprobs": one.get("top_logprobs") or []} for one in logprobs]
        chunk["choices"][0]["logprobs"] = {"content": content, "refusal": None}


_Handler = Callable[[Responses, dict[str, Any]], list[Chunk]]

_ITEMS: Final[dict[str, Callable[[Responses, Item, dict[str, Any]], list[Chunk]]]] = {
    "message": Responses._whole_message,
    "function_call": Responses._whole_call,
    "custom_tool_call": Responses._whole_custom_call,
    "reasoning": Responses._whole_reasoning,
}
"""The handler of each item type that Chat Completions has a place for."""

_ENDS: Final[dict[str, _Handler]] = {
    "completed": Responses._completed,
    "incomplete": Responses._incomplete,
    "failed": Responses._failed,
    "cancelled": Responses._failed,
}
"""The handler of each final status of a response; with any other it has not ended."""

_ENDINGS: Final = frozenset({"response.done", *(f"response.{status}" for status in _ENDS)})
_OF_RESPONSE: Final = _ENDINGS | {"response.created", "response.queued", "response.in_progress"}
"""Events about all of a response."""
_REPEATABLE: Final = _ENDINGS | {"response.in_progress", "response.queued", "error"}
"""Events that leave once whatever their numbers are, like those of texts that are done."""


def _end_of(response: dict[str, Any]) -> _Handler | None:
    """The kind of end that a response names by its error, or by its status; None where it names none.

    A whole response of OpenRouter's has no status: one with a usage has ended. Early ones of OpenAI's are "complete".
    """
    if any(dict_of(response, "error").values()):
        return Responses._failed
    status = response.get("status")
    if status is None and isinstance(response.get("usage"), dict):
        status = "incomplete" if dict_of(response, "incomplete_details") else "completed"
    return _ENDS.get("completed" if status == "complete" else str(status))


def _is_failure(kind: Any, response: Any) -> bool:
    """Return whether an end, or a whole response, is that of one that failed."""
    if kind in ("response.failed", "response.cancelled"):
        return True
    if not isinstance(response, dict):
        return False
    return response.get("status") in ("failed", "cancelled") or any(dict_of(response, "error").values())


_HANDLERS: Final[dict[str, _Handler]] = {
    "response.created": Responses._created,
    "response.queued": Responses._in_progress,
    "response.in_progress": Responses._in_progress,
    **{f"response.{status}": end for status, end in _ENDS.items()},
    "response.completed": Responses._done_whole,
    "response.done": Responses._done_whole,
    "error": Responses._error,
    "response.error": Responses._error,
    "session.closed": Responses._session_closed,
    "transcript.text.delta": Responses._speech,
    "transcript.text.done": Responses._transcribed,
    "keepalive": lambda _, __: [],
    "response.output_item.added": Responses._item_added,
    "response.output_item.done": Responses._item_done,
    "response.content_part.added": Responses._part_added,
    "response.content_part.done": Responses._part_done,
    "response.reasoning_part.added": Responses._part_added,
    "response.reasoning_part.done": Responses._part_done,
    "response.reasoning_summary_part.added": Responses._part_added,
    "response.reasoning_summary_part.done": Responses._part_done,
    "response.output_text.annotation.added": Responses._annotation,
    _ARGUMENTS: Responses._arguments_delta,
    "response.function_call_arguments.done": Responses._arguments_done,
    "response.custom_tool_call_input.delta": Responses._input_delta,
    "response.custom_tool_call_input.done": Responses._input_done,
}
"""The handler of each event type."""
