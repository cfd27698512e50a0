"""The entry point, where the package that it starts cannot be imported."""

import os
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

WITHOUT_PARSER = """
import sys
from unspool.commands.app import load, main
load()
code = main()
sys.exit(code if "unspool.commands._parser" not in sys.modules else 99)
"""


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({}, 0),
        ({"UNSPOOL_MODEL": "mistral-small-2506", "UNSPOOL_BASE_URL": "http://localhost:8080/v1"}, 0),
        ({"UNSPOOL_SYSTEM": "@a file that is not there"}, 0),
        ({"UNSPOOL_TOOL": "answer"}, 99),
        ({"UNSPOOL_MODEL": "mistral-small-2506", "UNSPOOL_TOOLS": "answer"}, 99),
    ],
)
def test_a_filter_imports_its_parser_only_where_something_counts_as_an_option(
    variables: dict[str, str], code: int
) -> None:
    """A profile sets the model once for all calls: it costs the other commands nothing."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("UNSPOOL_")}
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT_PARSER, "text", str(ROOT / "cli" / "unspool" / "examples" / "message")],
        env=kept | variables,
        capture_output=True,
        check=False,
    )
    assert ran.returncode == code
    if "UNSPOOL_TOOL" not in variables:
        assert ran.stdout.decode() == "Your table is booked.\nSee you 👋!\n"
