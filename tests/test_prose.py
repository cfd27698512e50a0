"""The language of code and documents: comments that give reasons, and standard terms."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support import ROOT

PACKAGE = ROOT / "cli" / "unspool"
COMMENTED = ("variants", "core", "formats", "fastpath")
"""The packages with the hardest code."""
_LAYOUT = {tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def docstring_lines(source: str) -> set[int]:
    """The lines of docstrings, and of the strings that describe constants."""
    return {
        line
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }


def is_reason(comment: str) -> bool:
    """Whether a comment is more than a heading or a switch for a tool; a switch may have a reason behind it."""
    if comment.startswith(("# noqa:", "# type:", "# pragma:")):
        return " - " in comment or comment.count("#") > 1
    return not comment.startswith("# ---")


def count(source: str) -> tuple[int, int]:
    """The number of lines with comments, and of lines with code."""
    comments, code = set[int](), set[int]()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            comments |= {token.start[0]} if is_reason(token.string) else set()
        elif token.type not in _LAYOUT:
            code |= set(range(token.start[0], token.end[0] + 1))
    return len(comments), len(code - docstring_lines(source))


def sources(package: str) -> Iterator[str]:
    return (path.read_text(encoding="utf-8") for path in (PACKAGE / package).rglob("*.py"))


@pytest.mark.parametrize("package", COMMENTED)
def test_comments_give_reasons(package: str) -> None:
    """At least five comment lines for 100 lines of code, without docstrings and blank lines."""
    comments, code = map(sum, zip(*map(count, sources(package)), strict=True))
    assert code > 100
    assert comments * 100 >= 5 * code


# --- words ---------------------------------------------------------------------------------------

BANNED = {
    "hear, hears, heard": "receive, read, collect",
    "tell, tells, told": "report, show, identify, distinguish",
    "speak, speaks, spoke, spoken": "send, emit, text",
    "foresee, foreseen, foretell": "predict",
    "spell, spells, spelt": "write, encode",
    "braid, braids, braided, braiding": "interleaved",
    "stretch, stretches": "range, sequence",
    "beside": "next to, in addition to, without",
    "stand, stands, stood": "be at, follow, mean",
    "lie, lies": "be, be located",
    "held against": "checked against, compared with",
    "mend, mends, mended": "fix, repair",
    "spoil, spoils, spoilt": "damage, corrupt",
    "alike": "equal, both",
    "afresh, anew": "again, from the start",
    "take in, takes in": "process, add, read",
    "bring about, brings about, brought about": "cause, complete, give",
    "come to, comes to, came to": "result in, become",
    "of its own, of their own": "separate, another",
    "of use": "useful",
    "nobody": "no program, no user",
    "room": "space, memory, package",
    "house, door, furniture": "package, entry point, member",
    "lane, fastlane": "fast path, matcher",
    "long way": "general path, slow path",
}
"""Metaphors that readers of code and documents must not have to decode, and the terms to use instead."""
TERMS = {word: term for words, term in BANNED.items() for word in words.split(", ")}
WORDS = re.compile(rf"(?<![\w.'-])({'|'.join(TERMS)})(?![\w'-]|\()", re.IGNORECASE)
EXEMPT = ("docs/QUIRKS.md", "cli/unspool/quirks/catalog/", "CHANGELOG.md", "THIRD-PARTY.md")
"""The descriptions of quirks, which quote the reports of users; what was released; licences."""
QUOTED = {
    "docs/DIALECTS.md": {"told"},  # the output of a sample
}
TEXTS = [
    path
    for folder, ending in (("cli", "*.py"), ("docs", "*.md"), (".", "*.md"))
    for path in (sorted((ROOT / folder).rglob(ending)) if folder != "." else sorted(ROOT.glob(ending)))
    if not path.relative_to(ROOT).as_posix().startswith(EXEMPT)
]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_words_are_standard_terms(path: Path) -> None:
    """In code too; a name made of several words is one word here: see the test below."""
    quoted = QUOTED.get(path.relative_to(ROOT).as_posix(), set())
    found = [
        f"line {number}: {word!r}, better {TERMS[' '.join(word.lower().split())]}"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for word in WORDS.findall(line)
        if word.lower() not in quoted
    ]
    assert found == []


def words_of(name: str) -> list[str]:
    """The words of a name, in lower case."""
    return re.sub("(?<=[a-z])(?=[A-Z])", "_", name).lower().split("_")


def test_words_of_names_are_standard_terms() -> None:
    found = [
        f"{path.relative_to(PACKAGE)} line {token.start[0]}: {token.string}"
        for path in PACKAGE.rglob("*.py")
        for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline)
        if token.type == tokenize.NAME
        and token.string != "tell"  # a method of files
        and not TERMS.keys().isdisjoint(words_of(token.string))
    ]
    assert found == []
