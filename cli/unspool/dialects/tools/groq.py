"""Tools that Groq's compound systems run, in chunks of Chat Completions: ``executed_tools`` of a delta or a message.

An entry comes twice, without its output and with it, and is known by its index.
"""

from typing import Any

from unspool.core.events import Event
from unspool.dialects.members import dict_of, dicts_of, list_of, word_of
from unspool.dialects.tools.calls import Call, ServerCalls


def executed(calls: ServerCalls, chunk: dict[str, Any]) -> list[Event]:
    """The calls in a chunk, or in a whole completion, and their results."""
    found: list[Event] = []
    for choice in dicts_of(chunk, "choices"):
        index = choice.get("index")
        calls.choice = index if isinstance(index, int) else 0
        for entry in dicts_of(dict_of(choice, "delta") or dict_of(choice, "message"), "executed_tools"):
            ident = f"{calls.choice}-{entry.get('index')}"
            found += calls.called(Call(ident, word_of(entry, "type"), [word_of(entry, "arguments")]))
            output = _output(entry)
            if output:
                found += calls.returned(ident, output, False)
    return found


def _output(entry: dict[str, Any]) -> Any:
    """The result of a tool: its text, the sources that it found, or what its code printed."""
    sources = list_of(entry, "browser_results") or list_of(dict_of(entry, "search_results"), "results")
    return entry.get("output") or sources or dicts_of(entry, "code_results")
