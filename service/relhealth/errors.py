"""The errors that relhealth raises.

::

    RelhealthError
    ├── InvalidInputError      what the caller sent cannot be scored; names the field
    ├── ArtefactError          a model or rubric file is missing, changed or inconsistent
    │   └── RubricError        a rubric with an unknown, missing or impossible entry
    ├── ConfigurationError     a setting that cannot be used; names the setting
    └── RemoteError            a service that was called answered with an error
        └── UnavailableError   it cannot answer now; the same call may succeed later

No message carries text that a customer or a brand wrote.
"""

from __future__ import annotations

from dataclasses import dataclass


class RelhealthError(Exception):
    """Base of every error that relhealth raises on purpose."""


@dataclass(frozen=True, slots=True)
class FieldViolation:
    """One thing wrong with one field.

    Attributes:
        reason: One of the documented reasons, such as ``INVALID_TIME``.
        field: Path from the request's root, such as ``history.interactions[3].sent_time``; empty
            where it is all of the input.
        description: What is wrong, without quoting the value.
    """

    reason: str
    field: str
    description: str

    def __str__(self) -> str:
        return f"{self.field}: {self.description}" if self.field else self.description


class InvalidInputError(RelhealthError):
    """What the caller sent cannot be scored.

    Attributes:
        violations: What is wrong, one entry a field; never empty.
    """

    def __init__(self, *violations: FieldViolation) -> None:
        self.violations = violations
        super().__init__("; ".join(str(violation) for violation in violations))

    @property
    def reason(self) -> str:
        """The reason of the first violation."""
        return self.violations[0].reason


class ArtefactError(RelhealthError):
    """A model or rubric file is missing, changed or inconsistent."""


class RubricError(ArtefactError):
    """A rubric has an unknown, missing or impossible entry; the message names its key."""


class ConfigurationError(RelhealthError):
    """A setting cannot be used; the message names it."""


class RemoteError(RelhealthError):
    """A service that was called answered with an error."""


class UnavailableError(RemoteError):
    """A service cannot answer now; the same call may succeed later."""
