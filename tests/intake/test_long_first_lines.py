"""A log is read line by line, also where its first line is larger than what is inspected for layers."""

import json
from collections.abc import Callable

import pytest
from tests.support import chunk, run_here

from unspool.intake.asked import HEAD_BYTES, Asked
from unspool.intake.items import Broken
from unspool.intake.stage import Stage

CHUNKS = [
    chunk({"role": "assistant", "content": "Grüße "}),
    chunk({"content": "an "}),
    chunk({"content": "alle"}, "stop"),
]
FORMS: dict[str, Callable[[object], object]] = {"a member": lambda one: one, "a string": json.dumps}


def log_of(form: str) -> bytes:
    """A log whose first line has a long member besides the record, and whose second is damaged."""
    lines = [json.dumps({"t": n, "event": FORMS[form](one)}) for n, one in enumerate(CHUNKS)]
    lines[0] = lines[0].replace('{"t"', '{"context":"%s","t"' % ("x" * HEAD_BYTES), 1)
    lines[1] = lines[1].replace('"t":', '"t":,', 1)
    return "".join(line + "\n" for line in lines).encode()


@pytest.mark.parametrize("form", FORMS)
def test_a_damaged_line_costs_no_other(form: str) -> None:
    ran = run_here(["text"], log_of(form))
    assert (ran.stdout.decode(), ran.code) == ("Grüße alle\n", 3)
    assert "record 2" in ran.stderr
    assert run_here(["rewrite"], log_of(form)).stdout == log_of(form)


def test_the_first_record_leaves_when_the_second_line_is_whole() -> None:
    log = log_of("a member").replace(b":,", b":")
    stage, end = Stage(Asked()), log.find(b"\n", log.find(b"\n") + 1) + 1
    left = b"".join(
        one
        for start in range(0, end, 999)
        for one in stage.feed(log[start : min(start + 999, end)])
        if isinstance(one, bytes)
    )
    assert left.startswith(b'{"id"')
    assert left.count(b"\n") == 2


@pytest.mark.parametrize("end", ["", "\n"])
@pytest.mark.parametrize("size", [999, HEAD_BYTES + 77, 1 << 20])
def test_a_long_indented_document_is_whole_whatever_the_blocks(size: int, end: str) -> None:
    """As a query of CloudWatch's logs gives it."""
    chunks = [CHUNKS[0], *[CHUNKS[1]] * 500, CHUNKS[2]]
    rows = [[{"field": "@time", "value": "1"}, {"field": "@message", "value": json.dumps(one)}] for one in chunks]
    data = (json.dumps({"results": rows}, indent=2) + end).encode()
    stage = Stage(Asked())
    items = [item for start in range(0, len(data), size) for item in stage.feed(data[start : start + size])]
    items += stage.close()
    assert not [item for item in items if isinstance(item, Broken)]
    lines = b"".join(item for item in items if isinstance(item, bytes)).splitlines()
    assert [json.loads(line) for line in lines] == chunks


WHOLE = chunk({}) | {"choices": [{"index": 0, "message": {"content": "Hi"}, "finish_reason": "stop"}]}


@pytest.mark.parametrize("around", ["%s", '{"event": %s}', "[%s]", "[[%s]]"])
@pytest.mark.parametrize("record", [chunk({"content": "Hi"}, "stop"), WHOLE], ids=["chunk", "whole"])
@pytest.mark.parametrize("long", ["x" * HEAD_BYTES, ["x" * HEAD_BYTES]], ids=["string", "list"])
@pytest.mark.parametrize("end", ["", "\n"])
def test_the_only_record_may_begin_with_a_long_member(
    around: str, record: dict[str, object], long: object, end: str
) -> None:
    """Nothing in its beginning shows that it is one."""
    capture = around % json.dumps({"context": long, **record}) + end
    assert run_here(["text"], capture.encode())[:2] == (0, b"Hi\n")
