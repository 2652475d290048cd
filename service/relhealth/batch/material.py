"""What a command that adds relationships up works on: chunks of rows, and whom to tell."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from relhealth.batch.chunks import Chunk, ChunkSize, chunks_of
from relhealth.batch.core import Counts
from relhealth.batch.inputs import find_files
from relhealth.batch.jobs import cores, layout_of
from relhealth.batch.output import Reject
from relhealth.batch.progress import Progress
from relhealth.batch.run import histories_of, teller
from relhealth.batch.sources import read_histories
from relhealth.batch.staging import staged_rejects
from relhealth.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Material:
    """The rows of a command's files.

    Attributes:
        chunks: The rows, to be gone through once.
        workers: Processes, 1 or more.
        tell: Takes what was refused, in order; gives how many that were.
        show: Takes what was done so far, and how far the input has been read, 0 to 1.
        unread: Relationships of flat tables that were refused already, and told.
    """

    chunks: Iterator[Chunk]
    workers: int
    tell: Callable[[Iterable[Reject]], int]
    show: Callable[[Counts, float], None]
    unread: int


@contextmanager
def material(arguments: argparse.Namespace, command: str) -> Iterator[Material]:
    """The material of a command's arguments, and a folder for flat tables while it lasts.

    Raises:
        ConfigurationError: An argument or file cannot be used.
    """
    workers = cores() if arguments.workers is None else arguments.workers
    if workers < 1:
        raise ConfigurationError("--workers must be 1 or more")
    files = find_files(arguments.files)
    layout = layout_of(arguments)
    progress = Progress(sys.stderr, command=command)
    with tempfile.TemporaryDirectory(prefix="relhealth-") as scratch, ExitStack() as stack:
        folder = Path(scratch)
        tell = teller(arguments.rejects, stack)
        found = histories_of(files, layout, arguments.memory_limit, folder, progress.say)
        unread = tell(staged_rejects(folder))
        chunks = chunks_of(read_histories(found), ChunkSize())
        yield Material(chunks, workers, tell, progress.show, unread)
