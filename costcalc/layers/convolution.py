"""Convolutions: standard and grouped, depthwise, pointwise, transposed.

The symbols are the MobileNet paper's (arXiv:1704.04861, section 3.1): D_K the kernel's side,
M input channels, N output channels, D_F the side of the output map. With a stride the paper's
formulas hold for the output map only, so `out.positions` stands for D_F * D_F.
"""

from typing import Any

from costcalc.errors import CostcalcError
from costcalc.layers.base import Layer, check_divides, numbered, volume
from costcalc.layers.fields import Around, Sizes, boolean, padding, size, sizes
from costcalc.numeric.exact import UNKNOWN, Number, ceil_div, equal, holds, minimum
from costcalc.shapes import TensorShape


def window_output(
    x: TensorShape,
    kernel_size: Sizes,
    stride: Sizes,
    padding: Around | str,
    dilation: Sizes,
    *,
    ceil_mode: bool = False,
) -> Sizes:
    """Return the sides of the output of a window that slides over x.

    Windows that lie partly beyond the padded map do not count, unless `ceil_mode` says so; `same`
    pads as much as ceil(input / stride) outputs need, `causal` puts all of that before the first
    place. Dumoulin and Visin 2016 (arXiv:1603.07285), relationships 5, 6 and 15.
    """
    sides = spread(x, len(kernel_size))
    if isinstance(padding, str):
        return tuple(map(ceil_div, sides, stride))
    padded = tuple(
        side + before + after for side, (before, after) in zip(sides, padding, strict=True)
    )
    reach = tuple(d * (k - 1) + 1 for d, k in zip(dilation, kernel_size, strict=True))
    beyond = [step - 1 if ceil_mode else 0 for step in stride]
    if not all(
        holds(side + more >= own) for side, more, own in zip(padded, beyond, reach, strict=True)
    ):
        by = f" by the stride ({_cross(stride)}) or more" if ceil_mode else ""
        raise CostcalcError(
            f"the kernel ({_cross(reach)}) is larger than the padded map ({_cross(padded)}){by}",
            hint="a smaller kernel_size or stride before it, more padding, or padding: same",
        )
    room = [side - own for side, own in zip(padded, reach, strict=True)]
    if ceil_mode:
        starts = [side + before for side, (before, _) in zip(sides, padding, strict=True)]
        return tuple(map(_with_partial, room, starts, stride))
    return tuple(free // step + 1 for free, step in zip(room, stride, strict=True))


def spread(x: TensorShape, sides: int) -> Sizes:
    """So many sides of a map; a vector is a map of one place, and behind a fault none is known."""
    if len(x.sides) == sides:
        return x.sides
    return (UNKNOWN if x.sides else 1,) * sides


def for_each(size: Any, x: TensorShape) -> Sizes:
    """One number for each side of a map, of which one number stands for all."""
    return tuple(size) if isinstance(size, (list, tuple)) else (size,) * len(x.sides or (1,))


def _cross(sizes: Sizes) -> str:
    return "×".join(map(str, sizes))


def _with_partial(room: Number, starts: Number, stride: Number) -> Number:
    """Count windows of which less than a stride lies beyond the padded map, too.

    room: how far the window can slide. starts: the places of the map and of the padding before it,
    one of which a window must start on. This is the rule of PyTorch's pooling_output_shape.
    """
    return minimum(ceil_div(room, stride) + 1, ceil_div(starts, stride))


class Convolution(Layer, family="convolutions"):
    """What all convolutions share.

    A subclass has the fields out_channels and groups, or its own number of output channels and of
    channels per group.
    """

    stride: Sizes = sizes(1)
    bias: bool = boolean(True)

    kernel_size: Sizes
    out_channels: Number
    groups: Number

    def groups_of(self, x: TensorShape) -> Number:
        return self.groups

    def channels_per_group(self, x: TensorShape) -> Number:
        """Input channels that each output channel reads: M / groups."""
        return x.channels // self.groups

    def check_groups(self, x: TensorShape) -> None:
        """Raise CostcalcError unless the groups divide the input and the output channels."""
        if not equal(self.groups, 1):
            check_divides("groups", self.groups, "in_channels", x.channels)
            check_divides("groups", self.groups, "out_channels", self.out_channels)

    def macs(self, out: TensorShape, x: TensorShape) -> Number:
        """kernel * (M / groups) * N * output positions: one per weight and output position.

        kernel is the product of the kernel's sides. With two sides that are alike it is
        D_K * D_K * (M / groups) * N * D_F * D_F: MobileNet paper, equation 2 (groups 1), 3
        (groups M, N = M) and 5's second term (D_K 1).
        """
        return self._weights(out, x) * out.positions

    def params(self, out: TensorShape, x: TensorShape) -> Number:
        """kernel * (M / groups) * N weights, and N biases if any."""
        return self._weights(out, x) + (out.channels if self.bias else 0)

    def _weights(self, out: TensorShape, x: TensorShape) -> Number:
        return volume(self.kernel_size) * self.channels_per_group(x) * out.channels

    def other_ops(self, out: TensorShape, x: TensorShape) -> Number:
        """1 per output element, which adds the bias, if any."""
        return out.elements if self.bias else 0

    def activations(self, out: TensorShape, x: TensorShape) -> Number:
        """N * output positions: the output elements."""
        return out.elements

    # What the layer is in a separable convolution (MobileNet paper, Figure 2).

    def is_standard(self, x: TensorShape) -> bool:
        return False

    def is_depthwise(self, x: TensorShape) -> bool:
        return False

    def is_pointwise(self, x: TensorShape) -> bool:
        return False


class WindowConvolution(Convolution):
    """A convolution whose kernel may have any size."""

    kernel_size: Sizes = sizes()
    stride: Sizes = sizes(1)
    padding: Around | str = padding()
    dilation: Sizes = sizes(1)

    def _map(self, channels: Number, x: TensorShape) -> TensorShape:
        sides = window_output(x, self.kernel_size, self.stride, self.padding, self.dilation)
        return TensorShape(channels, sides, x.batch)


class Conv(WindowConvolution, type="conv"):
    """Standard convolution; grouped where groups is not 1.

    Shapes: (in_channels, *sides) -> (out_channels, *sides), where each side becomes
    (side + padding - dilation * (kernel_size - 1) - 1) // stride + 1, padding being that of both
    ends, and ceil(side / stride) with padding: same or causal.
    Errors: groups do not divide the channels; the kernel is larger than the padded map.
    Source: Howard et al. 2017, arXiv:1704.04861, equation 2; groups: Krizhevsky et al. 2012.
    """

    out_channels: Number = size()
    groups: Number = size(1)

    def output(self, x: TensorShape) -> TensorShape:
        self.check_groups(x)
        return self._map(self.out_channels, x)

    def is_standard(self, x: TensorShape) -> bool:
        return bool(self.groups == 1) and volume(self.kernel_size) != 1

    def is_depthwise(self, x: TensorShape) -> bool:
        return bool(self.groups > 1) and self.groups == x.channels == self.out_channels

    def is_pointwise(self, x: TensorShape) -> bool:
        return bool(self.groups == 1) and volume(self.kernel_size) == 1


Conv1d, Conv2d, Conv3d = numbered(Conv)


class DepthwiseConv(WindowConvolution, type="depthwise_conv"):
    """Depthwise convolution: each channel by itself, with multiplier filters per channel.

    Shapes: (in_channels, *sides) -> (in_channels * multiplier, *sides), each side as of conv.
    Errors: the kernel is larger than the padded map.
    Source: Howard et al. 2017, arXiv:1704.04861, equations 3 and 4.
    """

    multiplier: Number = size(1).means("filters of each input channel", "filters")

    def output(self, x: TensorShape) -> TensorShape:
        return self._map(x.channels * self.multiplier, x)

    def groups_of(self, x: TensorShape) -> Number:
        return x.channels

    def channels_per_group(self, x: TensorShape) -> Number:
        return 1

    def is_depthwise(self, x: TensorShape) -> bool:
        return bool(self.multiplier == 1)


DepthwiseConv1d, DepthwiseConv2d, DepthwiseConv3d = numbered(DepthwiseConv)


class PointwiseConv(Convolution, type="pointwise_conv"):
    """Pointwise convolution: 1x1, a linear layer at every position.

    Shapes: (in_channels, *sides) -> (out_channels, *sides), each side becomes ceil(side / stride).
    Errors: groups do not divide the channels.
    Source: Howard et al. 2017, arXiv:1704.04861, equation 5, second term.
    """

    out_channels: Number = size()
    groups: Number = size(1)

    @property
    def kernel_size(self) -> Sizes:  # type: ignore[override]
        return (1,) * len(self.stride)

    def output(self, x: TensorShape) -> TensorShape:
        self.check_groups(x)
        sides = map(ceil_div, spread(x, len(self.stride)), self.stride)
        return TensorShape(self.out_channels, sides, x.batch)

    def is_pointwise(self, x: TensorShape) -> bool:
        return bool(self.groups == 1)


PointwiseConv1d, PointwiseConv2d, PointwiseConv3d = numbered(PointwiseConv)


class ConvTranspose(WindowConvolution, type="conv_transpose"):
    """Transposed convolution: every input position spreads a kernel over the output.

    Shapes: (in_channels, *sides) -> (out_channels, *sides), where each side becomes
    (side - 1) * stride - padding + dilation * (kernel_size - 1) + 1 + output_padding, padding being
    that of both ends, and side * stride with padding: same or causal.
    Errors: groups do not divide the channels; the padding leaves nothing of the output;
    output_padding is given with padding: same.
    Source: Dumoulin and Visin 2016, arXiv:1603.07285, section 4; PyTorch's ConvTranspose2d.
    """

    out_channels: Number = size()
    output_padding: Sizes = sizes(0, minimum=0).means(
        "places of each side of the output beyond what the input reaches", "elements"
    )
    groups: Number = size(1)

    def output(self, x: TensorShape) -> TensorShape:
        self.check_groups(x)
        before = spread(x, len(self.stride))
        if isinstance(self.padding, str):
            if not all(equal(more, 0) for more in self.output_padding):
                raise CostcalcError("output_padding needs padding as numbers, not same")
            sides = tuple(side * step for side, step in zip(before, self.stride, strict=True))
        else:
            sides = tuple(
                (side - 1) * step - sum(self.padding[axis]) + self._reach(axis)
                for axis, (side, step) in enumerate(zip(before, self.stride, strict=True))
            )
        if not all(holds(side >= 1) for side in sides):
            raise CostcalcError(f"the padding leaves nothing of the output ({_cross(sides)})")
        return TensorShape(self.out_channels, sides, x.batch)

    def _reach(self, axis: int) -> Number:
        return self.dilation[axis] * (self.kernel_size[axis] - 1) + 1 + self.output_padding[axis]

    def macs(self, out: TensorShape, x: TensorShape) -> Number:
        """kernel * (M / groups) * N per position of the input map, padding counted."""
        return self._weights(out, x) * x.positions


ConvTranspose1d, ConvTranspose2d, ConvTranspose3d = numbered(ConvTranspose)
