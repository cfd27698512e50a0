"""`unspool diff`: two streams by what they mean."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.captures.material import FOLDER, REASON, Capture, ToolCase, captures, tool_cases
from tests.commands.processes import on_terminal, plain_environment
from tests.support import ROOT, UNSPOOL, Chunk, Ran, calls, chunk, entry, jsonl, message_call, run_here, sse

from unspool.diff.facts import Aspect


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is the working directory, and no variable of the person who runs the tests."""
    for name in [*os.environ]:
        if name.startswith("UNSPOOL_") or name in ("NO_COLOR", "FORCE_COLOR"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


Stream = bytes | list[Any]


def diff(*options: str, a: Stream, b: Stream) -> Ran:
    """Compare two streams, as files a and b."""
    for name, stream in (("a", a), ("b", b)):
        Path(name).write_bytes(stream if isinstance(stream, bytes) else jsonl(stream))
    return run_here(["diff", *options, "a", "b"])


def lines(ran: Ran) -> list[str]:
    """What differs, with its headings, of a run that found something."""
    assert (ran.code, ran.stderr) == (1, "")
    first, second, *rest, count = ran.stdout.decode().split("\n")[:-1]
    assert (first, second) == ("--- a", "+++ b")
    told = sum(line.count(", ") + 1 if line[:7] == "~ usage" else line[0] in "+-~" for line in rest)
    assert count.split(" in ")[0] == f"{told} difference{'' if told == 1 else 's'}"
    return rest


def same(ran: Ran) -> bool:
    """Whether the two are the same; fails where the run says anything else than that or what differs."""
    assert (ran.code, ran.stderr) in ((0, ""), (1, ""))
    assert (ran.code == 0) == (ran.stdout.startswith(b"the same: ") and ran.stdout.count(b"\n") == 1)
    return ran.code == 0


def content(*pieces: str, finish: str | None = "stop", **members: Any) -> list[Chunk]:
    chunks = [chunk({"role": "assistant"}, **members), *(chunk({"content": piece}, **members) for piece in pieces)]
    return [*chunks, chunk({}, finish, **members)] if finish else chunks


def called(arguments: str, tool: str = "look_up", ident: str = "call_1") -> list[Chunk]:
    first = chunk(calls(entry(arguments, id=ident, name=tool), role="assistant"))
    return [first, chunk({}, "tool_calls")]


HI = message_call(['{"message": "Hi', ' there"}'])


# --- the answer ------------------------------------------------------------------------------


def test_two_that_are_the_same() -> None:
    assert diff(a=HI, b=HI) == Ran(0, b"the same: 1 step, 1 message\n", "")


def test_two_that_differ() -> None:
    assert diff(a=content("at seven tonight"), b=content("at eight", " tonight")) == Ran(
        1, b"--- a\n+++ b\nstep 1\n~ message 1: at [-seven-]{+eight+} tonight\n1 difference\n", ""
    )


DIFFER: dict[str, tuple[Stream, Stream, list[str]]] = {
    "arguments": (
        called('{"a": 1, "b": 2}'),
        called('{"b":3,"a":1.0}'),
        ['~ call 1, look_up: {"a": 1, "b": [-2-]{+3+}}'],
    ),
    "tools": (
        called("{}"),
        called("{}", "look_down"),
        ["- call 1, look_up: {}", "+ call 1, look_down: {}"],
    ),
    "finish reasons": (content("Hi"), content("Hi", finish="length"), ["~ finish reason: [-stop-]{+length+}"]),
    "usage": (
        content("Hi", usage={"total_tokens": 12, "details": {"cached": 0}}),
        content("Hi", usage={"total_tokens": 13}),
        ["~ usage: details.cached [-0-], total_tokens [-12-]{+13+}"],
    ),
    "thoughts": (
        message_call(['{"inner_thoughts": "Greet.", "message": "Hi"}']),
        message_call(['{"message": "Hi"}']),
        ["- thoughts 1: Greet."],
    ),
    "refusals": (
        [chunk({"role": "assistant", "refusal": "No."}), chunk({}, "stop")],
        [chunk({"role": "assistant", "refusal": "Never."}), chunk({}, "stop")],
        ["~ refusal 1: [-No-]{+Never+}."],
    ),
    "a message more": (
        content("One"),
        [
            *content("One", finish=None),
            chunk(calls(entry('{"message": "Two"}', name="send_message"))),
            chunk({}, "stop"),
        ],
        ["+ message 2: Two"],
    ),
    "errors": (
        [*content("Hi", finish=None), {"error": {"message": "too slow", "code": 504}}],
        [*content("Hi", finish=None), {"error": {"message": "too busy", "code": 504}}],
        ["~ error 1: the provider sent an error: too [-slow-]{+busy+} (code 504)"],
    ),
}


@pytest.mark.parametrize(("a", "b", "told"), DIFFER.values(), ids=DIFFER)
def test_what_is_told(a: Stream, b: Stream, told: list[str]) -> None:
    assert lines(diff(a=a, b=b)) == ["step 1", *told]


ALIKE: dict[str, tuple[Stream, Stream]] = {
    "cuts": (content("Hi there"), content("H", "i", " ", "there")),
    "ids and times": (HI, json.loads(json.dumps(HI).replace("call_1", "call_2").replace("chatcmpl-1", "x"))),
    "another model": (content("Hi"), content("Hi", model="n", created=2, system_fingerprint="f")),
    "the framing": (jsonl(HI), sse(HI)),
    "spaces and order of arguments": (called('{"a":1,"b":[2]}'), called(' { "b": [ 2.0 ], "a": 1 }')),
    "usage sent again": (
        content("Hi", usage={"n": 2}),
        [*content("Hi", usage={"n": 1}), chunk(choices=[], usage={"n": 2})],
    ),
    "quirks": (HI, [HI[0], HI[0], *HI[1:]]),
    "lines that carry nothing": (jsonl(HI), jsonl(HI).replace(b"\n", b"\n\n")),
}


@pytest.mark.parametrize(("a", "b"), ALIKE.values(), ids=ALIKE)
def test_what_does_not_count(a: Stream, b: Stream) -> None:
    assert same(diff(a=a, b=b))
    assert same(diff(a=b, b=a))


def test_a_message_counts_the_same_as_content_and_as_a_call() -> None:
    """Its finish reason too: tool_calls is what a client of the rewritten stream sees as stop (R5)."""
    assert same(diff(a=HI, b=content("Hi there")))
    assert lines(diff(a=HI, b=content("Hi there", finish="tool_calls")))[1:] == [
        "~ finish reason: [-stop-]{+tool_calls+}"
    ]


def test_steps_and_choices_are_named_where_there_are_several() -> None:
    def choices(first: str, second: str, ident: str) -> list[Chunk]:
        return [
            chunk({"role": "assistant", "content": text}, "stop", index=at, id=ident)
            for at, text in enumerate([first, second])
        ]

    a = [*choices("one", "two", "1"), *choices("three", "four", "2")]
    b = [*choices("one", "two", "1"), *choices("thrice", "for", "2")]
    assert lines(diff(a=a, b=b)) == [
        "step 2, choice 0",
        "~ message 1: [-three-]{+thrice+}",
        "step 2, choice 1",
        "~ message 1: [-four-]{+for+}",
    ]


def test_a_step_in_between_is_told_as_just_that() -> None:
    one, two, three = (content(word, id=word) for word in ("one", "two", "three"))
    assert lines(diff(a=[*one, *three], b=[*one, *two, *three])) == [
        "step 2, only in B",
        "+ message 1: two",
        "+ finish reason: stop",
    ]


# --- options ---------------------------------------------------------------------------------


def test_cuts_count_where_asked_for() -> None:
    a, b = content("Hi there"), content("Hi", " there")
    assert lines(diff("--cuts", a=a, b=b)) == ["step 1", '~ cuts of message 1: ["Hi{+", "+} there"]']
    assert same(diff("--cuts", a=b, b=sse(b)))


def test_ids_and_times_count_where_asked_for() -> None:
    a, b = called("{}"), [{**one, "id": "x", "created": 2} for one in called("{}", ident="call_2")]
    assert lines(diff("--ids", a=a, b=b)) == [
        "step 1",
        "~ id of call 1: [-call_1-]{+call_2+}",
        "~ id: [-chatcmpl-1-]{+x+}",
        "~ created: [-1-]{+2+}",
    ]


EACH: dict[Aspect, tuple[list[Any], list[Any]]] = {
    Aspect.MESSAGES: (content("a"), content("b")),
    Aspect.THOUGHTS: DIFFER["thoughts"][:2],  # type: ignore[dict-item]
    Aspect.REFUSALS: DIFFER["refusals"][:2],  # type: ignore[dict-item]
    Aspect.CALLS: (called("{}"), called("[]")),
    Aspect.FINISH: (content("a"), content("a", finish="length")),
    Aspect.USAGE: (content("a", usage={"n": 1}), content("a", usage={"n": 2})),
    Aspect.ERRORS: (content("a", finish=None), [*content("a", finish=None), {"error": {"message": "no"}}]),
    Aspect.IDS: (content("a"), content("a", id="x")),
    Aspect.CUTS: (content("ab"), content("a", "b")),
}
ASKED = {Aspect.IDS: ["--ids"], Aspect.CUTS: ["--cuts"]}


def test_each_aspect_can_be_ignored() -> None:
    assert set(EACH) == set(Aspect) - {Aspect.STEPS}


def test_a_step_more_counts_where_nothing_else_does() -> None:
    a, b = content("a", id="1"), [*content("a", id="1"), *content("b", id="2")]
    others = [word for each in Aspect if each is not Aspect.STEPS for word in ("--ignore", each)]
    assert lines(diff(*others, a=a, b=b)) == ["step 2, only in B", "+ a step: nothing that counts here"]
    assert same(diff(*others, "--ignore", "steps", a=a, b=b))


@pytest.mark.parametrize("aspect", EACH)
def test_what_is_ignored_may_differ_and_nothing_else(aspect: Aspect, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = EACH[aspect]
    asked = ASKED.get(aspect, [])
    others = [word for each in Aspect if each not in (aspect, Aspect.CUTS) for word in ("--ignore", each)]
    assert not same(diff(*asked, a=a, b=b))
    assert not same(diff(*asked, *others, a=a, b=b))
    assert same(diff(*asked, "--ignore", aspect, a=a, b=b))
    monkeypatch.setenv("UNSPOOL_IGNORE", aspect)
    assert same(diff(*asked, a=a, b=b))


def test_several_aspects_can_be_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = content("a", usage={"n": 1}), content("a", finish="length", usage={"n": 2})
    assert not same(diff("--ignore", "usage", a=a, b=b))
    assert same(diff("--ignore", "usage", "--ignore", "finish", a=a, b=b))
    monkeypatch.setenv("UNSPOOL_IGNORE", "usage finish")
    assert same(diff(a=a, b=b))


@pytest.mark.parametrize(("variable", "aspect"), [("UNSPOOL_CUTS", Aspect.CUTS), ("UNSPOOL_IDS", Aspect.IDS)])
def test_what_is_asked_for_can_come_from_the_environment(
    variable: str, aspect: Aspect, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = EACH[aspect]
    assert same(diff(a=a, b=b))
    monkeypatch.setenv(variable, "1")
    assert not same(diff(a=a, b=b))


def test_json_can_be_read_back() -> None:
    ran = diff("--json", a=called('{"a": 1}'), b=called('{"a": "\\u001bé"}'))
    assert (ran.code, ran.stderr) == (1, "")
    assert json.loads(ran.stdout) == {
        "same": False,
        "a": "a",
        "b": "b",
        "differences": [
            {
                "steps": {"a": 1, "b": 1},
                "choice": 0,
                "aspect": "calls",
                "number": 1,
                "name": "look_up",
                "a": '{"a": 1}',
                "b": '{"a": "\\u001bé"}',
            }
        ],
    }


def test_json_of_the_same() -> None:
    ran = diff("--json", a=HI, b=sse(HI))
    assert (ran.code, json.loads(ran.stdout)) == (0, {"same": True, "a": "a", "b": "b", "differences": []})


def test_json_says_what_the_lines_say() -> None:
    for a, b, told in DIFFER.values():
        differences = json.loads(diff("--json", a=a, b=b).stdout)["differences"]
        others = [one for one in differences if one["aspect"] != "usage"]  # which is one line
        signs = ["+" if one["a"] is None else "-" if one["b"] is None else "~" for one in others]
        assert signs == [line[0] for line in told if line[:7] != "~ usage"]


PARSED: dict[str, tuple[list[str], Stream, Stream]] = {
    "--tool": (
        ["--tool", "reply:text"],
        called('{"text": "Hi"}', "reply"),
        content("Hi"),
    ),
    "--repair": (
        ["--repair", "single-quotes", "--ignore", "finish"],
        message_call(["{'message': 'Hi'}"]),
        content("Hi"),
    ),
    "--single-step": (["--single-step"], [*content("a", id="1"), *content("b", id="2")], content("a")),
}


@pytest.mark.parametrize(("options", "a", "b"), PARSED.values(), ids=PARSED)
def test_parser_options_change_what_is_compared(options: list[str], a: Stream, b: Stream) -> None:
    assert not same(diff(*options[2:], a=a, b=b))
    assert same(diff(*options, a=a, b=b))


def test_an_argument_can_be_made_thoughts() -> None:
    a, b = (message_call([f'{{"why": "{why}", "message": "Hi"}}']) for why in ("Greet", "Wave"))
    assert lines(diff("--thoughts-argument", "why", a=a, b=b)) == ["step 1", "~ thoughts 1: [-Greet-]{+Wave+}"]


def test_the_framing_can_be_said() -> None:
    """Read as lines, an event stream is one unreadable record after another."""
    assert same(diff("--from", "sse", a=sse(HI), b=sse(HI)))
    told = lines(diff("--from", "jsonl", a=sse(HI), b=jsonl(HI)))
    assert any("a record cannot be read" in line for line in told)


def test_options_that_make_no_difference_are_not_taken() -> None:
    for option in (["--choice", "1"], ["--thoughts", "drop"], ["--other-tools", "drop"], ["-e"]):
        ran = diff(*option, a=HI, b=HI)
        assert (ran.code, ran.stdout) == (2, b"")


# --- sources ---------------------------------------------------------------------------------


def test_one_of_the_two_can_be_standard_input() -> None:
    Path("a").write_bytes(jsonl(content("one")))
    other = sse(content("two"))
    there, back = run_here(["diff", "a", "-"], other), run_here(["diff", "-", "a"], other)
    assert (there.code, back.code) == (1, 1)
    assert there.stdout.decode().splitlines()[:2] == ["--- a", "+++ standard input"]
    assert back.stdout.decode().splitlines()[:2] == ["--- standard input", "+++ a"]
    assert b"[-one-]{+two+}" in there.stdout
    assert b"[-two-]{+one+}" in back.stdout


WRONG = {
    "standard input twice": ["-", "-"],
    "one stream": ["a"],
    "none": [],
    "three": ["a", "a", "a"],
    "an unknown aspect": ["--ignore", "colour", "a", "a"],
    "an unknown tool argument": ["--tool", ":", "a", "a"],
}


@pytest.mark.parametrize("arguments", WRONG.values(), ids=WRONG)
def test_wrong_usage(arguments: list[str]) -> None:
    Path("a").write_bytes(jsonl(HI))
    ran = run_here(["diff", *arguments], jsonl(HI))
    assert (ran.code, ran.stdout) == (2, b"")
    assert ran.stderr.startswith("unspool: ")
    assert ran.stderr.count("\n") == 1


def test_wrong_usage_names_what_would_be_right() -> None:
    assert "standard input can be read once" in run_here(["diff", "-", "-"]).stderr
    Path("a").write_bytes(jsonl(HI))
    for aspect in Aspect:
        assert f"'{aspect}'" in run_here(["diff", "--ignore", "colour", "a", "a"]).stderr


@pytest.mark.parametrize("arguments", [["a", "none"], ["none", "a"], ["none", "none"], ["--json", "a", "none"]])
def test_a_file_that_is_missing_is_no_difference(arguments: list[str]) -> None:
    Path("a").write_bytes(jsonl(HI))
    ran = run_here(["diff", *arguments])
    assert (ran.code, ran.stdout) == (5, b"")
    assert ran.stderr == "unspool: none: No such file or directory; check the source and run again\n"


def test_a_folder_is_no_stream() -> None:
    Path("a").write_bytes(jsonl(HI))
    ran = run_here(["diff", "a", "."])
    assert (ran.code, ran.stdout, ran.stderr.count("\n")) == (5, b"", 1)


@pytest.mark.parametrize(
    "arguments", [["a.png", "b.png"], ["a.png", "a"], ["a", "a.png"], ["--json", "b.png", "a.png"]]
)
def test_a_file_that_is_no_stream_is_no_difference(arguments: list[str]) -> None:
    Path("a").write_bytes(jsonl(HI))
    for name in ("a.png", "b.png"):
        Path(name).write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + name.encode())
    ran = run_here(["diff", *arguments])
    assert (ran.code, ran.stdout) == (5, b"")
    assert "this is an image" in ran.stderr


def test_a_source_that_stays_silent_is_given_up() -> None:
    Path("a").write_bytes(jsonl(HI))
    os.mkfifo("pipe")
    keeper = os.open("pipe", os.O_RDWR)
    try:
        ran = run_here(["diff", "--timeout", "0.01", "a", "pipe"])
    finally:
        os.close(keeper)
    assert (ran.code, ran.stdout) == (5, b"")
    assert ran.stderr.startswith("unspool: pipe: nothing arrived for 0.01 s")


def test_a_response_that_failed_ends_it_with_its_own_fault_although_a_later_one_was_cut() -> None:
    refused = b'HTTP/1.1 401 Unauthorized\n\n{"error": {"message": "no key"}}\n'
    ran = diff(a=refused + b"HTTP/1.1 200 OK\n\n" + jsonl(HI[:-1]), b=HI)
    assert (ran.code, ran.stdout) == (5, b"")
    assert ran.stderr == "unspool: a: HTTP status 401: no key; the request failed, so there is no stream\n"


# --- broken streams --------------------------------------------------------------------------

CUT = "the stream ended before choice 0 had a finish_reason"
BROKEN: dict[str, Stream] = {
    "cut": HI[:-1],
    "cut inside a call": HI[:-2],
    "an error": [*HI[:-1], {"error": {"message": "no"}}],
    "a record that cannot be read": b"".join([jsonl(HI[:2]), b"{oops\n", jsonl(HI[2:])]),
    "arguments that cannot be read": message_call(['{"message": oops}']),
    "nothing": b"",
    "no stream at all": b"oops\n",
}


@pytest.mark.parametrize("stream", BROKEN.values(), ids=BROKEN)
def test_two_that_are_broken_alike_are_the_same(stream: Stream) -> None:
    ran = diff("--from", "jsonl", a=stream, b=stream)
    assert same(ran)
    assert re.search(rb", [1-9] errors?$", ran.stdout.strip())


@pytest.mark.parametrize("stream", BROKEN.values(), ids=BROKEN)
def test_a_broken_one_differs_from_a_whole_one_by_its_error(stream: Stream) -> None:
    assert any(line.startswith("- error 1: ") for line in lines(diff("--from", "jsonl", a=stream, b=HI)))
    assert any(line.startswith("+ error 1: ") for line in lines(diff("--from", "jsonl", a=HI, b=stream)))


def test_the_error_is_named() -> None:
    assert lines(diff(a=content("Hi"), b=content("Hi", finish=None))) == [
        "step 1",
        "- finish reason: stop",
        f"+ error 1: {CUT}",
    ]


def test_a_whole_text_that_contradicts_the_deltas_is_an_error_q70() -> None:
    last = {"id": "c", "choices": [{"index": 0, "message": {"content": "Ho"}, "finish_reason": "stop"}]}
    contradicted = [*content("Hi", finish=None, id="c"), last]
    error = "error 1: choice 0: the whole text differs from the deltas before it; it is: Ho"
    assert lines(diff(a=contradicted, b=content("Hi", id="c"))) == ["step 1", f"- {error}"]
    assert lines(diff(a=content("Hi", id="c"), b=contradicted)) == ["step 1", f"+ {error}"]
    assert same(diff(a=contradicted, b=contradicted))


def test_a_record_that_cannot_be_read_before_the_first_step_differs_as_just_that() -> None:
    told = lines(diff("--from", "jsonl", a=b"oops\n" + jsonl(content("Hi")), b=content("Ho")))
    assert [line for line in told if "message" in line] == ["~ message 1: [-Hi-]{+Ho+}"]
    assert not any("finish reason" in line for line in told)


def test_an_empty_input_has_no_step_that_could_be_compared_with_one() -> None:
    told = lines(diff(a=content("Hi"), b=b""))
    assert not any(", 0 of B" in line for line in told)


@pytest.mark.parametrize("name", ["a record that cannot be read", "arguments that cannot be read"])
def test_strict_ends_at_what_cannot_be_read(name: str) -> None:
    for a, b, source in ((BROKEN[name], HI, "a"), (HI, BROKEN[name], "b")):
        ran = diff("--strict", a=a, b=b)
        assert (ran.code, ran.stdout) == (3, b"")
        assert ran.stderr.startswith(f"unspool: {source}: record ")
        assert "stopped here (--strict)" in ran.stderr
        assert ran.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["cut", "an error"])
def test_strict_lets_other_errors_be_compared(name: str) -> None:
    assert same(diff("--strict", a=BROKEN[name], b=BROKEN[name]))


# --- the terminal ----------------------------------------------------------------------------

NASTY = "\x1b[2J\x9b31m\u202e\x07"
COLOUR = re.compile(rb"\x1b\[(?:0|3[126])m")
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def nasty() -> None:
    """Two files that differ, with control characters in texts, names and usage, none of them as an escape."""
    for name, word in (("a", "one"), ("b", "two")):
        usage = {f"n{NASTY}": word}
        chunks = [*content(f"{NASTY} {word}", finish=None), *called(f"{{{NASTY}{word}", f"t{NASTY}")[:1]]
        chunks += [chunk({}, f"stop{NASTY}{word}", usage=usage)]
        Path(name).write_bytes(b"".join(json.dumps(one, ensure_ascii=False).encode() + b"\n" for one in chunks))


def test_a_terminal_gets_colours_and_obeys_nothing_of_the_model() -> None:
    nasty()
    ran = on_terminal(["diff", "a", "b"], None)
    assert ran.code == 1
    assert COLOUR.search(ran.screen)
    assert OBEYED.search(COLOUR.sub(b"", ran.screen).decode()) is None
    assert rb"\u001b[2J\u009b" in ran.screen


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
def test_where_colours_are_not_wanted_there_are_none(variables: dict[str, str]) -> None:
    nasty()
    ran = on_terminal(["diff", "a", "b"], None, variables=variables)
    assert OBEYED.search(ran.screen.decode()) is None
    assert ran.screen == run_here(["diff", "a", "b"]).stdout


def test_colours_can_be_forced_into_a_pipe() -> None:
    nasty()
    forced = subprocess.run(
        [UNSPOOL, "diff", "a", "b"], capture_output=True, check=False, env=plain_environment(FORCE_COLOR="1")
    )
    plain = run_here(["diff", "a", "b"]).stdout
    assert COLOUR.search(forced.stdout)
    assert COLOUR.sub(b"", forced.stdout) == plain


@pytest.mark.parametrize("variables", [{}, {"NO_COLOR": "1"}], ids=str)
def test_json_on_a_terminal_is_not_obeyed_either(variables: dict[str, str]) -> None:
    nasty()
    ran = on_terminal(["diff", "--json", "a", "b"], None, variables=variables)
    assert OBEYED.search(ran.screen.decode()) is None
    assert json.loads(ran.screen) == json.loads(run_here(["diff", "--json", "a", "b"]).stdout)


def test_names_of_files_and_messages_are_not_obeyed() -> None:
    Path("a\x1b").write_bytes(jsonl(HI))
    Path("b").write_bytes(jsonl(content("x")))
    assert run_here(["diff", "a\x1b", "b"]).stdout.startswith(b"--- a\\u001b\n+++ b\n")
    assert "\x1b" not in run_here(["diff", "none\x1b", "b"]).stderr


def test_an_output_that_is_closed_ends_the_command_silently() -> None:
    Path("a").write_bytes(jsonl(HI))
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run([UNSPOOL, "diff", "a", "a"], stdout=writing, stderr=subprocess.PIPE, check=False)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


# --- samples ---------------------------------------------------------------------------------

SAMPLES = sorted(
    p for p in (ROOT / "samples").iterdir() if p.suffix in (".jsonl", ".sse") and ".expected." not in p.name
)
AGENTS = (
    *("ag-ui", "ai-sdk", "ai-sdk-data", "codex", "codex-server", "gemini-cli", "gemini-interactions"),
    *("langchain", "letta-code", "llm", "openai-agents", "opencode", "strands"),
    *("copilot", "pi", "adk", "dify", "acp", "managed-agents", "assistant-ui", "agents-api"),
)
REWRITTEN: dict[str, set[str]] = {
    # the length that came instead of a finish stays; the call that it cut is gone, and with it that it was cut inside
    "cut-stream": {"errors"},
    "length-cut": {"errors"},
    "broken-arguments": {"errors", "calls"},
    # private thoughts are left out
    "thoughts-first": {"thoughts"},
    "message-first": {"thoughts"},
    "one-chunk-call": {"thoughts"},
    "recorded": {"thoughts"},
    "markdown": {"thoughts"},
    "anthropic": {"thoughts"},
    "responses": {"thoughts"},
    # rewritten, all that one response says is one content, and its thoughts are one reasoning
    "snowflake": {"messages"},
    "thoughts-shown": {"thoughts"},
    "two-messages": {"messages"},
    "parallel-interleaved": {"messages"},
    "content-beside-call": {"messages"},
    "bedrock": {"messages"},
    "mistral-conversations": {"messages"},
    "ollama": {"messages", "thoughts"},
    # agents: several messages and summaries of one response become one content and one reasoning
    **{agent: {"messages", "thoughts"} for agent in AGENTS},
    "claude-code": {"thoughts"},
    "codex-session": {"thoughts"},
    "assistants": {"thoughts"},
    "chatkit": {"thoughts"},
    "mastra": {"messages"},
    # what a call holds beside its message is left out
    "dotted-path": {"calls"},
    "gemini": {"calls"},
    # with --other-tools drop
    "other-tool-dropped": {"finish", "calls"},
}
"""In what a sample and its rewritten form differ; in nothing, unless told here."""


def options_of(sample: Path) -> list[str]:
    """The options of a sample that diff takes: how texts are shown makes no difference."""
    path = sample.with_name(f"{sample.stem}.args")
    options = path.read_text().split() if path.exists() else []
    return [] if options[:1] in (["--thoughts"], ["--other-tools"]) else options


def aspects(ran: Ran) -> set[str]:
    assert ran.stderr == ""
    return {difference["aspect"] for difference in json.loads(ran.stdout)["differences"]}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.stem)
def test_a_sample_is_the_same_as_itself(sample: Path) -> None:
    assert same(run_here(["diff", "--cuts", "--ids", *options_of(sample), str(sample), str(sample)]))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.stem)
def test_a_rewritten_sample_differs_in_what_rewriting_changes(sample: Path) -> None:
    rewritten = sample.with_name(f"{sample.stem}.expected.jsonl")
    ran = run_here(["diff", "--json", *options_of(sample), str(sample), str(rewritten)])
    assert aspects(ran) == REWRITTEN.get(sample.stem, set())


def test_every_sample_that_is_told_of_is_there() -> None:
    assert set(REWRITTEN) < {sample.stem for sample in SAMPLES}


# --- captures --------------------------------------------------------------------------------

FOUND = captures() if FOLDER.is_dir() else []
SPOKEN = [capture for capture in FOUND if any(call.name == "send_message" for call in capture.calls)]
TOOLS = [case for case in tool_cases() if case.said is not None and len(case.said) <= 1] if FOUND else []
without_captures = pytest.mark.skipif(not FOUND, reason=REASON)


def recut(capture: Capture) -> bytes | None:
    """The same records as an event stream, plain pieces of text or arguments in halves; None where one is bad."""
    if any(record.kind == "bad" for record in capture.records):
        return None
    events = []
    for record in capture.records:
        events += [b"[DONE]"] if record.kind == "done" else [json.dumps(part).encode() for part in halves(record.value)]
    return b"".join(b"data: " + event + b"\n\n" for event in events)


def halves(value: Any) -> list[Any]:
    """A chunk that carries one text, or one fragment of arguments, and nothing else, as two; all else as it is."""
    match value:
        case {"choices": [{"delta": {"content": str(text), **more}, "finish_reason": None} as choice]} if not more:
            deltas: list[Chunk] = [{"content": half} for half in in_two(text)]
        case {
            "choices": [
                {
                    "delta": {
                        "tool_calls": [{"function": {"arguments": str(text), **named}} as call],
                        **more,
                    },
                    "finish_reason": None,
                } as choice
            ]
        } if not more and not named:
            deltas = [{"tool_calls": [{**call, "function": {"arguments": half}}]} for half in in_two(text)]
        case _:
            return [value]
    return [{**value, "choices": [{**choice, "delta": delta}]} for delta in deltas]


def in_two(text: str) -> list[str]:
    return [text[: len(text) // 2], text[len(text) // 2 :]] if len(text) > 1 else [text]


@without_captures
@pytest.mark.parametrize("capture", FOUND[::4], ids=lambda capture: capture.name)
def test_a_capture_is_the_same_as_itself_and_as_itself_in_other_pieces(capture: Capture) -> None:
    path = str(capture.path)
    assert same(run_here(["diff", "--cuts", "--ids", path, path]))
    stream = recut(capture)
    if stream is not None:
        assert same(run_here(["diff", "--ids", path, "-"], stream))


@without_captures
def test_captures_are_really_cut_in_other_places() -> None:
    """Else the test above would show nothing."""
    for capture in FOUND[:: max(1, len(FOUND) // 40)]:
        stream = recut(capture)
        if stream is not None and stream.count(b"\n\n") > len(capture.records):
            assert not same(run_here(["diff", "--cuts", str(capture.path), "-"], stream))


@without_captures
@pytest.mark.parametrize("case", TOOLS[::3], ids=str)
def test_a_rewritten_capture_means_the_same(case: ToolCase) -> None:
    """Where there is one message to a stream: several become one content. Reasoning joins native thoughts.

    What else a message call held is left out, and told as the rest of that call.
    """
    path = str(case.capture.path)
    rewritten = run_here(["rewrite", "--thoughts=reasoning", case.option, path])
    if rewritten.code == 0:
        ran = run_here(["diff", "--json", case.option, "--ignore=thoughts", path, "-"], rewritten.stdout)
        tool = case.option.removeprefix("--tool=").partition(":")[0]
        for difference in json.loads(ran.stdout)["differences"]:
            assert (difference["aspect"], difference["name"], difference["b"]) == ("calls", tool, None)


@without_captures
def test_a_capture_without_message_calls_is_rewritten_as_it_is() -> None:
    for capture in FOUND[::8]:
        if capture not in SPOKEN:
            path = str(capture.path)
            assert same(run_here(["diff", "--cuts", "--ids", path, "-"], run_here(["rewrite", path]).stdout))


def test_quiet_answers_with_the_exit_code_alone() -> None:
    Path("a").write_bytes(jsonl(HI))
    Path("b").write_bytes(jsonl(message_call(['{"message": "Other"}'])))
    assert run_here(["diff", "-q", "a", "a"]) == (0, b"", "")
    assert run_here(["diff", "-q", "a", "b"]) == (1, b"", "")
