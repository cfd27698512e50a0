"""Values under paths as fragments of one JSON text."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unspool.dialects.gemini_partial_args import ArgumentsWriter, OutOfOrder

KEYS = st.text(st.characters(exclude_characters="'\"[]", exclude_categories=["Cs"]), min_size=1, max_size=3)
LEAVES = st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text() | st.none()
TREES = st.dictionaries(
    KEYS,
    st.recursive(
        LEAVES,
        lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(KEYS, inner, min_size=1, max_size=3),
    ),
    max_size=4,
)


def partials(value: Any, path: str, pieces: int) -> Iterator[dict[str, Any]]:
    """A value as a server says it, each text in so many pieces and an empty last one."""
    if isinstance(value, dict):
        for key, member in value.items():
            plain = key.isalnum()
            yield from partials(member, f"{path}.{key}" if plain else f"{path}['{key}']", pieces)
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from partials(member, f"{path}[{index}]", pieces)
    elif isinstance(value, str):
        size = max(1, -(-len(value) // pieces))
        for at in range(0, len(value), size):
            yield {"jsonPath": path, "stringValue": value[at : at + size], "willContinue": True}
        yield {"jsonPath": path, "stringValue": ""}
    elif value is None:
        yield {"jsonPath": path, "nullValue": "NULL_VALUE"}
    else:
        yield {"jsonPath": path, "boolValue" if isinstance(value, bool) else "numberValue": value}


@given(TREES, st.integers(1, 4))
def test_the_fragments_are_the_text_of_the_value(tree: dict[str, Any], pieces: int) -> None:
    writer = ArgumentsWriter()
    text = "".join([*(writer.write(partial) for partial in partials(tree, "$", pieces)), writer.close()])
    assert json.loads(text) == tree


def test_each_fragment_leaves_as_far_as_it_is_known() -> None:
    writer = ArgumentsWriter()
    assert writer.write({"jsonPath": "$.a[0].b", "stringValue": "Hi", "willContinue": True}) == '{"a":[{"b":"Hi'
    assert writer.write({"jsonPath": "$.a[0].b", "stringValue": ' "x"', "willContinue": True}) == ' \\"x\\"'
    assert writer.write({"jsonPath": "$.a[1].b", "numberValue": 0.5}) == '"},{"b":0.5'
    assert writer.write({"jsonPath": '$["c d"]', "boolValue": True}) == '}],"c d":true'
    assert writer.close() == "}"


def test_half_a_surrogate_pair_stays_an_escape() -> None:
    """R3: its other half may be in the next piece."""
    writer = ArgumentsWriter()
    text = writer.write({"jsonPath": "$.a", "stringValue": "\ud83d", "willContinue": True})
    text += writer.write({"jsonPath": "$.a", "stringValue": "\ude00"})
    assert json.loads(text + writer.close()) == {"a": "😀"}


def test_nothing_written_is_an_empty_object() -> None:
    assert ArgumentsWriter().close() == "{}"


def test_a_path_without_a_value_says_nothing_but_may_end_a_string() -> None:
    writer = ArgumentsWriter()
    assert writer.write({"jsonPath": "$.a", "willContinue": True}) == ""
    assert writer.write({"jsonPath": "$.a", "stringValue": "x", "willContinue": True}) == '{"a":"x'
    assert writer.write({"jsonPath": "$.a"}) == '"'
    assert writer.close() == "}"


@pytest.mark.parametrize(
    "path",
    ["$", "a", "$[0]", "$.a[", "$..a", "$.a[1]", "$.x", "$.l[2]", "$.l.m", "$.x.y", f"$.l[{'9' * 5000}]", 7, None],
)
def test_a_path_that_leads_back_or_nowhere_is_refused(path: Any) -> None:
    writer = ArgumentsWriter()
    text = writer.write({"jsonPath": "$.x", "numberValue": 1})
    text += writer.write({"jsonPath": "$.l[0]", "numberValue": 2})
    with pytest.raises(OutOfOrder):
        writer.write({"jsonPath": path, "numberValue": 3})
    text += writer.write({"jsonPath": "$.l[1]", "numberValue": 4})
    assert json.loads(text + writer.close()) == {"x": 1, "l": [2, 4]}
