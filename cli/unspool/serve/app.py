"""The server put together: a proxy or a replay, inside the parts that all requests pass."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, Router

from unspool.serve.faults.injector import Faults
from unspool.serve.faults.spec import Plan
from unspool.serve.http.asgi import App
from unspool.serve.http.guard import Access, Guard
from unspool.serve.http.interruptible import Interruptible
from unspool.serve.http.request_reader import RequestReader
from unspool.serve.http.watch import Begun, Failed, Finished, Watch
from unspool.serve.proxy.middleware import Choose, StreamBodies


@dataclass
class Parts:
    """The parts of the server.

    ``answering`` answers; ``reads`` selects the paths whose requests are read whole,
    ``choose`` selects the treatment of the bodies, ``plan`` which
    faults they have; ``ignore`` names members of requests that do not count when
    two are compared; ``largest_body`` counts bytes of a request; ``idle`` is how
    long a client may take nothing, in seconds; ``stopping`` ends all responses.
    """

    answering: App
    reads: Callable[[str], bool]
    choose: Choose
    plan: Plan
    ignore: Sequence[str]
    largest_body: int
    begun: Begun
    finished: Finished
    failed: Failed
    access: Access
    idle: float
    stopping: asyncio.Event


def application(parts: Parts) -> App:
    """The ASGI application of the server."""
    inner: App = StreamBodies(Interruptible(parts.answering, parts.stopping), parts.choose)
    read = RequestReader(Faults(inner, parts.plan), parts.reads, parts.ignore, parts.largest_body)
    routes = Router([Route("/healthz", _healthy)], redirect_slashes=False, default=read)
    guarded = _for_pages(Guard(routes, parts.access), parts.access)
    return Watch(guarded, parts.begun, parts.finished, parts.failed, parts.idle)


def _for_pages(app: App, access: Access) -> App:
    """Let pages on the allowed origins read the answers (CORS); a preflight request carries no key."""
    if not access.origins:
        return app
    origins = sorted(access.origins)
    return CORSMiddleware(
        app,
        origins,
        ["*"],
        ["*"],
        expose_headers=["*"],
        allow_private_network=True,  # the loopback is one
    )


async def _healthy(request: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})
