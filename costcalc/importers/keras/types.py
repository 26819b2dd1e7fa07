"""The classes of keras.layers in the network language.

Keras has the channels last; ours are first, so that a side is one axis further here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from costcalc.errors import CostcalcError, nearest
from costcalc.importers.json_text import Entry
from costcalc.importers.keras.call import FACTOR, OFFSET, Call, Fields, Layers, Result, spread, word
from costcalc.importers.keras.merges import MERGES
from costcalc.importers.keras.reshapes import RESHAPES
from costcalc.importers.keras.sequences import SEQUENCES
from costcalc.importers.keras.windows import OF_SIDES, TRANSPOSED
from costcalc.layers.activation import ACTIVATIONS

_ACTIVATIONS = {
    **{name: name for name, *_ in ACTIVATIONS},
    "softmax": "softmax",
    "swish": "silu",
    "hard_silu": "hard_swish",
}
_NOTHING = (
    *("Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "GaussianNoise"),
    *("GaussianDropout", "AlphaDropout", "ActivityRegularization", "Masking", "Identity"),
    *("RandomFlip", "RandomRotation", "RandomZoom", "RandomContrast", "RandomTranslation"),
    *("RandomCrop", "RandomBrightness", "StochasticDepth", "ops.Cast", "ops.cast"),
)
"""What changes nothing at inference."""
_NOT_READ = (
    *("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "AdditiveAttention", "EinsumDense"),
    *("UnitNormalization", "AdaptiveMaxPooling1D", "AdaptiveMaxPooling2D", "ReversibleEmbedding"),
    *("AdaptiveMaxPooling3D", "LocallyConnected1D", "LocallyConnected2D", "ThresholdedReLU"),
    *("CategoryEncoding", "Discretization", "Hashing", "HashedCrossing", "IntegerLookup"),
    *("StringLookup", "TextVectorization", "MelSpectrogram", "STFTSpectrogram"),
)
"""Classes of Keras that the network language has no layers for, or none yet."""
_ANY_ORDER = (
    *("Activation", "ReLU", "LeakyReLU", "ELU", "Softmax", "Rescaling", "LayerScale", "Flatten"),
    *("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate"),
    *("CustomScaleLayer", "InputLayer"),
)
"""Layers that compute the same in whatever order the axes stand."""


def says_channels_first(config: Entry) -> bool:
    return config.text("data_format") == "channels_first"


def channels_first(call: Call) -> bool:
    """Whether a call takes the first axis behind the batch for the channels, else the last."""
    if call.kind in _ANY_ORDER or call.kind in _NOTHING or call.kind.startswith("ops."):
        return call.first
    if "axis" not in call.config:
        return says_channels_first(call.config)
    given = call.config.listed("axis") or [call.config.parts["axis"]]
    axes = [call.config.whole_of("axis", one) for one in given]
    last = call.sides + 1
    if axes[-1:] in ([-1], [last]) and len(axes) == 1:
        return False
    if axes != [1]:
        raise call.fault(f"an axis other than that of the channels is not read, as {axes} is")
    return True


def made(call: Call) -> Result:
    """Return what a call becomes. Raises CostcalcError where it cannot be said."""
    takes_several = call.kind in MERGES or call.kind in SEQUENCES
    if not call.sources or (len(call.sources) > 1 and not takes_several):
        raise call.fault(f"reads {len(call.sources)} maps")
    if call.kind in _NOTHING:
        return Result([{"identity": {}}], call.sides)
    for ending, sides in (("1D", 1), ("2D", 2), ("3D", 3)):
        make = OF_SIDES.get(call.kind.removesuffix(ending)) if call.kind.endswith(ending) else None
        if make is not None:
            if call.sides != sides:
                raise call.fault(f"reads a map with {call.sides} sides")
            layers, out = make(call, sides)
            return Result([*layers, *_activation(call)], out)
    transposed = TRANSPOSED.get(call.kind)
    if transposed is not None:
        layers, out = transposed(call)
        return Result([*layers, *_activation(call)], out)
    found = _OF_ANY.get(call.kind)
    if found is None:
        raise _unknown(call)
    return found(call)


def _unknown(call: Call) -> CostcalcError:
    if call.kind == "Lambda":
        return call.fault(
            "a Lambda holds code, and nothing of a file is executed",
            "write the network in the network language, with what it computes as items",
        )
    if call.kind in _NOT_READ:
        return call.fault("this class of keras.layers is not read: its costs are not known here")
    hint = nearest(call.kind, class_names(), 0.8)
    return call.fault("a layer of an unknown class", hint or "its costs are not known")


def _activation(call: Call) -> Layers:
    """The layer of the key activation: a word, or an object with a class or a function."""
    given = call.config.entry("activation")
    word = call.config.text("activation") or given.text("config") or given.text("class_name")
    return _named(call, word)


def _named(call: Call, word: str) -> Layers:
    folded = word.lower().removeprefix("keras.activations.")
    if folded in ("", "linear", "null"):
        return []
    known = _ACTIVATIONS.get(folded) or _ACTIVATIONS.get(folded.replace("relu", "_relu", 1))
    if known is None:
        raise call.fault(f"unknown activation '{word[:40]}'", nearest(folded, _ACTIVATIONS))
    return [{known: {}}]


def _dense(call: Call) -> Result:
    """Over the last axis, which is that of the channels here."""
    units = call.config.whole("units")
    bias: Fields = {} if call.config.flag("use_bias", True) else {"bias": False}
    layer: Mapping[str, Fields] = {"linear": {"out_features": units, **bias}}
    if call.sides > 1:
        layer = {"pointwise_conv": {"out_channels": f"1 * {units}", **bias}}
    return Result([layer, *_activation(call)], call.sides)


def _normalized(type_: str) -> Callable[[Call], Result]:
    return lambda call: Result([{type_: _learned(call)}], call.sides)


def _group_norm(call: Call) -> Result:
    groups = call.config.whole("groups", 32)
    fields: Fields = {"groups": "in_channels" if groups == -1 else groups}
    return Result([{"group_norm": {**fields, **_learned(call)}}], call.sides)


def _layer_norm(call: Call) -> Result:
    if call.config.flag("rms_scaling", False):
        raise call.fault("rms_scaling is not read", "RMSNormalization is")
    return _normalized("layer_norm")(call)


def _learned(call: Call) -> Fields:
    fields: Fields = {}
    for key, name in (("scale", "scale"), ("center", "bias")):
        if not call.config.flag(key, True):
            fields[name] = False
    return fields


def _normalization(call: Call) -> Result:
    """By numbers of the data set, which the config states, or are weights that nothing trains.

    Such weights are those of a batch norm without trained numbers, and how many data were seen.
    """
    if "mean" in call.config:
        return Result([spread("subtract", "in_shape"), spread("divide", "in_shape")], call.sides)
    norm: Fields = {"from": "input", "scale": False, "bias": False}
    seen: Fields = {"shape": [1], "trainable": False}
    return Result([{"parameter": seen}, {"batch_norm": norm}], call.sides)


def _rescaling(call: Call) -> Result:
    no_offset = call.config.text("offset", "0").strip("-0.") == ""
    return Result([FACTOR] if no_offset else [FACTOR, OFFSET], call.sides)


def _relu(call: Call) -> Result:
    slope = call.config.text("negative_slope", call.config.text("alpha", "0.0")).strip("0.")
    is_six = call.config.text("max_value") in ("6.0", "6")
    return Result([{"relu6" if is_six else "leaky_relu" if slope else "relu": {}}], call.sides)


def _prelu(call: Call) -> Result:
    """One slope a channel where all sides share it; else one an element."""
    shared = {str(one.value) for one in call.config.listed("shared_axes")}
    if call.sides and shared != {str(number) for number in range(1, call.sides + 1)}:
        raise call.fault("slopes of each place are not read", "shared_axes of all sides")
    return Result([{"prelu": {"num_parameters": "in_channels"}}], call.sides)


def _embedding(call: Call) -> Result:
    fields: Fields = {
        "num_embeddings": call.config.whole("input_dim"),
        "embedding_dim": call.config.whole("output_dim"),
    }
    (source,) = call.sources
    if source.looked_up:
        return Result([{"embedding": fields}], source.sides)
    names = [f"s{number}" for number in range(1, source.sides + 1)]
    pattern = f"c {' '.join(names)} -> 1 {' '.join([*names, 'c'])}".replace("  ", " ")
    moved: Mapping[str, Fields] = {"rearrange": {"pattern": pattern}}
    return Result([moved, {"embedding": fields}], source.sides + 1)


def _activation_layer(call: Call) -> Result:
    return Result(_activation(call) or [{"identity": {}}], call.sides)


_OF_ANY: Mapping[str, Callable[[Call], Result]] = {
    "Dense": _dense,
    "BatchNormalization": _normalized("batch_norm"),
    "LayerNormalization": _layer_norm,
    "GroupNormalization": _group_norm,
    "RMSNormalization": word("rms_norm"),
    "Normalization": _normalization,
    "Rescaling": _rescaling,
    "LayerScale": word("layer_scale"),
    "Activation": _activation_layer,
    "ReLU": _relu,
    "LeakyReLU": word("leaky_relu"),
    "PReLU": _prelu,
    "ELU": word("elu"),
    "Softmax": word("softmax"),
    "Embedding": _embedding,
    **RESHAPES,
    **SEQUENCES,
    **MERGES,
}


def class_names() -> list[str]:
    """The classes of keras.layers that are read."""
    numbered = [f"{name}{sides}D" for name in OF_SIDES for sides in (1, 2, 3)]
    wrappers = ("SpectralNormalization", "TimeDistributed")
    return [*numbered, *TRANSPOSED, *_OF_ANY, *_NOTHING, *wrappers]
