"""Parser for arguments that may be encoded twice: a JSON string around the object (A11), read on request."""

from unspool.core.parser.argument_parser import ArgumentParser
from unspool.core.parser.string_decoder import StringDecoder
from unspool.core.parser.targets import ValuePart, ValueTree
from unspool.core.repairs import Repair


class DoubleEncoded(ArgumentParser):
    """An ArgumentParser that decodes a string around the object; then ``offset`` counts decoded characters."""

    def __init__(self, tree: ValueTree, repairs: frozenset[Repair]) -> None:
        super().__init__(tree, repairs)
        self._outer = StringDecoder()

    def feed(self, fragment: str) -> list[ValuePart]:
        """Parse a fragment, after decoding if the arguments begin with a quote."""
        if not self.begun and fragment.lstrip().startswith('"'):
            self.begun = self.is_decoded = True
            self.offset = 0
            self._note("A11")
            fragment = fragment.lstrip()[1:]
        return super().feed(self._outer.feed(fragment)[0] if self.is_decoded else fragment)


def new_parser(tree: ValueTree, repairs: frozenset[Repair]) -> ArgumentParser:
    """Return a parser for the arguments of one call."""
    return DoubleEncoded(tree, repairs) if Repair.DOUBLE_ENCODED in repairs else ArgumentParser(tree, repairs)
