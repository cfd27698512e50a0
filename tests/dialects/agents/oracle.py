"""A second opinion on the streams of agents: the whole is gathered first, then read.

    values ─▶ READERS[dialect] ─▶ Heard(texts, thoughts, calls)

Texts are those of the main agent's messages, in order, what a tool says aside;
calls are names with their arguments as a value. Nothing here is incremental:
deltas are joined by the id of what they belong to, and whole records replace them.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

Value = dict[str, Any]


@dataclass
class Heard:
    """What a stream holds, with no regard to when it came."""

    texts: list[str] = field(default_factory=list)
    thoughts: str = ""
    calls: list[tuple[str, Any]] = field(default_factory=list)


class _Pieces:
    """Texts by what they belong to, in the order these were seen."""

    def __init__(self) -> None:
        self.found: dict[Any, str] = {}
        self.names: dict[Any, str] = {}

    def add(self, key: Any, text: str) -> None:
        self.found[key] = self.found.get(key, "") + text

    def put(self, key: Any, text: str) -> None:
        self.found[key] = text

    def heard(self) -> Heard:
        """Keys are (kind, …): text, thought or call."""
        heard = Heard()
        for key, said in self.found.items():
            if key[0] == "text" and said:
                heard.texts.append(said)
            elif key[0] == "thought":
                heard.thoughts += said
            elif key[0] == "call":
                heard.calls.append((self.names[key], json.loads(said) if said else {}))
        return heard


def claude_code(values: Iterable[Value]) -> Heard:
    """Blocks by message and text: the whole record is what counts, its deltas only where it never came."""
    pieces, message = _Pieces(), ""
    synthetic = ""
    for value in values:
        if value.get("parent_tool_use_id") or value["type"] not in ("assistant", "stream_event", "result"):
            continue
        if value["type"] == "result":
            if not value["is_error"] and (synthetic or not pieces.found):
                pieces.put(("text", "result"), synthetic or value.get("result") or "")
            continue
        event = value.get("event", {})
        if event.get("type") == "message_start":
            message = event["message"]["id"]
        elif event.get("type") == "content_block_start":
            block = event["content_block"]
            if block["type"] == "tool_use":
                pieces.names["call", block["id"]] = block["name"]
                pieces.put(("call", block["id"]), "")
        elif event.get("type") == "content_block_delta":
            delta = event["delta"]
            kinds = {"text_delta": ("text", "text"), "thinking_delta": ("thought", "thinking")}
            if delta["type"] in kinds:
                kind, member = kinds[delta["type"]]
                pieces.add((kind, message, event["index"]), delta[member])
            elif delta["type"] == "input_json_delta":
                pieces.add(list(pieces.found)[-1], delta["partial_json"])
        for block in value["message"]["content"] if value["type"] == "assistant" else ():
            if value["message"]["model"] == "<synthetic>":
                synthetic += block["text"]
                continue
            ident = value["message"]["id"]
            if block["type"] == "tool_use":
                pieces.names["call", block["id"]] = block["name"]
                pieces.put(("call", block["id"]), json.dumps(block["input"]))
                continue
            kind, member = ("text", "text") if block["type"] == "text" else ("thought", "thinking")
            if not any(key[:2] == (kind, ident) and said == block[member] for key, said in pieces.found.items()):
                pieces.put((kind, ident, f"whole {len(pieces.found)}"), block[member])
    return pieces.heard()


def codex(values: Iterable[Value]) -> Heard:
    """The last record of each item is the item."""
    items: dict[str, Value] = {}
    for value in values:
        if "item" in value:
            items[value["item"]["id"]] = items.pop(value["item"]["id"], {}) | value["item"]
    return _items(items.values(), _snake)


def codex_server(values: Iterable[Value]) -> Heard:
    """As ``codex``, with the deltas of items that never completed."""
    items: dict[str, Value] = {}
    for value in values:
        params = value.get("params", {})
        if "item" in params:
            items[params["item"]["id"]] = {**items.get(params["item"]["id"], {}), **params["item"]}
        elif value.get("method") == "item/agentMessage/delta":
            items[params["itemId"]]["text"] += params["delta"]
    return _items(items.values(), str)


def codex_session(values: Iterable[Value]) -> Heard:
    """The items of a session file; its events say the same again."""
    heard = Heard()
    for item in (value["payload"] for value in values if value["type"] == "response_item"):
        if item["type"] == "message" and item["role"] == "assistant":
            heard.texts.append("".join(part["text"] for part in item["content"]))
        elif item["type"] == "reasoning":
            heard.thoughts += "".join(part["text"] for part in item["summary"])
        elif item["type"] == "function_call":
            heard.calls.append((item["name"], json.loads(item["arguments"])))
    return heard


def _snake(kind: str) -> str:
    return kind


def _items(items: Iterable[Value], name: Callable[[str], str]) -> Heard:
    heard = Heard()
    for item in items:
        kind = item["type"]
        if kind in ("agent_message", "agentMessage"):
            heard.texts.append(item["text"])
        elif kind == "reasoning":
            heard.thoughts += item.get("text") or "\n\n".join(item.get("summary", []))
        elif kind in ("mcp_tool_call", "mcpToolCall"):
            heard.calls.append((item["tool"], item["arguments"]))
        elif kind in ("command_execution", "commandExecution"):
            heard.calls.append((name(kind), {"command": item["command"]}))
        elif kind in ("file_change", "fileChange"):
            heard.calls.append((name(kind), {"changes": item["changes"]}))
    return heard


def gemini_cli(values: Iterable[Value]) -> Heard:
    """Text between two results of tools is one message."""
    heard, text = Heard(), ""
    for value in values:
        if value["type"] == "message" and value["role"] == "assistant":
            text += value["content"]
        elif value["type"] == "tool_use":
            heard.calls.append((value["tool_name"], value["parameters"]))
        if value["type"] in ("tool_result", "result") and text:
            heard.texts.append(text)
            text = ""
    heard.texts += [text] if text else []
    return heard


def opencode(values: Iterable[Value]) -> Heard:
    heard = Heard()
    for value in values:
        part = value.get("part", {})
        if value["type"] == "text":
            heard.texts.append(part["text"])
        elif value["type"] == "reasoning":
            heard.thoughts += part["text"]
        elif value["type"] == "tool_use":
            heard.calls.append((part["tool"], part["state"]["input"]))
    return heard


def copilot(values: Iterable[Value]) -> Heard:
    """Whole messages of the main agent; deltas of one that never came whole."""
    heard, deltas = Heard(), dict[str, str]()
    for value in values:
        data = value.get("data", {})
        if value.get("agentId") or "parentToolCallId" in data:
            continue
        if value["type"] == "assistant.message_delta":
            deltas[data["messageId"]] = deltas.get(data["messageId"], "") + data["deltaContent"]
        elif value["type"] == "assistant.message":
            deltas.pop(data.get("messageId"), None)
            heard.texts += [data["content"]] if data["content"] else []
            heard.thoughts += data.get("reasoningText") or ""
            heard.calls += [(call["name"], call["arguments"]) for call in data.get("toolRequests", [])]
    heard.texts += deltas.values()
    return heard


def agents_api(values: Iterable[Value]) -> Heard:
    """Whole items; deltas of those that never came whole."""
    pieces = _Pieces()
    for value in values:
        kind, item = value["type"].removeprefix("agent.session.turn."), value.get("item", {})
        if kind == "output_text.delta":
            pieces.add(("text", value["item_id"]), value["delta"])
        elif kind == "reasoning_summary_text.delta":
            pieces.add(("thought", value["item_id"]), value["delta"])
        elif kind == "item.done" and item["type"] == "message":
            pieces.put(("text", item["id"]), "".join(part["text"] for part in item["content"]))
        elif kind == "item.done" and item["type"] == "reasoning":
            pieces.put(("thought", item["id"]), "".join(part["text"] for part in item["summary"]))
        elif item.get("type") == "function_call":
            pieces.names["call", item["call_id"]] = item["name"]
            pieces.put(("call", item["call_id"]), json.dumps(item["arguments"]))
    return pieces.heard()


def assistant_ui(values: Iterable[Value]) -> Heard:
    """Parts by their numbers."""
    pieces, kinds = _Pieces(), list[str]()
    for value in values:
        if value["type"] == "part-start":
            part = value["part"]
            kinds.append({"reasoning": "thought", "tool-call": "call"}.get(part["type"], part["type"]))
            pieces.names[kinds[-1], len(kinds) - 1] = part.get("toolName", "")
        elif value["type"] == "text-delta":
            (number,) = value["path"]
            pieces.add((kinds[number], number), value["textDelta"])
    return pieces.heard()


def managed_agents(values: Iterable[Value]) -> Heard:
    """Whole messages; deltas of one that never came whole."""
    heard, deltas = Heard(), dict[str, str]()
    for value in values:
        if value["type"] == "event_delta":
            text = value["delta"]["content"]["text"]
            deltas[value["event_id"]] = deltas.get(value["event_id"], "") + text
        elif value["type"] == "agent.message":
            deltas.pop(value["id"], None)
            heard.texts.append("".join(block["text"] for block in value["content"]))
        elif value["type"] in ("agent.tool_use", "agent.custom_tool_use", "agent.mcp_tool_use"):
            heard.calls.append((value["name"], value["input"]))
    heard.texts += deltas.values()
    return heard


def acp(values: Iterable[Value]) -> Heard:
    """Chunks up to the next call, and calls with the last input that they have."""
    pieces, part = _Pieces(), 0
    for value in values:
        update = value.get("params", {}).get("update", {})
        kind, ident = update.get("sessionUpdate"), update.get("toolCallId")
        if kind in ("agent_message_chunk", "agent_thought_chunk"):
            pieces.add(("text" if "message" in kind else "thought", part), update["content"]["text"])
        elif kind in ("tool_call", "tool_call_update"):
            part += 1
            pieces.names.setdefault(("call", ident), update.get("title"))
            if update.get("rawInput"):
                pieces.put(("call", ident), json.dumps(update["rawInput"]))
    return pieces.heard()


def pi(values: Iterable[Value]) -> Heard:
    """The whole messages of the assistant."""
    heard = Heard()
    for value in values:
        message = value.get("message", {})
        if value["type"] not in ("message_end", "message") or message["role"] != "assistant":
            continue
        text = "".join(part["text"] for part in message["content"] if part["type"] == "text")
        heard.texts += [text] if text else []
        for part in message["content"]:
            heard.thoughts += part.get("thinking", "")
            heard.calls += [(part["name"], part["arguments"])] if part["type"] == "toolCall" else []
    return heard


def adk(values: Iterable[Value]) -> Heard:
    """Events that are whole."""
    heard = Heard()
    for value in values:
        if value.get("partial") or value["content"]["role"] == "user":
            continue
        parts = value["content"]["parts"]
        text = "".join(part["text"] for part in parts if "text" in part and not part.get("thought"))
        heard.texts += [text] if text else []
        heard.thoughts += "".join(part["text"] for part in parts if part.get("thought"))
        calls = [part["functionCall"] for part in parts if "functionCall" in part]
        heard.calls += [(call["name"], call["args"]) for call in calls]
    return heard


def chatkit(values: Iterable[Value]) -> Heard:
    """Items that are done."""
    heard = Heard()
    for value in values:
        if value["type"] != "thread.item.done":
            continue
        item = value["item"]
        if item["type"] == "assistant_message":
            heard.texts.append("".join(part["text"] for part in item["content"]))
        elif item["type"] == "workflow":
            heard.thoughts += "".join(task["content"] for task in item["workflow"]["tasks"])
        elif item["type"] == "client_tool_call":
            heard.calls.append((item["name"], item["arguments"]))
    return heard


def dify(values: Iterable[Value]) -> Heard:
    """Pieces up to a tool's result, or the end."""
    heard, text = Heard(), ""
    for value in values:
        text += value.get("answer", "") + (value["data"]["text"] if value["event"] == "text_chunk" else "")
        if value.get("tool") and not value["observation"]:
            heard.calls.append((value["tool"], json.loads(value["tool_input"])[value["tool"]]))
        if (value.get("observation") or value["event"] in ("message_end", "workflow_finished")) and text:
            heard.texts.append(text)
            text = ""
    return heard


def assistants(values: Iterable[Value]) -> Heard:
    """Completed messages, and the calls that a run waits for."""
    heard = Heard()
    for value in values:
        if value["object"] == "thread.message" and value["content"]:
            heard.texts.append("".join(part["text"]["value"] for part in value["content"]))
        for call in value.get("required_action", {}).get("submit_tool_outputs", {}).get("tool_calls", []):
            heard.calls.append((call["function"]["name"], json.loads(call["function"]["arguments"])))
    return heard


def letta(values: Iterable[Value]) -> Heard:
    """Deltas by what their otid, or id and kind, have in common; escaped text is read as JSON once it is whole."""
    pieces, escaped = _Pieces(), False
    for value in values:
        record = value["event"] if value.get("type") == "stream_event" else value
        kind = record.get("message_type") or record.get("type")
        key = record.get("otid") or (record.get("id"), kind)
        if kind == "reasoning_message":
            escaped = escaped or (record["reasoning"].startswith(" ") and ("thought", key) not in pieces.found)
            pieces.add(("thought", key), record["reasoning"])
        elif kind == "assistant_message":
            content = record["content"]
            pieces.add(("text", key), content if isinstance(content, str) else "".join(one["text"] for one in content))
        elif kind in ("tool_call_message", "auto_approval"):
            call = record["tool_call"]
            name = "call", call["tool_call_id"]
            pieces.names[name] = call.get("name") or pieces.names[name]
            pieces.add(name, call.get("arguments") or "")
    if escaped:
        for key, said in pieces.found.items():
            if key[0] != "call":
                pieces.put(key, json.loads(f'"{said.removeprefix(" ")}"'))
    return pieces.heard()


def llm(values: Iterable[Value]) -> Heard:
    heard = Heard()
    for value in values:
        heard.texts += [value["response"]] if value["response"] else []
        heard.thoughts += value["reasoning"] or ""
        heard.calls += [(call["name"], call["arguments"]) for call in value["tool_calls"]]
    return heard


def ai_sdk(values: Iterable[Value]) -> Heard:
    """Texts by step and id; a call's input whole where it came whole."""
    pieces, step = _Pieces(), 0
    for value in values:
        kind = value["type"]
        step += kind == "start-step"
        if kind == "text-delta":
            pieces.add(("text", step, value["id"]), value["delta"])
        elif kind == "reasoning-delta":
            pieces.add(("thought", step, value["id"]), value["delta"])
        elif kind.startswith("tool-input-"):
            key = "call", value["toolCallId"]
            pieces.names.setdefault(key, value.get("toolName", ""))
            pieces.add(key, value.get("inputTextDelta", ""))
            if kind != "tool-input-delta" and "input" in value and not pieces.found[key]:
                pieces.put(key, json.dumps(value["input"]))
        if kind == "abort":
            pieces.found = {key: said for key, said in pieces.found.items() if key[0] != "call" or said.endswith("}")}
    return pieces.heard()


def mastra(values: Iterable[Value]) -> Heard:
    pieces, step = _Pieces(), 0
    for value in values:
        kind, told = value["type"], value["payload"]
        step += kind == "step-start"
        if kind in ("text-delta", "reasoning-delta"):
            pieces.add(("text" if kind == "text-delta" else "thought", step, told["id"]), told["text"])
        elif kind in ("tool-call-input-streaming-start", "tool-call-delta", "tool-call"):
            key = "call", told["toolCallId"]
            pieces.names.setdefault(key, told.get("toolName", ""))
            pieces.add(key, told.get("argsTextDelta", ""))
            if kind == "tool-call":
                pieces.put(key, json.dumps(told["args"]))
    return pieces.heard()


def ai_sdk_data(values: Iterable[Value]) -> Heard:
    pieces, step = _Pieces(), 0
    for value in values:
        code, told = value["code"], value["value"]
        step += code == "f"
        if code in "0g":
            pieces.add(("text" if code == "0" else "thought", step), told)
        elif code in "bc9":
            key = "call", told["toolCallId"]
            pieces.names.setdefault(key, told.get("toolName", ""))
            pieces.add(key, told.get("argsTextDelta", ""))
            if code == "9" and not pieces.found[key]:
                pieces.put(key, json.dumps(told["args"]))
    return pieces.heard()


def ag_ui(values: Iterable[Value]) -> Heard:
    pieces = _Pieces()
    for value in values:
        kind = value["type"]
        if "subagentRunId" in value:
            continue
        if kind in ("TEXT_MESSAGE_CONTENT", "TEXT_MESSAGE_CHUNK"):
            pieces.add(("text", value["messageId"]), value["delta"])
        elif kind in ("REASONING_MESSAGE_CONTENT", "REASONING_MESSAGE_CHUNK", "THINKING_TEXT_MESSAGE_CONTENT"):
            pieces.add(("thought", value.get("messageId")), value["delta"])
        elif kind in ("TOOL_CALL_START", "TOOL_CALL_ARGS", "TOOL_CALL_CHUNK"):
            key = "call", value["toolCallId"]
            pieces.names.setdefault(key, value.get("toolCallName", ""))
            pieces.add(key, value.get("delta", ""))
    return pieces.heard()


def langchain(values: Iterable[Any]) -> Heard:
    """A message is the longest that any event makes of it; its ids may be several, so texts tell them apart too."""
    pieces, order = _Pieces(), list[Any]()

    def take(message: Value, place: Any) -> None:
        if message.get("type") not in ("ai", "AIMessageChunk"):
            return
        if place not in order:
            order.append(place)
        content = message["content"]
        parts: list[Value] = [{"type": "text", "text": content}] if isinstance(content, str) else content
        text = "".join(part["text"] for part in parts if part["type"] == "text")
        thoughts = "".join(one["text"] for part in parts for one in part.get("summary", []))
        if message["type"] == "AIMessageChunk":
            pieces.add(("text", place), text)
            pieces.add(("thought", place), thoughts)
            for chunk in message["tool_call_chunks"]:
                key = "call", place, chunk["index"]
                pieces.names[key] = str(chunk["name"] or pieces.names[key])
                pieces.add(key, chunk["args"] or "")
            return
        if any(said == text and key[0] == "text" and key[1] != place for key, said in pieces.found.items()):
            return
        pieces.put(("text", place), text)
        for number, call in enumerate(message["tool_calls"]):
            pieces.names["call", place, number] = call["name"]
            pieces.put(("call", place, number), json.dumps(call["args"]))

    for value in values:
        if isinstance(value, list):
            if len(value) == 2 and "content" not in value[1]:
                take(value[0], value[1].get("langgraph_checkpoint_ns"))
            else:
                for message in value:
                    take(message, message["id"])
        elif value.get("event") == "on_chat_model_stream":
            take(value["data"]["chunk"], value["run_id"])
        elif "ops" in value:
            for one in value["ops"]:
                if one["path"].startswith("/logs/") and isinstance(one["value"], dict) and "content" in one["value"]:
                    take(one["value"], one["path"])
        elif "content" in value:
            take(value, value["id"])
        else:
            for holder in (value, *(one for one in value.values() if isinstance(one, dict))):
                for message in holder.get("messages", []):
                    take(message, message.get("id"))
    return pieces.heard()


def strands(values: Iterable[Value]) -> Heard:
    pieces, block = _Pieces(), 0
    for value in values:
        event = value["event"] if isinstance(value.get("event"), dict) else {}
        block += "contentBlockStop" in event
        use = event.get("contentBlockStart", {}).get("start", {}).get("toolUse")
        delta = event.get("contentBlockDelta", {}).get("delta", {})
        if use:
            pieces.names["call", block] = use["name"]
            pieces.put(("call", block), "")
        if "text" in delta:
            pieces.add(("text", block), delta["text"])
        if "reasoningContent" in delta:
            pieces.add(("thought", block), delta["reasoningContent"]["text"])
        if "toolUse" in delta:
            pieces.add(("call", block), delta["toolUse"]["input"])
    return pieces.heard()


def openai_agents(values: Iterable[Value]) -> Heard:
    """What completed responses hold."""
    heard = Heard()
    for value in values:
        event = value.get("data", value)
        if event.get("type") != "response.completed":
            continue
        for item in event["response"]["output"]:
            if item["type"] == "message":
                heard.texts.append("".join(part["text"] for part in item["content"]))
            elif item["type"] == "reasoning":
                heard.thoughts += "".join(part["text"] for part in item["summary"])
            elif item["type"] == "function_call":
                heard.calls.append((item["name"], json.loads(item["arguments"])))
    return heard


def gemini_interactions(values: Iterable[Value]) -> Heard:
    pieces = _Pieces()
    for value in values:
        index, delta, step = value.get("index"), value.get("delta", {}), value.get("step", {})
        if step.get("type") == "function_call":
            pieces.names["call", index] = step["name"]
            pieces.put(("call", index), "")
        if delta.get("type") == "text":
            pieces.add(("text", index), delta["text"])
        elif delta.get("type") == "thought_summary":
            pieces.add(("thought", index), delta["content"]["text"])
        elif delta.get("type") == "arguments_delta":
            pieces.add(("call", index), delta["arguments"])
    return pieces.heard()


READERS: dict[str, Callable[[Iterable[Any]], Heard]] = {
    "claude-code": claude_code,
    "codex": codex,
    "codex-server": codex_server,
    "codex-session": codex_session,
    "gemini-cli": gemini_cli,
    "opencode": opencode,
    "copilot": copilot,
    "managed-agents": managed_agents,
    "assistant-ui": assistant_ui,
    "agents-api": agents_api,
    "acp": acp,
    "pi": pi,
    "adk": adk,
    "dify": dify,
    "chatkit": chatkit,
    "mastra": mastra,
    "assistants": assistants,
    "letta": letta,
    "llm": llm,
    "ai-sdk": ai_sdk,
    "ai-sdk-data": ai_sdk_data,
    "ag-ui": ag_ui,
    "langchain": langchain,
    "strands": strands,
    "openai-agents": openai_agents,
    "responses": openai_agents,
    "gemini-interactions": gemini_interactions,
}
