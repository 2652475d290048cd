"""Has a service answer requests over a stream, and over another where that breaks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final

from relhealth.errors import InvalidInputError, UnavailableError
from relhealth.wire.requests import Request, Response

if TYPE_CHECKING:  # gRPC takes long to import, and whoever has a client imported it
    from relhealth.client import RelationshipHealthClient

ATTEMPTS: Final = 8
"""Tries without a single answer after which a service is given up, where nobody says otherwise."""

_FIRST_PAUSE_SECONDS: Final = 0.25
_LONGEST_PAUSE_SECONDS: Final = 10.0

Answer = Callable[[Iterable[Request]], Iterator[Response | InvalidInputError]]
"""Answers requests, each with a score or the reason for none, in order."""


def persistent(
    client: RelationshipHealthClient,
    attempts: int = ATTEMPTS,
    first_attempts: int = ATTEMPTS,
    pause: Callable[[float], None] = time.sleep,
    check: Callable[[], None] = lambda: None,
) -> Answer:
    """Answers through a service, and goes on with what is unanswered when the stream breaks.

    Requests are drawn as the service takes them, and no stream is opened before there is one to
    answer: whoever gives requests or takes answers may pause for longer than the service waits.

    Args:
        client: Calls the service.
        attempts: Tries without a single answer after which it is given up; 1 or more.
        first_attempts: The same before the first answer of all.
        pause: Waits for a number of seconds.
        check: Looks at the service after a break; what it raises ends the answers.
    """

    def answer(requests: Iterable[Request]) -> Iterator[Response | InvalidInputError]:
        asked = _Asked(requests)
        failures = 0
        while (unanswered := asked.unanswered()) is not None:
            before = asked.answered
            try:
                for outcome in client.score_many(unanswered):
                    asked.note_answer()
                    yield outcome
                asked.check_none_waits()
            except UnavailableError:
                failures = failures + 1 if asked.answered == before else 0
                if failures >= (attempts if asked.answered else first_attempts):
                    raise
                pause(min(_FIRST_PAUSE_SECONDS * 2**failures, _LONGEST_PAUSE_SECONDS))
                check()

    return answer


class _Asked:
    """Requests, each held from when it is drawn until it is answered.

    A stream that broke may be drawing still, in a thread of its own: what it draws is held for the
    next one.

    Attributes:
        answered: How many have been.
    """

    def __init__(self, requests: Iterable[Request]) -> None:
        self.answered = 0
        self._source = iter(requests)
        self._drawing = threading.Lock()
        self._drawn = 0
        self._stream = 0
        self._held: dict[int, Request] = {}

    def unanswered(self) -> Iterator[Request] | None:
        """Those that are unanswered now, and all after them, for another stream; None: no more.

        Waits for one where all that were drawn are answered.
        """
        self._stream += 1
        if not self._is_drawn(self.answered):
            return None
        return self._from(self.answered, self._stream)

    def note_answer(self) -> None:
        """The first of the unanswered is answered."""
        del self._held[self.answered]
        self.answered += 1

    def check_none_waits(self) -> None:
        """Looks whether a stream that ended has answered all that it was asked.

        Raises:
            UnavailableError: It has not.
        """
        if self._held:
            raise UnavailableError("the service ended the stream early")

    def _from(self, number: int, stream: int) -> Iterator[Request]:
        while stream == self._stream and self._is_drawn(number):
            request = self._held.get(number)
            if request is None:
                return  # drawn for a stream that broke, and answered in another meanwhile
            yield request
            number += 1

    def _is_drawn(self, number: int) -> bool:
        """Whether there is a request of that number; draws it where it is the next.

        What is drawn waits for no other stream that is drawing still.
        """
        if number < self._drawn:
            return True
        with self._drawing:
            if number < self._drawn:
                return True
            request = next(self._source, None)
            if request is None:
                return False
            self._held[self._drawn] = request
            self._drawn += 1
            return True
