"""Which words confirm that a customer is left alone."""

from __future__ import annotations

import pytest

from relhealth.signals.opting_out import confirms_opt_out


@pytest.mark.parametrize(
    "text",
    [
        "You have been removed from our mailing list.",
        "You are unsubscribed.",
        "We have opted you out.",
        "We have erased all of your data today.",
        "Your account is closed as of now.",
        "We have taken your number off.",
        "You won\u2019t hear from us again.",
        "You will no longer receive our newsletter.",
        "You won't get any more e-mails from us.",
        "You will not be contacted again.",
    ],
)
def test_word_that_a_wish_to_be_left_alone_is_met(text: str) -> None:
    assert confirms_opt_out(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Ticket closed.",
        "We removed the fee.",
        "We won the prize!",
        "We miss you. Come back to our list of offers.",
        "You will not get a better phone this year.",
        "You won't receive a warmer welcome.",
        "Your parcel has come. The old label was removed.",
    ],
)
def test_what_confirms_nothing_of_the_kind(text: str) -> None:
    assert not confirms_opt_out(text)
