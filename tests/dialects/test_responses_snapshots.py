"""R15 in Responses: what deltas have said counts once, whatever address their snapshots have."""

import json
from typing import Any

import pytest
from tests.support import jsonl, run_here

CREATED: dict[str, Any] = {"type": "response.created", "response": {"id": "resp_1", "object": "response", "output": []}}
ADDED = {"type": "response.output_item.added", "output_index": 0, "item": {"id": "m", "type": "message", "content": []}}


def delta(text: str, **address: Any) -> dict[str, Any]:
    return {"type": "response.output_text.delta", "delta": text, **address}


def done(text: str, **address: Any) -> dict[str, Any]:
    return {"type": "response.output_text.done", "text": text, **address}


def item(text: str, kind: str = "output_text") -> dict[str, Any]:
    return {"id": "m", "type": "message", "role": "assistant", "content": [{"type": kind, "text": text}]}


def completed(*items: dict[str, Any]) -> dict[str, Any]:
    response = {"id": "resp_1", "object": "response", "status": "completed", "output": list(items)}
    return {"type": "response.completed", "response": response}


BEGUN_CALL = {
    "type": "response.output_item.added",
    "output_index": 1,
    "item": {"id": "s", "type": "function_call", "call_id": "t", "name": "search", "arguments": "{}"},
}
REASONING = {"id": "r", "type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]}
HERE = {"item_id": "m", "output_index": 0, "content_index": 0}
GROWING = [
    ADDED,
    *(delta(text, **{**HERE, "content_index": place}) for place, text in enumerate(["Gate ", "four."])),
    done("Gate four.", **{**HERE, "content_index": 2}),
]
RESTARTED = [*GROWING[:-1], done("Gate four.", **HERE)]


@pytest.mark.parametrize(
    "events",
    [
        [delta("Gate "), delta("four."), completed(item("Gate four."))],
        [delta("Gate "), delta("four."), done("Gate four."), completed(item("Gate four."))],
        [ADDED, delta("Gate ", **HERE), done("Gate four.", **HERE), completed(item("Gate four."))],
        [ADDED, delta("Gate ", **HERE), completed(item("Gate four."))],
        [*GROWING, completed(item("Gate four."))],
        [*RESTARTED, completed(item("Gate four."))],
        [delta("Gate four.", output_index=0), completed(REASONING, item("Gate four."))],
        [done("Gate four.", **HERE), completed(item("Gate four."))],
        [completed(item("Gate four."))],
    ],
    ids=[
        "bare",
        "bare and done",
        "rest in done",
        "rest in completed",
        "growing parts",
        "growing parts, done under the first",
        "reasoning first",
        "done",
        "whole",
    ],
)
def test_the_text_comes_out_once_and_whole(events: list[dict[str, Any]]) -> None:
    ran = run_here(["text"], jsonl([CREATED, *events]))
    assert (ran.stdout, ran.stderr, ran.code) == (b"Gate four.\n", "", 0)


AT_0 = {"output_index": 0}
AT_1 = {"output_index": 1}
MOVING = [delta(text, output_index=place) for place, text in enumerate(["Gate ", "fo", "ur."])]
RENAMED_EACH = [delta(text, item_id=f"x{place}") for place, text in enumerate(["Gate ", "fo", "ur."])]


@pytest.mark.parametrize(
    "events",
    [
        [ADDED, *MOVING, completed(item("Gate four."))],
        [ADDED, *MOVING, completed()],
        [*MOVING, completed(item("Gate four."))],
        [*MOVING, completed()],
        [*MOVING, done("Gate four.", output_index=3), completed(item("Gate four."))],
        [*MOVING[:2], done("Gate four.", **AT_1), completed(item("Gate four."))],
        [*MOVING[:2], delta("ur."), completed(item("Gate four."))],
        [ADDED, *RENAMED_EACH, completed(item("Gate four."))],
    ],
    ids=["begun", "begun alone", "whole", "alone", "done", "rest in done", "bare rest", "an id for each"],
)
def test_deltas_whose_address_moves_belong_to_the_one_open_item(events: list[dict[str, Any]]) -> None:
    ran = run_here(["text"], jsonl([CREATED, *events]))
    assert (ran.stdout, ran.stderr, ran.code) == (b"Gate four.\n", "", 0)


@pytest.mark.parametrize(
    "events",
    [
        [delta("Gate ", **AT_0), delta("four.", **AT_0), delta("By", **AT_1), delta("e.", **AT_1)],
        [delta("Gate four.", **AT_0), delta("Bye.", **AT_1)],
        [delta("Gate four", **AT_0), done("Gate four.", **AT_0), delta("Bye.", **AT_1)],
        [ADDED, delta("Gate four.", item_id="m"), delta("Bye.", item_id="n")],
        [delta("Gate four.", **AT_0), BEGUN_CALL, delta("Bye.", output_index=2)],
    ],
    ids=["several deltas", "a sentence", "done", "an id that was right", "a call between"],
)
def test_another_index_is_another_message_where_it_names_items_r16(events: list[dict[str, Any]]) -> None:
    assert run_here(["text"], jsonl([CREATED, *events, completed()])).stdout == b"Gate four.\nBye.\n"


def test_arguments_whose_index_moves_are_one_call() -> None:
    call = {"id": "f", "type": "function_call", "call_id": "c", "name": "send_message", "arguments": ""}
    begun = {"type": "response.output_item.added", "output_index": 0, "item": call}
    deltas = [
        {"type": "response.function_call_arguments.delta", "output_index": place, "delta": text}
        for place, text in enumerate(['{"message":', '"Gate ', 'four."}'])
    ]
    for events in ([begun, *deltas], deltas):
        whole = completed({**call, "arguments": '{"message":"Gate four."}'})
        assert run_here(["text"], jsonl([CREATED, *events, whole])).stdout == b"Gate four.\n"


def test_parts_that_are_done_in_their_order_keep_texts_that_begin_alike() -> None:
    second = {**HERE, "content_index": 1}
    events = [delta("A", **HERE), done("A", **HERE), delta("A", **second), done("AAB", **second)]
    assert run_here(["text"], jsonl([CREATED, *events, completed()])).stdout == b"AAAB\n"


def test_two_calls_that_are_the_same_are_two() -> None:
    calls = [
        {"type": "response.function_call_arguments.done", "item_id": ident, "name": "send_message", "arguments": WHOLE}
        for ident in "fg"
    ]
    ran = run_here(
        ["text"], jsonl([CREATED, *calls, completed(*({**CALL, "id": i, "arguments": WHOLE} for i in "fg"))])
    )
    assert ran.stdout == b"Gate four.\nGate four.\n"


def part(kind: str, text: str) -> dict[str, Any]:
    return {"type": f"response.content_part.{kind}", "part": {"type": "output_text", "text": text}, **HERE}


@pytest.mark.parametrize(
    "events",
    [
        [part("done", "Gate four."), completed()],
        [part("added", ""), delta("Gate ", **HERE), part("done", "Gate four."), completed()],
        [part("added", "Gate "), delta("four.", **HERE), done("Gate four.", **HERE), completed()],
        [delta("Gate four.", **HERE), done("Gate four.", **HERE), part("done", "Gate four."), completed()],
        [completed({"type": "message", "id": "m", "content": "Gate four."})],
        [{"type": "response.completed", "response": {**CREATED["response"], "output_text": "Gate four."}}],
        [delta("Gate "), {"type": "response.completed", "response": {"id": "resp_1", "output_text": "Gate four."}}],
    ],
    ids=[
        "part",
        "rest in part",
        "begins in part",
        "done and part",
        "text for parts",
        "output_text",
        "rest in output_text",
    ],
)
def test_a_text_that_stands_only_in_a_part_or_a_member_is_not_lost(events: list[dict[str, Any]]) -> None:
    ran = run_here(["text"], jsonl([CREATED, *events]))
    assert (ran.stdout, ran.stderr, ran.code) == (b"Gate four.\n", "", 0)


def test_a_summary_that_stands_only_in_its_part_is_thoughts() -> None:
    summary = {
        "type": "response.reasoning_summary_part.done",
        "summary_index": 0,
        "part": {"type": "summary_text", "text": "Hm."},
    }
    ran = run_here(["text", "--thoughts", "reasoning"], jsonl([CREATED, summary, delta("Hi."), completed()]))
    assert ran.stdout == b"Hm.\nHi.\n"


def arguments(kind: str, **members: Any) -> dict[str, Any]:
    return {"type": f"response.function_call_arguments.{kind}", "output_index": 0, **members}


CALL = {"id": "f", "type": "function_call", "call_id": "c", "name": "send_message", "arguments": ""}
WHOLE = '{"message":"Gate four."}'
BEGUN = {"type": "response.output_item.added", "output_index": 0, "item": CALL}


RENAMED = {
    "part": {"type": "response.function_call_arguments.done", "item_id": "g", "arguments": WHOLE},
    "item": {"type": "response.output_item.done", "item": {**CALL, "id": "h", "call_id": "d", "arguments": WHOLE}},
}
"""What is done of a call, under other ids than its beginning has."""


def numbered(*events: dict[str, Any]) -> list[dict[str, Any]]:
    return [{**one, "sequence_number": number} for number, one in enumerate(events)]


@pytest.mark.parametrize(
    "events",
    [
        [BEGUN, arguments("delta", delta='{"message":"Gate '), arguments("done", arguments=WHOLE)],
        [BEGUN, arguments("delta", delta="q9Zt0x=="), arguments("done", arguments=WHOLE)],
        [BEGUN, arguments("delta", delta={"arguments": WHOLE}), arguments("done", arguments=WHOLE)],
        [BEGUN, arguments("delta", delta={"message": "Gate four."})],
        [BEGUN, arguments("delta", delta=WHOLE), RENAMED["part"], RENAMED["item"]],
        [arguments("done", arguments=WHOLE, item_id="f", call_id="c", name="send_message")],
    ],
    ids=["rest in done", "encrypted deltas", "object around", "object", "renamed twice", "done alone"],
)
def test_arguments_count_once_and_whole(events: list[dict[str, Any]]) -> None:
    """What the deltas began is completed; deltas that are no arguments at all are replaced by the whole."""
    ran = run_here(["text"], jsonl([CREATED, *events, completed({**CALL, "arguments": WHOLE})]))
    assert (ran.stdout, ran.code) == (b"Gate four.\n", 0)


def test_calls_and_texts_that_only_end_keep_their_order() -> None:
    first = arguments("done", arguments=WHOLE, item_id="f", call_id="c", name="send_message")
    second = done("Bye.", item_id="m", content_index=0)
    end = completed({**CALL, "arguments": WHOLE}, item("Bye."))
    assert run_here(["text"], jsonl([CREATED, first, second, end])).stdout == b"Gate four.\nBye.\n"


@pytest.mark.parametrize("again", [1, 2, 3])
def test_a_response_that_is_sent_again_from_its_beginning_is_said_once(again: int) -> None:
    stream = numbered(CREATED, ADDED, delta("Gate ", **HERE), delta("four.", **HERE), completed(item("Gate four.")))
    assert run_here(["text"], jsonl([*stream[: again + 1], *stream])).stdout == b"Gate four.\n"


def test_numbers_that_do_not_grow_are_no_replay() -> None:
    stream = [{**one, "sequence_number": 0} for one in (CREATED, ADDED, delta("Gate ", **HERE), delta("four.", **HERE))]
    assert run_here(["text"], jsonl([*stream, completed(item("Gate four."))])).stdout == b"Gate four.\n"


TOOL = {"id": "t", "type": "custom_tool_call", "call_id": "c", "name": "send_message", "input": ""}


@pytest.mark.parametrize(
    "texts", [["Gate ", "four."], ["Gate "], []], ids=["deltas", "rest in the item", "only in the item"]
)
def test_the_input_of_a_custom_tool_is_the_message_t24(texts: list[str]) -> None:
    events = [
        {"type": "response.output_item.added", "output_index": 0, "item": TOOL},
        *({"type": "response.custom_tool_call_input.delta", "output_index": 0, "delta": text} for text in texts),
        {"type": "response.custom_tool_call_input.done", "output_index": 0, "input": "Gate four."},
    ]
    ran = run_here(["text"], jsonl([CREATED, *events, completed({**TOOL, "input": "Gate four."})]))
    assert (ran.stdout, ran.stderr, ran.code) == (b"Gate four.\n", "", 0)


@pytest.mark.parametrize("name", ["output_audio_transcript", "audio_transcript", "audio.transcript"])
def test_the_transcript_of_a_spoken_answer_is_its_text_q23(name: str) -> None:
    spoken = {"id": "m", "type": "message", "content": [{"type": "output_audio", "transcript": "Gate four."}]}
    events = [{"type": f"response.{name}.delta", "delta": text, **HERE} for text in ("Gate ", "four.")]
    ran = run_here(["text"], jsonl([CREATED, ADDED, *events, completed(spoken)]))
    assert (ran.stdout, ran.code) == (b"Gate four.\n", 0)


@pytest.mark.parametrize("tool", ["send_message", "weather"])
@pytest.mark.parametrize(("whole", "text"), [("Hello world", "Hello world"), ("Goodbye", "Hello")])
def test_whole_arguments_extend_the_message_of_complete_deltas_once(tool: str, whole: str, text: str) -> None:
    call = {"id": "f", "type": "function_call", "call_id": "c", "name": tool}
    given, at = f'{{"message":"{whole}"}}', {"item_id": "f", "output_index": 0}
    kind = "response.function_call_arguments"
    events = [
        CREATED,
        {"type": "response.output_item.added", "output_index": 0, "item": {**call, "arguments": ""}},
        {"type": f"{kind}.delta", "delta": '{"message":"Hello"}', **at},
        {"type": f"{kind}.done", "arguments": given, **at},
        {"type": "response.output_item.done", "output_index": 0, "item": {**call, "arguments": given}},
        completed({**call, "arguments": given}),
    ]
    message = tool == "send_message"
    assert run_here(["text"], jsonl(events)).stdout == (f"{text}\n".encode() if message else b"")
    rewritten = run_here(["rewrite"], jsonl(events)).stdout
    assert (b'{\\"message\\":\\"Hello\\"}' in rewritten) is not message
    assert b"unspool_whole" not in rewritten
    assert (b"world" in rewritten) is (message and "world" in whole)


def searched(pieces: list[str], whole: str | None, name: str = "search") -> list[dict[str, Any]]:
    """A call whose arguments come in pieces and, unless None, again whole."""
    at = {"item_id": "f", "output_index": 0}
    call = {"id": "f", "type": "function_call", "call_id": "c", "name": name, "arguments": ""}
    ends = [] if whole is None else [arguments("done", arguments=whole, **at)]
    return [
        CREATED,
        {"type": "response.output_item.added", "output_index": 0, "item": call},
        *(arguments("delta", delta=piece, **at) for piece in pieces),
        *ends,
        completed({**call, "arguments": whole or ""}),
    ]


def passed(stream: bytes) -> str:
    """The arguments in rewritten chunks."""
    chunks = [json.loads(line) for line in run_here(["rewrite"], stream).stdout.splitlines()]
    entries = [entry for chunk in chunks for one in chunk["choices"] for entry in one["delta"].get("tool_calls") or ()]
    return "".join(entry["function"].get("arguments") or "" for entry in entries)


QUERY = '{"query":"caf\u00e9","n":1}'


@pytest.mark.parametrize(
    ("pieces", "whole", "expected"),
    [
        (["q9Z", "t0x=="], QUERY, QUERY),
        (["  ", "q9Z"], QUERY, QUERY),
        (["  ", "q9Z"], None, "  q9Z"),
        (["see: ", QUERY[:9], QUERY[9:]], f"see: {QUERY}", f"see: {QUERY}"),
        (["se", "e: "], f"see: {QUERY}", f"see: {QUERY}"),
        ([QUERY[:9], QUERY[9:]], QUERY, QUERY),
        ([QUERY], '{"query": "caf\\u00e9", "n": 1}', QUERY),
        ([QUERY], '{"n":1,"query":"caf\u00e9"}', QUERY),
    ],
    ids=["encrypted", "blank first", "never whole", "prose", "prose alone", "equal", "other escapes", "another order"],
)
def test_arguments_of_another_tool_are_passed_on_once(pieces: list[str], whole: str | None, expected: str) -> None:
    stream = jsonl(searched(pieces, whole))
    assert passed(stream) == expected
    if whole is not None:
        assert run_here(["text", "--strict"], stream).code == 0


@pytest.mark.parametrize("command", ["text", "rewrite", "events", "lint", "view", "stats"])
@pytest.mark.parametrize("pieces", [['{"query":"the', '","n":2}'], ['{"query":"the', '","n":2']], ids=["whole", "cut"])
def test_other_arguments_than_the_deltas_are_reported_q70(pieces: list[str], command: str) -> None:
    ran = run_here([command], jsonl(searched(pieces, QUERY)))
    assert f"which count; it is: {QUERY}" in ran.stderr
    assert ran.code == (3 if pieces[-1].endswith("}") else 4)


def test_encrypted_arguments_are_not_lost_where_an_error_or_the_end_comes_instead() -> None:
    stream = searched(["q9Z", "t0x=="], None)
    for end in ([], [{"type": "error", "message": "Broken."}]):
        assert passed(jsonl([*stream[:-1], *end])) == "q9Zt0x=="
