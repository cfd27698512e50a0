"""Templates: the bytes that records share around the one string in which they differ.

Template          one string, at one place
RepeatedTemplate  the same string at two places: some servers write reasoning twice (Q17)
PaddedTemplate    another string behind it, of random characters that mean nothing (Q10)
"""

import re
import string
from collections.abc import Iterator
from typing import Any, Final

from unspool.core.errors import MalformedRecord
from unspool.core.rewriter.wire import ReceivedChoice
from unspool.formats.json_codec import decode, encode
from unspool.formats.record import Record
from unspool.variants.members import PADDING

PROBE: Final = "unspool"
PADDING_PROBE: Final = PROBE[::-1]
"""A text and a padding that JSON does not escape, neither a part of the other. Templates are tested with them."""
_MOST_PLACES: Final = 4
"""Places that are tried in a record that contains the same text more than once."""
_CHARACTERS: Final = string.ascii_letters.encode() + string.digits.encode() + b"_-"
"""The characters of padding."""
_PADDING: Final = re.compile(rb'"(' + "|".join(sorted(PADDING)).encode() + rb')"\s*+:\s*+"([\w-]*+)"')


class Template:
    """The bytes before and after the string, with its quotes."""

    __slots__ = ("prefix", "suffix")

    def __init__(self, prefix: bytes, suffix: bytes) -> None:
        self.prefix = prefix
        self.suffix = suffix

    def body(self, data: bytes) -> bytes | None:
        """Return the body of the string in a record, at least one byte; None where the record has other bytes around.

        A record in which that is the body of one JSON string equals the record from which the template was learnt
        except for the string.
        """
        start, end = len(self.prefix), len(data) - len(self.suffix)
        if end <= start or not data.startswith(self.prefix) or not data.endswith(self.suffix):
            return None
        return data[start:end]

    def filled(self, body: bytes, padding: bytes = b"") -> bytes:
        """Return a record with this body, and this padding if records have some."""
        return self.prefix + body + self.suffix


class RepeatedTemplate(Template):
    """``middle`` is what is between the two places, with the quotes there."""

    __slots__ = ("middle",)

    def __init__(self, prefix: bytes, middle: bytes, suffix: bytes) -> None:
        super().__init__(prefix, suffix)
        self.middle = middle

    def body(self, data: bytes) -> bytes | None:
        """Return the body, which has to be the same at both places."""
        both = super().body(data)
        if both is None:
            return None
        once = both[: (len(both) - len(self.middle)) // 2]
        return once if once and both == once + self.middle + once else None

    def filled(self, body: bytes, padding: bytes = b"") -> bytes:
        """Return a record with this body, twice."""
        return self.prefix + body + self.middle + body + self.suffix


class PaddedTemplate(Template):
    """``middle`` is what is between the string and the padding, with the quotes there; ``member`` has the padding."""

    __slots__ = ("member", "middle")

    def __init__(self, prefix: bytes, middle: bytes, suffix: bytes, member: str) -> None:
        super().__init__(prefix, suffix)
        self.middle = middle
        self.member = member

    def body(self, data: bytes) -> bytes | None:
        """Return the body, whatever the padding."""
        start, end = len(self.prefix), len(data) - len(self.suffix)
        # From behind: the string may hold the same bytes as the middle, but the padding has no quotes.
        quote = data.rfind(b'"', start, end) + 1
        if not data.startswith(self.prefix) or not data.endswith(self.suffix):
            return None
        if not data.endswith(self.middle, start, quote) or data[quote:end].translate(None, _CHARACTERS):
            return None
        return data[start : quote - len(self.middle)] or None

    def padding(self, data: bytes) -> bytes:
        """Return the padding of a record that has a body."""
        end = len(data) - len(self.suffix)
        return data[data.rfind(b'"', 0, end) + 1 : end]

    def filled(self, body: bytes, padding: bytes = b"") -> bytes:
        """Return a record with this body and this padding."""
        return self.prefix + body + self.middle + padding + self.suffix


def learn_template(record: Record, text: str, before: bytes) -> Template | None:
    """Return the template of a chunk whose only text is ``text``, which the record before it has, too.

    None if the places of the text are not certain, as those of a probe are not, which changes nothing in its place.
    """
    if text == PROBE or any(record.value.get(member) == PADDING_PROBE for member in PADDING):
        return None
    for template in _candidates(record, text):
        if template.body(before) is not None and _holds(template, record):
            return template
    return None


def _candidates(record: Record, text: str) -> Iterator[Template]:
    # As unspool encodes it: a server that escapes more than necessary gets no template, and loses only speed.
    data, body = record.data, encode(text)
    size, places = len(body) - 2, _places(data, body)
    padding = None if PADDING.isdisjoint(record.value) else _PADDING.search(data)
    for number, first in enumerate(places):
        prefix, behind = data[:first], first + size
        if padding is None:  # else a template without padding would fit no other record
            yield Template(prefix, data[behind:])
        elif behind < padding.start():
            middle, suffix = data[behind : padding.start(2)], data[padding.end(2) :]
            yield PaddedTemplate(prefix, middle, suffix, padding[1].decode())
        for second in places[number + 1 :]:
            if second > behind:
                yield RepeatedTemplate(prefix, data[behind:second], data[second + size :])


def _places(data: bytes, body: bytes) -> list[int]:
    """The first places of a string in a record, behind its opening quote."""
    places: list[int] = []
    found = data.find(body)
    while found >= 0 and len(places) < _MOST_PLACES:
        places.append(found + 1)
        found = data.find(body, found + 1)
    return places


def _holds(template: Template, record: Record) -> bool:
    """Return whether another string in a template changes nothing of a chunk but its only text, in one choice."""
    value = record.value
    if isinstance(template, PaddedTemplate):
        value = {**value, template.member: PADDING_PROBE}
    try:
        probe = decode(template.filled(PROBE.encode(), PADDING_PROBE.encode()))
        received = ReceivedChoice(probe["choices"][0])
        names = {received.role, *(name for one in received.fragments for name in (one.name, one.id))}
        return received.sole_text == PROBE and PROBE not in names and _around_delta(probe) == _around_delta(value)
    except (MalformedRecord, LookupError, TypeError):
        return False


def _around_delta(chunk: Any) -> Any:
    """A chunk without the delta of its first choice."""
    first, *others = chunk["choices"]
    return {**chunk, "choices": [{**first, "delta": None}, *others]}
