"""The driver: feeds blocks through the layers and cuts what comes out into parts."""

from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase

from unspool.errors import LayerFailed, SourceCut, SourceFailed
from unspool.intake.asked import Asked, Notice
from unspool.intake.items import Broken, Item, Part, joined
from unspool.intake.kept_log import Entry, KeptLog, Place
from unspool.intake.part_source import PartSource, failing
from unspool.intake.source import Source
from unspool.intake.stage import Stage


def split(source: Source, blocks: Iterator[bytes], asked: Asked, note: Callable[[str], None]) -> Iterator[PartSource]:
    """The streams in ``blocks``, each under a separate name."""
    items = _Items(_items(source.name, blocks, asked), source.name, note)
    names: list[str] = []
    missed = list(asked.only)
    while (part := items.next_part()) is not None:
        if part.label or names:
            names.append(f"{source.name}#{len(names) + 1}" + (f" ({part.label})" if part.label else ""))
        else:
            names.append(source.name)
        matching = [only for only in asked.only if _matches(only, len(names), names[-1])]
        if matching or not asked.only:
            missed = [only for only in missed if only not in matching]
            one = PartSource(names[-1], source, items.blocks())
            one.notices = items.notices
            one.request = part.request
            one.log = items.log if asked.keeps_log else None
            yield one
        items.skip()
    if not names and not any(notice.loud for notice in items.notices):
        empty = PartSource(source.name, source, iter(()))  # that it is empty is said there
        empty.notices = items.notices
        yield empty
    elif names and missed:
        yield PartSource(source.name, source, failing(_unmatched(source.name, missed, names, asked.other_choices)))


def _matches(only: str, number: int, name: str) -> bool:
    if only.isdecimal():  # of any number of digits, which int would not take
        return only.lstrip("0") == str(number)
    return only in name or fnmatchcase(name, only)


def _unmatched(source: str, missed: list[str], names: list[str], others: tuple[str, ...]) -> SourceFailed:
    """The fault of values of --only that no stream of a container matches."""
    asked = " and ".join(f"--only {only}" for only in missed)
    listed = "; ".join(names[:5]) + ("; …" if len(names) > 5 else "")
    if len(names) > 1:
        found = f"{'match' if len(missed) > 1 else 'matches'} none of the {len(names)} streams"
    else:
        found = f"{'do' if len(missed) > 1 else 'does'} not match the one stream"
    more = f", or {', '.join(others)}" if others else ""
    advice = "choose one of these" if len(names) > 1 else "leave --only out"
    return SourceFailed(source, f"{asked} {found} in it: {listed}", f"{advice}{more}")


def _items(name: str, blocks: Iterator[bytes], asked: Asked) -> Iterator[Item]:
    """Yield the items that the layers produce; a fault of the source itself is the last item, after all data."""
    stage = Stage(asked)
    fault: SourceFailed | None = None
    try:
        for block in blocks:
            yield from joined(stage.feed(block))
    except SourceFailed as failed:
        fault = failed
    yield from joined(stage.close())
    if fault is not None:
        yield Broken(fault.reason, fault.advice, isinstance(fault, SourceCut), of_source=True)


class _Items:
    """Items, cut at the beginning of each part. Bytes before the first Part are a part without a label."""

    def __init__(self, items: Iterator[Item], name: str, note: Callable[[str], None]) -> None:
        self._items = items
        self._name = name
        self._note = note
        self._ahead: Item | None = None
        self._noted: set[str] = set()
        self.notices: list[Notice] = []
        self.log = KeptLog()

    def _next(self) -> Item | None:
        if self._ahead is not None:
            item, self._ahead = self._ahead, None
            return item
        for item in self._items:
            if not isinstance(item, Notice):
                return item
            self._notice(item)
        return None

    def _notice(self, notice: Notice) -> None:
        if notice.text not in self._noted:
            self._noted.add(notice.text)
            self.notices.append(notice)
            if notice.loud:
                self._note(f"{self._name}: {notice.text}")

    def next_part(self) -> Part | None:
        """The next part that has bytes, None at the end: a container in a container begins two at once."""
        part = Part("")
        while (item := self._next()) is not None:
            if not isinstance(item, Part):
                self._ahead = item
                return part
            part = item
        return None

    def blocks(self) -> Iterator[bytes]:
        """The bytes of the current part. Raises SourceFailed where it is broken."""
        while (item := self._next()) is not None:
            if isinstance(item, bytes):
                self.log.read(len(item))
                yield item
            elif isinstance(item, Part):
                self._ahead = item
                return
            elif isinstance(item, (Entry, Place)):
                self.log.open(item)
            elif isinstance(item, Broken):
                kind = SourceCut if item.cut else SourceFailed if item.of_source else LayerFailed
                raise kind(self._name, item.reason, item.advice)

    def skip(self) -> None:
        """Pass over what is left of the current part."""
        while (item := self._next()) is not None:
            if isinstance(item, Part):
                self._ahead = item
                return
