"""The ways in which the streams of agents send an answer: deltas, and messages, items or histories again whole."""

from typing import Any

from hypothesis import strategies as st
from tests.dialects.generated import TEXT, THOUGHTS, Answer, Block, Value, pieces, repeated, spelled
from tests.dialects.wires import anthropic_block, anthropic_blocks, bedrock, responses


def _messages(answer: Answer) -> list[Answer]:
    """The blocks of an answer by messages: each has thoughts, then a text, then calls."""
    order = {THOUGHTS: 0, TEXT: 1}
    messages: list[Answer] = []
    for block in answer:
        rank = order.get(block.kind, 2)
        last = order.get(messages[-1][-1].kind, 2) if messages else 3
        if rank > last or rank == last == 2:
            messages[-1].append(block)
        else:
            messages.append([block])
    return messages


def _text(message: Answer, kind: str = TEXT) -> str:
    return "".join(block.text for block in message if block.kind == kind)


@st.composite
def claude_code(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Records with events or without; whole blocks after them, once or twice."""
    events = draw(st.booleans())
    start = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m"}
    records: list[Value] = [{"type": "system", "subtype": "init", "session_id": "s"}]
    if events:
        records.append(_streamed({"type": "message_start", "message": {**start, "content": []}}))
    for number, block in enumerate(answer):
        if events:
            records += map(_streamed, anthropic_blocks(draw, block, {"index": number}, number, whole_follows=True))
        whole = {**start, "content": [anthropic_block(block, number)], "stop_reason": None}
        records += repeated(draw, {"type": "assistant", "message": whole, "session_id": "s"})
    if events:
        records.append(_streamed({"type": "message_delta", "delta": {"stop_reason": "end_turn"}}))
        records.append(_streamed({"type": "message_stop"}))
    result = {"type": "result", "subtype": "success", "is_error": False, "stop_reason": "end_turn"}
    return [*records, {**result, "result": "any", "session_id": "s"}]


def _streamed(event: Value) -> Value:
    return {"type": "stream_event", "event": event, "session_id": "s", "parent_tool_use_id": None}


@st.composite
def strands(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Bedrock's events, and the whole message behind them unless it has calls: then a run goes on."""
    content: list[Value] = []
    for number, block in enumerate(answer):
        use = {"toolUseId": f"t{number}", "name": block.name, "input": block.value}
        content.append({"toolUse": use} if block.call else {"text": block.text})
    whole = {"message": {"role": "assistant", "content": content}}
    ends = not any(block.call for block in answer)
    return [*({"event": event} for event in draw(bedrock(answer))), *([whole] if ends else [])]


@st.composite
def openai_agents(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Events of Responses, and items whole."""
    return [{"type": "raw_response_event", "data": event} for event in draw(responses(answer))]


@st.composite
def ag_ui(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Events of texts and calls, and the history at the end under the same ids or others."""
    snapshot, renamed = draw(st.booleans()), draw(st.booleans())
    events: list[Value] = [{"type": "RUN_STARTED", "runId": "r"}]
    history: list[Value] = [{"id": "u", "role": "user", "content": "?"}]
    for number, block in enumerate(answer):
        last = snapshot and number == len(answer) - 1
        whole = {"id": f"x{number}" if renamed else f"m{number}", "role": "assistant"}
        if block.kind == THOUGHTS:
            kind = {"type": "REASONING_MESSAGE_CONTENT", "messageId": "r"}
            events += [{**kind, "delta": delta} for delta in pieces(draw, block.text)]
        elif block.kind == TEXT:
            deltas = pieces(draw, block.text)
            events.append({"type": "TEXT_MESSAGE_START", "messageId": f"m{number}", "role": "assistant"})
            content = {"type": "TEXT_MESSAGE_CONTENT", "messageId": f"m{number}"}
            events += [{**content, "delta": one} for one in (deltas[:-1] if last and len(deltas) > 1 else deltas)]
            events.append({"type": "TEXT_MESSAGE_END", "messageId": f"m{number}"})
            history.append({**whole, "content": block.text})
        else:
            arguments, at = spelled(draw, block.value), {"toolCallId": f"c{number}"}
            deltas = pieces(draw, arguments)
            events += repeated(draw, {"type": "TOOL_CALL_START", "toolCallName": block.name, **at})
            for delta in deltas[:-1] if last else deltas:
                events.append({"type": "TOOL_CALL_ARGS", "delta": delta, **at})
            events += repeated(draw, {"type": "TOOL_CALL_END", **at})
            call = {"id": f"c{number}", "function": {"name": block.name, "arguments": arguments}}
            history.append({**whole, "toolCalls": [call]})
    if snapshot:
        events += repeated(draw, {"type": "MESSAGES_SNAPSHOT", "messages": history})
    return [*events, {"type": "RUN_FINISHED", "runId": "r"}]


@st.composite
def ai_sdk(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Parts whose calls come in pieces, whole, or both."""
    parts: list[Value] = [{"type": "start"}, {"type": "start-step"}]
    for number, block in enumerate(answer):
        if not block.call:
            kind, at = "text" if block.kind == TEXT else "reasoning", {"id": f"t{number}"}
            parts.append({"type": f"{kind}-start", **at})
            parts += [{"type": f"{kind}-delta", "delta": delta, **at} for delta in pieces(draw, block.text)]
            parts += repeated(draw, {"type": f"{kind}-end", **at})
            continue
        at = {"toolCallId": f"c{number}"}
        whole, deltas = draw(st.booleans()), pieces(draw, spelled(draw, block.value))
        if whole:
            deltas = deltas[: draw(st.integers(0, len(deltas)))]
        if deltas:
            parts += repeated(draw, {"type": "tool-input-start", "toolName": block.name, **at})
        parts += [{"type": "tool-input-delta", "inputTextDelta": delta, **at} for delta in deltas]
        if whole:
            available = {"type": "tool-input-available", "toolName": block.name, "input": block.value, **at}
            parts += repeated(draw, available)
    return [*parts, {"type": "finish-step"}, *repeated(draw, {"type": "finish"})]


@st.composite
def langchain(draw: st.DrawFn, answer: Answer) -> list[Any]:
    """Chunks and updates whose messages have the same id, another, or none; or updates alone."""
    mode = draw(st.sampled_from(["chunks", "both", "updates"]))
    records: list[Any] = []
    for number, message in enumerate(_messages(answer)):
        ident = draw(st.sampled_from([f"m{number}", f"x{number}", None]))
        if mode != "updates":
            records += _chunks(draw, message, f"m{number}")
        if mode != "chunks":
            calls = [{"name": one.name, "args": one.value, "id": f"c{one.text[0]}"} for one in message if one.call]
            whole: Value = {"type": "ai", "id": ident, "content": _text(message), "tool_calls": calls}
            if thoughts := _text(message, THOUGHTS):
                whole["additional_kwargs"] = {"reasoning_content": thoughts}
            update = {"agent": {"messages": [whole]}}
            records += repeated(draw, update) if ident is not None else [update]
    return records


def _chunks(draw: st.DrawFn, message: Answer, ident: str) -> list[Any]:
    place = {"langgraph_checkpoint_ns": ident}
    chunks: list[Value] = []
    calls = 0
    for block in message:
        if not block.call:
            for delta in pieces(draw, block.text):
                held = {"reasoning_content": delta} if block.kind == THOUGHTS else {}
                chunks.append({"content": "" if held else delta, "additional_kwargs": held})
            continue
        name: Value = {"name": block.name, "id": f"c{block.text[0]}"}
        for delta in pieces(draw, spelled(draw, block.value)):
            piece = {"index": calls, "args": delta, **name}
            chunks.append({"content": "", "tool_call_chunks": [piece]})
            name = {"name": None, "id": None}
        calls += 1
    reason = "tool_calls" if calls else "stop"
    chunks.append({"content": "", "response_metadata": {"finish_reason": reason}, "chunk_position": "last"})
    return [[{"type": "AIMessageChunk", "id": ident, **chunk}, place] for chunk in chunks]


@st.composite
def codex_server(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Items with deltas or without, whole once they are completed, and the last ones again in the turn."""
    lines: list[Value] = [_line("turn/started")]
    items: list[Value] = []
    for number, block in enumerate(answer):
        if block.call:
            call = {"type": "mcpToolCall", "id": f"i{number}", "tool": block.name, "arguments": block.value}
            lines += repeated(draw, _line("item/started", item=call))
            lines += repeated(draw, _line("item/completed", item=call))
            continue
        kind, delta = ("reasoning", "reasoning/textDelta"), f"i{number}"
        if block.kind == TEXT:
            kind = ("agentMessage", "agentMessage/delta")
            items.append({"type": "agentMessage", "id": f"i{number}", "text": block.text})
        deltas = pieces(draw, block.text)
        for one in deltas[: draw(st.integers(0, len(deltas)))]:
            lines.append(_line(f"item/{kind[1]}", itemId=delta, delta=one))
        whole = {"type": kind[0], "id": f"i{number}", "text": block.text}
        lines += repeated(draw, _line("item/completed", item=whole))
    if draw(st.booleans()):
        items = [{**item, "id": f"x{place}"} for place, item in enumerate(items)]
    turn = {"status": "completed", "items": draw(st.sampled_from([items, items[-1:], []]))}
    return [*lines, _line("turn/completed", turn=turn)]


def _line(method: str, **params: Any) -> Value:
    return {"jsonrpc": "2.0", "method": method, "params": {"threadId": "t", **params}}


@st.composite
def gemini_interactions(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Steps with indexes, and all of them again at the end, at the same places or one further."""
    events: list[Value] = [{"event_type": "interaction.created", "interaction": {"id": "i", "object": "interaction"}}]
    steps: list[Value] = [{"type": "user_input"}] * draw(st.integers(0, 1))
    snapshot = draw(st.booleans())
    for number, block in enumerate(answer):
        at = {"index": number}
        last = snapshot and number == len(answer) - 1
        text = spelled(draw, block.value) if block.call else block.text
        deltas = pieces(draw, text)
        if block.call:
            step: Value = {"type": "function_call", "id": f"c{number}", "name": block.name}
            steps.append({**step, "arguments": block.value})
        else:
            step = {"type": "text" if block.kind == TEXT else "thought"}
            held = [{"type": "text", "text": block.text}]
            steps.append({**step, **({"text": block.text} if block.kind == TEXT else {"summary": held})})
        events += repeated(draw, {"event_type": "step.start", "step": step, **at})
        for one in deltas[:-1] if last else deltas:
            events.append({"event_type": "step.delta", "delta": _interaction_delta(block, one), **at})
        events += repeated(draw, {"event_type": "step.stop", **at})
    end: Value = {"id": "i", "object": "interaction", "status": "completed", **({"steps": steps} if snapshot else {})}
    return [*events, {"event_type": "interaction.completed", "interaction": end}]


def _interaction_delta(block: Block, text: str) -> Value:
    if block.call:
        return {"type": "arguments_delta", "arguments": text}
    if block.kind == TEXT:
        return {"type": "text", "text": text}
    return {"type": "thought_summary", "content": {"type": "text", "text": text}}


@st.composite
def codex(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Items of one turn, of which calls and some texts are started before they are completed."""
    records: list[Value] = [{"type": "thread.started", "thread_id": "t"}, {"type": "turn.started"}]
    for number, block in enumerate(answer):
        item: Value = {"id": f"item_{number}", "type": "agent_message" if block.kind == TEXT else "reasoning"}
        item["text"] = block.text
        if block.call:
            item = {"id": f"item_{number}", "type": "mcp_tool_call", "tool": block.name, "arguments": block.value}
        if draw(st.booleans()):
            records.append({"type": "item.started", "item": item})
        records += repeated(draw, {"type": "item.completed", "item": item})
    usage = draw(st.sampled_from([{}, {"usage": {"input_tokens": 1, "output_tokens": 2}}]))
    return [*records, {"type": "turn.completed", **usage}]


@st.composite
def codex_session(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Items, events, or both in either order, each once; turns with their ends or without."""
    source = draw(st.sampled_from(["items", "events", "both"]))
    turn = draw(st.booleans()) or answer[-1].kind != TEXT  # else the calls would show that the file was cut
    lines: list[Value] = [_kept("event_msg", type="task_started")] if turn else []
    for number, block in enumerate(answer):
        if block.kind == TEXT:
            parts = [{"type": "output_text", "text": block.text}]
            item = _kept("response_item", type="message", role="assistant", content=parts)
            event = _kept("event_msg", type="agent_message", message=block.text)
        elif block.kind == THOUGHTS:
            parts = [{"type": "summary_text", "text": block.text}]
            item = _kept("response_item", type="reasoning", summary=parts)
            event = _kept("event_msg", type="agent_reasoning", text=block.text)
        else:
            call: Value = {"name": block.name, "arguments": spelled(draw, block.value), "call_id": f"c{number}"}
            item = _kept("response_item", type="function_call", **call)
            invocation = {"tool": block.name, "arguments": block.value}
            event = _kept("event_msg", type="mcp_tool_call_begin", call_id=f"c{number}", invocation=invocation)
        both = draw(st.permutations([item, event]))
        lines += {"items": [item], "events": [event], "both": both}[source]
    return [*lines, *([_kept("event_msg", type="task_complete")] if turn else [])]


def _kept(line: str, **payload: Any) -> Value:
    return {"timestamp": "2031-01-01T00:00:00.000Z", "type": line, "payload": payload}


@st.composite
def gemini_cli(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Deltas and whole calls, which results follow at times."""
    records: list[Value] = [_timed("init", session_id="s", model="m"), _timed("message", role="user", content="?")]
    for number, block in enumerate(answer):
        if block.call:
            records.append(_timed("tool_use", tool_name=block.name, tool_id=f"c{number}", parameters=block.value))
            if draw(st.booleans()):
                records.append(_timed("tool_result", tool_id=f"c{number}", status="success", output="k"))
            continue
        said = {"role": "assistant", "delta": True}
        records += [_timed("message", content=delta, **said) for delta in pieces(draw, block.text)]
    return [*records, _timed("result", status="success", stats={})]


def _timed(kind: str, **members: Any) -> Value:
    return {"type": kind, "timestamp": "2031-01-01T00:00:00.000Z", **members}


@st.composite
def opencode(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """The whole parts of one step, or of several where calls end one."""
    records: list[Value] = []
    messages = _messages(answer)
    for number, message in enumerate(messages):
        ident = {"messageID": f"m{number}"}
        records += repeated(draw, _part("step_start", **ident))
        for place, block in enumerate(message):
            if block.call:
                state = {"status": "completed", "input": block.value, "output": "k"}
                records.append(_part("tool_use", callID=f"c{number}{place}", tool=block.name, state=state, **ident))
            else:
                records.append(_part("text" if block.kind == TEXT else "reasoning", text=block.text, **ident))
        goes_on = number + 1 < len(messages) and message[-1].call
        records.append(_part("step_finish", reason="tool-calls" if goes_on else "stop", tokens={}, **ident))
    return records


def _part(kind: str, **members: Any) -> Value:
    return {"type": kind, "timestamp": 1, "sessionID": "s", "part": members}


@st.composite
def letta(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Messages in pieces or whole, each with the id of its step."""
    records: list[Value] = [{"message_type": "ping", "id": "p"}]
    for number, message in enumerate(_messages(answer)):
        at = {"id": f"message-{number}", "step_id": f"step-{number}"}
        for place, block in enumerate(message):
            if block.call:
                name: Value = {"name": block.name}
                for delta in pieces(draw, spelled(draw, block.value)):
                    call = {**name, "arguments": delta, "tool_call_id": f"c{number}{place}"}
                    records.append({"message_type": "tool_call_message", "tool_call": call, **at})
                    name = {"name": None}
                continue
            kind = ("assistant_message", "content") if block.kind == TEXT else ("reasoning_message", "reasoning")
            head = {"message_type": kind[0], "source": "reasoner_model", **at}
            records += [{**head, kind[1]: delta} for delta in pieces(draw, block.text)]
    return [*records, {"message_type": "stop_reason", "stop_reason": "end_turn"}]


@st.composite
def copilot(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Messages in deltas and whole, or whole alone, as session files have them."""
    deltas = draw(st.booleans())
    events: list[Value] = []
    for number, message in enumerate(_messages(answer)):
        at, thoughts, text = {"messageId": f"m{number}"}, _text(message, THOUGHTS), _text(message)
        events.append(_event("assistant.turn_start", turnId=str(number)))
        if deltas:
            events += [_event("assistant.reasoning_delta", deltaContent=one) for one in pieces(draw, thoughts)]
            events += [_event("assistant.message_delta", deltaContent=one, **at) for one in pieces(draw, text)]
        calls: list[Value] = [
            {"toolCallId": f"c{number}{place}", "name": one.name, "arguments": one.value}
            for place, one in enumerate(message)
            if one.call
        ]
        for call in calls if deltas and draw(st.booleans()) else ():
            one = {"toolCallId": call["toolCallId"], "toolName": call["name"], "toolType": "function"}
            written = pieces(draw, spelled(draw, call["arguments"]))
            events += [_event("assistant.tool_call_delta", **one, inputDelta=piece) for piece in written]
        said = {"content": text, "reasoningText": thoughts, "toolRequests": calls, **at}
        events += repeated(draw, _event("assistant.message", **said)) if text else [_event("assistant.message", **said)]
        events += [_event("assistant.reasoning", content=thoughts)] if thoughts and draw(st.booleans()) else []
        for call in calls:
            events.append(_event("tool.execution_start", toolName=call["name"], **call))
            events.append(_event("tool.execution_complete", toolCallId=call["toolCallId"], success=True))
        events.append(_event("assistant.turn_end", turnId=str(number)))
    return [*events, {"type": "result", "sessionId": "s", "exitCode": 0}]


def _event(kind: str, **data: Any) -> Value:
    return {"type": kind, "id": "e", "data": data}


@st.composite
def pi(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """The events of a run, or the lines of a session."""
    run = draw(st.booleans())
    records: list[Value] = [{"type": "session", "id": "s", "cwd": "/"}, *([{"type": "agent_start"}] if run else [])]
    for number, message in enumerate(_messages(answer)):
        content: list[Value] = []
        for place, block in enumerate(message):
            call = {"type": "toolCall", "id": f"c{number}{place}", "name": block.name, "arguments": block.value}
            kind, member = ("thinking", "thinking") if block.kind == THOUGHTS else ("text", "text")
            content.append(call if block.call else {"type": kind, member: block.text})
            said = spelled(draw, block.value) if block.call else block.text
            last = place == len(message) - 1  # what was lost, was lost in the end
            for delta in (_beginning if last else pieces)(draw, said) if run else []:
                kind = "toolcall_delta" if block.call else f"{content[-1]['type']}_delta"
                event = {"type": kind, "contentIndex": place, "delta": delta}
                so_far = {"content": content[:]}
                records.append({"type": "message_update", "assistantMessageEvent": event, "message": so_far})
        whole = {"role": "assistant", "content": content, "stopReason": "stop", "timestamp": 1}
        records.append({"type": "message_end" if run else "message", "timestamp": "t", "message": whole})
        records += [{"type": "turn_end", "message": whole, "toolResults": []}] if run else []
    return [*records, *([{"type": "agent_end", "messages": []}] if run else [])]


def _beginning(draw: st.DrawFn, text: str) -> list[str]:
    deltas = pieces(draw, text)
    return deltas[: draw(st.integers(0, len(deltas)))]


@st.composite
def acp(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Chunks, and calls whose input comes at once or with an update."""
    lines: list[Value] = []

    def say(**update: Any) -> None:
        lines.append({"jsonrpc": "2.0", "method": "session/update", "params": {"sessionId": "s", "update": update}})

    lines.append({"jsonrpc": "2.0", "id": 1, "method": "session/prompt", "params": {"sessionId": "s", "prompt": []}})
    for number, message in enumerate(_messages(answer)):
        for place, block in enumerate(message):
            if not block.call:
                kind = "agent_message_chunk" if block.kind == TEXT else "agent_thought_chunk"
                for delta in pieces(draw, block.text):
                    say(sessionUpdate=kind, content={"type": "text", "text": delta})
                continue
            ident = f"c{number}{place}"
            late = draw(st.booleans())
            say(sessionUpdate="tool_call", toolCallId=ident, title=block.name, rawInput={} if late else block.value)
            if late:
                say(sessionUpdate="tool_call_update", toolCallId=ident, rawInput=block.value)
        for place, block in enumerate(message):
            if block.call:
                say(sessionUpdate="tool_call_update", toolCallId=f"c{number}{place}", status="completed")
    return [*lines, {"jsonrpc": "2.0", "id": 1, "result": {"stopReason": "end_turn"}}]


@st.composite
def agents_api(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Items whole, each with the deltas before it, some of them, or none; a call also where it begins."""
    events: list[Value] = [_of_turn("created", turn={"id": "turn_1"})]
    for message in _messages(answer):
        for place, block in enumerate(message):
            ident = f"item_{len(events)}_{place}"
            if block.call:
                call = {"type": "function_call", "id": ident, "call_id": ident, "name": block.name}
                whole = {**call, "arguments": block.value}
                events += repeated(draw, _of_turn("item.added", item=whole))
                events.append(_of_turn("item.done", item=whole))
                continue
            text = block.kind == TEXT
            kind, index = ("output_text", "content_index") if text else ("reasoning_summary_text", "summary_index")
            deltas = _beginning(draw, block.text) if text else pieces(draw, block.text)
            events += [_of_turn(f"{kind}.delta", item_id=ident, delta=delta, **{index: 0}) for delta in deltas]
            part = {"type": "output_text" if text else "summary_text", "text": block.text}
            item: Value = {"type": "message", "content": [part]} if text else {"type": "reasoning", "summary": [part]}
            events += repeated(draw, _of_turn("item.done", item={"id": ident, **item}))
        if message[-1].call:
            events.append(_of_turn("item.added", item={"type": "function_call_output", "id": "o", "output": "ok"}))
    return [*events, _of_turn("completed", turn={"id": "turn_1"})]


def _of_turn(kind: str, **members: Any) -> Value:
    return {"type": f"agent.session.turn.{kind}", "event_id": "e", "turn_id": "turn_1", **members}


@st.composite
def assistant_ui(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Each block as a part; each message as a step."""
    chunks: list[Value] = []
    count = 0
    for message in _messages(answer):
        chunks.append({"type": "step-start", "messageId": "m"})
        for block in message:
            part: Value = {"type": "text" if block.kind == TEXT else "reasoning"}
            text = block.text
            if block.call:
                part = {"type": "tool-call", "toolCallId": f"c{count}", "toolName": block.name}
                text = spelled(draw, block.value)
            chunks.append({"type": "part-start", "part": part, "path": []})
            chunks += [{"type": "text-delta", "textDelta": one, "path": [count]} for one in pieces(draw, text)]
            chunks.append({"type": "part-finish", "path": [count]})
            count += 1
        reason = draw(st.sampled_from(["stop", "unknown", "tool-calls"]))
        chunks.append({"type": "step-finish", "finishReason": reason, "isContinued": False})
    return [*chunks, {"type": "message-finish", "finishReason": "stop", "path": []}]


@st.composite
def managed_agents(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Whole messages, each with the deltas of a preview before it, some of them, or none."""
    events: list[Value] = [_processed("session.status_running")]
    for number, message in enumerate(_messages(answer)):
        for place, block in enumerate(message):
            ident = f"sevt_{number}{place}"
            if block.call:
                events += repeated(
                    draw, _processed("agent.custom_tool_use", id=ident, name=block.name, input=block.value)
                )
                continue
            for delta in _beginning(draw, block.text):
                content = {"type": "text", "text": delta}
                events.append({"type": "event_delta", "event_id": ident, "delta": {"index": 0, "content": content}})
            events += repeated(
                draw, _processed("agent.message", id=ident, content=[{"type": "text", "text": block.text}])
            )
        events.append(_processed("span.model_request_end", model_usage={"input_tokens": 1, "output_tokens": 1}))
    return [*events, _processed("session.status_idle", stop_reason={"type": "end_turn"})]


def _processed(kind: str, **members: Any) -> Value:
    return {"type": kind, **members, "processed_at": "2031-01-01T00:00:00Z"}


@st.composite
def adk(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Events in pieces and whole, or whole alone; names in either case."""
    streaming, snake = draw(st.booleans()), draw(st.booleans())
    events: list[Value] = []
    at = {"author": "a", "invocation_id" if snake else "invocationId": "e"}
    for number, message in enumerate(_messages(answer)):
        parts: list[Value] = []
        for place, block in enumerate(message):
            if block.call:
                ident = f"c{number}{place}"
                call = {"id": ident, "name": block.name, "args": block.value}
                parts.append({"function_call" if snake else "functionCall": call})
                written = _partial_call(draw, block, ident, snake) if streaming else []
                events += [{"content": {"parts": [one]}, "partial": True, **at} for one in written]
                continue
            thought = {"thought": True} if block.kind == THOUGHTS else {}
            parts.append({"text": block.text, **thought})
            deltas = pieces(draw, block.text) if streaming else []
            events += [{"content": {"parts": [{"text": one, **thought}]}, "partial": True, **at} for one in deltas]
        events.append({"content": {"role": "model", "parts": parts}, "id": f"a{number}", **at})
        calls = [block for block in message if block.call]
        events += [{"content": {"role": "user", "parts": []}, **at}] if calls else []
    return [*events, {"content": {"role": "model", "parts": []}, "finishReason": "STOP", **at}]


def _partial_call(draw: st.DrawFn, block: Block, ident: str, snake: bool) -> list[Value]:
    """A call in pieces of its one argument, as models of other providers have it, or at once."""
    name = "function_call" if snake else "functionCall"
    if draw(st.booleans()):
        return [{name: {"id": ident, "name": block.name, "args": block.value}}]
    (argument,) = block.value
    path = {"json_path" if snake else "jsonPath": f"$.{argument}"}
    value, goes_on = ("string_value", "will_continue") if snake else ("stringValue", "willContinue")
    texts = [*pieces(draw, block.text), ""]
    partial = [{**path, value: text, goes_on: number < len(texts) - 1} for number, text in enumerate(texts)]
    member = "partial_args" if snake else "partialArgs"
    begun = {name: {"id": ident, "name": block.name, goes_on: True}}
    return [begun, *({name: {**begun[name], member: [one]}} for one in partial)]


@st.composite
def dify(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Pieces of an answer, and calls with their results."""
    events: list[Value] = []
    at = {"message_id": "m", "task_id": "t"}
    for number, message in enumerate(_messages(answer)):
        at = {**at, "message_id": f"m{number}"}
        events += [{"event": "agent_message", "answer": one, **at} for one in pieces(draw, _text(message))]
        for place, block in enumerate(message):
            given = draw(st.sampled_from([{block.name: block.value}, block.value]))
            call = {"tool": block.name, "tool_input": spelled(draw, given)} if block.call else {}
            thought = {"event": "agent_thought", "id": f"c{number}{place}", "observation": "", **call, **at}
            events += repeated(draw, thought)
        events.append({"event": "agent_thought", "id": "h", "observation": "k", **at})
    return [*events, {"event": "message_end", "metadata": {}, **at}]


@st.composite
def assistants(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Deltas and whole messages; calls in fragments, in the action that is required, or both."""
    events: list[Value] = [{"object": "thread.run", "id": "r", "status": "queued"}]
    for number, block in enumerate(answer):
        ident = f"m{number}"
        if not block.call:
            for delta in _beginning(draw, block.text):
                part = {"index": 0, "type": "text", "text": {"value": delta}}
                events.append({"object": "thread.message.delta", "id": ident, "delta": {"content": [part]}})
            whole = {"content": [{"type": "text", "text": {"value": block.text}}], "role": "assistant"}
            events.append({"object": "thread.message", "id": ident, **whole})
            continue
        function: Value = {"name": block.name}
        arguments = spelled(draw, block.value)
        for delta in _beginning(draw, arguments):
            call = {"index": 0, "id": f"c{number}", "type": "function", "function": {**function, "arguments": delta}}
            step = {"type": "tool_calls", "tool_calls": [call]}
            events.append({"object": "thread.run.step.delta", "id": ident, "delta": {"step_details": step}})
            function = {}
        call = {"id": f"c{number}", "function": {"name": block.name, "arguments": arguments}}
        action = {"submit_tool_outputs": {"tool_calls": [call]}}
        events.append({"object": "thread.run", "id": "r", "status": "requires_action", "required_action": action})
    return [*events, {"object": "thread.run", "id": "r", "status": "completed"}]


@st.composite
def llm(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Logged responses, one a message."""
    records: list[Value] = []
    for number, message in enumerate(_messages(answer)):
        calls = [{"tool_call_id": one.text[0], "name": one.name, "arguments": one.value} for one in message if one.call]
        about: Value = {"id": f"r{number}", "prompt": "?", "conversation_id": "v", "model": "m"}
        said: Value = {"response": _text(message), "reasoning": _text(message, THOUGHTS), "tool_calls": calls}
        records.append({**about, **said, **draw(st.sampled_from([{}, {"input_tokens": 1, "output_tokens": 2}]))})
    return records


@st.composite
def ai_sdk_data(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Lines as the framing reads them: calls in pieces, whole, or both; steps that end with calls."""
    lines: list[Value] = []
    for number, message in enumerate(draw(st.sampled_from([_messages(answer), [answer]]))):
        lines.append(_coded("f", {"messageId": f"m{number}"}))
        for place, block in enumerate(message):
            if not block.call:
                lines += [_coded("0" if block.kind == TEXT else "g", delta) for delta in pieces(draw, block.text)]
                continue
            at = {"toolCallId": f"c{number}{place}"}
            whole, deltas = draw(st.booleans()), pieces(draw, spelled(draw, block.value))
            if whole:
                deltas = deltas[: draw(st.integers(0, len(deltas)))]
            if deltas:
                lines.append(_coded("b", {**at, "toolName": block.name}))
            lines += [_coded("c", {**at, "argsTextDelta": delta}) for delta in deltas]
            if whole:
                lines += repeated(draw, _coded("9", {**at, "toolName": block.name, "args": block.value}))
        lines.append(_coded("e", {"finishReason": "stop", "isContinued": False}))
    return [*lines, *repeated(draw, _coded("d", {"finishReason": draw(st.sampled_from(["stop", "tool-calls"]))}))]


def _coded(code: str, value: Any) -> Value:
    return {"code": code, "value": value}


_MASTRA = {
    "start-step": "step-start",
    "finish-step": "step-finish",
    "tool-input-start": "tool-call-input-streaming-start",
    "tool-input-delta": "tool-call-delta",
    "tool-input-available": "tool-call",
}
_OF_MASTRA = {"delta": "text", "inputTextDelta": "argsTextDelta", "input": "args"}


@st.composite
def mastra(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """The parts of the AI SDK as payloads, by Mastra's names."""
    chunks: list[Value] = []
    for part in draw(ai_sdk(answer)):
        payload = {_OF_MASTRA.get(name, name): member for name, member in part.items() if name != "type"}
        kind = _MASTRA.get(part["type"], part["type"])
        chunks.append({"type": kind, "runId": "r", "from": "AGENT", "payload": payload})
    return chunks


@st.composite
def chatkit(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Items in updates and whole, or whole alone; thoughts are tasks of a workflow, which come whole each time."""
    events: list[Value] = [{"type": "thread.created", "thread": {"id": "t"}}]
    for number, block in enumerate(answer):
        ident, deltas = f"i{number}", pieces(draw, block.text)
        if draw(st.booleans()):
            deltas = []
        if block.call:
            call = {"type": "client_tool_call", "call_id": f"c{number}", "name": block.name, "arguments": block.value}
            events.append(_item("done", ident, **call))
            continue
        if block.kind == THOUGHTS:
            so_far = ["".join(deltas[: end + 1]) for end in range(len(deltas))]
            task = [{"type": "thought", "content": block.text}]
            events.append(_item("added", ident, type="workflow", workflow={"tasks": []}))
            updates = [{"task_index": 0, "task": {"type": "thought", "content": one}} for one in so_far]
            kinds = ["added"] + ["updated"] * len(updates)
            events += [
                _update(ident, f"workflow.task.{kind}", **one) for kind, one in zip(kinds, updates, strict=False)
            ]
            events.append(_item("done", ident, type="workflow", workflow={"tasks": task}))
            continue
        if deltas:
            events.append(_item("added", ident, type="assistant_message", content=[]))
        kind, index = "assistant_message.content_part", {"content_index": 0}
        events += [_update(ident, f"{kind}.text_delta", **index, delta=one) for one in deltas]
        whole = {"type": "output_text", "text": block.text}
        if draw(st.booleans()) and deltas:
            events.append(_update(ident, f"{kind}.done", **index, content=whole))
        events += repeated(draw, _item("done", ident, type="assistant_message", content=[whole]))
    return [*events, _item("done", "end", type="end_of_turn")]


def _item(event: str, ident: str, **members: Any) -> Value:
    return {"type": f"thread.item.{event}", "item": {"id": ident, **members}}


def _update(ident: str, kind: str, **members: Any) -> Value:
    return {"type": "thread.item.updated", "item_id": ident, "update": {"type": kind, **members}}


AGENT_WIRES = {
    "acp": acp,
    "chatkit": chatkit,
    "mastra": mastra,
    "managed-agents": managed_agents,
    "assistant-ui": assistant_ui,
    "agents-api": agents_api,
    "copilot": copilot,
    "pi": pi,
    "adk": adk,
    "dify": dify,
    "assistants": assistants,
    "ai-sdk-data": ai_sdk_data,
    "codex": codex,
    "codex-session": codex_session,
    "gemini-cli": gemini_cli,
    "letta": letta,
    "llm": llm,
    "opencode": opencode,
    "ag-ui": ag_ui,
    "ai-sdk": ai_sdk,
    "claude-code": claude_code,
    "codex-server": codex_server,
    "gemini-interactions": gemini_interactions,
    "langchain": langchain,
    "openai-agents": openai_agents,
    "strands": strands,
}
"""How the stream of each agent sends an answer; each message is a step of its own."""
