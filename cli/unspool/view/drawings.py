"""The views of one run: on the terminal or for a picture, and for a page, which has place for whole arguments."""

from collections.abc import Container
from typing import BinaryIO, Final

from unspool.view.look import FOLDED, WHOLE
from unspool.view.picture import Paper
from unspool.view.view import View

_TITLE: Final = "unspool view"
_PAGE_WIDTH: Final = 100
"""Columns of a page, whose rows a narrower window folds again."""


class Drawings:
    """See the module's head; ``files`` holds the options of the files that are saved.

    Attributes:
        screen: the view on the terminal, which may be paused.
        views: all that are drawn, each with the rows of a value that it shows.
    """

    def __init__(self, terminal: BinaryIO | None, files: Container[str]) -> None:
        self._picture, self._page = Paper(), Paper()
        self.screen = View(terminal, self._picture.keep if "--svg" in files else None)
        self._whole = View(None, self._page.keep, _PAGE_WIDTH)
        self.views: dict[View, int] = {}
        if terminal is not None or "--svg" in files:
            self.views[self.screen] = FOLDED
        if "--html" in files:
            self.views[self._whole] = WHOLE

    def notice(self, line: str) -> bool:
        """Show a line in its place; returns whether there is an answer that it can be shown in."""
        shown = [view.notice(line) for view in self.views]
        return any(shown)

    def end(self) -> None:
        """End all of them. Raises OSError where the terminal is gone, once they have ended."""
        fault: OSError | None = None
        for view in self.views:
            try:
                view.end(cut=True)
            except OSError as error:
                fault = error
        if fault is not None:
            raise fault

    def saved(self, option: str) -> str:
        """The contents of the file of an option; empty where nothing was shown."""
        if option == "--svg":
            return "" if self.screen.is_empty else self._picture.svg(_TITLE, self.screen.width)
        return "" if self._whole.is_empty else self._page.html(_TITLE)
