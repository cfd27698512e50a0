"""Quirks in the shape of chunks, for --lint: what `unspool lint` finds in addition to events."""

from unspool.formats.record import Record, RecordKind
from unspool.quirks.inspector import Inspector, has_separator


class ShapeQuirks:
    """Names the quirks of the records of one source, in order."""

    def __init__(self) -> None:
        self._inspector = Inspector()

    def feed(self, record: Record, started: bool) -> list[str]:
        """The quirks of a record; ``started`` if a step begins with it."""
        if started:
            self._inspector = Inspector()
        if record.kind is not RecordKind.VALUE:
            return []
        if record.dialect is not None:
            return ["B12"]  # the shape of its chunks is our own
        separators = ["B10"] if has_separator(record.data) else []
        return separators + self._inspector.feed(record.parse())
