"""The values that the records of a log hold, as lines of the stream."""

import re
from collections.abc import Iterator
from typing import Any

from unspool.core.parser.argument_parser import ArgumentParser
from unspool.formats.detect import FIELD
from unspool.formats.json_codec import decode, encode, without_long_strings
from unspool.intake.json_text.literals import begins_json, encoded, json_in, uncoloured, unfinished_value_of, value_of
from unspool.intake.json_text.object_ends import begin_and_end_as_objects, lines_in
from unspool.intake.json_text.paths import Path, is_known
from unspool.intake.json_text.spans import texts_at

OF_STREAM = re.compile(
    r"[{}]|(?:data|event|id|retry|error):|\[DONE\]|^\s*:|^[0-9a-k]:[\"\[]"
    r"|(?:^\s?|\s\s)(?:\"[^\"\\\s]++\": [\w\"\-\[]|\])"
)
"""Marks of the text of a stream, also of an indented object in it, which other lines of a log lack."""
ELEMENT = re.compile(r'\s*[,\[]\s*|\s+(?:"(?:[^"\\]|\\.)*+"|-?\d[\d.eE+\-]*+|true|false|null|\[\]|\{\}),?\s*')
"""A line inside of an indented object with an element of a list, or with a bracket or comma alone."""
SSE_TEXT = re.compile(rf"\s*(?:{FIELD.pattern.decode()})")
_FIELD_LINE = re.compile(rb"(?:data: \{.*\}|event: [^\x1b]*+)?")
"""A line of an event stream with a whole field, or a blank one."""
_PIECE = 4096
"""Characters of a text that may be a piece of a longer line: the limits of writers are 8 to 256 KiB."""


class StreamText:
    """Objects and texts in, lines out: text that is no JSON (event streams, log lines) leaves as it is.

    Attributes:
        events: whether the stream is an event stream, so that an object becomes the data of an event.
        open: whether the last text did not end its line, so that the next one is more of it.
        read: whether there was a record, or text that may be one.
        remarks: number of texts without anything of a stream.
    """

    def __init__(self) -> None:
        self.events = self.open = self.read = False
        self.remarks = 0
        self._ends: bool | None = None  # whether texts include line ends
        self._object: ArgumentParser | None = None  # in a long line, whose end is that of the line

    def line(self, data: bytes | memoryview) -> bytes:
        """A record as the stream has it; a long one is copied once."""
        self.read = True
        before, behind = (b"data: ", b"\n\n") if self.events else (b"", b"\n")
        line = b"".join((before, data, behind))
        if line.find(b"\n", 0, -len(behind)) < 0:
            return line
        return before + bytes(data).replace(b"\n", b" ") + behind

    def objects(self, objects: list[bytes]) -> list[bytes]:
        """The lines of objects that have no line ends in them, without the end of each."""
        self.read = True
        return [b"data: %b\n" % one for one in objects] if self.events else objects

    def whole_lines(self, texts: list[str]) -> list[bytes] | None:
        """The lines of texts, without the end of each, if each text is an object or a field of an event stream."""
        if self.open:
            return None
        ends = self._ends or texts[0].endswith("\n")
        lines = lines_in(texts, ends)
        if lines is None:
            return None
        self._note_end("\n" if ends else "")
        if begin_and_end_as_objects(lines):
            return self.objects(lines)
        whole = ends or (self._ends is False and all(len(line) < _PIECE for line in lines))
        if not (self.events and whole and all(map(_FIELD_LINE.fullmatch, lines))):
            return None
        self.read = True
        return lines

    def lines_of(self, held: list[Any]) -> Iterator[bytes]:
        """Yield the lines of a value, which is taken from a list of one: a long one is given up on the way."""
        if isinstance(held[0], str):
            yield from self._of_text(held)
        elif isinstance(held[0], memoryview):
            yield self.line(held.pop())
        elif isinstance(held[0], (dict, list)):
            yield self.line(encode(held.pop()))

    def _of_text(self, held: list[str]) -> Iterator[bytes]:
        piece = uncoloured(held.pop())
        if piece.isdecimal() and not self.open:  # a time next to the record, in a list of pairs (Loki)
            return
        self._note_end(piece)
        if self._object is not None and isinstance(json_in(piece), dict):  # the line before was cut for good
            yield b"\n"
            self.open, self._object = False, None
        if not self.open and begins_json(piece) and ELEMENT.fullmatch(piece) is None:
            data, piece = encoded(piece), ""
            inner = value_of(without_long_strings(data))
            if inner is not None:
                if self._ends is None:  # of whole records without a line end, none is cut into pieces
                    self._ends = data.endswith(b"\n")
                if isinstance(inner, list) and not is_known(inner):
                    inner = decode(data)
                    texts = texts_of(inner, inner, data, ())
                    yield from (self.line(texts.get(id(element)) or encode(element)) for element in inner)
                else:
                    del inner
                    yield self.line(data.strip())
                return
            piece = data.decode("utf-8", "surrogatepass")
        if self._is_remark(piece):
            self.remarks += 1
            return
        self.read = True
        begins, self.open = not self.open, self.goes_on(piece)
        text = piece if self.open or piece.endswith("\n") else piece + "\n"
        if begins and SSE_TEXT.match(text):
            self.events = True
        yield encoded(text)

    def _is_remark(self, piece: str) -> bool:
        """Return whether a text is a line of the log without anything of a stream, and no part of a longer line."""
        if self.open or (self._ends and not piece.endswith("\n")):
            return False
        return bool(piece.strip()) and OF_STREAM.search(piece) is None and ELEMENT.fullmatch(piece) is None

    def _note_end(self, text: str) -> None:
        """Note that texts include line ends where a whole one does: a later one without is a part (Docker, 16 KiB)."""
        if self._ends is None and text.endswith("\n"):
            self._ends = True

    def goes_on(self, piece: str) -> bool:
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
            self._object, piece = ArgumentParser(), piece[start:]
        self._object.feed(piece)
        if not self._object.open:
            self._object = None
        return self._object is not None


def texts_of(values: list[Any], value: Any, text: bytes, path: Path) -> dict[int, memoryview]:
    """The source text of the objects among ``values``, those at ``path`` in a value, by identity (R1)."""
    texts = texts_at(value, text, path) if text else []
    return {id(one): its for one, its in zip(values, texts, strict=bool(text)) if its is not None}


def is_cut(text: str) -> bool:
    """Return whether the JSON in a line is not whole, so that another record of the log holds the rest of it."""
    data = text if text.startswith("{") else text.partition("data:")[2] or text[max(text.find('{"'), 0) :]
    data = data.strip()
    if data == "{":  # the first line of an indented object
        return False
    if not data.startswith("{") or json_in(data) is not None:
        return False
    parser = ArgumentParser()
    parser.feed(data)
    if not parser.open:  # something follows the record
        return False
    # In a string its escapes are no JSON outside of that.
    return unfinished_value_of(data.encode("utf-8", "replace")) is not None
