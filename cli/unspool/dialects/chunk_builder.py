"""Builder for the chunks of translated dialects: each validates as openai's ChatCompletionChunk.

    builder = ChunkBuilder("anthropic")
    builder.begin(id, model)          a response begins: what the last one left behind is forgotten
    builder.text("Hi")                -> a chunk; the first of each choice carries the role
    builder.call(key, id, name)       -> a chunk; the dialect's key of a call maps to a dense index
    builder.arguments(key, '{"a"')    -> a chunk
    builder.finish("stop")            -> a chunk
    builder.beyond({kind: value})     -> a chunk without choices

What Chat Completions cannot express is in one extension member:

    "unspool": {"dialect": NAME, KIND: what came, …}       on a chunk that leaves anyway, or on one without choices

KIND is the dialect's own word for it, and what came is left as it came.
"""

from collections.abc import Container, Hashable, Iterator
from typing import Any, Final, TypeGuard

from unspool.core.errors import NotAChunk
from unspool.core.parser.string_decoder import has_surrogates, is_whole
from unspool.core.rewriter.wire import BOUNDARY, EXTENSION, LATER, RESPONSE, WHOLE, Chunk, Delta
from unspool.dialects.members import in_snake_case

Chunks = list[Chunk]
DIALECT: Final = "dialect"
"""The member of the extension that names the dialect; all others are kinds."""


class ChunkBuilder:
    """Makes the chunks of one response after the other.

    ``created`` is in seconds; 0 if the dialect has no time; the id and the model
    are "" if it has none (Q1).
    """

    def __init__(self, dialect: str = "") -> None:
        self._dialect = dialect
        self._open: set[int] = set()  # choices with output, and without an end
        self._interrupted = False  # a response began before the one before it had ended
        self._cut = False  # and that is certain
        self.begin()

    def begin(self, ident: Any = None, model: Any = None, created: Any = None) -> None:
        """A response begins. Values of the wrong kind count as absent."""
        self._interrupted = self._interrupted or bool(self._open)
        self._open.clear()
        self.ident = ident if isinstance(ident, str) else ""
        self.model = model if isinstance(model, str) else ""
        self.created = created if isinstance(created, int) else 0
        self._begun: set[int] = set()
        self._calls: dict[tuple[int, Hashable], int] = {}
        self._counts: dict[int, int] = {}
        self._runs: dict[tuple[int, str], Hashable] = {}  # the block that each kind of text last came from
        self._current: dict[int, str] = {}  # the kind of text that came last, in each choice
        self._divided: set[tuple[int, str]] = set()  # texts that another block followed

    # --- members of a choice ---------------------------------------------------------------

    def role(self, choice: int = 0) -> Chunk:
        """Return the chunk that starts a response, without text."""
        return self.delta({"content": ""}, choice)

    def start(self) -> Chunk:
        """Return the chunk for a provider's own start of a response, marked if the one before was cut (R13).

        Where only the id shows another response, it is not certain: some providers change it within one (Q11).
        """
        self._cut = self._cut or self._interrupted
        return self.role()

    def cut(self) -> None:
        """Mark the next response as another one: this one, which may have no output, was cut (R13)."""
        self._cut = True

    def text(self, text: str, choice: int = 0, block: Hashable = None) -> Chunk:
        """A piece of ordinary text; ``block`` is the key of its block or item, None if unknown."""
        return self._piece("content", text, choice, block)

    def thoughts(self, text: str, choice: int = 0, block: Hashable = None) -> Chunk:
        """A piece of native reasoning (R7, Q17)."""
        return self._piece("reasoning_content", text, choice, block)

    def _piece(self, member: str, text: str, choice: int, block: Hashable) -> Chunk:
        """A piece of text, marked if it begins another message than the text before it (R16)."""
        marked = self.begins_message(member, choice, block)
        if (choice, member) not in self._runs or marked:
            self._divided.discard((choice, member))
        self._runs[choice, member] = block
        self._current[choice] = member
        self._divide(choice, but=member)
        chunk = self.delta({member: text}, choice)
        if marked:
            chunk["choices"][0][BOUNDARY] = member
        return chunk

    def begins_message(self, member: str, choice: int = 0, block: Hashable = None) -> bool:
        """Return whether text of this block is another message than the text before: a block came between (R16)."""
        if (choice, member) not in self._divided:
            return False
        return block is None or block != self._runs.get((choice, member))

    def divide(self, choice: int = 0) -> None:
        """Another block begins: text that comes after it is another message."""
        self._divide(choice)

    def _divide(self, choice: int, but: str = "") -> None:
        for one, member in self._runs:
            if one == choice and member != but:
                self._divided.add((one, member))

    def refusal(self, text: str, choice: int = 0) -> Chunk:
        """A piece of a refusal."""
        return self.delta({"refusal": text}, choice)

    def call(self, key: Hashable, ident: Any, name: Any, arguments: str = "", choice: int = 0, **members: Any) -> Chunk:
        """A call begins; ``key`` is what its further pieces are known by. ``members`` ride on the call (T19)."""
        return self._call(
            key, ident, {"type": "function", "function": _held(name, "arguments", arguments)}, choice, members
        )

    def custom_call(self, key: Hashable, ident: Any, name: Any, text: str = "") -> Chunk:
        """A call of a custom tool begins, whose input is free text (T24)."""
        return self._call(key, ident, {"custom": _held(name, "input", text)}, 0, {})

    def _call(self, key: Hashable, ident: Any, held: dict[str, Any], choice: int, members: dict[str, Any]) -> Chunk:
        self._divide(choice)
        place = self._calls.get((choice, key))
        if place is None:  # else it began without a name
            place = self._calls[choice, key] = self._counts.get(choice, 0)
            self._counts[choice] = place + 1
        known = {"id": ident} if isinstance(ident, str) and ident else {}
        return self.delta({"tool_calls": [{"index": place, **known, **held, **members}]}, choice)

    def arguments(self, key: Hashable, fragment: str, choice: int = 0) -> Chunk:
        """A fragment of a call's arguments; of a call that never began it is the first."""
        place = self._calls.get((choice, key))
        if place is None:
            return self.call(key, None, None, fragment, choice)
        return self.delta({"tool_calls": [{"index": place, "function": {"arguments": fragment}}]}, choice)

    def whole_arguments(self, key: Hashable, arguments: str) -> Chunk:
        """The whole arguments of a call whose deltas differ: the rewriter reads a longer message from them (R15)."""
        return self._whole_arguments(key, arguments, {})

    def later_arguments(self, key: Hashable, arguments: str) -> Chunk:
        """Whole arguments that are others than those before, which were whole, too.

        They are no other reading of the deltas, and reported only where their message is another.
        """
        return self._whole_arguments(key, arguments, {LATER: True})

    def _whole_arguments(self, key: Hashable, arguments: str, mark: dict[str, bool]) -> Chunk:
        place = self._calls.get((0, key))
        if place is None:
            return self.call(key, None, None, arguments)
        chunk = self.delta({})
        entry = {"index": place, "function": {"arguments": arguments}, **mark}
        chunk["choices"][0][WHOLE] = ("tool_calls", [entry])
        return chunk

    def contradicted(self, member: str, whole: str, choice: int = 0) -> list[Chunk]:
        """A whole text that is another than the deltas of this member, which count (R15); nothing where there is none.

        The rewriter reports it; the chunk is not emitted.
        """
        if not whole:
            return []
        chunk = self.delta({}, choice)
        chunk["choices"][0][WHOLE] = (member, whole)
        return [chunk]

    def custom_input(self, key: Hashable, fragment: str) -> Chunk:
        """A fragment of the input of a custom tool's call; of a call that never began it is the first."""
        place = self._calls.get((0, key))
        if place is None:
            return self.custom_call(key, None, None, fragment)
        return self.delta({"tool_calls": [{"index": place, "custom": {"input": fragment}}]})

    def called(self, key: Hashable, choice: int = 0) -> bool:
        """Return whether a call is known by this key."""
        return (choice, key) in self._calls

    def calls(self, choice: int = 0) -> int:
        """The number of calls of a choice."""
        return self._counts.get(choice, 0)

    def finish(self, reason: str | None = None, choice: int = 0) -> Chunk:
        """A choice ends, with a finish reason of Chat Completions; without one that follows from its calls."""
        chunk = self.delta({}, choice)
        chunk["choices"][0]["finish_reason"] = reason or ("tool_calls" if self.calls(choice) else "stop")
        self._open.discard(choice)
        return chunk

    def delta(self, delta: Delta, choice: int = 0) -> Chunk:
        """A chunk with this delta, and the role if it is the choice's first."""
        for value in delta.values():
            if value:
                self._open.add(choice)
        if choice in self._begun:
            return self._chunk([{"index": choice, "delta": delta, "finish_reason": None}])
        self._begun.add(choice)
        opened = {"index": choice, "delta": {"role": "assistant", **delta}, "finish_reason": None}
        if self._cut:
            opened[BOUNDARY] = RESPONSE
        self._cut = self._interrupted = False
        return self._chunk([opened])

    # --- members of a response outside choices --------------------------------------------

    def usage(self, usage: dict[str, Any]) -> Chunk:
        """The usage, in a separate chunk (Q5); ``usage`` is made by ``usage_of``."""
        return {**self._chunk([]), "usage": usage}

    def error(self, error: Any) -> Chunk:
        """An error ends the response (R12)."""
        self._open.clear()
        return {**self._chunk([]), "error": error}

    def beyond(self, kinds: dict[str, Any]) -> Chunk:
        """Return a chunk with members that Chat Completions cannot express."""
        return self.adding(self._chunk([]), kinds)

    def adding(self, chunk: Chunk, kinds: dict[str, Any]) -> Chunk:
        """``chunk``, with members that Chat Completions cannot express added to it."""
        if kinds:
            extension = chunk[EXTENSION] = {DIALECT: self._dialect, **chunk.get(EXTENSION, {}), **kinds}
            extension[DIALECT] = self._dialect  # a kind may have this name
        return chunk

    def _chunk(self, choices: list[dict[str, Any]]) -> Chunk:
        return {
            "id": self.ident,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
            "choices": choices,
        }


def _held(name: Any, member: str, text: str) -> dict[str, Any]:
    """The name of a tool, where there is one, and what it is called with."""
    return {"name": name, member: text} if isinstance(name, str) and name else {member: text}


def beyond_of(chunk: Chunk) -> Iterator[str]:
    """The kinds in a chunk that Chat Completions cannot express."""
    extension = chunk.get(EXTENSION)  # a sender may have a member of that name, of any type
    return (kind for kind in extension if kind != DIALECT) if isinstance(extension, dict) else iter(())


def object_of(event: dict[str, Any], name: str) -> dict[str, Any]:
    """The object that an event must hold under a name. Raises NotAChunk."""
    value = event.get(name)
    if not isinstance(value, dict):
        raise NotAChunk(f"a {event.get('type')} without its {name}")
    return value


def rest_of(value: dict[str, Any], handled: Container[str]) -> dict[str, Any]:
    """Return the members of an object that are not handled elsewhere."""
    return {name: member for name, member in value.items() if member is not None and name not in handled}


def key_of(value: Any) -> Hashable:
    """A number or a name of the dialect's own as a key; None for what can be none."""
    if isinstance(value, int):  # two tests: compiled code makes a union of types each time
        return value
    return value if isinstance(value, str) else None


def namespace_of(value: Any) -> dict[str, Any]:
    """The member of a call with the namespace of its tool, which message tools may be named with; none for no name."""
    return {"namespace": value} if isinstance(value, str) and value else {}


def same_members(value: dict[str, Any], last: dict[str, Any], names: tuple[str, ...]) -> bool:
    """Return whether two events have exactly the same values under these names: 1.0 is no index, but equals one."""
    for name in names:
        found, known = value.get(name), last.get(name)
        if found is not known and (type(found) is not str or found != known):
            return False
    return True


def has_members(value: dict[str, Any], names: tuple[str, ...], known: list[Any]) -> bool:
    """Return whether an event has these values under these names, as ``same_members`` compares them with an event."""
    for place, one in enumerate(known):
        found = value.get(names[place])
        if found is not one and (type(found) is not str or found != one):
            return False
    return True


def can_append(text: Any, json_source: bool) -> TypeGuard[str]:
    """Return whether a delta is text to append with others: not empty, and without halves of surrogate pairs.

    With ``json_source`` it is part of a JSON string, so a quote may end that, and an escape may be unfinished.
    """
    if type(text) is not str or not text or (json_source and not is_whole(text)):
        return False
    return not has_surrogates(text)


def usage_of(
    prompt: Any, completion: Any, *, total: Any = None, cached: Any = None, reasoning: Any = None
) -> dict[str, Any]:
    """A usage as Chat Completions has it, in tokens; what is no number counts as absent.

    ``cached`` is part of ``prompt``, ``reasoning`` of ``completion``.
    """
    prompt_tokens, completion_tokens, total_tokens = tokens(prompt) or 0, tokens(completion) or 0, tokens(total)
    usage: dict[str, Any] = {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens if total_tokens is None else total_tokens,
    }
    cached_tokens, reasoning_tokens = tokens(cached), tokens(reasoning)
    if cached_tokens is not None:
        usage["prompt_tokens_details"] = {"cached_tokens": cached_tokens}
    if reasoning_tokens is not None:
        usage["completion_tokens_details"] = {"reasoning_tokens": reasoning_tokens}
    return usage


def chat_usage(usage: dict[str, Any]) -> dict[str, Any]:
    """The usage of a format that has the names of Chat Completions, without its other members."""
    usage = usage if "prompt_tokens" in usage else in_snake_case(usage)
    return usage_of(usage.get("prompt_tokens"), usage.get("completion_tokens"), total=usage.get("total_tokens"))


def sum_tokens(*counts: Any) -> int:
    """The sum of counts of tokens; what is no number counts as absent."""
    return sum(tokens(count) or 0 for count in counts)


def tokens(count: Any) -> int | None:
    """A count of tokens, which some relays write as 42.0 (Q26)."""
    if type(count) is int:  # not a bool, which is one for isinstance
        return count
    return int(count) if isinstance(count, float) and count.is_integer() else None
