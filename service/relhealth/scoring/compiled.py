"""The judgement's compiled kernel, where the build made one: the same scores, much sooner."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any, Final, Self

from relhealth.domain.acts import BRAND_ACTS, CUSTOMER_ACTS, BrandAct, CustomerAct
from relhealth.domain.evidence import REMAINDER, Evidence
from relhealth.domain.history import MICROSECONDS_PER_DAY, Consent, History, OptOut, Rating
from relhealth.domain.later import Later
from relhealth.domain.reading import Mention, Reading, Span
from relhealth.domain.rubric import Prior, Rubric
from relhealth.domain.score import (
    Estimate,
    EvidenceLine,
    HealthScore,
    Judged,
    MissingFact,
    StanceScore,
    TraitScore,
)
from relhealth.domain.vocabulary import Band, Party, Stance, Trait, TraitStatus
from relhealth.extensions import JUDGE, load_extension
from relhealth.scoring.health import CONTACT_AFTER_OPT_OUT, INSUFFICIENT_COVERAGE
from relhealth.scoring.missing import FACTS, MISSING_FACTS
from relhealth.scoring.stance import is_friendly
from relhealth.signals.due import due_us
from relhealth.signals.episodes import (
    ASKS_PARDON,
    BETTER_FROM_NOW,
    asks_pardon,
    promises_better,
)
from relhealth.signals.opting_out import CONFIRMS_OPT_OUT, confirms_opt_out
from relhealth.signals.talk import ASKABLE, NOT_AT_HAND, is_not_at_hand, things_asked_for
from relhealth.signals.wording import COMMON_WORDS, alike, is_telling, words

_NO_EVIDENCE: Final = -1
_MOST_LINES: Final = 2**31 - 1  # that the kernel counts


class Lines(Later[EvidenceLine]):
    """Lines of evidence that are made when somebody looks at them.

    Args:
        judged: The kernel's judgement.
        place: Of the trait, or after the traits of the stance.
    """

    __slots__ = ("_judged", "_place")

    def __init__(self, judged: Any, place: int) -> None:  # noqa: ANN401 - the kernel's own
        self._judged = judged
        self._place = place

    def written(self, number: int, ids: Sequence[str], fields: bytes) -> bytes:
        """The repeated field of a message, without any line being made.

        Args:
            number: Of the field.
            ids: Names of the interactions by position.
            fields: Numbers of the fields of a line and of its mentions, in the kernel's order.
        """
        raw: bytes = self._judged.write(self._place, number, ids, fields)
        return raw

    def _make(self) -> tuple[EvidenceLine, ...]:
        lines: tuple[EvidenceLine, ...] = self._judged.lines(self._place)
        return lines


# What the kernel asks Python for, and what it answers with.
_READERS: Final[dict[str, object]] = {
    "split_words": words,
    "is_telling": is_telling,
    "alike": alike,
    "asked_for": things_asked_for,
    "is_not_at_hand": is_not_at_hand,
    "asks_pardon": asks_pardon,
    "promises_better": promises_better,
    "confirms_opt_out": confirms_opt_out,
    "due_us": due_us,
    "asked_for_clues": tuple([clue for phrases in ASKABLE for clue in phrases.clues]),
    "is_not_at_hand_clues": NOT_AT_HAND.clues,
    "asks_pardon_clues": ASKS_PARDON.clues,
    "promises_better_clues": BETTER_FROM_NOW.clues,
    "confirms_opt_out_clues": CONFIRMS_OPT_OUT.clues,
    "is_friendly": is_friendly,
    "rating": Rating,
    "opt_out": OptOut,
    "consent": Consent,
    "remainder": REMAINDER,
    "opted_out": "opted_out",
    "evidence": Evidence,
    "line": EvidenceLine,
    "mention": Mention,
    "span": Span,
    "estimate": Estimate,
    "brand_acts": tuple(BrandAct),
    "customer_acts": tuple(CustomerAct),
    "brand_act_names": BRAND_ACTS,
    "customer_act_names": CUSTOMER_ACTS,
    "parties": tuple(Party),
    "lines": Lines,
    "trait_score": TraitScore,
    "health_score": HealthScore,
    "stance_score": StanceScore,
    "missing_fact": MissingFact,
    "traits": tuple(Trait),
    "statuses": tuple(TraitStatus),
    "bands": tuple(Band),
    "stances": tuple(Stance),
    "reasons": ((), (CONTACT_AFTER_OPT_OUT,), (INSUFFICIENT_COVERAGE,)),
    "facts": tuple([(fact.trait, fact.name, MISSING_FACTS[fact.name]) for fact in FACTS]),
}


class CompiledJudge:
    """Judges readings by one rubric inside the kernel."""

    def __init__(self, kernel: ModuleType, rubric: Rubric) -> None:
        self._judge = kernel.judge
        self._value = kernel.value
        advice = tuple([rubric.stance.advice[stance.name.lower()] for stance in Stance])
        readers = _READERS | {"advice": advice}
        self._rules = kernel.rules(rubric, readers, tuple(sorted(COMMON_WORDS)))
        self._priors = _flat([Prior(t.prior_mean, t.prior_strength) for t in rubric.traits])
        self._segments = {
            own.segment: _flat([rubric.prior(trait, own.segment) for trait in Trait])
            for own in rubric.segments
        }

    @classmethod
    def of(cls, rubric: Rubric) -> Self | None:
        """A judge by a rubric; None where the package was built without a compiler."""
        kernel = load_extension(JUDGE)
        return None if kernel is None else cls(kernel, rubric)

    def judge(
        self,
        history: History,
        reading: Reading,
        as_of_us: int,
        half_life_days: float,
        evidence_limit: int | None,
        checkpoint: Callable[[], None],
    ) -> Judged:
        """Judges a history that was cut at `as_of_us`.

        Args:
            history: Cut already.
            reading: Its acts.
            as_of_us: The moment, in microseconds since 1970 UTC.
            half_life_days: Age at which evidence has half its weight.
            evidence_limit: Lines of evidence of a trait and of the stance; None shows none.
            checkpoint: Called again and again; what it raises ends the work.
        """
        limit = _NO_EVIDENCE if evidence_limit is None else min(evidence_limit, _MOST_LINES)
        asked = self._asked(history, reading, as_of_us, half_life_days)
        judged: Judged = self._judge(*asked, limit, checkpoint)
        return judged

    def value(
        self,
        history: History,
        reading: Reading,
        as_of_us: int,
        half_life_days: float,
        checkpoint: Callable[[], None],
    ) -> tuple[float, tuple[float, ...]]:
        """Health and the traits in points, also where a score would not show them."""
        asked = self._asked(history, reading, as_of_us, half_life_days)
        found: tuple[float, tuple[float, ...]] = self._value(*asked, _NO_EVIDENCE, checkpoint)
        return found

    def _asked(
        self, history: History, reading: Reading, as_of_us: int, half_life_days: float
    ) -> tuple[Any, ...]:
        return (
            self._rules,
            history,
            reading.flat(),
            reading.unread,
            reading.words,
            self._segments.get(history.segment, self._priors),
            as_of_us,
            half_life_days * MICROSECONDS_PER_DAY,
        )


def _flat(priors: list[Prior]) -> bytes:
    """Priors as the kernel takes them."""
    return array("d", [part for prior in priors for part in (prior.mean, prior.strength)]).tobytes()
