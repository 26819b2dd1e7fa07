"""Which published figures belong to a setting, and whether they agree with the exact ones."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from costcalc.costs.table import Analysis
from costcalc.graph.inputs import stated_inputs
from costcalc.graph.setting import AS_WRITTEN, Setting
from costcalc.language.network_file import NetworkFile
from costcalc.language.published import Figures, read_published


class Published(NamedTuple):
    """The figures that one source published at the setting of an analysis."""

    figures: Figures
    macs: str | None
    """rounded, truncated or differs; None where none was published"""
    params: str | None


def published_for(analysis: Analysis) -> list[Published]:
    """What was published of this variant at this alpha and resolution, in the file's order."""
    network = analysis.network
    setting = network.setting
    if network.file is None or setting.params or setting.accounting.fold_batch_norm:
        return []  # it is another network than the published one
    if analysis.batch > 1:
        return []  # what is published is of one sample
    totals = analysis.totals
    here = Setting(setting.variant, analysis.alpha, resolution=analysis.input.resolution)
    return [
        Published(
            figures,
            figures.macs and figures.macs.agreement(totals.macs),
            figures.params and figures.params.agreement(totals.params),
        )
        for figures in figures_of(network.file, setting.variant)
        if setting_of(figures, setting.variant, network.file) == here
    ]


def setting_of(figures: Figures, variant: str | None, file: NetworkFile) -> Setting:
    """The setting of a variant's published figures; what they leave out is as the network has it.

    The resolution is the first input's height and width, 1 and 1 of a vector.
    """
    _, declared = file.variant(variant)
    size = next(iter(AS_WRITTEN.inputs(stated_inputs(file, declared)).values())).resolution
    alpha = figures.alpha or declared.alpha or Fraction(1)
    return Setting(variant, alpha, resolution=figures.resolution or size)


def figures_of(file: NetworkFile, variant: str | None) -> list[Figures]:
    """A variant's published figures; figures that name no variant are the first one's."""
    variant, declared = file.variant(variant)
    own = variant is not None and file.variants[variant].published is not None
    default = variant if own else next(iter(file.variants), None)
    return [
        figures
        for figures in read_published(file.path, declared.published, file.variants)
        if (figures.variant or default) == variant
    ]
