"""A brand in its mirror, and every relationship a click away."""

from __future__ import annotations

from relhealth.report.brand_facts import BrandReport
from relhealth.report.markup import Markup, element
from relhealth.report.relationships_table import relationships_table
from relhealth.report.share_tables import conduct, follower_audit, standing
from relhealth.report.shell import contents, document, section, skip_link
from relhealth.report.survival import survival
from relhealth.report.words import count, machine_time, minute


def brand_page(report: BrandReport) -> str:
    """The page as an HTML document."""
    mirror = report.mirror
    parts = (
        ("conduct", "How the brand treats its customers", conduct(mirror)),
        ("waiting", "How long customers wait", survival(mirror)),
        ("audit", "Is everyone answered alike?", follower_audit(mirror.follower_audit)),
        ("shares", "Where the relationships stand", standing(mirror)),
        ("relationships", "Relationships", relationships_table(report.rows)),
    )
    return document(
        f"{report.brand_id}: the brand in its mirror",
        skip_link("main", "To the page"),
        _header(report),
        contents(*[(name, heading) for name, heading, _ in parts]),
        element(
            "main",
            *[section(name, heading, part) for name, heading, part in parts],
            id="main",
            tabindex="-1",
        ),
        element(
            "footer",
            element(
                "p",
                f"Detector {report.model_version}, rubric {report.rubric_version}. Times are UTC.",
            ),
        ),
    )


def _header(report: BrandReport) -> Markup:
    mirror = report.mirror
    refused = f" {count(report.rejected_count, 'history', 'histories')} refused."
    return element(
        "header",
        element("h1", element("bdi", report.brand_id), " in its mirror"),
        element(
            "p",
            f"{count(mirror.relationship_count, 'relationship')} and "
            f"{count(mirror.interaction_count, 'interaction')} as of ",
            element("time", minute(report.as_of_us), datetime=machine_time(report.as_of_us)),
            " UTC.",
            refused if report.rejected_count else None,
            class_="lead",
        ),
    )
