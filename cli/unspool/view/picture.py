"""A finished view as a picture: SVG, as rich draws it."""

import io
import re

from rich.console import Console
from rich.segment import Segment, Segments

from unspool.view.painting import Row

_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""Rich names fonts that whoever opens the picture would fetch from the network; any monospaced one does."""


class Paper:
    """Keeps the rows that a view has shown for good, and makes a picture of them."""

    def __init__(self) -> None:
        self._rows: list[Row] = []

    def keep(self, rows: list[Row]) -> None:
        """Take more rows."""
        self._rows += rows

    def svg(self, title: str, width: int) -> str:
        """The picture of them all, ``width`` columns wide."""
        console = Console(
            file=io.StringIO(), record=True, width=width, force_terminal=True, color_system="truecolor", no_color=False
        )
        for row in self._rows:
            console.print(Segments([*row, Segment.line()]), end="")
        return _FONTS.sub("", console.export_svg(title=title, unique_id="unspool"))
