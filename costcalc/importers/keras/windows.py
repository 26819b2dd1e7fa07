"""Classes of keras.layers with one, two or three sides: Conv2D, MaxPooling1D and the like."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from costcalc.importers.json_text import is_whole
from costcalc.importers.keras.call import Call, Fields, Layers
from costcalc.importers.nodes import Made
from costcalc.language.yaml_nodes import SequenceNode


def _window(call: Call, sides: int, size: str = "kernel_size") -> Fields:
    config = call.config
    padding = config.text("padding", "valid")
    if padding not in ("same", "valid", "causal"):
        raise call.fault(f"unknown padding '{padding[:40]}'")
    stride = config.wholes("strides", sides, 1)
    return {
        "kernel_size": _each(config.wholes(size, sides)),
        **_unless("stride", stride, 1),
        **({} if padding == "same" else {"padding": padding}),
    }


def _each(numbers: list[int]) -> Made:
    """A number where all sides have the same one, else the list."""
    return list(numbers) if len(set(numbers)) > 1 else numbers[0]


def _unless(name: str, numbers: list[int], default: int) -> Fields:
    """A field, unless it has its default."""
    return {} if set(numbers) == {default} else {name: _each(numbers)}


def _channels(call: Call, sides: int) -> Fields:
    """What convolutions share beside their windows."""
    fields = _unless("dilation", call.config.wholes("dilation_rate", sides, 1), 1)
    fields |= _unless("groups", [call.config.whole("groups", 1)], 1)
    return fields if call.config.flag("use_bias", True) else {**fields, "bias": False}


def _conv(call: Call, sides: int) -> tuple[Layers, int]:
    fields = {
        "out_channels": call.config.whole("filters"),
        **_window(call, sides),
        **_channels(call, sides),
    }
    return [{f"conv{sides}d": fields}], sides


def _depthwise(call: Call, sides: int) -> tuple[Layers, int]:
    fields = {
        **_unless("multiplier", [call.config.whole("depth_multiplier", 1)], 1),
        **_window(call, sides),
        **_channels(call, sides),
    }
    return [{f"depthwise_conv{sides}d": fields}], sides


def _separable(call: Call, sides: int) -> tuple[Layers, int]:
    (depthwise,), _ = _depthwise(call, sides)
    depthwise = {type_: {**own, "bias": False} for type_, own in depthwise.items()}
    pointwise: Fields = {"out_channels": call.config.whole("filters")}
    if not call.config.flag("use_bias", True):
        pointwise["bias"] = False
    return [depthwise, {f"pointwise_conv{sides}d": pointwise}], sides


def _transposed(call: Call, sides: int) -> tuple[Layers, int]:
    """Keras' output has at least a stride for each place, where nothing else is said."""
    kernel = call.config.wholes("kernel_size", sides)
    stride = call.config.wholes("strides", sides, 1)
    dilation = call.config.wholes("dilation_rate", sides, 1)
    fields = {
        "out_channels": call.config.whole("filters"),
        **_window(call, sides),
        **_channels(call, sides),
    }
    reach = [step * (size - 1) + 1 for size, step in zip(kernel, dilation, strict=True)]
    if "output_padding" in call.config:
        if "padding" not in fields:
            fields["padding"] = [size // 2 for size in reach]
        fields["output_padding"] = list(call.config.wholes("output_padding", sides))
    elif fields.get("padding") == "valid":
        more = [max(0, step - size) for size, step in zip(reach, stride, strict=True)]
        if any(more):
            fields["output_padding"] = list(more)
    return [{f"conv_transpose{sides}d": fields}], sides


def _pool(type_: str) -> Callable[[Call, int], tuple[Layers, int]]:
    def make(call: Call, sides: int) -> tuple[Layers, int]:
        fields = _window(call, sides, "pool_size")
        size = call.config.wholes("pool_size", sides)
        stride = call.config.wholes("strides", sides) if "strides" in call.config else size
        fields.pop("stride", None)
        if stride != size:
            fields["stride"] = _each(stride)
        fields.setdefault("padding", "same")
        return [{f"{type_}{sides}d": fields}], sides

    return make


def _global_avg_pool(call: Call, sides: int) -> tuple[Layers, int]:
    return _flat(call, sides, {"global_avg_pool": {}})


def _global_max_pool(call: Call, sides: int) -> tuple[Layers, int]:
    """A window as large as the map."""
    names = (["in_length"], ["in_height", "in_width"], ["in_depth", "in_height", "in_width"])
    return _flat(call, sides, {f"max_pool{sides}d": {"kernel_size": list(names[sides - 1])}})


def _flat(call: Call, sides: int, pool: Mapping[str, Fields]) -> tuple[Layers, int]:
    if call.config.flag("keepdims", False):
        return [pool], sides
    return [pool, {"flatten": {}}], 0


def _adaptive_pool(call: Call, sides: int) -> tuple[Layers, int]:
    if sides != 2:
        raise call.fault("is not known of other maps than images")
    size: Made = list(call.config.wholes("output_size", sides))
    return [{"adaptive_avg_pool2d": {"output_size": size}}], sides


def _around(call: Call, sides: int, key: str) -> list[list[int]]:
    """Before and behind each side: a number, one a side, or two a side."""
    given = call.config.parts.get(key)
    rows = given.value if isinstance(given, SequenceNode) else []
    if not any(isinstance(row, SequenceNode) for row in rows):
        if sides == 1 and rows:
            return [call.config.wholes(key, 2)]
        return [[one, one] for one in call.config.wholes(key, sides)]
    ends = []
    for row in rows:
        pair = [str(end.value) for end in row.value] if isinstance(row, SequenceNode) else []
        if len(pair) != 2 or not all(map(is_whole, pair)):
            raise call.fault(f"{key} must be two numbers a side")
        ends.append([int(end) for end in pair])
    if len(ends) != sides:
        raise call.fault(f"{key} must be two numbers for each of {sides} sides")
    return ends


def _zero_pad(call: Call, sides: int) -> tuple[Layers, int]:
    ends: list[Made] = [end for pair in _around(call, sides, "padding") for end in pair]
    return [{f"zero_pad{sides}d": {"padding": ends}}], sides


def _cropping(call: Call, sides: int) -> tuple[Layers, int]:
    cuts: list[Mapping[str, Fields]] = []
    for axis, (before, after) in enumerate(_around(call, sides, "cropping"), 1):
        stop: Fields = {"stop": -after} if after else {}
        if before or after:
            cuts.append({"slice": {"axis": axis, "start": before, **stop}})
    return cuts or [{"identity": {}}], sides


def _upsampling(call: Call, sides: int) -> tuple[Layers, int]:
    mode = "bilinear" if call.config.text("interpolation") == "bilinear" else "nearest"
    factors: Made = list(call.config.wholes("size", sides, 2))
    return [{"upsample": {"scale_factor": factors, "mode": mode}}], sides


TRANSPOSED = {f"Conv{sides}DTranspose": partial(_transposed, sides=sides) for sides in (1, 2, 3)}
OF_SIDES: Mapping[str, Callable[[Call, int], tuple[Layers, int]]] = {
    "Conv": _conv,
    "DepthwiseConv": _depthwise,
    "SeparableConv": _separable,
    "MaxPooling": _pool("max_pool"),
    "AveragePooling": _pool("avg_pool"),
    "GlobalAveragePooling": _global_avg_pool,
    "GlobalMaxPooling": _global_max_pool,
    "AdaptiveAveragePooling": _adaptive_pool,
    "ZeroPadding": _zero_pad,
    "Cropping": _cropping,
    "UpSampling": _upsampling,
}
