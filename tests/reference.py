"""The reference pages that come from the code: the options of each command, and the Python API from its docstrings."""

import inspect
from enum import Enum
from typing import Any

import typer
from tests.manual import GROUP

import unspool

COMMANDS_INTRODUCTION = """\
# Commands

What `unspool COMMAND --help` prints. [Options](options.md) explains the options by subject.

This page is written by `make docs` from the definitions in `cli/unspool/commands/`.
"""
API_INTRODUCTION = """\
# Python reference

The public names of the package, from their docstrings. [Python](python.md) shows how they are used. What is not listed
here is private, and may change without notice.

This page is written by `make docs`.
"""


def commands_page() -> str:
    """docs/reference/commands.md."""
    return "\n".join([COMMANDS_INTRODUCTION, *(_command(name, command) for name, command in GROUP.commands.items())])


def _command(name: str, command: Any) -> str:
    context: Any = typer.Context(command, info_name=f"unspool {name}", terminal_width=80, **command.context_settings)
    return f"## unspool {name}\n\n~~~text\n{command.get_help(context).strip()}\n~~~\n"


def api_page() -> str:
    """docs/reference/api.md."""
    names = [name for name in unspool.__all__ if not name.startswith("_")]
    return "\n".join([API_INTRODUCTION, *(_entry(name, getattr(unspool, name)) for name in names)])


def _entry(name: str, value: Any) -> str:
    kind = "class" if isinstance(value, type) else "function" if callable(value) else "value"
    parts = [f"## `{name}`", f"*{kind}* of `{getattr(value, '__module__', 'unspool')}`"]
    if isinstance(value, type) or inspect.isfunction(value):
        parts += _signature(name, value)
        parts += _docstring(value)
    if isinstance(value, type):
        parts += _members(value)
    return "\n\n".join(parts) + "\n"


def _signature(name: str, value: Any) -> list[str]:
    if isinstance(value, type) and issubclass(value, Enum | BaseException):
        return []
    try:
        parameters = inspect.signature(value).parameters.values()
    except (TypeError, ValueError):
        return []
    shown = []
    for one in parameters:
        star = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}.get(one.kind.name, "")
        shown.append(f"{star}{one.name}{'' if one.default is inspect.Parameter.empty else '=…'}")
    return [f"`{name}({', '.join(shown)})`"]


def _docstring(value: Any) -> list[str]:
    text = inspect.getdoc(value) or ""
    return [text.replace("``", "`").replace("<", "&lt;")] if text and not text.startswith(f"{value.__name__}(") else []


def _members(value: type) -> list[str]:
    """The methods and properties that have a docstring of their own; of an enumeration its values."""
    if issubclass(value, Enum):
        return ["\n".join(f"- `{member.name}`: `{member.value}`" for member in value)]
    rows = []
    for name, member in vars(value).items():
        target = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
        if not name.startswith("_") and (inspect.isfunction(target)) and target.__doc__:
            text = " ".join((inspect.getdoc(target) or "").split()).replace("``", "`").replace("<", "&lt;")
            call = "" if isinstance(member, property) else "()"
            rows.append(f"- `{name}{call}`: {text}")
    return ["\n".join(rows)] if rows else []
