"""From events to rows, at any moment: what is over goes up once and in order, what grows stays below."""

import json
from typing import Any

import pytest

from unspool.core import events
from unspool.core.events import Event
from unspool.core.options import OtherTools, Thoughts
from unspool.view.answer import Answer, ViewOptions
from unspool.view.look import WHOLE, Calls, Only
from unspool.view.painting import text_of
from unspool.view.parts import TextPart

START = events.StepStarted(1, "x", "a-model")


class Shown:
    """An answer and what a person has seen of it."""

    def __init__(self, look: ViewOptions | None = None, title: str = "") -> None:
        self.answer = Answer(look or ViewOptions(timed=False), 0.0, title)
        self.gone: list[str] = []
        self.now = 0.0

    def feed(self, *seen: Event, at: float = 0.0) -> "Shown":
        for event in seen:
            self.answer.feed(event, at)
        self.now = at
        return self

    def look(self, width: int = 60, rows: int = 20) -> list[str]:
        """All rows, those in the scrollback and the live ones."""
        self.gone += [text_of(row) for row in self.answer.finished(width, rows)]
        live = [text_of(row) for row in self.answer.live(width, rows, self.now)]
        assert len(live) <= rows
        return self.gone + live

    def end(self, cut: bool = False) -> list[str]:
        self.answer.close(cut, self.now)
        self.gone += [text_of(row) for row in self.answer.finished(80, 20)]
        return self.gone


def text(said: str, call: int | None = None, choice: int = 0) -> Event:
    return events.TextDelta(1, choice, call, said)


def thoughts(said: str, call: int | None = None) -> Event:
    return events.ThoughtsDelta(1, 0, call, said)


def call(number: int, tool: str, *arguments: str, message: bool = False) -> list[Event]:
    started = events.ToolCallStarted(1, 0, number, f"id{number}", tool, message)
    return [started, *(events.ArgumentsDelta(1, 0, number, one) for one in arguments)]


def finish(reason: str = "stop", calls: int = 0, complete: bool = True) -> list[Event]:
    ended = [events.ToolCallFinished(1, 0, number, complete) for number in range(calls)]
    return [*ended, events.ChoiceFinished(1, 0, reason), events.StepFinished(1, complete)]


def test_before_anything_comes_it_waits() -> None:
    assert Shown(ViewOptions()).feed(at=3.2).look() == ["waiting · 3 s"]


def test_nothing_came_and_nothing_is_said() -> None:
    assert Shown().end() == []


def test_a_title_stands_above() -> None:
    shown = Shown(title="a.jsonl").feed(START, text("Hi"), *finish())
    assert shown.end() == ["a.jsonl", "", "Hi", "", "a-model · step 1 · 2 characters · stop"]


def test_text_grows_below_what_is_finished() -> None:
    shown = Shown().feed(START, text("# One\n\nTwo\nTh"))
    assert shown.look() == ["One", "", "Two", "Th", "", "a-model · step 1 · 13 characters"]
    assert shown.gone == ["One"]
    assert shown.feed(text("ree")).look()[:4] == ["One", "", "Two", "Three"]


def test_messages_are_set_off_from_each_other() -> None:
    shown = Shown().feed(START, text("One", 0), text("Two", 1), text("Three"), *finish())
    assert shown.end()[:5] == ["One", "", "Two", "", "Three"]


def test_another_choice_is_not_shown() -> None:
    seen = [text("no", choice=0), text("yes", choice=1), events.RefusalDelta(1, 0, "no")]
    assert Shown(ViewOptions(choice=1, timed=False)).feed(START, *seen).look()[0] == "yes"


def test_thoughts_are_counted_and_not_shown() -> None:
    shown = Shown().feed(START, thoughts("secret " * 200))
    assert shown.look() == ["thoughts: 1,400 characters", "", "a-model · step 1"]
    shown.feed(text("Hi"), *finish())
    assert shown.end()[:3] == ["thoughts: 1,400 characters", "", "Hi"]


def test_thoughts_that_were_asked_for_are_folded_while_they_grow() -> None:
    look = ViewOptions(thoughts=Thoughts.REASONING, timed=False)
    lines = [f"line {n}" for n in range(30)]
    shown = Shown(look).feed(START, thoughts("\n".join(lines)))
    assert shown.look() == ["thoughts", *lines[-5:], "", "a-model · step 1"]
    shown.feed(text("Hi"), *finish())
    assert shown.end()[: len(lines) + 3] == ["thoughts", *lines, "", "Hi"]


def test_thoughts_between_do_not_tear_the_text() -> None:
    shown = Shown().feed(START)
    for piece in ("| a |\n", "|---|\n", "| b |\n", "| c |\n"):
        shown.feed(text(piece, 0), thoughts("hm", 0))
        shown.look()
    rows = shown.feed(*finish()).end()
    assert rows[:6] == ["a", "─", "b", "c", "", "thoughts: 8 characters"]


def test_a_call_shows_its_arguments_as_they_grow() -> None:
    shown = Shown().feed(START, *call(0, "find", '{"where": {"city": "Por'))
    assert shown.look()[:2] == ["→ find", '  where: {"city": "Por"}']
    shown.feed(events.ArgumentsDelta(1, 0, 0, 'to"}, "text": "one\\ntwo", "n": 1e3}'))
    expected = ["→ find", '  where: {"city": "Porto"}', "  text:", "    one", "    two", "  n: 1000.0"]
    assert shown.look(rows=30)[1:6] == expected[1:6]
    assert shown.feed(*finish("tool_calls", 1)).end()[:6] == expected


def test_long_arguments_are_folded() -> None:
    value = "\\n".join(f"line {n}" for n in range(100))
    shown = Shown().feed(START, *call(0, "write", '{"path": "a", "text": "', value))
    assert len(shown.look()) <= 10
    rows = shown.feed(events.ArgumentsDelta(1, 0, 0, '"}'), *finish("tool_calls", 1)).end()
    assert rows[:3] == ["→ write", "  path: a", "  text:"]
    assert rows[3] == "    line 0"
    assert rows[13] == "  … 90 more rows"


@pytest.mark.parametrize(
    ("arguments", "rows"),
    [
        ("", ["→ f"]),
        ("{}", ["→ f"]),
        ("[1, 2]", ["→ f", "  [1, 2]"]),
        ("'x", ["→ f", "  'x"]),
        ('{"a": 1, "b": tru', ["→ f", "  a: 1"]),
        ('{"a": "\\ud83d', ["→ f", "  a:"]),
        ('{"a\\u001b": "\\u001b[31m"}', ["→ f", r"  a\u001b: \u001b[31m"]),
    ],
)
def test_arguments_of_any_kind(arguments: str, rows: list[str]) -> None:
    shown = Shown().feed(START, *call(0, "f", arguments), *finish("tool_calls", 1))
    assert shown.end()[: len(rows)] == rows


def test_a_call_that_was_cut_says_so() -> None:
    shown = Shown().feed(START, *call(0, "f", '{"a": "b'), *finish("length", 1, complete=False))
    assert shown.end()[:2] == ["→ f  (cut)", "  a: b"]


def test_calls_and_text_stand_in_their_order() -> None:
    shown = Shown().feed(START, text("One"), *call(0, "f", '{"a": 1}'), *call(1, "m", message=True), text("Two", 1))
    assert [row for row in shown.look() if row][:4] == ["One", "→ f", "  a: 1", "Two"]
    assert shown.gone == ["One", "", "→ f", "  a: 1"]


def test_calls_that_come_interleaved_stay_whole() -> None:
    one, two = call(0, "f", '{"a": '), call(1, "g", '{"b": ')
    rest = [events.ArgumentsDelta(1, 0, 0, '"x"}'), events.ArgumentsDelta(1, 0, 1, '"y"}')]
    shown = Shown().feed(START, *one, *two)
    shown.look()
    rows = shown.feed(*rest, *finish("tool_calls", 2)).end()
    assert rows[:5] == ["→ f", "  a: x", "", "→ g", "  b: y"]


def test_other_tools_can_be_left_out() -> None:
    look = ViewOptions(other_tools=OtherTools.DROP, timed=False)
    shown = Shown(look).feed(START, *call(0, "f", '{"a": 1}'), text("Hi"), *finish("tool_calls", 1))
    assert shown.end() == ["Hi", "", "a-model · step 1 · 2 characters · tool_calls"]


@pytest.mark.parametrize(
    ("calls", "result", "rows"),
    [
        (Calls.FULL, events.ToolReturned(1, "id1", "sunny", False), ["← weather  sunny"]),
        (Calls.FULL, events.ToolReturned(1, "id1", "a\r\nb\n", True), ["← weather  (failed)", "  a", "  b"]),
        (Calls.FULL, events.ToolReturned(1, "id1", "", True), ["← weather  (failed)"]),
        (Calls.HIDE, events.ToolReturned(1, "id1", "sunny", False), []),
        (Calls.FULL, events.ToolReturned(1, "other", "sunny", False), []),
        (Calls.FULL, events.ToolReturned(1, "id1", "\x1b[31mred\x07", False), ["← weather  \\u001b[31mred\\u0007"]),
    ],
)
def test_what_a_tool_returned_is_below_its_call(calls: Calls, result: events.ToolReturned, rows: list[str]) -> None:
    shown = Shown(ViewOptions(calls=calls))
    shown.feed(events.StepStarted(1, "x", "m"), *call(1, "weather", '{"city":"Oslo"}'))
    shown.feed(result)
    assert [row for row in shown.end() if row.startswith(("←", "  a", "  b"))] == rows


@pytest.mark.parametrize(("failed", "rows"), [(True, ["← send_message  (failed)  user cancelled"]), (False, [])])
def test_a_message_call_that_failed_is_shown_as_failed(failed: bool, rows: list[str]) -> None:
    shown = Shown(ViewOptions(calls=Calls.HIDE)).feed(
        events.StepStarted(1, "x", "m"),
        events.ToolCallStarted(1, 0, 0, "id0", "send_message", True),
        events.TextDelta(1, 0, 0, "Hi"),
        events.ToolCallFinished(1, 0, 0, True),
        events.ToolReturned(1, "id0", "user cancelled", failed),
    )
    assert [row for row in shown.end() if row.startswith("←")] == rows


def test_a_call_that_the_server_runs_is_marked_and_ends_with_its_result() -> None:
    begin = "→ web_search  (run by the server)"
    for calls, expected in (
        (Calls.LINE, [f"{begin}  ferry  ← two hits"]),
        (Calls.FULL, [begin, "← web_search  two hits"]),
        (Calls.HIDE, []),
    ):
        shown = Shown(ViewOptions(calls=calls)).feed(
            events.StepStarted(1, "x", "m"),
            events.ServerToolCalled(1, 0, "s", "web_search", '{"query": "ferry"}'),
            events.ToolReturned(1, "s", "two hits", False),
        )
        assert [one for one in shown.end() if one.startswith(("→", "←"))] == expected


def test_a_long_result_is_folded() -> None:
    shown = Shown().feed(events.StepStarted(1, "x", "m"), *call(1, "cat", "{}"))
    shown.feed(events.ToolReturned(1, "id1", "line\n" * 500, False))
    rows = shown.end()
    assert len(rows) < 20
    assert any("489 more rows" in row for row in rows)


def test_a_refusal_is_shown() -> None:
    shown = Shown().feed(START, events.RefusalDelta(1, 0, "I can"), events.RefusalDelta(1, 0, "not."), *finish())
    assert shown.end()[:2] == ["refused", "I cannot."]


def test_a_line_about_a_refusal_that_is_shown_is_left_out() -> None:
    refused: list[Event] = [
        START,
        events.RefusalDelta(1, 0, "I cannot."),
        events.ResponseRefused(1, 0, "stop", "I cannot."),
    ]
    shown = Shown().feed(*refused)
    shown.answer.notice("refused (stop): I cannot.; no text was shown")
    shown.answer.notice("another fault")
    shown.feed(*finish())
    assert [row for row in shown.end() if row][:3] == ["refused", "I cannot.", "another fault"]


def test_a_line_about_an_answer_filtered_without_a_word_is_shown() -> None:
    shown = Shown().feed(START, events.ResponseRefused(1, 0, "content_filter", ""))
    shown.answer.notice("filtered (content_filter); no text was shown")
    assert "filtered (content_filter); no text was shown" in shown.feed(*finish()).end()


def test_a_notice_waits_for_the_block_in_which_it_falls() -> None:
    shown = Shown().feed(START, text("| a |\n|---|\n| b |\n"))
    shown.answer.notice("something is wrong")
    assert "something is wrong" in shown.look()
    shown.feed(text("| c |\n\nOn it goes"), *finish())
    assert [row.strip() for row in shown.end()][:8] == [
        "a",
        "─",
        "b",
        "c",
        "",
        "something is wrong",
        "",
        "On it goes",
    ]


def test_a_notice_stands_before_the_status_of_its_step() -> None:
    shown = Shown().feed(START, text("Hi"), *finish())
    shown.answer.notice("cut short")
    assert shown.end() == ["Hi", "", "cut short", "", "a-model · step 1 · 2 characters · stop"]


def test_an_answer_that_was_stopped_stays_and_says_so() -> None:
    shown = Shown().feed(START, text("Half a sen"))
    assert shown.end(cut=True) == ["Half a sen", "", "a-model · step 1 · 10 characters · cut"]
    assert shown.end(cut=True) == shown.gone  # nothing is said twice


def test_an_answer_that_was_stopped_before_it_began() -> None:
    assert Shown().end(cut=True) == ["nothing arrived · cut"]


def test_each_step_has_its_status() -> None:
    shown = Shown(ViewOptions()).feed(START, text("One"), at=1.0).feed(*finish(), at=2.0)
    second: list[Any] = [
        events.StepStarted(2, "y", "b-model"),
        events.TextDelta(2, 0, None, "Two"),
        events.TextDelta(2, 0, None, "2" * 97),
        events.ChoiceFinished(2, 0, "stop"),
        events.UsageReported(2, {"prompt_tokens": 1200, "completion_tokens": 50}),
        events.StepFinished(2, True),
    ]
    for event, at in zip(second, (5.0, 5.5, 7.5, 7.5, 7.5, 9.0), strict=True):
        shown.feed(event, at=at)
    rows = [row for row in shown.end() if row]
    assert rows[1] == "a-model · step 1 · 2.0 s · first text 1.00 s · 3 characters/s · stop"
    assert rows[-2] == "b-model · step 2 · 2.5 s · first text 0.50 s · 25 tokens/s · stop · 1,200 + 50"
    assert rows[-1] == "tokens"


@pytest.mark.parametrize(
    "usage", [{}, {"completion_tokens": "7"}, {"prompt_tokens": None}, {"completion_tokens": True}]
)
def test_a_usage_that_says_nothing(usage: dict[str, Any]) -> None:
    shown = Shown().feed(START, text("Hi"), events.UsageReported(1, usage), *finish())
    assert "tokens" not in shown.end()[-1]


@pytest.mark.parametrize("rows", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("width", [20, 80])
def test_the_live_region_has_at_most_the_rows_it_is_given(rows: int, width: int) -> None:
    shown = Shown(ViewOptions(thoughts=Thoughts.REASONING))
    seen = [
        *(START, thoughts("a thought " * 50), text("word " * 500), *call(0, "f", '{"a": "' + "b" * 500)),
        *call(1, "g", '{"a": "' + "b\\n" * 500),
    ]
    for event in seen:
        shown.feed(event)
        shown.answer.notice("a notice of some length " * 4)
        shown.look(width, rows)


MIXED = [
    START,
    thoughts("Hm"),
    text("Hello"),
    *call(0, "search", '{"query": "boats\\nnow", "limit": 3}'),
    *finish("tool_calls", 1),
]


@pytest.mark.parametrize(
    ("look", "seen"),
    [
        (ViewOptions(timed=False, only=frozenset({Only.MESSAGES})), ["Hello"]),
        (ViewOptions(timed=False, only=frozenset({Only.THOUGHTS})), ["thoughts", "Hm"]),
        (ViewOptions(timed=False, only=frozenset({Only.TOOLS}), calls=Calls.LINE), ["→ search  boats\\nnow"]),
        (ViewOptions(timed=False, only=frozenset({Only.MESSAGES, Only.TOOLS}), calls=Calls.HIDE), ["Hello"]),
        (ViewOptions(timed=False, calls=Calls.LINE), ["thoughts: 2 characters", "Hello", "→ search  boats\\nnow"]),
    ],
)
def test_only_what_is_asked_for_is_shown(look: ViewOptions, seen: list[str]) -> None:
    rows = Shown(look).feed(*MIXED).end()
    assert [row for row in rows if row][:-1] == seen


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ('{"limit": 3, "command": "ls -l"}', "→ f  ls -l"),
        ('{"limit": 3}', "→ f  3"),
        ("{}", "→ f"),
        ('{"command": "ls', "→ f  (cut)  ls"),
        ("[1]", "→ f  [1]"),
    ],
)
def test_a_call_on_a_line(arguments: str, line: str) -> None:
    look = ViewOptions(timed=False, calls=Calls.LINE)
    cut = "cut" in line
    assert Shown(look).feed(START, *call(0, "f", arguments), *finish("stop", 1, not cut)).end()[0] == line


@pytest.mark.parametrize(
    ("result", "failed", "line"),
    [
        ("a\nb\nc", False, "→ f  ls  ← a  … 3 lines"),
        ("no", True, "→ f  (failed)  ls  ← no"),
        ("", True, "→ f  (failed)  ls"),
        ("", False, "→ f  (done)  ls"),
    ],
)
def test_a_call_on_a_line_ends_with_its_result(result: str, failed: bool, line: str) -> None:
    shown = Shown(ViewOptions(timed=False, calls=Calls.LINE))
    shown.feed(START, *call(0, "f", '{"command": "ls"}'), *call(1, "g", "{}"))
    shown.look()
    shown.feed(*finish("tool_calls", 2)[:-1], events.ToolReturned(1, "id1", "late", False))
    shown.look()
    assert shown.feed(events.ToolReturned(1, "id0", result, failed)).end()[:3] == [line, "", "→ g  ← late"]


def test_a_long_argument_leaves_half_of_the_line_to_the_result() -> None:
    shown = Shown(ViewOptions(timed=False, calls=Calls.LINE))
    shown.feed(START, *call(0, "f", json.dumps({"command": "x" * 200})), *finish("tool_calls", 1)[:-1])
    line = shown.feed(events.ToolReturned(1, "id0", "seen", False)).end()[0]
    assert line.endswith("x…  ← seen")


def test_a_text_does_not_wait_behind_a_call_on_a_line() -> None:
    shown = Shown(ViewOptions(timed=False, calls=Calls.LINE))
    shown.feed(START, *call(0, "f", "{}"), text("Hello\n\nthere\n\n"))
    shown.look()
    rows = shown.feed(events.ToolReturned(1, "id0", "late", False), *finish("stop", 1)).end()
    assert [row for row in rows if row][:-1] == ["→ f", "Hello", "there", "← f  late"]


def test_a_long_session_that_nobody_sees_before_its_end_closes_each_part_once(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[TextPart] = []
    close = TextPart.close

    def counted(part: TextPart) -> None:
        closed.append(part)
        close(part)

    monkeypatch.setattr(TextPart, "close", counted)
    shown, steps = Shown(), 50
    for number in range(1, steps + 1):
        shown.feed(events.StepStarted(number, "x", "m"), events.TextDelta(number, 0, None, "Hi"), *finish())
    assert len(closed) == steps
    assert shown.end().count("Hi") == steps


@pytest.mark.parametrize(("returned", "rows"), [("found " * 30, ["← search", "  found"]), ("ok", ["← search  ok"])])
def test_a_result_in_one_line_is_whole_where_there_is_place(returned: str, rows: list[str]) -> None:
    """Folded at the width of the page, in place of the cut that a screen needs."""
    shown = Shown(ViewOptions(timed=False, longest=WHOLE)).feed(START, *call(0, "search", "{}"))
    shown.feed(events.ToolCallFinished(1, 0, 0, True), events.ToolReturned(1, "id0", returned, False))
    seen = shown.end()
    at = seen.index(rows[0])
    assert all(row.startswith(start) for row, start in zip(seen[at:], rows, strict=False))
    assert "\n".join(seen).count("found") == returned.count("found")
