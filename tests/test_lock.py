"""The lock file holds what pyproject.toml asks for, each with hashes, and names no place."""

import re

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from tests.lock import HEAD, LOCK, requirements

TEXT = LOCK.read_text(encoding="utf-8")
LOCKED = {
    canonicalize_name(name): version for name, version in re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", TEXT, re.MULTILINE)
}


@pytest.mark.parametrize("line", requirements())
def test_what_is_asked_for_is_locked(line: str) -> None:
    """After a change to pyproject.toml, `make lock` writes the file anew."""
    wanted = Requirement(line)
    if wanted.marker is None or wanted.marker.evaluate({"python_version": "3.11", "extra": ""}):
        assert wanted.specifier.contains(LOCKED[canonicalize_name(wanted.name)])


def test_each_version_has_hashes_and_no_place_is_named() -> None:
    blocks = re.split(r"^(?=\S)", TEXT.removeprefix(HEAD), flags=re.MULTILINE)
    blocks = [block for block in blocks if block and not block.startswith("#")]
    assert len(blocks) == len(LOCKED)
    assert all("--hash=sha256:" in block for block in blocks)
    assert not re.search(r"https?:|file://|--index-url|--find-links", TEXT)
