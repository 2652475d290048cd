"""The rubric: every number of the judgement, as frozen values.

`models/` reads and validates the file that fills them; nothing in code stands in for an entry.
Durations end in their unit; shares, probabilities and prior means are 0 to 1.
"""

from __future__ import annotations

from dataclasses import dataclass

from relhealth.domain.vocabulary import Band, Channel, Party, Trait


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of evidence.

    Attributes:
        name: Unique within its trait.
        party: Whose conduct it shows.
        value: 1 for good, 0 for bad conduct; None where each item is graded.
        weight: Importance before severity, probability and recency; 0 or more. 0 switches it off.
        description: What it means, in a sentence.
    """

    name: str
    party: Party
    value: float | None
    weight: float
    description: str


@dataclass(frozen=True, slots=True)
class TraitRubric:
    """How one trait is judged.

    Attributes:
        weight: Its share of health; all seven sum to 1.
        prior_mean: What is assumed before any evidence, 0 to 1.
        prior_strength: How firmly, in units of evidence weight; above 0.
        coverage_floor: Below this coverage the trait is not shown, 0 to 1.
        kinds: By name, in the order of the file.
    """

    trait: Trait
    weight: float
    prior_mean: float
    prior_strength: float
    coverage_floor: float
    kinds: dict[str, Kind]


@dataclass(frozen=True, slots=True)
class Prior:
    """What is assumed before any evidence: `mean` on 0 to 1, `strength` above 0."""

    mean: float
    strength: float


@dataclass(frozen=True, slots=True)
class SegmentPrior:
    """A segment's own prior of one trait."""

    segment: str
    trait: Trait
    prior_mean: float
    prior_strength: float


@dataclass(frozen=True, slots=True)
class Pace:
    """What a channel makes reasonable.

    Attributes:
        half_credit_hours: Wait after which an answer is worth half; above 0.
        business_hours: Whether only business hours count.
    """

    half_credit_hours: float
    business_hours: bool


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """When a brand is at work, in UTC offset by `utc_offset_hours`.

    Attributes:
        opens_hour: 0 to 24.
        closes_hour: Above `opens_hour`, at most 24.
        weekdays: Days at work, 0 is Monday; not empty.
    """

    utc_offset_hours: float
    opens_hour: float
    closes_hour: float
    weekdays: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CallRules:
    """Which customer messages call for an answer, and what answers them.

    Attributes:
        acts: What each of the customer's acts that calls for an answer weighs, by name; above 0.
        minimum_probability: Probability of such an act from which a message is a call.
        substance_probability: Probability of a serving act from which a brand's message, paired
            by time alone, answers.
        explicit_substance_probability: The same where the message names what it answers, or
            stands in its thread.
        pairing_window_days: How long after a call a message that names nothing still answers it.
        apology_window_days: The same of one that apologises or owns a failing: it looks back,
            as do who asks after something and word that an opt-out is met.
        continuation_hours: How long after either party's turn more from the brand belongs to it;
            what informs belongs to it for the whole pairing window.
        decay_shape: Steepness of the credit for speed, 1 / (1 + (t / half)^shape); above 0.
        paces: Half credit by channel; `Channel.UNSPECIFIED` is the default of those not listed.
        business_hours: When the brand is at work, for the paces that ask.
    """

    acts: dict[str, float]
    minimum_probability: float
    substance_probability: float
    explicit_substance_probability: float
    pairing_window_days: float
    apology_window_days: float
    continuation_hours: float
    decay_shape: float
    paces: dict[Channel, Pace]
    business_hours: BusinessHours


@dataclass(frozen=True, slots=True)
class ContextRules:
    """What its place in the conversation says of a message that the detector read alone.

    Attributes:
        answer_information_ratio: Factor on the odds that a customer's message informs where it
            replies to a question of the brand's; above 0.
        answer_complaint_ratio: The same of the odds that it complains.
    """

    answer_information_ratio: float
    answer_complaint_ratio: float


@dataclass(frozen=True, slots=True)
class OutreachRules:
    """What nobody asked for.

    Attributes:
        answer_window_days: How long after an outreach a customer's message can answer it.
        marketing_probability: Probability of promotion or bait from which a message is marketing.
        run_exponent: Growth of a run's severity with its length; at least 1.
        run_severity_cap: Largest severity of a run.
        load_window_days: Window in which unasked messages add up.
        load_allowance: Unasked messages in a window that burden nobody.
        load_allowance_consented: The same of messages on a channel that the customer consented to.
        load_allowance_per_customer_message: What each of the customer's own messages adds to it.
        load_severity_cap: Largest severity of one message's load.
    """

    answer_window_days: float
    marketing_probability: float
    run_exponent: float
    run_severity_cap: float
    load_window_days: float
    load_allowance: float
    load_allowance_consented: float
    load_allowance_per_customer_message: float
    load_severity_cap: float


@dataclass(frozen=True, slots=True)
class EpisodeRules:
    """A failing and what came of it.

    Attributes:
        minimum_probability: Probability of a complaint from which it opens an episode.
        low_rating_share: Place of a rating on its scale, 0 to 1, at or below which it is a failing.
        quiet_days: Silence after which an episode has ended.
        again_after_minutes: How long after the customer last spoke a complaint is no longer the
            rest of the one before, but the same once more.
        repeat_window_days: How long after an episode the same failing counts as its repeat.
        repeat_similarity: Share of words in common from which a failing is the same, 0 to 1.
        component_weights: What each component adds to an apology's completeness: regret,
            explanation, responsibility, repentance, repair, request for forgiveness; sums to 1.
    """

    minimum_probability: float
    low_rating_share: float
    quiet_days: float
    again_after_minutes: float
    repeat_window_days: float
    repeat_similarity: float
    component_weights: dict[str, float]


@dataclass(frozen=True, slots=True)
class CommitmentRules:
    """Promises and what came of them.

    Attributes:
        minimum_probability: Probability of a commitment from which it is one.
        grace_share: Share of the promised time by which it may be late.
        silent_break_severity: Severity of a promise with a named time that nobody mentions again.
        late_relief: Share of that severity which a promise kept late takes away, 0 to 1.
    """

    minimum_probability: float
    grace_share: float
    silent_break_severity: float
    late_relief: float


@dataclass(frozen=True, slots=True)
class WordingRules:
    """How the brand words what it says.

    Attributes:
        near_duplicate_similarity: Share of word pairs in common from which a line is canned.
        canned_minimum_words: Shorter lines are never canned.
        uptake_minimum_share: Share of a call's telling words from which an answer takes it up.
        talk_half_words: Unasked words over the customer's own from which talking at weighs half.
        monologue_words: Length from which an unasked message is a monologue.
    """

    near_duplicate_similarity: float
    canned_minimum_words: int
    uptake_minimum_share: float
    talk_half_words: float
    monologue_words: int


@dataclass(frozen=True, slots=True)
class StanceRules:
    """How the stance is judged: a multinomial logistic model over named features.

    Attributes:
        feature_names: In the order of the columns of `coefficients`.
        intercepts: By stance name.
        coefficients: By stance name, a number a feature.
        descriptions: By feature name (and `opted_out`), what it says in a sentence.
        advice: By stance name, the name of what it advises.
    """

    feature_names: tuple[str, ...]
    descriptions: dict[str, str]
    intercepts: dict[str, float]
    coefficients: dict[str, tuple[float, ...]]
    advice: dict[str, str]


@dataclass(frozen=True, slots=True)
class BandThreshold:
    """The lowest value, in points, that has a band."""

    band: Band
    lowest_value: float


@dataclass(frozen=True, slots=True)
class Rubric:
    """Every number of the judgement.

    Attributes:
        id: Name and version.
        fitted_from: From what and how the numbers came about.
        half_life_days: Age at which evidence has half its weight.
        credible_level: Level of the intervals, 0 to 1.
        evidence_scale: Factor on the evidence's weight in the intervals alone, fitted so that
            they hold their level.
        trait_correlation: How far the traits' errors go together, 0 to 1; what misleads about one
            misleads about the others.
        coverage_floor: Below this coverage of health it is not shown.
        default_max_evidence_count: Lines of evidence a trait shows unless a request says.
        minimum_act_probability: Below this an act is no evidence.
        opt_out_cap: The best band while an opt-out is disregarded.
        recommendation_horizon_days: How far ahead the gain of an action is measured.
        missing_fact_width: Width of health's interval, in points, from which it is asked what
            would narrow it.
        missing_fact_narrowing: The least that a fact is to narrow it by, in points, to be named.
        reference_response_rate: Share of posts that brands are said to answer.
        bands: Highest first; the last begins at 0.
        traits: All seven, in the order of `Trait`.
    """

    id: str
    fitted_from: str
    half_life_days: float
    credible_level: float
    evidence_scale: float
    trait_correlation: float
    coverage_floor: float
    default_max_evidence_count: int
    minimum_act_probability: float
    opt_out_cap: Band
    recommendation_horizon_days: float
    missing_fact_width: float
    missing_fact_narrowing: float
    reference_response_rate: float
    bands: tuple[BandThreshold, ...]
    traits: tuple[TraitRubric, ...]
    segments: tuple[SegmentPrior, ...]
    context: ContextRules
    calls: CallRules
    outreach: OutreachRules
    episodes: EpisodeRules
    commitments: CommitmentRules
    wording: WordingRules
    stance: StanceRules

    def prior(self, trait: Trait, segment: str) -> Prior:
        """The prior of a trait in a segment; the default where the segment has none."""
        for own in self.segments:
            if own.segment == segment and own.trait == trait:
                return Prior(own.prior_mean, own.prior_strength)
        rubric = self.traits[trait - 1]
        return Prior(rubric.prior_mean, rubric.prior_strength)
