"""Looks every locked package up among the known vulnerabilities.

Reads requirements with hashes from standard input. Exit code 1 where one is vulnerable, or, with
`--required`, where one could not be looked up; what was not looked up is always said.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path


def main() -> int:
    """Runs pip-audit and sums up; gives the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder) / "requirements.txt"
        wanted.write_text(sys.stdin.read(), encoding="utf-8")
        command = [
            *(sys.executable, "-m", "pip_audit", "--requirement", str(wanted), "--format", "json"),
            *("--disable-pip", "--require-hashes", "--progress-spinner", "off"),
        ]
        audited = subprocess.run(command, capture_output=True, text=True, check=False)
    found = json.loads(audited.stdout)["dependencies"] if audited.stdout else []
    vulnerable = [entry for entry in found if entry.get("vulns")]
    skipped = [entry["name"] for entry in found if "skip_reason" in entry]
    for entry in vulnerable:
        ids = ", ".join(vulnerability["id"] for vulnerability in entry["vulns"])
        sys.stdout.write(f"{entry['name']} {entry['version']}: {ids}\n")
    looked_up = len(found) - len(skipped)
    sys.stdout.write(f"{looked_up} packages audited, {len(vulnerable)} vulnerable")
    sys.stdout.write(f"; NOT AUDITED: {len(skipped) or 'all'}\n" if skipped or not found else "\n")
    if not found:
        sys.stdout.write(audited.stderr)
    missed = "--required" in sys.argv and (bool(skipped) or not found)
    return 1 if vulnerable or missed else 0


if __name__ == "__main__":
    sys.exit(main())
