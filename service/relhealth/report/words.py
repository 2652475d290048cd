"""How the pages say names, numbers, durations and moments in English."""

from __future__ import annotations

from typing import Final

from relhealth.domain.history import MICROSECONDS_PER_HOUR
from relhealth.domain.vocabulary import Band, Channel, Party, Stance, Trait, TraitStatus
from relhealth.scoring.sentences import duration
from relhealth.wire.times import datetime_of

_MONTHS: Final = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip

TRAIT_NAMES: Final = {
    Trait.OWN_HAPPINESS: "Own happiness",
    Trait.TIME: "Time",
    Trait.COMMUNICATION: "Communication",
    Trait.REALISM: "Realism",
    Trait.MISTAKES: "Mistakes",
    Trait.FORGIVENESS: "Forgiveness",
    Trait.SUPPORT: "Support",
}
TRAIT_MAXIMS: Final = {
    Trait.OWN_HAPPINESS: "take responsibility for your own happiness",
    Trait.TIME: "devote time to each other",
    Trait.COMMUNICATION: "develop better communication",
    Trait.REALISM: "be realistic",
    Trait.MISTAKES: "admit your mistakes",
    Trait.FORGIVENESS: "practice forgiveness",
    Trait.SUPPORT: "support each other",
}
BAND_NAMES: Final = {
    Band.INSUFFICIENT_EVIDENCE: "Not enough is known",
    Band.BROKEN: "Broken",
    Band.STRAINED: "Strained",
    Band.FAIR: "Fair",
    Band.HEALTHY: "Healthy",
}
STANCE_NAMES: Final = {
    Stance.UNKNOWN: "Unknown",
    Stance.ENGAGED: "Engaged",
    Stance.TRANSACTIONAL: "Transactional",
    Stance.ADVERSARIAL: "Adversarial",
    Stance.DISENGAGED: "Disengaged",
    Stance.OPTED_OUT: "Opted out",
}
STANCE_SENTENCES: Final = {
    Stance.UNKNOWN: "The record does not tell what relationship the customer wants.",
    Stance.ENGAGED: "The customer wants a relationship with this brand.",
    Stance.TRANSACTIONAL: "The customer wants good service and no relationship, which is fine.",
    Stance.ADVERSARIAL: "The customer has turned against the brand.",
    Stance.DISENGAGED: "The customer has turned away from the brand, in words or by silence.",
    Stance.OPTED_OUT: "The customer has asked to be left alone.",
}
STATUS_SENTENCES: Final = {
    TraitStatus.SCORED: "judged",
    TraitStatus.NOT_APPLICABLE: "not applicable: nothing of the kind arose",
    TraitStatus.INSUFFICIENT_EVIDENCE: "too little evidence",
}
CHANNEL_NAMES: Final = {
    Channel.UNSPECIFIED: "unknown channel",
    Channel.SOCIAL_PUBLIC: "public post",
    Channel.SOCIAL_DIRECT: "direct message",
    Channel.EMAIL: "e-mail",
    Channel.CHAT: "chat",
    Channel.SMS: "SMS",
    Channel.PHONE: "phone",
    Channel.REVIEW: "review",
    Channel.PUSH: "push",
    Channel.IN_PERSON: "in person",
}
PARTY_NAMES: Final = {Party.BRAND: "Brand", Party.CUSTOMER: "Customer"}


def spelled(name: str) -> str:
    """An open set's name as words: ``serve_and_stay_quiet`` becomes ``Serve and stay quiet``."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def shows(value: float) -> bool:
    """Whether points come to a tenth."""
    return bool(round(value, 1))


def tone(value: float) -> str | None:
    """The style of points: a gain, a loss or neither."""
    if not shows(value):
        return None
    return "gain" if value > 0 else "loss"


def points(value: float) -> str:
    """Points with one decimal."""
    return f"{value:.1f}" if shows(value) else "0.0"


def signed(value: float) -> str:
    """Points with their sign, a true minus, and one decimal."""
    if not shows(value):
        return "0.0"
    sign = "+" if value > 0 else "\N{MINUS SIGN}"
    return f"{sign}{abs(value):.1f}"


def percent(share: float) -> str:
    """A share as whole per cent; what is not quite none or all does not claim to be."""
    whole = round(share * 100)
    if whole == 0 and share > 0:
        return "under 1\N{NO-BREAK SPACE}%"
    if whole == 100 and share < 1:  # noqa: PLR2004  per cent
        return "over 99\N{NO-BREAK SPACE}%"
    return f"{whole}\N{NO-BREAK SPACE}%"


def elapsed(microseconds: float) -> str:
    """A wait, as the sentences of evidence say it: ``3 h 20 min``, ``14 days``."""
    return duration(microseconds / MICROSECONDS_PER_HOUR)


def count(number: int, singular: str, plural: str | None = None) -> str:
    """``1 message``, ``2 messages``."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def listed(names: tuple[str, ...]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def day(moment_us: int, *, with_year: bool = True) -> str:
    """The day in UTC: ``8 Feb 2025``."""
    moment = datetime_of(moment_us)
    shown = f"{moment.day} {_MONTHS[moment.month - 1]}"
    return f"{shown} {moment.year}" if with_year else shown


def year(moment_us: int) -> int:
    """The year in UTC."""
    return datetime_of(moment_us).year


def minute(moment_us: int) -> str:
    """The minute in UTC: ``8 Feb 2025, 11:20``."""
    moment = datetime_of(moment_us)
    return f"{day(moment_us)}, {moment.hour:02}:{moment.minute:02}"


def machine_time(moment_us: int) -> str:
    """The moment for a `datetime` attribute."""
    return datetime_of(moment_us).isoformat(timespec="seconds").replace("+00:00", "Z")
