from __future__ import annotations

import gzip
import json
from datetime import UTC
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from relhealth.crm.records import Record, files_of, read_records
from relhealth.crm.report import ImportReport, Reject, Rejection
from relhealth.crm.times import (
    BadTimeError,
    from_iso,
    from_mail_date,
    from_milliseconds,
    from_pattern,
    from_seconds,
)
from relhealth.errors import ConfigurationError

LISTS = frozenset({"tickets", "users"})


def read(path: Path, content: str | bytes) -> tuple[list[Record], ImportReport]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    report = ImportReport()
    return list(read_records(path, LISTS, report)), report


def fields(records: list[Record]) -> list[Any]:
    return [dict(record.fields) for record in records]


def test_every_form_of_json_gives_the_same_records(tmp_path: Path) -> None:
    wanted: list[dict[str, Any]] = [
        {"id": 1, "a": {"b": [1, 2.5]}},
        {"id": 2, "tickets": "no list"},
    ]
    lines = "\n".join(json.dumps(item) for item in wanted)
    for name, content in [
        ("a.jsonl", lines),
        ("b.json", json.dumps(wanted)),
        ("c.json", json.dumps({"count": 2, "tickets": wanted, "next": None})),
        ("d.json", lines),
        ("e.ndjson", lines + "\n\n"),
    ]:
        assert fields(read(tmp_path / name, content)[0]) == wanted, name
    assert fields(read(tmp_path / "f.jsonl.gz", gzip.compress(lines.encode()))[0]) == wanted


def test_an_object_without_a_list_is_one_record(tmp_path: Path) -> None:
    one = {"type": "x", "data": {"item": {"tickets": [1]}}, "item": {"id": 3}}
    assert fields(read(tmp_path / "a.json", json.dumps(one))[0]) == [one]


def test_an_object_with_an_id_is_no_page(tmp_path: Path) -> None:
    exported = [{"id": n, "tickets": [{"id": 7}], "subject": "x"} for n in (1, 2)]
    lines = "\n".join(json.dumps(item) for item in exported)
    assert fields(read(tmp_path / "export.json", lines)[0]) == exported
    wrapped = {"ticket": {"id": 1}, "users": [{"id": 7}]}
    assert fields(read(tmp_path / "one.json", json.dumps(wrapped))[0]) == [wrapped]


def test_records_of_a_page_know_their_list(tmp_path: Path) -> None:
    page = {"users": [{"id": 1}], "tickets": [{"id": 2}]}
    records, _ = read(tmp_path / "a.json", json.dumps(page))
    assert [(r.hint, r.fields["id"]) for r in records] == [("users", 1), ("tickets", 2)]


def test_a_mark_before_utf_8_is_no_part_of_a_file(tmp_path: Path) -> None:
    for name, content in [
        ("a.json", '{"tickets": [{"id": "1"}]}'),
        ("b.jsonl", '{"id": "1"}\n'),
        ("c.csv", "id\n1\n"),
    ]:
        marked = b"\xef\xbb\xbf" + content.encode()
        assert fields(read(tmp_path / name, marked)[0]) == [{"id": "1"}], name
    packed = gzip.compress(b"\xef\xbb\xbfid\n1\n")
    assert fields(read(tmp_path / "d.csv.gz", packed)[0]) == [{"id": "1"}]


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.json.gz", "a.csv.gz"])
def test_a_damaged_archive_is_named_and_what_came_before_is_read(tmp_path: Path, name: str) -> None:
    count = 2_000
    if name == "a.csv.gz":
        content = "id,text\n" + "".join(f"{n},{hash(n)}\n" for n in range(count))
    else:
        content = "".join(json.dumps({"id": str(n), "text": hash(n)}) + "\n" for n in range(count))
    packed = gzip.compress(content.encode())
    for damaged in (packed[: len(packed) // 2], packed[:100] + b"\xff" * 50 + packed[150:], b"no"):
        rejections = []
        report = ImportReport(on_rejection=rejections.append)
        path = tmp_path / name
        path.write_bytes(damaged)
        found = list(read_records(path, LISTS, report))
        assert len(found) < count
        assert rejections[-1].reason is Reject.MALFORMED
        assert rejections[-1].place.file == str(path)


def _deep(lists: int) -> str:
    return '{"id": ' + "[" * lists + "]" * lists + "}"


@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_what_is_nested_deeply_is_read(tmp_path: Path, name: str) -> None:
    records, report = read(tmp_path / name, _deep(150))
    assert [list(record.fields) for record in records] == [["id"]]
    assert not report.rejected


@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
@pytest.mark.parametrize("deep", [_deep(250), _deep(980), _deep(3_000), "[" * 200_000])
def test_what_is_nested_too_deeply_is_named(tmp_path: Path, name: str, deep: str) -> None:
    records, report = read(tmp_path / name, deep)
    assert records == []
    assert list(report.rejected) == [(Reject.MALFORMED, "line" if name == "a.jsonl" else "file")]


def test_a_row_that_is_torn_or_of_another_encoding_is_named_and_never_mended(
    tmp_path: Path,
) -> None:
    rejections = []
    report = ImportReport(on_rejection=rejections.append)
    path = tmp_path / "a.csv"
    path.write_bytes(
        b"id,text\n"
        b"1,It is late, where is it?\n"
        b"2,caf\xe9\n" + "3,café\n".encode() + b"4,a comma at the end,\n"
        b"5\n"
    )
    found = fields(list(read_records(path, LISTS, report)))
    assert found == [
        {"id": "3", "text": "café"},
        {"id": "4", "text": "a comma at the end"},
    ]
    assert [(r.place.line, r.reason) for r in rejections] == [
        (2, Reject.MALFORMED),
        (3, Reject.MALFORMED),
        (6, Reject.MALFORMED),
    ]


def test_a_broken_line_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    rejections = []
    report = ImportReport(on_rejection=rejections.append)
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": 1}\n{"id": \n[1]\n{"id": 2}\n', encoding="utf-8")
    records = list(read_records(path, LISTS, report))
    assert [r.fields["id"] for r in records] == [1, 2]
    assert [(r.place.line, r.reason) for r in rejections] == [
        (2, Reject.MALFORMED),
        (3, Reject.UNKNOWN_SHAPE),
    ]


def test_a_file_that_breaks_off_gives_what_came_before(tmp_path: Path) -> None:
    records, report = read(tmp_path / "a.json", '{"tickets": [{"id": 1}, {"id": 2')
    assert [r.fields["id"] for r in records] == [1]
    assert report.rejected.total() == 1


def test_tables_are_named_by_their_file_and_empty_cells_are_absent(tmp_path: Path) -> None:
    records, _ = read(tmp_path / "ticket_data.csv", '\ufeffid,text,more\n1,"two\nlines",\n')
    assert [(r.hint, dict(r.fields)) for r in records] == [
        ("ticket_data", {"id": "1", "text": "two\nlines"})
    ]


def test_a_folder_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("b.json", "a.csv", "sub/c.jsonl.gz", "readme.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert [p.name for p in files_of([tmp_path])] == ["a.csv", "b.json", "c.jsonl.gz"]
    with pytest.raises(ConfigurationError, match="no such file"):
        list(files_of([tmp_path / "missing"]))


def test_times_of_all_systems_are_one_moment() -> None:
    moment = 1_709_287_200_000_000
    assert from_seconds(1_709_287_200) == moment
    assert from_milliseconds("1709287200000") == moment
    assert from_iso("2024-03-01T10:00:00Z") == moment
    assert from_iso("2024-03-01T10:00:00.000+0000") == moment
    assert from_iso("2024-03-01 10:00:00") == moment
    assert from_iso("2024-03-01T11:00:00+01:00") == moment
    assert from_mail_date("Fri, 01 Mar 2024 05:00:00 -0500") == moment
    assert from_mail_date("Fri, 01 Mar 2024 10:00:00 GMT") == moment
    assert from_pattern("01.03.2024", "%d.%m.%Y", UTC) == (moment - 36_000_000_000)


@pytest.mark.parametrize("text", ["yesterday", "", "1969-12-31T23:59:59Z", "2024-13-01"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(BadTimeError):
        from_iso(text)


@pytest.mark.parametrize("between", [",", ";", "\t"])
def test_cells_are_parted_as_the_headings_are(tmp_path: Path, between: str) -> None:
    rows = between.join(("id", "text")) + "\n" + between.join(("1", '"a, b; c\td"')) + "\n"
    records, report = read(tmp_path / "a.csv", rows)
    assert fields(records) == [{"id": "1", "text": "a, b; c\td"}]
    assert not report.rejected


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.tsv.gz"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_tables_of_excel_are_read_and_half_a_character_spoils_its_row(
    tmp_path: Path, name: str, encoding: str
) -> None:
    rows = ["id\ttext", '1\t"two\r\nlines, 🙂"', "2\tcut \ud83d", "3\tÄpfel"]
    if encoding == "utf-8":
        rows[2] = "2\tcut"
    written = "\ufeff" + "".join(f"{row}\r\n" for row in rows)
    content = written.encode(encoding, "surrogatepass").replace(b"cut\r\n", b"cut\xff\r\n")
    path = tmp_path / name
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    rejections: list[Rejection] = []
    report = ImportReport(on_rejection=rejections.append)
    found = list(read_records(path, LISTS, report))
    assert [(r.hint, dict(r.fields)) for r in found] == [
        ("a", {"id": "1", "text": "two\r\nlines, 🙂"}),
        ("a", {"id": "3", "text": "Äpfel"}),
    ]
    assert [(r.place.line, r.reason, r.field) for r in rejections] == [(4, Reject.MALFORMED, "row")]


def test_a_table_that_ends_within_a_character_is_read_up_to_there(tmp_path: Path) -> None:
    report = ImportReport()
    path = tmp_path / "a.csv"
    path.write_bytes("id;text\n1;one\n2;two".encode("utf-16")[:-1])
    assert fields(list(read_records(path, LISTS, report))) == [{"id": "1", "text": "one"}]
    assert list(report.rejected) == [(Reject.MALFORMED, "file")]


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        *product(["a.json", "a.jsonl"], ["utf-16"]),
        *product(["a.csv", "a.json", "a.jsonl"], ["utf-16-le", "utf-16-be"]),
    ],
)
def test_no_part_of_a_file_in_another_encoding_is_read(
    tmp_path: Path, name: str, encoding: str
) -> None:
    content = "id,text\n1,two\n" if name == "a.csv" else '{"id": 1}\n{"id": 2}\n'
    report = ImportReport()
    (tmp_path / name).write_bytes(content.encode(encoding))
    assert [
        f for f in fields(list(read_records(tmp_path / name, LISTS, report))) if "id" in f
    ] == []
    if encoding == "utf-16":
        assert list(report.rejected) == [(Reject.MALFORMED, "file")]
