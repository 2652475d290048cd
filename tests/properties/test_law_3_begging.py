"""Law 3. Begging never pays, and contact after an opt-out costs and caps the band."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from properties.histories import CHANNELS, MINUTE_US, Told, histories, message
from properties.judging import HEALTH, LAW, Judge, judges, knowing_judges, raised
from properties.pool import POOL, SMALL_TALK, lines_of
from relhealth.domain.acts import BrandAct
from relhealth.domain.history import Consent, Interaction, OptOut
from relhealth.domain.vocabulary import Band, Channel, Party, Purpose, SenderKind
from relhealth.scoring.health import CONTACT_AFTER_OPT_OUT
from relhealth.signals.pairing import Role

_ASKS = lines_of(Party.BRAND, only={"engagement_bait", "question"})
_UNSOLICITED = lines_of(Party.BRAND, only={"promotion", "engagement_bait"}) + SMALL_TALK
_SELLING = (BrandAct.PROMOTION, BrandAct.ENGAGEMENT_BAIT)
_QUIET = lines_of(
    Party.CUSTOMER, only={"patience"}, none_of=frozenset({"complaint", "gratitude", "request"})
)


@LAW
@given(
    judge=knowing_judges(),
    told=histories(),
    asks=st.lists(st.tuples(st.sampled_from(_ASKS), st.integers(1, 3_000)), min_size=1, max_size=6),
    channel=st.sampled_from(CHANNELS),
    kind=st.sampled_from(SenderKind),
)
def test_each_further_unanswered_ask_raises_nothing(
    judge: Judge, told: Told, asks: list[tuple[object, int]], channel: Channel, kind: SenderKind
) -> None:
    now_us = told.as_of_us
    as_of_us = now_us + sum(wait for _, wait in asks) * MINUTE_US
    items = told.items
    before = judge.values(items, as_of_us)
    for index, (line, wait) in enumerate(asks):
        now_us += wait * MINUTE_US
        ask = message(
            Party.BRAND,
            line,  # type: ignore[arg-type]
            now_us,
            interaction_id=f"ask{index}",
            channel=channel,
            sender_kind=kind,
        )
        items = [*items, ask]
        scene = judge.scene(items, as_of_us)
        assume(scene.pairing.roles[scene.history.ids.index(f"ask{index}")] != Role.ANSWER)
        after = judge.values(items, as_of_us)
        assert not raised(before, after)
        before = after


def _opt_out(told: Told, scope: tuple[Channel, ...]) -> Interaction:
    line = _QUIET[0]
    at_us = told.as_of_us + MINUTE_US
    return message(
        Party.CUSTOMER, line, at_us, interaction_id="opt", outcome=OptOut(scope), text=""
    )


@LAW
@given(
    judge=knowing_judges(),
    told=histories(),
    scope=st.sampled_from([(), (Channel.SMS,), (Channel.SMS, Channel.EMAIL)]),
    line=st.sampled_from(_UNSOLICITED),
    days_later=st.integers(20, 900),
    kind=st.sampled_from(SenderKind),
    other=st.sampled_from([None, (Channel.CHAT,)]),
)
def test_contact_in_spite_of_an_opt_out_costs_and_caps(
    judge: Judge,
    told: Told,
    scope: tuple[Channel, ...],
    line: object,
    days_later: int,
    kind: SenderKind,
    other: tuple[Channel, ...] | None,
) -> None:
    """Consent for another channel changes nothing."""
    opt_out = _opt_out(told, scope)
    at_us = opt_out.sent_us + days_later * 24 * 60 * MINUTE_US
    items = [*told.items, opt_out]
    if other is not None:
        items.append(
            message(
                Party.CUSTOMER,
                _QUIET[0],
                at_us - MINUTE_US,
                interaction_id="yes",
                outcome=Consent(other),
                text="",
            )
        )
    contact = message(
        Party.BRAND,
        line,
        at_us,
        channel=Channel.SMS,
        sender_kind=kind,  # type: ignore[arg-type]
    )
    before = judge.values(items, at_us)
    score = judge.score([*items, contact], at_us)
    assert not raised(before, judge.values([*items, contact], at_us))
    assert score.health.value < before[HEALTH]
    if score.health.band == Band.INSUFFICIENT_EVIDENCE:
        return  # nothing is shown, so nothing is to be capped
    assert score.health.band <= Band.STRAINED
    assert score.health.band_before_cap >= score.health.band
    assert score.health.reasons == (CONTACT_AFTER_OPT_OUT,)


@LAW
@given(
    judge=knowing_judges(),
    told=histories(),
    again=st.sampled_from([(), (Channel.SMS,), (Channel.SMS, Channel.CHAT)]),
    line=st.sampled_from(_UNSOLICITED),
    repeated=st.booleans(),
)
def test_the_customers_consent_lifts_the_cap(
    judge: Judge,
    told: Told,
    again: tuple[Channel, ...],
    line: object,
    repeated: bool,  # noqa: FBT001
) -> None:
    """What was sent against the opt-out stays evidence; consent ends the cap, for its channels."""
    brand = [i for i in told.items if i.sender == Party.BRAND]
    clean = [replace(i, in_reply_to_id=None) for i in brand]
    opt_out = _opt_out(told, ())
    first = message(
        Party.BRAND,
        line,  # type: ignore[arg-type]
        opt_out.sent_us + 3_000 * MINUTE_US,
        interaction_id="first",
        channel=Channel.SMS,
    )
    consent = message(
        Party.CUSTOMER,
        _QUIET[0],
        first.sent_us + MINUTE_US,
        interaction_id="yes",
        outcome=Consent(again),
        text="",
    )
    then = message(Party.BRAND, line, consent.sent_us + 9_000 * MINUTE_US, channel=Channel.SMS)  # type: ignore[arg-type]
    items = [*clean, opt_out, first, consent, *([then] if repeated else [])]
    scene = judge.scene(items, then.sent_us)
    costly = [scene.history.ids[d.position] for d in scene.permission.disregards]
    assert costly == ["first"]
    assert judge.score(items, then.sent_us).health.reasons != (CONTACT_AFTER_OPT_OUT,)


@LAW
@given(judge=judges(), told=histories(), line=st.sampled_from(POOL[Party.BRAND]))
def test_what_a_purchase_needs_may_still_be_sent(judge: Judge, told: Told, line: object) -> None:
    """As far as it reads like what a purchase needs: a declared purpose excuses no advertising."""
    opt_out = _opt_out(told, ())
    notice = message(
        Party.BRAND,
        line,  # type: ignore[arg-type]
        opt_out.sent_us + 30_000 * MINUTE_US,
        purpose=Purpose.TRANSACTIONAL,
        channel=Channel.SMS,
    )
    scene = judge.scene([*told.items, opt_out, notice], notice.sent_us)
    place = scene.history.ids.index("new")
    selling = max(scene.brand(place, act) for act in _SELLING)
    assume(selling < judge.rubric.outreach.marketing_probability)
    assert all(d.position != place for d in scene.permission.disregards)
