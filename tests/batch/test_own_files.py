"""What a run writes, where it writes it, and what it must never overwrite."""

from __future__ import annotations

import errno
import json
import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pytest

from batch.conftest import Run
from relhealth.atomic_files import atomic_file
from relhealth.batch.checkpoint import Checkpoint
from relhealth.batch.inputs import find_files
from relhealth.batch.staging import _reason
from relhealth.batch.synthetic.generate import Plan
from relhealth.batch.synthetic.tables import write
from relhealth.cli import main
from relhealth.errors import ConfigurationError


def _with_torn_line(tables: Path, folder: Path) -> Path:
    source = folder / "in.jsonl"
    lines = (tables / "histories.jsonl").read_text().splitlines(keepends=True)
    source.write_text("".join(lines[:3]) + "{\n")
    return source


@pytest.mark.parametrize("more", [[], ["--output", "scores.jsonl"]])
def test_rejects_may_go_down_a_pipe(tables: Path, tmp_path: Path, more: list[str]) -> None:
    source = _with_torn_line(tables, tmp_path)
    pipe = tmp_path / "rejects"
    os.mkfifo(pipe)
    heard: list[str] = []
    reader = threading.Thread(target=lambda: heard.extend(pipe.read_text().splitlines()))
    reader.start()
    more = [str(tmp_path / word) if "." in word else word for word in more]
    assert main(["score", str(source), "--rejects", str(pipe), *more]) == 1
    reader.join()
    assert [json.loads(line)["line"] for line in heard] == [4]
    assert pipe.is_fifo()


def test_a_device_is_written_and_not_replaced() -> None:
    with atomic_file(Path("/dev/null")) as scratch:
        assert scratch == Path("/dev/null")


def test_a_link_stays_and_its_target_is_written(tables: Path, tmp_path: Path, run: Run) -> None:
    target = tmp_path / "disk" / "real.parquet"
    target.parent.mkdir()
    link = tmp_path / "latest.parquet"
    link.symlink_to(target)
    run(link, tables / "histories.jsonl")
    assert link.is_symlink()
    assert target.stat().st_size > 0


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--output", "in.jsonl"], "--output"),
        (["--rejects", "in.jsonl"], "--rejects"),
        (["--output", "a.jsonl", "--rejects", "./a.jsonl"], "--rejects"),
        (["--output", "a.jsonl", "--metrics-textfile", "a.jsonl"], "--metrics-textfile"),
    ],
)
def test_no_file_is_read_and_written_or_written_twice(
    tables: Path,
    tmp_path: Path,
    options: list[str],
    named: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source = _with_torn_line(tables, tmp_path)
    before = source.read_bytes()
    monkeypatch.chdir(tmp_path)
    assert main(["score", str(source), *options]) == 2
    assert named in capsys.readouterr().err
    assert source.read_bytes() == before


def test_a_run_that_writes_into_the_folder_that_it_reads_resumes_and_repeats(
    tables: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in.csv").write_bytes((tables / "messages.csv").read_bytes())
    output = tmp_path / "scores.parquet"
    kept = tmp_path / "scores.parquet.partial"
    kept.mkdir()
    (kept / "histories.parquet").write_bytes(b"of an earlier try")
    for _ in range(2):
        assert main(["score", str(tmp_path), "--output", str(output)]) == 0
        assert "40 scored" in capsys.readouterr().err


def test_what_is_kept_is_for_nobody_else(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "new" / "scores.parquet")
    with checkpoint.locked():
        assert stat.S_IMODE(checkpoint.folder.stat().st_mode) == 0o700


def test_a_run_that_is_told_to_end_leaves_no_messages_behind(tmp_path: Path) -> None:
    source = tmp_path / "messages.csv"
    write(Plan(relationships=3000, interactions_per_relationship=4, brands=1), source)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "relhealth.cli", "score", str(source), "--workers", "1"],
        env={**os.environ, "TMPDIR": str(scratch)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    process.stdout.readline()
    assert any(scratch.iterdir())
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 143
    assert not any(scratch.iterdir())


def _fill_the_disk(path: Path) -> None:
    with atomic_file(path) as scratch:
        scratch.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "Error writing bytes to file")


def test_a_full_disk_names_what_could_not_be_written(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space") as caught:
        _fill_the_disk(tmp_path / "a")
    assert caught.value.filename == str(tmp_path / "a")
    assert not any(tmp_path.iterdir())


def test_folders_are_read_through_links_and_nothing_in_them_is_lost(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "day=1").mkdir(parents=True)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for path in (folder / "day=1" / "a.jsonl", elsewhere / "b.jsonl"):
        path.touch()
    (folder / "day=2").symlink_to(elsewhere)
    (folder / "day=1" / "round").symlink_to(folder / "day=1")
    wanted = (folder / "day=1" / "a.jsonl", folder / "day=2" / "b.jsonl")
    assert find_files([str(folder)]) == wanted
    assert find_files([str(folder / "day=*")]) == wanted
    (folder / "gone.jsonl").symlink_to(tmp_path / "nowhere.jsonl")
    with pytest.raises(ConfigurationError, match=r"gone\.jsonl"):
        find_files([str(folder)])


@pytest.mark.parametrize("more", [[], ["--output", "scores.jsonl"]])
def test_a_file_may_have_any_name(
    tables: Path, tmp_path: Path, more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    source = _with_torn_line(tables, tmp_path).rename(tmp_path / os.fsdecode(b"caf\xe9.jsonl"))
    more = [str(tmp_path / word) if "." in word else word for word in more]
    assert main(["score", str(source), *more]) == 1
    assert "caf\\xe9.jsonl:4" in capsys.readouterr().err


def test_want_of_room_is_not_blamed_on_the_input(tables: Path, tmp_path: Path, run: Run) -> None:
    with pytest.raises(ConfigurationError, match="--memory-limit: 1MB"):
        run(tmp_path / "a.jsonl", tables / "messages.csv", memory_limit="1MB")
    full = duckdb.TransactionException("Failed to commit: No space left on device, my diagnosis")
    told = _reason(full, tmp_path, [tables / "messages.csv"], "1GB")
    assert told == f"{tmp_path}: No space left on device"
