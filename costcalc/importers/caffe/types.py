"""The types of Caffe's layers in the network language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from costcalc.errors import CostcalcError, nearest
from costcalc.importers.caffe.text import Message
from costcalc.importers.nodes import Made
from costcalc.importers.reshapes import taken_apart

Fields: TypeAlias = dict[str, Made]
_ALIKE = {
    "ReLU6": "relu6",
    "Sigmoid": "sigmoid",
    "TanH": "tanh",
    "ELU": "elu",
    "Softmax": "softmax",
    "Dropout": "dropout",
    "Flatten": "flatten",
    "Swish": "silu",
    "Mish": "mish",
    "LRN": "local_response_norm",
    "Power": "identity",
    "Split": "identity",
    "AbsVal": "identity",
}


def fault(layer: Message, message: str, hint: str | None = None) -> CostcalcError:
    return layer.fault(f"{layer.word('type')[:40]} {layer.word('name')[:60]}: {message}", hint)


def made(layer: Message, kind: str, tops: int, bottoms: int) -> tuple[str, Fields]:
    """The type of an item and its fields."""
    if kind in _ALIKE:
        return _ALIKE[kind], {}
    make = _MAKE.get(kind)
    if make is None:
        hint = nearest(kind, [*_MAKE, *_ALIKE], 0.8) or "its costs are not known"
        raise fault(layer, "a layer of an unknown type", hint)
    if kind == "Slice":
        return _slice(layer, tops)
    if kind == "Scale" and bottoms > 1:
        return "multiply", {}
    return make(layer)


def _sides(param: Message, name: str, height: str, width: str, default: int) -> list[Made]:
    """Height and width: one number for both, two, or each by a name of its own."""
    own = param.numbers(name)
    both = own * 2 if len(own) == 1 else own[:2] or [default, default]
    return [param.number(height, both[0]), param.number(width, both[1])]


def _window(layer: Message) -> tuple[Message, Fields]:
    param = layer.message("convolution_param")
    fields: Fields = {
        "out_channels": f"1 * {_positive(layer, param, 'num_output')}",
        "kernel_size": _sides(param, "kernel_size", "kernel_h", "kernel_w", 0),
        "stride": _sides(param, "stride", "stride_h", "stride_w", 1),
        "padding": _sides(param, "pad", "pad_h", "pad_w", 0),
        "bias": param.flag("bias_term", True),
    }
    return param, fields


def _positive(layer: Message, param: Message, name: str) -> int:
    value = param.number(name, 0)
    if value < 1:
        raise fault(layer, f"{name} is missing", f"{name}: 64")
    return value


def _convolution(layer: Message) -> tuple[str, Fields]:
    param, fields = _window(layer)
    kind = layer.word("type")
    dilation = param.numbers("dilation") or [1]
    fields["dilation"] = [dilation[0], dilation[-1]]
    groups: Made = param.number("group", 1)
    if "epthwise" in kind:
        groups = "in_channels"
    return "conv2d", {**fields, "groups": groups}


def _deconvolution(layer: Message) -> tuple[str, Fields]:
    param, fields = _window(layer)
    return "conv_transpose2d", {**fields, "groups": param.number("group", 1)}


def _pooling(layer: Message) -> tuple[str, Fields]:
    param = layer.message("pooling_param")
    is_average = param.word("pool", "MAX") in ("AVE", "1")
    if param.flag("global_pooling", False):
        return "global_avg_pool", {}
    rounds_down = param.word("round_mode") in ("FLOOR", "1")
    ceil = not rounds_down and param.flag("ceil_mode", True)
    fields: Fields = {
        "kernel_size": _sides(param, "kernel_size", "kernel_h", "kernel_w", 0),
        "stride": _sides(param, "stride", "stride_h", "stride_w", 1),
        "padding": _sides(param, "pad", "pad_h", "pad_w", 0),
        "ceil_mode": ceil,
    }
    return ("avg_pool2d" if is_average else "max_pool2d"), fields


def _inner_product(layer: Message) -> tuple[str, Fields]:
    param = layer.message("inner_product_param")
    linear: Fields = {
        "out_features": _positive(layer, param, "num_output"),
        "bias": param.flag("bias_term", True),
    }
    return "sequence", {"layers": ["flatten", {"linear": linear}]}


def _batch_norm(layer: Message) -> tuple[str, Fields]:
    return "batch_norm", {"scale": False, "bias": False}


def _whole_norm(layer: Message) -> tuple[str, Fields]:
    return "batch_norm", {}


def _scale(layer: Message) -> tuple[str, Fields]:
    """A factor a channel; with a summand a channel it costs what a batch norm does."""
    biased = layer.message("scale_param").flag("bias_term", False)
    return ("batch_norm" if biased else "layer_scale"), {}


def _relu(layer: Message) -> tuple[str, Fields]:
    slope = layer.message("relu_param").word("negative_slope", "0")
    return ("relu" if slope.strip("0.") == "" else "leaky_relu"), {}


def _prelu(layer: Message) -> tuple[str, Fields]:
    shared = layer.message("prelu_param").flag("channel_shared", False)
    return "prelu", {"num_parameters": 1} if shared else {"num_parameters": "in_channels"}


def _eltwise(layer: Message) -> tuple[str, Fields]:
    word = layer.message("eltwise_param").word("operation", "SUM")
    types = {"SUM": "add", "1": "add", "PROD": "multiply", "0": "multiply"}
    return types.get(word, "maximum"), {}


def _axis(param: Message) -> int:
    axis = param.number("axis", param.number("concat_dim", param.number("slice_dim", 1)))
    return axis - 1 if axis > 0 else axis


def _concat(layer: Message) -> tuple[str, Fields]:
    return "concat", {"axis": _axis(layer.message("concat_param"))}


def _slice(layer: Message, parts: int = 1) -> tuple[str, Fields]:
    param = layer.message("slice_param")
    points, axis = param.numbers("slice_point"), _axis(param)
    if not points:
        return "split", {"parts": parts, "axis": axis}
    sizes: list[Made] = [b - a for a, b in zip([0, *points], points, strict=False)]
    side = "in_channels" if axis == 0 else "in_height" if axis == 1 else "in_width"
    return "split", {"parts": [*sizes, f"{side} - {points[-1]}"], "axis": axis}


def _reshape(layer: Message) -> tuple[str, Fields]:
    """All elements in a row, or taken apart by numbers, of which one may be the rest (-1)."""
    dims = layer.message("reshape_param").message("shape").numbers("dim")[1:]
    while len(dims) > 1 and dims[-1] == 1:
        dims.pop()
    if len(dims) < 2:
        return "flatten", {}
    sides = {f"d{number}": size for number, size in enumerate(dims)}
    fields = taken_apart(sides, [*sides])
    if fields is None:
        raise fault(layer, "this reshape is not read", "numbers, of which one may be -1")
    return "sequence", {"layers": ["flatten", {"rearrange": fields}]}


def _permute(layer: Message) -> tuple[str, Fields]:
    order = layer.message("permute_param").numbers("order")
    if not order or order[0] != 0 or sorted(order) != list(range(len(order))):
        raise fault(layer, "only axes behind the batch change places", "order: 0 order: 2 ...")
    names = "chw"[: len(order) - 1]
    after = " ".join(names[axis - 1] for axis in order[1:])
    return "rearrange", {"pattern": f"{' '.join(names)} -> {after}"}


def _upsample(layer: Message) -> tuple[str, Fields]:
    param = layer.message("upsample_param")
    return "upsample", {"scale_factor": param.number("scale", 2)}


def _interp(layer: Message) -> tuple[str, Fields]:
    param = layer.message("interp_param")
    zoom, height, width = (param.number(name, 0) for name in ("zoom_factor", "height", "width"))
    if zoom:
        size: Made = [
            f"in_height + (in_height - 1) * {zoom - 1}",
            f"in_width + (in_width - 1) * {zoom - 1}",
        ]
    elif height and width:
        size = [height, width]
    else:
        raise fault(layer, "only zoom_factor, or height and width, are read")
    return "upsample", {"size": size, "mode": "bilinear"}


def _crop(layer: Message) -> tuple[str, Fields]:
    return "center_crop", {}


_MAKE: Mapping[str, Callable[[Message], tuple[str, Fields]]] = {
    "Convolution": _convolution,
    "ConvolutionDepthwise": _convolution,
    "DepthwiseConvolution": _convolution,
    "Deconvolution": _deconvolution,
    "Pooling": _pooling,
    "InnerProduct": _inner_product,
    "BatchNorm": _batch_norm,
    "BN": _whole_norm,
    "Scale": _scale,
    "ReLU": _relu,
    "PReLU": _prelu,
    "Eltwise": _eltwise,
    "Concat": _concat,
    "Slice": _slice,
    "Reshape": _reshape,
    "Permute": _permute,
    "Upsample": _upsample,
    "Interp": _interp,
    "Crop": _crop,
}


def type_names() -> list[str]:
    """The types of layers that are read."""
    return [*_MAKE, *_ALIKE]
