"""Results that show themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from costcalc.costs.published import Published, published_for
from costcalc.costs.selection import Selection
from costcalc.costs.table import Analysis
from costcalc.reports import formats

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

    from costcalc.formulas import ExactFormula, LayerFormulas, NetworkLaw, Seed
    from costcalc.render.sheet import Part


class Table(Analysis):
    """An analysis that shows itself: under rich, in a notebook, and as text."""

    @property
    def published(self) -> list[Published]:
        """The published figures for this very setting; the default source's first."""
        return published_for(self)

    def _page(self) -> Iterator[Part]:
        page: Iterator[Part] = formats.view("analyze", "page", Selection([self]))
        return page

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from costcalc.render.terminal import render

        return render(self._page(), options.max_width)

    def __str__(self) -> str:
        return "".join(formats.lines("analyze", "text", Selection([self])))

    def _repr_html_(self) -> str:
        from costcalc.render.html import page

        return page(self._page())


class Formula:
    """A formula, in the formats that it can be written in; str() is its text."""

    def __init__(self, result: Seed | NetworkLaw | ExactFormula | LayerFormulas) -> None:
        self.result = result

    def page(self) -> Iterator[Part]:
        page: Iterator[Part] = formats.view("formula", "page", self.result)
        return page

    def __str__(self) -> str:
        return "".join(formats.lines("formula", "text", self.result))

    def latex(self) -> Iterator[str]:
        """A document that compiles."""
        return formats.lines("formula", "latex", self.result)

    def json(self) -> Iterator[str]:
        return formats.lines("formula", "json", self.result)

    def python(self) -> Iterator[str]:
        """Source that defines macs and params; of a whole network only."""
        return formats.lines("formula", "python", self.result)
