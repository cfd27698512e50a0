"""HTTP exchanges as containers hold them: which of them are streams, and their bodies.

Containers write bodies as text, base64, hexadecimal, or lists of pieces, and
their headers need not be true. So the body is undone as far as its bytes show,
and layers inside it (gzip) are found by the next stage.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from unspool.core.errors import MalformedRecord, NotAChunk
from unspool.dialects.agents.signs import is_mcp
from unspool.dialects.translator import Translator
from unspool.formats.aws_eventstream import begins_message
from unspool.formats.detect import CODED
from unspool.formats.json_codec import encode
from unspool.intake.asked import Asked, Notice
from unspool.intake.encodings.compression import detect as is_compressed
from unspool.intake.http.http_message import failure
from unspool.intake.items import Broken, Item, Part
from unspool.intake.json_text.literals import json_in, value_of
from unspool.intake.json_text.paths import find_path, is_known, values_at

EVENT_STREAM = re.compile(rb"\s*(?:data|event|id|retry)?:")
_BLOCK = 1 << 20
_BASE64 = re.compile(r"[A-Za-z0-9+/]{64,}={0,2}\Z")
"""Text in Base64: no stream and no JSON matches, so no member needs to name the encoding."""
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})+\Z")
_BASE64_BODIES = frozenset({"base64Body", "body_base64", "bodyBase64"})
_BODIES = ("body", "content", *sorted(_BASE64_BODIES), "jsonBody", "parsed_body", "bodySegments", "body_segments")
"""The members of a recorder's response that may hold its body."""
_KIND_AND_VALUE = frozenset({"kind", "value", "chunks", "contentType", "path", "sha256"})
_API = re.compile(
    r"(?!.*(?:/threads/|/moderations$|:batchG)).*(?:"
    r"/completions$|/messages$|/responses$|[gG]enerateContent|/converse|/invoke\b|/api/(?:chat|generate)|/v\d/chat)"
)
"""The path of a model's interface; messages are added to a thread of OpenAI's Assistants under one, too, and Mistral's
moderations of chats and Gemini's batches (``:batchGenerateContent``), which are answered later, are."""
_EMBEDDINGS = re.compile(rb'\s*\{\s*"(?:id"\s*:\s*"[^"]*"\s*,\s*")?embeddings?(?:ByType)?"\s*:')
_PENDING = re.compile(rb'"(?:queued|in_progress)"')
NO_BODY = "without its body: export with response bodies, or name the files that hold them"


class Exchange(NamedTuple):
    """One request and what came back; ``body`` None where the container has none, ``asked`` the request's body."""

    method: str
    url: str
    status: int
    body: bytes | None
    expected: bool = True
    """True where the response should have a body, so that a missing one is reported."""
    asked: bytes = b""

    @property
    def label(self) -> str:
        """Method and path: no query, which may hold a key."""
        return f"{self.method} {self._path or '/'}".strip()

    @property
    def is_call(self) -> bool:
        """Return whether it asks a model, as far as its method and path show."""
        return self.method in ("POST", "") and _API.match(self._path) is not None

    @property
    def _path(self) -> str:
        """The path of the URL; "" for what is none: the container comes from a stranger."""
        try:
            return urlsplit(self.url).path
        except ValueError:
            return ""

    @property
    def failed(self) -> bool:
        """Return whether it is a call that a server refused; what is only fetched, as a count of costs, is none."""
        fetched = self.method == "GET" and _API.match(self._path) is None
        return self.status >= 400 and (self.is_call or (not fetched and _is_error(self.body or b"")))

    @property
    def streams(self) -> bool:
        """Return whether it holds a response of a model."""
        body = self.body or b""
        if not body or _is_pending(body):
            return False
        return (self.is_call and not _EMBEDDINGS.match(body)) or _is_stream(body)

    def reduced(self) -> "Exchange":
        """The exchange without a body that is not read: a container holds pages and pictures, too."""
        return self if not self.body or self.failed or self.streams else self._replace(body=b"", asked=b"")


def read(exchanges: Iterable[Exchange], container: str, cut: bool = False) -> Iterator[Item]:
    """The streams among ``exchanges`` as parts; failed calls as broken ones.

    ``cut`` if the container ends early: then that there is none is no property of it.
    """
    streams = missing = others = 0
    unknown = False  # whether the last one has a body
    for one in exchanges:
        unknown = cut and one.body is None and one.expected and not one.failed
        if one.failed:
            streams += 1
            yield Part(one.label, one.asked)
            yield failure(one.status, one.body or b"")
        elif one.body is None:
            missing += one.expected
        elif one.streams:
            streams += 1
            yield Part(one.label, one.asked)
            for at in range(0, len(one.body), _BLOCK):
                yield one.body[at : at + _BLOCK]
            if cut and _is_whole(one.body):
                yield b"\n\n"  # else its last record counts as cut with the container
        else:
            others += 1
    missing -= unknown
    if missing and streams:
        yield Notice(f"{missing} of the responses in it {'is' if missing == 1 else 'are'} {NO_BODY}", loud=True)
    if not (streams or cut):
        responses = f"{missing} response{'s' * (missing > 1)}"
        why = f"holds {responses} {NO_BODY.partition(':')[0]}" if missing else "holds no model's response"
        yield Broken(
            f"this {container} {why}",
            "export it again with the response bodies, or name the files that hold them"
            if missing
            else "check its entries",
        )


def _is_whole(body: bytes) -> bool:
    """Return whether a body is JSON that has its end, or its last line holds such JSON."""
    last = body[body.rfind(b"\n") + 1 :].removeprefix(b"data:").strip()
    return any(one.endswith((b"}", b"]")) and value_of(one) is not None for one in (last, body.strip()))


def _is_stream(body: bytes) -> bool:
    """Return whether the body is a stream or a record of a known format, as far as its beginning shows."""
    layer = is_compressed(body[:64], True, Asked())
    if layer is not False and layer is not None and layer is not True:
        body = b"".join(item for item in layer.feed(body[: 1 << 16]) if isinstance(item, bytes))
    if EVENT_STREAM.match(body) or CODED.match(body[:64].lstrip()) or begins_message(body[:64]):
        return not _is_tool_server(body)
    start = body.lstrip()[:1]
    if start not in (b"{", b"["):
        return b"\ndata: {" in body[: 1 << 16]
    value = value_of(body)
    if value is None:
        return b"\n" in body.strip()  # lines of JSON, or a response that was cut
    first = value[0] if isinstance(value, list) and value else value
    path = () if is_known(first) else find_path(first) if isinstance(first, dict) else None
    return path is not None and _answer(values_at(value, path))


def _is_pending(body: bytes) -> bool:
    """Return whether a body is a response of OpenAI's in the background without output, which is asked for again."""
    if body[:1] != b"{" or not _PENDING.search(body):
        return False
    value = value_of(body)
    found = isinstance(value, dict) and value.get("object") == "response" and not value.get("output")
    return found and value.get("status") in ("queued", "in_progress")


def _is_tool_server(body: bytes) -> bool:
    """Return whether a body has events of the Model Context Protocol alone: tools and their results."""
    if b'"jsonrpc"' not in body[: 1 << 16]:
        return False
    values = [value_of(line[5:]) for line in body.splitlines() if line.startswith(b"data:")]
    return all(_is_of_tool_server(value) for value in values)


def _is_of_tool_server(value: Any) -> bool:
    return (
        isinstance(value, dict) and "jsonrpc" in value and (is_mcp(value) or (is_known(value) and not _answer([value])))
    )


def _answer(records: Iterable[Any]) -> bool:
    """Return whether one of the records has a choice or an error: interfaces have other objects in a known format, too.

    OpenAI's Assistants have threads and runs that have not ended, Gemini has caches and embeddings.
    """
    translator = Translator()
    for record in records:
        try:
            chunks = translator.feed(record)
        except NotAChunk:
            return True  # a fault to report
        if chunks is None or any(chunk.get("choices") or "error" in chunk for chunk in chunks):
            return True
    return False


def _is_error(body: bytes) -> bool:
    value = value_of(body)
    return isinstance(value, dict) and isinstance(value.get("error"), dict)


def body_of(response: Any) -> bytes | None:
    """The body in a recorder's response, whatever it calls it; None where there is none."""
    if not isinstance(response, dict):
        return payload(response)
    known = [name for name in _BODIES if response.get(name) is not None]
    if not known:
        return _of_events(response.get("sse_events"))
    name = next((name for name in known if response[name] != ""), known[0])  # some write an empty text and base64
    body = response[name]
    encoded = name in _BASE64_BODIES or response.get("encodedBody") is True  # the last is Hoverfly's
    return _from_base64(body) if encoded and isinstance(body, str) else payload(body)


def _of_events(events: Any) -> bytes | None:
    """The body in the events that a recorder (claude-tap) has read, each with its name and its data; None for none."""
    if not isinstance(events, list) or not all(isinstance(one, dict) and "data" in one for one in events):
        return None
    datas = [(one.get("event"), _as_json([one["data"]])) for one in events]
    return b"".join(b"event: %b\ndata: %b\n\n" % (str(name).encode(), data[1:-1]) for name, data in datas if data)


def pieces_of(chunks: Any) -> bytes | None:
    """The body in the pieces that a network gave, which are strings, or Base64 in objects (``b64``, ReqLLM)."""
    if not isinstance(chunks, list) or not all(isinstance(one, dict) and "b64" in one for one in chunks):
        return payload(chunks)
    return b"".join(payload(one) or b"" for one in chunks)


def payload(body: Any, encoding: str = "") -> bytes | None:
    """The bytes of a body: text, base64 or hexadecimal, in one piece or several, or JSON that was parsed."""
    if isinstance(body, str):
        if encoding == "base64" or _BASE64.match(body):
            return bytes.fromhex(body) if _HEX.match(body) else _base64_pieces(body)  # nock: one that is no text
        return body.encode("utf-8", "surrogatepass")
    if isinstance(body, bytes) and encoding == "base64":
        return _base64_pieces(body.decode("utf-8", "replace"))
    if isinstance(body, dict):
        return _from_members(body)
    if isinstance(body, list) and body and all(isinstance(one, str) for one in body):
        return _pieces(body)
    return body if isinstance(body, bytes) else _as_json(body) if isinstance(body, list) else None


def _as_json(body: Any) -> bytes | None:
    """A body that was parsed; None for one with values that JSON does not have, as YAML has dates and sets."""
    try:
        return encode(body)
    except (MalformedRecord, TypeError):
        return None


def _from_members(body: dict[str, Any]) -> bytes | None:
    """A body with its encoding; else the members are those of the body itself."""
    for name in ("base64_string", "b64"):
        if isinstance(body.get(name), str):
            return _from_base64(body[name])
    if isinstance(body.get("kind"), str) and set(body) <= _KIND_AND_VALUE:
        return _of_kind(body)
    if "string" in body:
        return payload(body["string"])
    for name in ("text", "data", "encoded"):
        if name in body and set(body) <= {name, "encoding", "mimeType", "size", "charset", "decoded"}:
            return payload(body[name], str(body.get("encoding") or ""))
    return _as_json(body)


def _of_kind(body: dict[str, Any]) -> bytes | None:
    """A body of Braintrust's recorder: JSON, text, Base64, or events; None for one in another file."""
    if isinstance(body.get("chunks"), list):
        return "".join(f"{one}\n\n" for one in body["chunks"]).encode("utf-8", "surrogatepass")
    value = body.get("value", b"" if body["kind"] == "empty" else None)
    return _as_json(value) if body["kind"] == "json" else payload(value, body["kind"])


def _pieces(pieces: list[str]) -> bytes:
    """Network chunks, one string each: nock writes hexadecimal, others base64."""
    if all(_HEX.match(one) for one in pieces):
        return bytes.fromhex("".join(pieces))
    decoded = [_from_base64(one) for one in pieces]
    if all(one is not None for one in decoded):
        return b"".join(one for one in decoded if one is not None)
    return "".join(pieces).encode("utf-8", "surrogatepass")


def _base64_pieces(text: str) -> bytes | None:
    """base64, or a JSON array of it as Polly writes one; text that only claims to be it stays text."""
    inner = json_in(text) if text.startswith("[") else None
    if isinstance(inner, list) and all(isinstance(one, str) for one in inner):
        return _pieces(inner)
    decoded = _from_base64(text)
    return text.encode("utf-8", "surrogatepass") if decoded is None else decoded


def _from_base64(text: str) -> bytes | None:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
