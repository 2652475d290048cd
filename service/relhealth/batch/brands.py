"""The brands among the relationships of a run: a tally for each, and what was refused."""

from __future__ import annotations

from relhealth.scoring.scorer import Scorer
from relhealth.scoring.sketch import MirrorSketch, Tally
from relhealth.wire.json_writing import write_line
from relhealth.wire.mirroring import encode_mirror


class Brands:
    """Takes in the sketches of any brands, in any order."""

    def __init__(self) -> None:
        self._tallies: dict[str, Tally] = {}
        self._rejected: dict[str | None, int] = {}

    @property
    def rejected(self) -> int:
        """How many relationships were refused."""
        return sum(self._rejected.values())

    def add(self, brand_id: str, one: MirrorSketch) -> None:
        """Takes in a sketch of some of a brand's relationships."""
        self._tallies.setdefault(brand_id, Tally()).add(one)

    def reject(self, brand_id: str | None) -> None:
        """Counts a relationship that was refused; None where its brand cannot be read."""
        self._rejected[brand_id] = self._rejected.get(brand_id, 0) + 1

    def lines(self, scorer: Scorer, as_of_us: int) -> list[str]:
        """The mirror of every brand as a line of JSON, in the order of their names.

        What was refused without a brand's name is counted where there is but one brand.
        """
        lines: list[str] = []
        for brand_id in sorted(self._tallies):
            rejected = self._rejected.get(brand_id, 0)
            if len(self._tallies) == 1:
                rejected = self.rejected
            total = self._tallies[brand_id].total()
            lines.append(write_line(encode_mirror(scorer, brand_id, as_of_us, total, rejected)))
        return lines
