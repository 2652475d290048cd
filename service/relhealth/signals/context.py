"""What a message does in its conversation: who is asked and answers informs, and complains less.

The detector reads each message alone. Alone "It stops after the second song" is a complaint; as the
answer to "What happens exactly?" it helps to help. Only what names the question that it replies to
counts as its answer: so no message that the brand adds or moves changes how others are read.
"""

from __future__ import annotations

from collections.abc import Iterator

from relhealth.domain.acts import BrandAct, CustomerAct
from relhealth.domain.history import History
from relhealth.domain.reading import Reading
from relhealth.domain.rubric import ContextRules
from relhealth.domain.vocabulary import Party


def in_context(history: History, reading: Reading, rules: ContextRules) -> Reading:
    """The reading of a history, with its answers read as such."""
    ratios = (
        (CustomerAct.INFORMATION, rules.answer_information_ratio),
        (CustomerAct.COMPLAINT, rules.answer_complaint_ratio),
    )
    rows = list(reading.probabilities)
    for position, asked in answers(history, reading):
        row = list(rows[position])
        for act, ratio in ratios:
            row[act] = given_answer(row[act], ratio, asked)
        rows[position] = tuple(row)
    return Reading(tuple(rows), reading.unread, reading.words, reading.detected)


def answers(history: History, reading: Reading) -> Iterator[tuple[int, float]]:
    """Places of the customer's messages that reply to a question, and how far it is one.

    That is 0 for what is as likely none, and 1 for what surely asks; the former are left out.
    """
    for position, replied_to in enumerate(history.reply_to):
        if replied_to is None or history.senders[position] is not Party.CUSTOMER:
            continue
        if history.senders[replied_to] is Party.BRAND:
            asked = 2.0 * reading.probabilities[replied_to][BrandAct.QUESTION] - 1.0
            if asked > 0.0:
                yield position, asked


def given_answer(probability: float, ratio: float, asked: float) -> float:
    """The probability of an act whose odds an answer multiplies, as far as it is one."""
    scaled = probability * ratio
    return probability + asked * (scaled / (1.0 - probability + scaled) - probability)
