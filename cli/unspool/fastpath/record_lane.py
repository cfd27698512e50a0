"""The lane for another dialect whose records are framed in another way than by lines: elements of an array, messages.

They must be framed one by one. But where they are alike, many are read at
once, as in the lane for lines (``dialectlane``).
"""

from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from itertools import islice, takewhile
from typing import Any

from unspool.core.errors import MalformedRecord
from unspool.core.rewriter.bulk import CallContinuation
from unspool.core.rewriter.step import Outcome
from unspool.fastpath.batch import Single
from unspool.fastpath.translated import Known, RecordsRun
from unspool.fastpath.translated_lane import DialectLane, Taken, listen
from unspool.formats.json_codec import decode
from unspool.formats.record import Record, RecordKind


class RecordLane(DialectLane):
    """Behind one source's framer, and in front of its translator and transformer."""

    def feed(self, block: bytes) -> Iterator[Taken]:
        """What came of the records that ``block`` completes, or records that must go the long way, in order."""
        records = self._framer.feed(block)
        at = 0
        while at < len(records):
            before = at
            if self._known:
                at = yield from self._take_records(records, at)
            if at == before:
                yield records[at : at + 1]
                at += 1

    def close(self) -> list[Record]:
        """The last records of the source."""
        return self._framer.close()

    def _take_records(self, records: list[Record], at: int) -> Generator[Taken, None, int]:
        """Take records from a place on, as far as they go; returns where the next one is."""
        reader = self._translator.repetitive
        assert reader is not None  # else nothing would be known
        for value in _values(records[at : at + 1]):
            for known in self._known:
                if reader.alike(known.value, [value]) and known.continuation.ready():
                    texts = _encodable(reader.alike(known.value, _values(islice(records, at, None))))
                    return at + (yield from self._follow_records(known, texts, records[at : at + len(texts)]))
        return at

    def _follow_records(self, known: Known, texts: list[str], records: list[Record]) -> Generator[Taken, None, int]:
        """Take events alike, one after the other, as far as they can be read; returns how many."""
        dialect = self._translator.dialect
        at = 0
        while at < len(texts):
            parts, heard = listen(known.continuation, texts[at:])
            end = at + (parts[-1].end if parts else 0)
            if parts:
                yield RecordsRun(known, parts, records[at:end], dialect)
            if heard is not None:
                assert isinstance(known.continuation, CallContinuation)  # others hear nothing
                records[end].dialect = dialect
                chunks = known.continuation.leave(known.chunk(texts[end]), heard)
                yield Single(records[end], Outcome(chunks, heard.events))
                end += 1
            at = end
            if heard is None or not known.continuation.ready():
                break
        return at


def _values(records: Iterable[Record]) -> Iterator[Any]:
    """What records hold, up to the first that cannot be read; to keep what is read here would only cost time."""
    with suppress(MalformedRecord):
        for record in records:
            if record.kind is not RecordKind.VALUE:
                return
            value = record.value
            yield decode(record.data) if value is None else value


def _encodable(texts: list[str]) -> list[str]:
    """Those before the first that has half a surrogate pair: that is read in another way (R3)."""
    try:
        "".join(texts).encode()
    except UnicodeEncodeError:
        return list(takewhile(_is_encodable, texts))
    return texts


def _is_encodable(text: str) -> bool:
    return not any("\ud7ff" < character < "\ue000" for character in text)
