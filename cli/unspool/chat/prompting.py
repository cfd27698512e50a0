"""Where the lines of a chat come from: the one importer of prompt_toolkit.

prompter.read()     the next message or command
raises EOFError at the end, KeyboardInterrupt for Ctrl-C
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO, Protocol

from unspool.chat.storage import history_file

if TYPE_CHECKING:
    from prompt_toolkit.key_binding import KeyPressEvent

_PROMPT = "> "


class Prompter(Protocol):
    """See the module's head."""

    def read(self) -> str:
        """The next message or command."""


class LinePrompter:
    """Lines of standard input, one message each; blank ones are none."""

    def __init__(self, stdin: BinaryIO) -> None:
        self._stdin = stdin

    def read(self) -> str:
        """The next line that is not blank."""
        for line in iter(self._stdin.readline, b""):
            text = line.decode(errors="replace").strip()
            if text:
                return text
        raise EOFError


class TerminalPrompter:
    """A prompt in the terminal, with history, search and completion of ``commands`` (each with what it does).

    Enter sends, also what was pasted in many lines; Alt-Enter begins a new line.
    ``standing`` is called once, when the first prompt stands.
    """

    def __init__(self, commands: Mapping[str, str], standing: Callable[[], None]) -> None:
        from prompt_toolkit import PromptSession  # noqa: PLC0415 - a terminal alone needs it
        from prompt_toolkit.completion import WordCompleter  # noqa: PLC0415
        from prompt_toolkit.filters import is_searching  # noqa: PLC0415
        from prompt_toolkit.history import FileHistory, History, InMemoryHistory  # noqa: PLC0415
        from prompt_toolkit.key_binding import KeyBindings  # noqa: PLC0415

        history: History = InMemoryHistory()
        with suppress(OSError, RuntimeError):  # no home, or none that can be written to: a chat works without
            history = FileHistory(str(history_file()))
        keys = KeyBindings()
        keys.add("enter", filter=~is_searching)(_send)
        keys.add("escape", "enter")(lambda event: event.current_buffer.insert_text("\n"))
        self._session: PromptSession[str] = PromptSession(
            _PROMPT,
            multiline=True,
            history=history,
            completer=WordCompleter(list(commands), meta_dict=dict(commands), sentence=True),
            complete_while_typing=True,
            key_bindings=keys,
            prompt_continuation=" " * len(_PROMPT),
        )
        self._session.app.after_render += self._stands
        self._standing = standing

    def _stands(self, _: object) -> None:
        self._session.app.after_render -= self._stands
        self._standing()

    def read(self) -> str:
        """What was typed."""
        return self._session.prompt().strip()


def _send(event: "KeyPressEvent") -> None:
    """Take what was typed, unless nothing was."""
    if event.current_buffer.text.strip():
        event.current_buffer.validate_and_handle()
