"""Object stores: keys listed lazily, and objects read in ranges. The only importer of obstore.

Credentials and endpoints come from the environment, as obstore reads them (AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL and so
on), never from the command line.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from unspool.errors import SourceFailed

_SCHEMES = ("s3", "s3a", "gs", "az", "abfs", "abfss")
_URL = re.compile(rf"({'|'.join(_SCHEMES)})://([^/]*)/?(.*)", re.DOTALL)
_MAGIC = re.compile(r"[*?\[]")
_RANGE_BYTES = 1 << 23
"""Bytes that one request asks for: enough that its latency does not count, and few enough to ask for them again."""
_KEYS = 1000  # keys of one request, the most that S3 gives
_RETRIES = {"max_retries": 4, "retry_timeout": timedelta(seconds=60)}
_LONGEST = 200  # characters of a store's error message that are shown
CLOUD_MISSING = "object stores need obstore, which is not installed: pip install 'unspool[cloud]'"
_DEBUG = "Debug source:"  # what obstore adds for its developers
_GENERIC = re.compile(r"(?:Generic \w+ error: )+")
_ADVICE = "check the URL, and the credentials in the environment"


class Object(NamedTuple):
    """An object, or the reason why it was not found; ``version`` changes when the object does."""

    url: str
    size: int = 0
    version: str = ""
    problem: str = ""


def is_url(name: str) -> bool:
    """Return whether a source is the URL of an object store."""
    return _URL.match(name) is not None


def list_url(url: str) -> Iterator[Object]:
    """The objects that a URL names: one, all below a prefix, or those that match a pattern; in the order of the store.

    What cannot be listed is one object with a problem.
    """
    scheme, bucket, key = _split(url)
    root = f"{scheme}://{bucket}/"
    try:
        store = _store(scheme, bucket)
        if _MAGIC.search(key):
            yield from _found(url, _matching(store, root, key))
        elif key and not key.endswith("/") and (known := _look_up(store, key)) is not None:
            yield _object(root, known)
        else:
            yield from _found(url, (_object(root, one) for one in _below(store, key)))
    except ImportError:
        yield Object(url, problem=CLOUD_MISSING)
    except Exception as error:  # obstore raises one kind for each way to fail
        yield Object(url, problem=_reason(error))


def _found(url: str, objects: Iterator[Object]) -> Iterator[Object]:
    empty = True
    for one in objects:
        empty = False
        yield one
    if empty:
        yield Object(url, problem="there is no such object, and none below it")


def _split(url: str) -> tuple[str, str, str]:
    match = _URL.match(url)
    assert match is not None, "asked for with is_url"
    return match[1], match[2], match[3]


@lru_cache(maxsize=64)
def _store(scheme: str, bucket: str) -> Any:
    from obstore.store import from_url  # noqa: PLC0415 - an extra

    options: Any = {"retry_config": _RETRIES}  # options of the client would hide those of the environment
    return from_url(f"{scheme}://{bucket}", **options)


def _look_up(store: Any, key: str) -> Any:
    try:
        return store.head(key)
    except FileNotFoundError:
        return None


def _below(store: Any, prefix: str) -> Iterator[Any]:
    """Yield the objects below a prefix; each request returns a number of them."""
    for batch in store.list(prefix or None, chunk_size=_KEYS):
        yield from batch


def _matching(store: Any, root: str, pattern: str) -> Iterator[Object]:
    magic = _MAGIC.search(pattern)
    folder = pattern[: magic.start() if magic else None].rpartition("/")[0]
    matches = re.compile(translate(pattern)).fullmatch
    return (_object(root, one) for one in _below(store, folder) if matches(one["path"]))


def translate(pattern: str) -> str:
    """A pattern of keys as a regular expression: ``*`` and ``?`` stay in one part of the key, ``**`` does not."""
    pieces = re.split(r"(\*\*/?|\*|\?|\[[^\]]+\])", pattern)
    meaning = {"**": ".*", "**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]"}
    return "".join(
        meaning.get(piece) or (piece.replace("[!", "[^", 1) if place % 2 else re.escape(piece))
        for place, piece in enumerate(pieces)
    )


def _object(root: str, known: Any) -> Object:
    version = known.get("e_tag") or f"{known['last_modified'].timestamp():.6f}"
    return Object(f"{root}{known['path']}", known["size"], version)


class ObjectSource:
    """An object as a source, from its byte ``start`` on, read in ranges; all of one version, if that is known."""

    elapsed: float | None = None

    def __init__(self, known: Object, start: int = 0) -> None:
        self.name = known.url
        self._known = known
        self._start = start

    def blocks(self) -> Iterator[bytes]:
        """The ranges. Raises SourceFailed where the object cannot be read."""
        scheme, bucket, key = _split(self.name)
        try:
            store = _store(scheme, bucket)
            size, version = self._known.size, self._known.version
            if not version:
                known = store.head(key)
                size, version = known["size"], known.get("e_tag") or ""
            for start in range(self._start, size, _RANGE_BYTES):
                yield bytes(self._read(store, key, start, min(start + _RANGE_BYTES, size), version))
        except ImportError:
            raise SourceFailed(self.name, CLOUD_MISSING) from None
        except GeneratorExit:
            raise
        except Exception as error:
            raise SourceFailed(self.name, _reason(error)) from None

    def _read(self, store: Any, key: str, start: int, end: int, version: str) -> Any:
        options: dict[str, Any] = {"range": (start, end)}
        if version.startswith('"'):  # an etag
            options["if_match"] = version
        return store.get(key, options=options).bytes()


def _reason(error: Exception) -> str:
    """Return the message of a store's error as one short line, with advice."""
    if isinstance(error, FileNotFoundError):
        return "there is no such object"
    text = _GENERIC.sub("", " ".join(str(error).partition(_DEBUG)[0].split()))
    return f"{text[:_LONGEST]}{'…' if len(text) > _LONGEST else ''}; {_ADVICE}"
