"""The one line that tells a person of a problem: what, where, what next."""

from collections.abc import Callable
from typing import NamedTuple

from unspool.core.errors import MalformedRecord, SourceFailed, UnspoolError
from unspool.core.events import ArgumentsFailed, Fault, ResponseFailed, ResponseRefused, StreamIncomplete
from unspool.formats.record import Record
from unspool.redaction import longest, mask, redact

_BEFORE, _BEHIND = 48, 24  # bytes of a record shown around the place in question


class Problem(NamedTuple):
    """A fault, or a refused answer (R17), and the source and record in which it occurred."""

    source: str
    record: Record | None
    fault: UnspoolError | Fault | ResponseRefused


Report = Callable[[Problem], None]


def describe(problem: Problem, strict: bool = False) -> str:
    """The line for a problem, without the program's name; ``strict`` if reading stops at it."""
    record = problem.record
    where = [problem.source]
    if record is not None and record.number:
        where.append(f"record {record.number} (byte {record.offset})")
    return redact(": ".join([*where, _describe_fault(problem, strict)]))


def what_happened(fault: Fault) -> str:
    """A fault of a stream in a few words, without its place in the input."""
    match fault:
        case ArgumentsFailed():
            return f"the arguments of {fault.tool} cannot be read at character {fault.offset}: {fault.reason}"
        case StreamIncomplete():
            return fault.reason
        case ResponseFailed():
            code = f" (code {fault.code})" if fault.code else ""
            return f"the provider sent an error: {fault.message}{code}"


def _describe_fault(problem: Problem, strict: bool) -> str:
    match problem.fault:
        case MalformedRecord() as fault:
            excerpt = "" if problem.record is None else _excerpt(problem.record, fault.position)
            went_on = "stopped here (--strict)" if strict else "passed over, reading goes on (--strict stops here)"
            return f"{fault.reason}{excerpt}; {went_on}"
        case ArgumentsFailed() as failed:
            stopped = ", stopped here (--strict)" if strict else ""
            return f"{what_happened(failed)}; the text before it stands{stopped}, see `unspool lint`"
        case StreamIncomplete() as incomplete:
            return f"{what_happened(incomplete)}; what had arrived is out, check the sender or the capture"
        case ResponseFailed() as response:
            return f"{what_happened(response)}; the response ends there, ask again"
        case ResponseRefused() as refused:
            return _describe_refusal(refused)
        case other:
            return f"{other.reason}; {other.advice}" if isinstance(other, SourceFailed) else str(other)


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
