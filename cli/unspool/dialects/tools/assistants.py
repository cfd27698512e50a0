"""Steps of a run of OpenAI's Assistants."""

from typing import Any

from unspool.core.events import Event
from unspool.dialects.members import dict_of, dicts_of, word_of
from unspool.dialects.tools.calls import Call, Reader, ServerCalls, arguments_of


def step(calls: ServerCalls, record: dict[str, Any], _: str) -> list[Event]:
    """A step that has ended: its calls with their results. Of functions, which clients answer, the results alone."""
    found: list[Event] = []
    if record.get("status") not in ("completed", "failed"):
        return found
    for call in dicts_of(dict_of(record, "step_details"), "tool_calls"):
        kind, ident = word_of(call, "type"), word_of(call, "id")
        held = dict_of(call, kind)
        if kind == "function":
            if held.get("output") is not None:
                found += calls.returned(ident, held["output"], False)
            continue
        given = {name: value for name, value in held.items() if name not in ("outputs", "results") and value}
        found += calls.called(Call(ident, kind, [arguments_of(given)]))
        found += calls.returned(ident, held.get("outputs"), record["status"] == "failed")
    return found


READERS: dict[str, Reader] = {"thread.run.step": step}
