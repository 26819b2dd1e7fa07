"""Activations."""

from collections.abc import Callable
from itertools import product

from .base import (
    Case,
    Counts,
    Draw,
    Fields,
    Form,
    LayerCases,
    Map,
    Numbers,
    elements,
    flags,
    how_many,
    require,
    size,
    small,
    whole_map,
)


def each_element(*steps: str) -> Callable[[Fields, Map], Counts]:
    def counter(fields: Fields, x: Map) -> Counts:
        return Counts(output=x, other_ops=how_many(product(elements(x), steps)))

    return counter


def make_prelu(form: Form, n: Numbers) -> Case:
    return Case({"num_parameters": n["slopes"]}, [whole_map(n)])


def prelu_widths(draw: Draw, form: Form, unit: int) -> Numbers:
    channels = unit * draw(small)
    return {"c": channels, "slopes": channels if form["a_slope_a_channel"] else 1}


def prelu(fields: Fields, x: Map) -> Counts:
    slopes = size(fields.get("num_parameters", 1))
    require(slopes in (1, x[0]))
    return Counts(output=x, other_ops=how_many(elements(x)), params=how_many(range(slopes)))


ONE_STEP = """
    relu relu6 leaky_relu elu selu mish sigmoid hard_sigmoid tanh silu hard_swish gelu
""".split()
CASES = {
    **{name: LayerCases(each_element("activate")) for name in ONE_STEP},
    "prelu": LayerCases(
        prelu, make_prelu, {"a_slope_a_channel": flags}, ("num_parameters",), prelu_widths
    ),
    "softmax": LayerCases(each_element("exp", "sum", "divide")),
}
REFUSED = [("prelu", {"num_parameters": 2}, [(6, 4, 5)])]
