"""The command line: exit codes, whole outputs, rejects, and the same bytes through a service."""

from __future__ import annotations

import gzip
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from relhealth.cli import main
from relhealth.wire.times import parse_moment
from serving.running import Service, running, wait_until

EXAMPLES = Path(__file__).parents[2] / "examples"
FILES = [str(file) for file in sorted(EXAMPLES.glob("*.jsonl"))]
MESSAGE = {"id": 7, "sender": "SENDER_CUSTOMER", "text": "You are great!", "other": 1}


def run(capsysbinary: pytest.CaptureFixture[bytes], *arguments: str) -> tuple[int, str, str]:
    code = main(arguments)
    out, err = capsysbinary.readouterr()
    return code, out.decode(), err.decode()


def test_files_are_scored_in_order(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    code, out, err = run(capsysbinary, "score", *FILES)
    answers = [json.loads(line) for line in out.splitlines()]
    asked = [json.loads(Path(file).read_text(encoding="utf-8")) for file in FILES]
    assert code == 0
    assert [a["customer_id"] for a in answers] == [q["history"]["customer_id"] for q in asked]
    moments = [parse_moment(q["as_of_time"]) for q in asked]
    assert [parse_moment(a["as_of_time"]) for a in answers] == moments
    assert err.startswith("as of ")


def test_contributions_add_up_in_what_is_printed(
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    _, out, _ = run(capsysbinary, "score", *FILES, "--view", "evidence")
    for line in out.splitlines():
        health = json.loads(line)["health"]
        total = health["prior"] + sum(c["contribution"] for c in health["contributions"])
        if "estimate" in health:
            assert total == pytest.approx(health["estimate"]["value"], abs=1e-9)
        for trait in json.loads(line)["traits"]:
            parties = trait["brand_contribution"] + trait["customer_contribution"]
            evidence = sum(item["contribution"] for item in trait["evidence"])
            assert parties == pytest.approx(evidence, abs=1e-9)


def test_a_service_gives_the_same_bytes(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"brand_id": "b"}\n{"no\n')
    files = [FILES[0], str(bad), *FILES[1:], str(bad)]
    arguments = ["score", *files, "--view", "evidence", "--as-of", "2026-01-01T00:00:00Z"]
    here = run(capsysbinary, *arguments)
    with running(tmp_path) as service:
        there = run(capsysbinary, *arguments, "--address", service.address)
    assert there == here
    assert here[0] == 1


def _scoring(service: Service, given: int | IO[bytes]) -> subprocess.Popen[bytes]:
    """A process that scores lines through a service as they are given."""
    command = [sys.executable, "-m", "relhealth.cli", "score", "-", "--view", "evidence"]
    return subprocess.Popen(
        [*command, "--address", service.address],
        stdin=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def _ended_for_silence(service: Service) -> float:
    name = 'relhealth_limited_calls_total{limit="stream_idle_seconds"}'
    return service.metrics().get(name, 0.0)


@pytest.mark.slow
def test_whoever_takes_scores_or_gives_lines_through_a_service_may_pause(tmp_path: Path) -> None:
    examples = b"".join(Path(file).read_bytes() for file in FILES)
    many = tmp_path / "many.jsonl"
    many.write_bytes(examples * 100)
    with running(tmp_path, "--max-stream-idle-seconds", "1") as service:
        # More scores than the pipe and the connection hold, so that the service waits.
        with many.open("rb") as lines, _scoring(service, lines) as taken:
            assert taken.stdout is not None
            first = taken.stdout.readline()
            wait_until(lambda: _ended_for_silence(service) > 0)
            scores = [json.loads(line) for line in (first, *taken.stdout)]
        with _scoring(service, subprocess.PIPE) as given:
            assert given.stdin is not None
            for line in examples.splitlines(keepends=True)[:2]:
                before = _ended_for_silence(service)
                given.stdin.write(line)
                given.stdin.flush()
                wait_until(lambda before=before: _ended_for_silence(service) > before)
            alone = given.communicate()[0].splitlines()
    assert (taken.returncode, given.returncode) == (0, 0)
    asked = [json.loads(line)["history"]["customer_id"] for line in examples.splitlines()]
    assert [score["customer_id"] for score in scores] == asked * 100
    assert [json.loads(line)["customer_id"] for line in alone] == asked[:2]


@pytest.fixture
def heeding_interrupts() -> Iterator[None]:
    """Of what is started: a shell has what it runs in the background ignore them."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeding_interrupts")
def test_an_interrupt_ends_a_run_that_waits_for_lines(tmp_path: Path) -> None:
    with running(tmp_path) as service, _scoring(service, subprocess.PIPE) as waiting:
        assert waiting.stdin is not None
        waiting.stdin.write(Path(FILES[0]).read_bytes())
        waiting.stdin.flush()
        wait_until(lambda: service.metrics().get("relhealth_interactions_per_request_count", 0))
        waiting.send_signal(signal.SIGINT)
        assert waiting.wait(30) == 130


def test_rejects_are_told_and_the_others_scored(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    lines = Path(FILES[0]).read_bytes() + b'\n{"brand_id": "b"}\n' + Path(FILES[1]).read_bytes()
    mixed = tmp_path / "mixed.jsonl.gz"
    mixed.write_bytes(gzip.compress(lines))
    rejects = tmp_path / "rejects.jsonl"
    output = tmp_path / "scores.jsonl"
    code, out, _ = run(
        capsysbinary, "score", str(mixed), "--rejects", str(rejects), "--output", str(output)
    )
    told = [json.loads(line) for line in rejects.read_text(encoding="utf-8").splitlines()]
    assert (code, out) == (1, "")
    assert len(output.read_text(encoding="utf-8").splitlines()) == 2
    assert {(t["file"], t["line"]) for t in told} == {(str(mixed), 3)}
    assert [t["field"] for t in told] == ["history.customer_id", "history.interactions"]


def test_an_output_is_whole_or_not_there(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    output = tmp_path / "scores.jsonl"
    output.write_text("before")
    code, _, err = run(
        capsysbinary, "score", FILES[0], str(tmp_path / "nowhere"), "--output", str(output)
    )
    assert code == 2
    assert "nowhere" in err
    assert output.read_text() == "before"
    assert list(tmp_path.iterdir()) == [output]


def test_a_damaged_archive_is_named(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    damaged = tmp_path / "h.jsonl.gz"
    damaged.write_bytes(gzip.compress(Path(FILES[0]).read_bytes())[:-20])
    code, _, err = run(capsysbinary, "score", str(damaged))
    assert code == 1
    assert f"{damaged}:1: line: is damaged" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ["score", FILES[0], "--as-of", "yesterday"],
        ["score", FILES[0], "--rubric", "/nowhere/rubric.toml"],
        ["score", FILES[0], "--address", "127.0.0.1:1", "--tls-ca", "/nowhere"],
        ["serve", "--address", "nonsense"],
        ["serve", "--address", "0.0.0.0:0"],
        ["serve", "--rubric", "/nowhere/rubric.toml"],
    ],
)
def test_what_cannot_be_used_is_named_and_ends_with_two(
    arguments: list[str], capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    code, out, err = run(capsysbinary, *arguments)
    assert (code, out) == (2, "")
    assert "relhealth: " in err


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["score", "-", "--output", "scores.parquet"], "--output must end in .jsonl"),
        (
            ["score", "-", "--output", "s.jsonl", "--previous", "s.parquet"],
            "--previous wants files",
        ),
        (["score", "-", "--metrics-textfile", "run.prom"], "--metrics-textfile and --pushgateway"),
        (["score", "-", "messages.csv"], "beside a stream only files of JSON lines"),
        (["mirror", "-", "messages.csv"], "beside a stream only files of JSON lines"),
        (["segments", "-"], "a stream is read but once"),
    ],
)
def test_a_stream_is_refused_what_it_would_have_dropped(
    arguments: list[str], complaint: str, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    code, out, err = run(capsysbinary, *arguments)
    assert (code, out) == (2, "")
    assert complaint in err


def test_a_few_lines_have_their_metrics_too(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    metrics = tmp_path / "run.prom"
    plain = run(capsysbinary, "score", FILES[0])
    watched = run(capsysbinary, "score", FILES[0], "--metrics-textfile", str(metrics))
    assert watched[:2] == plain[:2]
    assert "relhealth_batch_success 1.0" in metrics.read_text(encoding="utf-8")


@pytest.mark.parametrize("arguments", [["nonsense"], ["score"], ["serve", "--nonsense"], []])
def test_usage_ends_with_two(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("score", FILES[0], "--output"),
        ("score", FILES[0], "--output", "{}/whole.csv", "--rejects"),
        ("report", FILES[0], "--output"),
        ("import", "zendesk", str(EXAMPLES / "integrations/samples/zendesk"), "--output"),
    ],
)
def test_what_cannot_be_written_is_named_and_ends_with_two(
    arguments: tuple[str, ...], tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    no_folder = tmp_path / "file"
    no_folder.touch()
    given = [argument.format(tmp_path) for argument in arguments]
    code, _, err = run(capsysbinary, *given, str(no_folder / "out.jsonl"))
    assert code == 2
    assert err.splitlines()[-1].startswith("relhealth: ")
    assert str(no_folder) in err.splitlines()[-1]


def test_a_full_disk_is_no_rejected_input() -> None:
    command = [sys.executable, "-m", "relhealth.cli", "score", *FILES]
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False, text=True)
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1] == "relhealth: No space left on device"


def test_detect_gives_every_act_of_the_side(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    file = tmp_path / "messages.jsonl"
    lines = [json.dumps(MESSAGE), '{"id": 1}', json.dumps(MESSAGE | {"sender": "SENDER_BRAND"})]
    file.write_text("\n".join(lines))
    code, out, err = run(capsysbinary, "detect", str(file))
    first, second = (json.loads(line) for line in out.splitlines())
    assert code == 1
    assert "messages.jsonl:2: sender" in err
    assert first["id"] == 7
    assert (len(first["acts"]), len(second["acts"])) == (17, 18)
    assert set(first["detected"]) <= set(first["acts"])


def test_no_command_that_serves_or_scores_imports_the_trainer() -> None:
    code = (
        "import sys, relhealth.serving.supervisor, relhealth.batch.command, relhealth.client;"
        "print([name for name in sys.modules if name.split('.')[0] in ('sklearn', 'pandas')])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert found.stdout.strip() == "[]"


def test_a_command_that_wants_an_extra_names_it() -> None:
    code = (
        "import sys; sys.modules['scipy'] = None;"
        "from relhealth.cli import main; sys.exit(main(['model', 'card']))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=False, text=True
    )
    assert ended.returncode == 2
    assert ended.stderr == "relhealth: model needs scipy: pip install 'relhealth[train]'\n"


def test_a_worker_imports_nothing_that_only_others_want() -> None:
    code = (
        "import sys, relhealth.serving.supervisor;"
        "unwanted = ('numpy', 'scipy', 'prometheus_client', 'http', 'email', 'opentelemetry');"
        "print([name for name in sys.modules if name.split('.')[0] in unwanted])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert found.stdout.strip() == "[]"


def test_files_are_scored_without_grpc() -> None:
    code = (
        "import sys; sys.modules['grpc'] = None;"
        f"from relhealth.cli import main; sys.exit(main(['score', {FILES[0]!r}]))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert ended.returncode == 0, ended.stderr


def test_probe_tells_a_server_from_none(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    with running(tmp_path) as service:
        assert run(capsysbinary, "probe", "--address", service.address)[0] == 0
        address = service.address
    assert run(capsysbinary, "probe", "--address", address, "--deadline", "0.3")[0] == 1
