"""Fault class 47: the sweep itself, on its shortest scenarios. All of them are `make torture`."""

import pytest
from tests.faults.helpers import needs_strace
from tests.faults.torture import SCENARIOS, sweep


@needs_strace
@pytest.mark.parametrize("name", ["rewrite, writes", "a recording, files"])
def test_row_47_each_call_of_a_scenario_fails_once(name: str) -> None:
    found = list(sweep(SCENARIOS[name]))
    assert found
    assert not any(wrong for _, wrong in found), found
