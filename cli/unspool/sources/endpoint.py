"""The endpoint of a live call: base URL, key and interface of a server."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl, urlsplit

from unspool.redaction import protect, redact
from unspool.sources.request_body import Api

_TOKEN = re.compile(r"[:=@]|^(?:sk|pk|key|token)[-_]|(?<!\w)(?=\w*\d)(?=\w*[A-Za-z])\w{20,}")
"""A user and a password, a name and a value, a key by its beginning, or a long run of letters and digits."""

OPENAI = "https://api.openai.com/v1"


@dataclass(frozen=True)
class Endpoint:
    """The address of an API: its interface, a base URL, and a key ("" if it needs none).

    ``timeout`` is how long nothing may arrive, in seconds; None leaves it to the
    openai package, which waits for ten minutes. ``headers`` are sent with each
    request, in addition to those of the openai package. ``name`` is the URL for messages,
    without what may be secret in it. Raises ValueError for what is no URL of a server.
    """

    base_url: str = OPENAI
    key: str = field(default="", repr=False)
    timeout: float | None = None
    api: Api = Api.CHAT
    headers: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)  # may hold secrets
    name: str = field(init=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("it does not begin with http:// or https:// and a host")
        port = f":{parts.port}" if parts.port else ""
        for secret in (self.key, parts.password or "", *_secrets_of(parts)):
            protect(secret)
        object.__setattr__(self, "name", redact(f"{parts.scheme}://{parts.hostname}{port}{parts.path}"))


def _secrets_of(parts: SplitResult) -> list[str]:
    """Return the possible credentials in a URL: values of the query, and tokens in the path."""
    values = [value for _, value in parse_qsl(parts.query)]
    return [*values, *(part for part in parts.path.split("/") if _TOKEN.search(part))]


def check_key(key: str) -> None:
    """Raise ValueError for a key that no header can carry; the message does not hold it."""
    for position, character in enumerate(key, 1):
        if not "!" <= character <= "~":
            raise ValueError(f"character {position} of {len(key)} is U+{ord(character):04X}, which no key has")
