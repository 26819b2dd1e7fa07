"""Pooling: over a window that slides, or over the whole map."""

from costcalc.layers.base import Layer, area
from costcalc.layers.convolution import window_output
from costcalc.layers.fields import Pair, Sides, boolean, padding, pair
from costcalc.numeric.exact import Number
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
        "whether a window counts, too, that starts on the map or in the padding before it and of "
        "which less than a stride lies beyond; padding: same always counts it"
    )

    dilation: Pair = (1, 1)

    def output(self, x: FeatureMap) -> FeatureMap:
        height, width = window_output(
            x,
            self.kernel_size,
            self.stride or self.kernel_size,
            self.padding,
            self.dilation,
            ceil_mode=self.ceil_mode,
        )
        return FeatureMap(x.channels, height, width)

    def other_ops(self, out: FeatureMap, x: FeatureMap) -> Number:
        """kernel height * kernel width per output element."""
        return area(self.kernel_size) * out.elements


class MaxPool2d(WindowPool, type="max_pool2d"):
    """Maximum over a sliding window; stride is kernel_size unless given.

    Shapes: (channels, height, width) -> (channels, height', width'), with the height' of conv2d,
    where ceil_mode rounds the division up.
    Errors: the kernel is larger than the padded map, with ceil_mode by stride or more.
    Source: PyTorch's MaxPool2d.
    """

    dilation: Pair = pair(1)


class AvgPool2d(WindowPool, type="avg_pool2d"):
    """Mean over a sliding window; stride is kernel_size unless given.

    Shapes: as of max_pool2d.
    Errors: as of max_pool2d.
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
