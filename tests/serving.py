"""A real HTTP server on the loopback that plays a provider: scripted answers, and all that can happen to them."""

import json
import socket
import struct
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

KEY = "sk-canary-3f9ac1e27b"


class End(Enum):
    """What follows the last piece."""

    WHOLE = "the body ends as it should"
    CUT = "the connection closes in the middle of the body"
    RESET = "the connection is reset"
    STALL = "nothing more comes"


@dataclass(frozen=True)
class Answer:
    """One response: pieces of its body, each flushed, with pauses (seconds) between them."""

    pieces: Sequence[bytes | float] = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "text/event-stream"})
    end: End = End.WHOLE
    before: float = 0.0
    """Seconds before the status line."""


@dataclass(frozen=True)
class Asked:
    """One request as it was received."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    address: Any
    """The client's end of the connection."""


class Provider(ThreadingHTTPServer):
    """Gives its answers in turn, the last one again and again, and keeps what it was asked."""

    daemon_threads = True

    def __init__(self, answers: Sequence[Answer]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = list(answers)
        self.asked: list[Asked] = []
        self.leaving = threading.Event()

    @property
    def url(self) -> str:
        """What --base-url takes."""
        return f"http://127.0.0.1:{self.server_port}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves is none."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        provider = cast(Provider, self.server)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = provider.answers[min(len(provider.asked), len(provider.answers) - 1)]
        provider.asked.append(Asked(self.path, dict(self.headers), json.loads(body), self.client_address))
        time.sleep(answer.before)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in answer.pieces:
            if isinstance(piece, float):
                time.sleep(piece)
            elif piece:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        self._finish(answer.end, provider)

    def _finish(self, end: End, provider: Provider) -> None:
        if end is End.WHOLE:
            self.wfile.write(b"0\r\n\r\n")
            return
        self.close_connection = True
        if end is End.STALL:
            provider.leaving.wait(30)
        elif end is End.RESET:
            time.sleep(0.1)  # what was sent is read before it is thrown away
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def log_message(self, *args: Any) -> None:
        """Nothing is written down."""


class StalledModel:
    """A model that sends the beginning of one response and then waits for its client to leave."""

    def __init__(self, beginning: bytes) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._beginning = beginning
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/v1"
        self.left = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        connection, _ = self._socket.accept()
        with self._socket, connection:
            connection.recv(1 << 16)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + self._beginning)
            with suppress(ConnectionError):
                while connection.recv(1 << 16):
                    pass
        self.left.set()


@contextmanager
def provider(*answers: Answer) -> Iterator[Provider]:
    """A running provider, gone with the block."""
    server = Provider(answers)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.leaving.set()
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def refused_port() -> Iterator[int]:
    """A port of the loopback on which nobody listens, and which no other test gets meanwhile."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def unused_port() -> int:
    """A port of the loopback to listen on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
