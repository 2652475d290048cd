"""A run that is interrupted goes on, scores nothing twice, and gives the same bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from batch.conftest import Run
from batch.standin import load
from relhealth.batch.chunks import Chunk, ChunkSize
from relhealth.batch.core import Settings
from relhealth.batch.engine import Earlier, LocalEngine, Versions
from relhealth.batch.output import form_of
from relhealth.batch.workers import Done
from relhealth.errors import ConfigurationError
from relhealth.scoring.scorer import Scorer


class FailureError(Exception):
    """Stands for whatever ends a process."""


class Failing:
    """Scores some chunks, then fails; remembers which."""

    def __init__(self, chunks: int) -> None:
        self.left = chunks
        self.scored: list[int] = []

    def versions(self) -> Versions:
        return LocalEngine(load, 1).versions()

    def score(
        self, chunks: Iterable[Chunk], settings: Settings, earlier: Earlier | None
    ) -> Iterator[Done]:
        for done in LocalEngine(load, 1).score(chunks, settings, earlier):
            if self.left == 0:
                raise FailureError
            self.left -= 1
            self.scored.append(done.chunk.number)
            yield done


@pytest.mark.parametrize("name", ["histories.jsonl.gz", "histories.parquet", "messages.csv"])
@pytest.mark.parametrize("suffix", [".jsonl", ".parquet", ".csv"])
def test_an_interrupted_run_ends_with_the_same_bytes(
    name: str, suffix: str, tables: Path, tmp_path: Path, run: Run
) -> None:
    whole, broken = tmp_path / f"whole{suffix}", tmp_path / f"broken{suffix}"
    expected = run(whole, tables / name)
    engines = [Failing(2), Failing(0), Failing(3), Failing(100)]
    for engine in engines[:-1]:
        with pytest.raises(FailureError):
            run(broken, tables / name, engine=engine)
        assert not broken.exists()
    assert run(broken, tables / name, engine=engines[-1]) == expected
    assert broken.read_bytes() == whole.read_bytes()
    scored = [number for engine in engines for number in engine.scored]
    assert sorted(scored) == list(range(6))
    assert sorted(path.name for path in tmp_path.iterdir()) == [broken.name, whole.name]


def test_a_resumed_run_keeps_the_moment_that_it_began_with(
    tables: Path, tmp_path: Path, run: Run
) -> None:
    output = tmp_path / "a.jsonl"
    began = Settings(1_765_000_000_000_000, form=form_of(output))
    later = Settings(1_769_000_000_000_000, form=form_of(output))
    with pytest.raises(FailureError):
        run(output, tables / "histories.jsonl", engine=Failing(1), settings=began)
    with pytest.raises(ConfigurationError, match="as_of"):
        run(output, tables / "histories.jsonl", settings=later, as_of_is_given=True)
    run(output, tables / "histories.jsonl", settings=later)
    moments = {json.loads(line)["as_of_time"] for line in output.open()}
    assert moments == {"2025-12-06T05:46:40Z"}


def test_another_run_is_not_mistaken_for_this_one(tables: Path, tmp_path: Path, run: Run) -> None:
    output = tmp_path / "a.jsonl"
    with pytest.raises(FailureError):
        run(output, tables / "histories.jsonl", engine=Failing(1))
    with pytest.raises(ConfigurationError, match="differs in inputs"):
        run(output, tables / "histories.parquet")
    with pytest.raises(ConfigurationError, match="differs in chunk_size"):
        run(output, tables / "histories.jsonl", chunk_size=ChunkSize(rows=8))
    with pytest.raises(ConfigurationError, match="differs in versions"):
        run(output, tables / "histories.jsonl", engine=LocalEngine(_other_version, 1))
    run(output, tables / "histories.parquet", restart=True)
    run(tmp_path / "b.jsonl", tables / "histories.parquet")
    assert output.read_bytes() == (tmp_path / "b.jsonl").read_bytes()


def test_a_run_killed_while_tidying_up_is_done(tables: Path, tmp_path: Path, run: Run) -> None:
    output = tmp_path / "a.jsonl"
    record = tmp_path / "a.jsonl.partial" / "run.json"
    with pytest.raises(FailureError):
        run(output, tables / "histories.jsonl", engine=Failing(1))
    unfinished = json.loads(record.read_text())
    expected = run(output, tables / "histories.jsonl")
    record.parent.mkdir()
    record.write_text(json.dumps({**unfinished, "finished": {"scored": expected.scored}}))
    engine = Failing(0)
    assert run(output, tables / "histories.jsonl", engine=engine).scored == 40
    assert not record.parent.exists()


def test_two_runs_do_not_write_one_output(tables: Path, tmp_path: Path, run: Run) -> None:
    output = tmp_path / "a.jsonl"

    class Second(Failing):
        def score(
            self, chunks: Iterable[Chunk], settings: Settings, earlier: Earlier | None
        ) -> Iterator[Done]:
            run(output, tables / "histories.jsonl")
            return super().score(chunks, settings, earlier)

    with pytest.raises(ConfigurationError, match="another run"):
        run(output, tables / "histories.jsonl", engine=Second(100))


def _other_version() -> Scorer:
    return load("other")
