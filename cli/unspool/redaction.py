"""Secrets of this process, kept out of every message, traceback and report of a failure.

    protect(text)      text that no message may hold: a key, a password
    protect_url(url)   the credentials in an address; protect_proxies() those of the environment's proxies
    redact(text)       a message without them
    mask(data)         the same for bytes, of which none moves

What a server sends can hold the key of the request (in an error, a header, a
redirect), and so can a library's message about it. The bytes of a response are
never altered: only messages about them are redacted.
"""

import re
from collections.abc import Iterator
from contextlib import suppress

_SHORTEST = 12  # characters: a shorter key ("test", "none") is a placeholder and would match in ordinary words
_MASK = "***"
# Compiled at their first use, since most runs report nothing.
_USER_IN_URL = r"(://)[^/\s@]+@"
_CREDENTIALS = (
    r"""(?i)(authorization["']?\s*[:=]\s*["']?(?:(?:bearer|basic)\s+)?|"""
    r"""bearer\s+(?=\S*\d))[^\s"',;]+"""  # the words "bearer token" and "authorization header" stay
)

_TOKEN = re.compile(r"[:=@]|^(?:sk|pk|key|token)[-_]|(?<!\w)(?=\w*\d)(?=\w*[A-Za-z])\w{20,}")
"""A user and a password, a name and a value, a key by its beginning, or a long run of letters and digits."""

_protected: set[str] = set()
"""One set for the process: a secret is one wherever text leaves."""


def protect(secret: str) -> None:
    """Let no message hold this text, nor the forms that URLs, JSON and base64 give it; letters in either case."""
    import json  # noqa: PLC0415 - only a command that calls a server has secrets
    from urllib.parse import quote, unquote  # noqa: PLC0415 - the same

    in_json = json.dumps(secret)[1:-1]
    forms = {secret, unquote(secret), quote(secret), quote(secret, safe=""), in_json, in_json.replace("/", r"\/")}
    for form in _in_base64(unquote(secret)):
        forms |= {form, form.replace("+", "-").replace("/", "_"), quote(form, safe="")}
    _protected.update(form for form in forms if len(form) >= _SHORTEST)


def protect_url(url: str) -> None:
    """Protect what may be a credential in a URL: user and password, values of the query, tokens in the path."""
    from urllib.parse import parse_qsl, unquote, urlsplit  # noqa: PLC0415 - only a command that calls has secrets

    parts = urlsplit(url)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    path = [part for part in parts.path.split("/") if _TOKEN.search(part)]
    for secret in (user, password, f"{user}:{password}", *(value for _, value in parse_qsl(parts.query)), *path):
        protect(secret)


def protect_proxies() -> None:
    """Protect the credentials in the addresses of proxies, as HTTP clients take them from the environment."""
    from urllib.request import getproxies  # noqa: PLC0415 - only a command that calls a server has secrets

    for address in getproxies().values():
        with suppress(ValueError):
            protect_url(address)


def redact(text: str) -> str:
    """``text`` without protected secrets, the user part of URLs and the value of an authorization header."""
    lower = text.lower()
    if any(form.lower() in lower for form in _protected):
        text = re.sub(_pattern(), _MASK, text)
    text = re.sub(_USER_IN_URL, rf"\1{_MASK}@", text)
    return re.sub(_CREDENTIALS, rf"\1{_MASK}", text)


def mask(data: bytes) -> bytes:
    """``data`` with each protected secret as as many asterisks, so that every offset in it holds."""
    lower = data.lower()
    if not any(_encoded(form).lower() in lower for form in _protected):
        return data
    return re.sub(_encoded(_pattern()), lambda found: b"*" * len(found[0]), data)


def longest() -> int:
    """Bytes of the longest form of a secret: so much around an excerpt decides what may be shown of it."""
    return max((len(_encoded(form)) for form in _protected), default=0)


def _pattern() -> str:
    return "(?i)" + "|".join(re.escape(form) for form in sorted(_protected, key=len, reverse=True))


def _encoded(text: str) -> bytes:
    return text.encode(errors="surrogateescape")


def _in_base64(secret: str) -> Iterator[str]:
    """What base64 of the secret has in common with that of all texts that hold it, for each of three alignments."""
    from base64 import b64encode  # noqa: PLC0415 - only a command that calls a server has secrets

    data = _encoded(secret)
    for before in range(3):
        bits = 8 * before, 8 * (before + len(data))
        yield b64encode(b"\0" * before + data).decode()[-(-bits[0] // 6) : bits[1] // 6]
