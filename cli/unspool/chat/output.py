"""The output of a chat: in the view of a terminal, or as text through a pipe.

screen.begin(source)    the sink for the next answer
screen.fault(line)      a problem, in its place
screen.end(cut)         the answer is over, or was stopped
screen.say(text)        a note for the person
screen.show(text)       what was asked for
screen.copy(text)       to the clipboard; false where there is no terminal
screen.terminal         whether a person sits before it
screen.columns          the width that notes are wrapped to; None where lines stay as they are
"""

import os
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from unspool.core.options import Options
from unspool.descriptors import send
from unspool.environment import descriptor_of
from unspool.sinks.base import Sink
from unspool.sinks.output import Output
from unspool.sinks.text import TextSink

if TYPE_CHECKING:
    from unspool.view.view import View


_NARROWEST = 20  # columns
_CLIPBOARD = 100_000  # bytes of base64: terminals take no more (xterm)


def wrapped(line: str, columns: int | None, indent: int = 0) -> str:
    """``line`` on several lines that end between words; those after the first begin with ``indent`` spaces."""
    if columns is None or len(line) < columns:
        return line
    from textwrap import fill  # noqa: PLC0415 - start-up

    indent = indent if indent < columns // 2 else 4
    width = max(columns - 1, _NARROWEST)
    return fill(line, width, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False)


class Screen(Protocol):
    """See the module's head."""

    terminal: bool

    @property
    def columns(self) -> int | None:
        """The width of the terminal; None where there is none."""

    def begin(self) -> Sink:
        """The sink for the next answer."""

    def fault(self, line: str) -> None:
        """Show a problem in its place."""

    def end(self, cut: bool) -> None:
        """Know that the answer is over, or was stopped."""

    def say(self, text: str) -> None:
        """Show a note, which is no answer."""

    def show(self, text: str) -> None:
        """Show what was asked for; it may be long."""

    def copy(self, text: str) -> bool:
        """Put a text on the clipboard; false where that is not possible."""


class PlainScreen:
    """Writes answers and requested text to an output, and notes line by line to ``write_note``."""

    terminal = False
    columns = None

    def __init__(self, output: Output, options: Options, write_note: Callable[[str], None]) -> None:
        self._output = output
        self._options = options
        self._write_note = write_note
        self._sink: Sink | None = None

    def begin(self) -> Sink:
        """See the protocol."""
        self._sink = TextSink(self._output, thoughts=self._options.thoughts)
        return self._sink

    def fault(self, line: str) -> None:
        """See the protocol."""
        self._write_note(line)

    def end(self, cut: bool) -> None:
        """End the last line."""
        if self._sink is not None:
            self._sink.end(not cut)
            self._sink.flush()

    def say(self, text: str) -> None:
        """See the protocol."""
        for line in text.splitlines():
            self._write_note(line)

    def show(self, text: str) -> None:
        """See the protocol."""
        self._output.write(f"{text}\n".encode(errors="backslashreplace"))
        self._output.flush()

    def copy(self, text: str) -> bool:
        """See the protocol."""
        return False


class TerminalScreen:
    """Answers in the view, which leaves them in the scrollback; the rest between them."""

    terminal = True

    def __init__(self, output: Output, options: Options) -> None:
        self._output = output
        self._options = options

    @cached_property
    def _view(self) -> "View":
        from unspool.view.view import View  # noqa: PLC0415 - the prompt does not wait for rich

        return View(self._output.stream)

    @property
    def columns(self) -> int | None:
        """See the protocol."""
        descriptor = descriptor_of(self._output.stream)
        with suppress(OSError):
            return None if descriptor is None else os.get_terminal_size(descriptor).columns or None
        return None

    def begin(self) -> Sink:
        """See the protocol."""
        from unspool.view.answer import ViewOptions  # noqa: PLC0415 - as above
        from unspool.view.sink import ViewSink  # noqa: PLC0415

        look = ViewOptions(thoughts=self._options.thoughts, other_tools=self._options.other_tools)
        return ViewSink(self._view, look)

    def fault(self, line: str) -> None:
        """See the protocol."""
        self._view.notice(f"unspool: {line}")

    def end(self, cut: bool) -> None:
        """See the protocol."""
        self._view.end(cut)

    def say(self, text: str) -> None:
        """See the protocol."""
        self.show("\n".join(wrapped(line, self.columns) for line in text.split("\n")))

    def show(self, text: str) -> None:
        """See the protocol."""
        self._output.write(f"{text}\n".encode(errors="backslashreplace"))
        self._output.flush()

    def copy(self, text: str) -> bool:
        """Use OSC 52, which terminals know, also through ssh; as base64 the text itself can be no control sequence."""
        encoded = b64encode(text.encode(errors="replace"))
        if len(encoded) > _CLIPBOARD:
            return False
        send(self._output.stream, b"\x1b]52;c;" + encoded + b"\x07")
        return True
