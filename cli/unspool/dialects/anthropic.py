"""Anthropic Messages: events, or a whole message.

    message_start                 id, model; the role; usage so far
    content_block_start           a tool_use begins a call, known by its block's index
    content_block_delta           text_delta, thinking_delta, input_json_delta
    content_block_stop            a tool_use may have begun with its whole input; some clients add the whole block
    message_delta, message_stop   the stop reason and the usage; the end, which emits both; with the whole
                                  message, as some clients have it, what of that goes beyond the events (R15)
    error                         the end of a response that failed (R12)
    completion                    text and a stop reason: the interface before Messages (/v1/complete)

    usage     prompt_tokens       input_tokens + cache_creation_input_tokens + cache_read_input_tokens
              cached_tokens       cache_read_input_tokens
              completion_tokens   output_tokens; counts are cumulative, the last one holds

There is no created time: it is 0. Blocks of a text or thinking need no start and
no stop. A block of another type (a server's own tools and their results, redacted
thinking, a compaction), a delta of another type (signatures, citations) and a
member that has no place in a chunk ride in the extension, whole.

Source: the events as the captures of this project have them, and
https://docs.anthropic.com/en/docs/build-with-claude/streaming.
"""

from collections.abc import Callable, Hashable
from typing import Any, Final

from unspool.core.errors import NotAChunk
from unspool.core.rewriter.wire import Chunk, arguments_text
from unspool.dialects.base import Dialect
from unspool.dialects.begun_texts import BegunTexts
from unspool.dialects.chunk_builder import ChunkBuilder, can_append, key_of, object_of, rest_of, sum_tokens, usage_of
from unspool.dialects.finish_words import ANTHROPIC, FAILED, meaning_of
from unspool.dialects.interrupted import Interruptions
from unspool.dialects.items import Item, Items, addresses_of
from unspool.dialects.members import dict_of, dicts_of
from unspool.dialects.replay import Replay
from unspool.variants.finish_reasons import reason_in
from unspool.variants.texts import text_in

_COUNTED: Final = frozenset({"input_tokens", "output_tokens", "cache_read_input_tokens"})
_HANDLED: Final = frozenset({"type", "delta", "usage", "stop_reason", "index", "message"})
_TRANSLATED: Final = frozenset({"id", "type", "role", "model", "content", "stop_reason", "stop_sequence", "usage"})
_NO_DELTA = ("", None, "")
_MEMBERS: Final = {"text": "text", "thinking": "thinking", "tool_use": "input"}
"""The member with the whole text of a block, by its type."""
_TARGETS: Final = {"text": "content", "thinking": "reasoning_content"}


class Anthropic(Dialect):
    """Reads Messages events, or whole messages; those that an agent passes on are of its ``dialect``."""

    def __init__(self, dialect: str = "anthropic") -> None:
        self._build = ChunkBuilder(dialect)
        self._past = Items()  # of the message that ended last
        self._replay = Replay()
        self._interruptions = Interruptions()
        self._theirs: set[Hashable] = set()  # the blocks that each interrupted message has begun, by index
        self._begin({})

    def _begin(self, message: dict[str, Any]) -> None:
        self._build.begin(message.get("id"), message.get("model"))
        self._begun = bool(message)  # whether its start has been seen, and not its end
        self._usage: dict[str, Any] = {}
        self._reason: str | None = None
        self._items = Items(message.get("id"))  # its blocks
        self._last: tuple[str, Any, str] = _NO_DELTA  # the type, index and member of the last delta
        self._last_item = Item()  # that it belongs to
        self._others: dict[Hashable, str] = {}  # blocks that are no text, thinking or call: their types
        self._inputs: dict[int, Any] = {}  # the inputs that calls began with, by the numbers of their items
        self._begun_texts = BegunTexts()  # by the numbers of their items
        self._open_blocks: set[Hashable] = set()  # by index
        self._begun_blocks: set[Hashable] = set()  # by index
        self._expects_starts = False  # it interrupted a message in which a block with a start was open

    def feed(self, value: Any) -> list[Chunk]:
        """Translate one event, or a whole message into chunks. Raises NotAChunk."""
        kind = value.get("type") if isinstance(value, dict) else None
        if kind is None and isinstance(value, dict) and "completion" in value:  # as Bedrock has it
            kind = "completion"
        handler = _HANDLERS.get(kind) if isinstance(kind, str) else None
        if self._interruptions.mixed:
            self._pass_over(value, kind)
        if handler is not None:
            chunks = handler(self, value)
        elif isinstance(kind, str) and kind.replace("_", "").isalpha():
            chunks = [self._build.beyond({kind: value})]
        else:
            raise NotAChunk("no event of Anthropic's")
        return self._replay.feed(chunks, self._items if self._begun else self._past, not self._begun)

    def _pass_over(self, event: Any, kind: Any) -> None:
        """Raise an error for an event of mixed messages; it is noted which blocks are open."""
        if kind == "content_block_start":
            self._open_blocks.add(key_of(event.get("index")))
        elif kind == "content_block_stop":
            self._open_blocks.discard(key_of(event.get("index")))
        self._interruptions.check(kind == "message_start", kind == "message_stop", bool(self._open_blocks))

    def append(self, value: Any, json_source: bool) -> str | None:
        """Process a delta that only continues the last one; see Dialect."""
        if type(value) is not dict or value.get("type") != "content_block_delta":
            return None
        delta, (kind, index, member) = value.get("delta"), self._last
        if type(delta) is not dict or delta.get("type") != kind or value.get("index") != index or len(delta) != 2:
            return None
        text = delta.get(member)
        if self._last_item.complete or not can_append(text, json_source):
            return None
        self._last_item.add(self._last_item.kind, text)
        return text

    def end_run(self) -> None:
        """A run ends that these messages are of: one that was interrupted in it does not go on."""
        self._interruptions = Interruptions()

    def close(self) -> list[Chunk]:
        """The usage of a message that was cut, and why it would have stopped."""
        chunks = self._waiting_inputs()
        if self._reason is not None:  # F: a stop reason is an end, with or without its message_stop
            chunks.append(self._finish())
        chunks = self._replay.close(chunks + self._usage_chunks(), self._items)
        self._begin({})
        self._past = Items()
        return chunks

    # --- events ----------------------------------------------------------------------------

    def _message_start(self, event: dict[str, Any]) -> list[Chunk]:
        bare = event.get("message") is None and not self._begun  # of servers for tests
        message = {} if bare else object_of(event, "message")
        if self._begun and message.get("id") == self._build.ident:  # a repetition
            self._restart()
            self._interruptions.begin(False)  # who sends events twice may also send blocks and ends twice
            return []
        self._note_interruption()
        expects_starts = bool(self._open_blocks)
        chunks = self.close() if self._begun else []  # the message before was cut
        self._replay.begin(self._past, message.get("id"))
        self._begin(message)
        self._expects_starts = expects_starts
        self._count(message)
        chunks += self._open(message)
        for index, block in enumerate(_blocks(message)):  # what a message that goes on already holds
            chunks += self._content_block_start({"index": index, "content_block": block})
        return chunks

    def _note_interruption(self) -> None:
        """A message begins: if the one before it has not ended, its blocks that have begun do not begin again."""
        if self._interruptions.any:
            self._theirs &= self._begun_blocks
        else:
            self._theirs = self._begun_blocks
        self._interruptions.begin(self._begun)

    def _restart(self) -> None:
        """The message begins again: blocks repeat those before by their order, as far as these have come (R15)."""
        if any(not item.empty for item in self._items):
            self._items, self._last, self._inputs = self._items.begun_again(), _NO_DELTA, {}
            self._begun_texts = BegunTexts()

    def _open(self, message: dict[str, Any]) -> list[Chunk]:
        """Return the first chunk of a response, with the members that a chunk cannot express."""
        return [self._build.adding(self._build.start(), rest_of(message, _TRANSLATED))]

    def _content_block_start(self, event: dict[str, Any]) -> list[Chunk]:
        if event.get("content_block") is None and "delta" not in event:
            return []
        block = object_of(event, "content_block" if "content_block" in event else "delta")
        if not self._begun:
            self._interruptions.begin_without_start()
        index, kind = key_of(event.get("index")), str(block.get("type"))
        if index is not None and index in self._open_blocks and index not in self._theirs:
            self._interruptions.block_again()
        self._open_blocks.add(index)
        self._begun_blocks.add(index)
        self._others.pop(index, None)
        self._last = _NO_DELTA
        chunks = self._waiting_inputs()
        item = self._items.of_new(kind, addresses_of(block, index), block.get("name"))
        if kind not in _MEMBERS:
            self._others[index] = kind
            return chunks + self._other_block(item, event)
        if kind != "tool_use":
            self._begun_texts.begin(item.number, block.get(kind))
            return chunks + self._rest_of_text(item, block, event)
        if block.get("input") is not None and not item.complete:
            self._inputs[item.number] = block["input"]
        return chunks + self._call(item, block)

    def _waiting_inputs(self, final: bool = False) -> list[Chunk]:
        """The inputs that calls began with, of blocks without a stop; {} only at the end, for more may come."""
        waiting = {number: given for number, given in self._inputs.items() if given or final}
        if not waiting:  # at the start of most blocks
            return []
        self._inputs = {number: given for number, given in self._inputs.items() if number not in waiting}
        called = [item for item in self._items if item.number in waiting]
        return [chunk for item in called for chunk in self._whole_input(item, waiting[item.number])]

    def _call(self, item: Item, block: dict[str, Any]) -> list[Chunk]:
        return [self._build.call(item.number, block.get("id"), block.get("name"))] if item.note("call") else []

    def _rest_of_text(self, item: Item, block: dict[str, Any], event: dict[str, Any]) -> list[Chunk]:
        """Emit the new part of a block of text or thinking, and its other members (such as a signature)."""
        whole = block.get(item.kind)
        chunks = self._emit(item, item.remainder(item.kind, whole))
        chunks += self._build.contradicted(_TARGETS[item.kind], item.contradiction(item.kind, whole))
        rest = {name: value for name, value in block.items() if value and name != "type" and name not in _MEMBERS}
        if rest and item.note("rest"):
            chunks.append(self._build.beyond(dict.fromkeys(rest, event)))
        return chunks

    def _emit(self, item: Item, text: Any) -> list[Chunk]:
        """A piece of a block, which counts as emitted from now on; what is no text, or empty, gives none."""
        if not text or not isinstance(text, str) or item.complete:
            return []
        kind = item.kind
        item.add(kind, text)
        block: int | None = item.number
        if item.before:
            text, other = item.unseen(kind, text)
            if not text:
                return []
            if other:  # it is apart from the text before (R16)
                self._build.divide()
                block = None
        if kind == "text":
            return [self._build.text(text, block=block)]
        if kind == "thinking":
            return [self._build.thoughts(text, block=item.number)]
        return [self._build.arguments(item.number, text)]

    def _content_block_delta(self, event: dict[str, Any]) -> list[Chunk]:
        delta, index = object_of(event, "delta"), event.get("index")
        kind = delta.get("type")
        if not self._begun:
            self._interruptions.begin_without_start()
        last = self._last
        if kind == last[0] and index == last[1]:  # as of most deltas
            text = delta.get(last[2])
            if isinstance(text, str):
                return self._emit(self._last_item, text)
        if not isinstance(kind, str) or kind not in _DELTAS:
            inferred = _inferred(delta)
            if inferred is None:
                return [self._build.beyond({str(kind): event})]
            kind = inferred
        index, (block, member) = key_of(index), _DELTAS[kind]
        if self._expects_starts and index not in self._open_blocks:
            self._interruptions.block_again()
        if kind == _FRAGMENT and index in self._others:
            return [self._build.beyond({self._others[index]: event})]
        item = self._items.of_delta(block, () if index is None else (index,))
        text = delta.get(member)
        if not isinstance(text, str):  # A3, Q25, Q28
            text = arguments_text(text) if kind == _FRAGMENT else text_in(delta if text is None else text)
        if item.number in self._begun_texts.waiting:  # the next one is looked at, too
            return self._emit(item, self._begun_texts.rest(item.number, text))
        self._last, self._last_item = (kind, index, member), item
        return self._emit(item, text)  # the first is often ""

    def _content_block_stop(self, event: dict[str, Any]) -> list[Chunk]:
        index = key_of(event.get("index"))
        if not self._begun:
            self._interruptions.goes_on()
        self._interruptions.part_ends(index)
        self._open_blocks.discard(index)
        self._others.pop(index, None)
        self._items.end()
        whole = event.get("content_block")
        if isinstance(whole, dict):  # as Anthropic's own clients have it
            return self._whole_block(whole, index, event)
        item = None if index is None else self._items.at("tool_use", (index,))
        return [] if item is None else self._whole_input(item, self._inputs.get(item.number) or None)

    def _whole_input(self, item: Item, given: Any) -> list[Chunk]:
        """Emit the new part of a call's whole input; {} is at the beginning of every call."""
        if given is None or (not given and not item.empty):
            return []
        rest = item.remainder(item.kind, given)
        if rest is None:  # another input than its fragments
            chunks = [self._build.whole_arguments(item.number, arguments_text(given))]
        else:
            chunks = self._emit(item, rest)
        item.complete = True
        return chunks

    def _whole_block(
        self, block: dict[str, Any], index: Hashable, event: dict[str, Any], final: bool = False
    ) -> list[Chunk]:
        """Emit the new part of a whole block (R15)."""
        kind = str(block.get("type"))
        item = self._items.of_snapshot(kind, _whole(block), addresses_of(block, index), block.get("name"), final)
        if kind not in _MEMBERS:
            item.closed = item.closed or isinstance(block.get("id"), str)  # no block with another id repeats it
            return self._other_block(item, event)
        item.closed = True
        if kind != "tool_use":
            if not item.empty:  # deltas had what else it holds
                item.note("rest")
            return self._rest_of_text(item, block, event)
        self._inputs[item.number] = {}
        return self._call(item, block) + self._whole_input(item, block.get("input") or None)

    def _other_block(self, item: Item, event: dict[str, Any]) -> list[Chunk]:
        """A block that Chat Completions has no place for, once: text after it is another message (R16)."""
        if not item.note("block"):
            return []
        self._build.divide()
        return [self._build.beyond({item.kind: event})]

    def blocks(self, blocks: list[dict[str, Any]], final: bool = False, repeats: bool = False) -> list[Chunk]:
        """Emit the new parts of whole blocks (R15); with ``final`` no others follow.

        With ``repeats`` each is the open block of its type again, whatever its text is.
        """
        if final:
            self._items.reopen()
        chunks: list[Chunk] = []
        for index, block in enumerate(blocks):
            event = {"index": index, "content_block": block}
            chunks += self._whole_block(block, index if final else None, event, final or repeats)
        return chunks

    def has_emitted(self, ident: Any, blocks: list[dict[str, Any]]) -> bool:
        """Return whether the message that has ended had all of these blocks."""
        return self._past.repeat(ident, [(str(block.get("type")), _whole(block)) for block in blocks])

    def has_begun(self, blocks: list[dict[str, Any]]) -> bool:
        """Return whether the message that is open has the beginning of each of these blocks."""
        wholes = [(str(block.get("type")), _whole(block)) for block in blocks]
        return all(any(one.kind == kind and one.is_begun_by(whole) for one in self._items) for kind, whole in wholes)

    def forget(self) -> None:
        """Nothing that follows repeats the message that has ended."""
        self._past = Items()

    def cut(self) -> None:
        """The message is left without its end, and so is a run of which it is the last one."""
        self._build.cut()

    def resume(self) -> list[Chunk]:
        """Begin the message that has ended again, for there is more of it."""
        past = self._past
        self._begin({"id": past.ident})
        self._items = past
        return [self._build.role()]

    def _message_delta(self, event: dict[str, Any]) -> list[Chunk]:
        if not self._begun:
            self._interruptions.goes_on()
        self._interruptions.part_ends("message")
        self._interruptions.count(event.get("usage"))
        delta = dict_of(event, "delta")
        self._count(event)
        self._reason = reason_in(delta.get("stop_reason")) or self._reason
        rest = rest_of({**delta, **event}, _HANDLED)
        return [self._build.beyond(rest)] if rest else []

    def _message_stop(self, event: dict[str, Any]) -> list[Chunk]:
        if not self._begun and not self._items and self._past:  # it is received twice
            self._interruptions.end_again()
            return []
        whole = event.get("message")
        chunks = self.blocks(_blocks(whole), final=True) if isinstance(whole, dict) else []
        chunks += [*self._waiting_inputs(final=True), self._finish(), *self._usage_chunks()]
        rest = rest_of(event, _HANDLED)
        if rest:
            chunks.append(self._build.beyond(rest))
        self._past, self._items.usage = self._items, self._usage
        self._begin({})
        return chunks

    def _error(self, event: dict[str, Any]) -> list[Chunk]:
        own = event.get("error") or rest_of(event, frozenset({"type"}))
        error = self._build.error(own or {"message": "an error without a message"})
        chunks = [*self._usage_chunks(), error]
        self._begin({})
        self._past = Items()
        return chunks

    def _message(self, message: dict[str, Any]) -> list[Chunk]:
        """A whole message: a new one, or a repetition of one that came as events (R15)."""
        blocks = message.get("content")
        if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
            raise NotAChunk("a message whose content is no array of blocks")
        if not self._begun and self.has_emitted(message.get("id"), blocks):
            return []
        chunks: list[Chunk] = []
        wholes = [(str(block.get("type")), _whole(block)) for block in blocks]
        if not self._begun and self._past.continued_by(message.get("id"), wholes):
            chunks = self.resume()
        elif not self._begun or not (
            message.get("id") == self._build.ident or self._items.are_of(message.get("id"), wholes)
        ):
            self._begin(message)
            chunks = self._open(message)
        chunks += self.blocks(blocks, final=True)
        end = {name: message.get(name) for name in ("stop_reason", "stop_sequence")}
        chunks += self._message_delta({"delta": end, "usage": message.get("usage")})
        return chunks + self._message_stop({"type": "message_stop"})

    # --- the end ---------------------------------------------------------------------------

    def _count(self, holder: dict[str, Any]) -> None:
        usage = holder.get("usage")
        if isinstance(usage, dict):
            self._usage.update({name: value for name, value in usage.items() if value is not None})

    def _completion(self, event: dict[str, Any]) -> list[Chunk]:
        """A piece of an answer of the interface before Messages, which has no start."""
        if not self._begun:
            self._begin(event)
        text, reason = event.get("completion"), reason_in(event.get("stop_reason"))
        chunks = [self._build.text(text)] if isinstance(text, str) and text else []
        if reason is None:
            return chunks
        self._reason = reason
        chunks.append(self._finish())
        self._begin({})
        return chunks

    def _finish(self) -> Chunk:
        reason = self._reason or ("tool_use" if self._build.calls() else "end_turn")
        meaning = meaning_of(ANTHROPIC, reason)
        chunk = self._build.finish("stop" if meaning == FAILED else meaning)  # its word in the extension says more
        kept = (
            reason in ("pause_turn", "compaction", "refusal") or reason not in ANTHROPIC
        )  # a chunk has no word for it
        return self._build.adding(chunk, {"stop_reason": reason} if kept else {})

    def _usage_chunks(self) -> list[Chunk]:
        usage = self._usage
        if not usage:
            return []
        cached, written = usage.get("cache_read_input_tokens"), usage.get("cache_creation_input_tokens")
        prompt = sum_tokens(usage.get("input_tokens"), cached, written)
        chunk = self._build.usage(usage_of(prompt, usage.get("output_tokens"), cached=cached))
        rest = {name: value for name, value in usage.items() if value and name not in _COUNTED}
        return [self._build.adding(chunk, {"usage": rest} if rest else {})]


def _inferred(delta: dict[str, Any]) -> str | None:
    """The type of a delta that relays give none, or that of its block; None where it has no text."""
    for kind, (block, member) in _DELTAS.items():
        if delta.get("type") in (None, block) and isinstance(delta.get(member), str):
            return kind
    return None


def _blocks(message: dict[str, Any]) -> list[dict[str, Any]]:
    """The blocks of a message."""
    content = message.get("content")  # a text as in a request
    return [{"type": "text", "text": content}] if isinstance(content, str) else dicts_of(message, "content")


def _whole(block: dict[str, Any]) -> dict[str, Any]:
    """Return the whole text of a block, by its type."""
    kind = str(block.get("type"))
    return {kind: block.get(_MEMBERS[kind])} if kind in _MEMBERS else {}


_FRAGMENT: Final = "input_json_delta"
_DELTAS: Final = {
    "text_delta": ("text", "text"),
    "thinking_delta": ("thinking", "thinking"),
    _FRAGMENT: ("tool_use", "partial_json"),
}
"""The type of block that each type of delta belongs to, and the member that holds its text."""

_HANDLERS: Final[dict[str, Callable[[Anthropic, dict[str, Any]], list[Chunk]]]] = {
    "message_start": Anthropic._message_start,
    "content_block_start": Anthropic._content_block_start,
    "content_block_delta": Anthropic._content_block_delta,
    "content_block_stop": Anthropic._content_block_stop,
    "message_delta": Anthropic._message_delta,
    "message_stop": Anthropic._message_stop,
    "error": Anthropic._error,
    "ping": lambda _, __: [],
    "message": Anthropic._message,
    "completion": Anthropic._completion,
}
"""The handler of each event type."""
