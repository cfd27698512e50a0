"""Server-sent events that come again with their ids leave once (R15)."""

import json

import pytest
from tests.support import message_call, run_here

from unspool.formats.event_ids import EventIds

PIECES = ['{"message":"', "ha ", "ha ", "ha ", "hi", '"}']
SAID = b"ha ha ha hi\n"


def with_ids(ids: list[str]) -> list[str]:
    """The events of one response, each with an id."""
    chunks = message_call(PIECES)
    return [f"id: {ident}\ndata: {json.dumps(one)}\n\n" for ident, one in zip(ids, chunks, strict=True)]


COUNT = len(message_call(PIECES))
IDS = {
    "numbers": [str(number) for number in range(COUNT)],
    "numbers behind a name": [f"msg_1:{number}" for number in range(9, 9 + COUNT)],
    "entries of Redis": [f"1700000000{number**2:03d}-{number % 2}" for number in range(COUNT)],
    "UUIDs": [f"{number * 7919 % 1000:08x}-0000-4000-8000-000000000000" for number in range(COUNT)],
    "times": [f"17000000000{number:02d}-0" for number in range(COUNT)],
}


@pytest.mark.parametrize("ids", IDS.values(), ids=[*IDS])
@pytest.mark.parametrize("cut", range(4, COUNT + 1))
@pytest.mark.parametrize("again", [1, 2, 3])
def test_events_that_come_again_with_their_ids_leave_once(ids: list[str], cut: int, again: int) -> None:
    events = with_ids(ids)
    for stream in ([*events[:cut], *events[cut - again :]], [*events[:cut], *events[cut - again : cut], *events[1:]]):
        for data in ("".join(stream), "".join(stream).replace("id: ", ": here\nid:").replace("\n", "\r\n")):
            assert run_here(["text"], data.encode()) == (0, SAID, "")
    rewritten = run_here(["rewrite"], "".join(stream).encode()).stdout
    assert rewritten.count(b'"finish_reason":"stop"') == 1


NOT_UNIQUE = {
    "the names of their types": ["start", "open", *["delta"] * (COUNT - 4), "close", "finish"],
    "names with numbers": ["e1", "e0", "e2", *["e3"] * (COUNT - 5), "e4", "e5"],
    "seconds": ["1700000000", "1700000003", *["1700000009"] * (COUNT - 4), "1700000011", "1700000012"],
    "too long for a number": ["1" * 5000, "2" * 5000, *["3" * 5000] * (COUNT - 4), "4" * 5000, "5" * 5000],
    "one": ["a"] * COUNT,
    "one of each response": ["a", *["b"] * (COUNT - 1)],
    "none": [""] * COUNT,
    "two in turn": [str(number % 2) for number in range(COUNT)],
}


@pytest.mark.parametrize("ids", NOT_UNIQUE.values(), ids=[*NOT_UNIQUE])
def test_ids_that_several_events_have_show_nothing(ids: list[str]) -> None:
    assert run_here(["text"], "".join(with_ids(ids)).encode()) == (0, SAID, "")


@pytest.mark.parametrize("end", ["", "data: [DONE]\n\n"])
def test_a_second_response_with_the_same_ids_leaves_too(end: str) -> None:
    """Ids that begin again count the events of another stream, even where it is the same word by word."""
    stream = "".join(with_ids(IDS["numbers"])) + end
    ran = run_here(["text"], (stream * 2).encode())
    assert (ran.code, ran.stdout) == (0, SAID * 2)


def test_only_the_last_events_are_remembered() -> None:
    ids = EventIds()
    assert not any(ids.repeats(b"%d" % number, b"{}") for number in range(3000))
    assert ids.repeats(b"2999", b"{}")
    assert ids.repeats(b"2500", b"{}")
    assert not ids.repeats(b"5", b"{}")


EQUAL = [1, 2, 3]


@pytest.mark.parametrize("equal", EQUAL)
@pytest.mark.parametrize(
    "ids",
    [
        ["message_start", "block_start", "delta", "delta", "block_stop", "message_stop"],
        ["start", "a", "delta", "ping", "delta", "stop"],
        ["100", "101", "103", "103", "104", "105"],
        ["t1", "t0", "t7", "t7", "t9", "t8"],
    ],
)
def test_equal_events_under_one_id_are_several(ids: list[str], equal: int) -> None:
    """Nothing shows that they are one: the name of a type, or a time, is the id of many events."""
    known = EventIds()
    for ident in ids:
        data = b"equal" if ident in ("delta", "103", "t7") else ident.encode()
        assert not any(known.repeats(ident.encode(), data) for _ in range(equal if data == b"equal" else 1))


def test_a_run_that_comes_again_is_known_by_its_order() -> None:
    """A counter that has gaps goes back only where events come again; all of these are known, up to the last."""
    known = EventIds()
    numbers = [b"5", b"9", b"12", b"20"]
    assert [known.repeats(one, one) for one in [*numbers, *numbers[1:], b"21", b"21"]] == [
        *[False] * 4,
        *[True] * 3,
        False,
        False,
    ]
