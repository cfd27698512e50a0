"""unspool table"""

import os
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from unspool.commands import _values
from unspool.commands._jobs import jobs_option, number_of_processes
from unspool.commands._meter import Meter
from unspool.commands._options import LONGEST_WAIT, no_nan, once_option, own_option, takes_options
from unspool.commands._outputs import outputs, refuse_standard_output
from unspool.commands._run import NO_INPUT, guarded_output
from unspool.commands._signals import ending_in_order
from unspool.commands._source_options import SourceOptions
from unspool.commands._stderr import say
from unspool.environment import Environment
from unspool.exits import ExitCode
from unspool.settings import Summary
from unspool.sinks.output import Output
from unspool.table.ahead import read_ahead
from unspool.table.listing import STDIN, Item, LeftOut, items, local_path
from unspool.table.rows import RowOptions, open_item, read_stream
from unspool.table.schema import NAMES, Row, check_columns
from unspool.table.stores import is_url
from unspool.table.work import Done, Job, Tally, Task, groups, item_rows, key_of
from unspool.table.writers import TableFormat, check_format, make_writer

if TYPE_CHECKING:
    from unspool.table.run import Engine

MANY = "Many sources"
_BLOCK_BYTES = 1 << 20

To = Annotated[TableFormat, once_option("--to", help="How the rows are written; parquet takes a folder (-o).")]
Target = Annotated[
    str | None,
    once_option("--output", "-o", metavar="FOLDER", help="Write parts into this folder."),
]
Columns = Annotated[
    list[str] | None,
    own_option(
        "--columns",
        metavar="NAME,...",
        help="The columns, in order. Repeatable. Default: all.",
        autocompletion=_values.columns,
    ),
]
Lint = Annotated[bool, own_option("--lint", help="Name the quirks of each chunk's shape, too; this takes longer.")]
Jobs = Annotated[str, jobs_option(rich_help_panel=MANY)]
Scheduler = Annotated[
    str | None,
    own_option(
        "--scheduler",
        metavar="ADDRESS",
        help="Do the work on a Dask cluster: the address of its scheduler, or local. Takes a folder (-o).",
        rich_help_panel=MANY,
    ),
]
Resume = Annotated[
    bool,
    once_option(
        "--resume",
        help="Continue in the folder of an earlier run; parts of unchanged sources stay.",
        rich_help_panel=MANY,
    ),
]
Limit = Annotated[
    float | None,
    own_option(
        "--time-limit",
        metavar="SECONDS",
        min=0.001,
        max=LONGEST_WAIT,
        callback=no_nan,
        help="Give up a source after this long. Default: never.",
        rich_help_panel=MANY,
    ),
]


@takes_options(SourceOptions, without=frozenset({"quiet", "choice"}))
def table(  # noqa: PLR0917 - typer reads the signature
    context: typer.Context,
    filters: SourceOptions,
    to: To = TableFormat.JSONL,
    output: Target = None,
    columns: Columns = None,
    lint: Lint = False,
    jobs: Jobs = "1",
    scheduler: Scheduler = None,
    resume: Resume = False,
    time_limit: Limit = None,
) -> None:
    """Write one row for each response: text, calls, finish, tokens, times, quirks and faults.

    A source is a file, a folder, a pattern or a URL (s3://, gs://, az://). One that cannot be read becomes
    a row with its error.

    docs/TABLE.md of the project lists the columns.

    Example: unspool sample steps | unspool table --columns model,finish,text
    """
    environment: Environment = context.obj
    processes = number_of_processes(jobs)
    run = _Run(environment, filters, _job(filters, to, output, columns, lint, time_limit))
    run.refuse_combinations(scheduler, resume)
    if not filters.named and environment.stdin_is_terminal:
        say(environment.stderr, NO_INPUT.format(command=context.info_name))
        raise typer.Exit(ExitCode.USAGE)
    filters.refuse_output_as_input(environment)
    try:
        with run.meter, ending_in_order():
            if output is not None:
                run.write_folder(resume, make_engine(1 if run.reads_here else processes, scheduler, not run.lists_urls))
            elif processes > 1 and not run.reads_here:
                run.write_through_parts(make_engine(processes, None, not run.lists_urls))
            else:
                run.write_here()
    finally:
        run.write_notes()
    raise typer.Exit(run.finish())


def _job(
    filters: SourceOptions,
    to: TableFormat,
    output: str | None,
    columns: list[str] | None,
    lint: bool,
    limit: float | None,
) -> Job:
    """Return the settings of tasks. Raises BadParameter for unknown columns, and a format whose package is missing."""
    try:
        listed = [name.strip() for each in columns or () for name in each.split(",")]
        names = check_columns(name for name in listed if name) if columns else NAMES
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="'--columns'") from None
    try:
        check_format(to)
    except ImportError as error:
        raise typer.BadParameter(str(error), param_hint="'--to'") from None
    asked = RowOptions(filters.settings(), lint, filters.timeout, limit)
    return Job(asked, to, names, "" if output is None else _folder(output), _here())


def _here() -> str:
    """The current folder. Raises BadParameter where it was deleted."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        raise typer.BadParameter("the current folder was deleted; change to another one") from None


def _folder(output: str) -> str:
    """The absolute path of the folder of parts. Raises BadParameter for a URL that is none."""
    refuse_standard_output("--output", output)
    path = local_path(output)
    if "://" in path:
        reason = f"{output} is no folder: write the parts into one, and copy it to the store"
        raise typer.BadParameter(reason, param_hint="'--output'")
    return os.path.normpath(os.path.join(_here(), path))


def make_engine(jobs: int, scheduler: str | None, fork: bool) -> "Engine":
    """The executor of the work. Raises BadParameter if its package is missing, or no scheduler answers."""
    if scheduler is not None:
        from unspool.table.cluster import Cluster  # noqa: PLC0415 - an extra

        try:
            return Cluster(scheduler)
        except (ImportError, OSError) as error:
            raise typer.BadParameter(str(error), param_hint="'--scheduler'") from None

    from unspool.table.run import InProcess, Processes  # noqa: PLC0415 - start-up

    return Processes(jobs, fork) if jobs > 1 else InProcess()


class _Run:
    """One run of the command: its sources, and the counts of its rows."""

    def __init__(self, environment: Environment, filters: SourceOptions, job: Job) -> None:
        self._environment = environment
        self._filters = filters
        self._job = job
        self._tally = Tally()
        self._left_out = 0
        self.meter = Meter(environment, None if self.lists_urls else self._items)  # listing a store costs requests

    @property
    def reads_here(self) -> bool:
        """Return whether a source belongs to this process: standard input, a live call, a growing file, a recording."""
        return self._is_live or STDIN in self._names

    @property
    def lists_urls(self) -> bool:
        """Return whether a source is in an object store."""
        return any(map(is_url, self._names))

    @property
    def _is_live(self) -> bool:
        filters = self._filters
        return filters.calls or filters.follow or filters.record is not None or filters.pace is not None

    @property
    def _names(self) -> list[str]:
        return self._filters.sources or [STDIN]

    def _items(self, left_out: LeftOut = lambda: None) -> Iterator[Item]:
        return items(self._names, self._job.folder or None, outputs(self._environment), left_out)

    def _leave_out(self) -> None:
        self._left_out += 1

    def refuse_combinations(self, scheduler: str | None, resume: bool) -> None:
        """Raise BadParameter where options make no sense together."""
        folder = bool(self._job.folder)
        if self._job.form is TableFormat.PARQUET and not folder:
            raise typer.BadParameter("parquet is written into a folder; name one with -o", param_hint="'--to'")
        if resume and not folder:
            raise typer.BadParameter("there is no folder to go on in; name it with -o", param_hint="'--resume'")
        if folder and self._is_live:
            raise typer.BadParameter("parts are written of files and URLs alone", param_hint="'--output'")
        if scheduler is not None and (not folder or self.reads_here):
            reason = "workers read files or URLs, and write parts into a folder that they all reach; name it with -o"
            raise typer.BadParameter(reason, param_hint="'--scheduler'")

    def write_here(self) -> None:
        """Read one source after the other, and write rows to standard output as they become complete."""
        with guarded_output(self._environment) as output:
            writer = make_writer(self._job.form, output, self._job.columns)
            for rows in self._read_here():
                writer.add(rows)
                output.flush()
                self.meter.show(self._tally)
            writer.close()
            output.flush()

    def _read_here(self) -> Iterator[list[Row]]:
        """Rows after each block that was read."""
        asked, filters = self._job.asked, self._filters
        if self._is_live:
            sources = filters.open(self._environment, asked.settings.options)
            for stream in (stream for source in sources for stream in filters.streams(source, self._note)):
                for rows in read_stream(stream, asked, Summary()):
                    self._tally.add(rows)
                    yield rows
            return
        for item, source in read_ahead(self._items(self._leave_out)):
            opened = source or open_item(item, asked, self._environment.stdin)
            yield from item_rows(item, opened, asked, self._tally)
            if self._tally.stopped:
                return

    def write_through_parts(self, engine: "Engine") -> None:
        """Let processes write parts into a folder of this run alone, and copy them to standard output, in order."""
        from tempfile import TemporaryDirectory  # noqa: PLC0415 - start-up

        with (
            TemporaryDirectory(prefix="unspool-", ignore_cleanup_errors=True) as folder,
            guarded_output(self._environment) as output,
        ):
            first = True
            for _, done in self._done(
                enumerate(self._items(self._leave_out)), self._job._replace(folder=folder), engine
            ):
                for part in done.parts:
                    _move(os.path.join(folder, part.name), output, self._job.form is TableFormat.CSV and not first)
                    first = False
                output.flush()

    def write_folder(self, resume: bool, engine: "Engine") -> None:
        """Write parts into the folder that was named. Leaves through typer.Exit where that fails."""
        from unspool.table.parts import Folder, FolderRefused  # noqa: PLC0415 - start-up

        path, parts, begun = self._job.folder, 0, False
        try:
            with Folder(path, resume).open(key_of(self._job)) as folder:
                begun = True
                job = self._job._replace(run=folder.run, stdin=self._environment.stdin if self.reads_here else None)
                for task, done in self._done(folder.missing(self._items(self._leave_out)), job, engine):
                    folder.record(task, done)
                    parts += len(done.parts)
                whole = folder.tally()
        except FolderRefused as refused:
            raise typer.BadParameter(str(refused), param_hint="'--output'") from None
        except OSError as error:
            stays = "; parts that are complete stay, --resume goes on with them" if begun else ""
            self._note(f"{path}: {error.strerror or error}{stays}")
            raise typer.Exit(ExitCode.FAILED) from None
        except KeyboardInterrupt:
            self._note(f"interrupted; parts that are complete in {path}: {parts:,}; --resume goes on with them")
            raise typer.Exit(ExitCode.INTERRUPTED) from None
        self.write_notes()
        tally, self._tally = self._tally, whole
        if resume and not tally.sources:
            self._note(f"nothing has changed: {path} is complete")
        else:
            self._note(f"wrote the folder {path}; rows: {tally.rows:,}, sources: {tally.sources:,}, parts: {parts:,}")

    def _done(self, numbered: Iterable[tuple[int, Item]], job: Job, engine: "Engine") -> Iterator[tuple[Task, Done]]:
        """Yield the result of each task, in order, and count it; ends early if a source was refused (--strict)."""
        from unspool.table.run import run_tasks  # noqa: PLC0415 - start-up

        with closing(run_tasks(groups(numbered), job, engine)) as results:
            for task, done in results:
                self._tally.join(done.tally)
                yield task, done
                self.meter.show(self._tally)
                if self._tally.stopped:
                    return

    def _note(self, line: str) -> None:
        self.meter.clear()
        say(self._environment.stderr, line)

    def write_notes(self) -> None:
        """Say what was left out of the sources that were read, once."""
        tally = self._tally
        notes, more = tally.notes, tally.more_notes
        tally.notes, tally.more_notes = [], 0
        for line in notes:
            self._note(line)
        if more:
            self._note(f"{more:,} more lines of this kind; `unspool text FILE` shows those of a file")
        if self._left_out:
            self._note(f"files that belong to captures, such as their expectations, are no sources: {self._left_out:,}")
            self._left_out = 0

    def finish(self) -> ExitCode:
        """Say how many rows have an error, and give the exit code."""
        tally = self._tally
        if tally.errors:
            self._note(f"rows with an error: {tally.errors:,} of {tally.rows:,}; the column error says which")
        if tally.code:
            return ExitCode(tally.code)
        return ExitCode.NO if self._job.asked.settings.needs_text and not tally.text else ExitCode.OK


def _move(path: str, output: Output, without_names: bool) -> None:
    """Copy a part to the output and remove it; ``without_names`` leaves out the first line of CSV."""
    with open(path, "rb") as part:
        if without_names:
            part.readline()
        while block := part.read(_BLOCK_BYTES):
            output.write(block)
    os.remove(path)
