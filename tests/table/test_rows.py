"""Rows: what each column holds, and that neither the cuts of a stream nor the fast path can be seen in them."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support import ROOT, calls, chunk, entry, jsonl, message_call, sse
from tests.table.tables import Blocks, only, plain, rows_of

import unspool
from unspool.core.options import Options, Thoughts
from unspool.settings import Settings
from unspool.table.rows import RowOptions
from unspool.table.schema import COLUMNS, NAMES, Call, Row, as_list, check_columns, from_list

HI = message_call(['{"inner_thoughts": "hm", "mess', 'age": "Hi', ' there"}'])
WEATHER = message_call(['{"thinking": "where?", "city"', ': "Porto"}'], tool="get_weather")
USAGE = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}
REASONING = RowOptions(Settings(Options(thoughts=Thoughts.REASONING)))
SAMPLES = sorted(path for path in (ROOT / "samples").iterdir() if path.suffix in (".jsonl", ".sse"))


def test_a_row_has_the_columns_of_the_schema() -> None:
    assert Row._fields == NAMES == tuple(column.name for column in COLUMNS)
    assert all(column.meaning for column in COLUMNS)


def test_a_source_that_is_no_stream_is_a_row_that_says_so() -> None:
    row = only(b'{"model":"m","messages":[{"role":"user","content":"hi"}],"stream":true}\n')
    said = "this is a request, not a response, so there is nothing to read; name what the server answered"
    assert row == Row(source="memory", error=said, exit=0)


def test_a_message_call_is_text_and_no_call() -> None:
    row = only(jsonl([*HI, chunk(choices=[], usage=USAGE)]))
    assert row == Row(
        source="memory",
        record=1,
        step=1,
        dialect="chat",
        id="chatcmpl-1",
        model="m",
        created=1,
        text="Hi there",
        thoughts_chars=2,
        finish="tool_calls",
        prompt_tokens=9,
        completion_tokens=3,
        total_tokens=12,
        chunks=6,
    )


def test_thoughts_are_there_where_they_are_asked_for() -> None:
    assert only(jsonl(HI)).thoughts is None
    assert only(jsonl(HI), asked=REASONING).thoughts == "hm"


def test_a_call_of_another_tool_is_its_json_text_without_thoughts() -> None:
    assert only(jsonl(WEATHER)).calls == (Call("call_1", "get_weather", '{"city": "Porto"}', True),)
    whole = '{"thinking": "where?", "city": "Porto"}'
    assert only(jsonl(WEATHER), asked=REASONING).calls == (Call("call_1", "get_weather", whole, True),)


def test_a_call_that_is_cut_keeps_what_came_but_no_thoughts() -> None:
    row = only(jsonl(message_call(['{"city": "Por', "to"], tool="get_weather", finish=None)))
    assert row.calls == (Call("call_1", "get_weather", '{"city": "Porto', False),)
    assert (row.finish, row.exit) == (None, 4)
    row = only(jsonl(message_call(['{"city": 1, "thinking": "sec', "ret"], tool="get_weather", finish=None)))
    assert row.calls == (Call("call_1", "get_weather", '{"city": 1}', False),)


def test_each_choice_is_a_row_and_the_usage_is_on_the_first() -> None:
    chunks = [
        chunk({"role": "assistant", "content": "b"}, index=1),
        chunk({"role": "assistant", "content": "a"}, index=0),
        chunk({}, "stop", index=1),
        chunk({}, "length", index=0),
        chunk(choices=[], usage=USAGE),
    ]
    first, second = rows_of(jsonl(chunks))
    assert (first.choice, first.text, first.finish, first.total_tokens) == (0, "a", "length", 12)
    assert (second.choice, second.text, second.finish, second.total_tokens) == (1, "b", "stop", None)


def test_steps_and_records_are_numbered_in_their_source() -> None:
    found = rows_of(sse(HI) + sse(HI))
    assert [(row.step, row.record, row.chunks, row.text) for row in found] == [
        (1, 1, 5, "Hi there"),
        (2, 7, 5, "Hi there"),  # the sixth record is [DONE]
    ]


def test_two_messages_are_apart() -> None:
    both = [
        chunk(calls(entry('{"message": "One"}', id="a", name="send_message"), role="assistant")),
        chunk(calls(entry('{"message": "Two"}', index=1, id="b", name="send_message"))),
        chunk({}, "tool_calls"),
    ]
    assert only(jsonl(both)).text == "One\n\nTwo"


def test_a_refusal_is_its_text_or_the_word_of_the_provider() -> None:
    assert only(jsonl([chunk({"role": "assistant", "refusal": "I can't."}), chunk({}, "stop")])).refusal == "I can't."
    filtered = only(jsonl([chunk({"role": "assistant"}), chunk({}, "content_filter")]))
    assert (filtered.refusal, filtered.exit) == ("content_filter", 0)


def test_a_fault_belongs_to_the_response_in_which_it_was() -> None:
    found = rows_of(jsonl(HI[:2]) + b"{junk\n" + jsonl(HI[2:]) + jsonl([{**one, "id": "other"} for one in HI]))
    assert [(row.text, row.exit) for row in found] == [("Hi there", 3), ("Hi there", 0)]
    assert found[0].error is not None
    assert found[0].error.startswith("not JSON: ")


def test_what_is_outside_of_any_response_is_a_row_of_its_own() -> None:
    found = rows_of(jsonl(HI) + b"{junk\n{more junk\n" + jsonl([{**one, "id": "b"} for one in HI]))
    assert [(row.step, row.record, row.exit) for row in found] == [(1, 1, 0), (0, 6, 3), (2, 8, 0)]


def test_an_error_of_the_provider_ends_its_response() -> None:
    failed = only(jsonl([*HI[:2], {"error": {"message": "overloaded", "code": 529}}]))
    assert (failed.error, failed.exit) == ("the provider sent an error: overloaded (code 529)", 5)
    alone = only(jsonl([{"error": {"message": "no"}}]))
    assert (alone.step, alone.exit) == (0, 5)


def test_a_source_that_cannot_be_read_is_a_row(tmp_path: Path) -> None:
    (missing,) = unspool.rows(str(tmp_path / "none.jsonl"))
    assert (missing.error, missing.exit, missing.step) == ("No such file or directory", 5, 0)
    (folder,) = unspool.rows(str(tmp_path))
    assert folder.exit == 5
    assert only(b"").error == "the input is empty"
    assert only(b"hello\n").exit == 3


def test_a_compressed_source_that_is_cut_says_so_in_the_response_it_ends_in() -> None:
    data = gzip.compress(jsonl([*HI, *[{**one, "id": "b"} for one in HI]]))
    found = rows_of(data[:-12])
    assert found[-1].exit == 4
    assert "ends early" in str(found[-1].error)


def test_times_are_those_of_the_recording() -> None:
    (row,) = unspool.rows(str(ROOT / "samples" / "recorded.sse"))
    assert (row.first_text_s, row.duration_s) == (0.531206, 1.490946)  # as `unspool stats` has them
    assert only(jsonl(HI)).duration_s is None


def test_times_of_a_later_step_count_from_the_end_of_the_one_before() -> None:
    def recorded(start: float, ident: str) -> bytes:
        events = [json.dumps({**one, "id": ident}) for one in HI]
        return "".join(
            f": t={start + place / 10:.6f}\ndata: {event}\n\n" for place, event in enumerate(events)
        ).encode()

    found = rows_of(recorded(1.0, "a") + recorded(5.0, "b"))
    assert [row.duration_s for row in found] == [1.4, 4.0]


@pytest.mark.parametrize("size", [17, 60, 5000])
def test_a_line_of_a_log_that_goes_on_in_its_next_record_has_one_time(size: int) -> None:
    """Docker's json-file cuts long lines."""
    lines = sse(HI).decode().splitlines(keepends=True)
    pieces = [line[at : at + size] for line in lines for at in range(0, len(line), size)]
    times = [f"2026-01-01T00:00:{number // 10:02}.{number % 10}Z" for number in range(len(pieces))]
    records = [{"log": piece, "stream": "stdout", "time": time} for piece, time in zip(pieces, times, strict=True)]
    row = only(jsonl(records))
    assert (row.text, row.exit, row.error) == ("Hi there", 0, None)
    assert row.first_text_s is not None


def test_lint_adds_the_quirks_of_shapes() -> None:
    repeated = [HI[0], {**HI[1]}, *HI[1:]]
    repeated[1] = chunk({**calls(entry('{"message": "x', index=0)), "role": "assistant"})
    assert "Q15" not in rows_of(jsonl(repeated))[0].quirks
    assert "Q15" in rows_of(jsonl(repeated), asked=RowOptions(lint=True))[0].quirks


def test_a_dialect_is_named() -> None:
    (row,) = unspool.rows(str(ROOT / "samples" / "anthropic.sse"))
    assert (row.dialect, row.prompt_tokens, row.completion_tokens, row.total_tokens) == ("anthropic", 792, 71, 863)


def test_half_of_a_surrogate_pair_never_leaves() -> None:
    lone = json.dumps({**HI[0], "model": "m\ud83d"}).encode() + b"\n" + jsonl(HI[1:])
    assert only(lone).model == "m\ufffd"


def test_a_row_is_written_before_its_source_ends() -> None:
    first = jsonl(HI)
    stream = unspool.rows(Blocks(first, jsonl([{**HI[0], "id": "b"}]), b""))
    assert next(stream).text == "Hi there"


def test_a_row_survives_its_plain_values() -> None:
    row = only(jsonl(WEATHER))
    assert from_list(json.loads(json.dumps(as_list(row)))) == row


@pytest.mark.parametrize("names", [["nonsense"], ["id", "id"], []])
def test_columns_are_checked(names: list[str]) -> None:
    with pytest.raises(ValueError, match="column"):
        check_columns(names)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_every_cut_of_a_sample_gives_the_same_rows(path: Path) -> None:
    data = path.read_bytes()
    whole = plain(rows_of(data))
    third = len(data) // 3
    assert plain(rows_of(*(data[at : at + 1] for at in range(min(len(data), 3000))), data[3000:])) == whole
    assert plain(rows_of(data[:third], data[third : 2 * third], data[2 * third :])) == whole
    assert plain(rows_of(data, asked=RowOptions(Settings(fast=False)))) == whole


@given(st.lists(st.sampled_from(SAMPLES), min_size=1, max_size=4), st.integers(1, 5000))
def test_samples_in_a_row_give_the_same_rows_at_every_cut(paths: list[Path], size: int) -> None:
    data = b"\n".join(path.read_bytes() for path in paths)
    blocks = [data[at : at + size] for at in range(0, len(data), size)]
    assert plain(rows_of(*blocks)) == plain(rows_of(data))


def test_a_path_may_be_an_object(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(jsonl(HI))
    assert list(unspool.rows(path)) == list(unspool.rows(str(path)))


def test_what_is_no_source_is_a_type_error_that_says_what_is_one() -> None:
    with pytest.raises(TypeError, match="a path, a URL or an object with the blocks of one, not bytes"):
        next(unspool.rows(b"{}"))  # type: ignore[arg-type]  # as a user may


def test_a_text_that_its_whole_contradicts_is_a_fault_of_its_row() -> None:
    whole = {"choices": [{"index": 0, "message": {"role": "assistant", "content": "Other."}, "finish_reason": "stop"}]}
    row = only(jsonl([chunk({"role": "assistant", "content": "Shown."}), {**chunk({}), **whole}]))
    assert (row.text, row.exit) == ("Shown.", 3)
    assert row.error == "the whole text differs from the deltas before it"
