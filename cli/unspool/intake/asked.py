"""Options of the intake, and its notices about a source."""

from typing import NamedTuple

HEAD_BYTES = 1 << 16
"""Bytes of the beginning of a source that suffice for every decision about it."""
LARGEST_BYTES = 1 << 30
"""Bytes of a source that is kept until it is whole, because its end must be known first."""


class Asked(NamedTuple):
    """The options of the intake.

    ``unwrap`` and ``split_by`` are dotted paths of member names, ``only`` are
    numbers or patterns for the parts of a container, ``encoding`` is the name of a
    text encoding. ``timed`` requests the times in an envelope.
    With ``any_text`` a source that shows no layer and no record is plain text;
    with ``text`` it is in any case, so that only compression and encoding are undone.
    ``keeps_log`` requests the records of a log around those of the stream, too.
    ``other_choices`` are values of --only that choose no stream, for the message about one that matches none.
    """

    unwrap: str | None = None
    split_by: str | None = None
    only: tuple[str, ...] = ()
    encoding: str | None = None
    timed: bool = False
    any_text: bool = False
    text: bool = False
    keeps_log: bool = False
    other_choices: tuple[str, ...] = ()

    @property
    def anything(self) -> bool:
        """Return whether an option was given, so that even a plain capture takes the general path."""
        return any((self.unwrap, self.split_by, self.only, self.encoding))


class Notice(NamedTuple):
    """One line about how a source is read; ``loud`` if a person should see it without asking; ``quirk`` its number."""

    text: str
    loud: bool = False
    quirk: str | None = None
