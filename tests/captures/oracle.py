"""A second opinion on what a capture says: read whole, with the standard library and none of unspool's code.

    bytes ─▶ frame() ─▶ records ─▶ turns() ─▶ what one choice said, in order ─▶ text_of()

Nothing here is incremental: every record goes through ``json.loads``, a call's arguments are joined before they
are read. So where this and unspool agree, they agree for different reasons.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

_DECODER = json.JSONDecoder(strict=False)  # A8: raw control characters are tolerated in arguments
BLANK = (None, "", "null")  # R8: names and ids that say nothing


class Unreadable(Exception):
    """Arguments that are no JSON object, finished or cut."""


@dataclass
class Rec:
    """One record: what stood on the wire, and its value. ``kind`` is value, done or bad."""

    data: bytes
    kind: str
    value: Any = None


@dataclass
class Call:
    """One tool call with its arguments joined."""

    name: str = ""
    id: str = ""
    index: int | None = None
    arguments: str = ""


@dataclass
class Turn:
    """What one choice said in one step: runs of content and calls, in order; and its finishes."""

    parts: "list[str | Call]" = field(default_factory=list)
    finishes: list[str] = field(default_factory=list)

    @property
    def calls(self) -> list[Call]:
        """The calls among the parts."""
        return [part for part in self.parts if isinstance(part, Call)]


# Framing


def _record(data: bytes) -> Rec:
    if data.strip() == b"[DONE]":
        return Rec(data, "done")
    try:
        return Rec(data, "value", json.loads(data))
    except ValueError:
        return Rec(data, "bad")


def _lines(data: bytes) -> list[bytes]:
    return data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")


def _event(data_lines: list[bytes]) -> Iterator[Rec]:
    """One event by the standard; where its lines are only valid one by one, the sender forgot the blank lines."""
    whole = _record(b"\n".join(data_lines))
    apart = [_record(line) for line in data_lines]
    if whole.kind == "bad" and any(record.kind != "bad" for record in apart):
        yield from apart
    else:
        yield whole


def frame_sse(data: bytes) -> list[Rec]:
    """The data of each event, comments and other fields left out."""
    records: list[Rec] = []
    held: list[bytes] = []
    for line in [*_lines(data), b""]:
        if line.startswith(b"data:"):
            held.append(line[5:].removeprefix(b" "))
        elif not line and held:
            records += [record for record in _event(held) if record.data]
            held = []
    return records


def frame(data: bytes, name: str) -> list[Rec]:
    """The records of a capture, framed as its file name says."""
    if name.endswith(".sse"):
        return frame_sse(data)
    return [_record(line) for line in data.split(b"\n") if line.strip()]


# What a choice said


def _fragment(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def content(delta: dict[str, Any]) -> str:
    content = delta.get("content")
    if isinstance(content, list):  # Q16
        return "".join(part.get("text", "") for part in content if part.get("type") == "text")
    return content or ""


def _entries(delta: dict[str, Any]) -> list[dict[str, Any]]:
    entries = delta.get("tool_calls") or []
    legacy = delta.get("function_call")
    if not entries and legacy:  # T20; beside tool_calls it is the same fragment again (T23)
        return [{"index": 0, "function": legacy}]
    return list(entries)


def _is_whole(arguments: str) -> bool:
    try:
        return isinstance(json.loads(arguments, strict=False), dict)
    except ValueError:
        return False


def _call_for(turn: Turn, entry: dict[str, Any], arguments: str) -> Call:
    """The call an entry belongs to (R8), made when it is new."""
    number, name = entry.get("id"), (entry.get("function") or {}).get("name")
    index = entry.get("index")
    known = [call for call in turn.calls if (call.index == index if index is not None else call.id == number)]
    call = known[-1] if known else None
    if call is None and index is None and number in BLANK and turn.calls:
        call = turn.calls[-1]
    fresh_id = call is not None and number not in BLANK and call.id and str(number) != call.id
    if call is None or (fresh_id and (_is_whole(call.arguments) or name not in BLANK)):
        call = Call(index=index)
        turn.parts.append(call)
    elif _is_whole(call.arguments) and arguments.lstrip().startswith("{") and call.arguments.strip() != "{}":
        call = Call(index=index, name=call.name)  # T5
        turn.parts.append(call)
    if number not in BLANK:
        call.id = str(number)
    if name not in BLANK and not call.name.startswith(name):  # T11, T12
        call.name += name
    return call


def _take(turn: Turn, choice: dict[str, Any]) -> None:
    delta = delta_of(choice)
    text = content(delta)
    if text and turn.parts and isinstance(turn.parts[-1], str):
        turn.parts[-1] += text
    elif text:
        turn.parts.append(text)
    for entry in _entries(delta):
        arguments = _fragment((entry.get("function") or {}).get("arguments"))
        _call_for(turn, entry, arguments).arguments += arguments
    if choice.get("finish_reason") not in BLANK:
        turn.finishes.append(choice["finish_reason"])


def delta_of(choice: dict[str, Any]) -> dict[str, Any]:
    """The delta, or what stands for it: a whole message, or the text of a legacy completion."""
    delta = choice.get("delta") if "delta" in choice else choice.get("message")
    return delta or {"content": choice.get("text")}


def speaks(choice: dict[str, Any]) -> bool:
    delta = delta_of(choice) if "message" not in choice else {}
    return bool(content(delta) or _entries(delta))


def turns(records: Iterable[Rec], index: int = 0) -> list[Turn]:
    """What choice ``index`` said, a turn for each step (R13): it is over when the choice speaks after its finish."""
    found: list[Turn] = []
    turn: Turn | None = None
    for record in records:
        if record.kind == "done":
            turn = None
            continue
        if record.kind == "bad" or not isinstance(record.value, dict):
            continue
        for choice in record.value.get("choices") or []:
            if (choice.get("index") or 0) != index:
                continue
            if turn is None or (turn.finishes and speaks(choice)):
                turn = Turn()
                found.append(turn)
            _take(turn, choice)
    return found


def choices(records: Iterable[Rec]) -> list[int]:
    """The indexes of all choices in a capture."""
    values = [record.value for record in records if isinstance(record.value, dict)]
    return sorted({choice.get("index") or 0 for value in values for choice in value.get("choices") or []})


# Arguments


_LONE = re.compile("[\ud800-\udfff]")  # json joins pairs; what is left is half of one (R3)
_HALF_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{0,3})?$")
_HALF_PAIR = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}$")
_ENDS = ('"', '":null', "", "null", ":null", '"":null', "ull", "ll", "l", "rue", "ue", "e", "alse", "lse", "se", "0")


def _closers(text: str) -> tuple[bool, str]:
    """Whether ``text`` ends inside a string, and the brackets that are still to come."""
    stack, inside, escaped = [], False, False
    for character in text:
        if inside:
            inside = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            inside = True
        elif character in "{[":
            stack.append("}" if character == "{" else "]")
        elif character in "}]" and stack:
            stack.pop()
    return inside, "".join(reversed(stack))


def _odd_backslashes(text: str, position: int) -> bool:
    run = 0
    while position - run >= 0 and text[position - run] == "\\":
        run += 1
    return run % 2 == 1


def _without_half_escape(text: str) -> str:
    """The text before an escape that was cut; the first half of a pair counts as U+FFFD (R3)."""
    for pattern, instead in ((_HALF_ESCAPE, ""), (_HALF_PAIR, "\ufffd")):
        cut = pattern.search(text)
        if cut and _odd_backslashes(text, cut.start()):
            return text[: cut.start()] + instead
    return text


def value_of(arguments: str) -> tuple[dict[str, Any], bool]:
    """The object that arguments hold, and whether they were whole. Raises Unreadable."""
    start = arguments.find("{")
    if start < 0:
        raise Unreadable(arguments)
    body = arguments[start:]
    if re.match(r"\{\}\s*\{", body):  # A4
        body = body[body.index("}") + 1 :].lstrip()
    try:
        value, _ = _DECODER.raw_decode(body)
    except ValueError:
        return _cut_value(body), False
    return value, True


def _cut_value(body: str) -> dict[str, Any]:
    inside, closers = _closers(body)
    head = _without_half_escape(body) if inside else body.rstrip()
    for end in _ENDS:
        try:
            value = json.loads(head + end + closers, strict=False)
        except ValueError:
            continue
        if isinstance(value, dict):
            return value
    raise Unreadable(body)


def at(value: Any, path: str) -> Any:
    """What stands at a dotted path; None where nothing does."""
    for key in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def string_paths(value: Any, prefix: str = "") -> list[str]:
    """The dotted paths of all strings in nested objects; keys with a dot in them cannot be named."""
    paths = []
    for key, member in value.items():
        if not key or "." in key or ":" in key:
            continue
        if isinstance(member, str):
            paths.append(prefix + key)
        elif isinstance(member, dict):
            paths += string_paths(member, f"{prefix}{key}.")
    return paths


# Texts


def said(found: Iterable[Turn], tool: str, argument: str) -> list[str]:
    """All messages of the turns in order, content and calls alike, without the empty ones. Raises Unreadable.

    The content of a turn is one message for as long as no call speaks in between.
    """
    texts: list[str] = []
    for turn in found:
        running = False
        for part in turn.parts:
            text = part if isinstance(part, str) else _spoken(part, argument) if part.name == tool else ""
            if text and running and isinstance(part, str):
                texts[-1] += text
            elif text:
                texts.append(text)
                running = isinstance(part, str)
    return texts


def _spoken(call: Call, argument: str) -> str:
    if call.arguments.strip() in ("", "null"):  # A1, A2
        return ""
    value = at(value_of(call.arguments)[0], argument)
    if isinstance(value, str):
        return _LONE.sub("\ufffd", value)
    return "" if value is None else _source(call, argument)


def _source(call: Call, argument: str) -> str:
    """The JSON text of a value that is no string (R3), found by its place in the arguments."""
    text, position = call.arguments, call.arguments.index("{")
    for key in argument.split("."):
        position = _member(text, position, key)
    return text[position : _DECODER.raw_decode(text, position)[1]]


def _member(text: str, position: int, key: str) -> int:
    """Where the value of ``key`` begins in the object that opens at ``position``."""
    space = re.compile(r"[\s,]*")
    position += 1
    while True:
        name, position = _DECODER.raw_decode(text, space.match(text, position).end())  # type: ignore[union-attr]
        position = re.compile(r"\s*:\s*").match(text, position).end()  # type: ignore[union-attr]
        if name == key:
            return position
        _, position = _DECODER.raw_decode(text, position)


def printed(texts: Iterable[str]) -> str:
    """The messages as ``text`` prints them: each ends with a newline."""
    return "".join(text if text.endswith("\n") else text + "\n" for text in texts)


def tool_cases(records: Iterable[Rec]) -> list[tuple[str, str]]:
    """Each tool with each argument that holds a string in some call of choice 0."""
    cases = set()
    for turn in turns(records):
        for call in turn.calls:
            try:
                value, _ = value_of(call.arguments)
            except Unreadable:
                continue
            cases |= {(call.name, path) for path in string_paths(value) if call.name}
    return sorted(cases)


def code_of(records: list[Rec]) -> int:
    """The exit code that a run with no message tool should end with (R9 to R13)."""
    values = [record.value for record in records if isinstance(record.value, dict)]
    if any(value.get("error") for value in values):
        return 5
    closed = bool(records) and records[-1].kind == "done"
    found = [turn for index in choices(records) for turn in turns(records, index)]
    if records and records[-1].kind == "bad" and _ends_inside(records[-1].data):
        return 4
    if records and all(record.kind == "bad" for record in records):
        return 3  # nothing says that this is a stream at all, so nothing says that it ended early
    if not found or any(_is_cut(turn, closed) for turn in found):
        return 4
    sound = all(record.kind != "bad" and "choices" in (record.value or {"choices": 0}) for record in records)
    return 0 if sound else 3


def _ends_inside(data: bytes) -> bool:
    """Whether a record is the beginning of [DONE] or of a JSON text, cut inside of a string or between two tokens."""
    if b"[DONE]".startswith(data):
        return True
    text = data.decode(errors="replace")
    try:
        json.loads(text, strict=False)
    except json.JSONDecodeError as error:
        rest = text[error.pos :].strip()
        return (
            error.msg.startswith(("Unterminated string", "Invalid \\"))
            or not rest
            or any(word.startswith(rest) for word in ("null", "true", "false", "-"))
        )
    return False


def _is_cut(turn: Turn, closed: bool) -> bool:
    """Whether a turn ended early: no finish and no [DONE] instead (F5), or open arguments at its finish (F8)."""
    return not (turn.finishes or closed) or any(_is_open(call.arguments) for call in turn.calls)


def _is_open(arguments: str) -> bool:
    try:
        return not value_of(arguments)[1]
    except Unreadable:
        return False
