"""A transformer with results, failures, and chunks of the type that OpenAI clients know.

step = Step(options)
step.feed(chunk) -> Outcome    what the client gets, and what was seen
step.done()                    [DONE] came: a missing finish is no fault
step.close() -> Outcome        the response is over
step.results                   what each response was, the exception of its fault included
"""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from unspool.core.errors import NotAChunk, UnspoolError
from unspool.core.events import FAULTS, Event, ResponseRefused, StepStarted
from unspool.core.options import Options, OtherTools
from unspool.core.outcome import Outcome
from unspool.core.transformer import Transformer
from unspool.dialects.registry import CHAT, dialect_of
from unspool.errors import exception_of
from unspool.server.answer_filter import AnswerFilter
from unspool.server.results import StepRecorder, StepResult
from unspool.sources.openai_client import ChatCompletionChunk, as_openai_chunk
from unspool.variants.finish_reasons import how_refused
from unspool.variants.models import as_dict

logger = logging.getLogger("unspool")

EventCallback = Callable[[Event], None]
SERVER_OPTIONS = Options(other_tools=OtherTools.DROP)
"""The default of servers: their clients declared none of the agent's tools (R6), whose calls may hold thoughts (R7)."""


class Step:
    """The result of one model request; a provider may put several responses into it (R13)."""

    def __init__(self, options: Options) -> None:
        self._transformer = Transformer(options)
        self._filter = AnswerFilter() if options.other_tools is OtherTools.DROP else None
        self._recorder = StepRecorder(options)

    @property
    def results(self) -> list[StepResult]:
        """One for each response that has begun."""
        return self._recorder.steps

    @property
    def failure(self) -> UnspoolError | None:
        """The failure of the last response that brought something: a mere finish behind an error hides none (R12)."""
        for result in reversed(self.results):
            if result.failure is not None or result.text or result.calls or result.refusal:
                return result.failure
        return None

    @property
    def _name(self) -> str:
        """The response that came last, for the log: each request counts its responses from 1, but their ids differ."""
        ident = self.results[-1].id if self.results else ""
        return f"response {ident}" if ident else "a response"

    def feed(self, chunk: Any) -> Outcome:
        """Process one chunk, a dict or a pydantic model. Raises NotAChunk without any change of state (R10)."""
        members = as_dict(chunk)
        try:
            outcome = self._deliver(self._transformer.feed(members))
        except NotAChunk as fault:
            if isinstance(members, bytes) and not members.lstrip().startswith(b"{"):
                raise NotAChunk("bytes of a response, which relay reads, and no chunk") from None
            dialect = dialect_of(members)
            if dialect is None or dialect == CHAT:
                raise
            reason = f"{fault.reason}: it is of the wire format {dialect}, which relay reads, and no chunk"
            raise NotAChunk(reason) from None
        if _is_openai_chunk(chunk) and getattr(chunk, "created", None) == members.get("created"):
            # R1: what needs no change leaves as the object that came in
            return Outcome([chunk if one is members else one for one in outcome.chunks], outcome.events)
        return outcome

    def done(self) -> Outcome:
        """[DONE] came (B4)."""
        return self._deliver(self._transformer.done())

    def close(self) -> Outcome:
        """The response is over: delayed text leaves, and what was cut is reported (R11)."""
        return self._deliver(self._transformer.close())

    def _deliver(self, outcome: Outcome) -> Outcome:
        for event in outcome.events:
            self._recorder(event)
            if type(event) in FAULTS:
                logger.warning("%s: %s", self._name, exception_of(event))  # type: ignore[arg-type]  # one of FAULTS
            elif type(event) is ResponseRefused:  # R17
                how = how_refused(event.reason, event.text)
                logger.warning("%s: the answer was %s", self._name, how)
            if self._filter is not None and type(event) is StepStarted:
                self._filter = AnswerFilter()
        chunks = [one for one in map(_without_error, outcome.chunks) if one is not None]
        if self._filter is not None:
            chunks = self._filter.feed(chunks, outcome.events)
        return Outcome(chunks, outcome.events)


def given_callback(on_event: Any) -> EventCallback | None:
    """Return the callback that a caller gave, or None. Raises TypeError for what cannot be called."""
    callback: EventCallback | None = on_event
    if callback is None or callable(callback):
        return callback
    raise TypeError(
        f"on_event must be a function of one event, such as a StepRecorder(), not {type(on_event).__name__}"
    )


def notify(callback: EventCallback | None, events: Iterable[Event]) -> None:
    """Call a server's callback with each event; what it raises is logged and keeps no chunk and no end back."""
    if callback is None:
        return
    for event in events:
        try:
            callback(event)
        except Exception:
            logger.exception("on_event failed for %s", type(event).__name__)


def openai_chunk(chunk: Any) -> ChatCompletionChunk:
    """A chunk as openai's type, which it may be already; openai's own client leaves out what a provider left out."""
    if not isinstance(chunk, ChatCompletionChunk):
        return as_openai_chunk(chunk)
    choices = getattr(chunk, "choices", None)
    if choices is None or any(_lacks_delta(choice) for choice in choices):  # Q2-Q5
        return as_openai_chunk(as_dict(chunk))
    return chunk


def _lacks_delta(choice: Any) -> bool:
    """Return whether the delta of one of openai's choices is none, or text in its place (Q72)."""
    return isinstance(getattr(choice, "delta", None), (str, type(None)))


def _is_openai_chunk(chunk: Any) -> bool:
    return isinstance(chunk, ChatCompletionChunk)


def _without_error(chunk: dict[str, Any]) -> dict[str, Any] | None:
    """A chunk without its error object, which is raised when the stream ends; None where nothing else is in it.

    A client raises at the first error it reads, but this response may be followed by another try.
    """
    if not chunk.get("error") and chunk.get("object") != "error":
        return chunk
    rest = {name: member for name, member in chunk.items() if name != "error"}
    return rest if rest.get("choices") or rest.get("usage") else None
