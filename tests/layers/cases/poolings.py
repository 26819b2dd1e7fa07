"""Pooling, over a window that slides or over the whole map."""

from itertools import product

from . import patterns
from .base import (
    SQUARE,
    Case,
    Counts,
    Fields,
    Form,
    LayerCases,
    Map,
    Numbers,
    each,
    elements,
    flags,
    how_many,
    numbered,
    sizes,
    spread,
    target_sides,
    whole_map,
)
from .windows import SLIDING, sliding_fields, sliding_sides, windows


def make_pool(form: Form, n: Numbers) -> Case:
    fields = {**sliding_fields(form, n), "ceil_mode": form["ceil_mode"]}
    if not form.get("dilated"):
        del fields["dilation"]
    return Case(fields, [whole_map(n)])


def window_pool(number: int | None, fields: Fields, x: Map) -> Counts:
    sides = spread(x, number)
    kernel = sizes(fields["kernel_size"], len(sides))
    stride = fields.get("stride", list(kernel))
    padded = {"padding": "valid", **fields}
    out = (x[0], *windows(sides, padded, kernel, stride, fields.get("dilation", 1)))
    return Counts(output=out, other_ops=how_many(product(elements(out), elements(kernel))))


def window_pool_cases(name: str, more: Form, *names: str) -> dict[str, LayerCases]:
    return numbered(
        name,
        window_pool,
        make_pool,
        {**SLIDING, "ceil_mode": flags, **more},
        ("stride", "padding", "ceil_mode", *names),
        sides=sliding_sides,
    )


def make_adaptive(form: Form, n: Numbers) -> Case:
    return Case({"output_size": each(form, n, "size")}, [whole_map(n)])


def adaptive_avg_pool2d(fields: Fields, x: Map) -> Counts:
    out = (x[0], *sizes(fields["output_size"], len(spread(x, 2))))
    return Counts(output=out, other_ops=how_many(elements(x)))


def global_avg_pool(fields: Fields, x: Map) -> Counts:
    means = [x[0], *(how_many(["mean"]) for _ in x[1:])]
    return Counts(output=tuple(means), other_ops=how_many(elements(x)))


CASES = {
    **window_pool_cases("max_pool", {"dilated": flags}, "dilation"),
    **window_pool_cases("avg_pool", {}),
    "adaptive_avg_pool2d": LayerCases(
        adaptive_avg_pool2d, make_adaptive, SQUARE, sides=target_sides, number=2
    ),
    "global_avg_pool": LayerCases(global_avg_pool),
    "reduce": patterns.REDUCE,
}
KNOWN = [
    *patterns.KNOWN["reduce"],
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
    (
        "avg_pool1d",
        {"kernel_size": 3, "padding": 0},
        [(2, 10)],
        Counts(output=(2, 3), other_ops=18),
    ),
    # C3D's pool1 halves height and width, and not the frames.
    (
        "max_pool3d",
        {"kernel_size": [1, 2, 2]},
        [(2, 4, 4, 6)],
        Counts(output=(2, 4, 2, 3), other_ops=4 * 48),
    ),
    ("global_avg_pool", {}, [(2, 3, 4, 5)], Counts(output=(2, 1, 1, 1), other_ops=120)),
    ("global_avg_pool", {}, [(2,)], Counts(output=(2,), other_ops=2)),
]
X = (6, 4, 5)
REFUSED = [
    *patterns.REFUSED["reduce"],
    ("max_pool2d", {"kernel_size": [6, 1], "padding": [1, 0, 0, 0]}, [X]),
    ("max_pool2d", {"kernel_size": 0}, [X]),
    ("max_pool2d", {"kernel_size": 6, "stride": 2, "padding": 0, "ceil_mode": True}, [X]),
    ("max_pool2d", {"kernel_size": 2, "dilation": 5, "padding": 0}, [X]),
    ("adaptive_avg_pool2d", {"output_size": 0}, [X]),
]
