"""Streams of agents, and exports of messages, that are not read: each is named, and the advice prints their text."""

import base64
import gzip
import re
import shutil
import subprocess
from json import dumps
from pathlib import Path
from typing import Any

import pytest
from tests.support import ends_within, jsonl, message_call, run_here, sse

from unspool.intake.unread.foreign_formats import recognise

Value = dict[str, Any]
SAID = {"role": "assistant", "content": "Hi"}


def data(*values: Value) -> bytes:
    return b"".join(b"data: " + jsonl([value]) + b"\n" for value in values)


def a2a(**result: Any) -> Value:
    return {"jsonrpc": "2.0", "id": 1, "result": {"taskId": "t", **result}}


def a2a_1(result: Value) -> Value:
    return {"jsonrpc": "2.0", "id": 1, "result": result}


def runpod(text: str) -> Value:
    return {"choices": [{"tokens": [text]}], "usage": {"input": 3, "output": 1}}


def scoped(number: int, kind: str, status: str, **members: Any) -> Value:
    return {"sequence_number": number, "object": kind, "status": status, "error": None, **members}


SCOPED = {"id": "m", "type": "message", "role": "assistant", "content": [{"type": "text", "text": "Hi"}]}
IN_MESSAGE = {"type": "text", "msg_id": "m"}
AGENT_SCOPE = [
    scoped(0, "response", "in_progress", id="r", output=None),
    scoped(1, "message", "in_progress", id="m", type="message", role="assistant", content=[]),
    scoped(2, "content", "in_progress", **IN_MESSAGE, delta=True, text="H"),
    scoped(3, "content", "in_progress", **IN_MESSAGE, delta=True, text="i"),
    scoped(4, "content", "completed", **IN_MESSAGE, delta=False, text="Hi"),
    scoped(
        5, "message", "completed", id="m", type="message", role="assistant", content=[{"type": "text", "text": "Hi"}]
    ),
    scoped(6, "response", "completed", id="r", output=[{"object": "message", "content": [{"text": "Hi"}]}]),
]
A2A_1 = [
    {"task": {"id": "t", "contextId": "c", "status": {"state": "TASK_STATE_SUBMITTED"}}},
    {"statusUpdate": {"taskId": "t", "contextId": "c", "status": {"state": "TASK_STATE_WORKING"}}},
    {"artifactUpdate": {"taskId": "t", "contextId": "c", "artifact": {"artifactId": "a", "parts": [{"text": "Hi"}]}}},
]


CONTENT = [{"type": "text", "text": "Hi"}]
SAMPLED = {"role": "assistant", "content": {"type": "text", "text": "Hi"}, "model": "m", "stopReason": "endTurn"}
ANTIGRAVITY = [
    {"event": "init", "conversation_id": "c", "init": {"cwd": "/x", "permission_mode": "default"}},
    {"event": "step_update", "step_update": {"step_index": 0, "state": "DONE", "step_type": "user_input"}},
    *(
        {"event": "step_update", "step_update": {"step_index": 1, "step_type": "agent_response", "text_delta": one}}
        for one in "Hi"
    ),
    {"event": "result", "result": {"status": "SUCCESS", "response": "Hi", "usage": {"input_tokens": 3}}},
]
ONYX = [
    {"type": "reasoning_delta", "reasoning": "So?"},
    {"type": "message_start", "content": "", "final_documents": None},
    {"type": "message_delta", "content": "H"},
    {"type": "message_delta", "content": "i"},
    {"type": "stop"},
]
STREAMS = [
    (
        "Replicate",
        b"event: output\nid: 1:0\ndata: H\n\nevent: output\nid: 2:0\ndata: i\n\nevent: done\nid: 3:0\ndata: {}\n\n",
    ),
    (
        "RAGFlow",
        b"".join(
            b"data:%b\n\n" % dumps({"code": 0, "message": "", "data": one}).encode()
            for one in ({"answer": "H"}, {"answer": "Hi"}, True)
        ),
    ),
    (
        "RAGFlow",
        b"".join(
            b"data:%b\n\n" % dumps({"code": 0, "message": "", "data": one}).encode()
            for one in ({"answer": "H"}, {"answer": "i"}, {"answer": ""}, True)
        ),
    ),
    ("goose", jsonl([{"type": "message", "message": {"role": "assistant", "content": CONTENT}}, {"type": "complete"}])),
    ("session of goose", jsonl([{"working_dir": "/x", "message_count": 1}, {"role": "assistant", "content": CONTENT}])),
    (
        "Microsoft Agent Framework",
        data(
            {"role": "assistant", "contents": [{"$type": "text", "text": "H"}]},
            {"contents": [{"$type": "text", "text": "i"}]},
        ),
    ),
    (
        "Microsoft Agent Framework",
        jsonl([{"Role": "assistant", "Contents": [{"$type": "text", "Text": one}], "ResponseId": "r"} for one in "Hi"]),
    ),
    (
        "Microsoft Agent Framework",
        jsonl([{"type": "agent_run_response_update", "contents": CONTENT, "role": {"value": "assistant"}}]),
    ),
    (
        "LibreChat",
        b"".join(
            b"event: message\n" + data(one)
            for one in (
                {"message": {"messageId": "m", "text": "?", "isCreatedByUser": True}, "created": True},
                {"event": "on_run_step", "data": {"id": "s", "type": "message_creation"}},
                {"event": "on_message_delta", "data": {"id": "s", "delta": {"content": CONTENT}}},
                {"final": True, "responseMessage": {"content": CONTENT}},
            )
        ),
    ),
    ("LibreChat", data({"event": "on_message_delta", "data": {"delta": {"content": "Hi"}}})),
    (
        "watsonx Orchestrate",
        jsonl(
            [
                {"id": "a", "event": "run.started", "data": {"run_id": "r"}},
                {
                    "id": "b",
                    "event": "message.delta",
                    "data": {"delta": {"content": [{"response_type": "text", "text": "Hi"}]}},
                },
            ]
        ),
    ),
    ("AgentKit", data(*({"event": "text.delta", "data": {"delta": one}, "sequenceNumber": 1} for one in "Hi"))),
    (
        "Agentforce",
        b"".join(
            b"event: TEXT_CHUNK\n" + data({"originEventId": "o", "message": {"type": "TextChunk", "message": one}})
            for one in "Hi"
        ),
    ),
    (
        "Dust",
        data(
            *(
                {
                    "eventId": "1",
                    "data": {"type": "generation_tokens", "messageId": "m", "text": one, "classification": "tokens"},
                }
                for one in "Hi"
            )
        ),
    ),
    (
        "Agent Communication Protocol",
        data(
            {"type": "run.created", "run": {"run_id": "r"}},
            *({"type": "message.part", "part": {"content_type": "text/plain", "content": one}} for one in "Hi"),
        ),
    ),
    ("Langflow", jsonl([{"event": "token", "data": {"chunk": one, "id": "m"}} for one in "Hi"])),
    (
        "AnythingLLM",
        data(
            {"uuid": "u", "type": "textResponseChunk", "textResponse": "Hi", "close": False, "error": False},
            {"uuid": "u", "type": "finalizeResponseStream", "close": True, "error": False},
        ),
    ),
    (
        "Roo Code",
        jsonl(
            [
                {"type": "system", "subtype": "init", "content": "Task started"},
                {"type": "assistant", "id": 2, "content": "H"},
                {"type": "assistant", "id": 2, "content": "Hi", "done": True},
            ]
        ),
    ),
    (
        "Kimi Code's wire",
        jsonl(
            {"timestamp": 1, "message": {"type": kind, "payload": payload}}
            for kind, payload in (("TurnBegin", {"user_input": "?"}), ("ContentPart", {"type": "text", "text": "Hi"}))
        ),
    ),
    (
        "session of Kimi Code",
        jsonl(
            [
                {"type": "metadata", "protocol_version": "1.4", "created_at": 1},
                {"type": "turn.prompt", "input": CONTENT, "time": 1},
                {"type": "context.append_loop_event", "event": {"type": "content.part", "part": CONTENT[0]}},
            ]
        ),
    ),
    (
        "session of Grok",
        jsonl(
            [
                {"type": "system", "content": "You are a pilot."},
                {"type": "user", "content": CONTENT},
                {"type": "assistant", "content": "Hi", "tool_calls": [], "model_id": "m"},
            ]
        ),
    ),
    (
        "session of opencode",
        jsonl(
            [
                {
                    "info": {"id": "s"},
                    "messages": [{"info": {"role": "assistant"}, "parts": [{"type": "step-start"}, *CONTENT]}],
                }
            ]
        ),
    ),
    ("Kimi Code", jsonl([{"role": "_checkpoint", "id": 0}, {"role": "assistant", "content": CONTENT}])),
    ("Cline", jsonl([{"type": "task_started", "taskId": "t"}, {"type": "say", "text": "Hi", "ts": 1, "say": "text"}])),
    (
        "OpenHands",
        jsonl([{"id": "a", "source": "agent", "llm_message": {"content": CONTENT}, "kind": "MessageEvent"}]),
    ),
    ("Semantic Kernel", jsonl([{"Role": None, "Items": [{"$type": "StreamingTextContent", "Text": "Hi"}]}])),
    ("JSON strings", b'data: "H"\n\ndata: "i"\n\n'),
    ("JSON strings", b'event: text\ndata: "H"\n\nevent: text\ndata: "i"\n\nevent: done\ndata: {}\n\n'),
    ("Socket.IO", b'42["stream_token",{"token":"Hi"}]\n42["task_end"]\n'),
    ("Genkit", b'data: {"message":"H"}\n\ndata: {"message":"i"}\n\ndata: {"result":"Hi"}\n\n'),
    ("Gradio", b'event: generating\ndata: ["H"]\n\nevent: complete\ndata: ["Hi"]\n\n'),
    ("Gradio", data({"msg": "process_starts"}, {"msg": "process_completed", "output": {"data": ["Hi"]}})),
    ("HuggingChat", jsonl([{"type": "status", "status": "started"}, {"type": "finalAnswer", "text": "Hi"}])),
    ("Spring AI", data(*({"result": {"output": {"messageType": "ASSISTANT", "text": one}}} for one in "Hi"))),
    ("Grok", jsonl([{"result": {"response": {"token": one, "isThinking": False}}} for one in "Hi"])),
    (
        "ChatGPT's web page",
        b'event: delta_encoding\ndata: "v1"\n\n'
        + data(
            {"p": "", "o": "add", "v": {"message": {"author": {"role": "assistant"}}}},
            {"p": "/message/content/parts/0", "o": "append", "v": "H"},
            {"p": "", "o": "patch", "v": [{"p": "/message/content/parts/0", "o": "append", "v": "i"}]},
            {"type": "message_stream_complete"},
        ),
    ),
    (
        "DeepSeek's web page",
        b"event: ready\n" + data({"request_message_id": 1}, {"p": "response/content", "v": "H"}, {"v": "i"}),
    ),
    ("LobeChat", b'id: c\nevent: text\ndata: "Hi"\n\nid: c\nevent: stop\ndata: "stop"\n\n'),
    ("n8n", jsonl([{"type": "begin", "metadata": {}}, {"type": "item", "content": "Hi", "metadata": {}}])),
    (
        "A2A",
        data(
            a2a(kind="status-update", status={"state": "working"}),
            a2a(kind="artifact-update", artifact={"parts": [{"kind": "text", "text": "Hi"}]}),
        ),
    ),
    *(("A2A", stream) for stream in (data(*map(a2a_1, A2A_1)), jsonl(map(a2a_1, A2A_1)), data(*A2A_1), jsonl(A2A_1))),
    (
        "Cline",
        jsonl([{"ts": 1, "type": "say", "say": "text", "text": one, "partial": one == "H"} for one in ("H", "Hi")]),
    ),
    (
        "Antigravity",
        jsonl(
            [{"step_index": 0, "type": "USER_INPUT"}, {"step_index": 1, "type": "PLANNER_RESPONSE", "content": "Hi"}]
        ),
    ),
    ("OpenHands", jsonl([{"id": 1, "source": "agent", "action": "message", "args": {"content": "Hi"}}])),
    ("Flowise", b'message:\ndata:{"event":"start","data":""}\n\nmessage:\ndata:{"event":"token","data":"Hi"}\n\n'),
    ("Model Context Protocol", jsonl([{"jsonrpc": "2.0", "id": 1, "result": SAMPLED}])),
    (
        "AutoGen",
        jsonl(
            [
                {"source": "user", "models_usage": None, "content": "?", "type": "TextMessage"},
                {"source": "a", "models_usage": None, "content": "H", "type": "ModelClientStreamingChunkEvent"},
                {"source": "a", "models_usage": {"prompt_tokens": 1}, "content": "Hi", "type": "TextMessage"},
            ]
        ),
    ),
    (
        "Semantic Kernel",
        jsonl([{"choice_index": 0, "content_type": "message", "items": [{"content_type": "text", "text": "Hi"}]}]),
    ),
    ("CrewAI", jsonl([{"type": "llm_call_started"}, {"type": "llm_stream_chunk", "chunk": "Hi", "tool_call": None}])),
    ("CrewAI", jsonl([{"content": "Hi", "chunk_type": "text", "task_index": 0}])),
    ("Kimi Code", jsonl([SAID, {"role": "tool", "tool_call_id": "t", "content": "ok"}])),
    (
        "Kimi Code",
        jsonl([{"role": "assistant", "content": [{"type": "think", "think": "Hm"}, {"type": "text", "text": "Hi"}]}]),
    ),
    (
        "LlamaIndex",
        jsonl(
            [
                {
                    "value": {"delta": "Hi"},
                    "qualified_name": "llama_index.core.agent.workflow.workflow_events.AgentStream",
                }
            ]
        ),
    ),
    ("Haystack", jsonl([{"content": "Hi", "meta": {}, "component_info": {"name": "llm"}, "index": 0}])),
    (
        "Agno",
        b"".join(
            b"event: %b\ndata: %b\n" % (kind.encode(), jsonl([{"event": kind, "run_id": "r", **members}]))
            for kind, members in (
                ("RunStarted", {}),
                ("RunContent", {"content": "Hi"}),
                ("RunCompleted", {"content": "Hi", "metrics": {"input_tokens": 1}}),
            )
        ),
    ),
    (
        "Coze",
        b"".join(
            b"event:conversation.message.%b\ndata:%b\n"
            % (kind, jsonl([{"type": "answer", "content": "Hi", "bot_id": "b"}]))
            for kind in (b"delta", b"completed")
        ),
    ),
    (
        "opencode's server",
        data(
            {"type": "server.connected", "properties": {}},
            {"type": "message.updated", "properties": {"info": {"id": "m1", "role": "user"}}},
            *(
                {
                    "type": "message.part.updated",
                    "properties": {"part": {"id": text, "messageID": of, **CONTENT[0]} | more},
                }
                for of, text, more in (("m1", "p1", {"text": "?"}), ("m2", "p2", {"text": "H"}), ("m2", "p2", {}))
            ),
        ),
    ),
]


SERVERS: list[tuple[str, bytes]] = [
    ("vLLM", jsonl([{"text": ["H"]}, {"text": ["Hi"]}])),
    ("vLLM", jsonl([{"text": ["H"]}, {"text": ["Hi"]}]).replace(b"\n", b"\0")),
    ("Triton", data(*({"model_name": "m", "model_version": "1", "text_output": piece} for piece in "Hi"))),
    ("Triton", data({"context_logits": 0.0, "model_name": "m", "text_output": "Hi"})),  # triton_cli#86
    ("KoboldCpp", b"event: message\n" + data({"token": "Hi"})),  # koboldcpp#220
    ("text-generation-webui", jsonl([{"event": "text_stream", "message_num": 0, "text": "Hi"}])),
    (
        "LM Studio's SDK",
        jsonl(
            [{"type": "channelSend", "channelId": 1, "message": {"type": "fragment", "fragment": {"content": "Hi"}}}]
        ),
    ),
    (
        "LM Studio's own",
        b"".join(
            b"event: %b\n" % str(one["type"]).encode() + data(one)
            for one in (
                {"type": "chat.start", "model_instance_id": "m"},
                {"type": "message.start"},
                {"type": "message.delta", "content": "Hi"},
                {"type": "chat.end", "result": {"output": [{"type": "message", "content": "Hi"}]}},
            )
        ),
    ),
    (
        "Poe",
        b"event: meta\n"
        + data({"content_type": "text/markdown"})
        + b"event: text\n"
        + data({"text": "Hi"})
        + b"event: done\n"
        + data({}),
    ),
    ("Snowflake's agents", b"event: response.text.delta\n" + data({"content_index": 0, "text": "Hi"})),
    (
        "Snowflake's agents",
        b"event: message.delta\n"
        + data(
            {"id": "m", "object": "message.delta", "delta": {"content": [{"index": 0, "type": "text", "text": "Hi"}]}}
        ),
    ),
    (
        "Snowflake's Analyst",
        b"event: status\n"
        + data({"status": "interpreting_question"})
        + b"event: message.content.delta\n"
        + data({"index": 0, "type": "text", "text_delta": "Hi"}),
    ),
    (
        "Snowflake's agents",
        b"event: response.status\n"
        + data({"status": "planning", "message": "Planning the next steps"})
        + b"event: response.text.delta\n"
        + data({"content_index": 0, "text": "Hi"})
        + b"event: response.text\n"
        + data({"content_index": 0, "text": "Hi"})
        + b"event: response\n"
        + data({"role": "assistant", "content": [{"type": "text", "text": "Hi"}]}),
    ),
    (
        "CLOVA Studio",
        b"".join(
            b"id: a\nevent: %b\n" % kind + data({"message": {"role": "assistant", "content": text}, **more})
            for kind, text, more in (
                (b"token", "H", {"finishReason": None, "usage": None}),
                (b"token", "i", {"finishReason": None, "usage": None}),
                (b"result", "Hi", {"finishReason": "stop", "usage": {"totalTokens": 3}}),
            )
        ),
    ),
    (
        "YandexGPT",
        jsonl([{"result": {"alternatives": [{"message": {"role": "assistant", "text": one}}]}} for one in ("H", "Hi")]),
    ),
    (
        "Reka",
        b"".join(
            b"event: message\n"
            + data({"id": "r", "responses": [{"chunk": {"content": one}, "finish_reason": end}], "usage": {}})
            for one, end in (("H", None), ("Hi", "stop"))
        ),
    ),
    (
        "Vectara",
        b"event: search_results\n"
        + data({"type": "search_results", "search_results": []})
        + b"event: generation_chunk\n"
        + data({"type": "generation_chunk", "generation_chunk": "Hi"})
        + b"event: end\n"
        + data({"type": "end"}),
    ),
    (
        "Lightspeed",
        data(
            {"event": "start", "data": {"conversation_id": "c", "request_id": "r"}},
            *({"event": "token", "data": {"id": number, "token": text}} for number, text in enumerate("Hi")),
            {"event": "turn_complete", "data": {"token": "Hi"}},
            {"event": "end", "data": {"truncated": None}, "available_quotas": {}},
        ),
    ),
    ("Onyx", jsonl([{"user_message_id": 1, "reserved_assistant_message_id": 2}, {"answer_piece": "Hi"}])),
    ("Antigravity", jsonl(ANTIGRAVITY)),
    ("Antigravity", jsonl([{"conversation_id": "c", "status": "SUCCESS", "response": "Hi", "num_turns": 1}])),
    ("AgentScope", data(*AGENT_SCOPE)),
    ("AgentScope", jsonl(AGENT_SCOPE)),
    ("RunPod", jsonl([{"id": "x", "output": [runpod("H"), runpod("i")], "status": "COMPLETED"}])),
    ("RunPod", jsonl([{"status": "IN_PROGRESS", "stream": [{"output": runpod("H")}, {"output": runpod("i")}]}])),
    ("MLflow", jsonl([{"delta": {"role": "assistant", "content": one, "id": "m"}} for one in "Hi"])),
    ("Maritaca", b"".join(b"event: message\n" + data({"text": one}) for one in "Hi") + b"event: end\n" + data({})),
    *(
        ("Onyx", jsonl([*before, *({**place, "obj": one} for one in ONYX)]))
        for before in ([], [{"user_message_id": 1, "reserved_assistant_message_id": 2}])
        for place in ({"ind": 1}, {"placement": {"turn_index": 0, "tab_index": 0}})
    ),
    (
        "Perplexica",
        jsonl([{"type": "sources", "data": []}, {"type": "message", "data": "Hi"}, {"type": "messageEnd"}]),
    ),
    ("Perplexica", jsonl([{"type": "init", "data": "connected"}, {"type": "response", "data": "Hi"}])),
]
STREAMS += SERVERS
PARTS_OF_CHUNKS: list[tuple[str, bytes]] = [  # jq -c '.choices[0]', and .choices[0].delta
    ("choices", jsonl([{"index": 0, "delta": {"content": "Hi"}, "finish_reason": None}])),
    ("choices", jsonl([{"delta": {"content": "Hi"}, "finish_reason": None, "index": 0}])),
    ("deltas", jsonl([{"role": "assistant", "content": ""}, {"content": "H"}, {"content": "i"}, {}])),
]
STREAMS += PARTS_OF_CHUNKS


def spans(**attributes: str) -> Value:
    listed = [{"key": key, "value": {"stringValue": value}} for key, value in attributes.items()]
    return {"resourceSpans": [{"resource": {}, "scopeSpans": [{"spans": [{"name": "chat", "attributes": listed}]}]}]}


def generation(output: Any) -> Value:
    return {"id": "a", "type": "GENERATION", "input": [{"role": "user", "content": "?"}], "output": output}


def monocle(asked: Any, answer: str, kind: str) -> Value:
    events = [("data.input", {"input": asked}), ("data.output", {"response": answer})]
    return {
        "name": "a",
        "attributes": {"monocle_apptrace.version": "0.7.0", "span.type": kind},
        "events": [{"name": name, "attributes": one} for name, one in events],
    }


PYDANTIC = {
    "kind": "response",
    "parts": [{"part_kind": "thinking", "content": "?"}, {"part_kind": "text", "content": "Hi"}],
}
PARTS = {"role": "assistant", "parts": [{"type": "text", "content": "Hi"}]}
EXPORTS: list[tuple[str, Any]] = [
    ("OpenTelemetry", spans(**{"gen_ai.output.messages": dumps([{"parts": [{"type": "text", "content": "Hi"}]}])})),
    (
        "events of OpenTelemetry",
        {"body": {"index": 0, "finish_reason": "stop", "message": SAID}, "attributes": {"event.name": "gen_ai.choice"}},
    ),
    ("OpenLLMetry", spans(**{"gen_ai.prompt.0.content": "?", "gen_ai.completion.0.content": "Hi"})),
    ("OpenInference", {"attributes": {"llm.output_messages.0.message.content": "Hi", "input.value": "?"}}),
    ("Phoenix", {"attributes": {"llm": {"output_messages": [{"message": SAID}]}}}),
    ("Phoenix", {"attributes": {"llm.output_messages": [{"message.role": "assistant", "message.content": "Hi"}]}}),
    ("LangSmith", {"run_type": "llm", "inputs": {}, "outputs": {"generations": [[{"text": "Hi"}]]}}),
    ("LangSmith", {"run_type": "llm", "inputs": {"messages": []}, "outputs": {"messages": [SAID]}}),
    ("Langfuse", generation("Hi")),
    ("Langfuse", generation(SAID) | {"usage": {"input": 1}}),
    ("Langfuse", {"data": [generation(dumps(SAID)), {"type": "SPAN", "output": None}]}),
    ("Braintrust", {"span_attributes": {"type": "llm"}, "input": [], "output": [{"index": 0, "message": SAID}]}),
    ("Weave", {"op_name": "weave:///a/b/op/predict:c", "inputs": {"text": "?"}, "output": "Hi"}),
    ("ChatGPT", {"mapping": {"a": {"message": {"author": {"role": "assistant"}, "content": {"parts": ["Hi"]}}}}}),
    ("Claude", {"chat_messages": [{"text": "?", "sender": "human"}, {"text": "Hi", "sender": "assistant"}]}),
    ("Pydantic AI", [{"kind": "request", "parts": [{"part_kind": "user-prompt", "content": "?"}]}, PYDANTIC]),
    (
        "events of Pydantic AI",
        [
            {"index": 0, "part": {"content": "H", "part_kind": "text"}, "event_kind": "part_start"},
            {"index": 0, "delta": {"content_delta": "i", "part_delta_kind": "text"}, "event_kind": "part_delta"},
            {"index": 0, "part": {"content": "Hi", "part_kind": "text"}, "event_kind": "part_end"},
        ],
    ),
    ("Logfire", {"attributes": {"request_data": {}, "response_data": {"combined_chunk_content": "Hi"}}}),
    ("Logfire", {"attributes": {"response_data": dumps({"message": SAID}), "request_data": "{}"}}),
    ("Logfire", {"attributes": {"pydantic_ai.all_messages": [PARTS]}}),
    ("Datadog", {"ml_app": "a", "meta": {"kind": "llm", "input": {"messages": []}, "output": {"messages": [SAID]}}}),
    ("Datadog", {"data": [{"attributes": {"ml_app": "a", "output": {"value": "Hi"}}}]}),
    ("Envoy", {"http_buffered_trace": {"response": {"body": {"as_bytes": "SGk="}}}}),
    ("Envoy", {"http_streamed_trace_segment": {"trace_id": "1", "response_body_chunk": {"as_bytes": "SGk="}}}),
    ("Monocle", [monocle(['{"user": "?"}'], dumps({"assistant": "Hi"}), "inference")]),
    ("Monocle", [monocle("?", "9", "agentic.tool.invocation"), monocle([], "Hi", "inference.modelapi")]),
    ("a conversation", [{"role": "user", "content": "?"}, SAID]),
    (
        "SWE-agent",
        {"trajectory": [{"action": "ls", "thought": "?"}], "history": [{"role": "user", "content": "?"}, SAID]},
    ),
    ("Continue", {"sessionId": "s", "history": [{"message": {"role": "user", "content": "?"}}, {"message": SAID}]}),
    (
        "Cline",
        [
            {"ts": 1, "type": "say", "say": "api_req_started", "text": "?"},
            {"ts": 2, "type": "say", "say": "text", "text": "Hi"},
        ],
    ),
    ("OpenHands", [{"id": 1, "source": "agent", "action": "message", "args": {"content": "Hi"}}]),
    ("ShareGPT", {"conversations": [{"from": "human", "value": "?"}, {"from": "gpt", "value": "Hi"}]}),
]
STREAMS += [(name, dumps(one, indent=2).encode()) for name, one in EXPORTS]


@pytest.mark.parametrize(("name", "stream"), STREAMS, ids=[name for name, _ in STREAMS])
def test_the_program_is_named_and_its_text_is_one_command_away(name: str, stream: bytes, tmp_path: Path) -> None:
    ran = run_here(["text"], stream)
    assert (ran.stdout, ran.code in (3, 5)) == (b"", True)
    last = ran.stderr.splitlines()[-1]
    assert name in last
    command = re.sub(".* (?:its|their) (?:texts?|body): ", "", last)
    if command == last or shutil.which("jq") is None:
        return
    (tmp_path / "FILE").write_bytes(stream)
    shown = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, check=True)
    assert shown.stdout.strip() == b"Hi"


IN_LINES = [
    (name, lines)
    for name, lines in STREAMS
    if lines.startswith(b"{") and lines.count(b"\n{") == lines.count(b"\n") - 1 and name != "session of opencode"
]


@pytest.mark.parametrize(("name", "lines"), IN_LINES)
def test_the_command_is_right_for_events_too(name: str, lines: bytes, tmp_path: Path) -> None:
    """Of most programs a server sends the lines as events, which jq cannot read."""
    events = b"".join(b"data: %b\n\n" % line for line in lines.splitlines())
    last = run_here(["text"], events).stderr.splitlines()[-1]
    command = re.sub(".* (?:its|their) texts?: ", "", last)
    if command == last or name not in last or shutil.which("jq") is None:
        return
    (tmp_path / "FILE").write_bytes(events)
    shown = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, check=True)
    assert shown.stdout.strip() == b"Hi"


def in_base64(*parts: bytes) -> list[str]:
    return [base64.b64encode(part).decode() for part in parts]


CHAT = sse(message_call(['{"message":"H', 'i"}']))
ENCODED = {
    "pieces": jsonl([{"t": 1, "chunk_b64": one} for one in in_base64(*(CHAT[n : n + 60] for n in range(0, 999, 60)))]),
    "Pub/Sub": dumps(
        [
            {"ackId": "a", "message": {"data": one}}
            for one in in_base64(*jsonl(message_call(['{"message":"Hi"}'])).splitlines())
        ]
    ).encode(),
    "events": dumps(
        {"Records": [{"kinesis": {"data": one}} for one in in_base64(*CHAT.splitlines(True)[::2])]}
    ).encode(),
    "gzip": dumps({"awslogs": {"data": in_base64(gzip.compress(CHAT))[0]}}).encode(),
    "logs in gzip": dumps(
        {
            "Records": [
                {"kinesis": {"data": in_base64(gzip.compress(dumps({"logEvents": [{"message": line}]}).encode()))[0]}}
                for line in CHAT.decode().splitlines()[::2]
            ]
        }
    ).encode(),
}


@pytest.mark.parametrize("stream", ENCODED.values(), ids=[*ENCODED])
def test_records_in_base64_are_one_command_away(stream: bytes, tmp_path: Path) -> None:
    ran = run_here(["text"], stream)
    assert (ran.code, ran.stdout, len(ran.stderr.splitlines())) == (5, b"", 1), ran.stderr
    if shutil.which("jq") is not None:
        (tmp_path / "FILE").write_bytes(stream)
        command = ran.stderr.partition("its text: ")[2].partition(" | unspool")[0]
        decoded = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, check=True).stdout
        assert run_here(["text"], decoded)[:2] == (0, b"Hi\n")


OTHERS: list[tuple[str, bytes]] = [  # data of other programs, which have some of the members
    ("KoboldCpp", jsonl([{"token": "eyJhbGciOi", "expires": 3600}])),
    ("KoboldCpp", jsonl([{"token": "ghp_abc"}])),
    ("KoboldCpp", jsonl([{"token": "ghp_abc"}, {"token": "ghp_def"}])),
    ("KoboldCpp", data({"token": "eyJhbGciOi", "expires": 3600})),
    ("vLLM", jsonl([{"text": ["label one", "x"], "id": 3}, {"text": ["label"], "id": 4}])),
    ("deltas", jsonl([{"content": "Doc one", "source": "wiki"}, {"content": "Doc two", "source": "wiki"}])),
    ("deltas", jsonl([{"content": "One document of many words. " * 9}, {"content": "Another one of them. " * 9}])),
    ("Poe", b"event: meta\n" + data({"text": "x"})),
    ("Poe", b"event: text\n" + data({"text": "x", "lang": "en"})),
    ("LM Studio", b"event: chat.start\n" + data({"room": "a"})),
    ("Snowflake", b"event: response.status\n" + data({"code": 200})),
    ("opencode", jsonl([{"type": "object", "properties": {"a": {"type": "string"}}}])),
    ("Antigravity", jsonl([{"step_index": 0, "reward": 1.5}, {"step_index": 1, "reward": 2.5}])),
    ("A2A", jsonl([{"id": 1, "kind": "task", "title": "x"}, {"id": 2, "kind": "task", "title": "y"}])),
    ("A2A", jsonl([{"user": "a", "task": {"id": 1}}])),
    ("CrewAI", jsonl([{"id": 1, "type": "task_created"}, {"id": 2, "type": "agent_joined"}])),
    ("CrewAI", jsonl([{"chunk_type": "text", "content": "a page", "page": 3}])),
    ("Cline", jsonl([{"type": "ask", "price": 1.25}, {"type": "bid", "price": 1.5}])),
    ("goose", jsonl([{"type": "message", "message": {"text": "x"}}])),
    ("droid", jsonl([{"type": "message", "role": "user", "id": "m", "text": "x"}])),
    ("n8n", jsonl([{"type": "item", "content": "x", "price": 3}])),
    ("Flowise", jsonl([{"event": "start", "data": "x", "user": 3}])),
]


@pytest.mark.parametrize(("name", "stream"), OTHERS)
def test_data_with_some_of_the_members_is_not_taken_for_the_format(name: str, stream: bytes) -> None:
    ran = run_here(["text"], stream)
    assert (ran.stdout, ran.code in (3, 4, 5), name in ran.stderr) == (b"", True, False), ran.stderr


@pytest.mark.parametrize(("name", "export"), EXPORTS)
def test_an_export_in_lines_is_named_too(name: str, export: Any) -> None:
    ran = run_here(["text"], jsonl([export, {}]))
    assert (ran.code, ran.stdout, name in ran.stderr, len(ran.stderr.splitlines())) == (5, b"", True, 1)


@pytest.mark.parametrize(
    "saved",
    [
        {"sessionId": "s", "messages": [{"type": "user", "content": "?"}, {"type": "gemini", "content": "Hi"}]},
        {"id": "T-1", "messages": [{"role": "user", "content": []}, {"role": "assistant", "content": CONTENT}]},
        {"messages": [{"role": "user", "content": "?"}, SAID], "finish_reason": "stop"},  # a Databricks ChatAgent
        {"model": "m", "messages": [SAID], "finish_reason": "stop", "usage": {"total_tokens": 5}},
        {"messages": [{"role": "user", "content": "?"}, SAID], "metadata": {"total_tokens": 5}},  # goose
    ],
)
def test_a_saved_conversation_is_no_request(saved: Value, tmp_path: Path) -> None:
    ran = run_here(["text"], jsonl([saved]))
    stderr = ran.stderr
    assert ("a saved conversation" in stderr, ran.code) == (True, 5)
    if shutil.which("jq") is not None:
        (tmp_path / "FILE").write_bytes(jsonl([saved]))
        command = stderr.partition("its texts: ")[2]
        shown = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, check=True)
        assert shown.stdout == b"Hi\n"


UNREADABLE = [
    ("xAI's SDK", b"version: 1\nstream_chunks:\n- - !!binary |\n    CiQ4OTM5NzE1\n  - !!binary |\n    CiQ4OTM5NzE1\n"),
    ("office", b"PK\x03\x04" + bytes(26) + b"[Content_Types].xml" + bytes(90)),
    ("office", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)),
    ("office", b"{\\rtf1\\ansi Hello}\n"),
    ("image", b'<svg xmlns="http://www.w3.org/2000/svg"></svg>\n'),
    ("image", b"\0\0\1\0\1\0" + bytes(range(200))),
    ("image", b"\0\0\0\x18ftypheic" + bytes(range(200))),
    ("video", b"\0\0\0\x20ftypisom\0\0\2\0" + bytes(range(200))),
    ("audio", b"ID3\3\0\0\0" + bytes(range(200))),
    ("packet capture", b"\x0a\x0d\x0d\x0a\x1c\0\0\0M<+\x1a" + bytes(40)),
    ("tcpdump", b"09:00:01.123456 IP 10.0.0.1.443 > 10.0.0.2.5031: Flags [P.], length 99\n\t0x0000:  4500 0083\n"),
    ("server or proxy", b"502 Bad Gateway\n"),
    ("server or proxy", b"upstream connect error or disconnect/reset before headers. reset reason: timeout"),
    ("server or proxy", b"Internal Server Error"),
    ("conversation", b"# Chat\n\n**User:** What time?\n\n**Assistant:** At nine.\n"),
    ("conversation", b"## You\n\nhello\n\n## ChatGPT\n\nHi there.\n"),
    ("patch", b"diff --git a/x b/x\nindex 1..2 100644\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"),
    ("patch", b"From " + b"0a" * 20 + b" Mon Sep 17 00:00:00 2001\nFrom: A <a@example.com>\nSubject: [PATCH] x\n"),
    ("mail", b"From: a@example.com\nTo: b@example.com\nSubject: Hi\n\nHello,\nsee the file.\n"),
    ("certificate", b"-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUE\n-----END CERTIFICATE-----\n"),
    ("TOML", b'# built by\n[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'),
    ("INI", b'[core]\n\tbare = false\n[remote "origin"]\n\turl = git@example.com:y\n'),
    ("NAME=value", b"export OPENAI_BASE_URL=http://127.0.0.1\nOPENAI_API_KEY=sk-123\n"),
    ("YAML", b'version: "3"\nservices:\n  web:\n    image: nginx\n'),
    ("YAML", b"---\nname: CI\non: push\njobs:\n  test:\n    steps: []\n"),
    ("CSV", b'id,name,price\n1,apple,2.50\n2,"pear, green",3\n3,plum,4\n'),
    ("CSV", b"a\tb\r\n1\t2\r\n3\t4\r\n"),
    ("source code", b'#!/bin/sh\nset -e\nfor f in *; do\n  echo "$f"\ndone\n'),
    ("source code", b'"""A module."""\n\nimport re\n\n\ndef f(x):\n    return {"a": x}\n'),
    ("source code", b'// a module\nconst a = require("fs");\nmodule.exports = { a };\n'),
    ("source code", b'package main\n\nimport "fmt"\n\nfunc main() {\n\tfmt.Println(1)\n}\n'),
    ("source code", b"SELECT id\nFROM t;\n"),
]


@pytest.mark.parametrize(("name", "data"), UNREADABLE)
def test_a_file_that_is_no_capture_is_named_in_one_line(name: str, data: bytes) -> None:
    ran = run_here(["text"], data)
    assert (ran.code, ran.stdout, len(ran.stderr.splitlines())) == (5, b"", 1), ran.stderr
    assert name in ran.stderr


@pytest.mark.parametrize(
    "words",
    [
        b"import re\n",
        b'version: "3"\nservices:\n  web:\n',
        b"id,name\n1,apple\n2,pear\n",
        b"A=1\nB=2\n",
        b"[core]\na = 1\n",
    ],
)
def test_a_damaged_record_among_words_is_reported_whatever_they_look_like_r10(words: bytes) -> None:
    ran = run_here(["text"], words + b'{"id": "c", "object": "chat.completion.chunk", "choices": [{"index"\n')
    assert ran.code == 3
    assert "not JSON" in ran.stderr


def test_a_capture_that_ends_before_its_format_shows_is_cut() -> None:
    ran = run_here(["text"], b'{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1757404812,"model":"m"')
    assert (ran.code, len(ran.stderr.splitlines())) == (4, 1), ran.stderr
    assert "is cut" in ran.stderr


def test_lines_of_base64_are_no_settings() -> None:
    ran = run_here(
        ["text"],
        b"eyJpZCI6ImNoYXRjbXBsLTEiLCJvYmplY3QiOiJjaGF0LmNvbXBsZXRpb24uY2h1bmsiLCJj" * 3
        + b"=\n"
        + b"eyJpZCI6Im" * 30
        + b"=\n",
    )
    assert "settings" not in ran.stderr


def test_the_values_of_settings_are_not_shown() -> None:
    assert "sk-123" not in run_here(["text"], b"MODEL=small\nOPENAI_API_KEY=sk-123\n").stderr


def test_the_error_of_a_stream_that_is_not_read_is_shown_r12() -> None:
    stream = (
        b'event: output\nid: 1:0\ndata: H\n\nevent: error\nid: 2:0\ndata: {"detail": "out of\\u001b[2J memory"}\n\n'
    )
    ran = run_here(["text"], stream)
    assert (ran.code, ran.stdout, len(ran.stderr.splitlines())) == (5, b"", 1)
    assert "sent an error: out of" in ran.stderr
    assert "its text: grep" in ran.stderr
    assert "\x1b" not in ran.stderr


@pytest.mark.parametrize("filler", [b"\n", b" ", b"a: b\n", b"a,", b"a=b\n", b"[a]\n", b"# c\n", b"From: x\n", b"a"])
@pytest.mark.parametrize("opening", [b"", b"FROM x\n", b"a,b\n", b"From: a\n", b"---\n", b"[s]\n", b"a=1\n"])
def test_no_beginning_takes_time_that_grows_with_its_square(opening: bytes, filler: bytes) -> None:
    with ends_within(1):
        recognise(opening + filler * ((1 << 16) // len(filler)))


def test_a_program_s_own_stream_is_one_command_away(tmp_path: Path) -> None:
    """R10: of records that no format has, the member that may be the text is named."""
    pieces = [{"delta": one, "done": one == "i"} for one in "Hi"]
    for stream in (data(*({"type": "token", "content": one} for one in "Hi")), data(*pieces), jsonl(pieces)):
        ran = run_here(["text"], stream)
        assert (ran.stdout, ran.code) == (b"", 3)
        if shutil.which("jq") is not None:
            (tmp_path / "FILE").write_bytes(stream)
            command = re.sub(".* if its text is the member [a-z]+: ", "", ran.stderr.splitlines()[-1])
            shown = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, check=True)
            assert shown.stdout == b"Hi"


def test_the_events_of_a_source_without_a_response_are_named() -> None:
    stream = b"event: token\n" + data({"text": "Hi"}) + b"event: progress\ndata: half\n\nevent: done\n" + data({})
    ran = run_here(["text"], stream)
    assert (ran.stdout, ran.code) == (b"", 4)
    assert "the input holds no response: its events (token, progress, done) are of no known format" in ran.stderr
