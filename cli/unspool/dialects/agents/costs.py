"""What a run has cost, as the program that ran it reports it, read from the extension of chunks.

    costs = Costs()
    costs.see(chunk)        each chunk
    costs.total             in US dollars; None where no record has reported any

Claude Code reports the total of its session with each result, opencode what each
step has cost. Nothing is computed from prices.
"""

from typing import Any

from unspool.core.rewriter.wire import EXTENSION
from unspool.dialects.members import dict_of
from unspool.variants.values import is_number


class Costs:
    """The costs that the records of one source report."""

    def __init__(self) -> None:
        self._sessions: dict[str, float] = {}  # the last total of each
        self._steps: float | None = None

    @property
    def total(self) -> float | None:
        """The sum of what was reported, in US dollars; None where nothing was."""
        if not self._sessions:
            return self._steps
        return sum(self._sessions.values()) + (self._steps or 0.0)

    def see(self, chunk: dict[str, Any]) -> None:
        """Note the cost in a chunk, if it has one."""
        extension = chunk.get(EXTENSION)
        session, step = dict_of(extension, "result"), dict_of(dict_of(extension, "step_finish"), "part")
        if is_number(session.get("total_cost_usd")):
            self._sessions[str(session.get("session_id"))] = float(session["total_cost_usd"])
        if is_number(step.get("cost")):
            self._steps = (self._steps or 0.0) + float(step["cost"])
