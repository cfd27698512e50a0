"""What ships is what runs: the wheel is built, and the command is run from it alone."""

import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from tests.support import ROOT


def build(folder: Path, **variables: str) -> str:
    """Build the wheel into a folder; gives what was said."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HATCH_")} | variables
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True, timeout=60)
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    build(folder, HATCH_BUILD_NO_HOOKS="1")
    (built,) = folder.glob("unspool-*.whl")
    return built


def test_without_a_compiler_the_wheel_is_plain_and_says_so(tmp_path: Path) -> None:
    said = build(tmp_path, PATH=str(tmp_path))
    (built,) = tmp_path.glob("unspool-*.whl")
    assert built.name.endswith("-py3-none-any.whl")
    assert "No C compiler" in said


def test_what_is_compiled_is_there() -> None:
    """A module that was moved must not drop out of the list unseen."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    hook = project["tool"]["hatch"]["build"]["targets"]["wheel"]["hooks"]["custom"]
    for name in hook["modules"] + hook["plain"]:
        assert list((ROOT / "cli").glob(name)), name


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    sources = {str(file.relative_to(ROOT / "cli")) for file in (ROOT / "cli").rglob("*.py")}
    assert {name for name in names if ".dist-info/" not in name} == sources | {"unspool/py.typed"}
    assert any(name.endswith("licenses/LICENSE") for name in names)


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
