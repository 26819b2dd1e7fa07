"""The page of networks: what `costcalc view` writes and `Table.view` returns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import NamedTuple

from costcalc.costs.table import Analysis
from costcalc.graph.builder import build
from costcalc.graph.collection import uncollected
from costcalc.graph.nodes import Network
from costcalc.graph.setting import Setting, replace
from costcalc.importers.reading import load_file
from costcalc.language.network_file import NetworkFile
from costcalc.page.comparison import add_compared, sides_of
from costcalc.page.data import Page
from costcalc.page.document import document, packed
from costcalc.text import escaped

FRAME = 900
"""Pixels of height in a notebook."""


class View:
    """A page of networks: str() is the HTML file, and a notebook shows it."""

    def __init__(self, page: Page, first: Network, more: Sequence[str] = ()) -> None:
        self._page = page
        self._more = more
        self._first = named_totals(first)

    def __str__(self) -> str:
        return document(self._page.json(), *self._first, self._more)

    def packed(self) -> str:
        """The data alone, as the page has it inside."""
        return packed(self._page.json())

    def _repr_html_(self) -> str:
        return (
            f'<iframe srcdoc="{escape(str(self))}" sandbox="allow-scripts" '
            f'style="width: 100%; height: {FRAME}px; border: 0"></iframe>'
        )


def named_totals(network: Network) -> tuple[str, dict[str, int]]:
    """What stands in a page before its scripts run: the network's name and what it costs."""
    totals = Analysis(network).totals
    name = escaped(network.setting.variant or network.name)
    return name, {"MACs": totals.macs, "params": totals.params}


class Request(NamedTuple):
    """What is to be shown: networks at a setting, and what to compare the one with."""

    nets: Sequence[str]
    setting: Callable[[str | None], Setting]
    """The setting of a variant."""
    variant: str | None = None
    other: str | None = None


def view(request: Request, more: Sequence[str] = ()) -> View:
    """Make the page. Raises CostcalcError where a network is faulty."""
    page = Page()
    with uncollected():
        if request.other is not None:
            sides = sides_of(request.nets[0], request.other, request.variant)
            first = add_compared(page, *sides, request.setting)
            return View(page, first, [*more, "compare"])
        files = [load_file(net, request.variant) for net in request.nets]
        for file, named in files:
            page.add(file, map(request.setting, file.variant_names(named)))
        file, named = files[0]
        return View(page, build(file, request.setting(file.variant_names(named)[0])), more)


def view_network(network: Network, file: NetworkFile | None) -> View:
    """Make the page of one network that is built."""
    page = Page()
    with uncollected():
        if file is None:
            page.add_built(network)
        else:
            page.add(file, [replace(network.setting)])
    return View(page, network)
