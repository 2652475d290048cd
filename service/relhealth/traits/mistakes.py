"""Admit your mistakes.

Given a failing, the brand apologises, owns it, explains and repairs, rather than deflect or say
nothing; and does not fail in the same way again. The customer admits their own mistakes.
"""

from __future__ import annotations

from collections.abc import Iterator

from relhealth.domain.acts import BrandAct, CustomerAct
from relhealth.domain.evidence import Observation
from relhealth.signals.episodes import Episode
from relhealth.signals.scene import Scene
from relhealth.traits.observing import (
    BAD,
    GOOD,
    content_after_failing,
    customer_acts,
    episode_act,
    grievances,
    still_unresolved,
    surest_complaint,
)

_REPAIRS = (BrandAct.GOODWILL, BrandAct.HELP)
KINDS = (
    "apology",
    "ownership",
    "explanation",
    "repair",
    "deflection",
    "no_admission",
    "settled_without_admission",
    "failing_repeated",
    "own_mistake_admitted",
    "repair_accepted",
    "still_unresolved",
    "grievance",
    "commitment",
)


def observe(scene: Scene) -> Iterator[Observation]:
    """Evidence for how both parties deal with their mistakes."""
    for episode in scene.episodes:
        yield from _owning(episode)
        yield from _deflections(scene, episode)
        yield from _no_admission(scene, episode)
        yield from _repeats(scene, episode)
    yield from customer_acts(scene, "own_mistake_admitted", CustomerAct.OWN_MISTAKE, GOOD)
    if scene.episodes:
        yield from grievances(scene, "grievance")
        yield from content_after_failing(scene, "repair_accepted")
        yield from still_unresolved(scene, "still_unresolved")


def applies(scene: Scene) -> bool:
    """Where something went wrong, or the customer admits that they did."""
    return bool(scene.episodes or scene.customer_doing[CustomerAct.OWN_MISTAKE])


def _owning(episode: Episode) -> Iterator[Observation]:
    given = episode.probability
    yield from episode_act(
        "apology", BrandAct.APOLOGY, episode, given * (0.5 + episode.completeness)
    )
    yield from episode_act("ownership", BrandAct.OWNERSHIP, episode, given)
    yield from episode_act("explanation", BrandAct.EXPLANATION, episode, given)
    yield from episode_act("commitment", BrandAct.COMMITMENT, episode, given)
    repair = max(_REPAIRS, key=episode.chance)
    yield from episode_act("repair", repair, episode, given)


def _deflections(scene: Scene, episode: Episode) -> Iterator[Observation]:
    for deflection in episode.deflections:
        if deflection.probability >= scene.least:
            yield Observation(
                kind="deflection",
                value=BAD,
                severity=deflection.probability * episode.probability,
                at_us=scene.history.sent_us[deflection.position],
                positions=(deflection.position,),
                acts=((deflection.position, BrandAct.DEFLECTION),),
            )


def _no_admission(scene: Scene, episode: Episode) -> Iterator[Observation]:
    """Once the episode is over, or the customer has had to raise the failing again within it.

    Of who wants nothing but silence, no word was wanted.
    """
    if episode.wants_silence:
        return
    admitted = max(episode.said(BrandAct.APOLOGY), episode.said(BrandAct.OWNERSHIP))
    severity = episode.probability * (1.0 - admitted)
    if (episode.ended_us is not None or episode.repeats) and severity >= scene.least:
        yield Observation(
            kind="no_admission" if episode.closed_by is None else "settled_without_admission",
            value=BAD,
            severity=severity,
            at_us=scene.history.sent_us[episode.complaints[-1]],
            positions=episode.complaints,
            acts=surest_complaint(scene, episode),
        )


def _repeats(scene: Scene, episode: Episode) -> Iterator[Observation]:
    for repeat in episode.repeats:
        yield Observation(
            kind="failing_repeated",
            value=BAD,
            severity=repeat.probability,
            at_us=scene.history.sent_us[repeat.position],
            positions=(repeat.position,),
            acts=((repeat.position, CustomerAct.COMPLAINT),),
        )
