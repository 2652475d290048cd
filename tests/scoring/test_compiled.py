"""The compiled judge gives the same judgements as the traits in Python, bit for bit."""

from __future__ import annotations

import random
from dataclasses import fields, is_dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from properties.histories import START_US, Told, crowded, histories
from properties.judging import SHIPPED, rubric_with_other_numbers
from properties.pool import EXACT, GRADED
from relhealth.detection.interface import Detector
from relhealth.domain.acts import BrandAct, CustomerAct, acts_of
from relhealth.domain.history import (
    MICROSECONDS_PER_DAY,
    MICROSECONDS_PER_HOUR,
    Consent,
    History,
    Interaction,
    OptOut,
    Rating,
)
from relhealth.domain.reading import Reading, SoughtWords, Span
from relhealth.domain.rubric import Pace, Rubric, SegmentPrior
from relhealth.domain.vocabulary import Channel, Party, Purpose, SenderKind, Trait
from relhealth.extensions import JUDGE, load_extension
from relhealth.models.act_detector import load_detector
from relhealth.models.locate import detector_path
from relhealth.scoring.compiled import CompiledJudge, Lines
from relhealth.scoring.digest import plain_input
from relhealth.scoring.options import ScoreOptions
from relhealth.scoring.scorer import Scorer
from relhealth.scoring.valuation import value_at
from relhealth.wire.encoding import write_score

pytestmark = pytest.mark.skipif(load_extension(JUDGE) is None, reason="nothing was compiled")
READ = load_detector(detector_path(None))
ODD_TEXTS = (
    "",
    "Order number 12-3456, order no 9! Which phone? your e-mail address please",
    "We'll call within 24 hours. It won't happen again, please forgive us. ^AB",
    "By Friday, or in 3\u20135 working days; call us tomorrow \u2013 promise",
    "caf\u00e9 na\u00efve it\u2019s don't '' 'quoted' rock 'n' roll o'clock",
    "\u6211\u7684\u8ba2\u5355\u5728\u54ea\u91cc\uff1f 12\u0663 \u0661\u0662 x2 2x",
    "see https://link.example/a?b=c @brand_help @ -- x xx :-) =D <3 \U0001f600\u2764",
    "number 1 number 22 number 333 number 4444 number 55555 order number 6",
    "number 7 number 88 number 999 number 1111 number 22222 order number 3",
    "a\x1cb\x85c\u00a0d\te\n- jo\n",
    "STILL nothing!!! third time I ask -JD",
    "word " * 90,
)
_LETTERS = "aAbx_'^*/-@:;=)D<3 .\n\x1c09h\u00e9\u2019"


class AtRandom:
    """Reads anything at all, and finds words anywhere: any reading is to be judged alike."""

    version = "at-random"

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def read(
        self,
        texts: tuple[str, ...],
        senders: tuple[Party, ...],
        languages: tuple[str | None, ...],
    ) -> Reading:
        del languages
        draw = random.Random(self._seed)
        unread = tuple(draw.random() < 0.1 for _ in texts)
        levels = (0.0, 0.0, 0.1, 0.15, 0.3, 0.5, 0.9, 1.0, draw.random(), draw.random())
        rows = tuple(
            tuple(0.0 if dark else draw.choice(levels) for _ in acts_of(sender))
            for sender, dark in zip(senders, unread, strict=True)
        )
        return Reading(rows, unread, SoughtWords(texts, lambda text, _: (Span(0, len(text)),)))


def odd_histories() -> st.SearchStrategy[Told]:
    """Anything that the domain allows: all channels, purposes and outcomes, odd texts."""
    text = st.one_of(
        st.sampled_from(ODD_TEXTS),
        st.text(_LETTERS, max_size=40),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
        st.from_regex(r"\w+ https?://\w+ \w+'s \^\w\w", alphabet=st.characters(codec="ascii")),
    )
    return st.tuples(st.integers(0, 2**32), st.lists(text, min_size=1, max_size=14)).map(_told)


def _told(drawn: tuple[int, list[str]]) -> Told:
    seed, texts = drawn
    draw = random.Random(seed)
    now_us = START_US
    items: list[Interaction] = []
    for index, text in enumerate(texts):
        now_us += draw.choice((0, 1, 60, 3_600, 90_000, 700_000, 9_000_000)) * 1_000_003
        sender = draw.choice(list(Party))
        scope = tuple(draw.sample(list(Channel), draw.randint(0, 3)))
        outcomes = [None] * 6 + [OptOut(scope), Consent(scope)]
        outcomes += [Rating(draw.choice((1.0, 2.5, 3.0, 5.0)), 1.0, 5.0)]
        back = draw.choice((None, None, 1, 2, -1))
        target = None if back is None else index - back
        named = target if target is not None and 0 <= target < len(texts) else None
        items.append(
            Interaction(
                interaction_id=f"m{index}",
                sent_us=now_us,
                sender=sender,
                text=text,
                recorded_us=now_us,
                sender_kind=draw.choice((SenderKind.HUMAN, SenderKind.HUMAN, SenderKind.BOT)),
                channel=draw.choice(list(Channel)),
                purpose=draw.choice(list(Purpose)),
                in_reply_to_id=None if named is None else f"m{named}",
                thread_id=draw.choice((None, None, "one", "two")),
                outcome=draw.choice(outcomes) if sender == Party.CUSTOMER else None,
            )
        )
    return Told(items, now_us + draw.choice((0, 1, 10**9, 10**13)))


def rubrics() -> st.SearchStrategy[Rubric]:
    """The shipped rubric, others' numbers, a segment of its own, business hours."""
    return st.integers(0, 40).map(_rubric)


def _rubric(seed: int) -> Rubric:
    rubric = rubric_with_other_numbers(seed // 2)
    if seed % 2 == 0:
        return rubric
    paces = {channel: Pace(3.5, business_hours=True) for channel in (*Channel,)[:4]}
    hours = replace(rubric.calls.business_hours, utc_offset_hours=-5.5)
    return replace(
        rubric,
        segments=(SegmentPrior("odd", Trait.TIME, 0.31, 2.5),),
        calls=replace(rubric.calls, paces=paces, business_hours=hours, decay_shape=1.3),
        wording=replace(rubric.wording, monologue_words=5, canned_minimum_words=2),
        missing_fact_width=1.0,
    )


def _difference(one: object, other: object, path: str = "score") -> str | None:
    """Where two values first differ, types and all; lines may be made when they are asked for."""
    if isinstance(one, Lines):
        one = tuple(one)
    if type(one) is not type(other):
        return f"{path}: {one!r} is no {other!r}"
    if is_dataclass(one):
        parts = [(f".{f.name}", getattr(one, f.name), getattr(other, f.name)) for f in fields(one)]
    elif isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        parts = [(f"[{i}]", *pair) for i, pair in enumerate(zip(one, other, strict=True))]
    else:
        return None if one == other else f"{path}: {one!r} != {other!r}"
    found = (_difference(mine, theirs, path + name) for name, mine, theirs in parts)
    return next((d for d in found if d is not None), None)


def _assert_same(
    told: Told, rubric: Rubric, detector: Detector, *, evidence: int | None, segment: str = ""
) -> None:
    history = History.of("brand", "customer", segment, told.items)
    options = ScoreOptions(
        told.as_of_us, with_evidence=evidence is not None, max_evidence_count=evidence
    )
    plain, compiled = Scorer(rubric, detector), Scorer.compiled(rubric, detector)
    same, expected = compiled.score(history, options), plain.score(history, options)
    assert write_score(same) == write_score(expected)
    difference = _difference(same, expected)
    assert difference is None, difference
    kernel = load_extension(JUDGE)
    assert kernel is not None
    assert kernel.input(history) == plain_input(history)
    known = history.cut(told.as_of_us)
    reading = plain.read(known)
    assert value_at(compiled, known, reading, told.as_of_us) == value_at(
        plain, known, reading, told.as_of_us
    )


EVIDENCE = st.one_of(st.none(), st.integers(0, 4), st.just(500))


@settings(max_examples=300, deadline=None)
@given(odd_histories(), rubrics(), st.integers(0, 2**16), EVIDENCE)
def test_any_reading_of_any_history_is_judged_alike(
    told: Told, rubric: Rubric, seed: int, evidence: int | None
) -> None:
    _assert_same(told, rubric, AtRandom(seed), evidence=evidence, segment="odd")


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(histories(most=24), crowded()), rubrics(), EVIDENCE, st.sampled_from([EXACT, GRADED])
)
def test_the_histories_of_the_laws_are_judged_alike(
    told: Told, rubric: Rubric, evidence: int | None, detector: Detector
) -> None:
    _assert_same(told, rubric, detector, evidence=evidence)


@settings(max_examples=100, deadline=None)
@given(st.one_of(histories(most=40), odd_histories()), EVIDENCE)
def test_what_the_shipped_detector_reads_is_judged_alike(told: Told, evidence: int | None) -> None:
    _assert_same(told, SHIPPED, READ, evidence=evidence)


class Promising:
    """Reads a complaint in whatever the customer says, and a promise in what the brand says."""

    version = "promising"

    def read(
        self,
        texts: tuple[str, ...],
        senders: tuple[Party, ...],
        languages: tuple[str | None, ...],
    ) -> Reading:
        del languages
        done = {Party.BRAND: BrandAct.COMMITMENT, Party.CUSTOMER: CustomerAct.COMPLAINT}
        rows = tuple(
            tuple(float(act == done[sender]) for act in range(len(acts_of(sender))))
            for sender in senders
        )
        return Reading(rows, (False,) * len(texts))


TIME_WORDS = (
    "within in takes take allow up to after under the next about around a few couple of an one "
    "two seven ten 3 24 125 1234 - \u2013 to or business working minutes mins min hour hours hrs h "
    "days day weeks by before on until no later than end close this monday Friday SUNDAY tomorrow "
    "tonight today eod week afternoon evening . , 24h 3-5 Within By twelve"
)
TIMES = st.lists(st.sampled_from(TIME_WORDS.split()), max_size=9)


@settings(max_examples=500, deadline=None)
@given(TIMES, st.sampled_from([" ", "  ", "", "\n"]), st.integers(0, 10**13))
def test_times_that_promises_name_are_read_alike(words: list[str], gap: str, after: int) -> None:
    sent_us = START_US + after
    items = [
        Interaction("ask", sent_us - 5, Party.CUSTOMER, "it broke", sent_us - 5),
        Interaction("say", sent_us, Party.BRAND, gap.join(words) or "-", sent_us),
    ]
    told = Told(items, sent_us + 10**16)
    _assert_same(told, SHIPPED, Promising(), evidence=500)


@pytest.mark.parametrize("years", [1, 300, 5_000])
def test_moments_beyond_what_a_double_counts_are_judged_alike(years: int) -> None:
    day = MICROSECONDS_PER_DAY
    told = _told((7, list(ODD_TEXTS)))
    later = [
        replace(item, sent_us=item.sent_us + index * years * 365 * day // 11 + index)
        for index, item in enumerate(told.items)
    ]
    late = Told(later, later[-1].sent_us + MICROSECONDS_PER_HOUR + 1)
    _assert_same(late, SHIPPED, AtRandom(3), evidence=500)


def test_a_long_history_is_judged_alike() -> None:
    draw = random.Random(5)
    texts = [" ".join([draw.choice(ODD_TEXTS), f"word{draw.randint(0, 30)}"]) for _ in range(2_000)]
    _assert_same(_told((11, texts)), SHIPPED, AtRandom(9), evidence=20)


def test_a_reading_of_another_history_is_refused() -> None:
    judge = CompiledJudge.of(SHIPPED)
    assert judge is not None
    history = History.of("brand", "customer", "", _told((1, ["a", "b"])).items)
    reading = AtRandom(1).read(("a",), (Party.BRAND,), (None,))
    with pytest.raises(ValueError, match="not this history's"):
        judge.judge(history, reading, history.sent_us[-1], 365.0, None, lambda: None)
