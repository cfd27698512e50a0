"""unspool lint"""

import json as json_module
from typing import Annotated

from unspool.commands import _typer as typer
from unspool.commands._options import once_option, own_option, takes_options
from unspool.commands._progress import Progress
from unspool.commands._run import filter_sources, guarded_output
from unspool.commands._source_options import SourceOptions
from unspool.exits import ExitCode
from unspool.settings import Settings
from unspool.sinks.base import Sink
from unspool.sinks.output import Output

_WIDTH = 96


def _numbers(incomplete: str) -> list[tuple[str, str]]:
    from unspool.commands._completion import quirk_numbers  # noqa: PLC0415 - for a Tab alone

    return quirk_numbers(incomplete)


@takes_options(SourceOptions, hidden=frozenset({"separator", "other_tools", "thoughts"}))
def lint(
    context: "typer.Context",
    filters: SourceOptions,
    explain: Annotated[
        str | None,
        once_option(
            metavar="QUIRK",
            help="Explain one quirk by its number, and read nothing.",
            autocompletion=_numbers,
        ),
    ] = None,
    json: Annotated[bool, own_option("--json", help="Write one JSON object.")] = False,
) -> ExitCode:
    """Count what departs from the Chat Completions contract: each quirk with the first record that shows it.

    With --explain T11 one is explained in full. Quirks do not change the exit code; faults do.

    Example: unspool sample message | unspool lint
    """
    if explain is not None:
        row = _explain(explain, json)
        with guarded_output(context.obj) as output:
            output.write(f"{row}\n".encode())
            output.flush()
        return ExitCode.OK

    def make_sink(output: Output, settings: Settings) -> Sink:
        from unspool.sinks.lint import LintSink  # noqa: PLC0415 - the table is for this command alone

        return LintSink(output, json, not settings.single_step, progress.show, settings.dialect)

    progress = Progress(context.obj)
    return filter_sources(context, filters, make_sink, progress)


def _explain(number: str, json: bool) -> str:
    """The row of the table for ``number``, at length."""
    import textwrap  # noqa: PLC0415 - start-up

    from unspool.quirks.catalog import GROUPS, QUIRKS  # noqa: PLC0415 - the table is for this command alone

    quirk = QUIRKS.get(number.strip().upper())
    if quirk is None:
        last = {each.group: number for number, each in QUIRKS.items()}  # a group may have a gap
        known = ", ".join(f"{letter}1-{last[letter]} ({GROUPS[letter].lower()})" for letter in GROUPS)
        raise typer.BadParameter(f"there is no quirk {number}; there are {known}", param_hint="'--explain'")
    if json:
        row = {**quirk._asdict(), "group": GROUPS[quirk.group]}
        row["quirk"] = row.pop("number")
        return json_module.dumps(row, ensure_ascii=False)
    paragraphs = [f"{quirk.number}: {quirk.sentence}", quirk.meaning, f"unspool: {quirk.unspool}"]
    title, meaning, does = (textwrap.fill(text, _WIDTH, break_on_hyphens=False) for text in paragraphs)
    return f"{title}\n\n{textwrap.indent(quirk.example, '    ')}\n\n{meaning}\n\n{does}"
