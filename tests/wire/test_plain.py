"""The compiled way from bytes to columns, beside protobuf: the same answers and the same errors."""

from __future__ import annotations

import copy
import pickle
import random
import struct
import sys
from collections.abc import Callable
from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relhealth.domain.history import Consent, History, OptOut, Rating
from relhealth.errors import InvalidInputError
from relhealth.scoring.options import ScoreOptions
from relhealth.v1 import relationship_health_pb2 as pb
from relhealth.wire.limits import Limits
from relhealth.wire.parsing import parse_message, parse_request, read_request
from relhealth.wire.plain import read_plain
from wire.samples import interaction, request

pytest.importorskip("relhealth.wire._columns")

NOW_US = 1_700_000_000_000_000
LIMITS = Limits(interactions=12, text_characters=10)
_IDS = ["a", "b", "c", "d", "e", "\u00e9"]


def _asked(raw: bytes) -> tuple[History, ScoreOptions, str]:
    message = parse_message(pb.ScoreRelationshipRequest, raw)
    return *parse_request(message, NOW_US, LIMITS), message.request_id


def _asked_in_stream(raw: bytes) -> tuple[History, ScoreOptions, str]:
    message = parse_message(pb.StreamScoreRelationshipsRequest, raw)
    return *parse_request(message.request, NOW_US, LIMITS), message.request.request_id


def _answer(way: Callable[[bytes], Any], raw: bytes) -> Any:  # noqa: ANN401 - whatever it gives
    try:
        return way(raw)
    except InvalidInputError as error:
        return error.reason, error.violations


def check(raw: bytes) -> None:
    """Both ways give the same, alone and in a stream."""
    wrapped = b"\x0a" + _varint(len(raw)) + raw
    assert _answer(lambda b: read_request(b, NOW_US, LIMITS), raw) == _answer(_asked, raw)
    streamed = _answer(lambda b: read_request(b, NOW_US, LIMITS, is_streamed=True), wrapped)
    assert streamed == _answer(_asked_in_stream, wrapped)


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


_TIMES = st.fixed_dictionaries(
    {"seconds": st.sampled_from([0, 1, 5, 1_600_000_000, 1_600_000_001, 253_402_300_799])},
    optional={"nanos": st.sampled_from([0, 1_500, 999_999_999])},
)
_ODD_TIMES = st.sampled_from([None, {}, {"seconds": -1}, {"nanos": -1}, {"nanos": 10**9}])
_CHANNELS = st.lists(st.sampled_from([1, 2, 3, 9]), max_size=3)
_OUTCOMES = st.one_of(
    st.just({}),
    st.just({}),
    st.just({"rating": {"value": 3.0, "min": 1.0, "max": 5.0}}),
    st.just({"rating": {"value": 9.0, "min": 1.0, "max": 5.0}}),
    _CHANNELS.map(lambda channels: {"opt_out": {"channels": channels}}),
    _CHANNELS.map(lambda channels: {"consent": {"channels": channels}}),
    st.just({"consent": {"channels": [77]}}),
)


@st.composite
def _interactions(draw: st.DrawFn) -> list[pb.Interaction]:
    ids = draw(st.permutations(_IDS))[: draw(st.integers(1, len(_IDS)))]
    made = []
    for own_id in ids:
        fields: dict[str, Any] = {
            "interaction_id": own_id,
            "sent_time": draw(_TIMES if draw(st.integers(0, 20)) else _ODD_TIMES),
            "sender": draw(st.sampled_from([1, 2] * 20 + [0, 7])),
            "channel": draw(st.sampled_from([0, 1, 4, 9] * 10 + [88])),
            "text": draw(st.text(max_size=6)) or draw(st.sampled_from(["hello", ""])),
            **draw(_OUTCOMES),
            **draw(
                st.fixed_dictionaries(
                    {},
                    optional={
                        "recorded_time": _TIMES,
                        "sender_kind": st.sampled_from([0, 1, 2]),
                        "purpose": st.sampled_from([0, 1, 2, 3]),
                        "language": st.sampled_from(["en", ""]),
                        "in_reply_to_id": st.sampled_from(ids),
                        "thread_id": st.sampled_from(["t", "u", ""]),
                        "audience_size": st.sampled_from([0, 7, 2**31 - 1]),
                    },
                )
            ),
        }
        made.append(interaction(**fields))
    return made


@settings(deadline=None)
@given(_interactions(), st.sampled_from([0, 1, 2, 9]), st.text(max_size=3))
def test_both_ways_give_the_same(items: list[pb.Interaction], view: int, request_id: str) -> None:
    check(request(*items, view=view, request_id=request_id).SerializeToString())


@settings(deadline=None)
@given(_interactions(), st.integers(0, 2**32))
def test_both_ways_take_and_refuse_the_same_broken_bytes(
    items: list[pb.Interaction], seed: int
) -> None:
    chance = random.Random(seed)
    raw = request(*items).SerializeToString()
    for _ in range(20):
        broken = bytearray(raw)
        for _ in range(chance.choice([1, 1, 3])):
            place = chance.randrange(len(broken))
            broken[place : place + chance.choice([0, 1, 1, 1])] = bytes(
                chance.choices(range(256), k=chance.choice([0, 1, 1, 1]))
            )
        check(bytes(broken))


FIRST = interaction().SerializeToString()


@pytest.mark.parametrize(
    "interaction_bytes",
    [
        FIRST + b"\x0a\x01z",  # a field twice: the last one counts
        FIRST + b"\x12\x02\x10\x07",  # a time twice: the two are merged
        FIRST + b"\x6a\x00\x72\x00",  # two outcomes: the last one counts
        FIRST + b"\x98\x06\x01",  # a field that this version does not know
        FIRST + b"\x20\x81\x80\x80\x80\x10",  # an enum beyond 32 bits
        FIRST + b"\x30\x80\x00",  # a number written longer than it must be
        FIRST + b"\x60\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",  # an audience below 0
        FIRST + b"\x42\x02\xc0\x80",  # overlong UTF-8
        FIRST + b"\x42\x03\xed\xa0\x80",  # half a surrogate pair
        FIRST + b"\x0b\x0c",  # a group
        FIRST + b"\x0d" + struct.pack("<f", 1.0),  # a wrong wire type
        FIRST + b"\x42\x7f",  # longer than there is
        FIRST + b"\xb8\x80\x80\x80\x80\x00\x01",  # a tag written longer than one may be
        FIRST + b"\x4a\x82\x80\x80\x80\x80\x00en",  # a size written so
        FIRST[:-1],
        b"",
    ],
)
def test_both_ways_take_what_no_writer_writes_alike(interaction_bytes: bytes) -> None:
    history = b"\x0a\x01b\x12\x01c\x22" + _varint(len(interaction_bytes)) + interaction_bytes
    check(b"\x0a" + _varint(len(history)) + history)


@pytest.mark.parametrize("wrong", [(1,), (2,), (3,), (1, 2), (2, 3), (1, 2, 3)])
def test_both_ways_refuse_names_that_are_no_utf8(wrong: tuple[int, ...]) -> None:
    names = [
        bytes([number << 3 | 2, 1]) + (b"\xff" if number in wrong else b"n") for number in (1, 2, 3)
    ]
    history = b"".join(names) + b"\x22" + _varint(len(FIRST)) + FIRST
    check(b"\x0a" + _varint(len(history)) + history)


def test_two_histories_are_merged() -> None:
    raw = request(interaction()).SerializeToString()
    other = request(interaction(interaction_id="second")).SerializeToString()
    check(raw + other)
    assert len(read_request(raw + other, NOW_US, LIMITS)[0]) == 2


def test_what_is_plain_takes_the_short_way() -> None:
    items = [
        interaction(interaction_id="b", sent_time={"seconds": 9}, in_reply_to_id="a"),
        interaction(interaction_id="a", sent_time={"seconds": 5}, thread_id="t", audience_size=0),
        interaction(interaction_id="c", text="", rating={"value": 2, "min": 1, "max": 5}),
        interaction(interaction_id="d", text="", opt_out={"channels": [3, 1, 3]}),
        interaction(interaction_id="e", text="\u00e9\U0001f600", consent={}),
    ]
    raw = request(*items, half_life_days=30.0, request_id="r").SerializeToString()
    found = read_plain(raw, LIMITS, is_streamed=False)
    assert found is not None
    history, asked = found
    assert (asked[1], asked[-1]) == (30.0, "r")
    assert history == _asked(raw)[0]
    assert set(history.outcomes) == {
        None, Rating(2.0, 1.0, 5.0), OptOut((1, 3)), Consent(())
    }  # fmt: skip


def test_a_history_from_bytes_is_a_value_like_any_other() -> None:
    raw = request(
        interaction(interaction_id="b", sent_time={"seconds": 9}, in_reply_to_id="a"),
        interaction(thread_id="t", language="en", text="\u00e9"),
        interaction(interaction_id="c", text="", rating={"value": 2, "min": 1, "max": 5}),
    ).SerializeToString()

    def packed() -> History:
        return read_request(raw, NOW_US, LIMITS)[0]

    plain = _asked(raw)[0]
    assert packed().packed is not None
    assert plain.packed is None
    assert len(packed()) == len(plain) == 3
    assert packed() == plain
    assert plain == packed()
    assert hash(packed()) == hash(plain)
    assert packed().later("ids") == plain.later("ids") == plain.ids
    assert repr(packed()) == repr(plain)
    assert pickle.loads(pickle.dumps(packed())) == copy.copy(packed()) == plain  # noqa: S301
    assert replace(packed(), segment="s") == replace(plain, segment="s")
    assert replace(packed(), segment="s").packed is None
    first_us = plain.sent_us[0]
    assert packed().cut(first_us) == plain.cut(first_us) == plain.select((0,))
    assert packed().cut(plain.sent_us[-1]).packed is not None
    with pytest.raises(AttributeError, match="no nonsense"):
        _ = packed().nonsense  # type: ignore[attr-defined]
    with pytest.raises(FrozenInstanceError):
        packed().texts = ()  # type: ignore[misc]


def test_a_request_beyond_what_the_kernels_take_is_left_to_protobuf() -> None:
    most = 2**26

    def sent(characters: int) -> bytes:
        return request(interaction(text="a" * characters)).SerializeToString()

    characters = most - (len(sent(most)) - most)
    limits = Limits(text_characters=most)
    assert len(sent(characters)) == most
    assert read_plain(sent(characters), limits, is_streamed=False) is not None
    assert read_plain(sent(characters + 1), limits, is_streamed=False) is None


def test_a_column_that_was_made_keeps_no_history() -> None:
    raw = request(interaction(interaction_id="a")).SerializeToString()
    history = read_request(raw, NOW_US, LIMITS)[0]
    before = sys.getrefcount(history)
    ids = history.later("ids")
    assert sys.getrefcount(history) == before + 1
    assert ids[0] == "a"
    assert sys.getrefcount(history) == before
    assert list(ids) == ["a"]


@pytest.mark.parametrize("disorder", [0, 1, 5, 60])
def test_any_order_of_moments_is_put_in_order(disorder: int) -> None:
    chance = random.Random(disorder)
    places = sorted(range(60), key=lambda place: place + chance.uniform(0, disorder))
    items = [
        interaction(interaction_id=str(place), sent_time={"seconds": 100 + place})
        for place in places
    ]
    for told in (items, items[::-1]):
        raw = request(*told).SerializeToString()
        found = read_plain(raw, Limits(), is_streamed=False)
        assert found is not None
        assert found[0].packed is not None
        assert found[0] == parse_request(request(*told), NOW_US, Limits())[0]


@pytest.mark.parametrize(
    "before", ["", "a", "seven b", "eight by", "nine byte", "sixteen bytes ok"]
)
@pytest.mark.parametrize("letter", ["", "\u00e9", "\u4e2d", "\U0001f600", "\x7f", "\n"])
@pytest.mark.parametrize("after", ["", "a", "more than eight"])
def test_letters_are_what_was_sent(before: str, letter: str, after: str) -> None:
    text = before + letter + after or "text"
    raw = request(interaction(text=text, language=text)).SerializeToString()
    history = read_request(raw, NOW_US, Limits())[0]
    assert history.packed is not None
    assert (history.texts, history.languages) == ((text,), (text,))


@pytest.mark.parametrize("skew_seconds", [5, 3_600])
def test_an_answer_stamped_before_its_question_is_the_same_from_bytes(skew_seconds: int) -> None:
    asked_at = 1_600_000_000
    raw = request(
        interaction(interaction_id="q", sent_time={"seconds": asked_at}),
        interaction(
            interaction_id="a",
            sender=2,
            sent_time={"seconds": asked_at - skew_seconds},
            in_reply_to_id="q",
        ),
    ).SerializeToString()
    history = read_request(raw, NOW_US, LIMITS)[0]
    assert history == _asked(raw)[0]
    assert history.ids == (("q", "a") if skew_seconds == 5 else ("a", "q"))


LATER = {"sent_time": {"seconds": 1_700_000_000}}
AT_ONCE = [
    {"sender": 2, "text": "b", "purpose": 1},
    {"text": "a"},
    {"text": "a", "in_reply_to_id": "0"},
    {"text": "a", "language": "en"},
    {"text": "ab", "channel": 1},
    {"text": "\uffff", "in_reply_to_id": "2"},
    {"text": "\U0001f600", "sender_kind": 2, "thread_id": "t"},
    {"text": "", "opt_out": {}},
    {"text": "c", "recorded_time": {"seconds": 101}},
]


def test_what_is_said_at_once_is_put_in_order_without_help(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    items = [
        interaction(interaction_id=str(n), **({"sent_time": {"seconds": 100}} | more))
        for n, more in enumerate(AT_ONCE)
    ]
    for turn in range(len(items)):
        raw = request(*items[turn:], *items[:turn]).SerializeToString()
        expected = _asked(raw)[0]
        with monkeypatch.context() as without:
            without.setattr("relhealth.wire.plain._unordered", None)
            assert read_request(raw, NOW_US, LIMITS)[0] == expected


@pytest.mark.parametrize(
    "alike",
    [
        [{}, {}],
        [{"in_reply_to_id": "1"}, {"in_reply_to_id": "0"}],
        [
            {"rating": {"value": 2, "min": 1, "max": 5}},
            {"rating": {"value": 1, "min": 1, "max": 5}},
        ],
        [{"text": str(n)} for n in range(17)],
        [{"text": "b"}, {"text": "a"}, {"in_reply_to_id": "0", **LATER}, {**LATER}, {**LATER}],
    ],
)
def test_what_contents_do_not_tell_apart_is_put_in_order_by_all_else(
    alike: list[dict[str, Any]],
) -> None:
    items = [interaction(interaction_id=str(n), **more) for n, more in enumerate(alike)]
    raw = request(*items).SerializeToString()
    limits = Limits()
    history = read_request(raw, NOW_US, limits)[0]
    assert history.packed is None
    assert history == parse_request(request(*items), NOW_US, limits)[0]


def test_too_much_is_left_to_those_who_explain() -> None:
    many = [interaction(interaction_id=str(n)) for n in range(13)]
    assert read_plain(request(*many).SerializeToString(), LIMITS, is_streamed=False) is None
    long = request(interaction(text="x" * 11)).SerializeToString()
    assert read_plain(long, LIMITS, is_streamed=False) is None
    assert read_plain(long, Limits(), is_streamed=False) is not None
