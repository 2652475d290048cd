"""Histories straight from columns, beside requests made of them: the same, or left to these."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relhealth.batch.decode import rows_of
from relhealth.batch.schema import AS_OF_TIME, HISTORIES, MOMENT
from relhealth.domain.history import History
from relhealth.errors import InvalidInputError
from relhealth.scoring.options import ScoreOptions
from relhealth.wire.parsing import options_of, parse_request

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


def test_a_text_that_is_no_utf8_goes_the_long_way() -> None:
    batch = batch_of(relationship(PLAIN), relationship(PLAIN | {"text": "rests"}))
    item = batch["interactions"]
    names = [field.name for field in item.type.value_type]
    children = item.values.flatten()
    texts = pa.Array.from_buffers(
        pa.string(),
        2,
        [None, pa.array([0, 6, 11], pa.int32()).buffers()[1], pa.py_buffer(b"Hello.re\xffts")],
    )
    children[names.index("text")] = texts
    torn = pa.ListArray.from_arrays(item.offsets, pa.StructArray.from_arrays(children, names))
    found = batch.set_column(batch.schema.get_field_index("interactions"), "interactions", torn)
    assert [row.plain() is not None for row in rows_of(found)] == [True, False]
