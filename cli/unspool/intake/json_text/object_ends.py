"""The ends of objects, by which others are known to be whole without being decoded."""

import re

from unspool.intake.json_text.literals import encoded, value_of

_MOST_ENDS = 64
_MOST_TAILS = 8
_BEGINNING = 12  # bytes by which an object is known, its first name and more
_SEAM = re.compile(rb"\} ?\{")
"""The bytes between two objects in one line (B30); text may have them, too."""


class ObjectEnds:
    """An object that ends in a new way is decoded once, so that nothing else of its line is taken for a part of it."""

    def __init__(self) -> None:
        self._ends: set[tuple[bytes, bytes]] = set()  # the last names in objects, and the brackets behind their values
        self._tails: tuple[bytes, ...] = ()  # the last members of the last of them, by which most others are known
        self._name = b'"":'  # of the last member that is known, with its colon
        self._brackets = b""

    def are_objects(self, records: list[bytes], lines: bytes) -> bool:
        """Return whether all records are objects for sure, by the ``lines`` that they are in."""
        beginnings = {record[:_BEGINNING] for record in records}
        if _SEAM.search(lines) or sum(map(lines.count, beginnings)) != len(records):
            return False
        return all(
            record.endswith(self._tails) or self._ends_as_last(record) or self._ends_well(record) for record in records
        )

    def is_object(self, record: bytes) -> bool:
        """Return whether a record is one object, and not two members of the line.

        A copy of the record may end as it does; it begins as it does, too.
        """
        if _SEAM.search(record) and not is_whole(record):
            return False
        return self._ends_well(record) and record.count(record[:_BEGINNING]) == 1

    def _ends_as_last(self, record: bytes) -> bool:
        """Return whether a record ends as the last one that was examined, with any value of its last member."""
        at = record.rfind(self._name)
        if at < 0 or not record.endswith(self._brackets):
            return False
        value = record[at + len(self._name) : len(record) - len(self._brackets)]
        return not value.endswith((b"}", b"]", b" ")) and value.find(b"{") < 0 and value.find(b'":') < 0

    def _ends_well(self, record: bytes) -> bool:
        name, brackets, tail = _end_of(record)
        if (name, brackets) not in self._ends:
            if not is_whole(record):
                return False
            if not name or len(self._ends) >= _MOST_ENDS:
                return True
            self._ends.add((name, brackets))
        self._name, self._brackets = name + b'":', brackets
        self._tails = (tail, *self._tails[: _MOST_TAILS - 1])
        return True


def _end_of(record: bytes) -> tuple[bytes, bytes, bytes]:
    """The last name in an object, the brackets behind its value, and all from the name on.

    The name is empty where another object may begin behind it.
    """
    at = record.rfind(b'":')
    value = record[at + 2 :]
    if at < 0 or b"{" in value:
        return b"", b"", b""
    start = record.rfind(b'"', 0, at)
    return record[start:at], value[len(value.rstrip(b"}] ")) :], record[start:]


def lines_in(texts: list[str], ends: bool) -> list[bytes] | None:
    """The bytes of texts, without the line end that each has if ``ends``; None unless each text is one line."""
    if ends and not all(text.endswith("\n") for text in texts):
        return None
    data = encoded("".join(texts)).removesuffix(b"\n") if ends else encoded("\n".join(texts))
    lines = data.split(b"\n")
    return lines if len(lines) == len(texts) else None


def begin_and_end_as_objects(lines: list[bytes]) -> bool:
    """Return whether each line may be an object by its first and last byte."""
    data = b"\n".join(lines)
    return data.startswith(b"{") and data.endswith(b"}") and data.count(b"}\n{") == len(lines) - 1


def is_whole(record: bytes) -> bool:
    """Return whether some bytes are one JSON object, and nothing else."""
    return isinstance(value_of(record), dict)
