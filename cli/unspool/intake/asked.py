"""What the command line says about the intake, and what the intake says about a source."""

from typing import NamedTuple

HEAD_BYTES = 1 << 16
"""No decision about a source needs more of its beginning."""


class Asked(NamedTuple):
    """What the command line says about the intake.

    ``unwrap`` and ``split_by`` are dotted paths of member names, ``only`` is a
    number or a pattern for the parts of a container, ``encoding`` the name of a
    text encoding. ``timed`` asks for the times that an envelope holds.
    With ``any_text`` a source that shows no layer and no record is plain text;
    ``text`` says that it is, so that only compression and encoding are undone.
    ``keeps_log`` asks for the records of a log around those of the stream, too.
    """

    unwrap: str | None = None
    split_by: str | None = None
    only: str | None = None
    encoding: str | None = None
    timed: bool = False
    any_text: bool = False
    text: bool = False
    keeps_log: bool = False

    @property
    def anything(self) -> bool:
        """Whether an option was given, so that even a plain capture takes the general path."""
        return any((self.unwrap, self.split_by, self.only, self.encoding))


class Notice(NamedTuple):
    """One line about how a source is read; ``loud`` if a person should see it without asking; ``quirk`` its number."""

    text: str
    loud: bool = False
    quirk: str | None = None
