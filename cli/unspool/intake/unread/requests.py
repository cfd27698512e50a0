"""What was sent to a model, in place of its answer or before it: request bodies, lines of a batch."""

import re
from collections.abc import Iterator
from typing import Any, Final

from unspool.formats.detect import FIELD, nesting
from unspool.intake.asked import Asked, Notice
from unspool.intake.items import Broken, Found, Item, Lines, NoticedLayer
from unspool.intake.json_text.literals import unfinished_value_of, value_at
from unspool.intake.json_text.paths import find_path, is_known
from unspool.intake.json_text.stream_text import is_cut

BATCH_KEYS = frozenset({"custom_id", "recordId", "key", "batch_request_id"})
"""Members by which the requests of a batch and their results belong together."""
_ASKED = ("messages", "contents", "input")
_INNER = ("body", "params", "request", "modelInput")
_BEFORE_MESSAGES = frozenset({"system", "instructions", "systemInstruction", "system_instruction", "tools"})
_RECORDED = frozenset({"version", "method", "path", "status", "headers", "request"})
"""Members of the file that ``serve --record`` writes next to a recording."""
_USERS = ("user", "tool", "system", "developer", "function")
"""The roles of messages that are not the model's."""
_ANSWERED = frozenset({"choices", "candidates", "delta", "output", "response", "result", "error", "errorCode"})
_NO_REQUEST = _ANSWERED | {"id", "object", "type"}
_LOGGED = frozenset({"level", "msg", "message", "event", "chunk", "data", "time", "timestamp", "ts", "done"})
"""Members of a log's record or of an answer, which a request without messages has not."""
_NAMES = re.compile(b'"(?:' + "|".join([*_ASKED, *_INNER, "stream"]).encode() + b')"')
_ARRAY = re.compile(r"\[\s*(?:\{|\Z)")
_MOST = 16  # requests before the first answer, of those that the beginning of a source shows
_LEFT_OUT = "a request before the answer: it is left out"


def is_request(value: Any) -> bool:
    """Return whether a JSON value was sent to a model: with messages, alone or as the body in a line of a batch.

    ``http … model=m stream:=true`` sends none.
    """
    if not isinstance(value, dict) or not _ANSWERED.isdisjoint(value):
        return False
    if value.keys() >= _RECORDED:
        return True
    if isinstance(value.get("stream"), bool) and isinstance(value.get("model"), str):
        return (_LOGGED | _NO_REQUEST).isdisjoint(value) or _asks(value)
    return _asks(value)


def _asks(value: dict[str, Any]) -> bool:
    """Return whether an object, or the body in it, has messages."""
    inner = [value, *(value[name] for name in _INNER if isinstance(value.get(name), dict))]
    return any(one.get(name) and not _has_typed(one) for one in inner for name in _ASKED)


def _has_typed(value: dict[str, Any]) -> bool:
    """Return whether contents have types, as those of the Microsoft Agent Framework's answers; Gemini's have parts."""
    contents = value.get("contents")
    first = contents[0] if isinstance(contents, list) and contents else None
    return isinstance(first, dict) and not {"type", "$type"}.isdisjoint(first)


def begins_request(value: Any) -> bool:
    """Return whether what is there of a cut value belongs to a request: its messages may be behind long tools."""
    if is_request(value):
        return True
    if not isinstance(value, dict) or not _NO_REQUEST.isdisjoint(value):
        return False
    inner = [value, *(value[name] for name in _INNER if isinstance(value.get(name), dict))]
    return any(not _BEFORE_MESSAGES.isdisjoint(one) for one in inner)


def is_request_among_records(value: Any) -> bool:
    """Return whether a value between records of answers was sent to a model.

    What ends with a message of the model's is a conversation, whose text must not be left out silently.
    """
    if not is_request(value) or "type" in value:
        return False
    body = next((value[name] for name in _INNER if isinstance(value.get(name), dict)), value)
    name = next((name for name in _ASKED if body.get(name)), "")
    asked = body.get(name)
    last = asked[-1] if isinstance(asked, list) else None
    role = last.get("role") if isinstance(last, dict) else None
    return role in _USERS if role is not None else "model" in body or name == "contents"


def requests_notice(what: str, advice: str) -> Notice:
    """A notice about requests: nothing is wrong with them, and there is nothing to read."""
    verb = "these are" if what.startswith("requests") else "this is"
    return Notice(f"{verb} {what}, so there is nothing to read; {advice}", loud=True)


_MODELS: Final = frozenset({"assistant", "gemini", "model"})
"""The roles of messages that are the model's."""
_FINISHES: Final = frozenset({"finish_reason", "finishReason", "stop_reason", "stopReason"})
"""Members of an answer whose messages are in a list, which names its model, as a request does."""


def _is_conversation(value: dict[str, Any]) -> bool:
    """Return whether messages end with one of the model's, and nothing shows that they were sent to one."""
    messages = value.get("messages")
    last = messages[-1] if isinstance(messages, list) and messages else None
    role = last.get("role", last.get("type")) if isinstance(last, dict) else None
    saved = "sessionId" in value or str(value.get("id")).startswith("T-")  # Gemini CLI, Amp
    return saved or (role in _MODELS and not ("model" in value and _FINISHES.isdisjoint(value)))


def _named(value: dict[str, Any]) -> Item:
    """Say what a value with messages is, and what to do; a conversation is no request, and has text."""
    if not BATCH_KEYS.isdisjoint(value):
        return requests_notice("requests of a batch", "name the output file of the batch")
    if value.keys() >= _RECORDED:
        return requests_notice("the request of a recording", "its answer is in the file next to it")
    if not _is_conversation(value):
        return requests_notice("a request, not a response", "name what the server answered")
    roles = ", ".join(f'"{role}"' for role in sorted(_MODELS))
    parts = '(.content | if type == "array" then .[].text? else . end) // empty'
    texts = f"jq -r '.messages[] | select(.role // .type | IN({roles})) | {parts}' FILE"
    return Broken("this is a saved conversation, not a stream", f"its texts: {texts}")


def detect(head: bytes, ended: bool, asked: Asked) -> Found:
    """Requests with an answer behind them, as `http --print=Bb` and programs that log both write them."""
    if asked.unwrap is not None or not head.startswith(b"{") or not _NAMES.search(head):
        return False
    text = head.decode("utf-8", "surrogateescape")  # so that the place in bytes is exact
    at = 0
    for _ in range(_MOST):
        value, end = _value(text, at)
        if not is_request(value) or "type" in value or find_path(value) is not None:
            return LeadingRequests(_size(text, at)) if at and is_known(value) else False
        if is_known(value):
            return False
        at = len(text) - len(text[end:].lstrip())
        if FIELD.match(text[at : at + 64].encode("utf-8", "surrogateescape")):
            return LeadingRequests(_size(text, at))
        array = _ARRAY.match(text, at)
        if array is not None:  # of answers; the layer behind says where it is none
            return LeadingRequests(_size(text, at)) if array.group().endswith("{") or ended else None
    return False


def _value(text: str, at: int) -> tuple[Any, int]:
    """The JSON value that begins at a place, as far as it is there, and the place behind it; None for no value."""
    found = value_at(text, at)
    if found is not None:
        return found
    value = unfinished_value_of(text[at:].encode("utf-8", "surrogateescape"))
    return value, at if value is None else len(text)


def _size(text: str, at: int) -> int:
    """The bytes before a place."""
    return len(text[:at].encode("utf-8", "surrogateescape"))


def detect_alone(head: bytes) -> Found:
    """Requests, with nothing known behind them in the beginning of a source."""
    start = head if head.startswith(b"{\n") else head.partition(b"\n")[0]
    value = unfinished_value_of(start)
    found = (
        begins_request(value)
        and not is_known(value)
        and (is_request(value) or is_cut(start.decode("utf-8", "replace")))
    )
    return Requests(value) if found else False


class LeadingRequests(NoticedLayer):
    """The layer that leaves out the first ``size`` bytes of a source, which are requests."""

    def __init__(self, size: int) -> None:
        super().__init__(Notice(_LEFT_OUT))
        self._size = size

    def feed(self, block: bytes) -> Iterator[Item]:
        """Yield what is behind the requests."""
        yield from self._announce()
        size, self._size = self._size, max(0, self._size - len(block))
        if len(block) > size:
            yield block[size:] if size else block


class Requests:
    """The layer that leaves requests out up to the first line of an answer; where none comes, that is said."""

    def __init__(self, first: dict[str, Any]) -> None:
        self._first = first
        self._lines = Lines()
        self._open: list[bytes] = []  # of an indented object
        self._depth = 0
        self._answered = False

    def feed(self, block: bytes) -> Iterator[Item]:
        """Yield the answer in ``block``."""
        if self._answered:
            yield block
            return
        lines = self._lines.feed(block)
        for number, line in enumerate(lines):
            answer = self._behind(line)
            if answer:
                yield from self._answer([answer, *lines[number + 1 :], *self._lines.close()])
                return

    def close(self) -> Iterator[Item]:
        """Yield the rest: an answer without a line end, or the notice that there is none."""
        if self._answered:
            return
        held = b"".join([*self._open, *self._lines.close()])
        answer = _behind_request(held)
        if not answer:
            yield _named(self._first)
        elif self._open and answer == held:
            yield Broken("it ends inside of a request", "check the capture", cut=True)
        else:
            yield from self._answer([answer])

    def _answer(self, lines: list[bytes]) -> Iterator[Item]:
        self._answered = True
        yield Notice(_LEFT_OUT)
        yield b"".join(lines)

    def _behind(self, line: bytes) -> bytes:
        """Return what is behind the requests in a line, and in those held before it; nothing is of an open object."""
        if self._open and FIELD.match(line):  # the request before it is cut
            return line
        if self._open or line.strip() == b"{":
            self._depth += nesting(line)
            if self._depth > 0:
                self._open.append(line)
                return b""
        text = b"".join([*self._open, line])
        self._open = []
        return _behind_request(text)


def _behind_request(data: bytes) -> bytes:
    """Return what is behind a request, which may be cut; all of the data where they are none."""
    text = data.decode("utf-8", "surrogateescape")
    value, end = _value(text, len(text) - len(text.lstrip()))
    if is_request(value) and not is_known(value):
        data = data[_size(text, end) :]
    return data if data.strip() else b""
