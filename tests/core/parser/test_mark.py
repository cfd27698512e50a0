"""Marks do not depend on how a text is cut, and do not copy a long one."""

import tracemalloc
from zlib import crc32

from hypothesis import given
from hypothesis import strategies as st

from unspool.core.parser.mark import EMPTY, extended


@given(st.text(), st.integers(0, 40), st.integers(0, 40))
def test_a_part_of_a_text_has_the_mark_of_its_copy(text: str, start: int, end: int) -> None:
    whole = text[start:end].encode("utf-8", "surrogatepass")
    assert extended(EMPTY, text, start, min(end, len(text))) == (len(text[start:end]), crc32(whole))


def test_a_long_text_has_the_mark_of_its_pieces_and_is_not_copied() -> None:
    text = "äb" * 500_000
    expected = (len(text), crc32(text.encode()))
    tracemalloc.start()
    try:
        assert extended(EMPTY, text) == expected
        assert extended(extended(EMPTY, text, 0, 70_000), text, 70_000) == expected
        assert tracemalloc.get_traced_memory()[1] < 500_000  # bytes
    finally:
        tracemalloc.stop()
