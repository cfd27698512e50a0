"""The endpoint of a live call: base URL, key and interface of a server."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
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
    without what may be secret in it. ``api`` can be given as its word (``"responses"``). Raises
    ValueError for what is no URL of a server or no such word, TypeError for a value of another type.
    """

    base_url: str = OPENAI
    key: str = field(default="", repr=False)
    timeout: float | None = None
    api: Api = Api.CHAT
    headers: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)  # may hold secrets
    name: str = field(init=False)

    def __post_init__(self) -> None:
        self._check_types()
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

    def _check_types(self) -> None:
        for name, value in (("base_url", self.base_url), ("key", self.key)):
            if not isinstance(value, str):
                raise TypeError(f"{name} must be a str, not {type(value).__name__}")
        if self.timeout is not None and not isinstance(self.timeout, (int, float)):
            raise TypeError(f"timeout must be a number of seconds, not {type(self.timeout).__name__}")
        if not isinstance(self.headers, Mapping):
            raise TypeError(f"headers must be a mapping of names to values, not {type(self.headers).__name__}")
        object.__setattr__(self, "api", Api(self.api))


def require_endpoint(endpoint: Any) -> Endpoint:
    """Return an endpoint that a caller gave. Raises TypeError for anything else, such as only its URL."""
    if not isinstance(endpoint, Endpoint):
        raise TypeError(f"endpoint must be an Endpoint, such as Endpoint(url, key), not {type(endpoint).__name__}")
    return endpoint


def check_key(key: str) -> None:
    """Raise ValueError for a key that no header can carry; the message does not hold it."""
    for position, character in enumerate(key, 1):
        if not "!" <= character <= "~":
            raise ValueError(f"character {position} of {len(key)} is U+{ord(character):04X}, which no key has")
