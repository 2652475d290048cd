"""Histories straight from columns, beside requests made of them: the same, or left to these."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relhealth.batch.core import Form, LocalAnswerer, Refused, Settings
from relhealth.batch.decode import JsonRow, rows_of
from relhealth.batch.schema import AS_OF_TIME, HISTORIES, MOMENT
from relhealth.domain.history import History
from relhealth.errors import InvalidInputError
from relhealth.models.load import load_scorer
from relhealth.scoring.options import ScoreOptions
from relhealth.wire.json_writing import write_line
from relhealth.wire.parsing import options_of, parse_request
from wire.samples import interaction, request

pytest.importorskip("relhealth.wire._columns")

NOW_US = 1_700_000_000_000_000
NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
SCHEMA = HISTORIES.append(pa.field(AS_OF_TIME, MOMENT))
PLAIN = {"interaction_id": "a", "sent_time": NOON, "sender": "SENDER_BRAND", "text": "Hello."}
IDS = ("a", "b", "c", "d")


def relationship(*items: dict[str, Any] | None, **changes: object) -> dict[str, Any]:
    return {"brand_id": "B", "customer_id": "C", "interactions": list(items), **changes}


def batch_of(*rows: dict[str, Any]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(list(rows), schema=SCHEMA)


def taken(batch: pa.RecordBatch) -> list[bool]:
    """Which rows go the short way; it gives what the long one gives, and takes nothing wrong."""
    short_ways = []
    for row in rows_of(batch):
        plain = row.plain()
        found: tuple[History, ScoreOptions] | None = None
        if plain is not None:
            found = plain[0], options_of(plain[1], NOW_US)
        try:
            expected = parse_request(row.request(), NOW_US)
        except InvalidInputError:
            assert found is None
        else:
            assert found is None or found == expected
        short_ways.append(found is not None)
    return short_ways


_TIMES = st.sampled_from([NOON, NOON + timedelta(seconds=1), NOON - timedelta(minutes=2)])
_ODD = st.sampled_from([None, datetime(1960, 1, 1, tzinfo=UTC)])
_RATINGS = st.fixed_dictionaries(
    {name: st.sampled_from([1.0, 3.0, 5.0, None, float("nan")]) for name in ("value", "min", "max")}
)
_CHANNELS = st.fixed_dictionaries(
    {"channels": st.lists(st.sampled_from(["CHANNEL_SMS", "CHANNEL_CHAT"]), max_size=3)}
)
_ITEMS = st.fixed_dictionaries(
    {
        "interaction_id": st.sampled_from([*IDS * 8, "", None]),
        "sent_time": st.one_of(*[_TIMES] * 8, _ODD),
        "sender": st.sampled_from(["SENDER_BRAND", "SENDER_CUSTOMER"] * 8 + ["SENDER_X", None]),
        "text": st.sampled_from(["Hi", "\u00e9\U0001f600", "x" * 100_001, "", None]),
    },
    optional={
        "recorded_time": st.one_of(_TIMES, _ODD),
        "sender_kind": st.sampled_from(["SENDER_KIND_BOT", "SENDER_KIND_UNSPECIFIED", "bot"]),
        "channel": st.sampled_from(["CHANNEL_EMAIL", "CHANNEL_UNSPECIFIED"]),
        "purpose": st.sampled_from(["PURPOSE_MARKETING", None]),
        "language": st.sampled_from(["en", ""]),
        "in_reply_to_id": st.sampled_from(IDS),
        "thread_id": st.sampled_from(["t", "u", ""]),
        "audience_size": st.sampled_from([0, 7, -1, 2**31 - 1]),
        "rating": st.one_of(st.none(), _RATINGS),
        "opt_out": st.one_of(st.none(), _CHANNELS),
        "consent": st.one_of(st.none(), _CHANNELS),
    },
)
_ROWS = st.builds(
    lambda items, changes: relationship(*items, **changes),
    st.lists(st.one_of(*[_ITEMS] * 9, st.none()), max_size=4),
    st.fixed_dictionaries(
        {},
        optional={
            "brand_id": st.sampled_from(["", None]),
            "segment": st.sampled_from(["telecom", "", None]),
            "as_of_time": st.one_of(_TIMES, _ODD),
        },
    ),
)


@settings(deadline=None)
@given(st.lists(_ROWS, min_size=1, max_size=5), st.integers(0, 4))
def test_columns_and_requests_give_the_same_histories(
    rows: list[dict[str, Any]], begin: int
) -> None:
    taken(batch_of(*rows))
    taken(batch_of(*rows, *rows, *rows, *rows, *rows).slice(begin, len(rows)))


def test_what_is_plain_goes_the_short_way_beside_what_is_not() -> None:
    good = {
        "recorded_time": NOON + timedelta(days=1),
        "channel": "CHANNEL_EMAIL",
        "language": "en",
        "thread_id": "t",
        "audience_size": 3,
        "rating": {"value": 2.0, "min": 1.0, "max": 5.0},
    }
    wrong: list[dict[str, Any]] = [
        {"sender": None},
        {"sender": "BRAND"},
        {"interaction_id": ""},
        {"sent_time": None},
        {"text": None},
        {"recorded_time": NOON - timedelta(days=1)},
        {"in_reply_to_id": "x"},
        {"audience_size": -1},
        {"rating": {"value": 9.0, "min": 1.0, "max": 5.0}},
        {"rating": good["rating"], "consent": {"channels": []}},
    ]
    rows = [relationship(PLAIN | good), *[relationship(PLAIN | odd) for odd in wrong]]
    later = PLAIN | {"interaction_id": "b", "in_reply_to_id": "a", "text": "", "opt_out": {}}
    rows += [
        relationship(later, PLAIN, as_of_time=NOON),
        relationship(PLAIN, brand_id=""),
        relationship(PLAIN, None),
        relationship(),
    ]
    assert taken(batch_of(*rows)) == [True, *[False] * len(wrong), True, False, False, False]


def with_interactions(batch: pa.RecordBatch, interactions: pa.Array) -> pa.RecordBatch:
    place = batch.schema.get_field_index("interactions")
    return batch.set_column(place, "interactions", interactions)


def torn(texts: bytes, *ends: int) -> pa.Array:
    """Texts that are none, as an engine can hand them over."""
    offsets = pa.array([0, *ends], pa.int32()).buffers()[1]
    return pa.Array.from_buffers(pa.string(), len(ends), [None, offsets, pa.py_buffer(texts)])


def test_a_text_that_is_no_utf8_spoils_its_row_alone() -> None:
    batch = batch_of(relationship(PLAIN), relationship(PLAIN))
    item = batch["interactions"]
    names = [field.name for field in item.type.value_type]
    children = item.values.flatten()
    children[names.index("text")] = torn(b"Hello.re\xffts", 6, 11)
    values = pa.StructArray.from_arrays(children, names)
    found = with_interactions(batch, pa.ListArray.from_arrays(item.offsets, values))
    assert taken(found) == [True, False]
    assert taken(found.slice(0, 1)) == [True]
    *_, row = rows_of(found)
    with pytest.raises(InvalidInputError, match=r"^history\.interactions\.text: .*not UTF-8"):
        row.request()
    assert row.ids() == {"brand_id": "B", "customer_id": "C"}


BYTES = (
    pa.binary(),
    pa.large_binary(),
    pa.binary_view(),
    pa.binary(5),
    pa.dictionary(pa.int32(), pa.binary()),
)


@pytest.mark.parametrize("kind", BYTES, ids=str)
def test_bytes_that_are_no_text_spoil_their_row_alone(kind: pa.DataType) -> None:
    batch = batch_of(*[relationship(PLAIN)] * 5)
    item = batch["interactions"]
    names = [field.name for field in item.type.value_type]
    children = item.values.flatten()
    children[names.index("text")] = pa.array(
        [b"Hello", b"He\xffo!", b"H\xc3\xa9lo", None, b"\xff\xfe\xfd\xfc\xfb"], kind
    )
    values = pa.StructArray.from_arrays(children, names)
    found = with_interactions(batch, pa.ListArray.from_arrays(item.offsets, values))
    assert taken(found) == [True, False, True, False, False]
    assert [row.plain() for row in rows_of(found.slice(2, 1))] == [[*rows_of(found)][2].plain()]
    for row in (1, 4):
        with pytest.raises(InvalidInputError, match=r"^history\.interactions\.text: .*not UTF-8"):
            [*rows_of(found)][row].request()


@pytest.mark.parametrize("kind", BYTES, ids=str)
def test_an_id_of_bytes_that_are_no_text_spoils_its_row_alone(kind: pa.DataType) -> None:
    batch = batch_of(*[relationship(PLAIN)] * 3)
    ids = pa.array([b"Brand", b"B\xffand", b"Brand"], kind)
    found = batch.set_column(0, "brand_id", ids)
    assert taken(found) == [True, False, True]
    with pytest.raises(InvalidInputError, match=r"^history\.brand_id: .*not UTF-8"):
        [*rows_of(found)][1].request()


def test_an_id_that_is_no_utf8_is_not_told() -> None:
    batch = batch_of(relationship(PLAIN)).set_column(0, "brand_id", torn(b"\xff", 1))
    [row] = rows_of(batch)
    with pytest.raises(InvalidInputError, match=r"^history\.brand_id: "):
        row.request()
    assert row.ids() == {"brand_id": None, "customer_id": "C"}


def test_what_a_null_list_hides_is_nobodys() -> None:
    batch = batch_of(relationship(PLAIN), relationship(PLAIN))
    item = batch["interactions"]
    hiding = pa.ListArray.from_arrays(item.offsets, item.values, mask=pa.array([True, False]))
    found = with_interactions(batch, hiding)
    assert taken(found) == [False, True]
    assert [len(row.request().history.interactions) for row in rows_of(found)] == [0, 1]


def test_interactions_that_say_nothing_are_interactions() -> None:
    [row] = rows_of(batch_of(relationship(None, None)))
    assert len(row.request().history.interactions) == 2


@pytest.mark.parametrize("form", Form)
def test_whoever_is_refused_is_named(form: Form) -> None:
    answerer = LocalAnswerer(load_scorer(None, None), Settings(NOW_US, form=form))
    line = request(interaction(), half_life_days=-1.0)
    rows = [
        JsonRow(write_line(line), None, None),
        *rows_of(batch_of(relationship(PLAIN, brand_id=""))),
        *rows_of(batch_of(relationship(PLAIN | {"sender": "X"}, brand_id=""))),
    ]
    refused = [answerer.ask(row) for row in rows]
    history = line.history
    assert [each.ids for each in refused if isinstance(each, Refused)] == [
        {"brand_id": history.brand_id, "customer_id": history.customer_id},
        {"brand_id": None, "customer_id": "C"},
        {"brand_id": None, "customer_id": "C"},
    ]
