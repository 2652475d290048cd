"""What a report reads and writes, and what it must not leave or overwrite."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from relhealth.cli import main

EXAMPLES = Path(__file__).parents[2] / "examples"


def _brand(path: Path, customers: int) -> Path:
    history = json.loads((EXAMPLES / "failure_denied.jsonl").read_text(encoding="utf-8"))
    history = history.get("history", history)
    lines = [json.dumps({**history, "customer_id": f"c{n}"}) for n in range(customers)]
    path.write_text("\n".join(lines))
    return path


def test_pages_of_customers_who_are_gone_do_not_stay(tmp_path: Path) -> None:
    page = tmp_path / "mirror.html"
    other = tmp_path / "mirror" / "notes.txt"
    for customers in (3, 1):
        source = _brand(tmp_path / "in.jsonl", customers)
        assert main(["report", str(source), "--brand", "--output", str(page)]) == 0
        other.touch()
    assert {path.name for path in (tmp_path / "mirror").iterdir()} == {"00001.html", "notes.txt"}


def test_no_report_replaces_what_it_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = _brand(tmp_path / "in.jsonl", 1)
    before = source.read_bytes()
    assert main(["report", str(source), "--output", str(source)]) == 2
    assert "--output" in capsys.readouterr().err
    assert source.read_bytes() == before


@pytest.mark.parametrize("name", ["in.parquet", "in.csv.gz"])
def test_a_table_is_refused_in_one_line(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / name
    source.write_bytes(b"PAR1\nmy diagnosis\n" * 90)
    assert main(["report", str(source), "--output", str(tmp_path / "page.html")]) == 2
    (told,) = capsys.readouterr().err.splitlines()
    assert name in told
