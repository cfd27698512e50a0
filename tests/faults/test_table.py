"""The table of fault classes: each row has a test, or says why it has none."""

import pytest
from tests.faults.peers import FAULTS
from tests.faults.table import ROWS, row_tests


def test_the_rows_are_all_there() -> None:
    assert list(ROWS) == list(range(1, 50))


@pytest.mark.parametrize("number", ROWS)
def test_each_row_has_a_test_or_a_reason(number: int) -> None:
    row = ROWS[number]
    assert row_tests()[number] or row.reason
    assert row.holds or row.reason
    assert "|" not in "".join(row)


def test_what_other_programs_are_asked_is_of_a_row() -> None:
    assert {fault.row for fault in FAULTS} - {0} <= set(ROWS)
