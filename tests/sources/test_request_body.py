"""What a model is asked."""

import pytest
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolUnionParam
from openai.types.responses import ResponseInputParam, ToolParam
from openai.types.responses.response_create_params import ResponseCreateParamsNonStreaming
from pydantic import TypeAdapter

from unspool.core.options import Options
from unspool.sources.request_body import (
    Message,
    checked,
    for_responses,
    message_tool,
    request,
    with_message_tools,
    with_system,
)

MESSAGES = [{"role": "user", "content": "Hi"}]


def test_a_request_streams_and_asks_for_the_usage() -> None:
    body = request(MESSAGES, "m")
    assert body == {
        "model": "m",
        "messages": MESSAGES,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    TypeAdapter(list[ChatCompletionMessageParam]).validate_python(body["messages"])


def test_the_message_tool_thinks_before_it_speaks() -> None:
    tool = message_tool("send_message", "message", ("inner_thoughts",))
    TypeAdapter(ChatCompletionToolUnionParam).validate_python(tool)
    parameters = tool["function"]["parameters"]
    assert list(parameters["properties"]) == parameters["required"] == ["inner_thoughts", "message"]


def test_a_path_makes_objects_inside_each_other() -> None:
    parameters = message_tool("answer", "reply.text", ("plan",))["function"]["parameters"]
    assert list(parameters["properties"]) == ["plan", "reply"]
    assert list(parameters["properties"]["reply"]["properties"]) == ["text"]


def test_one_tool_is_named_and_of_several_one_is_required() -> None:
    one = with_message_tools(request(MESSAGES, "m"), Options())
    two = with_message_tools(request(MESSAGES, "m"), Options(tools={"say": "text", "ask": "question"}))
    assert one["tool_choice"] == {"type": "function", "function": {"name": "send_message"}}
    assert (two["tool_choice"], len(two["tools"])) == ("required", 2)


def test_tools_of_its_own_stay() -> None:
    body = {**request(MESSAGES, "m"), "tools": []}
    assert with_message_tools(body, Options()) is body


def test_a_request_in_the_words_of_the_responses_interface() -> None:
    messages: list[Message] = [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Hi"},
        {
            "role": "assistant",
            "content": "Well.",
            "tool_calls": [{"id": "a", "type": "function", "function": {"name": "say", "arguments": "{}"}}],
        },
        {"role": "tool", "tool_call_id": "a", "content": "delivered"},
        {"role": "assistant", "content": None},
    ]
    options = Options(tools={"say": "text"}, thoughts_arguments=())
    body = for_responses(with_message_tools(request(messages, "m"), options))
    assert body == {
        "model": "m",
        "stream": True,
        "input": [
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Well."},
            {"type": "function_call", "call_id": "a", "name": "say", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "a", "output": "delivered"},
        ],
        "tools": [{"type": "function", "strict": False, **message_tool("say", "text")["function"]}],
        "tool_choice": {"type": "function", "name": "say"},
    }
    TypeAdapter(ResponseInputParam).validate_python(body["input"])
    TypeAdapter(list[ToolParam]).validate_python(body["tools"])
    assert for_responses(body) == body  # what is of that interface already stays


def test_members_of_another_type_are_left_to_the_provider() -> None:
    asked = {"messages": [], "tools": [{"type": ["function"], "function": {}}], "tool_choice": {"type": {}}}
    body = for_responses({**asked, "reasoning_effort": "low", "reasoning": [1], "verbosity": "low", "text": "odd"})
    assert body == {
        "input": [],
        "tools": [{"strict": False, "type": ["function"], "function": {}}],
        "tool_choice": {"type": {}},
        "reasoning": {"effort": "low"},
        "text": {"verbosity": "low"},
    }


def test_the_options_of_a_request_in_the_words_of_the_responses_interface() -> None:
    schema = {"name": "answer", "strict": True, "schema": {"type": "object"}}
    strict = {"name": "look", "strict": True, "parameters": {"type": "object"}}
    asked = {
        "model": "m",
        "messages": [
            {"role": "assistant", "content": [{"type": "text", "text": "Well."}]},
            {"role": "tool", "tool_call_id": "a", "content": [{"type": "text", "text": "Rain."}]},
            {"role": "user", "content": [{"type": "file", "file": {"file_id": "f"}}]},
        ],
        "max_tokens": 20,
        "reasoning_effort": "low",
        "verbosity": "low",
        "response_format": {"type": "json_schema", "json_schema": schema},
        "tools": [{"type": "function", "function": strict}, {"type": "web_search"}],
        "tool_choice": None,
        "temperature": 0.5,
    }
    defaults = {"n": 1, "stop": None, "presence_penalty": 0, "frequency_penalty": 0.0, "logprobs": False}
    body = for_responses(asked | defaults)  # chat clients always send these
    assert body == {
        "model": "m",
        "input": [
            {"role": "assistant", "content": "Well."},
            {"type": "function_call_output", "call_id": "a", "output": [{"type": "input_text", "text": "Rain."}]},
            {"role": "user", "content": [{"type": "input_file", "file_id": "f"}]},
        ],
        "max_output_tokens": 20,
        "reasoning": {"effort": "low"},
        "text": {"format": {"type": "json_schema", **schema}, "verbosity": "low"},
        "tools": [{"type": "function", **strict}, {"type": "web_search"}],
        "temperature": 0.5,
    }
    TypeAdapter(ResponseCreateParamsNonStreaming).validate_python(body)
    assert for_responses(body) == body
    # What was asked for and has no place there is refused by the provider, and not left out in silence.
    assert for_responses({"messages": [], "stop": ["."], "n": 2, "seed": 0}).keys() == {"input", "stop", "n", "seed"}


def test_a_system_text_in_the_words_of_either_interface() -> None:
    chat = with_system({"messages": [{"role": "system", "content": "Old."}, *MESSAGES]}, "New.")
    assert chat == {"messages": [{"role": "system", "content": "New."}, *MESSAGES]}
    assert with_system({"input": "Hi"}, "New.") == {"input": "Hi", "instructions": "New."}


@pytest.mark.parametrize("value", [None, [], "x", {"messages": {}}, {"messages": ["x"]}, {"tools": {}}, {"tools": [1]}])
def test_what_is_no_request_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"object"):
        checked(value)


def test_half_of_a_surrogate_pair_is_refused_before_any_call() -> None:
    with pytest.raises(ValueError, match="half of a surrogate pair"):
        checked({"messages": [{"role": "user", "content": "\ud83d"}]})
