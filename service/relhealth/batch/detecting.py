"""Finds the acts of single messages, given as JSON lines of id, sender and text."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from relhealth.batch.lines import Line
from relhealth.detection.interface import Detector
from relhealth.domain.acts import acts_of
from relhealth.domain.vocabulary import Party
from relhealth.errors import InvalidInputError
from relhealth.wire.json_reading import parse_json
from relhealth.wire.violations import Reason, refusal

_CHUNK: Final = 256
_SENDERS: Final = {"SENDER_BRAND": Party.BRAND, "SENDER_CUSTOMER": Party.CUSTOMER}

Outcome = tuple[Line, str | InvalidInputError]


@dataclass(frozen=True, slots=True)
class _Message:
    id: Any
    sender: Party
    text: str


def detect(lines: Iterable[Line], detector: Detector) -> Iterator[Outcome]:
    """For every line, in order, a line of JSON with its acts, or why there is none."""
    remaining = iter(lines)
    while chunk := list(itertools.islice(remaining, _CHUNK)):
        yield from _detect(chunk, detector)


def _detect(chunk: list[Line], detector: Detector) -> Iterator[Outcome]:
    read = [_message(line) for line in chunk]
    messages = [message for message in read if isinstance(message, _Message)]
    reading = detector.read(
        tuple(message.text for message in messages),
        tuple(message.sender for message in messages),
        (None,) * len(messages),
    )
    rows = iter(zip(messages, reading.probabilities, strict=True))
    for line, message in zip(chunk, read, strict=True):
        if isinstance(message, InvalidInputError):
            yield line, message
            continue
        found, row = next(rows)
        yield line, _answer(found, row, detector.thresholds[found.sender])


def _answer(message: _Message, row: tuple[float, ...], thresholds: tuple[float, ...]) -> str:
    names = acts_of(message.sender)
    detected = [
        name
        for name, probability, least in zip(names, row, thresholds, strict=True)
        if probability >= least
    ]
    answer = {
        "id": message.id,
        "acts": dict(zip(names, row, strict=True)),
        "detected": detected,
    }
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":"))


def _message(line: Line) -> _Message | InvalidInputError:
    try:
        data = parse_json(line.content())
    except InvalidInputError as error:
        return error
    if not isinstance(data, dict):
        return refusal(Reason.INVALID_VALUE, "", "must be an object")
    if "id" not in data:
        return refusal(Reason.MISSING_FIELD, "id", "is required")
    if data.get("sender") not in _SENDERS:
        return refusal(Reason.INVALID_ENUM, "sender", f"must be one of {', '.join(_SENDERS)}")
    if not isinstance(data.get("text"), str):
        return refusal(Reason.INVALID_VALUE, "text", "must be a string")
    return _Message(data["id"], _SENDERS[data["sender"]], data["text"])
