"""What the act detector must beat: plain TF-IDF with logistic regression, and a list of phrases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from relhealth.domain.acts import acts_of
from relhealth.domain.vocabulary import Party
from relhealth.training.calibration import threshold
from relhealth.training.messages import LabelledMessage, labels

_STRENGTH: Final = 4.0
_HELD_OUT: Final = 5


class TextRegression:
    """TF-IDF of words 1-2 and characters 3-5, a logistic regression an act, tuned thresholds."""

    def __init__(self, messages: Sequence[LabelledMessage], party: Party) -> None:
        texts, truth = [m.text for m in messages], labels(messages, party)
        self._words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
        self._letters = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(3, 5), min_df=3, sublinear_tf=True
        )
        values = sparse.csr_matrix(
            sparse.hstack([self._words.fit_transform(texts), self._letters.fit_transform(texts)])
        )
        out = np.array([m.fold(_HELD_OUT) == 0 for m in messages])
        self._models = [_model(values, truth[:, act]) for act in range(truth.shape[1])]
        self.thresholds = np.array(
            [
                _tuned(_model(values[~out], truth[~out, act]), values[out], truth[out, act])
                for act in range(truth.shape[1])
            ]
        )

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Probability of each act in each text; shape (texts, acts)."""
        values = sparse.csr_matrix(
            sparse.hstack([self._words.transform(texts), self._letters.transform(texts)])
        )
        return np.column_stack([_probability(model, values) for model in self._models])


def _model(values: sparse.csr_matrix, truth: NDArray[np.float64]) -> LogisticRegression | float:
    """A regression, or the share of positives where there is but one class to learn from."""
    if len(np.unique(truth)) == 1:
        return float(truth.mean())
    return LogisticRegression(C=_STRENGTH, solver="liblinear").fit(values, truth)


def _probability(
    model: LogisticRegression | float, values: sparse.csr_matrix
) -> NDArray[np.float64]:
    if isinstance(model, float):
        return np.full(values.shape[0], model)
    return np.asarray(model.predict_proba(values)[:, 1], dtype=np.float64)


def _tuned(
    model: LogisticRegression | float, values: sparse.csr_matrix, truth: NDArray[np.float64]
) -> float:
    return threshold(_probability(model, values), truth, np.ones(len(truth)), shrinkage=0.0)


_PHRASES: Final[Mapping[Party, Mapping[str, str]]] = {
    Party.BRAND: {
        "apology": "sorry for|sorry about|apologise|apologize|apologies|our apologies",
        "ownership": "our mistake|our fault|we let you down|our error|on us|we got it wrong",
        "deflection": "not our|not responsible|as per|our policy|you should have|your fault",
        "explanation": "because|due to|caused by|reason",
        "help": "you can|please try|here's|steps|to do this|check out",
        "offer": "happy to help|like to help|how can we help|look into|here to help|take a look",
        "redirect": "dm|direct message|call us|email us|contact|reach out to|phone",
        "commitment": "we'll|we will|i'll|i will",
        "overpromise": "never happen again|guarantee|guaranteed|best in the world|always be",
        "expectation": "unfortunately|can't|cannot|unable|working days|may take|up to",
        "empathy": "sorry to hear|understand how|frustrating|must be|know how",
        "gratitude": "thanks for|thank you|appreciate",
        "question": "?",
        "promotion": "sale|offer ends|new in|discount|off today|shop now|check out our",
        "engagement_bait": "retweet|follow us|tag a|like and share|leave a review|subscribe",
        "goodwill": "refunded|voucher|credit|free of charge|waived|on the house",
        "acknowledgement": "passed on|received|noted|feedback|hear you",
        "resolution": "resolved|fixed|sorted|is now|has been",
    },
    Party.CUSTOMER: {
        "complaint": "worst|terrible|awful|broken|not working|disappointed|late|rude|delayed",
        "request": "?|please|can you|could you|help|how do i",
        "praise": "great|amazing|love|awesome|best|excellent|fantastic",
        "gratitude": "thanks|thank you|thx|cheers",
        "advocacy": "recommend|loyal|always fly|everyone should|best airline",
        "compensation_demand": "compensation|refund|money back|reimburse|owe me",
        "abuse": "idiot|idiots|stupid|useless|fuck|shit|scum|morons",
        "churn_intent": "cancel|cancelling|switching|never again|leaving|last time",
        "forgiveness": "no worries|it happens|no problem|apology accepted|no harm",
        "own_mistake": "my bad|my mistake|my fault|my error|i forgot",
        "resolution": "works now|fixed|sorted|resolved|working now|all good",
        "unresolved": "still|again|no reply|no response|nobody|tried",
        "opt_out": "unsubscribe|stop emailing|stop texting|remove me|leave me alone",
        "information": "iphone|android|version|order number|flight|model",
        "suggestion": "should|would be nice|suggest|you could|please add",
        "patience": "take your time|no rush|i understand|can wait|happy to wait",
        "ultimatum": "or else|or i'll|or i will|by tomorrow|last chance|otherwise",
    },
}


def keyword_matches(texts: Sequence[str], party: Party) -> NDArray[np.float64]:
    """1 where a text has a phrase of an act, as whole words, else 0; shape (texts, acts)."""
    spaced = [_spaced(text) for text in texts]
    phrases = _PHRASES[party]
    rows = [
        [float(any(f" {phrase} " in text for phrase in phrases[act].split("|")))
         for act in acts_of(party)]
        for text in spaced
    ]  # fmt: skip
    return np.array(rows).reshape(len(texts), len(phrases))


def _spaced(text: str) -> str:
    folded = text.lower().replace("\u2019", "'").replace("?", " ? ")
    kept = "".join(c if c.isalnum() or c in "'? " else " " for c in folded)
    return f" {' '.join(kept.split())} "
