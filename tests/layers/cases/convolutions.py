"""Convolutions: standard and grouped, depthwise, pointwise, transposed."""

from dataclasses import replace
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
    connections,
    each,
    free_widths,
    numbered,
    projection,
    require,
    size,
    sizes,
    small,
    spread,
    whole_map,
)
from .windows import (
    AS_STRIDED,
    SLIDING,
    ends,
    padded_as_strided,
    sliding_fields,
    sliding_sides,
    windows,
)

FORM = {**SLIDING, **BIAS}
OPTIONAL = ("stride", "padding", "dilation", "bias")


def grouped_widths(draw: Draw, form: Form, unit: int) -> Numbers:
    groups = draw(st.integers(1, 3)) if "groups" in form["written"] else 1
    return {"groups": groups, "c": groups * unit * draw(small), "out": groups * unit * draw(small)}


def make_conv(form: Form, n: Numbers) -> Case:
    fields = {"out_channels": n["out"], "groups": n["groups"], "bias": form["bias"]}
    return Case({**fields, **sliding_fields(form, n)}, [whole_map(n)])


def conv(number: int | None, fields: Fields, x: Map) -> Counts:
    pairs = connections(x[0], fields["out_channels"], fields.get("groups", 1))
    return slid_over(spread(x, number), fields, pairs, fields["out_channels"])


def slid_over(sides: Map, fields: Fields, pairs: list[tuple[int, int]], channels: int) -> Counts:
    kernel = sizes(fields["kernel_size"], len(sides))
    steps = windows(sides, fields, kernel, fields.get("stride", 1), fields.get("dilation", 1))
    return projection(pairs, kernel, steps, (channels, *steps), fields.get("bias", True))


def make_pointwise(form: Form, n: Numbers) -> Case:
    fields = {"out_channels": n["out"], "groups": n["groups"], "bias": form["bias"]}
    return Case({**fields, "stride": each(form, n, "stride")}, [whole_map(n)])


def pointwise_conv(number: int | None, fields: Fields, x: Map) -> Counts:
    return conv(number, {**fields, "kernel_size": 1, "padding": "same"}, x)


def make_depthwise(form: Form, n: Numbers) -> Case:
    fields = {"multiplier": n["multiplier"], "bias": form["bias"]}
    return Case({**fields, **sliding_fields(form, n)}, [whole_map(n)])


def depthwise_conv(number: int | None, fields: Fields, x: Map) -> Counts:
    pairs: list[tuple[int, int]] = []
    for channel in range(x[0]):
        for _ in range(size(fields.get("multiplier", 1))):
            pairs.append((len(pairs), channel))
    return slid_over(spread(x, number), fields, pairs, len(pairs))


def make_conv_transpose(form: Form, n: Numbers) -> Case:
    fields = {**make_conv(form, n).fields, "output_padding": each(form, n, "more")}
    if form["padding"] in AS_STRIDED:
        del fields["output_padding"]
    return Case(fields, [whole_map(n)])


def conv_transpose(number: int | None, fields: Fields, x: Map) -> Counts:
    sides = spread(x, number)
    axes = len(sides)
    kernel = sizes(fields["kernel_size"], axes)
    strides = sizes(fields.get("stride", 1), axes)
    dilations = sizes(fields.get("dilation", 1), axes)
    more = sizes(fields.get("output_padding", 0), axes, 0)
    by_stride = padded_as_strided(fields, axes)
    around = [(0, 0)] * axes if by_stride else ends(fields["padding"], axes)
    out = [fields["out_channels"]]
    for axis, (side, (before, after)) in enumerate(zip(sides, around, strict=True)):
        if by_stride:
            require(more[axis] == 0)
            # Every input place answers for as many output places as the stride is long.
            places = list(product(range(side), range(strides[axis])))
        else:
            touched = {
                place * strides[axis] + tap * dilations[axis]
                for place, tap in product(range(side), range(kernel[axis]))
            }
            # What padding cuts off at the end, output_padding puts there again.
            end = max(touched) + 1 - after + more[axis]
            places = list(range(before, end))
        require(bool(places))
        out.append(len(places))
    pairs = connections(x[0], out[0], fields.get("groups", 1))
    return projection(pairs, kernel, sides, tuple(out), fields.get("bias", True))


def make_local(form: Form, n: Numbers) -> Case:
    fields = {"out_channels": n["out"], "bias": form["bias"]}
    return Case({**fields, **sliding_fields(form, n)}, [whole_map(n)])


def locally_connected(fields: Fields, x: Map) -> Counts:
    """As a convolution whose every output position is a filter of its own."""
    counts = conv(2, {**fields, "groups": 1}, x)
    places = list(product(*map(range, counts.output[1:])))
    return replace(counts, params=sum(counts.params for _ in places))


CASES = {
    "locally_connected2d": LayerCases(
        locally_connected, make_local, FORM, OPTIONAL, free_widths, sliding_sides, 2
    ),
    **numbered("conv", conv, make_conv, FORM, (*OPTIONAL, "groups"), grouped_widths, sliding_sides),
    **numbered(
        "depthwise_conv",
        depthwise_conv,
        make_depthwise,
        FORM,
        (*OPTIONAL, "multiplier"),
        free_widths,
        sliding_sides,
    ),
    **numbered(
        "pointwise_conv",
        pointwise_conv,
        make_pointwise,
        FORM,
        ("stride", "groups", "bias"),
        grouped_widths,
        sliding_sides,
    ),
    **numbered(
        "conv_transpose",
        conv_transpose,
        make_conv_transpose,
        {**FORM, "transposed": st.just(True)},
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
    # TC-ResNet's first layer (Choi et al. 2019): 3 frames of 40 features, 16 channels, 98 frames.
    (
        "conv1d",
        {"out_channels": 16, "kernel_size": 3, "bias": False},
        [(40, 98)],
        Counts(output=(16, 98), macs=98 * 3 * 40 * 16, params=1_920, activations=16 * 98),
    ),
    # A causal window of 3 from every second of 7 places: 0, 2, 4, 6.
    (
        "conv",
        {"out_channels": 1, "kernel_size": 3, "stride": 2, "padding": "causal", "dilation": 4},
        [(1, 7)],
        Counts(output=(1, 4), macs=12, other_ops=4, params=4, activations=4),
    ),
    # C3D's first layer, on a corner of a clip (Tran et al. 2015): 3x3x3, 3 to 64 channels.
    (
        "conv3d",
        {"out_channels": 64, "kernel_size": 3, "padding": 1},
        [(3, 2, 3, 4)],
        Counts(
            output=(64, 2, 3, 4),
            macs=27 * 3 * 64 * 24,
            other_ops=64 * 24,
            params=27 * 3 * 64 + 64,
            activations=64 * 24,
        ),
    ),
    # Two ends a side, in the order of the sides: 3 + 0 + 1, 3 + 2 + 3, 3 + 4 + 5.
    (
        "depthwise_conv",
        {"kernel_size": [1, 2, 3], "padding": [0, 1, 2, 3, 4, 5], "bias": False},
        [(1, 3, 3, 3)],
        Counts(output=(1, 4, 7, 10), macs=6 * 280, params=6, activations=280),
    ),
    # A vector is a map of one place.
    (
        "conv",
        {"out_channels": 2, "kernel_size": 3},
        [(5,)],
        Counts(output=(2, 1), macs=30, other_ops=2, params=32, activations=2),
    ),
    (
        "pointwise_conv3d",
        {"out_channels": 2, "bias": False},
        [(5,)],
        Counts(output=(2, 1, 1, 1), macs=10, params=10, activations=2),
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
    # Numbers for another number of sides, and what only a sequence has a word for
    ("conv", {**CONV_OF_X, "kernel_size": [3, 3, 3]}, [X]),
    ("conv", {**CONV_OF_X, "stride": [1, 1]}, [(6, 4)]),
    ("conv", {**CONV_OF_X, "padding": [1, 1, 1, 1]}, [(6, 4)]),
    ("conv3d", {**CONV_OF_X, "padding": [1, 1]}, [(6, 4, 5, 3)]),
    ("conv1d", {**CONV_OF_X, "kernel_size": 5, "padding": "valid"}, [(6, 4)]),
    ("conv3d", {**CONV_OF_X, "kernel_size": [4, 1, 1], "padding": 0}, [(6, 3, 4, 5)]),
    ("conv", {**CONV_OF_X, "padding": "causal"}, [X]),
    ("conv3d", {**CONV_OF_X, "padding": "causal"}, [(6, 4, 5, 3)]),
    ("conv_transpose", {**CONV_OF_X, "padding": [2, 4]}, [(6, 4)]),
    ("conv_transpose1d", {**CONV_OF_X, "padding": "causal", "output_padding": 1}, [(6, 4)]),
]
