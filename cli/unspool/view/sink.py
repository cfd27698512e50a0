"""The view as the sink of the one loop: an answer for each source."""

from unspool.core.events import StepStarted
from unspool.core.outcome import Outcome
from unspool.formats.record import Record
from unspool.sinks.base import BaseSink, SourceInfo
from unspool.sinks.subagents import subagent_of
from unspool.view.answer import ViewOptions
from unspool.view.view import View


class ViewSink(BaseSink):
    """Sends all events to a view; with ``titled`` each source has its name as title.

    A stream whose name is not in ``untitled`` is shown below it; with None none is.
    Where the framing is ``guessed``, a line reports that a source is plain text.
    """

    def __init__(
        self, view: View, look: ViewOptions, untitled: frozenset[str] | None = None, guessed: bool = False
    ) -> None:
        self._guessed = guessed  # text was found, not named
        self._view = view
        self._look = look
        self._untitled = untitled

    def begin(self, source: SourceInfo) -> None:
        """Begin an answer."""
        titled = self._untitled is not None and source.name not in self._untitled
        self._view.begin(self._look, source.name if titled else "")

    def write(self, record: Record, outcome: Outcome, holding: bool) -> None:
        """Show the events."""
        if record.plain and record.number == 1 and self._guessed:
            self._view.notice("unspool: plain text, shown as it is; --from names what else it may be")
        for event in outcome.events:
            shown = event
            if type(event) is StepStarted and subagent_of(event, outcome.chunks) is not None:
                shown = event._replace(model=f"sub-agent {event.model}".strip())
            self._view.feed(shown)

    def flush(self) -> None:
        """Draw what there is, if it is time."""
        self._view.flush()

    def close(self) -> None:
        """End the last answer."""
        self._view.end()
