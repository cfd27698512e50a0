"""Sources in order; small objects of a store are fetched ahead, since a request takes longer than reading its rows."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from unspool.intake.source import Source
from unspool.table.listing import Item
from unspool.table.stores import Object, ObjectSource, is_url

_REQUESTS = 16
"""Requests of one process at once: with 30 ms for each, 500 objects a second, about what a core reads."""
_SMALL = 1 << 20  # bytes of an object that is fetched whole


def read_ahead(items: Iterable[Item]) -> Iterator[tuple[Item, Source | None]]:
    """Each item, with its source where that is on its way already; the order stays."""
    waiting: deque[tuple[Item, Source | None]] = deque()
    pool: ThreadPoolExecutor | None = None
    try:
        for item in items:
            if not is_url(item.name) or item.problem or not item.version or item.size > _SMALL:
                yield from waiting
                waiting.clear()
                yield item, None
                continue
            pool = pool or ThreadPoolExecutor(_REQUESTS)
            source = ObjectSource(Object(item.name, item.size, item.version))
            waiting.append((item, _Fetched(source, pool.submit(list, source.blocks()))))
            if len(waiting) > _REQUESTS:
                yield waiting.popleft()
        yield from waiting
    finally:
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)


class _Fetched:
    """An object that is being fetched."""

    elapsed: float | None = None

    def __init__(self, source: ObjectSource, blocks: "Future[list[bytes]]") -> None:
        self.name = source.name
        self._blocks = blocks

    def blocks(self) -> Iterator[bytes]:
        """The object, once it is there. Raises SourceFailed as its source does."""
        yield from self._blocks.result()
