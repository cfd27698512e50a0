"""Executions of tools in the events of Mistral's conversations."""

from typing import Any

from unspool.core.events import Event
from unspool.dialects.members import word_of
from unspool.dialects.tools.calls import Call, Reader, ServerCalls, arguments_of


def execution(calls: ServerCalls, record: dict[str, Any], kind: str) -> list[Event]:
    """The begin of an execution, a fragment of its arguments, its end, or the whole of it."""
    call = Call(word_of(record, "id"), word_of(record, "name"), [arguments_of(record.get("arguments"))])
    if kind == "tool.execution.started":
        calls.open[call.ident] = call
        return []
    known = calls.open.get(call.ident)
    if kind == "tool.execution.delta":
        if known is not None:
            known.arguments.extend(call.arguments)
        return []
    return calls.called(known or call) + calls.returned(call.ident, record.get("info") or None, False)


READERS: dict[str, Reader] = dict.fromkeys(
    ("tool.execution", "tool.execution.started", "tool.execution.delta", "tool.execution.done"), execution
)
