"""Fully connected layers."""

from .base import (
    BIAS,
    Case,
    Counts,
    Fields,
    Form,
    LayerCases,
    Map,
    Numbers,
    connections,
    free_widths,
    projection,
    require,
    row_of_tokens,
    size,
)


def make(form: Form, n: Numbers) -> Case:
    return Case({"out_features": n["out"], "bias": form["bias"]}, [row_of_tokens(n)])


def linear(fields: Fields, x: Map) -> Counts:
    require(set(x[2:]) <= {1})
    out = (size(fields["out_features"]), *x[1:])
    pairs = connections(x[0], out[0], 1)
    return projection(pairs, (1,), x[1:], out, fields.get("bias", True))


CASES = {"linear": LayerCases(linear, make, BIAS, ("bias",), free_widths)}
REFUSED = [
    ("linear", {"out_features": 3}, [(6, 1, 2)]),
    ("linear", {"out_features": 3}, [(6, 4, 1, 2)]),
]
