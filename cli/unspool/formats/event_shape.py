"""The shape of ordinary server-sent events: one data line with an object or an array, or a name and such a line.

Almost all events are of the shape of the one before them, so that their bytes alone show where the data end.
"""

from typing import Final

from unspool.formats.sse_events import ERRORS, TYPED, has_type, may_be_foreign

_OBJECT: Final = b"data: {"
_ARRAY: Final = b"data: [{"
_NO_LINE: Final = b"\n"
"""The beginning of no line."""
_MOST_NAMES: Final = 64
"""Names of events that are kept: more than any dialect has."""


class EventShape:
    """The shape of the last ordinary event, and the names that events have had.

    Attributes:
        closing: how its data end.
        optional: whether its name is unknown, so that its data need not belong to the stream.
        lone: its name, if that may not be in the data.
    """

    def __init__(self) -> None:
        self.closing = b"}"
        self.optional = False
        self.lone = b""
        self._name_line = b""
        self._opening = _OBJECT  # of its data line
        self._names: dict[bytes, _EventName] = {}  # by name line

    def fits(self, name_line: bytes, data_line: bytes) -> bool:
        """Return whether an event is an ordinary one, to whose data the name adds nothing; ``name_line`` may be empty.

        If so, the shape is that of this event.
        """
        if name_line == self._name_line and data_line.startswith(self._opening):
            return True
        if data_line.startswith(_OBJECT):
            opening, closing = _OBJECT, b"}"
        elif data_line.startswith(_ARRAY):
            opening, closing = _ARRAY, b"}]"
        else:
            return False
        optional, lone = False, b""
        if name_line:
            name = self._names.get(name_line) or self._new_name(name_line, data_line)
            if name is None or not name.adds_nothing(data_line):
                return False
            opening, optional, lone = name.opening or opening, name.optional, name.lone
        self._opening, self.closing, self.optional, self.lone = opening, closing, optional, lone
        self._name_line = name_line
        return True

    def _new_name(self, name_line: bytes, data_line: bytes) -> "_EventName | None":
        name = name_line[7:].strip() if name_line.startswith(b"event: ") else b""
        if not name or name in ERRORS or name.find(b"\r") >= 0:  # a CR alone ends a line, too
            return None
        known = _EventName(name, data_line)
        if len(self._names) < _MOST_NAMES:
            self._names[name_line] = known
        return known


class _EventName:
    """The name of an event, and how its data show that it adds nothing to them.

    ``opening`` is the beginning of such data lines; empty where it does not matter how an object begins.
    ``lone`` is the name where it may be no type, and need not be in the data.
    """

    def __init__(self, name: bytes, data_line: bytes) -> None:
        self.optional = may_be_foreign(name)
        self.lone = b"" if name.startswith(TYPED) else name
        self.opening = b""
        self._name = name
        self._type = b""  # the member that objects have where the name is their type
        if name.startswith(TYPED):
            spaced = data_line.find(b'"type": "%b"' % name) >= 0
            self._type = b'"type"%b"%b"' % (b": " if spaced else b":", name)
            opening = _OBJECT + self._type
            self.opening = opening if data_line.startswith(opening) else _NO_LINE  # the type is a later member

    def adds_nothing(self, data_line: bytes) -> bool:
        """Return whether the data have the type that the name would give them, or need none."""
        return not self._type or data_line.find(self._type) >= 0 or has_type(data_line, self._name)
