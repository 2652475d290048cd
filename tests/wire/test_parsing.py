"""What is refused, and that every refusal names its field and quotes nothing."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relhealth.domain.history import Consent, OptOut, Rating
from relhealth.domain.vocabulary import Channel, Party, SenderKind
from relhealth.errors import InvalidInputError
from relhealth.v1 import relationship_health_pb2 as pb
from relhealth.wire.limits import Limits
from relhealth.wire.parsing import parse_message, parse_request
from relhealth.wire.violations import Reason
from wire.samples import interaction, request

NOW_US = 1_700_000_000_000_000
FIRST = "history.interactions[0]"


def refusal(
    message: pb.ScoreRelationshipRequest, limits: Limits | None = None
) -> tuple[str, set[str]]:
    with pytest.raises(InvalidInputError) as caught:
        parse_request(message, NOW_US, limits or Limits())
    return caught.value.reason, {violation.field for violation in caught.value.violations}


@pytest.mark.parametrize(
    ("changes", "reason", "field"),
    [
        ({"interaction_id": ""}, "MISSING_FIELD", "interaction_id"),
        ({"sent_time": None}, "MISSING_FIELD", "sent_time"),
        ({"sent_time": {"seconds": -1}}, "INVALID_TIME", "sent_time"),
        ({"sent_time": {"seconds": 253_402_300_800}}, "INVALID_TIME", "sent_time"),
        ({"sent_time": {"nanos": -1}}, "INVALID_TIME", "sent_time"),
        ({"sent_time": {"nanos": 1_000_000_000}}, "INVALID_TIME", "sent_time"),
        ({"recorded_time": {"seconds": 1}}, "INVALID_TIME", "recorded_time"),
        ({"recorded_time": {"seconds": -1}}, "INVALID_TIME", "recorded_time"),
        ({"sender": 0}, "MISSING_FIELD", "sender"),
        ({"sender": 7}, "INVALID_ENUM", "sender"),
        ({"sender_kind": 7}, "INVALID_ENUM", "sender_kind"),
        ({"channel": 99}, "INVALID_ENUM", "channel"),
        ({"purpose": -3}, "INVALID_ENUM", "purpose"),
        ({"text": ""}, "EMPTY_TEXT", "text"),
        ({"text": "x" * 11}, "LIMIT_EXCEEDED", "text"),
        ({"audience_size": -1}, "INVALID_VALUE", "audience_size"),
        ({"in_reply_to_id": "nobody"}, "UNKNOWN_REPLY", "in_reply_to_id"),
        ({"in_reply_to_id": "a"}, "UNKNOWN_REPLY", "in_reply_to_id"),
        ({"rating": {"value": 3, "min": 5, "max": 1}}, "INVALID_VALUE", "rating.min"),
        ({"rating": {"value": 6, "min": 1, "max": 5}}, "INVALID_VALUE", "rating.value"),
        ({"rating": {"value": float("nan"), "min": 1, "max": 5}}, "INVALID_VALUE", "rating"),
        ({"opt_out": {"channels": [0]}}, "INVALID_ENUM", "opt_out.channels[0]"),
        ({"consent": {"channels": [3, 88]}}, "INVALID_ENUM", "consent.channels[1]"),
    ],
)
def test_a_bad_interaction_is_refused_by_its_field(
    changes: dict[str, Any], reason: str, field: str
) -> None:
    message = request(interaction(**changes))
    assert refusal(message, Limits(text_characters=10)) == (reason, {f"{FIRST}.{field}"})


@pytest.mark.parametrize(
    ("changes", "reason", "field"),
    [
        ({"history": None}, "MISSING_FIELD", "history"),
        ({"as_of_time": {"seconds": -5}}, "INVALID_TIME", "as_of_time"),
        ({"half_life_days": 0.5}, "INVALID_VALUE", "half_life_days"),
        ({"half_life_days": float("nan")}, "INVALID_VALUE", "half_life_days"),
        ({"half_life_days": 36_501.0}, "INVALID_VALUE", "half_life_days"),
        ({"view": 9}, "INVALID_ENUM", "view"),
        ({"max_evidence_count": 0}, "INVALID_VALUE", "max_evidence_count"),
        ({"max_evidence_count": 5_001}, "INVALID_VALUE", "max_evidence_count"),
        ({"request_id": "x" * 257}, "LIMIT_EXCEEDED", "request_id"),
    ],
)
def test_a_bad_option_is_refused_by_its_field(
    changes: dict[str, Any], reason: str, field: str
) -> None:
    assert refusal(request(interaction(), **changes)) == (reason, {field})


def test_a_history_without_names_or_interactions_tells_all_three() -> None:
    reason, fields = refusal(pb.ScoreRelationshipRequest(history=pb.RelationshipHistory()))
    assert reason == "MISSING_FIELD"
    assert fields == {"history.brand_id", "history.customer_id", "history.interactions"}


def test_no_interactions_has_a_reason_of_its_own() -> None:
    assert refusal(request()) == ("NO_INTERACTIONS", {"history.interactions"})


def test_too_many_interactions_are_refused_before_they_are_read() -> None:
    message = request(*(interaction(interaction_id=str(i), sender=0) for i in range(4)))
    assert refusal(message, Limits(interactions=3)) == (
        "LIMIT_EXCEEDED",
        {"history.interactions"},
    )


def test_duplicate_ids_name_the_second() -> None:
    message = request(interaction(), interaction(interaction_id="b"), interaction())
    assert refusal(message) == ("DUPLICATE_ID", {"history.interactions[2].interaction_id"})


def test_several_violations_come_at_once_but_not_without_end() -> None:
    message = request(*(interaction(interaction_id=str(i), sender=0) for i in range(50)))
    with pytest.raises(InvalidInputError) as caught:
        parse_request(message, NOW_US, Limits(violations=20))
    assert len(caught.value.violations) == 20
    assert caught.value.violations[19].field == "history.interactions[19].sender"


def test_refusals_quote_nothing_that_was_sent() -> None:
    telling = "zebra-crossing"
    message = request(
        interaction(
            interaction_id=telling,
            text=telling,
            in_reply_to_id=telling,
            thread_id=telling,
            sender=5,
        ),
        interaction(interaction_id=telling, in_reply_to_id=telling + "2"),
        request_id=telling * 30,
    )
    with pytest.raises(InvalidInputError) as caught:
        parse_request(message, NOW_US)
    assert telling not in str(caught.value)
    assert telling not in repr(caught.value.violations)


def test_defaults_of_what_is_left_out() -> None:
    history, options = parse_request(request(interaction()), NOW_US)
    assert options.as_of_us == NOW_US
    assert options.half_life_days is None
    assert options.max_evidence_count is None
    assert not options.with_evidence
    assert history.sender_kinds == (SenderKind.HUMAN,)
    assert history.channels == (Channel.UNSPECIFIED,)
    assert history.languages == history.reply_to == history.threads == (None,)
    assert history.audience_sizes == (None,)
    assert history.recorded_us == history.sent_us


def test_an_audience_of_zero_is_not_an_unknown_audience() -> None:
    history, _ = parse_request(request(interaction(audience_size=0)), NOW_US)
    assert history.audience_sizes == (0,)


def test_times_are_cut_to_microseconds() -> None:
    message = request(interaction(sent_time={"seconds": 5, "nanos": 999_999_999}))
    assert parse_request(message, NOW_US)[0].sent_us == (5_999_999,)


def test_outcomes_need_no_text_and_a_scope_is_a_sorted_set() -> None:
    history, _ = parse_request(
        request(
            interaction(interaction_id="a", text="", rating={"value": 0, "min": 0, "max": 10}),
            interaction(interaction_id="b", text="", opt_out={"channels": [5, 3, 5]}),
            interaction(interaction_id="c", text="", consent={}),
        ),
        NOW_US,
    )
    by_id = dict(zip(history.ids, history.outcomes, strict=True))
    assert by_id == {
        "a": Rating(0.0, 0.0, 10.0),
        "b": OptOut((Channel.EMAIL, Channel.SMS)),
        "c": Consent(()),
    }


@pytest.mark.parametrize("raw", [b"\xff", b"\x0a\x05ab", b"\x32\x02\xff\xfe"])
def test_bytes_that_are_no_message_are_malformed(raw: bytes) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_message(pb.ScoreRelationshipRequest, raw)
    assert caught.value.reason == "MALFORMED_MESSAGE"


def test_unknown_fields_are_ignored_as_protobuf_wants() -> None:
    raw = request(interaction()).SerializeToString() + b"\xfa\x7f\x01x"
    message = parse_message(pb.ScoreRelationshipRequest, raw)
    assert len(parse_request(message, NOW_US)[0]) == 1


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_a_named_refusal(raw: bytes) -> None:
    refused: InvalidInputError | None = None
    try:
        message = parse_message(pb.ScoreRelationshipRequest, raw)
        parse_request(message, NOW_US)
    except InvalidInputError as error:
        refused = error
    assert refused is None or (refused.reason in Reason and refused.violations)


def test_the_order_of_interactions_does_not_matter() -> None:
    items = [
        interaction(
            interaction_id=str(i),
            sent_time={"seconds": i // 3},
            sender=1 + i % 2,
            text=f"text {i}",
            in_reply_to_id=str(i - 1) if i else "",
        )
        for i in range(20)
    ]
    expected = parse_request(request(*items), NOW_US)[0]
    assert expected.senders[0] is Party.BRAND
    for seed in range(5):
        random.Random(seed).shuffle(items)
        assert parse_request(request(*items), NOW_US)[0] == expected
