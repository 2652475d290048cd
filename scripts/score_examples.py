"""Starts the service on a free port, scores examples/ through it, prints a table, draws reports."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from relhealth.client import RelationshipHealthClient
from relhealth.models.load import load_scorer
from relhealth.report.build import report_of
from relhealth.report.relationship_page import relationship_page
from relhealth.v1 import relationship_health_pb2 as pb
from relhealth.wire.json_reading import read_request_line
from relhealth.wire.parsing import parse_request

ROOT = Path(__file__).resolve().parents[1]
REPORTS = ROOT / "out" / "reports"
TRAITS = ("own", "time", "comm", "real", "mist", "forg", "supp")
PATIENCE_SECONDS = 60.0


def main() -> int:
    """Runs the whole; gives the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        ready = Path(folder) / "ready"
        command = [
            *(sys.executable, "-m", "relhealth.cli", "serve", "--address", "127.0.0.1:0"),
            *("--metrics-address", "", "--ready-file", str(ready)),
        ]
        log = Path(folder) / "log"
        with log.open("wb") as errors:
            service = subprocess.Popen(command, stderr=errors)
        try:
            address = _address(ready, service, log)
            with RelationshipHealthClient(address) as client:
                _print_scores(client)
            _draw_reports()
        finally:
            service.terminate()
        return service.wait()


def _address(ready: Path, service: subprocess.Popen[bytes], log: Path) -> str:
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end and service.poll() is None:
        if ready.exists() and (address := ready.read_text(encoding="ascii").strip()):
            return address
        time.sleep(0.05)
    raise SystemExit(f"the service did not start:\n{log.read_text()}")


def _print_scores(client: RelationshipHealthClient) -> None:
    weights = {trait.trait: trait.weight for trait in client.scoring_model().traits}
    header = " ".join(f"{name:>4}" for name in TRAITS)
    sys.stdout.write(
        f"\n{'history':<26} {'health':>6} {'90 %':>7} {'band':<9} {'stance':<13} {header}\n"
    )
    for file in sorted((ROOT / "examples").glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            request = read_request_line(line)
            request.view = pb.VIEW_EVIDENCE
            sys.stdout.write(_rows(file.stem, client.score(request), weights))
    sys.stdout.write(
        "\nPoints on 0-100; '-' is not applicable, '?' too little evidence. Below each: the"
        " strongest evidence for\nand against, in points of health.\n"
    )


def _draw_reports() -> None:
    """Draws each example on a page, with what was said: all of it is invented."""
    scorer = load_scorer(None, None)
    REPORTS.mkdir(parents=True, exist_ok=True)
    for file in sorted((ROOT / "examples").glob("*.jsonl")):
        history, options = parse_request(read_request_line(file.read_bytes()), 0)
        page = relationship_page(report_of(scorer, history, options, with_text=True))
        (REPORTS / f"{file.stem}.html").write_text(page, encoding="utf-8")
    sys.stdout.write(f"Reports to look at: {REPORTS}/*.html\n")


def _rows(name: str, score: pb.ScoreRelationshipResponse, weights: dict[int, float]) -> str:
    estimate = score.health.estimate
    shown = score.health.HasField("estimate")
    value = f"{estimate.value:.0f}" if shown else "?"
    interval = f"{estimate.lower_bound:.0f}-{estimate.upper_bound:.0f}" if shown else ""
    band = pb.Band.Name(score.health.band).removeprefix("BAND_").lower()[:9]
    stance = pb.Stance.Name(score.stance.label).removeprefix("STANCE_").lower()
    traits = " ".join(f"{_trait(trait):>4}" for trait in score.traits)
    rows = [f"{name:<26} {value:>6} {interval:>7} {band:<9} {stance:<13} {traits}"]
    evidence = [
        (item.contribution * weights[trait.trait], item.summary)
        for trait in score.traits
        for item in trait.evidence
        if item.kind != "remainder"
    ]
    for points, summary in filter(None, (_best(evidence), _worst(evidence))):
        rows.append(f"  {points:+6.1f}  {summary}")
    return "\n".join(rows) + "\n"


def _trait(trait: pb.TraitScore) -> str:
    if trait.status == pb.TRAIT_STATUS_SCORED:
        return f"{trait.estimate.value:.0f}"
    return "-" if trait.status == pb.TRAIT_STATUS_NOT_APPLICABLE else "?"


def _best(evidence: list[tuple[float, str]]) -> tuple[float, str] | None:
    return max((item for item in evidence if item[0] > 0), default=None)


def _worst(evidence: list[tuple[float, str]]) -> tuple[float, str] | None:
    return min((item for item in evidence if item[0] < 0), default=None)


if __name__ == "__main__":
    sys.exit(main())
