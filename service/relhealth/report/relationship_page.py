"""One relationship on one page."""

from __future__ import annotations

from relhealth.report.evidence_list import evidence
from relhealth.report.facts import RelationshipReport
from relhealth.report.links import link
from relhealth.report.markup import Child, Markup, element
from relhealth.report.messages import messages
from relhealth.report.next_actions import next_actions
from relhealth.report.shell import contents, document, section, skip_link
from relhealth.report.summary import summary
from relhealth.report.timeline import timeline
from relhealth.report.traits_table import traits_table
from relhealth.report.trend import trend
from relhealth.report.unknown import unknown
from relhealth.report.waterfall import waterfall
from relhealth.report.words import count, machine_time, minute

_EVIDENCE_LEAD = (
    "Every piece of evidence names the messages it rests on, and every message the evidence that "
    "rests on it. Point at one, or move the focus to it, to see the other."
)


def relationship_page(report: RelationshipReport, *, back: tuple[str, str] | None = None) -> str:
    """The page as an HTML document; `back` is where one came from: its address and its name."""
    score = report.score
    links = link(score)
    parts: list[tuple[str, str, Markup]] = []
    if report.advice is not None:
        parts.append(("next", "What to do next", next_actions(report.advice)))
    parts.append(("traits", "The seven traits", traits_table(report)))
    parts.append(
        ("sum", "How the score adds up", waterfall(score.health, report.weights)),
    )
    parts.append(("timeline", "Timeline", timeline(report)))
    if report.trend:
        parts.append(("trend", "Trend", trend(report)))
    columns = element("div", evidence(score, links), messages(report, links), class_="columns")
    parts.append(("unknown", "What is not known", unknown(report)))
    parts.append(("evidence", "Evidence and messages", columns))
    leads = {"evidence": _EVIDENCE_LEAD}
    return document(
        f"{score.customer_id} and {score.brand_id}: relationship health",
        skip_link("main", "To the page"),
        _header(report, back),
        contents(*[(name, heading) for name, heading, _ in parts], ("messages", "Messages")),
        element(
            "main",
            summary(report),
            *[section(name, said, part, lead=leads.get(name)) for name, said, part in parts],
            id="main",
            tabindex="-1",
        ),
        _footer(report),
    )


def _header(report: RelationshipReport, back: tuple[str, str] | None) -> Markup:
    score = report.score
    heading: list[Child] = [
        element("bdi", score.customer_id),
        " and ",
        element("bdi", score.brand_id),
    ]
    moment = element("time", minute(score.as_of_us), datetime=machine_time(score.as_of_us))
    return element(
        "header",
        element("p", element("a", back[1], href=back[0])) if back else None,
        element("h1", *heading),
        element(
            "p",
            "Relationship health as of ",
            moment,
            f" UTC, from {count(len(report.history), 'interaction')}.",
            class_="lead",
        ),
    )


def _footer(report: RelationshipReport) -> Markup:
    score = report.score
    return element(
        "footer",
        element(
            "p",
            f"Detector {score.model_version}, rubric {score.rubric_version}, input ",
            element("code", score.input_digest[:16]),
            ". Times are UTC; numbers are rounded to a tenth of a point.",
        ),
    )
