"""Conditions on figures: what they say, what they are not, and where stats and check use them."""

import json
from pathlib import Path

import pytest
from tests.support import ROOT, jsonl, message_call, run_here

from unspool.check.limits import Condition

FIGURES = {"chunks": 4, "first_text": 0.5, "gaps": {"p99": 0.2}, "last_chunk": None}
BEFORE = {"chunks": 8, "first_text": 0.4, "gaps": None}
RECORDED = str(ROOT / "samples" / "recorded.sse")  # its first text came after 0.531 s


@pytest.mark.parametrize(
    ("text", "holds", "described"),
    [
        ("first_text>400ms", True, "first_text is 0.5 s"),
        ("first_text > 0.5 s", False, "first_text is 0.5 s"),
        ("first_text>=0.5", True, "first_text is 0.5 s"),
        ("gaps.p99<250ms", True, "gaps.p99 is 0.2 s"),
        ("chunks<=4", True, "chunks is 4"),
        ("last_chunk>1", None, "last_chunk is not known"),
        ("characters>1", None, "characters is not known"),
        ("first_text>+20%", True, "first_text changed by +25.0 %"),
        ("chunks<-50%", False, "chunks changed by -50.0 %"),
        ("gaps.p99>1%", None, "gaps.p99 is not known"),
    ],
)
def test_a_condition_holds_or_not(text: str, holds: bool | None, described: str) -> None:
    condition = Condition.parse(text)
    assert condition.holds(FIGURES, BEFORE) is holds
    assert condition.describe(FIGURES, BEFORE) == described


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is no condition"),
        ("first_text", "is no condition"),
        ("first_text=1", "is no condition"),
        ("first_text>1h", "is no condition"),
        ("first_text>1e400", "is no condition"),
        ("speed>1", "there is no figure speed; there are chunks"),
        ("chunks>1ms", "chunks is no time"),
    ],
)
def test_what_is_no_condition_says_why(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Condition.parse(text)
    assert run_here(["stats", "--fail", text, RECORDED]).code == 2


def test_stats_fails_where_a_condition_holds_or_is_not_known() -> None:
    assert run_here(["stats", "--fail", "first_text>800ms", RECORDED]).code == 0
    slow = run_here(["stats", "--fail", "first_text>300ms", RECORDED])
    assert slow.code == 1
    assert slow.stderr == f"unspool: {RECORDED}: step 1: first_text is 0.531206 s (--fail 'first_text>300ms')\n"
    untimed = run_here(["stats", "--fail", "first_text>1"], jsonl(message_call(['{"message": "Hi"}'])))
    assert (untimed.code, "first_text is not known" in untimed.stderr) == (1, True)


def test_stats_compares_with_a_baseline(tmp_path: Path) -> None:
    report = json.loads(run_here(["stats", "--json", RECORDED]).stdout)
    report["total"]["first_text"] /= 2
    (tmp_path / "base.json").write_text(json.dumps(report))
    arguments = ["stats", "--baseline", str(tmp_path / "base.json"), RECORDED]
    assert "  first_text             +100.0 %\n" in run_here(arguments).stdout.decode()
    assert json.loads(run_here([*arguments, "--json"]).stdout)["change"]["first_text"] == 100.0
    assert run_here([*arguments, "--fail", "first_text>+20%"]).code == 1
    assert run_here([*arguments, "--fail", "first_text>+120%"]).code == 0


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"total": 1}', b'{"total": null}', b"\xff"])
def test_a_baseline_that_is_none_is_wrong_usage(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "base.json").write_bytes(content)
    ran = run_here(["stats", "--baseline", str(tmp_path / "base.json"), RECORDED])
    assert (ran.code, ran.stderr.count("\n")) == (2, 1)
    assert run_here(["stats", "--baseline", str(tmp_path / "none"), RECORDED]).code == 2
    assert run_here(["stats", "--fail", "first_text>+1%", RECORDED]).code == 2


def test_several_responses_have_percentiles() -> None:
    one = json.loads(run_here(["stats", "--json", RECORDED]).stdout)["total"]
    assert (one["responses"], one["percentiles"]) == (1, {})
    two = json.loads(run_here(["stats", "--json", RECORDED, RECORDED]).stdout)["total"]
    assert two["responses"] == 2
    assert two["percentiles"]["first_text"]["median"] == one["first_text"]
    assert two["first_text"] is None  # the clocks of several sources began at different times


def test_attributes_have_the_names_of_opentelemetry() -> None:
    (step,) = json.loads(run_here(["stats", "--json", RECORDED]).stdout)["sources"][0]["steps"]
    assert step["attributes"]["gen_ai.usage.input_tokens"] == 88
    assert step["attributes"]["gen_ai.response.finish_reasons"] == ["tool_calls"]
    assert step["attributes"]["gen_ai.client.operation.time_to_first_chunk"] == step["first_chunk"]


def laid(tmp_path: Path, limits: str) -> list[str]:
    """What check says of a case with these limits alone."""
    (tmp_path / "a.sse").write_bytes((ROOT / "samples" / "recorded.sse").read_bytes())
    (tmp_path / "a.expected.limits").write_text(limits)
    return run_here(["check", str(tmp_path)]).stdout.decode().splitlines()


def test_check_holds_a_case_to_its_limits(tmp_path: Path) -> None:
    assert laid(tmp_path, "# fast enough\n\nfirst_text<800ms\ncharacters>=100\n")[0].startswith("ok ")
    slow = laid(tmp_path, "first_text<300ms\n")
    assert slow[0].startswith("FAIL ")
    assert slow[1] == "      step 1: first_text is 0.531206 s, and first_text<300ms was expected"


@pytest.mark.parametrize(
    "line", ["speed<1", "first_text", "first_text<+20%", "\udcff".encode(errors="replace").decode()]
)
def test_limits_that_cannot_be_read_name_their_line(line: str, tmp_path: Path) -> None:
    assert "a.expected.limits: line 2: " in laid(tmp_path, f"chunks>1\n{line}\n")[1]
