"""Containers that are one document: HAR, cassettes, and JSON that no first record explains."""

import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from typing import Any

from unspool.core.errors import MalformedRecord
from unspool.dialects.error_bodies import error_body
from unspool.errors import SourceFailed
from unspool.formats.detect import nesting
from unspool.formats.json_codec import decode, encode, without_long_strings
from unspool.formats.record import Record
from unspool.intake.asked import HEAD_BYTES, Asked, Notice
from unspool.intake.envelopes.envelope_detection import detect as detect_records
from unspool.intake.envelopes.envelope_detection import envelope, how_read
from unspool.intake.envelopes.indented_lines import find_indented
from unspool.intake.items import Broken, Found, Item, Layer, Lines, Part, Plain, WholeLayer
from unspool.intake.json_text.literals import unfinished_value_of, value_at, value_of
from unspool.intake.json_text.paths import Path, find_path, holds_strings, is_known, parse_path, values_at
from unspool.intake.json_text.times import is_newest_first, oldest_first
from unspool.intake.unread.foreign_formats import recognise
from unspool.intake.unread.requests import begins_request

_LOG = rb'\s*+\{\s*+"log"\s*+:\s*+\{\s*+'
_HAR = re.compile(_LOG + rb'(?:"version"\s*+:\s*+"[\d.]*+"\s*+,\s*+)?"(?:creator|browser|pages|entries|comment|_)')
_HAR_BEGINS = re.compile(_LOG + rb'(?:"version"\s*+(?::\s*+(?:"[\d.]*+(?:"\s*+,?\s*+)?)?)?)?(?:"[a-z]{0,7})?\Z')
"""Other logs have an object of this name in each record, also with a version."""
_JSON_CASSETTE = re.compile(
    rb'\s*\{\s*(?:"version"\s*:\s*\S+\s*,\s*|"name"\s*:\s*"[^"]*"\s*,\s*)?"(?:http_?[iI]nteractions|interactions|mappings|recordings)"\s*:\s*\['
    rb'|\s*\[\s*\{\s*"scope"\s*:|\s*\{\s*"fixtures"\s*:\s*\[\s*\{\s*"match"|\s*\{\s*"Entries"\s*:\s*\[\s*\{\s*"RequestUri"'
)
_SIMPLE_MEMBERS = rb'(?:"\w++"\s*+:\s*+(?:"(?:[^"\\]|\\.)*+"|[\w.+-]++)\s*+,\s*+)*+'
_RECORDER = re.compile(
    rb"\s*+(?:\{\s*+" + _SIMPLE_MEMBERS + rb'"\w++"\s*+:\s*+)?\[\s*+\{\s*+' + _SIMPLE_MEMBERS + rb'"request"\s*+:\s*+\{'
)
"""A list, also in a member of any name, whose first element has a request."""
_RECORDER_BEGINS = re.compile(rb"\s*+(?=[\[{])(?:\{[^{}\[\]]*+)?(?:\[\s*+(?:\{[^{}\[\]]*+)?)?\Z")
_OF_HTTP = re.compile(rb'"(?:method|url|uri)"\s*+:\s*+"')
_YAML = re.compile(
    rb"(?:\xef\xbb\xbf)?"
    rb"(?:%YAML[^\n]*\n|---[^\n]*\n|!tape[^\n]*\n|#[^\n]*\n|[^\S\n]*\n|[\w-]+:[\w.'\"/ -]++\r?\n)*+"
    rb"(?:(?:http_)?interactions:[^\S\n]*+(?:(?:\[\]|\{\})[^\S\n]*+)?\n"
    rb"|responses:\s*\r?\n- response:|requests:\s*\r?\n- (?:body|headers|method|uri):|-\s+request:\s*\r?\n"
    rb"|when:\s*\r?\n  (?:path|method|scheme|host|port|query_param|header|body)\w*:)"
)
_HOLDERS = (dict, list, str)
_DOCUMENT = re.compile(rb'\{|\[\s*(?:[{\["]|\Z)')
_LIST_OF_LINES = re.compile(rb'\s*+\{\s*+"[^{}]*\[[ \t]*\r?\n\{"[^\n]*\}(?:,[ \t]*\r?\n|[ \t]*\r?\n\s*+\])')
"""An object with a list whose elements have a line each, at its beginning, so that they look like lines of JSON."""
_KINDS = {"cassette": _JSON_CASSETTE, "YAML cassette": _YAML, "JSON document": _LIST_OF_LINES}
_LIST_BEGINS = re.compile(rb'\s*+\{\s*+"[^{}]*\[[ \t\r]*(?:\n(?:\{[^\n]*)?)?\Z')
_LINE_OF_JSON = re.compile(rb"\{[^\n]*\}\s*\n")


def detect(head: bytes, ended: bool, asked: Asked) -> Found:
    """The first members of a HAR or a cassette, or of an object with a list of lines."""
    if asked.unwrap is not None:
        return False
    if _HAR.match(head):
        from unspool.intake.containers.har import Har  # noqa: PLC0415 - start-up

        return Har(asked)
    recorder = _RECORDER.match(head)
    kind = next((kind for kind, pattern in _KINDS.items() if pattern.match(head)), None)
    if kind is None and recorder and _OF_HTTP.search(head, recorder.end()):
        kind = "cassette"
    if kind is not None:
        return Document(kind, asked)
    if not ended and (recorder or any(one.match(head) for one in (_LIST_BEGINS, _HAR_BEGINS, _RECORDER_BEGINS))):
        return None
    if ended or head.lstrip()[:1] not in (b"{", b"[", b"-", b"#", b"h", b"i", b"v", b"w"):
        return False
    return None if b"\n" not in head.strip() and len(head) < 64 else False


def detect_newest_first(head: bytes, ended: bool, asked: Asked) -> Found:
    """Records of a log in one JSON value, the newest first, as consoles and query tools of clouds export them."""
    start = head.lstrip()
    line = _LINE_OF_JSON.match(start)
    if asked.unwrap is not None or not start.startswith((b"{", b"[")) or (line and start[line.end() :].strip()):
        return False
    value = value_of(start) if line else unfinished_value_of(start)
    if value is None:
        return False
    found = is_newest_first(value)
    if line and found and not ended:
        return None  # another line would make it a line of a log
    if found is None and not ended and not line and not is_known(value[0] if isinstance(value, list) else value):
        return None
    return Document("JSON document", asked) if found else False


def detect_open_value(head: bytes, ended: bool, asked: Asked) -> Found:
    """A JSON value that is not whole in the head and shows no record yet: it may hold some."""
    start = head.lstrip()
    if asked.unwrap is not None or not ended or not _DOCUMENT.match(start):
        return False
    first, _, others = start.partition(b"\n")
    if start.startswith(b"{") and first.rstrip().endswith(b"}") and others.strip():
        return False  # lines of JSON
    value = unfinished_value_of(start)
    if value is None:
        return False
    if not others.strip() and isinstance(value, dict) and not any(isinstance(one, _HOLDERS) for one in value.values()):
        return False  # one line that holds no stream: a record like any other
    first_value = value[0] if isinstance(value, list) and value else value
    error = isinstance(first_value, dict) and ("error" in first_value or error_body(first_value) is not None)
    read_elsewhere = error or is_known(first_value) or is_known(value) or begins_request(first_value) or not first_value
    return False if read_elsewhere else OpenValue(asked)


class Document(WholeLayer):
    """One document, opened at its end."""

    def __init__(self, kind: str, asked: Asked) -> None:
        super().__init__(f"this {kind}", "split it, or export fewer entries")
        self._kind = kind
        self._asked = asked
        self._open_brackets = 0  # at the end of a cut value
        self._behind = b""  # what is behind a cassette and is none
        self.unwraps = False  # the records are members, so that --unwrap and --split-by concern this layer

    def _whole(self) -> Iterator[Item]:
        """The streams in the document."""
        from unspool.intake.containers.cassette import BadYaml  # noqa: PLC0415 - start-up

        yield Notice(f"{self._kind}: by its first members")
        head = self._data.head(HEAD_BYTES)
        try:
            value, text, cut = self._load()
        except SourceFailed as fault:
            yield Broken(fault.reason, fault.advice)
            return
        except BadYaml as fault:
            yield Broken(f"{self._kind}: {fault}", "record it again, or check the file")
            return
        if value is None:
            yield Broken(f"this {self._kind} is no whole JSON", "check the file")
            return
        record = Record(1, 0, text, None)
        record.set_value(value)
        held = [record]
        del value, text, record
        yield from self._open(held, head, cut)
        if cut:
            advice = "what is there was read; get the whole file"
            yield Broken(f"this {self._kind} is cut: it ends inside of a value", advice, cut=True)
        if self._behind:
            yield Part("")
            yield self._behind

    def _load(self) -> tuple[Any, bytes, bool]:
        """The value, its JSON if that is whole, and whether it ends early; the bytes are given up."""
        data = self._take().removeprefix(BOM_UTF8)
        if self._kind.startswith("YAML"):
            from unspool.intake.containers.cassette import load_yaml, split_yaml  # noqa: PLC0415 - start-up

            data, self._behind = split_yaml(data)
            value, cut = load_yaml(data)
            return value, b"", cut
        try:
            value, text = decode(data), data
        except MalformedRecord:
            from unspool.intake.damaged.damage import lists_in, values_in  # noqa: PLC0415 - start-up

            glued = values_in(data) or lists_in(data)
            if glued is None or not _is_cassette(glued[0]):
                first = _first_cassette(data)
                if first is not None:
                    value, text = first
                    self._behind = data[len(text) :].lstrip()
                    return value, text, False
            if glued is None:
                self._open_brackets = nesting(data)
                return unfinished_value_of(data), b"", True
            value, text = glued
        return value, text, False

    def _open(self, held: list[Record], head: bytes, cut: bool) -> Iterator[Item]:
        """The streams in a value, which is taken from a list of one: a long one is given up on the way."""
        from unspool.intake.containers import cassette  # noqa: PLC0415 - start-up
        from unspool.intake.containers.exchange import read  # noqa: PLC0415 - start-up

        value = held[0].value
        interactions = cassette.interactions_of(value)
        if interactions is not None:
            yield from read(cassette.exchanges(interactions), "cassette", cut)
            return
        fixtures = cassette.fixtures_of(value)
        if fixtures is not None:
            yield from (encode(one) + b"\n" for one in fixtures)
            return
        path = self._path_in(value, cut)
        if holds_strings(value):
            yield from envelope((), "read the strings of a list as records", self._asked).values(held)
            return
        if path is None:
            look = recognise(head)
            if look is not None:
                yield Broken(f"this looks like {look.what}", look.advice)
            elif not cut:  # else the rest may hold one
                yield Broken("this JSON holds no record of a known format", "name the member that does with --unwrap")
            return
        self.unwraps = True
        if not cut or _without_open(value, path, self._open_brackets):
            del value
            yield from self._read(held, path)

    def _path_in(self, value: Any, cut: bool) -> Path | None:
        path = find_path(value) if self._asked.unwrap is None else parse_path(self._asked.unwrap)
        if path is None:
            path = find_indented([value], not cut)
            if path is not None:  # a record has the place of many strings, so that it leaves alone
                self._asked = self._asked._replace(keeps_log=False)
        return path

    def _read(self, held: list[Record], path: Path) -> Iterator[Item]:
        """The records at a path in the value of the one record of a list, in the order of their times."""
        value = held[0].value
        if is_newest_first(value):
            yield Notice("the records are in descending order of their times: the last is read first")
            held[0].data = b""  # its records are in another order
            value = oldest_first(value)
            held[0].set_value(value)
        layer = envelope(path, how_read(path).replace(" of each record", ""), self._asked)
        if self._asked.split_by is None or not isinstance(value, list):
            del value
            yield from layer.values(held)
        else:  # each has a key
            for one in value:
                record = Record(1, 0, b"", None)
                record.set_value(one)
                yield from layer.values([record])
        yield from layer.close()


class OpenValue(Document):
    """A value that was not whole in the head: a document, or the first line of a log."""

    def __init__(self, asked: Asked) -> None:
        super().__init__("JSON document", asked)
        self._lines: Lines | None = Lines()  # None once it is a document
        self._ahead: list[bytes] = []  # lines that are not in the document yet

    def feed(self, block: bytes) -> Iterator[Item]:
        """Keep ``block``."""
        if self._lines is None:
            yield from super().feed(block)
        else:
            self._ahead += self._lines.feed(block)

    def as_lines(self, ended: bool) -> tuple[Layer, list[bytes]] | None:
        """Return the layer for the lines, and the bytes so far, where the first are values and one holds a record.

        A line that no other one follows is a document, unless it is a record itself.
        """
        if self._lines is None:
            return None
        if ended:
            self._ahead += self._lines.close()
        while len(self._ahead) > 1 and any(not line.isspace() for line in self._ahead[1:]):
            found = self._layer_of(self._ahead[0])
            if found is not None:
                blocks = [self._take(), *self._ahead, *self._lines.close()]
                self._ahead = []
                return found, blocks
            if not self._data.size and not isinstance(_outline(self._ahead[0]), dict):
                ended = True  # the value has more than one line
                break
            self._data.add(self._ahead.pop(0))
        if ended:
            self._ahead += self._lines.close()  # what is behind the last line end
            self._lines = None
            if len(self._ahead) == 1 and not self._data.size and is_known(_outline(self._ahead[0])):
                return Plain(), self._ahead
            self._ahead.reverse()
            while self._ahead:  # no long one is in memory twice
                self._data.add(self._ahead.pop())
        return None

    def _layer_of(self, line: bytes) -> Layer | None:
        found = detect_records(line, True, self._asked)
        return Plain() if found is True else found or None


def _is_cassette(value: Any) -> bool:
    from unspool.intake.containers.cassette import fixtures_of, interactions_of  # noqa: PLC0415 - start-up

    return interactions_of(value) is not None or fixtures_of(value) is not None


def _first_cassette(data: bytes) -> tuple[Any, bytes] | None:
    """The cassette at the beginning, with its JSON; None where it is cut, or is none."""
    text = data.decode("utf-8", "surrogateescape")
    found = value_at(text, len(text) - len(text.lstrip()))
    if found is None or not _is_cassette(found[0]):
        return None
    return found[0], text[: found[1]].encode("utf-8", "surrogateescape")


def _outline(line: bytes) -> Any:
    """The value of a line, in which long strings are empty."""
    return value_of(without_long_strings(line))


def _without_open(value: Any, path: Path, brackets: int) -> bool:
    """Remove the record that a cut value ends in, as its other members may say what it is; returns whether any is left.

    Its text may be a thought, or a user's. ``brackets`` are open at the end.
    """
    records = list(values_at(value, path))
    last = records[-1] if records else None
    parent: Any = None
    key: Any = None
    depth, one = 0, value
    while one is not last and isinstance(one, (dict, list)) and one:
        parent, key = one, next(reversed(one)) if isinstance(one, dict) else -1
        one, depth = one[key], depth + 1
    if one is not last or not isinstance(last, (dict, list)) or brackets <= depth:
        return bool(records)
    if parent is not None:
        del parent[key]
    return len(records) > 1 and parent is not None
