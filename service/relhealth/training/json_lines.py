"""Files of JSON lines that are learnt from or judged on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from relhealth.errors import ConfigurationError


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, counted from 1.

    Only a line feed ends a line: what else Unicode breaks lines at may stand in a JSON string.

    Raises:
        ConfigurationError: The file cannot be read.
    """
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield number, line
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: is not UTF-8") from error


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The objects of the project's own files, which are known to be sound."""
    return [json.loads(line) for _, line in numbered_lines(path)]
