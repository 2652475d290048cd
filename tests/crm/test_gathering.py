from __future__ import annotations

import pytest

from relhealth.crm.gathering import Found, Gathering, Identities, Relationship
from relhealth.crm.report import ImportReport, Skip
from relhealth.domain.history import Consent, Interaction, OptOut, Outcome, Rating
from relhealth.domain.vocabulary import Channel, Party, Purpose, SenderKind


def item(number: int, **more: object) -> Interaction:
    known: dict[str, object] = {
        "interaction_id": f"i{number}",
        "sent_us": number,
        "sender": Party.CUSTOMER,
        "text": "Hi",
        "recorded_us": number,
    }
    return Interaction(**{**known, **more})  # type: ignore[arg-type]


def gathered(*founds: Found, identities: Identities | None = None) -> list[Relationship]:
    gathering = Gathering("brand", "retail", one_brand=False)
    for found in founds:
        gathering.put(found)
    known = identities if identities is not None else Identities()
    return list(gathering.relationships(known, ImportReport()))


@pytest.mark.parametrize(
    "outcome",
    [None, Rating(1.5, 0.0, 2.0), OptOut(()), OptOut((Channel.SMS, Channel.EMAIL)), Consent(())],
)
def test_an_interaction_comes_back_as_it_went_in(outcome: Outcome | None) -> None:
    whole = item(
        1,
        text="é 🙂 \u2028",
        recorded_us=5,
        sender_kind=SenderKind.BOT,
        channel=Channel.REVIEW,
        purpose=Purpose.MARKETING,
        language="de",
        thread_id="t",
        audience_size=0,
        outcome=outcome,
    )
    (relationship,) = gathered(Found(None, "c", "x", whole))
    assert relationship == Relationship("brand", "c", "retail", [whole])


def test_answers_to_what_is_not_in_the_history_answer_nothing() -> None:
    founds = [
        Found(None, "c", "x", item(1, in_reply_to_id="note")),
        Found(None, "c", "x", item(2, in_reply_to_id="i1")),
        Found(None, "c", "x", item(3, in_reply_to_id="i3")),
    ]
    (relationship,) = gathered(*founds)
    assert [i.in_reply_to_id for i in relationship.interactions] == [None, "i1", None]


def test_chains_and_circles_of_merges_end() -> None:
    identities = Identities()
    identities.merge("a", "b")
    identities.merge("b", "c")
    identities.merge("c", "a")
    founds = [Found(None, name, "x", item(n)) for n, name in enumerate("abc", start=1)]
    assert len(gathered(*founds, identities=identities)) == 1


def test_only_the_newest_five_thousand_stay() -> None:
    gathering = Gathering("brand", "", one_brand=False)
    for number in range(5_003):
        gathering.put(Found(None, "c", "x", item(number)))
    report = ImportReport()
    (relationship,) = gathering.relationships(Identities(), report)
    assert len(relationship.interactions) == 5_000
    assert relationship.interactions[0].interaction_id == "i3"
    assert report.skipped == {Skip.OVER_LIMIT: 3}


def test_what_went_to_two_keys_of_one_person_is_told_once() -> None:
    identities = Identities()
    identities.merge("old", "new")
    (both,) = gathered(
        Found("brand", "old", "email", item(1)),
        Found("brand", "new", "email", item(1)),
        Found("brand", "new", "email", item(2)),
        identities=identities,
    )
    assert [i.interaction_id for i in both.interactions] == ["i1", "i2"]
