"""What ships is what runs: the wheel is built, and the command is run from it alone."""

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from tests.dist import SHIPPED
from tests.support import ROOT


def build(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Build the wheel into a folder."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HATCH_")} | variables
    return subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    assert build(folder).returncode == 0
    (built,) = folder.glob("unspool-*.whl")
    return built


WORDS_OF_C = re.compile(
    r"\bself\._(?:thread|inline|asm|const|volatile|signed|restrict|typeof|alignof|complex|real|imag)\b"
)
"""Attributes that mypyc writes with another ``_``, as which they are words of gcc."""


def test_no_attribute_is_a_word_of_c() -> None:
    found = [path.name for path in (ROOT / "cli").rglob("*.py") if WORDS_OF_C.search(path.read_text(encoding="utf-8"))]
    assert found == []


def test_an_installation_from_a_checkout_is_plain_python(wheel: Path) -> None:
    """Compiling takes minutes and a C compiler; `make wheel` asks for it."""
    assert wheel.name.endswith("-py3-none-any.whl")


def test_compiling_without_a_compiler_fails_and_says_so(tmp_path: Path) -> None:
    done = build(tmp_path, PATH=str(tmp_path), HATCH_BUILD_HOOK_ENABLE_CUSTOM="true")
    assert done.returncode != 0
    assert "needs a C compiler" in done.stderr


def test_what_is_compiled_is_there() -> None:
    """A module that was moved must not drop out of the list unseen."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    hook = project["tool"]["hatch"]["build"]["targets"]["wheel"]["hooks"]["custom"]
    for name in hook["modules"] + hook["plain"]:
        assert list((ROOT / "cli").glob(name)), name


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    sources = {str(file.relative_to(ROOT / "cli")) for file in (ROOT / "cli").rglob("*.py")}
    sources |= {f"unspool/examples/{file.name}" for file in (ROOT / "cli" / "unspool" / "examples").iterdir()}
    held = {name for name in names if ".dist-info/" not in name and ".data/" not in name}
    assert held == sources | {"unspool/py.typed"}
    assert all(any(name.endswith(end) for name in names) for end in SHIPPED)


def test_the_command_runs_from_the_wheel_alone(wheel: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(wheel)}
    sample = ROOT / "samples" / "plain.jsonl"
    where = "import unspool; print(unspool.__file__)"
    home = subprocess.run([sys.executable, "-c", where], env=environment, capture_output=True, text=True, check=True)
    assert home.stdout.startswith(str(wheel))
    command = [sys.executable, "-m", "unspool", "text", str(sample)]
    done = subprocess.run(command, env=environment, cwd=wheel.parent, capture_output=True, check=True, timeout=60)
    assert done.stdout == sample.with_suffix(".expected.txt").read_bytes()


def test_the_installed_command_is_declared(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (entry_points,) = (name for name in archive.namelist() if name.endswith("entry_points.txt"))
    assert "unspool = unspool.__main__:entry" in archive.read(entry_points).decode()
