"""Builds the source distribution and the wheel into dist/, and checks them: `make dist`.

What is checked: the metadata and the README (twine), what the wheel holds, and that a clean environment of each Python
that is supported, and here, installs it, runs the command in an empty folder, and passes the tests of the core and the
samples.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
DIST = ROOT / "dist"
WORK = ROOT / "build" / "dist"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
TESTED = ("tests/core", "tests/quirks/test_cases.py", "tests/test_samples.py")
SHIPPED = (
    *("unspool/py.typed", "unspool/examples/message", "dist-info/licenses/LICENSE"),
    *("dist-info/licenses/THIRD-PARTY.md", "share/man/man1/unspool.1", "share/man/man1/unspool-text.1"),
    *("share/bash-completion/completions/unspool", "share/zsh/site-functions/_unspool"),
    "share/fish/vendor_completions.d/unspool.fish",
)
"""What a wheel must hold, by the ends of the names."""
SOURCES = (
    "pyproject.toml",
    "hatch_build.py",
    "Makefile",
    "tests/support.py",
    "samples/plain.jsonl",
    "docs/man/unspool.1",
)
"""What the source distribution must hold, so that its tests can be run and a wheel be built from it."""


def main() -> None:
    """Build and check; leaves with the code of what fails."""
    shutil.rmtree(WORK, ignore_errors=True)
    for old in DIST.glob("unspool-*"):
        old.unlink()
    call([sys.executable, "-m", "build", "--no-isolation", "--outdir", str(DIST), str(ROOT)])
    (wheel,), (sdist,) = DIST.glob("*.whl"), DIST.glob("*.tar.gz")
    call([sys.executable, "-m", "twine", "check", "--strict", str(wheel), str(sdist)])
    check_contents(wheel, sdist)
    for version in PYTHONS:
        python = find_python(version)
        if python is None:
            print(f"Python {version} is not here, and was not tried")
        else:
            try_with(python, version, wheel)
    print(f"checked: {wheel.name}, {sdist.name}")


def call(command: Sequence[str], **options: object) -> str:
    """Run a command and return its output. Leaves with what it says where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return str(done.stdout)


def check_contents(wheel: Path, sdist: Path) -> None:
    """Compare names with what must be there, and with what must not."""
    names = zipfile.ZipFile(wheel).namelist()
    missing = [end for end in SHIPPED if not any(name.endswith(end) for name in names)]
    strange = [name for name in names if name.startswith(("tests/", "samples/", "docs/")) or "__pycache__" in name]
    with tarfile.open(sdist) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    missing += [name for name in SOURCES if name not in held]
    if missing or strange:
        sys.exit(f"missing: {missing}; does not belong there: {strange}")


def find_python(version: str) -> str | None:
    """An interpreter of this version: on the path, or beside others that pyenv keeps."""
    found = shutil.which(f"python{version}")
    candidates = [found] if found else []
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates += [str(path) for path in sorted(kept.glob(f"{version}.*/bin/python{version}"))]
    for candidate in candidates:
        done = subprocess.run([candidate, "-c", "import venv, ensurepip"], capture_output=True, check=False)
        if done.returncode == 0:
            return candidate
    return None


def try_with(python: str, version: str, wheel: Path) -> None:
    """Install the wheel into a clean environment, run the command, and the tests without the source tree."""
    environment, folder = WORK / version, WORK / f"{version}-tests"
    call([python, "-m", "venv", str(environment)])
    own = environment / "bin" / "python"
    call([str(own), "-m", "pip", "install", "--quiet", str(wheel), "pytest", "hypothesis"])
    folder.mkdir()
    for name in ("tests", "samples"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    command = str(environment / "bin" / "unspool")
    shown = call(["sh", "-c", f"'{command}' --version; '{command}' sample message | '{command}' text"], cwd=folder)
    if not shown.endswith("Your table is booked.\nSee you \U0001f44b!\n"):
        sys.exit(f"Python {version}: the command printed {shown!r}")
    call([command, "check", "--quiet", "--jobs", "auto", "samples"], cwd=folder)
    ran = call([str(own), "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTED], cwd=folder)
    print(f"Python {version}: {ran.strip().splitlines()[-1]}")


if __name__ == "__main__":
    main()
