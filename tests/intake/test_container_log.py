"""Lines of a container runtime: what the layer gives on, block by block."""

from unspool.intake.logs.container_log import ContainerLog

AT = b"2031-05-04T09:00:01.037000000Z "


def given(lines: list[bytes], largest: int) -> list[bytes]:
    layer = ContainerLog(largest)
    items = [*(item for line in lines for item in layer.feed(line)), *layer.close()]
    return [item for item in items if isinstance(item, bytes)]


def test_the_parts_of_each_output_are_joined_apart() -> None:
    lines = [AT + b"stdout P one ", AT + b"stderr P two ", AT + b"stdout F more", AT + b"stderr F words"]
    assert b"".join(given([line + b"\n" for line in lines], 100)) == b"one more\ntwo words\n"


def test_a_line_that_never_ends_is_not_kept() -> None:
    parts = given([AT + b"stdout P 0123456789\n"] * 50, 25)
    assert max(map(len, parts)) <= 31
    assert b"".join(parts) == b"0123456789" * 50 + b"\n"
