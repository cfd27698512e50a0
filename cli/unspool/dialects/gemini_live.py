"""Gemini Live: the messages of its server, as pieces of ordinary responses for ``gemini``.

    serverContent: modelTurn             the content of a candidate
                   outputTranscription   the text of the sound in it
                   turnComplete          the finish, by its turnCompleteReason; what follows is another response
                   interrupted           by the user: the rest of the turn does not come, so that it failed (R17)
    toolCall: functionCalls              calls; the model goes on when it has their results
    usageMetadata                        with responseTokenCount in place of candidatesTokenCount
    other members of serverContent       in the extension

What the client sent (setup, clientContent, realtimeInput, toolResponse), and what concerns the connection alone
(setupComplete, goAway), has no text of the model and leaves nothing. A second setupComplete is that of another
session: a turn that was open has been cut (R13).

Source: https://ai.google.dev/api/live.
"""

from typing import Any, Final

from unspool.dialects.members import dict_of, dicts_of, word_of

_SILENT: Final = frozenset(
    {"setup", "clientContent", "realtimeInput", "toolResponse", "setupComplete", "goAway", "sessionResumptionUpdate"}
    | {"toolCallCancellation", "voiceActivity", "voiceActivityDetectionSignal"}
    | {"client_content", "realtime_input", "tool_response", "setup_complete", "go_away", "session_resumption_update"}
    | {"tool_call_cancellation", "voice_activity", "voice_activity_detection_signal"}
)
"""Members without output of the model; Python clients print them in snake case, with null for what is absent."""
_OUTPUT: Final = frozenset({"serverContent", "toolCall", "usageMetadata", "server_content", "tool_call"})
_READY: Final = ("setupComplete", "setup_complete")
_CONTENT: Final = frozenset({"modelTurn", "outputTranscription", "turnComplete", "generationComplete", "interrupted"})
_REASONS: Final = {
    "": "STOP",
    "TURN_COMPLETE_REASON_UNSPECIFIED": "STOP",
    "NEED_MORE_INPUT": "STOP",
    "RESPONSE_REJECTED": "SAFETY",
}
"""The finish reasons for the reasons of a turn's end that ordinary responses do not have."""


def is_live(value: dict[str, Any]) -> bool:
    """Return whether a value is a message of the server, or one of the client that begins a recording of both."""
    content = value.get("serverContent", value.get("server_content"))
    if isinstance(content, dict):
        return True
    calls = value.get("toolCall", value.get("tool_call"))
    if dicts_of(calls, "functionCalls") or dicts_of(calls, "function_calls"):
        return True
    asked = isinstance(dict_of(value, "setup").get("model"), str) or isinstance(value.get("realtimeInput"), dict)
    alone = sum(one is not None for one in value.values()) == 1
    return alone and (asked or begins_session(value))


def is_silent(value: dict[str, Any]) -> bool:
    """Return whether a value is a message of the client, or one about the connection."""
    said = {name for name, one in value.items() if one is not None}
    return not _SILENT.isdisjoint(said) and _OUTPUT.isdisjoint(said)


def begins_session(value: dict[str, Any]) -> bool:
    """Return whether the server is ready: a turn that is open was cut."""
    return any(isinstance(value.get(name), dict) for name in _READY)


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
    sound = [part for part in parts if _is_sound(part)]  # it comes between pieces of its transcription
    parts = [part for part in parts if part not in sound]
    transcript = dict_of(content, "outputTranscription").get("text")
    parts += [{"text": transcript}] if isinstance(transcript, str) else []
    parts += [{"functionCall": one} for one in dicts_of(value.get("toolCall"), "functionCalls")]
    candidate: dict[str, Any] = {"content": {"parts": parts}}
    if content.get("turnComplete") is True and (parts or not ended):
        reason = word_of(content, "turnCompleteReason")
        candidate["finishReason"] = _REASONS.get(reason, reason)
    piece: dict[str, Any] = {"candidates": [candidate] if parts or sound or "finishReason" in candidate else []}
    if "usageMetadata" in value:
        piece["usageMetadata"] = value["usageMetadata"]
    rest = {name: one for name, one in content.items() if name not in _CONTENT}
    if sound:
        rest["modelTurn"] = {"parts": sound}
    return {**piece, "serverContent": rest} if rest else piece


def _is_sound(part: dict[str, Any]) -> bool:
    return word_of(dict_of(part, "inlineData"), "mimeType").startswith("audio/")
