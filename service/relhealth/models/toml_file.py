"""TOML files of a deployment: rubric, settings, clients, mappings of columns."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from relhealth.errors import ConfigurationError, RelhealthError


def read_toml(
    path: Path, refusal: Callable[[str], RelhealthError] = ConfigurationError
) -> dict[str, Any]:
    """What a file holds.

    Args:
        path: The file.
        refusal: Makes the error of what is wrong.

    Raises:
        RelhealthError: The file cannot be read, or is no TOML; as `refusal` makes it.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise refusal(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise refusal(f"{path}: is not UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise refusal(f"{path}: is not TOML: {error}") from error


def toml_string(text: str) -> str:
    """A text as a basic string of TOML."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    plain = "".join([c if c.isprintable() else f"\\U{ord(c):08X}" for c in escaped])
    return f'"{plain}"'
