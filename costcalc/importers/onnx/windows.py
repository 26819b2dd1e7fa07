"""ONNX ops whose windows slide over a map: convolutions and poolings."""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.importers.graphs.axes import size_of
from costcalc.importers.graphs.call import Call, Handler, Result, Table
from costcalc.importers.graphs.values import Map
from costcalc.importers.graphs.windows import (
    Window,
    convolution,
    global_pooling,
    pooling,
    transposed_convolution,
)


def _window(call: Call, size: Sequence[int], sides: Sequence[int]) -> Window:
    """The window of an op over a map whose sides are given."""
    count = len(size)
    if len(sides) != count:
        raise call.fault(f"a window with {count} sides on a map with {len(sides)}")
    stride = call.wholes("strides", [1] * count)
    dilation = call.wholes("dilations", [1] * count)
    if not (len(stride) == len(dilation) == count) or min(*size, *stride, *dilation) < 1:
        raise call.fault("kernel_shape, strides and dilations need a number from 1 for each side")
    auto = call.text("auto_pad", "NOTSET")
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        around = []
        for side, own, step, gap in zip(sides, size, stride, dilation, strict=True):
            total = max(0, (-(-side // step) - 1) * step + gap * (own - 1) + 1 - side)
            less = total // 2
            around.append((less, total - less) if auto == "SAME_UPPER" else (total - less, less))
    else:
        pads = [0] * 2 * count if auto == "VALID" else call.wholes("pads", [0] * 2 * count)
        if len(pads) != 2 * count:
            raise call.fault("pads need two numbers for each side")
        around = list(zip(pads[:count], pads[count:], strict=True))
    return Window(list(size), stride, around, dilation, auto.startswith("SAME"))


def _conv(call: Call) -> Result:
    return conv(call, call.map(0), 1, bias=call.has(2))


def conv(call: Call, x: Map, weights: int, *, bias: bool) -> Map:
    """A convolution of a map; weights: the input that has them."""
    kernel = call.weights(weights).dims
    x = _with_batch(call, x, len(kernel))
    out_channels, per_group, *size = kernel
    groups = call.whole("group", 1)
    if groups < 1 or x.dims[1] != per_group * groups:
        raise call.fault(
            f"weights of {per_group} channels in {groups} groups on a map of {x.dims[1]} channels"
        )
    window = _window(call, size, x.dims[2:])
    return convolution(call, x, out_channels, window, groups, bias=bias)


def _with_batch(call: Call, x: Map, rank: int) -> Map:
    if len(x.dims) != rank or rank < 3:
        raise call.fault(f"reads a tensor with {len(x.dims)} axes, and its weights have {rank}")
    return x


def _conv_transpose(call: Call) -> Result:
    kernel = call.weights(1).dims
    x = _with_batch(call, call.map(0), len(kernel))
    in_channels, per_group, *size = kernel
    groups, count = call.whole("group", 1), len(size)
    if groups < 1 or x.dims[1] != in_channels:
        raise call.fault(f"weights of {in_channels} channels on a map of {x.dims[1]} channels")
    more = call.wholes("output_padding", [0] * count)
    window = _window(call, size, x.dims[2:])
    auto = call.text("auto_pad", "NOTSET")
    if "output_shape" in call.op.attributes or auto.startswith("SAME"):
        sides = call.wholes(
            "output_shape", [s * t for s, t in zip(x.dims[2:], window.stride, strict=True)]
        )[-count:]
        around, more = [], []
        for axis, side in enumerate(sides):
            reach = (window.size[axis] - 1) * window.dilation[axis] + 1
            total = (x.dims[2 + axis] - 1) * window.stride[axis] + reach - side
            cut = max(0, total)
            around.append((cut // 2, cut - cut // 2))
            more.append(max(0, -total))
        window = window._replace(around=around)
    return transposed_convolution(
        call, x, per_group * groups, window, groups, more, bias=call.has(2)
    )


def _pool(type_: str) -> Handler:
    def make(call: Call) -> Result:
        x = call.map(0)
        size = call.wholes("kernel_shape")
        window = _window(call, size, x.dims[2:])
        out = pooling(call, x, type_, window, ceil_mode=bool(call.whole("ceil_mode", 0)))
        return [out, out]  # the second are the places of the maxima

    return make


def _global(*, mean: bool) -> Handler:
    def make(call: Call) -> Result:
        x = call.map(0)
        if len(x.dims) < 3:
            raise call.fault(f"pools the sides of a map, and this has {len(x.dims)} axes")
        if size_of(x.view.axes[1]) < 1:
            raise call.fault("reads a map without channels")
        return global_pooling(call, x, mean=mean)

    return make


WINDOWS: Table = {
    "Conv": _conv,
    "ConvTranspose": _conv_transpose,
    "MaxPool": _pool("max_pool"),
    "AveragePool": _pool("avg_pool"),
    "LpPool": _pool("avg_pool"),
    "GlobalAveragePool": _global(mean=True),
    "GlobalMaxPool": _global(mean=False),
    "GlobalLpPool": _global(mean=True),
}
