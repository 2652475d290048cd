"""The extension modules, which a build with a C compiler adds.

Without one plain Python gives the same bytes, more slowly. That is never done in silence:
``relhealth --version``, the line of a service that starts to serve, and `relhealth_build_info`
tell which are there.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Final

KERNEL: Final = "relhealth.detection._kernel"
JUDGE: Final = "relhealth.scoring._judge"
COLUMNS: Final = "relhealth.wire._columns"
WRITING: Final = "relhealth.wire._writing"
JSON: Final = "relhealth.wire._json"
COUNTING: Final = "relhealth.serving._counting"
EXTENSIONS: Final = (KERNEL, JUDGE, COLUMNS, WRITING, JSON, COUNTING)


def load_extension(name: str) -> ModuleType | None:
    """One of `EXTENSIONS`; None where the build made none.

    Raises:
        ImportError: It was made, and cannot be loaded.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        return None


def missing_extensions() -> tuple[str, ...]:
    """Names of the extension modules that plain Python stands in for."""
    return tuple([name for name in EXTENSIONS if load_extension(name) is None])
