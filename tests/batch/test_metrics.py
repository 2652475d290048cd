"""Metrics of a run in a file and in a real Pushgateway."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from programs import program
from relhealth.batch.synthetic.generate import Plan
from relhealth.batch.synthetic.tables import write
from relhealth.cli import main
from serving.running import free_port, reachable, wait_until

AS_OF = ("--as-of", "2026-02-01T00:00:00Z")


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[str]:
    """The address of a Pushgateway."""
    binary = program("prometheus-pushgateway", "prometheus-pushgateway")
    address = f"127.0.0.1:{free_port()}"
    command = [binary, f"--web.listen-address={address}"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd=tmp_path) as process:
        try:
            wait_until(lambda: reachable(f"http://{address}/-/ready"))
            yield address
        finally:
            process.terminate()


def samples(text: str) -> dict[tuple[str, str | None], float]:
    return {
        (sample.name, sample.labels.get("outcome")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.startswith("relhealth_batch_")
    }


def test_a_pushgateway_holds_what_the_run_did(gateway: str, tmp_path: Path) -> None:
    source, textfile = tmp_path / "some.jsonl", tmp_path / "run.prom"
    write(Plan(relationships=3, interactions_per_relationship=4), source)
    source.write_text(source.read_text(encoding="utf-8") + "no json\n", encoding="utf-8")
    output = tmp_path / "scores.parquet"
    arguments = ["score", str(source), *AS_OF, "--output", str(output), "--pushgateway", gateway]
    assert main([*arguments, "--metrics-textfile", str(textfile)]) == 1
    with urllib.request.urlopen(f"http://{gateway}/metrics", timeout=5) as answer:
        pushed = samples(answer.read().decode())
    assert pushed == samples(textfile.read_text(encoding="utf-8"))
    relationships = "relhealth_batch_relationships"
    assert pushed[relationships, "scored"] == 3
    assert pushed[relationships, "rejected"] == 1
    assert pushed["relhealth_batch_success", None] == 1
    with urllib.request.urlopen(f"http://{gateway}/api/v1/metrics", timeout=5) as answer:
        (group,) = json.load(answer)["data"]
    assert group["labels"] == {"job": "relhealth_score"}


def test_a_failed_run_says_so_and_keeps_the_time_of_the_last_good_one(
    gateway: str, tmp_path: Path
) -> None:
    source = tmp_path / "some.jsonl"
    write(Plan(relationships=2, interactions_per_relationship=4), source)
    output = tmp_path / "scores.parquet"
    push = ["--output", str(output), "--pushgateway", gateway]
    assert main(["score", str(source), *AS_OF, *push]) == 0
    damaged = tmp_path / "damaged.csv.gz"
    damaged.write_bytes(b"no gzip")
    assert main(["score", str(damaged), *AS_OF, *push]) == 2
    with urllib.request.urlopen(f"http://{gateway}/metrics", timeout=5) as answer:
        pushed = samples(answer.read().decode())
    assert pushed["relhealth_batch_success", None] == 0
    assert pushed["relhealth_batch_last_success_timestamp_seconds", None] > 0


def test_a_gateway_that_is_away_costs_no_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, output = tmp_path / "some.jsonl", tmp_path / "scores.parquet"
    write(Plan(relationships=2, interactions_per_relationship=4), source)
    push = ["--output", str(output), "--pushgateway", "127.0.0.1:1"]
    assert main(["score", str(source), *AS_OF, *push]) == 0
    assert output.exists()
    assert "metrics were not published" in capsys.readouterr().err
