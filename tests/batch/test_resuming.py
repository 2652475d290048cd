"""A run that is interrupted goes on, scores nothing twice, and gives the same bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from batch.conftest import Run
from batch.standin import load
from relhealth.batch.checkpoint import Checkpoint
from relhealth.batch.chunks import Chunk, ChunkSize
from relhealth.batch.core import Settings, Versions
from relhealth.batch.engine import Earlier, LocalEngine
from relhealth.batch.output import form_of
from relhealth.batch.workers import Done
from relhealth.cli import main
from relhealth.errors import ConfigurationError
from relhealth.models.locate import rubric_path
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


@pytest.mark.parametrize("change", ["as interrupted", "as an earlier table"])
def test_a_rubric_that_was_changed_under_its_name_is_not_taken_for_itself(
    tables: Path, tmp_path: Path, change: str, capsys: pytest.CaptureFixture[str]
) -> None:
    rubric = tmp_path / "rubric.toml"
    text = rubric_path(None).read_text(encoding="utf-8")
    rubric.write_text(text)
    output = tmp_path / "scores.parquet"
    source = str(tables / "histories.jsonl")
    score = ["score", source, "--rubric", str(rubric), "--as-of", "2026-06-01T00:00:00Z"]
    if change == "as interrupted":
        checkpoint = Checkpoint(output)
        assert main([*score, "--output", str(output)]) == 0
        whole = output.read_bytes()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Checkpoint, "finish", lambda _: None)
            assert main([*score, "--output", str(output)]) == 0
        assert checkpoint.has_parts()
        again = [*score, "--output", str(output)]
    else:
        assert main([*score, "--output", str(output)]) == 0
        again = [*score, "--output", str(tmp_path / "next.parquet"), "--previous", str(output)]
    rubric.write_text("# only a comment\n" + text)
    if change != "as interrupted":
        assert main([*again]) == 0
        assert "40 unchanged" in capsys.readouterr().err
    rubric.write_text(re.sub("evidence_scale = [0-9.]+", "evidence_scale = 2.5", text))
    assert rubric.read_text() != text
    assert main([*again]) == 2
    assert "content" in capsys.readouterr().err
    if change == "as interrupted":
        assert output.read_bytes() == whole
        assert main([*again, "--restart"]) == 0


def test_what_was_begun_in_vain_leaves_nothing(tables: Path, tmp_path: Path) -> None:
    output = tmp_path / "scores.parquet"
    arguments = ["score", str(tables / "histories.jsonl"), "--output", str(output)]
    assert main([*arguments, "--previous", str(tmp_path / "none.parquet")]) == 2
    assert list(tmp_path.iterdir()) == []
