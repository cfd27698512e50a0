"""The parts of a response, each of which grows: text, thoughts, a refusal, a tool call, a notice.

part.feed(text)              more of it
part.finished(width, rows)   the rows that will not change any more, each given once
part.tail(width, rows)       how the rest looks now, at most so many rows: the last ones
part.close()                 there is no more of it; then ``finished`` gives all that is left
"""

import json
from abc import ABC, abstractmethod
from typing import Any

from rich.cells import cell_len
from rich.padding import Padding
from rich.text import Text

from unspool.core.events import ToolReturned
from unspool.errors import PartialJSONError
from unspool.formats.partial_json import parse_partial
from unspool.formats.printable import one_line, printable
from unspool.view.blocks import Blocks, Piece
from unspool.view.look import FOLDED
from unspool.view.markdown import Page
from unspool.view.painting import Row, paint, plain_row


class Part(ABC):
    """See the module's head."""

    closed = False

    @abstractmethod
    def feed(self, text: str) -> None:
        """Append text, which may contain any characters."""

    @abstractmethod
    def finished(self, width: int, rows: int) -> list[Row]:
        """Rows for the scrollback."""

    @abstractmethod
    def tail(self, width: int, rows: int) -> list[Row]:
        """Rows for the live region."""

    def close(self) -> None:
        """Know that there is no more."""
        self.closed = True


class TextPart(Part):
    """A message, or content: Markdown."""

    def __init__(self) -> None:
        self._blocks = Blocks()
        self._page = Page()
        self._ready: list[Piece] = []  # what is finished and not drawn
        self._notices: list[Notice] = []  # what waits for the end of the block that is being written
        self._held = ""  # a carriage return that may belong to a line's end
        self._shown = ""  # the end of what was taken in
        self._before = 0  # pieces that were ready when the first of them came
        self._sketch: tuple[Piece, int, list[Row]] | None = None

    def feed(self, text: str) -> None:
        """Append text, which may contain any characters."""
        text = self._held + text
        self._held = "\r" if text.endswith("\r") else ""
        text = text.removesuffix(self._held).replace("\r\n", "\n")
        self._blocks.feed(printable(text, self._shown))
        self._shown = (self._shown + text)[-2:]

    def finished(self, width: int, rows: int) -> list[Row]:
        """The rows of the blocks that are over."""
        if not self.closed:
            self._ready += self._blocks.take(rows)
        found: list[Row] = []
        for place, piece in enumerate(self._ready):
            found += self._page.draw(piece, width)
            if place >= self._before:
                found += self._noticed(width)
        self._ready, self._before = [], 0
        return found + self._noticed(width) if self.closed else found

    def notice(self, notice: "Notice") -> None:
        """Show ``notice`` behind the block that is being written, which it does not tear."""
        self._ready += self._blocks.take_now()
        if not self._notices:
            self._before = len(self._ready)
        self._notices.append(notice)

    def _noticed(self, width: int) -> list[Row]:
        rows = [row for notice in self._notices for row in ([], *notice.finished(width, 0))]
        self._notices = []
        return rows

    def tail(self, width: int, rows: int) -> list[Row]:
        """The block that still grows."""
        piece = self._blocks.rest(rows, width)
        if self._sketch is None or self._sketch[:2] != (piece, width):
            self._sketch = piece, width, self._page.sketch(piece, width)
        drawn = self._sketch[2] + [row for notice in self._notices for row in ([], *notice.finished(width, rows))]
        return drawn[max(0, len(drawn) - rows) :]

    def close(self) -> None:
        """Settle what is left."""
        super().close()
        self._blocks.feed(printable(self._held))
        self._held = ""
        self._ready += self._blocks.close()


_FOLDED = 5
"""Rows of thoughts, or of the arguments of one call, that are shown while they grow."""


class PlainPart(Part):
    """Text that is shown as it is, under a title: a refusal, or thoughts that were asked for."""

    def __init__(self, title: str, style: str, fold: int = _FOLDED) -> None:
        self._title = title
        self._style = style
        self._fold = fold
        self._pieces: list[str] = []

    def feed(self, text: str) -> None:
        """Append text, which may contain any characters."""
        self._pieces.append(text)

    def _rows(self, text: str, width: int) -> list[Row]:
        return paint(Text(printable(text.replace("\r\n", "\n").strip("\n")), self._style, overflow="fold"), width)

    def finished(self, width: int, rows: int) -> list[Row]:
        """All of it, once it is over."""
        if not self.closed:
            return []
        return [plain_row(self._title, f"bold {self._style}", width), *self._rows("".join(self._pieces), width)]

    def tail(self, width: int, rows: int) -> list[Row]:
        """The last rows of it."""
        text = "".join(self._pieces)
        self._pieces = [text]
        rows = max(1, min(rows - 1, self._fold))
        last = self._rows(text[-rows * width :], width)[-rows:]
        return [plain_row(self._title, f"bold {self._style}", width), *last]


class HiddenThoughts(Part):
    """Thoughts that are not shown: a note with their size (R7)."""

    def __init__(self) -> None:
        self._size = 0

    def feed(self, text: str) -> None:
        """Count."""
        self._size += len(text)

    def finished(self, width: int, rows: int) -> list[Row]:
        """One row, once they are over."""
        return self.tail(width, rows) if self.closed else []

    def tail(self, width: int, rows: int) -> list[Row]:
        """One row."""
        return [plain_row(f"thoughts: {self._size:,} characters", "dim italic", width)]


_MUCH = 4096  # characters of arguments that are read while they grow; of more, the end is shown as it is


class CallPart(Part):
    """A call to another tool, with its arguments; of each value at most ``longest`` rows."""

    def __init__(self, tool: str, mark: str = "", longest: int = FOLDED) -> None:
        self._tool = (one_line(tool) or "(a tool without a name)") + mark
        self._longest = longest
        self._pieces: list[str] = []
        self._size = 0
        self._checked = False
        self._complete = True

    def feed(self, text: str) -> None:
        """Append a fragment of the arguments."""
        self._pieces.append(text)
        self._size += len(text)
        self._checked = False

    def is_whole(self) -> bool:
        """Return whether the arguments are complete as far as they go; asked when something else begins."""
        if self._checked or not self._arguments().rstrip().endswith("}"):
            return False
        self._checked = True
        try:
            parse_partial(self._arguments(), strict=True)
        except PartialJSONError:
            return False
        return True

    def give_way(self, part: Part) -> None:
        """Know that ``part`` begins behind the call."""
        if self.is_whole():
            self.close()

    def finish(self, complete: bool) -> None:
        """Know how the call ended."""
        self._complete = complete
        self.close()

    def finished(self, width: int, rows: int) -> list[Row]:
        """The call and its arguments, long values folded."""
        if not self.closed:
            return []
        return [self._head(width), *self._values(width, self._longest)]

    def tail(self, width: int, rows: int) -> list[Row]:
        """The call, and how its arguments end."""
        rows = max(1, min(rows - 1, _FOLDED))
        if self._size > _MUCH:
            shown = _indented(one_line(self._arguments()[-rows * width :]), width)
        else:
            shown = self._values(width, rows)
        return [self._head(width), *shown[-rows:]]

    def _arguments(self) -> str:
        text = "".join(self._pieces)
        self._pieces = [text]
        return text

    def _head(self, width: int) -> Row:
        mark = "" if self._complete else "  (cut)"
        return plain_row(f"→ {self._tool}{mark}", "cyan", width)

    def _values(self, width: int, longest: int) -> list[Row]:
        try:
            value = parse_partial(self._arguments())
        except PartialJSONError:
            return _folded(_indented(printable(self._arguments()), width), longest, width)
        if not isinstance(value, dict):
            return _folded(_indented(_value_text(value), width), longest, width)
        return [row for key, one in value.items() for row in self._value(str(key), one, width, longest)]

    def _value(self, key: str, value: Any, width: int, longest: int) -> list[Row]:
        text = _value_text(value).rstrip("\n")
        if "\n" in text:
            text = "\n" + "\n".join(f"  {line}" for line in text.split("\n"))
        return _folded(_indented(f"{one_line(key)}: {text}", width), longest, width)


class LinePart(CallPart):
    """A call to another tool as one line: its name, its main argument, and how it ended.

    It waits for its result, until a text begins, which would wait behind it, or
    its step ends; a result that comes later is on another line.
    """

    def __init__(self, tool: str, mark: str = "", longest: int = FOLDED) -> None:
        super().__init__(tool, mark, longest)
        self._finished = False
        self._result: ToolReturned | None = None

    def give_way(self, part: Part) -> None:
        """Wait no longer, where ``part`` is a text."""
        if isinstance(part, TextPart) and (self._finished or self.is_whole()):
            self.close()

    def finish(self, complete: bool) -> None:
        """Know whether the call was cut; a complete one has a result."""
        self._finished, self._complete = True, complete
        if not complete:
            self.close()

    def answer(self, result: ToolReturned) -> None:
        """Know the result."""
        self._result = result
        self.close()

    def finished(self, width: int, rows: int) -> list[Row]:
        """The line, once the call is over."""
        return self.tail(width, rows) if self.closed else []

    def tail(self, width: int, rows: int) -> list[Row]:
        """The line as far as it is known; a long argument leaves half of it to the result."""
        main, result = _main_argument(self._arguments()[:_MUCH]), self._result
        if result is None:
            mark = "" if self._complete else "  (cut)"
            return [plain_row(f"→ {self._tool}{mark}{'  ' if main else ''}{main}", "cyan", width)]
        text = _brief(result.text)
        mark = "  (failed)" if result.failed else "" if text else "  (done)"
        shown = Text(f"→ {self._tool}{mark}{'  ' if main else ''}{main}")
        end = f"  ← {text}" if text else ""
        shown.truncate(max(width - min(cell_len(end), width // 2), 1), overflow="ellipsis")
        return [plain_row(f"{shown.plain}{end}", "red" if result.failed else "cyan", width)]


class ResultPart(Part):
    """The result of a call to another tool, at most ``longest`` rows; on one line where it is ``folded`` or has one."""

    closed = True

    def __init__(self, tool: str, result: ToolReturned, folded: bool, longest: int = FOLDED) -> None:
        self._text = _result_text(result.text)
        self._folded = folded
        self._longest = longest
        self._head = f"← {one_line(tool)}{'  (failed)' if result.failed else ''}"
        self._style = "red" if result.failed else "dim cyan"

    def feed(self, text: str) -> None:
        """Append text."""
        self._text += text

    def finished(self, width: int, rows: int) -> list[Row]:
        """The tool's name and the result, a long one folded."""
        cut = self._longest > FOLDED and cell_len(f"{self._head}  {self._text}") > width
        if not self._folded and ("\n" in self._text or cut):
            return [
                plain_row(self._head, self._style, width),
                *_folded(_indented(self._text, width), self._longest, width),
            ]
        brief = _brief(self._text)
        return [plain_row(f"{self._head}{'  ' if brief else ''}{brief}", self._style, width)]

    def tail(self, width: int, rows: int) -> list[Row]:
        """The first rows of it."""
        return self.finished(width, rows)[:rows]


def _result_text(text: str) -> str:
    return printable(text.replace("\r\n", "\n")).strip("\n")


def _brief(text: str) -> str:
    """The first line of a result, and how many there are."""
    first, _, rest = _result_text(text).partition("\n")
    return f"{first}  … {rest.count(chr(10)) + 2} lines" if rest else first


_MAIN = ("command", "cmd", "file_path", "path", "query", "url", "pattern", "prompt", "message", "name")
"""The arguments that best describe a call; without them the first one is shown."""


def _main_argument(arguments: str) -> str:
    """The value of the most descriptive argument, on one line."""
    try:
        value = parse_partial(arguments)
    except PartialJSONError:
        return one_line(arguments)
    if not isinstance(value, dict) or not value:
        return "" if value in ({}, None) else one_line(_value_text(value))
    name = next((one for one in _MAIN if value.get(one) not in (None, "")), next(iter(value)))
    return one_line(_value_text(value[name]))


def _value_text(value: Any) -> str:
    """A value of some arguments: a string as itself, what else there is as JSON."""
    if isinstance(value, str):
        return printable(value.replace("\r\n", "\n"))
    return printable(json.dumps(value, ensure_ascii=False))


def _indented(text: str, width: int) -> list[Row]:
    return paint(Padding(Text(text, "dim", overflow="fold"), (0, 0, 0, 2)), width)


def _folded(rows: list[Row], longest: int, width: int) -> list[Row]:
    """The first rows, and how many there are behind them."""
    if len(rows) <= longest:
        return rows
    return [*rows[: longest - 1], plain_row(f"  … {len(rows) - longest + 1} more rows", "dim italic", width)]


class Notice(Part):
    """One thing that a person must know, in its place."""

    closed = True

    def __init__(self, text: str, style: str) -> None:
        self._text = text
        self._style = style

    def feed(self, text: str) -> None:
        """Append text."""
        self._text += text

    def finished(self, width: int, rows: int) -> list[Row]:
        """All of it."""
        return paint(Text(one_line(self._text), self._style, overflow="fold"), width)

    def tail(self, width: int, rows: int) -> list[Row]:
        """All of it."""
        return self.finished(width, rows)[:rows]
