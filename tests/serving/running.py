"""A real service in processes of its own, for tests."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc

_PATIENCE_SECONDS = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Service:
    process: subprocess.Popen[bytes]
    address: str
    metrics_address: str
    log: Path

    def channel(self) -> grpc.Channel:
        # A subchannel of its own each time, so that connections spread over the workers.
        options = [("grpc.use_local_subchannel_pool", 1)]
        return grpc.insecure_channel(self.address, options)

    def metrics(self) -> dict[str, float]:
        """Samples by name and labels, as they are exposed."""
        url = f"http://{self.metrics_address}/metrics"
        with urllib.request.urlopen(url, timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        return {
            name: float(value)
            for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")
        }

    def workers(self) -> list[int]:
        return [
            int(value)
            for name, value in self.metrics().items()
            if name.startswith("relhealth_worker_process")
        ]

    def reload(self) -> None:
        self.signal(signal.SIGHUP)

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def stop(self) -> int:
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        return self.process.wait(_PATIENCE_SECONDS)


@contextmanager
def running(
    folder: Path,
    *flags: str,
    address: str = "127.0.0.1:0",
    program: tuple[str, ...] = (sys.executable, "-m", "relhealth.cli"),
) -> Iterator[Service]:
    """A service that is ready; it is stopped at the end."""
    ready = folder / f"ready-{time.monotonic_ns()}"
    log = folder / f"log-{time.monotonic_ns()}"
    metrics_address = f"127.0.0.1:{free_port()}"
    command = [
        *(*program, "serve", "--address", address),
        *("--metrics-address", metrics_address, "--ready-file", str(ready), *flags),
    ]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("RELHEALTH_")}
    with log.open("wb") as errors:
        process = subprocess.Popen(command, stderr=errors, env=environment)
    wait_until(lambda: (ready.exists() and ready.read_text()) or process.poll() is not None)
    if process.poll() is not None:
        raise RuntimeError(log.read_text())
    service = Service(process, ready.read_text().strip(), metrics_address, log)
    try:
        yield service
    finally:
        service.stop()


def wait_until(holds: object, patience: float = _PATIENCE_SECONDS) -> None:
    """Waits for something to become true, and fails if it does not."""
    assert callable(holds)
    end = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def reachable(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except OSError:
        return False
