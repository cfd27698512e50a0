"""A second opinion on what a capture in another dialect says: gathered whole, then read, with none of unspool's code.

    values ─▶ anthropic() / responses() ─▶ Said

Nothing here is incremental.
"""

from collections.abc import Iterable

from tests.dialects.said import Said, Value, parsed

# --- Anthropic ---------------------------------------------------------------------------------

ANTHROPIC_REASONS = {"max_tokens": "length", "tool_use": "tool_calls", "refusal": "content_filter"}


def anthropic(values: Iterable[Value]) -> Said:
    """Of Messages events."""
    messages: list[Value] = []
    errors = 0
    for value in values:
        match value["type"]:
            case "message_start" if not any(value["message"]["id"] == one["id"] for one in messages):
                messages.append(_anthropic_start(value["message"]))
            case "content_block_start":
                messages[-1]["blocks"][value["index"]] = {**value["content_block"], "pieces": []}
            case "content_block_delta":
                messages[-1]["blocks"][value["index"]]["pieces"].append(value["delta"])
            case "message_delta":
                messages[-1]["stop"] = value["delta"]["stop_reason"]
                messages[-1]["usage"].update(value["usage"])
            case "message_stop":
                messages[-1]["over"] = True
            case "error":
                errors += 1
    said = Said(errors=errors)
    for message in messages:
        for block in message["blocks"].values():
            _anthropic_block(block, said)
        if message["over"] or message["stop"]:  # a stop reason is an end, with or without its message_stop
            said.finishes.append(ANTHROPIC_REASONS.get(message["stop"], "stop"))
        usage = message["usage"]
        kinds = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
        said.usages.append((sum(usage.get(kind) or 0 for kind in kinds), usage["output_tokens"]))
    return said


def _anthropic_start(message: Value) -> Value:
    return {"id": message["id"], "blocks": {}, "usage": dict(message["usage"]), "stop": None, "over": False}


def _anthropic_block(block: Value, said: Said) -> None:
    def joined(member: str) -> str:
        return "".join(piece.get(member, "") for piece in block["pieces"])

    if block["type"] == "text":
        said.text += block["text"] + joined("text")
    elif block["type"] == "thinking":
        said.thoughts += block["thinking"] + joined("thinking")
    elif block["type"] == "tool_use":
        whole = joined("partial_json")
        said.calls.append((block["id"], block["name"], parsed(whole) if whole else block["input"]))


# --- Responses ---------------------------------------------------------------------------------

CALLS = ("function_call", "custom_tool_call")


def responses(values: Iterable[Value]) -> Said:
    """Of Responses events: what the deltas of an item say, else what it says whole; with its last name."""
    said = Said()
    items: list[Value] = []
    for value in values:
        kind = value["type"]
        if kind == "response.created":
            _responses_items(items, said)
            items = []
        elif kind == "response.output_item.added":
            items.append({**value["item"], "at": value["output_index"], "pieces": []})
        elif kind == "response.output_item.done":
            _responses_done(value, items)
        elif kind.endswith(".delta"):
            for item in items:
                if item["at"] == value["output_index"]:
                    item["pieces"].append((kind, value["delta"]))
        elif kind in ("response.completed", "response.incomplete"):
            _responses_end(value["response"], items, said)
        said.errors += kind in ("error", "response.failed")
    _responses_items(items, said)
    return said


def _responses_done(value: Value, items: list[Value]) -> None:
    done = value["item"]
    for item in items:
        if item["at"] == value.get("output_index") or item["id"] == done["id"]:
            item.update({**done, "call_id": item.get("call_id")})  # the id of a call is the one it began with
            return
    items.append({**done, "at": value["output_index"], "pieces": []})


def _responses_end(response: Value, items: list[Value], said: Said) -> None:
    if not any(item["type"] in CALLS for item in items):  # in the terminal snapshot alone
        calls = [item for item in response.get("output") or [] if item["type"] in CALLS]
        items += [{**item, "at": None, "pieces": []} for item in calls]
    called = any(item["type"] in CALLS for item in items)
    details = response.get("incomplete_details") or {}
    reason = {"max_output_tokens": "length"}.get(details.get("reason", ""), details.get("reason"))
    said.finishes.append(reason or ("tool_calls" if called else "stop"))
    usage = response.get("usage")
    if usage:
        said.usages.append((usage["input_tokens"], usage["output_tokens"]))


def _responses_items(items: list[Value], said: Said) -> None:
    for item in items:
        _responses_item(item, said)


def _responses_item(item: Value, said: Said) -> None:
    def joined(kind: str) -> str:
        return "".join(delta for name, delta in item["pieces"] if name == f"response.{kind}.delta")

    def whole(member: str, name: str) -> str:
        return "".join(part.get(name) or "" for part in item.get(member) or [])

    if item["type"] == "message":
        said.text += joined("output_text") or whole("content", "text")
        said.refusal += joined("refusal") or whole("content", "refusal")
    elif item["type"] == "reasoning":
        said.thoughts += joined("reasoning_summary_text") or whole("summary", "text")
        said.thoughts += joined("reasoning_text") or whole("content", "text")
    elif item["type"] == "function_call":
        arguments = joined("function_call_arguments") or item["arguments"]
        said.calls.append((item["call_id"], item["name"], parsed(arguments)))
    elif item["type"] == "custom_tool_call":
        said.calls.append((item["call_id"], item["name"], joined("custom_tool_call_input") or item["input"]))
