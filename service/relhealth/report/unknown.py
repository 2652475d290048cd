"""What is not known: everything that the page would otherwise let one overlook."""

from __future__ import annotations

from relhealth.domain.vocabulary import TraitStatus
from relhealth.report.facts import RelationshipReport
from relhealth.report.markup import Markup, element
from relhealth.report.words import TRAIT_NAMES, count, day, listed, percent, points
from relhealth.signals.commitments import Fate


def unknown(report: RelationshipReport) -> Markup:
    """A list of sentences; one says so where nothing is missing."""
    said = [*_traits(report), *_record(report), *_narrowing(report)]
    if not said:
        said = ["All seven traits could be judged, and every text could be read."]
    return element("ul", *[element("li", sentence) for sentence in said], class_="unknown")


def _traits(report: RelationshipReport) -> list[str]:
    said = []
    by_status = {
        status: tuple([TRAIT_NAMES[t.trait] for t in report.score.traits if t.status == status])
        for status in TraitStatus
    }
    absent = by_status[TraitStatus.NOT_APPLICABLE]
    if absent:
        said.append(f"Nothing arose that {listed(absent)} could be judged by.")
    thin = by_status[TraitStatus.INSUFFICIENT_EVIDENCE]
    if thin:
        said.append(f"There is too little evidence to judge {listed(thin)}.")
    return said


def _record(report: RelationshipReport) -> list[str]:
    score = report.score
    said = []
    estimate = score.health.estimate
    if estimate is not None:
        assumed = percent(1 - estimate.coverage)
        said.append(f"Of the health score {assumed} is assumption rather than evidence.")
    if score.unread_text_count:
        texts = count(score.unread_text_count, "text")
        said.append(f"{texts} could not be read, being in another language than English.")
    if score.ignored_after_as_of_count:
        later = count(score.ignored_after_as_of_count, "interaction")
        said.append(f"{later} after {day(score.as_of_us)} left out.")
    undecided = sum(1 for promise in report.promises if promise.fate == Fate.OPEN)
    if undecided:
        said.append(f"{count(undecided, 'promise is', 'promises are')} not due yet.")
    unseen = sum(1 for promise in report.promises if promise.fate == Fate.UNKNOWN)
    if unseen:
        said.append(f"Of {count(unseen, 'promise')} the record does not show what came.")
    return said


def _narrowing(report: RelationshipReport) -> list[str]:
    fact = report.score.missing_fact
    if fact is None:
        return []
    narrower = f"That would narrow the interval of health by {points(fact.narrowing)} points."
    return [f"{fact.summary} {narrower}"]
