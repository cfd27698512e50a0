"""Compiles modules with mypyc when a wheel is built; which, stands in pyproject.toml.

Only the wheel gets what comes out of it: the source tree stays as it is, and
the sources go along for tracebacks and for tools that read them. Where they
cannot be compiled the wheel is plain Python, which does the same in more time: no
install fails for that. So it is with HATCH_BUILD_NO_HOOKS=1.
"""

import os
import shutil
import sysconfig
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCE = "cli"
MYPY = ("--config-file=", "--ignore-missing-imports")
"""`make types` has checked more strictly, and with all packages in place."""
HIDDEN = ("-fvisibility=hidden", "-fno-plt")
"""Calls from module to module are direct, and loading looks up a tenth of the names."""


class CompiledWheel(BuildHookInterface[Any]):
    """Adds a shared object beside each module that is compiled, and the one that holds the code of all."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, but not for an editable install: that one is for changing the modules."""
        if self.target_name != "wheel" or version == "editable":
            return
        if not _can_compile():
            self.app.display_warning("No C compiler, or no headers of Python's: the wheel is plain Python, and slower.")
            return
        source = Path(self.root, SOURCE)
        modules = _matching(source, self.config["modules"]) - _matching(source, self.config["plain"])
        self._folder = TemporaryDirectory()
        built = Path(self._folder.name, "built")
        try:
            compile_modules(source, sorted(modules), built)
        except (Exception, SystemExit) as problem:  # mypyc leaves where types are wrong, and has said why
            self.app.display_warning(
                f"The modules could not be compiled ({problem}): the wheel is plain Python, and slower."
            )
            return
        build_data["force_include"].update({str(path): str(path.relative_to(built)) for path in built.rglob("*.so")})
        build_data.update(pure_python=False, infer_tag=True)

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Take away what the wheel has in it now."""
        if hasattr(self, "_folder"):
            self._folder.cleanup()


def _matching(source: Path, globs: list[str]) -> set[str]:
    return {str(path.relative_to(source)) for glob in globs for path in source.glob(glob)}


def _can_compile() -> bool:
    compiler = str(sysconfig.get_config_var("CC") or "cc").split()[0]
    return shutil.which(compiler) is not None and Path(sysconfig.get_path("include"), "Python.h").is_file()


def compile_modules(source: Path, modules: list[str], built: Path) -> None:
    """Compile ``modules``, files below ``source``, into the folder ``built``."""
    from mypyc.build import mypycify  # noqa: PLC0415 - is there only when it is asked for
    from setuptools import Distribution  # noqa: PLC0415

    work = built.parent
    cache = f"--cache-dir={work / 'cache'}"
    with chdir(source):
        extensions = mypycify([*MYPY, cache, *modules], target_dir=str(work / "c"), group_name="unspool")
        for extension in extensions:
            extension.extra_compile_args += HIDDEN
        command = Distribution({"name": "unspool", "ext_modules": extensions}).get_command_obj("build_ext")
        command.build_lib, command.build_temp, command.parallel = str(built), str(work / "o"), os.cpu_count()
        command.ensure_finalized()
        command.run()
