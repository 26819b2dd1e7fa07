"""Results of the Python API that display themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from costcalc.costs.published import Published, published_for
from costcalc.costs.selection import Selection
from costcalc.costs.table import Analysis
from costcalc.reports import formats

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

    from costcalc.formulas import ExactFormula, LayerFormulas, NetworkLaw, Seed
    from costcalc.page.view import View
    from costcalc.render.sheet import Part


class Displayed:
    """A result that rich and notebooks lay out, and that str() gives as plain text."""

    _report: str
    """Its key in `reports.formats.REPORTS`."""

    def _reported(self) -> Any:
        """What the report takes."""
        raise NotImplementedError

    def page(self) -> Iterator[Part]:
        """The tables and lines of the report."""
        page: Iterator[Part] = formats.view(self._report, "page", self._reported())
        return page

    def _lines(self, format_: str) -> Iterator[str]:
        return formats.lines(self._report, format_, self._reported())

    def __str__(self) -> str:
        return "".join(self._lines("text"))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from costcalc.render.terminal import render

        return render(self.page(), options.max_width)

    def _repr_html_(self) -> str:
        from costcalc.render.html import page

        return page(self.page())


class Table(Displayed, Analysis):
    """The cost table of a network at one setting."""

    _report = "analyze"

    def _reported(self) -> Selection:
        return Selection([self])

    @property
    def published(self) -> list[Published]:
        """The figures published for this setting, those of the default source first."""
        return published_for(self)

    def view(self) -> View:
        """Make the page of `costcalc view`: a notebook shows it, and str() is its HTML."""
        from costcalc.page.view import view_network

        return view_network(self.network, self.network.file)


class Formula(Displayed):
    """Costs as formulas."""

    _report = "formula"

    def __init__(self, result: Seed | NetworkLaw | ExactFormula | LayerFormulas) -> None:
        self.result = result

    def _reported(self) -> Any:
        return self.result

    def latex(self) -> Iterator[str]:
        """The lines of a LaTeX document."""
        return self._lines("latex")

    def json(self) -> Iterator[str]:
        """The lines of a JSON document."""
        return self._lines("json")

    def python(self) -> Iterator[str]:
        """The lines of Python source that defines macs and params, of a whole network only."""
        return self._lines("python")
