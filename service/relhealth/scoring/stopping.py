"""Stopping what the customer does not want, as the messages that going on would send."""

from __future__ import annotations

import math
from collections.abc import Iterator

from relhealth.domain.acts import BrandAct, CustomerAct
from relhealth.domain.evidence import LIKELY
from relhealth.domain.history import MICROSECONDS_PER_DAY, MICROSECONDS_PER_HOUR, OptOut
from relhealth.domain.vocabulary import Purpose
from relhealth.scoring.candidate import Candidate
from relhealth.scoring.sentences import duration
from relhealth.scoring.simulation import Draft
from relhealth.signals.outreach import WELCOMING_ACTS
from relhealth.signals.scene import Scene


def stops(scene: Scene, horizon_us: int) -> Iterator[Candidate]:
    """Stopping, as the messages that going on at the observed rate would send."""
    since_us = scene.as_of_us - _load_window_us(scene)
    too_many = {load.position for load in scene.outreach.loads}
    sent = sorted(too_many.union(scene.outreach.unasked))
    recent = [p for p in sent if scene.history.sent_us[p] > since_us]
    sells = {p: _sells(scene, p) for p in recent}
    selling = [p for p in recent if sells[p]]
    nagging = [p for p in recent if not sells[p]]
    if _is_welcome(scene, since_us):
        selling = []
    unwanted = {disregard.position for disregard in scene.permission.disregards}
    for name, positions, what in (
        ("stop_promotions", selling, "Stop the promotions"),
        ("stop_nagging", nagging, "Stop the nagging"),
    ):
        expected = _expected(scene, positions, horizon_us)
        if len(positions) > 1 or not unwanted.isdisjoint(positions):  # one alone is no habit
            drafts = _going_on(scene, positions, horizon_us)
            days = math.ceil(_observed_us(scene) / MICROSECONDS_PER_DAY)
            span = "1 day" if days == 1 else f"{days} days"
            ahead = duration(horizon_us / MICROSECONDS_PER_HOUR)
            said = (
                f"{what}: {len(positions)} in {span}, {len(drafts)} more in {ahead} at this rate."
            )
            if expected == 0:
                said = f"{what}: {len(positions)} in {span}; the gain is what one more would cost."
            about = tuple(positions)
            yield Candidate(name, about, (), drafts, stops=True, asked_for=True, summary=said)


def _load_window_us(scene: Scene) -> int:
    return int(scene.rubric.outreach.load_window_days * MICROSECONDS_PER_DAY)


def _sells(scene: Scene, position: int) -> bool:
    """Whether an unasked message advertises; else it begs, or asks what nobody answers."""
    sells = scene.brand(position, BrandAct.PROMOTION)
    begs = scene.brand(position, BrandAct.ENGAGEMENT_BAIT)
    if max(sells, begs, scene.brand(position, BrandAct.QUESTION)) < scene.least:
        return scene.history.purposes[position] is Purpose.MARKETING
    return sells >= max(scene.least, begs)


def _is_welcome(scene: Scene, since_us: int) -> bool:
    """Whether the customer has welcomed since a moment what the brand sends unasked."""
    return any(
        scene.history.sent_us[welcome.answer] > since_us
        and max([scene.customer(welcome.answer, act) for act in WELCOMING_ACTS]) >= LIKELY
        and scene.failing[welcome.answer] < LIKELY
        and not is_opt_out(scene, welcome.answer)
        for welcome in scene.outreach.welcomes
    )


def _observed_us(scene: Scene) -> int:
    """The time in which the unasked messages were counted: at most what the history covers."""
    age_us = max(scene.as_of_us - scene.history.sent_us[0], MICROSECONDS_PER_DAY)
    return min(_load_window_us(scene), age_us)


def _expected(scene: Scene, positions: list[int], horizon_us: int) -> int:
    """How many more such messages come until the horizon at the observed rate, rounded.

    One alone shows no rate.
    """
    if len(positions) == 1:
        return 0
    span_us = _observed_us(scene)
    return (2 * len(positions) * horizon_us + span_us) // (2 * span_us)


def _going_on(scene: Scene, positions: list[int], horizon_us: int) -> tuple[Draft, ...]:
    """The messages until the horizon, at least one, evenly spaced, each like one of the latest.

    Their words are as many as those of the message they are like, and none is said twice: how
    canned the next ones will be is not known.
    """
    history = scene.history
    count = max(1, _expected(scene, positions, horizon_us))
    drafts: list[Draft] = []
    for index in range(count):
        like = positions[-1 - index % len(positions)]
        length = len(scene.words.said(like))
        sent_us = scene.as_of_us + horizon_us * (2 * index + 1) // (2 * count)
        row = scene.reading.probabilities[like]
        text = " ".join([f"{index}x{word}" for word in range(length)])
        channel = history.channels[like]
        drafts.append(Draft(sent_us, channel, row, purpose=Purpose.MARKETING, text=text))
    return tuple(drafts)


def is_opt_out(scene: Scene, position: int) -> bool:
    """Whether a message asks to be left alone, in words or outright."""
    if isinstance(scene.history.outcomes[position], OptOut):
        return True
    return scene.customer(position, CustomerAct.OPT_OUT) >= scene.least
