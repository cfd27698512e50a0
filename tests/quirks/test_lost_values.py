"""Which values of a JSON text readers do not keep (Q60)."""

import pytest

from unspool.quirks.lost_values import loses_values


@pytest.mark.parametrize(
    "text",
    [
        "9007199254740993",
        "-18446744073709551617",
        "9" * 400,
        "9" * 5000,
        "1e999",
        "0.1234567890123456789",
        '{"a":1,"a":1}',
        '{"a":{"\\u0061":1,"a":2}}',
        '[[{"a":0,"b":1,"a":2}]]',
    ],
)
def test_values_that_are_lost(text: str) -> None:
    assert loses_values(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "9007199254740992",
        "100000000000000000000",
        "-0",
        "1.10",
        "0.10000000000000001",
        "1e-7",
        "0.000000000000000000000001",
        "120000000000000000000000.0",
        '{"a":1,"b":{"a":1}}',
        "[" * 100_000,
    ],
)
def test_values_that_are_kept(text: str) -> None:
    assert not loses_values(text.encode())
