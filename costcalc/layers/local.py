"""Layers like convolutions, whose weights are others at every place."""

from costcalc.layers.convolution import WindowConvolution
from costcalc.layers.fields import size
from costcalc.numeric.exact import Number
from costcalc.shapes import TensorShape


class LocallyConnected2d(
    WindowConvolution, type="locally_connected2d", family="convolutions", sides=2
):
    """Convolution with weights and biases of its own at every output position.

    Shapes: as of conv2d.
    Errors: the kernel is larger than the padded map.
    Source: Taigman et al. 2014, "DeepFace", section 3; Redmon et al. 2015, arXiv:1506.02640.
    """

    out_channels: Number = size()

    groups = 1

    def output(self, x: TensorShape) -> TensorShape:
        return self._map(self.out_channels, x)

    def params(self, out: TensorShape, x: TensorShape) -> Number:
        """D_K * D_K * M * N weights at each of the D_F * D_F positions, and N biases if any."""
        return self._weights(out, x) * out.positions + (out.elements if self.bias else 0)
