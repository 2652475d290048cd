"""Any order of records gives the same histories, and no odd value stops an import."""

from __future__ import annotations

import copy
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relhealth.crm.adapter import ImportOptions
from relhealth.crm.gathering import Relationship
from relhealth.crm.importing import import_payloads
from relhealth.crm.records import Record, files_of, read_records
from relhealth.crm.report import ImportReport, Reject
from relhealth.crm.systems import adapter_of
from relhealth.domain.history import Rating
from relhealth.wire.histories import encode_history
from relhealth.wire.json_reading import read_request_line
from relhealth.wire.json_writing import write_line
from relhealth.wire.parsing import parse_history

SAMPLES = Path(__file__).parents[2] / "examples/integrations/samples"
SYSTEMS = ("chatwoot", "freshdesk", "hubspot", "intercom", "salesforce", "twitter", "zendesk")

odd_values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=8),
    st.sampled_from(
        ["", " ", "2024-99-99", "-1", "1e999", "\x00", "\ud83d", "▇", "<p", "0", "9" * 30]
    ),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


def records_of(system: str) -> list[Record]:
    adapter = adapter_of(system)
    report = ImportReport()
    return [
        record
        for path in files_of([SAMPLES / system])
        for record in read_records(path, adapter.lists, report)
    ]


def imported(system: str, records: list[Record]) -> list[Relationship]:
    return import_payloads(adapter_of(system), records, ImportOptions(), ImportReport())


def places_in(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401
    if isinstance(value, dict):
        inner = [(*path, key) for key in value]
    elif isinstance(value, list):
        inner = [(*path, index) for index in range(len(value))]
    else:
        return [path]
    return [path, *(p for step in inner for p in places_in(value[step[-1]], step))]


@pytest.mark.parametrize("system", SYSTEMS)
def test_any_order_of_records_gives_the_same_histories(system: str) -> None:
    records = records_of(system)
    wanted = imported(system, records)
    for seed in range(5):
        shuffled = records[:]
        random.Random(seed).shuffle(shuffled)
        assert imported(system, shuffled + records) == wanted


@pytest.mark.parametrize("system", SYSTEMS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_an_odd_value_anywhere_stops_no_import(system: str, data: st.DataObject) -> None:
    records = records_of(system)
    index = data.draw(st.integers(0, len(records) - 1))
    fields = copy.deepcopy(dict(records[index].fields))
    place = data.draw(st.sampled_from([p for p in places_in(fields) if p]))
    target: Any = fields
    for step in place[:-1]:
        target = target[step]
    target[place[-1]] = data.draw(odd_values)
    records[index] = Record(records[index].place, records[index].hint, fields)
    for relationship in imported(system, records):
        message = encode_history(
            relationship.brand_id,
            relationship.customer_id,
            relationship.segment,
            relationship.interactions,
        )
        assert read_request_line(write_line(message)).history == message
        parse_history(message)


@pytest.mark.parametrize("system", ["chatwoot", "intercom"])
@pytest.mark.parametrize("value", [0, 6, 1e300])
def test_a_rating_beyond_its_scale_is_rejected(system: str, value: float) -> None:
    records = records_of(system)
    for index, record in enumerate(records):
        fields = copy.deepcopy(dict(record.fields))
        for place in places_in(fields):
            if place[-1:] == ("rating",):
                target: Any = fields
                for step in place[:-1]:
                    target = target[step]
                target["rating"] = value
        records[index] = Record(record.place, record.hint, fields)
    report = ImportReport()
    found = import_payloads(adapter_of(system), records, ImportOptions(), report)
    outcomes = [item.outcome for relationship in found for item in relationship.interactions]
    assert not any(isinstance(outcome, Rating) for outcome in outcomes)
    assert Reject.UNKNOWN_SCALE.value in "\n".join(report.lines())
