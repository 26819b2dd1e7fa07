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
    dealt,
    group_widths,
    projection,
    small,
    whole_map,
)


def make(form: Form, n: Numbers) -> Case:
    return Case({"heads": n["groups"], "bias": form["bias"]}, [whole_map(n)])


def few_sides(draw: Draw, form: Form) -> Numbers:
    return {"h": draw(small), "w": draw(st.integers(1, 2))}


def multi_head_attention(fields: Fields, x: Map) -> Counts:
    channels, tokens, columns = x
    heads = dealt(channels, fields["heads"])
    bias = fields.get("bias", True)
    macs = other_ops = params = activations = 0
    for _name in ("query", "key", "value", "output"):
        linear = projection(product(range(channels), repeat=2), (1, 1, 1), (1, *x[1:]), x, bias)
        macs += linear.macs
        other_ops += linear.other_ops
        params += linear.params
        activations += linear.activations
    for _column, head in product(range(columns), heads):
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
    )
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
    )
]
REFUSED = [("multi_head_attention", {"heads": 4}, [(6, 4, 5)])]
