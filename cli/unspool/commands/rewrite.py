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
    to: Annotated[ChunkFormat, own_option("--to", help="How the chunks are framed.")] = ChunkFormat.JSONL,
) -> None:
    """Write the chunks with message calls turned into ordinary content, for any chat client.

    What needs no change leaves as the same bytes. A complete event stream ends with [DONE].

    Example: unspool rewrite --to sse samples/plain.jsonl
    """
    filter_sources(context, filters, lambda output, _: ChunkSink(output, to), shows_text=False)
