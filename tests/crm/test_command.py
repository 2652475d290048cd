from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from google.protobuf import json_format

from relhealth.cli import main
from relhealth.v1 import relationship_health_pb2 as pb

TICKET = {
    "id": 20,
    "requester_id": 7,
    "subject": "Lamp",
    "description_text": "The lamp arrived broken.",
    "source": 1,
    "created_at": "2024-03-01T10:00:00.250Z",
    "conversations": [
        {
            "id": 1,
            "incoming": False,
            "private": False,
            "body_text": "We are sorry.",
            "created_at": "2024-03-01T11:00:00Z",
        }
    ],
}
SURVEY = {
    "id": 5,
    "ticket_id": 20,
    "user_id": 7,
    "ratings": {"default_question": -103},
    "created_at": "2024-03-03T10:00:00Z",
}

SCORE = json.dumps(
    {
        "brand_id": "acme",
        "customer_id": "41",
        "health": {"band": "BAND_FAIR", "estimate": {"value": 71.23}},
        "stance": {"label": "STANCE_ENGAGED"},
        "as_of_time": "2024-03-01T10:00:00Z",
    }
)


def write(path: Path, *records: object) -> Path:
    path.write_text("\n".join(json.dumps(record) for record in records), encoding="utf-8")
    return path


def test_an_import_writes_histories_that_the_contract_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write(tmp_path / "tickets.jsonl", TICKET, SURVEY)
    output = tmp_path / "histories.jsonl"
    assert main(["import", "freshdesk", str(source), "--output", str(output), "--brand", "b"]) == 0
    (line,) = output.read_text(encoding="utf-8").splitlines()
    history = json_format.Parse(line, pb.RelationshipHistory())
    assert (history.brand_id, history.customer_id) == ("b", "7")
    assert [i.text for i in history.interactions] == [
        "The lamp arrived broken.",
        "We are sorry.",
        "",
    ]
    assert history.interactions[0].sent_time.nanos == 250_000_000
    assert history.interactions[1].sender == pb.SENDER_BRAND
    assert history.interactions[2].rating.min == -3
    assert json.loads(line)["interactions"][0]["channel"] == "CHANNEL_EMAIL"
    report = capsys.readouterr().err
    assert "2 records: 1 relationships, 3 interactions" in report
    assert "lamp" not in report


def test_rejections_are_named_and_give_exit_code_1(tmp_path: Path) -> None:
    source = write(tmp_path / "tickets.jsonl", {"foo": "secret words"}, TICKET)
    output, rejects, report = (tmp_path / name for name in ("h.jsonl", "r.jsonl", "report.json"))
    arguments = ["import", "freshdesk", str(source), "--output", str(output)]
    assert main([*arguments, "--rejects", str(rejects), "--report", str(report)]) == 1
    assert json.loads(rejects.read_text(encoding="utf-8")) == {
        "file": str(source),
        "line": 1,
        "field": "record",
        "reason": "UNKNOWN_SHAPE",
        "record": "record",
    }
    assert json.loads(report.read_text(encoding="utf-8"))["relationships"] == 1
    assert len(output.read_text(encoding="utf-8").splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["freshdesk", "missing.json", "--output", "x"],
        ["csv", ".", "--output", "x"],
        ["email", ".", "--output", "x"],
        ["freshdesk", ".", "--output", "x", "--time-zone", "Mars/Base"],
    ],
)
def test_what_cannot_be_done_gives_exit_code_2(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["import", *arguments]) == 2
    assert list(tmp_path.iterdir()) == []


def test_write_back_remembers_what_it_wrote(tmp_path: Path) -> None:
    score = {
        "customer_id": "41",
        "health": {"band": "BAND_FAIR", "estimate": {"value": 71.23}},
        "stance": {"label": "STANCE_ENGAGED"},
        "as_of_time": "2024-03-01T10:00:00Z",
    }
    scores = write(tmp_path / "scores.jsonl", score)
    output, written = tmp_path / "updates.jsonl", tmp_path / "written.json"
    arguments = ["write-back", "hubspot", str(scores), "--output", str(output)]
    arguments += ["--written", str(written)]
    assert main(arguments) == 0
    assert len(output.read_text(encoding="utf-8").splitlines()) == 1
    assert main(arguments) == 0
    assert output.read_text(encoding="utf-8") == ""
    other = ["write-back", "intercom", *arguments[2:]]
    assert main(other) == 0
    assert len(output.read_text(encoding="utf-8").splitlines()) == 1
    assert sorted(json.loads(written.read_text(encoding="utf-8"))) == ["hubspot", "intercom"]


@pytest.mark.parametrize(
    ("system", "customer_id"),
    [("zendesk", "c-41"), ("zendesk", "\u0664\u0661"), ("salesforce", "0Q55e0000001")],
)
def test_a_customer_who_is_no_user_of_the_system_is_named_and_left_out(
    system: str, customer_id: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    score = {
        "customer_id": customer_id,
        "health": {"band": "BAND_FAIR", "estimate": {"value": 71.23}},
        "stance": {"label": "STANCE_ENGAGED"},
        "as_of_time": "2024-03-01T10:00:00Z",
    }
    known = {"zendesk": "41", "salesforce": "0035e0000001"}[system]
    scores = write(tmp_path / "scores.jsonl", score, {**score, "customer_id": known})
    output = tmp_path / "updates.jsonl"
    assert main(["write-back", system, str(scores), "--output", str(output)]) == 1
    (line,) = output.read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["customer_ids"] == [known]
    assert repr(customer_id) in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("scores.jsonl", b"\xff\xfe{}", "is no UTF-8"),
        ("scores.jsonl.gz", gzip.compress(b"{}" * 99)[:20], "the archive is torn"),
        ("scores.jsonl.gz", b"no archive", "the archive is torn"),
    ],
)
def test_a_file_of_scores_that_cannot_be_read_is_named(
    name: str, content: bytes, complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_bytes(content)
    output = tmp_path / "updates.jsonl"
    assert main(["write-back", "hubspot", str(tmp_path / name), "--output", str(output)]) == 2
    assert capsys.readouterr().err == f"relhealth: {tmp_path / name}: {complaint}\n"
    assert not output.exists()


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", "line 2 of the scores is no JSON"),
        ("[]", "line 2 of the scores is no score"),
        ('{"customer_id": "42"}', "line 2 of the scores: health.band: is missing"),
        (SCORE.replace('"acme"', '"other"'), "line 2 of the scores: another brand"),
    ],
)
def test_a_broken_file_of_scores_is_named_and_writes_nothing(
    line: str, complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scores = tmp_path / "scores.jsonl"
    scores.write_text(f"{SCORE}\n{line}\n", encoding="utf-8")
    output = tmp_path / "updates.jsonl"
    assert main(["write-back", "hubspot", str(scores), "--output", str(output)]) == 2
    assert complaint in capsys.readouterr().err
    assert not output.exists()


@pytest.mark.parametrize(
    ("system", "name", "header"),
    [
        ("salesforce", "CaseComment.csv", "Id,ParentId,CreatedDate,CommentBody"),
        ("zendesk", "ticket_comment.csv", "id,ticket_id,author_id,body"),
        ("hubspot", "note.csv", "id,hs_timestamp,contact,hs_note_body"),
        ("intercom", "conversation_part_history.csv", "id,conversation_id,author_id,body"),
        ("twitter", "posts.csv", "tweet_id,author_id,inbound,text"),
    ],
)
def test_a_text_that_was_torn_at_its_line_ends_is_nobodys_id(
    system: str, name: str, header: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_text(f"{header}\n1,2,3,Dear all\nmy secret is out\n", "utf-8")
    rejects, report = tmp_path / "rejects.jsonl", tmp_path / "report.json"
    arguments = ["import", system, str(tmp_path / name), "--output", str(tmp_path / "o.jsonl")]
    assert main([*arguments, "--rejects", str(rejects), "--report", str(report)]) == 1
    told = [rejects.read_text("utf-8"), report.read_text("utf-8"), *capsys.readouterr()]
    assert not any("secret" in text for text in told)
