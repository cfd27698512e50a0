"""The lines of a log without a record at the place of the others: their number, and whether one has it elsewhere."""

from collections.abc import Iterator

from unspool.intake.asked import Notice
from unspool.intake.json_text.literals import find_literal, find_quoted
from unspool.intake.json_text.paths import holds_record
from unspool.intake.logs.log_line import data_in, record_start

LINES_WITHOUT = "lines of the log without a record"
_TRIES = 16
"""Lines with a brace in which a record is looked for; none is read: a summary repeats the text of those before it."""


class PassedOver:
    """See the module's head; ``looks`` unless the reader of the lines has a path to the records in them."""

    def __init__(self, looks: bool = True) -> None:
        self._count = 0
        self._tries = _TRIES if looks else 0
        self._where = ""

    def add(self, line: bytes) -> None:
        """Count a line, unless it is blank."""
        if not line.strip():
            return
        self._count += 1
        if self._tries and b"{" in line:
            self._tries -= 1
            self._where = _record_in(line.rstrip())
            if self._where:
                self._tries = 0

    def notices(self) -> Iterator[Notice]:
        """Yield what is said at the end of the log."""
        if self._count:
            yield Notice(f"{LINES_WITHOUT}: {self._count:,}")
        if self._where:
            yield Notice(
                f"{self._where} in other lines holds records, too: to read those, give their lines alone", True
            )


def _record_in(line: bytes) -> str:
    """Where a line holds a record; "" if it holds none."""
    found = record_start(line)
    if found is not None and found.path:
        return f"the member {'.'.join(found.path)} of an object"
    if found is not None or data_in(line) is not None:
        return "the text"
    in_string = find_literal(line, holds_record) or find_quoted(line, holds_record)
    return "" if in_string is None else "a string"
