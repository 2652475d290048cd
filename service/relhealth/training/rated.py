"""Histories that people rated: what the rubric is fitted to and judged by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from relhealth.domain.acts import acts_of
from relhealth.domain.history import History
from relhealth.domain.reading import Reading
from relhealth.domain.vocabulary import Stance, Trait
from relhealth.errors import ArtefactError
from relhealth.training.json_lines import numbered_lines, read_rows
from relhealth.wire.json_reading import read_request_line
from relhealth.wire.parsing import parse_request

# Labelled acts stand for a sure reader; certainty would leave a calibrated model nothing to learn.
_LABELLED = 0.95
_NOT_LABELLED = 0.02


@dataclass(frozen=True, slots=True)
class RatedHistory:
    """A history with what its readers said.

    Attributes:
        history: Cut at `as_of_us`.
        traits: Mean rating of each trait on 0 to 1, in the order of `Trait`; None where fewer than
            half of the readers rated it.
        health: Mean rating on 0 to 1.
        stances: How many readers chose each stance.
    """

    history: History
    as_of_us: int
    traits: tuple[float | None, ...]
    health: float
    stances: dict[Stance, int]


Reader = Callable[[RatedHistory], Reading | None]
"""Reads a rated history; None where it cannot."""


def load_rated(histories: Path, ratings: Path) -> tuple[RatedHistory, ...]:
    """Rated histories from two JSON Lines files, matched by customer id.

    Raises:
        InvalidInputError: A history cannot be read.
        ArtefactError: A history has no ratings.
    """
    by_customer = {row["id"]: row["ratings"] for row in read_rows(ratings)}
    found: list[RatedHistory] = []
    for _, line in numbered_lines(histories):
        # Without a moment of its own nothing of a history is left, which is refused.
        history, options = parse_request(read_request_line(line), arrived_us=0)
        known = history.cut(options.as_of_us)
        rows = by_customer.get(history.customer_id)
        if rows is None or not len(known):
            what = "ratings" if rows is None else "as_of_time after an interaction"
            raise ArtefactError(f"{histories}: {history.customer_id} has no {what}")
        found.append(_rated(known, options.as_of_us, rows))
    return tuple(found)


def load_labels(path: Path) -> dict[tuple[str, str], frozenset[str]]:
    """Labelled acts by customer and interaction id, from JSON Lines."""
    return {(r["customer_id"], r["interaction_id"]): frozenset(r["acts"]) for r in read_rows(path)}


def labelled_reading(
    history: History, labels: dict[tuple[str, str], frozenset[str]]
) -> Reading | None:
    """The reading of somebody who labelled every message; None where labels are missing."""
    rows: list[tuple[float, ...]] = []
    for interaction_id, sender, text in zip(
        history.ids, history.senders, history.texts, strict=True
    ):
        acts = labels.get((history.customer_id, interaction_id))
        if acts is None and text:
            return None
        known = acts or frozenset()
        rows.append(tuple([_LABELLED if a in known else _NOT_LABELLED for a in acts_of(sender)]))
    return Reading(tuple(rows), tuple([False] * len(rows)))


def _rated(history: History, as_of_us: int, rows: list[dict[str, Any]]) -> RatedHistory:
    stances: dict[Stance, int] = {}
    for row in rows:
        stance = Stance[row["stance"]]
        stances[stance] = stances.get(stance, 0) + 1
    health = [row["health"] / 100.0 for row in rows]
    return RatedHistory(
        history=history,
        as_of_us=as_of_us,
        traits=tuple([_mean([row[t.key] for row in rows]) for t in Trait]),
        health=sum(health) / len(health),
        stances=stances,
    )


def _mean(values: list[float | None]) -> float | None:
    given = [v / 100.0 for v in values if v is not None]
    return None if 2 * len(given) < len(values) else sum(given) / len(given)
