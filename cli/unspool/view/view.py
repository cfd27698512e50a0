"""The view: answers on a terminal, while they arrive.

    view = View(stdout)                once; a binary stream that is a terminal, or None: nothing is drawn
    view.begin(look)                   wait for an answer: its clock runs, the status line is shown
    view.feed(event)                   each event of Outcome.events, in order
    view.notice(text)                  a line in order, for what no event of the answer reports
    view.flush()                       input would block: what there is must be visible
    view.end()                         the answer stays in the scrollback, the terminal is free
    view.end(cut=True)                 the same for an answer that was stopped, with a note

Between ``end`` and ``begin`` nothing here touches the terminal: it is others' (a
prompt's, say). ``begin`` … ``end`` may be repeated as often as one likes; ``end``
without ``begin`` does nothing, so that it can be in a ``finally``. All of them
may raise OSError where the terminal is gone; ``end`` has done its part then.

A frame is drawn at once where the last one is long enough ago, else by the
ticker: a thread that lives from ``begin`` to ``end`` and also updates the clock in
the status line run. All that both touch is behind one lock, which is held while
a frame is drawn and never while anything waits.
"""

import threading
import time
from collections.abc import Callable
from typing import BinaryIO

from unspool.core.events import Event, StreamIncomplete
from unspool.view.answer import Answer, ViewOptions
from unspool.view.painting import Row
from unspool.view.screen import Screen

NARROWEST, WIDEST = 8, 100  # columns: rows for fewer are left to the terminal to wrap, longer ones are hard to read
_FRAME = 1 / 12  # seconds between two frames, at least
_SHARE = 20  # ... and so many times what of the last one is done again
_TICK = 0.25  # seconds between two looks at the clock and the size of the terminal


class View:
    """See the module's head; ``keep`` is given all rows that go to the scrollback.

    They have at most ``columns``; by default as many as are used of the screen.
    """

    def __init__(
        self,
        stream: BinaryIO | None,
        keep: Callable[[list[Row]], None] | None = None,
        columns: int | None = None,
    ) -> None:
        self._screen = Screen(stream)
        self._columns = columns
        self._is_drawn = stream is not None
        self.is_empty = True  # nothing was shown but lines about faults
        self._keep = keep
        self._answer: Answer | None = None
        # Not the condition's own way into the lock, which is written in Python: a signal that raises between its
        # lines would leave the lock held, and the ticker would wait for it for ever.
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._dirty = False
        self._next = 0.0  # when the next frame may be drawn
        self._shown: object = None  # what the last frame's clock and size were
        self._ticker: threading.Thread | None = None
        self._over = False  # the ticker has nothing to do any more
        self._gone: Exception | None = None

    def begin(self, look: ViewOptions | None = None, title: str = "") -> None:
        """Wait for an answer; ``title`` is shown above it."""
        self.end()
        with self._lock:
            self._over, self._gone = False, None
            self._answer = Answer(look or ViewOptions(), time.monotonic(), title)
            if not self._is_drawn:
                return
            self._screen.open()
            self._draw()
            self._ticker = threading.Thread(target=self._tick, daemon=True)
            self._ticker.start()

    def feed(self, event: Event) -> None:
        """Process an event; the next frame shows it."""
        with self._lock:
            if self._answer is not None:
                self._answer.feed(event, time.monotonic())
                self.is_empty = self.is_empty and type(event) is StreamIncomplete
                self._touch()

    def notice(self, text: str) -> bool:
        """Show a line in its place; returns whether there is an answer that it can be shown in."""
        with self._lock:
            if self._answer is None:
                return False
            self._answer.notice(text)
            self._touch()
            return True

    def _touch(self) -> None:
        if self._gone is not None:
            raise self._gone
        if not self._dirty:
            self._dirty = True
            self._changed.notify()

    def flush(self) -> None:
        """Draw, if the last frame is long enough ago; else the ticker will."""
        with self._lock:
            if self._dirty and self._is_drawn and time.monotonic() >= self._next:
                self._draw()

    def end(self, cut: bool = False) -> None:
        """Leave the answer in the scrollback and restore the terminal."""
        if self._answer is None:
            return
        with self._lock:
            self._over = True
            self._changed.notify()
        try:
            if self._ticker is not None:
                self._ticker.join()
            if self._gone is not None:
                raise self._gone
            self._answer.close(cut, time.monotonic())
            self._show(self._answer, last=True)
        finally:  # also where a second signal raises above; the ticker may still be drawing then
            with self._lock:
                self._answer = None
                self._screen.close()

    def pause(self) -> None:
        """Let go of the terminal while the process is stopped."""
        with self._lock:
            self._screen.close()

    def resume(self) -> None:
        """Take it again, where an answer is shown."""
        with self._lock:
            if self._answer is not None and self._is_drawn:
                self._screen.open()
                self._draw()

    @property
    def width(self) -> int:
        """Columns that are used."""
        return self._columns or _fitting(self._screen.size.columns)

    def _draw(self) -> None:
        """Draw a frame. The lock is held."""
        if self._answer is not None:
            began = time.monotonic()
            self._dirty = False
            again = self._show(self._answer)
            self._next = began + max(_FRAME, _SHARE * again)

    def _show(self, answer: Answer, last: bool = False) -> float:
        """Draw; the seconds of work in it that the next frame will do again."""
        size = self._screen.size
        width, height = self._columns or _fitting(size.columns), max(1, size.lines - 1)
        finished = answer.finished(width, height)
        if self._keep is not None:
            self._keep(finished)
        now, busy = time.monotonic(), time.thread_time()
        self._shown = int(2 * now), size
        # Rows that the terminal wraps could not be drawn again.
        live = [] if last or size.columns < width else answer.live(width, height, now)
        self._screen.show(finished, live, size)
        return time.thread_time() - busy

    def _tick(self) -> None:
        """Draw what nothing else draws, until the answer is over."""
        with self._lock:
            while not self._over:
                now = time.monotonic()
                stale = self._shown != (int(2 * now), self._screen.size)
                if (self._dirty or stale) and now >= self._next:
                    try:
                        self._draw()
                    except Exception as error:  # the caller's thread raises it
                        self._gone = error
                        return
                wait = self._next - time.monotonic() if self._dirty else _TICK
                self._changed.wait(max(wait, 0.001))


def _fitting(columns: int) -> int:
    return max(NARROWEST, min(columns, WIDEST))
