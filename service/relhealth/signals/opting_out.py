"""How a brand confirms that it leaves a customer alone."""

from __future__ import annotations

from typing import Final

from relhealth.signals.phrases import Phrases

_THEIRS: Final = r"(?:you|your|data|accounts?|details|address|profile|lists?)"
_GONE: Final = r"(?:removed|deleted|erased|closed|taken off)"
_POST: Final = (
    r"(?:e-?mails?|mail(?:ing)?s?|newsletters?|letters?|messages?|texts?|calls?|post|marketing"
    r"|communications?|from us|any ?more)"
)
CONFIRMS_OPT_OUT: Final = Phrases(
    rf"\b(?:unsubscribed|opted (?:you )?out|{_GONE}\b[^.!?\n]{{0,60}}\b{_THEIRS}"
    rf"|{_THEIRS}\b[^.!?\n]{{0,60}}\b{_GONE}|taken (?:you|your [\w-]+) off"
    r"|(?:no longer|won['\u2019]?t|will not) (?:be )?(?:hear (?:from|of|anything)"
    r"|contact(?:ed)?|e-?mail(?:ed)?|write|call(?:ed)?|text(?:ed)?"
    rf"|(?:receive|get)\b[^.!?\n]{{0,40}}\b{_POST}))\b",
    "unsubscribed", "opted", "removed", "deleted", "erased", "closed", "taken",
    "no longer", "won", "will not",
)  # fmt: skip


def confirms_opt_out(text: str) -> bool:
    """Whether a text says that somebody's wish to be left alone, or forgotten, is met."""
    return CONFIRMS_OPT_OUT.search(text, text.lower()) is not None
