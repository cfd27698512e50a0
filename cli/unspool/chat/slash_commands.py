"""The slash commands: a table, each with the line that /help shows."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from unspool.chat.editor import EditorFailed, edit
from unspool.chat.output import wrapped
from unspool.files import create_private, read_file

if TYPE_CHECKING:
    from unspool.chat.loop import ChatSession


class Command(NamedTuple):
    """A command: what it takes ("" for nothing), what it does, and the function that does it."""

    takes: str
    does: str
    run: "Callable[[ChatSession, str], None]"


def _help(chat: "ChatSession", _: str) -> None:
    width = max(len(f"/{name} {command.takes}") for name, command in COMMANDS.items())
    rows = [f"{f'/{name} {command.takes}':<{width}}  {command.does}" for name, command in COMMANDS.items()]
    rows += ["", "Enter sends, Alt-Enter begins a new line; Ctrl-C stops an answer."]
    columns = chat.screen.columns
    chat.screen.show("\n".join(wrapped(row, columns, width + 2 if row.startswith("/") else 0) for row in rows))


def _model(chat: "ChatSession", name: str) -> None:
    if name:
        chat.conversation.model = name
        chat.keep()
    chat.screen.say(f"The model is {chat.conversation.model}.")


def _system(chat: "ChatSession", text: str) -> None:
    if text.startswith("@"):
        try:
            text = read_file(os.path.expanduser(text[1:])).decode("utf-8-sig").strip()
        except OSError as error:
            chat.screen.say(f"{text[1:]}: {error.strerror}.")
            return
        except UnicodeDecodeError:
            chat.screen.say(f"{text[1:]} is not text in UTF-8.")
            return
    if text:
        chat.conversation.system = "" if text == "-" else text
        chat.keep()
    chat.screen.say(f"The system text: {chat.conversation.system or 'none'}")


def _file(chat: "ChatSession", path: str) -> None:
    if not path:
        chat.screen.say("Which file? /file PATH")
        return
    try:
        kind = chat.attach(path)
    except OSError as error:
        chat.screen.say(f"{path}: {error.strerror}.")
    except ValueError as error:
        chat.screen.say(f"{path}: {error}.")
    else:
        chat.screen.say(f"{path} ({kind}) goes along with the next message.")


def _edit(chat: "ChatSession", text: str) -> None:
    if not chat.screen.terminal:
        chat.screen.say("An editor needs a terminal.")
        return
    try:
        message = edit(text)
    except EditorFailed as failed:
        chat.screen.say(f"{failed}.")
        return
    if message:
        chat.screen.show(message)
        chat.ask(message)
    else:
        chat.screen.say("Nothing was written, and nothing is sent.")


def _copy(chat: "ChatSession", _: str) -> None:
    turns = chat.conversation.turns
    if not turns:
        chat.screen.say("Nothing has been answered yet.")
    elif chat.screen.copy(turns[-1].text):
        chat.screen.say(f"{len(turns[-1].text):,} characters are copied, if the terminal allows it (OSC 52).")
    else:
        chat.screen.say("Copying needs a terminal, and an answer below 75,000 bytes; /save writes a file.")


def _retry(chat: "ChatSession", _: str) -> None:
    if chat.question is None and not chat.conversation.turns:
        chat.screen.say("Nothing has been asked yet.")
        return
    turns = chat.conversation.turns
    question, images = chat.question, chat.images
    if question is None:
        question, images = turns[-1].question, turns[-1].images
    if turns and turns[-1].question == question:
        turns.pop()
    chat.ask_again(question, images)


def _undo(chat: "ChatSession", _: str) -> None:
    turns = chat.conversation.turns
    if not turns:
        chat.screen.say("There is nothing to undo.")
        return
    turns.pop()
    chat.question = turns[-1].question if turns else None
    chat.images = turns[-1].images if turns else ()
    chat.keep()
    chat.screen.say(f"The last question and its answer are forgotten; {counted(len(turns))} left.")


def _save(chat: "ChatSession", name: str) -> None:
    path = Path(os.path.expanduser(name))  # of a user who does not exist it stays as it is
    if path.suffix == ".md":
        text = chat.conversation.as_markdown()
    elif path.suffix == ".json":
        text = json.dumps(chat.conversation.as_request(), ensure_ascii=False, indent=2) + "\n"
    else:
        chat.screen.say("Where to? /save FILE.md writes Markdown, /save FILE.json what --request reads.")
        return
    try:
        create_private(str(path), text.encode(errors="replace"))
    except FileExistsError:
        chat.screen.say(f"{path} exists and stays; take another name.")
    except OSError as error:
        chat.screen.say(f"{path}: {error.strerror}.")
    else:
        chat.screen.say(f"Saved to {path}.")


def _raw(chat: "ChatSession", _: str) -> None:
    if chat.chunks:
        chat.screen.show("\n".join(chunk.decode(errors="backslashreplace") for chunk in chat.chunks))
    else:
        chat.screen.say("Nothing has been answered yet.")


def _usage(chat: "ChatSession", _: str) -> None:
    usage = chat.conversation.usage()
    used = ", ".join(f"{name} {count}" for name, count in usage.items())
    chat.screen.show(f"{counted(len(chat.conversation.turns))}: {used or 'the server sent no usage'}")


def _clear(chat: "ChatSession", _: str) -> None:
    chat.conversation.turns.clear()
    chat.chunks, chat.question = [], None
    chat.keep()
    chat.screen.say("The conversation is forgotten.")


def _exit(chat: "ChatSession", _: str) -> None:
    chat.leaving = True


def counted(turns: int) -> str:
    """So many turns, in words."""
    return f"{turns} turn{'' if turns == 1 else 's'}"


COMMANDS = {
    "help": Command("", "list the commands", _help),
    "model": Command("[NAME]", "show the model, or ask another from now on", _model),
    "system": Command("[TEXT]", "show the system text, or set it (@FILE reads it, - removes it)", _system),
    "file": Command("PATH", "send a text or an image along with the next message", _file),
    "edit": Command("[TEXT]", "write the next message in $EDITOR", _edit),
    "retry": Command("", "ask the last question again, in place of its answer", _retry),
    "undo": Command("", "forget the last question and its answer", _undo),
    "save": Command("FILE", "write the conversation: FILE.md for people, FILE.json for --request", _save),
    "raw": Command("", "show the chunks of the last answer as they came", _raw),
    "copy": Command("", "copy the last answer to the clipboard", _copy),
    "usage": Command("", "show what the conversation used so far", _usage),
    "clear": Command("", "forget the conversation", _clear),
    "exit": Command("", "leave; so do /quit and Ctrl-D", _exit),
    "quit": Command("", "the same", _exit),
}
"""The commands by name, in the order of the help."""
