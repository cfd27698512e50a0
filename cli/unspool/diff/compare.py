"""Two streams compared, step by step and fact by fact.

Steps, and the facts of one kind, are aligned as a diff aligns lines: what was
put in or taken out is told as that, and what stands in another's place is
compared with it.
"""

from collections.abc import Hashable, Iterator
from typing import NamedTuple

from unspool.diff.facts import Aspect, Fact, Facts, Place, Step, Stream
from unspool.textdiff.align import aligned

_NOTHING: Facts = {Place(None, Aspect.STEPS): [Fact("", "nothing that counts here")]}
_TELLING = (Aspect.MESSAGES, Aspect.REFUSALS, Aspect.CALLS)
"""What tells a step from others: runs of one agent never use the same number of tokens."""


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
    """Two streams, how many steps they have, those that only one of them has too, and what differs."""

    a: Stream
    b: Stream
    steps: int
    differences: list[Difference]


def compare(a: Stream, b: Stream, asked: frozenset[Aspect]) -> Comparison:
    """Compare in the aspects that are ``asked`` for; the differences come in the order of the streams."""
    differences: list[Difference] = []
    pairs = list(_pairs(_asked(a, asked), _asked(b, asked)))
    for one, other in pairs:
        facts_a, facts_b = (step.facts if step else {} for step in (one, other))
        steps = (one and one.number, other and other.number)
        for place in sorted({**facts_a, **facts_b}, key=_order):
            for number, name, *texts in _compared(facts_a.get(place, []), facts_b.get(place, [])):
                differences.append(Difference(steps, *place, number, name, *texts))
    return Comparison(a, b, len(pairs), differences)


def _asked(stream: Stream, asked: frozenset[Aspect]) -> list[Step]:
    """The steps, with those facts that are asked for; one without any is a fact itself."""
    steps = [Step(number, {at: facts[at] for at in facts if at.aspect in asked}) for number, facts in stream.steps]
    if Aspect.STEPS in asked:
        return [step if step.facts else step._replace(facts=_NOTHING) for step in steps]
    return steps


def _pairs(a: list[Step], b: list[Step]) -> Iterator[tuple[Step | None, Step | None]]:
    """Each step beside its counterpart: one that says and does the same, whatever its usage or its finish.

    What comes before the first step has its counterpart there.
    """
    before_a, before_b = (next((step for step in steps if step.number == 0), None) for steps in (a, b))
    if before_a or before_b:
        yield before_a, before_b
    yield from aligned([step for step in a if step.number], [step for step in b if step.number], _key, lambda _: "")


def _key(step: Step) -> Hashable:
    return frozenset((place, tuple(facts)) for place, facts in step.facts.items() if place.aspect in _TELLING)


def _order(place: Place) -> tuple[float, int]:
    """By choice, then in the order of the aspects; what belongs to the whole step comes last."""
    return float("inf") if place.choice is None else place.choice, list(Aspect).index(place.aspect)


def _compared(a: list[Fact], b: list[Fact]) -> Iterator[tuple[int, str, str | None, str | None]]:
    """Of the facts of one place those that differ: number, name, and the two texts."""
    numbered_a, numbered_b = list(enumerate(a, 1)), list(enumerate(b, 1))
    for one, other in aligned(numbered_a, numbered_b, lambda item: item[1], lambda item: item[1].name):
        number, fact = one or other  # type: ignore[misc]  # there is at least one
        if one is None or other is None or one[1] != other[1]:
            yield number, fact.name, one and one[1].text, other and other[1].text
