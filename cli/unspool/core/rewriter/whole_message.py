"""What the calls of a whole message have beyond the fragments before them (R15); ``NativeText`` does it for text.

Some providers send a message in deltas and again whole. The whole one is reduced
to a delta with what is missing, which then takes the way of all deltas.

Deltas may also give complete arguments with a shorter message than the whole ones.
The parser of the call keeps no text, only the marks before and after the message's
source. A message is compared as it is written, and with its characters
beyond ASCII escaped or not: servers often encode the whole arguments again.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from unspool.core.parser.argument_parser import ArgumentParser
from unspool.core.parser.mark import EMPTY, Mark, extended
from unspool.core.parser.targets import ValueKind, ValuePart
from unspool.core.rewriter.call_table import CallTable
from unspool.core.rewriter.tool_call import ToolCall
from unspool.core.rewriter.wire import CallEntry, Fragment

_BLANKS: Final = ("", " ", "\\n", "\\n\\n", "\\r\\n")
"""White space that providers trim from a whole message, as it is written in JSON."""


def missing_entries(whole: Sequence[Fragment], calls: CallTable) -> list[CallEntry]:
    """Return what the calls of a whole message have beyond the fragments so far, as entries."""
    entries: list[CallEntry] = []
    for place, fragment in enumerate(whole):
        if place >= calls.count:  # the deltas had no such call
            entries.append({"index": place, **fragment.entry})
            continue
        call = calls.counterpart(place, fragment.id)
        rest = "" if call is None else missing_arguments(call, fragment.arguments.strip())
        if call is not None and rest:
            entries.append(_entry(call, fragment, rest))
    return entries


def _entry(call: ToolCall, whole: Fragment, arguments: str) -> CallEntry:
    """Return a fragment with more arguments; with the call's own id and index it is certain to continue it (R8)."""
    named = {"id": call.id} if call.id else {}
    name = {"name": whole.name} if whole.name and not call.name else {}
    body = {"custom": {**name, "input": arguments}} if call.custom else {"function": {**name, "arguments": arguments}}
    return {"index": call.index, **named, **body}


def missing_arguments(call: ToolCall, whole: str) -> str:
    """Return what whole arguments have beyond the fragments so far; "" if they do not start with those."""
    if call.unread:  # the name is not known yet, so no parser has a checksum
        return whole.removeprefix("".join(call.unread).lstrip())
    parser = call.parser
    if parser.complete or parser.is_decoded:  # the checksum of decoded text (A11) compares with no source
        return ""
    if not call.custom:  # the parser counts from the first brace on
        whole = whole[max(whole.find("{"), 0) :]
    size = parser.mark[0]
    return whole[size:] if extended(EMPTY, whole, 0, size) == parser.mark else ""


class WholeMessage(NamedTuple):
    """What a message in whole arguments means for the one that was read from the fragments.

    ``rest`` are the parts that are missing; ``other`` is the whole message if it is another than what was emitted.
    ``counts`` is true if the whole arguments count from now on in place of the fragments, which were cut.
    """

    rest: list[ValuePart]
    other: str = ""
    counts: bool = False


def whole_message(read: ArgumentParser, unread: ArgumentParser, whole: str) -> WholeMessage:
    """Compare the message in ``whole`` with the one in ``read``; ``unread`` is a fresh parser of the same values."""
    if read.is_decoded or read.failure is not None:
        return WholeMessage([])
    parts = [part for part in unread.feed(whole) if part[0] is ValueKind.MESSAGE]
    message = "".join(text for _, text in parts)
    start, end = read.message_start, read.message_end or read.mark
    # A message that is no string has no start, and whole arguments that were cut complete nothing.
    if (read.has_message and start is None) or (read.open and not unread.complete):
        return WholeMessage([])
    if start is None:  # none of it was emitted
        return WholeMessage(parts, counts=unread.complete and bool(parts or read.open))
    size = end[0] - start[0]
    for source in _sources(message, unread, whole):
        if len(source) >= size and extended(start, source, 0, size) == end:
            return WholeMessage(read.extend_message(source[size:]), counts=read.open)
    if not unread.complete or any(_is_padded(source, start, end) for source in _sources(message, unread, whole)):
        return WholeMessage([])
    return WholeMessage([], message)


def _is_padded(source: str, start: Mark, end: Mark) -> bool:
    """Return whether the message read is this one with white space around it."""
    return any(extended(start, f"{before}{source}{behind}") == end for before in _BLANKS for behind in _BLANKS)


def _sources(message: str, parser: ArgumentParser, whole: str) -> Iterator[str]:
    """Yield the message as it is written in whole arguments, and as servers may have written it in the deltas."""
    (start, _), (end, _), brace = parser.message_start or EMPTY, parser.message_end or EMPTY, whole.find("{")
    yield whole[brace + start : brace + end]
    yield json.dumps(message, ensure_ascii=False)[1:-1]
    yield json.dumps(message)[1:-1]
