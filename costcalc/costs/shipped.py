"""The shipped networks at their own settings, and every figure that was published about them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from costcalc.accounting.convention import OWN, Accounting
from costcalc.costs.published import figures_of, published_for, setting_of
from costcalc.costs.table import Analysis
from costcalc.costs.totals import measure
from costcalc.graph.builder import build
from costcalc.graph.setting import Setting
from costcalc.language.lookup import shipped, shipped_files
from costcalc.language.published import Figures


class ShippedNetwork:
    """A shipped network or variant at its own setting."""

    def __init__(self, analysis: Analysis) -> None:
        self.analysis = analysis

    @property
    def name(self) -> str:
        return self.analysis.name

    @property
    def variant(self) -> str | None:
        return self.analysis.variant

    @property
    def source(self) -> str | None:
        return self.analysis.network.source

    @property
    def top1(self) -> Fraction | None:
        """The accuracy that the default source published at this setting."""
        rows = published_for(self.analysis)
        return rows[0].figures.top1 if rows else None


class PublishedRow(NamedTuple):
    """What one source published at one setting, and what is computed there."""

    name: str
    figures: Figures
    setting: Setting
    macs: int
    params: int

    @property
    def alpha(self) -> Fraction:
        return Fraction(self.setting.alpha or 1)

    @property
    def agreements(self) -> tuple[str | None, str | None]:
        """Of macs and params: rounded, truncated or differs; None where none was published."""
        figures = self.figures
        return (
            figures.macs and figures.macs.agreement(self.macs),
            figures.params and figures.params.agreement(self.params),
        )

    @property
    def differs(self) -> bool:
        return "differs" in self.agreements


def list_published() -> Iterator[PublishedRow]:
    """Every published figure of the shipped networks, and the exact ones at its setting."""
    for path in shipped_files():
        file = shipped(path)
        known: dict[Setting, dict[str, int]] = {}
        for name in file.variant_names():
            variant, _ = file.variant(name)
            for figures in figures_of(file, name):
                if figures.macs is None and figures.params is None:
                    continue
                setting = setting_of(figures, variant, file)
                if setting not in known:
                    counts = measure(build(file, setting), ("macs", "params"))
                    known[setting] = {metric: int(count) for metric, count in counts.items()}
                yield PublishedRow(variant or file.name, figures, setting, **known[setting])


def list_networks(counted: Accounting | None = None) -> Iterator[ShippedNetwork]:
    """Every shipped network and variant, costed at its own setting."""
    for path in shipped_files():
        file = shipped(path)
        for name in file.variant_names():
            setting = Setting(name, accounting=counted or OWN)
            yield ShippedNetwork(Analysis(build(file, setting)))
