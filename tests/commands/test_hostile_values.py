"""Values of a stream that no provider sends, but anybody can write into a capture."""

import json
from pathlib import Path

import pytest
from tests.chat.test_chat import talk
from tests.serving import Answer, provider
from tests.support import chunk, jsonl, run_here, sse

ODD_USAGE = {"prompt_tokens": 1, "tokens\ud800": 2, "completion_tokens_details": {"\udc00": 3}}


@pytest.mark.parametrize("member", [5, None, "x", [1], True, {"elapsed": "soon"}, {"elapsed": [1]}])
@pytest.mark.parametrize("command", ["lint", "stats", "text", "rewrite", "events"])
def test_an_unspool_member_of_any_type_is_no_traceback(command: str, member: object) -> None:
    data = jsonl([chunk({"content": "Hi"}, unspool=member), chunk({}, "stop")])
    ran = run_here([command], data)
    assert (ran.code, ran.stderr) == (0, "")
    assert ran.stdout


@pytest.mark.parametrize("command", [["stats"], ["stats", "--json"], ["lint"], ["events"]])
def test_halves_of_surrogate_pairs_in_names_are_shown(command: list[str]) -> None:
    data = jsonl([chunk({"content": "Hi"}, model="m\ud800"), chunk({}, "stop", usage=ODD_USAGE)])
    ran = run_here(command, data)
    assert (ran.code, ran.stderr) == (0, "")
    ran.stdout.decode()
    if command[-1] == "--json":
        (step,) = json.loads(ran.stdout)["sources"][0]["steps"]
        assert (step["model"], step["usage"]) == ("m\ud800", ODD_USAGE)


def test_halves_of_surrogate_pairs_in_a_usage_do_not_end_a_chat(tmp_path: Path) -> None:
    answer = Answer([sse([chunk({"content": "Hi."}, model="m\ud800"), chunk({}, "stop", usage=ODD_USAGE)])])
    with provider(answer) as server:
        ran = talk(server, ["Hello", "/usage", "Hello"], tmp_path, "--session", "s")
    assert (ran.code, ran.stdout.count(b"Hi."), len(server.asked)) == (0, 2, 2)
    assert "Traceback" not in ran.stderr
