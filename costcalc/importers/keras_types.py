"""The classes of keras.layers in the network language.

Keras has the channels last; ours are first, so that a side is one axis further here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from costcalc.errors import CostcalcError, nearest
from costcalc.importers.keras_call import Call, Fields, Layers
from costcalc.importers.keras_windows import OF_SIDES, transposed
from costcalc.importers.nodes import Made

_ACTIVATIONS = {
    "relu": "relu",
    "relu6": "relu6",
    "sigmoid": "sigmoid",
    "hard_sigmoid": "hard_sigmoid",
    "tanh": "tanh",
    "silu": "silu",
    "swish": "silu",
    "hard_silu": "hard_swish",
    "hard_swish": "hard_swish",
    "gelu": "gelu",
    "elu": "elu",
    "selu": "selu",
    "mish": "mish",
    "softmax": "softmax",
    "leaky_relu": "leaky_relu",
}
_NOTHING = (
    *("Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "GaussianNoise"),
    *("GaussianDropout", "AlphaDropout", "ActivityRegularization", "Rescaling", "Normalization"),
    *("RandomFlip", "RandomRotation", "RandomZoom", "RandomContrast", "RandomTranslation"),
    *("RandomCrop", "RandomBrightness", "Masking", "Identity", "StochasticDepth"),
)
"""What changes nothing at inference, or only the range of the numbers that come in."""


def made(call: Call) -> tuple[Layers, int]:
    """Return the layers of a call, and how many sides the map has that they make."""
    if call.kind in _NOTHING:
        return [{"identity": {}}], call.sides
    for ending, sides in (("1D", 1), ("2D", 2), ("3D", 3)):
        make = OF_SIDES.get(call.kind.removesuffix(ending)) if call.kind.endswith(ending) else None
        if make is not None:
            layers, out = make(call, sides)
            return [*layers, *_activation(call)], out
    make_any = _OF_ANY.get(call.kind)
    if make_any is None:
        raise _unknown(call)
    layers, out = make_any(call)
    return [*layers, *(_activation(call) if call.kind in _WITH_ACTIVATION else [])], out


def _unknown(call: Call) -> CostcalcError:
    if call.kind == "Lambda":
        return call.fault(
            "a Lambda holds code, and nothing of a file is executed",
            "convert the rest and write what it computes in the network language",
        )
    known = [*_OF_ANY, *_NOTHING, *(f"{name}2D" for name in OF_SIDES)]
    hint = nearest(call.kind, known, 0.8)
    return call.fault("a layer of an unknown class", hint or "its costs are not known")


def _activation(call: Call) -> Layers:
    """The layer of the key activation: a word, or an object with a class or a function."""
    word = call.config.text("activation")
    if not word and "activation" in call.config:
        given = call.config.entry("activation")
        word = given.text("config") or given.text("class_name")
    return _named(call, word)


def _named(call: Call, word: str) -> Layers:
    word = word.lower().removeprefix("keras.activations.")
    if word in ("", "linear", "null"):
        return []
    if word not in _ACTIVATIONS:
        raise call.fault(f"unknown activation '{word[:40]}'", nearest(word, _ACTIVATIONS))
    return [{_ACTIVATIONS[word]: {}}]


def _dense(call: Call) -> tuple[Layers, int]:
    """Over the last axis, which is that of the channels here."""
    units, bias = call.config.whole("units"), call.config.flag("use_bias", True)
    if call.sides < 2:
        return [{"linear": {"out_features": units, "bias": bias}}], call.sides
    return [{"pointwise_conv": {"out_channels": f"1 * {units}", "bias": bias}}], call.sides


def _batch_norm(call: Call) -> tuple[Layers, int]:
    return [{"batch_norm": _learned(call)}], call.sides


def _layer_norm(call: Call) -> tuple[Layers, int]:
    return [{"layer_norm": _learned(call)}], call.sides


def _group_norm(call: Call) -> tuple[Layers, int]:
    groups = call.config.whole("groups", 32)
    fields: Fields = {"groups": "in_channels" if groups == -1 else groups}
    return [{"group_norm": {**fields, **_learned(call)}}], call.sides


def _learned(call: Call) -> Fields:
    fields: Fields = {}
    for key, name in (("scale", "scale"), ("center", "bias")):
        if not call.config.flag(key, True):
            fields[name] = False
    return fields


def _merge(type_: str) -> Callable[[Call], tuple[Layers, int]]:
    def make(call: Call) -> tuple[Layers, int]:
        """With one map, the other is a number that spreads over it."""
        sides = max(source.sides for source in call.sources)
        return [{type_ if len(call.sources) > 1 else "identity": {}}], sides

    return make


def _concatenate(call: Call) -> tuple[Layers, int]:
    axis = call.config.whole("axis", -1)
    sides = call.sides
    if axis in (-1, sides + 1):
        return [{"concat": {}}], sides
    return [{"concat": {"axis": axis if axis > 0 else axis + sides + 2}}], sides


def _flatten(call: Call) -> tuple[Layers, int]:
    return [{"flatten": {}}], 0


def _reshape(call: Call) -> tuple[Layers, int]:
    target = [str(side.value) for side in call.config.listed("target_shape")]
    if not target or not all(side == "-1" or side.isdigit() for side in target):
        raise call.fault("target_shape must be whole numbers")
    if len(target) == 1:
        return [{"flatten": {}}], 0
    names = [*[f"s{number}" for number in range(1, len(target))], "c"]
    sizes: Fields = {
        name: int(side) for name, side in zip(names, target, strict=True) if side != "-1"
    }
    if len(sizes) == len(names):
        sizes.popitem()
    pattern = f"({' '.join(names)}) -> c {' '.join(names[:-1])}"
    return [{"flatten": {}}, {"rearrange": {"pattern": pattern, **sizes}}], len(target) - 1


def _permute(call: Call) -> tuple[Layers, int]:
    dims = [str(one.value) for one in call.config.listed("dims")]
    names = [*[f"s{number}" for number in range(1, call.sides + 1)], "c"]
    if sorted(dims) != [str(number) for number in range(1, len(names) + 1)]:
        raise call.fault(f"dims must be the numbers 1 to {len(names)}")
    after = [names[int(one) - 1] for one in dims]
    before = ["c", *names[:-1]]
    pattern = f"{' '.join(before)} -> {' '.join([after[-1], *after[:-1]])}"
    return [{"rearrange": {"pattern": pattern}}], call.sides


def _relu(call: Call) -> tuple[Layers, int]:
    slope = call.config.text("negative_slope", "0.0").strip("0.")
    is_six = call.config.text("max_value") in ("6.0", "6")
    return [{"relu6" if is_six else "leaky_relu" if slope else "relu": {}}], call.sides


def _prelu(call: Call) -> tuple[Layers, int]:
    """One slope a channel where all sides share it; else one an element."""
    shared = {str(one.value) for one in call.config.listed("shared_axes")}
    if call.sides and shared != {str(number) for number in range(1, call.sides + 1)}:
        raise call.fault("slopes of each place are not read", "shared_axes of all sides")
    return [{"prelu": {"num_parameters": "in_channels"}}], call.sides


def _word(type_: str) -> Callable[[Call], tuple[Layers, int]]:
    return lambda call: ([{type_: {}}], call.sides)


def _resizing(call: Call) -> tuple[Layers, int]:
    size: Made = [call.config.whole("height"), call.config.whole("width")]
    mode = call.config.text("interpolation", "bilinear")
    return [{"upsample": {"size": size, "mode": mode}}], call.sides


def _embedding(call: Call) -> tuple[Layers, int]:
    fields: Fields = {
        "num_embeddings": call.config.whole("input_dim"),
        "embedding_dim": call.config.whole("output_dim"),
    }
    return [{"embedding": fields}], call.sides


def _activation_layer(call: Call) -> tuple[Layers, int]:
    return _activation(call) or [{"identity": {}}], call.sides


def _attention(call: Call) -> tuple[Layers, int]:
    config = call.config
    key_dim = config.whole("key_dim")
    fields: Fields = {
        "heads": config.whole("num_heads"),
        "head_dim": key_dim,
        "value_dim": config.whole("value_dim", key_dim),
        "bias": config.flag("use_bias", True),
    }
    return [{"multi_head_attention": fields}], call.sides


_WITH_ACTIVATION = ("Dense",)
_OF_ANY: Mapping[str, Callable[[Call], tuple[Layers, int]]] = {
    "Conv2DTranspose": lambda call: transposed(call, 2),
    "Conv1DTranspose": lambda call: transposed(call, 1),
    "Conv3DTranspose": lambda call: transposed(call, 3),
    "Dense": _dense,
    "BatchNormalization": _batch_norm,
    "LayerNormalization": _layer_norm,
    "GroupNormalization": _group_norm,
    "UnitNormalization": _word("identity"),
    "LayerScale": _word("layer_scale"),
    "Add": _merge("add"),
    "CustomScaleLayer": _merge("add"),  # of keras.applications: a map times a number is added
    "Subtract": _merge("subtract"),
    "Multiply": _merge("multiply"),
    "Average": _merge("add"),
    "Maximum": _merge("maximum"),
    "Minimum": _merge("minimum"),
    "Concatenate": _concatenate,
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Permute": _permute,
    "Activation": _activation_layer,
    "ReLU": _relu,
    "LeakyReLU": _word("leaky_relu"),
    "PReLU": _prelu,
    "ELU": _word("elu"),
    "Softmax": _word("softmax"),
    "Resizing": _resizing,
    "Embedding": _embedding,
    "MultiHeadAttention": _attention,
}


def class_names() -> list[str]:
    """The classes of keras.layers that are read."""
    numbered = [f"{name}{sides}D" for name in OF_SIDES for sides in (1, 2, 3)]
    return [*numbered, *_OF_ANY, *_NOTHING]
