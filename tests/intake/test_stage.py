"""What a source begins with is looked at once, and no further than needed."""

import pytest
from tests.support import run_here


@pytest.mark.parametrize("line", [b"\n", b"\r\n", b" \n", b":\n", b"# \n", b"---\n"])
def test_lines_without_content_are_read_once(line: bytes) -> None:
    """A repeated blank line inside a repetition took a pattern a time that grows with the square of the lines."""
    assert run_here(["text"], line * 20_000).code in (3, 4, 5)
