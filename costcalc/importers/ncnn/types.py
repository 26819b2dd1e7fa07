"""The types of ncnn's layers in the network language."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TypeAlias

from costcalc.errors import nearest
from costcalc.importers.ncnn.text import Layer
from costcalc.importers.nodes import Made
from costcalc.importers.reshapes import taken_apart
from costcalc.units import decimal_text

Fields: TypeAlias = dict[str, Made]
_SAME = (-233, -234)
"""Paddings that stand for as much as keeps ceil(side / stride)."""
_REST = -233
"""Stands for what is left of a side."""
_FAR = 10**8
_DECIMAL = re.compile(r"[0-9]{1,9}(?:\.[0-9]{0,12})?(?:e[+-]?0?[0-9])?")
_OPERATIONS = {
    0: "add", 1: "subtract", 2: "multiply", 3: "divide", 4: "maximum", 5: "minimum",
    7: "subtract", 8: "divide",
}  # fmt: skip
_ELTWISE = {0: "multiply", 1: "add", 2: "maximum"}
_FUSED = {1: "relu", 2: "leaky_relu", 3: "relu6", 4: "sigmoid", 5: "mish", 6: "hard_swish"}
"""Activations behind a layer, by their numbers; 3 clips to bounds of its own."""
_ALIKE = {
    "ReLU": "relu",
    "ReLU6": "relu6",
    "Clip": "relu6",
    "ELU": "elu",
    "CELU": "elu",
    "SELU": "elu",
    "GELU": "gelu",
    "Sigmoid": "sigmoid",
    "HardSigmoid": "hard_sigmoid",
    "HardSwish": "hard_swish",
    "Swish": "silu",
    "Mish": "mish",
    "TanH": "tanh",
    "Softmax": "softmax",
    "Dropout": "dropout",
    "Flatten": "flatten",
}


def made(layer: Layer) -> tuple[str, Fields]:
    """The type of an item and its fields."""
    if layer.type in _ALIKE:
        return _ALIKE[layer.type], {}
    make = _MAKE.get(layer.type)
    if make is None:
        hint = nearest(layer.type, [*_MAKE, *_ALIKE], 0.8)
        raise layer.fault("a layer of an unknown type", hint or "its costs are not known")
    return make(layer)


def _window(layer: Layer, out: str = "out_channels") -> Fields:
    """The fields of a convolution, whose activation is in the layer."""
    fields: Fields = {
        out: f"1 * {layer.number(0, 1)}",
        "kernel_size": layer.pair(1, 11, 1),
        "stride": layer.pair(3, 13, 1),
        "padding": _around(layer, (4, 14, 15, 16)),
        "dilation": layer.pair(2, 12, 1),
    }
    return fields


def _around(layer: Layer, keys: tuple[int, int, int, int]) -> Made:
    """What is put around a map: top, bottom, left and right."""
    left = layer.number(keys[0], 0)
    if left in _SAME:
        return "same"
    top = layer.number(keys[1], left)
    right, bottom = layer.number(keys[2], left), layer.number(keys[3], top)
    return [top, bottom, left, right]


def _convolution(layer: Layer) -> tuple[str, Fields]:
    fields = _window(layer)
    groups = layer.number(7, 1) if layer.type.endswith("DepthWise") else 1
    if groups != 1:
        fields["groups"] = groups
    bias = bool(layer.number(5, 0))
    return _with_activation(layer, "conv2d", {**fields, "bias": bias})


def _deconvolution(layer: Layer) -> tuple[str, Fields]:
    fields = _window(layer)
    ends = fields["padding"]
    if ends == "same" or (isinstance(ends, list) and (ends[0], ends[2]) != (ends[1], ends[3])):
        raise layer.fault("this padding of a transposed convolution is not read")
    assert isinstance(ends, list)
    fields["padding"] = [ends[0], ends[2]]
    fields["output_padding"] = layer.pair(18, 19, 0)
    fields["groups"] = layer.number(7, 1) if layer.type.endswith("DepthWise") else 1
    bias = bool(layer.number(5, 0))
    return _with_activation(layer, "conv_transpose2d", {**fields, "bias": bias})


def _with_activation(layer: Layer, type_: str, fields: Fields) -> tuple[str, Fields]:
    """The layer alone, or in a sequence with the activation behind it."""
    number = layer.number(9, 0)
    if number == 0:
        return type_, fields
    if number not in _FUSED:
        raise layer.fault(f"9={number} is no known activation")
    return "sequence", {"layers": [{type_: fields}, _FUSED[number]]}


def _inner_product(layer: Layer) -> tuple[str, Fields]:
    linear: Fields = {"out_features": layer.number(0, 1), "bias": bool(layer.number(1, 0))}
    number = layer.number(9, 0)
    behind: list[Made] = [_FUSED[number]] if number in _FUSED else []
    return "sequence", {"layers": ["flatten", {"linear": linear}, *behind]}


def _pooling(layer: Layer) -> tuple[str, Fields]:
    is_average = bool(layer.number(0, 0))
    if layer.number(4, 0):
        return "global_avg_pool", {}
    if layer.number(7, 0):
        return "adaptive_avg_pool2d", {"output_size": layer.pair(8, 18, 1)}
    kernel, stride = layer.pair(1, 11, 1), layer.pair(2, 12, 1)
    mode = layer.number(5, 0)
    padding: Made = _around(layer, (3, 13, 14, 15))
    if mode in (2, 3):
        padding = "same"
    elif mode == 0 and isinstance(padding, list):  # as many windows as begin within
        top, bottom, left, right = padding
        padding = [
            top,
            f"{bottom} + -(in_height + {top} + {bottom} - {kernel[0]}) % {stride[0]}",
            left,
            f"{right} + -(in_width + {left} + {right} - {kernel[1]}) % {stride[1]}",
        ]
    fields: Fields = {"kernel_size": kernel, "stride": stride, "padding": padding}
    return ("avg_pool2d" if is_average else "max_pool2d"), fields


def _binary(layer: Layer) -> tuple[str, Fields]:
    operation = layer.number(0, 0)
    if operation not in _OPERATIONS:
        raise layer.fault(f"0={operation} is no known operation of two maps")
    if layer.number(1, 0) or len(layer.inputs) == 1:
        return "identity", {}
    return _OPERATIONS[operation], {}


def _eltwise(layer: Layer) -> tuple[str, Fields]:
    return _ELTWISE.get(layer.number(0, 0), "add"), {}


def _concat(layer: Layer) -> tuple[str, Fields]:
    return "concat", {"axis": layer.number(0, 0)}


def _slice(layer: Layer) -> tuple[str, Fields]:
    sizes = layer.listed(0)
    axis = layer.number(1, 0)
    if all(size == _REST for size in sizes) or not sizes:
        return "split", {"parts": len(layer.outputs), "axis": axis}
    side = "in_shape" if axis else "in_channels"
    known = sum(size for size in sizes if size != _REST)
    if _REST in sizes and axis:
        raise layer.fault(f"the rest of {side} along axis {axis} is not read")
    parts: list[Made] = [f"{side} - {known}" if size == _REST else size for size in sizes]
    return "split", {"parts": parts, "axis": axis}


def _crop(layer: Layer) -> tuple[str, Fields]:
    starts, ends, axes = layer.listed(9), layer.listed(10), layer.listed(11)
    cuts: list[Made] = []
    if starts:
        for axis, start, end in zip(axes or range(len(starts)), starts, ends, strict=False):
            stop: Fields = {} if abs(end) > _FAR else {"stop": end}
            cuts.append({"slice": {"axis": axis, "start": start, **stop}})
    else:
        for axis, offset, size in ((0, 2, 5), (1, 1, 4), (2, 0, 3)):
            start, count = layer.number(offset, 0), layer.number(size, _REST)
            if start or count > 0:
                stop = {} if count <= 0 else {"stop": start + count}
                cuts.append({"slice": {"axis": axis, "start": start, **stop}})
    return "sequence", {"layers": cuts or ["identity"]}


def _shuffle(layer: Layer) -> tuple[str, Fields]:
    return "channel_shuffle", {"groups": layer.number(0, 1)}


def _interp(layer: Layer) -> tuple[str, Fields]:
    mode = "bilinear" if layer.number(0, 0) == 2 else "nearest"
    height, width = layer.number(3, 0), layer.number(4, 0)
    if height and width:
        return "upsample", {"size": [height, width], "mode": mode}
    sides = zip((1, 2), ("in_height", "in_width"), strict=True)
    size: list[Made] = [f"floor({side} * {_decimal(layer, key)})" for key, side in sides]
    return "upsample", {"size": size, "mode": mode}


def _decimal(layer: Layer, key: int) -> str:
    """A factor as the network language writes it: 2.000000e+00 is 2."""
    text = layer.numbers.get(key, ["1"])[0]
    if not _DECIMAL.fullmatch(text):
        raise layer.fault(f"{key}={text[:40]} is no number")
    return decimal_text(Fraction(text))


def _batch_norm(layer: Layer) -> tuple[str, Fields]:
    return "batch_norm", {}


def _prelu(layer: Layer) -> tuple[str, Fields]:
    return "prelu", {"num_parameters": layer.number(0, 1)}


def _padding(layer: Layer) -> tuple[str, Fields]:
    ends: list[Made] = [layer.number(key, 0) for key in (0, 1, 2, 3)]
    return "zero_pad2d", {"padding": ends}


def _reshape(layer: Layer) -> tuple[str, Fields]:
    """All elements in a row, and then taken apart; -1 is the rest."""
    sides = [layer.number(key, _REST) for key in (2, 1, 0)]  # channels, height and width
    given = [side for side in sides if side != _REST]
    if len(given) == 1 and given[0]:
        return "flatten", {}
    names = ("c", "h", "w") if len(given) == 3 else ("c", "w")
    fields = taken_apart(dict(zip(names, given, strict=False)), names) if len(given) > 1 else None
    if fields is None:
        raise layer.fault("this reshape is not read", "sides are numbers, of which one may be -1")
    return "sequence", {"layers": ["flatten", {"rearrange": fields}]}


def _permute(layer: Layer) -> tuple[str, Fields]:
    """The axes in another order, of which the last is the fastest."""
    order = layer.number(0, 0)
    orders = ("c h w", "c w h", "h c w", "h w c", "w c h", "w h c")
    if not 0 <= order < len(orders):
        raise layer.fault(f"0={order} is no known order of axes")
    dims = layer.listed(30)[:1]
    if dims == [2]:
        return "rearrange", {"pattern": "c w -> w c" if order else "c w -> c w"}
    return "rearrange", {"pattern": f"c h w -> {orders[order]}"}


_MAKE: Mapping[str, Callable[[Layer], tuple[str, Fields]]] = {
    "Convolution": _convolution,
    "ConvolutionDepthWise": _convolution,
    "Deconvolution": _deconvolution,
    "DeconvolutionDepthWise": _deconvolution,
    "InnerProduct": _inner_product,
    "Pooling": _pooling,
    "BinaryOp": _binary,
    "Eltwise": _eltwise,
    "Concat": _concat,
    "Slice": _slice,
    "Crop": _crop,
    "ShuffleChannel": _shuffle,
    "Interp": _interp,
    "BatchNorm": _batch_norm,
    "PReLU": _prelu,
    "Padding": _padding,
    "Reshape": _reshape,
    "Permute": _permute,
}


def type_names() -> list[str]:
    """The types of layers that are read."""
    return [*_MAKE, *_ALIKE]
