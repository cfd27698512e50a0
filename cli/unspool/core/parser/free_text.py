"""Parser for the input of a custom tool: free text, all of which is the message (R3, T24)."""

from unspool.core.parser.argument_parser import ArgumentParser
from unspool.core.parser.string_decoder import SurrogateJoiner
from unspool.core.parser.targets import ValueKind, ValuePart, ValueTree


class FreeText(ArgumentParser):
    """An ArgumentParser for input that is not JSON.

    The input is never complete and never cut, since nothing in free text marks
    its end.
    """

    def __init__(self) -> None:
        super().__init__(ValueTree())
        self.wanted = ValueKind.MESSAGE
        self._halves = SurrogateJoiner()

    @property
    def complete(self) -> bool:
        """Always false: more text may follow."""
        return False

    @property
    def open(self) -> bool:
        """Always false: text that ends is not cut."""
        return False

    @property
    def inside_string(self) -> bool:
        """Always false: bulk appending decodes JSON strings, and free text is none."""
        return False

    def feed(self, fragment: str) -> list[ValuePart]:
        """Return the whole fragment as message text."""
        self.begun = self.begun or bool(fragment)
        # Leading white space does not count: providers trim the whole input that they send at the end (R15).
        self._count(fragment if self.size else fragment.lstrip())
        text = self._halves.feed(fragment)
        return [(ValueKind.MESSAGE, text)] if text else []

    def skip(self, text: str) -> None:
        """Do nothing: the parser has no state that text changes."""

    def close(self) -> None:
        """End the input."""
        self.settled = True

    def flush(self) -> list[ValuePart]:
        """Return the replacement for an unpaired surrogate at the end (R3)."""
        text = self._halves.close()
        return [(ValueKind.MESSAGE, text)] if text else []
