"""kill -9 at a random moment, then again: the output is that of an undisturbed run."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from relhealth.batch.synthetic.generate import Plan
from relhealth.batch.synthetic.tables import write

AS_OF = "2026-02-01T00:00:00Z"


def command(source: Path, output: Path) -> list[str]:
    program = [sys.executable, "-m", "relhealth.cli", "score", str(source)]
    return [*program, "--output", str(output), "--as-of", AS_OF, "--workers", "2"]


@pytest.mark.slow
def test_a_killed_run_started_again_gives_the_same_bytes(tmp_path: Path) -> None:
    source = tmp_path / "messages.csv"
    write(Plan(relationships=1_500, interactions_per_relationship=4), source)
    began = time.monotonic()
    subprocess.run(command(source, tmp_path / "whole.parquet"), check=True, capture_output=True)
    duration = time.monotonic() - began
    output = tmp_path / "killed.parquet"
    moments = random.Random(7)
    kills = 0
    for _ in range(3):
        with subprocess.Popen(command(source, output), stderr=subprocess.DEVNULL) as process:
            try:
                process.wait(moments.uniform(0, duration))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                kills += 1
    subprocess.run(command(source, output), check=True, capture_output=True)
    assert kills > 0
    assert output.read_bytes() == (tmp_path / "whole.parquet").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {source.name, "whole.parquet", output.name}
