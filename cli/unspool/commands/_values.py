"""Values of options that a Tab offers, where the parser does not know them: none of them is the only one possible.

own_option("--fault-when", …, autocompletion=one_of("path=", "model="))     incomplete text -> values
"""

from collections.abc import Callable


def one_of(*words: str) -> Callable[[str], list[str]]:
    """A completion that offers the words which begin with what was typed."""

    def complete(incomplete: str) -> list[str]:
        return [word for word in words if word.startswith(incomplete)]

    return complete


def columns(incomplete: str) -> list[str]:
    """The columns of `unspool table` that a list does not have yet, as the whole list."""
    from unspool.table.schema import NAMES  # noqa: PLC0415 - for a Tab alone

    before, comma, typed = incomplete.rpartition(",")
    taken = before.split(",")
    return [f"{before}{comma}{name}" for name in NAMES if name.startswith(typed) and name not in taken]


def figures(incomplete: str) -> list[str]:
    """The figures that a condition of `unspool stats` can be about."""
    from unspool.check.limits import FIGURES  # noqa: PLC0415 - for a Tab alone

    return one_of(*FIGURES)(incomplete)


def faults(incomplete: str) -> list[str]:
    """The kinds of faults of `unspool serve`, and the quirks that it can provoke."""
    if not incomplete.startswith("quirk:"):
        kinds = ("cut@", "reset@", "stall@", "malformed@", "split:", "slow:", "status:", "quirk:")
        return one_of(*kinds)(incomplete)
    from unspool.serve.faults.provoked.table import PROVOKED  # noqa: PLC0415 - for a Tab alone

    return one_of(*(f"quirk:{number}" for number in PROVOKED))(incomplete)
