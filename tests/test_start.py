"""The entry point, where the package that it starts cannot be imported."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support import ROOT


@pytest.mark.parametrize("part", ["core/errors.py", "commands/app.py", "exits.py"])
def test_a_broken_installation_is_one_line(part: str, tmp_path: Path) -> None:
    shutil.copytree(
        ROOT / "cli" / "unspool", tmp_path / "unspool", ignore=shutil.ignore_patterns("*.so", "__pycache__")
    )
    (tmp_path / "unspool" / part).write_text("raise RuntimeError('half\\na file')\n")
    command = [sys.executable, "-P", "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n" + START]
    ran = subprocess.run(command, input=b"", capture_output=True, check=False)
    assert (ran.returncode, ran.stdout) == (5, b"")
    said = ran.stderr.decode()
    assert said == (
        "unspool: it cannot be started: RuntimeError: half\\na file; install it again (--debug shows the traceback)\n"
    )
    debugged = subprocess.run([*command, "--debug"], input=b"", capture_output=True, check=False)
    assert b"Traceback" in debugged.stderr
    assert debugged.returncode != 0


START = "from unspool.__main__ import entry; entry()"
