"""Comparison of two streams, step by step and fact by fact.

Steps, and the facts of one kind, are aligned as a diff aligns lines: a step or
fact is inserted, deleted, or compared with its counterpart.
"""

from collections.abc import Hashable, Iterator
from typing import NamedTuple

from unspool.diff.facts import Aspect, Fact, FactKey, Facts, Step, Stream
from unspool.textdiff.align import align

_EMPTY_STEP: Facts = {FactKey(None, Aspect.STEPS): [Fact("", "nothing that counts here")]}
_IDENTIFYING = (Aspect.MESSAGES, Aspect.REFUSALS, Aspect.CALLS)
"""Aspects that identify a step. Usage does not: two runs of an agent rarely use the same number of tokens."""


class Difference(NamedTuple):
    """One fact that differs between the streams A and B.

    ``steps`` are the step numbers in A and in B; ``number`` counts the facts of
    one kind from 1; ``choice`` is None for facts of the whole step. The text is
    None in a stream that lacks the fact.
    """

    steps: tuple[int | None, int | None]
    choice: int | None
    aspect: Aspect
    number: int
    name: str
    a: str | None
    b: str | None


class Comparison(NamedTuple):
    """Result of a comparison; ``steps`` counts the steps of both streams, a pair as one."""

    a: Stream
    b: Stream
    steps: int
    differences: list[Difference]


def compare(a: Stream, b: Stream, asked: frozenset[Aspect]) -> Comparison:
    """Compare the aspects in ``asked``; differences come in stream order."""
    differences: list[Difference] = []
    pairs = list(_pair_steps(_select(a, asked), _select(b, asked)))
    for one, other in pairs:
        facts_a, facts_b = (step.facts if step else {} for step in (one, other))
        steps = (one and one.number, other and other.number)
        for key in sorted({**facts_a, **facts_b}, key=_sort_key):
            for number, name, *texts in _differing(facts_a.get(key, []), facts_b.get(key, [])):
                differences.append(Difference(steps, *key, number, name, *texts))
    return Comparison(a, b, len(pairs), differences)


def _select(stream: Stream, asked: frozenset[Aspect]) -> list[Step]:
    """The steps with the facts of the aspects in ``asked``; an empty step counts as a fact itself."""
    steps = [Step(number, {at: facts[at] for at in facts if at.aspect in asked}) for number, facts in stream.steps]
    if Aspect.STEPS in asked:
        return [step if step.facts else step._replace(facts=_EMPTY_STEP) for step in steps]
    return steps


def _pair_steps(a: list[Step], b: list[Step]) -> Iterator[tuple[Step | None, Step | None]]:
    """Pair steps with equal messages, refusals and calls, whatever their usage or finish.

    Facts before the first step (step 0) are paired with each other.
    """
    before_a, before_b = (next((step for step in steps if step.number == 0), None) for steps in (a, b))
    if before_a or before_b:
        yield before_a, before_b
    yield from align([step for step in a if step.number], [step for step in b if step.number], _identity, lambda _: "")


def _identity(step: Step) -> Hashable:
    return frozenset((key, tuple(facts)) for key, facts in step.facts.items() if key.aspect in _IDENTIFYING)


def _sort_key(key: FactKey) -> tuple[float, int]:
    """By choice, then in the order of the aspects; facts of the whole step come last."""
    return float("inf") if key.choice is None else key.choice, list(Aspect).index(key.aspect)


def _differing(a: list[Fact], b: list[Fact]) -> Iterator[tuple[int, str, str | None, str | None]]:
    """The facts of one kind that differ: number, name, and both texts."""
    numbered_a, numbered_b = list(enumerate(a, 1)), list(enumerate(b, 1))
    for one, other in align(numbered_a, numbered_b, lambda item: item[1], lambda item: item[1].name):
        number, fact = one or other  # type: ignore[misc]  # a pair has at least one
        if one is None or other is None or one[1] != other[1]:
            yield number, fact.name, one and one[1].text, other and other[1].text
