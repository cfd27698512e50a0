"""The pytest plugin: ``unspool_server``, a server for tests of clients.

    def test_my_client(unspool_server):
        server = unspool_server("captures/", fault="status:429,retry-after:1")
        ...                                  # point the client at server.url
        assert not server.failed             # what it did is in server.findings and server.requests

pytest loads it by itself; it imports nothing of the server before a test asks for
one, and there is no such fixture where the extra ``unspool[serve]`` is missing.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from unspool.serve.background import BackgroundServer

    ServerFactory = Callable[..., BackgroundServer]


def _start(stack: ExitStack, *captures: Any, **asked: Any) -> "BackgroundServer":
    from unspool.serve.background import background_server  # noqa: PLC0415 - tests that need no server load none
    from unspool.serve.service import options_for_tests  # noqa: PLC0415 - as above

    __tracebackhide__ = True  # pytest shows the line of the test, and the reason
    try:
        return stack.enter_context(background_server(options_for_tests(*map(str, captures), **asked)))
    except FileNotFoundError as error:
        reason = f"{error.filename}: {error.strerror}"
    except ValueError as error:
        reason = str(error)
    pytest.fail(reason)


if find_spec("uvicorn") is not None and find_spec("starlette") is not None:

    @pytest.fixture
    def unspool_server() -> "Iterator[ServerFactory]":
        """A function that starts servers, which end with the test.

        It takes captures and folders of them, and by keyword ``fault`` and
        ``fault_when`` (a string or several), ``pace`` (default: at once),
        ``upstream``, ``seed``, ``order`` and ``ignore``, as the options of
        ``unspool serve`` have them.
        """
        with ExitStack() as stack:
            yield partial(_start, stack)
