"""Files that are there whole or not at all: a reader never sees a part of one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def is_passing(path: Path) -> bool:
    """Whether a path is a device or a pipe, which keeps nothing."""
    return path.exists() and not (path.is_file() or path.is_dir())


def kept_beside(output: Path) -> Path:
    """The folder beside an output in which a run keeps what it has until the output is whole."""
    return output.with_name(output.name + ".partial")


@contextmanager
def atomic_file(path: Path, tag: str = "") -> Iterator[Path]:
    """A scratch path that becomes `path` when all went well, on disk before its name is.

    A link stays one, and what it leads to is written. A device or a pipe, such as ``/dev/null``, is
    written to and never replaced.

    Args:
        path: What is to be there.
        tag: Part of the scratch file's name, where several processes may write `path` at a time.

    Raises:
        OSError: It cannot be written; names `path`.
    """
    if is_passing(path):
        yield path
        return
    target = path.resolve() if path.is_symlink() else path
    scratch = target.with_name(f".{target.name}{tag}.writing")
    try:
        yield scratch
        _sync(scratch)
        scratch.replace(target)
        _sync(target.parent)
    except OSError as error:
        # Arrow names no file, and nobody knows the scratch file by its name.
        if error.errno is None or error.filename not in (None, str(scratch)):
            raise
        raise OSError(error.errno, os.strerror(error.errno), str(path)) from error
    finally:
        with suppress(OSError):
            scratch.unlink()


def write_atomically(path: Path, content: bytes) -> None:
    """Writes a file that is there whole or not at all."""
    with atomic_file(path) as scratch:
        scratch.write_bytes(content)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
