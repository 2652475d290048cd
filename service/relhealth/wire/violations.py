"""What is wrong with an input, collected so that a caller can mend it all at once."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from relhealth.errors import FieldViolation, InvalidInputError

TIME_RANGE: Final = "must lie between 1970-01-01 and 9999-12-31"
UNKNOWN: Final = "is not a value of its enum"


class Reason(StrEnum):
    """The reasons for which an input is refused, as `ErrorInfo` and docs/errors.md name them."""

    MALFORMED_MESSAGE = "MALFORMED_MESSAGE"
    MALFORMED_JSON = "MALFORMED_JSON"
    DAMAGED_FILE = "DAMAGED_FILE"
    UNKNOWN_FIELD = "UNKNOWN_FIELD"
    MISSING_FIELD = "MISSING_FIELD"
    INVALID_TIME = "INVALID_TIME"
    INVALID_ENUM = "INVALID_ENUM"
    INVALID_VALUE = "INVALID_VALUE"
    DUPLICATE_ID = "DUPLICATE_ID"
    UNKNOWN_REPLY = "UNKNOWN_REPLY"
    EMPTY_TEXT = "EMPTY_TEXT"
    NO_INTERACTIONS = "NO_INTERACTIONS"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"


class Violations:
    """Collects up to `most` violations; the first gives the error its reason."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._found: list[FieldViolation] = []

    @property
    def full(self) -> bool:
        """Whether looking further is of no use."""
        return len(self._found) >= self._most

    def add(self, reason: Reason, field: str, description: str) -> None:
        """Notes one thing wrong with one field."""
        if not self.full:
            self._found.append(FieldViolation(reason, field, description))

    def refuse_if_any(self) -> None:
        """Ends a look-over.

        Raises:
            InvalidInputError: Something was wrong.
        """
        if self._found:
            raise self.refusal()

    def refusal(self) -> InvalidInputError:
        """The error for what was found; something was."""
        return InvalidInputError(*self._found)


def refusal(reason: Reason, field: str, description: str) -> InvalidInputError:
    """The error for the one thing that is wrong."""
    return InvalidInputError(FieldViolation(reason, field, description))
