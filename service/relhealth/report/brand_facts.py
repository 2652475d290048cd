"""What a brand's page shows, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass

from relhealth.domain.mirror import Mirror
from relhealth.domain.score import Estimate
from relhealth.domain.vocabulary import Band, Stance


@dataclass(frozen=True, slots=True)
class Row:
    """One relationship in the brand's table.

    Attributes:
        page: Address of its page, relative to the brand's.
        estimate: Health; None where too little is known.
        open_count: Messages that still wait for an answer.
    """

    customer_id: str
    page: str
    estimate: Estimate | None
    band: Band
    stance: Stance
    interaction_count: int
    open_count: int
    last_us: int


@dataclass(frozen=True, slots=True)
class BrandReport:
    """Everything that a brand's page shows.

    Attributes:
        as_of_us: The moment, in microseconds since 1970 UTC.
        rejected_count: Histories that were refused.
    """

    brand_id: str
    as_of_us: int
    mirror: Mirror
    rows: tuple[Row, ...]
    rejected_count: int
    model_version: str
    rubric_version: str
