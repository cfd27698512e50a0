"""Gemini Live: the messages of its server, as pieces of ordinary responses for ``gemini``.

    serverContent: modelTurn             the content of a candidate
                   outputTranscription   the text of the sound in it
                   turnComplete          the finish reason; what follows is another response
                   interrupted           by the user: the rest of the turn does not come, so that it failed (R17)
    toolCall: functionCalls              calls; the model goes on when it has their results
    usageMetadata                        with responseTokenCount in place of candidatesTokenCount
    other members of serverContent       in the extension

What the client sent (setup, clientContent, realtimeInput, toolResponse), and what concerns the connection alone
(setupComplete, goAway), has no text of the model and leaves nothing.

Source: https://ai.google.dev/api/live.
"""

from typing import Any, Final

from unspool.dialects.members import dict_of, dicts_of

_SILENT: Final = frozenset(
    {"setup", "clientContent", "realtimeInput", "toolResponse", "setupComplete", "goAway", "sessionResumptionUpdate"}
    | {"toolCallCancellation"}
)
_CONTENT: Final = frozenset({"modelTurn", "outputTranscription", "turnComplete", "generationComplete", "interrupted"})


def is_live(value: dict[str, Any]) -> bool:
    """Return whether a value is a message of the server; not one that the client sent."""
    content = value.get("serverContent", value.get("server_content"))
    if isinstance(content, dict):
        return True
    calls = value.get("toolCall", value.get("tool_call"))
    return bool(dicts_of(calls, "functionCalls") or dicts_of(calls, "function_calls")) or (
        len(value) == 1 and isinstance(value.get("setupComplete"), dict)
    )


def is_silent(value: dict[str, Any]) -> bool:
    """Return whether a value is a message of the client, or one about the connection."""
    return len(value) == 1 and not _SILENT.isdisjoint(value)


def begins_turn(value: dict[str, Any]) -> bool:
    """Return whether a message has output, so that it begins another response behind the end of one."""
    content = dict_of(value, "serverContent")
    return "modelTurn" in content or "outputTranscription" in content or "toolCall" in value


def as_piece(value: dict[str, Any], ended: bool) -> dict[str, Any]:
    """A message of the server as a piece of a response; ``ended`` if none is open."""
    content = dict_of(value, "serverContent")
    if content.get("interrupted") is True and not ended:
        return {"error": {"message": "the user interrupted the turn", "code": "interrupted"}}
    parts = dicts_of(content.get("modelTurn"), "parts")
    transcript = dict_of(content, "outputTranscription").get("text")
    parts += [{"text": transcript}] if isinstance(transcript, str) else []
    parts += [{"functionCall": one} for one in dicts_of(value.get("toolCall"), "functionCalls")]
    candidate: dict[str, Any] = {"content": {"parts": parts}}
    if content.get("turnComplete") is True and (parts or not ended):
        candidate["finishReason"] = "STOP"
    piece: dict[str, Any] = {"candidates": [candidate] if parts or "finishReason" in candidate else []}
    if "usageMetadata" in value:
        piece["usageMetadata"] = value["usageMetadata"]
    rest = {name: one for name, one in content.items() if name not in _CONTENT}
    return {**piece, "serverContent": rest} if rest else piece
