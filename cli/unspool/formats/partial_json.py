"""The value of unfinished JSON, for a look at a snapshot.

The transformer never re-parses; this is for other tools' arguments in a view
and for a user's own code. What strict JSON refuses and R9 tolerates is tidied
up first, in one pass over the tokens.
"""

import json
import re
from typing import Any

from unspool.core.errors import PartialJSONError
from unspool.core.parser.string_decoder import StringDecoder
from unspool.formats.json_codec import decode_uncopied, decode_unfinished

_TOKEN = re.compile(
    r""""|[{}\[\]]|,(?=(?:\\[nrt]|\s)*[}\]])|:(?:\\[nrt]|\s)*(?:,(?:\\[nrt]|\s)*(?=\})|,|(?=\}))|\\(?:[nrt]|\Z)"""
    r"""|(?:True|False|None|T(?:ru?)?\Z|F(?:als?|a)?\Z|No?n?\Z)"""
)
_UNFINISHED_SCALAR = re.compile(
    r"-|-?\d+(?:\.|(?:\.\d+)?[eE][+-]?)|-?\.\d*"
    r"|t(?:ru?)?|f(?:als?|a)?|n(?:ul?)?|T(?:ru?)?|F(?:als?|a)?|No?n?"
)
_EMPTY_PREFIX = re.compile(r"(?:\s*\{\s*\}\s*)+(?=\{)")
_WORDS = {"True": "true", "False": "false", "None": "null"}
_BRACKETS = frozenset("{}[]")


def parse_partial(text: str, *, strict: bool = False) -> Any:
    """The value of ``text``, JSON that may end anywhere; an unfinished string counts as far as it goes.

    Any other unfinished value is left out, and so is a member without a value;
    what follows it counts. Empty text, and an unfinished number or word alone,
    is ``{}``. Tolerated are raw control characters and unknown
    escapes in strings, trailing commas, Python's words, text before the first
    ``{`` or ``[`` and after its end, and a ``{}`` in front of the object (R9).
    Raises PartialJSONError for what cannot be read; with ``strict`` also for
    what is unfinished or imperfect.
    """
    try:
        if strict:
            return decode_uncopied(text.encode())
        alone = text.strip()
        if not alone or _UNFINISHED_SCALAR.fullmatch(alone):
            return {}
        tidy, closed = _tidy(text)
        return decode_unfinished(tidy.encode(), finished=closed)
    except (ValueError, RecursionError) as error:
        raise PartialJSONError(f"no JSON: {error}") from None


def _tidy(text: str) -> tuple[str, bool]:
    """``text`` as strict JSON, and whether it is closed: strings written anew, liberties (R9) taken out."""
    parts: list[str] = []
    opened: list[str] = []  # the brackets that are open
    position = _begin(text)
    while token := _TOKEN.search(text, position):
        parts.append(text[position : token.start()])
        found, position = token.group(), token.end()
        if found == '"':
            decoded, position = StringDecoder().feed(text, position)
            parts.append(json.dumps(decoded))
        elif found[0] != ":":
            parts.append(found if found in _BRACKETS else _WORDS.get(found, "n" if found.isalpha() else ""))
        elif opened[-1:] != ["{"] or not _drop_key(parts, last=text.startswith("}", position)):
            parts.append(found)
        if found in _BRACKETS:
            _track(opened, found)
            if not opened:
                return "".join(parts), True
    parts.append(text[position:])
    return "".join(parts), False


def _track(opened: list[str], bracket: str) -> None:
    if bracket in "{[":
        opened.append(bracket)
    elif opened:
        opened.pop()


def _drop_key(parts: list[str], last: bool) -> bool:
    """Remove the key that ``parts`` end with, whose value is missing; of the ``last`` member also the comma before it.

    Returns False, and removes nothing, where they do not end with a key.
    """
    key = _last_written(parts, len(parts))
    if not parts[key].startswith('"'):
        return False
    del parts[key:]
    if last and parts:
        before = _last_written(parts, key)
        parts[before] = parts[before].rstrip().removesuffix(",")
    return True


def _last_written(parts: list[str], end: int) -> int:
    """The index of the last of ``parts[:end]`` that is not blank; 0 where all are."""
    return next((index for index in range(end - 1, 0, -1) if parts[index].strip()), 0)


def _begin(text: str) -> int:
    """Where the value begins: after prose and an empty object in front of it (A4, A15)."""
    start = len(text) - len(text.lstrip())
    if text[start] not in '{["':
        found = text.find("{") if "{" in text else text.find("[")
        start = max(found, start)
    prefix = _EMPTY_PREFIX.match(text, start)
    return prefix.end() if prefix else start
