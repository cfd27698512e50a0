"""Strands: what ``stream_async`` of its agents yields, printed as JSON lines or sent as server-sent events.

Checked against 1.62.0.

    {"event": {…}}               an event of Bedrock's ConverseStream, which ``bedrock`` reads; its
                                 contentBlockIndex may be missing: then blocks come one after the other
    {"data"}, {"reasoningText"}, {"current_tool_use"}    the same pieces again: they count where no event came
    {"message"}                  a whole message: in the extension; so is a sub-agent's ``tool_stream_event``
    {"force_stop": true}         the run was stopped: an error (R17); it may come twice
    usage                        as Bedrock's; where the total is the sum of input and output, as models of OpenAI's
                                 and Google's count, the input contains what was read from a cache
    {"init_event_loop"}, {"start"}, {"result"}, …    dropped
    {"type": "multiagent_node_stream"}   the same of a node, an agent of several, whose messages leave one after the
                                 other (R16); others of this kind: in the extension

Where the connection to a model of OpenAI's is lost, the message stops with end_turn although its block has not, and the
whole message is empty: it was cut (R11).

A run has no end that is always there (``result`` is no JSON): it is complete with a response that ended, also one with
calls, and was cut where the results of tools are last (R11).

Source: the records as version 1.62.0 yields them, and https://strandsagents.com (streaming).
"""

from typing import Any

from unspool.core.errors import NotAChunk
from unspool.dialects.agents.run import Run, message_of
from unspool.dialects.agents.signs import is_strands
from unspool.dialects.agents.subagents import begins, finishes
from unspool.dialects.base import Dialect
from unspool.dialects.bedrock import Bedrock
from unspool.dialects.chunk_builder import Chunks, sum_tokens, tokens
from unspool.dialects.members import dict_of, dicts_of, word_of

NAME = "strands"
_OF_BLOCKS = ("contentBlockDelta", "contentBlockStart", "contentBlockStop")
_EVENTS = frozenset({"messageStart", "messageStop", *_OF_BLOCKS})
_PIECES = frozenset({"data", "reasoningText", "current_tool_use"})
"""Members that have the pieces as callbacks do."""


class Strands(Dialect):
    """Reads the records of one run after the other."""

    def __init__(self) -> None:
        self._bedrock = Bedrock(NAME)
        self._run = Run(NAME)
        self._begin()

    def _begin(self) -> None:
        self._events = False  # the run consists of events
        self._live = False
        self._open = False  # a message has begun, and not stopped
        self._reported = False  # the failure of the run
        self._block = 0  # of blocks without an index
        self._in_block = False  # a block has not stopped
        self._responses = 0
        self._nodes: dict[str, Strands] = {}  # the readers of agents that run together, by their nodes
        self._current_node: str | None = None  # the node whose message has begun, and not ended
        self._ended = False  # it has ended, and its usage may follow
        self._waiting: dict[str, Chunks] = {}  # what others say meanwhile

    def feed(self, value: Any) -> Chunks:
        """Translate one record into chunks. Raises NotAChunk."""
        if isinstance(value, str):  # servers print what is no JSON, like an agent, as Python shows it
            return self._run.note({"text": value})
        if not isinstance(value, dict):
            raise NotAChunk("no record of Strands")
        event = value.get("event")
        if isinstance(event, dict) and len(value) == 1:
            return self._event(event)
        if self._events and "delta" in value and not _PIECES.isdisjoint(value) and not value.get("error"):
            return []  # an event had it
        kind = word_of(value, "type")
        if kind.startswith("multiagent_"):
            return self._of_node(kind, word_of(value, "node_id"), value)
        if _is_of_another(kind, value):
            return self._run.note({kind or "record": value})
        return self._record(value)

    def _record(self, value: dict[str, Any]) -> Chunks:
        """A record that is no event: of the loop, a whole message, or a piece as callbacks have it."""
        if value.get("error") or value.get("force_stop"):
            return self._failed(value)
        if "message" in value or "tool_stream_event" in value:
            kind = "message" if "message" in value else "tool_stream_event"
            self._live = _goes_on(dict_of(value, "message"))
            return [*self._whole(value), *self._run.note({kind: value})]
        cut = "init_event_loop" in value and (self._live or self._open)  # the run before it
        chunks = self.close() if cut else []
        self._live = _is_followed(value, self._live)
        self._reported = self._reported and not self._live
        self._run.live = self._run.live or self._live
        return chunks + ([] if self._events else self._piece(value))

    def _failed(self, value: dict[str, Any]) -> Chunks:
        """The loop around a loop stops for the same reason, and repeats it; a server adds another error."""
        self._live = False
        if self._reported:
            return self._run.note({"error": value})
        self._reported = True
        if value.get("error"):
            return self._run.fail({"message": message_of(value["error"]), "code": word_of(value, "error_type")})
        reason = str(value.get("force_stop_reason") or "the run was stopped")
        return self._run.fail({"message": reason, "code": "force_stop"})

    def close(self) -> Chunks:
        """The input ended: without the message that must follow it was cut."""
        chunks: Chunks = []
        for node, reader in list(self._nodes.items()):
            chunks += self._in_turn(node, _of(node, reader.close()))
        self._current_node = None
        while self._waiting:
            chunks += self._next()
            self._current_node = None
        chunks += self._bedrock.close()
        self._run.live = self._live
        if self._live or self._open:
            self._bedrock.cut()
        chunks += self._run.close()
        self._begin()
        return chunks

    # --- several agents ----------------------------------------------------------------------

    def _of_node(self, kind: str, node: str, value: dict[str, Any]) -> Chunks:
        """A record of one of several agents, which may themselves consist of several."""
        if kind == "multiagent_node_stream" and isinstance(value.get("event"), dict):
            reader = self._nodes.get(node)
            if reader is None:
                reader = self._nodes[node] = Strands()
            return self._in_turn(node, _of(node, reader.feed(value["event"])))
        chunks: Chunks = []
        if kind == "multiagent_node_stop" and node in self._nodes:
            chunks = self._in_turn(node, _of(node, self._nodes.pop(node).close()))
            self._current_node = None if self._current_node == node else self._current_node
        return chunks + self._next() + self._run.note({kind: value})

    def _in_turn(self, node: str, chunks: Chunks) -> Chunks:
        """What leaves now: a message waits until that of another node has ended."""
        found = self._next()
        if self._current_node in (None, node):
            return found + self._note_turn(node, chunks)
        self._waiting.setdefault(node, []).extend(chunks)
        return found

    def _next(self) -> Chunks:
        """What waited, in the order of the nodes, up to a message that has not ended."""
        found: Chunks = []
        while self._waiting and self._current_node is None:
            node = next(iter(self._waiting))
            found += self._note_turn(node, self._waiting.pop(node))
        return found

    def _note_turn(self, node: str, chunks: Chunks) -> Chunks:
        """Note whose turn it is: it ends with what follows the end of a message, which is its usage."""
        for chunk in chunks:
            if begins(chunk):
                self._current_node, self._ended = node, False
            elif self._ended and self._current_node == node:
                self._current_node = None
            self._ended = self._ended or finishes(chunk)
        return chunks

    # --- one agent ---------------------------------------------------------------------------

    def _event(self, event: dict[str, Any]) -> Chunks:
        if "contentBlockDelta" in event:
            self._events = self._in_block = True
        elif self._in_block and dict_of(event, "messageStop").get("stopReason") == "end_turn":
            return self._run.note({"messageStop": event})
        else:
            self._note_part(event)
        chunks = self._bedrock.feed(self._placed(event))
        for chunk in chunks:
            chunk["id"] = chunk["id"] or f"message-{self._responses}"
        return chunks

    def _note_part(self, event: dict[str, Any]) -> None:
        """Note the beginning or the end of a message or of a block."""
        self._events = self._events or not _EVENTS.isdisjoint(event)
        if "messageStart" in event:
            self._block, self._live, self._in_block, self._reported = 0, False, False, False
            self._open = True
            self._responses += 1
        elif "contentBlockStart" in event:
            self._block += 1
        elif "contentBlockStop" in event:
            self._in_block = False
        elif "messageStop" in event:
            self._open = False

    def _placed(self, event: dict[str, Any]) -> dict[str, Any]:
        """The event of a block with its index; where there is none, by the order of the blocks; usage as Bedrock's."""
        for name in _OF_BLOCKS:
            inner = event.get(name)
            if isinstance(inner, dict):
                return event if "contentBlockIndex" in inner else {name: {**inner, "contentBlockIndex": self._block}}
        return _counted(event) if "metadata" in event else event

    def _piece(self, value: dict[str, Any]) -> Chunks:
        """A piece as callbacks have it, where there are no events, or the mark that it was the last."""
        if "result" in value or "start_event_loop" in value:
            return self._run.finish_messages()
        if isinstance(value.get("data"), str):
            return self._run.current().text(value["data"])
        if isinstance(value.get("reasoningText"), str):
            return self._run.current().thoughts(value["reasoningText"])
        use = dict_of(value, "current_tool_use")
        if use:
            message, key = self._run.current(), str(use.get("toolUseId"))
            return message.whole_call(key, use.get("toolUseId"), use.get("name"), use.get("input"))
        return []

    def _whole(self, value: dict[str, Any]) -> Chunks:
        """A whole message of the assistant ends the one that came in pieces."""
        message = dict_of(value, "message")
        if self._events or message.get("role") != "assistant":
            return []
        last = self._run.current()
        parts = dicts_of(message, "content")
        if not parts and not last.empty:
            return []
        chunks = last.text_whole("".join(part["text"] for part in parts if isinstance(part.get("text"), str)))
        for part in parts:
            use = dict_of(part, "toolUse")
            if use:
                key = str(use.get("toolUseId"))
                chunks += last.whole_call(key, use.get("toolUseId"), use.get("name"), use.get("input"))
        return chunks + last.finish()


def _of(node: str, chunks: Chunks) -> Chunks:
    """Chunks with the node in their ids: nodes number their messages in the same way."""
    for chunk in chunks:
        chunk["id"] = f"{node}/{chunk['id']}"
    return chunks


def _counted(event: dict[str, Any]) -> dict[str, Any]:
    """The event of a usage as Bedrock counts: the input does not contain what a cache gave or took."""
    metadata = dict_of(event, "metadata")
    usage = dict_of(metadata, "usage")
    read, made, total = (tokens(usage.get(name)) for name in ("inputTokens", "outputTokens", "totalTokens"))
    cached = sum_tokens(*(usage.get(f"cache{one}InputTokens") for one in ("Read", "Write")))
    if read is None or made is None or not cached or read + made != total or cached > read:
        return event
    return {**event, "metadata": {**metadata, "usage": {**usage, "inputTokens": read - cached}}}


def _is_of_another(kind: str, value: dict[str, Any]) -> bool:
    """Return whether a record is another program's: one of JSON-RPC, with another type, or with another message."""
    if value.get("error"):
        return False
    if "jsonrpc" in value or ("result" in value and "id" in value):
        return True
    if kind:
        return not is_strands(value) and kind not in value
    message = dict_of(value, "message")
    return "role" in message and not isinstance(message.get("content"), list)


def _is_followed(value: dict[str, Any], live: bool) -> bool:
    """Return whether an answer follows: not behind the result, which may be that of a call."""
    if "init_event_loop" in value or "start_event_loop" in value:
        return True
    return live and "result" not in value and "structured_output" not in value


def _goes_on(message: dict[str, Any]) -> bool:
    """Return whether an answer follows: after the results of tools."""
    return message.get("role") == "user"
