"""What to do next: each permissible candidate simulated, and ranked by what it would bring.

A candidate's messages are appended to the history with their acts at probability 1, the history is
scored at the moment plus the horizon, and the gain is the difference to doing nothing until then.
Stopping something is measured against going on with it at the observed rate. While the customer
waits for an answer, what only goes with one comes after it, whatever it would bring.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from relhealth.domain.advice import Action, Recommendation
from relhealth.domain.history import MICROSECONDS_PER_DAY, History
from relhealth.domain.reading import Reading
from relhealth.domain.vocabulary import Trait
from relhealth.scoring.candidate import ACTIONS, LEAVE_ALONE, Candidate
from relhealth.scoring.candidates import candidates
from relhealth.scoring.scorer import Scorer
from relhealth.scoring.sentences import duration
from relhealth.scoring.simulation import append
from relhealth.scoring.stance import judge_stance
from relhealth.scoring.valuation import Valuation, value_at
from relhealth.signals.scene import Scene, observe

# Gains that differ by less are ties: they differ by rounding alone.
_TIE_DECIMALS: Final = 9
_SERVE: Final = "serve_and_stay_quiet"
_QUIET: Final = {
    "leave_alone": "Leave the customer alone, as they asked.",
    _SERVE: "Stay quiet until the customer calls.",
}
_NOTHING: Final = "Send nothing for {}."
_HOURS_PER_DAY: Final = 24.0
# What the customer still has coming: nobody is to wait for them to call again.
_OWED: Final = frozenset({"answer_open_call", "keep_commitment", "put_it_right"})
_ANSWERING: Final = "answer_open_call"
# No fault is owned, made up for, nor any praise acknowledged before who waits has an answer.
_AFTER_ANSWERING: Final = frozenset(
    {"acknowledge_praise", "own_mistake", "apologise", "put_it_right", "offer_goodwill"}
)


@dataclass(frozen=True, slots=True)
class ActionOptions:
    """How actions are to be judged.

    Attributes:
        as_of_us: The moment of decision, in microseconds since 1970 UTC.
        horizon_days: How far ahead gains are measured, above 0; None takes the rubric's.
        half_life_days: Age at which evidence has half its weight; None takes the rubric's.
    """

    as_of_us: int
    horizon_days: float | None = None
    half_life_days: float | None = None


def recommend(scorer: Scorer, history: History, options: ActionOptions) -> Recommendation:
    """The permissible actions at a moment, ranked by their exact gain in health, an answer first.

    What lies after the moment is cut. One reading of the texts serves all candidates.
    """
    known = history.cut(options.as_of_us)
    return recommend_read(scorer, known, scorer.read(known), options)


def recommend_read(
    scorer: Scorer, history: History, reading: Reading, options: ActionOptions
) -> Recommendation:
    """The same for a history that was cut and read already."""
    rubric = scorer.rubric
    days = options.horizon_days
    days = rubric.recommendation_horizon_days if days is None else days
    scene = observe(history, reading, rubric, options.as_of_us)
    found = candidates(scene, int(days * MICROSECONDS_PER_DAY))
    withdrawn = scene.permission.withdrawn
    forbidden = {c.name for c in found if not c.asked_for and c.reaches(withdrawn)}
    horizon_us = options.as_of_us + int(days * MICROSECONDS_PER_DAY)
    trial = _Trial(scorer, history, reading, horizon_us, options.half_life_days)
    ranked = [_leave_alone(scene, found, days)]
    ranked.extend([trial.action(c) for c in found if c.name not in forbidden])
    answering = [action.health_gain for action in ranked if action.name == _ANSWERING]
    # The sort is stable: on ties the table's order stands, which begins with doing least.
    ranked.sort(key=lambda action: -round(_rank(action, answering), _TIE_DECIMALS))
    return Recommendation(
        brand_id=history.brand_id,
        customer_id=history.customer_id,
        ids=history.ids,
        actions=tuple(ranked),
        as_of_us=options.as_of_us,
        horizon_days=days,
        impermissible=tuple([name for name in ACTIONS if name in forbidden]),
        model_version=scorer.detector.version,
        rubric_version=rubric.id,
    )


def _rank(action: Action, answering: list[float]) -> float:
    """The gain by which an action is ranked; no higher than that of the answer it comes after."""
    limits = answering if action.name in _AFTER_ANSWERING else []
    return min([action.health_gain, *limits])


class _Trial:
    """Scores a history at the horizon, as it is and with what a candidate adds."""

    def __init__(
        self,
        scorer: Scorer,
        history: History,
        reading: Reading,
        horizon_us: int,
        half_life_days: float | None,
    ) -> None:
        self._scorer = scorer
        self._history = history
        self._reading = reading
        self._horizon_us = horizon_us
        self._half_life_days = half_life_days
        self._nothing = self._value(history, reading)

    def action(self, candidate: Candidate) -> Action:
        with_drafts = self._value(*append(self._history, self._reading, candidate.drafts))
        better, worse = with_drafts, self._nothing
        if candidate.stops:
            better, worse = self._nothing, with_drafts
        gains = [b - w for b, w in zip(better.traits, worse.traits, strict=True)]
        return Action(
            name=candidate.name,
            health_gain=better.health - worse.health,
            trait_gains=tuple(gains),
            positions=candidate.positions,
            acts=candidate.acts,
            summary=candidate.summary,
        )

    def _value(self, history: History, reading: Reading) -> Valuation:
        return value_at(self._scorer, history, reading, self._horizon_us, self._half_life_days)


def _leave_alone(scene: Scene, found: list[Candidate], days: float) -> Action:
    rules = scene.rubric.stance
    advice = rules.advice[judge_stance(scene, rules).label.name.lower()]
    nothing = _NOTHING.format(duration(days * _HOURS_PER_DAY))
    said = _QUIET.get(advice, nothing)
    if advice == _SERVE and any(candidate.name in _OWED for candidate in found):
        said = nothing
    return Action(LEAVE_ALONE, 0.0, (0.0,) * len(Trait), (), (), said)
