"""`unspool lint`: what departs from the contract, counted."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.support import UNSPOOL, calls, chunk, entry, jsonl, message_call, run_here, run_installed, sse

from unspool.quirks.catalog import GROUPS, QUIRKS

HI = '{"message": "Hi"}'
CLEAN = message_call([HI[:5], HI[5:]])
REPEATED = [
    CLEAN[0],
    *(chunk(calls(entry(part, name="send_message", id="call_1"))) for part in (HI[:5], HI[5:])),
    chunk({}, "stop"),
]
"""T11 and T15 in records 2 and 3, F1 in record 4."""


def report(*arguments: str, stdin: bytes = b"") -> Any:
    """The report as JSON."""
    return json.loads(run_here(["lint", "--json", *arguments], stdin).stdout)


LEAKS = {
    "T21": "<|DSML|function_calls>",
    "Q41": "<|DSML|>",
    "Q50": "I see.</think>Hi",
}


def spoken(dialect: str, pieces: list[str]) -> list[Any]:
    """The records of a message call whose arguments come in these pieces."""
    if dialect == "chat":
        return message_call(pieces)
    if dialect == "anthropic":
        return [
            {"type": "message_start", "message": {"id": "m", "model": "m", "content": []}},
            {
                "type": "content_block_start",
                "index": 0,
                "content_block": {"type": "tool_use", "id": "t", "name": "send_message", "input": {}},
            },
            *(
                {
                    "type": "content_block_delta",
                    "index": 0,
                    "delta": {"type": "input_json_delta", "partial_json": piece},
                }
                for piece in pieces
            ),
            {"type": "message_delta", "delta": {"stop_reason": "tool_use"}},
            {"type": "message_stop"},
        ]
    call = {"name": "send_message", "arguments": json.loads("".join(pieces))}
    message = {"role": "assistant", "content": "", "tool_calls": [{"function": call}]}
    return [{"model": "m", "message": message, "done": False}, {"model": "m", "message": {"content": ""}, "done": True}]


@pytest.mark.parametrize("dialect", ["chat", "anthropic", "ollama"])
@pytest.mark.parametrize("number", LEAKS)
def test_markup_in_the_message_of_a_call_is_named_at_every_cut(number: str, dialect: str) -> None:
    arguments = json.dumps({"message": f"Nine. {LEAKS[number]}"})
    for size in (1, 2, 5, 12, 100):
        pieces = [arguments[start : start + size] for start in range(0, len(arguments), size)]
        found = {row["quirk"] for row in report(stdin=jsonl(spoken(dialect, pieces)))["quirks"]}
        assert number in found, size


def test_markup_that_two_calls_or_a_call_and_content_share_is_none() -> None:
    chunks = [
        chunk(calls(entry('{"message": "<thi', name="send_message", id="c"))),
        chunk({"content": "nk>"}),
        chunk(calls(entry('"}'))),
        chunk({}, "tool_calls"),
    ]
    assert "Q50" not in {row["quirk"] for row in report(stdin=jsonl(chunks))["quirks"]}


def test_one_line_a_quirk_in_the_order_of_the_table() -> None:
    ran = run_here(["lint"], jsonl(REPEATED))
    assert ran.code == 0
    assert ran.stdout.decode().splitlines() == [
        f"F1   1  record 4  {QUIRKS['F1'].sentence}",
        f"T11  2  record 2  {QUIRKS['T11'].sentence}",
        f"T15  2  record 2  {QUIRKS['T15'].sentence}",
    ]
    assert ran.stderr == ""


def test_groups_stand_in_the_order_of_the_table_and_numbers_count_as_numbers() -> None:
    """Q before F before T before A before B; T2 before T10."""
    odd = [
        chunk(calls(entry("{", id="", name="send_message"), role="assistant", content="")),
        chunk(calls(entry('"message": "Hi"}', type="FUNCTION"))),
        chunk({}, "stop"),
    ]
    found = [row["quirk"] for row in report(stdin=sse(odd, done=False))["quirks"]]
    assert found == ["Q18", "F1", "T2", "T8", "T10", "B4"]


def test_a_record_counts_once_for_each_quirk() -> None:
    twice = chunk(calls(entry("", id=""), entry("", id="")))
    (row,) = (row for row in report(stdin=jsonl([twice]))["quirks"] if row["quirk"] == "T8")
    assert row["count"] == 1


def test_json_has_stable_fields() -> None:
    found = report(stdin=jsonl(REPEATED))
    assert list(found) == ["quirks", "dialects", "intake", "records", "steps", "faults"]
    assert (found["records"], found["steps"], found["faults"]) == (4, 1, 0)
    assert found["quirks"][1] == {
        "quirk": "T11",
        "count": 2,
        "first": {"source": "standard input", "record": 2},
        "sentence": QUIRKS["T11"].sentence,
    }


def test_json_of_a_clean_stream_has_no_quirks() -> None:
    assert report(stdin=sse(CLEAN)) == {
        "quirks": [],
        "dialects": [],
        "intake": [],
        "records": 5,
        "steps": 1,
        "faults": 0,
    }


def test_a_clean_stream_is_said_to_be_one() -> None:
    ran = run_here(["lint"], jsonl(CLEAN))
    assert ran.stdout == b"nothing departs from the contract (records: 4, steps: 1)\n"
    assert ran.code == 0


def test_several_sources_are_named_and_counted_together(tmp_path: Path) -> None:
    clean, first, second = (tmp_path / name for name in ("clean.jsonl", "first.jsonl", "second.jsonl"))
    clean.write_bytes(jsonl(CLEAN))
    first.write_bytes(jsonl(REPEATED))
    second.write_bytes(jsonl([CLEAN[0], chunk({}, "tool_calls", id="other")]))
    paths = [str(path) for path in (clean, first, second)]
    found = report(*paths)
    assert (found["records"], found["steps"]) == (10, 3)
    by_number = {row["quirk"]: row for row in found["quirks"]}
    assert by_number["T11"]["first"] == {"source": str(first), "record": 2}
    assert by_number["Q11"]["first"] == {"source": str(second), "record": 2}
    lines = run_here(["lint", *paths]).stdout.decode().splitlines()
    assert any(line.startswith("T11  2  ") and f"{first} record 2  " in line for line in lines)
    assert len({line.index(QUIRKS[line.split()[0]].sentence) for line in lines}) == 1


def test_each_step_is_looked_at_afresh() -> None:
    """R13: a second response opens with a role and an id of its own, and that is no quirk."""
    second = [{**one, "id": "chatcmpl-2"} for one in CLEAN]
    found = report(stdin=jsonl([*CLEAN, *second]))
    assert found == {"quirks": [], "dialects": [], "intake": [], "records": 8, "steps": 2, "faults": 0}


@pytest.mark.parametrize(
    ("stream", "code", "faults", "quirk"),
    [
        (jsonl(message_call(['{"message": oops}'])), 3, 1, "A14"),
        (b'{"choices": [\n' + jsonl(CLEAN), 3, 1, "B6"),
        (jsonl(message_call(['{"message": "H'], finish=None)), 4, 1, "A18"),
        (jsonl([*CLEAN[:2], {"error": {"message": "no"}}]), 5, 1, "Q20"),
    ],
)
def test_faults_keep_their_exit_code_and_are_counted(stream: bytes, code: int, faults: int, quirk: str) -> None:
    ran = run_here(["lint", "--json", "--from", "jsonl"], stream)
    found = json.loads(ran.stdout)
    assert (ran.code, found["faults"]) == (code, faults)
    assert quirk in [row["quirk"] for row in found["quirks"]]
    assert ran.stderr


def test_a_fault_that_is_no_quirk_is_not_called_clean() -> None:
    ran = run_here(["lint"], b'{"hello": 1}\n' + jsonl(CLEAN))
    assert ran.stdout == b"no quirks, but something went wrong: see standard error\n"
    assert ran.code == 3


def test_a_missing_file_is_not_called_clean(tmp_path: Path) -> None:
    ran = run_here(["lint", str(tmp_path / "none.jsonl")])
    assert ran.stdout == b"no records were read\n"
    assert ran.code == 5


def test_single_step_says_nothing_of_an_end_it_has_not_read() -> None:
    """B4: with --single-step the rest of the stream is unknown."""
    second = [{**one, "id": "chatcmpl-2"} for one in CLEAN]
    assert report("--single-step", stdin=sse([*CLEAN, *second]))["quirks"] == []


def test_names_of_files_obey_nobody(tmp_path: Path) -> None:
    """Control characters in a file name are shown."""
    path = tmp_path / "a\x1b[31mb.jsonl"
    path.write_bytes(jsonl(REPEATED))
    ran = run_here(["lint", str(path), str(path)])
    assert b"\x1b" not in ran.stdout
    assert rb"a\u001b[31mb.jsonl record 4" in ran.stdout


@pytest.mark.parametrize("number", QUIRKS)
def test_explain_prints_the_whole_row(number: str) -> None:
    ran = run_here(["lint", "--explain", number])
    assert ran.code == 0
    printed = " ".join(ran.stdout.decode().split())
    row = QUIRKS[number]
    for part in (f"{number}: {row.sentence}", row.example, row.meaning, row.unspool):
        assert " ".join(part.split()) in printed


def test_explain_reads_nothing_and_takes_any_case(tmp_path: Path) -> None:
    ran = run_here(["lint", "--explain", "t11", str(tmp_path / "none.jsonl")])
    assert ran.code == 0
    assert ran.stdout.startswith(b"T11: ")


def test_explain_as_json() -> None:
    row = json.loads(run_here(["lint", "--json", "--explain", "B10"]).stdout)
    assert row == {
        "quirk": "B10",
        "group": GROUPS["B"],
        "sentence": QUIRKS["B10"].sentence,
        "example": QUIRKS["B10"].example,
        "meaning": QUIRKS["B10"].meaning,
        "unspool": QUIRKS["B10"].unspool,
    }


@pytest.mark.parametrize("number", ["T99", "X1", "", "11"])
def test_an_unknown_number_is_wrong_usage_and_names_the_groups(number: str) -> None:
    ran = run_here(["lint", "--explain", number])
    assert ran.code == 2
    assert ran.stdout == b""
    for letter in "QFTAB":
        assert f"{letter}1-{letter}" in ran.stderr


def test_filter_options_count() -> None:
    """A repair that is asked for is named as the quirk it mends, and mends it."""
    stream = jsonl(message_call(["{'message': 'Hi'}"]))
    assert report(stdin=stream)["faults"] == 1
    mended = report("--repair", "single-quotes", stdin=stream)
    assert mended["faults"] == 0
    assert [row["quirk"] for row in mended["quirks"]] == ["A13"]


def test_installed_command_reads_standard_input() -> None:
    ran = run_installed(["lint"], jsonl(REPEATED))
    assert ran.code == 0
    assert ran.stdout.startswith(b"F1   1  record 4  ")


@pytest.mark.parametrize("arguments", [["--explain", "T11"], []])
def test_a_reader_that_has_left_ends_it_silently(arguments: list[str]) -> None:
    """Exit code 141, as for the other filters."""
    reader, writer = os.pipe()
    os.close(reader)
    command = [str(UNSPOOL), "lint", *arguments]
    done = subprocess.run(command, input=jsonl(CLEAN), stdout=writer, stderr=subprocess.PIPE, timeout=60, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_closed_standard_output_is_a_failure() -> None:
    command = f"'{UNSPOOL}' lint --explain T11 >&-"
    done = subprocess.run(["sh", "-c", command], capture_output=True, timeout=60, check=False)
    assert done.returncode == 5
    assert b"Traceback" not in done.stderr


def test_other_commands_do_not_load_the_table() -> None:
    """Start-up is part of the product: the table is for lint alone."""
    program = (
        "import sys; from unspool.commands.app import main; code = main(['text']); "
        "print(code, [name for name in sys.modules if name.endswith(('.catalog', '.inspector', '.lint'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=jsonl(CLEAN), capture_output=True, timeout=60, check=True
    )
    assert done.stdout.decode().splitlines() == ["Hi", "0 []"]


MESSAGES: list[Any] = [
    {"type": "message_start", "message": {"id": "msg_1"}},
    {"type": "ping"},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "c2ln"}},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
    {"type": "message_stop"},
]


def test_a_dialect_is_named_and_what_chat_completions_cannot_say() -> None:
    """Names of events and no [DONE] are no quirks there."""
    wire = b"".join(b"event: x\n" + line + b"\n\n" for line in sse(MESSAGES, done=False).split(b"\n\n") if line)
    assert run_here(["lint"], wire).stdout.decode().splitlines() == [
        f"B12  5  record 1  {QUIRKS['B12'].sentence}",
        "anthropic: from record 1 on, because type is that of a Messages event",
        "anthropic: beyond Chat Completions, in the member unspool of the chunks: signature_delta (1)",
    ]
    (found,) = report("--from=anthropic", stdin=wire)["dialects"]
    assert found == {
        "dialect": "anthropic",
        "first": {"source": "standard input", "record": 1},
        "why": "--from names it",
        "beyond": {"signature_delta": 1},
    }


@pytest.mark.parametrize(
    ("text", "reason", "expected"),
    [
        (("<thi", "nk>Hm</think>Hi"), "end_turn", {"B12", "Q50"}),
        (("Hi", "<|im_end|>"), "end_turn", {"B12", "Q41"}),
        (("Hi",), "tool_use", {"B12", "T35"}),
        (("Hi",), "end_turn", {"B12"}),
    ],
)
def test_other_dialects_are_searched_for_markup_and_claims_too(
    text: tuple[str, ...], reason: str, expected: set[str]
) -> None:
    events = [
        {"type": "message_start", "message": {"id": "msg_1", "role": "assistant", "content": [], "model": "m"}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": part}} for part in text),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {"output_tokens": 3}},
        {"type": "message_stop"},
    ]
    assert {row["quirk"] for row in report(stdin=jsonl(events))["quirks"]} == expected


def test_t35_counts_the_calls_of_a_step_that_ends_in_the_record_that_starts_the_next() -> None:
    """The records of an agent hold whole messages: only the next message shows that the last one has ended."""

    def said(ident: str, *blocks: dict[str, Any]) -> dict[str, Any]:
        message = {"id": ident, "type": "message", "role": "assistant", "model": "m", "content": list(blocks)}
        return {"type": "assistant", "session_id": "s1", "parent_tool_use_id": None, "message": message}

    call = {"type": "tool_use", "id": "toolu_1", "name": "look_up", "input": {"pier": 4}}
    text = {"type": "text", "text": "At nine."}
    start = {"type": "system", "subtype": "init", "session_id": "s1", "model": "m", "tools": []}
    records = [start, said("msg_1", call), said("msg_2", text), said("msg_3", {**call, "id": "toolu_2"})]
    found = report(stdin=jsonl(records))
    assert found["steps"] == 3
    assert "T35" not in {row["quirk"] for row in found["quirks"]}
