"""The compiled kernel gives the reference's answers, bit for bit, on any text."""

from __future__ import annotations

import gc
from array import array
from functools import cache
from random import Random
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relhealth.detection.compiled import load_kernel
from relhealth.detection.detector import ActDetector
from relhealth.domain.acts import BrandAct, CustomerAct
from relhealth.domain.reading import JoinedReading, Span
from relhealth.domain.vocabulary import Party
from relhealth.models.act_detector import load_weights
from relhealth.models.locate import detector_path

MESSAGES = (
    "So sorry about the delay, that was our mistake. We'll refund you by Friday! ^AB",
    "@brand @brand_help my order #12-3456 STILL hasn't arrived!!! third time I ask :-(",
    "thanks sooo much, it works now \U0001f600\U0001f3fb \u2013Ann",
    "We can't change the date, but you could move it. See https://link.example/a?b=c (2/2) ^JK",
    "Don't worry, it isn't urgent; no hurry... write to me at jo.doe@example.org",
    "Hola, necesito ayuda con mi pedido por favor",
    "Great.\n\nOn Monday, Ann wrote:\n> what I said before\n> and after",
    "All good now.\n-- \nJo Doe\nHead of Things",
    "\u6211\u7684\u8ba2\u5355\u5728\u54ea\u91cc\uff1f",
    "caf\u00e9 na\u00efve \u201cquoted\u201d it\u2019s fine \uff21\uff22 te\u0301st z\u200bero",
    "",
    "?!",
)
PIECES = st.sampled_from(
    [
        *MESSAGES,
        "\n",
        "\n> ",
        "\n--\n",
        "\nSent from my phone\n",
        "^A",
        "n't",
        "@",
        "www.",
        "!?",
        "a" * 30,
    ]
)
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=80),
    st.text(
        st.sampled_from("aAbn't.,!?^-/*~:;=)(dp@#_ \n\r\t019>\u2014\u2026\u200b\u0301\u00e9\u6f22"),
        max_size=60,
    ),
    st.text(st.characters(max_codepoint=0x7F), max_size=80),
    st.text(st.sampled_from("aBcDe'h ."), max_size=80),
    st.lists(PIECES, max_size=5).map("".join),
)


@cache
def detectors() -> tuple[ActDetector, ActDetector]:
    weights = load_weights(detector_path(None))
    kernel = load_kernel()
    assert kernel is not None, "the build made no kernel: is there a compiler?"
    return ActDetector(weights, kernel), ActDetector(weights, None)


def assert_equal(
    texts: tuple[str, ...], senders: tuple[Party, ...], languages: tuple[str | None, ...]
) -> None:
    compiled, reference = (detector.read(texts, senders, languages) for detector in detectors())
    assert compiled.unread == reference.unread
    assert compiled.probabilities == reference.probabilities
    assert compiled.columns == reference.columns
    assert compiled.detected == reference.detected
    assert compiled.tally(senders) == reference.tally(senders)
    for position, sender in enumerate(senders):
        for act in BrandAct if sender == Party.BRAND else CustomerAct:
            assert compiled.spans(position, act) == reference.spans(position, act)


@pytest.mark.parametrize("language", [None, "en"])
@pytest.mark.parametrize("sender", Party)
@pytest.mark.parametrize("text", MESSAGES)
def test_equals_the_reference_on_messages(text: str, sender: Party, language: str | None) -> None:
    assert_equal((text,), (sender,), (language,))


LANGUAGES = st.sampled_from((None, None, "en", "en-GB", "EN_us", "eng", "de", "engl", "e", ""))


@settings(deadline=None, max_examples=200)
@given(messages=st.lists(st.tuples(TEXTS, st.sampled_from(Party), LANGUAGES), max_size=5))
def test_equals_the_reference_on_any_history(
    messages: list[tuple[str, Party, str | None]],
) -> None:
    texts, senders, languages = zip(*messages, strict=True) if messages else ((), (), ())
    assert_equal(texts, senders, languages)


def test_joined_readings_say_what_one_says() -> None:
    senders = tuple([Party.BRAND, Party.CUSTOMER] * (len(MESSAGES) // 2))
    for detector in detectors():
        whole = detector.read(MESSAGES, senders, (None,) * len(MESSAGES))
        few = slice(0, 3), slice(3, None)
        parts = [detector.read(MESSAGES[f], senders[f], (None,) * len(senders[f])) for f in few]
        joined = JoinedReading(tuple(parts))
        assert joined == whole
        assert joined.columns == whole.columns
        assert joined.detected == whole.detected
        assert joined.tally(senders) == whole.tally(senders)
        for act in BrandAct:
            assert joined.spans(4, act) == whole.spans(4, act)


def test_equals_the_reference_on_a_long_text_among_short_ones() -> None:
    long = " ".join(MESSAGES) * 4
    texts = ("Sorry!", long, "Sorry!", "", long[7:])
    assert_equal(texts, (Party.BRAND, Party.CUSTOMER, *[Party.BRAND] * 3), (None,) * 5)


@pytest.mark.parametrize("size", range(1, 80))
def test_a_word_ends_with_its_text_whatever_was_read_before(size: int) -> None:
    before = "sorry" + "ab" * 38
    texts = (before[: size + 3], ("so sorry " * 9)[:size], before[:size])
    assert_equal(texts, (Party.BRAND,) * 3, ("en",) * 3)


@pytest.mark.parametrize(
    "text", ["a" * 1_000_000, "!?" * 200_000, "\n" * 200_000, "\u200b" * 300_000, "no " * 100_000]
)
def test_reads_adversarial_text_in_bounded_memory(text: str) -> None:
    compiled, _ = detectors()
    reading = compiled.read((text,), (Party.CUSTOMER,), ("en",))
    assert all(0.0 <= p <= 1.0 for p in reading.probabilities[0])
    reading.spans(0, CustomerAct.COMPLAINT)


def test_reads_half_a_surrogate_pair() -> None:
    assert_equal(("broken \ud83d emoji, sorry about that",), (Party.BRAND,), (None,))


def kernel() -> ModuleType:
    loaded = load_kernel()
    assert loaded is not None
    return loaded


def model(keys: tuple[int, ...] = (7,)) -> Any:  # noqa: ANN401 - a capsule
    numbers = array("d", [0.5] * 5 * 18)
    weights = array("h", [1] * 18 * len(keys))
    arrays = [numbers.tobytes() for numbers in (array("I", keys), weights, numbers)]
    return kernel().model(*arrays, "", "", "", "")


@pytest.mark.parametrize("sizes", [(3, 36, 40 * 18), (4, 35, 40 * 18), (4, 36, 0), (4, 36, 39)])
def test_refuses_arrays_that_do_not_fit_together(sizes: tuple[int, int, int]) -> None:
    keys, weights, numbers = (b"\0" * size for size in sizes)
    with pytest.raises(ValueError, match="do not fit"):
        kernel().model(keys, weights, numbers, "", "", "", "")


def test_refuses_a_key_that_comes_twice() -> None:
    with pytest.raises(ValueError, match="told apart"):
        model((7, 9, 7))


@pytest.mark.parametrize("keys", [(), (0,), (0, 1, 2**32 - 1), tuple(range(0, 2**32, 2**19))])
def test_takes_any_number_of_keys(keys: tuple[int, ...]) -> None:
    models = (model(keys), model(keys))
    assert kernel().read(models, ("Sorry!",), (Party.BRAND,), (None,), Span)


@pytest.mark.parametrize("count", [1_023, 1_535, 4_095, 65_535])
def test_tells_many_keys_apart(count: int) -> None:
    # Of so many a group has the most keys that it ever has, so they are the hardest to place.
    keys = tuple(sorted(Random(count).sample(range(2**32), count)))
    assert kernel().read((model(keys), model(keys)), ("Sorry!",), (Party.BRAND,), (None,), Span)


def read(
    texts: tuple[Any, ...] = ("Sorry!",),
    senders: tuple[Any, ...] = (Party.BRAND,),
    languages: tuple[Any, ...] = (None,),
) -> Any:  # noqa: ANN401 - as the kernel gives it
    return kernel().read((model(), model()), texts, senders, languages, Span)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"texts": ()}, ValueError),
        ({"texts": (b"Sorry!",)}, TypeError),
        ({"senders": (3,)}, ValueError),
        ({"senders": ("brand",)}, TypeError),
        ({"languages": (7,)}, TypeError),
        ({"languages": ("\ud800",)}, UnicodeEncodeError),
    ],
)
def test_refuses_what_is_no_message(
    arguments: dict[str, tuple[Any, ...]], error: type[Exception]
) -> None:
    with pytest.raises(error):
        read(**arguments)


@pytest.mark.parametrize(
    ("position", "act", "error"),
    [(0, 18, ValueError), (0, -1, ValueError), (1, 0, IndexError), (-1, 0, OverflowError)],
)
def test_refuses_words_that_there_are_not(position: int, act: int, error: type[Exception]) -> None:
    parse = read()[-1]
    with pytest.raises(error):
        parse.spans(position, act)


def test_words_outlive_the_detector() -> None:
    text = "We're so sorry for the delay."
    reading = ActDetector(load_weights(detector_path(None)), kernel()).read(
        (text,), (Party.BRAND,), (None,)
    )
    gc.collect()
    (span,) = reading.spans(0, BrandAct.APOLOGY)
    assert isinstance(span, Span)
    assert "sorry" in text[span.begin : span.end]
