"""Steps of Gemini's Interactions API that its server runs."""

from typing import Any

from unspool.core.events import Event
from unspool.dialects.members import dict_of, word_of
from unspool.dialects.tools.calls import Call, ServerCalls, arguments_of

MARK = "event_type"
"""The member that each event of this protocol has."""


def step(calls: ServerCalls, record: dict[str, Any], kind: str) -> list[Event]:
    """A step, or what its deltas have of one; steps whose type ends in ``_call`` have a result in another step."""
    held = dict_of(record, "step") or dict_of(record, "content") or dict_of(record, "delta")
    if held.get("type") != kind or kind == "function_result":
        return []
    if kind.endswith("_call"):
        return _call(calls, held, kind)
    if not held.get("result"):
        return []
    return calls.returned(word_of(held, "call_id"), held["result"], held.get("is_error") is True)


def _call(calls: ServerCalls, held: dict[str, Any], kind: str) -> list[Event]:
    name = word_of(held, "name")
    tool = f"mcp__{word_of(held, 'server_name')}__{name}" if name else kind.removesuffix("_call")
    began = (ident for ident, one in calls.open.items() if one.tool == tool)  # a delta may have no id
    call = Call(word_of(held, "id") or next(began, ""), tool, [arguments_of(held.get("arguments"))])
    if held.get("arguments"):
        return calls.called(call)
    calls.open[call.ident] = call
    return []
