"""A network as it is asked for, in bare layers, and what a text of it must have."""

from __future__ import annotations

from costcalc.costs.totals import Costs
from costcalc.decompile.concats import chained, grown, merged, sliced
from costcalc.decompile.explain import without
from costcalc.decompile.flatten import flatten
from costcalc.decompile.form import in_form
from costcalc.decompile.unfold import unfolded
from costcalc.decompile.vectors import unflattened
from costcalc.decompile.verify import difference, layers_of, totals_of
from costcalc.decompile.wanted import AS_IT_IS, Wanted
from costcalc.graph.nodes import Network
from costcalc.graph.setting import Setting


class Prepared:
    """The layers of a network in the form that is wanted, with the totals that a text must have."""

    def __init__(self, network: Network, wanted: Wanted = AS_IT_IS) -> None:
        self.network = network
        self.totals = totals_of(Costs(network), wanted.form)
        self.comments: list[str] = []
        graph = flatten(network)
        if wanted.unfold:
            norms = unfolded(graph, network)
            graph = norms.graph
            self.comments.append(norms.said(self.totals))
            self.totals = norms.totals(self.totals)
        if wanted.form is not None:
            graph = in_form(graph, wanted.form)
            self.comments += without(graph, wanted.form)
        if not wanted.flat:
            graph = unflattened(graph)
        self.layers = layers_of(graph)
        self.graph = graph if wanted.flat else sliced(chained(grown(merged(graph))))

    def difference(self, text: str, setting: Setting | None = None) -> str | None:
        """The first difference of a text from what it must have; None where there is none."""
        return difference(text, self.network, self.layers, self.totals, setting)
