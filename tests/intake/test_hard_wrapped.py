"""Lines that were cut at a width are joined; records that were cut in other ways are named."""

import json
import quopri
import re
import subprocess
from pathlib import Path

import pytest
from tests.support import jsonl, message_call, run_here, sse

from unspool.intake.asked import Asked
from unspool.intake.damaged.hard_wrapped import detect

CALL = message_call(['{"message":"Hi, wide ', "宽", ' text"}'])
EVENTS = b"".join(
    b"event: a\ndata: %b\n\nevent: a\ndata: %b\n\n" % (each[:60], each[60:]) for each in jsonl(CALL).splitlines()
)


def folded(line: str, width: int) -> str:
    """A line as a terminal shows it: a character of two columns that does not fit begins the next line."""
    rows = [""]
    for one in line:
        if sum(1 + (other == "宽") for other in rows[-1] + one) > width:
            rows.append("")
        rows[-1] += one
    return "\n".join(rows)


@pytest.mark.parametrize("width", range(76, 90, 2))
@pytest.mark.parametrize("before", ["", "data: ", "12:00:01 INFO chunk "])
def test_lines_cut_at_any_width_give_the_text(width: int, before: str) -> None:
    lines = [folded(before + line.replace("\\u5bbd", "宽"), width) for line in jsonl(CALL).decode().splitlines()]
    end = "\n\n" if before == "data: " else "\n"
    stream = "".join(line + end for line in lines).encode()
    assert run_here(["text"], stream).stdout == "Hi, wide 宽 text\n".encode()


@pytest.mark.parametrize(
    "lines",
    [
        '{"id":"a","text":"%s\n","b":1}\n' % ("x" * 60),  # one line shows no width
        ('12:00:01 {"id":"a","text":"%s\n12:00:01 rest"}\n' % ("x" * 60)) * 3,  # a log has its words before each line
        '{"id": "a",\n  "text": "a",\n  "more": 1}\n',
    ],
)
def test_other_lines_are_left_alone(lines: str) -> None:
    assert detect(lines.encode(), True, Asked()) is False


@pytest.mark.parametrize(
    "data", [EVENTS, quopri.encodestring(sse(CALL)), json.dumps(sse(CALL).decode())[1:-1].encode()]
)
def test_the_advice_for_other_cuts_gives_the_text(data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("FILE").write_bytes(data)
    said = run_here(["text", "FILE"])
    assert said.code in (3, 5)
    command = re.search(r"(?:join them|run): (.*) \| unspool text", said.stderr)
    assert command is not None
    joined = subprocess.run(["sh", "-c", command[1]], check=True, capture_output=True).stdout
    assert run_here(["text"], joined).stdout == "Hi, wide 宽 text\n".encode()
