"""Puts the rules and alerts of deploy/prometheus into a PrometheusRule for the operator."""

from __future__ import annotations

import sys
from pathlib import Path

DEPLOY = Path(__file__).resolve().parents[1] / "deploy"
SOURCES = ("rules.yaml", "alerts.yaml")
TARGET = DEPLOY / "kubernetes" / "monitoring" / "prometheus-rule.yaml"
HEAD = """\
# Made by scripts/generate_prometheus_rule.py of deploy/prometheus/rules.yaml and alerts.yaml.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: relhealth
  labels: {app.kubernetes.io/name: relhealth}
spec:
  groups:
"""


def main() -> int:
    """Writes the file; gives the exit code."""
    groups = [_groups(DEPLOY / "prometheus" / source) for source in SOURCES]
    TARGET.write_text(HEAD + "".join(groups), encoding="utf-8")
    return 0


def _groups(source: Path) -> str:
    """The groups of a file of rules as they stand there, moved to their place in the other."""
    _, _, groups = source.read_text(encoding="utf-8").partition("\ngroups:\n")
    return "".join(f"  {line}" if line.strip() else line for line in groups.splitlines(True))


if __name__ == "__main__":
    sys.exit(main())
