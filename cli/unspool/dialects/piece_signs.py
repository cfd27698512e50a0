"""Recognition of the formats of ``pieces``, and of others with choices, apart from their readers."""

from typing import Any, Final

from unspool.dialects.members import dict_of, dicts_of, word_of

Value = dict[str, Any]

_SPARK_CODES: Final = range(10000, 100000)
"""The codes of Spark's errors have five digits; 0 is no error."""


def is_ernie(value: Value) -> bool:
    """Return whether it is a record of Baidu's first interface of ERNIE."""
    said = isinstance(value.get("result"), str) or isinstance(value.get("function_call"), dict)
    if isinstance(value.get("is_end"), bool):
        return said
    # A whole answer, which is asked for without a stream, has no is_end.
    return said and isinstance(value.get("need_clear_history"), bool) and isinstance(value.get("id"), str)


def is_hunyuan(value: Value) -> bool:
    """Return whether it is a record of Tencent's own interface of Hunyuan."""
    choices = dicts_of(value, "Choices")
    return bool(choices) and ("Delta" in choices[0] or "Message" in choices[0])


def is_spark(value: Value) -> bool:
    """Return whether it is a frame of iFlytek's Spark: with a payload, or with one of its codes for an error."""
    header = dict_of(value, "header")
    if "code" not in header or "sid" not in header:
        return False
    code = header["code"]
    return isinstance(value.get("payload"), dict) or (isinstance(code, int) and code in _SPARK_CODES)


def is_chunk(value: Value) -> bool:
    """Return whether a record with choices is a chunk, or a whole completion: Snowflake's have no such members."""
    if "object" in value:
        return True
    choice = (*dicts_of(value, "choices"), {})[0]
    return "index" in choice or "finish_reason" in choice


def is_runpod(value: Value) -> bool:
    """Return whether it is the output of a job of RunPod's, whose choices have lists of texts; it is not read."""
    choice = (*dicts_of(value, "choices"), {})[0]
    return isinstance(choice.get("tokens"), list) and choice.keys().isdisjoint(("delta", "message", "text"))


def is_snowflake(value: Value) -> bool:
    """Return whether it is a chunk, or a whole answer, of Snowflake's Cortex; cheap, for chunks are tried with it."""
    if is_chunk(value):  # whose delta has more members
        return False
    choice = (*dicts_of(value, "choices"), {})[0]
    said = choice.get("delta", choice.get("message"))
    return isinstance(said, dict) and ("content_list" in said or "tool_use_id" in said)


def is_minimax(value: Value) -> bool:
    """Return whether it is a record of MiniMax's first interfaces: of the older one, the delta is a text."""
    choice = (*dicts_of(value, "choices"), {})[0]
    if "reply" not in value or "message" in choice:
        return False
    return "messages" in choice if "delta" not in choice else isinstance(choice["delta"], str)


def is_aleph_alpha(value: Value) -> bool:
    """Return whether it is an event of Aleph Alpha, or a whole answer."""
    kind = word_of(value, "type")
    completion = (*dicts_of(value, "completions"), {})[0]
    if "completion" in completion and "finish_reason" in completion:  # of a whole answer
        said = completion["completion"] is None or isinstance(completion["completion"], str)
        return said and ("model_version" in value or "num_tokens_generated" in value)
    return (kind == "stream_chunk" and "completion" in value) or (kind == "stream_summary" and "finish_reason" in value)


def is_mistral_text(value: Value) -> bool:
    """Return whether it is a record of Mistral's models on Amazon Bedrock."""
    output = (*dicts_of(value, "outputs"), {})[0]
    return "stop_reason" in output and "text" in output


def is_sglang(value: Value) -> bool:
    """Return whether it is a record of SGLang's own interface."""
    return "text" in value and "finish_reason" in dict_of(value, "meta_info")


def is_koboldcpp(value: Value) -> bool:
    """Return whether it is a record of KoboldCpp, or a whole answer."""
    result = (*dicts_of(value, "results"), {})[0]
    if result:  # of a whole answer, which has no other member; older servers do not count the tokens
        said = isinstance(result.get("text"), str) or bool(dicts_of(result, "tool_calls"))
        return said and "finish_reason" in result and (len(value) == 1 or "prompt_tokens" in result)
    return isinstance(value.get("token"), str) and "finish_reason" in value


def is_gigachat(value: Value) -> bool:
    """Return whether it is an event of GigaChat's second interface, or a whole answer."""
    if not (isinstance(value.get("model"), str) and "created_at" in value) or "choices" in value:
        return False
    if "messages" not in value:  # the end
        return "finish_reason" in value and isinstance(value.get("usage"), dict)
    said = (*dicts_of(value, "messages"), {})[0]
    parts = said.get("content")
    if word_of(said, "role") != "assistant" or not isinstance(parts, list):
        return False
    return all(isinstance(part, dict) and "type" not in part for part in parts)


_OCI_SAID: Final = frozenset({"text", "message", "toolCalls", "finishReason", "choices"})


def is_oci(value: Value) -> bool:
    """Return whether it is a record of Oracle's Generative AI, or a whole answer; not one without a message."""
    if isinstance(value.get("apiFormat"), str):
        return not (_OCI_SAID.isdisjoint(value) or isinstance(value.get("message"), str))  # that of a request is a text
    return "choices" not in value and word_of(dict_of(value, "message"), "role") == "ASSISTANT"


def counts_tokens(value: Value) -> bool:
    """Return whether it is a chunk of Text Generation Inference 1.4, which counts tokens as choices.

    It has one choice, and its id is empty.
    """
    if value.get("object") != "text_completion" or value.get("id"):
        return False
    choices = dicts_of(value, "choices")
    return len(choices) == 1 and isinstance(choices[0].get("delta"), dict) and "text" not in choices[0]
