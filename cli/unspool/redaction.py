"""Secrets of this process, kept out of every message, traceback and report of a failure.

    protect(text)      text that no message may hold: a key, a password
    redact(text)       a message without them
    mask(data)         the same for bytes, of which none moves

What a server sends can hold the key of the request (in an error, a header, a
redirect), and so can a library's message about it. The bytes of a response are
never altered: only messages about them are redacted.
"""

import json
import re

_SHORTEST = 12  # characters: a shorter key ("test", "none") is a placeholder and would match in ordinary words
_MASK = "***"
# Compiled at their first use, since most runs report nothing.
_USER_IN_URL = r"(://)[^/\s@]+@"
_CREDENTIALS = (
    r"""(?i)(authorization["']?\s*[:=]\s*["']?(?:(?:bearer|basic)\s+)?|"""
    r"""bearer\s+(?=\S*\d))[^\s"',;]+"""  # the words "bearer token" and "authorization header" stay
)

_protected: set[str] = set()
"""One set for the process: a secret is one wherever text leaves."""


def protect(secret: str) -> None:
    """Let no message hold this text, nor the forms that URLs and JSON give it."""
    from urllib.parse import quote, unquote  # noqa: PLC0415 - only a command that calls a server has secrets

    forms = {secret, unquote(secret), quote(secret), quote(secret, safe=""), json.dumps(secret)[1:-1]}
    _protected.update(form for form in forms if len(form) >= _SHORTEST)


def redact(text: str) -> str:
    """``text`` without protected secrets, the user part of URLs and the value of an authorization header."""
    for secret in _longest_first():
        text = text.replace(secret, _MASK)
    text = re.sub(_USER_IN_URL, rf"\1{_MASK}@", text)
    return re.sub(_CREDENTIALS, rf"\1{_MASK}", text)


def mask(data: bytes) -> bytes:
    """``data`` with each protected secret as as many asterisks, so that every offset in it holds."""
    for secret in _longest_first():
        form = secret.encode(errors="surrogateescape")
        data = data.replace(form, b"*" * len(form))
    return data


def longest() -> int:
    """Bytes of the longest protected secret: so much around an excerpt decides what may be shown of it."""
    return max((len(secret.encode(errors="surrogateescape")) for secret in _protected), default=0)


def _longest_first() -> list[str]:
    return sorted(_protected, key=len, reverse=True)
