"""A score as the few values that a CRM keeps in fields, and the requests that write them.

Three kinds of field, in each system's own dress: a number (health), picklists (band, stance) and
a date (the day the score holds for). What is not known clears its field and never writes 0.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, MutableMapping
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Final
from urllib.parse import quote

from relhealth.crm.shape import Fields, Json, number_at, text_at
from relhealth.crm.times import from_iso
from relhealth.domain.vocabulary import Band, Stance
from relhealth.wire.times import datetime_of
from relhealth.wire.violations import Reason, refusal

_DECIMALS: Final = 1


@dataclass(frozen=True, slots=True)
class FieldValues:
    """What is written of one score.

    Attributes:
        health: Points on 0 to 100 with one decimal; None where the record says too little.
        as_of_us: The moment it holds for, in microseconds since 1970 UTC.
    """

    customer_id: str
    health: float | None
    band: Band
    stance: Stance
    as_of_us: int

    @property
    def path_part(self) -> str:
        """The customer as one part of a request's path, whatever signs the id holds."""
        return quote(self.customer_id, safe="")

    @property
    def band_key(self) -> str:
        """The picklist value, such as ``insufficient_evidence``."""
        return self.band.name.lower()

    @property
    def stance_key(self) -> str:
        """The picklist value, such as ``opted_out``."""
        return self.stance.name.lower()

    @property
    def day(self) -> date:
        """The day in UTC."""
        return datetime_of(self.as_of_us).date()

    @property
    def fingerprint(self) -> str:
        """Equal where nothing worth writing has changed; the moment alone is no change."""
        said = f"{self.health}|{self.band_key}|{self.stance_key}"
        return hashlib.sha256(said.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class UpdateRequest:
    """One HTTP request to the system's API; sending it again changes nothing.

    Attributes:
        path: From the API's root; the host and the credentials are the caller's.
    """

    method: str
    path: str
    body: dict[str, Json]
    customer_ids: tuple[str, ...]


def values_of_response(response: Fields) -> FieldValues:
    """From a `ScoreRelationshipResponse` in proto3 JSON.

    Raises:
        InvalidInputError: A field that is needed is missing or unknown; names it.
    """
    health = number_at(response, "health", "estimate", "value")
    band = _named(response, "health", "band")
    stance = _named(response, "stance", "label")
    try:
        return FieldValues(
            customer_id=_required(response, "customer_id"),
            health=None if health is None else round(health, _DECIMALS),
            band=Band[band.removeprefix("BAND_")],
            stance=Stance[stance.removeprefix("STANCE_")],
            as_of_us=from_iso(_required(response, "as_of_time")),
        )
    except (KeyError, ValueError) as error:
        raise refusal(Reason.INVALID_VALUE, "health.band", "is no score's value") from error


def changed(
    values: Iterable[FieldValues], written: MutableMapping[str, str]
) -> Iterator[FieldValues]:
    """Those that differ from what was written last, by customer; keeps `written` up to date."""
    for value in values:
        if written.get(value.customer_id) != value.fingerprint:
            written[value.customer_id] = value.fingerprint
            yield value


def batches(values: Iterable[FieldValues], size: int) -> Iterator[list[FieldValues]]:
    """Lists of at most `size`; a customer that comes twice counts once, with the later score."""
    latest: dict[str, FieldValues] = {}
    for value in values:
        earlier = latest.get(value.customer_id)
        if earlier is None or earlier.as_of_us <= value.as_of_us:
            latest[value.customer_id] = value
    waiting = iter(latest.values())
    while batch := list(islice(waiting, size)):
        yield batch


def _named(response: Fields, group: str, key: str) -> str:
    value = text_at(response, group, key)
    if value is None:
        raise refusal(Reason.MISSING_FIELD, f"{group}.{key}", "is missing")
    return value


def _required(response: Fields, key: str) -> str:
    value = text_at(response, key)
    if value is None:
        raise refusal(Reason.MISSING_FIELD, key, "is missing")
    return value
