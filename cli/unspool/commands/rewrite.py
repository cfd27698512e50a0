"""unspool rewrite"""

from enum import StrEnum
from typing import Annotated

from unspool.commands import _typer as typer
from unspool.commands._options import own_option, takes_options
from unspool.commands._run import filter_sources
from unspool.commands._source_options import SourceOptions
from unspool.exits import ExitCode
from unspool.settings import Settings
from unspool.sinks.base import Sink
from unspool.sinks.chunks import ChunkFormat, ChunkSink
from unspool.sinks.output import Output


class RewriteFormat(StrEnum):
    """The format of the output."""

    JSONL = "jsonl"
    SSE = "sse"
    JSON = "json"


@takes_options(SourceOptions)
def rewrite(
    context: "typer.Context",
    filters: SourceOptions,
    to: Annotated[
        RewriteFormat | None,
        own_option(
            "--to",
            help="Chunks as lines or events, alone; or json: one object per response. Default: jsonl.",
        ),
    ] = None,
    unwrapped: Annotated[
        bool, own_option("--unwrapped", help="Write the records alone, without the log around them.")
    ] = False,
) -> ExitCode:
    """Write the chunks with message calls turned into ordinary content, for any chat client.

    A chunk that needs no change keeps its bytes. A complete event stream ends with [DONE].
    Records inside a log are replaced there: a log stays a log.
    With --to json each response is one chat.completion object, as without streaming.

    Example: unspool sample message | unspool rewrite --to sse
    """

    def make_sink(output: Output, asked: Settings) -> Sink:
        if to is RewriteFormat.JSON:
            from unspool.sinks.completion import CompletionSink  # noqa: PLC0415 - start-up

            return CompletionSink(output, asked.options)
        if to is RewriteFormat.SSE:
            return ChunkSink(output, ChunkFormat.SSE)
        return ChunkSink(output, ChunkFormat.JSONL if as_received else ChunkFormat.CHUNKS)

    as_received = to is None and not unwrapped
    return filter_sources(context, filters, make_sink, shows_text=False, keeps_log=as_received)
