"""Each fault as an exception."""

import copy
import pickle
from collections.abc import Callable

import pytest

from unspool.core.errors import MalformedRecord, NotAChunk, UnspoolError
from unspool.core.events import ArgumentsFailed, Fault, ResponseFailed, StreamIncomplete
from unspool.errors import (
    ArgumentsFailedError,
    ResponseFailedError,
    SourceFailed,
    StreamError,
    StreamIncompleteError,
    StreamTimeout,
    exception_of,
)


@pytest.mark.parametrize(
    ("fault", "kind", "text"),
    [
        (StreamIncomplete(1, "it was cut"), StreamIncompleteError, "it was cut"),
        (ResponseFailed(1, "Overloaded", "503"), ResponseFailedError, "Overloaded (503)"),
        (ResponseFailed(1, "Overloaded", ""), ResponseFailedError, "Overloaded"),
        (ArgumentsFailed(1, 0, 0, "say", 7, "no quote"), ArgumentsFailedError, "say cannot be read from character 7"),
    ],
)
def test_a_fault_as_an_exception(fault: Fault, kind: type[StreamError], text: str) -> None:
    error = exception_of(fault)
    assert type(error) is kind
    assert text in str(error)
    assert error.event is fault  # type: ignore[attr-defined]  # all three have it


def test_a_timeout_is_a_timeout_error() -> None:
    with pytest.raises(TimeoutError, match=r"no chunk arrived for 2\.5 s"):
        raise StreamTimeout(2.5, "no chunk arrived")


ERRORS = [
    MalformedRecord("not JSON", 7),
    NotAChunk("an object without choices"),
    SourceFailed("call", "HTTP 429", "ask again", status=429, retry_after=2.0),
    StreamTimeout(2.5, "nothing arrived"),
    *(exception_of(fault) for fault in (StreamIncomplete(1, "cut"), ResponseFailed(1, "no", "503"))),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])
def test_an_error_survives_copying_and_pickling(
    error: UnspoolError, again: Callable[[UnspoolError], UnspoolError]
) -> None:
    """Servers hand errors from process to process."""
    other = again(error)
    assert (type(other), str(other), other.__dict__) == (type(error), str(error), error.__dict__)
