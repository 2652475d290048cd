"""The follower audit: are customers answered alike, whatever their audience?"""

from __future__ import annotations

from typing import Final

import numpy as np

from relhealth.domain.history import MICROSECONDS_PER_HOUR
from relhealth.domain.mirror import AudienceGroup, FollowerAudit, Interval
from relhealth.scoring.proportions import ClusteredCount
from relhealth.scoring.sentences import duration
from relhealth.scoring.sketch import UNKNOWN_AUDIENCE, Column
from relhealth.scoring.survival import (
    Integers,
    Speeding,
    Waits,
    hazard_ratio,
    kaplan_meier,
    median_wait_us,
    trend_test,
)

CONFIDENCE_LEVEL: Final = 0.95
"""Of all intervals of a mirror."""
ERROR_RATE: Final = 0.05
"""How often the audit may find a difference where there is none."""
_AUDIENCE_BOUNDS: Final = (100, 1_000, 10_000)
"""Where the second and further groups of audience sizes begin."""
_FEWEST_CUSTOMERS: Final = 30
"""Customers of known audience from which the audit says anything."""
_FEWEST_ANSWERS: Final = 20
"""The same for answers."""


def waits_of(calls: Integers) -> Waits:
    """The waits of a sketch's calls."""
    return Waits(calls[:, Column.WAIT_US], calls[:, Column.ANSWERED] == 1)


def follower_audit(calls: Integers) -> FollowerAudit:
    """Compares customers by audience size; finds a difference in `ERROR_RATE` of unbiased brands.

    The test is for a trend over the groups, within each channel, and allows for several calls of
    one customer. The hazard ratio is per tenfold audience, whatever the groups.
    """
    bounds = np.array(_AUDIENCE_BOUNDS)
    known = calls[calls[:, Column.AUDIENCE] != UNKNOWN_AUDIENCE]
    number = np.searchsorted(bounds, known[:, Column.AUDIENCE], side="right")
    starts = (0, *_AUDIENCE_BOUNDS)
    ends = (*[b - 1 for b in _AUDIENCE_BOUNDS], None)
    groups = [
        _group(known[number == n], start, end)
        for n, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]
    unknown = calls[calls[:, Column.AUDIENCE] == UNKNOWN_AUDIENCE]
    if len(unknown):
        groups.append(_group(unknown, None, None))
    customers = len(np.unique(known[:, Column.CUSTOMER]))
    tested = _test(known, number.astype(np.float64), customers)
    if tested is None:
        little = "Too few customers of known audience to tell whether all are answered alike."
        return FollowerAudit(tuple(groups), None, None, None, is_biased=False, summary=little)
    statistic, p_value, ratio = tested
    is_biased = p_value < ERROR_RATE
    said = f"No sign that customers are answered by audience size (p = {p_value:.2g})."
    if is_biased:
        said = _finding(groups, p_value, ratio)
    return FollowerAudit(tuple(groups), statistic, p_value, ratio, is_biased, said)


def _test(
    known: Integers, group: np.ndarray[tuple[int], np.dtype[np.float64]], customers: int
) -> tuple[float, float, Interval] | None:
    waits = waits_of(known)
    if customers < _FEWEST_CUSTOMERS or np.sum(waits.answered) < _FEWEST_ANSWERS:
        return None
    stratum, cluster = known[:, Column.CHANNEL], known[:, Column.CUSTOMER]
    tested = trend_test(waits, Speeding(group, stratum, cluster))
    tenfolds = np.log10(np.maximum(known[:, Column.AUDIENCE], 1))
    ratio = hazard_ratio(waits, Speeding(tenfolds, stratum, cluster), CONFIDENCE_LEVEL)
    return None if tested is None or ratio is None else (*tested, ratio)


def _group(calls: Integers, smallest: int | None, largest: int | None) -> AudienceGroup:
    waits = waits_of(calls)
    _, place = np.unique(calls[:, Column.CUSTOMER], return_inverse=True)
    totals = np.bincount(place).tolist()
    counts = np.bincount(place, weights=waits.answered).astype(np.int64).tolist()
    each = [ClusteredCount.of(c, t) for c, t in zip(counts, totals, strict=True)]
    curve = kaplan_meier(waits, CONFIDENCE_LEVEL)
    rate = sum(each, ClusteredCount()).proportion(CONFIDENCE_LEVEL)
    return AudienceGroup(smallest, largest, rate, median_wait_us(curve))


def _finding(groups: list[AudienceGroup], p_value: float, ratio: Interval) -> str:
    which = "more" if ratio.value > 1.0 else "fewer"
    told = [g for g in groups if g.smallest is not None and g.response_rate.share is not None]
    return (
        f"Customers with {which} followers are answered more readily: one with ten times as many "
        f"{ratio.value:.2f} times as readily ({CONFIDENCE_LEVEL:.0%} interval "
        f"{ratio.lower:.2f} to {ratio.upper:.2f}, p = {p_value:.2g}). {_told(told[0])}. "
        f"{_told(told[-1])}."
    )


def _told(group: AudienceGroup) -> str:
    rate = group.response_rate
    share = 0.0 if rate.share is None else rate.share.value
    who = f"From {group.smallest} followers on"
    if group.largest is not None:
        who = f"Between {group.smallest} and {group.largest} followers"
    half = ""
    if group.median_reply_us is not None:
        half = f", half within {duration(group.median_reply_us / MICROSECONDS_PER_HOUR)}"
    return f"{who}, {share:.0%} of {rate.total} calls were answered{half}"
