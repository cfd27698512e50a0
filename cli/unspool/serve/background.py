"""A server that runs in a thread of this process while a block of code uses it: for tests of clients."""

import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from unspool.serve.faults.report import Finding, failed, findings
from unspool.serve.http.request_log import RequestLog
from unspool.serve.runner import in_thread
from unspool.serve.service import Service, ServiceOptions

_SETTLING_SECONDS = 1.0
"""Seconds that a request may take to end once its client has the answer."""


class BackgroundServer:
    """A running server: its address, and what it has seen."""

    def __init__(self, port: int, service: Service) -> None:
        self.root = f"http://127.0.0.1:{port}"
        self.url = f"{self.root}/v1"
        self.service = service

    @property
    def requests(self) -> list[RequestLog]:
        """The requests that have ended, in the order of their ends; those that end now are waited for."""
        until = time.monotonic() + _SETTLING_SECONDS
        while self.service.active and time.monotonic() < until:
            time.sleep(0.005)
        return list(self.service.requests)

    @property
    def findings(self) -> list[Finding]:
        """The findings about the client; see ``report``."""
        return findings(self.requests)

    @property
    def failed(self) -> bool:
        """Return whether the client did something that it must not."""
        return failed(self.findings)


@contextmanager
def background_server(options: ServiceOptions) -> Iterator[BackgroundServer]:
    """Run a server on a free port of the loopback; a capture that cannot be served is a warning.

    Raises ValueError for options that make no sense, and where there is nothing to
    serve, and FileNotFoundError for a capture that is not there: a test of a client
    would pass without having met it.
    """
    notes: list[str] = []
    service = Service(options, warn=notes.append)
    if options.upstream is None and not service.library.captures:
        raise ValueError("; ".join(["there is no capture that could be served, and no upstream", *notes]))
    for note in notes:
        warnings.warn(note, stacklevel=1)
    with in_thread(service.app, service.stopping, service.aclose) as port:
        yield BackgroundServer(port, service)
