"""A format that unspool does not read: how it begins, what it is, and what to do.

Most names of members are those of other programs' data, too: a pattern asks for what those do not have as well.
"""

import re
from functools import cache
from typing import Final, NamedTuple

STRING: Final = rb'"(?:[^"\\\n]|\\.)*+"'
"""A string of JSON."""
MEMBER: Final = "MEMBER"
"""In an advice: what the group of this name, in lower case, has matched."""


class ForeignFormat(NamedTuple):
    """A format by its first bytes: what it is, what to do; ``at_once`` if nothing else begins like it."""

    pattern: bytes
    what: str
    advice: str
    at_once: bool = True

    def match(self, head: bytes) -> re.Match[bytes] | None:
        """Match the beginning of a source; the pattern is compiled on first use, for all take 10 ms."""
        return _compiled(self.pattern).match(head)


@cache  # that of re takes longer to search than most beginnings take to match
def _compiled(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern, re.DOTALL)
