"""Which name was probably meant."""

from pathlib import Path

import pytest

from unspool import suggestions


@pytest.mark.parametrize(
    ("name", "meant"),
    [("form", "from"), ("format", "format"), ("formt", "format"), ("xyz", None)],
)
def test_the_same_letters_in_another_order_are_nearer_than_one_more_letter(name: str, meant: str | None) -> None:
    assert suggestions.near(name, ["format", "from", "jsonl", "quiet"]) == meant
    assert suggestions.near("10.jsonl", ["01.jsonl", "10.json"]) == "10.json"


def test_a_missing_file_is_compared_with_as_many_names_as_take_no_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of very long names with fewer: 2,000 of 200 characters took six seconds."""
    compared: list[str] = []

    def see(name: str, known: list[str]) -> None:
        compared.extend(known)

    for number in range(300):
        (tmp_path / f"{number}{'x' * 200}").touch()
    monkeypatch.setattr(suggestions, "near", see)
    suggestions.similar_path(str(tmp_path / "missing"))
    assert 0 < len(compared) < 100
