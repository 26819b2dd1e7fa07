"""Convolutions: standard and grouped, depthwise, pointwise, transposed.

The symbols are the MobileNet paper's (arXiv:1704.04861, section 3.1): D_K the kernel's side,
M input channels, N output channels, D_F the side of the output map. With a stride the paper's
formulas hold for the output map only, so `out.area` stands for D_F * D_F.
"""

from costcalc.errors import CostcalcError
from costcalc.layers.base import Layer, area, check_divides
from costcalc.layers.fields import Pair, Sides, boolean, padding, pair, size
from costcalc.numeric.exact import Number, ceil_div, equal, holds, minimum
from costcalc.shapes import FeatureMap


def window_output(
    x: FeatureMap,
    kernel_size: Pair,
    stride: Pair,
    padding: Sides | str,
    dilation: Pair,
    *,
    ceil_mode: bool = False,
) -> Pair:
    """Return the height and width of the output of a window that slides over x.

    Windows that lie partly beyond the padded map do not count, unless `ceil_mode` says so; `same`
    pads as much as ceil(input / stride) outputs need. Dumoulin and Visin 2016 (arXiv:1603.07285),
    relationships 5, 6 and 15.
    """
    if isinstance(padding, str):
        return ceil_div(x.height, stride[0]), ceil_div(x.width, stride[1])
    top, bottom, left, right = padding
    height, width = x.height + top + bottom, x.width + left + right
    kernel_height = dilation[0] * (kernel_size[0] - 1) + 1
    kernel_width = dilation[1] * (kernel_size[1] - 1) + 1
    beyond = (stride[0] - 1, stride[1] - 1) if ceil_mode else (0, 0)
    if not (
        holds(height + beyond[0] >= kernel_height) and holds(width + beyond[1] >= kernel_width)
    ):
        by = f" by the stride ({stride[0]}×{stride[1]}) or more" if ceil_mode else ""
        raise CostcalcError(
            f"the kernel ({kernel_height}×{kernel_width}) is larger than the padded map "
            f"({height}×{width}){by}",
            hint="a smaller kernel_size or stride before it, more padding, or padding: same",
        )
    if ceil_mode:
        return (
            _with_partial(height - kernel_height, x.height + top, stride[0]),
            _with_partial(width - kernel_width, x.width + left, stride[1]),
        )
    return (height - kernel_height) // stride[0] + 1, (width - kernel_width) // stride[1] + 1


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

    stride: Pair = pair(1)
    bias: bool = boolean(True)

    kernel_size: Pair
    out_channels: Number
    groups: Number

    def groups_of(self, x: FeatureMap) -> Number:
        return self.groups

    def channels_per_group(self, x: FeatureMap) -> Number:
        """Input channels that each output channel reads: M / groups."""
        return x.channels // self.groups

    def check_groups(self, x: FeatureMap) -> None:
        """Raise CostcalcError unless the groups divide the input and the output channels."""
        if not equal(self.groups, 1):
            check_divides("groups", self.groups, "in_channels", x.channels)
            check_divides("groups", self.groups, "out_channels", self.out_channels)

    def macs(self, out: FeatureMap, x: FeatureMap) -> Number:
        """D_K * D_K * (M / groups) * N * D_F * D_F: one per weight and output position.

        MobileNet paper, equation 2 (groups 1), 3 (groups M, N = M) and 5's second term (D_K 1).
        """
        return self._weights(out, x) * out.area

    def params(self, out: FeatureMap, x: FeatureMap) -> Number:
        """D_K * D_K * (M / groups) * N weights, and N biases if any."""
        return self._weights(out, x) + (out.channels if self.bias else 0)

    def _weights(self, out: FeatureMap, x: FeatureMap) -> Number:
        return area(self.kernel_size) * self.channels_per_group(x) * out.channels

    def other_ops(self, out: FeatureMap, x: FeatureMap) -> Number:
        """1 per output element, which adds the bias, if any."""
        return out.elements if self.bias else 0

    def activations(self, out: FeatureMap, x: FeatureMap) -> Number:
        """N * D_F * D_F: the output elements."""
        return out.elements

    # What the layer is in a separable convolution (MobileNet paper, Figure 2).

    def is_standard(self, x: FeatureMap) -> bool:
        return False

    def is_depthwise(self, x: FeatureMap) -> bool:
        return False

    def is_pointwise(self, x: FeatureMap) -> bool:
        return False


class WindowConvolution(Convolution):
    """A convolution whose kernel may have any size."""

    kernel_size: Pair = pair()
    stride: Pair = pair(1)
    padding: Sides | str = padding()
    dilation: Pair = pair(1)

    def _map(self, channels: Number, x: FeatureMap) -> FeatureMap:
        height, width = window_output(x, self.kernel_size, self.stride, self.padding, self.dilation)
        return FeatureMap(channels, height, width)


class Conv2d(WindowConvolution, type="conv2d"):
    """Standard convolution; grouped where groups is not 1.

    Shapes: (in_channels, height, width) -> (out_channels, height', width'), where
    height' = (height + padding - dilation * (kernel_size - 1) - 1) // stride + 1, padding being
    that of both sides, and ceil(height / stride) with padding: same.
    Errors: groups do not divide the channels; the kernel is larger than the padded map.
    Source: Howard et al. 2017, arXiv:1704.04861, equation 2; groups: Krizhevsky et al. 2012.
    """

    out_channels: Number = size()
    groups: Number = size(1)

    def output(self, x: FeatureMap) -> FeatureMap:
        self.check_groups(x)
        return self._map(self.out_channels, x)

    def is_standard(self, x: FeatureMap) -> bool:
        return bool(self.groups == 1) and self.kernel_size != (1, 1)

    def is_depthwise(self, x: FeatureMap) -> bool:
        return bool(self.groups > 1) and self.groups == x.channels == self.out_channels

    def is_pointwise(self, x: FeatureMap) -> bool:
        return bool(self.groups == 1) and self.kernel_size == (1, 1)


class DepthwiseConv2d(WindowConvolution, type="depthwise_conv2d"):
    """Depthwise convolution: each channel by itself, with multiplier filters per channel.

    Shapes: (in_channels, height, width) -> (in_channels * multiplier, height', width'), with the
    height' of conv2d.
    Errors: the kernel is larger than the padded map.
    Source: Howard et al. 2017, arXiv:1704.04861, equations 3 and 4.
    """

    multiplier: Number = size(1).means("filters of each input channel", "filters")

    def output(self, x: FeatureMap) -> FeatureMap:
        return self._map(x.channels * self.multiplier, x)

    def groups_of(self, x: FeatureMap) -> Number:
        return x.channels

    def channels_per_group(self, x: FeatureMap) -> Number:
        return 1

    def is_depthwise(self, x: FeatureMap) -> bool:
        return bool(self.multiplier == 1)


class PointwiseConv2d(Convolution, type="pointwise_conv2d"):
    """Pointwise convolution: 1x1, a linear layer at every position.

    Shapes: (in_channels, height, width) -> (out_channels, ceil(height / stride), ...).
    Errors: groups do not divide the channels.
    Source: Howard et al. 2017, arXiv:1704.04861, equation 5, second term.
    """

    out_channels: Number = size()
    groups: Number = size(1)

    kernel_size = (1, 1)

    def output(self, x: FeatureMap) -> FeatureMap:
        self.check_groups(x)
        return FeatureMap(
            self.out_channels,
            ceil_div(x.height, self.stride[0]),
            ceil_div(x.width, self.stride[1]),
        )

    def is_pointwise(self, x: FeatureMap) -> bool:
        return bool(self.groups == 1)


class ConvTranspose2d(WindowConvolution, type="conv_transpose2d"):
    """Transposed convolution: every input position spreads a kernel over the output.

    Shapes: (in_channels, height, width) -> (out_channels, height', width'), where
    height' = (height - 1) * stride - padding + dilation * (kernel_size - 1) + 1 + output_padding,
    padding being that of both sides, and height * stride with padding: same.
    Errors: groups do not divide the channels; the padding leaves nothing of the output;
    output_padding is given with padding: same.
    Source: Dumoulin and Visin 2016, arXiv:1603.07285, section 4; PyTorch's ConvTranspose2d.
    """

    out_channels: Number = size()
    output_padding: Pair = pair(0, minimum=0).means(
        "rows and columns that the output has beyond what the input reaches", "elements"
    )
    groups: Number = size(1)

    def output(self, x: FeatureMap) -> FeatureMap:
        self.check_groups(x)
        if isinstance(self.padding, str):
            if not all(equal(more, 0) for more in self.output_padding):
                raise CostcalcError("output_padding needs padding as numbers, not same")
            height, width = x.height * self.stride[0], x.width * self.stride[1]
        else:
            top, bottom, left, right = self.padding
            height = (x.height - 1) * self.stride[0] - top - bottom + self._reach(0)
            width = (x.width - 1) * self.stride[1] - left - right + self._reach(1)
        if not (holds(height >= 1) and holds(width >= 1)):
            raise CostcalcError(f"the padding leaves nothing of the output ({height}×{width})")
        return FeatureMap(self.out_channels, height, width)

    def _reach(self, axis: int) -> Number:
        return self.dilation[axis] * (self.kernel_size[axis] - 1) + 1 + self.output_padding[axis]

    def macs(self, out: FeatureMap, x: FeatureMap) -> Number:
        """D_K * D_K * (M / groups) * N per position of the input map, padding counted."""
        return self._weights(out, x) * x.area
