"""Amazon's binary messages: no layer is around them, so that no other one need be looked for."""

from unspool.formats.aws_eventstream import begins_message
from unspool.intake.asked import Asked
from unspool.intake.items import Found


def detect(head: bytes, ended: bool, asked: Asked) -> Found:
    """The checksum of the first lengths: the stream is plain."""
    found = asked.encoding is None and head.startswith(b"\0") and begins_message(head)
    return bool(found) if ended else found
