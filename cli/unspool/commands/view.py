"""unspool view"""

import os
import stat
from collections.abc import Mapping, Sequence
from typing import Annotated, NamedTuple

import typer

from unspool.commands._options import once_option, own_option, takes_options
from unspool.commands._outputs import refuse_unwritable
from unspool.commands._run import filter_sources
from unspool.commands._signals import ending_in_order, stopping_in_order
from unspool.commands._source_options import SourceOptions
from unspool.commands._stderr import say
from unspool.commands._values import one_of
from unspool.descriptors import STANDARD_INPUT
from unspool.environment import Environment, silence
from unspool.exits import ExitCode
from unspool.files import write_output
from unspool.formats.detect import Format
from unspool.settings import Settings
from unspool.sinks.base import Sink, SinkGroup
from unspool.sinks.output import Output
from unspool.sinks.text import TextSink
from unspool.sources.recording import begins_recording
from unspool.view.look import Calls, Only

_KINDS = frozenset(Only)
_NOT_DRAWN = "no effect without the drawn view (--svg, --html, or a terminal without --plain)"

OnlyOption = Annotated[
    list[str] | None,
    own_option(
        "--only",
        metavar="messages|tools|thoughts|N|PATTERN",
        help="Show nothing but messages, tools or thoughts; of a container, read the stream with this number, or "
        "those whose names match. Repeatable. Default: all.",
        autocompletion=one_of(*Only),
    ),
]


class ViewSources(SourceOptions):
    """The sources of the view, which draws a recording at its own pace."""

    def without_effect(self) -> dict[str, str]:
        """Return the options that make no difference here; --max-gap does without --pace."""
        return {name: needed for name, needed in super().without_effect().items() if name != "max_gap"}


@takes_options(ViewSources, without=frozenset({"only"}), hidden=frozenset({"separator"}))  # the view has another --only
def view(
    context: typer.Context,
    filters: SourceOptions,
    *,
    plain: Annotated[bool, own_option("--plain", help="Print what unspool text prints.")] = False,
    svg: Annotated[
        str | None,
        once_option("--svg", metavar="FILE", help="Save the finished view as a picture."),
    ] = None,
    html: Annotated[
        str | None,
        once_option("--html", metavar="FILE", help="Save the finished view as a page."),
    ] = None,
    only: OnlyOption = None,
    calls: Annotated[Calls, own_option("--calls", help="How calls to other tools are shown.")] = Calls.FULL,
) -> ExitCode:
    """Show a stream in the terminal while it arrives: text as Markdown, tool calls, faults and speed.

    If standard output is not a terminal, this is unspool text.

    Example: unspool sample recorded | unspool view
    """
    environment: Environment = context.obj
    shown = frozenset(Only(each) for each in only or () if each in _KINDS)
    filters.only = [each for each in only or () if each not in _KINDS]
    filters.other_choices = tuple(Only)
    files = {option: path for option, path in (("--svg", svg), ("--html", html)) if path is not None}
    for option, path in files.items():
        filters.refuse_to_overwrite_source(path, environment, option)
        refuse_unwritable(option, path)
    drawn = environment.can_draw and not plain
    if drawn or files:
        return _show(context, filters, drawn, files, Shown(shown, calls))
    if not filters.quiet:
        _note_without_view(environment, shown, calls)
    return filter_sources(context, filters, _text)


def _note_without_view(environment: Environment, only: frozenset[Only], calls: Calls) -> None:
    """Say that an option has no effect on text: it holds messages alone, and no calls, whatever is asked for."""
    without_effect = ["--only"] if only - {Only.MESSAGES} else []
    without_effect += ["--calls"] if calls is Calls.LINE else []
    if without_effect:
        say(environment.stderr, f"{', '.join(without_effect)}: {_NOT_DRAWN}; this is the output of unspool text")


def _text(output: Output, asked: Settings) -> TextSink:
    return TextSink(output, asked.choice, asked.options.thoughts)


class Shown(NamedTuple):
    """The options of the view."""

    only: frozenset[Only]
    calls: Calls


def _show(
    context: typer.Context, filters: SourceOptions, drawn: bool, files: Mapping[str, str], shown: Shown
) -> ExitCode:
    """Draw on the terminal, or the text alone; save the picture, or the page, where one is asked for."""
    from unspool.view.answer import ViewOptions  # noqa: PLC0415 - rich is for this command alone
    from unspool.view.drawings import Drawings  # noqa: PLC0415
    from unspool.view.sink import ViewSink  # noqa: PLC0415

    environment: Environment = context.obj
    drawings = Drawings(environment.stdout if drawn else None, files)
    sources = filters.sources or ["-"]

    def make_sink(output: Output, asked: Settings) -> Sink:
        options = asked.options
        timed = filters.calls or not all(_is_over(source, drawn) for source in sources)
        sinks: list[Sink] = [] if drawn else [_text(output, asked)]
        for view, longest in drawings.views.items():
            look = ViewOptions(asked.choice, options.thoughts, options.other_tools, timed, *shown, longest)
            sinks.append(ViewSink(view, look, _untitled(filters, sources), guessed=asked.format is Format.ANY))
        return sinks[0] if len(sinks) == 1 else SinkGroup(sinks)

    def report_line(line: str) -> None:
        shown_there = drawings.notice(f"unspool: {line}")
        if not (shown_there and drawn and environment.stderr_is_terminal):
            say(environment.stderr, line)

    with ending_in_order(), stopping_in_order(drawings.screen.pause, drawings.screen.resume):
        try:
            return filter_sources(
                context, filters, make_sink, pace=1.0 if drawn else None, report_line=report_line, any_text=drawn
            )
        finally:
            try:
                drawings.end()
            except OSError:
                silence(environment.stdout)  # so that nothing else is tried when the interpreter ends
            for option, path in files.items():
                _save(environment, path, drawings.saved(option))


def _untitled(filters: SourceOptions, sources: Sequence[str]) -> frozenset[str] | None:
    """The streams that need no title: a single source, unless it holds several, each with a name."""
    if filters.calls:
        return None
    return frozenset(STANDARD_INPUT if source == "-" else source for source in sources[:1] if len(sources) == 1)


def _save(environment: Environment, path: str, picture: str) -> None:
    """Write a file, unless nothing was shown: the reason, such as a source that is missing, is reported."""
    if not picture:
        say(environment.stderr, f"{path}: there is nothing to show; it is not saved")
        return
    try:
        write_output(path, picture.encode(errors="replace"))
    except OSError as error:
        say(environment.stderr, f"{path}: {error.strerror}; it is not saved")
        raise typer.Exit(ExitCode.FAILED) from None


def _is_over(source: str, replayed: bool) -> bool:
    """Return whether a source is complete already, so that the times of reading mean nothing.

    Of a recording that is ``replayed`` it does.
    """
    try:
        descriptor = os.dup(0) if source == "-" else os.open(source, os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb", buffering=0) as file:
            is_file = stat.S_ISREG(os.fstat(descriptor).st_mode)
            return is_file and not (replayed and begins_recording(os.pread(file.fileno(), 64, 0)))
    except OSError:
        return False
