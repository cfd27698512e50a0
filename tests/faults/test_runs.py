"""Long runs of one character in lines of text: the patterns which look for logs and files must not try each part."""

import subprocess

import pytest
from tests.faults.hostile import RUNS
from tests.support import UNSPOOL


@pytest.mark.parametrize("name", RUNS)
def test_a_long_run_takes_no_more_than_seconds(name: str) -> None:
    """Time that grows with the square of the run is half a minute and more for this size."""
    ran = subprocess.run(
        [UNSPOOL, "text"],
        input=RUNS[name](1 << 17),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=30,
        check=False,
    )
    assert ran.stdout == b"a\n"
