"""Priors by segment: recovered from simulated relationships, and accepted by the rubric."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable

import numpy as np
import pytest

from relhealth.domain.rubric import SegmentPrior
from relhealth.domain.score import Estimate, RelationshipScore, TraitScore
from relhealth.domain.vocabulary import Trait, TraitStatus
from relhealth.models.locate import rubric_path
from relhealth.models.rubric import rubric_of
from relhealth.models.segment_priors import rubric_fragment
from relhealth.scoring.options import ScoreOptions
from relhealth.scoring.segments import SegmentTally, evidence_of
from scoring.scripts import RUBRIC, at, brand, customer, history, scorer

PLAIN = scorer().score(history(customer(0, "request: a")), ScoreOptions(at(1)))


def _trait(trait: Trait, said: float, weight: float) -> TraitScore:
    """A trait whose evidence says `said` with a total weight."""
    prior = RUBRIC.prior(trait, "")
    covered = weight / (prior.strength + weight)
    value = 100.0 * (prior.mean + covered * (said - prior.mean))
    estimate = Estimate(value, 0.0, 100.0, 0.9, covered)
    return TraitScore(trait, TraitStatus.SCORED, estimate, value, 100.0 * prior.mean, 0.0, 0.0, ())


def _simulated(
    seed: int, mean: float, strength: float, size: int
) -> list[tuple[str, RelationshipScore]]:
    rng = np.random.default_rng(seed)
    scored = []
    for _ in range(size):
        truth = rng.beta(mean * strength, (1.0 - mean) * strength)
        weight = rng.uniform(0.5, 8.0)
        # Evidence of this weight scatters like a Beta of as many observations.
        said = rng.beta(truth * weight, (1.0 - truth) * weight)
        traits = tuple(_trait(trait, float(said), weight) for trait in Trait)
        scored.append(("bank", PLAIN._replace(traits=traits)))
    return scored


def segment_priors(scored: Iterable[tuple[str, RelationshipScore]]) -> tuple[SegmentPrior, ...]:
    tally = SegmentTally()
    for segment, score in scored:
        tally.add(segment, evidence_of(segment, score, RUBRIC))
    return tally.priors()


@pytest.mark.parametrize(("mean", "strength"), [(0.7, 4.0), (0.4, 10.0), (0.85, 2.0)])
def test_known_priors_are_recovered(mean: float, strength: float) -> None:
    for prior in segment_priors(_simulated(7, mean, strength, 4_000)):
        assert prior.prior_mean == pytest.approx(mean, abs=0.02)
        assert prior.prior_strength == pytest.approx(strength, rel=0.2)


def test_the_order_of_the_relationships_does_not_matter() -> None:
    scored = _simulated(3, 0.6, 3.0, 200)
    assert segment_priors(scored) == segment_priors(scored[::-1])


def test_small_segments_and_those_without_a_name_have_none() -> None:
    assert segment_priors(_simulated(1, 0.5, 2.0, 29)) == ()
    nameless = [("", score) for _, score in _simulated(1, 0.5, 2.0, 60)]
    assert segment_priors(nameless) == ()


def test_alike_relationships_have_the_firmest_prior() -> None:
    traits = tuple(_trait(trait, 0.8, 5.0) for trait in Trait)
    scored = [("bank", PLAIN._replace(traits=traits))] * 40
    assert {p.prior_strength for p in segment_priors(scored)} == {50.0}


def test_a_rubric_takes_the_fragment_and_scores_with_it() -> None:
    name = 'bank "north" \\ \n'
    priors = segment_priors([(name, s) for _, s in _simulated(2, 0.9, 6.0, 50)])
    assert len(priors) == len(Trait)
    file = rubric_path(None).read_text(encoding="utf-8")
    assert "segments = []" in file
    told = tomllib.loads(file.replace("segments = []", "") + "\n" + rubric_fragment(priors))
    rubric = rubric_of(told, "with segments")
    assert rubric.segments == priors
    first = priors[0]
    assert isinstance(first, SegmentPrior)
    said = history(customer(0, "request: a"), brand(1, "help: a"), segment=name)
    score = scorer(rubric).score(said, ScoreOptions(at(2)))
    assert score.traits[first.trait - 1].prior == pytest.approx(100.0 * first.prior_mean)
