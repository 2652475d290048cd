"""Detection of acts, a message at a time, beside what others do with a message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from clocks import Cost, interleaved
from histories import messages
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from textblob import TextBlob
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from relhealth.detection.compiled import load_kernel
from relhealth.detection.detector import ActDetector
from relhealth.domain.acts import BrandAct, CustomerAct
from relhealth.domain.history import History
from relhealth.domain.vocabulary import Party
from relhealth.models.act_detector import load_weights
from relhealth.models.locate import detector_path

_MESSAGES: Final = 200
_SLOW_MESSAGES: Final = 20
_ACTS: Final = {Party.BRAND: tuple(BrandAct), Party.CUSTOMER: tuple(CustomerAct)}
"""As many for what takes milliseconds a message."""
KERNEL: Final = "relhealth, compiled kernel"
KERNEL_SPANS: Final = "relhealth, compiled kernel, with spans"
REFERENCE: Final = "relhealth, plain Python reference"
REFERENCE_SPANS: Final = "relhealth, plain Python reference, with spans"
VADER: Final = "vaderSentiment"
TEXTBLOB: Final = "TextBlob"
PIPELINE: Final = "scikit-learn TF-IDF + logistic regression, a message a call"
PIPELINE_BATCHED: Final = "scikit-learn TF-IDF + logistic regression, batched"


@dataclass(frozen=True, slots=True)
class DetectionCosts:
    """Costs of a message by who reads it, and the messages' mean length in characters."""

    costs: dict[str, list[Cost]]
    characters: float


def measure(rounds: int) -> DetectionCosts:
    """Measures all readers on the same messages, interleaved.

    Raises:
        SystemExit: The package was built without its compiled kernel.
    """
    history = messages(_MESSAGES)
    texts = history.texts
    few = texts[:_SLOW_MESSAGES]
    kernel = load_kernel()
    if kernel is None:
        raise SystemExit("there is no compiled kernel to measure")
    weights = load_weights(detector_path(None))
    compiled, plain = ActDetector(weights, kernel), ActDetector(weights, None)
    vader = SentimentIntensityAnalyzer()
    pipeline = _trained(history)
    works = {
        KERNEL: (lambda: _read(compiled, history), _MESSAGES),
        KERNEL_SPANS: (lambda: _read_with_spans(compiled, history), _MESSAGES),
        REFERENCE: (lambda: _read(plain, history), _MESSAGES),
        REFERENCE_SPANS: (lambda: _read_with_spans(plain, history), _MESSAGES),
        VADER: (lambda: [vader.polarity_scores(text) for text in texts], _MESSAGES),
        TEXTBLOB: (lambda: [TextBlob(text).sentiment for text in texts], _MESSAGES),
        PIPELINE: (lambda: [pipeline.predict_proba([text]) for text in few], _SLOW_MESSAGES),
        PIPELINE_BATCHED: (lambda: pipeline.predict_proba(texts), _MESSAGES),
    }
    mean = sum(len(text) for text in texts) / len(texts)
    return DetectionCosts(interleaved(works, rounds), mean)


def _read(detector: ActDetector, history: History) -> None:
    detector.read(history.texts, history.senders, history.languages)


def _read_with_spans(detector: ActDetector, history: History) -> None:
    """Reads, and finds the words of every act that is detected."""
    reading = detector.read(history.texts, history.senders, history.languages)
    spans = reading.spans
    for position, (sender, numbers) in enumerate(
        zip(history.senders, reading.detected, strict=True)
    ):
        acts = _ACTS[sender]
        for number in numbers:
            spans(position, acts[number])


def _trained(history: History) -> Pipeline:
    """A pipeline with one label, the least there can be: who wrote the message."""
    pipeline = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression())
    return pipeline.fit(history.texts, [int(sender) for sender in history.senders])
