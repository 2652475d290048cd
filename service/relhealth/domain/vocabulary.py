"""The closed sets of the contract. Numbers equal those of the proto enums."""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Party(IntEnum):
    """Whose conduct something is, or who sent an interaction."""

    BRAND = 1
    CUSTOMER = 2


class SenderKind(IntEnum):
    """Whether a person or a machine wrote."""

    HUMAN = 1
    BOT = 2


class Channel(IntEnum):
    """Where an interaction took place."""

    UNSPECIFIED = 0
    SOCIAL_PUBLIC = 1
    SOCIAL_DIRECT = 2
    EMAIL = 3
    CHAT = 4
    SMS = 5
    PHONE = 6
    REVIEW = 7
    PUSH = 8
    IN_PERSON = 9


PUBLIC_CHANNELS: Final = frozenset({Channel.SOCIAL_PUBLIC, Channel.REVIEW})
"""Where others read along."""


class Purpose(IntEnum):
    """Why the brand sent an interaction; unspecified is inferred."""

    UNSPECIFIED = 0
    SERVICE = 1
    TRANSACTIONAL = 2
    MARKETING = 3


class Trait(IntEnum):
    """WikiHow's seven steps to a healthy relationship."""

    OWN_HAPPINESS = 1
    TIME = 2
    COMMUNICATION = 3
    REALISM = 4
    MISTAKES = 5
    FORGIVENESS = 6
    SUPPORT = 7

    @property
    def key(self) -> str:
        """The name in files and tables, such as ``own_happiness``."""
        return self.name.lower()


class TraitStatus(IntEnum):
    """Whether a trait can be judged."""

    SCORED = 1
    NOT_APPLICABLE = 2
    INSUFFICIENT_EVIDENCE = 3


class Band(IntEnum):
    """Health in a word."""

    INSUFFICIENT_EVIDENCE = 1
    BROKEN = 2
    STRAINED = 3
    FAIR = 4
    HEALTHY = 5


class Stance(IntEnum):
    """What relationship the customer wants."""

    UNKNOWN = 1
    ENGAGED = 2
    TRANSACTIONAL = 3
    ADVERSARIAL = 4
    DISENGAGED = 5
    OPTED_OUT = 6
