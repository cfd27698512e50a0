"""unspool text"""

from typing import Annotated

from unspool.commands import _typer as typer
from unspool.commands._options import own_option, takes_options
from unspool.commands._run import filter_sources
from unspool.commands._source_options import SourceOptions
from unspool.exits import ExitCode
from unspool.sinks.text import TextSink


@takes_options(SourceOptions, hidden=frozenset({"separator", "other_tools"}))
def text(
    context: "typer.Context",
    filters: SourceOptions,
    print0: Annotated[
        bool, own_option("--print0", help="End each message with a null character, for scripts.")
    ] = False,
) -> ExitCode:
    """Print the text of a stream as it arrives, from message calls and ordinary content.

    Each message ends with a newline; nothing else is added.

    Example: unspool sample message | unspool text
    """
    return filter_sources(
        context, filters, lambda output, asked: TextSink(output, asked.choice, asked.options.thoughts, print0)
    )
