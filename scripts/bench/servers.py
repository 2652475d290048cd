"""The servers under measurement, each in processes of its own, and a caller's way to them."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import grpc
from clocks import Cost, family_cpu

_UNARY: Final = "/relhealth.v1.RelationshipHealthService/ScoreRelationship"
_STREAM: Final = "/relhealth.v1.RelationshipHealthService/StreamScoreRelationships"
_PATIENCE_SECONDS: Final = 60.0
_ECHO: Final = Path(__file__).parent / "echo.py"


@dataclass(frozen=True, slots=True)
class Served:
    """A server that is up.

    Attributes:
        pid: Its first process.
        address: Its ``host:port``.
        begun: `time.perf_counter` when its process was started.
    """

    pid: int
    address: str
    begun: float

    def channel(self) -> grpc.Channel:
        """A connection of its own."""
        return grpc.insecure_channel(self.address, [("grpc.use_local_subchannel_pool", 1)])

    def cost(self, work: Callable[[], object], units: int) -> Cost:
        """The server's CPU and the caller's wall time for each of the units that a work does."""
        cpu, wall = family_cpu(self.pid), time.perf_counter()
        work()
        return Cost((family_cpu(self.pid) - cpu) / units, (time.perf_counter() - wall) / units)


@contextmanager
def service(workers: int) -> Iterator[Served]:
    """``relhealth serve`` as it comes, with so many workers."""
    command = [sys.executable, "-m", "relhealth.cli", "serve", "--address", "127.0.0.1:0"]
    flags = ["--metrics-address", "", "--workers", str(workers), "--ready-file"]
    with _started([*command, *flags]) as served:
        yield served


@contextmanager
def echo() -> Iterator[Served]:
    """The bare echo."""
    with _started([sys.executable, str(_ECHO)]) as served:
        yield served


@contextmanager
def _started(command: Sequence[str]) -> Iterator[Served]:
    """Starts a program that takes the file to write its address to as its last argument."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("RELHEALTH_")}
    with tempfile.TemporaryDirectory() as folder:
        ready = Path(folder) / "ready"
        begun = time.perf_counter()
        process = subprocess.Popen([*command, str(ready)], env=environment)
        try:
            yield Served(process.pid, _address(ready, process), begun)
        finally:
            process.terminate()
            process.wait()


def _address(ready: Path, process: subprocess.Popen[bytes]) -> str:
    end = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if ready.exists() and (address := ready.read_text(encoding="ascii").strip()):
            return address
        time.sleep(0.01)
    raise SystemExit("a server did not start")


def unary(channel: grpc.Channel, raws: Sequence[bytes]) -> list[float]:
    """Calls one after the other; gives the seconds of each."""
    call = channel.unary_unary(_UNARY)
    seconds = []
    for raw in raws:
        begun = time.perf_counter()
        call(raw, wait_for_ready=True)
        seconds.append(time.perf_counter() - begun)
    return seconds


def arriving(channel: grpc.Channel, raws: Sequence[bytes], gaps: Sequence[float]) -> list[float]:
    """Calls that come when they come, whether or not those before are answered (an open loop).

    Args:
        channel: The connection.
        raws: The requests, one an arrival.
        gaps: Seconds before each arrival.

    Returns:
        Seconds of each from the moment that it was due to its answer, so that a caller who was
        held up hides nothing.
    """
    call = channel.unary_unary(_UNARY)
    seconds: list[float] = []
    due = time.perf_counter()
    waiting = []
    for raw, gap in zip(raws, gaps, strict=True):
        due += gap
        time.sleep(max(0.0, due - time.perf_counter()))
        future = call.future(raw, wait_for_ready=True)
        future.add_done_callback(lambda _, due=due: seconds.append(time.perf_counter() - due))
        waiting.append(future)
    for future in waiting:
        future.result()
    while len(seconds) < len(waiting):  # the last callbacks run on a thread of their own
        time.sleep(0.001)
    return seconds


def first_answer(channel: grpc.Channel, raw: bytes) -> bytes:
    """One call's answer, waiting for the server where it is not there yet."""
    answer: bytes = channel.unary_unary(_UNARY)(raw, wait_for_ready=True)
    return answer


def stream(channel: grpc.Channel, raws: Sequence[bytes]) -> list[bytes]:
    """One stream of requests; gives its answers."""
    answers = channel.stream_stream(_STREAM)(iter(raws), wait_for_ready=True)
    return list(answers)
