"""The man pages, one a command, from the definitions that --help is made of."""

import re
from typing import Any

import typer.main

from unspool import __version__
from unspool.commands._help import first_sentence, panels
from unspool.commands._parser import app
from unspool.exits import ExitCode

GROUP: Any = typer.main.get_command(app)
EXIT_CODES = {
    ExitCode.OK: "done, nothing wrong",
    ExitCode.NO: "the answer is no: a difference, or with -e no text",
    ExitCode.USAGE: "wrong usage",
    ExitCode.MALFORMED: "malformed records or arguments",
    ExitCode.INCOMPLETE: "the stream ended early",
    ExitCode.FAILED: "a source failed: file, connection, API error, or an error in the stream",
    ExitCode.INTERRUPTED: "interrupted",
    ExitCode.OUTPUT_CLOSED: "the output was closed",
}

VARIABLES = {
    "OPENAI_BASE_URL": "where the API is, as --base-url",
    "OPENAI_API_KEY": "the key for it; it is read from nowhere else",
    "ANTHROPIC_API_KEY": "the key for serve --upstream-api anthropic",
    "UNSPOOL_MODEL, UNSPOOL_TOOL, ...": "the value of an option: UNSPOOL_ and its name",
    "UNSPOOL_SERVE_KEY": "the key that clients of serve must send",
    "NO_COLOR, FORCE_COLOR": "no colours, or colours where standard output is not a terminal",
    "VISUAL, EDITOR": "the editor of /edit in a chat",
    "XDG_DATA_HOME, XDG_STATE_HOME": "the folders for the sessions and for the prompt history of a chat",
    "CI": "if it is set, check refuses --update",
}


def page(name: str = "") -> str:
    """The page of a command, or of unspool itself, in the language of man(7)."""
    command = GROUP.commands[name] if name else GROUP
    title = f"unspool-{name}" if name else "unspool"
    context: Any = typer.Context(command, info_name=f"unspool {name}".strip(), **command.context_settings)
    synopsis = command.get_usage(context).removeprefix("Usage: ")
    parts = [
        f'.TH {title.upper()} 1 "" "unspool {__version__}" "unspool"',
        f".SH NAME\n{_text(title)} \\- {_text(_name_line(command))}",
        f".SH SYNOPSIS\n.B {_text(' '.join(synopsis.split()))}",
        f".SH DESCRIPTION\n{_paragraphs(command.help)}",
        *(f".SH {heading.upper()}\n{_rows(rows)}" for heading, rows in panels(context, command).items()),
        *([] if name else [f".SH COMMANDS\n{_rows(_commands())}"]),
        *([] if name else [f".SH ENVIRONMENT\n{_rows(list(VARIABLES.items()))}"]),
        f".SH EXIT STATUS\n{_rows([(str(code.value), meaning) for code, meaning in EXIT_CODES.items()])}",
        f".SH SEE ALSO\n{_see_also(name)}",
    ]
    return "\n".join(parts) + "\n"


def pages() -> list[str]:
    """The names of the commands that have a page; "" is unspool itself."""
    return ["", *GROUP.commands]


def _name_line(command: Any) -> str:
    sentence = first_sentence(command).rstrip(".")
    return sentence[:1].lower() + sentence[1:]


def _commands() -> list[tuple[str, str]]:
    return [(f"unspool {name}", first_sentence(command)) for name, command in GROUP.commands.items()]


def _see_also(name: str) -> str:
    others = [f"unspool-{other}" if other else "unspool" for other in pages() if other != name]
    return ",\n".join(f".BR {_text(other)} (1)" for other in others).replace("(1),", "(1),")


def _paragraphs(text: str) -> str:
    """Paragraphs; a list keeps its lines."""
    return "\n.PP\n".join(_paragraph(each) for each in text.strip().split("\n\n"))


def _paragraph(text: str) -> str:
    lines = [_text(line.strip()) for line in text.splitlines()]
    return f".nf\n{chr(10).join(lines)}\n.fi" if text.lstrip().startswith(("- ", "Example")) else "\n".join(lines)


def _rows(rows: list[tuple[str, str]]) -> str:
    return "\n".join(f".TP\n.B {_text(name)}\n{_text(' '.join(meaning.split()))}" for name, meaning in rows)


def _text(text: str) -> str:
    """Text in which nothing is a request or an escape of roff, and hyphens can be copied."""
    escaped = re.sub(r"\\", r"\\e", text).replace("-", r"\-")
    return rf"\&{escaped}" if escaped.startswith((".", "'")) else escaped
