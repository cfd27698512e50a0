"""Exit codes: the numbers are a promise to shell scripts, and the worst of several wins."""

import itertools

import pytest

from unspool.core.errors import MalformedRecord
from unspool.core.events import FAULTS, ArgumentsFailed, ResponseFailed, StreamIncomplete, TextContradicted
from unspool.errors import LayerFailed, SourceCut, SourceFailed
from unspool.exits import CODES, ExitCode, exit_code

SEVERITY: list[tuple[set[type], int]] = [  # from the mildest
    ({MalformedRecord, ArgumentsFailed, TextContradicted}, 3),
    ({StreamIncomplete, SourceCut}, 4),
    ({ResponseFailed, SourceFailed, LayerFailed}, 5),
]


def test_the_numbers_are_those_of_the_table() -> None:
    assert {code.name: code.value for code in ExitCode} == {
        "OK": 0,
        "NO": 1,
        "USAGE": 2,
        "MALFORMED": 3,
        "INCOMPLETE": 4,
        "FAILED": 5,
        "INTERRUPTED": 130,
        "OUTPUT_CLOSED": 141,
    }


def test_nothing_wrong_is_0() -> None:
    assert exit_code([]) is ExitCode.OK
    assert exit_code(set()) == 0


@pytest.mark.parametrize(("faults", "code"), SEVERITY, ids=["3", "4", "5"])
def test_each_fault_alone(faults: set[type], code: int) -> None:
    for fault in faults:
        assert exit_code([fault]) == code


def test_each_fault_there_is_has_a_code() -> None:
    """A fault without one would end a run with a KeyError."""
    assert set(CODES) == FAULTS | {TextContradicted, MalformedRecord, SourceFailed, SourceCut, LayerFailed}
    assert set(CODES) == set().union(*(faults for faults, _ in SEVERITY))


def test_5_comes_before_4_before_3_whatever_the_order_and_number() -> None:
    for size in range(1, len(CODES) + 1):
        for faults in itertools.permutations(CODES, size):
            worst = max(code for kinds, code in SEVERITY if kinds & set(faults))
            assert exit_code(faults) == worst
            assert exit_code([*faults, *faults]) == worst


def test_a_code_is_a_number_to_the_shell() -> None:
    assert all(isinstance(code, int) and 0 <= code < 256 for code in ExitCode)
