"""The shipped networks, each at its own setting."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from costcalc.analysis import Analysis
from costcalc.network import build
from costcalc.published import matching
from costcalc.spec.catalog import shipped, shipped_files
from costcalc.spec.convention import Accounting


class Listed:
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
        return self.analysis.network.file.source

    @property
    def top1(self) -> Fraction | None:
        """Published accuracy at this very setting, of the default source."""
        rows = matching(self.analysis)
        return rows[0].figures.top1 if rows else None


def list_networks(counted: Accounting | None = None) -> Iterator[Listed]:
    """Every shipped network and variant, costed at its own setting."""
    for path in shipped_files():
        file = shipped(path)
        for name in file.variants or (None,):
            yield Listed(Analysis(build(file, name, accounting=counted)))
