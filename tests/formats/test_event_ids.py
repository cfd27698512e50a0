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
