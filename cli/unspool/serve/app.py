"""The server put together: a proxy or a replay, inside the parts that all requests pass."""

import asyncio
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, Router

from unspool.serve.asgi import App
from unspool.serve.guard import Access, Guard
from unspool.serve.interruptible import Interruptible
from unspool.serve.middleware import Choose, StreamBodies
from unspool.serve.watch import Failed, Finished, Watch


@dataclass
class Parts:
    """What the server is made of.

    ``answering`` answers; ``choose`` selects the treatment of the bodies; ``idle`` is
    how long a client may take nothing, in seconds; ``stopping`` ends all responses.
    """

    answering: App
    choose: Choose
    finished: Finished
    failed: Failed
    access: Access
    idle: float
    stopping: asyncio.Event


def application(parts: Parts) -> App:
    """The ASGI application of the server."""
    inner: App = StreamBodies(Interruptible(parts.answering, parts.stopping), parts.choose)
    routes = Router([Route("/healthz", _healthy)], redirect_slashes=False, default=inner)
    return Watch(Guard(routes, parts.access), parts.finished, parts.failed, parts.idle)


async def _healthy(request: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})
