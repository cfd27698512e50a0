"""Ends of runs that no sample has: what failed, was tried again, or was cut; and sessions instead of runs."""

import json
import sys
from itertools import zip_longest
from types import FrameType
from typing import Any

import pytest
from tests.dialects.agents.cases import Case, Record
from tests.support import chunk, jsonl, run_here, sse

from unspool.dialects import registry


def event(kind: str, **data: Any) -> Record:
    return {"type": kind, "data": data, "id": "e", "timestamp": "t", "parentId": None}


def copilot(text: str, *requests: Record, **data: Any) -> Record:
    return event("assistant.message", content=text, toolRequests=list(requests), **data)


TURN = event("assistant.turn_start", turnId="0")
SHOWN = {**event("session.tools_updated"), "ephemeral": True}
IDLE = {**event("session.idle"), "ephemeral": True}
RAN = event("tool.execution_complete", toolCallId="c", success=True)
ASKED = {"toolCallId": "c", "name": "bash", "arguments": {"command": "ls"}}
DELTA = event("assistant.message_delta", messageId="m", deltaContent="Hel")
COPILOT = [
    Case("an exit code", [TURN, DELTA, {"type": "result", "sessionId": "s", "exitCode": 1}], "Hel\n", 5, "exit code 1"),
    Case(
        "an error, and the exit code that follows from it",
        [TURN, event("session.error", message="no quota"), {"type": "result", "sessionId": "s", "exitCode": 1}],
        *("", 5, "no quota"),
    ),
    Case("an abort", [TURN, DELTA, event("abort", reason="user_initiated")], "Hel\n", 5, "user_initiated"),
    Case("killed in a message", [TURN, DELTA], "Hel\n", 4),
    Case("killed before a message", [TURN], "", 4),
    Case("killed while a tool runs", [SHOWN, TURN, copilot("Look.", ASKED)], "Look.\n", 4, "before result"),
    Case("killed behind a whole answer", [SHOWN, TURN, copilot("Look.")], "Look.\n", 4, "before result"),
    Case("a session that ends with a call", [TURN, copilot("Look.", ASKED)], "Look.\n"),
    Case("a session that ends with a tool's result", [TURN, copilot("Look.", ASKED), RAN], "Look.\n", 4),
    Case("a session as the SDK gives it", [SHOWN, TURN, copilot("Look."), IDLE], "Look.\n"),
    Case("a call that no message has", [TURN, event("tool.execution_start", toolCallId="c", toolName="x")], "", 4),
    Case(
        "a session of two turns",
        [
            event("session.start", sessionId="s", copilotVersion="1.0.0"),
            *(event("user.message", content="A?"), TURN, copilot("A."), event("assistant.turn_end", turnId="0")),
            *(event("user.message", content="B?"), TURN, copilot("A."), event("assistant.turn_end", turnId="0")),
        ],
        "A.\nA.\n",
    ),
    Case(
        "a prompt behind the results of calls, which no turn has answered",
        [
            *(event("user.message", content="A?"), TURN, copilot("Look.", ASKED), RAN),
            *(event("assistant.turn_end", turnId="0"), event("user.message", content="B?"), TURN, copilot("B.")),
        ],
        *("Look.\nB.\n", 4),
    ),
    Case(
        "a message that never came whole, before another",
        [TURN, DELTA, event("assistant.message_delta", messageId="n", deltaContent="Hello."), copilot("Hello.")],
        "Hel\nHello.\n",
    ),
    Case(
        "killed in a call that arrives",
        [
            TURN,
            event("assistant.tool_call_delta", toolCallId="c", toolName="send_message", inputDelta='{"message":"Hel'),
        ],
        *("Hel\n", 4),
    ),
    Case("a sub-agent of old versions", [TURN, copilot("SUB", parentToolCallId="c"), copilot("Main.")], "Main.\n"),
]


def pi(kind: str, content: Any, **members: Any) -> Record:
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
    message = {"role": "assistant", "content": blocks, "stopReason": "stop", "timestamp": 1, **members}
    return {"type": kind, "timestamp": "t", "message": message}


START, END = {"type": "agent_start"}, {"type": "agent_end", "messages": []}
RETRY = {"type": "auto_retry_start", "attempt": 1, "maxAttempts": 3, "delayMs": 1, "errorMessage": "overloaded"}
FAILED = pi("message_end", "Hel", stopReason="error", errorMessage="overloaded")
CALLED = pi("message", [{"type": "toolCall", "id": "c", "name": "x", "arguments": {}}], stopReason="toolUse")
PI = [
    Case("an error", [START, FAILED, END], "Hel\n", 5, "overloaded"),
    Case(
        "an error that was tried again",
        [START, FAILED, END, RETRY, START, pi("message_end", "Hello."), END],
        "Hel\nHello.\n",
    ),
    Case(
        "an abort, and the next prompt",
        [pi("message", "A", stopReason="aborted"), pi("message", "?", role="user")],
        "A\n",
        5,
        "aborted",
    ),
    Case("killed between messages", [START, pi("message_end", "A")], "A\n", 4),
    Case("a session that ends with a call", [CALLED], "", 0, "x"),
    Case("a session that ends with a tool's result", [CALLED, pi("message", "", role="toolResult")], "", 4),
    Case("a session", [pi("message", "A"), pi("message", "?", role="user"), pi("message", "A")], "A\nA\n"),
    Case("two blocks", [pi("message", [{"type": "text", "text": one} for one in "AB"])], "A\nB\n"),
    Case("too long", [pi("message_end", "A", stopReason="length")], "A\n"),
]


def adk(*parts: Record, **members: Any) -> Record:
    content = {"content": {"role": "model", "parts": list(parts)}} if parts else {}
    return {"author": "porter", "invocationId": "e", "actions": {}, **content, **members}


def piece(path: str, value: Any, member: str = "stringValue") -> Record:
    """A part with a piece of a call's arguments; a string goes on."""
    partial = {"jsonPath": path, member: value, "willContinue": member == "stringValue"}
    call = {"id": "f", "name": "send_message", "partialArgs": [partial], "willContinue": True}
    return {"functionCall": call}


LONG = {"functionCall": {"id": "f", "name": "ask", "args": {}}}
GAVE = adk(content={"role": "user", "parts": [{"functionResponse": {"id": "f", "name": "ask", "response": {}}}]})


def spoken(text: str, finished: bool = False, **members: Any) -> Record:
    return adk(outputTranscription={"text": text, "finished": finished}, **members)


TURN_ENDS = adk(turnComplete=True)
SPOKEN = [spoken("Hel", partial=True), spoken("lo.", partial=True)]
ADK = [
    Case(
        "an error",
        [adk({"text": "Hel"}, partial=True), adk(errorCode="MALFORMED_FUNCTION_CALL", errorMessage="bad")],
        "Hel\n",
        5,
        "MALFORMED_FUNCTION_CALL: bad",
    ),
    Case("a finish reason that is a failure", [adk({"text": "A"}, finishReason="OTHER")], "A\n", 5, "OTHER"),
    Case(
        "failed with a text",
        [adk(errorCode="MALFORMED_FUNCTION_CALL", content={"role": "model", "parts": [{"text": "Gate four."}]})],
        "Gate four.\n",
        5,
        "MALFORMED_FUNCTION_CALL",
    ),
    Case("refused", [adk(finishReason="SAFETY")], "", 0, "SAFETY"),
    Case("an interruption", [adk({"text": "A"}, interrupted=True)], "A\n", 5, "interruption"),
    Case("killed in a message", [adk({"text": "Hel"}, partial=True)], "Hel\n", 4),
    Case("a call, which the client may have to make", [adk(LONG)], "", 0, "ask"),
    Case("killed behind a tool's result", [adk(LONG), GAVE], "", 4),
    Case("a tool's result that is the answer", [adk(LONG), {**GAVE, "actions": {"skipSummarization": True}}], ""),
    Case("a state before the answer", [adk(actions={"stateDelta": {"a": 1}}), adk({"text": "A"})], "A\n"),
    Case("cut for its length", [adk({"text": "A"}, finishReason="MAX_TOKENS", errorCode="MAX_TOKENS")], "A\n"),
    Case("an empty answer", [adk(content={"parts": [], "role": "model"}, finishReason="STOP")], "", 0, "is empty"),
    Case(
        "an error that the server repeats",
        [adk({"text": "A"}, partial=True), adk(errorCode="E", errorMessage="no pier"), {"error": "E: no pier"}],
        *("A\n", 5, "no pier"),
    ),
    Case(
        "arguments in pieces, which the whole call lacks",
        [adk(piece("$.message", "Hel"), partial=True), adk({"functionCall": {"id": "f", "name": "send_message"}})],
        *("Hel\n", 4, "open"),
    ),
    Case(
        "numbers in pieces, of a call that comes whole under another id",
        [
            adk(piece("$.count", 1.0, "numberValue"), partial=True),
            adk(piece("$.message", "Hel"), partial=True),
            adk({"functionCall": {"id": "g", "name": "send_message", "args": {"count": 1, "message": "Hel"}}}),
            *(adk(role="user", content={"role": "user", "parts": []}), adk({"text": "Bye."})),
        ],
        "Hel\nBye.\n",
    ),
    Case(
        "pieces that go back",
        [
            *(adk(piece("$.message", "Hel"), partial=True), adk(piece("$.count", 1, "numberValue"), partial=True)),
            adk(piece("$.message", "lo"), partial=True),
        ],
        *("Hel\n", 4),
    ),
    Case("two agents", [adk({"text": "A"}), adk({"text": "B"}, author="guide")], "A\nB\n"),
    Case("a live agent", [*SPOKEN, spoken("Hello.", finished=True), TURN_ENDS], "Hello.\n"),
    Case(
        "a live agent, whose last piece is none of all",
        [*SPOKEN, spoken(" You.", finished=True), TURN_ENDS],
        "Hello. You.\n",
    ),
    Case("a live agent that was cut", [adk(inputTranscription={"text": "?"}), *SPOKEN], "Hello.\n", 4),
    Case("a live agent that was interrupted", [*SPOKEN, adk(interrupted=True)], "Hello.\n", 5, "interruption"),
    Case("two turns of a live agent", [*SPOKEN, TURN_ENDS, spoken("Bye.", partial=True), TURN_ENDS], "Hello.\nBye.\n"),
]


def dify(kind: str, **members: Any) -> Record:
    return {"event": kind, "task_id": "t", **members}


def finished(**data: Any) -> Record:
    return dify("workflow_finished", workflow_run_id="w", data=data)


DIFY = [
    Case(
        "an error",
        [dify("message", answer="Hel"), dify("error", status=400, code="invalid_param", message="no")],
        "Hel\n",
        5,
        "no (code invalid_param)",
    ),
    Case("cut", [dify("message", answer="Hel")], "Hel\n", 4),
    Case(
        "two calls of one thought",
        [
            dify(
                "agent_thought",
                id="h",
                tool="look;send_message",
                tool_input='{"look": {}, "send_message": {"message": "A"}}',
            ),
            dify("agent_thought", id="h", tool="look;send_message", tool_input="{}", observation='{"look": "x"}'),
            *(dify("agent_message", answer="B"), dify("message_end", metadata={})),
        ],
        "A\nB\n",
    ),
    Case(
        "a tool whose input is no JSON",
        [dify("agent_thought", id="h", tool="look", tool_input="the pier"), dify("message_end", metadata={})],
        *("", 0, "look"),
    ),
    Case("a workflow without pieces", [finished(status="succeeded", outputs={"text": "A", "n": 1})], "A\n"),
    Case("a workflow of two texts", [finished(status="succeeded", outputs={"a": "A", "b": "B"})], ""),
    Case("a workflow that failed", [dify("workflow_started"), finished(status="failed", error="no")], "", 5, "no"),
    Case("a workflow that was stopped", [finished(status="stopped")], "", 5, "stopped"),
    Case("a blocking answer", [dify("message", mode="chat", answer="A", metadata={})], "A\n"),
    Case(
        "a flow of messages",
        [
            *(dify("workflow_started", message_id="m"), dify("message", message_id="m", answer="A")),
            dify("workflow_finished", message_id="m", data={"status": "succeeded", "outputs": {"answer": "A"}}),
            dify("message_end", message_id="m", metadata={}),
        ],
        "A\n",
    ),
]


def thread(kind: str, ident: str = "m", **members: Any) -> Record:
    return {"object": f"thread.{kind}", "id": ident, **members}


def part(text: str, index: int = 0) -> Record:
    return {"index": index, "type": "text", "text": {"value": text, "annotations": []}}


HEL = thread("message.delta", delta={"content": [part("Hel")]})
ASSISTANTS = [
    Case(
        "a run that failed",
        [HEL, thread("run", status="failed", last_error={"code": "x", "message": "no quota"})],
        "Hel\n",
        5,
        "failed: no quota",
    ),
    Case("a run that expired", [thread("run", status="expired")], "", 5, "expired"),
    Case("cut", [thread("run", status="queued")], "", 4),
    Case("cut in a message", [HEL], "Hel\n", 4),
    Case(
        "a message that was filtered",
        [
            thread(
                "message", content=[part("A")], status="incomplete", incomplete_details={"reason": "content_filter"}
            ),
            thread("run", status="incomplete"),
        ],
        "A\n",
    ),
    Case(
        "two blocks",
        [thread("message.delta", delta={"content": [part("A"), part("B", 1)]}), thread("run", status="completed")],
        "A\nB\n",
    ),
    Case("an echo", [thread("message", role="user", content=[part("?")]), thread("run", status="completed")], ""),
]


def line(kind: str, **payload: Any) -> Record:
    return {"timestamp": "t", "type": "response_item", "payload": {"type": kind, **payload}}


def counted(tokens: int) -> Record:
    usage = {"total_token_usage": {"input_tokens": tokens, "output_tokens": 1}}
    return {"timestamp": "t", "type": "event_msg", "payload": {"type": "token_count", "info": usage}}


SEARCH = line("web_search_call", status="completed", action={"type": "search", "query": "hours"})
CODEX = [
    Case(
        "a turn that was completed as failed",
        [{"type": "turn.started"}, {"type": "turn.completed", "status": "failed", "error": {"message": "no quota"}}],
        "",
        5,
        "no quota",
    ),
]
ANSWER = {"id": "r", "created_at": 1, "model": "m", "object": "response"}
OUTPUT = {"type": "function_call", "id": "f", "call_id": "c", "name": "look", "arguments": "{}"}


def raw(kind: str, **members: Any) -> Record:
    return {"type": "raw_response_event", "data": {"type": f"response.{kind}", **members}}


def item(kind: str, **members: Any) -> Record:
    return {"type": "run_item_stream_event", "name": "n", "item": {"type": f"{kind}_item", "raw_item": members}}


AGENT = {"type": "agent_updated_stream_event", "new_agent": {"name": "a"}}
RAW_CALL = [
    raw("created", response={**ANSWER, "status": "in_progress", "output": []}),
    raw("output_item.added", output_index=0, item={**OUTPUT, "arguments": ""}),
    raw("function_call_arguments.done", output_index=0, item_id="f", arguments="{}"),
    raw("completed", response={**ANSWER, "status": "completed", "output": [OUTPUT]}),
]
OPENAI_AGENTS = [
    Case("raw events alone, up to a call", RAW_CALL, "", 0, "look"),
    Case("a response with a call, where a run may wait for an approval", [AGENT, *RAW_CALL], "", 0, "look"),
    Case("the item of a call behind its response", [AGENT, *RAW_CALL, item("tool_call", **OUTPUT)], "", 0, "look"),
    Case("the item of a call alone", [AGENT, item("tool_call", **OUTPUT)], "", 0, "look"),
    Case(
        "killed behind the result of a tool, or ended with it",
        [
            AGENT,
            *RAW_CALL,
            item("tool_call", **OUTPUT),
            item("tool_call_output", type="function_call_output", call_id="c"),
        ],
        *("", 4),
    ),
]
BY_EVENTS: list[Record] = [
    {"event": {"messageStart": {"role": "assistant"}}},
    {"event": {"contentBlockStart": {"start": {"toolUse": {"toolUseId": "c", "name": "look"}}}}},
    {"event": {"contentBlockDelta": {"delta": {"toolUse": {"input": "{}"}}}}},
    {"event": {"contentBlockStop": {}}},
    {"event": {"messageStop": {"stopReason": "tool_use"}}},
]
USED = {"message": {"role": "assistant", "content": [{"toolUse": {"toolUseId": "c", "name": "look", "input": {}}}]}}
LOOP = {"init_event_loop": True}
STRANDS = [
    Case("Bedrock's events alone, up to a call", BY_EVENTS, "", 0, "look"),
    Case("the events of a call behind a record of Strands", [LOOP, *BY_EVENTS], "", 0, "look"),
    Case("the message of a call behind its events", [LOOP, *BY_EVENTS, USED], "", 0, "look"),
    Case(
        "killed behind a tool's result", [LOOP, *BY_EVENTS, USED, {"message": {"role": "user", "content": []}}], "", 4
    ),
    Case("interrupted", [LOOP, *BY_EVENTS, USED, {"result": "interrupt"}], "", 0, "look"),
]
ASKS = {"name": "send_message", "tool_call_id": "c", "arguments": '{"message": "Hi."}'}
WAITS = {"type": "message", "message_type": "approval_request_message", "run_id": "r", "tool_call": ASKS}
APPROVES = {"type": "message", "message_type": "stop_reason", "stop_reason": "requires_approval"}
SAYS = {"type": "message", "message_type": "assistant_message", "run_id": "s", "content": "Done."}
ENDS = {"type": "message", "message_type": "stop_reason", "stop_reason": "end_turn"}
CODED = {"type": "result", "subtype": "success", "session_id": "a", "result": "Done."}
LETTA = [
    Case(
        "a call that waited for its approval",
        [WAITS, APPROVES, {"type": "auto_approval", "tool_call": ASKS}, SAYS, ENDS, CODED],
        "Hi.\nDone.\n",
    ),
    Case("killed before its result", [SAYS, ENDS], "Done.\n", 4, "before result"),
    Case(
        "too many steps",
        [SAYS, {**CODED, "subtype": "error", "is_error": True, "result": None, "stop_reason": "max_steps"}],
        *("Done.\n", 5, "ended with max_steps"),
    ),
]


def answers(node: str, *pieces: str) -> list[Record]:
    """The records of one of several agents, with its usage behind the end of its message."""
    deltas = [{"contentBlockDelta": {"delta": {"text": piece}}} for piece in pieces]
    usage = {"metadata": {"usage": {"inputTokens": 3, "outputTokens": len(pieces), "totalTokens": 3 + len(pieces)}}}
    stops = [{"contentBlockStop": {}}, {"messageStop": {"stopReason": "end_turn"}}, usage]
    events = [LOOP, *({"event": one} for one in ({"messageStart": {"role": "assistant"}}, *deltas, *stops))]
    return [{"type": "multiagent_node_stream", "node_id": node, "event": event} for event in events]


def at_once(*nodes: list[Record]) -> list[Record]:
    return [record for turn in zip_longest(*nodes) for record in turn if record is not None]


NODE = {"type": "multiagent_node_start", "node_id": "a", "node_type": "agent"}
STOPPED = {"type": "multiagent_node_stop", "node_id": "a", "node_result": {}}
NESTED = [{"type": "multiagent_node_stream", "node_id": "o", "event": one} for one in answers("a", "Al", "pha.")]
STRANDS += [
    Case(
        "agents one after the other", [NODE, *answers("a", "Al", "pha."), STOPPED, *answers("b", "Be")], "Alpha.\nBe\n"
    ),
    Case("agents at once", at_once(answers("a", "Al", "pha."), answers("b", "Be", "ta."), [NODE]), "Alpha.\nBeta.\n"),
    Case("an agent in an agent", NESTED, "Alpha.\n"),
    Case("agents that were cut", at_once(*(answers(node, node.upper())[:3] for node in "abc")), "A\nB\nC\n", 4),
]
HOURS = {"name": "Hours", "args": {"opens": 9}, "id": "c", "type": "tool_call"}
STATE = [
    {"type": "human", "content": "?", "id": "h"},
    {"type": "ai", "content": "", "id": "a", "tool_calls": [HOURS]},
    {"type": "tool", "content": "Returning structured response", "id": "t", "tool_call_id": "c"},
]
LANGCHAIN = [
    Case("an answer that a tool takes", [{"messages": STATE, "structured_response": {"opens": 9}}], "", 0, "Hours"),
    Case("the same of a node", [{"model": {"messages": STATE, "structured_response": {"opens": 9}}}], "", 0, "Hours"),
    Case("the result of a tool", [{"messages": STATE, "structured_response": None}], "", 4),
]


def at(kind: str, *path: int, **members: Any) -> Record:
    return {"type": kind, "path": list(path), **members}


def delta(number: int, text: str) -> Record:
    return at("text-delta", number, textDelta=text)


PARTS = [at("part-start", part={"type": "text"}), at("text-delta", 0, textDelta="Hel")]
CALLS = [
    at("part-start", part={"type": "tool-call", "toolCallId": "c", "toolName": "x"}),
    at("text-delta", 1, textDelta="{}"),
]
THOUGHT = at("part-start", part={"type": "reasoning"})
ENDED = [at("part-finish", 0), at("part-finish", 1)]
AT_ONCE = [(0, "A1"), (1, "B1"), (0, "A2"), (1, "B2")]
STATES = at("update-state", operations=[{"type": "append-text", "path": ["messages", "0", "text"], "value": "Hel"}])
SETS = [
    at("update-state", operations=[{"type": "set", "path": path, "value": value}])
    for path, value in (
        (["messages"], [{"role": "assistant", "parts": [{"type": "text", "text": "Hel"}]}]),
        (["messages", "0", "content"], "Hel"),
        (["messages", "0"], {"type": "ai", "content": [{"type": "text", "text": "Hel"}]}),
    )
]
ASKS = at("update-state", operations=[{"type": "set", "path": ["messages"], "value": [{"role": "user", "text": "?"}]}])
STEPS = at("step-finish", finishReason="tool-calls", isContinued=False)
ASSISTANT_UI = [
    Case("killed in a text", PARTS, "Hel\n", 4, "[DONE]"),
    Case("killed behind a call", [*PARTS, *CALLS], "Hel\n", 4, "[DONE]"),
    Case("killed behind a tool's result", [*PARTS, *CALLS, at("result", 1, result=1), STEPS], "Hel\n", 4, "[DONE]"),
    Case("an error", [*PARTS, at("error", error="no pier")], "Hel\n", 5, "no pier"),
    Case("a warning", [*PARTS, at("error", error="no pier", severity="warning"), at("message-finish")], "Hel\n"),
    Case(
        "an error that the end repeats",
        [*PARTS, at("error", error="no"), {**STEPS, "finishReason": "error"}],
        "Hel\n",
        5,
    ),
    Case(
        "a step that goes on",
        [
            *PARTS,
            {**STEPS, "isContinued": True},
            {"type": "step-start", "messageId": "n"},
            PARTS[1],
            at("message-finish"),
        ],
        "HelHel\n",
    ),
    Case(
        "a piece of a part inside a part",
        [*PARTS, at("text-delta", 0, 0, textDelta="?"), at("message-finish")],
        "Hel\n",
    ),
    Case("two texts", [*PARTS, PARTS[0], at("text-delta", 1, textDelta="lo"), at("message-finish")], "Hel\nlo\n"),
    *(
        Case(
            f"two {name} at once",
            [part, part, *(delta(number, word) for number, word in pieces), *ends, at("message-finish")],
            text,
        )
        for name, part, pieces, ends, text in (
            ("texts", PARTS[0], AT_ONCE, [], "A1A2\nB1B2\n"),
            ("texts, with ends", PARTS[0], AT_ONCE, ENDED, "A1A2\nB1B2\n"),
            ("thoughts", THOUGHT, AT_ONCE, ENDED, ""),
        )
    ),
    Case(
        "the second of two at once, killed", [PARTS[0], PARTS[0], *(delta(*one) for one in AT_ONCE)], "A1A2\nB1B2\n", 4
    ),
    Case(
        "the second of two at once goes on",
        [PARTS[0], PARTS[0], *(delta(*one) for one in AT_ONCE), ENDED[0], delta(1, "B3"), at("message-finish")],
        "A1A2\nB1B2B3\n",
    ),
    Case(
        "a stream without steps, cut before another",
        [*PARTS, ENDED[0], THOUGHT, delta(0, "secret"), ENDED[0], PARTS[0], delta(1, "Yes."), at("message-finish")],
        *("Hel\nYes.\n", 4, "[DONE]"),
    ),
    Case(
        "thoughts without steps, cut before a text",
        [THOUGHT, delta(0, "secret"), ENDED[0], PARTS[0], delta(0, "Yes."), at("message-finish")],
        *("Yes.\n", 4),
    ),
    Case("a beginning that is missing", [delta(0, "Hel"), delta(0, "lo."), at("message-finish")], "Hello.\n"),
    Case(
        "a beginning that is missing, and another part",
        [delta(1, "Hel"), THOUGHT, delta(2, "secret"), delta(1, "lo."), at("message-finish")],
        "Hello.\n",
    ),
    Case(
        "further members of a step",
        [{"type": "step-start", "messageId": "n", "x": 1}, *PARTS, {**STEPS, "finishReason": "stop", "x": 1}],
        "Hel\n",
    ),
    Case("a text of the state alone", [STATES, STATES, at("message-finish")], "", 0, "no text, but append-text"),
    Case("a text of the state alone, killed", [STATES], "", 4, "[DONE]"),
    *(
        Case(f"a state with a text, set {n}", [one, at("message-finish")], "", 0, "update-state")
        for n, one in enumerate(SETS)
    ),
    *(Case(f"a state with a text, set {n}, killed", [one], "", 4, "[DONE]") for n, one in enumerate(SETS)),
    Case("the user's message in the state alone", [ASKS], "", 4, "before any choice arrived"),
    Case("a text of the state behind the end", [*PARTS, at("message-finish"), STATES], "Hel\n"),
    Case("a piece of no part", [PARTS[0], at("text-delta", 7, textDelta="?"), at("message-finish")], "?\n"),
]


def session(kind: str, **members: Any) -> Record:
    return {"type": f"agent.session.{kind}", "event_id": "e", "session_id": "s", **members}


def of_turn(kind: str, ident: str = "t", **members: Any) -> Record:
    return session(f"turn.{kind}", turn_id=ident, **members)


def beginning(ident: str = "t", subagent: str | None = None) -> Record:
    return of_turn("created", ident, turn={"id": ident, "subagent_id": subagent})


def ending(kind: str, error: Any = None) -> Record:
    return of_turn(kind, turn={"id": "t", "subagent_id": None, "error": error})


SAID = of_turn("output_text.delta", item_id="m", content_index=0, delta="Hel")
WHOLE = of_turn(
    "item.done", item={"id": "m", "type": "message", "content": [{"type": "output_text", "text": "Hello."}]}
)
WAITED = {"id": "f", "type": "function_call", "call_id": "c", "name": "send_message", "arguments": {"message": "Hi."}}
ASKED_FOR = session("requires_action", session={"required_actions": [WAITED]})
AGENTS_API = [
    Case("killed in a text", [beginning(), SAID], "Hel\n", 4, "turn.completed"),
    Case("a text whose deltas stopped early", [beginning(), SAID, WHOLE, ending("completed")], "Hello.\n"),
    Case("failed", [beginning(), SAID, ending("failed", {"code": "x", "message": "too busy"})], "Hel\n", 5, "too busy"),
    Case("cancelled", [beginning(), SAID, ending("cancelled")], "Hel\n", 5, "cancelled"),
    Case("a session that failed", [beginning(), session("failed", session={"error": "no quota"})], "", 5, "no quota"),
    Case("a call that waits", [beginning(), of_turn("item.added", item=WAITED), ASKED_FOR], "Hi.\n"),
    Case("a call that the session names alone", [beginning(), ASKED_FOR], "Hi.\n"),
    Case(
        "a call that is named when its result has come",
        [
            *(beginning(), of_turn("item.added", item=WAITED), ASKED_FOR),
            of_turn("item.added", item={"type": "function_call_output", "call_id": "c", "output": "sent"}),
            *(of_turn("item.done", item=WAITED), WHOLE, ending("completed")),
        ],
        "Hi.\nHello.\n",
    ),
    Case(
        "a sub-agent's turn",
        [
            *(beginning(), SAID, beginning("u", "a"), of_turn("output_text.delta", "u", item_id="n", delta="?"), WHOLE),
            *(of_turn("completed", "u", turn={"id": "u", "subagent_id": "a"}), ending("completed")),
        ],
        "Hello.\n",
    ),
    Case("another turn before its end", [beginning(), SAID, beginning("v"), of_turn("completed", "v")], "Hel\n", 4),
    Case(
        "two texts of a message",
        [beginning(), SAID, {**SAID, "content_index": 1, "delta": "lo"}, ending("completed")],
        "Hel\nlo\n",
    ),
    Case(
        "a call of the agent's own",
        [
            beginning(),
            of_turn("item.done", item={"type": "command_execution", "id": "x", "command": "ls", "output": ""}),
        ],
        *("", 4),
    ),
]


def managed(kind: str, **members: Any) -> Record:
    return {"type": kind, "processed_at": "2031-01-01T00:00:00Z", **members}


def preview(text: str, ident: str = "m1", kind: str = "text") -> Record:
    return {"type": "event_delta", "event_id": ident, "delta": {"index": 0, "content": {"type": kind, kind: text}}}


def told(text: str, ident: str = "m1") -> Record:
    return managed("agent.message", id=ident, content=[{"type": "text", "text": text}])


def block(delta: Record, ident: str = "m1", **members: Any) -> Record:
    """A piece of a message as Qoder's cloud agents have it."""
    return managed("agent.content_block_delta", id="b", message_id=ident, index=0, delta=delta, **members)


def of_main(*events: Record) -> list[Record]:
    """The same events as Qoder has them, with a thread each."""
    return [{**one, "session_thread_id": "main"} for one in events]


BLOCKS = [block({"type": "thinking_delta", "thinking": "Hm"}), block({"type": "text_delta", "text": "Hel"})]
OTHERS = [
    block({"type": "text_delta", "text": "secret"}, "s1", session_thread_id="t2"),
    block({"type": "text_delta", "text": "secret"}, "s2", session_thread_id="main", parent_tool_use_id="u"),
]
RUNS, REQUESTED = managed("session.status_running", id="r"), managed("span.model_request_end", id="q", is_error=True)
USES = managed("agent.tool_use", id="u", name="bash", input={"command": "ls"})
IDLES = managed("session.status_idle", id="i", stop_reason={"type": "end_turn"})
EXHAUSTED = {**IDLES, "stop_reason": {"type": "retries_exhausted"}}
OVERLOADED = {"type": "model_overloaded_error", "message": "too busy", "retry_status": {"type": "retrying"}}
TRIES = managed("session.error", id="e", error=OVERLOADED)
HALF, REST, HALTS = preview("Hel"), preview("lo."), managed("user.interrupt", id="h")
PROMPT: Record = managed("user.message", id="p")
QUEUED: Record = {**PROMPT, "processed_at": None}
COUNTED = managed("span.model_request_end", id="q", model_usage={"input_tokens": 1, "output_tokens": 1})
THINKS = {"type": "event_start", "event": {"type": "agent.thinking", "id": "t1"}}
MANAGED = [
    Case("a preview alone, that an error ends", [RUNS, preview("Hel"), REQUESTED], "Hel\n", 4, "session.status_idle"),
    Case(
        "an error that was tried again",
        [RUNS, preview("Hel"), TRIES, REQUESTED, preview("Hello.", "m2"), told("Hello.", "m2"), IDLES],
        "Hel\nHello.\n",
    ),
    Case("tried for the last time", [RUNS, preview("Hel"), TRIES, EXHAUSTED], "Hel\n", 5, "too busy"),
    Case("an error without its end", [RUNS, TRIES], "", 5, "too busy"),
    Case("an error behind which the agent goes on", [RUNS, TRIES, told("Done."), IDLES], "Done.\n"),
    Case("an error, and an end that says nothing of it", [RUNS, told("A"), TRIES, IDLES], "A\n", 5, "too busy"),
    Case("the session was terminated", [RUNS, told("A"), managed("session.status_terminated")], "A\n", 5, "terminated"),
    Case("terminated behind its end", [RUNS, told("A"), IDLES, managed("session.status_terminated")], "A\n"),
    Case("interrupted", [RUNS, preview("Hel"), managed("user.interrupt"), IDLES], "Hel\n", 5, "interrupted"),
    Case(
        "interrupted by another prompt",
        [RUNS, preview("Hel"), managed("user.interrupt"), managed("user.message", id="p"), told("Yes.", "m2"), IDLES],
        "Hel\nYes.\n",
    ),
    Case("a preview that stopped early", [RUNS, preview("Hel"), told("Hello."), IDLES], "Hello.\n"),
    Case(
        "the history behind the stream",
        [RUNS, preview("A"), told("A"), USES, IDLES, RUNS, told("A"), USES, IDLES],
        "A\n",
    ),
    Case("a call of a sub-agent", [RUNS, told("A"), {**USES, "session_thread_id": "t"}, IDLES], "A\n"),
    Case("two messages of one request", [RUNS, told("A"), told("A", "m2"), REQUESTED, IDLES], "A\nA\n"),
    Case("killed behind a call", [RUNS, USES], "", 4),
    *(
        Case(f"{name} between the pieces of a message, {end}", [RUNS, HALF, between, *rest, IDLES], "Hello.\n")
        for name, between in (
            *(("a prompt that waits", QUEUED), ("a prompt", PROMPT), ("a usage", COUNTED), ("a call", USES)),
            *(("an error that was tried again", TRIES), ("an event of another kind", managed("session.updated"))),
        )
        for end, rest in (("in deltas", [REST]), ("whole", [told("Hello.")]), ("in both", [REST, told("Hello.")]))
    ),
    Case(
        "two previews that alternate",
        [RUNS, HALF, preview("Sec", "m2"), REST, preview("ond.", "m2"), told("Hello."), told("Second.", "m2"), IDLES],
        "Hello.\nSecond.\n",
    ),
    Case(
        "the rest of a message behind the beginning of that of another request",
        [RUNS, HALF, COUNTED, preview("Sec", "m2"), told("Hello."), told("Second.", "m2"), IDLES],
        "Hel\nSecond.\nlo.\n",
    ),
    Case("a whole message behind the end of its run", [RUNS, HALF, IDLES, RUNS, told("Hello."), IDLES], "Hel\nlo.\n"),
    Case("a delta behind its whole message", [RUNS, told("Hello."), REST, IDLES], "Hello.\n"),
    Case("a delta behind the end of the run", [RUNS, told("Hello."), IDLES, REST], "Hello.\n"),
    Case("interrupted, and asked for more", [RUNS, HALF, HALTS, PROMPT, IDLES], "Hel\n", 5, "interrupted"),
    Case("interrupted, and a piece on its way", [RUNS, HALF, HALTS, REST, IDLES], "Hello.\n", 5, "interrupted"),
    Case("interrupted too late", [RUNS, HALF, HALTS, told("Hello."), IDLES], "Hello.\n"),
    Case("cut before another run", [RUNS, HALF, RUNS, told("B", "m2"), IDLES], "Hel\nB\n", 4, "session.status_idle"),
    Case("a call behind an interrupt", [RUNS, HALF, HALTS, PROMPT, USES, IDLES], "Hel\n"),
    Case("a run behind one that was interrupted", [RUNS, HALF, HALTS, IDLES, RUNS, IDLES], "Hel\n", 5, "interrupted"),
    Case("the preview of thoughts", [RUNS, THINKS, preview("secret", "t1"), HALF, told("Hello."), IDLES], "Hello.\n"),
    Case("thoughts in a message", [RUNS, HALF, preview("secret", kind="thinking"), REST, IDLES], "Hello.\n"),
    Case("blocks of Qoder's", of_main(RUNS, *BLOCKS, {**told("Hello.", "e9"), "message_id": "m1"}, IDLES), "Hello.\n"),
    Case("cut in blocks", of_main(RUNS, *BLOCKS), "Hel\n", 4, "session.status_idle"),
    Case("a sub-agent of Qoder's", [*of_main(RUNS, *BLOCKS), *OTHERS, *of_main(told("Hello."), IDLES)], "Hello.\n"),
]


def thread_item(event: str, kind: str, *texts: str, ident: str = "m", **members: Any) -> Record:
    """An event of ChatKit with an item."""
    content = [{"type": "output_text", "text": one} for one in texts]
    return {"type": f"thread.item.{event}", "item": {"id": ident, "type": kind, "content": content, **members}}


def updated(kind: str, delta: Any, ident: str = "m", **members: Any) -> Record:
    update = {"type": kind, "delta": delta, **(members or {"content_index": 0})}
    return {"type": "thread.item.updated", "item_id": ident, "update": update}


def widget(value: str, streaming: bool) -> Record:
    text = {"type": "Markdown", "id": "b", "value": value, "streaming": streaming}
    card = {"type": "Card", "children": [{"type": "Title", "value": "Ferry"}, text]}
    return thread_item("added" if streaming else "done", "widget", ident="w", widget=card)


ASKED = thread_item("done", "user_message", "When?", ident="u")
BEGUN_ITEM = thread_item("added", "assistant_message")
PIECE = updated("assistant_message.content_part.text_delta", "Hel")
MESSAGE_DONE = thread_item("done", "assistant_message", "Hello.")
TAKEN_BACK: Record = {"type": "thread.item.removed", "item_id": "m"}
THOUGHT = {"type": "thought", "content": "They ask."}
CHATKIT = [
    Case("an answer", [ASKED, BEGUN_ITEM, PIECE, MESSAGE_DONE], "Hello.\n"),
    Case("done twice", [ASKED, BEGUN_ITEM, PIECE, MESSAGE_DONE, MESSAGE_DONE], "Hello.\n"),
    Case("whole", [ASKED, MESSAGE_DONE, thread_item("done", "end_of_turn", ident="e")], "Hello.\n"),
    Case("cut in a message", [ASKED, BEGUN_ITEM, PIECE], "Hel\n", 4),
    Case("cut behind the question", [ASKED, {"type": "stream_options", "stream_options": {}}], "", 4),
    Case(
        "cut behind thoughts", [ASKED, thread_item("done", "workflow", ident="t", workflow={"tasks": [THOUGHT]})], "", 4
    ),
    Case("cut before the next question", [ASKED, BEGUN_ITEM, PIECE, ASKED, MESSAGE_DONE], "Hel\nHello.\n", 4),
    Case("two at once", [ASKED, PIECE, updated(PIECE["update"]["type"], "B", "n"), MESSAGE_DONE], "Hello.\nB\n", 4),
    Case("two parts", [ASKED, thread_item("done", "assistant_message", "A", "B")], "AB\n"),
    Case(
        "another text", [ASKED, BEGUN_ITEM, PIECE, thread_item("done", "assistant_message", "No.")], "Hel\n", 3, "No."
    ),
    Case(
        "an error",
        [ASKED, PIECE, {"type": "error", "code": "stream.error", "message": None}],
        "Hel\n",
        5,
        "stream.error",
    ),
    Case(
        "a guardrail",
        [ASKED, PIECE, TAKEN_BACK, {"type": "error", "message": "no", "allow_retry": False}],
        "Hel\n",
        5,
        "no",
    ),
    Case("taken back", [ASKED, PIECE, TAKEN_BACK], "Hel\n", 4),
    Case(
        "taken back, another answer",
        [ASKED, PIECE, TAKEN_BACK, {**MESSAGE_DONE, "item": {**MESSAGE_DONE["item"], "id": "n"}}],
        "Hel\nHello.\n",
    ),
    Case("replaced", [ASKED, PIECE, thread_item("replaced", "assistant_message", "Hello.")], "Hello.\n"),
    Case(
        "an older one is replaced",
        [ASKED, MESSAGE_DONE, thread_item("replaced", "assistant_message", "B", ident="x")],
        "Hello.\n",
    ),
    Case(
        "a widget",
        [
            ASKED,
            widget("At ", True),
            updated("widget.streaming_text.value_delta", "nine.", "w", component_id="b"),
            widget("At nine.", False),
        ],
        "At nine.\n",
    ),
    Case(
        "a notice", [ASKED, {"type": "notice", "level": "danger", "message": "Three left."}, MESSAGE_DONE], "Hello.\n"
    ),
]
OF_AGENTCORE = {"error": "no pier", "error_type": "ValueError", "message": "An error occurred during streaming"}


@pytest.mark.parametrize(
    "begun", [STRANDS[0].records[:1], [{"run_id": "r", "attempt": 1}]], ids=["strands", "langchain"]
)
def test_an_error_of_bedrock_agentcore_shows_what_the_program_raised(begun: list[Record]) -> None:
    """Its ``message`` is the same for all (R12)."""
    ran = run_here(["text"], jsonl([*begun, OF_AGENTCORE]))
    assert ran.code == 5
    assert ("no pier" in ran.stderr, "An error" in ran.stderr) == (True, False)


def mastra(kind: str, source: str = "AGENT", **payload: Any) -> Record:
    return {"type": kind, "runId": "r", "from": source, "payload": payload}


def stopped(reason: str = "stop") -> list[Record]:
    """The end of a step, and of the run of an agent."""
    return [mastra(kind, stepResult={"reason": reason}, output={}) for kind in ("step-finish", "finish")]


def in_network(*chunks: Record) -> list[Record]:
    return [mastra(f"agent-execution-event-{one['type']}", "NETWORK", **one) for one in chunks]


def in_workflow(*chunks: Record) -> list[Record]:
    return [mastra("workflow-step-output", "WORKFLOW", output=one, stepName="s") for one in chunks]


BEGINS = [mastra("start", id="a"), mastra("step-start", request={})]
PIER: Record = mastra("text-delta", id="t", text="Pier 4.")
ROUTED = [mastra("routing-agent-start", "NETWORK"), mastra("routing-agent-text-delta", "NETWORK", text="secret")]
NETWORK_ENDS, WORKFLOW_ENDS = "network-execution-event-finish", "workflow-finish"
MASTRA = [
    Case("an answer", [*BEGINS, PIER, *stopped()], "Pier 4.\n"),
    Case("cut", [*BEGINS, PIER, stopped()[0]], "Pier 4.\n", 4, "finish"),
    Case("an error", [*BEGINS, PIER, mastra("error", error={"message": "no key"})], "Pier 4.\n", 5, "no key"),
    Case("a failed model", [*BEGINS, PIER, *stopped("error")], "Pier 4.\n", 5, "error"),
    Case(
        "a tripwire",
        [*BEGINS, PIER, mastra("tripwire", reason="no boats"), *stopped("tripwire")],
        "Pier 4.\n",
        5,
        "no boats",
    ),
    Case(
        "a tripwire, tried again",
        [*BEGINS, mastra("tripwire", reason="x", retry=True), *BEGINS, PIER, *stopped()],
        "Pier 4.\n",
    ),
    Case("a sub-agent", [*BEGINS, mastra("tool-output", toolCallId="c", output=PIER), PIER, *stopped()], "Pier 4.\n"),
    Case(
        "an agent in a network",
        [*ROUTED, *in_network(*BEGINS, PIER, *stopped()), mastra(NETWORK_ENDS, "NETWORK")],
        "Pier 4.\n",
    ),
    Case("a network that was cut", [*ROUTED, *in_network(*BEGINS, PIER, *stopped())], "Pier 4.\n", 4, NETWORK_ENDS),
    Case(
        "a workflow that failed",
        [
            *(mastra("workflow-start", "WORKFLOW"), *in_workflow(*BEGINS, PIER, *stopped())),
            mastra("workflow-step-result", "WORKFLOW", status="failed", error={"message": "no boats"}),
            mastra(WORKFLOW_ENDS, "WORKFLOW", workflowStatus="failed"),
        ],
        "Pier 4.\n",
        5,
        "no boats",
    ),
    Case(
        "two agents of a workflow",
        [
            *(mastra("workflow-start", "WORKFLOW"), *in_workflow(*BEGINS, PIER, *stopped())),
            *(*in_workflow(*BEGINS, PIER, *stopped()), mastra(WORKFLOW_ENDS, "WORKFLOW")),
        ],
        "Pier 4.\nPier 4.\n",
    ),
]
AGENTS = {"openai-agents": OPENAI_AGENTS, "strands": STRANDS, "letta": LETTA, "langchain": LANGCHAIN}
CASES = {
    **AGENTS,
    "codex": CODEX,
    "copilot": COPILOT,
    "managed-agents": MANAGED,
    "assistant-ui": ASSISTANT_UI,
    "agents-api": AGENTS_API,
    "pi": PI,
    "adk": ADK,
    "chatkit": CHATKIT,
    "mastra": MASTRA,
    "dify": DIFY,
    "assistants": ASSISTANTS,
}


@pytest.mark.parametrize(
    ("case"),
    [pytest.param(case, id=f"{name}-{case.name}") for name, cases in CASES.items() for case in cases],
)
def test_how_a_run_ended_shows(case: Case) -> None:
    """R11, R12, R17."""
    ran = run_here(["text"], jsonl(case.records))
    assert (ran.stdout.decode(), ran.code) == (case.text, case.code), ran.stderr
    assert case.stderr in ran.stderr


def test_a_server_of_the_ai_sdk_that_sends_no_finish_ends_its_stream_with_done() -> None:
    """``sendFinish: false``, and writers of their own; where it is stopped, it writes that before."""
    text: list[Record] = [{"type": "start"}, {"type": "text-delta", "id": "0", "delta": "Look."}]
    assert run_here(["text"], sse(text)) == (0, b"Look.\n", "")
    rewritten = run_here(["rewrite", "--to", "jsonl"], sse(text)).stdout  # lines have no [DONE]
    assert run_here(["text"], rewritten) == (0, b"Look.\n", "")
    assert run_here(["text"], sse(text, done=False)).code == 4
    assert run_here(["text"], sse([*text, {"type": "abort"}])).code == 5
    pieces = [{"type": "tool-input-delta", "toolCallId": "c", "inputTextDelta": '{"a'}]
    assert run_here(["text"], sse([*text, *pieces])).code == 4


def graph(method: str, **data: Any) -> Record:
    """An event of LangGraph's third protocol."""
    return {"type": "event", "seq": 1, "method": method, "params": {"namespace": [], "data": data}}


def test_a_graph_takes_no_records_of_the_program_behind_it() -> None:
    text = {"type": "text-delta", "text": "Look."}
    records = [
        graph("lifecycle", event="running"),
        graph("messages", event="message-start", role="ai", id="m", run_id="r"),
        graph("messages", event="content-block-delta", index=0, run_id="r", delta=text),
        graph("messages", event="message-finish", run_id="r", reason="stop"),
        {"type": "success", "id": 1, "result": {}},
        graph("lifecycle", event="completed"),
    ]
    assert run_here(["text"], jsonl([*records, chunk({"role": "assistant", "content": "At six."}, "stop")])) == (
        0,
        b"Look.\nAt six.\n",
        "",
    )
    assert run_here(["text"], jsonl([*records, {"foo": 1}])).code == 3


def test_a_message_of_gemini_cli_that_has_ended_comes_again() -> None:
    told = {"id": "m1", "timestamp": "2031-05-04T03:02:01Z", "type": "gemini", "content": "Look.", "model": "g"}
    asked = {"id": "u1", "timestamp": "2031-05-04T03:02:01Z", "type": "user", "content": "Hi"}
    head = {"sessionId": "s", "projectHash": "x", "startTime": "2031-05-04T03:02:01Z"}
    session = [head, asked, told, {**asked, "id": "u2"}, told, {**told, "id": "m2", "content": "At six."}]
    assert run_here(["text"], jsonl(session)) == (0, b"Look.\nAt six.\n", "")


def test_a_session_of_an_earlier_gemini_cli_is_one_object() -> None:
    call = {"id": "c", "name": "read_file", "args": {"path": "a"}, "status": "success", "result": []}
    messages: list[Record] = [
        {"id": "u1", "type": "user", "content": [{"text": "When?"}]},
        {"id": "m1", "type": "gemini", "content": "I look.", "model": "g", "toolCalls": [call]},
        {"id": "i1", "type": "info", "content": "Saved."},
        {"id": "m2", "type": "gemini", "content": [{"text": "At "}, {"text": "six."}], "model": "g"},
    ]
    session = {"sessionId": "s", "projectHash": "x", "startTime": "2031-05-04T03:02:01Z", "messages": messages}
    for indent in (None, 2):
        assert run_here(["text"], json.dumps(session, indent=indent).encode()) == (0, b"I look.\nAt six.\n", "")
    assert run_here(["text"], json.dumps({**session, "messages": messages[:2]}).encode()).code == 4


@pytest.mark.parametrize(
    ("records", "found"),
    [
        ([{"type": "start"}, {"type": "token", "content": "At six."}, {"type": "finish"}], "token (content)"),
        ([{"type": "turn.started"}, {"type": "say", "text": "At six."}, {"type": "turn.completed"}], "say (text)"),
        (
            [{"type": "RUN_STARTED"}, {"type": "TOKEN", "data": {"delta": "At six."}}, {"type": "RUN_FINISHED"}],
            "TOKEN (data.delta)",
        ),
    ],
)
def test_an_empty_answer_between_records_with_text_is_no_silence(records: list[Record], found: str) -> None:
    """R17: another program has the same records for a beginning and an end."""
    ran = run_here(["text"], jsonl(records))
    assert (ran.stdout, ran.code) == (b"", 3)
    assert f"have text: {found}" in ran.stderr


def test_a_part_of_opencode_that_comes_twice_is_shown_once() -> None:
    part = {"type": "text", "id": "prt_1", "messageID": "m", "text": "At six."}
    said = {"type": "text", "sessionID": "s", "part": part}
    ends = {"type": "step_finish", "sessionID": "s", "part": {"messageID": "m", "reason": "stop"}}
    assert run_here(["text"], jsonl([said, said, ends])) == (0, b"At six.\n", "")
    other = {**said, "part": {**part, "id": "prt_2"}}
    assert run_here(["text"], jsonl([said, other, ends])) == (0, b"At six.\nAt six.\n", "")


def test_a_piece_of_codebuff_is_a_text() -> None:
    parts = [{"type": "start"}, *({"type": "text", "text": one} for one in ("At ", "six.")), {"type": "finish"}]
    assert run_here(["text"], jsonl(parts)) == (0, b"At six.\n", "")


def ragflow(kind: str, **data: Any) -> Record:
    return {"event": kind, "message_id": "m", "task_id": "t", "created_at": 1, "session_id": "s", "data": data}


def test_ragflow_has_the_events_of_dify_and_its_text_in_their_data() -> None:
    pieces = [ragflow("message", content="Hm", start_to_think=True), ragflow("message", content="", end_to_think=True)]
    pieces += [ragflow("message", content=one) for one in ("At ", "six.")]
    run = [ragflow("workflow_started"), *pieces, ragflow("message_end"), ragflow("workflow_finished", outputs={})]
    for records in (run, run[1:]):
        assert run_here(["text"], jsonl(records)) == (0, b"At six.\n", "")
        assert run_here(["text", "--thoughts=reasoning"], jsonl(records)).stdout == b"Hm\nAt six.\n"
        assert run_here(["text"], jsonl(records[:-2])).code == 4


def file_line(kind: str, content: Any, ident: str, agent: str = "") -> Record:
    """A line of a session file of Claude Code, or of a sub-agent's."""
    message: Record = {"role": kind, "content": content}
    if kind == "assistant":
        message |= {"id": ident, "type": "message", "model": "m", "content": [{"type": "text", "text": content}]}
    aside = {"isSidechain": bool(agent), **({"agentId": agent} if agent else {})}
    return {"type": kind, "sessionId": "s", "uuid": ident, "message": message, **aside}


RETURNS = [{"type": "tool_result", "tool_use_id": "t", "content": "x"}]


def test_a_session_and_the_file_of_its_sub_agent_stay_apart() -> None:
    main = [file_line("user", "?", "1"), file_line("assistant", "Look.", "2"), file_line("assistant", "Done.", "3")]
    sub, more = (
        [file_line("assistant", text, ident, ident), file_line("user", RETURNS, f"{ident}r", ident)]
        for text, ident in (("Sub.", "a"), ("More.", "b"))
    )
    assert run_here(["text"], jsonl([*main, *sub, *more])) == (0, b"Look.\nDone.\n", "")
    assert run_here(["text"], jsonl([*main[:2], *sub, *main[2:]])) == (0, b"Look.\nDone.\n", "")
    ran = run_here(["text"], jsonl([*sub, *main, *more]))
    assert (ran.stdout, ran.code) == (b"Sub.\nLook.\nDone.\n", 4)  # that of the sub-agent was cut
    assert run_here(["text", "--subagents"], jsonl([*main, *sub])).stdout == b"Look.\nDone.\nSub.\n"
    other = [{**one, "sessionId": "other"} for one in main]
    assert run_here(["text"], jsonl([*main[:2], file_line("user", RETURNS, "4"), *other])).code == 4


def test_copilots_sub_agents_are_shown_on_request() -> None:
    sub = {**copilot("A sub-agent."), "agentId": "a"}
    records = jsonl([TURN, copilot("Look.", ASKED), sub, TURN, copilot("Done.")])
    assert run_here(["text"], records).stdout == b"Look.\nDone.\n"
    assert run_here(["text", "--subagents"], records).stdout == b"Look.\nA sub-agent.\nDone.\n"


@pytest.mark.parametrize("odd", [[], {}, 1.5, "x", None])
def test_an_index_of_another_kind_is_no_fault(odd: Any) -> None:
    call = {"index": odd, "id": "c", "function": {"name": "x", "arguments": "{}"}}
    step = thread("run.step.delta", ident=odd, delta={"step_details": {"tool_calls": [call]}})
    update = {"type": "message_update", "assistantMessageEvent": {"type": "toolcall_delta", "contentIndex": odd}}
    for records in ([START, update, pi("message_end", "A"), END], [step, thread("run", status="completed")]):
        ran = run_here(["text"], jsonl(records))
        assert ran.code == 0, ran.stderr


def test_codex_searches_have_no_ids_and_its_totals_may_begin_again() -> None:
    said = line("message", role="assistant", content=[{"type": "output_text", "text": "At ten."}])
    records = [line("message", role="user", content=[]), SEARCH, SEARCH, counted(50), counted(7), said]
    rewritten = run_here(["rewrite"], jsonl(records)).stdout.decode()
    assert rewritten.count('"name":"web_search"') == 2
    assert '"prompt_tokens":57' in rewritten


@pytest.mark.parametrize(
    "around",
    [
        {"event": "content_block_delta", "conversation_id": "v"},
        {"event": "message_delta", "conversation_id": "v"},
        {"event": "message", "task_id": "t"},
        {"type": "assistant.event", "id": "1"},
        {"author": "a", "invocationId": "e"},
        {"type": "message", "timestamp": "t"},
        {"stop": False},
    ],
)
@pytest.mark.parametrize("member", ["data", "message", "payload"])
def test_an_envelope_is_not_taken_for_an_event(around: Record, member: str) -> None:
    """Programs wrap the events of others in members with the same names."""
    delta = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi"}}
    records = [{**around, member: one} for one in (delta, {"type": "message_stop"})]
    assert run_here(["text"], jsonl(records)).stdout == b"Hi\n"


def test_strands_repeats_the_reason_for_its_end() -> None:
    """The loop of the agent and the one around it both yield it; two runs that fail alike are two errors."""
    stop = {"force_stop": True, "force_stop_reason": "no"}
    assert run_here(["text"], jsonl([LOOP, stop, stop])).stderr.count("sent an error") == 1
    assert run_here(["text"], jsonl([LOOP, stop, LOOP, stop])).stderr.count("sent an error") == 2


@pytest.mark.parametrize("odd", [[], {}])
def test_a_word_that_is_a_list_or_an_object_is_none(odd: Any) -> None:
    """Such a value cannot be looked up in a set of words, and raised."""
    update = {"sessionUpdate": "tool_call", "toolCallId": "c", "title": "Run", "status": odd}
    acp = {"jsonrpc": "2.0", "method": "session/update", "params": {"sessionId": "s", "update": update}}
    chunk = {"type": "AIMessageChunk", "content": "Hi", "id": "m", "response_metadata": {"model_provider": odd}}
    assert run_here(["text"], jsonl([acp])).code == 4
    assert run_here(["text"], jsonl([chunk])).code == 4


def test_the_usage_of_each_of_several_agents_is_that_of_its_message() -> None:
    records = jsonl(at_once(answers("a", "Al", "pha."), answers("b", "Be", "ta", ".")))
    totals = [row["completion_tokens"] for row in map(json.loads, run_here(["table"], records).stdout.splitlines())]
    assert totals == [2, 3]


def test_pieces_that_strands_repeats_are_looked_up_in_no_other_dialect() -> None:
    """Half of its records are such pieces, and to ask each dialect takes longer than to read them."""
    asked = []

    def note(frame: FrameType, event: str, argument: Any) -> None:  # sees nothing where the registry is compiled
        if event == "call" and frame.f_code.co_name == "dialect_of":
            asked.append(event)

    sys.setprofile(note)
    try:
        found = registry.other_dialect({"data": "Hi", "delta": {"text": "Hi"}}, "strands")
    finally:
        sys.setprofile(None)
    assert (found, asked) == (None, [])
