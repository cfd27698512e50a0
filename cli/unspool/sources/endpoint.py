"""The endpoint of a live call: base URL, key and interface of a server."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from unspool.redaction import protect, protect_proxies, protect_url, redact
from unspool.sources.request_body import Api

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
        protect_url(self.base_url)
        protect_proxies()
        for secret in (self.key, *self.headers.values()):
            protect(secret)
            protect(secret.rpartition(" ")[2])  # of "Bearer KEY"
        object.__setattr__(self, "name", redact(f"{parts.scheme}://{parts.hostname}{port}{parts.path}"))


def check_key(key: str) -> None:
    """Raise ValueError for a key that no header can carry; the message does not hold it."""
    for position, character in enumerate(key, 1):
        if not "!" <= character <= "~":
            raise ValueError(f"character {position} of {len(key)} is U+{ord(character):04X}, which no key has")
