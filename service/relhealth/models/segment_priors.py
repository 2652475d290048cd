"""Priors by segment as entries for a rubric's file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from relhealth.domain.rubric import SegmentPrior
from relhealth.models.toml_file import toml_string

_WHERE: Final = """\
# For the end of a copy of the rubric that has another id and no line `segments = []`.
"""


def rubric_fragment(priors: Iterable[SegmentPrior]) -> str:
    """The priors as entries for the end of a rubric's file.

    Where the file says ``segments = []`` they would swallow the keys that follow.
    """
    return "\n".join([_WHERE, *[_entry(prior) for prior in priors]])


def _entry(prior: SegmentPrior) -> str:
    return (
        "[[segments]]\n"
        f"segment = {toml_string(prior.segment)}\n"
        f'trait = "{prior.trait.name}"\n'
        f"prior_mean = {prior.prior_mean}\n"
        f"prior_strength = {prior.prior_strength}\n"
    )
