"""The table of quirks: every number is there, and every number the program speaks of is in it."""

import re

import pytest
from tests.support import ROOT

from unspool.quirks import detectors
from unspool.quirks.catalog import GROUPS, QUIRKS, Quirk

SIZES = {"Q": 21, "F": 10, "T": 23, "A": 22, "B": 13}


def test_each_group_is_numbered_in_order() -> None:
    """Up to its size without a gap; beyond it numbers may come in ranges, for several people add rows at once."""
    for group, size in SIZES.items():
        numbers = [int(number[1:]) for number in QUIRKS if number.startswith(group)]
        assert numbers[:size] == list(range(1, size + 1))
        assert numbers == sorted(set(numbers))
    assert list(GROUPS) == list(SIZES)
    assert [row.number for row in QUIRKS.values()] == list(QUIRKS)


@pytest.mark.parametrize("row", QUIRKS.values(), ids=QUIRKS)
def test_a_row_can_be_read(row: Quirk) -> None:
    """One sentence for lint, a few for the meaning, no text that runs into the next or holds two spaces."""
    assert row.group in GROUPS
    assert row.sentence.count(". ") == 0
    for text in (row.sentence, row.meaning, row.unspool):
        assert text == text.strip()
        assert text.endswith(".")
        assert "  " not in text
    assert 2 <= len(re.findall(r"\.(?= |$)", row.meaning)) <= 5
    assert row.example
    assert len(row.sentence) <= 110


def test_rows_differ() -> None:
    assert len({row.sentence for row in QUIRKS.values()}) == len(QUIRKS)
    assert len({row.example for row in QUIRKS.values()}) == len(QUIRKS)


def test_every_number_in_the_program_is_in_the_table() -> None:
    spoken = {
        number
        for path in (ROOT / "cli").rglob("*.py")
        for number in re.findall(r'"([QFTAB][0-9]+)"', path.read_text(encoding="utf-8"))
    }
    assert spoken <= set(QUIRKS)
    assert len(spoken) > 60


def test_no_number_has_two_detectors() -> None:
    tables = [table for name, table in vars(detectors).items() if name.endswith("_DETECTORS")]
    numbers = [number for table in tables for number in table]
    assert len(numbers) == len(set(numbers))
