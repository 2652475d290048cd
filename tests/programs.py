"""Programs that tests use and no Python package brings; `.ci/run` installs them.

Where one is missing its tests are skipped; with RELHEALTH_REQUIRE_PROGRAMS=1, as in CI, that is a
failure instead.
"""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Ends a test that cannot do without."""
    reason = f"needs {what}"
    if os.environ.get("RELHEALTH_REQUIRE_PROGRAMS") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def program(name: str, package: str) -> str:
    """The path of a program that a Debian package brings."""
    path = shutil.which(name)
    if path is None:
        missing(f"{name}, of the package {package}")
    return path
