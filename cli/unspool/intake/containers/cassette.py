"""Cassettes and recorders: VCR in its languages, betamax, nock, WireMock, httpmock, as YAML or JSON.

All hold a list of interactions with a request and a response. YAML is loaded
with safe types alone; a tag that would make an object is refused. Python's
names for text and tuples become plain values, nothing of theirs is imported.
"""

import base64
import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any
from urllib.parse import SplitResult, urlunsplit

from unspool.dialects.members import dict_of, dicts_of
from unspool.errors import SourceFailed
from unspool.intake.containers.exchange import Exchange, body_of, payload, pieces_of
from unspool.intake.json_text.paths import is_known

YAML_MISSING = ("this is a YAML cassette, which needs a package that is not installed", "pip install 'unspool[yaml]'")


_NAMES = frozenset({"url", "uri", "method", "path", "urlPath"})
"""Members that a recorded request has."""
_ANSWER = frozenset({"body", "headers", "status"})
"""Members that a recorded response has."""


_PYTHON = "tag:yaml.org,2002:python/"
_HEADER_NAME = re.compile(r"object/(?:new|apply):multidict\.[\w.]*istr\Z")
"""The tag of a header's name in cassettes that vcrpy recorded from aiohttp (vcrpy#454)."""

_LISTS = ("interactions", "http_interactions", "requests", "responses")
"""Members with the list of a cassette in YAML."""
_ANOTHER = re.compile(rb"^(?:(?:http_)?interactions|requests|when):", re.MULTILINE)
"""The list of a cassette, or the request of httpmock, which it has once; a line of a string in it is indented."""
_OTHER = re.compile(
    rb"^(?:\xef\xbb\xbf)?(?:(?:data|event|id):|:[ \r\n]|[{\[]|HTTP/\d|(?=\w)(?![a-z_]+(?::\s|:?\Z)))", re.MULTILINE
)
"""The first line that is no member of a cassette: of a stream, JSON, HTTP, a log, words. It may be in a string."""
_SEPARATORS = (b"---", b"...", b"\xef\xbb\xbf")
"""The lines between two documents."""
_CUT_KEY = re.compile(rb"\n[ -]*[A-Za-z_]{1,40}(?:: ?)?\Z")
"""The beginning of a member without its value, at the end of what is there."""
_LONGEST_NUMBER = 40  # characters
_CUT_ESCAPE = re.compile(rb"\\(?:x[0-9a-fA-F]?|u[0-9a-fA-F]{0,3}|U[0-9a-fA-F]{0,7})?\Z")


class BadYaml(Exception):
    """A cassette that cannot be read: the reason in a few words."""


def interactions_of(value: Any) -> list[Any] | None:
    """The interactions in a document, None where it is no cassette."""
    if isinstance(value, dict):
        stubs = _stubs(value)
        if stubs is not None:
            return stubs
        for name in ("interactions", "http_interactions", "httpInteractions", "mappings", "recordings"):
            if value.get(name) == {} or _are_interactions(value.get(name)):
                return list(value[name])
        lists = [one for one in value.values() if isinstance(one, list) and one and all(map(_is_exchange, one))]
        if lists:
            return [interaction for one in lists for interaction in one]
        requests, responses = dicts_of(value, "requests"), dicts_of(value, "responses")  # LangChain; may be cut
        asked = any(not _NAMES.isdisjoint(one) for one in requests)
        if asked and any(not _ANSWER.isdisjoint(one) for one in responses):
            none: dict[str, Any] = {}
            pairs = zip_longest(requests, responses, fillvalue=none)
            return [{"request": asked, "response": answer} for asked, answer in pairs if answer]
        if _is_exchange(value):
            return [value]
    return _in_list(value) if isinstance(value, list) else None


def _are_interactions(values: Any) -> bool:
    """Return whether a list is empty or has an exchange: no list of another program's, with records as its members."""
    if not isinstance(values, list):
        return False
    both = [one.get(name) for one in values if isinstance(one, dict) for name in ("request", "response")]
    return not values or any(isinstance(one, dict) and not is_known(one) for one in both)


def _is_exchange(value: Any) -> bool:
    """Return whether a value has a request of HTTP and a response."""
    request = dict_of(value, "request") if isinstance(value, dict) else {}
    return isinstance(value, dict) and not _NAMES.isdisjoint(request) and isinstance(value.get("response"), dict)


def _in_list(values: list[Any]) -> list[Any] | None:
    """The interactions that are the elements of a list."""
    if not values or not all(isinstance(one, dict) for one in values):
        return None
    if all(isinstance(one.get("snapshot"), dict) for one in values):  # undici
        snapshots = [one["snapshot"] for one in values]
        return [{**one, "response": answer} for one in snapshots for answer in dicts_of(one, "responses")]
    joined = [interactions_of(one) for one in values]  # cassettes one behind the other
    if all(one is not None for one in joined):
        return [interaction for one in joined for interaction in one or ()]
    nock = all("scope" in one and "response" in one for one in values)
    both = all(isinstance(one.get("request"), dict) and isinstance(one.get("response"), dict) for one in values)
    return list(values) if nock or both else None


def _stubs(value: dict[str, Any]) -> list[Any] | None:
    """The answers that simulate a server, as interactions; None where there are none."""
    data, imposters, responses = value.get("data"), value.get("imposters"), value.get("responses")
    if isinstance(data, dict) and isinstance(data.get("pairs"), list):  # Hoverfly
        return list(data["pairs"])
    entries = dicts_of(value, "Entries")
    if entries and all("RequestUri" in one for one in entries):  # the test proxy of Azure
        return [_of_azure(one) for one in entries]
    if isinstance(value.get("when"), dict) and not _NAMES.isdisjoint(value["when"]):  # httpmock
        return [{"request": value["when"], "response": value.get("then")}]
    if isinstance(imposters, list):  # mountebank
        stubs = [stub for imposter in imposters for stub in dicts_of(imposter, "stubs")]
        answers = [answer for stub in stubs for answer in dicts_of(stub, "responses")]
        return [{"request": {}, "response": one["is"]} for one in answers if isinstance(one.get("is"), dict)]
    if isinstance(responses, list) and all(isinstance(one, dict) and "response" in one for one in responses):
        return [{"request": one["response"], **one} for one in responses]  # the recorder of responses
    return None


def _of_azure(entry: dict[str, Any]) -> dict[str, Any]:
    request = {name: entry.get("Request" + name.title()) for name in ("method", "uri", "body")}
    return {"request": request, "response": {"status": entry.get("StatusCode"), "body": entry.get("ResponseBody")}}


def fixtures_of(value: Any) -> list[dict[str, Any]] | None:
    """The answers of aimock's fixtures as completions, None where there are none."""
    documents = value if isinstance(value, list) else [value]
    lists = [dicts_of(document, "fixtures") for document in documents]
    fixtures = [one for fixtures in lists for one in fixtures] if all(lists) else []  # else others follow them
    answers = [one["response"] for one in fixtures if isinstance(one.get("response"), dict)]
    return [_completion(one) for one in answers] or None


def _completion(answer: dict[str, Any]) -> dict[str, Any]:
    calls = dicts_of(answer, "toolCalls")
    functions = [{"name": one.get("name"), "arguments": one.get("arguments")} for one in calls]
    message = {
        "role": "assistant",
        "content": answer.get("content"),
        "tool_calls": [
            {"index": at, "id": calls[at].get("id") or f"call_{at}", "type": "function", "function": function}
            for at, function in enumerate(functions)
        ],
    }
    finish = "tool_calls" if calls else "stop"
    choices = [{"index": 0, "message": message, "finish_reason": finish}]
    return {"id": "fixture", "object": "chat.completion", "created": 0, "model": "", "choices": choices}


def exchanges(interactions: list[Any]) -> Iterator[Exchange]:
    """The interactions as exchanges."""
    for one in interactions:
        if not isinstance(one, dict) or "response" not in one:
            continue
        response = one["response"]
        request = one["request"] if isinstance(one.get("request"), dict) else one
        places = {**one, **request}  # Charles has them outside of the request
        url = next((str(places[name]) for name in ("uri", "url", "path", "urlPath") if places.get(name)), "")
        method, asked = str(places.get("method") or "").upper(), body_of(request) or b""
        if isinstance(response, dict) and not isinstance(one.get("status"), int):
            body = payload(response) if is_known(response) else body_of(response)
            body = pieces_of(one.get("chunks")) if body is None else body
            yield Exchange(method, url, _status(response), body, asked=asked)
        else:  # nock
            yield Exchange(method, url, _status(one), payload(response), asked=asked)


def _status(response: dict[str, Any]) -> int:
    for name in ("status", "status_code", "statusCode", "code"):
        status = response.get(name)
        if isinstance(status, dict):
            status = status.get("code")
        if isinstance(status, str) and status[:3].isdecimal():
            status = int(status[:3])
        if isinstance(status, int):
            return status
    return 200


def load_yaml(data: bytes) -> tuple[Any, bool]:
    """The value of a YAML document, and whether the document is cut: then the value is that of what is there.

    The value of several cassettes one behind the other is a list. Raises SourceFailed where PyYAML is missing, and
    BadYaml for what it cannot or must not load.
    """
    starts = [found.start() for found in _ANOTHER.finditer(data)]
    if len(starts) < 2:
        return _load_document(data)
    *others, last = [data[start:end] for start, end in zip([0, *starts[1:]], [*starts[1:], len(data)], strict=True)]
    loaded = [_load_document(_without_separators(one) + b"\n") for one in others]
    values = [one for one, _ in loaded]
    value, cut = _load_document(last, next(iter(interactions_of(values[0]) or []), None))
    return [*values, value] if interactions_of(value) is not None or not cut else values, cut


def _without_separators(document: bytes) -> bytes:
    """A document without the lines between it and the next one."""
    end = len(document.rstrip())
    while (start := document.rfind(b"\n", 0, end) + 1) and document.startswith(_SEPARATORS, start):
        end = start - 1
    return document[:end].rstrip()


def split_yaml(data: bytes) -> tuple[bytes, bytes]:
    """What is before and from the first line that is no part of a cassette; all and b"" where there is none.

    Raises as ``load_yaml``.
    """
    begins = _ANOTHER.search(data)
    other = _OTHER.search(data, begins.end()) if begins else None
    if other is None:
        return data, b""
    before = data[: other.start()]
    try:
        _, cut = _load_whole(before)
    except BadYaml:
        cut = True
    return (data, b"") if cut else (before, data[other.start() :])


def _load_document(data: bytes, first: Any = None) -> tuple[Any, bool]:
    """The value of one document; see ``load_yaml``. ``first`` is an interaction of a document before it.

    YAML that is cut between two lines is YAML, too: then the last response is missing, or its body.
    """
    key = _CUT_KEY.search(data)
    value, cut = _load_whole(data[: key.start() + 1] if key else data)
    interactions = interactions_of(value)
    if interactions is None:
        return value, cut or key is not None or _only_begins(value)
    return value, cut or key is not None or (bool(interactions) and _is_cut(first or interactions[0], interactions[-1]))


def _only_begins(value: Any) -> bool:
    """Return whether the list of a cassette has begun, and no member of its first interaction has a value."""
    lists = [value[name] for name in _LISTS if value.get(name, []) != []] if isinstance(value, dict) else []
    elements = [one for values in lists if isinstance(values, list) for one in values]
    members = [member for one in elements for member in (one.values() if isinstance(one, dict) else [one])]
    return all(one is None or isinstance(one, list) for one in lists) and lists != [] and not any(members)


def _is_cut(first: Any, last: Any) -> bool:
    """Return whether an interaction lacks a response, or the body that the response of the first has."""
    if not isinstance(last, dict) or "request" not in last:
        return False
    response, other = last.get("response"), dict_of(first, "response")
    if response is None or not isinstance(response, dict) or body_of(other) is None:
        return response is None
    return body_of(response) is None


def _load_whole(data: bytes) -> tuple[Any, bool]:
    """The value of one document, and whether that shows by itself that it is cut."""
    try:
        import yaml  # noqa: PLC0415 - an extra
    except ImportError:
        raise SourceFailed("", *YAML_MISSING) from None

    loader = _safe_loader(yaml)
    try:
        value, cut = yaml.load(data, loader), False  # noqa: S506 - a safe loader
    except yaml.constructor.ConstructorError as error:
        raise _makes_object(error.problem_mark, error.problem) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        value, cut = _load_cut(yaml, loader, data, error), True
    if _expands(value, len(data) + 1):  # the value of the last member may be missing
        raise BadYaml("its aliases expand to more than the file holds, which is refused")
    return value, cut


def _plain_value(loader: Any, kind: str, node: Any) -> Any:
    """The text in a value of Python's that is no more than a text, or a tuple; raises BadYaml for any other."""
    if kind == "tuple":
        return tuple(loader.construct_sequence(node, deep=True))
    if kind in ("unicode", "str"):
        return loader.construct_yaml_str(node)
    if kind == "object/new:yarl.URL" and node.id == "mapping":
        state = loader.construct_mapping(node, deep=True).get("state")
        return str(state[0]) if isinstance(state, tuple) and state else ""
    if kind == "object/new:urllib.parse.SplitResult" and node.id == "sequence":
        return _url_of([str(one) for one in loader.construct_sequence(node)])
    if _HEADER_NAME.match(kind) and node.id == "sequence":
        return "".join(str(one) for one in loader.construct_sequence(node))
    raise _makes_object(node.start_mark, f"could not determine a constructor for the tag {node.tag!r}")


def _url_of(parts: list[str]) -> str:
    return urlunsplit(parts) if len(parts) == len(SplitResult._fields) else "".join(parts)


def _makes_object(mark: Any, problem: str | None) -> BadYaml:
    line = mark.line + 1 if mark else 0
    return BadYaml(f"line {line} would make an object ({problem}), which is refused")


def _safe_loader(yaml: Any) -> Any:
    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        """Safe types, and Ruby's name for binary data; no merge keys, which multiply while they are loaded."""

        def flatten_mapping(self, node: Any) -> None:
            """Leave a merge key in its place, where it is refused as no safe type."""

        def short_number(self, node: Any) -> Any:
            """A number; a long one stays text, since its parts to the base of 60 take the square of its length."""
            make = self.construct_yaml_float if node.tag.endswith("float") else self.construct_yaml_int
            return make(node) if len(node.value) <= _LONGEST_NUMBER else node.value

        def binary(self, node: Any) -> bytes:
            """Bytes in Base64; of a document that is cut all whole groups."""
            text = "".join(node.value.split())
            return base64.b64decode(text[: len(text) // 4 * 4])

    for kind in ("int", "float"):
        Loader.add_constructor(f"tag:yaml.org,2002:{kind}", Loader.short_number)
    for tag in ("tag:yaml.org,2002:binary", "!binary"):
        Loader.add_constructor(tag, Loader.binary)
    Loader.add_constructor("!tape", Loader.construct_yaml_map)
    Loader.add_multi_constructor(_PYTHON, _plain_value)
    return Loader


def _load_cut(yaml: Any, loader: Any, data: bytes, error: Exception) -> Any:
    """The value of a document that ends inside of a string or a key, if ``error`` says that it does.

    Raises BadYaml.
    """
    mark = getattr(error, "problem_mark", None)
    if mark is not None and mark.line >= data.count(b"\n") - 1:
        data = data.decode("utf-8", "ignore").encode()
        for end in (data.rstrip(b"'") + b"'", _CUT_ESCAPE.sub(b"", data) + b'"', data[: data.rfind(b"\n") + 1]):
            try:
                return yaml.load(end + b"\n", loader)
            except (yaml.YAMLError, ValueError, RecursionError):
                continue
    raise BadYaml("the YAML cannot be read" + ("" if mark is None else f" at line {mark.line + 1}")) from None


def _expands(value: Any, most: int) -> bool:
    """Return whether a value is larger than ``most`` bytes, aliases written out: those inside each other multiply."""
    waiting = [value]
    while waiting and most >= 0:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += [*one, *one.values()]
        elif isinstance(one, list):
            waiting += one
        most -= len(one) if isinstance(one, (str, bytes)) else 1
    return most < 0
