"""The local page where one pastes or chooses a history and sees its report."""

from __future__ import annotations

from relhealth.errors import FieldViolation
from relhealth.report.markup import Markup, element
from relhealth.report.shell import document


def paste_page(violations: tuple[FieldViolation, ...] = (), pasted: str = "") -> str:
    """The page as an HTML document; with what was wrong and what was pasted, to mend it."""
    return document(
        "Relationship health",
        element(
            "main",
            element("h1", "Relationship health"),
            element(
                "p",
                "Paste one history, or choose a file that holds one, and see its report. "
                "It is scored on this machine and kept nowhere.",
                class_="lead",
            ),
            _wrong(violations) if violations else None,
            _form(pasted),
        ),
        script="paste.js",
    )


def _wrong(violations: tuple[FieldViolation, ...]) -> Markup:
    items = [
        element("li", element("code", v.field or "history"), f": {v.description}")
        for v in violations
    ]
    return element(
        "div",
        element("p", "This history cannot be scored:"),
        element("ul", *items),
        class_="alert",
        role="alert",
    )


def _form(pasted: str) -> Markup:
    # A text field drops the first line feed after its tag; one more keeps the pasted one.
    return element(
        "form",
        element("label", "File (JSON, one history)", for_="file"),
        element("input", type="file", id="file", accept=".json,.jsonl"),
        element("label", "History", for_="history"),
        element(
            "textarea",
            "\n" + pasted,
            id="history",
            name="history",
            required=True,
            spellcheck="false",
            aria_describedby="form-help",
        ),
        element(
            "small",
            "A RelationshipHistory or a ScoreRelationshipRequest in proto3 JSON. Without "
            "as_of_time the score holds for this moment.",
            id="form-help",
        ),
        element(
            "label",
            element("input", type="checkbox", name="include_text", value="1", checked=True),
            "Show what was said",
            class_="inline",
        ),
        element("button", "Show the report", class_="send"),
        method="post",
        action="/",
    )
