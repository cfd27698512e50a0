"""Reports of a comparison: lines for people, JSON for programs."""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from unspool.diff.compare import Comparison, Difference
from unspool.diff.facts import Aspect, Step
from unspool.formats.json_codec import encode
from unspool.formats.printable import one_line
from unspool.textdiff.colour import Paint
from unspool.textdiff.word_diff import mark_differences, shorten

_LABELS = {
    Aspect.STEPS: "a step",
    Aspect.MESSAGES: "message {number}",
    Aspect.THOUGHTS: "thoughts {number}",
    Aspect.REFUSALS: "refusal {number}",
    Aspect.CALLS: "call {number}, {name}",
    Aspect.FINISH: "finish reason",
    Aspect.ERRORS: "error {number}",
    Aspect.IDS: "{name}",
    Aspect.CUTS: "cuts of {name}",
}
"""The label before the text of a fact."""

_COUNTED = {Aspect.MESSAGES: "message", Aspect.CALLS: "call", Aspect.ERRORS: "error"}


def as_text(comparison: Comparison, paint: Paint) -> bytes:
    """The report for people: one line if the streams are equal, else the differences step by step."""
    lines = _differences(comparison, paint) if comparison.differences else [_same(comparison.a.steps)]
    return "".join(f"{line}\n" for line in lines).encode(errors="backslashreplace")


def _differences(comparison: Comparison, paint: Paint) -> list[str]:
    a, b, pairs, differences = comparison
    several = any(key.choice for step in [*a.steps, *b.steps] for key in step.facts)
    lines = [paint(f"--- {one_line(a.name)}", "red"), paint(f"+++ {one_line(b.name)}", "green")]
    for heading, group in groupby(differences, lambda difference: _heading(difference, several)):
        below = list(group)
        lines.append(paint(heading, "cyan"))
        lines += [line for each in below if each.aspect is not Aspect.USAGE for line in _lines(each, paint)]
        lines += _usage([each for each in below if each.aspect is Aspect.USAGE], paint)
    where = f" in {len({each.steps for each in differences})} of {pairs:,} steps" if pairs > 1 else ""
    return [*lines, f"{_counted(len(differences), 'difference')}{where}"]


def _heading(difference: Difference, several: bool) -> str:
    a, b = difference.steps
    if a is None or b is None:
        step = f"{_step(b)}, only in B" if a is None else f"{_step(a)}, only in A"
    else:
        step = _step(a) if a == b else f"step {a} of A, {b} of B"
    return step if difference.choice is None or not several else f"{step}, choice {difference.choice}"


def _step(number: int | None) -> str:
    return f"step {number}" if number else "before the first step"


def _lines(difference: Difference, paint: Paint) -> list[str]:
    """``-`` a fact of A alone, ``+`` a fact of B alone, ``~`` one that differs."""
    label = _LABELS[difference.aspect].format(number=difference.number, name=one_line(difference.name))
    a, b = difference.a, difference.b
    both = None if a is None or b is None else mark_differences(a, b, paint)
    if both is not None:
        return [f"~ {label}: {both}"]
    removed = [] if a is None else [paint(f"- {label}: {shorten(a)}", "red")]
    added = [] if b is None else [paint(f"+ {label}: {shorten(b)}", "green")]
    return removed + added


def _usage(differences: list[Difference], paint: Paint) -> list[str]:
    """All usage differences on one line: the numbers are many and seldom interesting."""
    numbers = []
    for each in differences:
        a, b = each.a or "", each.b or ""
        numbers.append(f"{one_line(each.name)} {mark_differences(a, b, paint) or f'{shorten(a)} / {shorten(b)}'}")
    return [f"~ usage: {', '.join(numbers)}"] if numbers else []


def _same(steps: Sequence[Step]) -> str:
    counts = Counter(dict.fromkeys(_COUNTED, 0))
    for step in steps:
        for key, facts in step.facts.items():
            counts[key.aspect] += len(facts)
    parts = [_counted(sum(step.number > 0 for step in steps), "step")]
    parts += [_counted(counts[aspect], word) for aspect, word in _COUNTED.items() if counts[aspect]]
    return f"the same: {', '.join(parts)}"


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def as_json(comparison: Comparison) -> bytes:
    """The report for programs, one JSON object: ``same``, the names ``a`` and ``b``, and the ``differences``."""
    differences = []
    for difference in comparison.differences:
        fields = difference._asdict()
        fields["steps"] = dict(zip("ab", difference.steps, strict=True))
        differences.append(fields)
    names = {"a": comparison.a.name, "b": comparison.b.name}
    return encode({"same": not differences, **names, "differences": differences}) + b"\n"
