"""The parts of an exchange that a recording does not hold: a file of JSON next to it, ``NAME.exchange.json``.

It has the request and its hash, the status, and headers that say something about
the answer. It never has a key, a cookie or an authorization header: headers are
kept by name, and what was one of the request's credentials is masked anywhere.
"""

import json
import os
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from unspool.core.errors import MalformedRecord
from unspool.files import create_private, read_file
from unspool.formats.json_codec import decode
from unspool.redaction import mask
from unspool.serve.http.asgi import RawHeaders

ENDING = ".exchange.json"
_VERSION = 1
_KEPT = frozenset({"content-type", "retry-after", "x-request-id", "request-id", "openai-model", "openai-version"})
_KEPT_BEGINNINGS = ("x-ratelimit-", "anthropic-ratelimit-")
_CREDENTIALS = frozenset({"authorization", "proxy-authorization", "x-api-key", "api-key", "x-goog-api-key", "cookie"})
_STATUSES = frozenset({*range(200, 600)} - {204, 205, 304})
"""The statuses of answers that have a body."""
_TOKEN = re.compile(r"[a-z0-9-]+")
_SHORTEST = 8  # characters: what is shorter is a placeholder


class Sidecar(NamedTuple):
    """One exchange without the body of its answer."""

    method: str
    path: str
    status: int
    headers: dict[str, str]
    request: Any  # its body as JSON; None where it was none
    request_hash: str


def path_of(recording: str) -> str:
    """The path of the sidecar of a recording."""
    return os.path.splitext(recording)[0] + ENDING


def credentials(headers: Iterable[tuple[bytes, bytes]]) -> list[bytes]:
    """The secrets of a request: what must be in no file."""
    found = []
    for name, value in headers:
        if name.lower().decode("latin-1") in _CREDENTIALS:
            found += [value, *value.split(b" "), *(part.partition(b"=")[2] for part in value.split(b"; "))]
    return sorted({one for one in found if len(one) >= _SHORTEST}, key=len, reverse=True)


def masked(data: bytes, secrets: Iterable[bytes]) -> bytes:
    """The bytes with each secret as as many asterisks."""
    for secret in secrets:
        data = data.replace(secret, b"*" * len(secret))
    return mask(data)


def kept_headers(headers: RawHeaders) -> dict[str, str]:
    """The headers of an answer that are worth keeping."""
    named = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers]
    return {name: value for name, value in named if _is_kept(name)}


def _is_kept(name: str) -> bool:
    return name in _KEPT or name.startswith(_KEPT_BEGINNINGS)


def _safe(headers: dict[Any, Any]) -> dict[str, str]:
    """The headers of a file from strangers that can be sent: no others than are written, and no line ends in them."""
    named = {str(name).lower(): str(value) for name, value in headers.items()}
    return {
        name: value
        for name, value in named.items()
        if _is_kept(name) and _TOKEN.fullmatch(name) and value.isascii() and value.isprintable()
    }


def write(path: str, one: Sidecar, secrets: Iterable[bytes]) -> None:
    """Write a sidecar that is not there yet. Raises OSError."""
    value = {"version": _VERSION, **one._asdict()}
    text = json.dumps(value, ensure_ascii=False, indent=1)
    create_private(path, masked(text.encode(errors="backslashreplace") + b"\n", secrets))


def read(path: str) -> Sidecar | None:
    """The sidecar at ``path``, None where there is none. Raises OSError, and ValueError for what is none."""
    try:
        data = read_file(path, os.path.dirname(path))
    except FileNotFoundError:
        return None
    try:
        value = decode(data)
    except MalformedRecord as fault:
        raise ValueError(fault.reason) from None
    if not isinstance(value, dict) or value.get("version") != _VERSION:
        raise ValueError("it is no sidecar of a recording, or of another version")
    headers, status = value.get("headers"), value.get("status")
    return Sidecar(
        str(value.get("method")),
        str(value.get("path")),
        status if isinstance(status, int) and status in _STATUSES else 200,
        _safe(headers) if isinstance(headers, dict) else {},
        value.get("request"),
        str(value.get("request_hash") or ""),
    )
