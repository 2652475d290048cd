"""A digest of what the scorer reads, so that unchanged relationships need no new score."""

from __future__ import annotations

import hashlib

from relhealth.domain.history import History


def input_digest(history: History) -> str:
    """Hex SHA-256 of a history as the scorer reads it.

    Ids, the brand's and the customer's names and audience sizes are left out: they never change a
    score.
    """
    digest = hashlib.sha256()
    digest.update(history.segment.encode())
    for row in zip(
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
    ):
        digest.update(("\x1e" + "\x1f".join([str(v) for v in row])).encode())
    for text, outcome in zip(history.texts, history.outcomes, strict=True):
        encoded = text.encode()
        digest.update(f"\x1e{len(encoded)}\x1f{outcome!r}\x1f".encode())
        digest.update(encoded)
    return digest.hexdigest()
