"""Output of ``wget -d`` around a body: heads between marks, and lines about sockets and settings.

What comes before ``---response begin---`` is the request and wget's own, and is
removed; so keys in it are not shown. The heads leave as HTTP.
"""

import re

from unspool.intake.asked import Asked
from unspool.intake.http.wget import Wget
from unspool.intake.items import Found

_BEGIN = re.compile(rb"Setting --[\w-]+ \(\w+\) to |DEBUG output created by Wget ")
_MARK = re.compile(rb"---(request|response) (begin|end)---\s*\Z")
_OWN = re.compile(
    rb"Registered socket \d|Closed fd \d|Created socket \d|Disabling further reuse|Releasing 0x|Deleting unused 0x"
    rb"|Stored cookie |Deleted old cookie|Cookie coming from |Attempt to fake the path|cdm: \d"
    rb"|URI (?:encoding|content encoding) = |Reading HSTS |Parsed Strict-Transport|Updated HSTS|Saving HSTS"
    rb"|\d{3} (?:[A-Z][\w -]*)?\r?\n\Z|  (?:HTTP/\d|[A-Za-z][\w-]*: )"
)
_SKIPPED = re.compile(rb"Skipping \d+ bytes of body: \[")
_SKIPPED_END = re.compile(rb"\] done\.\s*\Z")
_FAILED = re.compile(rb"(?:Connecting to .*)?failed: ([^\r\n]+)|wget: ([^\r\n]+)")


def detect(head: bytes, ended: bool, asked: Asked) -> Found:
    """A setting or the banner, with which the output begins."""
    if _BEGIN.match(head):
        return WgetDebug()
    return None if not ended and len(head) < 32 and head[:1] in b"SD" and b"\n" not in head else False


class WgetDebug(Wget):
    """Heads of responses and bodies; see the module's head."""

    def __init__(self) -> None:
        super().__init__()
        self._place = b"none"  # the mark before the line, as "response end"; "body" behind the first of its lines
        self._skipping = False  # in a body that wget shows and does not write

    def _without_own(self, line: bytes) -> bytes:
        mark = _MARK.match(line)
        if mark:
            self._place = mark[1] + b" " + mark[2]
            self._answered = self._answered or self._place == b"response end"
            return b"\n" if self._place == b"response end" else b""
        if self._place == b"response begin":
            return line if line.strip() else b""
        if self._place in (b"response end", b"body"):
            text = self._body_line(line)
            if text.strip():
                self._place = b"body"
            return text if self._place == b"body" else b""  # blank lines before it are wget's
        failed = _FAILED.match(line)
        if failed:
            self._failure = (failed[1] or failed[2]).decode("utf-8", "replace").rstrip(". ")
        return b""

    def _body_line(self, line: bytes) -> bytes:
        """What a line behind a head holds of the body."""
        begin = _SKIPPED.match(line)
        if begin or self._skipping:
            text = line[begin.end() :] if begin else line
            end = _SKIPPED_END.search(text)
            self._skipping = end is None
            return text[: end.start()] + b"\n" if end else text
        return b"" if _OWN.match(line) else super()._without_own(line)
