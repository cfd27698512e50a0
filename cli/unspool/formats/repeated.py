"""Records that have the bytes of one with a fault, and so the same fault.

    repeated.remember(record)            one with a fault
    repeated.recognise(record) -> bool   give a record the fault of an equal one
    repeated.take(records) -> [record]   take all such records from the end of a list

They are remembered until a record can be read: only then can the same bytes have another meaning.
"""

from unspool.core.errors import OfInterruptedResponse
from unspool.formats.record import Record, RecordKind

_SHORT, _MOST = 64, 128
"""Bytes and number of the records that are remembered: junk has a record in every few bytes."""


class RepeatedFaults:
    """The records with a fault since the last that could be read.

    ``known`` are those that are remembered, by their bytes. ``count`` is the number of records that were taken and
    are not reported yet, ``last`` the last of them.
    """

    def __init__(self) -> None:
        self.known: dict[bytes, Record] = {}
        self.count = 0
        self.last: Record | None = None

    def remember(self, record: Record) -> None:
        """Remember a record with a fault, if it is short, and if its bytes alone are the fault."""
        if type(record.fault) is not OfInterruptedResponse and len(record.data) <= _SHORT and len(self.known) < _MOST:
            self.known[record.data] = record

    def remember_damaged(self, data: bytes, record: Record) -> None:
        """Remember the bytes of which a record was made whose fault is remembered, too."""
        if self.known.get(record.data) is record and len(data) <= _SHORT:
            self.known[data] = record

    def recognise(self, record: Record) -> bool:
        """Give a record the fault of one with the same bytes; returns whether there is one."""
        known = self.known.get(record.data)
        if known is None or record.optional or record.kind is not RecordKind.VALUE:
            return False
        record.value, record.kind, record.fault = known.value, known.kind, known.fault
        if record.data != known.data:  # its damage is undone as that of the other was
            record.data = known.data
            record.line = None if record.line is None else known.data
            record.quirks = (*record.quirks, known.quirks[-1])
        return True

    def take(self, records: list[Record]) -> list[Record]:
        """Remove the records at the end of a reversed list that are recognised, and return them in order."""
        taken: list[Record] = []
        for record in reversed(records):
            if not self.recognise(record):
                break
            taken.append(record)
        if taken:
            del records[-len(taken) :]
            self.count += len(taken)
            self.last = taken[-1]
        return taken

    def clear(self) -> None:
        """Forget all."""
        self.known.clear()
        self.count, self.last = 0, None
