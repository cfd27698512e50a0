"""The exceptions of the core."""

import copy
import pickle
from collections.abc import Callable

import pytest

from unspool.core.errors import MalformedRecord, NotAChunk, UnspoolError


@pytest.mark.parametrize("error", [MalformedRecord("not JSON", 7), NotAChunk("an object without choices")])
@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])
def test_an_error_survives_copying_and_pickling(
    error: MalformedRecord, copied: Callable[[UnspoolError], UnspoolError]
) -> None:
    other = copied(error)
    assert isinstance(other, type(error))
    assert (str(other), other.reason, other.position) == (str(error), error.reason, error.position)
