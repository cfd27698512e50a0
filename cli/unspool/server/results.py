"""Results of model responses, collected from events: text, calls, usage and how they ended.

recorder = StepRecorder()
recorder(event)          for each event of a transformer, in order
recorder.steps           one StepResult for each response; its text is there when it has finished
"""

from dataclasses import dataclass, field
from typing import Any

from unspool.core.errors import UnspoolError
from unspool.core.events import (
    ArgumentsDelta,
    ArgumentsFailed,
    ChoiceFinished,
    Event,
    MessageBoundary,
    RefusalDelta,
    ResponseFailed,
    ResponseRefused,
    StepFinished,
    StepStarted,
    StreamIncomplete,
    TextDelta,
    ToolCallFinished,
    ToolCallStarted,
    UsageReported,
)
from unspool.core.options import Options, given_options
from unspool.errors import exception_of
from unspool.formats.json_members import public_json
from unspool.sinks.message_texts import MessageTexts


@dataclass
class CallResult:
    """One tool call; ``arguments`` is its JSON text as received, ``message`` whether it is a message tool's.

    ``complete`` once its end was seen and its arguments are whole.
    """

    id: str
    name: str
    message: bool
    arguments: str = ""
    complete: bool = False
    thoughts_arguments: tuple[str, ...] = field(default=(), repr=False)

    @property
    def public_arguments(self) -> str:
        """The arguments without the thoughts arguments, for whoever must not see private thoughts.

        The source text of the other members is kept. "" where the arguments cannot be read.
        """
        return public_json(self.arguments, self.thoughts_arguments)


@dataclass
class StepResult:
    """One model response; of several choices the first counts, except that ``calls`` holds those of all.

    ``text`` is the text of all messages, ``usage`` the last that was reported.
    ``refusal`` is the text of a refusal, or the provider's reason where an answer
    was refused or filtered without one (R17). ``failure`` is the exception of the
    first fault, None where there was none.
    """

    id: str = ""
    model: str = ""
    text: str = ""
    refusal: str = ""
    finish_reason: str | None = None
    usage: dict[str, Any] | None = None
    calls: list[CallResult] = field(default_factory=list)
    failure: UnspoolError | None = None
    finished: bool = False

    @property
    def complete(self) -> bool:
        """Return whether the response ended as an answer: without a fault, and not refused."""
        return self.finished and self.failure is None and not self.refusal


class StepRecorder:
    """Collects a StepResult for each response that its events belong to; itself an ``on_event`` callback.

    The arguments of message calls are known only with ``Options(message_arguments=True)``.
    """

    def __init__(self, options: Options | None = None) -> None:
        self.steps: list[StepResult] = []
        known = given_options(options) or Options()
        self._thoughts = known.thoughts_arguments
        self._separator = known.separator
        self._calls: dict[tuple[int, int], CallResult] = {}
        self._pieces: dict[tuple[int, int], list[str]] = {}
        self._texts = MessageTexts()
        self._choice: int | None = None
        self._started = False
        self._number = 0  # of the step of the last event

    def __call__(self, event: Event) -> None:
        """Process one event."""
        handler = _HANDLERS.get(type(event))
        if handler is None:
            return
        if not self.steps or (self.steps[-1].finished and not self._is_late(event)):
            self._begin()
        self._number = event.step
        handler(self, event)

    def _is_late(self, event: Event) -> bool:
        """Return whether the event belongs to the response that has failed, as usage behind an error does.

        One recorder may serve several requests, each of which counts from 1, and has 0 for an error that came alone.
        """
        return (
            event.step == self._number
            and type(event) is not StepStarted
            and (event.step > 0 or type(event) is UsageReported)
        )

    def _begin(self) -> None:
        self._started = False
        self.steps.append(StepResult())
        self._calls, self._pieces, self._texts = {}, {}, MessageTexts()
        self._choice = None

    def _start(self, event: StepStarted) -> None:
        self._started = True
        step = self.steps[-1]
        step.id, step.model = event.id, event.model

    def _text(self, event: TextDelta) -> None:
        if self._choice is None:
            self._choice = event.choice
        if event.choice == self._choice:
            self._texts.add(event.call, event.text)

    def _message_ended(self, event: MessageBoundary) -> None:
        if event.choice == self._choice and not event.thoughts:
            self._texts.divide()

    def _call_started(self, event: ToolCallStarted) -> None:
        call = CallResult(event.id, event.tool, event.message, thoughts_arguments=self._thoughts)
        self._calls[event.choice, event.call] = call
        self.steps[-1].calls.append(call)

    def _arguments(self, event: ArgumentsDelta) -> None:
        self._pieces.setdefault((event.choice, event.call), []).append(event.arguments)

    def _call_finished(self, event: ToolCallFinished) -> None:
        call = self._calls.get((event.choice, event.call))
        if call is not None:
            call.arguments = "".join(self._pieces.get((event.choice, event.call), ()))
            call.complete = event.complete

    def _finish(self, event: ChoiceFinished) -> None:
        step = self.steps[-1]
        if step.finish_reason is None or event.choice == self._choice:
            step.finish_reason = event.reason
        step.text = self._texts.joined(self._separator)

    def _refusal(self, event: RefusalDelta) -> None:
        self.steps[-1].refusal += event.text

    def _refused(self, event: ResponseRefused) -> None:
        step = self.steps[-1]
        step.refusal = step.refusal or event.reason

    def _usage(self, event: UsageReported) -> None:
        self.steps[-1].usage = event.usage

    def _failed(self, event: StreamIncomplete | ArgumentsFailed | ResponseFailed) -> None:
        """An error of the provider replaces one that followed from it."""
        step = self.steps[-1]
        if step.failure is None or type(event) is ResponseFailed:
            step.failure = exception_of(event)
        step.finished = step.finished or not self._started  # nothing but an error came: no StepFinished follows

    def _step_finished(self, event: StepFinished) -> None:
        step = self.steps[-1]
        step.text = self._texts.joined(self._separator)
        step.finished = True


_HANDLERS: dict[type, Any] = {
    StepStarted: StepRecorder._start,
    TextDelta: StepRecorder._text,
    MessageBoundary: StepRecorder._message_ended,
    RefusalDelta: StepRecorder._refusal,
    ResponseRefused: StepRecorder._refused,
    ToolCallStarted: StepRecorder._call_started,
    ArgumentsDelta: StepRecorder._arguments,
    ToolCallFinished: StepRecorder._call_finished,
    ChoiceFinished: StepRecorder._finish,
    UsageReported: StepRecorder._usage,
    StreamIncomplete: StepRecorder._failed,
    ArgumentsFailed: StepRecorder._failed,
    ResponseFailed: StepRecorder._failed,
    StepFinished: StepRecorder._step_finished,
}
