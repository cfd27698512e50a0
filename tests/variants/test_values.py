"""Single values of any JSON type: names, ids and indexes."""

from typing import Any

import pytest

from unspool.variants.values import index_of, json_type, non_blank


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("call_1", "call_1"),
        (7, "7"),
        (1.5, "1.5"),
        ("", None),
        ("  ", None),
        ("null", None),
        (None, None),
        (True, None),
        ([], None),
        ({}, None),
    ],
)
def test_t8_t9_t10_t14_t18_names_and_ids(value: Any, text: str | None) -> None:
    assert non_blank(value) == text


@pytest.mark.parametrize(("value", "index"), [(0, 0), (3, 3), (None, None), ("1", None), (True, None), (1.0, None)])
def test_t3_indices(value: Any, index: int | None) -> None:
    assert index_of(value) == index


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "null"),
        ({}, "an object"),
        ([], "an array"),
        ("", "a string"),
        (True, "a boolean"),
        (1, "a number"),
        (1.5, "a number"),
        (b"{}", "a Python object of type bytes"),
    ],
)
def test_the_type_of_a_value_in_messages(value: Any, kind: str) -> None:
    assert json_type(value) == kind
