"""JSON in and out: the same messages as protobuf's own reader, and better manners."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st

from relhealth.errors import InvalidInputError
from relhealth.v1 import relationship_health_pb2 as pb
from relhealth.wire.json_reading import read_message, read_request_line
from relhealth.wire.json_writing import write_line
from relhealth.wire.times import parse_moment
from wire.samples import interaction, request

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.jsonl"))
FIRST = "history.interactions[0]"
FIRST_INTERACTION = {
    "interaction_id": "a",
    "sent_time": "2024-05-01T10:00:00Z",
    "sender": "SENDER_BRAND",
}
HISTORY = {"brand_id": "B", "customer_id": "C", "interactions": [FIRST_INTERACTION]}


def refused(line: str | bytes) -> tuple[str, str]:
    with pytest.raises(InvalidInputError) as caught:
        read_request_line(line)
    return caught.value.reason, caught.value.violations[0].field


def with_first(**changes: object) -> str:
    first: dict[str, object] = {**FIRST_INTERACTION, **changes}
    return json.dumps(HISTORY | {"interactions": [first]})


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_examples_read_as_the_protobuf_library_reads_them(file: Path) -> None:
    for line in file.read_text(encoding="utf-8").splitlines():
        expected = json_format.Parse(line, pb.ScoreRelationshipRequest())
        assert read_request_line(line) == expected


def test_a_bare_history_is_a_request() -> None:
    assert read_request_line(json.dumps(HISTORY)) == read_request_line(
        json.dumps({"history": HISTORY})
    )


def test_names_may_be_in_camel_case_and_enums_may_be_numbers() -> None:
    line = '{"brandId": "B", "interactions": [{"sentTime": "1970-01-01T00:00:00Z", "sender": 2}]}'
    item = read_request_line(line).history.interactions[0]
    assert item.HasField("sent_time")
    assert item.sender == pb.SENDER_CUSTOMER


def test_null_is_unset_and_zero_is_not() -> None:
    line = with_first(audience_size=0, language=None, recorded_time=None)
    item = read_request_line(line).history.interactions[0]
    assert item.HasField("audience_size")
    assert not item.HasField("recorded_time")


@pytest.mark.parametrize(
    ("line", "reason", "field"),
    [
        ("", "MALFORMED_JSON", ""),
        ("{", "MALFORMED_JSON", ""),
        (b'{"brand_id": "\xff"}', "MALFORMED_JSON", ""),
        ('{"history": {}, "history": {}}', "MALFORMED_JSON", ""),
        ('{"half_life_days": NaN, "history": {}}', "MALFORMED_JSON", ""),
        ("[" * 100_000, "MALFORMED_JSON", ""),
        ("[]", "INVALID_VALUE", ""),
        ('{"histroy": {}}', "UNKNOWN_FIELD", "history.histroy"),
        ('{"history": {"a b": 1}}', "UNKNOWN_FIELD", 'history."a b"'),
        (with_first(txt="x"), "UNKNOWN_FIELD", f"{FIRST}.txt"),
        (with_first(text=5), "INVALID_VALUE", f"{FIRST}.text"),
        (with_first(text="\ud800"), "INVALID_VALUE", f"{FIRST}.text"),
        (with_first(sender="BRAND"), "INVALID_ENUM", f"{FIRST}.sender"),
        (with_first(sender=True), "INVALID_ENUM", f"{FIRST}.sender"),
        (with_first(sent_time=5), "INVALID_TIME", f"{FIRST}.sent_time"),
        (with_first(audience_size=1.5), "INVALID_VALUE", f"{FIRST}.audience_size"),
        (with_first(audience_size=2**31), "INVALID_VALUE", f"{FIRST}.audience_size"),
        (with_first(sentTime="1970-01-01T00:00:00Z"), "INVALID_VALUE", f"{FIRST}.sent_time"),
        (
            with_first(opt_out={}, consent={}),
            "INVALID_VALUE",
            "history.interactions[0].consent",
        ),
        (with_first(rating={"value": "x"}), "INVALID_VALUE", f"{FIRST}.rating.value"),
        (with_first(rating={"value": 10**400}), "INVALID_VALUE", f"{FIRST}.rating.value"),
        ('{"interactions": [null]}', "INVALID_VALUE", "history.interactions[0]"),
        ('{"interactions": {}}', "INVALID_VALUE", "history.interactions"),
    ],
)
def test_bad_json_is_refused_by_its_field(line: str | bytes, reason: str, field: str) -> None:
    assert refused(line) == (reason, field)


def test_errors_do_not_quote_values() -> None:
    line = with_first(text={"secret": "zebra"}, sender="zebra", sent_time="zebra")
    with pytest.raises(InvalidInputError) as caught:
        read_request_line(line)
    assert "zebra" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01t00:00:01.5z", 1_500_000),
        ("1970-01-01T02:00:00+02:00", 0),
        ("1969-12-31T23:30:00-00:30", 0),
        ("1970-01-01T00:00:00.000001999Z", 1),
        ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
        ("1969-12-31T23:59:59Z", None),
        ("2024-02-30T00:00:00Z", None),
        ("2024-01-01T00:00:60Z", None),
        ("2024-01-01T00:00:00", None),
        ("2024-01-01T00:00:00+24:00", None),
        ("2024-01-01", None),
        ("2024-01-01T00:00:00Z\n", None),
        ("٢٠٢٤-01-01T00:00:00Z", None),
    ],
)
def test_times(text: str, microseconds: int | None) -> None:
    assert parse_moment(text) == microseconds


@given(st.integers(0, 253_402_300_799), st.integers(0, 999_999_999))
def test_times_are_written_as_the_protobuf_library_writes_them(seconds: int, nanos: int) -> None:
    message = request(interaction(sent_time={"seconds": seconds, "nanos": nanos}))
    item = message.history.interactions[0]
    written = json.loads(write_line(message))["history"]["interactions"][0]["sent_time"]
    assert written == item.sent_time.ToJsonString()


@given(st.text(st.characters(codec="utf-8")), st.floats(allow_nan=False, allow_infinity=False))
def test_what_is_written_reads_back_the_same(text: str, value: float) -> None:
    message = request(
        interaction(text=text, rating={"value": value, "min": 0, "max": 0}, audience_size=0),
        half_life_days=value,
        view=pb.VIEW_EVIDENCE,
        max_evidence_count=7,
    )
    line = write_line(message)
    assert "\n" not in line
    assert read_message(pb.ScoreRelationshipRequest, json.loads(line)) == message
    assert json_format.Parse(line, pb.ScoreRelationshipRequest()) == message


def test_zero_is_written_and_the_unset_is_not() -> None:
    data = json.loads(write_line(pb.ScoreRelationshipResponse(health=pb.Health(prior=0.0))))
    assert data["health"]["prior"] == 0.0
    assert data["ignored_after_as_of_count"] == 0
    assert "estimate" not in data["health"]
    assert "band" not in data["health"]
    assert "request_id" not in data
