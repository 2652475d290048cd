"""The picture of a run: what grows, and who costs what."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
# The same figures give the same file.
mpl.rcParams["svg.hashsalt"] = "relhealth"

from clocks import middle  # noqa: E402
from detection_costs import DetectionCosts  # noqa: E402
from matplotlib import pyplot as plt  # noqa: E402 - after the backend is chosen
from matplotlib.axes import Axes  # noqa: E402
from page import Measured  # noqa: E402
from scoring_costs import SIZES, ScoringCosts  # noqa: E402
from service_costs import SIZES as SERVED_SIZES  # noqa: E402
from service_costs import Case, ServiceCosts  # noqa: E402

_OURS, _OTHERS = "#1f6f8b", "#b0b0b0"


def draw(measured: Measured, file: Path) -> None:
    """Draws three panels into an SVG file."""
    figure, (left, centre, right) = plt.subplots(1, 3, figsize=(15, 4.2), layout="constrained")
    _served(left, measured.service)
    _grown(centre, measured.scoring)
    _read(right, measured.detection)
    figure.savefig(file, metadata={"Date": None})
    plt.close(figure)
    # The drawing library ends lines with blanks.
    lines = file.read_text(encoding="utf-8").splitlines()
    file.write_text("".join(f"{line.rstrip()}\n" for line in lines), encoding="utf-8")


def _served(axes: Axes, costs: ServiceCosts) -> None:
    for door, style in (("unary", "-"), ("stream", "--")):
        pairs = [costs.pairs[Case(door, "evidence", size)] for size in SERVED_SIZES]
        for name, place, colour in (("echo", 0, _OTHERS), ("service, evidence", 1, _OURS)):
            seconds = [pair.medians[place].cpu * 1e3 for pair in pairs]
            axes.loglog(SERVED_SIZES, seconds, style, marker="o", color=colour,
                        label=f"{name}, {door}")  # fmt: skip
    axes.set(title="A history over gRPC", xlabel="messages", ylabel="CPU ms of the server")
    axes.legend(fontsize="small")


def _grown(axes: Axes, scoring: ScoringCosts) -> None:
    for view, style in (("summary", "--"), ("evidence", "-")):
        seconds = [middle(scoring.growth[view][size]).cpu * 1e3 for size in SIZES]
        label = f"{view}, power {scoring.exponent(view):.2f}"
        axes.loglog(SIZES, seconds, style, marker="o", color=_OURS, label=label)
    axes.set(title="Scoring in process", xlabel="interactions", ylabel="CPU ms")
    axes.legend(fontsize="small")


def _read(axes: Axes, detection: DetectionCosts) -> None:
    names = list(reversed(detection.costs))
    seconds = [middle(detection.costs[name]).cpu * 1e6 for name in names]
    colours = [_OURS if name.startswith("relhealth") else _OTHERS for name in names]
    labels = [name.replace(", ", ",\n", 1) for name in names]
    bars = axes.barh(labels, seconds, color=colours, log=True)
    axes.bar_label(bars, fmt="%.3g", padding=2, fontsize="small")
    axes.tick_params(axis="y", labelsize="x-small")
    axes.margins(x=0.25)
    axes.set(title="Reading a message", xlabel="CPU µs")
