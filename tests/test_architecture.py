"""The rules of docs/internals/architecture.md: imports in one direction, a pure core, one place per dependency."""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.support import ROOT

PACKAGE = ROOT / "cli" / "unspool"
FILES = sorted(PACKAGE.rglob("*.py"))

LAYERS = (
    {"variants"},
    {"core"},
    {"errors"},
    {"formats", "files", "descriptors", "memory", "redaction", "suggestions"},
    {"dialects", "quirks"},
    {"fastpath", "intake"},
    {"settings", "called_tools", "interleaving", "stop_rule"},
    {"sources", "sinks", "diagnostics"},
    {"source_report", "value_reader"},
    {"pipeline", "auto_tool"},
    {"environment", "exits", "textdiff", "view"},
    {"capture", "check", "diff", "chat", "server", "table"},
    {"serve"},
    {"", "commands"},
    {"__main__"},
)
"""The parts from the lowest to the highest; "" is the package itself, the curated public names.

Each part imports only itself and what is below it: sinks do not import sources, nor diagnostics the loop.
"""
BESIDE = {"auto_tool": {"pipeline"}, "check": {"textdiff"}, "diff": {"textdiff"}, "exits": set[str](), "commands": {""}}
"""What a part may import of its own layer."""
INTAKE = ({"json_text"}, {"unread"}, {"encodings"}, {"http", "damaged"}, {"logs"}, {"envelopes"}, {"containers"})
"""The packages of the intake from the lowest to the highest; the table of layers above them imports all."""
PURE = {"variants", "core", "dialects", "quirks"}

ONE_PLACE = {
    "typer": "commands",
    "orjson": "formats/json_codec.py",
    "rich": "view",
    "markdown_it": "view",
    "jiter": "formats/json_codec.py",
    "httpx2": "sources",  # openai_client says what its errors mean, upstream passes requests on
    "anyio": "serve/http/interruptible.py",
    "starlette": "serve/app.py",
    "uvicorn": "serve/runner.py",
    "pytest": "serve/pytest_plugin.py",
    "prompt_toolkit": "chat/prompting.py",
    "yaml": "intake/containers/cassette.py",
    "backports": "intake/encodings/compression.py",
    "compression": "intake/encodings/compression.py",
    "pyarrow": "table/writers.py",
    "obstore": "table/stores.py",
    "distributed": "table/cluster.py",
}
"""Where a third-party package may be imported."""

STANDARD = sys.stdlib_module_names


class Import(NamedTuple):
    """One import: in which file, and of what; ``for_types`` where it is under TYPE_CHECKING and never runs."""

    file: Path
    module: str
    for_types: bool

    @property
    def importer(self) -> str:
        return part_of(self.file)

    @property
    def top(self) -> str:
        return self.module.partition(".")[0]


def part_of(file: Path) -> str:
    """The part that a file belongs to."""
    first = file.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return "" if first == "__init__" else first


def module_of(file: Path) -> str:
    names = file.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(names).removesuffix(".__init__")


MODULES = {module_of(file): file for file in FILES}


def visit(node: ast.AST, for_types: bool = False) -> Iterator[tuple[str, bool]]:
    """The modules imported below a node, in functions too; ``from a import b`` names a.b where that is a module."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from ((alias.name, for_types) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, "imports are absolute"
            module = child.module or ""
            for alias in child.names:
                longer = f"{module}.{alias.name}"
                yield (longer if longer in MODULES else module), for_types
        else:
            guarded = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
            yield from visit(child, for_types or guarded)


def imports_of(file: Path) -> list[Import]:
    return [Import(file, module, for_types) for module, for_types in visit(ast.parse(file.read_text()))]


@cache
def all_imports() -> list[Import]:
    """Those of all files; parsed by the tests that ask, not by each worker that collects them."""
    return [one for file in FILES for one in imports_of(file)]


def test_there_are_files_and_imports() -> None:
    assert len(FILES) > 20
    assert len(all_imports()) > 100


def allowed(part: str) -> set[str]:
    """The parts that ``part`` may import."""
    layer = next(number for number, parts in enumerate(LAYERS) if part in parts)
    return {part, *BESIDE.get(part, set()), *(below for parts in LAYERS[:layer] for below in parts)}


def test_imports_point_one_way() -> None:
    wrong = [
        f"{one.file.relative_to(PACKAGE)} imports {one.module}"
        for one in all_imports()
        if one.top == "unspool" and part_of(MODULES[one.module]) not in allowed(one.importer)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("part", "allowed"), [("environment", {"chat", "commands"}), ("exits", {"check", "commands", "table"})]
)
def test_environment_and_exits_are_seen_at_the_top_alone(part: str, allowed: set[str]) -> None:
    seen = {one.importer for one in all_imports() if one.module == f"unspool.{part}"}
    assert seen == allowed


def test_there_are_no_cycles() -> None:
    """Imports inside functions count: they hide a cycle from Python, not from a reader."""
    graph: dict[str, set[str]] = {}
    for one in all_imports():
        if one.top == "unspool" and not one.for_types:
            graph.setdefault(module_of(one.file), set()).add(one.module)
    order = list(TopologicalSorter(graph).static_order())
    assert (
        order.index("unspool.core.parser.string_decoder")
        < order.index("unspool.core.transformer")
        < order.index("unspool.pipeline")
    )


def test_the_parts_of_the_server_know_the_http_side_and_not_each_other() -> None:
    names = {path.name for path in (PACKAGE / "serve").iterdir() if (path / "__init__.py").exists()}
    assert names == {"http", "proxy", "replay", "faults"}
    seen = {
        (one.file.relative_to(PACKAGE / "serve").parts[0], one.module.split(".")[2])
        for one in all_imports()
        if one.module.startswith("unspool.serve.") and one.file.parent.name in names
    }
    assert {(importer, other) for importer, other in seen if importer != other} == {
        (name, "http") for name in names - {"http"}
    }


def test_the_packages_of_the_intake_import_only_those_below_them() -> None:
    folder = PACKAGE / "intake"
    assert {path.parent.name for path in folder.glob("*/__init__.py")} == {name for row in INTAKE for name in row}
    level = {name: number for number, names in enumerate(INTAKE) for name in names}
    wrong = [
        f"{one.file.relative_to(folder)} imports {one.module}"
        for one in all_imports()
        if one.module.startswith("unspool.intake.") and one.file.parent.name in level
        for other in [one.module.split(".")[2]]
        if other in level and other != one.file.parent.name and level[other] >= level[one.file.parent.name]
    ]
    assert wrong == []


@pytest.mark.parametrize("part", sorted(PURE))
def test_the_pure_parts_import_the_standard_library_and_the_core(part: str) -> None:
    outside = {one.top for one in all_imports() if one.importer == part} - STANDARD - {"unspool"}
    assert outside == set()


def test_third_party_packages_have_one_place_each() -> None:
    for one in all_imports():
        if one.top in ONE_PLACE:
            assert one.file.relative_to(PACKAGE).as_posix().startswith(ONE_PLACE[one.top]), one


def test_the_environment_is_read_in_one_module() -> None:
    """A setting that counts is one that a test can find; a folder of captures sets none."""
    readers = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if re.search(r"\b(environ|environb|getenv|expandvars)\b", path.read_text(encoding="utf-8"))
    }
    assert readers == {"environment.py"}


def test_openai_is_imported_by_its_two_clients_alone() -> None:
    """What is imported to check types does not count: that is never loaded."""
    files = {one.file.relative_to(PACKAGE).as_posix() for one in all_imports() if one.top == "openai" and one.module}
    loading = {file for file in files if not only_for_types(PACKAGE / file, "openai")}
    assert loading <= {"sources/openai_client.py", "sources/openai_async.py"}
    assert all(file.startswith("sources/") for file in files)


def only_for_types(file: Path, package: str) -> bool:
    """Whether ``package`` is imported under TYPE_CHECKING and nowhere else."""
    tree = ast.parse(file.read_text())
    guarded = [
        node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
    ]
    inside = {id(child) for node in guarded for child in ast.walk(node)}
    every = [
        node
        for node in ast.walk(tree)
        if (isinstance(node, ast.ImportFrom) and (node.module or "").startswith(package))
        or (isinstance(node, ast.Import) and any(alias.name.startswith(package) for alias in node.names))
    ]
    return all(id(node) in inside for node in every)


def test_nothing_else_from_outside_is_imported() -> None:
    outside = {one.top for one in all_imports()} - STANDARD - {"unspool"}
    assert outside <= {*ONE_PLACE, "openai"}


IMPURE_MODULES = {
    *("sys", "os", "io", "time", "datetime", "logging", "random", "socket", "select", "subprocess", "threading"),
    *("asyncio", "pathlib", "tempfile", "warnings", "locale", "signal", "shutil", "urllib", "http"),
}
IMPURE_NAMES = {"open", "print", "input", "exec", "eval", "breakpoint", "globals", "__import__"}


def test_the_core_is_pure() -> None:
    """No IO, no clock, no logging, nothing global that changes."""
    assert [one for one in all_imports() if one.importer in PURE and one.top in IMPURE_MODULES] == []
    for file in FILES:
        if part_of(file) in PURE:
            for node in ast.walk(ast.parse(file.read_text())):
                place = f"{file.relative_to(PACKAGE)}:{getattr(node, 'lineno', 0)}"
                assert not isinstance(node, ast.Global), place
                assert not (isinstance(node, ast.Name) and node.id in IMPURE_NAMES), place


def test_the_page_of_the_core_names_each_of_its_modules() -> None:
    page = (ROOT / "docs" / "internals" / "core.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:core|variants)/\S+\.py)`", page))
    files = {file.relative_to(PACKAGE).as_posix() for file in FILES if part_of(file) in {"core", "variants"}}
    assert named == {file for file in files if not file.endswith("__init__.py")}


# --- size --------------------------------------------------------------------------------------


def test_functions_are_short_and_types_are_tested_against_tuples() -> None:
    """The union of `isinstance(value, int | float)` is made with each call, which takes longer than the test."""
    for file, node in ((path, node) for path in FILES for node in ast.walk(ast.parse(path.read_text()))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 40, f"{file}: {node.name} has more than 40 lines"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "isinstance":
            assert not isinstance(node.args[1], ast.BinOp), f"{file}:{node.lineno}"
