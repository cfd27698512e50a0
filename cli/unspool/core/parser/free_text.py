"""The input of a custom tool: free text, all of which is the message (R3, T24)."""

from unspool.core.parser.argument_parser import ArgumentParser
from unspool.core.parser.string_decoder import SurrogateJoiner
from unspool.core.parser.targets import ValueKind, ValuePart, ValueTree


class FreeText(ArgumentParser):
    """Takes the place of an ArgumentParser where a call's input is not JSON.

    It is never complete, since free text has no end of its own, and never cut:
    nothing shows where it was to end.
    """

    def __init__(self) -> None:
        super().__init__(ValueTree())
        self.wanted = ValueKind.MESSAGE
        self._halves = SurrogateJoiner()

    @property
    def complete(self) -> bool:
        """Never: more text may always follow."""
        return False

    @property
    def open(self) -> bool:
        """Never: text that ends is not cut."""
        return False

    @property
    def inside_string(self) -> bool:
        """Never: bulk feeding decodes JSON strings, and this is none."""
        return False

    def feed(self, fragment: str) -> list[ValuePart]:
        """All of the text, at once."""
        self.begun = self.begun or bool(fragment)
        self._count(fragment if self.size else fragment.lstrip())
        text = self._halves.feed(fragment)
        return [(ValueKind.MESSAGE, text)] if text else []

    def skip(self, text: str) -> None:
        """Do nothing: there is no state that text would change."""

    def close(self) -> None:
        """The call is over."""
        self.settled = True

    def flush(self) -> list[ValuePart]:
        """What half a surrogate pair at the end comes to (R3)."""
        text = self._halves.close()
        return [(ValueKind.MESSAGE, text)] if text else []
