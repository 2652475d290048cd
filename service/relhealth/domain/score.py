"""A score and everything it is made of. Points are on 0 to 100."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import chain
from math import nan
from operator import itemgetter
from typing import NamedTuple, Protocol

from relhealth.domain.evidence import REMAINDER, Evidence
from relhealth.domain.history import History
from relhealth.domain.reading import Mention
from relhealth.domain.vocabulary import Band, Stance, Trait, TraitStatus


class Estimate(NamedTuple):
    """A value in points with its credible interval; `coverage` is 0 to 1."""

    value: float
    lower: float
    upper: float
    credible_level: float
    coverage: float


class EvidenceLine(NamedTuple):
    """One line of evidence as it is shown.

    Attributes:
        evidence: The ledger's line.
        summary: A sentence from its kind and numbers; never quotes a text.
        mentions: The words it rests on.
    """

    evidence: Evidence
    summary: str
    mentions: tuple[Mention, ...]


class TraitScore(NamedTuple):
    """The judgement on one trait.

    Attributes:
        estimate: Set only where `status` is SCORED.
        value: Posterior mean in points, also where it is not shown; the prior without evidence.
        prior: In points.
        brand_contribution: Points from the brand's conduct, signed.
        customer_contribution: Points from the customer's conduct, signed.
        evidence: The heaviest contribution first; empty in the summary view.
    """

    trait: Trait
    status: TraitStatus
    estimate: Estimate | None
    value: float
    prior: float
    brand_contribution: float
    customer_contribution: float
    evidence: Sequence[EvidenceLine]


class HealthScore(NamedTuple):
    """Health as a whole.

    Attributes:
        estimate: None where the band is INSUFFICIENT_EVIDENCE.
        value: Points, also where not shown.
        reasons: Why the band is capped or withheld.
        contributions: Points of each trait, in the order of `Trait`.
    """

    estimate: Estimate | None
    value: float
    band: Band
    band_before_cap: Band
    reasons: tuple[str, ...]
    prior: float
    contributions: tuple[float, ...]


class StanceScore(NamedTuple):
    """What relationship the customer wants.

    Attributes:
        probabilities: In the order of `Stance`; they sum to 1.
        evidence: Contributions are log odds for the label, not points.
        advice: Name of what the stance advises.
    """

    label: Stance
    probabilities: tuple[float, ...]
    evidence: Sequence[EvidenceLine]
    advice: str


class MissingFact(NamedTuple):
    """The fact that would narrow health's interval most, by `narrowing` points."""

    trait: Trait
    fact: str
    narrowing: float
    summary: str


Figures = tuple[int, int, int, bytes, bytes]
"""What is counted of a score: the numbers of its band and its stance; how many texts were not read;
the number of each trait's status, a byte each; value and coverage of health and of each trait,
float64, which are no number where they are withheld."""


Strongest = tuple[str | None, str | None]
"""The summaries of the lines of evidence that move their trait furthest up and furthest down."""


def strongest(lines: Sequence[tuple[float, str]]) -> Strongest:
    """The strongest among the contributions of lines and their summaries, the first of equals."""
    up = max(lines, key=itemgetter(0), default=None)
    down = min(lines, key=itemgetter(0), default=None)
    return (
        up[1] if up is not None and up[0] > 0 else None,
        down[1] if down is not None and down[0] < 0 else None,
    )


class RelationshipScore(NamedTuple):
    """The score of one relationship at one moment.

    Attributes:
        as_of_us: The moment, in microseconds since 1970 UTC.
        ids: Ids of the interactions that positions in evidence point to.
        ignored_after_as_of_count: Interactions that lie after the moment.
        unread_text_count: Interactions whose text is not English.
        input_digest: Hex SHA-256 of what the scorer reads, ids and audience sizes left out.
    """

    brand_id: str
    customer_id: str
    ids: Sequence[str]
    health: HealthScore
    traits: tuple[TraitScore, ...]
    stance: StanceScore
    as_of_us: int
    ignored_after_as_of_count: int
    unread_text_count: int
    model_version: str
    rubric_version: str
    input_digest: str
    missing_fact: MissingFact | None

    def figures(self) -> Figures:
        """What is counted of it."""
        estimates = (self.health.estimate, *[trait.estimate for trait in self.traits])
        withheld = (nan, nan)
        shown = [withheld if e is None else (e.value, e.coverage) for e in estimates]
        statuses = bytes([trait.status for trait in self.traits])
        row = array("d", chain.from_iterable(shown)).tobytes()
        return self.health.band, self.stance.label, self.unread_text_count, statuses, row

    def strongest(self) -> Strongest:
        """What of the evidence that is shown moves a trait furthest."""
        lines = chain.from_iterable([trait.evidence for trait in self.traits])
        return strongest(
            [(e.contribution, summary) for e, summary, _ in lines if e.kind != REMAINDER]
        )


Told = tuple[HealthScore, tuple[TraitScore, ...], StanceScore, MissingFact | None]
"""What a score says beside whose it is."""


class Judged(Protocol):
    """What was judged, kept as numbers (scoring/kernel/looks.h)."""

    def told(self) -> Told:
        """The values."""
        ...

    def figures(self) -> Figures:
        """What is counted."""
        ...

    def strongest(self) -> Strongest:
        """What of the evidence that is shown moves a trait furthest."""
        ...

    def response(self, fields: bytes, line_fields: bytes, *facts: object) -> bytes:
        """The bytes of the response, from its fields' numbers and what was not judged."""
        ...


class PackedScore(NamedTuple):
    """A score whose values are made when somebody asks for them.

    Attributes:
        judged: What it says.
        history: Whose it is.
        as_of_us: See `RelationshipScore`, as of all below.
    """

    judged: Judged
    history: History
    as_of_us: int
    ignored_after_as_of_count: int
    model_version: str
    rubric_version: str
    input_digest: str

    def figures(self) -> Figures:
        """What is counted of it."""
        return self.judged.figures()

    def strongest(self) -> Strongest:
        """What of the evidence that is shown moves a trait furthest."""
        return self.judged.strongest()

    def unpacked(self) -> RelationshipScore:
        """The score."""
        health, traits, stance, missing_fact = self.judged.told()
        return RelationshipScore(
            brand_id=self.history.brand_id,
            customer_id=self.history.customer_id,
            ids=self.history.later("ids"),
            health=health,
            traits=traits,
            stance=stance,
            as_of_us=self.as_of_us,
            ignored_after_as_of_count=self.ignored_after_as_of_count,
            unread_text_count=self.judged.figures()[2],
            model_version=self.model_version,
            rubric_version=self.rubric_version,
            input_digest=self.input_digest,
            missing_fact=missing_fact,
        )
