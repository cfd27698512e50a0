"""Mastra: the chunks of an agent's ``fullStream``, as its server sends them and programs log them.

After the source of @mastra/core of early 2026. A chunk has a type, the runId, whom it is ``from``, and a payload; that
of an agent is a part of the AI SDK, which ``ai_sdk`` reads:

    start, step-start, text-…, reasoning-…     as the parts with these names
    tool-call-input-streaming-start, tool-call-delta, tool-call    a call in pieces, or whole
    tool-result, tool-error                    in the extension
    step-finish, finish                        the reason is in ``stepResult``, the usage in ``output``
    tripwire                                   a processor stopped the run, which fails unless it is tried again (R17)
    error, abort                               the run failed (R12), or was stopped (R17)
    workflow-step-output, agent-execution-event-…    a chunk of an agent in a workflow, or in a network of agents, which
                                               is the agent for the user; such a run has a separate end
    workflow-finish                            a ``workflowStatus`` that is a failure: the run failed (R12)
    tool-output                                a chunk of an agent that a tool runs: a sub-agent's, in the extension

A stream without ``finish`` was cut (R11), unless [DONE] is its end.

Source: https://github.com/mastra-ai/mastra, packages/core/src/stream/types.ts.
"""

from typing import Any, Final

from unspool.core.errors import NotAChunk
from unspool.dialects.agents.ai_sdk import AiSdk
from unspool.dialects.agents.run import message_of
from unspool.dialects.agents.signs import is_mastra
from unspool.dialects.chunk_builder import Chunks, same_members
from unspool.dialects.members import dict_of, word_of

_NAMES: Final = {
    "tool-call-input-streaming-start": "tool-input-start",
    "tool-call-input-streaming-end": "tool-input-end",
}
"""The types of the AI SDK's parts by those of chunks that have others."""
_ENDS: Final = {"workflow-start": "workflow-finish", "routing-agent-start": "network-execution-event-finish"}
"""The ends of runs in which agents run, by their beginnings."""
_FAILED: Final = frozenset({"failed", "tripwire", "canceled"})
"""The states of a workflow that failed, or was stopped."""
_NESTED: Final = "agent-execution-event-"
_SAME: Final = ("type", "runId", "from")


class Mastra(AiSdk):
    """Reads the chunks of one run after the other."""

    def __init__(self) -> None:
        super().__init__("mastra", "finish")
        self._chunk: dict[str, Any] = {}  # the last one
        self._reason = ""  # why a step of a workflow failed
        self._outer = ""  # the end of the run around the agents, if there is one

    def feed(self, value: Any) -> Chunks:
        """Translate one chunk into chunks. Raises NotAChunk."""
        if not isinstance(value, dict) or not is_mastra(value):
            raise NotAChunk("no chunk of Mastra")
        kind, payload = word_of(value, "type"), dict_of(value, "payload")
        self._chunk = value
        if kind in _ENDS:
            self._outer, self._reason = _ENDS[kind], ""
        nested = payload if kind.startswith(_NESTED) else dict_of(payload, "output")
        if kind == "tool-output":
            return self._note("subagent", value)
        if (kind.startswith(_NESTED) or kind == "workflow-step-output") and is_mastra(nested):
            return self.feed(nested)
        if kind in _ENDS.values():
            self._outer = ""
        if "error" in payload and kind == "workflow-step-result":
            self._reason = message_of(payload["error"])
        if kind == "workflow-finish" and payload.get("workflowStatus") in _FAILED:
            return self._note(kind, value) + self._run.fail({"message": self._reason or "the workflow failed"})
        if kind == "tripwire":
            return self._tripwire(value, payload)
        if value.get("from") != "AGENT" or kind.startswith("data-"):
            return self._note(kind, value)
        return super().feed(_part(kind, payload))

    def append(self, value: Any, json_source: bool) -> str | None:
        """Process a chunk whose delta only continues the last one; see Dialect."""
        if type(value) is not dict or not self._last.values or not same_members(value, self._chunk, _SAME):
            return None
        payload = value.get("payload")
        return super().append({**payload, "type": value["type"]}, json_source) if type(payload) is dict else None

    @property
    def missing(self) -> str:
        """The end of the run, if it has not come."""
        return self._outer or super().missing

    def done(self) -> Chunks:
        """[DONE] came, which the server writes where it closes the stream."""
        self._outer = ""
        return super().done()

    def close(self) -> Chunks:
        """The input ended: a run without its end was cut."""
        self._run.live = self._run.live or self._outer != ""
        self._outer = ""
        return super().close()

    def _note(self, kind: str, value: dict[str, Any]) -> Chunks:
        self._last.clear()
        return self._run.note({kind: value})

    def _tripwire(self, value: dict[str, Any], payload: dict[str, Any]) -> Chunks:
        reason = word_of(payload, "reason") or "a processor stopped the run"
        if payload.get("retry") is not True:
            self._run.fail_at_end({"message": reason, "code": "tripwire"})
        return self._note("tripwire", value)


def _part(kind: str, payload: dict[str, Any]) -> dict[str, Any]:
    """The part of the AI SDK that a chunk of an agent corresponds to."""
    part = {**payload, "type": _NAMES.get(kind, kind)}
    if kind in ("step-finish", "finish"):
        result = dict_of(payload, "stepResult")
        part["usage"] = dict_of(payload, "output").get("usage") or payload.get("totalUsage")
        if "reason" in result:
            part["finishReason"] = result["reason"]
    return part
