"""The calls of other tools in rewritten chunks: passed on or dropped (R6), held back while a name may grow (R2).

others.hold(call, held)        the name is not known: it may become a message tool's
others.release(call)           the name is known: the held chunks of another tool move to ``released``
others.pass_on(call, entry)    the entry to emit of another tool's call, or None

A call whose tool is not known yet counts as neither.
"""

from unspool.core.options import Options, OtherTools
from unspool.core.rewriter.rewrite import with_choices, with_delta, without_once
from unspool.core.rewriter.tool_call import CallState, Held, ToolCall
from unspool.core.rewriter.wire import CallEntry, Chunk
from unspool.variants.members import delta_of


class OtherCalls:
    """The calls of other tools of one choice.

    Attributes:
        released: held chunks that can be emitted now.
        held: the number of entries that are still held back.
        removed_any: whether a call was rewritten or dropped (R5, R6).
        passed_any: whether a call was passed on.
    """

    def __init__(self, choice: int, options: Options) -> None:
        self.released: list[Chunk] = []
        self.held = 0
        self.removed_any = False
        self.passed_any = False
        self._choice = choice
        self._passes = options.other_tools is OtherTools.PASS
        self._next_position = 0

    def hold(self, call: ToolCall, held: Held) -> None:
        """Hold back a chunk until the call's name is known."""
        call.held.append(held)
        self.held += 1

    def release(self, call: ToolCall) -> None:
        """Release the chunks of a call whose name is known now; those of a message tool's are not emitted."""
        held, call.held = call.held, []
        self.held -= len(held)
        if call.state is not CallState.OTHER:
            return
        self.place(call)
        if self._passes:
            self.passed_any = True
        else:
            self.removed_any = True
        for chunk, choice, entry, alone in held:
            passed = self.pass_on(call, entry)
            if passed is entry and alone:
                self.released.append(chunk)
            elif passed is not None:
                legacy = passed is entry and not delta_of(choice).get("tool_calls")
                delta = {"function_call": entry["function"]} if legacy else {"tool_calls": [passed]}
                model = chunk if alone else without_once(chunk)
                self.released.append(with_choices(model, [with_delta(choice, self._choice, delta, None)]))

    def pass_on(self, call: ToolCall, entry: CallEntry) -> CallEntry | None:
        """Return ``entry`` with the index to emit: its own, or a dense one after a call was removed (R6, T6)."""
        if not self._passes:
            return None
        # T3: a call without an index stays without one.
        if call.position is None or entry.get("index") == call.position or not self.removed_any:
            return entry
        return {**entry, "index": call.position}

    def place(self, call: ToolCall) -> None:
        """Fix the index of a call in rewritten chunks."""
        if call.position is None:
            call.position = self._next_position if self.removed_any else call.index
            if call.position is not None:
                self._next_position = max(self._next_position, call.position + 1)
