"""Put batch norms back behind the layers into which an exporter folded them.

The norm's scale went into the weights and its shift into the bias. So the layer loses its bias,
which the norm's shift replaces, and a norm follows, with two params a channel. A bias that the
layer had before its norm is lost in the file, and nothing can bring it back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from costcalc.decompile.bare import Graph, Map, Op
from costcalc.decompile.flatten import fields_of
from costcalc.errors import CostcalcError
from costcalc.graph.nodes import Network
from costcalc.language.library import shown_path
from costcalc.layers.normalization import BatchNorm


class Unfolded(NamedTuple):
    """A graph with its batch norms, and what it then has that the file has not."""

    graph: Graph
    norms: int
    params: int
    """How many more."""

    def totals(self, of_file: Mapping[str, int]) -> dict[str, int]:
        """The totals that a text must have, where the file has these.

        Other ops are left out: they follow from the layers, which are compared one by one.
        """
        totals = {name: total for name, total in of_file.items() if name != "other_ops"}
        return {**totals, "params": totals["params"] + self.params}

    def said(self, of_file: Mapping[str, int]) -> str:
        """A line about what was put back."""
        before, norms = of_file["params"], f"{self.norms:,} batch norm{'s' * (self.norms > 1)}"
        params = f"{before:,} params in the file, {before + self.params:,} here"
        return f"{norms} put back, in place of biases: {params}."


def unfolded(graph: Graph, network: Network) -> Unfolded:
    """Put the norms back of which the network's file says that they were folded.

    Raises CostcalcError where the file says so of no layer.
    """
    foreign = network.file.foreign if network.file is not None else None
    folded = frozenset() if foreign is None else foreign.folded_norms
    unfolding = _Unfolding(folded)
    made = unfolding.graph(graph)
    if not unfolding.norms:
        raise CostcalcError(
            f"{shown_path(network.path)} says of no layer that a batch norm was folded into it",
            hint="exports of PyTorch to ONNX and files of TFLite's converter say it in names; "
            "elsewhere a norm would be a guess",
        )
    return Unfolded(made, len(unfolding.norms), unfolding.params)


class _Unfolding:
    def __init__(self, folded: frozenset[str]) -> None:
        self.folded = folded
        self.norms: dict[Op, Op] = {}
        """The norm of each layer that has one again."""
        self.params = 0

    def graph(self, graph: Graph) -> Graph:
        made: list[Op] = []
        for op in graph.ops:
            if op.inner is not None:
                op.inner = self.graph(op.inner)
            made.append(op)
            if op.item in self.folded:
                made.append(self._norm(op))
        return Graph(graph.inputs, made, graph.outputs)

    def _norm(self, op: Op) -> Op:
        """Take the bias of a layer, and return the norm behind it, which makes its map."""
        assert op.layer is not None
        shapes, (out,) = [x.shape for x in op.sources], op.maps
        layer = BatchNorm()
        norm = Op("batch_norm", {}, [], layer)
        norm.path, norm.bits = f"{op.path}.batch_norm", op.bits
        plain = type(op.layer)({**op.layer.values(), "bias": False})
        if op.lender is None:
            before = op.layer.params(out.shape, *shapes)
            after = plain.params(out.shape, *shapes) + layer.params(out.shape, out.shape)
            self.params += int(after - before)
        else:
            norm.lender = self.norms.get(op.lender)
        op.layer, op.fields = plain, fields_of(plain, shapes)
        between = Map(out.shape, "", op)
        op.maps, norm.sources, norm.maps, out.op = [between], [between], [out], norm
        self.norms[op] = norm
        return norm
