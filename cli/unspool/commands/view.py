"""unspool view"""

import os
import stat
from typing import Annotated

import typer

from unspool.commands._options import once_option, own_option, takes_options
from unspool.commands._run import filter_sources
from unspool.commands._signals import ending_in_order, stopping_in_order
from unspool.commands._source_options import SourceOptions
from unspool.commands._stderr import say
from unspool.environment import Environment, silence
from unspool.exits import ExitCode
from unspool.files import write_output
from unspool.settings import Settings
from unspool.sinks.base import Sink, SinkGroup
from unspool.sinks.output import Output
from unspool.sinks.text import TextSink
from unspool.sources.recording import begins_recording


@takes_options(SourceOptions)
def view(
    context: typer.Context,
    filters: SourceOptions,
    plain: Annotated[bool, own_option("--plain", help="Print what unspool text prints.")] = False,
    svg: Annotated[
        str | None,
        once_option("--svg", metavar="FILE", help="Save the finished view as a picture.", show_default=False),
    ] = None,
) -> None:
    """Show a stream on the terminal while it arrives: text as Markdown, tool calls, faults, and how fast it comes.

    Where standard output is no terminal, this is unspool text.

    Example: unspool view samples/several-steps.jsonl
    """
    environment: Environment = context.obj
    if svg is not None:
        filters.refuse_to_overwrite_source(svg, environment, "--svg")
        _refuse_unwritable(svg)
    drawn = environment.can_draw and not plain
    if drawn or svg is not None:
        _show(context, filters, drawn, svg)
    else:
        filter_sources(context, filters, _text)


def _text(output: Output, asked: Settings) -> TextSink:
    return TextSink(output, asked.choice, asked.options.thoughts)


def _refuse_unwritable(svg: str) -> None:
    """Raise BadParameter, before anything is read, for a picture that cannot be written."""
    folder = os.path.dirname(svg) or "."
    if not os.path.isdir(folder):
        raise typer.BadParameter(f"there is no folder {folder}", param_hint="'--svg'")
    if os.path.isdir(svg):
        raise typer.BadParameter(f"{svg} is a folder", param_hint="'--svg'")


def _show(context: typer.Context, filters: SourceOptions, drawn: bool, svg: str | None) -> None:
    """Draw on the terminal, or the text alone; save the picture where one is asked for."""
    from unspool.view.answer import Look  # noqa: PLC0415 - rich is for this command alone
    from unspool.view.picture import Paper  # noqa: PLC0415
    from unspool.view.sink import ViewSink  # noqa: PLC0415
    from unspool.view.view import View  # noqa: PLC0415

    environment: Environment = context.obj
    paper = Paper()
    view = View(environment.stdout if drawn else None, None if svg is None else paper.keep)
    sources = filters.sources or ["-"]

    def make_sink(output: Output, asked: Settings) -> Sink:
        options = asked.options
        timed = filters.calls or not all(_is_over(source, drawn) for source in sources)
        look = Look(asked.choice, options.thoughts, options.other_tools, timed)
        sink = ViewSink(view, look, titled=len(sources) > 1)
        return sink if drawn else SinkGroup([_text(output, asked), sink])

    def tell(line: str) -> None:
        view.notice(f"unspool: {line}")
        if not (drawn and environment.stderr_is_terminal):
            say(environment.stderr, line)

    with ending_in_order(), stopping_in_order(view.pause, view.resume):
        try:
            filter_sources(context, filters, make_sink, pace=1.0 if drawn else None, tell=tell)
        finally:
            try:
                view.end(cut=True)
            except OSError:
                silence(environment.stdout)  # so that nothing else is tried when the interpreter ends
            if svg is not None:
                _save(environment, svg, paper.svg("unspool view", view.width))


def _save(environment: Environment, path: str, picture: str) -> None:
    try:
        write_output(path, picture.encode(errors="replace"))
    except OSError as error:
        say(environment.stderr, f"{path}: {error.strerror}; the picture is not saved")
        raise typer.Exit(ExitCode.FAILED) from None


def _is_over(source: str, replayed: bool) -> bool:
    """Whether all of a source is there already, so that the time at which it is read says nothing.

    Of a recording that is ``replayed`` it does.
    """
    try:
        descriptor = os.dup(0) if source == "-" else os.open(source, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb", buffering=0) as file:
            is_file = stat.S_ISREG(os.fstat(descriptor).st_mode)
            return is_file and not (replayed and begins_recording(os.pread(file.fileno(), 64, 0)))
    except OSError:
        return False
