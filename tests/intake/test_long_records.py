"""A long record around which a layer is removed is not in memory twice when its content leaves."""

import tracemalloc

import pytest

from unspool.intake.asked import Asked
from unspool.intake.envelopes.envelope import Envelope
from unspool.intake.items import Layer
from unspool.intake.logs.prefixed import Prefixed

SIZE = 8 << 20
RECORD = b'{"choices":[{"index":0,"delta":{"content":"%s"}}]}' % (b"x" * SIZE)


@pytest.mark.parametrize(
    ("layer", "before", "behind"),
    [
        (Envelope(("chunk",), "", Asked()), b'{"t":1,"chunk":', b"}\n"),
        (Prefixed(b"2026-01-01 INFO "), b"2026-01-01 INFO ", b"\n"),
    ],
)
def test_a_long_record_is_given_up_while_it_leaves(layer: Layer, before: bytes, behind: bytes) -> None:
    tracemalloc.start()
    try:
        size = left = 0
        for piece in layer.feed(before + RECORD + behind):
            if isinstance(piece, bytes):
                size += len(piece)
                left = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert size == len(RECORD) + 1
    assert left < 1.5 * SIZE  # the block, which the caller holds, and the last piece
