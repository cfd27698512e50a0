"""The emitted texts of a response's items, so that a text that is sent again whole is not repeated (R15).

    item = items.of_delta("message", addresses)              the item that a delta belongs to
    item.add("text", "Gate ")                                a delta was emitted
    item = items.of_snapshot("message", {"text": whole}, addresses)    the item that a whole one repeats
    item.remainder("text", "Gate four.")                     -> "four.": what leaves of the whole

Items are messages, reasoning, calls: whatever a dialect sends in deltas and again
whole. An address is an id or an index, as the provider gives it; the most
reliable one comes first. Relays leave addresses out, move indexes and rename ids,
so an item is also known by its kind and by what was emitted of it.

A snapshot counts only for what goes beyond the deltas. Where the deltas are not
its beginning, they count and nothing of it leaves; ``item.contradiction`` says so, once,
if what was said is another text.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from json import JSONEncoder
from typing import Any, Final

from unspool.dialects.item_text import ItemText

SURE: Final = 16
"""Characters of a text that is no repetition by chance."""


class Item:
    """The emitted texts of one item, by member ("text", "arguments", …) and by part of a member."""

    __slots__ = (
        *("_closed_parts", "_noted", "_parts", "_repeated", "_sizes", "_texts"),
        *("addressed", "before", "begun", "closed", "complete", "deltas", "ended", "kind", "name", "number"),
        *("places", "settled"),
    )

    def __init__(self, kind: str = "", number: int = 0) -> None:
        self.kind = kind
        self.number = number  # its place in the order in which items began
        self.name: Any = None  # of a call, the tool
        self.addressed = False  # whether any address of it is known
        self.begun = False  # whether an event said that it begins
        self.ended = False  # whether an event said so: no delta under another address belongs to it
        self.closed = False  # whether a snapshot of it was received
        self.settled = False  # whether one had its id: no snapshot with another id repeats it
        self.complete = False  # whether all of it was emitted, and what follows repeats it
        self.deltas = 0
        self.places = 0  # the deltas of these that came under a new address
        self.before: dict[str, ItemText] = {}  # what left before the response began again, and has not come again
        self._texts: dict[str, ItemText] = {}
        self._parts: dict[tuple[str, Hashable], ItemText] = {}
        self._closed_parts: set[tuple[str, Hashable]] = set()
        self._noted: set[str] = set()
        self._repeated: dict[str, list[str]] = {}  # what has come again of it
        self._sizes: dict[str, int] = {}  # of that, in characters

    def add(self, member: str, text: str, part: Hashable = None) -> None:
        """Record emitted text; ``part`` is the index of its part, None if there is none."""
        self.deltas += 1
        whole = self._texts.get(member)
        if whole is None:
            whole = self._texts[member] = ItemText()
        whole.add(text)
        if part is not None:
            emitted = self._parts.get((member, part))
            if emitted is None:
                emitted = self._parts[member, part] = ItemText()
            emitted.add(text)

    def expect(self, before: "Item") -> None:
        """Expect what this item is the repetition of, in a response that begins again."""
        self.before = {**before._texts, **before.before}
        self._noted = before._noted

    def unseen(self, member: str, text: str) -> tuple[str, bool]:
        """Return the part of a delta that did not leave before, and whether its text is another (R15)."""
        before = self.before.get(member)
        if before is None:
            return text, False
        pieces = self._repeated.setdefault(member, [])
        pieces.append(text)
        size = self._sizes[member] = self._sizes.get(member, 0) + len(text)
        if size <= before.size:
            return "", False
        del self.before[member]
        again = "".join(self._repeated.pop(member))
        rest = before.remainder(again)
        return (again, True) if rest is None else (rest, False)

    def has(self, member: str) -> bool:
        """Return whether any text of this member was emitted."""
        return member in self._texts

    @property
    def empty(self) -> bool:
        """Return whether nothing was emitted of it."""
        return not self._texts

    @property
    def size(self) -> int:
        """The size of its emitted text in characters."""
        return sum(text.size for text in self._texts.values())

    def looks_whole(self, following: str) -> bool:
        """Return whether its only delta ends like a sentence, or arguments end and others follow."""
        if following.lstrip().startswith("{"):
            return any(text.tail().rstrip().endswith("}") for text in self._texts.values())
        return self.deltas == 1 and any(text.is_sentence for text in self._texts.values())

    def same(self, other: "Item") -> bool:
        """Return whether another item has the same texts."""
        mine, theirs = self._texts, other._texts
        return (self.kind, mine.keys()) == (other.kind, theirs.keys()) and all(
            text.same(theirs[member]) for member, text in mine.items()
        )

    def may_begin(self, other: "Item") -> bool:
        """Return whether its texts may be the beginnings of those of another item."""
        theirs = other._texts
        return self.kind == other.kind and all(
            member in theirs and text.may_begin(theirs[member]) for member, text in self._texts.items()
        )

    def note(self, what: str) -> bool:
        """Return whether this is noted of the item for the first time."""
        first = what not in self._noted
        self._noted.add(what)
        return first

    def noted(self, what: str) -> bool:
        """Return whether this was noted."""
        return what in self._noted

    def remainder(self, member: str, whole: Any, open_end: str = "") -> str | None:
        """Return what ``whole`` has beyond the emitted text; None if it starts otherwise: then the deltas count.

        Of a value that is no text, it is the JSON text that counts.
        ``open_end`` is what of that may still change, and does not leave yet.
        """
        emitted = self._texts.get(member)
        for text in spellings_of(whole):
            certain = text.removesuffix(open_end)
            rest = certain if emitted is None else emitted.remainder(certain)
            if rest is not None:
                return rest
        return None

    def fresh(self, member: str, text: str) -> str:
        """Return the new part of a delta: all of it, unless it repeats all deltas so far as a whole.

        For dialects that do not mark what is whole. Deltas may well be equal,
        so this takes at least two deltas, and a text that no delta repeats by chance.
        """
        emitted = self._texts.get(member)
        if emitted is None or not SURE <= emitted.size <= len(text) or self.deltas < 2:
            return text
        rest = emitted.remainder(text)
        return text if rest is None else rest

    def contradiction(self, member: str, whole: Any) -> str:
        """Return a whole text that has no remainder and is another than what was emitted; "" for all others.

        A member is reported once: the same whole text may be in several snapshots.
        """
        emitted = self._texts.get(member)
        if emitted is None or not isinstance(whole, str) or emitted.remainder(whole) is not None:
            return ""
        return self._other(member, emitted, whole)

    def _other(self, member: str, emitted: ItemText, whole: str) -> str:
        return whole if emitted.is_other(whole) and self.note(f"contradicted {member}") else ""

    def part_remainder(self, member: str, whole: str, part: Hashable) -> tuple[str, str]:
        """The same two of one part: what ``whole`` has beyond it, and the whole text if it is another.

        The whole may repeat all deltas, whatever parts they name; where none named this one, another part that is
        not complete yet; else it is a new part.
        """
        here = (member, part)
        emitted, everything = self._parts.get(here), self._texts.get(member)
        alone = not any(place[0] == member and place not in {*self._closed_parts, here} for place in self._parts)
        if emitted is None or not alone:  # some relays count deltas as parts
            repeats = everything is not None and everything.remainder(whole) is not None
            emitted = everything if repeats else emitted or self._repeated_part(member, whole)
        self._closed_parts.add((member, part))
        if emitted is None:
            return whole, ""
        rest = emitted.remainder(whole)
        return ("", self._other(member, emitted, whole)) if rest is None else (rest, "")

    def _repeated_part(self, member: str, whole: str) -> ItemText | None:
        for place, text in self._parts.items():
            if place[0] == member and place not in self._closed_parts and text.remainder(whole) is not None:
                self._closed_parts.add(place)
                return text
        return None

    def is_begun_by(self, wholes: Mapping[str, Any]) -> bool:
        """Return whether whole texts or values, by member, begin with what was emitted of them; true if empty."""
        compared = [(text, wholes[member]) for member, text in self._texts.items() if member in wholes]
        begun = all(any(text.remainder(one) is not None for one in spellings_of(whole)) for text, whole in compared)
        return begun and (bool(compared) or self.empty)

    def is_repeated_by(self, wholes: Mapping[str, Any]) -> bool:
        """Return whether whole texts, by member, are what was emitted and no more."""
        return self.is_begun_by(wholes) and not any(
            self.remainder(member, whole) for member, whole in wholes.items() if whole
        )


def addresses_of(item: dict[str, Any], index: Hashable) -> tuple[Hashable, ...]:
    """Return the addresses of an item: its id, which only calls may have, and its index, if it has one."""
    ident = item.get("id")
    return ((ident,) if ident and isinstance(ident, str) else ()) + ((index,) if index is not None else ())


def spellings_of(whole: Any) -> Iterable[str]:
    """Return a text as it is, and a value that is no text in each way to write its JSON; None has none."""
    if isinstance(whole, str) or whole is None:
        return () if whole is None else (whole,)
    return _spellings(whole)


_SPELLINGS: Final = [
    JSONEncoder(ensure_ascii=escaped, separators=separators).encode
    for separators in ((", ", ": "), (",", ":"))
    for escaped in (False, True)
]
"""Encoders that are kept: to make one takes longer than to encode the arguments of a call."""


def _spellings(value: Any) -> Iterator[str]:
    """The JSON text of a value as libraries write it: with blanks and without, non-ASCII as it is and escaped.

    Nothing where it is too deep for the encoder. Mostly only the first is needed.
    """
    for encode in _SPELLINGS:
        try:
            text = encode(value)
        except (RecursionError, ValueError):
            return
        yield text


class Items:
    """The items of one response; ``ident`` is its id."""

    def __init__(self, ident: Any = None) -> None:
        self.ident = ident if isinstance(ident, str) and ident else None
        self.usage: Any = None  # of the response, once it has ended
        self._all: list[Item] = []
        self._unsettled: list[Item] = []
        self._by_address: dict[tuple[str, Hashable], Item] = {}
        self._before: list[Item] = []  # the items so far, where the response begins again

    def begun_again(self) -> "Items":
        """Return the items of this response where its events come again from the first: those repeat these (R15)."""
        items = Items(self.ident)
        items._before = [*self._all, *self._before[len(self._all) :]]
        return items

    def knows(self, ident: Hashable) -> bool:
        """Return whether an item is known by this id."""
        return any(one == ident for _, one in self._by_address)

    def __bool__(self) -> bool:
        return bool(self._all)

    def __iter__(self) -> Iterator[Item]:
        return iter(self._all)

    def begin(self, kind: str, addresses: Sequence[Hashable] = (), name: Any = None) -> Item:
        """A new item."""
        item = Item(kind, len(self._all))
        item.name = name
        if item.number < len(self._before) and self._before[item.number].kind == kind:
            item.expect(self._before[item.number])
        self._all.append(item)
        self._unsettled.append(item)
        self.enter(item, addresses)
        return item

    def enter(self, item: Item, addresses: Sequence[Hashable]) -> None:
        """Let an item be known by these addresses from now on."""
        for address in addresses:
            self._by_address[item.kind, address] = item
            item.addressed = True

    def of_new(self, kind: str, addresses: Sequence[Hashable], name: Any = None) -> Item:
        """The item whose beginning is received; one that is known where the same beginning was received before.

        An item that has ended begins no more. Gateways give several calls one ``call_id``: the first address counts.
        """
        for address in addresses[:1]:
            item = self._by_address.get((kind, address))
            repeats = isinstance(address, str) or (len(addresses) == 1 and item is not None and item.empty)
            if item is not None and repeats and not item.closed:
                return item
        item = self.begin(kind, addresses, name)
        item.begun = True
        return item

    def end(self) -> None:
        """The newest item has ended: an event said so."""
        if self._all:
            self._all[-1].ended = True

    def of_delta(self, kind: str, addresses: Sequence[Hashable], text: str = "") -> Item:
        """The item that a delta belongs to.

        Without a known address it is the one that is open: the last where the
        delta has none at all, else the only one that has had no delta yet, else the only one, if addresses move.
        """
        item = self.at(kind, addresses)
        if item is not None:
            return item
        open_ones = [one for one in self._all if one.kind == kind and not one.closed]
        if open_ones and not addresses:
            return open_ones[-1]
        empty = [one for one in open_ones if one.empty]
        if len(empty) == 1:
            item = empty[0]
            self.enter(item, addresses)
        elif len(open_ones) == 1 and self._moves(open_ones[0], addresses, text):
            item = open_ones[0]
        else:
            item = self.begin(kind, addresses)
        item.places += 1
        return item

    def _moves(self, item: Item, addresses: Sequence[Hashable], text: str) -> bool:
        """Return whether new addresses are those of a delta of the item that is open: some relays count deltas (R15).

        Where an event began the item, one would begin another. Without it, another index may be that of another
        message, and only the end of the response shows what it is: it counts as the same item if all deltas so far
        had other indexes. Another id counts so only where both hold. A text that was whole, as it looks, is
        followed by another one.
        """
        if item.ended or item is not self._all[-1] or item.looks_whole(text):
            return False
        named, each = any(isinstance(address, str) for address in addresses), item.deltas <= item.places
        return (item.begun and (each or not named)) or (each and not named)

    def at(self, kind: str, addresses: Sequence[Hashable]) -> Item | None:
        """The item known by one of these addresses: by an id, or by an index if it is still open.

        Some relays give all items the same index.
        """
        for address in addresses:
            item = self._by_address.get((kind, address))
            if item is not None and (isinstance(address, str) or not item.closed):
                if address is not addresses[0]:
                    item.places += 1
                    self.enter(item, addresses)
                return item
        return None

    def of_part(self, kind: str, wholes: Mapping[str, Any], addresses: Sequence[Hashable], name: Any = None) -> Item:
        """The item of a snapshot that need not hold all of it: by its address, else as ``of_snapshot`` has it."""
        return self.at(kind, addresses) or self.of_snapshot(kind, wholes, addresses, name, final=not addresses)

    def of_snapshot(
        self, kind: str, wholes: Mapping[str, Any], addresses: Sequence[Hashable], name: Any = None, final: bool = False
    ) -> Item:
        """The item that a whole one repeats, whatever its addresses are; a new one where it repeats none.

        ``final``: the only item of this kind that is open is repeated, whatever was emitted of it, as a snapshot of
        the whole response has all items.
        """
        item = self.match(kind, wholes, addresses, name, final)
        if item is None:
            return self.begin(kind, addresses, name)
        self.enter(item, addresses)
        self._collapse(item, wholes)
        return item

    def _collapse(self, item: Item, wholes: Mapping[str, Any]) -> None:
        """Let an item have the texts of those behind it, as far as a whole one has them joined to one."""
        for member, whole in wholes.items():
            for other in self._all[item.number + 1 :]:
                if not item.has(member) or not isinstance(whole, str):
                    break
                rest = item.remainder(member, whole)
                parallel = other.kind == item.kind and not other.closed and other.has(member)
                behind = other.remainder(member, rest) if rest and parallel else None
                if rest and behind is not None:
                    item.add(member, rest.removesuffix(behind))
                    other.closed = True

    def match(
        self, kind: str, wholes: Mapping[str, Any], addresses: Sequence[Hashable], name: Any = None, final: bool = False
    ) -> Item | None:
        """The item that a whole one repeats; None where it repeats none."""
        # Found by id, as in most streams, it needs no look at all the others: a run may have thousands.
        idents = [address for address in addresses if isinstance(address, str)]
        known = next(filter(None, (self._by_address.get((kind, ident)) for ident in idents)), None)
        if known is not None:
            return known if known.is_begun_by(wholes) else self._repeated(known, wholes, final)
        items = self._loose() if idents else self._all
        ranked = [(self._rank(item, wholes, addresses, name, final), item) for item in items if item.kind == kind]
        rank, item = max(ranked, key=lambda one: one[0], default=(_NONE, None))
        return None if rank == _NONE else item

    def _repeated(self, known: Item, wholes: Mapping[str, Any], final: bool) -> Item | None:
        """The item with these texts, as several may have one id; else the one that is known by it.

        None where this one has its whole in the same snapshot of the response.
        """
        named = (one for one in self._all if (one.kind, one.name) == (known.kind, known.name) and not one.empty)
        other = None if final and known.closed else known
        return next((one for one in named if one.is_repeated_by(wholes)), other)

    def _loose(self) -> list[Item]:
        """The items that a snapshot with an id may repeat: few, in a run whose snapshots have ids."""
        self._unsettled = [item for item in self._unsettled if not item.settled]
        return self._unsettled

    def _rank(
        self, item: Item, wholes: Mapping[str, Any], addresses: Sequence[Hashable], name: Any, final: bool
    ) -> tuple[int, int]:
        """The certainty that a whole item repeats this one, which is not known by id: by index and text, by text …"""
        at = [address for address in addresses if self._by_address.get((item.kind, address)) is item]
        if item.name is not None and name is not None and item.name != name:
            return _NONE
        blank = not any(wholes.values())
        if item.closed:  # a snapshot that is received twice
            again = (at or not addresses or not item.addressed) and not blank and item.is_repeated_by(wholes)
            return (_AGAIN, 0) if again else _NONE
        begun = item.empty if blank else item.is_begun_by(wholes)
        if begun and not item.empty:
            return (_BY_INDEX_AND_TEXT, 0) if at else (_BY_TEXT, item.size)
        if at or (begun and name is not None):
            return (_BY_INDEX, 0) if at else (_BY_NAME, 0)
        if blank or not final:
            return _NONE
        sole = [one for one in self._all if one.kind == item.kind and not one.closed] == [item]
        return (_SOLE, 0) if sole else _NONE

    def repeat(self, ident: Any, wholes: Iterable[tuple[str, Mapping[str, Any]]]) -> bool:
        """Return whether a whole response, of items of kinds, is this one again and has nothing new."""
        return self.ident is not None and ident == self.ident and all(map(self._repeat, wholes))

    def _repeat(self, whole: tuple[str, Mapping[str, Any]]) -> bool:
        kind, texts = whole
        return not any(texts.values()) or any(one.kind == kind and one.is_repeated_by(texts) for one in self._all)

    def continued_by(self, ident: Any, wholes: Sequence[tuple[str, Mapping[str, Any]]]) -> bool:
        """Return whether a whole response is this one, and begins with all that was emitted of it."""
        return self.ident is not None and ident == self.ident and self._are_begun_by(wholes)

    def are_of(self, ident: Any, wholes: Sequence[tuple[str, Mapping[str, Any]]]) -> bool:
        """Return whether a whole response is this open one, where one of them has no id."""
        return (ident is None or self.ident is None) and self._are_begun_by(wholes)

    def _are_begun_by(self, wholes: Sequence[tuple[str, Mapping[str, Any]]]) -> bool:
        items = [item for item in self._all if not item.empty]
        return bool(items) and all(
            any(item.kind == kind and item.is_begun_by(texts) for kind, texts in wholes) for item in items
        )

    def same_texts(self, other: "Items") -> bool:
        """Return whether another response has the same items with the same texts."""
        return len(self._all) == len(other._all) and all(map(Item.same, self._all, other._all))

    def may_begin(self, other: "Items") -> bool:
        """Return whether what came so far may be the beginning of another response."""
        return len(self._all) <= len(other._all) and all(map(Item.may_begin, self._all, other._all))

    def reopen(self) -> None:
        """A snapshot of the whole response begins: it repeats each item once."""
        for item in self._loose():
            item.closed = False


_BY_INDEX_AND_TEXT, _BY_TEXT, _BY_INDEX, _BY_NAME, _SOLE, _AGAIN = range(6, 0, -1)
_NONE = (0, 0)
