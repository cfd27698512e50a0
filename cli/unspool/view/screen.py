"""The terminal: rows that are printed for good, and below them a live region that is drawn again and again.

    screen.open()                    the cursor is hidden
    screen.show(finished, live)      ``finished`` scroll away above, ``live`` replace the last ones
    screen.close()                   the live region is gone, the cursor is back

Between two frames the cursor is at the beginning of the live region. So a
terminal that is resized, whether it folds its rows again or cuts them, carries
it along, and what is drawn next begins where it should. Live rows never wrap.
"""

import os
from typing import BinaryIO

from unspool.descriptors import send
from unspool.view.painting import AnsiEncoder, Row

_HIDE, _SHOW = "\x1b[?25l", "\x1b[?25h"
_WRAP, _NO_WRAP = "\x1b[?7h", "\x1b[?7l"
_CLEAR_ROW, _CLEAR_BELOW = "\x1b[K", "\x1b[J"
_USUAL = os.terminal_size((80, 24))


class Screen:
    """One terminal; ``show`` raises OSError where it is gone. Without a stream nothing is shown."""

    def __init__(self, stream: BinaryIO | None) -> None:
        self._stream = stream
        self._ink = AnsiEncoder()
        self._live: list[str] = []
        self._size = _USUAL
        self._is_open = False

    @property
    def size(self) -> os.terminal_size:
        """Columns and rows, now."""
        if self._stream is None:
            return _USUAL
        try:
            size = os.get_terminal_size(self._stream.fileno())
        except (OSError, ValueError):
            return _USUAL
        return size if all(size) else _USUAL

    def open(self) -> None:
        """Take the terminal."""
        if not self._is_open:
            self._is_open = True
            self._live = []
            self._send(_HIDE)

    def show(self, finished: list[Row], live: list[Row], size: os.terminal_size) -> None:
        """Draw a frame that was laid out for ``size``; ``live`` has fewer rows than that, the last not a full one."""
        kept = self._live if size == self._size and not finished else []
        self._size = size
        parts = ["\r"]
        for row in finished:
            parts += _CLEAR_ROW, self._ink.encode(row), "\r\n"
        rows = [self._ink.encode(row) for row in live]
        clear = not kept or len(rows) < len(kept)
        drawn = [f"{_CLEAR_ROW}{row}" for row in rows]
        for at in range(min(len(kept), len(rows) - clear)):
            if kept[at] == rows[at]:
                drawn[at] = ""
        parts += _NO_WRAP, "\r\n".join(drawn)
        if clear:
            parts.append(_CLEAR_BELOW)
        if len(rows) > 1:
            parts.append(f"\x1b[{len(rows) - 1}A")
        parts += "\r", _WRAP
        self._live = rows
        self._send("".join(parts))

    def close(self) -> None:
        """Give the terminal back, as it was but for the cursor's place."""
        if self._is_open:
            self._is_open = False
            self._live = []
            self._send(f"\r{_CLEAR_BELOW}{_WRAP}{_SHOW}")

    def _send(self, text: str) -> None:
        if self._stream is not None:
            send(self._stream, text.encode())
