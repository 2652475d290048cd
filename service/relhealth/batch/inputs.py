"""The files that a run reads: paths, folders and patterns, in a fixed order."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
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


def find_files(names: Sequence[str], own: Sequence[Path] = ()) -> tuple[Path, ...]:
    """The files that names, folders and glob patterns stand for.

    Folders and patterns give their files sorted by path, folders with all below them, through links
    too; in folders hidden files and names that begin with `_` are left out, as Spark leaves its own
    there.

    Args:
        names: What was asked for.
        own: Files that the run itself writes, and folders that it keeps; left out where they lie
            in what is read.

    Raises:
        ConfigurationError: A name stands for no file, or a file is of no known form.
        OSError: A folder cannot be read.
    """
    written = frozenset(path.resolve() for path in own)
    files: dict[Path, None] = {}
    for name in names:
        found = [path for path in _found(name) if not _is_among(path, written)]
        if not found:
            raise ConfigurationError(f"no input file: {name}")
        files.update(dict.fromkeys(found))
    for path in files:
        if not (is_json_lines(path) or is_csv(path) or is_parquet(path)):
            known = ", ".join(_JSON_LINES + _CSV + _PARQUET)
            raise ConfigurationError(f"{path} is none of {known}")
    return tuple(files)


def shown(path: Path) -> str:
    """A path as text that can be written anywhere; bytes of it that are no UTF-8 are escaped."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _is_among(path: Path, written: frozenset[Path]) -> bool:
    place = path.resolve()
    return not written.isdisjoint((place, *place.parents))


def _found(name: str) -> list[Path]:
    path = Path(name)
    if path.is_dir():
        return sorted(_files_below(path))
    if path.exists():
        return [path]
    found: dict[Path, None] = {}
    for match in sorted(Path(p) for p in glob.glob(name, recursive=True)):  # noqa: PTH207
        if not match.exists():
            raise ConfigurationError(f"no input file: {match}")
        found.update(dict.fromkeys(_found(str(match))))
    return list(found)


def _files_below(folder: Path, above: tuple[Path, ...] = ()) -> Iterator[Path]:
    """The files of a folder and of those in it, save what is hidden.

    Raises:
        ConfigurationError: A link leads nowhere.
        OSError: A folder cannot be read.
    """
    above = (*above, folder.resolve())
    for path in folder.iterdir():
        if path.name.startswith((".", "_")):
            continue
        if path.is_dir():
            # A link to a folder that it lies in would be followed for ever.
            if path.resolve() not in above:
                yield from _files_below(path, above)
        elif path.exists():
            yield path
        else:
            raise ConfigurationError(f"no input file: {path}")
