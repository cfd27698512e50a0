"""One request as the server saw it: filled in by the parts that it passes, read by the log and the report."""

import time
from dataclasses import dataclass, field
from enum import Enum

from unspool.core.errors import UnspoolError
from unspool.redaction import redact
from unspool.serve.http.asgi import Scope

_KEY = "unspool.request"
_LONGEST = 200  # characters of a word in the line about a request: the client chose it, and may send 64 KB


class End(Enum):
    """The end of a response."""

    OPEN = "it has not ended"
    COMPLETE = "complete"
    CLIENT_LEFT = "the client left"
    FAILED = "it broke off"
    STOPPED = "the server is stopped"


class StreamBroken(UnspoolError):
    """A response that broke off; its message is for the client, and holds no secret."""

    def __init__(self, message: str, end: End = End.FAILED) -> None:
        super().__init__(message)
        self.end = end


@dataclass
class RequestLog:
    """One request. Times are seconds of a clock that only goes forward; None for what did not happen."""

    method: str = ""
    path: str = ""
    model: str = ""
    status: int = 0
    size: int = 0  # bytes of the response's body
    key: str = ""  # the canonical hash of the request's body
    source: str = ""  # the capture that was served
    fault: str = ""  # the faults that were injected
    note: str = ""  # what went wrong, for people
    began: float = field(default_factory=time.monotonic)
    first_byte: float | None = None
    ended: float | None = None
    end: End = End.OPEN
    has_text: bool = False  # text reached the client
    whole: bool = False  # all of a stream up to its last event was sent
    error_sent: float | None = None  # when an error was sent inside the stream
    after_error: int = 0  # bytes that the client took after that
    stalled: float | None = None  # when an injected stall began
    stall_seconds: float = 0.0  # how long it would last
    retry_after: float | None = None  # seconds that an injected refusal asked to wait


def log_of(scope: Scope) -> RequestLog:
    """The log of the current request; a discarded one if no Watch wraps the application."""
    log = scope.setdefault(_KEY, RequestLog())
    assert isinstance(log, RequestLog)
    return log


def begin(scope: Scope) -> RequestLog:
    """A new log for a request."""
    log = RequestLog(scope["method"], scope["path"])
    scope[_KEY] = log
    return log


def _shortened(text: str) -> str:
    text = redact(text)  # while a secret in it is whole
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def describe(log: RequestLog) -> str:
    """The line about a request that has ended; no part of it comes from a header or a query."""
    asked = [_shortened(part) for part in (log.method, log.path, log.model) if part]
    parts = [*asked, str(log.status or "no answer")]
    ended = (log.ended or log.began) - log.began
    times = f"{log.size:,} bytes in {ended * 1000:.0f} ms"
    if log.first_byte is not None:
        times += f", the first after {(log.first_byte - log.began) * 1000:.0f} ms"
    parts.append(times)
    line = " ".join(parts)
    for label, value in (("", log.source), ("fault ", log.fault)):
        if value:
            line += f"; {label}{value}"
    if log.end is not End.COMPLETE and log.end.value != log.note:
        line += f"; {log.end.value}"
    return line + (f": {log.note}" if log.note else "")
