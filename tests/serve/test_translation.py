"""Requests of Chat Completions in the words of Anthropic's Messages."""

import json
from typing import Any

import pytest
from tests.serve.upstreams import Upstream, exchange, get, proxied

from unspool.serve.proxy.translation import UpstreamApi, for_messages

LOOK = {"name": "look", "description": "Looks.", "parameters": {"type": "object", "properties": {"at": {}}}}
TOOLS = [{"type": "function", "function": LOOK}]
PNG = "data:image/png;base64,iVBORw0KGgo="


def test_a_conversation_with_tools_and_images() -> None:
    call = {"id": "a", "type": "function", "function": {"name": "look", "arguments": '{"at": 1}'}}
    body = for_messages(
        {
            "model": "m",
            "stream": True,
            "max_tokens": 20,
            "temperature": 1.5,
            "stop": ".",
            "seed": 1,
            "tools": TOOLS,
            "messages": [
                {"role": "developer", "content": [{"type": "text", "text": "Be brief."}]},
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": ""},
                        {"type": "image_url", "image_url": {"url": PNG}},
                        {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},
                    ],
                },
                {"role": "assistant", "content": None, "tool_calls": [call, "no call"]},
                {"role": "tool", "tool_call_id": "a", "content": "Rain."},
                {"role": "user", "content": "And now?"},
            ],
        }
    )
    assert body == {
        "model": "m",
        "stream": True,
        "max_tokens": 20,
        "temperature": 1,
        "stop_sequences": ["."],
        "system": "Be brief.",
        "tools": [{"name": "look", "description": "Looks.", "input_schema": LOOK["parameters"]}],
        "messages": [
            {
                "role": "user",
                "content": [
                    {
                        "type": "image",
                        "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="},
                    },
                    {"type": "image", "source": {"type": "url", "url": "https://example.org/a.png"}},
                ],
            },
            {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "look", "input": {"at": 1}}]},
            {
                "role": "user",  # results are the user's there, and turns alternate
                "content": [
                    {"type": "tool_result", "tool_use_id": "a", "content": "Rain."},
                    {"type": "text", "text": "And now?"},
                ],
            },
        ],
    }


@pytest.mark.parametrize(
    ("choice", "parallel", "expected"),
    [
        (None, None, None),
        ("auto", True, {"type": "auto"}),
        ("required", None, {"type": "any"}),
        ("none", False, {"type": "none"}),
        (None, False, {"type": "auto", "disable_parallel_tool_use": True}),
        ({"type": "function", "function": {"name": "look"}}, None, {"type": "tool", "name": "look"}),
        (["odd"], None, None),
    ],
)
def test_the_choice_of_a_tool(choice: Any, parallel: bool | None, expected: Any) -> None:
    asked = {"messages": [], "tools": TOOLS, "tool_choice": choice, "parallel_tool_calls": parallel}
    assert for_messages(asked).get("tool_choice") == expected


@pytest.mark.parametrize("api", [UpstreamApi.ANTHROPIC, UpstreamApi.RESPONSES])
@pytest.mark.parametrize("messages", [None, ["odd"]])
def test_what_is_no_request_is_refused_and_not_sent(api: UpstreamApi, messages: Any) -> None:
    upstream = Upstream()
    body = json.dumps({"model": "m", "messages": messages}).encode()
    with proxied(upstream, upstream_api=api) as server:
        answer = exchange(server.root, get("/v1/chat/completions", method="POST", body=body))
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"its messages are no array of objects" in answer
    assert upstream.seen == []
