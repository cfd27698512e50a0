"""A limit in seconds on all that comes before the first byte of a response.

The timeouts of an HTTP client restart with each byte that arrives: a server
that drips its headers, or the body of an error, holds one for ever.
"""

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Any

_CONNECTED = ("connect_tcp.complete", "start_tls.complete")


class Deadline:
    """Shuts the connection down when the time is over, which ends every read of it with an error.

    Runs from the beginning of its ``with`` block until ``cancel`` or the end of the block.
    """

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self._sockets: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._shut)
        self._timer.daemon = True

    def __enter__(self) -> "Deadline":
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.cancel()

    def cancel(self) -> None:
        """The first byte is there, or nothing is waited for any more."""
        self._timer.cancel()

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """Know the connection; the HTTP client calls this with each step of a request (its "trace" extension)."""
        if event.endswith(_CONNECTED):
            connection = info["return_value"].get_extra_info("socket")
            self._sockets.append(connection)
            if self.passed:
                self._shut()

    def _shut(self) -> None:
        self.passed = True
        for connection in self._sockets:
            with suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)  # also below TLS, which waits for nothing
