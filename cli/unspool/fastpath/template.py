"""Templates: the bytes that records share around one JSON string."""

from typing import Final, NamedTuple

from unspool.core.errors import MalformedRecord
from unspool.core.rewriter.wire import ReceivedChoice
from unspool.formats.json_codec import decode, encode

PROBE: Final = "unspool"
"""A text that JSON does not escape. A candidate template is tested by decoding it with this text."""
_MAX_TRIES: Final = 3
"""Positions that are tried in a record that contains the same text more than once."""


class Template(NamedTuple):
    """The bytes before and after the string, including its quotes.

    A record that has both, and between them the body of one JSON string, equals
    the record from which the template was learnt except for that string.
    """

    prefix: bytes
    suffix: bytes

    def matches(self, data: bytes) -> bool:
        """Return whether ``data`` has the prefix and the suffix, and at least one byte between them."""
        return (
            len(data) > len(self.prefix) + len(self.suffix)
            and data.startswith(self.prefix)
            and data.endswith(self.suffix)
        )


def learn_template(data: bytes, text: str) -> Template | None:
    """Return the template of a chunk whose only text is ``text``; None if its position is not certain."""
    # As unspool encodes it: a server that escapes more than necessary gets no template, and loses only speed.
    body = encode(text)
    start = data.find(body)
    for _ in range(_MAX_TRIES):
        if start < 0:
            return None
        template = Template(data[: start + 1], data[start + len(body) - 1 :])
        if _text_of(template.prefix + PROBE.encode() + template.suffix) == PROBE:
            return template
        start = data.find(body, start + 1)
    return None


def _text_of(data: bytes) -> str | None:
    """Return the only text of a chunk with one choice: a fragment of arguments, content or reasoning; else None."""
    try:
        return ReceivedChoice(decode(data)["choices"][0]).sole_text
    except (MalformedRecord, LookupError, TypeError):
        return None
