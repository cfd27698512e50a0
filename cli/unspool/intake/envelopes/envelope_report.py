"""What is said of a log: once how its records are read, and at its end how many of them hold none of the stream."""

from collections.abc import Iterator
from typing import Any

from unspool.intake.asked import Notice
from unspool.intake.envelopes.responses import Responses
from unspool.intake.items import Broken, Item
from unspool.intake.json_text.paths import Path, find_path

_TRIES = 16
"""Records without one in which another is looked for."""
_SHOWN = 4
"""Members that are named in one line."""


class EnvelopeReport:
    """See the module's head.

    Attributes:
        without: number of records of the log that hold none of the stream.
        bare: whether a record was one of the stream itself, without the member.
    """

    def __init__(self, path: Path, why: str | None, responses: Responses, named: bool) -> None:
        """Begin; ``named`` if an option names the path, so that other members do not matter."""
        self.without = 0
        self.bare = False
        self._other = ""  # a member that holds a record where this path leads nowhere
        self._others: list[str] = []  # other members with records, in the only record
        self._tries = 0 if named else _TRIES
        self._name = ".".join(path)
        self._why = why
        self._responses = responses

    def announce(self) -> Iterator[Item]:
        """Yield once how the records are read, where the first is found: a path that leads nowhere has no notice."""
        if self._why is None or (self._responses.split_by and not (self._name or self._responses.keyed)):
            return
        yield Notice(self._why, loud=True)
        if self._name:
            yield Notice(f"JSON around each record: a record of a known format is its member {self._name}")
        self._why = None

    @property
    def announced(self) -> bool:
        """Return whether it was said how the records are read."""
        return self._why is None

    def see_only(self, value: Any, path: Path) -> None:
        """Note the members next to the first name of the path that hold records, too: in a document of several streams.

        They are of no account where other records follow: logs have what came, and what was made of it.
        """
        if self._tries and path and isinstance(value, dict):
            numbered = path[0].isdigit()  # a list that some program wrote as an object
            names = [
                name for name, member in value.items() if isinstance(member, list) or (numbered and name.isdigit())
            ]
            self._others = [name for name in names if name != path[0] and find_path({name: value[name]}) == (name,)]

    def see_more(self) -> None:
        """Another record follows."""
        self._others = []

    def pass_over(self, value: Any) -> None:
        """Count a record that holds none at the path; it may hold one somewhere else."""
        self.without += 1
        if self._tries and isinstance(value, dict):
            self._tries -= 1
            found = find_path(value)
            if found:
                self._tries, self._other = 0, ".".join(found)

    def close(self, read: bool, passed_over: str) -> Iterator[Item]:
        """Yield the number of records without one; where all lack a member that an option names, that is a fault.

        ``read`` if anything was read in one. ``passed_over`` says what the others are.
        """
        split_by = self._responses.split_by
        if self._others:
            names = ", ".join(self._others[:_SHOWN]) + ", …" * (len(self._others) > _SHOWN)
            yield Notice(f"other members hold records, too: {names}; --unwrap {self._others[0]} reads those", True)
        if self.bare and not self.announced:
            read_so = f"; passed over: {self.without:,}, the others" if self.without else ", and they"
            yield Notice(
                f"--unwrap {self._name} has no effect: no record has this member{read_so} are read without it", True
            )
        if self._name and not read and (self.without or self.announced):
            name = self._name
            reason = (
                f"the member {name} holds no record of a stream"
                if self.announced
                else f"no record has the member {name}"
            )
            yield Broken(reason, "look at what the records hold, or leave --unwrap out")
        elif split_by and not self._responses.keyed:
            name = ".".join(split_by)
            yield Broken(f"no record has the member {name}", "look at what the records hold, or leave --split-by out")
        elif self.without:
            yield Notice(f"{passed_over}: {self.without:,}")
            if self._other:
                yield Notice(
                    f"the member {self._other} of others holds records, too: --unwrap {self._other} reads those", True
                )
