"""Events of the AI SDK: calls that the provider's server answers. Their results are read as those of other calls."""

from typing import Any

from unspool.core.events import Event
from unspool.dialects.members import word_of
from unspool.dialects.tools.calls import Call, Reader, ServerCalls, arguments_of


def _ident(record: dict[str, Any]) -> str:
    return word_of(record, "toolCallId") or word_of(record, "id")


def start(calls: ServerCalls, record: dict[str, Any], _: str) -> list[Event]:
    """A call begins; a later event has its input whole."""
    ident = _ident(record)
    calls.open[ident] = Call(ident, word_of(record, "toolName"), [])
    return []


def delta(calls: ServerCalls, record: dict[str, Any], _: str) -> list[Event]:
    """A fragment of its input."""
    call = calls.open.get(_ident(record))
    if call is not None:
        call.arguments.append(word_of(record, "inputTextDelta") or word_of(record, "delta"))
    return []


def whole(calls: ServerCalls, record: dict[str, Any], _: str) -> list[Event]:
    """A call with its whole input."""
    if record.get("providerExecuted") is not True or record.get("dynamic") is True:
        return []
    ident = _ident(record)
    return calls.called(Call(ident, word_of(record, "toolName"), [arguments_of(record.get("input"))]))


READERS: dict[str, Reader] = {
    "tool-input-start": start,
    "tool-input-delta": delta,
    "tool-input-available": whole,
    "tool-input-error": whole,
    "tool-call": whole,
}
