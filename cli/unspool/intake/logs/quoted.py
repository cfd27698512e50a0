"""Lines that hold the record in a quoted string: logfmt, ``%q`` and ``repr`` of JSON text.

The string that holds a record in one line shows which it is in the others: the
one behind the same name, or at the same place.
"""

import re
from collections.abc import Iterator
from itertools import islice

from unspool.formats.json_codec import encode
from unspool.intake.asked import Asked, Notice
from unspool.intake.items import Found, Item, LineLayer, whole_lines
from unspool.intake.json_text.line_cutter import Cut, LineCutter, LinePattern, learn_around
from unspool.intake.json_text.literals import (
    begins_document,
    encoded,
    evaluated,
    find_literal,
    find_quoted,
    is_of_http_client,
    json_in,
    text_of,
    unfinished_value_of,
    unquoted,
)
from unspool.intake.json_text.paths import holds_record, is_known, is_only_error
from unspool.intake.json_text.stream_text import is_cut
from unspool.intake.logs.indented import is_record_in_lines, opens_object
from unspool.intake.logs.log_line import begins_record, in_object, is_bare
from unspool.intake.logs.mixed import MixedStreams
from unspool.intake.logs.passed_over import PassedOver

_BARE = rb"([^\s\"]+)"
_NAMED = re.compile(rb"\s+[\w.\-@]+=")
"""The next member of a line, behind one whose value is empty."""
_NUMBER = re.compile(rb"\d+")
_BEGINS = rb"(?=\[?\s*\{|(?:data|event):)"
"""The beginning of a record in a string."""
_LONG = 1 << 20  # bytes of lines that are not cut together: it takes copies of them
_OPENINGS = 4  # strings of which each may be the first line of a record: all lines behind each are looked at


def detect(head: bytes, ended: bool, asked: Asked) -> Found:
    """A line that is no JSON object, with a record in one of its strings."""
    if b"{" not in head or begins_document(head):
        return False
    whole = whole_lines(head, ended)
    for line in whole.splitlines():
        literal = find_literal(line, _holds_or_begins)
        if literal is not None and not in_object(line, literal.start()):
            return Quoted(literal, True)
        if begins_record(line):
            continue
        found = find_quoted(line, holds_record)
        if found is not None:
            return Quoted(found)
    return _indented(whole.splitlines(), ended)


def _holds_or_begins(text: str) -> bool:
    """Return whether a text holds a record, or begins with one that is cut: the next literal has the rest of it."""
    if holds_record(text):
        return True
    if not text.startswith(("{", "[")):
        return False
    value = unfinished_value_of(encoded(text))
    return is_known(value[0] if isinstance(value, list) and value else value)


def _indented(lines: list[bytes], ended: bool) -> "Quoted | bool":
    """The layer for strings that are the lines of an indented record, or an error where nothing else is read.

    False for none.
    """
    tries = 0
    for number, line in enumerate(lines):
        literal = find_literal(line, _opens_or_fails)
        example = literal or find_quoted(line, _opens_or_fails)
        if example is None:
            continue
        tries += 1
        if tries > _OPENINGS:
            break
        layer = Quoted(example, literal is not None)
        texts = [text for one in map(layer.find, lines[number:]) if one and (text := layer.text(one)) is not None]
        if is_record_in_lines(texts, ended) or (ended and texts and is_only_error(json_in(texts[0]))):
            return layer
    return False


def _opens_or_fails(text: str) -> bool:
    return opens_object(text) or is_only_error(json_in(text))


class Quoted(LineLayer):
    """The strings behind one name, each as a line; or Python's literals, joined where they hold line ends."""

    def __init__(self, example: re.Match[bytes], python: bool = False) -> None:
        self._name = example[1].strip()
        behind = f" behind {self._name.decode('utf-8', 'replace')}" if self._name else ""
        super().__init__(Notice(f"lines with records in quoted strings{behind}: the strings are read"))
        self._python = python
        self._mixed = MixedStreams()
        self._passed_over = PassedOver()
        self._joined: bool | None = None  # the literals are pieces of a text, and not its lines
        name = _NUMBER.sub(rb"\\d+", re.escape(self._name))  # of the chunk, say
        before = rb"(?<![\w.\-@])" + name + rb"\s*" if name else rb"(?<![^\s,;|(\[])"
        string = rb'"((?:[^"\\]++|\\.)*+)"'
        if python:  # repr() of bytes with an apostrophe, and no quote, has quotes
            string = rb"(b?'(?:[^'\\]++|\\.)*+'" + (rb'|b"(?:[^"\\]++|\\.)*+")' if example[2][:1] == b"b" else rb")")
        bare = rb"|(?!)()" if python or not name else rb"|" + _BARE
        self._pattern = re.compile(before + rb"(?:" + string + bare + rb")")
        opening = rb"b?'" + _BEGINS + rb"((?:[^'\\]|\\.)*+)" if python else rb'"' + _BEGINS + rb'((?:[^"\\]|\\.)*+)'
        self._cut = re.compile(before + opening + rb"\\?\Z")
        self._cutter = LineCutter(self._learn, first=1)
        self._others = len(self._pattern.findall(example.string, 0, example.start()))  # strings that come before it

    def feed(self, block: bytes) -> Iterator[Item]:
        """Yield the strings in the lines that ``block`` completes: most lines differ in nothing but their values."""
        yield from self._announce()
        lines = self._lines.feed(block)
        if self._python or sum(map(len, lines)) > _LONG:
            for line in lines:
                yield from self._line(line)
            return
        for one in self._cutter.feed(b"".join(lines)):
            if isinstance(one, Cut):
                yield from self._mixed.feed_lines([encoded(text).rstrip(b"\r\n") for text in one.texts])
            else:
                for line in one.split(b"\n")[:-1]:
                    yield from self._line(line + b"\n")

    def _learn(self, line: bytes) -> LinePattern | None:
        """Learn how lines are cut from one that has a string in quotes."""
        found = None if _is_damaged(line) else self.find(line)
        if found is None or found[1] is None:
            return None
        start, end = found.start(1) - 1, found.end(1) + 1
        return learn_around(line[:start], line[start:end], line[end:])

    def close(self) -> Iterator[Item]:
        """Yield the string of the last line, and the responses that were mixed with the first."""
        yield from super().close()
        yield from self._mixed.close()
        yield from self._passed_over.notices()

    def _line(self, line: bytes) -> Iterator[Item]:
        if _is_damaged(line):
            yield line
            return
        found = self.find(line)
        text = None if found is None else self.text(found)
        if found is None or text is None:
            end = len(line.rstrip(b"\r\n"))
            cut = self.cut_record(line[:end])
            if cut is not None:
                yield cut + line[end:]
            elif found is None and is_bare(line[:end]):
                yield from self._mixed.feed(line[:end] + b"\n")
            else:
                self._passed_over.add(line)
            return
        content = encoded(text)
        if self._joined is None and found[1] is not None:
            self._joined = self._python and (b"\n" in content or is_cut(text))
        if self._joined and found[1] is not None:
            yield content
        else:
            yield from self._mixed.feed(content.rstrip(b"\r\n") + b"\n")

    def find(self, line: bytes) -> re.Match[bytes] | None:
        """The string in a line that holds a record if the line has one; its text is group 1, or without quotes 2."""
        found = next(islice(self._pattern.finditer(line), self._others, None), None)
        if found is None or (self._python and is_of_http_client(line)):
            return None
        bare = found[1] is None
        return None if bare and _NAMED.match(line, found.start() + len(self._name)) else found

    def cut_record(self, line: bytes) -> bytes | None:
        """The beginning of a record in a string that the line does not end; None where there is no such string.

        A line of words with a quote in it is none: the string has the name of the others, and begins as a record.
        """
        found = self._cut.search(line)
        if found is None or (self._python and is_of_http_client(line)):
            return None
        return (evaluated(b"'%b'" % found[1]) if self._python else encoded(unquoted(found[1]))) or None

    def text(self, found: re.Match[bytes]) -> str | None:
        """The text of a string."""
        if found[1] is None:
            return text_of(found[2])
        return text_of(evaluated(found[1])) if self._python else unquoted(found[1])

    def fill(self, found: re.Match[bytes], text: str) -> str:
        """The line with another text in the string, written as the program does."""
        group = 2 if found[1] is None else 1
        line, start, end = found.string, found.start(group), found.end(group)
        if not self._python or group == 2:
            new = encode(text)
            new = new[1:-1] if group == 1 else new
        else:
            new = repr(text.encode() if line[start : start + 1] == b"b" else text).encode()
        return text_of(line[:start] + new + line[end:])


def _is_damaged(line: bytes) -> bool:
    """Return whether a line is JSON of what collects the lines, damaged or cut: no string in it is what it seems."""
    return line.startswith(b"{") and not line.startswith(b"{'") and json_in(text_of(line)) is None
