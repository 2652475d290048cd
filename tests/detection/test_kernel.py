"""The compiled kernel gives the reference's answers, bit for bit, on any text."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relhealth.detection.compiled import load_kernel
from relhealth.detection.detector import ActDetector
from relhealth.domain.acts import BrandAct, CustomerAct
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
    st.lists(PIECES, max_size=5).map("".join),
)


@cache
def detectors() -> tuple[ActDetector, ActDetector]:
    weights = load_weights(detector_path(None))
    kernel = load_kernel()
    assert kernel is not None, "the build made no kernel: is there a compiler?"
    return ActDetector(weights, kernel), ActDetector(weights, None)


def assert_equal(text: str, sender: Party) -> None:
    compiled, reference = detectors()
    for language in (None, "en"):
        asked = ((text,), (sender,), (language,))
        assert compiled.read(*asked) == reference.read(*asked)
    acts = BrandAct if sender == Party.BRAND else CustomerAct
    for act in acts:
        assert compiled.spans(text, act) == reference.spans(text, act)


@pytest.mark.parametrize("sender", Party)
@pytest.mark.parametrize("text", MESSAGES)
def test_equals_the_reference_on_messages(text: str, sender: Party) -> None:
    assert_equal(text, sender)


@settings(deadline=None, max_examples=400)
@given(text=TEXTS, sender=st.sampled_from(Party))
def test_equals_the_reference_on_any_text(text: str, sender: Party) -> None:
    assert_equal(text, sender)


@pytest.mark.parametrize(
    "text", ["a" * 1_000_000, "!?" * 200_000, "\n" * 200_000, "\u200b" * 300_000, "no " * 100_000]
)
def test_reads_adversarial_text_in_bounded_memory(text: str) -> None:
    compiled, _ = detectors()
    reading = compiled.read((text,), (Party.CUSTOMER,), ("en",))
    assert all(0.0 <= p <= 1.0 for p in reading.probabilities[0])
    compiled.spans(text, CustomerAct.COMPLAINT)


def test_half_a_surrogate_pair_is_left_to_the_reference() -> None:
    assert_equal("broken \ud83d emoji, sorry about that", Party.BRAND)


@pytest.mark.parametrize("sizes", [(3, 36, 32 * 18), (4, 35, 32 * 18), (4, 36, 0), (4, 36, 31)])
def test_refuses_arrays_that_do_not_fit_together(sizes: tuple[int, int, int]) -> None:
    kernel = load_kernel()
    assert kernel is not None
    keys, weights, numbers = (b"\0" * size for size in sizes)
    with pytest.raises(ValueError, match="do not fit"):
        kernel.model(keys, weights, numbers, b"", b"", b"")


def test_refuses_an_act_that_there_is_not() -> None:
    kernel = load_kernel()
    assert kernel is not None
    model = kernel.model(b"\0" * 4, b"\0" * 36, b"\0" * 32 * 18, b"", b"", b"")
    with pytest.raises(ValueError, match="no such act"):
        kernel.spans(model, "text", 18)
