"""unspool view"""

import os
import stat
from collections.abc import Sequence
from typing import Annotated

import typer

from unspool.commands.filtering import filter_sources
from unspool.commands.options import own_option, takes_options
from unspool.commands.reporter import say
from unspool.commands.signals import ending_in_order
from unspool.commands.source_options import SourceOptions
from unspool.environment import Environment
from unspool.pipeline import Settings
from unspool.streams.output import Output
from unspool.streams.recording import begins_recording
from unspool.streams.sinks import Sink, TextSink


@takes_options(SourceOptions)
def view(
    context: typer.Context,
    filters: SourceOptions,
    plain: Annotated[bool, own_option("--plain", help="Print what unspool text prints.")] = False,
) -> None:
    """Show a stream on the terminal while it arrives: text as Markdown, tool calls, faults, and how fast it comes.

    Where standard output is no terminal, this is unspool text.

    Example: unspool view samples/several-steps.jsonl
    """
    environment: Environment = context.obj
    if plain or not environment.can_draw:
        filter_sources(context, filters, lambda output, asked: TextSink(output, asked.choice, asked.options.thoughts))
    else:
        _draw(context, filters, environment)


def _draw(context: typer.Context, filters: SourceOptions, environment: Environment) -> None:
    from unspool.view.answer import Look  # noqa: PLC0415 - rich is for this command alone
    from unspool.view.sink import ViewSink  # noqa: PLC0415
    from unspool.view.view import View  # noqa: PLC0415

    assert environment.stdout is not None, "a terminal is there"
    view = View(environment.stdout)
    sources = filters.sources or ["-"]

    def make_sink(output: Output, settings: Settings) -> Sink:
        options = settings.options
        look = Look(
            settings.choice, options.thoughts, options.other_tools, timed=filters.calls or not _are_files(sources)
        )
        return ViewSink(view, look, titled=len(sources) > 1)

    def tell(line: str) -> None:
        view.notice(f"unspool: {line}")
        if not environment.stderr_is_terminal:
            say(environment.stderr, line)

    with ending_in_order():
        try:
            filter_sources(context, filters, make_sink, pace=1.0, tell=tell)
        finally:
            view.end(cut=True)


def _are_files(sources: Sequence[str]) -> bool:
    """Whether all of it is there already and holds no times, so that the time at which it is read says nothing."""
    return all(_is_file(0 if source == "-" else source) for source in sources)


def _is_file(source: str | int) -> bool:
    try:
        if not stat.S_ISREG(os.stat(source).st_mode):
            return False
        descriptor = os.open(source, os.O_RDONLY) if isinstance(source, str) else os.dup(source)
        with os.fdopen(descriptor, "rb") as file:
            return not begins_recording(os.pread(file.fileno(), 64, 0))
    except OSError:
        return False
