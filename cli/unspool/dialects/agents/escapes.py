"""Text whose JSON escapes were left as they are, decoded a piece at a time (R3)."""

from unspool.core.parser.string_decoder import StringDecoder


class Escapes:
    """Decodes escapes that may be cut anywhere. A bare quote is no end here: it is text."""

    def __init__(self) -> None:
        self._decoder = StringDecoder()

    def feed(self, source: str) -> str:
        """The text that is certain after this piece."""
        parts: list[str] = []
        at = 0
        while at < len(source):
            text, at = self._decoder.feed(source, at)
            parts.append(text)
            if self._decoder.closed:
                parts.append('"')
                self._decoder = StringDecoder()
        return "".join(parts)

    def close(self) -> str:
        """Return an unfinished escape as it was written."""
        decoder, self._decoder = self._decoder, StringDecoder()
        return decoder.close()
