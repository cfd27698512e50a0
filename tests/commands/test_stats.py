"""unspool stats: what is counted agrees with what can be counted by hand, and what is not known is not said."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.check.test_documented import fields
from tests.serving import Answer, provider
from tests.support import ROOT, chunk, jsonl, message_call, run_here, run_installed, sse

from unspool.commands._plot import plot
from unspool.sinks.stats import percentiles

HI = message_call(['{"inner_thoughts":"Hm.","message":"Hi', " there", '"}'])
USAGE = {"prompt_tokens": 3, "completion_tokens": 9, "total_tokens": 12, "prompt_tokens_details": {"cached_tokens": 1}}


def timed(*events: tuple[float, bytes]) -> bytes:
    return b"".join(b": t=%.6f\n%b" % event for event in events)


RECORDING = timed(
    *zip(
        (1.0, 1.5, 1.75, 2.0, 3.0),
        (sse([one], done=False) for one in HI),
        strict=True,
    ),
    (3.5, sse([chunk(choices=[], usage=USAGE)])),
    (3.6, b": end=complete\n\n"),
)


def stats(data: bytes, *arguments: str) -> dict[str, Any]:
    ran = run_here(["stats", "--json", *arguments], data)
    assert ran.stderr == ""
    return dict(json.loads(ran.stdout))


def test_the_figures_of_a_recording() -> None:
    """By hand: "Hi" at 1.5, " there" at 1.75; gaps of .5 .25 .25 1 .5."""
    report = stats(RECORDING)
    (source,) = report["sources"]
    assert (source["name"], source["timed"], source["ended"]) == ("standard input", True, "complete")
    assert source["steps"] == [
        {
            "step": 1,
            "model": "m",
            "chunks": 6,
            "characters": 8,
            "thoughts_characters": 3,
            "calls": {"send_message": 1},
            "server_calls": {},
            "first_chunk": 1.0,
            "first_text": 1.5,
            "last_chunk": 3.5,
            "gaps": {"median": 0.5, "p90": 1.0, "p99": 1.0},
            "characters_per_second": 32.0,
            "finish_reason": "tool_calls",
            "complete": True,
            "usage": USAGE,
            "attributes": {
                "gen_ai.response.model": "m",
                "gen_ai.response.finish_reasons": ["tool_calls"],
                "gen_ai.usage.input_tokens": 3,
                "gen_ai.usage.output_tokens": 9,
                "gen_ai.client.operation.duration": 3.5,
                "gen_ai.client.operation.time_to_first_chunk": 1.0,
                "unspool.time_to_first_text": 1.5,
            },
        }
    ]
    alone = {"responses": 1, "percentiles": {}}
    assert report["total"] == alone | {name: source["steps"][0][name] for name in set(report["total"]) - set(alone)}


def test_without_times_it_says_what_it_cannot_know() -> None:
    report = stats(jsonl(HI))
    (step,) = report["sources"][0]["steps"]
    assert (step["chunks"], step["characters"]) == (5, 8)
    unknown = ("first_chunk", "first_text", "last_chunk", "gaps", "characters_per_second")
    assert [step[name] for name in unknown] == [None] * 5
    ran = run_here(["stats"], jsonl(HI))
    assert "times: not known" in ran.stdout.decode()
    assert " s\n" not in ran.stdout.decode()


def test_of_a_source_without_a_response_nothing_is_said(tmp_path: Path) -> None:
    ran = run_here(["stats", str(tmp_path / "none.jsonl")], b"")
    assert (ran.code, ran.stdout.decode()) == (5, f"{tmp_path}/none.jsonl\n")


def test_sources_are_counted_apart_and_together(tmp_path: Path) -> None:
    (tmp_path / "a.sse").write_bytes(RECORDING)
    (tmp_path / "b.jsonl").write_bytes(jsonl([*HI, *HI]))
    report = stats(b"", str(tmp_path / "a.sse"), str(tmp_path / "b.jsonl"))
    assert [len(source["steps"]) for source in report["sources"]] == [1, 2]
    assert (report["total"]["chunks"], report["total"]["characters"]) == (16, 24)
    assert report["total"]["characters_per_second"] == 32.0  # of what has times
    assert report["total"]["first_chunk"] is None


def test_the_report_for_people() -> None:
    text = run_here(["stats"], RECORDING).stdout.decode()
    assert text.startswith("standard input (recording: complete)\nstep 1, m: tool_calls\n")
    for row in ("chunks +6", "text +8 characters", "first text +after 1.500 s", "gaps +median 500.0 ms, p90 1000.0 ms"):
        assert re.search(rf"^  {row}", text, re.MULTILINE), row
    assert re.search(r"^  usage +prompt_tokens 3, completion_tokens 9, total_tokens 12$", text, re.MULTILINE)
    assert "█" in text


def test_a_stream_that_is_cut_is_told_as_such() -> None:
    ran = run_here(["stats"], RECORDING[: RECORDING.index(b": t=3.0")])
    assert ran.code == 4
    assert "step 1, m: no finish, not complete\n" in ran.stdout.decode()


def test_what_a_stream_says_breaks_no_line() -> None:
    hostile = [chunk({"content": "x"}, model="m\n\x1b[31m"), chunk({}, "st\nop")]
    assert "step 1, m\\n\\u001b[31m: st\\nop\n" in run_here(["stats"], jsonl(hostile)).stdout.decode()


def test_a_live_call_has_times() -> None:
    events = [sse([one], done=False) for one in HI]
    with provider(Answer([events[0], 0.05, *events[1:], b"data: [DONE]\n\n"])) as server:
        ran = run_installed(["stats", "--json", "--prompt", "Hi", "--model", "m", "--base-url", server.url])
    (step,) = json.loads(ran.stdout)["sources"][0]["steps"]
    assert 0 < step["first_chunk"] < step["first_text"] <= step["last_chunk"]


def test_a_sample_is_a_recording() -> None:
    ran = run_installed(["stats", str(ROOT / "samples" / "recorded.sse")])
    assert (ran.code, ran.stderr) == (0, "")
    assert "recording: complete" in ran.stdout.decode()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], {}),
        ([2.0], {"median": 2.0, "p90": 2.0, "p99": 2.0}),
        ([float(value) for value in range(1, 101)], {"median": 51.0, "p90": 91.0, "p99": 100.0}),
    ],
)
def test_percentiles(values: list[float], expected: dict[str, float]) -> None:
    assert percentiles(values) == expected


def test_a_plot_shows_when_and_how_much() -> None:
    *rows, axis = plot([(0.0, 1), (5.0, 4), (10.0, 8)], 10.0)
    assert [row.find("█") for row in rows] == [59, 59, 30, 30]
    assert rows[-1][0] == "▄"
    assert (axis[:3], axis[-7:]) == ("0 s", "10.00 s")
    assert plot([], 0.0)[-1].endswith("0.00 s")


def test_the_fields_are_those_of_the_page() -> None:
    report = stats(RECORDING)
    (source,) = report["sources"]
    (step,) = source["steps"]
    assert fields("field of stats") == set(report)
    assert fields("field of a source") == set(source)
    assert fields("figure") | fields("figure of the total") == set(report["total"])
    assert fields("figure") | fields("field of a step") == set(step)


def test_the_times_of_a_recording_are_no_quirk() -> None:
    assert b"B1" not in run_here(["lint"], RECORDING).stdout
    assert b"B1" in run_here(["lint"], b": hello\n" + RECORDING).stdout


def test_tokens_that_a_relay_writes_with_a_fraction() -> None:
    """Q26."""
    usage = {"prompt_tokens": 42.0, "completion_tokens": 3, "details": {}, "cost": 0.5, "cached": True}
    ran = run_here(["stats"], jsonl([{**chunk({"content": "Hi"}, "stop"), "usage": usage}]))
    assert b"  usage        prompt_tokens 42, completion_tokens 3\n" in ran.stdout


def test_the_cost_that_claude_code_reports_is_the_total_of_each_session() -> None:
    """By hand: 0.25 in the end of one session, 0.5 of another."""
    results = [
        {"type": "result", "subtype": "success", "is_error": False, "result": "Hi", "uuid": "u", "stop_reason": "stop"}
        | {"session_id": session, "total_cost_usd": cost}
        for session, cost in (("s", 0.125), ("s", 0.25), ("t", 0.5))
    ]
    assert stats(jsonl(results))["sources"][0]["cost_usd"] == 0.75
    assert b"\ncost: $0.750000, as the stream reports it\n" in run_here(["stats"], jsonl(results)).stdout


def test_the_costs_that_opencode_reports_are_those_of_its_steps() -> None:
    records = [
        {"type": kind, "sessionID": "s", "part": part}
        for cost in (0.5, 0.25)
        for kind, part in (
            ("step_start", {"messageID": str(cost)}),
            ("text", {"messageID": str(cost), "text": "Hi"}),
            ("step_finish", {"reason": "stop", "cost": cost, "tokens": {}}),
        )
    ]
    assert stats(jsonl(records))["sources"][0]["cost_usd"] == 0.75


def test_a_stream_that_reports_no_cost_has_none() -> None:
    odd = {"type": "result", "subtype": "success", "session_id": "s", "uuid": "u", "result": "Hi"}
    odd |= {"stop_reason": "end_turn", "total_cost_usd": "free"}
    assert stats(jsonl([odd]))["sources"][0]["cost_usd"] is None
    assert stats(RECORDING)["sources"][0]["cost_usd"] is None
    assert b"cost" not in run_here(["stats"], RECORDING).stdout


def test_a_source_that_failed_says_so_in_the_report(tmp_path: Path) -> None:
    """It looked like a stream of nothing."""
    (tmp_path / "a").write_bytes(jsonl(HI))
    (tmp_path / "bad").write_bytes(jsonl(HI)[:-40])  # a record that is cut, and so no finish
    (tmp_path / "empty").write_bytes(b"")
    names = ["no", "a", "bad", "empty"]
    ran = run_here(["stats", "-q", "--json", *(str(tmp_path / name) for name in names)])
    assert ran.code == 5
    assert [source["error"] for source in json.loads(ran.stdout)["sources"]] == [
        "No such file or directory",
        None,
        "the stream ended before choice 0 had a finish_reason",
        "the input is empty",
    ]
