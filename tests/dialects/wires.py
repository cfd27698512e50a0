"""The ways in which dialects send an answer: with snapshots or without, under addresses of any kind, events twice.

Each strategy takes the blocks of an answer and gives the records of a stream.
What it leaves out is sent elsewhere: the answer can always be known from the records.
"""

from typing import Any

from hypothesis import strategies as st
from tests.dialects.generated import TEXT, THOUGHTS, Answer, Block, Value, pieces, repeated, spelled


def _parts(draw: st.DrawFn, text: str, whole_follows: bool) -> list[str]:
    """The deltas of a text: all of them, or where a snapshot follows, a beginning or none."""
    deltas = pieces(draw, text)
    return deltas[: draw(st.integers(0, len(deltas)))] if whole_follows else deltas


# --- OpenAI Responses ------------------------------------------------------------------------

_RESPONSES = {
    TEXT: ("response.output_text", "text", "content_index"),
    THOUGHTS: ("response.reasoning_summary_text", "text", "summary_index"),
}


def _item(block: Block, number: int, arguments: str, ident: str = "item") -> Value:
    """An item of Responses as a whole."""
    if block.kind == TEXT:
        parts = [{"type": "output_text", "text": block.text, "annotations": []}]
        return {"type": "message", "id": f"{ident}_{number}", "role": "assistant", "content": parts}
    if block.kind == THOUGHTS:
        parts = [{"type": "summary_text", "text": block.text}]
        return {"type": "reasoning", "id": f"{ident}_{number}", "summary": parts}
    call = {"type": "function_call", "id": f"{ident}_{number}", "call_id": f"call_{number}"}
    return {**call, "name": block.name, "arguments": arguments}


_EMPTY = {"content": [], "summary": [], "arguments": ""}


@st.composite
def responses(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Events whose deltas have ids, indexes, both, others than their snapshots have, or none at all."""
    mode = draw(st.sampled_from(["both", "id", "index", "none", "renamed", "shifted", "zero", "moving"]))
    events = repeated(draw, {"type": "response.created", "response": _response("in_progress", [])})
    items, last, moved = [], len(answer) - 1, 0
    for number, block in enumerate(answer):
        arguments = spelled(draw, block.value) if block.call else ""
        item = _item(block, number, arguments)
        items.append(item)
        done, item_done = draw(st.booleans()), draw(st.booleans()) or mode in ("none", "zero", "moving")
        added = draw(st.booleans()) or (block.call and not (done or item_done))  # else no delta has a name
        added = added or mode == "moving"
        if mode == "index" and number < last and answer[number + 1].kind == block.kind:
            item_done = True  # another index alone may be that of the same text
        if added:
            empty = {name: _EMPTY.get(name, value) for name, value in item.items()}
            event = {"type": "response.output_item.added", "item": empty, **_at(mode, number, "item")}
            events += repeated(draw, event)
        address = _at(mode, number, "delta")
        kind, member, counter = _RESPONSES.get(block.kind, ("response.function_call_arguments", "arguments", ""))
        place = {counter: 0} if counter and mode != "none" else {}
        text = arguments if block.call else block.text
        whole_follows = done or item_done or (number == last and block.kind != TEXT)
        for delta in _parts(draw, text, whole_follows):
            if mode == "moving":
                address, moved = {"output_index": number + moved}, moved + 1
            events.append({"type": f"{kind}.delta", "delta": delta, **address, **place})
        if done:
            named = {"name": block.name} if block.call else {}
            events += repeated(draw, {"type": f"{kind}.done", member: text, **address, **place, **named})
        if done and block.kind == TEXT and draw(st.booleans()):
            part = {"type": "output_text", "text": text}
            events += repeated(draw, {"type": "response.content_part.done", "part": part, **address, **place})
        if item_done:
            events += repeated(draw, {"type": "response.output_item.done", "item": item, **_at(mode, number, "item")})
    if draw(st.booleans()):
        items = _collapsed(items)
    lead: list[Any] = [{"type": "reasoning", "id": "late", "summary": []}] if mode == "shifted" else []
    return events + repeated(draw, {"type": "response.completed", "response": _response("completed", lead + items)})


def _collapsed(items: list[Value]) -> list[Value]:
    """The items with the texts of all messages in one, as some relays have them in the end."""
    messages = [item for item in items if item["type"] == "message"]
    text = "".join(item["content"][0]["text"] for item in messages)
    whole = {"type": "message", "id": "all", "content": [{"type": "output_text", "text": text}]}
    return [item for item in items if item["type"] != "message"] + ([whole] if messages else [])


def _response(status: str, output: list[Value]) -> Value:
    return {"id": "resp_1", "object": "response", "model": "m", "status": status, "output": output}


def _at(mode: str, number: int, event: str) -> Value:
    """The address of an event about an item, or about a delta of it."""
    ident = f"item_{number}" if mode != "renamed" or event == "item" else f"other_{number}"
    ids: Value = {"item_id": ident} if event == "delta" else {}
    index: Value = {"output_index": 0 if mode == "zero" else number}
    return ({} if mode in ("index", "none") else ids) | ({} if mode in ("id", "none") else index)


# --- Anthropic Messages ----------------------------------------------------------------------


def anthropic_block(block: Block, number: int) -> Value:
    """A block of Messages as a whole."""
    if block.kind == TEXT:
        return {"type": "text", "text": block.text}
    if block.kind == THOUGHTS:
        return {"type": "thinking", "thinking": block.text}
    return {"type": "tool_use", "id": f"toolu_{number}", "name": block.name, "input": block.value}


_MEMBERS = {TEXT: ("text", "text_delta"), THOUGHTS: ("thinking", "thinking_delta")}


def anthropic_blocks(draw: st.DrawFn, block: Block, index: Value, number: int, whole_follows: bool) -> list[Value]:
    """The events of one block, some of which may come twice; all or no fragments where no whole input follows."""
    whole, member, kind = (
        anthropic_block(block, number),
        *_MEMBERS.get(block.kind, ("partial_json", "input_json_delta")),
    )
    text = spelled(draw, block.value) if block.call else block.text
    begun = block.call and draw(st.booleans())  # the whole input is there from the beginning
    stop_whole = draw(st.booleans())
    head = draw(st.sampled_from([0, 1])) if not block.call else 0
    empty = {"input": block.value if begun else {}} if block.call else {member: text[:head]}
    start = {"type": "content_block_start", "content_block": {**whole, **empty}, **index}
    deltas = _parts(draw, text[head:], begun or stop_whole or whole_follows)
    events = repeated(draw, start) if not head else [start]
    events += [{"type": "content_block_delta", "delta": {"type": kind, member: one}, **index} for one in deltas]
    if draw(st.booleans()) or stop_whole:
        stop = {"type": "content_block_stop", **index}
        events += repeated(draw, stop | {"content_block": whole} if stop_whole else stop)
    return events


def _messages(draw: st.DrawFn, answer: Answer, snapshots: bool) -> list[Value]:
    """Events of one message, up to its end; where ``snapshots`` follow, the last block need not be complete."""
    start = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [], "usage": {}}
    events = repeated(draw, {"type": "message_start", "message": start})
    indexes = draw(st.sampled_from(["all", "none", "zero"]))
    for number, block in enumerate(answer):
        index: Value = {"all": {"index": number}, "zero": {"index": 0}}.get(indexes, {})
        events += anthropic_blocks(draw, block, index, number, snapshots and number == len(answer) - 1)
    return events


@st.composite
def anthropic(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Events whose blocks have indexes, all the same, or none; the whole block or message again at its end."""
    whole: Value = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m"}
    whole["content"] = [anthropic_block(block, number) for number, block in enumerate(answer)]
    whole["stop_reason"] = "tool_use" if any(block.call for block in answer) else "end_turn"
    ends = draw(st.sampled_from(["stop", "stop with message", "message", "stop and message", "delta alone"]))
    events = _messages(draw, answer, ends in ("stop with message", "message"))
    delta = {"type": "message_delta", "delta": {"stop_reason": whole["stop_reason"]}, "usage": {"output_tokens": 3}}
    stop = {"type": "message_stop", **({"message": whole} if ends == "stop with message" else {})}
    if ends != "message":
        events += repeated(draw, delta)
    if "stop" in ends:
        events += repeated(draw, stop)
    return events + (repeated(draw, whole) if ends in ("message", "stop and message") else [])


# --- Gemini, Ollama --------------------------------------------------------------------------


def _is_sure(answer: Answer, kind: str, deltas: list[str]) -> bool:
    """Whether a text that comes again without a mark can be known as the same."""
    texts = [block.text for block in answer if block.kind == kind]
    return len(texts) == 1 and len(texts[0]) >= 16 and len(deltas) > 1


@st.composite
def gemini(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Pieces with or without ids; calls twice under the same id, a text again whole in the end."""
    head: Value = draw(st.sampled_from([{"responseId": "r"}, {}])) | {"modelVersion": "m"}
    parts: list[Value] = []
    again: list[Value] = []
    for number, block in enumerate(answer):
        if block.call:
            ident = draw(st.sampled_from([{"id": f"c{number}"}, {}]))
            part: Value = {"functionCall": {"name": block.name, "args": block.value, **ident}}
            parts += repeated(draw, part) if ident else [part]
            continue
        thought = {"thought": True} if block.kind == THOUGHTS else {}
        deltas = pieces(draw, block.text)
        parts += [{"text": delta, **thought} for delta in deltas]
        if _is_sure(answer, block.kind, deltas) and draw(st.booleans()):
            again.append({"text": block.text, **thought})
    records = [{"candidates": [{"content": {"role": "model", "parts": [part]}}], **head} for part in parts]
    end: Value = {"candidates": [{"content": {"role": "model", "parts": again}, "finishReason": "STOP"}], **head}
    return [*records, *(repeated(draw, end) if not again else [end])]


@st.composite
def ollama(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Lines of pieces; calls twice under the same id; the last line empty or with all of the message again."""
    head: Value = {"model": "m", "created_at": "2026-11-28T08:00:00Z"}
    messages: list[Value] = []
    last: Value = {"content": ""}
    for number, block in enumerate(answer):
        if block.call:
            ident: Value = draw(st.sampled_from([{"id": f"c{number}"}, {}]))
            call: Value = {**ident, "function": {"name": block.name, "arguments": block.value}}
            message: Value = {"content": "", "tool_calls": [call]}
            messages += repeated(draw, message) if ident else [message]
            if draw(st.booleans()):
                last.setdefault("tool_calls", []).append(call)
            continue
        member = "thinking" if block.kind == THOUGHTS else "content"
        deltas = pieces(draw, block.text)
        messages += [{"content": "", member: delta} for delta in deltas]
        if _is_sure(answer, block.kind, deltas) and draw(st.booleans()):
            last[member] = block.text
    lines: list[Value] = [{**head, "message": {"role": "assistant", **one}, "done": False} for one in messages]
    return [*lines, {**head, "message": {"role": "assistant", **last}, "done": True, "done_reason": "stop"}]


# --- Bedrock, Cohere -------------------------------------------------------------------------


@st.composite
def bedrock(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Events whose starts, stops and ends may come twice."""
    events = repeated(draw, {"messageStart": {"role": "assistant"}})
    for number, block in enumerate(answer):
        at = {"contentBlockIndex": number}
        if block.call:
            start: Value = {"toolUse": {"toolUseId": f"t{number}", "name": block.name}}
            events += repeated(draw, {"contentBlockStart": {"start": start, **at}})
        for delta in pieces(draw, spelled(draw, block.value) if block.call else block.text):
            held: Value = {"toolUse": {"input": delta}} if block.call else {"text": delta}
            held = {"reasoningContent": held} if block.kind == THOUGHTS else held
            events.append({"contentBlockDelta": {"delta": held, **at}})
        events += repeated(draw, {"contentBlockStop": at})
    reason = "tool_use" if any(block.call for block in answer) else "end_turn"
    return events + repeated(draw, {"messageStop": {"stopReason": reason}})


@st.composite
def cohere(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Events whose starts and ends may come twice."""
    events = repeated(draw, {"type": "message-start", "id": "m", "delta": {"message": {"role": "assistant"}}})
    for number, block in enumerate(answer):
        if block.call:
            function = {"name": block.name, "arguments": ""}
            call: Value = {"id": f"t{number}", "type": "function", "function": function}
            start: Value = {"type": "tool-call-start", "index": number, "delta": {"message": {"tool_calls": call}}}
            events += repeated(draw, start)
            for delta in pieces(draw, spelled(draw, block.value)):
                held: Value = {"message": {"tool_calls": {"function": {"arguments": delta}}}}
                events.append({"type": "tool-call-delta", "index": number, "delta": held})
            continue
        member = "thinking" if block.kind == THOUGHTS else "text"
        opened: Value = {"message": {"content": {"type": member, member: ""}}}
        events += repeated(draw, {"type": "content-start", "index": number, "delta": opened})
        for delta in pieces(draw, block.text):
            events.append(
                {"type": "content-delta", "index": number, "delta": {"message": {"content": {member: delta}}}}
            )
    reason = "TOOL_CALL" if any(block.call for block in answer) else "COMPLETE"
    return events + repeated(draw, {"type": "message-end", "delta": {"finish_reason": reason}})


@st.composite
def cohere_v1(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Events whose start may come twice; the answer's text, and its calls, may be in the end alone, or there again."""
    events = repeated(draw, {"event_type": "stream-start", "generation_id": "g", "is_finished": False})
    whole: Value = {}
    calls = [{"name": block.name, "parameters": block.value} for block in answer if block.call]
    last = [block.call for block in answer] == sorted(block.call for block in answer)
    fragments = not last or draw(st.booleans())  # whole calls come last
    for number, block in enumerate(answer):
        index = sum(one.call for one in answer[:number])
        if block.kind == TEXT:
            events += [{"event_type": "text-generation", "text": delta} for delta in pieces(draw, block.text)]
        elif fragments:
            deltas = [{"name": block.name}, *({"parameters": one} for one in pieces(draw, spelled(draw, block.value)))]
            for delta in deltas:
                events.append({"event_type": "tool-calls-chunk", "tool_call_delta": {"index": index, **delta}})
    texts = [block.text for block in answer if block.kind == TEXT]
    if draw(st.booleans()) and texts:
        whole["text"] = "".join(texts)
    if calls and (not fragments or draw(st.booleans())):
        whole["tool_calls"] = calls
        if draw(st.booleans()):
            events.append({"event_type": "tool-calls-generation", "tool_calls": calls})
    events = [{"is_finished": False, **event} for event in events]
    return [*events, {"event_type": "stream-end", "is_finished": True, "finish_reason": "COMPLETE", "response": whole}]


@st.composite
def cloudflare(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Pieces with padding or without; calls whole, in a record of their own; the usage is in the last."""
    records: list[Value] = []
    for block in answer:
        if block.call:
            records.append({"response": "", "tool_calls": [{"name": block.name, "arguments": block.value}]})
            continue
        padding: Value = draw(st.sampled_from([{}, {"p": "abcdef"}]))
        records += [{"response": delta, **padding} for delta in pieces(draw, block.text)]
    return [*records, {"response": "", "usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}}]


@st.composite
def dashscope(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Records with all of the text so far, or with what is new; the last may have text, too."""
    deltas, cumulative = pieces(draw, answer[0].text), draw(st.booleans())
    texts = ["".join(deltas[: number + 1]) if cumulative else delta for number, delta in enumerate(deltas)]
    reasons = ["null"] * len(texts)
    if draw(st.booleans()):
        reasons[-1] = "stop"
    else:
        texts, reasons = [*texts, texts[-1] if cumulative else ""], [*reasons, "stop"]
    return [
        {"output": {"text": text, "finish_reason": reason}, "request_id": "r"}
        for text, reason in zip(texts, reasons, strict=True)
    ]


@st.composite
def mistral_conversations(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Events whose start may come twice; content as text or as parts."""
    events = repeated(draw, {"type": "conversation.response.started", "conversation_id": "c"})
    for number, block in enumerate(answer):
        at = {"output_index": number, "id": f"item_{number}"}
        for delta in pieces(draw, spelled(draw, block.value) if block.call else block.text):
            if block.call:
                call = {"tool_call_id": f"t{number}", "name": block.name, "arguments": delta}
                events.append({"type": "function.call.delta", **at, **call})
                continue
            part: Value = {"type": "text", "text": delta}
            content: Any = (
                draw(st.sampled_from([delta, part]))
                if block.kind == TEXT
                else {
                    "type": "thinking",
                    "thinking": [part],
                }
            )
            events.append({"type": "message.output.delta", **at, "content": content})
    return [*events, {"type": "conversation.response.done", "usage": {"total_tokens": 3}}]


JOINS: dict[str, tuple[str, ...]] = {
    "responses": (),
    "chatkit": (),
    "openai-agents": (),
    "gemini-interactions": (),
}
"""Dialects whose neighbouring texts are messages of their own; in others they are one."""

WIRES = {
    "anthropic": anthropic,
    "bedrock": bedrock,
    "cloudflare": cloudflare,
    "cohere": cohere,
    "cohere-v1": cohere_v1,
    "dashscope": dashscope,
    "gemini": gemini,
    "mistral-conversations": mistral_conversations,
    "ollama": ollama,
    "responses": responses,
}
"""How each dialect sends an answer."""
