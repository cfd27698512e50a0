"""The compiled modules read no attribute as None that a method may have set meanwhile.

mypy takes ``self.x`` for None behind ``if self.x is not None: return``, until it is assigned in the same function.
Where a method sets it in between, plain Python reads the new value and mypyc raises a TypeError.
"""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tests.support import ROOT

BUILD = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
HOOK = BUILD["hooks"]["custom"]
LEAVES = (ast.Return, ast.Raise, ast.Continue, ast.Break)


def matching(globs: list[str]) -> set[Path]:
    return {path for glob in globs for path in (ROOT / "cli").glob(glob)}


def attribute(node: ast.AST) -> str | None:
    """The name of an attribute of self."""
    of_self = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"
    return node.attr if of_self and isinstance(node, ast.Attribute) else None


def none_where(test: ast.expr, kind: type[ast.cmpop]) -> set[str]:
    """The attributes that a test compares with None by ``is`` or ``is not``, alone or in an ``and`` or ``or``."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And if kind is ast.Is else ast.Or):
        return set().union(*(none_where(value, kind) for value in test.values))
    if not (isinstance(test, ast.Compare) and isinstance(test.ops[0], kind) and is_none(test.comparators[0])):
        return set()
    name = attribute(test.left)
    return set() if name is None else {name}


def is_none(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def assigned(statement: ast.Assign) -> Iterator[tuple[str, bool]]:
    """The attributes that a statement assigns, and whether to None."""
    for target in statement.targets:
        targets = target.elts if isinstance(target, ast.Tuple) else [target]
        whole = statement.value
        values = (
            whole.elts if isinstance(target, ast.Tuple) and isinstance(whole, ast.Tuple) else [whole] * len(targets)
        )
        for one, value in zip(targets, values, strict=True):
            name = attribute(one)
            if name is not None:
                yield name, is_none(value)


def head(statement: ast.stmt) -> ast.AST | None:
    """What a statement evaluates before the statements in it."""
    match statement:
        case ast.If(test=first) | ast.While(test=first) | ast.For(iter=first) | ast.With(items=[ast.withitem(first)]):
            return first
        case ast.Try():
            return None
    return statement


def behind(statement: ast.stmt, known: dict[str, bool]) -> dict[str, bool]:
    """What is known behind a statement."""
    nodes = list(ast.walk(statement))
    calls = any(isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) for node in nodes)
    changed = {name for node in nodes if isinstance(node, ast.Assign) for name, _ in assigned(node)}
    known = {name: called or calls for name, called in known.items() if name not in changed}
    if isinstance(statement, ast.Assign):
        known |= {name: False for name, to_none in assigned(statement) if to_none}
    if isinstance(statement, ast.If) and isinstance(statement.body[-1], LEAVES):
        known |= dict.fromkeys(none_where(statement.test, ast.IsNot), False)
    return known


def late_reads(body: list[ast.stmt], known: dict[str, bool]) -> Iterator[ast.Attribute]:
    """The reads of attributes that are known as None: ``known`` says whether a method was called since."""
    for statement in body:
        first = head(statement)
        for node in [] if first is None else ast.walk(first):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and known.get(attribute(node) or ""):
                yield node
        if isinstance(statement, ast.If):
            yield from late_reads(statement.body, known | dict.fromkeys(none_where(statement.test, ast.Is), False))
            yield from late_reads(statement.orelse, known | dict.fromkeys(none_where(statement.test, ast.IsNot), False))
        elif isinstance(statement, ast.For | ast.While | ast.With | ast.Try):
            yield from late_reads(statement.body, known)
        known = behind(statement, known)


def late_reads_in(source: str) -> list[str]:
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    return [f"{node.lineno}: {node.attr}" for function in functions for node in late_reads(function.body, {})]


def test_no_attribute_is_read_as_none_behind_a_call() -> None:
    compiled = matching(HOOK["modules"]) - matching(HOOK["plain"])
    found = {path.stem: late_reads_in(path.read_text()) for path in compiled}
    assert {name: reads for name, reads in found.items() if reads} == {}


def test_such_a_read_is_found() -> None:
    begin = "def f(self):\n    if self.x is not None:\n        return\n    "
    assert late_reads_in(f"{begin}self.begin()\n    return self.x") == ["5: x"]
    assert late_reads_in(f"{begin}self.x = 1\n    return self.x") == []
    assert late_reads_in("def f(self):\n    self.x = None\n    self.begin()\n    return self.x") == ["4: x"]
