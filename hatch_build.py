"""Compiles what the hot path computes in C; without a compiler plain references serve.

With RELHEALTH_REQUIRE_COMPILED=1 in the environment a build that cannot compile fails instead.
"""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from setuptools import Distribution, Extension
from setuptools.command.build_ext import build_ext

ROOT = "service"
SOURCES = {
    "relhealth.detection._kernel": "relhealth/detection/kernel/module.c",
    "relhealth.scoring._judge": "relhealth/scoring/kernel/module.c",
    "relhealth.wire._columns": "relhealth/wire/_columns.c",
    "relhealth.wire._writing": "relhealth/wire/_writing.c",
    "relhealth.wire._json": "relhealth/wire/_json.c",
    "relhealth.serving._counting": "relhealth/serving/_counting.c",
}


class KernelHook(BuildHookInterface[Any]):
    """Puts each compiled module into its package, and into the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatch's
        """Compiles before the wheel is put together."""
        if self.target_name != "wheel":
            return
        try:
            built = [self._compile(module, source) for module, source in SOURCES.items()]
        except Exception as error:
            # What an earlier build left would serve with code that may not be this one.
            for module in SOURCES:
                self._target(module).unlink(missing_ok=True)
            if os.environ.get("RELHEALTH_REQUIRE_COMPILED") == "1":
                raise
            self.app.display_warning(f"nothing compiled, the references will serve: {error}")
            return
        build_data["artifacts"].extend([str(path.relative_to(self.root)) for path in built])
        build_data["pure_python"] = False
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["tag"] = f"cp311-abi3-{platform}"

    def _compile(self, module: str, source: str) -> Path:
        extension = Extension(
            module,
            [str(Path(self.root, ROOT, source))],
            # No contraction of a*b+c: compiled code and its reference give the same bits. Nobody
            # traps floating-point exceptions, so that loops may compute several numbers at once.
            extra_compile_args=[
                "-O3",
                "-ffp-contract=off",
                "-fno-trapping-math",
                "-Wall",
                "-Wextra",
            ],
            # Named, or else the oldest of the library's functions serve, with their detours.
            libraries=[] if sys.platform == "win32" else ["m"],
            py_limited_api=True,
        )
        with tempfile.TemporaryDirectory() as scratch:
            command = build_ext(Distribution({"ext_modules": [extension]}))
            command.build_lib = command.build_temp = scratch
            command.ensure_finalized()
            command.run()
            made = Path(command.get_ext_fullpath(module))
            target = self._target(module)
            # In one step: a process that has the old one mapped must not see it change.
            partial = target.with_name(f"{target.name}.partial")
            shutil.copyfile(made, partial)
            partial.replace(target)
            return target

    def _target(self, module: str) -> Path:
        """Where the compiled module belongs, beside the plain ones."""
        suffix = ".pyd" if sys.platform == "win32" else ".abi3.so"
        return Path(self.root, ROOT, *module.split(".")).with_suffix(suffix)
