"""Responses written by plan: compiled, in plain Python, and as protobuf reads them back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relhealth.domain.acts import BrandAct, CustomerAct
from relhealth.domain.evidence import Evidence
from relhealth.domain.reading import Mention, Span
from relhealth.domain.score import (
    Estimate,
    EvidenceLine,
    HealthScore,
    MissingFact,
    RelationshipScore,
    StanceScore,
    TraitScore,
)
from relhealth.domain.vocabulary import Band, Party, Stance, Trait, TraitStatus
from relhealth.v1 import relationship_health_pb2 as pb
from relhealth.wire import writing
from relhealth.wire.encoding import SCORE, encode_score, write_score, write_streamed
from relhealth.wire.writing import fill, plan

IDS = ("first", "", "dritte \u00e9\U0001f600", "4" * 200)

_NUMBERS = st.one_of(st.just(0.0), st.just(-0.0), st.floats(allow_nan=False))
_WHOLE = st.integers(0, 2**31 - 1)
_STRINGS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_POSITIONS = st.integers(0, len(IDS) - 1)
_ESTIMATES = st.builds(Estimate, _NUMBERS, _NUMBERS, _NUMBERS, _NUMBERS, _NUMBERS)
_MENTIONS = st.builds(
    Mention,
    _POSITIONS,
    st.sampled_from([*BrandAct, *CustomerAct]),
    st.builds(Span, _WHOLE, _WHOLE),
    _NUMBERS,
)
_LINES = st.lists(
    st.builds(
        EvidenceLine,
        st.builds(
            Evidence,
            kind=_STRINGS,
            party=st.sampled_from([None, *Party]),
            value=_NUMBERS,
            weight=_NUMBERS,
            contribution=_NUMBERS,
            positions=st.lists(_POSITIONS, max_size=3).map(tuple),
            acts=st.just(()),
            facts=st.just(()),
        ),
        _STRINGS,
        st.lists(_MENTIONS, max_size=3).map(tuple),
    ),
    max_size=3,
).map(tuple)
_TRAITS = st.builds(
    TraitScore,
    st.sampled_from(Trait),
    st.sampled_from(TraitStatus),
    st.none() | _ESTIMATES,
    _NUMBERS,
    _NUMBERS,
    _NUMBERS,
    _NUMBERS,
    _LINES,
)
SCORES = st.builds(
    RelationshipScore,
    brand_id=_STRINGS,
    customer_id=_STRINGS,
    ids=st.just(IDS),
    health=st.builds(
        HealthScore,
        st.none() | _ESTIMATES,
        _NUMBERS,
        st.sampled_from(Band),
        st.sampled_from(Band),
        st.lists(_STRINGS, max_size=2).map(tuple),
        _NUMBERS,
        st.tuples(*[_NUMBERS] * len(Trait)),
    ),
    traits=st.lists(_TRAITS, max_size=3).map(tuple),
    stance=st.builds(
        StanceScore, st.sampled_from(Stance), st.tuples(*[_NUMBERS] * len(Stance)), _LINES, _STRINGS
    ),
    as_of_us=st.integers(0, 253_402_300_799_999_999),
    ignored_after_as_of_count=_WHOLE,
    unread_text_count=_WHOLE,
    model_version=_STRINGS,
    rubric_version=_STRINGS,
    input_digest=_STRINGS,
    missing_fact=st.none()
    | st.builds(MissingFact, st.sampled_from(Trait), _STRINGS, _NUMBERS, _STRINGS),
)


def plain(score: RelationshipScore, request_id: str) -> bytes:
    return fill(SCORE, score, score.ids, request_id).SerializeToString()


@settings(deadline=None)
@given(SCORES, _STRINGS)
def test_compiled_and_plain_write_the_same_bytes(score: RelationshipScore, name: str) -> None:
    pytest.importorskip("relhealth.wire._writing")
    assert write_score(score, name) == plain(score, name)


@settings(deadline=None)
@given(SCORES)
def test_protobuf_reads_what_was_written(score: RelationshipScore) -> None:
    read = encode_score(score, "r")
    assert read.SerializeToString() == write_score(score, "r")
    assert (read.brand_id, read.request_id) == (score.brand_id, "r")
    assert read.as_of_time.ToMicroseconds() == score.as_of_us
    assert [c.contribution for c in read.health.contributions] == list(score.health.contributions)
    assert [c.trait for c in read.health.contributions] == list(Trait)
    assert [p.stance for p in read.stance.probabilities] == list(Stance)
    assert read.health.HasField("estimate") == (score.health.estimate is not None)
    assert read.HasField("missing_fact") == (score.missing_fact is not None)
    for trait, told in zip(score.traits, read.traits, strict=True):
        assert told.HasField("estimate") == (trait.estimate is not None)
        for line, shown in zip(trait.evidence, told.evidence, strict=True):
            assert shown.party == (line.evidence.party or 0)
            assert list(shown.interaction_ids) == [IDS[p] for p in line.evidence.positions]
            assert [m.act for m in shown.mentions] == [m.act.name.lower() for m in line.mentions]
            assert [m.end_offset for m in shown.mentions] == [m.span.end for m in line.mentions]


@pytest.mark.parametrize("index", [0, 1, 300, 2**40])
@pytest.mark.parametrize("size", [0, 1, 127, 128, 16_383, 16_384, 100_000])
def test_an_answer_of_a_stream_is_written_as_protobuf_writes_it(index: int, size: int) -> None:
    response = pb.ScoreRelationshipResponse(brand_id="b" * size)
    told = pb.StreamScoreRelationshipsResponse(index=index, response=response)
    assert write_streamed(index, response.SerializeToString()) == told.SerializeToString()


def test_without_the_compiled_writer_the_answer_is_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = write_score(_SCORE, "r")
    monkeypatch.setattr(writing, "_compiled", None)
    assert write_score(_SCORE, "r") == written


_SCORE = RelationshipScore(
    "b", "c", IDS,
    HealthScore(None, 50.0, Band.HEALTHY, Band.HEALTHY, (), 40.0, (1.0,) * len(Trait)), (),
    StanceScore(Stance.ENGAGED, (0.5,) * len(Stance), (), "advice"),
    1_700_000_000_123_456, 0, 0, "2", "r", "digest", None,
)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"brand_id": 7}, TypeError),
        ({"as_of_us": "now"}, TypeError),
        ({"ignored_after_as_of_count": 0.5}, TypeError),
        ({"traits": None, "health": "nothing"}, AttributeError),
        ({"traits": 5}, TypeError),
        ({"brand_id": "\ud800"}, UnicodeEncodeError),
    ],
)
def test_what_does_not_fit_the_plan_is_an_error(changes: dict[str, Any], error: type) -> None:
    pytest.importorskip("relhealth.wire._writing")
    with pytest.raises(error):
        write_score(_SCORE._replace(**changes))


def test_a_position_that_is_none_is_an_error() -> None:
    line = EvidenceLine(Evidence("k", None, 0.5, 1.0, 1.0, (len(IDS),), (), ()), "", ())
    with pytest.raises(IndexError):
        write_score(_SCORE._replace(stance=_SCORE.stance._replace(evidence=(line,))))


def test_a_named_tuple_of_another_class_is_read_by_its_names() -> None:
    class Shown(EvidenceLine):
        pass

    facts = (Evidence("k", None, 0.5, 1.0, 1.0, (0,), (), ()), "s", ())
    told, other = (
        _SCORE._replace(stance=_SCORE.stance._replace(evidence=(line(*facts),)))
        for line in (EvidenceLine, Shown)
    )
    assert write_score(other) == write_score(told)


def test_a_plan_that_forgets_a_field_is_refused() -> None:
    with pytest.raises(ValueError, match="MissingFact has other fields"):
        plan(pb.MissingFact, MissingFact, trait="trait", fact="fact", narrowing="narrowing")
