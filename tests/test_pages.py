"""The pages in docs/ say what the tables say."""

import pytest
from tests.pages import PAGES, quirks_page
from tests.support import ROOT

from unspool.quirks.table import QUIRKS


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_what_its_table_gives(path: str) -> None:
    """After a change to a table, `make docs` writes the page anew."""
    assert (ROOT / path).read_text(encoding="utf-8") == PAGES[path]()


def test_the_page_of_quirks_has_every_row_whole() -> None:
    page = quirks_page()
    for quirk in QUIRKS.values():
        section = page.partition(f"\n### {quirk.number}\n")[2].partition("\n### ")[0]
        assert all(part in section for part in (quirk.sentence, quirk.example, quirk.meaning, quirk.unspool))
