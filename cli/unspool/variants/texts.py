"""The text and the native reasoning of a delta, under any name and in any shape (Q16, Q17, Q23, Q25, Q28)."""

from typing import Any, Final

from unspool.variants.values import MAX_DEPTH, is_number, json_text

Delta = dict[str, Any]
REASONING: Final[tuple[str, ...]] = ("reasoning_content", "reasoning", "thinking", "reasoning_text")
"""Members with native reasoning: the first that contains text counts (Q17)."""
DETAILS: Final = ("reasoning_details", "thinking_blocks")
"""Members with parts of the reasoning, of OpenRouter and LiteLLM, that mostly repeat another member (Q17)."""
THOUGHTS_MEMBERS: Final = frozenset({*REASONING, *DETAILS})
"""All members with native reasoning (Q17)."""
MARKED: Final = "extra_content"
"""Member of a delta with which Gemini's endpoint for Chat Completions marks its content as thoughts (Q17)."""
THOUGHTS_END: Final = "</thought>"
"""The end of such thoughts: the first content without the mark begins with it."""
_TEXT_MEMBERS = ("text", "content", "thinking", "reasoning", "reasoning_content", "summary", "reasoningText")
"""Members that may contain the text of an object in place of a string, in order of preference (Q25)."""
_TEXT_PARTS: Final = frozenset({"text", "output_text", "input_text"})
_THOUGHTS_PARTS: Final = frozenset({"thinking", "reasoning", "reasoning_content"})
_CITATIONS: Final = frozenset({"reference", "citation", "citations", "annotation"})
"""Types of parts that say where a text is from: they do not divide it."""
_DETAILS: Final = {"reasoning.text": "text", "reasoning.summary": "summary", "thinking": "thinking"}


def text_of(delta: Delta) -> str:
    """Return the ordinary text of a delta: a string, text parts (Q16), or the transcript of audio (Q23)."""
    content = delta.get("content")
    if content and isinstance(content, str):
        return content if MARKED not in delta else _marked_thoughts(delta, content)[1]
    if isinstance(content, list):
        return _text_of_parts(content)
    if is_number(content):
        return text_in(content)
    if isinstance(content, dict):
        return "" if _type_of(content) in _THOUGHTS_PARTS else text_in(content)
    audio = delta.get("audio")
    transcript = audio.get("transcript") if isinstance(audio, dict) else None
    return transcript if isinstance(transcript, str) else ""


def thoughts_of(delta: Delta) -> str:
    """Return the native reasoning of a delta, under any name and in any shape (Q16, Q17, Q25)."""
    for name in REASONING:  # one member alone: relays send the same reasoning under two names (Q17)
        value = delta.get(name)
        text = "" if value is None else text_in(value)
        if text:
            return text
    content = delta.get("content")
    if isinstance(content, str) and MARKED in delta:
        return _marked_thoughts(delta, content)[0]
    if isinstance(content, dict):
        content = [content]
    if isinstance(content, list):
        return "".join([text_in(part) for part in content if _type_of(part) in _THOUGHTS_PARTS])
    details = delta.get("reasoning_details") or delta.get("thinking_blocks")
    parts = [part for part in details if isinstance(part, dict)] if isinstance(details, list) else []
    return "".join([text_in(part.get(_DETAILS.get(str(part.get("type")), ""))) for part in parts])


def _marked_thoughts(delta: Delta, content: str) -> tuple[str, str]:
    """Return the thoughts and the text of content that Google's endpoint may mark as thoughts (Q17)."""
    extra = delta[MARKED]
    google = extra.get("google") if isinstance(extra, dict) else None
    if not isinstance(google, dict) or google.get("thought") is not True:
        return "", content
    if "thought_signature" in google and not content.startswith("<thought>"):
        return "", content  # the mark is that of the signature
    thoughts, _, text = content.removeprefix("<thought>").partition(THOUGHTS_END)
    return thoughts, text


def text_in(value: Any, depth: int = MAX_DEPTH) -> str:
    """Return the text of a string or a number (Q28), of an object around one, or of an array of such (Q25)."""
    if isinstance(value, str):
        return value
    if is_number(value):
        return json_text(value) or ""
    if isinstance(value, list) and depth:
        return "".join([text_in(one, depth - 1) for one in value])
    if not isinstance(value, dict) or not depth:
        return ""
    for name in _TEXT_MEMBERS:
        text = text_in(value[name], depth - 1) if name in value else ""
        if text:
            return text
    return ""


def _text_of_parts(parts: list[Any]) -> str:
    """Return the text of the text parts; those that another part divides, which is no citation, end a line (R16)."""
    text, divided = "", False
    for part in parts:
        kind = _type_of(part)
        if kind in _TEXT_PARTS:
            more = text_in(part)
            text += "\n" + more if divided and more and text and not text.endswith("\n") else more
            divided = divided and not more
        else:
            divided = divided or kind not in _CITATIONS
    return text


def _type_of(part: Any) -> str:
    """Return the type of a content part, "" if it has none; a string is text, and so is an object that has some."""
    if not isinstance(part, dict):
        return "text" if isinstance(part, str) or is_number(part) else ""
    kind = part.get("type", "text" if "text" in part else "")
    return kind if isinstance(kind, str) else ""
