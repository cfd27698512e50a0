"""ASGI applications that play an upstream, and raw connections to servers."""

import asyncio
import json
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from unspool.core.options import Options
from unspool.serve.background import BackgroundServer, background_server
from unspool.serve.http.asgi import Receive, Scope, Send, read_body
from unspool.serve.runner import in_thread
from unspool.serve.service import ServiceOptions
from unspool.settings import Settings

ARGUMENTS = '{"inner_thoughts":"not for you","message":"Caf\\u00e9 at nine?\\nYes."}'
TEXT = "Café at nine?\nYes."


def event(value: Any) -> bytes:
    """One event."""
    return b"data: " + json.dumps(value).encode() + b"\n\n"


def chunk(delta: dict[str, Any], finish: str | None = None, **members: Any) -> bytes:
    """One chunk as an event."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    base = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return event({**base, "choices": [choice], **members})


def message_stream(arguments: str = ARGUMENTS, size: int = 4) -> list[bytes]:
    """The events of a response that calls send_message, with ``size`` characters of the arguments in each."""
    call = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "send_message", "arguments": ""}}
    pieces = [arguments[at : at + size] for at in range(0, len(arguments), size)]
    return [
        chunk({"role": "assistant", "content": None, "tool_calls": [call]}),
        *(chunk({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}) for piece in pieces),
        chunk({}, "tool_calls"),
        b"data: [DONE]\n\n",
    ]


@dataclass
class Upstream:
    """Answers each request with the same pieces; ``breaks`` closes the connection in the middle of the body."""

    pieces: Sequence[bytes] = ()
    status: int = 200
    headers: Sequence[tuple[bytes, bytes]] = ((b"content-type", b"text/event-stream"),)
    pause: float = 0.0
    breaks: bool = False
    endless: bool = False
    seen: list[tuple[Scope, bytes]] = field(default_factory=list)
    sent: int = 0  # bytes
    left: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.seen.append((scope, await read_body(receive, 1 << 30)))
        watching = asyncio.ensure_future(self._watch(receive))
        await send({"type": "http.response.start", "status": self.status, "headers": list(self.headers)})
        while True:
            for piece in self.pieces:
                if self.left.is_set():
                    return
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                self.sent += len(piece)
                await asyncio.sleep(self.pause)  # also of 0: only then is a client that left noticed
            if not self.endless:
                break
        if self.breaks:
            scope["state"]["transport"].close()
            await asyncio.sleep(0.05)
            return
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        watching.cancel()

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self.left.set()


@contextmanager
def running(upstream: Upstream) -> Iterator[Upstream]:
    """The upstream, served."""

    async def close() -> None:
        pass

    with in_thread(upstream, asyncio.Event(), close) as port:
        upstream.url = f"http://127.0.0.1:{port}/v1"
        yield upstream


@contextmanager
def proxied(upstream: Upstream, options: Options | None = None, **asked: Any) -> Iterator[BackgroundServer]:
    """A proxy in front of the upstream."""
    with running(upstream):
        settings = Settings(options or Options())
        with background_server(ServiceOptions(settings, upstream.url, **asked)) as server:
            yield server


def exchange(root: str, request: bytes, seconds: float = 5.0) -> bytes:
    """Send raw bytes to a server, and read until it closes."""
    host, _, port = root.removeprefix("http://").partition("/")[0].partition(":")
    with socket.create_connection((host, int(port)), timeout=seconds) as connection:
        connection.sendall(request)
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
        return b"".join(parts)


def get(path: str, *headers: str, method: str = "GET", body: bytes = b"") -> bytes:
    """A raw request; its connection closes behind the answer."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", *headers]
    length = [f"Content-Length: {len(body)}"] if body or method == "POST" else []
    return "\r\n".join([*lines, *length, "", ""]).encode() + body
