"""The texts of one choice, message by message, so that two never run together (R16)."""


class MessageTexts:
    """Collects texts of messages, each of which has the number of its call; ordinary content has None."""

    def __init__(self) -> None:
        self._messages: list[list[str]] = []
        self._last: int | None = None  # the number of the last one
        self._divided = False

    def __bool__(self) -> bool:
        """Return whether there is a text."""
        return bool(self._messages)

    def add(self, call: int | None, text: str) -> None:
        """Add text of a message."""
        if not self._messages or self._divided or call != self._last:
            self._messages.append([])
        self._divided, self._last = False, call
        self._messages[-1].append(text)

    def divide(self) -> None:
        """Know that what follows is another message, whatever its number."""
        self._divided = True

    def joined(self, separator: str) -> str:
        """Return all texts, with the separator between two messages."""
        return separator.join(map("".join, self._messages))

    def lines(self) -> str:
        """Return all texts, where each message begins a line."""
        *before, last = map("".join, self._messages) if self._messages else [""]
        return "".join(text if text.endswith("\n") else f"{text}\n" for text in before) + last
