"""The document around a page: one file, no network, a policy that lets nothing else run."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

from relhealth.report.markup import Child, Markup, element, fragment


def document(title: str, *body: Child, script: str = "page.js") -> str:
    """A whole HTML document with its style and script inside it.

    `script` is the name of the script's file beside this one.
    """
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", http_equiv="Content-Security-Policy", content=policy(script)),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="same-origin"),
        element("title", title),
        element("style", Markup(_asset("style.css"))),
    )
    running = element("script", Markup(_asset(script)))
    root = element("html", head, element("body", *body, running), lang="en")
    return f"<!doctype html>\n{root.html}\n"


@cache
def policy(script: str) -> str:
    """Content security policy: the page's own style and this very script, nothing else."""
    digest = hashlib.sha256(_asset(script).encode()).digest()
    allowed = f"'sha256-{base64.b64encode(digest).decode()}'"
    return (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src {allowed}; "
        "base-uri 'none'; form-action 'self'"
    )


def section(name: str, heading: str, *children: Child, lead: str | None = None) -> Markup:
    """A part of a page with its heading and, where it needs one, a sentence on how to read it."""
    return element(
        "section",
        element("h2", heading, id=f"{name}-heading"),
        element("p", lead, class_="lead") if lead else None,
        *children,
        id=name,
        aria_labelledby=f"{name}-heading",
    )


def contents(*links: tuple[str, str]) -> Markup:
    """Links to the parts of a page."""
    items = [element("li", element("a", said, href=f"#{name}")) for name, said in links]
    return element("nav", element("ul", *items), aria_label="Parts of this page")


def skip_link(target: str, said: str) -> Markup:
    """The first stop of a keyboard: past the head to where the page begins."""
    return fragment(element("a", said, href=f"#{target}", class_="skip"))


@cache
def _asset(name: str) -> str:
    return files("relhealth.report").joinpath(name).read_text(encoding="utf-8").strip()
