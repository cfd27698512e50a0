"""docs/demo.svg: the text of a recorded call as it arrived, as an animated picture that any browser plays."""

from html import escape
from textwrap import TextWrapper

from tests.support import ROOT

from unspool.core.events import TextDelta
from unspool.core.outcome import Outcome
from unspool.formats.record import Record
from unspool.pipeline import run
from unspool.settings import Settings, Summary
from unspool.sinks.base import SourceInfo
from unspool.sinks.stats import StatsSink
from unspool.sources.file import FileSource
from unspool.sources.recording import Replayed

SAMPLE = ROOT / "cli" / "unspool" / "examples" / "recorded"
COMMAND = "unspool sample recorded | unspool text --pace 1"
_COLUMNS = 64
_WIDTH, _HEIGHT = 8.4, 20  # pixels of a character, and of a line
_STYLE = "font: 14px ui-monospace, Menlo, Consolas, monospace; white-space: pre"
_TYPED = 0.8  # seconds until the command has been typed
_PERIOD = 6  # seconds until the animation begins again: a reader may come late


class _Times(StatsSink):
    """Notes each piece of text with its time."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[tuple[float, str]] = []

    def write(self, record: Record, outcome: Outcome, holding: bool) -> None:
        """Take in the text of a record."""
        super().write(record, outcome, holding)
        source: SourceInfo = self.sources[-1].source
        for event in outcome.events:
            if isinstance(event, TextDelta):
                self.pieces.append((source.elapsed or 0.0, event.text))


def demo_picture() -> str:
    """The picture: the command, then each character at the time it arrived."""
    sink = _Times()
    run(Replayed(FileSource(str(SAMPLE), None)), Settings(), sink, lambda problem: None, Summary())
    text = "".join(piece for _, piece in sink.pieces)
    times = [time for time, piece in sink.pieces for _ in piece]
    lines = TextWrapper(_COLUMNS, drop_whitespace=False, replace_whitespace=False).wrap(text)
    rows = [_line(0, f"$ {COMMAND}", "#7ee787")]
    at = 0
    for row, line in enumerate(lines, 1):
        rows += _pieces(row, line, times[at : at + len(line)])
        at += len(line)
    width, height = round(_COLUMNS * _WIDTH) + 32, (len(lines) + 1) * _HEIGHT + 28
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">'
    title = f"<title>{escape(text)}</title>"
    return "\n".join([head, title, '<rect width="100%" height="100%" rx="8" fill="#0d1117"/>', *rows, "</svg>\n"])


def _line(row: int, text: str, colour: str, column: int = 0, animation: str = "") -> str:
    x, y = 16 + column * _WIDTH, 28 + row * _HEIGHT
    return f'<text x="{x:.1f}" y="{y}" fill="{colour}" style="{_STYLE}">{escape(text)}{animation}</text>'


def _pieces(row: int, line: str, times: list[float]) -> list[str]:
    """The parts of a line that arrived together."""
    found: list[str] = []
    start = 0
    for end in range(1, len(line) + 1):
        if end == len(line) or times[end] != times[start]:
            begin = (_TYPED + times[start]) / _PERIOD
            shown = (
                f'<animate attributeName="opacity" values="0;1" keyTimes="0;{begin:.4f}" calcMode="discrete" '
                f'dur="{_PERIOD}s" repeatCount="indefinite"/>'
            )
            found.append(_line(row, line[start:end], "#e6edf3", start, shown))
            start = end
    return found
