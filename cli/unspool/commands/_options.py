"""The options for reading a stream, declared once, and helpers that commands share."""

import inspect
import math
from collections.abc import Callable, Iterable
from enum import StrEnum
from types import SimpleNamespace
from typing import Annotated, Any, NamedTuple, TypeVar, get_args, get_type_hints

from unspool.commands import _typer as typer
from unspool.commands._stderr import say
from unspool.commands._values import one_of
from unspool.core.options import Options, OtherTools, Thoughts
from unspool.core.repairs import Repair
from unspool.dialects.channels import FIELD, Channel
from unspool.dialects.registry import CHAT, DIALECTS
from unspool.formats.detect import Format
from unspool.intake.asked import Asked
from unspool.settings import Settings


class _Declared(NamedTuple):
    """The declaration of an option or an argument, of which typer's is made where a parser is built."""

    kind: str
    names: tuple[str, ...]
    members: dict[str, Any]

    def made(self) -> Any:
        """Return the declaration as typer takes it."""
        return getattr(typer, self.kind)(*self.names, **self.members)


def _option(*names: str, **declared: Any) -> Any:
    return _Declared("Option", names, {"show_envvar": False, **declared})  # they are named once, in the epilog


once_option = _option
"""An option that means one run alone, and so never comes from the environment."""


def argument(**declared: Any) -> Any:
    """An argument of a command."""
    return _Declared("Argument", (), declared)


def own_option(*names: str, **declared: Any) -> Any:
    """An option of one command; like the shared ones it can come from the environment, by its first name."""
    return _option(*names, envvar=f"UNSPOOL_{names[0].lstrip('-').replace('-', '_').upper()}", **declared)


def no_nan(value: float | None) -> float | None:
    """The number of an option. Raises BadParameter for nan, which passes any comparison with a limit."""
    if value is not None and math.isnan(value):
        raise typer.BadParameter("nan is no number")
    return value


EPILOG = "Options can also be set in the environment: UNSPOOL_TOOL, UNSPOOL_FROM and so on."
DEBUG = "--debug"
"""The option of the program itself, which may follow the name of a command, too."""
AUTO = "auto"
"""The value of --tool that leaves the message tool to the stream; a tool of that name is ``auto:message``."""
LONGEST_WAIT = 1e6  # seconds
ENCODINGS = (
    *("utf-8", "utf-16", "utf-32", "latin-1", "windows-1250", "windows-1251", "windows-1252", "iso-8859-15"),
    *("big5", "euc-jp", "euc-kr", "gb18030", "gbk", "koi8-r", "mac-roman", "shift-jis"),
)
"""Text encodings that are offered where one is asked for; every other one of Python is a value, too."""
ONE_EACH = frozenset({"choice", "field", "unwrap", "split_by"})
"""Options that say what is read. One of them that is given twice is a mistake, since only one could count."""
PARSING = "What counts as a message"
READING = "How the stream is read"

_NAMED = [form for form in Format if form is not Format.ANY]
InputForm = StrEnum("InputForm", [*_NAMED, CHAT, *DIALECTS])  # type: ignore[misc] # the tables have the names
"""The values of --from: a framing, or a dialect, whose framing is then detected."""
_FRAMINGS = frozenset(Format)
_DETECTED = InputForm(Format.AUTO)


def timeout_option(default: str) -> Any:
    """--timeout, whose ``default`` depends on what is read."""
    return _option(
        "--timeout",
        metavar="SECONDS",
        min=0.001,
        envvar="UNSPOOL_TIMEOUT",
        help=f"Give up when nothing arrives for this long, or only comments of SSE for ten minutes. Default: {default}",
        rich_help_panel=READING,
    )


class OptionSet(SimpleNamespace):
    """Options of a command; each member is one.

    Such a class costs the start nothing; a dataclass of so many fields takes a millisecond.
    """

    def without_effect(self) -> dict[str, str]:
        """Return the members that make no difference with the values of the others, and what each of them needs."""
        return {}


class FilterOptions(OptionSet):
    """The options of reading and transforming."""

    tool: Annotated[
        list[str] | None,
        _option(
            metavar="NAME[:ARGUMENT]",
            envvar="UNSPOOL_TOOL",
            help="A message tool, or a pattern of names (reply_*), and the argument that holds its text (a dotted path "
            "is allowed). Repeatable. auto takes it from the stream. Default: send_message:message.",
            rich_help_panel=PARSING,
            autocompletion=one_of(AUTO),
        ),
    ] = None
    thoughts: Annotated[
        Thoughts,
        _option(
            envvar="UNSPOOL_THOUGHTS",
            help="Private thoughts: leave them out, or show them as reasoning.",
            rich_help_panel=PARSING,
        ),
    ] = Thoughts.DROP
    thoughts_argument: Annotated[
        list[str] | None,
        _option(
            metavar="NAME",
            envvar="UNSPOOL_THOUGHTS_ARGUMENT",
            help="An argument that holds thoughts. Repeatable. Default: inner_thoughts and thinking.",
            rich_help_panel=PARSING,
        ),
    ] = None
    other_tools: Annotated[
        OtherTools,
        _option(
            envvar="UNSPOOL_OTHER_TOOLS",
            help="Calls to other tools: pass them on, or leave them out.",
            rich_help_panel=PARSING,
        ),
    ] = OtherTools.PASS
    choice: Annotated[
        int,
        _option(
            metavar="N",
            min=0,
            envvar="UNSPOOL_CHOICE",
            help="The choice to read where a response has several; rewrite and events write all.",
            rich_help_panel=PARSING,
        ),
    ] = 0
    channels: Annotated[
        list[Channel] | None,
        _option(
            envvar="UNSPOOL_CHANNELS",
            help="Markup in content that holds thoughts or calls. Repeatable.",
            rich_help_panel=PARSING,
        ),
    ] = None
    field: Annotated[
        str | None,
        _option(
            metavar="PATH",
            envvar="UNSPOOL_FIELD",
            help="Content is JSON: take this field (a dotted path) as the text.",
            rich_help_panel=PARSING,
        ),
    ] = None
    subagents: Annotated[
        bool,
        _option(
            "--subagents",
            envvar="UNSPOOL_SUBAGENTS",
            help="Include messages of sub-agents, in streams of agents.",
            rich_help_panel=PARSING,
        ),
    ] = False
    separator: Annotated[
        str,
        _option(
            metavar="TEXT",
            envvar="UNSPOOL_SEPARATOR",
            help="Text between two messages of one response, in rewritten chunks. Default: a blank line.",
            show_default=False,
            rich_help_panel=PARSING,
        ),
    ] = Options.separator
    repair: Annotated[
        list[Repair] | None,
        _option(
            envvar="UNSPOOL_REPAIR",
            help="Read arguments that are broken in a known way. Repeatable.",
            rich_help_panel=PARSING,
        ),
    ] = None
    form: Annotated[
        InputForm,
        _option(
            "--from",
            envvar="UNSPOOL_FROM",
            help="The format of the input: a framing, or the wire format of a provider. Default: detected.",
            show_default=False,
            rich_help_panel=READING,
        ),
    ] = _DETECTED
    encoding: Annotated[
        str | None,
        _option(
            metavar="NAME",
            envvar="UNSPOOL_ENCODING",
            help="The text encoding of the input. Default: UTF-8, or detected by the first bytes.",
            rich_help_panel=READING,
            autocompletion=one_of(*ENCODINGS),
        ),
    ] = None
    unwrap: Annotated[
        str | None,
        _option(
            metavar="PATH",
            envvar="UNSPOOL_UNWRAP",
            help="The member of each record that holds the stream's record, as a dotted path. Default: detected.",
            rich_help_panel=READING,
        ),
    ] = None
    split_by: Annotated[
        str | None,
        _option(
            metavar="PATH",
            envvar="UNSPOOL_SPLIT_BY",
            help="The member by which responses mixed in one log are separated. Default: their id.",
            rich_help_panel=READING,
        ),
    ] = None
    only: Annotated[
        list[str] | None,
        _option(
            metavar="N|PATTERN",
            envvar="UNSPOOL_ONLY",
            help="Of a container (HAR, cassette, log), read the stream with this number, or those whose names match. "
            "Repeatable.",
            rich_help_panel=READING,
        ),
    ] = None
    single_step: Annotated[
        bool,
        _option(
            "--single-step",
            envvar="UNSPOOL_SINGLE_STEP",
            help="End after the first response of each source: when the next begins, or at [DONE].",
            rich_help_panel=READING,
        ),
    ] = False
    strict: Annotated[
        bool,
        _option(
            "--strict",
            envvar="UNSPOOL_STRICT",
            help="Stop at the first record or arguments that cannot be read.",
            rich_help_panel=READING,
        ),
    ] = False
    timeout: Annotated[float | None, timeout_option("wait.")] = None
    exit_status: Annotated[
        bool,
        _option(
            "--exit-status",
            "-e",
            envvar="UNSPOOL_EXIT_STATUS",
            help="Exit with 1 if there was no text.",
            rich_help_panel=READING,
        ),
    ] = False

    def intake(self, timed: bool = False) -> Asked:
        """These options as the intake takes them.

        Raises BadParameter for an encoding that is none of text, for a path with an empty name, and for an empty
        pattern, which matches all names.
        """
        if "" in (self.only or ()):
            raise typer.BadParameter("'' matches all streams; leave it out", param_hint="'--only'")
        if self.encoding is not None:
            check_encoding(self.encoding)
        _check_path(self.unwrap, "--unwrap")
        _check_path(self.split_by, "--split-by")
        text = self.framing is Format.TEXT
        return Asked(self.unwrap, self.split_by, tuple(self.only or ()), self.encoding, timed, text=text)

    def settings(self) -> Settings:
        """These options as the pipeline takes them. Raises BadParameter where a value makes no sense."""
        if self.timeout is not None and not 0 < self.timeout <= LONGEST_WAIT:
            raise typer.BadParameter(f"{self.timeout} is no time to wait.", param_hint="'--timeout'")
        tools = self._tools()
        try:
            options = Options(
                tools=tools,
                thoughts=self.thoughts,
                thoughts_arguments=tuple(self.thoughts_argument or Options.thoughts_arguments),
                other_tools=self.other_tools,
                repairs=frozenset(self.repair or ()),
                separator=self.separator,
            )
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="'--tool'") from None
        return Settings(
            options,
            self.framing,
            self.choice,
            self.single_step,
            self.strict,
            self.exit_status,
            fast=not (self.channels or self.field),
            dialect=None if self.form.value in _FRAMINGS else self.form.value,
            channels=frozenset(self.channels or ()),
            field=self.field is not None,
            intake=self.intake(),
            subagents=self.subagents,
            auto_tool=AUTO in (self.tool or ()),
        )

    def _tools(self) -> dict[str, str]:
        """The message tools by name, with the paths of their arguments. Raises BadParameter for two of one name."""
        for tool in self.tool or ():
            if "," in tool:
                each = " ".join(f"--tool {name.strip()}" for name in tool.split(",") if name.strip())
                raise typer.BadParameter(
                    f"no tool's name has a comma; name each by itself: {each}", param_hint="'--tool'"
                )
        named = [tool for tool in self.tool or () if tool != AUTO]
        split = [_split_tool(tool) for tool in named or ["send_message"]]
        tools = dict(split)
        if len(tools) < len(set(split)):
            raise typer.BadParameter("a tool has one message argument, not two", param_hint="'--tool'")
        if self.field is not None:
            _check_path(self.field, "--field")
            tools[FIELD] = self.field
        return tools

    @property
    def framing(self) -> Format:
        """The framing of the input; to be detected if a dialect is named."""
        return Format(self.form.value) if self.form.value in _FRAMINGS else Format.AUTO


def _check_path(path: str | None, option: str) -> None:
    """Raise BadParameter for a path with an empty name: it would name the records themselves, or another member."""
    if path is not None and not all(path.split(".")):
        raise typer.BadParameter(f"{path!r} is no path such as reply.text", param_hint=f"'{option}'")


def _split_tool(tool: str) -> tuple[str, str]:
    name, colon, argument = tool.rpartition(":")
    name, argument = (name, argument) if colon else (tool, "message")
    if not name or not all(argument.split(".")):
        raise typer.BadParameter(f"{tool!r} is not NAME or NAME:ARGUMENT", param_hint="'--tool'")
    return name, argument


def check_encoding(name: str) -> None:
    """Raise BadParameter for what is no text encoding of files (`rot13`, `zlib` and `idna` are codecs too)."""
    import codecs  # noqa: PLC0415 - start-up

    try:
        "a".encode(name)
        codecs.getincrementaldecoder(name)
        if codecs.lookup(name).name in ("idna", "punycode"):  # of single words: they decode each block by itself
            raise LookupError(name)
    except (LookupError, UnicodeError, ValueError):
        from unspool.suggestions import near  # noqa: PLC0415 - for a mistake alone

        meant = near(name, ENCODINGS)
        reason = f"there is no text encoding {name}" + (f"; did you mean {meant}?" if meant else "")
        raise typer.BadParameter(reason, param_hint="'--encoding'") from None


class _Taken(NamedTuple):
    """The options that a command takes as one value; see ``takes_options``."""

    kind: type[OptionSet]
    without: frozenset[str]
    hidden: frozenset[str]


_Command = TypeVar("_Command", bound=Callable[..., Any])


def takes_options(
    kind: type[OptionSet], without: frozenset[str] = frozenset(), hidden: frozenset[str] = frozenset()
) -> Callable[[_Command], _Command]:
    """Give ``command(context, options, …)`` the members of ``kind`` as more options, except those in ``without``.

    Those in ``hidden`` are taken and not in the help: they make no difference here, and one set of options fits all.
    A line on standard error says so.
    """

    def decorate(command: _Command) -> _Command:
        command.taken = _Taken(kind, without, hidden)  # type: ignore[attr-defined]
        return command

    return decorate


def with_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Return a command as typer takes it: a function whose signature has all options."""
    taken: _Taken | None = getattr(command, "taken", None)
    if taken is None:
        return command
    kind, without, hidden = taken
    shared = {name: _made(one, hidden=name in hidden) for name, one in _parameters(kind).items() if name not in without}

    def wrapper(context: typer.Context, **values: Any) -> Any:
        options = kind(**{name: values.pop(name) for name in shared})
        _refuse_without_effect(context, options)
        _note_without_effect(context, sorted(hidden - without), quiet=getattr(options, "quiet", False))
        return command(context, options, **values)

    own = [_made(one) for one in list(inspect.signature(command, eval_str=True).parameters.values())[2:]]
    first = [shared[name] for name in shared if name == "sources"]
    others = [shared[name] for name in shared if name != "sources"]
    context = inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    parameters = [context, *(p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in [*first, *own, *others])]
    wrapper.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    wrapper.__annotations__ = {p.name: p.annotation for p in parameters}
    wrapper.__name__, wrapper.__doc__ = command.__name__, command.__doc__
    return wrapper


def _refuse_without_effect(context: "typer.Context", options: OptionSet) -> None:
    """Raise BadParameter for an option that makes no difference; one from the environment is for other runs, too."""
    for name, needed in options.without_effect().items():
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            raise typer.BadParameter(f"it has no effect without {needed}", param_hint=f"'--{name.replace('_', '-')}'")


def _note_without_effect(context: "typer.Context", names: Iterable[str], quiet: bool) -> None:
    """Say which of the options that make no difference here were given: one set of options fits all filters."""
    given = [name for name in names if (at := context.get_parameter_source(name)) and at.name == "COMMANDLINE"]
    if given and not quiet:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        say(context.obj.stderr, f"{options}: no effect in {context.command_path}")


def _made(parameter: inspect.Parameter, hidden: bool = False) -> inspect.Parameter:
    """Return the parameter with typer's declaration; ``hidden`` ones have no entry in the help."""
    kind, declared = get_args(parameter.annotation)
    if isinstance(declared, _Declared):
        declared = declared.made()
    if hidden:
        declared.hidden = True
    return parameter.replace(annotation=Annotated[kind, declared])


def _parameters(kind: type[Any]) -> dict[str, inspect.Parameter]:
    return {
        name: inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=getattr(kind, name), annotation=annotation
        )
        for name, annotation in get_type_hints(kind, include_extras=True).items()
    }
