"""The text sink: decoded text of one choice, as it arrives."""

from typing import Any, Final

from unspool.core.events import (
    ArgumentsFailed,
    ChoiceFinished,
    MessageBoundary,
    StepFinished,
    TextDelta,
    ThoughtsDelta,
)
from unspool.core.options import Thoughts
from unspool.core.outcome import Outcome
from unspool.fastpath.batch import RecordBatch
from unspool.formats.record import Record
from unspool.sinks.base import SourceInfo
from unspool.sinks.output import Output

_ENDS: Final = frozenset({ChoiceFinished, ArgumentsFailed})
_MARKS: Final = _ENDS | {StepFinished, MessageBoundary}
"""The events without text that a message may end with."""
_AT_ONCE: Final = 1 << 20
"""Characters: more are encoded piece by piece, so that a huge text needs no second place in memory."""


class TextSink:
    """The text of one choice; each message ends with a newline, so that two never run together.

    With ``null`` it ends with a null character instead, so that a script can divide messages of several lines.
    """

    def __init__(self, output: Output, choice: int = 0, thoughts: Thoughts = Thoughts.DROP, null: bool = False) -> None:
        self._output = output
        self._choice = choice
        self._ending = b"\0" if null else b"\n"
        self._shown = frozenset({TextDelta, ThoughtsDelta} if thoughts is Thoughts.REASONING else {TextDelta})
        self._message: tuple[Any, ...] = ()
        self._open_line = False

    def begin(self, source: SourceInfo) -> None:
        """Write nothing: the output of all sources is one text."""

    def write(self, record: Record, outcome: Outcome, holding: bool) -> None:
        """Write the text among the events."""
        wrote = False
        for event in outcome.events:
            kind = type(event)
            if kind in self._shown:
                if event.choice == self._choice:  # type: ignore[union-attr]
                    wrote = True
                    self._write((event.step, event.call, kind), event.text)  # type: ignore[union-attr]
            elif kind not in _MARKS or (kind is ChoiceFinished and wrote):
                continue  # F12: a finish behind text is perhaps one of many, and the message goes on
            elif type(event) is MessageBoundary and event.choice == self._choice:
                self._divide(event.thoughts)
            elif kind is StepFinished or (kind in _ENDS and event.choice == self._choice):  # type: ignore[union-attr]
                self._end_message()

    def write_batch(self, batch: RecordBatch) -> None:
        """Write the joined text, if it is shown."""
        event = batch.event
        if type(event) in self._shown and event.choice == self._choice:
            self._write((event.step, event.call, type(event)), "".join(batch.texts))

    def _divide(self, thoughts: bool) -> None:
        """End a message; a blank line follows a summary of thoughts, if thoughts are shown (R16)."""
        if not thoughts:
            self._end_message()
        elif self._message and self._message[-1] is ThoughtsDelta:
            self._end_message()
            if self._ending == b"\n":
                self._output.write(b"\n")

    def _write(self, message: tuple[Any, ...], text: str) -> None:
        if message != self._message:
            self._end_message()
            self._message = message
        if len(text) > _AT_ONCE:
            for start in range(0, len(text), _AT_ONCE):
                self._output.write(text[start : start + _AT_ONCE].encode())
        else:
            self._output.write(text.encode())
        self._open_line = self._ending == b"\0" or not text.endswith("\n")

    def _end_message(self) -> None:
        if self._open_line:
            self._output.write(self._ending)
            self._open_line = False

    def pass_through(self, records: list[Record]) -> None:
        """Write nothing: it holds no text."""

    def end(self, complete: bool) -> None:
        """End the last message."""
        self._end_message()
        self._message = ()

    def flush(self) -> None:
        """Send all output."""
        self._output.flush()

    def close(self) -> None:
        """Send all output: nothing depends on the end."""
        self._output.flush()
