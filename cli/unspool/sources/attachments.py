"""Files that go along with a question: text as a fenced block, an image as a part of the message's content.

attachment = read_attachment("photo.png")       raises OSError, ValueError
attachment.kind                                 "image/png, 34 kB", for people
message_content("What is it?", [attachment])    a string, or parts where an image is among them
"""

import os
from collections.abc import Sequence
from typing import Any, NamedTuple

from unspool.files import read_file

_LONGEST_TEXT = 10_000_000  # bytes
_LARGEST_IMAGE = 20_000_000  # bytes, before base64 adds a third
_SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
"""The first bytes of the images that models read; WebP has its name after a length."""

Content = str | list[dict[str, Any]]


class Attachment(NamedTuple):
    """One file: its fenced text, or an image as a data URL (RFC 2397); the other of the two is ""."""

    name: str
    kind: str
    text: str = ""
    image: str = ""


def read_attachment(path: str) -> Attachment:
    """The file at ``path``. Raises OSError, and ValueError for what is neither an image nor text, or is too large."""
    return attachment_of(os.path.basename(path), read_file(path))


def attachment_of(name: str, data: bytes) -> Attachment:
    """The attachment that ``data`` is. Raises ValueError for what is neither an image nor text, or is too large."""
    media_type = image_type(data)
    kind = f"{media_type or 'text'}, {readable_size(len(data))}"
    limit = _LARGEST_IMAGE if media_type else _LONGEST_TEXT
    if len(data) > limit:
        raise ValueError(f"too large ({kind}; the limit is {readable_size(limit)})")
    if media_type:
        from base64 import b64encode  # noqa: PLC0415 - start-up

        return Attachment(name, kind, image=f"data:{media_type};base64,{b64encode(data).decode()}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("neither text in UTF-8 nor an image (PNG, JPEG, GIF, WebP)") from None
    return Attachment(name, kind, text=_fenced(name, text))


def image_type(data: bytes) -> str:
    """The media type of an image, by its first bytes; "" for anything else."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for signature, kind in _SIGNATURES.items() if data.startswith(signature)), "")


def message_content(text: str, images: Sequence[str]) -> Content:
    """The content of a user message: ``text`` alone, or parts where there are images (as data URLs)."""
    if not images:
        return text
    parts: list[dict[str, Any]] = [{"type": "image_url", "image_url": {"url": url}} for url in images]
    return [{"type": "text", "text": text}, *parts]


def with_attachments(text: str, attachments: Sequence[Attachment]) -> tuple[str, list[str]]:
    """The text with the attached texts before it, and the images."""
    images = [attachment.image for attachment in attachments if attachment.image]
    return "".join(attachment.text for attachment in attachments) + text, images


def readable_size(size: int) -> str:
    """A number of bytes for people, in decimal units."""
    for unit, factor in (("MB", 1_000_000), ("kB", 1000)):
        if size >= factor:
            return f"{size / factor:.3g} {unit}"
    return f"{size} bytes"


def _fenced(name: str, text: str) -> str:
    """The text in a fence that is longer than any in it."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"File {name}:\n\n{fence}\n{text.rstrip()}\n{fence}\n\n"
