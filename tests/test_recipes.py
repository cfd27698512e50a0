"""What docs/guide/recipes.md and the definitions of hooks promise is run."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml
from tests.commands.processes import plain_environment
from tests.support import ROOT, UNSPOOL

RECIPES = (ROOT / "docs" / "guide" / "recipes.md").read_text(encoding="utf-8")


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = plain_environment(PATH=f"{UNSPOOL.parent}:/usr/bin:/bin")
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=environment)


def test_the_pytest_recipe_passes_and_fails(tmp_path: Path) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", RECIPES, re.DOTALL)
    (tmp_path / "test_captures.py").write_text(block)
    (tmp_path / "captures").mkdir()
    for name in ("plain.jsonl", "plain.expected.txt", "booking.jsonl", "booking.expected.txt"):
        shutil.copy(ROOT / "samples" / name, tmp_path / "captures")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    assert run(command, tmp_path).stdout.splitlines()[-1].startswith("2 passed")
    (tmp_path / "captures" / "plain.expected.txt").write_text("Something else.\n")
    assert run(command, tmp_path).returncode == 1


def test_the_hook_of_the_repository_is_valid_and_is_the_one_of_the_recipe() -> None:
    manifest = ROOT / ".pre-commit-hooks.yaml"
    done = run([sys.executable, "-m", "pre_commit", "validate-manifest", str(manifest)], ROOT)
    assert done.returncode == 0, done.stdout
    (hook,) = yaml.safe_load(manifest.read_text())
    (recipe,) = (one for one in re.findall(r"```yaml\n(.*?)```", RECIPES, re.DOTALL))
    assert yaml.safe_load(recipe)["repos"][0]["hooks"][0]["id"] == hook["id"]
    assert hook["entry"].startswith("unspool check")


def test_the_site_has_every_page() -> None:
    """A page that the navigation lacks is one that nobody finds."""
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    named = set(re.findall(r"^ +- (\S+\.md)$", text, re.MULTILINE))
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert named == pages
