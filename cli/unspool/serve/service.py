"""One server as a value: what it was asked for, its application, and what it has seen."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from unspool.serve.app import Parts, application
from unspool.serve.asgi import App
from unspool.serve.guard import Access
from unspool.serve.middleware import rewriting
from unspool.serve.proxy import Proxy
from unspool.serve.request_log import RequestLog
from unspool.serve.translation import TRANSLATIONS, UpstreamApi
from unspool.settings import Settings
from unspool.sources.upstream import Upstream


@dataclass(frozen=True)
class ServiceOptions:
    """What a server is asked for.

    ``key`` is what the upstream wants, ``serve_key`` what clients must send
    ("" for none). ``timeout`` is how long the upstream, and a client, may be
    silent, in seconds; ``largest_body`` counts bytes of a request.
    """

    settings: Settings
    upstream: str | None = None
    upstream_api: UpstreamApi = UpstreamApi.CHAT
    key: str = field(default="", repr=False)
    access: Access = field(default_factory=Access)
    timeout: float = 600.0
    largest_body: int = 1 << 25


class Service:
    """The application of a server, and the log of its requests.

    ``log_request`` is called with a log when its request has ended, ``failed`` an error of the
    server's own. Raises ValueError for an upstream that is no URL of a server.
    Made and used in one event loop.
    """

    def __init__(
        self,
        options: ServiceOptions,
        log_request: Callable[[RequestLog], None] = lambda log: None,
        failed: Callable[[Exception], None] = lambda error: None,
    ) -> None:
        self.stopping = asyncio.Event()
        self.requests: list[RequestLog] = []
        self._log_request = log_request
        self._upstream = None if options.upstream is None else Upstream(options.upstream, options.timeout)
        assert self._upstream is not None
        translation = TRANSLATIONS.get(options.upstream_api)
        settings = options.settings
        if translation is not None:
            settings = settings._replace(dialect=translation.dialect)
        proxy = Proxy(self._upstream, options.key, options.access.key, translation, options.largest_body)
        self.app: App = application(
            Parts(
                proxy,
                rewriting(settings),
                self._finished,
                failed,
                options.access,
                idle=options.timeout,
                stopping=self.stopping,
            )
        )

    def _finished(self, log: RequestLog) -> None:
        self.requests.append(log)
        self._log_request(log)

    async def aclose(self) -> None:
        """Close the connections to the upstream."""
        if self._upstream is not None:
            await self._upstream.aclose()
