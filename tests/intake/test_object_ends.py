"""Objects that are known to be whole by their ends, and what ends as they do and is no object."""

import json

import pytest
from tests.support import run_here

from unspool.intake.json_text.object_ends import ObjectEnds

RECORD = b'{"id":"a","x":{"y":"1"},"z":"2"}'


@pytest.mark.parametrize(
    "other",
    [
        RECORD + b" " + RECORD,
        RECORD + RECORD,
        RECORD + b" retry " + RECORD,
        RECORD + b',"extra":{"w":"2"}',
        RECORD + b' by {"a":"b"}',
    ],
)
def test_what_ends_as_an_object_is_none(other: bytes) -> None:
    ends = ObjectEnds()
    assert ends.is_object(RECORD)
    assert ends.is_object(RECORD.replace(b"2", b"3"))
    assert not ends.is_object(other)
    lines = [RECORD, other, RECORD.replace(b"a", b"b")]
    assert not ends.are_objects(lines, b"\n".join(lines))
    assert ends.are_objects(lines[::2], b"\n".join(lines[::2]))


@pytest.mark.parametrize("before", ["INFO chunk ", "INFO data: "])
def test_text_behind_a_record_whose_last_member_is_a_string_is_passed_over(before: str) -> None:
    chunks = [
        {"id": "c1", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}], "p": "abc"}
        for text in ("One", " two", " three", " four")
    ]
    behind = ["", "", ' by {"a":"b"}', ' by {"p":"abc"}']
    log = "".join(f"{before}{json.dumps(one)}{text}\n" for one, text in zip(chunks, behind, strict=True))
    ran = run_here(["text"], log.encode())
    assert (ran.stdout, "not JSON" in ran.stderr) == (b"One two three four\n", False)


@pytest.mark.parametrize(
    ("end", "whole"),
    [
        ('"}', True),
        ('","q":"c"}', True),
        ('","q":{"p":"c"}}', True),
        ('","p":"c"}}', False),
        ('"}]}', False),
        ('"} }', False),
        ('"},"extra":"c"}', False),
    ],
)
def test_an_object_is_known_by_its_last_member_whatever_the_value_of_that(end: str, whole: bool) -> None:
    """Padding has another value in each chunk: only what has the same brackets behind it ends as the others do."""
    ends = ObjectEnds()
    padded = [b'{"id":"a","x":1,"p":"%b"}' % b"abcdefghij"[:size] for size in range(10)]
    assert ends.are_objects(padded, b"\n".join(padded))
    records = [*padded, b'{"id":"a","x":1,"p":"ab' + end.encode()]
    assert ends.are_objects(records, b"\n".join(records)) is whole
