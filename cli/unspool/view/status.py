"""The status line of one step: what runs, since when, how fast, how it ended."""

from typing import Any

from unspool.core.events import Event, TextDelta
from unspool.formats.printable import one_line
from unspool.variants.usage import tokens_of


class Status:
    """The figures of one step; times are seconds of one clock, and shown only if they are ``timed``."""

    def __init__(self, began: float, timed: bool) -> None:
        self._began = began
        self._timed = timed
        self._model = ""
        self._step = 0
        self._first: float | None = None  # when the first text came
        self._last = began
        self._characters = 0
        self._reason = ""
        self._usage: dict[str, Any] = {}

    @property
    def started(self) -> bool:
        """Return whether the step has begun."""
        return self._step > 0

    def start(self, step: int, model: str) -> None:
        """Know which step it is."""
        self._step, self._model = step, one_line(model)

    def saw(self, event: Event, now: float) -> None:
        """Count an event of the choice that is shown."""
        self._last = now
        if isinstance(event, TextDelta) and event.text:
            self._first = now if self._first is None else self._first
            self._characters += len(event.text)

    def finish(self, reason: str) -> None:
        """Know the finish reason."""
        self._reason = one_line(reason)

    def use(self, usage: dict[str, Any]) -> None:
        """Know the usage; the last one counts (Q6)."""
        self._usage = usage

    def running(self, now: float) -> str:
        """The line while more may come."""
        parts = [
            *(self._who() or ["waiting"]),
            f"{max(0, int(now - self._began))} s" if self._timed else "",
            *self._pace(),
        ]
        return " · ".join(part for part in [*parts, self._reason] if part)

    def over(self, cut: bool) -> str:
        """The line that stays."""
        elapsed = f"{self._last - self._began:.1f} s" if self._timed else ""
        parts = [
            *(self._who() or ["nothing arrived"]),
            elapsed,
            *self._pace(),
            self._reason,
            "cut" if cut else "",
            self._tokens(),
        ]
        return " · ".join(part for part in parts if part)

    def _who(self) -> list[str]:
        if not self._step:
            return []
        return [self._model, f"step {self._step}"]

    def _pace(self) -> list[str]:
        """Time to the first text, and how much comes in a second from then on."""
        if self._first is None or not self._timed:
            return [f"{self._characters:,} characters"] if self._characters else []
        seconds = self._last - self._first
        _, tokens, _ = tokens_of(self._usage)
        amount, unit = (tokens, "tokens/s") if tokens else (self._characters, "characters/s")
        pace = f"{amount / seconds:,.0f} {unit}" if seconds >= 0.1 else ""
        return [f"first text {self._first - self._began:.2f} s", pace]

    def _tokens(self) -> str:
        sent, got, _ = tokens_of(self._usage)
        counts = " + ".join(f"{count:,}" for count in (sent, got) if count)
        return f"{counts} tokens" if counts else ""
