"""Chunks in, outcomes out: steps and choices, the end and its faults (R2, R11-R14)."""

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.support import Chunk, Transformed, calls, chunk, content_of, entry, message_call, transform

from unspool.core.events import (
    ArgumentsDelta,
    Event,
    MessageBoundary,
    QuirkSeen,
    ResponseFailed,
    StepFinished,
    StepStarted,
    StreamIncomplete,
    TextDelta,
    ThoughtsDelta,
    ToolCallFinished,
    UsageReported,
)
from unspool.core.options import Options
from unspool.core.outcome import Outcome
from unspool.core.transformer import Transformer

SAY = "send_message"


def steps(result: Transformed) -> list[bool]:
    """Whether each step was complete."""
    assert len(result.of(StepStarted)) == len(result.of(StepFinished))
    return [event.complete for event in result.of(StepFinished)]


def texts(result: Transformed) -> list[str]:
    """The text of each step."""
    said: dict[int, str] = {}
    for event in result.of(TextDelta):
        said[event.step] = said.get(event.step, "") + event.text
    return list(said.values())


def named(ident: str, chunks: list[Chunk]) -> list[Chunk]:
    return [{**one, "id": ident} for one in chunks]


def response(text: str, ident: str = "r", finish: str | None = "tool_calls") -> list[Chunk]:
    return named(ident, message_call(['{"message":"', text, '"}'], finish=finish))


# --- R2: one in, at most one out ---------------------------------------------------------------


def test_r2_each_chunk_gives_at_most_one_before_the_next_is_read() -> None:
    transformer = Transformer()
    left = [transformer.feed(one).chunks for one in message_call(["{", '"message":"H', "i", '"}'])]
    assert [[one["choices"][0]["delta"].get("content") for one in chunks] for chunks in left] == [
        [""],
        [],
        ["H"],
        ["i"],
        [],
        [None],
    ]


def test_r2_the_role_chunk_leaves_at_once() -> None:
    first = Transformer().feed(message_call([])[0])
    assert first.chunks[0]["choices"] == [
        {"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}
    ]


# --- R11: the end ------------------------------------------------------------------------------


@pytest.mark.parametrize("fragments", [list('{"message":"H\\u00e9!"}'), ['{"inner_thoughts":"x","message":"Hi', '"}']])
def test_r11_a_response_cut_at_every_point(fragments: list[str]) -> None:
    """All that is certain is out before the fault, and only a finish makes a response complete."""
    source = message_call(fragments)
    whole = transform(source)
    for end in range(1, len(source) + 1):
        result = transform(source[:end])
        assert result.chunks == whole.chunks[: len(result.chunks)]
        assert whole.text.startswith(result.text)
        assert result.content == result.text
        cut = result.of(StreamIncomplete)
        assert len(cut) == (0 if end == len(source) else 1)
        assert steps(result) == [end == len(source)]
        if cut:
            assert result.events.index(cut[0]) == len(result.events) - 2
            begun = "{" in "".join(fragments[: end - 1]) and "}" not in "".join(fragments[: end - 1])
            assert ("inside the arguments of send_message" in cut[0].reason) is begun


def test_r11_a_half_escape_at_the_end_invents_nothing() -> None:
    assert transform(message_call(['{"message":"Hi\\u00'], finish=None)).text == "Hi"


def test_r11_what_waits_leaves_before_the_fault() -> None:
    """T17: a second message behind one that never ends; the chunk is like the last one, without its usage."""
    source = [
        chunk(
            calls(
                entry('{"message":"A', index=0, id="a", name=SAY), entry('{"message":"B"}', index=1, id="b", name=SAY)
            )
        ),
        chunk({"content": "!"}, usage={"total_tokens": 1}, model="m2"),
    ]
    result = transform(source)
    assert (result.content, result.text) == ("A\n\n!\n\nB", "A!B")
    assert result.chunks[-1]["choices"] == [{"index": 0, "delta": {"content": "\n\nB"}, "finish_reason": None}]
    assert result.chunks[-1]["model"] == "m2"
    assert [one.get("usage") for one in result.chunks] == [None, {"total_tokens": 1}, None]


def test_r11_nothing_but_chunks_without_choices() -> None:
    result = transform([{"choices": [], "prompt_filter_results": []}])
    assert result.events == [StreamIncomplete(0, "the input ended before any choice arrived")]


def test_r11_nothing_at_all_is_no_fault_of_a_stream() -> None:
    assert transform([]) == ([], [])


def test_r11_closing_twice_says_nothing_new() -> None:
    transformer = Transformer()
    transformer.feed(chunk({"content": "x"}))
    assert transformer.close().events
    assert transformer.close() == Outcome([], [])
    assert transformer.done() == Outcome([], [])


def test_f5_done_without_a_finish_is_only_a_quirk() -> None:
    transformer = Transformer()
    transformer.feed(chunk({"content": "x"}))
    assert transformer.done().events == [QuirkSeen(1, "F5"), StepFinished(1, True)]


@pytest.mark.parametrize(
    ("kind", "behind", "complete"),
    [
        ("chat.completion", [], True),
        ("chat.completion", [{**chunk(), "choices": [], "usage": {"total_tokens": 1}}], True),
        ("chat.completion", [chunk({"content": "x"})], False),
        ("chat.completion.chunk", [], False),
    ],
)
def test_f5_only_a_whole_completion_that_is_all_of_a_response_needs_no_finish(
    kind: str, behind: list[Chunk], complete: bool
) -> None:
    whole = {**chunk(), "object": kind, "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}}]}
    assert steps(transform([whole, *behind])) == [complete]


def test_f5_done_inside_the_arguments_is_incomplete() -> None:
    transformer = Transformer()
    for one in message_call(['{"message":"Hi'], finish=None):
        transformer.feed(one)
    kinds = [type(event) for event in transformer.done().events]
    assert [kind for kind in kinds if kind is not QuirkSeen] == [ToolCallFinished, StreamIncomplete, StepFinished]


@pytest.mark.parametrize("arguments", ["", " ", None])
def test_r11_a_call_without_arguments_is_complete_only_in_a_response_that_ended(arguments: str | None) -> None:
    """A tool may have no parameters (A2), but in a stream that was cut the arguments may not have arrived."""
    call = chunk({"tool_calls": [{"index": 0, "id": "a", "function": {"name": "look", "arguments": arguments}}]})

    def completeness(events: list[Event]) -> list[bool]:
        return [event.complete for event in events if isinstance(event, ToolCallFinished)]

    assert completeness(transform([call]).events) == [False]
    assert completeness(transform([call, chunk({}, "tool_calls")]).events) == [True]
    transformer = Transformer()
    transformer.feed(call)
    assert completeness(transformer.done().events) == [True]  # F5: only the finish reason is missing


def test_r11_a_fault_makes_the_step_incomplete() -> None:
    assert steps(transform(message_call(["oops {"]))) == [False]
    assert steps(transform(message_call(["{oops"]))) == [False]
    assert steps(transform(message_call(['{"message":"Hi'], finish="length"))) == [False]


# --- R12: errors in the stream -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "message", "code"),
    [
        ({"message": "Too long", "code": "CONTEXT"}, "Too long", "CONTEXT"),
        ({"message": "Bad gateway", "code": 502}, "Bad gateway", "502"),
        ({"message": "x", "type": "server_error"}, "x", "server_error"),
        ("plain words", "plain words", ""),
        ({"x": 1}, '{"x": 1}', ""),
        ([1], "[1]", ""),
        ({"error": {"message": "deep", "code": 7}}, "deep", "7"),
        ({"code": 7, "detail": [{"msg": "first"}, {"msg": "second"}]}, "first", "7"),
        ('{"error": {"message": "in text"}}', "in text", ""),
        ("{no JSON", "{no JSON", ""),
    ],
)
@pytest.mark.parametrize("choices", [{}, {"choices": []}, {"choices": [{"index": 0, "delta": {}}]}])
def test_r12_an_error_ends_the_step(error: Any, message: str, code: str, choices: Chunk) -> None:
    """Q20: with or without choices; the error itself is passed on."""
    bad = {**choices, "error": error}
    result = transform([*message_call(['{"message":"Hi'], finish=None), bad])
    assert result.of(ResponseFailed) == [ResponseFailed(1, message, code)]
    assert steps(result) == [False]
    assert not result.of(StreamIncomplete)
    assert result.chunks[-1] is bad
    assert result.content == "Hi"


def test_r12_an_error_that_says_nothing_is_one_where_it_is_alone() -> None:
    (event,) = transform([{"error": {}}]).of(ResponseFailed)
    assert event == ResponseFailed(0, "an error without a message", "")
    assert not transform([{**one, "error": {}} for one in message_call(['{"message": "Hi"}'])]).of(ResponseFailed)


def test_r12_an_error_before_anything() -> None:
    bad = {"error": {"message": "no"}}
    result = transform([bad])
    assert (result.chunks, result.events) == ([bad], [ResponseFailed(0, "no", "")])


def test_r12_an_error_leaves_once() -> None:
    """With a message that waited (T17), in a chunk that has choices too."""
    source = [
        chunk(
            calls(
                entry('{"message":"A', index=0, id="a", name=SAY), entry('{"message":"B"}', index=1, id="b", name=SAY)
            )
        ),
        chunk({"content": "!"}, error={"message": "no"}),
    ]
    result = transform(source)
    assert result.content == "A\n\n!\n\nB"
    assert [one.get("error") for one in result.chunks] == [None, {"message": "no"}, None]


def test_r12_a_null_error_is_none() -> None:
    assert transform([chunk({"content": "x"}, "stop", error=None)]).of(ResponseFailed) == []


def test_r12_what_follows_an_error_is_a_new_step() -> None:
    result = transform([chunk({"content": "a"}), {"error": {"message": "no"}}, chunk({"content": "b"}, "stop")])
    assert (texts(result), steps(result)) == (["a", "b"], [False, True])


# --- R13: steps --------------------------------------------------------------------------------


@pytest.mark.parametrize("idents", ["rr", "rs"])
def test_r13_a_chunk_after_the_finish_begins_a_step(idents: str) -> None:
    result = transform([*response("A", idents[0]), *response("B", idents[1])])
    assert (texts(result), steps(result)) == (["A", "B"], [True, True])
    assert [one["choices"][0]["delta"].get("role") for one in result.chunks] == ["assistant", None, None] * 2
    assert [one["choices"][0]["finish_reason"] for one in result.chunks] == [None, None, "stop"] * 2


@pytest.mark.parametrize(
    "after",
    [
        {"choices": [], "usage": {"total_tokens": 1}},
        {"usage": {"total_tokens": 1}},
        {"id": "x", "choices": [], "usage": {"total_tokens": 1}},
        chunk({}, None, usage={"total_tokens": 1}),
        chunk({"role": "assistant", "content": ""}, None, usage={"total_tokens": 1}),
        chunk({}, "stop", usage={"total_tokens": 1}),
    ],
)
def test_r13_a_usage_after_the_finish_belongs_to_its_step(after: Chunk) -> None:
    """Q5, Q8, F6."""
    result = transform([*message_call(['{"message":"Hi"}']), after])
    assert result.of(UsageReported) == [UsageReported(1, {"total_tokens": 1})]
    assert steps(result) == [True]
    assert result.chunks[-1].get("usage") == {"total_tokens": 1}


def test_r13_f12_a_finish_with_every_chunk_ends_no_step() -> None:
    result = transform([chunk({"content": text}, "stop") for text in "abc"])
    assert (texts(result), steps(result)) == (["abc"], [True])
    assert result.of(QuirkSeen) == [QuirkSeen(1, "F12")] * 2


@pytest.mark.parametrize(
    "second",
    [
        chunk({"content": "b"}, "stop", id="other"),
        {**chunk({"content": "b"}, "stop"), "id": ""},
        {"choices": [{"index": 0, "delta": {"content": "b"}, "finish_reason": "stop"}]},
        {"id": "chatcmpl-1", "choices": [{"index": 0, "message": {"content": "b"}, "finish_reason": "stop"}]},
    ],
)
def test_r13_f12_another_id_or_none_or_a_whole_message_begins_a_step(second: Chunk) -> None:
    result = transform([chunk({"content": "a"}, "stop"), second])
    assert (texts(result), steps(result)) == (["a", "b"], [True, True])


def test_r13_f12_a_response_that_opens_begins_a_step() -> None:
    result = transform([chunk({"content": "a"}, "stop"), *response("b", "chatcmpl-1")])
    assert (texts(result), steps(result)) == (["a", "b"], [True, True])


def test_r13_f12_something_else_between_two_chunks_ends_a_step() -> None:
    transformer = Transformer()
    transformer.interrupt()
    for text in "ab":
        transformer.feed(chunk({"content": text}, "stop"))
        transformer.interrupt()
    assert transformer.steps == 2


def test_r13_a_new_id_with_a_role_begins_a_step_although_none_finished() -> None:
    result = transform([*response("A", "r1", None), *response("B", "r2")])
    assert (texts(result), steps(result)) == (["A", "B"], [False, True])
    assert len(result.of(StreamIncomplete)) == 1


def unfinished_completion(ident: str, text: str) -> Chunk:
    message = {"role": "assistant", "content": text}
    choices = [{"index": 0, "message": message, "finish_reason": None}]
    return {**chunk(id=ident), "object": "chat.completion", "choices": choices}


@pytest.mark.parametrize("second", ["B", "A", "AB"])
def test_r13_whole_completions_with_other_ids_are_apart_although_none_finished(second: str) -> None:
    """As ``rewrite --to json`` writes responses that were cut: they ran together, and of equal ones one was lost."""
    said = ["A", second, second]
    result = transform([unfinished_completion(ident, text) for ident, text in zip("xyz", said, strict=True)])
    assert (texts(result), steps(result)) == (said, [True, True, True])


def test_r13_whole_messages_of_one_id_belong_to_one_response() -> None:
    """Some servers send the whole message so far with each piece."""
    assert texts(transform([unfinished_completion("r", text) for text in ("A", "AB", "ABC")])) == ["ABC"]


def test_r13_q11_ids_that_change_with_every_chunk_begin_none() -> None:
    source = [{**one, "id": f"id.{number}"} for number, one in enumerate(message_call(list('{"message":"Hello"}')))]
    result = transform(source)
    assert (texts(result), steps(result)) == (["Hello"], [True])


def test_r13_q11_q15_ids_and_roles_in_every_chunk_begin_none() -> None:
    source = [chunk({"role": "assistant", "content": text}, id=f"id.{text}") for text in "abc"]
    result = transform([*source, chunk({}, "stop", id="z")])
    assert (texts(result), steps(result)) == (["abc"], [True])


def test_r13_q11_ids_that_begin_to_change_are_noted() -> None:
    source = [*named("r", [chunk({"content": "a"}), chunk({"content": "b"})]), chunk({"content": "c"}, "stop", id="s")]
    result = transform(source)
    assert QuirkSeen(1, "Q11") in result.events
    assert (texts(result), steps(result)) == (["abc"], [True])


def test_r13_a_role_alone_or_a_new_id_alone_begins_none() -> None:
    same = [chunk({"content": "a"}), chunk({"role": "assistant", "content": "b"}, "stop")]
    other = [*named("r", [chunk({"content": "a"})] * 2), chunk({"content": "b"}, "stop", id="s")]
    assert steps(transform(same)) == steps(transform(other)) == [True]


def test_r13_a_new_id_before_anything_was_said_begins_none() -> None:
    """A first chunk with an id of its own, as proxies make up."""
    source = [chunk({"role": "assistant"}, id="proxy"), *response("A", "r")]
    result = transform(source)
    assert (texts(result), steps(result)) == (["A"], [True])


@pytest.mark.parametrize(
    ("delta", "finish", "begins"),
    [
        ({"role": "assistant"}, None, True),
        ({"role": "assistant", "content": ""}, None, True),
        ({"role": "assistant", "content": "b"}, None, False),
        ({"role": "assistant", "reasoning": "b"}, None, False),
        ({"role": "assistant"}, "stop", False),
        ({"content": ""}, None, False),
        (calls(entry("", name=SAY), role="assistant"), None, True),
        (calls(entry("{", name=SAY), role="assistant"), None, True),
        (calls(entry('"x', name=SAY), role="assistant"), None, False),
        (calls(entry(""), role="assistant"), None, False),
    ],
)
def test_r13_what_opens_a_response_where_ids_mean_nothing_yet(delta: Chunk, finish: str | None, begins: bool) -> None:
    """Q11 with Q15: one chunk so far, then another id: only what looks like a first chunk begins a step."""
    result = transform([chunk({"content": "a"}, id="r1"), chunk(delta, finish, id="r2"), chunk({}, "stop", id="r2")])
    assert len(result.of(StepStarted)) == (2 if begins else 1)


def test_r13_a_late_choice_belongs_to_the_step_of_its_id() -> None:
    """R14: choices may come one after the other."""
    source = [*response("A"), *({**one, "choices": [{**one["choices"][0], "index": 1}]} for one in response("B"))]
    result = transform(source)
    assert steps(result) == [True]
    assert (content_of(result.chunks, 0), content_of(result.chunks, 1)) == ("A", "B")


def test_r13_after_the_end_an_opening_with_another_id_begins_a_step() -> None:
    opening = chunk({"role": "assistant"}, id="r2")
    assert steps(transform([*response("A", "r1"), opening])) == [True, False]
    silent = chunk({"role": "assistant"}, "stop", id="r2")
    assert steps(transform([*response("A", "r1"), silent])) == [True]


@pytest.mark.parametrize("ident", ["", None, "null"])
def test_r13_q1_a_blank_id_begins_no_step(ident: Any) -> None:
    source = [
        *response("A", "r", None),
        chunk({"role": "assistant", "content": ""}, id=ident),
        chunk({}, "stop", id="r"),
    ]
    assert steps(transform(source)) == [True]


def test_r13_after_done_everything_starts_afresh() -> None:
    """B4: the same id and no finish before it, and nothing is taken over."""
    transformer = Transformer()
    outcomes = [transformer.feed(one) for one in response("A", finish=None)] + [transformer.done()]
    outcomes += [transformer.feed(one) for one in response("B")] + [transformer.done(), transformer.close()]
    result = Transformed([c for o in outcomes for c in o.chunks], [e for o in outcomes for e in o.events])
    assert (texts(result), steps(result)) == (["A", "B"], [True, True])
    assert transformer.steps == 2


def test_r13_choices_that_are_absent_after_done_are_an_early_end() -> None:
    transformer = Transformer()
    transformer.feed(chunk({"content": "x"}, "stop"))
    transformer.done()
    transformer.feed({"choices": []})
    assert [type(event) for event in transformer.close().events] == [StreamIncomplete]


def test_r13_begins_step_looks_ahead() -> None:
    rewriter = Transformer()
    usage: Chunk = {"choices": [], "usage": {"total_tokens": 1}}
    seen = []
    for one in [*response("A", "r1"), usage, *response("B", "r2")]:
        seen.append(rewriter.begins_step(one))
        rewriter.feed(one)
    assert [number for number, begins in enumerate(seen) if begins] == [len(response("A")) + 1]
    rewriter.done()
    assert rewriter.begins_step(chunk({}))
    assert not rewriter.begins_step({"choices": []})


def test_r13_a_step_has_the_id_and_model_of_its_first_chunk() -> None:
    assert transform([chunk({}, "stop", id=None, model=None)]).of(StepStarted) == [StepStarted(1, "", "")]
    assert transform([chunk({}, "stop", id=7, model="m")]).of(StepStarted) == [StepStarted(1, "7", "m")]


# --- R14: choices ------------------------------------------------------------------------------


def test_r14_three_choices_interleaved() -> None:
    """Q14: in any order, the first seen index may be 2; each has its role, text and finish."""
    letters = {2: "C", 0: "A", 1: "B"}
    streams = {
        n: [{**one, "choices": [{**one["choices"][0], "index": n}]} for one in response(t)] for n, t in letters.items()
    }
    source = [stream[row] for row in range(5) for stream in streams.values()]
    result = transform(source)
    assert steps(result) == [True]
    for index, text in letters.items():
        assert content_of(result.chunks, index) == text
        own = [o for c in result.chunks for o in c["choices"] if o["index"] == index]
        assert [o["delta"].get("role") for o in own] == ["assistant", None, None]
        assert [o["finish_reason"] for o in own] == [None, None, "stop"]


def test_r14_choices_of_one_chunk_part_ways() -> None:
    """One is rewritten, one is left as the very object, one has nothing to say."""
    plain = {"index": 1, "delta": {"content": "x"}, "finish_reason": None}
    speaking = {"index": 0, "delta": calls(entry('{"message":"Hi"', id="a", name=SAY)), "finish_reason": None}
    opening = chunk({}, choices=[speaking, plain, {**speaking, "index": 2}])
    silent = {"index": 0, "delta": calls(entry("}")), "finish_reason": None}
    following = chunk({}, choices=[silent, plain, {**silent, "index": 2}])
    first, second = transform([opening, following]).chunks
    assert [choice["index"] for choice in first["choices"]] == [0, 1, 2]
    assert first["choices"][1] is plain
    assert second["choices"] == [plain]


def test_r14_a_choice_without_an_index_is_the_first() -> None:
    result = transform(
        [{"choices": [{"delta": calls(entry('{"message":"Hi"}', name=SAY)), "finish_reason": "tool_calls"}]}]
    )
    assert result.chunks[0]["choices"][0] == {
        "index": 0,
        "delta": {"role": "assistant", "content": "Hi"},
        "finish_reason": "stop",
    }


def test_r14_one_unfinished_choice_makes_the_step_incomplete() -> None:
    source = [chunk({"content": "a"}, index=0), chunk({"content": "b"}, index=1), chunk({}, "stop", index=0)]
    result = transform(source)
    assert steps(result) == [False]
    assert "choice 1" in result.of(StreamIncomplete)[0].reason


def test_two_tools_and_two_paths_at_once() -> None:
    options = Options(tools={"say": "reply.text", "ask": "question"})
    source = [
        chunk(calls(entry('{"reply":{"text":"A"}}', index=0, id="a", name="say"))),
        chunk(calls(entry('{"question":"B"}', index=1, id="b", name="ask"))),
    ]
    assert transform(source, options).text == "AB"


# --- the arguments of message calls -----------------------------------------------------------


def test_the_arguments_of_a_message_call_are_told_where_somebody_asks() -> None:
    """Before what they say; no other event changes, and no chunk."""
    fragments = ['{"inner_thoughts":"Hm","mess', 'age":"H', 'i"}', " "]
    options = Options(message_arguments=True)
    asked, usual = transform(message_call(fragments), options), transform(message_call(fragments))
    assert [event.arguments for event in asked.of(ArgumentsDelta)] == fragments
    assert [event for event in asked.events if type(event) is not ArgumentsDelta] == usual.events
    assert asked.chunks == usual.chunks
    kinds = [type(event) for event in asked.events]
    assert kinds.index(ArgumentsDelta) < kinds.index(ThoughtsDelta)


def test_arguments_that_cannot_be_read_are_told_to_their_end() -> None:
    fragments = ['{"message":"H', 'i" oops', "} more", "", "!"]
    asked = transform(message_call(fragments), Options(message_arguments=True))
    assert "".join(event.arguments for event in asked.of(ArgumentsDelta)) == "".join(fragments)
    assert asked.text == "Hi"


# --- pydantic models, told by their methods alone ---------------------------------------------


class Model:
    """A chunk as a pydantic model gives it."""

    def __init__(self, members: Chunk) -> None:
        self._members = members

    def model_dump(self, *, by_alias: bool, warnings: bool) -> Chunk:
        assert by_alias
        assert not warnings
        return self._members


class OpenAIModel(Model):
    """One of openai's, which leaves out what the wire left out."""

    def to_dict(self, *, warnings: bool) -> Chunk:
        assert not warnings
        return {name: member for name, member in self._members.items() if member is not None}


def test_a_model_is_read_like_the_dict_it_stands_for() -> None:
    for one in message_call(['{"message":"a"}']):
        expected = Transformer().feed(one)
        assert Transformer().feed(Model(one)) == expected
        assert Transformer().feed(OpenAIModel({**one, "usage": None})) == expected


def test_a_date_becomes_seconds_q21() -> None:
    date = datetime(2031, 5, 6, tzinfo=UTC)
    [out] = Transformer().feed(Model(chunk({"content": "a"}, created=date))).chunks
    assert out["created"] == int(date.timestamp())


@pytest.mark.parametrize("failed", [{"x_groq": {"error": "no room"}}, {"base_resp": {"status_code": 1027}}])
def test_q20_an_error_in_a_chunk_that_only_appends_is_seen(failed: Chunk) -> None:
    """R12: a chunk with text, or with nothing, may carry the error of the provider."""
    for delta in ({"content": "Hi"}, {}):
        assert transform([chunk({"role": "assistant", "content": ""}), {**chunk(delta), **failed}]).of(ResponseFailed)


def test_r13_a_response_speaks_from_its_first_output_to_its_finish() -> None:
    transformer = Transformer()
    seen = [(transformer.unfinished, transformer.speaking)]
    for one in (chunk({"role": "assistant", "content": ""}), chunk({"content": "Hi"}), chunk({}, "stop")):
        transformer.feed(one)
        seen.append((transformer.unfinished, transformer.speaking))
    assert seen == [(False, False), (True, False), (True, True), (False, False)]


@pytest.mark.parametrize("finish", [None, "stop"])
def test_r13_a_mark_of_a_dialect_begins_another_response(finish: str | None) -> None:
    """It is never emitted, and no message boundary; a response that has finished is over without it."""
    start = chunk({"role": "assistant", "content": ""})
    start["choices"][0]["unspool_boundary"] = "response"
    done = transform(
        [chunk({"content": "Hi", "reasoning_content": "Hm"}, finish), start, chunk({"content": "Ho"}, "stop")]
    )
    assert [event.step for event in done.events if isinstance(event, TextDelta)] == [1, 2]
    assert sum(isinstance(event, StreamIncomplete) for event in done.events) == (finish is None)
    assert not any(isinstance(event, MessageBoundary) for event in done.events)
    assert "unspool_boundary" not in str(done.chunks)
