"""Which published figures belong to a setting, and whether they agree with the exact ones."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple, TypeAlias

from costcalc.costs.table import Analysis
from costcalc.language.network_file import NetworkFile, Settings
from costcalc.language.published import Figures, read_published
from costcalc.numeric.exact import Number

Setting: TypeAlias = "tuple[Number, tuple[int, int]]"
"""alpha, and the first input's height and width."""


class Published(NamedTuple):
    """The figures that one source published at the setting of an analysis."""

    figures: Figures
    macs: str | None
    """rounded, truncated or differs; None where none was published"""
    params: str | None


def published_for(analysis: Analysis) -> list[Published]:
    """What was published of this variant at this alpha and resolution, in the file's order."""
    network = analysis.network
    folded = network.accounting is not None and network.accounting.fold_batch_norm
    if network.overridden or folded:  # then it is another network than the published one
        return []
    totals = analysis.totals
    here = analysis.alpha, analysis.input[1:]
    return [
        Published(
            figures,
            figures.macs and figures.macs.agreement(totals.macs),
            figures.params and figures.params.agreement(totals.params),
        )
        for figures in figures_of(network.file, network.variant)
        if setting_of(figures, network.settings) == here
    ]


def setting_of(figures: Figures, settings: Settings) -> Setting:
    """The setting of published figures; what they leave out is as the network has it."""
    assert settings.inputs is not None
    _, height, width = (*next(iter(settings.inputs.values())), 1, 1)[:3]
    return figures.alpha or settings.alpha or Fraction(1), figures.resolution or (height, width)


def figures_of(file: NetworkFile, variant: str | None) -> list[Figures]:
    """A variant's published figures; figures that name no variant are the first one's."""
    variant, settings = file.variant(variant)
    own = variant is not None and file.variants[variant].published is not None
    default = variant if own else next(iter(file.variants), None)
    return [
        figures
        for figures in read_published(file.path, settings.published, file.variants)
        if (figures.variant or default) == variant
    ]
