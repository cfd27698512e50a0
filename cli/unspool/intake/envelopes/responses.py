"""The responses in a log: where one begins, and to which one a record belongs."""

from typing import Any

from unspool.intake.json_text.literals import json_in
from unspool.intake.json_text.paths import Path, values_at


class Responses:
    """Distinguishes responses by the member at ``split_by``, and whole ones, each in one record of the log.

    Attributes:
        keyed: whether a record had that member.
    """

    def __init__(self, split_by: Path | None) -> None:
        self.split_by = split_by
        self.keyed = False
        self._whole = 0

    def begins(self, found: list[Any]) -> bool:
        """Return whether the records in one of the log are a whole response, and not the first."""
        if len(found) > 1 or (isinstance(found[0], str) and found[0].count("\ndata:") > 1):
            self._whole += 1
            return self._whole > 1
        return False

    def keys(self, value: Any, found: list[Any]) -> list[str | None]:
        """The keys of records: a member of the record of the log, or else of each of them."""
        if self.split_by is None:
            return [None] * len(found)
        of_log = _key_in(value, self.split_by)
        keys = [
            _key_in(_record_in(one) if isinstance(one, str) else one, self.split_by) if of_log is None else of_log
            for one in found
        ]
        self.keyed = self.keyed or any(key is not None for key in keys)
        return keys


def _key_in(value: Any, path: Path) -> str | None:
    return next((str(one) for one in values_at(value, path)), None)


def _record_in(text: str) -> Any:
    """The record in a text, behind the name of its field or other words; None for none."""
    return json_in(text[max(text.find('{"'), 0) :].rstrip())
