"""Calls in the markup of DeepSeek V3.2 and V4, as a server without a parser for it leaves them in content.

    <|DSML|function_calls>                     the block, tool_calls in V4; white space in it is no text
    <|DSML|invoke name="NAME">                 a call
    <|DSML|parameter name="KEY" string="true">the text itself</|DSML|parameter>
    <|DSML|parameter name="KEY" string="false">JSON</|DSML|parameter>
    </|DSML|invoke>
    </|DSML|function_calls>

The bars are U+FF5C on the wire; some servers make ASCII of them. Parameters become
the members of an arguments object, so that a message leaves as it arrives. A call that
was cut leaves its object open (R11).

Source: the encoding files of DeepSeek-V3.2 and their chat templates (T21).
"""

import json
import re
from enum import Enum

from unspool.dialects.channels import CALL, NAME, TEXT

_TAG = re.compile(r'<(/?)[\uff5c|]DSML[\uff5c|](\w+)((?:\s+\w+="[^"]*")*)\s*>')
_ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
_STARTS = ("<\uff5cDSML\uff5c", "</\uff5cDSML\uff5c")
_LONGEST = 300  # characters of a tag; what is longer is none
_BLOCKS = frozenset({"function_calls", "tool_calls"})


class _Place(Enum):
    TEXT = "outside"
    BLOCK = "between calls"
    CALL = "between parameters"
    STRING = "in a parameter that is text"
    JSON = "in a parameter that is JSON"


class DsmlSplitter:
    """The content of one choice of one response, in pieces of one kind each."""

    def __init__(self) -> None:
        self.pieces: list[tuple[str, str]] = []
        self.calls = 0
        self._place = _Place.TEXT
        self._members = 0  # of the call that is open
        self._held = ""

    def feed(self, text: str) -> None:
        """Process a piece of content; the start of a tag is held back until its end."""
        text, self._held = self._held + text, ""
        at = 0
        for tag in _TAG.finditer(text):
            self._append(text[at : tag.start()])
            self._enter(tag)
            at = tag.end()
        rest = text[at:]
        start = rest.rfind("<")
        if start >= 0 and _may_become_a_tag(rest[start:]):
            rest, self._held = rest[:start], rest[start:]
        self._append(rest)

    def close(self) -> None:
        """The choice has finished: what was held is no tag."""
        held, self._held = self._held, ""
        self._append(held)

    def _append(self, text: str) -> None:
        if text and self._place is _Place.TEXT:
            self.pieces.append((TEXT, text))
        elif text and self._place is _Place.STRING:
            self.pieces.append((CALL, json.dumps(text, ensure_ascii=False)[1:-1]))
        elif text and self._place is _Place.JSON:
            self.pieces.append((CALL, text))

    def _enter(self, tag: "re.Match[str]") -> None:
        closes, kind = bool(tag[1]), tag[2]
        attributes = dict(_ATTRIBUTE.findall(tag[3]))
        inside = self._place in (_Place.STRING, _Place.JSON)
        if kind == "parameter" and inside == closes and self._place not in (_Place.TEXT, _Place.BLOCK):
            self._parameter(closes, attributes)
        elif kind == "invoke" and not inside and closes == (self._place is _Place.CALL):
            self._invoke(closes, attributes)
        elif kind in _BLOCKS and not inside:
            self._place = _Place.TEXT if closes else _Place.BLOCK
        else:
            self._append(tag[0])  # the text of a parameter, or an answer about such markup

    def _invoke(self, closes: bool, attributes: dict[str, str]) -> None:
        if closes:
            self.pieces.append((CALL, "}"))
            self._place = _Place.BLOCK
        else:
            self.pieces += [(NAME, attributes.get("name", "")), (CALL, "{")]
            self._place, self._members = _Place.CALL, 0

    def _parameter(self, closes: bool, attributes: dict[str, str]) -> None:
        if closes:
            self.pieces.append((CALL, '"' if self._place is _Place.STRING else ""))
            self._place = _Place.CALL
            return
        is_text = attributes.get("string") != "false"
        start = (", " if self._members else "") + json.dumps(attributes.get("name", "")) + ": "
        self.pieces.append((CALL, start + ('"' if is_text else "")))
        self._place = _Place.STRING if is_text else _Place.JSON
        self._members += 1


def _may_become_a_tag(text: str) -> bool:
    known = text.replace("|", "\uff5c")
    return any(start.startswith(known) or (known.startswith(start) and len(text) < _LONGEST) for start in _STARTS)
