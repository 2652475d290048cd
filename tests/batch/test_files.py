from __future__ import annotations

import csv
import gzip
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from batch.conftest import Run
from batch.standin import load
from relhealth.batch.chunks import ChunkSize
from relhealth.batch.core import Versions
from relhealth.batch.engine import LocalEngine
from relhealth.batch.messages import Layout
from relhealth.batch.schema import RESULT
from relhealth.cli import main
from relhealth.errors import ConfigurationError
from relhealth.scoring.scorer import Scorer

FORMS = ("histories.jsonl", "histories.jsonl.gz", "messages.csv", "messages.parquet")


def sorted_rows(path: Path) -> list[dict[str, object]]:
    return (
        pq.read_table(path)
        .sort_by([("brand_id", "ascending"), ("customer_id", "ascending")])
        .to_pylist()
    )


@pytest.mark.parametrize("name", FORMS)
def test_every_form_of_input_gives_the_same_table(
    name: str, tables: Path, tmp_path: Path, run: Run
) -> None:
    assert run(tmp_path / "expected.parquet", tables / "histories.parquet").scored == 40
    counts = run(tmp_path / "found.parquet", tables / name)
    assert (counts.scored, counts.rejected, counts.interactions) == (40, 0, 320)
    assert sorted_rows(tmp_path / "found.parquet") == sorted_rows(tmp_path / "expected.parquet")


def test_the_table_has_the_schema_of_the_contract(tables: Path, tmp_path: Path, run: Run) -> None:
    run(tmp_path / "a.parquet", tables / "histories.parquet")
    table = pq.read_table(tmp_path / "a.parquet")
    assert table.schema.remove_metadata().equals(RESULT)
    assert table["health"].type == pa.float64()


def test_absent_is_null_and_never_zero(tables: Path, tmp_path: Path, run: Run) -> None:
    run(tmp_path / "a.parquet", tables / "histories.parquet")
    for row in pq.read_table(tmp_path / "a.parquet").to_pylist():
        for key in ("time", "mistakes", "forgiveness"):
            shown = row[f"{key}_status"] == "TRAIT_STATUS_SCORED"
            assert (row[key] is not None) == shown
            assert (row[f"{key}_lower"] is not None) == shown
        assert (row["health"] is None) == (row["band"] == "BAND_INSUFFICIENT_EVIDENCE")


def test_csv_and_parquet_say_the_same(tables: Path, tmp_path: Path, run: Run) -> None:
    run(tmp_path / "a.parquet", tables / "histories.parquet")
    run(tmp_path / "a.csv", tables / "histories.parquet")
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    expected = pq.read_table(tmp_path / "a.parquet").to_pylist()
    assert list(rows[0]) == RESULT.names
    for row, known in zip(rows, expected, strict=True):
        assert row["customer_id"] == known["customer_id"]
        assert (float(row["health"]) if row["health"] else None) == known["health"]
        assert row["as_of_time"].startswith(known["as_of_time"].strftime("%Y-%m-%dT%H:%M:%S"))


def test_json_lines_come_in_input_order(tables: Path, tmp_path: Path, run: Run) -> None:
    run(tmp_path / "a.jsonl", tables / "histories.jsonl", engine=LocalEngine(load, 2))
    found = [json.loads(line)["customer_id"] for line in (tmp_path / "a.jsonl").open()]
    given = [json.loads(line)["customer_id"] for line in (tables / "histories.jsonl").open()]
    assert found == given


def test_folders_and_patterns_are_read_in_order(tables: Path, tmp_path: Path, run: Run) -> None:
    lines = (tables / "histories.jsonl").read_text().splitlines(keepends=True)
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "b.jsonl").write_text("".join(lines[20:]))
    (folder / "a.jsonl.gz").write_bytes(gzip.compress("".join(lines[:20]).encode()))
    (folder / "_SUCCESS").write_text("")
    run(tmp_path / "whole.jsonl", tables / "histories.jsonl")
    run(tmp_path / "folder.jsonl", folder)
    run(tmp_path / "pattern.jsonl", f"{folder}/*.jsonl*")
    whole = (tmp_path / "whole.jsonl").read_bytes()
    assert (tmp_path / "folder.jsonl").read_bytes() == whole
    assert (tmp_path / "pattern.jsonl").read_bytes() == whole


@pytest.mark.parametrize("size", [ChunkSize(rows=1), ChunkSize(interactions=9), ChunkSize()])
def test_where_the_cuts_fall_changes_no_byte(
    size: ChunkSize, tables: Path, tmp_path: Path, run: Run
) -> None:
    run(tmp_path / "a.parquet", tables / "histories.parquet")
    run(tmp_path / "b.parquet", tables / "histories.parquet", chunk_size=size)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_bad_lines_are_named_and_the_others_scored(tables: Path, tmp_path: Path, run: Run) -> None:
    lines = (tables / "histories.jsonl").read_text().splitlines()
    bad = json.loads(lines[1])
    bad["interactions"][2]["sent_time"] = "yesterday, said my secret"
    unknown = json.loads(lines[2])
    unknown["custommer"] = "x"
    source = tmp_path / "in.jsonl"
    source.write_text(
        "\n".join([lines[0], json.dumps(bad), "", json.dumps(unknown), "{", lines[3]])
    )
    counts = run(tmp_path / "a.jsonl", source, rejects=tmp_path / "rejects.jsonl")
    assert (counts.scored, counts.rejected) == (2, 3)
    text = (tmp_path / "rejects.jsonl").read_text()
    rejects = [json.loads(line) for line in text.splitlines()]
    assert [(r["line"], r["reason"], r["field"]) for r in rejects] == [
        (2, "INVALID_TIME", "history.interactions[2].sent_time"),
        (4, "UNKNOWN_FIELD", "history.custommer"),
        (5, "MALFORMED_JSON", ""),
    ]
    assert {r["file"] for r in rejects} == {str(source)}
    assert "secret" not in text


def test_a_bad_row_of_a_flat_table_takes_its_relationship_along(tmp_path: Path, run: Run) -> None:
    source = tmp_path / "messages.csv"
    source.write_text(
        "brand_id,customer_id,sent_time,sender,text,in_reply_to_id,interaction_id\n"
        "b,whole,2025-01-01T00:00:00Z,brand,Hello there,gone,a\n"
        "b,whole,2025-01-02 00:00:00+02,Customer,My kettle is broken,a,b\n"
        "b\n"
        "b,torn,someday,brand,Good morning,,\n"
        "b,torn,2025-01-01,brand,Good evening,,\n"
        ",nobody,2025-01-01,brand,Good night,,\n"
        "b,odd,2025-01-01,robot,Beep,,\n"
    )
    counts = run(tmp_path / "a.jsonl", source, rejects=tmp_path / "rejects.jsonl")
    scored = [json.loads(line) for line in (tmp_path / "a.jsonl").open()]
    rejects = [json.loads(line) for line in (tmp_path / "rejects.jsonl").open()]
    assert [row["customer_id"] for row in scored] == ["whole"]
    assert {(r["line"], r["field"], r["reason"]) for r in rejects} == {
        (4, "", "MALFORMED_ROW"),
        (5, "sent_time", "MALFORMED_ROW"),
        (7, "brand_id", "MALFORMED_ROW"),
        (8, "history.interactions[0].sender", "INVALID_ENUM"),
    }
    assert counts.rejected == 4


def test_columns_of_a_flat_table_can_be_named(tmp_path: Path, run: Run) -> None:
    source = tmp_path / "messages.csv"
    source.write_text("who,at,inbound,said,extra\nc,2025-03-01 10:00,true,My lamp broke,1\n")
    layout = Layout(
        columns={"customer_id": "who", "sent_time": "at", "text": "said"},
        brand_id="lamps",
        time_format="%Y-%m-%d %H:%M",
    )
    assert run(tmp_path / "a.jsonl", source, layout=layout).scored == 1
    row = json.loads((tmp_path / "a.jsonl").read_text())
    assert (row["brand_id"], row["customer_id"]) == ("lamps", "c")
    with pytest.raises(ConfigurationError, match="no column customer_id"):
        run(tmp_path / "b.jsonl", source)


def _flat(path: Path, customer_ids: pa.Array, texts: pa.Array) -> Path:
    count = len(customer_ids)
    columns = {
        "brand_id": ["b"] * count,
        "customer_id": customer_ids,
        "sent_time": [datetime(2025, 3, 1, tzinfo=UTC)] * count,
        "inbound": [1.0] * count,
        "text": texts,
    }
    pq.write_table(pa.table(columns), path, row_group_size=1_000)
    return path


def test_ids_that_became_floating_numbers_are_whole_again(tmp_path: Path, run: Run) -> None:
    too_large = float(2**60)
    ids = pa.array([17.0, None, float("nan"), too_large, 1.5])
    source = _flat(tmp_path / "in.parquet", ids, pa.array(["My lamp broke"] * 5))
    rejects = tmp_path / "rejects.jsonl"
    run(tmp_path / "a.jsonl", source, rejects=rejects)
    scored = [json.loads(line) for line in (tmp_path / "a.jsonl").open()]
    refused = [json.loads(line) for line in rejects.open()]
    assert [row["customer_id"] for row in scored] == ["1.5", "17"]
    assert [(row["line"], row["field"]) for row in refused] == [
        (line, "customer_id") for line in (2, 3, 4)
    ]


def test_ids_that_32_bits_cannot_tell_apart_are_refused(tmp_path: Path, run: Run) -> None:
    ids = pa.array([2.0**24 - 1, 2.0**24 + 1], pa.float32())
    source = _flat(tmp_path / "in.parquet", ids, pa.array(["My lamp broke"] * 2))
    run(tmp_path / "a.jsonl", source, rejects=tmp_path / "rejects.jsonl")
    scored = [json.loads(line) for line in (tmp_path / "a.jsonl").open()]
    assert [row["customer_id"] for row in scored] == ["16777215"]


def test_text_that_a_writer_left_unmarked_is_text(tmp_path: Path, run: Run) -> None:
    said = "Das fand ich schön, thank you"
    marked = _flat(tmp_path / "marked.parquet", pa.array(["c"]), pa.array([said]))
    unmarked = _flat(tmp_path / "unmarked.parquet", pa.array(["c"]), pa.array([said.encode()]))
    run(tmp_path / "a.jsonl", marked)
    run(tmp_path / "b.jsonl", unmarked)
    assert (tmp_path / "a.jsonl").read_text() == (tmp_path / "b.jsonl").read_text()


def _marked_as_text(cells: list[bytes | None]) -> pa.Array:
    """Bytes that are called text, whatever they are."""
    return pa.array(cells, pa.binary()).cast(pa.string(), safe=False)


@pytest.mark.parametrize("column_of", [pa.array, _marked_as_text])
def test_text_of_a_flat_parquet_table_that_is_no_utf8_takes_its_relationship_along(
    tmp_path: Path, run: Run, column_of: Callable[[list[bytes | None]], pa.Array]
) -> None:
    count = 5_000
    ids: list[bytes | None] = [f"c{n // 100}".encode() for n in range(count)]
    texts: list[bytes | None] = ["Das fand ich schön".encode()] * count
    texts[40] = b"my diagnosis \xff"
    texts[4_001] = b"\xc3"
    ids[4_102] = b"c41\xff"  # nobody, and not the customer of the rows about it
    source = _flat(tmp_path / "in.parquet", column_of(ids), column_of(texts))
    rejects = tmp_path / "rejects.jsonl"
    counts = run(tmp_path / "a.parquet", source, rejects=rejects)
    refused = [json.loads(line) for line in rejects.open()]
    assert [(row["line"], row["field"], row["description"]) for row in refused] == [
        (41, "text", "not UTF-8"),
        (4_002, "text", "not UTF-8"),
        (4_103, "customer_id", "not UTF-8"),
    ]
    found = set(pq.read_table(tmp_path / "a.parquet")["customer_id"].to_pylist())
    assert found == {f"c{n}" for n in range(count // 100)} - {"c0", "c40"}
    assert counts.interactions == count - 201


def test_each_thing_wrong_with_a_history_has_its_own_reason(tmp_path: Path, run: Run) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text('{"brand_id": "", "customer_id": "c", "interactions": []}\n')
    run(tmp_path / "a.jsonl", source, rejects=tmp_path / "rejects.jsonl")
    rejects = [json.loads(line) for line in (tmp_path / "rejects.jsonl").open()]
    assert [(row["field"], row["reason"]) for row in rejects] == [
        ("history.brand_id", "MISSING_FIELD"),
        ("history.interactions", "NO_INTERACTIONS"),
    ]


def test_histories_that_cannot_be_read_are_named_before_others_are_scored(
    tables: Path, tmp_path: Path, run: Run
) -> None:
    interaction = {"interaction_id": "a", "sent_time": "now", "sender": "SENDER_BRAND", "text": "x"}
    row = {"brand_id": "b", "customer_id": "c", "interactions": [interaction]}
    source = tmp_path / "in.parquet"
    pq.write_table(pa.Table.from_pylist([row]), source)
    with pytest.raises(ConfigurationError, match=r"in\.parquet: interactions.* not a timestamp"):
        run(tmp_path / "a.jsonl", tables / "histories.jsonl", source)
    assert not (tmp_path / "a.jsonl.partial").exists()


def test_a_memory_limit_that_is_none_is_named(tables: Path, tmp_path: Path, run: Run) -> None:
    with pytest.raises(ConfigurationError, match="--memory-limit"):
        run(tmp_path / "a.jsonl", tables / "messages.csv", memory_limit="1XB")


def test_a_misspelt_column_of_histories_is_named(tmp_path: Path, run: Run) -> None:
    interaction = {
        "interaction_id": "a",
        "sent_time": datetime(2025, 1, 1, tzinfo=UTC),
        "sender": "SENDER_BRAND",
        "text": "Hello",
    }
    for extra, complaint in (
        ({"txt": "Hi"}, "unknown column interactions.txt"),
        ({}, None),
    ):
        row = {"brand_id": "b", "customer_id": "c", "interactions": [{**interaction, **extra}]}
        pq.write_table(pa.Table.from_pylist([row]), tmp_path / "in.parquet")
        if complaint is None:
            assert run(tmp_path / "a.jsonl", tmp_path / "in.parquet").scored == 1
            continue
        with pytest.raises(ConfigurationError, match=complaint):
            run(tmp_path / "a.jsonl", tmp_path / "in.parquet")


@pytest.mark.parametrize("output", ["a.jsonl", None])
def test_a_damaged_file_costs_only_what_follows_the_damage(
    tables: Path, tmp_path: Path, output: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = (tables / "histories.jsonl.gz").read_bytes()
    torn, none, sound = (tmp_path / name for name in ("1.jsonl.gz", "2.jsonl.gz", "3.jsonl"))
    torn.write_bytes(whole[: len(whole) // 2])
    none.write_bytes(b"my diagnosis is no gzip")
    sound.write_bytes((tables / "histories.jsonl").read_bytes())
    options = [] if output is None else ["--output", str(tmp_path / output)]
    assert main(["score", str(torn), str(none), str(sound), *options]) == 1
    out, told = capsys.readouterr()
    count = len((out if output is None else (tmp_path / output).read_text()).splitlines())
    assert f"1.jsonl.gz:{count - 39}: line: is damaged from here on" in told
    assert "2.jsonl.gz:1: line: is damaged from here on" in told
    assert "DAMAGED_FILE" in told
    assert count > 40
    assert "diagnosis" not in told


def test_a_damaged_table_is_named_and_never_quoted(tables: Path, tmp_path: Path, run: Run) -> None:
    whole = (tables / "histories.parquet").read_bytes()
    middle = len(whole) // 3
    damaged = tmp_path / "in.parquet"
    damaged.write_bytes(whole[:middle] + b"\xff" * 200 + whole[middle + 200 :])
    rejects = tmp_path / "rejects.jsonl"
    counts = run(tmp_path / "a.jsonl", damaged, tables / "histories.jsonl", rejects=rejects)
    assert (counts.scored, counts.rejected) == (40, 1)
    (refused,) = [json.loads(line) for line in rejects.open()]
    assert (refused["file"], refused["reason"]) == (str(damaged), "DAMAGED_FILE")
    flat = tmp_path / "flat.csv"
    flat.write_bytes(b"customer_id,sent_time,sender,text\nc,2025-01-01,brand,my secret \xff\xfe\n")
    counts = run(tmp_path / "b.jsonl", flat, layout=Layout(brand_id="b"), rejects=rejects)
    assert (counts.scored, counts.rejected) == (0, 1)
    assert "secret" not in rejects.read_text()


def _dies() -> Scorer:
    os._exit(1)


def test_a_worker_that_dies_ends_the_run_with_a_word(
    tables: Path, tmp_path: Path, run: Run
) -> None:
    class Dying(LocalEngine):
        def versions(self) -> Versions:
            return Versions("1", "r")

    with pytest.raises(ConfigurationError, match="worker process was ended"):
        run(tmp_path / "a.jsonl", tables / "histories.jsonl", engine=Dying(_dies, 2))
    assert list(tmp_path.iterdir()) == []


def test_files_of_different_kinds_and_columns_may_be_mixed(
    tables: Path, tmp_path: Path, run: Run
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    table = pq.read_table(tables / "histories.parquet")
    names = ("brand_id", "customer_id", "interactions")
    pq.write_table(table.slice(0, 10).select(names), folder / "a.parquet")
    pq.write_table(table.slice(10, 10), folder / "b.parquet")
    lines = (tables / "histories.jsonl").read_text().splitlines(keepends=True)
    (folder / "c.jsonl").write_text("".join(lines[20:30]))
    (folder / "d.jsonl").write_text("".join(lines[30:]))
    run(tmp_path / "expected.parquet", tables / "histories.jsonl")
    assert run(tmp_path / "found.parquet", folder).scored == 40
    assert (tmp_path / "found.parquet").read_bytes() == (tmp_path / "expected.parquet").read_bytes()


@pytest.mark.parametrize(
    ("field", "kind", "values", "told"),
    [
        ("text", pa.binary(), [b"fine", b"my diagnosis \xff", b"fine"], "not UTF-8"),
        (
            "text",
            pa.binary(13),
            [b"My lamp broke", b"my diagnosis\xff", b"Now it works."],
            "not UTF-8",
        ),
        ("audience_size", pa.string(), ["12", "my diagnosis", None], "string"),
        ("interaction_id", pa.float64(), [1.0, 1.5, 3.0], "double"),
        ("interaction_id", pa.float64(), [1.0, float("nan"), 3.0], "double"),
        ("interaction_id", pa.float64(), [1.0, 2.0**60, 3.0], "double"),
    ],
)
def test_a_value_that_cannot_be_read_spoils_its_row_alone(
    tmp_path: Path, run: Run, field: str, kind: pa.DataType, values: list[object], told: str
) -> None:
    message = {"interaction_id": "1", "sent_time": datetime(2025, 1, 1, tzinfo=UTC)}
    message |= {"sender": "SENDER_CUSTOMER", "text": "My lamp broke"}
    types = {**dict.fromkeys(message, pa.string()), "sent_time": pa.timestamp("us", "UTC")}
    rows = [
        {"brand_id": "b", "customer_id": f"c{n}", "interactions": [{**message, field: value}]}
        for n, value in enumerate(values)
    ]
    schema = pa.schema(
        [
            ("brand_id", pa.string()),
            ("customer_id", pa.string()),
            ("interactions", pa.list_(pa.struct(list({**types, field: kind}.items())))),
        ]
    )
    source = tmp_path / "in.parquet"
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), source)
    rejects = tmp_path / "rejects.jsonl"
    counts = run(tmp_path / "a.parquet", source, rejects=rejects)
    assert (counts.scored, counts.rejected) == (2, 1)
    (refused,) = [json.loads(line) for line in rejects.open()]
    assert (refused["line"], refused["field"]) == (2, f"history.interactions.{field}")
    assert told in refused["description"]
    assert "diagnosis" not in rejects.read_text()


def test_texts_that_are_kept_as_categories_are_read(tables: Path, tmp_path: Path, run: Run) -> None:
    table = pq.read_table(tables / "histories.parquet")
    interactions = table["interactions"].combine_chunks()
    fields = {
        field.name: interactions.values.field(field.name) for field in interactions.values.type
    }
    fields["text"] = fields["text"].dictionary_encode()
    categories = pa.ListArray.from_arrays(
        interactions.offsets, pa.StructArray.from_arrays(list(fields.values()), list(fields))
    )
    place = table.schema.get_field_index("interactions")
    source = tmp_path / "in.parquet"
    pq.write_table(table.set_column(place, "interactions", categories), source)
    run(tmp_path / "a.parquet", source)
    run(tmp_path / "b.parquet", tables / "histories.parquet")
    assert pq.read_table(tmp_path / "a.parquet") == pq.read_table(tmp_path / "b.parquet")


@pytest.mark.parametrize("texts", [[1, 2], [None, None], [5.0, None]])
def test_texts_that_no_column_of_text_holds_are_read(
    texts: list[object], tmp_path: Path, run: Run
) -> None:
    """Engines type a column by what is in it: order numbers, or nothing beside ratings."""
    sent = datetime(2025, 3, 1, tzinfo=UTC)
    rating = {"value": 1.0, "min": 1.0, "max": 5.0}
    item = {"sent_time": sent, "sender": "SENDER_CUSTOMER", "rating": rating}
    items = [item | {"interaction_id": str(i), "text": text} for i, text in enumerate(texts)]
    source = tmp_path / "in.parquet"
    rows = [{"brand_id": "b", "customer_id": "c", "interactions": items}]
    pq.write_table(pa.Table.from_pylist(rows), source)
    assert run(tmp_path / "a.parquet", source).scored == 1


def test_lines_are_utf8_and_nothing_else(tables: Path, tmp_path: Path, run: Run) -> None:
    lines = (tables / "histories.jsonl").read_text().splitlines(keepends=True)[:2]
    source = tmp_path / "in.jsonl"
    source.write_bytes("".join(lines).encode("utf-16"))
    rejects = tmp_path / "rejects.jsonl"
    counts = run(tmp_path / "a.jsonl", source, rejects=rejects)
    assert counts.scored == 0
    assert {json.loads(line)["reason"] for line in rejects.open()} == {"MALFORMED_JSON"}
    source.write_bytes("".join(lines).encode("utf-8-sig"))
    assert run(tmp_path / "b.jsonl", source).scored == 2
