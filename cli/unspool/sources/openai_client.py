"""The OpenAI package: the one importer of openai, and of the httpx2 that it calls with."""

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2
import openai
from openai import APIResponse
from openai.types.chat import ChatCompletionChunk

from unspool.core.errors import ResponseFailedError, SourceFailed, UnspoolError
from unspool.core.events import ResponseFailed
from unspool.sources.endpoint import Endpoint
from unspool.sources.request_body import Api

__all__ = [
    "CALL_ERRORS",
    "NO_KEY",
    "ChatCompletionChunk",
    "as_openai_chunk",
    "require_stream",
    "source_failure",
    "stream",
    "stream_failure",
]

_LONGEST = 300  # characters of what a server says of an error
_CHECK_SERVER = "check --base-url, and that the server runs"
_LATER = "the server is in trouble, try again later"
_ADVICE = {
    401: "check OPENAI_API_KEY",
    403: "check OPENAI_API_KEY, and what it may do",
    404: "check --model and --base-url",
    429: "wait, and check the limits of your account",
}
_SHORTEST_SECRET = 12  # characters: a shorter key ("test", "none") is a placeholder and would match in ordinary words
_MASK = "***"
_CREDENTIALS = re.compile(
    r"""(authorization["']?\s*[:=]\s*["']?(?:(?:bearer|basic)\s+)?|bearer\s+(?=\S*\d))[^\s"',;]+""", re.IGNORECASE
)  # a bearer token holds a digit; the words "bearer token" and "authorization header" stay
NO_KEY = "none"  # the package insists on one; a server that wants none ignores it


def as_openai_chunk(chunk: dict[str, Any]) -> ChatCompletionChunk:
    """``chunk`` as the type that OpenAI clients know, built without validation.

    Providers send finish reasons and members that a strict model refuses; they
    pass as they are, like everywhere in unspool (R1, F9). Choices and deltas
    that are missing are empty, so that a loop over them holds (Q2-Q5, Q20).
    """
    choices = [choice if choice.get("delta") else {**choice, "delta": {}} for choice in chunk.get("choices") or []]
    return ChatCompletionChunk.construct(**{**chunk, "choices": choices})


@contextmanager
def stream(endpoint: Endpoint, body: dict[str, Any]) -> Iterator[Iterator[bytes]]:
    """Make one request, and give the bytes of its response; they are as they came, but for their compression.

    Raises SourceFailed where the server cannot be reached, refuses, answers
    with a page, falls silent or breaks off; also while the bytes are read.
    """
    timeout = openai.NOT_GIVEN if endpoint.timeout is None else endpoint.timeout
    try:
        with (
            openai.OpenAI(
                api_key=endpoint.key or NO_KEY,
                base_url=endpoint.base_url,
                timeout=timeout,
                max_retries=0,
                default_headers=endpoint.headers,
            ) as client,
            _create(client, endpoint.api, body) as response,
        ):
            require_stream(endpoint, response.headers)
            yield response.iter_bytes()
    except CALL_ERRORS as error:
        raise source_failure(endpoint, error) from None


CALL_ERRORS = (openai.OpenAIError, httpx2.HTTPError, httpx2.InvalidURL)
"""What a request raises, in the synchronous and the asynchronous client alike."""


def require_stream(endpoint: Endpoint, headers: Mapping[str, str]) -> None:
    """Raise SourceFailed where a web page arrived."""
    if headers.get("content-type", "").startswith("text/html"):
        raise SourceFailed(endpoint.name, "a web page arrived where a stream should", "check --base-url")


def source_failure(endpoint: Endpoint, error: Exception) -> SourceFailed:
    """One of CALL_ERRORS as a SourceFailed that says what happened and what to do."""
    if isinstance(error, openai.APIStatusError):
        return _refused(endpoint, error)
    return _broken(endpoint, error)


def _create(client: openai.OpenAI, api: Api, body: dict[str, Any]) -> AbstractContextManager[APIResponse[Any]]:
    """The request, made when the block is entered; what stands in ``body`` goes before what the package insists on."""
    if api is Api.RESPONSES:
        return client.responses.with_streaming_response.create(stream=True, extra_body=body)
    return client.chat.completions.with_streaming_response.create(model="", messages=[], stream=True, extra_body=body)


def _refused(endpoint: Endpoint, error: openai.APIStatusError) -> SourceFailed:
    """The server answered with a status that is an error."""
    status = error.status_code
    said = error.body.get("message") if isinstance(error.body, dict) else error.body
    if not isinstance(said, str) or "<html" in said.lower():
        said = error.response.reason_phrase
    said = _without_secrets(said, endpoint.key)
    advice = _ADVICE.get(status, _LATER if status >= 500 else "check the request")
    wait = error.response.headers.get("retry-after")
    if wait:
        advice = f"try again in {wait} s" if wait.isdigit() else f"try again after {wait}"
    return SourceFailed(
        endpoint.name, f"HTTP {status}: {said[:_LONGEST]}", advice, status=status, retry_after=_seconds(wait)
    )


def _seconds(retry_after: str | None) -> float | None:
    """A Retry-After header in seconds from now, given as a number or as a date (RFC 9110, 10.2.3)."""
    if not retry_after:
        return None
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max((moment - datetime.now(moment.tzinfo)).total_seconds(), 0.0)


def _without_secrets(message: str, key: str) -> str:
    """``message`` of an error with the key and the value of an authorization header masked."""
    if len(key) >= _SHORTEST_SECRET:
        message = message.replace(key, _MASK)
    return _CREDENTIALS.sub(rf"\1{_MASK}", message)


def _broken(endpoint: Endpoint, error: Exception) -> SourceFailed:
    """The server cannot be reached, or the connection does not hold."""
    begun = not isinstance(error, openai.APIConnectionError)
    cause = error if begun else error.__cause__ or error
    if isinstance(cause, httpx2.ConnectTimeout):
        return SourceFailed(endpoint.name, "no connection in time", _CHECK_SERVER)
    if isinstance(cause, httpx2.TimeoutException):
        seconds = f"{endpoint.timeout:g} s" if endpoint.timeout is not None else "ten minutes"
        what = "nothing more arrived" if begun else "no answer"
        return SourceFailed(endpoint.name, f"{what} for {seconds}", "ask again, or wait longer with --timeout")
    reason = _without_secrets(str(cause), endpoint.key) or type(cause).__name__
    if isinstance(cause, httpx2.ConnectError | httpx2.UnsupportedProtocol | httpx2.InvalidURL):
        return SourceFailed(endpoint.name, f"no connection: {reason}", _CHECK_SERVER)
    where = "in the middle of the answer" if begun else "before the answer"
    return SourceFailed(endpoint.name, f"the connection broke {where}: {reason}", "ask again")


def stream_failure(error: Exception) -> UnspoolError:
    """What openai's own stream raised while it was read, as the exception of the same fault here."""
    if isinstance(error, openai.APIStatusError | openai.APIConnectionError) or not isinstance(error, openai.APIError):
        return SourceFailed(
            "the model's stream", f"the connection broke in the middle of the answer: {error}", "ask again"
        )
    code = str(error.code or error.type or "")
    return ResponseFailedError(ResponseFailed(0, error.message, code))
