"""Wrong arguments: a TypeError that names the argument, before any call is made."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest
from openai.types.chat import ChatCompletionChunk
from tests.server.test_pull import HI
from tests.server.test_queue_interface import Interface

from unspool import Endpoint, LiveSource, ModelClient, relay, rewritten_sync

URL = "http://localhost:1/v1"
wrong: Any = 3
word: Any = "3"
nothing: Any = None
url: Any = URL


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Endpoint(wrong), "base_url must be a str, not int"),
        (lambda: Endpoint(URL, nothing), "key must be a str, not NoneType"),
        (lambda: Endpoint(URL, timeout=word), "timeout must be a number of seconds, not str"),
        (lambda: Endpoint(URL, headers=word), "headers must be a mapping"),
        (lambda: LiveSource(url, {}), "endpoint must be an Endpoint, such as Endpoint(url, key), not str"),
        (lambda: LiveSource(Endpoint(URL), word), "body must be the request as a dict, not str"),
        (lambda: ModelClient(url), "endpoint must be an Endpoint, such as Endpoint(url, key), not str"),
        (lambda: asyncio.run(relay(url, Interface())), "source must be a LiveSource or an object with blocks"),
        (lambda: list(rewritten_sync(HI, on_event=wrong)), "on_event must be a function of one event"),
        (lambda: Interface(on_event=wrong), "on_event must be a function of one event"),
        (lambda: Interface(maxsize=nothing), "maxsize must be a number, not NoneType"),
        (lambda: Interface(timeout=word), "timeout must be a number, not str"),
        (lambda: Interface(keep_alive=word), "keep_alive must be a number, not str"),
    ],
)
def test_a_wrong_argument_is_named(call: Callable[[], object], message: str) -> None:
    with pytest.raises(TypeError, match=re.escape(message)):
        call()


def test_one_chunk_is_no_stream_of_chunks() -> None:
    """A pydantic model iterates over its fields."""
    one = ChatCompletionChunk.model_validate(HI[0])
    with pytest.raises(TypeError, match=r"a stream must be an iterable of chunks, .*, not ChatCompletionChunk"):
        list(rewritten_sync(one))


def test_the_interface_of_an_endpoint_can_be_given_as_its_word() -> None:
    assert Endpoint(URL, api="responses").api == "responses"  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="completions"):
        Endpoint(URL, api="completions")  # type: ignore[arg-type]
