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
from relhealth.domain.vocabulary import Party, Purpose, SenderKind
from relhealth.signals.substance import earnest


def in_context(history: History, reading: Reading, rules: ContextRules) -> Reading:
    """The reading of a history, with its answers read as such."""
    ratios = (
        (CustomerAct.INFORMATION, rules.answer_information_ratio),
        (CustomerAct.COMPLAINT, rules.answer_complaint_ratio),
    )
    rows = list(reading.probabilities)
    for position, asked in replies_to_questions(history, reading):
        row = list(rows[position])
        for act, ratio in ratios:
            row[act] = given_answer(row[act], ratio, asked)
        rows[position] = tuple(row)
    return Reading(tuple(rows), reading.unread, reading.words, reading.detected)


def replies_to_questions(history: History, reading: Reading) -> Iterator[tuple[int, float]]:
    """Places of the customer's messages that reply to a question, and how far it is one.

    That is 0 for what is as likely none, and 1 for what surely asks; the former are left out. What
    a machine or marketing asks, and what begs, wants no answer that helps to help.
    """
    for position, asked_at in enumerate(history.reply_to):
        if asked_at is None or asked_at >= position:
            continue
        if history.senders[position] is Party.CUSTOMER and _wants_an_answer(history, asked_at):
            asked = 2.0 * earnest(reading.probabilities[asked_at], BrandAct.QUESTION) - 1.0
            if asked > 0.0:
                yield position, asked


def _wants_an_answer(history: History, position: int) -> bool:
    """Whether a message is the brand's, and neither a machine's nor meant as marketing."""
    if history.senders[position] is not Party.BRAND:
        return False
    marketing = history.purposes[position] is Purpose.MARKETING
    return not marketing and history.sender_kinds[position] is not SenderKind.BOT


def given_answer(probability: float, ratio: float, asked: float) -> float:
    """The probability of an act whose odds an answer multiplies, as far as it is one."""
    scaled = probability * ratio
    return probability + asked * (scaled / (1.0 - probability + scaled) - probability)
