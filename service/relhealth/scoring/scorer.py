"""A history in, a score with its evidence out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final, NamedTuple, Self, TypeVar

from relhealth.detection.detector import ActDetector
from relhealth.detection.interface import Detector
from relhealth.domain.acts import Act, CustomerAct
from relhealth.domain.evidence import LIKELY, REMAINDER, Evidence, Observation
from relhealth.domain.history import MICROSECONDS_PER_DAY, History
from relhealth.domain.reading import JoinedReading, Mention, Reading
from relhealth.domain.rubric import Rubric, TraitRubric
from relhealth.domain.score import (
    Estimate,
    EvidenceLine,
    PackedScore,
    RelationshipScore,
    StanceScore,
    TraitScore,
)
from relhealth.domain.vocabulary import Party, TraitStatus
from relhealth.scoring.compiled import CompiledJudge
from relhealth.scoring.digest import input_digest
from relhealth.scoring.health import health_score
from relhealth.scoring.interval import trait_estimate
from relhealth.scoring.ledger import POINTS, Ledger, lines, party_points, weigh
from relhealth.scoring.missing import missing_fact
from relhealth.scoring.options import ScoreOptions
from relhealth.scoring.sentences import hedged, sentence
from relhealth.scoring.stance import (
    StanceJudgement,
    is_doubtful,
    judge_stance,
    stance_evidence,
)
from relhealth.signals.scene import Scene, observe
from relhealth.traits.registry import TRAITS, TraitJudge

# Messages, their characters, and pieces of evidence between two looks at whether to go on.
_FEW: Final = 64
_FEW_CHARACTERS: Final = 200_000


_Item = TypeVar("_Item")


def go_on() -> None:
    """The checkpoint of work that nobody gives up."""


class _Mentions:
    """The words behind the lines of a score; several traits rest on the same ones."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._found: dict[tuple[int, Act], tuple[Mention, ...]] = {}

    def shown(self, rubric: TraitRubric, line: Evidence) -> EvidenceLine:
        """A line of a trait's evidence with its sentence and its words."""
        described = "" if line.kind == REMAINDER else rubric.kinds[line.kind].description
        mentions: tuple[Mention, ...] = ()
        for act_at in line.acts:
            found = self._found.get(act_at)
            mentions += self._find(act_at) if found is None else found
        said = sentence(line, described)
        if any(self._surely(*act_at) < LIKELY for act_at in line.acts):
            said = hedged(said)
        return EvidenceLine(line, said, mentions)

    def _surely(self, position: int, act: Act) -> float:
        """How surely a message does what is said of it; a rating, too, says that it fell short."""
        if act is CustomerAct.COMPLAINT:
            return self._scene.failing[position]
        if act is CustomerAct.UNRESOLVED:
            return self._scene.unresolved[position]
        return self._scene.columns[act][position]

    def _find(self, act_at: tuple[int, Act]) -> tuple[Mention, ...]:
        position, act = act_at
        probability = self._scene.columns[act][position]
        spans = self._scene.reading.spans(position, act)
        found = tuple([Mention(position, act, span, probability) for span in spans])
        self._found[act_at] = found
        return found


class Scorer(NamedTuple):
    """Scores histories with one rubric and one detector; has no state of its own.

    Attributes:
        checkpoint: Called again and again while a long history is worked on; what it raises ends
            the work and reaches the caller as it is.
        judge: Gives the same judgements, much sooner; None has them made in Python.
    """

    rubric: Rubric
    detector: Detector
    checkpoint: Callable[[], None] = go_on
    judge: CompiledJudge | None = None

    @classmethod
    def compiled(cls, rubric: Rubric, detector: Detector) -> Self:
        """A scorer that judges inside the kernel where the build made one."""
        return cls(rubric, detector, judge=CompiledJudge.of(rubric))

    def watched(self, checkpoint: Callable[[], None]) -> Self:
        """The same scorer with another checkpoint."""
        return type(self)(self.rubric, self.detector, checkpoint, self.judge)

    def score(self, history: History, options: ScoreOptions) -> RelationshipScore:
        """The score of a history at `options.as_of_us`; later interactions are cut and counted."""
        known = history.cut(options.as_of_us)
        return self.score_read(known, self.read(known), options, len(history) - len(known))

    def read(self, history: History) -> Reading:
        """The acts of a history's messages."""
        packed, detector = history.packed, self.detector
        if packed is not None and isinstance(detector, ActDetector) and detector.read_packed:
            return detector.read_packed(packed, self.checkpoint)
        texts, senders, languages = history.texts, history.senders, history.languages
        parts: list[Reading] = []
        for few in _parts(texts):
            if parts:
                self.checkpoint()
            parts.append(self.detector.read(texts[few], senders[few], languages[few]))
        return parts[0] if len(parts) == 1 else JoinedReading(tuple(parts))

    def score_read(
        self, history: History, reading: Reading, options: ScoreOptions, ignored: int = 0
    ) -> RelationshipScore:
        """The score of a history that was cut already, from a reading made already."""
        score = self.score_or_pack(history, reading, options, ignored)
        return score.unpacked() if isinstance(score, PackedScore) else score

    def score_or_pack(
        self, history: History, reading: Reading, options: ScoreOptions, ignored: int = 0
    ) -> RelationshipScore | PackedScore:
        """The same, but that the values are made later where a kernel judges."""
        if self.judge is None:
            return self._plain(history, reading, options, ignored)
        judged = self.judge.judge(
            history,
            reading,
            options.as_of_us,
            self.half_life_days(options.half_life_days),
            self._limit(options) if options.with_evidence else None,
            self.checkpoint,
        )
        return PackedScore(
            judged,
            history,
            options.as_of_us,
            ignored,
            self.detector.version,
            self.rubric.id,
            input_digest(history),
        )

    def half_life_days(self, asked: float | None) -> float:
        """What a request asks for, or else the rubric's."""
        return self.rubric.half_life_days if asked is None else asked

    def ledgers(self, scene: Scene, half_life_days: float | None = None) -> tuple[Ledger, ...]:
        """The ledgers of the seven traits at the scene's moment."""
        days = self.half_life_days(half_life_days)
        segment = scene.history.segment
        return tuple(
            [
                weigh(
                    self.observations(judge, scene),
                    rubric,
                    self.rubric.prior(judge.trait, segment),
                    scene.as_of_us,
                    days * MICROSECONDS_PER_DAY,
                )
                for judge, rubric in zip(TRAITS, self.rubric.traits, strict=True)
            ]
        )

    def observations(self, judge: TraitJudge, scene: Scene) -> list[Observation]:
        """What a trait sees in a scene; nothing where it does not apply."""
        self.checkpoint()
        found: list[Observation] = []
        if judge.applies(scene):
            seen = judge.observe(scene)
            while len(few := list(islice(seen, _FEW))) == _FEW:
                self.checkpoint()
                found += few
            found += few
        return found

    def _looking(self, items: Iterable[_Item]) -> Iterator[_Item]:
        """The items, with a look at whether to go on after every few."""
        for number, item in enumerate(items, 1):
            if number % _FEW == 0:
                self.checkpoint()
            yield item

    def _plain(
        self, history: History, reading: Reading, options: ScoreOptions, ignored: int
    ) -> RelationshipScore:
        scene = observe(history, reading, self.rubric, options.as_of_us)
        ledgers = self.ledgers(scene, options.half_life_days)
        return RelationshipScore(
            brand_id=history.brand_id,
            customer_id=history.customer_id,
            ids=history.later("ids"),
            health=health_score(scene, ledgers, self.rubric),
            traits=self._traits(scene, ledgers, options),
            stance=self._stance(scene, options),
            as_of_us=options.as_of_us,
            ignored_after_as_of_count=ignored,
            unread_text_count=sum(reading.unread),
            model_version=self.detector.version,
            rubric_version=self.rubric.id,
            input_digest=input_digest(history),
            missing_fact=missing_fact(scene, ledgers, self.rubric),
        )

    def _traits(
        self, scene: Scene, ledgers: tuple[Ledger, ...], options: ScoreOptions
    ) -> tuple[TraitScore, ...]:
        mentions = _Mentions(scene)
        return tuple(
            [
                self._trait(mentions, rubric, ledger, judge.applies(scene), options)
                for judge, rubric, ledger in zip(TRAITS, self.rubric.traits, ledgers, strict=True)
            ]
        )

    def _trait(
        self,
        mentions: _Mentions,
        rubric: TraitRubric,
        ledger: Ledger,
        applies: bool,  # noqa: FBT001
        options: ScoreOptions,
    ) -> TraitScore:
        status = TraitStatus.SCORED
        if not applies:
            status = TraitStatus.NOT_APPLICABLE
        elif not ledger.observations or ledger.coverage < rubric.coverage_floor:
            status = TraitStatus.INSUFFICIENT_EVIDENCE
        self.checkpoint()
        estimate: Estimate | None = None
        if status is TraitStatus.SCORED:
            level, scale = self.rubric.credible_level, self.rubric.evidence_scale
            estimate = trait_estimate(ledger, level, scale)
        points = ledger.points()
        shown: tuple[Evidence, ...] = ()
        if options.with_evidence:
            shown = lines(ledger, points, rubric, self._limit(options))
        parties = party_points(ledger, points, rubric)
        return TraitScore(
            trait=rubric.trait,
            status=status,
            estimate=estimate,
            value=POINTS * ledger.mean,
            prior=POINTS * ledger.prior.mean,
            brand_contribution=parties[Party.BRAND],
            customer_contribution=parties[Party.CUSTOMER],
            evidence=tuple([mentions.shown(rubric, line) for line in self._looking(shown)]),
        )

    def _limit(self, options: ScoreOptions) -> int:
        asked = options.max_evidence_count
        return self.rubric.default_max_evidence_count if asked is None else asked

    def _said(self, feature: str, judged: StanceJudgement) -> str:
        """The sentence of what speaks for a stance."""
        rules = self.rubric.stance
        said = rules.descriptions[feature]
        return hedged(said) if is_doubtful(feature, judged, rules) else said

    def _stance(self, scene: Scene, options: ScoreOptions) -> StanceScore:
        rules = self.rubric.stance
        judged = judge_stance(scene, rules)
        shown: tuple[Evidence, ...] = ()
        if options.with_evidence:
            shown = stance_evidence(judged, scene, rules)[: self._limit(options)]
        return StanceScore(
            label=judged.label,
            probabilities=judged.probabilities,
            evidence=tuple([EvidenceLine(e, self._said(e.kind, judged), ()) for e in shown]),
            advice=rules.advice[judged.label.name.lower()],
        )


def _parts(texts: tuple[str, ...]) -> Iterator[slice]:
    """Stretches of few messages with few characters; one where there are no texts at all."""
    start = characters = 0
    for position, text in enumerate(texts):
        characters += len(text)
        if position - start == _FEW or (characters > _FEW_CHARACTERS and position > start):
            yield slice(start, position)
            start, characters = position, len(text)
    yield slice(start, len(texts))
