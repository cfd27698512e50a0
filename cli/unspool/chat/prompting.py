"""Where the lines of a chat come from: the one importer of prompt_toolkit.

prompter.read()     the next message or command
raises EOFError at the end, KeyboardInterrupt for Ctrl-C
"""

import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from unspool.chat.storage import history_file

if TYPE_CHECKING:
    from prompt_toolkit.key_binding import KeyPressEvent

_PROMPT = "> "
_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


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
        self._handlers: dict[int, Any] = {}
        self._raised: BaseException | None = None

    def _stands(self, _: object) -> None:
        self._session.app.after_render -= self._stands
        self._standing()

    def read(self) -> str:
        """What was typed. Raises what the handler of a signal raises."""
        with self._handling_signals():
            return self._session.prompt(pre_run=self._take_signals).strip()

    @contextmanager
    def _handling_signals(self) -> Iterator[None]:
        """Give the handlers back that the loop took over, and raise what one of them raised."""
        handlers = {number: signal.getsignal(number) for number in _SIGNALS}
        self._handlers = {number: handler for number, handler in handlers.items() if callable(handler)}
        try:
            yield
        finally:
            for number, handler in self._handlers.items():
                signal.signal(number, handler)
        if self._raised is not None:
            raise self._raised

    def _take_signals(self) -> None:
        """Let the loop call the handlers: what one raises in the middle of a callback can be lost, or cut it in two."""
        from asyncio import get_running_loop  # noqa: PLC0415 - as above

        for number, handler in self._handlers.items():
            get_running_loop().add_signal_handler(number, self._handle, handler, number)

    def _handle(self, handler: Callable[[int, None], Any], number: int) -> None:
        try:
            handler(number, None)
        except BaseException as raised:  # whatever it is, it is raised where the prompt is left
            self._raised = raised
            with suppress(Exception):  # a line was just sent
                self._session.app.exit(exception=raised)


def _send(event: "KeyPressEvent") -> None:
    """Take what was typed, unless nothing was."""
    if event.current_buffer.text.strip():
        event.current_buffer.validate_and_handle()
