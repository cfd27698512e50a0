"""What a whole message has beyond the deltas before it (R15).

Some providers send a message in deltas and again whole. The whole one is reduced
to a delta with what is missing, which then takes the way of all deltas. A text
that does not begin with what the deltas gave adds nothing: the deltas count.
"""

from unspool.core.rewriter.call_table import CallTable
from unspool.core.rewriter.emitted_text import EmittedText
from unspool.core.rewriter.tool_call import ToolCall
from unspool.core.rewriter.wire import CallEntry, Delta, Fragment, ReceivedChoice


def missing_delta(whole: ReceivedChoice, text: EmittedText, thoughts: EmittedText, calls: CallTable) -> Delta:
    """Return the members of a whole message that are not emitted yet; its role and its refusal as they are."""
    missing = {
        "role": whole.role,
        "content": text.remainder(whole.text),
        "reasoning_content": thoughts.remainder(whole.thoughts),
        "refusal": whole.refusal,
        "tool_calls": _missing_entries(whole, calls),
    }
    return {name: value for name, value in missing.items() if value}


def _missing_entries(whole: ReceivedChoice, calls: CallTable) -> list[CallEntry]:
    """Return what the calls of a whole message have beyond the fragments so far, as entries."""
    entries: list[CallEntry] = []
    for place, fragment in enumerate(whole.fragments):
        if place >= calls.count:  # the deltas had no such call
            entries.append({"index": place, **fragment.entry})
            continue
        call = calls.counterpart(place, fragment.id)
        rest = "" if call is None else _missing_arguments(call, fragment.arguments.strip())
        if call is not None and rest:
            entries.append(_entry(call, fragment, rest))
    return entries


def _entry(call: ToolCall, whole: Fragment, arguments: str) -> CallEntry:
    """Return a fragment with more arguments; with the call's own id and index it is certain to continue it (R8)."""
    named = {"id": call.id} if call.id else {}
    name = {"name": whole.name} if whole.name and not call.name else {}
    body = {"custom": {**name, "input": arguments}} if call.custom else {"function": {**name, "arguments": arguments}}
    return {"index": call.index, **named, **body}


def _missing_arguments(call: ToolCall, whole: str) -> str:
    """Return what whole arguments have beyond the fragments so far; "" if they do not start with those."""
    if call.unread:  # the name is not known yet, so no parser has a checksum
        return whole.removeprefix("".join(call.unread).lstrip())
    parser = call.parser
    if parser.complete or parser.is_decoded:  # the checksum of decoded text (A11) compares with no source
        return ""
    if not call.custom:  # the parser counts from the first brace on
        whole = whole[max(whole.find("{"), 0) :]
    return whole[parser.size :] if parser.matches_object(whole[: parser.size]) else ""
