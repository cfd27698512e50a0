"""Output of curl around and inside a body: ``-v``, the progress meter and bar.

With output to a file, curl flushes the body by blocks and the rest by lines, so
that its lines can be inside a line of the body. They are cut out, and the two
halves are joined where the first is no whole record. The lines of the
response's head leave without their mark, as HTTP; those of the request never.
"""

import re
from collections.abc import Iterator

from unspool.intake.asked import Asked, Notice
from unspool.intake.items import Broken, Found, Item, LineLayer
from unspool.intake.json_text.literals import is_whole_line

_SIZE = rb"[\d.]+[kMGTP]?"
_METER = re.compile(
    rb"(?:\r|^)[ \d.]*?\d{1,3} +"
    + rb" +".join([_SIZE, rb"\d{1,3}", _SIZE, rb"\d{1,3}", _SIZE, _SIZE, _SIZE])
    + rb"(?: +[-\d:dh]+){3} +"
    + _SIZE
)
_BAR = re.compile(
    rb"(?:\r|(?<![#=O\- ]))[#=O\- ]{20,}+\r(?!\n)"
    rb"|(?:\r|^|(?<=\r))"
    rb"(?:[#=O\- ]*(?<= )\d{1,3}\.\d%|[#=O\-]{3}[#=O\- ]*|(?=[\- ]*+[#=O])[#=O\- ]*+(?=\r|$))"
)
"""A bar begins with a carriage return, or ends with one where the length is not known."""
_FIRST_BAR = re.compile(rb"[#=O\-]{3}[#=O\- ]*\r(?!\n)")
"""A bar without a length, until the next one is drawn over it."""
_INFO = re.compile(rb"\* (?:Connection #\d+|Closing connection|Connection died|.{0,60}left intact|shutting down)[^\n]*")
_FAILED = re.compile(
    rb"(?:\* +)?(curl: \(\d+\)[^\r\n]*|connect to [^\r\n]*failed[^\r\n]*|Could not resolve [^\r\n]*"
    rb"|SSL [^\r\n]*problem[^\r\n]*|(?:Operation|Connection) timed out[^\r\n]*)"
)
_DATA_NOTE = re.compile(rb"[{}] \[\d+ bytes data\]")
_NOISE = (_METER, _BAR, _INFO, _DATA_NOTE)
_HEADINGS = (b"  % Total", b"                                 Dload", b"  %  Total")
_TIME = re.compile(rb"\d\d:\d\d:\d\d\.\d{6} (?=[*<>{}] )")
"""The time that --trace-time writes before a line of -v."""
_BEGIN = re.compile(
    rb"(?:\d\d:\d\d:\d\d\.\d{6} )?"
    rb"(?:\* +(?:Trying|Host |Connected|Expire|Rebuilt|Uses proxy|Could not|Added|Hostname|WARNING|STATE|Re-using)"
    rb"|\*   |[<>] [A-Z]{3,7} \S+ HTTP|< HTTP/|  ?% +Total|Note: Unnecessary use|Warning: |curl: \()"
)
_RECORD = re.compile(rb"\s*(?:data:|[{\[])")
_CLOSES = re.compile(rb"\s*[}\]][}\]\s]*")
_TIMES = re.compile(rb'"(?:http_code|time_total)"\s*:')
_END = 16  # bytes of a text that show whether a line ends with it
_MOST_PIECES = 1_000  # of a record, each of which is parsed with all before it


def has_times(data: bytes) -> bool:
    """Return whether bytes hold the object that ``curl -w '%{json}'`` writes behind a body."""
    return _TIMES.search(data) is not None


def detect(head: bytes, ended: bool, asked: Asked) -> Found:
    """A line of -v, the heading of the meter, a meter or a bar next to a carriage return."""
    if _BEGIN.match(head) or _FIRST_BAR.match(head):
        return Curl()
    if head.startswith(b"\r") and not head.startswith(b"\r\n"):
        line = head.split(b"\n", 1)[0]
        return Curl() if _METER.match(line) or _BAR.match(line) else None if not ended else False
    return None if not ended and len(head) < 12 and head[:1] in b"*<> " else False


class Curl(LineLayer):
    """A body with curl's lines around and inside it."""

    def __init__(self) -> None:
        super().__init__(Notice("curl, by its own lines: they are removed"))
        self._half = b""  # of a record that was cut by noise
        self._pieces = 0  # that it has
        self._failure: bytes | None = None  # what curl says of the transfer
        self._any = False

    def close(self) -> Iterator[Item]:
        """The last line, and half a record that found no other half; or that nothing came."""
        yield from super().close()
        if self._half:
            yield self._half
        if self._failure is not None and not self._any:
            yield Broken(
                self._failure.decode("utf-8", "replace").strip(), "curl got no response, so there is no stream"
            )

    def _line(self, line: bytes) -> Iterator[Item]:
        line = _TIME.sub(b"", line)
        if line.startswith(b"< "):
            self._any = True
            if self._half:  # of a body that is cut, before the next response
                yield self._half + b"\n"
                self._half, self._pieces = b"", 0
            yield line[2:]
            return
        failed = _FAILED.match(line)
        if failed:
            self._failure = failed[1]
        if line.startswith((b"* ", b"> ", b"Warning: ", b"Note: ", b"curl: (", *_HEADINGS)):
            return
        text = line
        for noise in _NOISE:
            text = noise.sub(b"", text)
        if text.startswith(b"< "):
            yield text[2:]
        elif text != line and (not text.strip() or text.startswith((b"* ", b"> "))):
            return
        elif text != line and self._pieces < _MOST_PIECES and _is_half(self._half + text, line):
            self._half += text.rstrip(b"\r\n")
            self._pieces += 1
        else:
            whole, self._half, self._pieces = self._half + text, b"", 0
            self._any = self._any or bool(whole.strip())
            yield whole


def _is_half(text: bytes, line: bytes) -> bool:
    """Return whether the rest of a text follows; ``line`` is its last line, with what curl wrote into it.

    Where curl's own text ends the line, all but a whole record is cut, also inside of the name of a field, or of a
    chunk (--raw).
    """
    cut = not line.rstrip().endswith(text.rstrip()[-_END:])
    if not is_whole_line(text):
        return cut or not text.rstrip().endswith((b"{", b"["))  # of an indented object, which goes on anyway
    if _CLOSES.fullmatch(text):  # the last line of one
        return False
    return cut and not text.isspace() and (b"{" not in text or not _RECORD.match(text))
