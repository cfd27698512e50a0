"""From what rich can draw to rows of text, and from rows to what a terminal obeys.

paint(renderable, width)   rows without control characters, none wider than ``width``
AnsiEncoder(…).encode(row)    a row with the styles as escape sequences: the only ones there are
"""

import io
from collections.abc import Iterable
from functools import lru_cache

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import COLOR_SYSTEMS, Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from rich.theme import Theme

from unspool.formats.printable import printable

Row = list[Segment]
"""The contents of one row of the screen."""

_THEME = Theme({"markdown.code": "bold cyan", "markdown.code_block": "none"})  # no dark ground, where all may be light


class _Lines(Console):
    """A console whose segments end with their line: rich takes quadratic time for one with many lines."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """As rich does, cut behind the end of each line."""
        for segment in super().render(renderable, options):
            text, style, control = segment
            if control or text.find("\n", 0, -1) < 0:
                yield segment
                continue
            *whole, rest = text.split("\n")
            for line in whole:
                yield Segment(f"{line}\n", style)
            if rest:
                yield Segment(rest, style)


_CONSOLE = _Lines(
    file=io.StringIO(), force_terminal=True, width=80, height=24, legacy_windows=False, color_system=None, theme=_THEME
)
"""Knows rich's styles and lays out; nothing is ever written to it."""


def paint(renderable: RenderableType, width: int) -> list[Row]:
    """Lay out ``renderable``; what is left of control characters in it is shown, not obeyed."""
    options = _CONSOLE.options.update(width=max(width, 1), height=None)
    return [_trimmed(row) for row in _CONSOLE.render_lines(renderable, options, pad=False)]


def folded(rows: list[Row], width: int) -> list[Row]:
    """The rows, each cut into as many as it takes that none is wider than ``width`` columns."""
    found: list[Row] = []
    for row in rows:
        found += _cut(row, width) if Segment.get_line_length(row) > width else [row]
    return found


def _cut(row: Row, width: int) -> list[Row]:
    found: list[Row] = [[]]
    used = 0
    for text, style, _ in row:
        start = 0
        for place, character in enumerate(text):
            size = cell_len(character)
            if used and used + size > width:
                found[-1].append(Segment(text[start:place], style))
                found.append([])
                start, used = place, 0
            used += size
        found[-1].append(Segment(text[start:], style))
    return [_trimmed(part) for part in found]


def plain_row(text: str, style: str, width: int) -> Row:
    """One row of text in one style, cut where it is too long."""
    return paint(Text(printable(text), style, no_wrap=True, overflow="ellipsis", end=""), width)[0]


def text_of(row: Row) -> str:
    """The text of a row."""
    return "".join(segment.text for segment in row)


def _trimmed(row: Iterable[Segment]) -> Row:
    """The row without controls, and without invisible space at its end."""
    kept = [Segment(printable(text), style) for text, style, control in row if not control]
    while kept and not _is_seen(kept[-1].style):
        text = kept[-1].text.rstrip(" ")
        if text:
            kept[-1] = Segment(text, kept[-1].style)
            break
        kept.pop()
    return kept


def _is_seen(style: Style | None) -> bool:
    """Return whether space in this style is visible."""
    if style is None:
        return False
    has_ground = style.bgcolor is not None and not style.bgcolor.is_default  # that of code is the terminal's own
    return bool(has_ground or style.underline or style.reverse or style.strike)


class AnsiEncoder:
    """Styles as escape sequences, in the colours of the terminal by ``environment``.

    NO_COLOR takes the colours; bold, dim and italic stay.
    """

    def __init__(self) -> None:
        name = Console(file=io.StringIO(), force_terminal=True).color_system
        self._system = COLOR_SYSTEMS[name] if name else ColorSystem.STANDARD
        self._coloured = name is not None and not Console(file=io.StringIO()).no_color

    def encode(self, row: Row) -> str:
        """The row as it is sent."""
        return "".join(self._styled(segment.text, segment.style) for segment in row)

    def _styled(self, text: str, style: Style | None) -> str:
        if style is None:
            return text
        return (style if self._coloured else _without_colour(style)).render(text, color_system=self._system)


@lru_cache(256)
def _without_colour(style: Style) -> Style:
    return style.without_color
