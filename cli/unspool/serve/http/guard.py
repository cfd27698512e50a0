"""Access to the server: hosts, origins, keys, and limits.

A browser allows any page to send requests to the loopback. So a request must name
this server as its host, which a page on a rebound name cannot (DNS rebinding),
and one that a page on another origin sent is refused.
"""

import hmac
from dataclasses import dataclass
from urllib.parse import urlsplit

from unspool.serve.http.asgi import App, BodyTooLarge, BodyTooSlow, Receive, Scope, Send, header, respond_json
from unspool.serve.http.request_log import log_of
from unspool.serve.http.wire import error_body, interface_at

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_ANY = frozenset({"0.0.0.0", "::"})  # noqa: S104 - what is compared with, not bound to


@dataclass(frozen=True)
class Access:
    """The accepted requests: the host that the server is bound to, origins of pages, a key ("" if none is required)."""

    host: str = "127.0.0.1"
    origins: frozenset[str] = frozenset()
    key: str = ""
    streams: int = 1000
    """Responses at a time."""

    def refusal(self, scope: Scope) -> tuple[int, str] | None:
        """Status and reason where a request is refused."""
        headers = scope["headers"]
        if not scope["raw_path"].startswith(b"/"):
            return 400, "the target of a request begins with a slash"
        host = header(headers, b"host").decode("latin-1")
        if not self._is_own(host):
            return 421, f"the host {host or 'of no name'} is not this server; use its address"
        origin = header(headers, b"origin").decode("latin-1")
        if origin and origin not in self.origins and not _same_origin(origin, host):
            return 403, f"a page on {origin} may not use this server; --allow-origin permits it"
        if self.key and not _has_key(scope, self.key):
            return 401, "the key is missing or wrong; it is in UNSPOOL_SERVE_KEY of the server"
        return None

    def _is_own(self, host: str) -> bool:
        if self.host in _ANY:
            return True  # a decision of whoever bound it: any name may lead here
        name = _name(host)
        return name in _LOOPBACK if self.host in _LOOPBACK else name in (self.host, *_LOOPBACK)


def _name(host: str) -> str:
    """The name in a Host header, without its port and brackets."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _same_origin(origin: str, host: str) -> bool:
    try:
        return urlsplit(origin).netloc.lower() == host.lower() != ""
    except ValueError:
        return False


def _has_key(scope: Scope, key: str) -> bool:
    given = [
        header(scope["headers"], b"authorization").removeprefix(b"Bearer ").strip(),
        header(scope["headers"], b"x-api-key"),
        header(scope["headers"], b"x-goog-api-key"),
    ]
    return any(hmac.compare_digest(one, key.encode()) for one in given)


class Guard:
    """Refuses what ``access`` does not accept, and answers 503 where too many responses are under way."""

    def __init__(self, app: App, access: Access) -> None:
        self._app = app
        self._access = access
        self._active = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        refusal = self._access.refusal(scope)
        if refusal is not None:
            await _refuse(scope, send, *refusal)
        elif self._active >= self._access.streams:
            reason = f"{self._active} responses are under way; try again"
            await _refuse(scope, send, 503, reason, ((b"retry-after", b"1"),))
        else:
            self._active += 1
            try:
                await self._app(scope, receive, send)
            except BodyTooLarge:
                await _refuse(scope, send, 413, "the body of the request is too large; see --max-body")
            except BodyTooSlow:
                await _refuse(scope, send, 408, "the rest of the request did not come")
            finally:
                self._active -= 1


async def _refuse(
    scope: Scope, send: Send, status: int, reason: str, headers: tuple[tuple[bytes, bytes], ...] = ()
) -> None:
    log_of(scope).note = reason
    close = (b"connection", b"close")  # a body that is not read is no next request
    await respond_json(send, status, error_body(interface_at(scope["path"]), reason), [close, *headers])
