"""Ways to ask what a layer costs: the counter of its case, its class, and a network's text."""

import json
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from costcalc.costs.table import Analysis
from costcalc.errors import CostcalcError
from costcalc.graph.builder import build
from costcalc.language.network_file import NetworkFile
from costcalc.layers import LAYERS, Layer
from costcalc.layers.fields import SizedField
from costcalc.shapes import TensorShape

from . import CASES
from .base import METRICS, Case, Counts, Impossible

Ask = Callable[[str, Case], Counts]


def by_counting(type: str, case: Case) -> Counts:
    return CASES[type].count(case.fields, *case.maps)


def by_class(type: str, case: Case) -> Counts:
    layer = layer_of(type, case)
    maps = [TensorShape(x[0], x[1:]) for x in case.maps]
    out = layer.output(*maps)
    costs = {name: getattr(layer, name)(out, *maps) for name in METRICS}
    return Counts(output=tuple(out), samples=out.samples, **costs)


def layer_of(type: str, case: Case) -> Layer:
    """The layer that fits the first map, with fields for as many sides."""
    sides = len(case.maps[0]) - 1 or 1 if case.maps else 1
    layer = LAYERS[type]
    layer = layer.numbered.get(sides, layer)
    values = {}
    for name, value in case.fields.items():
        field = layer.field(name)
        field = field.for_sides(sides) if isinstance(field, SizedField) else field
        values[name] = field.convert(value)
    return layer(values)


def by_text(type: str, case: Case) -> Counts:
    """The layer as a network of its own."""
    network = build(NetworkFile(network_text(type, case), "one_layer.yaml"))
    row, *others = Analysis(network).layers
    assert not others or layer_of(type, case).makes_several
    assert row.flops == 2 * row.macs
    out = row.output_shape
    times = {name: 1 if name == "params" else out.samples for name in METRICS}
    costs = {name: getattr(row, name) // times[name] for name in METRICS}
    return Counts(output=tuple(out), samples=out.samples, **costs)


def network_text(type: str, case: Case) -> str:
    """JSON is YAML."""
    maps = case.maps or [(1,)]  # a network has an input, whoever reads it
    names = [f"map_{number}" for number in range(len(maps))]
    fields: dict[str, Any] = {"from": names} if case.maps else {}
    for name, value in case.fields.items():
        fields[name] = float(value) if isinstance(value, Fraction) else value
    if type == "mixture_of_experts":  # whose experts leave the map as it is
        fields["layers"] = []
    return json.dumps(
        {
            "name": "one layer",
            "input": dict(zip(names, map(list, maps), strict=True)),
            "layers": [{type: fields}],
        }
    )


def outcome(ask: Ask, type: str, case: Case) -> Counts | None:
    """What it says, or None where it refuses."""
    try:
        return ask(type, case)
    except (CostcalcError, Impossible):
        return None
