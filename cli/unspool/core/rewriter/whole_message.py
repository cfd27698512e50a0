"""What the calls of a whole message have beyond the fragments before them (R15); ``NativeText`` does it for text.

Some providers send a message in deltas and again whole. The whole one is reduced
to a delta with what is missing, which then takes the way of all deltas.
"""

from collections.abc import Sequence

from unspool.core.parser.mark import EMPTY, extended
from unspool.core.rewriter.call_table import CallTable
from unspool.core.rewriter.tool_call import ToolCall
from unspool.core.rewriter.wire import CallEntry, Fragment


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
