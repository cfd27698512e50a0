"""Which sub-agent a step is of: a dialect keeps that in the extension of its first chunk, where steps are asked for."""

from typing import Any

from unspool.core.events import StepStarted
from unspool.core.rewriter.wire import EXTENSION


def subagent_of(step: StepStarted, chunks: list[dict[str, Any]]) -> str | None:
    """The id of the sub-agent whose response begins in these chunks; None for a response of the main agent."""
    for chunk in chunks:
        extension = chunk.get(EXTENSION)
        if isinstance(extension, dict) and chunk.get("choices") and chunk.get("id") == step.id:
            key = extension.get("subagent")
            if isinstance(key, str) and key:
                return key
    return None
