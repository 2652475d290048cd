"""Messages that were not sent, appended to a history with the acts they would do."""

from __future__ import annotations

from dataclasses import dataclass, replace

from relhealth.domain.acts import BrandAct
from relhealth.domain.history import History
from relhealth.domain.reading import Reading
from relhealth.domain.vocabulary import Channel, Party, Purpose, SenderKind

# Nobody ever sees it: positions from the history's length on are never shown.
_NO_ID = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message of the brand's that was not sent.

    Attributes:
        sent_us: When it would be sent; not before the history's last interaction.
        row: Probabilities of the brand's acts, as a reading has them.
        reply_to: Position of the interaction it answers, or None.
        text: Empty where only its acts matter.
    """

    sent_us: int
    channel: Channel
    row: tuple[float, ...]
    reply_to: int | None = None
    purpose: Purpose = Purpose.UNSPECIFIED
    text: str = ""


def certain(acts: tuple[BrandAct, ...]) -> tuple[float, ...]:
    """A reading's row of a brand's message that surely does `acts` and nothing else."""
    return tuple([1.0 if act in acts else 0.0 for act in BrandAct])


def append(
    history: History, reading: Reading, drafts: tuple[Draft, ...]
) -> tuple[History, Reading]:
    """The history and its reading with drafts in the order of time at its end."""
    count = len(drafts)
    none = (None,) * count
    longer = replace(
        history,
        ids=history.ids + (_NO_ID,) * count,
        sent_us=history.sent_us + tuple([d.sent_us for d in drafts]),
        recorded_us=history.recorded_us + tuple([d.sent_us for d in drafts]),
        senders=history.senders + (Party.BRAND,) * count,
        sender_kinds=history.sender_kinds + (SenderKind.HUMAN,) * count,
        channels=history.channels + tuple([d.channel for d in drafts]),
        purposes=history.purposes + tuple([d.purpose for d in drafts]),
        texts=history.texts + tuple([d.text for d in drafts]),
        languages=history.languages + none,
        reply_to=history.reply_to + tuple([d.reply_to for d in drafts]),
        threads=history.threads + none,
        audience_sizes=history.audience_sizes + none,
        outcomes=history.outcomes + none,
    )
    read = Reading(
        reading.probabilities + tuple([d.row for d in drafts]), reading.unread + (False,) * count
    )
    return longer, read
