"""HAR: the archive of requests that browsers and proxies export (HTTP Archive 1.2).

Chrome keeps one stream as text and as ``_eventSourceMessages``, and the next as
the messages alone: the text is read where there is one, else the messages.
"""

from collections.abc import Iterator
from typing import Any

from unspool.formats.json_codec import encode
from unspool.intake.exchange import Exchange, payload
from unspool.intake.times import seconds

_BODILESS = (b"", None)
_STREAM_TYPES = ("event-stream", "ndjson", "jsonl", "eventstream")


def entries_of(value: Any) -> list[dict[str, Any]] | None:
    """The entries of a HAR by the time when they began; None for what is no HAR."""
    log = value.get("log") if isinstance(value, dict) else None
    entries = log.get("entries") if isinstance(log, dict) else None
    if not isinstance(entries, list):
        return None
    return sorted(
        (entry for entry in entries if isinstance(entry, dict)),
        key=lambda entry: seconds(entry.get("startedDateTime")) or 0.0,
    )


def exchanges(entries: list[dict[str, Any]]) -> Iterator[Exchange]:
    """The entries as exchanges; each is given up once it was read, for a HAR can be large."""
    entries.reverse()
    while entries:
        entry = entries.pop()
        request, response = _dict(entry.get("request")), _dict(entry.get("response"))
        content = _dict(response.get("content"))
        body = _body(entry, content)
        exchange = Exchange(
            str(request.get("method") or ""),
            str(request.get("url") or ""),
            status if isinstance(status := response.get("status"), int) else 0,
            body,
        )
        kind = str(content.get("mimeType") or "").lower()
        expected = any(one in kind for one in _STREAM_TYPES) or (exchange.is_call and exchange.method == "POST")
        yield exchange._replace(expected=expected)


def _body(entry: dict[str, Any], content: dict[str, Any]) -> bytes | None:
    text = content.get("text")
    if isinstance(text, str) and text:
        return payload(text, str(content.get("encoding") or ""))
    messages = entry.get("_eventSourceMessages")
    if isinstance(messages, list) and messages:
        return b"".join(_event(one) for one in messages if isinstance(one, dict))
    frames = entry.get("_webSocketMessages")
    if isinstance(frames, list):
        received = [one.get("data") for one in frames if isinstance(one, dict) and one.get("type") == "receive"]
        return b"".join(one.encode("utf-8", "surrogatepass") + b"\n" for one in received if isinstance(one, str))
    return None


def _event(message: dict[str, Any]) -> bytes:
    name = message.get("eventName") or message.get("type") or "message"
    data = message.get("data")
    text = data if isinstance(data, str) else encode(data).decode()
    lines = "".join(f"data: {line}\n" for line in text.split("\n"))
    return ("" if name == "message" else f"event: {name}\n").encode() + lines.encode("utf-8", "surrogatepass") + b"\n"


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
