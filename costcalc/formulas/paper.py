"""Formulas in the letters of the MobileNet paper: of one layer, and of its main claim."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from costcalc.costs.table import Analysis
from costcalc.errors import CostcalcError, nearest
from costcalc.graph.nodes import Input, Node, Nodes
from costcalc.layers.convolution import Conv2d, DepthwiseConv2d, PointwiseConv2d
from costcalc.metrics import METRICS
from costcalc.numeric.exact import Number
from costcalc.numeric.polynomial import Polynomial
from costcalc.numeric.traced import Traced, knobs_of, polynomial_of
from costcalc.numeric.unrounded import UnroundedTrace
from costcalc.shapes import TensorShape


class LayerLine(NamedTuple):
    """One count of a layer: its formula, the number that each letter stands for, the value."""

    metric: str
    form: Polynomial
    numbers: dict[str, int]
    value: int


class LayerFormula(NamedTuple):
    name: str
    type: str
    line: int | None
    lines: list[LayerLine]


_NAMES = {"out_channels": "N", "out_features": "N", "groups": "G", "heads": "h"}


def layer_formula(node: Node) -> LayerFormula:
    """The formulas of a layer in the letters of the MobileNet paper.

    D_K is the side of the kernel, M and N are input and output channels, D_F is the side of the
    output map, D_I that of the input map where they differ; n is a number of tokens.
    """
    naming = _Naming()
    layer = node.layer
    fields = {name: getattr(layer, name) for name in layer.fields}
    named = layer.values()
    for name, value in fields.items():
        if name == "kernel_size":
            named[name] = naming.pair(value, "D_K", ("K_h", "K_w"))
        elif name in _NAMES and isinstance(value, int):
            named[name] = naming.number(_NAMES[name], value)
    maps = [source.shape for source in node.inputs or [node]]
    channels = naming.number("M", maps[0].channels)
    # The output is named first: an input of the same size has the same letters.
    sides = naming.sides(node.shape, "D_F", ("F_h", "F_w"))
    out_channels = next(
        (named[name] for name in ("out_channels", "out_features") if name in named), None
    )
    if out_channels is None:
        same = node.shape.channels == maps[0].channels
        out_channels = channels if same else naming.number("N", node.shape.channels)
    same = maps[0].sides == node.shape.sides
    first = sides if same else naming.sides(maps[0], "D_I", ("I_h", "I_w"))
    samples = node.shape.batch
    batch = samples if samples is None else naming.number("B", int(samples))
    trace, value_of = naming.trace()
    inputs = [TensorShape(value_of(channels), map(value_of, first)), *maps[1:]]
    out = TensorShape(value_of(out_channels), map(value_of, sides), value_of(batch))
    sources: Nodes = [Input("", shape) for shape in inputs] if node.inputs else []
    written = type(layer)({name: value_of(value) for name, value in named.items()})
    lettered = Node(written, sources, out, node.label, node.group, node.origin)
    lettered.experts, lettered.trainable = node.experts, node.trainable
    lettered.weights = node.weights
    lines: list[LayerLine] = []
    shown = {name: own for name, own in METRICS.items() if own.of and not own.is_asked_for}
    values = {name: int(own.of(node)) for name, own in shown.items() if own.of}
    for metric, own in shown.items():
        if own.of and values[metric] and own.tells(values.__getitem__):
            cost = own.of(lettered)
            form = trace.form(polynomial_of(cost)).polynomial
            numbers = {s: n for s, n in naming.numbers.items() if s in form.variables}
            lines.append(LayerLine(metric, form, numbers, values[metric]))
    return LayerFormula(node.name, layer.type, node.origin.line, lines)


class _Letter(str):
    """A letter in the place of a number."""

    __slots__ = ()


class _Naming:
    """Letters for numbers, each with the number that it stands for."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def number(self, letter: str, value: int) -> _Letter | int:
        """The letter of a number; a factor of 1 would not show, so 1 has none."""
        if value == 1:
            return 1
        self.numbers[letter] = value
        return _Letter(letter)

    def trace(self) -> tuple[UnroundedTrace, Callable[[Any], Any]]:
        """A trace over all letters, and how a value with letters is written in its numbers."""
        trace = UnroundedTrace(self.numbers, self.numbers, self.numbers)
        knobs = knobs_of(trace)

        def value_of(value: Any) -> Any:
            if isinstance(value, tuple):
                return tuple(map(value_of, value))
            return knobs[value] if isinstance(value, _Letter) else value

        return trace, value_of

    def pair(self, sides: Sequence[Any], square: str, letters: tuple[str, str]) -> Any:
        """Letters of a kernel's or a map's sides: one for all where they are alike."""
        if all(side == sides[0] for side in sides):
            return (self.number(square, sides[0]),) * len(sides)
        all_letters = (f"{letters[0][:-1]}d", *letters)[-len(sides) :]
        return tuple(self.number(own, side) for own, side in zip(all_letters, sides, strict=True))

    def sides(self, shape: TensorShape, square: str, letters: tuple[str, str]) -> Any:
        if not all(side == 1 for side in shape.sides[1:]):
            return self.pair(shape.sides, square, letters)
        length = [self.number("n" if square == "D_F" else "n_I", side) for side in shape.sides[:1]]
        return (*length, *shape.sides[1:])


class LayerFormulas(NamedTuple):
    analysis: Analysis
    layers: list[LayerFormula]


def layer_formulas(analysis: Analysis, name: str) -> LayerFormulas:
    """The formulas of the layer with this name, or of all layers of the block."""
    rows = {row.name: row for row in analysis.rows(None)}
    if name not in rows:
        raise CostcalcError(
            f"no layer or block of {analysis.name} is named '{name}'",
            hint=nearest(name, rows) or "costcalc analyze --depth all shows the names",
        )
    return LayerFormulas(analysis, [layer_formula(layer.node) for layer in rows[name].layers])


class Seed(NamedTuple):
    """The MobileNet paper's section 3: what a separable convolution saves, as formulas.

    Forms by name: standard, depthwise, pointwise, separable, ratio; the same of MACs under alpha
    and rho, and of parameters.
    """

    macs: dict[str, Polynomial]
    scaled: dict[str, Polynomial]
    params: dict[str, Polynomial]


def seed() -> Seed:
    """Equations 2, 3, 5 and 7 of arXiv:1704.04861, from the cost engine's own formulas."""
    letters = ("D_K", "M", "N", "D_F", "alpha", "rho")
    ones = dict.fromkeys(letters, 1)
    knobs = knobs_of(UnroundedTrace(ones, ones, ones))
    kernel, channels, filters, side, alpha, rho = (knobs[letter] for letter in letters)
    macs = _separable("macs", kernel, channels, filters, side)
    scaled = _separable("macs", kernel, alpha * channels, alpha * filters, rho * side)
    return Seed(macs, scaled, _separable("params", kernel, channels, filters, side))


def _separable(
    metric: str, kernel: Number, channels: Number, filters: Number, side: Number
) -> dict[str, Polynomial]:
    x, out = TensorShape(channels, (side, side)), TensorShape(filters, (side, side))
    no_bias = {"bias": False, "kernel_size": (kernel, kernel)}
    standard = _form(getattr(Conv2d({**no_bias, "out_channels": filters}), metric)(out, x))
    depthwise = _form(getattr(DepthwiseConv2d(no_bias), metric)(x, x))
    pointwise = PointwiseConv2d({"bias": False, "out_channels": filters})
    combined = _form(getattr(pointwise, metric)(out, x))
    return {
        "standard": standard,
        "depthwise": depthwise,
        "pointwise": combined,
        "separable": depthwise + combined,
        "ratio": (depthwise + combined) / standard,
    }


def _form(number: Traced) -> Polynomial:
    """The formula that a number is, over letters."""
    assert isinstance(number.trace, UnroundedTrace)
    return number.trace.form(number.polynomial).polynomial
