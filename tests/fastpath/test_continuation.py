"""Deltas of a dialect are taken in batches, and nothing shows whether they are: same output with the fast path off."""

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.dialects.agents.wires import AGENT_WIRES
from tests.dialects.generated import TEXT, THOUGHTS, answers
from tests.dialects.test_corrupted import EVENTS, corrupted
from tests.dialects.wires import JOINS, WIRES
from tests.fastpath.differential import assert_same_as_slow_path
from tests.support import chunk, jsonl

from unspool.core.options import Options, OtherTools, Thoughts
from unspool.core.transformer import Transformer
from unspool.dialects.translator import Translator
from unspool.fastpath.matcher import ContinuationMatcher
from unspool.formats.framer import Framer
from unspool.value_reader import joined

ALL = {**WIRES, **AGENT_WIRES}
WORDS = [f"word {number} " for number in range(40)]
Value = dict[str, Any]


def anthropic(member: str, kind: str, start: Value, words: list[str]) -> list[Value]:
    return [
        {"type": "message_start", "message": {"id": "m", "model": "x"}},
        {"type": "content_block_start", "index": 0, "content_block": start},
        *(
            {"type": "content_block_delta", "index": 0, "delta": {"type": kind, member: word}}
            for word in words
        ),
    ]  # fmt: skip


def responses(words: list[str], **members: Any) -> list[Value]:
    """Deltas that differ in their sequence numbers and padding, too, as OpenAI sends them."""
    delta = {"type": "response.output_text.delta", "item_id": "i", "output_index": 0, "content_index": 0, **members}
    return [
        {"type": "response.created", "sequence_number": 0, "response": {"id": "r", "model": "x"}},
        {"type": "response.output_item.added", "output_index": 0, "item": {"type": "message", "id": "i"}},
        *({**delta, "sequence_number": n + 1, "obfuscation": "x" * (n % 5), "delta": w} for n, w in enumerate(words)),
    ]


def gemini(words: list[str], **members: Any) -> list[Value]:
    """Pieces whose usage grows."""
    return [
        {
            "candidates": [{"content": {"parts": [{"text": word, **members}], "role": "model"}, "index": 0}],
            "usageMetadata": {"promptTokenCount": 3, "totalTokenCount": 4 + number},
            "responseId": "r",
        }
        for number, word in enumerate(words)
    ]


def langchain(words: list[str]) -> list[Any]:
    """Chunks with their metadata, as LangGraph's mode ``messages`` has them."""
    about = {"langgraph_checkpoint_ns": "agent:1", "langgraph_step": 1}
    chunk = {"type": "AIMessageChunk", "id": "run--1", "response_metadata": {"model_provider": "openai"}}
    return [[{**chunk, "content": word, "tool_call_chunks": []}, about] for word in words]


GEMINI_CLI = {"type": "message", "timestamp": "t", "role": "assistant", "delta": True}
LETTA = {"message_type": "assistant_message", "id": "message-1", "step_id": "step-1", "otid": "o"}
DELTA = {"threadId": "t", "turnId": "1", "itemId": "i"}
AGENTS: dict[str, list[Any]] = {
    "codex-server": [
        {"method": "turn/started", "params": {"threadId": "t"}},
        *({"method": "item/agentMessage/delta", "params": {**DELTA, "delta": word}} for word in WORDS),
    ],
    "gemini-cli": [
        {"type": "init", "timestamp": "t", "session_id": "s", "model": "m"},
        *({**GEMINI_CLI, "content": word, "timestamp": f"t{number}"} for number, word in enumerate(WORDS)),
    ],
    "letta": [{**LETTA, "content": word, "seq_id": number} for number, word in enumerate(WORDS)],
    "letta in parts": [{**LETTA, "content": [{"type": "text", "text": word}]} for word in WORDS],
    "langchain": langchain(WORDS),
    "ai-sdk thoughts": [
        {"type": "start", "messageId": "m"},
        *({"type": "reasoning-delta", "id": "0", "delta": word} for word in WORDS),
    ],
}
TEXT_BLOCK = {"type": "text", "text": ""}
CALL_BLOCK = {"type": "tool_use", "id": "c", "name": "send_message", "input": {}}
LONG: dict[str, list[Any]] = {
    **AGENTS,
    "anthropic": anthropic("text", "text_delta", TEXT_BLOCK, WORDS),
    "anthropic call": anthropic("partial_json", "input_json_delta", CALL_BLOCK, ['{"message":"', *WORDS]),
    "responses": responses(WORDS),
    "gemini": gemini(WORDS),
    "gemini thoughts": gemini(WORDS, thought=True),
}


def batches(values: list[Any]) -> list[list[str]]:
    """The texts of the batches of a stream in a dialect."""
    return batches_of(framed(values))


def framed(values: list[Any]) -> bytes:
    """Lines, or where a record is an array, as LangGraph's server sends it, server-sent events."""
    if not any(isinstance(value, list) for value in values):
        return jsonl(values)
    return b"".join(b"event: messages\ndata: %s\n\n" % json.dumps(value).encode() for value in values)


def batches_of(data: bytes) -> list[list[str]]:
    transformer, translator = Transformer(Options()), Translator()
    matcher = ContinuationMatcher(transformer, translator)
    records = Framer().feed(data)[::-1]
    found: list[list[str]] = []
    learnt = False
    while records:
        batch = matcher.match(records) if learnt else None
        if batch is not None:
            found.append(batch.texts)
            continue
        record = records.pop()
        chunks = translator.feed(record.parse())
        assert chunks is not None
        outcomes = [transformer.feed(chunk) for chunk in chunks]
        learnt = bool(chunks) and matcher.learn(record, chunks[-1], joined(outcomes))
    return found


@pytest.mark.parametrize("name", LONG)
def test_nearly_all_deltas_are_taken(name: str) -> None:
    taken = [text for texts in batches(LONG[name]) for text in texts]
    assert len(taken) >= len(WORDS) - 4
    assert "".join(taken) in "".join(WORDS)


@pytest.mark.parametrize("name", ["anthropic", "anthropic call", "responses", "gemini", "gemini thoughts"])
def test_a_reader_can_be_copied_behind_a_delta_that_was_appended(name: str) -> None:
    """To read a capture in pieces takes copies; one of a compiled class is made without arguments."""
    translator = Translator()
    for value in LONG[name][:5]:
        translator.feed(value)
    assert translator.append(LONG[name][5], "call" in name) is not None
    copy = deepcopy(translator)
    assert copy.append(LONG[name][6], "call" in name) == translator.append(LONG[name][6], "call" in name)


@pytest.mark.parametrize("name", LONG)
@pytest.mark.parametrize("cut", [3, 20, 41])
def test_a_response_that_begins_again_in_the_middle_is_the_same_r15(name: str, cut: int) -> None:
    values = LONG[name]
    assert_same_as_slow_path(framed([*values[:cut], *values]))
    assert_same_as_slow_path(framed([*values, *values]))


CODED = [
    b'f:{"messageId":"m"}\n' + b"".join(b"0:%s\n" % json.dumps(word).encode() for word in WORDS),
    b'f:{"messageId":"m"}\n' + b"".join(b"g:%s\n" % json.dumps(word).encode() for word in WORDS),
    b'f:{"messageId":"m"}\nb:{"toolCallId":"c","toolName":"send_message"}\n'
    b'c:{"toolCallId":"c","argsTextDelta":"{\\"message\\":\\""}\n'
    + b"".join(b'c:{"toolCallId":"c","argsTextDelta":%s}\n' % json.dumps(word).encode() for word in WORDS),
]


@pytest.mark.parametrize("data", CODED, ids=["text", "thoughts", "call"])
def test_deltas_of_lines_with_a_code_are_taken(data: bytes) -> None:
    assert sum(map(len, batches_of(data))) >= len(WORDS) - 4
    assert_same_as_slow_path(data)


ODD_CHUNKS: list[Value] = [
    {"id": "run--2"},
    {"content": [{"type": "image", "text": "a part"}]},
    {"content": ""},
    {"tool_call_chunks": [{"index": 0, "name": "send_message", "args": '{"message": "Hi"}', "id": "c"}]},
    {"additional_kwargs": {"reasoning_content": "Hm"}},
    {"response_metadata": {"model_provider": "openai", "finish_reason": "stop"}},
    {"usage_metadata": {"input_tokens": 1, "output_tokens": 2}},
    {"chunk_position": "last"},
    {"type": "ai"},
    {"type": "human"},
]


@pytest.mark.parametrize("changed", ODD_CHUNKS, ids=str)
def test_a_chunk_of_langchain_with_anything_else_is_fed(changed: Value) -> None:
    values = langchain(WORDS)
    values[20] = [{**values[20][0], **changed}, values[20][1]]
    assert sum(map(len, batches(values[:21]))) < 20
    assert_same_as_slow_path(framed(values))


@pytest.mark.parametrize("name", AGENTS)
@pytest.mark.parametrize("place", [2, 20, 39])
def test_agents_deltas_in_turn_with_other_records(name: str, place: int) -> None:
    """A tool's result, another message, an error and damage come between the deltas of a batch."""
    values = AGENTS[name]
    for other in (values[0], {"type": "unknown", "timestamp": "t"}, {"error": {"message": "no"}}, "text", None):
        assert_same_as_slow_path(framed([*values[:place], other, *values[place:]]))


ODD: dict[str, Value] = {
    "another item": {"item_id": "j"},
    "another part": {"content_index": 1},
    "an index that is no integer": {"output_index": 0.0},
    "log probabilities": {"logprobs": [{"token": "x", "logprob": -1}]},
    "no text": {"delta": ""},
    "an object": {"delta": {"text": "x"}},
    "a type": {"type": "response.refusal.delta"},
    "an end": {"type": "response.output_text.done", "text": "word"},
    "an error": {"type": "error", "message": "no"},
}


@pytest.mark.parametrize("changed", ODD.values(), ids=ODD)
def test_a_delta_with_anything_else_is_fed(changed: Value) -> None:
    values = responses(WORDS)
    values[20] = {**values[20], **changed}
    assert values[20].get("delta") not in [text for texts in batches(values[:21]) for text in texts]
    assert_same_as_slow_path(jsonl(values))


@pytest.mark.parametrize("name", ["gemini", "gemini thoughts", "langchain"])
def test_the_second_text_of_a_response_is_taken(name: str) -> None:
    """The first has the role and the start of the response, of which nothing comes again: most responses are short."""
    assert [len(texts) for texts in batches(LONG[name])] == [len(WORDS) - 1]


def test_each_response_of_gemini_has_a_batch() -> None:
    values = [*gemini(["A ", "gate."]), *gemini(["A ", "door."])]
    for value in values[2:]:
        value["responseId"] = "s"
    assert_same_as_slow_path(jsonl(values))  # the first is cut
    for value in values[1::2]:
        value["candidates"][0]["finishReason"] = "STOP"
    assert batches(values) == [["gate."], ["door."]]
    assert_same_as_slow_path(jsonl(values))


def test_each_piece_of_gemini_may_have_a_finish_reason() -> None:
    values = gemini(WORDS)
    for value in values:
        value["candidates"][0]["finishReason"] = "STOP"
    assert sum(map(len, batches(values))) == len(WORDS) - 1
    assert_same_as_slow_path(jsonl(values))
    assert_same_as_slow_path(jsonl(values[:-1] + gemini(["without."])))


@pytest.mark.parametrize("before", [1, 2, 3])
def test_a_delta_of_another_dialect_is_no_delta_of_this(before: int) -> None:
    """Found by drawing: a delta of assistant-ui, which has a path, was appended to a text of AI SDK."""
    delta = {"type": "text-delta", "textDelta": "They ask "}
    assert_same_as_slow_path(jsonl([*[delta] * before, {**delta, "path": [0]}]))


def test_a_piece_of_gemini_that_repeats_all_before_is_fed_r15() -> None:
    """R15: some relays send the whole text once more at the end; deltas of a batch count as sent."""
    values = [*gemini(WORDS[:9]), *gemini(["".join(WORDS[:9])])]
    assert_same_as_slow_path(jsonl(values))
    assert "".join(WORDS[:9]) not in [text for texts in batches(values) for text in texts]


@pytest.mark.parametrize("member", ["safetyRatings", "citationMetadata", "finishReason", "extra"])
def test_members_beyond_a_text_are_emitted_once(member: str) -> None:
    values = gemini(WORDS)
    values[3]["candidates"][0][member] = "STOP"
    values[4]["candidates"][0][member] = "STOP"
    assert_same_as_slow_path(jsonl(values))


@pytest.mark.parametrize("index", [True, 0.0, "0", [], None, 1])
def test_odd_indexes_are_fed(index: Any) -> None:
    for values in LONG.values():
        text = json.dumps(values[10]).replace('index": 0', f'index": {json.dumps(index)}')
        assert_same_as_slow_path(jsonl([*values[:10], json.loads(text), *values[11:]]))


@pytest.mark.parametrize("number", [True, None, 1.0, "1"])
def test_odd_sequence_numbers_count_for_nothing(number: Any) -> None:
    values = responses(WORDS)
    values[20] = {**values[20], "sequence_number": number}
    assert_same_as_slow_path(jsonl(values))


@pytest.mark.parametrize("thoughts", Thoughts)
@pytest.mark.parametrize("other_tools", OtherTools)
@pytest.mark.parametrize("name", LONG)
def test_no_option_tells(name: str, thoughts: Thoughts, other_tools: OtherTools) -> None:
    for tool in ("send_message", "other"):
        options = Options(tools={tool: "message"}, thoughts=thoughts, other_tools=other_tools)
        assert_same_as_slow_path(jsonl(LONG[name]), options=options)
        assert_same_as_slow_path(jsonl(LONG[name]), size=300, options=options)


@pytest.mark.parametrize("name", ALL)
@given(data=st.data())
def test_no_generated_stream_tells(name: str, data: st.DataObject) -> None:
    events = data.draw(ALL[name](data.draw(answers(joins=JOINS.get(name, (TEXT, THOUGHTS))))))
    assert_same_as_slow_path(jsonl(events))


@pytest.mark.parametrize("name", sorted(EVENTS))
@given(data=st.data())
def test_no_corrupted_stream_tells(name: str, data: st.DataObject) -> None:
    assert_same_as_slow_path(jsonl(data.draw(corrupted(name))))


@pytest.mark.parametrize("broken", [b"@Q\xe9vent: x", b'@{"type":"x"}', b"x.tdata: @", b'@,"a', b"@"])
def test_damage_behind_a_delta_loses_no_text(broken: bytes) -> None:
    """A record that the matcher parsed in vain was passed over as broken; the general path finds the record in it."""
    *before, last = (json.dumps(event).encode() for event in responses(WORDS[:6]))
    assert_same_as_slow_path(b"\n".join([*before, broken.replace(b"@", last), b""]))


def test_a_batch_of_another_format_is_no_part_of_an_agents_run() -> None:
    """The record of the agent comes again behind chunks, which its run does not count."""
    again = {**GEMINI_CLI, "content": "at nine", "timestamp": "2031-05-04T09:00:00.373Z"}
    chunks = [chunk({"content": word}) for word in WORDS]
    assert_same_as_slow_path(jsonl([again, *chunks, again, chunk({}, "stop")]))


def test_a_delta_with_another_member_is_read_alone() -> None:
    """Found by fuzzing: lint looked at no such member, which may be thoughts that are not read (Q40)."""
    values = anthropic("text", "text_delta", TEXT_BLOCK, WORDS)
    values[20]["delta"]["thinking"] = "hm"
    assert_same_as_slow_path(framed(values), ["lint"])
