"""A history and a scorer in, everything that its page shows out."""

from __future__ import annotations

from typing import Final

from relhealth.domain.history import History
from relhealth.domain.reading import Reading
from relhealth.report.facts import Promise, RelationshipReport, Span, Wait
from relhealth.scoring.actions import ActionOptions, recommend_read
from relhealth.scoring.change import trend
from relhealth.scoring.options import ScoreOptions
from relhealth.scoring.scorer import Scorer
from relhealth.signals.commitments import Commitment
from relhealth.signals.episodes import Episode
from relhealth.signals.pairing import Call
from relhealth.signals.scene import observe
from relhealth.wire.violations import Reason, refusal

_TREND_POINTS: Final = 48
# More lines than a history can have: the page puts together those that read alike.
_ALL_EVIDENCE: Final = 1_000_000


def report_of(
    scorer: Scorer, history: History, options: ScoreOptions, *, with_text: bool
) -> RelationshipReport:
    """Scores a history at `options.as_of_us` and collects what its page shows.

    Raises:
        InvalidInputError: Every interaction lies after that moment, so there is nothing to show.
    """
    known = known_part(history, options.as_of_us)
    ignored = len(history) - len(known)
    return report_read(scorer, known, scorer.read(known), options, ignored, with_text=with_text)


def known_part(history: History, as_of_us: int) -> History:
    """The history as far as it was sent by a moment.

    Raises:
        InvalidInputError: Nothing was, so there is nothing to show.
    """
    known = history.cut(as_of_us)
    if not len(known):
        raise refusal(Reason.INVALID_TIME, "as_of_time", "lies before every interaction")
    return known


def report_read(
    scorer: Scorer,
    known: History,
    reading: Reading,
    options: ScoreOptions,
    ignored: int,
    *,
    with_text: bool,
) -> RelationshipReport:
    """The same for a history that was cut and read already; `ignored` is how many were cut."""
    scene = observe(known, reading, scorer.rubric, options.as_of_us)
    asked = options.max_evidence_count
    most = _ALL_EVIDENCE if asked is None else asked
    with_evidence = options._replace(with_evidence=True, max_evidence_count=most)
    at_moment = ActionOptions(options.as_of_us, half_life_days=options.half_life_days)
    moments = _moments(known.sent_us[0], options.as_of_us)
    return RelationshipReport(
        history=known,
        score=scorer.score_read(known, reading, with_evidence, ignored),
        bands=scorer.rubric.bands,
        weights=tuple([trait.weight for trait in scorer.rubric.traits]),
        waits=tuple([Wait(c.position, c.answered_by) for c in scene.pairing.calls if _waits(c)]),
        episodes=tuple([_span(episode) for episode in scene.episodes]),
        promises=tuple([_promise(commitment) for commitment in scene.commitments]),
        trend=trend(scorer, known, reading, moments, options.half_life_days),
        advice=recommend_read(scorer, known, reading, at_moment),
        with_text=with_text,
    )


def _span(episode: Episode) -> Span:
    last = max([*episode.complaints, *episode.answers, episode.closed_by or 0])
    return Span(episode.complaints[0], last, is_open=episode.ended_us is None)


def _waits(call: Call) -> bool:
    """Whether a call was answered, or is owed an answer and still has none."""
    return call.answered_by is not None or (call.is_owed and call.is_open)


def _promise(commitment: Commitment) -> Promise:
    until_us = commitment.due_us if commitment.settled_us is None else commitment.settled_us
    return Promise(commitment.position, until_us, commitment.fate)


def _moments(first_us: int, last_us: int) -> list[int]:
    """Evenly spaced moments from the first interaction to that of the score."""
    if first_us == last_us:
        return []
    steps = _TREND_POINTS - 1
    return [first_us + (last_us - first_us) * step // steps for step in range(_TREND_POINTS)]
