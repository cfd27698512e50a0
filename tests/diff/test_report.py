"""What a person and a program are told of a comparison."""

import json

import pytest

from unspool.diff.compare import Comparison, Difference
from unspool.diff.facts import Aspect, Fact, FactKey, Step, Stream
from unspool.diff.report import as_json, as_text
from unspool.textdiff.colour import plain


def difference(
    aspect: Aspect,
    a: str | None,
    b: str | None,
    *,
    name: str = "",
    number: int = 1,
    choice: int | None = 0,
    steps: tuple[int | None, int | None] = (1, 1),
) -> Difference:
    return Difference(steps, choice, aspect, number, name, a, b)


def comparison(*differences: Difference, steps: list[Step] | None = None) -> Comparison:
    steps = [Step(1, {})] if steps is None else steps
    return Comparison(Stream("a.jsonl", steps), Stream("standard input", steps), len(steps), [*differences])


def lines(*differences: Difference, steps: list[Step] | None = None) -> list[str]:
    """The lines for a person, without the names and the count."""
    first, second, *rest, count = as_text(comparison(*differences, steps=steps), plain).decode().splitlines()
    assert (first, second) == ("--- a.jsonl", "+++ standard input")
    assert count == f"{len(differences)} difference{'' if len(differences) == 1 else 's'}"
    return rest


LABELS = {
    Aspect.STEPS: "a step",
    Aspect.MESSAGES: "message 2",
    Aspect.THOUGHTS: "thoughts 2",
    Aspect.REFUSALS: "refusal 2",
    Aspect.CALLS: "call 2, x",
    Aspect.FINISH: "finish reason",
    Aspect.ERRORS: "error 2",
    Aspect.IDS: "x",
    Aspect.CUTS: "cuts of x",
}


@pytest.mark.parametrize("aspect", LABELS)
def test_each_aspect_has_its_label(aspect: Aspect) -> None:
    label = LABELS[aspect]
    both, gone, new = (difference(aspect, a, b, name="x", number=2) for a, b in (("p", "q"), ("p", None), (None, "q")))
    assert lines(both, gone, new) == ["step 1", f"~ {label}: [-p-]{{+q+}}", f"- {label}: p", f"+ {label}: q"]


def test_a_heading_stands_once_above_what_it_is_for() -> None:
    one, two = (difference(Aspect.MESSAGES, "p", None, number=number) for number in (1, 2))
    three = difference(Aspect.MESSAGES, "p", None, steps=(2, 2))
    assert lines(one, two, three) == ["step 1", "- message 1: p", "- message 2: p", "step 2", "- message 1: p"]


@pytest.mark.parametrize(
    ("steps", "heading"),
    [
        ((1, 1), "step 1"),
        ((2, 3), "step 2 of A, 3 of B"),
        ((None, 4), "step 4, only in B"),
        ((4, None), "step 4, only in A"),
        ((0, 0), "before the first step"),
        ((0, None), "before the first step, only in A"),
        ((None, 0), "before the first step, only in B"),
    ],
)
def test_steps_are_named_as_they_are_counted(steps: tuple[int | None, int | None], heading: str) -> None:
    assert lines(difference(Aspect.ERRORS, "p", None, choice=None, steps=steps))[0] == heading


def finished(*choices: int) -> Step:
    return Step(1, {FactKey(choice, Aspect.FINISH): [Fact("", "stop")] for choice in choices})


def test_choices_are_named_where_there_are_several() -> None:
    step = finished(0, 1)
    differences = [difference(Aspect.FINISH, "p", None, choice=choice) for choice in (0, 1, None)]
    assert lines(*differences, steps=[step])[::2] == ["step 1, choice 0", "step 1, choice 1", "step 1"]
    assert lines(*differences[:1], steps=[finished(0)])[0] == "step 1"


def test_a_choice_that_is_alone_but_not_the_first_is_named() -> None:
    step = finished(2)
    assert lines(difference(Aspect.FINISH, "p", None, choice=2), steps=[step])[0] == "step 1, choice 2"


def test_a_usage_is_one_line_behind_all_else() -> None:
    usage = [
        difference(Aspect.USAGE, a, b, name=name, choice=None) for name, a, b in (("n", "1", "2"), ("m", None, "3"))
    ]
    error = difference(Aspect.ERRORS, "p", None, choice=None)
    assert lines(*usage, error) == ["step 1", "- error 1: p", "~ usage: n [-1-]{+2+}, m {+3+}"]


def test_where_there_are_several_steps_the_count_says_in_how_many() -> None:
    differences = [difference(Aspect.MESSAGES, "p", None, steps=at) for at in ((1, 1), (1, 1), (3, 2))]
    text = as_text(comparison(*differences, steps=[Step(number, {}) for number in (1, 2, 3)]), plain)
    assert text.decode().splitlines()[-1] == "3 differences in 2 of 3 steps"


def test_texts_with_little_in_common_stand_below_each_other() -> None:
    one, other = "one two three four five six seven eight nine ten eleven twelve", "a b c d e f g h i j k l m n o p q"
    assert lines(difference(Aspect.MESSAGES, one, other)) == ["step 1", f"- message 1: {one}", f"+ message 1: {other}"]


def test_no_text_of_a_stream_is_obeyed_or_breaks_a_line() -> None:
    nasty = "\x1b[2J\n\x9b\u202e"
    shown = "\\u001b[2J\\n\\u009b\\u202e"
    called, gone, counted = (
        difference(aspect, nasty, None, name=nasty) for aspect in (Aspect.CALLS, Aspect.ERRORS, Aspect.USAGE)
    )
    assert lines(called, gone, counted) == [
        "step 1",
        f"- call 1, {shown}: {shown}",
        f"- error 1: {shown}",
        f"~ usage: {shown} [-{shown}-]",
    ]
    named = Comparison(Stream(nasty, []), Stream("b\udcff", []), 0, [called])
    assert as_text(named, plain).decode().splitlines()[:2] == [f"--- {shown}", "+++ b\\udcff"]


def test_long_texts_are_shortened() -> None:
    (_, line) = lines(difference(Aspect.MESSAGES, None, "a" * 5000))
    assert line == f"+ message 1: {'a' * 300}… (5,000 characters)"


def test_colours_say_what_is_gone_and_what_is_new() -> None:
    def paint(text: str, colour: str, /, *, reverse: bool = False) -> str:
        return f"<{colour}>{text}</>"

    differences = [
        difference(Aspect.MESSAGES, "p", None),
        difference(Aspect.MESSAGES, None, "q"),
        difference(Aspect.MESSAGES, "x p", "x q"),
    ]
    assert as_text(comparison(*differences), paint).decode().splitlines() == [
        "<red>--- a.jsonl</>",
        "<green>+++ standard input</>",
        "<cyan>step 1</>",
        "<red>- message 1: p</>",
        "<green>+ message 1: q</>",
        "~ message 1: x <red>[-p-]</><green>{+q+}</>",
        "3 differences",
    ]


def step(number: int, messages: int = 0, calls: int = 0, errors: int = 0) -> Step:
    counts = {
        FactKey(0, Aspect.MESSAGES): messages,
        FactKey(0, Aspect.CALLS): calls,
        FactKey(None, Aspect.ERRORS): errors,
    }
    return Step(number, {place: [Fact("", "x")] * count for place, count in counts.items() if count})


@pytest.mark.parametrize(
    ("steps", "line"),
    [
        ([], "the same: 0 steps"),
        ([step(1)], "the same: 1 step"),
        ([step(1, 1)], "the same: 1 step, 1 message"),
        ([step(1, 2, 1), step(2, 0, 1)], "the same: 2 steps, 2 messages, 2 calls"),
        ([step(0, errors=1)], "the same: 0 steps, 1 error"),
        ([step(0, errors=1), step(1, 1, errors=1)], "the same: 1 step, 1 message, 2 errors"),
        ([step(n, 1) for n in range(1, 1235)], "the same: 1,234 steps, 1,234 messages"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_of_two_that_are_the_same_one_line_says_what_they_hold(steps: list[Step], line: str) -> None:
    """So that nobody takes two empty streams for two good ones."""
    assert as_text(comparison(steps=steps), plain).decode() == f"{line}\n"


def test_messages_of_all_choices_are_counted() -> None:
    made = step(1, 1)
    made.facts[FactKey(1, Aspect.MESSAGES)] = made.facts[FactKey(2, Aspect.MESSAGES)] = [Fact("", "m")]
    assert as_text(comparison(steps=[made]), plain) == b"the same: 1 step, 3 messages\n"


def test_json_has_stable_fields() -> None:
    nasty = "\x1b\n\ud83d"
    one = difference(Aspect.CALLS, nasty, None, name="t", number=3, choice=1, steps=(2, None))
    line = as_json(comparison(one))
    assert line.endswith(b"}\n")
    assert line.count(b"\n") == 1
    assert json.loads(line) == {
        "same": False,
        "a": "a.jsonl",
        "b": "standard input",
        "differences": [
            {
                "steps": {"a": 2, "b": None},
                "choice": 1,
                "aspect": "calls",
                "number": 3,
                "name": "t",
                "a": nasty,
                "b": None,
            }
        ],
    }


def test_json_of_the_same_has_no_differences() -> None:
    assert as_json(comparison()) == b'{"same":true,"a":"a.jsonl","b":"standard input","differences":[]}\n'


def test_json_takes_a_name_that_is_no_utf_8() -> None:
    named = Comparison(Stream("a\udcff", []), Stream("b", []), 0, [])
    assert json.loads(as_json(named))["a"] == "a\udcff"
