"""Classes of keras.layers, and operators of keras.ops, that several maps meet in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise

from costcalc.importers.keras.call import DIVISOR, FACTOR, OFFSET, Call, Fields, Result, word
from costcalc.importers.nodes import Made


def _merge(type_: str, *after: Mapping[str, Fields]) -> Callable[[Call], Result]:
    def make(call: Call) -> Result:
        """With one map, the other is a number that spreads over it."""
        sides = max(source.sides for source in call.sources)
        if any(one.first != two.first and one.sides for one, two in pairwise(call.sources)):
            raise call.fault("maps with channels first and last meet, which is not read")
        if len(call.sources) == 1:
            return Result([_WITH_A_NUMBER.get(type_, {type_: {}})], sides)
        return Result([{type_: {}}, *after], sides)

    return make


_WITH_A_NUMBER: Mapping[str, Mapping[str, Fields]] = {
    "add": OFFSET,
    "subtract": OFFSET,
    "multiply": FACTOR,
    "divide": DIVISOR,
    "maximum": {"relu": {}},
    "minimum": {"relu": {}},
}
"""A map and a number; the larger or smaller of both is clipping, as an activation does."""


def _concatenate(call: Call) -> Result:
    axis, last = call.config.whole("axis", -1), call.sides + 1
    if not 1 <= (axis if axis > 0 else axis + last + 1) <= last:
        raise call.fault(f"axis must be from 1 to {last} or below 0")
    axis = axis if axis > 0 else axis + last + 1
    ours = axis - 1 if call.first else axis % last
    return Result([{"concat": {"axis": ours} if ours else {}}], call.sides)


def _dot(call: Call) -> Result:
    """The sum of products along an axis of each map, which share no other axis."""
    if call.config.flag("normalize", False) or len(call.sources) != 2:
        raise call.fault("normalize is not read")
    given = call.config.listed("axes") or [call.config.parts.get("axes", call.config.at)] * 2
    sources = call.sources
    axes = [call.config.whole_of("axes", one) for one in given]
    names, kept = [], []
    for source, axis, own in zip(sources, axes, "xy", strict=False):
        last = source.sides + 1
        place = axis if axis > 0 else axis + last + 1
        axis_names = ["k" if number == place else f"{own}{number}" for number in range(1, last + 1)]
        if "k" not in axis_names:
            raise call.fault(f"axes must be from 1 to {last}")
        kept += [name for name in axis_names if name != "k"]
        names.append(" ".join([axis_names[-1], *axis_names[:-1]]))
    out = " ".join([*kept[-1:], *kept[:-1]]) or "1"
    equation: Made = f"{', '.join(names)} -> {out}"
    return Result([{"einsum": {"equation": equation}}], max(0, len(kept) - 1))


MERGES: Mapping[str, Callable[[Call], Result]] = {
    "Add": _merge("add"),
    "Subtract": _merge("subtract"),
    "Multiply": _merge("multiply"),
    "Average": _merge("add", DIVISOR),
    "Maximum": _merge("maximum"),
    "Minimum": _merge("minimum"),
    "Dot": _dot,
    "Concatenate": _concatenate,
    "CustomScaleLayer": _merge("add", FACTOR),  # of keras.applications: a map times a number
    **{
        f"ops.{name}": _merge(type_)
        for type_, names in {
            "add": ("Add", "math.add", "__operators__.add"),
            "subtract": ("Subtract", "math.subtract", "__operators__.sub"),
            "multiply": ("Multiply", "math.multiply", "__operators__.mul"),
            "divide": ("Divide", "TrueDivide", "math.divide", "math.truediv"),
            "maximum": ("Maximum", "math.maximum"),
            "minimum": ("Minimum", "math.minimum"),
        }.items()
        for name in names
    },
    **{
        f"ops.{name}": word(type_)
        for type_, names in {
            "relu": ("Relu", "nn.relu"),
            "relu6": ("Relu6", "nn.relu6"),
            "sigmoid": ("Sigmoid", "math.sigmoid"),
            "tanh": ("Tanh", "math.tanh"),
            "silu": ("Silu", "nn.silu"),
            "gelu": ("Gelu", "nn.gelu"),
            "hard_sigmoid": ("HardSigmoid",),
            "hard_swish": ("HardSilu",),
            "softmax": ("Softmax", "nn.softmax"),
        }.items()
        for name in names
    },
}
