"""Responses in a row from one server: the fast lane knows the next from the one before, and nobody can tell.

What differs is the id and the time; everything else that may differ must end
the foresight, and not be taken for the same.
"""

import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.corrupted import cut_up
from tests.fastpath.differential import assert_nobody_can_tell
from tests.fastpath.test_lane import through
from tests.support import Chunk, calls, chunk, entry, jsonl, message_call, sse

from unspool.core.options import Options, OtherTools, Thoughts
from unspool.fastpath.batch import Single

WORDS = [f"word {number} " for number in range(40)]


def content_response() -> list[Chunk]:
    spoken = [chunk({"content": word}) for word in WORDS]
    return [chunk({"role": "assistant", "content": ""}), *spoken, chunk({}, "stop")]


def named(chunks: list[Chunk], **names: Any) -> list[Chunk]:
    """The same under other names; of None a member is left out."""
    renamed = [{**one, **names} for one in chunks]
    return [{name: value for name, value in one.items() if value is not None} for one in renamed]


def in_a_row(response: list[Chunk], count: int = 5) -> list[Chunk]:
    return [one for number in range(count) for one in named(response, id=f"id-{number}", created=100 + number)]


MESSAGE = message_call(['{"', "inner_", 'thoughts":"', "hm", '","mess', 'age":"', *WORDS, '"}'])
SEARCH = message_call(['{"query":"', *WORDS, '"}'], tool="search")
UNNAMED = named(content_response(), id=None)


@pytest.mark.parametrize(
    ("response", "first", "each"),
    [(content_response(), 3, 2), (MESSAGE, 3, 2), (SEARCH, 3, 2), (UNNAMED, 3, 2)],
    ids=["content", "a message", "another tool", "content without an id"],
)
@pytest.mark.parametrize("frame", [jsonl, sse])
def test_of_a_response_that_is_foreseen_only_the_ends_go_the_long_way(
    response: list[Chunk], first: int, each: int, frame: Callable[[list[Chunk]], bytes]
) -> None:
    """Of the first response one chunk more: the one that its frame is learnt from."""
    for count in (1, 2, 5):
        went_through = through(frame(in_a_row(response, count)))
        assert len(went_through.others) == first + (count - 1) * each


def test_the_fragment_that_settles_the_name_is_taken_by_itself_t12() -> None:
    """It announces the call; what it brings about is more than text does that runs on."""
    went_through = through(jsonl(in_a_row(MESSAGE, 2)))
    singles = [one for one in went_through.taken if isinstance(one, Single)]
    assert [type(event).__name__ for event in singles[-1].outcome.events] == ["ToolCallStarted"]


def test_a_blank_fragment_leaves_the_name_open_t12() -> None:
    blank = [MESSAGE[0], chunk(calls(entry(" "))), *MESSAGE[1:]]
    longer = [MESSAGE[0], chunk(calls(entry("", name="_now"))), *MESSAGE[1:]]
    for response in (blank, longer):
        assert_nobody_can_tell(jsonl([*in_a_row(MESSAGE, 2), *named(response, id="z"), *in_a_row(MESSAGE, 1)]))


def test_a_call_that_begins_without_a_role_gets_one_r4() -> None:
    """The chunk that first says something must carry it, so that it goes the long way."""
    opening = chunk(calls(entry("", id="call_1", type="function", name="send_message")))
    for response in ([opening, *MESSAGE[1:]], [chunk({"content": None}), opening, *MESSAGE[1:]]):
        assert_nobody_can_tell(jsonl([*in_a_row(MESSAGE, 2), *in_a_row(response, 2)]))


@pytest.mark.parametrize(
    "names",
    [
        *(
            {"id": ident}
            for ident in (7, "", "null", None, 'a"b', "a\\b", "é", "\ud83d", "x" * 200, "content", "created")
        ),
        *({"created": time} for time in (None, 0, 1.5, 10**30, "1", -1, True)),
        {"model": "another"},
        {"object": "id"},
        {"x": {"id": "z", "created": 100}},
        {"system_fingerprint": "id", "id": "y"},
    ],
)
@pytest.mark.parametrize("space", [" ", ""])
def test_no_name_tells(names: dict[str, Any], space: str) -> None:
    """Whatever the next response is called, and the one after it."""
    for response in (content_response(), MESSAGE, SEARCH):
        responses = [response, named(response, **names), named(response, id="z"), named(response, **names), response]
        lines = [json.dumps(one, separators=("," + space, ":" + space)) for each in responses for one in each]
        assert_nobody_can_tell("".join(line + "\n" for line in lines).encode())


@pytest.mark.parametrize(
    "line",
    [
        '{"choices":[{"index":0,"delta":%s,"finish_reason":%s}],"id":"%s","created":%d}',
        '{"id":"%s","x":{"id":"id-0"},"choices":[{"index":0,"delta":%s,"finish_reason":%s}],"created":%d}',
        '{"x":["created",100],"id":"%s","choices":[{"index":0,"delta":%s,"finish_reason":%s}],"created":%d}',
        '{"id": "%s", "created" :\t%d, "choices": [{"index": 0, "delta": %s, "finish_reason": %s}]}',
        '{"id":"%s","id":"%s","created":%d,"choices":[{"index":0,"delta":%s,"finish_reason":%s}]}',
    ],
)
def test_names_may_stand_anywhere(line: str) -> None:
    """Twice, in other members, behind the text: what is put in place of a name is the name."""
    written = []
    for one in in_a_row(content_response(), 3):
        (choice,) = one["choices"]
        values = {
            "id": json.dumps(one["id"])[1:-1],
            "created": one["created"],
            "delta": json.dumps(choice["delta"]),
            "finish": json.dumps(choice["finish_reason"]),
        }
        template = line.replace('"delta": %s', '"delta": {delta}').replace('"delta":%s', '"delta":{delta}')
        template = template.replace('"finish_reason":%s', '"finish_reason":{finish}')
        template = template.replace('"finish_reason": %s', '"finish_reason": {finish}')
        template = template.replace("%d", "{created}").replace("%s", "{id}")
        for name, value in values.items():
            template = template.replace("{" + name + "}", str(value))
        written.append(template)
    assert_nobody_can_tell("\n".join([*written, ""]).encode())


def mixed_responses(random: Random) -> Iterator[Chunk]:
    """Responses of several kinds, most of them like the one before but for their names."""
    kinds = [content_response(), MESSAGE, SEARCH, content_response()[1:], MESSAGE[:-1]]
    response = random.choice(kinds)
    for number in range(random.randint(2, 6)):
        if random.random() < 0.3:
            response = random.choice(kinds)
        names: dict[str, Any] = {"id": f"id-{random.randint(0, number)}", "created": random.choice([1, 1, 22, 333])}
        if random.random() < 0.2:
            names[random.choice(["id", "created", "model"])] = random.choice([None, 5, "o"])
        chunks = named(response, **names)
        if random.random() < 0.2:
            del chunks[random.randrange(len(chunks))]
        if random.random() < 0.2:
            chunks[random.randrange(len(chunks))]["x"] = 1
        yield from chunks


@given(st.integers(0, 2**64))
def test_no_responses_in_a_row_tell(seed: int) -> None:
    random = Random(seed)
    chunks = list(mixed_responses(random))
    data = random.choice([jsonl, sse])(chunks)
    options = Options(thoughts=random.choice(list(Thoughts)), other_tools=random.choice(list(OtherTools)))
    assert_nobody_can_tell(cut_up(data, random) if random.random() < 0.5 else data, options=options)
