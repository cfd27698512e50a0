"""Two streams compared, step by step and fact by fact.

Steps, and the facts of one kind, are aligned as a diff aligns lines: what was
put in or taken out is told as that, and what stands in another's place is
compared with it.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple, TypeVar

from unspool.checks.meaning import Aspect, Fact, Facts, Place, Step, Stream

T = TypeVar("T")


class Difference(NamedTuple):
    """One thing that is not the same in the streams A and B.

    ``steps`` are the numbers of the step in A and in B, and ``number`` counts
    the facts of one kind from 1; ``choice`` is None for what belongs to the
    step as a whole. Where a stream has nothing, the text is None.
    """

    steps: tuple[int | None, int | None]
    choice: int | None
    aspect: Aspect
    number: int
    name: str
    a: str | None
    b: str | None


class Comparison(NamedTuple):
    """Two streams, and what differs between them."""

    a: Stream
    b: Stream
    differences: list[Difference]


def compare(a: Stream, b: Stream, asked: frozenset[Aspect]) -> Comparison:
    """Compare in the aspects that are ``asked`` for; the differences come in the order of the streams."""
    steps_a, steps_b = ([(step.number, _asked(step, asked)) for step in stream.steps] for stream in (a, b))
    differences: list[Difference] = []
    for one, other in _aligned(steps_a, steps_b, lambda step: _key(step[1]), lambda _: ""):
        number_a, facts_a = one or (None, {})
        number_b, facts_b = other or (None, {})
        for place in sorted({**facts_a, **facts_b}, key=_order):
            for number, name, *texts in _compared(facts_a.get(place, []), facts_b.get(place, [])):
                differences.append(Difference((number_a, number_b), *place, number, name, *texts))
    return Comparison(a, b, differences)


def _asked(step: Step, asked: frozenset[Aspect]) -> Facts:
    return {place: facts for place, facts in step.facts().items() if place.aspect in asked}


def _key(facts: Facts) -> Hashable:
    return frozenset((place, tuple(texts)) for place, texts in facts.items())


def _order(place: Place) -> tuple[float, int]:
    """By choice, then in the order of the aspects; what belongs to the whole step comes last."""
    return float("inf") if place.choice is None else place.choice, list(Aspect).index(place.aspect)


def _compared(a: list[Fact], b: list[Fact]) -> Iterator[tuple[int, str, str | None, str | None]]:
    """Of the facts of one place those that differ: number, name, and the two texts."""
    numbered_a, numbered_b = list(enumerate(a, 1)), list(enumerate(b, 1))
    for one, other in _aligned(numbered_a, numbered_b, lambda item: item[1], lambda item: item[1].name):
        number, fact = one or other or (0, Fact("", ""))
        if one is None or other is None or one[1] != other[1]:
            yield number, fact.name, one and one[1].text, other and other[1].text


def _aligned(
    a: Sequence[T], b: Sequence[T], key: Callable[[T], Hashable], name: Callable[[T], str]
) -> Iterator[tuple[T | None, T | None]]:
    """Each item beside its counterpart: one of an equal key, else, in between, one of the same name; or None."""
    matcher = SequenceMatcher(None, [key(item) for item in a], [key(item) for item in b])
    for kind, from_a, to_a, from_b, to_b in matcher.get_opcodes():
        others = list(b[from_b:to_b])
        for item in a[from_a:to_a]:
            same = (at for at, other in enumerate(others) if kind == "equal" or name(other) == name(item))
            at = next(same, None)
            yield item, None if at is None else others.pop(at)
        yield from ((None, other) for other in others)
