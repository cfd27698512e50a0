"""Objects as text without some of their members."""

import json

import pytest

from unspool.formats.json_members import may_name, public_json, without_members


def test_members_keep_their_source_text() -> None:
    assert json.loads(without_members('{"a":1, "b" : 2, "c":3}', ["b"])) == {"a": 1, "c": 3}
    with pytest.raises(ValueError, match="no object"):
        without_members("[1]", [])


@pytest.mark.parametrize(
    ("text", "public"),
    [('{"t":"x","a":1e2}', '{"a":1e2}'), ('{"a":1,"t":"cut he', '{"a": 1}'), ("nonsense", "")],
)
def test_private_members_are_left_out(text: str, public: str) -> None:
    assert public_json(text, ["t"]) == public


@pytest.mark.parametrize(
    ("text", "may"), [('{"a":1}', False), ('{"thinking":', True), ('{"\\u0074hinking":1}', True), ("", False)]
)
def test_a_name_may_be_written_with_escapes(text: str, may: bool) -> None:
    assert may_name(text, ["thinking"]) is may
