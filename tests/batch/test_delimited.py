"""Delimited text as people's systems write it, and as they tear it."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batch.conftest import Run
from relhealth.batch.delimited import delimited
from relhealth.batch.messages import Layout
from relhealth.cli import main
from relhealth.errors import ConfigurationError

HEADER = ["customer_id", "sent_time", "sender", "text"]
PRIVATE = "my diagnosis"


def _message(customer: str, text: str, minute: int = 0) -> list[str]:
    return [customer, f"2025-01-01T10:{minute:02d}:00Z", "customer", text]


def _read(path: Path) -> list[tuple[int, list[str], bool]]:
    with delimited(path, HEADER) as opened:
        assert list(opened.names) == HEADER
        return [(line, cells, fault is not None) for line, cells, fault in opened.records]


def _outcome(
    source: Path, folder: Path, run: Run
) -> tuple[dict[str, int], set[tuple[int, str, str]]]:
    """How many messages of whom were scored, and what was rejected."""
    rejects = folder / "rejects.jsonl"
    run(folder / "out.jsonl", source, layout=Layout(brand_id="b"), rejects=rejects)
    refused = [json.loads(line) for line in rejects.open()]
    assert PRIVATE not in rejects.read_text()
    scored = [json.loads(line)["customer_id"] for line in (folder / "out.jsonl").open()]
    told = {(row["line"], row["field"], row["description"]) for row in refused}
    return {name: scored.count(name) for name in scored}, told


@settings(deadline=None, max_examples=60)
@given(
    rows=st.lists(
        st.tuples(*[st.text(st.sampled_from("ab,;\t|\"'\\ \n#é0"), max_size=12)] * 3), max_size=12
    ),
    delimiter=st.sampled_from(",;\t|"),
    ending=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be"]),
)
def test_what_a_writer_writes_is_read(
    rows: list[tuple[str, str, str]],
    delimiter: str,
    ending: str,
    encoding: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter, lineterminator=ending)
    records = [["x", *row] for row in rows]
    writer.writerows([HEADER, *records])
    path = tmp_path_factory.mktemp("csv") / "in.csv"
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    path.write_bytes((mark + written.getvalue()).encode(encoding))
    found = _read(path)
    assert [cells for _, cells, _ in found] == records
    assert not any(torn for *_, torn in found)


def test_spark_and_tables_without_quotes_are_read(tmp_path: Path) -> None:
    spark = tmp_path / "spark.csv"
    spark.write_text(
        ",".join(HEADER) + '\nc,2025-01-01,customer,"He said \\"no, thanks\\" twice"\n' * 3
    )
    assert [cells[3] for _, cells, _ in _read(spark)] == ['He said "no, thanks" twice'] * 3
    plain = tmp_path / "plain.tsv"
    plain.write_text("\t".join(HEADER) + '\nc\t2025-01-01\tcustomer\t"no" is what, they said\n' * 3)
    assert [cells[3] for _, cells, _ in _read(plain)] == ['"no" is what, they said'] * 3


@pytest.mark.parametrize("place", [0, 3, 7])
def test_a_quote_that_is_never_closed_swallows_nothing(
    tmp_path: Path, run: Run, place: int
) -> None:
    lines = [f'c{n},2025-01-01,customer,"Where is it, please?"\n' for n in range(8)]
    lines.insert(place, f'torn,2025-01-01,customer,"{PRIVATE}\n')
    lines.append("torn,2025-01-02,customer,Hello\n")
    source = tmp_path / "in.csv"
    source.write_text(",".join(HEADER) + "\n" + "".join(lines))
    scored, told = _outcome(source, tmp_path, run)
    assert scored == {f"c{n}": 1 for n in range(8)}
    assert [(line, field) for line, field, _ in told] == [(place + 2, "")]


def test_bytes_of_another_encoding_take_their_relationship_along(tmp_path: Path, run: Run) -> None:
    source = tmp_path / "in.csv"
    rows = [_message("a", "Bonjour"), _message("b", f"déjà vu, {PRIVATE}"), _message("a", "Merci")]
    text = "\n".join([",".join(HEADER), *(",".join([*r[:3], f'"{r[3]}"']) for r in rows)])
    source.write_bytes((text + "\nb,2025-01-03,brand,Good morning\n").encode("latin-1"))
    assert _outcome(source, tmp_path, run) == ({"a": 1}, {(3, "text", "not UTF-8")})


@pytest.mark.parametrize("name", ["in.tsv", "in.tsv.gz"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_unicode_text_of_excel_is_read_and_half_a_character_named(
    tmp_path: Path, run: Run, encoding: str, name: str
) -> None:
    half = "\ud83d"  # of a pair that a program cut in two
    rows = [
        HEADER,
        _message("a", "Ça va 🙂, c'est là"),
        _message("b", f"{PRIVATE} {half}"),
        _message("b", "Hello", 1),
        _message(f"c{half}", "Hello"),
        _message("d", '"Where is it?\nStill waiting\u2026"'),
    ]
    text = "\ufeff" + "".join("\t".join(row) + "\r\n" for row in rows)
    written = text.encode(encoding, "surrogatepass")
    source = tmp_path / name
    source.write_bytes(gzip.compress(written) if name.endswith(".gz") else written)
    assert _outcome(source, tmp_path, run) == (
        {"a": 1, "d": 1},
        {(3, "text", "not UTF-16"), (5, "customer_id", "not UTF-16")},
    )


def test_a_table_says_the_same_in_either_encoding(tmp_path: Path, run: Run) -> None:
    rows = [HEADER, _message("a", "Danke für die schnelle Hilfe 🙂"), _message("b", "Where is it?")]
    text = "".join("\t".join(row) + "\r\n" for row in rows)
    outputs = []
    for encoding in ("utf-8", "utf-16"):
        source, output = tmp_path / f"{encoding}.tsv", tmp_path / f"{encoding}.jsonl"
        source.write_bytes(text.encode(encoding))
        run(output, source, layout=Layout(brand_id="b"))
        outputs.append(output.read_bytes())
    assert outputs[0] == outputs[1]


def test_lines_are_those_of_an_editor(tmp_path: Path, run: Run) -> None:
    source = tmp_path / "in.csv"
    source.write_text(
        ",".join(HEADER)
        + '\n\na,2025-01-01,customer,"one\ntwo\n\nthree"\nb,someday,customer,Hi\nc,2025-01-01\n'
    )
    assert _outcome(source, tmp_path, run) == (
        {"a": 1},
        {
            (7, "sent_time", "missing or unreadable"),
            (8, "", "not a row: has 2 of 4 cells"),
        },
    )


def test_a_huge_cell_is_one_rows_fault(tmp_path: Path, run: Run) -> None:
    source = tmp_path / "in.csv"
    source.write_text(
        "\n".join(
            [
                ",".join(HEADER),
                ",".join(_message("long", "x" * 200_000)),
                ",".join(_message("longer", "x" * 2_000_000)),
                ",".join(_message("longest", "x" * 40_000_000)),
                ",".join(_message("short", "Hello")),
            ]
        )
    )
    scored, told = _outcome(source, tmp_path, run)
    assert scored == {"short": 1}
    assert sorted(line for line, _, _ in told) == [2, 3, 4]


def test_empty_files_among_others_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.csv").touch()
    (tmp_path / "b.csv").write_text("brand_id," + ",".join(HEADER) + "\nb,c,2025-01-01,brand,Hi\n")
    assert main(["score", str(tmp_path), "--output", str(tmp_path / "out.parquet")]) == 0
    told = capsys.readouterr().err
    assert "a.csv" in told
    assert "1 scored" in told


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        ((",".join(HEADER) + "\na,b,c,d\n").encode("utf-16")[:-1], "in.csv", "damaged after line"),
        ((",".join(HEADER) + "\n").encode("utf-16-le"), "in.csv", "no column"),
        (
            gzip.compress(",".join(HEADER).encode() + b"\na,b,c,d\n" * 90)[:-9],
            "in.csv.gz",
            "damaged",
        ),
        (b"customer_id,sent_time,sender,text,text\n", "in.csv", "more than one column text"),
    ],
)
def test_a_file_that_is_none_is_named(
    tmp_path: Path, run: Run, content: bytes, name: str, told: str
) -> None:
    source = tmp_path / name
    source.write_bytes(content)
    with pytest.raises(ConfigurationError, match=f"{name}.*{told}"):
        run(tmp_path / "out.jsonl", source, layout=Layout(brand_id="b"))
