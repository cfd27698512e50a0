"""The tool calls of one choice, and the rules by which a fragment finds its own (R8).

    table.find(fragment, named) -> ToolCall    the call that a fragment continues or starts

The numbers in comments are those of the quirks; the quirks found are added to
``quirks``, for the caller to report and clear.
"""

from collections.abc import Sequence

from unspool.core.options import Options
from unspool.core.parser.argument_parser import ArgumentParser
from unspool.core.rewriter.tool_call import CallState, ToolCall
from unspool.core.rewriter.wire import Fragment

MOST_CALLS = 4_096
"""Calls of one choice in one response, far more than any model makes. All others count as one that cannot be read."""
TOO_MANY = f"there are more than {MOST_CALLS:,} calls"


class CallTable:
    """The calls of one choice.

    Attributes:
        calls: those that have not ended, in the order of arrival.
        count: the number of all calls so far.
        last: the call of the last fragment.
        quirks: numbers of the quirks found.
    """

    def __init__(self, options: Options) -> None:
        self.count = 0
        self.quirks: list[str] = []
        self._options = options
        self.clear()

    def clear(self) -> None:
        """Forget the calls, which have ended; their numbers are not used again."""
        self.calls: list[ToolCall] = []
        self.last: ToolCall | None = None
        self._by_index: dict[int, ToolCall] = {}
        self._by_id: dict[str, ToolCall] = {}
        self._surplus: ToolCall | None = None

    def find(self, fragment: Fragment, named: Sequence[ToolCall] = ()) -> ToolCall:
        """Return the call of a fragment, which may be a new one; see ``ToolCallTracker.feed`` for ``named``."""
        index, last = fragment.index, self.last
        known = None if index is None else self._by_index.get(index)
        if known is not None and known is last and fragment.unnamed and not last.parser.complete:
            return last  # most fragments: no rule below finds another call
        call = self._identify(fragment, named)
        if fragment.id is not None and call is not self._surplus:
            self._learn_id(call, fragment.id)
        self.last = call
        if last is not call and last is not None and last.parser.open:
            self.quirks.append("T17")
        return call

    def _identify(self, fragment: Fragment, named: Sequence[ToolCall]) -> ToolCall:
        call = self._find_known(fragment)
        if call is None:
            return self._begin(fragment, None if fragment.index is None else self._by_index.get(fragment.index))
        if not call.is_followed_by(fragment, call in named):
            return call
        if fragment.index is not None:
            self.quirks.append("T5")
        return self._begin(fragment, call)

    def _find_known(self, fragment: Fragment) -> ToolCall | None:
        if fragment.index is None:
            return self._find_by_id(fragment)
        call = self._by_index.get(fragment.index)
        if call is None:
            return self._find_drifted(fragment)
        if fragment.id is None or fragment.id in call.ids:
            return call
        # T4: calls that share an index alternate; a known id selects among them.
        sibling = self._by_id.get(fragment.id)
        if sibling is not None and sibling.index == fragment.index:
            self._by_index[fragment.index] = sibling
            return sibling
        if call.starts_new_call(fragment):
            self.quirks.append("T4")
            return None
        return call

    def _find_by_id(self, fragment: Fragment) -> ToolCall | None:
        last = self.last
        if fragment.id is None:  # T3
            return last
        call = self._by_id.get(fragment.id)
        if call is None and last is not None and fragment.name is None and not last.starts_new_call(fragment):
            return last
        return call

    def _find_drifted(self, fragment: Fragment) -> ToolCall | None:
        # A name or an unknown id at a new index starts a call; anything else continues one whose index drifts (T7).
        if fragment.name is not None:
            return None
        call = self.last if fragment.id is None else self._by_id.get(fragment.id)
        last = self.last
        if call is None and last is not None and last.is_continued_by(fragment.arguments):
            call = last  # the id drifts, too (T13)
        if call is not None:
            self.quirks.append("T7")
        return call

    def _begin(self, fragment: Fragment, before: ToolCall | None) -> ToolCall:
        """Start a new call. One that follows another at its index with arguments but no name has the same name (T5)."""
        if self._surplus is not None:
            return self._surplus
        call = ToolCall(self.count, fragment.index, self._options, fragment.custom)
        if self.count >= MOST_CALLS:  # one call for all that are too many
            self._surplus = call
            call.name, call.state, call.parser = fragment.name, CallState.MESSAGE, ArgumentParser()
            call.parser.refuse(TOO_MANY)
        else:
            if before is not None and fragment.name is None and fragment.opens_object:
                call.name = before.name
            if fragment.index is not None:
                self._by_index[fragment.index] = call
        self._append(call)
        return call

    def counterpart(self, place: int, ident: str | None) -> ToolCall | None:
        """Return the open call that the call at ``place`` in a whole message repeats, by its id, then by its place."""
        return self._by_id.get(ident or "") or (self.calls[place] if 0 <= place < len(self.calls) else None)

    def _append(self, call: ToolCall) -> None:
        self.count += 1
        self.calls.append(call)

    def _learn_id(self, call: ToolCall, ident: str) -> None:
        if ident in call.ids:
            self.quirks.append("T15")
            return
        if call.ids:
            self.quirks.append("T13")
        call.ids.add(ident)
        call.id = ident  # T13: the later id is canonical
        self._by_id.setdefault(ident, call)

    def succeed(self, call: ToolCall) -> ToolCall:
        """Start the call that follows another in its fragments, and inherits its name, index and ids (T5)."""
        if call.index is not None:
            self.quirks.append("T5")
        successor = ToolCall(self.count, call.index, self._options)
        successor.name, successor.state, successor.resend = call.name, call.state, call.resend
        successor.ids, successor.position = call.ids, call.position
        self._append(successor)
        for ident in call.ids:
            self._by_id[ident] = successor
        if call.index is not None and self._by_index.get(call.index) is call:
            self._by_index[call.index] = successor
        if self.last is call:
            self.last = successor
        return successor
