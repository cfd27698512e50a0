"""THIRD-PARTY.md: what unspool depends on, under which licences, and what of others is inside the compiled wheel."""

import re
import tomllib
from importlib.metadata import distribution

from tests.support import ROOT

INTRODUCTION = """\
# Third-party notices

unspool itself has the [MIT license](LICENSE). Its source distribution and its plain wheel hold no code of others. These
packages are installed with it, each under its own licence:

"""
COMPILED = """\

## In the compiled wheel

The compiled wheel holds parts of the runtime library of [mypyc](https://github.com/mypyc/mypyc), a part of mypy, in the
shared objects. Its licence asks that this notice goes with them:

~~~text
"""


def notices_page() -> str:
    """THIRD-PARTY.md."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    rows = [_row(one, "always") for one in project["dependencies"]]
    for extra, wanted in project["optional-dependencies"].items():
        rows += [_row(one, f"with the extra `{extra}`") for one in wanted]
    table = "\n".join(["| package | licence | installed |", "| --- | --- | --- |", *dict.fromkeys(rows)])
    return f"{INTRODUCTION}{table}\n{COMPILED}{_licence_of('mypy')}~~~\n"


def _row(requirement: str, when: str) -> str:
    (name,) = re.findall(r"^[A-Za-z0-9_.-]+", requirement)
    return f"| {name} | {_licence(name)} | {when} |"


def _licence(name: str) -> str:
    """The licence as the package names it: an SPDX expression, a classifier, or the first line of its text."""
    metadata = distribution(name).metadata
    expression, text = (metadata.get_all(field) or [""] for field in ("License-Expression", "License"))
    classifiers = [one for one in metadata.get_all("Classifier") or [] if one.startswith("License ::")]
    named = classifiers[-1].rpartition(" :: ")[2] if classifiers else text[0].partition("\n")[0]
    return str(expression[0] or named)


def _licence_of(name: str) -> str:
    """The text of a licence, from the package itself."""
    files = distribution(name).files or []
    path = next(one for one in files if one.name == "LICENSE" and one.parent.name in ("licenses", f"{name}.dist-info"))
    return "".join(f"{line.rstrip()}\n" for line in path.read_text(encoding="utf-8").splitlines())
