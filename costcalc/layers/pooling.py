"""Pooling: over a window that slides, or over the whole map."""

from costcalc.layers.base import Layer, numbered, volume
from costcalc.layers.convolution import window_output
from costcalc.layers.fields import Around, Sizes, boolean, padding, sizes
from costcalc.numeric.exact import Number
from costcalc.shapes import TensorShape


class WindowPool(Layer, family="poolings"):
    """What pools over a sliding window share."""

    kernel_size: Sizes = sizes()
    stride: Sizes = sizes(None, shown_default="kernel_size")
    padding: Around | str = padding("valid").means(
        "places around the input; same makes the output ceil(input / stride), valid adds none",
        "elements",
    )
    ceil_mode: bool = boolean(False).means(
        "whether a window counts, too, that starts on the map or in the padding before it and of "
        "which less than a stride lies beyond; padding: same always counts it"
    )

    dilation: Sizes | None = None

    def output(self, x: TensorShape) -> TensorShape:
        kernel_size = self.kernel_size
        dilation = self.dilation or (1,) * len(kernel_size)
        stride, ceil_mode = self.stride or kernel_size, self.ceil_mode
        return x.with_sides(
            window_output(x, kernel_size, stride, self.padding, dilation, ceil_mode=ceil_mode)
        )

    def other_ops(self, out: TensorShape, x: TensorShape) -> Number:
        """The elements of the kernel per output element."""
        return volume(self.kernel_size) * out.elements


class MaxPool(WindowPool, type="max_pool"):
    """Maximum over a sliding window; stride is kernel_size unless given.

    Shapes: (channels, *sides) -> (channels, *sides), each side as of conv, where ceil_mode rounds
    the division up.
    Errors: the kernel is larger than the padded map, with ceil_mode by stride or more.
    Source: PyTorch's MaxPool2d.
    """

    dilation: Sizes | None = sizes(1)


MaxPool1d, MaxPool2d, MaxPool3d = numbered(MaxPool)


class AvgPool(WindowPool, type="avg_pool"):
    """Mean over a sliding window; stride is kernel_size unless given.

    Shapes: as of max_pool.
    Errors: as of max_pool.
    Source: PyTorch's AvgPool2d.
    """


AvgPool1d, AvgPool2d, AvgPool3d = numbered(AvgPool)


class WholePool(Layer, family="poolings"):
    def other_ops(self, out: TensorShape, x: TensorShape) -> Number:
        """1 per input element."""
        return x.elements


class AdaptiveAvgPool2d(WholePool, type="adaptive_avg_pool2d", sides=2):
    """Mean over as many windows as the output has positions.

    Shapes: (channels, height, width) -> (channels, output_size).
    Source: PyTorch's AdaptiveAvgPool2d.
    """

    output_size: Sizes = sizes().means("height and width of the output", "elements")

    def output(self, x: TensorShape) -> TensorShape:
        return x.with_sides(self.output_size)


class GlobalAvgPool(WholePool, type="global_avg_pool"):
    """Mean over all positions of each channel.

    Shapes: (channels, *sides) -> (channels, 1, ...): every side becomes 1.
    Source: Lin et al. 2013, arXiv:1312.4400, section 3.2.
    """

    def output(self, x: TensorShape) -> TensorShape:
        return x.with_sides((1,) * len(x.sides))
