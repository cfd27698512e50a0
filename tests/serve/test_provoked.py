"""Each quirk that the server provokes is the one that lint names, and costs text only where that is its point."""

import json
from collections.abc import Iterator

import pytest
from tests.serve.test_replay import replaying
from tests.serve.upstreams import exchange, get
from tests.support import Chunk, calls, chunk, entry, run_here, sse

from unspool.serve.background import BackgroundServer, background_server
from unspool.serve.faults.provoked.table import PROVOKED, provoked


def call(fragments: list[str], index: int, name: str) -> list[Chunk]:
    """The chunks of one call: its name, then its arguments."""
    named = chunk(calls(entry("", id=f"call_{index}", name=name, index=index)))
    return [named, *(chunk(calls(entry(fragment, index=index))) for fragment in fragments)]


FIRST = chunk({"role": "assistant", "content": None})
ONE = call(['{"inner_thoughts":', '"Hm.","message":', '"One', " line\\n", 'two"}'], 0, "send_message")
TWO = call(['{"message":', '"One', '"}'], 0, "send_message")
LAST = chunk(calls(entry('"}', index=0)), "tool_calls")
STREAMS = {
    "text": ([FIRST, *(chunk({"content": text}) for text in ("Look", " here", ".")), chunk({}, "stop")], "Look here."),
    "one call": ([FIRST, *ONE, chunk({}, "tool_calls")], "One line\ntwo"),
    "two calls": (
        [FIRST, *TWO, *call(['{"message":"Two"}'], 1, "send_message"), chunk({}, "tool_calls")],
        "One\nTwo",
    ),
    "no arguments": ([FIRST, *TWO, *call(["{}"], 1, "now"), chunk({}, "tool_calls")], "One"),
    "with the finish": ([FIRST, *TWO[:-1], LAST], "One"),
}
"""Chunks and their text."""

PLACES = {
    **dict.fromkeys(["Q2", "Q12", "Q13", "Q16", "F7", "B10"], "text"),
    **dict.fromkeys(["T4", "T5", "T17"], "two calls"),
    **dict.fromkeys(["F10", "Q9"], "with the finish"),
    "A2": "no arguments",
}
"""The stream that has a place for a quirk; for the others it is that with one call."""

CHANGED = {
    **dict.fromkeys(["A5", "A11", "A12", "A13", "A17", "A19", "Q20"], ""),
    **dict.fromkeys(["F8", "A18"], "One line\n"),
    "A10": "One line\\ntwo\n",
    "B10": "Look\u2028 here\u2028.\u2028\n",
    "Q13": "LookLook hereLook here.\n",
    "T21": 'One line\ntwo\n<tool_call>{"name": "send_message", "arguments": {"inner_thoughts":"Hm.",'
    '"message":"One line\\ntwo"}}</tool_call>\n',
}
"""The text where it is another: lost with the arguments, or in the content that the quirk adds."""

UNNAMED = {"Q5", "F10"}
"""Lint does not name what is frequent and harmless."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BackgroundServer]:
    folder = tmp_path_factory.mktemp("captures")
    for name, (chunks, _) in STREAMS.items():
        (folder / f"{name}.sse").write_bytes(sse([{**one, "model": name} for one in chunks]))
    with background_server(replaying(folder)) as running:
        yield running


def asked(server: BackgroundServer, model: str, number: str | None = None) -> bytes:
    """The body of the answer to a request for this quirk."""
    headers = [] if number is None else [f"X-Unspool-Fault: quirk:{number}"]
    body = json.dumps({"model": model, "stream": True}).encode()
    answer = exchange(server.root, get("/v1/chat/completions", *headers, method="POST", body=body))
    data = b""
    rest = answer.partition(b"\r\n\r\n")[2]
    if b"chunked" not in answer.partition(b"\r\n\r\n")[0]:
        return rest
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        data, rest = data + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
    return data


def quirks(stream: bytes) -> set[str]:
    """The numbers of the quirks that lint finds."""
    return {one["quirk"] for one in json.loads(run_here(["lint", "--json"], stream).stdout)["quirks"]}


@pytest.mark.parametrize("number", PROVOKED)
def test_lint_finds_what_was_provoked(server: BackgroundServer, number: str) -> None:
    name = PLACES.get(number, "one call")
    plain, body = asked(server, name), asked(server, name, number)
    assert body != plain
    assert number not in quirks(plain)
    assert (number in quirks(body)) == (number not in UNNAMED)
    assert run_here(["text"], body).stdout.decode() == CHANGED.get(number, STREAMS[name][1] + "\n")


@pytest.mark.parametrize("number", PROVOKED)
def test_a_quirk_takes_any_stream_and_loses_nothing_else(number: str) -> None:
    """Without a server: what is delayed leaves, and text is changed by those that are there to change it."""
    for chunks, text in STREAMS.values():
        quirk = PROVOKED[number]()
        body = b"".join(map(quirk.event, [*(sse([one], done=False) for one in chunks), b"data: [DONE]\n\n"]))
        assert b"[DONE]" in body or number == "B4"
        if number not in CHANGED:
            ran = run_here(["text"], body)
            assert (ran.code, ran.stdout.decode()) == (0, text + "\n")


ODD = [
    chunk({"content": 7}),
    chunk({"content": "Hi", "tool_calls": True}),
    chunk(calls({"index": [], "id": {}, "function": {"name": [], "arguments": 1}})),
    chunk(calls({"index": 0, "function": "now"})),
    {**chunk({}), "choices": [{"index": {}, "delta": []}], "usage": 3},
]
"""Chunks of other types than the contract has."""


@pytest.mark.parametrize("number", [number for number in PROVOKED if number[0] != "B" and number != "Q20"])
def test_a_chunk_whose_members_have_other_types_stays_as_it_is(number: str) -> None:
    """Those of the frames change any event, and Q20 adds one."""
    quirk = provoked(number, "chat")
    events = [sse([one], done=False) for one in ODD]
    assert [quirk.event(event) for event in events] == events
