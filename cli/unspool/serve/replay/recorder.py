"""Keeps what an upstream answers: a recording for each stream, a file for any other body, each with its sidecar."""

import os
import time
from collections.abc import Callable
from typing import Any

from unspool.files import LARGEST, create_private, make_private_folder
from unspool.formats.detect import Format
from unspool.serve.http.asgi import (
    BODY,
    START,
    App,
    Message,
    RawHeaders,
    Receive,
    Scope,
    Send,
    media_type,
)
from unspool.serve.http.model_request import ModelRequest
from unspool.serve.http.request_reader import asked_of
from unspool.serve.http.wire import INTERFACES, interface_at
from unspool.serve.replay import sidecar
from unspool.sources.recording import COMPLETE, STOPPED, Recording, RecordingWriter


class Recorder:
    """An ASGI application around the proxy; only requests to a model's interface are kept.

    A recording that cannot be written costs no response: ``warn`` says so.
    Raises OSError where there is no folder to be made.
    """

    def __init__(self, app: App, folder: str, warn: Callable[[str], None]) -> None:
        make_private_folder(os.path.abspath(folder))
        self._app = app
        self._folder = folder
        self._warn = warn
        self._count = len(os.listdir(folder))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, and keep the answer."""
        interface, asked = interface_at(scope["path"]), asked_of(scope)
        if interface is None or asked is None:
            await self._app(scope, receive, send)
            return
        self._count += 1
        name = f"{self._count:05d}-{interface}-{asked.key or 'unread'}"
        kept = _Kept(os.path.join(self._folder, name), scope, asked)

        async def recording(message: Message) -> None:
            self._guarded(kept.take, message)
            await send(message)

        try:
            await self._app(scope, receive, recording)
        finally:
            self._guarded(kept.close)

    def _guarded(self, keep: Callable[..., None], *arguments: Any) -> None:
        try:
            keep(*arguments)
        except OSError as error:
            self._warn(f"the recording {error.filename or self._folder}: {error.strerror}; it is not complete")


class _Kept:
    """One answer as it is kept."""

    def __init__(self, path: str, scope: Scope, asked: ModelRequest) -> None:
        self._path = path
        self._secrets = sidecar.credentials(scope["headers"])
        self._exchange = sidecar.Sidecar(scope["method"], scope["path"], 0, {}, asked.value, asked.key)
        self._start = time.monotonic()
        self._recording: Recording | None = None
        self._writer: RecordingWriter | None = None
        self._body = bytearray()
        self._kind = ""
        self._end = STOPPED

    def take(self, message: Message) -> None:
        """Keep one message of the answer. Raises OSError."""
        if message["type"] == START:
            self._begin(message["status"], list(message.get("headers", [])))
        elif message["type"] == BODY:
            data = sidecar.masked(message.get("body", b""), self._secrets)
            if self._writer is not None:
                self._writer.feed(data, time.monotonic() - self._start)
            elif len(self._body) < LARGEST:
                self._body += data
            if not message.get("more_body"):
                self._end = COMPLETE

    def _begin(self, status: int, headers: RawHeaders) -> None:
        self._kind = media_type(headers)
        self._exchange = self._exchange._replace(status=status, headers=sidecar.kept_headers(headers))
        interface = INTERFACES[interface_at(self._exchange.path) or ""]
        if self._kind == "text/event-stream":
            self._record(Format.SSE)
        elif interface.lines and self._kind != "application/json":
            self._record(Format.JSONL)

    def _record(self, stream_format: Format) -> None:
        self._recording = Recording(f"{self._path}.sse")
        self._writer = RecordingWriter(self._recording, stream_format)

    def close(self) -> None:
        """Write what is left. Raises OSError."""
        if self._exchange.status == 0:
            return  # nothing was answered
        if self._writer is not None and self._recording is not None:
            self._writer.close(self._end, time.monotonic() - self._start)
            if self._writer.failure is not None:
                self._recording.remove_if_empty()
                raise self._writer.failure
        else:
            create_private(self._path + (".json" if self._kind == "application/json" else ".body"), bytes(self._body))
        sidecar.write(self._path + sidecar.ENDING, self._exchange, self._secrets)
