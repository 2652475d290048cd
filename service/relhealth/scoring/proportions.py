"""Shares with Wilson intervals that allow for units that come in clusters.

A customer's messages are more alike than those of several customers: a Wilson interval over all of
them would be too narrow. So the number of units is divided by the design effect, the variance of
the share over relationships against that of independent units. All that is kept are integer sums,
so that shards add up exactly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

from relhealth.domain.mirror import Interval, Proportion


@dataclass(frozen=True, slots=True)
class ClusteredCount:
    """Sums over relationships, each with `c` units of interest out of `t`; exact integers.

    Attributes:
        clusters: Relationships with any unit.
        count: Sum of c.
        total: Sum of t.
        squares: Sums of c*c, c*t and t*t.
    """

    clusters: int = 0
    count: int = 0
    total: int = 0
    squares: tuple[int, int, int] = (0, 0, 0)

    @classmethod
    def of(cls, count: int, total: int) -> ClusteredCount:
        """One relationship's."""
        if total == 0:
            return cls()
        return cls(1, count, total, (count * count, count * total, total * total))

    def __add__(self, other: ClusteredCount) -> ClusteredCount:
        cc, ct, tt = [a + b for a, b in zip(self.squares, other.squares, strict=True)]
        return ClusteredCount(
            self.clusters + other.clusters,
            self.count + other.count,
            self.total + other.total,
            (cc, ct, tt),
        )

    def proportion(self, level: float) -> Proportion:
        """The share with its interval at a confidence level."""
        if self.total == 0:
            return Proportion(0, 0, None)
        share = self.count / self.total
        return Proportion(self.count, self.total, wilson(share, self._effective_total(), level))

    def _effective_total(self) -> float:
        """How many independent units would say as much."""
        cc, ct, tt = self.squares
        share = self.count / self.total
        if self.clusters < 2 or self.count in (0, self.total):  # noqa: PLR2004 - no variance
            return self.total * self.total / tt
        # Integers first: what is left of large sums must be exact.
        n, k = self.total, self.count
        residual = (cc * n * n - 2 * k * n * ct + k * k * tt) / (n * n)
        variance = residual / (n * n) * self.clusters / (self.clusters - 1)
        independent = share * (1.0 - share) / (n - 1)
        return n / max(1.0, variance / independent)


def wilson(share: float, total: float, level: float) -> Interval:
    """Wilson's score interval of a share of `total` independent units."""
    z = NormalDist().inv_cdf(0.5 + level / 2.0)
    shrunk = (share + z * z / (2.0 * total)) / (1.0 + z * z / total)
    half = z * math.sqrt(share * (1.0 - share) / total + z * z / (4.0 * total * total))
    half /= 1.0 + z * z / total
    return Interval(share, min(max(shrunk - half, 0.0), share), max(min(shrunk + half, 1.0), share))


def counted(count: int, total: int, level: float) -> Proportion:
    """The share of units that come one a cluster."""
    if total == 0:
        return Proportion(0, 0, None)
    return Proportion(count, total, wilson(count / total, float(total), level))
