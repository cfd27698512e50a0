"""Differences are what was put in, what was taken out and what was changed: none where the facts are the same."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unspool.diff.canonical_json import canonical
from unspool.diff.compare import Difference, compare
from unspool.diff.facts import Aspect, Fact, FactKey, Step, Stream

EVERYTHING = frozenset(Aspect)
USUAL = EVERYTHING - {Aspect.CUTS, Aspect.IDS}


def step(
    *messages: str,
    calls: Sequence[str] = (),
    finish: str = "",
    usage: dict[str, Any] | None = None,
    errors: Iterable[str] = (),
    choice: int = 0,
    number: int = 1,
) -> Step:
    """A step with these facts; calls are written as ``tool arguments``."""
    split = [call.partition(" ") for call in calls]
    facts = {
        FactKey(choice, Aspect.MESSAGES): [Fact("", text) for text in messages],
        FactKey(choice, Aspect.CALLS): [Fact(tool, canonical(arguments)) for tool, _, arguments in split],
        FactKey(choice, Aspect.IDS): [Fact(f"id of call {at}", f"call_{at}") for at in range(len(split))],
        FactKey(choice, Aspect.FINISH): [Fact("", finish)] if finish else [],
        FactKey(None, Aspect.USAGE): [Fact(name, json.dumps(value)) for name, value in sorted((usage or {}).items())],
        FactKey(None, Aspect.ERRORS): [Fact("", error) for error in errors],
    }
    return Step(number, {place: each for place, each in facts.items() if each})


def told(a: Iterable[Step], b: Iterable[Step], asked: frozenset[Aspect] = USUAL) -> list[str]:
    """Each difference as ``A/B sign aspect number name a > b``; steps are numbered from 1, but a step 0 stays."""
    return [line(difference) for difference in compare(numbered("a", a), numbered("b", b), asked).differences]


def numbered(name: str, steps: Iterable[Step]) -> Stream:
    steps = [*steps]
    first = 1 if not steps or steps[0].number else 0
    return Stream(name, [each._replace(number=number) for number, each in enumerate(steps, first)])


def line(difference: Difference) -> str:
    steps = "/".join("-" if number is None else str(number) for number in difference.steps)
    choice = "" if difference.choice in (0, None) else f"choice {difference.choice} "
    sign = "+" if difference.a is None else "-" if difference.b is None else "~"
    texts = " > ".join(text for text in (difference.a, difference.b) if text is not None)
    name = f"{difference.name} " if difference.name else ""
    return f"{steps} {sign} {choice}{difference.aspect} {difference.number} {name}{texts}"


def mirrored(lines: Iterable[str]) -> list[str]:
    """The same seen from the other side, in no order."""
    return sorted(map(_mirrored, lines))


def _mirrored(told: str) -> str:
    steps, sign, rest = told.split(" ", 2)
    if sign == "~":
        words = rest.split(" ")
        at = words.index(">")
        words[at - 1], words[at + 1] = words[at + 1], words[at - 1]
        rest = " ".join(words)
    return " ".join(["/".join(reversed(steps.split("/"))), {"+": "-", "-": "+", "~": "~"}[sign], rest])


Pair = tuple[list[Step], list[Step], list[str]]
SIMPLE: dict[str, Pair] = {
    "nothing": ([], [], []),
    "the same": ([step("a", calls=["t 1"], finish="stop")], [step("a", calls=["t 1"], finish="stop")], []),
    "a changed message": ([step("a")], [step("b")], ["1/1 ~ messages 1 a > b"]),
    "a message put in first": ([step("b", "c")], [step("a", "b", "c")], ["1/1 + messages 1 a"]),
    "a message put in between": ([step("a", "c")], [step("a", "b", "c")], ["1/1 + messages 2 b"]),
    "a message put in last": ([step("a", "b")], [step("a", "b", "c")], ["1/1 + messages 3 c"]),
    "one of equal messages": ([step("a", "a")], [step("a", "a", "a")], ["1/1 + messages 3 a"]),
    "a call put in between": (
        [step(calls=["t 1", "t 3"])],
        [step(calls=["t 1", "t 2", "t 3"])],
        ["1/1 + calls 2 t 2"],
    ),
    "other arguments": ([step(calls=["t 1"])], [step(calls=["t 2"])], ["1/1 ~ calls 1 t 1 > 2"]),
    "another tool": ([step(calls=["t 1"])], [step(calls=["u 1"])], ["1/1 - calls 1 t 1", "1/1 + calls 1 u 1"]),
    "a call in place of a message": (
        [step("a")],
        [step(calls=["t 1"])],
        ["1/1 - messages 1 a", "1/1 + calls 1 t 1"],
    ),
    "a changed call and a new one before it": (
        [step(calls=["t 1"])],
        [step(calls=["u 0", "t 2"])],
        ["1/1 ~ calls 1 t 1 > 2", "1/1 + calls 1 u 0"],
    ),
    "same-named calls": (
        [step(calls=["t 1", "u 1"])],
        [step(calls=["u 2", "t 2"])],
        ["1/1 ~ calls 1 t 1 > 2", "1/1 ~ calls 2 u 1 > 2"],
    ),
    "a finish reason": ([step("a", finish="stop")], [step("a", finish="length")], ["1/1 ~ finish 1 stop > length"]),
    "a finish reason gone": ([step("a", finish="stop")], [step("a")], ["1/1 - finish 1 stop"]),
    "usage by its members": (
        [step("a", usage={"a": 1, "b": 1, "c": 1})],
        [step("a", usage={"b": 2, "c": 1, "d": 1})],
        ["1/1 - usage 1 a 1", "1/1 ~ usage 2 b 1 > 2", "1/1 + usage 3 d 1"],
    ),
    "an error more": ([step("a", errors=["y"])], [step("a", errors=["x", "y"])], ["1/1 + errors 1 x"]),
    "a step put in first": ([step("b"), step("c")], [step("a"), step("b"), step("c")], ["-/1 + messages 1 a"]),
    "a step put in between": ([step("a"), step("c")], [step("a"), step("b"), step("c")], ["-/2 + messages 1 b"]),
    "a step put in last": ([step("a")], [step("a"), step("b")], ["-/2 + messages 1 b"]),
    "a changed step behind a new one": (
        [step("b"), step("c"), step("d")],
        [step("a"), step("b"), step("c"), step("e")],
        ["-/1 + messages 1 a", "3/4 ~ messages 1 d > e"],
    ),
    "all of a stream": ([], [step("a"), step("b")], ["-/1 + messages 1 a", "-/2 + messages 1 b"]),
    "something before the first step": (
        [step("a", number=1)],
        [step(number=0, errors=["x"]), step("a")],
        ["-/0 + errors 1 x"],
    ),
}


@pytest.mark.parametrize("pair", SIMPLE.values(), ids=SIMPLE)
def test_what_is_told(pair: Pair) -> None:
    a, b, lines = pair
    assert sorted(told(a, b)) == sorted(lines)


@pytest.mark.parametrize("pair", SIMPLE.values(), ids=SIMPLE)
def test_from_the_other_side_the_same_is_told(pair: Pair) -> None:
    """Numbers may be those of the other side; which things differ, and how, is the same."""
    a, b, lines = pair
    there, back = ([_unnumbered(one) for one in side] for side in (mirrored(lines), sorted(told(b, a))))
    assert sorted(back) == sorted(there)


def _unnumbered(told: str) -> str:
    return " ".join(word for at, word in enumerate(told.split(" ")) if at != 3)


def test_choices_are_compared_with_themselves() -> None:
    a = step("a", finish="stop", choice=1)
    b = step("b", finish="stop", choice=1)
    a.facts[FactKey(0, Aspect.MESSAGES)] = b.facts[FactKey(2, Aspect.MESSAGES)] = [Fact("", "a")]
    assert told([a], [b]) == [
        "1/1 - messages 1 a",
        "1/1 ~ choice 1 messages 1 a > b",
        "1/1 + choice 2 messages 1 a",
    ]


def test_differences_come_by_step_then_choice_then_aspect() -> None:
    """What belongs to no choice comes last."""
    one = step("a", calls=["t 1"], finish="stop", usage={"n": 1}, errors=["x"])
    for place in (FactKey(0, Aspect.REFUSALS), FactKey(0, Aspect.THOUGHTS), FactKey(1, Aspect.THOUGHTS)):
        one.facts[place] = [Fact("", "y")]
    one.facts[FactKey(None, Aspect.IDS)] = [Fact("id", "i")]
    one.facts[FactKey(0, Aspect.CUTS)] = [Fact("message 1", '["a"]')]
    differences = compare(Stream("a", [one, step("b", number=2)]), Stream("b", []), EVERYTHING).differences
    assert [(d.steps[0], d.choice, d.aspect.value) for d in differences] == [
        *[(1, 0, aspect) for aspect in ("messages", "thoughts", "refusals", "calls", "finish", "ids")],
        *[(1, 0, "cuts"), (1, 1, "thoughts")],
        *[(1, None, aspect) for aspect in ("usage", "errors", "ids")],
        (2, 0, "messages"),
    ]


@pytest.mark.parametrize("aspect", sorted(EVERYTHING - {Aspect.STEPS}))
def test_what_is_not_asked_for_does_not_count(aspect: Aspect) -> None:
    a = step("a", calls=["t 1"], finish="stop", usage={"n": 1}, errors=["x"])
    for other in (Aspect.REFUSALS, Aspect.THOUGHTS, Aspect.CUTS):
        a.facts[FactKey(0, other)] = [Fact("", "y")]
    asked = EVERYTHING - {aspect, Aspect.STEPS}  # that is for steps which have nothing else
    differences = compare(Stream("a", [a]), Stream("b", []), asked).differences
    assert {difference.aspect for difference in differences} == asked
    assert compare(Stream("a", [a]), Stream("b", []), frozenset()).differences == []


def test_a_step_in_which_nothing_counts_is_told_of_where_the_other_has_none() -> None:
    a, b = [step("a", finish="stop")], [step("a", finish="stop"), step(finish="stop")]
    assert told(a, b, USUAL - {Aspect.FINISH}) == ["-/2 + steps 1 nothing that counts here"]
    assert told(a, b, USUAL - {Aspect.FINISH, Aspect.STEPS}) == []
    assert told(b, b, USUAL - {Aspect.FINISH}) == []


def test_what_is_not_asked_for_does_not_keep_steps_from_each_other() -> None:
    a = [step("a", usage={"n": 1}), step("c", usage={"n": 2})]
    b = [step("a", usage={"n": 3}), step("b", usage={"n": 4}), step("c", usage={"n": 5})]
    assert told(a, b, USUAL - {Aspect.USAGE}) == ["-/2 + messages 1 b"]


def test_a_step_put_in_is_told_as_just_that_though_usage_differs_everywhere() -> None:
    """Two runs of one agent never use the same number of tokens."""
    a = [step("a", usage={"n": 1}), step("c", usage={"n": 2})]
    b = [step("a", usage={"n": 3}), step("b", usage={"n": 4}), step("c", usage={"n": 5})]
    assert told(a, b) == [
        "1/1 ~ usage 1 n 1 > 3",
        "-/2 + messages 1 b",
        "-/2 + usage 1 n 4",
        "2/3 ~ usage 1 n 2 > 5",
    ]


def test_what_stands_before_the_first_step_is_never_compared_with_a_step() -> None:
    a = [step(number=0, errors=["x"]), step("a")]
    b = [step("b")]
    assert told(a, b) == ["0/- - errors 1 x", "1/1 ~ messages 1 a > b"]


@pytest.mark.parametrize("count", [50, 150])
def test_one_of_many_equal_steps_is_told_as_one(count: int) -> None:
    a = [step("again") for _ in range(2 * count)]
    b = [*(step("again") for _ in range(count)), step("new"), *(step("again") for _ in range(count))]
    assert told(a, b) == [f"-/{count + 1} + messages 1 new"]


@pytest.mark.parametrize("count", [50, 150])
def test_one_of_many_equal_calls_is_told_as_one(count: int) -> None:
    a = step(calls=["wait {}"] * 2 * count)
    b = step(calls=[*["wait {}"] * count, "look {}", *["wait {}"] * count])
    assert told([a], [b]) == [f"1/1 + calls {count + 1} look {{}}"]


# --- properties ------------------------------------------------------------------------------

few = st.sampled_from(["", "a", "b", "c"])


@st.composite
def steps(draw: st.DrawFn) -> Step:
    """A step that says at least something, of few words, so that two are often the same in part."""
    made = step(
        *draw(st.lists(few, max_size=3)),
        calls=draw(st.lists(st.tuples(st.sampled_from("tu"), few).map(" ".join), max_size=3)),
        finish=draw(st.sampled_from(["stop", "length"])),
        usage=draw(st.dictionaries(st.sampled_from("mn"), st.integers(0, 1))),
        errors=draw(st.lists(few, max_size=2)),
        choice=draw(st.integers(0, 1)),
    )
    made.facts[FactKey(None, Aspect.IDS)] = [Fact("id", draw(few)), Fact("created", draw(few))]
    return made


def streams(name: str) -> st.SearchStrategy[Stream]:
    return st.lists(steps(), max_size=5).map(lambda each: numbered(name, each))


@given(streams("a"), st.sets(st.sampled_from(Aspect)))
def test_a_stream_is_the_same_as_itself(stream: Stream, asked: set[Aspect]) -> None:
    assert compare(stream, stream, frozenset(asked)).differences == []


@given(streams("a"), streams("b"))
def test_there_are_differences_where_the_facts_differ_and_nowhere_else(a: Stream, b: Stream) -> None:
    same = [step.facts for step in a.steps] == [step.facts for step in b.steps]
    assert (compare(a, b, EVERYTHING).differences == []) == same


@given(streams("a"), streams("b"))
def test_each_fact_is_in_at_most_one_difference_and_none_is_lost(a: Stream, b: Stream) -> None:
    """What is left of A without its differences is what is left of B without its own."""
    differences = compare(a, b, EVERYTHING).differences
    left = []
    for side, stream in enumerate((a, b)):
        facts = [(place, fact) for step in stream.steps for place, each in step.facts.items() for fact in each]
        for difference in differences:
            text = (difference.a, difference.b)[side]
            if text is not None:
                facts.remove(((difference.choice, difference.aspect), Fact(difference.name, text)))  # type: ignore[arg-type]
        left.append(sorted(facts, key=repr))
    assert left[0] == left[1]


@given(streams("a"), streams("b"))
def test_a_changed_thing_really_changed_and_is_of_the_same_name(a: Stream, b: Stream) -> None:
    for difference in compare(a, b, EVERYTHING).differences:
        assert difference.a != difference.b
        assert (difference.a is None) or difference.steps[0] is not None
        assert (difference.b is None) or difference.steps[1] is not None
        assert difference.number > 0


@given(streams("a"), st.integers(0, 5))
def test_a_step_put_into_any_stream_is_told_as_just_that(stream: Stream, at: int) -> None:
    new = step("something new", finish="stop")
    longer = [*stream.steps[:at], new, *stream.steps[at:]]
    number = min(at, len(stream.steps)) + 1
    b = Stream("b", [each._replace(number=n) for n, each in enumerate(longer, 1)])
    assert [line(difference) for difference in compare(stream, b, USUAL).differences] == [
        f"-/{number} + messages 1 something new",
        f"-/{number} + finish 1 stop",
    ]


@given(st.lists(few, max_size=6), st.lists(few, max_size=6))
def test_of_changed_messages_there_are_never_more_differences_than_messages(a: list[str], b: list[str]) -> None:
    assert len(told([step(*a, finish="stop")], [step(*b, finish="stop")])) <= len(a) + len(b)
