"""The files that a run reads: paths, folders and patterns, in a fixed order."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from relhealth.errors import ConfigurationError

_JSON_LINES: Final = (".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz")
_CSV: Final = (".csv", ".csv.gz", ".tsv", ".tsv.gz")
_PARQUET: Final = (".parquet",)


_FEW_BYTES: Final = 2**20


def is_stream(name: str) -> bool:
    """Whether a name stands for what can be read but once: standard input or a pipe."""
    return name == "-" or Path(name).is_fifo()


def is_plain(names: Sequence[str]) -> bool:
    """Whether the files are a few JSON lines, or a stream of them, which one process reads.

    Raises:
        ConfigurationError: Files of another form stand beside a stream.
    """
    files = [Path(name) for name in names if not is_stream(name)]
    lines = all(is_json_lines(path) for path in files)
    if len(files) < len(names):
        if not lines:
            raise ConfigurationError("beside a stream only files of JSON lines can be read")
        return True
    few = sum(path.stat().st_size for path in files if path.is_file()) < _FEW_BYTES
    return lines and few and all(path.is_file() for path in files)


def is_json_lines(path: Path) -> bool:
    """Whether a file holds a history a line."""
    return path.name.lower().endswith(_JSON_LINES)


def is_csv(path: Path) -> bool:
    """Whether a file is a flat table of messages as text."""
    return path.name.lower().endswith(_CSV)


def is_parquet(path: Path) -> bool:
    """Whether a file is Parquet."""
    return path.name.lower().endswith(_PARQUET)


def find_files(names: Sequence[str]) -> tuple[Path, ...]:
    """The files that names, folders and glob patterns stand for.

    Folders and patterns give their files sorted by path, folders with all below them; hidden files
    and names that begin with `_` are left out, as Spark leaves its own there.

    Raises:
        ConfigurationError: A name stands for no file, or a file is of no known form.
    """
    files: dict[Path, None] = {}
    for name in names:
        found = _found(name)
        if not found:
            raise ConfigurationError(f"no input file: {name}")
        files.update(dict.fromkeys(found))
    for path in files:
        if not (is_json_lines(path) or is_csv(path) or is_parquet(path)):
            known = ", ".join(_JSON_LINES + _CSV + _PARQUET)
            raise ConfigurationError(f"{path} is none of {known}")
    return tuple(files)


def _found(name: str) -> list[Path]:
    path = Path(name)
    if path.is_dir():
        return sorted(p for p in path.rglob("*") if p.is_file() and not _is_hidden(p, path))
    if path.exists():
        return [path]
    return sorted(Path(p) for p in glob.glob(name, recursive=True) if Path(p).is_file())  # noqa: PTH207


def _is_hidden(path: Path, below: Path) -> bool:
    return any(part.startswith((".", "_")) for part in path.relative_to(below).parts)
