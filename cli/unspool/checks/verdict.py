"""What a comparison came to, for a person and for a program."""

from collections import Counter
from collections.abc import Sequence

from unspool.checks.comparison import Comparison, Difference
from unspool.checks.meaning import Aspect, Step
from unspool.checks.paint import Paint
from unspool.checks.words import marked, shortened
from unspool.streams.codec import encode
from unspool.streams.output import one_line

_LABELS = {
    Aspect.MESSAGES: "message {number}",
    Aspect.THOUGHTS: "thoughts {number}",
    Aspect.REFUSALS: "refusal {number}",
    Aspect.CALLS: "call {number}, {name}",
    Aspect.FINISH: "finish reason",
    Aspect.USAGE: "usage, {name}",
    Aspect.ERRORS: "error {number}",
    Aspect.IDS: "{name}",
    Aspect.CUTS: "cuts of {name}",
}
"""What a fact is called in front of its text."""

_COUNTED = {Aspect.MESSAGES: "message", Aspect.CALLS: "call", Aspect.ERRORS: "error"}


def as_text(comparison: Comparison, paint: Paint) -> bytes:
    """The lines for a person: one if all is the same, else step by step what differs."""
    lines = _differences(comparison, paint) if comparison.differences else [_same(comparison.a.steps)]
    return "".join(f"{line}\n" for line in lines).encode(errors="backslashreplace")


def _differences(comparison: Comparison, paint: Paint) -> list[str]:
    steps = [*comparison.a.steps, *comparison.b.steps]
    several = any(place.choice for step in steps for place in step.facts())
    lines = [paint(f"--- {one_line(comparison.a.name)}", "red"), paint(f"+++ {one_line(comparison.b.name)}", "green")]
    last = ""
    for difference in comparison.differences:
        heading = _heading(difference, several)
        if heading != last:
            lines.append(paint(heading, "cyan"))
            last = heading
        lines.append(_line(difference, paint))
    return [*lines, _counted(len(comparison.differences), "difference")]


def _heading(difference: Difference, several: bool) -> str:
    a, b = difference.steps
    if a == b:
        step = f"step {a}" if a else "before the first step"
    elif a is None or b is None:
        step = f"step {b}, only in B" if a is None else f"step {a}, only in A"
    else:
        step = f"step {a} of A, {b} of B"
    return step if difference.choice is None or not several else f"{step}, choice {difference.choice}"


def _line(difference: Difference, paint: Paint) -> str:
    label = _LABELS[difference.aspect].format(number=difference.number, name=one_line(difference.name))
    if difference.a is None:
        return paint(f"+ {label}: {shortened(difference.b or '')}", "green")
    if difference.b is None:
        return paint(f"- {label}: {shortened(difference.a)}", "red")
    return f"~ {label}: {marked(difference.a, difference.b, paint)}"


def _same(steps: Sequence[Step]) -> str:
    counts = Counter(dict.fromkeys(_COUNTED, 0))
    for step in steps:
        counts.update({place.aspect: len(facts) for place, facts in step.facts().items()})
    parts = [_counted(sum(step.number > 0 for step in steps), "step")]
    parts += [_counted(counts[aspect], word) for aspect, word in _COUNTED.items() if counts[aspect]]
    return f"the same: {', '.join(parts)}"


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def as_json(comparison: Comparison) -> bytes:
    """One object on a line: ``same``, the names ``a`` and ``b``, and the ``differences`` with their texts in both."""
    differences = []
    for difference in comparison.differences:
        fields = difference._asdict()
        fields["steps"] = dict(zip("ab", difference.steps, strict=True))
        differences.append(fields)
    names = {"a": comparison.a.name, "b": comparison.b.name}
    return encode({"same": not differences, **names, "differences": differences}) + b"\n"
