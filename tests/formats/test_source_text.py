"""Whatever a rewritten chunk keeps of its record leaves as it was written: numbers, repeated members, names (R1).

The oracle is the standard library's reader, which gives members as pairs and numbers as the text they were.
"""

import json
from random import Random
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.fastpath.differential import assert_same_as_slow_path
from tests.support import jsonl, message_call, run_here, sse

from unspool.formats.json_codec import HUGE, decode
from unspool.formats.source_text import encode_rewritten, keeps_text
from unspool.formats.splice import made_from

NUMBERS = ["0", "-0", "1", "1.10", "1e2", "1E+2", "-0.0", "0.1", "1e-7", "9" * 30, "18446744073709551616", "1.0"]
NAMES = ["x", "y", "\\u0078", "z z", "\u00e9", "0"]
SPACES = ["", " ", "\t ", "\n"]


class Members(list[tuple[str, Any]]):
    """An object as its members, in order, all of them."""


class Number(str):
    """A number as it was written."""


def exact(text: bytes) -> Any:
    """The value of a JSON text with all that readers lose."""
    return json.loads(text, object_pairs_hook=Members, parse_int=Number, parse_float=Number)


def values(depth: int = 2) -> st.SearchStrategy[str]:
    """JSON texts with odd numbers, repeated members and white space."""
    leaves = st.sampled_from([*NUMBERS, '"a"', '""', "null", "true", '"\\u00e9, {1.10} \\""'])
    if not depth:
        return leaves
    return st.one_of(leaves, arrays(depth), objects(depth))


@st.composite
def arrays(draw: st.DrawFn, depth: int) -> str:
    space = draw(st.sampled_from(SPACES))
    return "[" + f"{space},{space}".join(draw(st.lists(values(depth - 1), max_size=3))) + space + "]"


@st.composite
def objects(draw: st.DrawFn, depth: int) -> str:
    return "{" + draw(members(depth)).removesuffix(",") + "}"


@st.composite
def members(draw: st.DrawFn, depth: int = 2) -> str:
    """Members with a comma behind each; names occur more than once."""
    space = draw(st.sampled_from(SPACES))
    drawn = draw(st.lists(st.tuples(st.sampled_from(NAMES), values(depth - 1)), max_size=4))
    return "".join(f'"{name}"{space}:{space}{value}{space},' for name, value in drawn)


def chunk_text(delta: str, top: str = "", choice: str = "", finish: str = "null") -> str:
    """A chunk with these members beside those of the wire; none of it holds a line feed that JSONL would end at."""
    text = (
        f'{{"id":"c1",{top}"object":"chat.completion.chunk","created":7,"model":"m",'
        f'"choices":[{{"index":0,{choice}"delta":{{{delta}}},"finish_reason":{finish}}}]}}'
    )
    return text.replace("\n", " ")


def call_text(arguments: str, entry: str = "", name: str = "") -> str:
    named = f'"id":"a{name}","type":"function",' if name else ""
    function = f'"name":"{name}",' if name else ""
    return f'{{"index":0,{named}{entry}"function":{{{function}"arguments":{json.dumps(arguments)}}}}}'


def kept(pairs: Any, *replaced: str) -> dict[str, list[Any]]:
    """The members by name, in order, but for those that rewriting replaces."""
    found: dict[str, list[Any]] = {}
    for name, value in pairs:
        if name not in replaced:
            found.setdefault(name, []).append(value)
    return found


def of(pairs: Any, name: str) -> Any:
    return dict(pairs)[name]


@given(members(), members(), members(), st.booleans())
def test_what_is_not_rewritten_keeps_its_source_text(top: str, choice: str, delta: str, as_events: bool) -> None:
    line = chunk_text(
        f'"role":"assistant",{delta}"tool_calls":[' + call_text('{"message":"Hi"}', name="send_message") + "]",
        top,
        choice,
    )
    stream = f"data: {line}\n\n" if as_events else f"{line}\n"
    ran = run_here(["rewrite"], stream.encode())
    before, after = exact(line.encode()), exact(ran.stdout)
    assert kept(after, "choices") == kept(before, "choices")
    (old,), (new,) = of(before, "choices"), of(after, "choices")
    assert kept(new, "delta") == kept(old, "delta")
    assert kept(of(new, "delta"), "content") == kept(of(old, "delta"), "tool_calls")
    assert of(of(new, "delta"), "content") == "Hi"


@given(members(), members(), members())
def test_calls_of_other_tools_keep_theirs_where_they_are_renumbered(top: str, entry: str, choice: str) -> None:
    other = call_text('{"a":1.10}', entry, "other").replace('"index":0', '"index":1')
    line = chunk_text(
        f'"role":"assistant","tool_calls":[{call_text(chr(123), name="send_message")},{other}]', top, choice
    )
    ran = run_here(["rewrite"], line.encode())
    before, after = exact(line.encode()), exact(ran.stdout.splitlines()[0])
    assert kept(after, "choices") == kept(before, "choices")
    (passed,) = of(of(of(after, "choices")[0], "delta"), "tool_calls")
    _, received = of(of(of(before, "choices")[0], "delta"), "tool_calls")
    assert kept(passed, "index") == kept(received, "index")
    assert of(passed, "index") == "0"


@given(members(), members(), st.integers(0, 2**32), st.sampled_from([jsonl, sse]))
@example("", '"x":["\\u00e9, {1.10} \\""],', 1, jsonl)
def test_the_fast_path_writes_the_same(top: str, choice: str, seed: int, framing: Any) -> None:
    fragments = ["\\u00e9", "plain", 'q\\"', "<b>", "\u00fc"] * 3
    Random(seed).shuffle(fragments)
    deltas = [call_text('{"message":"', name="send_message"), *map(call_text, fragments), call_text('"}')]
    lines = [chunk_text(f'"tool_calls":[{delta}]', top, choice) for delta in deltas]
    before, behind = ("data: ", "\n\n") if framing is sse else ("", "\n")
    data = "".join(before + line + behind for line in lines) + framing(message_call(['{"message":"Hi"}'])).decode()
    assert_same_as_slow_path(data.encode(), ["jsonl", "sse"])


@pytest.mark.parametrize("text", ["plain", "\\u00e9", "\u00fc", "<b>"])
@pytest.mark.parametrize("number", ["1", "1.10"])
def test_strings_that_are_kept_have_the_same_escapes_whatever_the_text_is(text: str, number: str) -> None:
    head = chunk_text('"tool_calls":[' + call_text('{"message":"', name="send_message") + "]")
    kept_members = f'"x":["\\u00e9\\/\\ud83d\\ude00 ",{number}],"\\u0079":"\\ud800\\u007f",'
    line = chunk_text(f'"tool_calls":[{call_text(text)}]', kept_members)
    written = run_here(["rewrite"], f"{head}\n{line}\n".encode()).stdout.splitlines()[1]
    assert f'"x":["\u00e9/\U0001f600 ",{number}],"y":"\\ud800\x7f","object"'.encode() in written


def test_a_whole_message_keeps_the_text_of_its_members() -> None:
    call = call_text('{"message":"Hi"}', name="send_message")
    message = f'{{"role":"assistant","x":1.10,"x":-0,"annotations":[1e2],"tool_calls":[{call}]}}'
    line = f'{{"id":"c1","created":7,"model":"m","choices":[{{"index":0,"message":{message},"finish_reason":"stop"}}]}}'
    after = run_here(["rewrite"], line.encode()).stdout
    assert b'"delta":{"role":"assistant","content":"Hi","x":1.10,"x":-0,"annotations":[1e2]}' in after


def test_chunks_that_were_held_back_keep_theirs() -> None:
    odd = '"x":1.10,"x":-0,'
    first = chunk_text('"role":"assistant","tool_calls":[' + call_text("", '"y":1e2,', "send_") + "]", odd)
    second = chunk_text('"tool_calls":[' + call_text("{}", name="mail").replace('"asend_mail"', '"amail"') + "]", odd)
    ran = run_here(["rewrite"], f"{first}\n{second}\n".encode())
    assert ran.stdout.count(b'"x":1.10,"x":-0') == len(ran.stdout.splitlines())
    assert b'"y":1e2' in ran.stdout


def test_what_is_left_to_say_at_the_end_is_modelled_on_the_last_chunk() -> None:
    calls = [call_text('{"message":"A', name="send_message"), call_text('{"message":"B"}', name="send_message")]
    delta = '"role":"assistant","tool_calls":[' + ",".join([calls[0], calls[1].replace('"index":0', '"index":1')]) + "]"
    ran = run_here(["rewrite"], chunk_text(delta, '"x":1.10,"x":-0,').encode())
    assert [line.count(b'"x":1.10,"x":-0') for line in ran.stdout.splitlines()] == [1, 1]
    assert b'"content":"B"' in ran.stdout.replace(b"\\n\\n", b"")


def test_choices_are_found_again_by_what_they_hold_or_by_their_index() -> None:
    text = b'[{"index":1,"n":-0},{"index":0,"n":1.10,"s":"own"},7,null]'
    old = decode(text)
    taken: list[Any] = [{**old[1], "index": 5}, {**old[0]}, old[2], {"index": 9}, "new"]
    assert (
        encode_rewritten(taken, old, text) == b'[{"index":5,"n":1.10,"s":"own"},{"index":1,"n":-0},7,{"index":9},"new"]'
    )


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ('{"a":1}', True),
        ('{ "a" : [ 1, 2.5, "x y" ] }', True),
        ('{"a": "\\u00e9"}', True),
        ('{"a":1,"b":"\\u00e9 x \\u003c","c":2}', True),
        ('{"a":1,"b":"\\u00e9","c":2,"d":"\\u00e9"}', False),
        ('{"a":1.10,"b":"\\u00e9","c":2}', False),
        ('{"a":1,"b":"\\u00e9","c":-0}', False),
        ('{"a":"\\u00e9\\u0022","b":1.10,"c":"\\u00e9"}', False),
        ('{"a":"\\u0041","a":"\\u0041"}', False),
        ('{"a":1.10}', False),
        ('{"a":-0}', False),
        ('{"a":1,"a":1}', False),
        ('{"a":"1 .10", "a":"1 .10"}', False),
        ('{"a":%s}' % ("9" * 30), False),
    ],
)
def test_whether_encoding_keeps_a_text(text: str, kept: bool) -> None:
    assert keeps_text(decode(text.encode()), text.encode()) == kept


def test_a_value_is_made_from_another_by_what_only_that_can_have_given() -> None:
    old = decode(b'{"a":"text","b":1,"c":null,"d":[]}')
    assert made_from({"x": old["a"]}, old)
    assert made_from({"x": old["d"]}, old)
    assert not made_from({"b": 1, "c": None}, old)
    assert not made_from([old["a"]], old)


def test_a_new_value_that_is_huge_is_written_whole() -> None:
    """It is encoded in pieces of HUGE characters."""
    value = 'é"\\' * (HUGE * 2 // 3 + 1)
    text = b'{"choices":[{"index":0,"delta":{"a":1.10}}],"b":-0}'
    old = decode(text)
    new = {**old, "choices": [{"index": 0, "delta": {"a": value}}]}
    written = encode_rewritten(new, old, text)
    assert written == text.replace(b"1.10", json.dumps(value, ensure_ascii=False).encode())


def test_a_huge_text_with_many_escapes_and_levels_is_linear() -> None:
    member = b'"x":"' + b'\\"\\\\' * 400_000 + b'","y":[' + b"{}," * 200_000 + b"1.10]"
    text = b'{"choices":[{"index":0,"delta":{"a":1,' + member + b"}}]," + member + b"}"
    old = decode(text)
    choice = old["choices"][0]
    new = {**old, "choices": [{**choice, "delta": {**choice["delta"], "a": 2}}]}
    assert encode_rewritten(new, old, text) == text.replace(b'"a":1', b'"a":2')
