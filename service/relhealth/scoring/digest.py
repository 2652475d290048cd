"""A digest of what the scorer reads, so that unchanged relationships need no new score."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final

from relhealth.domain.history import History
from relhealth.extensions import JUDGE, load_extension

_ROW: Final = "\x1e" + "\x1f".join(["%d"] * 6 + ["%s"] * 3)
_TEXT: Final = b"\x1e%d\x1f%b\x1f"


def input_digest(history: History) -> str:
    """Hex SHA-256 of a history as the scorer reads it.

    Ids, the brand's and the customer's names and audience sizes are left out: they never change a
    score.
    """
    return hashlib.sha256(_input_of(history)).hexdigest()


def plain_input(history: History) -> bytes:
    """What the digest is made over: the segment, a row an interaction, then the texts."""
    fields = zip(
        history.sent_us,
        history.recorded_us,
        history.senders,
        history.sender_kinds,
        history.channels,
        history.purposes,
        history.languages,
        history.reply_to,
        history.threads,
        strict=True,
    )
    rows = [_ROW % row for row in fields]
    parts = [history.segment.encode(), "".join(rows).encode()]
    for text, outcome in zip(history.texts, history.outcomes, strict=True):
        encoded = text.encode()
        told = b"None" if outcome is None else repr(outcome).encode()
        parts.append(_TEXT % (len(encoded), told))
        parts.append(encoded)
    return b"".join(parts)


_kernel: Final = load_extension(JUDGE)
_input_of: Final[Callable[[History], bytes]] = plain_input if _kernel is None else _kernel.input
