"""The options of a case, from the file of its capture: one line, as on the command line."""

import os
import shlex
from functools import cached_property
from typing import Annotated, Any

import typer
import typer.main

from unspool.commands._options import FilterOptions, takes_options, with_options
from unspool.files import read_file
from unspool.settings import Settings


class _Line(FilterOptions):
    """The arguments that are allowed; a source is parsed only to report it."""

    sources: Annotated[list[str] | None, typer.Argument()] = None


@takes_options(_Line)
def _case(context: typer.Context, filters: _Line) -> None:
    """Record the options of a filter that the line has."""
    for name, value in vars(filters).items():
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            context.obj[name] = value


class CaseOptions:
    """Parser for such lines; options that a line does not have are as in ``defaults``.

    Equal lines are read once: cases by the thousand often share theirs.
    """

    def __init__(self, defaults: FilterOptions) -> None:
        self._defaults = defaults
        self.default = defaults.settings()
        self._settings = {"": self.default}

    def read(self, path: str) -> Settings:
        """The settings that the file asks for.

        Raises OSError where it cannot be read, and ValueError with the line
        and the reason where it makes no sense.
        """
        data = read_file(path, os.path.dirname(path))
        try:
            lines = data.decode("utf-8-sig").rstrip().split("\n")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise ValueError(f"line {line}: not UTF-8 at byte {error.start}") from None
        if len(lines) > 1:
            raise ValueError("line 2: the options must be on one line")
        if lines[0] not in self._settings:
            self._settings[lines[0]] = self._parse(lines[0])
        return self._settings[lines[0]]

    def _parse(self, line: str) -> Settings:
        given: dict[str, Any] = {}
        try:
            context = self._command.make_context("case", shlex.split(line), obj=given)
            self._command.invoke(context)
            if "sources" in given:
                raise ValueError(f"{given['sources'][0]!r} is no option; the case's own capture is the source")
            return FilterOptions(**(vars(self._defaults) | given)).settings()
        except typer.TyperException as error:
            raise ValueError(f"line 1: {error.format_message().rstrip('.?')}") from None
        except ValueError as error:
            raise ValueError(f"line 1: {error}") from None

    @cached_property
    def _command(self) -> Any:
        alone = typer.Typer(add_completion=False)
        alone.command(add_help_option=False)(with_options(_case))
        return typer.main.get_command(alone)
