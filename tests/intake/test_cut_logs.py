"""A log that ends early shows a beginning of the text and says so, wherever it ends."""

import itertools

import pytest
from tests.intake.test_layers import TEXT, TEXTUAL
from tests.intake.test_pairs import COLLECTORS, LINES, PROGRAMS, pair
from tests.support import run_here

PLACES = 10
OFFSET = 7  # bytes, so that not all cuts are at the same places of the lines


def check(data: bytes, end: int) -> None:
    ran = run_here(["text"], data[:end])
    shown = ran.stdout.decode().rstrip("\n")
    assert TEXT.startswith(shown), (end, data[:end], ran)
    assert "a fault in unspool" not in ran.stderr
    if ran.code:
        assert ran.stderr
    else:
        assert shown + "\n" == TEXT, (end, data[:end], ran)


@pytest.mark.parametrize("collector", COLLECTORS)
def test_a_log_is_cut_at_ten_places(collector: str) -> None:
    streams = itertools.cycle(LINES)
    for number, (program, stream) in enumerate(zip(PROGRAMS, streams, strict=False)):
        data = pair(collector, program, stream)
        for place in range(1, PLACES + 1):
            check(data, len(data) * place // (PLACES + 1) + OFFSET * number % 31)


@pytest.mark.parametrize("layer", ["log lines", "logfmt", "strings"])
def test_a_small_log_is_cut_at_each_byte(layer: str) -> None:
    data = TEXTUAL[layer](LINES["anthropic lines"])
    for end in range(1, len(data)):
        check(data, end)


@pytest.mark.parametrize("program", ["bytes", "logfmt", "python", "repr", "zap console"])
def test_damage_inside_of_a_string_is_reported(program: str) -> None:
    """The line is no JSON any more: a string of the program in it would have doubled backslashes."""
    data = pair("docker", program, "anthropic lines")
    at = data.index(b"Gr")
    ran = run_here(["text"], data[:at] + b'"' + data[at:])
    assert (ran.code, ran.stdout, "not JSON" in ran.stderr) == (3, b"", True)
