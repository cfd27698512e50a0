"""Every word for an end, in every dialect that has it: never a failure that looks like an answer (R17)."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from tests.dialects.test_pieces import records, sglang
from tests.finish_words import OPENAI_ALONE, RESPONSES_ERRORS, TABLES, UNDOCUMENTED
from tests.support import chunk, jsonl, run_here

from unspool.dialects.finish_words import (
    AI_SDK,
    ANTHROPIC,
    BEDROCK,
    CHAT,
    CHAT_SERVERS,
    COHERE,
    FAILED,
    GEMINI,
    LANGCHAIN,
    OLLAMA,
    PI,
    RESPONSES,
    RESPONSES_STATUS,
    TITAN,
)
from unspool.dialects.registry import DIALECTS
from unspool.variants.finish_reasons import means_failure, means_limit, means_refusal

Value = dict[str, Any]
TEXT = "Gate four."


def chat(word: str, text: str) -> list[Value]:
    return [chunk({"role": "assistant", "content": text}), chunk({}, word)]


def responses(word: str, text: str, member: str) -> list[Value]:
    parts = [{"type": "output_text", "text": text}] if text else []
    output = [{"type": "message", "id": "m", "role": "assistant", "content": parts}]
    response: Value = {"id": "r", "object": "response", "status": word, "output": output}
    if member == "incomplete_details.reason":
        response |= {"status": "incomplete", "incomplete_details": {"reason": word}}
    elif member == "error.code":
        response |= {"status": "failed", "error": {"code": word, "message": f"it failed: {word}"}}
    created = {"id": "r", "object": "response", "output": []}
    end = {"type": f"response.{response['status']}", "response": response}
    return [{"type": "response.created", "response": created}, end]


def anthropic(word: str, text: str) -> list[Value]:
    start = {"type": "message_start", "message": {"id": "m", "role": "assistant", "content": []}}
    delta = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}
    end = {"type": "message_delta", "delta": {"stop_reason": word}}
    return [start, *([delta] if text else []), end, {"type": "message_stop"}]


def gemini(word: str, text: str) -> list[Value]:
    parts = [{"text": text}] if text else []
    return [{"candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": word}]}]


def blocked(word: str, text: str) -> list[Value]:
    return [{"promptFeedback": {"blockReason": word}}]


def bedrock(word: str, text: str) -> list[Value]:
    delta = {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": text}}}
    return [{"messageStart": {"role": "assistant"}}, *([delta] if text else []), {"messageStop": {"stopReason": word}}]


def titan(word: str, text: str) -> list[Value]:
    return [{"outputText": text, "index": 0, "completionReason": word}]


def cohere(word: str, text: str) -> list[Value]:
    start = {"type": "message-start", "id": "m", "delta": {"message": {"role": "assistant"}}}
    delta = {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": text}}}}
    return [start, *([delta] if text else []), {"type": "message-end", "delta": {"finish_reason": word}}]


def ollama(word: str, text: str) -> list[Value]:
    return [{"model": "m", "message": {"role": "assistant", "content": text}, "done": True, "done_reason": word}]


def ai_sdk(word: str, text: str) -> list[Value]:
    delta = {"type": "text-delta", "id": "t", "delta": text}
    return [{"type": "start-step"}, *([delta] if text else []), {"type": "finish", "finishReason": word}]


def opencode(word: str, text: str) -> list[Value]:
    parts: list[Value] = [
        {"type": "step-start"},
        {"type": "text", "text": text},
        {"type": "step-finish", "reason": word},
    ]
    records: list[Value] = [
        {"type": part["type"].replace("-", "_"), "sessionID": "s", "part": {**part, "messageID": "m"}} for part in parts
    ]
    return records if text else [records[0], records[2]]


def interactions(word: str, text: str) -> list[Value]:
    created = {"event_type": "interaction.created", "interaction": {"id": "i"}}
    delta = {"event_type": "step.delta", "index": 0, "delta": {"type": "text", "text": text}}
    end = {"event_type": "interaction.completed", "interaction": {"id": "i", "status": word}}
    return [created, *([delta] if text else []), end]


def assistants(word: str, text: str) -> list[Value]:
    part = {"index": 0, "type": "text", "text": {"value": text}}
    delta = {"object": "thread.message.delta", "id": "m", "delta": {"content": [part]}}
    queued = {"object": "thread.run", "id": "r", "status": "queued"}
    return [queued, *([delta] if text else []), {**queued, "status": word}]


def cohere_v1(word: str, text: str) -> list[Value]:
    delta = {"is_finished": False, "event_type": "text-generation", "text": text}
    end = {"is_finished": True, "event_type": "stream-end", "finish_reason": word, "response": {"text": text}}
    start = {"is_finished": False, "event_type": "stream-start", "generation_id": "g"}
    return [start, *([delta] if text else []), end]


def strands(word: str, text: str) -> list[Value]:
    records = bedrock(word, text)
    stop = [{"contentBlockStop": {"contentBlockIndex": 0}}] if text else []
    return [{"event": event} for event in [*records[:-1], *stop, records[-1]]]


def adk(word: str, text: str) -> list[Value]:
    about = {"author": "a", "invocationId": "e-1", "partial": True}
    said = {**about, "id": "1", "content": {"role": "model", "parts": [{"text": text}]}}
    parts = [{"text": text}] if text else []
    end = {**about, "partial": False, "id": "2", "content": {"role": "model", "parts": parts}, "finishReason": word}
    return [*([said] if text else []), end]


def openai_agents(word: str, text: str, member: str) -> list[Value]:
    return [{"type": "raw_response_event", "data": event} for event in responses(word, text, member)]


def claude_code(word: str, text: str) -> list[Value]:
    blocks = [{"type": "text", "text": text}] if text else []
    message = {"id": "m", "type": "message", "role": "assistant", "content": blocks, "stop_reason": word}
    result = {"type": "result", "subtype": "success", "is_error": False, "result": text, "session_id": "s"}
    start = {"type": "system", "subtype": "init", "session_id": "s"}
    return [start, {"type": "assistant", "session_id": "s", "message": message}, result]


def claude_code_events(word: str, text: str) -> list[Value]:
    events = [{"type": "stream_event", "session_id": "s", "event": event} for event in anthropic(word, text)]
    start, _, result = claude_code(word, text)
    return [start, *events, result]


def dashscope(word: str, text: str) -> list[Value]:
    return [{"output": {"text": text, "finish_reason": word}, "request_id": "r"}]


def mastra(word: str, text: str) -> list[Value]:
    about = {"runId": "r", "from": "AGENT"}
    start = {"type": "step-start", **about, "payload": {"request": {}}}
    delta = {"type": "text-delta", **about, "payload": {"id": "t", "text": text}}
    ends: list[Value] = [
        {"type": kind, **about, "payload": {"stepResult": {"reason": word}, "output": {}}}
        for kind in ("step-finish", "finish")
    ]
    return [start, *([delta] if text else []), *ends]


def ai_sdk_data(word: str, text: str) -> list[Value]:
    said = [{"code": "0", "value": text}] if text else []
    return [{"code": "f", "value": {"messageId": "m"}}, *said, {"code": "d", "value": {"finishReason": word}}]


def letta(word: str, text: str) -> list[Value]:
    message = {"message_type": "assistant_message", "id": "m", "content": text}
    thoughts = {"message_type": "reasoning_message", "id": "m", "reasoning": "Hm."}
    return [message if text else thoughts, {"message_type": "stop_reason", "stop_reason": word}]


def acp(word: str, text: str) -> list[Value]:
    update = {"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": text}}
    prompt = {"jsonrpc": "2.0", "id": 1, "method": "session/prompt", "params": {"sessionId": "s", "prompt": []}}
    chunk = {"jsonrpc": "2.0", "method": "session/update", "params": {"sessionId": "s", "update": update}}
    return [prompt, *([chunk] if text else []), {"jsonrpc": "2.0", "id": 1, "result": {"stopReason": word}}]


def assistant_ui(word: str, text: str) -> list[Value]:
    parts: list[Value] = [
        {"type": "part-start", "part": {"type": "text"}, "path": []},
        {"type": "text-delta", "textDelta": text, "path": [0]},
    ]
    return [
        {"type": "step-start", "messageId": "m"},
        *(parts if text else []),
        {"type": "message-finish", "path": [], "finishReason": word},
    ]


def managed_agents(word: str, text: str) -> list[Value]:
    said = {"type": "agent.message", "id": "m", "content": [{"type": "text", "text": text}]}
    events: list[Value] = [{"type": "session.status_running", "id": "r"}, *([said] if text else [])]
    ended: Value = {"type": "session.status_idle", "id": "i", "stop_reason": {"type": word}}
    return [{**event, "processed_at": "2031-01-01T00:00:00Z"} for event in (*events, ended)]


def pi(word: str, text: str) -> list[Any]:
    blocks = [{"type": "text", "text": text}] if text else []
    message: Value = {"role": "assistant", "content": blocks, "stopReason": word, "timestamp": 1}
    if word in PI and PI[word] == FAILED:
        message["errorMessage"] = f"it ended: {word}"
    return [{"type": "agent_start"}, {"type": "message_end", "message": message}, {"type": "agent_end", "messages": []}]


def llm(word: str, text: str) -> list[Any]:
    known = {"id": "r", "conversation_id": "c", "model": "m", "prompt": "Hi?", "response": text}
    return [{**known, "response_json": {"finish_reason": word}}]


def llama_cpp(word: str, text: str) -> list[Any]:
    said = [{"index": 0, "content": text, "tokens": [], "stop": False}] if text else []
    return [*said, {"index": 0, "content": "", "tokens": [], "stop": True, "stop_type": word}]


def tgi(word: str, text: str) -> list[Any]:
    token = {"id": 2, "text": text, "logprob": -1.0, "special": not text}
    return [{"index": 1, "token": token, "generated_text": text, "details": {"finish_reason": word}}]


def langchain(word: str, text: str) -> list[Any]:
    end = {"type": "AIMessageChunk", "id": "m", "content": "", "response_metadata": {"finish_reason": word}}
    return [
        [{"type": "AIMessageChunk", "id": "m", "content": text}, {"langgraph_node": "a"}],
        [end, {"langgraph_node": "a"}],
    ]


def pieces(name: str) -> Callable[[str, str], list[Any]]:
    return lambda word, text: records(name, [text] if text else [], word)


MAKERS: dict[tuple[str, str], Callable[[str, str], list[Any]]] = {
    **{(name, "finish_reason"): pieces(name) for name in ("ernie", "aleph-alpha", "koboldcpp", "minimax", "gigachat")},
    ("hunyuan", "FinishReason"): pieces("hunyuan"),
    ("oci", "finishReason"): pieces("oci"),
    ("mistral-text", "stop_reason"): pieces("mistral-text"),
    ("sglang", "finish_reason.type"): lambda word, text: sglang([text], word),
    ("chat", "finish_reason"): chat,
    ("responses", "response.status"): lambda word, text: responses(word, text, "response.status"),
    ("responses", "incomplete_details.reason"): lambda word, text: responses(word, text, "incomplete_details.reason"),
    ("responses", "error.code"): lambda word, text: responses(word, text, "error.code"),
    ("anthropic", "stop_reason"): anthropic,
    ("gemini", "finishReason"): gemini,
    ("gemini", "promptFeedback.blockReason"): blocked,
    ("bedrock", "messageStop.stopReason"): bedrock,
    ("bedrock", "completionReason"): titan,
    ("cohere", "finish_reason"): cohere,
    ("ollama", "done_reason"): ollama,
    ("ai-sdk", "finishReason"): ai_sdk,
    ("opencode", "reason"): opencode,
    ("gemini-interactions", "status"): interactions,
    ("assistants", "status"): assistants,
    ("letta", "stop_reason"): letta,
    ("llama-cpp", "stop_type"): llama_cpp,
    ("tgi", "details.finish_reason"): tgi,
    ("pi", "stopReason"): pi,
    ("llm", "response_json.finish_reason"): llm,
    ("acp", "stopReason"): acp,
    ("assistant-ui", "finishReason"): assistant_ui,
    ("managed-agents", "stop_reason.type"): managed_agents,
    ("langchain", "finish_reason"): langchain,
}
"""A response of each dialect that ends with a word, with a text or without any."""

SHARED: dict[tuple[str, str], dict[str, str]] = {
    ("cohere-v1", "finish_reason"): COHERE,
    ("strands", "messageStop.stopReason"): BEDROCK,
    ("adk", "finishReason"): GEMINI,
    ("openai-agents", "response.status"): RESPONSES_STATUS,
    ("openai-agents", "incomplete_details.reason"): RESPONSES,
    ("openai-agents", "error.code"): RESPONSES_ERRORS,
    ("claude-code", "message.stop_reason"): ANTHROPIC,
    ("claude-code", "event.delta.stop_reason"): ANTHROPIC,
    ("ai-sdk-data", "finishReason"): AI_SDK,
    ("mastra", "stepResult.reason"): AI_SDK,
    ("llm", "response_json.finish_reason"): LANGCHAIN,
    ("dashscope", "finish_reason"): {word: CHAT[word] for word in ("stop", "length", "tool_calls", "content_filter")},
}
"""The words of dialects that have those of the table of another one."""
MAKERS |= {
    ("cohere-v1", "finish_reason"): cohere_v1,
    ("strands", "messageStop.stopReason"): strands,
    ("adk", "finishReason"): adk,
    **{
        ("openai-agents", member): partial(openai_agents, member=member)
        for dialect, member in SHARED
        if dialect == "openai-agents"
    },
    ("claude-code", "message.stop_reason"): claude_code,
    ("claude-code", "event.delta.stop_reason"): claude_code_events,
    ("ai-sdk-data", "finishReason"): ai_sdk_data,
    ("mastra", "stepResult.reason"): mastra,
    ("dashscope", "finish_reason"): dashscope,
}

WORDS = [  # of Chat Completions' servers each word once
    *(
        (table.dialect, table.member, word, meaning)
        for table in TABLES[len(CHAT_SERVERS) :]
        for word, meaning in table.words.items()
    ),
    *(("chat", "finish_reason", word, meaning) for word, meaning in CHAT.items()),
    *(("langchain", "finish_reason", word, meaning) for word, meaning in LANGCHAIN.items()),
    *((dialect, member, word, words[word]) for (dialect, member), words in SHARED.items() for word in words),
]
EACH = pytest.mark.parametrize(
    ("dialect", "member", "word", "meaning"), WORDS, ids=[f"{dialect}-{word}" for dialect, _, word, _ in WORDS]
)


def finishes(stream: bytes) -> list[str]:
    ran = run_here(["rewrite"], stream)
    choices = [choice for line in ran.stdout.splitlines() for choice in json.loads(line).get("choices") or ()]
    return [choice["finish_reason"] for choice in choices if choice["finish_reason"]]


@EACH
def test_a_word_for_a_failure_is_an_error_and_every_other_an_end(
    dialect: str, member: str, word: str, meaning: str
) -> None:
    stream = jsonl(MAKERS[dialect, member](word, TEXT))
    ran = run_here(["text"], stream)
    assert ran.stdout.decode() in (f"{TEXT}\n", "" if member == "promptFeedback.blockReason" else f"{TEXT}\n")
    if meaning == FAILED:
        assert ran.code == 5
        assert word in ran.stderr
        return
    assert ran.code in (0, 4 if (dialect, meaning) == ("opencode", "tool_calls") else 0)
    if dialect != "chat":  # whose words stay what they are (R5)
        assert finishes(stream)[-1] in (meaning, *(["tool_calls"] if meaning == "stop" else []))


@EACH
def test_an_answer_without_text_that_was_filtered_is_reported(
    dialect: str, member: str, word: str, meaning: str
) -> None:
    ran = run_here(["text"], jsonl(MAKERS[dialect, member](word, "")))
    assert (ran.stdout, ran.stderr.count("\n")) == (b"", 1)
    said = ran.stderr.rstrip("\n").rpartition("): " if "record" in ran.stderr else "input: ")[2]
    if meaning == FAILED:
        assert ran.code == 5
        assert "the provider sent an error: " in ran.stderr
        assert word in ran.stderr
    elif meaning == "content_filter":
        shown = "content_filter" if word in {"content-filter", "CONTENT_FILTERED"} and dialect in MEANINGS else word
        how = "refused" if word == "refusal" else "filtered"
        assert (ran.code, said) == (0, f"the answer was {how} ({shown}); no text was shown")
    elif (dialect, meaning) == ("opencode", "tool_calls"):
        assert (ran.code, "ended before" in ran.stderr) == (4, True)  # the run goes on behind a call
    else:
        assert (ran.code, said.partition(";")[0]) == (0, "no message")


MEANINGS = ("bedrock", "strands", "ai-sdk", "assistant-ui", "ai-sdk-data", "opencode", "mastra")
"""The dialects that say of a filter what Chat Completions says; their word is spelt in nearly the same way."""
SORRY = "I cannot help."


def refused_chat(word: str) -> list[Any]:
    return [chunk({"role": "assistant", "refusal": "I cannot"}), chunk({"refusal": " help."}), chunk({}, word)]


def refused_response(word: str) -> list[Any]:
    created, end = responses(word, "", "incomplete_details.reason" if word == "content_filter" else "response.status")
    end["response"]["output"][0]["content"] = [{"type": "refusal", "refusal": SORRY}]
    return [created, end]


def refused_run(word: str) -> list[Any]:
    queued, delta, end = assistants(word, TEXT)
    delta["delta"]["content"] = [{"index": 0, "type": "refusal", "refusal": SORRY}]
    return [queued, delta, end]


def refused_message(word: str) -> list[Any]:
    (first, where), last = langchain(word, "")
    return [[{**first, "additional_kwargs": {"refusal": SORRY}}, where], last]


@pytest.mark.parametrize("command", ["text", "rewrite", "events", "lint", "stats", "view"])
@pytest.mark.parametrize(
    ("make", "word", "how"),
    [
        *((refused_chat, word, "refused") for word in ("stop", "length", "end_turn", "weird")),
        (refused_chat, "content_filter", "filtered (content_filter)"),
        (refused_chat, "refusal", "refused (refusal)"),
        (refused_response, "completed", "refused"),
        (refused_response, "content_filter", "filtered (content_filter)"),
        (refused_run, "completed", "refused"),
        (refused_message, "stop", "refused"),
        (refused_message, "refusal", "refused (refusal)"),
        (refused_message, "SAFETY", "filtered (SAFETY)"),
    ],
)
def test_a_refusal_that_was_sent_is_said_to_be_one(
    make: Callable[[str], list[Any]], word: str, how: str, command: str
) -> None:
    ran = run_here([command], jsonl(make(word)))
    assert ran.code == 0
    assert ran.stderr.partition("): ")[2] == f"the answer was {how}: {SORRY}; no text was shown\n"


def test_words_that_mean_a_context_window_are_a_length_everywhere() -> None:
    found = {table.words[word] for table in TABLES for word in table.words if "context_window_exceeded" in word}
    assert found == {"length"}


NOT_WORDS = {"response.status", "error.code", "promptFeedback.blockReason"}
"""Members with states, codes of errors, and blocks: no provider's reason for an end is there."""
ENDS = [
    (*key, make) for key, make in MAKERS.items() if key[0] not in ("chat", "assistants") and key[1] not in NOT_WORDS
]


@pytest.mark.parametrize(("dialect", "member", "make"), ENDS, ids=[f"{one}-{member}" for one, member, _ in ENDS])
def test_a_word_of_another_provider_means_the_same_in_every_dialect(
    dialect: str, member: str, make: Callable[[str, str], list[Any]]
) -> None:
    """R17: relays pass on the words of the providers behind them."""
    full = jsonl(make("model_context_window_exceeded", TEXT))
    assert (run_here(["text"], full).code, finishes(full)[-1]) == (0, "length")
    refused = run_here(["text"], jsonl(make("refusal", "")))
    assert (refused.stdout, refused.code) == (b"", 0)
    assert "refus" in refused.stderr or "content_filter" in refused.stderr
    if member != "incomplete_details.reason":
        failed = run_here(["text"], jsonl(make("malformed_tool_use", TEXT)))
        assert (failed.stdout.decode(), failed.code) == (f"{TEXT}\n", 5)


def test_relays_pass_words_on_to_chat_completions_and_they_mean_the_same_there() -> None:
    passed_on = {**COHERE, **BEDROCK, **TITAN, **GEMINI, **ANTHROPIC, **OLLAMA, **CHAT}
    unclear = {"OTHER", "RAG_QUERY_WHEN_RAG_DISABLED"}  # too common a word, and one of Titan's alone
    for word, meaning in passed_on.items():
        if word not in unclear:
            assert (means_failure(word), means_refusal(word)) == (meaning == FAILED, meaning == "content_filter"), word


def test_a_word_that_no_table_has_is_read_by_its_parts() -> None:
    assert means_failure("Engine_Overloaded")
    assert means_refusal("output-moderation")
    assert not means_failure("moderation_error")
    assert not means_failure("max_output_tokens")
    assert means_limit("MAX_OUTPUT_TOKENS")
    assert not means_limit("end_turn")


@pytest.mark.parametrize("member", ["finish_reason", "native_finish_reason"])
@pytest.mark.parametrize(("word", "code"), [("MALFORMED_FUNCTION_CALL", 5), ("refusal", 0), ("completed", 0)])
def test_the_word_behind_a_relay_counts(member: str, word: str, code: int) -> None:
    end = chunk({}, "stop")
    end["choices"][0][member] = word
    ran = run_here(["text"], jsonl([chunk({"role": "assistant", "content": ""}), end]))
    assert ran.code == code
    assert (word in ran.stderr) == (word != "completed" or member == "finish_reason")


def test_an_answer_with_nothing_in_it_is_reported_with_its_word() -> None:
    ran = run_here(["text"], jsonl(gemini("STOP", "")))
    assert (ran.code, ran.stderr) == (
        0,
        "unspool: standard input: no message; the answer is empty (finish_reason stop)\n",
    )


WORDLESS = {
    *(
        "ag-ui",
        "agents-api",
        "chatkit",
        "codex",
        "codex-server",
        "codex-session",
        "copilot",
        "dify",
        "gemini-cli",
        "mistral-conversations",
    ),
    *("cloudflare", "snowflake", "spark"),
}
"""Dialects whose responses end with an event, a state or a code; no word says why. Their errors are tested apart."""


def test_every_dialect_is_in_the_matrix() -> None:
    assert {dialect for dialect, _ in MAKERS} | WORDLESS == {"chat", *DIALECTS}


@pytest.mark.parametrize(
    ("end", "finish"),
    [
        ({"truncated": True}, "length"),
        ({"stopped_limit": True}, "length"),
        ({"truncated": True, "stopped_eos": True}, "stop"),
        ({"truncated": True, "stop_type": "eos"}, "stop"),
    ],
)
def test_a_full_context_of_llama_cpp_is_a_length(end: Value, finish: str) -> None:
    stop = {"index": 0, "content": "", "tokens": [], "stop": True, **end}
    assert finishes(jsonl([{"index": 0, "content": "Hi", "tokens": [], "stop": False}, stop])) == [finish]


def test_each_table_has_its_source() -> None:
    assert all(table.source.startswith("https://") for table in TABLES)
    assert {(table.dialect, table.member) for table in TABLES} <= MAKERS.keys()


def test_a_server_without_words_of_its_own_has_its_source_and_no_table() -> None:
    assert all(source.startswith("https://") for source in (OPENAI_ALONE | UNDOCUMENTED).values())
    assert (OPENAI_ALONE | UNDOCUMENTED).keys().isdisjoint(CHAT_SERVERS)
