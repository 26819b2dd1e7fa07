"""Batch norm folded into the layer before it, as networks are deployed."""

from __future__ import annotations

from collections import Counter

from costcalc.graph.nodes import Network, Source, Step
from costcalc.layers.convolution import Convolution
from costcalc.layers.linear import Linear


def fold_batch_norm(network: Network) -> None:
    """Batch norm goes into the convolution or linear layer before it, as in a deployed network.

    It scales the weights and moves the bias, so that the layer has a bias from then on, and what
    it computed itself is gone. Where another layer reads the map between the two it stays.
    """
    readers = Counter(id(wire) for step in network.steps for wire in step.inputs)
    readers.update(id(wire) for wire in network.outputs)
    folded: dict[int, Source | Step] = {}
    for step in network.steps:
        step.inputs = [folded.get(id(wire), wire) for wire in step.inputs]
        before = _foldable(step)
        if before is not None and readers[id(before)] == 1:
            before.layer = type(before.layer)({**vars(before.layer), "bias": True})
            readers[id(before)] = readers[id(step)]
            folded[id(step)] = before
            step.group.children.remove(step)
    network.steps = [step for step in network.steps if id(step) not in folded]
    network.outputs = [folded.get(id(wire), wire) for wire in network.outputs]


def _foldable(step: Step) -> Step | None:
    """What a batch norm could be folded into."""
    if step.layer.type != "batch_norm":
        return None
    before = step.inputs[0]
    if isinstance(before, Step) and isinstance(before.layer, (Convolution, Linear)):
        return before
    return None
