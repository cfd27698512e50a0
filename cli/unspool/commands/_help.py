"""Help as plain text in two columns, which fits 80 characters: options by what they are about, names before meanings.

    panels(context, command) -> {"A live call": [("-m, --model NAME", "The model to ask."), …], …}

The man pages are made from the same panels.
"""

import re
import textwrap
from typing import Any

import typer.core
from typer._click.exceptions import UsageError

from unspool.commands._options import ONE_EACH

_WIDEST = 26  # characters of a name with its value; longer ones have a separate line
_INDENT = 2
_OPTIONS = "Options"
_RANGE = re.compile(r"(?:;\s|\s+\[)[^;\]\[]*x[<>]=[^\]]*\]$")
_DEFAULT = re.compile(r"\s+\[default: ([^\]]*?)(?:\.0)?\]$")


class HelpCommand(typer.core.TyperCommand):
    """A command whose help is laid out by this module, and which takes no option twice that can count once."""

    def make_parser(self, ctx: Any) -> Any:
        """Make the parser of the arguments, which counts the options, too."""
        parser: Any = super().make_parser(ctx)
        parse = parser.parse_args

        def parse_counting(args: list[str]) -> tuple[dict[str, Any], list[str], list[Any]]:
            values, rest, order = parse(args=args)
            for parameter in order if not ctx.resilient_parsing else ():
                times = order.count(parameter)
                if times > 1 and _is_for_one_run(parameter):
                    name = max(parameter.opts, key=len)
                    raise UsageError(f"{name} is given {times} times, and takes one value", ctx)
            return values, rest, order

        parser.parse_args = parse_counting
        return parser

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Name required arguments without the braces that typer puts around them."""
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]

    def format_help_text(self, ctx: Any, formatter: Any) -> None:
        """Write the description; lists in it keep their lines."""
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(_with_lists(self.help or ""))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the arguments and options, panel by panel."""
        for title, rows in panels(ctx, self).items():
            with formatter.section(title):
                _write_rows(formatter, rows)


def _write_rows(formatter: Any, rows: list[tuple[str, str]]) -> None:
    """Write names and meanings in two columns; unlike typer's, a name with a hyphen stays whole."""
    column = formatter.current_indent + min(max(len(name) for name, _ in rows), _WIDEST) + _INDENT
    for name, meaning in rows:
        fits = len(name) <= _WIDEST
        first = f"{'':{formatter.current_indent}}{name}"
        lines = textwrap.wrap(meaning, max(formatter.width - column, 10), break_on_hyphens=False) or [""]
        formatter.write(f"{first:{column}}{lines.pop(0)}".rstrip() + "\n" if fits else f"{first}\n")
        formatter.write("".join(f"{'':{column}}{line}\n" for line in lines))


def panels(context: Any, command: Any) -> dict[str, list[tuple[str, str]]]:
    """Names and meanings of all arguments and options that are shown, by the panels they are declared in."""
    found: dict[str, list[tuple[str, str]]] = {}
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None and not getattr(parameter, "hidden", False):
            argument = parameter.param_type_name == "argument"
            title = "Arguments" if argument else getattr(parameter, "rich_help_panel", None) or _OPTIONS
            found.setdefault(title, []).append(_row(parameter, *record))
    return {title: found[title] for title in sorted(found, key=_place)}


def _is_for_one_run(parameter: Any) -> bool:
    """Return whether a second value would replace the first without a word, of what is not a setting.

    Of a setting the last counts, so that an alias can have a default.
    """
    if parameter.param_type_name == "argument" or parameter.multiple or parameter.is_flag:
        return False
    return parameter.envvar is None or parameter.name in ONE_EACH


def _place(title: str) -> int:
    """Arguments come first, then the options that only this command has."""
    return {"Arguments": 0, _OPTIONS: 1}.get(title, 2)


def _row(parameter: Any, names: str, meaning: str) -> tuple[str, str]:
    """A row; a value that may be one of many is named, and its choices are listed behind the meaning.

    The range of a number is left out: its limits are far from what people ask for, and a message names them.
    """
    meaning = _RANGE.sub(lambda found: "]" if found[0].startswith(";") else "", meaning)
    meaning = _DEFAULT.sub(r" Default: \1.", meaning)  # in the words of a help that describes its default
    choices = getattr(parameter.type, "choices", None)
    if choices is None or len(names) <= _WIDEST + _INDENT:
        return names, meaning
    listed = ", ".join(str(getattr(choice, "value", choice)) for choice in choices)
    return f"{', '.join(parameter.opts)} VALUE", f"{meaning} One of: {listed}."


def _with_lists(text: str) -> str:
    """The text with a mark (a backspace, as Click reads it) before each paragraph whose lines must stay as they are."""
    paragraphs = text.split("\n\n")
    return "\n\n".join(f"\b\n{each}" if each.startswith(("- ", "Example")) else each for each in paragraphs)


def first_sentence(command: Any) -> str:
    """The first paragraph of a command's help."""
    return " ".join((command.help or "").partition("\n\n")[0].split())
