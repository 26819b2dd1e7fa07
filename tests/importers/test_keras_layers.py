"""Each class of Keras, against the layers that it is, by hand."""

import json
from typing import Any

import pytest
from importers.pairs import analysis, costs

from costcalc.errors import Problems
from costcalc.importers.keras.translate import known

LAST = "\nslice: {axis: length, start: -1}\nflatten"
# The class, its config, what it reads (channels last), and what it is by hand.
LAYERS: list[tuple[str, dict[str, Any], list[int], str]] = [
    (
        "Conv2D",
        {"filters": 8, "kernel_size": [3, 3], "strides": [2, 2], "padding": "same"},
        [9, 12, 4],
        "conv2d: {out_channels: 8, kernel_size: 3, stride: 2, bias: true}",
    ),
    (
        "Conv2D",
        {"filters": 8, "kernel_size": [3, 1], "use_bias": False, "activation": "relu"},
        [9, 12, 4],
        "conv2d: {out_channels: 8, kernel_size: [3, 1], padding: valid, bias: false}\nrelu",
    ),
    (
        "Conv2D",
        {"filters": 8, "kernel_size": 3, "dilation_rate": 2, "groups": 2, "padding": "valid"},
        [9, 12, 4],
        "conv2d: {out_channels: 8, kernel_size: 3, dilation: 2, groups: 2, padding: valid, "
        "bias: true}",
    ),
    (
        "Conv1D",
        {"filters": 8, "kernel_size": [3], "padding": "causal"},
        [12, 4],
        "conv1d: {out_channels: 8, kernel_size: 3, padding: causal, bias: true}",
    ),
    (
        "Conv3D",
        {"filters": 8, "kernel_size": [3, 3, 3]},
        [5, 6, 7, 4],
        "conv3d: {out_channels: 8, kernel_size: 3, padding: valid, bias: true}",
    ),
    (
        "DepthwiseConv2D",
        {"kernel_size": [3, 3], "depth_multiplier": 2, "padding": "same"},
        [9, 12, 4],
        "conv2d: {out_channels: 8, kernel_size: 3, groups: 4, bias: true}",
    ),
    (
        "DepthwiseConv1D",
        {"kernel_size": 3},
        [12, 4],
        "conv1d: {out_channels: 4, kernel_size: 3, groups: 4, padding: valid, bias: true}",
    ),
    (
        "SeparableConv2D",
        {"filters": 8, "kernel_size": [3, 3], "activation": "relu6", "padding": "same"},
        [9, 12, 4],
        "conv2d: {out_channels: 4, kernel_size: 3, groups: 4, bias: false}\n"
        "conv2d: {out_channels: 8, kernel_size: 1, bias: true}\nrelu6",
    ),
    (
        "SeparableConv1D",
        {"filters": 8, "kernel_size": 3},
        [12, 4],
        "conv1d: {out_channels: 4, kernel_size: 3, groups: 4, padding: valid, bias: false}\n"
        "conv1d: {out_channels: 8, kernel_size: 1, bias: true}",
    ),
    (
        "Conv2DTranspose",
        {"filters": 8, "kernel_size": [2, 2], "strides": [2, 2], "padding": "valid"},
        [9, 12, 4],
        "conv_transpose2d: {out_channels: 8, kernel_size: 2, stride: 2, padding: 0, bias: true}",
    ),
    (
        "Conv1DTranspose",
        {"filters": 8, "kernel_size": 2, "strides": 2},
        [12, 4],
        "conv_transpose1d: {out_channels: 8, kernel_size: 2, stride: 2, padding: 0, bias: true}",
    ),
    (
        "Conv3DTranspose",
        {"filters": 8, "kernel_size": 2, "strides": 2},
        [3, 4, 5, 4],
        "conv_transpose3d: {out_channels: 8, kernel_size: 2, stride: 2, padding: 0, bias: true}",
    ),
    (
        "MaxPooling2D",
        {"pool_size": [3, 3], "strides": [2, 2], "padding": "same"},
        [9, 12, 4],
        "max_pool2d: {kernel_size: 3, stride: 2, padding: same}",
    ),
    ("MaxPooling1D", {"pool_size": [2]}, [12, 4], "max_pool1d: {kernel_size: 2, padding: 0}"),
    ("MaxPooling3D", {"pool_size": 2}, [4, 4, 4, 2], "max_pool3d: {kernel_size: 2, padding: 0}"),
    ("AveragePooling2D", {"pool_size": 2}, [8, 8, 4], "avg_pool2d: {kernel_size: 2, padding: 0}"),
    ("AveragePooling1D", {"pool_size": 2}, [8, 4], "avg_pool1d: {kernel_size: 2, padding: 0}"),
    (
        "AveragePooling3D",
        {"pool_size": 2},
        [8, 4, 4, 4],
        "avg_pool3d: {kernel_size: 2, padding: 0}",
    ),
    ("GlobalAveragePooling2D", {}, [8, 6, 4], "global_avg_pool\nflatten"),
    ("GlobalAveragePooling2D", {"keepdims": True}, [8, 6, 4], "global_avg_pool"),
    ("GlobalAveragePooling1D", {}, [8, 4], "global_avg_pool\nflatten"),
    ("GlobalAveragePooling3D", {}, [2, 2, 2, 4], "global_avg_pool\nflatten"),
    ("GlobalMaxPooling2D", {}, [8, 6, 4], "global_avg_pool\nflatten"),
    ("GlobalMaxPooling1D", {}, [8, 4], "global_avg_pool\nflatten"),
    ("GlobalMaxPooling3D", {}, [2, 2, 2, 4], "global_avg_pool\nflatten"),
    (
        "ZeroPadding2D",
        {"padding": [[1, 2], [3, 4]]},
        [8, 6, 4],
        "zero_pad2d: {padding: [1, 2, 3, 4]}",
    ),
    ("ZeroPadding2D", {"padding": [1, 2]}, [8, 6, 4], "zero_pad2d: {padding: [1, 1, 2, 2]}"),
    ("ZeroPadding1D", {"padding": [1, 2]}, [8, 4], "zero_pad1d: {padding: [1, 2]}"),
    ("ZeroPadding3D", {"padding": 1}, [4, 4, 4, 2], "zero_pad3d: {padding: [1, 1, 1, 1, 1, 1]}"),
    (
        "Cropping2D",
        {"cropping": [[1, 2], [0, 3]]},
        [8, 6, 4],
        "slice: {axis: 1, start: 1, stop: 6}\nslice: {axis: 2, stop: 3}",
    ),
    ("Cropping1D", {"cropping": [1, 1]}, [8, 4], "slice: {axis: 1, start: 1, stop: 7}"),
    (
        "Cropping3D",
        {"cropping": 1},
        [4, 4, 4, 2],
        "slice: {axis: 1, start: 1, stop: 3}\nslice: {axis: 2, start: 1, stop: 3}\n"
        "slice: {axis: 3, start: 1, stop: 3}",
    ),
    ("UpSampling2D", {"size": [2, 2]}, [8, 6, 4], "upsample: {scale_factor: 2}"),
    ("UpSampling1D", {"size": 2}, [8, 4], "upsample: {scale_factor: 2}"),
    ("UpSampling3D", {"size": 2}, [4, 4, 4, 2], "upsample: {scale_factor: 2}"),
    (
        "Resizing",
        {"height": 5, "width": 7, "interpolation": "bilinear"},
        [8, 6, 4],
        "upsample: {size: [5, 7], mode: bilinear}",
    ),
    ("Dense", {"units": 10, "activation": "softmax"}, [4], "linear: {out_features: 10}\nsoftmax"),
    ("Dense", {"units": 10, "use_bias": False}, [4], "linear: {out_features: 10, bias: false}"),
    ("Dense", {"units": 10}, [6, 4], "linear: {out_features: 10}"),
    ("BatchNormalization", {}, [8, 6, 4], "batch_norm"),
    ("BatchNormalization", {"scale": False}, [8, 6, 4], "batch_norm: {scale: false}"),
    ("BatchNormalization", {"center": False}, [8, 6, 4], "batch_norm: {bias: false}"),
    ("LayerNormalization", {}, [6, 4], "layer_norm"),
    ("GroupNormalization", {"groups": 2}, [8, 6, 4], "group_norm: {groups: 2}"),
    ("RMSNormalization", {}, [6, 4], "rms_norm"),
    (
        "Normalization",
        {"axis": -1},
        [8, 6, 4],
        "parameter: {shape: [1], trainable: false}\n"
        "batch_norm: {from: input, scale: false, bias: false}",
    ),
    (
        "Normalization",
        {"axis": -1, "mean": [[[[1, 2, 3, 4]]]], "variance": [[[[1, 2, 3, 4]]]]},
        [8, 6, 4],
        "subtract: [[], [constant: in_shape]]\ndivide: [[], [constant: in_shape]]",
    ),
    ("Rescaling", {"scale": 0.1, "offset": 0.0}, [8, 6, 4], "multiply: [[], [constant: [1]]]"),
    (
        "Rescaling",
        {"scale": 0.1, "offset": -1},
        [8, 6, 4],
        "multiply: [[], [constant: [1]]]\nadd: [[], [constant: [4, 8, 6]]]",
    ),
    ("CenterCrop", {"height": 5, "width": 3}, [8, 6, 4], "center_crop: {size: [5, 3]}"),
    (
        "AdaptiveAveragePooling2D",
        {"output_size": [2, 3]},
        [8, 6, 4],
        "adaptive_avg_pool2d: {output_size: [2, 3]}",
    ),
    (
        "LSTM",
        {"units": 5, "return_sequences": True},
        [7, 4],
        "lstm: {hidden_size: 5, biases: 1}",
    ),
    (
        "LSTM",
        {"units": 5, "go_backwards": True},
        [7, 4],
        "lstm: {hidden_size: 5, biases: 1}" + LAST,
    ),
    ("LSTM", {"units": 5, "use_bias": False}, [7, 4], "lstm: {hidden_size: 5, bias: false}" + LAST),
    ("GRU", {"units": 5, "reset_after": True}, [7, 4], "gru: {hidden_size: 5}" + LAST),
    ("GRU", {"units": 5, "reset_after": False}, [7, 4], "gru: {hidden_size: 5, biases: 1}" + LAST),
    ("SimpleRNN", {"units": 5}, [7, 4], "rnn: {hidden_size: 5, biases: 1}" + LAST),
    ("CuDNNLSTM", {"units": 5}, [7, 4], "lstm: {hidden_size: 5}" + LAST),
    ("CuDNNGRU", {"units": 5}, [7, 4], "gru: {hidden_size: 5}" + LAST),
    (
        "RNN",
        {"cell": {"class_name": "GRUCell", "config": {"units": 5, "reset_after": True}}},
        [7, 4],
        "gru: {hidden_size: 5}" + LAST,
    ),
    (
        "Bidirectional",
        {
            "merge_mode": "concat",
            "layer": {"class_name": "LSTM", "config": {"units": 5, "return_sequences": True}},
        },
        [7, 4],
        "lstm: {hidden_size: 5, biases: 1, bidirectional: true}",
    ),
    *(
        (
            "Bidirectional",
            {"merge_mode": mode, "layer": {"class_name": "SimpleRNN", "config": {"units": 5}}},
            [7, 4],
            f"rnn: {{hidden_size: 5, biases: 1, bidirectional: true}}{LAST}\nsplit: 2\n{merge}",
        )
        for mode, merge in (
            ("sum", "add"),
            ("mul", "multiply"),
            ("ave", "add\ndivide: [[], [constant: [1]]]"),
        )
    ),
    ("RepeatVector", {"n": 3}, [4], "rearrange: c -> c 1\nupsample: {size: 3}"),
    (
        "TimeDistributed",
        {
            "layer": {
                "class_name": "Conv2D",
                "config": {"name": "c", "filters": 2, "kernel_size": 3},
            }
        },
        [5, 8, 6, 4],
        "conv3d: {out_channels: 2, kernel_size: [1, 3, 3], padding: valid}",
    ),
    (
        "TimeDistributed",
        {"layer": {"class_name": "Dense", "config": {"name": "d", "units": 2}}},
        [5, 4],
        "linear: 2",
    ),
    (
        "SpectralNormalization",
        {"layer": {"class_name": "Dense", "config": {"name": "d", "units": 2}}},
        [4],
        "linear: 2",
    ),
    ("LayerScale", {}, [8, 6, 4], "layer_scale"),
    ("Flatten", {}, [8, 6, 4], "flatten"),
    ("Reshape", {"target_shape": [-1]}, [8, 6, 4], "flatten"),
    ("Reshape", {"target_shape": [48, 4]}, [8, 6, 4], "rearrange: c h w -> c (h w)"),
    ("Permute", {"dims": [2, 1, 3]}, [8, 6, 4], "rearrange: c h w -> c w h"),
    ("Permute", {"dims": [3, 1, 2]}, [8, 6, 4], "rearrange: c h w -> w c h"),
    ("Activation", {"activation": "silu"}, [8, 6, 4], "silu"),
    ("Activation", {"activation": "linear"}, [8, 6, 4], "identity"),
    ("ReLU", {}, [8, 6, 4], "relu"),
    ("ReLU", {"max_value": 6.0}, [8, 6, 4], "relu6"),
    ("ReLU", {"negative_slope": 0.1}, [8, 6, 4], "leaky_relu"),
    ("LeakyReLU", {}, [8, 6, 4], "leaky_relu"),
    ("PReLU", {"shared_axes": [1, 2]}, [8, 6, 4], "prelu: {num_parameters: 4}"),
    ("ELU", {}, [8, 6, 4], "elu"),
    ("Softmax", {}, [4], "softmax"),
    (
        "Embedding",
        {"input_dim": 50, "output_dim": 8},
        [7],
        "embedding: {num_embeddings: 50, embedding_dim: 8}",
    ),
    *(
        (name, {}, [8, 6, 4], "identity")
        for name in (
            "ActivityRegularization AlphaDropout Dropout GaussianDropout GaussianNoise Identity "
            "Masking RandomBrightness RandomContrast RandomCrop RandomFlip "
            "RandomRotation RandomTranslation RandomZoom SpatialDropout1D "
            "SpatialDropout2D SpatialDropout3D StochasticDepth"
        ).split()
    ),
]
MERGES = {
    "Add": "add",
    "Subtract": "subtract",
    "Multiply": "multiply",
    "Average": "add",
    "Maximum": "maximum",
    "Minimum": "minimum",
    "Concatenate": "concat",
    "CustomScaleLayer": "add",
}
AFTER = {
    "Average": "\ndivide: [[], [constant: [1]]]",
    "CustomScaleLayer": "\nmultiply: [[], [constant: [1]]]",
}
"""What a merge computes beside."""
ELSEWHERE = {
    *("MultiHeadAttention", "Attention", "GroupQueryAttention", "Dot"),
    *("DepthwiseConv3D", "SeparableConv3D", "AdaptiveAveragePooling1D", "AdaptiveAveragePooling3D"),
}
"""MultiHeadAttention is below, others of several maps in test_keras.py; Keras has no such
convolutions of volumes, and such poolings are refused."""


def layer(kind: str, name: str, *reads: str, **config: Any) -> dict[str, Any]:
    """A layer of a Functional model, as Keras 2 writes what it reads."""
    return {
        "class_name": kind,
        "config": {"name": name, **config},
        "name": name,
        "inbound_nodes": [[[one, 0, 0, {}] for one in reads]] if reads else [],
    }


def model(shape: list[int], *layers: dict[str, Any]) -> str:
    first = layer("InputLayer", "data", batch_input_shape=[None, *shape])
    last = layers[-1]["name"]
    config = {"name": "m", "layers": [first, *layers], "output_layers": [[last, 0, 0]]}
    return json.dumps({"class_name": "Functional", "config": config})


def of_shape(shape: list[int], is_looked_up: bool, layers: str) -> str:
    """The network by hand: channels come first, and are 1 where numbers are looked up."""
    dims = [1, *shape] if is_looked_up else [shape[-1], *shape[:-1]]
    return f"input: {dims}\nlayers:\n" + "".join(f"  - {one}\n" for one in layers.splitlines())


@pytest.mark.parametrize(("kind", "config", "shape", "layers"), LAYERS)
def test_a_class_costs_what_its_layers_do(kind, config, shape, layers):
    found = analysis(model(shape, layer(kind, "one", "data", **config)), "m.json")
    own = analysis(of_shape(shape, kind == "Embedding", layers), "x.yaml")
    assert costs(found) == costs(own)
    assert found.layers[-1].output_shape.dims == own.layers[-1].output_shape.dims


@pytest.mark.parametrize(("kind", "type_"), MERGES.items())
def test_a_merge_costs_what_ours_does(kind, type_):
    sides = [layer("ReLU", "a", "data"), layer("ELU", "b", "data")]
    found = analysis(model([8, 6, 4], *sides, layer(kind, "one", "a", "b")), "m.json")
    hand = f"relu: {{name: a}}\nelu: {{name: b, from: input}}\n{type_}: {{from: [a, b]}}"
    hand += AFTER.get(kind, "")
    own = analysis(of_shape([8, 6, 4], False, hand), "x.yaml")
    assert costs(found) == costs(own)
    assert found.layers[-1].output_shape.dims == own.layers[-1].output_shape.dims


def test_every_class_that_is_known_is_here():
    there = {kind for kind, *_ in LAYERS} | MERGES.keys() | ELSEWHERE
    assert {kind for kind in known() if "ops." not in kind} <= there


def test_a_model_in_a_model_and_a_layer_that_is_shared():
    inner = json.loads(
        model([8, 8, 4], layer("Conv2D", "c", "data", filters=4, kernel_size=3, padding="same"))
    )
    nested = {
        **layer("Functional", "inner", "data"),
        "config": {**inner["config"], "name": "inner"},
    }
    dense = layer("Dense", "shared", "inner", units=4)
    dense["inbound_nodes"].append([["shared", 0, 0, {}]])
    last = layer("Add", "sum", "shared")
    last["inbound_nodes"] = [[["shared", 0, 0, {}], ["shared", 1, 0, {}]]]
    found = analysis(model([8, 8, 4], nested, dense, last), "m.json")
    hand = (
        "conv2d: {out_channels: 4, kernel_size: 3, bias: true}\n"
        "conv2d: {name: a, out_channels: 4, kernel_size: 1, bias: true}\n"
        "conv2d: {name: b, out_channels: 4, kernel_size: 1, bias: true, weights: a}\n"
        "add: {from: [a, b]}"
    )
    assert costs(found) == costs(analysis(of_shape([8, 8, 4], False, hand), "x.yaml"))
    assert found.totals.params == (9 * 4 * 4 + 4) + (4 * 4 + 4)


@pytest.mark.parametrize("form", ["config", "list"])
def test_layers_in_a_row(form):
    layers = [
        {
            "class_name": "Dense",
            "config": {"name": "a", "units": 8, "batch_input_shape": [None, 4]},
        },
        {"class_name": "Dense", "config": {"name": "b", "units": 2}},
    ]
    config = layers if form == "list" else {"name": "s", "layers": layers}
    found = analysis(json.dumps({"class_name": "Sequential", "config": config}), "m.json")
    assert found.totals.params == 4 * 8 + 8 + 8 * 2 + 2


def test_attention():
    attention = layer("MultiHeadAttention", "one", "data", num_heads=2, key_dim=3)
    attention["inbound_nodes"] = [[["data", 0, 0, {"value": ["data", 0, 0]}]]]
    found = analysis(model([7, 4], attention), "m.json").totals
    assert found.params == 3 * (4 * 6 + 6) + 6 * 4 + 4
    assert found.macs == 7 * (3 * 4 * 6 + 6 * 4) + 2 * 7 * 7 * 6


def test_what_a_file_may_not_hold():
    code = layer("Lambda", "one", "data", function="lambda x: x")
    with pytest.raises(Problems, match="a Lambda holds code, and nothing of a file is executed"):
        analysis(model([4], code), "m.json")
    own = {**layer("Mine", "one", "data"), "registered_name": "my>Mine"}
    with pytest.raises(Problems, match="Mine one: a layer of an unknown class"):
        analysis(model([4], own), "m.json")
