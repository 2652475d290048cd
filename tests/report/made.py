"""Hand-made report values, so that the pages can be judged apart from the scorer."""

from __future__ import annotations

from dataclasses import replace

from relhealth.domain.acts import BrandAct, CustomerAct
from relhealth.domain.advice import Action, Recommendation
from relhealth.domain.change import TrendPoint
from relhealth.domain.evidence import Evidence
from relhealth.domain.history import History, Interaction, Rating
from relhealth.domain.reading import Mention, Span
from relhealth.domain.rubric import BandThreshold
from relhealth.domain.score import (
    Estimate,
    EvidenceLine,
    HealthScore,
    MissingFact,
    RelationshipScore,
    StanceScore,
    TraitScore,
)
from relhealth.domain.vocabulary import Band, Channel, Party, Stance, Trait, TraitStatus
from relhealth.report.facts import (
    Promise,
    RelationshipReport,
    Wait,
)
from relhealth.report.facts import Span as EpisodeSpan
from relhealth.signals.commitments import Fate

DAY_US = 86_400_000_000
START_US = 1_740_000_000_000_000
BANDS = (
    BandThreshold(Band.HEALTHY, 70.0),
    BandThreshold(Band.FAIR, 55.0),
    BandThreshold(Band.STRAINED, 35.0),
    BandThreshold(Band.BROKEN, 0.0),
)
COMPLAINT = "The parcel never came."
APOLOGY = "I'm sorry, that was our mistake. A new one leaves today."


def interaction(number: int, sender: Party, text: str, channel: Channel) -> Interaction:
    sent_us = START_US + number * DAY_US
    return Interaction(f"i{number}", sent_us, sender, text, sent_us, channel=channel)


def history_of(*texts: str, ids: tuple[str, str] = ("Fern & Co", "customer-7")) -> History:
    """Messages a day apart, the customer first, the sides in turn."""
    channels = (Channel.EMAIL, Channel.SOCIAL_PUBLIC)
    items = [
        interaction(
            n, Party.CUSTOMER if n % 2 == 0 else Party.BRAND, text, channels[n // 2 % len(channels)]
        )
        for n, text in enumerate(texts)
    ]
    return History.of(*ids, "retail", items)


def estimate(value: float) -> Estimate:
    return Estimate(value, max(value - 12, 0), min(value + 9, 100), 0.9, 0.6)


def line(
    kind: str,
    party: Party | None,
    contribution: float,
    positions: tuple[int, ...],
    summary: str,
    mentions: tuple[Mention, ...] = (),
) -> EvidenceLine:
    acts = tuple((m.position, m.act) for m in mentions)
    value = 1.0 if contribution >= 0 else 0.0
    evidence = Evidence(kind, party, value, 0.8, contribution, positions, acts, ())
    return EvidenceLine(evidence, summary, mentions)


def trait_score(
    trait: Trait, contribution: float | None, lines: tuple[EvidenceLine, ...] = ()
) -> TraitScore:
    if contribution is None:
        none = TraitStatus.NOT_APPLICABLE
        return TraitScore(trait, none, None, 55.0, 55.0, 0.0, 0.0, ())
    value = 55.0 + contribution
    by_brand = sum(
        item.evidence.contribution for item in lines if item.evidence.party == Party.BRAND
    )
    rest = contribution - by_brand
    status = TraitStatus.SCORED
    return TraitScore(trait, status, estimate(value), value, 55.0, by_brand, rest, lines)


def sample_traits() -> tuple[TraitScore, ...]:
    complaint = Mention(0, CustomerAct.COMPLAINT, Span(0, 21), 0.97)
    owned = Mention(1, BrandAct.OWNERSHIP, Span(11, 31), 0.94)
    sorry = Mention(1, BrandAct.APOLOGY, Span(0, 9), 0.98)
    time = line("reply", Party.BRAND, 7.5, (0, 1), "Answered a complaint after 24 hours.")
    own = line(
        "ownership", Party.BRAND, 14.2, (1,), "Owned the failing.", (owned, sorry, complaint)
    )
    goodwill = line("lets_go", Party.CUSTOMER, 11.0, (2,), "Let the failing go.")
    left = line("remainder", None, -0.8, (), "Three lighter pieces of evidence together.")
    return (
        trait_score(Trait.OWN_HAPPINESS, None),
        trait_score(Trait.TIME, 7.5, (time,)),
        trait_score(Trait.COMMUNICATION, -0.8, (left,)),
        trait_score(Trait.REALISM, None),
        trait_score(Trait.MISTAKES, 14.2, (own,)),
        trait_score(Trait.FORGIVENESS, 11.0, (goodwill,)),
        trait_score(Trait.SUPPORT, None),
    )


def sample_score(history: History) -> RelationshipScore:
    traits = sample_traits()
    contributions = tuple((t.value - t.prior) / 7 for t in traits)
    value = 55.0 + sum(contributions)
    health = HealthScore(estimate(value), value, Band.FAIR, Band.FAIR, (), 55.0, contributions)
    stance = StanceScore(
        Stance.TRANSACTIONAL,
        (0.02, 0.2, 0.7, 0.04, 0.03, 0.01),
        (line("asks_only", Party.CUSTOMER, 1.3, (0,), "Came with a need and left with it met."),),
        "serve_and_stay_quiet",
    )
    return RelationshipScore(
        brand_id=history.brand_id,
        customer_id=history.customer_id,
        ids=history.ids,
        health=health,
        traits=traits,
        stance=stance,
        as_of_us=history.sent_us[-1] + 3 * DAY_US,
        ignored_after_as_of_count=2,
        unread_text_count=1,
        model_version="acts-test",
        rubric_version="rubric-test",
        input_digest="0123456789abcdef" * 4,
        missing_fact=MissingFact(
            Trait.SUPPORT,
            "customer_confirms_resolution",
            3.2,
            "Whether the customer's problem is solved.",
        ),
    )


def sample_report(*, with_text: bool = True) -> RelationshipReport:
    """A small relationship with something in every part of the page."""
    history = history_of(COMPLAINT, APOLOGY, "No worries, it came.", "Good to hear.", "Is it blue?")
    score = sample_score(history)
    trend = tuple(
        TrendPoint(START_US + n * DAY_US, 55.0 + n, tuple(55.0 + n * t for t in range(7)))
        for n in range(8)
    )
    none = (0.0,) * 7
    advice = Recommendation(
        brand_id=history.brand_id,
        customer_id=history.customer_id,
        ids=history.ids,
        actions=(
            Action("answer_open_call", 2.4, none, (4,), ("help",), "Answer the open question."),
            Action("leave_alone", 0.0, none, (), (), "Do nothing."),
            Action("stop_promotions", -1.9, none, (), (), "Send no more promotions."),
        ),
        as_of_us=score.as_of_us,
        horizon_days=14.0,
        impermissible=("contact_by_email",),
        model_version="acts-test",
        rubric_version="rubric-test",
    )
    return RelationshipReport(
        history=history,
        score=score,
        bands=BANDS,
        weights=(1 / 7,) * 7,
        waits=(Wait(0, 1), Wait(2, 3), Wait(4, None)),
        episodes=(EpisodeSpan(0, 3, is_open=False),),
        promises=(
            Promise(1, START_US + 2 * DAY_US, Fate.KEPT),
            Promise(1, START_US + 9 * DAY_US, Fate.OPEN),
            Promise(3, START_US + 4 * DAY_US, Fate.BROKEN),
            Promise(3, None, Fate.UNKNOWN),
        ),
        trend=trend,
        advice=advice,
        with_text=with_text,
    )


def long_report(count: int) -> RelationshipReport:
    """A relationship of many messages, each carrying evidence."""
    texts = [f"Message {n} is about the order that I placed last week." for n in range(count)]
    history = history_of(*texts)
    score = sample_score(history)
    lines = tuple(
        line("reply", Party.BRAND, 0.1, (n,), f"Answered after {n} minutes.") for n in range(count)
    )
    traits = tuple(t._replace(evidence=lines[i::7]) for i, t in enumerate(score.traits))
    waits = tuple(Wait(n, n + 1) for n in range(0, count - 1, 2))
    report = sample_report()
    return replace(
        report, history=history, score=score._replace(traits=traits), waits=waits, episodes=()
    )


def rated(history: History, value: float) -> History:
    """The history with its last interaction carrying a rating."""
    return replace(history, outcomes=(*history.outcomes[:-1], Rating(value, 1.0, 5.0)))
