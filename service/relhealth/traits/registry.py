"""The seven traits, in the order of WikiHow's steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from relhealth.domain.evidence import Observation
from relhealth.domain.vocabulary import Trait
from relhealth.signals.scene import Scene
from relhealth.traits import (
    communication,
    forgiveness,
    mistakes,
    own_happiness,
    realism,
    support,
    time,
)


@dataclass(frozen=True, slots=True)
class TraitJudge:
    """How one trait looks at a scene.

    Attributes:
        kinds: Names of the kinds of evidence that it can find.
        observe: The evidence, in a fixed order.
        applies: Whether anything of the kind could arise.
    """

    trait: Trait
    kinds: tuple[str, ...]
    observe: Callable[[Scene], Iterator[Observation]]
    applies: Callable[[Scene], bool]


TRAITS: Final = (
    TraitJudge(
        Trait.OWN_HAPPINESS, own_happiness.KINDS, own_happiness.observe, own_happiness.applies
    ),
    TraitJudge(Trait.TIME, time.KINDS, time.observe, time.applies),
    TraitJudge(
        Trait.COMMUNICATION, communication.KINDS, communication.observe, communication.applies
    ),
    TraitJudge(Trait.REALISM, realism.KINDS, realism.observe, realism.applies),
    TraitJudge(Trait.MISTAKES, mistakes.KINDS, mistakes.observe, mistakes.applies),
    TraitJudge(Trait.FORGIVENESS, forgiveness.KINDS, forgiveness.observe, forgiveness.applies),
    TraitJudge(Trait.SUPPORT, support.KINDS, support.observe, support.applies),
)
