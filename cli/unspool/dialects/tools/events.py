"""Calls that the provider's server answers itself, and results of tools: events from the extension of chunks.

    tools = ToolEvents()
    tools.settle(chunks)       -> [Event, …]   before the chunks of a record, while it ``waits``: a call that is whole
    tools.events(chunk, step)  -> [Event, …]   of a translated chunk, or of one that has Groq's
    tools.close()              -> [Event, …]   no more chunks will come; calls that have no end

Chat Completions has no place for either, so each dialect keeps their records in
the extension, and nothing of them is in the rewritten chunk: no client has to
answer such a call. A call is reported once its arguments are whole, its result
once it has one.
"""

from typing import Any, Final

from unspool.core.events import Event, ToolReturned
from unspool.core.rewriter.wire import EXTENSION, Chunk
from unspool.dialects.agents.tool_results import tool_results
from unspool.dialects.tools import (
    ai_sdk,
    anthropic,
    assistants,
    bedrock,
    gemini,
    groq,
    interactions,
    mistral,
    responses,
)
from unspool.dialects.tools.calls import Reader, ServerCalls

_READERS: Final[dict[str, Reader]] = {
    **responses.READERS,
    **anthropic.READERS,
    **gemini.READERS,
    **mistral.READERS,
    **bedrock.READERS,
    **assistants.READERS,
    **ai_sdk.READERS,
}
"""Readers of a record, by the name under which the extension has it."""


class ToolEvents:
    """The calls of one source; see the module's head."""

    def __init__(self) -> None:
        self._calls = ServerCalls()

    @property
    def waits(self) -> bool:
        """Return whether the arguments of a call come in fragments."""
        return self._calls.streaming is not None

    def settle(self, chunks: list[Chunk]) -> list[Event]:
        """Report the call whose arguments come in fragments, unless these chunks have more of them."""
        kind = self._calls.kind
        return [] if any(kind in chunk.get(EXTENSION, {}) for chunk in chunks) else self._calls.settle()

    def close(self) -> list[Event]:
        """Report the calls that are not whole: the stream was cut."""
        return self._calls.close()

    def events(self, chunk: Chunk, step: int) -> list[Event]:
        """The calls and results in the extension of a chunk."""
        calls = self._calls
        if step != calls.step:
            calls.begin_step(step)
        extension = chunk.get(EXTENSION)
        if not isinstance(extension, dict):
            return groq.executed(calls, chunk)
        choice = extension.get("index")
        calls.choice = choice if isinstance(choice, int) else 0
        found = self.settle([chunk]) if self.waits else []
        found += [ToolReturned(step, one.call, one.text, one.failed) for one in tool_results(chunk)]
        for kind, record in extension.items():
            if isinstance(record, dict):
                reader = _READERS.get(kind) or _reader_of_unknown(kind, record)
                if reader is not None:
                    found += reader(calls, record, kind)
        return found


def _reader_of_unknown(kind: str, record: dict[str, Any]) -> Reader | None:
    """The reader of a record whose kind has no entry in the table, by its form."""
    if kind.endswith(anthropic.RESULT) and "content_block" in record:
        return anthropic.result
    return interactions.step if interactions.MARK in record else None
