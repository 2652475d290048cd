"""The folder beside an output that a run keeps until the output is whole.

::

    scores.parquet.partial/
        run.json             what the run is: inputs, options, versions, its moment
        lock                 held while a process works on it
        histories.parquet    a flat input, grouped (only then)
        rejects.jsonl        rows of a flat input that could not be read (only then)
        part-00000000.arrow  outcomes of the first chunk, and so on

Every file appears whole by renaming, so that a process killed at any point leaves only whole ones.
"""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from relhealth.atomic_files import atomic_file, kept_beside, write_atomically
from relhealth.errors import ConfigurationError

_RUN: Final = "run.json"
_LOCK: Final = "lock"


class Checkpoint:
    """The state of one run, on disk."""

    def __init__(self, output: Path) -> None:
        self.output = output
        self.folder = kept_beside(output)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps other processes off.

        Raises:
            ConfigurationError: Another process works on the same output.
        """
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        # A grouped flat table holds what people wrote: it is for nobody but who runs this.
        self.folder.mkdir(mode=0o700, exist_ok=True)
        with (self.folder / _LOCK).open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise ConfigurationError(f"another run is writing {self.output}") from error
            yield

    def recorded(self) -> dict[str, Any] | None:
        """What the run was recorded as; None where there is none to resume."""
        path = self.folder / _RUN
        if not path.exists():
            return None
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return record

    def record(self, run: dict[str, Any]) -> None:
        """Records what the run is; from here on it can be resumed."""
        write_atomically(self.folder / _RUN, json.dumps(run, indent=2).encode())

    def discard(self) -> None:
        """Forgets everything but the lock."""
        self._remove_all_but(_LOCK)

    def path(self, name: str) -> Path:
        """A file or folder of the run's own."""
        return self.folder / name

    def has_part(self, number: int) -> bool:
        """Whether a chunk's outcomes are there."""
        return self._part(number).exists()

    def has_parts(self) -> bool:
        """Whether any chunk's outcomes are there."""
        return any(self.folder.glob("part-*"))

    def write_part(self, number: int, outcomes: pa.RecordBatch) -> None:
        """Keeps a chunk's outcomes."""
        options = pa.ipc.IpcWriteOptions(compression="zstd")
        with (
            atomic_file(self._part(number)) as scratch,
            pa.ipc.new_file(scratch, outcomes.schema, options=options) as writer,
        ):
            writer.write_batch(outcomes)

    def parts(self, count: int) -> Iterator[pa.RecordBatch]:
        """The outcomes of the first `count` chunks, in order."""
        for number in range(count):
            with pa.ipc.open_file(self._part(number)) as reader:
                yield reader.get_batch(0)

    def finish(self) -> None:
        """Removes the folder, the record last: until then the run is known to be done."""
        self._remove_all_but(_RUN, _LOCK)
        (self.folder / _RUN).unlink(missing_ok=True)
        shutil.rmtree(self.folder)

    def _remove_all_but(self, *kept: str) -> None:
        for path in self.folder.iterdir():
            if path.name not in kept:
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _part(self, number: int) -> Path:
        return self.folder / f"part-{number:08d}.arrow"
