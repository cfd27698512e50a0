"""The calls of one response: of functions, whose arguments are JSON, and of custom tools; see ``responses``."""

from typing import Any, Final

from unspool.core.rewriter.wire import Chunk, arguments_text
from unspool.dialects.chunk_builder import ChunkBuilder, namespace_of, rest_of
from unspool.dialects.items import Item, Items

_CALL: Final = frozenset({"type", "id", "call_id", "name", "arguments", "status"})
_JSON_START: Final = "{"


class Calls:
    """Emits the calls of one response, with ``build``.

    Arguments in which no JSON has begun wait: they may be encrypted, which the whole arguments show.
    """

    def __init__(self, build: ChunkBuilder | None = None) -> None:
        self._build = ChunkBuilder() if build is None else build
        self._waiting: dict[int, str] = {}  # arguments in which no JSON has begun, by the numbers of their items

    def begin(self, item: Item, whole: dict[str, Any]) -> list[Chunk]:
        """The beginning of a call, if the item is one and it has not begun."""
        if item.kind not in ("function_call", "custom_tool_call") or not item.note("call"):
            return []
        item.name = item.name or whole.get("name")
        ident, name = whole.get("call_id") or whole.get("id"), whole.get("name")
        if item.kind == "custom_tool_call":
            return [self._build.custom_call(item.number, ident, name)]
        rest = rest_of(whole, _CALL)
        chunk = self._build.call(item.number, ident, name, **namespace_of(rest.pop("namespace", None)))
        return [self._build.adding(chunk, {"function_call": rest} if rest else {})]

    def delta(self, item: Item, text: str) -> list[Chunk]:
        """A fragment of arguments."""
        if item.noted(_JSON_START):
            return self._add(item, text)
        waiting = self._waiting.pop(item.number, "")
        self._note(item, text)
        text = waiting + item.unseen("arguments", text)[0]
        if item.noted(_JSON_START):
            return self._emit(item, text) if text else []
        if text:
            self._waiting[item.number] = text
        return []

    def append(self, item: Item, text: str) -> bool:
        """Record a fragment that continues the last one; false where it must be fed."""
        if item.number in self._waiting:
            return False
        item.add("arguments", text)  # and not _note: JSON has begun in it
        return True

    def whole(self, item: Item, arguments: Any) -> list[Chunk]:
        """Emit what whole arguments have beyond their fragments (R15).

        Where the fragments are not their beginning and no JSON begins in them, they
        are no arguments at all (encrypted ones, for example): the whole counts.
        """
        rest = item.remainder("arguments", arguments)
        waiting = self._waiting.pop(item.number, "") if arguments else ""
        if waiting and rest is not None:
            return self._emit(item, waiting) + self._add(item, rest)
        if rest is None and item.noted(_JSON_START):
            return [self._build.whole_arguments(item.number, arguments_text(arguments))]
        if rest is None:
            rest = arguments_text(arguments)
        return self._add(item, rest)

    def rest(self, items: Items) -> list[Chunk]:
        """The arguments in which no JSON has begun, where nothing said what they are."""
        left, self._waiting = self._waiting, {}
        return [chunk for item in items if item.number in left for chunk in self._emit(item, left[item.number])]

    def _add(self, item: Item, text: str) -> list[Chunk]:
        if not text:
            return []
        self._note(item, text)
        text = item.unseen("arguments", text)[0]
        return self._emit(item, text) if text else []

    def _emit(self, item: Item, text: str) -> list[Chunk]:
        if self._build.called(item.number):
            return [self._build.arguments(item.number, text)]
        return [self._build.call(item.number, f"call_{item.number}", None, text)]  # its name comes later, if at all

    def _note(self, item: Item, text: str) -> None:
        item.add("arguments", text)
        if _JSON_START in text:
            item.note(_JSON_START)

    def input(self, item: Item, text: str) -> list[Chunk]:
        """A piece of the input of a custom tool."""
        if not text:
            return []
        item.add("input", text)
        text = item.unseen("input", text)[0]
        return [self._build.custom_input(item.number, text)] if text else []

    def whole_input(self, item: Item, text: Any) -> list[Chunk]:
        """Emit what the whole input of a custom tool has beyond its pieces (R15)."""
        if not isinstance(text, str):
            return []
        chunks = self.input(item, item.remainder("input", text) or "")
        return chunks + self._build.contradicted("content", item.contradiction("input", text))
