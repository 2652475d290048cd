"""What changed between two moments of one history, in parts that sum to the change.

The parts are successive differences on the way from one score to the other, in a fixed order:

1. what was pending at the earlier moment (open calls, promises, failings that had not ended) takes
   the value that it has come to;
2. everything ages to the later moment;
3. what was sent since is put in, kind by kind in the rubric's order;
4. what was sent before the earlier moment but recorded after it is put in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from relhealth.domain.change import Change, ChangePart, ChangeSource, TraitChange, TrendPoint
from relhealth.domain.evidence import Observation
from relhealth.domain.history import MICROSECONDS_PER_DAY, History
from relhealth.domain.reading import Reading
from relhealth.domain.rubric import Prior, TraitRubric
from relhealth.domain.vocabulary import Trait
from relhealth.scoring.ledger import POINTS, weigh
from relhealth.scoring.scorer import Scorer
from relhealth.scoring.valuation import value_at
from relhealth.signals.scene import observe
from relhealth.traits.registry import TRAITS

_Step = tuple[ChangeSource, str | None, tuple[int, ...], float]


@dataclass(frozen=True, slots=True)
class ChangeOptions:
    """Which change is to be explained.

    Attributes:
        from_us: The earlier moment, in microseconds since 1970 UTC.
        to_us: The later moment; at or after `from_us`.
        half_life_days: Age at which evidence has half its weight; None takes the rubric's.
        trend_point_count: Evenly spaced moments of the trend, 2 or more; None for no trend.
    """

    from_us: int
    to_us: int
    half_life_days: float | None = None
    trend_point_count: int | None = None


def explain_change(scorer: Scorer, history: History, options: ChangeOptions) -> Change:
    """The change from one moment to another, for health and each trait.

    The earlier value is the score as it was known then: of what had been sent and recorded. The
    later one is the score of the history at that moment. One reading of the texts serves all.
    """
    known = history.cut(options.to_us)
    reading = scorer.read(known)
    explained = _Explanation(scorer, known, reading, options)
    traits = tuple([explained.trait(trait) for trait in Trait])
    parts = _of_health(traits, [t.weight for t in scorer.rubric.traits])
    return Change(
        brand_id=history.brand_id,
        customer_id=history.customer_id,
        ids=known.ids,
        from_us=options.from_us,
        to_us=options.to_us,
        from_health=explained.health_before,
        to_health=explained.health_after,
        parts=parts,
        traits=traits,
        trend=trend(scorer, known, reading, _moments(options), options.half_life_days),
        model_version=scorer.detector.version,
        rubric_version=scorer.rubric.id,
    )


def trend(
    scorer: Scorer,
    history: History,
    reading: Reading,
    moments: Iterable[int],
    half_life_days: float | None = None,
) -> tuple[TrendPoint, ...]:
    """Health and the traits at each moment, from one reading of the history.

    Each point is what `Scorer.score` gives for its moment: the past as it is known now.
    """
    points: list[TrendPoint] = []
    for moment_us in moments:
        known = history.cut(moment_us)
        value = value_at(scorer, known, _first(reading, len(known)), moment_us, half_life_days)
        points.append(TrendPoint(moment_us, value.health, value.traits))
    return tuple(points)


def _first(reading: Reading, count: int) -> Reading:
    return Reading(reading.probabilities[:count], reading.unread[:count])


def _moments(options: ChangeOptions) -> list[int]:
    count = options.trend_point_count
    if count is None:
        return []
    span_us = options.to_us - options.from_us
    return [options.from_us + span_us * index // (count - 1) for index in range(count)]


class _Explanation:
    """The observations on the way from one moment to the other; private to one call."""

    def __init__(
        self, scorer: Scorer, history: History, reading: Reading, options: ChangeOptions
    ) -> None:
        self._scorer = scorer
        self._history = history
        self._reading = reading
        self._from_us, self._to_us = options.from_us, options.to_us
        days = options.half_life_days
        days = scorer.rubric.half_life_days if days is None else days
        self._half_life_us = days * MICROSECONDS_PER_DAY
        everything = range(len(history))
        before = [p for p in everything if self._was_known(p)]
        self._late = tuple([p for p in everything if self._is_late(p)])
        in_time = [p for p in everything if not self._is_late(p)]
        self._before = self._observed(before, self._from_us)
        self._waited = self._observed(before, self._to_us)
        self._in_time = self._observed(in_time, self._to_us)
        self._after = self._observed(everything, self._to_us) if self._late else self._in_time
        self.health_before = self._health(before, self._from_us, options)
        self.health_after = self._health(everything, self._to_us, options)

    def trait(self, trait: Trait) -> TraitChange:
        """The change of one trait."""
        rubric = self._scorer.rubric.traits[trait - 1]
        prior = self._scorer.rubric.prior(trait, self._history.segment)
        steps = self._steps(trait, rubric, prior)
        before = self._value(self._before[trait], self._from_us, rubric, prior)
        parts: list[ChangePart] = []
        reached = before
        for source, kind, positions, value in steps:
            if positions or value != reached:
                parts.append(ChangePart(source, kind, value - reached, positions))
            reached = value
        return TraitChange(trait, before, reached, tuple(parts))

    def _steps(self, trait: Trait, rubric: TraitRubric, prior: Prior) -> list[_Step]:
        """The values on the way, each with what brought it about."""
        before, after = self._before[trait], self._in_time[trait]
        moved = _moved_by_time(before, self._waited[trait])
        state = [o for o in before if _key(o) not in moved]
        state += [o for o in after if _key(o) in moved]
        revalued = _resting_on(before, state)
        value = self._value(state, self._from_us, rubric, prior)
        steps: list[_Step] = [(ChangeSource.REVALUED, None, revalued, value)]
        value = self._value(state, self._to_us, rubric, prior)
        steps.append((ChangeSource.AGEING, None, (), value))
        for kind in rubric.kinds:
            new = [o for o in after if o.kind == kind]
            old = [o for o in state if o.kind == kind]
            if new != old:
                state = [o for o in state if o.kind != kind] + new
                value = self._value(state, self._to_us, rubric, prior)
                steps.append((ChangeSource.NEW_EVIDENCE, kind, _resting_on(old, new), value))
        if self._after[trait] != self._in_time[trait]:
            value = self._value(self._after[trait], self._to_us, rubric, prior)
            steps.append((ChangeSource.LATE_ARRIVAL, None, self._late, value))
        return steps

    def _value(
        self, observations: Sequence[Observation], at_us: int, rubric: TraitRubric, prior: Prior
    ) -> float:
        """The trait in points. What is younger than the moment has not begun to age."""
        begun = [o if o.at_us <= at_us else o._replace(at_us=at_us) for o in observations]
        return POINTS * weigh(begun, rubric, prior, at_us, self._half_life_us).mean

    def _was_known(self, position: int) -> bool:
        history = self._history
        return max(history.sent_us[position], history.recorded_us[position]) <= self._from_us

    def _is_late(self, position: int) -> bool:
        history = self._history
        return history.sent_us[position] <= self._from_us < history.recorded_us[position]

    def _health(self, positions: Sequence[int], at_us: int, options: ChangeOptions) -> float:
        chosen = tuple(positions)
        known, reading = self._history.select(chosen), self._reading.select(chosen)
        return value_at(self._scorer, known, reading, at_us, options.half_life_days).health

    def _observed(self, positions: Sequence[int], at_us: int) -> dict[Trait, list[Observation]]:
        """The observations of part of the history, with positions in the whole of it."""
        chosen = tuple(positions)
        known, reading = self._history.select(chosen), self._reading.select(chosen)
        scene = observe(known, reading, self._scorer.rubric, at_us)
        return {
            judge.trait: [_placed(o, chosen) for o in self._scorer.observations(judge, scene)]
            for judge in TRAITS
        }


def _placed(observation: Observation, positions: tuple[int, ...]) -> Observation:
    return observation._replace(
        positions=tuple([positions[p] for p in observation.positions]),
        acts=tuple([(positions[p], act) for p, act in observation.acts]),
    )


def _key(observation: Observation) -> tuple[str, int]:
    """What an observation is about, whatever has become of it: a call, a promise, a failing."""
    return observation.kind, observation.positions[0]


def _moved_by_time(before: list[Observation], waited: list[Observation]) -> set[tuple[str, int]]:
    """What was pending: what time alone changed, brought about or took away."""
    moved = {_key(o) for o in before if o.pending}
    moved.update([_key(o) for o in _only_in_one(before, waited)])
    return moved


def _only_in_one(some: list[Observation], others: list[Observation]) -> list[Observation]:
    mine, theirs = Counter(some), Counter(others)
    return [*(mine - theirs), *(theirs - mine)]


def _resting_on(some: list[Observation], others: list[Observation]) -> tuple[int, ...]:
    """The interactions of what is in one of two lists only, ascending."""
    return tuple(sorted({p for o in _only_in_one(some, others) for p in o.positions}))


def _of_health(traits: tuple[TraitChange, ...], weights: list[float]) -> tuple[ChangePart, ...]:
    """The parts of the traits, weighed and summed by source and kind."""
    sums: dict[tuple[ChangeSource, str | None], float] = {}
    rests: dict[tuple[ChangeSource, str | None], set[int]] = {}
    for change, weight in zip(traits, weights, strict=True):
        for part in change.parts:
            key = (part.source, part.kind)
            sums[key] = sums.get(key, 0.0) + weight * part.change
            rests.setdefault(key, set()).update(part.positions)
    return tuple(
        [
            ChangePart(source, kind, change, tuple(sorted(rests[source, kind])))
            for (source, kind), change in sorted(sums.items(), key=lambda item: item[0][0])
        ]
    )
