"""OpenAI's Agents API: the events of a session.

Checked against the events as OpenAI documents them in August 2026.

    agent.session.turn.created           a turn begins: turn.id, turn.subagent_id
    agent.session.turn.output_text.delta     text, by item_id and content_index
    agent.session.turn.reasoning_summary_text.delta    thoughts; another part of a summary is apart
    agent.session.turn.item.added        a call, where it has its arguments: it waits for its result; a result: the
                                         message before it has ended
    agent.session.turn.item.done         a whole item: text and thoughts beyond the deltas (R15), calls
        function_call, mcp_call          call_id, name, arguments; server_label
        command_execution, web_search_call    the same of the agent's own tools
    agent.session.requires_action        the end of a run that waits: its calls beyond those before
    agent.session.turn.completed         the end of the turn, and its usage
    agent.session.turn.failed, .cancelled, agent.session.failed, error    the end of a run that failed (R12)
    anything else                        in the extension

The turns of sub-agents ride in the extension.

    usage     input_tokens, output_tokens, total_tokens, with their details; of each turn

Source: https://developers.openai.com/api/reference/resources/beta/subresources/agents/streaming-events.
"""

from collections.abc import Callable, Hashable
from typing import Any

from unspool.core.errors import NotAChunk
from unspool.dialects.agents.run import Message, RunReader, message_of
from unspool.dialects.chunk_builder import Chunks, key_of, usage_of
from unspool.dialects.members import dict_of, dicts_of, texts_of, word_of

_ADDRESSES = ("type", "turn_id", "item_id", "content_index")
_OWN = {"command_execution": ("command", "cwd"), "web_search_call": ("action",)}
"""The arguments of calls of the agent's own tools, by the type of their item."""


class AgentsApi(RunReader):
    """Reads the events of one session, turn after turn."""

    def __init__(self) -> None:
        super().__init__("agents-api", "agent.session.turn.completed")

    def _begin(self) -> None:
        self._subagents: set[Hashable] = set()  # the ids of their turns
        self._of: dict[Hashable, Message] = {}  # the message that an item belongs to
        self._block: Any = None  # the index of the text, or of the summary, that came last

    def feed(self, value: Any) -> Chunks:
        """Translate one event into chunks. Raises NotAChunk."""
        self._last.clear()
        kind = word_of(value, "type")
        if not kind:
            raise NotAChunk("no event of a session of the Agents API")
        turn = dict_of(value, "turn")
        ident = key_of(value.get("turn_id") or turn.get("id") or dict_of(value, "item").get("turn_id"))
        if turn.get("subagent_id"):
            self._subagents.add(ident)
        if ident is not None and ident in self._subagents:
            return self._run.note({"subagent": value})
        handler = _HANDLERS.get(kind)
        return self._run.note({kind: value}) if handler is None else handler(self, value)

    def append(self, value: Any, json_source: bool) -> str | None:
        """Process a piece of text that only continues the last one; see Dialect."""
        return self._last.append(value.get("delta"), json_source) if self._last.is_like(value, _ADDRESSES) else None

    # --- items -------------------------------------------------------------------------------

    def _message(self, ident: Any, answers: bool) -> tuple[Message, Chunks]:
        """The message of an item; one before it is over where this item ``answers``, and so has that."""
        self._run.live = True
        key, last = key_of(ident), self._run.last
        if key in self._of:
            return self._of[key], []
        self._block = None
        chunks = last.finish() if answers and last is not None and last.answered else []
        message = self._of[key] = self._run.current(ident)
        return message, chunks

    def _text_delta(self, event: dict[str, Any]) -> Chunks:
        message, chunks = self._message(event.get("item_id"), answers=True)
        if self._block is not None and event.get("content_index") != self._block:
            message.divide()
        self._block = event.get("content_index")
        self._last.keep(message, event)
        return chunks + message.text(event.get("delta"))

    def _thoughts_delta(self, event: dict[str, Any]) -> Chunks:
        message, chunks = self._message(event.get("item_id"), answers=True)
        if self._block is not None and event.get("summary_index") != self._block:
            message.thoughts_end()
        self._block = event.get("summary_index")
        return chunks + message.thoughts(event.get("delta"))

    def _item_added(self, event: dict[str, Any]) -> Chunks:
        item = dict_of(event, "item")
        kind = word_of(item, "type")
        if kind == "function_call_output":
            self._run.live = True
            return self._run.finish_messages() + self._run.note({kind: item})
        if kind == "function_call" and item.get("arguments"):
            return self._call(item, item.get("call_id"), item.get("name"), item.get("arguments"))
        return self._run.note({str(event["type"]): event})

    def _item_done(self, event: dict[str, Any]) -> Chunks:
        item = dict_of(event, "item")
        kind, ident = word_of(item, "type"), item.get("id")
        if kind == "message" and item.get("role") != "user":
            message, chunks = self._message(ident, answers=True)
            return chunks + message.text_whole(texts_of(item.get("content"), "output_text"))
        if kind == "reasoning":
            return self._reasoning(item)
        if kind in ("function_call", "mcp_call"):
            server = word_of(item, "server_label")
            namespace = f"mcp__{server}" if server else None
            return self._call(item, item.get("call_id") or ident, item.get("name"), item.get("arguments"), namespace)
        if kind in _OWN:
            given = {name: item[name] for name in _OWN[kind] if item.get(name) is not None}
            return self._call(item, ident, kind, given)
        return self._run.note({str(event["type"]): event})

    def _reasoning(self, item: dict[str, Any]) -> Chunks:
        """The summaries of a whole item, unless they came in deltas."""
        if key_of(item.get("id")) in self._of:
            return []
        message, chunks = self._message(item.get("id"), answers=True)
        for part in dicts_of(item, "summary"):
            chunks += message.thoughts(part.get("text"))
            message.thoughts_end()
        return chunks

    def _call(self, item: dict[str, Any], ident: Any, name: Any, arguments: Any, namespace: Any = None) -> Chunks:
        key = key_of(ident)
        if key not in self._of:
            self._of[key] = self._message(ident, answers=False)[0]
        message = self._of[key]
        if message.ended:  # it waited for its result
            return self._run.note({word_of(item, "type"): item})
        chunks = message.whole_call(key, ident, name, arguments, namespace=namespace)
        return chunks + (message.note({word_of(item, "type"): item}) if "output" in item else [])

    # --- ends --------------------------------------------------------------------------------

    def _turn(self, event: dict[str, Any]) -> Chunks:
        chunks = self._of_run(dict_of(event, "turn").get("id"))
        self._run.live = True
        return chunks + self._run.note({str(event["type"]): event})

    def _requires_action(self, event: dict[str, Any]) -> Chunks:
        chunks: Chunks = []
        for action in dicts_of(dict_of(event, "session"), "required_actions"):
            if action.get("type") == "function_call":
                chunks += self._call(action, action.get("call_id"), action.get("name"), action.get("arguments"))
        return chunks + self._run.finish(None, None, {"agent.session.requires_action": event})

    def _completed(self, event: dict[str, Any]) -> Chunks:
        used = dict_of(event, "usage") or dict_of(dict_of(event, "turn"), "usage")
        cached = dict_of(used, "input_tokens_details").get("cached_tokens")
        reasoning = dict_of(used, "output_tokens_details").get("reasoning_tokens")
        usage = usage_of(
            used.get("input_tokens"),
            used.get("output_tokens"),
            total=used.get("total_tokens"),
            cached=cached,
            reasoning=reasoning,
        )
        self._of.clear()  # some agents number their calls turn by turn
        return self._run.finish(None, usage if used else None)

    def _failed(self, event: dict[str, Any]) -> Chunks:
        held = dict_of(event, "turn") or dict_of(event, "session") or dict_of(event, "environment") or event
        ended = str(event["type"]).rpartition(".")[2]
        message = message_of(held.get("error"), "the turn was cancelled" if ended == "cancelled" else "the turn failed")
        self._of.clear()
        return self._run.fail({"message": message, "code": word_of(dict_of(held, "error"), "code") or ended})


_HANDLERS: dict[str, Callable[[AgentsApi, dict[str, Any]], Chunks]] = {
    **dict.fromkeys(("agent.session.turn.created", "agent.session.turn.in_progress"), AgentsApi._turn),
    "agent.session.turn.output_text.delta": AgentsApi._text_delta,
    "agent.session.turn.reasoning_summary_text.delta": AgentsApi._thoughts_delta,
    "agent.session.turn.item.added": AgentsApi._item_added,
    "agent.session.turn.item.done": AgentsApi._item_done,
    "agent.session.requires_action": AgentsApi._requires_action,
    "agent.session.turn.completed": AgentsApi._completed,
    **dict.fromkeys(("agent.session.turn.failed", "agent.session.turn.cancelled"), AgentsApi._failed),
    **dict.fromkeys(("agent.session.failed", "agent.session.environment.failed", "error"), AgentsApi._failed),
}
"""The reader of each type of event that says more than the extension holds."""
