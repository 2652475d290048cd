"""A brand's histories in, its mirror and a page for each relationship out."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from relhealth.batch.lines import atomic_output
from relhealth.batch.rejects import Rejects
from relhealth.errors import ConfigurationError, InvalidInputError
from relhealth.report.brand_facts import BrandReport, Row
from relhealth.report.build import known_part, report_read
from relhealth.report.facts import RelationshipReport
from relhealth.report.relationship_page import relationship_page
from relhealth.report.sources import Source
from relhealth.scoring.mirror import mirror
from relhealth.scoring.scorer import Scorer
from relhealth.scoring.sketch import Tally, sketch_read
from relhealth.wire.violations import Reason, refusal


class BrandBook:
    """Writes the page of each relationship of one brand, and keeps what the brand's page shows.

    Attributes:
        output: The brand's page; those of the relationships go into a folder of its name.
    """

    def __init__(self, scorer: Scorer, output: Path, *, with_text: bool) -> None:
        self._scorer = scorer
        self._output = output
        self._folder = output.with_suffix("")
        self._with_text = with_text
        self._tally = Tally()
        self._rows: list[Row] = []
        self._brand: tuple[str, int] | None = None

    def add_all(self, sources: Iterable[Source], rejects: Rejects) -> None:
        """Takes in a brand's histories; what does not belong is told to `rejects`.

        Pages of an earlier time that nothing leads to any more are removed.

        Raises:
            ConfigurationError: A page cannot be written.
        """
        for source in sources:
            try:
                self._add(source)
            except InvalidInputError as error:
                rejects.add(source.line, error)
        if self._rows:
            self._remove_pages_from(len(self._rows) + 1)

    def report(self, rejected_count: int) -> BrandReport | None:
        """The brand's report; None where there was no history."""
        if self._brand is None:
            return None
        brand_id, as_of_us = self._brand
        return BrandReport(
            brand_id=brand_id,
            as_of_us=as_of_us,
            mirror=mirror(self._tally.total(), self._scorer.rubric),
            rows=tuple(self._rows),
            rejected_count=rejected_count,
            model_version=self._scorer.detector.version,
            rubric_version=self._scorer.rubric.id,
        )

    def _add(self, source: Source) -> None:
        """Scores one history at the brand's moment, which is that of the first."""
        history = source.history
        brand_id, as_of_us = self._brand or (history.brand_id, source.options.as_of_us)
        if history.brand_id != brand_id:
            raise refusal(
                Reason.INVALID_VALUE, "history.brand_id", "is not the brand of the first line"
            )
        known = known_part(history, as_of_us)
        reading = self._scorer.read(known)
        options = source.options._replace(as_of_us=as_of_us)
        ignored = len(history) - len(known)
        report = report_read(
            self._scorer, known, reading, options, ignored, with_text=self._with_text
        )
        self._tally.add(sketch_read(self._scorer, known, reading, as_of_us))
        self._brand = brand_id, as_of_us
        self._rows.append(_row(report, self._write(report)))

    def _write(self, report: RelationshipReport) -> str:
        """Writes a relationship's page; gives its address as the brand's page sees it."""
        name = _page_name(len(self._rows) + 1)
        back = f"../{quote(self._output.name)}", "Back to the brand's mirror"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(f"{self._folder}: {error.strerror}") from error
        with atomic_output(self._folder / name) as stream:
            stream.write(relationship_page(report, back=back))
        return f"{quote(self._folder.name)}/{name}"

    def _remove_pages_from(self, number: int) -> None:
        while (page := self._folder / _page_name(number)).is_file():
            page.unlink()
            number += 1


def _page_name(number: int) -> str:
    return f"{number:05}.html"


def _row(report: RelationshipReport, page: str) -> Row:
    score = report.score
    return Row(
        customer_id=score.customer_id,
        page=page,
        estimate=score.health.estimate,
        band=score.health.band,
        stance=score.stance.label,
        interaction_count=len(report.history),
        open_count=sum(1 for wait in report.waits if wait.answer is None),
        last_us=report.history.sent_us[-1],
    )
