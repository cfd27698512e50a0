"""Parts of Gemini's responses: calls of tools that Google runs, their results, and the searches behind an answer."""

from typing import Any

from unspool.core.events import Event
from unspool.dialects.members import dict_of, dicts_of, list_of, word_of
from unspool.dialects.tools.calls import Call, Reader, ServerCalls, arguments_of


def code(calls: ServerCalls, record: dict[str, Any], _: str) -> list[Event]:
    """Code that Gemini runs."""
    return calls.called(Call(word_of(record, "id"), "code_execution", [arguments_of(record)]))


def code_result(calls: ServerCalls, record: dict[str, Any], _: str) -> list[Event]:
    """What the code printed."""
    failed = word_of(record, "outcome") not in ("", "OUTCOME_OK")
    return calls.returned(word_of(record, "id"), word_of(record, "output"), failed)


def call(calls: ServerCalls, record: dict[str, Any], _: str) -> list[Event]:
    """A call of another tool."""
    tool = word_of(record, "toolType").lower()
    return calls.called(Call(word_of(record, "id"), tool, [arguments_of(record.get("args"))]))


def result(calls: ServerCalls, record: dict[str, Any], _: str) -> list[Event]:
    """The result of such a call."""
    return calls.returned(word_of(record, "id"), record.get("response"), False)


def grounding(calls: ServerCalls, record: dict[str, Any], _: str) -> list[Event]:
    """The searches behind an answer and the sources that they found, where no part of the answer is a call."""
    queries = [one for one in list_of(record, "webSearchQueries") if isinstance(one, str)]
    if not queries or calls.any_called:
        return []
    sources = [dict_of(one, "web") for one in dicts_of(record, "groundingChunks")]
    found = calls.called(Call("", "google_search", [arguments_of({"queries": queries})]))
    return found + calls.returned("", [one for one in sources if one], False)


READERS: dict[str, Reader] = {
    "executableCode": code,
    "codeExecutionResult": code_result,
    "toolCall": call,
    "toolResponse": result,
    "groundingMetadata": grounding,
}
