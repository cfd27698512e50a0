"""The table of quirks: what streams do that the Chat Completions contract does not have.

Data alone, and none of it needed to read a stream: the commands that explain
load it. A number never changes its meaning; a new quirk gets the next number of
its group. Most rows come from reports in public issue trackers, named in short
(project#number); few were reproduced here.
"""

from typing import NamedTuple

from unspool.quirks.catalog import arguments, bytes, calls, envelope, finish  # noqa: A004


class Quirk(NamedTuple):
    """One row: what a stream does, how it looks, why it matters, and what unspool does with it."""

    number: str
    sentence: str
    example: str
    meaning: str
    unspool: str

    @property
    def group(self) -> str:
        """The letter that the number begins with."""
        return self.number[0]


GROUPS: dict[str, str] = {
    "Q": "Envelope and choices",
    "F": "Finish reason",
    "T": "Identity of tool calls",
    "A": "Arguments",
    "B": "Frames and bytes",
}
"""The groups by their letter, in the order of the table."""

QUIRKS: dict[str, Quirk] = {
    number: Quirk(number, *row)
    for module in (
        envelope,
        finish,
        calls,
        arguments,
        bytes,
    )
    for number, row in module.ROWS.items()
}
"""Every quirk by its number, in the order of the table."""
