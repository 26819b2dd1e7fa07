"""Published figures beside computed ones."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from costcalc.analysis import Analysis
from costcalc.spec.network_file import NetworkFile
from costcalc.spec.published import Figures, read_published


class Published(NamedTuple):
    """The figures of one source for the very setting of an analysis."""

    figures: Figures
    macs: str | None
    """rounded, truncated or differs; None where none is printed"""
    params: str | None


def matching(analysis: Analysis) -> list[Published]:
    """What was published for this variant, alpha and resolution, in the file's order."""
    network = analysis.network
    if network.overridden:  # params of one's own make another network
        return []
    settings, totals = network.settings, analysis.totals
    assert settings.inputs is not None
    first = next(iter(settings.inputs.values()))
    result = []
    for figures in figures_of(network.file, network.variant):
        alpha = figures.alpha or settings.alpha or Fraction(1)
        size = figures.resolution or first[1:] or (1, 1)
        if alpha == analysis.alpha and size == analysis.input[1:]:
            result.append(
                Published(
                    figures,
                    figures.macs and figures.macs.agreement(totals.macs),
                    figures.params and figures.params.agreement(totals.params),
                )
            )
    return result


def figures_of(file: NetworkFile, variant: str | None) -> list[Figures]:
    """A variant's published figures; those that name none are the first variant's."""
    variant, settings = file.variant(variant)
    own = variant is not None and file.variants[variant].published is not None
    default = variant if own else next(iter(file.variants), None)
    return [
        figures
        for figures in read_published(file.path, settings.published, file.variants)
        if (figures.variant or default) == variant
    ]
