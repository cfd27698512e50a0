"""A log that stays a log when its stream is rewritten: each of its records with the new record inside.

    log.open(place)              what the sink writes next belongs to this place
    log.add(...)                 the sink's record, in the place that is open
    log.take() -> [bytes, …]     what is ready to be written

A place is one record of the stream inside a record of the log, an Entry. What
holds no record of the stream passes as it came (R1).
"""

import re
from collections.abc import Callable

from unspool.formats.json_codec import HUGE, encode
from unspool.formats.record import Record, RecordKind
from unspool.intake.json_text.spans import Span, fill, filled, quoted

_EVENT_LINES = re.compile(r"(?:^|(?<=\n))event:[^\n]*\n")
_SHOWN = 64  # characters of a content that was given up
_NAME_ALONE = re.compile(r"\s*event:[^\n]*\n*\Z")


class Entry:
    """One record of the log: its text, what is around it, and its places.

    One that is ``fixed`` leaves as it came, whatever is written for it: it
    reports an error, or cannot be read. ``original`` are the bytes that it came as,
    where they differ from its text and what is around it, or none where it leaves with another one. Those of
    ``inside`` are of other programs, between its own.
    """

    original: bytes | None = None
    inside = b""

    def __init__(self, before: bytes, text: str, behind: bytes, spans: list[Span], fixed: bool = False) -> None:
        self._before = before
        self._text = text
        self._behind = behind
        self._spans = spans
        self._fixed = fixed
        self._hollow = False  # the text is without the only place in it, which has its own
        self.places = [Place(self, span) for top in spans for span in top.leaves()]
        if len(text) > HUGE and not fixed and self.alone and not spans[0].inner and not spans[0].quoted:
            self._remove_content()

    def _remove_content(self) -> None:
        """Keep the text around the only place alone."""
        span = self._spans[0]
        self._text, self._hollow = self._text[: span.start] + self._text[span.end :], True
        span.end = span.start

    @property
    def alone(self) -> bool:
        """Return whether it holds one record of the stream: several new ones make as many records of the log."""
        return len(self.places) == 1 and not self.places[0].listed

    @property
    def passes(self) -> bool:
        """Return whether it leaves as it came."""
        return self._fixed or all(place.unchanged for place in self.places)

    @property
    def ends_event(self) -> bool:
        """Return whether it is the blank line behind an event."""
        if self.places:
            return len(self.places) == 1 and self.places[0].ends_event
        return not self._text.strip()

    def pieces(self) -> list[bytes]:
        """The records of the log that it becomes, in pieces: joining them would copy a long one."""
        return self.as_it_came() if self.passes else self.changed()

    def as_it_came(self) -> list[bytes]:
        """Its own record of the log."""
        if self.original is not None:
            return [self.original]
        return self._around(self.places[0].source()) if self._hollow else self._framed(self._text)

    def changed(self) -> list[bytes]:
        """The records of the log that it becomes where something was written for it."""
        if not self.alone:
            fillings = {id(place.span): None if place.unchanged else place.fillings() for place in self.places}
            for place in self.places:
                place.clear()
            pieces = filled(self._text, self._spans, lambda span: fillings.pop(id(span)))
            pieces.reverse()
            return [self._before, *(_encoded(pieces.pop()) for _ in range(len(pieces))), self._behind]
        if self._spans[0].inner:
            return [piece for filling in self.places[0].fillings() for piece in self._with(filling)]
        self._remove_content()  # it leaves in another form, and is not needed while that is made
        return [piece for filling in self.places[0].encoded_fillings() for piece in self._around(filling)]

    def _with(self, filling: str) -> list[bytes]:
        return self._framed(fill(self._text, self._spans, lambda _: [filling]))

    def _around(self, filling: bytes) -> list[bytes]:
        """The pieces of the record with other bytes at its only place; nothing long is copied."""
        span = self._spans[0]
        before, behind = self._text[: span.start], self._text[span.end :]
        return [self._before, _encoded(before), filling, _encoded(behind), self._behind]

    def _framed(self, text: str) -> list[bytes]:
        return [self._before, _encoded(text), self._behind]


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


class Place:
    """One record of the stream, and what became of it."""

    def __init__(self, entry: Entry, span: Span) -> None:
        self.entry = entry
        self.span = span
        self.listed = span.listed
        self.inner = span.content
        """The text around the record, which its ``content`` may hold in a string: of logfmt, of Python."""
        self.wrap: Callable[[str], str] | None = None
        """Gives the content with another such text in it."""
        self._records = 0  # that were read in it
        self._outputs: list[tuple[bytes, bytes, bool]] = []  # with the text that each comes from, for one in a string
        self._written = False
        self.missing = 0  # bytes that the reader of the stream is still to get
        self.size = 0  # of all of them, without the end of the line
        self._exact = False  # the content was given up: it is the record, and nothing else
        self._source = b""  # the bytes of the record, once it was read whole: the content is given up

    def source(self) -> bytes:
        """The bytes of a place that is no string."""
        return self._source or _encoded(self.span.content)

    @property
    def last(self) -> bool:
        """Return whether no other place of its entry follows."""
        return self is self.entry.places[-1]

    @property
    def names_event(self) -> bool:
        """Return whether it names the type of the event that follows, and holds nothing else."""
        return not self._records and _NAME_ALONE.match(self.span.content) is not None

    @property
    def ends_event(self) -> bool:
        """Return whether it is the blank line behind an event."""
        return not self._records and self.span.quoted and not self.span.content.strip()

    @property
    def unchanged(self) -> bool:
        """Return whether nothing was rewritten or left out."""
        if self._written or len(self._outputs) != self._records:
            return False
        return all(verbatim for _, _, verbatim in self._outputs)

    @property
    def vanished(self) -> bool:
        """Return whether its record left nothing."""
        return self._records > 0 and not self._outputs and not self._written

    def give_up(self, data: bytes) -> None:
        """Keep the beginning of the content alone, an object that is the record which the reader of the stream gets."""
        content = _encoded(self.span.content)
        if len(data) == len(content) + 1 and data.startswith(content):  # before the end of the line
            self._exact = True
            self.span.content = self.inner = self.span.content[:_SHOWN]

    def see(self, record: Record) -> None:
        """Count a record that was read in it."""
        self._records += record.kind is not RecordKind.BLANK
        if len(record.data) == self.size > HUGE and not self.span.quoted:
            self._source = record.data
            self.span.content = self.inner = ""

    def add(self, data: bytes, record: Record, verbatim: bool) -> None:
        """Take a record of the sink, and the one that it comes from."""
        source = record.data if self.span.quoted and not self._exact else b""
        self._outputs.append((data, source, verbatim))

    def clear(self) -> None:
        """Forget what was written; what comes later becomes a separate record of the log."""
        self._written = True
        self._outputs.clear()
        self._source = b""

    def fillings(self) -> list[str]:
        """Return the texts that replace the record, one for each record of the sink."""
        content, many = self.span.content, self._records > 1
        texts = [data.decode("utf-8", "surrogateescape") for data, _, _ in self._outputs]
        if not self.span.quoted:
            return texts
        if many and texts:
            body = _holds_events(content)
            return [quoted("".join(f"data: {text}\n\n" if body else f"{text}\n" for text in texts))]
        if self._exact:
            return [quoted(text) for text in texts]
        return [
            quoted(content if verbatim else self._around(source.decode("utf-8", "surrogateescape"), text))
            for (_, source, verbatim), text in zip(self._outputs, texts, strict=True)
        ]

    def encoded_fillings(self) -> list[bytes]:
        """Return the bytes of ``fillings``; those of the sink where they are in no string."""
        if self._exact:
            outputs, self._outputs = self._outputs[::-1], []
            fillings = []
            while outputs:  # each is given up before a long one is encoded
                fillings.append(encode(outputs.pop()[0].decode("utf-8", "surrogateescape")))
            return fillings
        if self.span.quoted:
            return [_encoded(filling) for filling in self.fillings()]
        return [data for data, _, _ in self._outputs]

    def _around(self, old: str, text: str) -> str:
        """The text of a place with another record in place of the old one."""
        text = self._in_text(old, text)
        return text if self.wrap is None else self.wrap(text)

    def _in_text(self, old: str, text: str) -> str:
        content = self.inner
        if old and old in content:
            return _EVENT_LINES.sub("", content.replace(old, text, 1))
        end = content[len(content.rstrip("\r\n")) :]
        return f"data: {text}{end}" if _holds_events(content) else text + end


def _holds_events(content: str) -> bool:
    """Return whether a text holds events, and not a record whose text has the name of the field in it."""
    return "data:" in content and not content.lstrip().startswith(("{", "["))


class KeptLog:
    """The parts of a log that are still to be written, in their order."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []  # that are not written yet
        self._pieces: list[bytes] = []
        self._names: list[Entry] = []  # of the event that follows
        self._place: Place | None = None
        self._held: dict[Record, Place] = {}  # by the record whose chunk is held back
        self._vanished = False  # the last event left nothing

    def open(self, item: Entry | Place) -> None:
        """Know the place of what follows, or an entry without one."""
        if isinstance(item, Place):
            self._place = item
            if item is not item.entry.places[0]:
                return
            item = item.entry
        self._entries.append(item)

    def read(self, size: int) -> None:
        """Know how many bytes of the open place the reader of the stream gets."""
        if self._place is not None:
            self._place.missing -= size

    def see(self, record: Record, holding: bool) -> None:
        """Know the record that was read; ``holding`` if its chunk may leave later."""
        if self._place is not None:
            self._place.see(record)
            if holding:
                self._held[record] = self._place

    def release(self) -> None:
        """Know that no chunk is held back any more."""
        self._held.clear()

    def takes(self, record: Record) -> bool:
        """Return whether what is written for a record belongs to a place of the log."""
        return self._held.get(record, self._place) is not None

    def add(self, data: bytes, record: Record, verbatim: bool) -> bool:
        """Take what the sink writes for a record; False where no place was opened, for the stream is in no log."""
        place = self._held.get(record, self._place)
        if place is None:
            return False
        if verbatim and record.kind is RecordKind.BLANK:  # a blank line is an entry of the log, and passes with that
            return True
        place.add(data, record, verbatim)
        if place.entry not in self._entries and place.entry not in self._names:  # it was written already
            self._entries.append(place.entry)
        return True

    def take(self, ended: bool = False) -> list[bytes]:
        """The bytes of the log that nothing can change any more; with ``ended`` all of them."""
        while self._entries and (ended or not self._held):
            entry = self._entries[0]
            open_still = self._place is not None and entry is self._place.entry
            if open_still and not ended and not self._may_be_whole(entry):
                break
            self._write(self._entries.pop(0))
        if ended:
            self._flush_names()
            self._place = None
            self._held.clear()
        pieces, self._pieces = self._pieces, []
        return pieces

    def _may_be_whole(self, entry: Entry) -> bool:
        """Return whether nothing more comes for the entry that is open."""
        place = self._place
        return place is not None and place.last and entry.alone and place.missing <= 0

    def _write(self, entry: Entry) -> None:
        places = entry.places
        if len(places) == 1 and places[0].names_event:
            self._names.append(entry)
            self._vanished = False  # what was before it: a blank line that follows is its own
            return
        if entry.ends_event and self._vanished:
            return
        passes = entry.passes
        if passes:
            self._flush_names()
        elif places:
            self._names.clear()
        self._vanished = not passes and entry.alone and places[0].vanished
        self._pieces += entry.as_it_came() if passes else [entry.inside, *entry.changed()]
        for place in places:
            place.clear()

    def _flush_names(self) -> None:
        for entry in self._names:
            self._pieces += entry.pieces()
        self._names.clear()
