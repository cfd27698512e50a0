"""Build hook that compiles the modules named in pyproject.toml with mypyc.

It is off unless HATCH_BUILD_HOOK_ENABLE_CUSTOM=true is set, as in `make wheel`:
`pip install` from a checkout is plain Python and takes seconds. The wheel has
the sources next to the shared objects, for tracebacks and for tools.
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
FLAGS = ("-fvisibility=hidden", "-fno-plt", "-Wno-all")
"""With the first two, calls between modules are direct, and loading resolves a tenth of the symbols.

Python's own flags have -Wall, whose analysis of 600,000 generated lines takes gcc four minutes of five.
"""

OPTIMISATION = os.environ.get("MYPYC_OPT_LEVEL", "3")
"""mypyc's own variable. Without optimisation the C compiler takes a fifth of the time, which is enough for a test."""


class CompiledWheel(BuildHookInterface[Any]):
    """Adds a shared object for each compiled module, and the one with the code of all."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile the modules. Raises RuntimeError without a C compiler."""
        if self.target_name != "wheel" or version == "editable":
            return
        if not _can_compile():
            raise RuntimeError(
                "compiling needs a C compiler and the headers of Python; without the hook it is plain Python"
            )
        source = Path(self.root, SOURCE)
        modules = _matching(source, self.config["modules"]) - _matching(source, self.config["plain"])
        self._folder = TemporaryDirectory()
        built = Path(self._folder.name, "built")
        compile_modules(source, sorted(modules), built)
        build_data["force_include"].update({str(path): str(path.relative_to(built)) for path in built.rglob("*.so")})
        build_data.update(pure_python=False, infer_tag=True)

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the shared objects, which the wheel now holds."""
        if hasattr(self, "_folder"):
            self._folder.cleanup()


def _matching(source: Path, globs: list[str]) -> set[str]:
    return {str(path.relative_to(source)) for glob in globs for path in source.glob(glob)}


def _can_compile() -> bool:
    compiler = str(sysconfig.get_config_var("CC") or "cc").split()[0]
    return shutil.which(compiler) is not None and Path(sysconfig.get_path("include"), "Python.h").is_file()


def compile_modules(source: Path, modules: list[str], built: Path) -> None:
    """Compile ``modules``, paths below ``source``, into the folder ``built``."""
    from mypyc.build import mypycify  # noqa: PLC0415 - installed only where the hook is enabled
    from setuptools import Distribution  # noqa: PLC0415

    work = built.parent
    cache = f"--cache-dir={work / 'cache'}"
    with chdir(source):
        extensions = mypycify(
            [*MYPY, cache, *modules], target_dir=str(work / "c"), group_name="unspool", opt_level=OPTIMISATION
        )
        for extension in extensions:
            extension.extra_compile_args += FLAGS
        command = Distribution({"name": "unspool", "ext_modules": extensions}).get_command_obj("build_ext")
        command.build_lib, command.build_temp, command.parallel = str(built), str(work / "o"), os.cpu_count()
        command.ensure_finalized()
        command.run()
