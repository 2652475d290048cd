"""The contract's names of enum values, as they stand in files, and back."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from relhealth.domain.vocabulary import Channel, Party, Purpose, SenderKind


def names_of(prefix: str, values: type[IntEnum]) -> dict[IntEnum, str]:
    """The name of every value, such as ``CHANNEL_EMAIL``."""
    return {value: f"{prefix}_{value.name}" for value in values}


SENDERS: Final = names_of("SENDER", Party)
SENDER_KINDS: Final = names_of("SENDER_KIND", SenderKind)
CHANNELS: Final = names_of("CHANNEL", Channel)
PURPOSES: Final = names_of("PURPOSE", Purpose)
