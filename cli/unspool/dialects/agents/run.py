"""A run of an agent as chunks: a row of messages, each of which becomes one step.

    run = Run("codex")
    message = run.message("item_1", "gpt")    a message begins; nothing leaves yet
    message.text("Hi")                        -> [Chunk, …]   a delta
    message.text_whole("Hi there")            -> [Chunk, …]   what goes beyond the deltas (R15)
    message.call("k", "call_1", "search")     -> [Chunk, …]   a call begins; repeated, it is the same call
    message.arguments("k", '{"a"')            -> [Chunk, …]
    message.arguments_whole("k", {"a": 1})    -> [Chunk, …]   what goes beyond the fragments
    message.finish()                          -> [Chunk, …]   the message ends, and so does its step
    run.note({"turn.started": record})        -> [Chunk, …]   what Chat Completions has no place for
    run.finish("stop", usage)                 -> [Chunk, …]   the run ended as it should
    run.fail({"message": "…"})                -> [Chunk, …]   the run failed (R12)
    run.fail_at_end({"message": "…"})                         the same at the close, unless a record says why before
    run.close()                               -> [Chunk, …]   the input ended; an open run was cut (R11)

Two messages never run together (R16): the second of two that are open at the
same time waits until the first has finished. A message without text
leaves no chunk. A run that is ``live`` at its close, and has no open message,
gets one that never finishes: so the stream counts as incomplete. ``end`` is the
record that ends a run, for the report on one that was cut; "" where there is none.
"""

from collections.abc import Callable, Hashable, Iterable
from json import dumps
from typing import Any, Final

from unspool.core.rewriter.wire import Chunk, arguments_text
from unspool.dialects.base import Dialect
from unspool.dialects.chunk_builder import ChunkBuilder, Chunks, can_append, key_of, namespace_of, same_members
from unspool.dialects.items import SURE, Item, Items
from unspool.variants.texts import text_in

_WHOLE: Final = "whole"
"""Noted of calls whose arguments came whole at first."""


class Message:
    """One message of a run. Made by ``Run.message``."""

    def __init__(self, run: "Run", ident: Any, model: Any, item: Item) -> None:
        self._run = run
        self.item = item  # what it has emitted
        self.ident = ident
        self.model = model
        self.calls: dict[Hashable, Item] = {}  # the arguments so far, by the key of the call
        self.keys: dict[Hashable, Hashable] = {}  # these keys, by the ids of the calls
        self._apart = False  # the next thoughts are others than those before
        self._divided = False  # and so is the next text
        self.ended = False
        self.began = False  # whether a chunk of it has left
        self.held: list[Callable[[], Chunk]] = []

    @property
    def has_text(self) -> bool:
        """Return whether it has text."""
        return self.item.has("text")

    @property
    def has_thoughts(self) -> bool:
        """Return whether it has thoughts."""
        return self.item.has("thoughts")

    @property
    def empty(self) -> bool:
        """Return whether it is empty so far, without thoughts."""
        return not (self.has_text or self.has_thoughts or self.calls)

    @property
    def answered(self) -> bool:
        """Return whether it has more than thoughts."""
        return self.has_text or bool(self.calls)

    def leads(self, member: str) -> bool:
        """Return whether a piece of a member leaves at once, as more of what left last.

        Nothing is held or came between. What divides texts or thoughts, such as a call, does not divide its arguments.
        """
        divided = member != "arguments" and (self._divided or self._apart)
        return self.began and not (self.held or divided) and self._run.leads(self)

    def append(self, member: str, key: Hashable, text: str) -> None:
        """Record a piece that the fast path emits: of its text or thoughts, or of the arguments of a call."""
        item = self.item if key is None else self.calls[key]
        item.add(member, text)

    def open(self) -> Chunks:
        """Emit its role before any text."""
        return self._emit(self._run.build.role)

    def open_once(self) -> Chunks:
        """Emit its role, unless something of it has left or waits: a server's own tool comes before its text."""
        return [] if self.began or self.held else self.open()

    def text(self, text: Any) -> Chunks:
        """A piece of text, which an object may hold (Q25); without any, nothing."""
        text = text_in(text)
        if not text:
            return []
        self.item.add("text", text)
        apart, self._divided = self._divided, False
        return self._emit(lambda: self._text_chunk(text, apart))

    def _text_chunk(self, text: str, apart: bool) -> Chunk:
        if apart:
            self._run.build.divide()
        return self._run.build.text(text, block=None if apart else "text")

    def new_text(self, text: Any, whole: bool = False) -> Chunks:
        """A piece of text, or all of it again, which adds nothing (R15): some programs send that at the end.

        ``whole``: the record shows that it may be all of the text, so a short one is compared, too.
        """
        if isinstance(text, str):
            if whole and self.item.deltas and self.item.is_repeated_by({"text": text}):
                return []
            if len(text) >= SURE:
                text = self.item.fresh("text", text)
        return self.text(text)

    def divide(self) -> None:
        """A block of another kind comes: text that follows is apart from the text before (R16)."""
        self._divided = self.has_text

    def text_whole(self, text: Any) -> Chunks:
        """The text so far, whole: what is new of it; nothing where it is another text, for the deltas count."""
        if not isinstance(text, str):
            return []
        rest = self.item.remainder("text", text)
        if rest is not None:
            return self.text(rest)
        return self.other("text", self.item.contradiction("text", text))

    def thoughts(self, text: Any) -> Chunks:
        """A piece of its thoughts, which an object may hold (Q25)."""
        text = text_in(text)
        if not text:
            return []
        self.item.add("thoughts", text)
        apart, self._apart = self._apart, False
        return self._emit(lambda: self._thoughts_chunk(text, apart))

    def _thoughts_chunk(self, text: str, apart: bool) -> Chunk:
        if apart:
            self._run.build.divide()
        return self._run.build.thoughts(text, block=None if apart else "thoughts")

    def thoughts_end(self) -> None:
        """These thoughts are complete: others that follow are apart from them (R16)."""
        self._apart = self.has_thoughts

    def thoughts_whole(self, text: Any) -> Chunks:
        """The thoughts so far, whole: what is new of them."""
        if not isinstance(text, str):
            return []
        rest = self.item.remainder("thoughts", text)
        if rest is not None:
            return self.thoughts(rest)
        return self.other("thoughts", self.item.contradiction("thoughts", text))

    def other(self, member: str, whole: str) -> Chunks:
        """A whole text, or thoughts, that are others than the deltas, which count; nothing where there are none."""
        target = "content" if member == "text" else "reasoning_content"
        return self._emit(lambda: self._run.build.contradicted(target, whole)[0]) if whole else []

    def refusal(self, text: Any) -> Chunks:
        """A piece of a refusal."""
        if not isinstance(text, str) or not text:
            return []
        return self._emit(lambda: self._run.build.refusal(text))

    def call(self, key: Hashable, ident: Any, name: Any, namespace: Any = None) -> Chunks:
        """A call begins, unless it is known by this key; ``namespace`` is the group that its tool belongs to."""
        if key in self.calls:
            return []
        self.calls[key] = Item()
        if key_of(ident) is not None:
            self.keys.setdefault(key_of(ident), key)
            self._run.enter_call(key_of(ident), self)
        return self._emit(lambda: self._run.build.call(key, ident, name, **namespace_of(namespace)))

    def arguments(self, key: Hashable, fragment: Any) -> Chunks:
        """A fragment of a call's arguments."""
        if not isinstance(fragment, str) or not fragment:
            return []
        self.calls.setdefault(key, Item()).add("arguments", fragment)
        return self._emit(lambda: self._run.build.arguments(key, fragment))

    def arguments_whole(self, key: Hashable, arguments: Any, complete: bool = True) -> Chunks:
        """The arguments so far, as an object or as text: what is new of them.

        Of an object that is not ``complete``, the last value may still grow, so
        its end is left open.
        """
        end = "" if complete or arguments is None else open_end(arguments)
        call = self.calls.setdefault(key, Item())
        if call.empty:
            call.note(_WHOLE)
        rest = call.remainder("arguments", arguments, end)
        if rest is None and complete and arguments is not None:
            if call.noted(_WHOLE):  # those of a tool such as a list of tasks may change
                return self._emit(lambda: self._run.build.later_arguments(key, arguments_text(arguments)))
            return self.arguments_other(key, arguments)
        return self.arguments(key, rest)

    def whole_call(
        self, key: Hashable, ident: Any, name: Any, arguments: Any, complete: bool = True, namespace: Any = None
    ) -> Chunks:
        """A call with its arguments so far, or all of them: what is new of it."""
        return self.call(key, ident, name, namespace) + self.arguments_whole(key, arguments, complete)

    def arguments_other(self, key: Hashable, arguments: Any) -> Chunks:
        """Whole arguments that do not begin with the fragments; the rewriter compares the messages in them."""
        return self._emit(lambda: self._run.build.whole_arguments(key, arguments_text(arguments)))

    def note(self, kinds: dict[str, Any]) -> Chunks:
        """Emit members that Chat Completions has no place for, as an extension."""
        return self._emit(lambda: self._run.build.beyond(kinds))

    def finish(self, reason: str | None = None, kinds: dict[str, Any] | None = None) -> Chunks:
        """End the message; without a reason that follows from its calls. ``kinds`` are added."""
        if self.ended:
            return []
        self.ended = True
        if self.began or self.held or reason is not None:
            found = reason or ("tool_calls" if self.calls else "stop")
            self.held.append(lambda: self._run.build.adding(self._run.build.finish(found), kinds or {}))
        return self._run.flush()

    def _emit(self, make: Callable[[], Chunk]) -> Chunks:
        self.held.append(make)
        return self._run.flush()


class LastDelta:
    """The last delta that a dialect has fed, for its ``append``: what continues it belongs to the same text or call.

    ``values`` are the objects that a continuation is compared with, none where the last record was no such delta.
    """

    def __init__(self) -> None:
        self.values: tuple[dict[str, Any], ...] = ()
        self.key: Hashable = None  # of the call, None for text and thoughts
        self._message: Message | None = None
        self._member = ""

    def clear(self) -> None:
        """Another record is fed."""
        self.values = ()

    def keep(self, message: Message, *values: dict[str, Any], member: str = "text", key: Hashable = None) -> None:
        """Keep a delta of a message's text or thoughts, or of the arguments of its call with this key."""
        self._message, self.values, self._member, self.key = message, values, member, key

    def is_like(self, value: Any, names: tuple[str, ...]) -> bool:
        """Return whether a value has what the first of ``values`` has under these names."""
        return type(value) is dict and bool(self.values) and same_members(value, self.values[0], names)

    def append(self, text: Any, json_source: bool) -> str | None:
        """Record a text that continues the last delta; None if it must be fed."""
        message = self._message
        if message is None or not message.leads(self._member) or not can_append(text, json_source):
            return None
        message.append(self._member, self.key, text)
        return str(text)

    def repeats(self, text: Any) -> bool:
        """Return whether a text is all of that of the message again (R15)."""
        message = self._message
        if message is None or not isinstance(text, str) or len(text) < SURE:
            return False
        return message.item.fresh("text", text) is not text


class Run:
    """The messages of one source, one after the other. ``live`` is set by the dialect while a run goes on."""

    def __init__(self, dialect: str, end: str = "") -> None:
        self.build = ChunkBuilder(dialect)
        self.end = end
        self.live = False
        self._items = Items()
        self._messages: list[Message] = []  # all of this run, in the order of their items
        self._called: dict[Hashable, Message] = {}  # by the ids of their calls
        self._settled: set[Hashable] = set()  # the ids of calls that whole messages with an id had
        self._open: list[Message] = []  # of which only the first may leave
        self._failed = False
        self._error = ""  # the message of the failure
        self._expected: Any = None  # a failure of which a record may say more
        self._begun = False
        self._count = 0

    @property
    def missing(self) -> str:
        """The record that ends the run, while it goes on; else ""."""
        return self.end if self.live else ""

    @property
    def last(self) -> Message | None:
        """The message that began last, if it is open."""
        return self._open[-1] if self._open else None

    @property
    def open(self) -> tuple[Message, ...]:
        """The messages that are open, in their order."""
        return tuple(self._open)

    def thoughts_end(self) -> Chunks:
        """The thoughts of the last message are complete: others that follow are apart from them (R16)."""
        if self.last is not None:
            self.last.thoughts_end()
        return []

    def leads(self, message: Message) -> bool:
        """Return whether what this message emits leaves at once, and alone."""
        return bool(self._open) and self._open[0] is message

    def message(self, ident: Any = None, model: Any = None) -> Message:
        """Begin a message; those before it stay open until they finish."""
        self._failed = False
        self._count += 1
        named = isinstance(ident, str) and ident != ""
        item = self._items.begin("message", (ident,) if named else ())
        message = Message(self, ident if named else f"message-{self._count}", model, item)
        self._messages.append(message)
        self._open.append(message)
        return message

    def current(self, ident: Any = None, model: Any = None) -> Message:
        """The message that began last, or a new one."""
        return self.last or self.message(ident, model)

    def repeated(self, ident: Any, texts: dict[str, str], calls: Iterable[Any] = ()) -> Message | None:
        """The message that a whole one repeats: by the ids of its calls, by its own, or by text and thoughts (R15).

        ``texts`` has "text" and "thoughts", where there are any. None where the message is new.
        """
        called = [
            one
            for key in map(key_of, calls)
            if (one := self._called.get(key)) is not None and (one.ident == ident or key not in self._settled)
        ]
        known = min(called, key=lambda one: one.item.number, default=None)
        if known is None:
            addresses = (ident,) if isinstance(ident, str) and ident else ()
            wholes = {member: text for member, text in texts.items() if text}
            item = self._items.match("message", wholes, addresses)
            known = None if item is None else self._messages[item.number]
        if known is not None:
            known.item.closed = True
        return known

    def settle(self, message: Message, calls: Iterable[Any] = ()) -> None:
        """A whole message had the id of this one: no whole message with another id repeats it, or its calls (R15)."""
        message.item.settled = True
        self._settled.update(map(key_of, calls))

    def enter_call(self, ident: Hashable, message: Message) -> None:
        """Let a message be known by the id of a call from now on; the first with that id counts."""
        self._called.setdefault(ident, message)

    def history(self) -> None:
        """A history begins: it has each message of the run once."""
        self._items.reopen()

    def forget(self) -> None:
        """Begin another run: whole texts from now on repeat nothing of this one (R15)."""
        self._items, self._messages = Items(), []
        self._called = {}
        self._settled.clear()

    def flush(self) -> Chunks:
        """Return the chunks that are held by the first open message, and by the next ones once it has ended."""
        chunks: Chunks = []
        while self._open:
            message = self._open[0]
            if message.held and not message.began:
                message.began = self._begun = True
                self.build.begin(message.ident, message.model)
            chunks += [make() for make in message.held]
            message.held.clear()
            if not message.ended:
                break
            del self._open[0]
        return chunks

    def finish_messages(self) -> Chunks:
        """End all open messages, in their order."""
        return [chunk for message in list(self._open) for chunk in message.finish()]

    def note(self, kinds: dict[str, Any]) -> Chunks:
        """Emit members that Chat Completions has no place for."""
        return [self.build.beyond(kinds)]

    def usage(self, usage: dict[str, Any] | None) -> Chunks:
        """The usage of the last message; nothing where the response has failed."""
        return [] if usage is None or self._failed else [self.build.usage(usage)]

    def finish(
        self, reason: str | None = None, usage: dict[str, Any] | None = None, kinds: dict[str, Any] | None = None
    ) -> Chunks:
        """The run ends as it should; its last message with this reason."""
        self.live = False
        self.forget()  # what a long session would gather
        empty = not (self._begun or self._failed or any(message.held for message in self._open))
        chunks: Chunks = []
        for message in self._open[:-1]:
            chunks += message.finish()
        if self._open or empty:  # a run without a message is complete
            chunks += self.current().finish(reason or ("stop" if empty else None), kinds)
        elif kinds:
            chunks += self.note(kinds)
        return chunks + self.usage(usage)

    @property
    def over(self) -> bool:
        """Return whether the run has failed, and nothing came since."""
        return self._failed and not self.live

    @property
    def failing(self) -> bool:
        """Return whether a record of an error may still say why the run failed."""
        return self._expected is not None

    def fail_at_end(self, error: Any) -> None:
        """The run failed: ``close`` reports it, unless ``fail`` has said why before. None where it is tried again."""
        self.live, self._expected = False, error

    def fail(self, error: Any) -> Chunks:
        """The run failed: what it holds leaves, then the error (R11, R12), unless the same was said before."""
        message, before = message_of(error), self._error
        if self.over and (message in before or before in message):
            return self.note({"error": error})
        self.live, self._error, self._expected = False, message, None
        chunks = [chunk for message in self._open[:-1] for chunk in message.finish()]
        self._open.clear()
        self._failed = True
        return [*chunks, self.build.error(error)]

    def close(self) -> Chunks:
        """The input ended: what is held leaves; a run that is still live was cut."""
        chunks: Chunks = [] if self._expected is None else self.fail(self._expected)
        while len(self._open) > 1:
            chunks += self._open[0].finish()
        if self.live and (not self._open or not self._open[0].began):
            chunks += self.current("cut").open()  # another id than the last: then it is another step (R13)
        if self.live:
            self.build.cut()
        self._open.clear()
        self.forget()
        self.live = self._failed = self._begun = False
        self.build.begin()
        return chunks


class RunReader(Dialect):
    """What the readers of most agents share; what belongs to one source is set in ``_begin``."""

    def __init__(self, dialect: str = "", end: str = "") -> None:
        self._run = Run(dialect, end)
        self._last = LastDelta()  # for the readers that append
        self._run_ident: Hashable = None
        self._begin()

    def _begin(self) -> None:
        """Another source begins."""

    @property
    def missing(self) -> str:
        """The record that ends the run, while it goes on; else ""."""
        return self._run.missing

    def _of_run(self, ident: Any) -> Chunks:
        """A record has the id of its run: one with another id, which goes on, was cut (R11)."""
        known, found = self._run_ident, key_of(ident)
        if found in (None, "", known):
            return []
        self._run_ident = found
        return [] if known is None else self._begins()

    def _begins(self) -> Chunks:
        """A record begins a run: one that goes on was cut (R11)."""
        return self.close() if self._run.live else []

    def close(self) -> Chunks:
        """The input ended: a run that is still live was cut (R11)."""
        chunks = self._run.close()
        self._begin()
        return chunks


def open_end(value: Any) -> str:
    """The end of a value's JSON text that may still change as the value grows: its last scalar and the brackets."""
    if isinstance(value, dict) and value:
        return open_end(list(value.values())[-1]) + "}"
    if isinstance(value, list) and value:
        return open_end(value[-1]) + "]"
    return '"' if isinstance(value, str) else dumps(value, ensure_ascii=False)


def message_of(value: Any, fallback: str = "an error without a message") -> str:
    """The message in an error of any shape."""
    if isinstance(value, str) and value:
        return value
    if isinstance(value, dict):
        for name in ("message", "errorText", "detail", "error", "result", "data", "msg", "name"):
            if value.get(name):
                return message_of(value[name], fallback)
    if isinstance(value, list) and value:  # what is wrong with each field
        return message_of(value[0], fallback)
    return fallback
