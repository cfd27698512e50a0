"""Where a live call goes: the base URL, the key and the interface of a server."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from unspool.sources.request_body import Api

OPENAI = "https://api.openai.com/v1"


@dataclass(frozen=True)
class Endpoint:
    """Where to ask, and through which interface: a base URL, and the key that it wants ("" where it wants none).

    ``timeout`` is how long nothing may arrive, in seconds; None leaves it to the
    openai package, which waits for ten minutes. ``headers`` are sent with each
    request, beside those of the openai package. ``name`` is the URL for messages,
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
        object.__setattr__(self, "name", f"{parts.scheme}://{parts.hostname}{port}{parts.path}")
