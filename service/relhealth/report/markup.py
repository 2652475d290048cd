"""HTML and SVG as values: whatever is not markup already is escaped.

A page is built from `element` alone, so that no text, however hostile, can become markup.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import Final

_VOID: Final = frozenset({"br", "hr", "input", "link", "meta"})
# Controls have no place in HTML; tab and line feed have. Each is shown as the replacement sign.
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Markup:
    """Text that is markup and stands as it is."""

    html: str


Child = Markup | str | None
Attribute = str | int | float | bool | None


def element(tag: str, *children: Child, **attributes: Attribute) -> Markup:
    """An element; children that are strings are escaped, None is left out.

    An attribute of None or False is left out, of True stands alone. Underscores become hyphens
    and a trailing one is dropped (`class_`, `stroke_width`).
    """
    opened = tag + "".join([_attribute(name, value) for name, value in attributes.items()])
    if tag in _VOID:
        return Markup(f"<{opened}>")
    return Markup(f"<{opened}>{fragment(*children).html}</{tag}>")


def scroller(wide: Markup, name: str) -> Markup:
    """What may be wider than the page; keys scroll it too."""
    return element(
        "div",
        wide,
        class_="scroller",
        tabindex=0,
        role="region",
        aria_label=f"{name}, scrollable",
    )


def fragment(*children: Child) -> Markup:
    """Children side by side, without an element around them."""
    return Markup("".join([_html(child) for child in children]))


def _html(child: Child) -> str:
    if child is None:
        return ""
    return child.html if isinstance(child, Markup) else clean(child)


def clean(text: str) -> str:
    """A text as HTML that shows it and does nothing else."""
    return escape(_CONTROLS.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n")))


def _attribute(name: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    spelled = name.rstrip("_").replace("_", "-")
    if value is True:
        return f" {spelled}"
    shown = f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    return f' {spelled}="{clean(shown)}"'
