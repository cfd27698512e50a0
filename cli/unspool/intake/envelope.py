"""JSON around records: log lines, results of batches, and anything else that holds a record as a member.

The first records show where: the path that leads to a known record is taken for
the whole source. Where each line has the same members around the record, the
lines are cut by a pattern instead of being parsed.
"""

import re
from collections import deque
from collections.abc import Generator, Iterator
from typing import Any

from unspool.core.parser.argument_parser import ArgumentParser
from unspool.core.parser.targets import ValueTree
from unspool.formats.detect import Format
from unspool.formats.framer import Framer
from unspool.formats.json_codec import (
    decode,
    decode_body,
    decode_strings,
    decode_unfinished,
    encode,
    without_long_strings,
)
from unspool.formats.record import Record, RecordKind
from unspool.formats.source_text import keeps_text
from unspool.intake.asked import Asked, Notice
from unspool.intake.damage import glued_objects
from unspool.intake.items import Broken, Item, Part
from unspool.intake.line_cutter import LineCutter, learn
from unspool.intake.literals import begins_json, json_in, uncoloured, value_of
from unspool.intake.mixed import MixedStreams
from unspool.intake.paths import (
    Path,
    are_records,
    bytes_text,
    error_in,
    is_known,
    parse_path,
    request_member,
    values_at,
)
from unspool.intake.spans import texts_at
from unspool.intake.split_line import SplitLine
from unspool.intake.times import stamp_of

OF_STREAM = re.compile(
    r"[{}]|(?:data|event|id|retry|error):|\[DONE\]|^\s*:|^[0-9a-k]:[\"\[]|(?:^|\s\s)(?:\"\w+\": [\w\"\-\[]|\])"
)
"""Marks of the text of a stream, also of an indented object in it, which other lines of a log lack."""
SSE_TEXT = re.compile(r"\s*(?:(?:data|event|id|retry)?:|error: ?\{)")
_FIELD_LINE = re.compile(rb"(?:data: \{.*\}|event: [^\x1b]*+)?")
"""A line of an event stream with a whole field, or a blank one."""
CODED_TEXT = re.compile(r"[0-9a-k]:[\"\[{]")
"""A line of a data stream of the AI SDK."""
_PIECE = 4096
"""Characters of a text that may be a piece of a longer line: the limits of writers are 8 to 256 KiB."""
_NO_VALUES = ValueTree()


def is_cut(text: str) -> bool:
    """Return whether the JSON in a line is not whole, so that another record of the log holds the rest of it."""
    data = text if text.startswith("{") else text.partition("data:")[2] or text[max(text.find('{"'), 0) :]
    data = data.strip()
    if not data.startswith("{") or json_in(data) is not None:
        return False
    parser = ArgumentParser(_NO_VALUES)
    parser.feed(data)
    if not parser.open:  # something follows the record
        return False
    try:
        decode_unfinished(data.encode("utf-8", "replace"))
    except ValueError:
        return False  # it is in a string, whose escapes are no JSON outside of it
    return True


def _texts_of(values: list[Any], value: Any, text: bytes, path: Path) -> dict[int, memoryview]:
    """The source text of the objects among ``values``, those at ``path`` in a value, by identity (R1)."""
    texts = texts_at(value, text, path) if text else []
    return {id(one): its for one, its in zip(values, texts, strict=bool(text)) if its is not None}


def _key_in(value: Any, path: Path) -> str | None:
    return next((str(one) for one in values_at(value, path)), None)


def _record_in(text: str) -> Any:
    """The record in a text, behind the name of its field or other words; None for none."""
    return json_in(text[max(text.find('{"'), 0) :].rstrip())


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _is_string(body: bytes) -> bool:
    return decode_strings([body]) is not None


def _line_end(lines: bytes, number: int) -> int:
    """The offset behind the first ``number`` lines, or all of them."""
    end = 0
    for _ in range(number):
        end = lines.find(b"\n", end) + 1
        if not end:
            return len(lines)
    return end


def _is_short_object(record: Record) -> bool:
    return record.kind is RecordKind.VALUE and record.data.startswith(b"{") and len(record.data) < _LONGEST


_FEW = 4
"""Lines that are parsed before a cutter is learnt; the next is learnt later each time, for that takes a millisecond."""


_LONGEST = 1 << 20
"""Bytes of a line that is cut; the framing holds longer ones, with fewer copies."""


class Envelope:
    """The members at one path of each record, as separate records.

    Text that is no JSON (event streams, log lines) leaves as it is; an object as
    a line. A record without the member is passed over, unless it reports an error.
    Lines that differ only in the values around their record are cut, not parsed.
    """

    def __init__(self, path: Path, why: str, asked: Asked) -> None:
        self._path = path
        self._why: str | None = why
        self._framer = Framer()  # of the lines, or events
        self._array: Framer | None = None  # of an array, whose elements are read as lines
        self._timed = asked.timed
        self._events = False  # the stream inside is an event stream
        self._ends: bool | None = None  # whether the pieces of text include line ends
        self._open = False  # the last piece of text did not end its line
        self._object: ArgumentParser | None = None  # in a long line, whose end is that of the line
        self._start: float | None = None
        self._split_line = SplitLine(path)
        self._read = False  # a record, or text that may be one
        self._without = 0  # records of the log that hold none
        self._responses = 0  # whole responses in one member each
        self._split_by = None if asked.split_by is None else parse_path(asked.split_by)
        self._keyed = False  # a record had that member
        self._mixed = MixedStreams()
        self._at_line = False  # lines are known, and the framing is between two of them
        self._partial = bytearray()  # the beginning of a line, from then on
        self._cutter: LineCutter | None = None
        self._patience = self._slow_lines = _FEW  # lines to be parsed before a cutter is learnt

    def feed(self, block: bytes) -> Iterator[Item]:
        """Yield the contents of the records that ``block`` completes."""
        if self._array is not None:
            yield from self._elements(self._array.feed(block))
            return
        while block and not self._at_line and self._framer.format in (Format.AUTO, Format.JSONL):
            end = block.find(b"\n") + 1 or len(block)
            yield from self._parsed(block[:end])
            self._at_line = self._framer.format is Format.JSONL and block[end - 1 : end] == b"\n"
            block = block[end:]
        if self._framer.format is Format.ARRAY:
            self._array, self._framer = self._framer, Framer(Format.JSONL)
            yield from self.feed(block)
            return
        if not self._at_line or self._timed or self._split_by:
            yield from self._parsed(block)
            return
        first = block.find(b"\n") + 1 or len(block)
        if len(self._partial) + first > _LONGEST:
            self._at_line = block[first - 1 : first] == b"\n"
            yield from self._parsed(self._taken(block[:first]))
            yield from self.feed(block[first:])
            return
        lines = block.rfind(b"\n") + 1
        if lines:
            yield from self._cut(self._taken(block[:lines]))
        self._partial += block[lines:]

    def _announce(self) -> Iterator[Item]:
        """Yield once how the records are read, where the first is found: a path that leads nowhere has no notice."""
        if self._why is None or (self._split_by and not (self._path or self._keyed)):
            return
        yield Notice(self._why, loud=True)
        if self._path:
            yield Notice(f"JSON around each record: a record of a known format is its member {'.'.join(self._path)}")
        self._why = None

    def _taken(self, block: bytes) -> bytes:
        """The beginning of a line, and what follows it."""
        if not self._partial:
            return block
        taken = bytes(self._partial) + block
        self._partial.clear()
        return taken

    def _rest(self) -> Iterator[Item]:
        """Yield the contents of what is left when the input ends."""
        yield from self._parsed(self._taken(b""))
        if self._array is not None:
            yield from self._elements(self._array.close())
        yield from self._records(self._framer.close())

    def _elements(self, records: list[Record]) -> Iterator[Item]:
        """Yield the contents of the elements of an array: objects are cut as lines are."""
        lines: list[bytes] = []
        records.reverse()
        while records:
            record = records.pop()
            if _is_short_object(record) and not (self._timed or self._split_by):
                lines.append(record.data.replace(b"\n", b" ") + b"\n")
                continue
            yield from self._cut(b"".join(lines))
            lines = []
            contents = self._contents(record)
            del record
            yield from contents
        yield from self._cut(b"".join(lines))

    def _parsed(self, block: bytes) -> Iterator[Item]:
        if block:
            records = self._framer.feed(block)
            del block
            yield from self._records(records)

    def _cut(self, lines: bytes) -> Iterator[Item]:
        """Yield the contents of whole lines; those that the cutter matches are not parsed.

        All that is learnt follows from the lines in their order, not from the
        blocks that they come in: a damaged line is cut, or not, whatever the blocks are.
        """
        while lines:
            lines = yield from self._learn_from(lines) if self._cutter is None else self._split(lines, self._cutter)

    def _learn_from(self, lines: bytes) -> Generator[Item, None, bytes]:
        """Parse the lines that are due before a cutter is learnt from the last of them; returns the others."""
        end = _line_end(lines, self._slow_lines)
        yield from self._parsed(lines[:end])
        self._slow_lines -= lines.count(b"\n", 0, end)
        if self._slow_lines <= 0:
            self._learn(lines[:end].rstrip(b"\r\n").rpartition(b"\n")[2])
        return lines[end:]

    def _learn(self, line: bytes) -> None:
        """Learn from a line whose like was not cut; the next is learnt from later."""
        self._cutter = learn(line, self._path) or self._cutter
        self._patience *= 2
        self._slow_lines = self._patience

    def _split(self, lines: bytes, cutter: LineCutter) -> Generator[Item, None, bytes]:
        """Cut lines; returns those behind a line from which something was learnt."""
        pieces = cutter.split(lines)
        bodies = pieces[1::2]
        texts = self._lines_in(bodies) if cutter.quoted else bodies
        if texts is None and bodies and decode_strings(bodies) is None:
            pieces = cutter.split_each(lines, _is_string)  # the line of what is no string is reported whole
            bodies = pieces[1::2]
        at = passed = 0
        for number, rest in enumerate(pieces[::2]) if any(pieces[:-1:2]) else ((len(bodies), pieces[-1]),):
            if not rest and number < len(bodies):
                continue
            if texts is None or (cutter.quoted and self._open):
                yield from self._strings(bodies[at:number])
            else:
                yield from self._texts(texts[at:number], cutter.quoted)
            at = number
            passed += rest.count(b"\n")
            before = self._patience
            others = yield from self._learn_from(rest)
            if others or before != self._patience:
                return others + lines[_line_end(lines, number + passed) :]
        return b""

    def _lines_in(self, bodies: list[bytes]) -> list[bytes] | None:
        """The texts of JSON strings, if each is an object or a field of an event stream in one line; decoded as one."""
        ends = self._ends or (bool(bodies) and bodies[0].endswith(b"\\n"))
        text = decode_body((b"" if ends else b"\\n").join(bodies))
        if text is None or (ends and not text.endswith("\n")):
            return None
        lines = _encoded(text.removesuffix("\n") if ends else text).split(b"\n")
        if len(lines) != len(bodies):
            return None
        self._note_end("\n" if ends else "")
        if all(line.startswith(b"{") and line.endswith(b"}") for line in lines):
            return lines
        whole = ends or (self._ends is False and all(len(line) < _PIECE for line in lines))
        return lines if self._events and whole and all(map(_FIELD_LINE.fullmatch, lines)) else None

    def _texts(self, records: list[bytes], quoted: bool) -> Iterator[Item]:
        """Objects that were cut out of their lines, or lines of an event stream."""
        if not records:
            return
        if self._events and not (quoted and not records[0].startswith(b"{")):
            for record in records:
                yield from self._mixed.feed(self._line(record))
        else:
            self._read = True
            yield from self._mixed.feed_lines(records)

    def _strings(self, bodies: list[bytes]) -> Iterator[Item]:
        """Strings that were cut out of their lines."""
        for text in decode_strings(bodies) or []:
            self._note_end(text)
            yield from self._begin(None, [text])
            for piece in self._piece([text]):
                yield from self._mixed.feed(piece)

    def values(self, records: list[Record]) -> Iterator[Item]:
        """Yield the content of values that were decoded elsewhere; the data of each are its JSON, or empty."""
        yield from self._records(records)

    def close(self) -> Iterator[Item]:
        """Yield the content of the last record."""
        yield from self._rest()
        yield from self._unfinished_line()
        yield from self._mixed.close()
        yield from self._count()

    def _count(self) -> Iterator[Item]:
        """Report the records without the member; where all of them lack one that an option names, that is a fault."""
        name = ".".join(self._path)
        if self._path and not self._read and (self._without or self._why is None):
            reason = (
                f"the member {name} holds no record of a stream"
                if self._why is None
                else f"no record has the member {name}"
            )
            yield Broken(reason, "look at what the records hold, or leave --unwrap out")
        elif self._split_by and not self._keyed:
            name = ".".join(self._split_by)
            yield Broken(f"no record has the member {name}", "look at what the records hold, or leave --split-by out")
        elif self._without:
            yield self._passed_over()
        if self._array is not None and self._array.unclosed:
            advice = "what is there was read; get the whole file"
            yield Broken("the JSON array around the records is cut: it ends before its last bracket", advice, cut=True)

    def _passed_over(self) -> Notice:
        return Notice(f"records of the log without the member {'.'.join(self._path)}: {self._without:,}")

    def _records(self, records: list[Record]) -> Iterator[Item]:
        records.reverse()
        while records:  # each is given up before its content leaves: a long one takes much memory
            yield from self._contents(records.pop())

    def _contents(self, record: Record) -> Iterator[Item]:
        if record.kind is RecordKind.VALUE:
            record.parse()  # which may find it malformed
        if record.kind is RecordKind.VALUE:
            records = [record]
            del record  # and its value, before the content of a long one is copied
            pieces = yield from self._found(records)
            while pieces:
                piece, key = pieces.popleft()
                held = [piece]
                del piece
                lines = deque(self._piece(held))
                while lines:
                    yield from self._mixed.feed(lines.popleft(), key)
        elif record.kind is RecordKind.MALFORMED:
            glued = glued_objects(record)
            for one in glued or ():
                yield from self._contents(one)
            if glued is not None:
                return
            if record.cut and record.fault is not None:
                yield Notice(record.fault.reason, loud=True)
            yield from self._announce()
            yield self._line(record.data)

    def _found(self, records: list[Record]) -> Generator[Item, None, deque[tuple[Any, str | None]]]:
        """Yield what precedes the records in a value, which is given up; returns them, with their keys of --split-by.

        An object is there as its source text, where an encoder would change that.
        """
        record = records.pop()
        value, text = record.value, record.data
        del record
        found = list(values_at(value, self._path))
        if not found:
            whole = self._split_line.feed(value)
            if whole is not value:
                value, text, found = whole, b"", list(values_at(whole, self._path))
        if found or self._split_line.damaged:
            yield from self._unfinished_line()
        if not found:
            if value is not None:
                yield from self._without_record(value)
            return deque()
        texts = {} if not text or keeps_text(value, text) else _texts_of(found, value, text, self._path)
        if all(type(one) is int for one in found):
            found = [bytes_text(found)]
        elif len(found) > 1:
            found = [one for one, is_one in zip(found, are_records(found, self._path), strict=True) if is_one]
        keys = self._keys(value, found)
        yield from self._begin(value, found)
        return deque((texts.get(id(one), one), key) for one, key in zip(found, keys, strict=True))

    def _unfinished_line(self) -> Iterator[Item]:
        """Yield what there is of a split line that has no end, so that it is reported."""
        text = self._split_line.take()
        if text:
            yield self._line(_encoded(text))

    def _without_record(self, value: Any) -> Iterator[Item]:
        """Yield the error of a record that has no member at the path; others are counted."""
        error = error_in(value, self._path)
        if error is not None:
            yield from self._announce()
            yield self._line(encode({"type": "error", "error": error}))
        else:
            self._without += 1

    def _begin(self, value: Any, found: list[Any]) -> Iterator[Item]:
        """The time of a record, and the beginning of a stream where it holds a whole response."""
        if self._why is not None:
            self._mixed.member = request_member(value)
        yield from self._announce()
        if self._timed:
            stamp = stamp_of(value)
            if stamp is not None and not self._open:  # a line that goes on in this record has its time
                self._start = stamp if self._start is None else self._start
                yield b": t=%.6f\n" % max(0.0, stamp - self._start)
                self._events = True
        if len(found) > 1 or (isinstance(found[0], str) and found[0].count("\ndata:") > 1):
            self._responses += 1
            if self._responses > 1:
                yield Part("")

    def _keys(self, value: Any, found: list[Any]) -> list[str | None]:
        """The keys of --split-by: a member of the record of the log, or else of each of the records in it."""
        split_by = self._split_by
        if split_by is None:
            return [None] * len(found)
        key = _key_in(value, split_by)
        keys = [
            _key_in(_record_in(one) if isinstance(one, str) else one, split_by) if key is None else key for one in found
        ]
        self._keyed = self._keyed or any(key is not None for key in keys)
        return keys

    def _piece(self, held: list[Any]) -> Iterator[bytes]:
        """Yield the lines of a record, which is taken from a list of one: a long one is given up on the way."""
        if isinstance(held[0], str):
            yield from self._of_text(held)
        elif isinstance(held[0], memoryview):
            yield self._line(held.pop())
        elif isinstance(held[0], (dict, list)):
            yield self._line(encode(held.pop()))

    def _of_text(self, held: list[str]) -> Iterator[bytes]:
        """Yield the lines of a text, which is taken from a list of one."""
        piece = uncoloured(held.pop())
        if piece.isdecimal() and not self._open:  # a time next to the record, in a list of pairs (Loki)
            return
        if self._object is not None and isinstance(json_in(piece), dict):  # the line before was cut for good
            yield b"\n"
            self._open, self._object = False, None
        if not self._open and begins_json(piece):
            data, piece = piece.encode("utf-8", "surrogatepass"), ""
            inner = value_of(without_long_strings(data))
            if inner is not None:
                if self._ends is None:  # of whole records without a line end, none is cut into pieces
                    self._ends = data.endswith(b"\n")
                if isinstance(inner, list) and not is_known(inner):
                    inner = decode(data)
                    texts = _texts_of(inner, inner, data, ())
                    yield from (self._line(texts.get(id(element)) or encode(element)) for element in inner)
                else:
                    del inner
                    yield self._line(data.strip())
                return
            piece = data.decode("utf-8", "surrogatepass")
        if self._is_remark(piece):
            self._without += 1
            return
        self._read = True
        begins, self._open = not self._open, self._goes_on(piece)
        text = piece if self._open or piece.endswith("\n") else piece + "\n"
        if begins and SSE_TEXT.match(text):
            self._events = True
        yield text.encode("utf-8", "surrogatepass")

    def _is_remark(self, piece: str) -> bool:
        """Return whether a text is a line of the log without anything of a stream, and no part of a longer line."""
        if self._open or (self._ends and not piece.endswith("\n")):
            return False
        return bool(piece.strip()) and OF_STREAM.search(piece) is None

    def _note_end(self, text: str) -> None:
        """Note that texts include line ends where a whole one does: a later one without is a part (Docker, 16 KiB)."""
        if self._ends is None and text.endswith("\n"):
            self._ends = True

    def _goes_on(self, piece: str) -> bool:
        """Return whether the next record of the log holds more of the line.

        Line ends in the texts show it, or the JSON of a long line: not all writers keep line ends.
        """
        if self._ends is None and piece and self._object is None and len(piece) < _PIECE:
            self._ends = piece.endswith("\n") or is_cut(piece)
        self._note_end(piece)
        if self._ends or piece.endswith("\n"):
            self._object = None
            return not piece.endswith("\n")
        if self._object is None:
            start = piece.find('{"') if len(piece) >= _PIECE else -1
            if start < 0:
                return False
            self._object, piece = ArgumentParser(_NO_VALUES), piece[start:]
        self._object.feed(piece)
        if not self._object.open:
            self._object = None
        return self._object is not None

    def _line(self, data: bytes | memoryview) -> bytes:
        """A record as the stream has it; a long one is copied once."""
        self._read = True
        before, behind = (b"data: ", b"\n\n") if self._events else (b"", b"\n")
        line = b"".join((before, data, behind))
        if line.find(b"\n", 0, -len(behind)) < 0:
            return line
        return before + bytes(data).replace(b"\n", b" ") + behind
