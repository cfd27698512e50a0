"""What a model is asked."""

import pytest
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolUnionParam
from pydantic import TypeAdapter

from unspool.core.options import Options
from unspool.streams.requests import checked, message_tool, request, with_message_tools

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


@pytest.mark.parametrize("value", [None, [], "x", {"messages": {}}, {"messages": ["x"]}])
def test_what_is_no_request_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"object"):
        checked(value)
