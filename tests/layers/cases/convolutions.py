"""Convolutions: standard and grouped, depthwise, pointwise, transposed."""

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
    both,
    connections,
    free_widths,
    pair,
    projection,
    require,
    size,
    small,
    whole_map,
)
from .windows import SLIDING, four_sides, sliding_fields, sliding_sides, windows

FORM = {**SLIDING, **BIAS}
OPTIONAL = ("stride", "padding", "dilation", "bias")


def grouped_widths(draw: Draw, form: Form, unit: int) -> Numbers:
    groups = draw(st.integers(1, 3)) if "groups" in form["written"] else 1
    return {"groups": groups, "c": groups * unit * draw(small), "out": groups * unit * draw(small)}


def make_conv2d(form: Form, n: Numbers) -> Case:
    fields = {"out_channels": n["out"], "groups": n["groups"], "bias": form["bias"]}
    return Case({**fields, **sliding_fields(form, n)}, [whole_map(n)])


def conv2d(fields: Fields, x: Map) -> Counts:
    kernel = pair(fields["kernel_size"])
    steps = windows(x, fields, kernel, fields.get("stride", 1), fields.get("dilation", 1))
    out = (fields["out_channels"], *steps[1:])
    pairs = connections(x[0], out[0], fields.get("groups", 1))
    return projection(pairs, (1, *kernel), steps, out, fields.get("bias", True))


def make_pointwise(form: Form, n: Numbers) -> Case:
    fields = {"out_channels": n["out"], "groups": n["groups"], "bias": form["bias"]}
    return Case({**fields, "stride": both(form, n, "stride")}, [whole_map(n)])


def pointwise_conv2d(fields: Fields, x: Map) -> Counts:
    return conv2d({**fields, "kernel_size": 1, "padding": "same"}, x)


def make_depthwise(form: Form, n: Numbers) -> Case:
    fields = {"multiplier": n["multiplier"], "bias": form["bias"]}
    return Case({**fields, **sliding_fields(form, n)}, [whole_map(n)])


def depthwise_conv2d(fields: Fields, x: Map) -> Counts:
    kernel = pair(fields["kernel_size"])
    steps = windows(x, fields, kernel, fields.get("stride", 1), fields.get("dilation", 1))
    pairs = []
    for channel in range(x[0]):
        for _ in range(size(fields.get("multiplier", 1))):
            pairs.append((len(pairs), channel))
    out = (len(pairs), *steps[1:])
    return projection(pairs, (1, *kernel), steps, out, fields.get("bias", True))


def make_conv_transpose(form: Form, n: Numbers) -> Case:
    fields = {**make_conv2d(form, n).fields, "output_padding": both(form, n, "more")}
    if form["padding"] == "same":
        del fields["output_padding"]
    return Case(fields, [whole_map(n)])


def conv_transpose2d(fields: Fields, x: Map) -> Counts:
    kernel = pair(fields["kernel_size"])
    strides, dilations = pair(fields.get("stride", 1)), pair(fields.get("dilation", 1))
    more = pair(fields.get("output_padding", 0), 0)
    padding = fields.get("padding", "same")
    sizes = []
    for axis in range(2):
        if padding == "same":
            require(more == (0, 0))
            # Every input place answers for as many output places as the stride is long.
            places = list(product(range(x[axis + 1]), range(strides[axis])))
        else:
            before, after = four_sides(padding)[2 * axis : 2 * axis + 2]
            touched = {
                place * strides[axis] + tap * dilations[axis]
                for place, tap in product(range(x[axis + 1]), range(kernel[axis]))
            }
            # What padding cuts off at the end, output_padding puts there again.
            end = max(touched) + 1 - after + more[axis]
            places = list(range(before, end))
        require(bool(places))
        sizes.append(len(places))
    out = (fields["out_channels"], sizes[0], sizes[1])
    pairs = connections(x[0], out[0], fields.get("groups", 1))
    steps = (1, x[1], x[2])
    return projection(pairs, (1, *kernel), steps, out, fields.get("bias", True))


CASES = {
    "conv2d": LayerCases(
        conv2d, make_conv2d, FORM, (*OPTIONAL, "groups"), grouped_widths, sliding_sides
    ),
    "depthwise_conv2d": LayerCases(
        depthwise_conv2d,
        make_depthwise,
        FORM,
        (*OPTIONAL, "multiplier"),
        free_widths,
        sliding_sides,
    ),
    "pointwise_conv2d": LayerCases(
        pointwise_conv2d,
        make_pointwise,
        FORM,
        ("stride", "groups", "bias"),
        grouped_widths,
        sliding_sides,
    ),
    "conv_transpose2d": LayerCases(
        conv_transpose2d,
        make_conv_transpose,
        FORM,
        (*OPTIONAL, "groups", "output_padding"),
        grouped_widths,
        sliding_sides,
    ),
}

KNOWN = [
    # LeCun et al. 1998, section II.B: C1 has 156 trainable parameters and 122,304 connections,
    # of which 4,704 are the biases.
    (
        "conv2d",
        {"out_channels": 6, "kernel_size": 5, "padding": "valid"},
        [(1, 32, 32)],
        Counts(
            output=(6, 28, 28),
            macs=122_304 - 4_704,
            other_ops=4_704,
            params=156,
            activations=4_704,
        ),
    ),
    # DCGAN's generator doubles the map so (Radford et al. 2015).
    (
        "conv_transpose2d",
        {"out_channels": 2, "kernel_size": 4, "stride": 2, "padding": 1, "bias": False},
        [(3, 4, 4)],
        Counts(output=(2, 8, 8), macs=16 * 16 * 3 * 2, params=16 * 3 * 2, activations=128),
    ),
    # PyTorch's docs of ConvTranspose2d: output_padding 1 gives 12 back where 11 could be meant.
    (
        "conv_transpose2d",
        {
            "out_channels": 1,
            "kernel_size": 3,
            "stride": 2,
            "padding": 1,
            "output_padding": 1,
            "groups": 1,
        },
        [(1, 6, 6)],
        Counts(output=(1, 12, 12), macs=9 * 36, other_ops=144, params=10, activations=144),
    ),
]

X = (6, 4, 5)
CONV_OF_X: Fields = {"out_channels": 4, "kernel_size": 3}
REFUSED = [
    # Groups that do not divide the channels that come in, or go out
    ("conv2d", {**CONV_OF_X, "groups": 4}, [X]),
    ("conv2d", {**CONV_OF_X, "groups": 3}, [X]),
    ("pointwise_conv2d", {"out_channels": 4, "groups": 4}, [X]),
    ("pointwise_conv2d", {"out_channels": 4, "groups": 3}, [X]),
    ("conv_transpose2d", {**CONV_OF_X, "groups": 4}, [X]),
    ("conv_transpose2d", {**CONV_OF_X, "groups": 3}, [X]),
    # A kernel larger than the padded map, or an output with nothing left
    ("conv2d", {"out_channels": 4, "kernel_size": [5, 1], "padding": "valid"}, [X]),
    ("conv2d", {"out_channels": 4, "kernel_size": [1, 4], "dilation": 2, "padding": 0}, [X]),
    ("depthwise_conv2d", {"kernel_size": [1, 8], "padding": [0, 1]}, [X]),
    ("conv_transpose2d", {**CONV_OF_X, "padding": [3, 0]}, [X]),
    ("conv_transpose2d", {**CONV_OF_X, "padding": [0, 0, 3, 4]}, [X]),
    ("conv_transpose2d", {**CONV_OF_X, "output_padding": 1}, [X]),
    # Numbers that are too small
    ("conv2d", {**CONV_OF_X, "stride": [1, 0]}, [X]),
    ("conv2d", {**CONV_OF_X, "padding": [0, 0, -1, 0]}, [X]),
    ("conv2d", {**CONV_OF_X, "dilation": 0}, [X]),
    ("conv2d", {**CONV_OF_X, "groups": 0}, [X]),
    ("conv2d", {**CONV_OF_X, "out_channels": 0}, [X]),
    ("depthwise_conv2d", {"kernel_size": 3, "multiplier": 0}, [X]),
]
