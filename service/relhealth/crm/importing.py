"""An import from its files to its relationships."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from relhealth.crm.adapter import Adapter, Desk, ImportOptions
from relhealth.crm.gathering import Gathering, Identities, Relationship
from relhealth.crm.records import Record
from relhealth.crm.report import ImportReport
from relhealth.crm.stage import Stage


def import_files(
    adapter: Adapter, paths: Sequence[Path], options: ImportOptions, report: ImportReport
) -> Iterator[Relationship]:
    """Relationships from exports, by brand and customer; the report fills on the way.

    Raises:
        ConfigurationError: A path or an option cannot be used.
    """
    desk = Desk(options, report, Stage(report), Identities(options.join_by_email))
    adapter.read(paths, desk)
    yield from relationships_on(adapter, desk)


def import_payloads(
    adapter: Adapter, payloads: Iterable[Record], options: ImportOptions, report: ImportReport
) -> list[Relationship]:
    """The same from payloads in memory, such as webhooks and answers of an API."""
    desk = Desk(options, report, Stage(report), Identities(options.join_by_email))
    for record in payloads:
        report.records += 1
        adapter.stage(record, desk)
    return list(relationships_on(adapter, desk))


def relationships_on(adapter: Adapter, desk: Desk) -> Iterator[Relationship]:
    """Relationships from what lies on a desk's stage; closes the stage at the end."""
    options = desk.options
    gathering = Gathering(
        options.brand_id or adapter.name, options.segment, one_brand=options.brand_id is not None
    )
    try:
        for found in adapter.found(desk):
            gathering.put(found)
        yield from gathering.relationships(desk.identities, desk.report)
    finally:
        gathering.close()
        desk.stage.close()
