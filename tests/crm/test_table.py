from __future__ import annotations

from pathlib import Path

import pytest

from crm.support import Imported, import_of_files, us
from relhealth.crm.report import Reject, Skip
from relhealth.domain.history import OptOut, Rating
from relhealth.domain.vocabulary import Channel, Party
from relhealth.errors import ConfigurationError

MAPPING = """
[columns]
interaction_id = "Nr"
customer_id = "Kunde"
sent_time = "Zeit"
sender = "Richtung"
text = "Text"
in_reply_to_id = "Antwort auf"
rating = "Note"
opt_out = "Abgemeldet"
audience_size = "Follower"

[constants]
channel = "email"
brand_id = "shop"

[values.sender]
ein = "customer"
aus = "SENDER_BRAND"

[values.opt_out]
ja = "true"

[time]
format = "%d.%m.%Y %H:%M"
zone = "Europe/Berlin"

[text]
html = true
cut_quotes = true

[rating]
min = 1
max = 6

[[skip]]
column = "Art"
values = ["Notiz"]
reason = "private_note"
"""
HEADER = "Nr,Kunde,Zeit,Richtung,Text,Antwort auf,Note,Abgemeldet,Follower,Art\n"


def imported(folder: Path, rows: str, mapping: str = MAPPING) -> Imported:
    (folder / "map.toml").write_text(mapping, encoding="utf-8")
    (folder / "rows.csv").write_text("\ufeff" + HEADER + rows, encoding="utf-8")
    return import_of_files("csv", folder / "rows.csv", mapping=folder / "map.toml")


def test_rows_are_read_as_the_mapping_says(tmp_path: Path) -> None:
    result = imported(
        tmp_path,
        '1,k1,01.07.2024 12:00,ein,"<p>Wo ist ""es""?</p>",,,,12,\n'
        "2,k1,01.12.2024 12:00,aus,Heute,1,,,,\n"
        "3,k1,02.12.2024 12:00,aus,intern,,,,,Notiz\n"
        "4,k1,03.12.2024 12:00,ein,,,2,,,\n"
        "5,k1,04.12.2024 12:00,ein,,,,ja,,\n"
        "6,k1,05.12.2024 12:00,ein,,,,nein danke,,\n"
        "7,k1,06.12.2024 12:00,ein,,,,no,,\n",
    )
    items = result.of("k1")
    assert [(i.sender, i.text) for i in items[:2]] == [
        (Party.CUSTOMER, 'Wo ist "es"?'),
        (Party.BRAND, "Heute"),
    ]
    assert items[0].sent_us == us("2024-07-01T12:00:00+02:00")
    assert items[1].sent_us == us("2024-12-01T12:00:00+01:00")
    assert items[1].in_reply_to_id == items[0].interaction_id
    assert (items[0].audience_size, items[1].audience_size) == (12, None)
    assert items[2].outcome == Rating(2.0, 1.0, 6.0)
    assert items[3].outcome == OptOut(())
    assert {i.channel for i in items} == {Channel.EMAIL}
    assert result.relationships[0].brand_id == "shop"
    assert result.skipped() == {Skip.PRIVATE_NOTE: 1, Skip.NO_WORDS: 1}
    assert result.rejected() == {(Reject.UNKNOWN_VALUE, "opt_out")}


def test_what_the_mapping_does_not_know_is_rejected_with_its_field(tmp_path: Path) -> None:
    result = imported(
        tmp_path,
        "1,k1,01.07.2024 12:00,quer,Hallo,,,,,\n"
        "2,k1,gestern,ein,Hallo,,,,,\n"
        "3,,01.07.2024 12:00,ein,Hallo,,,,,\n"
        "4,k1,01.07.2024 12:00,,Hallo,,,,,\n"
        "5,k1,01.07.2024 12:00,ein,,,9,,,\n",
    )
    assert result.rejected() == {
        (Reject.UNKNOWN_VALUE, "sender"),
        (Reject.BAD_TIME, "sent_time"),
        (Reject.NO_CUSTOMER, "customer_id"),
        (Reject.UNKNOWN_DIRECTION, "sender"),
        (Reject.UNKNOWN_VALUE, "rating"),
    }
    assert {r.place.line for r in result.rejections} == {2, 3, 4, 5, 6}


@pytest.mark.parametrize(
    ("mapping", "named"),
    [
        ("[colums]\ntext = 'x'", "colums"),
        ("[columns]\ncustomer = 'x'", "columns.customer"),
        ("[columns]\ncustomer_id = 'x'", "sent_time"),
        (MAPPING.replace("Europe/Berlin", "Mars/Base"), "time.zone"),
        (MAPPING.replace("private_note", "no reason"), "skip.reason"),
        (MAPPING.replace("[rating]\nmin = 1\nmax = 6\n", ""), "rating"),
        ("not toml", "TOML"),
    ],
)
def test_a_wrong_mapping_is_refused_by_name(tmp_path: Path, mapping: str, named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        imported(tmp_path, "", mapping)


BARE = '[columns]\ncustomer_id = "c"\nsent_time = "t"\nsender = "d"\ntext = "m"\n'


def bare(folder: Path, more: str = "", **files: str) -> Imported:
    (folder / "map.toml").write_text(BARE + more, encoding="utf-8")
    paths = [folder / name.replace("__", "/") for name in files]
    for path, rows in zip(paths, files.values(), strict=True):
        path.parent.mkdir(exist_ok=True)
        path.write_text("c,t,d,m,n,r,a\n" + rows, encoding="utf-8")
    named = [path.rename(path.with_suffix(".csv")) for path in paths]
    return import_of_files("csv", *named, mapping=folder / "map.toml")


def test_ids_that_begin_anew_with_each_customer_are_kept_apart(tmp_path: Path) -> None:
    rows = "a,2024-03-01,customer,Hi,1,,\nb,2024-03-01,customer,Ho,1,,\n"
    result = bare(tmp_path, 'interaction_id = "n"\n', rows=rows)
    assert [result.texts(c) for c in ("a", "b")] == [[("c", "Hi")], [("c", "Ho")]]
    assert result.of("b")[0].interaction_id == "row:1"


def test_files_of_one_name_in_two_folders_are_kept_apart(tmp_path: Path) -> None:
    row = "a,2024-03-0{},customer,Hi {},,,\n"
    result = bare(tmp_path, may__m=row.format(1, 1), june__m=row.format(2, 2))
    assert result.texts("a") == [("c", "Hi 1"), ("c", "Hi 2")]


@pytest.mark.parametrize(
    ("more", "row", "field"),
    [
        ('rating = "r"\n[rating]\nmin = 1\nmax = 5\n', "1,n/a,", "rating"),
        ('audience_size = "a"\n', "1,,many", "audience_size"),
        ('audience_size = "a"\n', "1,,-5", "audience_size"),
        ('audience_size = "a"\n', "1,,99999999999", "audience_size"),
    ],
)
def test_a_number_that_is_none_is_rejected(more: str, row: str, field: str, tmp_path: Path) -> None:
    result = bare(tmp_path, more, rows=f"a,2024-03-01,customer,Hi,{row}\n")
    assert result.rejected() == {(Reject.UNKNOWN_VALUE, field)}


def test_a_column_that_no_table_has_is_told(tmp_path: Path) -> None:
    result = bare(tmp_path, 'thread_id = "Thread"\n', rows="a,2024-03-01,customer,Hi,,,\n")
    assert list(result.report.notes) == ["no row has anything in column 'Thread' (thread_id)"]


@pytest.mark.parametrize(
    ("mapping", "complaint"),
    [
        (BARE.replace('"c"', "1"), "columns.customer_id is of the wrong kind"),
        (BARE + '[values]\nsender = "x"\n', "values.sender is of the wrong kind"),
        (BARE + "[values.sender]\nx = 1\n", "values.sender.x is of the wrong kind"),
        (BARE + "[time]\nformat = 5\n", "time.format is of the wrong kind"),
        (BARE + '[text]\nhtml = "yes"\n', "text.html is of the wrong kind"),
        (BARE + '[[skip]]\ncolumn = "n"\nvalues = "x"\n', "skip.values is of the wrong kind"),
        (BARE + 'rating = "r"\n[rating]\nmin = "a"\nmax = 5\n', "rating.min is of the wrong"),
        (BARE + 'rating = "r"\n[rating]\nmin = 5\nmax = 1\n', "min below max"),
        ('columns = "x"\n', "columns must be a table"),
    ],
)
def test_a_mapping_of_other_kinds_is_refused_by_name(
    mapping: str, complaint: str, tmp_path: Path
) -> None:
    (tmp_path / "map.toml").write_text(mapping, encoding="utf-8")
    (tmp_path / "rows.csv").write_text("c\n1\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=complaint):
        import_of_files("csv", tmp_path / "rows.csv", mapping=tmp_path / "map.toml")
