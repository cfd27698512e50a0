"""One server as a value: its settings, its application, and its findings."""

import asyncio
import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from unspool.core.options import Options, given_options
from unspool.formats.detect import Format
from unspool.intake.asked import Asked
from unspool.redaction import protect
from unspool.serve.app import Parts, application
from unspool.serve.faults.spec import Plan
from unspool.serve.http.asgi import App
from unspool.serve.http.guard import Access
from unspool.serve.http.request_log import RequestLog
from unspool.serve.http.wire import interface_at
from unspool.serve.proxy.forwarder import Proxy
from unspool.serve.proxy.middleware import passing, rewriting
from unspool.serve.proxy.translation import TRANSLATIONS, UpstreamApi
from unspool.serve.replay.captures import load
from unspool.serve.replay.library import Library
from unspool.serve.replay.order import Order
from unspool.serve.replay.player import Pace, Replay
from unspool.serve.replay.recorder import Recorder
from unspool.settings import Settings
from unspool.sources.upstream import Upstream

KEPT_REQUESTS = 10_000
"""Logs of requests that are kept, the last ones: a report covers these."""


@dataclass(frozen=True)
class ReplayOptions:
    """The captures to serve, and the options of matching and pace; see ``library`` and ``replay``."""

    captures: tuple[str, ...] = ()
    intake: Asked = field(default_factory=Asked)
    format: Format = Format.AUTO
    order: Order = Order.MODEL
    ignore: tuple[str, ...] = ()
    pace: Pace = field(default_factory=Pace)


@dataclass(frozen=True)
class ServiceOptions:
    """The options of a server: a proxy, captures, or captures in front of a proxy that answers the other requests.

    ``key`` is what the upstream wants. ``timeout`` is how long the upstream, and
    a client, may be silent, in seconds; ``largest_body`` counts bytes of a
    request; what the upstream answers is kept in the folder ``record``. The logs
    of the last ``kept_requests`` are kept: a server may run for months.
    """

    settings: Settings
    upstream: str | None = None
    upstream_api: UpstreamApi = UpstreamApi.CHAT
    key: str = field(default="", repr=False)
    access: Access = field(default_factory=Access)
    timeout: float = 600.0
    largest_body: int = 1 << 25
    replay: ReplayOptions = field(default_factory=ReplayOptions)
    record: str | None = None
    plan: Plan = field(default_factory=Plan)
    kept_requests: int = KEPT_REQUESTS


class Service:
    """The application of a server, and what it has seen.

    ``log_request`` gets the log of a request that has ended, ``warn`` a line for
    people, ``failed`` an error of the server's own. Raises ValueError for an
    upstream that is no URL of a server, and OSError for a folder that cannot be
    made. Made before the event loop that it is used in.
    """

    def __init__(
        self,
        options: ServiceOptions,
        log_request: Callable[[RequestLog], None] = lambda log: None,
        warn: Callable[[str], None] = lambda line: None,
        failed: Callable[[Exception], None] = lambda error: None,
    ) -> None:
        for secret in (options.key, options.access.key):
            protect(secret)
        self.stopping = asyncio.Event()
        self.requests: deque[RequestLog] = deque(maxlen=options.kept_requests)
        self.active = 0  # requests that have not ended
        self._log_request = log_request
        self._warn = warn
        self._upstream = None if options.upstream is None else Upstream(options.upstream, options.timeout)
        self.library = _library(options.replay, warn)
        proxy = None if self._upstream is None else self._proxy(options, self._upstream)
        answering: App = proxy or Replay(self.library, options.replay.pace)
        if proxy is not None and self.library.captures:
            answering = Replay(self.library, options.replay.pace, proxy)
        self.app = application(
            Parts(
                answering,
                _is_any_path if proxy is None else _is_interface,
                rewriting(_settings(options)) if proxy is not None else passing,
                options.plan,
                options.replay.ignore,
                options.largest_body,
                self._begun,
                self._finished,
                failed,
                options.access,
                idle=options.timeout,
                stopping=self.stopping,
            )
        )

    def _proxy(self, options: ServiceOptions, upstream: Upstream) -> App:
        translation = TRANSLATIONS.get(options.upstream_api)
        proxy = Proxy(upstream, options.key, options.access.key, translation)
        if options.record is None:
            return proxy
        return Recorder(proxy, options.record, self._warn)

    def _begun(self) -> None:
        self.active += 1

    def _finished(self, log: RequestLog) -> None:
        self.active -= 1
        self.requests.append(log)
        self._log_request(log)

    async def aclose(self) -> None:
        """Close the connections to the upstream."""
        if self._upstream is not None:
            await self._upstream.aclose()


def _is_interface(path: str) -> bool:
    """Return whether a model's interface is at the path: other requests pass an upstream piece by piece."""
    return interface_at(path) is not None


def _is_any_path(path: str) -> bool:
    """Return whether a capture may be at the path: an agent's is where its server had it."""
    return True


def _library(options: ReplayOptions, warn: Callable[[str], None]) -> Library:
    captures = load(options.captures, options.intake, options.format, options.ignore, warn)
    return Library(captures, options.order, options.ignore)


def _settings(options: ServiceOptions) -> Settings:
    """The settings of the rewriting, with the dialect in which the upstream answers."""
    translation = TRANSLATIONS.get(options.upstream_api)
    dialect = None if translation is None else translation.dialect
    return options.settings._replace(dialect=dialect)


def options_for_tests(
    *captures: str,
    fault: str | Sequence[str] = (),
    fault_when: str | Sequence[str] = (),
    seed: int = 0,
    pace: float = math.inf,
    upstream: str | None = None,
    order: str = Order.MODEL,
    ignore: Sequence[str] = (),
    options: Options | None = None,
) -> ServiceOptions:
    """The options of a server in a test: captures come at once, and nothing is random. Raises ValueError."""
    return ServiceOptions(
        Settings(given_options(options) or Options()),
        upstream,
        replay=ReplayOptions(tuple(captures), order=Order(order), ignore=tuple(ignore), pace=Pace(pace)),
        plan=Plan.parse(_several(fault), _several(fault_when), seed),
    )


def _several(texts: str | Sequence[str]) -> list[str]:
    return [texts] if isinstance(texts, str) else list(texts)
