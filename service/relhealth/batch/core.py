"""The one core: batches of relationships in, batches of outcomes out, row for row."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import pyarrow as pa

from relhealth.batch.decode import Row, rejects_of, rows_of
from relhealth.batch.schema import REJECT, RESULT
from relhealth.batch.table import flat_row
from relhealth.detection.interface import Detector
from relhealth.domain.history import History
from relhealth.domain.reading import Reading
from relhealth.domain.vocabulary import Party
from relhealth.errors import InvalidInputError
from relhealth.scoring.options import ScoreOptions
from relhealth.scoring.scorer import Scorer
from relhealth.wire.json_writing import write_line
from relhealth.wire.parsing import parse_request
from relhealth.wire.requests import Request, Response, complete, score_request

REJECTS_COLUMN: Final = "rejects"
RESPONSE_COLUMN: Final = "response"
"""A score as one line of proto3 JSON."""


class Form(Enum):
    """What a scored row becomes."""

    FLAT = "flat"
    """A row of the flat result table."""
    JSON = "json"
    """A line of proto3 JSON."""


OUTCOMES: Final = {
    Form.FLAT: pa.schema(
        [*[field.with_nullable(True) for field in RESULT], (REJECTS_COLUMN, pa.list_(REJECT))]
    ),
    Form.JSON: pa.schema([(RESPONSE_COLUMN, pa.string()), (REJECTS_COLUMN, pa.list_(REJECT))]),
}
"""What `score_batches` yields: the form's columns, or `rejects` beside the ids that are known."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a run scores.

    Attributes:
        as_of_us: The moment of rows that set none, in microseconds since 1970 UTC.
        half_life_days: The half-life of rows that set none, or None for the rubric's.
        form: What a scored row becomes.
        view: ``summary`` or ``evidence`` for JSON lines of rows that ask for neither.
    """

    as_of_us: int
    half_life_days: float | None = None
    form: Form = Form.FLAT
    view: str | None = None

    def complete(self, request: Request) -> None:
        """Sets what a request leaves open."""
        # The flat table names the strongest evidence, whatever the request would have been shown.
        if self.form is Form.FLAT:
            request.ClearField("view")
            request.ClearField("max_evidence_count")
        view = "evidence" if self.form is Form.FLAT else self.view
        complete(request, self.as_of_us, self.half_life_days, view)


@dataclass(frozen=True, slots=True)
class Versions:
    """What a run scores with.

    Attributes:
        model_version: The name of the act detector's version.
        rubric_version: The rubric's id.
        contents: A digest of both, whatever they are called; empty where it is not known.
    """

    model_version: str
    rubric_version: str
    contents: str = ""

    def may_be(self, contents: str) -> bool:
        """Whether that digest, if it is known, is of the same."""
        return not self.contents or not contents or self.contents == contents


Answer = Callable[[Iterable[Request]], Iterator[Response | InvalidInputError]]
"""Answers requests, each with a score or the reason for none, in order."""

Known = Callable[[History, ScoreOptions], Mapping[str, Any] | None]
"""The row of an earlier flat table that still holds for a history, or None."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What happened to rows. The counts of a batch ride in its schema's metadata."""

    scored: int = 0
    reused: int = 0
    rejected: int = 0
    interactions: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.scored + other.scored,
            self.reused + other.reused,
            self.rejected + other.rejected,
            self.interactions + other.interactions,
        )

    @classmethod
    def of(cls, outcomes: pa.RecordBatch) -> Counts:
        """The counts of a batch of outcomes."""
        metadata = outcomes.schema.metadata
        return cls(**{name: int(metadata[name.encode()]) for name in _COUNT_NAMES})


_COUNT_NAMES: Final = tuple(field.name for field in dataclasses.fields(Counts))


@dataclass(frozen=True, slots=True)
class _Wordless:
    """A detector that does not look for the words; the flat table shows none."""

    detector: Detector

    @property
    def version(self) -> str:
        return self.detector.version

    @property
    def brand_thresholds(self) -> tuple[float, ...]:
        return self.detector.brand_thresholds

    @property
    def customer_thresholds(self) -> tuple[float, ...]:
        return self.detector.customer_thresholds

    def read(
        self,
        texts: tuple[str, ...],
        senders: tuple[Party, ...],
        languages: tuple[str | None, ...],
    ) -> Reading:
        return self.detector.read(texts, senders, languages).without_words()


def answer_here(scorer: Scorer, settings: Settings) -> Answer:
    """Answers in this process."""
    if settings.form is Form.FLAT:
        # Finding the words of every mention would take most of the time.
        scorer = scorer._replace(detector=_Wordless(scorer.detector))

    def answer(requests: Iterable[Request]) -> Iterator[Response | InvalidInputError]:
        for request in requests:
            try:
                yield score_request(scorer, request, settings.as_of_us)
            except InvalidInputError as error:
                yield error

    return answer


def score_batches(
    batches: Iterator[pa.RecordBatch],
    answer: Answer,
    settings: Settings,
    known: Known | None = None,
) -> Iterator[pa.RecordBatch]:
    """An outcome for every row, in order; a row that cannot be scored has its `rejects`.

    Args:
        batches: Rows of histories, in columns (schema `HISTORIES`, where `segment` may be missing
            and `as_of_time` and `sources` may stand beside) or as a `request_json` column.
        answer: Scores requests.
        settings: How the run scores.
        known: Looks for a row of an earlier flat table that still holds, so that nothing is scored
            again; it appears as it was.

    Raises:
        ConfigurationError: A batch has columns that are neither.
    """
    for batch in batches:
        rows = list(rows_of(batch))
        readings = [_read(row, settings, known) for row in rows]
        asked = [reading for reading in readings if isinstance(reading, Request)]
        answers = answer(asked)
        outcomes = [
            _outcome(row, reading, answers, settings.form)
            for row, reading in zip(rows, readings, strict=True)
        ]
        counts = sum([outcome.counts for outcome in outcomes], Counts())
        yield _outcome_batch([outcome.values for outcome in outcomes], counts, settings.form)


@dataclass(frozen=True, slots=True)
class _Held:
    """An earlier row that still holds."""

    values: Mapping[str, Any]
    interactions: int


@dataclass(frozen=True, slots=True)
class _Outcome:
    values: Mapping[str, Any]
    counts: Counts


def _read(row: Row, settings: Settings, known: Known | None) -> Request | InvalidInputError | _Held:
    try:
        request = row.request()
        settings.complete(request)
        if known is None:
            return request
        history, options = parse_request(request, settings.as_of_us)
    except InvalidInputError as error:
        return error
    values = known(history, options)
    return request if values is None else _Held(values, len(history))


def _outcome(
    row: Row,
    reading: Request | InvalidInputError | _Held,
    answers: Iterator[Response | InvalidInputError],
    form: Form,
) -> _Outcome:
    if isinstance(reading, _Held):
        return _Outcome(reading.values, Counts(reused=1, interactions=reading.interactions))
    answer = next(answers) if isinstance(reading, Request) else reading
    if isinstance(answer, InvalidInputError):
        ids = _ids_of(reading) if isinstance(reading, Request) else row.ids()
        return _Outcome({**ids, REJECTS_COLUMN: rejects_of(row, answer)}, Counts(rejected=1))
    assert isinstance(reading, Request)  # noqa: S101 - an answer has a question
    counts = Counts(scored=1, interactions=len(reading.history.interactions))
    if form is Form.FLAT:
        return _Outcome(flat_row(answer), counts)
    return _Outcome({RESPONSE_COLUMN: write_line(answer)}, counts)


def _ids_of(request: Request) -> dict[str, str | None]:
    history = request.history
    return {"brand_id": history.brand_id or None, "customer_id": history.customer_id or None}


def _outcome_batch(rows: list[Mapping[str, Any]], counts: Counts, form: Form) -> pa.RecordBatch:
    batch = pa.RecordBatch.from_pylist(rows, schema=OUTCOMES[form])
    return batch.replace_schema_metadata(
        {name: str(getattr(counts, name)) for name in _COUNT_NAMES}
    )
