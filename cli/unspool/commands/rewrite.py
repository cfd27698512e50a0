"""unspool rewrite"""

from typing import Annotated

import typer

from unspool.commands._options import own_option, takes_options
from unspool.commands._run import filter_sources
from unspool.commands._source_options import SourceOptions
from unspool.sinks.chunks import ChunkFormat, ChunkSink


@takes_options(SourceOptions)
def rewrite(
    context: typer.Context,
    filters: SourceOptions,
    to: Annotated[
        ChunkFormat | None,
        own_option(
            "--to", help="How the chunks are framed; without the log around them. Default: jsonl.", show_default=False
        ),
    ] = None,
    unwrapped: Annotated[
        bool, own_option("--unwrapped", help="Write the records alone, without the log around them.")
    ] = False,
) -> None:
    """Write the chunks with message calls turned into ordinary content, for any chat client.

    What needs no change leaves as the same bytes. A complete event stream ends with [DONE].
    Where the records lie in those of a log, it stays a log, with the new records inside.

    Example: unspool rewrite --to sse samples/plain.jsonl
    """
    keeps_log = to is None and not unwrapped
    filter_sources(
        context,
        filters,
        lambda output, _: ChunkSink(output, to or ChunkFormat.JSONL),
        shows_text=False,
        keeps_log=keeps_log,
    )
