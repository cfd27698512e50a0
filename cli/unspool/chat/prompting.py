"""The prompt of a chat: the only importer of prompt_toolkit.

prompter.read()     the next message or command
raises EOFError at the end, KeyboardInterrupt for Ctrl-C
"""

import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from unspool.chat.storage import history_file
from unspool.descriptors import receive

if TYPE_CHECKING:
    from prompt_toolkit.history import History
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
        self._lines: deque[bytes] = deque()
        self._rest = b""  # of a line whose end has not come
        self._ended = False

    def read(self) -> str:
        """The next line that is not blank."""
        while True:
            while self._lines:
                text = self._lines.popleft().decode(errors="replace").strip()
                if text:
                    return text
            if self._ended:
                raise EOFError
            self._receive()

    def _receive(self) -> None:
        """Read the available standard input."""
        block = receive(self._stdin)  # waits where it is non-blocking
        *lines, self._rest = (self._rest + block).split(b"\n")
        self._lines += lines
        if not block:
            self._ended = True
            self._lines.append(self._rest)


class TerminalPrompter:
    """A prompt in the terminal, with history, search and completion of ``commands`` (each with what it does).

    Enter sends, also what was pasted in many lines; Alt-Enter begins a new line.
    ``ready`` is called once, when the first prompt is drawn.
    """

    def __init__(self, commands: Mapping[str, str], ready: Callable[[], None]) -> None:
        from prompt_toolkit import PromptSession  # noqa: PLC0415 - a terminal alone needs it
        from prompt_toolkit.completion import WordCompleter  # noqa: PLC0415
        from prompt_toolkit.filters import is_searching  # noqa: PLC0415
        from prompt_toolkit.key_binding import KeyBindings  # noqa: PLC0415

        keys = KeyBindings()
        keys.add("enter", filter=~is_searching)(_send)
        keys.add("escape", "enter")(lambda event: event.current_buffer.insert_text("\n"))
        keys.add("c-z")(lambda event: self._stop())
        keys.add("<vt100-mouse-event>")(lambda event: None)  # a colour in pasted bytes is read as one, and is none
        self._session: PromptSession[str] = PromptSession(
            _PROMPT,
            multiline=True,
            history=_history(),
            completer=WordCompleter(list(commands), meta_dict=dict(commands), sentence=True),
            complete_while_typing=True,
            key_bindings=keys,
            prompt_continuation=" " * len(_PROMPT),
        )
        self._session.app.after_render += self._first_rendered
        self._ready = ready
        self._handlers: dict[int, Any] = {}
        self._raised: BaseException | None = None

    def _first_rendered(self, _: object) -> None:
        self._session.app.after_render -= self._first_rendered
        self._ready()

    def read(self) -> str:
        """Return the typed line. Raises what the handler of a signal raises."""
        with self._handling_signals():
            return _as_utf8(self._session.prompt(pre_run=self._take_signals)).strip()

    @contextmanager
    def _handling_signals(self) -> Iterator[None]:
        """Give the handlers back that the loop took over, and raise what one of them raised.

        The timer by which other waits notice signals is not needed: it would write to the loop's descriptor for
        signals, also while the loop ends and the descriptor is closed, or is another file's.
        """
        timer = signal.setitimer(signal.ITIMER_REAL, 0)
        handlers = {number: signal.getsignal(number) for number in _SIGNALS}
        self._handlers = {number: handler for number, handler in handlers.items() if callable(handler)}
        try:
            yield
        finally:
            for number, handler in self._handlers.items():
                signal.signal(number, handler)
            signal.setitimer(signal.ITIMER_REAL, *timer)
        if self._raised is not None:
            raise self._raised

    def _take_signals(self) -> None:
        """Let the loop call the handlers: what one raises in the middle of a callback can be lost, or cut it in two."""
        from asyncio import get_running_loop  # noqa: PLC0415 - as above

        for number, handler in self._handlers.items():
            get_running_loop().add_signal_handler(number, self._handle, handler, number)
        if signal.getsignal(signal.SIGTSTP) is signal.SIG_DFL:
            get_running_loop().add_signal_handler(signal.SIGTSTP, self._stop)

    def _stop(self) -> None:
        """Stop the process with the terminal as it was before the prompt, which is drawn again when it goes on."""
        from asyncio import get_running_loop  # noqa: PLC0415 - as above

        from prompt_toolkit.application import run_in_terminal  # noqa: PLC0415 - as above

        def stop() -> None:
            loop.remove_signal_handler(signal.SIGTSTP)
            os.kill(os.getpid(), signal.SIGTSTP)  # the process is stopped here until it continues
            loop.add_signal_handler(signal.SIGTSTP, self._stop)

        loop = get_running_loop()
        run_in_terminal(stop)

    def _handle(self, handler: Callable[[int, None], Any], number: int) -> None:
        try:
            handler(number, None)
        except BaseException as raised:  # whatever it is, it is raised where the prompt is left
            self._raised = raised
            with suppress(Exception):  # a line was just sent
                self._session.app.exit(exception=raised)


def _history() -> "History":
    """The lines of earlier chats, in a file; without a writable home folder only those of this chat."""
    from prompt_toolkit.history import FileHistory, InMemoryHistory  # noqa: PLC0415 - as above

    class PrivateHistory(FileHistory):
        """A file that is created again if it was deleted, for its owner only; on a full disk the chat goes on."""

        def store_string(self, string: str) -> None:
            with suppress(OSError, RuntimeError):
                history_file()
                super().store_string(_as_utf8(string))

    try:
        return PrivateHistory(str(history_file()))
    except (OSError, RuntimeError):
        return InMemoryHistory()


def _as_utf8(text: str) -> str:
    """The text with U+FFFD for bytes that are not UTF-8: a terminal passes on whatever is pasted."""
    return text.encode(errors="surrogateescape").decode(errors="replace")


def _send(event: "KeyPressEvent") -> None:
    """Take what was typed, unless nothing was."""
    if event.current_buffer.text.strip():
        event.current_buffer.validate_and_handle()
