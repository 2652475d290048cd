"""Imports of payloads written in a test."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from relhealth.crm.adapter import ImportOptions, payload
from relhealth.crm.gathering import Relationship
from relhealth.crm.importing import import_files, import_payloads
from relhealth.crm.report import ImportReport, Reject, Rejection, Skip
from relhealth.crm.systems import adapter_of
from relhealth.domain.history import Interaction
from relhealth.domain.vocabulary import Party


@dataclass(frozen=True)
class Imported:
    """What came out of an import."""

    relationships: list[Relationship]
    report: ImportReport
    rejections: list[Rejection]

    def of(self, customer_id: str) -> list[Interaction]:
        return next(r.interactions for r in self.relationships if r.customer_id == customer_id)

    def texts(self, customer_id: str) -> list[tuple[str, str]]:
        """Who said what: `b` for the brand, `c` for the customer."""
        return [
            ("b" if item.sender is Party.BRAND else "c", item.text) for item in self.of(customer_id)
        ]

    def customers(self) -> list[str]:
        return [r.customer_id for r in self.relationships]

    def skipped(self) -> dict[Skip, int]:
        return dict(self.report.skipped)

    def rejected(self) -> set[tuple[Reject, str]]:
        return {(r.reason, r.field) for r in self.rejections}


def import_of(
    system: str, *payloads: dict[str, Any], hint: str = "", **options: object
) -> Imported:
    """Imports payloads, each a record."""
    return import_of_tables(system, {hint: list(payloads)}, **options)


def import_of_tables(
    system: str, tables: dict[str, list[dict[str, Any]]], **options: object
) -> Imported:
    """Imports the rows of several tables, by their names."""
    rejections: list[Rejection] = []
    report = ImportReport(on_rejection=rejections.append)
    records = [payload(fields, hint) for hint, rows in tables.items() for fields in rows]
    found = import_payloads(adapter_of(system), records, ImportOptions(**options), report)
    return Imported(found, report, rejections)


def import_of_files(system: str, *paths: Path, **options: object) -> Imported:
    """Imports files."""
    rejections: list[Rejection] = []
    report = ImportReport(on_rejection=rejections.append)
    found = list(import_files(adapter_of(system), paths, ImportOptions(**options), report))
    return Imported(found, report, rejections)


def us(text: str) -> int:
    """Microseconds of an ISO time with an offset."""
    return round(datetime.fromisoformat(text).astimezone(UTC).timestamp() * 1_000_000)
