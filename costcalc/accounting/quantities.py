"""What a convention may count of a layer, for one sample: name, meaning and formula.

A formula sees the layer, the shape of its output and the shapes of its inputs, and is an expression
over any kind of number, as the layers' own formulas are.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

from costcalc.layers.attention import Attention, MultiHeadAttention
from costcalc.layers.base import volume
from costcalc.layers.recurrent import Recurrent
from costcalc.numeric.base import AbstractNumber
from costcalc.numeric.exact import Number
from costcalc.shapes import TensorShape

Formula: TypeAlias = Callable[[Any, TensorShape, Sequence[TensorShape]], Number]


class Quantity(NamedTuple):
    meaning: str
    of: Formula | None
    """None where it depends on other layers of the network: see `costs.convention_counts`."""
    is_of_samples: bool = True
    """Whether a batch has it for each of its samples; else the layer has it once."""


def params(layer: Any, out: TensorShape, inputs: Sequence[TensorShape]) -> Number:
    counted: Number = layer.params(out, *inputs)
    return counted


def has_bias(layer: Any) -> bool:
    return bool(getattr(layer, "bias", False))


def _bias(layer: Any, out: TensorShape, inputs: Sequence[TensorShape]) -> Number:
    return _inner_bias(layer, out, inputs) + _outer_bias(layer, out, inputs)


def _inner_bias(layer: Any, out: TensorShape, inputs: Sequence[TensorShape]) -> Number:
    if not (isinstance(layer, MultiHeadAttention) and has_bias(layer)):
        return 0
    return sum(part.outputs for part in layer.projections(out, *inputs)[:3])


def _outer_bias(layer: Any, out: TensorShape, inputs: Sequence[TensorShape]) -> Number:
    return out.elements if has_bias(layer) else 0


def _window(layer: Any, out: TensorShape, inputs: Sequence[TensorShape]) -> Number:
    return volume(layer.kernel_size) * out.elements


def _projections(layer: Any, out: TensorShape, inputs: Sequence[TensorShape]) -> Number:
    if not isinstance(layer, MultiHeadAttention):
        return 0
    return sum(part.macs for part in layer.projections(out, *inputs))


def _scores(layer: Any, out: TensorShape, inputs: Sequence[TensorShape]) -> Number:
    if not isinstance(layer, Attention):
        return 0
    return layer.scores(inputs[0], inputs[min(1, len(inputs) - 1)])


def _compared(layer: Any, out: TensorShape, inputs: Sequence[TensorShape]) -> Number:
    if isinstance(layer, MultiHeadAttention):
        return sum(part.outputs for part in layer.projections(out, *inputs)[:2])
    return inputs[0].elements + inputs[1].elements


def _of_steps(of: Callable[[Recurrent], Number]) -> Formula:
    return lambda layer, out, inputs: (
        of(layer) * out.positions if isinstance(layer, Recurrent) else 0
    )


def _spread(layer: Any, out: TensorShape, inputs: Sequence[TensorShape]) -> Number:
    x = inputs[0]
    return _window(layer, out, inputs) * (x.channels // layer.groups_of(x))


def _spread_outputs(layer: Any, out: TensorShape, inputs: Sequence[TensorShape]) -> Number:
    return _window(layer, out, inputs) * (out.channels // layer.groups_of(inputs[0]))


def _calflops_transposed(layer: Any, out: TensorShape, inputs: Sequence[TensorShape]) -> Number:
    """2 MACs a weight and input position, but divided by the groups twice; then the bias.

    The second side of the weight is already the output channels of one group. The bias counts at
    the positions that a plain convolution of the input would have.
    """
    x = inputs[0]
    groups = layer.groups_of(x)
    per_group = out.channels // groups
    macs = 2 * volume(layer.kernel_size) * x.channels * (per_group // groups) * x.positions
    if not has_bias(layer):
        return macs
    around = [0] * len(x.sides) if isinstance(layer.padding, str) else map(sum, layer.padding)
    plain = (
        (side + more - dilation * (kernel - 1) - 1) // stride + 1
        for side, more, dilation, kernel, stride in zip(
            x.sides, around, layer.dilation, layer.kernel_size, layer.stride, strict=True
        )
    )
    return macs + per_group * volume(tuple(plain))


def _float_windows(layer: Any, out: TensorShape, inputs: Sequence[TensorShape]) -> Number:
    """Elements of the input and the output, but one less where the ratio of sides is inexact.

    thop 0.1.1 computes int((h_in / h_out * (w_in / w_out) + 1) * n) in binary floats.
    """
    height_in, width_in = map(_plain, inputs[0].sides)
    channels, height, width = map(_plain, out.dims)
    return int((height_in / height * (width_in / width) + 1) * (channels * height * width))


def _plain(number: Number) -> Any:
    return number.single() if isinstance(number, AbstractNumber) else number


QUANTITIES: dict[str, Quantity] = {
    "one": Quantity("1", lambda layer, out, inputs: 1, is_of_samples=False),
    "macs": Quantity("multiply-accumulates", lambda layer, out, inputs: layer.macs(out, *inputs)),
    "params": Quantity("trainable params", params, is_of_samples=False),
    "params_samples": Quantity("trainable params x samples", params),
    "output": Quantity("output elements", lambda layer, out, inputs: out.elements),
    "input": Quantity("input elements", lambda layer, out, inputs: inputs[0].elements),
    "channels": Quantity(
        "output channels", lambda layer, out, inputs: out.channels, is_of_samples=False
    ),
    "positions": Quantity("output positions", lambda layer, out, inputs: out.positions),
    "params_positions": Quantity(
        "trainable params x output positions",
        lambda layer, out, inputs: params(layer, out, inputs) * out.positions,
    ),
    "bias": Quantity(
        "output elements, where there is a bias; of attention those of its four projections", _bias
    ),
    "inner_bias": Quantity(
        "of attention, output elements of its first three projections, if biased",
        _inner_bias,
    ),
    "outer_bias": Quantity(
        "of attention, output elements of its last projection, if biased",
        _outer_bias,
    ),
    "affine": Quantity(
        "output elements, where a norm has a scale",
        lambda layer, out, inputs: out.elements if getattr(layer, "scale", False) else 0,
    ),
    "merges": Quantity(
        "elements that are added or multiplied",
        lambda layer, out, inputs: (len(inputs) - 1) * out.elements,
    ),
    "float_windows": Quantity(
        "of an adaptive pool, input and output elements as computed in floating point",
        _float_windows,
    ),
    "window": Quantity("kernel elements of all outputs of a pool", _window),
    "window_first": Quantity(
        "the same of the kernel's first side alone",
        lambda layer, out, inputs: layer.kernel_size[0] * out.elements,
    ),
    "projections": Quantity(
        "macs of the projections of attention, without its two products between tokens",
        _projections,
    ),
    "scores": Quantity("scores of attention: heads x queries x keys", _scores),
    "score_rows": Quantity(
        "of attention, rows of scores: heads x queries",
        lambda layer, out, inputs: getattr(layer, "heads", 0) * inputs[0].positions,
    ),
    "compared": Quantity("of attention, elements of queries and keys", _compared),
    "mask": Quantity(
        "of causal attention between maps, queries x keys",
        lambda layer, out, inputs: (
            inputs[0].positions * (inputs[1].positions + layer.past) if layer.causal else 0
        ),
        is_of_samples=False,
    ),
    "second_biases": Quantity(
        "of a recurrent layer with two biases a gate, one of them",
        lambda layer, out, inputs: layer.second_biases() if isinstance(layer, Recurrent) else 0,
        is_of_samples=False,
    ),
    "gate_biases_steps": Quantity(
        "of a recurrent layer, one bias a gate, if biased, x steps",
        _of_steps(lambda layer: layer.gate_biases()),
    ),
    "units_steps": Quantity(
        "of a recurrent layer, features of its states x steps",
        _of_steps(lambda layer: layer.units()),
    ),
    "units_one_way_steps": Quantity(
        "the same of one direction", _of_steps(lambda layer: layer.units_one_way())
    ),
    "state_projections": Quantity(
        "of a recurrent layer, macs that project its states",
        _of_steps(lambda layer: layer.state_projections()),
    ),
    "first_state": Quantity(
        "of a recurrent layer, features of its state before the first step",
        lambda layer, out, inputs: layer.first_state() if isinstance(layer, Recurrent) else 0,
        is_of_samples=False,
    ),
    "spread": Quantity(
        "of a transposed convolution, macs as if at its output's positions", _spread
    ),
    "spread_ungrouped": Quantity(
        "spread, but over all input channels, whatever the groups",
        lambda layer, out, inputs: _window(layer, out, inputs) * inputs[0].channels,
    ),
    "spread_outputs": Quantity(
        "spread, but over a group's output channels instead of its input channels", _spread_outputs
    ),
    "calflops_transposed": Quantity(
        "of a transposed convolution, what calflops computes", _calflops_transposed
    ),
    "before_unbiased": Quantity(
        "of batch norm, output elements where the layer that it is folded into has no bias", None
    ),
    "before_unbiased_channels": Quantity(
        "of batch norm, channels where the layer that it is folded into has no bias",
        None,
        is_of_samples=False,
    ),
    "unscaled_channels": Quantity(
        "channels of a norm without a scale",
        lambda layer, out, inputs: 0 if getattr(layer, "scale", True) else out.channels,
        is_of_samples=False,
    ),
    "norm_groups": Quantity(
        "groups of a group norm",
        lambda layer, out, inputs: getattr(layer, "groups", 0),
        is_of_samples=False,
    ),
}
