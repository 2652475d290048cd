"""``relhealth mirror`` over files of every form."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from relhealth.batch.synthetic.generate import Plan
from relhealth.batch.synthetic.tables import write
from relhealth.cli import main

AS_OF = ("--as-of", "2027-01-01T00:00:00Z")
Mirrors = Callable[..., tuple[int, list[dict[str, Any]]]]


@pytest.fixture
def mirrors(tmp_path: Path) -> Mirrors:
    """Runs the command; gives the exit code and its lines."""

    def run(*arguments: Path | str) -> tuple[int, list[dict[str, Any]]]:
        output = tmp_path / "mirror.jsonl"
        code = main(["mirror", *[str(a) for a in arguments], *AS_OF, "--output", str(output)])
        text = output.read_text(encoding="utf-8") if output.exists() else ""
        return code, [json.loads(line) for line in text.splitlines()]

    return run


def test_every_form_and_number_of_workers_gives_the_same_mirrors(
    mirrors: Mirrors, tables: Path
) -> None:
    code, plain = mirrors(tables / "histories.jsonl")
    assert code == 0
    assert len(plain) == 2
    assert sum(int(line["relationship_count"]) for line in plain) == 40
    assert [line["brand_id"] for line in plain] == sorted(line["brand_id"] for line in plain)
    # The plain form knows nothing of Arrow; the others go through it.
    for name in ("histories.parquet", "messages.csv", "messages.parquet"):
        assert mirrors(tables / name, "--workers", "1") == (0, plain)
    assert mirrors(tables / "histories.parquet", "--workers", "2") == (0, plain)
    halves = [tables / "histories.jsonl", tables / "histories.jsonl.gz"]
    _, twice = mirrors(*halves)
    assert [int(line["response_rate"]["total"]) for line in twice] == [
        2 * int(line["response_rate"]["total"]) for line in plain
    ]


def test_what_is_refused_is_named_and_counted(mirrors: Mirrors, tmp_path: Path) -> None:
    file = tmp_path / "some.jsonl"
    write(Plan(relationships=3, interactions_per_relationship=4), file)
    lines = file.read_text(encoding="utf-8").splitlines()
    spoilt = json.loads(lines[0])
    history = spoilt.get("history", spoilt)
    history["interactions"][0].pop("sent_time")
    file.write_text("\n".join([*lines, json.dumps(spoilt), "no json"]), encoding="utf-8")
    rejects = tmp_path / "rejects.jsonl"
    code, (line,) = mirrors(file, "--rejects", rejects)
    assert code == 1
    assert (line["relationship_count"], line["rejected_count"]) == ("3", "2")
    told = [json.loads(entry) for entry in rejects.read_text(encoding="utf-8").splitlines()]
    assert [(entry["line"], entry["reason"]) for entry in told] == [
        (4, "MISSING_FIELD"),
        (5, "MALFORMED_JSON"),
    ]


def test_nothing_to_mirror_is_no_success(mirrors: Mirrors, tmp_path: Path) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text("no json\n", encoding="utf-8")
    assert mirrors(file) == (2, [])
    assert main(["mirror", str(file), "--as-of", "yesterday"]) == 2
