"""Messages about problems: one line with what, where, and what to do next."""

from collections.abc import Callable
from typing import NamedTuple

from unspool.called_tools import CalledTool, NoMessage
from unspool.core.errors import MalformedRecord, UnspoolError
from unspool.core.events import (
    ArgumentsFailed,
    Fault,
    MessageMissing,
    ResponseFailed,
    ResponseRefused,
    StreamIncomplete,
    TextContradicted,
)
from unspool.descriptors import STANDARD_INPUT
from unspool.dialects.channels import FIELD
from unspool.errors import SourceFailed
from unspool.formats.record import Record
from unspool.redaction import longest, mask, redact
from unspool.settings import Summary

_LONGEST_MESSAGE = 1000  # characters of a provider's error message
_SHOWN_ARGUMENTS = 6
_LONGEST_NAME = 80  # characters of a tool's or argument's name
SHOWN = 3  # lines for one kind of fault in one source (R10)
_UNREADABLE = "records that cannot be read"
_NOT_UTF8 = "not UTF-8"
_BEFORE, _BEHIND = 48, 24  # bytes of a record shown around the place in question


class Problem(NamedTuple):
    """A fault, a refused answer (R17) or a source without a message, and the source and record in which it occurred."""

    source: str
    record: Record | None
    fault: UnspoolError | Fault | ResponseRefused | TextContradicted | NoMessage
    arrived: bool = False  # text or a call came before it
    times: int = 1  # above 1 for records like those before it, up to ``record``
    decoded: bool = False  # the record's offset is that in the text that was inside of other layers


Report = Callable[[Problem], None]


class FaultLog:
    """The messages about the faults of each source in turn: three of a kind, then a count (R10).

    A container may have thousands of sources: those of which nothing can be read are counted, too, after three.
    """

    def __init__(
        self, strict: bool = False, live: bool = False, dialect: str | None = None, framing: str | None = None
    ) -> None:
        self._strict = strict
        self._live = live
        self._dialect = dialect  # the one that was asked for
        self._framing = framing  # the one that was asked for
        self._counts: dict[str, int] = {}
        self._silent = 0  # sources without a message, of all that were read
        self._unread = 0  # sources of which nothing could be read
        self._held: list[str] = []  # lines about a source that may be one of them
        self._reasons: set[str] = set()
        self._sample = b""  # the first record that could not be read, or that is not UTF-8

    def add(self, problem: Problem) -> list[str]:
        """Return the line for a fault, or none after three of its kind."""
        if isinstance(problem.fault, NoMessage):
            self._silent += 1
            return [describe(problem)] if self._silent <= SHOWN else []
        kind = _kind(problem.fault)
        count = self._counts[kind] = self._counts.get(kind, 0) + problem.times
        line = [describe(problem, self._strict, self._live)] if count <= SHOWN else []
        if not isinstance(problem.fault, MalformedRecord):
            return line
        reason = problem.fault.reason
        if problem.record is not None and reason not in self._reasons:
            if not self._sample or reason == _NOT_UTF8:
                self._sample = problem.record.data
            self._reasons.add(reason)
        if self._unread < SHOWN:
            return line
        self._held += line
        return []

    def close(self, source: str, summary: Summary) -> list[str]:
        """Return the last lines about a source: counts, and what it looks like if nothing could be read."""
        counts, sample, reasons = self._counts, self._sample, self._reasons
        self._counts, self._sample, self._reasons = {}, b"", set()
        held, self._held = self._held, []
        nothing = not summary.read and _UNREADABLE in counts
        summary.read = False
        more = [
            f"{source}: {count - SHOWN:,} more {kind}"
            for kind, count in counts.items()
            if count > SHOWN and not (nothing and kind == _UNREADABLE)
        ]
        if not nothing:
            last = [f"{source}: {_encoding_advice(sample)}"] if _NOT_UTF8 in reasons else []
            return [*held, *more, *last]
        self._unread += 1
        if self._unread > SHOWN:
            return more
        advice = _advice(sample, reasons, self._dialect, self._framing)
        count = counts[_UNREADABLE]
        all_records = "its one record" if count == 1 else f"{count:,} records"
        return [*more, f"{source}: nothing could be read of {all_records}; {advice}"]

    def finish(self) -> list[str]:
        """Return the last lines about all sources: how many more had no message, or could not be read."""
        more = {"streams without a message": self._silent, "sources of which nothing could be read": self._unread}
        return [f"{count - SHOWN:,} more {words}" for words, count in more.items() if count > SHOWN]


def _describe_silence(silent: NoMessage) -> str:
    if silent.missing is not None:
        return f"no message; {_describe_missing(silent.missing)}"
    if silent.instead:
        return f"no message; {silent.instead}"
    tools = [_describe_tool(tool) for tool in silent.tools[:SHOWN]]
    more = len(silent.tools) - len(tools) + silent.more
    listed = ", ".join([*tools, *([f"{more} more"] if more else [])])
    line = f"no message; the stream calls {listed}"
    if silent.candidate is None:
        return f"{line}; no argument is text"
    return f"{line}: try --tool {shell_word(':'.join(silent.candidate))}"


def _describe_missing(call: MessageMissing) -> str:
    shown = [_short(name) for name in call.arguments[:_SHOWN_ARGUMENTS]]
    more = ["…"] if len(call.arguments) > len(shown) else []
    missing = f"{_short(call.tool)} has no argument {_short(call.argument)}"
    if not shown:
        return f"{missing}; it has none"
    advice = f"try --tool {shell_word(f'{_short(call.tool)}:{shown[0]}')}"
    if more or len(shown) > 1:
        advice = f"name one with --tool {shell_word(_short(call.tool))}:ARGUMENT"
    return f"{missing}; it has: {', '.join([*shown, *more])}; {advice}"


def _describe_tool(tool: CalledTool) -> str:
    named = [_short(name) for name in (tool.texts or tool.arguments)[:_SHOWN_ARGUMENTS]]
    return f"{_short(tool.name)} ({', '.join(named)})" if named else _short(tool.name)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"


def shell_word(text: str) -> str:
    """A word as a shell takes it: a name comes from a stranger, and a person pastes the line."""
    from shlex import quote  # noqa: PLC0415 - start-up

    return quote(text)


_KINDS = {
    StreamIncomplete: "responses that ended early",
    ResponseFailed: "errors that the provider sent",
    ResponseRefused: "responses that were refused or filtered",
    TextContradicted: "whole texts that are others than their deltas",
}
"""The kinds of faults that need no more than their type."""


def _kind(fault: UnspoolError | Fault | ResponseRefused | TextContradicted | NoMessage) -> str:
    """Return the kind of a fault, as text: faults of one kind are counted together."""
    match fault:
        case MalformedRecord():
            return _UNREADABLE
        case ArgumentsFailed():
            return f"arguments of {fault.tool} that cannot be read"
    return _KINDS.get(type(fault)) or type(fault).__name__


def _advice(sample: bytes, reasons: set[str], dialect: str | None, framing: str | None) -> str:
    if _NOT_UTF8 in reasons:
        return _encoding_advice(sample)
    other = None if dialect is None else _other_dialect(sample, dialect)
    if other is not None:
        return f"it looks like {other}, not like {dialect}; leave --from out, or name {other}"
    from unspool.intake.foreign_formats import recognise  # noqa: PLC0415 - a fault is rare

    look = recognise(sample)
    if look is not None:
        return f"it looks like {look.what}; {look.advice}"
    if framing is not None:
        return f"it was read as {framing} (--from {framing}); leave --from out, or name what it is"
    if sample.lstrip()[:1] in (b"{", b"["):
        kind, text = "JSON of no known format", ""
    else:
        kind, text = "text without records", " (text, if it is the answer itself)"
    return (
        f"it looks like {kind}; check that it is a capture, or name its format with --from{text}"
        " or its member with --unwrap"
    )


def _other_dialect(sample: bytes, dialect: str) -> str | None:
    """The dialect that a record shows, where it is another one than that which was asked for."""
    from unspool.dialects.registry import dialect_of  # noqa: PLC0415 - a fault is rare
    from unspool.formats.json_codec import decode  # noqa: PLC0415

    try:
        found = dialect_of(decode(sample))
    except MalformedRecord:
        return None
    return None if found == dialect else found


def _encoding_advice(sample: bytes) -> str:
    from unspool.intake.likely_encoding import likely_encoding  # noqa: PLC0415 - a fault is rare

    likely = likely_encoding(sample)
    return f"it is not UTF-8, perhaps {likely}; read it with --encoding {likely}"


def describe(problem: Problem, strict: bool = False, live: bool = False) -> str:
    """The line for a problem, without the program's name.

    ``strict`` if reading stops at it, ``live`` if the source is the answer of a model that can be asked again.
    """
    if problem.times > 1:
        return redact(f"{problem.source}: {problem.times:,} more {_UNREADABLE}")
    record = problem.record
    where = [problem.source]
    if record is not None and record.number:
        of = " of the decoded text" if problem.decoded else ""
        where.append(f"record {record.number} (byte {record.offset}{of})")
    return redact(": ".join([*where, _describe_fault(problem, strict, live)]))


def what_happened(fault: Fault | TextContradicted) -> str:
    """A fault of a stream in a few words, without its place in the input."""
    match fault:
        case ArgumentsFailed() if fault.tool == FIELD:
            return f"--field cannot read the content as JSON from character {fault.offset} on"
        case ArgumentsFailed():
            return f"the arguments of {fault.tool} cannot be read at character {fault.offset}: {fault.reason}"
        case StreamIncomplete():
            return fault.reason
        case ResponseFailed():
            code = f" (code {fault.code})" if fault.code else ""
            return f"the provider sent an error: {_shortened(fault.message)}{code}"
        case TextContradicted():
            return "the whole text differs from the deltas before it"


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_MESSAGE else f"{text[:_LONGEST_MESSAGE]}… ({len(text):,} characters)"


def _describe_fault(problem: Problem, strict: bool, live: bool) -> str:
    match problem.fault:
        case MalformedRecord() as fault:
            excerpt = "" if problem.record is None else _excerpt(problem.record, fault.position)
            went_on = "stopped here (--strict)" if strict else "passed over, reading goes on (--strict stops here)"
            return f"{fault.reason}{excerpt}; {went_on}"
        case ArgumentsFailed() as failed:
            stopped = ", stopped here (--strict)" if strict else ""
            advice = f"what came before it is valid{stopped}, see `unspool lint`"
            if failed.tool == FIELD:
                advice = f"leave --field out to see the content as it is{stopped}"
            return f"{what_happened(failed)}; {advice}"
        case StreamIncomplete() as incomplete:
            return f"{what_happened(incomplete)}; {_incomplete_advice(problem, live)}"
        case ResponseFailed() as response:
            return f"{what_happened(response)}; the response ends there, ask again"
        case ResponseRefused() | TextContradicted() | NoMessage() as other:
            return _describe_remark(other)
        case other:
            return f"{other.reason}; {other.advice}" if isinstance(other, SourceFailed) else str(other)


def _describe_remark(remark: ResponseRefused | TextContradicted | NoMessage) -> str:
    """What is said of a response that was read without a fault."""
    match remark:
        case ResponseRefused():
            return _describe_refusal(remark)
        case TextContradicted():
            return f"{what_happened(remark)}, which count; it is: {remark.text}"
        case NoMessage():
            return _describe_silence(remark)


def _incomplete_advice(problem: Problem, live: bool) -> str:
    """Return advice about a stream that ended early, by its source and by what had arrived."""
    if live:
        advice = "ask again"
    elif problem.source == STANDARD_INPUT and not problem.arrived:
        advice = "check the sender (curl reports its error with -S --fail-with-body)"
    else:
        advice = "check the sender or the capture"
    return f"what had arrived was read, {advice}" if problem.arrived else advice


def _describe_refusal(refused: ResponseRefused) -> str:
    explained = f": {refused.text}" if refused.text else ""
    return f"the answer was refused or filtered ({refused.reason}){explained}; no text was shown"


def _excerpt(record: Record, position: int | None) -> str:
    """The record around ``position``, with a caret before the byte in question."""
    at = 0 if position is None else min(position, len(record.data))
    around = longest()  # a secret that the excerpt cuts, or the caret, is a secret
    start = max(0, at - _BEFORE - around)
    data = mask(record.data[start : at + _BEHIND + around])
    before, behind = data[max(0, at - _BEFORE) - start : at - start], data[at - start : at - start + _BEHIND]
    caret = b"" if position is None else b"^"
    head = "…" if at > _BEFORE else ""
    tail = "…" if len(record.data) > at + _BEHIND else ""
    shown = (before + caret + behind).decode(errors="backslashreplace")
    place = " at ^ in" if caret else " in"
    return f"{place} {head}{shown}{tail}"
