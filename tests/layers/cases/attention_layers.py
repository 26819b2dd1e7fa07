"""Attention."""

from itertools import product

from hypothesis import strategies as st

from .base import (
    BIAS,
    Case,
    Counts,
    Draw,
    Fields,
    Form,
    LayerCases,
    Map,
    Numbers,
    axes,
    dealt,
    elements,
    group_widths,
    projection,
    small,
    whole_map,
)


def make(form: Form, n: Numbers) -> Case:
    return Case({"heads": n["groups"], "bias": form["bias"]}, [whole_map(n)])


def few_sides(draw: Draw, form: Form) -> Numbers:
    return {f"side{axis}": draw(st.integers(1, 2) if axis else small) for axis in axes(form)}


def multi_head_attention(fields: Fields, x: Map) -> Counts:
    channels, tokens, *columns = (*x, 1)[: max(2, len(x))]
    heads = dealt(channels, fields["heads"])
    bias = fields.get("bias", True)
    macs = other_ops = params = activations = 0
    for _name in ("query", "key", "value", "output"):
        linear = projection(product(range(channels), repeat=2), (1,), x[1:], x, bias)
        macs += linear.macs
        other_ops += linear.other_ops
        params += linear.params
        activations += linear.activations
    for _column, head in product(elements(tuple(columns)), heads):
        for _query, _key in product(range(tokens), repeat=2):
            for _channel in head:
                macs += 1  # query times key
            for _channel in head:
                macs += 1  # score times value
            for _step in ("exp", "sum", "divide"):
                other_ops += 1
    return Counts(output=x, macs=macs, other_ops=other_ops, params=params, activations=activations)


CASES = {
    "multi_head_attention": LayerCases(
        multi_head_attention, make, BIAS, ("bias",), group_widths, few_sides
    ),
}
KNOWN = [
    # 4 n c² + 2 n² c with n = 3, c = 4; softmax of 2 heads and 4 biases.
    (
        "multi_head_attention",
        {"heads": 2},
        [(4, 3, 1)],
        Counts(
            output=(4, 3, 1),
            macs=192 + 72,
            other_ops=3 * 2 * 9 + 48,
            params=80,
            activations=48,
        ),
    ),
    # Each of 2 x 2 columns attends within itself; a vector is one token.
    (
        "multi_head_attention",
        {"heads": 2, "bias": False},
        [(4, 3, 2, 2)],
        Counts(
            output=(4, 3, 2, 2),
            macs=4 * (192 + 72),
            other_ops=4 * 3 * 2 * 9,
            params=64,
            activations=4 * 48,
        ),
    ),
    (
        "multi_head_attention",
        {"heads": 2, "bias": False},
        [(4,)],
        Counts(output=(4,), macs=64 + 8, other_ops=6, params=64, activations=16),
    ),
]
REFUSED = [("multi_head_attention", {"heads": 4}, [(6, 4, 5)])]
