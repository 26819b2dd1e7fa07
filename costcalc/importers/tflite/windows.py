"""Convolutions, pools and resizing: what looks at the places around one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from costcalc.importers.graphs.values import Value, integers
from costcalc.importers.tflite.steps import Made, Step, Write

_PADDING = ("SAME_UPPER", "VALID")
"""How maps are padded, by numbers, as ONNX calls it."""


def _window(step: Step, *sides: str) -> dict[str, Any]:
    """Stride, dilation and padding, by the first letters of the sides."""
    found: dict[str, Any] = {"strides": [step.option(f"stride_{side}") for side in sides]}
    if step.kind != "TRANSPOSE_CONV" and "POOL" not in step.kind:
        found["dilations"] = [step.option(f"dilation_{side}") for side in sides]
    if min(found["strides"]) < 1 or min(found.get("dilations", [1])) < 1:
        raise step.fault("a stride or a dilation is below 1")
    return found


def _padding(step: Step) -> dict[str, Any]:
    number = step.option("padding")
    if not 0 <= number < len(_PADDING):
        raise step.fault(f"an unknown padding, {number}")
    return {"auto_pad": _PADDING[number]}


def _bias(step: Step, place: int) -> list[Value]:
    return [step.read(place)] if step.has(place) else []


def _conv(step: Step) -> Made:
    """Filters of (out, height, width, in); fewer in than the map has are groups."""
    out, *kernel, width = step.shape(1, 4)
    channels = step.shape(0, 4)[-1]
    if not width or channels % width:
        raise step.fault(f"filters over {width} channels do not divide {channels}")
    weights = step.stored(1, (out, width, *kernel))
    x = step.channels_first(0)
    y = step.add(
        "Conv",
        [x, weights, *_bias(step, 2)],
        group=channels // width,
        **_window(step, "h", "w"),
        **_padding(step),
    )
    return step.activated(step.channels_last(y))


def _depthwise(step: Step) -> Made:
    """Filters of (1, height, width, channels x multiplier)."""
    _, *kernel, out = step.shape(1, 4)
    channels = step.shape(0, 4)[-1]
    y = step.add(
        "Conv",
        [step.channels_first(0), step.stored(1, (out, 1, *kernel)), *_bias(step, 2)],
        group=channels,
        **_window(step, "h", "w"),
        **_padding(step),
    )
    return step.activated(step.channels_last(y))


def _conv_3d(step: Step) -> Made:
    """Filters of (depth, height, width, in, out)."""
    *kernel, width, out = step.shape(1, 5)
    weights = step.stored(1, (out, width, *kernel))
    y = step.add(
        "Conv",
        [step.channels_first(0), weights, *_bias(step, 2)],
        **_window(step, "d", "h", "w"),
        **_padding(step),
    )
    return step.activated(step.channels_last(y))


def _transposed(step: Step) -> Made:
    """Output's shape, filters of (out, height, width, in), map, biases."""
    strides = _window(step, "h", "w")["strides"]
    return step.activated(_transposed_conv(step, 2, 3, strides))


def _transposed_with_bias(step: Step) -> Made:
    """MediaPipe's own: map, filters and biases; the stride follows from the shapes."""
    before, after = step.shape(0, 4)[1:3], step.made()[1:3]
    strides = [max(-(-large // small), 1) for small, large in zip(before, after, strict=False)]
    return _transposed_conv(step, 0, 2, strides)


def _transposed_conv(step: Step, place: int, bias: int, strides: Sequence[int]) -> Value:
    out, *kernel, width = step.shape(1, 4)
    before, after = step.shape(place, 4)[1:3], step.made()[1:3]
    if len(after) != 2 or -1 in after:
        raise step.fault("the file leaves open what it makes")
    pads, more = [], []
    for small, large, stride, size in zip(before, after, strides, kernel, strict=True):
        cut = (small - 1) * stride + size - large
        pads.append((max(cut, 0) // 2, max(cut, 0) - max(cut, 0) // 2))
        more.append(max(-cut, 0))
    y = step.add(
        "ConvTranspose",
        [step.channels_first(place), step.stored(1, (width, out, *kernel)), *_bias(step, bias)],
        strides=list(strides),
        pads=[begin for begin, _ in pads] + [end for _, end in pads],
        output_padding=more,
    )
    return step.channels_last(y)


def _pooled(type_: str) -> Write:
    def write(step: Step) -> Made:
        return step.activated(step.channels_last(_pool(step, step.channels_first(0), type_)))

    return write


def _pool(step: Step, x: Value, type_: str) -> Value:
    step.shape(0, 4)
    kernel = [step.option("filter_h"), step.option("filter_w")]
    return step.add(type_, [x], kernel_shape=kernel, **_window(step, "h", "w"), **_padding(step))


def _pool_of_squares(step: Step) -> Made:
    x = step.channels_first(0)
    y = _pool(step, step.add("Mul", [x, x]), "AveragePool")
    return step.activated(step.channels_last(step.add("Sqrt", [y])))


def _resized(mode: str) -> Write:
    def write(step: Step) -> Made:
        batch, *_, channels = step.shape(0, 4)
        sides = step.known(1)
        if len(sides) != 2:
            raise step.fault(f"it makes a map with {len(sides)} sides, not 2")
        sizes = integers([batch, channels, *sides])
        y = step.add("Resize", [step.channels_first(0), None, None, sizes], mode=mode)
        return step.channels_last(y)

    return write


def _blocks(type_: str) -> Write:
    def write(step: Step) -> Made:
        x = step.channels_first(0)
        y = step.add(type_, [x], blocksize=step.option("block"))
        return step.channels_last(y)

    return write


def _local_norm(step: Step) -> Made:
    """Over the channels within a radius."""
    x = step.channels_first(0)
    y = step.add("LRN", [x], size=2 * step.option("radius") + 1)
    return step.channels_last(y)


WINDOWS: Mapping[str, Write] = {
    "CONV_2D": _conv,
    "DEPTHWISE_CONV_2D": _depthwise,
    "CONV_3D": _conv_3d,
    "TRANSPOSE_CONV": _transposed,
    "Convolution2DTransposeBias": _transposed_with_bias,
    "AVERAGE_POOL_2D": _pooled("AveragePool"),
    "MAX_POOL_2D": _pooled("MaxPool"),
    "L2_POOL_2D": _pool_of_squares,
    "RESIZE_BILINEAR": _resized("linear"),
    "RESIZE_NEAREST_NEIGHBOR": _resized("nearest"),
    "DEPTH_TO_SPACE": _blocks("DepthToSpace"),
    "SPACE_TO_DEPTH": _blocks("SpaceToDepth"),
    "LOCAL_RESPONSE_NORMALIZATION": _local_norm,
}
