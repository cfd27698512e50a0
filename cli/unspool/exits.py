"""Exit codes, and the one mapping from what went wrong to a code."""

from collections.abc import Iterable
from enum import IntEnum

from unspool.core.errors import MalformedRecord
from unspool.core.events import ArgumentsFailed, ResponseFailed, StreamIncomplete, TextContradicted
from unspool.errors import LayerFailed, SourceCut, SourceFailed


class ExitCode(IntEnum):
    """The exit codes of every command (docs/reference/exit-codes.md)."""

    OK = 0
    NO = 1
    USAGE = 2
    MALFORMED = 3
    INCOMPLETE = 4
    FAILED = 5
    INTERRUPTED = 130
    OUTPUT_CLOSED = 141


CODES: dict[type, ExitCode] = {
    MalformedRecord: ExitCode.MALFORMED,
    ArgumentsFailed: ExitCode.MALFORMED,
    TextContradicted: ExitCode.MALFORMED,
    StreamIncomplete: ExitCode.INCOMPLETE,
    ResponseFailed: ExitCode.FAILED,
    SourceFailed: ExitCode.FAILED,
    SourceCut: ExitCode.INCOMPLETE,
    LayerFailed: ExitCode.FAILED,
}
"""The code for each kind of fault."""


def exit_code(faults: Iterable[type], no: bool = False) -> ExitCode:
    """Return the code when several apply: 5 before 4 before 3 before 1 (the answer is no)."""
    return max((CODES[fault] for fault in faults), default=ExitCode.NO if no else ExitCode.OK)
