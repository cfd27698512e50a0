"""A chunk as a pydantic model, such as those of the client libraries (Q21)."""

from typing import Any


def as_dict(chunk: Any) -> Any:
    """Convert a pydantic model to a dict, and a ``created`` datetime to seconds (Q21); return other values as they are.

    ``to_dict`` of openai's models omits the members that were absent on the
    wire. For other models the defaults belong to the chunk.
    """
    # By methods, not by types: the core imports neither openai nor pydantic.
    if hasattr(chunk, "to_dict"):
        chunk = chunk.to_dict(warnings=False)
    elif hasattr(chunk, "model_dump"):
        chunk = chunk.model_dump(by_alias=True, warnings=False)
    created: Any = chunk.get("created") if isinstance(chunk, dict) else None
    if hasattr(created, "timestamp"):
        chunk = {**chunk, "created": int(created.timestamp())}
    return chunk
