"""An answer as it comes: events in, rows out. Knows no terminal, no clock and no thread.

answer.feed(event, now)             one event; ``now`` in seconds
answer.notice(text)                 something a person must know, in its place
answer.close(cut, now)              no more events will come
answer.finished(width, rows)        rows for the scrollback, each given once
answer.live(width, rows, now)       the rest and the status line, in at most so many rows
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from unspool.core import events
from unspool.core.events import Event
from unspool.core.options import OtherTools, Thoughts
from unspool.view.look import FOLDED, Calls, Only
from unspool.view.painting import Row, plain_row
from unspool.view.parts import CallPart, HiddenThoughts, LinePart, Notice, Part, PlainPart, ResultPart, TextPart
from unspool.view.status import Status


@dataclass(frozen=True)
class ViewOptions:
    """The parts of an answer to show; ``only`` names their kinds, empty for all; ``longest`` is in rows of a value."""

    choice: int = 0
    thoughts: Thoughts = Thoughts.DROP
    other_tools: OtherTools = OtherTools.PASS
    timed: bool = True  # whether the arrival times of events mean anything
    only: frozenset[Only] = frozenset()
    calls: Calls = Calls.FULL
    longest: int = FOLDED

    def shows(self, kind: Only) -> bool:
        """Return whether parts of this kind are shown."""
        return not self.only or kind in self.only


class Answer:
    """See the module's head."""

    def __init__(self, look: ViewOptions, now: float, title: str = "") -> None:
        self._look = look
        self._status = Status(now, look.timed)
        self._summary = ""  # of the step that ended last, until the next one begins
        self._parts: list[Part] = [Notice(title, "bold")] if title else []  # with something still to be shown, in order
        self._ended = 0  # how many of them are of steps that have ended: nothing is drawn for a page before its end
        self._current: tuple[tuple[Any, ...], Part] | None = None
        self._thoughts: Part | None = None
        self._refusal = ""  # of the answer that was refused last; its text is shown
        self._calls: dict[int, CallPart] = {}
        self._lines: dict[str, LinePart] = {}  # those of this step on a line, by id: each may wait for its result
        self._tools: dict[str, str] = {}  # of calls that are shown, by id
        self._returned: dict[str, int] = {}  # the results that were shown, by id of the call: each is shown once
        self._messages: dict[str, str] = {}  # of message calls, whose failure alone is shown
        self._closed = False
        self._gap = False  # an empty row is due before the next part
        self._begun = False  # the first part has shown something

    def feed(self, event: Event, now: float) -> None:
        """Process an event."""
        if getattr(event, "choice", self._look.choice) != self._look.choice:
            return
        handler = _HANDLERS.get(type(event))
        if handler is not None:
            self._status.saw(event, now) if not isinstance(event, events.StepFinished) else None
            handler(self, event, now)

    def _start(self, event: events.StepStarted, now: float) -> None:
        if self._summary:
            self._settle()
            self._status = Status(now, self._look.timed)
        self._status.start(event.step, event.model)

    def _add_text(self, event: events.TextDelta, now: float) -> None:
        if self._look.shows(Only.MESSAGES):
            self._part_for((event.step, event.call), TextPart).feed(event.text)

    def _divide(self, event: events.MessageBoundary, now: float) -> None:
        """Begin another part: two messages, or two summaries, never run together (R16)."""
        if not event.thoughts:
            self._close_parts()
        elif self._thoughts is not None:
            self._thoughts.feed("\n\n")

    def _refuse(self, event: events.RefusalDelta, now: float) -> None:
        self._part_for((event.step, "refusal"), lambda: PlainPart("refused", "red", 1000)).feed(event.text)

    def _end_refused(self, event: events.ResponseRefused, now: float) -> None:
        self._refusal = event.text

    def _part_for(self, key: tuple[Any, ...], make: Callable[[], Part]) -> Part:
        """The current part of text; another one ends it, and the thoughts before it."""
        if self._current is None or self._current[0] != key:
            self._close_parts()
            self._current = key, self._add(make())
        return self._current[1]

    def _close_parts(self) -> None:
        if self._current is not None:
            self._current[1].close()
        if self._thoughts is not None:
            self._thoughts.close()
        self._current = self._thoughts = None

    def _add(self, part: Part) -> Part:
        for call in (*self._calls.values(), *self._lines.values()):
            call.give_way(part)
        self._parts.append(part)
        return part

    def _think(self, event: events.ThoughtsDelta, now: float) -> None:
        if not self._look.shows(Only.THOUGHTS):
            return
        if self._thoughts is None:
            shown = self._look.thoughts is Thoughts.REASONING or Only.THOUGHTS in self._look.only
            self._thoughts = self._add(PlainPart("thoughts", "dim italic") if shown else HiddenThoughts())
        self._thoughts.feed(event.text)

    def _call(self, event: events.ToolCallStarted, now: float) -> None:
        if event.message:
            self._messages[event.id] = event.tool
        elif self._shows_calls:
            self._calls[event.call] = self._begin_call(event.id, event.tool)

    @property
    def _shows_calls(self) -> bool:
        passed = self._look.other_tools is OtherTools.PASS and self._look.calls is not Calls.HIDE
        return passed and self._look.shows(Only.TOOLS)

    def _begin_call(self, ident: str, tool: str, mark: str = "") -> CallPart:
        call = (LinePart if self._look.calls is Calls.LINE else CallPart)(tool, mark, self._look.longest)
        self._add(call)
        if isinstance(call, LinePart):
            self._lines[ident] = call
        self._tools[ident] = tool
        self._returned.pop(ident, None)
        return call

    def _server_call(self, event: events.ServerToolCalled, now: float) -> None:
        if self._shows_calls:
            call = self._begin_call(event.id, event.tool, "  (run by the server)")
            call.feed(event.arguments)
            call.finish(True)

    def _argue(self, event: events.ArgumentsDelta, now: float) -> None:
        if event.call in self._calls:
            self._calls[event.call].feed(event.arguments)

    def _finish_call(self, event: events.ToolCallFinished, now: float) -> None:
        if event.call in self._calls:
            self._calls.pop(event.call).finish(event.complete)

    def _finish_choice(self, event: events.ChoiceFinished, now: float) -> None:
        self._close_parts()
        self._status.finish(event.reason)

    def _fail(self, event: events.ArgumentsFailed, now: float) -> None:
        self._close_parts()

    def _use(self, event: events.UsageReported, now: float) -> None:
        self._status.use(event.usage)

    def _finish_step(self, event: events.StepFinished, now: float) -> None:
        self._end_step(False)

    def _end_step(self, cut: bool) -> None:
        self._close_parts()
        for part in self._parts[self._ended :]:
            if not part.closed:
                part.close()
        self._ended = len(self._parts)
        self._calls.clear()
        self._lines.clear()
        self._summary = self._status.over(cut)

    def _settle(self) -> None:
        """Print the summary, after the notices about a step."""
        self._parts.append(Notice(self._summary, "dim"))
        self._summary = ""

    def _return(self, event: events.ToolReturned, now: float) -> None:
        """Show what a tool returned, where its call is shown; of a message call, that it failed."""
        tool = self._tools.get(event.id)
        if tool is None and event.failed:
            tool = self._messages.get(event.id)
        if tool is not None and self._returned.get(event.id) != hash(event.text):
            self._returned[event.id] = hash(event.text)
            line = self._lines.get(event.id)
            if line is not None and not line.closed:
                line.answer(event)
                return
            self._add(ResultPart(tool, event, self._look.calls is Calls.LINE, self._look.longest))

    def notice(self, text: str) -> None:
        """Show ``text`` behind the block that is being written, which it does not tear.

        What says nothing but a refusal that is shown already is left out.
        """
        refusal, self._refusal = self._refusal, ""
        if refusal and refusal in text:
            return
        notice = Notice(text, "red")
        if self._current is not None and isinstance(self._current[1], TextPart):
            self._current[1].notice(notice)
        else:
            self._parts.append(notice)

    def close(self, cut: bool, now: float) -> None:
        """End what has not ended; ``cut`` if more was to come."""
        if not self._closed and not self._summary and (cut or self._status.started):
            self._end_step(cut)
        self._closed = True
        if self._summary:
            self._settle()

    def finished(self, width: int, rows: int) -> list[Row]:
        """Return the rows that became final since the last call."""
        found: list[Row] = []
        while self._parts:
            part = self._parts[0]
            fresh = part.finished(width, rows)
            if fresh:
                if self._gap and not self._begun:
                    found.append([])
                found += fresh
                self._begun = self._gap = True
            if not part.closed:
                break
            self._parts.pop(0)
            self._ended = max(0, self._ended - 1)
            self._begun = False
        return found

    def live(self, width: int, rows: int, now: float) -> list[Row]:
        """Return the rows that may still change."""
        status = plain_row(self._summary or self._status.running(now), "dim", width - 1)
        if rows < 2:
            return [status]
        left = rows - 1
        found: list[Row] = []
        for part in reversed(self._parts):
            if left < 2:
                break
            shown = part.tail(width, left - 1)
            if not shown:
                continue
            gap = (self._gap or part is not self._parts[0]) and not (part is self._parts[0] and self._begun)
            found[:0] = [[], *shown] if gap else shown
            left -= len(shown) + gap
        if found or self._gap:
            found.append([])
        return [*found, status][-rows:]


_HANDLERS: dict[type, Callable[[Answer, Any, float], None]] = {
    events.StepStarted: Answer._start,
    events.TextDelta: Answer._add_text,
    events.RefusalDelta: Answer._refuse,
    events.ResponseRefused: Answer._end_refused,
    events.MessageBoundary: Answer._divide,
    events.ThoughtsDelta: Answer._think,
    events.ToolCallStarted: Answer._call,
    events.ArgumentsDelta: Answer._argue,
    events.ToolCallFinished: Answer._finish_call,
    events.ServerToolCalled: Answer._server_call,
    events.ToolReturned: Answer._return,
    events.ChoiceFinished: Answer._finish_choice,
    events.ArgumentsFailed: Answer._fail,
    events.UsageReported: Answer._use,
    events.StepFinished: Answer._finish_step,
}
