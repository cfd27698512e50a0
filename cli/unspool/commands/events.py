"""unspool events"""

from unspool.commands import _typer as typer
from unspool.commands._options import takes_options
from unspool.commands._run import filter_sources
from unspool.commands._source_options import SourceOptions
from unspool.exits import ExitCode
from unspool.sinks.events import EventSink


@takes_options(SourceOptions, hidden=frozenset({"separator", "thoughts"}))
def events(context: "typer.Context", filters: SourceOptions) -> ExitCode:
    """Write one JSON object for each thing seen in a stream: the debugging view.

    Names and fields are stable; docs/EVENTS.md of the project lists them.

    Example: unspool sample message | unspool events
    """
    several = len(filters.sources or ()) > 1
    return filter_sources(context, filters, lambda output, _: EventSink(output, several), shows_text=False)
