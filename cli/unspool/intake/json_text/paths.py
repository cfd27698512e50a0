"""Paths of member names: the place of the records inside JSON around them.

A list on the way is passed through element by element, and JSON in a string is
read where the path goes on inside it, so that a path needs names alone:
``chunk``, ``response.body``, ``steps.raw_chunks``.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from unspool.dialects.error_bodies import error_body
from unspool.dialects.registry import CHAT, dialect_of
from unspool.formats.json_codec import HUGE
from unspool.intake.json_text.literals import (
    encoded,
    find_literal,
    find_quoted,
    json_in,
    outline_of,
    uncoloured,
    value_at,
)

_DEEPEST = 7  # names in a path that is searched for
_DOCKER = frozenset({"log", "stream", "time", "attrs"})
_ELEMENTS = 16  # of a list that are inspected
_REQUESTS = frozenset(
    {
        "request",
        "req",
        "requestbody",
        "request_body",
        "raw_request",
        "request_head",
        "requestbodyjson",
        "input",
        "inputs",
    }
    | {"inputbodyjson", "messages", "prompt", "tools", "params", "headers", "request_headers", "kwargs", "match"}
)
"""Members that hold what was asked: a record inside them is an old answer, not a stream."""
_QUEUED = "Messages"
"""A member of what Amazon's queues give out: its elements have bodies."""
_ANSWER = frozenset({"request_id", "requestId", "success", "base_resp", "error_code"})
"""Members of a provider's record: without one of them a line with a status and a message may be one of a log."""
_ERROR = frozenset({"error", "type", "request_id"})
_OF_ERROR = frozenset({"message", "type", "param", "code", "status", "details", "metadata", "innererror"})
"""The members around and in an error as OpenAI, Anthropic, Google, Azure and OpenRouter send it."""
_REQUEST_ID = re.compile(r"(?:x[_-])?(?:request|req|call|correlation|invocation|span)[_-]?id", re.IGNORECASE)
"""Names of members with the id of the request that a record of a log belongs to."""
_LOG = frozenset({"level", "levelname", "severity", "time", "timestamp", "ts"})
_SSE = re.compile(
    r"\s*(?:event: ?[\w.\-]+\s*\n)?data: ?[{\[]|\s*event: ?[\w.\-]+\s*$"
    r"|(?:[0g]:\"|f:\{\"messageId\"|2:\[\{)"
)
"""Text of an event stream, or of a data stream of the AI SDK."""
_INNER_SSE = re.compile(r"(?:^|[\s|])data: ?\{\"")

Path = tuple[str, ...]


def parse_path(text: str) -> Path:
    """Parse a path; ``[]`` after a name means the same as the name of the list."""
    return tuple(name.removesuffix("[]").removesuffix("[*]") for name in text.removeprefix("$.").split(".") if name)


def is_known(value: Any) -> bool:
    """Return whether a value is a record of a known format."""
    return dialect_of(value) is not None


def values_at(value: Any, path: Path) -> Iterator[Any]:
    """Yield the values at ``path`` inside ``value``, through lists and JSON in strings."""
    # Messages of LangGraph, or one and its metadata, are one record.
    if isinstance(value, list) and (path or not is_known(value)):
        for element in value:
            yield from values_at(element, path)
    elif not path:
        if value is not None:
            yield value
    else:
        if isinstance(value, str):
            value = json_in(value)
            if isinstance(value, list):
                yield from values_at(value, path)
        if isinstance(value, dict):
            if path[0] in value:
                yield from values_at(value[path[0]], path[1:])
            elif ".".join(path) in value:  # a member whose own name has dots
                yield from values_at(value[".".join(path)], ())


def find_path(value: Any) -> Path | None:
    """The path to the records inside ``value``: the nearest, and objects rather than text that holds one.

    It is empty for the elements of a list. A value that is a record itself has no other inside.
    """
    try:
        if isinstance(value, list) and any(map(_is_element, islice(values_at(value, ()), _ELEMENTS))):
            return ()
        found = min(_candidates(value, ()), key=lambda one: one[0], default=None)
    except RecursionError:  # JSON in strings in JSON: each alone is within the limit of levels
        return None
    return None if found is None else found[1]


def _is_element(value: Any) -> bool:
    return holds_record(value) if isinstance(value, str) else is_known(value)


Rank = tuple[bool, int, int]  # text with something before the record; names in the path; the value there


def _candidates(value: Any, path: Path) -> Iterator[tuple[Rank, Path]]:
    if isinstance(value, list):
        if path and value and all(isinstance(one, int) and 0 <= one < 256 for one in value[:_ELEMENTS]):
            value = bytes_text(value)  # journald writes what is not plain text as byte values
        else:
            for element in value[:_ELEMENTS]:
                yield from _candidates(element, path)
            return
    if isinstance(value, str):
        yield from _in_text(value, path)
    elif isinstance(value, dict):
        # The id of a run alone is a record of LangGraph, but in the events of other programs, too.
        dialect = None if not path or value.keys() == {"run_id"} else dialect_of(value)
        if dialect == "cloudflare" and path[-1] == "attributes":  # of a span, whose response may be any text
            dialect = None
        if dialect is not None:
            yield (False, len(path), 0 if dialect == CHAT else 1), path
        elif len(path) < _DEEPEST:
            yield from _in_members(value, path)


def _in_members(value: dict[str, Any], path: Path) -> Iterator[tuple[Rank, Path]]:
    if _is_split(value):
        yield (True, _DEEPEST + 1, 0), (*path, "log")  # where nothing else is found
    request = "url" in value and "method" in value and "response" not in value
    for name, member in value.items():
        asked = name.lower().partition(".")[0] in _REQUESTS and name != _QUEUED  # input.value: of a span
        if not asked and not (request and name == "body") and member:
            yield from _candidates(member, (*path, name))


def _is_split(value: dict[str, Any]) -> bool:
    """Return whether a record of Docker's file holds the beginning of a line, which goes on in the next record."""
    text = value.get("log")
    return value.keys() <= _DOCKER and isinstance(text, str) and '{"' in text and not text.endswith("\n")


def bytes_text(values: list[Any]) -> str:
    """A list of byte values as text."""
    try:
        return bytes(values).decode("utf-8", "replace")
    except (TypeError, ValueError):
        return ""


def _in_text(text: str, path: Path) -> Iterator[tuple[Rank, Path]]:
    if not path:
        return
    text = uncoloured(text)
    if _SSE.match(text):
        yield (False, len(path), 3), path
        return
    inner = outline_of(text)
    if inner is not None:
        found = list(_candidates(inner, path))
        if not found and len(text) > HUGE:  # it may be in one of the long strings
            found = list(_candidates(json_in(text), path))
        for rank, longer in found:
            yield (rank[0], rank[1], rank[2] + 2 if longer == path else rank[2]), longer
    elif is_known(json_in(text.partition("\n")[0])) or is_known(_leading(text)):  # lines of records, or B30
        yield (False, len(path), 3), path
    elif _INNER_SSE.search(text) or _known_inside(text) or _in_string(text):
        yield (True, len(path), 4), path


def _leading(text: str) -> Any:
    """The object at the beginning of a text, also as the first of a list, with something behind it; None for none."""
    start = 1 if text.startswith("[{") else 0
    found = value_at(text, start) if text.startswith("{", start) else None
    return None if found is None else found[0]


def are_records(values: list[Any], path: Path) -> list[bool]:
    """Return for each of the values at one path whether it may be a record of the stream.

    A number is none. Next to records, neither is text without an object, a time say, nor other JSON in a string:
    attributes of a span. The strings of a list are of one stream, whose records need not all show their format.
    """
    kinds = [_kind(value, path) for value in values]
    some = True in kinds
    return [
        kind is not False or (isinstance(value, str) and not some) for value, kind in zip(values, kinds, strict=True)
    ]


def _kind(value: Any, path: Path) -> bool | None:
    """Return whether a value is taken for a record; None for text that may be one, and for errors."""
    if not isinstance(value, str):
        return isinstance(value, (dict, list))
    if "{" not in value:
        return None if "[DONE]" in value else False
    if not path:
        return value.lstrip().startswith("{") or None
    inner = outline_of(value)
    return None if not isinstance(inner, dict) or "error" in inner else is_known(inner)


def request_member(value: Any) -> str:
    """The path to the id of a request in a record of a log, or in an object in it; "" for none."""
    members = value if isinstance(value, dict) else {}
    inner = [(f"{name}.{one}", one) for name, member in members.items() if isinstance(member, dict) for one in member]
    named = [(name, name) for name, member in members.items() if isinstance(member, (str, int))]
    return next((path for path, name in named + inner if _REQUEST_ID.fullmatch(name)), "")


def holds_strings(value: Any) -> bool:
    """Return whether a value is a string with a record in it, or a list of such strings."""
    first = value[0] if isinstance(value, list) and value else value
    return isinstance(first, str) and holds_record(first)


def holds_record(text: str) -> bool:
    """Return whether a text is a record, one of an event stream, or has one behind something else."""
    return next(_in_text(text, ("",)), None) is not None or is_known(json_in(text))


def _known_inside(text: str) -> bool:
    """Return whether a record, or an object that holds one, begins inside of a text and ends with it."""
    start = text.find('{"')
    value = json_in(text[start:]) if start > 0 else None
    return is_known(value) or (value is not None and find_path(value) is not None)


def _in_string(text: str) -> bool:
    """Return whether a line of text holds a record in a quoted string, as logfmt has it, or in a literal of Python."""
    line = encoded(text)
    return find_quoted(line, holds_record) is not None or find_literal(line, holds_record) is not None


def is_only_error(value: Any) -> bool:
    """Return whether a value is the error of a provider in place of an answer, and no object of a program's own.

    It has a message and a type, a code or a status, and no member that providers do not send.
    """
    error = value.get("error") if isinstance(value, dict) else None
    if not isinstance(error, dict) or not (value.keys() <= _ERROR and error.keys() <= _OF_ERROR):
        return False
    return isinstance(error.get("message"), str) and any(error.get(name) for name in ("type", "code", "status"))


def find_error(value: Any, depth: int = _DEEPEST) -> Path | None:
    """The path to the error of a provider in the members of a value, also as JSON in a string; None for none.

    The elements of a list have no names in a path.
    """
    if isinstance(value, list) and depth:
        places = (() if is_only_error(one) else find_error(one, depth - 1) for one in value[:_ELEMENTS])
        return next((one for one in places if one is not None), None)
    for name, member in value.items() if isinstance(value, dict) and depth else ():
        inner = outline_of(member) if isinstance(member, str) else member
        found = () if is_only_error(inner) else find_error(inner, depth - 1)
        if found is not None:
            return (name, *found)
    return None


def error_in(value: Any, path: Path) -> dict[str, Any] | None:
    """Return the error next to a ``path`` that leads nowhere, as records of batches have it; None for none.

    An error may have the place of the whole record, as DashScope's have a code and a message in place of the output.
    """
    whole = holder = value if isinstance(value, dict) else {}
    answer = bool(_ANSWER & whole.keys()) or (bool(path) and path[0] in whole)
    while isinstance(value, dict):
        error = value.get("error")
        if isinstance(error, dict) and error:
            return error["error"] if isinstance(error.get("error"), dict) else error
        error = error or value.get("errorCode")  # of a call that Bedrock logged
        if isinstance(error, str) and error:
            return {"message": error}
        if value.get("type") in ("expired", "canceled") and "message" not in value:
            return {
                "message": f"the request was {value['type']}" if value["type"] == "canceled" else "the request expired"
            }
        if not path:
            return None
        holder, value, path = value, value.get(path[0]), path[1:]
    if value is None and holder is not whole and (found := find_error(holder)):  # in events next to the body
        return next((error for one in values_at(holder, found) if (error := error_body(one)) is not None), None)
    return error_body(whole) if answer and not _LOG & whole.keys() else None
