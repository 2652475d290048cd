"""The compiled judge gives the same judgements as the traits in Python, bit for bit."""

from __future__ import annotations

import hashlib
import locale
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count, product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from properties.histories import START_US, Told, crowded, histories
from properties.judging import SHIPPED
from properties.odd import (
    ODD_LETTERS,
    ODD_TEXTS,
    SEGMENT,
    AtRandom,
    difference,
    odd_history,
    odd_rubric,
    sent,
)
from properties.pool import EXACT, GRADED
from relhealth.detection.interface import Detector
from relhealth.domain.acts import BrandAct, CustomerAct, acts_of
from relhealth.domain.history import (
    MICROSECONDS_PER_DAY,
    MICROSECONDS_PER_HOUR,
    History,
    Interaction,
)
from relhealth.domain.reading import NoWords, Reading
from relhealth.domain.rubric import Rubric
from relhealth.domain.score import PackedScore, RelationshipScore
from relhealth.domain.vocabulary import Party
from relhealth.extensions import JUDGE, load_extension
from relhealth.models.act_detector import load_detector
from relhealth.models.locate import detector_path
from relhealth.scoring.compiled import _READERS, CompiledJudge, Lines
from relhealth.scoring.digest import plain_input
from relhealth.scoring.options import ScoreOptions
from relhealth.scoring.scorer import Scorer
from relhealth.scoring.valuation import value_at
from relhealth.wire.encoding import write_score

pytestmark = pytest.mark.skipif(load_extension(JUDGE) is None, reason="nothing was compiled")
READ = load_detector(detector_path(None))


def odd_histories() -> st.SearchStrategy[Told]:
    """Anything that the domain allows: all channels, purposes and outcomes, odd texts."""
    text = st.one_of(
        st.sampled_from(ODD_TEXTS),
        st.text(ODD_LETTERS, max_size=40),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
        st.from_regex(r"\w+ https?://\w+ \w+'s \^\w\w", alphabet=st.characters(codec="ascii")),
    )
    return st.builds(odd_history, st.integers(0, 2**32), st.lists(text, min_size=1, max_size=14))


def rubrics() -> st.SearchStrategy[Rubric]:
    """The shipped rubric, others' numbers, a segment of its own, business hours."""
    return st.integers(0, 40).map(odd_rubric)


def _packed(scorer: Scorer, history: History, options: ScoreOptions) -> PackedScore:
    known = history.cut(options.as_of_us)
    ignored = len(history) - len(known)
    packed = scorer.score_or_pack(known, scorer.read(known), options, ignored)
    assert isinstance(packed, PackedScore)
    return packed


def _assert_same(
    told: Told, rubric: Rubric, detector: Detector, *, evidence: int | None, segment: str = ""
) -> None:
    history = History.of("brand", "customer", segment, told.items)
    options = ScoreOptions(
        told.as_of_us, with_evidence=evidence is not None, max_evidence_count=evidence
    )
    plain, compiled = Scorer(rubric, detector), Scorer.compiled(rubric, detector)
    kernel = load_extension(JUDGE)
    assert kernel is not None
    both = (sent(told.items, segment), (history, history))
    for ours, theirs in filter(None, both):
        same, expected = compiled.score(theirs, options), plain.score(ours, options)
        assert write_score(same) == write_score(expected)
        packed = _packed(compiled, theirs, options)
        assert write_score(packed, "asked") == write_score(expected, "asked")
        assert packed.figures() == same.figures()
        found = difference(same, expected)
        assert found is None, found
        assert kernel.input(theirs) == plain_input(ours)
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
    _assert_same(told, rubric, AtRandom(seed), evidence=evidence, segment=SEGMENT)


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
    told = odd_history(7, list(ODD_TEXTS))
    later = [
        replace(item, sent_us=item.sent_us + index * years * 365 * day // 11 + index)
        for index, item in enumerate(told.items)
    ]
    late = Told(later, later[-1].sent_us + MICROSECONDS_PER_HOUR + 1)
    _assert_same(late, SHIPPED, AtRandom(3), evidence=500)


@pytest.mark.parametrize("known", [0, 5])
def test_a_moment_before_much_or_all_was_sent_is_judged_alike(known: int) -> None:
    items = odd_history(7, list(ODD_TEXTS)).items
    early = Told(items, items[known].sent_us - 1)
    for evidence in (None, 500):
        _assert_same(early, SHIPPED, AtRandom(3), evidence=evidence)


def test_a_long_history_is_judged_alike() -> None:
    draw = random.Random(5)
    texts = [" ".join([draw.choice(ODD_TEXTS), f"word{draw.randint(0, 30)}"]) for _ in range(2_000)]
    _assert_same(odd_history(11, texts), SHIPPED, AtRandom(9), evidence=20)


@pytest.mark.parametrize("size", [8, 30, 300])
def test_lines_more_or_less_like_others_are_found_alike(size: int) -> None:
    draw = random.Random(size)
    known = ["".join(draw.choices("abcdefgh", k=6)) for _ in range(size)]
    lines: list[list[str]] = []
    for _ in range(400):
        is_new = not lines or draw.random() < 0.3
        line = draw.choices(known, k=draw.choice((7, 20, 60))) if is_new else [*draw.choice(lines)]
        for _ in range(draw.randrange(6)):
            line[draw.randrange(len(line))] = draw.choice(known)
        lines.append(line)
    texts = [" ".join(line) for line in lines]
    _assert_same(odd_history(size, texts), SHIPPED, Promising(), evidence=500)


def test_a_reading_of_another_history_is_refused() -> None:
    judge = CompiledJudge.of(SHIPPED)
    assert judge is not None
    history = History.of("brand", "customer", "", odd_history(1, ["a", "b"]).items)
    reading = AtRandom(1).read(("a",), (Party.BRAND,), (None,))
    with pytest.raises(ValueError, match="not this history's"):
        judge.judge(history, reading, history.sent_us[-1], 365.0, None, lambda: None)


@pytest.mark.parametrize("limit", [2**31 - 1, 2**31, 2**70])
def test_any_limit_of_evidence_can_be_asked_for(limit: int) -> None:
    _assert_same(odd_history(3, list(ODD_TEXTS)), SHIPPED, AtRandom(3), evidence=limit)


def test_a_sender_of_no_side_is_refused() -> None:
    judge = CompiledJudge.of(SHIPPED)
    assert judge is not None
    history = History.of("brand", "customer", "", odd_history(1, ["a"]).items)
    nobody = replace(history, senders=(0,))
    reading = AtRandom(1).read(("a",), (Party.BRAND,), (None,))
    with pytest.raises(ValueError, match="senders has a number out of range"):
        judge.judge(nobody, reading, history.sent_us[-1], 365.0, 5, lambda: None)


def test_evidence_names_interactions_by_the_ids_of_its_score() -> None:
    told = odd_history(11, list(ODD_TEXTS))
    renamed = [
        replace(
            item,
            interaction_id=f"other {item.interaction_id}",
            in_reply_to_id=item.in_reply_to_id and f"other {item.in_reply_to_id}",
        )
        for item in told.items
    ]
    both, others = sent(told.items, ""), sent(renamed, "")
    assert both is not None
    assert others is not None
    scorer = Scorer.compiled(SHIPPED, AtRandom(3))
    options = ScoreOptions(told.as_of_us, with_evidence=True)
    score, plain = (
        scorer.score(both[1], options),
        Scorer(SHIPPED, AtRandom(3)).score(both[0], options),
    )
    names = others[0].ids
    for ids in (names, list(names), others[1].later("ids")):
        assert write_score(score._replace(ids=ids)) == write_score(plain._replace(ids=names))
    assert write_score(score) == write_score(plain)
    assert score.ids[0] == both[0].ids[0]
    assert write_score(score) == write_score(plain)


def _wordy_score(before_words: Callable[[], None]) -> RelationshipScore:
    told = odd_history(11, list(ODD_TEXTS) * 5)
    history = History.of("brand", "customer", "", told.items)
    scorer = Scorer.compiled(SHIPPED, AtRandom(3, before_words))
    return scorer.score(history, ScoreOptions(told.as_of_us, None, True, 500))


def test_a_packed_score_can_be_written_again_after_what_python_raised() -> None:
    asked = count(1)

    def before_words() -> None:
        if next(asked) in {1, 5, 6}:
            raise Stopped

    told = odd_history(11, list(ODD_TEXTS) * 5)
    history = History.of("brand", "customer", "", told.items)
    scorer = Scorer.compiled(SHIPPED, AtRandom(3, before_words))
    packed = _packed(scorer, history, ScoreOptions(told.as_of_us, None, True, 500))
    for _ in range(3):
        with pytest.raises(Stopped):
            write_score(packed)
    with ThreadPoolExecutor(4) as threads:
        written = [threads.submit(write_score, packed) for _ in range(4)]
    assert {future.result() for future in written} == {write_score(packed.unpacked())}


@pytest.mark.parametrize(
    ("place", "wrong", "error"),
    [
        (0, b"\1", TypeError),
        (1, b"\1", TypeError),
        (2, None, TypeError),
        (4, "\udc80", UnicodeEncodeError),
        (5, "now", TypeError),
        (5, 2**70, OverflowError),
    ],
)
def test_a_response_of_what_is_none_is_refused(
    place: int, wrong: object, error: type[Exception]
) -> None:
    told = odd_history(11, list(ODD_TEXTS))
    history = History.of("brand", "customer", "", told.items)
    options = ScoreOptions(told.as_of_us, with_evidence=True)
    packed = _packed(Scorer.compiled(SHIPPED, AtRandom(3)), history, options)
    numbers = bytes(range(1, 44)), bytes(range(1, 14))
    right = [*numbers, "brand", "customer", "asked", 0, 0, "model", "rubric", "digest"]
    assert packed.judged.response(*right)
    with pytest.raises(error):
        packed.judged.response(*right[:place], wrong, *right[place + 1 :])


def test_threads_may_look_at_the_same_evidence_at_the_same_time() -> None:
    expected = write_score(_wordy_score(lambda: None))
    score = _wordy_score(lambda: time.sleep(0.0001))
    with ThreadPoolExecutor(4) as threads:
        written = [threads.submit(write_score, score) for _ in range(4)]
        seen = [threads.submit(repr, score) for _ in range(2)]
    assert {future.result() for future in written} == {expected}
    assert len({future.result() for future in seen}) == 1


class Stopped(Exception):  # noqa: N818 - a stop is no error
    pass


def test_evidence_can_be_looked_at_again_after_what_python_raised() -> None:
    asked = count(1)

    def before_words() -> None:
        if next(asked) in {1, 5, 6}:
            raise Stopped

    score = _wordy_score(before_words)
    for look in (write_score, repr, write_score):
        with pytest.raises(Stopped):
            look(score)
    assert write_score(score) == write_score(_wordy_score(lambda: None))


def test_a_judgement_that_fails_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    made = count(1)

    def made_until_the_fifth(judged: Any, place: int) -> Lines:  # noqa: ANN401 - the kernel's own
        if next(made) == 5:
            raise Stopped
        return Lines(judged, place)

    monkeypatch.setattr(
        "relhealth.scoring.compiled._READERS", _READERS | {"lines": made_until_the_fifth}
    )
    judge = CompiledJudge.of(SHIPPED)
    assert judge is not None
    told = odd_history(1, list(ODD_TEXTS))
    history = History.of("brand", "customer", "", told.items)
    reading = Scorer(SHIPPED, AtRandom(1)).read(history)
    before = sys.getrefcount(history)
    with pytest.raises(Stopped):
        judge.judge(history, reading, told.as_of_us, 365.0, 5, lambda: None).told()
    assert sys.getrefcount(history) == before


class FoundInC(NoWords):
    """Words that say they are found in C."""

    def __init__(self, in_c: object) -> None:
        self.in_c = in_c


def _write_with_words(in_c: object) -> None:
    told = odd_history(1, list(ODD_TEXTS))
    history = History.of("brand", "customer", "", told.items)
    scorer = Scorer.compiled(SHIPPED, AtRandom(1))
    reading = scorer.read(history)
    odd = Reading(reading.probabilities, reading.unread, FoundInC(in_c))
    write_score(scorer.score_read(history, odd, ScoreOptions(told.as_of_us, with_evidence=True)))


def test_words_that_only_say_they_are_found_in_c_are_refused() -> None:
    with pytest.raises(ValueError, match="PyCapsule"):
        _write_with_words(5)
    in_c = getattr(READ.read(("x",), (Party.BRAND,), (None,)).words, "in_c", None)
    if in_c is not None:
        with pytest.raises(TypeError, match="not a parse"):
            _write_with_words(in_c)


# Pairs of blocks: whichever of each pair a word is made of, its hash by 32 bits of FNV-1a is one.
COLLIDING = """
    qmhb8xas 07rmwnl3 b2jh41o1 x6y2bdvx whpe5xm1 kvgcugca kbdi2lp4 yj281wri
    5hvvodmx q2x4ne7j 4s5ygt60 6kbq1cuw zvgrir7z iss3pixb cjbwo1no xsmk85av
    1598u7ad wu2ws21s a9xxl5aj 9n7rn778 axhlkune 9i31dgyn lpxcx3hq yqqnpjg9
    ul3mv3bq ggk5j7hr
"""


def test_words_made_to_collide_take_no_longer_than_others() -> None:
    blocks = COLLIDING.split()
    pairs = list(zip(blocks[::2], blocks[1::2], strict=True))
    draw = random.Random(5)
    hostile = ["".join(chosen) for chosen in product(*pairs)]
    others = ["".join(draw.choices("abcdefgh", k=len(hostile[0]))) for _ in hostile]
    assert _judging_seconds(hostile) < 5 * _judging_seconds(others)


_UNDER_KEYS = """
import os, sys
drawn = []
def draw(count):
    drawn.append(count)
    return bytes([int(sys.argv[1])]) * count
os.urandom = draw
from relhealth.extensions import COLUMNS, JUDGE, load_extension
load_extension(JUDGE), load_extension(COLUMNS)
assert drawn.count(40) == 2, drawn
from scoring.test_compiled import digest_of_some
print(digest_of_some())
"""


def digest_of_some() -> str:
    """Of what is said of a history that came as bytes."""
    told = odd_history(11, list(ODD_TEXTS) * 5)
    both = sent(told.items, SEGMENT)
    assert both is not None
    scorer = Scorer.compiled(SHIPPED, AtRandom(3))
    score = scorer.score(both[1], ScoreOptions(told.as_of_us, None, True, 500))
    return hashlib.sha256(write_score(score)).hexdigest()


@pytest.mark.parametrize("key", ["0", "1", "255"])
def test_the_system_draws_the_keys_and_no_score_depends_on_them(key: str) -> None:
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-c", _UNDER_KEYS, key]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == digest_of_some()


def _judging_seconds(words: list[str]) -> float:
    texts = [" ".join(words[begin : begin + 500]) for begin in range(0, len(words), 500)]
    told = odd_history(1, texts)
    customers = [replace(item, sender=Party.CUSTOMER) for item in told.items]
    history = History.of("brand", "customer", "", customers)
    scorer = Scorer.compiled(SHIPPED, AtRandom(1))
    reading, options = scorer.read(history), ScoreOptions(told.as_of_us)
    seconds = []
    for _ in range(3):
        begun = time.thread_time()
        scorer.score_read(history, reading, options)
        seconds.append(time.thread_time() - begun)
    return min(seconds)


def test_the_point_of_a_fraction_is_no_matter_of_the_locale() -> None:
    try:
        locale.setlocale(locale.LC_NUMERIC, "de_DE.UTF-8")
    except locale.Error:
        pytest.skip("no such locale")
    try:
        _assert_same(odd_history(5, ["a"] * 40), SHIPPED, AtRandom(2), evidence=500)
    finally:
        locale.setlocale(locale.LC_NUMERIC, "C")


def test_looking_again_and_again_takes_no_more_memory() -> None:
    score = _wordy_score(lambda: None)

    def looked() -> int:
        """Kilobytes of the process at most, so far."""
        for _ in range(1_500):
            write_score(score)
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    before_kb = looked()
    assert looked() - before_kb < 4_000
