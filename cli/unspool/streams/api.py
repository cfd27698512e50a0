"""The OpenAI package: the one importer of openai."""

from typing import Any

from openai.types.chat import ChatCompletionChunk

__all__ = ["ChatCompletionChunk", "as_openai_chunk"]


def as_openai_chunk(chunk: dict[str, Any]) -> ChatCompletionChunk:
    """``chunk`` as the type that OpenAI clients know, built without validation.

    Providers send finish reasons and members that a strict model refuses; they
    pass as they are, like everywhere in unspool (R1, F9). Choices and deltas
    that are missing are empty, so that a loop over them holds (Q2-Q5, Q20).
    """
    choices = [choice if choice.get("delta") else {**choice, "delta": {}} for choice in chunk.get("choices") or []]
    return ChatCompletionChunk.construct(**{**chunk, "choices": choices})
