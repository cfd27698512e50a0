"""The body of a request to a model: which model, whether a stream is wanted, and a hash of what is asked.

Two requests are the same if they ask the same: ids, dates, the key of the user
and the way in which the answer is sent do not count, nor do the order of members
and white space.
"""

import hashlib
import json
import re
from collections.abc import Collection
from typing import Any, NamedTuple, Self

from unspool.core.errors import MalformedRecord
from unspool.formats.json_codec import decode

_NOT_ASKED = frozenset({"stream", "stream_options", "user", "metadata", "store", "safety_identifier"})
"""Members of a body that do not change what is asked."""
_NAMES_OF_IDS = re.compile(r"(?:^|_)(?:id|ids|uuid|timestamp|created_at|date|time|nonce|cache_key)$|[a-z]Id$")
_VALUES = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"  # a UUID
    r"|\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"  # a date, with or without a time
    r"|\b(?:call|toolu|chatcmpl|msg|resp|req|run|fc|rs)_?-?[A-Za-z0-9]{8,}\b"  # ids as providers write them
)


class ModelRequest(NamedTuple):
    """One body as far as it can be read.

    ``value`` is None and ``key``, the canonical hash, is "" for what is no JSON object.
    """

    body: bytes
    value: dict[str, Any] | None
    model: str
    stream: bool
    key: str

    @classmethod
    def of(cls, body: bytes, ignore: Collection[str] = ()) -> Self:
        """Read a body; ``ignore`` names members that do not count in its hash."""
        try:
            value = decode(body) if body.strip() else None
        except MalformedRecord:
            value = None
        if not isinstance(value, dict):
            return cls(body, None, "", False, "")
        model = value.get("model")
        named = model if isinstance(model, str) else ""
        return cls(body, value, named, bool(value.get("stream")), request_hash(value, ignore))


def canonical(value: Any, ignore: Collection[str] = ()) -> Any:
    """Return the significant members of a request body, without those that ``ignore`` names (dotted paths)."""
    if not isinstance(value, dict):
        return _stable(value)
    kept = {name: member for name, member in value.items() if name not in _NOT_ASKED}
    for path in ignore:
        kept = _without(kept, path.split("."))
    return _stable(kept)


def request_hash(value: Any, ignore: Collection[str] = ()) -> str:
    """The canonical hash of a body: 16 hexadecimal digits."""
    text = json.dumps(canonical(value, ignore), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _stable(value: Any) -> Any:
    """The value without ids and dates, and with nulls left out."""
    if isinstance(value, dict):
        return {
            name: _stable(member)
            for name, member in value.items()
            if member is not None and not (_NAMES_OF_IDS.search(name) and not isinstance(member, (dict, list)))
        }
    if isinstance(value, list):
        return [_stable(element) for element in value]
    return _VALUES.sub("#", value) if isinstance(value, str) else value


def _without(value: Any, path: list[str]) -> Any:
    """A copy without the member at ``path``; a list on the way is passed through element by element."""
    if isinstance(value, list):
        return [_without(element, path) for element in value]
    if not isinstance(value, dict) or path[0] not in value:
        return value
    if len(path) == 1:
        return {name: member for name, member in value.items() if name != path[0]}
    return {**value, path[0]: _without(value[path[0]], path[1:])}
