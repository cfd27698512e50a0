"""Output of wget around a body: its own lines, the meter of dots, and with ``-S`` the heads of the responses.

The heads leave as HTTP, so that a status is read as of any other response.
"""

import re
from collections.abc import Iterator

from unspool.intake.asked import Asked, Notice
from unspool.intake.items import Broken, Found, Item, LineLayer
from unspool.intake.json_text.literals import is_whole_line

_BEGIN = re.compile(
    rb"--\d{4}-\d\d-\d\d \d\d:\d\d:\d\d--  \S|Resolving \S+ \(|Connecting to \S+ \(|Username/Password Auth|wget: "
    rb"|  HTTP/\d(?:\.\d)? \d{3}"
)
_OWN = re.compile(
    rb"--\d{4}-|wget: |Resolving |Connecting to |Reusing |Proxy request|Location: |Length: |Saving to: |Giving up"
    rb"|Retrying|Authentication selected|Username/Password Auth|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (?:\(|ERROR |URL:)"
)
_SENT = re.compile(rb"[\w ]* request sent, awaiting response\.\.\. *(\d{3}[^\r\n]*)?")
_HEAD = re.compile(rb"  (HTTP/|[A-Za-z][\w-]*: )")
_RATE = rb"(?: *\d{1,3}%)?(?: *[\d.]+[KMGT]?(?:[ =]{1,2}[\d.]+[smhd])?)?"
_METER_LINE = re.compile(rb" *\d+[KM] ")
_METER = re.compile(rb" *\d+[KM] [ .]*" + _RATE + rb"| *\.[ .]*" + _RATE + rb"| {8,}[\d.]+[KMGT]?=[\d.]+[smhd]")
_METER_END = re.compile(rb"(?<! ) {8,}+[\d.]+[KMGT]?[ =]{1,2}[\d.]+[smhd](?=\s*\Z)")
"""The end of the meter, behind a body that no line end closes."""
_BAR = re.compile(rb"\r?[ \d%.KMGT-]*\[[ <=>+]*\](?:[ \d.,KMGTB/s=h-]|in |eta )*")
_OUTSIDE = re.compile(rb'("(?:[^"\\]++|\\.)*+"|\d\.\d)|\.')
"""A dot in JSON that is in no string or number."""
_NAME = re.compile(rb'(?:(?<="id":)|(?<="id": )|(?="[\w.]+"\s*:))"([\w-]*\.[\w.-]*)"')
"""The name of a member, or an id, with a dot in it."""
_AGAIN = re.compile(rb"Retrying\.\s*\Z|Authentication selected")
_STATUS = re.compile(rb"HTTP/\d(?:\.\d)? +(\d{3})")
_FAILED = re.compile(rb"Connecting to [^\r\n]*?failed: ([^\r\n]+)|(?:wget: )?((?<=wget: )[^\r\n]+|Username/[^\r\n]+)")

_IN_RECORDS = Notice(
    "wget's meter is inside the records, so that a dot in the text may be its; record with wget -q", loud=True
)


def detect(head: bytes, ended: bool, asked: Asked) -> Found:
    """The first line that wget writes of a request."""
    if _BEGIN.match(head):
        return Wget(head.startswith(b"  "))
    return None if not ended and len(head) < 32 and head[:1] in b"-RCUw " and b"\n" not in head else False


class Wget(LineLayer):
    """Heads of responses and bodies; ``in_head`` if a head is all that precedes the body (-nv -S)."""

    def __init__(self, in_head: bool = False) -> None:
        super().__init__(Notice("wget, by its own lines: they are removed"))
        self._in_head = self._answered = in_head
        self._failure = "no response"
        self._refused: list[bytes] | None = None  # a failed response, until it is known that wget asks no more
        self._body = False  # a response was accepted
        self._retried = False
        self._resumes = False  # wget passes over what it has, so that the body goes on
        self._half = b""  # of a record, which the meter may divide
        self._metered = False  # dots come behind each read of the body
        self._record = b""  # the last one
        self._doubtful = False  # it has a name with a dot, and is the first one

    def close(self) -> Iterator[Item]:
        """Yield what remains of the last line."""
        yield from super().close()
        yield self._half
        yield b"".join(self._refused or [])
        if not self._answered:
            yield Broken(f"wget got nothing: {self._failure}", "ask again")

    def _line(self, line: bytes) -> Iterator[Item]:
        """Yield a line, with the half record before it where the meter began a line inside of the record."""
        text = self._decided(line)
        metered = _METER_LINE.match(line) is not None
        self._metered = self._metered or metered
        if self._half and metered:
            yield _IN_RECORDS
            self._half = self._half.rstrip(b"\r\n")
        before, self._half = self._half, b""
        if self._metered:
            undotted = self._without_dots(before + text)
            if undotted != before + text or self._doubtful:
                yield _IN_RECORDS
                before, text, self._doubtful = b"", undotted, False
        if is_whole_line(before + text):
            yield before + text
        elif before.endswith(b"\n"):
            yield before
            self._half = text
        else:
            self._half = before + text

    def _without_dots(self, line: bytes) -> bytes:
        """Return a record without the dots of the meter that show: outside of strings, in names, and in the id."""
        record = _OUTSIDE.sub(rb"\1", line) if b"." in line else line
        if not _is_record(record):
            return line
        for name in _NAME.findall(record) if b"." in record else ():
            known = name.replace(b".", b"")
            if b'"%b"' % known in self._record:
                record = record.replace(b'"%b"' % name, b'"%b"' % known)
            self._doubtful = self._doubtful or (not self._record and b'"%b":' % name in record.replace(b" ", b""))
        self._record = record
        return record

    def _decided(self, line: bytes) -> bytes:
        """Return the bytes to pass on now; a refused response waits until it is known whether wget asked again."""
        text = self._without_own(line)
        if _AGAIN.search(line):
            self._retried, self._refused = True, None
            return b""
        status = _STATUS.match(text)
        if status is None:
            if self._refused is None:
                return text
            self._refused.append(text)
            return b""
        before, self._refused = b"".join(self._refused or []), None
        if status[1] >= b"4":
            self._refused = [text]
            return before
        self._body = True
        return before + text

    def _without_own(self, line: bytes) -> bytes:
        """Return what a line holds of a head or a body."""
        sent, failed = _SENT.match(line), _FAILED.match(line)
        if failed:
            self._failure = (failed[1] or failed[2]).decode("utf-8", "replace").rstrip(". ")
        if sent:
            self._answered = True
            self._resumes = self._body and self._retried
            self._in_head = sent[1] is None
            return b"" if sent[1] is None or self._resumes else b"HTTP/1.1 " + sent[1].rstrip() + b"\n\n"
        if self._in_head and _HEAD.match(line):
            return b"" if self._resumes else line[2:]
        end = b"\n" if self._in_head and not self._resumes else b""
        self._in_head = False
        if _OWN.match(line):
            return end
        text = line
        for own in (_METER, _BAR):
            found = own.match(text)
            text = text[found.end() :] if found else text
        text = _METER_END.sub(b"", text)
        return end + (text if text.strip() or text == line else b"")


def _is_record(line: bytes) -> bool:
    """Return whether a line is a whole object or list of JSON, also as the data of an event, or the end of a stream."""
    data = line.strip().removeprefix(b"data:").strip()
    return data == b"[DONE]" or (data.startswith((b"{", b"[")) and is_whole_line(data))
