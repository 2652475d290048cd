"""Holds a real service at saturation among clients that misbehave, and says how it took it.

``python scripts/soak.py --seconds 300``: good callers check every byte of every answer; beside
them come malformed and huge messages, slow readers, cancelled calls, clients that leave long work,
dropped connections, expired deadlines, wrong tokens, and idle connections by the thousand.
``--kill`` kills workers, too. Exit code 0 where no answer was wrong, no good call failed (but those
in flight at a killed worker), and memory stayed flat.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import random
import resource
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc

from relhealth.models.load import load_scorer
from relhealth.v1 import relationship_health_pb2 as pb
from relhealth.wire.json_reading import read_request_line
from relhealth.wire.requests import score_request

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
SERVICE = "relhealth.v1.RelationshipHealthService"
TOKEN = (("authorization", "Bearer soak"),)
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5)
FLAT = 1.15


class Soak:
    """What the callers share."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.over = threading.Event()
        self.counts: Counter[str] = Counter()
        self.seconds: list[float] = []
        self._lock = threading.Lock()
        requests = [read_request_line(file.read_bytes()) for file in EXAMPLES.glob("*.jsonl")]
        for request in requests:
            request.view = pb.VIEW_EVIDENCE
        scorer = load_scorer(None, None)
        self.known = [
            (request.SerializeToString(), score_request(scorer, request, 0).SerializeToString())
            for request in requests
        ]

        self.long = long_work(requests)

    def count(self, name: str) -> None:
        with self._lock:
            self.counts[name] += 1

    def channel(self) -> grpc.Channel:
        return grpc.insecure_channel(self.address, [("grpc.use_local_subchannel_pool", 1)])

    def good_unary(self) -> None:
        with self.channel() as channel:
            call = channel.unary_unary(f"/{SERVICE}/ScoreRelationship")
            while not self.over.is_set():
                raw, expected = random.choice(self.known)
                began = time.perf_counter()
                try:
                    answer = call(raw, timeout=30, metadata=TOKEN, wait_for_ready=True)
                except grpc.RpcError as error:
                    self.count(f"good call failed: {error.code().name}")
                    continue
                with self._lock:
                    self.seconds.append(time.perf_counter() - began)
                self.count("good" if answer == expected else "wrong")

    def good_stream(self) -> None:
        while not self.over.is_set():
            sent = [random.choice(self.known) for _ in range(200)]
            requests = (
                pb.StreamScoreRelationshipsRequest(
                    request=pb.ScoreRelationshipRequest.FromString(raw)
                ).SerializeToString()
                for raw, _ in sent
            )
            with self.channel() as channel:
                call = channel.stream_stream(f"/{SERVICE}/StreamScoreRelationships")
                try:
                    answers = list(call(requests, metadata=TOKEN, wait_for_ready=True))
                except grpc.RpcError as error:
                    self.count(f"good stream failed: {error.code().name}")
                    continue
            for answer, (_, expected) in zip(answers, sent, strict=True):
                outcome = pb.StreamScoreRelationshipsResponse.FromString(answer)
                same = outcome.response.SerializeToString() == expected
                self.count("good" if same else "wrong")

    def expect(self, name: str, wanted: set[str], raw: bytes, **options: object) -> None:
        """One bad call, which has to end in one of the wanted codes."""
        with self.channel() as channel:
            call = channel.unary_unary(f"/{SERVICE}/ScoreRelationship")
            try:
                call(raw, **({"timeout": 30, "metadata": TOKEN} | options))
                code = "OK"
            except grpc.RpcError as error:
                code = error.code().name
        self.count(name if code in wanted else f"unexpected: {name} gave {code}")

    def malformed(self) -> None:
        raw, _ = random.choice(self.known)
        place = random.randrange(len(raw))
        broken = raw[:place] + random.randbytes(3) + raw[place + 3 :]
        self.expect("malformed", {"INVALID_ARGUMENT", "OK"}, broken)

    def huge(self) -> None:
        self.expect("huge", {"RESOURCE_EXHAUSTED"}, b"\x32" + bytes(20 * 1024 * 1024))
        time.sleep(1)

    def expired(self) -> None:
        self.expect(
            "expired", {"DEADLINE_EXCEEDED", "OK"}, random.choice(self.known)[0], timeout=0.002
        )

    def intruder(self) -> None:
        wrong = (("authorization", f"Bearer {random.random()}"),)
        self.expect("wrong token", {"UNAUTHENTICATED"}, self.known[0][0], metadata=wrong)

    def cancelled(self) -> None:
        with self.channel() as channel:
            call = channel.unary_unary(f"/{SERVICE}/ScoreRelationship")
            future = call.future(random.choice(self.known)[0], metadata=TOKEN)
            time.sleep(random.random() / 100)
            future.cancel()
        self.count("cancelled")

    def leaver(self) -> None:
        """Asks for seconds of work on a long history, and leaves while it is done."""
        with self.channel() as channel:
            call = channel.unary_unary(f"/{SERVICE}/ExplainChange")
            future = call.future(self.long, metadata=TOKEN)
            time.sleep(0.1 + random.random() / 5)
            future.cancel()
        self.count("left long work")
        time.sleep(0.5)

    def dropped(self) -> None:
        host, _, port = self.address.rpartition(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(PREFACE + random.randbytes(random.randrange(200)))
        self.count("dropped")
        time.sleep(0.01)

    def slow_reader(self) -> None:
        message = pb.StreamScoreRelationshipsRequest(
            request=pb.ScoreRelationshipRequest.FromString(self.known[0][0])
        ).SerializeToString()

        def requests() -> Iterator[bytes]:
            while not self.over.is_set():
                yield message

        with self.channel() as channel:
            call = channel.stream_stream(f"/{SERVICE}/StreamScoreRelationships")
            stream = call(requests(), metadata=TOKEN)
            try:
                for _ in stream:
                    self.count("slow reads")
                    if self.over.wait(0.5):
                        break
            except grpc.RpcError:
                self.count("slow reader ended")
            stream.cancel()

    def forever(self, action: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            while not self.over.is_set():
                try:
                    action()
                except OSError:
                    self.count("connection refused")
                    time.sleep(0.1)

        return run

    def idle(self, number: int) -> list[socket.socket]:
        host, _, port = self.address.rpartition(":")
        held = []
        for _ in range(number):
            connection = socket.create_connection((host, int(port)))
            connection.sendall(PREFACE)
            held.append(connection)
        return held


def long_work(requests: list[pb.ScoreRelationshipRequest]) -> bytes:
    """A change with a trend of a history of 2,000 interactions."""
    told = [message for request in requests for message in request.history.interactions]
    history = pb.RelationshipHistory(brand_id="b", customer_id="c")
    for number in range(2_000):
        message = told[number % len(told)]
        added = history.interactions.add(
            interaction_id=str(number), sender=message.sender, text=message.text or "Hello"
        )
        added.sent_time.seconds = 1_700_000_000 + 600 * number
    change = pb.ExplainChangeRequest(history=history, trend_point_count=500)
    change.from_time.seconds = 1_700_600_000
    return change.SerializeToString()


def memory(metrics: str) -> dict[str, float]:
    """Resident bytes by worker."""
    with urllib.request.urlopen(f"http://{metrics}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    found = (line.rpartition(" ") for line in lines if "resident_memory_bytes{" in line)
    return {name.partition("{")[2]: float(value) for name, _, value in found}


def resting_memory(metrics: str, seconds: float) -> dict[str, float]:
    """The least resident bytes by worker within some time: what is held, without what passes."""
    least: dict[str, float] = {}
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for worker, resident in memory(metrics).items():
            least[worker] = min(resident, least.get(worker, math.inf))
        time.sleep(seconds / 50)
    return least


def processes(metrics: str) -> list[int]:
    """The workers' processes."""
    with urllib.request.urlopen(f"http://{metrics}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return [int(float(line.split()[-1])) for line in lines if "worker_process{" in line]


def kill_workers(soak: Soak, metrics: str, every: float) -> None:
    """Kills a worker now and then."""
    while not soak.over.wait(every):
        os.kill(random.choice(processes(metrics)), signal.SIGKILL)
        soak.count("killed workers")


def start(folder: Path, metrics: str) -> tuple[subprocess.Popen[bytes], str]:
    """A service of two workers with a token; its process and address."""
    digest = hashlib.sha256(b"soak").hexdigest()
    (folder / "clients.toml").write_text(
        f'[[client]]\nname = "soak"\ntoken_sha256 = ["{digest}"]\n'
    )
    ready = folder / "ready"
    command = [
        *(sys.executable, "-m", "relhealth.cli", "serve", "--address", "127.0.0.1:0"),
        *("--metrics-address", metrics, "--workers", "2", "--log-requests", "none"),
        *("--clients", str(folder / "clients.toml"), "--ready-file", str(ready)),
    ]
    service = subprocess.Popen(command)
    while not (ready.exists() and ready.read_text()):
        if service.poll() is not None:
            raise SystemExit("the service did not start")
        time.sleep(0.05)
    return service, ready.read_text().strip()


def main() -> int:
    """Runs the soak; gives the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--idle", type=int, default=1_000)
    parser.add_argument("--kill", action="store_true")
    parser.add_argument("--metrics-address", default="127.0.0.1:19464")
    arguments = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (8_192, 8_192))
    with tempfile.TemporaryDirectory() as folder:
        service, address = start(Path(folder), arguments.metrics_address)
        try:
            return run(Soak(address), arguments)
        finally:
            service.terminate()
            service.wait(60)


def run(soak: Soak, arguments: argparse.Namespace) -> int:
    """Lets the callers loose, and reports."""
    bad = (soak.malformed, soak.huge, soak.expired, soak.intruder)
    bad += (soak.cancelled, soak.dropped, soak.leaver)
    actions = [soak.good_unary] * 4 + [soak.good_stream] * 2 + [soak.slow_reader] * 2
    actions += [soak.forever(action) for action in bad]
    metrics = arguments.metrics_address
    if arguments.kill:
        actions.append(lambda: kill_workers(soak, metrics, arguments.seconds / 10))
    held = soak.idle(arguments.idle)
    threads = [threading.Thread(target=action, daemon=True) for action in actions]
    for thread in threads:
        thread.start()
    time.sleep(arguments.seconds * 0.2)
    early = resting_memory(metrics, arguments.seconds * 0.1)
    time.sleep(arguments.seconds * 0.6)
    late = resting_memory(metrics, arguments.seconds * 0.1)
    soak.over.set()
    for thread in threads:
        thread.join(60)
    for connection in held:
        connection.close()
    return report(soak, arguments, early, late)


def report(
    soak: Soak, arguments: argparse.Namespace, early: dict[str, float], late: dict[str, float]
) -> int:
    """Prints what happened; 0 where all was well."""
    quantiles = statistics.quantiles(soak.seconds, n=1_000)
    growth = max(late.get(worker, math.inf) / early[worker] for worker in early)
    killed = soak.counts["killed workers"]
    failed = sum(n for name, n in soak.counts.items() if name.startswith(("good call f", "good s")))
    unexpected = [name for name in soak.counts if name.startswith("unexpected")]
    # Kills break connections of the callers that misbehave, too, and of whatever was in flight.
    allowed = killed * 8
    well = (
        soak.counts["wrong"] == 0
        and failed <= allowed
        and (killed > 0 or (growth < FLAT and not unexpected))
    )
    facts = {
        "seconds": arguments.seconds,
        "counts": dict(sorted(soak.counts.items())),
        "p50_ms": round(quantiles[499] * 1_000, 2),
        "p99_ms": round(quantiles[989] * 1_000, 2),
        "resident_mb": {
            "after_30_percent": [round(v / 2**20) for v in early.values()],
            "at_the_end": [round(v / 2**20) for v in late.values()],
        },
        "well": well,
    }
    sys.stdout.write(json.dumps(facts, indent=2) + "\n")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
