"""Compiles the act detector's kernel; without a compiler the plain reference serves."""

from __future__ import annotations

import shutil
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from setuptools import Distribution, Extension
from setuptools.command.build_ext import build_ext

SOURCE = "service/relhealth/detection/_kernel.c"
MODULE = "relhealth.detection._kernel"


class KernelHook(BuildHookInterface[Any]):
    """Puts the compiled kernel beside its source, and into the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatch's
        """Compiles before the wheel is put together."""
        if self.target_name != "wheel":
            return
        try:
            built = self._compile()
        except Exception as error:  # noqa: BLE001 - whatever a toolchain raises, it is missing
            self.app.display_warning(f"no compiled kernel, the reference will serve: {error}")
            return
        build_data["artifacts"].append(str(built.relative_to(self.root)))
        build_data["pure_python"] = False
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["tag"] = f"cp311-abi3-{platform}"

    def _compile(self) -> Path:
        extension = Extension(
            MODULE,
            [str(Path(self.root) / SOURCE)],
            # No contraction of a*b+c: the kernel and the reference give the same bits.
            extra_compile_args=["-O3", "-ffp-contract=off", "-Wall", "-Wextra"],
            py_limited_api=True,
        )
        with tempfile.TemporaryDirectory() as scratch:
            command = build_ext(Distribution({"ext_modules": [extension]}))
            command.build_lib = command.build_temp = scratch
            command.ensure_finalized()
            command.run()
            made = Path(command.get_ext_fullpath(MODULE))
            target = Path(self.root) / SOURCE
            target = target.with_name("_kernel.abi3.so" if sys.platform != "win32" else made.name)
            # In one step: a process that has the old one mapped must not see it change.
            partial = target.with_name(f"{target.name}.partial")
            shutil.copyfile(made, partial)
            partial.replace(target)
            return target
