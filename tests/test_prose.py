"""The language of code and documents: comments that give reasons."""

import ast
import io
import tokenize
from collections.abc import Iterator

import pytest
from tests.support import ROOT

PACKAGE = ROOT / "cli" / "unspool"
COMMENTED = ("core", "formats", "fastpath")
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
