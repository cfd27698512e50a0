"""The server put together: a proxy or a replay, inside the parts that all requests pass."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, Router

from unspool.serve.asgi import App
from unspool.serve.fault_spec import Plan
from unspool.serve.faults import Faults
from unspool.serve.guard import Access, Guard
from unspool.serve.interruptible import Interruptible
from unspool.serve.middleware import Choose, StreamBodies
from unspool.serve.watch import Begun, Failed, Finished, Watch


@dataclass
class Parts:
    """The parts of the server.

    ``answering`` answers; ``choose`` selects the treatment of the bodies, ``plan`` which
    faults they have; ``ignore`` names members of requests that do not count when
    two are compared; ``largest_body`` counts bytes of a request; ``idle`` is how
    long a client may take nothing, in seconds; ``stopping`` ends all responses.
    """

    answering: App
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
    faulty = Faults(inner, parts.plan, parts.ignore, parts.largest_body)
    routes = Router([Route("/healthz", _healthy)], redirect_slashes=False, default=faulty)
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
