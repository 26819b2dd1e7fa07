"""Find the layers that use the weights of others: the file stores those once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import TypeAlias

from costcalc.errors import CostcalcWarning
from costcalc.graph.weights import BESIDE
from costcalc.importers.graphs.model import Graph, Op, Tensor
from costcalc.importers.graphs.values import Constant, Draft, Out, Value
from costcalc.layers import LAYERS, Layer

_Key: TypeAlias = "tuple[tuple[str, ...], int]"
"""The names of weights, and the id of what else layers have in common."""
Stored: TypeAlias = "Mapping[str, Tensor]"
_NUMBERS = frozenset(("int16", "int32", "int64", "bool", "string"))
"""Types of what no layer has for weights, such as shapes and places of rows in a table."""


def note_weights(inputs: Sequence[Value | None], drafts: Sequence[Draft], stored: Stored) -> None:
    """Note the stored tensors that an op reads at the one of its layers that has params.

    Parts of a tensor are not noted, since another layer may have the rest of it, nor is what was
    computed of several.
    """
    own = [one for one in drafts if LAYERS[one.type].params is not Layer.params]
    read = [one for one in inputs if isinstance(one, Constant) and one.type not in _NUMBERS]
    found = [whole(one, stored) for one in read if one.name or one.size > 1]
    if len(own) == 1 and None not in found:
        own[0].weights = tuple(one for one in found if one is not None)


def whole(constant: Constant, stored: Stored) -> Tensor | None:
    """The stored tensor of which a constant has all elements."""
    tensor = stored.get(constant.name)
    dims = () if tensor is None or tensor.dims is None else tensor.dims
    return tensor if prod(dim for dim in dims if isinstance(dim, int)) == constant.size else None


class Sharing:
    """Whose weights each layer has, while the layers of a graph are passed in order."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.lenders: dict[Draft, Draft] = {}
        """The layer whose weights a layer uses."""
        self._first: dict[_Key, Draft] = {}
        """The first layer with some weights: of all, of an op, and behind a layer."""
        self._kernels: set[str] = set()
        self._uniform: dict[str, bool] = {}
        self._again: list[Op] = []
        """Ops with weights of others that count once more, since the layers differ otherwise."""

    def add(self, draft: Draft) -> None:
        """Find whose weights a layer uses."""
        if not draft.weights or draft.op is None:
            return
        names = tuple(one.name for one in draft.weights)
        found = self._lender(draft, names)
        if found is not None and _fit(draft, found):
            self.lenders[draft] = found
        elif names[0] in self._kernels and not self._is_initial(draft.weights):
            self._again.append(draft.op)
        if _has_kernel(draft):
            self._kernels.add(names[0])
        before = [self.lenders.get(out.draft, out.draft) for out in draft.sources[:1]]
        for place in (None, draft.op, *before):
            self._first.setdefault((names, id(place)), draft)

    def _lender(self, draft: Draft, names: tuple[str, ...]) -> Draft | None:
        """The first layer with the same weights.

        Exporters store equal tensors once, so that what is initialised alike, norms of ones and
        zeros and convolutions of zeros, names the same ones. It is one layer only if it is of one
        op, which a loop runs again, or stands behind layers that share their weights.
        """
        first = self._first.get((names, id(None)))
        if first is None or self.graph.shares_weights or not self._is_initial(draft.weights):
            return first
        before = [self.lenders[out.draft] for out in draft.sources if out.draft in self.lenders]
        places = [(names, id(place)) for place in (draft.op, *before)]
        return next((self._first[place] for place in places if place in self._first), None)

    def _is_initial(self, weights: Sequence[Tensor]) -> bool:
        for one in weights:
            if one.name not in self._uniform:
                self._uniform[one.name] = one.is_uniform
        return all(self._uniform[one.name] for one in weights)

    def warnings(self) -> list[CostcalcWarning]:
        """Warn of tensors that count as params of several layers."""
        if not self._again:
            return []
        count, op = len(self._again), self._again[0]
        what = f"weights of {count} layers" if count > 1 else "the weights of a layer"
        message = f"{what} are read by others too, in another way, and count as params of each"
        return [CostcalcWarning(message, position=self.graph.fault(message, op).position)]


def _has_kernel(draft: Draft) -> bool:
    """Whether its weights are too many to be equal to others by chance."""
    layer = LAYERS[draft.type]
    return layer.macs is not Layer.macs or layer.type == "embedding"


def _fit(draft: Draft, lender: Draft) -> bool:
    """Whether two layers have weights of the same shapes."""
    if (draft.type, lender.type) == ("linear", "embedding"):
        return (
            draft.fields.get("bias") is False
            and draft.outs[0].shape.channels == lender.fields["num_embeddings"]
            and draft.sources[0].shape.channels == lender.fields["embedding_dim"]
        )
    return (
        draft.type == lender.type
        and _shown(draft) == _shown(lender)
        and _widths(draft.sources) == _widths(lender.sources)
        and _widths(draft.outs) == _widths(lender.outs)
    )


def _shown(draft: Draft) -> dict[str, object]:
    return {key: value for key, value in draft.fields.items() if key not in BESIDE}


def _widths(outs: Sequence[Out]) -> list[object]:
    return [out.shape.channels for out in outs]
