"""Scoring in this process: by size, by view, by stage, and many histories from Arrow batches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
from clocks import Cost, exponent, interleaved, middle
from histories import VIEWS, parsed, request

from relhealth.batch.core import Form, LocalAnswerer, Settings, score_batches
from relhealth.domain.history import History
from relhealth.domain.reading import Reading
from relhealth.models.load import load_scorer
from relhealth.scoring.options import ScoreOptions
from relhealth.scoring.scorer import Scorer
from relhealth.wire.encoding import write_score
from relhealth.wire.json_writing import write_line
from relhealth.wire.limits import DEFAULT_LIMITS
from relhealth.wire.parsing import read_request

SIZES: Final = (10, 20, 50, 100, 200, 500, 1000, 2000)
STAGE_SIZES: Final = (50, 500)
HISTORIES: Final = (10, 30, 100)
BATCH_INTERACTIONS: Final = 20
_LEAST_INTERACTIONS: Final = 500
"""Interactions of one timed call at least: of short histories several different ones are scored."""
_FRESH_INTERACTIONS: Final = 1_250
"""Interactions of different texts after which none is remembered from the time before."""


@dataclass(frozen=True, slots=True)
class ScoringCosts:
    """Costs by view and size, by size and stage, and of a batch by its number of histories."""

    growth: dict[str, dict[int, list[Cost]]]
    stages: dict[int, dict[str, list[Cost]]]
    batch: dict[int, list[Cost]]

    def exponent(self, view: str) -> float:
        """The power of the number of interactions that the CPU time grows with."""
        sizes = self.growth[view]
        return exponent(SIZES, [middle(sizes[size]).cpu for size in SIZES])

    def last_exponent(self, view: str) -> float:
        """The same between the two longest histories, where fixed costs count for little."""
        last = SIZES[-2:]
        return exponent(last, [middle(self.growth[view][size]).cpu for size in last])

    def batch_exponent(self) -> float:
        """The power of the number of histories that the CPU time grows with."""
        return exponent(HISTORIES, [middle(self.batch[n]).cpu for n in HISTORIES])


def measure(rounds: int) -> ScoringCosts:
    """Measures everything, interleaved within each table."""
    scorer = load_scorer(None, None)
    return ScoringCosts(
        _growth(scorer, rounds),
        {size: interleaved(_stages(scorer, size), rounds) for size in STAGE_SIZES},
        _batches(scorer, rounds),
    )


def _growth(scorer: Scorer, rounds: int) -> dict[str, dict[int, list[Cost]]]:
    works: dict[str, tuple[Callable[[], object], int]] = {}
    for view in VIEWS:
        for size in SIZES:
            times = max(1, _LEAST_INTERACTIONS // size)
            works[f"{view} {size}"] = (_repeated(scorer, view, size, times), times)
    costs = interleaved(works, rounds)
    return {view: {size: costs[f"{view} {size}"] for size in SIZES} for view in VIEWS}


def _repeated(scorer: Scorer, view: str, size: int, times: int) -> Callable[[], object]:
    asked = [parsed(size, view, seed) for seed in range(times)]
    return lambda: [scorer.score(history, options) for history, options in asked]


@dataclass(frozen=True, slots=True)
class _Staged:
    """One request with evidence at every stage on its way."""

    raw: bytes
    history: History
    summary: ScoreOptions
    options: ScoreOptions
    reading: Reading

    @classmethod
    def of(cls, scorer: Scorer, size: int, seed: int) -> _Staged:
        raw = request(size, "evidence", seed).SerializeToString()
        history, options = parsed(size, "evidence", seed)
        summary = options._replace(with_evidence=False)
        return cls(raw, history, summary, options, scorer.read(history))

    def written(self, scorer: Scorer, options: ScoreOptions) -> bytes:
        """The answer; lines of evidence are made only as they are written."""
        return write_score(scorer.score_read(self.history, self.reading, options))


def _stages(scorer: Scorer, size: int) -> dict[str, tuple[Callable[[], object], int]]:
    """What requests with evidence go through, each stage by itself."""
    stages: dict[str, Callable[[_Staged], object]] = {
        "check the bytes, make the history": lambda at: read_request(at.raw, 0, DEFAULT_LIMITS),
        "read the texts": lambda at: scorer.read(at.history),
        "judge, and write a summary": lambda at: at.written(scorer, at.summary),
        "judge, and write the evidence": lambda at: at.written(scorer, at.options),
    }
    staged = [_Staged.of(scorer, size, seed) for seed in range(-(-_FRESH_INTERACTIONS // size))]
    return {name: (_each(stage, staged), len(staged)) for name, stage in stages.items()}


def _each(stage: Callable[[_Staged], object], staged: list[_Staged]) -> Callable[[], object]:
    return lambda: [stage(one) for one in staged]


def _batches(scorer: Scorer, rounds: int) -> dict[int, list[Cost]]:
    """Whole batches of histories of a fixed size, in Arrow and out of it."""
    lines = [
        write_line(request(BATCH_INTERACTIONS, "summary", seed)) for seed in range(max(HISTORIES))
    ]
    settings = Settings(as_of_us=0, form=Form.FLAT)
    answerer = LocalAnswerer(scorer, settings)

    def run(count: int) -> Callable[[], object]:
        batch = pa.RecordBatch.from_pydict({"request_json": lines[:count]})
        return lambda: list(score_batches(iter([batch]), answerer, settings))

    costs = interleaved({str(count): (run(count), 1) for count in HISTORIES}, rounds)
    return {count: costs[str(count)] for count in HISTORIES}
