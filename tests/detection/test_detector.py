"""The shipped detector on sentences of our own: acts, near misses, words and hostile input."""

from itertools import pairwise

import pytest

from relhealth.detection.detector import ActDetector
from relhealth.detection.features import parse
from relhealth.detection.reference import Scorer
from relhealth.domain.acts import Act, BrandAct, CustomerAct, acts_of
from relhealth.domain.vocabulary import Party
from relhealth.models.act_detector import load_detector, load_weights
from relhealth.models.locate import detector_path

BRAND = [
    ("We're so sorry for the delay with your parcel.", {"apology"}, {"ownership"}),
    ("Sorry, we don't ship to islands.", {"expectation"}, {"apology"}),
    ("Sorry to hear your trip was spoiled.", {"empathy"}, {"apology"}),
    ("That was our mistake: we billed you twice.", {"ownership"}, {"deflection"}),
    ("As per our terms, we accept no responsibility for that.", {"deflection"}, {"apology"}),
    ("Please DM us your order number and we'll take a look.", {"redirect"}, {"promotion"}),
    ("Follow us and tag three friends to win!", {"engagement_bait"}, {"question"}),
    ("We promise this will never happen again, guaranteed.", {"overpromise"}, {"apology"}),
    ("Thank you for your kind words!", {"gratitude"}, {"apology"}),
    ("Which phone do you have?", {"question"}, {"promotion"}),
    ("We've added a 10 voucher to your account to make up for it.", {"goodwill"}, {"deflection"}),
]
CUSTOMER = [
    ("This is my third message and nobody has replied.", {"unresolved"}, {"gratitude"}),
    ("Thank you so much, you were a great help!", {"gratitude"}, {"complaint"}),
    ("I'm cancelling my subscription and going elsewhere.", {"churn_intent"}, {"praise"}),
    ("No worries, it happens.", {"forgiveness"}, {"complaint"}),
    ("My bad, I typed the wrong address.", {"own_mistake"}, {"abuse"}),
    ("Stop texting me. Take me off your list.", {"opt_out"}, {"gratitude"}),
    ("Fix this by noon or I'm calling the press.", {"ultimatum"}, {"patience"}),
    ("Take your time, I know you're busy.", {"patience"}, {"complaint"}),
    ("I want my money back for this.", {"compensation_demand"}, {"praise"}),
    ("You lot are useless idiots.", {"abuse"}, {"gratitude"}),
    ("It works now, all sorted.", {"resolution"}, {"unresolved"}),
]


@pytest.fixture(scope="module")
def detector() -> ActDetector:
    return load_detector(detector_path(None))


def detected(detector: ActDetector, text: str, party: Party) -> set[str]:
    row = detector.read((text,), (party,), (None,)).probabilities[0]
    lines = zip(acts_of(party), row, detector.thresholds[party], strict=True)
    return {name for name, probability, least in lines if probability >= least}


@pytest.mark.parametrize(("text", "present", "absent"), BRAND)
def test_brand(detector: ActDetector, text: str, present: set[str], absent: set[str]) -> None:
    found = detected(detector, text, Party.BRAND)
    assert present <= found
    assert not absent & found


@pytest.mark.parametrize(("text", "present", "absent"), CUSTOMER)
def test_customer(detector: ActDetector, text: str, present: set[str], absent: set[str]) -> None:
    found = detected(detector, text, Party.CUSTOMER)
    assert present <= found
    assert not absent & found


@pytest.mark.parametrize(
    "text", ["", "@brand", "a" * 100_000, "\u200b" * 50, "Спасибо за помощь", "\ud800", "\x00"]
)
@pytest.mark.parametrize("party", list(Party))
def test_any_text_has_probabilities(detector: ActDetector, text: str, party: Party) -> None:
    reading = detector.read((text,), (party,), (None,))
    assert len(reading.probabilities[0]) == len(acts_of(party))
    assert all(0.0 <= p <= 1.0 for p in reading.probabilities[0])


def test_foreign_text_is_unread_and_a_given_language_is_believed(detector: ActDetector) -> None:
    texts = ("Danke für die schnelle Hilfe", "Thank you!", "Thank you!")
    reading = detector.read(texts, (Party.CUSTOMER,) * 3, (None, "de-AT", "en-GB"))
    assert reading.unread == (True, True, False)
    assert set(reading.probabilities[0]) == set(reading.probabilities[1]) == {0.0}
    assert max(reading.probabilities[2]) > 0.5


SPANS: list[tuple[str, Act, str]] = [
    ("We're so sorry for the delay. Which phone do you have?", BrandAct.APOLOGY, "sorry"),
    ("We're so sorry for the delay. Which phone do you have?", BrandAct.QUESTION, "Which"),
    ("I waited for weeks. Cancel my account please.", CustomerAct.CHURN_INTENT, "Cancel"),
    ("\U0001f602 Thank you so much! But it is still broken.", CustomerAct.GRATITUDE, "Thank"),
]


@pytest.mark.parametrize(("text", "act", "word"), SPANS)
def test_spans_carry_the_act(detector: ActDetector, text: str, act: Act, word: str) -> None:
    party = Party.BRAND if isinstance(act, BrandAct) else Party.CUSTOMER
    spans = detector.read((text,), (party,), (None,)).spans(0, act)
    assert any(word in text[span.begin : span.end] for span in spans)
    assert all(a.end <= b.begin for a, b in pairwise(spans))
    rest = text
    for span in reversed(spans):
        rest = rest[: span.begin] + rest[span.end :]
    whole, without = detector.read((text, rest), (party,) * 2, (None, None)).probabilities
    assert without[act] < 0.5 * whole[act]


def test_token_shares_sum_to_the_sentence() -> None:
    side = load_weights(detector_path(None)).sides[Party.BRAND]
    scorer = Scorer(side)
    message = parse("We don't ship there, but our Oslo shop has it. Sorry!")
    logits = scorer.sentence_logits(message)
    for act in (BrandAct.APOLOGY, BrandAct.EXPECTATION):
        for position in range(len(message.sentences)):
            sentence = message.sentences[position]
            shares = sum(scorer.token_shares(sentence, act)) * scorer.share_logit(sentence, act)
            around = side.scales[act] * scorer.context_sums(message, position)[act]
            rest = side.biases[act] + around
            assert logits[position][act] == pytest.approx(shares + rest, abs=1e-9)
