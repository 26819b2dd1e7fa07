"""Pooling: over a window that slides, or over the whole map."""

from costcalc.layers.base import Layer, area
from costcalc.layers.convolution import window_output
from costcalc.layers.fields import Pair, Sides, boolean, padding, pair
from costcalc.numeric.exact import Number, ceil_div, minimum
from costcalc.shapes import FeatureMap


class WindowPool(Layer, family="poolings"):
    """What pools over a sliding window share."""

    kernel_size: Pair = pair()
    stride: Pair = pair(None, shown_default="kernel_size")
    padding: Sides | str = padding().means(
        "places around the input; same (the default here, valid in PyTorch and Keras) makes the "
        "output ceil(input / stride), valid adds none",
        "elements",
    )
    ceil_mode: bool = boolean(False).means(
        "whether a last window counts that lies partly beyond the map; padding: same always does"
    )

    def output(self, x: FeatureMap) -> FeatureMap:
        stride = self.stride or self.kernel_size
        height, width = window_output(x, self.kernel_size, stride, self.padding)
        if self.ceil_mode and not isinstance(self.padding, str):
            top, bottom, left, right = self.padding
            height = self._ceil(x.height, top, bottom, self.kernel_size[0], stride[0])
            width = self._ceil(x.width, left, right, self.kernel_size[1], stride[1])
        return FeatureMap(x.channels, height, width)

    @staticmethod
    def _ceil(
        side: Number, before: Number, after: Number, kernel: Number, stride: Number
    ) -> Number:
        """Count partial windows, too, that begin on the map or in the padding before it.

        This is the rule of PyTorch's pooling_output_shape.
        """
        partial = ceil_div(side + before + after - kernel, stride) + 1
        return minimum(partial, ceil_div(side + before, stride))

    def other_ops(self, out: FeatureMap, x: FeatureMap) -> Number:
        """kernel height * kernel width per output element."""
        return area(self.kernel_size) * out.elements


class MaxPool2d(WindowPool, type="max_pool2d"):
    """Maximum over a sliding window; stride is kernel_size unless given.

    Shapes: (channels, height, width) -> (channels, height', width'), with the height' of conv2d,
    rounded up with ceil_mode.
    Errors: the kernel is larger than the padded map.
    Source: PyTorch's MaxPool2d.
    """


class AvgPool2d(WindowPool, type="avg_pool2d"):
    """Mean over a sliding window; stride is kernel_size unless given.

    Shapes: as of max_pool2d.
    Errors: the kernel is larger than the padded map.
    Source: PyTorch's AvgPool2d.
    """


class WholePool(Layer, family="poolings"):
    def other_ops(self, out: FeatureMap, x: FeatureMap) -> Number:
        """1 per input element."""
        return x.elements


class AdaptiveAvgPool2d(WholePool, type="adaptive_avg_pool2d"):
    """Mean over as many windows as the output has positions.

    Shapes: (channels, height, width) -> (channels, output_size).
    Source: PyTorch's AdaptiveAvgPool2d.
    """

    output_size: Pair = pair().means("height and width of the output", "elements")

    def output(self, x: FeatureMap) -> FeatureMap:
        return FeatureMap(x.channels, *self.output_size)


class GlobalAvgPool(WholePool, type="global_avg_pool"):
    """Mean over all positions of each channel.

    Shapes: (channels, height, width) -> (channels, 1, 1).
    Source: Lin et al. 2013, arXiv:1312.4400, section 3.2.
    """

    def output(self, x: FeatureMap) -> FeatureMap:
        return FeatureMap(x.channels, 1, 1)
