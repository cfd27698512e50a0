"""unspool text"""

import typer

from unspool.commands.filtering import filter_sources
from unspool.commands.options import FilterOptions, takes_filter_options
from unspool.pipeline import Settings
from unspool.streams.output import Output
from unspool.streams.sinks import TextSink


def text_sink(output: Output, settings: Settings) -> TextSink:
    """The sink of ``unspool text``, which is what ``unspool`` alone runs too."""
    return TextSink(output, settings.choice, settings.options.thoughts)


@takes_filter_options
def text(context: typer.Context, filters: FilterOptions) -> None:
    """Print the text of a stream as it arrives: message calls and ordinary content alike.

    Each message ends with a newline; nothing else is added.

    Example: unspool text samples/plain.jsonl
    """
    filter_sources(context, filters, text_sink)
