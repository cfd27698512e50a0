"""A finished view as a picture, SVG, or as a page, HTML; both as rich draws them."""

import io
import re
from html import escape

from rich.color import parse_rgb_hex
from rich.console import Console
from rich.segment import Segment, Segments
from rich.style import Style
from rich.terminal_theme import TerminalTheme

from unspool.view.painting import Row

_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""Rich names fonts that whoever opens the picture would fetch from the network; any monospaced one does."""


_DARK = ("222222", "b00020", "006e28", "825a00", "1450be", "8c148c", "006e7d", "5a5a5a")
_BRIGHT = ("5a5a5a", "c81e32", "008232", "966900", "2864d2", "a028a0", "008291", "3c3c3c")
_INK = TerminalTheme(
    (255, 255, 255),
    (34, 34, 34),
    [parse_rgb_hex(colour) for colour in _DARK],
    [parse_rgb_hex(colour) for colour in _BRIGHT],
)
"""Colours that can be read on white; on black the page turns them over."""
_FAINT, _NOT_DIM = Style(color="#666666"), Style(dim=False)
"""Rich halves the contrast of dim text, which is then hard to read: it is grey, or has its colour."""
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
{stylesheet}
body {{ background: #fff; color: #222; margin: 1rem; }}
pre {{ font-family: ui-monospace, Menlo, Consolas, monospace; white-space: pre-wrap; }}
@media (prefers-color-scheme: dark) {{
html {{ background: #111; }}
body {{ background: #fff; color: #222; filter: invert(0.93) hue-rotate(180deg); }}
}}
</style>
</head>
<body>
<pre>{code}</pre>
</body>
</html>
"""


class Paper:
    """Keeps the rows that a view has shown for good, and makes a picture of them."""

    def __init__(self) -> None:
        self._rows: list[Row] = []

    def keep(self, rows: list[Row]) -> None:
        """Take more rows."""
        self._rows += rows

    def svg(self, title: str, width: int) -> str:
        """The picture of them all, ``width`` columns wide; empty for none."""
        if not self._rows:
            return ""
        return _FONTS.sub("", self._drawn(width).export_svg(title=title, unique_id="unspool"))

    def html(self, title: str) -> str:
        """One page with them all, which loads nothing; light or dark as the reader has it; empty for none."""
        if not self._rows:
            return ""
        classes: dict[str, str] = {}  # by the rule
        parts: list[str] = []  # rich's own page takes quadratic time for rows in one style
        for row in self._rows:
            for text, style, _ in row:
                rule = _rule(style) if style else ""
                name = classes.setdefault(rule, f"r{len(classes) + 1}") if rule else ""
                parts.append(f'<span class="{name}">{escape(text)}</span>' if name else escape(text))
            parts.append("\n")
        stylesheet = "\n".join(f".{name} {{{rule}}}" for rule, name in classes.items())
        return _PAGE.format(title=escape(title), stylesheet=stylesheet, code="".join(parts))

    def _drawn(self, width: int) -> Console:
        console = Console(
            file=io.StringIO(), record=True, width=width, force_terminal=True, color_system="truecolor", no_color=False
        )
        for row in self._rows:
            console.print(Segments([*row, Segment.line()]), end="")
        return console


def _rule(style: Style) -> str:
    """The rule of CSS for a style."""
    return (_FAINT + style + _NOT_DIM if style.dim else style).get_html_style(_INK)
