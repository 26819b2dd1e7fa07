"""Some of the networks in Keras, whose total params count moving means and variances.

Each is built layer by layer by Keras itself, and `count_params` is what its summary prints.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Made = dict[str, tuple[dict[str, Any], Callable[[], int]]]


def _unit(x: Any, out: int, kernel: int = 1, stride: int = 1, groups: int = 1) -> Any:
    from keras import layers

    x = layers.Conv2D(out, kernel, stride, "same", groups=groups, use_bias=False)(x)
    return layers.BatchNormalization()(x)


def _count(x: Any, y: Any) -> int:
    import keras

    return int(keras.Model(x, y).count_params())


def grouped_residuals() -> int:
    from keras import layers

    x = start = layers.Input((96, 128, 3))
    x = layers.ReLU()(_unit(x, 24, 3, 2))
    for inner, out, groups, stride in ((32, 64, 8, 1), (32, 64, 8, 1), (64, 128, 16, 2)):
        y = layers.ReLU()(_unit(x, inner))
        y = layers.ReLU()(_unit(y, inner, 3, stride, groups))
        y = _unit(y, out)
        if x.shape[-1] != out:
            x = _unit(x, out, 1, stride)
        x = layers.ReLU()(layers.Add()([x, y]))
    return _count(start, layers.Dense(10)(layers.GlobalAveragePooling2D()(x)))


def densenet_small() -> int:
    from keras import layers

    x = start = layers.Input((128, 128, 3))
    x = layers.ReLU()(_unit(x, 16, 7, 2))
    x = layers.MaxPooling2D(3, 2, "same")(x)
    for stage in range(3):
        for _ in range(4):
            y = layers.ReLU()(layers.BatchNormalization()(x))
            y = layers.ReLU()(_unit(y, 48))
            y = layers.Conv2D(12, 3, padding="same", use_bias=False)(y)
            x = layers.Concatenate()([x, y])
        x = layers.ReLU()(layers.BatchNormalization()(x))
        if stage < 2:
            x = layers.Conv2D(x.shape[-1] // 2, 1, use_bias=False)(x)
            x = layers.AveragePooling2D(2)(x)
    return _count(start, layers.Dense(100)(layers.GlobalAveragePooling2D()(x)))


def unet_small() -> int:
    from keras import layers

    def double(x: Any, out: int) -> Any:
        x = layers.Conv2D(out, 3, padding="same", activation="relu")(x)
        return layers.ReLU()(_unit(x, out, 3))

    start = layers.Input((64, 48, 3))
    top = double(start, 8)
    middle = double(layers.MaxPooling2D()(top), 16)
    x = double(layers.MaxPooling2D()(middle), 32)
    x = layers.Conv2DTranspose(16, 2, 2)(x)
    x = double(layers.Concatenate()([middle, x]), 16)
    x = layers.Conv2DTranspose(8, 4, 2, "same", use_bias=False)(x)
    x = double(layers.Concatenate()([top, x]), 8)
    return _count(start, layers.Conv2D(5, 1)(x))


def pyramid() -> int:
    from keras import layers

    start = layers.Input((64, 80, 3))
    x = layers.Conv2D(24, 5, 2, "same", use_bias=False)(start)
    stem = layers.Activation("silu")(layers.GroupNormalization(6)(x))
    x = layers.ELU()(layers.Conv2D(24, 3, 2, "same")(stem))
    x = layers.Add()(
        [
            layers.Conv2D(24, 3, padding="same", dilation_rate=d, use_bias=False)(x)
            for d in (1, 2, 4)
        ]
    )
    x = layers.UpSampling2D(2, interpolation="bilinear")(layers.BatchNormalization()(x))
    x = layers.Add()([layers.Conv2D(24, 1)(stem), x])
    x = layers.UpSampling2D(2)(layers.LeakyReLU()(x))
    x = layers.Conv2D(4, 3, padding="same", groups=4, activation="sigmoid")(x)
    return _count(start, x)


def encoder_block() -> int:
    """One encoder of vit_small_map: attention, layer norms and two dense layers."""
    from keras import layers

    x = start = layers.Input((37, 40))
    y = layers.LayerNormalization()(x)
    x = layers.Add()([x, layers.MultiHeadAttention(5, 8)(y, y)])
    y = layers.Dense(160, activation="gelu")(layers.LayerNormalization()(x))
    return _count(start, layers.Add()([x, layers.Dense(40)(y)]))


def prelu_channels() -> int:
    from keras import layers

    x = start = layers.Input((10, 12, 4))
    x = layers.Conv2D(6, 1, use_bias=False)(x)
    return _count(start, layers.PReLU(shared_axes=[1, 2])(x))


def batch_norm_fixed() -> int:
    from keras import layers

    x = start = layers.Input((10, 12, 4))
    x = layers.Conv2D(6, 1, use_bias=False)(x)
    return _count(start, layers.BatchNormalization(center=False, scale=False)(x))


def keywords() -> int:
    from keras import layers

    def unit(x: Any, out: int | None, kernel: int, stride: int = 1) -> Any:
        if out is None:
            x = layers.DepthwiseConv1D(kernel, stride, "same", use_bias=False)(x)
        else:
            x = layers.Conv1D(out, kernel, stride, "same", use_bias=False)(x)
        return layers.ReLU()(layers.BatchNormalization()(x))

    x = start = layers.Input((98, 40))
    x = layers.MaxPooling1D(2)(unit(x, 32, 3))
    x = unit(unit(x, None, 9), 48, 1)
    x = unit(unit(x, None, 9, 2), 64, 1)
    x = layers.GlobalAveragePooling1D()(layers.AveragePooling1D(3, 2, "same")(x))
    return _count(start, layers.Dense(12)(x))


def language_model() -> int:
    from keras import layers

    x = start = layers.Input((20,), dtype="int32")
    x = layers.Embedding(101, 48)(x)
    for _ in range(2):
        y = layers.RMSNormalization()(x)
        y = layers.GroupQueryAttention(8, 6, 2, use_bias=False)(y, y, use_causal_mask=True)
        x = layers.Add()([x, y])
        y = layers.RMSNormalization()(x)
        gate = layers.Dense(80, activation="silu", use_bias=False)(y)
        y = layers.Multiply()([gate, layers.Dense(80, use_bias=False)(y)])
        x = layers.Add()([x, layers.Dense(48, use_bias=False)(y)])
    x = layers.RMSNormalization()(x)
    return _count(start, layers.Dense(101, use_bias=False)(x))


def transposed_volume() -> int:
    from keras import layers

    x = start = layers.Input((6, 8, 10, 4))
    x = layers.Conv3D(6, 1, use_bias=False)(x)
    x = layers.Conv3DTranspose(5, 2, 2, use_bias=False)(x)
    return _count(start, layers.BatchNormalization()(x))


def recurrent(kind: str) -> Callable[[], int]:
    def count() -> int:
        from keras import layers

        x = start = layers.Input((7, 4))
        x = layers.Dense(6, use_bias=False)(x)
        return _count(start, getattr(layers, kind)(5, return_sequences=True)(x))

    return count


def _application(name: str, **settings: Any) -> Callable[[], int]:
    def count() -> int:
        from keras import applications

        model = getattr(applications, name)(weights=None, **settings)
        return int(model.count_params())

    return count


MODELS: Made = {
    "mobilenet": ({"net": "mobilenet"}, _application("MobileNet")),
    "mobilenet_025": (
        {"net": "mobilenet", "alpha": "1/4"},
        _application("MobileNet", alpha=0.25),
    ),
    "mobilenet_v2": ({"net": "mobilenet_v2"}, _application("MobileNetV2")),
    "mobilenet_v2_140": (
        {"net": "mobilenet_v2", "alpha": "7/5"},
        _application("MobileNetV2", alpha=1.4),
    ),
    "mobilenet_v3_small": (
        {"net": "networks/mobilenet_v3_small.yaml"},
        _application("MobileNetV3Small"),
    ),
    "grouped_residuals": ({"net": "networks/grouped_residuals.yaml"}, grouped_residuals),
    "densenet_small": ({"net": "networks/densenet_small.yaml"}, densenet_small),
    "unet_small": ({"net": "networks/unet_small.yaml"}, unet_small),
    "pyramid": ({"net": "networks/pyramid.yaml"}, pyramid),
    "encoder_block": ({"net": "networks/encoder_block.yaml"}, encoder_block),
    "keywords": ({"net": "networks/keywords.yaml"}, keywords),
    "language_model": ({"net": "networks/language_model.yaml"}, language_model),
    "transposed_volume": (
        {"net": "networks/operations/batch_norm3d_after_transposed.yaml"},
        transposed_volume,
    ),
    "lstm": ({"net": "networks/operations/lstm.yaml"}, recurrent("LSTM")),
    "gru": ({"net": "networks/operations/gru.yaml"}, recurrent("GRU")),
    "rnn": ({"net": "networks/operations/rnn.yaml"}, recurrent("SimpleRNN")),
    "prelu_channels": ({"net": "networks/operations/prelu_channels.yaml"}, prelu_channels),
    "batch_norm_fixed": ({"net": "networks/operations/batch_norm_fixed.yaml"}, batch_norm_fixed),
}


def params() -> dict[str, Any]:
    return {name: {**net, "params": count()} for name, (net, count) in MODELS.items()}
