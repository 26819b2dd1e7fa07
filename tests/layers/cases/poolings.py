"""Pooling, over a window that slides or over the whole map."""

from itertools import product

from .base import (
    SQUARE,
    Case,
    Counts,
    Fields,
    Form,
    LayerCases,
    Map,
    Numbers,
    both,
    elements,
    flags,
    how_many,
    pair,
    target_sides,
    whole_map,
)
from .windows import SLIDING, sliding_fields, sliding_sides, windows


def make_pool(form: Form, n: Numbers) -> Case:
    fields = {**sliding_fields(form, n), "ceil_mode": form["ceil_mode"]}
    if not form.get("dilated"):
        del fields["dilation"]
    return Case(fields, [whole_map(n)])


def window_pool(fields: Fields, x: Map) -> Counts:
    kernel = pair(fields["kernel_size"])
    stride = fields.get("stride", list(kernel))
    steps = windows(x, fields, kernel, stride, fields.get("dilation", 1))
    out = (x[0], *steps[1:])
    return Counts(output=out, other_ops=how_many(product(elements(out), elements((1, *kernel)))))


def window_pool_cases(more: Form, *names: str) -> LayerCases:
    return LayerCases(
        window_pool,
        make_pool,
        {**SLIDING, "ceil_mode": flags, **more},
        ("stride", "padding", "ceil_mode", *names),
        sides=sliding_sides,
    )


def make_adaptive(form: Form, n: Numbers) -> Case:
    return Case({"output_size": both(form, n, "size")}, [whole_map(n)])


def adaptive_avg_pool2d(fields: Fields, x: Map) -> Counts:
    out = (x[0], *pair(fields["output_size"]))
    return Counts(output=out, other_ops=how_many(elements(x)))


def global_avg_pool(fields: Fields, x: Map) -> Counts:
    return adaptive_avg_pool2d({"output_size": 1}, x)


CASES = {
    "max_pool2d": window_pool_cases({"dilated": flags}, "dilation"),
    "avg_pool2d": window_pool_cases({}),
    "adaptive_avg_pool2d": LayerCases(
        adaptive_avg_pool2d, make_adaptive, SQUARE, sides=target_sides
    ),
    "global_avg_pool": LayerCases(global_avg_pool),
}
KNOWN = [
    # GoogLeNet's first pool in PyTorch: 112 to 56 in ceil mode, 55 without.
    (
        "max_pool2d",
        {"kernel_size": 3, "stride": 2, "padding": 0, "ceil_mode": True},
        [(1, 112, 112)],
        Counts(output=(1, 56, 56), other_ops=9 * 56 * 56),
    ),
    (
        "max_pool2d",
        {"kernel_size": 3, "stride": 2, "padding": 0},
        [(1, 112, 112)],
        Counts(output=(1, 55, 55), other_ops=9 * 55 * 55),
    ),
    # A window that would start in the padding after the map: PyTorch drops it.
    (
        "avg_pool2d",
        {"kernel_size": 3, "stride": 4, "padding": 1, "ceil_mode": True},
        [(1, 3, 3)],
        Counts(output=(1, 1, 1), other_ops=9),
    ),
    # A kernel larger than the map by less than the stride: PyTorch 2.13 gives one output.
    (
        "max_pool2d",
        {"kernel_size": 3, "stride": 2, "padding": 0, "ceil_mode": True},
        [(3, 2, 2)],
        Counts(output=(3, 1, 1), other_ops=3 * 9),
    ),
    (
        "max_pool2d",
        {"kernel_size": 2, "stride": 2, "padding": 0, "dilation": 3, "ceil_mode": True},
        [(1, 3, 5)],
        Counts(output=(1, 1, 2), other_ops=4 * 2),
    ),
]
X = (6, 4, 5)
REFUSED = [
    ("max_pool2d", {"kernel_size": [6, 1], "padding": [1, 0, 0, 0]}, [X]),
    ("max_pool2d", {"kernel_size": 0}, [X]),
    ("max_pool2d", {"kernel_size": 6, "stride": 2, "padding": 0, "ceil_mode": True}, [X]),
    ("max_pool2d", {"kernel_size": 2, "dilation": 5, "padding": 0}, [X]),
    ("adaptive_avg_pool2d", {"output_size": 0}, [X]),
]
