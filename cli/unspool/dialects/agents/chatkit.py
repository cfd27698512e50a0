"""ChatKit: the events of a thread that its server streams to the chat in a page.

After the source of openai-chatkit 1.5.0.

    thread.item.added         an item begins: assistant_message, workflow, widget; a user's is in the extension
    thread.item.updated       its ``update``, by its type:
      assistant_message.content_part.added, .text_delta, .done    text; ``done`` whole (R15)
      workflow.task.added, .updated                               a task of type thought: thoughts so far (R15)
      widget.streaming_text.value_delta                           text of a widget that the model writes
    thread.item.done          the item, whole: its message ends; a client_tool_call is a call
    thread.item.replaced      the same, of an item that is open
    thread.item.removed       an answer is taken back, after a guardrail: an error or another answer follows
    error                     the run failed (R12): ``message``, else ``code``

Threads, options, progress, effects, notices and annotations ride in the
extension. There is no usage, no finish reason and no last event: a run ends with
an answer, a widget or a client's tool, and was cut behind anything else (R11).

Source: https://github.com/openai/chatkit-python, chatkit/types.py and agents.py.
"""

from collections.abc import Callable, Hashable, Iterator
from typing import Any

from unspool.core.errors import NotAChunk
from unspool.dialects.agents.run import Message, RunReader, message_of
from unspool.dialects.chunk_builder import Chunks, key_of, same_members
from unspool.dialects.items import Item
from unspool.dialects.members import dict_of, dicts_of, word_of
from unspool.variants.texts import text_in

_ANSWERS = frozenset({"assistant_message", "widget"})
"""The types of items that are for the user, and from the model."""
_ENDS = _ANSWERS | {"client_tool_call"}
"""The types of items with which a run may end."""
_DEEPEST = 16  # components of a widget inside of each other


class ChatKit(RunReader):
    """Reads the events of one run after the other."""

    def __init__(self) -> None:
        super().__init__("chatkit")

    def _begin(self) -> None:
        self._messages: dict[str, Message] = {}  # of each item, by its id
        self._parts: dict[Hashable, Item] = {}  # of each text and thought, by item and place
        self._part = Item()  # that of the last delta

    def feed(self, value: Any) -> Chunks:
        """Translate one event into chunks. Raises NotAChunk."""
        self._last.clear()
        kind = word_of(value, "type")
        if not kind:
            raise NotAChunk("no event of ChatKit")
        if kind == "error":
            return self._run.fail({"message": message_of(value.get("message") or value.get("code"))})
        handler = _HANDLERS.get(kind)
        return self._run.note({kind: value}) if handler is None else handler(self, value)

    def append(self, value: Any, json_source: bool) -> str | None:
        """Process an update whose delta only continues the last one; see Dialect."""
        last = self._last.values
        if len(last) != 2 or type(value) is not dict or not same_members(value, last[0], ("type", "item_id")):
            return None
        update = value.get("update")
        if type(update) is not dict or not same_members(update, last[1], ("type", "content_index", "component_id")):
            return None
        text = self._last.append(update.get("delta"), json_source)
        if text is not None:
            self._part.add("text", text)
        return text

    def _created(self, event: dict[str, Any]) -> Chunks:
        return self._begins() + self._run.note({"thread.created": event})

    # --- items ---------------------------------------------------------------------------------

    def _added(self, event: dict[str, Any]) -> Chunks:
        item = dict_of(event, "item")
        if word_of(item, "type") == "user_message":
            return self._asked(event)
        self._run.live = True
        message = self._message(word_of(item, "id")) if word_of(item, "type") in _ANSWERS else None
        return self._so_far(item, message) + self._run.note({"thread.item.added": event})

    def _asked(self, event: dict[str, Any]) -> Chunks:
        """A message of the user begins a run."""
        chunks = self._begins()
        self._run.live = True
        return chunks + self._run.note({str(event["type"]): event})

    def _done(self, event: dict[str, Any]) -> Chunks:
        item = dict_of(event, "item")
        kind, ident = word_of(item, "type"), word_of(item, "id")
        if kind == "user_message":
            return self._asked(event)
        if ident in self._messages and self._messages[ident].ended:  # R15: replaced, or done twice
            return self._run.note({str(event["type"]): event})
        if kind == "end_of_turn":
            return self._run.note({"thread.item.done": event}) + self._run.finish()
        self._run.live = kind not in _ENDS
        if kind == "client_tool_call":
            message, call = self._message(ident), item.get("call_id")
            return message.whole_call("call", call, item.get("name"), item.get("arguments")) + message.finish()
        if kind not in _ANSWERS:
            return self._so_far(item, None) + self._run.note({str(event["type"]): event})
        message = self._message(ident)
        chunks = self._so_far(item, message)
        if message.empty:  # a widget without text
            chunks += message.note({str(event["type"]): event})
        return chunks + message.finish()

    def _replaced(self, event: dict[str, Any]) -> Chunks:
        known = word_of(dict_of(event, "item"), "id") in self._messages
        return self._done(event) if known else self._run.note({"thread.item.replaced": event})

    def _removed(self, event: dict[str, Any]) -> Chunks:
        message = self._messages.get(word_of(event, "item_id"))
        self._run.live = self._run.live or message is not None
        chunks = [] if message is None else message.finish()
        return chunks + self._run.note({"thread.item.removed": event})

    def _message(self, ident: str) -> Message:
        """The message of an item; what is open and has thoughts alone is the beginning of it."""
        if ident not in self._messages:
            last = self._run.last
            new = last is None or last.answered or last in self._messages.values()
            self._messages[ident] = self._run.message(ident) if last is None or new else last
        return self._messages[ident]

    def _so_far(self, item: dict[str, Any], message: Message | None) -> Chunks:
        """What is new of an item."""
        ident, chunks = word_of(item, "id"), list[Chunks]()
        if message is not None:
            for index, part in enumerate(dicts_of(item, "content")):
                chunks.append(self._text_whole(message, (ident, index), part.get("text")))
            for component, text in _texts_of(item.get("widget"), _DEEPEST):
                chunks.append(self._text_whole(message, (ident, key_of(component)), text))
        for index, task in enumerate(dicts_of(dict_of(item, "workflow"), "tasks")):
            chunks.append(self._task((ident, index), task))
        return [chunk for some in chunks for chunk in some]

    # --- updates -------------------------------------------------------------------------------

    def _updated(self, event: dict[str, Any]) -> Chunks:
        ident, update = word_of(event, "item_id"), dict_of(event, "update")
        kind = word_of(update, "type")
        if kind.startswith("workflow.task."):
            return self._task((ident, key_of(update.get("task_index"))), dict_of(update, "task"))
        if kind in ("assistant_message.content_part.added", "assistant_message.content_part.done"):
            self._run.live = True
            place = ident, key_of(update.get("content_index"))
            return self._text_whole(self._message(ident), place, dict_of(update, "content").get("text"))
        if kind not in ("assistant_message.content_part.text_delta", "widget.streaming_text.value_delta"):
            return self._run.note({"thread.item.updated": event})
        self._run.live = True
        message = self._message(ident)
        place = ident, key_of(update.get("content_index", update.get("component_id")))
        self._part = self._parts.setdefault(place, Item())
        self._part.add("text", text_in(update.get("delta")))
        self._last.keep(message, event, update)
        return message.text(update.get("delta"))

    def _text_whole(self, message: Message, place: Hashable, text: Any) -> Chunks:
        """A text so far: what is new of it, and nothing where it is another text, for the deltas count."""
        if not isinstance(text, str):
            return []
        part = self._parts.setdefault(place, Item())
        rest = part.remainder("text", text)
        if rest is None:
            return message.other("text", part.contradiction("text", text))
        part.add("text", rest)
        return message.text(rest)

    def _task(self, place: Hashable, task: dict[str, Any]) -> Chunks:
        """A task of a workflow so far: one that is a thought."""
        self._run.live = True
        text = task.get("content")
        if word_of(task, "type") != "thought" or not isinstance(text, str):
            return self._run.note({"task": task})
        part = self._parts.get(place)
        message = self._run.current()
        if part is None:
            message.thoughts_end()
            part = self._parts[place] = Item()
        rest = part.remainder("text", text) or ""
        part.add("text", rest)
        return message.thoughts(rest)


def _texts_of(widget: Any, depth: int) -> Iterator[tuple[Any, Any]]:
    """The texts of a widget that come in pieces, by the ids of their components."""
    if isinstance(widget, dict) and depth:
        if widget.get("streaming") is not None and "id" in widget:
            yield widget["id"], widget.get("value")
        yield from _texts_of(widget.get("children"), depth - 1)
    elif isinstance(widget, list):
        for one in widget:
            yield from _texts_of(one, depth)


_HANDLERS: dict[str, Callable[[ChatKit, dict[str, Any]], Chunks]] = {
    "thread.created": ChatKit._created,
    "thread.item.added": ChatKit._added,
    "thread.item.updated": ChatKit._updated,
    "thread.item.done": ChatKit._done,
    "thread.item.replaced": ChatKit._replaced,
    "thread.item.removed": ChatKit._removed,
}
"""The reader of each type of event that is more than a note."""
