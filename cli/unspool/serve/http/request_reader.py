"""Reads the body of each request to a model once, for all parts further in."""

from collections.abc import Callable, Collection

from unspool.serve.http.asgi import App, Receive, Scope, Send, read_body
from unspool.serve.http.model_request import ModelRequest
from unspool.serve.http.request_log import log_of

_KEY = "unspool.asked"


class RequestReader:
    """An ASGI application around another, which finds what was read in ``asked_of(scope)``.

    Bodies of POST requests at the paths for which ``reads`` is true are read whole, up to ``largest`` bytes; all others
    pass piece by piece. ``ignore`` names members that do not count when requests are compared. Raises as ``read_body``.
    """

    def __init__(self, app: App, reads: Callable[[str], bool], ignore: Collection[str], largest: int) -> None:
        self._app = app
        self._reads = reads
        self._ignore = ignore
        self._largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] == "POST" and self._reads(scope["path"]):
            asked = ModelRequest.of(await read_body(receive, self._largest), self._ignore)
            log = log_of(scope)
            log.model, log.key = asked.model, asked.key
            scope[_KEY] = asked
        await self._app(scope, receive, send)


def asked_of(scope: Scope) -> ModelRequest | None:
    """The request to a model; None for any other request, whose body was not read."""
    asked = scope.get(_KEY)
    return asked if isinstance(asked, ModelRequest) else None
