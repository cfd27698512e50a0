"""Writes requirements-dev.lock: exact versions, with hashes, of all that the tests run with (`make lock`).

pip-compile resolves them; what it is given are the dependencies, the extras and the group dev of pyproject.toml.
"""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "requirements-dev.lock"
INPUT = ROOT / "build" / "requirements-dev.in"
HEAD = """\
# Exact versions of the development environment, for CPython 3.11 on Linux; `make lock` writes this file.
# pip install --require-hashes -r requirements-dev.lock && pip install --no-deps --no-build-isolation -e .
"""
OPTIONS = (
    *("--quiet", "--generate-hashes", "--strip-extras", "--allow-unsafe", "--no-header", "--no-annotate"),
    *("--no-emit-index-url", "--no-emit-find-links", "--no-emit-trusted-host", "--no-emit-options"),
)


def requirements() -> list[str]:
    """All requirements of the development environment, in order."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = [one for extra in project["project"]["optional-dependencies"].values() for one in extra]
    wanted = [*project["project"]["dependencies"], *extras, *project["dependency-groups"]["dev"]]
    return sorted({*wanted, *project["build-system"]["requires"]})


def main() -> None:
    """Resolve and write; an existing file keeps its versions where they still fit."""
    INPUT.parent.mkdir(exist_ok=True)
    INPUT.write_text("\n".join(requirements()) + "\n", encoding="utf-8")
    before = LOCK.read_text(encoding="utf-8") if LOCK.exists() else ""
    LOCK.write_text(before.removeprefix(HEAD), encoding="utf-8")
    command = [sys.executable, "-m", "piptools", "compile", *OPTIONS, f"--output-file={LOCK}", str(INPUT)]
    subprocess.run(command, check=True, cwd=ROOT)
    LOCK.write_text(HEAD + LOCK.read_text(encoding="utf-8"), encoding="utf-8")


if __name__ == "__main__":
    main()
