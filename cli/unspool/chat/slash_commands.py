"""What begins with a slash: a table of commands, each with the one line that /help shows."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from unspool.files import create_private

if TYPE_CHECKING:
    from unspool.chat.loop import Talk


class Command(NamedTuple):
    """A command: what it takes ("" for nothing), what it does, and the function that does it."""

    takes: str
    does: str
    run: "Callable[[Talk, str], None]"


def _help(talk: "Talk", _: str) -> None:
    width = max(len(f"/{name} {command.takes}") for name, command in COMMANDS.items())
    rows = [f"{f'/{name} {command.takes}':<{width}}  {command.does}" for name, command in COMMANDS.items()]
    talk.screen.show("\n".join([*rows, "", "Enter sends, Alt-Enter begins a new line; Ctrl-C stops an answer."]))


def _model(talk: "Talk", name: str) -> None:
    if name:
        talk.conversation.model = name
        talk.keep()
    talk.screen.say(f"The model is {talk.conversation.model}.")


def _system(talk: "Talk", text: str) -> None:
    if text:
        talk.conversation.system = "" if text == "-" else text
        talk.keep()
    talk.screen.say(f"The system text: {talk.conversation.system or 'none'}")


def _file(talk: "Talk", path: str) -> None:
    if not path:
        talk.screen.say("Which file? /file PATH")
        return
    try:
        talk.attach(path)
    except OSError as error:
        talk.screen.say(f"{path}: {error.strerror}.")
    except UnicodeDecodeError:
        talk.screen.say(f"{path} is not text in UTF-8.")
    else:
        talk.screen.say(f"{path} goes along with the next message.")


def _retry(talk: "Talk", _: str) -> None:
    if talk.question is None and not talk.conversation.turns:
        talk.screen.say("Nothing has been asked yet.")
        return
    turns = talk.conversation.turns
    question = talk.question if talk.question is not None else turns[-1].question
    if turns and turns[-1].question == question:
        turns.pop()
    talk.ask(question)


def _undo(talk: "Talk", _: str) -> None:
    turns = talk.conversation.turns
    if not turns:
        talk.screen.say("There is nothing to undo.")
        return
    turns.pop()
    talk.question = turns[-1].question if turns else None
    talk.keep()
    talk.screen.say(f"The last question and its answer are forgotten; {counted(len(turns))} left.")


def _save(talk: "Talk", name: str) -> None:
    path = Path(os.path.expanduser(name))  # of a user who does not exist it stays as it is
    if path.suffix == ".md":
        text = talk.conversation.as_markdown()
    elif path.suffix == ".json":
        text = json.dumps(talk.conversation.as_request(), ensure_ascii=False, indent=2) + "\n"
    else:
        talk.screen.say("Where to? /save FILE.md writes Markdown, /save FILE.json what --request reads.")
        return
    try:
        create_private(str(path), text.encode(errors="replace"))
    except FileExistsError:
        talk.screen.say(f"{path} exists and stays; take another name.")
    except OSError as error:
        talk.screen.say(f"{path}: {error.strerror}.")
    else:
        talk.screen.say(f"Saved to {path}.")


def _raw(talk: "Talk", _: str) -> None:
    if talk.chunks:
        talk.screen.show("\n".join(chunk.decode(errors="backslashreplace") for chunk in talk.chunks))
    else:
        talk.screen.say("Nothing has been answered yet.")


def _usage(talk: "Talk", _: str) -> None:
    usage = talk.conversation.usage()
    used = ", ".join(f"{name} {count}" for name, count in usage.items())
    talk.screen.show(f"{counted(len(talk.conversation.turns))}: {used or 'the server sent no usage'}")


def _clear(talk: "Talk", _: str) -> None:
    talk.conversation.turns.clear()
    talk.chunks, talk.question = [], None
    talk.keep()
    talk.screen.say("The conversation is forgotten.")


def _exit(talk: "Talk", _: str) -> None:
    talk.leaving = True


def counted(turns: int) -> str:
    """So many turns, in words."""
    return f"{turns} turn{'' if turns == 1 else 's'}"


COMMANDS = {
    "help": Command("", "list the commands", _help),
    "model": Command("[NAME]", "show the model, or ask another from now on", _model),
    "system": Command("[TEXT]", "show the system text, or set it; - takes it away", _system),
    "file": Command("PATH", "send a text file along with the next message", _file),
    "retry": Command("", "ask the last question again, in place of its answer", _retry),
    "undo": Command("", "forget the last question and its answer", _undo),
    "save": Command("FILE", "write the conversation: FILE.md for people, FILE.json for --request", _save),
    "raw": Command("", "show the chunks of the last answer as they came", _raw),
    "usage": Command("", "show what the conversation used so far", _usage),
    "clear": Command("", "forget the conversation", _clear),
    "exit": Command("", "leave; so does Ctrl-D", _exit),
}
"""The commands by name, in the order of the help."""
