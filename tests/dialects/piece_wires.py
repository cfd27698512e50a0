"""The ways in which formats with a piece of text in a member send an answer: see ``wires``.

Their pieces have no address, and what comes twice cannot be known as the same,
so none does; what varies is which record has the end, and whether it has all of
the text again.
"""

import json
from typing import Any

from hypothesis import strategies as st
from tests.dialects.generated import TEXT, THOUGHTS, Answer, Value, pieces, spelled

_USAGE = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}


def _deltas(draw: st.DrawFn, answer: Answer) -> list[tuple[str, Value]]:
    """The pieces of an answer: ``text``, or a call of which each piece has the number, the name and the arguments."""
    found: list[tuple[str, Value]] = []
    for number, block in enumerate(answer):
        if not block.call:
            found += [(block.kind, {"text": delta}) for delta in pieces(draw, block.text)]
            continue
        whole = spelled(draw, block.value)
        found.append((block.kind, {"number": number, "name": block.name, "arguments": whole}))
    return found


def _ended(draw: st.DrawFn, records: list[Value], end: Value) -> list[Value]:
    """The records with an end: in the last one of them, or in another one behind it."""
    if draw(st.booleans()):
        return [*records[:-1], {**records[-1], **end}]
    return [*records, end]


@st.composite
def ernie(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Records whose calls are whole."""
    records: list[Value] = []
    for kind, delta in _deltas(draw, answer):
        called = {"name": delta.get("name"), "arguments": delta.get("arguments")}
        said: Value = {"result": delta["text"]} if kind == TEXT else {"result": "", "function_call": called}
        records.append({"is_end": False, **said})
    word: Value = draw(st.sampled_from([{"finish_reason": "normal"}, {}]))
    end: Value = {"is_end": True, "usage": _USAGE, **word}
    records = _ended(draw, records, {**end, **({} if draw(st.booleans()) else {"is_truncated": False})})
    head: Value = {"id": "as-1", "object": "chat.completion", "created": 1, "need_clear_history": False}
    return [{**head, "sentence_id": number, "result": "", **one} for number, one in enumerate(records)]


@st.composite
def hunyuan(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Records whose calls are in fragments, each with the id or the first alone."""
    said: list[Value] = []
    repeats = draw(st.booleans())
    for kind, delta in _deltas(draw, answer):
        if "text" in delta:
            said.append({"ReasoningContent" if kind == THOUGHTS else "Content": delta["text"]})
            continue
        for place, fragment in enumerate(pieces(draw, delta["arguments"])):
            ident: Value = {"Id": f"c{delta['number']}"} if repeats or place == 0 else {}
            name: Value = {"Name": delta["name"]} if place == 0 else {}
            said.append({"ToolCalls": [{**ident, "Type": "function", "Function": {**name, "Arguments": fragment}}]})
    ended = draw(st.booleans())
    ends = ["" for _ in said] + (["stop"] if ended else [])
    if not ended:
        ends[-1] = "stop"
    deltas = [*said, *([{"Content": ""}] if ended else [])]
    usage = {"PromptTokens": 3, "CompletionTokens": 4, "TotalTokens": 7}
    return [
        {
            "Id": "h",
            "Created": 1,
            "Choices": [{"Index": 0, "Delta": {"Role": "assistant", **delta}, "FinishReason": end}],
            "Usage": usage,
        }
        for delta, end in zip(deltas, ends, strict=True)
    ]


@st.composite
def spark(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Frames whose calls are whole; the last one has the status 2 and the usage."""
    texts: list[Value] = []
    for kind, delta in _deltas(draw, answer):
        if "text" in delta:
            texts.append({"reasoning_content" if kind == THOUGHTS else "content": delta["text"]})
        else:
            called = {"name": delta["name"], "arguments": delta["arguments"]}
            texts.append({"content": "", "content_type": "text", "function_call": called})
    texts += [{"content": ""}] if draw(st.booleans()) else []
    frames: list[Value] = []
    for number, text in enumerate(texts):
        last = number == len(texts) - 1
        status = 2 if last else min(number, 1)
        payload: Value = {
            "choices": {"status": status, "seq": number, "text": [{"role": "assistant", "index": 0, **text}]}
        }
        payload |= {"usage": {"text": _USAGE}} if last else {}
        frames.append({"header": {"code": 0, "message": "Success", "sid": "s", "status": status}, "payload": payload})
    return frames


@st.composite
def snowflake(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Chunks that say a piece in one member or in several; the one with a usage is the last."""
    deltas: list[Value] = []
    several = draw(st.booleans())
    for _, delta in _deltas(draw, answer):
        if "text" in delta:
            again: Value = {"text": delta["text"]} if several else {}
            parts = [{"type": "text", "text": delta["text"]}]
            deltas.append({"type": "text", "content": delta["text"], "content_list": parts, **again})
            continue
        use: Value = {"tool_use_id": f"t{delta['number']}", "name": delta["name"]}
        deltas.append({"type": "tool_use", **use, "content_list": [use], "text": ""})
        deltas += [
            {"type": "tool_use", "input": fragment, "content_list": [{"input": fragment}], "text": ""}
            for fragment in pieces(draw, delta["arguments"])
        ]
    chunks: list[Value] = [{"choices": [{"delta": delta}], "usage": {}} for delta in deltas]
    end: Value = {"choices": [{"delta": {"type": "text", "content": "", "content_list": [], "text": ""}}]}
    chunks = [*chunks, {**end, "usage": _USAGE}]
    return [{"id": "b", "model": "m", **chunk} for chunk in chunks]


@st.composite
def minimax(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Records with messages, or of the older interface, whose delta is a text; the end has all of the text again."""
    older = draw(st.booleans()) and not any(block.call for block in answer)
    records: list[Value] = []
    for _, delta in _deltas(draw, answer):
        if older:
            records.append({"choices": [{"delta": delta["text"]}]})
            continue
        message: Value = {"sender_type": "BOT", "sender_name": "Bot", "text": delta.get("text", "")}
        if "name" in delta:
            message["function_call"] = {"name": delta["name"], "arguments": delta["arguments"]}
        records.append({"choices": [{"index": 0, "messages": [message]}]})
    text = "".join(block.text for block in answer if block.kind == TEXT)
    message = {"sender_type": "BOT", "sender_name": "Bot", "text": text}
    said: Value = {"delta": ""} if older else {"index": 0, "messages": [message]}
    end: Value = {"choices": [{**said, "finish_reason": "stop"}], "usage": {"total_tokens": 7}}
    end["reply"] = text if draw(st.booleans()) else ""
    head: Value = {"created": 1, "model": "m", "reply": "", "request_id": "r"}
    return [{**head, **one} for one in [*records, end]]


@st.composite
def aleph_alpha(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Events with a summary of the stream behind them, and of the usage or not."""
    events: list[Value] = [
        {"type": "stream_chunk", "index": 0, "completion": delta["text"]} for _, delta in _deltas(draw, answer)
    ]
    events.append({"type": "stream_summary", "index": 0, "model_version": "1", "finish_reason": "end_of_text"})
    counts: Value = {"type": "completion_summary", "num_tokens_prompt_total": 3, "num_tokens_generated": 4}
    return [*events, *([counts] if draw(st.booleans()) else [])]


@st.composite
def mistral_text(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Records with one output each; the last one has a reason, and text or not."""
    texts = [delta["text"] for _, delta in _deltas(draw, answer)] + ([""] if draw(st.booleans()) else [])
    reasons = [None] * (len(texts) - 1) + ["stop"]
    return [{"outputs": [{"text": text, "stop_reason": reason}]} for text, reason in zip(texts, reasons, strict=True)]


@st.composite
def sglang(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Records with all of the text so far, or with what is new (``--stream-output``)."""
    deltas, grows = [delta["text"] for _, delta in _deltas(draw, answer)], draw(st.booleans())
    texts = ["".join(deltas[: number + 1]) if grows else delta for number, delta in enumerate(deltas)]
    if draw(st.booleans()):
        texts.append(texts[-1] if grows else "")
    records = []
    for number, text in enumerate(texts):
        reason: Any = {"type": "stop", "matched": 2} if number == len(texts) - 1 else None
        details = {"id": "g", "finish_reason": reason, "prompt_tokens": 3, "completion_tokens": number + 1}
        records.append({"text": text, "meta_info": details})
    return records


@st.composite
def koboldcpp(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Tokens, of which the last has a reason, and text or not."""
    texts = [delta["text"] for _, delta in _deltas(draw, answer)] + ([""] if draw(st.booleans()) else [])
    last = len(texts) - 1
    return [{"token": text, "finish_reason": "stop" if number == last else None} for number, text in enumerate(texts)]


@st.composite
def oci(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Parts of messages, calls in fragments, and the end with the last or alone."""
    records: list[Value] = []
    for kind, delta in _deltas(draw, answer):
        if "text" in delta:
            part: Value = {"reasoningContent": delta["text"]}
            if kind != THOUGHTS:
                part = {"content": [{"type": "TEXT", "text": delta["text"]}]}
            records.append({"message": {"role": "ASSISTANT", **part}})
            continue
        for place, fragment in enumerate(pieces(draw, delta["arguments"])):
            head: Value = {"id": f"c{delta['number']}", "name": delta["name"]} if place == 0 else {}
            call = {"type": "FUNCTION", **head, "arguments": fragment}
            records.append({"message": {"role": "ASSISTANT", "toolCalls": [call]}})
    return _ended(draw, [{"index": 0, **one} for one in records], {"finishReason": "stop", "pad": "aa"})


@st.composite
def gigachat(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Parts of messages, whole calls, and the end with the last or alone."""
    records: list[Value] = []
    for _, delta in _deltas(draw, answer):
        part: Value = {"text": delta["text"]} if "text" in delta else {}
        if not part:
            part = {"function_call": {"name": delta["name"], "arguments": json.loads(delta["arguments"])}}
        records.append({"messages": [{"role": "assistant", "content": [part]}]})
    counts = {"input_tokens": 8, "output_tokens": 4, "total_tokens": 12}
    ended = _ended(draw, records, {"finish_reason": "stop", "usage": counts})
    return [{"model": "m", "created_at": 7, **one} for one in ended]


@st.composite
def llama_cpp(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Pieces, of which the last stops, and has text or not."""
    records: list[Value] = [{"content": delta["text"], "stop": False} for _, delta in _deltas(draw, answer)]
    end: Value = {"stop": True, "stop_type": "eos", "tokens_evaluated": 8, "tokens_predicted": 4}
    return [{"index": 0, "content": "", "id_slot": 0, **one} for one in _ended(draw, records, end)]


@st.composite
def tgi(draw: st.DrawFn, answer: Answer) -> list[Value]:
    """Tokens, of which the last is special or not; the end has all of the text again, and details or not."""
    texts = [delta["text"] for _, delta in _deltas(draw, answer)]
    tokens: list[Value] = [{"token": {"id": 1, "text": text, "special": False}} for text in texts]
    details = draw(st.sampled_from([None, {"finish_reason": "eos_token", "generated_tokens": 4}]))
    end: Value = {"generated_text": "".join(texts), "details": details}
    if draw(st.booleans()):
        tokens.append({"token": {"id": 2, "text": "</s>", "special": True}, **end})
    else:
        tokens[-1] |= end
    return [{"index": number + 1, "generated_text": None, "details": None, **one} for number, one in enumerate(tokens)]


PIECE_WIRES = {
    "aleph-alpha": aleph_alpha,
    "ernie": ernie,
    "gigachat": gigachat,
    "hunyuan": hunyuan,
    "koboldcpp": koboldcpp,
    "llama-cpp": llama_cpp,
    "minimax": minimax,
    "oci": oci,
    "mistral-text": mistral_text,
    "sglang": sglang,
    "snowflake": snowflake,
    "spark": spark,
    "tgi": tgi,
}
"""How each of these formats sends an answer."""
