"""Parser for the input of a custom tool: free text, all of which is the message (R3, T24)."""

from unspool.core.parser.argument_parser import ArgumentParser
from unspool.core.parser.mark import EMPTY, extended
from unspool.core.parser.string_decoder import SurrogateJoiner
from unspool.core.parser.targets import ValueKind, ValuePart


class FreeText(ArgumentParser):
    """An ArgumentParser for input that is not JSON.

    It stays in its first state: the input is never complete and never cut, since nothing in free text marks its end.
    """

    def __init__(self) -> None:
        super().__init__()
        self.has_message = True  # all of the input is the message, also none
        self._halves = SurrogateJoiner()

    def another(self) -> ArgumentParser:
        """Return another parser of the same kind."""
        return FreeText()

    def feed(self, fragment: str) -> list[ValuePart]:
        """Return the whole fragment as message text."""
        self.begun = self.begun or bool(fragment)
        # Leading white space does not count: providers trim the whole input that they send at the end (R15).
        self.mark = extended(self.mark, fragment if self.mark != EMPTY else fragment.lstrip())
        return self._part(self._halves.feed(fragment))

    def close(self) -> list[ValuePart]:
        """End the input; returns the replacement for an unpaired surrogate at the end (R3)."""
        return self._part(self._halves.close())

    def _part(self, text: str) -> list[ValuePart]:
        return [(ValueKind.MESSAGE, text)] if text else []
