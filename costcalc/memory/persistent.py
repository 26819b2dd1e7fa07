"""What TensorFlow Lite Micro keeps in RAM beside the arena's maps, as an estimate."""

from __future__ import annotations

from fractions import Fraction

from costcalc.numeric.exact import Number, nearest_integer


def persistent_bytes(operations: Number, tensors: Number, channels: Number) -> Number:
    """What a 64-bit build keeps; channels are those that convolutions make.

    It was fitted to 42 models, most of them convolutional; what some kernels keep beyond that is in
    `memory.tflite`.
    """
    fixed = 666 + Fraction(231, 2) * operations + Fraction(221, 5) * tensors
    return nearest_integer(fixed + 8 * channels)
