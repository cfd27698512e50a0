"""The pages in docs/ say what the tables say."""

from pathlib import Path

import pytest
from tests.commands.test_view import texts_of
from tests.pages import PAGES, PICTURES, quirks_page
from tests.support import ROOT

from unspool.quirks.catalog import QUIRKS


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_what_its_table_gives(path: str) -> None:
    """After a change to a table, `make docs` writes the page anew."""
    assert (ROOT / path).read_text(encoding="utf-8") == PAGES[path]()


@pytest.mark.parametrize("path", PICTURES)
def test_a_picture_shows_what_the_sample_gives(path: str, tmp_path: Path) -> None:
    """After a change to it, `make docs` draws the picture anew; colours and places are rich's."""
    fresh = tmp_path / "fresh.svg"
    fresh.write_text(PICTURES[path](), encoding="utf-8")
    assert texts_of(ROOT / path) == texts_of(fresh)


def test_the_page_of_quirks_has_every_row_whole() -> None:
    page = quirks_page()
    for quirk in QUIRKS.values():
        section = page.partition(f"\n### {quirk.number}\n")[2].partition("\n### ")[0]
        assert all(part in section for part in (quirk.sentence, quirk.example, quirk.meaning, quirk.unspool))
