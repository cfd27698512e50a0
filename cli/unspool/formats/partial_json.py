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
    r""""|[{}\[\]]|,(?=(?:\\[nrt]|\s)*[}\]])|\\(?:[nrt]|\Z)|(?:True|False|None|T(?:ru?)?\Z|F(?:als?|a)?\Z|No?n?\Z)"""
)
_EMPTY_PREFIX = re.compile(r"(?:\s*\{\s*\}\s*)+(?=\{)")
_WORDS = {"True": "true", "False": "false", "None": "null"}
_DEPTH = {"{": 1, "[": 1, "}": -1, "]": -1}


def parse_partial(text: str, *, strict: bool = False) -> Any:
    """The value of ``text``, JSON that may end anywhere; an unfinished string counts as far as it goes.

    Empty text is ``{}``. Tolerated are raw control characters and unknown
    escapes in strings, trailing commas, Python's words, text before the first
    ``{`` or ``[`` and after its end, and a ``{}`` in front of the object (R9).
    Raises PartialJSONError for what cannot be read; with ``strict`` also for
    what is unfinished or imperfect.
    """
    try:
        if strict:
            return decode_uncopied(text.encode())
        if not text.strip():
            return {}
        tidy, closed = _tidy(text)
        return decode_unfinished(tidy.encode(), finished=closed)
    except (ValueError, RecursionError) as error:
        raise PartialJSONError(f"no JSON: {error}") from None


def _tidy(text: str) -> tuple[str, bool]:
    """``text`` as strict JSON, and whether it is closed: strings written anew, liberties (R9) taken out."""
    parts: list[str] = []
    depth, position = 0, _begin(text)
    while token := _TOKEN.search(text, position):
        parts.append(text[position : token.start()])
        found, position = token.group(), token.end()
        if found == '"':
            decoded, position = StringDecoder().feed(text, position)
            parts.append(json.dumps(decoded))
        else:
            parts.append(found if found in _DEPTH else _WORDS.get(found, "n" if found.isalpha() else ""))
        depth += _DEPTH.get(found, 0)
        if depth == 0 and found in _DEPTH:
            return "".join(parts), True
    parts.append(text[position:])
    return "".join(parts), False


def _begin(text: str) -> int:
    """Where the value begins: after prose and an empty object in front of it (A4, A15)."""
    start = len(text) - len(text.lstrip())
    if text[start] not in '{["':
        found = text.find("{") if "{" in text else text.find("[")
        start = max(found, start)
    prefix = _EMPTY_PREFIX.match(text, start)
    return prefix.end() if prefix else start
