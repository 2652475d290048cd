"""``relhealth segments`` over files: priors that a rubric takes."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from relhealth.batch.synthetic.generate import Plan
from relhealth.batch.synthetic.tables import write
from relhealth.cli import main
from relhealth.models.locate import rubric_path
from relhealth.models.rubric import rubric_of

AS_OF = ("--as-of", "2026-02-01T00:00:00Z")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A segment that is answered always, and one that never is."""
    file = tmp_path_factory.mktemp("segments") / "histories.jsonl"
    lines: list[str] = []
    for name, probability in (("gold", 1.0), ("basic", 0.0)):
        plan = Plan(40, 8, conducts=("ordinary",), answer_probability=probability)
        write(plan, file)
        written = file.read_text(encoding="utf-8").splitlines()
        lines += [json.dumps(json.loads(line) | {"segment": name}) for line in written]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def test_priors_follow_how_segments_are_served(served: Path, tmp_path: Path) -> None:
    output = tmp_path / "segments.toml"
    assert main(["segments", str(served), *AS_OF, "--output", str(output)]) == 0
    fragment = output.read_text(encoding="utf-8")
    assert fragment.startswith("# For the end of a copy of the rubric")
    file = rubric_path(None).read_text(encoding="utf-8")
    told = tomllib.loads(file.replace("segments = []", "") + "\n" + fragment)
    rubric = rubric_of(told, "with segments")
    means = {(p.segment, p.trait.name): p.prior_mean for p in rubric.segments}
    assert {segment for segment, _ in means} == {"gold", "basic"}
    assert means["gold", "COMMUNICATION"] > means["basic", "COMMUNICATION"] + 0.2


def test_any_number_of_workers_says_the_same(served: Path, tmp_path: Path) -> None:
    written = []
    for workers in ("1", "2"):
        output = tmp_path / f"{workers}.toml"
        code = main(
            ["segments", str(served), *AS_OF, "--output", str(output), "--workers", workers]
        )
        written.append((code, output.read_bytes()))
    assert written[0] == written[1]


def test_what_is_refused_is_named_and_the_rest_heard(served: Path, tmp_path: Path) -> None:
    spoilt = tmp_path / "spoilt.jsonl"
    spoilt.write_text("no json\n" + served.read_text(encoding="utf-8"), encoding="utf-8")
    rejects, output = tmp_path / "rejects.jsonl", tmp_path / "segments.toml"
    arguments = ["segments", str(spoilt), *AS_OF, "--output", str(output)]
    assert main([*arguments, "--rejects", str(rejects)]) == 1
    (told,) = [json.loads(line) for line in rejects.read_text(encoding="utf-8").splitlines()]
    assert (told["line"], told["reason"]) == (1, "MALFORMED_JSON")
    assert "[[segments]]" in output.read_text(encoding="utf-8")


def test_too_few_relationships_are_no_success(
    served: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["segments", str(served), *AS_OF, "--fewest", "41"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "no segment has 41 judged relationships" in captured.err
    assert main(["segments", str(served), *AS_OF, "--fewest", "1"]) == 2
