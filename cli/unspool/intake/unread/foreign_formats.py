"""Recognition of sources that unspool does not read, with advice for each.

``recognise`` knows formats by their first bytes; some are certain at once, the
others only where nothing else could be read.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from unspool.dialects.error_bodies import error_body
from unspool.intake.asked import HEAD_BYTES, Asked
from unspool.intake.items import Broken, Found, Item, NoStream, WholeLayer
from unspool.intake.json_text.literals import text_of, unfinished_value_of, value_at
from unspool.intake.json_text.paths import is_known
from unspool.intake.unread.foreign_format import MEMBER, ForeignFormat
from unspool.intake.unread.requests import detect_alone as detect_requests

_NO_TEXT = "[\\0-\\x08\\x0e-\\x1a\\x1c-\\x1f\\x7f\ufffd]"
_SAMPLE = 128  # bytes
_FEW = 6  # of text a smaller part than one character in so many is none


def recognise(head: bytes, at_once: bool = False) -> ForeignFormat | None:
    """The format that ``head`` begins, None if it is none of these."""
    return _recognised(head[:HEAD_BYTES], at_once)


@lru_cache(maxsize=8)  # each layer of a source asks, and the report on it
def _recognised(head: bytes, at_once: bool) -> ForeignFormat | None:
    from unspool.intake.unread.foreign_table import FORMATS  # noqa: PLC0415 - start-up: most sources are read

    for one in FORMATS:
        found = one.match(head) if one.at_once or not at_once else None
        if found is not None:
            member = found.groupdict().get("member")
            return one._replace(advice=one.advice.replace(MEMBER, member.decode())) if member else one
    return None


def detect(head: bytes, ended: bool, asked: Asked) -> Found:
    """A format that is certain by its first bytes."""
    if head[:1] in (b"{", b"[") and not head.startswith((b"{'", b"[{'")):
        return False
    found = recognise(head, at_once=True)
    if found is not None and _ERROR_EVENTS in found.what:
        return WithError(found)
    if found is not None:
        return NoStream(Broken(f"this is {found.what}", found.advice))
    return False


_ERROR_EVENTS = "(its errors: "
_ERROR = re.compile(rb"^event: ?error\r?\n(?:id:[^\n]*\n)?data: ?([^\r\n]+)", re.MULTILINE)


class WithError(WholeLayer):
    """An event stream that is not read, but for the message of its error (R12)."""

    def __init__(self, found: ForeignFormat) -> None:
        super().__init__(f"this {found.what}", found.advice)

    def _whole(self) -> Iterator[Item]:
        """The name of the format, with the first error."""
        error = _ERROR.search(self._take())
        said = "" if error is None else f"; the provider sent an error: {_message(error[1])}"
        yield Broken(self._what.replace("this ", "this is ", 1) + said, self._advice)


def _message(data: bytes) -> str:
    """The message in the data of an error, or the data itself; at most 500 characters."""
    text = data.decode("utf-8", "replace")
    body = error_body(unfinished_value_of(data))
    return str((body or {}).get("message", text))[:500]


def detect_binary(head: bytes, ended: bool, asked: Asked) -> Found:
    """Bytes that are no text: brotli, which begins with no mark, or anything else."""
    text = head[:_SAMPLE].decode("utf-8", "replace")
    if head.startswith((b"\0\0", b"{", b"[", b"data:")) or not re.search(_NO_TEXT, text):
        return False  # frames of AWS, or text, also with damage
    if len(head) < _SAMPLE and not ended:
        return None
    if len(re.findall(_NO_TEXT, text)) * _FEW < len(text):
        return False
    return NoStream(
        Broken(
            "this is binary data of no known format",
            "decompress it first; of a server's brotli, record with curl --compressed",
        )
    )


def detect_last(head: bytes, ended: bool, asked: Asked) -> Found:
    """A format in which nothing was found that could be read."""
    if not ended:
        return False
    found = recognise(head)
    if found is not None and not is_known(_first_value(head)):
        return NoStream(Broken(f"this looks like {found.what}", found.advice))
    return detect_requests(head)


def _first_value(head: bytes) -> Any:
    """Return the first JSON value, whatever follows it on its line; None where the bytes begin with none."""
    found = value_at(text_of(head).lstrip())
    return None if found is None else found[0]
