"""The stance: does this customer want a relationship?

A multinomial logistic model over a few named features of the customer's side, mixed with what an
opt-out says outright: ``P = o * [OPTED_OUT] + (1 - o) * softmax(intercepts + features)``, where
``o`` is the probability that an opt-out is in force wherever the two are in touch. Of who never
said a word that can be read, only the stances of silence are considered.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from math import fsum
from typing import Final, NamedTuple

from relhealth.domain.acts import PRAISING_ACTS, CustomerAct
from relhealth.domain.evidence import LIKELY, Evidence
from relhealth.domain.history import MICROSECONDS_PER_DAY
from relhealth.domain.rubric import StanceRules
from relhealth.domain.vocabulary import Party, Stance
from relhealth.signals.contentment import WARM_ACTS
from relhealth.signals.scene import Scene
from relhealth.traits.observing import LEAVING_ACTS

_FRIENDLY: Final = re.compile(
    "[:;=]-?[)D]|<3|\\bx+\\b|[\u2600-\u2605\u2764\u263a"
    "\U0001f389\U0001f38a\U0001f44d\U0001f44f\U0001f490-\U0001f49f\U0001f600-\U0001f60f"
    "\U0001f618-\U0001f61d\U0001f642\U0001f643\U0001f64c\U0001f64f\U0001f917\U0001f929\U0001f970]"
)
# What can be told of a customer of whom no word can be read.
_SILENT: Final = ("unknown", "disengaged")
_FEW_WORDS: Final = 10.0
_FRIENDLY_CLUES: Final = (":", ";", "=", "<3", "x")
ADVICE: Final = {
    "listen_first": "Too little is known of what the customer wants: listen before anything else.",
    "keep_the_conversation": "The customer wants a relationship: keep the conversation going.",
    "serve_and_stay_quiet": "The customer wants good service and no more: serve, and stay quiet.",
    "settle_the_matter_and_do_not_court": "Settle what is open; do not court the customer.",
    "leave_alone": "The customer asked to be left alone: do so.",
}


class Feature(NamedTuple):
    """One number about what the customer wants, and the interactions that it rests on."""

    value: float
    positions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StanceJudgement:
    """The label, all probabilities in the order of `Stance`, and the features they rest on."""

    label: Stance
    probabilities: tuple[float, ...]
    features: tuple[Feature, ...]


def _any_act(act: CustomerAct) -> Callable[[Scene], Feature]:
    """That at least one of the customer's messages does `act`: 1 - product(1 - p)."""

    def feature(scene: Scene) -> Feature:
        none = 1.0
        surely = scene.columns[act]
        positions = scene.customer_doing[act]
        for position in positions:
            none *= 1.0 - surely[position]
        return Feature(1.0 - none, positions)

    return feature


def _readable(scene: Scene) -> tuple[int, ...]:
    """Where the customer said words that can be read."""
    texts, unread = scene.history.texts, scene.reading.unread
    return tuple([p for p in scene.customer_positions if texts[p] and not unread[p]])


def _spoken(scene: Scene) -> bool:
    """Whether the customer ever said a word that can be read."""
    return bool(_readable(scene))


def _visited(scene: Scene) -> tuple[int, ...]:
    """The visits, of a customer of whom some word can be read."""
    return scene.pairing.first_of if _spoken(scene) else ()


def _visits(scene: Scene) -> Feature:
    firsts = _visited(scene)
    return Feature(math.log1p(len(firsts)), firsts)


def _visits_in_peace(scene: Scene) -> Feature:
    """Visits neither with a complaint nor to take leave."""
    visits = _visited(scene)
    firsts = tuple(
        [
            p
            for p, leaving in zip(visits, _most(scene, LEAVING_ACTS, visits), strict=True)
            if max(scene.failing[p], leaving) < scene.least
        ]
    )
    return Feature(math.log1p(len(firsts)), firsts)


def _never_spoke(scene: Scene) -> Feature:
    return Feature(0.0 if _spoken(scene) else 1.0, ())


def _outreach_into_silence(scene: Scene) -> Feature:
    """Unasked messages since the customer last spoke."""
    spoke = max(scene.customer_positions, default=-1)
    into = tuple([p for p in scene.outreach.unasked if p > spoke])
    return Feature(math.log1p(len(into)), into)


def _outreach_answered(scene: Scene) -> Feature:
    answers = tuple([w.answer for w in scene.outreach.welcomes])
    return Feature(math.log1p(len(answers)), answers)


def _months_covered(scene: Scene) -> Feature:
    """How long the customer has been coming by."""
    positions = scene.customer_positions
    if not _spoken(scene):
        return Feature(0.0, ())
    sent_us = scene.history.sent_us
    days = (sent_us[positions[-1]] - sent_us[positions[0]]) / MICROSECONDS_PER_DAY
    return Feature(math.log1p(days / 30.0), (positions[0], positions[-1]))


def _mean_over(scene: Scene, values: list[float]) -> Feature:
    """The mean of a value for each of the customer's messages."""
    positions = scene.customer_positions
    least = scene.least
    found = tuple([p for p, value in zip(positions, values, strict=True) if value >= least])
    return Feature(fsum(values) / len(positions) if positions else 0.0, found)


def _is_warm(scene: Scene) -> Feature:
    """The mean warmth of the customer's messages: thanks, praise, loyalty, peace."""
    return _mean_over(scene, _warmths(scene, scene.customer_positions))


def _is_cold(scene: Scene) -> Feature:
    """The mean of how surely the customer's messages say, without praise, that it fell short."""
    return _mean_over(scene, _coldnesses(scene, scene.customer_positions))


def _parts_warmly(scene: Scene) -> Feature:
    last = scene.customer_positions[-1:]
    return Feature(fsum(_warmths(scene, last)), last)


def _parts_coldly(scene: Scene) -> Feature:
    last = scene.customer_positions[-1:]
    return Feature(fsum(_coldnesses(scene, last)), last)


def _warmths(scene: Scene, positions: tuple[int, ...]) -> list[float]:
    """Warm words, as far as they come with no grievance and are no farewell."""
    warm, leaving = _most(scene, WARM_ACTS, positions), _most(scene, LEAVING_ACTS, positions)
    failing = [scene.failing[p] for p in positions]
    with_all = zip(warm, failing, leaving, strict=True)
    return [warmth * (1.0 - fails) * (1.0 - leaves) for warmth, fails, leaves in with_all]


def _coldnesses(scene: Scene, positions: tuple[int, ...]) -> list[float]:
    """Grievances, as far as they come with no praise; thanks are polite, and say no such thing."""
    kind = _most(scene, PRAISING_ACTS, positions)
    return [scene.failing[p] * (1.0 - k) for p, k in zip(positions, kind, strict=True)]


def _most(scene: Scene, acts: tuple[CustomerAct, ...], positions: tuple[int, ...]) -> list[float]:
    """How surely each message does any of the acts."""
    columns = [scene.columns[act] for act in acts]
    return [max([column[p] for column in columns]) for p in positions]


def _writes_friendly(scene: Scene) -> Feature:
    """The share of the customer's messages that carry a smile, a heart or the like."""
    texts = scene.history.texts
    return _mean_over(scene, [float(is_friendly(texts[p])) for p in scene.customer_positions])


def is_friendly(text: str) -> bool:
    """Whether a text carries a smile, a heart or the like."""
    # Most texts hold none of what a smile or a kiss is made of.
    if text.isascii() and not any(clue in text for clue in _FRIENDLY_CLUES):
        return False
    return _FRIENDLY.search(text) is not None


def _informs(scene: Scene) -> Feature:
    """The mean probability that the customer's messages give what helps to help."""
    informs = scene.columns[CustomerAct.INFORMATION]
    return _mean_over(scene, [informs[p] for p in scene.customer_positions])


def _asks(scene: Scene) -> Feature:
    """The mean probability that the customer's messages ask for something."""
    asks = scene.columns[CustomerAct.REQUEST]
    return _mean_over(scene, [asks[p] for p in scene.customer_positions])


def _speaks_again(scene: Scene) -> Feature:
    """How many more times than once the customer has spoken."""
    positions = _readable(scene)
    return Feature(math.log1p(max(0, len(positions) - 1)), positions)


def _writes_at_length(scene: Scene) -> Feature:
    """The words of the customer's messages, on average."""
    positions = scene.customer_positions
    words = scene.talk.customer_words / len(positions) if positions else 0.0
    return Feature(math.log1p(words / _FEW_WORDS), positions)


FEATURES: Final[dict[str, Callable[[Scene], Feature]]] = {
    "writes_friendly": _writes_friendly,
    "writes_at_length": _writes_at_length,
    "speaks_again": _speaks_again,
    "informs": _informs,
    "asks": _asks,
    "thanks": _any_act(CustomerAct.GRATITUDE),
    "praises": _any_act(CustomerAct.PRAISE),
    "recommends": _any_act(CustomerAct.ADVOCACY),
    "suggests": _any_act(CustomerAct.SUGGESTION),
    "abuses": _any_act(CustomerAct.ABUSE),
    "sets_ultimatum": _any_act(CustomerAct.ULTIMATUM),
    "demands_compensation": _any_act(CustomerAct.COMPENSATION_DEMAND),
    "means_to_leave": _any_act(CustomerAct.CHURN_INTENT),
    "wants_to_be_left_alone": _any_act(CustomerAct.OPT_OUT),
    "is_warm": _is_warm,
    "is_cold": _is_cold,
    "parts_warmly": _parts_warmly,
    "parts_coldly": _parts_coldly,
    "visits": _visits,
    "visits_in_peace": _visits_in_peace,
    "never_spoke": _never_spoke,
    "outreach_into_silence": _outreach_into_silence,
    "outreach_answered": _outreach_answered,
    "months_covered": _months_covered,
}


# Features that are the probability that the customer has done something.
_CHANCES: Final = frozenset(
    {
        "thanks",
        "praises",
        "recommends",
        "suggests",
        "abuses",
        "sets_ultimatum",
        "demands_compensation",
        "means_to_leave",
        "wants_to_be_left_alone",
    }
)


def is_doubtful(name: str, judged: StanceJudgement, rules: StanceRules) -> bool:
    """Whether what a feature says of the customer is less likely than not."""
    if name not in _CHANCES:
        return False
    return judged.features[rules.feature_names.index(name)].value < LIKELY


def judge_stance(scene: Scene, rules: StanceRules) -> StanceJudgement:
    """The stance with probabilities."""
    features = tuple([FEATURES[name](scene) for name in rules.feature_names])
    logits = _logits(features, rules)
    if not _spoken(scene):
        logits = {Stance[name.upper()]: logits[Stance[name.upper()]] for name in _SILENT}
    modelled = _softmax(logits)
    opted_out = scene.permission.withdrawn_probability
    mixed = tuple(
        [
            (1.0 - opted_out) * modelled.get(s, 0.0) + (opted_out if s == Stance.OPTED_OUT else 0.0)
            for s in Stance
        ]
    )
    label = Stance(mixed.index(max(mixed)) + 1)  # the first of equals
    return StanceJudgement(label, mixed, features)


def stance_evidence(
    judged: StanceJudgement, scene: Scene, rules: StanceRules
) -> tuple[Evidence, ...]:
    """What spoke for the label, the heaviest first."""
    if judged.label is Stance.OPTED_OUT:
        return (_opt_out_evidence(scene, scene.permission.withdrawn_probability),)
    return _evidence(judged.features, rules, judged.label)


def _logits(features: tuple[Feature, ...], rules: StanceRules) -> dict[Stance, float]:
    logits: dict[Stance, float] = {}
    for name, intercept in rules.intercepts.items():
        total = intercept
        for coefficient, feature in zip(rules.coefficients[name], features, strict=True):
            total += coefficient * feature.value
        logits[Stance[name.upper()]] = total
    return logits


def _softmax(logits: dict[Stance, float]) -> dict[Stance, float]:
    peak = max(logits.values())
    scaled = {stance: math.exp(logit - peak) for stance, logit in logits.items()}
    total = fsum(scaled.values())
    return {stance: value / total for stance, value in scaled.items()}


def _opt_out_evidence(scene: Scene, probability: float) -> Evidence:
    positions = tuple(sorted(set(scene.permission.withdrawn.values())))
    capped = min(probability, 1.0 - 1e-9)
    log_odds = math.log(capped / (1.0 - capped))
    return Evidence("opted_out", Party.CUSTOMER, 1.0, abs(log_odds), log_odds, positions, (), ())


def _evidence(
    features: tuple[Feature, ...], rules: StanceRules, label: Stance
) -> tuple[Evidence, ...]:
    """Log odds of the label over the mean of the others, feature by feature."""
    others = [n for n in rules.intercepts if n != label.name.lower()]
    found: list[Evidence] = []
    for index, name in enumerate(rules.feature_names):
        mine = rules.coefficients[label.name.lower()][index]
        theirs = fsum([rules.coefficients[n][index] for n in others]) / len(others)
        feature = features[index]
        log_odds = (mine - theirs) * feature.value
        if log_odds != 0.0:
            value = 1.0 if log_odds > 0.0 else 0.0
            positions = feature.positions
            found.append(
                Evidence(name, Party.CUSTOMER, value, abs(log_odds), log_odds, positions, (), ())
            )
    return tuple(sorted(found, key=lambda e: -e.weight))
