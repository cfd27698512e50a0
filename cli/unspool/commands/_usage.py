"""The line about a mistake on the command line: what is wrong, and what was probably meant."""

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

import typer
from typer._click.exceptions import NoSuchOption

from unspool.suggestions import near

_LONGEST_LINE = 100  # characters of a command line that is shown again
_MOST_VALUES = 12  # values of an option; more are not listed: --help names them
_NO_VALUE = re.compile(r"(.*: )('.*') is not one of (.*)", re.DOTALL)
_OPTION = re.compile(r"Invalid value for '(-[^']+)'(?: / '-[^']+')*: ")
_RANGE = re.compile(r"is not in the range (?:([^<]+)<=x<=(\S+?)|x>=(\S+?))(?=\.?$)")
_LEAST_SHOWN = 1e-4  # a smaller limit only excludes 0
_OTHER_COMMANDS = {
    "version": "--version",
    "completion": "--show-completion",
    "ask": "text --prompt TEXT",
    "compare": "diff A B",
    "convert": "rewrite",
    "count": "stats",
    "explain": "lint --explain QUIRK",
    "proxy": "serve --upstream URL",
    "replay": "text --pace 1 RECORDING, or unspool serve CAPTURE",
    "show": "view",
    "validate": "lint",
}
"""Commands that other programs have, and what does the same here."""
_OTHER_VALUES = {
    "openai": "chat",
    "openai-chat": "chat",
    "azure": "chat",
    "chat-completions": "chat",
    "completions": "chat",
    "openai-responses": "responses",
    "claude": "anthropic",
    "messages": "anthropic",
    "google": "gemini",
    "vertex": "gemini",
    "vertexai": "gemini",
    "aws": "bedrock",
    "converse": "bedrock",
    "eventstream": "amazon",
    "event-stream": "sse",
    "ndjson": "jsonl",
    "mistral": "chat",
    "vllm": "chat",
    "vercel": "ai-sdk",
    "langgraph": "langchain",
}
"""Formats, under the names that people know them by, and their name among the values of --from and --to."""
_LAYERS = frozenset({"har", "cassette", "vcr", "log", "gzip", "zip", "curl", "http", "docker"})
"""What --from does not name, because it is around a stream and detected."""


def usage_error(error: typer.TyperException, arguments: Sequence[str], commands: Mapping[str, Any]) -> str:
    """The line for ``error``; ``arguments`` are those of the process, ``commands`` all commands by name."""
    context = getattr(error, "ctx", None)
    named = arguments[0] in commands  # a command that ran without the parser
    path = context.command_path if context is not None else f"unspool {arguments[0]}" if named else "unspool"
    see = f"See `{path} --help`."
    if isinstance(error, NoSuchOption):
        return _unknown_option(error, see, arguments, commands)
    message = _of_variable(error.format_message(), context).rstrip(".").replace("a valid float range", "a number")
    message = _RANGE.sub(_in_words, message).removeprefix("Invalid value: ")  # of several options, or of none
    message = _with_meant_value(message.replace("a valid int range", "a whole number"))
    if message.startswith("No such command"):
        return _unknown_command(message, see, arguments[0])
    return f"{message} {see}" if message.endswith("?") else f"{message}. {see}"


def _of_variable(message: str, context: Any) -> str:
    """The message about a value, with the name of the environment variable that has it instead of its option."""
    found = _OPTION.match(message)
    if found is None or context is None:
        return message
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name)
        if found[1] in parameter.opts and source is not None and source.name == "ENVIRONMENT":
            named = parameter.envvar or f"{context.auto_envvar_prefix}_{parameter.name.upper()}"
            return f"Invalid value of {named}: {message[found.end() :]}"
    return message


def _in_words(found: re.Match[str]) -> str:
    """A range that typer writes as a formula: 0<=x<=9, x>=1."""
    lowest, highest, least = (f"{float(number):,.10g}" if number else "" for number in found.groups())
    if least and 0 < float(found[3]) < _LEAST_SHOWN:
        return "must be more than 0"
    return f"must be {least} or more" if least else f"must be from {lowest} to {highest}"


def _unknown_command(message: str, see: str, meant: str) -> str:
    """A file, a question to a model, or a word for a command that has another name here."""
    if os.path.exists(meant):
        return f"No such command '{meant}'. To read a file: unspool text {shlex.quote(meant)}"
    message = message if message.endswith("?") else f"{message}."
    if meant.lower() in _OTHER_COMMANDS:
        return f"No such command '{meant}'. Did you mean unspool {_OTHER_COMMANDS[meant.lower()]}? {see}"
    if {".", "/"} & set(meant) and not any(map(str.isspace, meant)):
        return f"{message} There is no file of that name either. To read a file: unspool text FILE. {see}"
    return f"{message} To ask a model: unspool text --prompt TEXT. {see}"


def _with_meant_value(message: str) -> str:
    """The message about a value that an option does not take, with the one that was probably meant."""
    found = _NO_VALUE.fullmatch(message)
    if found is None:
        return message
    head, quoted, listed = found.groups()
    value, values = quoted[1:-1], [each.strip("'") for each in listed.split(", ")]
    if "--from" in head and value.lower() in _LAYERS:
        return f"{head}{quoted} is around a stream, and detected; leave the option out"
    other = _OTHER_VALUES.get(value.lower())
    meant = other if other in values else near(value, values)
    if meant is None:
        return message if len(values) <= _MOST_VALUES else f"{head}{quoted} is not one of its {len(values)} values"
    shown = listed if len(values) <= _MOST_VALUES else "its values"
    agent = " or claude-code" if value.lower() == "claude" and "claude-code" in values else ""
    return f"{head}{quoted} is not one of {shown}; did you mean {meant}{agent}?"


def _unknown_option(error: NoSuchOption, see: str, arguments: Sequence[str], commands: Mapping[str, Any]) -> str:
    """The commands that have the option, if another one has it; else options with a similar name."""
    having = [name for name, command in commands.items() if _has_option(command, error.option_name)]
    if not having:
        similar = [name for name in error.possibilities or _other_case(error) if name != "--help"]  # "see" names it
        meant = f"; did you mean {' or '.join(similar)}?" if similar else "."
        return f"{error.message}{meant} {see}"
    line = shlex.join(["unspool", having[0], *arguments])
    if arguments[0] not in commands and len(line) <= _LONGEST_LINE:
        return f"{error.message} before a command. Name a command first: {line}"
    return f"{error.message}. It is an option of {', '.join(having)}. {see}"


def _other_case(error: NoSuchOption) -> list[str]:
    """The option of one letter that has it in the other case."""
    swapped = error.option_name.swapcase()
    context = error.ctx
    known = context is not None and any(swapped in parameter.opts for parameter in context.command.get_params(context))
    return [swapped] if known else []


def _has_option(command: Any, name: str) -> bool:
    return any(name in parameter.opts and not getattr(parameter, "hidden", False) for parameter in command.params)
