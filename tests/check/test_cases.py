"""Which cases there are under files and folders: captures, what stands beside them, and what stands there alone."""

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from unspool.check.cases import EXIT, OPTIONS, Case, Expectation, Orphan, find


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is the working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lay(*names: str) -> None:
    """Empty files of these names, with the folders they need."""
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()


def lines(items: Iterable[Case | Orphan]) -> list[str]:
    """Each thing that was found as ``kind path: what stands beside it``."""
    return [_line(item) for item in items]


def _line(item: Case | Orphan) -> str:
    if isinstance(item, Orphan):
        return f"{'stale' if item.stale else 'broken'} {item.name}"
    return f"case {item.name}" + "".join(f" +{ending}" for ending in sorted(item.endings))


IN_A_FOLDER = {
    "a capture alone": (["a.jsonl"], ["case a.jsonl"]),
    "each ending of a capture": (["a.jsonl", "b.ndjson", "c.sse"], ["case a.jsonl", "case b.ndjson", "case c.sse"]),
    "compressed captures": (
        ["a.sse.gz", "a.sse.expected.txt", "b.JSONL.zst", "c.tar.gz"],
        ["case a.sse.gz +expected.txt", "case b.JSONL.zst"],
    ),
    "all that can stand beside it": (
        [
            "a.sse",
            "a.args",
            "a.expected.txt",
            "a.expected.jsonl",
            "a.expected.sse",
            "a.expected.events.jsonl",
            "a.expected.exit",
        ],
        ["case a.sse +args +expected.events.jsonl +expected.exit +expected.jsonl +expected.sse +expected.txt"],
    ),
    "files that have nothing to do with it": (["a.jsonl", "README.md", "a.md", "notes"], ["case a.jsonl"]),
    "another ending with an expectation": (["a.json", "a.expected.txt"], ["case a.json +expected.txt"]),
    "no ending with an expectation": (["a", "a.expected.exit"], ["case a +expected.exit"]),
    "another ending with options alone": (["a.json", "a.args"], []),
    "a name with dots": (["a.v2.jsonl", "a.v2.expected.txt"], ["case a.v2.jsonl +expected.txt"]),
    "a name that begins another": (
        ["a.jsonl", "a.b.jsonl", "a.b.expected.txt"],
        ["case a.jsonl", "case a.b.jsonl +expected.txt"],
    ),
    "files called as an ending is": (["expected.jsonl", "expected.txt", "args"], ["case expected.jsonl"]),
    "an expectation of an expectation": (
        ["a.jsonl", "a.expected.txt", "a.expected.expected.txt"],
        ["case a.jsonl +expected.txt", "stale a.expected.expected.txt"],
    ),
    "expectations without a capture": (
        ["a.expected.txt", "a.expected.exit", "b.jsonl"],
        ["stale a.expected.exit", "stale a.expected.txt", "case b.jsonl"],
    ),
    "options without a capture": (["a.args"], []),
    "two captures for one expectation": (["a.jsonl", "a.sse", "a.expected.txt"], ["broken a.jsonl"]),
    "two captures with nothing beside": (["a.sse", "a.ndjson"], ["broken a.ndjson"]),
    "two files of other endings": (["a.json", "a.txt", "a.expected.txt"], ["broken a.json"]),
    "a capture goes before another ending": (
        ["a.jsonl", "a.txt", "a.expected.txt"],
        ["case a.jsonl +expected.txt"],
    ),
    "names in order, files before folders": (
        ["b.jsonl", "c/z.jsonl", "c/a.jsonl", "a/x.jsonl", "B.jsonl", "a.jsonl", "a/b/y.jsonl", "10.jsonl", "9.jsonl"],
        [
            "case 10.jsonl",
            "case 9.jsonl",
            "case B.jsonl",
            "case a.jsonl",
            "case b.jsonl",
            "case a/x.jsonl",
            "case a/b/y.jsonl",
            "case c/a.jsonl",
            "case c/z.jsonl",
        ],
    ),
    "what begins with a dot": ([".a.jsonl", ".expected.txt", ".git/b.jsonl", ".a.expected.txt"], []),
    "a folder called as a capture is": (["a.jsonl/b.jsonl", "c.expected.txt/d"], ["case a.jsonl/b.jsonl"]),
    "names from elsewhere": (
        ["a b.jsonl", "a b.expected.txt", "é\n\x1b.jsonl", "-x.jsonl"],
        ["case -x.jsonl", "case a b.jsonl +expected.txt", "case é\n\x1b.jsonl"],
    ),
}


@pytest.mark.parametrize(("files", "found"), IN_A_FOLDER.values(), ids=IN_A_FOLDER)
def test_what_is_found_in_a_folder(files: list[str], found: list[str]) -> None:
    lay(*files)
    assert lines(find(["."]).items) == found


@pytest.mark.parametrize("path", ["a", "./a", "a/", "a//", "a/../a"])
def test_a_folder_is_called_as_it_was_named(path: str) -> None:
    lay("a/x.jsonl", "a/b/y.jsonl")
    found = find([path])
    assert [item.name for item in found.items] == [os.path.join(path, "x.jsonl"), os.path.join(path, "b", "y.jsonl")]
    assert found.missing == []


OF_A_FILE = {
    "a capture": ("d/a.jsonl", ["case d/a.jsonl +args +expected.txt"]),
    "its expectation": ("d/a.expected.txt", ["case d/a.jsonl +args +expected.txt"]),
    "its options": ("d/a.args", ["case d/a.jsonl +args +expected.txt"]),
    "another ending": ("d/b.json", ["case d/b.json"]),
    "no ending": ("d/c", ["case d/c"]),
    "a stale expectation": ("d/s.expected.txt", ["stale d/s.expected.txt"]),
    "a clash": ("d/e.sse", ["broken d/e.jsonl"]),
}


@pytest.mark.parametrize(("path", "found"), OF_A_FILE.values(), ids=OF_A_FILE)
def test_what_one_file_stands_for(path: str, found: list[str]) -> None:
    lay("d/a.jsonl", "d/a.args", "d/a.expected.txt", "d/b.json", "d/c", "d/s.expected.txt", "d/e.jsonl", "d/e.sse")
    assert lines(find([path]).items) == found
    assert lines(find([f"./{path}"]).items) == [line.replace("d/", "./d/", 1) for line in found]


def test_a_file_beside_its_own_folder_needs_no_folder_in_its_name() -> None:
    lay("a.jsonl", "a.expected.txt")
    assert lines(find(["a.jsonl"]).items) == ["case a.jsonl +expected.txt"]


def test_each_case_comes_once_and_where_it_was_named_first() -> None:
    lay("d/a.jsonl", "d/a.expected.txt", "d/b.jsonl", "d/s.expected.txt")
    paths = ["d/b.jsonl", "d", "./d", "d/a.expected.txt", "d/a.jsonl", "d//b.jsonl"]
    assert lines(find(paths).items) == ["case d/b.jsonl", "case d/a.jsonl +expected.txt", "stale d/s.expected.txt"]


def test_paths_keep_their_order() -> None:
    lay("z/a.jsonl", "a/b.jsonl", "m.jsonl")
    assert [item.name for item in find(["z", "m.jsonl", "a"]).items] == ["z/a.jsonl", "m.jsonl", "a/b.jsonl"]


def test_the_reason_of_a_clash_names_the_others_and_what_they_share() -> None:
    lay("d/a.jsonl", "d/a.sse", "d/a.ndjson")
    (clash,) = find(["d"]).items
    assert isinstance(clash, Orphan)
    assert (clash.name, clash.stale) == ("d/a.jsonl", False)
    assert clash.reason.startswith("a.ndjson and a.sse would have the same expectations")
    assert "a.expected." in clash.reason


MISSING = {
    "nothing": ("missing", "missing: No such file or directory; name captures, or folders of them"),
    "a name with a mistake": ("alone.argz", "alone.argz: No such file or directory; did you mean alone.args?"),
    "an empty folder": ("empty", "empty: there is no capture in it (NAME.jsonl, NAME.ndjson, NAME.sse)"),
    "a folder of other files": ("other", "other: there is no capture in it (NAME.jsonl, NAME.ndjson, NAME.sse)"),
    "options alone": ("alone.args", "alone.args: this is not a capture, and belongs to none"),
    "a device": ("/dev/null", "/dev/null: this is not a capture, and belongs to none"),
    "an empty name": ("", ": No such file or directory; name captures, or folders of them"),
}


@pytest.mark.parametrize(("path", "line"), MISSING.values(), ids=MISSING)
def test_a_path_that_leads_to_nothing_is_named_and_the_others_stay(path: str, line: str) -> None:
    Path("empty").mkdir()
    lay("ok/a.jsonl", "other/README.md", "alone.args")
    found = find([path, "ok"])
    assert lines(found.items) == ["case ok/a.jsonl"]
    assert [f"{stray.name}: {stray.reason}" for stray in found.missing] == [line]


def test_a_folder_with_stale_expectations_alone_is_missing_and_stale() -> None:
    lay("d/a.expected.txt")
    found = find(["d"])
    assert lines(found.items) == ["stale d/a.expected.txt"]
    assert len(found.missing) == 1


def test_a_clash_is_not_missing() -> None:
    lay("d/a.jsonl", "d/a.sse")
    assert find(["d"]).missing == []


def test_a_link_to_a_file_counts_and_a_link_to_a_folder_does_not() -> None:
    lay("elsewhere/x.jsonl", "d/a.jsonl")
    os.symlink("../elsewhere/x.jsonl", "d/b.jsonl")
    os.symlink("../elsewhere", "d/c")
    os.symlink("..", "d/round")
    assert lines(find(["d"]).items) == ["case d/a.jsonl", "case d/b.jsonl"]


def test_a_link_to_a_folder_is_followed_where_it_is_named() -> None:
    lay("d/a.jsonl")
    os.symlink("d", "link")
    assert lines(find(["link"]).items) == ["case link/a.jsonl"]


def test_a_link_that_leads_nowhere_is_a_case_like_any_other() -> None:
    Path("d").mkdir()
    os.symlink("nowhere", "d/a.jsonl")
    for path in ("d", "d/a.jsonl"):
        found = find([path])
        assert (lines(found.items), found.missing) == (["case d/a.jsonl"], [])


def test_a_link_that_leads_round_hides_nothing_of_its_folder() -> None:
    lay("d/a.jsonl", "d/c.jsonl")
    os.symlink("b.jsonl", "d/b.jsonl")
    os.symlink("notes", "d/notes")
    assert lines(find(["d"]).items) == ["case d/a.jsonl", "case d/b.jsonl", "case d/c.jsonl"]


def test_a_pipe_is_no_capture_but_may_be_taken_for_an_expectation() -> None:
    """Nobody may write to it; opening it would wait for ever. What is expected there is refused when it is read."""
    lay("d/b.jsonl")
    os.mkfifo("d/a.jsonl")
    os.mkfifo("d/b.expected.txt")
    os.mkfifo("d/b.args")
    assert lines(find(["d"]).items) == ["case d/b.jsonl +args +expected.txt"]


@pytest.mark.parametrize(
    "name",
    ["a.expected.text", "a.expected.json", "a.expected.ndjson", "a.expected.events", "a.Expected.txt", "a.expected"],
)
def test_what_looks_like_an_expectation_but_is_none_is_named(name: str) -> None:
    """Else it would never be checked, and nobody would know."""
    lay("a.jsonl", name)
    (stray,) = [item for item in find(["."]).items if isinstance(item, Orphan)]
    assert (stray.name, stray.stale) == (name, False)
    assert "expected.events.jsonl" in stray.reason


def test_what_editors_and_merges_leave_behind_is_not_taken_for_one() -> None:
    lay("a.jsonl", "a.expected.txt", "a.expected.txt~", "a.expected.txt.orig")
    assert lines(find(["."]).items) == ["case a.jsonl +expected.txt"]


def test_endings_of_captures_may_be_in_capitals() -> None:
    lay("A.JSONL")
    assert lines(find(["."]).items) == ["case A.JSONL"]


def test_one_file_under_two_paths_is_one_case() -> None:
    lay("d/a.jsonl")
    assert lines(find(["d/a.jsonl", os.path.abspath("d")]).items) == ["case d/a.jsonl"]


def test_a_folder_that_may_not_be_read_fails_and_the_others_stay() -> None:
    lay("d/a.jsonl", "d/locked/b.jsonl", "d/open/c.jsonl")
    os.chmod("d/locked", 0)
    try:
        if os.access("d/locked", os.R_OK):
            pytest.skip("this user may read everything")
        found = find(["d"])
    finally:
        os.chmod("d/locked", 0o700)
    assert lines(found.items) == ["case d/a.jsonl", "broken d/locked", "case d/open/c.jsonl"]
    assert isinstance(found.items[1], Orphan)
    assert found.items[1].reason == "Permission denied"


@pytest.mark.parametrize("capture", ["a.jsonl", "a.v2.json", "d.e/a", "x/a.tar.gz"])
def test_what_stands_beside_a_capture_shares_its_name(capture: str) -> None:
    case = Case(capture, frozenset())
    stem = {"a.jsonl": "a", "a.v2.json": "a.v2", "d.e/a": "d.e/a", "x/a.tar.gz": "x/a.tar"}[capture]
    assert [case.path(ending) for ending in (*Expectation, EXIT, OPTIONS)] == [
        f"{stem}.expected.txt",
        f"{stem}.expected.jsonl",
        f"{stem}.expected.sse",
        f"{stem}.expected.events.jsonl",
        f"{stem}.expected.exit",
        f"{stem}.args",
    ]


def test_expectations_stand_in_the_order_of_the_table() -> None:
    case = Case("a.jsonl", frozenset({"expected.events.jsonl", "expected.txt", "args", "expected.jsonl"}))
    assert case.expectations == [Expectation.TEXT, Expectation.CHUNKS, Expectation.EVENTS]
    assert case.name == "a.jsonl"


def test_a_dot_file_counts_where_it_is_named() -> None:
    """A folder leaves it out; a person who names it means it."""
    lay(".kept.jsonl", ".kept.expected.txt")
    assert lines(find([".kept.jsonl"]).items) == ["case .kept.jsonl +expected.txt"]
    assert find(["."]).items == []


def test_folders_may_be_as_deep_as_the_system_allows(here: Path) -> None:
    lay("a.jsonl")
    try:
        for _ in range(1_100):
            os.mkdir("d")
            os.chdir("d")
        os.chdir(here)
        assert lines(find(["."]).items) == ["case a.jsonl"]
    finally:  # what cleans up behind tests could not
        subprocess.run(["rm", "-rf", str(here / "d")], check=True)
