"""The compiled way from JSON to messages, beside the one that explains: the same messages."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from google.protobuf.message import Message
from hypothesis import given, settings
from hypothesis import strategies as st

from relhealth.errors import InvalidInputError
from relhealth.v1 import relationship_health_pb2 as pb
from relhealth.wire.json_reading import parse_json, read_message
from relhealth.wire.json_writing import to_json
from relhealth.wire.plain_json import read_plain_line, write_plain_line
from wire.samples import interaction, request

if TYPE_CHECKING:
    from google.protobuf.descriptor import Descriptor

pytest.importorskip("relhealth.wire._json")

LINES = [
    line
    for file in sorted((Path(__file__).parents[2] / "examples").glob("*.jsonl"))
    for line in file.read_bytes().splitlines()
]
ITEM = '"interaction_id": "a", "sent_time": "2024-02-29T10:00:00Z", "sender": "SENDER_BRAND"'
ODD = [
    b"", b"null", b"true", b"{}", b"[]", b",", b":", b'"', b"\\", b" ", b"\n", b"\x00", b"\xff",
    b"\xc3\xa9", b'"\\ud83d\\ude00"', b'"\\ud800"', b"\\u0041", b"\\n", b"-0", b"1e5", b"00", b"7",
    b'"history":', b'"rating": {"value": -1, "min": -1.5e0, "max": 1E1},', b'"opt_out": null,',
    b'"consent": {"channels": ["CHANNEL_SMS", "CHANNEL_CHAT"]},', b'"audience_size": 4,',
    b'"sentTime":', b'"0001-01-01T00:00:00Z"', b'"9999-12-31t23:59:59.123456789-23:59"',
]  # fmt: skip


def explained(line: bytes) -> pb.ScoreRelationshipRequest | None:
    """What the other way gives; None where it refuses the line."""
    try:
        data = parse_json(line)
        if isinstance(data, dict) and "history" not in data:
            data = {"history": data}
        return read_message(pb.ScoreRelationshipRequest, data)
    except InvalidInputError:
        return None


def is_taken(line: bytes) -> bool:
    """Whether a line goes the short way, to the same end."""
    raw = read_plain_line(line)
    if raw is None:
        return False
    assert pb.ScoreRelationshipRequest.FromString(raw) == explained(line)
    return True


def of_item(more: str) -> bytes:
    return f'{{"brand_id": "B", "interactions": [{{{ITEM}, {more}}}]}}'.encode()


@settings(deadline=None)
@given(st.integers(0, 2**32))
def test_both_ways_read_broken_lines_alike(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(50):
        broken = bytearray(chance.choice(LINES))
        for _ in range(chance.choice([1, 1, 2])):
            place = chance.randrange(len(broken) + 1)
            broken[place : place + chance.choice([0, 1, 4])] = chance.choice(ODD)
        is_taken(bytes(broken))


@given(st.text(st.characters(codec="utf-8")), st.floats(allow_nan=False, allow_infinity=False))
def test_texts_and_numbers_are_what_was_written(text: str, value: float) -> None:
    item = {"text": text, "rating": {"value": value, "min": -1, "max": 2**53 + 1}}
    for ascii_only in (True, False):
        line = json.dumps({"interactions": [item]}, ensure_ascii=ascii_only)
        assert is_taken(line.encode())


@pytest.mark.parametrize("line", LINES)
def test_examples_go_the_short_way(line: bytes) -> None:
    assert is_taken(line)


@pytest.mark.parametrize(
    "more",
    [
        '"text": ""',
        '"text": "\\u00e9\\ud83d\\ude00\\"\\\\\\/\\b\\f\\n\\r\\t"',
        '"text": "' + "x" * 40_000 + '"',
        '"recordedTime": "2024-02-29T10:00:00.000000001+23:59", "threadId": "t"',
        '"audience_size": 0, "rating": null, "opt_out": {"channels": []}, "consent": null',
        '"rating": {"value": 0.1, "min": 0, "max": 12345678901234567890}',
    ],
)
def test_what_is_plain_goes_the_short_way(more: str) -> None:
    assert is_taken(of_item(more))
    assert is_taken(b'\t{"history":' + of_item(more) + b', "half_life_days": 3} \r\n')


@pytest.mark.parametrize(
    "more",
    [
        '"text": "\\ud800"',
        '"text": "a\tb"',
        '"text": 5',
        '"txt": ""',
        '"text": "", "text": ""',
        '"threadId": "", "thread_id": ""',
        '"opt_out": {}, "consent": {}',
        '"channel": "EMAIL"',
        '"channel": 4',
        '"audience_size": 2147483648',
        '"audience_size": 1.0',
        '"audience_size": 01',
        '"rating": {"value": NaN}',
        '"rating": {"value": 1.}',
        '"recorded_time": "2023-02-29T10:00:00Z"',
        '"recorded_time": "2024-02-29T10:00:00"',
        '"recorded_time": "2024-02-29T10:00:00.Z"',
        '"recorded_time": "2024-02-29T10:00:00.1234567890Z"',
        '"recorded_time": "0000-02-29T10:00:00Z"',
        '"text": ""}, null, {"text": ""',
        '"text": "",',
    ],
)
def test_what_is_odd_is_left_to_those_who_explain(more: str) -> None:
    assert not is_taken(of_item(more))
    assert not is_taken(b"\xef\xbb\xbf" + of_item('"text": ""'))


def spelt(message: Message) -> str:
    """What the other way writes."""
    return json.dumps(to_json(message), ensure_ascii=False, separators=(",", ":"))


def written(message: Message) -> str | None:
    return write_plain_line(cast("Descriptor", message.DESCRIPTOR), message.SerializeToString())


_NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
_TEXTS = st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from('"\\\n\r\t\f\b\x00\x7f')))
_WHOLE = st.integers(-(2**31), 2**31 - 1)


@given(_TEXTS, _NUMBERS, _WHOLE, st.integers(0, 253_402_300_799), st.integers(0, 999_999_999))
def test_both_ways_write_alike(
    text: str, number: float, whole: int, seconds: int, nanos: int
) -> None:
    mention = pb.Mention(act=text, begin_offset=whole, probability=number)
    line = pb.Evidence(
        kind=text, party=pb.PARTY_BRAND, value=number, interaction_ids=["", text],
        mentions=[mention, pb.Mention()],
    )  # fmt: skip
    response = pb.ScoreRelationshipResponse(
        brand_id=text,
        health=pb.Health(estimate=pb.Estimate(value=number), band_reasons=[text]),
        traits=[pb.TraitScore(evidence=[line, pb.Evidence()]), pb.TraitScore(prior=-0.0)],
        as_of_time={"seconds": seconds, "nanos": nanos},
        ignored_after_as_of_count=whole,
    )
    assert written(response) == spelt(response)
    sent = request(
        interaction(text=text, audience_size=whole, rating={"value": number}), half_life_days=0.0
    )
    assert written(sent) == spelt(sent)


def test_what_is_unset_is_left_out_and_what_is_empty_is_not() -> None:
    for empty in (pb.ScoreRelationshipResponse(), pb.Estimate(), pb.Evidence(), pb.Interaction()):
        assert written(empty) == spelt(empty)
    for seconds in (0, 951_782_400, 4_107_542_399):
        stamped = pb.ScoreRelationshipResponse(as_of_time={"seconds": seconds})
        assert written(stamped) == spelt(stamped)


@pytest.mark.parametrize(
    "odd",
    [
        pb.Estimate(value=float("nan")),
        pb.Estimate(value=float("inf")),
        pb.Health(band=99),  # type: ignore[arg-type]
        pb.ScoreRelationshipResponse(as_of_time={"seconds": -1}),
        pb.Estimate.FromString(b"\xf8\x06\x01"),  # a field that this version does not know
        pb.StreamScoreRelationshipsResponse(index=5),  # 64 bits
    ],
)
def test_what_is_odd_is_not_written_the_short_way(odd: Message) -> None:
    assert written(odd) is None


def test_bytes_that_no_writer_writes_are_left_to_protobuf() -> None:
    kind = cast("Descriptor", pb.Estimate.DESCRIPTOR)
    one = pb.Estimate(value=1.0).SerializeToString()
    assert write_plain_line(cast("Descriptor", pb.Mention.DESCRIPTOR), b"\x0a\x01\xff") is None
    rated = pb.Interaction(rating=pb.Rating(value=1.0)).SerializeToString()
    both = rated + pb.Interaction(opt_out={}).SerializeToString()
    assert write_plain_line(cast("Descriptor", pb.Interaction.DESCRIPTOR), both) is None
    for raw in (
        one + one,
        one[:-1],
        b"\x08\x01",
        pb.Estimate(lower_bound=1).SerializeToString() + one,
    ):
        assert write_plain_line(kind, raw) is None
