"""The one core: batches of relationships in, batches of outcomes out, row for row."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, NamedTuple, Protocol, TypeVar

import pyarrow as pa

from relhealth.batch.decode import Row, rejects_of, rows_of
from relhealth.batch.schema import REJECT, RESULT
from relhealth.batch.table import flat_row, outline_of
from relhealth.domain.history import History
from relhealth.domain.score import PackedScore, RelationshipScore
from relhealth.errors import InvalidInputError
from relhealth.scoring.options import ScoreOptions
from relhealth.scoring.scorer import Scorer
from relhealth.wire.encoding import write_score
from relhealth.wire.json_writing import write_response_line
from relhealth.wire.parsing import options_of, read_request
from relhealth.wire.plain import Asked
from relhealth.wire.requests import Request, complete, complete_plain, unshown

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
        complete(request, self.as_of_us, self.half_life_days, self._view)

    def options(self, asked: Asked) -> ScoreOptions:
        """The options of a request that was read plainly, completed in the same way.

        Raises:
            InvalidInputError: Something cannot be had.
        """
        if self.form is Form.FLAT:
            asked = unshown(asked)
        return options_of(complete_plain(asked, self.half_life_days, self._view), self.as_of_us)

    @property
    def _view(self) -> str | None:
        return "evidence" if self.form is Form.FLAT else self.view


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


class Scored(NamedTuple):
    """What became of a row that has a score.

    Attributes:
        values: Of the columns of the form.
        interactions: How many the row has.
    """

    values: tuple[Any, ...]
    interactions: int


class Refused(NamedTuple):
    """What became of a row that has none.

    Attributes:
        error: Why.
        ids: Whose it is, as far as that can be told.
    """

    error: InvalidInputError
    ids: Mapping[str, str | None]


QuestionT = TypeVar("QuestionT")


class Answerer(Protocol[QuestionT]):
    """Scores rows, in this process or elsewhere."""

    def ask(self, row: Row) -> QuestionT | Refused:
        """What is asked of a row."""
        ...

    def read(self, question: QuestionT) -> tuple[History, ScoreOptions]:
        """The history and the options of a question.

        Raises:
            InvalidInputError: It cannot be scored.
        """
        ...

    def answer(self, questions: Iterable[QuestionT]) -> Iterator[Scored | Refused]:
        """The answers, in order."""
        ...


class Question(NamedTuple):
    """What this process is asked."""

    history: History
    options: ScoreOptions
    request_id: str


@dataclass(frozen=True, slots=True)
class LocalAnswerer:
    """Scores in this process."""

    scorer: Scorer
    settings: Settings

    def ask(self, row: Row) -> Question | Refused:
        """What is asked of a row; most are read without a request in between."""
        plain = row.plain()
        ids: Mapping[str, str | None] | None = None
        try:
            if plain is not None:
                history, asked = plain
                ids = ids_of(history.brand_id, history.customer_id)
                return Question(history, self.settings.options(asked), asked[-1])
            request = row.request()
            ids = ids_of(request.history.brand_id, request.history.customer_id)
            self.settings.complete(request)
            return Question(*read_request(request.SerializeToString(), self.settings.as_of_us))
        except InvalidInputError as error:
            return Refused(error, row.ids() if ids is None else ids)

    def read(self, question: Question) -> tuple[History, ScoreOptions]:
        """See `Answerer`."""
        return question.history, question.options

    def answer(self, questions: Iterable[Question]) -> Iterator[Scored | Refused]:
        """See `Answerer`; nothing is refused any more."""
        for history, options, request_id in questions:
            score = self._score(history, options)
            if self.settings.form is Form.FLAT:
                values = flat_row(outline_of(score))
            else:
                values = (write_response_line(write_score(score, request_id)),)
            yield Scored(values, len(history))

    def _score(self, history: History, options: ScoreOptions) -> RelationshipScore | PackedScore:
        known = history.cut(options.as_of_us)
        reading = self.scorer.read(known)
        if self.settings.form is Form.FLAT:
            # Finding the words of every mention would take most of the time; the table shows none.
            reading = reading.without_words()
        return self.scorer.score_or_pack(known, reading, options, len(history) - len(known))


def score_batches(
    batches: Iterator[pa.RecordBatch],
    answerer: Answerer[QuestionT],
    settings: Settings,
    known: Known | None = None,
) -> Iterator[pa.RecordBatch]:
    """An outcome for every row, in order; a row that cannot be scored has its `rejects`.

    Args:
        batches: Rows of histories, in columns (schema `HISTORIES`, where `segment` may be missing
            and `as_of_time` and `sources` may stand beside) or as a `request_json` column.
        answerer: Scores rows.
        settings: How the run scores.
        known: Looks for a row of an earlier flat table that still holds, so that nothing is scored
            again; it appears as it was.

    Raises:
        ConfigurationError: A batch has columns that are neither.
    """
    for batch in batches:
        rows = list(rows_of(batch))
        questions: list[QuestionT] = []
        outcomes: list[Scored | _Held | Refused | None] = []
        for row in rows:
            reading = _read(row, answerer, known)
            if isinstance(reading, _Held | Refused):
                outcomes.append(reading)
            else:
                outcomes.append(None)
                questions.append(reading)
        answers = answerer.answer(questions)
        found = [next(answers) if outcome is None else outcome for outcome in outcomes]
        yield _outcome_batch(rows, found, settings.form)


class _Held(NamedTuple):
    """An earlier row that still holds."""

    values: tuple[Any, ...]
    interactions: int


def _read(
    row: Row, answerer: Answerer[QuestionT], known: Known | None
) -> QuestionT | _Held | Refused:
    question = answerer.ask(row)
    if known is None or isinstance(question, Refused):
        return question
    try:
        history, options = answerer.read(question)
    except InvalidInputError as error:
        return Refused(error, row.ids())
    values = known(history, options)
    if values is None:
        return question
    return _Held(tuple([values[name] for name in RESULT.names]), len(history))


def ids_of(brand_id: str, customer_id: str) -> dict[str, str | None]:
    """Whose a history is; None for an empty id."""
    return {"brand_id": brand_id or None, "customer_id": customer_id or None}


def _outcome_batch(
    rows: Sequence[Row], outcomes: Sequence[Scored | _Held | Refused], form: Form
) -> pa.RecordBatch:
    *fields, rejects = OUTCOMES[form]
    values: list[tuple[Any, ...]] = []
    refused: list[list[dict[str, Any]] | None] = []
    for row, outcome in zip(rows, outcomes, strict=True):
        if isinstance(outcome, Refused):
            values.append(tuple([outcome.ids.get(field.name) for field in fields]))
            refused.append(rejects_of(row, outcome.error))
        else:
            values.append(outcome.values)
            refused.append(None)
    columns = [*zip(*values, strict=True), refused]
    arrays = [
        pa.array(column, field.type)
        for column, field in zip(columns, (*fields, rejects), strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=OUTCOMES[form]).replace_schema_metadata(
        {name: str(count) for name, count in dataclasses.asdict(_counted(outcomes)).items()}
    )


def _counted(outcomes: Sequence[Scored | _Held | Refused]) -> Counts:
    kinds = Counter(map(type, outcomes))
    interactions = sum([o.interactions for o in outcomes if not isinstance(o, Refused)])
    return Counts(kinds[Scored], kinds[_Held], kinds[Refused], interactions)
