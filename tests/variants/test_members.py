"""The places of a delta and of its calls."""

from typing import Any

from tests.support import entry

from unspool.variants.members import delta_of, entries_of


def test_q3_q4_q12_b11_where_a_delta_stands() -> None:
    delta: Any = {"content": "d"}
    message: Any = {"content": "m"}
    assert delta_of({"delta": delta, "message": message}) is delta
    assert delta_of({"message": message}) is message
    assert delta_of({"delta": None, "message": message}) is message
    assert delta_of({"delta": None}) == delta_of({}) == {}


def test_t20_t23_entries() -> None:
    function = {"name": "f", "arguments": "{"}
    call = entry("{", id="a", name="f")
    assert entries_of({}) == entries_of({"tool_calls": []}) == entries_of({"tool_calls": None}) == []
    assert entries_of({"tool_calls": [call]}) == [call]
    assert entries_of({"function_call": function}) == [{"index": 0, "type": "function", "function": function}]
    assert entries_of({"tool_calls": [call], "function_call": function}) == [call]
    assert entries_of({"function_call": None}) == []


def test_null_entries_among_the_calls_are_absent_t18() -> None:
    one = {"index": 0, "function": {"arguments": "x"}}
    assert entries_of({"tool_calls": [None, one]}) == [one]
    assert entries_of({"tool_calls": [None]}) == []
