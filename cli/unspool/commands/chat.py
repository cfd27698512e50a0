"""unspool chat"""

from dataclasses import replace
from typing import Annotated

import typer

from unspool.chat.conversation import Conversation
from unspool.chat.loop import ChatSession
from unspool.chat.model import Model, load_early
from unspool.chat.output import PlainScreen, Screen, TerminalScreen
from unspool.chat.prompting import LinePrompter, Prompter, TerminalPrompter
from unspool.chat.slash_commands import COMMANDS, counted
from unspool.chat.storage import Session, session_names
from unspool.commands._options import FilterOptions, once_option, own_option, takes_options, timeout_option
from unspool.commands._run import guarded_output
from unspool.commands._signals import ending_in_order
from unspool.commands._source_options import ModelOptions, RecordOptions
from unspool.commands._stderr import say
from unspool.core.options import Options
from unspool.environment import Environment
from unspool.exits import ExitCode, exit_code
from unspool.settings import Settings
from unspool.sinks.output import Output

_WITHOUT_EFFECT = frozenset(
    {"choice", "form", "single_step", "strict", "exit_status", "encoding", "unwrap", "split_by", "only", "separator"}
)


class ChatOptions(ModelOptions, RecordOptions, FilterOptions):
    """The options of a chat."""

    timeout: Annotated[float | None, timeout_option("ten minutes.")] = None


def _session_names(incomplete: str) -> list[str]:
    return [name for name in session_names() if name.startswith(incomplete)]


Message = Annotated[str | None, typer.Argument(metavar="[MESSAGE]", help="The first message.")]
Name = Annotated[
    str | None,
    once_option(
        "--session",
        metavar="NAME",
        help="Save the conversation under this name, and continue it.",
        autocompletion=_session_names,
    ),
]
Resume = Annotated[bool, once_option("--continue", "-c", help="Continue the session that was used last.")]


@takes_options(ChatOptions, without=_WITHOUT_EFFECT)
def chat(
    context: typer.Context,
    options: ChatOptions,
    message: Message = None,
    session: Name = None,
    resume: Resume = False,
    plain: Annotated[bool, own_option("--plain", help="No view: lines in, text out, as through a pipe.")] = False,
) -> None:
    """Talk with a model: answers as they arrive, in the terminal or through a pipe.

    /help lists the commands. Without a terminal each line of standard input is a message; the one on the
    command line comes first.

    Example: unspool chat --model gpt-5-mini --session trip
    """
    environment: Environment = context.obj
    session = _last_session(session) if resume else session
    kept, conversation = _conversation(options, session)
    model = _model(options, settings := _settings(options))
    if environment.stdin is None:
        say(environment.stderr, "standard input is closed; a chat needs it")
        raise typer.Exit(ExitCode.FAILED)
    drawn = environment.can_draw and environment.stdin_is_terminal and not plain
    with guarded_output(environment) as output, ending_in_order():
        screen = TerminalScreen(output, settings.options) if drawn else _plain(environment, output, settings.options)
        if drawn:
            screen.say(f"{conversation.model} at {model.endpoint.name}; /help lists the commands, /exit leaves.")
        if conversation.turns:
            screen.say(f"Going on with {session}: {counted(len(conversation.turns))} so far.")
        prompter = _at_the_terminal() if drawn else LinePrompter(environment.stdin)
        chat = ChatSession(conversation, model, prompter, screen, kept)
        stayed = chat.run(message)
    if not stayed:
        raise typer.Exit(ExitCode.INTERRUPTED)
    code = ExitCode.OK if drawn else exit_code(chat.summary.faults)
    raise typer.Exit(ExitCode.FAILED if chat.unsaved else code)


def _settings(options: ChatOptions) -> Settings:
    """The settings of a chat: an API gets back all arguments of a call. Raises BadParameter."""
    settings = options.settings()
    if settings.auto_tool:
        raise typer.BadParameter("a chat offers the tool to the model, and needs its name", param_hint="'--tool'")
    return settings._replace(options=replace(settings.options, message_arguments=True))


def _model(options: ChatOptions, settings: Settings) -> Model:
    """The model that is asked, and where its answers are recorded. Raises BadParameter."""
    model = Model(options.endpoint(options.timeout), settings, not options.no_tools)
    if options.record is not None:
        model.record = options.open_recording(options.record)
    return model


def _last_session(named: str | None) -> str:
    """The name of the session that was used last. Raises BadParameter where there is none, or another is named."""
    if named is not None:
        raise typer.BadParameter("--session names one already", param_hint="'--continue' / '-c'")
    names = session_names()
    if not names:
        raise typer.BadParameter("there is no session yet; --session NAME begins one", param_hint="'--continue' / '-c'")
    return names[0]


def _at_the_terminal() -> Prompter:
    return TerminalPrompter({f"/{name}": command.does for name, command in COMMANDS.items()}, load_early)


def _plain(environment: Environment, output: Output, options: Options) -> Screen:
    return PlainScreen(output, options, lambda line: say(environment.stderr, line))


def _conversation(options: ChatOptions, name: str | None) -> tuple[Session | None, Conversation]:
    """Return the session of that name and its conversation; options of the command line override its own."""
    session, conversation = None, None
    if name is not None:
        try:
            session = Session(name)
            conversation = session.load()
        except BlockingIOError:
            reason = f"another chat is going on with {name}; end it, or take another name"
            raise typer.BadParameter(reason, param_hint="'--session'") from None
        except ValueError as error:
            raise typer.BadParameter(f"{name}: {error}", param_hint="'--session'") from None
        except OSError as error:
            raise typer.BadParameter(f"{error.filename}: {error.strerror}", param_hint="'--session'") from None
    conversation = conversation or Conversation("")
    conversation.model = options.model or conversation.model
    system = options.system_text()
    conversation.system = conversation.system if system is None else system
    options.refuse_missing(conversation.model)
    return session, conversation
