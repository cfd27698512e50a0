"""Runs the server on uvicorn: a socket, signals, a client that it starts, limits of connections.

uvicorn leaves streams that are under way to the application when it is stopped,
so the stopping is done here: the first signal ends all responses with an error
and asks the client to end, a second one closes their connections and kills it.
"""

import asyncio
import logging
import signal
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from unspool.serve.http.asgi import App

_GRACE_SECONDS = 1
_LEAVING_SECONDS = 0.05
"""Seconds before the server stops behind its client: a connection that the client has closed is noticed in them."""
_LARGEST_HEAD = 1 << 16  # bytes of a request's head
_HEAD_SECONDS = 30.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
_SHOWN = ("Invalid HTTP request received.",)
"""The warnings of uvicorn that say something new: the log of a request says how it ended."""
_GONE = "socket.send() raised exception."
"""What asyncio warns of where a client leaves during a burst of events; the log of the request says that it left."""


class _Connection(H11Protocol):
    """uvicorn's protocol; requests can reach the transport, and a head that does not come is not waited for."""

    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        self.app_state = {**self.app_state, "transport": transport}
        self._patience = self.loop.call_later(_HEAD_SECONDS, self._give_up)
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._patience is not None:
            self._patience.cancel()
        super().connection_lost(exc)

    def _give_up(self) -> None:
        if self.cycle is None:
            self.transport.close()


class _Server(uvicorn.Server):
    """uvicorn's server without its own handling of signals; ``stopping`` ends it, and it does not wake up before."""

    def __init__(self, app: App, stopping: asyncio.Event) -> None:
        super().__init__(_config(app))
        self._stopping = stopping

    async def main_loop(self) -> None:
        await self._stopping.wait()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass
class Client:
    """A command that is started once the server listens; the server ends with it."""

    command: Sequence[str]
    environment: Mapping[str, str]


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 picks one. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=1024)


@contextmanager
def in_thread(app: App, stopping: asyncio.Event, close: Callable[[], Awaitable[None]]) -> Iterator[int]:
    """Serve on a free port of the loopback from a thread while the block runs, then ``close``; gives the port."""
    listening = listen("127.0.0.1", 0)
    server = _Server(app, stopping)
    loops: list[asyncio.AbstractEventLoop] = []
    running = threading.Event()

    async def session() -> None:
        loops.append(asyncio.get_running_loop())
        running.set()
        await server.serve(sockets=[listening])
        await close()

    thread = threading.Thread(target=lambda: asyncio.run(session()), daemon=True)
    thread.start()
    running.wait()
    try:
        yield int(listening.getsockname()[1])  # it listens already: a request waits until the server has started
    finally:
        with suppress(RuntimeError):  # the loop has ended by itself
            loops[0].call_soon_threadsafe(loops[0].call_later, _LEAVING_SECONDS, stopping.set)
        thread.join()


class Stopped(Exception):
    """A second signal ended the server before its responses had ended."""


async def run(
    app: App, listening: socket.socket, stopping: asyncio.Event, client: Client | None, warn: Callable[[str], None]
) -> int:
    """Serve until a signal or the end of the client; returns the client's exit code, 0 without one. Raises Stopped."""
    with warnings_to(warn):
        server = _Server(app, stopping)
        interrupts = _Interrupts(server, stopping)
        loop = asyncio.get_running_loop()
        # A server under nohup outlives its terminal. SIGINT counts always: shells ignore it for background jobs.
        handled = [one for one in _SIGNALS if one != signal.SIGHUP or signal.getsignal(one) is not signal.SIG_IGN]
        for number in handled:
            loop.add_signal_handler(number, interrupts)
        try:
            serving = asyncio.ensure_future(server.serve(sockets=[listening]))
            code = 0 if client is None else await _run_client(client, serving, interrupts)
            await serving
        finally:
            for number in handled:
                loop.remove_signal_handler(number)
    if interrupts.count > 1:
        raise Stopped
    return code


def _config(app: App) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=_Connection,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        h11_max_incomplete_event_size=_LARGEST_HEAD,
        backlog=1024,
    )


class _Interrupts:
    """Counts the signals, and does what each asks for."""

    def __init__(self, server: uvicorn.Server, stopping: asyncio.Event) -> None:
        self.count = 0
        self.client: asyncio.subprocess.Process | None = None
        self._server = server
        self._stopping = stopping

    def __call__(self) -> None:
        self.count += 1
        self.stop()
        if self.count > 1:
            self._server.force_exit = True
            for connection in list(self._server.server_state.connections):
                connection.transport.abort()
            if self.client is not None:
                with suppress(ProcessLookupError):
                    self.client.kill()

    def stop(self) -> None:
        """End all responses, and accept no more."""
        self._stopping.set()


async def _run_client(client: Client, serving: "asyncio.Future[None]", interrupts: _Interrupts) -> int:
    """Run the client to its end, or until the server is stopped; returns its exit code."""
    process = await asyncio.create_subprocess_exec(*client.command, env=dict(client.environment))
    interrupts.client = process
    waiting = asyncio.ensure_future(process.wait())
    try:
        both: list[asyncio.Future[Any]] = [waiting, serving]
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.sleep(_LEAVING_SECONDS)
    finally:
        interrupts.stop()
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.terminate()
    code = await waiting
    return code if code >= 0 else 128 - code


def _is_news(record: logging.LogRecord) -> bool:
    return record.getMessage() != _GONE


@contextmanager
def warnings_to(warn: Callable[[str], None]) -> Iterator[None]:
    """Send the warnings of uvicorn and of unspool's library to ``warn``, one line each; one of asyncio is left out."""

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.name == "unspool" or record.getMessage() in _SHOWN:
                warn(record.getMessage().strip())

    handler = Handler(logging.WARNING)
    loggers = [logging.getLogger(name) for name in ("uvicorn.error", "unspool")]
    before = [(one.propagate, one.level) for one in loggers]
    of_asyncio = logging.getLogger("asyncio")
    of_asyncio.addFilter(_is_news)
    for one in loggers:
        one.addHandler(handler)
        one.propagate = False
        one.setLevel(logging.WARNING)
    try:
        yield
    finally:
        of_asyncio.removeFilter(_is_news)
        for one, (propagate, level) in zip(loggers, before, strict=True):
            one.removeHandler(handler)
            one.propagate, one.level = propagate, level
