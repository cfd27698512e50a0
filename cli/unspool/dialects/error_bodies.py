"""Bodies of errors that have no member ``error`` (R12), by the names that providers and gateways use.

    error_body({"detail": "Rate limit reached"})    -> {"message": "Rate limit reached"}
    error_body({"message": "loading"})              -> None where nothing says that it failed

    {"detail"}                                      FastAPI: a text, an object, or what is wrong with each field
    {"message"} alone, or with an id                gateways of Amazon, Cohere
    {"code" or "status", "message"}                 DashScope, Spring, Nest and many relays
    {"success": false}, {"errors"}                  Cloudflare
    {"error_code", "error_msg"}                     Baidu
    {"errorType", "errorMessage"}                   Lambda of Amazon
    {"base_resp": {"status_code", "status_msg"}}    MiniMax
    {"Response": {"Error"}}, {"ErrorMsg"}           Tencent
    {"fault": {"faultstring"}}                      Apigee
    {"event": "error", "message" or "data"}         servers that name their events in JSON; also "kind" and "state"

Source: bodies as public issues quote them, and the error references of these providers.
"""

import re
from typing import Any

from unspool.variants.errors import is_mere_number

Value = dict[str, Any]
_MESSAGES = (
    *("message", "Message", "msg", "Msg", "detail", "errors", "error_msg", "errorMessage", "error_message"),
    *("faultstring", "status_msg", "exception", "title"),
)
"""Members that may hold the message, or an object around it."""
_HOLDERS = ("Response", "base_resp")
"""Members that may hold all of an error."""
_ERRORS = ("error", "Error", "ErrorMsg", "fault")
"""Members that are an error wherever they are."""
_CODES = (
    *("code", "Code", "status", "statusCode", "status_code", "error_code", "errorCode", "errorType", "__type", "type"),
    "object",
)
_DIGITS = re.compile(r"\d{1,18}", re.ASCII)
"""A number in a string. One with more digits is no code."""
_NAMES, _FAILED = ("event", "kind", "state"), frozenset({"error", "exception", "failed", "failure"})
"""Members that name an event, and their names for an error; other words there may be of a tool that failed."""
_OTHER_MESSAGES = ("data", "payload", "reason", "description", "content", "text")
"""Members that hold the message where another shows that it is one of an error."""
_FINE = frozenset({"", "ok", "success", "succeeded", "completed", "message"})
_LONE = frozenset({"detail", "message", "Message"})
"""Members that are an error where nothing else is but an id of ``_IDS``."""
_IDS = frozenset({"id", "request_id", "requestId"})


def error_body(value: Any) -> Value | None:
    """Return the message and the code of an error, by the members of ``value``; None where it is none."""
    if isinstance(value, list):
        return error_body(value[0]) if len(value) == 1 else None
    if not isinstance(value, dict):
        return None
    for name in _ERRORS:
        error = value.get(name)
        if error and error is not True and not (name == "error" and is_mere_number(value)):
            return error if isinstance(error, dict) else {"message": error}
    for name in _HOLDERS:
        held = value.get(name)
        found = error_body(held) if isinstance(held, dict) else None
        if found is not None:
            return found
    return _failed(value)


def _failed(value: Value) -> Value | None:
    texts = (text for name in _MESSAGES if (text := value.get(name)) and not isinstance(text, (bool, int, float)))
    message = next(texts, None)
    code = next((value[name] for name in _CODES if _is_failure(name, value.get(name))), None)
    if code is None:
        code = next((value[name] for name in _NAMES if str(value.get(name)).lower() in _FAILED), None)
    if code is not None and message is None:
        message = next((value[name] for name in _OTHER_MESSAGES if isinstance(value.get(name), (str, dict))), None)
    others = value.keys() - _IDS
    lone = len(others) == 1 and others <= _LONE and (isinstance(message, (str, list)) or "detail" in value)
    if message is None or not (
        lone or code is not None or value.get("success") is False or value.get("errors") or value.get("error")
    ):
        return None
    return {"message": message} if code is None else {"message": message, "code": code}


def _is_failure(name: str, code: Any) -> bool:
    """Return whether a code means that a request failed."""
    if isinstance(code, str) and _DIGITS.fullmatch(code):
        code = int(code)
    if isinstance(code, int) and not isinstance(code, bool):
        return code >= 400 or (code != 0 and name in ("error_code", "errorCode", "status_code") and code != 200)
    if not isinstance(code, str) or code.lower() in _FINE:
        return False
    sign = any(word in code.lower() for word in ("error", "exception", "fail"))
    return sign or name in ("Code", "error_code", "errorCode") or (name == "code" and code[:1].isupper())
