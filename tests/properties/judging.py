"""Rubrics and scores for the laws: a law holds whatever the rubric's weights and priors are."""

from __future__ import annotations

import os
import random
from dataclasses import replace
from functools import cache
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from properties.pool import EXACT, GRADED
from relhealth.detection.interface import Detector
from relhealth.domain.acts import Act, BrandAct
from relhealth.domain.history import History, Interaction
from relhealth.domain.reading import Reading, SoughtWords, Span
from relhealth.domain.rubric import Rubric, TraitRubric
from relhealth.domain.score import RelationshipScore
from relhealth.domain.vocabulary import Party, Trait
from relhealth.models.act_detector import load_detector
from relhealth.models.locate import detector_path, rubric_path
from relhealth.models.rubric import load_rubric
from relhealth.scoring.options import ScoreOptions
from relhealth.scoring.scorer import Scorer
from relhealth.signals.scene import Scene, observe

TOLERANCE = 1e-9
HEALTH = "health"
# `RELHEALTH_LAWS=exhaustive pytest tests/properties` runs thousands of cases a law, newly drawn.
_EXAMPLES = {"default": 300, "exhaustive": 4000}
_PROFILE = os.environ.get("RELHEALTH_LAWS", "default")
LAW = settings(
    max_examples=_EXAMPLES[_PROFILE],
    deadline=None,
    phases=[p for p in Phase if p != Phase.explain],
    derandomize=_PROFILE == "default",
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
SHIPPED = load_rubric(rubric_path(None))


def _redrawn(trait: TraitRubric, draw: random.Random) -> TraitRubric:
    kinds = {
        name: replace(kind, weight=draw.choice((0.02, 0.3, 1.0, 3.0)) * draw.uniform(0.5, 1.5))
        for name, kind in trait.kinds.items()
    }
    return replace(
        trait,
        prior_mean=draw.uniform(0.2, 0.9),
        prior_strength=draw.uniform(0.3, 5.0),
        kinds=kinds,
    )


@cache
def rubric_with_other_numbers(seed: int) -> Rubric:
    """The shipped rubric with all weights and priors redrawn; seed 0 is the shipped one itself."""
    if seed == 0:
        return SHIPPED
    draw = random.Random(seed)
    shares = [draw.uniform(0.1, 1.0) for _ in Trait]
    traits = tuple(
        replace(_redrawn(trait, draw), weight=share / sum(shares))
        for trait, share in zip(SHIPPED.traits, shares, strict=True)
    )
    return replace(SHIPPED, traits=traits, half_life_days=draw.choice((20.0, 90.0, 365.0)))


class Judge:
    """A rubric and a detector; printed by its name."""

    def __init__(self, rubric: Rubric, detector: Detector, name: str) -> None:
        self.rubric = rubric
        self.detector = detector
        self.name = name
        self._scorer = Scorer.compiled(rubric, detector)

    def __repr__(self) -> str:
        return f"Judge({self.name})"

    def scorer(self) -> Scorer:
        """As it is shipped: the kernel where there is one, which is equal to the plain traits."""
        return self._scorer

    def scene(self, items: list[Interaction], as_of_us: int) -> Scene:
        history = history_of(items).cut(as_of_us)
        reading = self.scorer().read(history)
        return observe(history, reading, self.rubric, as_of_us)

    def score(
        self, items: list[Interaction], as_of_us: int, *, with_evidence: bool = False
    ) -> RelationshipScore:
        options = ScoreOptions(as_of_us, with_evidence=with_evidence)
        return self.scorer().score(history_of(items), options)

    def values(self, items: list[Interaction], as_of_us: int) -> dict[str, float]:
        """Points of each trait and of health."""
        return values_of(self.score(items, as_of_us))


def history_of(items: list[Interaction]) -> History:
    return History.of("brand", "customer", "", items)


def values_of(score: RelationshipScore) -> dict[str, float]:
    values = {t.trait.key: t.value for t in score.traits}
    return {**values, HEALTH: score.health.value}


def raised(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    """What went up, and by how many points."""
    return {n: after[n] - v for n, v in before.items() if after[n] > v + TOLERANCE}


def lowered(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    """What went down, and by how many points."""
    return raised({n: -v for n, v in before.items()}, {n: -v for n, v in after.items()})


class Remembering:
    """The shipped detector, asked once a message: the laws read the same lines again and again."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._read: dict[tuple[str, Party, str | None], tuple[tuple[float, ...], bool]] = {}
        self.version = detector.version
        self.thresholds = detector.thresholds

    def read(
        self,
        texts: tuple[str, ...],
        senders: tuple[Party, ...],
        languages: tuple[str | None, ...],
    ) -> Reading:
        rows = [self._row(*message) for message in zip(texts, senders, languages, strict=True)]
        unread = tuple(dark for _, dark in rows)
        return Reading(tuple(row for row, _ in rows), unread, SoughtWords(texts, self._spans))

    def _spans(self, text: str, act: Act) -> tuple[Span, ...]:
        party = Party.BRAND if isinstance(act, BrandAct) else Party.CUSTOMER
        return self._detector.read((text,), (party,), ("en",)).spans(0, act)

    def _row(self, *message: Any) -> tuple[tuple[float, ...], bool]:  # noqa: ANN401
        if message not in self._read:
            text, sender, language = message
            reading = self._detector.read((text,), (sender,), (language,))
            self._read[message] = (reading.probabilities[0], reading.unread[0])
        return self._read[message]


DETECTORS: dict[str, Detector] = {
    "exact": EXACT,
    "graded": GRADED,
    "shipped": Remembering(load_detector(detector_path(None))),
}
_JUDGES = [
    Judge(rubric_with_other_numbers(seed), detector, f"rubric {seed}, {name}")
    for seed in range(12)
    for name, detector in DETECTORS.items()
]


def judges() -> st.SearchStrategy[Judge]:
    """Any rubric with any of the detectors."""
    return st.sampled_from(_JUDGES)


def knowing_judges() -> st.SearchStrategy[Judge]:
    """Any rubric with a stand-in, for laws about what a message is known to do."""
    return st.sampled_from([judge for judge in _JUDGES if "shipped" not in judge.name])
