"""Models of our own as Keras writes them, with their weights and MACs, for tests/importers.

Run with KERAS_BACKEND=torch. MACs are half of what PyTorch's FlopCounterMode counts of a call.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from inspect import signature
from pathlib import Path
from typing import Any

import keras
import torch
from keras import Input, Model, Sequential, layers
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

FOLDER = Path(__file__).parent.parent / "importers" / "keras_models"

OPEN: dict[str, dict[str, int]] = {
    "any_length": {"steps": 9},
    "any_lengths": {"steps": 7, "decoded_steps": 5},
    "any_size": {"height": 16, "width": 24},
    "unet": {"height": 32, "width": 32},
}
"""The params of sides that are None, by the model's name."""


def text_classifier(counted: bool = False) -> Model:
    words = Input((40,), dtype="int32")
    x = layers.Embedding(500, 16, mask_zero=not counted)(words)
    x = layers.Bidirectional(layers.LSTM(12, return_sequences=True))(x)
    x = layers.Bidirectional(layers.LSTM(8))(x)
    x = layers.Dropout(0.5)(layers.Dense(10, activation="relu")(x))
    return Model(words, layers.Dense(3, activation="softmax")(x))


def recurrent(counted: bool = False) -> Model:
    start = x = Input((11, 5))
    if not counted:
        x = layers.Masking()(start)
    parts = [
        layers.GRU(4, reset_after=False, unroll=counted)(x),
        layers.GRU(4, reset_after=True, go_backwards=True)(x),
        layers.SimpleRNN(4, unroll=counted)(x),
        layers.LSTM(4, use_bias=False)(x),
        layers.RNN(layers.LSTMCell(4), unroll=counted)(x),
    ]
    merged = [
        layers.Bidirectional(layers.GRU(4), merge_mode=mode)(x) for mode in ("sum", "mul", "ave")
    ]
    y = layers.Concatenate()([layers.Average()([*parts[:3], *merged]), parts[3], parts[4]])
    y = layers.LSTM(6, return_sequences=True)(layers.RepeatVector(3)(y))
    return Model(start, layers.TimeDistributed(layers.Dense(2))(y))


def encoder_decoder() -> Model:
    read = Input((9,), dtype="int32", name="read")
    written = Input((7,), dtype="int32", name="written")
    encoded, *state = layers.LSTM(16, return_sequences=True, return_state=True, name="encoder")(
        layers.Embedding(50, 8)(read)
    )
    both, forth, _, back, _ = layers.Bidirectional(
        layers.LSTM(8, return_sequences=True, return_state=True), name="both"
    )(encoded)
    decoded = layers.LSTM(16, return_sequences=True, name="decoder")(
        layers.Embedding(60, 8)(written), initial_state=state
    )
    seen = layers.Attention()([decoded, both])
    hint = layers.RepeatVector(7)(layers.Concatenate()([forth, back]))
    y = layers.Concatenate()([decoded, seen, hint])
    return Model([read, written], layers.Dense(60, activation="softmax")(y))


def siamese() -> Model:
    image = Input((32, 24, 3))
    x = layers.Conv2D(8, 3, strides=2, activation="relu")(image)
    x = layers.SeparableConv2D(12, 3, depth_multiplier=2)(layers.BatchNormalization()(x))
    tower = Model(image, layers.Dense(16)(layers.GlobalMaxPooling2D()(x)), name="tower")
    left, right = Input((32, 24, 3), name="left"), Input((32, 24, 3), name="right")
    one, two = tower(left), tower(right)
    shared = layers.Dense(5, name="shared")
    apart = layers.Subtract()([shared(one), shared(two)])
    alike = layers.Dot(axes=1)([one, two])
    head = Sequential([layers.Dense(4, activation="tanh"), layers.Dense(1)], name="head")
    return Model([left, right], [head(layers.Concatenate()([apart, alike])), alike])


def video() -> Model:
    frame = Sequential(
        [
            Input((24, 24, 3)),
            layers.Rescaling(1 / 255, offset=-1),
            layers.Conv2D(6, 3, strides=2, padding="same"),
            layers.ReLU(max_value=6),
            layers.MaxPooling2D(),
            layers.Conv2D(8, 3),
            layers.Flatten(),
        ],
        name="frame",
    )
    start = Input((5, 24, 24, 3))
    x = layers.TimeDistributed(frame)(start)
    y = layers.TimeDistributed(layers.Conv2D(2, 3))(start)
    y = layers.TimeDistributed(layers.GlobalAveragePooling2D())(y)
    x = layers.GRU(10)(layers.Concatenate()([x, y]))
    return Model(start, layers.Dense(4)(x))


def unet() -> Model:
    start = x = Input((None, None, 3))
    skips = []
    for width in (8, 12):
        x = layers.Conv2D(width, 3, padding="same", activation="relu")(x)
        skips.append(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Conv2D(16, 3, padding="same", dilation_rate=2)(x)
    for width, skip in ((12, skips[1]), (8, skips[0])):
        x = layers.Conv2DTranspose(width, 3, strides=2, padding="same")(x)
        x = layers.Conv2D(width, 3, padding="same")(layers.Concatenate()([x, skip]))
    return Model(start, layers.Conv2D(1, 1, activation="sigmoid")(x))


def transformer() -> Model:
    start, memory = Input((10, 24)), Input((6, 20))
    x = layers.MultiHeadAttention(4, 6)(start, start, use_causal_mask=True)
    x = start + layers.Dropout(0.1)(x)
    y = layers.LayerNormalization()(x)
    y = layers.MultiHeadAttention(3, 5, value_dim=7, use_bias=False)(y, memory)
    x = layers.Add()([x, y])
    y = layers.MultiHeadAttention(2, 4, output_shape=24)(x, memory, layers.Dense(11)(memory))
    x = layers.RMSNormalization()(layers.Add()([x, y]))
    y = layers.GroupQueryAttention(5, 4, 2)(x, x)
    y = layers.Dense(24)(layers.Dense(48, activation="gelu")(y))
    x = layers.Reshape((5, 2, 24))(layers.Add()([x, y]))
    x = layers.MultiHeadAttention(2, 3, attention_axes=2)(x, x)
    return Model([start, memory], layers.UpSampling2D((1, 2))(layers.Permute((2, 1, 3))(x)))


def sequences() -> Model:
    start = Input((50, 4))
    x = layers.Normalization(mean=0.0, variance=1.0)(start)
    x = layers.ZeroPadding1D((1, 2))(x)
    x = layers.Conv1D(8, 5, padding="causal", dilation_rate=2)(x)
    x = layers.Cropping1D(1)(layers.DepthwiseConv1D(3, depth_multiplier=2)(x))
    x = layers.SeparableConv1D(12, 3, strides=2, padding="same")(x)
    x = layers.PReLU(shared_axes=[1])(layers.AveragePooling1D(2)(x))
    x = layers.Conv1DTranspose(6, 2, strides=3)(layers.GroupNormalization(4)(x))
    x = layers.Conv1D(6, 3, groups=2, strides=2)(layers.UpSampling1D(2)(x))
    x = layers.Concatenate()([layers.GlobalMaxPooling1D()(x), layers.GlobalAveragePooling1D()(x)])
    return Model(start, layers.Dense(2)(x))


def volumes() -> Model:
    start = Input((9, 12, 10, 2))
    x = layers.Conv3D(4, (3, 3, 1), strides=(1, 2, 1))(start)
    x = layers.BatchNormalization(scale=False)(layers.ZeroPadding3D(1)(x))
    x = layers.MaxPooling3D(2)(layers.LeakyReLU()(x))
    x = layers.Conv3DTranspose(3, 3, strides=2, output_padding=1)(x)
    x = layers.Cropping3D(((1, 0), (0, 1), 1))(x)
    return Model(start, layers.Dense(3)(layers.GlobalAveragePooling3D()(x)))


def any_length(counted: bool = False) -> Model:
    words = Input((None,), dtype="int32")
    x = layers.Embedding(30, 6, mask_zero=not counted)(words)
    return Model(words, layers.LSTM(5, return_sequences=True)(x))


def any_lengths() -> Model:
    read, decoded = Input((None, 4), name="read"), Input((None, 3), name="decoded")
    _, state = layers.GRU(6, return_state=True)(read)
    x = layers.GRU(6, return_sequences=True)(decoded, initial_state=state)
    return Model([read, decoded], layers.Dense(2)(x))


def any_size() -> Model:
    start = Input((None, None, 3))
    x = layers.Conv2D(4, 3, strides=2)(start)
    return Model(start, layers.GlobalAveragePooling2D()(x))


def frozen() -> Model:
    body = Sequential([Input((16, 16, 3)), layers.Conv2D(4, 3), layers.Flatten()], name="body")
    body.trainable = False
    start = Input((16, 16, 3))
    return Model(start, layers.Dense(3)(body(start)))


def sequential() -> Model:
    return Sequential(
        [
            Input((12, 12, 3)),
            layers.Conv2D(4, 3, activation="relu"),
            layers.SpectralNormalization(layers.Conv2D(6, 3)),
            layers.Flatten(),
            layers.Dense(2),
        ]
    )


def channels_first() -> Model:
    start = Input((3, 20, 16))
    x = layers.Conv2D(6, 3, strides=2, padding="same", data_format="channels_first")(start)
    x = layers.BatchNormalization(axis=1)(x)
    x = layers.MaxPooling2D(2, data_format="channels_first")(x)
    y = layers.Conv2D(6, 1, data_format="channels_first")(x)
    x = layers.Concatenate(axis=1)([x, layers.Add()([x, y])])
    y = layers.Dense(5)(x)
    y = layers.GlobalAveragePooling2D()(y)
    x = layers.GlobalAveragePooling2D(data_format="channels_first")(x)
    return Model(start, layers.Dense(3)(layers.Concatenate()([x, y])))


MODELS: tuple[Callable[..., Model], ...] = (
    *(text_classifier, recurrent, encoder_decoder, siamese, video, unet, transformer),
    *(sequences, volumes, any_length, any_lengths, any_size, frozen, sequential, channels_first),
)


def figures(model: Model, sides: dict[str, int]) -> dict[str, Any]:
    given = iter(sides.values())
    data = [
        torch.zeros([1, *(next(given) if side is None else side for side in one.shape[1:])])
        for one in model.inputs
    ]
    by_products = sdpa_kernel(SDPBackend.MATH)  # the counter knows no fused attention of a CPU
    with by_products, FlopCounterMode(display=False) as counter, torch.no_grad():
        model(data if len(data) > 1 else data[0], training=False)
    return {
        **({"set": sides} if sides else {}),
        "params": sum(math.prod(weight.shape) for weight in model.trainable_weights),
        "macs": counter.get_total_flops() // 2,
    }


def main() -> None:
    recorded: dict[str, Any] = {"keras": keras.__version__}
    for make in MODELS:
        keras.utils.clear_session()
        name, model = make.__name__, make()
        (FOLDER / f"{name}.json").write_text(model.to_json() + "\n")
        # With a mask, and in a loop, Keras computes the first step twice, for the output's shape.
        counted = make(counted=True) if signature(make).parameters else model
        recorded[name] = figures(counted, OPEN.get(name, {}))
    (FOLDER / "figures.json").write_text(json.dumps(recorded, indent=1) + "\n")


if __name__ == "__main__":
    main()
