"""Classes of keras.layers with one, two or three sides: Conv2D, MaxPooling1D and the like."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from costcalc.importers.keras_call import Call, Fields, Layers
from costcalc.importers.nodes import Made
from costcalc.language.yaml_nodes import SequenceNode


def _window(call: Call, sides: int, size: str = "kernel_size") -> Fields:
    config = call.config
    padding = config.text("padding", "valid")
    if padding not in ("same", "valid", "causal"):
        raise call.fault(f"unknown padding '{padding[:40]}'")
    return {
        "kernel_size": list(config.wholes(size, sides)),
        "stride": list(config.wholes("strides", sides, 1)),
        "padding": padding,
    }


def _conv(call: Call, sides: int) -> tuple[Layers, int]:
    fields = {
        "out_channels": call.config.whole("filters"),
        **_window(call, sides),
        "dilation": list(call.config.wholes("dilation_rate", sides, 1)),
        "groups": call.config.whole("groups", 1),
        "bias": call.config.flag("use_bias", True),
    }
    return [{f"conv{sides}d": fields}], sides


def _depthwise(call: Call, sides: int) -> tuple[Layers, int]:
    fields = {
        "multiplier": call.config.whole("depth_multiplier", 1),
        **_window(call, sides),
        "dilation": list(call.config.wholes("dilation_rate", sides, 1)),
        "bias": call.config.flag("use_bias", True),
    }
    return [{f"depthwise_conv{sides}d": fields}], sides


def _separable(call: Call, sides: int) -> tuple[Layers, int]:
    (depthwise,), _ = _depthwise(call, sides)
    depthwise[f"depthwise_conv{sides}d"]["bias"] = False
    pointwise: Fields = {
        "out_channels": call.config.whole("filters"),
        "bias": call.config.flag("use_bias", True),
    }
    return [depthwise, {f"pointwise_conv{sides}d": pointwise}], sides


def transposed(call: Call, sides: int) -> tuple[Layers, int]:
    fields = {
        "out_channels": call.config.whole("filters"),
        **_window(call, sides),
        "groups": call.config.whole("groups", 1),
        "bias": call.config.flag("use_bias", True),
    }
    if "output_padding" in call.config:
        fields["output_padding"] = list(call.config.wholes("output_padding", sides))
    return [{f"conv_transpose{sides}d": fields}], sides


def _pool(type_: str) -> Callable[[Call, int], tuple[Layers, int]]:
    def make(call: Call, sides: int) -> tuple[Layers, int]:
        fields = _window(call, sides, "pool_size")
        if "strides" not in call.config:
            fields["stride"] = fields["kernel_size"]
        return [{f"{type_}{sides}d": fields}], sides

    return make


def _global_pool(call: Call, sides: int) -> tuple[Layers, int]:
    if call.config.flag("keepdims", False):
        return [{"global_avg_pool": {}}], sides
    return [{"global_avg_pool": {}}, {"flatten": {}}], 0


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
        if len(pair) != 2 or not all(end.isdigit() for end in pair):
            raise call.fault(f"{key} must be two numbers a side")
        ends.append([int(end) for end in pair])
    if len(ends) != sides:
        raise call.fault(f"{key} must be two numbers for each of {sides} sides")
    return ends


def _zero_pad(call: Call, sides: int) -> tuple[Layers, int]:
    ends: list[Made] = [end for pair in _around(call, sides, "padding") for end in pair]
    return [{f"zero_pad{sides}d": {"padding": ends}}], sides


def _cropping(call: Call, sides: int) -> tuple[Layers, int]:
    cuts: Layers = []
    for axis, (before, after) in enumerate(_around(call, sides, "cropping"), 1):
        stop: Fields = {"stop": -after} if after else {}
        if before or after:
            cuts.append({"slice": {"axis": axis, "start": before, **stop}})
    return cuts or [{"identity": {}}], sides


def _upsampling(call: Call, sides: int) -> tuple[Layers, int]:
    mode = "bilinear" if call.config.text("interpolation") == "bilinear" else "nearest"
    factors: Made = list(call.config.wholes("size", sides, 2))
    return [{"upsample": {"scale_factor": factors, "mode": mode}}], sides


OF_SIDES: Mapping[str, Callable[[Call, int], tuple[Layers, int]]] = {
    "Conv": _conv,
    "DepthwiseConv": _depthwise,
    "SeparableConv": _separable,
    "MaxPooling": _pool("max_pool"),
    "AveragePooling": _pool("avg_pool"),
    "GlobalAveragePooling": _global_pool,
    "GlobalMaxPooling": _global_pool,
    "ZeroPadding": _zero_pad,
    "Cropping": _cropping,
    "UpSampling": _upsampling,
}
