"""Metrics of one run, for a job that no Prometheus can scrape: a text file or a Pushgateway."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, Gauge, pushadd_to_gateway, write_to_textfile

from relhealth.batch.core import Counts

JOB: Final = "relhealth_score"


def registry_of(counts: Counts, seconds: float, *, succeeded: bool) -> CollectorRegistry:
    """The metrics of a run that ended just now."""
    registry = CollectorRegistry()
    relationships = Gauge(
        "relhealth_batch_relationships",
        "Relationships of the last run, by what became of them.",
        ["outcome"],
        registry=registry,
    )
    for outcome in ("scored", "reused", "rejected"):
        relationships.labels(outcome).set(getattr(counts, outcome))
    for name, text, value in (
        ("interactions", "Interactions that the last run read.", counts.interactions),
        (
            "duration_seconds",
            "How long the last run took; a resumed one since it resumed.",
            seconds,
        ),
        ("success", "Whether the last run came to its end: 1 or 0.", int(succeeded)),
    ):
        Gauge(f"relhealth_batch_{name}", text, registry=registry).set(value)
    if succeeded:
        Gauge(
            "relhealth_batch_last_success_timestamp_seconds",
            "When a run last came to its end, in seconds since 1970 UTC.",
            registry=registry,
        ).set(time.time())
    return registry


def publish(registry: CollectorRegistry, textfile: Path | None, gateway: str | None) -> None:
    """Writes metrics to a file (whole or not at all) and pushes them, where asked to.

    A run is not lost for want of its metrics: what fails is told on standard error.
    """
    try:
        if textfile is not None:
            write_to_textfile(str(textfile), registry)
        if gateway is not None:
            pushadd_to_gateway(gateway, job=JOB, registry=registry)
    except OSError as error:
        sys.stderr.write(f"relhealth score: metrics were not published: {error}\n")
