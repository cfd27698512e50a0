"""Interpretation of the names of server-sent events.

named_data(event, data)   data with the type that only the name gives; an error in text as an error object
as_error(body)            the data of an event that is named as an error, or of an error field, as an error object
has_type(data, event)     whether the data has the type that the name has
is_foreign(event, data)   whether a named event is text, and does not belong to the stream
may_be_foreign(event)     whether an event with this name need not belong to the stream
"""

from json import dumps, loads
from typing import Any, Final

ERRORS: Final = frozenset(
    {b"error", b"Error", b"ERROR", b"exception", b"stream_error", b"server_error", b"api_error", b"upstream_error"}
)
"""Names of events that are errors, whatever their data are (R12)."""
ERROR_SIGNS = (b"[ERROR", b"[Error", b"[error", b"error:", b"Error:", b"ERROR:", b"ERROR ")
TYPED: Final[tuple[bytes, ...]] = (b"response.", b"message_", b"content_block_", b"message-", b"content-", b"tool-")
"""Prefixes of event names that are the types of a dialect's events."""
_TYPE: Final[tuple[bytes, ...]] = (b'"type":', b'"type": ')
_GENERIC: Final = frozenset({b"message", b"data", b"chunk", b"completion", b"delta"})
"""Event names that do not identify the type of their data."""


def named_data(event: bytes, data: bytes) -> bytes:
    """Return the data of an event with this name ("" for none), as JSON text that a dialect can read."""
    for sign in ERROR_SIGNS:
        if data.startswith(sign):
            body = data[len(sign) :].strip()
            inside = sign.startswith(b"[") and not body.startswith(b"]")  # [ERROR: text], not [ERROR] text
            return as_error((body.removesuffix(b"]") if inside else body.removeprefix(b"]")).lstrip(b": "))
    if event.startswith(TYPED) and data.startswith(b"{") and not has_type(data, event):
        value = _parsed(data)
        if isinstance(value, dict) and "type" not in value and "choices" not in value:
            name = dumps(event.decode(errors="replace")).encode()
            return b'{"type":' + name + (b"," if value else b"") + data[1:]
    return data


def has_type(data: bytes, event: bytes) -> bool:
    """Return whether an object has the event's name as a type, so that the name adds nothing."""
    at = data.find(b'"%b"' % event)
    return at >= 0 and data.endswith(_TYPE, 0, at)


def as_error(body: bytes) -> bytes:
    """Return the body of an error as a JSON object with the member ``error``; unchanged if it is one already."""
    value = _parsed(body)
    if isinstance(value, dict):
        return body if "error" in value or "message_type" in value else b'{"error":' + body + b"}"
    text = value if isinstance(value, str) else "" if body == b"null" else body.decode(errors="replace")
    return dumps({"error": {"message": text or "an error without a message"}}).encode()


def is_foreign(event: bytes, data: bytes) -> bool:
    """Return whether the data of an event with this name is text, which no dialect has under such a name."""
    return data[:1] not in (b"{", b"[", b'"') and not event.startswith(TYPED)


def may_be_foreign(event: bytes) -> bool:
    """Return whether an event with this name need not belong to the stream, as a progress report does not."""
    return bool(event) and event not in _GENERIC


def _parsed(data: bytes) -> Any:
    try:
        return loads(data)
    except (RecursionError, ValueError):
        return None
