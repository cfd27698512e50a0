"""R15, Q70: in every dialect, a whole text or whole arguments against the deltas before them.

What is missing is added; another text is not, and it is reported.
"""

from collections.abc import Callable
from json import dumps
from typing import Any

import pytest
from tests.support import jsonl, run_here

Value = dict[str, Any]
Wire = Callable[[list[str], Any], list[Value]]
"""The records of an answer whose text, or arguments, came in these deltas and then whole."""


def chunk(delta: Value, finish: str | None = None, **choice: Any) -> Value:
    one = {"index": 0, "delta": delta, "finish_reason": finish, **choice}
    return {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [one]}


def whole_message(finish: str, **message: Any) -> Value:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
    return {"id": "c", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]}


# --- texts -----------------------------------------------------------------------------------


def chat(deltas: list[str], whole: Any) -> list[Value]:
    return [
        chunk({"role": "assistant", "content": ""}),
        *(chunk({"content": text}) for text in deltas),
        whole_message("stop", content=whole),
    ]


def response(status: str, *output: Any) -> Value:
    inner = {"id": "r", "object": "response", "model": "m", "status": status, "output": list(output)}
    return {"type": f"response.{'created' if status == 'in_progress' else status}", "response": inner}


def message_item(text: str) -> Value:
    return {"id": "m", "type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]}


def responses_done(deltas: list[str], whole: Any) -> list[Value]:
    at: Value = {"item_id": "m", "output_index": 0, "content_index": 0}
    return [
        response("in_progress"),
        *({"type": "response.output_text.delta", **at, "delta": text} for text in deltas),
        {"type": "response.output_text.done", **at, "text": whole},
        response("completed", message_item(whole)),
    ]


def responses_completed(deltas: list[str], whole: Any) -> list[Value]:
    return [
        response("in_progress"),
        *({"type": "response.output_text.delta", "delta": text} for text in deltas),
        response("completed", message_item(whole)),
    ]


def anthropic_events(deltas: list[str], block: Value) -> list[Value]:
    return [
        {"type": "message_start", "message": {"id": "m", "role": "assistant", "model": "m", "content": []}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *(
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}
            for text in deltas
        ),
        {"type": "content_block_stop", "index": 0, **block},
    ]


ANTHROPIC_END: list[Value] = [{"type": "message_delta", "delta": {"stop_reason": "end_turn"}}, {"type": "message_stop"}]


def anthropic(deltas: list[str], whole: Any) -> list[Value]:
    return [*anthropic_events(deltas, {"content_block": {"type": "text", "text": whole}}), *ANTHROPIC_END]


def anthropic_message(deltas: list[str], whole: Any) -> list[Value]:
    content = [{"type": "text", "text": whole}]
    end = {"type": "message_stop", "message": {"id": "m", "role": "assistant", "content": content}}
    return [*anthropic_events(deltas, {}), ANTHROPIC_END[0], end]


def claude_code(deltas: list[str], whole: Any) -> list[Value]:
    events = [*anthropic_events(deltas, {}), *ANTHROPIC_END]
    message = {"id": "m", "role": "assistant", "model": "m", "content": [{"type": "text", "text": whole}]}
    return [
        {"type": "system", "subtype": "init", "session_id": "s"},
        *({"type": "stream_event", "session_id": "s", "event": event} for event in events[:-2]),
        {"type": "assistant", "session_id": "s", "message": message},
        *({"type": "stream_event", "session_id": "s", "event": event} for event in events[-2:]),
        {"type": "result", "subtype": "success", "is_error": False, "stop_reason": "end_turn", "result": whole},
    ]


def cohere(deltas: list[str], whole: Any) -> list[Value]:
    def part(text: str) -> Value:
        return {"message": {"content": {"type": "text", "text": text}}}

    return [
        {"type": "message-start", "id": "m", "delta": {"message": {"role": "assistant"}}},
        *({"type": "content-delta", "index": 0, "delta": part(text)} for text in deltas),
        {"type": "message-end", "delta": {"finish_reason": "COMPLETE", "message": {"content": whole}}},
    ]


def cohere_answer(deltas: list[str], whole: Any) -> list[Value]:
    *events, _ = cohere(deltas, whole)
    answer = {"id": "m", "message": {"role": "assistant", "content": whole}, "finish_reason": "COMPLETE"}
    return [*events, answer]


def cohere_v1(deltas: list[str], whole: Any) -> list[Value]:
    return [
        {"is_finished": False, "event_type": "stream-start", "generation_id": "g"},
        *({"is_finished": False, "event_type": "text-generation", "text": text} for text in deltas),
        {"is_finished": True, "event_type": "stream-end", "finish_reason": "COMPLETE", "response": {"text": whole}},
    ]


def interactions(deltas: list[str], whole: Any) -> list[Value]:
    outputs = [{"type": "text", "text": whole}]
    return [
        {"event_type": "interaction.start", "interaction": {"id": "i", "model": "m"}},
        *({"event_type": "content.delta", "index": 0, "delta": {"type": "text", "text": text}} for text in deltas),
        {"event_type": "interaction.complete", "interaction": {"id": "i", "status": "completed", "outputs": outputs}},
    ]


def generation(deltas: list[str], whole: Any) -> list[Value]:
    last = {"token": {"text": "", "special": True}, "generated_text": whole, "details": {"finish_reason": "length"}}
    return [*({"token": {"text": text, "special": False}, "generated_text": None} for text in deltas), last]


def assistants(deltas: list[str], whole: Any) -> list[Value]:
    def content(text: str) -> list[Value]:
        return [{"index": 0, "type": "text", "text": {"value": text}}]

    return [
        {"object": "thread.run", "id": "r", "status": "in_progress"},
        *({"object": "thread.message.delta", "id": "m", "delta": {"content": content(text)}} for text in deltas),
        {"object": "thread.message", "id": "m", "content": content(whole)},
        {"object": "thread.run", "id": "r", "status": "completed"},
    ]


def adk(deltas: list[str], whole: Any) -> list[Value]:
    def event(text: str, **members: Any) -> Value:
        return {
            "author": "a",
            "id": "e",
            "content": {"role": "model", "parts": [{"text": text}]},
            **members,
            "invocationId": "v",
        }

    return [*(event(text, partial=True) for text in deltas), event(whole, finishReason="STOP")]


def ag_ui(deltas: list[str], whole: Any) -> list[Value]:
    return [
        {"type": "RUN_STARTED", "threadId": "t", "runId": "r"},
        {"type": "TEXT_MESSAGE_START", "messageId": "m", "role": "assistant"},
        *({"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": text} for text in deltas),
        {"type": "TEXT_MESSAGE_END", "messageId": "m"},
        {"type": "MESSAGES_SNAPSHOT", "messages": [{"id": "m", "role": "assistant", "content": whole}]},
        {"type": "RUN_FINISHED", "threadId": "t", "runId": "r"},
    ]


TEXTS: list[Wire] = [
    *(chat, responses_done, responses_completed, anthropic, anthropic_message, claude_code, cohere, cohere_answer),
    *(cohere_v1, interactions, generation, assistants, adk, ag_ui),
]
ENDED = [ag_ui]
"""The message has ended before it comes whole, so nothing can be added to it."""


@pytest.mark.parametrize("wire", TEXTS)
@pytest.mark.parametrize("whole", ["The gate opens at six.", "The gate opens at nine, says the keeper.", "It opens."])
def test_another_whole_text_is_reported_and_the_deltas_stand(wire: Wire, whole: str) -> None:
    records = jsonl(wire(["The gate ", "opens at nine."], whole))
    ran = run_here(["text"], records)
    assert (ran.stdout.decode(), int(ran.code)) == ("The gate opens at nine.\n", 3), ran.stderr
    assert ran.stderr.count("\n") == 1
    assert f"the whole text differs from the deltas before it, which count; it is: {whole}" in ran.stderr
    assert "Q70" in run_here(["lint"], records).stdout.decode()
    assert '"event":"contradicted"' in run_here(["events"], records).stdout.decode()


@pytest.mark.parametrize("wire", TEXTS)
@pytest.mark.parametrize(
    "whole", ["The gate opens at nine.", "The gate\r\nopens at nine.\r\n", "The gate opens", "opens at nine.", ""]
)
def test_a_part_of_the_text_and_other_white_space_are_no_contradiction(wire: Wire, whole: str) -> None:
    records = jsonl(wire(["\n\nThe gate ", "opens at nine."], whole))
    ran = run_here(["text"], records)
    assert (ran.stdout.decode(), int(ran.code), ran.stderr) == ("\n\nThe gate opens at nine.\n", 0, "")
    assert "Q70" not in run_here(["lint"], records).stdout.decode()


@pytest.mark.parametrize("wire", [wire for wire in TEXTS if wire not in ENDED])
@pytest.mark.parametrize("start", ["", "\n\n"])
def test_what_is_missing_is_added_also_where_white_space_was_trimmed(wire: Wire, start: str) -> None:
    records = jsonl(wire([f"{start}The gate ", "op"], "The gate opens at nine."))
    ran = run_here(["text"], records)
    assert (ran.stdout.decode(), int(ran.code), ran.stderr) == (f"{start}The gate opens at nine.\n", 0, "")


# --- arguments -------------------------------------------------------------------------------


def function(arguments: Any) -> Value:
    return {"name": "send_message", "arguments": arguments}


def text_of(arguments: Any) -> str:
    return arguments if isinstance(arguments, str) else dumps(arguments)


def chat_call(deltas: list[str], whole: Any) -> list[Value]:
    first = {"index": 0, "id": "call_1", "type": "function", "function": function("")}
    entry = {"id": "call_1", "type": "function", "function": function(text_of(whole))}
    return [
        chunk({"role": "assistant", "content": None, "tool_calls": [first]}),
        *(chunk({"tool_calls": [{"index": 0, "function": {"arguments": text}}]}) for text in deltas),
        whole_message("tool_calls", content=None, tool_calls=[entry]),
    ]


def call_item(arguments: Any) -> Value:
    return {"id": "f", "type": "function_call", "call_id": "call_1", **function(text_of(arguments))}


def responses_call(deltas: list[str], whole: Any) -> list[Value]:
    at: Value = {"item_id": "f", "output_index": 0}
    return [
        response("in_progress"),
        {"type": "response.output_item.added", "output_index": 0, "item": call_item("")},
        *({"type": "response.function_call_arguments.delta", **at, "delta": text} for text in deltas),
        {"type": "response.function_call_arguments.done", **at, "arguments": text_of(whole)},
        {"type": "response.output_item.done", "output_index": 0, "item": call_item(whole)},
        response("completed", call_item(whole)),
    ]


def use(given: Any) -> Value:
    return {"type": "tool_use", "id": "call_1", "name": "send_message", "input": given}


def anthropic_call_events(deltas: list[str], **stop: Any) -> list[Value]:
    return [
        {"type": "message_start", "message": {"id": "m", "role": "assistant", "model": "m", "content": []}},
        {"type": "content_block_start", "index": 0, "content_block": use({})},
        *(
            {"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": text}}
            for text in deltas
        ),
        {"type": "content_block_stop", "index": 0, **stop},
    ]


CALL_END: list[Value] = [{"type": "message_delta", "delta": {"stop_reason": "tool_use"}}, {"type": "message_stop"}]


def anthropic_call(deltas: list[str], whole: Any) -> list[Value]:
    return [*anthropic_call_events(deltas, content_block=use(whole)), *CALL_END]


def claude_code_call(deltas: list[str], whole: Any) -> list[Value]:
    message = {"id": "m", "role": "assistant", "model": "m", "content": [use(whole)]}
    return [
        {"type": "system", "subtype": "init", "session_id": "s"},
        *({"type": "stream_event", "session_id": "s", "event": event} for event in anthropic_call_events(deltas)),
        {"type": "assistant", "session_id": "s", "message": message},
        *({"type": "stream_event", "session_id": "s", "event": event} for event in CALL_END),
        {"type": "result", "subtype": "success", "is_error": False, "stop_reason": "end_turn", "result": ""},
    ]


def cohere_part(call: Value) -> Value:
    return {"message": {"tool_calls": call}}


def cohere_call(deltas: list[str], whole: Any) -> list[Value]:
    start = {"id": "call_1", "type": "function", "function": function("")}
    entry = {"id": "call_1", "type": "function", "function": function(text_of(whole))}
    return [
        {"type": "message-start", "id": "m", "delta": {"message": {"role": "assistant"}}},
        {"type": "tool-call-start", "index": 0, "delta": cohere_part(start)},
        *(
            {"type": "tool-call-delta", "index": 0, "delta": cohere_part({"function": {"arguments": text}})}
            for text in deltas
        ),
        {"type": "tool-call-end", "index": 0},
        {"type": "message-end", "delta": {"finish_reason": "TOOL_CALL", "message": {"tool_calls": [entry]}}},
    ]


def cohere_call_answer(deltas: list[str], whole: Any) -> list[Value]:
    *events, _ = cohere_call(deltas, whole)
    entry = {"id": "call_1", "type": "function", "function": function(text_of(whole))}
    return [*events, {"id": "m", "message": {"role": "assistant", "tool_calls": [entry]}, "finish_reason": "TOOL_CALL"}]


def cohere_v1_call(deltas: list[str], whole: Any) -> list[Value]:
    calls = [{"name": "send_message", "parameters": whole}]
    return [
        {"is_finished": False, "event_type": "stream-start", "generation_id": "g"},
        {"event_type": "tool-calls-chunk", "tool_call_delta": {"index": 0, "name": "send_message"}},
        *({"event_type": "tool-calls-chunk", "tool_call_delta": {"index": 0, "parameters": text}} for text in deltas),
        {"event_type": "tool-calls-generation", "tool_calls": calls},
        {"event_type": "stream-end", "finish_reason": "COMPLETE", "response": {"text": "", "tool_calls": calls}},
    ]


def interactions_call(deltas: list[str], whole: Any) -> list[Value]:
    call = {"type": "function_call", "id": "call_1", "name": "send_message"}
    status = {"id": "i", "status": "requires_action", "steps": [{**call, "arguments": whole}]}
    return [
        {"event_type": "interaction.created", "interaction": {"id": "i", "model": "m"}},
        {"event_type": "step.start", "index": 0, "step": {**call, "arguments": {}}},
        *(
            {"event_type": "step.delta", "index": 0, "delta": {"type": "arguments_delta", "arguments": text}}
            for text in deltas
        ),
        {"event_type": "interaction.completed", "interaction": status},
    ]


def ai_sdk_call(deltas: list[str], whole: Any) -> list[Value]:
    return [
        {"type": "start"},
        {"type": "start-step"},
        {"type": "tool-input-start", "toolCallId": "call_1", "toolName": "send_message"},
        *({"type": "tool-input-delta", "toolCallId": "call_1", "inputTextDelta": text} for text in deltas),
        {"type": "tool-input-available", "toolCallId": "call_1", "toolName": "send_message", "input": whole},
        {"type": "tool-output-available", "toolCallId": "call_1", "output": "sent"},
        {"type": "finish-step"},
        {"type": "finish"},
    ]


def assistants_call(deltas: list[str], whole: Any) -> list[Value]:
    def step(call: Value) -> Value:
        details = {"type": "tool_calls", "tool_calls": [{"index": 0, "type": "function", **call}]}
        return {"object": "thread.run.step.delta", "id": "s", "delta": {"step_details": details}}

    waits = [{"id": "call_1", "type": "function", "function": function(text_of(whole))}]
    action = {"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": waits}}
    return [
        {"object": "thread.run", "id": "r", "status": "in_progress"},
        step({"id": "call_1", "function": function("")}),
        *(step({"function": {"arguments": text}}) for text in deltas),
        {"object": "thread.run", "id": "r", "status": "requires_action", "required_action": action},
    ]


CALLS: list[Wire] = [
    *(chat_call, responses_call, anthropic_call, claude_code_call, cohere_call, cohere_call_answer, cohere_v1_call),
    *(interactions_call, ai_sdk_call, assistants_call),
]


@pytest.mark.parametrize("wire", CALLS)
@pytest.mark.parametrize("end", ['"}', ""], ids=["complete", "cut"])
@pytest.mark.parametrize("whole", ["At six, says he.", "At six.", "At nine, says she.", "Ni"])
def test_another_message_in_whole_arguments_is_reported(wire: Wire, end: str, whole: str) -> None:
    """Where the arguments were cut, too, the response is incomplete besides."""
    records = jsonl(wire(['{"mess', f'age": "At nine, says he.{end}'], {"message": whole}))
    ran = run_here(["text"], records)
    assert (ran.stdout.decode(), int(ran.code)) == ("At nine, says he.\n", 3 if end else 4), ran.stderr
    assert f"it is: {whole}" in ran.stderr
    assert "Q70" in run_here(["lint"], records).stdout.decode()


@pytest.mark.parametrize("wire", CALLS)
@pytest.mark.parametrize(
    ("deltas", "whole"),
    [
        (['{"message": "At nine."}'], {"message": "At nine."}),
        (['{"message":"At nine."}'], {"message": "At nine."}),
        (['{"message": "At ni', 'ne."}'], {"message": "At nine.", "urgent": False}),
        (['{"message": "At'], {"message": "At nine."}),
        (['{"message": "At ni'], {"urgent": False, "message": "At nine."}),
        (['{"urgent": fal', 'se, "message": "At ni'], {"message": "At nine.", "urgent": False}),
        (['{"urgent": fal'], {"message": "At nine.", "urgent": False}),
        (["{"], {"message": "At nine."}),
        (["{}"], {"message": "At nine."}),
        ([], {"message": "At nine."}),
    ],
)
def test_what_is_missing_of_the_message_is_added(wire: Wire, deltas: list[str], whole: Value) -> None:
    ran = run_here(["text"], jsonl(wire(deltas, whole)))
    assert (ran.stdout.decode(), int(ran.code), ran.stderr) == ("At nine.\n", 0, "")


@pytest.mark.parametrize("wire", CALLS)
@pytest.mark.parametrize("said", ["At nine.\\n", " At nine.", "\\nAt nine. "])
def test_a_trimmed_message_in_whole_arguments_is_no_other(wire: Wire, said: str) -> None:
    ran = run_here(["text"], jsonl(wire([f'{{"message": "{said}"}}'], {"message": "At nine."})))
    assert (int(ran.code), ran.stderr) == (0, "")
    assert ran.stdout.decode().strip() == "At nine."
