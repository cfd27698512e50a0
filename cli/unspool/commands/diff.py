"""unspool diff"""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

import typer

from unspool.auto_tool import resolve
from unspool.called_tools import NoMessage
from unspool.commands._colours import paint_for
from unspool.commands._options import FilterOptions, own_option, takes_options
from unspool.commands._outputs import refuse_output_as_input
from unspool.commands._progress import Progress
from unspool.commands._prompt import advice_for_similar
from unspool.commands._run import guarded_output
from unspool.commands._stderr import say
from unspool.diagnostics import FaultLog, Problem, describe
from unspool.diff.compare import Comparison, compare
from unspool.diff.facts import Aspect, FactsSink, Stream
from unspool.diff.report import as_json, as_text
from unspool.environment import Environment
from unspool.errors import SourceFailed
from unspool.exits import ExitCode, exit_code
from unspool.intake.opening import parts
from unspool.pipeline import run
from unspool.settings import Summary
from unspool.sources.file import FileSource

_WITHOUT_EFFECT = frozenset({"sources", "choice", "thoughts", "other_tools", "exit_status", "separator"})

A = Annotated[str, typer.Argument(metavar="A", help="A file; - is standard input.")]
B = Annotated[str, typer.Argument(metavar="B", help="Another file.")]
Ignored = Annotated[
    list[Aspect] | None,
    own_option(
        "--ignore",
        metavar="ASPECT",
        help=f"Let this differ: {', '.join(Aspect)}. Repeatable.",
    ),
]


@takes_options(FilterOptions, without=_WITHOUT_EFFECT)
def diff(  # noqa: PLR0917 - typer reads the signature
    context: typer.Context,
    filters: FilterOptions,
    a: A,
    b: B,
    cuts: Annotated[bool, own_option("--cuts", help="Compare how texts are cut into pieces, too.")] = False,
    ids: Annotated[bool, own_option("--ids", help="Compare ids and times, too.")] = False,
    ignore: Ignored = None,
    json: Annotated[bool, own_option("--json", help="Write one JSON object.")] = False,
    quiet: Annotated[bool, own_option("--quiet", "-q", help="Write nothing: the exit code is the answer.")] = False,
) -> None:
    """Compare two streams by meaning: messages, thoughts, tool calls, finish reasons, usage and errors.

    Ignored are cuts, ids, times, and whether a message is content or a call.

    Exits with 0 if they are the same and with 1 if they differ.

    Example: unspool diff <(unspool sample message) <(unspool sample cut)
    """
    if a == b == "-":
        raise typer.BadParameter("standard input can be read once; name a file for one of them", param_hint="'A B'")
    environment: Environment = context.obj
    refuse_output_as_input([a, b], environment)
    when_asked = {Aspect.CUTS: cuts, Aspect.IDS: ids}
    asked = frozenset(each for each in Aspect if when_asked.get(each, True) and each not in (ignore or ()))
    one, other = (_read(path, filters, environment, Aspect.CUTS in asked) for path in (a, b))
    comparison = compare(one, other, asked)
    if not quiet:
        _write(environment, comparison, json)
    raise typer.Exit(ExitCode.NO if comparison.differences else ExitCode.OK)


def _write(environment: Environment, comparison: Comparison, json: bool) -> None:
    """Write the report."""
    with guarded_output(environment, safe=json or not environment.colours) as output:
        output.write(as_json(comparison) if json else as_text(comparison, paint_for(environment)))
        output.flush()


def _read(path: str, filters: FilterOptions, environment: Environment, cuts: bool) -> Stream:
    """The meaning of one source, of which its faults are a part; a source that fails ends the command."""
    progress = Progress(environment)
    source = FileSource(path, environment.stdin, filters.timeout, advice=advice_for_similar(path))
    settings, summary = filters.settings(), Summary()
    settings = settings._replace(options=replace(settings.options, message_arguments=True))
    sink = FactsSink(settings.options, progress.show, cuts)
    faults: list[Problem] = []
    log = FaultLog()

    def report(problem: Problem) -> None:
        if not isinstance(problem.fault, NoMessage):  # a stream of calls alone has a meaning, too
            faults.append(problem)

    def note(name: str) -> Callable[[str], None]:
        return lambda line: write(log.note(name, line))

    def write(lines: list[str]) -> None:
        for line in lines:
            say(environment.stderr, line)

    log.begin(source.name)
    for stream in parts(source, settings.intake, note(source.name)):
        resolved, with_tool = resolve(stream, settings, note(stream.name))
        sink.options = with_tool.options
        run(resolved, with_tool, sink, report, summary)
        if summary.stopped:
            break
    progress.clear()
    write(log.finish())
    ending = faults[-1:] if summary.stopped else [each for each in faults if isinstance(each.fault, SourceFailed)]
    if ending:
        say(environment.stderr, describe(ending[0], settings.strict))
        raise typer.Exit(exit_code(summary.faults))
    sink.close()
    return Stream(source.name, sink.steps)
