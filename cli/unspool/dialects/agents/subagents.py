"""Messages of sub-agents as steps between those of the main agent, on request.

    reader = WithSubagents("claude-code", load)     a Dialect like any other

A dialect's own reader keeps what sub-agents write in the extension, as kind
``subagent``. Here these records go to separate readers, one for each sub-agent. A message of theirs
leaves whole, once it has finished and no message of the main agent is open (R16);
its first chunk has ``subagent`` in the extension. What a sub-agent left open when
the main agent goes on ends with a finish: whether the run was cut shows from the
main agent alone (R11).
"""

from collections.abc import Callable
from typing import Any

from unspool.core.rewriter.wire import EXTENSION, Chunk
from unspool.dialects.agents.tool_results import tool_results
from unspool.dialects.base import Dialect
from unspool.dialects.chunk_builder import DIALECT, Chunks
from unspool.dialects.members import dict_of

SUBAGENT = "subagent"
"""The kind of a record of a sub-agent."""
Loader = Callable[[str], Dialect]


def _claude_code(value: dict[str, Any]) -> Any:
    if value.get("type") not in ("assistant", "stream_event", "user"):
        return None
    return value.get("parent_tool_use_id") or (value.get("agentId") if value.get("isSidechain") is True else None)


def _ag_ui(value: dict[str, Any]) -> Any:
    kind = value.get("type")
    return value.get("subagentRunId") if isinstance(kind, str) and not kind.startswith(_FRAMES) else None


def _codex_server(value: dict[str, Any]) -> Any:
    return dict_of(value, "params").get("threadId")


def _copilot(value: dict[str, Any]) -> Any:
    if not str(value.get("type")).startswith("assistant."):
        return None
    return value.get("agentId") or dict_of(value, "data").get("parentToolCallId")


def _langchain(value: dict[str, Any]) -> Any:
    return value.get(SUBAGENT)


_FRAMES = ("RUN_", "SUBAGENT_", "MESSAGES_SNAPSHOT", "STATE_")
_KEYS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "claude-code": _claude_code,
    "ag-ui": _ag_ui,
    "codex-server": _codex_server,
    "copilot": _copilot,
    "langchain": _langchain,
}
"""The id of the sub-agent that a record of one belongs to; None for one that is no part of its messages."""
_REMOVED = frozenset({"parent_tool_use_id", "isSidechain", "session_id", "subagentRunId", "agentId", SUBAGENT})
"""Members that show a record to be a sub-agent's, or a run's that has a separate end."""


def with_subagents(name: str, load: Loader) -> Dialect:
    """The reader of a dialect that shows its sub-agents, where it has any."""
    return WithSubagents(name, load) if name in _KEYS else load(name)


class WithSubagents(Dialect):
    """Reads one source; see the module's head."""

    def __init__(self, name: str, load: Loader) -> None:
        self._name = name
        self._load = load
        self._key = _KEYS[name]
        self._main = load(name)
        self._open = False  # a message of the main agent has begun and not finished
        self._readers: dict[Any, _Subagent] = {}
        self._waiting: Chunks = []  # whole messages of sub-agents

    def feed(self, value: Any) -> Chunks:
        """The chunks of one record. Raises NotAChunk."""
        return self._between([chunk for chunk in self._main.feed(value) if not self._take_record(chunk)])

    def _take_record(self, chunk: Chunk) -> bool:
        """Read the record of a sub-agent that a chunk keeps; returns whether it is one."""
        record = chunk.get(EXTENSION, {}).get(SUBAGENT)
        key = None if record is None else self._key(record)
        if key is None:
            return False
        reader = self._readers.setdefault(key, _Subagent(self._load(self._name), self._name, key))
        self._waiting += reader.feed({name: member for name, member in record.items() if name not in _REMOVED})
        return True

    @property
    def missing(self) -> str:
        """The end of the main agent's run, if it has not come."""
        return self._main.missing

    def done(self) -> Chunks:
        """The end of the main agent's stream came."""
        return self._between(self._main.done())

    def end_of_lines(self) -> Chunks:
        """The lines of the source ended."""
        return self._between(self._main.end_of_lines())

    def close(self) -> Chunks:
        """The input ended: what sub-agents wrote leaves before the end of the main agent's run."""
        chunks = self._between(self._main.close())
        for reader in self._readers.values():
            self._waiting += reader.close()
        waiting, self._waiting = self._waiting, []
        self._readers.clear()
        self._open = False
        return waiting + chunks if not any(map(finishes, chunks)) else chunks + waiting

    def _between(self, chunks: Chunks) -> Chunks:
        """The main agent's chunks, with messages of sub-agents while no message of the main agent is open."""
        found: Chunks = []
        for chunk in chunks:
            if begins(chunk) and not self._open:
                for reader in self._readers.values():  # the main agent goes on: what they left open is over
                    self._waiting += reader.close()
            if not self._open:
                found += self._take()
            self._open = (self._open or begins(chunk)) and not finishes(chunk)
            found.append(chunk)
        return found if self._open else found + self._take()

    def _take(self) -> Chunks:
        waiting, self._waiting = self._waiting, []
        return waiting


class _Subagent:
    """The reader of one sub-agent, which gives whole messages."""

    def __init__(self, reader: Dialect, dialect: str, key: Any) -> None:
        self._reader = reader
        self._mark = {DIALECT: dialect, SUBAGENT: key}
        self._message: Chunks = []

    def feed(self, value: Any) -> Chunks:
        """The messages that a record completes; a tool's result completes the one with its call."""
        chunks = self._reader.feed(value)
        ended = self.close() if self._message and any(map(tool_results, chunks)) else []
        return ended + self._complete(chunks)

    def close(self) -> Chunks:
        """The messages that are left, ended where they are.

        One that only begins here says that the run was cut, as in a transcript that ends with a tool's result.
        """
        last = self._reader.close()
        chunks = self._complete(last)
        rest, self._message = self._message, []
        if rest and not (len(rest) == 1 and any(one is rest[0] for one in last)):
            end = {"index": 0, "delta": {}, "finish_reason": "stop"}
            rest.append({**{name: rest[-1][name] for name in ("id", "object", "created", "model")}, "choices": [end]})
            chunks += rest
        return chunks

    def _complete(self, chunks: Chunks) -> Chunks:
        found: Chunks = []
        for chunk in chunks:
            if not self._message and not begins(chunk):
                if EXTENSION in chunk and not chunk.get("choices"):
                    found.append(chunk)  # a tool's result, for one; a usage or an error ends no step of the run
                continue
            if not self._message:
                chunk[EXTENSION] = {**self._mark, **chunk.get(EXTENSION, {})}
            self._message.append(chunk)
            if finishes(chunk):
                found += self._message
                self._message = []
        return found


def begins(chunk: Chunk) -> bool:
    """Return whether a chunk begins a message."""
    return any("role" in choice["delta"] for choice in chunk.get("choices", ()))


def finishes(chunk: Chunk) -> bool:
    """Return whether a chunk ends a message."""
    return bool(chunk.get("error")) or any(choice["finish_reason"] is not None for choice in chunk.get("choices", ()))
