"""Each fault as an exception."""

import pytest

from unspool.core.errors import (
    ArgumentsFailedError,
    ResponseFailedError,
    StreamError,
    StreamIncompleteError,
    StreamTimeout,
    error_of,
)
from unspool.core.events import ArgumentsFailed, Fault, ResponseFailed, StreamIncomplete


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
    error = error_of(fault)
    assert type(error) is kind
    assert text in str(error)
    assert error.event is fault  # type: ignore[attr-defined]  # all three have it


def test_a_timeout_is_a_timeout_error() -> None:
    with pytest.raises(TimeoutError, match=r"no chunk arrived for 2\.5 s"):
        raise StreamTimeout(2.5, "no chunk arrived")
