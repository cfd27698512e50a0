"""The client of live calls: the only module that imports openai, with httpx2, its HTTP client."""

import json
import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies

import httpx2
import openai
from openai import APIResponse
from openai.types.chat import ChatCompletionChunk

from unspool.core.errors import UnspoolError
from unspool.core.events import ResponseFailed
from unspool.errors import ResponseFailedError, SourceFailed
from unspool.redaction import redact
from unspool.sources.comments import PATIENCE
from unspool.sources.deadline import Deadline
from unspool.sources.endpoint import Endpoint
from unspool.sources.request_body import Api
from unspool.variants.members import delta_of

__all__ = [
    "CALL_ERRORS",
    "NO_KEY",
    "ChatCompletionChunk",
    "Response",
    "StartOfBody",
    "as_openai_chunk",
    "refusal",
    "require_stream",
    "source_failure",
    "stream",
    "stream_failure",
]

_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")  # some servers send fractions of a second, which the RFC does not know
_ERRNO = re.compile(r"^\[Errno -?[0-9]+\] ")  # the system's number of an error, which its words follow
_LONGEST = 300  # characters of a server's error message
_LATER = "the server is in trouble, try again later"
_ADVICE = {
    401: "check OPENAI_API_KEY",
    403: "check OPENAI_API_KEY, and what it may do",
    404: "check --model and --base-url",
    407: "check the user and password of the proxy",
    429: "wait, and check the limits of your account",
}
_PAGES = ("text/html", "application/xhtml")
_MOST_OF_ERROR = 65_536  # bytes of an error's body that are read
Response = httpx2.Response
NO_KEY = "none"  # the package insists on one; a server that wants none ignores it


def as_openai_chunk(chunk: dict[str, Any]) -> ChatCompletionChunk:
    """``chunk`` as the type that OpenAI clients know, built without validation.

    Providers send finish reasons and members that a strict model refuses; they
    pass as they are, like everywhere in unspool (R1, F9). Choices and deltas
    that are missing are empty, so that a loop over them holds (Q2-Q5, Q20); text
    in place of a delta is its content (Q22, Q72).
    """
    return ChatCompletionChunk.construct(**{**chunk, "choices": choices_with_deltas(chunk)})


def choices_with_deltas(chunk: dict[str, Any]) -> list[Any]:
    """The choices of a chunk, each with an object as its delta: text in its place is its content (Q22, Q72).

    Any other is empty. A whole message stays one: deltas may have said it before (Q12).
    """
    return [
        choice
        if isinstance(choice.get("delta"), dict)
        else {**choice, "delta": {} if "message" in choice else delta_of(choice)}
        for choice in chunk.get("choices") or []
    ]


@contextmanager
def stream(endpoint: Endpoint, body: dict[str, Any]) -> Iterator[Iterator[bytes]]:
    """Make one request, and give the bytes of its response; they are as they came, but for their compression.

    Redirects are not followed. Raises SourceFailed where the server cannot be reached, refuses, answers
    with a page, falls silent or breaks off; also while the bytes are read.
    """
    deadline = Deadline(PATIENCE if endpoint.timeout is None else endpoint.timeout)
    try:
        with (
            deadline,
            _client(endpoint, deadline) as client,
            _create(client, endpoint.api, body) as response,
        ):
            require_stream(endpoint, response.headers)
            yield _blocks(response, deadline)
    except SourceFailed:
        raise
    except Exception as error:  # certificates, proxies, headers, addresses: each package raises its own
        raise source_failure(endpoint, error, deadline.passed) from None


def _client(endpoint: Endpoint, deadline: Deadline) -> openai.OpenAI:
    """The package's client, for one request to one host."""

    def watch(request: httpx2.Request) -> None:
        request.extensions["trace"] = deadline.trace

    def refuse(response: httpx2.Response) -> None:
        if response.status_code >= 300:
            start = StartOfBody()
            any(start.feed(block) for block in response.iter_raw())
            raise refusal(endpoint, response, start)

    timeout = openai.NOT_GIVEN if endpoint.timeout is None else endpoint.timeout
    hooks = {"request": [watch], "response": [refuse]}
    http = openai.DefaultHttpx2Client(follow_redirects=False, event_hooks=hooks)
    return openai.OpenAI(
        api_key=endpoint.key or NO_KEY,
        base_url=endpoint.base_url,
        timeout=timeout,
        max_retries=0,
        default_headers=endpoint.headers,
        http_client=http,
    )


def _blocks(response: APIResponse[Any], deadline: Deadline) -> Iterator[bytes]:
    """The bytes of a response; once the first have come, only silence counts."""
    for block in response.iter_bytes():
        deadline.cancel()
        yield block
    if deadline.passed:  # a body without a length ends where its connection is shut
        raise httpx2.ReadTimeout("")


CALL_ERRORS = (openai.OpenAIError, httpx2.HTTPError, httpx2.InvalidURL)
"""The exceptions of a request, in both clients."""


def require_stream(endpoint: Endpoint, headers: Mapping[str, str]) -> None:
    """Raise SourceFailed where a web page arrived."""
    if headers.get("content-type", "").lower().startswith(_PAGES):
        advice = f"check --base-url{_usual_path(endpoint)}"
        raise SourceFailed(endpoint.name, "a web page arrived where a stream should", advice)


def source_failure(endpoint: Endpoint, error: Exception, late: bool = False) -> SourceFailed:
    """Return a SourceFailed for the exception of a request, with the cause and advice.

    ``late`` if the connection was shut because the time to the first byte was over.
    """
    if isinstance(error.__cause__, SourceFailed):  # the server's refusal, which the package wraps
        return error.__cause__
    if isinstance(error, openai.APIStatusError):
        text = error.body.get("message") if isinstance(error.body, dict) else error.body
        return _refused(endpoint, error.response, text if isinstance(text, str) and "<html" not in text.lower() else "")
    return _broken(endpoint, error, late)


def _create(client: openai.OpenAI, api: Api, body: dict[str, Any]) -> AbstractContextManager[APIResponse[Any]]:
    """Return the request, which is made on entry; members of ``body`` override those that the package sets."""
    if api is Api.RESPONSES:
        return client.responses.with_streaming_response.create(stream=True, extra_body=body)
    return client.chat.completions.with_streaming_response.create(model="", messages=[], stream=True, extra_body=body)


class StartOfBody:
    """The body of an error, 64 KB of it at most: it may not end, or unpack to more than there is memory."""

    def __init__(self) -> None:
        self._raw = b""

    def feed(self, block: bytes) -> bool:
        """Append received bytes, still compressed; returns True when no more are wanted."""
        self._raw = (self._raw + block)[:_MOST_OF_ERROR]
        return len(self._raw) == _MOST_OF_ERROR

    def unpacked(self, encoding: str) -> bytes:
        """Return the received bytes without compression; b"" if they cannot be decompressed."""
        if encoding.lower() not in ("gzip", "deflate"):
            return self._raw
        try:
            return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32).decompress(self._raw, _MOST_OF_ERROR)
        except zlib.error:
            return b""


def refusal(endpoint: Endpoint, response: httpx2.Response, start: StartOfBody) -> SourceFailed:
    """The failure of a response whose status is an error or a redirect; ``start`` is the start of its body."""
    return _refused(endpoint, response, _message(start.unpacked(response.headers.get("content-encoding", ""))))


def _refused(endpoint: Endpoint, response: httpx2.Response, message: str) -> SourceFailed:
    """The server answered with a status that is an error and this message, or sends the request elsewhere."""
    status = response.status_code
    if "location" in response.headers and status < 400:
        target = redact(_absolute(str(response.request.url), response.headers["location"]))[:_LONGEST]
        base = target.removesuffix("/chat/completions").removesuffix("/responses")
        reason = f"HTTP {status}: it redirects to {target}, and a request is sent to one place only"
        return SourceFailed(endpoint.name, reason, f"set --base-url {base} if that is where to ask")
    text = redact(message or response.reason_phrase)
    advice = _ADVICE.get(status, _LATER if status >= 500 else "check the request")
    if status == 404:
        advice += _usual_path(endpoint)
    wait = response.headers.get("retry-after")
    if wait:
        wait = redact(wait)[:_LONGEST]
        advice = f"try again in {wait} s" if wait.isdigit() else f"try again after {wait}"
    return SourceFailed(
        endpoint.name, f"HTTP {status}: {text[:_LONGEST]}", advice, status=status, retry_after=_seconds(wait)
    )


def _absolute(asked: str, location: str) -> str:
    """The address of a redirect, which may be relative to the one that was asked (RFC 9110, 10.2.2)."""
    try:
        return urljoin(asked, location)
    except ValueError:  # of no URL
        return location


def _usual_path(endpoint: Endpoint) -> str:
    """How advice about the base URL goes on where it is the address of a server alone."""
    return "" if urlsplit(endpoint.base_url).path.strip("/") else ", which usually ends in /v1"


def _seconds(retry_after: str | None) -> float | None:
    """A Retry-After header in seconds from now, given as a number or as a date (RFC 9110, 10.2.3)."""
    if not retry_after:
        return None
    if _NUMBER.fullmatch(retry_after.strip()):
        return float(retry_after)
    try:
        moment = parsedate_to_datetime(retry_after)
    except (ValueError, OverflowError):
        return None
    # asctime's form and the zone -0000 name no zone; a date of HTTP is in UTC in every form (RFC 9110, 5.6.7).
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max((moment - datetime.now(UTC)).total_seconds(), 0.0)


def _message(body: bytes) -> str:
    """Return the error message in a body, "" for a page or an empty body."""
    text = body.decode(errors="replace").strip()
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return "" if "<html" in text.lower() else text
    inner = value.get("error", value) if isinstance(value, dict) else value
    message = inner.get("message") if isinstance(inner, dict) else inner
    return message if isinstance(message, str) else text


def _broken(endpoint: Endpoint, error: Exception, late: bool) -> SourceFailed:
    """The server cannot be reached, or the connection does not hold."""
    begun = not isinstance(error, openai.APIConnectionError)
    cause = error if begun else error.__cause__ or error
    if isinstance(cause, httpx2.ConnectTimeout):
        return SourceFailed(endpoint.name, "no connection in time", _check_server())
    if isinstance(cause, httpx2.TimeoutException) or late:
        seconds = f"{endpoint.timeout:g} s" if endpoint.timeout is not None else "ten minutes"
        what = "nothing more arrived" if begun and not late else "no answer"
        return SourceFailed(endpoint.name, f"{what} for {seconds}", "ask again, or wait longer with --timeout")
    reason = _ERRNO.sub("", redact(str(cause)))[:_LONGEST] or type(cause).__name__
    if isinstance(cause, (httpx2.ConnectError, httpx2.ProxyError, httpx2.UnsupportedProtocol, httpx2.InvalidURL)):
        return SourceFailed(endpoint.name, f"no connection: {reason}", _check_server())
    if not isinstance(cause, (httpx2.HTTPError, openai.OpenAIError)):
        return SourceFailed(endpoint.name, f"no call could be made: {reason}", _advice_for(cause, reason))
    where = "in the middle of the answer" if begun else "before the answer"
    return SourceFailed(endpoint.name, f"the connection broke {where}: {reason}", "ask again")


def _check_server() -> str:
    """Return advice about a connection that cannot be made: the address of a proxy may be what is wrong."""
    proxies = [f"{name.upper()}_PROXY" for name in getproxies() if name != "no"]
    proxy = f", the proxy of {' and '.join(proxies)}," if proxies else ","
    return f"check --base-url{proxy} and that the server runs"


def _advice_for(error: BaseException, reason: str) -> str:
    """Return advice about an error in the settings of this machine."""
    if isinstance(error, ImportError):
        return "install what it names, or unset ALL_PROXY, HTTPS_PROXY and HTTP_PROXY"
    if "proxy" in reason.lower():
        return "check ALL_PROXY, HTTPS_PROXY and HTTP_PROXY"
    if isinstance(error, OSError):
        return "check SSL_CERT_FILE and SSL_CERT_DIR"
    return "check --base-url, the proxy variables and the OPENAI_ variables"


def stream_failure(error: Exception) -> UnspoolError:
    """Convert an exception of openai's stream to the one for the same fault here."""
    if isinstance(error, (openai.APIStatusError, openai.APIConnectionError)) or not isinstance(error, openai.APIError):
        return SourceFailed(
            "the model's stream", f"the connection broke in the middle of the answer: {redact(str(error))}", "ask again"
        )
    code = str(error.code or error.type or "")
    return ResponseFailedError(ResponseFailed(0, error.message, code))
