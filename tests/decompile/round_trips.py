"""Build a network, forget its text, decompile it, and count both."""

from collections import Counter

from support.paths import CONFIGS

import costcalc
from costcalc.costs.totals import Costs
from costcalc.decompile.decompiler import decompiled
from costcalc.decompile.wanted import Wanted
from costcalc.graph.builder import build
from costcalc.language.network_file import NetworkFile

TOTALS = ("macs", "params", "other_ops", "activations", "separable_macs", "standard_macs")
FREE = {"concat", "slice", "split", "identity", "dropout"}


def network_of(text, path="net.yaml"):
    return build(NetworkFile(text, path))


def shipped(name, **setting):
    return costcalc.load(name).cost(**setting).network


def text_of(network, **options):
    return decompiled(network, ["Converted for a test."], Wanted(**options))


def totals(network):
    costs = Costs(network)
    return {name: costs[name] for name in TOTALS}


def layers(network):
    """How often each layer is there: what it reads, makes, costs and has; its type, but that of
    convolutions. A map of one place is the vector that flatten makes of it."""
    found = Counter()
    for node in network.nodes:
        layer = node.layer
        if layer.type in FREE:
            continue
        shapes = [x.shape for x in node.inputs]
        kind = "conv" if layer.family == "convolutions" else layer.type
        dims = tuple(sorted(map(dims_of, shapes)))
        if layer.type == "flatten" and dims == (dims_of(node.shape),):
            continue
        own = (layer.macs(node.shape, *shapes), layer.params(node.shape, *shapes))
        found[(kind, layer.call, dims, dims_of(node.shape), own)] += 1
    return found


def dims_of(shape):
    return shape.dims[:1] if all(side == 1 for side in shape.sides) else shape.dims


def lines(text):
    """The lines of a network but comments, and what a text says beside its layers."""
    count, counted = 0, True
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            if line[0] not in " -":
                counted = line.split(":")[0] not in ("published", "budgets", "task")
            count += counted
    return count


def lines_by_hand(stem):
    return lines((CONFIGS / f"{stem}.yaml").read_text(encoding="utf-8"))
